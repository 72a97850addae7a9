//! What each command does: decode, ask the engine, put into wire form.

mod agreement;
mod cost;
mod datasets;
mod feedback;
mod forwarding;
mod guess;
mod notes;
mod queues;
mod remap;
mod review_payload;
mod reviewing;
mod runs;
mod senders;
mod table;
mod texts;

use std::path::PathBuf;

use engine::{Engine, TraceQuery};
use ingest::{JsonNode as Node, children, find_in_json, locate};
use model::{RunId, TraceId};

pub(crate) use agreement::*;
pub(crate) use cost::*;
pub(crate) use datasets::*;
pub(crate) use feedback::*;
pub(crate) use forwarding::*;
pub(crate) use guess::guess_threads;
pub(crate) use notes::*;
pub(crate) use queues::*;
pub(crate) use remap::*;
pub(crate) use review_payload::*;
pub(crate) use reviewing::*;
pub(crate) use senders::*;
pub(crate) use table::*;

pub(crate) use self::runs::*;
pub(crate) use self::texts::search_texts;
pub(crate) use crate::conversation::{
    export_conversation, find_in_conversation, get_conversation, get_prompt, get_thread_stats,
    read_conversation_text, read_prompt_text, write_request,
};
use crate::{
    convert::{cut_text, json_node, trace_columns},
    error::ApiError,
    wire::{
        AppInfo, Count, FindInPayload, FoundInPayload, GetTrace, Job, JobRef, JsonWindow, ListRejects,
        ListThreads, ListTraces, Nothing, PathList, PayloadPart, PayloadPlace, PreviewRedaction, Project,
        ReadJson, ReadText, RecentFile, RedactionPreview, RejectPage, RejectRow, RunPanel, RunRef,
        SearchTrace, SearchTraceResult, SetWatching, Settings, Severity, Source, SourceId, SourceRef,
        TextWindow, ThreadPage, Trace, TracePage,
    },
};

/// Rows that one call returns at most.
const MOST_ROWS: u32 = 500;
/// Children of a JSON node that one call returns at most.
const MOST_CHILDREN: u32 = 1000;
/// Places that one search in a payload tells.
const MOST_PLACES: usize = 2_000;
/// Characters that one call of `read_text` returns at most.
const MOST_CHARS: u32 = 262_144;

type Answer<T> = Result<T, ApiError>;

pub(crate) fn parse_trace_id(text: &str) -> Answer<TraceId> {
    text.parse().map_err(|error| ApiError::invalid_input(format!("The trace id is {error}")))
}

pub(crate) fn parse_run(run: &RunRef) -> Answer<(TraceId, RunId)> {
    let run_id =
        run.run_id.parse().map_err(|error| ApiError::invalid_input(format!("The run id is {error}")))?;
    Ok((parse_trace_id(&run.trace_id)?, run_id))
}

pub(crate) fn app_info(engine: &Engine, _: Nothing) -> Answer<AppInfo> {
    let counts = engine.counts()?;
    let texts = engine.text_status()?;
    Ok(AppInfo {
        version: env!("CARGO_PKG_VERSION").to_owned(),
        library_dir: engine.library_dir().display().to_string(),
        library_bytes: Count(engine.library_bytes()),
        traces: Count(counts.traces),
        threads: Count(counts.threads),
        runs: Count(counts.runs),
        rejected: Count(counts.rejected),
        notice: engine.notice().map(str::to_owned),
        endpoint: engine.endpoint().into(),
        text_behind: Count(texts.behind),
        text_blocks: Count(texts.blocks),
    })
}

pub(crate) fn list_projects(engine: &Engine, _: Nothing) -> Answer<Vec<Project>> {
    Ok(engine.projects()?.into_iter().map(Into::into).collect())
}

pub(crate) fn list_sources(engine: &Engine, _: Nothing) -> Answer<Vec<Source>> {
    Ok(engine.sources()?.into_iter().map(Into::into).collect())
}

pub(crate) fn list_traces(engine: &Engine, params: ListTraces) -> Answer<TracePage> {
    let query = TraceQuery {
        filter: params.filter.into(),
        sort: params.sort.into(),
        ascending: params.ascending,
        offset: params.offset,
        limit: params.limit.clamp(1, MOST_ROWS),
    };
    let page = engine.traces(&query)?;
    Ok(TracePage {
        rows: page.rows.into_iter().map(Into::into).collect(),
        total: Count(page.total),
        unread: Count(page.unread),
    })
}

