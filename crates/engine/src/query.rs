//! Finding runs across traces, and describing them with what only their trace tells.

use std::{
    borrow::Cow,
    collections::{HashMap, HashSet, hash_map::Entry},
    sync::{Arc, OnceLock},
};

use ingest::{TextPart, export::RunPlace};
use model::{
    Cost, CostByClass, CostClass, Feedback, RunId, RunStatus, RunType, TraceId, UnixNanos, Usage,
    filter::{self, FeedbackRecord, Filter, Pair, RequiredText, Subject, TextScope},
};
use store::{FeedbackQuery, FoundRun, RootTimes, RunCursor, RunQuery, RunRow, TextCandidates};
use uuid::Uuid;

use crate::{
    Engine, FeedbackStats, OpenRun, OpenTrace,
    error::Result,
    review::{feedback_stats, root_stats},
    subtree::{Subtrees, TraceSums, Union, subtree_usage},
};

/// Runs that statistics read at once.
const STATS_WINDOW: u32 = 1000;
/// Runs that are looked up at once: SQLite binds about 32,000 values a statement.
const IDS_AT_ONCE: usize = 1000;
/// Traces with a word beyond which a search does not go by them.
const MOST_TEXT_TRACES: usize = 5000;
/// Candidates that are read at once while a filter is applied.
const CANDIDATES: u32 = 500;

/// A search over runs: what rows tell, and filters on the run, on the root of its trace, and on any run of its trace
/// (`langsmith-otel-filter-export.md` §10.4).
#[derive(Debug, Clone, Default)]
pub struct RunSearch {
    /// What rows tell.
    pub query: RunQuery,
    /// Holds for the run.
    pub filter: Option<Filter>,
    /// Holds for the root of its trace.
    pub trace_filter: Option<Filter>,
    /// Holds for at least one run of its trace.
    pub tree_filter: Option<Filter>,
    /// Tokens and costs that the filters ask for are those of a run and everything below it, as LangSmith's protocol
    /// writes them; else the run's own.
    pub subtree_sums: bool,
}

/// A window of found runs.
#[derive(Debug, Clone, Default)]
pub struct FoundRuns {
    /// The runs, in the order asked for.
    pub runs: Vec<FoundRun>,
    /// Where the next window begins; absent at the end.
    pub next: Option<RunCursor>,
}

/// What a search has found out about the traces that it met.
#[derive(Default)]
struct Known {
    /// Whether the filter on the root holds.
    roots: HashMap<TraceId, bool>,
    /// Whether the filter on any run holds.
    trees: HashMap<TraceId, bool>,
    subtrees: Option<Subtrees>,
}

/// A run with what only its trace tells.
#[derive(Debug, Clone)]
pub struct DescribedRun {
    /// The trace.
    pub trace_id: TraceId,
    /// Run id of the root, which is LangSmith's trace id.
    pub root_id: RunId,
    /// The row.
    pub row: RunRow,
    /// Inputs, outputs and the rest, where they were asked for.
    pub opened: Option<Arc<OpenRun>>,
    /// Project of the trace.
    pub project_id: Uuid,
    /// Dataset that the project is an experiment on.
    pub reference_dataset: Option<Uuid>,
    /// Thread of the run, else of its trace.
    pub thread: Option<String>,
    /// Sortable path from the root, made from starts and ids.
    pub dotted_order: String,
    /// From the root down to the parent.
    pub ancestors: Vec<RunId>,
    /// Direct children, by start.
    pub children: Vec<RunId>,
    /// Everything below.
    pub descendants: Vec<RunId>,
    /// Usage of the run and everything below it, each model call counted once.
    pub subtree_usage: Usage,
    /// Cost of the same.
    pub subtree_cost: Option<Cost>,
    /// The same by class.
    pub subtree_costs: CostByClass,
    /// What was said about the run.
    pub feedback: Vec<Feedback>,
    /// The token under which its trace may be read.
    pub share_token: Option<Uuid>,
    /// Whether an example of a dataset was made of it.
    pub in_dataset: bool,
}

/// What a trace tells about its runs.
struct TraceFacts {
    opened: OpenTrace,
    rows: HashMap<RunId, usize>,
    dotted: Vec<String>,
    usage: Vec<Usage>,
    project_id: Uuid,
    reference_dataset: Option<Uuid>,
    share_token: Option<Uuid>,
}

