//! `gen_ai.*`: OpenTelemetry's GenAI semantic conventions, current and deprecated names (`otel-genai.md` B).

use model::{RunType, Usage};

use super::{Payload, Reader, wrapped};
use crate::{json, otlp::Span, preview, value::Value};

/// Frameworks that sign as provider although they are none.
const FRAMEWORKS: [&str; 9] = [
    "langchain",
    "langgraph",
    "strands-agents",
    "microsoft.agent_framework",
    "gcp.vertex.agent",
    "crewai",
    "function",
    "test",
    "",
];

/// Run type by operation, then by what the span carries (`otel-genai.md` D, run_type 8 and 17 to 20).
pub(super) fn run_type(reader: &Reader<'_>) -> Option<RunType> {
    if let Some(run_type) =
        reader.text("gen_ai.operation.name").and_then(|operation| of_operation(&operation))
    {
        return Some(run_type);
    }
    if reader.first(&["gen_ai.tool.name", "gen_ai.tool.call.id"]).is_some() {
        return Some(RunType::Tool);
    }
    if reader.get("gen_ai.retrieval.query.text").is_some() {
        return Some(RunType::Retriever);
    }
    let has_model =
        reader.first(&["gen_ai.request.model", "gen_ai.response.model", "llm.model_name"]).is_some();
    let has_content = ["gen_ai.usage.", "llm.token_count.", "gen_ai.input.messages", "gen_ai.prompt"];
    let is_agent = reader.first(&["pydantic_ai.all_messages", "agent_name"]).is_some();
    (has_model && !is_agent && has_content.iter().any(|prefix| reader.has_prefix(prefix)))
        .then_some(RunType::Llm)
}

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

pub(super) fn name(reader: &Reader<'_>, run_type: RunType) -> Option<String> {
    match run_type {
        RunType::Tool => reader.first_text(&["gen_ai.tool.name", "tool.name"]),
        RunType::Chain => match reader.text("gen_ai.operation.name")?.as_str() {
            "invoke_agent" | "create_agent" => reader.text("gen_ai.agent.name"),
            "invoke_workflow" => reader.text("gen_ai.workflow.name"),
            _ => None,
        },
        _ => None,
    }
}

/// Vendor in one spelling (`otel-genai.md` D, provider); inferred from the model's name when nobody says.
pub(super) fn provider(reader: &Reader<'_>) -> Option<String> {
    let sent = [
        "langsmith.metadata.ls_provider",
        "gen_ai.provider.name",
        "llm.provider",
        "gen_ai.system",
        "llm.system",
    ]
    .iter()
    .filter_map(|key| reader.text(key))
    .map(|provider| vendor(reader, &provider.to_ascii_lowercase()))
    .find(|provider| !FRAMEWORKS.contains(&provider.as_str()));
    vendor_of(sent, super::model(reader).as_deref())
}

/// The vendor as sent, in one spelling, else the one that the model's name tells.
pub(crate) fn vendor_of(sent: Option<String>, model: Option<&str>) -> Option<String> {
    let sent =
        sent.map(|sent| sent.trim().to_ascii_lowercase()).filter(|sent| !FRAMEWORKS.contains(&sent.as_str()));
    match sent {
        Some(sent) => Some(canonical_provider(&sent).to_owned()),
        None => model.and_then(provider_of_model).map(str::to_owned),
    }
}

/// The AI SDK names vendor and interface (`openai.chat`); only the vendor counts.
fn vendor(reader: &Reader<'_>, provider: &str) -> String {
    let is_ai_sdk = reader.get("ai.operationId").is_some() || reader.has_prefix("ai.model.");
    match provider.split_once('.') {
        Some((vendor, _)) if is_ai_sdk => vendor.to_owned(),
        _ => provider.to_owned(),
    }
}

fn canonical_provider(provider: &str) -> &str {
    match provider {
        "az.ai.openai" | "azure.ai.openai" | "az.ai.inference" | "azure.ai.inference" => "azure",
        "aws.bedrock" | "aws_bedrock" => "bedrock",
        "gemini" | "gcp.gemini" | "gcp.gen_ai" => "google_genai",
        "vertexai" | "vertex_ai" | "gcp.vertex_ai" => "google_vertexai",
        "mistral_ai" | "mistralai" => "mistral",
        "x_ai" => "xai",
        other => other,
    }
}

