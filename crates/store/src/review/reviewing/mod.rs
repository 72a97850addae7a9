//! Reviewing in the library: reviewers, assignments, drafts, the answers to items, and the events of every step.
//!
//! [`Store::reviewing`] gives a caller one transaction, in which it reads, decides by the rules of the crate `review`
//! and writes; [`Store::review_state`] gives it one snapshot to read. What a step means is the engine's business.

mod backup;
mod events;
mod fill;
mod items;
mod people;
mod repeat;
mod tally;
mod write;

use ::review::AssignmentState;
use model::{Feedback, FeedbackId, RunId, TraceId, UnixNanos};
use rusqlite::{Connection, OptionalExtension, Row, params};
use uuid::Uuid;

pub use events::{NewEvent, ReviewEvent, Timing};
pub use fill::Candidate;
pub use items::{ItemBucket, ItemSelect, ReviewCounts, ReviewRow};
pub use people::{Reviewer, ReviewerKind};
pub use repeat::Repeat;
pub use write::ReviewWriter;

use super::{
    feedback::FeedbackConfig,
    queue::{Queue, select_queues},
    run_id, time, trace_id, uuid,
};
use crate::{Error, Store, error::Result};

/// What an item asks a reviewer to look at.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum ReviewTarget {
    /// A run.
    Run(TraceId, RunId),
    /// A trace, by its root.
    Trace(TraceId, RunId),
    /// A thread of a project.
    Thread {
        /// The project.
        project: Uuid,
        /// Its key.
        thread: String,
    },
    /// Two runs; the first is the true side A.
    Pair([(TraceId, RunId); 2]),
}

impl ReviewTarget {
    /// The traces that hold it; none for a thread.
    pub fn traces(&self) -> Vec<TraceId> {
        match self {
            Self::Run(trace, _) | Self::Trace(trace, _) => vec![*trace],
            Self::Thread { .. } => Vec::new(),
            Self::Pair(sides) => sides.iter().map(|(trace, _)| *trace).collect(),
        }
    }
}

/// An item of a queue, whoever looks at it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReviewedItem {
    /// Its id.
    pub id: Uuid,
    /// Its queue.
    pub queue: Uuid,
    /// What to look at.
    pub target: ReviewTarget,
    /// Whether the sides of a pair are swapped when shown.
    pub swap: bool,
    /// Whether enough reviewers are done.
    pub enough: bool,
    /// Whether they disagree, and nobody has decided.
    pub conflict: bool,
    /// When somebody decided.
    pub adjudicated: Option<UnixNanos>,
    /// When it was taken out.
    pub removed: Option<UnixNanos>,
}

/// A window that has an item open.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LeaseRow {
    /// The window.
    pub session: String,
    /// The process of the window.
    pub process: String,
    /// Until when.
    pub until: UnixNanos,
}

/// What a reviewer made of an item.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Assignment {
    /// The item.
    pub item: Uuid,
    /// The reviewer.
    pub reviewer: Uuid,
    /// Where it stands.
    pub state: AssignmentState,
    /// Place in the reviewer's order.
    pub position: Option<i64>,
    /// The window that has it open.
    pub lease: Option<LeaseRow>,
    /// Why it was skipped or discarded.
    pub reason: Option<String>,
    /// When it was first opened.
    pub first_seen: Option<UnixNanos>,
    /// When it was last opened.
    pub opened: Option<UnixNanos>,
    /// When it was submitted.
    pub submitted: Option<UnixNanos>,
    /// Time with it before the eyes, in milliseconds.
    pub active_ms: i64,
    /// Rubric of the submitted answers.
    pub rubric_version: Option<u32>,
    /// What was judged; see [`Reviewing::snapshot`].
    pub snapshot: Option<Vec<u8>>,
}

