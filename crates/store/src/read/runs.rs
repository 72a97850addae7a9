//! Runs of a trace, and their payloads.

use std::{
    collections::{BTreeMap, HashMap},
    sync::Arc,
};

use model::{Cost, RawRecord, RunId, RunStatus, RunType, TraceId, UnixNanos, Usage};
use rusqlite::{Connection, OptionalExtension, params};

use super::{load_block, load_entry, slice};
use crate::{
    SourceId,
    error::{Error, Result},
    payload,
    row::{EntryPlace, RUN_COLUMNS, StoredRun, WordId},
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
struct Words<'c> {
    connection: &'c Connection,
    known: HashMap<WordId, Arc<str>>,
}

impl Words<'_> {
    fn get(&mut self, id: Option<WordId>) -> Result<Option<Arc<str>>> {
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

    fn run_row(&mut self, run: StoredRun) -> Result<RunRow> {
        Ok(RunRow {
            run_id: RunId::from_bytes(run.uuid),
            parent_run_id: run.parent.map(RunId::from_bytes),
            start: run.start,
            end: run.end,
            first_token: run.first_token,
            run_type: run.run_type,
            status: run.status,
            usage_counted: !run.is_shadowed(),
            name: self.get(run.name)?,
            model: self.get(run.model)?,
            provider: self.get(run.provider)?,
            project: self.get(run.project)?,
            thread: self.get(run.thread)?,
            prompt_version: self.get(run.prompt_version)?,
            dialect: self.get(run.dialect)?,
            usage: run.usage,
            cost: run.cost,
            error: run.error,
            detail: run.detail,
            source: SourceId(run.source),
            records: u32::try_from(run.records).unwrap_or(u32::MAX),
        })
    }
}

fn trace_key(connection: &Connection, trace_id: TraceId) -> Result<i64> {
    connection
        .prepare_cached("SELECT id FROM trace WHERE uuid = ?1")?
        .query_row([trace_id.as_bytes()], |row| row.get(0))
        .optional()?
        .ok_or_else(|| Error::NotFound { what: "trace", id: trace_id.to_string() })
}

/// All runs of a trace, unsorted.
pub(crate) fn runs_of_trace(connection: &Connection, trace_id: TraceId) -> Result<Vec<RunRow>> {
    let trace = trace_key(connection, trace_id)?;
    let mut words = Words { connection, known: HashMap::new() };
    let mut statement =
        connection.prepare_cached(&format!("SELECT {RUN_COLUMNS} FROM run WHERE trace = ?1"))?;
    let mut rows = statement.query([trace])?;
    let mut runs = Vec::new();
    while let Some(row) = rows.next()? {
        runs.push(words.run_row(StoredRun::from_row(row)?)?);
    }
    Ok(runs)
}

fn stored_run(connection: &Connection, trace_id: TraceId, run_id: RunId) -> Result<StoredRun> {
    let trace = trace_key(connection, trace_id)?;
    connection
        .prepare_cached(&format!("SELECT {RUN_COLUMNS} FROM run WHERE trace = ?1 AND uuid = ?2"))?
        .query_row(params![trace, run_id.as_bytes()], StoredRun::from_row)
        .optional()?
        .ok_or_else(|| Error::NotFound { what: "run", id: run_id.to_string() })
}

/// One run with the records that make it up, the strongest first.
pub(crate) fn run(
    connection: &Connection,
    trace_id: TraceId,
    run_id: RunId,
) -> Result<(RunRow, Vec<RawRecord>)> {
    let stored = stored_run(connection, trace_id, run_id)?;
    let records = load_entry(connection, stored.place)?;
    let row = Words { connection, known: HashMap::new() }.run_row(stored)?;
    Ok((row, records))
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
    let stored = stored_run(connection, trace_id, run_id)?;
    Words { connection, known: HashMap::new() }.run_row(stored)
}
