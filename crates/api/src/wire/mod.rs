//! Shapes that cross the wire: parameters, results and events of every command.
//!
//! Only this module derives `Serialize` and `specta::Type`; everything inside speaks the types of `model`, `store`
//! and `engine`. Times are nanoseconds as decimal strings (JavaScript numbers end at 2⁵³), durations are numbers of
//! nanoseconds, costs are decimal strings of US dollars. A missing value is `null` and never zero.

mod conversation;
mod library;
mod live;
mod numbers;
mod run;
mod runs;
mod trace;

pub use conversation::{
    CallState, Conversation, ConversationMessage, CutText, GetConversation, HiddenReason, HiddenRuns,
    MessageBlock, MessagePayload, MessageToolCall, ReadConversationText, Role, SideThread, Transcript, Turn,
    WholeText,
};
pub use library::{
    AppInfo, Forward, ForwardProtocol, Job, JobId, JobRef, JobState, ListRejects, PathList, PreviewRedaction,
    Project, RecentFile, RedactionCount, RedactionExample, RedactionKind, RedactionPreview, RedactionRule,
    RejectPage, RejectRow, SetWatching, Settings, Severity, Source, SourceId, SourceKind, SourceRef, Theme,
};
pub use live::{Endpoint, EndpointState, Event, EventEnvelope, ForwardStatus};
pub use numbers::{Count, DurationNanos, Timestamp, Usd};
pub use run::{
    AttachmentInfo, JsonKind, JsonNode, JsonWindow, PayloadInfo, PayloadPart, ReadJson, ReadText, RunError,
    RunEvent, RunLink, RunPanel, RunRef, TextWindow,
};
pub use runs::{FoundRun, FoundRuns, SearchRuns};
pub use trace::{
    GetTrace, ListThreads, ListTraces, RunStatus, RunType, SearchTrace, SearchTraceResult, SortTraces,
    ThreadPage, ThreadRow, Trace, TraceColumns, TraceFilter, TracePage, TraceRow, Usage,
};

/// For commands that take or return nothing.
#[derive(Debug, Clone, Copy, Default, serde::Serialize, serde::Deserialize, specta::Type)]
pub struct Nothing {}
