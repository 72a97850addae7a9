//! The events of every step: the truth for undo, speed and audit.

use model::UnixNanos;
use rusqlite::{OptionalExtension, Row, params};
use uuid::Uuid;

use super::{ReviewWriter, Reviewing};
use crate::{error::Result, review::uuid};

/// Steps that undo reaches back (`annotation-ux.md` §7).
const STEPS: u32 = 500;

/// A step that was taken with one item.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewEvent {
    /// Joins the events of one step.
    pub step: Uuid,
    /// When.
    pub at: UnixNanos,
    /// Who.
    pub reviewer: Uuid,
    /// In which window.
    pub session: String,
    /// The queue.
    pub queue: Uuid,
    /// The item.
    pub item: Uuid,
    /// What: `submit`, `skip`, …; `undo` and `redo` are steps about steps.
    pub op: String,
    /// What it found: JSON.
    pub before: String,
    /// What it left: JSON.
    pub after: String,
    /// The step that it undid or did again.
    pub undo_of: Option<Uuid>,
}

/// An event that was kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReviewEvent {
    /// Its number; grows.
    pub seq: i64,
    /// The event that undid it.
    pub undone_by: Option<i64>,
    /// What happened.
    pub event: NewEvent,
}

/// How long a submitted item took.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Timing {
    /// The item.
    pub item: Uuid,
    /// Who.
    pub reviewer: Uuid,
    /// In which window.
    pub session: String,
    /// When it was submitted.
    pub at: UnixNanos,
    /// Time with it before the eyes, in milliseconds.
    pub active_ms: i64,
}

const COLUMNS: &str =
    "seq, undone_by, step, at_ns, reviewer, session, queue, item, op, json_before, json_after, undo_of";

fn read(row: &Row<'_>) -> rusqlite::Result<ReviewEvent> {
    Ok(ReviewEvent {
        seq: row.get(0)?,
        undone_by: row.get(1)?,
        event: NewEvent {
            step: Uuid::from_bytes(row.get(2)?),
            at: UnixNanos(row.get(3)?),
            reviewer: Uuid::from_bytes(row.get(4)?),
            session: row.get(5)?,
            queue: Uuid::from_bytes(row.get(6)?),
            item: Uuid::from_bytes(row.get(7)?),
            op: row.get(8)?,
            before: row.get(9)?,
            after: row.get(10)?,
            undo_of: uuid(row, 11)?,
        },
    })
}

