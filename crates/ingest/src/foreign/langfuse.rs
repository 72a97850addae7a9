//! Langfuse: traces with their observations as the API and the trace page give them, and rows of observations, traces and
//! scores as the table and blob storage exports write them (names in camel case or in snake case).
//!
//! An observation becomes a span of Langfuse's SDK. A trace has no span of its own where one observation is its root;
//! otherwise it becomes one, above those that have no parent.

use model::{ContentHash, Feedback, FeedbackId, RunId, TraceId};
use uuid::Uuid;

use super::{
    Found, listed,
    span::{Attributes, Span, id_bytes, time},
};
use crate::json::{self, members};

/// Types of observations.
const TYPES: [&str; 10] = [
    "SPAN",
    "GENERATION",
    "EVENT",
    "EMBEDDING",
    "AGENT",
    "TOOL",
    "CHAIN",
    "RETRIEVER",
    "GUARDRAIL",
    "EVALUATOR",
];
/// Members of an observation in camel case, and the attribute that each becomes.
const OBSERVATION: [(&str, &str); 18] = [
    ("input", "langfuse.observation.input"),
    ("output", "langfuse.observation.output"),
    ("metadata", "langfuse.observation.metadata"),
    ("level", "langfuse.observation.level"),
    ("statusMessage", "langfuse.observation.status_message"),
    ("model", "langfuse.observation.model.name"),
    ("providedModelName", "langfuse.observation.model.name"),
    ("modelParameters", "langfuse.observation.model.parameters"),
    ("usageDetails", "langfuse.observation.usage_details"),
    ("usage", "langfuse.observation.usage_details"),
    ("costDetails", "langfuse.observation.cost_details"),
    ("promptName", "langfuse.observation.prompt.name"),
    ("promptVersion", "langfuse.observation.prompt.version"),
    ("completionStartTime", "langfuse.observation.completion_start_time"),
    ("version", "langfuse.version"),
    ("environment", "langfuse.environment"),
    ("sessionId", "session.id"),
    ("userId", "user.id"),
];
/// Members of a trace, which stand on rows of observations too.
const TRACE: [(&str, &str); 6] = [
    ("sessionId", "session.id"),
    ("userId", "user.id"),
    ("tags", "langfuse.trace.tags"),
    ("release", "langfuse.release"),
    ("public", "langfuse.trace.public"),
    ("environment", "langfuse.environment"),
];
/// Members with a place of their own.
const READ: [&str; 12] = [
    "id",
    "traceId",
    "type",
    "name",
    "startTime",
    "endTime",
    "parentObservationId",
    "timestamp",
    "observations",
    "scores",
    "traceName",
    "tags",
];

/// `trace_id` as `traceId`.
fn camel(key: &str) -> String {
    let mut out = String::with_capacity(key.len());
    let mut up = false;
    for character in key.chars() {
        if character == '_' {
            up = true;
        } else if up {
            out.extend(character.to_uppercase());
            up = false;
        } else {
            out.push(character);
        }
    }
    out
}

/// Members of a row by their names in camel case.
struct Sent<'v>(Vec<(String, &'v [u8])>);

impl<'v> Sent<'v> {
    fn read(value: &'v [u8]) -> Self {
        Self(members(value).map(|(key, value)| (camel(&key), value)).collect())
    }

    fn get(&self, key: &str) -> Option<&'v [u8]> {
        let found = self.0.iter().find(|(name, _)| name == key).map(|(_, value)| *value);
        found.filter(|value| *value != b"null")
    }

    fn text(&self, key: &str) -> Option<String> {
        self.get(key).and_then(json::text).map(std::borrow::Cow::into_owned).filter(|text| !text.is_empty())
    }

    fn is_observation(&self) -> bool {
        let kind = self.text("type").unwrap_or_default().to_ascii_uppercase();
        TYPES.contains(&kind.as_str()) && self.get("traceId").is_some() && self.get("runType").is_none()
    }

    fn is_score(&self) -> bool {
        let has = |key| self.get(key).is_some();
        has("name")
            && (has("traceId") || has("observationId") || has("sessionId"))
            && (has("dataType") || has("source"))
            && (has("value") || has("stringValue"))
            && !has("runType")
    }

    fn is_trace(&self) -> bool {
        let has = |key| self.get(key).is_some();
        has("id")
            && has("timestamp")
            && !has("runType")
            && ["observations", "bookmarked", "htmlPath", "sessionId", "userId", "release", "public"]
                .iter()
                .any(|key| self.0.iter().any(|(name, _)| name == key))
    }
}

