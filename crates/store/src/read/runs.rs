//! Runs of a trace, and their payloads.

use std::{
    collections::{BTreeMap, HashMap, HashSet},
    hash::{BuildHasherDefault, Hasher},
    sync::Arc,
};

use model::{Bill, Cost, RawRecord, RunId, RunStatus, RunType, TraceId, UnixNanos, Usage};
use rusqlite::{Connection, OptionalExtension, Row, params};

use super::{load_block, load_entry, slice};
use crate::{
    SourceId,
    error::{Error, Result},
    payload,
    row::{
        EntryPlace, FLAG_SHADOWED, PLACE_COLUMN, SHOWN_COLUMNS, WordId, bill_from, run_type_from,
        status_from, usage_from,
    },
};

/// A run without its payload.
#[derive(Debug, Clone, PartialEq, Eq)]
#[expect(missing_docs, reason = "the fields are those of `model::RunFields` and documented there")]
pub struct RunRow {
    pub run_id: RunId,
    pub parent_run_id: Option<RunId>,
    pub start: Option<UnixNanos>,
    pub end: Option<UnixNanos>,
    pub first_token: Option<UnixNanos>,
    pub run_type: RunType,
    pub status: RunStatus,
    pub name: Option<Arc<str>>,
    pub model: Option<Arc<str>>,
    pub provider: Option<Arc<str>>,
    pub project: Option<Arc<str>>,
    pub thread: Option<Arc<str>>,
    pub prompt_version: Option<Arc<str>>,
    pub dialect: Option<Arc<str>>,
    pub usage: Usage,
    /// Whether the usage counts: no enclosing model call already holds it.
    pub usage_counted: bool,
    pub cost: Option<Cost>,
    /// How the cost is made up, without its price.
    pub bill: Bill,
    pub error: Option<String>,
    pub detail: Option<String>,
    pub source: SourceId,
    /// Records that make up the run.
    pub records: u32,
}

/// A file of a run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AttachmentRow {
    /// Name within the run.
    pub name: String,
    /// Media type as sent.
    pub mime_type: String,
    /// Size.
    pub bytes: u64,
}

/// Texts of dictionary ids, looked up once.
pub(crate) struct Words<'c> {
    connection: &'c Connection,
    known: HashMap<WordId, Arc<str>, BuildHasherDefault<WordHasher>>,
}

/// Spreads row ids over a table. They are not chosen by anybody who could want them to collide, and a large trace
/// asks for some hundred thousand of them.
#[derive(Default)]
pub(crate) struct WordHasher(u64);

impl Hasher for WordHasher {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.write_i64(i64::from(*byte));
        }
    }

    fn write_i64(&mut self, id: i64) {
        // 2^64 divided by the golden ratio (Knuth, The Art of Computer Programming 3, 6.4).
        self.0 = (self.0 ^ id.cast_unsigned()).wrapping_mul(0x9E37_79B9_7F4A_7C15);
    }
}

impl<'c> Words<'c> {
    pub(crate) fn new(connection: &'c Connection) -> Self {
        Self { connection, known: HashMap::default() }
    }

    pub(crate) fn get(&mut self, id: Option<WordId>) -> Result<Option<Arc<str>>> {
        let Some(id) = id else { return Ok(None) };
        if let Some(text) = self.known.get(&id) {
            return Ok(Some(Arc::clone(text)));
        }
        let text: String = self
            .connection
            .prepare_cached("SELECT text FROM word WHERE id = ?1")?
            .query_row([id], |row| row.get(0))?;
        let text: Arc<str> = text.into();
        self.known.insert(id, Arc::clone(&text));
        Ok(Some(text))
    }

    /// A run from the columns [`SHOWN_COLUMNS`].
    pub(crate) fn run_row(&mut self, row: &Row<'_>) -> Result<RunRow> {
        let time = |column: usize| row.get::<_, Option<i64>>(column).map(|time| time.map(UnixNanos));
        Ok(RunRow {
            run_id: RunId::from_bytes(row.get(0)?),
            parent_run_id: row.get::<_, Option<_>>(1)?.map(RunId::from_bytes),
            start: time(2)?,
            end: time(3)?,
            first_token: time(4)?,
            run_type: run_type_from(row.get(5)?),
            status: status_from(row.get(6)?),
            usage_counted: row.get::<_, i64>(7)? & FLAG_SHADOWED == 0,
            name: self.get(row.get(8)?)?,
            model: self.get(row.get(9)?)?,
            provider: self.get(row.get(10)?)?,
            project: self.get(row.get(11)?)?,
            thread: self.get(row.get(12)?)?,
            prompt_version: self.get(row.get(13)?)?,
            dialect: self.get(row.get(14)?)?,
            usage: usage_from(row, 15)?,
            cost: row.get::<_, Option<i64>>(21)?.map(|pico_usd| Cost { pico_usd }),
            bill: bill_from(row)?,
            error: row.get(22)?,
            detail: row.get(23)?,
            source: SourceId(row.get(24)?),
            records: u32::try_from(row.get::<_, i64>(25)?).unwrap_or(u32::MAX),
        })
    }
}

