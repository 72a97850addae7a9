//! What people and programs say about runs: feedback, the projects it is filed under, the queues in which runs wait
//! for it, the datasets that are made of them, and the tokens under which both may be read.
//!
//! Each module holds the reads and the writes of one kind of thing, since both are a few statements on its own tables.

mod comparison;
mod dataset;
mod example;
mod example_rows;
mod feedback;
mod feedback_sums;
mod notes;
mod project;
mod queue;
mod queue_item;
mod reviewing;
mod share;

use model::{RunId, TraceId, UnixNanos};
use rusqlite::{Connection, Row, functions::FunctionFlags, types::ValueRef};
use serde_json::Value;
use uuid::Uuid;

pub use comparison::Comparison;
pub use dataset::{
    AsOf, Dataset, DatasetChange, DatasetDiff, DatasetQuery, DatasetVersion, ExampleRun, NewDataset,
    SortDatasets,
};
pub use example::{
    AttachmentChange, Example, ExampleChange, ExampleQuery, NewExample, NewExampleAttachment, SortExamples,
    Written,
};
pub use example_rows::{ExampleRow, SplitCount};
pub use feedback::{FeedbackConfig, FeedbackQuery, FeedbackToken};
pub use feedback_sums::{FeedbackGrouping, FeedbackSum};
pub use notes::{FirstOfCategory, NoteCount, NoteGroup, NotePivot, NotePivotBy, NoteQuery, NoteRow};
pub use project::{NewProject, ProjectChange, ProjectDetail, ProjectQuery, RootTimes};
pub use queue::{NewQueue, Queue, QueueChange, QueueKind, QueueQuery, SortQueues};
pub use queue_item::{
    ItemMove, ItemSelection, NewQueueItem, QueueCounts, QueueItem, QueueItemQuery, QueueSubject,
};
pub use reviewing::{
    Assignment, Candidate, DraftRow, ItemBucket, ItemSelect, LeaseRow, NewEvent, Repeat, ReviewCounts,
    ReviewEvent, ReviewRow, ReviewTarget, ReviewWriter, ReviewedItem, Reviewer, ReviewerKind, Reviewing,
    Timing,
};
pub use share::Shared;

/// What happens to a field that may be empty.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum Patch<T> {
    /// It stays as it is.
    #[default]
    Keep,
    /// It is empty from now on.
    Erase,
    /// It gets this value.
    Set(T),
}

impl<T> Patch<T> {
    /// Whether the field is written, for `CASE WHEN ? THEN ? ELSE … END`.
    fn is_change(&self) -> bool {
        !matches!(self, Self::Keep)
    }

    /// What is written.
    fn value(&self) -> Option<&T> {
        match self {
            Self::Set(value) => Some(value),
            Self::Keep | Self::Erase => None,
        }
    }
}

/// A UUID column.
fn uuid(row: &Row<'_>, column: usize) -> rusqlite::Result<Option<Uuid>> {
    Ok(row.get::<_, Option<[u8; 16]>>(column)?.map(Uuid::from_bytes))
}

fn run_id(row: &Row<'_>, column: usize) -> rusqlite::Result<Option<RunId>> {
    Ok(uuid(row, column)?.map(RunId))
}

fn trace_id(row: &Row<'_>, column: usize) -> rusqlite::Result<Option<TraceId>> {
    Ok(uuid(row, column)?.map(TraceId))
}

fn time(row: &Row<'_>, column: usize) -> rusqlite::Result<Option<UnixNanos>> {
    Ok(row.get::<_, Option<i64>>(column)?.map(UnixNanos))
}

/// Conditions of a query that are gathered one by one.
#[derive(Default)]
pub(crate) struct Conditions {
    pub(crate) sql: Vec<String>,
    pub(crate) values: Vec<Box<dyn rusqlite::ToSql>>,
}

impl Conditions {
    /// Adds a condition on one value, written with `?`.
    pub(crate) fn add(&mut self, sql: &str, value: impl rusqlite::ToSql + 'static) {
        self.sql.push(sql.to_owned());
        self.values.push(Box::new(value));
    }

