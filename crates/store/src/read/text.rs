//! What the full-text index reads of the library, and what a search reads beside the index.

use std::collections::HashMap;

use model::{RawRecord, RunId, TraceId};
use rusqlite::{Connection, OptionalExtension, params};

use super::{load_block, slice};
use crate::{error::Result, payload, row::EntryPlace};

/// A place in the order in which blocks were written last.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct TextPlace {
    /// Number of the commit.
    pub change: i64,
    /// Block, or trace, within it.
    pub id: i64,
}

impl TextPlace {
    /// Before everything.
    pub const START: Self = Self { change: -1, id: 0 };
}

/// Where the records of a run stand in their block.
#[derive(Debug, Clone, Copy)]
pub(crate) struct TextEntry {
    pub(crate) run: [u8; 16],
    pub(crate) place: EntryPlace,
}

/// Runs of a trace by their block, in the order in which they stand there.
pub(crate) type EntriesByBlock = HashMap<i64, Vec<TextEntry>>;

/// Identity of the library.
pub(crate) fn library_id(connection: &Connection) -> Result<String> {
    Ok(connection
        .prepare_cached("SELECT value FROM setting WHERE key = 'library_id'")?
        .query_row([], |row| row.get(0))
        .optional()?
        .unwrap_or_default())
}

/// Number of the last commit that wrote payloads.
pub(crate) fn last_change(connection: &Connection) -> Result<i64> {
    Ok(connection
        .prepare_cached(
            "SELECT max(coalesce((SELECT max(change) FROM block), 0), \
             coalesce((SELECT max(change) FROM text_void), 0))",
        )?
        .query_row([], |row| row.get(0))?)
}

fn places(connection: &Connection, sql: &str, after: TextPlace, limit: usize) -> Result<Vec<TextPlace>> {
    let mut statement = connection.prepare_cached(sql)?;
    let limit = i64::try_from(limit).unwrap_or(i64::MAX);
    let rows = statement.query_map(params![after.change, after.id, limit], |row| {
        Ok(TextPlace { change: row.get(0)?, id: row.get(1)? })
    })?;
    Ok(rows.collect::<rusqlite::Result<_>>()?)
}

/// The next blocks behind a place.
pub(crate) fn blocks_behind(
    connection: &Connection,
    after: TextPlace,
    limit: usize,
) -> Result<Vec<TextPlace>> {
    let sql = "SELECT change, id FROM block WHERE change >= ?1 AND (change, id) > (?1, ?2) \
               ORDER BY change, id LIMIT ?3";
    places(connection, sql, after, limit)
}

/// The next traces of which the index has to forget what it holds.
pub(crate) fn voids_behind(
    connection: &Connection,
    after: TextPlace,
    limit: usize,
) -> Result<Vec<TextPlace>> {
    let sql = "SELECT change, trace FROM text_void WHERE change >= ?1 AND (change, trace) > (?1, ?2) \
               ORDER BY change, trace LIMIT ?3";
    places(connection, sql, after, limit)
}

/// Blocks behind a place, and blocks in all.
pub(crate) fn count_behind(connection: &Connection, after: TextPlace) -> Result<(u64, u64)> {
    let behind: i64 = connection
        .prepare_cached("SELECT count(*) FROM block WHERE change >= ?1 AND (change, id) > (?1, ?2)")?
        .query_row([after.change, after.id], |row| row.get(0))?;
    let all: i64 = connection
        .prepare_cached("SELECT count(change) FROM block INDEXED BY block_by_change WHERE change >= 0")?
        .query_row([], |row| row.get(0))?;
    Ok((u64::try_from(behind).unwrap_or(0), u64::try_from(all).unwrap_or(0)))
}

/// Traces that have a block behind a place.
pub(crate) fn traces_behind(connection: &Connection, after: TextPlace, limit: usize) -> Result<Vec<i64>> {
    let mut statement = connection.prepare_cached(
        "SELECT DISTINCT trace FROM block WHERE change >= ?1 AND (change, id) > (?1, ?2) LIMIT ?3",
    )?;
    let limit = i64::try_from(limit).unwrap_or(i64::MAX);
    let rows = statement.query_map(params![after.change, after.id, limit], |row| row.get(0))?;
    Ok(rows.collect::<rusqlite::Result<_>>()?)
}

/// Blocks of a trace, the oldest first.
pub(crate) fn blocks_of(connection: &Connection, trace: i64) -> Result<Vec<i64>> {
    let mut statement = connection.prepare_cached("SELECT id FROM block WHERE trace = ?1 ORDER BY id")?;
    let rows = statement.query_map([trace], |row| row.get(0))?;
    Ok(rows.collect::<rusqlite::Result<_>>()?)
}

/// The trace of a block.
pub(crate) fn trace_of_block(connection: &Connection, block: i64) -> Result<Option<i64>> {
    Ok(connection
        .prepare_cached("SELECT trace FROM block WHERE id = ?1")?
        .query_row([block], |row| row.get(0))
        .optional()?)
}

