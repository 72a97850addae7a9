//! A tool's run: what it was asked, what it gave back, and which call it belongs to.

use serde_json::Value;

use super::{
    Block, Role, RunInput,
    draft::{Answer, Draft},
    json, message, part,
    read::{Recorded, error_text},
    thread::{RunKey, ToolRun},
};
use model::RunStatus;

/// Attributes that hold the id of the call (`otel-genai.md` D, tool).
const CALL_ID_ATTRIBUTES: [&str; 7] = [
    "gen_ai.tool.call.id",
    "gen_ai.tool.call_id",
    "ai.toolCall.id",
    "tool_call.id",
    "tool.id",
    "tool_use_id",
    "call_id",
];

/// Reads a tool's run.
pub(super) fn read(run: RunKey, turn: usize, start: i64, input: &RunInput, metadata: &Value) -> ToolRun {
    let inputs = Recorded::of(input.inputs.as_deref());
    let outputs = Recorded::of(input.outputs.as_deref());
    let attributes = input
        .attributes
        .as_deref()
        .filter(|text| CALL_ID_ATTRIBUTES.iter().any(|key| text.contains(key)))
        .map(|text| Recorded::of(Some(text)));
    let (arguments, asked) = asked(inputs.value());
    let mut answer = given(&outputs);
    let failure = input.error.as_deref().map(error_text).filter(|text| !text.trim().is_empty());
    match (&mut answer, failure) {
        (Some(answer), Some(_)) if input.status == RunStatus::Error => answer.answer.is_error = true,
        (None, Some(text)) => {
            let is_error = input.status != RunStatus::Interrupted;
            let block =
                if is_error { Block::Error { text } } else { Block::Text { text, annotations: None } };
            answer = Some(message::result_draft(Answer { is_error, ..Answer::default() }, vec![block]));
        }
        _ => {}
    }
    let answered = answer.as_ref().and_then(|draft| draft.answer.call_id.clone());
    let call_id = answered
        .or_else(|| json::id(metadata, &["tool_call_id"]))
        .or_else(|| asked.as_ref().and_then(|asked| asked.call_id.clone()))
        .or_else(|| json::id(outputs.value(), &["call_id", "tool_call_id"]))
        .or_else(|| {
            let attributes = attributes.as_ref()?.value();
            json::id(attributes.get("attributes").unwrap_or(attributes), &CALL_ID_ATTRIBUTES)
        });
    let mut names = vec![input.name.clone()];
    let others =
        [json::text(metadata, &["ls_tool_name"]).map(str::to_owned), asked.and_then(|asked| asked.name)];
    for name in others.into_iter().flatten() {
        if !names.contains(&name) {
            names.insert(0, name);
        }
    }
    names.retain(|name| !name.is_empty());
    if names.is_empty() {
        names.push("tool".to_owned());
    }
    ToolRun { run, turn, start, call_id, names, arguments, answer }
}

/// Arguments, and what the inputs say about the call.
fn asked(inputs: &Value) -> (Value, Option<Answer>) {
    let described = |holder: &Value| Answer {
        call_id: json::id(holder, &["toolCallId", "tool_call_id", "call_id"]),
        name: json::text(holder, &["toolName"]).map(str::to_owned),
        is_error: false,
    };
    // The AI SDK's wrapper in JavaScript records the two parameters of `execute`.
    if let Some([arguments, options]) = inputs.get("args").and_then(Value::as_array).map(Vec::as_slice)
        && options.get("toolCallId").is_some()
    {
        return (arguments.clone(), Some(described(options)));
    }
    if inputs.get("toolCallId").is_some() {
        let arguments = json::first(inputs, &["args", "input"]).unwrap_or(inputs).clone();
        return (arguments, Some(described(inputs)));
    }
    let members = inputs.as_object();
    match inputs.get("input") {
        Some(input) if members.is_some_and(|members| members.len() == 1) => {
            (json::decoded(input).into_owned(), None)
        }
        _ if members.is_some_and(serde_json::Map::is_empty) => (Value::Null, None),
        _ => (inputs.clone(), None),
    }
}

/// The result, as a message of role tool.
fn given(outputs: &Recorded) -> Option<Draft> {
    let value = match outputs {
        Recorded::Absent => return None,
        Recorded::Bad(block) => return Some(message::result_draft(Answer::default(), vec![block.clone()])),
        Recorded::Json(value) => value,
    };
    if json::is_absent(value) {
        return None;
    }
    let keys = ["output", "outputs", "result"];
    let inner = keys.iter().find_map(|key| value.get(key));
    for holder in std::iter::once(value).chain(inner) {
        if let Some(draft) = as_message(holder) {
            return Some(draft);
        }
    }
    // A command of a graph: the last message of role tool is the result.
    let commands = json::elements(inner.unwrap_or(&json::NULL));
    let updates = commands.iter().filter_map(|command| command.get("update")?.get("messages"));
    let last = updates
        .flat_map(|messages| message::read_list(messages, Role::Tool))
        .rfind(|draft| draft.role() == Role::Tool);
    if last.is_some() {
        return last;
    }
    let ids = ["call_id", "tool_call_id"];
    let is_wrapper = value.as_object().is_some_and(|members| {
        members
            .keys()
            .all(|key| keys.contains(&key.as_str()) || ids.contains(&key.as_str()) || key == "usage_metadata")
    });
    let (shown, about) = match inner {
        // A run that failed says null where the result would stand.
        Some(Value::Null) if is_wrapper => return None,
        Some(inner) if is_wrapper => (inner, inner),
        _ => (value, value),
    };
    let is_error = part::is_error(about);
    let answer = Answer { call_id: json::id(value, &ids), name: None, is_error };
    Some(message::result_draft(answer, part::result_content(shown)))
}

/// A message of role tool, or a piece that is a result.
fn as_message(value: &Value) -> Option<Draft> {
    let kind = part::kind_of(value);
    if matches!(kind.as_deref(), Some("tool_result" | "tool_call_response" | "function_call_output")) {
        let (answer, blocks) = part::result(value);
        return Some(message::result_draft(answer, blocks));
    }
    let is_message =
        value.get("lc").is_some() || kind.as_deref() == Some("tool") || value.get("role").is_some();
    if !is_message {
        return None;
    }
    message::read_list(value, Role::Tool).into_iter().find(|draft| draft.role() == Role::Tool)
}
