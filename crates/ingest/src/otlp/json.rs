//! OTLP in JSON, read with the tolerance of `otel-transport.md` §5: null is absent, integers may be text, numbers or
//! integral floats, enums may be names, ids any case of hexadecimal, empty lists may lack their `values`.

use std::borrow::Cow;

use base64::Engine as _;

use super::{
    Event, Link, Owner, Scope, Span, hex, not_read,
    proto::{MAX_VALUE_DEPTH, resource_span, write_resource, write_scope, write_span},
    span::Attributes,
    take_span,
};
use crate::{
    Context, DecodeError, Decoded, Reject,
    json::{self, JsonErrorKind, elements, members},
    value::Value,
};

pub(super) fn decode(bytes: &[u8], context: &Context) -> Result<Decoded, DecodeError> {
    let value = json::whole_value(bytes).map_err(|error| {
        let rest = bytes.get(error.offset..).unwrap_or_default();
        DecodeError(Reject::new(error.kind.code(), error.kind.message(), rest).at_offset(error.offset))
    })?;
    let mut out = Decoded::default();
    match value.first() {
        Some(b'[') => {
            for (index, element) in elements(value).enumerate() {
                request(element, &format!("[{index}]."), context, &mut out);
            }
        }
        Some(b'{') => request(value, "", context, &mut out),
        _ => {
            let message = "An OTLP/JSON request is an object with resourceSpans";
            return Err(DecodeError(Reject::new("not_a_trace", message, value)));
        }
    }
    if out.ignored > 0 {
        out.warnings.push(not_read(value));
    }
    out.warnings.extend(json::utf8_problem(bytes));
    Ok(out)
}

/// One request, or one element of its `resourceSpans`.
fn request(value: &[u8], prefix: &str, context: &Context, out: &mut Decoded) {
    let mut resource_index = 0;
    if json::member(value, "scopeSpans").is_some() {
        resource_spans(value, prefix.trim_end_matches('.'), context, out);
        return;
    }
    for (key, list) in members(value) {
        match key.as_ref() {
            "resourceSpans" => {
                for element in elements(list) {
                    resource_spans(
                        element,
                        &format!("{prefix}resourceSpans[{resource_index}]"),
                        context,
                        out,
                    );
                    resource_index += 1;
                }
            }
            "resourceLogs" => out.ignored += count_leaves(list, "scopeLogs", "logRecords"),
            "resourceMetrics" => out.ignored += count_leaves(list, "scopeMetrics", "metrics"),
            "resource_spans" | "scope_spans" | "resource_logs" => {
                let message = format!(
                    "The key {key} is not understood: OTLP/JSON writes resourceSpans, in lowerCamelCase"
                );
                out.warnings
                    .push(Reject::new("snake_case_key", message, value).at_path(format!("{prefix}{key}")));
            }
            _ => {}
        }
    }
}

/// Number of log records or metrics.
fn count_leaves(resources: &[u8], scopes: &str, leaves: &str) -> u64 {
    let count = elements(resources)
        .filter_map(|resource| json::member(resource, scopes))
        .flat_map(elements)
        .filter_map(|scope| json::member(scope, leaves))
        .map(|leaves| elements(leaves).count())
        .sum::<usize>();
    u64::try_from(count).unwrap_or(u64::MAX)
}

