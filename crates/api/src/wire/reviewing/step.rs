//! Steps of a reviewer, and their undoing.

use serde::{Deserialize, Serialize};
use specta::Type;

use crate::wire::{Anchor, Answer, Lease, QueueCounts, ReviewHistory, ReviewItem, Score, Timestamp};

/// Parameters of `save_draft`; answered after the commit.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, Type)]
pub struct SaveDraft {
    /// The item; this window must have it open.
    pub item_id: String,
    /// This window.
    pub session: String,
    /// All answers as they are; none: no draft.
    pub answers: Vec<Answer>,
    /// Where the reviewer is; JSON of the interface, at most 16 KiB.
    #[serde(default)]
    pub cursor: Option<String>,
    /// The rubric that they were given under.
    pub rubric_version: u32,
    /// Time with the item since it was last told, in milliseconds.
    #[serde(default)]
    pub active_ms: u32,
    /// Closes the item: its lease ends, and it is a draft.
    #[serde(default)]
    pub leave: bool,
    /// Instead of the current reviewer.
    #[serde(default)]
    pub reviewer_id: Option<String>,
}

/// Parameters of `submit_item`. All keys are checked, and answers, event and assignment are one transaction.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, Type)]
pub struct SubmitItem {
    /// The item.
    pub item_id: String,
    /// This window.
    pub session: String,
    /// All answers.
    pub answers: Vec<Answer>,
    /// The rubric that they were given under; refused when it is another by now.
    pub rubric_version: u32,
    /// Time with the item since it was last told, in milliseconds.
    #[serde(default)]
    pub active_ms: u32,
    /// Makes a repeated call harmless: a UUID of the caller, the same when it tries again.
    pub step: String,
    /// Instead of the current reviewer.
    #[serde(default)]
    pub reviewer_id: Option<String>,
}

/// One item of a bulk submit.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, Type)]
pub struct BulkAnswers {
    /// The item.
    pub item_id: String,
    /// All answers.
    pub answers: Vec<Answer>,
}

/// Parameters of `submit_bulk`: one step; nothing is submitted when any item is refused.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, Type)]
pub struct SubmitBulk {
    /// The queue.
    pub queue_id: String,
    /// This window.
    pub session: String,
    /// The items, at most 1,000.
    pub items: Vec<BulkAnswers>,
    /// The rubric that they were given under.
    pub rubric_version: u32,
    /// As of `SubmitItem`.
    pub step: String,
    /// Instead of the current reviewer.
    #[serde(default)]
    pub reviewer_id: Option<String>,
}

/// What is done with an item without judging it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, Type)]
#[serde(rename_all = "snake_case")]
pub enum Decision {
    /// Leave it unanswered.
    Skip,
    /// To the end of my order, answers kept as draft.
    Requeue,
    /// It does not belong here.
    Discard,
    /// Open again what was submitted, skipped or discarded, with its answers as draft.
    Reopen,
}

/// Parameters of `decide_item`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, Type)]
pub struct DecideItem {
    /// The item.
    pub item_id: String,
    /// This window.
    pub session: String,
    /// What.
    pub decision: Decision,
    /// Why (skip, discard).
    #[serde(default)]
    pub reason: Option<String>,
    /// Answers so far, kept as draft.
    #[serde(default)]
    pub answers: Vec<Answer>,
    /// The rubric that they were given under.
    #[serde(default)]
    pub rubric_version: Option<u32>,
    /// Time with the item since it was last told, in milliseconds.
    #[serde(default)]
    pub active_ms: u32,
    /// As of `SubmitItem`.
    pub step: String,
    /// Instead of the current reviewer.
    #[serde(default)]
    pub reviewer_id: Option<String>,
}

/// Parameters of `adjudicate_item`: decides a conflict, or any item that has enough reviews.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, Type)]
pub struct AdjudicateItem {
    /// The item.
    pub item_id: String,
    /// This window.
    pub session: String,
    /// The answers that count: one for every key in conflict at least.
    pub answers: Vec<Answer>,
    /// As of `SubmitItem`.
    pub step: String,
    /// Instead of the current reviewer.
    #[serde(default)]
    pub reviewer_id: Option<String>,
}

/// Something wrong with an answer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct AnswerIssue {
    /// The item, in a bulk submit.
    pub item_id: String,
    /// The key.
    pub key: String,
    /// Where it attaches.
    pub anchor: Option<Anchor>,
    /// Stable word: `missing`, `out_of_range`, `off_step`, `not_a_category`, `comment_missing`, `wrong_type`,
    /// `not_applicable_refused`, `unknown_key`, `wrong_level`, `comment_refused`, `too_large`, `invalid_json`.
    pub rule: String,
    /// One sentence.
    pub message: String,
}

