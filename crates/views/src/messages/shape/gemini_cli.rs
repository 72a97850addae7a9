//! Gemini CLI's scheduler of tools: what it was asked to call, and what came of each call (`otel-genai.md` C.10). It is a
//! trace of its own beside those of the model's calls, and speaks of the same calls.

use serde_json::{Value, json};

use super::{Shape, Sides};
use crate::messages::{Role, draft::Draft, json, message};

pub(in crate::messages) static SHAPE: Shape =
    Shape { name: "Gemini CLI", recognises, inputs, outputs, local_call_ids: false };

fn recognises(sides: &Sides<'_>) -> bool {
    scheduled(sides.inputs).next().is_some()
}

/// Calls as the scheduler names them.
fn scheduled(side: &Value) -> impl Iterator<Item = &Value> {
    let is_call = |call: &&Value| call.get("callId").is_some() && call.get("name").is_some();
    json::elements(json::at(side, "messages")).iter().filter(is_call)
}

fn inputs(sides: &Sides<'_>) -> Vec<Draft> {
    let calls: Vec<Value> = scheduled(sides.inputs)
        .map(|call| {
            let (id, name, args) = (json::at(call, "callId"), json::at(call, "name"), json::at(call, "args"));
            json!({ "functionCall": { "id": id, "name": name, "args": args } })
        })
        .collect();
    message::read_list(&json!([{ "role": "model", "parts": calls }]), Role::Ai)
}

fn outputs(sides: &Sides<'_>) -> Vec<Draft> {
    let done = json::elements(json::at(sides.outputs, "messages"));
    let parts: Vec<&Value> = done
        .iter()
        .flat_map(|done| json::elements(json::at(json::at(done, "response"), "responseParts")))
        .filter(|part| part.get("functionResponse").is_some())
        .collect();
    message::read_list(&json!([{ "role": "user", "parts": parts }]), Role::Tool)
}
