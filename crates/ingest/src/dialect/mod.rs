//! From span to run: the mapping table of `otel-genai.md` D.
//!
//! Which vocabulary a span speaks is recognised once ([`Dialect::of`]). A vocabulary is one module that declares rows
//! (which attributes, read how); [`table`] puts the rows of all vocabularies in order, field by field. Most rows hold
//! for any span, so that unknown producers and traces of mixed vocabularies work too. Another vocabulary is a module, its
//! rows in the table, and a line in [`Dialect::of`].

mod attributes;
mod coding_agents;
mod evaluation;
mod events;
mod explain;
mod frameworks;
mod genai;
mod google_adk;
mod haystack;
mod indexed;
mod langfuse;
mod langsmith;
mod logs;
mod mlflow;
mod openinference;
mod provider;
mod pydantic;
mod rule;
mod table;
mod traceloop;
mod usage;
mod vercel;
mod voice;

use std::borrow::Cow;

use base64::Engine as _;
use model::{AgentTags, Attachment, Cost, GivenCost, RunFields, RunId, RunType, TraceId, UnixNanos, Usage};

pub(crate) use attributes::Reader;
pub(crate) use evaluation::{
    made_id as evaluation_id, of_log as feedback_of_log, of_span as feedback_of_span,
};
pub use explain::Explanation;
pub(crate) use explain::explain;
pub(crate) use logs::{Joined, is_event_name, map_log};
pub(crate) use provider::vendor_of;

use crate::{
    Context, Reject, json,
    messages::Messages,
    otlp::{Owner, Span, SpanIds},
    preview,
    value::Value,
};
use rule::{Facts, Found, Row, first, is_tool, several, text};
use usage::usage;

/// Vocabulary of a span; the first that fits (`otel-genai.md` C.1).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Dialect {
    Langfuse,
    Langsmith,
    Openinference,
    Mlflow,
    ClaudeCode,
    AnthropicSdk,
    GeminiCli,
    CodexCli,
    PydanticAi,
    Logfire,
    Strands,
    GoogleAdk,
    MsAgentFramework,
    Openlit,
    Litellm,
    Haystack,
    Livekit,
    Pipecat,
    Genkit,
    VercelAi,
    Traceloop,
    Mcp,
    GenAi,
    Generic,
}

/// Vocabularies by how the name of the scope begins.
const BY_SCOPE: [(&str, Dialect); 16] = [
    ("com.anthropic.claude_code", Dialect::ClaudeCode),
    ("com.anthropic.sdk", Dialect::AnthropicSdk),
    ("gemini-cli", Dialect::GeminiCli),
    ("codex", Dialect::CodexCli),
    ("pydantic-ai", Dialect::PydanticAi),
    ("logfire", Dialect::Logfire),
    ("strands.telemetry", Dialect::Strands),
    ("gcp.vertex.agent", Dialect::GoogleAdk),
    ("agent_framework", Dialect::MsAgentFramework),
    ("Experimental.Microsoft.Agents.AI", Dialect::MsAgentFramework),
    ("openlit", Dialect::Openlit),
    ("litellm", Dialect::Litellm),
    ("haystack", Dialect::Haystack),
    ("livekit-agents", Dialect::Livekit),
    ("pipecat", Dialect::Pipecat),
    ("genkit-tracer", Dialect::Genkit),
];

