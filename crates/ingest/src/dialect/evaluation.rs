//! Judgements that come with telemetry: `gen_ai.evaluation.result` as a log record or as an event of a span, and the
//! annotations that OpenInference keeps on spans (`otel-genai.md` G and C.2).
//!
//! A judgement has the same id whenever it comes again: the one it names, else one made of what it is about.

use model::{ContentHash, Feedback, FeedbackId, RunId, TraceId, UnixNanos};
use uuid::Uuid;

use super::{
    Reader,
    indexed::{self, Entry},
};
use crate::{
    Reject,
    exchange::record,
    json,
    otlp::{Event, LogRecord, Span},
    value::Value,
};

const EVALUATION: &str = "gen_ai.evaluation.result";
/// Lists of judgements on a span, the word before each of their members, and what they are about.
const LISTS: [(&str, &str, About); 6] = [
    ("annotations.", "annotation.", About::Run),
    ("evaluations.", "evaluation.", About::Run),
    ("trace.annotations.", "annotation.", About::Trace),
    ("trace.evaluations.", "evaluation.", About::Trace),
    ("session.annotations.", "annotation.", About::Thread),
    ("session.evaluations.", "evaluation.", About::Thread),
];

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum About {
    Run,
    Trace,
    Thread,
}

/// What a span says of itself, of its trace and of its thread.
pub(crate) fn of_span(
    span: &Span<'_>,
    trace_id: TraceId,
    run_id: RunId,
    thread: Option<&str>,
) -> Vec<Feedback> {
    let mut all: Vec<Feedback> = span
        .events
        .iter()
        .filter(|event| event.name == EVALUATION)
        .filter_map(|event| of_event(event, trace_id, run_id))
        .collect();
    let has_list =
        span.attributes.iter().any(|(key, _)| LISTS.iter().any(|(start, _, _)| key.starts_with(start)));
    if has_list {
        let attributes = Reader::new(&span.attributes);
        for (start, word, about) in LISTS {
            for (index, entry) in indexed::entries(&attributes, start).iter().enumerate() {
                let said = of_entry(entry, word, about, index, (trace_id, run_id, thread));
                // When it was said is not told; it was not before the span ended.
                let time = span.end().or(span.start());
                all.extend(said.map(|said| Feedback { created: time, modified: time, ..said }));
            }
        }
    }
    all
}

/// What a log record says of the run it names, else of its trace; or why it says nothing.
pub(crate) fn of_log(record: &LogRecord<'_>) -> Option<Result<(Feedback, Option<Reject>), Reject>> {
    let span = &record.span;
    (span.name == EVALUATION).then(|| judgement(record))
}

fn judgement(record: &LogRecord<'_>) -> Result<(Feedback, Option<Reject>), Reject> {
    let span = &record.span;
    let attributes = Reader::new(&span.attributes);
    let text = |key: &str| attributes.text(key);
    let named = text("gen_ai.evaluation.name").unwrap_or_default();
    let refused = |message: &str| Reject::new("invalid_feedback", message, named.as_bytes());
    if named.is_empty() {
        return Err(refused("The evaluation has no gen_ai.evaluation.name"));
    }
    let is_set = |id: &[u8]| id.iter().any(|byte| *byte != 0);
    let trace_id = if is_set(&span.trace_id) {
        let id = <[u8; 16]>::try_from(span.trace_id.as_ref());
        Some(TraceId::from_bytes(id.map_err(|_| refused("The trace id of the evaluation must be 16 bytes"))?))
    } else {
        None
    };
    if trace_id.is_none() && text("gen_ai.response.id").is_none() && text("langsmith.run.id").is_none() {
        return Err(refused("The evaluation names neither a trace nor a response"));
    }
    if is_set(&span.span_id) && span.span_id.len() != 8 {
        return Err(refused("The span id of the evaluation must be 8 bytes"));
    }
    let run_id = span.ids().ok().map(|ids| ids.run_id);
    let observed = UnixNanos::from_unsigned(record.observed).ok().filter(|time| time.0 != 0);
    let said = evaluation(&span.attributes, span.start(), observed, trace_id, run_id);
    let said = said.ok_or_else(|| refused("The evaluation says nothing"))?;
    let sent = attributes.get("gen_ai.evaluation.score.value");
    if said.score.is_some() || sent.is_none() {
        return Ok((said, None));
    }
    if said.value.is_none() && said.comment.is_none() {
        return Err(refused("The score of the evaluation is no finite number, and it says nothing else"));
    }
    let left_out = refused("The score of the evaluation is no finite number and is left out");
    Ok((said, Some(left_out)))
}

fn of_event(event: &Event<'_>, trace_id: TraceId, run_id: RunId) -> Option<Feedback> {
    let time = UnixNanos::from_unsigned(event.time).ok().filter(|time| time.0 != 0);
    evaluation(&event.attributes, time, time, Some(trace_id), Some(run_id))
}

/// A number, or a flag as one.
fn score(value: &Value<'_>) -> Option<f64> {
    match value {
        Value::Bool(flag) => Some(f64::from(u8::from(*flag))),
        value => value.to_text()?.trim().parse().ok().filter(|score: &f64| score.is_finite()),
    }
}

fn id(parts: &[&str]) -> FeedbackId {
    let mut bytes = ContentHash::of_bytes(parts.join("\0").as_bytes()).0;
    // A UUID of version 8 (RFC 9562 §5.8).
    bytes[6] = (bytes[6] & 0x0f) | 0x80;
    bytes[8] = (bytes[8] & 0x3f) | 0x80;
    FeedbackId(Uuid::from_bytes(bytes))
}

