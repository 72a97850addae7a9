//! Shapes that cross the wire: parameters, results and events of every command.
//!
//! Only this module derives `Serialize` and `specta::Type`; everything inside speaks the types of `model`, `store`
//! and `engine`. Times are nanoseconds as decimal strings (JavaScript numbers end at 2⁵³), durations are numbers of
//! nanoseconds, costs are decimal strings of US dollars. A missing value is `null` and never zero.

mod conversation;
mod cost;
mod feedback;
mod forwarding;
mod library;
mod live;
mod numbers;
mod queues;
mod remap;
mod reviewing;
mod run;
mod runs;
mod senders;
mod table;
mod trace;

pub use conversation::{
    CallState, Conversation, ConversationMessage, CutText, GetConversation, HiddenReason, HiddenRuns,
    MessageBlock, MessagePayload, MessageToolCall, ReadConversationText, Role, SideThread, Transcript, Turn,
    WholeText,
};
pub use cost::{
    AskWhatIf, ClassCost, ClassPrice, CostArithmetic, CostGroup, CostLine, CostOrigin, CostPoint, CostScope,
    CostSums, CostTrace, Costs, GetCosts, ImportPrices, ListCostTraces, ListPrices, PriceChange, PriceEntry,
    PricePage, PriceRef, RecomputeCosts, RecomputeProgress, RecomputedCosts, RecomputedModel, SetPrice,
    WhatIf,
};
pub use feedback::{
    EditFeedback, ExportFeedback, ExportedFile, FeedbackGroup, FeedbackGrouping, FeedbackList, FeedbackRef,
    FeedbackRow, FeedbackTarget, GetFeedbackStats, GiveFeedback, KeyStats, KnownCategory, KnownKey,
    ListFeedback, Said, ValueCount,
};
pub use forwarding::{ListForwarding, WaitingEntry};
pub use library::{
    AppInfo, Forward, ForwardProtocol, Job, JobId, JobRef, JobState, ListRejects, PathList, PreviewRedaction,
    Project, RecentFile, RedactionCount, RedactionExample, RedactionKind, RedactionPreview, RedactionRule,
    RejectPage, RejectRow, SetWatching, Settings, Severity, Source, SourceId, SourceKind, SourceRef, Theme,
};
pub use live::{Endpoint, EndpointPort, EndpointState, Event, EventEnvelope, ForwardStatus};
pub use numbers::{Count, DurationNanos, Timestamp, Usd};
pub use queues::{
    AnswerLevel, ArchiveQueue, Blind, Category, CommentPolicy, Condition, ConditionOp, ConflictRule,
    Direction, FeedbackKey, FillQueue, FillResult, FillSource, KeyType, ListQueues, OnSubmit, OrderMode,
    PreviewRubric, QueueCounts, QueueDetail, QueueKind, QueueRef, QueueRow, QueueSettings, Reviewer,
    ReviewerKind, ReviewerRef, Reviewers, RubricItem, RubricPreview, RubricProblem, RunPair, Sample,
    SampleMethod, SaveQueue, SaveReviewer, Score, Stratum, TargetLevel, ThreadRef, Weight,
};
pub use remap::{Remap, RemapField, RemapReport};
pub use reviewing::{
    AdjudicateItem, Anchor, Answer, AnswerIssue, AnswerShare, AnswerValue, Assertion, AssignmentState,
    Backup, BackupRef, BulkAnswers, ChangeItems, DecideItem, Decision, Draft, DraftResult, GetProgress,
    GetReviewPlace, GivenAnswer, ItemAnswers, ItemChange, ItemFilter, ItemPage, ItemRef, ItemRow, ItemStatus,
    ItemTarget, Lease, ListItems, MessageRef, OpenItem, OpenQueue, OpenedQueue, PairwiseReport, PairwiseRow,
    PeekItems, PeekedItems, QueueOrder, QueueProgress, Refusal, Restored, ReviewConversation,
    ReviewConversationText, ReviewHistory, ReviewItem, ReviewJson, ReviewPlace, ReviewRun, ReviewText,
    ReviewTrace, ReviewerProgress, SaveDraft, SaveFeedbackKey, ShortAnswer, StepResult, SubmitBulk,
    SubmitItem, TextAnchor, UndoResult, UndoReview, Winner,
};
pub use run::{
    AttachmentInfo, JsonKind, JsonNode, JsonWindow, PayloadInfo, PayloadPart, ReadJson, ReadText, RunError,
    RunEvent, RunLink, RunPanel, RunRef, TextWindow,
};
pub use runs::{FoundRun, FoundRuns, SearchRuns};
pub use senders::{
    Activity, RequestBody, RequestFate, RequestRef, SeenRequest, Sender, TestTrace, Transport,
};
pub use table::{
    CheckSearch, ExportRows, ExportedTraces, GetTableFacets, Hindrance, ListTable, RemoveRows, RemovedRows,
    RowName, RowNames, SaidOfRow, SaveView, SavedView, SearchCheck, SearchField, SearchFieldKind,
    SearchProblem, TableFacet, TableFilter, TablePage, TableRow, TableScope, TableSums, TableValue,
    TextPlace, TraceExport, ViewRef,
};
pub use trace::{
    GetTrace, ListThreads, ListTraces, RunStatus, RunType, SearchTrace, SearchTraceResult, SortTraces,
    ThreadPage, ThreadRow, Trace, TraceColumns, TraceFilter, TracePage, TraceRow, Usage,
};

/// For commands that take or return nothing.
#[derive(Debug, Clone, Copy, Default, serde::Serialize, serde::Deserialize, specta::Type)]
pub struct Nothing {}
