use std::{collections::BTreeMap, io::IsTerminal as _, process::ExitCode};

use engine::Engine;
use serde_json::json;

use crate::output;

/// Reads everything again by the rules of this version, and says what changed.
pub(crate) fn run(engine: &Engine, as_json: bool) -> anyhow::Result<ExitCode> {
    let shows_progress = std::io::stderr().is_terminal();
    let remapped = engine.remap(&mut |done, all| {
        if shows_progress && (done % 500 == 0 || done == all) {
            output::note(format!("{done} of {all} traces"));
        }
        true
    })?;
    let fields: BTreeMap<&str, u64> = remapped.fields.iter().map(|(name, count)| (*name, *count)).collect();
    if as_json {
        output::json(&json!({ "runs": remapped.runs, "changed": remapped.changed, "fields": fields }));
        return Ok(ExitCode::SUCCESS);
    }
    output::line(format!("{} runs read again, {} changed", remapped.runs, remapped.changed));
    for (name, count) in fields {
        output::line(format!("  {name}: {count}"));
    }
    Ok(ExitCode::SUCCESS)
}
