//! Fields, operators and values, and which go together (`langsmith-otel-filter-export.md` §10.2).

use crate::{RunStatus, UnixNanos};

/// What a condition looks at. Names are those of the query language.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
#[expect(missing_docs, reason = "the fields of a run, named as LangSmith names them")]
pub enum Field {
    Id,
    TraceId,
    ThreadId,
    ParentRunId,
    ReferenceExampleId,
    LsUserId,
    Name,
    RunType,
    Status,
    IsRoot,
    Error,
    StartTime,
    EndTime,
    FirstTokenTime,
    /// From start to end, in seconds.
    Latency,
    /// From start to the first token, in seconds.
    FirstTokenLatency,
    PromptTokens,
    CompletionTokens,
    TotalTokens,
    PromptCost,
    CompletionCost,
    TotalCost,
    /// One class of tokens or costs: `prompt_token_details.cache_read`.
    Detail(Detail, String),
    /// 1 for a root (legacy).
    ExecutionOrder,
    Tags,
    Metadata,
    Inputs,
    Outputs,
    /// Names of attached files.
    Attachments,
    /// Model of the run.
    Model,
    /// Who serves it.
    Provider,
    /// Version of the prompt.
    PromptVersion,
    /// Person on whose behalf the run was made, as the run names them.
    User,
    /// Where the cost of the run is from: `given`, `computed`, `mixed`, `none`; not known: `unpriced`, `sum_only`,
    /// `bad_count`.
    CostOrigin,
}

/// The four breakdowns of tokens and costs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[expect(missing_docs, reason = "named as LangSmith names them")]
pub enum Detail {
    PromptTokens,
    CompletionTokens,
    PromptCost,
    CompletionCost,
}

/// Lists of entries with a key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum RecordKind {
    /// `metadata_key`, `metadata_value`.
    Metadata,
    /// `input_key`, `input_value`.
    Input,
    /// `output_key`, `output_value`.
    Output,
    /// `feedback_key`, `feedback_score`, …
    Feedback,
}

/// A part of an entry; all but the first two belong to feedback.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[expect(missing_docs, reason = "named as LangSmith names them")]
pub enum Part {
    Key,
    Value,
    Score,
    Comment,
    Source,
    /// The evaluator failed.
    Error,
}

/// How two things are compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Op {
    /// Equal; with null: absent.
    Eq,
    /// Not equal, or absent; with null: present.
    Neq,
    /// Greater, or later.
    Gt,
    /// Not less.
    Gte,
    /// Less, or earlier.
    Lt,
    /// Not greater.
    Lte,
    /// One of a list.
    In,
    /// Contains this element.
    Has,
    /// Fits a pattern in which `%` is any text and `_` any character, a backslash takes that meaning away, and case
    /// does not matter.
    Like,
    /// Does not fit such a pattern.
    NotLike,
    /// Every term is found; a phrase in double quotes is one term.
    Search,
    /// Present.
    Exists,
}

impl Op {
    /// Every operator, in the order of the enum.
    pub const ALL: [Self; 12] = [
        Self::Eq,
        Self::Neq,
        Self::Gt,
        Self::Gte,
        Self::Lt,
        Self::Lte,
        Self::In,
        Self::Has,
        Self::Like,
        Self::NotLike,
        Self::Search,
        Self::Exists,
    ];

    /// The name in the query language.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Eq => "eq",
            Self::Neq => "neq",
            Self::Gt => "gt",
            Self::Gte => "gte",
            Self::Lt => "lt",
            Self::Lte => "lte",
            Self::In => "in",
            Self::Has => "has",
            Self::Like => "like",
            Self::NotLike => "notlike",
            Self::Search => "search",
            Self::Exists => "exists",
        }
    }

    pub(super) fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|op| op.as_str() == name)
    }
}

/// A number as it was written, so that no digit is lost.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Number(String);

impl Number {
    /// A finite decimal number; `None` for anything else.
    pub fn parse(text: &str) -> Option<Self> {
        let starts_well =
            text.strip_prefix('-').unwrap_or(text).starts_with(|first: char| first.is_ascii_digit());
        let is_finite = finite(text).is_some();
        (starts_well && is_finite && !text.ends_with('.')).then(|| Self(text.to_owned()))
    }

