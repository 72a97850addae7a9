//! One filter tree for runs, and the two languages in which people write it.
//!
//! [`Filter::parse`] reads the query language of LangSmith's SDK and API (`langsmith-otel-filter-export.md` §10.1 to
//! §10.3), [`Filter::parse_search`] what is typed into a search bar (§10.6); both give the same tree, which prints in
//! the query language. A tree is decided on one run by [`Filter::matches`]; [`Filter::bounds`] is the part of it that
//! a database can check first. The two other slots (`trace_filter`, `tree_filter`) are the same tree, asked of other
//! runs of the trace, which is the caller's work.
//!
//! The surprising part is a *record*: `metadata_key` and `metadata_value` next to each other in one `and` speak about
//! one and the same entry. That is settled when the text is read: such neighbours become one [`RecordFilter`], so that
//! nothing later depends on where in the text a condition stood.

mod bounds;
mod eval;
mod field;
mod flatten;
mod parse;
mod print;
mod search;
#[cfg(test)]
mod tests;

use std::fmt;

pub use bounds::Bounds;
pub use eval::{FeedbackRecord, RequiredText, Subject, TextScope};
pub use field::{Detail, Field, FieldKind, Number, Op, Part, RecordKind, Value, search_fields};
pub use flatten::{Pair, flatten_json};

/// Levels of `and`, `or` and `not` that are read.
pub const MAX_DEPTH: usize = 64;

/// A condition on runs.
///
/// The parsers give `And` and `Or` with two or more members, save that a text without any condition is an empty `And`,
/// which every run meets.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Filter {
    /// All of these hold.
    And(Vec<Filter>),
    /// At least one of these holds.
    Or(Vec<Filter>),
    /// This does not hold.
    Not(Box<Filter>),
    /// A field of the run, compared.
    Compare {
        /// What is looked at.
        field: Field,
        /// How.
        op: Op,
        /// With what; [`Value::Null`] for [`Op::Exists`].
        value: Value,
    },
    /// Entries of the run's metadata, inputs, outputs or feedback.
    Record(RecordFilter),
    /// Every term is found in some text of the run; a phrase in double quotes is one term.
    Search(String),
}

/// Conditions on the entries of one kind, written next to each other in one `and` (§10.3).
///
/// With a condition that *names* keys (`eq`, `in`, …), there must be one entry that meets all conditions. Without one,
/// the conditions that exclude (`neq`, `notlike`) each say that no entry is such, and one entry must meet the others.
/// A condition that excludes a key always speaks about all entries.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RecordFilter {
    /// Where the entries are.
    pub kind: RecordKind,
    /// At least one.
    pub conditions: Vec<RecordCondition>,
}

/// One condition on an entry.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RecordCondition {
    /// Which part of the entry.
    pub part: Part,
    /// How it is compared.
    pub op: Op,
    /// With what; [`Value::Null`] for [`Op::Exists`].
    pub value: Value,
}

/// Why a text is no filter, and where.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FilterError {
    /// Bytes before the place.
    pub offset: usize,
    /// What was expected there, or what is wrong with what stands there.
    pub message: String,
}

impl fmt::Display for FilterError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} (at byte {})", self.message, self.offset)
    }
}

impl std::error::Error for FilterError {}

impl Filter {
    /// Reads the query language: `and(eq(run_type, "llm"), gt(latency, "5s"))`. A text of nothing but space is no
    /// condition.
    ///
    /// Beyond the documented grammar `not(…)` is read, and `exists(field)` for "is not null".
    pub fn parse(text: &str) -> Result<Self, FilterError> {
        parse::parse(text)
    }

    /// Reads the syntax of the search bar: `run_type:llm latency:>5 -metadata.env:test`.
    ///
    /// Any field of the tree is taken, also those that LangSmith's bar does not offer (`start_time`, `is_root`); the
    /// fields of its thread scope are none of a run.
    pub fn parse_search(text: &str) -> Result<Self, FilterError> {
        search::parse(text)
    }

    /// The conditions of a text of the search bar that all have to hold, each with its place in bytes.
    pub fn search_clauses(text: &str) -> Result<Vec<(std::ops::Range<usize>, Self)>, FilterError> {
        search::clauses(text)
    }

    /// Whether it looks at this field.
    pub fn mentions(&self, wanted: &Field) -> bool {
        self.any(&|filter| matches!(filter, Self::Compare { field, .. } if field == wanted))
    }

    /// The texts that it searches for anywhere, also those that must not be there.
    pub fn searches(&self) -> Vec<&str> {
        match self {
            Self::And(all) | Self::Or(all) => all.iter().flat_map(Self::searches).collect(),
            Self::Not(inner) => inner.searches(),
            Self::Search(text) => vec![text],
            Self::Compare { .. } | Self::Record(_) => Vec::new(),
        }
    }

    /// Whether it lets everything through, as the filter of an empty text does.
    pub fn is_empty(&self) -> bool {
        matches!(self, Self::And(filters) if filters.is_empty())
    }

    /// Both hold; an empty filter leaves the other as it is.
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        match (self, other) {
            (Self::And(nothing), other) | (other, Self::And(nothing)) if nothing.is_empty() => other,
            (this, other) => Self::And(vec![this, other]),
        }
    }

    /// Whether deciding may need what a narrow row of a run lacks: inputs, outputs, metadata, tags, the whole error
    /// text, and values that are only in the payload.
    pub fn needs_payload(&self) -> bool {
        self.any(&|filter| match filter {
            Self::Compare { field, op, value } => field.needs_payload(*op, value),
            Self::Record(record) => record.kind != RecordKind::Feedback,
            Self::Search(_) => true,
            Self::And(_) | Self::Or(_) | Self::Not(_) => false,
        })
    }

    /// Whether deciding needs the feedback of the run.
    pub fn needs_feedback(&self) -> bool {
        self.any(&|filter| matches!(filter, Self::Record(record) if record.kind == RecordKind::Feedback))
    }

    fn any(&self, is: &dyn Fn(&Self) -> bool) -> bool {
        match self {
            Self::And(all) | Self::Or(all) => all.iter().any(|filter| filter.any(is)),
            Self::Not(inner) => inner.any(is),
            leaf => is(leaf),
        }
    }
}

impl std::str::FromStr for Filter {
    type Err = FilterError;

    fn from_str(text: &str) -> Result<Self, FilterError> {
        Self::parse(text)
    }
}
