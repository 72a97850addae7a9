//! Asking the index.

use std::{collections::HashSet, fmt::Write as _};

use model::{RawRecord, RunId, TraceId, words::Term};
use rusqlite::{Connection, OptionalExtension};

use super::open_for_reading;
use crate::{
    Store,
    error::{Error, Result},
    read::{
        BlockWalk, TextPlace,
        text::{self},
        walk_blocks,
    },
};

/// What of the library is in the index.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TextStatus {
    /// Up to here the library was read.
    pub place: TextPlace,
    /// Payload blocks that are not in the index yet.
    pub behind: u64,
    /// Payload blocks in all.
    pub blocks: u64,
    /// The largest id of a block.
    pub last_block: i64,
}

/// A run in which the index has the words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TextDoc {
    /// Number in the index; later ones came later.
    pub doc: i64,
    /// The trace.
    pub trace_id: TraceId,
    /// The run that brought the text to its trace. It may be gone, or have changed since.
    pub run_id: RunId,
}

/// The terms in the language of FTS5: words in quotes, which takes away every meaning that they might have there.
fn expression<'t>(terms: impl IntoIterator<Item = &'t Term>) -> String {
    let mut out = String::new();
    for term in terms.into_iter().filter(|term| !term.words().is_empty()) {
        let separator = if out.is_empty() { "" } else { " AND " };
        let words = term.words().join(" ").replace('"', "\"\"");
        let star = if term.is_prefix() { " *" } else { "" };
        let _ = write!(out, "{separator}\"{words}\"{star}");
    }
    out
}

fn traces_that_match(index: &Connection, expression: &str, limit: usize) -> Result<Vec<i64>> {
    let mut statement = index.prepare(
        "SELECT DISTINCT doc.trace FROM words JOIN doc ON doc.id = words.rowid WHERE words MATCH ?1 LIMIT ?2",
    )?;
    let limit = i64::try_from(limit).unwrap_or(i64::MAX);
    let rows = statement.query_map(rusqlite::params![expression, limit], |row| row.get(0))?;
    Ok(rows.collect::<rusqlite::Result<_>>()?)
}

impl Store {
    /// Asks the index; `None` when there is none, or none that can be read.
    fn asking<T>(&self, ask: impl FnOnce(&Connection) -> Result<T>) -> Result<Option<T>> {
        let answer = open_for_reading(&self.dir).and_then(|index| index.as_ref().map(ask).transpose());
        match answer {
            Ok(answer) => Ok(answer),
            Err(error @ (Error::Damaged(_) | Error::Sqlite(_) | Error::ReadOnly(_))) => {
                tracing::warn!("the full-text index is not asked: {error}");
                self.text_damage.store(true, std::sync::atomic::Ordering::Relaxed);
                Ok(None)
            }
            Err(error) => Err(error),
        }
    }

    /// Whether the index could not be read since this was asked last.
    pub fn take_text_damage(&self) -> bool {
        self.text_damage.swap(false, std::sync::atomic::Ordering::Relaxed)
    }

    /// What of the library is in the index.
    pub fn text_status(&self) -> Result<TextStatus> {
        let place = self
            .asking(|index| {
                Ok(index
                    .prepare("SELECT library, block_change, block, void_change FROM state WHERE id = 0")?
                    .query_row([], |row| {
                        let place = TextPlace { change: row.get(1)?, id: row.get(2)? };
                        Ok((row.get::<_, String>(0)?, place, row.get::<_, i64>(3)?))
                    })
                    .optional()?)
            })?
            .flatten();
        self.reading(|connection| {
            let place = match place {
                Some((library, place, void))
                    if library == text::library_id(connection)?
                        && place.change.max(void) <= text::last_change(connection)? =>
                {
                    place
                }
                _ => TextPlace::START,
            };
            let (behind, blocks) = text::count_behind(connection, place)?;
            let last_block = connection
                .prepare_cached("SELECT coalesce(max(id), 0) FROM block")?
                .query_row([], |row| row.get(0))?;
            Ok(TextStatus { place, behind, blocks, last_block })
        })
    }

