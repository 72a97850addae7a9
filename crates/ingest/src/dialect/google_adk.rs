//! Google ADK 1, whose model calls hold request and response of Gemini (`otel-genai.md` C.9). Version 2 speaks the GenAI
//! conventions.

use model::RunType;

use super::{
    Dialect,
    rule::{Facts, Row, is_tool, json, row, several, text},
    usage::SentUsage,
};
use crate::{
    json::{self, Object},
    messages::Messages,
    preview::Side,
};

const NAME: &str = "google_adk";
const REQUEST: &str = "gcp.vertex.agent.llm_request";
const RESPONSE: &str = "gcp.vertex.agent.llm_response";

pub(super) const RUN_TYPE: Row<RunType> =
    several(NAME, "name call_llm", |facts| (facts.span.name == "call_llm").then_some(RunType::Llm))
        .when(|facts| facts.is(Dialect::GoogleAdk));
pub(super) const THREAD: Row<String> = row(NAME, &["gcp.vertex.agent.session_id"], text);

/// Overrides the attributes, whose output is the total.
pub(super) const USAGE: Row<SentUsage> = row(NAME, &[RESPONSE], |_, value| {
    let json = value.to_json();
    let sent = Object::read(json::member(&json, "usage_metadata")?);
    SentUsage::of_gemini(&sent).given()
})
.when(|facts| facts.is(Dialect::GoogleAdk));

/// `{}` is "does not apply".
fn given(facts: &Facts<'_>, value: &crate::value::Value<'_>) -> Option<Vec<u8>> {
    json(facts, value).filter(|json| json != b"{}")
}

pub(super) const TOOL_ARGUMENTS: Row<Vec<u8>> =
    row(NAME, &["gcp.vertex.agent.tool_call_args"], given).when(is_tool);
pub(super) const TOOL_RESULT: Row<Vec<u8>> =
    row(NAME, &["gcp.vertex.agent.tool_response"], given).when(is_tool);
pub(super) const INPUT: Row<Vec<u8>> = row(NAME, &[REQUEST], given);
pub(super) const OUTPUT: Row<Vec<u8>> = row(NAME, &[RESPONSE], given);
pub(super) const INPUT_MESSAGES: Row<Messages> =
    row(NAME, &[REQUEST], |_, value| Messages::read(&value.to_json(), Side::Input));
pub(super) const OUTPUT_MESSAGES: Row<Messages> =
    row(NAME, &[RESPONSE], |_, value| Messages::read(&value.to_json(), Side::Output));
