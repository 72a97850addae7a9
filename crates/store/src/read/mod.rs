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
pub(crate) use tree::tree_rows;
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
        let result = (|| {
            let snapshot = connection.unchecked_transaction()?;
            let value = work(&snapshot)?;
            snapshot.finish()?;
            Ok(value)
        })();
        let mut free = self.free.lock().unwrap_or_else(PoisonError::into_inner);
        free.connections.push(connection);
        self.returned.notify_one();
        result
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
                return schema::open_for_reading(&self.dir).inspect_err(|_| {
                    self.free.lock().unwrap_or_else(PoisonError::into_inner).open -= 1;
                });
            }
            free = self.returned.wait(free).unwrap_or_else(PoisonError::into_inner);
        }
    }
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
