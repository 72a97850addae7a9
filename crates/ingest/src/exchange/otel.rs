//! Feedback as log records of OpenTelemetry: one `gen_ai.evaluation.result` event each (`otel-genai.md` section G).
//!
//! The names of the conventions are still in development; they stand in [`name`] and nowhere else.

use model::{Feedback, RunId, TraceId};
use serde_json::{Value, json};

use super::{Judged, record};
use crate::{dialect::evaluation_id, json as scan, otlp::hex};

/// Names of the event and of its attributes.
pub mod name {
    /// The event.
    pub const EVENT: &str = "gen_ai.evaluation.result";
    /// The key.
    pub const KEY: &str = "gen_ai.evaluation.name";
    /// The score.
    pub const SCORE: &str = "gen_ai.evaluation.score.value";
    /// The category.
    pub const LABEL: &str = "gen_ai.evaluation.score.label";
    /// The comment.
    pub const EXPLANATION: &str = "gen_ai.evaluation.explanation";
    /// The provider's id of the judged response.
    pub const RESPONSE: &str = "gen_ai.response.id";
    /// The thread.
    pub const THREAD: &str = "gen_ai.conversation.id";
    /// The evaluation itself failed.
    pub const ERROR: &str = "error.type";
    /// The run, where it is not named by a span id (ours).
    pub const RUN: &str = "langsmith.run.id";
    /// The feedback (ours).
    pub const ID: &str = "feedback.id";
    /// Who said it (ours).
    pub const SOURCE: &str = "feedback.source";
    /// What it should have been, as JSON (ours).
    pub const CORRECTION: &str = "feedback.correction";
    /// Whatever else belongs to the feedback, as JSON (ours).
    pub const REST: &str = "feedback.record";
}

/// Members of a record that have attributes or fields of their own.
const TOLD: [&str; 11] = [
    "id",
    "created_at",
    "modified_at",
    "run_id",
    "trace_id",
    "key",
    "score",
    "comment",
    "correction",
    "feedback_thread_id",
    "error",
];

/// One OTLP/JSON logs request with these feedbacks, a resource a service.
pub fn request(all: &[Judged]) -> String {
    let mut services: Vec<Option<&str>> = Vec::new();
    for one in all {
        if !services.contains(&one.service.as_deref()) {
            services.push(one.service.as_deref());
        }
    }
    let resources: Vec<Value> = services
        .into_iter()
        .map(|service| {
            let records: Vec<Value> =
                all.iter().filter(|one| one.service.as_deref() == service).map(log_record).collect();
            let attributes: Vec<Value> =
                service.map(|service| text_attribute("service.name", service)).into_iter().collect();
            json!({
                "resource": { "attributes": attributes },
                "scopeLogs": [{
                    "scope": { "name": "tracemark", "version": env!("CARGO_PKG_VERSION") },
                    "logRecords": records,
                }],
            })
        })
        .collect();
    json!({ "resourceLogs": resources }).to_string()
}

fn text_attribute(key: &str, text: &str) -> Value {
    json!({ "key": key, "value": { "stringValue": text } })
}

/// The category as a text: a text itself, or a flag.
pub(super) fn label(feedback: &Feedback) -> Option<String> {
    label_of(feedback.value.as_deref()?)
}

fn label_of(value: &str) -> Option<String> {
    match value {
        "true" | "false" => Some(value.to_owned()),
        _ => serde_json::from_str::<String>(value).ok(),
    }
}

/// Whether reading the label back gives the value again.
pub(super) fn label_is_value(feedback: &Feedback) -> bool {
    label(feedback).is_some_and(|label| Some(label_value(&label)) == feedback.value)
}

/// The value that a label stands for: the one that the rest kept, unless somebody chose another label since.
pub(super) fn said_value(label: &str, rest: Option<&[u8]>) -> String {
    let kept = rest.and_then(|rest| scan::member(rest, "value")).map(|value| scan::lossy(value).into_owned());
    kept.filter(|kept| label_of(kept).as_deref() == Some(label)).unwrap_or_else(|| label_value(label))
}

/// The value that a label alone stands for.
fn label_value(label: &str) -> String {
    match label {
        "true" | "false" => label.to_owned(),
        _ => record::quoted(label),
    }
}

fn log_record(judged: &Judged) -> Value {
    let feedback = &judged.feedback;
    let mut attributes = vec![text_attribute(name::KEY, &feedback.key)];
    let mut text = |key: &str, text: Option<&str>| {
        attributes.extend(text.map(|text| text_attribute(key, text)));
    };
    text(name::LABEL, label(feedback).as_deref());
    text(name::EXPLANATION, feedback.comment.as_deref());
    text(name::RESPONSE, judged.response_id.as_deref());
    text(name::THREAD, feedback.thread.as_deref());
    text(name::ERROR, feedback.error.then_some("_OTHER"));
    let is_span = |run: RunId| RunId::from_span_id(run.to_span_id()) == run;
    text(name::RUN, feedback.run_id.filter(|run| !is_span(*run)).map(|run| run.to_string()).as_deref());
    text(name::ID, Some(&feedback.id.to_string()));
    text(name::SOURCE, Some(&feedback.source_kind));
    text(name::CORRECTION, feedback.correction.as_deref());
    let mut told = TOLD.to_vec();
    if label_is_value(feedback) {
        told.push("value");
    }
    text(name::REST, Some(&record::rest(feedback, &told)));
    if let Some(score) = feedback.score {
        attributes.insert(1, json!({ "key": name::SCORE, "value": { "doubleValue": score } }));
    }
    let nanos = |time: Option<model::UnixNanos>| time.map_or(0, |time| time.0.max(0)).to_string();
    let mut log = json!({
        "timeUnixNano": nanos(feedback.created),
        "observedTimeUnixNano": nanos(feedback.modified),
        "severityNumber": if feedback.error { 17 } else { 9 },
        "severityText": if feedback.error { "ERROR" } else { "INFO" },
        "eventName": name::EVENT,
        "body": { "stringValue": name::EVENT },
        "attributes": attributes,
    });
    if let Some(trace) = feedback.trace_id {
        log["traceId"] = hex(trace.as_bytes()).into();
    }
    if let Some(run) = feedback.run_id {
        log["spanId"] = hex(&run.to_span_id()).into();
    }
    log
}

