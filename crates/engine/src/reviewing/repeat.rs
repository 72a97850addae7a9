//! Items that come again unmarked, to see whether a reviewer says the same (`annotation-ux.md` §14.5).
//!
//! A repeat has an id of its own that stands for its item on the screen. What is said to it is kept apart: the first
//! answers stay what they are, and nothing counts the second but self-agreement and an export that asks for them.

use ::review::{Answer, AssignmentState, Repeats, check};
use model::{ContentHash, Feedback, FeedbackId, UnixNanos};
use serde::{Deserialize, Serialize};
use store::{DraftRow, NewEvent, Repeat, ReviewEvent, ReviewWriter, Reviewing as State};
use uuid::Uuid;

use super::{
    Asked, ItemView, Lease, Processes, Seat,
    answers::{GivenAnswer, Giving},
    asked,
    found::state_named,
    item::{next_item, view_row},
    lenient,
    step::{Decision, DraftOutcome, Refusal, Step, StepAnswers, StepIssue, StepOutcome, repeated, summary},
    undo::{History, UndoOutcome, Way, history},
};
use crate::{Engine, error::Result};

/// What the events of these steps are named; submits of items have other names, and are what times are taken from.
const OP: &str = "again";

pub(super) fn is_repeat(event: &ReviewEvent) -> bool {
    event.event.op == OP
}

/// The same whenever it comes, so that a step that is done again finds it.
fn id_of(item: Uuid, reviewer: Uuid) -> Uuid {
    let text = format!("queue item {item} again for {reviewer}");
    uuid::Builder::from_custom_bytes(ContentHash::of_bytes(text.as_bytes()).0).into_uuid()
}

fn rule(asked: &Asked, seat: &Seat) -> Repeats {
    Repeats {
        seed: asked.settings.order_seed,
        reviewer: seat.reviewer,
        percent: asked.settings.repeat_percent,
    }
}

// ---- coming and going ----

/// Brings the repeat that is due after a submit of this item, if one is: behind the item that comes next.
pub(super) fn bring(
    writer: &mut ReviewWriter<'_, '_>,
    processes: &Processes,
    asked: &Asked,
    seat: &Seat,
    after: Uuid,
) -> store::Result<()> {
    if asked.settings.repeat_percent == 0 {
        return Ok(());
    }
    let (queue, rule) = (asked.queue.id, rule(asked, seat));
    let state = writer.state();
    let came = state.asked_again(queue, seat.reviewer)?;
    let submitted = state.review_counts(queue, seat.reviewer)?.submitted;
    // Most steps bring none, and need not read what was submitted.
    if !rule.is_due(usize::try_from(submitted).unwrap_or(usize::MAX), came.len()) {
        return Ok(());
    }
    let Some(item) = rule.due(&state.submitted_by(queue, seat.reviewer)?, &came.into_iter().collect()) else {
        return Ok(());
    };
    let behind = next_item(&state, processes, asked, seat, Some(after))?.unwrap_or(after);
    writer.put_repeat(&Repeat {
        id: id_of(item, seat.reviewer),
        queue,
        item,
        reviewer: seat.reviewer,
        behind,
        state: AssignmentState::Pending,
        answers: None,
        cursor: None,
        rubric_version: asked.queue.rubric_version,
        reason: None,
        asked: seat.at,
        updated: seat.at,
        submitted: None,
        active_ms: 0,
    })
}

/// Takes back what a submit brought that is now undone: there are not enough others any more.
pub(super) fn take_back(writer: &mut ReviewWriter<'_, '_>, asked: &Asked, seat: &Seat) -> store::Result<()> {
    let open = writer.state().open_repeats(asked.queue.id, seat.reviewer)?;
    if open.is_empty() {
        return Ok(());
    }
    let submitted = writer.state().review_counts(asked.queue.id, seat.reviewer)?.submitted;
    let submitted = usize::try_from(submitted).unwrap_or(usize::MAX);
    let mut came = writer.state().asked_again(asked.queue.id, seat.reviewer)?.len();
    for repeat in open.into_iter().rev() {
        if came == 0 || rule(asked, seat).is_due(submitted, came - 1) {
            break;
        }
        writer.drop_repeat(repeat.id)?;
        came -= 1;
    }
    Ok(())
}

