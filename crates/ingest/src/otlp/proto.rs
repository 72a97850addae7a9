//! OTLP in protobuf; field numbers of `opentelemetry/proto/trace/v1/trace.proto`.

use std::borrow::Cow;

use super::{
    Event, Link, LogRecord, Owner, Scope, Span, log::take_log, not_read, span::Attributes, take_span,
};
use crate::{
    Context, DecodeError, Decoded, Reject,
    protobuf::{Broken, Fields, Message, Wire, text},
    value::Value,
};

/// Levels of nested attribute values that are read; deeper ones become null. JSON of the deepest nesting that is
/// read ([`crate::json::MAX_DEPTH`]) has three levels to one of these, so nothing of it is lost.
pub(super) const MAX_VALUE_DEPTH: usize = 200;

pub(super) fn decode(bytes: &[u8], context: &Context) -> Result<Decoded, DecodeError> {
    let mut out = Decoded::default();
    let mut found = false;
    let rest = for_each_item(bytes, &mut |item, owner, parts, place| {
        found = true;
        let raw = || resource_span(parts.resource, parts.scope, parts.span, parts.schema_urls);
        match item {
            Item::Span(span) => take_span(span, owner, raw, || path_of(&place), context, &mut out),
            Item::Log(record) => take_log(record, owner, raw, context, &mut out),
        }
    });
    out.ignored += rest.other_signals;
    if out.ignored > 0 {
        out.warnings.push(not_read(bytes));
    }
    let mut breaks = rest.breaks.into_iter().map(|broken| {
        let message = "The protobuf message is cut off or damaged here";
        let rest = bytes.get(broken.offset..).unwrap_or_default();
        let reject = Reject::new("invalid_protobuf", message, rest).at_offset(broken.offset);
        if broken.path.is_empty() { reject } else { reject.at_path(broken.path) }
    });
    if !found
        && out.ignored == 0
        && let Some(reject) = breaks.next()
    {
        return Err(DecodeError(reject));
    }
    out.rejects.extend(breaks);
    Ok(out)
}

/// `resourceSpans[0].scopeSpans[2].spans[1]`, as far as it is known.
fn path_of(place: &[usize]) -> String {
    let names = ["resourceSpans", "scopeSpans", "spans"];
    let parts: Vec<String> =
        names.iter().zip(place).map(|(name, index)| format!("{name}[{index}]")).collect();
    parts.join(".")
}

/// The bytes that a span consists of, with its surroundings.
pub(crate) struct Parts<'a> {
    pub(crate) resource: &'a [u8],
    pub(crate) scope: &'a [u8],
    pub(crate) span: &'a [u8],
    pub(crate) schema_urls: [&'a [u8]; 2],
}

/// A `TracesData` message with this one span, or a `LogsData` message with this one log record: their frames have the
/// same numbers.
pub(crate) fn resource_span(resource: &[u8], scope: &[u8], span: &[u8], schema_urls: [&[u8]; 2]) -> Vec<u8> {
    let mut scope_spans = Message(Vec::with_capacity(span.len() + scope.len() + 32));
    if !scope.is_empty() {
        scope_spans.put_bytes(1, scope);
    }
    scope_spans.put_bytes(2, span);
    if !schema_urls[1].is_empty() {
        scope_spans.put_bytes(3, schema_urls[1]);
    }
    let mut resource_spans = Message(Vec::with_capacity(scope_spans.0.len() + resource.len() + 32));
    if !resource.is_empty() {
        resource_spans.put_bytes(1, resource);
    }
    resource_spans.put_message(2, &scope_spans);
    if !schema_urls[0].is_empty() {
        resource_spans.put_bytes(3, schema_urls[0]);
    }
    let mut data = Message(Vec::with_capacity(resource_spans.0.len() + 8));
    data.put_message(1, &resource_spans);
    data.0
}

/// What stands in a message.
#[derive(Clone, Copy)]
pub(crate) enum Item<'i> {
    Span(&'i Span<'i>),
    Log(&'i LogRecord<'i>),
}

type Visit<'v> = dyn FnMut(Item<'_>, &Owner<'_>, &Parts<'_>, [usize; 3]) + 'v;

