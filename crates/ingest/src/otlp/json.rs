//! OTLP in JSON, read with the tolerance of `otel-transport.md` §5: null is absent, integers may be text, numbers or
//! integral floats, enums may be names, ids any case of hexadecimal, empty lists may lack their `values`. Names in
//! snake_case are not OTLP/JSON, but every protobuf library can write them, so they are read and said.

use std::borrow::Cow;

use base64::Engine as _;

use super::{
    Event, Link, LogRecord, Owner, Scope, Span, hex,
    log::take_log,
    not_read,
    proto::{MAX_VALUE_DEPTH, resource_span, write_log, write_resource, write_scope, write_span},
    span::Attributes,
    take_span,
};
use crate::{
    Context, DecodeError, Decoded, Reject,
    json::{self, JsonErrorKind, each_element, elements, skip},
    value::{Value, non_finite},
};

pub(super) fn decode(bytes: &[u8], context: &Context) -> Result<Decoded, DecodeError> {
    let told = |bytes: &[u8], error: &json::JsonError| {
        let rest = bytes.get(error.offset..).unwrap_or_default();
        Reject::new(error.kind.code(), error.kind.message(), rest).at_offset(error.offset)
    };
    // The mark that some editors and shells put before a text.
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    let mut out = Decoded::of_input(bytes.len());
    // Too deep a value is left out like one in protobuf, and takes nothing beside it along.
    let flat;
    let (bytes, value) = match json::whole_value(bytes) {
        Ok(value) => (bytes, value),
        Err(error) if error.kind == JsonErrorKind::TooDeep => {
            let mut warning = told(bytes, &error);
            warning.message.push_str("; the values below are left out");
            flat = json::without_depths(bytes);
            let value = json::whole_value(&flat).map_err(|error| DecodeError(told(&flat, &error)))?;
            out.warnings.push(warning);
            (flat.as_slice(), value)
        }
        Err(error) => return Err(DecodeError(told(bytes, &error))),
    };
    match value.first() {
        Some(b'[') => {
            let mut index = 0;
            each_element(value, 0, |at| {
                let end = request(value, at, &format!("[{index}]."), context, &mut out);
                index += 1;
                end
            });
        }
        Some(b'{') => {
            request(value, 0, "", context, &mut out);
        }
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

/// One request, or one element of its `resourceSpans`. Like all that read here, gives the end of what it read.
fn request(text: &[u8], at: usize, prefix: &str, context: &Context, out: &mut Decoded) -> usize {
    let mut resource_index = 0;
    let mut is_element = false;
    let mut snake_case = None;
    let end =
        json::each_member(text, at, |sent, start| match camel_case(sent.clone(), &mut snake_case).as_ref() {
            "resourceSpans" => each_element(text, start, |at| {
                let path = format!("{prefix}resourceSpans[{resource_index}]");
                resource_index += 1;
                resource(text, at, &path, &SPANS, context, out)
            }),
            "resourceLogs" => each_element(text, start, |at| resource(text, at, "", &LOGS, context, out)),
            "scopeSpans" => {
                is_element = true;
                skip(text, start)
            }
            other => {
                let end = skip(text, start);
                let value = &text[start..end];
                if other == "resourceMetrics" {
                    out.ignored += count_leaves(value, &["scopeMetrics", "scope_metrics"], "metrics");
                }
                end
            }
        });
    if let Some(key) = snake_case {
        let message = format!("The key {key} was read, but OTLP/JSON writes its keys in lowerCamelCase");
        out.warnings
            .push(Reject::new("snake_case_key", message, &text[at..end]).at_path(format!("{prefix}{key}")));
    }
    if is_element {
        resource(text, at, prefix.trim_end_matches('.'), &SPANS, context, out);
    }
    end
}

/// `resourceSpans` for `resource_spans`; the first name that was not camelCase is kept in `snake_case`.
fn camel_case<'a>(key: Cow<'a, str>, snake_case: &mut Option<String>) -> Cow<'a, str> {
    if !key.contains('_') {
        return key;
    }
    let mut words = key.split('_');
    let mut camel = words.next().unwrap_or_default().to_owned();
    for word in words {
        let mut letters = word.chars();
        camel.extend(letters.next().map(|first| first.to_ascii_uppercase()));
        camel.push_str(letters.as_str());
    }
    snake_case.get_or_insert_with(|| key.into_owned());
    Cow::Owned(camel)
}

