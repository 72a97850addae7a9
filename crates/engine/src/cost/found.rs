//! Costs of the runs that a filter finds. No sums are kept of them, so the rows of the runs are read, the latest traces
//! first, within bounds; how far that reached is told with the figures.

use std::{
    collections::HashMap,
    time::{Duration, Instant},
};

use model::{Cost, TraceId, filter::Filter};
use store::{CostScope, Dimension, Gathered, GatheredGroups, Spent, TopTrace, TraceAverage};

use super::report::{CostQuery, CostReport, TREND_GROUPS, unknown_costs};
use crate::{Engine, error::Result};

/// Traces that are looked at for one answer.
const MOST_TRACES: u32 = 200_000;
/// Time after which an answer tells what was found so far. A filter on payloads opens every run that it is asked of.
const MOST_TIME: Duration = Duration::from_secs(5);
/// Traces whose runs are read in one go.
const TRACES_AT_ONCE: usize = 200;

/// How far runs were looked through.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct CostReach {
    /// Traces that were looked at, the latest ones.
    pub traces: u64,
    /// Traces of the scope that spent anything.
    pub of: u64,
}

impl CostReach {
    /// Whether everything was looked at.
    pub fn is_complete(&self) -> bool {
        self.traces >= self.of
    }
}

impl Engine {
    /// Shows every run of a scope that spends and that the filter finds to `take`, with the groups of these dimensions.
    pub(super) fn gather_costs(
        &self,
        scope: &CostScope,
        filter: Option<&Filter>,
        dimensions: &[Dimension],
        mut take: impl FnMut(&Spent),
    ) -> Result<CostReach> {
        let (traces, of) = self.store.spending_traces(scope, MOST_TRACES)?;
        let began = Instant::now();
        let mut reach = CostReach { traces: 0, of };
        for traces in traces.chunks(TRACES_AT_ONCE) {
            for spent in self.store.spent(traces, dimensions)? {
                if filter.is_none_or(|filter| self.matches(filter, spent.trace_id, &spent.row)) {
                    take(&spent);
                }
            }
            reach.traces += u64::try_from(traces.len()).unwrap_or(0);
            if began.elapsed() > MOST_TIME {
                break;
            }
        }
        Ok(reach)
    }

    /// [`Engine::cost_report`] of the runs that a filter finds.
    pub(super) fn report_found(&self, query: &CostQuery, filter: &Filter) -> Result<CostReport> {
        let [unpriced, sum_only, bad_count] = Dimension::UNKNOWN;
        let dimensions = [Dimension::All, query.by.clone(), unpriced, sum_only, bad_count];
        let mut gathered = <[GatheredGroups; 5]>::default();
        // What each trace costs; nothing where that is not known of all of its runs.
        let mut by_trace: HashMap<TraceId, Option<i64>> = HashMap::new();
        let reach = self.gather_costs(&query.scope, Some(filter), &dimensions, |spent| {
            let sum = by_trace.entry(spent.trace_id).or_insert(Some(0));
            *sum = sum.zip(spent.cost()).map(|(sum, cost)| sum.saturating_add(cost.pico_usd));
            for (place, groups) in gathered.iter_mut().enumerate() {
                groups.add(spent, place);
            }
        })?;
        let [total, by, unknown @ ..] = &gathered;
        let groups = by.groups();
        let dearest: Vec<Option<String>> =
            groups.iter().take(TREND_GROUPS).map(|group| group.value.clone()).collect();
        Ok(CostReport {
            total: total.groups().into_iter().next().map(|group| group.sums).unwrap_or_default(),
            days: total.days(None),
            trend: by.days(Some(&dearest)),
            groups,
            unpriced: unknown_costs(unknown.iter().map(GatheredGroups::groups)),
            average: average(by_trace.into_values().flatten()),
            reach: Some(reach),
        })
    }

    /// [`Engine::top_cost_traces`] by what the runs cost that a filter finds.
    pub(super) fn top_found(
        &self,
        scope: &CostScope,
        filter: &Filter,
        group: Option<(&Dimension, Option<&str>)>,
        limit: u32,
    ) -> Result<Vec<TopTrace>> {
        let dimensions: Vec<Dimension> = group.map(|(dimension, _)| dimension.clone()).into_iter().collect();
        let mut traces: HashMap<TraceId, Gathered> = HashMap::new();
        self.gather_costs(scope, Some(filter), &dimensions, |spent| {
            if group.is_none_or(|(_, value)| spent.counts_in(0, value)) {
                traces.entry(spent.trace_id).or_default().add(spent);
            }
        })?;
        let mut dearest: Vec<(TraceId, store::CostSums)> =
            traces.into_iter().map(|(trace_id, gathered)| (trace_id, gathered.sums())).collect();
        dearest.sort_by_key(|(trace_id, sums)| (std::cmp::Reverse(sums.cost.unwrap_or_default()), *trace_id));
        dearest.truncate(usize::try_from(limit).unwrap_or(usize::MAX));
        let mut found = Vec::new();
        for (trace_id, sums) in dearest {
            if let Some(trace) = self.store.cost_trace(trace_id)? {
                found.push(TopTrace {
                    runs: sums.runs,
                    tokens: sums.usage.total(),
                    cost: sums.cost,
                    unpriced_runs: sums.unpriced_runs,
                    ..trace
                });
            }
        }
        Ok(found)
    }
}

/// The average of what traces cost, in 10⁻¹² dollars.
fn average(costs: impl Iterator<Item = i64>) -> TraceAverage {
    let (mut traces, mut sum) = (0_u64, 0_i128);
    for cost in costs {
        traces += 1;
        sum += i128::from(cost);
    }
    let cost = sum.checked_div(i128::from(traces)).and_then(|mean| i64::try_from(mean).ok());
    TraceAverage { traces, cost: cost.map(|pico_usd| Cost { pico_usd }) }
}