/// What a message holds beside its whole spans.
#[derive(Debug, Default)]
pub(crate) struct Rest {
    /// Where it is cut off or damaged.
    breaks: Vec<Break>,
    /// Metrics, whose messages have the same frame.
    other_signals: u64,
}

#[derive(Debug)]
struct Break {
    offset: usize,
    path: String,
}

/// Visits every whole span.
pub(crate) fn for_each_span(bytes: &[u8], visit: &mut dyn FnMut(&Span<'_>, &Owner<'_>)) {
    // A break was said when the message came in.
    let _ = for_each_item(bytes, &mut |item, owner, _, _| {
        if let Item::Span(span) = item {
            visit(span, owner);
        }
    });
}

/// Visits every whole log record.
pub(crate) fn for_each_log(bytes: &[u8], visit: &mut dyn FnMut(&LogRecord<'_>, &Owner<'_>)) {
    // A break was said when the message came in.
    let _ = for_each_item(bytes, &mut |item, owner, _, _| {
        if let Item::Log(record) = item {
            visit(record, owner);
        }
    });
}

/// Hands on every whole span and log record as JSON.
pub(super) fn for_each_any(bytes: &[u8], visit: &mut dyn FnMut(Vec<u8>)) {
    let _ = for_each_item(bytes, &mut |item, owner, _, _| {
        let mut json = Vec::new();
        match item {
            Item::Span(span) => super::write_span_json(span, owner, &mut json),
            Item::Log(record) => super::write_log_json(record, owner, &mut json),
        }
        visit(json);
    });
}

/// The resource of a message that has one.
pub(super) fn resource_of(data: &[u8]) -> Option<&[u8]> {
    let first = |message| {
        Fields::new(message).flatten().find_map(|field| match field {
            (1, Wire::Bytes(bytes)) => Some(bytes),
            _ => None,
        })
    };
    first(first(data)?)
}

/// `service.name` of a resource.
pub(super) fn service_name(resource: &[u8]) -> Option<String> {
    let attributes = read_resource(resource, &mut false);
    let (_, value) = attributes.iter().rev().find(|(key, _)| key == "service.name")?;
    value.to_text().map(Cow::into_owned).filter(|name| !name.is_empty())
}

/// Visits every whole span and log record. What is damaged costs only itself, and of a message that is cut off everything
/// before the cut is visited. Resource and scope may stand behind their spans.
fn for_each_item(bytes: &[u8], visit: &mut Visit<'_>) -> Rest {
    let mut walk = Walk { start: bytes.as_ptr() as usize, visit, rest: Rest::default() };
    let mut resource_index = 0;
    for field in Fields::new(bytes) {
        let resource_spans = match field {
            Ok((1, Wire::Bytes(message))) => Some(message),
            Ok(_) => None,
            Err(broken) => {
                // What is left of a cut message still holds whole spans, and tells the place better.
                let cut = cut_message(bytes, broken.offset);
                if cut.is_none() {
                    walk.broken(bytes, broken, &[]);
                }
                cut
            }
        };
        if let Some(message) = resource_spans {
            walk.resource(message, resource_index);
            resource_index += 1;
        }
    }
    walk.rest
}

/// The beginning of a length-delimited field that ends after the end of the message.
fn cut_message(bytes: &[u8], offset: usize) -> Option<&[u8]> {
    let rest = bytes.get(offset..)?;
    if rest.first()? & 7 != 2 {
        return None;
    }
    let length_bytes = rest.get(1..)?.iter().take(10).position(|byte| byte & 0x80 == 0)? + 1;
    rest.get(1 + length_bytes..).filter(|cut| !cut.is_empty())
}

struct Walk<'w, 'v> {
    /// Address of the first byte, for offsets.
    start: usize,
    visit: &'w mut Visit<'v>,
    rest: Rest,
}

impl Walk<'_, '_> {
    fn broken(&mut self, message: &[u8], broken: Broken, place: &[usize]) {
        let offset = (message.as_ptr() as usize).saturating_sub(self.start) + broken.offset;
        self.rest.breaks.push(Break { offset, path: path_of(place) });
    }