/// Reads the evaluations of an OTLP/JSON logs request; other log records are passed over.
pub(super) fn read(request: &[u8]) -> Vec<Result<Feedback, String>> {
    let mut found = Vec::new();
    for resource in scan::member(request, "resourceLogs").into_iter().flat_map(scan::elements) {
        for scope in scan::member(resource, "scopeLogs").into_iter().flat_map(scan::elements) {
            for log in scan::member(scope, "logRecords").into_iter().flat_map(scan::elements) {
                if event_name(log).as_deref() == Some(name::EVENT) {
                    found.push(evaluation(log));
                }
            }
        }
    }
    found
}

fn event_name(log: &[u8]) -> Option<String> {
    let text = |value: Option<&[u8]>| value.and_then(scan::string).map(std::borrow::Cow::into_owned);
    text(scan::member(log, "eventName")).or_else(|| attribute(log, "event.name"))
}

/// The text of an attribute, whichever type it has.
fn attribute(log: &[u8], key: &str) -> Option<String> {
    let entries = scan::elements(scan::member(log, "attributes")?);
    let found = entries
        .filter(|entry| scan::member(entry, "key").and_then(scan::string).is_some_and(|name| name == key));
    let value = scan::member(found.last()?, "value")?;
    let (_, scalar) = scan::members(value).next()?;
    scan::text(scalar).map(std::borrow::Cow::into_owned)
}

fn evaluation(log: &[u8]) -> Result<Feedback, String> {
    let text = |key: &str| attribute(log, key).map(|text| record::quoted(&text));
    let rest = attribute(log, name::REST);
    let rest_bytes = rest.as_deref().map(str::as_bytes);
    let id_bytes = |key: &str| -> Result<Option<Vec<u8>>, String> {
        let text = scan::member(log, key).and_then(scan::string).unwrap_or_default();
        if text.is_empty() {
            Ok(None)
        } else {
            from_hex(&text).map(Some).ok_or(format!("{key} is not hexadecimal"))
        }
    };
    let trace = id_bytes("traceId")?.and_then(|bytes| bytes.try_into().ok()).map(TraceId::from_bytes);
    let span = id_bytes("spanId")?.and_then(|bytes| bytes.try_into().ok()).map(RunId::from_span_id);
    let time = |key: &str| {
        let nanos: i64 = scan::member(log, key).and_then(scan::text)?.parse().ok()?;
        (nanos > 0).then(|| record::quoted(&record::iso(model::UnixNanos(nanos))))
    };
    let source = rest.is_none().then(|| r#"{"type":"auto_eval"}"#.to_owned());
    let said = [
        ("id", text(name::ID)),
        ("key", text(name::KEY)),
        ("score", attribute(log, name::SCORE)),
        ("value", attribute(log, name::LABEL).map(|label| said_value(&label, rest_bytes))),
        ("comment", text(name::EXPLANATION)),
        ("correction", attribute(log, name::CORRECTION)),
        ("feedback_thread_id", text(name::THREAD)),
        ("run_id", text(name::RUN).or_else(|| span.map(|run| record::quoted(&run.to_string())))),
        ("trace_id", trace.map(|trace| record::quoted(&trace.to_string()))),
        ("created_at", time("timeUnixNano")),
        ("modified_at", time("observedTimeUnixNano")),
        ("error", attribute(log, name::ERROR).map(|_| "true".to_owned())),
        ("feedback_source", source),
    ];
    let said: Vec<(&str, String)> = said.into_iter().filter_map(|(key, value)| Some((key, value?))).collect();
    // A value that is no text and no flag stands in the rest only; its label is absent.
    let mut feedback = record::assemble(&said, rest_bytes)?;
    if attribute(log, name::ID).is_none() && rest.is_none() {
        let score = attribute(log, name::SCORE).and_then(|score| match score.as_str() {
            "true" => Some(1.0),
            "false" => Some(0.0),
            score => score.trim().parse().ok().filter(|score: &f64| score.is_finite()),
        });
        let label = attribute(log, name::LABEL);
        feedback.id = evaluation_id(
            (feedback.trace_id, feedback.run_id),
            &feedback.key,
            feedback.created,
            score,
            label.as_deref(),
        );
        let response =
            attribute(log, name::RESPONSE).filter(|id| feedback.run_id.is_none() && !id.is_empty());
        feedback.extra = response.map(|response| record::response_extra(&response)).or(feedback.extra);
    }
    Ok(feedback)
}

/// The bytes of hexadecimal digits.
pub(super) fn from_hex(text: &str) -> Option<Vec<u8>> {
    let digit = |byte: &u8| char::from(*byte).to_digit(16).and_then(|digit| u8::try_from(digit).ok());
    let (pairs, odd) = text.as_bytes().as_chunks::<2>();
    odd.is_empty().then_some(())?;
    pairs.iter().map(|[high, low]| Some(digit(high)? << 4 | digit(low)?)).collect()
}