impl Assignment {
    /// An item that the reviewer has not opened.
    pub fn pending(item: Uuid, reviewer: Uuid) -> Self {
        Self {
            item,
            reviewer,
            state: AssignmentState::Pending,
            position: None,
            lease: None,
            reason: None,
            first_seen: None,
            opened: None,
            submitted: None,
            active_ms: 0,
            rubric_version: None,
            snapshot: None,
        }
    }
}

/// Answers that are not submitted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DraftRow {
    /// The rubric they were given under.
    pub rubric_version: u32,
    /// The answers: a JSON array.
    pub answers: String,
    /// Where the reviewer was.
    pub cursor: Option<String>,
    /// When it was saved.
    pub updated: UnixNanos,
}

fn state_to(state: AssignmentState) -> i64 {
    match state {
        AssignmentState::Pending => 0,
        AssignmentState::Reserved => 1,
        AssignmentState::Draft => 2,
        AssignmentState::Submitted => 3,
        AssignmentState::Skipped => 4,
        AssignmentState::Discarded => 5,
    }
}

fn state_from(stored: i64) -> AssignmentState {
    match stored {
        1 => AssignmentState::Reserved,
        2 => AssignmentState::Draft,
        3 => AssignmentState::Submitted,
        4 => AssignmentState::Skipped,
        5 => AssignmentState::Discarded,
        _ => AssignmentState::Pending,
    }
}

/// The target from `kind, trace, run, project, thread, pair_trace, pair_run`, the first of which is `first`.
fn read_target(row: &Row<'_>, first: usize) -> rusqlite::Result<ReviewTarget> {
    let run = |trace: usize, run: usize| -> rusqlite::Result<(TraceId, RunId)> {
        Ok((
            trace_id(row, first + trace)?.unwrap_or(TraceId(Uuid::nil())),
            run_id(row, first + run)?.unwrap_or(RunId(Uuid::nil())),
        ))
    };
    Ok(match row.get::<_, i64>(first)? {
        1 => ReviewTarget::Thread {
            project: uuid(row, first + 3)?.unwrap_or_default(),
            thread: row.get::<_, Option<String>>(first + 4)?.unwrap_or_default(),
        },
        _ if row.get::<_, Option<[u8; 16]>>(first + 6)?.is_some() => {
            ReviewTarget::Pair([run(1, 2)?, run(5, 6)?])
        }
        2 => {
            let (trace, run) = run(1, 2)?;
            ReviewTarget::Trace(trace, run)
        }
        _ => {
            let (trace, run) = run(1, 2)?;
            ReviewTarget::Run(trace, run)
        }
    })
}

const ASSIGNMENT_COLUMNS: &str = "item, reviewer, state, position, lease_session, lease_process, lease_until_ns, reason, \
     first_seen_ns, opened_ns, submitted_ns, active_ms, rubric_version, snapshot";

fn read_assignment(row: &Row<'_>) -> rusqlite::Result<Assignment> {
    let lease: Option<(String, String, UnixNanos)> = match (row.get(4)?, row.get(5)?, time(row, 6)?) {
        (Some(session), Some(process), Some(until)) => Some((session, process, until)),
        _ => None,
    };
    Ok(Assignment {
        item: Uuid::from_bytes(row.get(0)?),
        reviewer: Uuid::from_bytes(row.get(1)?),
        state: state_from(row.get(2)?),
        position: row.get(3)?,
        lease: lease.map(|(session, process, until)| LeaseRow { session, process, until }),
        reason: row.get(7)?,
        first_seen: time(row, 8)?,
        opened: time(row, 9)?,
        submitted: time(row, 10)?,
        active_ms: row.get(11)?,
        rubric_version: row.get(12)?,
        snapshot: row.get(13)?,
    })
}

/// One snapshot of what reviewers did.
#[derive(Clone, Copy)]
pub struct Reviewing<'c> {
    connection: &'c Connection,
}

impl<'c> Reviewing<'c> {
    pub(super) fn new(connection: &'c Connection) -> Self {
        Self { connection }
    }

