//! One run: its panel, and its payloads in windows.

use serde::{Deserialize, Serialize};
use specta::Type;

use super::{Count, DurationNanos, RunStatus, RunType, Timestamp, Usage, Usd};

/// Names a run. Span ids are unique only within their trace, so both are needed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct RunRef {
    /// Trace id.
    pub trace_id: String,
    /// Run id.
    pub run_id: String,
}

/// Part of a run that can be read as JSON, or fetched as bytes from
/// `/api/blob/{trace_id}/{run_id}/{part}`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, Type)]
#[serde(rename_all = "snake_case")]
pub enum PayloadPart {
    /// What went in.
    Inputs,
    /// What came out.
    Outputs,
    /// Metadata of the run.
    Metadata,
    /// Every attribute as received, with resource and scope.
    Attributes,
    /// The records as received, as JSON.
    Raw,
}

/// Size and first look of a payload.
#[derive(Debug, Clone, Serialize, Deserialize, Type)]
pub struct PayloadInfo {
    /// Bytes of the JSON text.
    pub bytes: Count,
    /// The text itself when it is small (at most 64 KB), so that a second call is spared.
    pub json: Option<String>,
}

/// Why a run failed.
#[derive(Debug, Clone, Serialize, Deserialize, Type)]
pub struct RunError {
    /// What went wrong.
    pub message: String,
    /// Class of the exception.
    pub kind: Option<String>,
    /// Where it went wrong.
    pub stacktrace: Option<String>,
}

/// Something that happened during a run.
#[derive(Debug, Clone, Serialize, Deserialize, Type)]
pub struct RunEvent {
    /// Name as sent.
    pub name: String,
    /// When.
    pub time: Option<Timestamp>,
    /// Nanoseconds from the start of the run.
    pub offset: Option<DurationNanos>,
    /// Attributes as JSON text.
    pub attributes: String,
}

/// A reference to a run of another trace.
#[derive(Debug, Clone, Serialize, Deserialize, Type)]
pub struct RunLink {
    /// Trace id as 32 hexadecimal digits.
    pub trace_id: String,
    /// Span id as 16 hexadecimal digits.
    pub span_id: String,
    /// Attributes as JSON text.
    pub attributes: String,
}

/// A file of a run, fetched from `/api/attachment/{trace_id}/{run_id}/{name}`.
#[derive(Debug, Clone, Serialize, Deserialize, Type)]
pub struct AttachmentInfo {
    /// Name within the run.
    pub name: String,
    /// Media type as sent.
    pub mime_type: String,
    /// Size.
    pub bytes: Count,
}

/// Everything the run panel shows.
#[derive(Debug, Clone, Serialize, Deserialize, Type)]
pub struct RunPanel {
    /// Trace id.
    pub trace_id: String,
    /// Run id.
    pub run_id: String,
    /// Parent, whether it arrived or not.
    pub parent_run_id: Option<String>,
    /// Human label.
    pub name: String,
    /// Kind of work.
    pub run_type: RunType,
    /// Where it stands.
    pub status: RunStatus,
    /// Start.
    pub start: Option<Timestamp>,
    /// End.
    pub end: Option<Timestamp>,
    /// From start to end.
    pub latency: Option<DurationNanos>,
    /// From start to the first token.
    pub first_token: Option<DurationNanos>,
    /// Own tokens.
    pub usage: Usage,
    /// Cost as sent.
    pub cost: Option<Usd>,
    /// Model.
    pub model: Option<String>,
    /// Vendor of the model.
    pub provider: Option<String>,
    /// Project by name.
    pub project: Option<String>,
    /// Thread key.
    pub thread: Option<String>,
    /// Version of the prompt in use.
    pub prompt_version: Option<String>,
    /// Vocabulary the run was sent in.
    pub dialect: Option<String>,
    /// Labels.
    pub tags: Vec<String>,
    /// Failure.
    pub error: Option<RunError>,
    /// Events in order of time; long runs of streamed chunks are folded into one.
    pub events: Vec<RunEvent>,
    /// Links to other traces.
    pub links: Vec<RunLink>,
    /// Files.
    pub attachments: Vec<AttachmentInfo>,
    /// `null` when nothing was recorded.
    pub inputs: Option<PayloadInfo>,
    /// `null` when nothing was recorded.
    pub outputs: Option<PayloadInfo>,
    /// Metadata.
    pub metadata: PayloadInfo,
    /// Attributes as received.
    pub attributes: PayloadInfo,
    /// Records as received.
    pub raw: PayloadInfo,
    /// How many records make up the run.
    pub records: u32,
}

