//! A log record, whatever encoding it came in, and what it says about a run (`otel-transport.md` §9).
//!
//! Many producers send the content of a call as log records beside its span, and Claude Code without its tracing sends
//! nothing else. A record that names a span is a weak statement about that span's run: whatever the span says itself
//! wins, whichever of the two comes first.

use model::{Operation, RawFormat, RawRecord, RunRecord};

use super::{Owner, Span};
use crate::{Context, Decoded, dialect, value::Value};

#[derive(Debug, Clone, PartialEq)]
pub(crate) struct LogRecord<'a> {
    /// Ids, name of the event, time and attributes, as a span has them.
    pub(crate) span: Span<'a>,
    pub(crate) body: Value<'a>,
    /// When it happened, as sent.
    pub(crate) time: u64,
    /// When it was collected, as sent.
    pub(crate) observed: u64,
    pub(crate) severity: u64,
    pub(crate) severity_text: std::borrow::Cow<'a, str>,
    /// The name as the record's own field has it.
    pub(crate) event_name: std::borrow::Cow<'a, str>,
}

impl LogRecord<'_> {
    pub(crate) fn new() -> Self {
        Self {
            span: Span::default(),
            body: Value::Null,
            time: 0,
            observed: 0,
            severity: 0,
            severity_text: "".into(),
            event_name: "".into(),
        }
    }

    /// Fills in what follows from the other fields: the name of the event and the time that counts.
    pub(crate) fn complete(&mut self) {
        self.span.start = if self.time == 0 { self.observed } else { self.time };
        self.span.end = 0;
        let attribute = || {
            let found = self.span.attributes.iter().rev().find(|(key, _)| key == "event.name");
            found.and_then(|(_, value)| value.to_text()).map(std::borrow::Cow::into_owned)
        };
        let body = || match &self.body {
            // A sentence is no name.
            Value::Text(text) if !text.contains(char::is_whitespace) && text.contains('.') => {
                Some(text.to_string())
            }
            _ => None,
        };
        // Codex has a place in its source where the name should be, and Claude Code leaves its family to the body.
        let field = Some(self.event_name.to_string()).filter(|name| !name.is_empty() && !name.contains(' '));
        let attribute = attribute();
        let family = body().filter(|body| {
            attribute
                .as_ref()
                .is_some_and(|name| body.strip_suffix(name.as_str()).is_some_and(|rest| rest.ends_with('.')))
        });
        self.span.name = field.or(family).or(attribute).or_else(body).unwrap_or_default().into();
    }
}

/// Adds a log record to what was decoded, if it says something about a run.
pub(super) fn take_log(
    record: &LogRecord<'_>,
    owner: &Owner<'_>,
    raw: impl FnOnce() -> Vec<u8>,
    context: &Context,
    out: &mut Decoded,
) {
    let judged = dialect::feedback_of_log(record);
    let is_judgement = judged.is_some();
    match judged {
        Some(Ok((feedback, warning))) => {
            out.feedback.push(feedback);
            out.warnings.extend(warning);
        }
        Some(Err(reject)) => return out.rejects.push(reject),
        None => {}
    }
    let Some((trace_id, run_id, fields)) = dialect::map_log(record, owner, context) else {
        out.ignored += u64::from(!is_judgement);
        return;
    };
    let bytes = raw();
    if let Err(reject) = out.keep(bytes.len(), record.span.name.as_bytes()) {
        out.rejects.push(reject);
        return;
    }
    out.records.push(RunRecord {
        trace_id: Some(trace_id),
        run_id,
        fields,
        // Of several records the later one is the stronger; those of one run lie close together.
        weight: u32::try_from((record.span.start / 1000) & u64::from(u32::MAX)).unwrap_or(u32::MAX),
        attachments: Vec::new(),
        raw: RawRecord {
            format: RawFormat::OtlpLog,
            // The weakest: a span knows better.
            operation: Operation::Create,
            project: context.project.clone(),
            bytes,
        },
    });
}
