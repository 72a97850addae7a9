//! From span to run: the mapping table of `otel-genai.md` D.
//!
//! Which vocabulary a span speaks is recognised once ([`Dialect::of`]); most rules are plain precedence over
//! attributes, so that unknown producers work too. A vocabulary is one module that answers the questions of
//! [`map`]; another one is added here and in [`Dialect`], nowhere else.

mod attributes;
mod genai;
mod generic;
mod langsmith;

use base64::Engine as _;
use model::{Attachment, Cost, RunFields, RunId, RunType, TraceId, UnixNanos, Usage};

pub(crate) use attributes::Reader;
pub(crate) use genai::vendor_of;
pub(crate) use langsmith::of_usage_metadata as usage_metadata;

use crate::{
    Context, json,
    otlp::{Owner, Span, SpanIds},
    preview,
    value::Value,
};

/// Vocabulary of a span; the first that fits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Dialect {
    Langsmith,
    GenAi,
    Generic,
}

impl Dialect {
    fn of(reader: &Reader<'_>) -> Self {
        if ["langsmith.span.kind", "langsmith.trace.name", "langsmith.span.id"]
            .iter()
            .any(|key| reader.get(key).is_some())
        {
            Self::Langsmith
        } else if reader.has_prefix("gen_ai.") {
            Self::GenAi
        } else {
            Self::Generic
        }
    }

    fn as_str(self) -> &'static str {
        match self {
            Self::Langsmith => "langsmith",
            Self::GenAi => "otel_genai",
            Self::Generic => "generic",
        }
    }
}

/// Inputs and outputs of a span as JSON objects; absent where nothing was recorded.
#[derive(Debug, Default)]
pub(crate) struct Payload {
    pub(crate) inputs: Option<Vec<u8>>,
    pub(crate) outputs: Option<Vec<u8>>,
}

/// Identity and fields of the run that this span is.
pub(crate) fn map(
    span: &Span<'_>,
    owner: &Owner<'_>,
    ids: &SpanIds,
    context: &Context,
) -> (TraceId, RunId, RunFields) {
    let reader = Reader::new(&span.attributes);
    let dialect = Dialect::of(&reader);
    let run_type = run_type(&reader);
    let payload = payload_of(&reader, span, run_type);
    let usage = if run_type.carries_usage() { usage(&reader) } else { Usage::default() };
    let error = failure_of(&reader, span).map(|failure| failure.short());
    let first_token = first_token(&reader, span);
    let preview = |json: Option<&[u8]>, side| json.and_then(|json| preview::of_payload(json, side));
    let fields = RunFields {
        reference_example_id: reader
            .text("langsmith.reference_example_id")
            .and_then(|id| uuid::Uuid::try_parse(id.trim()).ok()),
        parent_run_id: parent(&reader, ids),
        name: Some(name(&reader, span, owner, run_type)),
        run_type: Some(run_type),
        start: span.start(),
        end: span.end(),
        first_token,
        ended: false,
        error,
        interrupted: reader.flag("langsmith.metadata.ls_is_error_interrupt"),
        model: model(&reader),
        provider: genai::provider(&reader),
        project: Some(project(&reader, owner, context)),
        thread: thread(&reader),
        usage,
        cost: cost(&reader, &usage, run_type),
        prompt_version: prompt_version(&reader),
        detail: detail(run_type, &payload),
        input_preview: preview(payload.inputs.as_deref(), preview::Side::Input),
        output_preview: preview(payload.outputs.as_deref(), preview::Side::Output),
        dialect: Some(dialect.as_str().to_owned()),
    };
    let trace_id = reader.text("langsmith.trace.id").and_then(|id| id.parse().ok()).unwrap_or(ids.trace_id);
    let run_id = reader.text("langsmith.span.id").and_then(|id| id.parse().ok()).unwrap_or(ids.run_id);
    (trace_id, run_id, fields)
}

/// Inputs and outputs, for an opened run.
pub(crate) fn payload(span: &Span<'_>) -> Payload {
    let reader = Reader::new(&span.attributes);
    payload_of(&reader, span, run_type(&reader))
}

