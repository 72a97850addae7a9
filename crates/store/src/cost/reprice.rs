//! Computing costs again after prices changed, and undoing the last time.

use std::collections::{BTreeMap, HashMap};

use model::{Bill, Cost, RunFields, RunId, TraceId, UnixNanos};
use rusqlite::{OptionalExtension, params};

use crate::{
    Interpret, Store,
    error::Result,
    row::{StoredRun, WordId, qualified, run_columns},
    write::Session,
};

/// A computing again that was done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Repricing {
    /// When.
    pub at: UnixNanos,
    /// Runs that it changed.
    pub runs: u64,
}

/// What computing costs again changes for one model.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct RepricedModel {
    /// Runs whose cost changes.
    pub runs: u64,
    /// Their cost as it stands, where it is known.
    pub before: Option<Cost>,
    /// Their cost by the prices of now, where they are known.
    pub after: Option<Cost>,
    /// Runs that had no price and get one.
    pub newly_priced: u64,
    /// Runs that lose their price.
    pub no_longer_priced: u64,
}

/// What computing costs again changes.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Repriced {
    /// Runs that were looked at: those whose cost follows from a price, or would.
    pub runs: u64,
    /// Changes of what counts, by provider and model.
    pub models: BTreeMap<(Option<String>, Option<String>), RepricedModel>,
    /// Runs whose cost changes and that do not count, so that no sum does.
    pub uncounted: u64,
    /// Traces in which something changes.
    pub traces: Vec<TraceId>,
}

impl Repriced {
    /// Runs that change.
    pub fn changed(&self) -> u64 {
        self.models.values().map(|model| model.runs).sum::<u64>() + self.uncounted
    }

    /// How far the sum of all costs moves.
    pub fn moved_by(&self) -> Cost {
        let pico = |cost: Option<Cost>| cost.unwrap_or_default().pico_usd;
        let moved = self.models.values().fold(0_i64, |sum, model| {
            sum.saturating_add(pico(model.after)).saturating_sub(pico(model.before))
        });
        Cost { pico_usd: moved }
    }

    fn add(&mut self, run: &Spender, before: &Bill, after: &Bill) {
        let model = self.models.entry((run.provider.clone(), run.model.clone())).or_default();
        let add = |sum: Option<Cost>, cost: Option<Cost>| match (sum, cost) {
            (Some(sum), Some(cost)) => Some(Cost { pico_usd: sum.pico_usd.saturating_add(cost.pico_usd) }),
            (sum, cost) => sum.or(cost),
        };
        model.runs += 1;
        model.before = add(model.before, before.total());
        model.after = add(model.after, after.total());
        model.newly_priced += u64::from(before.origin.is_unknown() && after.total().is_some());
        model.no_longer_priced += u64::from(before.total().is_some() && after.origin.is_unknown());
    }
}

struct Spender {
    provider: Option<String>,
    model: Option<String>,
}

/// What the row of a run tells of it that its price depends on.
fn fields_of(run: &StoredRun, provider: Option<String>, model: Option<String>) -> RunFields {
    RunFields {
        run_type: Some(run.run_type),
        start: run.start,
        provider,
        model,
        usage: run.usage.clone(),
        ..RunFields::default()
    }
}

