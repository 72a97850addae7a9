//! Deciding a filter on one run.

use std::{borrow::Cow, cmp::Ordering};

use uuid::Uuid;

use super::{
    Detail, Field, Filter, Op, Pair, Part, RecordCondition, RecordFilter, RecordKind, Value, field::finite,
};
use crate::{
    Cost, RunId, RunStatus, TraceId, UnixNanos, Usage,
    words::{Query, Term, Whole},
};

/// What a filter asks of a run.
///
/// The first group is what a narrow row holds. The second may need the run to be opened; it is asked only by filters
/// for which [`Filter::needs_payload`] is true, and an implementation should keep what it has opened, since a filter
/// with several conditions asks several times. Methods with a body answer for a run that does not have such a thing.
pub trait Subject {
    /// The run.
    fn id(&self) -> RunId;
    /// Its trace.
    fn trace_id(&self) -> TraceId;
    /// The run around it.
    fn parent_run_id(&self) -> Option<RunId>;
    /// Whether it is the root of its trace.
    fn is_root(&self) -> bool {
        self.parent_run_id().is_none()
    }
    /// Human label.
    fn name(&self) -> Option<&str>;
    /// Kind of work, lower case.
    fn run_type(&self) -> &str;
    /// Where it stands.
    fn status(&self) -> RunStatus;
    /// Start.
    fn start(&self) -> Option<UnixNanos>;
    /// End.
    fn end(&self) -> Option<UnixNanos>;
    /// Time of the first streamed token.
    fn first_token(&self) -> Option<UnixNanos> {
        None
    }
    /// Nanoseconds from start to end.
    fn latency_nanos(&self) -> Option<i64> {
        Some(self.end()?.since(self.start()?))
    }
    /// Tokens.
    fn usage(&self) -> Usage {
        Usage::default()
    }
    /// Cost.
    fn cost(&self) -> Option<Cost> {
        None
    }
    /// Model.
    fn model(&self) -> Option<&str> {
        None
    }
    /// Who serves the model.
    fn provider(&self) -> Option<&str> {
        None
    }
    /// Version of the prompt.
    fn prompt_version(&self) -> Option<&str> {
        None
    }
    /// Conversation that it belongs to.
    fn thread_id(&self) -> Option<&str> {
        None
    }

    /// The error text.
    fn error(&self) -> Option<Cow<'_, str>> {
        None
    }
    /// Tags.
    fn tags(&self) -> &[String] {
        &[]
    }
    /// Metadata as [`super::flatten_json`] gives it.
    fn metadata(&self) -> &[Pair] {
        &[]
    }
    /// Inputs as [`super::flatten_json`] gives them.
    fn inputs(&self) -> &[Pair] {
        &[]
    }
    /// Outputs as [`super::flatten_json`] gives them.
    fn outputs(&self) -> &[Pair] {
        &[]
    }
    /// Feedback about the run.
    fn feedback(&self) -> &[FeedbackRecord] {
        &[]
    }
    /// Names of attached files.
    fn attachments(&self) -> &[String] {
        &[]
    }
    /// Example of a dataset that the run answers.
    fn reference_example_id(&self) -> Option<Uuid> {
        None
    }
    /// Person on whose behalf the run was made.
    fn user(&self) -> Option<&str> {
        None
    }
    /// Where its cost is from, by the name of [`crate::CostOrigin`].
    fn cost_origin(&self) -> Option<&str> {
        None
    }
    /// Person who made the run.
    fn ls_user_id(&self) -> Option<&str> {
        None
    }
    /// Cost of the inputs.
    fn prompt_cost(&self) -> Option<Cost> {
        None
    }
    /// Cost of the outputs.
    fn completion_cost(&self) -> Option<Cost> {
        None
    }
    /// One class of a breakdown, in tokens or US dollars; here those that [`Usage`] knows.
    fn detail(&self, detail: Detail, class: &str) -> Option<f64> {
        let usage = self.usage();
        let count = match (detail, class) {
            (Detail::PromptTokens, "cache_read") => usage.cache_read,
            (Detail::PromptTokens, "cache_creation") => usage.cache_creation,
            (Detail::CompletionTokens, "reasoning") => usage.reasoning,
            _ => None,
        };
        count.map(to_f64)
    }
    /// Whether one of the run's texts in this scope has a property; all texts but its name.
    fn any_text(&self, scope: TextScope, has: &mut dyn FnMut(&str) -> bool) -> bool {
        let of = |wanted: TextScope| scope == wanted || scope == TextScope::All;
        let mut among = |pairs: &[Pair]| pairs.iter().any(|(_, value)| has(value));
        (of(TextScope::Metadata) && among(self.metadata()))
            || (of(TextScope::Inputs) && among(self.inputs()))
            || (of(TextScope::Outputs) && among(self.outputs()))
            || (of(TextScope::Error) && self.error().is_some_and(|error| has(&error)))
            || (of(TextScope::Tags) && self.tags().iter().any(|tag| has(tag)))
    }
    /// Whether a term is found in the texts of this scope: in the name anywhere, elsewhere as words, which is what an
    /// index can tell.
    fn contains(&self, scope: TextScope, term: &Term) -> bool {
        let in_name = matches!(scope, TextScope::Name | TextScope::All)
            && self.name().is_some_and(|name| term.is_inside(name));
        in_name || (scope != TextScope::Name && self.any_text(scope, &mut |text| term.is_in(text)))
    }
}

