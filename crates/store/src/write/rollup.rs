//! Roll-ups of trace, thread and project, kept in the writing transaction by difference: a [`Summary`] for each trace
//! at work, written with its groups at the end of the transaction.

use model::{RunRecord, TraceId};
use rusqlite::{OptionalExtension, Params, ToSql, params, params_from_iter};

use super::{
    session::Session,
    summary::{Best, Considered, Previews, Root, Summary},
    tail::Tail,
};
use crate::{
    SourceId,
    cost::{OfRoot, TraceCosts},
    error::Result,
    payload,
    row::{ROLL_UP_COLUMNS, RUN_COLUMNS, RollUp, StoredRun, WordId, numbered, status_to},
};

/// A trace at work.
pub(super) struct TraceState {
    pub(super) id: i64,
    source: i64,
    /// Roll-ups as they stand in the tables; absent while the trace has not been written yet.
    written: Option<Written>,
    pub(super) summary: Summary,
    pub(super) costs: TraceCosts,
    pub(super) tail: Option<Tail>,
    /// Whether the tables were asked for the open block.
    pub(super) tail_sought: bool,
    /// The summary has to be counted anew.
    stale: bool,
    /// It has to be settled again which of its runs count.
    pub(super) recount: bool,
    /// Something has to be written at the end of the transaction.
    pub(super) touched: bool,
}

/// What project and thread currently hold of a trace.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Written {
    project: i64,
    thread: Option<i64>,
    failed: bool,
    sums: RollUp,
}

/// What a transaction adds to a project or thread.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct GroupSums {
    traces: i64,
    failed: i64,
    sums: RollUp,
}

