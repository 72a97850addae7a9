//! Feedback as annotations of Phoenix and as scores of Langfuse (`annotation-ux.md` §17.7).
//!
//! Shapes: the bodies that their REST interfaces take (Phoenix `POST /v1/span_annotations`, `trace_annotations` and
//! `session_annotations`, one element of `data` a line; Langfuse `POST /api/public/scores`), and on the way in also
//! those that they answer.

use model::{ContentHash, Feedback, RunId, TraceId};
use uuid::Uuid;

use super::{
    Judged,
    otel::{from_hex, label, label_is_value, said_value},
    record::{self, number, object, or_null, quoted},
};
use crate::{json, otlp::hex};

/// Under this name the metadata of both carry what they have no words for.
const REST: &str = "tracemark";

/// What is judged, as OpenTelemetry names it.
fn span(feedback: &Feedback) -> Option<String> {
    feedback.run_id.map(|run| quoted(&hex(&run.to_span_id())))
}

fn trace(feedback: &Feedback) -> Option<String> {
    feedback.trace_id.map(|trace| quoted(&hex(trace.as_bytes())))
}

fn session(feedback: &Feedback) -> Option<String> {
    feedback.thread.as_deref().map(quoted)
}

/// Members that are told in the format's own words, and so are not in the rest.
fn told(feedback: &Feedback) -> Vec<&'static str> {
    let mut told = vec!["key", "comment"];
    // An empty text stands for no value in Langfuse.
    if label_is_value(feedback) && feedback.value.as_deref() != Some("\"\"") {
        told.push("value");
    }
    // An id that reads back as it was is told; a UUID of LangSmith does not fit into eight bytes.
    if feedback.run_id.is_some_and(|run| RunId::from_span_id(run.to_span_id()) == run) {
        told.push("run_id");
    }
    told
}

/// One annotation of Phoenix, by what it is about: a span, else a session, else a trace.
pub(super) fn phoenix(judged: &Judged) -> String {
    let feedback = &judged.feedback;
    let place = match (span(feedback), session(feedback), trace(feedback)) {
        (Some(span), ..) => ("span_id", span),
        (None, Some(session), _) => ("session_id", session),
        (None, None, trace) => ("trace_id", or_null(trace)),
    };
    let kind = match feedback.source_kind.as_str() {
        "app" => "HUMAN",
        "model" | "auto_eval" => "LLM",
        _ => "CODE",
    };
    let result = object(&[
        ("label", or_null(label(feedback).map(|label| quoted(&label)))),
        ("score", or_null(feedback.score.map(number))),
        ("explanation", or_null(feedback.comment.as_deref().map(quoted))),
    ]);
    let mut told = told(feedback);
    told.push("score");
    if place.0 == "session_id" {
        told.push("feedback_thread_id");
    }
    let metadata = object(&[(REST, record::rest(feedback, &told))]);
    object(&[
        place,
        ("name", quoted(&feedback.key)),
        ("annotator_kind", quoted(kind)),
        ("result", result),
        ("metadata", metadata),
        ("identifier", quoted(&feedback.id.to_string())),
    ])
}

/// One score of Langfuse.
pub(super) fn langfuse(judged: &Judged) -> String {
    let feedback = &judged.feedback;
    let (data_type, value) = match (feedback.value.as_deref(), feedback.score) {
        (Some("true"), Some(1.0)) | (Some("false"), Some(0.0)) => {
            ("BOOLEAN", or_null(feedback.score.map(number)))
        }
        (Some(_), _) if label(feedback).is_some() => {
            ("CATEGORICAL", or_null(label(feedback).map(|label| quoted(&label))))
        }
        (_, Some(score)) => ("NUMERIC", number(score)),
        // A note has neither; Langfuse wants a value.
        _ => ("CATEGORICAL", quoted("")),
    };
    let mut told = told(feedback);
    told.push("feedback_thread_id");
    if data_type != "CATEGORICAL" {
        told.push("score");
    }
    let metadata = object(&[(REST, record::rest(feedback, &told))]);
    let mut members = vec![
        ("id", quoted(&feedback.id.to_string())),
        ("traceId", or_null(trace(feedback))),
        ("observationId", or_null(span(feedback))),
        ("sessionId", or_null(session(feedback))),
        ("name", quoted(&feedback.key)),
        ("value", value),
        ("dataType", quoted(data_type)),
        ("comment", or_null(feedback.comment.as_deref().map(quoted))),
        ("queueId", or_null(queue(feedback))),
        ("metadata", metadata),
    ];
    members.retain(|(key, value)| value != "null" || *key == "value");
    object(&members)
}

