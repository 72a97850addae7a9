//! Runs written out again, in the formats that other tools read.

use model::{RawFormat, RawRecord, RunId, TraceId};

use crate::{
    RunDetail, dialect, json, langsmith,
    otlp::{self, hex},
    preview, session,
    tidy::{Spaces, tidy},
};

/// Where a run stands in its trace, which its records alone do not tell.
#[derive(Debug, Clone)]
pub struct RunPlace {
    /// Trace as LangSmith names it: by the run id of its root.
    pub trace_id: TraceId,
    /// The run.
    pub run_id: RunId,
    /// Its parent.
    pub parent_run_id: Option<RunId>,
    /// Sortable path from the root (`langsmith-data.md` §1.3).
    pub dotted_order: String,
}

/// One run as a line of LangSmith JSON (`langsmith-data.md` §1.1).
pub fn langsmith_run(detail: &RunDetail, place: &RunPlace) -> String {
    let members = langsmith_members(detail, place);
    text_object(members.iter().map(|(key, value)| (key.as_str(), value.as_str())))
}

/// An object of members that are JSON already.
pub fn text_object<'a>(members: impl IntoIterator<Item = (&'a str, &'a str)>) -> String {
    let object = preview::object(members.into_iter().map(|(key, value)| (key, value.as_bytes())));
    String::from_utf8(object).unwrap_or_default()
}

/// The members of [`langsmith_run`], each value valid JSON.
pub fn langsmith_members(detail: &RunDetail, place: &RunPlace) -> Vec<(String, String)> {
    let fields = &detail.fields;
    let text = |value: &str| {
        let mut out = Vec::new();
        json::write_string(value, &mut out);
        out
    };
    let optional = |value: Option<&str>| value.map_or_else(|| b"null".to_vec(), text);
    let count =
        |value: Option<u64>| value.map_or_else(|| b"null".to_vec(), |value| value.to_string().into_bytes());
    let time =
        |value: Option<model::UnixNanos>| optional(value.map(model::UnixNanos::to_iso_micros).as_deref());
    let error = error_text(detail);
    let events: Vec<String> = detail
        .events
        .iter()
        .map(|event| {
            let entries = [
                ("name", text(&event.name)),
                ("time", time(event.time)),
                ("kwargs", event.attributes.clone().into_bytes()),
            ];
            String::from_utf8_lossy(&preview::object(
                entries.iter().map(|(key, value)| (*key, value.as_slice())),
            ))
            .into_owned()
        })
        .collect();
    let sent: Vec<_> =
        if is_langsmith(detail) { json::members(detail.attributes.as_bytes()).collect() } else { Vec::new() };
    let run_type = match fields.run_type {
        Some(run_type) => text(run_type.as_str()),
        // A type that is not known here stays what it is.
        None => sent
            .iter()
            .find(|(key, value)| key == "run_type" && value.first() == Some(&b'"'))
            .map_or_else(|| text(model::RunType::default().as_str()), |(_, value)| value.to_vec()),
    };
    // As it was sent, to the last line break.
    let sent_error = sent.iter().find(|(key, _)| key == "error").map(|(_, value)| value.to_vec());
    let entries: Vec<(&str, Vec<u8>)> = vec![
        ("id", text(&place.run_id.to_string())),
        ("trace_id", text(&place.trace_id.to_string())),
        ("parent_run_id", optional(place.parent_run_id.map(|id| id.to_string()).as_deref())),
        ("dotted_order", text(&place.dotted_order)),
        ("session_name", text(fields.project.as_deref().unwrap_or("default"))),
        ("name", text(fields.name.as_deref().unwrap_or_default())),
        ("run_type", run_type),
        ("status", text(fields.status().as_str())),
        ("start_time", time(fields.start)),
        ("end_time", time(fields.end)),
        ("first_token_time", time(fields.first_token)),
        ("inputs", detail.inputs.clone().unwrap_or_else(|| "{}".to_owned()).into_bytes()),
        ("outputs", detail.outputs.clone().unwrap_or_else(|| "null".to_owned()).into_bytes()),
        ("error", sent_error.unwrap_or_else(|| optional(error.as_deref()))),
        ("tags", serde_json::to_vec(&detail.tags).unwrap_or_else(|_| b"[]".to_vec())),
        ("extra", extra(detail)),
        ("events", format!("[{}]", events.join(",")).into_bytes()),
        ("prompt_tokens", count(fields.usage.input)),
        ("completion_tokens", count(fields.usage.output)),
        ("total_tokens", count(fields.usage.total())),
        (
            "prompt_token_details",
            details(&[
                ("cache_read", fields.usage.cache_read),
                ("cache_creation", fields.usage.cache_creation),
            ]),
        ),
        ("completion_token_details", details(&[("reasoning", fields.usage.reasoning)])),
        ("total_cost", optional(fields.cost.map(|cost| cost.to_string()).as_deref())),
    ];
    // Whatever else the run came with goes out again, such as its serialised component or its reference example.
    let rest =
        sent.iter().filter(|(key, _)| key != "metadata" && !entries.iter().any(|(known, _)| known == key));
    let rest: Vec<(String, String)> =
        rest.map(|(key, value)| (key.to_string(), tidy(value, Spaces::Drop))).collect();
    entries.iter().map(|(key, value)| ((*key).to_owned(), tidy(value, Spaces::Drop))).chain(rest).collect()
}