pub(crate) fn list_threads(engine: &Engine, params: ListThreads) -> Answer<ThreadPage> {
    let page = engine.threads(params.project.as_deref(), params.offset, params.limit.clamp(1, MOST_ROWS))?;
    Ok(ThreadPage { rows: page.rows.into_iter().map(Into::into).collect(), total: Count(page.total) })
}

pub(crate) fn get_trace(engine: &Engine, params: GetTrace) -> Answer<Trace> {
    let opened = engine.open_tree(parse_trace_id(&params.trace_id)?)?;
    let columns = trace_columns(&opened);
    let count = |number: usize| Count(u64::try_from(number).unwrap_or(u64::MAX));
    Ok(Trace {
        orphans: count(opened.tree.orphans),
        cycles: count(opened.tree.cycles),
        columns,
        row: opened.row.into(),
    })
}

pub(crate) fn search_trace(engine: &Engine, params: SearchTrace) -> Answer<SearchTraceResult> {
    let found = engine.search_trace(parse_trace_id(&params.trace_id)?, &params.text)?;
    Ok(SearchTraceResult { run_ids: found.iter().map(RunId::to_string).collect() })
}

pub(crate) fn get_run(engine: &Engine, params: RunRef) -> Answer<RunPanel> {
    let (trace_id, run_id) = parse_run(&params)?;
    Ok(engine.open_run(trace_id, run_id)?.as_ref().into())
}

/// The JSON text of a part of a run, given to `read`.
pub(crate) fn with_part<T>(
    engine: &Engine,
    run: &RunRef,
    part: PayloadPart,
    read: impl FnOnce(&str) -> Answer<T>,
) -> Answer<T> {
    let (trace_id, run_id) = parse_run(run)?;
    let opened = engine.open_run(trace_id, run_id)?;
    let detail = &opened.detail;
    let text = match part {
        PayloadPart::Inputs => detail.inputs.as_deref().unwrap_or("null"),
        PayloadPart::Outputs => detail.outputs.as_deref().unwrap_or("null"),
        PayloadPart::Metadata => &detail.metadata,
        PayloadPart::Attributes => &detail.attributes,
        PayloadPart::Raw => &detail.raw,
    };
    read(text)
}

fn located<'a>(document: &'a str, pointer: &str) -> Answer<Node<'a>> {
    locate(document.as_bytes(), pointer)
        .ok_or_else(|| ApiError::invalid_input(format!("The payload has nothing at {pointer:?}")))
}

pub(crate) fn read_json(engine: &Engine, params: ReadJson) -> Answer<JsonWindow> {
    with_part(engine, &params.run, params.part, |document| {
        let node = located(document, &params.pointer)?;
        let key = params.pointer.rsplit('/').next().unwrap_or_default().replace("~1", "/").replace("~0", "~");
        let limit = params.limit.clamp(1, MOST_CHILDREN);
        let children = children(&node, params.offset as usize, limit as usize)
            .into_iter()
            .map(|(key, child)| {
                let pointer = format!("{}/{}", params.pointer, key.replace('~', "~0").replace('/', "~1"));
                json_node(key, pointer, &child)
            })
            .collect();
        Ok(JsonWindow { node: json_node(key, params.pointer.clone(), &node), children })
    })
}

pub(crate) fn find_in_payload(engine: &Engine, params: FindInPayload) -> Answer<FoundInPayload> {
    with_part(engine, &params.run, params.part, |document| {
        let found = find_in_json(document, params.text.trim(), MOST_PLACES);
        let places = found.places.into_iter().map(|place| PayloadPlace {
            pointer: place.pointer,
            steps: place.steps,
            is_key: place.is_key,
            offset: Count(place.offset),
        });
        Ok(FoundInPayload { places: places.collect(), total: Count(found.total) })
    })
}

