//! Runs across the library, found by the syntax of the search bar.

use serde::{Deserialize, Serialize};
use specta::Type;

use super::{DurationNanos, RunStatus, RunType, Timestamp, Usage, Usd};

/// Parameters of `search_runs`.
#[derive(Debug, Clone, Default, Serialize, Deserialize, Type)]
#[serde(default)]
pub struct SearchRuns {
    /// What to find: `run_type:llm latency:>5 -metadata.env:test`, or words; all runs when empty.
    pub text: String,
    /// In traces of this project.
    pub project: Option<String>,
    /// `next` of the window before.
    pub after: Option<String>,
    /// Rows to return, at most 500.
    pub limit: u32,
}

/// A run that was found.
#[derive(Debug, Clone, Serialize, Deserialize, Type)]
pub struct FoundRun {
    /// Its trace.
    pub trace_id: String,
    /// Id of the run.
    pub run_id: String,
    /// Name.
    pub name: String,
    /// Kind of work.
    pub run_type: RunType,
    /// Where it stands.
    pub status: RunStatus,
    /// Start.
    pub start: Option<Timestamp>,
    /// From start to end.
    pub latency: Option<DurationNanos>,
    /// Own tokens.
    pub usage: Usage,
    /// Own cost.
    pub cost: Option<Usd>,
    /// Model.
    pub model: Option<String>,
    /// Short detail: a tool's arguments, a number of documents.
    pub detail: Option<String>,
    /// Short error text.
    pub error: Option<String>,
}

/// A window of found runs, the newest first. It may be short, and even empty, before the end: then looking further is
/// one more call, which the person can leave out.
#[derive(Debug, Clone, Serialize, Deserialize, Type)]
pub struct FoundRuns {
    /// The runs.
    pub rows: Vec<FoundRun>,
    /// Where the next window begins; absent at the end.
    pub next: Option<String>,
    /// Start of the last run that was looked at.
    pub reached: Option<Timestamp>,
}
