//! What an import says of records that it could not read, or read with a change.

use std::{collections::BTreeMap, sync::PoisonError};

use ingest::Reject;
use model::{Operation, RunId, RunRecord, TraceId};
use store::{RejectRow, Severity, SourceId};

use super::RunningJob;
use crate::{Engine, error::Result};

/// Lines of a report that are written together.
const LINES_AT_ONCE: usize = 500;
/// Traces that are looked through in one snapshot of the library.
const TRACES_AT_ONCE: usize = 2000;

impl Engine {
    pub(super) fn keep_rejects(
        &self,
        job: &RunningJob,
        source: SourceId,
        mut rejects: Vec<Reject>,
    ) -> Result<()> {
        self.redaction.rejects(&mut rejects);
        let count = u64::try_from(rejects.len()).unwrap_or(0);
        job.update(|job| {
            job.rejected += count;
            if let Some(first) = rejects.first().filter(|_| job.error.is_none()) {
                job.error = Some(first.message.clone());
            }
        });
        let rows: Vec<RejectRow> = rejects.into_iter().map(rejected_row).collect();
        for rows in rows.chunks(LINES_AT_ONCE) {
            self.store.add_rejects(source, rows.to_vec())?;
        }
        if rows.is_empty() {
            self.store.add_rejects(source, Vec::new())?;
        }
        Ok(())
    }

    pub(super) fn keep_warnings(
        &self,
        job: &RunningJob,
        source: SourceId,
        mut warnings: Vec<Reject>,
    ) -> Result<()> {
        self.redaction.rejects(&mut warnings);
        let count = u64::try_from(warnings.len()).unwrap_or(0);
        job.update(|job| job.warnings += count);
        let rows: Vec<RejectRow> = warnings.into_iter().map(warning_row).collect();
        for rows in rows.chunks(LINES_AT_ONCE) {
            self.store.note_warnings(source, rows.to_vec())?;
        }
        Ok(())
    }

    /// Runs that are, by way of others, their own parents show only when all of a trace is there.
    pub(super) fn warn_of_cycles(&self, job: &RunningJob, source: SourceId) -> Result<()> {
        let mut traces = job.named.lock().unwrap_or_else(PoisonError::into_inner).clone();
        traces.extend(job.traces.lock().unwrap_or_else(PoisonError::into_inner).iter());
        let mut traces: Vec<TraceId> = traces.into_iter().collect();
        traces.sort_unstable();
        let mut warnings = Vec::new();
        for traces in traces.chunks(TRACES_AT_ONCE) {
            self.store.visit_parents(traces, |trace_id, runs| {
                // One that names itself was said when it was read.
                let of_others: Vec<_> =
                    runs.into_iter().filter(|(run_id, parent)| *parent != Some(*run_id)).collect();
                let cut = views::cut_runs(&of_others);
                warnings.extend(cut.into_iter().map(|run_id| parent_cycle(trace_id, run_id)));
            })?;
        }
        let count = u64::try_from(warnings.len()).unwrap_or(0);
        job.update(|job| job.warnings += count);
        for rows in warnings.chunks(LINES_AT_ONCE) {
            self.store.add_rejects(source, rows.to_vec())?;
        }
        Ok(())
    }
}

pub(crate) fn rejected_row(reject: Reject) -> RejectRow {
    report_row(Severity::Rejected, reject)
}

pub(crate) fn warning_row(warning: Reject) -> RejectRow {
    report_row(Severity::Warning, warning)
}

/// Runs that came with a parent, by trace: what may have closed a circle.
pub(crate) type Joined = BTreeMap<TraceId, Vec<RunId>>;

/// The runs among these that name a parent. An update only repeats what the creation said.
pub(crate) fn joined(records: &[RunRecord]) -> Joined {
    let mut joined = Joined::new();
    for record in records.iter().filter(|record| record.raw.operation != Operation::Update) {
        if let (Some(trace_id), Some(parent)) = (record.trace_id, record.fields.parent_run_id)
            && parent != record.run_id
        {
            joined.entry(trace_id).or_default().push(record.run_id);
        }
    }
    joined
}

impl Engine {
    /// Says which of these runs, written just now, have parents that lead back to them; answers how many.
    pub(crate) fn warn_of_circles(&self, joined: &Joined, source: SourceId) -> Result<usize> {
        let mut warnings = Vec::new();
        for (trace_id, runs) in joined {
            // A trace that was removed meanwhile has no circles.
            let mut above = match self.store.lineage(*trace_id, runs) {
                Err(store::Error::NotFound { .. }) => continue,
                found => found?,
            };
            above.retain(|(run_id, parent)| *parent != Some(*run_id));
            let cut = views::cut_runs(&above);
            warnings.extend(cut.into_iter().map(|run_id| parent_cycle(*trace_id, run_id)));
        }
        for rows in warnings.chunks(LINES_AT_ONCE) {
            self.store.add_rejects(source, rows.to_vec())?;
        }
        Ok(warnings.len())
    }
}

/// What a sender is told of its circles.
pub(crate) const CIRCLES: &str =
    "The parents of some runs lead back to them; the circles are cut where they are shown";

fn parent_cycle(trace_id: TraceId, run_id: RunId) -> RejectRow {
    RejectRow {
        severity: Severity::Warning,
        line: None,
        offset: None,
        path: Some(format!("trace {trace_id}, run {run_id}")),
        code: "parent_cycle".to_owned(),
        message:
            "The parents of the run lead back to it; the circle is cut here, and the run is shown as a root"
                .to_owned(),
        excerpt: String::new(),
    }
}

fn report_row(severity: Severity, reject: Reject) -> RejectRow {
    RejectRow {
        severity,
        line: reject.line,
        offset: reject.offset,
        path: reject.path,
        code: reject.code.to_owned(),
        message: reject.message,
        excerpt: reject.excerpt,
    }
}