/// [`json::each_member`] for the messages of OTLP, whose names are read in both spellings.
fn each_member<'a>(text: &'a [u8], at: usize, mut read: impl FnMut(Cow<'a, str>, usize) -> usize) -> usize {
    json::each_member(text, at, |key, start| read(camel_case(key, &mut None), start))
}

/// Number of metrics.
fn count_leaves(resources: &[u8], scopes: &[&str], leaves: &str) -> u64 {
    let count = elements(resources)
        .filter_map(|resource| scopes.iter().find_map(|scopes| json::member(resource, scopes)))
        .flat_map(elements)
        .filter_map(|scope| json::member(scope, leaves))
        .map(|leaves| elements(leaves).count())
        .sum::<usize>();
    u64::try_from(count).unwrap_or(u64::MAX)
}

/// How the lists of a signal are called.
struct Signal {
    scopes: &'static str,
    items: &'static str,
}

const SPANS: Signal = Signal { scopes: "scopeSpans", items: "spans" };
const LOGS: Signal = Signal { scopes: "scopeLogs", items: "logRecords" };

/// Resource and schema may stand behind the scopes, so the object is passed over before it is read; the same holds
/// for a scope and its spans.
fn resource(
    text: &[u8],
    at: usize,
    path: &str,
    signal: &Signal,
    context: &Context,
    out: &mut Decoded,
) -> usize {
    let mut resource = Attributes::new();
    let mut schema_url = Cow::Borrowed("");
    let mut scopes = None;
    let end = each_member(text, at, |key, start| match key.as_ref() {
        "resource" => each_member(text, start, |key, start| match key.as_ref() {
            "attributes" => read_attributes(text, start, &mut resource),
            _ => skip(text, start),
        }),
        other => {
            let end = skip(text, start);
            if other == "schemaUrl" {
                schema_url = self::text(&text[start..end]);
            } else if other == signal.scopes {
                scopes = Some(start);
            }
            end
        }
    });
    let Some(scopes) = scopes else { return end };
    let resource_bytes = write_resource(&resource);
    let mut scope_index = 0;
    each_element(text, scopes, |at| {
        let mut scope = Scope::default();
        let mut scope_schema = Cow::Borrowed("");
        let mut items = None;
        let end = each_member(text, at, |key, start| {
            if key == "scope" {
                return read_scope(text, start, &mut scope);
            }
            let end = skip(text, start);
            if key == "schemaUrl" {
                scope_schema = self::text(&text[start..end]);
            } else if key == signal.items {
                items = Some(start);
            }
            end
        });
        let scope_bytes = write_scope(&scope);
        let owner = Owner { resource: resource.clone(), scope };
        let schema_urls = [schema_url.as_bytes(), scope_schema.as_bytes()];
        let mut span_index = 0;
        each_element(text, items.unwrap_or(text.len()), |at| {
            if signal.items == LOGS.items {
                let mut record = LogRecord::new();
                let end = read_log(text, at, &mut record);
                let raw = || resource_span(&resource_bytes, &scope_bytes, &write_log(&record), schema_urls);
                take_log(&record, &owner, raw, context, out);
                return end;
            }
            let index = span_index;
            span_index += 1;
            let path = || format!("{path}.scopeSpans[{scope_index}].spans[{index}]");
            if text.get(at) != Some(&b'{') {
                let end = skip(text, at);
                let reject = Reject::new("not_a_span", "A span is an object", &text[at..end]);
                out.rejects.push(reject.at_path(path()));
                return end;
            }
            let mut span = Span::default();
            let end = read_span(text, at, &mut span);
            let raw = || resource_span(&resource_bytes, &scope_bytes, &write_span(&span), schema_urls);
            take_span(&span, &owner, raw, path, context, out);
            end
        });
        scope_index += 1;
        end
    });
    end
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

/// A time; what is none is kept in `unread` and is not set. Empty text is absent.
fn read_time<'a>(value: &'a [u8], unread: &mut Option<Cow<'a, str>>) -> u64 {
    json::count(value).unwrap_or_else(|| {
        *unread =
            Some(json::text(value).unwrap_or_else(|| json::lossy(value))).filter(|sent| !sent.is_empty());
        0
    })
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

/// Reads the members of an object: containers by `nested`, everything else by `scalar`. Null is absent.
fn read_object<'a>(
    text: &'a [u8],
    at: usize,
    mut nested: impl FnMut(&str, usize) -> Option<usize>,
    mut scalar: impl FnMut(&str, &'a [u8]),
) -> usize {
    each_member(text, at, |key, start| {
        if matches!(text.get(start), Some(b'{' | b'['))
            && let Some(end) = nested(&key, start)
        {
            return end;
        }
        let end = skip(text, start);
        let value = &text[start..end];
        if value != b"null" {
            scalar(&key, value);
        }
        end
    })
}

fn read_scope<'a>(text: &'a [u8], at: usize, scope: &mut Scope<'a>) -> usize {
    let Scope { name, version, attributes } = scope;
    read_object(
        text,
        at,
        |key, start| (key == "attributes").then(|| read_attributes(text, start, attributes)),
        |key, value| match key {
            "name" => *name = self::text(value),
            "version" => *version = self::text(value),
            _ => {}
        },
    )
}

