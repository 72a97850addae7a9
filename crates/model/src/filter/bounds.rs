//! What every match of a filter must satisfy, so that a database can select first.

use super::{Field, Filter, Op, Subject, Value};
use crate::{RunId, RunStatus, TraceId, UnixNanos};

/// Conditions that every run must meet that meets a filter; `None` is no condition, an empty list lets nothing
/// through. They may let through more than the filter does, never less.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Bounds {
    /// Starts then or later.
    pub start_min: Option<UnixNanos>,
    /// Starts then or earlier.
    pub start_max: Option<UnixNanos>,
    /// Takes that many nanoseconds or more.
    pub latency_min_nanos: Option<i64>,
    /// Takes that many nanoseconds or fewer.
    pub latency_max_nanos: Option<i64>,
    /// Is a root, or is none.
    pub is_root: Option<bool>,
    /// Has one of these types, lower case.
    pub run_types: Option<Vec<String>>,
    /// Has one of these statuses.
    pub statuses: Option<Vec<RunStatus>>,
    /// Has one of these names.
    pub names: Option<Vec<String>>,
    /// Is one of these runs.
    pub ids: Option<Vec<RunId>>,
    /// Is directly in one of these runs.
    pub parent_run_ids: Option<Vec<RunId>>,
    /// Is in one of these traces.
    pub trace_ids: Option<Vec<TraceId>>,
    /// Is in one of these threads.
    pub thread_ids: Option<Vec<String>>,
}

impl Filter {
    /// What every match satisfies and a narrow row shows.
    pub fn bounds(&self) -> Bounds {
        bounds(self, false)
    }
}

impl Bounds {
    /// Whether a run lies within.
    pub fn admit(&self, subject: &impl Subject) -> bool {
        within(subject.start(), self.start_min, self.start_max)
            && within(subject.latency_nanos(), self.latency_min_nanos, self.latency_max_nanos)
            && self.is_root.is_none_or(|is_root| subject.is_root() == is_root)
            && among(Some(subject.run_type()), self.run_types.as_deref(), |known, run_type| known == run_type)
            && among(Some(subject.status()), self.statuses.as_deref(), |known, status| *known == status)
            && among(subject.name(), self.names.as_deref(), |known, name| known == name)
            && among(Some(subject.id()), self.ids.as_deref(), |known, id| *known == id)
            && among(subject.parent_run_id(), self.parent_run_ids.as_deref(), |known, id| *known == id)
            && among(Some(subject.trace_id()), self.trace_ids.as_deref(), |known, id| *known == id)
            && among(subject.thread_id(), self.thread_ids.as_deref(), |known, id| known == id)
    }

    fn both(self, other: Self) -> Self {
        Self {
            start_min: self.start_min.max(other.start_min),
            start_max: least(self.start_max, other.start_max),
            latency_min_nanos: self.latency_min_nanos.max(other.latency_min_nanos),
            latency_max_nanos: least(self.latency_max_nanos, other.latency_max_nanos),
            // Where the two disagree nothing matches, and either is true of nothing.
            is_root: self.is_root.or(other.is_root),
            run_types: common(self.run_types, other.run_types),
            statuses: common(self.statuses, other.statuses),
            names: common(self.names, other.names),
            ids: common(self.ids, other.ids),
            parent_run_ids: common(self.parent_run_ids, other.parent_run_ids),
            trace_ids: common(self.trace_ids, other.trace_ids),
            thread_ids: common(self.thread_ids, other.thread_ids),
        }
    }

    fn either(self, other: Self) -> Self {
        Self {
            start_min: self.start_min.zip(other.start_min).map(|(this, other)| this.min(other)),
            start_max: self.start_max.zip(other.start_max).map(|(this, other)| this.max(other)),
            latency_min_nanos: self
                .latency_min_nanos
                .zip(other.latency_min_nanos)
                .map(|(this, other)| this.min(other)),
            latency_max_nanos: self
                .latency_max_nanos
                .zip(other.latency_max_nanos)
                .map(|(this, other)| this.max(other)),
            is_root: self.is_root.filter(|is_root| other.is_root == Some(*is_root)),
            run_types: joined(self.run_types, other.run_types),
            statuses: joined(self.statuses, other.statuses),
            names: joined(self.names, other.names),
            ids: joined(self.ids, other.ids),
            parent_run_ids: joined(self.parent_run_ids, other.parent_run_ids),
            trace_ids: joined(self.trace_ids, other.trace_ids),
            thread_ids: joined(self.thread_ids, other.thread_ids),
        }
    }
}

fn within<T: Ord + Copy>(actual: Option<T>, min: Option<T>, max: Option<T>) -> bool {
    min.is_none_or(|min| actual.is_some_and(|actual| actual >= min))
        && max.is_none_or(|max| actual.is_some_and(|actual| actual <= max))
}

fn among<T: Copy, K>(actual: Option<T>, known: Option<&[K]>, is: impl Fn(&K, T) -> bool) -> bool {
    known.is_none_or(|known| actual.is_some_and(|actual| known.iter().any(|known| is(known, actual))))
}

fn least<T: Ord>(this: Option<T>, other: Option<T>) -> Option<T> {
    match (this, other) {
        (Some(this), Some(other)) => Some(this.min(other)),
        (this, other) => this.or(other),
    }
}

