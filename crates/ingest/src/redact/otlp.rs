//! Redaction of spans and log records, field by field of the protobuf message; fields that nobody knows stay.
//!
//! What stands behind a break within a message is left out: nobody reads it, so nobody can say what it holds.

use super::{Counts, REDACTED, Rules, Scope};
use crate::{
    dialect,
    protobuf::{Fields, Message, Wire, text},
};

/// Levels of nested values that are read; what is deeper reads as null and is left out here.
const MAX_VALUE_DEPTH: usize = 200;

/// Attributes by which runs find each other, and their types. They are never touched.
const STRUCTURAL: [&str; 8] = [
    "event.name",
    "langsmith.is_root",
    "langsmith.span.dotted_order",
    "langsmith.span.id",
    "langsmith.span.kind",
    "langsmith.span.parent_id",
    "gen_ai.operation.name",
    "openinference.span.kind",
];

/// Files in base64, in which no pattern finds anything but chance.
const ATTACHMENTS: &str = "langsmith.attachments";

/// Names of runs and projects, of which only what matches a pattern or a detector is replaced.
fn is_name(key: &str) -> bool {
    key == "langsmith.metadata.ls_run_name" || key.starts_with("langsmith.trace.")
}

/// Whether an `AnyValue` is a text that names an event.
fn is_event_name(value: &[u8]) -> bool {
    let mut fields = Fields::new(value).flatten();
    matches!((fields.next(), fields.next()), (Some((1, Wire::Bytes(name))), None) if dialect::is_event_name(&text(name)))
}

/// The message with some of its length-delimited fields replaced; `None` when none is.
fn rewrite(message: &[u8], mut replace: impl FnMut(u32, &[u8]) -> Option<Vec<u8>>) -> Option<Vec<u8>> {
    let mut out = Message::default();
    let mut is_changed = false;
    for field in Fields::new(message) {
        let Ok((number, wire)) = field else {
            is_changed = true;
            break;
        };
        match wire {
            Wire::Varint(value) => out.put_varint(number, value),
            Wire::Fixed64(value) => out.put_fixed64(number, value),
            Wire::Fixed32(value) => out.put_fixed32(number, value),
            Wire::Bytes(bytes) => match replace(number, bytes) {
                Some(replaced) => {
                    is_changed = true;
                    out.put_bytes(number, &replaced);
                }
                None => out.put_bytes(number, bytes),
            },
        }
    }
    is_changed.then_some(out.0)
}

impl Rules {
    /// A `TracesData` message. Field numbers: `opentelemetry/proto/trace/v1/trace.proto`.
    pub(super) fn otlp_span(&self, data: &[u8], counts: &mut Counts) -> Option<Vec<u8>> {
        self.framed(data, counts, |bytes, root, counts| self.span(bytes, root, counts))
    }

    /// A `LogsData` message. Field numbers: `opentelemetry/proto/logs/v1/logs.proto`.
    pub(super) fn otlp_log(&self, data: &[u8], counts: &mut Counts) -> Option<Vec<u8>> {
        self.framed(data, counts, |bytes, root, counts| self.log(bytes, root, counts))
    }

    /// The frame around spans and log records, which has the same field numbers for both.
    fn framed(
        &self,
        data: &[u8],
        counts: &mut Counts,
        item: impl Fn(&[u8], &Scope, &mut Counts) -> Option<Vec<u8>>,
    ) -> Option<Vec<u8>> {
        let root = self.root();
        rewrite(data, |number, bytes| match number {
            1 => rewrite(bytes, |number, bytes| match number {
                1 => self.attributes(bytes, 1, &root, counts),
                2 => rewrite(bytes, |number, bytes| match number {
                    1 => {
                        let named = self.named(bytes, 1, counts);
                        let scope = named.as_deref().unwrap_or(bytes);
                        self.attributes(scope, 3, &root, counts).or(named)
                    }
                    2 => item(bytes, &root, counts),
                    _ => None,
                }),
                _ => None,
            }),
            _ => None,
        })
    }

    fn log(&self, record: &[u8], root: &Scope, counts: &mut Counts) -> Option<Vec<u8>> {
        rewrite(record, |number, bytes| match number {
            // The name of the event may stand in the body; without it nobody knows what the record tells of.
            5 if is_event_name(bytes) => None,
            5 => self.any_value(bytes, &self.enter(root, "body"), 0, counts),
            6 => self.key_value(bytes, root, 0, counts),
            _ => None,
        })
    }

