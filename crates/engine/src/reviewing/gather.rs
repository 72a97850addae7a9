//! What a fill is about: runs, traces, threads and pairs, found or made.

use std::collections::{HashMap, HashSet};

use ::review::TargetLevel;
use model::{Filter, RunId, TraceId};
use serde_json::{Value, json};
use store::{QueueKind, ReviewTarget, Reviewing as State, RunQuery, SortTraces, TraceQuery};
use uuid::Uuid;

use super::{
    Asked,
    fill::{FillSource, MOST_PROBLEMS},
};
use crate::{Engine, Error, RunSearch, error::Result, now};

/// Traces that are listed at once.
const PAGE: u32 = 500;

/// A run by its trace and its own id.
type RunName = (TraceId, RunId);

#[derive(Default)]
pub(super) struct Gathered {
    pub(super) targets: Vec<ReviewTarget>,
    pub(super) refused: u64,
    pub(super) problems: Vec<String>,
    /// Items of a file that are no runs yet; only a preview leaves them so.
    pub(super) to_make: u64,
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
    /// The runs of a source, each once, and what cannot be used in words; roots stand for traces and threads.
    pub(crate) fn runs_of(&self, source: &FillSource) -> Result<(Vec<RunName>, Vec<String>)> {
        let gathered = self.gather_library(TargetLevel::Run, source)?;
        let mut seen = HashSet::new();
        let runs = gathered.targets.into_iter().filter_map(|target| match target {
            ReviewTarget::Run(trace, run) => seen.insert((trace, run)).then_some((trace, run)),
            ReviewTarget::Trace(..) | ReviewTarget::Thread { .. } | ReviewTarget::Pair(_) => None,
        });
        Ok((runs.collect(), gathered.problems))
    }

    pub(super) fn gather(&self, asked: &Asked, source: &FillSource, is_preview: bool) -> Result<Gathered> {
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
                    let page = self.traces(&query)?;
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