/// Parameters of `read_json`: children of one node of a payload.
#[derive(Debug, Clone, Serialize, Deserialize, Type)]
pub struct ReadJson {
    /// The run.
    #[serde(flatten)]
    pub run: RunRef,
    /// Which payload.
    pub part: PayloadPart,
    /// JSON pointer (RFC 6901) of the node; empty for the whole document.
    pub pointer: String,
    /// Children to skip.
    pub offset: u32,
    /// Children to return, at most 1,000.
    pub limit: u32,
}

/// Kind of a JSON value.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, Type)]
#[serde(rename_all = "snake_case")]
#[expect(missing_docs, reason = "the kinds of JSON")]
pub enum JsonKind {
    Null,
    Boolean,
    Number,
    String,
    Array,
    Object,
}

/// One child of a JSON node.
#[derive(Debug, Clone, Serialize, Deserialize, Type)]
pub struct JsonNode {
    /// Key in an object, index in an array.
    pub key: String,
    /// Pointer of this node.
    pub pointer: String,
    /// Kind.
    pub kind: JsonKind,
    /// The JSON text of a scalar, cut at 2 KB; empty for containers.
    pub text: String,
    /// Whether `text` is cut; `read_text` gives the rest.
    pub cut: bool,
    /// Bytes of the JSON text of this node.
    pub bytes: Count,
    /// Children of a container.
    pub children: u32,
}

/// A window of the children of a node.
#[derive(Debug, Clone, Serialize, Deserialize, Type)]
pub struct JsonWindow {
    /// The node itself.
    pub node: JsonNode,
    /// The children in the window.
    pub children: Vec<JsonNode>,
}

/// Parameters of `read_text`: a slice of a string of a payload.
#[derive(Debug, Clone, Serialize, Deserialize, Type)]
pub struct ReadText {
    /// The run.
    #[serde(flatten)]
    pub run: RunRef,
    /// Which payload.
    pub part: PayloadPart,
    /// JSON pointer of the string; empty for the whole document as text.
    pub pointer: String,
    /// Characters (UTF-16 units do not matter here: Unicode scalar values) to skip.
    pub offset: u32,
    /// Characters to return, at most 262,144.
    pub limit: u32,
}

/// Parameters of `find_in_payload`.
#[derive(Debug, Clone, Serialize, Deserialize, Type)]
pub struct FindInPayload {
    /// The run.
    #[serde(flatten)]
    pub run: RunRef,
    /// Which payload.
    pub part: PayloadPart,
    /// What is looked for in keys and values, whatever its case.
    pub text: String,
}

/// What was found in a payload.
#[derive(Debug, Clone, Serialize, Deserialize, Type)]
pub struct FoundInPayload {
    /// The first places, in the order of the document.
    pub places: Vec<PayloadPlace>,
    /// How many there are.
    pub total: Count,
}

/// Where a text stands in a payload.
#[derive(Debug, Clone, Serialize, Deserialize, Type)]
pub struct PayloadPlace {
    /// JSON pointer to the value, or to the value of the key.
    pub pointer: String,
    /// Which child each step of the pointer is.
    pub steps: Vec<u32>,
    /// Whether it stands in the key, and not in the value.
    pub is_key: bool,
    /// Characters before it in the same key or value.
    pub offset: Count,
}

/// A slice of a text.
#[derive(Debug, Clone, Serialize, Deserialize, Type)]
pub struct TextWindow {
    /// The slice.
    pub text: String,
    /// Characters in all.
    pub total: Count,
}
