//! Progress and speed (`annotation-ux.md` §16), and what comparing comes to (§13).

use std::collections::BTreeMap;

use ::review::{AnswerValue, Blind, Comparison, Tally};
use store::{ReviewCounts, ReviewTarget, Timing};
use uuid::Uuid;

use super::{Asked, Seat, asked, found::standing};
use crate::{Engine, Error, error::Result};

/// Answers that count as recent.
const RECENT: usize = 20;

/// What a queue has come to for one reviewer. Times are milliseconds.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct QueueProgress {
    /// Where items are, and how fast this reviewer works.
    pub counts: ReviewCounts,
    /// Time spent in all.
    pub spent_ms: u64,
    /// How often each answer was given.
    pub shares: Vec<AnswerShare>,
    /// Everybody, as far as the queue lets it be seen.
    pub reviewers: Vec<ReviewerProgress>,
}

/// How often an answer was given.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AnswerShare {
    /// The key.
    pub key: String,
    /// The answer.
    pub text: String,
    /// How often.
    pub count: u64,
    /// How often among the last 20 items.
    pub recent: u64,
}

/// What a reviewer has done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReviewerProgress {
    /// Who.
    pub id: Uuid,
    /// Its name.
    pub name: String,
    /// Items submitted.
    pub submitted: u64,
    /// Items skipped.
    pub skipped: u64,
    /// How fast they work.
    pub pace: Option<::review::Pace>,
}

/// What comparing came to.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct PairwiseReport {
    /// Name of the one side.
    pub a: String,
    /// Name of the other.
    pub b: String,
    /// By key, each followed by its strata.
    pub rows: Vec<PairRow>,
}

/// A line of the report.
#[derive(Debug, Clone, PartialEq)]
pub struct PairRow {
    /// The key.
    pub key: String,
    /// Name of the run; absent for all items.
    pub stratum: Option<String>,
    /// The counts.
    pub tally: Tally,
}

impl Engine {
    /// What a queue has come to.
    pub fn queue_progress(&self, queue: Uuid, seat: &Seat) -> Result<QueueProgress> {
        Ok(self.store.review_state(|state| {
            let asked = asked(state, queue)?;
            let counts = state.review_counts(queue, seat.reviewer)?;
            let timings = state.timings(queue)?;
            let mine: Vec<&Timing> =
                timings.iter().filter(|timing| timing.reviewer == seat.reviewer).collect();
            let is_blind =
                asked.settings.blind != Blind::None && counts.completed + counts.in_conflict < counts.total;
            let mut reviewers = Vec::new();
            for reviewer in state.reviewers()? {
                if is_blind && reviewer.id != seat.reviewer {
                    continue;
                }
                let theirs = state.review_counts(queue, reviewer.id)?;
                if theirs.submitted + theirs.skipped > 0 {
                    reviewers.push(ReviewerProgress {
                        id: reviewer.id,
                        name: reviewer.name,
                        submitted: theirs.submitted,
                        skipped: theirs.skipped,
                        pace: theirs.pace,
                    });
                }
            }
            Ok(QueueProgress {
                counts,
                spent_ms: u64::try_from(mine.iter().map(|timing| timing.active_ms).sum::<i64>()).unwrap_or(0),
                shares: shares(state, &asked, &mine, seat)?,
                reviewers,
            })
        })?)
    }

