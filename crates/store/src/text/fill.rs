//! Filling the index: what the library wrote since the last look, in the order of its commits.

use std::{collections::HashMap, fs::File, path::PathBuf};

use model::{RawRecord, RunId};
use rusqlite::{Connection, OptionalExtension, Transaction, TransactionBehavior, params};

use super::{LOCK_NAME, discard, open_for_writing};
use crate::{
    Store,
    error::{Error, Result},
    payload,
    read::{
        load_block, slice,
        text::{self, EntriesByBlock, TextPlace},
    },
};

/// Reads the words of runs for the index.
pub trait TextReader {
    /// The words of a run that its trace did not bring before, folded and separated by spaces; empty for none.
    fn words(&mut self, trace: i64, run: RunId, records: &[RawRecord]) -> String;
    /// The trace is read anew: nothing of it was brought before.
    fn forget(&mut self, trace: i64);
    /// Nothing at all was brought before.
    fn forget_all(&mut self);
}

/// What a step did.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct TextStep {
    /// Runs that were read.
    pub runs: usize,
    /// There is more to read.
    pub more: bool,
}

/// Fills the index. There is one at a time, whichever process it is in.
pub struct TextIndexer {
    dir: PathBuf,
    connection: Option<Connection>,
    /// Held as long as this lives.
    _lock: File,
}

/// How far the index is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct State {
    block: TextPlace,
    void: TextPlace,
    next_doc: i64,
}

/// Where something failed: what is wrong with the index is mended by making it anew.
enum Fault {
    Index(Error),
    Library(Error),
}

impl From<rusqlite::Error> for Fault {
    fn from(error: rusqlite::Error) -> Self {
        Self::Index(error.into())
    }
}

fn library(error: Error) -> Fault {
    Fault::Library(error)
}

type Outcome<T> = std::result::Result<T, Fault>;

impl Store {
    /// The right to fill the index; `None` while another process has it.
    pub fn text_indexer(&self) -> Result<Option<TextIndexer>> {
        let path = self.dir.join(LOCK_NAME);
        let io = |source| Error::Io { action: "open", path: path.clone(), source };
        let lock = File::options().create(true).append(true).open(&path).map_err(io)?;
        match lock.try_lock() {
            Ok(()) => {}
            Err(std::fs::TryLockError::WouldBlock) => return Ok(None),
            // Where files cannot be locked, SQLite's own locks keep the file whole.
            Err(std::fs::TryLockError::Error(error)) => {
                tracing::warn!("filling the full-text index unlocked: {error}: {}", path.display());
            }
        }
        Ok(Some(TextIndexer { dir: self.dir.clone(), connection: None, _lock: lock }))
    }
}

impl TextIndexer {
    /// Reads what came since the last step, up to about so many runs, and commits it.
    pub fn step(&mut self, store: &Store, reader: &mut dyn TextReader, most_runs: usize) -> Result<TextStep> {
        // Someone may have removed the file while it was open, and then nobody else can see this one.
        if self.connection.is_some() && !super::file_in(&self.dir).exists() {
            self.connection = None;
        }
        let mut connection = match self.connection.take() {
            Some(connection) => connection,
            None => {
                reader.forget_all();
                open_for_writing(&self.dir)?
            }
        };
        let step = store.reading(|library| Ok(fill(library, &mut connection, reader, most_runs)))?;
        match step {
            Ok(step) => {
                self.connection = Some(connection);
                Ok(step)
            }
            Err(fault) => {
                // What the reader remembers was not written.
                reader.forget_all();
                match fault {
                    Fault::Index(Error::Damaged(reason)) => {
                        tracing::warn!("the full-text index is made anew: {reason}");
                        drop(connection);
                        discard(&self.dir)?;
                        Ok(TextStep { runs: 0, more: true })
                    }
                    Fault::Index(error) | Fault::Library(error) => Err(error),
                }
            }
        }
    }

    /// Makes the index anew at the next step.
    pub fn discard(&mut self) -> Result<()> {
        self.connection = None;
        discard(&self.dir)
    }