/// The `dotted_order` of every row of a tree (`langsmith-api.md` §5.2).
pub(crate) fn dotted_orders(opened: &OpenTrace) -> Vec<String> {
    let mut orders: Vec<String> = Vec::with_capacity(opened.tree.nodes.len());
    for node in &opened.tree.nodes {
        let run = &opened.runs[node.input];
        let segment =
            format!("{}{}", run.start.unwrap_or(UnixNanos(0)).to_dotted_order_segment(), run.run_id);
        let above = node.parent.map(|parent| orders[parent].as_str());
        orders.push(above.map_or_else(|| segment.clone(), |above| format!("{above}.{segment}")));
    }
    orders
}

pub(crate) fn add(left: Option<u64>, right: Option<u64>) -> Option<u64> {
    match (left, right) {
        (Some(left), Some(right)) => Some(left.saturating_add(right)),
        (left, right) => left.or(right),
    }
}

impl Engine {
    /// Runs that a search finds. The window ends early only at the end of the library.
    pub fn search_runs(&self, search: &RunSearch) -> Result<FoundRuns> {
        self.search_runs_among(search, u64::MAX)
    }

    /// Runs that a search finds among about so many candidates, so that whoever waits for it can stop between two
    /// calls. A window that ends early has a next one unless the library ends there.
    pub fn search_runs_among(&self, search: &RunSearch, candidates: u64) -> Result<FoundRuns> {
        let limit = usize::try_from(search.query.limit).unwrap_or(usize::MAX);
        let filtered =
            search.filter.is_some() || search.trace_filter.is_some() || search.tree_filter.is_some();
        let mut query = search.query.clone();
        // One more than asked for tells whether there is a next window.
        query.limit = if filtered { CANDIDATES } else { search.query.limit.saturating_add(1) };
        if let Some(filter) = &search.filter {
            narrow(&mut query, filter);
            if query.trace.is_none() {
                query.texts.extend(self.text_candidates(filter)?);
            }
        }
        let mut known = Known { subtrees: search.subtree_sums.then(Subtrees::default), ..Known::default() };
        let mut found: Vec<FoundRun> = Vec::new();
        let mut looked_at: u64 = 0;
        loop {
            let window = self.store.find_runs(&query)?;
            let exhausted = window.len() < usize::try_from(query.limit).unwrap_or(usize::MAX);
            query.after = window.last().map(|last| last.cursor);
            for candidate in window {
                if self.fits(search, &candidate, &mut known)? {
                    found.push(candidate);
                    if found.len() > limit {
                        found.truncate(limit);
                        let next = found.last().map(|last| last.cursor);
                        return Ok(FoundRuns { runs: found, next });
                    }
                }
            }
            if exhausted {
                return Ok(FoundRuns { runs: found, next: None });
            }
            looked_at += u64::from(query.limit);
            if looked_at >= candidates {
                return Ok(FoundRuns { runs: found, next: query.after });
            }
        }
    }

    /// Lets the library leave out runs of traces that do not have the words. Words that most traces have are left to the
    /// filter, which finds enough of them soon.
    pub(crate) fn text_candidates(&self, filter: &Filter) -> Result<Vec<TextCandidates>> {
        let mut candidates = Vec::new();
        for RequiredText { term, in_name } in filter.required_texts() {
            let Some(traces) = self.store.text_traces(&term, MOST_TEXT_TRACES)? else { continue };
            let names = if in_name { self.store.names_with(&term)? } else { Vec::new() };
            candidates.push(TextCandidates { traces, names });
        }
        Ok(candidates)
    }

    fn fits(&self, search: &RunSearch, candidate: &FoundRun, known: &mut Known) -> Result<bool> {
        let trace_id = candidate.trace_id;
        let Known { roots, trees, subtrees } = known;
        let subtrees = subtrees.as_ref();
        if let Some(filter) = &search.trace_filter {
            let fits = match roots.get(&trace_id) {
                Some(fits) => *fits,
                None => {
                    let opened = self.open_trace(trace_id)?;
                    let root = opened.tree.nodes.first().map(|node| &opened.runs[node.input]);
                    let fits = root.is_some_and(|root| self.matches_among(filter, trace_id, root, subtrees));
                    roots.insert(trace_id, fits);
                    fits
                }
            };
            if !fits {
                return Ok(false);
            }
        }
        if let Some(filter) = &search.tree_filter {
            let fits = match trees.get(&trace_id) {
                Some(fits) => *fits,
                None => {
                    let opened = self.open_trace(trace_id)?;
                    let fits =
                        opened.runs.iter().any(|run| self.matches_among(filter, trace_id, run, subtrees));
                    trees.insert(trace_id, fits);
                    fits
                }
            };
            if !fits {
                return Ok(false);
            }
        }
        let fits = |filter| self.matches_among(filter, trace_id, &candidate.row, subtrees);
        Ok(search.filter.as_ref().is_none_or(fits))
    }

