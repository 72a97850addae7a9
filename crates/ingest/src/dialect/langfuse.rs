//! `langfuse.*`: spans of Langfuse's SDKs (`otel-genai.md` C.7).

use model::{Cost, RunType, TokenClass, UnixNanos, Usage};

use super::{
    rule::{Facts, Row, any_json, any_text, row, text},
    usage::SentUsage,
};
use crate::{
    json::{self, Object},
    messages::Messages,
    preview::Side,
    usage,
};

const NAME: &str = "langfuse";

pub(super) const RUN_TYPE: Row<RunType> = row(NAME, &["langfuse.observation.type"], |facts, value| {
    let is_call = facts
        .attributes
        .first(&["langfuse.observation.model.name", "langfuse.observation.usage_details"])
        .is_some();
    Some(match value.to_text()?.to_ascii_lowercase().as_str() {
        "generation" => RunType::Llm,
        "embedding" => RunType::Embedding,
        "tool" => RunType::Tool,
        "retriever" => RunType::Retriever,
        "span" if is_call => RunType::Llm,
        _ => RunType::Chain,
    })
});
pub(super) const MODEL: Row<String> = row(NAME, &["langfuse.observation.model.name"], text);
pub(super) const THREAD: Row<String> = row(NAME, &["langfuse.session.id"], text);
pub(super) const TRACE_THREAD: Row<String> = row(
    NAME,
    &[
        "langfuse.trace.metadata.session_id",
        "langfuse.trace.metadata.conversation_id",
        "langfuse.trace.metadata.thread_id",
    ],
    any_text,
);
pub(super) const USER: Row<String> = row(NAME, &["langfuse.user.id"], text);
pub(super) const TRACE_USER: Row<String> = row(NAME, &["langfuse.trace.metadata.user_id"], any_text);
pub(super) const TAGS: Row<Vec<String>> =
    row(NAME, &["langfuse.trace.tags", "langfuse.tags"], super::tag_list);
pub(super) const PROMPT_NAME: Row<String> = row(NAME, &["langfuse.observation.prompt.name"], text);
pub(super) const PROMPT_VERSION: Row<String> = row(NAME, &["langfuse.observation.prompt.version"], text);

pub(super) const COST: Row<Cost> = row(NAME, &["langfuse.observation.cost_details"], |_, value| {
    json::member(&value.to_any_json(), "total").and_then(usage::cost)
});
pub(super) const INPUT_COST: Row<Cost> = row(NAME, &["langfuse.observation.cost_details"], |_, value| {
    json::member(&value.to_any_json(), "input").and_then(usage::cost)
});
pub(super) const OUTPUT_COST: Row<Cost> = row(NAME, &["langfuse.observation.cost_details"], |_, value| {
    json::member(&value.to_any_json(), "output").and_then(usage::cost)
});

/// Either the provider's own object, or Langfuse's classes, whose `input` excludes what came from a cache.
pub(super) const USAGE: Row<SentUsage> = row(NAME, &["langfuse.observation.usage_details"], |_, value| {
    let json = value.to_any_json();
    let sent = Object::read(&json);
    let count = |keys: &[&str]| keys.iter().find_map(|key| sent.get(key).and_then(json::count));
    let own = Usage {
        input: count(&["input"]),
        output: count(&["output"]),
        total: count(&["total"]),
        cache_read: count(&["input_cached_tokens", "input_cache_read"]),
        cache_creation: count(&["input_cache_creation"]),
        reasoning: count(&["output_reasoning_tokens", "output_reasoning"]),
        ..Usage::default()
    }
    .with_details(
        [
            (TokenClass::CacheCreation5m, count(&["input_cache_creation_5m"])),
            (TokenClass::CacheCreation1h, count(&["input_cache_creation_1h"])),
            (TokenClass::InputAudio, count(&["input_audio_tokens", "input_audio"])),
            (TokenClass::OutputAudio, count(&["output_audio_tokens", "output_audio"])),
        ]
        .into_iter()
        .filter_map(|(class, count)| Some((class, count?))),
    );
    let excludes_cache = own.input.is_some() && sent.get("prompt_tokens").is_none();
    SentUsage { usage: SentUsage::of_provider(&sent).usage.or(own), excludes_cache }.given()
});

pub(super) const FIRST_TOKEN: Row<UnixNanos> =
    row(NAME, &["langfuse.observation.completion_start_time"], |facts, value| {
        UnixNanos::parse(&any_text(facts, value)?).ok()
    });

pub(super) const INPUT: Row<Vec<u8>> = row(NAME, &["langfuse.observation.input"], any_json);
pub(super) const OUTPUT: Row<Vec<u8>> = row(NAME, &["langfuse.observation.output"], any_json);

fn is_model_call(facts: &Facts<'_>) -> bool {
    facts.run_type == RunType::Llm
}

pub(super) const INPUT_MESSAGES: Row<Messages> =
    row(NAME, &["langfuse.observation.input"], |_, value| Messages::read(&value.to_any_json(), Side::Input))
        .when(is_model_call);
pub(super) const OUTPUT_MESSAGES: Row<Messages> = row(NAME, &["langfuse.observation.output"], |_, value| {
    Messages::read(&value.to_any_json(), Side::Output)
})
.when(is_model_call);
