//! Tables of runs, traces and threads under the search bar.

use serde::{Deserialize, Serialize};
use specta::Type;

use super::{Count, DurationNanos, RunStatus, RunType, SourceId, Timestamp, Usage, Usd};

/// What the rows of a table are.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, Type)]
#[serde(rename_all = "snake_case")]
pub enum TableScope {
    /// Runs of all traces.
    Runs,
    /// Traces; a condition on a run is about the root.
    #[default]
    Traces,
    /// Threads with a trace that fits.
    Threads,
}

/// Names a row: a run by both ids, a trace by its own, a thread by project and key.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, Type)]
#[serde(default)]
pub struct RowName {
    /// Of a run or a trace.
    pub trace_id: Option<String>,
    /// Of a run; of a trace its root.
    pub run_id: Option<String>,
    /// Project of a thread.
    pub project: Option<String>,
    /// Key of a thread.
    pub thread: Option<String>,
}

/// Which rows of which table.
#[derive(Debug, Clone, Default, Serialize, Deserialize, Type)]
#[serde(default)]
pub struct TableFilter {
    /// What the rows are.
    pub scope: TableScope,
    /// In the syntax of the search bar.
    pub text: String,
    /// Project by name.
    pub project: Option<String>,
    /// Source that delivered them first.
    pub source_id: Option<SourceId>,
    /// Thread key.
    pub thread: Option<String>,
    /// Started at or after.
    pub from: Option<Timestamp>,
    /// Started at or before.
    pub to: Option<Timestamp>,
    /// Only these traces, and what is in them; at most 10,000.
    pub trace_ids: Option<Vec<String>>,
    /// Only these; all that match when absent.
    pub picked: Option<Vec<RowName>>,
    /// Runs that may be opened where rows cannot decide; 20,000 when absent.
    pub reach: Option<u32>,
}

/// Parameters of `list_table`.
#[derive(Debug, Clone, Default, Serialize, Deserialize, Type)]
#[serde(default)]
pub struct ListTable {
    /// Which rows.
    pub filter: TableFilter,
    /// Column that decides the order: `start`, `name`, `run_type`, `status`, `latency`, `first_token`,
    /// `input_tokens`, `output_tokens`, `tokens`, `cache_read`, `cost`, `model`, `provider`, `prompt_version`, `thread`,
    /// `project`, `runs`, `errors`, `turns`, `feedback.KEY`; `start` when empty.
    pub sort: String,
    /// Smallest first; what has no value comes last either way.
    pub ascending: bool,
    /// Columns for which runs are opened: `tags`, `metadata.KEY`, `inputs.PATH`, `outputs.PATH`, `input`, `output`.
    pub columns: Vec<String>,
    /// Count all rows, however many.
    pub exact: bool,
    /// Rows to skip.
    pub offset: u32,
    /// Rows to return, at most 500.
    pub limit: u32,
}

/// What was said under a key.
#[derive(Debug, Clone, Serialize, Deserialize, Type)]
pub struct SaidOfRow {
    /// The key.
    pub key: String,
    /// How often.
    pub count: Count,
    /// Mean of the scores.
    pub mean: Option<f64>,
    /// Values that are no numbers, the most frequent first.
    pub values: Vec<TableValue>,
}

/// A value and how often it occurs.
#[derive(Debug, Clone, Serialize, Deserialize, Type)]
pub struct TableValue {
    /// As the search bar writes it.
    pub value: String,
    /// Rows that have it.
    pub count: Count,
}