    /// Whether a filter holds for a run. What cannot be read any more does not match.
    pub(crate) fn matches(&self, filter: &Filter, trace_id: TraceId, row: &RunRow) -> bool {
        self.matches_among(filter, trace_id, row, None)
    }

    fn matches_among(
        &self,
        filter: &Filter,
        trace_id: TraceId,
        row: &RunRow,
        subtrees: Option<&Subtrees>,
    ) -> bool {
        filter.matches(&RunSubject {
            engine: self,
            trace_id,
            row,
            subtrees,
            payload: OnceLock::new(),
            feedback: OnceLock::new(),
            thread: OnceLock::new(),
        })
    }

    /// Describes runs; with `payload`, opens them too.
    pub fn describe_runs(&self, runs: &[FoundRun], payload: bool) -> Result<Vec<DescribedRun>> {
        let mut traces: HashMap<TraceId, TraceFacts> = HashMap::new();
        let mut references = HashMap::new();
        let mut feedback: HashMap<RunId, Vec<Feedback>> = HashMap::new();
        let ids: Vec<RunId> = runs.iter().map(|run| run.row.run_id).collect();
        let mut in_datasets = HashSet::new();
        for ids in ids.chunks(IDS_AT_ONCE) {
            in_datasets.extend(self.store.runs_in_datasets(ids)?);
        }
        if !ids.is_empty() {
            for ids in ids.chunks(IDS_AT_ONCE) {
                let query = FeedbackQuery { runs: ids.to_vec(), limit: u32::MAX, ..FeedbackQuery::default() };
                for one in self.store.list_feedback(&query)? {
                    if let Some(run_id) = one.run_id {
                        feedback.entry(run_id).or_default().push(one);
                    }
                }
            }
        }
        runs.iter()
            .map(|run| {
                let facts = match traces.entry(run.trace_id) {
                    Entry::Occupied(known) => known.into_mut(),
                    Entry::Vacant(new) => new.insert(self.trace_facts(run.trace_id, &mut references)?),
                };
                let opened = if payload { Some(self.open_run(run.trace_id, run.row.run_id)?) } else { None };
                let feedback = feedback.remove(&run.row.run_id).unwrap_or_default();
                let in_dataset = in_datasets.contains(&run.row.run_id);
                Ok(DescribedRun { in_dataset, ..facts.describe(run, opened, feedback) })
            })
            .collect()
    }

    /// `references` keeps the datasets of projects, since most traces are of the same few.
    fn trace_facts(
        &self,
        trace_id: TraceId,
        references: &mut HashMap<Uuid, Option<Uuid>>,
    ) -> Result<TraceFacts> {
        let opened = self.open_trace(trace_id)?;
        let project_id = self.store.project_of_trace(trace_id)?;
        let reference_dataset = match references.get(&project_id) {
            Some(known) => *known,
            None => {
                let dataset = self.store.project(project_id)?.reference_dataset;
                references.insert(project_id, dataset);
                dataset
            }
        };
        let rows = opened
            .tree
            .nodes
            .iter()
            .enumerate()
            .map(|(row, node)| (opened.runs[node.input].run_id, row))
            .collect();
        Ok(TraceFacts {
            rows,
            dotted: dotted_orders(&opened),
            usage: subtree_usage(&opened),
            project_id,
            reference_dataset,
            share_token: self.trace_share_token(trace_id)?,
            opened,
        })
    }
}

/// Figures over everything that a search finds; times in seconds.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct RunStats {
    /// Runs found.
    pub runs: u64,
    /// Tokens of the runs and everything below them, each run once.
    pub usage: Usage,
    /// Cost of the same.
    pub cost: Option<Cost>,
    /// The same by class.
    pub costs: CostByClass,
    /// Median of their tokens.
    pub median_tokens: Option<u64>,
    /// Start of the latest run.
    pub last_start: Option<UnixNanos>,
    /// Median time of a run.
    pub latency_p50: Option<f64>,
    /// 99th percentile of it.
    pub latency_p99: Option<f64>,
    /// Median time to the first token.
    pub first_token_p50: Option<f64>,
    /// 99th percentile of it.
    pub first_token_p99: Option<f64>,
    /// Share of runs that failed.
    pub error_rate: f64,
    /// Share of runs that streamed.
    pub streaming_rate: f64,
    /// What was said about them.
    pub feedback: FeedbackStats,
}

