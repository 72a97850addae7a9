//! What the cost view shows.

use model::{
    Cost, CostByClass, CostOrigin, GivenCost, RunId, RunStatus, RunType, TraceId, Usage, filter::Filter,
};
use pricing::{Calculation, Match, PriceEntry, calculate};
use store::{CostGroup, CostScope, CostSums, Dimension, Gathered, TopTrace, TrendPoint};

use super::CostReach;
use crate::{Engine, error::Result, view::OpenTrace};

/// Groups that are told day by day.
pub(super) const TREND_GROUPS: usize = 8;

/// What is summed up.
#[derive(Debug, Clone)]
pub struct CostQuery {
    /// Of which traces.
    pub scope: CostScope,
    /// Only the runs that this finds, which are read one by one.
    pub filter: Option<Filter>,
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
    /// How far runs were looked through, where a filter asks for that.
    pub reach: Option<CostReach>,
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
    /// The price of most calls; absent where the model has none.
    pub price: Option<Match>,
    /// What is paid now for everything that has tokens.
    pub now: Option<Cost>,
    /// What it would be.
    pub then: Option<Cost>,
    /// The arithmetic over the sums of tokens, one for each step of the price.
    pub steps: Vec<WhatIfStep>,
    /// How far runs were looked through, where the kept sums do not tell.
    pub reach: Option<CostReach>,
}

/// The runs that one step of a price applies to, by the number of their input tokens.
#[derive(Debug, Clone)]
pub struct WhatIfStep {
    /// The price.
    pub price: Match,
    /// Runs.
    pub runs: u64,
    /// The arithmetic.
    pub calculation: Calculation,
}

impl Engine {
    /// Sums, groups and days of a scope.
    pub fn cost_report(&self, query: &CostQuery) -> Result<CostReport> {
        if let Some(filter) = &query.filter {
            return self.report_found(query, filter);
        }
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
            reach: None,
        })
    }

    /// The groups of a scope alone.
    pub fn cost_groups(&self, query: &CostQuery) -> Result<Vec<CostGroup>> {
        if query.filter.is_some() {
            return Ok(self.cost_report(query)?.groups);
        }
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
        filter: Option<&Filter>,
        group: Option<(&Dimension, Option<&str>)>,
        limit: u32,
    ) -> Result<Vec<TopTrace>> {
        match filter {
            Some(filter) => self.top_found(scope, filter, group, limit),
            None => Ok(self.store.top_cost_traces(scope, group, limit)?),
        }
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
        let mut calculation = calculate(&usage, &given, price.as_ref());
        if row.run_type == RunType::Llm && row.status == RunStatus::Success && usage.is_empty() {
            calculation.notes.push(
                "The model call came without token counts, so that what it cost is not known.".to_owned(),
            );
        }
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

    /// What a scope would cost with another model. A price without steps is taken over the kept sums of tokens; where it
    /// has steps, each run is priced by its own number of input tokens.
    pub fn what_if(
        &self,
        scope: &CostScope,
        filter: Option<&Filter>,
        provider: Option<&str>,
        model: &str,
    ) -> Result<WhatIf> {
        let prices = self.price_steps(provider, model);
        let mut parts = vec![CostSums::default(); prices.len().max(1)];
        let mut reach = None;
        if filter.is_none() && prices.len() < 2 {
            let total = self.store.cost_groups(scope, &Dimension::All)?;
            parts[0] = total.into_iter().next().map(|group| group.sums).unwrap_or_default();
        } else {
            let mut gathered = vec![Gathered::default(); parts.len()];
            let step = |input: u64| {
                prices.iter().position(|price| price.entry.above == 0 || input > price.entry.above)
            };
            reach = Some(self.gather_costs(scope, filter, &[], |spent| {
                gathered[step(spent.row.usage.input.unwrap_or(0)).unwrap_or(0)].add(spent);
            })?);
            parts = gathered.iter().map(Gathered::sums).collect();
        }
        let sum = |left: Option<Cost>, right: Option<Cost>| match (left, right) {
            (Some(left), Some(right)) => {
                Some(Cost { pico_usd: left.pico_usd.saturating_add(right.pico_usd) })
            }
            (left, right) => left.or(right),
        };
        let of_tokens = |sums: &CostSums| {
            let other = sums.by_class.get(model::CostClass::Other);
            sums.cost.map(|cost| Cost { pico_usd: cost.pico_usd.saturating_sub(other.pico_usd) })
        };
        let now = parts.iter().map(of_tokens).fold(None, sum);
        let price = prices.last().cloned();
        let mut steps: Vec<WhatIfStep> = prices
            .into_iter()
            .zip(&parts)
            .map(|(price, sums)| WhatIfStep {
                calculation: calculate(&sums.usage, &GivenCost::default(), Some(&price.entry)),
                runs: sums.runs,
                price,
            })
            .filter(|step| step.runs > 0)
            .collect();
        steps.reverse();
        let then = steps.iter().map(|step| step.calculation.total()).fold(None, sum);
        Ok(WhatIf { price, now, then, steps, reach })
    }

    /// The prices of a model by the number of input tokens, the highest step first.
    fn price_steps(&self, provider: Option<&str>, model: &str) -> Vec<Match> {
        let mut steps = Vec::new();
        let mut tokens = u64::MAX;
        while let Some(found) = self.check_price(provider, model, None, tokens).found {
            tokens = found.entry.above;
            steps.push(found);
            if tokens == 0 {
                break;
            }
        }
        steps
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
