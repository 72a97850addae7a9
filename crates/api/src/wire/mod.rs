//! Shapes that cross the wire: parameters, results and events of every command.
//!
//! Only this module derives `Serialize` and `specta::Type`; everything inside speaks the types of `model`, `store`
//! and `engine`. Times are nanoseconds as decimal strings (JavaScript numbers end at 2⁵³), durations are numbers of
//! nanoseconds, costs are decimal strings of US dollars. A missing value is `null` and never zero.

mod agreement;
mod conversation;
mod cost;
mod datasets;
mod feedback;
mod forwarding;
mod guess;
mod library;
mod live;
mod notes;
mod numbers;
mod prompt;
mod queues;
mod remap;
mod reviewing;
mod run;
mod runs;
mod senders;
mod table;
mod text;
mod thread;
mod trace;

pub use agreement::{
    Agreement, AgreementReviewer, AgreementScale, ConfusionMatrix, GetAgreement, KeyAgreement, Measured,
    NamedMeasure, Reading, ReviewerAgreement, SameShare,
};
pub use conversation::{
    CallState, Conversation, ConversationFile, ConversationMessage, ConversationPlace, CutText,
    ExportConversation, FindInConversation, FoundInConversation, GetConversation, HiddenReason, HiddenRuns,
    MessageBlock, MessagePayload, MessageToolCall, ReadConversationText, Role, SideThread, Transcript,
    TranscriptFormat, Turn, WholeText,
};
pub use cost::{
    AskWhatIf, ClassCost, ClassPrice, CostArithmetic, CostGroup, CostLine, CostOrigin, CostPoint, CostReach,
    CostScope, CostSums, CostTrace, Costs, GetCosts, ImportPrices, LastRecompute, ListCostTraces, ListPrices,
    PriceChange, PriceEntry, PricePage, PriceRef, RecomputeCosts, RecomputeProgress, RecomputedCosts,
    RecomputedModel, SetPrice, UndoneRecompute, UnknownCost, WhatIf, WhatIfStep,
};
pub use datasets::{
    AddToDataset, AddedExamples, AssignSplit, CheckExample, DatasetDetail, DatasetPage, DatasetRef,
    DatasetRow, DatasetSplit, ExampleDetail, ExamplePage, ExamplePart, ExampleProblem, ExampleRef,
    ExampleRefs, ExampleRow, ExampleText, ExportDataset, ImportExamples, ImportProblem, ImportedExamples,
    ListDatasets, ListExamples, ProposedExample, SaveDataset, SaveExample, SortDatasets,
};
pub use feedback::{
    EditFeedback, ExportFeedback, ExportedFile, FeedbackGroup, FeedbackGrouping, FeedbackList, FeedbackRef,
    FeedbackRow, FeedbackTarget, GetFeedbackStats, GiveFeedback, KeyStats, KnownCategory, KnownKey,
    ListFeedback, Said, ValueCount,
};
pub use forwarding::{ListForwarding, WaitingEntry};
pub use guess::{GuessEvidence, GuessKind, GuessThreads, GuessedThread, GuessedThreads};
pub use library::{
    AppInfo, Forward, ForwardProtocol, Job, JobId, JobRef, JobState, ListRejects, PathList, PreviewRedaction,
    Project, RecentFile, RedactionCount, RedactionExample, RedactionKind, RedactionPreview, RedactionRule,
    RejectPage, RejectRow, SetWatching, Settings, Severity, SingleKeys, Source, SourceId, SourceKind,
    SourceRef, Theme,
};
pub use live::{Endpoint, EndpointPort, EndpointState, Event, EventEnvelope, ForwardStatus};
pub use notes::{
    CategoriseNotes, FeedbackKeyRef, FirstOfCategory, ListNotes, NoteCount, NoteFilter, NoteGroup, NotePage,
    NotePivot, NotePivotBy, NoteRow, PivotNotes, RefusedFeedback, RenameCategory, SendProtocol, SendStatus,
    SendSummary, StartSending,
};
pub use numbers::{Count, DurationNanos, Timestamp, Usd};
pub use prompt::{
    ContextMeter, GetPrompt, Prompt, PromptChange, PromptMessage, PromptRun, PromptTool, ReadPromptText,
    RequestFormat, WriteRequest,
};
pub use queues::{
    AnswerLevel, ArchiveQueue, Blind, Category, CommentPolicy, Condition, ConditionOp, ConflictRule,
    Direction, FeedbackKey, FillQueue, FillResult, FillSource, KeyType, ListQueues, OnSubmit, OrderMode,
    Pace, PreviewRubric, QueueCounts, QueueDetail, QueueKind, QueueRef, QueueRow, QueueSettings, Reviewer,
    ReviewerKind, ReviewerRef, Reviewers, RubricItem, RubricPreview, RubricProblem, RunPair, Sample,
    SampleMethod, SaveFeedbackKey, SaveQueue, SaveReviewer, Score, Stratum, TargetLevel, ThreadRef, Weight,
};
pub use remap::{Remap, RemapField, RemapReport};
pub use reviewing::{
    AdjudicateItem, AgainItem, Anchor, Answer, AnswerIssue, AnswerShare, AnswerValue, Assertion,
    AssignmentState, Backup, BackupRef, BulkAnswers, ChangeItems, DecideItem, Decision, Draft, DraftResult,
    GetProgress, GetReviewPlace, GivenAnswer, ItemAnswers, ItemChange, ItemFilter, ItemPage, ItemRef,
    ItemRow, ItemStatus, ItemTarget, Lease, ListItems, MessageRef, OpenItem, OpenQueue, OpenedQueue,
    PairwiseReport, PairwiseRow, PeekItems, PeekedItems, QueueOrder, QueueProgress, Refusal, Restored,
    ReviewConversation, ReviewConversationText, ReviewHistory, ReviewItem, ReviewJson, ReviewPlace,
    ReviewRun, ReviewText, ReviewTrace, ReviewerProgress, SaveDraft, ShortAnswer, StepResult, SubmitBulk,
    SubmitItem, TextAnchor, UndoResult, UndoReview, Winner,
};
pub use run::{
    AttachmentInfo, FindInPayload, FoundInPayload, JsonKind, JsonNode, JsonWindow, PayloadInfo, PayloadPart,
    PayloadPlace, ReadJson, ReadText, RunError, RunEvent, RunLink, RunPanel, RunRef, TextWindow,
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
pub use text::{FoundText, FoundTexts, SearchTexts, TextMark, TextPart, TextStage};
pub use thread::{GetThreadStats, ModelUse, PromptUse, ThreadStats, ThreadTurn, ToolUse};
pub use trace::{
    GetTrace, ListThreads, ListTraces, RunStatus, RunType, SearchTrace, SearchTraceResult, SortTraces,
    ThreadPage, ThreadRow, Trace, TraceColumns, TraceFilter, TracePage, TraceRow, Usage,
};

/// For commands that take or return nothing.
#[derive(Debug, Clone, Copy, Default, serde::Serialize, serde::Deserialize, specta::Type)]
pub struct Nothing {}