/// A row of any table; what its kind does not have is absent.
#[derive(Debug, Clone, Serialize, Deserialize, Type)]
pub struct TableRow {
    /// Of a run or a trace.
    pub trace_id: Option<String>,
    /// The run, or the root of the trace.
    pub run_id: Option<String>,
    /// Project of the trace or thread.
    pub project: String,
    /// Thread key.
    pub thread: Option<String>,
    /// Name of the run or of the root; key of a thread.
    pub name: String,
    /// Kind of work.
    pub run_type: Option<RunType>,
    /// Where it stands.
    pub status: Option<RunStatus>,
    /// Start; of a thread its last activity.
    pub start: Option<Timestamp>,
    /// From start to end; of a thread the median of its turns.
    pub latency: Option<DurationNanos>,
    /// Of a thread: the 99th percentile of its turns.
    pub latency_p99: Option<DurationNanos>,
    /// From start to the first token.
    pub first_token: Option<DurationNanos>,
    /// Tokens: of a run its own, else of everything in it.
    pub usage: Usage,
    /// Cost of the same.
    pub cost: Option<Usd>,
    /// Runs of the same whose cost is not known, so that the cost is at least that.
    pub unpriced_runs: Count,
    /// Model.
    pub model: Option<String>,
    /// Who serves it.
    pub provider: Option<String>,
    /// Version of the prompt.
    pub prompt_version: Option<String>,
    /// Short error text.
    pub error: Option<String>,
    /// Short detail of a run.
    pub detail: Option<String>,
    /// What went in, cut; of a thread into its first turn.
    pub input: Option<String>,
    /// What came out, cut; of a thread of its last turn.
    pub output: Option<String>,
    /// Runs in it.
    pub runs: Option<Count>,
    /// Runs that failed; of a thread turns.
    pub errors: Option<Count>,
    /// Turns of a thread.
    pub turns: Option<Count>,
    /// What was said about it, by key.
    pub feedback: Vec<SaidOfRow>,
    /// Values of the columns asked for, in their order.
    pub cells: Vec<Option<String>>,
}

/// A place in a text of the search bar, in UTF-16 units.
#[derive(Debug, Clone, Serialize, Deserialize, Type)]
pub struct TextPlace {
    /// First.
    pub start: u32,
    /// Behind the last.
    pub end: u32,
}

/// A window of a table.
#[derive(Debug, Clone, Serialize, Deserialize, Type)]
pub struct TablePage {
    /// The rows.
    pub rows: Vec<TableRow>,
    /// Rows in all, as far as they were counted.
    pub total: Count,
    /// Whether there may be more.
    pub more: bool,
    /// Rows that were looked at, where runs had to be opened and not all were.
    pub looked: Option<Count>,
    /// Conditions that rows of this kind cannot meet or miss.
    pub not_applied: Vec<TextPlace>,
    /// Blocks of payloads in which words were not looked for: they are not in the full-text index yet.
    pub unread: Count,
}

/// Sums over rows.
#[derive(Debug, Clone, Serialize, Deserialize, Type)]
pub struct TableSums {
    /// Rows.
    pub rows: Count,
    /// Tokens, where any is known.
    pub tokens: Option<Count>,
    /// Cost, where any is known.
    pub cost: Option<Usd>,
    /// Median latency.
    pub latency_p50: Option<DurationNanos>,
    /// 95th percentile.
    pub latency_p95: Option<DurationNanos>,
    /// Whether the percentiles are of the newest 100,000 rows only.
    pub sampled: bool,
}

/// Values of a field among the rows that match.
#[derive(Debug, Clone, Serialize, Deserialize, Type)]
pub struct TableFacet {
    /// Name of the field in the search bar; `feedback` lists keys.
    pub field: String,
    /// Values, the most frequent first.
    pub values: Vec<TableValue>,
    /// The newest rows that were looked at, where these were not all.
    pub among: Option<Count>,
}

/// Parameters of `get_table_facets`.
#[derive(Debug, Clone, Default, Serialize, Deserialize, Type)]
#[serde(default)]
pub struct GetTableFacets {
    /// Which rows.
    pub filter: TableFilter,
    /// Values of each field; 12 when absent, at most 200.
    pub values: Option<u32>,
}

/// A condition and what would be there without it.
#[derive(Debug, Clone, Serialize, Deserialize, Type)]
pub struct Hindrance {
    /// Its place.
    pub place: TextPlace,
    /// It as written.
    pub text: String,
    /// Rows without it, counted up to a thousand.
    pub without: Count,
    /// Whether it took the last rows away.
    pub last: bool,
}

