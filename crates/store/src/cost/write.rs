//! How the sums are kept: a trace at work knows what it adds to each group, and what the tables hold of that.

use std::{collections::HashMap, sync::Arc};

use rusqlite::{OptionalExtension, params};

use super::{Dimension, METADATA, day_of, packed};
use crate::{
    error::Result,
    row::{RUN_COLUMNS, RollUp, StoredRun, WordId},
    write::{Root, Session},
};

/// Dimension and value.
type GroupKey = (i64, i64);
type Groups = HashMap<GroupKey, RollUp>;

/// Dimension, day, project, value.
type PlaceKey = (i64, i64, i64, i64);

/// What a transaction adds to the sums.
#[derive(Default)]
pub(crate) struct CostChanges(HashMap<PlaceKey, (i64, RollUp)>);

/// What a trace spends, by group.
#[derive(Default)]
pub(crate) struct TraceCosts {
    groups: Groups,
    /// Runs at which, or below which, sub-agents may begin.
    holders: i64,
    /// Runs that tell sums, see [`crate::write`].
    sums: i64,
    /// What the tables hold of it, under which project and day.
    written: Option<(i64, i64, Groups)>,
}

impl TraceCosts {
    /// Whether what counts may depend on what is below a run.
    pub(crate) fn has_sums(&self) -> bool {
        self.sums > 0
    }

    /// Whether anything may be counted under a sub-agent, or is.
    pub(crate) fn may_have_agents(&self) -> bool {
        !self.groups.is_empty()
            && (self.holders > 0
                || self.groups.keys().any(|(dimension, value)| *dimension == AGENT && *value != 0))
    }
}

const TAG: i64 = 5;
const USER: i64 = 6;
const AGENT: i64 = 8;

/// What every run of a trace takes from the root.
#[derive(Debug, Default)]
pub(crate) struct OfRoot {
    /// For runs that name none.
    user: Option<WordId>,
    /// Beside those of the run.
    tags: Vec<WordId>,
}

/// Groups of runs without a user go to that of the root, and every run counts under the tags of the root.
fn with_root(groups: &Groups, of_root: &OfRoot) -> Groups {
    let mut effective = groups.clone();
    if let Some(user) = of_root.user
        && let Some(sums) = effective.remove(&(USER, 0))
    {
        let place = effective.entry((USER, user)).or_default();
        *place = *place + sums;
    }
    if let Some(all) = groups.get(&(0, 0)).filter(|_| !of_root.tags.is_empty()) {
        effective.remove(&(TAG, 0));
        effective.extend(of_root.tags.iter().map(|tag| ((TAG, *tag), *all)));
    }
    effective
}