impl Dialect {
    fn of(attributes: &Reader<'_>, owner: &Owner<'_>) -> Self {
        let has = |keys: &[&str]| attributes.first(keys).is_some();
        let scope = owner.scope.name.as_ref();
        if scope == "langfuse-sdk" || has(&["langfuse.observation.type"]) {
            return Self::Langfuse;
        }
        if has(&["langsmith.span.kind", "langsmith.trace.name", "langsmith.span.id"]) {
            return Self::Langsmith;
        }
        if has(&["openinference.span.kind"]) {
            return Self::Openinference;
        }
        if has(&["mlflow.spanType", "mlflow.traceRequestId"]) {
            return Self::Mlflow;
        }
        if let Some((_, dialect)) = BY_SCOPE.iter().find(|(start, _)| scope.starts_with(start)) {
            return *dialect;
        }
        let resource = |key: &str| {
            let found = owner.resource.iter().rev().find(|(name, _)| name == key);
            found.and_then(|(_, value)| value.to_text()).unwrap_or_default()
        };
        if resource("service.name").starts_with("codex") && resource("telemetry.sdk.language") == "rust" {
            return Self::CodexCli;
        }
        let operation = attributes.get("operation.name").and_then(Value::to_text).unwrap_or_default();
        if has(&["ai.operationId"]) || operation.starts_with("ai.") {
            return Self::VercelAi;
        }
        let indexed = [
            "gen_ai.prompt.0.role",
            "gen_ai.prompt.0.content",
            "gen_ai.completion.0.role",
            "gen_ai.completion.0.content",
        ];
        if attributes.has_prefix("traceloop.") || has(&["llm.request.type"]) || has(&indexed) {
            return Self::Traceloop;
        }
        let speaks_genai = attributes.has_prefix("gen_ai.");
        if speaks_genai && resource("telemetry.sdk.name") == "openlit" {
            Self::Openlit
        } else if attributes.has_prefix("gcp.vertex.agent.") {
            Self::GoogleAdk
        } else if attributes.has_prefix("haystack.") {
            Self::Haystack
        } else if has(&["mcp.method.name"]) {
            Self::Mcp
        } else if speaks_genai {
            Self::GenAi
        } else {
            Self::Generic
        }
    }

    fn as_str(self) -> &'static str {
        match self {
            Self::Langfuse => "langfuse",
            Self::Langsmith => "langsmith",
            Self::Openinference => "openinference",
            Self::Mlflow => "mlflow",
            Self::ClaudeCode => "claude_code",
            Self::AnthropicSdk => "anthropic_sdk",
            Self::GeminiCli => "gemini_cli",
            Self::CodexCli => "codex_cli",
            Self::PydanticAi => "pydantic_ai",
            Self::Logfire => "logfire",
            Self::Strands => "strands",
            Self::GoogleAdk => "google_adk",
            Self::MsAgentFramework => "ms_agent_framework",
            Self::Openlit => "openlit",
            Self::Litellm => "litellm",
            Self::Haystack => "haystack",
            Self::Livekit => "livekit",
            Self::Pipecat => "pipecat",
            Self::Genkit => "genkit",
            Self::VercelAi => "vercel_ai",
            Self::Traceloop => "traceloop",
            Self::Mcp => "mcp",
            Self::GenAi => "otel_genai",
            Self::Generic => "generic",
        }
    }
}

/// What a side of a run holds: messages stay apart, since a row of a list needs only a line of them.
enum Content {
    Messages(Messages),
    /// A JSON object.
    Object(Vec<u8>),
}

impl Content {
    fn preview(&self, side: preview::Side) -> Option<String> {
        match self {
            Self::Messages(messages) => messages.preview(side),
            Self::Object(json) => preview::of_payload(json, side),
        }
    }

    fn object(&self) -> Option<&[u8]> {
        match self {
            Self::Messages(_) => None,
            Self::Object(json) => Some(json),
        }
    }

    /// A JSON object.
    fn into_json(self) -> Vec<u8> {
        match self {
            Self::Messages(messages) => conversation(&messages),
            Self::Object(json) => json,
        }
    }
}

/// Inputs and outputs of a span as JSON objects; absent where nothing was recorded.
#[derive(Debug, Default)]
pub(crate) struct Payload {
    pub(crate) inputs: Option<Vec<u8>>,
    pub(crate) outputs: Option<Vec<u8>>,
}