/// Rows as a selection of everything names them.
#[derive(Debug, Clone, Serialize, Deserialize, Type)]
pub struct RowNames {
    /// At most 10,000.
    pub rows: Vec<RowName>,
    /// Whether these are all.
    pub all: bool,
}

/// Parameters of `check_search`.
#[derive(Debug, Clone, Default, Serialize, Deserialize, Type)]
#[serde(default)]
pub struct CheckSearch {
    /// The text.
    pub text: String,
}

/// What is wrong with a text of the search bar.
#[derive(Debug, Clone, Serialize, Deserialize, Type)]
pub struct SearchProblem {
    /// Where.
    pub place: TextPlace,
    /// What, in one line.
    pub message: String,
    /// A name to write there instead.
    pub nearest: Option<String>,
}

/// A text of the search bar, read.
#[derive(Debug, Clone, Serialize, Deserialize, Type)]
pub struct SearchCheck {
    /// Absent when the text can be read.
    pub problem: Option<SearchProblem>,
    /// Conditions that all have to hold.
    pub clauses: Vec<TextPlace>,
}

/// What may stand behind the name of a field.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, Type)]
#[serde(rename_all = "snake_case")]
#[expect(missing_docs, reason = "documented on `model::filter::FieldKind`")]
pub enum SearchFieldKind {
    Text,
    Choice,
    Number,
    Duration,
    Time,
    Presence,
}

/// A field of the search bar.
#[derive(Debug, Clone, Serialize, Deserialize, Type)]
pub struct SearchField {
    /// Name.
    pub name: String,
    /// What may stand behind it.
    pub kind: SearchFieldKind,
}

/// Parameters of `remove_rows`.
#[derive(Debug, Clone, Default, Serialize, Deserialize, Type)]
#[serde(default)]
pub struct RemoveRows {
    /// Traces, or threads with all of their traces.
    pub rows: Vec<RowName>,
}

/// What was removed.
#[derive(Debug, Clone, Serialize, Deserialize, Type)]
pub struct RemovedRows {
    /// Traces.
    pub traces: Count,
    /// Runs.
    pub runs: Count,
}

/// Layout of an export of traces.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, Type)]
#[serde(rename_all = "snake_case")]
pub enum TraceExport {
    /// One LangSmith run a line.
    #[default]
    LangsmithJsonl,
    /// One OTLP/JSON request a line.
    OtlpJson,
}

/// Parameters of `export_rows`.
#[derive(Debug, Clone, Default, Serialize, Deserialize, Type)]
#[serde(default)]
pub struct ExportRows {
    /// Rows; their traces are exported whole.
    pub rows: Vec<RowName>,
    /// Layout.
    pub format: TraceExport,
}

/// Traces written for other tools.
#[derive(Debug, Clone, Serialize, Deserialize, Type)]
pub struct ExportedTraces {
    /// A name for the file.
    pub file_name: String,
    /// The file.
    pub data: String,
    /// Traces in it.
    pub traces: Count,
    /// Runs in it.
    pub runs: Count,
}

/// A table as somebody arranged it.
#[derive(Debug, Clone, Serialize, Deserialize, Type)]
pub struct SavedView {
    /// Id.
    pub id: String,
    /// Name.
    pub name: String,
    /// Filter, columns, order and density: JSON of the UI.
    pub definition: String,
    /// Whether it stands in the sidebar.
    pub pinned: bool,
    /// Last change.
    pub modified: Timestamp,
}

/// Parameters of `save_view`.
#[derive(Debug, Clone, Default, Serialize, Deserialize, Type)]
#[serde(default)]
pub struct SaveView {
    /// The view to replace; a new one when absent.
    pub id: Option<String>,
    /// Name.
    pub name: String,
    /// Filter, columns, order and density: JSON of the UI.
    pub definition: String,
    /// Whether it stands in the sidebar.
    pub pinned: bool,
}

/// Names a view.
#[derive(Debug, Clone, Default, Serialize, Deserialize, Type)]
#[serde(default)]
pub struct ViewRef {
    /// Id.
    pub id: String,
}