/// Where a text search looks; keys are not searched.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(missing_docs, reason = "the parts of a run")]
pub enum TextScope {
    /// All that follow.
    All,
    Name,
    Error,
    Tags,
    Metadata,
    Inputs,
    Outputs,
}

/// What a feedback says, for filters.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct FeedbackRecord {
    /// What is judged.
    pub key: String,
    /// Number; true is 1.
    pub score: Option<f64>,
    /// Value as text, JSON if it is no text.
    pub value: Option<String>,
    /// Remark.
    pub comment: Option<String>,
    /// Type of the source: `api`, `model`, `app`, `auto_eval`.
    pub source: Option<String>,
    /// The evaluator failed.
    pub error: bool,
}

impl Filter {
    /// Whether the run meets the filter.
    pub fn matches(&self, subject: &impl Subject) -> bool {
        match self {
            Self::And(all) => all.iter().all(|filter| filter.matches(subject)),
            Self::Or(any) => any.iter().any(|filter| filter.matches(subject)),
            Self::Not(inner) => !inner.matches(subject),
            Self::Compare { field, op, value } => compare(field, *op, value, subject),
            Self::Record(record) => record.matches(subject),
            Self::Search(text) => Query::parse(text, Whole::Beginning)
                .terms
                .iter()
                .all(|term| subject.contains(TextScope::All, term)),
        }
    }
}

/// A term without which no run meets a filter.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RequiredText {
    /// The term.
    pub term: Term,
    /// The name may have it instead of a text.
    pub in_name: bool,
}

impl Filter {
    /// The terms that a run has to have among its texts to meet the filter, which an index can look for.
    pub fn required_texts(&self) -> Vec<RequiredText> {
        let terms = |text: &str, in_name| {
            let terms = Query::parse(text, Whole::Beginning).terms.into_iter();
            terms.map(|term| RequiredText { term, in_name }).collect()
        };
        match self {
            Self::And(all) => all.iter().flat_map(Self::required_texts).collect(),
            Self::Search(text) => terms(text, true),
            Self::Compare {
                field: Field::Error | Field::Tags | Field::Metadata | Field::Inputs | Field::Outputs,
                op: Op::Search,
                value: Value::Text(text),
            } => terms(text, false),
            _ => Vec::new(),
        }
    }
}

