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

/// `service.name` of the resources that these records name, with the number of records, in the order of their coming.
pub fn services(records: &[RunRecord]) -> Vec<(String, u64)> {
    let mut services: Vec<(String, u64)> = Vec::new();
    let mut last: Option<(&[u8], usize)> = None;
    for record in records {
        if !matches!(record.raw.format, RawFormat::OtlpSpan | RawFormat::OtlpLog) {
            continue;
        }
        let resource = proto::resource_of(&record.raw.bytes).unwrap_or_default();
        // Records of one resource stand one after the other, so that it is read once.
        let index = match last {
            Some((known, index)) if known == resource => Some(index),
            _ => proto::service_name(resource).map(|name| {
                services.iter().position(|(known, _)| *known == name).unwrap_or_else(|| {
                    services.push((name, 0));
                    services.len() - 1
                })
            }),
        };
        if let Some(index) = index {
            services[index].1 += 1;
            last = Some((resource, index));
        }
    }
    services
}

/// Every span and log record of a request in protobuf as one line of OTLP/JSON, those with unusable ids too.
pub fn lines_of_protobuf(bytes: &[u8]) -> Vec<String> {
    let mut lines = Vec::new();
    proto::for_each_any(bytes, &mut |line| lines.push(String::from_utf8_lossy(&line).into_owned()));
    lines
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
    out.feedback.extend(dialect::feedback_of_span(span, trace_id, run_id, fields.thread.as_deref()));
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

/// Code of the warning that something was counted and not read.
pub const NOT_READ: &str = "not_spans";

/// Says once a piece that it holds metrics, or log records that say nothing of a run.
fn not_read(input: &[u8]) -> Reject {
    let message = "Metrics are not read, nor log records that tell nothing of a run; spans become runs";
    Reject::new(NOT_READ, message, input)
}
