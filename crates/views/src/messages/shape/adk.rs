//! Google's Agent Development Kit as LangSmith's integration records it: messages like OpenAI's, but the ids of calls
//! begin anew in every message (`langsmith-messages-view.md` §3.8b).

use super::{Shape, Sides, gemini, under, with_system};
use crate::messages::{Role, draft::Draft, json, message};

pub(in crate::messages) static SHAPE: Shape = Shape {
    name: "Google ADK",
    // Nothing but its metadata tells it from other messages.
    recognises: |_| false,
    inputs,
    outputs,
    local_call_ids: true,
};

fn inputs(sides: &Sides<'_>) -> Vec<Draft> {
    let messages = under(sides.inputs, &["messages", "contents"], Role::Human);
    with_system(json::first(sides.inputs, &["system_instruction", "system", "instructions"]), messages)
}

fn outputs(sides: &Sides<'_>) -> Vec<Draft> {
    let found = under(sides.outputs, &["messages"], Role::Ai);
    if !found.is_empty() {
        return found;
    }
    let gemini = (gemini::SHAPE.outputs)(sides);
    if !gemini.is_empty() {
        return gemini;
    }
    if sides.outputs.get("role").is_some() { message::read_list(sides.outputs, Role::Ai) } else { Vec::new() }
}