fn read_span<'a>(text: &'a [u8], at: usize, span: &mut Span<'a>) -> usize {
    let mut attributes = Attributes::new();
    let mut events = Vec::new();
    let mut links = Vec::new();
    let mut status = (0, Cow::Borrowed(""));
    let end = read_object(
        text,
        at,
        |key, start| {
            Some(match key {
                "attributes" => read_attributes(text, start, &mut attributes),
                "events" => {
                    events.clear();
                    each_element(text, start, |at| read_event(text, at, &mut events))
                }
                "links" => {
                    links.clear();
                    each_element(text, start, |at| read_link(text, at, &mut links))
                }
                "status" => read_object(
                    text,
                    start,
                    |_, _| None,
                    |key, value| match key {
                        "code" => status.0 = read_enum(value, &["UNSET", "OK", "ERROR"]),
                        "message" => status.1 = self::text(value),
                        _ => {}
                    },
                ),
                _ => return None,
            })
        },
        |key, value| match key {
            "traceId" => span.trace_id = read_id(value),
            "spanId" => span.span_id = read_id(value),
            "parentSpanId" => span.parent_span_id = read_id(value),
            "traceState" => span.trace_state = self::text(value),
            "name" => span.name = self::text(value),
            "kind" => {
                span.kind = read_enum(
                    value,
                    &["UNSPECIFIED", "INTERNAL", "SERVER", "CLIENT", "PRODUCER", "CONSUMER"],
                );
            }
            "flags" => span.flags = u32::try_from(unsigned(value)).unwrap_or(0),
            "startTimeUnixNano" => span.start = read_time(value, &mut span.unread_time),
            "endTimeUnixNano" => span.end = read_time(value, &mut span.unread_time),
            "droppedAttributesCount" => span.dropped_attributes = unsigned(value),
            "droppedEventsCount" => span.dropped_events = unsigned(value),
            "droppedLinksCount" => span.dropped_links = unsigned(value),
            _ => {}
        },
    );
    span.attributes = attributes;
    span.events = events;
    span.links = links;
    (span.status_code, span.status_message) = status;
    end
}

