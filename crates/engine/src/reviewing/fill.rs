//! Filling queues (`annotation-ux.md` §5): where items come from, which are drawn, what is new.

use std::collections::{HashMap, HashSet};

use ::review::{Sample, SampleMethod, Sampled, Stratum, TargetLevel, Weight, sample, swaps_sides};
use model::{Filter, RunId, TraceId};
use serde_json::{Value, json};
use store::{
    Candidate, QueueKind, ReviewTarget, Reviewing as State, RunQuery, SortTraces, TraceFilter, TraceQuery,
};
use uuid::Uuid;

use super::{Asked, Seat, asked};
use crate::{Engine, Error, Event, RunSearch, error::Result, now};

/// Items that one call adds at most.
const MOST_ITEMS: usize = 200_000;
/// Problems that are told in words.
const MOST_PROBLEMS: usize = 100;
/// Traces that are listed at once.
const PAGE: u32 = 500;

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

#[derive(Default)]
struct Gathered {
    targets: Vec<ReviewTarget>,
    refused: u64,
    problems: Vec<String>,
    /// Items of a file that are no runs yet; only a preview leaves them so.
    to_make: u64,
}

impl Gathered {
    fn refuse(&mut self, message: String) {
        self.refused += 1;
        if self.problems.len() < MOST_PROBLEMS {
            self.problems.push(message);
        }
    }
}

/// A trace as the items of a queue are.
fn of_trace(state: &State<'_>, level: TargetLevel, trace: TraceId) -> store::Result<Option<ReviewTarget>> {
    Ok(match level {
        TargetLevel::Run => state.root_of(trace)?.map(|root| ReviewTarget::Run(trace, root)),
        TargetLevel::Trace => state.root_of(trace)?.map(|root| ReviewTarget::Trace(trace, root)),
        TargetLevel::Thread => {
            state.thread_of(trace)?.map(|(project, thread)| ReviewTarget::Thread { project, thread })
        }
    })
}

fn of_run(
    state: &State<'_>,
    level: TargetLevel,
    trace: TraceId,
    run: RunId,
) -> store::Result<Option<ReviewTarget>> {
    match level {
        TargetLevel::Run => Ok(Some(ReviewTarget::Run(trace, run))),
        TargetLevel::Trace | TargetLevel::Thread => of_trace(state, level, trace),
    }
}

