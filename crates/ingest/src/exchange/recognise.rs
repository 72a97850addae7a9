//! What kind of file of judgements or examples this is, by its content.

use model::Feedback;

use super::{chat, example_table, examples, otel, peers, preference, table};
use crate::{
    Reject,
    json::{self, member},
    langsmith,
};

/// What a file holds, other than runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Exchange {
    /// Feedback, in any format.
    Feedback,
    /// Examples of a dataset, one a line (`annotation-ux.md` §17.3).
    Examples,
    /// Conversations for fine-tuning (§17.4).
    Chat,
    /// Preferences (§17.5).
    Preferences,
    /// Answers of a queue that was handed out as a file (§14.6).
    Handout,
}

/// Recognises a file by its first bytes (some 64 KB of them); `None` when it is none of these.
pub fn recognise(prefix: &[u8]) -> Option<Exchange> {
    let text = prefix.strip_prefix(b"\xef\xbb\xbf").unwrap_or(prefix);
    if table::is_table(text) {
        return Some(Exchange::Feedback);
    }
    if example_table::is_table(text) {
        return Some(Exchange::Examples);
    }
    let start = json::skip_space(text, 0);
    first_record(&text[start..]).and_then(kind)
}

/// The first whole record, inside an array or a `data` member too.
fn first_record(text: &[u8]) -> Option<&[u8]> {
    if text.first() == Some(&b'[') {
        let start = json::skip_space(text, 1);
        let end = json::value_end(text, start).ok()?;
        return Some(&text[start..end]);
    }
    if text.first() != Some(&b'{') {
        return None;
    }
    if let Ok(end) = json::value_end(text, 0) {
        let value = &text[..end];
        return match member(value, "data").filter(|data| data.first() == Some(&b'[')) {
            Some(data) => json::elements(data).next(),
            None => Some(value),
        };
    }
    // A long answer of the form {"data": [ … of which only the beginning is here.
    if memchr::memmem::find(&text[..text.len().min(64)], b"\"tracemark_handout\"").is_some() {
        return Some(br#"{"tracemark_handout":1}"#);
    }
    let place = memchr::memmem::find(&text[..text.len().min(64)], b"\"data\"")?;
    let open = place + memchr::memchr(b'[', &text[place..])?;
    let start = json::skip_space(text, open + 1);
    let end = json::value_end(text, start).ok()?;
    Some(&text[start..end])
}

fn kind(value: &[u8]) -> Option<Exchange> {
    if has_any(value, &["tracemark_handout"]) {
        Some(Exchange::Handout)
    } else if is_feedback(value) || is_evaluations(value) {
        Some(Exchange::Feedback)
    } else if preference::is_preference(value) {
        Some(Exchange::Preferences)
    } else if chat::is_conversation(value) {
        Some(Exchange::Chat)
    } else if examples::is_example(value) {
        Some(Exchange::Examples)
    } else {
        None
    }
}

fn has_any(value: &[u8], keys: &[&str]) -> bool {
    json::members(value).any(|(key, _)| keys.contains(&key.as_ref()))
}

fn is_langsmith(value: &[u8]) -> bool {
    has_any(value, &["key"])
        && has_any(value, &["score", "value", "comment", "correction"])
        && has_any(value, &["run_id", "trace_id", "session_id", "feedback_thread_id"])
        && !has_any(value, &["run_type", "dotted_order"])
}

fn is_phoenix(value: &[u8]) -> bool {
    has_any(value, &["annotator_kind"]) && has_any(value, &["name"])
}

fn is_langfuse(value: &[u8]) -> bool {
    has_any(value, &["name"])
        && has_any(value, &["value", "stringValue"])
        && has_any(value, &["traceId", "observationId", "sessionId", "dataType"])
        && !has_any(value, &["startTime", "observations"])
}

fn is_feedback(value: &[u8]) -> bool {
    is_langsmith(value) || is_phoenix(value) || is_langfuse(value)
}

/// A request of log records that are evaluations, all of them: others tell of runs, and are read as such.
fn is_evaluations(value: &[u8]) -> bool {
    let logs = || {
        member(value, "resourceLogs")
            .into_iter()
            .flat_map(json::elements)
            .filter_map(|resource| member(resource, "scopeLogs"))
            .flat_map(json::elements)
            .filter_map(|scope| member(scope, "logRecords"))
            .flat_map(json::elements)
    };
    let count = logs().count();
    count > 0 && otel::read(value).len() == count
}

/// The feedback in one value: a record, an array of them, or an answer that holds them.
pub(super) fn records(value: &[u8]) -> Result<Vec<Result<Feedback, Reject>>, Reject> {
    if value.first() == Some(&b'[') {
        return Ok(json::elements(value).flat_map(one).collect());
    }
    match member(value, "data").filter(|data| data.first() == Some(&b'[')) {
        Some(data) => Ok(json::elements(data).flat_map(one).collect()),
        None => Ok(one(value)),
    }
}

fn one(value: &[u8]) -> Vec<Result<Feedback, Reject>> {
    let result = if is_phoenix(value) {
        vec![peers::read_phoenix(value)]
    } else if is_langsmith(value) {
        vec![langsmith::feedback::read(value, None)]
    } else if is_langfuse(value) {
        vec![peers::read_langfuse(value)]
    } else if member(value, "resourceLogs").is_some() {
        otel::read(value)
    } else {
        vec![Err("Not a feedback: it has neither a key with what it judges, nor the words of Phoenix, Langfuse or \
             OpenTelemetry".to_owned())]
    };
    result
        .into_iter()
        .map(|one| one.map_err(|message| Reject::new("invalid_feedback", message, value)))
        .collect()
}

/// What is done with a value, or with what is no value, and its line.
pub(super) type OnValue<'a> = dyn FnMut(Result<&[u8], Reject>, u64) + 'a;

/// Hands on each value of a text with the line that it begins in; what is broken, as a reject, up to the next line.
pub(super) fn each_value(text: &[u8], on_value: &mut OnValue<'_>) {
    let text = text.strip_prefix(b"\xef\xbb\xbf").unwrap_or(text);
    let mut line = 1;
    let mut counted = 0;
    let mut at = json::skip_space(text, 0);
    while at < text.len() {
        line += u64::try_from(memchr::memchr_iter(b'\n', &text[counted..at]).count()).unwrap_or(0);
        counted = at;
        match json::value_end(text, at) {
            Ok(end) => {
                on_value(Ok(&text[at..end]), line);
                at = json::skip_space(text, end);
            }
            Err(error) => {
                let reject = Reject::new(error.kind.code(), error.kind.message(), &text[at..]);
                on_value(Err(reject), line);
                let next = memchr::memchr(b'\n', &text[at..]).map_or(text.len(), |stop| at + stop + 1);
                at = json::skip_space(text, next);
            }
        }
    }
}
