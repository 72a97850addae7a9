//! Preferences: of two answers to the same input the better one (`annotation-ux.md` §17.5).

use super::{
    chat::to_messages,
    examples::ExampleRecord,
    record::{number, object},
};
use crate::{
    Side, json,
    tidy::{Spaces, tidy},
};

/// The two layouts that trainers read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Dialect {
    /// `input`, `preferred_output`, `non_preferred_output`.
    OpenAi,
    /// `prompt`, `chosen`, `rejected`.
    Dpo,
}

/// Two answers of which one is better. Texts are payloads of runs, in whatever shape.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Preference {
    /// What both answer.
    pub inputs: String,
    /// The better answer.
    pub chosen: String,
    /// The worse answer.
    pub rejected: String,
    /// By how much, where that was said.
    pub margin: Option<f64>,
}

/// One line; the error says why the preference is no conversation.
pub fn line(preference: &Preference, dialect: Dialect) -> Result<String, String> {
    let list = |payload: &str, side, what: &str| {
        let messages = to_messages(payload, side).ok_or_else(|| format!("the {what} is no conversation"))?;
        Ok::<_, String>(format!("[{}]", messages.join(",")))
    };
    let inputs = list(&preference.inputs, Side::Input, "input")?;
    let chosen = list(&preference.chosen, Side::Output, "better answer")?;
    let rejected = list(&preference.rejected, Side::Output, "worse answer")?;
    if chosen == rejected {
        return Err("both answers are the same".to_owned());
    }
    let tools = json::member(preference.inputs.as_bytes(), "tools").map(|tools| tidy(tools, Spaces::Drop));
    let margin = preference.margin.map(number);
    Ok(match dialect {
        Dialect::OpenAi => {
            let input: Vec<(&str, String)> =
                std::iter::once(("messages", inputs)).chain(tools.map(|tools| ("tools", tools))).collect();
            object(&[
                ("input", object(&input)),
                ("preferred_output", chosen),
                ("non_preferred_output", rejected),
            ])
        }
        Dialect::Dpo => {
            let mut members = vec![("prompt", inputs), ("chosen", chosen), ("rejected", rejected)];
            members.extend(margin.map(|margin| ("margin", margin)));
            members.extend(tools.map(|tools| ("tools", tools)));
            object(&members)
        }
    })
}

pub(super) fn is_preference(value: &[u8]) -> bool {
    let has = |name: &str| json::members(value).any(|(key, _)| key == name);
    (has("preferred_output") && has("non_preferred_output")) || (has("chosen") && has("rejected"))
}

/// Reads a line of either dialect: an example whose outputs are `chosen` and `rejected`.
pub(super) fn read(value: &[u8]) -> Result<ExampleRecord, String> {
    let member = |key: &str| json::member(value, key);
    let compact = |value: &[u8]| tidy(value, Spaces::Drop);
    // A text is a message of the user or of the assistant.
    let list = |value: &[u8], role: &str| match value.first() {
        Some(b'"') => format!(r#"[{{"role":"{role}","content":{}}}]"#, compact(value)),
        _ => compact(value),
    };
    let input = member("input").or_else(|| member("prompt"));
    let messages = input.and_then(|input| json::member(input, "messages")).or(input);
    let chosen =
        member("preferred_output").or_else(|| member("chosen")).ok_or("the better answer is missing")?;
    let rejected =
        member("non_preferred_output").or_else(|| member("rejected")).ok_or("the worse answer is missing")?;
    let tools = input.and_then(|input| json::member(input, "tools")).or_else(|| member("tools"));
    let messages = messages.map_or_else(|| "[]".to_owned(), |messages| list(messages, "user"));
    let inputs: Vec<(&str, String)> =
        std::iter::once(("messages", messages)).chain(tools.map(|tools| ("tools", compact(tools)))).collect();
    let mut outputs = vec![("chosen", list(chosen, "assistant")), ("rejected", list(rejected, "assistant"))];
    outputs.extend(member("margin").map(|margin| ("margin", compact(margin))));
    Ok(ExampleRecord { inputs: object(&inputs), outputs: Some(object(&outputs)), ..ExampleRecord::default() })
}

/// The preference that an example holds, if it was made of one.
pub fn of_example(example: &ExampleRecord) -> Option<Preference> {
    let outputs = example.outputs.as_deref()?.as_bytes();
    let text = |key: &str| json::member(outputs, key).map(|value| json::lossy(value).into_owned());
    Some(Preference {
        inputs: example.inputs.clone(),
        chosen: text("chosen")?,
        rejected: text("rejected")?,
        margin: json::member(outputs, "margin").and_then(json::text).and_then(|text| text.parse().ok()),
    })
}
