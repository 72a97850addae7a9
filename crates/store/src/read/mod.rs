//! Reading: a handful of connections that cannot write.

mod find;
mod lists;
mod opening;
mod runs;
mod table;
pub(crate) mod text;
mod tree;

use std::{
    path::PathBuf,
    sync::{Condvar, Mutex, PoisonError},
};

use model::RawRecord;
use rusqlite::{Connection, OptionalExtension};

pub(crate) use find::runs as find_runs;
pub use find::{FoundRun, RunCursor, RunQuery, TextCandidates};
pub use lists::{
    Counts, Page, ProjectRow, RejectPage, SortTraces, SourceRow, ThreadRow, TraceFilter, TraceQuery,
    TraceRow, TraceTerm,
};
pub(crate) use lists::{counts, projects, rejects, source, sources, threads, trace, traces};
pub use opening::{Opening, OpeningLimits};
pub(crate) use runs::WordHasher;
pub(crate) use runs::Words;
pub use runs::{AttachmentRow, RunRow};
pub(crate) use runs::{
    attachment, attachments, attachments_of_trace, decode, lineage, parents, run, runs_of_trace,
    trace_of_run, visit_records,
};

pub use table::{
    Facet, FacetValue, KeySaid, RowKey, Scope, TableQuery, TableRow, TableSort, TableSums, decided_by_rows,
};
pub(crate) use text::walk_blocks;
pub use text::{BlockWalk, TextPlace};
pub(crate) use tree::{READ_IN_HALVES, tree_rows};
pub use tree::{TreeRow, TreeRows};

use crate::{
    error::{Error, Result},
    payload,
    row::EntryPlace,
    schema,
};

/// Connections that are open at most.
const CONNECTIONS: usize = 4;

/// Hands out reading connections; waits when all are in use.
pub(crate) struct Readers {
    dir: PathBuf,
    free: Mutex<Free>,
    returned: Condvar,
}

struct Free {
    connections: Vec<Connection>,
    open: usize,
}

impl Readers {
    pub(crate) fn new(dir: PathBuf) -> Self {
        Self { dir, free: Mutex::new(Free { connections: Vec::new(), open: 0 }), returned: Condvar::new() }
    }

    /// Runs `work` on a connection, within one snapshot of the library.
    pub(crate) fn with<T>(&self, work: impl FnOnce(&Connection) -> Result<T>) -> Result<T> {
        let connection = self.take()?;
        let result = in_snapshot(&connection, work);
        self.give_back(connection);
        result
    }

    /// Like [`Readers::with`], with a second connection for another thread that sees the same instant. There is none
    /// while others read, since who holds a connection must not wait for one, or when something was written just then.
    pub(crate) fn with_two<T>(
        &self,
        work: impl FnOnce(&Connection, Option<&mut Connection>) -> Result<T>,
    ) -> Result<T> {
        let first = self.take()?;
        let mut second = self.take_free();
        let result = in_snapshot(&first, |first| {
            let alike = second.as_mut().filter(|second| begin_alike(first, second).is_ok_and(|alike| alike));
            work(first, alike)
        });
        self.give_back(first);
        if let Some(second) = second {
            if second.is_autocommit() || second.execute_batch("ROLLBACK").is_ok() {
                self.give_back(second);
            } else {
                drop(second);
                self.forget_one();
            }
        }
        result
    }

    fn give_back(&self, connection: Connection) {
        let mut free = self.free.lock().unwrap_or_else(PoisonError::into_inner);
        free.connections.push(connection);
        self.returned.notify_one();
    }

    /// A connection, if there is one without waiting.
    fn take_free(&self) -> Option<Connection> {
        let mut free = self.free.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(connection) = free.connections.pop() {
            return Some(connection);
        }
        if free.open >= CONNECTIONS {
            return None;
        }
        free.open += 1;
        drop(free);
        self.open_counted().ok()
    }

    fn take(&self) -> Result<Connection> {
        let mut free = self.free.lock().unwrap_or_else(PoisonError::into_inner);
        loop {
            if let Some(connection) = free.connections.pop() {
                return Ok(connection);
            }
            if free.open < CONNECTIONS {
                free.open += 1;
                drop(free);
                return self.open_counted();
            }
            free = self.returned.wait(free).unwrap_or_else(PoisonError::into_inner);
        }
    }

    /// Opens a connection that is counted as open already.
    fn open_counted(&self) -> Result<Connection> {
        schema::open_for_reading(&self.dir).inspect_err(|_| self.forget_one())
    }

    /// Counts a connection less, so that who waits for one may open another.
    fn forget_one(&self) {
        self.free.lock().unwrap_or_else(PoisonError::into_inner).open -= 1;
        self.returned.notify_one();
    }
}

fn in_snapshot<T>(connection: &Connection, work: impl FnOnce(&Connection) -> Result<T>) -> Result<T> {
    let snapshot = connection.unchecked_transaction()?;
    let value = work(&snapshot)?;
    snapshot.finish()?;
    Ok(value)
}

/// Lets two connections see the same instant; `first` is in a transaction that has read nothing. Tells whether they do.
///
/// SQLite takes the snapshot of a transaction when that reads for the first time, and tells a connection by another
/// version of the data that something was committed since. When the second has the same version before and after the
/// first took its snapshot, nothing was committed in between.
fn begin_alike(first: &Connection, second: &Connection) -> Result<bool> {
    let version = |connection: &Connection| -> Result<i64> {
        Ok(connection.query_row("PRAGMA data_version", [], |row| row.get(0))?)
    };
    second.execute_batch("BEGIN")?;
    let before = version(second)?;
    version(first)?;
    second.execute_batch("COMMIT; BEGIN")?;
    Ok(version(second)? == before)
}

/// The records of the entry at this place.
fn load_entry(connection: &Connection, place: EntryPlace) -> Result<Vec<RawRecord>> {
    let block = load_block(connection, place.block)?;
    payload::decode_entry(slice(&block, place)?)
}

/// A block as it was before compression.
pub(crate) fn load_block(connection: &Connection, id: i64) -> Result<Vec<u8>> {
    let mut statement = connection.prepare_cached("SELECT raw_bytes, data FROM block WHERE id = ?1")?;
    let block = statement
        .query_row([id], |row| {
            let raw_bytes: i64 = row.get(0)?;
            let data = row.get_ref(1)?.as_blob().unwrap_or_default();
            Ok(payload::decompress(data, usize::try_from(raw_bytes).unwrap_or(0)))
        })
        .optional()?;
    block.unwrap_or_else(|| Err(Error::Damaged(format!("payload block {id} is missing"))))
}

/// The entry at this place of its block.
pub(crate) fn slice(block: &[u8], place: EntryPlace) -> Result<&[u8]> {
    let range = usize::try_from(place.offset)
        .ok()
        .zip(usize::try_from(place.length).ok())
        .and_then(|(offset, length)| block.get(offset..offset.checked_add(length)?));
    range.ok_or_else(|| Error::Damaged("a payload lies outside of its block".to_owned()))
}