impl Store {
    /// What computing costs again by the prices of now would change. Costs that a producer sent stay. `go_on` is asked
    /// from time to time with the number of runs that were looked at.
    pub fn preview_repricing(
        &self,
        interpret: &dyn Interpret,
        mut go_on: impl FnMut(u64) -> bool,
    ) -> Result<Option<Repriced>> {
        self.reading(|connection| {
            let mut statement = connection.prepare_cached(&format!(
                "SELECT {}, trace.uuid AS trace_uuid, trace.echo_of IS NULL AS in_sums, model.text AS model_text, provider.text AS provider_text FROM run \
                 JOIN trace ON trace.id = run.trace LEFT JOIN word AS model ON model.id = run.model \
                 LEFT JOIN word AS provider ON provider.id = run.provider \
                 WHERE run.cost_origin IN (2, 4) OR run.cost_origin = 0 AND \
                 coalesce(run.input_tokens, run.output_tokens, run.total_tokens) IS NOT NULL",
                qualified("run", run_columns())
            ))?;
            let mut rows = statement.query([])?;
            let mut repriced = Repriced::default();
            let mut last: Option<TraceId> = None;
            while let Some(row) = rows.next()? {
                let run = StoredRun::from_row(row)?;
                repriced.runs += 1;
                if repriced.runs.is_multiple_of(10_000) && !go_on(repriced.runs) {
                    return Ok(None);
                }
                let spender = Spender { provider: row.get("provider_text")?, model: row.get("model_text")? };
                let fields = fields_of(&run, spender.provider.clone(), spender.model.clone());
                let after = interpret.bill(&fields);
                if (after.origin, after.by_class) == (run.bill.origin, run.bill.by_class) {
                    continue;
                }
                if row.get("in_sums")? && !run.is_shadowed() {
                    repriced.add(&spender, &run.bill, &after);
                } else {
                    repriced.uncounted += 1;
                }
                let trace_id = TraceId::from_bytes(row.get("trace_uuid")?);
                if last != Some(trace_id) {
                    repriced.traces.push(trace_id);
                    last = Some(trace_id);
                }
            }
            repriced.traces.sort_unstable();
            repriced.traces.dedup();
            Ok(Some(repriced))
        })
    }

    /// Begins computing again: from here on the changes are kept for [`Store::undo_repricing`], those of the last time no
    /// more.
    pub fn begin_repricing(&self, now: UnixNanos) -> Result<()> {
        self.writing(move |session| {
            session.transaction.execute("DELETE FROM repriced", [])?;
            session
                .transaction
                .execute("INSERT OR REPLACE INTO repricing (id, at_ns, runs) VALUES (1, ?1, 0)", [now.0])?;
            Ok(())
        })
    }

    /// Computes the costs of these traces again by the prices of now; tells how many runs changed.
    pub fn reprice_traces(&self, traces: Vec<TraceId>) -> Result<u64> {
        self.writing(move |session| {
            let mut changed = 0;
            for trace_id in &traces {
                changed += session.reprice_trace(*trace_id)?;
            }
            session
                .transaction
                .prepare_cached("UPDATE repricing SET runs = runs + ?1")?
                .execute([i64::try_from(changed).unwrap_or(i64::MAX)])?;
            Ok(changed)
        })
    }

    /// The last computing again, as long as it can be undone.
    pub fn last_repricing(&self) -> Result<Option<Repricing>> {
        self.reading(|connection| {
            Ok(connection
                .prepare_cached("SELECT at_ns, runs FROM repricing WHERE runs > 0")?
                .query_row([], |row| {
                    let runs = u64::try_from(row.get::<_, i64>(1)?).unwrap_or(0);
                    Ok(Repricing { at: UnixNanos(row.get(0)?), runs })
                })
                .optional()?)
        })
    }

    /// Gives up to so many runs the cost back that they had before the last computing again, and tells how many were
    /// looked at and how many got it. A run whose cost was computed in another way since keeps it.
    pub fn undo_repricing(&self, limit: u32) -> Result<(u64, u64)> {
        self.writing(move |session| session.undo_repricing(limit))
    }
}

/// Texts of the dictionary, looked up once.
type Texts = HashMap<WordId, String>;

