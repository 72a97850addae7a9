//! Files of runs: each content is kept once, as long as a run has it.

use std::collections::HashSet;

use model::{Attachment, ContentHash, RunId, RunRecord};
use rusqlite::params;

use super::{session::Session, tail::as_i64};
use crate::error::Result;

impl Session<'_> {
    /// Adds files to a run; a file of the same name is replaced.
    pub(super) fn put_attachments<'f>(
        &self,
        trace: i64,
        run_id: RunId,
        attachments: impl Iterator<Item = &'f Attachment>,
    ) -> Result<()> {
        for attachment in attachments {
            let hash = ContentHash::of_bytes(&attachment.bytes).0;
            self.transaction
                .prepare_cached(
                    "INSERT OR IGNORE INTO attachment_content (hash, bytes, data) VALUES (?1, ?2, ?3)",
                )?
                .execute(params![hash, as_i64(attachment.bytes.len()), attachment.bytes])?;
            self.transaction
                .prepare_cached("INSERT OR REPLACE INTO attachment (trace, run, name, mime_type, hash) VALUES (?1, ?2, ?3, ?4, ?5)")?
                .execute(params![trace, run_id.as_bytes(), attachment.name, attachment.mime_type, hash])?;
        }
        Ok(())
    }

    /// Gives a run the files of these records, of each name that of the strongest record: like every other part of
    /// a run, they do not depend on the order of arrival. Records come strongest first.
    pub(super) fn replace_attachments(&self, trace: i64, run_id: RunId, records: &[RunRecord]) -> Result<()> {
        let mut names = HashSet::new();
        let strongest = records
            .iter()
            .flat_map(|record| &record.attachments)
            .filter(|attachment| names.insert(&attachment.name));
        let replaced = self.contents_of(trace, run_id)?;
        self.put_attachments(trace, run_id, strongest)?;
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

    fn drop_unused_contents(&self, hashes: &[[u8; 16]]) -> Result<()> {
        for hash in hashes {
            self.transaction
                .prepare_cached(
                    "DELETE FROM attachment_content WHERE hash = ?1 \
                     AND NOT EXISTS (SELECT 1 FROM attachment WHERE attachment.hash = ?1)",
                )?
                .execute([hash])?;
        }
        Ok(())
    }
}
