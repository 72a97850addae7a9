//! Reviewing: items as a reviewer sees them, answers, steps and their undoing (`annotation-ux.md` §4, §7–14).
//!
//! Every command acts for the current reviewer unless it names one, and for one window, its `session`: any text that a
//! window makes for itself when it starts. An item that is open in one window is read-only in others.

mod answer;
mod backup;
mod desk;
mod item;
mod owner;
mod payload;
mod step;

pub use answer::{Anchor, Answer, AnswerValue, Assertion, GivenAnswer, MessageRef, TextAnchor, Winner};
pub use backup::{Backup, BackupRef, Restored};
pub use desk::{
    GetReviewPlace, ItemFilter, ItemPage, ItemRef, ListItems, OpenItem, OpenQueue, OpenedQueue, PeekItems,
    PeekedItems, QueueOrder, ReviewHistory, ReviewPlace,
};
pub use item::{AssignmentState, Draft, ItemRow, ItemStatus, ItemTarget, Lease, ReviewItem, ShortAnswer};
pub use owner::{
    AnswerShare, GetProgress, ItemAnswers, PairwiseReport, PairwiseRow, QueueProgress, ReviewerProgress,
};
pub use payload::{
    ReviewConversation, ReviewConversationText, ReviewJson, ReviewRun, ReviewText, ReviewTrace,
};
pub use step::{
    AdjudicateItem, AgainItem, AnswerIssue, BulkAnswers, ChangeItems, DecideItem, Decision, DraftResult,
    ItemChange, Refusal, SaveDraft, StepResult, SubmitBulk, SubmitItem, UndoResult, UndoReview,
};
