use std::process::ExitCode;

use engine::{Engine, Evidence, GuessedThread, TableRequest};
use serde_json::{Value, json};

use super::{dash, millis, time, usage};
use crate::output;

const MINUTE: i64 = 60_000_000_000;
/// Runs that a search opens where rows cannot decide.
const REACH: u32 = 20_000;

/// Threads that traces without a thread key seem to be.
pub(crate) fn run(
    engine: &Engine,
    search: Option<&str>,
    project: Option<&str>,
    limit: u32,
    gap: u32,
    as_json: bool,
) -> anyhow::Result<ExitCode> {
    let among = TableRequest {
        text: search.unwrap_or_default().to_owned(),
        project: project.map(str::to_owned),
        reach: REACH,
        ..TableRequest::default()
    };
    let guessed = engine.guess_threads(&among, i64::from(gap) * MINUTE)?;
    let threads = &guessed.threads[..guessed.threads.len().min(limit as usize)];
    if as_json {
        let rows: Vec<Value> = threads.iter().map(thread_json).collect();
        output::json(&json!({
            "threads": rows, "guesses": guessed.threads.len(), "looked": guessed.looked, "more": guessed.more,
            "unread": guessed.unread, "gap_minutes": gap,
        }));
        return Ok(ExitCode::SUCCESS);
    }
    let mut table =
        vec![["FIRST TRACE", "PROJECT", "TURNS", "EVIDENCE", "FIRST INPUT"].map(str::to_owned).to_vec()];
    table.extend(threads.iter().map(|thread| {
        let evidence: Vec<String> =
            thread.evidence.iter().map(|(evidence, _)| evidence.to_string()).collect();
        vec![
            dash(thread.traces.first()),
            thread.project.clone(),
            thread.traces.len().to_string(),
            evidence.join(", "),
            dash(thread.first_input.as_deref()),
        ]
    }));
    if table.len() > 1 {
        output::table(&table);
    }
    let newest = if guessed.more { "the newest " } else { "" };
    output::note(format!(
        "{} guessed among {newest}{} traces without a thread key; traces of one user are one thread up to {gap} min apart.",
        guessed.threads.len(),
        guessed.looked
    ));
    if guessed.unread > 0 {
        output::note(format!(
            "The messages of {} of them were not read: there was too much.",
            guessed.unread
        ));
    }
    Ok(ExitCode::SUCCESS)
}

fn thread_json(thread: &GuessedThread) -> Value {
    let evidence: Vec<Value> =
        thread.evidence.iter().map(|(evidence, turns)| evidence_json(evidence, *turns)).collect();
    json!({
        "guess": true, "evidence": evidence,
        "traces": thread.traces.iter().map(ToString::to_string).collect::<Vec<_>>(),
        "project": thread.project, "turns": thread.traces.len(), "runs": thread.runs, "errors": thread.failed_turns,
        "usage": usage(&thread.usage), "cost": thread.cost.map(|cost| cost.to_string()),
        "latency_p50_ms": millis(thread.latency_p50), "first_start": time(thread.first_start),
        "last_activity": time(thread.last_activity), "first_input": thread.first_input, "last_output": thread.last_output,
    })
}

fn evidence_json(evidence: &Evidence, turns: usize) -> Value {
    match evidence {
        Evidence::Replayed => json!({ "kind": "replayed", "turns": turns }),
        Evidence::Attribute { key, value } => {
            json!({ "kind": "attribute", "key": key, "value": value, "turns": turns })
        }
        Evidence::User { user } => json!({ "kind": "user", "value": user, "turns": turns }),
    }
}
