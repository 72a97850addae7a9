//! Traces and threads: lists, and one trace as columns.

use serde::{Deserialize, Serialize};
use specta::Type;

use super::{Count, DurationNanos, SourceId, Timestamp, Usd};

/// Kind of work a run did.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, Type)]
#[serde(rename_all = "snake_case")]
#[expect(missing_docs, reason = "the names are LangSmith's run types and documented on `model::RunType`")]
pub enum RunType {
    Llm,
    Tool,
    Chain,
    Retriever,
    Embedding,
    Prompt,
    Parser,
}

/// Where a run or trace stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, Type)]
#[serde(rename_all = "snake_case")]
#[expect(missing_docs, reason = "documented on `model::RunStatus`")]
pub enum RunStatus {
    Pending,
    Success,
    Error,
    Interrupted,
}

/// Tokens by class; the details are parts of `input` and `output`.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct Usage {
    /// All prompt tokens.
    pub input: Option<Count>,
    /// All generated tokens.
    pub output: Option<Count>,
    /// Input plus output, or the sum as sent.
    pub total: Option<Count>,
    /// Part of the input read from a cache.
    pub cache_read: Option<Count>,
    /// Part of the input written to a cache.
    pub cache_creation: Option<Count>,
    /// Part of the output spent on reasoning.
    pub reasoning: Option<Count>,
}

/// Which traces to list; every given field must match.
#[derive(Debug, Clone, Default, Serialize, Deserialize, Type)]
#[serde(default)]
pub struct TraceFilter {
    /// Project by name.
    pub project: Option<String>,
    /// Source by id.
    pub source_id: Option<SourceId>,
    /// Thread key within `project`.
    pub thread: Option<String>,
    /// Status of the trace.
    pub status: Option<RunStatus>,
    /// Words that must occur in the trace's name, id, thread, model or previews.
    pub text: Option<String>,
}

/// Order of a trace list; ties are broken by start and id.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, Type)]
#[serde(rename_all = "snake_case")]
#[expect(missing_docs, reason = "each names the column it sorts by")]
pub enum SortTraces {
    #[default]
    Start,
    Name,
    Latency,
    Runs,
    Errors,
    Tokens,
    Cost,
}

/// Parameters of `list_traces`.
#[derive(Debug, Clone, Default, Serialize, Deserialize, Type)]
#[serde(default)]
pub struct ListTraces {
    /// What to list.
    pub filter: TraceFilter,
    /// Column to sort by.
    pub sort: SortTraces,
    /// Smallest first.
    pub ascending: bool,
    /// Rows to skip.
    pub offset: u32,
    /// Rows to return, at most 500.
    pub limit: u32,
}

/// One row of the trace table.
#[derive(Debug, Clone, Serialize, Deserialize, Type)]
pub struct TraceRow {
    /// Trace id as a UUID.
    pub trace_id: String,
    /// Name of the root run.
    pub name: String,
    /// Type of the root run.
    pub run_type: RunType,
    /// Pending while any run is open; else error if the root failed.
    pub status: RunStatus,
    /// Project by name.
    pub project: String,
    /// Thread key.
    pub thread: Option<String>,
    /// Source that delivered the trace first.
    pub source_id: SourceId,
    /// Start of the earliest run.
    pub start: Option<Timestamp>,
    /// From the earliest start to the latest end.
    pub latency: Option<DurationNanos>,
    /// From the root's start to its first token.
    pub first_token: Option<DurationNanos>,
    /// Runs in the trace.
    pub runs: Count,
    /// Runs that failed, the root or any other.
    pub errors: Count,
    /// Runs still open.
    pub pending: Count,
    /// Tokens, each model call counted once.
    pub usage: Usage,
    /// Cost of everything in it that is known.
    pub cost: Option<Usd>,
    /// Runs whose cost is not known, so that the cost is at least that.
    pub unpriced_runs: Count,
    /// Model of the run with the most tokens, or the only one.
    pub model: Option<String>,
    /// First useful text that went in.
    pub input_preview: Option<String>,
    /// First useful text that came out.
    pub output_preview: Option<String>,
    /// Short error text of the root.
    pub error: Option<String>,
}

/// A window of the trace table.
#[derive(Debug, Clone, Serialize, Deserialize, Type)]
pub struct TracePage {
    /// The rows of the window.
    pub rows: Vec<TraceRow>,
    /// Traces that match in all.
    pub total: Count,
    /// Blocks of payloads in which words were not looked for: they are not in the full-text index yet.
    pub unread: Count,
}

/// Parameters of `list_threads`.
#[derive(Debug, Clone, Default, Serialize, Deserialize, Type)]
#[serde(default)]
pub struct ListThreads {
    /// Project by name; all projects when absent.
    pub project: Option<String>,
    /// Rows to skip.
    pub offset: u32,
    /// Rows to return, at most 500.
    pub limit: u32,
}

