//! A span in OTLP/JSON, made of what an export says of it.

use model::{ContentHash, UnixNanos};

use crate::{
    json::{self, elements, members},
    otlp::hex,
    preview::object,
};

/// Bytes that an id names: those of its hexadecimal digits (of a UUID too), else some made of its text.
pub(super) fn id_bytes<const LENGTH: usize>(id: &str) -> [u8; LENGTH] {
    let digits: String = id.chars().filter(|digit| *digit != '-').collect();
    let is_hex = digits.len() == LENGTH * 2 && digits.bytes().all(|digit| digit.is_ascii_hexdigit());
    let mut bytes = [0; LENGTH];
    if is_hex {
        for (byte, pair) in bytes.iter_mut().zip(digits.as_bytes().chunks(2)) {
            *byte = std::str::from_utf8(pair)
                .ok()
                .and_then(|pair| u8::from_str_radix(pair, 16).ok())
                .unwrap_or(0);
        }
    }
    if bytes == [0; LENGTH] {
        let hash = ContentHash::of_bytes(id.as_bytes()).0;
        bytes.copy_from_slice(&hash[..LENGTH]);
    }
    bytes
}

/// A time as exports write it: ISO 8601, with a space for the `T` and without a zone (then UTC) too, or a number of
/// milliseconds, of microseconds or of nanoseconds since 1970, told apart by its size.
pub(super) fn time(value: &[u8]) -> Option<UnixNanos> {
    let text = json::text(value)?;
    let text = text.trim();
    if let Ok(number) = text.parse::<i64>() {
        let nanos = match number.unsigned_abs() {
            0..1_000_000_000_000_00 => number.checked_mul(1_000_000)?,
            0..1_000_000_000_000_000_00 => number.checked_mul(1_000)?,
            _ => number,
        };
        return Some(UnixNanos(nanos));
    }
    let mut iso = text.replacen(' ', "T", 1);
    let zone = iso.get(10..).is_some_and(|time| time.contains(['Z', 'z', '+', '-']));
    if !zone {
        iso.push('Z');
    }
    UnixNanos::parse(&iso).ok()
}

/// Attributes in the order in which they were added.
#[derive(Debug, Default)]
pub(super) struct Attributes(Vec<Vec<u8>>);

impl Attributes {
    /// Adds a value as it is: text, numbers, flags and lists of them; objects as JSON in a text. Null is nothing.
    pub(super) fn put(&mut self, key: &str, value: &[u8]) {
        let value = match value.first() {
            None | Some(b'n') => return,
            Some(b'"') => object([("stringValue", value)]),
            Some(b't' | b'f') => object([("boolValue", value)]),
            Some(b'{') => return self.put_text(key, &json::lossy(value)),
            Some(b'[') => {
                let is_flat = elements(value).all(|element| !matches!(element.first(), Some(b'{' | b'[')));
                if !is_flat {
                    return self.put_text(key, &json::lossy(value));
                }
                let values: Vec<Vec<u8>> = elements(value).filter_map(scalar).collect();
                let list = [b"[".as_slice(), &values.join(&b','), b"]"].concat();
                object([("arrayValue", object([("values", list.as_slice())]).as_slice())])
            }
            Some(_) => match scalar(value) {
                Some(value) => value,
                None => return,
            },
        };
        let mut name = Vec::new();
        json::write_string(key, &mut name);
        self.0.push(object([("key", name.as_slice()), ("value", value.as_slice())]));
    }

    pub(super) fn put_text(&mut self, key: &str, text: &str) {
        let mut value = Vec::new();
        json::write_string(text, &mut value);
        self.put(key, &value);
    }

    /// Adds every leaf of a tree under its dotted name, with numbers for the places in lists of objects.
    pub(super) fn put_tree(&mut self, key: &str, value: &[u8], whole: &dyn Fn(&str) -> bool, depth: usize) {
        let is_tree = match value.first() {
            Some(b'{') => true,
            Some(b'[') => elements(value).any(|element| element.first() == Some(&b'{')),
            _ => false,
        };
        if !is_tree || whole(key) || depth > 32 {
            return self.put(key, value);
        }
        if value.first() == Some(&b'{') {
            for (name, value) in members(value) {
                self.put_tree(&format!("{key}.{name}"), value, whole, depth + 1);
            }
        } else {
            for (index, value) in elements(value).enumerate() {
                self.put_tree(&format!("{key}.{index}"), value, whole, depth + 1);
            }
        }
    }

    fn into_json(self) -> Vec<u8> {
        [b"[".as_slice(), &self.0.join(&b','), b"]"].concat()
    }
}