/// What an opened run shows beside its fields.
#[derive(Debug, Default)]
pub(crate) struct Opened {
    pub(crate) payload: Payload,
    /// A JSON object.
    pub(crate) metadata: Vec<u8>,
    pub(crate) tags: Vec<String>,
    pub(crate) user: Option<String>,
    pub(crate) agent: Option<String>,
    pub(crate) tool: Option<String>,
    pub(crate) prompt: Option<String>,
    pub(crate) failure: Option<Failure>,
}

/// Identity and fields of the run that this span is.
pub(crate) fn map(
    span: &Span<'_>,
    owner: &Owner<'_>,
    ids: &SpanIds,
    context: &Context,
) -> (TraceId, RunId, RunFields, Vec<Reject>) {
    let facts = Facts::new(span, owner);
    let run_type = facts.run_type;
    let inputs = inputs(&facts).map(|found| found.value);
    let outputs = outputs(&facts).map(|found| found.value);
    let usage = usage(&facts).value;
    let cost = cost(&facts, &usage);
    // What cost is grouped by is kept of runs that can cost something.
    let costs = run_type.carries_usage() || is_tool(&facts) || !usage.is_empty();
    let model = value(first(table::MODEL, &facts));
    let detail = match run_type {
        RunType::Tool => inputs.as_ref().and_then(Content::object).and_then(preview::arguments),
        RunType::Retriever => outputs.as_ref().and_then(Content::object).and_then(preview::documents),
        _ => None,
    };
    let pending = pydantic::pending(&facts);
    let metadata = application_metadata(&facts);
    let agent = agent_tags(&metadata);
    let fields = RunFields {
        user: value(first(table::USER, &facts)),
        tags: if costs { tags(&facts) } else { Vec::new() },
        labels: if costs { labels(&facts, metadata) } else { Vec::new() },
        agent,
        reference_example_id: facts
            .attributes
            .text("langsmith.reference_example_id")
            .and_then(|id| uuid::Uuid::try_parse(id.trim()).ok()),
        parent_run_id: pending.map_or_else(|| parent(&facts, ids), |(_, parent)| parent),
        name: Some(name(&facts).value),
        run_type: Some(run_type),
        start: span.start(),
        end: span.end().filter(|_| pending.is_none()),
        first_token: value(first(table::FIRST_TOKEN, &facts)),
        ended: false,
        error: failure(&facts).map(|failure| failure.short()),
        interrupted: facts.attributes.flag("langsmith.metadata.ls_is_error_interrupt"),
        provider: provider_of(&facts, model.as_deref()).map(|found| found.value),
        model,
        project: Some(project(&facts, context).value),
        thread: value(first(table::THREAD, &facts)),
        usage,
        cost,
        metadata_usage: None,
        prompt_version: value(first(table::PROMPT_VERSION, &facts)),
        detail,
        input_preview: inputs.and_then(|inputs| inputs.preview(preview::Side::Input)),
        output_preview: outputs.and_then(|outputs| outputs.preview(preview::Side::Output)),
        dialect: Some(facts.dialect.as_str().to_owned()),
    };
    let id = |key: &str| facts.attributes.text(key);
    let trace_id = id("langsmith.trace.id").and_then(|id| id.parse().ok()).unwrap_or(ids.trace_id);
    let own = pending.map_or(ids.run_id, |(announced, _)| announced);
    let run_id = id("langsmith.span.id").and_then(|id| id.parse().ok()).unwrap_or(own);
    let problems = usage::problems(&facts, &fields);
    (trace_id, run_id, fields, problems)
}

fn value<T>(found: Option<Found<T>>) -> Option<T> {
    found.map(|found| found.value)
}

/// Everything that an opened run shows beside its fields.
pub(crate) fn open(span: &Span<'_>, owner: &Owner<'_>) -> Opened {
    let facts = Facts::new(span, owner);
    let mut shown = Opened {
        payload: Payload {
            inputs: inputs(&facts).map(|found| opened(&facts, found.value, table::TOOLS, table::RAW_INPUT)),
            outputs: outputs(&facts).map(|found| opened(&facts, found.value, &[], table::RAW_OUTPUT)),
        },
        metadata: Vec::new(),
        tags: value(first(table::TAGS, &facts)).unwrap_or_default(),
        user: value(first(table::USER, &facts)),
        agent: value(first(table::AGENT, &facts)),
        tool: is_tool(&facts).then(|| tool(&facts).value),
        prompt: value(first(table::PROMPT_NAME, &facts)),
        failure: failure(&facts),
    };
    // Last, since what no rule asked for is metadata too.
    shown.metadata = metadata(&facts);
    shown
}

