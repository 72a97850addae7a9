//! The few runs of a trace that tell what it was given and what it said: root, first and last call of a model.

use std::collections::{BTreeMap, btree_map::Entry};

use model::{RawRecord, RunId, RunType, TraceId, UnixNanos};
use rusqlite::{Connection, OptionalExtension, params};

use super::{
    RunRow, load_block,
    runs::{Words, trace_not_found},
    slice,
};
use crate::{
    error::Result,
    payload,
    row::{EntryPlace, PLACE_COLUMN, SHOWN_COLUMNS, run_type_to},
};

/// What may be read of one trace.
#[derive(Debug, Clone, Copy)]
pub struct OpeningLimits {
    /// Of a trace with more runs only the root is read: its calls of a model would have to be looked for.
    pub runs: u64,
    /// A larger payload is not read.
    pub bytes: u64,
}

/// What was read of a trace.
#[derive(Debug, Clone, Default)]
pub struct Opening {
    /// End of the latest run.
    pub end: Option<UnixNanos>,
    /// Who used it: the user of the root, else that of another run.
    pub user: Option<String>,
    /// Root, first and last call of a model, each once, with their records.
    pub runs: Vec<(RunRow, Vec<RawRecord>)>,
    /// The first of these calls.
    pub first_call: Option<RunId>,
    /// Bytes of the payloads that were unpacked for it.
    pub bytes: u64,
}

pub(crate) fn opening(connection: &Connection, id: TraceId, limits: OpeningLimits) -> Result<Opening> {
    let (trace, root, count, end): (i64, Vec<u8>, i64, Option<i64>) = connection
        .prepare_cached("SELECT id, root, runs, end_ns FROM trace WHERE uuid = ?1")?
        .query_row([id.as_bytes()], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?)))
        .optional()?
        .ok_or_else(|| trace_not_found(id))?;
    let is_small = u64::try_from(count).unwrap_or(0) <= limits.runs;
    let mut words = Words::new(connection);
    let mut opening = Opening { end: end.map(UnixNanos), ..Opening::default() };
    let whose = if is_small { "" } else { "AND uuid = ?2" };
    let user = format!(
        "SELECT user FROM run WHERE trace = ?1 AND user IS NOT NULL {whose} ORDER BY uuid <> ?2, start_ns, uuid LIMIT 1"
    );
    let user =
        connection.prepare_cached(&user)?.query_row(params![trace, root], |row| row.get(0)).optional()?;
    opening.user = words.get(user.flatten())?.map(|user| user.to_string());
    let mut places: Vec<(RunRow, EntryPlace)> = Vec::new();
    let mut add = |sql: &str, values: &[&dyn rusqlite::ToSql]| -> Result<Option<RunId>> {
        let mut statement = connection.prepare_cached(&format!(
            "SELECT {SHOWN_COLUMNS}, block, byte_offset, length FROM run WHERE trace = ?1 AND {sql}"
        ))?;
        let mut rows = statement.query(values)?;
        let Some(row) = rows.next()? else { return Ok(None) };
        let (run, place) = (words.run_row(row)?, EntryPlace::from_row(row, PLACE_COLUMN)?);
        let run_id = run.run_id;
        if places.iter().all(|(known, _)| known.run_id != run_id) {
            places.push((run, place));
        }
        Ok(Some(run_id))
    };
    add("uuid = ?2", params![trace, root])?;
    if is_small {
        let call = run_type_to(RunType::Llm);
        opening.first_call = add("run_type = ?2 ORDER BY start_ns, uuid LIMIT 1", params![trace, call])?;
        add("run_type = ?2 ORDER BY start_ns DESC, uuid DESC LIMIT 1", params![trace, call])?;
    }
    // Neighbours are in one block, which is unpacked once.
    let mut blocks: BTreeMap<i64, Vec<u8>> = BTreeMap::new();
    for (run, place) in places {
        if u64::try_from(place.length).unwrap_or(u64::MAX) > limits.bytes {
            continue;
        }
        let block = match blocks.entry(place.block) {
            Entry::Occupied(known) => known.into_mut(),
            Entry::Vacant(free) => {
                let block = load_block(connection, place.block)?;
                opening.bytes += block.len() as u64;
                free.insert(block)
            }
        };
        let records = payload::decode_entry(slice(block, place)?)?;
        opening.runs.push((run, records));
    }
    Ok(opening)
}

/// Start of the trace of this project, or of all, before which `number` traces started later.
pub(crate) fn start_of(
    connection: &Connection,
    project: Option<&str>,
    number: u32,
) -> Result<Option<UnixNanos>> {
    let start = match project {
        None => connection
            .prepare_cached(
                "SELECT start_ns FROM trace WHERE echo_of IS NULL ORDER BY start_ns DESC, uuid DESC LIMIT 1 OFFSET ?1",
            )?
            .query_row([number], |row| row.get(0)),
        Some(project) => connection
            .prepare_cached(
                "SELECT start_ns FROM trace WHERE echo_of IS NULL AND project = (SELECT id FROM project WHERE name = ?2) \
                 ORDER BY start_ns DESC, uuid DESC LIMIT 1 OFFSET ?1",
            )?
            .query_row(params![number, project], |row| row.get(0)),
    };
    Ok(start.optional()?.flatten().map(UnixNanos))
}

impl crate::Store {
    /// The runs of a trace that tell what it was given and what it said.
    pub fn opening(&self, trace: TraceId, limits: OpeningLimits) -> Result<Opening> {
        self.readers.with(|connection| opening(connection, trace, limits))
    }

    /// Start of the trace after which `number` traces of this project, or of all, started; absent where there are fewer.
    pub fn start_of_trace(&self, project: Option<&str>, number: u32) -> Result<Option<UnixNanos>> {
        self.readers.with(|connection| start_of(connection, project, number))
    }
}
