//! Vercel AI SDK: the LangSmith wrapper, its telemetry, and the SDK's own spans (`langsmith-messages-view.md` §3.8).

use serde_json::{Value, json};

use super::{Shape, Sides, any_message, any_part, under, with_system};
use crate::messages::{Role, draft::Draft, json, message, part};

pub(in crate::messages) static SHAPE: Shape =
    Shape { name: "Vercel AI SDK", recognises, inputs, outputs, local_call_ids: false };

fn recognises(sides: &Sides<'_>) -> bool {
    let is_part = |part: &Value| {
        part.get("toolCallId").is_some()
            || json::text(part, &["type"]).is_some_and(|kind| kind.starts_with("tool-"))
    };
    sides.outputs.get("finishReason").is_some()
        || any_part(sides.outputs, is_part)
        || any_message(json::at(sides.inputs, "messages"), |message| any_part(message, is_part))
}

fn inputs(sides: &Sides<'_>) -> Vec<Draft> {
    let messages = under(sides.inputs, &["messages", "prompt"], Role::Human);
    with_system(json::first(sides.inputs, &["system", "instructions"]), messages)
}

fn outputs(sides: &Sides<'_>) -> Vec<Draft> {
    let outputs = sides.outputs;
    if outputs.get("content").is_some() || outputs.get("role").is_some() {
        let messages = message::read_list(outputs, Role::Ai);
        if !messages.is_empty() {
            return messages;
        }
    }
    // The results of generateText and generateObject, and what the spans of the SDK hold.
    let mut parts: Vec<Value> = Vec::new();
    match json::first(outputs, &["reasoning", "reasoningText"]) {
        Some(Value::String(text)) => parts.push(json!({ "type": "reasoning", "text": text })),
        Some(Value::Array(list)) => parts.extend(list.iter().cloned()),
        _ => {}
    }
    if let Some(text) = json::text(outputs, &["text"]) {
        parts.push(json!({ "type": "text", "text": text }));
    }
    let calls =
        json::decoded(json::first(outputs, &["toolCalls", "tool_calls"]).unwrap_or(&json::NULL)).into_owned();
    if parts.is_empty() && calls.is_null() {
        // An object is the answer itself; it is shown as the JSON that it is.
        return match json::first(outputs, &["object"]) {
            Some(object) => {
                let mut draft = Draft::new(Role::Ai);
                let object = json::decoded(object);
                part::read(&json!({ "type": "object", "object": object }), &mut draft.content);
                vec![draft]
            }
            None => Vec::new(),
        };
    }
    message::read_list(&json!({ "role": "assistant", "content": parts, "tool_calls": calls }), Role::Ai)
}