fn provider_of_model(model: &str) -> Option<&'static str> {
    let bare = model.strip_prefix("models/").unwrap_or(model);
    let reasoning =
        ["o1", "o3", "o4", "o5"].iter().any(|name| bare == *name || bare.starts_with(&format!("{name}-")));
    let openai = ["gpt-", "chatgpt", "text-embedding-", "davinci", "dall-e", "whisper", "tts-"];
    let by_start: [(&str, &str); 9] = [
        ("claude", "anthropic"),
        ("gemini", "google_genai"),
        ("mistral", "mistral"),
        ("mixtral", "mistral"),
        ("codestral", "mistral"),
        ("ministral", "mistral"),
        ("command", "cohere"),
        ("deepseek", "deepseek"),
        ("grok", "xai"),
    ];
    if reasoning || openai.iter().any(|name| bare.starts_with(name)) {
        return Some("openai");
    }
    by_start.iter().find(|(start, _)| bare.starts_with(start)).map(|(_, provider)| *provider)
}

pub(super) fn usage(reader: &Reader<'_>) -> Usage {
    Usage {
        input: reader.count(&[
            "gen_ai.usage.input_tokens",
            "gen_ai.usage.prompt_tokens",
            "llm.token_count.prompt",
        ]),
        output: reader.count(&[
            "gen_ai.usage.output_tokens",
            "gen_ai.usage.completion_tokens",
            "llm.token_count.completion",
        ]),
        total: reader.count(&["gen_ai.usage.total_tokens", "llm.usage.total_tokens"]),
        cache_read: reader.count(&[
            "gen_ai.usage.cache_read.input_tokens",
            "gen_ai.usage.cache_read_input_tokens",
            "gen_ai.usage.details.cache_read_tokens",
            "gen_ai.usage.details.cache_read_input_tokens",
            "llm.token_count.prompt_details.cache_read",
        ]),
        cache_creation: reader.count(&[
            "gen_ai.usage.cache_write.input_tokens",
            "gen_ai.usage.cache_creation.input_tokens",
            "gen_ai.usage.cache_creation_input_tokens",
            "gen_ai.usage.cache_write_input_tokens",
            "gen_ai.usage.details.cache_write_tokens",
            "llm.token_count.prompt_details.cache_write",
        ]),
        reasoning: reader.count(&[
            "gen_ai.usage.reasoning.output_tokens",
            "gen_ai.usage.reasoning_tokens",
            "gen_ai.usage.details.reasoning_tokens",
            "llm.token_count.completion_details.reasoning",
        ]),
    }
}

/// Call parameters: the suffix of `gen_ai.request.*`.
pub(super) fn invocation_params(reader: &Reader<'_>) -> Vec<(String, Vec<u8>)> {
    reader
        .with_prefix("gen_ai.request.")
        .map(|(key, value)| {
            let key = if key == "stop_sequences" { "stop" } else { key };
            let mut json = Vec::new();
            value.write_json(&mut json);
            (key.to_owned(), json)
        })
        .collect()
}

pub(super) fn payload(reader: &Reader<'_>, span: &Span<'_>, run_type: RunType) -> Payload {
    let from_events = || of_message_events(span, run_type);
    match run_type {
        RunType::Tool => Payload {
            inputs: reader
                .first(&["gen_ai.tool.call.arguments", "gen_ai.tool.args", "tool_arguments"])
                .map(|value| wrapped("input", value)),
            outputs: reader
                .first(&["gen_ai.tool.call.result", "tool_response"])
                .map(|value| wrapped("output", value)),
        },
        RunType::Retriever => Payload {
            inputs: reader.get("gen_ai.retrieval.query.text").map(|value| wrapped("query", value)),
            outputs: reader.get("gen_ai.retrieval.documents").map(|value| wrapped("documents", value)),
        },
        _ => {
            let inputs = input_messages(reader, run_type);
            let outputs = reader
                .get("gen_ai.output.messages")
                .map(|messages| preview::object([("messages", messages.to_json().as_ref())]));
            if inputs.is_none() && outputs.is_none() { from_events() } else { Payload { inputs, outputs } }
        }
    }
}

