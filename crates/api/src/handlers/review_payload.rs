//! Payloads of items as their queue lets them be seen (`annotation-ux.md` §14.2): what a blind queue hides is left out
//! here, before it reaches any view, copy or search of the interface.

use engine::{Engine, ItemView, PayloadScope, Seat};
use ingest::{children, locate};
use model::TraceId;

use super::{
    Answer, MOST_CHARS, MOST_CHILDREN, get_conversation, get_run, get_trace, parse_run, parse_trace_id,
    queues::{parse_id, seat},
    read_conversation_text, read_json, read_text, with_part,
};
use crate::{
    convert::json_node,
    error::ApiError,
    mask::Mask,
    wire::{
        Conversation, Count, GetConversation, GetTrace, JsonWindow, PayloadPart, ReviewConversation,
        ReviewConversationText, ReviewJson, ReviewRun, ReviewText, ReviewTrace, RunPanel, RunRef, TextWindow,
        Trace, WholeText,
    },
};

/// Traces whose runs are read for the names to hide; a thread rarely has more models than its first turns.
const MOST_TRACES: usize = 200;

/// The scope of an item, and what hides names in it.
fn scope(engine: &Engine, item: &str, reviewer: Option<&str>) -> Answer<(PayloadScope, Mask)> {
    let seat = seat(engine, reviewer, "")?;
    let scope = engine.payload_scope(parse_id("item id", item)?, &seat)?;
    let mask = if scope.masked { mask_of(engine, &scope)? } else { Mask::default() };
    Ok((scope, mask))
}

fn mask_of(engine: &Engine, scope: &PayloadScope) -> Answer<Mask> {
    let mut mask = Mask::new(&scope.hidden);
    let sources = engine.sources()?;
    for trace in scope.traces.iter().take(MOST_TRACES) {
        // A trace that has gone has nothing to hide.
        let Ok(opened) = engine.open_trace(*trace) else { continue };
        mask.hide_name(&opened.row.project);
        if let Some(source) = sources.iter().find(|source| source.id == opened.row.source) {
            mask.hide_name(&source.label);
        }
        for run in &opened.runs {
            for name in [&run.model, &run.provider, &run.prompt_version] {
                if let Some(name) = name.as_deref() {
                    mask.hide_name(name);
                }
            }
        }
    }
    Ok(mask)
}

/// Hides names in the previews of an item.
pub(crate) fn mask_view(engine: &Engine, view: &mut ItemView, seat: &Seat) -> Answer<()> {
    if view.masked {
        let mask = mask_of(engine, &engine.payload_scope(view.row.id, seat)?)?;
        for text in [&mut view.row.input_preview, &mut view.row.output_preview].into_iter().flatten() {
            *text = mask.text(text);
        }
    }
    Ok(())
}

fn belongs(scope: &PayloadScope, trace: TraceId) -> Answer<()> {
    if scope.traces.contains(&trace) { Ok(()) } else { Err(Engine::not_in_item(trace).into()) }
}

fn conversation_belongs(engine: &Engine, scope: &PayloadScope, asked: &mut GetConversation) -> Answer<()> {
    if let Some(trace) = &asked.trace_id {
        return belongs(scope, parse_trace_id(trace)?);
    }
    if let Some((project, thread)) = &scope.thread
        && asked.thread.as_ref() == Some(thread)
    {
        let name = engine.project(*project)?.name;
        // Where the project is hidden nobody can name it.
        if scope.masked || asked.project.as_ref() == Some(&name) {
            asked.project = Some(name);
            return Ok(());
        }
    }
    Err(ApiError::invalid_input("The conversation is none of this item"))
}

pub(crate) fn get_review_trace(engine: &Engine, params: ReviewTrace) -> Answer<Trace> {
    let (scope, mask) = scope(engine, &params.item_id, params.reviewer_id.as_deref())?;
    belongs(&scope, parse_trace_id(&params.trace_id)?)?;
    mask.apply(get_trace(engine, GetTrace { trace_id: params.trace_id })?)
}

