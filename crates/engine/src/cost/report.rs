//! What the cost view shows.

use model::{Cost, CostByClass, CostOrigin, GivenCost, RunId, RunStatus, RunType, TraceId, filter::Filter};
use pricing::{Calculation, Match, PriceEntry, calculate};
use store::{CostGroup, CostScope, CostSums, Dimension, Gathered, TopTrace, TraceAverage, TrendPoint};

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
    /// Models with runs whose cost is not known, with the reason.
    pub unpriced: Vec<UnknownCost>,
    /// What a trace costs.
    pub average: TraceAverage,
    /// How far runs were looked through, where a filter asks for that.
    pub reach: Option<CostReach>,
}

/// Runs of a model whose cost is not known.
#[derive(Debug, Clone)]
pub struct UnknownCost {
    /// Why: [`CostOrigin::Unpriced`], [`CostOrigin::SumOnly`] or [`CostOrigin::BadCount`].
    pub reason: CostOrigin,
    /// The model as `provider/model`, and the sums.
    pub group: CostGroup,
}

/// What a dimension of unknown costs stands for.
fn reason_of(dimension: &Dimension) -> CostOrigin {
    match dimension {
        Dimension::SumOnly => CostOrigin::SumOnly,
        Dimension::BadCount => CostOrigin::BadCount,
        _ => CostOrigin::Unpriced,
    }
}

/// Groups of [`Dimension::UNKNOWN`] in its order as one list.
pub(super) fn unknown_costs(groups: impl IntoIterator<Item = Vec<CostGroup>>) -> Vec<UnknownCost> {
    let with_reason = |(dimension, groups): (&Dimension, Vec<CostGroup>)| {
        let reason = reason_of(dimension);
        groups.into_iter().map(move |group| UnknownCost { reason, group }).collect::<Vec<_>>()
    };
    Dimension::UNKNOWN.iter().zip(groups).flat_map(with_reason).collect()
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
    /// Why what the run tells does not count; absent where it counts, or tells nothing.
    pub not_counted: Option<String>,
}

