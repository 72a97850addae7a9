//! Costs run by run, where the sums by day do not tell: of single traces, and of the runs that a filter finds.

use std::collections::{HashMap, HashSet};

use model::{Cost, TraceId, UnixNanos};
use rusqlite::{OptionalExtension, params_from_iter};

use super::{CostGroup, CostScope, CostSums, Dimension, TopTrace, TrendPoint, day_of, read::trace_condition};
use crate::{
    Store,
    error::Result,
    read::{RunRow, Words},
    row::{RUN_COLUMNS, RollUp, StoredRun},
};

/// A run that used something or cost something.
#[derive(Debug, Clone)]
pub struct Spent {
    /// Its trace.
    pub trace_id: TraceId,
    /// The row.
    pub row: RunRow,
    /// The groups that it counts in, by dimension as they were asked for.
    groups: Vec<Vec<Option<String>>>,
    day: i64,
    sums: RollUp,
}

impl Spent {
    /// What the run costs; nothing where that is not known.
    pub fn cost(&self) -> Option<Cost> {
        self.sums.cost().filter(|_| self.sums.unpriced_runs == 0)
    }

    /// Whether the run counts under this group of the dimension with this place among those that were asked for.
    pub fn counts_in(&self, dimension: usize, value: Option<&str>) -> bool {
        self.groups.get(dimension).is_some_and(|groups| groups.iter().any(|group| group.as_deref() == value))
    }
}

/// Sums of runs that are gathered one by one.
#[derive(Debug, Clone, Default)]
pub struct Gathered {
    traces: HashSet<TraceId>,
    sums: RollUp,
}

impl Gathered {
    /// Adds a run.
    pub fn add(&mut self, spent: &Spent) {
        self.traces.insert(spent.trace_id);
        self.sums = self.sums + spent.sums;
    }

    /// The sums.
    pub fn sums(&self) -> CostSums {
        CostSums::new(i64::try_from(self.traces.len()).unwrap_or(i64::MAX), &self.sums)
    }
}

/// Sums of one dimension, by day and group.
#[derive(Debug, Clone, Default)]
pub struct GatheredGroups(HashMap<(i64, Option<String>), Gathered>);

impl GatheredGroups {
    /// Adds a run under each group of the dimension with this place among those that were asked for.
    pub fn add(&mut self, spent: &Spent, dimension: usize) {
        for group in spent.groups.get(dimension).into_iter().flatten() {
            self.0.entry((spent.day, group.clone())).or_default().add(spent);
        }
    }

    /// The groups over all days, the dearest first.
    pub fn groups(&self) -> Vec<CostGroup> {
        let mut all: HashMap<&Option<String>, Gathered> = HashMap::new();
        for ((_, value), gathered) in &self.0 {
            let sum = all.entry(value).or_default();
            sum.traces.extend(&gathered.traces);
            sum.sums = sum.sums + gathered.sums;
        }
        let mut groups: Vec<CostGroup> = all
            .into_iter()
            .map(|(value, gathered)| CostGroup { value: value.clone(), sums: gathered.sums() })
            .collect();
        super::read::dearest_first(&mut groups);
        groups
    }

    /// The groups day by day, in order of time; only these, if they are given.
    pub fn days(&self, only: Option<&[Option<String>]>) -> Vec<TrendPoint> {
        let mut points: Vec<TrendPoint> = self
            .0
            .iter()
            .filter(|((_, value), _)| only.is_none_or(|only| only.contains(value)))
            .map(|((day, value), gathered)| TrendPoint {
                day: *day,
                value: value.clone(),
                sums: gathered.sums(),
            })
            .collect();
        points.sort_by(|left, right| (left.day, &left.value).cmp(&(right.day, &right.value)));
        points
    }
}

impl Store {
    /// The traces of a scope that spend anything, the latest first, at most so many; and how many there are.
    pub fn spending_traces(&self, scope: &CostScope, limit: u32) -> Result<(Vec<TraceId>, u64)> {
        self.reading(|connection| {
            let (condition, values) = trace_condition(scope);
            let condition = format!(
                "{condition} AND (trace.usage_runs > 0 OR trace.cost_runs > 0 OR trace.unpriced_runs > 0)"
            );
            let mut statement = connection.prepare_cached(&format!(
                "SELECT uuid FROM trace WHERE {condition} ORDER BY start_ns DESC, uuid DESC LIMIT {limit}"
            ))?;
            let found: Vec<TraceId> = statement
                .query_map(params_from_iter(values.iter()), |row| Ok(TraceId::from_bytes(row.get(0)?)))?
                .collect::<rusqlite::Result<_>>()?;
            if found.len() < limit as usize {
                let all = u64::try_from(found.len()).unwrap_or(u64::MAX);
                return Ok((found, all));
            }
            let all: i64 = connection
                .prepare_cached(&format!("SELECT count(*) FROM trace WHERE {condition}"))?
                .query_row(params_from_iter(values.iter()), |row| row.get(0))?;
            Ok((found, u64::try_from(all).unwrap_or(0)))
        })
    }

