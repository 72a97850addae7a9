//! What the cost view shows.

use model::{Cost, CostByClass, CostOrigin, GivenCost, RunId, TraceId, Usage};
use pricing::{Calculation, Match, PriceEntry, calculate};
use store::{CostGroup, CostScope, CostSums, Dimension, TopTrace, TrendPoint};

use crate::{Engine, error::Result, view::OpenTrace};

/// Groups that are told day by day.
const TREND_GROUPS: usize = 8;

/// What is summed up.
#[derive(Debug, Clone)]
pub struct CostQuery {
    /// Of which traces.
    pub scope: CostScope,
    /// By what.
    pub by: Dimension,
}

/// Sums of a scope, its groups, and its days.
#[derive(Debug, Clone)]
pub struct CostReport {
    /// Everything together.
    pub total: CostSums,
    /// Groups, the dearest first.
    pub groups: Vec<CostGroup>,
    /// Everything day by day, by class.
    pub days: Vec<TrendPoint>,
    /// The dearest groups day by day.
    pub trend: Vec<TrendPoint>,
    /// Models without a price.
    pub unpriced: Vec<CostGroup>,
}

/// Cost of a run and everything below it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct SubtreeCost {
    /// The sum of what is known.
    pub cost: Option<Cost>,
    /// By class.
    pub by_class: CostByClass,
    /// Runs without a price.
    pub unpriced_runs: u64,
    /// Runs that cost something.
    pub runs: u64,
}

/// How the cost of a run comes about.
#[derive(Debug, Clone)]
pub struct CostExplanation {
    /// The lines and what to know about them.
    pub calculation: Calculation,
    /// The price that was used, as it was then.
    pub price: Option<PriceEntry>,
    /// Under which name the model is priced, where it is another one.
    pub alias: Option<String>,
    /// What the producer sent.
    pub given: GivenCost,
    /// What tokens times the price of now would be, where the producer sent the cost; and the price.
    pub computed: Option<(Calculation, Match)>,
    /// The run and everything below it.
    pub subtree: SubtreeCost,
    /// Whether the run counts: no run around it holds its usage already.
    pub counted: bool,
}

/// A scope priced with another model.
#[derive(Debug, Clone)]
pub struct WhatIf {
    /// The price.
    pub price: Option<Match>,
    /// What is paid now for everything that has tokens.
    pub now: Option<Cost>,
    /// What it would be.
    pub then: Option<Cost>,
    /// The arithmetic over the sums of tokens.
    pub calculation: Calculation,
}

impl Engine {
    /// Sums, groups and days of a scope.
    pub fn cost_report(&self, query: &CostQuery) -> Result<CostReport> {
        let total = self.store.cost_groups(&query.scope, &Dimension::All)?;
        let groups = self.store.cost_groups(&query.scope, &query.by)?;
        let dearest: Vec<Option<String>> =
            groups.iter().take(TREND_GROUPS).map(|group| group.value.clone()).collect();
        Ok(CostReport {
            total: total.into_iter().next().map(|group| group.sums).unwrap_or_default(),
            groups,
            days: self.store.cost_trend(&query.scope, &Dimension::All, None)?,
            trend: self.store.cost_trend(&query.scope, &query.by, Some(&dearest))?,
            unpriced: self.store.cost_groups(&query.scope, &Dimension::Unpriced)?,
        })
    }

    /// The groups of a scope alone.
    pub fn cost_groups(&self, query: &CostQuery) -> Result<Vec<CostGroup>> {
        Ok(self.store.cost_groups(&query.scope, &query.by)?)
    }

    /// Keys of metadata that cost can be grouped by.
    pub fn cost_metadata_keys(&self) -> Result<Vec<String>> {
        Ok(self.store.cost_metadata_keys()?)
    }

    /// The dearest traces of a scope, or of one group of it.
    pub fn top_cost_traces(
        &self,
        scope: &CostScope,
        group: Option<(&Dimension, Option<&str>)>,
        limit: u32,
    ) -> Result<Vec<TopTrace>> {
        Ok(self.store.top_cost_traces(scope, group, limit)?)
    }

    /// How the cost of a run comes about, and what lies below it.
    pub fn explain_cost(&self, trace_id: TraceId, run_id: RunId) -> Result<CostExplanation> {
        let opened = self.open_run(trace_id, run_id)?;
        let row = &opened.row;
        let fields = &opened.detail.fields;
        let carries_usage = row.run_type.carries_usage();
        let usage = if carries_usage { fields.usage.clone() } else { Usage::default() };
        let given = fields.cost.clone();
        let price = self.store.price_of_run(trace_id, run_id)?;
        let price = price.as_deref().and_then(PriceEntry::from_snapshot);
        let calculation = calculate(&usage, &given, price.as_ref());
        let found = self.prices.find(fields).filter(|_| carries_usage);
        let is_same = |found: &Match| price.as_ref().is_some_and(|price| price.id == found.entry.id);
        let alias = found.as_ref().filter(|found| is_same(found)).and_then(|found| found.alias.clone());
        let computed = found
            .filter(|_| row.bill.origin == CostOrigin::Given && !usage.is_empty())
            .map(|found| (calculate(&usage, &GivenCost::default(), Some(&found.entry)), found));
        let trace = self.open_trace(trace_id)?;
        let subtree = subtree_cost(&trace, run_id);
        Ok(CostExplanation {
            calculation,
            price,
            alias,
            given,
            computed,
            subtree,
            counted: row.usage_counted,
        })
    }

    /// What a scope would cost with another model. Computed from the sums of tokens, so that a price with steps is taken
    /// at its first one.
    pub fn what_if(&self, scope: &CostScope, provider: Option<&str>, model: &str) -> Result<WhatIf> {
        let total = self.store.cost_groups(scope, &Dimension::All)?;
        let sums = total.into_iter().next().map(|group| group.sums).unwrap_or_default();
        let price = self.check_price(provider, model, None, 0).found;
        let entry = price.as_ref().map(|price| price.entry.as_ref());
        let calculation = calculate(&sums.usage, &GivenCost::default(), entry);
        let other = sums.by_class.get(model::CostClass::Other);
        let now = sums.cost.map(|cost| Cost { pico_usd: cost.pico_usd.saturating_sub(other.pico_usd) });
        Ok(WhatIf { now, then: calculation.total(), calculation, price })
    }
}

/// Sums over a run and its descendants, each counted once.
pub(crate) fn subtree_cost(trace: &OpenTrace, run_id: RunId) -> SubtreeCost {
    let mut subtree = SubtreeCost::default();
    let nodes = &trace.tree.nodes;
    let Some(at) = nodes.iter().position(|node| trace.runs[node.input].run_id == run_id) else {
        return subtree;
    };
    let below = usize::try_from(nodes[at].descendants).unwrap_or(0);
    for node in &nodes[at..=(at + below).min(nodes.len() - 1)] {
        let run = &trace.runs[node.input];
        if !run.usage_counted {
            continue;
        }
        subtree.unpriced_runs += u64::from(run.bill.origin == CostOrigin::Unpriced);
        if let Some(cost) = run.bill.total() {
            subtree.runs += 1;
            let sum = subtree.cost.unwrap_or_default().pico_usd.saturating_add(cost.pico_usd);
            subtree.cost = Some(Cost { pico_usd: sum });
            for (class, cost) in run.bill.by_class.iter() {
                subtree.by_class.add(class, cost);
            }
        }
    }
    subtree
}
