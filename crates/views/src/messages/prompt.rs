//! What one call of a model received: its exact input list, beside what its agent was given the time before, and what
//! fills the window.

use model::RunId;
use serde_json::Value;

use super::{
    Block, Role, RunInput, ToolResult,
    align::{Step, align},
    detect,
    draft::{Draft, fingerprint_of},
    json,
    read::{self, Recorded},
    shape::SNIFFED,
    thread::{blocks_of, plain_call},
};

/// A call of a model with the shape that its trace claims ([`super::Turn::shape`]).
#[derive(Debug, Clone, Copy)]
pub struct PromptCall<'a> {
    /// The run, with its payload.
    pub run: &'a RunInput,
    /// Name of the shape.
    pub shape: Option<&'a str>,
}

/// What a model was given.
#[derive(Debug, Clone, PartialEq)]
pub struct Prompt {
    /// The call.
    pub run_id: RunId,
    /// The call of the same agent that it is compared with.
    pub previous: Option<RunId>,
    /// The input list in its order, and what left it at the places where it stood.
    pub messages: Vec<PromptMessage>,
    /// Tools that were offered, and those that are no longer.
    pub tools: Vec<PromptTool>,
    /// What the window is filled with.
    pub meter: Meter,
}

/// A message of an input list.
#[derive(Debug, Clone, PartialEq)]
pub struct PromptMessage {
    /// What became of it since the call before.
    pub change: Change,
    /// Who speaks.
    pub role: Role,
    /// The role as sent, where it is none of the known ones.
    pub raw_role: Option<String>,
    /// Name of the speaker.
    pub name: Option<String>,
    /// What is said.
    pub blocks: Vec<Block>,
    /// What was said before; only where it changed.
    pub before: Vec<Block>,
}

/// A tool that a model could call.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PromptTool {
    /// What became of it since the call before.
    pub change: Change,
    /// Name; a vendor's own tools have their type.
    pub name: String,
    /// The definition as JSON.
    pub definition: String,
}

/// What became of a part of the input.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Change {
    /// It was there before. Everything is, where there is no call to compare with.
    Same,
    /// It is new.
    Added,
    /// It is no longer there.
    Removed,
    /// It stands where it stood, and says something else.
    Changed,
}

/// Characters of the input by where they come from. Tokens of a part are not told by any vendor: its share of the
/// characters is the best estimate of its share of the tokens.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Meter {
    /// Instructions.
    pub system: u64,
    /// Definitions of tools.
    pub tools: u64,
    /// What people and model said earlier.
    pub history: u64,
    /// Results of tools, and documents of retrievers wherever they were put.
    pub retrieved: u64,
    /// The latest words of the user.
    pub user: u64,
    /// All tokens of the input, as told.
    pub input_tokens: Option<u64>,
    /// Part of them that was read from a cache.
    pub cache_read_tokens: Option<u64>,
}

/// A medium stands for as many characters: vendors count about a thousand tokens for one.
const MEDIUM_CHARS: u64 = 4_000;
/// Shorter documents may be found by chance.
const SHORTEST_DOCUMENT: usize = 24;

/// The input of a call, compared with an earlier one of the same agent. `documents` are the texts that retrievers gave
/// before the call.
pub fn prompt(call: PromptCall<'_>, previous: Option<PromptCall<'_>>, documents: &[String]) -> Prompt {
    let new = inputs(call);
    let old = previous.map(inputs);
    let messages = compared(old.as_deref(), &new);
    let tools = compared_tools(previous.map(|previous| offered(previous.run)).as_deref(), &offered(call.run));
    let meter = metered(&new, &tools, documents, call.run);
    Prompt { run_id: call.run.run_id, previous: previous.map(|call| call.run.run_id), messages, tools, meter }
}

/// Messages of the input as they were sent, nothing left out.
pub(super) fn inputs(call: PromptCall<'_>) -> Vec<Draft> {
    let metadata = Recorded::of(call.run.metadata.as_deref());
    let own = detect::claimed(metadata.value());
    let by_trace = call.shape.and_then(|name| SNIFFED.iter().copied().find(|shape| shape.name == name));
    let claims: Vec<_> = by_trace.into_iter().chain(own).collect();
    read::model_call(call.run, &claims).inputs
}

fn compared(old: Option<&[Draft]>, new: &[Draft]) -> Vec<PromptMessage> {
    let Some(old) = old else {
        return new.iter().map(|draft| message(draft, Change::Same, None)).collect();
    };
    let keys = |drafts: &[Draft]| drafts.iter().map(Draft::fingerprint).collect::<Vec<_>>();
    let mut out = Vec::with_capacity(new.len());
    let mut gone: Vec<usize> = Vec::new();
    let mut came: Vec<usize> = Vec::new();
    for step in align(&keys(old), &keys(new)) {
        match step {
            Step::Old(at) => gone.push(at),
            Step::New(at) => came.push(at),
            Step::Both(at_old, at_new) => {
                replaced(old, new, &mut gone, &mut came, &mut out);
                // The same words may come with other ids or with thoughts.
                let (before, now) = (blocks(&old[at_old]), blocks(&new[at_new]));
                let change = if before == now { Change::Same } else { Change::Changed };
                out.push(message(&new[at_new], change, Some(before).filter(|_| change == Change::Changed)));
            }
        }
    }
    replaced(old, new, &mut gone, &mut came, &mut out);
    out
}