    /// A queue.
    pub fn queue(&self, id: Uuid) -> Result<Queue> {
        select_queues(self.connection, "WHERE id = ?1", [id.as_bytes()])?
            .pop()
            .ok_or_else(|| Error::NotFound { what: "queue", id: id.to_string() })
    }

    /// What a key means, if anybody said so.
    pub fn feedback_config(&self, key: &str) -> Result<Option<FeedbackConfig>> {
        super::feedback::find_config(self.connection, key)
    }

    /// The rubric of this version.
    pub fn rubric(&self, queue: Uuid, version: u32) -> Result<Option<String>> {
        Ok(self
            .connection
            .prepare_cached("SELECT json_rubric FROM queue_rubric WHERE queue = ?1 AND version = ?2")?
            .query_row(params![queue.as_bytes(), version], |row| row.get(0))
            .optional()?)
    }

    /// An item, whether it is still in its queue or not.
    pub fn item(&self, id: Uuid) -> Result<ReviewedItem> {
        self.connection
            .prepare_cached(
                "SELECT kind, coalesce((SELECT trace.uuid FROM run JOIN trace ON trace.id = run.trace \
                   WHERE run.uuid = queue_item.run ORDER BY trace.uuid <> queue_item.trace LIMIT 1), trace), \
                 run, project, thread, pair_trace, pair_run, queue, swap, status, conflict, adjudicated_ns, removed_ns \
                 FROM queue_item WHERE id = ?1",
            )?
            .query_row([id.as_bytes()], |row| {
                Ok(ReviewedItem {
                    id,
                    target: read_target(row, 0)?,
                    queue: Uuid::from_bytes(row.get(7)?),
                    swap: row.get(8)?,
                    enough: row.get::<_, i64>(9)? == 1,
                    conflict: row.get(10)?,
                    adjudicated: time(row, 11)?,
                    removed: time(row, 12)?,
                })
            })
            .optional()?
            .ok_or_else(|| Error::NotFound { what: "queue item", id: id.to_string() })
    }

    /// What a reviewer made of an item, if they ever opened it or its queue.
    pub fn assignment(&self, item: Uuid, reviewer: Uuid) -> Result<Option<Assignment>> {
        Ok(self
            .connection
            .prepare_cached(&format!(
                "SELECT {ASSIGNMENT_COLUMNS} FROM assignment WHERE item = ?1 AND reviewer = ?2"
            ))?
            .query_row(params![item.as_bytes(), reviewer.as_bytes()], read_assignment)
            .optional()?)
    }

    /// What everybody made of an item; those who submitted come in the order in which they did.
    pub fn assignments(&self, item: Uuid) -> Result<Vec<Assignment>> {
        let mut statement = self.connection.prepare_cached(&format!(
            "SELECT {ASSIGNMENT_COLUMNS} FROM assignment WHERE item = ?1 ORDER BY submitted_ns, reviewer"
        ))?;
        Ok(statement.query_map([item.as_bytes()], read_assignment)?.collect::<rusqlite::Result<_>>()?)
    }

    /// Ids of the items of a queue that this reviewer submitted.
    pub fn submitted_items(&self, queue: Uuid) -> Result<Vec<(Uuid, Uuid)>> {
        let mut statement = self.connection.prepare_cached(
            "SELECT assignment.item, assignment.reviewer FROM assignment \
             JOIN live_queue_item ON live_queue_item.id = assignment.item \
             WHERE live_queue_item.queue = ?1 AND state = 3 ORDER BY submitted_ns, item, reviewer",
        )?;
        let rows = statement.query_map([queue.as_bytes()], |row| {
            Ok((Uuid::from_bytes(row.get(0)?), Uuid::from_bytes(row.get(1)?)))
        })?;
        Ok(rows.collect::<rusqlite::Result<_>>()?)
    }