pub(crate) fn read_text(engine: &Engine, params: ReadText) -> Answer<TextWindow> {
    with_part(engine, &params.run, params.part, |document| {
        let node = located(document, &params.pointer)?;
        let text = node.string().unwrap_or_else(|| String::from_utf8_lossy(node.text));
        let total = Count(u64::try_from(text.chars().count()).unwrap_or(u64::MAX));
        let limit = params.limit.clamp(1, MOST_CHARS);
        Ok(TextWindow {
            text: text.chars().skip(params.offset as usize).take(limit as usize).collect(),
            total,
        })
    })
}

pub(crate) fn list_jobs(engine: &Engine, _: Nothing) -> Answer<Vec<Job>> {
    Ok(engine.jobs().into_iter().map(Into::into).collect())
}

pub(crate) fn list_rejects(engine: &Engine, params: ListRejects) -> Answer<RejectPage> {
    let sources: Vec<_> = params.sources.into_iter().map(Into::into).collect();
    let severity = match params.severity {
        Severity::Rejected => engine::Severity::Rejected,
        Severity::Warning => engine::Severity::Warning,
    };
    let page = engine.rejects(&sources, severity, params.offset, params.limit.clamp(1, MOST_ROWS))?;
    let rows = page.rows.into_iter().map(|(source_id, source, reject)| RejectRow {
        source_id: source_id.into(),
        source,
        line: reject.line.map(Count),
        offset: reject.offset.map(Count),
        path: reject.path,
        code: reject.code,
        message: reject.message,
        excerpt: cut_text(&reject.excerpt, 400),
    });
    Ok(RejectPage {
        rows: rows.collect(),
        total: Count(match severity {
            engine::Severity::Rejected => page.rejected,
            engine::Severity::Warning => page.warnings,
        }),
        rejected: Count(page.rejected),
        warnings: Count(page.warnings),
    })
}

pub(crate) fn recent_files(engine: &Engine, _: Nothing) -> Answer<Vec<RecentFile>> {
    let files = engine.recent_files()?.into_iter().map(|(path, opened, exists)| RecentFile {
        label: path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default(),
        path: path.display().to_string(),
        opened: opened.into(),
        exists,
    });
    Ok(files.collect())
}

pub(crate) fn get_settings(engine: &Engine, _: Nothing) -> Answer<Settings> {
    Ok(engine.settings().into())
}

pub(crate) fn import_paths(engine: &Engine, params: PathList) -> Answer<Vec<Job>> {
    let paths: Vec<PathBuf> = params.paths.into_iter().map(PathBuf::from).collect();
    Ok(engine.import_paths(&paths, params.watch)?.into_iter().map(Into::into).collect())
}

pub(crate) fn cancel_jobs(engine: &Engine, _: Nothing) -> Answer<Vec<Job>> {
    engine.cancel_jobs();
    list_jobs(engine, Nothing {})
}

pub(crate) fn cancel_job(engine: &Engine, params: JobRef) -> Answer<Job> {
    Ok(engine.cancel_job(params.id.into())?.into())
}

pub(crate) fn load_samples(engine: &Engine, _: Nothing) -> Answer<Job> {
    Ok(engine.load_samples()?.into())
}

pub(crate) fn remove_source(engine: &Engine, params: SourceRef) -> Answer<Nothing> {
    engine.remove_source(params.id.into())?;
    Ok(Nothing {})
}

pub(crate) fn set_watching(engine: &Engine, params: SetWatching) -> Answer<Source> {
    let id: engine::SourceId = params.id.into();
    Ok(engine.set_watching(id, params.watching)?.into())
}

pub(crate) fn set_settings(engine: &Engine, params: Settings) -> Answer<Settings> {
    Ok(engine.set_settings(&params.into())?.into())
}

pub(crate) fn preview_redaction(engine: &Engine, params: PreviewRedaction) -> Answer<RedactionPreview> {
    let rules: Vec<_> = params.rules.into_iter().map(Into::into).collect();
    Ok(engine.preview_redaction(&rules)?.into())
}

impl From<SourceId> for engine::SourceId {
    fn from(id: SourceId) -> Self {
        Self(i64::from(id.0))
    }
}

impl From<engine::SourceId> for SourceId {
    fn from(id: engine::SourceId) -> Self {
        Self(u32::try_from(id.0).unwrap_or(u32::MAX))
    }
}
