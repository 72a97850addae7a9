//! A feedback as the members of a LangSmith record (`annotation-ux.md` §17.1, `langsmith-cost-feedback-queues.md` §7.1).
//!
//! Members are texts of JSON, never trees: numbers keep their digits and objects their order, so that what is read
//! back is the same.

use model::{Feedback, UnixNanos};

use super::WriteOptions;
use crate::{
    export::text_object,
    json, langsmith,
    tidy::{Spaces, tidy},
};

/// Names with JSON.
pub(super) type Members = Vec<(&'static str, String)>;

/// JSON of a text.
pub(super) fn quoted(text: &str) -> String {
    let mut out = Vec::new();
    json::write_string(text, &mut out);
    String::from_utf8(out).unwrap_or_default()
}

/// JSON of a number: whole numbers without a point, as LangSmith writes them.
pub(super) fn number(value: f64) -> String {
    if value.fract() == 0.0 && value.abs() < 1e15 {
        format!("{value:.0}")
    } else {
        serde_json::to_string(&value).unwrap_or_else(|_| "null".to_owned())
    }
}

pub(super) fn or_null(value: Option<String>) -> String {
    value.unwrap_or_else(|| "null".to_owned())
}

fn time(value: Option<UnixNanos>) -> Option<String> {
    value.map(|time| quoted(&iso(time)))
}

/// Microseconds, and nanoseconds only where there are any.
pub(super) fn iso(time: UnixNanos) -> String {
    if time.0 % 1000 == 0 { time.to_iso_micros() } else { time.to_iso_nanos() }
}

/// What is kept of an evaluation that names the judged response and not the run.
pub(crate) fn response_extra(response: &str) -> String {
    object(&[(super::otel::name::RESPONSE, quoted(response))])
}

/// The judged response, see [`response_extra`].
pub fn response_of(feedback: &Feedback) -> Option<String> {
    let extra = feedback.extra.as_deref().filter(|_| feedback.run_id.is_none())?;
    json::member(extra.as_bytes(), super::otel::name::RESPONSE)
        .and_then(json::string)
        .map(std::borrow::Cow::into_owned)
}

/// One line of JSON, strict, whatever spaces it came with.
fn compact(json: &str) -> String {
    tidy(json.as_bytes(), Spaces::Drop)
}

/// The members of a record in LangSmith's order; null where nothing is said. What only this application knows comes
/// last and only where it is said.
pub(super) fn members(feedback: &Feedback) -> Members {
    let id = |id: Option<uuid::Uuid>| or_null(id.map(|id| quoted(&id.to_string())));
    let text = |text: Option<&String>| or_null(text.map(|text| quoted(text)));
    let raw = |json: Option<&String>| or_null(json.map(|json| compact(json)));
    let source = text_object([
        ("type", quoted(&feedback.source_kind).as_str()),
        ("user_id", &text(feedback.reviewer.as_ref())),
        ("user_name", &text(feedback.reviewer_name.as_ref())),
        ("metadata", &raw(feedback.source_metadata.as_ref())),
    ]);
    let mut members = vec![
        ("id", quoted(&feedback.id.to_string())),
        ("created_at", or_null(time(feedback.created))),
        ("modified_at", or_null(time(feedback.modified))),
        ("session_id", id(feedback.project_id)),
        ("run_id", id(feedback.run_id.map(|id| id.0))),
        ("trace_id", id(feedback.trace_id.map(|id| id.0))),
        ("key", quoted(&feedback.key)),
        ("score", or_null(feedback.score.map(number))),
        ("value", raw(feedback.value.as_ref())),
        ("comment", text(feedback.comment.as_ref())),
        ("correction", raw(feedback.correction.as_ref())),
        ("feedback_source", source),
        ("feedback_group_id", id(feedback.group_id)),
        ("comparative_experiment_id", id(feedback.comparative_experiment_id)),
        ("feedback_thread_id", text(feedback.thread.as_ref())),
        ("extra", raw(feedback.extra.as_ref())),
    ];
    let flag = feedback.error.then(|| "true".to_owned());
    let own = [
        ("error", flag),
        ("queue_item_id", feedback.queue_item.map(|id| quoted(&id.to_string()))),
        ("supersedes_id", feedback.supersedes.map(|id| quoted(&id.to_string()))),
        ("retracted_at", time(feedback.retracted)),
    ];
    members.extend(own.into_iter().filter_map(|(key, value)| Some((key, value?))));
    members
}

/// One LangSmith record, which is also the body of `POST /feedback`.
pub fn line(feedback: &Feedback) -> String {
    object(&members(feedback))
}

pub(super) fn object(members: &[(&str, String)]) -> String {
    text_object(members.iter().map(|(key, value)| (*key, value.as_str())))
}

/// What a format has no words for: every member that says something and is not in `told`, as one object.
pub(super) fn rest(feedback: &Feedback, told: &[&str]) -> String {
    let members: Members =
        members(feedback).into_iter().filter(|(key, value)| !told.contains(key) && value != "null").collect();
    object(&members)
}

/// Puts a record together: what the format says itself, then what [`rest`] kept. A member that is said twice counts as
/// the format says it.
pub(super) fn assemble(said: &[(&str, String)], rest: Option<&[u8]>) -> Result<Feedback, String> {
    let mut all: Vec<(String, String)> = said
        .iter()
        .filter(|(_, value)| value != "null")
        .map(|(key, value)| ((*key).to_owned(), value.clone()))
        .collect();
    for (key, value) in rest.map(json::members).into_iter().flatten() {
        if !all.iter().any(|(known, _)| *known == key) {
            all.push((key.into_owned(), json::lossy(value).into_owned()));
        }
    }
    let text = text_object(all.iter().map(|(key, value)| (key.as_str(), value.as_str())));
    langsmith::feedback::read(text.as_bytes(), None)
}

/// The feedback without what is private and was not asked for.
pub fn for_others(feedback: &Feedback, options: WriteOptions) -> Feedback {
    let mut feedback = feedback.clone();
    if !options.names {
        feedback.reviewer_name = None;
    }
    if !options.timing {
        for text in [&mut feedback.extra, &mut feedback.source_metadata] {
            *text = text.as_deref().map(|text| without_member(text, "duration_ms"));
        }
    }
    feedback
}

fn without_member(object: &str, name: &str) -> String {
    let bytes = object.as_bytes();
    if bytes.first() != Some(&b'{') || json::member(bytes, name).is_none() {
        return object.to_owned();
    }
    let kept: Vec<(String, String)> = json::members(bytes)
        .filter(|(key, _)| key != name)
        .map(|(key, value)| (key.into_owned(), json::lossy(value).into_owned()))
        .collect();
    text_object(kept.iter().map(|(key, value)| (key.as_str(), value.as_str())))
}