    fn span(&self, span: &[u8], root: &Scope, counts: &mut Counts) -> Option<Vec<u8>> {
        rewrite(span, |number, bytes| match number {
            5 => self.name(&text(bytes), counts).map(String::into_bytes),
            9 => self.key_value(bytes, root, 0, counts),
            11 => {
                let named = self.named(bytes, 2, counts);
                self.attributes(named.as_deref().unwrap_or(bytes), 3, root, counts).or(named)
            }
            13 => self.attributes(bytes, 4, root, counts),
            15 => rewrite(bytes, |number, message| match number {
                2 => {
                    let scope = self.enter(root, "status.message");
                    self.string(message, &scope, 0, counts).map(String::into_bytes)
                }
                _ => None,
            }),
            _ => None,
        })
    }

    /// A message with a name in the field of this number.
    fn named(&self, message: &[u8], field: u32, counts: &mut Counts) -> Option<Vec<u8>> {
        rewrite(message, |number, bytes| match number {
            number if number == field => self.name(&text(bytes), counts).map(String::into_bytes),
            _ => None,
        })
    }

    /// A message with attributes in the field of this number.
    fn attributes(&self, message: &[u8], field: u32, root: &Scope, counts: &mut Counts) -> Option<Vec<u8>> {
        rewrite(message, |number, bytes| {
            (number == field).then(|| self.key_value(bytes, root, 0, counts)).flatten()
        })
    }

    fn key_value(&self, entry: &[u8], scope: &Scope, depth: usize, counts: &mut Counts) -> Option<Vec<u8>> {
        let keys = Fields::new(entry).flatten().filter_map(|field| match field {
            (1, Wire::Bytes(key)) => Some(text(key)),
            _ => None,
        });
        let key = keys.last().unwrap_or_default();
        let scope = self.enter(scope, &key);
        if depth == 0 && is_name(&key) {
            return rewrite(entry, |number, bytes| {
                (number == 2).then(|| self.any_value(bytes, &Scope::default(), depth, counts)).flatten()
            });
        }
        let is_left =
            depth == 0 && (STRUCTURAL.contains(&&*key) || (key == ATTACHMENTS && scope.forced.is_none()));
        if is_left {
            return None;
        }
        rewrite(entry, |number, bytes| {
            (number == 2).then(|| self.any_value(bytes, &scope, depth, counts)).flatten()
        })
    }

    fn any_value(&self, value: &[u8], scope: &Scope, depth: usize, counts: &mut Counts) -> Option<Vec<u8>> {
        if depth >= MAX_VALUE_DEPTH {
            return Some(Vec::new()).filter(|_| !value.is_empty());
        }
        let redacted = || {
            let mut message = Message::default();
            message.put_bytes(1, REDACTED.as_bytes());
            message.0
        };
        for field in Fields::new(value).flatten() {
            let is_scalar = !matches!(field, (1 | 5 | 6, Wire::Bytes(_)));
            if let Some(rule) = scope.forced.filter(|_| is_scalar) {
                counts.add(rule);
                return Some(redacted());
            }
            if let (3, Wire::Varint(number)) = field
                && self.number(&number.cast_signed().to_string(), counts).is_some()
            {
                return Some(redacted());
            }
        }
        rewrite(value, |number, bytes| match number {
            1 => self.string(bytes, scope, depth, counts).map(String::into_bytes),
            5 => {
                let mut index = 0;
                rewrite(bytes, |number, bytes| {
                    if number != 1 {
                        return None;
                    }
                    let scope = self.enter_element(scope, index);
                    index += 1;
                    self.any_value(bytes, &scope, depth + 1, counts)
                })
            }
            6 => rewrite(bytes, |number, bytes| {
                (number == 1).then(|| self.key_value(bytes, scope, depth + 1, counts)).flatten()
            }),
            _ => None,
        })
    }

    fn string(&self, bytes: &[u8], scope: &Scope, depth: usize, counts: &mut Counts) -> Option<String> {
        self.text_at(&text(bytes), depth, scope, counts)
    }
}
