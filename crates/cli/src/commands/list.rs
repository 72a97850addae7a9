use std::process::ExitCode;

use engine::{Engine, TraceFilter, TraceQuery};
use serde_json::{Value, json};

use super::{dash, latency_text, time, trace_json, usage};
use crate::{What, output};

fn row(cells: [&str; 6]) -> Vec<String> {
    cells.map(str::to_owned).to_vec()
}

pub(crate) fn run(
    engine: &Engine,
    what: What,
    project: Option<&str>,
    limit: u32,
    as_json: bool,
) -> anyhow::Result<ExitCode> {
    match what {
        What::Projects => {
            let projects = engine.projects()?;
            let rows: Vec<Value> = projects
                .iter()
                .map(|project| {
                    json!({
                        "name": project.name, "traces": project.traces, "runs": project.runs,
                        "errors": project.failed_traces, "usage": usage(&project.usage),
                        "cost": project.cost.map(|cost| cost.to_string()), "last_activity": time(project.last_activity),
                    })
                })
                .collect();
            let mut table = vec![row(["NAME", "TRACES", "RUNS", "ERRORS", "TOKENS", "COST"])];
            table.extend(projects.iter().map(|project| {
                vec![
                    project.name.clone(),
                    project.traces.to_string(),
                    project.runs.to_string(),
                    project.failed_traces.to_string(),
                    dash(project.usage.total()),
                    dash(project.cost),
                ]
            }));
            print("projects", rows, &table, as_json);
        }
        What::Traces => {
            let filter = TraceFilter { project: project.map(str::to_owned), ..TraceFilter::default() };
            let page = engine.traces(&TraceQuery { filter, limit, ..TraceQuery::default() })?;
            let mut table = vec![row(["TRACE", "STATUS", "LATENCY", "RUNS", "TOKENS", "NAME"])];
            table.extend(page.rows.iter().map(|trace| {
                vec![
                    trace.trace_id.to_string(),
                    trace.status.as_str().to_owned(),
                    latency_text(trace.latency_nanos),
                    trace.runs.to_string(),
                    dash(trace.usage.total()),
                    dash(trace.name.as_deref()),
                ]
            }));
            print("traces", page.rows.iter().map(trace_json).collect(), &table, as_json);
        }
        What::Threads => {
            let page = engine.threads(project, 0, limit)?;
            let rows: Vec<Value> = page
                .rows
                .iter()
                .map(|thread| {
                    json!({
                        "thread": thread.thread, "project": thread.project, "turns": thread.turns, "runs": thread.runs,
                        "errors": thread.failed_turns, "usage": usage(&thread.usage),
                        "cost": thread.cost.map(|cost| cost.to_string()), "first_start": time(thread.first_start),
                        "last_activity": time(thread.last_activity), "first_input": thread.first_input,
                        "last_output": thread.last_output,
                    })
                })
                .collect();
            let mut table = vec![row(["THREAD", "PROJECT", "TURNS", "ERRORS", "TOKENS", "FIRST INPUT"])];
            table.extend(page.rows.iter().map(|thread| {
                vec![
                    thread.thread.clone(),
                    thread.project.clone(),
                    thread.turns.to_string(),
                    thread.failed_turns.to_string(),
                    dash(thread.usage.total()),
                    dash(thread.first_input.as_deref()),
                ]
            }));
            print("threads", rows, &table, as_json);
        }
        What::Runs => return super::runs::run(engine, None, project, limit, as_json),
        What::Datasets => return super::datasets::list(engine, limit, as_json),
    }
    Ok(ExitCode::SUCCESS)
}

fn print(name: &str, rows: Vec<Value>, table: &[Vec<String>], as_json: bool) {
    if as_json {
        output::json(&json!({ name: rows }));
    } else if table.len() == 1 {
        output::note(format!("There are no {name} yet. Import a file with `tracemark import FILE`."));
    } else {
        output::table(table);
    }
}