/// Open repeats with the items that they follow.
pub(super) fn waiting(state: &State<'_>, asked: &Asked, seat: &Seat) -> store::Result<Vec<(Uuid, Uuid)>> {
    let open = state.open_repeats(asked.queue.id, seat.reviewer)?;
    Ok(open.into_iter().map(|repeat| (repeat.id, repeat.behind)).collect())
}

// ---- on the screen ----

fn answers_in(repeat: &Repeat) -> Vec<Answer> {
    repeat.answers.as_deref().map(lenient).unwrap_or_default()
}

fn lease(asked: &Asked, seat: &Seat) -> Lease {
    let nanos = i64::from(asked.settings.lease_seconds) * 1_000_000_000;
    Lease::Mine(UnixNanos(seat.at.0.saturating_add(nanos)))
}

/// A repeat as an item that its reviewer has not seen before.
pub(super) fn view(
    state: &State<'_>,
    processes: &Processes,
    asked: &Asked,
    repeat: &Repeat,
    seat: &Seat,
) -> store::Result<ItemView> {
    let mut row = state.review_row(asked.queue.id, seat.reviewer, seat.at, repeat.item)?;
    row.state = repeat.state;
    row.reason.clone_from(&repeat.reason);
    row.submitted = repeat.submitted;
    row.active_ms = u64::try_from(repeat.active_ms).unwrap_or(0);
    // The first review would give it away.
    row.reviews = row.reviews.saturating_sub(1);
    let is_decided = repeat.state.is_decided();
    row.status = if is_decided { ::review::ItemStatus::Completed } else { ::review::ItemStatus::NeedsReview };
    let mut view = view_row(state, processes, asked, row, seat)?;
    view.row.id = repeat.id;
    // No place among the items of the queue.
    view.row.position = 0;
    view.lease = lease(asked, seat);
    view.changed = false;
    view.adjudicated.clear();
    view.draft = repeat.answers.clone().filter(|_| !is_decided).map(|answers| DraftRow {
        rubric_version: repeat.rubric_version,
        answers,
        cursor: repeat.cursor.clone(),
        updated: repeat.updated,
    });
    let given = |answer| GivenAnswer {
        feedback_id: FeedbackId(repeat.id),
        reviewer: Some(repeat.reviewer.to_string()),
        reviewer_name: None,
        source: "app".to_owned(),
        answer,
        at: repeat.submitted.unwrap_or(repeat.updated),
        rubric_version: Some(repeat.rubric_version),
        adjudicator: false,
    };
    let is_submitted = repeat.state == AssignmentState::Submitted;
    view.mine = answers_in(repeat).into_iter().filter(|_| is_submitted).map(given).collect();
    Ok(view)
}

// ---- steps ----

/// Everything that a step may change about a repeat.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Stand {
    state: String,
    answers: Option<String>,
    cursor: Option<String>,
    rubric_version: u32,
    reason: Option<String>,
    submitted: Option<i64>,
}

#[derive(Serialize, Deserialize)]
struct Left {
    #[serde(flatten)]
    stand: Stand,
    summary: String,
}

fn stand(repeat: &Repeat) -> Stand {
    Stand {
        state: repeat.state.as_str().to_owned(),
        answers: repeat.answers.clone(),
        cursor: repeat.cursor.clone(),
        rubric_version: repeat.rubric_version,
        reason: repeat.reason.clone(),
        submitted: repeat.submitted.map(|time| time.0),
    }
}

fn json(value: &impl Serialize) -> String {
    serde_json::to_string(value).unwrap_or_else(|_| "null".to_owned())
}

fn given_text(answers: &[Answer]) -> Option<String> {
    (!answers.is_empty()).then(|| json(&answers))
}

/// Keeps a repeat with the event of its step.
fn keep(
    writer: &mut ReviewWriter<'_, '_>,
    step: &Step<'_>,
    before: &Stand,
    repeat: &Repeat,
    undo_of: Option<Uuid>,
) -> store::Result<i64> {
    writer.put_repeat(repeat)?;
    writer.add_event(&NewEvent {
        step: step.id,
        at: step.seat.at,
        reviewer: step.seat.reviewer,
        session: step.seat.session.clone(),
        queue: repeat.queue,
        item: repeat.id,
        op: step.op.to_owned(),
        before: json(before),
        after: json(&Left { stand: stand(repeat), summary: step.summary.clone() }),
        undo_of,
    })
}