    /// The digits as written.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The nearest floating-point number.
    pub fn to_f64(&self) -> f64 {
        self.0.parse().unwrap_or_default()
    }
}

/// The finite number that a text is.
pub(super) fn finite(text: &str) -> Option<f64> {
    text.trim().parse().ok().filter(|number: &f64| number.is_finite())
}

/// What a field is compared with, already in the terms of the field.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Value {
    /// Nothing.
    Null,
    /// True or false.
    Bool(bool),
    /// A count, a cost in US dollars, a score.
    Number(Number),
    /// A text, an id.
    Text(String),
    /// A point in time.
    Time(UnixNanos),
    /// Nanoseconds; written as seconds.
    Duration(i64),
    /// The list of `in`.
    List(Vec<Value>),
}

/// A value as written, before the field says what it must be.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Raw {
    Null,
    Bool(bool),
    Number(Number),
    Text(String),
    /// Each element with its place.
    List(Vec<(usize, Raw)>),
}

/// A name on the left of a comparison.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Target {
    Field(Field),
    Part(RecordKind, Part),
}

/// What kind of value a field holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Id,
    Text,
    RunType,
    Status,
    Bool,
    Time,
    Duration,
    Number,
    /// A list of texts.
    Set,
    /// Metadata as a whole: also asked with a JSON object.
    Metadata,
    /// Inputs or outputs as a whole.
    Json,
    /// A value of unknown type: metadata.
    Scalar,
}

const NAMED: [(&str, Field); 33] = [
    ("id", Field::Id),
    ("trace_id", Field::TraceId),
    ("thread_id", Field::ThreadId),
    ("parent_run_id", Field::ParentRunId),
    ("reference_example_id", Field::ReferenceExampleId),
    ("ls_user_id", Field::LsUserId),
    ("name", Field::Name),
    ("run_type", Field::RunType),
    ("status", Field::Status),
    ("is_root", Field::IsRoot),
    ("error", Field::Error),
    ("start_time", Field::StartTime),
    ("end_time", Field::EndTime),
    ("first_token_time", Field::FirstTokenTime),
    ("latency", Field::Latency),
    ("first_token_latency", Field::FirstTokenLatency),
    ("prompt_tokens", Field::PromptTokens),
    ("completion_tokens", Field::CompletionTokens),
    ("total_tokens", Field::TotalTokens),
    ("prompt_cost", Field::PromptCost),
    ("completion_cost", Field::CompletionCost),
    ("total_cost", Field::TotalCost),
    ("execution_order", Field::ExecutionOrder),
    ("tags", Field::Tags),
    ("metadata", Field::Metadata),
    ("inputs", Field::Inputs),
    ("outputs", Field::Outputs),
    ("attachments", Field::Attachments),
    ("model", Field::Model),
    ("provider", Field::Provider),
    ("prompt_version", Field::PromptVersion),
    ("user", Field::User),
    ("cost_origin", Field::CostOrigin),
];

/// What somebody may write behind the name of a field.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FieldKind {
    /// A text, perhaps with `*`, or `~` for words in it.
    Text,
    /// One of a few words.
    Choice,
    /// A number, with `>` and its like.
    Number,
    /// Seconds, with `>` and its like.
    Duration,
    /// A time in ISO 8601, with `>` and its like.
    Time,
    /// Only whether it is there, or words in it.
    Presence,
}

/// The fields that the search bar offers, in the order of its list.
pub fn search_fields() -> impl Iterator<Item = (&'static str, FieldKind)> {
    let not_offered = |name: &str| matches!(name, "execution_order" | "prompt_cost" | "completion_cost");
    NAMED.iter().filter(move |(name, _)| !not_offered(name)).map(|(name, field)| {
        let kind = match field.kind() {
            Kind::RunType | Kind::Status | Kind::Bool => FieldKind::Choice,
            Kind::Number => FieldKind::Number,
            Kind::Duration => FieldKind::Duration,
            Kind::Time => FieldKind::Time,
            Kind::Metadata | Kind::Json => FieldKind::Presence,
            Kind::Id | Kind::Text | Kind::Set | Kind::Scalar => FieldKind::Text,
        };
        (*name, kind)
    })
}

