//! Files of runs: each content is kept once, as long as something has it.

use model::{Attachment, ContentHash, Operation, RunId};
use rusqlite::params;

use super::{session::Session, tail::as_i64};
use crate::error::Result;

/// Of two files of one name that of the update wins, then an arbitrary but fixed one: like every other part of a run,
/// its files do not depend on the order of arrival.
const STRONGER: &str = "ON CONFLICT (trace, run, name) DO UPDATE SET mime_type = excluded.mime_type, \
     hash = excluded.hash, rank = excluded.rank WHERE (excluded.rank, excluded.hash) > (attachment.rank, attachment.hash)";

impl Session<'_> {
    /// Adds files to a run.
    pub(super) fn put_attachments(
        &self,
        trace: i64,
        run_id: RunId,
        operation: Operation,
        attachments: &[Attachment],
    ) -> Result<()> {
        if attachments.is_empty() {
            return Ok(());
        }
        let before = self.contents_of(trace, run_id)?;
        for attachment in attachments {
            let hash = ContentHash::of_bytes(&attachment.bytes).0;
            self.transaction
                .prepare_cached(
                    "INSERT OR IGNORE INTO attachment_content (hash, bytes, data) VALUES (?1, ?2, ?3)",
                )?
                .execute(params![hash, as_i64(attachment.bytes.len()), attachment.bytes])?;
            self.transaction
                .prepare_cached(&format!(
                    "INSERT INTO attachment (trace, run, name, mime_type, hash, rank) VALUES (?1, ?2, ?3, ?4, ?5, ?6) {STRONGER}"
                ))?
                .execute(params![
                    trace,
                    run_id.as_bytes(),
                    attachment.name,
                    attachment.mime_type,
                    hash,
                    rank(operation)
                ])?;
            self.drop_unused_contents(&[hash])?;
        }
        self.drop_unused_contents(&before)
    }

    /// Gives a run's files to the same run of another trace.
    pub(super) fn move_attachments(&self, from: i64, to: i64, run_id: RunId) -> Result<()> {
        let replaced = self.contents_of(to, run_id)?;
        self.transaction
            .prepare_cached(&format!(
                "INSERT INTO attachment (trace, run, name, mime_type, hash, rank) \
                 SELECT ?3, run, name, mime_type, hash, rank FROM attachment WHERE trace = ?1 AND run = ?2 {STRONGER}"
            ))?
            .execute(params![from, run_id.as_bytes(), to])?;
        self.remove_attachments(from, run_id)?;
        self.drop_unused_contents(&replaced)
    }

    pub(super) fn remove_attachments(&self, trace: i64, run_id: RunId) -> Result<()> {
        let removed = self.contents_of(trace, run_id)?;
        self.transaction
            .prepare_cached("DELETE FROM attachment WHERE trace = ?1 AND run = ?2")?
            .execute(params![trace, run_id.as_bytes()])?;
        self.drop_unused_contents(&removed)
    }

    fn contents_of(&self, trace: i64, run_id: RunId) -> Result<Vec<[u8; 16]>> {
        let mut statement =
            self.transaction.prepare_cached("SELECT hash FROM attachment WHERE trace = ?1 AND run = ?2")?;
        let hashes = statement.query_map(params![trace, run_id.as_bytes()], |row| row.get(0))?;
        Ok(hashes.collect::<rusqlite::Result<_>>()?)
    }

    /// Drops those of these contents that nothing has any more.
    pub(crate) fn drop_unused_contents(&self, hashes: &[[u8; 16]]) -> Result<()> {
        for hash in hashes {
            self.transaction
                .prepare_cached(
                    "DELETE FROM attachment_content WHERE hash = ?1 \
                     AND NOT EXISTS (SELECT 1 FROM attachment WHERE attachment.hash = ?1) \
                     AND NOT EXISTS (SELECT 1 FROM example_attachment WHERE example_attachment.hash = ?1)",
                )?
                .execute([hash])?;
        }
        Ok(())
    }
}

pub(crate) fn rank(operation: Operation) -> i64 {
    match operation {
        Operation::Create => 0,
        Operation::Whole => 1,
        Operation::Update => 2,
    }
}
