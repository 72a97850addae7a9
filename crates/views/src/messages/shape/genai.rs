//! OpenTelemetry's GenAI messages: `{role, parts}`, one output message a choice (`otel-genai.md` B.4).

use serde_json::Value;

use super::{Shape, Sides, any_message, first_of_choices, under, with_system};
use crate::messages::{Role, draft::Draft, json, message};

pub(in crate::messages) static SHAPE: Shape =
    Shape { name: "OpenTelemetry GenAI", recognises, inputs, outputs, local_call_ids: false };

fn recognises(sides: &Sides<'_>) -> bool {
    let has_parts = |message: &Value| message.get("parts").is_some();
    any_message(&json::decoded(json::at(sides.inputs, "messages")), has_parts)
        || any_message(&json::decoded(json::at(sides.outputs, "messages")), has_parts)
}

fn inputs(sides: &Sides<'_>) -> Vec<Draft> {
    let messages = under(sides.inputs, &["messages"], Role::Human);
    with_system(json::first(sides.inputs, &["system_instructions", "system"]), messages)
}

fn outputs(sides: &Sides<'_>) -> Vec<Draft> {
    let list = json::decoded(json::at(sides.outputs, "messages"));
    let choices: Vec<&Value> = json::elements(&list).iter().collect();
    let is_choice = |message: &&Value| message.get("finish_reason").is_some();
    if choices.len() > 1 && choices.iter().all(is_choice) {
        return first_of_choices(
            choices.into_iter().map(|choice| message::read_list(choice, Role::Ai)).collect(),
        );
    }
    message::read_list(&list, Role::Ai)
}
