//! The runs of a trace as its tree shows them.
//!
//! A trace of 100,000 runs is opened at one press, so this reads fewer columns than [`super::RunRow`] has and hands
//! the dictionary's texts out by number, once each.

use std::{collections::HashMap, hash::BuildHasherDefault, sync::Arc};

use model::{Cost, RunId, RunStatus, RunType, TraceId, UnixNanos, Usage};
use rusqlite::{Connection, OptionalExtension, Row};

use super::runs::{WordHasher, trace_not_found};
use crate::{
    error::Result,
    row::{FLAG_SHADOWED, WordId, run_type_from, status_from},
};

/// What the tree shows of a run.
#[derive(Debug, Clone, PartialEq, Eq)]
#[expect(missing_docs, reason = "the fields are those of `RunRow` and documented there")]
pub struct TreeRow {
    pub run_id: RunId,
    pub parent_run_id: Option<RunId>,
    pub start: Option<UnixNanos>,
    pub end: Option<UnixNanos>,
    pub first_token: Option<UnixNanos>,
    pub run_type: RunType,
    pub status: RunStatus,
    /// Index into [`TreeRows::texts`].
    pub name: Option<u32>,
    /// Index into [`TreeRows::texts`].
    pub model: Option<u32>,
    /// Input, output and total; the details are left out.
    pub usage: Usage,
    pub usage_counted: bool,
    pub cost: Option<Cost>,
    pub error: Option<String>,
    pub detail: Option<String>,
}

/// The runs of a trace, unsorted, with the texts that they share.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct TreeRows {
    /// The runs.
    pub runs: Vec<TreeRow>,
    /// Names and models, each once.
    pub texts: Vec<Arc<str>>,
}

const COLUMNS: &str = "uuid, parent, start_ns, end_ns, first_token_ns, run_type, status, flags, name, model, \
                       input_tokens, output_tokens, total_tokens, cost_pico, error, detail";

/// Numbers of the dictionary's texts.
struct Texts<'c> {
    connection: &'c Connection,
    known: HashMap<WordId, u32, BuildHasherDefault<WordHasher>>,
    texts: Vec<Arc<str>>,
}

impl Texts<'_> {
    fn number(&mut self, id: Option<WordId>) -> Result<Option<u32>> {
        let Some(id) = id else { return Ok(None) };
        if let Some(number) = self.known.get(&id) {
            return Ok(Some(*number));
        }
        let text: String = self
            .connection
            .prepare_cached("SELECT text FROM word WHERE id = ?1")?
            .query_row([id], |row| row.get(0))?;
        let number = u32::try_from(self.texts.len()).unwrap_or(u32::MAX);
        self.texts.push(text.into());
        self.known.insert(id, number);
        Ok(Some(number))
    }

    fn row(&mut self, row: &Row<'_>) -> Result<TreeRow> {
        let integer = |column: usize| row.get::<_, Option<i64>>(column);
        let tokens =
            |column: usize| integer(column).map(|count| count.and_then(|count| u64::try_from(count).ok()));
        Ok(TreeRow {
            run_id: RunId::from_bytes(row.get(0)?),
            parent_run_id: row.get::<_, Option<_>>(1)?.map(RunId::from_bytes),
            start: integer(2)?.map(UnixNanos),
            end: integer(3)?.map(UnixNanos),
            first_token: integer(4)?.map(UnixNanos),
            run_type: run_type_from(row.get(5)?),
            status: status_from(row.get(6)?),
            usage_counted: row.get::<_, i64>(7)? & FLAG_SHADOWED == 0,
            name: self.number(integer(8)?)?,
            model: self.number(integer(9)?)?,
            usage: Usage { input: tokens(10)?, output: tokens(11)?, total: tokens(12)?, ..Usage::default() },
            cost: integer(13)?.map(|pico_usd| Cost { pico_usd }),
            error: row.get(14)?,
            detail: row.get(15)?,
        })
    }
}

/// The runs of a trace for its tree.
pub(crate) fn tree_rows(connection: &Connection, trace_id: TraceId) -> Result<TreeRows> {
    let (trace, count): (i64, i64) = connection
        .prepare_cached("SELECT id, runs FROM trace WHERE uuid = ?1")?
        .query_row([trace_id.as_bytes()], |row| Ok((row.get(0)?, row.get(1)?)))
        .optional()?
        .ok_or_else(|| trace_not_found(trace_id))?;
    let mut texts = Texts { connection, known: HashMap::default(), texts: Vec::new() };
    let mut statement = connection.prepare_cached(&format!("SELECT {COLUMNS} FROM run WHERE trace = ?1"))?;
    let mut rows = statement.query([trace])?;
    let mut runs = Vec::with_capacity(usize::try_from(count).unwrap_or(0));
    while let Some(row) = rows.next()? {
        runs.push(texts.row(row)?);
    }
    Ok(TreeRows { runs, texts: texts.texts })
}
