//! Steps: submit, skip, requeue, discard, reopen, adjudicate, take out. Each is one transaction and one undo.

use std::sync::Arc;

use ::review::{Answer, AssignmentState, Issue, check, conflicts};
use model::{FeedbackId, UnixNanos};
use serde::{Deserialize, Serialize};
use store::{Assignment, DraftRow, NewEvent, ReviewCounts, ReviewWriter, ReviewedItem, Reviewing as State};
use uuid::Uuid;

use super::{
    Asked, Lease, Processes, Seat,
    answers::{GivenAnswer, Giving, given, swapped},
    asked,
    item::{lease_of, take_lease},
    undo::{History, history},
};
use crate::{Engine, Error, Event, error::Result};

/// Items of a bulk submit at most.
const MOST_ITEMS: usize = 1_000;
/// Bytes of a cursor at most.
const MOST_CURSOR: usize = 16 * 1024;

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

// ---- what a step finds and leaves ----

/// A draft in an event.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct KeptDraft {
    pub(crate) rubric_version: u32,
    pub(crate) answers: String,
    pub(crate) cursor: Option<String>,
}

/// Everything that a step may change about an item, for one reviewer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Found {
    pub(crate) state: String,
    pub(crate) reason: Option<String>,
    pub(crate) position: Option<i64>,
    pub(crate) submitted: Option<i64>,
    pub(crate) rubric_version: Option<u32>,
    pub(crate) snapshot: Option<String>,
    pub(crate) draft: Option<KeptDraft>,
    /// Answers of the reviewer that stand.
    pub(crate) answers: Vec<Uuid>,
    /// Answers that decide a conflict and stand.
    pub(crate) adjudication: Vec<Uuid>,
    pub(crate) adjudicated: Option<i64>,
    pub(crate) removed: Option<i64>,
}

/// How an item stands for a reviewer now.
pub(crate) fn find(
    state: &State<'_>,
    asked: &Asked,
    item: &ReviewedItem,
    reviewer: Uuid,
) -> store::Result<Found> {
    let assignment =
        state.assignment(item.id, reviewer)?.unwrap_or_else(|| Assignment::pending(item.id, reviewer));
    let standing = standing(state, asked, item.id)?;
    let name = reviewer.to_string();
    let ids = |wanted: &dyn Fn(&GivenAnswer) -> bool| -> store::Result<Vec<Uuid>> {
        let mut ids: Vec<Uuid> = Vec::new();
        for one in standing.iter().filter(|one| wanted(one)) {
            ids.push(one.feedback_id.0);
        }
        // Both sides of a pair go together.
        for feedback in state.answers(item.id)? {
            let same = |id: &Uuid| {
                state
                    .feedback(FeedbackId(*id))
                    .ok()
                    .flatten()
                    .is_some_and(|one| one.group_id.is_some() && one.group_id == feedback.group_id)
            };
            if feedback.group_id.is_some() && !ids.contains(&feedback.id.0) && ids.iter().any(same) {
                ids.push(feedback.id.0);
            }
        }
        ids.sort_unstable();
        Ok(ids)
    };
    Ok(Found {
        state: assignment.state.as_str().to_owned(),
        reason: assignment.reason,
        position: assignment.position,
        submitted: assignment.submitted.map(|time| time.0),
        rubric_version: assignment.rubric_version,
        snapshot: assignment.snapshot.map(|bytes| String::from_utf8_lossy(&bytes).into_owned()),
        draft: state.draft(item.id, reviewer)?.map(|draft| KeptDraft {
            rubric_version: draft.rubric_version,
            answers: draft.answers,
            cursor: draft.cursor,
        }),
        answers: ids(&|one| !one.adjudicator && one.reviewer.as_deref() == Some(name.as_str()))?,
        adjudication: ids(&|one| one.adjudicator)?,
        adjudicated: item.adjudicated.map(|time| time.0),
        removed: item.removed.map(|time| time.0),
    })
}