fn resource_spans(value: &[u8], path: &str, context: &Context, out: &mut Decoded) {
    let resource = json::path(value, &["resource", "attributes"]).map(read_attributes).unwrap_or_default();
    let schema_url = json::member(value, "schemaUrl").and_then(json::string).unwrap_or_default();
    let resource_bytes = write_resource(&resource);
    let Some(scopes) = json::member(value, "scopeSpans") else { return };
    for (scope_index, scope_spans) in elements(scopes).enumerate() {
        let scope = json::member(scope_spans, "scope").map(read_scope).unwrap_or_default();
        let scope_schema = json::member(scope_spans, "schemaUrl").and_then(json::string).unwrap_or_default();
        let scope_bytes = write_scope(&scope);
        let owner = Owner { resource: resource.clone(), scope };
        let Some(spans) = json::member(scope_spans, "spans") else { continue };
        for (span_index, element) in elements(spans).enumerate() {
            let path = || format!("{path}.scopeSpans[{scope_index}].spans[{span_index}]");
            if element.first() != Some(&b'{') {
                out.rejects.push(Reject::new("not_a_span", "A span is an object", element).at_path(path()));
                continue;
            }
            let span = read_span(element);
            let schema_urls = [schema_url.as_bytes(), scope_schema.as_bytes()];
            let raw = || resource_span(&resource_bytes, &scope_bytes, &write_span(&span), schema_urls);
            take_span(&span, &owner, raw, path, context, out);
        }
    }
}

fn text(value: &[u8]) -> Cow<'_, str> {
    json::string(value).unwrap_or_default()
}

/// Hexadecimal of any case; what is none has a wrong length and is refused with it.
fn read_id(value: &[u8]) -> Cow<'static, [u8]> {
    let text = text(value);
    let digits = text.as_bytes();
    if !digits.len().is_multiple_of(2) {
        return Cow::Owned(vec![1]);
    }
    let nibble = |byte: u8| char::from(byte).to_digit(16).and_then(|digit| u8::try_from(digit).ok());
    let bytes: Option<Vec<u8>> =
        digits.chunks(2).map(|pair| Some((nibble(pair[0])? << 4) | nibble(pair[1])?)).collect();
    Cow::Owned(bytes.unwrap_or_else(|| vec![1]))
}

fn unsigned(value: &[u8]) -> u64 {
    json::count(value).unwrap_or(0)
}

fn read_enum(value: &[u8], names: &[&str]) -> u64 {
    match json::string(value) {
        Some(name) => names
            .iter()
            .position(|known| name.ends_with(known))
            .and_then(|index| u64::try_from(index).ok())
            .unwrap_or_else(|| unsigned(value)),
        None => unsigned(value),
    }
}

fn read_scope(value: &[u8]) -> Scope<'_> {
    let mut scope = Scope::default();
    for (key, value) in members(value).filter(|(_, value)| *value != b"null") {
        match key.as_ref() {
            "name" => scope.name = text(value),
            "version" => scope.version = text(value),
            "attributes" => scope.attributes = read_attributes(value),
            _ => {}
        }
    }
    scope
}

fn read_span(value: &[u8]) -> Span<'_> {
    let mut span = Span::default();
    for (key, value) in members(value).filter(|(_, value)| *value != b"null") {
        match key.as_ref() {
            "traceId" => span.trace_id = read_id(value),
            "spanId" => span.span_id = read_id(value),
            "parentSpanId" => span.parent_span_id = read_id(value),
            "traceState" => span.trace_state = text(value),
            "name" => span.name = text(value),
            "kind" => {
                span.kind = read_enum(
                    value,
                    &["UNSPECIFIED", "INTERNAL", "SERVER", "CLIENT", "PRODUCER", "CONSUMER"],
                );
            }
            "flags" => span.flags = u32::try_from(unsigned(value)).unwrap_or(0),
            "startTimeUnixNano" => span.start = unsigned(value),
            "endTimeUnixNano" => span.end = unsigned(value),
            "attributes" => span.attributes = read_attributes(value),
            "droppedAttributesCount" => span.dropped_attributes = unsigned(value),
            "events" => span.events = elements(value).map(read_event).collect(),
            "droppedEventsCount" => span.dropped_events = unsigned(value),
            "links" => span.links = elements(value).map(read_link).collect(),
            "droppedLinksCount" => span.dropped_links = unsigned(value),
            "status" => {
                for (key, value) in members(value).filter(|(_, value)| *value != b"null") {
                    match key.as_ref() {
                        "code" => span.status_code = read_enum(value, &["UNSET", "OK", "ERROR"]),
                        "message" => span.status_message = text(value),
                        _ => {}
                    }
                }
            }
            _ => {}
        }
    }
    span
}

