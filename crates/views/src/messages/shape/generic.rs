//! Whatever is left: the other forms that LangSmith accepts (`langsmith-messages-view.md` §3.5), and names under which
//! people who log by hand put their texts.

use serde_json::Value;

use super::{Shape, Sides, system_message, under, with_system};
use crate::messages::{Role, draft::Draft, json, message};

pub(in crate::messages) static SHAPE: Shape =
    Shape { name: "Generic", recognises: |_| true, inputs, outputs, local_call_ids: false };

fn inputs(sides: &Sides<'_>) -> Vec<Draft> {
    let inputs = sides.inputs;
    if !inputs.is_object() {
        return said(inputs, Role::Human).unwrap_or_default();
    }
    let system = json::first(inputs, &["system", "instructions", "system_prompt"]);
    let keys = [
        "messages",
        "input",
        "inputs",
        "prompt",
        "prompts",
        "contents",
        "question",
        "query",
        "text",
        "user_prompt",
        "message",
    ];
    let found = keys.iter().filter_map(|key| inputs.get(key)).find_map(|value| said(value, Role::Human));
    let messages =
        found.or_else(|| as_message(inputs, Role::Human)).or_else(|| only_text(inputs, Role::Human));
    match messages {
        Some(messages) => with_system(system, messages),
        None => system.and_then(system_message).into_iter().collect(),
    }
}

fn outputs(sides: &Sides<'_>) -> Vec<Draft> {
    let outputs = sides.outputs;
    if !outputs.is_object() {
        return said(outputs, Role::Ai).unwrap_or_default();
    }
    if let Some(message) = as_message(outputs, Role::Ai) {
        return message;
    }
    let keys = [
        "message",
        "messages",
        "choices",
        "output",
        "outputs",
        "text",
        "completion",
        "answer",
        "response",
        "result",
        "output_text",
    ];
    let found = keys.iter().filter_map(|key| outputs.get(key)).find_map(|value| said(value, Role::Ai));
    found.or_else(|| only_text(outputs, Role::Ai)).unwrap_or_default()
}

/// An object that is a message.
fn as_message(value: &Value, role: Role) -> Option<Vec<Draft>> {
    let is_message = ["content", "parts", "tool_calls", "lc"].iter().any(|key| value.get(key).is_some());
    let found = is_message.then(|| message::read_list(value, role))?;
    Some(found).filter(|found| !found.is_empty())
}

/// A text, a message, a list of messages, or a list of the pieces of one text; `None` where it is data.
fn said(value: &Value, role: Role) -> Option<Vec<Draft>> {
    match value {
        Value::String(_) => {}
        Value::Array(items) => {
            // What a stream gave and nobody joined, or several texts that went in.
            if !items.is_empty() && items.iter().all(Value::is_string) && !is_pair(items) {
                let texts: Vec<&str> = items.iter().filter_map(Value::as_str).collect();
                let text = texts.join(if role == Role::Ai { "" } else { "\n" });
                return Draft::of_text(role, &text).map(|draft| vec![draft]);
            }
            let is_message = |item: &Value| {
                item.is_array()
                    || ["content", "parts", "lc", "role", "message", "toolCallId"]
                        .iter()
                        .any(|key| item.get(key).is_some())
            };
            if !is_pair(items) && !items.iter().all(is_message) {
                return None;
            }
        }
        Value::Object(_) => {
            let nested = under(value, &["messages"], role);
            if !nested.is_empty() {
                return Some(nested);
            }
            if let Some(inner) = json::first(value, &["message"]) {
                return said(inner, role);
            }
            return as_message(value, role);
        }
        _ => return None,
    }
    Some(message::read_list(value, role)).filter(|found| !found.is_empty())
}

fn is_pair(items: &[Value]) -> bool {
    let roles = ["user", "human", "assistant", "ai", "system"];
    items.len() == 2
        && items[0].as_str().is_some_and(|role| roles.contains(&role.to_ascii_lowercase().as_str()))
}

/// The only member, where that is a text.
fn only_text(value: &Value, role: Role) -> Option<Vec<Draft>> {
    let members = value.as_object().filter(|members| members.len() == 1)?;
    let text = members.values().next()?.as_str()?;
    Draft::of_text(role, text).map(|draft| vec![draft])
}