const DETAILS: [(&str, Detail); 4] = [
    ("prompt_token_details", Detail::PromptTokens),
    ("completion_token_details", Detail::CompletionTokens),
    ("prompt_cost_details", Detail::PromptCost),
    ("completion_cost_details", Detail::CompletionCost),
];

const KINDS: [(&str, RecordKind); 4] = [
    ("metadata", RecordKind::Metadata),
    ("input", RecordKind::Input),
    ("output", RecordKind::Output),
    ("feedback", RecordKind::Feedback),
];

const PARTS: [(&str, Part); 6] = [
    ("key", Part::Key),
    ("value", Part::Value),
    ("score", Part::Score),
    ("comment", Part::Comment),
    ("source", Part::Source),
    ("error", Part::Error),
];

/// Characters of a name, so also of a class of tokens that can be named.
pub(super) fn is_name_char(char: char) -> bool {
    char.is_ascii_alphanumeric() || matches!(char, '_' | '.' | '-')
}

impl Field {
    /// The field of this name; the classes of a breakdown are named behind a dot.
    pub fn parse(name: &str) -> Option<Self> {
        if let Some((_, field)) = NAMED.iter().find(|(known, _)| *known == name) {
            return Some(field.clone());
        }
        let (breakdown, class) = name.split_once('.')?;
        let (_, detail) = DETAILS.iter().find(|(known, _)| *known == breakdown)?;
        let is_name = !class.is_empty() && class.chars().all(is_name_char);
        is_name.then(|| Self::Detail(*detail, class.to_owned()))
    }

    /// The name in the query language.
    pub fn name(&self) -> String {
        if let Self::Detail(detail, class) = self {
            let breakdown = DETAILS.iter().find(|(_, known)| known == detail).map_or("", |(name, _)| name);
            return format!("{breakdown}.{class}");
        }
        NAMED.iter().find(|(_, field)| field == self).map_or("", |(name, _)| name).to_owned()
    }

    pub(super) fn kind(&self) -> Kind {
        match self {
            Self::Id | Self::TraceId | Self::ParentRunId | Self::ReferenceExampleId => Kind::Id,
            Self::ThreadId
            | Self::LsUserId
            | Self::Name
            | Self::Error
            | Self::Model
            | Self::Provider
            | Self::PromptVersion
            | Self::User
            | Self::CostOrigin => Kind::Text,
            Self::RunType => Kind::RunType,
            Self::Status => Kind::Status,
            Self::IsRoot => Kind::Bool,
            Self::StartTime | Self::EndTime | Self::FirstTokenTime => Kind::Time,
            Self::Latency | Self::FirstTokenLatency => Kind::Duration,
            Self::PromptTokens
            | Self::CompletionTokens
            | Self::TotalTokens
            | Self::PromptCost
            | Self::CompletionCost
            | Self::TotalCost
            | Self::Detail(..)
            | Self::ExecutionOrder => Kind::Number,
            Self::Tags | Self::Attachments => Kind::Set,
            Self::Metadata => Kind::Metadata,
            Self::Inputs | Self::Outputs => Kind::Json,
        }
    }

    pub(super) fn needs_payload(&self, op: Op, value: &Value) -> bool {
        match self {
            // That there is an error is in the row, its whole text is not.
            Self::Error => op != Op::Exists && *value != Value::Null,
            Self::Detail(detail, class) => !matches!(
                (detail, class.as_str()),
                (Detail::PromptTokens, "cache_read" | "cache_creation")
                    | (Detail::CompletionTokens, "reasoning")
            ),
            Self::ReferenceExampleId
            | Self::LsUserId
            | Self::User
            | Self::PromptCost
            | Self::CompletionCost
            | Self::Tags
            | Self::Metadata
            | Self::Inputs
            | Self::Outputs
            | Self::Attachments => true,
            _ => false,
        }
    }
}

