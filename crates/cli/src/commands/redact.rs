use std::{path::PathBuf, process::ExitCode};

use anyhow::Context as _;
use engine::{Engine, RedactionRule};
use serde_json::json;

use crate::output;

#[derive(clap::Args)]
pub(crate) struct Redact {
    /// Only say what would be replaced; what is in the library is never changed
    #[arg(long, required = true)]
    dry_run: bool,
    /// A JSON list of rules, each with name, kind (path, key, regex, detector) and pattern [default: those of the
    /// settings]
    #[arg(long, value_name = "FILE")]
    rules: Option<PathBuf>,
}

pub(crate) fn run(engine: &Engine, redact: &Redact, as_json: bool) -> anyhow::Result<ExitCode> {
    let rules: Vec<RedactionRule> = match &redact.rules {
        Some(file) => {
            let text =
                std::fs::read_to_string(file).with_context(|| format!("cannot read {}", file.display()))?;
            serde_json::from_str(&text).with_context(|| format!("no list of rules: {}", file.display()))?
        }
        None => engine.settings().redaction,
    };
    let preview = engine.preview_redaction(&rules)?;
    if as_json {
        output::json(&json!({
            "runs": preview.runs,
            "counts": preview.counts.iter().map(|(name, count)| json!({ "name": name, "count": count })).collect::<Vec<_>>(),
            "examples": preview.examples.iter().map(|example| json!({
                "trace_id": example.trace_id.to_string(),
                "run_id": example.run_id.to_string(),
                "rule": example.rule,
                "before": example.before,
                "after": example.after,
            })).collect::<Vec<_>>(),
        }));
        return Ok(ExitCode::SUCCESS);
    }
    output::line(format!("{} runs looked at, {} rules", preview.runs, rules.len()));
    let mut table = vec![vec!["COUNT".to_owned(), "RULE".to_owned()]];
    table.extend(preview.counts.iter().map(|(name, count)| vec![count.to_string(), name.clone()]));
    output::table(&table);
    for example in &preview.examples {
        output::line(format!("\n{} in run {}/{}", example.rule, example.trace_id, example.run_id));
        output::line(format!("  - {}", example.before.escape_debug()));
        output::line(format!("  + {}", example.after.escape_debug()));
    }
    Ok(ExitCode::SUCCESS)
}
