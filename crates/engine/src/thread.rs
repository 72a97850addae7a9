//! A thread in figures: how long its turns took, what it cost and for what, which models, prompts and tools it used.

use std::collections::{BTreeMap, HashMap};

use model::{Cost, CostByClass, Feedback, RunStatus, RunType, TraceId, Usage};
use store::{FeedbackQuery, RunRow, TraceRow};

use crate::{Engine, FeedbackStats, error::Result, feedback_stats};

/// Feedback that one thread's figures look at.
const MOST_FEEDBACK: u32 = 20_000;

/// A thread in figures.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct ThreadStats {
    /// Its traces, oldest first, each with what was said about it and its runs.
    pub turns: Vec<(TraceRow, FeedbackStats)>,
    /// What was said about the thread itself.
    pub feedback: FeedbackStats,
    /// Nanoseconds that half of the turns took at most.
    pub latency_p50: Option<i64>,
    /// That 95 of 100 turns took at most.
    pub latency_p95: Option<i64>,
    /// That 99 of 100 turns took at most.
    pub latency_p99: Option<i64>,
    /// Nanoseconds of all turns together.
    pub active: i64,
    /// Runs of all turns.
    pub runs: u64,
    /// Tokens of all turns, each counted once.
    pub usage: Usage,
    /// Cost of all turns by what it was spent on.
    pub cost: CostByClass,
    /// Whether any cost is known.
    pub has_cost: bool,
    /// Models, the most used first.
    pub models: Vec<ModelUse>,
    /// Versions of prompts with the number of runs, the most used first.
    pub prompts: Vec<(String, u64)>,
    /// Tools, the most used first.
    pub tools: Vec<ToolUse>,
    /// Runs that do not carry the key of the thread themselves; their turn does.
    pub runs_without_key: u64,
}

/// What a thread used of a model.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ModelUse {
    /// Name.
    pub model: String,
    /// Its vendor.
    pub provider: Option<String>,
    /// Calls.
    pub calls: u64,
    /// Calls that failed.
    pub errors: u64,
    /// Tokens, counted once.
    pub tokens: u64,
    /// Cost.
    pub cost: Option<Cost>,
}

/// What a thread used of a tool.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ToolUse {
    /// Name.
    pub tool: String,
    /// Runs.
    pub runs: u64,
    /// Runs that failed.
    pub errors: u64,
    /// Nanoseconds that half of the runs took at most.
    pub latency_p50: Option<i64>,
}

impl Engine {
    /// A thread in figures.
    ///
    /// # Errors
    ///
    /// `NotFound` where no trace carries the key.
    pub fn thread_stats(&self, thread: &str, project: Option<&str>) -> Result<ThreadStats> {
        let mut tally = Tally::new(thread);
        let mut rows = Vec::new();
        for id in self.traces_of_thread(thread, project)? {
            let (row, runs) = self.store.trace_with_runs(id)?;
            for run in &runs {
                tally.add(run);
            }
            rows.push(row);
        }
        let traces: Vec<TraceId> = rows.iter().map(|row| row.trace_id).collect();
        let about_traces =
            self.list_feedback(&FeedbackQuery { traces, limit: MOST_FEEDBACK, ..FeedbackQuery::default() })?;
        let mut by_trace: HashMap<TraceId, Vec<Feedback>> = HashMap::new();
        for one in about_traces {
            if let Some(id) = one.trace_id {
                by_trace.entry(id).or_default().push(one);
            }
        }
        let about_thread = self.list_feedback(&FeedbackQuery {
            thread: Some(thread.to_owned()),
            limit: MOST_FEEDBACK,
            ..FeedbackQuery::default()
        })?;
        let turns = rows.into_iter().map(|row| {
            let said = feedback_stats(by_trace.get(&row.trace_id).into_iter().flatten());
            (row, said)
        });
        Ok(tally.told(turns.collect(), feedback_stats(&about_thread)))
    }
}

/// What is counted run by run.
struct Tally<'k> {
    key: &'k str,
    stats: ThreadStats,
    models: BTreeMap<String, ModelUse>,
    prompts: BTreeMap<String, u64>,
    tools: BTreeMap<String, (ToolUse, Vec<i64>)>,
}

