//! Gemini: the API's `contents` and `candidates`, and the LangSmith wrapper (`langsmith-messages-view.md` §3.8b).

use serde_json::Value;

use super::{Shape, Sides, first_of_choices, under, with_system};
use crate::messages::{Role, draft::Draft, json, message};

pub(in crate::messages) static SHAPE: Shape = Shape {
    name: "Gemini",
    recognises: |sides| sides.inputs.get("contents").is_some() || sides.outputs.get("candidates").is_some(),
    inputs,
    outputs,
    local_call_ids: true,
};

fn inputs(sides: &Sides<'_>) -> Vec<Draft> {
    let inputs = sides.inputs;
    let keys = ["system_instruction", "systemInstruction"];
    let system = json::first(inputs, &keys).or_else(|| json::first(json::at(inputs, "config"), &keys));
    with_system(system, under(inputs, &["contents", "messages"], Role::Human))
}

fn outputs(sides: &Sides<'_>) -> Vec<Draft> {
    let outputs = sides.outputs;
    let candidates = json::elements(json::at(outputs, "candidates"));
    let answers = first_of_choices(
        candidates.iter().map(|candidate| under(candidate, &["content"], Role::Ai)).collect(),
    );
    if !answers.is_empty() {
        return answers;
    }
    // A single answer, as the Agent Development Kit records it, or the wrapper's message.
    match outputs.get("content") {
        Some(content) if content.get("parts").is_some() => message::read_list(content, Role::Ai),
        Some(Value::String(_) | Value::Array(_) | Value::Null) => message::read_list(outputs, Role::Ai),
        _ => Vec::new(),
    }
}
