//! OpenInference: flattened lists of messages among the attributes (`otel-genai.md` C.2).

use serde_json::Value;

use super::{Shape, Sides, first_of_choices};
use crate::messages::{Role, draft::Draft, json, message};

pub(in crate::messages) static SHAPE: Shape = Shape {
    name: "OpenInference",
    recognises: |sides| !inputs(sides).is_empty() || !outputs(sides).is_empty(),
    inputs,
    outputs,
    local_call_ids: false,
};

/// What stands in the attributes when there is something to read.
pub(in crate::messages) const MARKS: [&str; 4] =
    ["llm.input_messages.", "llm.output_messages.", "llm.prompts.", "llm.choices."];

fn inputs(sides: &Sides<'_>) -> Vec<Draft> {
    let found = list(sides, "llm.input_messages", Role::Human);
    if !found.is_empty() {
        return found;
    }
    let prompts = json::unflatten(sides.attributes, "llm.prompts");
    prompts.iter().filter_map(|prompt| Draft::of_text(Role::Human, text_in(prompt, "prompt")?)).collect()
}

fn outputs(sides: &Sides<'_>) -> Vec<Draft> {
    let found = list(sides, "llm.output_messages", Role::Ai);
    if !found.is_empty() {
        // One message an answer: whatever is left after joining thoughts and words are further answers.
        let is_answers = found.iter().all(|draft| draft.role() == Role::Ai);
        return if is_answers {
            first_of_choices(found.into_iter().map(|draft| vec![draft]).collect())
        } else {
            found
        };
    }
    let choices = json::unflatten(sides.attributes, "llm.choices");
    let texts = choices.iter().filter_map(|choice| Draft::of_text(Role::Ai, text_in(choice, "completion")?));
    first_of_choices(texts.map(|draft| vec![draft]).collect())
}

fn list(sides: &Sides<'_>, prefix: &str, default: Role) -> Vec<Draft> {
    message::read_list(&Value::Array(json::unflatten(sides.attributes, prefix)), default)
}

fn text_in<'v>(value: &'v Value, wrapper: &str) -> Option<&'v str> {
    json::text(value.get(wrapper)?, &["text"])
}
