//! Steps: what all of them share. Each is one transaction and one undo.

use std::sync::Arc;

use ::review::{Answer, AssignmentState, Issue};
use model::UnixNanos;
use serde::{Deserialize, Serialize};
use store::{Assignment, NewEvent, ReviewCounts, ReviewWriter, ReviewedItem, Reviewing as State};
use uuid::Uuid;

use super::{
    Asked, Lease, Processes, Seat, asked,
    found::{Found, draft_row, find},
    item::lease_of,
    undo::{History, history},
};
use crate::{Engine, Event, error::Result};

/// What is done with an item without judging it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Decision {
    /// Leave it unanswered.
    Skip,
    /// To the end of the reviewer's order, answers kept.
    Requeue,
    /// It does not belong in the queue.
    Discard,
    /// Open it again with its answers.
    Reopen,
}

/// The owner's change of an item.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum ItemChange {
    /// Take out.
    Remove,
    /// Put back.
    Restore,
    /// On top for everybody, or no longer.
    Pin(bool),
    /// A priority.
    Priority(f64),
}

/// Answers of a step.
#[derive(Debug, Clone, PartialEq)]
pub struct StepAnswers {
    /// The item.
    pub item: Uuid,
    /// All answers; sides of a pair as shown.
    pub answers: Vec<Answer>,
    /// Time with it since it was last told, in milliseconds.
    pub active_ms: u32,
}

/// Something wrong with the answers to an item.
#[derive(Debug, Clone, PartialEq)]
pub struct StepIssue {
    /// The item.
    pub item: Uuid,
    /// The answer.
    pub answer: Option<Answer>,
    /// What is wrong.
    pub issue: Issue,
}

/// Why a step was not taken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Refusal {
    /// Another window or reviewer has the item open.
    Leased(Lease),
    /// The rubric is of this version now.
    RubricChanged(u32),
    /// The item was taken out.
    Removed,
    /// Enough others have reviewed it.
    Full,
    /// Discarding needs a reason here.
    ReasonMissing,
    /// The state of the item does not allow it.
    WrongState,
}

/// What became of a step.
#[derive(Debug, Clone, PartialEq)]
pub enum StepOutcome {
    /// Done and on the disk.
    Done {
        /// In words.
        summary: String,
        /// The next item to review.
        next: Option<Uuid>,
        /// Items that come again and are not decided, each with the one that it follows.
        repeats: Vec<(Uuid, Uuid)>,
        /// Where items are now.
        counts: ReviewCounts,
        /// What undo and redo would do.
        history: History,
    },
    /// Nothing changed.
    Invalid(Vec<StepIssue>),
    /// Not possible now; the answers are kept as draft where they can be.
    Refused(Uuid, Refusal),
}

/// What became of a draft.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum DraftOutcome {
    /// On the disk, with the lease renewed.
    Saved(UnixNanos, Lease),
    /// Not possible now.
    Refused(Refusal),
}

// ---- the pieces that steps share ----

/// What a step reads first.
pub(super) struct Ready {
    pub(super) asked: Asked,
    pub(super) item: ReviewedItem,
    pub(super) assignment: Assignment,
}

pub(super) fn ready(
    writer: &ReviewWriter<'_, '_>,
    processes: &Processes,
    seat: &Seat,
    id: Uuid,
) -> store::Result<(Ready, Option<Refusal>)> {
    let state = writer.state();
    let item = state.item(id)?;
    let asked = asked(&state, item.queue)?;
    let assignment =
        state.assignment(id, seat.reviewer)?.unwrap_or_else(|| Assignment::pending(id, seat.reviewer));
    let lease = lease_of(&state, processes, &asked, id, seat)?;
    let refusal = if item.removed.is_some() {
        Some(Refusal::Removed)
    } else if matches!(lease, Lease::Other(..) | Lease::OtherWindow(_)) {
        Some(Refusal::Leased(lease))
    } else {
        None
    };
    Ok((Ready { asked, item, assignment }, refusal))
}

/// Whether others have given all the reviews that an item needs.
pub(super) fn is_full(ready: &Ready) -> bool {
    ready.item.enough
        && ready.assignment.state != AssignmentState::Submitted
        && ready.asked.settings.assigned_reviewers.is_empty()
        && ready.asked.settings.num_reviewers_per_item.is_some()
}