fn more(repeat: &Repeat, active_ms: u32) -> i64 {
    repeat.active_ms.saturating_add(i64::from(active_ms))
}

/// As it is now: it was found before the transaction began.
fn current(writer: &ReviewWriter<'_, '_>, id: Uuid) -> store::Result<Repeat> {
    let found = writer.state().repeat(id)?;
    found.ok_or_else(|| store::Error::NotFound { what: "queue item", id: id.to_string() })
}

impl Engine {
    /// The repeat of this id, where it is one of this reviewer's.
    pub(super) fn repeat_of(&self, id: Uuid, seat: &Seat) -> Result<Option<Repeat>> {
        let found = self.store.review_state(|state| state.repeat(id))?;
        Ok(found.filter(|repeat| repeat.reviewer == seat.reviewer))
    }

    pub(super) fn open_repeat(&self, repeat: Repeat, seat: &Seat) -> Result<ItemView> {
        let processes = self.processes();
        let own = seat.clone();
        Ok(self.store.reviewing(move |writer| {
            let mut repeat = current(writer, repeat.id)?;
            let asked = asked(&writer.state(), repeat.queue)?;
            if !repeat.state.is_decided() {
                repeat.state = AssignmentState::Reserved;
                writer.put_repeat(&repeat)?;
            }
            view(&writer.state(), &processes, &asked, &repeat, &own)
        })?)
    }

    pub(super) fn repeat_lease(&self, repeat: &Repeat, seat: &Seat) -> Result<Lease> {
        Ok(self.store.review_state(|state| Ok(lease(&asked(state, repeat.queue)?, seat)))?)
    }

    pub(super) fn draft_repeat(
        &self,
        seat: &Seat,
        repeat: Repeat,
        given: StepAnswers,
        cursor: Option<String>,
        rubric_version: u32,
        leave: bool,
    ) -> Result<DraftOutcome> {
        let own = seat.clone();
        Ok(self.store.reviewing(move |writer| {
            let repeat = current(writer, repeat.id)?;
            let asked = asked(&writer.state(), repeat.queue)?;
            let mut repeat = Repeat { active_ms: more(&repeat, given.active_ms), ..repeat };
            // What is decided is opened again before it is drafted.
            if !repeat.state.is_decided() {
                repeat.answers = given_text(&given.answers);
                repeat.cursor.clone_from(&cursor);
                repeat.rubric_version = rubric_version;
                repeat.updated = own.at;
                repeat.state = match (leave, &repeat.answers) {
                    (false, _) => AssignmentState::Reserved,
                    (true, Some(_)) => AssignmentState::Draft,
                    (true, None) => AssignmentState::Pending,
                };
            }
            writer.put_repeat(&repeat)?;
            let lease = if leave { Lease::Free } else { lease(&asked, &own) };
            Ok(DraftOutcome::Saved(own.at, lease))
        })?)
    }