/// `{"messages": […], "tools": […]}`, separate system instructions as the first message.
fn input_messages(reader: &Reader<'_>, run_type: RunType) -> Option<Vec<u8>> {
    let system = reader.get("gen_ai.system_instructions").map(system_message);
    let messages = reader.get("gen_ai.input.messages").map(Value::to_json);
    if system.is_none() && messages.is_none() {
        return None;
    }
    let messages = messages.unwrap_or_default();
    let is_list = messages.first() == Some(&b'[');
    let has_system = is_list
        && json::elements(&messages)
            .filter_map(|message| json::member(message, "role").and_then(json::string))
            .any(|role| matches!(role.as_ref(), "system" | "developer"));
    let list = match system.filter(|_| !has_system) {
        Some(system) => {
            let mut list = vec![b'['];
            list.extend_from_slice(&system);
            if is_list {
                for message in json::elements(&messages) {
                    list.push(b',');
                    list.extend_from_slice(message);
                }
            } else if !messages.is_empty() {
                list.push(b',');
                list.extend_from_slice(&messages);
            }
            list.push(b']');
            list
        }
        None => messages.to_vec(),
    };
    let tools =
        reader.get("gen_ai.tool.definitions").filter(|_| run_type == RunType::Llm).map(Value::to_json);
    let mut entries = vec![("messages", list.as_slice())];
    if let Some(tools) = &tools {
        entries.push(("tools", tools.as_ref()));
    }
    Some(preview::object(entries))
}

fn system_message(instructions: &Value<'_>) -> Vec<u8> {
    let parts = instructions.to_json();
    let key = if parts.first() == Some(&b'[') { "parts" } else { "content" };
    preview::object([("role", b"\"system\"".as_slice()), (key, parts.as_ref())])
}

/// Content in span events of the older conventions (`otel-genai.md` B.3, B.5).
fn of_message_events(span: &Span<'_>, run_type: RunType) -> Payload {
    let mut inputs: Vec<Vec<u8>> = Vec::new();
    let mut outputs: Vec<Vec<u8>> = Vec::new();
    for event in &span.events {
        let role = match event.name.as_ref() {
            "gen_ai.system.message" => "system",
            "gen_ai.developer.message" => "developer",
            "gen_ai.user.message" => "user",
            "gen_ai.assistant.message" | "gen_ai.choice" => "assistant",
            "gen_ai.tool.message" => "tool",
            "gen_ai.client.inference.operation.details" => {
                let reader = Reader::new(&event.attributes);
                return Payload {
                    inputs: input_messages(&reader, run_type),
                    outputs: reader
                        .get("gen_ai.output.messages")
                        .map(|messages| preview::object([("messages", messages.to_json().as_ref())])),
                };
            }
            _ => continue,
        };
        let reader = Reader::new(&event.attributes);
        let mut role_json = Vec::new();
        json::write_string(reader.text("role").as_deref().unwrap_or(role), &mut role_json);
        let mut entries: Vec<(&str, Vec<u8>)> = vec![("role", role_json)];
        for key in ["content", "message", "id", "tool_calls", "finish_reason"] {
            if let Some(value) = reader.get(key) {
                entries.push((key, value.to_json().into_owned()));
            }
        }
        let message = preview::object(entries.iter().map(|(key, value)| (*key, value.as_slice())));
        if event.name == "gen_ai.choice" { outputs.push(message) } else { inputs.push(message) }
    }
    let list = |messages: Vec<Vec<u8>>| {
        (!messages.is_empty()).then(|| {
            let list = [b"[".as_slice(), &messages.join(&b','), b"]"].concat();
            preview::object([("messages", list.as_slice())])
        })
    };
    Payload { inputs: list(inputs), outputs: list(outputs) }
}