fn queue(feedback: &Feedback) -> Option<String> {
    let extra = feedback.extra.as_deref()?;
    json::member(extra.as_bytes(), "queue").map(|queue| json::lossy(queue).into_owned())
}

type Said<'a> = Vec<(&'a str, String)>;

/// A text member as JSON.
fn text(value: &[u8], key: &str) -> Option<String> {
    json::member(value, key).and_then(json::text).map(|text| quoted(&text)).filter(|text| text != "\"\"")
}

/// A span id, which has eight bytes.
fn run_of(value: &[u8], key: &str) -> Result<Option<RunId>, String> {
    let Some(text) = json::member(value, key).and_then(json::text).filter(|text| !text.is_empty()) else {
        return Ok(None);
    };
    let span = from_hex(&text).and_then(|bytes| bytes.try_into().ok()).map(RunId::from_span_id);
    let run = span.or_else(|| text.parse().ok());
    run.map(Some).ok_or_else(|| format!("{key} is neither a span id nor a UUID: {text}"))
}

fn trace_of(value: &[u8], key: &str) -> Result<Option<TraceId>, String> {
    let Some(text) = json::member(value, key).and_then(json::text).filter(|text| !text.is_empty()) else {
        return Ok(None);
    };
    text.parse().map(Some).map_err(|_| format!("{key} is not a trace id: {text}"))
}

/// An id that is not a UUID becomes one, always the same.
fn id(text: &str) -> String {
    let id = Uuid::try_parse(text).unwrap_or_else(|_| {
        uuid::Builder::from_custom_bytes(ContentHash::of_bytes(text.as_bytes()).0).into_uuid()
    });
    quoted(&id.to_string())
}

fn place(run: Option<RunId>, trace: Option<TraceId>, said: &mut Said<'_>) {
    said.extend(run.map(|run| ("run_id", quoted(&run.to_string()))));
    said.extend(trace.map(|trace| ("trace_id", quoted(&trace.to_string()))));
}

/// The metadata that the other tool or its user put there, without what is ours.
fn foreign(metadata: Option<&[u8]>) -> Option<String> {
    let members: Vec<(String, String)> = json::members(metadata?)
        .filter(|(key, _)| key != REST)
        .map(|(key, value)| (key.into_owned(), json::lossy(value).into_owned()))
        .collect();
    let members: Vec<(&str, String)> =
        members.iter().map(|(key, value)| (key.as_str(), value.clone())).collect();
    (!members.is_empty()).then(|| object(&members))
}

fn source(kind: &str, value: &[u8], user: &str, metadata: Option<&[u8]>) -> String {
    object(&[
        ("type", quoted(kind)),
        ("user_id", or_null(text(value, user))),
        ("metadata", or_null(foreign(metadata))),
    ])
}

