//! What a model call received and said, by the shape that its trace claims or that its payload has.

use model::RunStatus;
use serde_json::Value;

use super::{
    Block, Role, RunInput,
    draft::Draft,
    json,
    shape::{SNIFFED, Shape, Sides, generic, openinference, openllmetry},
};

/// A payload as it was recorded.
#[derive(Debug)]
pub(super) enum Recorded {
    Absent,
    Json(Value),
    /// What is shown instead.
    Bad(Block),
}

impl Recorded {
    pub(super) fn of(text: Option<&str>) -> Self {
        let Some(text) = text.filter(|text| !text.trim().is_empty()) else { return Self::Absent };
        match serde_json::from_str(text) {
            Ok(Value::Null) => Self::Absent,
            Ok(value) => Self::Json(value),
            Err(error) => Self::Bad(Block::Unreadable { text: text.to_owned(), reason: error.to_string() }),
        }
    }

    pub(super) fn value(&self) -> &Value {
        match self {
            Self::Json(value) => value,
            Self::Absent | Self::Bad(_) => &json::NULL,
        }
    }
}

/// The messages of a run.
#[derive(Debug, Default)]
pub(super) struct Read {
    pub(super) inputs: Vec<Draft>,
    pub(super) outputs: Vec<Draft>,
    pub(super) local_call_ids: bool,
    /// The shape that the inputs were read by, as they were recorded.
    pub(super) inputs_shape: Option<&'static Shape>,
}

impl Read {
    pub(super) fn is_empty(&self) -> bool {
        self.inputs.is_empty() && self.outputs.is_empty()
    }
}

