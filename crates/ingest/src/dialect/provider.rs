//! The vendor of a model in one spelling (`otel-genai.md` D, provider).

use super::rule::{Facts, lower};
use crate::value::Value;

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

/// A provider as an attribute names it, unless it is a framework.
pub(super) fn sent(facts: &Facts<'_>, value: &Value<'_>) -> Option<String> {
    let sent = lower(facts, value)?;
    // The AI SDK names vendor and interface (`openai.chat`); only the vendor counts.
    let is_ai_sdk = facts.get("ai.operationId").is_some() || facts.attributes.has_prefix("ai.model.");
    let vendor = match sent.split_once('.') {
        Some((vendor, _)) if is_ai_sdk => vendor,
        _ => &sent,
    };
    (!FRAMEWORKS.contains(&vendor)).then(|| canonical(vendor).to_owned())
}

/// The vendor as sent, in one spelling, else the one that the model's name tells.
pub(crate) fn vendor_of(sent: Option<String>, model: Option<&str>) -> Option<String> {
    let sent =
        sent.map(|sent| sent.trim().to_ascii_lowercase()).filter(|sent| !FRAMEWORKS.contains(&sent.as_str()));
    match sent {
        Some(sent) => Some(canonical(&sent).to_owned()),
        None => model.and_then(of_model).map(str::to_owned),
    }
}

fn canonical(provider: &str) -> &str {
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

/// The vendor that the name of a model tells.
pub(super) fn of_model(model: &str) -> Option<&'static str> {
    let bare = model.strip_prefix("models/").unwrap_or(model);
    let reasoning =
        ["o1", "o3", "o4", "o5"].iter().any(|name| bare == *name || bare.starts_with(&format!("{name}-")));
    let openai = ["gpt-", "chatgpt", "text-embedding-", "davinci", "dall-e", "whisper", "tts-"];
    let by_start: [(&str, &str); 7] = [
        ("claude", "anthropic"),
        ("gemini", "google_genai"),
        ("command", "cohere"),
        ("embed-", "cohere"),
        ("rerank-", "cohere"),
        ("deepseek", "deepseek"),
        ("grok", "xai"),
    ];
    if reasoning || openai.iter().any(|name| bare.starts_with(name)) {
        return Some("openai");
    }
    // Hosts of open models put the organisation before the name.
    let name = bare.rsplit('/').next().unwrap_or(bare);
    if ["mistral", "mixtral", "codestral", "ministral"].iter().any(|start| name.starts_with(start)) {
        return Some("mistral");
    }
    by_start.iter().find(|(start, _)| bare.starts_with(start)).map(|(_, provider)| *provider)
}