fn read_log<'a>(text: &'a [u8], at: usize, record: &mut LogRecord<'a>) -> usize {
    let mut attributes = Attributes::new();
    let mut body = Value::Null;
    let end = read_object(
        text,
        at,
        |key, start| {
            Some(match key {
                "attributes" => read_attributes(text, start, &mut attributes),
                "body" => {
                    let (read, end) = read_value(text, start, 0);
                    body = read;
                    end
                }
                _ => return None,
            })
        },
        |key, value| match key {
            "timeUnixNano" => record.time = unsigned(value),
            "observedTimeUnixNano" => record.observed = unsigned(value),
            "severityNumber" => record.severity = unsigned(value),
            "severityText" => record.severity_text = self::text(value),
            "eventName" => record.event_name = self::text(value),
            "traceId" => record.span.trace_id = read_id(value),
            "spanId" => record.span.span_id = read_id(value),
            "flags" => record.span.flags = u32::try_from(unsigned(value)).unwrap_or(0),
            "droppedAttributesCount" => record.span.dropped_attributes = unsigned(value),
            _ => {}
        },
    );
    record.span.attributes = attributes;
    record.body = body;
    record.complete();
    end
}

fn read_event<'a>(text: &'a [u8], at: usize, events: &mut Vec<Event<'a>>) -> usize {
    let mut event = Event::default();
    let mut attributes = Attributes::new();
    let end = read_object(
        text,
        at,
        |key, start| (key == "attributes").then(|| read_attributes(text, start, &mut attributes)),
        |key, value| match key {
            "timeUnixNano" => event.time = unsigned(value),
            "name" => event.name = self::text(value),
            "droppedAttributesCount" => event.dropped_attributes = unsigned(value),
            _ => {}
        },
    );
    event.attributes = attributes;
    events.push(event);
    end
}

fn read_link<'a>(text: &'a [u8], at: usize, links: &mut Vec<Link<'a>>) -> usize {
    let mut link = Link::default();
    let mut attributes = Attributes::new();
    let end = read_object(
        text,
        at,
        |key, start| (key == "attributes").then(|| read_attributes(text, start, &mut attributes)),
        |key, value| match key {
            "traceId" => link.trace_id = read_id(value),
            "spanId" => link.span_id = read_id(value),
            "traceState" => link.trace_state = self::text(value),
            "droppedAttributesCount" => link.dropped_attributes = unsigned(value),
            "flags" => link.flags = u32::try_from(unsigned(value)).unwrap_or(0),
            _ => {}
        },
    );
    link.attributes = attributes;
    links.push(link);
    end
}

/// Of two lists under the same name the last counts.
fn read_attributes<'a>(text: &'a [u8], at: usize, attributes: &mut Attributes<'a>) -> usize {
    attributes.clear();
    each_element(text, at, |at| read_key_value(text, at, 0, attributes))
}

fn read_key_value<'a>(text: &'a [u8], at: usize, depth: usize, out: &mut Attributes<'a>) -> usize {
    let mut name = Cow::Borrowed("");
    let mut value = Value::Null;
    let end = read_object(
        text,
        at,
        |key, start| {
            (key == "value").then(|| {
                let (read, end) = read_value(text, start, depth);
                value = read;
                end
            })
        },
        |key, value| {
            if key == "key" {
                name = self::text(value);
            }
        },
    );
    out.push((name, value));
    end
}

