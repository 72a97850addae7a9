//! Files: recognised by content, split into pieces that can be decoded independently and in any order.

mod frames;
mod sniff;

pub use frames::{Frame, FrameKind, Frames, unpacked};
pub use sniff::{Compression, Shape, Sniffed, sniff};

use model::Operation;

use crate::{
    Context, DecodeError, Decoded, Reject, foreign,
    json::{self, JsonError, JsonErrorKind},
    langsmith, otlp, session,
};

pub use session::Agent;

/// Decodes one piece. What cannot be read carries its line; nothing is an error as a whole.
pub fn decode_frame(frame: &Frame, context: &Context) -> Decoded {
    let mut decoded = match frame.kind {
        FrameKind::Protobuf => match otlp::decode_protobuf(&frame.bytes, context) {
            Ok(decoded)
                if decoded.records.is_empty()
                    && decoded.rejects.is_empty()
                    && decoded.ignored == 0
                    && !frame.bytes.is_empty() =>
            {
                let reject = Reject::new("no_spans", "This protobuf message holds no spans", &frame.bytes);
                Decoded { rejects: vec![reject], ..decoded }
            }
            Ok(decoded) => decoded,
            Err(error) => Decoded { rejects: vec![error.0], ..Decoded::default() },
        },
        FrameKind::Json => decode_json(&frame.bytes, context),
        FrameKind::Session => session::decode(&frame.bytes, context),
    };
    let base = frame.offset;
    for reject in decoded.rejects.iter_mut().chain(&mut decoded.warnings) {
        // Within a piece, an offset tells more than the piece's first line; pretty-printed pieces span many lines.
        let within = reject.offset.unwrap_or(0);
        if frame.kind == FrameKind::Session {
            // Places within the translation are places of nothing in the file.
            reject.line = Some(frame.line);
            reject.offset = Some(base);
            continue;
        }
        if frame.kind == FrameKind::Json {
            let before =
                usize::try_from(within).ok().and_then(|end| frame.bytes.get(..end)).unwrap_or_default();
            let lines = memchr::memchr_iter(b'\n', before).count();
            reject.line = Some(frame.line + u64::try_from(lines).unwrap_or(0));
        }
        reject.offset = Some(base + within);
    }
    decoded
}

/// The values of a piece. Where a number that is none (`NaN`, as Python writes it) makes it no JSON, it is read with
/// null in its place, and that is said.
fn decode_json(bytes: &[u8], context: &Context) -> Decoded {
    match decode_values(bytes, context) {
        (decoded, None) => decoded,
        (decoded, Some(error)) => match langsmith::repair::without_nan(bytes) {
            repaired if repaired == bytes => decoded,
            repaired => {
                let (mut decoded, _) = decode_values(&repaired, context);
                decoded.warnings.push(langsmith::repair::warning(bytes, error));
                decoded
            }
        },
    }
}

/// One value as a rule, several where a writer left out the line breaks between them; and what ended it too early.
fn decode_values(bytes: &[u8], context: &Context) -> (Decoded, Option<JsonError>) {
    let mut decoded = Decoded::default();
    let mut at = json::skip_space(bytes, 0);
    while at < bytes.len() {
        match json::value_end(bytes, at) {
            Ok(end) => {
                decode_value(&bytes[at..end], context, &mut decoded, at);
                at = json::skip_space(bytes, end);
            }
            Err(error) => {
                let is_cut = error.kind == JsonErrorKind::Truncated;
                let place = error.offset.min(bytes.len().saturating_sub(1));
                let excerpt = &bytes[if is_cut { at } else { place }..];
                if is_cut
                    && let Some(whole) = otlp::salvage_json(&bytes[at..])
                    && json::whole_value(&whole).is_ok()
                {
                    decode_value(&whole, context, &mut decoded, at);
                }
                let reject = Reject::new(error.kind.code(), error.kind.message(), excerpt);
                decoded.rejects.push(reject.at_offset(error.offset));
                return (decoded, Some(error));
            }
        }
    }
    (decoded, None)
}

/// An export of another tool. Runs of LangSmith share members with some, but not their type.
fn foreign(value: &[u8], is_runs: bool, context: &Context) -> Option<Decoded> {
    let is_run = is_runs && json::member(value, "run_type").is_some();
    if is_run { None } else { foreign::decode(value, context) }
}

/// What Claude Code writes beside the session of a sub-agent; the session tells the same.
fn is_description_of_agent(value: &[u8]) -> bool {
    json::member(value, "agentType").is_some() && json::member(value, "toolUseId").is_some()
}

/// Adds what one value holds; `offset` is its place in the piece.
fn decode_value(value: &[u8], context: &Context, out: &mut Decoded, offset: usize) {
    let is_otlp = json::members(value).any(|(key, _)| {
        matches!(
            key.as_ref(),
            "resourceSpans" | "scopeSpans" | "resourceLogs" | "resourceMetrics" | "resource_spans"
        )
    });
    let is_runs = langsmith::looks_like_run(value) || json::member(value, "runs").is_some();
    let result = if is_otlp {
        otlp::decode_json(value, context)
    } else if let Some(decoded) = foreign(value, is_runs, context) {
        Ok(decoded)
    } else if is_description_of_agent(value) {
        out.ignored += 1;
        return;
    } else if is_runs || value.first() == Some(&b'[') {
        langsmith::decode_json(value, context, Operation::Whole)
    } else {
        let keys: Vec<String> = json::members(value).take(6).map(|(key, _)| key.into_owned()).collect();
        let found = if keys.is_empty() {
            "no members".to_owned()
        } else {
            format!("the members {}", keys.join(", "))
        };
        let message =
            format!("Neither an OTLP request, a LangSmith run nor an export that is known: it has {found}");
        Err(DecodeError(Reject::new("not_a_trace", message, value)))
    };
    let decoded = match result {
        Ok(decoded) => decoded,
        Err(error) => Decoded { rejects: vec![error.0], ..Decoded::default() },
    };
    let placed = |mut reject: Reject| {
        let within = reject.offset.unwrap_or(0);
        reject.offset = u64::try_from(offset).ok().map(|offset| offset + within);
        reject
    };
    out.records.extend(decoded.records);
    out.feedback.extend(decoded.feedback);
    out.rejects.extend(decoded.rejects.into_iter().map(placed));
    out.warnings.extend(decoded.warnings.into_iter().map(placed));
    out.ignored += decoded.ignored;
}