/// What went and what came between two messages that stayed. One that was rewritten in its place is told as changed.
fn replaced(
    old: &[Draft],
    new: &[Draft],
    gone: &mut Vec<usize>,
    came: &mut Vec<usize>,
    out: &mut Vec<PromptMessage>,
) {
    let all = std::mem::take(gone);
    let mut pending = Vec::new();
    let mut next = 0;
    for at in came.drain(..) {
        let found = all[next..].iter().position(|gone| is_rewritten(&old[*gone], &new[at]));
        match found {
            Some(skipped) => {
                out.extend(
                    all[next..next + skipped].iter().map(|gone| message(&old[*gone], Change::Removed, None)),
                );
                out.append(&mut pending);
                out.push(message(&new[at], Change::Changed, Some(blocks(&old[all[next + skipped]]))));
                next += skipped + 1;
            }
            None => pending.push(message(&new[at], Change::Added, None)),
        }
    }
    out.extend(all[next..].iter().map(|gone| message(&old[*gone], Change::Removed, None)));
    out.append(&mut pending);
}

/// Whether one message is another wording of the other.
fn is_rewritten(old: &Draft, new: &Draft) -> bool {
    if old.role() != new.role() {
        return false;
    }
    let same_id = old.id.is_some() && old.id == new.id;
    let same_call = old.answer.call_id.is_some() && old.answer.call_id == new.answer.call_id;
    same_id || same_call || old.role() == Role::System || is_alike(&words(old), &words(new))
}

/// Whether two texts share at least half of the longer one at their ends.
fn is_alike(old: &str, new: &str) -> bool {
    let begin = old.bytes().zip(new.bytes()).take_while(|(old, new)| old == new).count();
    let end = old
        .bytes()
        .rev()
        .zip(new.bytes().rev())
        .take(old.len().min(new.len()) - begin)
        .take_while(|(old, new)| old == new)
        .count();
    let longer = old.len().max(new.len());
    longer > 0 && (begin + end) * 2 >= longer
}

fn words(draft: &Draft) -> String {
    let mut out = String::new();
    for block in &draft.content.blocks {
        if let Block::Text { text, .. } = block {
            out.push_str(text);
        }
    }
    for call in &draft.content.calls {
        out.push_str(&call.name);
        out.push_str(&call.arguments.to_string());
    }
    out
}

/// A draft as it is shown, without what became of its calls.
fn blocks(draft: &Draft) -> Vec<Block> {
    if draft.role() == Role::Tool {
        return vec![Block::ToolResult(ToolResult {
            call_id: draft.answer.call_id.clone(),
            name: draft.answer.name.clone().or_else(|| draft.name.clone()),
            content: draft.content.blocks.clone(),
            is_error: draft.answer.is_error,
            error: None,
        })];
    }
    blocks_of(draft, draft.content.calls.iter().map(plain_call).collect())
}

fn message(draft: &Draft, change: Change, before: Option<Vec<Block>>) -> PromptMessage {
    PromptMessage {
        change,
        role: draft.role(),
        raw_role: draft.raw_role.clone(),
        name: draft.name.clone(),
        blocks: blocks(draft),
        before: before.unwrap_or_default(),
    }
}

/// Definitions of the tools that a call offered, in whatever place producers put them.
pub(super) fn offered(run: &RunInput) -> Vec<Value> {
    let inputs = Recorded::of(run.inputs.as_deref());
    let metadata = Recorded::of(run.metadata.as_deref());
    let attributes = match &run.attributes {
        Some(text) if text.contains("invocation_params") => Recorded::of(Some(text)),
        _ => Recorded::Absent,
    };
    let (inputs, metadata, attributes) = (inputs.value(), metadata.value(), attributes.value());
    let raw = json::decoded(json::at(inputs, "raw"));
    let places = [
        inputs,
        raw.as_ref(),
        json::at(inputs, "invocation_params"),
        json::at(metadata, "invocation_params"),
        json::at(metadata, "ls_invocation_params"),
        json::at(attributes, "invocation_params"),
        json::at(json::at(attributes, "extra"), "invocation_params"),
    ];
    let found = places.into_iter().find_map(|place| json::first(place, &["tools", "functions"]));
    let Some(found) = found else { return Vec::new() };
    let found = json::decoded(found);
    match found.as_ref() {
        Value::Array(items) => items.iter().flat_map(declarations).collect(),
        // The AI SDK has its tools by name.
        Value::Object(members) => members
            .iter()
            .map(|(name, tool)| {
                let mut tool = tool.as_object().cloned().unwrap_or_default();
                tool.entry("name").or_insert_with(|| name.clone().into());
                Value::Object(tool)
            })
            .collect(),
        _ => Vec::new(),
    }
}