impl Reviewing<'_> {
    /// The events of a step, in order; empty when it was never taken.
    pub fn step(&self, step: Uuid) -> Result<Vec<ReviewEvent>> {
        let mut statement = self
            .connection
            .prepare_cached(&format!("SELECT {COLUMNS} FROM review_event WHERE step = ?1 ORDER BY seq"))?;
        Ok(statement.query_map([step.as_bytes()], read)?.collect::<rusqlite::Result<_>>()?)
    }

    /// The last step of a reviewer that stands, among the last 500.
    pub fn last_step(&self, reviewer: Uuid) -> Result<Option<Uuid>> {
        let last: Option<(Uuid, i64)> = self
            .connection
            .prepare_cached(
                "SELECT step, seq FROM review_event INDEXED BY review_event_standing \
                 WHERE reviewer = ?1 AND undo_of IS NULL AND undone_by IS NULL ORDER BY seq DESC LIMIT 1",
            )?
            .query_row([reviewer.as_bytes()], |row| Ok((Uuid::from_bytes(row.get(0)?), row.get(1)?)))
            .optional()?;
        let Some((step, seq)) = last else { return Ok(None) };
        // Only steps that were undone are between it and the end.
        let undone: u32 = self
            .connection
            .prepare_cached(
                "SELECT count(DISTINCT step) FROM review_event INDEXED BY review_event_taken \
                 WHERE reviewer = ?1 AND undo_of IS NULL AND seq > ?2",
            )?
            .query_row(params![reviewer.as_bytes(), seq], |row| row.get(0))?;
        Ok(Some(step).filter(|_| undone < STEPS))
    }

    /// The step of a reviewer that was undone last, unless they took another since.
    pub fn last_undone_step(&self, reviewer: Uuid) -> Result<Option<Uuid>> {
        Ok(self
            .connection
            .prepare_cached(
                "SELECT step FROM review_event INDEXED BY review_event_undone \
                 WHERE reviewer = ?1 AND undo_of IS NULL AND undone_by IS NOT NULL AND undone_by > \
                 coalesce((SELECT max(seq) FROM review_event INDEXED BY review_event_taken \
                   WHERE reviewer = ?1 AND undo_of IS NULL), 0) \
                 ORDER BY undone_by DESC LIMIT 1",
            )?
            .query_row([reviewer.as_bytes()], |row| Ok(Uuid::from_bytes(row.get(0)?)))
            .optional()?)
    }

    /// Whether a hidden item was shown to this reviewer early.
    pub fn is_unblinded(&self, item: Uuid, reviewer: Uuid) -> Result<bool> {
        Ok(self
            .connection
            .prepare_cached(
                "SELECT 1 FROM review_event WHERE item = ?1 AND reviewer = ?2 AND op = 'unblind'",
            )?
            .exists(params![item.as_bytes(), reviewer.as_bytes()])?)
    }

    /// The rubric under which this reviewer last submitted in a queue.
    pub fn rubric_seen(&self, queue: Uuid, reviewer: Uuid) -> Result<Option<u32>> {
        Ok(self
            .connection
            .prepare_cached(
                "SELECT max(a.rubric_version) FROM assignment AS a JOIN queue_item ON queue_item.id = a.item \
                 WHERE queue_item.queue = ?1 AND a.reviewer = ?2",
            )?
            .query_row(params![queue.as_bytes(), reviewer.as_bytes()], |row| row.get(0))?)
    }

    /// Processes that have items open.
    pub fn lease_processes(&self) -> Result<Vec<String>> {
        let mut statement = self.connection.prepare_cached(
            "SELECT DISTINCT lease_process FROM assignment WHERE lease_process IS NOT NULL",
        )?;
        Ok(statement.query_map([], |row| row.get(0))?.collect::<rusqlite::Result<_>>()?)
    }

    /// Events of all reviewers, for the count of events since a backup.
    pub fn last_event(&self) -> Result<i64> {
        Ok(self
            .connection
            .prepare_cached("SELECT coalesce(max(seq), 0) FROM review_event")?
            .query_row([], |row| row.get(0))?)
    }

    /// How long submitted items of a queue took, the last first.
    pub fn timings(&self, queue: Uuid) -> Result<Vec<Timing>> {
        let mut statement = self.connection.prepare_cached(
            "SELECT a.item, a.reviewer, coalesce((SELECT session FROM review_event AS e WHERE e.item = a.item \
               AND e.reviewer = a.reviewer AND e.op IN ('submit', 'bulk') ORDER BY seq DESC LIMIT 1), ''), \
             a.submitted_ns, a.active_ms FROM assignment AS a JOIN live_queue_item AS i ON i.id = a.item \
             WHERE i.queue = ?1 AND a.state = 3 AND a.submitted_ns IS NOT NULL ORDER BY a.submitted_ns DESC, a.item",
        )?;
        let rows = statement.query_map([queue.as_bytes()], |row| {
            Ok(Timing {
                item: Uuid::from_bytes(row.get(0)?),
                reviewer: Uuid::from_bytes(row.get(1)?),
                session: row.get(2)?,
                at: UnixNanos(row.get(3)?),
                active_ms: row.get(4)?,
            })
        })?;
        Ok(rows.collect::<rusqlite::Result<_>>()?)
    }

    /// How long the items took that a reviewer submitted last in a queue, in milliseconds.
    pub fn last_times(&self, queue: Uuid, reviewer: Uuid, count: u32) -> Result<Vec<i64>> {
        let mut statement = self.connection.prepare_cached(
            "SELECT a.active_ms FROM (SELECT DISTINCT item FROM (SELECT item FROM review_event \
               INDEXED BY review_event_submitted WHERE queue = ?1 AND reviewer = ?2 AND op IN ('submit', 'bulk') \
               AND undone_by IS NULL ORDER BY seq DESC LIMIT ?3)) AS e \
             CROSS JOIN assignment AS a ON a.item = e.item AND a.reviewer = ?2 WHERE a.state = 3 AND a.active_ms > 0",
        )?;
        let rows =
            statement.query_map(params![queue.as_bytes(), reviewer.as_bytes(), count], |row| row.get(0))?;
        Ok(rows.collect::<rusqlite::Result<_>>()?)
    }

    /// The queue and item that a reviewer had open last.
    pub fn last_place(&self, reviewer: Uuid) -> Result<Option<(Uuid, Uuid)>> {
        Ok(self
            .connection
            .prepare_cached(
                "SELECT i.queue, i.id FROM assignment AS a JOIN live_queue_item AS i ON i.id = a.item \
                 WHERE a.reviewer = ?1 AND a.opened_ns IS NOT NULL ORDER BY a.opened_ns DESC LIMIT 1",
            )?
            .query_row([reviewer.as_bytes()], |row| {
                Ok((Uuid::from_bytes(row.get(0)?), Uuid::from_bytes(row.get(1)?)))
            })
            .optional()?)
    }
}

