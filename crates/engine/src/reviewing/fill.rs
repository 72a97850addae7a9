//! Filling queues (`annotation-ux.md` §5): where items come from, which are drawn, what is new.

use std::collections::HashSet;

use ::review::{Sample, SampleMethod, Stratum, TargetLevel, Weight, swaps_sides};
use model::{RunId, TraceId};
use serde_json::{Value, json};
use store::{Candidate, ReviewTarget, TraceFilter};
use uuid::Uuid;

use super::{Seat, asked, draw::draw, gather::Gathered};
use crate::{Engine, Error, Event, error::Result};

/// Items that one call adds at most.
const MOST_ITEMS: usize = 200_000;
/// Problems that are told in words.
pub(super) const MOST_PROBLEMS: usize = 100;

/// Where items come from.
#[derive(Debug, Clone)]
pub enum FillSource {
    /// These runs.
    Runs(Vec<(TraceId, RunId)>),
    /// These traces.
    Traces(Vec<TraceId>),
    /// These threads: project by name, and key.
    Threads(Vec<(String, String)>),
    /// All traces that match.
    Filter(TraceFilter),
    /// All runs of a project (by name) that match a filter in LangSmith's language.
    Search(Option<String>, String),
    /// Lines of JSON under the name of a file.
    File(String, String),
    /// Pairs.
    Pairs(Vec<[(TraceId, RunId); 2]>),
    /// The roots of two projects, paired.
    Projects(String, String),
}

/// What to add to a queue.
#[derive(Debug, Clone)]
pub struct Fill {
    /// The queue.
    pub queue: Uuid,
    /// Where from.
    pub source: FillSource,
    /// A sample instead of all.
    pub sample: Option<Sample>,
    /// At most one of each thread.
    pub one_per_thread: bool,
    /// At most one of each prompt version.
    pub one_per_prompt_version: bool,
    /// None that has feedback of this key.
    pub not_labelled_with: Option<String>,
}

/// What filling did, or would do.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct FillResult {
    /// Matched before sampling.
    pub matching: u64,
    /// Chosen.
    pub chosen: u64,
    /// New in the queue.
    pub added: u64,
    /// Were there already.
    pub already: u64,
    /// Rows that cannot be used.
    pub refused: u64,
    /// The first of them in words.
    pub problems: Vec<String>,
    /// The first three that are new.
    pub examples: Vec<String>,
    /// What reviewing the new ones takes, in seconds.
    pub estimated_seconds: Option<u64>,
}

impl Engine {
    /// What [`Engine::fill_queue_with`] would do. Items of a file are looked at, not imported.
    pub fn preview_fill(&self, fill: &Fill, seat: &Seat) -> Result<FillResult> {
        self.filled(fill, seat, true)
    }

    /// Adds items to a queue.
    pub fn fill_queue_with(&self, fill: &Fill, seat: &Seat) -> Result<FillResult> {
        let result = self.filled(fill, seat, false)?;
        self.emit(Event::ReviewChanged(vec![fill.queue], Some(seat.session.clone())));
        Ok(result)
    }

    fn filled(&self, fill: &Fill, seat: &Seat, is_preview: bool) -> Result<FillResult> {
        let asked = self.store.review_state(|state| asked(state, fill.queue))?;
        let is_pairs = matches!(fill.source, FillSource::Pairs(_) | FillSource::Projects(..));
        if asked.is_pairwise() != is_pairs && !matches!(fill.source, FillSource::File(..)) {
            let message =
                if is_pairs { "Pairs belong in a pairwise queue" } else { "A pairwise queue takes pairs" };
            return Err(Error::InvalidInput(message.to_owned()));
        }
        let Gathered { targets, refused, problems, to_make } =
            self.gather(&asked, &fill.source, is_preview)?;
        if targets.len() > MOST_ITEMS {
            return Err(Error::TooLarge(format!("A queue takes {MOST_ITEMS} items at once; draw a sample")));
        }
        let (by, weight) = match fill.sample.map(|sample| sample.method) {
            Some(SampleMethod::Stratified { by, .. }) => (by, Weight::Cost),
            Some(SampleMethod::Weighted(weight)) => (Stratum::default(), weight),
            _ => (Stratum::default(), Weight::Cost),
        };
        let (chosen, matching, pace, mut result) = self.store.review_state(|state| {
            let mut result = FillResult { refused, problems, ..FillResult::default() };
            let mut seen = HashSet::new();
            let mut all = Vec::new();
            for target in targets {
                if !seen.insert(target.clone()) {
                    continue;
                }
                if let Some(key) = &fill.not_labelled_with
                    && state.has_feedback(&target, key)?
                {
                    continue;
                }
                match state.candidate(&target, by, weight)? {
                    Some(candidate) => all.push(candidate),
                    None => {
                        result.refused += 1;
                        if result.problems.len() < MOST_PROBLEMS {
                            result.problems.push(format!("The library does not have {}", words(&target)));
                        }
                    }
                }
            }
            let matching = all.len();
            let chosen = draw(all, fill);
            let pace = state.review_counts(fill.queue, seat.reviewer)?.pace;
            for candidate in &chosen {
                if state.has_item(fill.queue, &candidate.target)? {
                    result.already += 1;
                } else {
                    result.added += 1;
                    if result.examples.len() < 3 {
                        result.examples.push(line(candidate));
                    }
                }
            }
            Ok((chosen, matching, pace, result))
        })?;
        result.added += to_make;
        result.matching = matching as u64 + to_make;
        result.chosen = chosen.len() as u64 + to_make;
        result.estimated_seconds = pace.map(|pace| pace.time_for(result.added).div_ceil(1000));
        if is_preview {
            return Ok(result);
        }
        let (queue, at) = (fill.queue, seat.at);
        let seed = asked.settings.order_seed;
        let source = source_json(fill);
        let targets: Vec<ReviewTarget> = chosen.into_iter().map(|candidate| candidate.target).collect();
        let (added, already) = self.store.reviewing(move |writer| {
            let (mut added, mut already) = (0, 0);
            writer.state().queue(queue)?;
            for target in &targets {
                let id = Uuid::now_v7();
                let swap = matches!(target, ReviewTarget::Pair(_)) && swaps_sides(seed, id);
                if writer.seat(queue, id, target, swap, Some(&source), at)? {
                    added += 1;
                } else {
                    already += 1;
                }
            }
            Ok((added, already))
        })?;
        result.added = added;
        result.already = already;
        Ok(result)
    }

