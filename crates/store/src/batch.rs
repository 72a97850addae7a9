//! What is handed to the writer: records grouped by trace, encoded, hashed and compressed on the caller's thread.
//!
//! The writer is one thread; everything that needs only the batch itself is done before it is asked.

use std::collections::HashMap;

use model::{Attachment, ContentHash, Operation, RunFields, RunId, RunRecord, TraceId, UnixNanos};

use crate::payload::{self, BLOCK_BYTES};

/// Entries of a trace that reach this size together are compressed by the caller; smaller ones join the trace's
/// open block in the writer.
const OWN_BLOCK_BYTES: usize = BLOCK_BYTES / 2;

/// Bytes of a run's names, previews and labels, about.
const FIELDS_ON_HEAP: usize = 1024;

/// What is sent on in one request: LangSmith takes bodies of 100 runs and 20 MB (`langsmith-api.md` §3), and
/// collectors take 20 MB.
const OUTGOING_RUNS: i64 = 100;
const OUTGOING_BYTES: usize = 4 * 1024 * 1024;

/// Records ready to be written.
#[derive(Debug, Default)]
pub struct Batch {
    pub(crate) traces: Vec<TraceBatch>,
    /// Records whose input does not name a trace.
    pub(crate) homeless: Vec<PreparedRun>,
    /// What is sent on, should the batch say anything new.
    pub(crate) outgoing: Vec<PreparedOutgoing>,
    /// Start of runs of which nothing tells when they started.
    pub(crate) arrived: Option<UnixNanos>,
    bytes: usize,
    runs: usize,
}

#[derive(Debug)]
pub(crate) struct TraceBatch {
    pub(crate) trace_id: TraceId,
    pub(crate) runs: Vec<PreparedRun>,
    pub(crate) blocks: Vec<PreparedBlock>,
}

#[derive(Debug)]
pub(crate) struct PreparedRun {
    pub(crate) run_id: RunId,
    pub(crate) fields: RunFields,
    pub(crate) hash: ContentHash,
    pub(crate) operation: Operation,
    pub(crate) attachments: Vec<Attachment>,
    pub(crate) place: Place,
}

/// Where the entry of a prepared run is.
#[derive(Debug)]
pub(crate) enum Place {
    /// Not yet in a block.
    Inline(Vec<u8>),
    /// In a block of the same [`TraceBatch`].
    Block { index: usize, offset: usize, length: usize },
}

/// Records that are to be sent on together.
#[derive(Debug)]
pub(crate) struct PreparedOutgoing {
    pub(crate) runs: i64,
    pub(crate) raw_bytes: usize,
    pub(crate) data: Vec<u8>,
}

#[derive(Debug)]
pub(crate) struct PreparedBlock {
    pub(crate) raw_bytes: usize,
    pub(crate) data: Vec<u8>,
}

impl Batch {
    /// Encodes, hashes and compresses these records. CPU-bound: call it on as many threads as there are cores.
    pub fn prepare(records: Vec<RunRecord>) -> Self {
        let mut batch = Self { runs: records.len(), ..Self::default() };
        let mut by_trace: HashMap<TraceId, Vec<PreparedRun>> = HashMap::new();
        let mut order = Vec::new();
        for record in records {
            let trace_id = record.trace_id;
            let prepared = PreparedRun::new(record);
            batch.bytes += prepared.inline_bytes();
            match trace_id {
                None => batch.homeless.push(prepared),
                Some(trace_id) => by_trace
                    .entry(trace_id)
                    .or_insert_with(|| {
                        order.push(trace_id);
                        Vec::new()
                    })
                    .push(prepared),
            }
        }
        for trace_id in order {
            let runs = by_trace.remove(&trace_id).unwrap_or_default();
            batch.traces.push(TraceBatch::new(trace_id, runs));
        }
        batch
    }