fn compare(field: &Field, op: Op, value: &Value, subject: &impl Subject) -> bool {
    let text = |actual: Option<&str>| of_text(actual, op, value);
    let number = |actual: Option<f64>| of_number(actual, op, value);
    let count = |actual: Option<u64>| number(actual.map(to_f64));
    // Both numbers are read from decimal digits, so that equal digits are equal numbers.
    let cost = |actual: Option<Cost>| number(actual.and_then(|cost| finite(&cost.to_string())));
    let found = |scope| search(value, |term| subject.contains(scope, term));
    let usage = || subject.usage();
    match field {
        Field::Id => of_id(Some(subject.id().0), op, value),
        Field::TraceId => of_id(Some(subject.trace_id().0), op, value),
        Field::ParentRunId => of_id(subject.parent_run_id().map(|id| id.0), op, value),
        Field::ReferenceExampleId => of_id(subject.reference_example_id(), op, value),
        Field::ThreadId => text(subject.thread_id()),
        Field::LsUserId => text(subject.ls_user_id()),
        Field::Name if op == Op::Search => found(TextScope::Name),
        Field::Name => text(subject.name()),
        Field::Model => text(subject.model()),
        Field::Provider => text(subject.provider()),
        Field::PromptVersion => text(subject.prompt_version()),
        Field::User => text(subject.user()),
        Field::CostOrigin => text(subject.cost_origin()),
        Field::RunType => text(Some(subject.run_type())),
        Field::Status => text(Some(subject.status().as_str())),
        Field::IsRoot => of_bool(subject.is_root(), op, value),
        Field::Error if op == Op::Search => found(TextScope::Error),
        Field::Error if op == Op::Exists || *value == Value::Null => {
            // The status follows the error text, and is nearer.
            of_presence(matches!(subject.status(), RunStatus::Error | RunStatus::Interrupted), op)
        }
        Field::Error => text(subject.error().as_deref()),
        Field::StartTime => of_time(subject.start(), op, value),
        Field::EndTime => of_time(subject.end(), op, value),
        Field::FirstTokenTime => of_time(subject.first_token(), op, value),
        Field::Latency => of_duration(subject.latency_nanos(), op, value),
        Field::FirstTokenLatency => {
            let nanos = subject.first_token().zip(subject.start()).map(|(first, start)| first.since(start));
            of_duration(nanos, op, value)
        }
        Field::PromptTokens => count(usage().input),
        Field::CompletionTokens => count(usage().output),
        Field::TotalTokens => count(usage().total()),
        Field::PromptCost => cost(subject.prompt_cost()),
        Field::CompletionCost => cost(subject.completion_cost()),
        Field::TotalCost => cost(subject.cost()),
        Field::Detail(detail, class) => number(subject.detail(*detail, class)),
        Field::ExecutionOrder => number(subject.is_root().then_some(1.0)),
        Field::Tags if op == Op::Search => found(TextScope::Tags),
        Field::Tags => of_set(subject.tags(), op, value),
        Field::Attachments => of_set(subject.attachments(), op, value),
        Field::Metadata if op == Op::Search => found(TextScope::Metadata),
        Field::Metadata => of_presence(!subject.metadata().is_empty(), op),
        Field::Inputs if op == Op::Search => found(TextScope::Inputs),
        Field::Inputs => of_presence(!subject.inputs().is_empty(), op),
        Field::Outputs if op == Op::Search => found(TextScope::Outputs),
        Field::Outputs => of_presence(!subject.outputs().is_empty(), op),
    }
}

fn of_presence(is_present: bool, op: Op) -> bool {
    // Equal to null is the only question about something that is absent.
    if op == Op::Eq { !is_present } else { is_present }
}

fn of_ordering(ordering: Option<Ordering>, op: Op) -> bool {
    match op {
        Op::Eq => ordering == Some(Ordering::Equal),
        Op::Neq => ordering != Some(Ordering::Equal),
        Op::Gt => ordering == Some(Ordering::Greater),
        Op::Gte => ordering.is_some_and(Ordering::is_ge),
        Op::Lt => ordering == Some(Ordering::Less),
        Op::Lte => ordering.is_some_and(Ordering::is_le),
        _ => false,
    }
}

/// Handles what is the same for every type, and leaves the ordering of two values to `order`.
fn of<T: Copy>(
    actual: Option<T>,
    op: Op,
    value: &Value,
    order: impl Fn(T, &Value) -> Option<Ordering>,
) -> bool {
    match (op, value) {
        (Op::Exists, _) | (Op::Eq | Op::Neq, Value::Null) => of_presence(actual.is_some(), op),
        (Op::In, Value::List(values)) => values.iter().any(|value| {
            if *value == Value::Null {
                return actual.is_none();
            }
            actual.and_then(|actual| order(actual, value)) == Some(Ordering::Equal)
        }),
        _ => of_ordering(actual.and_then(|actual| order(actual, value)), op),
    }
}