/// Metadata of an opened run: a JSON object.
pub(crate) fn metadata(span: &Span<'_>, owner: &Owner<'_>) -> Vec<u8> {
    let reader = Reader::new(&span.attributes);
    let mut entries: Vec<(String, Vec<u8>)> = Vec::new();
    let mut put = |key: &str, json: Vec<u8>| {
        if !entries.iter().any(|(known, _)| known == key) {
            entries.push((key.to_owned(), json));
        }
    };
    for (key, value) in reader.with_prefix("langsmith.metadata.") {
        put(key, value.to_json().into_owned());
    }
    for (key, value) in genai::invocation_params(&reader) {
        put(&key, value);
    }
    let texts = [
        ("ls_provider", genai::provider(&reader)),
        ("ls_model_name", model(&reader)),
        ("otel.span_name", Some(span.name.to_string())),
        ("otel.scope", Some(owner.scope.name.to_string()).filter(|name| !name.is_empty())),
    ];
    for (key, text) in texts {
        if let Some(text) = text {
            let mut out = Vec::new();
            json::write_string(&text, &mut out);
            put(key, out);
        }
    }
    for (key, value) in owner.resource.iter().filter(|(_, value)| !value.is_absent()) {
        let mut out = Vec::new();
        value.write_json(&mut out);
        put(key, out);
    }
    preview::object(entries.iter().map(|(key, value)| (key.as_str(), value.as_slice())))
}

/// Labels (`otel-genai.md` D, tags): an array, a JSON list, or text separated by commas.
pub(crate) fn tags(span: &Span<'_>) -> Vec<String> {
    let reader = Reader::new(&span.attributes);
    let Some(value) = reader.get("langsmith.span.tags").or_else(|| reader.get("tag.tags")) else {
        return Vec::new();
    };
    let json = value.to_json();
    let tags: Vec<String> = if json.first() == Some(&b'[') {
        json::elements(&json).filter_map(json::text).map(|tag| tag.trim().to_owned()).collect()
    } else {
        value.to_text().unwrap_or_default().split(',').map(|tag| tag.trim().to_owned()).collect()
    };
    tags.into_iter().filter(|tag| !tag.is_empty()).collect()
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
                    .map_or_else(|| "application/octet-stream".to_owned(), std::borrow::Cow::into_owned),
                bytes: base64::engine::general_purpose::STANDARD.decode(content.as_bytes()).ok()?,
            })
        })
        .collect()
}

fn run_type(reader: &Reader<'_>) -> RunType {
    reader
        .text("langsmith.span.kind")
        .and_then(|kind| RunType::parse(&kind))
        .or_else(|| generic::kind(reader))
        .or_else(|| genai::run_type(reader))
        .unwrap_or(RunType::Chain)
}

fn payload_of(reader: &Reader<'_>, span: &Span<'_>, run_type: RunType) -> Payload {
    let mut payload = langsmith::payload(reader);
    let others: [fn(&Reader<'_>, &Span<'_>, RunType) -> Payload; 2] = [genai::payload, generic::payload];
    for other in others {
        if payload.inputs.is_none() || payload.outputs.is_none() {
            let found = other(reader, span, run_type);
            payload.inputs = payload.inputs.or(found.inputs);
            payload.outputs = payload.outputs.or(found.outputs);
        }
    }
    payload
}

fn parent(reader: &Reader<'_>, ids: &SpanIds) -> Option<RunId> {
    if reader.flag("langsmith.is_root") {
        return None;
    }
    reader.text("langsmith.span.parent_id").and_then(|id| id.parse().ok()).or(ids.parent_run_id)
}

fn name(reader: &Reader<'_>, span: &Span<'_>, owner: &Owner<'_>, run_type: RunType) -> String {
    reader
        .first_text(&["langsmith.metadata.ls_run_name", "langsmith.trace.name"])
        .or_else(|| genai::name(reader, run_type))
        .or_else(|| Some(span.name.to_string()).filter(|name| !name.is_empty()))
        .or_else(|| Some(owner.scope.name.to_string()).filter(|name| !name.is_empty()))
        .unwrap_or_else(|| "span".to_owned())
}

fn model(reader: &Reader<'_>) -> Option<String> {
    reader.first_text(&[
        "gen_ai.response.model",
        "llm.response.model_name",
        "llm.model_name",
        "embedding.model_name",
        "gen_ai.request.model",
        "langsmith.metadata.ls_model_name",
    ])
}

fn usage(reader: &Reader<'_>) -> Usage {
    normalised(langsmith::usage(reader).unwrap_or_default().or(genai::usage(reader)))
}

/// Counts in the shape of [`Usage`]; a sum as sent says nothing beside its parts (`otel-genai.md` D, usage, c).
pub(crate) fn normalised(usage: Usage) -> Usage {
    let usage = usage.normalised(false);
    let total = usage.total.filter(|_| usage.input.is_none() && usage.output.is_none());
    Usage { total, ..usage }
}

