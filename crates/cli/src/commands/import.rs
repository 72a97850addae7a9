use std::{
    io::{self, IsTerminal as _},
    path::PathBuf,
    process::ExitCode,
    sync::Arc,
    time::Duration,
};

use engine::{Engine, JobState, Severity, SourceId};
use serde_json::json;

use crate::output;

#[derive(clap::Args)]
pub(crate) struct Import {
    /// Files or folders; - reads standard input
    #[arg(required = true, value_name = "FILE")]
    paths: Vec<PathBuf>,
}

/// Lines of a report that are printed of a kind; all of them are in the library.
const SHOWN_LINES: u32 = 20;

pub(crate) fn run(engine: &Arc<Engine>, import: &Import, json: bool) -> anyhow::Result<ExitCode> {
    let mut jobs = Vec::new();
    for path in &import.paths {
        if path.as_os_str() == "-" {
            jobs.push(engine.import_reader("standard input", None, Box::new(io::stdin()))?);
        } else {
            jobs.extend(engine.import_paths(std::slice::from_ref(path), false)?);
        }
    }
    let mut runs = 0;
    let mut new_runs = 0;
    let mut traces = 0;
    let mut rejected = 0;
    let mut feedback = 0;
    let mut waiting = 0;
    let mut examples = 0;
    let mut warnings = 0;
    let mut failed = Vec::new();
    for job in jobs {
        let job = wait(engine, job.id)?;
        runs += job.runs;
        new_runs += job.new_runs;
        traces += job.traces;
        rejected += job.rejected;
        feedback += job.feedback;
        waiting += job.waiting;
        examples += job.examples;
        warnings += job.warnings;
        let is_failed = job.state == JobState::Failed;
        if is_failed {
            failed.push(format!("{}: {}", job.label, job.error.clone().unwrap_or_default()));
        }
        // What made a file fail is said once, as its error.
        if job.rejected > u64::from(is_failed) {
            report(engine, job.source, Severity::Rejected)?;
        }
        if job.warnings > 0 {
            report(engine, job.source, Severity::Warning)?;
        }
    }
    if json {
        output::json(&json!({
            "runs": runs, "new_runs": new_runs, "traces": traces, "rejected": rejected,
            "warnings": warnings, "failed": failed,
            "feedback": feedback, "waiting": waiting, "examples": examples,
        }));
    } else {
        output::line(format!(
            "{runs} runs ({new_runs} new) in {traces} traces, {rejected} records not read, {warnings} warnings"
        ));
        if feedback > 0 {
            output::line(format!("{feedback} feedbacks, {waiting} of them for runs that are not there yet"));
        }
        if examples > 0 {
            output::line(format!("{examples} examples"));
        }
    }
    for failure in &failed {
        output::note(format!("error: {failure}"));
    }
    let is_whole = failed.is_empty() && rejected == 0;
    let brought = runs + feedback + examples > 0;
    Ok(match (is_whole, failed.is_empty() || brought) {
        (true, _) => ExitCode::SUCCESS,
        // In part: some files or records could not be read.
        (false, true) => ExitCode::from(3),
        (false, false) => ExitCode::FAILURE,
    })
}

/// Prints what stands in the report of a source, up to a limit.
fn report(engine: &Engine, source: SourceId, severity: Severity) -> anyhow::Result<()> {
    let page = engine.rejects(&[source], severity, 0, SHOWN_LINES)?;
    let (mark, total) = match severity {
        Severity::Rejected => ("", page.rejected),
        Severity::Warning => ("warning: ", page.warnings),
    };
    for (_, label, line) in &page.rows {
        let at = line.line.map(|line| format!(":{line}")).unwrap_or_default();
        let within = line.path.as_deref().map(|path| format!(" {path}")).unwrap_or_default();
        output::note(format!("{mark}{label}{at}{within}: {} ({})", line.message, line.code));
    }
    if total > u64::from(SHOWN_LINES) {
        output::note(format!("{mark}… and {} more", total - u64::from(SHOWN_LINES)));
    }
    Ok(())
}

fn wait(engine: &Engine, id: engine::JobId) -> anyhow::Result<engine::Job> {
    let shows_progress = io::stderr().is_terminal();
    loop {
        let job = engine.job(id)?;
        if job.state != JobState::Running {
            return Ok(job);
        }
        if shows_progress {
            let total =
                job.bytes_total.map_or_else(|| "?".to_owned(), |total| (total / 1_000_000).to_string());
            output::note(format!(
                "{}: {} of {total} MB, {} runs",
                job.label,
                job.bytes_done / 1_000_000,
                job.runs
            ));
            std::thread::sleep(Duration::from_millis(500));
        } else {
            std::thread::sleep(Duration::from_millis(5));
        }
    }
}
