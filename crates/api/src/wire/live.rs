//! What changes while the window is open.

use serde::{Deserialize, Serialize};
use specta::Type;

use super::{Count, Job, RedactionCount, Settings, Timestamp};

/// How the ingest listener stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, Type)]
#[serde(rename_all = "snake_case")]
pub enum EndpointState {
    /// Accepting traces.
    Listening,
    /// Switched off.
    Off,
    /// Could not start; see `error`.
    Failed,
}

/// How a port of the ingest listener stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct EndpointPort {
    /// How it stands.
    pub state: EndpointState,
    /// Address, e.g. `127.0.0.1:4317`.
    pub address: Option<String>,
    /// Why it does not listen, and what to do.
    pub error: Option<String>,
}

/// The ingest listener. Its first members are about OTLP over HTTP and LangSmith's protocol.
#[derive(Debug, Clone, Serialize, Deserialize, Type)]
pub struct Endpoint {
    /// How it stands.
    pub state: EndpointState,
    /// Address, e.g. `127.0.0.1:4318`.
    pub address: Option<String>,
    /// Why it does not listen, and what to do.
    pub error: Option<String>,
    /// OTLP over gRPC.
    pub grpc: EndpointPort,
    /// Requests since the start.
    pub requests: Count,
    /// Spans and runs taken in since the start.
    pub runs: Count,
    /// Refused since the start.
    pub rejected: Count,
    /// Metrics since the start; they are counted and not kept.
    pub metrics: Count,
    /// Requests since the start that were asked to come again, because too much waited to be written.
    pub postponed: Count,
    /// Values replaced since the start by each redaction rule; of imports too.
    pub redacted: Vec<RedactionCount>,
    /// How sending on stands; absent when it is off.
    pub forward: Option<ForwardStatus>,
}

/// How sending on stands.
#[derive(Debug, Clone, Serialize, Deserialize, Type)]
pub struct ForwardStatus {
    /// Records that wait.
    pub waiting: Count,
    /// Bytes in the library of what waits.
    pub waiting_bytes: Count,
    /// Records sent since the start.
    pub sent: Count,
    /// Records given up since the start.
    pub failed: Count,
    /// What went wrong last, and whether it is tried again.
    pub last_error: Option<String>,
    /// When it is tried again, after a failure that may pass.
    pub next_try: Option<Timestamp>,
}

/// Something that happened.
#[derive(Debug, Clone, Serialize, Deserialize, Type)]
#[serde(tag = "type", rename_all = "snake_case", rename_all_fields = "snake_case")]
pub enum Event {
    /// Runs came in, changed or went away.
    RunsChanged {
        /// Traces that changed; empty when too many or unknown: refetch everything shown.
        trace_ids: Vec<String>,
    },
    /// An import moved on or ended.
    ImportProgress {
        /// How it stands.
        job: Job,
    },
    /// Sources were added, removed or read further.
    SourcesChanged {},
    /// The ingest listener started, stopped or counted.
    EndpointChanged {
        /// How it stands.
        endpoint: Endpoint,
    },
    /// Settings were changed.
    SettingsChanged {
        /// The new ones.
        settings: Settings,
    },
    /// Queues, their items or what was made of them changed.
    ReviewChanged {
        /// The queues; empty: any.
        queue_ids: Vec<String>,
        /// The window that made the change, so that it can tell its own.
        session: Option<String>,
    },
    /// Datasets or their examples changed.
    DatasetsChanged {},
    /// The full-text index moved on while it is behind, or is complete again.
    TextIndexed {},
    /// A second start of the program, or the shell, asks to show a trace.
    ShowTrace {
        /// The trace.
        trace_id: String,
    },
    /// Events were missed: refetch everything shown.
    Missed {},
}

/// An event with its number; numbers grow by one.
#[derive(Debug, Clone, Serialize, Deserialize, Type)]
pub struct EventEnvelope {
    /// Sequence number.
    pub sequence: Count,
    /// What happened.
    pub event: Event,
}
