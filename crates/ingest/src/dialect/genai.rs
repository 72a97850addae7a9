//! `gen_ai.*`: OpenTelemetry's GenAI semantic conventions, current and deprecated names (`otel-genai.md` B).

use model::{Cost, RunType, UnixNanos};

use super::{
    Reader,
    rule::{Facts, Row, count, is_retriever, is_tool, json, lower, row, several, text, together},
};
use crate::{
    messages::Messages,
    preview::{Side, object},
    value::Value,
};

const NAME: &str = "otel_genai";

// ---- run type and name ----

pub(super) const OPERATION: Row<RunType> =
    row(NAME, &["gen_ai.operation.name"], |_, value| of_operation(&value.to_text()?));

fn of_operation(operation: &str) -> Option<RunType> {
    Some(match operation {
        "chat" | "text_completion" | "completion" | "generate_content" | "generate" | "llm_call"
        | "responses" | "image_generation" | "speech" | "transcription" => RunType::Llm,
        "embeddings" | "embedding" => RunType::Embedding,
        "retrieval" | "vector_db_retrieve" | "rerank" | "search_memory" => RunType::Retriever,
        "execute_tool" | "tool_call" => RunType::Tool,
        "invoke_agent"
        | "create_agent"
        | "invoke_workflow"
        | "plan"
        | "agent_step"
        | "execute_task"
        | "execute_event_loop_cycle"
        | "schedule_tool_calls" => RunType::Chain,
        _ => return None,
    })
}

/// Below the operation: OpenLIT names the tool on the model call that asked for it.
pub(super) const TOOL_SPAN: Row<RunType> =
    row(NAME, &["gen_ai.tool.name", "gen_ai.tool.call.id"], |_, _| Some(RunType::Tool));

pub(super) const RETRIEVAL: Row<RunType> = several(NAME, "gen_ai.retrieval.query.text, db.system", |facts| {
    let is_retrieval = facts.get("gen_ai.retrieval.query.text").is_some() || is_vector_search(facts);
    is_retrieval.then_some(RunType::Retriever)
});

const VECTOR_DATABASES: [&str; 12] = [
    "pinecone",
    "chroma",
    "chromadb",
    "qdrant",
    "weaviate",
    "milvus",
    "pgvector",
    "lancedb",
    "marqo",
    "vespa",
    "vectara",
    "turbopuffer",
];

fn is_vector_search(facts: &Facts<'_>) -> bool {
    let name = |keys: &[&str]| {
        facts.attributes.first(keys).and_then(|value| lower(facts, value)).unwrap_or_default()
    };
    let system = name(&["db.system.name", "db.system"]);
    VECTOR_DATABASES.contains(&system.as_str()) && {
        let operation = name(&["db.operation.name", "db.operation"]);
        ["query", "search", "similar", "retrieve"].iter().any(|word| operation.contains(word))
    }
}

/// A model and something that only model calls have; agents of pydantic-ai look the same.
pub(super) const MODEL_CALL: Row<RunType> = several(NAME, "a model with usage or content", |facts| {
    let attributes = &facts.attributes;
    let has_model = attributes
        .first(&["gen_ai.request.model", "gen_ai.response.model", "llm.model_name", "llm.request.model_name"])
        .is_some();
    let content =
        ["gen_ai.usage.", "llm.token_count.", "gen_ai.input.messages", "gen_ai.prompt", "llm.input_messages"];
    (has_model && content.iter().any(|prefix| attributes.has_prefix(prefix))).then_some(RunType::Llm)
})
.when(|facts| {
    facts.attributes.first(&["pydantic_ai.all_messages", "agent_name"]).is_none()
        && facts.dialect != super::Dialect::PydanticAi
});

pub(super) const TOOL: Row<String> = row(NAME, &["gen_ai.tool.name"], text);
pub(super) const AGENT: Row<String> = row(NAME, &["gen_ai.agent.name"], text);
pub(super) const WORKFLOW: Row<String> = row(NAME, &["gen_ai.workflow.name"], text);

/// Whether the span is of one of these operations.
pub(super) fn is_operation(facts: &Facts<'_>, operations: &[&str]) -> bool {
    facts
        .get("gen_ai.operation.name")
        .and_then(Value::to_text)
        .is_some_and(|operation| operations.contains(&operation.as_ref()))
}

// ---- model, provider, parameters ----

pub(super) const RESPONSE_MODEL: Row<String> = row(NAME, &["gen_ai.response.model"], text);
pub(super) const REQUEST_MODEL: Row<String> = row(NAME, &["gen_ai.request.model"], text);
pub(super) const PROVIDER: Row<String> = row(NAME, &["gen_ai.provider.name"], super::provider::sent);
pub(super) const SYSTEM: Row<String> = row(NAME, &["gen_ai.system"], super::provider::sent);