    /// Leaves a tidy file behind, when there is nothing to do.
    pub fn rest(&self) {
        if let Some(connection) = &self.connection {
            let _ = connection.execute_batch("PRAGMA wal_checkpoint(TRUNCATE);");
        }
    }
}

/// One step within a transaction of the index.
struct Filling<'a> {
    library: &'a Connection,
    index: Transaction<'a>,
    reader: &'a mut dyn TextReader,
    next_doc: i64,
    runs: usize,
    /// Where the runs of the traces of this step stand.
    entries: HashMap<i64, EntriesByBlock>,
}

/// Blocks or voids that are looked up at once.
const AT_ONCE: usize = 256;
/// Traces whose runs are remembered within a step.
const TRACES: usize = 64;

fn fill(
    library_connection: &Connection,
    index: &mut Connection,
    reader: &mut dyn TextReader,
    most_runs: usize,
) -> Outcome<TextStep> {
    let index = index.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let state = read_state(library_connection, &index, reader)?;
    let mut filling = Filling {
        library: library_connection,
        index,
        reader,
        next_doc: state.next_doc,
        runs: 0,
        entries: HashMap::new(),
    };
    let (mut block, mut void) = (state.block, state.void);
    // Voids first: what they forget must not be taken for read.
    let mut more = filling.each(
        &mut void,
        most_runs,
        |after| text::voids_behind(library_connection, after, AT_ONCE),
        Filling::read_again,
    )?;
    if !more {
        more = filling.each(
            &mut block,
            most_runs,
            |after| text::blocks_behind(library_connection, after, AT_ONCE),
            |filling, block| match text::trace_of_block(library_connection, block).map_err(library)? {
                Some(trace) => filling.read_block(trace, block),
                None => Ok(()),
            },
        )?;
    }
    let now = State { block, void, next_doc: filling.next_doc };
    let runs = filling.runs;
    if now == state {
        filling.index.commit()?;
        return Ok(TextStep { runs, more });
    }
    filling
        .index
        .prepare_cached(
            "UPDATE state SET block_change = ?1, block = ?2, void_change = ?3, void_trace = ?4, next_doc = ?5",
        )?
        .execute(params![block.change, block.id, void.change, void.id, now.next_doc])?;
    filling.index.commit()?;
    Ok(TextStep { runs, more })
}

/// How far the index is; one of another library, or one that is ahead of this one, begins anew.
fn read_state(
    library_connection: &Connection,
    index: &Transaction<'_>,
    reader: &mut dyn TextReader,
) -> Outcome<State> {
    let id = text::library_id(library_connection).map_err(library)?;
    let last = text::last_change(library_connection).map_err(library)?;
    let known: Option<(String, State)> = index
        .prepare_cached(
            "SELECT library, block_change, block, void_change, void_trace, next_doc FROM state WHERE id = 0",
        )?
        .query_row([], |row| {
            Ok((
                row.get(0)?,
                State {
                    block: TextPlace { change: row.get(1)?, id: row.get(2)? },
                    void: TextPlace { change: row.get(3)?, id: row.get(4)? },
                    next_doc: row.get(5)?,
                },
            ))
        })
        .optional()?;
    match known {
        Some((library, state)) if library == id && state.block.change.max(state.void.change) <= last => {
            Ok(state)
        }
        known => {
            if known.is_some() {
                tracing::info!("the full-text index belongs to another state of the library and begins anew");
            }
            reader.forget_all();
            index.execute_batch(
                "DELETE FROM state; DELETE FROM doc; DELETE FROM piece; INSERT INTO words (words) VALUES ('delete-all');",
            )?;
            index.execute("INSERT INTO state VALUES (0, ?1, -1, 0, -1, 0, 1)", [id])?;
            Ok(State { block: TextPlace::START, void: TextPlace::START, next_doc: 1 })
        }
    }
}