fn read_event(value: &[u8]) -> Event<'_> {
    let mut event = Event::default();
    for (key, value) in members(value).filter(|(_, value)| *value != b"null") {
        match key.as_ref() {
            "timeUnixNano" => event.time = unsigned(value),
            "name" => event.name = text(value),
            "attributes" => event.attributes = read_attributes(value),
            "droppedAttributesCount" => event.dropped_attributes = unsigned(value),
            _ => {}
        }
    }
    event
}

fn read_link(value: &[u8]) -> Link<'_> {
    let mut link = Link::default();
    for (key, value) in members(value).filter(|(_, value)| *value != b"null") {
        match key.as_ref() {
            "traceId" => link.trace_id = read_id(value),
            "spanId" => link.span_id = read_id(value),
            "traceState" => link.trace_state = text(value),
            "attributes" => link.attributes = read_attributes(value),
            "droppedAttributesCount" => link.dropped_attributes = unsigned(value),
            "flags" => link.flags = u32::try_from(unsigned(value)).unwrap_or(0),
            _ => {}
        }
    }
    link
}

fn read_attributes(value: &[u8]) -> Attributes<'_> {
    elements(value).map(|entry| read_key_value(entry, 0)).collect()
}

fn read_key_value(entry: &[u8], depth: usize) -> (Cow<'_, str>, Value<'_>) {
    let mut key = Cow::Borrowed("");
    let mut value = Value::Null;
    for (name, slice) in members(entry).filter(|(_, value)| *value != b"null") {
        match name.as_ref() {
            "key" => key = text(slice),
            "value" => value = read_value(slice, depth),
            _ => {}
        }
    }
    (key, value)
}

fn read_value(value: &[u8], depth: usize) -> Value<'_> {
    if depth >= MAX_VALUE_DEPTH {
        return Value::Null;
    }
    for (key, value) in members(value).filter(|(_, value)| *value != b"null") {
        return match key.as_ref() {
            "stringValue" => Value::Text(json::text(value).unwrap_or_default()),
            "boolValue" => {
                Value::Bool(json::text(value).is_some_and(|text| text.eq_ignore_ascii_case("true")))
            }
            "intValue" => read_int(value),
            "doubleValue" => read_double(value),
            "arrayValue" => {
                let values = json::member(value, "values")
                    .map(|list| elements(list).map(|item| read_value(item, depth + 1)).collect());
                Value::Array(values.unwrap_or_default())
            }
            "kvlistValue" => {
                let entries = json::member(value, "values")
                    .map(|list| elements(list).map(|item| read_key_value(item, depth + 1)).collect());
                Value::Map(entries.unwrap_or_default())
            }
            "bytesValue" => {
                let text = text(value);
                match base64::engine::general_purpose::STANDARD.decode(text.as_bytes()) {
                    Ok(bytes) => Value::Bytes(Cow::Owned(bytes)),
                    Err(_) => Value::Text(text),
                }
            }
            _ => continue,
        };
    }
    Value::Null
}

fn read_int(value: &[u8]) -> Value<'_> {
    let Some(text) = json::text(value) else { return Value::Null };
    match text.parse() {
        Ok(number) => Value::Int(number),
        // An integral float, or a number beyond 64 bits, which stays what it is.
        Err(_) => match text
            .parse::<f64>()
            .ok()
            .filter(|number| number.fract() == 0.0)
            .map(|number| format!("{number:.0}").parse())
        {
            Some(Ok(number)) => Value::Int(number),
            _ => Value::Text(text),
        },
    }
}

fn read_double(value: &[u8]) -> Value<'_> {
    match json::text(value) {
        None => Value::Null,
        Some(text) => match text.as_ref() {
            "Infinity" => Value::Double(f64::INFINITY),
            "-Infinity" => Value::Double(f64::NEG_INFINITY),
            "NaN" => Value::Double(f64::NAN),
            number => number.parse().map_or(Value::Text(text.clone()), Value::Double),
        },
    }
}