/// Reads an export of Langfuse; `false` when the value is none.
pub(super) fn read(value: &[u8], path: &str, found: &mut Found) -> bool {
    let sent = Sent::read(value);
    if sent.is_observation() {
        observation(&sent, value, path, None, None, found);
        return true;
    }
    if sent.is_score() {
        score(&sent, value, path, found);
        return true;
    }
    // As the trace page writes it.
    if let (Some(trace), Some(_)) = (sent.get("trace"), sent.get("observations"))
        && Sent::read(trace).get("id").is_some()
    {
        whole_trace(trace, value, path, found);
        return true;
    }
    if sent.is_trace() {
        whole_trace(value, value, path, found);
        return true;
    }
    // A page of the API, a session with its traces.
    for key in ["data", "traces"] {
        let is_ours = listed(value, key, path).next().is_some_and(|(_, first)| {
            let first = Sent::read(first);
            first.is_observation() || first.is_trace() || first.is_score()
        });
        if is_ours {
            for (path, element) in listed(value, key, path) {
                if !read(element, &path, found) {
                    let message = "Neither a trace, an observation nor a score of Langfuse";
                    found.reject("not_a_trace", message, element, &path);
                }
            }
            return true;
        }
    }
    false
}

/// A trace, with the observations and scores that stand in `holder`.
fn whole_trace(trace: &[u8], holder: &[u8], path: &str, found: &mut Found) {
    let sent = Sent::read(trace);
    let Some(id) = sent.text("id") else {
        return found.reject("missing_run_id", "The trace has no id", trace, path);
    };
    let observations: Vec<(String, &[u8])> = listed(holder, "observations", path)
        // Older versions of the API list ids alone.
        .filter(|(_, observation)| observation.first() == Some(&b'{'))
        .collect();
    let known: std::collections::HashSet<String> =
        observations.iter().filter_map(|(_, observation)| Sent::read(observation).text("id")).collect();
    let is_root = |observation: &[u8]| {
        let parent = Sent::read(observation).text("parentObservationId");
        parent.is_none_or(|parent| !known.contains(&parent))
    };
    let mut roots = observations.iter().filter(|(_, observation)| is_root(observation));
    // A single root that does what the trace does stands for it; what only the trace has goes to its metadata.
    let stands_for_trace = |(_, observation): &(String, &[u8])| {
        let root = Sent::read(observation);
        let kind = root.text("type").unwrap_or_default().to_ascii_uppercase();
        let is_whole = |key: &&str| match sent.get(key) {
            None | Some(b"{}" | b"\"\"") => true,
            Some(said) => root.get(key).is_some_and(|own| is_same(said, own)),
        };
        matches!(kind.as_str(), "SPAN" | "CHAIN" | "AGENT") && ["input", "output"].iter().all(is_whole)
    };
    let root = roots.next().filter(|root| roots.next().is_none() && stands_for_trace(root));
    let own = root.is_none().then(|| id_bytes::<8>(&format!("trace {id}")));
    if let Some(span_id) = own {
        let ends = observations.iter().filter_map(|(_, observation)| {
            let sent = Sent::read(observation);
            sent.get("endTime").or_else(|| sent.get("startTime")).and_then(time)
        });
        let start = sent.get("timestamp").and_then(time);
        let mut attributes = Attributes::default();
        attributes.put_text("langfuse.observation.type", "span");
        for (key, name) in [
            ("input", "langfuse.observation.input"),
            ("output", "langfuse.observation.output"),
            ("metadata", "langfuse.observation.metadata"),
        ] {
            attributes.put(name, sent.get(key).unwrap_or(b"null"));
        }
        rest(&sent, &mut attributes);
        about_trace(&sent, &mut attributes);
        let made = Span {
            trace_id: id_bytes(&id),
            span_id,
            name: sent.text("name").unwrap_or_else(|| "trace".to_owned()),
            start,
            end: ends.max().or(start),
            attributes,
            ..in_export(&sent)
        };
        found.spans.push((path.to_owned(), made.into_request()));
    }
    for (path, element) in observations {
        let observed = Sent::read(element);
        let parent = own.filter(|_| is_root(element));
        observation(&observed, element, &path, parent, Some((&id, &sent)), found);
    }
    let inner = if std::ptr::eq(trace, holder) { b"{}" } else { trace };
    for (path, element) in listed(holder, "scores", path).chain(listed(inner, "scores", path)) {
        if element.first() == Some(&b'{') {
            score(&Sent::read(element), element, &path, found);
        }
    }
}