impl ReviewWriter<'_, '_> {
    /// Closes what a process that is gone had open, and answers the items and reviewers that it left a draft of.
    pub fn release_leases(&mut self, process: &str) -> Result<Vec<(Uuid, Uuid)>> {
        let left = {
            let mut statement = self.connection().prepare_cached(
                "SELECT item, reviewer FROM assignment WHERE lease_process = ?1 AND EXISTS (SELECT 1 FROM draft \
                 WHERE draft.item = assignment.item AND draft.reviewer = assignment.reviewer)",
            )?;
            let rows = statement.query_map([process], |row| {
                Ok((Uuid::from_bytes(row.get(0)?), Uuid::from_bytes(row.get(1)?)))
            })?;
            rows.collect::<rusqlite::Result<_>>()?
        };
        self.connection()
            .prepare_cached(
                "UPDATE assignment SET state = CASE WHEN state <> 1 THEN state WHEN EXISTS (SELECT 1 FROM draft WHERE \
                 draft.item = assignment.item AND draft.reviewer = assignment.reviewer) THEN 2 ELSE 0 END, \
                 lease_session = NULL, lease_process = NULL, lease_until_ns = NULL WHERE lease_process = ?1",
            )?
            .execute([process])?;
        Ok(left)
    }

    /// Keeps an event and answers its number.
    pub fn add_event(&mut self, event: &NewEvent) -> Result<i64> {
        self.connection()
            .prepare_cached(
                "INSERT INTO review_event (step, at_ns, reviewer, session, queue, item, op, json_before, json_after, \
                 undo_of) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)",
            )?
            .execute(params![
                event.step.as_bytes(),
                event.at.0,
                event.reviewer.as_bytes(),
                event.session,
                event.queue.as_bytes(),
                event.item.as_bytes(),
                event.op,
                event.before,
                event.after,
                event.undo_of.map(Uuid::into_bytes),
            ])?;
        Ok(self.connection().last_insert_rowid())
    }

    /// Says which event undid a step, or that it stands again.
    pub fn mark_undone(&mut self, step: Uuid, by: Option<i64>) -> Result<()> {
        self.connection()
            .prepare_cached("UPDATE review_event SET undone_by = ?2 WHERE step = ?1")?
            .execute(params![step.as_bytes(), by])?;
        Ok(())
    }
}