/// Keeps what the reviewer had, whatever became of the step.
pub(super) fn keep_draft(
    writer: &mut ReviewWriter<'_, '_>,
    seat: &Seat,
    item: Uuid,
    answers: &[Answer],
    rubric_version: u32,
) -> store::Result<()> {
    if answers.is_empty() {
        return Ok(());
    }
    let cursor = writer.state().draft(item, seat.reviewer)?.and_then(|draft| draft.cursor);
    writer.put_draft(item, seat.reviewer, Some(&draft_row(answers, cursor, rubric_version, seat.at)))
}

/// One step under way.
pub(super) struct Step<'a> {
    pub(super) seat: &'a Seat,
    pub(super) id: Uuid,
    pub(super) op: &'static str,
    pub(super) summary: String,
}

#[derive(Serialize, Deserialize)]
pub(crate) struct Left {
    #[serde(flatten)]
    pub(crate) found: Found,
    /// The step in words.
    pub(crate) summary: String,
}

impl Step<'_> {
    pub(super) fn keep(
        &self,
        writer: &mut ReviewWriter<'_, '_>,
        asked: &Asked,
        item: Uuid,
        before: &Found,
    ) -> store::Result<()> {
        let now = writer.state().item(item)?;
        let after = find(&writer.state(), asked, &now, self.seat.reviewer)?;
        let json = |value: &dyn erased::Json| value.json();
        let left = Left { found: after, summary: self.summary.clone() };
        writer.add_event(&NewEvent {
            step: self.id,
            at: self.seat.at,
            reviewer: self.seat.reviewer,
            session: self.seat.session.clone(),
            queue: asked.queue.id,
            item,
            op: self.op.to_owned(),
            before: json(before),
            after: json(&left),
            undo_of: None,
        })?;
        Ok(())
    }

    pub(super) fn done(
        &self,
        writer: &ReviewWriter<'_, '_>,
        processes: &Processes,
        asked: &Asked,
        after: Uuid,
    ) -> store::Result<StepOutcome> {
        done(&writer.state(), processes, asked, self.seat, after, self.summary.clone())
    }
}

/// JSON of what is always writable.
mod erased {
    pub(super) trait Json {
        fn json(&self) -> String;
    }

    impl<T: serde::Serialize> Json for T {
        fn json(&self) -> String {
            serde_json::to_string(self).unwrap_or_else(|_| "null".to_owned())
        }
    }
}

fn done(
    state: &State<'_>,
    processes: &Processes,
    asked: &Asked,
    seat: &Seat,
    after: Uuid,
    summary: String,
) -> store::Result<StepOutcome> {
    let repeats = super::repeat::waiting(state, asked, seat)?;
    let next = super::item::next_item(state, processes, asked, seat, Some(after))?;
    Ok(StepOutcome::Done {
        summary,
        next: next.or_else(|| repeats.first().map(|(id, _)| *id)),
        repeats,
        counts: state.review_counts(asked.queue.id, seat.reviewer)?,
        history: history(state, seat.reviewer)?,
    })
}

/// The answer to a step that was taken before, when its caller tries again.
pub(super) fn repeated(
    state: &State<'_>,
    processes: &Processes,
    seat: &Seat,
    step: Uuid,
) -> store::Result<Option<StepOutcome>> {
    let Some(event) = state.step(step)?.pop() else { return Ok(None) };
    let asked = asked(state, event.event.queue)?;
    let summary = super::undo::summary_of(&event);
    done(state, processes, &asked, seat, event.event.item, summary).map(Some)
}

/// E.g. `Submit: correctness Fail`.
pub(super) fn summary(op: &str, answers: &[Answer]) -> String {
    let said = answers.iter().find_map(|answer| Some((answer.key.as_str(), answer.value.as_ref()?.short())));
    match said {
        Some((key, short)) => format!("{op}: {key} {short}"),
        None => op.to_owned(),
    }
}

/// Whether `active_ms` was measured while the item was open: idle and sleep never make days of it.
pub(super) fn more_active(assignment: &Assignment, active_ms: u32) -> i64 {
    assignment.active_ms.saturating_add(i64::from(active_ms))
}

impl Engine {
    pub(super) fn processes(&self) -> Arc<Processes> {
        Arc::clone(&self.reviewing)
    }

    pub(super) fn after_step(&self, queue: Uuid, seat: &Seat) {
        self.emit(Event::ReviewChanged(vec![queue], Some(seat.session.clone())));
    }

    /// Tells those who watch that a step was taken.
    pub(super) fn told(&self, outcome: &StepOutcome, item: Uuid, seat: &Seat) -> Result<()> {
        if matches!(outcome, StepOutcome::Done { .. }) {
            let queue = self.store.review_state(|state| state.item(item))?.queue;
            self.after_step(queue, seat);
            self.back_up_when_due();
        }
        Ok(())
    }
}