// ---- content ----

/// `{"messages": […]}`.
fn conversation(messages: &Messages) -> Vec<u8> {
    preview::object([("messages", messages.to_json().as_slice())])
}

/// A JSON list of values that are JSON already.
fn list(values: &[Vec<u8>]) -> Vec<u8> {
    [b"[".as_slice(), &values.join(&b','), b"]"].concat()
}

/// The value wrapped so that it is an object (`otel-genai.md` D, wrapping).
fn wrapped(key: &str, json: Vec<u8>) -> Vec<u8> {
    if json.first() == Some(&b'{') { json } else { preview::object([(key, json.as_slice())]) }
}

fn inputs(facts: &Facts<'_>) -> Option<Found<Content>> {
    if facts.run_type == RunType::Llm {
        if let Some(found) = first(table::INPUT_MESSAGES, facts) {
            return Some(found.map(Content::Messages));
        }
        if let Some(found) = first(table::PROMPT, facts) {
            return Some(found.map(|prompt| Content::Object(wrapped("prompt", prompt))));
        }
    }
    first(table::INPUT, facts)
        .map(|found| found.map(|json| Content::Object(wrapped("input", json))))
        .or_else(|| first(table::INSTRUCTIONS, facts).map(|found| found.map(Content::Messages)))
}

fn outputs(facts: &Facts<'_>) -> Option<Found<Content>> {
    if facts.run_type == RunType::Llm {
        if let Some(found) = first(table::OUTPUT_MESSAGES, facts) {
            return Some(found.map(Content::Messages));
        }
        if let Some(found) = first(table::COMPLETION, facts) {
            return Some(found.map(|completion| Content::Object(wrapped("output", completion))));
        }
    }
    first(table::OUTPUT, facts).map(|found| found.map(|json| Content::Object(wrapped("output", json))))
}

/// A side as it is shown: messages with the tools that were offered, and with what the provider was sent or sent itself.
fn opened(facts: &Facts<'_>, content: Content, tools: &[Row<Vec<u8>>], raw: &[Row<Vec<u8>>]) -> Vec<u8> {
    let Content::Messages(messages) = content else { return content.into_json() };
    let list = messages.to_json();
    let tools = value(first(tools, facts)).map(|tools| offered(&tools));
    let raw = value(first(raw, facts)).filter(|raw| raw.first() == Some(&b'{'));
    let members = [("messages", Some(list.as_slice())), ("tools", tools.as_deref()), ("raw", raw.as_deref())];
    preview::object(members.into_iter().filter_map(|(key, value)| Some((key, value?))))
}

/// Tool definitions as `{name, description, parameters}`, in whatever shape they were sent (`otel-genai.md` B.4).
fn offered(tools: &[u8]) -> Vec<u8> {
    let flat = json::elements(tools).flat_map(|tool| match json::member(tool, "functionDeclarations") {
        Some(declarations) => json::elements(declarations).collect(),
        None => vec![tool],
    });
    let known: Option<Vec<Vec<u8>>> = flat
        .map(|tool| {
            let sent = json::Object::read(json::member(tool, "function").unwrap_or(tool));
            let name = sent.get("name")?;
            let parameters = sent.first(&[
                "parameters",
                "input_schema",
                "inputSchema",
                "parametersJsonSchema",
                "parameters_json_schema",
            ]);
            let members =
                [("name", Some(name)), ("description", sent.get("description")), ("parameters", parameters)];
            Some(preview::object(members.iter().filter_map(|(key, value)| Some((*key, (*value)?)))))
        })
        .collect();
    known.filter(|known| !known.is_empty()).map_or_else(|| tools.to_vec(), |known| list(&known))
}

