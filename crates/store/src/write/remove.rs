//! Sources and the small tables around them: add, count, remove.

use std::collections::HashSet;

use model::{RunId, TraceId};
use rusqlite::{OptionalExtension, params};

use super::session::Session;
use crate::{
    Error, NewSource, RejectRow, Severity, SourceId,
    error::Result,
    row::{StoredRun, qualified, run_columns},
};

/// Rejects of one source that are kept with their text, and as many warnings; the rest is only counted.
const MOST_REJECTS: i64 = 10_000;

impl Session<'_> {
    /// The source for this place, made when it is not there yet.
    pub(crate) fn add_source(&mut self, new: &NewSource) -> Result<SourceId> {
        if let Some(path) = &new.path {
            let found = self
                .transaction
                .prepare_cached("SELECT id FROM source WHERE kind = ?1 AND path = ?2")?
                .query_row(params![new.kind.to_stored(), path], |row| row.get(0))
                .optional()?;
            if let Some(id) = found {
                self.transaction
                    .prepare_cached("UPDATE source SET bytes = coalesce(?2, bytes) WHERE id = ?1")?
                    .execute(params![id, new.bytes.map(|bytes| i64::try_from(bytes).unwrap_or(i64::MAX))])?;
                return Ok(SourceId(id));
            }
        }
        self.transaction
            .prepare_cached(
                "INSERT INTO source (kind, label, path, bytes, added_ns) VALUES (?1, ?2, ?3, ?4, ?5)",
            )?
            .execute(params![
                new.kind.to_stored(),
                new.label,
                new.path,
                new.bytes.map(|bytes| i64::try_from(bytes).unwrap_or(i64::MAX)),
                new.added.0
            ])?;
        Ok(SourceId(self.transaction.last_insert_rowid()))
    }

    /// Fails when there is no such source (any more); tells how many records it rejected and how many it warned of.
    pub(super) fn require_source(&self, source: SourceId) -> Result<(i64, i64)> {
        self.transaction
            .prepare_cached("SELECT rejected, warnings FROM source WHERE id = ?1")?
            .query_row([source.0], |row| Ok((row.get(0)?, row.get(1)?)))
            .optional()?
            .ok_or_else(|| Error::NotFound { what: "source", id: source.0.to_string() })
    }

    /// Keeps rejects and warnings for the report.
    pub(crate) fn add_rejects(&mut self, source: SourceId, rejects: &[RejectRow]) -> Result<()> {
        let (mut rejected, mut warnings) = self.require_source(source)?;
        for reject in rejects {
            let number = rejected + warnings;
            let count = match reject.severity {
                Severity::Rejected => &mut rejected,
                Severity::Warning => &mut warnings,
            };
            *count += 1;
            if *count > MOST_REJECTS {
                continue;
            }
            self.transaction
                .prepare_cached(
                    "INSERT OR REPLACE INTO reject \
                     (source, number, severity, line, byte_offset, path, code, message, excerpt) \
                     VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)",
                )?
                .execute(params![
                    source.0,
                    number,
                    reject.severity.to_stored(),
                    reject.line.and_then(|line| i64::try_from(line).ok()),
                    reject.offset.and_then(|offset| i64::try_from(offset).ok()),
                    reject.path,
                    reject.code,
                    reject.message,
                    reject.excerpt
                ])?;
        }
        self.transaction
            .prepare_cached("UPDATE source SET rejected = ?2, warnings = ?3 WHERE id = ?1")?
            .execute(params![source.0, rejected, warnings])?;
        Ok(())
    }

    /// Forgets the report of a source, before it is read again from its beginning.
    pub(crate) fn clear_rejects(&mut self, source: SourceId) -> Result<()> {
        self.transaction.execute("DELETE FROM reject WHERE source = ?1", [source.0])?;
        self.transaction.execute("UPDATE source SET rejected = 0, warnings = 0 WHERE id = ?1", [source.0])?;
        Ok(())
    }

    /// Removes a source with every run that it delivered first.
    pub(crate) fn remove_source(&mut self, source: SourceId) -> Result<()> {
        let runs: Vec<(TraceId, StoredRun)> = {
            let mut statement = self.transaction.prepare(&format!(
                "SELECT {}, trace.uuid AS trace_uuid FROM run JOIN trace ON trace.id = run.trace WHERE run.source = ?1",
                qualified("run", run_columns())
            ))?;
            statement
                .query_map([source.0], |row| {
                    Ok((TraceId::from_bytes(row.get("trace_uuid")?), StoredRun::from_row(row)?))
                })?
                .collect::<rusqlite::Result<_>>()?
        };
        let runs: Vec<(TraceId, RunId)> =
            runs.into_iter().map(|(trace_id, run)| (trace_id, RunId::from_bytes(run.uuid))).collect();
        self.remove_runs(&runs)?;
        self.transaction.execute("DELETE FROM reject WHERE source = ?1", [source.0])?;
        // Traces that keep runs of other sources belong to one of these from now on.
        self.transaction.execute(
            "UPDATE trace SET source = (SELECT min(run.source) FROM run WHERE run.trace = trace.id) \
             WHERE source = ?1 AND EXISTS (SELECT 1 FROM run WHERE run.trace = trace.id)",
            [source.0],
        )?;
        self.transaction.execute("DELETE FROM source WHERE id = ?1", [source.0])?;
        self.mark_everything_changed();
        Ok(())
    }

    /// Removes these traces with all of their runs; tells how many runs went.
    pub(crate) fn remove_traces(&mut self, traces: &[TraceId]) -> Result<u64> {
        let mut runs: Vec<(TraceId, RunId)> = Vec::new();
        for trace in traces {
            let mut statement = self.transaction.prepare_cached(
                "SELECT run.uuid FROM run JOIN trace ON trace.id = run.trace WHERE trace.uuid = ?1",
            )?;
            let found = statement.query_map([trace.as_bytes()], |row| Ok(RunId::from_bytes(row.get(0)?)))?;
            for run in found {
                runs.push((*trace, run?));
            }
        }
        self.remove_runs(&runs)?;
        self.mark_everything_changed();
        Ok(u64::try_from(runs.len()).unwrap_or(u64::MAX))
    }

    /// Removes these runs.
    pub(crate) fn remove_runs(&mut self, runs: &[(TraceId, RunId)]) -> Result<()> {
        for (trace_id, run_id) in runs {
            // Read at the last moment: earlier removals may have changed what is counted.
            if let Some(current) = self.find_run(*trace_id, *run_id)? {
                self.remove_run(*trace_id, &current)?;
            }
        }
        let mut moved = HashSet::new();
        for (_, run_id) in runs {
            self.settle_children(run_id.as_bytes(), &mut moved)?;
        }
        Ok(())
    }
}