fn is_langsmith(detail: &RunDetail) -> bool {
    let dialect = detail.fields.dialect.as_deref();
    dialect.is_some_and(|dialect| dialect == langsmith::DIALECT || session::DIALECTS.contains(&dialect))
}

/// Class, message and stack trace as LangSmith's SDK writes them.
fn error_text(detail: &RunDetail) -> Option<String> {
    let Some(error) = &detail.error else { return detail.fields.error.clone() };
    let message = match &error.kind {
        Some(kind) if !error.message.starts_with(kind.as_str()) => format!("{kind}: {}", error.message),
        _ => error.message.clone(),
    };
    Some(match &error.stacktrace {
        Some(trace) => format!("{message}\n\n{trace}"),
        None => message,
    })
}

fn details(classes: &[(&str, Option<u64>)]) -> Vec<u8> {
    let known: Vec<(&str, String)> =
        classes.iter().filter_map(|(key, count)| Some((*key, (*count)?.to_string()))).collect();
    preview::object(known.iter().map(|(key, count)| (*key, count.as_bytes())))
}

/// Metadata with the keys by which LangSmith knows model, vendor and thread. A run that came in LangSmith's own words
/// has them already, wherever it keeps them.
fn extra(detail: &RunDetail) -> Vec<u8> {
    if is_langsmith(detail) {
        let own = json::member(detail.attributes.as_bytes(), "extra").unwrap_or(b"{}");
        let others = json::members(own).filter(|(key, _)| key != "metadata").collect::<Vec<_>>();
        return preview::object(
            std::iter::once(("metadata", detail.metadata.as_bytes()))
                .chain(others.iter().map(|(key, value)| (key.as_ref(), *value))),
        );
    }
    let known = [
        ("ls_model_name", detail.fields.model.as_deref()),
        ("ls_provider", detail.fields.provider.as_deref()),
        ("thread_id", detail.fields.thread.as_deref()),
    ];
    let texts: Vec<(&str, Vec<u8>)> = known
        .into_iter()
        .filter_map(|(key, value)| {
            let mut out = Vec::new();
            json::write_string(value?, &mut out);
            Some((key, out))
        })
        .collect();
    // A known key that holds no text (JSON that was sent as text) would not be read again.
    let is_unread =
        |key: &str, value: &[u8]| texts.iter().any(|(known, _)| *known == key) && json::text(value).is_none();
    let sent: Vec<_> =
        json::members(detail.metadata.as_bytes()).filter(|(key, value)| !is_unread(key, value)).collect();
    let missing = texts.iter().filter(|(key, _)| !sent.iter().any(|(name, _)| name == key));
    let metadata = preview::object(
        sent.iter()
            .map(|(key, value)| (key.as_ref(), *value))
            .chain(missing.map(|(key, value)| (*key, value.as_slice()))),
    );
    preview::object([("metadata", metadata.as_slice())])
}