pub(crate) fn state_named(name: &str) -> AssignmentState {
    [
        AssignmentState::Reserved,
        AssignmentState::Draft,
        AssignmentState::Submitted,
        AssignmentState::Skipped,
        AssignmentState::Discarded,
    ]
    .into_iter()
    .find(|state| state.as_str() == name)
    .unwrap_or_default()
}

/// Answers to an item that stand; sides are the true ones.
pub(crate) fn standing(state: &State<'_>, asked: &Asked, item: Uuid) -> store::Result<Vec<GivenAnswer>> {
    Ok(given(asked, &state.answers(item)?))
}

/// The answers of one reviewer as they would be given again, sides as shown.
pub(crate) fn answers_of(all: &[GivenAnswer], reviewer: Uuid, swap: bool) -> Vec<Answer> {
    let name = reviewer.to_string();
    all.iter()
        .filter(|one| !one.adjudicator && one.reviewer.as_deref() == Some(name.as_str()))
        .map(|one| swapped(one.answer.clone(), swap))
        .collect()
}

/// Says whether an item has enough reviews and whether they agree, from what stands now.
pub(crate) fn settle(
    writer: &mut ReviewWriter<'_, '_>,
    asked: &Asked,
    id: Uuid,
    at: UnixNanos,
) -> store::Result<()> {
    let item = writer.state().item(id)?;
    settle_as(writer, asked, id, item.adjudicated, at)
}

pub(crate) fn settle_as(
    writer: &mut ReviewWriter<'_, '_>,
    asked: &Asked,
    id: Uuid,
    adjudicated: Option<UnixNanos>,
    at: UnixNanos,
) -> store::Result<()> {
    let submitted: Vec<Uuid> = writer
        .state()
        .assignments(id)?
        .into_iter()
        .filter(|one| one.state == AssignmentState::Submitted)
        .map(|one| one.reviewer)
        .collect();
    let required = asked.settings.required_reviews(writer.state().people()?) as usize;
    let assigned = &asked.settings.assigned_reviewers;
    let enough = if assigned.is_empty() {
        submitted.len() >= required
    } else {
        assigned.iter().all(|name| submitted.iter().any(|id| id.to_string() == *name))
    };
    let all = standing(&writer.state(), asked, id)?;
    let reviews: Vec<Vec<Answer>> =
        submitted.iter().map(|reviewer| answers_of(&all, *reviewer, false)).collect();
    let slices: Vec<&[Answer]> = reviews.iter().map(Vec::as_slice).collect();
    let conflict = enough && adjudicated.is_none() && !conflicts(&asked.rubric, &slices).is_empty();
    writer.settle(id, &submitted, enough, conflict, adjudicated, at)
}

/// Opens a submitted review again because its rubric asks for more: its answers stand until they are replaced.
pub(crate) fn reopen_for_rubric(
    writer: &mut ReviewWriter<'_, '_>,
    asked: &Asked,
    id: Uuid,
    reviewer: Uuid,
    at: UnixNanos,
) -> store::Result<()> {
    let item = writer.state().item(id)?;
    let all = standing(&writer.state(), asked, id)?;
    let answers = answers_of(&all, reviewer, item.swap);
    let Some(assignment) = writer.state().assignment(id, reviewer)? else { return Ok(()) };
    let version = assignment.rubric_version.unwrap_or(asked.queue.rubric_version);
    writer.put_draft(id, reviewer, Some(&draft_row(&answers, None, version, at)))?;
    writer.put_assignment(&Assignment { state: AssignmentState::Draft, lease: None, ..assignment })
}

pub(crate) fn draft_row(
    answers: &[Answer],
    cursor: Option<String>,
    rubric_version: u32,
    at: UnixNanos,
) -> DraftRow {
    DraftRow {
        rubric_version,
        answers: serde_json::to_string(answers).unwrap_or_else(|_| "[]".to_owned()),
        cursor,
        updated: at,
    }
}

