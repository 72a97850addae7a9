//! Judged items in the default dataset of their queue (`annotation-ux.md` §17.3).
//!
//! An example has an id made of its item, and is what the answers that stand make of it: after each step it is brought
//! up to them, so that undo takes away what submitting added, and a second submit changes it.

use ::review::{AssignmentState, KeyType};
use model::{ContentHash, Feedback, RunId, TraceId};
use store::{ExampleChange, NewExample, Patch, ReviewTarget, ReviewedItem, Reviewing as State};
use uuid::Uuid;

use super::{Asked, StepOutcome, asked};
use crate::{Engine, curation::expected_of, error::Result};

/// What stands about an item of a queue that adds to a dataset.
struct Judged {
    dataset: Uuid,
    /// What becomes of it: nothing before it is submitted, nor where no side of a pair is better.
    run: Option<(TraceId, RunId)>,
    is_good: bool,
    answers: Vec<Feedback>,
}

/// The id of the example of an item.
fn example_of(item: Uuid, dataset: Uuid) -> Uuid {
    let text = format!("example of queue item {item} in {dataset}");
    uuid::Builder::from_custom_bytes(ContentHash::of_bytes(text.as_bytes()).0).into_uuid()
}

/// Whether the verdict is good: by the first flag or choice of the rubric, above the middle of its range. Good as well
/// where nothing is asked that could tell.
fn is_good(asked: &Asked, answers: &[Feedback]) -> bool {
    let verdict = asked
        .rubric
        .iter()
        .map(|(_, key)| key)
        .find(|key| matches!(key.key_type, KeyType::Boolean | KeyType::Categorical));
    let Some(key) = verdict else { return true };
    let of_key = || answers.iter().filter(|one| one.key == key.key);
    let Some(score) = of_key().find(is_decision).or_else(|| of_key().next_back()).and_then(|one| one.score)
    else {
        return true;
    };
    let values: Vec<f64> = key.categories.iter().filter_map(|category| category.value).collect();
    let low = values.iter().copied().fold(f64::INFINITY, f64::min);
    let high = values.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    let middle = if low < high { f64::midpoint(low, high) } else { 0.5 };
    if key.direction == ::review::Direction::LowerBetter { score < middle } else { score > middle }
}

fn is_decision(one: &&Feedback) -> bool {
    one.extra.as_deref().is_some_and(|extra| extra.contains(r#""role":"adjudicator""#))
}

/// The side of a pair that is better by the first key: by decision, else for most reviewers.
fn better_side(
    asked: &Asked,
    answers: &[Feedback],
    sides: [(TraceId, RunId); 2],
) -> Option<(TraceId, RunId)> {
    let (_, key) = asked.rubric.first()?;
    let of_key: Vec<&Feedback> = answers.iter().filter(|one| one.key == key.key).collect();
    let is_decided = of_key.iter().any(is_decision);
    let points = |(trace, run): (TraceId, RunId)| -> f64 {
        let counts = |one: &&&Feedback| {
            one.run_id == Some(run)
                && one.trace_id.is_none_or(|known| known == trace)
                && (!is_decided || is_decision(one))
        };
        of_key.iter().filter(counts).filter_map(|one| one.score).sum()
    };
    let (a, b) = (points(sides[0]), points(sides[1]));
    if a > b {
        Some(sides[0])
    } else if b > a {
        Some(sides[1])
    } else {
        None
    }
}

fn judged(state: &State<'_>, item: &ReviewedItem) -> store::Result<Option<Judged>> {
    let asked = asked(state, item.queue)?;
    let Some(dataset) = asked.queue.default_dataset.filter(|_| asked.settings.add_to_dataset) else {
        return Ok(None);
    };
    let answers = state.answers(item.id)?;
    let run = match &item.target {
        ReviewTarget::Run(trace, run) | ReviewTarget::Trace(trace, run) => Some((*trace, *run)),
        // What a thread was judged for is how it ended.
        ReviewTarget::Thread { project, thread } => state.last_root(*project, thread)?,
        ReviewTarget::Pair(sides) => better_side(&asked, &answers, *sides),
    };
    let is_submitted = item.removed.is_none()
        && state.assignments(item.id)?.iter().any(|one| one.state == AssignmentState::Submitted);
    // Of a pair the better side is kept, so there is no verdict to look at.
    let is_good = matches!(item.target, ReviewTarget::Pair(_)) || is_good(&asked, &answers);
    Ok(Some(Judged { dataset, run: run.filter(|_| is_submitted), is_good, answers }))
}

impl Engine {
    /// Brings the examples of items up to what stands about them. What cannot be kept never undoes a step: it is told
    /// in sentences.
    pub(crate) fn keep_examples(&self, items: &[Uuid]) -> Vec<String> {
        let mut problems = Vec::new();
        for item in items {
            if let Err(error) = self.keep_example(*item) {
                problems.push(error.to_string());
            }
        }
        problems
    }

    /// The same after a step, whose summary says so where it did not work.
    pub(super) fn keep_examples_after(&self, outcome: &mut StepOutcome, items: &[Uuid]) {
        if let StepOutcome::Done { summary, .. } = outcome
            && let Some(problem) = self.keep_examples(items).first()
        {
            summary.push_str("; not in the dataset: ");
            summary.push_str(problem);
        }
    }

    fn keep_example(&self, item: Uuid) -> Result<()> {
        let judged = self.store.review_state(|state| judged(state, &state.item(item)?))?;
        let Some(judged) = judged else { return Ok(()) };
        let id = example_of(item, judged.dataset);
        let known = match self.store.example(id, None) {
            Ok(example) => Some(example),
            Err(store::Error::NotFound { .. }) => None,
            Err(error) => return Err(error.into()),
        };
        let Some((trace, run)) = judged.run else {
            if known.is_some() {
                self.delete_examples(vec![id])?;
            }
            return Ok(());
        };
        let proposed = self.propose_example(trace, run)?;
        let outputs = expected_of(&judged.answers, proposed.outputs.as_deref())
            .or(proposed.corrected)
            .or_else(|| proposed.outputs.filter(|_| judged.is_good));
        match known {
            None => {
                let example = NewExample {
                    id: Some(id),
                    inputs: proposed.inputs,
                    outputs,
                    metadata: Some(proposed.metadata),
                    source_run: Some(run),
                    ..NewExample::default()
                };
                self.create_examples(judged.dataset, vec![example])?;
            }
            // What a person wrote into the example meanwhile stays, but for what is expected and of what.
            Some(known) if known.outputs != outputs || known.source_run != Some(run) => {
                let change = ExampleChange {
                    outputs: outputs.map_or(Patch::Erase, Patch::Set),
                    source_run: Some(run),
                    ..ExampleChange::of(id)
                };
                self.change_examples(Some(judged.dataset), vec![change])?;
            }
            Some(_) => {}
        }
        Ok(())
    }
}
