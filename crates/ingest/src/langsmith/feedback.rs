//! Feedback as LangSmith writes it (`langsmith-api.md` §10.1).

use model::{Feedback, FeedbackId, UnixNanos};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::json;

/// Whether a feedback that came over the protocol says what it must: what it is about, and what it judges there.
///
/// Feedback on a project has a `session_id` and no run, feedback on a conversation its thread, one that compares runs
/// names the comparison. The error says what is missing.
pub fn check(value: &[u8]) -> Result<(), String> {
    let text =
        |key: &str| json::member(value, key).and_then(json::text).filter(|text| !text.trim().is_empty());
    if !SUBJECTS.iter().any(|key| text(key).is_some()) {
        return Err("A feedback needs a run_id, trace_id or session_id: what it is about".to_owned());
    }
    if text("key").is_none() {
        return Err("A feedback needs a key: what it judges".to_owned());
    }
    check_score(json::member(value, "score").unwrap_or(b"null"))
}

/// Members that name what a feedback is about.
const SUBJECTS: [&str; 5] =
    ["run_id", "trace_id", "session_id", "feedback_thread_id", "comparative_experiment_id"];

/// Whether this is a score, or none at all.
pub fn check_score(value: &[u8]) -> Result<(), String> {
    if value == b"null" || score(value).is_some() {
        return Ok(());
    }
    let said: String = json::lossy(value).chars().take(80).collect();
    Err(format!("score is neither a number nor true or false: {said}; words belong in value"))
}

/// Reads a feedback object. `id` is the one that the transport names; the object's own wins.
///
/// The error says what is wrong with it. Texts, numbers and flags come in any of their spellings; null is absent.
pub fn read(value: &[u8], id: Option<&str>) -> Result<Feedback, String> {
    if value.first() != Some(&b'{') {
        return Err("A feedback is a JSON object".to_owned());
    }
    let member = |key: &str| json::member(value, key);
    let text = |key: &str| member(key).and_then(json::text).map(std::borrow::Cow::into_owned);
    let uuid = |key: &str| -> Result<Option<Uuid>, String> {
        match text(key).filter(|text| !text.is_empty()) {
            None => Ok(None),
            Some(text) => {
                let parsed = Uuid::try_parse(text.trim());
                parsed.map(Some).map_err(|_| {
                    format!("{key} is not a UUID: {}", text.chars().take(80).collect::<String>())
                })
            }
        }
    };
    let id = match (uuid("id")?, id) {
        (Some(id), _) => id,
        (None, Some(id)) => Uuid::try_parse(id).map_err(|_| "The feedback's id is not a UUID".to_owned())?,
        (None, None) => Uuid::from_bytes(super::operations::made_id(value)),
    };
    let json_of = |key: &str| member(key).map(|value| json::lossy(value).into_owned());
    let source = member("feedback_source").unwrap_or(b"{}");
    let source_text = |key: &str| {
        let text = json::member(source, key).and_then(json::text)?;
        Some(text.into_owned()).filter(|text| !text.is_empty())
    };
    let time = |key: &str| text(key).and_then(|text| UnixNanos::parse(&text).ok());
    Ok(Feedback {
        id: FeedbackId(id),
        run_id: uuid("run_id")?.map(model::RunId),
        trace_id: uuid("trace_id")?.map(model::TraceId),
        project_id: uuid("session_id")?,
        thread: text("feedback_thread_id"),
        key: text("key").filter(|key| !key.is_empty()).unwrap_or_else(|| "unnamed".to_owned()),
        score: member("score").and_then(score),
        value: json_of("value"),
        comment: text("comment"),
        correction: json_of("correction"),
        source_kind: json::member(source, "type")
            .and_then(json::text)
            .map_or_else(|| "api".to_owned(), std::borrow::Cow::into_owned),
        source_metadata: json::member(source, "metadata").map(|value| json::lossy(value).into_owned()),
        error: member("error") == Some(b"true"),
        group_id: uuid("feedback_group_id")?,
        comparative_experiment_id: uuid("comparative_experiment_id")?,
        extra: json_of("extra"),
        reviewer: source_text("user_id"),
        reviewer_name: source_text("user_name"),
        retracted: time("retracted_at"),
        supersedes: uuid("supersedes_id")?.map(FeedbackId),
        queue_item: uuid("queue_item_id")?,
        created: time("created_at"),
        modified: time("modified_at"),
    })
}

/// A feedback as it goes out.
pub fn write(feedback: &Feedback) -> Value {
    let raw = |text: Option<&str>| {
        text.and_then(|text| serde_json::from_str::<Value>(text).ok()).unwrap_or(Value::Null)
    };
    let time = |time: Option<UnixNanos>| time.map(UnixNanos::to_iso_micros);
    json!({
        "id": feedback.id.0,
        "run_id": feedback.run_id.map(|id| id.0).or(feedback.trace_id.map(|id| id.0)),
        "trace_id": feedback.trace_id.map(|id| id.0),
        "session_id": feedback.project_id,
        "feedback_thread_id": feedback.thread,
        "key": feedback.key,
        "score": feedback.score,
        "value": raw(feedback.value.as_deref()),
        "comment": feedback.comment,
        "correction": raw(feedback.correction.as_deref()),
        "feedback_source": {
            "type": feedback.source_kind,
            "metadata": raw(feedback.source_metadata.as_deref()),
            "user_id": feedback.reviewer,
            "user_name": feedback.reviewer_name,
            "ls_user_id": null,
        },
        "feedback_group_id": feedback.group_id,
        "comparative_experiment_id": feedback.comparative_experiment_id,
        "extra": raw(feedback.extra.as_deref()),
        "error": feedback.error,
        "created_at": time(feedback.created),
        "modified_at": time(feedback.modified),
        "is_root": feedback.run_id.map(|run| run.0) == feedback.trace_id.map(|trace| trace.0),
    })
}

/// A number, or a flag as one.
pub fn score(value: &[u8]) -> Option<f64> {
    match value {
        b"true" => Some(1.0),
        b"false" => Some(0.0),
        _ => json::text(value)?.trim().parse().ok().filter(|score: &f64| score.is_finite()),
    }
}
