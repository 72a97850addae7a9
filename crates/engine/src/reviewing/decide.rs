//! What is done with an item without judging it, by reviewers and by the owner.

use ::review::AssignmentState;
use store::{Assignment, ReviewCounts};
use uuid::Uuid;

use super::{
    Lease, Seat, asked,
    found::{answers_of, draft_row, find, settle, standing},
    step::{
        Decision, ItemChange, Ready, Refusal, Step, StepAnswers, StepOutcome, keep_draft, more_active, ready,
        repeated,
    },
};
use crate::{Engine, Error, error::Result};

impl Engine {
    /// Skips, requeues, discards or reopens an item.
    pub fn decide_item(
        &self,
        seat: &Seat,
        given: StepAnswers,
        decision: Decision,
        reason: Option<String>,
        rubric_version: Option<u32>,
        step: Uuid,
    ) -> Result<StepOutcome> {
        let processes = self.processes();
        let own = seat.clone();
        let id = given.item;
        let reason = reason.map(|reason| reason.trim().to_owned()).filter(|reason| !reason.is_empty());
        if let Some(repeat) = self.repeat_of(id, seat)? {
            return self.decide_repeat(seat, repeat, given, decision, reason, step);
        }
        let mut outcome = self.store.reviewing(move |writer| {
            let seat = &own;
            if let Some(outcome) = repeated(&writer.state(), &processes, seat, step)? {
                return Ok(outcome);
            }
            let (ready, refusal) = ready(writer, &processes, seat, id)?;
            let version = rubric_version.unwrap_or(ready.asked.queue.rubric_version);
            if let Some(refusal) = refusal {
                if !matches!(refusal, Refusal::Leased(Lease::OtherWindow(_))) {
                    keep_draft(writer, seat, id, &given.answers, version)?;
                }
                return Ok(StepOutcome::Refused(id, refusal));
            }
            let state = ready.assignment.state;
            if (decision == Decision::Reopen) != state.is_decided() {
                return Ok(StepOutcome::Refused(id, Refusal::WrongState));
            }
            if decision == Decision::Discard
                && reason.is_none()
                && ready.asked.settings.discard_reason_required
            {
                return Ok(StepOutcome::Refused(id, Refusal::ReasonMissing));
            }
            let before = find(&writer.state(), &ready.asked, &ready.item, seat.reviewer)?;
            keep_draft(writer, seat, id, &given.answers, version)?;
            let Ready { asked, item, assignment } = ready;
            let has_draft = writer.state().draft(id, seat.reviewer)?.is_some();
            let (op, words, state) = match decision {
                Decision::Skip => ("skip", "Skip", AssignmentState::Skipped),
                Decision::Discard => ("discard", "Discard", AssignmentState::Discarded),
                Decision::Requeue if has_draft => ("requeue", "Requeue", AssignmentState::Draft),
                Decision::Requeue => ("requeue", "Requeue", AssignmentState::Pending),
                Decision::Reopen => ("reopen", "Reopen", AssignmentState::Draft),
            };
            if decision == Decision::Reopen && state == AssignmentState::Draft && !has_draft {
                // Answers stand until they are replaced by a new submit.
                let all = standing(&writer.state(), &asked, id)?;
                let answers = answers_of(&all, seat.reviewer, item.swap);
                let from = assignment.rubric_version.unwrap_or(version);
                writer.put_draft(id, seat.reviewer, Some(&draft_row(&answers, None, from, seat.at)))?;
            }
            let active_ms = more_active(&assignment, given.active_ms);
            let changed = Assignment {
                state,
                lease: None,
                reason: reason.clone().filter(|_| matches!(decision, Decision::Skip | Decision::Discard)),
                active_ms,
                submitted: None,
                first_seen: assignment.first_seen.or(Some(seat.at)),
                ..assignment
            };
            writer.put_assignment(&changed)?;
            writer.set_viewed(id, None)?;
            if decision == Decision::Requeue {
                writer.append_positions(asked.queue.id, seat.reviewer, &[id])?;
            }
            settle(writer, &asked, id, seat.at)?;
            let summary = match &reason {
                Some(reason) => format!("{words}: {reason}"),
                None => words.to_owned(),
            };
            let under_way = Step { seat, id: step, op, summary };
            under_way.keep(writer, &asked, id, &before)?;
            under_way.done(writer, &processes, &asked, id)
        })?;
        self.keep_examples_after(&mut outcome, &[id]);
        self.told(&outcome, id, seat)?;
        Ok(outcome)
    }

    /// The owner's changes of items of a queue; taking out and putting back are one step.
    pub fn change_items(
        &self,
        seat: &Seat,
        queue: Uuid,
        items: Vec<Uuid>,
        change: ItemChange,
    ) -> Result<ReviewCounts> {
        if matches!(change, ItemChange::Priority(priority) if !priority.is_finite()) {
            return Err(Error::InvalidInput("A priority is a finite number".to_owned()));
        }
        let own = seat.clone();
        let counts = self.store.reviewing(move |writer| {
            let seat = &own;
            let asked = asked(&writer.state(), queue)?;
            let (op, words) = match change {
                ItemChange::Restore => ("restore", "Put back"),
                _ => ("remove", "Take out"),
            };
            let summary = format!("{words}: {} items", items.len());
            let under_way = Step { seat, id: Uuid::now_v7(), op, summary };
            for id in &items {
                let item = writer.state().item(*id)?;
                if item.queue != queue {
                    return Err(store::Error::NotFound { what: "queue item", id: id.to_string() });
                }
                match change {
                    ItemChange::Pin(pinned) => writer.set_pinned(*id, pinned)?,
                    ItemChange::Priority(priority) => writer.set_priority(*id, priority)?,
                    ItemChange::Remove | ItemChange::Restore => {
                        if item.removed.is_none() == (change == ItemChange::Restore) {
                            continue;
                        }
                        let before = find(&writer.state(), &asked, &item, seat.reviewer)?;
                        let at = (change == ItemChange::Remove).then_some(seat.at);
                        if writer.set_removed(*id, at)? {
                            under_way.keep(writer, &asked, *id, &before)?;
                        }
                    }
                }
            }
            writer.state().review_counts(queue, seat.reviewer)
        })?;
        self.after_step(queue, seat);
        Ok(counts)
    }
}