/// See [`super::salvage_json`].
pub(super) fn salvage(bytes: &[u8]) -> Option<Vec<u8>> {
    let start = json::skip_space(bytes, 0);
    json::value_end(bytes, start).err().filter(|error| error.kind == JsonErrorKind::Truncated)?;
    // Closing brackets that are owed, and where the last whole span ended with what was owed there.
    let mut owed: Vec<u8> = Vec::new();
    let mut last_key: Option<&[u8]> = None;
    let mut in_spans: Vec<bool> = Vec::new();
    let mut cut: Option<(usize, Vec<u8>)> = None;
    let mut at = start;
    while at < bytes.len() {
        match bytes[at] {
            b'"' => {
                let Some(length) = string_length(&bytes[at..]) else { break };
                last_key = bytes.get(at + 1..at + length - 1);
                at += length;
                continue;
            }
            b'{' => {
                owed.push(b'}');
                in_spans.push(false);
            }
            b'[' => {
                owed.push(b']');
                // `child_runs` is not one: a run that is cut off within it lacks what follows it.
                in_spans.push(matches!(last_key, Some(b"spans" | b"runs")));
            }
            b'}' | b']' => {
                owed.pop();
                in_spans.pop();
                if in_spans.last() == Some(&true) {
                    cut = Some((at + 1, owed.clone()));
                }
            }
            _ => {}
        }
        at += 1;
    }
    close(bytes, cut)
}

fn string_length(text: &[u8]) -> Option<usize> {
    let mut at = 1;
    loop {
        match *text.get(at)? {
            b'"' => return Some(at + 1),
            b'\\' => at += 2,
            _ => at += 1,
        }
    }
}

fn close(bytes: &[u8], cut: Option<(usize, Vec<u8>)>) -> Option<Vec<u8>> {
    let (end, owed) = cut?;
    let mut whole = bytes[..end].to_vec();
    whole.extend(owed.iter().rev());
    Some(whole)
}

// ---- writing, for the raw view and export ----

fn write_hex(key: &str, id: &[u8], out: &mut Vec<u8>) {
    out.extend_from_slice(format!("\"{key}\":\"{}\",", hex(id)).as_bytes());
}

fn write_text(key: &str, text: &str, out: &mut Vec<u8>) {
    if !text.is_empty() {
        out.extend_from_slice(format!("\"{key}\":").as_bytes());
        json::write_string(text, out);
        out.push(b',');
    }
}

fn write_number(key: &str, number: u64, out: &mut Vec<u8>) {
    if number != 0 {
        out.extend_from_slice(format!("\"{key}\":{number},").as_bytes());
    }
}

fn write_list<T>(key: &str, items: &[T], write: impl Fn(&T, &mut Vec<u8>), out: &mut Vec<u8>) {
    if items.is_empty() {
        return;
    }
    out.extend_from_slice(format!("\"{key}\":[").as_bytes());
    for (index, item) in items.iter().enumerate() {
        if index > 0 {
            out.push(b',');
        }
        write(item, out);
    }
    out.extend_from_slice(b"],");
}

/// Closes an object whose last member left a comma.
fn end_object(out: &mut Vec<u8>) {
    if out.last() == Some(&b',') {
        out.pop();
    }
    out.push(b'}');
}

fn write_key_value(entry: &(Cow<'_, str>, Value<'_>), out: &mut Vec<u8>) {
    out.extend_from_slice(b"{\"key\":");
    json::write_string(&entry.0, out);
    out.extend_from_slice(b",\"value\":");
    write_value(&entry.1, out);
    out.push(b'}');
}