/// A scope priced with another model. Both sums hold the same runs: those whose cost is known.
#[derive(Debug, Clone)]
pub struct WhatIf {
    /// The price of most calls; absent where the model has none.
    pub price: Option<Match>,
    /// What is known to be paid now.
    pub now: Option<Cost>,
    /// What it would be.
    pub then: Option<Cost>,
    /// What is in both, since it was not paid for tokens.
    pub unchanged: Cost,
    /// Runs whose cost of now is not known, and that neither sum holds.
    pub unknown_runs: u64,
    /// What those of them would cost that tell their tokens.
    pub unknown_then: Option<Cost>,
    /// The arithmetic over the sums of tokens of the runs in both sums, one for each step of the price.
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
            unpriced: self.unknown_costs(&query.scope)?,
            average: self.store.trace_average(&query.scope)?,
            reach: None,
        })
    }

    /// Models of a scope with runs whose cost is not known.
    pub fn unknown_costs(&self, scope: &CostScope) -> Result<Vec<UnknownCost>> {
        let groups = Dimension::UNKNOWN.iter().map(|reason| self.store.cost_groups(scope, reason));
        Ok(unknown_costs(groups.collect::<std::result::Result<Vec<_>, _>>()?))
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
        let usage = fields.usage.clone();
        let given = fields.cost.clone();
        let price = self.store.price_of_run(trace_id, run_id)?;
        let price = price.as_deref().and_then(PriceEntry::from_snapshot);
        let found = self.prices.find(fields);
        // What does not count has no price in its row, and is told by that of now.
        let is_sum = !row.run_type.carries_usage() && !usage.is_empty() && row.usage.is_empty();
        let price = price.or_else(|| found.as_ref().filter(|_| is_sum).map(|found| (*found.entry).clone()));
        let mut calculation = calculate(&usage, &given, price.as_ref());
        if row.run_type == RunType::Llm && row.status == RunStatus::Success && usage.is_empty() {
            calculation.notes.push(
                "The model call came without token counts, so that what it cost is not known.".to_owned(),
            );
        }
        let is_same = |found: &Match| price.as_ref().is_some_and(|price| price.id == found.entry.id);
        let alias = found.as_ref().filter(|found| is_same(found)).and_then(|found| found.alias.clone());
        let computed = found
            .filter(|_| row.bill.origin == CostOrigin::Given && !usage.is_empty())
            .map(|found| (calculate(&usage, &GivenCost::default(), Some(&found.entry)), found));
        let trace = self.open_trace(trace_id)?;
        let subtree = subtree_cost(&trace, run_id);
        // Of a sum that does not count the row holds nothing.
        let counts =
            row.usage_counted && (row.run_type.carries_usage() || usage.is_empty() || !row.usage.is_empty());
        let tells = !usage.is_empty() || !given.is_empty();
        let not_counted =
            if counts || !tells { None } else { super::counted::why_not(&trace, run_id, &usage) };
        Ok(CostExplanation { calculation, price, alias, given, computed, subtree, not_counted })
    }

    /// What a scope would cost with another model. The kept sums tell it where every cost was paid for tokens and is known,
    /// and the price has no steps; else runs are looked at one by one.
    pub fn what_if(
        &self,
        scope: &CostScope,
        filter: Option<&Filter>,
        provider: Option<&str>,
        model: &str,
    ) -> Result<WhatIf> {
        let prices = self.price_steps(provider, model);
        let places = prices.len().max(1);
        let total = match filter {
            None => {
                self.store.cost_groups(scope, &Dimension::All)?.into_iter().next().map(|group| group.sums)
            }
            Some(_) => None,
        };
        let is_simple = |sums: &CostSums| {
            sums.unpriced_runs == 0 && sums.by_class.get(model::CostClass::Other) == Cost::default()
        };
        let mut known = vec![CostSums::default(); places];
        let mut unknown = known.clone();
        let mut unchanged = Cost::default();
        let mut unknown_runs = 0;
        let mut reach = None;
        if let Some(total) = total.filter(|total| places == 1 && is_simple(total)) {
            known[0] = total;
        } else {
            let mut of_known = vec![Gathered::default(); places];
            let mut of_unknown = of_known.clone();
            let step = |input: u64| {
                prices.iter().position(|price| price.entry.above == 0 || input > price.entry.above)
            };
            reach = Some(self.gather_costs(scope, filter, &[], |spent| {
                let usage = &spent.row.usage;
                let at = step(usage.input.unwrap_or(0)).unwrap_or(0);
                let has_tokens = usage.input.is_some() || usage.output.is_some();
                let cost = spent.row.bill.total();
                unknown_runs += u64::from(cost.is_none());
                match cost {
                    Some(_) if has_tokens => of_known[at].add(spent),
                    Some(cost) => unchanged = added(Some(unchanged), Some(cost)).unwrap_or_default(),
                    None if has_tokens => of_unknown[at].add(spent),
                    None => {}
                }
            })?);
            known = of_known.iter().map(Gathered::sums).collect();
            unknown = of_unknown.iter().map(Gathered::sums).collect();
        }
        let rest = Some(unchanged).filter(|unchanged| unchanged.pico_usd != 0);
        let now = known.iter().map(|sums| sums.cost).fold(rest, added);
        let price = prices.last().cloned();
        let computed = |sums: &CostSums, price: &Match| {
            calculate(&sums.usage, &GivenCost::default(), Some(&price.entry))
        };
        let unknown_then = prices
            .iter()
            .zip(&unknown)
            .filter(|(_, sums)| sums.runs > 0)
            .map(|(price, sums)| computed(sums, price).total())
            .fold(None, added);
        let mut steps: Vec<WhatIfStep> = prices
            .iter()
            .zip(&known)
            .map(|(price, sums)| WhatIfStep {
                calculation: computed(sums, price),
                runs: sums.runs,
                price: price.clone(),
            })
            .filter(|step| step.runs > 0)
            .collect();
        steps.reverse();
        let then = steps.iter().map(|step| step.calculation.total()).fold(rest, added);
        Ok(WhatIf { price, now, then, unchanged, unknown_runs, unknown_then, steps, reach })
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

/// The sum of what is known.
fn added(left: Option<Cost>, right: Option<Cost>) -> Option<Cost> {
    match (left, right) {
        (Some(left), Some(right)) => Some(Cost { pico_usd: left.pico_usd.saturating_add(right.pico_usd) }),
        (left, right) => left.or(right),
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
        subtree.unpriced_runs += u64::from(run.bill.origin.is_unknown());
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
