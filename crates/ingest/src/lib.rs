//! Bytes to runs, and to words about what could not be read.
//!
//! Pure: no files, sockets, clocks or threads. A format is a module under [`otlp`], [`langsmith`] or [`mod@file`]; a
//! vocabulary of attributes is a module under `dialect`. Decoding keeps what can be read and lists the rest as
//! [`Reject`]s; only a request of which nothing can be read is an error. On the way in no document tree is built:
//! the JSON scanner slices, and payloads stay the bytes they were.

mod detail;
mod dialect;
pub mod export;
pub mod file;
mod json;
pub mod langsmith;
pub mod otlp;
mod preview;
mod protobuf;
pub mod redact;
mod reject;
mod tidy;
mod value;

use model::{RawFormat, RawRecord, RunRecord};

pub use detail::{ErrorDetail, RunDetail, RunEvent, RunLink, detail};
pub use json::{JsonKind, JsonNode, children, locate};
pub use reject::{DecodeError, Decoded, Reject};

/// What the transport knows and the bytes do not hold.
#[derive(Debug, Clone, Default)]
pub struct Context {
    /// Project named by a request header.
    pub project: Option<String>,
}

/// The meaning of a record, computed again from its bytes: what decoding gave when it came in, under the rules of
/// this version.
pub fn interpret(raw: &RawRecord) -> Option<RunRecord> {
    let context = Context { project: raw.project.clone() };
    let decoded = match raw.format {
        RawFormat::OtlpSpan => otlp::decode_protobuf(&raw.bytes, &context),
        RawFormat::LangsmithRun => langsmith::decode_json(&raw.bytes, &context, raw.operation),
    };
    decoded.ok()?.records.into_iter().next()
}