    fn resource(&mut self, message: &[u8], resource_index: usize) {
        let mut resource: &[u8] = &[];
        let mut schema_url: &[u8] = &[];
        let mut scopes = Vec::new();
        for field in Fields::new(message) {
            match field {
                Ok((1, Wire::Bytes(bytes))) => resource = bytes,
                Ok((2, Wire::Bytes(bytes))) => scopes.push(bytes),
                Ok((3, Wire::Bytes(bytes))) => schema_url = bytes,
                Ok(_) => {}
                Err(broken) => {
                    let is_scope = message.get(broken.offset) == Some(&0x12);
                    match cut_message(message, broken.offset).filter(|_| is_scope) {
                        Some(cut) => scopes.push(cut),
                        None => self.broken(message, broken, &[resource_index]),
                    }
                }
            }
        }
        let mut invalid_utf8 = false;
        let attributes = read_resource(resource, &mut invalid_utf8);
        for (scope_index, scope_spans) in scopes.into_iter().enumerate() {
            let place = [resource_index, scope_index];
            let mut scope_bytes: &[u8] = &[];
            let mut scope_schema: &[u8] = &[];
            let mut spans = Vec::new();
            for field in Fields::new(scope_spans) {
                match field {
                    Ok((1, Wire::Bytes(bytes))) => scope_bytes = bytes,
                    Ok((2, Wire::Bytes(bytes))) => spans.push(bytes),
                    Ok((3, Wire::Bytes(bytes))) => scope_schema = bytes,
                    Ok(_) => {}
                    Err(broken) => self.broken(scope_spans, broken, &place),
                }
            }
            let mut scope_utf8 = invalid_utf8;
            let scope = read_scope(scope_bytes, &mut scope_utf8);
            let owner = Owner { resource: attributes.clone(), scope };
            let schema_urls = [schema_url, scope_schema];
            for (span_index, bytes) in spans.into_iter().enumerate() {
                let parts = Parts { resource, scope: scope_bytes, span: bytes, schema_urls };
                self.span(bytes, &owner, &parts, [resource_index, scope_index, span_index], scope_utf8);
            }
        }
    }

    fn span(
        &mut self,
        bytes: &[u8],
        owner: &Owner<'_>,
        parts: &Parts<'_>,
        place: [usize; 3],
        invalid_utf8: bool,
    ) {
        let is_span = |span: &Span<'_>| span.ids().is_ok();
        match read_span(bytes) {
            Ok(span) if !is_span(&span) && is_log(bytes) => match read_log(bytes) {
                Ok(record) => (self.visit)(Item::Log(&record), owner, parts, place),
                Err(broken) => self.broken(bytes, broken, &place),
            },
            Ok(span) if !is_span(&span) && is_metric(bytes) => self.rest.other_signals += 1,
            Ok(mut span) => {
                span.invalid_utf8 |= invalid_utf8;
                (self.visit)(Item::Span(&span), owner, parts, place);
            }
            Err(broken) => self.broken(bytes, broken, &place),
        }
    }
}

/// Whether what stands in the place of a span is a log record: the messages around them have the same numbers, and a
/// record begins with a time where a span has its ids (`otel-transport.md` §7).
fn is_log(bytes: &[u8]) -> bool {
    Fields::new(bytes).flatten().any(|field| matches!(field, (1 | 11, Wire::Fixed64(_))))
}

/// Whether what stands in the place of a span is a metric, or a log record that has no time.
fn is_metric(bytes: &[u8]) -> bool {
    let is_histogram =
        |message| Fields::new(message).flatten().any(|field| matches!(field, (2, Wire::Varint(_))));
    let mut is_timed = false;
    let mut is_gauge = false;
    for field in Fields::new(bytes).flatten() {
        match field {
            // Times, severity and attributes of a log record; sums and exponential histograms of a metric.
            (1 | 11, Wire::Fixed64(_)) | (2, Wire::Varint(_)) | (6 | 7 | 10, Wire::Bytes(_)) => return true,
            (9, Wire::Bytes(message)) if is_histogram(message) => return true,
            (7 | 8, Wire::Fixed64(_)) => is_timed = true,
            (5, Wire::Bytes(message)) => is_gauge = message.first() == Some(&0x0a),
            _ => {}
        }
    }
    is_gauge && !is_timed
}

fn read_text<'a>(bytes: &'a [u8], invalid_utf8: &mut bool) -> Cow<'a, str> {
    let text = text(bytes);
    *invalid_utf8 |= matches!(text, Cow::Owned(_));
    text
}

