//! What the endpoint saw: requests, who sends, and bodies for a closer look.

use serde::{Deserialize, Serialize};
use specta::Type;

use super::{Count, DurationNanos, Timestamp};

/// A protocol of the endpoint.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, Type)]
#[serde(rename_all = "snake_case")]
pub enum Transport {
    /// OTLP over HTTP.
    OtlpHttp,
    /// OTLP over gRPC.
    OtlpGrpc,
    /// LangSmith's write endpoints.
    Langsmith,
}

/// What became of a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, Type)]
#[serde(rename_all = "snake_case")]
pub enum RequestFate {
    /// Everything was taken.
    Taken,
    /// Some of it was refused.
    Partly,
    /// Nothing was taken, and sending it again is no use.
    Refused,
    /// The sender was asked to come again.
    Postponed,
}

/// A request that came in.
#[derive(Debug, Clone, Serialize, Deserialize, Type)]
pub struct SeenRequest {
    /// Grows by one from request to request.
    pub number: Count,
    /// When it was answered.
    pub time: Timestamp,
    /// Protocol.
    pub transport: Transport,
    /// Path it was sent to.
    pub path: String,
    /// How the sender calls itself.
    pub user_agent: Option<String>,
    /// `service.name` of its resources, at most a few.
    pub services: Vec<String>,
    /// How it was packed, e.g. `gzip`.
    pub packing: Option<String>,
    /// Bytes as sent.
    pub sent_bytes: Option<Count>,
    /// Bytes after unpacking.
    pub bytes: Option<Count>,
    /// Spans, log records or runs that were taken.
    pub taken: Count,
    /// Those that were refused.
    pub rejected: Count,
    /// Metrics, and log records that tell nothing of a run: counted and not kept.
    pub only_counted: Count,
    /// What became of it.
    pub fate: RequestFate,
    /// What the sender was told.
    pub message: Option<String>,
    /// From its arrival to the commit.
    pub duration: DurationNanos,
    /// Whether its body can be read.
    pub has_body: bool,
}

/// Who sends.
#[derive(Debug, Clone, Serialize, Deserialize, Type)]
pub struct Sender {
    /// Protocol.
    pub transport: Transport,
    /// How it calls itself.
    pub user_agent: Option<String>,
    /// `service.name` of its resource.
    pub service: Option<String>,
    /// Requests.
    pub requests: Count,
    /// Spans, log records and runs that were taken.
    pub taken: Count,
    /// Those that were refused.
    pub rejected: Count,
    /// What it was told last when something was wrong.
    pub last_problem: Option<String>,
    /// When its last request was answered.
    pub last_seen: Timestamp,
}

/// What the endpoint saw since the start, as far as it remembers.
#[derive(Debug, Clone, Serialize, Deserialize, Type)]
pub struct Activity {
    /// Requests, newest first.
    pub requests: Vec<SeenRequest>,
    /// Who sends, the latest first.
    pub senders: Vec<Sender>,
}

/// A request that the endpoint saw.
#[derive(Debug, Clone, Copy, Serialize, Deserialize, Type)]
pub struct RequestRef {
    /// Its number.
    pub number: Count,
}

/// The body of a request as it may be shown.
#[derive(Debug, Clone, Serialize, Deserialize, Type)]
pub struct RequestBody {
    /// Its text, redacted; OTLP in protobuf as one line of OTLP/JSON a span or log record.
    pub text: String,
    /// Whether more follows than is shown.
    pub is_cut: bool,
    /// A sentence about what is not as it was sent.
    pub note: Option<String>,
}

/// What became of a test trace.
#[derive(Debug, Clone, Serialize, Deserialize, Type)]
pub struct TestTrace {
    /// Its id.
    pub trace_id: String,
    /// Where it was sent.
    pub url: String,
    /// HTTP status of the answer.
    pub status: u16,
    /// What the answer says, where it says something.
    pub message: Option<String>,
    /// Until the answer.
    pub duration: DurationNanos,
}