impl Engine {
    /// Figures over everything that a search finds, whatever its window.
    pub fn run_stats(&self, search: &RunSearch) -> Result<RunStats> {
        let mut search = search.clone();
        search.query.limit = STATS_WINDOW;
        let mut stats = RunStats::default();
        let mut used = Union::default();
        let (mut times, mut tokens, mut feedback) = (Vec::new(), Vec::new(), Vec::new());
        loop {
            let found = self.search_runs(&search)?;
            for run in self.describe_runs(&found.runs, false)? {
                let usage = run.subtree_usage;
                stats.runs += 1;
                stats.last_start = stats.last_start.max(run.row.start);
                tokens.extend(usage.total().filter(|total| *total > 0));
                times.push(RootTimes {
                    status: run.row.status,
                    latency_ns: run.row.start.zip(run.row.end).map(|(start, end)| end.since(start)),
                    first_token_ns: run
                        .row
                        .start
                        .zip(run.row.first_token)
                        .map(|(start, token)| token.since(start)),
                });
                feedback.extend(run.feedback);
                used.add(run.row.run_id, run.ancestors, usage, run.subtree_cost, run.subtree_costs);
            }
            search.query.after = found.next;
            if found.next.is_none() {
                break;
            }
        }
        used.fill(&mut stats);
        tokens.sort_unstable();
        let of_times = root_stats(&times);
        Ok(RunStats {
            median_tokens: tokens.get(tokens.len() / 2).copied(),
            latency_p50: of_times.latency_p50,
            latency_p99: of_times.latency_p99,
            first_token_p50: of_times.first_token_p50,
            first_token_p99: of_times.first_token_p99,
            error_rate: of_times.error_rate,
            streaming_rate: of_times.streaming_rate,
            feedback: feedback_stats(&feedback),
            ..stats
        })
    }
}

/// The members of a run as LangSmith writes it; `dotted_order` as it was sent, where it was.
pub fn langsmith_members(opened: &OpenRun, run: &DescribedRun) -> Vec<(String, String)> {
    let detail = &opened.detail;
    let sent = ingest::locate(detail.attributes.as_bytes(), "/dotted_order").and_then(|node| node.string());
    let place = RunPlace {
        trace_id: TraceId(run.root_id.0),
        run_id: run.row.run_id,
        parent_run_id: run.row.parent_run_id,
        dotted_order: sent.map_or_else(|| run.dotted_order.clone(), std::borrow::Cow::into_owned),
    };
    ingest::export::langsmith_members(detail, &place)
}

impl TraceFacts {
    fn describe(
        &self,
        run: &FoundRun,
        opened: Option<Arc<OpenRun>>,
        feedback: Vec<Feedback>,
    ) -> DescribedRun {
        let nodes = &self.opened.tree.nodes;
        let id_of = |row: usize| self.opened.runs[nodes[row].input].run_id;
        let row = self.rows.get(&run.row.run_id).copied();
        let mut ancestors = Vec::new();
        let mut next = row.and_then(|row| nodes[row].parent);
        while let Some(row) = next {
            ancestors.push(id_of(row));
            next = nodes[row].parent;
        }
        ancestors.reverse();
        let below = row.map_or(0..0, |row| row + 1..row + 1 + nodes[row].descendants as usize);
        let children = below.clone().filter(|below| nodes[*below].parent == row).map(id_of).collect();
        DescribedRun {
            trace_id: run.trace_id,
            root_id: ancestors.first().copied().unwrap_or(run.row.run_id),
            row: run.row.clone(),
            opened,
            project_id: self.project_id,
            reference_dataset: self.reference_dataset,
            thread: run.row.thread.as_deref().map(str::to_owned).or_else(|| self.opened.row.thread.clone()),
            dotted_order: row.map_or_else(String::new, |row| self.dotted[row].clone()),
            ancestors,
            children,
            descendants: below.map(id_of).collect(),
            subtree_usage: row.map_or_else(Usage::default, |row| self.usage[row].clone()),
            subtree_cost: row.and_then(|row| nodes[row].total_cost),
            subtree_costs: crate::cost::subtree_cost(&self.opened, run.row.run_id).by_class,
            feedback,
            share_token: self.share_token,
            in_dataset: false,
        }
    }
}