    /// Adds "one of these" where any are given.
    pub(crate) fn one_of<T: rusqlite::ToSql + Clone + 'static>(&mut self, column: &str, values: &[T]) {
        if values.is_empty() {
            return;
        }
        let marks = vec!["?"; values.len()].join(", ");
        self.sql.push(format!("{column} IN ({marks})"));
        self.values.extend(values.iter().map(|value| Box::new(value.clone()) as Box<dyn rusqlite::ToSql>));
    }

    /// `WHERE …`, or nothing.
    pub(crate) fn clause(&self) -> String {
        if self.sql.is_empty() { String::new() } else { format!("WHERE {}", self.sql.join(" AND ")) }
    }

    pub(crate) fn parameters(&self) -> impl rusqlite::Params + '_ {
        rusqlite::params_from_iter(self.values.iter())
    }
}

/// A text in which `%`, `_` and `\` stand for themselves, for `LIKE … ESCAPE '\'`.
pub(crate) fn like_literal(text: &str) -> String {
    let mut literal = String::with_capacity(text.len() + 2);
    literal.push('%');
    for char in text.chars() {
        if matches!(char, '%' | '_' | '\\') {
            literal.push('\\');
        }
        literal.push(char);
    }
    literal.push('%');
    literal
}

/// Adds the functions that statements on JSON texts use: `json_contains(whole, part)`.
pub(crate) fn register_functions(connection: &Connection) -> rusqlite::Result<()> {
    let flags = FunctionFlags::SQLITE_UTF8 | FunctionFlags::SQLITE_DETERMINISTIC;
    connection.create_scalar_function("json_contains", 2, flags, |context| {
        let parse = |index| match context.get_raw(index) {
            ValueRef::Text(text) => serde_json::from_slice::<Value>(text).ok(),
            _ => None,
        };
        Ok(parse(0).zip(parse(1)).is_some_and(|(whole, part)| contains(&whole, &part)))
    })
}

/// Whether `whole` has everything that `part` has: every key of an object with a value that contains the wanted one,
/// and for every element of an array some element that contains it. Scalars are equal or not; so are numbers, however
/// they are spelled. PostgreSQL's `@>`, which LangSmith's filter on metadata is.
fn contains(whole: &Value, part: &Value) -> bool {
    match (whole, part) {
        (Value::Object(whole), Value::Object(part)) => {
            part.iter().all(|(key, part)| whole.get(key).is_some_and(|whole| contains(whole, part)))
        }
        (Value::Array(whole), Value::Array(part)) => {
            part.iter().all(|part| whole.iter().any(|whole| contains(whole, part)))
        }
        (Value::Number(whole), Value::Number(part)) if whole.is_f64() || part.is_f64() => {
            whole.as_f64() == part.as_f64()
        }
        _ => whole == part,
    }
}

#[cfg(test)]
mod tests {
    use super::contains;

    #[test]
    fn containment_is_that_of_postgresql() {
        let check = |whole: &str, part: &str| {
            contains(&serde_json::from_str(whole).unwrap(), &serde_json::from_str(part).unwrap())
        };
        for (whole, part) in [
            ("{\"a\": 1, \"b\": 2}", "{\"a\": 1.0}"),
            ("{\"a\": {\"b\": [1, 2, {\"c\": null, \"d\": 3}]}}", "{\"a\": {\"b\": [{\"d\": 3}, 2]}}"),
            ("{\"a\": []}", "{}"),
        ] {
            assert!(check(whole, part), "{whole} contains {part}");
        }
        for (whole, part) in [
            ("{\"a\": 1}", "{\"a\": \"1\"}"),
            ("{\"a\": [1]}", "{\"a\": [1, 2]}"),
            ("{\"a\": 9007199254740993}", "{\"a\": 9007199254740992}"),
            ("{}", "{\"a\": null}"),
        ] {
            assert!(!check(whole, part), "{whole} does not contain {part}");
        }
    }
}