/// The first member that says anything; and the end of the value.
fn read_value(text: &[u8], at: usize, depth: usize) -> (Value<'_>, usize) {
    if depth >= MAX_VALUE_DEPTH {
        return (Value::Null, skip(text, at));
    }
    let mut found = None;
    let end = each_member(text, at, |key, start| {
        if found.is_some() {
            return skip(text, start);
        }
        let is_container = text.get(start) == Some(&b'{');
        match key.as_ref() {
            "arrayValue" if is_container => {
                let mut values = Vec::new();
                let end = each_member(text, start, |key, start| {
                    if key != "values" {
                        return skip(text, start);
                    }
                    values.clear();
                    each_element(text, start, |at| {
                        let (value, end) = read_value(text, at, depth + 1);
                        values.push(value);
                        end
                    })
                });
                found = Some(Value::Array(values));
                end
            }
            "kvlistValue" if is_container => {
                let mut entries = Vec::new();
                let end = each_member(text, start, |key, start| {
                    if key != "values" {
                        return skip(text, start);
                    }
                    entries.clear();
                    each_element(text, start, |at| read_key_value(text, at, depth + 1, &mut entries))
                });
                found = Some(Value::Map(entries));
                end
            }
            other => {
                let end = skip(text, start);
                let value = &text[start..end];
                if value != b"null" {
                    found = read_scalar(other, value);
                }
                end
            }
        }
    });
    (found.unwrap_or(Value::Null), end)
}

fn read_scalar<'a>(key: &str, value: &'a [u8]) -> Option<Value<'a>> {
    Some(match key {
        "stringValue" => Value::Text(json::text(value).unwrap_or_default()),
        "boolValue" => Value::Bool(json::text(value).is_some_and(|text| text.eq_ignore_ascii_case("true"))),
        "intValue" => read_int(value),
        "doubleValue" => read_double(value),
        "bytesValue" => {
            let text = text(value);
            match base64::engine::general_purpose::STANDARD.decode(text.as_bytes()) {
                Ok(bytes) => Value::Bytes(Cow::Owned(bytes)),
                Err(_) => Value::Text(text),
            }
        }
        _ => return None,
    })
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
                in_spans.push(matches!(last_key, Some(b"spans" | b"runs" | b"logRecords")));
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
            let text = non_finite(*number);
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

/// Everything before the one item of a message.
fn write_owner(resources: &str, signal: &Signal, owner: &Owner<'_>, out: &mut Vec<u8>) {
    out.extend_from_slice(format!("{{\"{resources}\":[{{\"resource\":{{").as_bytes());
    write_list("attributes", &owner.resource, write_key_value, out);
    end_object(out);
    out.extend_from_slice(format!(",\"{}\":[{{\"scope\":{{", signal.scopes).as_bytes());
    write_text("name", &owner.scope.name, out);
    write_text("version", &owner.scope.version, out);
    write_list("attributes", &owner.scope.attributes, write_key_value, out);
    end_object(out);
    out.extend_from_slice(format!(",\"{}\":[{{", signal.items).as_bytes());
}

/// A `LogsData` object with this one log record, on one line.
pub(crate) fn write_log_json(record: &LogRecord<'_>, owner: &Owner<'_>, out: &mut Vec<u8>) {
    write_owner("resourceLogs", &LOGS, owner, out);
    out.extend_from_slice(
        format!("\"timeUnixNano\":\"{}\",\"observedTimeUnixNano\":\"{}\",", record.time, record.observed)
            .as_bytes(),
    );
    write_number("severityNumber", record.severity, out);
    write_text("severityText", &record.severity_text, out);
    if record.body != Value::Null {
        out.extend_from_slice(b"\"body\":");
        write_value(&record.body, out);
        out.push(b',');
    }
    write_list("attributes", &record.span.attributes, write_key_value, out);
    write_number("droppedAttributesCount", record.span.dropped_attributes, out);
    write_number("flags", record.span.flags.into(), out);
    for (key, id) in [("traceId", &record.span.trace_id), ("spanId", &record.span.span_id)] {
        if !id.is_empty() {
            write_hex(key, id, out);
        }
    }
    write_text("eventName", &record.event_name, out);
    end_object(out);
    out.extend_from_slice(b"]}]}]}");
}

/// A `TracesData` object with this one span, on one line.
pub(crate) fn write_span_json(span: &Span<'_>, owner: &Owner<'_>, out: &mut Vec<u8>) {
    write_owner("resourceSpans", &SPANS, owner, out);
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
