use std::process::ExitCode;

use engine::{ConversationOf, Engine, OpenConversation};
use model::{RunId, TraceId};
use serde_json::{Value, json};

use super::{conversation, latency_text, run_json};
use crate::output;

#[derive(clap::Subcommand)]
pub(crate) enum Show {
    /// The runs of a trace in tree order, or what was said in it
    Trace {
        /// Trace id, as a UUID or 32 hexadecimal digits
        id: String,
        /// Show the conversation instead of the runs, as Markdown
        #[arg(long)]
        messages: bool,
        /// Show the messages of middleware and other hidden runs too
        #[arg(long, requires = "messages")]
        hidden: bool,
    },
    /// What was said in a trace or a thread: Markdown, or with --json the messages as data
    Messages {
        /// Trace id, as a UUID or 32 hexadecimal digits
        #[arg(required_unless_present = "thread", conflicts_with = "thread")]
        trace: Option<String>,
        /// All traces of this thread key
        #[arg(long)]
        thread: Option<String>,
        /// Of this project only
        #[arg(long, requires = "thread")]
        project: Option<String>,
        /// Show the messages of middleware and other hidden runs too
        #[arg(long)]
        hidden: bool,
    },
    /// What was said in a thread, as Markdown
    Thread {
        /// Thread key
        key: String,
        /// Of this project only
        #[arg(long)]
        project: Option<String>,
        /// Show the messages of middleware and other hidden runs too
        #[arg(long)]
        hidden: bool,
    },
    Cost(super::cost::Cost),
    /// The examples of a dataset
    Dataset(super::datasets::Show),
    /// How far the reviewers of a queue agree, key by key
    Agreement {
        /// Name or id of the queue
        queue: String,
        /// Take "not applicable" as no answer instead of as a category
        #[arg(long)]
        na_missing: bool,
    },
    /// A run with inputs, outputs and metadata
    Run {
        /// Run id, or TRACE/RUN where the run id alone occurs in several traces
        id: String,
        /// Say which rule and attribute gave each field
        #[arg(long)]
        explain: bool,
    },
}

pub(crate) fn run(engine: &Engine, show: &Show, as_json: bool) -> anyhow::Result<ExitCode> {
    // What was said, and everything that is known of it.
    let said: fn(&OpenConversation) -> Value = OpenConversation::to_json;
    let whole: fn(&OpenConversation) -> Value = conversation::whole;
    match show {
        Show::Dataset(wanted) => super::datasets::show(engine, wanted, as_json),
        Show::Cost(cost) => super::cost::run(engine, cost, as_json),
        Show::Agreement { queue, na_missing } => super::agreement::run(engine, queue, *na_missing, as_json),
        Show::Trace { id, messages: false, .. } => trace(engine, id.parse()?, as_json),
        Show::Trace { id, hidden, .. } => {
            conversation::run(engine, &ConversationOf::Trace(id.parse()?), *hidden, as_json.then_some(whole))
        }
        Show::Messages { trace, thread, project, hidden } => {
            let of = match (trace, thread) {
                (Some(id), _) => ConversationOf::Trace(id.parse()?),
                (None, Some(key)) => ConversationOf::Thread { thread: key.clone(), project: project.clone() },
                (None, None) => anyhow::bail!("name a trace, or a thread with --thread"),
            };
            conversation::run(engine, &of, *hidden, as_json.then_some(said))
        }
        Show::Thread { key, project, hidden } => {
            let of = ConversationOf::Thread { thread: key.clone(), project: project.clone() };
            conversation::run(engine, &of, *hidden, as_json.then_some(whole))
        }
        Show::Run { id, explain } => {
            let (trace_id, run_id): (TraceId, RunId) = match id.split_once('/') {
                Some((trace, run)) => (trace.parse()?, run.parse()?),
                None => {
                    let run_id = id.parse()?;
                    (engine.trace_of_run(run_id)?, run_id)
                }
            };
            if *explain {
                explanation(engine, trace_id, run_id, as_json)
            } else {
                run_panel(engine, trace_id, run_id, as_json)
            }
        }
    }
}