fn read_resource<'a>(bytes: &'a [u8], invalid_utf8: &mut bool) -> Attributes<'a> {
    let mut attributes = Vec::new();
    for field in Fields::new(bytes).flatten() {
        if let (1, Wire::Bytes(entry)) = field {
            attributes.push(read_key_value(entry, 0, invalid_utf8));
        }
    }
    attributes
}

fn read_scope<'a>(bytes: &'a [u8], invalid_utf8: &mut bool) -> Scope<'a> {
    let mut scope = Scope::default();
    for field in Fields::new(bytes).flatten() {
        match field {
            (1, Wire::Bytes(bytes)) => scope.name = read_text(bytes, invalid_utf8),
            (2, Wire::Bytes(bytes)) => scope.version = read_text(bytes, invalid_utf8),
            (3, Wire::Bytes(bytes)) => scope.attributes.push(read_key_value(bytes, 0, invalid_utf8)),
            _ => {}
        }
    }
    scope
}

fn read_span(bytes: &[u8]) -> Result<Span<'_>, Broken> {
    let mut span = Span::default();
    let mut invalid = false;
    for field in Fields::new(bytes) {
        match field? {
            (1, Wire::Bytes(id)) => span.trace_id = Cow::Borrowed(id),
            (2, Wire::Bytes(id)) => span.span_id = Cow::Borrowed(id),
            (3, Wire::Bytes(state)) => span.trace_state = read_text(state, &mut invalid),
            (4, Wire::Bytes(id)) => span.parent_span_id = Cow::Borrowed(id),
            (5, Wire::Bytes(name)) => span.name = read_text(name, &mut invalid),
            (6, Wire::Varint(kind)) => span.kind = kind,
            (7, Wire::Fixed64(start)) => span.start = start,
            (8, Wire::Fixed64(end)) => span.end = end,
            (9, Wire::Bytes(entry)) => span.attributes.push(read_key_value(entry, 0, &mut invalid)),
            (10, Wire::Varint(dropped)) => span.dropped_attributes = dropped,
            (11, Wire::Bytes(event)) => span.events.push(read_event(event, &mut invalid)?),
            (12, Wire::Varint(dropped)) => span.dropped_events = dropped,
            (13, Wire::Bytes(link)) => span.links.push(read_link(link, &mut invalid)?),
            (14, Wire::Varint(dropped)) => span.dropped_links = dropped,
            (15, Wire::Bytes(status)) => {
                for field in Fields::new(status) {
                    match field? {
                        (2, Wire::Bytes(message)) => span.status_message = read_text(message, &mut invalid),
                        (3, Wire::Varint(code)) => span.status_code = code,
                        _ => {}
                    }
                }
            }
            (16, Wire::Fixed32(flags)) => span.flags = flags,
            _ => {}
        }
    }
    span.invalid_utf8 = invalid;
    Ok(span)
}

/// Field numbers of `opentelemetry/proto/logs/v1/logs.proto`.
fn read_log(bytes: &[u8]) -> Result<LogRecord<'_>, Broken> {
    let mut record = LogRecord::new();
    let mut invalid = false;
    for field in Fields::new(bytes) {
        match field? {
            (1, Wire::Fixed64(time)) => record.time = time,
            (2, Wire::Varint(severity)) => record.severity = severity,
            (3, Wire::Bytes(text)) => record.severity_text = read_text(text, &mut invalid),
            (5, Wire::Bytes(body)) => record.body = read_value(body, 0, &mut invalid),
            (6, Wire::Bytes(entry)) => record.span.attributes.push(read_key_value(entry, 0, &mut invalid)),
            (7, Wire::Varint(dropped)) => record.span.dropped_attributes = dropped,
            (8, Wire::Fixed32(flags)) => record.span.flags = flags,
            (9, Wire::Bytes(id)) => record.span.trace_id = Cow::Borrowed(id),
            (10, Wire::Bytes(id)) => record.span.span_id = Cow::Borrowed(id),
            (11, Wire::Fixed64(time)) => record.observed = time,
            (12, Wire::Bytes(name)) => record.event_name = read_text(name, &mut invalid),
            _ => {}
        }
    }
    record.complete();
    Ok(record)
}