impl Filling<'_> {
    /// Does `work` for what stands behind `place`, moving it on, until there is nothing or enough runs were read;
    /// tells whether there may be more.
    fn each(
        &mut self,
        place: &mut TextPlace,
        most_runs: usize,
        next: impl Fn(TextPlace) -> Result<Vec<TextPlace>>,
        work: impl Fn(&mut Self, i64) -> Outcome<()>,
    ) -> Outcome<bool> {
        loop {
            let found = next(*place).map_err(library)?;
            if found.is_empty() {
                return Ok(false);
            }
            for at in found {
                if self.runs >= most_runs {
                    return Ok(true);
                }
                work(self, at.id)?;
                *place = at;
            }
        }
    }

    /// Forgets a trace, and reads what the library still has of it.
    fn read_again(&mut self, trace: i64) -> Outcome<()> {
        let pieces: Vec<(i64, i64)> = {
            let mut statement =
                self.index.prepare_cached("SELECT first_doc, end_doc FROM piece WHERE trace = ?1")?;
            let rows = statement.query_map([trace], |row| Ok((row.get(0)?, row.get(1)?)))?;
            rows.collect::<rusqlite::Result<_>>()?
        };
        for (first, end) in pieces {
            for doc in first..end {
                self.index.prepare_cached("DELETE FROM words WHERE rowid = ?1")?.execute([doc])?;
            }
            self.index.prepare_cached("DELETE FROM doc WHERE id >= ?1 AND id < ?2")?.execute([first, end])?;
        }
        self.index.prepare_cached("DELETE FROM piece WHERE trace = ?1")?.execute([trace])?;
        self.reader.forget(trace);
        for block in text::blocks_of(self.library, trace).map_err(library)? {
            self.read_block(trace, block)?;
        }
        Ok(())
    }

    /// Reads what a block holds beyond what was read of it before.
    fn read_block(&mut self, trace: i64, block: i64) -> Outcome<()> {
        let known: Option<i64> = self
            .index
            .prepare_cached("SELECT max(bytes) FROM piece WHERE block = ?1 AND trace = ?2")?
            .query_row([block, trace], |row| row.get(0))?;
        let raw = match load_block(self.library, block) {
            Ok(raw) => raw,
            // A damaged payload is no reason to leave out all that follows it.
            Err(Error::Damaged(reason)) => {
                tracing::warn!("not in the full-text index: {reason}");
                return Ok(());
            }
            Err(error) => return Err(Fault::Library(error)),
        };
        let bytes = i64::try_from(raw.len()).unwrap_or(i64::MAX);
        if known.is_some_and(|known| known >= bytes) {
            return Ok(());
        }
        if !self.entries.contains_key(&trace) {
            if self.entries.len() >= TRACES {
                self.entries.clear();
            }
            let entries = text::entries_of(self.library, trace).map_err(library)?;
            self.entries.insert(trace, entries);
        }
        let entries =
            self.entries.get_mut(&trace).and_then(|blocks| blocks.remove(&block)).unwrap_or_default();
        let first = self.next_doc;
        for entry in entries.iter().filter(|entry| entry.place.offset >= known.unwrap_or(0)) {
            let Ok(records) = slice(&raw, entry.place).and_then(payload::decode_entry) else { continue };
            self.runs += 1;
            let words = self.reader.words(trace, RunId::from_bytes(entry.run), &records);
            if words.is_empty() {
                continue;
            }
            self.index
                .prepare_cached("INSERT INTO words (rowid, text) VALUES (?1, ?2)")?
                .execute(params![self.next_doc, words])?;
            self.index
                .prepare_cached("INSERT INTO doc (id, trace, run) VALUES (?1, ?2, ?3)")?
                .execute(params![self.next_doc, trace, entry.run])?;
            self.next_doc += 1;
        }
        // Ids of docs are used once, also where a block brought no words.
        self.index
            .prepare_cached("INSERT OR REPLACE INTO piece (block, first_doc, end_doc, trace, bytes) VALUES (?1, ?2, ?3, ?4, ?5)")?
            .execute(params![block, first, self.next_doc, trace, bytes])?;
        Ok(())
    }
}
