//! OpenInference: `openinference.span.kind` and flattened lists (`otel-genai.md` C.2).

use model::{Cost, RunType, UnixNanos};

use super::{
    indexed::{Entry, entries},
    rule::{Facts, Row, count, is_retriever, row, several, text},
};
use crate::{
    json,
    messages::{Message, Messages, Part, Role, is_parts},
    preview::{Side, object},
    value::Value,
};

const NAME: &str = "openinference";

pub(super) const RUN_TYPE: Row<RunType> = row(NAME, &["openinference.span.kind"], |_, value| {
    Some(match value.to_text()?.to_ascii_uppercase().as_str() {
        "LLM" => RunType::Llm,
        "EMBEDDING" => RunType::Embedding,
        "RETRIEVER" | "RERANKER" => RunType::Retriever,
        "TOOL" => RunType::Tool,
        "PROMPT" => RunType::Prompt,
        "CHAIN" | "AGENT" | "GUARDRAIL" | "EVALUATOR" => RunType::Chain,
        _ => return None,
    })
});
pub(super) const PROMPT_TEMPLATE: Row<RunType> =
    row(NAME, &["llm.prompt_template.template", "llm.prompt_template.variables"], |_, _| {
        Some(RunType::Prompt)
    })
    .when(|facts| {
        facts
            .attributes
            .first(&[
                "llm.model_name",
                "gen_ai.request.model",
                "gen_ai.response.model",
                "llm.request.model_name",
            ])
            .is_none()
    });
pub(super) const RETRIEVAL: Row<RunType> = several(NAME, "retrieval.documents.*", |facts| {
    facts.attributes.has_prefix("retrieval.documents.").then_some(RunType::Retriever)
});

pub(super) const TOOL: Row<String> = row(NAME, &["tool.name"], text);
pub(super) const AGENT: Row<String> = row(NAME, &["agent.name"], text);
pub(super) const MODEL: Row<String> = row(
    NAME,
    &["llm.response.model_name", "llm.model_name", "embedding.model_name", "reranker.model_name"],
    text,
);
pub(super) const REQUEST_MODEL: Row<String> = row(NAME, &["llm.request.model_name"], text);
/// Failed calls say their model only here.
pub(super) const PARAMETERS_MODEL: Row<String> =
    row(NAME, &["llm.invocation_parameters", "embedding.invocation_parameters"], |_, value| {
        let parameters = value.to_json();
        ["model", "model_name"]
            .iter()
            .find_map(|key| json::member(&parameters, key).and_then(json::text))
            .map(Into::into)
    });
pub(super) const PROVIDER: Row<String> = row(NAME, &["llm.provider"], super::provider::sent);
pub(super) const SYSTEM: Row<String> = row(NAME, &["llm.system"], super::provider::sent);

pub(super) const INPUT_TOKENS: Row<u64> = row(NAME, &["llm.token_count.prompt"], count);
pub(super) const OUTPUT_TOKENS: Row<u64> = row(NAME, &["llm.token_count.completion"], count);
pub(super) const TOTAL: Row<u64> = row(NAME, &["llm.token_count.total"], count);
pub(super) const CACHE_READ: Row<u64> = row(NAME, &["llm.token_count.prompt_details.cache_read"], count);
pub(super) const CACHE_CREATION: Row<u64> = row(NAME, &["llm.token_count.prompt_details.cache_write"], count);
pub(super) const REASONING: Row<u64> = row(NAME, &["llm.token_count.completion_details.reasoning"], count);
pub(super) const INPUT_AUDIO: Row<u64> = row(NAME, &["llm.token_count.prompt_details.audio"], count);
pub(super) const OUTPUT_AUDIO: Row<u64> = row(NAME, &["llm.token_count.completion_details.audio"], count);
pub(super) const COST: Row<Cost> = row(NAME, &["llm.cost.total"], super::amount);
pub(super) const INPUT_COST: Row<Cost> = row(NAME, &["llm.cost.prompt"], super::amount);
pub(super) const OUTPUT_COST: Row<Cost> = row(NAME, &["llm.cost.completion"], super::amount);
pub(super) const FIRST_TOKEN: Row<UnixNanos> = several(NAME, "event First Token Stream Event", |facts| {
    super::event_time(facts, &["First Token Stream Event"])
});