    /// What comparing came to in a pairwise queue. Decisions of conflicts count in place of what they decided.
    pub fn pairwise_report(&self, queue: Uuid) -> Result<PairwiseReport> {
        let report = self.store.review_state(|state| {
            let asked = asked(state, queue)?;
            if !asked.is_pairwise() {
                return Ok(None);
            }
            let mut all: BTreeMap<(usize, Option<String>), Tally> = BTreeMap::new();
            let mut names: [Option<Option<String>>; 2] = [None, None];
            let nobody = Uuid::nil();
            for (id, ..) in state.review_order(queue, nobody, model::UnixNanos(0), store::ItemBucket::All)? {
                let item = state.item(id)?;
                let ReviewTarget::Pair(sides) = &item.target else { continue };
                let mut stratum = None;
                for (side, name) in sides.iter().zip(&mut names) {
                    let target = ReviewTarget::Run(side.0, side.1);
                    let project =
                        state.candidate(&target, ::review::Stratum::Project, ::review::Weight::Cost)?;
                    let found = project.as_ref().map(|candidate| candidate.stratum.clone());
                    stratum = stratum.or_else(|| project.and_then(|candidate| candidate.name));
                    // A side is named after its project when all items agree on it.
                    *name = Some(match name.take() {
                        None => found,
                        Some(known) if known == found => known,
                        Some(_) => None,
                    });
                }
                let given = standing(state, &asked, id)?;
                for (index, (question, _)) in asked.rubric.iter().enumerate() {
                    let of_key = || given.iter().filter(|one| one.answer.key == question.feedback_key);
                    let decided = of_key().any(|one| one.adjudicator);
                    for one in of_key().filter(|one| one.adjudicator == decided) {
                        let Some(AnswerValue::Pair { winner, .. }) = one.answer.value else { continue };
                        let comparison = Comparison { winner, swapped: item.swap };
                        all.entry((index, None)).or_default().add(comparison);
                        if stratum.is_some() {
                            all.entry((index, stratum.clone())).or_default().add(comparison);
                        }
                    }
                }
            }
            let strata =
                |key: usize| all.keys().filter(|(index, stratum)| *index == key && stratum.is_some()).count();
            let rows = all
                .iter()
                .filter(|((index, stratum), _)| stratum.is_none() || strata(*index) > 1)
                .map(|((index, stratum), tally)| PairRow {
                    key: asked.rubric[*index].0.feedback_key.clone(),
                    stratum: stratum.clone(),
                    tally: *tally,
                })
                .collect();
            let [a, b] = names.map(Option::flatten);
            let is_told = a.is_some() && b.is_some() && a != b;
            let name = |name: Option<String>, other: &str| {
                name.filter(|_| is_told).unwrap_or_else(|| other.to_owned())
            };
            Ok(Some(PairwiseReport { a: name(a, "A"), b: name(b, "B"), rows }))
        })?;
        report.ok_or_else(|| Error::InvalidInput("Only pairwise queues have this report".to_owned()))
    }
}

fn shares(
    state: &store::Reviewing<'_>,
    asked: &Asked,
    mine: &[&Timing],
    seat: &Seat,
) -> store::Result<Vec<AnswerShare>> {
    let name = seat.reviewer.to_string();
    let mut counted: BTreeMap<(usize, String), (u64, u64)> = BTreeMap::new();
    for (place, timing) in mine.iter().enumerate() {
        let swap = state.item(timing.item)?.swap;
        for one in standing(state, asked, timing.item)? {
            if one.adjudicator || one.reviewer.as_deref() != Some(name.as_str()) {
                continue;
            }
            let is_key =
                |(item, _): &(::review::RubricItem, ::review::Key)| item.feedback_key == one.answer.key;
            let Some(index) = asked.rubric.iter().position(is_key) else { continue };
            let answer = super::answers::swapped(one.answer, swap);
            // Texts and corrections are no answers that repeat.
            let text = match answer.value {
                None
                | Some(AnswerValue::Text { .. } | AnswerValue::Correction { .. } | AnswerValue::Run { .. }) =>
                {
                    continue;
                }
                Some(value) => value.short(),
            };
            let entry = counted.entry((index, text)).or_default();
            entry.0 += 1;
            entry.1 += u64::from(place < RECENT);
        }
    }
    Ok(counted
        .into_iter()
        .map(|((index, text), (count, recent))| AnswerShare {
            key: asked.rubric[index].0.feedback_key.clone(),
            text,
            count,
            recent,
        })
        .collect())
}