/// Lets the library leave out what a filter cannot match.
fn narrow(query: &mut RunQuery, filter: &Filter) {
    let bounds = filter.bounds();
    query.start_min = query.start_min.max(bounds.start_min);
    query.start_max = match (query.start_max, bounds.start_max) {
        (Some(left), Some(right)) => Some(left.min(right)),
        (left, right) => left.or(right),
    };
    query.is_root = query.is_root.or(bounds.is_root);
    if query.statuses.is_empty() {
        query.statuses = bounds.statuses.unwrap_or_default();
    }
    if query.ids.is_empty() {
        query.ids = bounds.ids.unwrap_or_default();
    }
    let single = |all: Option<Vec<String>>| all.filter(|all| all.len() == 1).and_then(|mut all| all.pop());
    query.name = query.name.take().or_else(|| single(bounds.names));
    query.thread = query.thread.take().or_else(|| single(bounds.thread_ids));
    // A type that the library does not know stands as "chain" there, so only known ones can be asked for.
    if query.run_types.is_empty()
        && let Some(names) = bounds.run_types
    {
        let known: Option<Vec<RunType>> = names.iter().map(|name| RunType::parse(name)).collect();
        query.run_types = known.unwrap_or_default();
    }
}

/// A run under a filter; payload and feedback are read when the filter asks for them.
struct RunSubject<'e> {
    engine: &'e Engine,
    trace_id: TraceId,
    row: &'e RunRow,
    /// Where tokens and costs are those of the subtree.
    subtrees: Option<&'e Subtrees>,
    payload: OnceLock<Payload>,
    feedback: OnceLock<Vec<FeedbackRecord>>,
    thread: OnceLock<Option<String>>,
}

/// What a filter asks of an opened run. Empty for one that cannot be read any more.
#[derive(Default)]
struct Payload {
    opened: Option<Arc<OpenRun>>,
    run_type: Option<String>,
    error: Option<String>,
    tags: Vec<String>,
    metadata: Vec<Pair>,
    inputs: Vec<Pair>,
    outputs: Vec<Pair>,
    attachments: Vec<String>,
    example: Option<Uuid>,
    user: Option<String>,
}

impl RunSubject<'_> {
    fn sums(&self) -> Option<Arc<TraceSums>> {
        self.subtrees?.of(self.engine, self.trace_id)
    }

    /// Cost of one side, told only where a cost is known.
    fn side_cost(&self, side: fn(CostClass) -> bool) -> Option<Cost> {
        let (whole, costs) = match self.sums() {
            Some(sums) => {
                let sums = sums.cost(self.row.run_id);
                (sums.cost, sums.by_class)
            }
            None => (self.row.cost, self.row.bill.by_class),
        };
        whole.map(|_| costs.sum(side))
    }

    fn payload(&self) -> &Payload {
        self.payload.get_or_init(|| {
            let Ok(opened) = self.engine.open_run(self.trace_id, self.row.run_id) else {
                return Payload::default();
            };
            let detail = &opened.detail;
            let pairs = |text: Option<&str>| text.and_then(filter::flatten_json).unwrap_or_default();
            let metadata = pairs(Some(&detail.metadata));
            let user = metadata.iter().find(|(key, _)| key == "ls_user_id").map(|(_, value)| value.clone());
            let error = detail.error.as_ref().map(|error| {
                [Some(error.message.as_str()), error.kind.as_deref(), error.stacktrace.as_deref()]
                    .into_iter()
                    .flatten()
                    .collect::<Vec<_>>()
                    .join("\n")
            });
            let run_type = ingest::locate(detail.attributes.as_bytes(), "/run_type")
                .and_then(|node| node.string().map(|text| text.to_lowercase()))
                .filter(|_| detail.fields.run_type.is_none());
            Payload {
                run_type,
                error: error.or_else(|| self.row.error.clone()),
                tags: detail.tags.clone(),
                metadata,
                inputs: pairs(detail.inputs.as_deref()),
                outputs: pairs(detail.outputs.as_deref()),
                attachments: opened.attachments.iter().map(|file| file.name.clone()).collect(),
                example: detail.fields.reference_example_id,
                user,
                opened: Some(opened),
            }
        })
    }
}