impl RecordKind {
    /// The name in front of `_key`.
    pub fn as_str(self) -> &'static str {
        KINDS.iter().find(|(_, kind)| *kind == self).map_or("", |(name, _)| name)
    }
}

impl Part {
    /// The name behind `feedback_`.
    pub fn as_str(self) -> &'static str {
        PARTS.iter().find(|(_, part)| *part == self).map_or("", |(name, _)| name)
    }

    pub(super) fn parse(name: &str) -> Option<Self> {
        PARTS.iter().find(|(known, _)| *known == name).map(|(_, part)| *part)
    }

    pub(super) fn kind(self) -> Kind {
        match self {
            Self::Key | Self::Comment | Self::Source => Kind::Text,
            Self::Value => Kind::Scalar,
            Self::Score => Kind::Number,
            Self::Error => Kind::Bool,
        }
    }
}

impl Target {
    pub(super) fn parse(name: &str) -> Option<Self> {
        Field::parse(name).map(Self::Field).or_else(|| {
            let (kind, part) = name.split_once('_')?;
            let (_, kind) = KINDS.iter().find(|(known, _)| *known == kind)?;
            let part = Part::parse(part)?;
            let has_part = *kind == RecordKind::Feedback || matches!(part, Part::Key | Part::Value);
            has_part.then_some(Self::Part(*kind, part))
        })
    }

    pub(super) fn kind(&self) -> Kind {
        match self {
            Self::Field(field) => field.kind(),
            Self::Part(_, part) => part.kind(),
        }
    }
}

impl Kind {
    pub(super) fn takes(self, op: Op) -> bool {
        match op {
            Op::Eq | Op::Neq | Op::Exists => true,
            Op::Gt | Op::Gte | Op::Lt | Op::Lte => {
                matches!(self, Self::Time | Self::Duration | Self::Number | Self::Scalar)
            }
            Op::In => !matches!(self, Self::Bool | Self::Metadata | Self::Json),
            Op::Has => matches!(self, Self::Set | Self::Metadata),
            Op::Like | Op::NotLike => matches!(self, Self::Text | Self::RunType | Self::Set | Self::Scalar),
            Op::Search => {
                matches!(self, Self::Text | Self::Set | Self::Metadata | Self::Json | Self::Scalar)
            }
        }
    }

    /// What the operators that apply are called, for a message.
    pub(super) fn operators(self) -> String {
        let names: Vec<&str> = Op::ALL.into_iter().filter(|op| self.takes(*op)).map(Op::as_str).collect();
        names.join(", ")
    }