    /// Like [`Batch::prepare`], and the records are to be sent on: they join the queue in the transaction that writes
    /// the batch, unless the batch only repeats what is there. That keeps two programs that send to each other from
    /// doing so for ever.
    pub fn prepare_to_send_on(records: Vec<RunRecord>) -> Self {
        let outgoing = outgoing(&records);
        Self { outgoing, ..Self::prepare(records) }
    }

    /// Says when the batch arrived: runs of which nothing tells when they started start then.
    #[must_use]
    pub fn arrived(self, at: UnixNanos) -> Self {
        Self { arrived: Some(at), ..self }
    }

    /// Bytes that are to be sent on, after compression.
    pub fn outgoing_bytes(&self) -> usize {
        self.outgoing.iter().map(|outgoing| outgoing.data.len()).sum()
    }

    /// Bytes of the records before compression.
    pub fn bytes(&self) -> usize {
        self.bytes
    }

    /// Memory that the batch holds while it waits, in bytes: its entries as if none were compressed, and the fields of its
    /// runs as counted for a small run.
    pub(crate) fn memory(&self) -> usize {
        self.bytes + self.runs * (size_of::<PreparedRun>() + FIELDS_ON_HEAP)
    }

    /// Records in the batch.
    pub fn runs(&self) -> usize {
        self.runs
    }
}

fn outgoing(records: &[RunRecord]) -> Vec<PreparedOutgoing> {
    let mut prepared = Vec::new();
    let mut raw = Vec::new();
    let mut runs = 0;
    for record in records {
        payload::encode_entry([&record.raw], &mut raw);
        runs += 1;
        if raw.len() >= OUTGOING_BYTES || runs >= OUTGOING_RUNS {
            prepared.push(PreparedOutgoing::new(&raw, std::mem::take(&mut runs)));
            raw.clear();
        }
    }
    if runs > 0 {
        prepared.push(PreparedOutgoing::new(&raw, runs));
    }
    prepared
}

impl PreparedOutgoing {
    pub(crate) fn new(raw: &[u8], runs: i64) -> Self {
        Self { runs, raw_bytes: raw.len(), data: payload::compress(raw) }
    }
}

impl PreparedRun {
    fn new(record: RunRecord) -> Self {
        let mut entry = Vec::with_capacity(record.raw.bytes.len() + 16);
        payload::encode_entry([&record.raw], &mut entry);
        Self {
            run_id: record.run_id,
            hash: record.raw.content_hash(),
            fields: record.fields,
            operation: record.raw.operation,
            attachments: record.attachments,
            place: Place::Inline(entry),
        }
    }

    fn inline_bytes(&self) -> usize {
        match &self.place {
            Place::Inline(entry) => entry.len(),
            Place::Block { length, .. } => *length,
        }
    }
}

impl TraceBatch {
    fn new(trace_id: TraceId, mut runs: Vec<PreparedRun>) -> Self {
        let mut blocks = Vec::new();
        let mut next = 0;
        while next < runs.len() {
            let mut end = next;
            let mut size = 0;
            while end < runs.len() && (end == next || size + runs[end].inline_bytes() <= BLOCK_BYTES) {
                size += runs[end].inline_bytes();
                end += 1;
            }
            if size >= OWN_BLOCK_BYTES {
                blocks.push(seal(&mut runs[next..end], blocks.len(), size));
            }
            next = end;
        }
        Self { trace_id, runs, blocks }
    }
}

/// Moves the entries of these runs into one compressed block.
fn seal(runs: &mut [PreparedRun], index: usize, size: usize) -> PreparedBlock {
    let mut raw = Vec::with_capacity(size);
    for run in runs {
        if let Place::Inline(entry) = &run.place {
            let place = Place::Block { index, offset: raw.len(), length: entry.len() };
            raw.extend_from_slice(entry);
            run.place = place;
        }
    }
    PreparedBlock { raw_bytes: raw.len(), data: payload::compress(&raw) }
}