impl Subject for RunSubject<'_> {
    fn id(&self) -> RunId {
        self.row.run_id
    }

    fn trace_id(&self) -> TraceId {
        self.trace_id
    }

    fn parent_run_id(&self) -> Option<RunId> {
        self.row.parent_run_id
    }

    fn name(&self) -> Option<&str> {
        self.row.name.as_deref()
    }

    fn model(&self) -> Option<&str> {
        self.row.model.as_deref()
    }

    fn provider(&self) -> Option<&str> {
        self.row.provider.as_deref()
    }

    fn prompt_version(&self) -> Option<&str> {
        self.row.prompt_version.as_deref()
    }

    fn run_type(&self) -> &str {
        if self.row.run_type == RunType::Chain
            && let Some(own) = &self.payload().run_type
        {
            return own;
        }
        self.row.run_type.as_str()
    }

    fn status(&self) -> RunStatus {
        self.row.status
    }

    fn start(&self) -> Option<UnixNanos> {
        self.row.start
    }

    fn end(&self) -> Option<UnixNanos> {
        self.row.end
    }

    fn first_token(&self) -> Option<UnixNanos> {
        self.row.first_token
    }

    fn usage(&self) -> Usage {
        self.sums().map_or_else(|| self.row.usage.clone(), |sums| sums.usage(self.row.run_id))
    }

    fn cost(&self) -> Option<Cost> {
        self.sums().map_or(self.row.cost, |sums| sums.cost(self.row.run_id).cost)
    }

    fn prompt_cost(&self) -> Option<Cost> {
        self.side_cost(CostClass::is_input)
    }

    fn completion_cost(&self) -> Option<Cost> {
        self.side_cost(CostClass::is_output)
    }

    fn thread_id(&self) -> Option<&str> {
        if let Some(thread) = &self.row.thread {
            return Some(thread);
        }
        let of_trace = || self.engine.trace(self.trace_id).ok().and_then(|trace| trace.thread);
        self.thread.get_or_init(of_trace).as_deref()
    }

    fn error(&self) -> Option<Cow<'_, str>> {
        self.payload().error.as_deref().map(Cow::Borrowed)
    }

    fn tags(&self) -> &[String] {
        &self.payload().tags
    }

    fn metadata(&self) -> &[Pair] {
        &self.payload().metadata
    }

    fn inputs(&self) -> &[Pair] {
        &self.payload().inputs
    }

    fn outputs(&self) -> &[Pair] {
        &self.payload().outputs
    }

    fn feedback(&self) -> &[FeedbackRecord] {
        self.feedback.get_or_init(|| {
            let query =
                FeedbackQuery { runs: vec![self.row.run_id], limit: u32::MAX, ..FeedbackQuery::default() };
            let said = self.engine.list_feedback(&query).unwrap_or_default();
            said.into_iter()
                .map(|one| FeedbackRecord {
                    key: one.key,
                    score: one.score,
                    value: one.value.map(|value| serde_json::from_str(&value).unwrap_or(value)),
                    comment: one.comment,
                    source: Some(one.source_kind),
                    error: one.error,
                })
                .collect()
        })
    }

    fn any_text(&self, scope: TextScope, has: &mut dyn FnMut(&str) -> bool) -> bool {
        let Some(opened) = &self.payload().opened else { return false };
        let mut found = false;
        ingest::texts(&opened.detail, &mut |text| {
            let of = match text.part {
                TextPart::Metadata => TextScope::Metadata,
                TextPart::Tags => TextScope::Tags,
                TextPart::Inputs => TextScope::Inputs,
                TextPart::Outputs => TextScope::Outputs,
                TextPart::Error => TextScope::Error,
            };
            found = found || ((scope == of || scope == TextScope::All) && has(&text.text()));
        });
        found
    }

    fn attachments(&self) -> &[String] {
        &self.payload().attachments
    }

    fn reference_example_id(&self) -> Option<Uuid> {
        self.payload().example
    }

    fn user(&self) -> Option<&str> {
        self.payload().opened.as_ref().and_then(|opened| opened.detail.fields.user.as_deref())
    }

    fn cost_origin(&self) -> Option<&str> {
        Some(self.row.bill.origin.name())
    }

    fn ls_user_id(&self) -> Option<&str> {
        self.payload().user.as_deref()
    }
}
