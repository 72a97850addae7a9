//! Finding runs across the library.

use engine::{Engine, Filter, RunCursor, RunQuery, RunSearch};
use model::UnixNanos;

use super::{Answer, MOST_ROWS};
use crate::{
    error::ApiError,
    wire::{DurationNanos, FoundRun, FoundRuns, SearchRuns},
};

/// Runs that one call looks at. A search in payloads opens each of them, which takes some tens of microseconds.
const CANDIDATES: u64 = 20_000;

/// Reads the syntax of the search bar; the problem tells where it lies.
pub(super) fn parse_search(text: &str) -> Answer<Filter> {
    Filter::parse_search(text).map_err(|error| {
        let shown = text.get(error.offset..).unwrap_or_default();
        let mut problem = ApiError::invalid_input(error.message.clone());
        problem.detail = Some(if shown.is_empty() { "at the end".to_owned() } else { format!("at {shown}") });
        problem
    })
}

pub(crate) fn search_runs(engine: &Engine, params: SearchRuns) -> Answer<FoundRuns> {
    let filter = parse_search(&params.text)?;
    let after = params.after.as_deref().map(read_cursor).transpose()?;
    let projects = match params.project.as_deref() {
        None => Vec::new(),
        Some(name) => vec![engine.project_id(name)?],
    };
    let query = RunQuery { projects, after, limit: params.limit.clamp(1, MOST_ROWS), ..RunQuery::default() };
    let filter = (!filter.is_empty()).then_some(filter);
    let found = engine.search_runs_among(&RunSearch { query, filter, ..RunSearch::default() }, CANDIDATES)?;
    Ok(FoundRuns {
        reached: found.next.map(|next| UnixNanos(next.start).into()),
        next: found.next.map(write_cursor),
        rows: found.runs.into_iter().map(Into::into).collect(),
    })
}

impl From<engine::FoundRun> for FoundRun {
    fn from(found: engine::FoundRun) -> Self {
        let row = found.row;
        Self {
            trace_id: found.trace_id.to_string(),
            run_id: row.run_id.to_string(),
            name: row.name.as_deref().unwrap_or("unnamed").to_owned(),
            run_type: row.run_type.into(),
            status: row.status.into(),
            start: row.start.map(Into::into),
            latency: row.start.zip(row.end).map(|(start, end)| DurationNanos(end.since(start))),
            usage: row.usage.into(),
            cost: row.cost.map(Into::into),
            model: row.model.as_deref().map(str::to_owned),
            detail: row.detail,
            error: row.error,
        }
    }
}

fn write_cursor(cursor: RunCursor) -> String {
    format!("{}/{}/{}", cursor.start, cursor.trace_id, cursor.run_id)
}

fn read_cursor(text: &str) -> Answer<RunCursor> {
    let parts: Vec<&str> = text.split('/').collect();
    let read = || match parts.as_slice() {
        [start, trace_id, run_id] => Some(RunCursor {
            start: start.parse().ok()?,
            trace_id: trace_id.parse().ok()?,
            run_id: run_id.parse().ok()?,
        }),
        _ => None,
    };
    read().ok_or_else(|| ApiError::invalid_input("`after` is not the end of a window"))
}