/// Metadata that the application put on the span.
fn application_metadata(facts: &Facts<'_>) -> Vec<(String, Vec<u8>)> {
    let attributes = &facts.attributes;
    let mut entries: Vec<(String, Vec<u8>)> = Vec::new();
    let mut put = |key: &str, json: Vec<u8>| {
        if !entries.iter().any(|(known, _)| known == key) {
            entries.push((key.to_owned(), json));
        }
    };
    // What the SDK found in its environment is no metadata of the run.
    for (key, value) in
        attributes.with_prefix("langsmith.metadata.").filter(|(key, _)| !key.starts_with("LANGSMITH_"))
    {
        put(key, value.to_json().into_owned());
    }
    for prefix in ["langfuse.observation.metadata.", "langfuse.trace.metadata."] {
        for (key, value) in attributes.with_prefix(prefix) {
            put(key, value.to_any_json().into_owned());
        }
    }
    for key in ["metadata", "langfuse.observation.metadata"] {
        if let Some(value) = attributes.get(key) {
            for (key, value) in json::members(&value.to_json()) {
                put(&key, value.to_vec());
            }
        }
    }
    for prefix in ["traceloop.association.properties.", "ai.telemetry.metadata.", "mlflow.traceTag."] {
        for (key, value) in attributes.with_prefix(prefix) {
            put(key, value.to_json().into_owned());
        }
    }
    entries
}

/// Attributes that are shown as content, usage, cost or judgements, whichever rule took them, and those that belong
/// to a protocol.
const SHOWN_ELSEWHERE: [&str; 34] = [
    "gen_ai.usage.",
    "gen_ai.aggregated_usage.",
    "gen_ai.cost.",
    "gen_ai.input.messages",
    "gen_ai.output.messages",
    "gen_ai.system_instructions",
    "gen_ai.prompt",
    "gen_ai.completion",
    "gen_ai.tool.",
    "llm.token_count.",
    "llm.cost.",
    "llm.usage.",
    "llm.input_messages.",
    "llm.output_messages.",
    "llm.prompts",
    "llm.completions",
    "llm.tools.",
    "ai.usage.",
    "ai.prompt",
    "ai.response.",
    "ai.result.",
    "input.",
    "output.",
    "langsmith.",
    "langfuse.",
    "mlflow.",
    "traceloop.entity.",
    "logfire.",
    "annotations.",
    "evaluations.",
    "trace.annotations.",
    "trace.evaluations.",
    "session.annotations.",
    "session.evaluations.",
];

/// Attributes that no rule reads: what the application, or a library that nobody knows, put on the span.
fn unmapped(facts: &Facts<'_>) -> Vec<(String, Vec<u8>)> {
    // Fields that only the list of runs shows are asked for here, so that they are not said twice.
    let _ = (usage(facts), name(facts));
    for rows in [table::INPUT_COST, table::OUTPUT_COST, table::COST] {
        let _ = first(rows, facts);
    }
    for rows in [table::THREAD, table::PROMPT_VERSION, table::PROJECT] {
        let _ = first(rows, facts);
    }
    let _ = first(table::FIRST_TOKEN, facts);
    let unmapped = facts.attributes.unasked();
    unmapped
        .filter(|(key, _)| !SHOWN_ELSEWHERE.iter().any(|start| key.starts_with(start)))
        .map(|(key, value)| (key.to_owned(), value.to_json().into_owned()))
        .collect()
}