fn in_export(sent: &Sent<'_>) -> Span {
    let mut resource = Attributes::default();
    let project = sent.text("projectName").unwrap_or_else(|| "Langfuse export".to_owned());
    resource.put_text("service.name", &project);
    Span { resource, scope: "langfuse-sdk", ..Span::default() }
}

fn about_trace(sent: &Sent<'_>, attributes: &mut Attributes) {
    for (key, name) in TRACE {
        attributes.put(name, sent.get(key).unwrap_or(b"null"));
    }
}

/// Whether two values are the same JSON, however they are written.
fn is_same(one: &[u8], other: &[u8]) -> bool {
    let read = |value| serde_json::from_slice::<serde_json::Value>(value).ok();
    one == other || read(one).is_some_and(|one| read(other) == Some(one))
}

/// Puts what only the trace says on the observation that stands for it.
fn stand_for(trace: &Sent<'_>, root: &Sent<'_>, attributes: &mut Attributes) {
    for (key, value) in trace.get("metadata").into_iter().flat_map(members) {
        attributes.put(&format!("langfuse.trace.metadata.{key}"), value);
    }
    if let Some(name) = trace.text("name").filter(|name| root.text("name").as_ref() != Some(name)) {
        attributes.put_text("langfuse.trace.metadata.trace_name", &name);
    }
}

/// What no rule knows, so that nothing is lost.
fn rest(sent: &Sent<'_>, attributes: &mut Attributes) {
    for (key, value) in &sent.0 {
        let is_read =
            READ.contains(&key.as_str()) || OBSERVATION.iter().chain(&TRACE).any(|(known, _)| known == key);
        if !is_read {
            attributes.put(&format!("langfuse.export.{key}"), value);
        }
    }
}