fn read_event<'a>(bytes: &'a [u8], invalid_utf8: &mut bool) -> Result<Event<'a>, Broken> {
    let mut event = Event::default();
    for field in Fields::new(bytes) {
        match field? {
            (1, Wire::Fixed64(time)) => event.time = time,
            (2, Wire::Bytes(name)) => event.name = read_text(name, invalid_utf8),
            (3, Wire::Bytes(entry)) => event.attributes.push(read_key_value(entry, 0, invalid_utf8)),
            (4, Wire::Varint(dropped)) => event.dropped_attributes = dropped,
            _ => {}
        }
    }
    Ok(event)
}

fn read_link<'a>(bytes: &'a [u8], invalid_utf8: &mut bool) -> Result<Link<'a>, Broken> {
    let mut link = Link::default();
    for field in Fields::new(bytes) {
        match field? {
            (1, Wire::Bytes(id)) => link.trace_id = Cow::Borrowed(id),
            (2, Wire::Bytes(id)) => link.span_id = Cow::Borrowed(id),
            (3, Wire::Bytes(state)) => link.trace_state = read_text(state, invalid_utf8),
            (4, Wire::Bytes(entry)) => link.attributes.push(read_key_value(entry, 0, invalid_utf8)),
            (5, Wire::Varint(dropped)) => link.dropped_attributes = dropped,
            (6, Wire::Fixed32(flags)) => link.flags = flags,
            _ => {}
        }
    }
    Ok(link)
}

fn read_key_value<'a>(bytes: &'a [u8], depth: usize, invalid_utf8: &mut bool) -> (Cow<'a, str>, Value<'a>) {
    let mut key = Cow::Borrowed("");
    let mut value = Value::Null;
    for field in Fields::new(bytes).flatten() {
        match field {
            (1, Wire::Bytes(bytes)) => key = read_text(bytes, invalid_utf8),
            (2, Wire::Bytes(bytes)) => value = read_value(bytes, depth, invalid_utf8),
            _ => {}
        }
    }
    (key, value)
}

fn read_value<'a>(bytes: &'a [u8], depth: usize, invalid_utf8: &mut bool) -> Value<'a> {
    if depth >= MAX_VALUE_DEPTH {
        return Value::Null;
    }
    let mut value = Value::Null;
    for field in Fields::new(bytes).flatten() {
        value = match field {
            (1, Wire::Bytes(text)) => Value::Text(read_text(text, invalid_utf8)),
            (2, Wire::Varint(flag)) => Value::Bool(flag != 0),
            (3, Wire::Varint(number)) => Value::Int(number.cast_signed()),
            (4, Wire::Fixed64(bits)) => Value::Double(f64::from_bits(bits)),
            (5, Wire::Bytes(list)) => Value::Array(
                Fields::new(list)
                    .flatten()
                    .filter_map(|field| match field {
                        (1, Wire::Bytes(item)) => Some(read_value(item, depth + 1, invalid_utf8)),
                        _ => None,
                    })
                    .collect(),
            ),
            (6, Wire::Bytes(list)) => Value::Map(
                Fields::new(list)
                    .flatten()
                    .filter_map(|field| match field {
                        (1, Wire::Bytes(entry)) => Some(read_key_value(entry, depth + 1, invalid_utf8)),
                        _ => None,
                    })
                    .collect(),
            ),
            (7, Wire::Bytes(bytes)) => Value::Bytes(Cow::Borrowed(bytes)),
            _ => continue,
        };
    }
    value
}

// ---- writing, for what came as JSON ----

fn write_value(value: &Value<'_>) -> Message {
    let mut message = Message::default();
    match value {
        Value::Null => {}
        Value::Text(text) => message.put_bytes(1, text.as_bytes()),
        Value::Bool(flag) => message.put_varint(2, u64::from(*flag)),
        Value::Int(number) => message.put_varint(3, number.cast_unsigned()),
        Value::Double(number) => message.put_fixed64(4, number.to_bits()),
        Value::Array(values) => {
            let mut list = Message::default();
            for value in values {
                list.put_message(1, &write_value(value));
            }
            message.put_message(5, &list);
        }
        Value::Map(entries) => {
            let mut list = Message::default();
            for (key, value) in entries {
                list.put_message(1, &write_key_value(key, value));
            }
            message.put_message(6, &list);
        }
        Value::Bytes(bytes) => message.put_bytes(7, bytes),
    }
    message
}

