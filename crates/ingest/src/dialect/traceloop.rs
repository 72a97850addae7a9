//! OpenLLMetry of Traceloop: decorators, and messages as numbered attributes before version 0.5 (`otel-genai.md` C.3).

use model::{RunType, UnixNanos};

use super::{
    indexed::entries,
    rule::{Facts, Row, count, row, several, text},
};
use crate::{
    json,
    messages::{Message, Messages, Part, Role, is_parts},
    preview::{Side, object},
    value::Value,
};

const NAME: &str = "traceloop";

pub(super) const REQUEST_TYPE: Row<RunType> = row(NAME, &["llm.request.type"], |_, value| {
    Some(match value.to_text()?.as_ref() {
        "chat" | "completion" => RunType::Llm,
        "embedding" => RunType::Embedding,
        "rerank" => RunType::Retriever,
        _ => return None,
    })
});
pub(super) const SPAN_KIND: Row<RunType> = row(NAME, &["traceloop.span.kind"], |_, value| {
    Some(match value.to_text()?.as_ref() {
        "tool" => RunType::Tool,
        "workflow" | "task" | "agent" => RunType::Chain,
        _ => return None,
    })
});
pub(super) const ENTITY: Row<String> = row(NAME, &["traceloop.entity.name"], text);
pub(super) const THREAD: Row<String> = row(
    NAME,
    &[
        "traceloop.association.properties.session_id",
        "traceloop.association.properties.conversation_id",
        "traceloop.association.properties.thread_id",
        "traceloop.association.properties.chat_id",
    ],
    text,
);
pub(super) const USER: Row<String> = row(NAME, &["traceloop.association.properties.user_id"], text);
pub(super) const TAGS: Row<Vec<String>> =
    row(NAME, &["traceloop.association.properties.tags"], super::tag_list);
pub(super) const PROMPT_NAME: Row<String> = row(NAME, &["traceloop.prompt.key"], text);
pub(super) const PROMPT_VERSION: Row<String> = row(
    NAME,
    &["traceloop.prompt.version", "traceloop.prompt.version_name", "traceloop.prompt.version_hash"],
    text,
);
pub(super) const TOTAL: Row<u64> = row(NAME, &["llm.usage.total_tokens"], count);
pub(super) const FIRST_TOKEN: Row<UnixNanos> = several(NAME, "event *.content.completion.chunk", |facts| {
    super::event_time(facts, &["gen_ai.content.completion.chunk", "llm.content.completion.chunk"])
});

/// LangChain's callbacks wrap what a decorator sends plainly.
pub(super) const INPUT: Row<Vec<u8>> =
    row(NAME, &["traceloop.entity.input", "gen_ai.task.input"], |_, value| Some(unwrapped(value, "inputs")));
pub(super) const OUTPUT: Row<Vec<u8>> =
    row(NAME, &["traceloop.entity.output", "gen_ai.task.output"], |_, value| {
        Some(unwrapped(value, "outputs"))
    });

fn unwrapped(value: &Value<'_>, key: &str) -> Vec<u8> {
    let json = value.to_any_json();
    json::member(&json, key).map_or_else(|| json.to_vec(), <[u8]>::to_vec)
}

pub(super) const INPUT_MESSAGES: Row<Messages> =
    several(NAME, "gen_ai.prompt.*", |facts| messages(facts, "gen_ai.prompt.", Side::Input));
pub(super) const OUTPUT_MESSAGES: Row<Messages> =
    several(NAME, "gen_ai.completion.*", |facts| messages(facts, "gen_ai.completion.", Side::Output));

fn messages(facts: &Facts<'_>, prefix: &str, side: Side) -> Option<Messages> {
    let mut messages = Messages::default();
    for entry in entries(&facts.attributes, prefix) {
        let role = entry.text("role").map_or_else(|| Role::of_side(side), |role| Role::parse(&role));
        let mut message = Message::new(role);
        message.set_finish_reason(entry.json("finish_reason").as_deref());
        if let Some(content) = entry.get("content") {
            message.push_content(&content_of(content), entry.json("tool_call_id").as_deref());
        }
        for call in entry.entries("tool_calls.") {
            let arguments = call.json("arguments");
            message.push(Part::tool_call(
                call.json("id").as_deref(),
                call.json("name").as_deref(),
                arguments.as_deref(),
            ));
        }
        if let Some(name) = entry.json("function_call.name") {
            let arguments = entry.json("function_call.arguments");
            message.push(Part::tool_call(None, Some(&name), arguments.as_deref()));
        }
        messages.push(message);
    }
    (!messages.is_empty()).then_some(messages)
}

/// Text, blocks of the provider, or text that was encoded once more; an answer that is an object stays text.
fn content_of(content: &Value<'_>) -> Vec<u8> {
    let json = content.to_any_json();
    if json.first() == Some(&b'"') || is_parts(&json) {
        return json.into_owned();
    }
    let mut out = Vec::new();
    content.write_json(&mut out);
    out
}

pub(super) const TOOLS: Row<Vec<u8>> = several(NAME, "llm.request.functions.*", |facts| {
    let tools: Vec<Vec<u8>> = entries(&facts.attributes, "llm.request.functions.")
        .iter()
        .map(|entry| {
            let members = [
                ("name", entry.json("name")),
                ("description", entry.json("description")),
                ("parameters", entry.get("parameters").map(|value| value.to_json().into_owned())),
            ];
            object(members.iter().filter_map(|(key, value)| Some((*key, value.as_deref()?))))
        })
        .collect();
    (!tools.is_empty()).then(|| super::list(&tools))
});
