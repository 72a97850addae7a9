//! Everything that is shown when a run is opened, read from its raw records.
//!
//! Nothing of this is stored: a newer version of the rules shows old runs by the new rules.

use std::borrow::Cow;

use model::{RawFormat, RawRecord, RunFields, RunRecord, UnixNanos};

use crate::{
    dialect, interpret,
    json::{self, Object, elements},
    langsmith,
    otlp::{self, Owner, Span, hex},
    preview,
    tidy::{Spaces, tidy},
    value::Value,
};

/// More events of one name than this are folded into one (streamed chunks).
const MOST_LIKE_EVENTS: usize = 50;

/// An opened run. Texts named `…json` in the docs are valid JSON.
#[derive(Debug, Clone, Default)]
pub struct RunDetail {
    /// The merged fields.
    pub fields: RunFields,
    /// What went in: a JSON object.
    pub inputs: Option<String>,
    /// What came out: a JSON object.
    pub outputs: Option<String>,
    /// Metadata: a JSON object.
    pub metadata: String,
    /// Labels.
    pub tags: Vec<String>,
    /// Whom the application served, as it names them.
    pub user: Option<String>,
    /// The agent that the run is, or belongs to.
    pub agent: Option<String>,
    /// The tool that a tool's run called.
    pub tool: Option<String>,
    /// Name of the prompt in use.
    pub prompt: Option<String>,
    /// Failure.
    pub error: Option<ErrorDetail>,
    /// Events in order of time.
    pub events: Vec<RunEvent>,
    /// Links to other traces.
    pub links: Vec<RunLink>,
    /// Every attribute as received, with resource and scope: a JSON object.
    pub attributes: String,
    /// The records as received: a JSON array.
    pub raw: String,
}

/// Why a run failed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ErrorDetail {
    /// What went wrong.
    pub message: String,
    /// Class of the exception.
    pub kind: Option<String>,
    /// Where it went wrong.
    pub stacktrace: Option<String>,
}

/// Something that happened during a run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RunEvent {
    /// Name as sent.
    pub name: String,
    /// When.
    pub time: Option<UnixNanos>,
    /// A JSON object.
    pub attributes: String,
}

/// A reference to a run of another trace.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RunLink {
    /// 32 hexadecimal digits.
    pub trace_id: String,
    /// 16 hexadecimal digits.
    pub span_id: String,
    /// A JSON object.
    pub attributes: String,
}

/// Opens a run from all of its records.
pub fn detail(records: &[RawRecord]) -> RunDetail {
    let interpreted: Vec<_> = records.iter().filter_map(interpret).collect();
    let mut ranked: Vec<_> = interpreted.iter().collect();
    ranked.sort_by_key(|record| std::cmp::Reverse(record.precedence()));
    let mut merged = RunDetail { fields: model::merge(&interpreted), ..RunDetail::default() };
    let mut raws = Vec::new();
    // All that LangSmith's protocol said is one run by its own rules; it stands where its strongest record does.
    let mut langsmith = langsmith::merged(&ranked);
    let mut logs: Vec<&[u8]> = Vec::new();
    for record in ranked {
        let (one, raw) = match record.raw.format {
            RawFormat::OtlpSpan => of_span(&record.raw.bytes),
            RawFormat::OtlpLog => {
                logs.push(&record.raw.bytes);
                of_log(record)
            }
            RawFormat::LangsmithRun => {
                let one = langsmith.take().map(|run| of_run(&run)).unwrap_or_default();
                (one, text_of(&record.raw.bytes))
            }
        };
        raws.push(raw);
        merged.inputs = merged.inputs.or(one.inputs);
        merged.outputs = merged.outputs.or(one.outputs);
        merged.error = merged.error.or(one.error);
        merged.user = merged.user.or(one.user);
        merged.agent = merged.agent.or(one.agent);
        merged.tool = merged.tool.or(one.tool);
        merged.prompt = merged.prompt.or(one.prompt);
        merged.metadata = merge_objects(&merged.metadata, &one.metadata);
        merged.attributes = merge_objects(&merged.attributes, &one.attributes);
        for tag in one.tags {
            if !merged.tags.contains(&tag) {
                merged.tags.push(tag);
            }
        }
        // Two records may tell of the same events; one record may tell of equal ones that are not the same.
        let earlier = merged.events.len();
        for event in one.events {
            let is_known = |known: &RunEvent| known.name == event.name && known.time == event.time;
            if !merged.events[..earlier].iter().any(is_known) {
                merged.events.push(event);
            }
        }
        if merged.links.is_empty() {
            merged.links = one.links;
        }
    }
    if !logs.is_empty() && (merged.inputs.is_none() || merged.outputs.is_none()) {
        let payload = log_payload(&logs);
        merged.inputs = merged.inputs.or(payload.inputs.map(|json| text_of(&json)));
        merged.outputs = merged.outputs.or(payload.outputs.map(|json| text_of(&json)));
    }
    merged.events.sort_by_key(|event| event.time);
    merged.events = fold_chunks(&merged.events);
    merged.raw = format!("[{}]", raws.join(","));
    if merged.metadata.is_empty() {
        "{}".clone_into(&mut merged.metadata);
    }
    if merged.attributes.is_empty() {
        "{}".clone_into(&mut merged.attributes);
    }
    merged
}

