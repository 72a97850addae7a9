//! Conflicts, and what decides them (`annotation-ux.md` §14.4).

use ::review::{Answer, Issue, check, conflicts};
use model::FeedbackId;
use uuid::Uuid;

use super::{
    Asked, Seat,
    answers::{GivenAnswer, Giving},
    asked,
    found::{find, settle_as, standing},
    step::{Refusal, Step, StepIssue, StepOutcome, repeated, summary},
};
use crate::{Engine, error::Result};

impl Engine {
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
        let mut outcome = self.store.reviewing(move |writer| {
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
        self.keep_examples_after(&mut outcome, &[id]);
        self.told(&outcome, id, seat)?;
        Ok(outcome)
    }
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
