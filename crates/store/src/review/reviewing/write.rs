//! Writing within the transaction of a step.

use model::{Feedback, FeedbackId, UnixNanos};
use rusqlite::{Connection, params};
use uuid::Uuid;

use super::{Assignment, DraftRow, ReviewTarget, Reviewing, state_to};
use crate::{error::Result, review::queue::QueueChange, write::Session};

/// One transaction of a reviewer's step.
pub struct ReviewWriter<'a, 's> {
    session: &'a mut Session<'s>,
}

impl<'a, 's> ReviewWriter<'a, 's> {
    pub(super) fn new(session: &'a mut Session<'s>) -> Self {
        Self { session }
    }

    pub(super) fn connection(&self) -> &Connection {
        self.session.transaction
    }

    /// What is there now, this transaction's own writes included.
    pub fn state(&self) -> Reviewing<'_> {
        Reviewing::new(self.session.transaction)
    }

    pub(super) fn everything_changed(&mut self) {
        self.session.mark_everything_changed();
    }

    /// Changes what is said about a queue.
    pub fn change_queue(&mut self, id: Uuid, change: &QueueChange, now: UnixNanos) -> Result<()> {
        self.session.change_queue(id, change, now)
    }

    /// Puts a queue away, or takes it out again.
    pub fn archive_queue(&mut self, id: Uuid, at: Option<UnixNanos>) -> Result<()> {
        self.state().queue(id)?;
        self.connection()
            .prepare_cached("UPDATE queue SET archived_ns = ?2 WHERE id = ?1")?
            .execute(params![id.as_bytes(), at.map(|time| time.0)])?;
        Ok(())
    }

    /// Keeps an assignment as it is given.
    pub fn put_assignment(&mut self, assignment: &Assignment) -> Result<()> {
        let lease = assignment.lease.as_ref();
        self.connection()
            .prepare_cached(&format!(
                "INSERT INTO assignment ({}) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14) \
                 ON CONFLICT (item, reviewer) DO UPDATE SET state = ?3, position = ?4, lease_session = ?5, lease_process = ?6, \
                 lease_until_ns = ?7, reason = ?8, first_seen_ns = ?9, opened_ns = ?10, submitted_ns = ?11, active_ms = ?12, \
                 rubric_version = ?13, snapshot = ?14",
                super::ASSIGNMENT_COLUMNS
            ))?
            .execute(params![
                assignment.item.as_bytes(),
                assignment.reviewer.as_bytes(),
                state_to(assignment.state),
                assignment.position,
                lease.map(|lease| &lease.session),
                lease.map(|lease| &lease.process),
                lease.map(|lease| lease.until.0),
                assignment.reason,
                assignment.first_seen.map(|time| time.0),
                assignment.opened.map(|time| time.0),
                assignment.submitted.map(|time| time.0),
                assignment.active_ms,
                assignment.rubric_version,
                assignment.snapshot,
            ])?;
        Ok(())
    }

    /// Gives items their places after those that have one, in this order.
    pub fn append_positions(&mut self, queue: Uuid, reviewer: Uuid, items: &[Uuid]) -> Result<()> {
        let mut last: i64 = self
            .connection()
            .prepare_cached(
                "SELECT max(coalesce((SELECT max(position) FROM review_place WHERE queue = ?1 AND reviewer = ?2 AND band = 0), 0), \
                 coalesce((SELECT max(position) FROM review_place WHERE queue = ?1 AND reviewer = ?2 AND band = 1), 0), \
                 coalesce((SELECT max(position) FROM review_place WHERE queue = ?1 AND reviewer = ?2 AND band = 2), 0))",
            )?
            .query_row(params![queue.as_bytes(), reviewer.as_bytes()], |row| row.get(0))?;
        let mut statement = self.connection().prepare_cached(
            "INSERT INTO assignment (item, reviewer, state, position) VALUES (?1, ?2, 0, ?3) \
             ON CONFLICT (item, reviewer) DO UPDATE SET position = excluded.position",
        )?;
        for item in items {
            last += 1;
            statement.execute(params![item.as_bytes(), reviewer.as_bytes(), last])?;
        }
        Ok(())
    }

    /// Keeps a draft, or takes it away.
    pub fn put_draft(&mut self, item: Uuid, reviewer: Uuid, draft: Option<&DraftRow>) -> Result<()> {
        match draft {
            None => {
                self.connection()
                    .prepare_cached("DELETE FROM draft WHERE item = ?1 AND reviewer = ?2")?
                    .execute(params![item.as_bytes(), reviewer.as_bytes()])?;
            }
            Some(draft) => {
                self.connection()
                    .prepare_cached(
                        "INSERT INTO draft (item, reviewer, rubric_version, json_answers, json_cursor, updated_ns) \
                         VALUES (?1, ?2, ?3, ?4, ?5, ?6) ON CONFLICT (item, reviewer) DO UPDATE SET rubric_version = ?3, \
                         json_answers = ?4, json_cursor = ?5, updated_ns = ?6",
                    )?
                    .execute(params![
                        item.as_bytes(),
                        reviewer.as_bytes(),
                        draft.rubric_version,
                        draft.answers,
                        draft.cursor,
                        draft.updated.0
                    ])?;
            }
        }
        Ok(())
    }

    /// Keeps answers.
    pub fn put_feedback(&mut self, feedback: &[Feedback], now: UnixNanos) -> Result<()> {
        self.session.put_feedback(feedback, now)?;
        Ok(())
    }

    /// Says since when these answers do not stand any more, or that they stand again.
    pub fn retract(&mut self, ids: &[FeedbackId], at: Option<UnixNanos>) -> Result<()> {
        for id in ids {
            let trace = self.state().feedback(*id)?.and_then(|feedback| feedback.trace_id);
            self.connection()
                .prepare_cached("UPDATE feedback SET retracted_ns = ?2 WHERE id = ?1")?
                .execute(params![id.0.as_bytes(), at.map(|time| time.0)])?;
            self.session.mark_changed(trace);
        }
        Ok(())
    }

    /// Says what reviewers made of an item. `completed_by` are those who submitted, in the order in which they did.
    pub fn settle(
        &mut self,
        item: Uuid,
        completed_by: &[Uuid],
        enough: bool,
        conflict: bool,
        adjudicated: Option<UnixNanos>,
        now: UnixNanos,
    ) -> Result<()> {
        let names: Vec<String> = completed_by.iter().map(Uuid::to_string).collect();
        self.connection()
            .prepare_cached(
                "UPDATE queue_item SET json_completed_by = ?2, conflict = ?4, adjudicated_ns = ?5, \
                 completed_ns = CASE WHEN NOT ?3 THEN NULL WHEN status = 1 THEN completed_ns ELSE ?6 END, \
                 reviewed_ns = CASE WHEN json_completed_by <> ?2 THEN ?6 ELSE reviewed_ns END, \
                 status = ?3 WHERE id = ?1",
            )?
            .execute(params![
                item.as_bytes(),
                serde_json::to_string(&names).unwrap_or_else(|_| "[]".to_owned()),
                enough,
                conflict,
                adjudicated.map(|time| time.0),
                now.0
            ])?;
        Ok(())
    }

    /// Says who looks at an item, for LangSmith's reservations.
    pub fn set_viewed(&mut self, item: Uuid, by: Option<(Uuid, UnixNanos)>) -> Result<()> {
        self.connection()
            .prepare_cached("UPDATE queue_item SET viewed_by = ?2, viewed_ns = ?3 WHERE id = ?1")?
            .execute(params![
                item.as_bytes(),
                by.map(|(reviewer, _)| reviewer.to_string()),
                by.map(|(_, at)| at.0)
            ])?;
        Ok(())
    }

    /// Takes an item out of its queue, or puts it back; `false` when its target has been added again meanwhile.
    pub fn set_removed(&mut self, item: Uuid, at: Option<UnixNanos>) -> Result<bool> {
        let changed = self
            .connection()
            .prepare_cached("UPDATE OR IGNORE queue_item SET removed_ns = ?2 WHERE id = ?1")?
            .execute(params![item.as_bytes(), at.map(|time| time.0)])?;
        Ok(changed > 0)
    }

    /// Puts an item on top for everybody, or no longer.
    pub fn set_pinned(&mut self, item: Uuid, pinned: bool) -> Result<()> {
        self.connection()
            .prepare_cached("UPDATE queue_item SET pinned = ?2 WHERE id = ?1")?
            .execute(params![item.as_bytes(), pinned])?;
        Ok(())
    }

    /// Gives an item a priority.
    pub fn set_priority(&mut self, item: Uuid, priority: f64) -> Result<()> {
        self.connection()
            .prepare_cached("UPDATE queue_item SET priority = ?2 WHERE id = ?1")?
            .execute(params![item.as_bytes(), priority])?;
        Ok(())
    }

    /// Adds an item and answers `true`, unless the queue has it.
    ///
    /// `id` is the item's, made by the caller, since the sides of a pair follow from it.
    pub fn seat(
        &mut self,
        queue: Uuid,
        id: Uuid,
        target: &ReviewTarget,
        swap: bool,
        source: Option<&str>,
        now: UnixNanos,
    ) -> Result<bool> {
        let (kind, a, b, thread, project) = match target {
            ReviewTarget::Run(trace, run) => (0, Some((*trace, *run)), None, None, None),
            ReviewTarget::Trace(trace, run) => (2, Some((*trace, *run)), None, None, None),
            ReviewTarget::Pair([a, b]) => (0, Some(*a), Some(*b), None, None),
            ReviewTarget::Thread { project, thread } => (1, None, None, Some(thread), Some(project)),
        };
        let blob = |id: Uuid| id.into_bytes();
        if self.state().has_item(queue, target)? {
            return Ok(false);
        }
        self.connection()
            .prepare_cached(
                "INSERT INTO queue_item (id, queue, kind, trace, run, pair_trace, pair_run, thread, project, swap, status, \
                 added_ns, order_ns, json_completed_by, json_source) \
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, 0, ?11, ?11, '[]', ?12)",
            )?
            .execute(params![
                id.as_bytes(),
                queue.as_bytes(),
                kind,
                a.map(|(trace, _)| blob(trace.0)),
                a.map(|(_, run)| blob(run.0)),
                b.map(|(trace, _)| blob(trace.0)),
                b.map(|(_, run)| blob(run.0)),
                thread,
                project.map(|project| blob(*project)),
                swap,
                now.0,
                source,
            ])?;
        Ok(true)
    }
}

