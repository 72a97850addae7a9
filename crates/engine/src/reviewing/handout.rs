//! Answers that were given outside of the application, in a hand-out: what a reviewer finished there is submitted here.

use std::collections::BTreeMap;

use ::review::{Answer, AssignmentState, check};
use model::{Feedback, FeedbackId, UnixNanos};
use store::{Assignment, ReviewWriter, Reviewer, ReviewerKind};
use uuid::Uuid;

use super::{
    Asked, Seat, asked,
    found::{answers_of, find, settle, standing},
    step::Step,
};
use crate::{Engine, Event, error::Result, now};

/// What a reviewer is called whom a file does not name.
const NAMELESS: &str = "Hand-out";

/// Makes the reviewer known, under a name that nobody else has.
fn introduce(
    writer: &mut ReviewWriter<'_, '_>,
    id: Uuid,
    name: Option<&str>,
    at: UnixNanos,
) -> store::Result<()> {
    let known = writer.state().reviewers()?;
    if known.iter().any(|one| one.id == id) {
        return Ok(());
    }
    let name = name.unwrap_or(NAMELESS);
    let is_taken = |name: &str| known.iter().any(|one| one.name.to_lowercase() == name.to_lowercase());
    let mut own = name.to_owned();
    let mut number = 2;
    while is_taken(&own) {
        own = format!("{name} ({number})");
        number += 1;
    }
    writer.put_reviewer(&Reviewer { id, name: own, kind: ReviewerKind::Human, created: at, archived: None })
}

/// Keeps the answers to one item; when they are all that the rubric asks for, the item is submitted.
fn take_item(
    writer: &mut ReviewWriter<'_, '_>,
    asked: &Asked,
    seat: &Seat,
    step: &Step<'_>,
    id: Uuid,
    feedback: &[Feedback],
) -> store::Result<()> {
    let item = writer.state().item(id)?;
    let before = find(&writer.state(), asked, &item, seat.reviewer)?;
    let me = seat.reviewer.to_string();
    // One answer a key stands: what the same reviewer said here before gives way.
    let replaced: Vec<FeedbackId> = writer
        .state()
        .answers(id)?
        .into_iter()
        .filter(|old| old.reviewer.as_ref() == Some(&me))
        .filter(|old| feedback.iter().any(|new| new.key == old.key && new.id != old.id))
        .map(|old| old.id)
        .collect();
    writer.retract(&replaced, Some(seat.at))?;
    writer.put_feedback(feedback, seat.at)?;
    let answers: Vec<Answer> = answers_of(&standing(&writer.state(), asked, id)?, seat.reviewer, item.swap);
    if check(&asked.rubric, &answers, asked.is_pairwise(), asked.settings.both_bad).is_empty() {
        let assignment = writer
            .state()
            .assignment(id, seat.reviewer)?
            .unwrap_or_else(|| Assignment::pending(id, seat.reviewer));
        let given = feedback.iter().filter_map(|one| one.created).max().unwrap_or(seat.at);
        writer.put_draft(id, seat.reviewer, None)?;
        writer.put_assignment(&Assignment {
            state: AssignmentState::Submitted,
            lease: None,
            reason: None,
            submitted: Some(given),
            first_seen: assignment.first_seen.or(Some(given)),
            rubric_version: Some(asked.queue.rubric_version),
            snapshot: writer.state().snapshot(&item.target)?,
            ..assignment
        })?;
    }
    settle(writer, asked, id, seat.at)?;
    let now = writer.state().item(id)?;
    if find(&writer.state(), asked, &now, seat.reviewer)? != before {
        step.keep(writer, asked, id, &before)?;
    }
    Ok(())
}

impl Engine {
    /// Keeps what a reviewer answered to items of a queue elsewhere, as one step of theirs. The same answers once more
    /// change nothing.
    pub(crate) fn submit_elsewhere(
        &self,
        queue: Uuid,
        reviewer: Uuid,
        name: Option<&str>,
        mut feedback: Vec<Feedback>,
    ) -> Result<()> {
        self.redaction.feedback(&mut feedback);
        let mut items: BTreeMap<Uuid, Vec<Feedback>> = BTreeMap::new();
        for one in feedback {
            if let Some(item) = one.queue_item {
                items.entry(item).or_default().push(one);
            }
        }
        let name = name.map(str::to_owned);
        let at = UnixNanos(now().0 / 1000 * 1000);
        let seat = Seat { reviewer, session: "hand-out".to_owned(), at };
        self.store.reviewing(move |writer| {
            introduce(writer, reviewer, name.as_deref(), at)?;
            let asked = asked(&writer.state(), queue)?;
            let summary = format!("Hand-out: {} items", items.len());
            let step = Step { seat: &seat, id: Uuid::now_v7(), op: "hand-out", summary };
            for (id, feedback) in &items {
                take_item(writer, &asked, &seat, &step, *id, feedback)?;
            }
            Ok(())
        })?;
        self.emit(Event::ReviewChanged(vec![queue], None));
        Ok(())
    }
}
