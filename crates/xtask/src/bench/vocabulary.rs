//! The same run in the vocabularies that instrumentations speak, as they write it.

use serde_json::{Value, json};

use super::workload::Run;

/// How attributes of a run are named and shaped.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Vocabulary {
    /// The conventions, with the run's type named by LangSmith's attribute.
    Langsmith,
    /// The GenAI semantic conventions.
    GenAi,
    /// OpenInference: messages flattened into numbered attributes.
    Openinference,
    /// Vercel AI SDK 5.
    Vercel,
}

impl Vocabulary {
    /// Name for people.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Langsmith => "LangSmith",
            Self::GenAi => "GenAI conventions",
            Self::Openinference => "OpenInference",
            Self::Vercel => "Vercel AI SDK",
        }
    }

    /// The attributes of a run, in OTLP/JSON.
    pub(crate) fn attributes(self, run: &Run) -> Vec<Value> {
        let attributes = match self {
            Self::Langsmith => {
                let mut all = vec![("langsmith.span.kind".to_owned(), text(run.kind))];
                all.extend(genai(run));
                all
            }
            Self::GenAi => genai(run),
            Self::Openinference => openinference(run),
            Self::Vercel => vercel(run),
        };
        attributes.into_iter().map(|(key, value)| json!({ "key": key, "value": value })).collect()
    }
}

type Attributes = Vec<(String, Value)>;

fn text(text: &str) -> Value {
    json!({ "stringValue": text })
}

fn encoded(value: &Value) -> Value {
    text(&value.to_string())
}

fn count(count: u64) -> Value {
    json!({ "intValue": count.to_string() })
}

fn named<const COUNT: usize>(attributes: [(&str, Value); COUNT]) -> Attributes {
    attributes.into_iter().map(|(key, value)| (key.to_owned(), value)).collect()
}

fn genai(run: &Run) -> Attributes {
    match run.kind {
        "llm" => named([
            ("gen_ai.operation.name", text("chat")),
            ("gen_ai.request.model", text("gpt-4o")),
            ("gen_ai.provider.name", text("openai")),
            ("gen_ai.input.messages", encoded(&run.input["messages"])),
            ("gen_ai.output.messages", encoded(&run.output["messages"])),
            ("gen_ai.usage.input_tokens", count(run.tokens.0)),
            ("gen_ai.usage.output_tokens", count(run.tokens.1)),
        ]),
        "tool" => named([
            ("gen_ai.operation.name", text("execute_tool")),
            ("gen_ai.tool.name", text(&run.name)),
            ("gen_ai.tool.call.arguments", encoded(&run.input)),
            ("gen_ai.tool.call.result", encoded(&run.output)),
        ]),
        _ => named([("input.value", encoded(&run.input)), ("output.value", encoded(&run.output))]),
    }
}

fn openinference(run: &Run) -> Attributes {
    let kind = match run.kind {
        "llm" => "LLM",
        "tool" => "TOOL",
        _ => "AGENT",
    };
    let mut all = named([
        ("openinference.span.kind", text(kind)),
        ("input.value", encoded(&run.input)),
        ("input.mime_type", text("application/json")),
        ("output.value", encoded(&run.output)),
        ("output.mime_type", text("application/json")),
    ]);
    if run.kind == "llm" {
        for (list, side) in [("llm.input_messages", &run.input), ("llm.output_messages", &run.output)] {
            for (index, message) in side["messages"].as_array().into_iter().flatten().enumerate() {
                for key in ["role", "content"] {
                    let value = text(message[key].as_str().unwrap_or_default());
                    all.push((format!("{list}.{index}.message.{key}"), value));
                }
            }
        }
        all.extend(named([
            ("llm.model_name", text("gpt-4o")),
            ("llm.provider", text("openai")),
            ("llm.token_count.prompt", count(run.tokens.0)),
            ("llm.token_count.completion", count(run.tokens.1)),
        ]));
    }
    if run.kind == "tool" {
        all.extend(named([("tool.name", text(&run.name))]));
    }
    all
}

fn vercel(run: &Run) -> Attributes {
    match run.kind {
        "llm" => named([
            ("operation.name", text("ai.generateText.doGenerate")),
            ("ai.operationId", text("ai.generateText.doGenerate")),
            ("ai.model.id", text("gpt-4o")),
            ("ai.model.provider", text("openai.chat")),
            ("ai.prompt.messages", encoded(&run.input["messages"])),
            ("ai.response.text", text(run.output["messages"][0]["content"].as_str().unwrap_or_default())),
            ("ai.response.finishReason", text("stop")),
            ("gen_ai.request.model", text("gpt-4o")),
            ("gen_ai.usage.input_tokens", count(run.tokens.0)),
            ("gen_ai.usage.output_tokens", count(run.tokens.1)),
        ]),
        "tool" => named([
            ("operation.name", text("ai.toolCall")),
            ("ai.operationId", text("ai.toolCall")),
            ("ai.toolCall.name", text(&run.name)),
            ("ai.toolCall.args", encoded(&run.input)),
            ("ai.toolCall.result", encoded(&run.output)),
        ]),
        _ => named([
            ("operation.name", text("ai.generateText")),
            ("ai.operationId", text("ai.generateText")),
            ("ai.prompt", encoded(&run.input)),
            ("ai.response.text", text(run.output["answer"].as_str().unwrap_or_default())),
        ]),
    }
}