/// Metadata of an opened run, as one object.
fn metadata(facts: &Facts<'_>) -> Vec<u8> {
    let mut entries = application_metadata(facts);
    let mut put = |key: &str, json: Vec<u8>| {
        if !entries.iter().any(|(known, _)| known == key) {
            entries.push((key.to_owned(), json));
        }
    };
    for (key, value) in invocation_params(facts) {
        put(&key, value);
    }
    let model = value(first(table::MODEL, facts));
    let texts = [
        ("ls_provider", provider_of(facts, model.as_deref()).map(|found| found.value)),
        ("ls_model_name", model),
        ("otel.span_name", Some(facts.span.name.to_string())),
        ("otel.kind", kind_of(facts.span).map(str::to_owned)),
        ("otel.scope", Some(facts.owner.scope.name.to_string()).filter(|name| !name.is_empty())),
    ];
    for (key, text) in texts {
        if let Some(text) = text {
            let mut out = Vec::new();
            json::write_string(&text, &mut out);
            put(key, out);
        }
    }
    if !facts.run_type.carries_usage() {
        let sum = usage(facts).value;
        let classes = [
            ("input_tokens", sum.input),
            ("output_tokens", sum.output),
            ("cache_read", sum.cache_read),
            ("cache_creation", sum.cache_creation),
            ("reasoning", sum.reasoning),
        ];
        let counts: Vec<(&str, Vec<u8>)> = classes
            .iter()
            .filter_map(|(key, count)| Some((*key, (*count)?.to_string().into_bytes())))
            .collect();
        if !counts.is_empty() {
            let sum = preview::object(counts.iter().map(|(key, count)| (*key, count.as_slice())));
            put("aggregated_usage", sum);
        }
    }
    for (key, value) in unmapped(facts) {
        put(&key, value);
    }
    for (key, value) in facts.owner.resource.iter().filter(|(_, value)| !value.is_absent()) {
        let mut out = Vec::new();
        value.write_json(&mut out);
        put(key, out);
    }
    preview::object(entries.iter().map(|(key, value)| (key.as_str(), value.as_slice())))
}