/// The record of a span, or of a log record, as one line of OTLP/JSON; absent when it is a LangSmith run.
pub fn otlp_json(record: &RawRecord) -> Option<String> {
    let mut json = Vec::new();
    match record.format {
        RawFormat::OtlpSpan => otlp::for_each_span(&record.bytes, &mut |span, owner| {
            json.clear();
            otlp::write_span_json(span, owner, &mut json);
        }),
        RawFormat::OtlpLog => otlp::for_each_log(&record.bytes, &mut |log, owner| {
            json.clear();
            otlp::write_log_json(log, owner, &mut json);
        }),
        RawFormat::LangsmithRun => {}
    }
    (!json.is_empty()).then(|| String::from_utf8_lossy(&json).into_owned())
}

/// A LangSmith record as it is sent on to another endpoint. The project goes by its name, since its id is known only
/// here; `project` is the one to name instead of the record's own.
pub fn langsmith_operation(record: &RawRecord, project: Option<&str>) -> Vec<u8> {
    let project = project.or(record.project.as_deref()).map(|name| {
        let mut json = Vec::new();
        json::write_string(name, &mut json);
        json
    });
    let is_left_out = |key: &str| {
        key == "session_id" || (project.is_some() && matches!(key, "session_name" | "project_name"))
    };
    let members: Vec<_> = json::members(&record.bytes).filter(|(key, _)| !is_left_out(key)).collect();
    let members = members.iter().map(|(key, value)| (key.as_ref(), *value));
    preview::object(members.chain(project.as_deref().map(|name| ("session_name", name))))
}

/// Whether a LangSmith record says nothing but of which run it is: files that came without their run make such a one.
pub fn names_only_its_run(record: &RawRecord) -> bool {
    json::members(&record.bytes).all(|(key, _)| key == "id")
}

/// A LangSmith run as one line of OTLP/JSON, with the `langsmith.*` attributes that bring it back
/// (`langsmith-otel-filter-export.md` §9). OTLP has no times before 1970 and no ended runs without an end; such runs
/// come back without the time, and running.
pub fn langsmith_run_as_otlp_json(detail: &RunDetail, place: &RunPlace) -> String {
    let fields = &detail.fields;
    let mut attributes: Vec<serde_json::Value> = Vec::new();
    let mut put_value = |key: &str, value: serde_json::Value| {
        attributes.push(serde_json::json!({ "key": key, "value": value }));
    };
    let mut put = |key: &str, value: Option<String>| {
        if let Some(value) = value {
            put_value(key, serde_json::json!({ "stringValue": value }));
        }
    };
    put("langsmith.trace.id", Some(place.trace_id.to_string()));
    put("langsmith.span.id", Some(place.run_id.to_string()));
    put("langsmith.span.parent_id", place.parent_run_id.map(|id| id.to_string()));
    put("langsmith.span.dotted_order", Some(place.dotted_order.clone()));
    put("langsmith.span.kind", Some(fields.run_type.unwrap_or_default().as_str().to_owned()));
    put("langsmith.trace.name", fields.name.clone());
    put("langsmith.trace.session_name", Some(fields.project.clone().unwrap_or_else(|| "default".to_owned())));
    put("langsmith.span.tags", tags(&detail.tags));
    let reference = json::member(detail.attributes.as_bytes(), "reference_example_id").and_then(json::string);
    put("langsmith.reference_example_id", reference.map(std::borrow::Cow::into_owned));
    put("gen_ai.prompt", detail.inputs.clone());
    put("gen_ai.completion", detail.outputs.clone());
    put("gen_ai.response.model", fields.model.clone());
    put("gen_ai.provider.name", fields.provider.clone());
    put("gen_ai.usage.cost", fields.cost.map(|cost| cost.to_string()));
    let usage = serde_json::json!({
        "input_tokens": fields.usage.input,
        "output_tokens": fields.usage.output,
        "total_tokens": fields.usage.total(),
        "input_token_details": { "cache_read": fields.usage.cache_read, "cache_creation": fields.usage.cache_creation },
        "output_token_details": { "reasoning": fields.usage.reasoning },
    });
    put("langsmith.usage_metadata", Some(usage.to_string()).filter(|_| !fields.usage.is_empty()));
    for (key, value) in json::members(detail.metadata.as_bytes()) {
        put_value(&format!("langsmith.metadata.{key}"), any_value(value));
    }
    let error = error_text(detail);
    serde_json::json!({ "resourceSpans": [{ "scopeSpans": [{ "scope": { "name": "tracemark" }, "spans": [{
        "traceId": hex(place.trace_id.as_bytes()),
        "spanId": hex(&place.run_id.to_span_id()),
        "parentSpanId": place.parent_run_id.map(|id| hex(&id.to_span_id())),
        "name": fields.name,
        "kind": 1,
        "startTimeUnixNano": nanos(fields.start),
        "endTimeUnixNano": nanos(fields.end),
        "attributes": attributes,
        "events": events(detail),
        "status": { "code": if error.is_some() { 2 } else { 0 }, "message": error },
    }] }] }] })
    .to_string()
}

