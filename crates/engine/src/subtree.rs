//! Tokens and cost of a run and everything below it, for filters and statistics that speak of both as LangSmith's protocol
//! does: a chain has those of the calls in it (`langsmith-api.md` §6.1).

use std::{
    collections::{HashMap, HashSet},
    sync::{Arc, Mutex, PoisonError},
};

use model::{Cost, CostByClass, RunId, TraceId, Usage};

use crate::{
    Engine, OpenTrace, RunStats,
    cost::{SubtreeCost, subtree_cost},
    query::add,
};

/// Traces whose sums a search keeps.
const KEPT_TRACES: usize = 64;

/// Usage of every row of a tree and everything below it.
pub(crate) fn subtree_usage(opened: &OpenTrace) -> Vec<Usage> {
    let mut sums: Vec<Usage> = opened
        .tree
        .nodes
        .iter()
        .map(|node| {
            let run = &opened.runs[node.input];
            if run.usage_counted { run.usage.clone() } else { Usage::default() }
        })
        .collect();
    for row in (0..sums.len()).rev() {
        if let Some(parent) = opened.tree.nodes[row].parent {
            let below = sums[row].clone();
            let above = &mut sums[parent];
            above.total = add(above.total(), below.total()).filter(|_| above.input.or(below.input).is_none());
            above.input = add(above.input, below.input);
            above.output = add(above.output, below.output);
            above.cache_read = add(above.cache_read, below.cache_read);
            above.cache_creation = add(above.cache_creation, below.cache_creation);
            above.reasoning = add(above.reasoning, below.reasoning);
        }
    }
    sums
}

/// A trace with the usage of all its subtrees.
pub(crate) struct TraceSums {
    opened: OpenTrace,
    usage: HashMap<RunId, Usage>,
}

impl TraceSums {
    /// Of a run and everything below it; counts that nothing has are 0.
    pub(crate) fn usage(&self, run_id: RunId) -> Usage {
        let sums = self.usage.get(&run_id).cloned().unwrap_or_default();
        Usage {
            input: sums.input.or(Some(0)),
            output: sums.output.or(Some(0)),
            total: sums.total().or(Some(0)),
            ..sums
        }
    }

    pub(crate) fn cost(&self, run_id: RunId) -> SubtreeCost {
        subtree_cost(&self.opened, run_id)
    }
}

/// The sums of the traces that one search meets, read when a filter first asks for them.
#[derive(Default)]
pub(crate) struct Subtrees(Mutex<HashMap<TraceId, Arc<TraceSums>>>);

impl Subtrees {
    /// Nothing for a trace that is gone.
    pub(crate) fn of(&self, engine: &Engine, trace_id: TraceId) -> Option<Arc<TraceSums>> {
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = kept.get(&trace_id) {
            return Some(Arc::clone(known));
        }
        let opened = engine.open_trace(trace_id).ok()?;
        let ids = opened.tree.nodes.iter().map(|node| opened.runs[node.input].run_id);
        let usage = ids.zip(subtree_usage(&opened)).collect();
        let sums = Arc::new(TraceSums { opened, usage });
        if kept.len() >= KEPT_TRACES {
            kept.clear();
        }
        kept.insert(trace_id, Arc::clone(&sums));
        Some(sums)
    }
}

/// What runs and everything below them used: a run below another one is counted with that one.
#[derive(Default)]
pub(crate) struct Union {
    found: HashSet<RunId>,
    runs: Vec<Member>,
}

struct Member {
    ancestors: Vec<RunId>,
    usage: Usage,
    cost: Option<Cost>,
    costs: CostByClass,
}

impl Union {
    pub(crate) fn add(
        &mut self,
        run_id: RunId,
        ancestors: Vec<RunId>,
        usage: Usage,
        cost: Option<Cost>,
        costs: CostByClass,
    ) {
        self.found.insert(run_id);
        // What used nothing adds nothing.
        if usage != Usage::default() || cost.is_some() {
            self.runs.push(Member { ancestors, usage, cost, costs });
        }
    }

    /// Puts the sums into `stats`.
    pub(crate) fn fill(self, stats: &mut RunStats) {
        for run in self.runs {
            if run.ancestors.iter().any(|ancestor| self.found.contains(ancestor)) {
                continue;
            }
            stats.usage.input = add(stats.usage.input, run.usage.input);
            stats.usage.output = add(stats.usage.output, run.usage.output);
            stats.cost = match (stats.cost, run.cost) {
                (Some(sum), Some(cost)) => {
                    Some(Cost { pico_usd: sum.pico_usd.saturating_add(cost.pico_usd) })
                }
                (sum, cost) => sum.or(cost),
            };
            for (class, cost) in run.costs.iter() {
                stats.costs.add(class, cost);
            }
        }
    }
}
