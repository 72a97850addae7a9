//! Which payload shape a trace claims by its metadata (`langsmith-messages-view.md` §3.2).

use serde_json::Value;

use super::{
    json,
    shape::{Shape, adk, anthropic, completions, gemini, langchain, responses, vercel},
};

/// What one rule says.
enum Claim {
    Is(&'static Shape),
    /// Asks the rules of other vendors.
    Next,
}

/// The published rules in their order; the first claim wins.
const RULES: [fn(&Value) -> Claim; 4] = [is_vercel, is_openai, is_anthropic, is_langchain];

/// The shape that this run's metadata claims.
pub(super) fn claimed(metadata: &Value) -> Option<&'static Shape> {
    let published = RULES.iter().find_map(|rule| match rule(metadata) {
        Claim::Is(shape) => Some(shape),
        Claim::Next => None,
    });
    published.or_else(|| extension(metadata))
}

fn integration(metadata: &Value) -> &str {
    json::text(metadata, &["ls_integration"]).unwrap_or_default()
}

fn format(metadata: &Value) -> &str {
    json::text(metadata, &["ls_message_format"]).unwrap_or_default()
}

fn has(metadata: &Value, key: &str) -> bool {
    metadata.get(key).is_some()
}

fn is_langgraph(metadata: &Value) -> bool {
    has(metadata, "graph_id") || has(metadata, "langgraph_node")
}

fn is_langchain_integration(metadata: &Value) -> bool {
    matches!(integration(metadata), "langchain_chat_model" | "deepagents" | "deepagents-cli")
}

fn is_vercel(metadata: &Value) -> Claim {
    if has(metadata, "ai_sdk_method") || integration(metadata) == "vercel-ai-sdk" {
        Claim::Is(&vercel::SHAPE)
    } else {
        Claim::Next
    }
}

fn is_openai(metadata: &Value) -> Claim {
    if integration(metadata) == "openai-agents-sdk" {
        return Claim::Is(&responses::SHAPE);
    }
    if is_langchain_integration(metadata) {
        return Claim::Next;
    }
    match format(metadata) {
        "responses" => return Claim::Is(&responses::SHAPE),
        "completions" => return Claim::Is(&completions::SHAPE),
        "langchain" | "anthropic" => return Claim::Next,
        _ => {}
    }
    let provider = json::text(metadata, &["ls_provider"]).unwrap_or_default();
    if is_langgraph(metadata) || !matches!(provider, "openai" | "azure") {
        return Claim::Next;
    }
    let params = json::decoded(json::at(metadata, "ls_invocation_params"));
    if json::flag(&params, "use_responses_api") {
        Claim::Is(&responses::SHAPE)
    } else {
        Claim::Is(&completions::SHAPE)
    }
}

fn is_anthropic(metadata: &Value) -> Claim {
    if format(metadata) == "anthropic" || matches!(integration(metadata), "claude-agent-sdk" | "claude-code")
    {
        Claim::Is(&anthropic::SHAPE)
    } else {
        Claim::Next
    }
}

fn is_langchain(metadata: &Value) -> Claim {
    if format(metadata) == "langchain" || is_langchain_integration(metadata) || is_langgraph(metadata) {
        Claim::Is(&langchain::SHAPE)
    } else {
        Claim::Next
    }
}

/// Producers that no published rule claims, so that their traces are not left empty.
fn extension(metadata: &Value) -> Option<&'static Shape> {
    Some(match integration(metadata) {
        "claude-agent-sdk-js" => &anthropic::SHAPE,
        "langchain_create_agent" | "deepagents-code" => &langchain::SHAPE,
        "vercel-ai-sdk-telemetry" => &vercel::SHAPE,
        "openai-codex" => &responses::SHAPE,
        "google-adk" => &adk::SHAPE,
        _ => match json::text(metadata, &["ls_provider"])? {
            "anthropic" => &anthropic::SHAPE,
            "google" => &gemini::SHAPE,
            _ => return None,
        },
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn the_first_rule_that_claims_wins() {
        for (metadata, shape) in [
            (json!({ "ai_sdk_method": "ai.doStream", "ls_provider": "openai" }), Some("Vercel AI SDK")),
            (json!({ "ls_integration": "vercel-ai-sdk" }), Some("Vercel AI SDK")),
            (json!({ "ls_integration": "openai-agents-sdk" }), Some("OpenAI Responses")),
            (json!({ "ls_provider": "openai" }), Some("OpenAI Chat Completions")),
            (json!({ "ls_provider": "azure" }), Some("OpenAI Chat Completions")),
            (
                json!({ "ls_provider": "openai", "ls_invocation_params": { "use_responses_api": true } }),
                Some("OpenAI Responses"),
            ),
            (json!({ "ls_provider": "openai", "ls_message_format": "responses" }), Some("OpenAI Responses")),
            (
                json!({ "ls_provider": "openai", "ls_message_format": "nonsense" }),
                Some("OpenAI Chat Completions"),
            ),
            (
                json!({ "ls_provider": "openai", "ls_message_format": "anthropic" }),
                Some("Anthropic Messages"),
            ),
            (json!({ "ls_provider": "openai", "langgraph_node": "model" }), Some("LangChain")),
            (json!({ "ls_provider": "openai", "ls_integration": "langchain_chat_model" }), Some("LangChain")),
            (json!({ "graph_id": "agent" }), Some("LangChain")),
            (json!({ "ls_integration": "claude-agent-sdk" }), Some("Anthropic Messages")),
            (json!({ "ls_integration": "claude-agent-sdk-js" }), Some("Anthropic Messages")),
            (json!({ "ls_provider": "anthropic" }), Some("Anthropic Messages")),
            (json!({ "ls_integration": "langchain_create_agent" }), Some("LangChain")),
            (json!({ "ls_integration": "openai-codex" }), Some("OpenAI Responses")),
            (json!({ "ls_integration": "google-adk" }), Some("Google ADK")),
            (json!({ "ls_provider": "google" }), Some("Gemini")),
            (json!({ "ls_integration": "cursor" }), None),
            (json!({ "ls_provider": "acme" }), None),
            (json!(null), None),
        ] {
            assert_eq!(claimed(&metadata).map(|shape| shape.name), shape, "{metadata}");
        }
    }
}