fn write_key_value(key: &str, value: &Value<'_>) -> Message {
    let mut message = Message::default();
    message.put_bytes(1, key.as_bytes());
    message.put_message(2, &write_value(value));
    message
}

fn put_attributes(message: &mut Message, number: u32, attributes: &Attributes<'_>) {
    for (key, value) in attributes {
        message.put_message(number, &write_key_value(key, value));
    }
}

fn put_unless_empty(message: &mut Message, number: u32, bytes: &[u8]) {
    if !bytes.is_empty() {
        message.put_bytes(number, bytes);
    }
}

fn put_unless_zero(message: &mut Message, number: u32, value: u64) {
    if value != 0 {
        message.put_varint(number, value);
    }
}

pub(super) fn write_resource(attributes: &Attributes<'_>) -> Vec<u8> {
    let mut message = Message::default();
    put_attributes(&mut message, 1, attributes);
    message.0
}

pub(super) fn write_scope(scope: &Scope<'_>) -> Vec<u8> {
    let mut message = Message::default();
    put_unless_empty(&mut message, 1, scope.name.as_bytes());
    put_unless_empty(&mut message, 2, scope.version.as_bytes());
    put_attributes(&mut message, 3, &scope.attributes);
    message.0
}

pub(super) fn write_span(span: &Span<'_>) -> Vec<u8> {
    let mut message = Message::default();
    message.put_bytes(1, &span.trace_id);
    message.put_bytes(2, &span.span_id);
    put_unless_empty(&mut message, 3, span.trace_state.as_bytes());
    put_unless_empty(&mut message, 4, &span.parent_span_id);
    message.put_bytes(5, span.name.as_bytes());
    put_unless_zero(&mut message, 6, span.kind);
    message.put_fixed64(7, span.start);
    message.put_fixed64(8, span.end);
    put_attributes(&mut message, 9, &span.attributes);
    put_unless_zero(&mut message, 10, span.dropped_attributes);
    for event in &span.events {
        let mut inner = Message::default();
        inner.put_fixed64(1, event.time);
        inner.put_bytes(2, event.name.as_bytes());
        put_attributes(&mut inner, 3, &event.attributes);
        put_unless_zero(&mut inner, 4, event.dropped_attributes);
        message.put_message(11, &inner);
    }
    put_unless_zero(&mut message, 12, span.dropped_events);
    for link in &span.links {
        let mut inner = Message::default();
        inner.put_bytes(1, &link.trace_id);
        inner.put_bytes(2, &link.span_id);
        put_unless_empty(&mut inner, 3, link.trace_state.as_bytes());
        put_attributes(&mut inner, 4, &link.attributes);
        put_unless_zero(&mut inner, 5, link.dropped_attributes);
        if link.flags != 0 {
            inner.put_fixed32(6, link.flags);
        }
        message.put_message(13, &inner);
    }
    put_unless_zero(&mut message, 14, span.dropped_links);
    if span.status_code != 0 || !span.status_message.is_empty() {
        let mut status = Message::default();
        put_unless_empty(&mut status, 2, span.status_message.as_bytes());
        put_unless_zero(&mut status, 3, span.status_code);
        message.put_message(15, &status);
    }
    if span.flags != 0 {
        message.put_fixed32(16, span.flags);
    }
    message.0
}

pub(super) fn write_log(record: &LogRecord<'_>) -> Vec<u8> {
    let mut message = Message::default();
    // Also when it is not set: it tells the record from a span.
    message.put_fixed64(1, record.time);
    put_unless_zero(&mut message, 2, record.severity);
    put_unless_empty(&mut message, 3, record.severity_text.as_bytes());
    if record.body != Value::Null {
        message.put_message(5, &write_value(&record.body));
    }
    put_attributes(&mut message, 6, &record.span.attributes);
    put_unless_zero(&mut message, 7, record.span.dropped_attributes);
    if record.span.flags != 0 {
        message.put_fixed32(8, record.span.flags);
    }
    put_unless_empty(&mut message, 9, &record.span.trace_id);
    put_unless_empty(&mut message, 10, &record.span.span_id);
    if record.observed != 0 {
        message.put_fixed64(11, record.observed);
    }
    put_unless_empty(&mut message, 12, record.event_name.as_bytes());
    message.0
}