/// Members of the stronger object, then those that only the weaker one has.
fn merge_objects(stronger: &str, weaker: &str) -> String {
    if stronger.is_empty() {
        return weaker.to_owned();
    }
    let strong: Vec<_> = json::members(stronger.as_bytes()).collect();
    let weak: Vec<_> = json::members(weaker.as_bytes())
        .filter(|(key, _)| !strong.iter().any(|(known, _)| known == key))
        .collect();
    if weak.is_empty() {
        return stronger.to_owned();
    }
    text_of(&preview::object(strong.iter().chain(&weak).map(|(key, value)| (key.as_ref(), *value))))
}

fn fold_chunks(events: &[RunEvent]) -> Vec<RunEvent> {
    let count_of = |name: &str| events.iter().filter(|event| event.name == name).count();
    let mut folded: Vec<RunEvent> = Vec::new();
    for event in events {
        let count = count_of(&event.name);
        if count <= MOST_LIKE_EVENTS {
            folded.push(event.clone());
        } else if !folded.iter().any(|known| known.name == event.name) {
            let last = events.iter().rev().find(|other| other.name == event.name).and_then(|last| last.time);
            let last = last.map_or_else(|| "null".to_owned(), |time| format!("\"{}\"", time.to_iso_micros()));
            folded.push(RunEvent {
                attributes: format!("{{\"events\":{count},\"last\":{last}}}"),
                ..event.clone()
            });
        }
    }
    folded
}

fn text_of(json: &[u8]) -> String {
    tidy(json, Spaces::Keep)
}

fn attributes_json(attributes: &[(Cow<'_, str>, Value<'_>)]) -> Vec<u8> {
    let values: Vec<(&str, Vec<u8>)> = attributes
        .iter()
        .map(|(key, value)| {
            let mut json = Vec::new();
            value.write_json(&mut json);
            (key.as_ref(), json)
        })
        .collect();
    preview::object(values.iter().map(|(key, value)| (*key, value.as_slice())))
}

/// The one span of a raw record.
fn of_span(raw: &[u8]) -> (RunDetail, String) {
    let mut found = (RunDetail::default(), "null".to_owned());
    otlp::for_each_span(raw, &mut |span, owner| {
        let mut json = Vec::new();
        otlp::write_span_json(span, owner, &mut json);
        found = (span_detail(span, owner), text_of(&json));
    });
    found
}

/// The one log record of a raw record; its content is told together with that of the others ([`log_payload`]).
fn of_log(record: &RunRecord) -> (RunDetail, String) {
    let mut found = (RunDetail::default(), "null".to_owned());
    otlp::for_each_log(&record.raw.bytes, &mut |log, owner| {
        let mut json = Vec::new();
        otlp::write_log_json(log, owner, &mut json);
        let mut attributes = log.span.attributes.clone();
        if log.body != Value::Null {
            attributes.push(("body".into(), log.body.clone()));
        }
        let attributes = text_of(&attributes_json(&attributes));
        let resource = attributes_json(&owner.resource);
        let event = RunEvent { name: log.span.name.to_string(), time: log.span.start(), attributes };
        let detail = RunDetail {
            metadata: text_of(&resource),
            attributes: text_of(&preview::object([("resource", resource.as_slice())])),
            // Where no span says more.
            error: record.fields.error.as_ref().map(|error| ErrorDetail {
                message: error.clone(),
                kind: None,
                stacktrace: None,
            }),
            events: Some(event).filter(|_| log.is_event()).into_iter().collect(),
            ..RunDetail::default()
        };
        found = (detail, text_of(&json));
    });
    found
}

/// Content that only log records hold, in the order in which it was told.
fn log_payload(raws: &[&[u8]]) -> dialect::Payload {
    let mut ordered = Vec::new();
    for raw in raws {
        otlp::for_each_log(raw, &mut |log, _| ordered.push((log.order(), *raw)));
    }
    ordered.sort();
    let mut joined = dialect::Joined::default();
    for (_, raw) in ordered {
        otlp::for_each_log(raw, &mut |log, _| joined.push(log));
    }
    joined.finish()
}