impl Session<'_> {
    /// Keeps that a reviewer whom the library knows is done with an item, as LangSmith's clients say it.
    pub(in crate::review) fn note_submitted(&self, item: Uuid, reviewer: &str, now: UnixNanos) -> Result<()> {
        let Ok(reviewer) = Uuid::try_parse(reviewer) else { return Ok(()) };
        self.transaction
            .prepare_cached(
                "INSERT INTO assignment (item, reviewer, state, submitted_ns) SELECT ?1, id, 3, ?3 FROM reviewer \
                 WHERE id = ?2 ON CONFLICT (item, reviewer) DO UPDATE SET state = 3, submitted_ns = ?3, \
                 lease_session = NULL, lease_process = NULL, lease_until_ns = NULL WHERE state <> 3",
            )?
            .execute(params![item.as_bytes(), reviewer.as_bytes(), now.0])?;
        Ok(())
    }

    /// Keeps that an item is open again for a reviewer, or for all, as LangSmith's clients say it; a draft stays.
    pub(in crate::review) fn note_reopened(&self, item: Uuid, reviewer: Option<&str>) -> Result<()> {
        let reviewer = reviewer.and_then(|name| Uuid::try_parse(name).ok()).map(Uuid::into_bytes);
        self.transaction
            .prepare_cached(
                "UPDATE assignment SET state = CASE WHEN EXISTS (SELECT 1 FROM draft WHERE draft.item = assignment.item \
                 AND draft.reviewer = assignment.reviewer) THEN 2 ELSE 0 END, submitted_ns = NULL \
                 WHERE item = ?1 AND (?2 IS NULL OR reviewer = ?2)",
            )?
            .execute(params![item.as_bytes(), reviewer])?;
        Ok(())
    }
}
