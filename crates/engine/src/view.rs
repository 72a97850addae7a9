//! Opening traces and runs.

use std::{
    collections::VecDeque,
    sync::{Arc, PoisonError},
};

use ingest::RunDetail;
use model::{RunId, TraceId};
use store::{AttachmentRow, Remapped, RunRow, TraceRow, TreeRows};
use views::{Tree, TreeInput, build_tree};

use crate::{Engine, error::Result};

/// Opened runs that are kept, since a payload is read in several windows.
const KEPT_RUNS: usize = 4;

/// A trace with its runs and their tree.
#[derive(Debug, Clone)]
pub struct OpenTrace {
    /// The row of the table.
    pub row: TraceRow,
    /// The runs, unsorted.
    pub runs: Vec<RunRow>,
    /// The tree; its nodes point into `runs`.
    pub tree: Tree,
}

/// A trace as its tree shows it.
#[derive(Debug, Clone)]
pub struct TraceTree {
    /// The row of the table.
    pub row: TraceRow,
    /// The runs, unsorted.
    pub rows: TreeRows,
    /// The tree; its nodes point into the runs.
    pub tree: Tree,
}

/// A run with everything that its records say.
#[derive(Debug, Clone)]
pub struct OpenRun {
    /// The trace.
    pub trace_id: TraceId,
    /// The row.
    pub row: RunRow,
    /// What the records say.
    pub detail: RunDetail,
    /// Files.
    pub attachments: Vec<AttachmentRow>,
}

pub(crate) type OpenedRuns = VecDeque<Arc<OpenRun>>;

/// What the tree needs of a run; a row of either kind has it under the same names.
macro_rules! tree_input {
    ($run:expr) => {
        TreeInput {
            run_id: $run.run_id,
            parent_run_id: $run.parent_run_id,
            start: $run.start,
            run_type: $run.run_type,
            status: $run.status,
            counted_tokens: $run.usage.total().filter(|_| $run.usage_counted),
            counted_cost: $run.cost.filter(|_| $run.usage_counted),
            is_agent: false,
        }
    };
}

impl Engine {
    /// Opens a trace.
    pub fn open_trace(&self, id: TraceId) -> Result<OpenTrace> {
        let (row, runs) = self.store.trace_with_runs(id)?;
        let inputs: Vec<TreeInput> = runs.iter().map(|run| tree_input!(run)).collect();
        let tree = build_tree(&inputs);
        Ok(OpenTrace { row, runs, tree })
    }

    /// Opens a trace for its tree alone, which is quicker than [`Engine::open_trace`].
    pub fn open_tree(&self, id: TraceId) -> Result<TraceTree> {
        let (row, rows) = self.store.trace_for_tree(id)?;
        let inputs: Vec<TreeInput> = rows.runs.iter().map(|run| tree_input!(run)).collect();
        let tree = build_tree(&inputs);
        Ok(TraceTree { row, rows, tree })
    }

    /// Opens a run. What a record says is read anew when the run has changed since.
    pub fn open_run(&self, trace_id: TraceId, run_id: RunId) -> Result<Arc<OpenRun>> {
        let (row, records) = self.store.run(trace_id, run_id)?;
        {
            let kept = self.opened.lock().unwrap_or_else(PoisonError::into_inner);
            if let Some(known) = kept.iter().find(|known| known.trace_id == trace_id && known.row == row) {
                return Ok(Arc::clone(known));
            }
        }
        let opened = Arc::new(OpenRun {
            trace_id,
            row,
            detail: ingest::detail(&records),
            attachments: self.store.attachments(trace_id, run_id)?,
        });
        let mut kept = self.opened.lock().unwrap_or_else(PoisonError::into_inner);
        kept.retain(|known| known.trace_id != trace_id || known.row.run_id != run_id);
        if kept.len() >= KEPT_RUNS {
            kept.pop_front();
        }
        kept.push_back(Arc::clone(&opened));
        Ok(opened)
    }

    /// Which rule and attribute gave each field of a run, record by record.
    pub fn explain_run(&self, trace_id: TraceId, run_id: RunId) -> Result<Vec<Vec<ingest::Explanation>>> {
        let (_, records) = self.store.run(trace_id, run_id)?;
        Ok(records.iter().map(ingest::explain).filter(|fields| !fields.is_empty()).collect())
    }

    /// Reads every trace again by the rules of this version; `progress` is told how many are done, of how many, and
    /// ends it by `false`.
    pub fn remap(&self, progress: &mut dyn FnMut(u64, u64) -> bool) -> Result<Remapped> {
        let mut all = Remapped::default();
        let traces = self.store.trace_ids()?;
        let count = u64::try_from(traces.len()).unwrap_or(u64::MAX);
        for (trace_id, done) in traces.into_iter().zip(1..) {
            let one = match self.store.remap_trace(trace_id) {
                // It went while others were read.
                Err(store::Error::NotFound { .. }) => continue,
                one => one?,
            };
            all.runs += one.runs;
            all.changed += one.changed;
            for (field, count) in one.fields {
                *all.fields.entry(field).or_default() += count;
            }
            if !progress(done, count) {
                break;
            }
        }
        self.opened.lock().unwrap_or_else(PoisonError::into_inner).clear();
        Ok(all)
    }

    /// The trace of a run that is named by its id alone.
    pub fn trace_of_run(&self, run_id: RunId) -> Result<TraceId> {
        Ok(self.store.trace_of_run(run_id)?)
    }

    /// Media type and content of a file of a run.
    pub fn attachment(&self, trace_id: TraceId, run_id: RunId, name: &str) -> Result<(String, Vec<u8>)> {
        Ok(self.store.attachment(trace_id, run_id, name)?)
    }
}
