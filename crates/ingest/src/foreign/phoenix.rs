//! Arize Phoenix: spans as its REST API and its command line write them, and as rows of its spans dataframe written with
//! `to_json(orient="records")`. Parquet is not read.
//!
//! A span has `context` (`trace_id`, `span_id`), `parent_id`, `span_kind`, times in ISO 8601, `status_code` in words, and
//! attributes of OpenInference, nested or under dotted names. A row of the dataframe has the same in columns:
//! `context.trace_id`, `attributes.llm.model_name`; its times may be milliseconds.

use super::{
    Found, listed,
    span::{Attributes, Span, id_bytes, time},
};
use crate::json::{self, member, members};

/// Attributes that OpenInference keeps as JSON in a text.
const JSON_ATTRIBUTES: [&str; 8] = [
    "metadata",
    "input.value",
    "output.value",
    "llm.invocation_parameters",
    "embedding.invocation_parameters",
    "llm.prompt_template.variables",
    "tool.parameters",
    "llm.function_call",
];
/// Members of a span that have a place of their own.
const READ: [&str; 12] = [
    "context",
    "context.trace_id",
    "context.span_id",
    "name",
    "span_kind",
    "parent_id",
    "start_time",
    "end_time",
    "status_code",
    "status_message",
    "attributes",
    "events",
];

/// Reads a span, a trace (`spans`) or a page of spans (`data`); `false` when the value is none of them.
pub(super) fn read(value: &[u8], path: &str, found: &mut Found) -> bool {
    if let Some((trace_id, span_id)) = ids(value) {
        span(value, path, (trace_id, span_id), found);
        return true;
    }
    for key in ["spans", "data"] {
        let is_list = listed(value, key, path).next().is_some_and(|(_, first)| ids(first).is_some());
        if is_list {
            for (path, element) in listed(value, key, path) {
                match ids(element) {
                    Some(ids) => span(element, &path, ids, found),
                    None => found.reject("missing_run_id", "The span has no ids", element, &path),
                }
            }
            return true;
        }
    }
    false
}

fn ids(value: &[u8]) -> Option<(String, String)> {
    let id = |key: &str, column: &str| {
        let nested = json::path(value, &["context", key]);
        nested.or_else(|| member(value, column)).and_then(json::string).map(std::borrow::Cow::into_owned)
    };
    Some((id("trace_id", "context.trace_id")?, id("span_id", "context.span_id")?))
}

fn text(value: &[u8], key: &str) -> Option<String> {
    member(value, key)
        .and_then(json::string)
        .map(std::borrow::Cow::into_owned)
        .filter(|text| !text.is_empty())
}

fn span(value: &[u8], path: &str, (trace_id, span_id): (String, String), found: &mut Found) {
    if trace_id.is_empty() || span_id.is_empty() {
        return found.reject("missing_run_id", "The span has no ids", value, path);
    }
    let is_whole = |key: &str| JSON_ATTRIBUTES.contains(&key) || key.ends_with(".metadata");
    let mut attributes = Attributes::default();
    if let Some(kind) = text(value, "span_kind") {
        attributes.put_text("openinference.span.kind", &kind.to_ascii_uppercase());
    }
    for (key, value) in members(member(value, "attributes").unwrap_or(b"{}")) {
        attributes.put_tree(&key, value, &is_whole, 0);
    }
    for (key, value) in members(value) {
        match key.strip_prefix("attributes.") {
            Some(name) => attributes.put_tree(name, value, &is_whole, 0),
            None if !READ.contains(&key.as_ref()) => attributes.put(&format!("phoenix.{key}"), value),
            None => {}
        }
    }
    let events = json::elements(member(value, "events").unwrap_or(b"[]")).map(|event| {
        let mut attributes = Attributes::default();
        for (key, value) in members(member(event, "attributes").unwrap_or(b"{}")) {
            attributes.put_tree(&key, value, &is_whole, 0);
        }
        let at = member(event, "timestamp").and_then(time);
        (text(event, "name").unwrap_or_default(), at, attributes)
    });
    let mut resource = Attributes::default();
    let project = text(value, "project_name").unwrap_or_else(|| "Phoenix export".to_owned());
    resource.put_text("openinference.project.name", &project);
    let at = |key: &str| member(value, key).and_then(time);
    let made = Span {
        trace_id: id_bytes(&trace_id),
        span_id: id_bytes(&span_id),
        parent: text(value, "parent_id").map(|id| id_bytes(&id)),
        name: text(value, "name").unwrap_or_default(),
        start: at("start_time"),
        end: at("end_time"),
        attributes,
        resource,
        scope: "phoenix",
        status: match text(value, "status_code").unwrap_or_default().to_ascii_uppercase().as_str() {
            "OK" => 1,
            "ERROR" => 2,
            _ => 0,
        },
        status_message: text(value, "status_message").unwrap_or_default(),
        events: events.collect(),
    };
    found.spans.push((path.to_owned(), made.into_request()));
}
