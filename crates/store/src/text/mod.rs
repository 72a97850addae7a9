//! The full-text index: a second SQLite file beside the library, filled behind it.
//!
//! It holds which words stand in which run, and no text. Whatever it says is checked against the library by who asks,
//! and it can be lost at any time: what the library holds is read again. One process fills it, by a lock on a file of
//! its own; all may ask it.

mod fill;
mod find;

use std::{
    fs,
    path::{Path, PathBuf},
    time::Duration,
};

use rusqlite::{Connection, OpenFlags};

pub use fill::{TextIndexer, TextReader, TextStep};
pub use find::{TextDoc, TextStatus};

use crate::error::{Error, Result};

/// Name of the index in the folder of the library.
const FILE_NAME: &str = "library-text.sqlite";
/// Name of the file whose lock is held by the process that fills the index.
const LOCK_NAME: &str = "library-text.lock";
/// Layout of the index; one of another layout is made anew.
const VERSION: i64 = 1;
/// Stands between texts of one run, so that no phrase reaches from one into the next. No word can be it.
pub const BETWEEN_TEXTS: &str = "¶";
/// How long a statement waits for another process.
const BUSY_TIMEOUT: Duration = Duration::from_secs(5);

/// Words are split and folded before they come here (`model::words`), so that the tokenizer only has to split at spaces:
/// `ascii` takes every other character as part of a word.
const SCHEMA: &str = "
CREATE TABLE state (
  id INTEGER PRIMARY KEY CHECK (id = 0),
  library TEXT NOT NULL,
  -- Up to where blocks and voids of the library were read.
  block_change INTEGER NOT NULL,
  block INTEGER NOT NULL,
  void_change INTEGER NOT NULL,
  void_trace INTEGER NOT NULL,
  next_doc INTEGER NOT NULL
) STRICT;
CREATE TABLE doc (id INTEGER PRIMARY KEY, trace INTEGER NOT NULL, run BLOB NOT NULL) STRICT;
-- Which docs came of which block, and how much of it was read then.
CREATE TABLE piece (
  block INTEGER NOT NULL,
  first_doc INTEGER NOT NULL,
  end_doc INTEGER NOT NULL,
  trace INTEGER NOT NULL,
  bytes INTEGER NOT NULL,
  PRIMARY KEY (block, first_doc)
) STRICT, WITHOUT ROWID;
CREATE INDEX piece_by_trace ON piece (trace);
CREATE VIRTUAL TABLE words USING fts5 (text, content = '', contentless_delete = 1, tokenize = 'ascii');
INSERT INTO words (words, rank) VALUES ('automerge', 16);
INSERT INTO words (words, rank) VALUES ('hashsize', 8388608);
";

/// The index of the library in `dir`.
pub(crate) fn file_in(dir: &Path) -> PathBuf {
    dir.join(FILE_NAME)
}

/// Opens the index for writing; one that is damaged or of another layout is made anew. The lock must be held.
fn open_for_writing(dir: &Path) -> Result<Connection> {
    match open_or_create(dir) {
        Err(Error::Damaged(reason)) => {
            tracing::warn!("the full-text index is made anew: {reason}");
            discard(dir)?;
            open_or_create(dir)
        }
        result => result,
    }
}

fn open_or_create(dir: &Path) -> Result<Connection> {
    let connection = Connection::open(file_in(dir))?;
    connection.busy_timeout(BUSY_TIMEOUT)?;
    let version: i64 = connection.query_row("PRAGMA user_version", [], |row| row.get(0))?;
    if version != 0 && version != VERSION {
        return Err(Error::Damaged(format!("its layout is {version}, this program knows {VERSION}")));
    }
    connection.pragma_update(None, "journal_mode", "WAL")?;
    // A lost commit costs the time to read its blocks again.
    connection.pragma_update(None, "synchronous", "NORMAL")?;
    connection.pragma_update(None, "cache_size", -16_000)?;
    if version == 0 {
        connection
            .execute_batch(&format!("BEGIN IMMEDIATE; {SCHEMA} PRAGMA user_version = {VERSION}; COMMIT;"))?;
    }
    connection.query_row("SELECT count(*) FROM state", [], |_| Ok(()))?;
    Ok(connection)
}

/// Opens the index for reading; `None` while there is none that can be used.
fn open_for_reading(dir: &Path) -> Result<Option<Connection>> {
    let file = file_in(dir);
    if !file.exists() {
        return Ok(None);
    }
    // Not read-only for SQLite: the first to open a write-ahead log has to be able to recover it.
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(file, flags)?;
    connection.busy_timeout(BUSY_TIMEOUT)?;
    connection.pragma_update(None, "query_only", true)?;
    let version: i64 = connection.query_row("PRAGMA user_version", [], |row| row.get(0))?;
    Ok((version == VERSION).then_some(connection))
}

/// Removes the index.
fn discard(dir: &Path) -> Result<()> {
    for suffix in ["", "-wal", "-shm"] {
        let path = PathBuf::from(format!("{}{suffix}", file_in(dir).display()));
        match fs::remove_file(&path) {
            Err(source) if source.kind() != std::io::ErrorKind::NotFound => {
                return Err(Error::Io { action: "remove", path, source });
            }
            _ => {}
        }
    }
    Ok(())
}
