//! Runs written out again, in the formats that other tools read.

use model::{RawFormat, RawRecord, RunId, TraceId};

use crate::{
    RunDetail, json,
    otlp::{self, hex},
    preview,
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
    let error = detail.error.as_ref().map(|error| match &error.stacktrace {
        Some(trace) => format!("{}\n\n{trace}", error.message),
        None => error.message.clone(),
    });
    let error = error.or_else(|| fields.error.clone());
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
    let entries: Vec<(&str, Vec<u8>)> = vec![
        ("id", text(&place.run_id.to_string())),
        ("trace_id", text(&place.trace_id.to_string())),
        ("parent_run_id", optional(place.parent_run_id.map(|id| id.to_string()).as_deref())),
        ("dotted_order", text(&place.dotted_order)),
        ("session_name", text(fields.project.as_deref().unwrap_or("default"))),
        ("name", text(fields.name.as_deref().unwrap_or_default())),
        ("run_type", text(fields.run_type.unwrap_or_default().as_str())),
        ("status", text(fields.status().as_str())),
        ("start_time", time(fields.start)),
        ("end_time", time(fields.end)),
        ("first_token_time", time(fields.first_token)),
        ("inputs", detail.inputs.clone().unwrap_or_else(|| "{}".to_owned()).into_bytes()),
        ("outputs", detail.outputs.clone().unwrap_or_else(|| "null".to_owned()).into_bytes()),
        ("error", optional(error.as_deref())),
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
    String::from_utf8_lossy(&preview::object(entries.iter().map(|(key, value)| (*key, value.as_slice()))))
        .into_owned()
}

fn details(classes: &[(&str, Option<u64>)]) -> Vec<u8> {
    let known: Vec<(&str, String)> =
        classes.iter().filter_map(|(key, count)| Some((*key, (*count)?.to_string()))).collect();
    preview::object(known.iter().map(|(key, count)| (*key, count.as_bytes())))
}

/// Metadata with the keys by which LangSmith knows model, vendor and thread.
fn extra(detail: &RunDetail) -> Vec<u8> {
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
    let sent: Vec<_> = json::members(detail.metadata.as_bytes()).collect();
    let missing = texts.iter().filter(|(key, _)| !sent.iter().any(|(name, _)| name == key));
    let metadata = preview::object(
        sent.iter()
            .map(|(key, value)| (key.as_ref(), *value))
            .chain(missing.map(|(key, value)| (*key, value.as_slice()))),
    );
    preview::object([("metadata", metadata.as_slice())])
}

/// A span's record as one line of OTLP/JSON; absent when the record is a LangSmith run.
pub fn otlp_json(record: &RawRecord) -> Option<String> {
    if record.format != RawFormat::OtlpSpan {
        return None;
    }
    let mut line = None;
    let _ = otlp::for_each_span(&record.bytes, &mut |span, owner, _, _| {
        let mut json = Vec::new();
        otlp::write_span_json(span, owner, &mut json);
        line = Some(String::from_utf8_lossy(&json).into_owned());
    });
    line
}

/// A LangSmith run as one line of OTLP/JSON, with the `langsmith.*` attributes that bring it back
/// (`langsmith-otel-filter-export.md` §9).
pub fn langsmith_run_as_otlp_json(detail: &RunDetail, place: &RunPlace) -> String {
    let fields = &detail.fields;
    let mut attributes: Vec<(String, String)> = vec![
        ("langsmith.trace.id".to_owned(), place.trace_id.to_string()),
        ("langsmith.span.id".to_owned(), place.run_id.to_string()),
        ("langsmith.span.dotted_order".to_owned(), place.dotted_order.clone()),
        ("langsmith.span.kind".to_owned(), fields.run_type.unwrap_or_default().as_str().to_owned()),
        ("langsmith.trace.name".to_owned(), fields.name.clone().unwrap_or_default()),
        (
            "langsmith.trace.session_name".to_owned(),
            fields.project.clone().unwrap_or_else(|| "default".to_owned()),
        ),
    ];
    let mut put =
        |key: &str, value: Option<String>| attributes.extend(value.map(|value| (key.to_owned(), value)));
    put("langsmith.span.parent_id", place.parent_run_id.map(|id| id.to_string()));
    put("gen_ai.prompt", detail.inputs.clone());
    put("gen_ai.completion", detail.outputs.clone());
    put("gen_ai.response.model", fields.model.clone());
    put("gen_ai.provider.name", fields.provider.clone());
    put("gen_ai.usage.cost", fields.cost.map(|cost| cost.to_string()));
    put("langsmith.span.tags", Some(detail.tags.join(", ")).filter(|tags| !tags.is_empty()));
    for (key, value) in json::members(detail.metadata.as_bytes()) {
        let text = json::text(value)
            .map_or_else(|| String::from_utf8_lossy(value).into_owned(), std::borrow::Cow::into_owned);
        attributes.push((format!("langsmith.metadata.{key}"), text));
    }
    let usage = serde_json::json!({
        "input_tokens": fields.usage.input,
        "output_tokens": fields.usage.output,
        "total_tokens": fields.usage.total(),
        "input_token_details": { "cache_read": fields.usage.cache_read, "cache_creation": fields.usage.cache_creation },
        "output_token_details": { "reasoning": fields.usage.reasoning },
    });
    if !fields.usage.is_empty() {
        attributes.push(("langsmith.usage_metadata".to_owned(), usage.to_string()));
    }
    let attributes: Vec<_> = attributes
        .into_iter()
        .map(|(key, value)| serde_json::json!({ "key": key, "value": { "stringValue": value } }))
        .collect();
    let nanos = |time: Option<model::UnixNanos>| time.map_or(0, |time| time.0.max(0)).to_string();
    let error = detail.error.as_ref().map(|error| error.message.clone()).or_else(|| fields.error.clone());
    serde_json::json!({ "resourceSpans": [{ "scopeSpans": [{ "scope": { "name": "tracemark" }, "spans": [{
        "traceId": hex(place.trace_id.as_bytes()),
        "spanId": hex(&place.run_id.to_span_id()),
        "parentSpanId": place.parent_run_id.map(|id| hex(&id.to_span_id())),
        "name": fields.name,
        "kind": 1,
        "startTimeUnixNano": nanos(fields.start),
        "endTimeUnixNano": nanos(fields.end),
        "attributes": attributes,
        "status": { "code": if error.is_some() { 2 } else { 0 }, "message": error },
    }] }] }] })
    .to_string()
}