/// Call parameters: the suffix of `gen_ai.request.*`.
pub(super) fn invocation_params(attributes: &Reader<'_>) -> Vec<(String, Vec<u8>)> {
    attributes
        .with_prefix("gen_ai.request.")
        .map(|(key, value)| {
            let key = if key == "stop_sequences" { "stop" } else { key };
            (key.to_owned(), value.to_json().into_owned())
        })
        .collect()
}

// ---- usage, cost, time ----

pub(super) const INPUT: Row<u64> =
    row(NAME, &["gen_ai.usage.input_tokens", "gen_ai.usage.prompt_tokens"], count);
pub(super) const OUTPUT: Row<u64> =
    row(NAME, &["gen_ai.usage.output_tokens", "gen_ai.usage.completion_tokens"], count);
pub(super) const TOTAL: Row<u64> = row(NAME, &["gen_ai.usage.total_tokens"], count);
pub(super) const CACHE_READ: Row<u64> = row(
    NAME,
    &[
        "gen_ai.usage.cache_read.input_tokens",
        "gen_ai.usage.cache_read_input_tokens",
        "gen_ai.usage.details.cache_read_tokens",
        "gen_ai.usage.details.cache_read_input_tokens",
    ],
    count,
);
pub(super) const CACHE_CREATION: Row<u64> = row(
    NAME,
    &[
        "gen_ai.usage.cache_write.input_tokens",
        "gen_ai.usage.cache_creation.input_tokens",
        "gen_ai.usage.cache_creation_input_tokens",
        "gen_ai.usage.cache_write_input_tokens",
        "gen_ai.usage.details.cache_write_tokens",
    ],
    count,
);
pub(super) const REASONING: Row<u64> = row(
    NAME,
    &[
        "gen_ai.usage.reasoning.output_tokens",
        "gen_ai.usage.reasoning_tokens",
        "gen_ai.usage.details.reasoning_tokens",
    ],
    count,
);
/// Anthropic's two lifetimes of a cache entry.
pub(super) const CACHE_CREATION_5M: Row<u64> =
    row(NAME, &["anthropic.usage.cache_creation.ephemeral_5m_input_tokens"], count);
pub(super) const CACHE_CREATION_1H: Row<u64> =
    row(NAME, &["anthropic.usage.cache_creation.ephemeral_1h_input_tokens"], count);
pub(super) const INPUT_AUDIO: Row<u64> =
    row(NAME, &["gen_ai.usage.audio.input_tokens", "gen_ai.usage.details.input_audio_tokens"], count);
pub(super) const INPUT_IMAGE: Row<u64> = row(NAME, &["gen_ai.usage.image.input_tokens"], count);
pub(super) const OUTPUT_AUDIO: Row<u64> =
    row(NAME, &["gen_ai.usage.audio.output_tokens", "gen_ai.usage.details.output_audio_tokens"], count);
pub(super) const OUTPUT_IMAGE: Row<u64> = row(NAME, &["gen_ai.usage.image.output_tokens"], count);
pub(super) const AUDIO_CACHE_READ: Row<u64> =
    row(NAME, &["gen_ai.usage.audio.cache_read.input_tokens"], count);
pub(super) const IMAGE_CACHE_READ: Row<u64> =
    row(NAME, &["gen_ai.usage.image.cache_read.input_tokens"], count);

pub(super) const COST: Row<Cost> = row(NAME, &["gen_ai.usage.cost", "gen_ai.cost.total_cost"], super::amount);
pub(super) const INPUT_COST: Row<Cost> = row(NAME, &["gen_ai.cost.input_cost"], super::amount);
pub(super) const OUTPUT_COST: Row<Cost> = row(NAME, &["gen_ai.cost.output_cost"], super::amount);

pub(super) const FIRST_CHUNK: Row<UnixNanos> = row(
    NAME,
    &["gen_ai.response.time_to_first_chunk", "gen_ai.client.operation.time_to_first_chunk"],
    |facts, value| super::after_start(facts, value, 1e9),
);
/// Without streaming this is how long the whole answer took.
pub(super) const SERVER_FIRST_TOKEN: Row<UnixNanos> =
    row(NAME, &["gen_ai.server.time_to_first_token"], |facts, value| super::after_start(facts, value, 1e9))
        .when(|facts| facts.attributes.flag("gen_ai.request.stream"));

// ---- thread, user, prompt ----

pub(super) const CONVERSATION: Row<String> = row(NAME, &["gen_ai.conversation.id"], text);
pub(super) const SESSION: Row<String> = row(NAME, &["session.id"], text);
pub(super) const USER: Row<String> = row(NAME, &["user.id", "enduser.id"], text);
pub(super) const REQUEST_USER: Row<String> =
    row(NAME, &["gen_ai.request.user", "gen_ai.user", "llm.user"], text);