/// The id of an evaluation that names none. It is the same whether the record comes over the endpoint or in a file.
pub(crate) fn made_id(
    (trace_id, run_id): (Option<TraceId>, Option<RunId>),
    key: &str,
    time: Option<UnixNanos>,
    score: Option<f64>,
    label: Option<&str>,
) -> FeedbackId {
    let text = |text: Option<String>| text.unwrap_or_default();
    id(&[
        EVALUATION,
        &text(trace_id.map(|trace| trace.to_string())),
        &text(run_id.map(|run| run.to_string())),
        key,
        &text(time.map(|time| time.0.to_string())),
        &text(score.map(|score| score.to_string())),
        label.unwrap_or_default(),
    ])
}

/// A label as JSON; one that only repeats a flag says nothing more.
fn label(label: Option<String>, score: Option<f64>) -> Option<String> {
    let label = label.filter(|label| !label.is_empty())?;
    let repeats = matches!((label.as_str(), score), ("true", Some(1.0)) | ("false", Some(0.0)));
    (!repeats).then(|| {
        let mut json = Vec::new();
        json::write_string(&label, &mut json);
        String::from_utf8(json).unwrap_or_default()
    })
}

fn evaluation(
    attributes: &[(std::borrow::Cow<'_, str>, Value<'_>)],
    time: Option<UnixNanos>,
    observed: Option<UnixNanos>,
    trace_id: Option<TraceId>,
    run_id: Option<RunId>,
) -> Option<Feedback> {
    let attributes = Reader::new(attributes);
    // A run of LangSmith's protocol has an id that no span id tells.
    let named_run = attributes.text("langsmith.run.id").and_then(|id| id.trim().parse().ok());
    let run_id = named_run.or(run_id);
    let key = attributes.text("gen_ai.evaluation.name").filter(|key| !key.is_empty())?;
    let score = attributes.get("gen_ai.evaluation.score.value").and_then(score);
    let sent_label = attributes.text("gen_ai.evaluation.score.label");
    let failure = attributes.text("error.type").filter(|kind| !kind.is_empty());
    let named = attributes.text("feedback.id").and_then(|id| Uuid::try_parse(id.trim()).ok());
    let response = attributes.text("gen_ai.response.id").filter(|id| run_id.is_none() && !id.is_empty());
    let place = (trace_id, run_id);
    let made = made_id(place, &key, time, score, sent_label.as_deref());
    let explanation = attributes.text("gen_ai.evaluation.explanation");
    Some(Feedback {
        value: label(sent_label, score),
        comment: explanation.or_else(|| failure.clone()).filter(|text| !text.is_empty()),
        correction: attributes.get("feedback.correction").map(json_text),
        source_kind: attributes.text("feedback.source").unwrap_or_else(|| "auto_eval".to_owned()),
        error: failure.is_some(),
        extra: response.map(|response| record::response_extra(&response)),
        created: time,
        modified: observed.or(time),
        ..said(named.map_or(made, FeedbackId), key, score, trace_id, run_id)
    })
}

fn json_text(value: &Value<'_>) -> String {
    String::from_utf8_lossy(&value.to_json()).into_owned()
}

fn of_entry(
    entry: &Entry<'_>,
    word: &str,
    about: About,
    index: usize,
    (trace_id, run_id, thread): (TraceId, RunId, Option<&str>),
) -> Option<Feedback> {
    let member = |name: &str| entry.get(&format!("{word}{name}"));
    let text = |name: &str| entry.text(&format!("{word}{name}")).filter(|text| !text.is_empty());
    let key = text("name")?;
    let score = member("score").and_then(score);
    let thread = thread.filter(|_| about == About::Thread).map(str::to_owned);
    let run_id = Some(run_id).filter(|_| about == About::Run);
    let kind = text("annotator_kind").unwrap_or_default();
    let subject = match (about, &thread) {
        (About::Thread, Some(thread)) => thread.clone(),
        (About::Run, _) => format!("{trace_id}{}", run_id.map(|id| id.to_string()).unwrap_or_default()),
        _ => trace_id.to_string(),
    };
    let identifier = text("identifier").unwrap_or_else(|| index.to_string());
    let source_kind = match kind.to_ascii_uppercase().as_str() {
        "LLM" => "model",
        "CODE" => "auto_eval",
        _ => "api",
    };
    Some(Feedback {
        thread: thread.clone(),
        value: label(text("label"), score),
        comment: text("explanation"),
        source_kind: source_kind.to_owned(),
        source_metadata: member("metadata").map(json_text).filter(|json| json.starts_with('{')),
        ..said(
            id(&["openinference", word, &subject, &key, &kind, &identifier]),
            key.clone(),
            score,
            Some(trace_id).filter(|_| thread.is_none()),
            run_id,
        )
    })
}

/// A judgement of which nothing more is known.
fn said(
    id: FeedbackId,
    key: String,
    score: Option<f64>,
    trace_id: Option<TraceId>,
    run_id: Option<RunId>,
) -> Feedback {
    Feedback {
        id,
        run_id,
        trace_id,
        project_id: None,
        thread: None,
        key,
        score,
        value: None,
        comment: None,
        correction: None,
        source_kind: "api".to_owned(),
        source_metadata: None,
        error: false,
        group_id: None,
        comparative_experiment_id: None,
        extra: None,
        reviewer: None,
        reviewer_name: None,
        retracted: None,
        supersedes: None,
        queue_item: None,
        created: None,
        modified: None,
    }
}