    /// The runs of these traces that spend, with the groups that they count in.
    pub fn spent(&self, traces: &[TraceId], dimensions: &[Dimension]) -> Result<Vec<Spent>> {
        self.reading(|connection| {
            let mut words = Words::new(connection);
            let mut of_trace = connection.prepare_cached(
                "SELECT trace.id, trace.start_ns, root.user, iif(root.flags & 64, root.labels, NULL) FROM trace \
                 LEFT JOIN run AS root ON root.trace = trace.id AND root.uuid = trace.root WHERE trace.uuid = ?1",
            )?;
            let mut of_runs = connection.prepare_cached(&format!(
                "SELECT {RUN_COLUMNS} FROM run WHERE trace = ?1 AND (cost_origin <> 0 \
                 OR coalesce(input_tokens, output_tokens, total_tokens) IS NOT NULL)"
            ))?;
            let mut all = Vec::new();
            for trace_id in traces {
                let trace = of_trace
                    .query_row([trace_id.as_bytes()], |row| {
                        Ok((row.get(0)?, row.get(1)?, (row.get(2)?, row.get(3)?)))
                    })
                    .optional()?;
                let Some((trace, start, of_root)): Option<(i64, Option<i64>, OfRoot)> = trace else {
                    continue;
                };
                let day = day_of(start.map(UnixNanos));
                let mut rows = of_runs.query([trace])?;
                while let Some(row) = rows.next()? {
                    let run = StoredRun::from_row(row)?;
                    let sums = run.contribution();
                    if !sums.spends() {
                        continue;
                    }
                    let groups = dimensions
                        .iter()
                        .map(|dimension| groups_of(&mut words, dimension, &run, &sums, of_root))
                        .collect::<Result<_>>()?;
                    let row = words.run_row(row)?;
                    all.push(Spent { trace_id: *trace_id, row, groups, day, sums });
                }
            }
            Ok(all)
        })
    }

    /// A trace as it stands among the dearest.
    pub fn cost_trace(&self, trace_id: TraceId) -> Result<Option<TopTrace>> {
        let scope = CostScope { trace: Some(trace_id), ..CostScope::default() };
        Ok(self.top_cost_traces(&scope, None, 1)?.pop())
    }
}

/// User and labels with tags of the root, as words.
type OfRoot = (Option<i64>, Option<i64>);

/// What a run counts under.
fn groups_of(
    words: &mut Words<'_>,
    dimension: &Dimension,
    run: &StoredRun,
    sums: &RollUp,
    (root_user, root_tags): OfRoot,
) -> Result<Vec<Option<String>>> {
    let mut text =
        |word: Option<i64>| -> Result<Option<String>> { Ok(words.get(word)?.map(|text| text.to_string())) };
    Ok(match dimension {
        Dimension::All => vec![None],
        Dimension::Model => vec![text(run.model)?],
        Dimension::Provider => vec![text(run.provider)?],
        Dimension::Name => vec![text(run.name)?],
        Dimension::Prompt => vec![text(run.prompt_version)?],
        Dimension::User => vec![text(run.user.or(root_user))?],
        Dimension::Agent => vec![text(run.agent)?],
        unknown
            if unknown.is_unknown()
                && (sums.unpriced_runs == 0
                    || Dimension::of_unknown(run.bill.origin).as_ref() != Some(unknown)) =>
        {
            Vec::new()
        }
        Dimension::Unpriced | Dimension::SumOnly | Dimension::BadCount => {
            let provider = text(run.provider)?.map(|provider| format!("{provider}/")).unwrap_or_default();
            vec![text(run.model)?.map(|model| format!("{provider}{model}"))]
        }
        Dimension::Tag | Dimension::Metadata(_) => {
            let wanted = if let Dimension::Metadata(key) = dimension { key.as_str() } else { "" };
            let mut labels_of = |word: Option<i64>| -> Result<Vec<(String, String)>> {
                Ok(text(word)?.and_then(|text| serde_json::from_str(&text).ok()).unwrap_or_default())
            };
            let mut labels = labels_of(run.labels)?;
            if wanted.is_empty() {
                labels.extend(labels_of(root_tags)?);
            }
            let mut values: Vec<Option<String>> =
                labels.into_iter().filter(|(key, _)| key == wanted).map(|(_, value)| Some(value)).collect();
            // A tag that both the run and its trace have counts once.
            values.sort_unstable();
            values.dedup();
            if values.is_empty() {
                values.push(None);
            }
            values
        }
    })
}