impl Session<'_> {
    fn text(&self, known: &mut Texts, word: Option<WordId>) -> Result<Option<String>> {
        let Some(word) = word else { return Ok(None) };
        if let Some(text) = known.get(&word) {
            return Ok(Some(text.clone()));
        }
        let text: String = self
            .transaction
            .prepare_cached("SELECT text FROM word WHERE id = ?1")?
            .query_row([word], |row| row.get(0))?;
        known.insert(word, text.clone());
        Ok(Some(text))
    }

    fn reprice_trace(&mut self, trace_id: TraceId) -> Result<u64> {
        let Some(trace) = self.lookup_trace(trace_id)? else { return Ok(0) };
        self.trace(trace_id, crate::SourceId(0))?;
        let runs: Vec<[u8; 16]> = {
            let mut statement = self.transaction.prepare_cached(
                "SELECT uuid FROM run WHERE trace = ?1 AND (cost_origin IN (2, 4) OR cost_origin = 0 AND \
                 coalesce(input_tokens, output_tokens, total_tokens) IS NOT NULL)",
            )?;
            statement.query_map([trace], |row| row.get(0))?.collect::<rusqlite::Result<_>>()?
        };
        let mut texts = Texts::new();
        let mut changed = 0;
        for uuid in runs {
            let Some(run) = self.find_run(trace_id, RunId::from_bytes(uuid))? else { continue };
            let fields =
                fields_of(&run, self.text(&mut texts, run.provider)?, self.text(&mut texts, run.model)?);
            let bill = self.state.interpret.bill(&fields);
            let price = self.word(bill.price.as_deref())?;
            let bill = Bill { price: None, ..bill };
            if bill == run.bill && price == run.price {
                continue;
            }
            changed += 1;
            self.transaction
                .prepare_cached(
                    "INSERT OR REPLACE INTO repriced (trace, run, price_before, price_after) VALUES (?1, ?2, ?3, ?4)",
                )?
                .execute(params![trace, uuid, run.price, price])?;
            let new = StoredRun { price, bill, ..run.clone() };
            self.rewrite_run(trace_id, trace, &run, new)?;
        }
        if changed > 0 {
            // Of two that tell as many tokens the one counts whose cost is known.
            self.recount(trace_id);
            self.mark_changed([trace_id]);
        }
        Ok(changed)
    }

    fn undo_repricing(&mut self, limit: u32) -> Result<(u64, u64)> {
        type Kept = (i64, [u8; 16], Option<WordId>, Option<WordId>, Option<[u8; 16]>);
        let kept: Vec<Kept> = {
            let mut statement = self.transaction.prepare_cached(
                "SELECT repriced.trace, run, price_before, price_after, trace.uuid FROM repriced \
                 LEFT JOIN trace ON trace.id = repriced.trace LIMIT ?1",
            )?;
            statement
                .query_map([limit], |row| {
                    Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?, row.get(4)?))
                })?
                .collect::<rusqlite::Result<_>>()?
        };
        if kept.is_empty() {
            self.transaction.execute("DELETE FROM repricing", [])?;
        }
        let mut texts = Texts::new();
        let mut undone = 0;
        for (trace, uuid, before, after, trace_uuid) in &kept {
            self.transaction
                .prepare_cached("DELETE FROM repriced WHERE trace = ?1 AND run = ?2")?
                .execute(params![trace, uuid])?;
            let Some(trace_id) = trace_uuid.map(TraceId::from_bytes) else { continue };
            self.trace(trace_id, crate::SourceId(0))?;
            let run = self.find_run(trace_id, RunId::from_bytes(*uuid))?;
            let Some(run) = run.filter(|run| run.price == *after) else { continue };
            let fields =
                fields_of(&run, self.text(&mut texts, run.provider)?, self.text(&mut texts, run.model)?);
            let price = self.text(&mut texts, *before)?;
            let bill = self.state.interpret.bill_at(&fields, price.as_deref());
            let new = StoredRun { price: *before, bill: Bill { price: None, ..bill }, ..run.clone() };
            self.rewrite_run(trace_id, *trace, &run, new)?;
            self.recount(trace_id);
            self.mark_changed([trace_id]);
            undone += 1;
        }
        Ok((u64::try_from(kept.len()).unwrap_or(u64::MAX), undone))
    }
}
