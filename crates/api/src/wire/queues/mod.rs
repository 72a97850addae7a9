//! Queues: who reviews, what is asked, how items are handed out and put in.
//!
//! Words are those of LangSmith's queues where it has them (`langsmith-cost-feedback-queues.md` §7–8); what is asked of
//! a reviewer follows `annotation-ux.md` §3–8.

mod fill;
mod key;
mod queue;
mod reviewer;
mod rubric;

pub use fill::{FillQueue, FillResult, FillSource, RunPair, Sample, SampleMethod, ThreadRef, Weight};
pub use key::{Category, Direction, FeedbackKey, KeyType, SaveFeedbackKey, Score};
pub use queue::{
    ArchiveQueue, Blind, ListQueues, OnSubmit, OrderMode, Pace, PreviewRubric, QueueCounts, QueueDetail,
    QueueKind, QueueRef, QueueRow, QueueSettings, RubricPreview, RubricProblem, SaveQueue, Stratum,
    TargetLevel,
};
pub use reviewer::{Reviewer, ReviewerKind, ReviewerRef, Reviewers, SaveReviewer};
pub use rubric::{AnswerLevel, CommentPolicy, Condition, ConditionOp, ConflictRule, RubricItem};