pub(crate) fn get_review_run(engine: &Engine, params: ReviewRun) -> Answer<RunPanel> {
    let (scope, mask) = scope(engine, &params.item_id, params.reviewer_id.as_deref())?;
    belongs(&scope, parse_run(&params.run)?.0)?;
    mask.apply(get_run(engine, params.run)?)
}

pub(crate) fn get_review_conversation(engine: &Engine, params: ReviewConversation) -> Answer<Conversation> {
    let (scope, mask) = scope(engine, &params.item_id, params.reviewer_id.as_deref())?;
    let mut wanted = params.conversation;
    conversation_belongs(engine, &scope, &mut wanted)?;
    mask.apply(get_conversation(engine, wanted)?)
}

pub(crate) fn read_review_conversation_text(
    engine: &Engine,
    params: ReviewConversationText,
) -> Answer<WholeText> {
    let (scope, mask) = scope(engine, &params.item_id, params.reviewer_id.as_deref())?;
    let mut wanted = params.text;
    conversation_belongs(engine, &scope, &mut wanted.of)?;
    mask.apply(read_conversation_text(engine, wanted)?)
}

/// The JSON text of a part of a run with what is hidden left out, given to `read`.
fn with_masked_part<T>(
    engine: &Engine,
    run: &RunRef,
    part: PayloadPart,
    mask: &Mask,
    read: impl FnOnce(&str) -> Answer<T>,
) -> Answer<T> {
    with_part(engine, run, part, |text| match part {
        // Their members are the exporter's own and name the model in many ways.
        PayloadPart::Attributes | PayloadPart::Raw => read("null"),
        PayloadPart::Inputs | PayloadPart::Outputs | PayloadPart::Metadata => read(&mask.json(text)),
    })
}

pub(crate) fn read_review_json(engine: &Engine, params: ReviewJson) -> Answer<JsonWindow> {
    let (scope, mask) = scope(engine, &params.item_id, params.reviewer_id.as_deref())?;
    let wanted = params.read;
    belongs(&scope, parse_run(&wanted.run)?.0)?;
    if !scope.masked {
        return read_json(engine, wanted);
    }
    with_masked_part(engine, &wanted.run, wanted.part, &mask, |document| {
        let node = locate(document.as_bytes(), &wanted.pointer).ok_or_else(|| {
            ApiError::invalid_input(format!("The payload has nothing at {:?}", wanted.pointer))
        })?;
        let key = wanted.pointer.rsplit('/').next().unwrap_or_default().replace("~1", "/").replace("~0", "~");
        let limit = wanted.limit.clamp(1, MOST_CHILDREN);
        let children = children(&node, wanted.offset as usize, limit as usize)
            .into_iter()
            .map(|(key, child)| {
                let pointer = format!("{}/{}", wanted.pointer, key.replace('~', "~0").replace('/', "~1"));
                json_node(key, pointer, &child)
            })
            .collect();
        Ok(JsonWindow { node: json_node(key, wanted.pointer.clone(), &node), children })
    })
}

pub(crate) fn read_review_text(engine: &Engine, params: ReviewText) -> Answer<TextWindow> {
    let (scope, mask) = scope(engine, &params.item_id, params.reviewer_id.as_deref())?;
    let wanted = params.read;
    belongs(&scope, parse_run(&wanted.run)?.0)?;
    if !scope.masked {
        return read_text(engine, wanted);
    }
    with_masked_part(engine, &wanted.run, wanted.part, &mask, |document| {
        let node = locate(document.as_bytes(), &wanted.pointer).ok_or_else(|| {
            ApiError::invalid_input(format!("The payload has nothing at {:?}", wanted.pointer))
        })?;
        let text = node.string().unwrap_or_else(|| String::from_utf8_lossy(node.text).into_owned().into());
        let limit = wanted.limit.clamp(1, MOST_CHARS);
        Ok(TextWindow {
            total: Count(u64::try_from(text.chars().count()).unwrap_or(u64::MAX)),
            text: text.chars().skip(wanted.offset as usize).take(limit as usize).collect(),
        })
    })
}