    /// The draft of a reviewer.
    pub fn draft(&self, item: Uuid, reviewer: Uuid) -> Result<Option<DraftRow>> {
        Ok(self
            .connection
            .prepare_cached(
                "SELECT rubric_version, json_answers, json_cursor, updated_ns FROM draft \
                 WHERE item = ?1 AND reviewer = ?2",
            )?
            .query_row(params![item.as_bytes(), reviewer.as_bytes()], |row| {
                Ok(DraftRow {
                    rubric_version: row.get(0)?,
                    answers: row.get(1)?,
                    cursor: row.get(2)?,
                    updated: UnixNanos(row.get(3)?),
                })
            })
            .optional()?)
    }

    /// What was answered to an item and still stands, in the order in which it was said.
    pub fn answers(&self, item: Uuid) -> Result<Vec<Feedback>> {
        super::feedback::select(
            self.connection,
            "WHERE queue_item = ?1 AND retracted_ns IS NULL ORDER BY created_ns, id",
            [item.as_bytes()],
        )
    }

    /// What was ever answered in a queue, to items that are still in it, in the order in which it was said.
    pub fn queue_answers(&self, queue: Uuid) -> Result<Vec<Feedback>> {
        super::feedback::select(
            self.connection,
            "WHERE queue_item IN (SELECT id FROM live_queue_item WHERE queue = ?1) ORDER BY created_ns, id",
            [queue.as_bytes()],
        )
    }

    /// One feedback, whether it stands or not.
    pub fn feedback(&self, id: FeedbackId) -> Result<Option<Feedback>> {
        Ok(super::feedback::select(self.connection, "WHERE id = ?1", [id.0.as_bytes()])?.pop())
    }

    /// What judges and programs said about the target and still stands, outside of queues.
    pub fn said_elsewhere(&self, target: &ReviewTarget) -> Result<Vec<Feedback>> {
        let rest = "AND queue_item IS NULL AND retracted_ns IS NULL ORDER BY created_ns, id LIMIT 200";
        match target {
            ReviewTarget::Run(trace, run) => super::feedback::select(
                self.connection,
                &format!("WHERE run = ?1 AND (trace IS NULL OR trace = ?2) {rest}"),
                params![run.as_bytes(), trace.as_bytes()],
            ),
            ReviewTarget::Trace(trace, root) => super::feedback::select(
                self.connection,
                &format!("WHERE trace = ?1 AND (run IS NULL OR run = ?2) {rest}"),
                params![trace.as_bytes(), root.as_bytes()],
            ),
            ReviewTarget::Thread { thread, .. } => {
                super::feedback::select(self.connection, &format!("WHERE thread = ?1 {rest}"), [thread])
            }
            ReviewTarget::Pair(_) => Ok(Vec::new()),
        }
    }

    /// What tells whether a target has changed: number, size and state of its runs. It stands in for the hash of the
    /// rendered item (`annotation-ux.md` §3.2), which would have to be rendered first. `None`: it is not there.
    pub fn snapshot(&self, target: &ReviewTarget) -> Result<Option<Vec<u8>>> {
        let sums = "SELECT count(*), format('%d %d %d %d %d', count(*), sum(run.length), sum(run.records), \
             coalesce(max(run.end_ns), 0), sum(run.status)) FROM run JOIN trace ON trace.id = run.trace";
        let found: (i64, String) = match target {
            ReviewTarget::Run(trace, run) => self
                .connection
                .prepare_cached(&format!("{sums} WHERE trace.uuid = ?1 AND run.uuid = ?2"))?
                .query_row(params![trace.as_bytes(), run.as_bytes()], |row| Ok((row.get(0)?, row.get(1)?)))?,
            ReviewTarget::Trace(trace, _) => self
                .connection
                .prepare_cached(&format!("{sums} WHERE trace.uuid = ?1"))?
                .query_row([trace.as_bytes()], |row| Ok((row.get(0)?, row.get(1)?)))?,
            ReviewTarget::Thread { project, thread } => self
                .connection
                .prepare_cached(&format!(
                    "{sums} JOIN thread ON thread.id = trace.thread JOIN project ON project.id = thread.project \
                     JOIN word ON word.id = thread.key WHERE project.uuid = ?1 AND word.text = ?2"
                ))?
                .query_row(params![project.as_bytes(), thread], |row| Ok((row.get(0)?, row.get(1)?)))?,
            ReviewTarget::Pair([a, b]) => {
                let a = self.snapshot(&ReviewTarget::Run(a.0, a.1))?;
                let b = self.snapshot(&ReviewTarget::Run(b.0, b.1))?;
                return Ok(a.zip(b).map(|(a, b)| [a, b"|".to_vec(), b].concat()));
            }
        };
        Ok((found.0 > 0).then(|| found.1.into_bytes()))
    }

