//! What a step finds and leaves, and whether an item has what it needs.

use ::review::{Answer, AssignmentState, conflicts};
use model::{FeedbackId, UnixNanos};
use serde::{Deserialize, Serialize};
use store::{Assignment, DraftRow, ReviewWriter, ReviewedItem, Reviewing as State};
use uuid::Uuid;

use super::{
    Asked,
    answers::{GivenAnswer, given, swapped},
};

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