fn span_detail(span: &Span<'_>, owner: &Owner<'_>) -> RunDetail {
    let opened = dialect::open(span, owner);
    let payload = opened.payload;
    let error = opened.failure.map(|failure| ErrorDetail {
        message: failure.message,
        kind: failure.kind,
        stacktrace: failure.stacktrace,
    });
    let fields = serde_json::json!({
        "name": span.name,
        "kind": dialect::kind_of(span).unwrap_or("unspecified"),
        "trace_id": hex(&span.trace_id),
        "span_id": hex(&span.span_id),
        "parent_span_id": Some(hex(&span.parent_span_id)).filter(|id| !id.is_empty()),
        "trace_state": Some(&span.trace_state).filter(|state| !state.is_empty()),
        "flags": span.flags,
        "dropped_attributes": span.dropped_attributes,
        "dropped_events": span.dropped_events,
        "dropped_links": span.dropped_links,
    });
    let scope = serde_json::json!({ "name": owner.scope.name, "version": owner.scope.version });
    let attributes = preview::object([
        ("attributes", attributes_json(&span.attributes).as_slice()),
        ("span", fields.to_string().as_bytes()),
        ("resource", attributes_json(&owner.resource).as_slice()),
        ("scope", scope.to_string().as_bytes()),
    ]);
    RunDetail {
        inputs: payload.inputs.map(|json| text_of(&json)),
        outputs: payload.outputs.map(|json| text_of(&json)),
        metadata: text_of(&opened.metadata),
        tags: opened.tags,
        user: opened.user,
        agent: opened.agent,
        tool: opened.tool,
        prompt: opened.prompt,
        error,
        events: span
            .events
            .iter()
            .map(|event| RunEvent {
                name: event.name.to_string(),
                time: UnixNanos::from_unsigned(event.time).ok().filter(|time| time.0 != 0),
                attributes: text_of(&attributes_json(&event.attributes)),
            })
            .collect(),
        links: span
            .links
            .iter()
            .map(|link| RunLink {
                trace_id: hex(&link.trace_id),
                span_id: hex(&link.span_id),
                attributes: text_of(&attributes_json(&link.attributes)),
            })
            .collect(),
        attributes: text_of(&attributes),
        ..RunDetail::default()
    }
}

/// A LangSmith run.
fn of_run(raw: &[u8]) -> RunDetail {
    let Ok(run) = json::whole_value(raw) else { return RunDetail::default() };
    let sent = Object::read(run);
    let payload = |key: &str, single: &str| {
        sent.get(key).filter(|value| *value != b"{}" || key == "inputs").map(|value| {
            if value.first() == Some(&b'{') {
                text_of(value)
            } else {
                text_of(&preview::object([(single, value)]))
            }
        })
    };
    let extra = sent.get("extra").unwrap_or(b"{}");
    let metadata = json::member(extra, "metadata").or_else(|| sent.get("metadata"));
    let error = crate::langsmith::error_text(&sent).map(|error| {
        let (message, trace) = preview::split_error(&error);
        ErrorDetail {
            message: message.to_owned(),
            kind: message
                .split(['(', ':'])
                .next()
                .filter(|kind| kind.ends_with("Error") || kind.ends_with("Exception"))
                .map(str::to_owned),
            stacktrace: trace.map(str::to_owned),
        }
    });
    let events = sent.get("events").map(|events| {
        elements(events)
            .map(|event| RunEvent {
                name: json::member(event, "name").and_then(json::text).unwrap_or_default().into_owned(),
                time: json::member(event, "time")
                    .and_then(json::text)
                    .and_then(|time| UnixNanos::parse(&time).ok()),
                attributes: text_of(json::member(event, "kwargs").unwrap_or(b"{}")),
            })
            .collect()
    });
    let shown = ["inputs", "outputs", "events"];
    let rest: Vec<(&str, &[u8])> = sent.iter().filter(|(key, _)| !shown.contains(key)).collect();
    RunDetail {
        inputs: payload("inputs", "input"),
        outputs: payload("outputs", "output"),
        metadata: text_of(metadata.filter(|value| value.first() == Some(&b'{')).unwrap_or(b"{}")),
        tags: sent
            .get("tags")
            .map(|tags| elements(tags).filter_map(json::text).map(Cow::into_owned).collect())
            .unwrap_or_default(),
        error,
        events: events.unwrap_or_default(),
        attributes: text_of(&preview::object(rest)),
        ..RunDetail::default()
    }
}
