//! LangSmith's format for calls that are logged by hand: lists of messages on both sides
//! (`langsmith-messages-view.md` §3.8b).

use super::{Shape, Sides, under, with_system};
use crate::messages::{Role, draft::Draft, json};

pub(in crate::messages) static SHAPE: Shape = Shape {
    name: "Messages",
    recognises: |sides| sides.inputs.get("messages").is_some() || sides.outputs.get("messages").is_some(),
    inputs,
    outputs,
    local_call_ids: false,
};

fn inputs(sides: &Sides<'_>) -> Vec<Draft> {
    let messages = under(sides.inputs, &["messages"], Role::Human);
    with_system(json::first(sides.inputs, &["system", "instructions"]), messages)
}

fn outputs(sides: &Sides<'_>) -> Vec<Draft> {
    under(sides.outputs, &["messages"], Role::Ai)
}