/// One attribute holds all metadata as JSON.
fn metadata(facts: &Facts<'_>, keys: &[&str]) -> Option<String> {
    let metadata = facts.get("metadata")?.to_json();
    keys.iter().find_map(|key| json::member(&metadata, key).and_then(json::text)).map(Into::into)
}

pub(super) const METADATA_THREAD: Row<String> =
    several(NAME, "metadata", |facts| metadata(facts, &["session_id", "conversation_id", "thread_id"]));
pub(super) const METADATA_USER: Row<String> =
    several(NAME, "metadata", |facts| metadata(facts, &["user_id"]));
pub(super) const TAGS: Row<Vec<String>> = row(NAME, &["tag.tags"], super::tag_list);
pub(super) const PROMPT_NAME: Row<String> = row(NAME, &["prompt.id"], text);
pub(super) const PROMPT_VERSION: Row<String> = row(NAME, &["llm.prompt_template.version"], text);

// ---- content ----

pub(super) const INPUT: Row<Vec<u8>> = row(NAME, &["input.value"], super::rule::json);
pub(super) const OUTPUT: Row<Vec<u8>> = row(NAME, &["output.value"], super::rule::json);

pub(super) const INPUT_MESSAGES: Row<Messages> =
    several(NAME, "llm.input_messages.*", |facts| messages(facts, "llm.input_messages.", Side::Input));
pub(super) const OUTPUT_MESSAGES: Row<Messages> =
    several(NAME, "llm.output_messages.*", |facts| messages(facts, "llm.output_messages.", Side::Output));

fn messages(facts: &Facts<'_>, prefix: &str, side: Side) -> Option<Messages> {
    let mut messages = Messages::default();
    for entry in entries(&facts.attributes, prefix) {
        let role = entry.text("message.role").map_or_else(|| Role::of_side(side), |role| Role::parse(&role));
        let mut message = Message::new(role);
        let id = entry.json("message.tool_call_id");
        let parts = entry.entries("message.contents.");
        // Of the two forms of content the richer one counts.
        if parts.is_empty() {
            if let Some(content) = entry.get("message.content") {
                message.push_content(&text_or_blocks(content), id.as_deref());
            }
        } else {
            for part in &parts {
                push_part(&mut message, part);
            }
        }
        for call in entry.entries("message.tool_calls.") {
            message.push(tool_call(&call));
        }
        if let Some(name) = entry.json("message.function_call_name") {
            let arguments = entry.json("message.function_call_arguments_json");
            message.push(Part::tool_call(None, Some(&name), arguments.as_deref()));
        }
        messages.push(message);
    }
    (!messages.is_empty()).then_some(messages)
}

/// Text stays text, even where it reads as an object: answers in JSON are answers.
fn text_or_blocks(value: &Value<'_>) -> Vec<u8> {
    let json = value.to_json();
    if is_parts(&json) {
        return json.into_owned();
    }
    let mut out = Vec::new();
    value.write_json(&mut out);
    out
}

fn push_part(message: &mut Message, part: &Entry<'_>) {
    let text = || part.json("message_content.text").unwrap_or_else(|| b"\"\"".to_vec());
    match part.text("message_content.type").unwrap_or_default().as_str() {
        "reasoning" => message.push(Part::reasoning(&text())),
        "tool_use" => message.push(tool_call(part)),
        "image" => {
            let url = part.json("message_content.image.image.url").unwrap_or_else(|| b"null".to_vec());
            message.push(Part::other(&object([
                ("type", b"\"uri\"".as_slice()),
                ("modality", b"\"image\"".as_slice()),
                ("uri", url.as_slice()),
            ])));
        }
        _ => message.push(Part::text(&text())),
    }
}

