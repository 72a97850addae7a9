//! OpenAI Chat Completions, and the legacy text completions (`langsmith-messages-view.md` §3.5).

use serde_json::Value;

use super::{Shape, Sides, first_of_choices, under, with_system};
use crate::messages::{Role, draft::Draft, json, message};

pub(in crate::messages) static SHAPE: Shape = Shape {
    name: "OpenAI Chat Completions",
    recognises: |sides| sides.outputs.get("choices").is_some_and(Value::is_array),
    inputs,
    outputs,
    local_call_ids: false,
};

fn inputs(sides: &Sides<'_>) -> Vec<Draft> {
    // Calls of other vendors in the same trace have their prompt beside the messages.
    let system = json::first(sides.inputs, &["system", "instructions"]);
    with_system(system, under(sides.inputs, &["messages", "prompt"], Role::Human))
}

fn outputs(sides: &Sides<'_>) -> Vec<Draft> {
    let choices = json::elements(json::at(sides.outputs, "choices"));
    first_of_choices(choices.iter().map(choice).collect())
}

fn choice(choice: &Value) -> Vec<Draft> {
    match json::first(choice, &["message", "delta", "text"]) {
        Some(answer) => message::read_list(answer, Role::Ai),
        None => Vec::new(),
    }
}