/// Where the runs of a trace stand.
pub(crate) fn entries_of(connection: &Connection, trace: i64) -> Result<EntriesByBlock> {
    let mut statement =
        connection.prepare_cached("SELECT uuid, block, byte_offset, length FROM run WHERE trace = ?1")?;
    let mut rows = statement.query([trace])?;
    let mut by_block = EntriesByBlock::new();
    while let Some(row) = rows.next()? {
        let place = EntryPlace { block: row.get(1)?, offset: row.get(2)?, length: row.get(3)? };
        by_block.entry(place.block).or_default().push(TextEntry { run: row.get(0)?, place });
    }
    for entries in by_block.values_mut() {
        entries.sort_by_key(|entry| entry.place.offset);
    }
    Ok(by_block)
}

/// Runs with their records.
pub(crate) type RunsOfBlock = Vec<(RunId, Vec<RawRecord>)>;

/// Where a walk over blocks goes.
#[derive(Debug, Clone, Copy)]
pub struct BlockWalk {
    /// Only blocks with a smaller id.
    pub before: i64,
    /// Only blocks that were written behind this place.
    pub behind: Option<TextPlace>,
    /// Only blocks of this trace.
    pub trace: Option<TraceId>,
}

/// Calls `visit` with blocks, the newest first: `holds` looks at the raw bytes of a block, and `visit` gets the runs of
/// those that it wants, until it returns `false`. Gives the block where the walk ended, if it did not reach the end.
pub(crate) fn walk_blocks(
    connection: &Connection,
    walk: BlockWalk,
    holds: &mut dyn FnMut(&[u8]) -> bool,
    goes_on: &mut dyn FnMut() -> bool,
    visit: &mut dyn FnMut(i64, TraceId, RunsOfBlock),
) -> Result<Option<i64>> {
    let behind = walk.behind.unwrap_or(TextPlace::START);
    let sql = match (walk.trace, walk.behind) {
        (Some(_), _) => {
            "SELECT id, trace FROM block WHERE trace = (SELECT id FROM trace WHERE uuid = ?4) AND id < ?1 \
             AND (?2 < 0 OR (change, id) > (?2, ?3)) ORDER BY id DESC"
        }
        (None, Some(_)) => {
            "SELECT id, trace FROM block INDEXED BY block_by_change WHERE id < ?1 AND change >= ?2 \
             AND (change, id) > (?2, ?3) AND ?4 IS NULL ORDER BY id DESC"
        }
        (None, None) => {
            "SELECT id, trace FROM block WHERE id < ?1 AND ?2 < 0 AND ?3 = 0 AND ?4 IS NULL ORDER BY id DESC"
        }
    };
    let uuid = walk.trace.map(|trace| *trace.as_bytes());
    let mut statement = connection.prepare_cached(sql)?;
    let mut rows = statement.query(params![walk.before, behind.change, behind.id, uuid])?;
    let mut entries: Option<(i64, Option<TraceId>, EntriesByBlock)> = None;
    let mut last = None;
    while let Some(row) = rows.next()? {
        if last.is_some() && !goes_on() {
            return Ok(last);
        }
        let (id, trace): (i64, i64) = (row.get(0)?, row.get(1)?);
        last = Some(id);
        let Ok(block) = load_block(connection, id) else { continue };
        if !holds(&block) {
            continue;
        }
        if entries.as_ref().is_none_or(|(known, ..)| *known != trace) {
            entries = Some((trace, shown_trace(connection, trace)?, entries_of(connection, trace)?));
        }
        let Some((_, Some(trace_id), by_block)) = &entries else { continue };
        let runs = by_block.get(&id).into_iter().flatten().filter_map(|entry| {
            let records = payload::decode_entry(slice(&block, entry.place).ok()?).ok()?;
            Some((RunId::from_bytes(entry.run), records))
        });
        visit(trace, *trace_id, runs.collect());
    }
    Ok(None)
}

/// The id of a trace that lists show.
pub(crate) fn shown_trace(connection: &Connection, trace: i64) -> Result<Option<TraceId>> {
    Ok(connection
        .prepare_cached("SELECT uuid FROM trace WHERE id = ?1 AND echo_of IS NULL")?
        .query_row([trace], |row| Ok(TraceId::from_bytes(row.get(0)?)))
        .optional()?)
}

/// Keys of texts in the dictionary that a test holds for.
pub(crate) fn words_that(connection: &Connection, holds: &dyn Fn(&str) -> bool) -> Result<Vec<i64>> {
    let mut statement = connection.prepare_cached("SELECT id, text FROM word")?;
    let mut rows = statement.query([])?;
    let mut found = Vec::new();
    while let Some(row) = rows.next()? {
        if row.get_ref(1)?.as_str().is_ok_and(holds) {
            found.push(row.get(0)?);
        }
    }
    Ok(found)
}
