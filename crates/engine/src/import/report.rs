//! What an import says of records that it could not read, or read with a change.

use std::sync::PoisonError;

use ingest::Reject;
use model::{RunId, TraceId};
use store::{Outcome, RejectRow, Severity, SourceId, Strayed};

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
    pub(super) fn warn_of_written(&self, job: &RunningJob, source: SourceId) -> Result<()> {
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
        let strays = std::mem::take(&mut *job.strayed.lock().unwrap_or_else(PoisonError::into_inner));
        warnings.extend(strays.iter().map(strayed));
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

impl Engine {
    /// Says of what was written just now which runs have parents that lead back to them, and which updates named another
    /// trace than the creation of their run. Answers what the sender is told.
    pub(crate) fn warn_of(&self, written: &Outcome, source: SourceId) -> Result<Vec<&'static str>> {
        let mut warnings = Vec::new();
        for (trace_id, runs) in &written.joined {
            // A trace that was removed meanwhile has no circles.
            let mut above = match self.store.lineage(*trace_id, runs) {
                Err(store::Error::NotFound { .. }) => continue,
                found => found?,
            };
            above.retain(|(run_id, parent)| *parent != Some(*run_id));
            let cut = views::cut_runs(&above);
            warnings.extend(cut.into_iter().map(|run_id| parent_cycle(*trace_id, run_id)));
        }
        let mut said = Vec::new();
        if !warnings.is_empty() {
            said.push(CIRCLES);
        }
        if !written.strayed.is_empty() {
            said.push(STRAYED);
        }
        warnings.extend(written.strayed.iter().map(strayed));
        for rows in warnings.chunks(LINES_AT_ONCE) {
            self.store.add_rejects(source, rows.to_vec())?;
        }
        Ok(said)
    }
}

/// Adds what matters after a commit to what did after those before.
pub(crate) fn gather(written: &mut Outcome, outcome: Outcome) {
    for (trace_id, runs) in outcome.joined {
        written.joined.entry(trace_id).or_default().extend(runs);
    }
    written.strayed.extend(outcome.strayed);
}

/// What a sender is told of its circles.
const CIRCLES: &str = "The parents of some runs lead back to them; the circles are cut where they are shown";
/// What a sender is told of such updates.
const STRAYED: &str = "Some updates name another trace than the creation of their run; they changed the run where it was created";

fn strayed(strayed: &Strayed) -> RejectRow {
    let Strayed { run_id, named, home } = strayed;
    RejectRow {
        severity: Severity::Warning,
        line: None,
        offset: None,
        path: Some(format!("trace {home}, run {run_id}")),
        code: "other_trace".to_owned(),
        message: format!(
            "An update of the run names the trace {named}; the run was created in the trace {home}, which counts"
        ),
        excerpt: String::new(),
    }
}

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