fn observation(
    sent: &Sent<'_>,
    value: &[u8],
    path: &str,
    above: Option<[u8; 8]>,
    trace: Option<(&str, &Sent<'_>)>,
    found: &mut Found,
) {
    let Some(id) = sent.text("id") else {
        return found.reject("missing_run_id", "The observation has no id", value, path);
    };
    let trace_id = trace.map(|(id, _)| id.to_owned()).or_else(|| sent.text("traceId"));
    let Some(trace_id) = trace_id else {
        return found.reject("missing_trace_id", "The observation has no trace", value, path);
    };
    let mut attributes = Attributes::default();
    let kind = sent.text("type").unwrap_or_else(|| "SPAN".to_owned()).to_ascii_lowercase();
    attributes.put_text("langfuse.observation.type", &kind);
    attributes.put_text("langfuse.observation.id", &id);
    attributes.put_text("langfuse.trace.id", &trace_id);
    let mut known: Vec<&str> = Vec::new();
    for (key, name) in OBSERVATION {
        // Of two spellings the first that says something; older exports say nothing in an empty object.
        let value = sent.get(key).filter(|value| !matches!(*value, b"{}" | b"\"\"" | b"\"{}\""));
        if let Some(value) = value.filter(|_| !known.contains(&name)) {
            known.push(name);
            attributes.put(name, value);
        }
    }
    if !known.contains(&"langfuse.observation.cost_details") {
        cost(sent, &mut attributes);
    }
    rest(sent, &mut attributes);
    let about = trace.map_or(sent, |(_, trace)| trace);
    for (key, name) in TRACE {
        if !known.contains(&name) {
            attributes.put(name, about.get(key).unwrap_or(b"null"));
        }
    }
    let trace_name = sent.get("traceName").or_else(|| trace.and_then(|(_, trace)| trace.get("name")));
    attributes.put("langfuse.trace.name", trace_name.unwrap_or(b"null"));
    if let Some((_, trace)) = trace
        && above.is_none()
        && sent.get("parentObservationId").is_none()
    {
        stand_for(trace, sent, &mut attributes);
    }
    let is_error = sent.text("level").is_some_and(|level| level.eq_ignore_ascii_case("error"));
    let start = sent.get("startTime").and_then(time);
    let made = Span {
        trace_id: id_bytes(&trace_id),
        span_id: id_bytes(&id),
        parent: above.or_else(|| sent.text("parentObservationId").map(|parent| id_bytes(&parent))),
        name: sent.text("name").unwrap_or_else(|| kind.clone()),
        start,
        // An event happens at once.
        end: sent.get("endTime").and_then(time).or(start.filter(|_| kind == "event")),
        attributes,
        status: if is_error { 2 } else { 0 },
        status_message: sent.text("statusMessage").filter(|_| is_error).unwrap_or_default(),
        ..in_export(about)
    };
    found.spans.push((path.to_owned(), made.into_request()));
}

/// Costs in columns of their own.
fn cost(sent: &Sent<'_>, attributes: &mut Attributes) {
    let first =
        |keys: &[&str]| keys.iter().find_map(|key| sent.text(key)).and_then(|text| text.parse::<f64>().ok());
    let costs = [
        ("input", first(&["calculatedInputCost", "inputCost"])),
        ("output", first(&["calculatedOutputCost", "outputCost"])),
        ("total", first(&["calculatedTotalCost", "totalCost"])),
    ];
    let known: serde_json::Map<String, serde_json::Value> = costs
        .into_iter()
        .filter_map(|(key, cost)| Some((key.to_owned(), cost.filter(|cost| *cost > 0.0)?.into())))
        .collect();
    if !known.is_empty() {
        let json = serde_json::Value::Object(known).to_string();
        attributes.put_text("langfuse.observation.cost_details", &json);
    }
}

/// A score becomes feedback of its observation, else of its trace, else of its session.
fn score(sent: &Sent<'_>, value: &[u8], path: &str, found: &mut Found) {
    let Some(key) = sent.text("name") else {
        return found.reject("invalid_feedback", "The score has no name", value, path);
    };
    let trace = sent.text("traceId");
    let observation = sent.text("observationId");
    let session = sent.text("sessionId");
    if trace.is_none() && session.is_none() {
        let message = "The score names neither a trace nor a session";
        return found.reject("invalid_feedback", message, value, path);
    }
    let kind = sent.text("dataType").unwrap_or_default().to_ascii_uppercase();
    let number = sent.get("value").and_then(crate::langsmith::feedback::score);
    let label = sent.text("stringValue").filter(|_| kind != "BOOLEAN");
    let label = label.or_else(|| sent.text("value").filter(|_| number.is_none()));
    let id = sent.text("id").unwrap_or_else(|| String::from_utf8_lossy(value).into_owned());
    let id = Uuid::try_parse(&id).unwrap_or_else(|_| {
        let mut bytes = ContentHash::of_bytes(format!("langfuse-score\0{id}").as_bytes()).0;
        // A UUID of version 8 (RFC 9562 §5.8).
        bytes[6] = (bytes[6] & 0x0f) | 0x80;
        bytes[8] = (bytes[8] & 0x3f) | 0x80;
        Uuid::from_bytes(bytes)
    });
    let at = |keys: &[&str]| keys.iter().find_map(|key| sent.get(key)).and_then(time);
    let created = at(&["timestamp", "createdAt"]);
    found.decoded.feedback.push(Feedback {
        id: FeedbackId(id),
        run_id: observation.map(|id| RunId::from_span_id(id_bytes(&id))),
        trace_id: trace.as_ref().map(|id| TraceId::from_bytes(id_bytes(id))),
        project_id: None,
        thread: session.filter(|_| trace.is_none()),
        key,
        // What is a category is told by its words.
        score: number.filter(|_| kind != "CATEGORICAL"),
        value: label.map(|label| serde_json::Value::from(label).to_string()),
        comment: sent.text("comment"),
        correction: None,
        source_kind: match sent.text("source").unwrap_or_default().to_ascii_uppercase().as_str() {
            "EVAL" => "auto_eval",
            _ => "api",
        }
        .to_owned(),
        source_metadata: sent
            .get("metadata")
            .filter(|json| json.first() == Some(&b'{'))
            .map(|json| json::lossy(json).into_owned()),
        error: false,
        group_id: None,
        comparative_experiment_id: None,
        extra: None,
        reviewer: None,
        reviewer_name: None,
        retracted: None,
        supersedes: None,
        queue_item: None,
        created,
        modified: at(&["updatedAt"]).or(created),
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn runs_of_langsmith_and_other_objects_are_left_alone() {
        for value in [
            r#"{"id":"a","trace_id":"b","run_type":"llm","start_time":"2026-01-01T00:00:00Z"}"#,
            r#"{"id":"a","name":"b","session_id":"c","start_time":"2026-01-01T00:00:00Z"}"#,
            r#"{"type":"user","sessionId":"s","timestamp":"2026-01-01T00:00:00Z"}"#,
            r#"{"data":[]}"#,
            "{}",
        ] {
            assert!(!read(value.as_bytes(), "", &mut Found::default()), "{value}");
        }
    }
}
