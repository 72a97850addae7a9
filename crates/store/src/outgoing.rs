//! The queue of what is sent on. It is filled in the transaction that writes the records, so that what was
//! acknowledged is sent on even when the program is killed right afterwards.

use model::RawRecord;
use rusqlite::params;

use crate::{Store, batch::PreparedOutgoing, error::Result, payload, write::Session};

/// Records that are sent on together.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Outgoing {
    /// Place in the queue; never used twice.
    pub id: i64,
    /// The records as they were written.
    pub records: Vec<RawRecord>,
}

/// How much waits to be sent on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct OutgoingSize {
    /// Records.
    pub runs: u64,
    /// Bytes in the library.
    pub bytes: u64,
}

impl Session<'_> {
    pub(crate) fn queue_outgoing(&mut self, outgoing: &[PreparedOutgoing]) -> Result<()> {
        let signed = |length: usize| i64::try_from(length).unwrap_or(i64::MAX);
        for one in outgoing {
            self.transaction
                .prepare_cached(
                    "INSERT INTO outgoing (runs, raw_bytes, bytes, data) VALUES (?1, ?2, ?3, ?4)",
                )?
                .execute(params![one.runs, signed(one.raw_bytes), signed(one.data.len()), one.data])?;
        }
        Ok(())
    }
}

impl Store {
    /// What waits longest.
    pub fn next_outgoing(&self) -> Result<Option<Outgoing>> {
        self.readers.with(|connection| {
            let mut statement =
                connection.prepare_cached("SELECT id, raw_bytes, data FROM outgoing ORDER BY id LIMIT 1")?;
            let mut rows = statement.query([])?;
            let Some(row) = rows.next()? else { return Ok(None) };
            let raw_bytes = usize::try_from(row.get::<_, i64>(1)?).unwrap_or(0);
            let data = row.get_ref(2)?.as_blob().unwrap_or_default();
            let entry = payload::decompress(data, raw_bytes)?;
            Ok(Some(Outgoing { id: row.get(0)?, records: payload::decode_entry(&entry)? }))
        })
    }

    /// How much waits.
    pub fn outgoing_size(&self) -> Result<OutgoingSize> {
        self.readers.with(|connection| {
            let mut statement = connection
                .prepare_cached("SELECT COALESCE(SUM(runs), 0), COALESCE(SUM(bytes), 0) FROM outgoing")?;
            let unsigned = |value: i64| u64::try_from(value).unwrap_or(0);
            Ok(statement.query_row([], |row| {
                Ok(OutgoingSize { runs: unsigned(row.get(0)?), bytes: unsigned(row.get(1)?) })
            })?)
        })
    }

    /// Takes what was sent, or cannot be sent, out of the queue.
    pub fn remove_outgoing(&self, id: i64) -> Result<()> {
        self.execute("DELETE FROM outgoing WHERE id = ?1", [id])
    }

    /// Forgets everything that waits.
    pub fn clear_outgoing(&self) -> Result<()> {
        self.execute("DELETE FROM outgoing", [])
    }
}
