//! Producers that speak the GenAI conventions but for a few facts: LiteLLM, Strands, Genkit and MCP (`otel-genai.md`
//! B.6, C.9).

use model::{RunType, UnixNanos};

use super::{
    Dialect,
    rule::{Facts, Row, is_retriever, is_tool, json, row, several, text},
};
use crate::preview::object;

// ---- LiteLLM ----

/// A child span repeats the raw request as literals of Python.
pub(super) const LITELLM_RAW: Row<RunType> = several("litellm", "llm.openai.*", |facts| {
    let is_raw = facts.attributes.has_prefix("llm.openai.") && facts.get("gen_ai.operation.name").is_none();
    is_raw.then_some(RunType::Chain)
})
.when(|facts| facts.is(Dialect::Litellm));

// ---- Strands ----

/// Whole milliseconds, where the conventions say seconds.
pub(super) const STRANDS_FIRST_TOKEN: Row<UnixNanos> =
    row("strands", &["gen_ai.server.time_to_first_token"], |facts, value| {
        super::after_start(facts, value, 1e6)
    })
    .when(|facts| facts.is(Dialect::Strands));
/// On tools, the message event is what went in and the choice what came out.
pub(super) const TOOL_EVENT_INPUT: Row<Vec<u8>> = several("strands", "event gen_ai.tool.message", |facts| {
    event_value(facts, "gen_ai.tool.message", "content")
})
.when(is_tool);
pub(super) const TOOL_EVENT_OUTPUT: Row<Vec<u8>> =
    several("strands", "event gen_ai.choice", |facts| event_value(facts, "gen_ai.choice", "message"))
        .when(is_tool);

/// An attribute of the first event of this name, as JSON.
pub(super) fn event_value(facts: &Facts<'_>, name: &str, key: &str) -> Option<Vec<u8>> {
    let event = facts.span.events.iter().find(|event| event.name == name)?;
    let (_, value) = event.attributes.iter().find(|(known, value)| known == key && !value.is_absent())?;
    Some(value.to_json().into_owned())
}

// ---- Genkit ----

pub(super) const GENKIT_RUN_TYPE: Row<RunType> = row("genkit", &["genkit:metadata:subtype"], |_, value| {
    Some(match value.to_text()?.as_ref() {
        "model" | "background-model" => RunType::Llm,
        "embedder" => RunType::Embedding,
        "tool" | "tool.v2" => RunType::Tool,
        "retriever" => RunType::Retriever,
        _ => RunType::Chain,
    })
});
pub(super) const GENKIT_INPUT: Row<Vec<u8>> = row("genkit", &["genkit:input"], json);
pub(super) const GENKIT_OUTPUT: Row<Vec<u8>> = row("genkit", &["genkit:output"], json);

// ---- MCP ----

pub(super) const MCP_RUN_TYPE: Row<RunType> = row("mcp", &["mcp.method.name"], |_, value| {
    Some(match value.to_text()?.as_ref() {
        "tools/call" => RunType::Tool,
        "prompts/get" => RunType::Prompt,
        "resources/read" => RunType::Retriever,
        _ => RunType::Chain,
    })
});
pub(super) const MCP_RESOURCE: Row<Vec<u8>> =
    row("mcp", &["mcp.resource.uri"], |_, value| Some(object([("uri", value.to_json().as_ref())])))
        .when(is_retriever);
pub(super) const MCP_PROMPT: Row<String> =
    row("mcp", &["gen_ai.prompt.name"], text).when(|facts| facts.run_type == RunType::Prompt);
