//! Haystack: pipelines of components (`otel-genai.md` C.9).

use std::borrow::Cow;

use model::RunType;

use super::{
    Dialect,
    rule::{Facts, Row, json, row, several, text, together},
    usage::SentUsage,
};
use crate::{
    json::{self, Object},
    messages::Messages,
    preview::Side,
};

const NAME: &str = "haystack";
const INPUTS: [&str; 5] = [
    "haystack.component.input",
    "haystack.pipeline.input_data",
    "haystack.agent.step.llm.input",
    "haystack.agent.step.tool.input",
    "haystack.agent.input",
];
/// Where a model's replies stand.
const REPLIES: [&str; 2] = ["haystack.component.output", "haystack.agent.step.llm.output"];

/// Steps of an agent, which say what they are by their names alone.
pub(super) const STEP: Row<RunType> =
    several(NAME, "name of the span", |facts| match facts.span.name.as_ref() {
        "haystack.agent.step.llm" => Some(RunType::Llm),
        "haystack.agent.step.tool" => Some(RunType::Tool),
        _ => None,
    });
pub(super) const TOOL: Row<String> = row(NAME, &["haystack.tool.name"], text);

pub(super) const RUN_TYPE: Row<RunType> = row(NAME, &["haystack.component.type"], |_, value| {
    let component = value.to_text()?;
    let is = |ends: &[&str]| ends.iter().any(|end| component.ends_with(end));
    Some(if is(&["Generator"]) {
        RunType::Llm
    } else if is(&["Embedder"]) {
        RunType::Embedding
    } else if is(&["Retriever", "Ranker"]) {
        RunType::Retriever
    } else if is(&["PromptBuilder"]) {
        RunType::Prompt
    } else if is(&["Parser", "AnswerBuilder", "Validator"]) {
        RunType::Parser
    } else if is(&["ToolInvoker"]) {
        RunType::Tool
    } else {
        RunType::Chain
    })
});
pub(super) const COMPONENT: Row<String> = row(NAME, &["haystack.component.name"], text);

/// What the first reply says of the call.
fn reply<T>(facts: &Facts<'_>, read: impl Fn(&Object<'_>) -> Option<T>) -> Option<T> {
    let output = facts.attributes.first(&REPLIES)?.to_json();
    let first = json::elements(json::member(&output, "replies")?).next()?;
    let meta = json::member(first, "meta").or_else(|| json::member(first, "_meta"))?;
    read(&Object::read(meta))
}

pub(super) const MODEL: Row<String> =
    together(NAME, &REPLIES, |facts| reply(facts, |meta| meta.text("model")))
        .when(|facts| facts.is(Dialect::Haystack));
pub(super) const USAGE: Row<SentUsage> = together(NAME, &REPLIES, |facts| {
    reply(facts, |meta| SentUsage::of_provider(&Object::read(meta.get("usage")?)).given())
})
.when(|facts| facts.is(Dialect::Haystack));

pub(super) const INPUT: Row<Vec<u8>> = row(NAME, &INPUTS, json);
pub(super) const OUTPUT: Row<Vec<u8>> = row(
    NAME,
    &[
        "haystack.component.output",
        "haystack.pipeline.output_data",
        "haystack.agent.step.llm.output",
        "haystack.agent.step.tool.output",
        "haystack.agent.output",
    ],
    json,
);
pub(super) const INPUT_MESSAGES: Row<Messages> =
    row(NAME, &INPUTS, |_, value| Messages::read(&value.to_json(), Side::Input))
        .when(|facts| facts.is(Dialect::Haystack));
pub(super) const OUTPUT_MESSAGES: Row<Messages> = row(NAME, &REPLIES, |_, value| {
    let output = value.to_json();
    let replies: Cow<'_, [u8]> = json::member(&output, "replies").map_or(Cow::Borrowed(b"[]"), Cow::Borrowed);
    Messages::read(&replies, Side::Output)
})
.when(|facts| facts.is(Dialect::Haystack));