/// Reads an annotation of Phoenix.
pub(super) fn read_phoenix(value: &[u8]) -> Result<Feedback, String> {
    let metadata = json::member(value, "metadata");
    let rest = metadata.and_then(|metadata| json::member(metadata, REST));
    let result = json::member(value, "result").unwrap_or(b"{}");
    let mut said: Said<'_> = Vec::new();
    if rest.is_none() {
        // Their own id is the best; an identifier names one annotation of a name and a place.
        let words: Vec<String> = ["id", "span_id", "trace_id", "session_id", "name", "identifier"]
            .iter()
            .map(|key| text(value, key).unwrap_or_default())
            .collect();
        let own = if words[0].is_empty() { words.join("\n") } else { words[0].clone() };
        said.push(("id", id(&own)));
        let kind = match json::member(value, "annotator_kind").and_then(json::string).as_deref() {
            Some("LLM") => "model",
            Some("CODE") => "api",
            _ => "app",
        };
        said.push(("feedback_source", source(kind, value, "user_id", metadata)));
        place(run_of(value, "span_id")?, trace_of(value, "trace_id")?, &mut said);
    } else if json::member(rest.unwrap_or_default(), "run_id").is_none() {
        place(run_of(value, "span_id")?, None, &mut said);
    }
    let label = json::member(result, "label").and_then(json::string);
    let told = [
        ("key", text(value, "name")),
        ("feedback_thread_id", text(value, "session_id")),
        ("value", label.map(|label| said_value(&label, rest))),
        ("score", json::member(result, "score").map(|score| json::lossy(score).into_owned())),
        ("comment", json::member(result, "explanation").map(|text| json::lossy(text).into_owned())),
        ("created_at", text(value, "created_at").filter(|_| rest.is_none())),
        ("modified_at", text(value, "updated_at").filter(|_| rest.is_none())),
    ];
    said.extend(told.into_iter().filter_map(|(key, value)| Some((key, value?))));
    record::assemble(&said, rest)
}

/// Reads a score of Langfuse.
pub(super) fn read_langfuse(value: &[u8]) -> Result<Feedback, String> {
    let metadata = json::member(value, "metadata");
    let rest = metadata.and_then(|metadata| json::member(metadata, REST));
    let mut said: Said<'_> = Vec::new();
    if rest.is_none() {
        let own = json::member(value, "id").and_then(json::text);
        let own = own.map_or_else(|| json::lossy(value).into_owned(), std::borrow::Cow::into_owned);
        said.push(("id", id(&own)));
        let kind = match json::member(value, "source").and_then(json::string).as_deref() {
            Some("ANNOTATION") => "app",
            Some("EVAL") => "model",
            _ => "api",
        };
        said.push(("feedback_source", source(kind, value, "authorUserId", metadata)));
        place(run_of(value, "observationId")?, trace_of(value, "traceId")?, &mut said);
        if let Some(queue) = text(value, "queueId") {
            said.push(("extra", object(&[("queue", queue)])));
        }
    } else if json::member(rest.unwrap_or_default(), "run_id").is_none() {
        place(run_of(value, "observationId")?, None, &mut said);
    }
    let data_type = json::member(value, "dataType").and_then(json::string).unwrap_or_default().into_owned();
    let score = json::member(value, "value");
    let is_text = score.is_some_and(|score| score.first() == Some(&b'"'));
    let label = json::member(value, "stringValue").or(score.filter(|_| is_text)).and_then(json::string);
    let told = [
        ("key", text(value, "name")),
        ("feedback_thread_id", text(value, "sessionId")),
        (
            "value",
            match data_type.as_str() {
                "BOOLEAN" => score.map(|score| if is_one(score) { "true" } else { "false" }.to_owned()),
                _ => label.filter(|label| !label.is_empty()).map(|label| said_value(&label, rest)),
            },
        ),
        ("score", score.filter(|_| !is_text).map(|score| json::lossy(score).into_owned())),
        ("comment", json::member(value, "comment").map(|text| json::lossy(text).into_owned())),
        (
            "created_at",
            text(value, "timestamp").or_else(|| text(value, "createdAt")).filter(|_| rest.is_none()),
        ),
        ("modified_at", text(value, "updatedAt").filter(|_| rest.is_none())),
    ];
    said.extend(told.into_iter().filter_map(|(key, value)| Some((key, value?))));
    record::assemble(&said, rest)
}

fn is_one(score: &[u8]) -> bool {
    json::text(score).and_then(|text| text.parse::<f64>().ok()).is_some_and(|score| score >= 0.5)
}