fn of_id(actual: Option<Uuid>, op: Op, value: &Value) -> bool {
    of(actual, op, value, |actual, value| match value {
        Value::Text(text) => Uuid::try_parse(text).ok().map(|id| actual.cmp(&id)),
        _ => None,
    })
}

fn of_time(actual: Option<UnixNanos>, op: Op, value: &Value) -> bool {
    of(actual, op, value, |actual, value| match value {
        Value::Time(time) => Some(actual.cmp(time)),
        _ => None,
    })
}

fn of_duration(actual: Option<i64>, op: Op, value: &Value) -> bool {
    of(actual, op, value, |actual, value| match value {
        Value::Duration(nanos) => Some(actual.cmp(nanos)),
        _ => None,
    })
}

fn of_number(actual: Option<f64>, op: Op, value: &Value) -> bool {
    of(actual, op, value, |actual, value| match value {
        Value::Number(number) => actual.partial_cmp(&number.to_f64()),
        _ => None,
    })
}

fn of_bool(actual: bool, op: Op, value: &Value) -> bool {
    of(Some(actual), op, value, |actual, value| match value {
        Value::Bool(flag) => Some(actual.cmp(flag)),
        _ => None,
    })
}

fn of_text(actual: Option<&str>, op: Op, value: &Value) -> bool {
    match (op, value) {
        (Op::Like, Value::Text(pattern)) => actual.is_some_and(|actual| like(actual, pattern)),
        (Op::NotLike, Value::Text(pattern)) => !actual.is_some_and(|actual| like(actual, pattern)),
        (Op::Search, value) => search(value, |term| actual.is_some_and(|actual| term.is_inside(actual))),
        _ => of(actual, op, value, |actual, value| match value {
            Value::Text(text) => Some(actual.cmp(text)),
            _ => None,
        }),
    }
}

/// A value whose type nobody declared: as a JSON scalar first, then as text (`langsmith-data.md` D37).
fn of_scalar(actual: Option<&str>, op: Op, value: &Value) -> bool {
    match op {
        Op::Like | Op::NotLike | Op::Search => of_text(actual, op, value),
        Op::Eq | Op::Neq if *value == Value::Null => {
            (op == Op::Eq) == actual.is_none_or(|actual| actual == "null")
        }
        _ => of(actual, op, value, |actual, value| match value {
            Value::Number(number) if actual == number.as_str() => Some(Ordering::Equal),
            Value::Number(number) => finite(actual)?.partial_cmp(&number.to_f64()),
            Value::Bool(flag) => Some(actual.cmp(if *flag { "true" } else { "false" })),
            Value::Text(text) if matches!(op, Op::Eq | Op::Neq | Op::In) => Some(actual.cmp(text)),
            Value::Text(text) => match (finite(actual), finite(text)) {
                (Some(actual), Some(number)) => actual.partial_cmp(&number),
                _ => Some(actual.cmp(text)),
            },
            _ => None,
        }),
    }
}

/// A list meets what one of its elements meets, and the exclusions that all of them meet.
fn of_set(actual: &[String], op: Op, value: &Value) -> bool {
    let any = |op| actual.iter().any(|element| of_text(Some(element), op, value));
    match op {
        Op::Exists => !actual.is_empty(),
        Op::Eq | Op::Neq if *value == Value::Null => of_presence(!actual.is_empty(), op),
        Op::Has => any(Op::Eq),
        Op::Neq => !any(Op::Eq),
        Op::NotLike => !any(Op::Like),
        Op::Search => search(value, |term| actual.iter().any(|element| term.is_inside(element))),
        op => any(op),
    }
}

