//! The queue of what is sent on. It is filled in the transaction that writes the records, so that what was
//! acknowledged is sent on even when the program is killed right afterwards.

use model::{Attachment, Feedback, Operation, RawRecord, RunId, TraceId, UnixNanos};
use rusqlite::{Row, params};

use crate::{
    Error, Store,
    batch::PreparedOutgoing,
    error::Result,
    payload,
    write::{Session, rank},
};

/// First byte of an entry that holds feedback; entries of records begin with a format, which it is none of.
const FEEDBACK: u8 = 0xff;

/// What is sent on together: records, or feedback.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Outgoing {
    /// Place in the queue; never used twice.
    pub id: i64,
    /// Bytes in the library.
    pub bytes: u64,
    /// The records as they were written.
    pub records: Vec<RawRecord>,
    /// Feedback as it was put into the queue: JSON texts.
    pub feedback: Vec<String>,
}

impl Outgoing {
    fn read(row: &Row<'_>) -> Result<Self> {
        let raw_bytes = usize::try_from(row.get::<_, i64>(1)?).unwrap_or(0);
        let data = row.get_ref(2)?.as_blob().unwrap_or_default();
        let entry = payload::decompress(data, raw_bytes)?;
        let (records, feedback) = match entry.split_first() {
            Some((&FEEDBACK, feedback)) => {
                let feedback = serde_json::from_slice(feedback)
                    .map_err(|error| Error::Damaged(format!("feedback that waits to be sent on: {error}")))?;
                (Vec::new(), feedback)
            }
            _ => (payload::decode_entry(&entry)?, Vec::new()),
        };
        Ok(Self { id: row.get(0)?, bytes: data.len() as u64, records, feedback })
    }
}

/// Feedback of one entry.
const FEEDBACK_AT_ONCE: usize = 100;

fn feedback_entry(texts: &[String]) -> PreparedOutgoing {
    let json = serde_json::Value::from(texts.to_vec()).to_string();
    let raw = [&[FEEDBACK], json.as_bytes()].concat();
    PreparedOutgoing::new(&raw, i64::try_from(texts.len()).unwrap_or(i64::MAX))
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
            Outgoing::read(row).map(Some)
        })
    }

    /// What `each` makes of what waits, what waits longest first. An entry may be large, so that they are handed over
    /// one by one.
    pub fn list_outgoing<T>(&self, offset: u32, limit: u32, each: impl Fn(Outgoing) -> T) -> Result<Vec<T>> {
        self.readers.with(|connection| {
            let mut statement = connection
                .prepare_cached("SELECT id, raw_bytes, data FROM outgoing ORDER BY id LIMIT ?2 OFFSET ?1")?;
            let mut rows = statement.query([offset, limit])?;
            let mut all = Vec::new();
            while let Some(row) = rows.next()? {
                all.push(each(Outgoing::read(row)?));
            }
            Ok(all)
        })
    }

    /// The files that a run got with its creation or with its updates.
    pub fn attachments_of(
        &self,
        trace_id: TraceId,
        run_id: RunId,
        operation: Operation,
    ) -> Result<Vec<Attachment>> {
        self.readers.with(|connection| {
            let mut statement = connection.prepare_cached(
                "SELECT attachment.name, mime_type, data FROM attachment JOIN attachment_content USING (hash) \
                 JOIN trace ON trace.id = attachment.trace \
                 WHERE trace.uuid = ?1 AND run = ?2 AND rank = ?3 ORDER BY attachment.name",
            )?;
            let rows = statement
                .query_map(params![trace_id.as_bytes(), run_id.as_bytes(), rank(operation)], |row| {
                    Ok(Attachment { name: row.get(0)?, mime_type: row.get(1)?, bytes: row.get(2)? })
                })?;
            Ok(rows.collect::<rusqlite::Result<_>>()?)
        })
    }

    /// Keeps feedback as [`Store::put_feedback`] does, and puts what says anything new into the queue in the same
    /// transaction, written by `write`; what that does not write is not sent on.
    pub fn put_feedback_to_send_on(
        &self,
        feedback: Vec<Feedback>,
        now: UnixNanos,
        write: fn(&Feedback) -> Option<String>,
    ) -> Result<()> {
        self.writer()?.call(move |session| {
            let changed = session.put_feedback(&feedback, now)?;
            let texts: Vec<String> = changed.iter().filter_map(write).collect();
            let prepared: Vec<PreparedOutgoing> =
                texts.chunks(FEEDBACK_AT_ONCE).map(feedback_entry).collect();
            session.queue_outgoing(&prepared)
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