/// Cost as sent; zero beside tokens means that the producer had no price. Agents repeat the sum of what they called,
/// so only what a run spent itself is taken.
fn cost(reader: &Reader<'_>, usage: &Usage, run_type: RunType) -> Option<Cost> {
    if !run_type.carries_usage() && run_type != RunType::Tool {
        return None;
    }
    reader
        .first_text(&["llm.cost.total", "gen_ai.usage.cost", "gen_ai.cost.total_cost", "operation.cost"])
        .and_then(|text| Cost::parse_usd(&text))
        .filter(|cost| cost.pico_usd > 0 || usage.is_empty())
}

/// Conversation, in the key order of `langsmith-data.md` §5.1.
fn thread(reader: &Reader<'_>) -> Option<String> {
    reader.first_text(&[
        "langsmith.metadata.session_id",
        "langsmith.metadata.conversation_id",
        "langsmith.metadata.thread_id",
        "gen_ai.conversation.id",
        "session.id",
    ])
}

fn project(reader: &Reader<'_>, owner: &Owner<'_>, context: &Context) -> String {
    let resource = Reader::new(&owner.resource);
    context
        .project
        .clone()
        .or_else(|| reader.text("langsmith.trace.session_name"))
        .or_else(|| resource.text("openinference.project.name"))
        .or_else(|| resource.text("service.name").filter(|name| !name.starts_with("unknown_service")))
        .unwrap_or_else(|| "default".to_owned())
}

fn prompt_version(reader: &Reader<'_>) -> Option<String> {
    reader.first_text(&[
        "langsmith.metadata.prompt_commit",
        "langsmith.metadata.lc_hub_commit_hash",
        "langsmith.metadata.prompt_tag",
        "langsmith.metadata.prompt_version",
        "langsmith.metadata.prompt_hash",
        "gen_ai.prompt.version",
        "llm.prompt_template.version",
    ])
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
pub(crate) fn failure(span: &Span<'_>) -> Option<Failure> {
    failure_of(&Reader::new(&span.attributes), span)
}

fn failure_of(reader: &Reader<'_>, span: &Span<'_>) -> Option<Failure> {
    let error_type = reader.text("error.type");
    if span.status_code != 2 && error_type.is_none() {
        return None;
    }
    let exception = span.events.iter().rev().find(|event| event.name == "exception");
    let exception = exception.map(|event| Reader::new(&event.attributes));
    let recorded = |key| exception.as_ref().and_then(|exception| exception.text(key));
    let kind = recorded("exception.type");
    let text = recorded("exception.message")
        .or_else(|| kind.clone())
        .or_else(|| Some(span.status_message.to_string()).filter(|message| !message.trim().is_empty()))
        .or_else(|| reader.text("error.message"))
        .or(error_type)
        .unwrap_or_else(|| "error".to_owned());
    let (message, trace) = preview::split_error(&text);
    let stacktrace = recorded("exception.stacktrace")
        .or_else(|| reader.text("error.stack_trace"))
        .or_else(|| trace.map(str::to_owned));
    Some(Failure { kind, message: message.to_owned(), stacktrace })
}

/// Names of events that mark the first streamed token.
pub(crate) const FIRST_TOKEN_EVENTS: [&str; 5] = [
    "First Token Stream Event",
    "gen_ai.content.completion.chunk",
    "llm.content.completion.chunk",
    "ai.stream.firstChunk",
    "new_token",
];

fn first_token(reader: &Reader<'_>, span: &Span<'_>) -> Option<UnixNanos> {
    let seconds = reader
        .number("gen_ai.response.time_to_first_chunk")
        .or_else(|| reader.number("gen_ai.client.operation.time_to_first_chunk"));
    if let Some(seconds) = seconds.filter(|seconds| (0.0..1e6).contains(seconds)) {
        let nanos: i64 = format!("{:.0}", seconds * 1e9).parse().ok()?;
        return span.start()?.0.checked_add(nanos).map(UnixNanos);
    }
    let event = span.events.iter().find(|event| FIRST_TOKEN_EVENTS.contains(&event.name.as_ref()))?;
    UnixNanos::from_unsigned(event.time).ok().filter(|time| time.0 != 0)
}

/// One short line for the tree: a tool's arguments, the number of documents.
fn detail(run_type: RunType, payload: &Payload) -> Option<String> {
    match run_type {
        RunType::Tool => payload.inputs.as_deref().and_then(preview::arguments),
        RunType::Retriever => payload.outputs.as_deref().and_then(preview::documents),
        _ => None,
    }
}

/// The value wrapped so that it is an object (`otel-genai.md` D, wrapping).
fn wrapped(key: &str, value: &Value<'_>) -> Vec<u8> {
    let json = value.to_json();
    if json.first() == Some(&b'{') { json.into_owned() } else { preview::object([(key, json.as_ref())]) }
}