fn scalar(value: &[u8]) -> Option<Vec<u8>> {
    match value.first()? {
        b'"' => Some(object([("stringValue", value)])),
        b't' | b'f' => Some(object([("boolValue", value)])),
        b'n' => None,
        _ => {
            let text = std::str::from_utf8(value).ok()?;
            let key = if text.parse::<i64>().is_ok() { "intValue" } else { "doubleValue" };
            Some(object([(key, value)]))
        }
    }
}

/// A span on its way.
#[derive(Debug, Default)]
pub(super) struct Span {
    pub(super) trace_id: [u8; 16],
    pub(super) span_id: [u8; 8],
    pub(super) parent: Option<[u8; 8]>,
    pub(super) name: String,
    pub(super) start: Option<UnixNanos>,
    pub(super) end: Option<UnixNanos>,
    pub(super) attributes: Attributes,
    pub(super) resource: Attributes,
    pub(super) scope: &'static str,
    /// 0 unset, 1 ok, 2 error.
    pub(super) status: u8,
    pub(super) status_message: String,
    /// Name, time and attributes.
    pub(super) events: Vec<(String, Option<UnixNanos>, Attributes)>,
}

impl Span {
    /// A request with this one span.
    pub(super) fn into_request(self) -> Vec<u8> {
        let text = |text: &str| {
            let mut json = Vec::new();
            json::write_string(text, &mut json);
            json
        };
        let nanos = |time: Option<UnixNanos>| {
            format!("\"{}\"", time.map_or(0, |time| u64::try_from(time.0).unwrap_or(0))).into_bytes()
        };
        let list = |values: Vec<Vec<u8>>| [b"[".as_slice(), &values.join(&b','), b"]"].concat();
        let events: Vec<Vec<u8>> = self
            .events
            .into_iter()
            .map(|(name, time, attributes)| {
                object([
                    ("timeUnixNano", nanos(time).as_slice()),
                    ("name", text(&name).as_slice()),
                    ("attributes", attributes.into_json().as_slice()),
                ])
            })
            .collect();
        let status = object([
            ("code", self.status.to_string().as_bytes()),
            ("message", text(&self.status_message).as_slice()),
        ]);
        let span = object([
            ("traceId", text(&hex(&self.trace_id)).as_slice()),
            ("spanId", text(&hex(&self.span_id)).as_slice()),
            ("parentSpanId", text(&self.parent.map(|parent| hex(&parent)).unwrap_or_default()).as_slice()),
            ("name", text(&self.name).as_slice()),
            ("kind", b"1"),
            ("startTimeUnixNano", nanos(self.start).as_slice()),
            ("endTimeUnixNano", nanos(self.end).as_slice()),
            ("attributes", self.attributes.into_json().as_slice()),
            ("events", list(events).as_slice()),
            ("status", status.as_slice()),
        ]);
        let scope_spans = object([
            ("scope", object([("name", text(self.scope).as_slice())]).as_slice()),
            ("spans", list(vec![span]).as_slice()),
        ]);
        let resource = object([("attributes", self.resource.into_json().as_slice())]);
        let resource_spans =
            object([("resource", resource.as_slice()), ("scopeSpans", list(vec![scope_spans]).as_slice())]);
        object([("resourceSpans", list(vec![resource_spans]).as_slice())])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_of_every_export_are_read() {
        let expected = Some(UnixNanos(1_716_990_379_963_000_000));
        for text in [
            "\"2024-05-29T13:46:19.963Z\"",
            "\"2024-05-29 13:46:19.963000\"",
            "\"2024-05-29T15:46:19.963+02:00\"",
            "1716990379963",
            "1716990379963000",
            "\"1716990379963000000\"",
        ] {
            assert_eq!(time(text.as_bytes()), expected, "{text}");
        }
        assert_eq!(time(b"\"soon\""), None);
    }

    #[test]
    fn ids_are_read_or_made_and_never_zero() {
        assert_eq!(id_bytes::<8>("00f067aa0ba902b7"), [0, 0xf0, 0x67, 0xaa, 0x0b, 0xa9, 0x02, 0xb7]);
        let uuid = id_bytes::<16>("0197a3c2-51e8-7aa0-8f00-111122223333");
        assert_eq!(hex(&uuid), "0197a3c251e87aa08f00111122223333");
        assert_eq!(id_bytes::<8>("my-step"), id_bytes::<8>("my-step"));
        assert_ne!(id_bytes::<8>("0000000000000000"), [0; 8]);
    }
}
