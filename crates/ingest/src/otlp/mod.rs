//! OpenTelemetry spans and log records, in protobuf and JSON (`otel-transport.md` §2–9).
//!
//! Both encodings become one `Span` or `LogRecord`. A span's raw record is a `TracesData` message with that one span, a
//! log record's a `LogsData` message, so records are self-contained and their concatenation is a valid request again.

mod json;
mod log;
mod proto;
mod span;

use model::{Operation, RawFormat, RawRecord, RunRecord};

pub(crate) use json::{write_log_json, write_span_json};
pub(crate) use log::LogRecord;
pub(crate) use proto::{for_each_log, for_each_span};
pub(crate) use span::{DROPPED_BY_SENDER, Event, Link, Owner, Scope, Span, SpanIds, hex};

use crate::{Context, DecodeError, Decoded, Reject, dialect};

/// Decodes an `ExportTraceServiceRequest` or `ExportLogsServiceRequest` (or `TracesData`, `LogsData`) in protobuf.
///
/// What stands before a break is kept; a message without any whole span or log record is an error.
pub fn decode_protobuf(bytes: &[u8], context: &Context) -> Result<Decoded, DecodeError> {
    proto::decode(bytes, context)
}

/// Decodes an `ExportTraceServiceRequest` or `ExportLogsServiceRequest` (or `TracesData`, `LogsData`) in OTLP/JSON, or an
/// array of these.
pub fn decode_json(bytes: &[u8], context: &Context) -> Result<Decoded, DecodeError> {
    json::decode(bytes, context)
}

/// Keeps the whole spans of a JSON request that was cut off: `bytes` up to the last complete one, closed properly.
pub(crate) fn salvage_json(bytes: &[u8]) -> Option<Vec<u8>> {
    json::salvage(bytes)
}

/// Adds a span to what was decoded, or says why not.
fn take_span(
    span: &Span<'_>,
    owner: &Owner<'_>,
    raw: impl FnOnce() -> Vec<u8>,
    path: impl Fn() -> String,
    context: &Context,
    out: &mut Decoded,
) {
    let ids = match span.ids() {
        Ok(ids) => ids,
        Err(problem) => {
            let message = problem.message(span);
            out.rejects.push(Reject::new(problem.code(), message, span.name.as_bytes()).at_path(path()));
            return;
        }
    };
    for problem in span.problems() {
        let message = problem.message(span);
        out.warnings.push(Reject::new(problem.code(), message, span.name.as_bytes()).at_path(path()));
    }
    let (trace_id, run_id, fields) = dialect::map(span, owner, &ids, context);
    let attachments = dialect::attachments(span);
    out.records.push(RunRecord {
        trace_id: Some(trace_id),
        run_id,
        fields,
        weight: u32::try_from(span.attributes.len() + span.events.len()).unwrap_or(u32::MAX),
        attachments,
        raw: RawRecord {
            format: RawFormat::OtlpSpan,
            operation: Operation::Whole,
            project: context.project.clone(),
            bytes: raw(),
        },
    });
}

/// Says once a piece that it holds metrics, or log records that say nothing of a run.
fn not_read(input: &[u8]) -> Reject {
    let message = "Metrics are not read, nor log records that tell nothing of a run; spans become runs";
    Reject::new("not_spans", message, input)
}
