//! `langsmith.*`: spans that LangSmith's SDKs export (`otel-genai.md` C.6).

use model::{RunType, Usage};

use super::{
    rule::{Row, json, row, several, text},
    usage::SentUsage,
};
use crate::json;

const NAME: &str = "langsmith";

pub(super) const RUN_TYPE: Row<RunType> =
    row(NAME, &["langsmith.span.kind"], |_, value| RunType::parse(&value.to_text()?));
pub(super) const RUN_NAME: Row<String> = row(NAME, &["langsmith.metadata.ls_run_name"], text);
pub(super) const TRACE_NAME: Row<String> = row(NAME, &["langsmith.trace.name"], text);
pub(super) const PROJECT: Row<String> = row(NAME, &["langsmith.trace.session_name"], text);

pub(super) const PROVIDER: Row<String> =
    row(NAME, &["langsmith.metadata.ls_provider"], super::provider::sent);
pub(super) const MODEL: Row<String> = row(NAME, &["langsmith.metadata.ls_model_name"], text);

/// Conversation, in the key order of `langsmith-data.md` §5.1.
pub(super) const THREAD: Row<String> = row(
    NAME,
    &["langsmith.metadata.session_id", "langsmith.metadata.conversation_id", "langsmith.metadata.thread_id"],
    text,
);
pub(super) const USER: Row<String> =
    row(NAME, &["langsmith.metadata.user_id", "langsmith.metadata.userId"], text);
pub(super) const AGENT: Row<String> = row(NAME, &["langsmith.metadata.lc_agent_name"], text);
pub(super) const TAGS: Row<Vec<String>> = row(NAME, &["langsmith.span.tags"], super::tag_list);
pub(super) const PROMPT_NAME: Row<String> = row(NAME, &["langsmith.metadata.lc_hub_repo"], text);
pub(super) const PROMPT_VERSION: Row<String> = row(
    NAME,
    &[
        "langsmith.metadata.prompt_commit",
        "langsmith.metadata.lc_hub_commit_hash",
        "langsmith.metadata.prompt_tag",
        "langsmith.metadata.prompt_version",
        "langsmith.metadata.prompt_hash",
    ],
    text,
);

/// `usage_metadata` as JSON, which has the details that the flat attributes lack.
pub(super) const USAGE: Row<SentUsage> =
    row(NAME, &["langsmith.usage_metadata", "langsmith.metadata.usage_metadata"], |_, value| {
        Some(SentUsage::inclusive(of_usage_metadata(&value.to_json())))
    });
/// Details as literals of Python, where the JSON is missing.
pub(super) const DETAILS: Row<SentUsage> =
    several(NAME, "gen_ai.usage.input_token_details, gen_ai.usage.output_token_details", |facts| {
        let count = |key: &str, class: &str| {
            json::member(&facts.get(key)?.to_python_json(), class).and_then(json::count)
        };
        let usage = Usage {
            cache_read: count("gen_ai.usage.input_token_details", "cache_read"),
            cache_creation: count("gen_ai.usage.input_token_details", "cache_creation"),
            reasoning: count("gen_ai.usage.output_token_details", "reasoning"),
            ..Usage::default()
        };
        (!usage.is_empty()).then(|| SentUsage::inclusive(usage))
    });

/// Whole inputs and outputs travel as JSON in two attributes. They stay as the run had them, also those of a model call,
/// so that a run is the same whichever way it came (`langsmith-data.md` §1).
pub(super) const INPUT: Row<Vec<u8>> =
    row(NAME, &["gen_ai.prompt"], json).when(|facts| facts.attributes.has_prefix("langsmith."));
pub(super) const OUTPUT: Row<Vec<u8>> =
    row(NAME, &["gen_ai.completion"], json).when(|facts| facts.attributes.has_prefix("langsmith."));

/// Token classes of a `usage_metadata` object (`langsmith-cost-feedback-queues.md` §6.1).
pub(crate) fn of_usage_metadata(usage: &[u8]) -> Usage {
    let count = |path: &[&str]| json::path(usage, path).and_then(json::count);
    let creation = count(&["input_token_details", "cache_creation"]).or_else(|| {
        let five = count(&["input_token_details", "ephemeral_5m_input_tokens"]);
        let hour = count(&["input_token_details", "ephemeral_1h_input_tokens"])
            .or_else(|| count(&["input_token_details", "ephemeral_1hr_input_tokens"]));
        (five.is_some() || hour.is_some()).then(|| five.unwrap_or(0) + hour.unwrap_or(0))
    });
    Usage {
        input: count(&["input_tokens"]),
        output: count(&["output_tokens"]),
        total: count(&["total_tokens"]),
        cache_read: count(&["input_token_details", "cache_read"]),
        cache_creation: creation,
        reasoning: count(&["output_token_details", "reasoning"]),
    }
}