pub(super) const PROMPT_NAME: Row<String> =
    row(NAME, &["gen_ai.prompt.name"], text).when(|facts| facts.dialect != super::Dialect::GeminiCli);
pub(super) const PROMPT_VERSION: Row<String> = row(NAME, &["gen_ai.prompt.version"], text);

// ---- content ----

/// Instructions stand apart from the messages.
pub(super) const SYSTEM_INSTRUCTIONS: &str = "gen_ai.system_instructions";

pub(super) const INPUT_MESSAGES: Row<Messages> =
    together(NAME, &["gen_ai.input.messages", SYSTEM_INSTRUCTIONS], |facts| {
        Some(instructed(input_messages(&facts.attributes)?, facts))
    });
/// Instructions alone are no input where anything else tells one.
pub(super) const INSTRUCTIONS: Row<Messages> =
    together(NAME, &[SYSTEM_INSTRUCTIONS, super::events::EVENT_DETAILS], |facts| {
        let messages = instructed(super::events::instructions(facts).unwrap_or_default(), facts);
        (!messages.is_empty()).then_some(messages)
    })
    .when(|facts| !is_tool(facts) && !is_retriever(facts));
pub(super) const OUTPUT_MESSAGES: Row<Messages> = several(NAME, "gen_ai.output.messages", |facts| {
    output_messages(&facts.attributes).filter(Messages::has_parts)
});
/// LiteLLM leaves calls of tools out of the messages, and has them in an older form.
pub(super) const EMPTY_OUTPUT_MESSAGES: Row<Messages> =
    several(NAME, "gen_ai.output.messages", |facts| output_messages(&facts.attributes));

pub(super) fn input_messages(attributes: &Reader<'_>) -> Option<Messages> {
    Messages::read(&attributes.get("gen_ai.input.messages")?.to_json(), Side::Input)
        .filter(|messages| !messages.is_empty())
}

/// The messages below the instructions that the span has beside them.
pub(super) fn instructed(mut messages: Messages, facts: &Facts<'_>) -> Messages {
    if let Some(instructions) = facts.get(SYSTEM_INSTRUCTIONS) {
        messages.put_system(&instructions.to_any_json());
    }
    messages
}

pub(super) fn output_messages(attributes: &Reader<'_>) -> Option<Messages> {
    Messages::read(&attributes.get("gen_ai.output.messages")?.to_json(), Side::Output)
}

/// Agents carry the conversation as chains.
pub(super) const CHAIN_INPUT: Row<Vec<u8>> =
    together(NAME, &["gen_ai.input.messages", SYSTEM_INSTRUCTIONS], |facts| {
        input_messages(&facts.attributes).map(|messages| super::conversation(&instructed(messages, facts)))
    })
    .when(|facts| facts.run_type != RunType::Tool && facts.run_type != RunType::Retriever);
pub(super) const CHAIN_OUTPUT: Row<Vec<u8>> = several(NAME, "gen_ai.output.messages", |facts| {
    output_messages(&facts.attributes).map(|messages| super::conversation(&messages))
})
.when(|facts| facts.run_type != RunType::Tool && facts.run_type != RunType::Retriever);
/// What stands in the place of messages and is no conversation.
pub(super) const OTHER_INPUT: Row<Vec<u8>> = row(NAME, &["gen_ai.input.messages"], json);
pub(super) const OTHER_OUTPUT: Row<Vec<u8>> = row(NAME, &["gen_ai.output.messages"], json);

pub(super) const TOOL_ARGUMENTS: Row<Vec<u8>> =
    row(NAME, &["gen_ai.tool.call.arguments", "gen_ai.tool.args", "tool_arguments"], json).when(is_tool);
pub(super) const TOOL_RESULT: Row<Vec<u8>> =
    row(NAME, &["gen_ai.tool.call.result", "tool_response"], json).when(is_tool);

pub(super) const QUERY: Row<Vec<u8>> =
    row(NAME, &["gen_ai.retrieval.query.text", "db.query.text", "db.statement"], |_, value| {
        Some(object([("query", value.to_json().as_ref())]))
    })
    .when(is_retriever);
pub(super) const DOCUMENTS: Row<Vec<u8>> = row(NAME, &["gen_ai.retrieval.documents"], |_, value| {
    Some(object([("documents", value.to_json().as_ref())]))
})
.when(is_retriever);

/// Text of the older completions, which is no conversation.
pub(super) const PROMPT: Row<Vec<u8>> =
    row(NAME, &["gen_ai.prompt"], json).when(|facts| !facts.attributes.has_prefix("langsmith."));
pub(super) const COMPLETION: Row<Vec<u8>> =
    row(NAME, &["gen_ai.completion"], json).when(|facts| !facts.attributes.has_prefix("langsmith."));

pub(super) const TOOLS: Row<Vec<u8>> = row(NAME, &["gen_ai.tool.definitions"], json);