impl Session<'_> {
    /// Labels of a dictionary id: dimension and value of each.
    fn labels(&mut self, id: WordId) -> Result<Arc<[GroupKey]>> {
        if let Some(known) = self.state.labels.get(&id) {
            return Ok(Arc::clone(known));
        }
        let text: Option<String> = self
            .transaction
            .prepare_cached("SELECT text FROM word WHERE id = ?1")?
            .query_row([id], |row| row.get(0))
            .optional()?;
        let pairs: Vec<(String, String)> =
            text.and_then(|text| serde_json::from_str(&text).ok()).unwrap_or_default();
        let mut keys = Vec::with_capacity(pairs.len());
        for (key, value) in pairs {
            let value = self.word(Some(&value))?.unwrap_or(0);
            let dimension = match key.as_str() {
                "" => TAG,
                key => METADATA + self.word(Some(key))?.unwrap_or(0),
            };
            keys.push((dimension, value));
        }
        let keys: Arc<[GroupKey]> = keys.into();
        self.state.labels.insert(id, Arc::clone(&keys));
        Ok(keys)
    }

    /// What the runs of a trace take from its root.
    pub(crate) fn of_root(&mut self, root: Option<&Root>) -> Result<OfRoot> {
        let Some(root) = root else { return Ok(OfRoot::default()) };
        let (user, tags) = (root.user, root.tags);
        let labels = tags.map(|id| self.labels(id)).transpose()?;
        let tags = labels.iter().flat_map(|labels| labels.iter());
        let tags = tags.filter(|(dimension, _)| *dimension == TAG).map(|(_, value)| *value).collect();
        Ok(OfRoot { user, tags })
    }

    /// The groups that a run counts in.
    fn group_keys(&mut self, run: &StoredRun, sums: &RollUp) -> Result<Vec<GroupKey>> {
        let value = |word: Option<WordId>| word.unwrap_or(0);
        let mut keys = vec![
            (0, 0),
            (1, value(run.model)),
            (2, value(run.provider)),
            (3, value(run.name)),
            (4, value(run.prompt_version)),
            (USER, value(run.user)),
            (AGENT, value(run.agent)),
        ];
        if sums.unpriced_runs > 0
            && let Some(dimension) = Dimension::of_unknown(run.bill.origin).and_then(|of| of.fixed())
        {
            let name = self.unpriced_name(run)?;
            keys.push((dimension, self.word(name.as_deref())?.unwrap_or(0)));
        }
        let labels = run.labels.map(|id| self.labels(id)).transpose()?;
        keys.extend(labels.iter().flat_map(|labels| labels.iter().copied()));
        if !keys.iter().any(|(dimension, _)| *dimension == TAG) {
            keys.push((TAG, 0));
        }
        Ok(keys)
    }

    /// `provider/model` of a run without a price.
    fn unpriced_name(&self, run: &StoredRun) -> Result<Option<String>> {
        let Some(model) = run.model else { return Ok(None) };
        Ok(self
            .transaction
            .prepare_cached(
                "SELECT coalesce((SELECT text FROM word WHERE id = ?2) || '/', '') || text FROM word WHERE id = ?1",
            )?
            .query_row(params![model, run.provider], |row| row.get(0))
            .optional()?)
    }

    /// Carries the change of one run into what its trace spends.
    pub(crate) fn consider_costs(
        &mut self,
        costs: &mut TraceCosts,
        old: Option<&StoredRun>,
        new: Option<&StoredRun>,
    ) -> Result<()> {
        for (run, adds) in [(old, false), (new, true)] {
            let Some(run) = run else { continue };
            let sign = if adds { 1 } else { -1 };
            costs.holders += i64::from(run.may_hold_agents()) * sign;
            costs.sums += i64::from(run.tells_sum()) * sign;
            let sums = run.contribution();
            if !sums.spends() {
                continue;
            }
            for key in self.group_keys(run, &sums)? {
                let place = costs.groups.entry(key).or_default();
                *place = if adds { *place + sums } else { *place - sums };
                if *place == RollUp::default() {
                    costs.groups.remove(&key);
                }
            }
        }
        Ok(())
    }

    /// What a trace that is in the tables spends. `written` tells under which project and day the sums hold it.
    pub(crate) fn load_costs(
        &mut self,
        trace: i64,
        written: Option<(i64, i64)>,
        of_root: &OfRoot,
    ) -> Result<TraceCosts> {
        let runs: Vec<StoredRun> = {
            let mut statement = self.transaction.prepare_cached(&format!(
                "SELECT {RUN_COLUMNS} FROM run WHERE trace = ?1 \
                 AND (cost_origin <> 0 OR coalesce(input_tokens, output_tokens, total_tokens) IS NOT NULL \
                 OR run_type = 1 OR flags & 8 OR json_sum IS NOT NULL)"
            ))?;
            statement.query_map([trace], StoredRun::from_row)?.collect::<rusqlite::Result<_>>()?
        };
        let mut costs = TraceCosts::default();
        for run in &runs {
            self.consider_costs(&mut costs, None, Some(run))?;
        }
        costs.written = written.map(|(project, day)| (project, day, with_root(&costs.groups, of_root)));
        Ok(costs)
    }

    /// Brings the sums to what a trace spends now; `project` is absent for a trace that is not counted. Returns the day
    /// under which it stands.
    pub(crate) fn flush_costs(
        &mut self,
        costs: &mut TraceCosts,
        project: Option<i64>,
        start: Option<model::UnixNanos>,
        of_root: &OfRoot,
    ) -> Option<i64> {
        let now = project.map(|project| (project, day_of(start), with_root(&costs.groups, of_root)));
        if now != costs.written {
            for (side, sign) in [(&costs.written, -1_i64), (&now, 1)] {
                let Some((project, day, groups)) = side else { continue };
                for ((dimension, value), sums) in groups {
                    let place = self.cost_changes.0.entry((*dimension, *day, *project, *value)).or_default();
                    place.0 += sign;
                    place.1 = if sign > 0 { place.1 + *sums } else { place.1 - *sums };
                }
            }
        }
        costs.written = now;
        costs.written.as_ref().map(|(_, day, _)| *day)
    }

    /// Writes what the transaction changed.
    pub(crate) fn flush_cost_changes(&mut self) -> Result<()> {
        let changes = std::mem::take(&mut self.cost_changes.0);
        // In the order of the key, so that neighbours share pages.
        let mut changes: Vec<(PlaceKey, (i64, RollUp))> =
            changes.into_iter().filter(|(_, change)| *change != (0, RollUp::default())).collect();
        changes.sort_unstable_by_key(|(key, _)| *key);
        for ((dimension, day, project, value), (traces, sums)) in &changes {
            let key = [dimension, day, project, value];
            let known: Option<(i64, RollUp)> = self
                .transaction
                .prepare_cached(
                    "SELECT traces, sums FROM cost_day WHERE dimension = ?1 AND day = ?2 AND project = ?3 AND value = ?4",
                )?
                .query_row(key, |row| {
                    Ok((row.get(0)?, packed::unpack(row.get_ref(1)?.as_blob().unwrap_or_default())))
                })
                .optional()?;
            let (known_traces, known_sums) = known.unwrap_or_default();
            let traces = known_traces + traces;
            if traces <= 0 {
                self.transaction
                    .prepare_cached(
                        "DELETE FROM cost_day WHERE dimension = ?1 AND day = ?2 AND project = ?3 AND value = ?4",
                    )?
                    .execute(key)?;
                continue;
            }
            let sums = packed::pack(known_sums + *sums);
            self.transaction
                .prepare_cached(
                    "INSERT OR REPLACE INTO cost_day (dimension, day, project, value, traces, sums) \
                     VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
                )?
                .execute(params![dimension, day, project, value, traces, sums])?;
        }
        Ok(())
    }
}
