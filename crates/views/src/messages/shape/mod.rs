//! Where the messages of a model call stand: one module a payload shape.
//!
//! A shape says how it is recognised and where inputs and outputs hold their messages; how a message is read is the same
//! for all of them (`message`, `part`). A new shape is a module here and a line in [`SNIFFED`], and where producers
//! name it in their metadata a line in `detect`.

pub(super) mod adk;
pub(super) mod anthropic;
pub(super) mod completions;
pub(super) mod gemini;
pub(super) mod gemini_cli;
pub(super) mod genai;
pub(super) mod generic;
pub(super) mod langchain;
pub(super) mod manual;
pub(super) mod openinference;
pub(super) mod openllmetry;
pub(super) mod responses;
pub(super) mod vercel;

use serde_json::Value;

use super::{Block, Role, draft::Draft, json, message};

/// What was recorded of a run, parsed; null where nothing was.
#[derive(Debug, Clone, Copy)]
pub(super) struct Sides<'v> {
    pub(super) inputs: &'v Value,
    pub(super) outputs: &'v Value,
    pub(super) attributes: &'v Value,
}

/// A payload shape.
#[derive(Debug)]
pub(super) struct Shape {
    /// Name for people.
    pub(super) name: &'static str,
    /// Whether a payload looks like it.
    pub(super) recognises: fn(&Sides<'_>) -> bool,
    /// Messages that went in.
    pub(super) inputs: fn(&Sides<'_>) -> Vec<Draft>,
    /// Messages that came out.
    pub(super) outputs: fn(&Sides<'_>) -> Vec<Draft>,
    /// Whether ids of calls begin anew in every message, so that they name a call only beside its result.
    pub(super) local_call_ids: bool,
}

/// Shapes in the order in which payloads are tried, most telling first (`langsmith-messages-view.md` §3.2, fallback 4).
/// The last one takes anything.
pub(super) static SNIFFED: [&Shape; 13] = [
    &openinference::SHAPE,
    &openllmetry::SHAPE,
    &langchain::SHAPE,
    &responses::SHAPE,
    &completions::SHAPE,
    &gemini::SHAPE,
    &gemini_cli::SHAPE,
    &genai::SHAPE,
    &vercel::SHAPE,
    &anthropic::SHAPE,
    &adk::SHAPE,
    &manual::SHAPE,
    &generic::SHAPE,
];

/// The system prompt that stands beside the messages, put before them unless they hold one. A prompt alone is no sign
/// that the shape is right.
fn with_system(system: Option<&Value>, mut messages: Vec<Draft>) -> Vec<Draft> {
    if !messages.is_empty() && messages.iter().all(|message| message.role() != Role::System) {
        let system = system.and_then(system_message);
        messages.splice(0..0, system);
    }
    messages
}

/// A system prompt; its pieces are one message.
fn system_message(system: &Value) -> Option<Draft> {
    let drafts = message::read_list(system, Role::System);
    let blocks: Vec<Block> = drafts.into_iter().flat_map(|draft| draft.content.blocks).collect();
    (!blocks.is_empty()).then(|| Draft::of_blocks(Role::System, blocks))
}

/// Messages under the first of these keys that holds any.
fn under(value: &Value, keys: &[&str], default: Role) -> Vec<Draft> {
    keys.iter()
        .filter_map(|key| value.get(key))
        .map(|list| message::read_list(list, default))
        .find(|messages| !messages.is_empty())
        .unwrap_or_default()
}

/// The first answer, the others as its alternatives.
fn first_of_choices(choices: Vec<Vec<Draft>>) -> Vec<Draft> {
    let mut choices = choices.into_iter().filter(|choice| !choice.is_empty());
    let Some(mut first) = choices.next() else { return Vec::new() };
    let others = choices.flatten().map(|draft| shown(&draft)).filter(|blocks| !blocks.is_empty()).collect();
    if let Some(draft) = first.iter_mut().find(|draft| draft.role() == Role::Ai) {
        draft.alternatives = others;
    }
    first
}

/// All blocks of a draft, its calls as plain ones.
fn shown(draft: &Draft) -> Vec<Block> {
    let mut blocks = draft.content.blocks.clone();
    if !draft.content.calls.is_empty() {
        let calls = draft.content.calls.iter().map(super::thread::plain_call).collect();
        blocks.insert(draft.content.calls_at.min(blocks.len()), Block::ToolCalls(calls));
    }
    blocks
}

/// Whether any message of a list fits, looking through one level of lists.
fn any_message(list: &Value, fits: impl Fn(&Value) -> bool + Copy) -> bool {
    json::elements(list).iter().any(|item| match item {
        Value::Array(items) => items.iter().any(fits),
        item => fits(item),
    })
}

/// Whether any piece of content of a message fits.
fn any_part(message: &Value, fits: impl Fn(&Value) -> bool) -> bool {
    ["content", "parts"]
        .iter()
        .any(|key| json::at(message, key).as_array().is_some_and(|parts| parts.iter().any(&fits)))
}
