//! Examples as a list shows them: the beginnings of their payloads and never the whole.

use model::{RunId, TraceId, UnixNanos};
use uuid::Uuid;

use super::{
    ExampleQuery,
    dataset::require_dataset,
    example::{conditions, order_of},
    run_id, trace_id,
};
use crate::{Store, error::Result};

/// Characters of a payload that a row has.
const PREVIEW_CHARS: usize = 300;

/// A row of a list of examples.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExampleRow {
    /// Its id.
    pub id: Uuid,
    /// The beginning of its inputs.
    pub inputs: String,
    /// The beginning of its outputs.
    pub outputs: Option<String>,
    /// Names of its splits.
    pub splits: Vec<String>,
    /// Members of its metadata, without the splits.
    pub metadata: u64,
    /// The run that it was made of.
    pub source_run: Option<RunId>,
    /// The trace of that run, where it is in the library.
    pub source_trace: Option<TraceId>,
    /// Its files.
    pub attachments: u64,
    /// When it was made.
    pub created: UnixNanos,
    /// When it was last changed.
    pub modified: UnixNanos,
}

/// How many examples are in a split.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SplitCount {
    /// Name of the split.
    pub name: String,
    /// Examples in it.
    pub examples: u64,
}

fn count(number: i64) -> u64 {
    u64::try_from(number).unwrap_or(0)
}

impl Store {
    /// Rows of the examples that fit, in the window that the query asks for.
    pub fn example_rows(&self, query: &ExampleQuery) -> Result<Vec<ExampleRow>> {
        self.readers.with(|connection| {
            let conditions = conditions(connection, query)?;
            let mut statement = connection.prepare_cached(&format!(
                "SELECT e.id, substr(e.json_inputs, 1, {PREVIEW_CHARS}), substr(e.json_outputs, 1, {PREVIEW_CHARS}), \
                   (SELECT json_group_array(value ORDER BY key) FROM json_each(e.json_metadata, '$.dataset_split') \
                    WHERE type = 'text'), \
                   (SELECT count(*) FROM json_each(e.json_metadata) WHERE key <> 'dataset_split'), \
                   e.source_run, (SELECT trace.uuid FROM run JOIN trace ON trace.id = run.trace \
                    WHERE run.uuid = e.source_run LIMIT 1), \
                   (SELECT count(*) FROM example_attachment AS file \
                    WHERE file.example = e.id AND file.as_of_ns = e.as_of_ns), e.created_ns, e.as_of_ns \
                 FROM example AS e {} ORDER BY {} LIMIT {} OFFSET {}",
                conditions.clause(),
                order_of(query.sort),
                query.limit,
                query.offset
            ))?;
            let rows = statement.query_map(conditions.parameters(), |row| {
                let splits: String = row.get(3)?;
                Ok(ExampleRow {
                    id: Uuid::from_bytes(row.get(0)?),
                    inputs: row.get(1)?,
                    outputs: row.get(2)?,
                    splits: serde_json::from_str(&splits).unwrap_or_default(),
                    metadata: count(row.get(4)?),
                    source_run: run_id(row, 5)?,
                    source_trace: trace_id(row, 6)?,
                    attachments: count(row.get(7)?),
                    created: UnixNanos(row.get(8)?),
                    modified: UnixNanos(row.get(9)?),
                })
            })?;
            Ok(rows.collect::<rusqlite::Result<_>>()?)
        })
    }

    /// The splits of a dataset with how many examples are in each, by name.
    pub fn split_counts(&self, dataset: Uuid) -> Result<Vec<SplitCount>> {
        self.readers.with(|connection| {
            require_dataset(connection, dataset)?;
            let mut statement = connection.prepare_cached(
                "SELECT split.value, count(DISTINCT e.id) FROM example AS e, json_each(e.json_metadata, '$.dataset_split') AS split \
                 WHERE e.dataset = ?1 AND NOT e.deleted AND split.type = 'text' AND e.as_of_ns = \
                 (SELECT max(as_of_ns) FROM example WHERE example.id = e.id) GROUP BY split.value ORDER BY split.value",
            )?;
            let rows = statement.query_map([dataset.as_bytes()], |row| {
                Ok(SplitCount { name: row.get(0)?, examples: count(row.get(1)?) })
            })?;
            Ok(rows.collect::<rusqlite::Result<_>>()?)
        })
    }

    /// The runs of these from which an example of the dataset was made that is still there.
    pub fn source_runs_in(&self, dataset: Uuid, runs: &[RunId]) -> Result<std::collections::HashSet<RunId>> {
        self.readers.with(|connection| {
            let mut statement = connection.prepare_cached(
                "SELECT 1 FROM example AS e WHERE e.source_run = ?1 AND e.dataset = ?2 AND NOT e.deleted AND e.as_of_ns = \
                 (SELECT max(as_of_ns) FROM example WHERE example.id = e.id)",
            )?;
            let mut found = std::collections::HashSet::new();
            for run in runs {
                if statement.exists([run.as_bytes(), dataset.as_bytes()])? {
                    found.insert(*run);
                }
            }
            Ok(found)
        })
    }
}