    pub(super) fn submit_repeat(
        &self,
        seat: &Seat,
        repeat: Repeat,
        given: StepAnswers,
        rubric_version: u32,
        step: Uuid,
    ) -> Result<StepOutcome> {
        let processes = self.processes();
        let own = seat.clone();
        let queue = repeat.queue;
        let outcome = self.store.reviewing(move |writer| {
            let (seat, repeat) = (&own, current(writer, repeat.id)?);
            if let Some(outcome) = repeated(&writer.state(), &processes, seat, step)? {
                return Ok(outcome);
            }
            let asked = asked(&writer.state(), queue)?;
            let answers = given_text(&given.answers);
            let version = asked.queue.rubric_version;
            if version != rubric_version {
                writer.put_repeat(&Repeat {
                    answers,
                    state: AssignmentState::Draft,
                    updated: seat.at,
                    ..repeat
                })?;
                return Ok(StepOutcome::Refused(given.item, Refusal::RubricChanged(version)));
            }
            let found = check(&asked.rubric, &given.answers, asked.is_pairwise(), asked.settings.both_bad);
            if !found.is_empty() {
                let issue = |issue: ::review::Issue| StepIssue {
                    item: given.item,
                    answer: issue.answer.and_then(|index| given.answers.get(index).cloned()),
                    issue,
                };
                return Ok(StepOutcome::Invalid(found.into_iter().map(issue).collect()));
            }
            // Undo brings back what was on the screen, which may be newer than the draft.
            let before = Stand { answers: answers.clone(), ..stand(&repeat) };
            let under_way = Step { seat, id: step, op: OP, summary: summary("Submit", &given.answers) };
            let after = repeat.behind;
            let repeat = Repeat {
                state: AssignmentState::Submitted,
                answers,
                rubric_version,
                reason: None,
                updated: seat.at,
                submitted: Some(seat.at),
                active_ms: more(&repeat, given.active_ms),
                ..repeat
            };
            keep(writer, &under_way, &before, &repeat, None)?;
            bring(writer, &processes, &asked, seat, after)?;
            under_way.done(writer, &processes, &asked, after)
        })?;
        self.after_step(queue, seat);
        Ok(outcome)
    }

    pub(super) fn decide_repeat(
        &self,
        seat: &Seat,
        repeat: Repeat,
        given: StepAnswers,
        decision: Decision,
        reason: Option<String>,
        step: Uuid,
    ) -> Result<StepOutcome> {
        let processes = self.processes();
        let own = seat.clone();
        let queue = repeat.queue;
        let outcome = self.store.reviewing(move |writer| {
            let (seat, repeat) = (&own, current(writer, repeat.id)?);
            if let Some(outcome) = repeated(&writer.state(), &processes, seat, step)? {
                return Ok(outcome);
            }
            if (decision == Decision::Reopen) != repeat.state.is_decided() {
                return Ok(StepOutcome::Refused(repeat.id, Refusal::WrongState));
            }
            let asked = asked(&writer.state(), queue)?;
            if decision == Decision::Discard && reason.is_none() && asked.settings.discard_reason_required {
                return Ok(StepOutcome::Refused(repeat.id, Refusal::ReasonMissing));
            }
            let answers = given_text(&given.answers).or_else(|| repeat.answers.clone());
            let (words, state) = match decision {
                Decision::Skip => ("Skip", AssignmentState::Skipped),
                Decision::Discard => ("Discard", AssignmentState::Discarded),
                Decision::Requeue if answers.is_none() => ("Requeue", AssignmentState::Pending),
                Decision::Requeue => ("Requeue", AssignmentState::Draft),
                Decision::Reopen => ("Reopen", AssignmentState::Draft),
            };
            let reason = reason.clone().filter(|_| matches!(decision, Decision::Skip | Decision::Discard));
            let summary = match &reason {
                Some(reason) => format!("{words}: {reason}"),
                None => words.to_owned(),
            };
            let (before, after) = (stand(&repeat), repeat.behind);
            let repeat = Repeat {
                state,
                answers,
                reason,
                updated: seat.at,
                submitted: None,
                active_ms: more(&repeat, given.active_ms),
                ..repeat
            };
            let under_way = Step { seat, id: step, op: OP, summary };
            keep(writer, &under_way, &before, &repeat, None)?;
            under_way.done(writer, &processes, &asked, after)
        })?;
        self.after_step(queue, seat);
        Ok(outcome)
    }
}

