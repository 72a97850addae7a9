//! A span, whatever encoding it came in.

use std::borrow::Cow;

use model::{RunId, TraceId, UnixNanos};

use crate::value::Value;

/// Attributes in the order they were sent.
pub(crate) type Attributes<'a> = Vec<(Cow<'a, str>, Value<'a>)>;

#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Span<'a> {
    pub(crate) trace_id: Cow<'a, [u8]>,
    pub(crate) span_id: Cow<'a, [u8]>,
    pub(crate) parent_span_id: Cow<'a, [u8]>,
    pub(crate) trace_state: Cow<'a, str>,
    pub(crate) name: Cow<'a, str>,
    pub(crate) kind: u64,
    pub(crate) flags: u32,
    pub(crate) start: u64,
    pub(crate) end: u64,
    pub(crate) attributes: Attributes<'a>,
    pub(crate) dropped_attributes: u64,
    pub(crate) events: Vec<Event<'a>>,
    pub(crate) dropped_events: u64,
    pub(crate) links: Vec<Link<'a>>,
    pub(crate) dropped_links: u64,
    pub(crate) status_code: u64,
    pub(crate) status_message: Cow<'a, str>,
    /// A text was not valid UTF-8.
    pub(crate) invalid_utf8: bool,
    /// A time that is no number of nanoseconds, as it was sent.
    pub(crate) unread_time: Option<Cow<'a, str>>,
}

#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Event<'a> {
    pub(crate) time: u64,
    pub(crate) name: Cow<'a, str>,
    pub(crate) attributes: Attributes<'a>,
    pub(crate) dropped_attributes: u64,
}

#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Link<'a> {
    pub(crate) trace_id: Cow<'a, [u8]>,
    pub(crate) span_id: Cow<'a, [u8]>,
    pub(crate) trace_state: Cow<'a, str>,
    pub(crate) attributes: Attributes<'a>,
    pub(crate) dropped_attributes: u64,
    pub(crate) flags: u32,
}

/// What made the span.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Scope<'a> {
    pub(crate) name: Cow<'a, str>,
    pub(crate) version: Cow<'a, str>,
    pub(crate) attributes: Attributes<'a>,
}

/// Resource and scope of a span.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Owner<'a> {
    pub(crate) resource: Attributes<'a>,
    pub(crate) scope: Scope<'a>,
}

/// Valid ids of a span.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct SpanIds {
    pub(crate) trace_id: TraceId,
    pub(crate) run_id: RunId,
    pub(crate) parent_run_id: Option<RunId>,
}

/// The sender itself left something out. It knows; only whoever reads the trace does not.
pub(crate) const DROPPED_BY_SENDER: &str = "dropped_by_sender";

/// Something about a span that is not as it should be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum SpanProblem {
    TraceId,
    SpanId,
    ParentId,
    StartTime,
    EndTime,
    EndsBeforeStart,
    OwnParent,
    DuplicateKey,
    Dropped,
    Utf8,
    UnreadTime,
}

impl SpanProblem {
    pub(crate) fn code(self) -> &'static str {
        match self {
            Self::TraceId => "invalid_trace_id",
            Self::SpanId => "invalid_span_id",
            Self::ParentId => "invalid_parent_span_id",
            Self::StartTime | Self::EndTime | Self::UnreadTime => "time_out_of_range",
            Self::EndsBeforeStart => "ends_before_start",
            Self::OwnParent => "own_parent",
            Self::DuplicateKey => "duplicate_key",
            Self::Dropped => DROPPED_BY_SENDER,
            Self::Utf8 => "invalid_utf8",
        }
    }

    pub(crate) fn message(self, span: &Span<'_>) -> String {
        match self {
            Self::TraceId => format!(
                "The trace id must be 16 bytes that are not all zero; it has {}",
                describe(&span.trace_id)
            ),
            Self::SpanId => format!(
                "The span id must be 8 bytes that are not all zero; it has {}",
                describe(&span.span_id)
            ),
            Self::ParentId => {
                format!(
                    "The parent span id must be 8 bytes; it has {}. The span is kept as a root",
                    describe(&span.parent_span_id)
                )
            }
            Self::StartTime => format!(
                "The start time {} lies beyond the year 2262 and is left out; the raw span keeps it",
                span.start
            ),
            Self::EndTime => format!(
                "The end time {} lies beyond the year 2262 and is left out; the raw span keeps it",
                span.end
            ),
            Self::EndsBeforeStart => {
                let early = span.start.saturating_sub(span.end);
                format!("The span ends {early} ns before it starts; both times are kept as sent")
            }
            Self::OwnParent => "The span names itself as its parent; it is shown as a root".to_owned(),
            Self::DuplicateKey => format!(
                "The attribute {} is there more than once; the last one counts, the raw span keeps all",
                first_duplicate(&span.attributes).unwrap_or_default()
            ),
            Self::Dropped => format!(
                "The sender left out {} attributes, {} events and {} links, by its own limits",
                span.dropped_attributes, span.dropped_events, span.dropped_links
            ),
            Self::UnreadTime => format!(
                "The time {:?} is no count of nanoseconds since 1970 and is left out",
                span.unread_time.as_deref().unwrap_or_default()
            ),
            Self::Utf8 => {
                "A text is not valid UTF-8; the invalid bytes are shown as replacement characters".to_owned()
            }
        }
    }
}