/// Zero is "not set".
fn nanos(time: Option<model::UnixNanos>) -> String {
    time.map_or(0, |time| time.0.max(0)).to_string()
}

/// Labels as LangSmith's exporters join them; as a list where a comma would split one.
fn tags(tags: &[String]) -> Option<String> {
    if tags.is_empty() {
        return None;
    }
    let joins =
        tags.iter().all(|tag| !tag.contains(',') && tag.trim() == tag && !tag.starts_with(['[', '{']));
    if joins { Some(tags.join(", ")) } else { serde_json::to_string(tags).ok() }
}

/// Events with their arguments, and one for the first token where none says it.
fn events(detail: &RunDetail) -> Vec<serde_json::Value> {
    let is_first_token = |name: &str| dialect::FIRST_TOKEN_EVENTS.contains(&name);
    let said = detail.events.iter().find(|event| is_first_token(&event.name)).and_then(|event| event.time);
    let first_token = detail.fields.first_token.filter(|time| said != Some(*time));
    let first =
        first_token.map(|time| serde_json::json!({ "name": "new_token", "timeUnixNano": nanos(Some(time)) }));
    let others = detail.events.iter().map(|event| {
        let attributes: Vec<_> = json::members(event.attributes.as_bytes())
            .map(|(key, value)| serde_json::json!({ "key": key, "value": any_value(value) }))
            .collect();
        serde_json::json!({ "name": event.name, "timeUnixNano": nanos(event.time), "attributes": attributes })
    });
    first.into_iter().chain(others).collect()
}

/// JSON as an attribute value; objects, lists and numbers that would lose digits as text.
fn any_value(value: &[u8]) -> serde_json::Value {
    let text = || String::from_utf8_lossy(value).into_owned();
    match value.first() {
        Some(b't' | b'f') => serde_json::json!({ "boolValue": value == b"true" }),
        Some(b'"') => serde_json::json!({ "stringValue": json::string(value) }),
        Some(b'{' | b'[') => serde_json::json!({ "stringValue": text() }),
        Some(b'n') | None => serde_json::json!({}),
        Some(_) => match text().parse::<i64>() {
            Ok(number) => serde_json::json!({ "intValue": number.to_string() }),
            Err(_) => match text().parse::<f64>() {
                Ok(number) if number.to_string() == text() => serde_json::json!({ "doubleValue": number }),
                _ => serde_json::json!({ "stringValue": text() }),
            },
        },
    }
}