/// One entry, whatever it belongs to.
enum Entry<'a> {
    Pair(&'a Pair),
    Feedback(&'a FeedbackRecord),
}

impl RecordCondition {
    fn meets(&self, entry: &Entry<'_>) -> bool {
        let Self { part, op, value } = self;
        match entry {
            Entry::Pair((key, actual)) => match part {
                Part::Key => of_text(Some(key), *op, value),
                Part::Value => of_scalar(Some(actual), *op, value),
                _ => false,
            },
            Entry::Feedback(feedback) => match part {
                Part::Key => of_text(Some(&feedback.key), *op, value),
                Part::Value => of_scalar(feedback.value.as_deref(), *op, value),
                Part::Score => of_number(feedback.score, *op, value),
                Part::Comment => of_text(feedback.comment.as_deref(), *op, value),
                Part::Source => of_text(feedback.source.as_deref(), *op, value),
                Part::Error => of_bool(feedback.error, *op, value),
            },
        }
    }

    fn excludes(&self) -> bool {
        self.op == Op::NotLike || (self.op == Op::Neq && self.value != Value::Null)
    }

    /// The opposite of a condition that excludes.
    fn excluded(&self) -> Self {
        let op = if self.op == Op::NotLike { Op::Like } else { Op::Eq };
        Self { op, ..self.clone() }
    }
}

impl RecordFilter {
    fn matches(&self, subject: &impl Subject) -> bool {
        match self.kind {
            RecordKind::Metadata => self.matches_entries(subject.metadata(), Entry::Pair),
            RecordKind::Input => self.matches_entries(subject.inputs(), Entry::Pair),
            RecordKind::Output => self.matches_entries(subject.outputs(), Entry::Pair),
            RecordKind::Feedback => self.matches_entries(subject.feedback(), Entry::Feedback),
        }
    }

    fn matches_entries<'a, T>(&self, entries: &'a [T], entry: impl Fn(&'a T) -> Entry<'a>) -> bool {
        let names_key =
            self.conditions.iter().any(|condition| condition.part == Part::Key && !condition.excludes());
        let (all, one): (Vec<&RecordCondition>, Vec<_>) = self
            .conditions
            .iter()
            .partition(|condition| condition.excludes() && (condition.part == Part::Key || !names_key));
        let none_is = |condition: &&RecordCondition| {
            let excluded = condition.excluded();
            !entries.iter().any(|each| excluded.meets(&entry(each)))
        };
        let is_met = |each: &'a T| one.iter().all(|condition| condition.meets(&entry(each)));
        all.iter().all(none_is) && (one.is_empty() || entries.iter().any(is_met))
    }
}

fn search(value: &Value, is_found: impl Fn(&Term) -> bool) -> bool {
    let Value::Text(text) = value else { return false };
    Query::parse(text, Whole::Beginning).terms.iter().all(is_found)
}

/// Whether a text fits a pattern with `%` and `_`, whatever the case.
fn like(text: &str, pattern: &str) -> bool {
    #[derive(PartialEq)]
    enum Wanted {
        Char(char),
        One,
        Any,
    }
    let mut wanted = Vec::new();
    let pattern = pattern.to_lowercase();
    let mut chars = pattern.chars();
    while let Some(char) = chars.next() {
        wanted.push(match char {
            '%' => Wanted::Any,
            '_' => Wanted::One,
            '\\' => Wanted::Char(chars.next().unwrap_or('\\')),
            char => Wanted::Char(char),
        });
    }
    let text: Vec<char> = text.to_lowercase().chars().collect();
    let (mut at, mut next) = (0, 0);
    // Where to go on when what follows the last `%` does not fit.
    let mut retry: Option<(usize, usize)> = None;
    while at < text.len() {
        match wanted.get(next) {
            Some(Wanted::Any) => {
                next += 1;
                retry = Some((at, next));
            }
            Some(Wanted::One) => (at, next) = (at + 1, next + 1),
            Some(Wanted::Char(char)) if *char == text[at] => (at, next) = (at + 1, next + 1),
            _ => match retry {
                Some((start, after)) => {
                    (at, next) = (start + 1, after);
                    retry = Some((at, after));
                }
                None => return false,
            },
        }
    }
    wanted[next..].iter().all(|rest| *rest == Wanted::Any)
}

#[expect(clippy::cast_precision_loss, reason = "counts are far below 2^53 where they are meant")]
fn to_f64(count: u64) -> f64 {
    count as f64
}