    /// A queue of the bundled samples with pass or fail and notes, to try things on; answers its id.
    pub fn create_sample_queue(&self, seat: &Seat) -> Result<Uuid> {
        let job = self.load_samples()?;
        self.wait_for_job(job.id)?;
        let pass = ::review::Category {
            value: Some(1.0),
            label: "Pass".to_owned(),
            hotkey: Some("p".to_owned()),
            ..::review::Category::default()
        };
        let fail = ::review::Category {
            value: Some(0.0),
            label: "Fail".to_owned(),
            hotkey: Some("f".to_owned()),
            ..::review::Category::default()
        };
        let key = "sample_verdict";
        if self.feedback_config(key)?.is_none() {
            self.save_feedback_key(&::review::Key {
                key_type: ::review::KeyType::Categorical,
                categories: vec![pass, fail],
                direction: ::review::Direction::HigherBetter,
                description: Some("Does the reply do what was asked?".to_owned()),
                ..::review::Key::undefined(key)
            })?;
        }
        let id = self.save_queue(super::SaveQueue {
            name: "Sample queue".to_owned(),
            description: Some("Twenty bundled traces to try things on".to_owned()),
            instructions: Some(
                "Read the conversation. **Pass** if the reply does what was asked, **Fail** if not."
                    .to_owned(),
            ),
            rubric: vec![::review::RubricItem { is_required: true, ..::review::RubricItem::new(key) }],
            settings: ::review::QueueSettings {
                target_level: TargetLevel::Trace,
                ..::review::QueueSettings::default()
            },
            ..super::SaveQueue::default()
        })?;
        let source =
            self.store.sources()?.into_iter().rev().find(|source| source.kind == store::SourceKind::Samples);
        let filter = TraceFilter { source: source.map(|source| source.id), ..TraceFilter::default() };
        let fill = Fill {
            queue: id,
            source: FillSource::Filter(filter),
            sample: Some(Sample { count: 20, seed: 0, method: SampleMethod::Uniform }),
            one_per_thread: false,
            one_per_prompt_version: false,
            not_labelled_with: None,
        };
        self.fill_queue_with(&fill, seat)?;
        Ok(id)
    }
}

fn words(target: &ReviewTarget) -> String {
    match target {
        ReviewTarget::Run(_, run) => format!("the run {run}"),
        ReviewTarget::Trace(trace, _) => format!("the trace {trace}"),
        ReviewTarget::Thread { thread, .. } => format!("the thread {thread}"),
        ReviewTarget::Pair([a, b]) => format!("the runs {} and {}", a.1, b.1),
    }
}

/// A candidate in one line.
fn line(candidate: &Candidate) -> String {
    let preview: String = candidate.input_preview.as_deref().unwrap_or_default().chars().take(100).collect();
    let name = candidate.name.as_deref().unwrap_or("unnamed");
    if preview.is_empty() { name.to_owned() } else { format!("{name}: {preview}") }
}

/// How items were chosen, kept with each of them.
fn source_json(fill: &Fill) -> String {
    let kind = match &fill.source {
        FillSource::Runs(_) => "runs",
        FillSource::Traces(_) => "traces",
        FillSource::Threads(_) => "threads",
        FillSource::Filter(_) => "filter",
        FillSource::Search(..) => "search",
        FillSource::File(..) => "file",
        FillSource::Pairs(_) => "pairs",
        FillSource::Projects(..) => "projects",
    };
    let detail = match &fill.source {
        FillSource::Search(_, filter) => json!(filter),
        FillSource::File(name, _) => json!(name),
        FillSource::Projects(a, b) => json!([a, b]),
        _ => Value::Null,
    };
    let sample = fill.sample.map(|sample| json!({ "count": sample.count, "seed": sample.seed, "method": format!("{:?}", sample.method) }));
    json!({ "kind": kind, "detail": detail, "sample": sample }).to_string()
}
