//! Bytes to runs, and to words about what could not be read.
//!
//! Pure: no files, sockets, clocks or threads. A format is a module under [`otlp`], [`langsmith`] or [`mod@file`]; a
//! vocabulary of attributes is a module under `dialect`. Decoding keeps what can be read and lists the rest as
//! [`Reject`]s; only a request of which nothing can be read is an error. On the way in no document tree is built:
//! the JSON scanner slices, and payloads stay the bytes they were.

pub mod csv;
mod detail;
mod dialect;
pub mod exchange;
pub mod export;
pub mod file;
mod find;
mod foreign;
mod json;
pub mod langsmith;
mod messages;
pub mod otlp;
mod preview;
mod protobuf;
pub mod redact;
mod reject;
mod session;
mod texts;
mod tidy;
mod usage;
mod value;

use model::{RawFormat, RawRecord, RunRecord};

pub use detail::{ErrorDetail, RunDetail, RunEvent, RunLink, detail};
pub use dialect::Explanation;
pub use find::{JsonPlace, JsonPlaces, find_in_json};
pub use json::{JsonKind, JsonNode, children, locate};
pub use preview::Side;
pub use reject::{DecodeError, Decoded, Reject};
pub use texts::{Text, TextPart, texts};
pub use tidy::pretty;

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
        RawFormat::OtlpSpan | RawFormat::OtlpLog => otlp::decode_protobuf(&raw.bytes, &context),
        RawFormat::LangsmithRun => langsmith::decode_json(&raw.bytes, &context, raw.operation),
    };
    decoded.ok()?.records.into_iter().next()
}

/// Why a run has the fields it has: for each field of a span, which rule read it and from which attribute. Records of
/// other formats name their fields themselves, so that there is nothing to explain.
pub fn explain(raw: &RawRecord) -> Vec<Explanation> {
    let mut explained = Vec::new();
    if raw.format == RawFormat::OtlpSpan {
        let context = Context { project: raw.project.clone() };
        otlp::for_each_span(&raw.bytes, &mut |span, owner| {
            explained = dialect::explain(span, owner, &context);
        });
    }
    explained
}

/// The messages of inputs or outputs as a JSON list in the shape of the GenAI conventions (`role`, `parts`), whichever
/// provider's shape they have; `None` when they are no conversation.
pub fn messages(payload: &str, side: Side) -> Option<String> {
    let payload = json::whole_value(payload.as_bytes()).ok()?;
    let messages = messages::Messages::read(payload, side)?;
    String::from_utf8(messages.to_json()).ok()
}
