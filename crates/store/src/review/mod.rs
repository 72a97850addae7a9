//! What people and programs say about runs: feedback, and the projects it is filed under.
//!
//! Each module holds the reads and the writes of one kind of thing, since both are a few statements on its own tables.

mod feedback;
mod project;

use model::{RunId, TraceId, UnixNanos};
use rusqlite::Row;
use uuid::Uuid;

pub use feedback::{FeedbackConfig, FeedbackQuery, FeedbackToken};
pub use project::{NewProject, ProjectChange, ProjectDetail, ProjectQuery, RootTimes};

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
fn like_literal(text: &str) -> String {
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