// ---- the pieces that steps share ----

/// What a step reads first.
struct Ready {
    asked: Asked,
    item: ReviewedItem,
    assignment: Assignment,
}

fn ready(
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
fn is_full(ready: &Ready) -> bool {
    ready.item.enough
        && ready.assignment.state != AssignmentState::Submitted
        && ready.asked.settings.assigned_reviewers.is_empty()
        && ready.asked.settings.num_reviewers_per_item.is_some()
}

/// Keeps what the reviewer had, whatever became of the step.
fn keep_draft(
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
struct Step<'a> {
    seat: &'a Seat,
    id: Uuid,
    op: &'static str,
    summary: String,
}

#[derive(Serialize, Deserialize)]
pub(crate) struct Left {
    #[serde(flatten)]
    pub(crate) found: Found,
    /// The step in words.
    pub(crate) summary: String,
}

impl Step<'_> {
    fn keep(
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

    fn done(
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
    Ok(StepOutcome::Done {
        summary,
        next: super::item::next_item(state, processes, asked, seat, Some(after))?,
        counts: state.review_counts(asked.queue.id, seat.reviewer)?,
        history: history(state, seat.reviewer)?,
    })
}

/// The answer to a step that was taken before, when its caller tries again.
fn repeated(
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
fn summary(op: &str, answers: &[Answer]) -> String {
    let said = answers.iter().find_map(|answer| Some((answer.key.as_str(), answer.value.as_ref()?.short())));
    match said {
        Some((key, short)) => format!("{op}: {key} {short}"),
        None => op.to_owned(),
    }
}

/// Whether `active_ms` was measured while the item was open: idle and sleep never make days of it.
fn more_active(assignment: &Assignment, active_ms: u32) -> i64 {
    assignment.active_ms.saturating_add(i64::from(active_ms))
}

/// Gives the answers of a reviewer to one item.
fn give(
    writer: &mut ReviewWriter<'_, '_>,
    ready: Ready,
    seat: &Seat,
    answers: &[Answer],
    active_ms: u32,
    is_bulk: bool,
) -> store::Result<()> {
    let Ready { asked, item, assignment } = ready;
    let name = seat.reviewer.to_string();
    let mine: Vec<GivenAnswer> = standing(&writer.state(), &asked, item.id)?
        .into_iter()
        .filter(|one| !one.adjudicator && one.reviewer.as_deref() == Some(name.as_str()))
        .collect();
    let old: Vec<FeedbackId> =
        find(&writer.state(), &asked, &item, seat.reviewer)?.answers.into_iter().map(FeedbackId).collect();
    // Answers to keys that the rubric has no more stay as they are (§3.2).
    let is_asked = |key: &str| key == ::review::NOTE || asked.key(key).is_some();
    let mut replaced = Vec::new();
    for id in old {
        if writer.state().feedback(id)?.is_some_and(|feedback| is_asked(&feedback.key)) {
            replaced.push(id);
        }
    }
    let giving = Giving {
        asked: &asked,
        item: &item,
        reviewer: seat.reviewer,
        at: seat.at,
        adjudicates: None,
        is_bulk,
    };
    let feedback = giving.feedback(answers, &mine);
    writer.retract(&replaced, Some(seat.at))?;
    writer.put_feedback(&feedback, seat.at)?;
    writer.put_draft(item.id, seat.reviewer, None)?;
    let snapshot = writer.state().snapshot(&item.target)?;
    writer.put_assignment(&Assignment {
        state: AssignmentState::Submitted,
        lease: None,
        reason: None,
        submitted: Some(seat.at),
        active_ms: more_active(&assignment, active_ms),
        rubric_version: Some(asked.queue.rubric_version),
        first_seen: assignment.first_seen.or(Some(seat.at)),
        snapshot,
        ..assignment
    })?;
    writer.set_viewed(item.id, None)?;
    settle(writer, &asked, item.id, seat.at)
}

impl Engine {
    fn processes(&self) -> Arc<Processes> {
        Arc::clone(&self.reviewing)
    }

    fn after_step(&self, queue: Uuid, seat: &Seat) {
        self.emit(Event::ReviewChanged(vec![queue], Some(seat.session.clone())));
    }

    /// Keeps answers that are not submitted; `leave` closes the item.
    pub fn save_draft(
        &self,
        seat: &Seat,
        given: StepAnswers,
        cursor: Option<String>,
        rubric_version: u32,
        leave: bool,
    ) -> Result<DraftOutcome> {
        if cursor.as_ref().is_some_and(|cursor| cursor.len() > MOST_CURSOR) {
            return Err(Error::InvalidInput("A cursor may have 16 KiB".to_owned()));
        }
        let (processes, seat) = (self.processes(), seat.clone());
        Ok(self.store.reviewing(move |writer| {
            let (ready, refusal) = ready(writer, &processes, &seat, given.item)?;
            let row = draft_row(&given.answers, cursor.clone(), rubric_version, seat.at);
            let draft = Some(&row).filter(|_| !given.answers.is_empty() || cursor.is_some() && !leave);
            if let Some(refusal) = refusal {
                // Another reviewer's lease does not keep anybody from their own draft; another window has one of its own.
                if !matches!(refusal, Refusal::Leased(Lease::OtherWindow(_))) && !given.answers.is_empty() {
                    writer.put_draft(given.item, seat.reviewer, draft)?;
                }
                return Ok(DraftOutcome::Refused(refusal));
            }
            let Ready { asked, item, assignment } = ready;
            let active_ms = more_active(&assignment, given.active_ms);
            let is_decided = assignment.state.is_decided();
            if leave {
                let state = if is_decided {
                    assignment.state
                } else if draft.is_some() {
                    AssignmentState::Draft
                } else {
                    AssignmentState::Pending
                };
                // What was submitted and only looked at again leaves no draft of itself.
                let draft = draft.filter(|draft| {
                    assignment.state != AssignmentState::Submitted
                        || !is_what_stands(writer, &asked, &item, &seat, draft)
                });
                writer.put_draft(item.id, seat.reviewer, draft)?;
                writer.put_assignment(&Assignment { state, lease: None, active_ms, ..assignment })?;
                writer.set_viewed(item.id, None)?;
                return Ok(DraftOutcome::Saved(seat.at, Lease::Free));
            }
            writer.put_draft(item.id, seat.reviewer, draft)?;
            let lease =
                take_lease(writer, &processes, &asked, Assignment { active_ms, ..assignment }, &seat)?;
            Ok(DraftOutcome::Saved(seat.at, lease))
        })?)
    }

    /// Submits the answers to items as one step; none is submitted when any is refused.
    ///
    /// `step` names the step: a caller that does not know whether a call arrived makes it again with the same name.
    pub fn submit_items(
        &self,
        seat: &Seat,
        items: Vec<StepAnswers>,
        rubric_version: u32,
        step: Uuid,
        is_bulk: bool,
    ) -> Result<StepOutcome> {
        if items.is_empty() || items.len() > MOST_ITEMS {
            return Err(Error::InvalidInput(format!("A step submits 1 to {MOST_ITEMS} items")));
        }
        let mut seen = std::collections::HashSet::new();
        if !items.iter().all(|one| seen.insert(one.item)) {
            return Err(Error::InvalidInput("An item is there twice".to_owned()));
        }
        let processes = self.processes();
        let own = seat.clone();
        let last = items.last().map(|one| one.item).unwrap_or_default();
        let outcome = self.store.reviewing(move |writer| {
            let seat = &own;
            if let Some(outcome) = repeated(&writer.state(), &processes, seat, step)? {
                return Ok(outcome);
            }
            let mut all = Vec::with_capacity(items.len());
            let mut issues = Vec::new();
            for given in &items {
                let (ready, refusal) = ready(writer, &processes, seat, given.item)?;
                let version = ready.asked.queue.rubric_version;
                let refusal = refusal
                    .or_else(|| is_full(&ready).then_some(Refusal::Full))
                    .or_else(|| (version != rubric_version).then_some(Refusal::RubricChanged(version)));
                if let Some(refusal) = refusal {
                    if !is_bulk {
                        keep_draft(writer, seat, given.item, &given.answers, rubric_version)?;
                    }
                    return Ok(StepOutcome::Refused(given.item, refusal));
                }
                let found = check(
                    &ready.asked.rubric,
                    &given.answers,
                    ready.asked.is_pairwise(),
                    ready.asked.settings.both_bad,
                );
                issues.extend(found.into_iter().map(|issue| StepIssue {
                    item: given.item,
                    answer: issue.answer.and_then(|index| given.answers.get(index).cloned()),
                    issue,
                }));
                all.push(ready);
            }
            if !issues.is_empty() {
                return Ok(StepOutcome::Invalid(issues));
            }
            let (op, words) = if is_bulk { ("bulk", "Submit in bulk") } else { ("submit", "Submit") };
            let summary = match items.as_slice() {
                [one] => summary(words, &one.answers),
                many => format!("{words}: {} items", many.len()),
            };
            let under_way = Step { seat, id: step, op, summary };
            let mut last_asked = None;
            for (ready, given) in all.into_iter().zip(&items) {
                let asked = ready.asked.clone();
                let mut before = find(&writer.state(), &asked, &ready.item, seat.reviewer)?;
                // Undo brings back what was on the screen, which may be newer than the draft.
                let cursor = before.draft.take().and_then(|draft| draft.cursor);
                let row = draft_row(&given.answers, cursor, rubric_version, seat.at);
                before.draft = Some(KeptDraft { rubric_version, answers: row.answers, cursor: row.cursor });
                give(writer, ready, seat, &given.answers, given.active_ms, is_bulk)?;
                under_way.keep(writer, &asked, given.item, &before)?;
                last_asked = Some((asked, given.item));
            }
            match last_asked {
                Some((asked, item)) => under_way.done(writer, &processes, &asked, item),
                None => Ok(StepOutcome::Invalid(Vec::new())),
            }
        })?;
        self.told(&outcome, last, seat)?;
        Ok(outcome)
    }

    /// Tells those who watch that a step was taken.
    fn told(&self, outcome: &StepOutcome, item: Uuid, seat: &Seat) -> Result<()> {
        if matches!(outcome, StepOutcome::Done { .. }) {
            let queue = self.store.review_state(|state| state.item(item))?.queue;
            self.after_step(queue, seat);
            self.back_up_when_due();
        }
        Ok(())
    }

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
        let outcome = self.store.reviewing(move |writer| {
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
        self.told(&outcome, id, seat)?;
        Ok(outcome)
    }

    /// Decides what reviewers disagree on. The decision stands beside their answers.
    pub fn adjudicate_item(
        &self,
        seat: &Seat,
        id: Uuid,
        answers: Vec<Answer>,
        step: Uuid,
    ) -> Result<StepOutcome> {
        let processes = self.processes();
        let own = seat.clone();
        let outcome = self.store.reviewing(move |writer| {
            let seat = &own;
            if let Some(outcome) = repeated(&writer.state(), &processes, seat, step)? {
                return Ok(outcome);
            }
            let state = writer.state();
            let item = state.item(id)?;
            let asked = asked(&state, item.queue)?;
            if item.removed.is_some() {
                return Ok(StepOutcome::Refused(id, Refusal::Removed));
            }
            if !item.enough {
                return Ok(StepOutcome::Refused(id, Refusal::WrongState));
            }
            let all = standing(&state, &asked, id)?;
            let issues = adjudication_issues(&asked, &all, id, &answers);
            if !issues.is_empty() {
                return Ok(StepOutcome::Invalid(issues));
            }
            let before = find(&state, &asked, &item, seat.reviewer)?;
            let keys: std::collections::HashSet<&str> =
                answers.iter().map(|answer| answer.key.as_str()).collect();
            let decided = all.iter().filter(|one| !one.adjudicator && keys.contains(one.answer.key.as_str()));
            let adjudicates: Vec<FeedbackId> = decided.map(|one| one.feedback_id).collect();
            let old: Vec<GivenAnswer> = all.iter().filter(|one| one.adjudicator).cloned().collect();
            let replaced: Vec<FeedbackId> = before.adjudication.iter().copied().map(FeedbackId).collect();
            let giving = Giving {
                asked: &asked,
                item: &item,
                reviewer: seat.reviewer,
                at: seat.at,
                adjudicates: Some(adjudicates),
                is_bulk: false,
            };
            let feedback = giving.feedback(&answers, &old);
            writer.retract(&replaced, Some(seat.at))?;
            writer.put_feedback(&feedback, seat.at)?;
            settle_as(writer, &asked, id, Some(seat.at), seat.at)?;
            let under_way = Step { seat, id: step, op: "adjudicate", summary: summary("Decide", &answers) };
            under_way.keep(writer, &asked, id, &before)?;
            under_way.done(writer, &processes, &asked, id)
        })?;
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

/// Whether a draft says what was submitted and still stands.
fn is_what_stands(
    writer: &ReviewWriter<'_, '_>,
    asked: &Asked,
    item: &ReviewedItem,
    seat: &Seat,
    draft: &DraftRow,
) -> bool {
    let drafted: Vec<Answer> = super::lenient(&draft.answers);
    standing(&writer.state(), asked, item.id).map(|all| answers_of(&all, seat.reviewer, item.swap)).is_ok_and(
        |answers| answers.len() == drafted.len() && answers.iter().all(|answer| drafted.contains(answer)),
    )
}

/// A decision must be valid itself and cover every key in conflict.
fn adjudication_issues(asked: &Asked, all: &[GivenAnswer], item: Uuid, answers: &[Answer]) -> Vec<StepIssue> {
    let given: std::collections::HashSet<&str> = answers.iter().map(|answer| answer.key.as_str()).collect();
    let decided: Vec<_> = asked
        .rubric
        .iter()
        .filter(|(question, _)| given.contains(question.feedback_key.as_str()))
        .cloned()
        .collect();
    let mut issues: Vec<Issue> = check(&decided, answers, asked.is_pairwise(), asked.settings.both_bad);
    for key in conflicting_keys(asked, all) {
        if !given.contains(key.as_str()) {
            issues.push(Issue {
                key,
                answer: None,
                rule: ::review::Rule::Missing,
                message: "Reviewers disagree on this key; decide it too".to_owned(),
            });
        }
    }
    let step = |issue: Issue| StepIssue {
        item,
        answer: issue.answer.and_then(|index| answers.get(index).cloned()),
        issue,
    };
    issues.into_iter().map(step).collect()
}

/// Keys whose answers are a conflict, whether it was decided or not.
pub(crate) fn conflicting_keys(asked: &Asked, all: &[GivenAnswer]) -> Vec<String> {
    let mut reviews: std::collections::BTreeMap<&str, Vec<Answer>> = std::collections::BTreeMap::new();
    for one in all.iter().filter(|one| !one.adjudicator) {
        if let Some(reviewer) = one.reviewer.as_deref() {
            reviews.entry(reviewer).or_default().push(one.answer.clone());
        }
    }
    let slices: Vec<&[Answer]> = reviews.values().map(Vec::as_slice).collect();
    conflicts(&asked.rubric, &slices)
}