/// Why a step was not taken; nothing is lost: the answers are kept as draft where they can be.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Type)]
#[serde(tag = "type", rename_all = "snake_case", rename_all_fields = "snake_case")]
pub enum Refusal {
    /// Another window or reviewer has the item open.
    Leased {
        /// Who and until when.
        lease: Lease,
    },
    /// The rubric changed since: load the queue again, check the draft, submit again.
    RubricChanged {
        /// The version now.
        rubric_version: u32,
    },
    /// The item was taken out of the queue.
    Removed {},
    /// Enough others have reviewed it meanwhile.
    Full {},
    /// Discarding needs a reason in this queue.
    ReasonMissing {},
    /// The state of the item does not allow it, e.g. reopening what is pending.
    WrongState {},
}

/// An item that a reviewer is asked about again, unmarked: to see whether they say the same (§14.5).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct AgainItem {
    /// Stands for the item wherever a command takes one.
    pub item_id: String,
    /// The item of the order that it follows.
    pub behind: String,
}

/// What became of a step.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, Type)]
#[serde(tag = "type", rename_all = "snake_case", rename_all_fields = "snake_case")]
pub enum StepResult {
    /// Done and on the disk.
    Done {
        /// The step, for the toast.
        step: String,
        /// What happened, e.g. `Submit: correctness Fail`.
        summary: String,
        /// The next item to review after this one; null when none is left.
        next_item_id: Option<String>,
        /// Items that come again and wait for this reviewer.
        again: Vec<AgainItem>,
        /// Of the whole queue.
        counts: QueueCounts,
        /// What undo and redo would do now.
        history: ReviewHistory,
    },
    /// Answers are missing or wrong; nothing changed. The first issue is the first in the rubric's order.
    Invalid {
        /// What is wrong.
        issues: Vec<AnswerIssue>,
    },
    /// Not possible now.
    Refused {
        /// The item.
        item_id: String,
        /// Why.
        refusal: Refusal,
    },
}

/// What became of a draft.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, Type)]
#[serde(tag = "type", rename_all = "snake_case", rename_all_fields = "snake_case")]
pub enum DraftResult {
    /// On the disk.
    Saved {
        /// When.
        at: Timestamp,
        /// The lease, renewed.
        lease: Lease,
    },
    /// Not possible now.
    Refused {
        /// Why.
        refusal: Refusal,
    },
}

/// Parameters of `undo_review` and `redo_review`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct UndoReview {
    /// This window.
    pub session: String,
    /// Also when somebody changed the item meanwhile.
    #[serde(default)]
    pub force: bool,
    /// Instead of the current reviewer.
    #[serde(default)]
    pub reviewer_id: Option<String>,
}

/// What undo or redo did.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, Type)]
#[serde(tag = "type", rename_all = "snake_case", rename_all_fields = "snake_case")]
pub enum UndoResult {
    /// Done and on the disk.
    Done {
        /// What was undone or done again, e.g. `Submit: correctness Fail`.
        summary: String,
        /// The queue of the step.
        queue_id: String,
        /// The items of the step.
        item_ids: Vec<String>,
        /// The item to show, open with its answers and cursor; null for a step with many items.
        item: Option<Box<ReviewItem>>,
        /// Of the whole queue.
        counts: QueueCounts,
        /// What undo and redo would do now.
        history: ReviewHistory,
    },
    /// There is nothing to undo or redo.
    Nothing {},
    /// Somebody changed the item meanwhile: show both and ask, then `force`.
    Changed {
        /// What would be undone.
        summary: String,
        /// The item as it is now.
        item: Box<ReviewItem>,
        /// The answers that would come back.
        would_be: Vec<Answer>,
    },
    /// Another window has the item open.
    Refused {
        /// The item.
        item_id: String,
        /// Why.
        refusal: Refusal,
    },
}

/// Parameters of `change_items`: the owner's hand on items.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, Type)]
pub struct ChangeItems {
    /// The queue.
    pub queue_id: String,
    /// The items.
    pub item_ids: Vec<String>,
    /// What.
    pub change: ItemChange,
    /// This window.
    #[serde(default)]
    pub session: String,
}

/// A change of items.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, Type)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum ItemChange {
    /// Take out; answers stay, and undo brings it back.
    Remove {},
    /// Put back.
    Restore {},
    /// To the top for everybody, or no longer.
    Pin {
        /// On top.
        pinned: bool,
    },
    /// A priority; the highest first in queues ordered by it.
    Priority {
        /// It.
        priority: Score,
    },
}