/// The kind of a span in words; absent where it says nothing.
pub(crate) fn kind_of(span: &Span<'_>) -> Option<&'static str> {
    let kinds = ["internal", "server", "client", "producer", "consumer"];
    kinds.get(usize::try_from(span.kind.checked_sub(1)?).ok()?).copied()
}

/// Parameters of the call, of a name the strongest (`otel-genai.md` D, invocation params).
fn invocation_params(facts: &Facts<'_>) -> Vec<(String, Vec<u8>)> {
    let mut params = Vec::new();
    let objects = [
        "langfuse.observation.model.parameters",
        "llm.invocation_parameters",
        "embedding.invocation_parameters",
    ];
    for value in objects.iter().filter_map(|key| facts.get(key)) {
        let json = value.to_any_json();
        let kept = json::members(&json)
            .filter(|(key, _)| !matches!(key.as_ref(), "model" | "messages" | "tools" | "input"));
        params.extend(kept.map(|(key, value)| (key.into_owned(), value.to_vec())));
    }
    params.extend(genai::invocation_params(&facts.attributes));
    params.extend(vercel::invocation_params(facts));
    params.extend(mlflow::invocation_params(facts));
    params
}

/// Labels: an array, a JSON list, or text separated by commas (`otel-genai.md` D, tags).
fn tag_list(_: &Facts<'_>, value: &Value<'_>) -> Option<Vec<String>> {
    let json = value.to_json();
    let tags: Vec<String> = if json.first() == Some(&b'[') {
        json::elements(&json).filter_map(json::text).map(|tag| tag.trim().to_owned()).collect()
    } else {
        value.to_text().unwrap_or_default().split(',').map(|tag| tag.trim().to_owned()).collect()
    };
    let tags: Vec<String> = tags.into_iter().filter(|tag| !tag.is_empty()).collect();
    (!tags.is_empty()).then_some(tags)
}

/// Files that travel in an attribute (`langsmith-data.md` §1.9).
pub(crate) fn attachments(span: &Span<'_>) -> Vec<Attachment> {
    let Some((_, value)) = span.attributes.iter().find(|(key, _)| key == "langsmith.attachments") else {
        return Vec::new();
    };
    let json = value.to_json();
    json::elements(&json)
        .filter_map(|entry| {
            let content = json::member(entry, "content").and_then(json::string)?;
            Some(Attachment {
                name: json::member(entry, "name").and_then(json::string)?.into_owned(),
                mime_type: json::member(entry, "mime_type")
                    .and_then(json::string)
                    .map_or_else(|| "application/octet-stream".to_owned(), Cow::into_owned),
                bytes: base64::engine::general_purpose::STANDARD.decode(content.as_bytes()).ok()?,
            })
        })
        .collect()
}

// ---- fields ----

fn parent(facts: &Facts<'_>, ids: &SpanIds) -> Option<RunId> {
    if facts.attributes.flag("langsmith.is_root") {
        return None;
    }
    facts.attributes.text("langsmith.span.parent_id").and_then(|id| id.parse().ok()).or(ids.parent_run_id)
}

fn name(facts: &Facts<'_>) -> Found<String> {
    let given = |text: &str| Some(text.to_owned()).filter(|text| !text.is_empty());
    first(table::NAME, facts)
        .or_else(|| Some(Found::inferred(given(&facts.span.name)?, "name of the span")))
        .or_else(|| Some(Found::inferred(given(&facts.owner.scope.name)?, "name of the scope")))
        .unwrap_or_else(|| Found::inferred("span".to_owned(), "nothing"))
}

/// The tool that a tool's run called.
fn tool(facts: &Facts<'_>) -> Found<String> {
    first(table::TOOL, facts).unwrap_or_else(|| name(facts))
}

fn provider_of(facts: &Facts<'_>, model: Option<&str>) -> Option<Found<String>> {
    first(table::PROVIDER, facts)
        .or_else(|| Some(Found::inferred(provider::of_model(model?)?.to_owned(), "name of the model")))
}

/// Cost as sent; beside tokens zero means that the producer had no price, which the arithmetic tells. Agents repeat the
/// sum of what they called, so money without tokens is taken only of runs that spent it themselves.
fn cost(facts: &Facts<'_>, usage: &Usage) -> GivenCost {
    if usage.is_empty() && !facts.run_type.carries_usage() && !is_tool(facts) {
        return GivenCost::default();
    }
    let sent = |rows| value(first(rows, facts)).filter(|cost: &Cost| cost.pico_usd > 0 || !usage.is_empty());
    GivenCost {
        input: sent(table::INPUT_COST),
        output: sent(table::OUTPUT_COST),
        total: sent(table::COST),
        details: Vec::new(),
    }
}

/// An amount in US dollars.
fn amount(facts: &Facts<'_>, value: &Value<'_>) -> Option<Cost> {
    Cost::parse_usd(&rule::text(facts, value)?)
}

/// Tags of a run, each once.
fn tags(facts: &Facts<'_>) -> Vec<String> {
    let mut tags = value(first(table::TAGS, facts)).unwrap_or_default();
    tags.retain(|tag| tag.len() <= 200);
    tags.sort_unstable();
    tags.dedup();
    tags.truncate(64);
    tags
}

/// Metadata that the application itself put on the span, and the service that it belongs to.
fn labels(facts: &Facts<'_>, metadata: Vec<(String, Vec<u8>)>) -> Vec<(String, String)> {
    let mut entries = metadata;
    for key in ["service.name", "service.version", "deployment.environment.name", "deployment.environment"] {
        if let Some(value) = facts.resource(key) {
            entries.push((key.to_owned(), value.to_json().into_owned()));
        }
    }
    crate::usage::labels(entries.iter().map(|(key, value)| (key.as_str(), value.as_slice())))
}

/// What LangSmith's words say of the agent that the span works for.
fn agent_tags(metadata: &[(String, Vec<u8>)]) -> AgentTags {
    AgentTags::read(|wanted| {
        let (_, value) = metadata.iter().find(|(key, _)| key == wanted)?;
        json::text(value).map(Cow::into_owned)
    })
}

fn project(facts: &Facts<'_>, context: &Context) -> Found<String> {
    let resource = |key: &str| facts.resource(key).and_then(|value| text(facts, value));
    context
        .project
        .clone()
        .map(|project| Found::inferred(project, "the request"))
        .or_else(|| first(table::PROJECT, facts))
        .or_else(|| {
            Some(Found::inferred(
                resource("openinference.project.name")?,
                "resource openinference.project.name",
            ))
        })
        .or_else(|| {
            let service = resource("service.name").filter(|name| !name.starts_with("unknown_service"))?;
            Some(Found::inferred(service, "resource service.name"))
        })
        .unwrap_or_else(|| Found::inferred("default".to_owned(), "nothing"))
}

/// Why a span failed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Failure {
    /// Class of the recorded exception.
    pub(crate) kind: Option<String>,
    pub(crate) message: String,
    pub(crate) stacktrace: Option<String>,
}

