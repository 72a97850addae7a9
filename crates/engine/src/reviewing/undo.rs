//! Undo and redo of review steps, across items and restarts (`annotation-ux.md` §7). The events are the truth.

use std::sync::Arc;

use ::review::{Answer, AssignmentState};
use model::{FeedbackId, UnixNanos};
use store::{Assignment, NewEvent, ReviewCounts, ReviewEvent, ReviewWriter, Reviewing as State};
use uuid::Uuid;

use super::{
    Asked, ItemView, Lease, Processes, Refusal, Seat, asked,
    found::{Found, find, settle_as, state_named},
    item::{lease_of, take_lease, view_item},
};
use crate::{Engine, Event, error::Result};

/// What undo and redo would do, in words.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct History {
    /// Undo.
    pub undo: Option<String>,
    /// Redo.
    pub redo: Option<String>,
}

/// What undo or redo did.
#[derive(Debug, Clone, PartialEq)]
pub enum UndoOutcome {
    /// Done and on the disk.
    Done {
        /// The step in words.
        summary: String,
        /// Its queue.
        queue: Uuid,
        /// Its items.
        items: Vec<Uuid>,
        /// The item to show, when it is only one.
        item: Option<Box<ItemView>>,
        /// Where items are now.
        counts: ReviewCounts,
        /// What undo and redo would do now.
        history: History,
    },
    /// There is nothing to undo or redo.
    Nothing,
    /// Somebody changed the item meanwhile; nothing was done.
    Changed {
        /// The step in words.
        summary: String,
        /// The item as it is now.
        item: Box<ItemView>,
        /// The answers that would come back.
        would_be: Vec<Answer>,
    },
    /// Another window has an item of the step open.
    Refused(Uuid, Refusal),
}

pub(crate) fn summary_of(event: &ReviewEvent) -> String {
    #[derive(serde::Deserialize)]
    struct Said {
        summary: String,
    }
    serde_json::from_str::<Said>(&event.event.after)
        .map_or_else(|_| event.event.op.clone(), |said| said.summary)
}

/// What undo and redo would do now.
pub(crate) fn history(state: &State<'_>, reviewer: Uuid) -> store::Result<History> {
    let words = |step: Option<Uuid>| -> store::Result<Option<String>> {
        let Some(step) = step else { return Ok(None) };
        Ok(state.step(step)?.first().map(summary_of))
    };
    Ok(History { undo: words(state.last_step(reviewer)?)?, redo: words(state.last_undone_step(reviewer)?)? })
}

/// Whether an item is as a step left it, as far as the step's undoing would overwrite it.
fn is_as_left(now: &Found, left: &Found) -> bool {
    let is_open = |found: &Found| !state_named(&found.state).is_decided();
    let same_state = now.state == left.state || (is_open(now) && is_open(left));
    same_state
        && now.answers == left.answers
        && now.adjudication == left.adjudication
        && now.removed.is_some() == left.removed.is_some()
}

/// Makes an item what it was. An item that is open again belongs to this window when `open` says so.
fn restore(
    writer: &mut ReviewWriter<'_, '_>,
    processes: &Processes,
    asked: &Asked,
    seat: &Seat,
    id: Uuid,
    to: &Found,
    open: bool,
) -> store::Result<()> {
    let item = writer.state().item(id)?;
    let now = find(&writer.state(), asked, &item, seat.reviewer)?;
    let differ = |from: &[Uuid], than: &[Uuid]| -> Vec<FeedbackId> {
        from.iter().filter(|id| !than.contains(id)).copied().map(FeedbackId).collect()
    };
    for (is, was) in [(&now.answers, &to.answers), (&now.adjudication, &to.adjudication)] {
        writer.retract(&differ(is, was), Some(seat.at))?;
        writer.retract(&differ(was, is), None)?;
    }
    let assignment = writer
        .state()
        .assignment(id, seat.reviewer)?
        .unwrap_or_else(|| Assignment::pending(id, seat.reviewer));
    let draft = to.draft.as_ref().map(|draft| store::DraftRow {
        rubric_version: draft.rubric_version,
        answers: draft.answers.clone(),
        cursor: draft.cursor.clone(),
        updated: seat.at,
    });
    let has_draft = draft.is_some();
    writer.put_draft(id, seat.reviewer, draft.as_ref())?;
    let state = match state_named(&to.state) {
        // Nobody has it open now; this window may, below.
        AssignmentState::Reserved | AssignmentState::Draft if has_draft => AssignmentState::Draft,
        AssignmentState::Reserved | AssignmentState::Draft => AssignmentState::Pending,
        state => state,
    };
    let restored = Assignment {
        state,
        lease: None,
        reason: to.reason.clone(),
        position: to.position,
        submitted: to.submitted.map(UnixNanos),
        rubric_version: to.rubric_version,
        snapshot: to.snapshot.clone().map(String::into_bytes),
        ..assignment
    };
    if open && !state.is_decided() {
        take_lease(writer, processes, asked, restored, seat)?;
    } else {
        writer.put_assignment(&restored)?;
    }
    if now.removed.is_some() != to.removed.is_some() {
        writer.set_removed(id, to.removed.map(UnixNanos))?;
    }
    settle_as(writer, asked, id, to.adjudicated.map(UnixNanos), seat.at)
}

