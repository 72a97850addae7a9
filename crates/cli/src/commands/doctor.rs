use std::process::ExitCode;

use engine::Engine;
use serde_json::json;

use crate::output;

pub(crate) fn run(engine: &Engine, as_json: bool) -> anyhow::Result<ExitCode> {
    let counts = engine.counts()?;
    let problems = engine.check_integrity()?;
    if as_json {
        output::json(&json!({
            "library": engine.library_dir().display().to_string(),
            "bytes": engine.library_bytes(),
            "traces": counts.traces,
            "threads": counts.threads,
            "runs": counts.runs,
            "rejected": counts.rejected,
            "notice": engine.notice(),
            "problems": problems,
        }));
    } else {
        output::line(format!("Library   {}", engine.library_dir().display()));
        output::line(format!("Size      {} bytes", engine.library_bytes()));
        output::line(format!(
            "Traces    {} with {} runs, {} threads",
            counts.traces, counts.runs, counts.threads
        ));
        output::line(format!("Not read  {} records", counts.rejected));
        if let Some(notice) = engine.notice() {
            output::line(format!("Notice    {notice}"));
        }
        output::line(if problems.is_empty() {
            "Integrity ok".to_owned()
        } else {
            format!("Integrity {}", problems.join("; "))
        });
    }
    Ok(if problems.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}
