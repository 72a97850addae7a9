//! Where the records of a run are put: in a block that came compressed with the batch, or in the open block of the
//! trace ([`Tail`]).

use model::{RawRecord, TraceId};

use super::{
    session::Session,
    tail::{Tail, as_i64, write_block},
};
use crate::{
    batch::PreparedBlock,
    error::Result,
    payload,
    read::{load_block, slice},
    row::EntryPlace,
};

/// A block that the caller compressed. It is written when its first entry is really needed (a repeated import adds
/// none), and decompressed once, when the first of its entries has to be merged.
pub(super) struct BatchBlock<'b> {
    prepared: &'b PreparedBlock,
    id: Option<i64>,
    raw: Option<Vec<u8>>,
}

impl<'b> BatchBlock<'b> {
    pub(super) fn new(prepared: &'b PreparedBlock) -> Self {
        Self { prepared, id: None, raw: None }
    }

    fn raw(&mut self) -> Result<&[u8]> {
        let raw = match self.raw.take() {
            Some(raw) => raw,
            None => payload::decompress(&self.prepared.data, self.prepared.raw_bytes)?,
        };
        Ok(self.raw.insert(raw))
    }
}

/// An entry of a batch.
pub(super) enum Entry<'e, 'b> {
    /// By itself.
    Inline(&'e [u8]),
    /// In a block of the batch.
    Block { block: &'e mut BatchBlock<'b>, offset: usize, length: usize },
}

impl Entry<'_, '_> {
    pub(super) fn bytes(&mut self) -> Result<&[u8]> {
        match self {
            Self::Inline(entry) => Ok(entry),
            Self::Block { block, offset, length } => Ok(&block.raw()?[*offset..*offset + *length]),
        }
    }
}

impl Session<'_> {
    fn new_block_id(&mut self) -> i64 {
        let id = self.state.next_block.unwrap_or(1);
        self.state.next_block = Some(id + 1);
        id
    }

    /// Puts an entry where its batch has prepared it, else into the open block of the trace.
    pub(super) fn place(
        &mut self,
        trace_id: TraceId,
        trace: i64,
        entry: Entry<'_, '_>,
    ) -> Result<EntryPlace> {
        let (block, offset, length) = match entry {
            Entry::Inline(entry) => return self.place_in_tail(trace_id, entry),
            Entry::Block { block, offset, length } => (block, offset, length),
        };
        let id = match block.id {
            Some(id) => id,
            None => {
                let id = self.new_block_id();
                let PreparedBlock { raw_bytes, data } = block.prepared;
                write_block(self.transaction, id, trace, *raw_bytes, data, self.change)?;
                *block.id.insert(id)
            }
        };
        Ok(EntryPlace { block: id, offset: as_i64(offset), length: as_i64(length) })
    }

    pub(super) fn place_in_tail(&mut self, trace_id: TraceId, entry: &[u8]) -> Result<EntryPlace> {
        let (transaction, change) = (self.transaction, self.change);
        let id = self.trace_id_of(trace_id)?;
        let state = self.state.traces.get_mut(&trace_id);
        let (mut tail, sought) = state.map_or((None, true), |state| (state.tail.take(), state.tail_sought));
        if tail.is_none() && !sought {
            tail = Tail::load(transaction, id)?;
        }
        if tail.as_ref().is_none_or(|tail| !tail.has_room(entry.len())) {
            if let Some(mut full) = tail.take() {
                full.flush(transaction, id, change)?;
            }
            tail = Some(Tail::new(self.new_block_id()));
        }
        let place = tail.as_mut().map(|tail| tail.push(entry));
        if let Some(state) = self.state.traces.get_mut(&trace_id) {
            state.tail = tail;
            state.tail_sought = true;
            state.touched = true;
        }
        place.ok_or(crate::Error::Closed)
    }

    /// The records at this place, from the open block or from the tables.
    pub(super) fn load_records(&mut self, trace_id: TraceId, place: EntryPlace) -> Result<Vec<RawRecord>> {
        let tail = self.state.traces.get(&trace_id).and_then(|trace| trace.tail.as_ref());
        if let Some(entry) = tail.and_then(|tail| tail.get(place)) {
            return payload::decode_entry(entry);
        }
        // Merging a batch asks for neighbours one after the other. What is remembered of a block stays right, since
        // a block only ever grows at its end; an entry beyond what is remembered is read anew.
        if let Some((id, block)) = &self.read_block
            && *id == place.block
            && let Ok(entry) = slice(block, place)
        {
            return payload::decode_entry(entry);
        }
        let block = load_block(self.transaction, place.block)?;
        let records = payload::decode_entry(slice(&block, place)?);
        self.read_block = Some((place.block, block));
        records
    }
}