#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Way {
    Undo,
    Redo,
}

fn go(
    writer: &mut ReviewWriter<'_, '_>,
    processes: &Processes,
    seat: &Seat,
    way: Way,
    force: bool,
) -> store::Result<UndoOutcome> {
    let state = writer.state();
    let step = match way {
        Way::Undo => state.last_step(seat.reviewer)?,
        Way::Redo => state.last_undone_step(seat.reviewer)?,
    };
    let Some(step) = step else { return Ok(UndoOutcome::Nothing) };
    let events = state.step(step)?;
    let Some(first) = events.first() else { return Ok(UndoOutcome::Nothing) };
    if super::repeat::is_repeat(first) {
        let event = first.clone();
        return super::repeat::walk(writer, processes, seat, &event, way, force);
    }
    let (queue, summary) = (first.event.queue, summary_of(first));
    let asked = asked(&state, queue)?;
    let read = |text: &str| {
        serde_json::from_str::<Found>(text)
            .map_err(|error| store::Error::Damaged(format!("the steps of reviewers: {error}")))
    };
    let mut plan = Vec::with_capacity(events.len());
    for event in &events {
        let (before, after) = (read(&event.event.before)?, read(&event.event.after)?);
        let (is, to) = if way == Way::Undo { (after, before) } else { (before, after) };
        let id = event.event.item;
        let lease = lease_of(&state, processes, &asked, id, seat)?;
        if matches!(lease, Lease::Other(..) | Lease::OtherWindow(_)) {
            return Ok(UndoOutcome::Refused(id, Refusal::Leased(lease)));
        }
        let item = state.item(id)?;
        let now = find(&state, &asked, &item, seat.reviewer)?;
        if !force && !is_as_left(&now, &is) {
            let would_be = to.draft.as_ref().map(|draft| super::lenient(&draft.answers)).unwrap_or_default();
            let item = Box::new(view_item(&state, processes, &asked, id, seat)?);
            return Ok(UndoOutcome::Changed { summary, item, would_be });
        }
        plan.push((id, to));
    }
    let items: Vec<Uuid> = plan.iter().map(|(id, _)| *id).collect();
    let is_one = items.len() == 1;
    let mut last = 0;
    for (id, to) in &plan {
        let item = writer.state().item(*id)?;
        let found = find(&writer.state(), &asked, &item, seat.reviewer)?;
        restore(writer, processes, &asked, seat, *id, to, is_one)?;
        let item = writer.state().item(*id)?;
        let left = find(&writer.state(), &asked, &item, seat.reviewer)?;
        let json = |found: &Found| serde_json::to_string(found).unwrap_or_else(|_| "null".to_owned());
        last = writer.add_event(&NewEvent {
            step: Uuid::now_v7(),
            at: seat.at,
            reviewer: seat.reviewer,
            session: seat.session.clone(),
            queue,
            item: *id,
            op: if way == Way::Undo { "undo" } else { "redo" }.to_owned(),
            before: json(&found),
            after: json(&left),
            undo_of: Some(step),
        })?;
    }
    writer.mark_undone(step, (way == Way::Undo).then_some(last))?;
    match (way, items.as_slice()) {
        (Way::Undo, _) => super::repeat::take_back(writer, &asked, seat)?,
        (Way::Redo, [one]) => super::repeat::bring(writer, processes, &asked, seat, *one)?,
        (Way::Redo, _) => {}
    }
    let state = writer.state();
    Ok(UndoOutcome::Done {
        summary,
        queue,
        item: match items.as_slice() {
            [one] => Some(Box::new(view_item(&state, processes, &asked, *one, seat)?)),
            _ => None,
        },
        items,
        counts: state.review_counts(queue, seat.reviewer)?,
        history: history(&state, seat.reviewer)?,
    })
}

impl Engine {
    /// Takes back the last step of this reviewer, in whichever queue and session it was taken.
    ///
    /// `force` does so even when somebody changed the item meanwhile.
    pub fn undo_review(&self, seat: &Seat, force: bool) -> Result<UndoOutcome> {
        self.undo_or_redo(seat, Way::Undo, force)
    }

    /// Takes back the last undo, unless another step was taken since.
    pub fn redo_review(&self, seat: &Seat, force: bool) -> Result<UndoOutcome> {
        self.undo_or_redo(seat, Way::Redo, force)
    }

    fn undo_or_redo(&self, seat: &Seat, way: Way, force: bool) -> Result<UndoOutcome> {
        let processes = Arc::clone(&self.reviewing);
        let own = seat.clone();
        let outcome = self.store.reviewing(move |writer| go(writer, &processes, &own, way, force))?;
        if let UndoOutcome::Done { queue, items, .. } = &outcome {
            self.keep_examples(items);
            self.emit(Event::ReviewChanged(vec![*queue], Some(seat.session.clone())));
        }
        Ok(outcome)
    }
}
