//! One file a command.

pub(crate) mod agreement;
pub(crate) mod conversation;
pub(crate) mod cost;
pub(crate) mod datasets;
pub(crate) mod doctor;
pub(crate) mod exchange;
pub(crate) mod export;
pub(crate) mod guess;
pub(crate) mod import;
pub(crate) mod list;
pub(crate) mod prices;
pub(crate) mod queues;
pub(crate) mod redact;
pub(crate) mod remap;
pub(crate) mod runs;
pub(crate) mod search;
pub(crate) mod serve;
pub(crate) mod show;

use engine::{RunRow, TraceRow};
use model::{UnixNanos, Usage};
use serde_json::{Value, json};

/// ISO 8601 or null.
fn time(time: Option<UnixNanos>) -> Value {
    time.map_or(Value::Null, |time| time.to_iso_micros().into())
}

/// Milliseconds with three digits or null.
fn millis(nanos: Option<i64>) -> Value {
    nanos.map(model::millis).into()
}

fn usage(usage: &Usage) -> Value {
    if usage.is_empty() {
        return Value::Null;
    }
    let classes = [
        ("input_tokens", usage.input),
        ("output_tokens", usage.output),
        ("total_tokens", usage.total()),
        ("cache_read_tokens", usage.cache_read),
        ("cache_creation_tokens", usage.cache_creation),
        ("reasoning_tokens", usage.reasoning),
    ];
    classes
        .into_iter()
        .filter_map(|(class, count)| Some((class.to_owned(), count?.into())))
        .collect::<serde_json::Map<_, _>>()
        .into()
}

fn trace_json(row: &TraceRow) -> Value {
    json!({
        "trace_id": row.trace_id.to_string(),
        "name": row.name,
        "status": row.status.as_str(),
        "project": row.project,
        "thread": row.thread,
        "start_time": time(row.start),
        "latency_ms": millis(row.latency_nanos),
        "runs": row.runs,
        "errors": row.errors,
        "pending": row.pending,
        "model": row.model,
        "usage": usage(&row.usage),
        "cost": row.cost.map(|cost| cost.to_string()),
        "error": row.error,
    })
}

fn run_json(run: &RunRow, depth: u32) -> Value {
    json!({
        "id": run.run_id.to_string(),
        "parent_id": run.parent_run_id.map(|id| id.to_string()),
        "depth": depth,
        "name": run.name.as_deref(),
        "run_type": run.run_type.as_str(),
        "status": run.status.as_str(),
        "start_time": time(run.start),
        "end_time": time(run.end),
        "latency_ms": millis(run.start.zip(run.end).map(|(start, end)| end.since(start))),
        "model": run.model.as_deref(),
        "provider": run.provider.as_deref(),
        "thread": run.thread.as_deref(),
        "usage": usage(&run.usage),
        "usage_counted": run.usage_counted,
        "cost": run.cost.map(|cost| cost.to_string()),
        "error": run.error,
    })
}

fn latency_text(nanos: Option<i64>) -> String {
    match nanos {
        None => "–".to_owned(),
        Some(nanos) if nanos < 1_000_000 => format!("{} µs", nanos / 1000),
        Some(nanos) if nanos < 1_000_000_000 => format!("{} ms", nanos / 1_000_000),
        Some(nanos) => format!("{}.{:02} s", nanos / 1_000_000_000, nanos % 1_000_000_000 / 10_000_000),
    }
}

fn dash(value: Option<impl ToString>) -> String {
    value.map_or_else(|| "–".to_owned(), |value| value.to_string())
}
