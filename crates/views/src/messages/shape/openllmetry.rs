//! OpenLLMetry's indexed attributes: `gen_ai.prompt.N.…`, `gen_ai.completion.N.…` (`otel-genai.md` C.3).

use serde_json::Value;

use super::{Shape, Sides, first_of_choices};
use crate::messages::{Role, draft::Draft, json, message};

pub(in crate::messages) static SHAPE: Shape = Shape {
    name: "OpenLLMetry",
    recognises: |sides| !inputs(sides).is_empty() || !outputs(sides).is_empty(),
    inputs,
    outputs,
    local_call_ids: false,
};

/// What stands in the attributes when there is something to read.
pub(in crate::messages) const MARKS: [&str; 2] = ["gen_ai.prompt.", "gen_ai.completion."];

fn inputs(sides: &Sides<'_>) -> Vec<Draft> {
    message::read_list(&Value::Array(entries(sides, "gen_ai.prompt")), Role::Human)
}

fn outputs(sides: &Sides<'_>) -> Vec<Draft> {
    let choices = entries(sides, "gen_ai.completion");
    first_of_choices(choices.iter().map(|choice| message::read_list(choice, Role::Ai)).collect())
}

/// Messages; a content that is JSON text of a string is that string.
fn entries(sides: &Sides<'_>, prefix: &str) -> Vec<Value> {
    let mut entries = json::unflatten(sides.attributes, prefix);
    for entry in &mut entries {
        if let Some(content) = entry.get_mut("content")
            && let Some(text) = content.as_str().filter(|text| text.starts_with('"'))
            && let Ok(inner @ Value::String(_)) = serde_json::from_str(text)
        {
            *content = inner;
        }
    }
    entries.retain(Value::is_object);
    entries
}
