//! What a line of a session says about one run, in the words of LangSmith's protocol.

use model::{ContentHash, Operation, RunId, TraceId};

use super::DIALECT_KEY;
use crate::{json, preview};

/// A turn of the user: a trace, which is named by its root.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Turn {
    pub(super) trace: TraceId,
    pub(super) root: RunId,
}

/// A run's id made of what names it in the file: the same in every reading of the same session.
pub(super) fn run_id(parts: &[&str]) -> RunId {
    let mut bytes = ContentHash::of_bytes(parts.join("\0").as_bytes()).0;
    // A UUID of version 8 (RFC 9562 §5.8).
    bytes[6] = (bytes[6] & 0x0f) | 0x80;
    bytes[8] = (bytes[8] & 0x3f) | 0x80;
    RunId::from_bytes(bytes)
}

impl Turn {
    pub(super) fn of(parts: &[&str]) -> Self {
        let root = run_id(parts);
        Self { trace: TraceId::from_bytes(*root.as_bytes()), root }
    }
}

/// One statement.
#[derive(Debug)]
pub(super) struct Statement {
    operation: Operation,
    members: Vec<(&'static str, Vec<u8>)>,
    metadata: Vec<(&'static str, Vec<u8>)>,
    extra: Vec<(&'static str, Vec<u8>)>,
}

/// A text as JSON.
pub(super) fn quoted(text: &str) -> Vec<u8> {
    let mut json = Vec::new();
    json::write_string(text, &mut json);
    json
}

/// A list of values that are JSON.
pub(super) fn list(values: &[Vec<u8>]) -> Vec<u8> {
    [b"[".as_slice(), &values.join(&b','), b"]"].concat()
}

impl Statement {
    pub(super) fn about(operation: Operation, turn: Turn, run: RunId) -> Self {
        let members = vec![("id", quoted(&run.to_string())), ("trace_id", quoted(&turn.trace.to_string()))];
        Self { operation, members, metadata: Vec::new(), extra: Vec::new() }
    }

    pub(super) fn text(self, key: &'static str, text: &str) -> Self {
        self.json(key, quoted(text))
    }

    pub(super) fn json(mut self, key: &'static str, json: Vec<u8>) -> Self {
        self.members.push((key, json));
        self
    }

    /// A member as it stands in the line; left out when the line has none, or null.
    pub(super) fn sent(self, key: &'static str, value: Option<&[u8]>) -> Self {
        match value.filter(|value| *value != b"null") {
            Some(value) => self.json(key, value.to_vec()),
            None => self,
        }
    }

    pub(super) fn meta(mut self, key: &'static str, value: Option<&[u8]>) -> Self {
        let said = value.filter(|value| !matches!(*value, b"null" | b"\"\""));
        self.metadata.extend(said.map(|value| (key, value.to_vec())));
        self
    }

    pub(super) fn extra(mut self, key: &'static str, json: Vec<u8>) -> Self {
        self.extra.push((key, json));
        self
    }

    /// The lines that the statement was read from, as they came.
    pub(super) fn lines(self, lines: &[Vec<u8>]) -> Self {
        self.extra("session_lines", list(lines))
    }

    fn write(&self, dialect: &str) -> Vec<u8> {
        let borrowed = |members: &[(&'static str, Vec<u8>)]| {
            preview::object(members.iter().map(|(key, value)| (*key, value.as_slice())))
        };
        let mut extra = vec![(DIALECT_KEY, quoted(dialect))];
        if !self.metadata.is_empty() {
            extra.push(("metadata", borrowed(&self.metadata)));
        }
        extra.extend(self.extra.iter().cloned());
        let extra = borrowed(&extra);
        let members = self.members.iter().map(|(key, value)| (*key, value.as_slice()));
        preview::object(members.chain([("extra", extra.as_slice())]))
    }
}

/// Statements as one object with a list for each operation.
pub(super) fn write(statements: &[Statement], dialect: &str) -> Vec<u8> {
    let of = |operation| {
        let written: Vec<Vec<u8>> = statements
            .iter()
            .filter(|statement| statement.operation == operation)
            .map(|statement| statement.write(dialect))
            .collect();
        list(&written)
    };
    let (post, whole, patch) = (of(Operation::Create), of(Operation::Whole), of(Operation::Update));
    preview::object([("post", post.as_slice()), ("whole", whole.as_slice()), ("patch", patch.as_slice())])
}