impl Failure {
    /// The text for rows.
    fn short(&self) -> String {
        match &self.kind {
            Some(kind) if *kind != self.message => preview::short_error(&format!("{kind}: {}", self.message)),
            _ => preview::short_error(&self.message),
        }
    }
}

/// The failure, when the span is one (`otel-genai.md` D, error). A recorded exception alone is none: it may have been
/// handled.
fn failure(facts: &Facts<'_>) -> Option<Failure> {
    let (span, attributes) = (facts.span, &facts.attributes);
    let is = |key: &str, word: &str| attributes.text(key).is_some_and(|text| text.eq_ignore_ascii_case(word));
    let is_failed = span.status_code == 2
        || attributes.text("error.type").is_some()
        || is("langfuse.observation.level", "ERROR")
        || (facts.is(Dialect::ClaudeCode) && is("success", "false"));
    if !is_failed {
        return None;
    }
    let exception = span.events.iter().rev().find(|event| event.name == "exception");
    let exception = exception.map(|event| Reader::new(&event.attributes));
    let recorded = |key| exception.as_ref().and_then(|exception| exception.text(key));
    let kind = recorded("exception.type");
    let text = recorded("exception.message")
        .or_else(|| kind.clone())
        .or_else(|| Some(span.status_message.to_string()).filter(|message| !message.trim().is_empty()))
        .or_else(|| value(first(table::ERROR_MESSAGE, facts)))
        .unwrap_or_else(|| "error".to_owned());
    let (message, trace) = preview::split_error(&text);
    let stacktrace = recorded("exception.stacktrace")
        .or_else(|| attributes.text("error.stack_trace"))
        .or_else(|| trace.map(str::to_owned));
    Some(Failure { kind, message: message.to_owned(), stacktrace })
}

// ---- time ----

/// Names of events that mark the first streamed token.
pub(crate) const FIRST_TOKEN_EVENTS: [&str; 5] = [
    "First Token Stream Event",
    "gen_ai.content.completion.chunk",
    "llm.content.completion.chunk",
    "ai.stream.firstChunk",
    "new_token",
];

/// LangSmith's name of the first token.
const NEW_TOKEN: Row<UnixNanos> =
    several("langsmith", "event new_token", |facts| event_time(facts, &["new_token"]));

/// The time of the first event of one of these names.
fn event_time(facts: &Facts<'_>, names: &[&str]) -> Option<UnixNanos> {
    let event = facts.span.events.iter().find(|event| names.contains(&event.name.as_ref()))?;
    UnixNanos::from_unsigned(event.time).ok().filter(|time| time.0 != 0)
}

/// A moment that is told as a distance from the start, in units of so many nanoseconds.
fn after_start(facts: &Facts<'_>, value: &Value<'_>, unit_nanos: f64) -> Option<UnixNanos> {
    let distance: f64 = value.to_text()?.trim().parse().ok()?;
    let nanos = distance * unit_nanos;
    // More than ten days are no wait for a token.
    if !(0.0..1e15).contains(&nanos) {
        return None;
    }
    let nanos: i64 = format!("{nanos:.0}").parse().ok()?;
    facts.span.start()?.0.checked_add(nanos).map(UnixNanos)
}