fn trace(engine: &Engine, id: TraceId, as_json: bool) -> anyhow::Result<ExitCode> {
    let opened = engine.open_trace(id)?;
    if as_json {
        let runs: Vec<Value> =
            opened.tree.nodes.iter().map(|node| run_json(&opened.runs[node.input], node.depth)).collect();
        output::json(&json!({
            "trace_id": id.to_string(),
            "project": opened.row.project,
            "thread": opened.row.thread,
            "status": opened.row.status.as_str(),
            "orphans": opened.tree.orphans,
            "cycles": opened.tree.cycles,
            "runs": runs,
        }));
        return Ok(ExitCode::SUCCESS);
    }
    for node in &opened.tree.nodes {
        let run = &opened.runs[node.input];
        let indent = "  ".repeat(node.depth as usize);
        let mut line =
            format!("{indent}{} [{}]", run.name.as_deref().unwrap_or("unnamed"), run.run_type.as_str());
        if let Some(model) = &run.model {
            line = format!("{line} {model}");
        }
        line =
            format!("{line} {}", latency_text(run.start.zip(run.end).map(|(start, end)| end.since(start))));
        if let Some(tokens) = run.usage.total() {
            line = format!("{line} {tokens} tokens");
        }
        if let Some(error) = &run.error {
            line = format!("{line} ERROR {error}");
        }
        output::line(line);
    }
    Ok(ExitCode::SUCCESS)
}

fn run_panel(engine: &Engine, trace_id: TraceId, run_id: RunId, as_json: bool) -> anyhow::Result<ExitCode> {
    let opened = engine.open_run(trace_id, run_id)?;
    let detail = &opened.detail;
    let parsed = |text: &str| serde_json::from_str::<Value>(text).unwrap_or_else(|_| text.into());
    let mut value = run_json(&opened.row, 0);
    if let Some(object) = value.as_object_mut() {
        object.remove("depth");
        object.insert("trace_id".to_owned(), trace_id.to_string().into());
        object.insert("project".to_owned(), opened.row.project.as_deref().into());
        object.insert("dialect".to_owned(), opened.row.dialect.as_deref().into());
        object.insert("tags".to_owned(), detail.tags.clone().into());
        object.insert("inputs".to_owned(), detail.inputs.as_deref().map_or(Value::Null, parsed));
        object.insert("outputs".to_owned(), detail.outputs.as_deref().map_or(Value::Null, parsed));
        object.insert("metadata".to_owned(), parsed(&detail.metadata));
        let events: Vec<Value> = detail
            .events
            .iter()
            .map(|event| json!({ "name": event.name, "time": super::time(event.time), "attributes": parsed(&event.attributes) }))
            .collect();
        object.insert("events".to_owned(), events.into());
        let error = detail.error.as_ref().map(
            |error| json!({ "message": error.message, "kind": error.kind, "stacktrace": error.stacktrace }),
        );
        if let Some(error) = error {
            object.insert("error_detail".to_owned(), error);
        }
    }
    output::line(if as_json { value.to_string() } else { serde_json::to_string_pretty(&value)? });
    Ok(ExitCode::SUCCESS)
}

/// One line a field: its value, and in brackets the vocabulary and what it read.
fn explanation(engine: &Engine, trace_id: TraceId, run_id: RunId, as_json: bool) -> anyhow::Result<ExitCode> {
    let records = engine.explain_run(trace_id, run_id)?;
    if as_json {
        let records: Vec<Value> = records
            .iter()
            .map(|fields| {
                let fields = fields.iter().map(|one| {
                    json!({ "field": one.field, "value": one.value, "rule": one.rule, "attribute": one.attribute })
                });
                fields.collect::<Vec<_>>().into()
            })
            .collect();
        output::json(
            &json!({ "trace_id": trace_id.to_string(), "run_id": run_id.to_string(), "records": records }),
        );
        return Ok(ExitCode::SUCCESS);
    }
    if records.is_empty() {
        output::line("The run came in a format that names its fields itself; there is nothing to explain.");
    }
    for field in records.iter().flatten() {
        output::line(format!("{:<16} {} [{}: {}]", field.field, field.value, field.rule, field.attribute));
    }
    Ok(ExitCode::SUCCESS)
}
