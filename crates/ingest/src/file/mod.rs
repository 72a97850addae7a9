//! Files: recognised by content, split into pieces that can be decoded independently and in any order.

mod frames;
mod sniff;

pub use frames::{Frame, FrameKind, Frames};
pub use sniff::{Compression, Shape, Sniffed, sniff};

use model::Operation;

use crate::{
    Context, Decoded, Reject,
    json::{self, JsonErrorKind},
    langsmith, otlp,
};

/// Decodes one piece. What cannot be read carries its line; nothing is an error as a whole.
pub fn decode_frame(frame: &Frame, context: &Context) -> Decoded {
    let mut decoded = match frame.kind {
        FrameKind::Protobuf => match otlp::decode_protobuf(&frame.bytes, context) {
            Ok(decoded)
                if decoded.records.is_empty() && decoded.rejects.is_empty() && !frame.bytes.is_empty() =>
            {
                let reject = Reject::new("no_spans", "This protobuf message holds no spans", &frame.bytes);
                Decoded { rejects: vec![reject], ..decoded }
            }
            Ok(decoded) => decoded,
            Err(error) => Decoded { rejects: vec![error.0], ..Decoded::default() },
        },
        FrameKind::Json => decode_json(&frame.bytes, context),
    };
    let base = frame.offset;
    for reject in decoded.rejects.iter_mut().chain(&mut decoded.warnings) {
        // Within a piece, an offset tells more than the piece's first line; pretty-printed pieces span many lines.
        let within = reject.offset.unwrap_or(0);
        if frame.kind == FrameKind::Json {
            let before =
                usize::try_from(within).ok().and_then(|end| frame.bytes.get(..end)).unwrap_or_default();
            let lines = before.iter().filter(|byte| **byte == b'\n').count();
            reject.line = Some(frame.line + u64::try_from(lines).unwrap_or(0));
        }
        reject.offset = Some(base + within);
    }
    decoded
}

fn decode_json(bytes: &[u8], context: &Context) -> Decoded {
    let value = match json::whole_value(bytes) {
        Ok(value) => value,
        Err(error) => {
            let rest = bytes.get(error.offset.min(bytes.len().saturating_sub(1))..).unwrap_or_default();
            let excerpt = if error.kind == JsonErrorKind::Truncated { bytes } else { rest };
            let reject =
                Reject::new(error.kind.code(), error.kind.message(), excerpt).at_offset(error.offset);
            let mut decoded = Decoded::default();
            if error.kind == JsonErrorKind::Truncated
                && let Some(whole) = otlp::salvage_json(bytes)
                && let Ok(salvaged) = otlp::decode_json(&whole, context)
            {
                decoded = salvaged;
            }
            decoded.rejects.push(reject);
            return decoded;
        }
    };
    let is_otlp = json::members(value).any(|(key, _)| {
        matches!(
            key.as_ref(),
            "resourceSpans" | "scopeSpans" | "resourceLogs" | "resourceMetrics" | "resource_spans"
        )
    });
    let is_runs = langsmith::looks_like_run(value) || json::member(value, "runs").is_some();
    let result = if is_otlp {
        otlp::decode_json(value, context)
    } else if is_runs || value.first() == Some(&b'[') {
        langsmith::decode_json(value, context, Operation::Whole)
    } else {
        let keys: Vec<String> = json::members(value).take(6).map(|(key, _)| key.into_owned()).collect();
        let found = if keys.is_empty() {
            "no members".to_owned()
        } else {
            format!("the members {}", keys.join(", "))
        };
        let message = format!("Neither an OTLP request nor a LangSmith run: it has {found}");
        return Decoded { rejects: vec![Reject::new("not_a_trace", message, value)], ..Decoded::default() };
    };
    match result {
        Ok(decoded) => decoded,
        Err(error) => Decoded { rejects: vec![error.0], ..Decoded::default() },
    }
}