/// Gemini groups its definitions.
fn declarations(tool: &Value) -> Vec<Value> {
    let tool = json::decoded(tool);
    match json::first(&tool, &["functionDeclarations", "function_declarations"]) {
        Some(Value::Array(items)) => items.clone(),
        _ => vec![tool.into_owned()],
    }
}

fn tool_name(tool: &Value) -> String {
    let inner = json::first(tool, &["function"]).unwrap_or(tool);
    json::text(inner, &["name"])
        .or_else(|| json::text(tool, &["name", "type"]))
        .unwrap_or("unnamed")
        .to_owned()
}

fn compared_tools(old: Option<&[Value]>, new: &[Value]) -> Vec<PromptTool> {
    let known = |tool: &Value, list: &[Value]| {
        let name = tool_name(tool);
        list.iter().find(|other| tool_name(other) == name).map(fingerprint_of)
    };
    let told =
        |tool: &Value, change| PromptTool { change, name: tool_name(tool), definition: tool.to_string() };
    let mut out: Vec<PromptTool> = new
        .iter()
        .map(|tool| {
            let change = match old.map(|old| known(tool, old)) {
                None => Change::Same,
                Some(None) => Change::Added,
                Some(Some(before)) if before == fingerprint_of(tool) => Change::Same,
                Some(Some(_)) => Change::Changed,
            };
            told(tool, change)
        })
        .collect();
    let gone = old.unwrap_or_default().iter().filter(|tool| known(tool, new).is_none());
    out.extend(gone.map(|tool| told(tool, Change::Removed)));
    out
}

fn metered(drafts: &[Draft], tools: &[PromptTool], documents: &[String], run: &RunInput) -> Meter {
    let mut meter = Meter {
        input_tokens: run.usage.input,
        cache_read_tokens: run.usage.cache_read,
        tools: tools
            .iter()
            .filter(|tool| tool.change != Change::Removed)
            .map(|tool| chars(&tool.definition))
            .sum(),
        ..Meter::default()
    };
    // The latest words of the user are the last messages of theirs that stand together.
    let last = drafts.iter().rposition(|draft| draft.role() == Role::Human);
    let first = last.map(|last| {
        drafts[..last].iter().rposition(|draft| draft.role() != Role::Human).map_or(0, |before| before + 1)
    });
    let latest = first.unwrap_or(0)..last.map_or(0, |last| last + 1);
    for (at, draft) in drafts.iter().enumerate() {
        let size: u64 = blocks(draft).iter().map(size_of).sum();
        if draft.role() == Role::Tool {
            meter.retrieved += size;
            continue;
        }
        let from_outside = retrieved_in(draft, documents).min(size);
        meter.retrieved += from_outside;
        let own = size - from_outside;
        match draft.role() {
            Role::System => meter.system += own,
            Role::Human if latest.contains(&at) => meter.user += own,
            _ => meter.history += own,
        }
    }
    meter
}

/// Characters of documents that stand in a message.
fn retrieved_in(draft: &Draft, documents: &[String]) -> u64 {
    if draft.role() == Role::Ai || documents.is_empty() {
        return 0;
    }
    let text = words(draft);
    let mut known: Vec<&str> = Vec::new();
    for document in documents.iter().map(|document| document.trim()) {
        if document.len() >= SHORTEST_DOCUMENT && !known.contains(&document) && text.contains(document) {
            known.push(document);
        }
    }
    known.into_iter().map(chars).sum()
}

fn chars(text: &str) -> u64 {
    u64::try_from(text.chars().count()).unwrap_or(u64::MAX)
}

fn size_of(block: &Block) -> u64 {
    match block {
        Block::Text { text, .. }
        | Block::Reasoning { text }
        | Block::Refusal { text }
        | Block::Error { text }
        | Block::Unreadable { text, .. } => chars(text),
        Block::Json { json, .. } => chars(json),
        Block::ToolCalls(calls) => calls
            .iter()
            .map(|call| {
                chars(&call.name) + call.arguments.as_ref().map_or(0, |payload| chars(payload.as_str()))
            })
            .sum(),
        Block::ToolResult(result) => result.content.iter().map(size_of).sum(),
        Block::ServerTool(tool) => {
            chars(&tool.name)
                + tool.arguments.as_ref().map_or(0, |payload| chars(payload.as_str()))
                + tool.result.iter().map(size_of).sum::<u64>()
        }
        Block::Media(_) => MEDIUM_CHARS,
    }
}