fn common<T: PartialEq>(this: Option<Vec<T>>, other: Option<Vec<T>>) -> Option<Vec<T>> {
    match (this, other) {
        (Some(this), Some(other)) => Some(this.into_iter().filter(|each| other.contains(each)).collect()),
        (this, other) => this.or(other),
    }
}

fn joined<T: PartialEq>(this: Option<Vec<T>>, other: Option<Vec<T>>) -> Option<Vec<T>> {
    let (mut this, other) = this.zip(other)?;
    for each in other {
        if !this.contains(&each) {
            this.push(each);
        }
    }
    Some(this)
}

fn bounds(filter: &Filter, negated: bool) -> Bounds {
    let members =
        |filters: &[Filter]| filters.iter().map(|filter| bounds(filter, negated)).collect::<Vec<_>>();
    match (filter, negated) {
        (Filter::And(all), false) | (Filter::Or(all), true) => {
            members(all).into_iter().fold(Bounds::default(), Bounds::both)
        }
        (Filter::Or(any), false) | (Filter::And(any), true) => {
            members(any).into_iter().reduce(Bounds::either).unwrap_or_default()
        }
        (Filter::Not(inner), _) => bounds(inner, !negated),
        (Filter::Compare { field, op, value }, _) => {
            let op = match (*op, negated) {
                (op, false) => op,
                (Op::Neq, true) => Op::Eq,
                (Op::Eq, true) => Op::Neq,
                // What is absent meets the opposite of these, so the opposite bounds nothing.
                _ => return Bounds::default(),
            };
            of_comparison(field, op, value)
        }
        (Filter::Record(_) | Filter::Search(_), _) => Bounds::default(),
    }
}

fn of_comparison(field: &Field, op: Op, value: &Value) -> Bounds {
    let mut bounds = Bounds::default();
    match (field, op, value) {
        (Field::IsRoot, Op::Eq, Value::Bool(flag)) => bounds.is_root = Some(*flag),
        (Field::IsRoot, Op::Neq, Value::Bool(flag)) => bounds.is_root = Some(!flag),
        (Field::StartTime, Op::Gt | Op::Gte, Value::Time(time)) => bounds.start_min = Some(*time),
        (Field::StartTime, Op::Lt | Op::Lte, Value::Time(time)) => bounds.start_max = Some(*time),
        (Field::StartTime, Op::Eq, Value::Time(time)) => {
            (bounds.start_min, bounds.start_max) = (Some(*time), Some(*time));
        }
        (Field::Latency, Op::Gt | Op::Gte, Value::Duration(nanos)) => {
            bounds.latency_min_nanos = Some(*nanos);
        }
        (Field::Latency, Op::Lt | Op::Lte, Value::Duration(nanos)) => {
            bounds.latency_max_nanos = Some(*nanos);
        }
        (Field::Latency, Op::Eq, Value::Duration(nanos)) => {
            (bounds.latency_min_nanos, bounds.latency_max_nanos) = (Some(*nanos), Some(*nanos));
        }
        (Field::RunType, _, _) => bounds.run_types = listed(op, value, |text| Some(text.to_owned())),
        (Field::Name, _, _) => bounds.names = listed(op, value, |text| Some(text.to_owned())),
        (Field::ThreadId, _, _) => bounds.thread_ids = listed(op, value, |text| Some(text.to_owned())),
        (Field::Id, _, _) => bounds.ids = listed(op, value, |text| text.parse().ok()),
        (Field::TraceId, _, _) => bounds.trace_ids = listed(op, value, |text| text.parse().ok()),
        (Field::ParentRunId, _, _) => bounds.parent_run_ids = listed(op, value, |text| text.parse().ok()),
        (Field::Error, Op::Exists, _) | (Field::Error, Op::Neq, Value::Null) => {
            bounds.statuses = Some(vec![RunStatus::Error, RunStatus::Interrupted]);
        }
        (Field::Error, Op::Eq, Value::Null) => {
            bounds.statuses = Some(vec![RunStatus::Pending, RunStatus::Success]);
        }
        (Field::Status, Op::Neq, Value::Text(text)) => {
            let others = RunStatus::ALL.into_iter().filter(|status| status.as_str() != text);
            bounds.statuses = Some(others.collect());
        }
        (Field::Status, _, _) => {
            let status = |text: &str| RunStatus::ALL.into_iter().find(|status| status.as_str() == text);
            bounds.statuses = listed(op, value, status);
        }
        _ => {}
    }
    bounds
}

/// The values that equality leaves possible; texts that are no such value are possible for no run.
fn listed<T>(op: Op, value: &Value, read: impl Fn(&str) -> Option<T>) -> Option<Vec<T>> {
    match (op, value) {
        (Op::Eq, Value::Text(text)) => Some(read(text).into_iter().collect()),
        (Op::In, Value::List(values)) => {
            let mut listed = Vec::new();
            for value in values {
                match value {
                    Value::Text(text) => listed.extend(read(text)),
                    // Absent is possible too.
                    Value::Null => return None,
                    _ => {}
                }
            }
            Some(listed)
        }
        _ => None,
    }
}
