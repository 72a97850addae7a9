//! `langsmith.*`: spans that LangSmith's SDKs export (`otel-genai.md` C.6).

use model::{Cost, RunType, TokenSide, Usage};

use super::{
    rule::{Row, json, row, several, text},
    usage::SentUsage,
};
use crate::{json, usage};

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
pub(super) const USAGE: Row<SentUsage> = row(NAME, &USAGE_METADATA, |_, value| {
    SentUsage::inclusive(usage::of_usage_metadata(&value.to_json())).given()
});
const USAGE_METADATA: [&str; 2] = ["langsmith.usage_metadata", "langsmith.metadata.usage_metadata"];
/// Details as literals of Python, where the JSON is missing.
pub(super) const DETAILS: Row<SentUsage> =
    several(NAME, "gen_ai.usage.input_token_details, gen_ai.usage.output_token_details", |facts| {
        let details = |key: &str, side| {
            let sent = facts.get(key).map(|sent| sent.to_python_json());
            usage::details(sent.as_deref(), side)
        };
        let input = details("gen_ai.usage.input_token_details", TokenSide::Input);
        let output = details("gen_ai.usage.output_token_details", TokenSide::Output);
        SentUsage::inclusive(Usage::default().with_details(input.into_iter().chain(output))).given()
    });

/// Costs within the usage object.
pub(super) const COST: Row<Cost> =
    row(NAME, &USAGE_METADATA, |_, value| json::member(&value.to_json(), "total_cost").and_then(usage::cost));
pub(super) const INPUT_COST: Row<Cost> =
    row(NAME, &USAGE_METADATA, |_, value| json::member(&value.to_json(), "input_cost").and_then(usage::cost));
pub(super) const OUTPUT_COST: Row<Cost> = row(NAME, &USAGE_METADATA, |_, value| {
    json::member(&value.to_json(), "output_cost").and_then(usage::cost)
});

/// Whole inputs and outputs travel as JSON in two attributes. They stay as the run had them, also those of a model call,
/// so that a run is the same whichever way it came (`langsmith-data.md` §1).
pub(super) const INPUT: Row<Vec<u8>> =
    row(NAME, &["gen_ai.prompt"], json).when(|facts| facts.attributes.has_prefix("langsmith."));
pub(super) const OUTPUT: Row<Vec<u8>> =
    row(NAME, &["gen_ai.completion"], json).when(|facts| facts.attributes.has_prefix("langsmith."));