    /// The value in the terms of the field, or what was expected instead, at which place.
    pub(super) fn value(self, op: Op, raw: Raw, offset: usize) -> Result<Value, (usize, String)> {
        let expected = |what: &str| Err((offset, format!("expected {what}")));
        if op == Op::In {
            let Raw::List(elements) = raw else { return expected("a list such as [\"a\", \"b\"]") };
            let values = elements.into_iter().map(|(at, raw)| self.value(Op::Eq, raw, at));
            return values.collect::<Result<_, _>>().map(Value::List);
        }
        if matches!(op, Op::Like | Op::NotLike | Op::Search | Op::Has) {
            let Raw::Text(text) = raw else { return expected("a text in quotes") };
            return Ok(Value::Text(text));
        }
        if raw == Raw::Null && matches!(op, Op::Eq | Op::Neq) {
            return Ok(Value::Null);
        }
        match (self, raw) {
            (Self::Id, Raw::Text(text)) => match uuid::Uuid::try_parse(text.trim()) {
                Ok(id) => Ok(Value::Text(id.to_string())),
                Err(_) => expected("a UUID"),
            },
            (Self::Id, _) => expected("a UUID in quotes"),
            (Self::Text | Self::Set | Self::Scalar, Raw::Text(text)) => Ok(Value::Text(text)),
            (Self::Text | Self::Set, Raw::Number(number)) => Ok(Value::Text(number.as_str().to_owned())),
            (Self::Text | Self::Set, Raw::Bool(flag)) => Ok(Value::Text(flag.to_string())),
            (Self::Text | Self::Set, _) => expected("a text in quotes"),
            (Self::Scalar | Self::Number, Raw::Number(number)) => Ok(Value::Number(number)),
            (Self::Scalar, Raw::Bool(flag)) if matches!(op, Op::Eq | Op::Neq) => Ok(Value::Bool(flag)),
            (Self::Scalar, _) => expected("a text or a number"),
            // The newer API writes both in upper case.
            (Self::RunType, Raw::Text(text)) => Ok(Value::Text(text.to_ascii_lowercase())),
            (Self::RunType, _) => expected("a run type in quotes"),
            (Self::Status, raw) => {
                let status = match raw {
                    Raw::Text(text) => RunStatus::ALL
                        .into_iter()
                        .find(|status| status.as_str().eq_ignore_ascii_case(text.trim())),
                    _ => None,
                };
                match status {
                    Some(status) => Ok(Value::Text(status.as_str().to_owned())),
                    None => expected("\"success\", \"error\", \"pending\" or \"interrupted\""),
                }
            }
            (Self::Bool, Raw::Bool(flag)) => Ok(Value::Bool(flag)),
            (Self::Bool, Raw::Text(text)) if text == "true" || text == "false" => {
                Ok(Value::Bool(text == "true"))
            }
            (Self::Bool, _) => expected("true or false"),
            (Self::Time, Raw::Text(text)) => match time(&text) {
                Some(time) => Ok(Value::Time(time)),
                None => expected("a time in ISO 8601 between 1677 and 2262"),
            },
            (Self::Time, _) => expected("a time in ISO 8601 in quotes"),
            (Self::Duration, raw) => {
                let nanos = match &raw {
                    Raw::Number(number) => seconds_to_nanos(number.as_str()),
                    Raw::Text(text) => {
                        let text = text.trim();
                        seconds_to_nanos(text.strip_suffix('s').unwrap_or(text))
                    }
                    _ => None,
                };
                nanos.map_or_else(
                    || expected("seconds, such as 1.5 or \"5s\""),
                    |nanos| Ok(Value::Duration(nanos)),
                )
            }
            // A score that was sent as true is stored as 1 (`langsmith-api.md` §10.1).
            (Self::Number, Raw::Bool(flag)) => Ok(Value::Number(Number(u8::from(flag).to_string()))),
            (Self::Number, Raw::Text(text)) => match Number::parse(text.trim()) {
                Some(number) => Ok(Value::Number(number)),
                None => expected("a number"),
            },
            (Self::Number, _) => expected("a number"),
            (Self::Metadata | Self::Json, _) => expected("null"),
        }
    }
}

/// A time; a date alone is its first moment in UTC.
fn time(text: &str) -> Option<UnixNanos> {
    let text = text.trim();
    UnixNanos::parse(text).or_else(|_| UnixNanos::parse(&format!("{text}T00:00:00Z"))).ok()
}

/// Seconds in decimal digits; what lies behind the nanoseconds is cut.
fn seconds_to_nanos(text: &str) -> Option<i64> {
    let (sign, digits) = match text.strip_prefix('-') {
        Some(digits) => (-1, digits),
        None => (1, text),
    };
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, "0"));
    let is_digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    if !is_digits(whole) || !is_digits(fraction) {
        return None;
    }
    let fraction: String = fraction.chars().chain("000000000".chars()).take(9).collect();
    let whole: i64 = whole.parse().ok()?;
    whole.checked_mul(1_000_000_000)?.checked_add(fraction.parse().ok()?).map(|nanos| nanos * sign)
}

/// Seconds as a decimal number: the inverse of reading them.
pub(super) fn nanos_to_seconds(nanos: i64) -> String {
    let sign = if nanos < 0 { "-" } else { "" };
    let (whole, fraction) = (nanos.unsigned_abs() / 1_000_000_000, nanos.unsigned_abs() % 1_000_000_000);
    if fraction == 0 {
        format!("{sign}{whole}")
    } else {
        let fraction = format!("{fraction:09}");
        format!("{sign}{whole}.{}", fraction.trim_end_matches('0'))
    }
}
