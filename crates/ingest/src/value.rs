//! Attribute values (`AnyValue`), and how they read as JSON.

use std::{borrow::Cow, io::Write as _};

use base64::Engine as _;

use crate::json;

/// An OpenTelemetry attribute value.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Value<'a> {
    Null,
    Bool(bool),
    Int(i64),
    Double(f64),
    Text(Cow<'a, str>),
    Bytes(Cow<'a, [u8]>),
    Array(Vec<Value<'a>>),
    Map(Vec<(Cow<'a, str>, Value<'a>)>),
}

impl Value<'_> {
    /// Null, empty text, empty lists and empty maps say nothing (`otel-genai.md` A).
    pub(crate) fn is_absent(&self) -> bool {
        match self {
            Self::Null => true,
            Self::Text(text) => text.is_empty(),
            Self::Bytes(bytes) => bytes.is_empty(),
            Self::Array(values) => values.is_empty(),
            Self::Map(entries) => entries.is_empty(),
            Self::Bool(_) | Self::Int(_) | Self::Double(_) => false,
        }
    }

    /// The value as JSON text, as it is.
    pub(crate) fn write_json(&self, out: &mut Vec<u8>) {
        match self {
            Self::Null => out.extend_from_slice(b"null"),
            Self::Bool(value) => out.extend_from_slice(if *value { b"true" } else { b"false" }),
            Self::Int(value) => {
                let _ = write!(out, "{value}");
            }
            Self::Double(value) if value.is_finite() => {
                let _ = serde_json::to_writer(&mut *out, value);
            }
            Self::Double(value) => json::write_string(non_finite(*value), out),
            Self::Text(text) => json::write_string(text, out),
            Self::Bytes(bytes) => {
                json::write_string(&base64::engine::general_purpose::STANDARD.encode(bytes), out);
            }
            Self::Array(values) => {
                out.push(b'[');
                for (index, value) in values.iter().enumerate() {
                    if index > 0 {
                        out.push(b',');
                    }
                    value.write_json(out);
                }
                out.push(b']');
            }
            Self::Map(entries) => {
                out.push(b'{');
                for (index, (key, value)) in entries.iter().enumerate() {
                    if index > 0 {
                        out.push(b',');
                    }
                    json::write_string(key, out);
                    out.push(b':');
                    value.write_json(out);
                }
                out.push(b'}');
            }
        }
    }

    /// The value as JSON text, where text that holds a JSON object or list counts as that (`otel-genai.md` A, `json`).
    pub(crate) fn to_json(&self) -> Cow<'_, [u8]> {
        if let Self::Text(text) = self {
            let trimmed = text.trim();
            if trimmed.starts_with(['{', '['])
                && let Ok(value) = json::whole_value(trimmed.as_bytes())
            {
                return Cow::Borrowed(value);
            }
        }
        let mut out = Vec::new();
        self.write_json(&mut out);
        Cow::Owned(out)
    }

    /// The value as JSON text, where text that holds any JSON value counts as that (`otel-genai.md` A, `jsonany`).
    pub(crate) fn to_any_json(&self) -> Cow<'_, [u8]> {
        match self {
            Self::Text(text) => match json::whole_value(text.as_bytes()) {
                Ok(value) => Cow::Borrowed(value),
                Err(_) => self.to_json(),
            },
            _ => self.to_json(),
        }
    }

    /// The value as JSON text, where a literal of Python counts as what it means (`otel-genai.md` A, `pyrepr`).
    pub(crate) fn to_python_json(&self) -> Cow<'_, [u8]> {
        let json = self.to_json();
        let Self::Text(text) = self else { return json };
        if json.first() != Some(&b'"') || !text.trim_start().starts_with(['{', '[']) {
            return json;
        }
        let replaced = text
            .trim()
            .replace('\'', "\"")
            .replace(": None", ": null")
            .replace(": True", ": true")
            .replace(": False", ": false");
        if json::whole_value(replaced.as_bytes()).is_ok() { Cow::Owned(replaced.into_bytes()) } else { json }
    }

    /// A number, or text that is one.
    pub(crate) fn to_count(&self) -> Option<u64> {
        match self {
            Self::Int(value) => u64::try_from(*value).ok(),
            Self::Double(value) if value.is_finite() && *value >= 0.0 => format!("{value:.0}").parse().ok(),
            Self::Text(text) => json::count(text.trim().as_bytes()),
            _ => None,
        }
    }

    /// Text, or a number or boolean written out.
    pub(crate) fn to_text(&self) -> Option<Cow<'_, str>> {
        match self {
            Self::Text(text) => Some(Cow::Borrowed(text.as_ref())),
            Self::Bool(value) => Some(Cow::Owned(value.to_string())),
            Self::Int(value) => Some(Cow::Owned(value.to_string())),
            Self::Double(value) if value.is_finite() => Some(Cow::Owned(value.to_string())),
            _ => None,
        }
    }
}

/// How the JSON of protobuf spells a number that JSON has no number for.
pub(crate) fn non_finite(value: f64) -> &'static str {
    if value.is_nan() {
        "NaN"
    } else if value > 0.0 {
        "Infinity"
    } else {
        "-Infinity"
    }
}
