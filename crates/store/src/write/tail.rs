//! The open block of a trace: small batches are appended to it, so that neighbours still compress each other.

use rusqlite::{Transaction, params};

use crate::{
    error::Result,
    payload::{self, BLOCK_BYTES},
    row::EntryPlace,
};

/// The last block of a trace while it has room.
#[derive(Debug)]
pub(crate) struct Tail {
    id: i64,
    raw: Vec<u8>,
    dirty: bool,
}

impl Tail {
    /// A new block with this id.
    pub(crate) fn new(id: i64) -> Self {
        Self { id, raw: Vec::new(), dirty: false }
    }

    /// The last block of a trace, if it has room.
    pub(crate) fn load(transaction: &Transaction<'_>, trace: i64) -> Result<Option<Self>> {
        let mut statement = transaction.prepare_cached(
            "SELECT id, raw_bytes, data FROM block WHERE trace = ?1 ORDER BY id DESC LIMIT 1",
        )?;
        let mut rows = statement.query([trace])?;
        let Some(row) = rows.next()? else { return Ok(None) };
        let raw_bytes: usize = row.get::<_, i64>(1)?.try_into().unwrap_or(usize::MAX);
        if raw_bytes >= BLOCK_BYTES / 2 {
            return Ok(None);
        }
        let raw = payload::decompress(row.get_ref(2)?.as_blob().unwrap_or_default(), raw_bytes)?;
        Ok(Some(Self { id: row.get(0)?, raw, dirty: false }))
    }

    /// Whether an entry of this size still fits; the first always does.
    pub(crate) fn has_room(&self, length: usize) -> bool {
        self.raw.is_empty() || self.raw.len() + length <= BLOCK_BYTES
    }

    /// Appends an entry.
    pub(crate) fn push(&mut self, entry: &[u8]) -> EntryPlace {
        let place =
            EntryPlace { block: self.id, offset: as_i64(self.raw.len()), length: as_i64(entry.len()) };
        self.raw.extend_from_slice(entry);
        self.dirty = true;
        place
    }

    /// The entry at this place, if it stands in this block.
    pub(crate) fn get(&self, place: EntryPlace) -> Option<&[u8]> {
        if place.block != self.id {
            return None;
        }
        let offset = usize::try_from(place.offset).ok()?;
        self.raw.get(offset..offset + usize::try_from(place.length).ok()?)
    }

    /// Writes the block if it changed.
    pub(crate) fn flush(&mut self, transaction: &Transaction<'_>, trace: i64, change: i64) -> Result<()> {
        if self.dirty {
            write_block(transaction, self.id, trace, self.raw.len(), &payload::compress(&self.raw), change)?;
            self.dirty = false;
        }
        Ok(())
    }
}

/// Writes a compressed block under this id; `change` numbers the commit.
pub(crate) fn write_block(
    transaction: &Transaction<'_>,
    id: i64,
    trace: i64,
    raw_bytes: usize,
    data: &[u8],
    change: i64,
) -> Result<()> {
    transaction
        .prepare_cached(
            "INSERT OR REPLACE INTO block (id, trace, raw_bytes, data, change) VALUES (?1, ?2, ?3, ?4, ?5)",
        )?
        .execute(params![id, trace, as_i64(raw_bytes), data, change])?;
    Ok(())
}

pub(crate) fn as_i64(length: usize) -> i64 {
    i64::try_from(length).unwrap_or(i64::MAX)
}