    /// Runs that hold all of these terms by the index, the latest first, from before this number on. Runs of traces that
    /// are gone or not listed are left out; the second value is where the next window begins, unless this was the last.
    pub fn text_docs(
        &self,
        terms: &[&Term],
        trace: Option<TraceId>,
        before: i64,
        limit: usize,
    ) -> Result<(Vec<TextDoc>, Option<i64>)> {
        let expression = expression(terms.iter().copied());
        if expression.is_empty() {
            return Ok((Vec::new(), None));
        }
        let key: Option<Option<i64>> = match trace {
            None => None,
            Some(trace_id) => Some(self.reading(|connection| {
                Ok(connection
                    .prepare_cached("SELECT id FROM trace WHERE uuid = ?1")?
                    .query_row([trace_id.as_bytes()], |row| row.get(0))
                    .optional()?)
            })?),
        };
        let found: Option<Vec<(i64, i64, [u8; 16])>> = self.asking(|index| {
            // A trace mostly comes at one time, so that its docs stand close together.
            let in_trace = match key {
                None => "",
                Some(_) => {
                    "AND doc.trace = ?4 AND words.rowid >= (SELECT min(first_doc) FROM piece WHERE trace = ?4) \
                     AND words.rowid < (SELECT max(end_doc) FROM piece WHERE trace = ?4)"
                }
            };
            let mut statement = index.prepare(&format!(
                "SELECT doc.id, doc.trace, doc.run FROM words JOIN doc ON doc.id = words.rowid \
                 WHERE words MATCH ?1 AND words.rowid < ?2 {in_trace} ORDER BY words.rowid DESC LIMIT ?3"
            ))?;
            let limit = i64::try_from(limit).unwrap_or(i64::MAX);
            let read = |row: &rusqlite::Row<'_>| Ok((row.get(0)?, row.get(1)?, row.get(2)?));
            let rows = match key {
                None => statement.query_map(rusqlite::params![expression, before, limit], read)?,
                Some(key) => statement.query_map(rusqlite::params![expression, before, limit, key], read)?,
            };
            Ok(rows.collect::<rusqlite::Result<_>>()?)
        })?;
        let found = found.unwrap_or_default();
        let next = (found.len() >= limit).then(|| found.last().map(|(doc, ..)| *doc)).flatten();
        let docs = self.reading(|connection| {
            let mut docs = Vec::with_capacity(found.len());
            for (doc, trace, run) in found {
                if let Some(trace_id) = text::shown_trace(connection, trace)? {
                    docs.push(TextDoc { doc, trace_id, run_id: RunId::from_bytes(run) });
                }
            }
            Ok(docs)
        })?;
        Ok((docs, next))
    }

    /// Keys of the traces that may hold a term: those that have it by the index, and those of which something is not in
    /// the index yet. `None` when these are more than `most`, or when no index can tell.
    pub fn text_traces(&self, term: &Term, most: usize) -> Result<Option<Vec<i64>>> {
        let expression = expression([term]);
        if expression.is_empty() {
            return Ok(None);
        }
        // Asked before the index is: what is put into it meanwhile is then only named twice.
        let status = self.text_status()?;
        let limit = most.saturating_add(1);
        let fresh = self.reading(|connection| text::traces_behind(connection, status.place, limit))?;
        if fresh.len() > most {
            return Ok(None);
        }
        let found = self.asking(|index| traces_that_match(index, &expression, limit))?;
        let Some(found) = found else { return Ok(None) };
        let all: HashSet<i64> = found.into_iter().chain(fresh).collect();
        Ok((all.len() <= most).then(|| all.into_iter().collect()))
    }

    /// Keys of the traces that have a term by the index.
    pub fn text_traces_indexed(&self, term: &Term) -> Result<Vec<i64>> {
        let expression = expression([term]);
        if expression.is_empty() {
            return Ok(Vec::new());
        }
        Ok(self.asking(|index| traces_that_match(index, &expression, usize::MAX))?.unwrap_or_default())
    }

    /// Keys of names in the dictionary that have a term anywhere.
    pub fn names_with(&self, term: &Term) -> Result<Vec<i64>> {
        self.reading(|connection| text::words_that(connection, &|name| term.is_inside(name)))
    }

    /// Calls `visit` with the key, the id and the runs of blocks, the newest first, of which `holds` says so, while `goes_on`; gives the
    /// block where it stopped, if that was not the end.
    pub fn walk_blocks(
        &self,
        walk: BlockWalk,
        mut holds: impl FnMut(&[u8]) -> bool,
        mut goes_on: impl FnMut() -> bool,
        mut visit: impl FnMut(i64, TraceId, Vec<(RunId, Vec<RawRecord>)>),
    ) -> Result<Option<i64>> {
        self.reading(|connection| walk_blocks(connection, walk, &mut holds, &mut goes_on, &mut visit))
    }
}