impl Session<'_> {
    /// Carries the change of a run into the summary of its trace.
    pub(super) fn consider(
        &mut self,
        trace_id: TraceId,
        old: Option<&StoredRun>,
        new: Option<&StoredRun>,
        previews: &Previews,
    ) -> Result<()> {
        let Some(state) = self.state.traces.get_mut(&trace_id) else { return Ok(()) };
        state.touched = true;
        if state.summary.consider(old, new, previews) == Considered::Stale {
            state.stale = true;
        }
        let mut costs = std::mem::take(&mut state.costs);
        let considered = self.consider_costs(&mut costs, old, new);
        if let Some(state) = self.state.traces.get_mut(&trace_id) {
            state.costs = costs;
        }
        considered
    }

    /// Row id of a trace.
    pub(crate) fn lookup_trace(&self, trace_id: TraceId) -> Result<Option<i64>> {
        Ok(self
            .transaction
            .prepare_cached("SELECT id FROM trace WHERE uuid = ?1")?
            .query_row([trace_id.as_bytes()], |row| row.get(0))
            .optional()?)
    }

    pub(super) fn trace_id_of(&mut self, trace_id: TraceId) -> Result<i64> {
        match self.state.traces.get(&trace_id) {
            Some(trace) => Ok(trace.id),
            None => self.trace(trace_id, SourceId(0)),
        }
    }

    /// Makes sure that the trace is in memory, creating it under `source` when it is new; returns its row id.
    pub(crate) fn trace(&mut self, trace_id: TraceId, source: SourceId) -> Result<i64> {
        if let Some(trace) = self.state.traces.get(&trace_id) {
            return Ok(trace.id);
        }
        let loaded = match self.load_trace(trace_id)? {
            Some(loaded) => loaded,
            None => self.create_trace(trace_id, source)?,
        };
        let id = loaded.id;
        self.state.traces.insert(trace_id, loaded);
        Ok(id)
    }

    fn create_trace(&mut self, trace_id: TraceId, source: SourceId) -> Result<TraceState> {
        let project = self.project("default")?;
        self.transaction
            .prepare_cached(&format!(
                "INSERT INTO trace (uuid, source, project, root, status, {}) VALUES (?1, ?2, ?3, x'', 0, {})",
                ROLL_UP_COLUMNS.join(", "),
                ROLL_UP_COLUMNS.map(|_| "0").join(", ")
            ))?
            .execute(params![trace_id.as_bytes(), source.0, project])?;
        Ok(TraceState {
            id: self.transaction.last_insert_rowid(),
            source: source.0,
            written: None,
            summary: Summary::default(),
            costs: TraceCosts::default(),
            tail: None,
            tail_sought: true,
            stale: false,
            recount: false,
            touched: true,
        })
    }

    fn load_trace(&mut self, trace_id: TraceId) -> Result<Option<TraceState>> {
        let mut statement = self.transaction.prepare_cached(&format!(
            "SELECT id, source, project, thread, root, status, start_ns, end_ns, model, input_preview, output_preview, {}, \
             echo_of IS NOT NULL AS is_echo, cost_day \
             FROM trace WHERE uuid = ?1",
            ROLL_UP_COLUMNS.join(", ")
        ))?;
        let loaded = statement
            .query_row([trace_id.as_bytes()], |row| {
                let sums = RollUp::from_row(row, 11)?;
                let written = Written {
                    project: row.get(2)?,
                    thread: row.get(3)?,
                    failed: row.get::<_, i64>(5)? == status_to(model::RunStatus::Error),
                    sums,
                };
                let previews = Previews { input: row.get(9)?, output: row.get(10)? };
                let model: Option<WordId> = row.get(8)?;
                let is_echo: bool = row.get("is_echo")?;
                let summary = Summary {
                    root: None,
                    start: row.get::<_, Option<i64>>(6)?.map(model::UnixNanos),
                    end: row.get::<_, Option<i64>>(7)?.map(model::UnixNanos),
                    sums,
                    // A trace that stands behind another one is in no thread, whatever its runs say.
                    first_thread: if written.thread.is_some() || is_echo {
                        Best::Unknown
                    } else {
                        Best::Known(None)
                    },
                    first_project: Best::Unknown,
                    top_model: if model.is_some() { Best::Unknown } else { Best::Known(None) },
                };
                let root: [u8; 16] = row.get(4)?;
                let written = if is_echo { None } else { Some(written) };
                let day: Option<i64> = row.get("cost_day")?;
                Ok((row.get::<_, i64>(0)?, row.get::<_, i64>(1)?, written, summary, previews, root, day))
            })
            .optional()?;
        drop(statement);
        let Some((id, source, written, mut summary, previews, root, day)) = loaded else { return Ok(None) };
        let root = self
            .transaction
            .prepare_cached(&format!("SELECT {RUN_COLUMNS} FROM run WHERE trace = ?1 AND uuid = ?2"))?
            .query_row(params![id, root], StoredRun::from_row)
            .optional()?;
        summary.root = root.map(|run| Root {
            rank: run.root_rank(),
            dialect: run.dialect,
            name: run.name,
            status: run.status,
            thread: run.thread,
            project: run.project,
            user: run.user,
            tags: run.trace_tags(),
            input_preview: previews.input,
            output_preview: previews.output,
        });
        let of_root = self.of_root(summary.root.as_ref())?;
        let place = written.map(|written| written.project).zip(day);
        let costs = self.load_costs(id, place, &of_root)?;
        Ok(Some(TraceState {
            id,
            source,
            written,
            summary,
            costs,
            tail: None,
            tail_sought: false,
            stale: false,
            recount: false,
            touched: false,
        }))
    }

    /// Counts the summary anew from the rows of the trace.
    fn summarise(&mut self, trace_id: TraceId, state: &mut TraceState) -> Result<()> {
        let mut summary = Summary::default();
        let mut root = None;
        let mut statement =
            self.transaction.prepare_cached(&format!("SELECT {RUN_COLUMNS} FROM run WHERE trace = ?1"))?;
        let mut rows = statement.query([state.id])?;
        while let Some(row) = rows.next()? {
            let run = StoredRun::from_row(row)?;
            // Adding runs never makes a fresh summary stale.
            let _ = summary.consider(None, Some(&run), &Previews::default());
            if summary.root.as_ref().is_some_and(|root| root.rank.2 == run.uuid) {
                root = Some(run);
            }
        }
        if let (Some(chosen), Some(run)) = (&mut summary.root, root) {
            let records = match state.tail.as_ref().and_then(|tail| tail.get(run.place)) {
                Some(entry) => payload::decode_entry(entry)?,
                None => self.load_records(trace_id, run.place)?,
            };
            let interpreted: Vec<RunRecord> =
                records.iter().filter_map(|raw| self.state.interpret.interpret(raw)).collect();
            let previews = Previews::of(&model::merge(&interpreted));
            chosen.input_preview = previews.input;
            chosen.output_preview = previews.output;
        }
        state.summary = summary;
        state.stale = false;
        Ok(())
    }

    pub(super) fn flush_trace(&mut self, trace_id: TraceId) -> Result<()> {
        let Some(mut state) = self.state.traces.remove(&trace_id) else { return Ok(()) };
        state.touched = false;
        if let Some(tail) = &mut state.tail {
            tail.flush(self.transaction, state.id, self.change)?;
        }
        if state.stale || state.summary.is_undecided() {
            self.summarise(trace_id, &mut state)?;
        }
        if state.summary.sums.runs == 0 {
            return self.drop_trace(trace_id, state);
        }
        let summary = &state.summary;
        let project = match summary.project() {
            Some(word) => {
                let name: String = self
                    .transaction
                    .prepare_cached("SELECT text FROM word WHERE id = ?1")?
                    .query_row([word], |row| row.get(0))?;
                self.project(&name)?
            }
            None => self.project("default")?,
        };
        let echo_of = self.shown_instead(project, &state)?;
        let summary = &state.summary;
        let thread = match summary.thread() {
            Some(key) if echo_of.is_none() => Some(self.thread(project, key)?),
            _ => None,
        };
        let root = summary.root.as_ref();
        let status = summary.status();
        let now = Written { project, thread, failed: status == model::RunStatus::Error, sums: summary.sums };
        let now = Some(now).filter(|_| echo_of.is_none());
        self.move_between_groups(state.written.as_ref(), now.as_ref());
        let counted = now.map(|now| now.project);
        let of_root = self.of_root(root)?;
        let cost_day = self.flush_costs(&mut state.costs, counted, summary.start, &of_root);
        let columns: [&dyn ToSql; 14] = [
            &state.id,
            &project,
            &thread,
            &root.map_or([0; 16], |root| root.rank.2),
            &root.and_then(|root| root.name),
            &status_to(status),
            &summary.start.map(|time| time.0),
            &summary.end.map(|time| time.0),
            &summary.latency(),
            &summary.top_model.value(),
            &root.and_then(|root| root.input_preview.as_deref()),
            &root.and_then(|root| root.output_preview.as_deref()),
            &echo_of,
            &cost_day,
        ];
        self.transaction
            .prepare_cached(&format!(
                "UPDATE trace SET project = ?2, thread = ?3, root = ?4, name = ?5, status = ?6, start_ns = ?7, \
                 end_ns = ?8, latency_ns = ?9, model = ?10, input_preview = ?11, output_preview = ?12, \
                 echo_of = ?13, cost_day = ?14, {} WHERE id = ?1",
                numbered(ROLL_UP_COLUMNS, 15, |column, value| format!("{column} = {value}"))
            ))?
            .execute(with_sums(&columns, &summary.sums.to_columns()))?;
        state.written = now;
        let echoes = self.echoes(trace_id, project, &state)?;
        self.state.traces.insert(trace_id, state);
        self.flush_again(&echoes)
    }

    fn drop_trace(&mut self, trace_id: TraceId, mut state: TraceState) -> Result<()> {
        self.move_between_groups(state.written.as_ref(), None);
        self.flush_costs(&mut state.costs, None, None, &OfRoot::default());
        for statement in [
            "DELETE FROM block WHERE trace = ?1",
            "DELETE FROM attachment WHERE trace = ?1",
            "DELETE FROM trace WHERE id = ?1",
        ] {
            self.transaction.prepare_cached(statement)?.execute([state.id])?;
        }
        self.void_text(state.id)?;
        tracing::trace!(source = state.source, "a trace without runs was dropped");
        let echoes = self.known_echoes(trace_id)?;
        self.flush_again(&echoes)
    }

    fn thread(&self, project: i64, key: WordId) -> Result<i64> {
        self.transaction
            .prepare_cached("INSERT OR IGNORE INTO thread (project, key) VALUES (?1, ?2)")?
            .execute(params![project, key])?;
        Ok(self
            .transaction
            .prepare_cached("SELECT id FROM thread WHERE project = ?1 AND key = ?2")?
            .query_row(params![project, key], |row| row.get(0))?)
    }

    fn move_between_groups(&mut self, old: Option<&Written>, new: Option<&Written>) {
        if old == new {
            return;
        }
        for (written, sign) in [(old, -1), (new, 1)] {
            let Some(written) = written else { continue };
            let thread = written.thread.map(|thread| self.thread_sums.entry(thread).or_default());
            for group in std::iter::once(self.project_sums.entry(written.project).or_default()).chain(thread)
            {
                group.traces += sign;
                group.failed += sign * i64::from(written.failed);
                group.sums = if sign > 0 { group.sums + written.sums } else { group.sums - written.sums };
            }
        }
    }

    pub(super) fn flush_groups(&mut self) -> Result<()> {
        self.flush_cost_changes()?;
        for (table, groups) in [("project", &self.project_sums), ("thread", &self.thread_sums)] {
            let mut statement = self.transaction.prepare_cached(&format!(
                "UPDATE {table} SET traces = traces + ?2, failed_traces = failed_traces + ?3, {} WHERE id = ?1",
                numbered(ROLL_UP_COLUMNS, 4, |column, value| format!("{column} = {column} + {value}"))
            ))?;
            for (id, group) in groups {
                let columns: [&dyn ToSql; 3] = [id, &group.traces, &group.failed];
                statement.execute(with_sums(&columns, &group.sums.to_columns()))?;
            }
        }
        let emptied: Vec<i64> = self
            .thread_sums
            .iter()
            .filter(|(_, group)| group.traces < 0)
            .map(|(thread, _)| *thread)
            .collect();
        for project in std::mem::take(&mut self.emptied_projects) {
            let gone = self
                .transaction
                .prepare_cached("DELETE FROM project WHERE id = ?1 AND traces = 0")?
                .execute([project])?;
            if gone > 0 {
                for statement in
                    ["DELETE FROM project_alias WHERE project = ?1", "DELETE FROM thread WHERE project = ?1"]
                {
                    self.transaction.prepare_cached(statement)?.execute([project])?;
                }
            }
        }
        for thread in emptied {
            self.transaction
                .prepare_cached("DELETE FROM thread WHERE id = ?1 AND traces = 0")?
                .execute([thread])?;
        }
        Ok(())
    }
}

/// These values, followed by those of [`ROLL_UP_COLUMNS`].
fn with_sums<'v>(columns: &[&'v dyn ToSql], sums: &'v [i64]) -> impl Params {
    let values: Vec<&dyn ToSql> =
        columns.iter().copied().chain(sums.iter().map(|sum| sum as &dyn ToSql)).collect();
    params_from_iter(values)
}