    /// The root of the last trace of a thread.
    pub fn last_root(&self, project: Uuid, thread: &str) -> Result<Option<(TraceId, RunId)>> {
        Ok(self
            .connection
            .prepare_cached(
                "SELECT trace.uuid, trace.root FROM trace JOIN thread ON thread.id = trace.thread \
                 JOIN project ON project.id = thread.project JOIN word ON word.id = thread.key \
                 WHERE project.uuid = ?1 AND word.text = ?2 AND trace.echo_of IS NULL \
                 ORDER BY trace.start_ns DESC, trace.uuid DESC LIMIT 1",
            )?
            .query_row(params![project.as_bytes(), thread], |row| {
                Ok((TraceId::from_bytes(row.get(0)?), RunId::from_bytes(row.get(1)?)))
            })
            .optional()?)
    }

    /// Bytes of the records of a target; of a pair those of both sides, and none where it is not there.
    pub fn bytes(&self, target: &ReviewTarget) -> Result<u64> {
        let sum = "SELECT coalesce(sum(run.length), 0) FROM run JOIN trace ON trace.id = run.trace";
        let found: i64 = match target {
            ReviewTarget::Run(trace, run) => self
                .connection
                .prepare_cached(&format!("{sum} WHERE trace.uuid = ?1 AND run.uuid = ?2"))?
                .query_row(params![trace.as_bytes(), run.as_bytes()], |row| row.get(0))?,
            ReviewTarget::Trace(trace, _) => self
                .connection
                .prepare_cached(&format!("{sum} WHERE trace.uuid = ?1"))?
                .query_row([trace.as_bytes()], |row| row.get(0))?,
            ReviewTarget::Thread { project, thread } => self
                .connection
                .prepare_cached(&format!(
                    "{sum} JOIN thread ON thread.id = trace.thread JOIN project ON project.id = thread.project \
                     JOIN word ON word.id = thread.key WHERE project.uuid = ?1 AND word.text = ?2"
                ))?
                .query_row(params![project.as_bytes(), thread], |row| row.get(0))?,
            ReviewTarget::Pair(sides) => {
                let of = |(trace, run): (TraceId, RunId)| self.bytes(&ReviewTarget::Run(trace, run));
                return Ok(of(sides[0])? + of(sides[1])?);
            }
        };
        Ok(found.unsigned_abs())
    }
}

impl Store {
    /// Reads what reviewers did, in one snapshot.
    pub fn review_state<T>(&self, read: impl FnOnce(&Reviewing<'_>) -> Result<T>) -> Result<T> {
        self.readers.with(|connection| read(&Reviewing::new(connection)))
    }

    /// Does `work` in one transaction and waits for the commit; an error leaves nothing behind.
    ///
    /// `work` may be called twice, so it may change nothing but what it writes.
    pub fn reviewing<T: Send + 'static>(
        &self,
        mut work: impl FnMut(&mut ReviewWriter<'_, '_>) -> Result<T> + Send + 'static,
    ) -> Result<T> {
        self.writer()?.call(move |session| work(&mut ReviewWriter::new(session)))
    }
}
