//! What a queue could be filled with.

use ::review::{Stratum, Weight};
use model::{RunId, TraceId};
use rusqlite::{OptionalExtension, params};
use uuid::Uuid;

use super::{ReviewTarget, Reviewing, items::stratum_sql};
use crate::{error::Result, row::status_from};

/// The root of a trace, the example that it answers, and the first characters of its input.
pub(super) type RootOfProject = (TraceId, RunId, Option<Uuid>, Option<String>);

/// Something that could be reviewed, with what samples go by.
#[derive(Debug, Clone, PartialEq)]
pub struct Candidate {
    /// What it is.
    pub target: ReviewTarget,
    /// Start, in nanoseconds since 1970.
    pub start: Option<i64>,
    /// Key of its thread.
    pub thread: Option<String>,
    /// What it belongs to.
    pub stratum: String,
    /// What it weighs.
    pub weight: f64,
    /// Its prompt version.
    pub prompt_version: Option<String>,
    /// Name of the run, or key of the thread.
    pub name: Option<String>,
    /// First characters of the input.
    pub input_preview: Option<String>,
}

impl Reviewing<'_> {
    /// Describes a target; `None` when the library does not have it.
    pub fn candidate(&self, target: &ReviewTarget, by: Stratum, weight: Weight) -> Result<Option<Candidate>> {
        match target {
            ReviewTarget::Run(trace, run) | ReviewTarget::Trace(trace, run) => {
                self.run_candidate(target, *trace, *run, by, weight)
            }
            ReviewTarget::Pair([a, b]) => {
                let other = ReviewTarget::Run(b.0, b.1);
                if self.run_candidate(&other, b.0, b.1, by, weight)?.is_none() {
                    return Ok(None);
                }
                self.run_candidate(target, a.0, a.1, by, weight)
            }
            ReviewTarget::Thread { project, thread } => self.thread_candidate(target, *project, thread),
        }
    }

    fn run_candidate(
        &self,
        target: &ReviewTarget,
        trace: TraceId,
        run: RunId,
        by: Stratum,
        weight: Weight,
    ) -> Result<Option<Candidate>> {
        let weight = match weight {
            Weight::Cost => "coalesce(CASE WHEN ?3 THEN t.cost_pico ELSE r.cost_pico END, 0) / 1e12",
            Weight::Tokens => "coalesce(CASE WHEN ?3 THEN t.total_tokens ELSE r.total_tokens END, 0) * 1.0",
            Weight::Latency => {
                "coalesce(CASE WHEN ?3 THEN t.latency_ns ELSE r.end_ns - r.start_ns END, 0) / 1e9"
            }
        };
        let stratum = stratum_sql(by);
        let is_trace = matches!(target, ReviewTarget::Trace(..));
        Ok(self
            .connection
            .prepare_cached(&format!(
                "SELECT r.start_ns, (SELECT word.text FROM thread JOIN word ON word.id = thread.key WHERE thread.id = t.thread), \
                 {stratum}, {weight}, (SELECT text FROM word WHERE word.id = r.prompt_version), n.text, \
                 CASE WHEN t.root = r.uuid THEN t.input_preview END, r.status \
                 FROM run AS r JOIN trace AS t ON t.id = r.trace LEFT JOIN word AS n ON n.id = r.name \
                 LEFT JOIN project AS p ON p.id = t.project WHERE t.uuid = ?1 AND r.uuid = ?2"
            ))?
            .query_row(params![trace.as_bytes(), run.as_bytes(), is_trace], |row| {
                let stratum = match by {
                    Stratum::Status => status_from(row.get(7)?).as_str().to_owned(),
                    _ => row.get::<_, Option<String>>(2)?.unwrap_or_default(),
                };
                Ok(Candidate {
                    target: target.clone(),
                    start: row.get(0)?,
                    thread: row.get(1)?,
                    stratum,
                    weight: row.get(3)?,
                    prompt_version: row.get(4)?,
                    name: row.get(5)?,
                    input_preview: row.get(6)?,
                })
            })
            .optional()?)
    }

    fn thread_candidate(
        &self,
        target: &ReviewTarget,
        project: Uuid,
        thread: &str,
    ) -> Result<Option<Candidate>> {
        Ok(self
            .connection
            .prepare_cached(
                "SELECT (SELECT min(start_ns) FROM trace WHERE trace.thread = thread.id), \
                 (SELECT input_preview FROM trace WHERE trace.thread = thread.id ORDER BY start_ns, uuid LIMIT 1), \
                 project.name FROM thread JOIN project ON project.id = thread.project \
                 JOIN word ON word.id = thread.key WHERE project.uuid = ?1 AND word.text = ?2 AND thread.traces > 0",
            )?
            .query_row(params![project.as_bytes(), thread], |row| {
                Ok(Candidate {
                    target: target.clone(),
                    start: row.get(0)?,
                    thread: Some(thread.to_owned()),
                    stratum: row.get(2)?,
                    weight: 1.0,
                    prompt_version: None,
                    name: Some(thread.to_owned()),
                    input_preview: row.get(1)?,
                })
            })
            .optional()?)
    }

    /// Whether the queue has this target.
    pub fn has_item(&self, queue: Uuid, target: &ReviewTarget) -> Result<bool> {
        let sql = "SELECT 1 FROM live_queue_item WHERE queue = ?1 AND";
        Ok(match target {
            ReviewTarget::Run(trace, run) | ReviewTarget::Trace(trace, run) => self
                .connection
                .prepare_cached(&format!("{sql} run = ?2 AND trace = ?3 AND pair_run IS NULL"))?
                .exists(params![queue.as_bytes(), run.as_bytes(), trace.as_bytes()])?,
            ReviewTarget::Pair([a, b]) => self
                .connection
                .prepare_cached(&format!("{sql} run = ?2 AND trace = ?3 AND pair_run = ?4"))?
                .exists(params![queue.as_bytes(), a.1.as_bytes(), a.0.as_bytes(), b.1.as_bytes()])?,
            ReviewTarget::Thread { project, thread } => self
                .connection
                .prepare_cached(&format!("{sql} project = ?2 AND thread = ?3"))?
                .exists(params![queue.as_bytes(), project.as_bytes(), thread])?,
        })
    }

    /// Whether a target has feedback of this key that stands.
    pub fn has_feedback(&self, target: &ReviewTarget, key: &str) -> Result<bool> {
        let sql = "SELECT 1 FROM feedback WHERE key = ?1 AND retracted_ns IS NULL AND";
        Ok(match target {
            ReviewTarget::Run(_, run) | ReviewTarget::Trace(_, run) | ReviewTarget::Pair([(_, run), _]) => {
                self.connection
                    .prepare_cached(&format!("{sql} run = ?2"))?
                    .exists(params![key, run.as_bytes()])?
            }
            ReviewTarget::Thread { thread, .. } => {
                self.connection.prepare_cached(&format!("{sql} thread = ?2"))?.exists(params![key, thread])?
            }
        })
    }

    /// Feedback of a key that stands.
    pub fn count_feedback(&self, key: &str) -> Result<u64> {
        let count: i64 = self
            .connection
            .prepare_cached("SELECT count(*) FROM feedback WHERE key = ?1 AND retracted_ns IS NULL")?
            .query_row([key], |row| row.get(0))?;
        Ok(u64::try_from(count).unwrap_or(0))
    }

    /// The root of a trace.
    pub fn root_of(&self, trace: TraceId) -> Result<Option<RunId>> {
        Ok(self
            .connection
            .prepare_cached("SELECT root FROM trace WHERE uuid = ?1")?
            .query_row([trace.as_bytes()], |row| crate::review::run_id(row, 0))
            .optional()?
            .flatten())
    }

    /// The thread of a trace, with its project.
    pub fn thread_of(&self, trace: TraceId) -> Result<Option<(Uuid, String)>> {
        Ok(self
            .connection
            .prepare_cached(
                "SELECT project.uuid, word.text FROM trace JOIN thread ON thread.id = trace.thread \
                 JOIN project ON project.id = thread.project JOIN word ON word.id = thread.key WHERE trace.uuid = ?1",
            )?
            .query_row([trace.as_bytes()], |row| Ok((Uuid::from_bytes(row.get(0)?), row.get(1)?)))
            .optional()?)
    }

    /// Traces of a thread in order of time.
    pub fn traces_of(&self, project: Uuid, thread: &str) -> Result<Vec<TraceId>> {
        let mut statement = self.connection.prepare_cached(
            "SELECT trace.uuid FROM trace JOIN thread ON thread.id = trace.thread \
             JOIN project ON project.id = thread.project JOIN word ON word.id = thread.key \
             WHERE project.uuid = ?1 AND word.text = ?2 AND trace.echo_of IS NULL ORDER BY trace.start_ns, trace.uuid",
        )?;
        let rows = statement
            .query_map(params![project.as_bytes(), thread], |row| Ok(TraceId::from_bytes(row.get(0)?)))?;
        Ok(rows.collect::<rusqlite::Result<_>>()?)
    }

    /// The project of this name.
    pub fn project_named(&self, name: &str) -> Result<Option<Uuid>> {
        Ok(self
            .connection
            .prepare_cached("SELECT uuid FROM project WHERE name = ?1")?
            .query_row([name], |row| Ok(Uuid::from_bytes(row.get(0)?)))
            .optional()?)
    }

    /// Roots of the traces of a project in order of time, each with the example it answers and its input preview.
    pub fn roots_of_project(&self, project: Uuid) -> Result<Vec<RootOfProject>> {
        let mut statement = self.connection.prepare_cached(
            "SELECT trace.uuid, trace.root, (SELECT example FROM run_example WHERE run_example.trace = trace.id \
             AND run_example.run = trace.root), trace.input_preview FROM trace JOIN project ON project.id = trace.project \
             WHERE project.uuid = ?1 AND trace.echo_of IS NULL AND trace.root IS NOT NULL \
             ORDER BY trace.start_ns, trace.uuid",
        )?;
        let rows = statement.query_map([project.as_bytes()], |row| {
            Ok((
                TraceId::from_bytes(row.get(0)?),
                RunId::from_bytes(row.get(1)?),
                crate::review::uuid(row, 2)?,
                row.get(3)?,
            ))
        })?;
        Ok(rows.collect::<rusqlite::Result<_>>()?)
    }
}
