//! Coding agents: Claude Code, Codex CLI and Gemini CLI (`otel-genai.md` C.10).

use model::{RunType, UnixNanos, Usage};

use super::{
    Dialect,
    rule::{Facts, Row, count, is_tool, json, row, several, text},
    usage::SentUsage,
};
use crate::{preview::object, value::Value};

const CLAUDE: &str = "claude_code";
const CODEX: &str = "codex_cli";
const GEMINI: &str = "gemini_cli";

fn is_claude(facts: &Facts<'_>) -> bool {
    facts.is(Dialect::ClaudeCode)
}

fn is_codex(facts: &Facts<'_>) -> bool {
    facts.is(Dialect::CodexCli)
}

// ---- Claude Code ----

pub(super) const CLAUDE_RUN_TYPE: Row<RunType> = row(CLAUDE, &["span.type"], |_, value| {
    Some(match value.to_text()?.as_ref() {
        "llm_request" => RunType::Llm,
        "tool" => RunType::Tool,
        _ => RunType::Chain,
    })
})
.when(is_claude);
pub(super) const TOOL: Row<String> = row(CLAUDE, &["tool_name"], text);
pub(super) const CLAUDE_MODEL: Row<String> = row(CLAUDE, &["model"], text).when(is_claude);
pub(super) const CLAUDE_USAGE: Row<SentUsage> =
    several(CLAUDE, "input_tokens, output_tokens, cache_*_tokens", |facts| {
        let count = |key: &str| facts.get(key).and_then(Value::to_count);
        let usage = Usage {
            input: count("input_tokens"),
            output: count("output_tokens"),
            cache_read: count("cache_read_tokens"),
            cache_creation: count("cache_creation_tokens"),
            ..Usage::default()
        };
        (!usage.is_empty()).then_some(SentUsage { usage, excludes_cache: true })
    })
    .when(is_claude);
pub(super) const CLAUDE_FIRST_TOKEN: Row<UnixNanos> =
    row(CLAUDE, &["ttft_ms"], |facts, value| super::after_start(facts, value, 1e6));
/// The user's words, as a message.
pub(super) const CLAUDE_PROMPT: Row<Vec<u8>> = row(CLAUDE, &["user_prompt"], |_, value| {
    let text = value.to_text()?;
    let message = serde_json::json!({ "role": "user", "parts": [{ "type": "text", "content": text }] });
    Some(serde_json::json!({ "messages": [message] }).to_string().into_bytes())
})
.when(|facts| is_claude(facts) && !is_tool(facts));
pub(super) const CLAUDE_INPUT: Row<Vec<u8>> =
    row(CLAUDE, &["full_command", "file_path"], json).when(is_claude);
pub(super) const CLAUDE_TOOL_OUTPUT: Row<Vec<u8>> = several(CLAUDE, "event tool.output", |facts| {
    super::frameworks::event_value(facts, "tool.output", "output")
})
.when(is_claude);

// ---- Codex CLI ----

/// Most of its spans are plumbing; two kinds mean something.
pub(super) const CODEX_RUN_TYPE: Row<RunType> =
    several(CODEX, "gen_ai.usage.input_tokens; tool_source and call_id", |facts| {
        let has = |key: &str| facts.get(key).is_some();
        Some(if has("gen_ai.usage.input_tokens") {
            RunType::Llm
        } else if has("tool_source") && has("call_id") {
            RunType::Tool
        } else {
            RunType::Chain
        })
    })
    .when(is_codex);
pub(super) const CODEX_MODEL: Row<String> = row(CODEX, &["model"], text).when(is_codex);
pub(super) const CODEX_REASONING: Row<u64> = row(CODEX, &["codex.usage.reasoning_output_tokens"], count);
/// On most spans `thread.id` is the number of an operating system's thread.
pub(super) const CODEX_THREAD: Row<String> =
    row(CODEX, &["conversation.id", "thread_id", "thread.id"], |facts, value| {
        text(facts, value).filter(|id| id.len() == 36 && id.parse::<model::TraceId>().is_ok())
    })
    .when(is_codex);

// ---- Gemini CLI ----

pub(super) const RESOURCE_SESSION: Row<String> =
    several(GEMINI, "resource session.id", |facts| text(facts, facts.resource("session.id")?));
/// The request around the arguments of a tool.
pub(super) const GEMINI_TOOL_INPUT: Row<Vec<u8>> = row(GEMINI, &["gen_ai.input.messages"], |_, value| {
    let request = value.to_json();
    crate::json::member(&request, "args").map(<[u8]>::to_vec)
})
.when(|facts| facts.is(Dialect::GeminiCli) && is_tool(facts));
pub(super) const GEMINI_TOOL_OUTPUT: Row<Vec<u8>> = row(GEMINI, &["gen_ai.output.messages"], |_, value| {
    let outcome = value.to_json();
    let response = crate::json::member(&outcome, "response")?;
    let status = crate::json::member(&outcome, "status").unwrap_or(b"null");
    Some(object([("status", status), ("response", response)]))
})
.when(|facts| facts.is(Dialect::GeminiCli) && is_tool(facts));
