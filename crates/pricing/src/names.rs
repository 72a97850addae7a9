//! Names of providers and models: which spellings mean the same price.

/// The provider in the spelling of the price table.
pub(crate) fn provider(sent: &str) -> String {
    let sent = sent.trim().to_ascii_lowercase();
    let known =
        match sent.as_str() {
            "azure_openai" | "azure-openai" | "azureopenai" | "azure_ai" | "azure.ai.openai"
            | "az.ai.openai" => "azure",
            "amazon_bedrock" | "amazon-bedrock" | "bedrock_converse" | "aws" | "aws_bedrock"
            | "aws.bedrock" => "bedrock",
            "google" | "gemini" | "google-genai" | "google_ai" | "gcp.gemini" => "google_genai",
            "vertexai" | "vertex_ai" | "google-vertex" | "google_vertex" | "gcp.vertex_ai" | "vertex" => {
                "google_vertexai"
            }
            "together_ai" | "togetherai" | "together-ai" => "together",
            "fireworks_ai" | "fireworksai" | "fireworks-ai" => "fireworks",
            "mistralai" | "mistral_ai" | "mistral-ai" => "mistral",
            "x_ai" | "x-ai" => "xai",
            "vercel_ai_gateway" | "ai-gateway" | "gateway" => "vercel",
            "moonshotai" | "moonshot_ai" => "moonshot",
            "voyageai" => "voyage",
            other => other,
        };
    known.to_owned()
}

/// Providers that pass calls on to others, under the other's name or `vendor/model`.
pub(crate) const GATEWAYS: [&str; 8] =
    ["openrouter", "litellm", "vercel", "portkey", "helicone", "langchain", "cloudflare", "copilot"];

/// Where a model is looked for when its provider is not named, in this order.
pub(crate) const VENDORS: [&str; 12] = [
    "openai",
    "anthropic",
    "google_genai",
    "mistral",
    "deepseek",
    "xai",
    "cohere",
    "moonshot",
    "voyage",
    "groq",
    "together",
    "fireworks",
];

/// Providers that offer another's models at prices that are the same as a rule.
pub(crate) fn kin(provider: &str) -> &'static [&'static str] {
    match provider {
        "azure" => &["openai"],
        "google_vertexai" => &["google_genai", "anthropic", "mistral"],
        "google_genai" => &["google_vertexai"],
        "bedrock" => &["anthropic"],
        _ => &[],
    }
}

/// A model name and what was done to it, the most literal first.
pub(crate) fn spellings(model: &str) -> Vec<String> {
    let mut found: Vec<String> = Vec::new();
    let mut add = |name: &str| {
        if !name.is_empty() && !found.iter().any(|known| known == name) {
            found.push(name.to_owned());
        }
    };
    let lower = model.trim().to_ascii_lowercase();
    add(model.trim());
    add(&lower);
    // A free variant of a gateway is another product, so it is not looked for under the name of the paid one.
    if lower.ends_with(":free") {
        return found;
    }
    let bare = unrouted(&lower);
    add(bare);
    for name in [lower.as_str(), bare] {
        let undated = undated(name);
        add(undated);
        add(undated.strip_suffix("-latest").unwrap_or(undated));
    }
    found
}

/// Without what only says where the model is served.
fn unrouted(model: &str) -> &str {
    let mut bare = model;
    if bare.starts_with("arn:") {
        bare = bare.rsplit('/').next().unwrap_or(bare);
    }
    for prefix in ["models/", "publishers/google/models/", "publishers/anthropic/models/"] {
        bare = bare.strip_prefix(prefix).unwrap_or(bare);
    }
    for region in ["us.", "eu.", "apac.", "global.", "jp.", "au.", "us-gov."] {
        bare = bare.strip_prefix(region).unwrap_or(bare);
    }
    bare
}

/// Without the day of a snapshot: `-2024-08-06`, `-20250929`, `@20250929`, and Bedrock's version behind it.
fn undated(model: &str) -> &str {
    let model = model.split_once("-v1:").or_else(|| model.split_once("-v2:")).map_or(model, |(bare, _)| bare);
    let is_day = |text: &str| {
        text.len() == 8 && text.starts_with("20") && text.bytes().all(|byte| byte.is_ascii_digit())
    };
    if let Some((bare, day)) = model.rsplit_once(['-', '@'])
        && is_day(day)
    {
        return bare;
    }
    let cut = model.len().checked_sub(11).filter(|cut| model.is_char_boundary(*cut));
    if let Some((bare, day)) = cut.map(|cut| model.split_at(cut))
        && let Some(day) = day.strip_prefix('-')
        && day.len() == 10
        && day.bytes().enumerate().all(|(index, byte)| match index {
            4 | 7 => byte == b'-',
            _ => byte.is_ascii_digit(),
        })
    {
        return bare;
    }
    model
}

/// Vendor and model of a gateway's name (`anthropic/claude-sonnet-4.5:thinking`).
pub(crate) fn routed(model: &str) -> Option<(String, String)> {
    let (vendor, name) = model.split_once('/')?;
    let name = name.split_once(':').map_or(name, |(name, _)| name);
    Some((provider(vendor), name.to_owned()))
}

/// Gateways write versions with a point where vendors have a dash.
pub(crate) fn dashed(model: &str) -> String {
    model.replace('.', "-")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn snapshots_and_routes_are_spellings_of_a_name() {
        for (model, last) in [
            ("gpt-4o-2024-11-20", "gpt-4o"),
            ("claude-sonnet-4-5-20250929", "claude-sonnet-4-5"),
            ("claude-sonnet-4-5@20250929", "claude-sonnet-4-5"),
            ("us.anthropic.claude-sonnet-4-5-20250929-v1:0", "anthropic.claude-sonnet-4-5"),
            ("models/gemini-2.5-pro", "gemini-2.5-pro"),
            ("claude-3-5-haiku-latest", "claude-3-5-haiku"),
            ("own", "own"),
            ("x:free", "x:free"),
        ] {
            assert_eq!(spellings(model).last().map(String::as_str), Some(last), "{model}");
        }
    }
}
