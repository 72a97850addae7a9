//! Voice agents: LiveKit and Pipecat (`otel-genai.md` C.9).

use model::{RunType, UnixNanos};

use super::{
    Dialect,
    rule::{Facts, Row, is_tool, json, row, several, text},
};
use crate::{messages::Messages, preview::Side};

const LIVEKIT: &str = "livekit";
const PIPECAT: &str = "pipecat";

/// Both type their work by the names of spans alone.
fn of_name(facts: &Facts<'_>) -> Option<RunType> {
    let name = facts.span.name.as_ref();
    Some(match name {
        "function_tool" | "tool_call" => RunType::Tool,
        // Around a request, which is the call.
        "llm_node" => RunType::Chain,
        "llm" | "realtime_metrics" => RunType::Llm,
        _ if ["llm_", "tts", "stt"].iter().any(|start| name.starts_with(start)) => RunType::Llm,
        _ => RunType::Chain,
    })
}

pub(super) const LIVEKIT_RUN_TYPE: Row<RunType> =
    several(LIVEKIT, "name of the span", of_name).when(|facts| facts.is(Dialect::Livekit));
pub(super) const PIPECAT_RUN_TYPE: Row<RunType> =
    several(PIPECAT, "name of the span", of_name).when(|facts| facts.is(Dialect::Pipecat));
pub(super) const TOOL: Row<String> = row(LIVEKIT, &["lk.function_tool.name"], text);
pub(super) const AGENT: Row<String> = row(LIVEKIT, &["lk.agent_name"], text);
pub(super) const FIRST_TOKEN: Row<UnixNanos> =
    row(LIVEKIT, &["lk.response.ttft", "metrics.ttfb"], |facts, value| super::after_start(facts, value, 1e9));
pub(super) const THREAD: Row<String> = row(PIPECAT, &["conversation.id"], text);
pub(super) const USER: Row<String> =
    row(PIPECAT, &["user_id"], text).when(|facts| facts.is(Dialect::Pipecat));

/// Newer versions mark personal data in the name.
pub(super) const TOOL_ARGUMENTS: Row<Vec<u8>> =
    row(LIVEKIT, &["lk.pii.function_tool.arguments", "lk.function_tool.arguments"], json).when(is_tool);
pub(super) const TOOL_RESULT: Row<Vec<u8>> =
    row(LIVEKIT, &["lk.pii.function_tool.output", "lk.function_tool.output"], json).when(is_tool);
pub(super) const INPUT: Row<Vec<u8>> = row(
    LIVEKIT,
    &[
        "lk.pii.user_input",
        "lk.user_input",
        "lk.pii.input_text",
        "lk.input_text",
        "lk.pii.user_transcript",
        "lk.user_transcript",
    ],
    json,
);
pub(super) const INPUT_MESSAGES: Row<Messages> =
    row(LIVEKIT, &["lk.pii.chat_ctx", "lk.chat_ctx"], |_, value| {
        let context = value.to_json();
        let items = crate::json::member(&context, "items").unwrap_or(&context);
        Messages::read(items, Side::Input)
    });
pub(super) const OUTPUT_MESSAGES: Row<Messages> =
    row(LIVEKIT, &["lk.pii.response.text", "lk.response.text"], |_, value| {
        Messages::read(&value.to_json(), Side::Output)
    });
pub(super) const PIPECAT_INPUT_MESSAGES: Row<Messages> =
    row(PIPECAT, &["input"], |_, value| Messages::read(&value.to_json(), Side::Input))
        .when(|facts| facts.is(Dialect::Pipecat));
pub(super) const PIPECAT_OUTPUT_MESSAGES: Row<Messages> =
    row(PIPECAT, &["output"], |_, value| Messages::read(&value.to_json(), Side::Output))
        .when(|facts| facts.is(Dialect::Pipecat));
/// What was heard or said.
pub(super) const SPEECH: Row<Vec<u8>> =
    row(PIPECAT, &["transcript", "text"], json).when(|facts| facts.is(Dialect::Pipecat));