/// One conversation.
#[derive(Debug, Clone, Serialize, Deserialize, Type)]
pub struct ThreadRow {
    /// Thread key.
    pub thread: String,
    /// Project by name.
    pub project: String,
    /// Traces of the thread, each a turn.
    pub turns: Count,
    /// Runs in all turns.
    pub runs: Count,
    /// Turns whose root failed.
    pub errors: Count,
    /// Start of the first turn.
    pub first_start: Option<Timestamp>,
    /// Latest end or start of any turn.
    pub last_activity: Option<Timestamp>,
    /// Tokens of all turns.
    pub usage: Usage,
    /// Cost of all turns, as sent.
    pub cost: Option<Usd>,
    /// First input of the first turn.
    pub first_input: Option<String>,
    /// Last output of the latest turn.
    pub last_output: Option<String>,
    /// Time that half of the turns took at most.
    pub latency_p50: Option<DurationNanos>,
    /// Time that 99 of 100 turns took at most.
    pub latency_p99: Option<DurationNanos>,
    /// Feedback about the thread, its turns and their runs.
    pub feedback: Count,
}

/// A window of the thread list.
#[derive(Debug, Clone, Serialize, Deserialize, Type)]
pub struct ThreadPage {
    /// The rows of the window.
    pub rows: Vec<ThreadRow>,
    /// Threads in all.
    pub total: Count,
}

/// Parameters of `get_trace`.
#[derive(Debug, Clone, Serialize, Deserialize, Type)]
pub struct GetTrace {
    /// Trace id as a UUID, or 32 hexadecimal digits.
    pub trace_id: String,
}

/// A trace, ready to be drawn as a tree.
#[derive(Debug, Clone, Serialize, Deserialize, Type)]
pub struct Trace {
    /// Header of the trace.
    pub row: TraceRow,
    /// Runs whose parent never arrived.
    pub orphans: Count,
    /// Runs cut out of a cycle of parents.
    pub cycles: Count,
    /// The runs in tree order.
    pub columns: TraceColumns,
}

/// The runs of a trace in tree order (parents before children, siblings by start), one array a column.
///
/// All arrays but `strings` have one entry a run. Names and the like are indexes into `strings`; `-1` is absent.
/// Start offsets are nanoseconds from the start of the trace.
#[derive(Debug, Clone, Default, Serialize, Deserialize, Type)]
pub struct TraceColumns {
    /// Distinct texts.
    pub strings: Vec<String>,
    /// Run ids.
    #[specta(type = Vec<String>)]
    pub run_id: Vec<uuid::Uuid>,
    /// Row of the parent, `-1` at root level.
    pub parent: Vec<i32>,
    /// Levels below the root.
    pub depth: Vec<u32>,
    /// Number of rows below this one, children of children included.
    pub descendants: Vec<u32>,
    /// Index of the name.
    pub name: Vec<i32>,
    /// Index of the short detail (a tool's arguments, a number of documents).
    pub detail: Vec<i32>,
    /// Index of the model.
    pub model: Vec<i32>,
    /// Index of the short error text.
    pub error: Vec<i32>,
    /// Type of each run.
    pub run_type: Vec<RunType>,
    /// Status of each run.
    pub status: Vec<RunStatus>,
    /// Nanoseconds from the start of the trace; `null` when the run has no start.
    pub start_offset: Vec<Option<DurationNanos>>,
    /// Nanoseconds; `null` while running.
    pub duration: Vec<Option<DurationNanos>>,
    /// Nanoseconds from the run's start to its first token.
    pub first_token: Vec<Option<DurationNanos>>,
    /// Own input tokens.
    pub input_tokens: Vec<Option<Count>>,
    /// Own output tokens.
    pub output_tokens: Vec<Option<Count>>,
    /// Tokens of the run and everything below it, each model call counted once.
    pub total_tokens: Vec<Option<Count>>,
    /// Cost of the run and everything below it as sent, US dollars.
    pub total_cost: Vec<Option<Usd>>,
    /// Whether the run's own usage counts (an outer model call does not already hold it).
    pub usage_counted: Vec<bool>,
    /// Whether the run is among the most relevant ones.
    pub key_run: Vec<bool>,
    /// Parent id that never arrived, as an index into `strings`.
    pub missing_parent: Vec<i32>,
}

impl TraceColumns {
    /// Empty columns with room for so many runs.
    pub(crate) fn with_capacity(runs: usize) -> Self {
        Self {
            strings: Vec::new(),
            run_id: Vec::with_capacity(runs),
            parent: Vec::with_capacity(runs),
            depth: Vec::with_capacity(runs),
            descendants: Vec::with_capacity(runs),
            name: Vec::with_capacity(runs),
            detail: Vec::with_capacity(runs),
            model: Vec::with_capacity(runs),
            error: Vec::with_capacity(runs),
            run_type: Vec::with_capacity(runs),
            status: Vec::with_capacity(runs),
            start_offset: Vec::with_capacity(runs),
            duration: Vec::with_capacity(runs),
            first_token: Vec::with_capacity(runs),
            input_tokens: Vec::with_capacity(runs),
            output_tokens: Vec::with_capacity(runs),
            total_tokens: Vec::with_capacity(runs),
            total_cost: Vec::with_capacity(runs),
            usage_counted: Vec::with_capacity(runs),
            key_run: Vec::with_capacity(runs),
            missing_parent: Vec::with_capacity(runs),
        }
    }
}

/// Parameters of `search_trace`.
#[derive(Debug, Clone, Serialize, Deserialize, Type)]
pub struct SearchTrace {
    /// Trace id.
    pub trace_id: String,
    /// Text to find in the payloads, case-insensitive.
    pub text: String,
}

/// Runs whose payload holds the text.
#[derive(Debug, Clone, Serialize, Deserialize, Type)]
pub struct SearchTraceResult {
    /// Ids of the runs, unsorted.
    pub run_ids: Vec<String>,
}
