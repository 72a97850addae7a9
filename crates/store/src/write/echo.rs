//! Traces that come twice: LangSmith's SDK in its hybrid mode sends the same runs in its own protocol and as spans, with
//! unrelated ids (`langsmith-api.md` §14). The trace of its own protocol is shown, the spans stay behind it.

use model::TraceId;
use rusqlite::{OptionalExtension, params};

use super::{rollup::TraceState, session::Session};
use crate::{error::Result, row::WordId};

/// Vocabulary of runs in LangSmith's own protocol.
const OWN: &str = "langsmith_run";
/// Vocabulary of spans that LangSmith's SDK exports.
const SPANS: &str = "langsmith";
/// How far the two starts may lie apart.
const TOLERANCE_NS: i64 = 1_000_000;
/// Traces of a project within the tolerance that are looked at: thousands that all start at once are no twins of each
/// other, and each would look at all of them.
const MOST_LOOKED_AT: i64 = 500;

impl Session<'_> {
    fn dialect_word(&self, text: &str) -> Result<Option<WordId>> {
        Ok(self
            .transaction
            .prepare_cached("SELECT id FROM word WHERE text = ?1")?
            .query_row([text], |row| row.get(0))
            .optional()?)
    }

    /// The traces of the other protocol with the same project, name and type of root, and start.
    fn twins(&self, project: i64, state: &TraceState, dialect: &str) -> Result<Vec<TraceId>> {
        let Some(root) = &state.summary.root else { return Ok(Vec::new()) };
        // Most libraries hold one of the protocols.
        let Some(dialect) = self.dialect_word(dialect)? else { return Ok(Vec::new()) };
        let start = root.rank.1;
        let mut statement = self.transaction.prepare_cached(
            "SELECT near.uuid FROM (SELECT * FROM trace INDEXED BY trace_by_project \
             WHERE echo_of IS NULL AND project = ?1 AND start_ns BETWEEN ?2 AND ?3 LIMIT ?8) near \
             JOIN run ON run.trace = near.id AND run.uuid = near.root \
             WHERE near.name IS ?4 AND near.id <> ?5 AND run.dialect = ?6 \
             AND run.run_type = (SELECT mine.run_type FROM run mine WHERE mine.trace = ?5 AND mine.uuid = ?7) \
             ORDER BY near.uuid",
        )?;
        let found = statement.query_map(
            params![
                project,
                start.saturating_sub(TOLERANCE_NS),
                start.saturating_add(TOLERANCE_NS),
                root.name,
                state.id,
                dialect,
                root.rank.2,
                MOST_LOOKED_AT
            ],
            |row| Ok(TraceId::from_bytes(row.get(0)?)),
        )?;
        Ok(found.collect::<rusqlite::Result<_>>()?)
    }

    /// The trace that is shown in place of this one, if any.
    pub(super) fn shown_instead(&self, project: i64, state: &TraceState) -> Result<Option<[u8; 16]>> {
        let dialect = state.summary.root.as_ref().and_then(|root| root.dialect);
        if dialect.is_none() || dialect != self.dialect_word(SPANS)? {
            return Ok(None);
        }
        Ok(self.twins(project, state, OWN)?.first().map(|twin| *twin.as_bytes()))
    }

    /// Traces that this one is, or was, shown in place of.
    pub(super) fn echoes(&self, trace_id: TraceId, project: i64, state: &TraceState) -> Result<Vec<TraceId>> {
        let dialect = state.summary.root.as_ref().and_then(|root| root.dialect);
        if dialect.is_none() || dialect != self.dialect_word(OWN)? {
            return Ok(Vec::new());
        }
        let mut echoes = self.twins(project, state, SPANS)?;
        echoes.extend(self.known_echoes(trace_id)?);
        Ok(echoes)
    }

    /// Traces that stand behind this one.
    pub(super) fn known_echoes(&self, trace_id: TraceId) -> Result<Vec<TraceId>> {
        let mut statement = self.transaction.prepare_cached("SELECT uuid FROM trace WHERE echo_of = ?1")?;
        let found = statement.query_map([trace_id.as_bytes()], |row| Ok(TraceId::from_bytes(row.get(0)?)))?;
        Ok(found.collect::<rusqlite::Result<_>>()?)
    }

    /// Decides anew about these traces.
    pub(super) fn flush_again(&mut self, traces: &[TraceId]) -> Result<()> {
        for trace_id in traces {
            self.trace(*trace_id, crate::SourceId(0))?;
            self.flush_trace(*trace_id)?;
            self.mark_changed([*trace_id]);
        }
        Ok(())
    }
}
