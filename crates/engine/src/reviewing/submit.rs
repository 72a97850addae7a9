//! Drafts and submits.

use ::review::{Answer, AssignmentState, check};
use model::FeedbackId;
use store::{Assignment, DraftRow, ReviewWriter, ReviewedItem};
use uuid::Uuid;

use super::{
    Asked, Lease, Seat,
    answers::{GivenAnswer, Giving},
    found::{KeptDraft, answers_of, draft_row, find, settle, standing},
    item::take_lease,
    step::{
        DraftOutcome, Ready, Refusal, Step, StepAnswers, StepIssue, StepOutcome, is_full, keep_draft,
        more_active, ready, repeated, summary,
    },
};
use crate::{Engine, Error, error::Result};

/// Items of a bulk submit at most.
const MOST_ITEMS: usize = 1_000;
/// Bytes of a cursor at most.
const MOST_CURSOR: usize = 16 * 1024;

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
        if let Some(repeat) = self.repeat_of(given.item, seat)? {
            return self.draft_repeat(seat, repeat, given, cursor, rubric_version, leave);
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
        if let [one] = items.as_slice()
            && let Some(repeat) = self.repeat_of(one.item, seat)?
        {
            return self.submit_repeat(seat, repeat, one.clone(), rubric_version, step);
        }
        let processes = self.processes();
        let own = seat.clone();
        let last = items.last().map(|one| one.item).unwrap_or_default();
        let submitted: Vec<Uuid> = items.iter().map(|one| one.item).collect();
        let mut outcome = self.store.reviewing(move |writer| {
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
                Some((asked, item)) => {
                    if !is_bulk {
                        super::repeat::bring(writer, &processes, &asked, seat, item)?;
                    }
                    under_way.done(writer, &processes, &asked, item)
                }
                None => Ok(StepOutcome::Invalid(Vec::new())),
            }
        })?;
        self.keep_examples_after(&mut outcome, &submitted);
        self.told(&outcome, last, seat)?;
        Ok(outcome)
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
