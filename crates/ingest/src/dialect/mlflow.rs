//! `mlflow.*`: every value is a JSON document in a string (`otel-genai.md` C.8).

use model::{RunType, UnixNanos};

use super::{
    Dialect,
    rule::{Facts, Row, any_json, any_text, row, several},
    usage::SentUsage,
};
use crate::{json::Object, messages::Messages, preview::Side};

const NAME: &str = "mlflow";

pub(super) const RUN_TYPE: Row<RunType> = row(NAME, &["mlflow.spanType"], |facts, value| {
    Some(match any_text(facts, value)?.to_ascii_uppercase().as_str() {
        "LLM" | "CHAT_MODEL" => RunType::Llm,
        "TOOL" => RunType::Tool,
        "RETRIEVER" | "RERANKER" => RunType::Retriever,
        "EMBEDDING" => RunType::Embedding,
        "PARSER" => RunType::Parser,
        _ => RunType::Chain,
    })
});
/// Request parameters are bare names, which mean something only in this vocabulary.
pub(super) const MODEL: Row<String> =
    row(NAME, &["mlflow.llm.model", "model"], any_text).when(|facts| facts.is(Dialect::Mlflow));
pub(super) const THREAD: Row<String> = row(NAME, &["mlflow.trace.session"], any_text);
pub(super) const USER: Row<String> =
    row(NAME, &["mlflow.trace.user", "user"], any_text).when(|facts| facts.is(Dialect::Mlflow));

pub(super) const USAGE: Row<SentUsage> = row(NAME, &["mlflow.chat.tokenUsage"], |_, value| {
    SentUsage::of_provider(&Object::read(&value.to_any_json())).given()
});
pub(super) const FIRST_TOKEN: Row<UnixNanos> =
    several(NAME, "event mlflow.chunk.item.0", |facts| super::event_time(facts, &["mlflow.chunk.item.0"]));

pub(super) const INPUT: Row<Vec<u8>> = row(NAME, &["mlflow.spanInputs"], any_json);
pub(super) const OUTPUT: Row<Vec<u8>> = row(NAME, &["mlflow.spanOutputs"], any_json);
pub(super) const INPUT_MESSAGES: Row<Messages> =
    row(NAME, &["mlflow.spanInputs"], |_, value| Messages::read(&value.to_any_json(), Side::Input));
pub(super) const OUTPUT_MESSAGES: Row<Messages> =
    row(NAME, &["mlflow.spanOutputs"], |_, value| Messages::read(&value.to_any_json(), Side::Output));
pub(super) const TOOLS: Row<Vec<u8>> = row(NAME, &["mlflow.chat.tools"], any_json);

/// Parameters of the request, as far as other vocabularies know them too.
pub(super) fn invocation_params(facts: &Facts<'_>) -> Vec<(String, Vec<u8>)> {
    if !facts.is(Dialect::Mlflow) {
        return Vec::new();
    }
    [
        "temperature",
        "max_tokens",
        "max_output_tokens",
        "top_p",
        "top_k",
        "seed",
        "stop",
        "frequency_penalty",
        "presence_penalty",
    ]
    .iter()
    .filter_map(|key| Some(((*key).to_owned(), facts.get(key)?.to_any_json().into_owned())))
    .collect()
}