/// Reads a model call: the claimed shapes first, side by side, then whatever the payload looks like. What no shape
/// understands is shown as JSON.
pub(super) fn model_call(input: &RunInput, claims: &[&'static Shape]) -> Read {
    model_call_given(input, input.inputs.as_deref(), claims)
}

/// The same as if the call had been given these inputs.
pub(super) fn model_call_given(input: &RunInput, inputs: Option<&str>, claims: &[&'static Shape]) -> Read {
    let mut read = messages(input, inputs, claims);
    if input.status == RunStatus::Error
        && let Some(text) = input.error.as_deref().map(error_text).filter(|text| !text.trim().is_empty())
    {
        read.outputs.push(Draft::of_blocks(Role::Ai, vec![Block::Error { text }]));
    }
    read
}

fn messages(input: &RunInput, inputs: Option<&str>, claims: &[&'static Shape]) -> Read {
    let inputs = Recorded::of(inputs);
    let outputs = Recorded::of(input.outputs.as_deref());
    // The attributes hold everything once more; they are parsed only where a shape reads them.
    let marks = openinference::MARKS.iter().chain(&openllmetry::MARKS);
    let attributes = match &input.attributes {
        Some(text) if marks.into_iter().any(|mark| text.contains(mark)) => Recorded::of(Some(text)),
        _ => Recorded::Absent,
    };
    let attributes = attributes.value();
    let sides = Sides {
        inputs: inputs.value(),
        outputs: outputs.value(),
        attributes: attributes.get("attributes").unwrap_or(attributes),
    };
    let mut read = of_sides(&sides, claims);
    // The request as the vendor received it, where the messages beside it could not be read.
    let raw = |side: &Value| side.get("raw").map(|raw| json::decoded(raw).into_owned());
    if read.inputs.is_empty() && raw(sides.inputs).is_some()
        || read.outputs.is_empty() && raw(sides.outputs).is_some()
    {
        let (raw_inputs, raw_outputs) = (raw(sides.inputs), raw(sides.outputs));
        let raw_sides = Sides {
            inputs: raw_inputs.as_ref().unwrap_or(&json::NULL),
            outputs: raw_outputs.as_ref().unwrap_or(&json::NULL),
            attributes: &json::NULL,
        };
        let again = of_sides(&raw_sides, claims);
        if read.inputs.is_empty() {
            read.inputs = again.inputs;
        }
        if read.outputs.is_empty() {
            read.outputs = again.outputs;
        }
    }
    let understood = SNIFFED
        .iter()
        .any(|shape| !std::ptr::eq(*shape, &raw const generic::SHAPE) && (shape.recognises)(&sides));
    if read.inputs.is_empty() {
        read.inputs.extend(unread(&inputs, Role::Human, understood));
    }
    if read.outputs.is_empty() {
        read.outputs.extend(unread(&outputs, Role::Ai, understood));
    }
    read
}

fn of_sides(sides: &Sides<'_>, claims: &[&'static Shape]) -> Read {
    let sniffed = SNIFFED.iter().copied().filter(|shape| (shape.recognises)(sides));
    let mut read = Read::default();
    for shape in claims.iter().copied().chain(sniffed) {
        if read.inputs.is_empty() {
            read.inputs = (shape.inputs)(sides);
            read.inputs_shape = Some(shape).filter(|_| !read.inputs.is_empty());
            read.local_call_ids |= shape.local_call_ids && !read.inputs.is_empty();
        }
        if read.outputs.is_empty() {
            read.outputs = (shape.outputs)(sides);
            read.local_call_ids |= shape.local_call_ids && !read.outputs.is_empty();
        }
        if !read.inputs.is_empty() && !read.outputs.is_empty() {
            break;
        }
    }
    read
}

/// The messages of a chain that stands in for its model calls.
pub(super) fn of_chain(input: &RunInput, claims: &[&'static Shape]) -> Read {
    let inputs = Recorded::of(input.inputs.as_deref());
    let outputs = Recorded::of(input.outputs.as_deref());
    let sides = Sides { inputs: inputs.value(), outputs: outputs.value(), attributes: &json::NULL };
    // Only lists of messages count: a chain's other inputs and outputs are data.
    let holds_messages =
        |side: &Value| ["messages", "contents", "choices"].iter().any(|key| side.get(key).is_some());
    let mut read = of_sides(&sides, claims);
    if !holds_messages(sides.inputs) {
        read.inputs.clear();
    }
    if !holds_messages(sides.outputs) {
        read.outputs.clear();
    }
    read
}

/// Inputs and outputs of a chain where there are no messages: their text, else their JSON.
pub(super) fn preview(input: &RunInput) -> Read {
    let inputs = Recorded::of(input.inputs.as_deref());
    let outputs = Recorded::of(input.outputs.as_deref());
    let sides = Sides { inputs: inputs.value(), outputs: outputs.value(), attributes: &json::NULL };
    let mut read = Read {
        inputs: (generic::SHAPE.inputs)(&sides),
        outputs: (generic::SHAPE.outputs)(&sides),
        local_call_ids: false,
        inputs_shape: None,
    };
    if read.inputs.is_empty() {
        read.inputs.extend(unread(&inputs, Role::Human, false));
    }
    if read.outputs.is_empty() {
        read.outputs.extend(unread(&outputs, Role::Ai, false));
    }
    if let Some(text) = input.error.as_deref().map(error_text).filter(|text| !text.trim().is_empty()) {
        read.outputs.push(Draft::of_blocks(Role::Ai, vec![Block::Error { text }]));
    }
    read
}

/// A payload as one block; nothing where it says nothing, or where a shape knows that it holds no words.
fn unread(recorded: &Recorded, role: Role, understood: bool) -> Option<Draft> {
    match recorded {
        Recorded::Absent => None,
        Recorded::Bad(block) => Some(Draft::of_blocks(role, vec![block.clone()])),
        Recorded::Json(value) => {
            let says_nothing = understood
                || json::is_absent(value)
                || value.as_object().is_some_and(|members| {
                    members.iter().all(|(key, value)| json::is_absent(value) || key == "usage_metadata")
                });
            (!says_nothing).then(|| Draft::of_blocks(role, vec![Block::json(value)]))
        }
    }
}

/// The message of an error, without the stack trace below it.
pub(super) fn error_text(error: &str) -> String {
    let trimmed = error.trim();
    let cut = trimmed
        .find("Traceback (most recent call last)")
        .into_iter()
        .chain(trimmed.find("\n\n"))
        .filter(|at| *at > 0)
        .min()
        .unwrap_or(trimmed.len());
    trimmed[..cut].trim_end().to_owned()
}