/// Takes a step about a repeat back, or does it again.
pub(super) fn walk(
    writer: &mut ReviewWriter<'_, '_>,
    processes: &Processes,
    seat: &Seat,
    event: &ReviewEvent,
    way: Way,
    force: bool,
) -> store::Result<UndoOutcome> {
    let step = event.event.step;
    let damaged = |error| store::Error::Damaged(format!("the steps of reviewers: {error}"));
    let before: Stand = serde_json::from_str(&event.event.before).map_err(damaged)?;
    let after: Left = serde_json::from_str(&event.event.after).map_err(damaged)?;
    let (is, to) = if way == Way::Undo { (after.stand, before) } else { (before, after.stand) };
    let Some(repeat) = writer.state().repeat(event.event.item)? else {
        // Its item was deleted: the step is gone with it.
        writer.mark_undone(step, (way == Way::Undo).then_some(event.seq))?;
        return Ok(UndoOutcome::Nothing);
    };
    let asked = asked(&writer.state(), repeat.queue)?;
    let is_open = |name: &str| !state_named(name).is_decided();
    let now = stand(&repeat);
    let is_as_left =
        (now.state == is.state && now.answers == is.answers) || (is_open(&now.state) && is_open(&is.state));
    if !force && !is_as_left {
        let item = Box::new(view(&writer.state(), processes, &asked, &repeat, seat)?);
        let would_be = to.answers.as_deref().map(lenient).unwrap_or_default();
        return Ok(UndoOutcome::Changed { summary: after.summary, item, would_be });
    }
    let restored = Repeat {
        state: state_named(&to.state),
        answers: to.answers,
        cursor: to.cursor,
        rubric_version: to.rubric_version,
        reason: to.reason,
        submitted: to.submitted.map(UnixNanos),
        updated: seat.at,
        ..repeat
    };
    let op = if way == Way::Undo { "undo" } else { "redo" };
    let under_way = Step { seat, id: Uuid::now_v7(), op, summary: after.summary.clone() };
    let last = keep(writer, &under_way, &now, &restored, Some(step))?;
    writer.mark_undone(step, (way == Way::Undo).then_some(last))?;
    let state = writer.state();
    let then: History = history(&state, seat.reviewer)?;
    Ok(UndoOutcome::Done {
        summary: after.summary,
        queue: restored.queue,
        items: vec![restored.id],
        item: Some(Box::new(view(&state, processes, &asked, &restored, seat)?)),
        counts: state.review_counts(restored.queue, seat.reviewer)?,
        history: then,
    })
}

// ---- what it came to ----

/// An answer that was given again.
pub(super) struct SaidAgain {
    pub(super) reviewer: Uuid,
    pub(super) item: Uuid,
    /// Sides of a pair are the true ones.
    pub(super) answer: Answer,
}

/// What was submitted to the repeats of a queue.
pub(super) fn said_again(state: &State<'_>, queue: Uuid) -> store::Result<Vec<SaidAgain>> {
    let mut said = Vec::new();
    for repeat in state.repeats(queue, None)? {
        if repeat.state != AssignmentState::Submitted {
            continue;
        }
        let swap = state.item(repeat.item)?.swap;
        let (reviewer, item) = (repeat.reviewer, repeat.item);
        said.extend(answers_in(&repeat).into_iter().map(|answer| SaidAgain {
            reviewer,
            item,
            answer: super::answers::swapped(answer, swap),
        }));
    }
    Ok(said)
}

/// The same as feedback, for an export that asks for it; `extra` says that it is a repeat.
pub(crate) fn feedback_again(state: &State<'_>, queue: Uuid) -> store::Result<Vec<Feedback>> {
    let asked = asked(state, queue)?;
    let mut all = Vec::new();
    for repeat in state.repeats(queue, None)? {
        let Some(at) = repeat.submitted.filter(|_| repeat.state == AssignmentState::Submitted) else {
            continue;
        };
        let item = state.item(repeat.item)?;
        let giving = Giving {
            asked: &asked,
            item: &item,
            reviewer: repeat.reviewer,
            at,
            adjudicates: None,
            is_bulk: false,
        };
        for (place, mut feedback) in giving.feedback(&answers_in(&repeat), &[]).into_iter().enumerate() {
            // The same in every export, as it is of feedback that is kept.
            let text = format!("answer {place} to {}", repeat.id);
            let id = uuid::Builder::from_custom_bytes(ContentHash::of_bytes(text.as_bytes()).0).into_uuid();
            feedback.id = FeedbackId(id);
            let extra = feedback.extra.take();
            let mut extra: serde_json::Map<String, serde_json::Value> =
                extra.as_deref().map(lenient).unwrap_or_default();
            extra.insert("repeat".to_owned(), true.into());
            extra.insert("rubric_version".to_owned(), repeat.rubric_version.into());
            feedback.extra = Some(serde_json::Value::Object(extra).to_string());
            all.push(feedback);
        }
    }
    Ok(all)
}