fn write_value(value: &Value<'_>, out: &mut Vec<u8>) {
    let name = match value {
        Value::Null => {
            out.extend_from_slice(b"{}");
            return;
        }
        Value::Bool(_) => "boolValue",
        Value::Int(number) => {
            out.extend_from_slice(format!("{{\"intValue\":\"{number}\"}}").as_bytes());
            return;
        }
        Value::Double(number) if !number.is_finite() => {
            let text = if number.is_nan() {
                "NaN"
            } else if *number > 0.0 {
                "Infinity"
            } else {
                "-Infinity"
            };
            out.extend_from_slice(format!("{{\"doubleValue\":\"{text}\"}}").as_bytes());
            return;
        }
        Value::Double(_) => "doubleValue",
        Value::Text(_) => "stringValue",
        Value::Bytes(_) => "bytesValue",
        Value::Array(values) => {
            out.extend_from_slice(b"{\"arrayValue\":{");
            write_list("values", values, |value, out| write_value(value, out), out);
            end_object(out);
            out.push(b'}');
            return;
        }
        Value::Map(entries) => {
            out.extend_from_slice(b"{\"kvlistValue\":{");
            write_list("values", entries, write_key_value, out);
            end_object(out);
            out.push(b'}');
            return;
        }
    };
    out.extend_from_slice(format!("{{\"{name}\":").as_bytes());
    value.write_json(out);
    out.push(b'}');
}

/// A `TracesData` object with this one span, on one line.
pub(crate) fn write_span_json(span: &Span<'_>, owner: &Owner<'_>, out: &mut Vec<u8>) {
    out.extend_from_slice(b"{\"resourceSpans\":[{\"resource\":{");
    write_list("attributes", &owner.resource, write_key_value, out);
    end_object(out);
    out.extend_from_slice(b",\"scopeSpans\":[{\"scope\":{");
    write_text("name", &owner.scope.name, out);
    write_text("version", &owner.scope.version, out);
    write_list("attributes", &owner.scope.attributes, write_key_value, out);
    end_object(out);
    out.extend_from_slice(b",\"spans\":[{");
    write_hex("traceId", &span.trace_id, out);
    write_hex("spanId", &span.span_id, out);
    if !span.parent_span_id.is_empty() {
        write_hex("parentSpanId", &span.parent_span_id, out);
    }
    write_text("traceState", &span.trace_state, out);
    write_text("name", &span.name, out);
    write_number("kind", span.kind, out);
    write_number("flags", span.flags.into(), out);
    out.extend_from_slice(
        format!("\"startTimeUnixNano\":\"{}\",\"endTimeUnixNano\":\"{}\",", span.start, span.end).as_bytes(),
    );
    write_list("attributes", &span.attributes, write_key_value, out);
    write_number("droppedAttributesCount", span.dropped_attributes, out);
    let write_event = |event: &Event<'_>, out: &mut Vec<u8>| {
        out.extend_from_slice(format!("{{\"timeUnixNano\":\"{}\",", event.time).as_bytes());
        write_text("name", &event.name, out);
        write_list("attributes", &event.attributes, write_key_value, out);
        write_number("droppedAttributesCount", event.dropped_attributes, out);
        end_object(out);
    };
    write_list("events", &span.events, write_event, out);
    write_number("droppedEventsCount", span.dropped_events, out);
    let write_link = |link: &Link<'_>, out: &mut Vec<u8>| {
        out.push(b'{');
        write_hex("traceId", &link.trace_id, out);
        write_hex("spanId", &link.span_id, out);
        write_text("traceState", &link.trace_state, out);
        write_list("attributes", &link.attributes, write_key_value, out);
        write_number("droppedAttributesCount", link.dropped_attributes, out);
        write_number("flags", link.flags.into(), out);
        end_object(out);
    };
    write_list("links", &span.links, write_link, out);
    write_number("droppedLinksCount", span.dropped_links, out);
    out.extend_from_slice(b"\"status\":{");
    write_number("code", span.status_code, out);
    write_text("message", &span.status_message, out);
    end_object(out);
    out.extend_from_slice(b"}]}]}]}");
}
