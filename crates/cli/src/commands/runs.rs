//! `list runs`: runs across the library, by the syntax of the search bar.

use std::process::ExitCode;

use engine::{Engine, Filter, FoundRun, RunQuery, RunSearch};
use model::filter::search_fields;
use serde_json::{Value, json};

use super::{dash, latency_text, run_json};
use crate::output;

/// Lists the newest runs that the search finds.
pub(crate) fn run(
    engine: &Engine,
    search: Option<&str>,
    project: Option<&str>,
    limit: u32,
    as_json: bool,
) -> anyhow::Result<ExitCode> {
    let text = search.unwrap_or_default();
    let filter = match Filter::parse_search(text) {
        Ok(filter) => filter,
        Err(error) => {
            let before = text.get(..error.offset).unwrap_or_default().chars().count();
            output::note(format!("error: {}\n  {text}\n  {}^", error.message, " ".repeat(before)));
            if error.message.starts_with("unknown field") {
                let mut names: Vec<&str> = search_fields().map(|(name, _)| name).collect();
                names.extend(["feedback.KEY", "metadata.KEY", "inputs.KEY", "outputs.KEY"]);
                names.sort_unstable();
                output::note(format!("fields: {}", names.join(", ")));
            }
            return Ok(ExitCode::from(2));
        }
    };
    let projects = project.map(|name| engine.project_id(name)).transpose()?.into_iter().collect();
    let query = RunQuery { projects, limit, ..RunQuery::default() };
    let filter = (!filter.is_empty()).then_some(filter);
    let found = engine.search_runs(&RunSearch { query, filter, ..RunSearch::default() })?.runs;
    if as_json {
        output::json(&json!({ "runs": found.iter().map(found_json).collect::<Vec<_>>() }));
    } else if found.is_empty() {
        output::note("No run matches.");
    } else {
        let mut table =
            vec![["TRACE/RUN", "TYPE", "STATUS", "LATENCY", "TOKENS", "NAME"].map(str::to_owned).to_vec()];
        table.extend(found.iter().map(|found| {
            let row = &found.row;
            vec![
                format!("{}/{}", found.trace_id, row.run_id),
                row.run_type.as_str().to_owned(),
                row.status.as_str().to_owned(),
                latency_text(row.start.zip(row.end).map(|(start, end)| end.since(start))),
                dash(row.usage.total()),
                dash(row.name.as_deref()),
            ]
        }));
        output::table(&table);
    }
    Ok(ExitCode::SUCCESS)
}

fn found_json(found: &FoundRun) -> Value {
    let mut run = run_json(&found.row, 0);
    if let Some(members) = run.as_object_mut() {
        // A run that is found stands alone: how deep it lies only its trace tells.
        members.remove("depth");
        members.insert("trace_id".to_owned(), found.trace_id.to_string().into());
    }
    run
}