impl<'k> Tally<'k> {
    fn new(key: &'k str) -> Self {
        Self {
            key,
            stats: ThreadStats::default(),
            models: BTreeMap::new(),
            prompts: BTreeMap::new(),
            tools: BTreeMap::new(),
        }
    }

    fn add(&mut self, run: &RunRow) {
        let failed = u64::from(run.status == RunStatus::Error);
        self.stats.runs += 1;
        self.stats.runs_without_key += u64::from(run.thread.as_deref() != Some(self.key));
        if run.usage_counted && run.cost.is_some() {
            self.stats.has_cost = true;
            for (class, cost) in run.bill.by_class.iter() {
                self.stats.cost.add(class, cost);
            }
        }
        if let Some(version) = &run.prompt_version {
            *self.prompts.entry(version.to_string()).or_default() += 1;
        }
        if run.run_type == RunType::Llm
            && let Some(model) = &run.model
        {
            let used = self.models.entry(model.to_string()).or_default();
            used.model = model.to_string();
            used.provider = used.provider.take().or_else(|| run.provider.as_deref().map(str::to_owned));
            used.calls += 1;
            used.errors += failed;
            if run.usage_counted {
                used.tokens += run.usage.total().unwrap_or(0);
                if let Some(cost) = run.cost {
                    let known = used.cost.get_or_insert(Cost { pico_usd: 0 });
                    known.pico_usd = known.pico_usd.saturating_add(cost.pico_usd);
                }
            }
        }
        if run.run_type == RunType::Tool {
            let name = run.name.as_deref().unwrap_or("unnamed");
            let (used, times) = self.tools.entry(name.to_owned()).or_default();
            name.clone_into(&mut used.tool);
            used.runs += 1;
            used.errors += failed;
            times.extend(run.start.zip(run.end).map(|(start, end)| end.since(start)));
        }
    }

    fn told(mut self, turns: Vec<(TraceRow, FeedbackStats)>, feedback: FeedbackStats) -> ThreadStats {
        let mut latencies: Vec<i64> = turns.iter().filter_map(|(row, _)| row.latency_nanos).collect();
        latencies.sort_unstable();
        self.stats.latency_p50 = rank(&latencies, 500);
        self.stats.latency_p95 = rank(&latencies, 950);
        self.stats.latency_p99 = rank(&latencies, 990);
        self.stats.active = latencies.iter().fold(0, |sum, latency| sum.saturating_add(*latency));
        for (row, _) in &turns {
            add_usage(&mut self.stats.usage, &row.usage);
        }
        self.stats.models = self.models.into_values().collect();
        self.stats.models.sort_by_key(|used| std::cmp::Reverse(used.calls));
        self.stats.prompts = self.prompts.into_iter().collect();
        self.stats.prompts.sort_by_key(|(_, runs)| std::cmp::Reverse(*runs));
        self.stats.tools = self
            .tools
            .into_values()
            .map(|(used, mut times)| {
                times.sort_unstable();
                ToolUse { latency_p50: rank(&times, 500), ..used }
            })
            .collect();
        self.stats.tools.sort_by_key(|used| std::cmp::Reverse(used.runs));
        ThreadStats { turns, feedback, ..self.stats }
    }
}

/// Adds the tokens of a turn.
pub(crate) fn add_usage(sum: &mut Usage, own: &Usage) {
    let parts = [
        (&mut sum.input, own.input),
        (&mut sum.output, own.output),
        (&mut sum.total, own.total()),
        (&mut sum.cache_read, own.cache_read),
        (&mut sum.cache_creation, own.cache_creation),
        (&mut sum.reasoning, own.reasoning),
    ];
    for (sum, own) in parts {
        *sum = own.map(|own| sum.unwrap_or(0).saturating_add(own)).or(*sum);
    }
}

/// The nearest rank of sorted times.
pub(crate) fn rank(sorted: &[i64], per_mille: usize) -> Option<i64> {
    let last = sorted.len().checked_sub(1)?;
    sorted.get((last * per_mille + 500) / 1000).copied()
}
