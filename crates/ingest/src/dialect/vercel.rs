//! The AI SDK of Vercel, versions 4 to 6, and the older shape of 7 (`otel-genai.md` C.4). Version 7 itself speaks the
//! GenAI conventions.

use model::{RunType, UnixNanos};

use super::{
    Dialect,
    rule::{Facts, Row, count, is_chain, is_tool, json, row, several, text},
};
use crate::{
    json,
    messages::{Message, Messages, Part, Role},
    preview::{Side, object},
    value::Value,
};

const NAME: &str = "vercel_ai";

/// `ai.generateText.doGenerate`: the id, or the first word of the name that holds it.
pub(super) fn operation(facts: &Facts<'_>) -> Option<String> {
    let sent = facts.attributes.first(&["ai.operationId", "operation.name"])?.to_text()?;
    let operation = sent.split_whitespace().next()?;
    operation.starts_with("ai.").then(|| operation.to_owned())
}

pub(super) const RUN_TYPE: Row<RunType> = several(NAME, "ai.operationId, operation.name", |facts| {
    let operation = operation(facts)?;
    let is = |ends: &[&str]| ends.iter().any(|end| operation.ends_with(end));
    Some(if is(&[".doGenerate", ".doStream"]) {
        RunType::Llm
    } else if is(&[".doEmbed"]) {
        RunType::Embedding
    } else if is(&[".doRerank"]) {
        RunType::Retriever
    } else if operation == "ai.toolCall" {
        RunType::Tool
    } else {
        RunType::Chain
    })
});
pub(super) const RUN_NAME: Row<String> = row(NAME, &["ai.telemetry.metadata.ls_run_name"], text);
/// The caller's name of the whole call.
pub(super) const FUNCTION: Row<String> = row(NAME, &["ai.telemetry.functionId"], text).when(|facts| {
    is_chain(facts) && operation(facts).is_some_and(|operation| operation.matches('.').count() == 1)
});
pub(super) const TOOL: Row<String> = row(NAME, &["ai.toolCall.name"], text);
pub(super) const RESPONSE_MODEL: Row<String> = row(NAME, &["ai.response.model"], text);
pub(super) const MODEL: Row<String> = row(NAME, &["ai.model.id"], text);
pub(super) const PROVIDER: Row<String> = row(NAME, &["ai.model.provider"], super::provider::sent);

pub(super) const INPUT_TOKENS: Row<u64> =
    row(NAME, &["ai.usage.inputTokens", "ai.usage.promptTokens", "ai.usage.tokens"], count);
pub(super) const OUTPUT_TOKENS: Row<u64> =
    row(NAME, &["ai.usage.outputTokens", "ai.usage.completionTokens"], count);
pub(super) const CACHE_READ: Row<u64> =
    row(NAME, &["ai.usage.inputTokenDetails.cacheReadTokens", "ai.usage.cachedInputTokens"], count);
pub(super) const CACHE_CREATION: Row<u64> =
    row(NAME, &["ai.usage.inputTokenDetails.cacheWriteTokens"], count);
pub(super) const REASONING: Row<u64> =
    row(NAME, &["ai.usage.outputTokenDetails.reasoningTokens", "ai.usage.reasoningTokens"], count);
/// Version 4 left these to the provider's part.
pub(super) const PROVIDER_CACHE_READ: Row<u64> = row(NAME, &["ai.response.providerMetadata"], |_, value| {
    json::path(&value.to_json(), &["openai", "cachedPromptTokens"]).and_then(json::count)
});
pub(super) const PROVIDER_REASONING: Row<u64> = row(NAME, &["ai.response.providerMetadata"], |_, value| {
    json::path(&value.to_json(), &["openai", "reasoningTokens"]).and_then(json::count)
});
pub(super) const FIRST_CHUNK: Row<UnixNanos> =
    row(NAME, &["ai.response.msToFirstChunk", "ai.stream.msToFirstChunk"], |facts, value| {
        super::after_start(facts, value, 1e6)
    });
pub(super) const FIRST_CHUNK_EVENT: Row<UnixNanos> =
    several(NAME, "event ai.stream.firstChunk", |facts| super::event_time(facts, &["ai.stream.firstChunk"]));

pub(super) const THREAD: Row<String> = row(
    NAME,
    &[
        "ai.telemetry.metadata.sessionId",
        "ai.telemetry.metadata.session_id",
        "ai.telemetry.metadata.conversationId",
        "ai.telemetry.metadata.conversation_id",
        "ai.telemetry.metadata.threadId",
        "ai.telemetry.metadata.thread_id",
        "ai.telemetry.metadata.chatId",
        "ai.settings.context.sessionId",
        "ai.settings.context.session_id",
        "ai.settings.context.conversationId",
        "ai.settings.context.conversation_id",
        "ai.settings.context.threadId",
        "ai.settings.context.thread_id",
        "ai.settings.context.chatId",
    ],
    text,
);
pub(super) const USER: Row<String> =
    row(NAME, &["ai.telemetry.metadata.userId", "ai.telemetry.metadata.user_id"], text);
pub(super) const TAGS: Row<Vec<String>> = row(NAME, &["ai.telemetry.metadata.tags"], super::tag_list);