/// An id in hexadecimal digits.
pub(crate) fn hex(id: &[u8]) -> String {
    use std::fmt::Write as _;

    id.iter().fold(String::with_capacity(id.len() * 2), |mut out, byte| {
        // Writing into memory cannot fail.
        let _ = write!(out, "{byte:02x}");
        out
    })
}

fn describe(id: &[u8]) -> String {
    if !id.is_empty() && id.iter().all(|byte| *byte == 0) {
        "only zeros".to_owned()
    } else {
        format!("{} bytes", id.len())
    }
}

fn fixed<const LENGTH: usize>(id: &[u8]) -> Option<[u8; LENGTH]> {
    <[u8; LENGTH]>::try_from(id).ok().filter(|id| id.iter().any(|byte| *byte != 0))
}

/// Attributes up to which each is compared with each; beyond, sorting is quicker.
const FEW_ATTRIBUTES: usize = 24;

/// An attribute name that is there more than once.
fn first_duplicate<'a>(attributes: &'a Attributes<'_>) -> Option<&'a str> {
    if attributes.len() <= FEW_ATTRIBUTES {
        let earlier = |index: usize, key: &str| attributes[..index].iter().any(|(other, _)| other == key);
        let found = attributes.iter().enumerate().find(|(index, (key, _))| earlier(*index, key));
        return found.map(|(_, (key, _))| key.as_ref());
    }
    let mut keys: Vec<&str> = attributes.iter().map(|(key, _)| key.as_ref()).collect();
    keys.sort_unstable();
    keys.windows(2).find(|pair| pair[0] == pair[1]).map(|pair| pair[0])
}

impl Span<'_> {
    /// The ids, or which of them makes the span unusable (`otel-transport.md` §8).
    pub(crate) fn ids(&self) -> Result<SpanIds, SpanProblem> {
        let trace_id = TraceId::from_bytes(fixed::<16>(&self.trace_id).ok_or(SpanProblem::TraceId)?);
        let run_id = RunId::from_span_id(fixed::<8>(&self.span_id).ok_or(SpanProblem::SpanId)?);
        let parent_run_id = fixed::<8>(&self.parent_span_id).map(RunId::from_span_id);
        Ok(SpanIds { trace_id, run_id, parent_run_id })
    }

    /// What is not right but does not keep the span out.
    pub(crate) fn problems(&self) -> impl Iterator<Item = SpanProblem> {
        let parent = !self.parent_span_id.is_empty() && self.parent_span_id.len() != 8;
        [
            (parent, SpanProblem::ParentId),
            (self.start != 0 && self.start().is_none(), SpanProblem::StartTime),
            (self.end != 0 && self.end().is_none(), SpanProblem::EndTime),
            (self.end != 0 && self.end < self.start, SpanProblem::EndsBeforeStart),
            (self.parent_span_id == self.span_id, SpanProblem::OwnParent),
            (first_duplicate(&self.attributes).is_some(), SpanProblem::DuplicateKey),
            (self.dropped_attributes + self.dropped_events + self.dropped_links > 0, SpanProblem::Dropped),
            (self.invalid_utf8, SpanProblem::Utf8),
            (self.unread_time.is_some(), SpanProblem::UnreadTime),
        ]
        .into_iter()
        .filter_map(|(wrong, problem)| wrong.then_some(problem))
    }

    /// The start; zero is "not set".
    pub(crate) fn start(&self) -> Option<UnixNanos> {
        nanos(self.start)
    }

    /// The end; zero is "not ended".
    pub(crate) fn end(&self) -> Option<UnixNanos> {
        nanos(self.end)
    }
}

pub(crate) fn nanos(sent: u64) -> Option<UnixNanos> {
    UnixNanos::from_unsigned(sent).ok().filter(|time| time.0 != 0)
}
