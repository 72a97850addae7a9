//! Where the records of a run are put: in a block that came compressed with the batch, or in the open block of the
//! trace ([`Tail`]).

use model::{RawRecord, TraceId};

use super::{
    session::Session,
    tail::{Tail, as_i64, write_block},
};
use crate::{error::Result, payload, row::EntryPlace};

/// An entry in a block that the caller compressed; the block gets an id when it is first needed.
pub(super) struct BlockPlace<'b> {
    pub(super) block_id: &'b mut Option<i64>,
    pub(super) block: &'b crate::batch::PreparedBlock,
    pub(super) offset: usize,
    pub(super) length: usize,
}

impl BlockPlace<'_> {
    pub(super) fn decompress(&self) -> Result<Vec<u8>> {
        let raw = payload::decompress(&self.block.data, self.block.raw_bytes)?;
        Ok(raw[self.offset..self.offset + self.length].to_vec())
    }
}

impl Session<'_> {
    pub(super) fn new_block_id(&mut self) -> i64 {
        let id = self.state.next_block.unwrap_or(1);
        self.state.next_block = Some(id + 1);
        id
    }

    pub(super) fn place_in_block(&mut self, trace: i64, place: BlockPlace<'_>) -> Result<EntryPlace> {
        let block = match *place.block_id {
            Some(id) => id,
            None => {
                let id = self.new_block_id();
                write_block(self.transaction, id, trace, place.block.raw_bytes, &place.block.data)?;
                *place.block_id = Some(id);
                id
            }
        };
        Ok(EntryPlace { block, offset: as_i64(place.offset), length: as_i64(place.length) })
    }

    pub(super) fn place_in_tail(&mut self, trace_id: TraceId, entry: &[u8]) -> Result<EntryPlace> {
        let transaction = self.transaction;
        let id = self.trace_id_of(trace_id)?;
        let state = self.state.traces.get_mut(&trace_id);
        let (mut tail, sought) = state.map_or((None, true), |state| (state.tail.take(), state.tail_sought));
        if tail.is_none() && !sought {
            tail = Tail::load(transaction, id)?;
        }
        if tail.as_ref().is_none_or(|tail| !tail.has_room(entry.len())) {
            if let Some(mut full) = tail.take() {
                full.flush(transaction, id)?;
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
    pub(super) fn load_records(&self, trace_id: TraceId, place: EntryPlace) -> Result<Vec<RawRecord>> {
        let tail = self.state.traces.get(&trace_id).and_then(|trace| trace.tail.as_ref());
        if let Some(entry) = tail.and_then(|tail| tail.get(place)) {
            return payload::decode_entry(entry);
        }
        crate::read::load_entry(self.transaction, place)
    }
}