fn of_thread(
    state: &State<'_>,
    level: TargetLevel,
    project: Uuid,
    thread: &str,
) -> store::Result<Vec<ReviewTarget>> {
    if level == TargetLevel::Thread {
        return Ok(vec![ReviewTarget::Thread { project, thread: thread.to_owned() }]);
    }
    let traces = state.traces_of(project, thread)?;
    traces.into_iter().filter_map(|trace| of_trace(state, level, trace).transpose()).collect()
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
        let (chosen, matching, median, mut result) = self.store.review_state(|state| {
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
            let mut times: Vec<i64> =
                state.timings(fill.queue)?.into_iter().map(|timing| timing.active_ms).collect();
            times.retain(|time| *time > 0);
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
            Ok((chosen, matching, super::progress::median(times), result))
        })?;
        result.added += to_make;
        result.matching = matching as u64 + to_make;
        result.chosen = chosen.len() as u64 + to_make;
        result.estimated_seconds = median.map(|median| (median * result.added).div_ceil(1000));
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

    /// The runs of a source, each once, and what cannot be used in words; roots stand for traces and threads.
    pub(crate) fn runs_of(&self, source: &FillSource) -> Result<(Vec<(TraceId, RunId)>, Vec<String>)> {
        let gathered = self.gather_library(TargetLevel::Run, source)?;
        let mut seen = HashSet::new();
        let runs = gathered.targets.into_iter().filter_map(|target| match target {
            ReviewTarget::Run(trace, run) => seen.insert((trace, run)).then_some((trace, run)),
            ReviewTarget::Trace(..) | ReviewTarget::Thread { .. } | ReviewTarget::Pair(_) => None,
        });
        Ok((runs.collect(), gathered.problems))
    }

    fn gather(&self, asked: &Asked, source: &FillSource, is_preview: bool) -> Result<Gathered> {
        match source {
            FillSource::File(name, text) => {
                let mut gathered = Gathered::default();
                self.gather_file(asked, name, text, is_preview, &mut gathered)?;
                Ok(gathered)
            }
            source => self.gather_library(asked.settings.target_level, source),
        }
    }

    /// What the library has of a source; a file is none.
    fn gather_library(&self, level: TargetLevel, source: &FillSource) -> Result<Gathered> {
        let mut gathered = Gathered::default();
        match source {
            FillSource::Runs(runs) => self.gather_runs(level, runs, &mut gathered)?,
            FillSource::Traces(traces) => self.gather_traces(level, traces, &mut gathered)?,
            FillSource::Threads(threads) => {
                let found = self.store.review_state(|state| {
                    let mut gathered = Gathered::default();
                    for (project, thread) in threads {
                        match state.project_named(project)? {
                            Some(id) => gathered.targets.extend(of_thread(state, level, id, thread)?),
                            None => gathered.refuse(format!("There is no project {project}")),
                        }
                    }
                    Ok(gathered)
                })?;
                gathered = found;
            }
            FillSource::Filter(filter) => {
                let mut offset = 0;
                loop {
                    let query = TraceQuery {
                        filter: filter.clone(),
                        sort: SortTraces::Start,
                        ascending: true,
                        offset,
                        limit: PAGE,
                    };
                    let page = self.store.traces(&query)?;
                    let ids: Vec<TraceId> = page.rows.iter().map(|row| row.trace_id).collect();
                    self.gather_traces(level, &ids, &mut gathered)?;
                    offset += PAGE;
                    if ids.is_empty() || u64::from(offset) >= page.total {
                        break;
                    }
                }
            }
            FillSource::Search(project, filter) => {
                let filter = match filter.trim() {
                    "" => None,
                    text => {
                        Some(Filter::parse(text).map_err(|error| Error::InvalidInput(error.to_string()))?)
                    }
                };
                let projects = match project {
                    None => Vec::new(),
                    Some(name) => vec![self.project_id(name)?],
                };
                let query =
                    RunQuery { projects, ascending: true, limit: u32::MAX - 1, ..RunQuery::default() };
                let found = self.search_runs(&RunSearch { query, filter, ..RunSearch::default() })?;
                let runs: Vec<(TraceId, RunId)> =
                    found.runs.iter().map(|run| (run.trace_id, run.row.run_id)).collect();
                self.gather_runs(level, &runs, &mut gathered)?;
            }
            FillSource::File(..) => gathered.refuse("A file names no runs of the library here".to_owned()),
            FillSource::Pairs(pairs) => {
                gathered.targets.extend(pairs.iter().map(|pair| ReviewTarget::Pair(*pair)));
            }
            FillSource::Projects(a, b) => self.pair_projects(a, b, &mut gathered)?,
        }
        Ok(gathered)
    }

    fn gather_traces(&self, level: TargetLevel, traces: &[TraceId], gathered: &mut Gathered) -> Result<()> {
        let found: Vec<(TraceId, Option<ReviewTarget>)> = self.store.review_state(|state| {
            traces.iter().map(|trace| Ok((*trace, of_trace(state, level, *trace)?))).collect()
        })?;
        for (trace, target) in found {
            match target {
                Some(target) => gathered.targets.push(target),
                None if level == TargetLevel::Thread => {
                    gathered.refuse(format!("Trace {trace} belongs to no thread"));
                }
                None => gathered.refuse(format!("The library does not have the trace {trace}")),
            }
        }
        Ok(())
    }

    fn gather_runs(
        &self,
        level: TargetLevel,
        runs: &[(TraceId, RunId)],
        gathered: &mut Gathered,
    ) -> Result<()> {
        let found: Vec<(RunId, Option<ReviewTarget>)> = self.store.review_state(|state| {
            runs.iter().map(|(trace, run)| Ok((*run, of_run(state, level, *trace, *run)?))).collect()
        })?;
        for (run, target) in found {
            match target {
                Some(target) => gathered.targets.push(target),
                None => gathered.refuse(format!("Run {run} has no trace or thread to judge")),
            }
        }
        Ok(())
    }

    /// Roots of two projects, joined by the example they answer, else by equal inputs, else by order (§13).
    fn pair_projects(&self, a: &str, b: &str, gathered: &mut Gathered) -> Result<()> {
        let (a_id, b_id) = (self.project_id(a)?, self.project_id(b)?);
        let (ones, others) = self
            .store
            .review_state(|state| Ok((state.roots_of_project(a_id)?, state.roots_of_project(b_id)?)))?;
        let inputs = |trace: TraceId, run: RunId| -> Result<Option<String>> {
            Ok(self.open_run(trace, run)?.detail.inputs.clone())
        };
        let mut taken = vec![false; others.len()];
        let mut left = Vec::new();
        let mut by_inputs: Option<HashMap<String, Vec<usize>>> = None;
        for (trace, run, example, _) in &ones {
            let same_example = others
                .iter()
                .enumerate()
                .position(|(index, other)| !taken[index] && example.is_some() && other.2 == *example);
            let found = match same_example {
                Some(index) => Some(index),
                None => {
                    if by_inputs.is_none() {
                        let mut map: HashMap<String, Vec<usize>> = HashMap::new();
                        for (index, (trace, run, ..)) in others.iter().enumerate() {
                            if let Some(inputs) = inputs(*trace, *run)? {
                                map.entry(inputs).or_default().push(index);
                            }
                        }
                        by_inputs = Some(map);
                    }
                    let own = inputs(*trace, *run)?;
                    own.and_then(|own| {
                        by_inputs.as_ref()?.get(&own)?.iter().copied().find(|index| !taken[*index])
                    })
                }
            };
            match found {
                Some(index) => {
                    taken[index] = true;
                    let (other_trace, other_run, ..) = others[index];
                    gathered.targets.push(ReviewTarget::Pair([(*trace, *run), (other_trace, other_run)]));
                }
                None => left.push((*trace, *run)),
            }
        }
        let free: Vec<(TraceId, RunId)> = others
            .iter()
            .zip(&taken)
            .filter(|(_, taken)| !**taken)
            .map(|(other, _)| (other.0, other.1))
            .collect();
        let paired = left.len().min(free.len());
        if paired > 0 {
            gathered.problems.push(format!(
                "{paired} pairs were made by order of time: they share neither an example nor their inputs"
            ));
        }
        gathered
            .targets
            .extend(left.iter().zip(&free).map(|(one, other)| ReviewTarget::Pair([*one, *other])));
        for (trace, _) in left.iter().skip(paired).chain(free.iter().skip(paired)) {
            gathered.refuse(format!("Trace {trace} has no counterpart"));
        }
        Ok(())
    }

    /// Items of a JSONL file: ids of what the library has, or items of their own, which become runs of a project that
    /// is named after the file.
    fn gather_file(
        &self,
        asked: &Asked,
        name: &str,
        text: &str,
        is_preview: bool,
        gathered: &mut Gathered,
    ) -> Result<()> {
        let level = asked.settings.target_level;
        let stem = std::path::Path::new(name)
            .file_stem()
            .map_or_else(|| name.to_owned(), |stem| stem.to_string_lossy().into_owned());
        let mut made = Vec::new();
        let mut new_targets = Vec::new();
        for (index, row) in text.lines().enumerate().filter(|(_, row)| !row.trim().is_empty()) {
            let at = format!("Line {}", index + 1);
            let Ok(Value::Object(row)) = serde_json::from_str::<Value>(row) else {
                gathered.refuse(format!("{at} is no JSON object"));
                continue;
            };
            let id = |key: &str| row.get(key).and_then(Value::as_str);
            let found = if asked.queue.kind == QueueKind::Pairwise {
                self.pair_of_row(&row, &stem, index, &mut made, &mut new_targets)
            } else if row.contains_key("inputs") || row.contains_key("outputs") {
                let run = made_run(&stem, index, &Value::Object(row.clone()), &mut made);
                new_targets.push(match level {
                    TargetLevel::Trace => ReviewTarget::Trace(TraceId(run), RunId(run)),
                    _ => ReviewTarget::Run(TraceId(run), RunId(run)),
                });
                Ok(Vec::new())
            } else if let Some(run) = id("run_id") {
                self.target_of_ids(level, Some(run), id("trace_id"))
            } else if let Some(trace) = id("trace_id") {
                self.target_of_ids(level, None, Some(trace))
            } else if let Some(thread) = id("thread_id") {
                self.threads_named(level, thread, id("project"))
            } else {
                Err("names no run_id, trace_id or thread_id and holds no inputs".to_owned())
            };
            match found {
                Ok(targets) => gathered.targets.extend(targets),
                Err(problem) => gathered.refuse(format!("{at} {problem}")),
            }
        }
        if made.is_empty() {
            return Ok(());
        }
        if is_preview {
            gathered.to_make = new_targets.len() as u64;
            return Ok(());
        }
        let mut lines = made.join("\n");
        lines.push('\n');
        let bytes = lines.len() as u64;
        let job = self.import_reader(name, Some(bytes), Box::new(std::io::Cursor::new(lines)))?;
        self.wait_for_job(job.id)?;
        gathered.targets.extend(new_targets);
        Ok(())
    }

    fn target_of_ids(
        &self,
        level: TargetLevel,
        run: Option<&str>,
        trace: Option<&str>,
    ) -> std::result::Result<Vec<ReviewTarget>, String> {
        let trace: Option<TraceId> =
            trace.map(str::parse).transpose().map_err(|_| "has a trace_id that is no id".to_owned())?;
        let run: Option<RunId> =
            run.map(str::parse).transpose().map_err(|_| "has a run_id that is no id".to_owned())?;
        let trace = match (trace, run) {
            (Some(trace), _) => trace,
            (None, Some(run)) => {
                self.store.trace_of_run(run).map_err(|error| format!("cannot be found: {error}"))?
            }
            (None, None) => return Err("names nothing".to_owned()),
        };
        let target = self.store.review_state(|state| match run {
            Some(run) => of_run(state, level, trace, run),
            None => of_trace(state, level, trace),
        });
        match target {
            Ok(Some(target)) => Ok(vec![target]),
            Ok(None) => Err("names what the library does not have".to_owned()),
            Err(error) => Err(error.to_string()),
        }
    }

    fn threads_named(
        &self,
        level: TargetLevel,
        thread: &str,
        project: Option<&str>,
    ) -> std::result::Result<Vec<ReviewTarget>, String> {
        let projects = match project {
            Some(project) => vec![project.to_owned()],
            None => self
                .store
                .projects()
                .map_err(|error| error.to_string())?
                .into_iter()
                .map(|row| row.name)
                .collect(),
        };
        let found = self.store.review_state(|state| {
            let mut found = Vec::new();
            for name in &projects {
                if let Some(project) = state.project_named(name)?
                    && !state.traces_of(project, thread)?.is_empty()
                {
                    found.extend(of_thread(state, level, project, thread)?);
                }
            }
            Ok(found)
        });
        match found {
            Ok(found) if found.is_empty() => {
                Err(format!("names the thread {thread}, which the library does not have"))
            }
            Ok(found) => Ok(found),
            Err(error) => Err(error.to_string()),
        }
    }

    fn pair_of_row(
        &self,
        row: &serde_json::Map<String, Value>,
        stem: &str,
        index: usize,
        made: &mut Vec<String>,
        new_targets: &mut Vec<ReviewTarget>,
    ) -> std::result::Result<Vec<ReviewTarget>, String> {
        let (Some(a), Some(b)) = (row.get("a"), row.get("b")) else {
            return Err("has no two sides a and b".to_owned());
        };
        let side = |side: &Value| match side {
            Value::String(id) if id.parse::<RunId>().is_ok() => {
                match self.target_of_ids(TargetLevel::Run, Some(id), None)?.pop() {
                    Some(ReviewTarget::Run(trace, run)) => Ok((trace, run)),
                    _ => Err("names what the library does not have".to_owned()),
                }
            }
            _ => Err(String::new()),
        };
        if let (Ok(a), Ok(b)) = (side(a), side(b)) {
            return Ok(vec![ReviewTarget::Pair([a, b])]);
        }
        let inputs = row.get("inputs").cloned().unwrap_or(Value::Null);
        let mut run = |name: &str, output: &Value| {
            let item = json!({ "inputs": inputs, "outputs": output, "metadata": { "side": name } });
            let run = made_run(stem, index, &item, made);
            (TraceId(run), RunId(run))
        };
        new_targets.push(ReviewTarget::Pair([run("a", a), run("b", b)]));
        Ok(Vec::new())
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

/// A run for an item of a file, as a line that LangSmith's export would hold. Its id follows from what it says, so that
/// the same file makes the same runs again.
fn made_run(stem: &str, index: usize, item: &Value, made: &mut Vec<String>) -> Uuid {
    let space = Uuid::from_u128(0x7472_6163_656d_6172_6b00_7175_6575_6500);
    let id = Uuid::new_v5(&space, format!("{stem}\n{index}\n{item}").as_bytes());
    let object = |key: &str, name: &str| match item.get(key) {
        None | Some(Value::Null) => json!({}),
        Some(value @ Value::Object(_)) => value.clone(),
        Some(value) => json!({ name: value }),
    };
    let at = now().to_iso_micros();
    let compact: String = at.chars().filter(char::is_ascii_alphanumeric).collect();
    made.push(
        json!({
            "id": id,
            "trace_id": id,
            "name": item.get("name").and_then(Value::as_str).unwrap_or(stem),
            "run_type": "chain",
            "start_time": at,
            "end_time": at,
            "dotted_order": format!("{compact}{id}"),
            "session_name": stem,
            "inputs": object("inputs", "input"),
            "outputs": object("outputs", "output"),
            "extra": { "metadata": object("metadata", "value") },
        })
        .to_string(),
    );
    id
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

/// Identity by which a candidate is drawn: the run, or a hash of the thread.
fn drawn_by(target: &ReviewTarget) -> Uuid {
    match target {
        ReviewTarget::Run(_, run) | ReviewTarget::Trace(_, run) => run.0,
        ReviewTarget::Pair([a, b]) => Uuid::from_u128(a.1.0.as_u128() ^ b.1.0.as_u128().rotate_left(1)),
        ReviewTarget::Thread { project, thread } => Uuid::new_v5(project, thread.as_bytes()),
    }
}

fn draw(all: Vec<Candidate>, fill: &Fill) -> Vec<Candidate> {
    let mut threads = HashSet::new();
    let mut versions = HashSet::new();
    let fits: Vec<Candidate> = all
        .into_iter()
        .filter(|candidate| {
            let new_thread = candidate.thread.as_ref().is_none_or(|thread| threads.insert(thread.clone()));
            let new_version =
                candidate.prompt_version.as_ref().is_none_or(|version| versions.insert(version.clone()));
            (!fill.one_per_thread || new_thread) && (!fill.one_per_prompt_version || new_version)
        })
        .collect();
    let Some(wanted) = fill.sample else { return fits };
    let from: Vec<Sampled> = fits
        .iter()
        .map(|candidate| Sampled {
            id: drawn_by(&candidate.target),
            start: candidate.start,
            stratum: candidate.stratum.clone(),
            weight: candidate.weight,
        })
        .collect();
    let drawn: HashSet<usize> = sample(&from, wanted).into_iter().collect();
    fits.into_iter()
        .enumerate()
        .filter(|(index, _)| drawn.contains(index))
        .map(|(_, candidate)| candidate)
        .collect()
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
