//! What a conversation is made of.

use model::{Cost, RunId, RunStatus, RunType, TraceId, UnixNanos, Usage};

/// One trace: a turn of the conversation.
#[derive(Debug, Clone)]
pub struct TraceInput {
    /// The trace.
    pub trace_id: TraceId,
    /// Its runs in tree order: parents before children, siblings by start.
    pub runs: Vec<RunInput>,
}

/// A run with what was recorded of it. Texts of JSON may be anything: what is not JSON is shown as it is.
///
/// Inputs, outputs and attributes matter only where [`needs_payload`] says so; elsewhere they may be left out.
/// Metadata matters for every run, since it decides who speaks to whom.
#[derive(Debug, Clone)]
pub struct RunInput {
    /// The run.
    pub run_id: RunId,
    /// Its parent, whether that arrived or not.
    pub parent_run_id: Option<RunId>,
    /// Kind of work.
    pub run_type: RunType,
    /// Name.
    pub name: String,
    /// Where it stands.
    pub status: RunStatus,
    /// Why it failed: message and, below it, whatever else was recorded.
    pub error: Option<String>,
    /// Start.
    pub start: Option<UnixNanos>,
    /// End.
    pub end: Option<UnixNanos>,
    /// Model that answered.
    pub model: Option<String>,
    /// Vendor of the model.
    pub provider: Option<String>,
    /// Tokens of this run alone.
    pub usage: Usage,
    /// Cost of this run alone.
    pub cost: Option<Cost>,
    /// Inputs as JSON.
    pub inputs: Option<String>,
    /// Outputs as JSON.
    pub outputs: Option<String>,
    /// Metadata as a JSON object.
    pub metadata: Option<String>,
    /// Attributes as received, as a JSON object: either the attributes of a span themselves or an object that holds
    /// them under `attributes`. Flattened message lists and call ids are looked up here.
    pub attributes: Option<String>,
}

/// Whether the inputs and outputs of a run can take part in a conversation.
pub fn needs_payload(run_type: RunType, is_root: bool) -> bool {
    is_root || matches!(run_type, RunType::Llm | RunType::Tool)
}