fn trace_key(connection: &Connection, trace_id: TraceId) -> Result<i64> {
    connection
        .prepare_cached("SELECT id FROM trace WHERE uuid = ?1")?
        .query_row([trace_id.as_bytes()], |row| row.get(0))
        .optional()?
        .ok_or_else(|| trace_not_found(trace_id))
}

pub(super) fn trace_not_found(trace_id: TraceId) -> Error {
    Error::NotFound { what: "trace", id: trace_id.to_string() }
}

/// All runs of a trace, unsorted.
pub(crate) fn runs_of_trace(connection: &Connection, trace_id: TraceId) -> Result<Vec<RunRow>> {
    let (trace, count): (i64, i64) = connection
        .prepare_cached("SELECT id, runs FROM trace WHERE uuid = ?1")?
        .query_row([trace_id.as_bytes()], |row| Ok((row.get(0)?, row.get(1)?)))
        .optional()?
        .ok_or_else(|| trace_not_found(trace_id))?;
    let mut words = Words::new(connection);
    let mut statement =
        connection.prepare_cached(&format!("SELECT {SHOWN_COLUMNS} FROM run WHERE trace = ?1"))?;
    let mut rows = statement.query([trace])?;
    let mut runs = Vec::with_capacity(usize::try_from(count).unwrap_or(0));
    while let Some(row) = rows.next()? {
        runs.push(words.run_row(row)?);
    }
    Ok(runs)
}

/// Which run is whose parent in these traces, one list a trace. Traces of one run and such as are gone are left out.
pub(crate) fn parents(
    connection: &Connection,
    traces: &[TraceId],
    visit: &mut dyn FnMut(TraceId, Vec<(RunId, Option<RunId>)>),
) -> Result<()> {
    let mut keys = connection.prepare_cached("SELECT id FROM trace WHERE uuid = ?1 AND runs > 1")?;
    let mut links = connection.prepare_cached("SELECT uuid, parent FROM run WHERE trace = ?1")?;
    for trace_id in traces {
        let key: Option<i64> = keys.query_row([trace_id.as_bytes()], |row| row.get(0)).optional()?;
        let Some(key) = key else { continue };
        let rows = links.query_map([key], |row| {
            let parent: Option<[u8; 16]> = row.get(1)?;
            Ok((RunId::from_bytes(row.get(0)?), parent.map(RunId::from_bytes)))
        })?;
        visit(*trace_id, rows.collect::<rusqlite::Result<_>>()?);
    }
    Ok(())
}

/// The runs from these up to their roots, each once, with their parents; all of one trace.
pub(crate) fn lineage(
    connection: &Connection,
    trace_id: TraceId,
    runs: &[RunId],
) -> Result<Vec<(RunId, Option<RunId>)>> {
    let trace = trace_key(connection, trace_id)?;
    let mut statement = connection.prepare_cached("SELECT parent FROM run WHERE trace = ?1 AND uuid = ?2")?;
    let mut found = Vec::new();
    let mut seen = HashSet::new();
    for run in runs {
        let mut next = Some(*run);
        while let Some(run) = next.take()
            && seen.insert(run)
        {
            let parent: Option<Option<[u8; 16]>> =
                statement.query_row(params![trace, run.as_bytes()], |row| row.get(0)).optional()?;
            if let Some(parent) = parent {
                next = parent.map(RunId::from_bytes);
                found.push((run, next));
            }
        }
    }
    Ok(found)
}

/// One run with the records that make it up, the strongest first.
pub(crate) fn run(
    connection: &Connection,
    trace_id: TraceId,
    run_id: RunId,
) -> Result<(RunRow, Vec<RawRecord>)> {
    let trace = trace_key(connection, trace_id)?;
    let mut statement = connection.prepare_cached(&format!(
        "SELECT {SHOWN_COLUMNS}, block, byte_offset, length FROM run WHERE trace = ?1 AND uuid = ?2"
    ))?;
    let mut rows = statement.query(params![trace, run_id.as_bytes()])?;
    let row = rows.next()?.ok_or_else(|| Error::NotFound { what: "run", id: run_id.to_string() })?;
    let records = load_entry(connection, EntryPlace::from_row(row, PLACE_COLUMN)?)?;
    Ok((Words::new(connection).run_row(row)?, records))
}

