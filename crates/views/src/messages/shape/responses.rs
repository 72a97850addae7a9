//! OpenAI Responses, as the API, the wrappers and the Agents SDK record it (`langsmith-messages-view.md` §3.6).

use serde_json::Value;

use super::{Shape, Sides, under, with_system};
use crate::messages::{Role, draft::Draft, json, message};

pub(in crate::messages) static SHAPE: Shape =
    Shape { name: "OpenAI Responses", recognises, inputs, outputs, local_call_ids: false };

fn recognises(sides: &Sides<'_>) -> bool {
    let is_typed = |list: &Value| {
        json::elements(list)
            .iter()
            .any(|item| message::is_item(item) || json::text(item, &["type"]) == Some("message"))
    };
    json::text(sides.outputs, &["object"]) == Some("response")
        || is_typed(json::at(sides.inputs, "input"))
        || is_typed(json::at(sides.outputs, "output"))
}

fn inputs(sides: &Sides<'_>) -> Vec<Draft> {
    let messages = under(sides.inputs, &["input", "messages"], Role::Human);
    with_system(sides.inputs.get("instructions"), messages)
}

fn outputs(sides: &Sides<'_>) -> Vec<Draft> {
    let output = json::at(sides.outputs, "output");
    if output.is_array() {
        return message::read_list(output, Role::Ai);
    }
    under(sides.outputs, &["output_text"], Role::Ai)
}