fn langfuse_prompt(value: &Value<'_>, key: &str) -> Option<String> {
    json::member(&value.to_json(), key).and_then(json::text).map(Into::into)
}

pub(super) const PROMPT_NAME: Row<String> =
    row(NAME, &["ai.telemetry.metadata.langfusePrompt"], |_, value| langfuse_prompt(value, "name"));
pub(super) const PROMPT_VERSION: Row<String> =
    row(NAME, &["ai.telemetry.metadata.langfusePrompt"], |_, value| langfuse_prompt(value, "version"));

// ---- content ----

pub(super) const TOOL_ARGUMENTS: Row<Vec<u8>> =
    row(NAME, &["ai.toolCall.args", "ai.toolCall.input"], json).when(is_tool);
pub(super) const TOOL_RESULT: Row<Vec<u8>> =
    row(NAME, &["ai.toolCall.result", "ai.toolCall.output"], json).when(is_tool);
pub(super) const INPUT: Row<Vec<u8>> =
    row(NAME, &["ai.prompt"], json).when(|facts| facts.is(Dialect::VercelAi));
/// Values to embed, each a JSON document in a string.
pub(super) const VALUES: Row<Vec<u8>> = row(NAME, &["ai.values", "ai.value"], |_, value| {
    let values: Vec<Vec<u8>> = match value {
        Value::Array(values) => values.iter().map(|value| value.to_any_json().into_owned()).collect(),
        one => vec![one.to_any_json().into_owned()],
    };
    Some(object([("input", super::list(&values).as_slice())]))
});

pub(super) const OUTPUT: Row<Vec<u8>> = several(NAME, "ai.response.*, ai.result.*", |facts| {
    let found = |keys: &[&str]| facts.attributes.first(keys);
    let members = [
        ("text", found(&["ai.response.text", "ai.result.text"]).map(plain)),
        (
            "object",
            found(&["ai.response.object", "ai.result.object"]).map(|value| value.to_json().into_owned()),
        ),
        (
            "tool_calls",
            found(&["ai.response.toolCalls", "ai.result.toolCalls"])
                .map(|value| value.to_json().into_owned()),
        ),
    ];
    let members: Vec<(&str, &[u8])> =
        members.iter().filter_map(|(key, value)| Some((*key, value.as_deref()?))).collect();
    (!members.is_empty()).then(|| object(members))
});

fn plain(value: &Value<'_>) -> Vec<u8> {
    let mut out = Vec::new();
    value.write_json(&mut out);
    out
}

pub(super) const INPUT_MESSAGES: Row<Messages> =
    row(NAME, &["ai.prompt.messages"], |_, value| Messages::read(&value.to_json(), Side::Input));
pub(super) const OUTPUT_MESSAGES: Row<Messages> = several(NAME, "ai.response.*, ai.result.*", |facts| {
    let found = |keys: &[&str]| facts.attributes.first(keys);
    let mut message = Message::new(Role::Assistant);
    let mut any = false;
    if let Some(reasoning) = found(&["ai.response.reasoning"]) {
        message.push(Part::reasoning(&plain(reasoning)));
        any = true;
    }
    if let Some(text) =
        found(&["ai.response.text", "ai.result.text", "ai.response.object", "ai.result.object"])
    {
        message.push(Part::text(&plain(text)));
        any = true;
    }
    if let Some(calls) = found(&["ai.response.toolCalls", "ai.result.toolCalls"]) {
        for call in json::elements(&calls.to_json()) {
            let call = json::Object::read(call);
            message.push(Part::tool_call(
                call.get("toolCallId"),
                call.get("toolName"),
                call.first(&["input", "args"]),
            ));
            any = true;
        }
    }
    let reason = facts.attributes.first(&["ai.response.finishReason", "ai.finishReason"]).map(plain);
    message.set_finish_reason(reason.as_deref());
    any.then(|| {
        let mut messages = Messages::default();
        messages.push(message);
        messages
    })
});
/// A list of JSON documents in strings.
pub(super) const TOOLS: Row<Vec<u8>> = row(NAME, &["ai.prompt.tools"], |_, value| match value {
    Value::Array(tools) => {
        let tools: Vec<Vec<u8>> = tools.iter().map(|tool| tool.to_json().into_owned()).collect();
        Some(super::list(&tools))
    }
    other => Some(other.to_json().into_owned()),
});

/// `ai.settings.*`, in the spelling of the other vocabularies.
pub(super) fn invocation_params(facts: &Facts<'_>) -> Vec<(String, Vec<u8>)> {
    facts
        .attributes
        .with_prefix("ai.settings.")
        .filter(|(key, _)| !key.starts_with("context."))
        .map(|(key, value)| {
            let key = match key {
                "topP" => "top_p",
                "topK" => "top_k",
                "maxTokens" | "maxOutputTokens" => "max_tokens",
                "frequencyPenalty" => "frequency_penalty",
                "presencePenalty" => "presence_penalty",
                "stopSequences" => "stop",
                other => other,
            };
            (key.to_owned(), value.to_json().into_owned())
        })
        .collect()
}