/// The trace of a run that is named by its id alone.
pub(crate) fn trace_of_run(connection: &Connection, run_id: RunId) -> Result<TraceId> {
    let mut statement = connection.prepare_cached(
        "SELECT trace.uuid FROM run JOIN trace ON trace.id = run.trace WHERE run.uuid = ?1",
    )?;
    let traces: Vec<TraceId> = statement
        .query_map([run_id.as_bytes()], |row| Ok(TraceId::from_bytes(row.get(0)?)))?
        .collect::<rusqlite::Result<_>>()?;
    match traces.as_slice() {
        [] => Err(Error::NotFound { what: "run", id: run_id.to_string() }),
        [trace_id] => Ok(*trace_id),
        [first, ..] => Err(Error::AmbiguousRun {
            id: run_id.to_string(),
            count: traces.len(),
            example: format!("{first}/{run_id}"),
        }),
    }
}

/// Calls `visit` with every run of a trace and its records, block by block, until it returns `false`.
pub(crate) fn visit_records(
    connection: &Connection,
    trace_id: TraceId,
    visit: &mut dyn FnMut(RunId, &[u8]) -> Result<bool>,
) -> Result<()> {
    let trace = trace_key(connection, trace_id)?;
    let mut by_block: BTreeMap<i64, Vec<(RunId, EntryPlace)>> = BTreeMap::new();
    let mut statement =
        connection.prepare_cached("SELECT uuid, block, byte_offset, length FROM run WHERE trace = ?1")?;
    let mut rows = statement.query([trace])?;
    while let Some(row) = rows.next()? {
        let place = EntryPlace { block: row.get(1)?, offset: row.get(2)?, length: row.get(3)? };
        by_block.entry(place.block).or_default().push((RunId::from_bytes(row.get(0)?), place));
    }
    for (id, runs) in by_block {
        let block = load_block(connection, id)?;
        for (run_id, place) in runs {
            if !visit(run_id, slice(&block, place)?)? {
                return Ok(());
            }
        }
    }
    Ok(())
}

/// Decodes what [`visit_records`] hands out.
pub(crate) fn decode(entry: &[u8]) -> Result<Vec<RawRecord>> {
    payload::decode_entry(entry)
}

pub(crate) fn attachments(
    connection: &Connection,
    trace_id: TraceId,
    run_id: RunId,
) -> Result<Vec<AttachmentRow>> {
    let trace = trace_key(connection, trace_id)?;
    let mut statement = connection.prepare_cached(
        "SELECT name, mime_type, bytes FROM attachment JOIN attachment_content USING (hash) \
         WHERE trace = ?1 AND run = ?2 ORDER BY name",
    )?;
    let rows = statement.query_map(params![trace, run_id.as_bytes()], |row| {
        Ok(AttachmentRow {
            name: row.get(0)?,
            mime_type: row.get(1)?,
            bytes: u64::try_from(row.get::<_, i64>(2)?).unwrap_or(0),
        })
    })?;
    Ok(rows.collect::<rusqlite::Result<_>>()?)
}

pub(crate) fn attachments_of_trace(
    connection: &Connection,
    trace_id: TraceId,
) -> Result<Vec<(RunId, AttachmentRow)>> {
    let trace = trace_key(connection, trace_id)?;
    let mut statement = connection.prepare_cached(
        "SELECT name, mime_type, bytes, run FROM attachment JOIN attachment_content USING (hash) \
         WHERE trace = ?1 ORDER BY run, name",
    )?;
    let rows = statement.query_map([trace], |row| {
        let file = AttachmentRow {
            name: row.get(0)?,
            mime_type: row.get(1)?,
            bytes: u64::try_from(row.get::<_, i64>(2)?).unwrap_or(0),
        };
        Ok((RunId::from_bytes(row.get(3)?), file))
    })?;
    Ok(rows.collect::<rusqlite::Result<_>>()?)
}

pub(crate) fn attachment(
    connection: &Connection,
    trace_id: TraceId,
    run_id: RunId,
    name: &str,
) -> Result<(String, Vec<u8>)> {
    let trace = trace_key(connection, trace_id)?;
    connection
        .prepare_cached(
            "SELECT mime_type, data FROM attachment JOIN attachment_content USING (hash) \
             WHERE trace = ?1 AND run = ?2 AND name = ?3",
        )?
        .query_row(params![trace, run_id.as_bytes(), name], |row| Ok((row.get(0)?, row.get(1)?)))
        .optional()?
        .ok_or_else(|| Error::NotFound { what: "attachment", id: name.to_owned() })
}

/// One run without its payload.
pub(super) fn run_row(connection: &Connection, trace_id: TraceId, run_id: RunId) -> Result<RunRow> {
    let trace = trace_key(connection, trace_id)?;
    let mut statement = connection
        .prepare_cached(&format!("SELECT {SHOWN_COLUMNS} FROM run WHERE trace = ?1 AND uuid = ?2"))?;
    let mut rows = statement.query(params![trace, run_id.as_bytes()])?;
    let row = rows.next()?.ok_or_else(|| Error::NotFound { what: "run", id: run_id.to_string() })?;
    Words::new(connection).run_row(row)
}
