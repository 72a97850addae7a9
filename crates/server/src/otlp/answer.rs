//! The messages that OTLP answers with: `Export…ServiceResponse` and `google.rpc.Status` (`otel-transport.md` §3, §4).

use engine::{Encoding, IntakeAnswer, Signal};

/// Seconds after which a sender may come again. What waits is written in far less, unless the disk is slow.
pub(super) const RETRY_SECONDS: u32 = 1;

/// `Export…ServiceResponse`; `partial_success` only where there is something to say.
pub(super) fn response(answer: &IntakeAnswer, signal: Signal, encoding: Encoding) -> Vec<u8> {
    match (&answer.message, encoding) {
        (None, Encoding::Protobuf) => Vec::new(),
        (None, Encoding::Json) => b"{}".to_vec(),
        (Some(message), Encoding::Protobuf) => {
            // All signals have the count of the refused in field 1.
            let mut partial = Vec::new();
            if answer.rejected > 0 {
                put_varint(1, answer.rejected, &mut partial);
            }
            put_bytes(2, message.as_bytes(), &mut partial);
            let mut response = Vec::new();
            put_bytes(1, &partial, &mut response);
            response
        }
        (Some(message), Encoding::Json) => {
            let rejected = match signal {
                Signal::Traces => "rejectedSpans",
                Signal::Logs => "rejectedLogRecords",
                Signal::Metrics => "rejectedDataPoints",
            };
            serde_json::json!({
                "partialSuccess": { rejected: answer.rejected.to_string(), "errorMessage": message }
            })
            .to_string()
            .into_bytes()
        }
    }
}

/// `google.rpc.Status` in protobuf.
pub(super) fn status(code: u32, message: &str) -> Vec<u8> {
    let mut status = Vec::new();
    put_varint(1, code.into(), &mut status);
    put_bytes(2, message.as_bytes(), &mut status);
    status
}

/// `google.rpc.RetryInfo`: come again after [`RETRY_SECONDS`].
pub(super) fn retry_info() -> Vec<u8> {
    let mut delay = Vec::new();
    put_varint(1, RETRY_SECONDS.into(), &mut delay);
    let mut retry_info = Vec::new();
    put_bytes(1, &delay, &mut retry_info);
    retry_info
}

/// `google.rpc.Status` with [`retry_info`] as its only detail.
pub(super) fn status_with_retry(code: u32, message: &str) -> Vec<u8> {
    let mut any = Vec::new();
    put_bytes(1, b"type.googleapis.com/google.rpc.RetryInfo", &mut any);
    put_bytes(2, &retry_info(), &mut any);
    let mut status = status(code, message);
    put_bytes(3, &any, &mut status);
    status
}

fn put_number(mut value: u64, out: &mut Vec<u8>) {
    while value >= 0x80 {
        out.push(u8::try_from(value & 0x7f).unwrap_or_default() | 0x80);
        value >>= 7;
    }
    out.push(u8::try_from(value).unwrap_or_default());
}

fn put_varint(field: u8, value: u64, out: &mut Vec<u8>) {
    out.push(field << 3);
    put_number(value, out);
}

fn put_bytes(field: u8, bytes: &[u8], out: &mut Vec<u8>) {
    out.push((field << 3) | 2);
    put_number(u64::try_from(bytes.len()).unwrap_or(u64::MAX), out);
    out.extend_from_slice(bytes);
}