fn tool_call(call: &Entry<'_>) -> Part {
    Part::tool_call(
        call.json("tool_call.id").as_deref(),
        call.json("tool_call.function.name").as_deref(),
        call.json("tool_call.function.arguments").as_deref(),
    )
}

/// The older completions interface.
pub(super) const PROMPTS: Row<Vec<u8>> =
    several(NAME, "llm.prompts.*", |facts| texts(facts, "llm.prompts.", "prompt.text"));
pub(super) const COMPLETIONS: Row<Vec<u8>> =
    several(NAME, "llm.choices.*", |facts| texts(facts, "llm.choices.", "completion.text"));

/// One text, or a list of them.
fn texts(facts: &Facts<'_>, prefix: &str, key: &str) -> Option<Vec<u8>> {
    let texts: Vec<Vec<u8>> =
        entries(&facts.attributes, prefix).iter().filter_map(|entry| entry.json(key)).collect();
    match texts.as_slice() {
        [] => None,
        [one] => Some(one.clone()),
        _ => Some(super::list(&texts)),
    }
}

pub(super) const DOCUMENTS: Row<Vec<u8>> = several(NAME, "retrieval.documents.*", |facts| {
    documents(facts, "retrieval.documents.").or_else(|| documents(facts, "reranker.output_documents."))
})
.when(is_retriever);

/// `{"documents": […]}`, in the members that LangChain gives a document.
fn documents(facts: &Facts<'_>, prefix: &str) -> Option<Vec<u8>> {
    Some(object([("documents", document_list(facts, prefix)?.as_slice())]))
}

fn document_list(facts: &Facts<'_>, prefix: &str) -> Option<Vec<u8>> {
    let documents: Vec<Vec<u8>> = entries(&facts.attributes, prefix)
        .iter()
        .map(|entry| {
            let members = [
                ("id", entry.json("document.id")),
                ("page_content", entry.json("document.content")),
                ("score", entry.json("document.score")),
                ("metadata", entry.get("document.metadata").map(|value| value.to_json().into_owned())),
            ];
            object(members.iter().filter_map(|(key, value)| Some((*key, value.as_deref()?))))
        })
        .collect();
    (!documents.is_empty()).then(|| super::list(&documents))
}

pub(super) const RERANKER_INPUT: Row<Vec<u8>> =
    several(NAME, "reranker.query, reranker.input_documents.*", |facts| {
        let query = facts.get("reranker.query").map(|query| query.to_json().into_owned());
        let documents = document_list(facts, "reranker.input_documents.");
        if query.is_none() && documents.is_none() {
            return None;
        }
        let members = [("query", query), ("documents", documents)];
        Some(object(members.iter().filter_map(|(key, value)| Some((*key, value.as_deref()?)))))
    });
pub(super) const EMBEDDED_TEXTS: Row<Vec<u8>> =
    several(NAME, "embedding.embeddings.*.embedding.text", |facts| {
        let entries = entries(&facts.attributes, "embedding.embeddings.");
        let texts: Vec<Vec<u8>> = entries.iter().filter_map(|entry| entry.json("embedding.text")).collect();
        (!texts.is_empty()).then(|| object([("input", super::list(&texts).as_slice())]))
    });
pub(super) const TOOLS: Row<Vec<u8>> = several(NAME, "llm.tools.*", |facts| {
    let entries = entries(&facts.attributes, "llm.tools.");
    let tools: Vec<Vec<u8>> = entries
        .iter()
        .filter_map(|entry| Some(entry.get("tool.json_schema")?.to_json().into_owned()))
        .collect();
    (!tools.is_empty()).then(|| super::list(&tools))
});
