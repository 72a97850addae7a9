//! The runs of a trace as its tree shows them.
//!
//! A trace of 100,000 runs is opened at one press, so this reads fewer columns than [`super::RunRow`] has and hands
//! the dictionary's texts out by number, once each.

use std::{collections::HashMap, hash::BuildHasherDefault, panic, sync::Arc, thread};

use model::{Cost, RunId, RunStatus, RunType, TraceId, UnixNanos, Usage};
use rusqlite::{Connection, OptionalExtension, Params, Row, params};

use super::runs::{WordHasher, trace_not_found};
use crate::{
    error::{Error, Result},
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

/// Runs from which on a trace is read in two halves at once. Below it one thread is done about as soon, and no second
/// connection has to be opened.
pub(crate) const READ_IN_HALVES: u64 = 4000;

/// Numbers of the dictionary's texts.
struct Texts<'c> {
    connection: &'c Connection,
    known: HashMap<WordId, u32, BuildHasherDefault<WordHasher>>,
    words: Vec<WordId>,
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
        Ok(Some(self.add(id, text.into())))
    }

    fn add(&mut self, id: WordId, text: Arc<str>) -> u32 {
        let number = u32::try_from(self.texts.len()).unwrap_or(u32::MAX);
        self.words.push(id);
        self.texts.push(text);
        self.known.insert(id, number);
        number
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

/// Runs of a trace that stand together in the table, with their texts.
struct Part<'c> {
    runs: Vec<TreeRow>,
    texts: Texts<'c>,
}

impl<'c> Part<'c> {
    /// Reads the runs that fit, in the order of the table; there is room for so many.
    fn read(connection: &'c Connection, room: usize, condition: &str, values: impl Params) -> Result<Self> {
        let texts = Texts { connection, known: HashMap::default(), words: Vec::new(), texts: Vec::new() };
        let mut part = Self { runs: Vec::with_capacity(room), texts };
        let sql = format!("SELECT {COLUMNS} FROM run WHERE trace = ?1{condition} ORDER BY trace, uuid");
        let mut statement = connection.prepare_cached(&sql)?;
        let mut rows = statement.query(values)?;
        while let Some(row) = rows.next()? {
            let row = part.texts.row(row)?;
            part.runs.push(row);
        }
        Ok(part)
    }

    /// Puts runs behind these. Texts get the numbers that reading all runs in one go would have given them.
    fn append(&mut self, runs: Vec<TreeRow>, words: &[WordId], texts: &[Arc<str>]) {
        let mut numbers: Vec<Option<u32>> = vec![None; texts.len()];
        let mut renumber = |number: &mut Option<u32>| {
            let Some(number) = number else { return };
            let index = *number as usize;
            *number = *numbers[index].get_or_insert_with(|| match self.texts.known.get(&words[index]) {
                Some(known) => *known,
                None => self.texts.add(words[index], Arc::clone(&texts[index])),
            });
        };
        self.runs.extend(runs.into_iter().map(|mut run| {
            renumber(&mut run.name);
            renumber(&mut run.model);
            run
        }));
    }

    fn rows(self) -> TreeRows {
        TreeRows { runs: self.runs, texts: self.texts.texts }
    }
}

/// The runs of a trace for its tree. With a second connection, which must see the same instant, the second half of them
/// is read on another thread meanwhile.
pub(crate) fn tree_rows(
    connection: &Connection,
    second: Option<&mut Connection>,
    trace_id: TraceId,
) -> Result<TreeRows> {
    let (trace, count): (i64, i64) = connection
        .prepare_cached("SELECT id, runs FROM trace WHERE uuid = ?1")?
        .query_row([trace_id.as_bytes()], |row| Ok((row.get(0)?, row.get(1)?)))
        .optional()?
        .ok_or_else(|| trace_not_found(trace_id))?;
    let room = usize::try_from(count).unwrap_or(0);
    let whole = || Ok(Part::read(connection, room, "", [trace])?.rows());
    let Some(second) = second else { return whole() };
    let middle: Option<[u8; 16]> = connection
        .prepare_cached("SELECT uuid FROM run WHERE trace = ?1 ORDER BY trace, uuid LIMIT 1 OFFSET ?2")?
        .query_row([trace, count / 2], |row| row.get(0))
        .optional()?;
    let Some(middle) = middle else { return whole() };
    let (lower, upper) = thread::scope(|scope| {
        let upper = scope.spawn(move || {
            let part = Part::read(second, room / 2 + 1, " AND uuid >= ?2", params![trace, middle])?;
            Ok::<_, Error>((part.runs, part.texts.words, part.texts.texts))
        });
        let lower = Part::read(connection, room, " AND uuid < ?2", params![trace, middle]);
        (lower, upper.join())
    });
    let mut part = lower?;
    let (runs, words, texts) = upper.unwrap_or_else(|panic| panic::resume_unwind(panic))?;
    part.append(runs, &words, &texts);
    Ok(part.rows())
}
