//! Runs across traces, in order of time, by what their rows hold.

use model::{RunId, RunStatus, RunType, TraceId, UnixNanos};
use rusqlite::Connection;
use uuid::Uuid;

use super::{RunRow, lists::list_of, runs::run_row};
use crate::{
    error::Result,
    review::Conditions,
    row::{run_type_to, status_to},
};

/// Which runs are asked for; empty lists and `None` do not restrict.
#[derive(Debug, Clone, Default)]
pub struct RunQuery {
    /// In traces of these projects.
    pub projects: Vec<Uuid>,
    /// These runs.
    pub ids: Vec<RunId>,
    /// Of this trace.
    pub trace: Option<TraceId>,
    /// Direct children of this run.
    pub parent: Option<RunId>,
    /// Runs that answer one of these examples.
    pub examples: Vec<Uuid>,
    /// Of one of these types.
    pub run_types: Vec<RunType>,
    /// With one of these statuses.
    pub statuses: Vec<RunStatus>,
    /// With this name.
    pub name: Option<String>,
    /// Of this thread, by their own metadata or their trace's.
    pub thread: Option<String>,
    /// Without a parent (`true`), or with one.
    pub is_root: Option<bool>,
    /// Started at or after.
    pub start_min: Option<UnixNanos>,
    /// Started at or before.
    pub start_max: Option<UnixNanos>,
    /// Each of these holds.
    pub texts: Vec<TextCandidates>,
    /// Earliest first.
    pub ascending: bool,
    /// Only what comes behind this run in the order.
    pub after: Option<RunCursor>,
    /// Runs to return.
    pub limit: u32,
}

/// Runs that may have a term.
#[derive(Debug, Clone, Default)]
pub struct TextCandidates {
    /// Those of these traces, by key,
    pub traces: Vec<i64>,
    /// and those with one of these names, by key.
    pub names: Vec<i64>,
}

/// A place in the order of runs; it stays where it is while runs come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RunCursor {
    /// Start of the run; runs without one come as if they had started in 1970.
    pub start: i64,
    /// Its trace.
    pub trace_id: TraceId,
    /// The run.
    pub run_id: RunId,
}

/// A run with its trace and its place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FoundRun {
    /// The trace.
    pub trace_id: TraceId,
    /// The run.
    pub row: RunRow,
    /// Where it stands in the order.
    pub cursor: RunCursor,
}

/// Runs that fit, by start and then by trace and id.
pub(crate) fn runs(connection: &Connection, query: &RunQuery) -> Result<Vec<FoundRun>> {
    let blobs = |ids: &mut dyn Iterator<Item = Uuid>| ids.map(Uuid::into_bytes).collect::<Vec<_>>();
    let mut conditions = Conditions::default();
    conditions.one_of("run.uuid", &blobs(&mut query.ids.iter().map(|id| id.0)));
    if !query.projects.is_empty() {
        let projects = blobs(&mut query.projects.iter().copied());
        let marks = vec!["?"; projects.len()].join(", ");
        conditions.sql.push(format!("trace.project IN (SELECT id FROM project WHERE uuid IN ({marks}))"));
        conditions.values.extend(projects.into_iter().map(|id| Box::new(id) as Box<dyn rusqlite::ToSql>));
    }
    if query.ids.is_empty() && query.trace.is_none() {
        conditions.sql.push("trace.echo_of IS NULL".to_owned());
    }
    if let Some(trace) = query.trace {
        conditions.add("trace.uuid = ?", trace.0.into_bytes());
    }
    if let Some(parent) = query.parent {
        conditions.add("run.parent = ?", parent.0.into_bytes());
    }
    if !query.examples.is_empty() {
        let examples = blobs(&mut query.examples.iter().copied());
        let marks = vec!["?"; examples.len()].join(", ");
        conditions.sql.push(format!(
            "EXISTS (SELECT 1 FROM run_example WHERE run_example.trace = run.trace AND run_example.run = run.uuid \
             AND run_example.example IN ({marks}))"
        ));
        conditions.values.extend(examples.into_iter().map(|id| Box::new(id) as Box<dyn rusqlite::ToSql>));
    }
    conditions
        .one_of("run.run_type", &query.run_types.iter().map(|kind| run_type_to(*kind)).collect::<Vec<_>>());
    conditions
        .one_of("run.status", &query.statuses.iter().map(|status| status_to(*status)).collect::<Vec<_>>());
    if let Some(name) = &query.name {
        conditions.add("run.name = (SELECT id FROM word WHERE text = ?)", name.clone());
    }
    if let Some(thread) = &query.thread {
        conditions.add(
            "coalesce(run.thread, (SELECT key FROM thread WHERE thread.id = trace.thread)) = \
             (SELECT id FROM word WHERE text = ?)",
            thread.clone(),
        );
    }
    if let Some(is_root) = query.is_root {
        conditions.sql.push(if is_root { "run.parent IS NULL" } else { "run.parent IS NOT NULL" }.to_owned());
    }
    if let Some(min) = query.start_min {
        conditions.add("run.start_ns >= ?", min.0);
    }
    if let Some(max) = query.start_max {
        conditions.add("run.start_ns <= ?", max.0);
    }
    for TextCandidates { traces, names } in &query.texts {
        conditions.values.push(Box::new(list_of(traces)));
        conditions.sql.push(if names.is_empty() {
            "run.trace IN (SELECT value FROM json_each(?))".to_owned()
        } else {
            conditions.values.push(Box::new(list_of(names)));
            "(run.trace IN (SELECT value FROM json_each(?)) OR run.name IN (SELECT value FROM json_each(?)))"
                .to_owned()
        });
    }
    let (direction, beyond) = if query.ascending { ("ASC", '>') } else { ("DESC", '<') };
    if let Some(after) = query.after {
        // The trace's row id stands for its UUID, since that is what the index is ordered by.
        conditions.sql.push(format!(
            "(coalesce(run.start_ns, 0), run.trace, run.uuid) {beyond} (?, (SELECT id FROM trace WHERE uuid = ?), ?)"
        ));
        conditions.values.push(Box::new(after.start));
        conditions.values.push(Box::new(after.trace_id.0.into_bytes()));
        conditions.values.push(Box::new(after.run_id.0.into_bytes()));
        // Lets the index be entered at the right place.
        let edge = if query.ascending {
            "coalesce(run.start_ns, 0) >= ?"
        } else {
            "(run.start_ns <= ? OR run.start_ns IS NULL)"
        };
        conditions.add(edge, after.start);
    }
    let mut statement = connection.prepare_cached(&format!(
        "SELECT trace.uuid, run.uuid, coalesce(run.start_ns, 0) FROM run JOIN trace ON trace.id = run.trace {} \
         ORDER BY run.start_ns {direction}, run.trace {direction}, run.uuid {direction} LIMIT {}",
        conditions.clause(),
        query.limit
    ))?;
    let found: Vec<RunCursor> = statement
        .query_map(conditions.parameters(), |row| {
            Ok(RunCursor {
                trace_id: TraceId::from_bytes(row.get(0)?),
                run_id: RunId::from_bytes(row.get(1)?),
                start: row.get(2)?,
            })
        })?
        .collect::<rusqlite::Result<_>>()?;
    found
        .into_iter()
        .map(|cursor| {
            let row = run_row(connection, cursor.trace_id, cursor.run_id)?;
            Ok(FoundRun { trace_id: cursor.trace_id, row, cursor })
        })
        .collect()
}
