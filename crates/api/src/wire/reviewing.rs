//! Reviewing: items as a reviewer sees them, answers, steps and their undoing (`annotation-ux.md` §4, §7–14).
//!
//! Every command acts for the current reviewer unless it names one, and for one window, its `session`: any text that a
//! window makes for itself when it starts. An item that is open in one window is read-only in others.

use serde::{Deserialize, Serialize};
use specta::Type;

use super::{
    Count, FeedbackKey, GetConversation, QueueCounts, QueueDetail, ReadConversationText, ReadJson, ReadText,
    RubricItem, RunRef, Score, Timestamp,
};

// ---- answers ----

/// What was answered to a key.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, Type)]
#[serde(tag = "type", rename_all = "snake_case", rename_all_fields = "snake_case")]
pub enum AnswerValue {
    /// Yes or no.
    Boolean {
        /// Yes.
        value: bool,
    },
    /// One of the categories.
    Category {
        /// Its label.
        label: String,
    },
    /// Any of the categories.
    Categories {
        /// Their labels.
        labels: Vec<String>,
    },
    /// A number.
    Number {
        /// It.
        value: Score,
    },
    /// A text.
    Text {
        /// It.
        text: String,
    },
    /// What the output should have been.
    Correction {
        /// JSON.
        json: String,
    },
    /// Sentences that must hold.
    Assertions {
        /// They.
        assertions: Vec<Assertion>,
    },
    /// Free labels.
    Tags {
        /// They.
        tags: Vec<String>,
    },
    /// The run that went wrong first.
    Run {
        /// Its id.
        run_id: String,
    },
    /// Which side of a pair is better, as the reviewer sees them: left is A.
    Pair {
        /// The better one.
        winner: Winner,
        /// How much better, 1 to 3.
        strength: Option<u8>,
    },
    /// Not applicable; satisfies `is_required`.
    NotApplicable {},
}

/// The better side of a pair as shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, Type)]
#[serde(rename_all = "snake_case")]
pub enum Winner {
    /// The left one.
    A,
    /// The right one.
    B,
    /// Neither is better.
    Equal,
    /// Neither is good.
    BothBad,
}

/// A sentence that must hold.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct Assertion {
    /// Its name, e.g. `must_cite_a_page`.
    pub key: String,
    /// The sentence.
    pub comment: String,
}

/// Where in the item an answer or a piece of evidence stands (§8.5).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct Anchor {
    /// The run (levels `run`, `turn`, `message`).
    pub run: Option<RunRef>,
    /// The turn, from 0.
    #[serde(default)]
    pub turn: Option<u32>,
    /// The message.
    #[serde(default)]
    pub message: Option<MessageRef>,
    /// A range of its text.
    #[serde(default)]
    pub text: Option<TextAnchor>,
}

/// A message of a run.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct MessageRef {
    /// Where it stands in the run, as the conversation says.
    pub path: String,
    /// Hash of its content, as the conversation says.
    pub hash: String,
}

/// A range of a text, in Unicode code points of the raw text.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct TextAnchor {
    /// First code point.
    pub start: u32,
    /// After the last one.
    pub end: u32,
    /// The text.
    pub quote: String,
    /// Up to 32 code points before it.
    pub prefix: String,
    /// Up to 32 code points after it.
    pub suffix: String,
}

/// An answer of a reviewer to one key at one place. `value` may be missing where only a comment was written.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, Type)]
pub struct Answer {
    /// The key; `note` is the note on the item, a text.
    pub key: String,
    /// Where it attaches; absent: the item.
    #[serde(default)]
    pub anchor: Option<Anchor>,
    /// The answer.
    #[serde(default)]
    pub value: Option<AnswerValue>,
    /// The comment.
    #[serde(default)]
    pub comment: Option<String>,
    /// Places that show it.
    #[serde(default)]
    pub evidence: Vec<Anchor>,
    /// The default that the reviewer left as it was.
    #[serde(default)]
    pub from_default: bool,
    /// The suggestion that the reviewer took over.
    #[serde(default)]
    pub suggestion_id: Option<String>,
    /// Time between focus and answer, in milliseconds.
    #[serde(default)]
    pub duration_ms: Option<u32>,
}

/// An answer that was submitted.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, Type)]
pub struct GivenAnswer {
    /// Id of the feedback (of the winner's side, for a pair).
    pub feedback_id: String,
    /// Who gave it.
    pub reviewer_id: Option<String>,
    /// Its name.
    pub reviewer: Option<String>,
    /// `app`, `api`, `model` or `auto_eval`.
    pub source: String,
    /// The answer. Sides of a pair are as this reviewer sees them.
    pub answer: Answer,
    /// When.
    pub at: Timestamp,
    /// The rubric it was given under.
    pub rubric_version: Option<u32>,
    /// It decides a conflict.
    pub adjudicator: bool,
}

// ---- items ----

/// Where an item stands for this reviewer (§4).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, Type)]
#[serde(rename_all = "snake_case")]
#[expect(missing_docs, reason = "documented in annotation-ux.md §4")]
pub enum AssignmentState {
    Pending,
    Reserved,
    Draft,
    Submitted,
    Skipped,
    Discarded,
}

/// Where an item stands in the queue (§4).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, Type)]
#[serde(rename_all = "snake_case")]
#[expect(missing_docs, reason = "documented in annotation-ux.md §4")]
pub enum ItemStatus {
    NeedsReview,
    NeedsOthers,
    InConflict,
    Completed,
    Removed,
}

/// What is judged.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Type)]
#[serde(tag = "type", rename_all = "snake_case", rename_all_fields = "snake_case")]
pub enum ItemTarget {
    /// A run.
    Run {
        /// It.
        run: RunRef,
    },
    /// A trace.
    Trace {
        /// Its root.
        run: RunRef,
    },
    /// A thread.
    Thread {
        /// Project by name; empty when it is gone.
        project: String,
        /// Its key.
        thread: String,
    },
    /// Two runs. Which is which system is not told before the submit.
    Pair {
        /// Left.
        a: RunRef,
        /// Right.
        b: RunRef,
    },
}

/// A row of the item list. Fields that the queue hides from this reviewer are null.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, Type)]
pub struct ItemRow {
    /// Its id, a UUID; LangSmith's `queue_run_id`.
    pub id: String,
    /// Place in this reviewer's order, from 1.
    pub position: Count,
    /// Where it stands for this reviewer.
    pub state: AssignmentState,
    /// Where it stands in the queue.
    pub status: ItemStatus,
    /// What is judged.
    pub target: ItemTarget,
    /// Name of the run or key of the thread.
    pub name: Option<String>,
    /// First characters of the input.
    pub input_preview: Option<String>,
    /// First characters of the output.
    pub output_preview: Option<String>,
    /// Start of the run.
    pub start: Option<Timestamp>,
    /// The library does not have what is judged any more: show a tombstone.
    pub missing: bool,
    /// On top for everybody.
    pub pinned: bool,
    /// Reviewers who submitted; null while hidden.
    pub reviews: Option<Count>,
    /// What this reviewer answered, or has in the draft, in short: key and text.
    pub answers: Vec<ShortAnswer>,
    /// Why it was skipped or discarded.
    pub reason: Option<String>,
    /// Name of whoever else has it open.
    pub held_by: Option<String>,
    /// When it was added.
    pub added: Timestamp,
    /// When this reviewer submitted it.
    pub submitted: Option<Timestamp>,
    /// Time of this reviewer on it, in milliseconds.
    pub active_ms: Count,
}

/// An answer in one line.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, Type)]
pub struct ShortAnswer {
    /// The key.
    pub key: String,
    /// The label, number or first characters.
    pub text: String,
    /// The number, where there is one.
    pub score: Option<Score>,
}

/// Answers that are not submitted.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, Type)]
pub struct Draft {
    /// They.
    pub answers: Vec<Answer>,
    /// Where the reviewer was; JSON of the interface.
    pub cursor: Option<String>,
    /// The rubric they were given under.
    pub rubric_version: u32,
    /// When it was saved.
    pub saved: Timestamp,
}

/// Whether this window may write.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Type)]
#[serde(tag = "type", rename_all = "snake_case", rename_all_fields = "snake_case")]
pub enum Lease {
    /// Nobody has the item open.
    Free {},
    /// This window has it, until then; renew every 30 s while focused.
    Mine {
        /// When it ends.
        until: Timestamp,
    },
    /// Another window of the same reviewer has it: read-only unless taken over (`take_over` of `open_item`).
    OtherWindow {
        /// When it ends.
        until: Timestamp,
    },
    /// Somebody else has it: read-only.
    Other {
        /// Their name.
        reviewer: String,
        /// When it ends.
        until: Timestamp,
    },
}

/// Everything that is needed to show an item and its rubric, except for the payload, which comes by
/// `get_review_trace`, `get_review_run`, `get_review_conversation` and `read_review_json`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, Type)]
pub struct ReviewItem {
    /// As in the list.
    pub row: ItemRow,
    /// Its queue.
    pub queue_id: String,
    /// Whether this window may write.
    pub lease: Lease,
    /// The draft of this reviewer.
    pub draft: Option<Draft>,
    /// What this reviewer submitted and what stands.
    pub mine: Vec<GivenAnswer>,
    /// What others and judges said; null while hidden.
    pub others: Option<Vec<GivenAnswer>>,
    /// What decided a conflict.
    pub adjudicated: Vec<GivenAnswer>,
    /// Suggestions of judges for keys of the rubric that show them; empty while hidden.
    pub suggestions: Vec<GivenAnswer>,
    /// The target changed since this reviewer submitted.
    pub changed_since_review: bool,
    /// Blind `full`: payloads come masked.
    pub masked: bool,
}

/// Parameters of `open_queue`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct OpenQueue {
    /// The queue.
    pub queue_id: String,
    /// This window.
    pub session: String,
    /// Instead of the current reviewer.
    #[serde(default)]
    pub reviewer_id: Option<String>,
}

/// A queue that is open for review. Opening fixes the order of its items for this reviewer.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, Type)]
pub struct OpenedQueue {
    /// The queue, with counts for this reviewer.
    pub queue: QueueDetail,
    /// Item to begin with: the one with the latest draft, else the first to review; null when none is left.
    pub item_id: Option<String>,
    /// When the draft was saved that an unclean end left behind: "Recovered your draft from …".
    pub recovered: Option<Timestamp>,
    /// This reviewer has never opened the queue with this rubric: show the instructions.
    pub instructions_new: bool,
    /// The rubric that this reviewer saw last, when it is another.
    pub previous_rubric: Option<Vec<RubricItem>>,
    /// What undo and redo would do now.
    pub history: ReviewHistory,
}

/// What undo and redo would do, in words; null: nothing.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct ReviewHistory {
    /// E.g. `Submit: correctness Fail`.
    pub undo: Option<String>,
    /// Likewise.
    pub redo: Option<String>,
}

/// Which items are listed.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, Type)]
#[serde(rename_all = "snake_case")]
pub enum ItemFilter {
    /// All that are in the queue.
    #[default]
    All,
    /// As `QueueCounts.to_review`.
    ToReview,
    /// With a draft.
    Drafts,
    /// As `QueueCounts.submitted`.
    Submitted,
    /// As `QueueCounts.skipped`.
    Skipped,
    /// As `QueueCounts.discarded`.
    Discarded,
    /// As `QueueCounts.needs_others`.
    NeedsOthers,
    /// As `QueueCounts.in_conflict`.
    InConflict,
    /// As `QueueCounts.completed`.
    Completed,
    /// Taken out.
    Removed,
}

/// Parameters of `list_items`, in this reviewer's order.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, Type)]
#[serde(default)]
pub struct ListItems {
    /// The queue.
    pub queue_id: String,
    /// Which.
    pub filter: ItemFilter,
    /// Words that must occur in name or previews.
    pub text: Option<String>,
    /// Only items to which this reviewer answered this key …
    pub answer_key: Option<String>,
    /// … with this label, number or text.
    pub answer_text: Option<String>,
    /// Rows to skip.
    pub offset: u32,
    /// Rows to return, at most 500.
    pub limit: u32,
    /// Instead of the current reviewer.
    pub reviewer_id: Option<String>,
}

/// A window of the item list.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, Type)]
pub struct ItemPage {
    /// The rows.
    pub rows: Vec<ItemRow>,
    /// Rows that match.
    pub total: Count,
    /// Of the whole queue.
    pub counts: QueueCounts,
}

/// Names an item, a window and, if not the current one, a reviewer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct ItemRef {
    /// The item.
    pub item_id: String,
    /// This window.
    #[serde(default)]
    pub session: String,
    /// Instead of the current reviewer.
    #[serde(default)]
    pub reviewer_id: Option<String>,
}

/// Parameters of `open_item`: takes the lease, if it is free.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct OpenItem {
    /// The item.
    pub item_id: String,
    /// This window.
    pub session: String,
    /// Take it from another window of the same reviewer.
    #[serde(default)]
    pub take_over: bool,
    /// Instead of the current reviewer.
    #[serde(default)]
    pub reviewer_id: Option<String>,
}

/// Parameters of `peek_items`: items without their lease, for prefetching.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct PeekItems {
    /// The queue.
    pub queue_id: String,
    /// This window.
    pub session: String,
    /// From after this item on; from the first when absent.
    #[serde(default)]
    pub after: Option<String>,
    /// Which.
    #[serde(default)]
    pub filter: ItemFilter,
    /// How many, at most 20.
    pub count: u32,
    /// Instead of the current reviewer.
    #[serde(default)]
    pub reviewer_id: Option<String>,
}

/// Items with everything for showing them; the last of the queue is followed by its first that fits.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, Type)]
pub struct PeekedItems {
    /// They, in order.
    pub items: Vec<ReviewItem>,
    /// Of the whole queue.
    pub counts: QueueCounts,
}

/// The whole order of a reviewer in columns, so that moving about needs no further question.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct QueueOrder {
    /// Ids of the items in the queue.
    pub item_ids: Vec<String>,
    /// Where each stands for this reviewer.
    pub states: Vec<AssignmentState>,
    /// Where each stands in the queue.
    pub statuses: Vec<ItemStatus>,
    /// Of the whole queue.
    pub counts: QueueCounts,
}

/// Where a reviewer was last.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct ReviewPlace {
    /// The queue; null: nowhere yet.
    pub queue_id: Option<String>,
    /// The item.
    pub item_id: Option<String>,
    /// When its draft was saved; null without one.
    pub draft_saved: Option<Timestamp>,
    /// The program ended without closing the item: say that the draft was recovered.
    pub unclean: bool,
}

/// Parameters of `get_review_place`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, Type)]
#[serde(default)]
pub struct GetReviewPlace {
    /// Instead of the current reviewer.
    pub reviewer_id: Option<String>,
}

// ---- writing ----

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

// ---- the owner's view ----

/// All answers to one item, side by side. For the owner: hidden from nobody who asks, and recorded.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, Type)]
pub struct ItemAnswers {
    /// The item for the current reviewer.
    pub item: ReviewItem,
    /// What reviewers submitted and what stands, by reviewer and rubric order.
    pub answers: Vec<GivenAnswer>,
    /// Keys whose answers are a conflict.
    pub conflicts: Vec<String>,
}

/// What a queue has come to (§16), for the current reviewer.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, Type)]
pub struct QueueProgress {
    /// Where items are.
    pub counts: QueueCounts,
    /// Median time an item took in this session, in milliseconds; null before the first.
    pub median_session_ms: Option<Count>,
    /// Median of all sessions of this reviewer.
    pub median_all_ms: Option<Count>,
    /// `counts.to_review` times the median; null before the first.
    pub left_ms: Option<Count>,
    /// Time spent in all, in milliseconds.
    pub spent_ms: Count,
    /// Items per hour of active time: the last ten.
    pub per_hour_now: Option<Score>,
    /// Items per hour of active time: this session.
    pub per_hour_session: Option<Score>,
    /// Items per hour of active time: all.
    pub per_hour_all: Option<Score>,
    /// How often each answer was given by this reviewer.
    pub shares: Vec<AnswerShare>,
    /// Everybody, for the owner; only oneself where the queue is blind and items are open.
    pub reviewers: Vec<ReviewerProgress>,
}

/// How often an answer was given.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct AnswerShare {
    /// The key.
    pub key: String,
    /// The answer.
    pub text: String,
    /// How often.
    pub count: Count,
    /// How often among the last 20.
    pub recent: Count,
}

/// What one reviewer has done.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct ReviewerProgress {
    /// Who.
    pub reviewer_id: String,
    /// Its name.
    pub name: String,
    /// Items submitted.
    pub submitted: Count,
    /// Items skipped.
    pub skipped: Count,
    /// Median time of an item, in milliseconds.
    pub median_ms: Option<Count>,
}

/// Parameters of `get_queue_progress`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct GetProgress {
    /// The queue.
    pub queue_id: String,
    /// This window.
    pub session: String,
    /// Instead of the current reviewer.
    #[serde(default)]
    pub reviewer_id: Option<String>,
}

/// What comparing came to (§13), by key.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, Type)]
pub struct PairwiseReport {
    /// Name of the one side: its project, where all items agree, else `A`.
    pub a: String,
    /// Name of the other.
    pub b: String,
    /// One row a key; strata follow their key.
    pub rows: Vec<PairwiseRow>,
}

/// A line of the report.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, Type)]
pub struct PairwiseRow {
    /// The key.
    pub key: String,
    /// The stratum (name of the run); null: all items.
    pub stratum: Option<String>,
    /// Answers in which the true side A won.
    pub a_wins: Count,
    /// Answers in which B won.
    pub b_wins: Count,
    /// Equal.
    pub ties: Count,
    /// Both bad.
    pub both_bad: Count,
    /// Win rate of A, ties as half; null without answers.
    pub win_rate: Option<Score>,
    /// Wilson 95 % interval of it.
    pub low: Option<Score>,
    /// Its upper end.
    pub high: Option<Score>,
    /// Sign test, two-sided, ties dropped.
    pub p_value: Option<Score>,
    /// Share of wins of the left side; near 0.5 without bias.
    pub left_share: Option<Score>,
}

// ---- payloads as the queue allows ----

/// Parameters of `get_review_trace`: like `get_trace`, with what the queue hides left out and masked in all texts.
///
/// All commands on payloads of an item refuse runs and traces that do not belong to it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct ReviewTrace {
    /// The item.
    pub item_id: String,
    /// The trace.
    pub trace_id: String,
    /// Instead of the current reviewer.
    #[serde(default)]
    pub reviewer_id: Option<String>,
}

/// Parameters of `get_review_run`: like `get_run`, masked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct ReviewRun {
    /// The item.
    pub item_id: String,
    /// The run.
    pub run: RunRef,
    /// Instead of the current reviewer.
    #[serde(default)]
    pub reviewer_id: Option<String>,
}

/// Parameters of `get_review_conversation`: like `get_conversation`, masked.
#[derive(Debug, Clone, Serialize, Deserialize, Type)]
pub struct ReviewConversation {
    /// The item.
    pub item_id: String,
    /// The conversation.
    pub conversation: GetConversation,
    /// Instead of the current reviewer.
    #[serde(default)]
    pub reviewer_id: Option<String>,
}

/// Parameters of `read_review_conversation_text`: like `read_conversation_text`, masked.
#[derive(Debug, Clone, Serialize, Deserialize, Type)]
pub struct ReviewConversationText {
    /// The item.
    pub item_id: String,
    /// The text.
    pub text: ReadConversationText,
    /// Instead of the current reviewer.
    #[serde(default)]
    pub reviewer_id: Option<String>,
}

/// Parameters of `read_review_json`: like `read_json`, masked.
#[derive(Debug, Clone, Serialize, Deserialize, Type)]
pub struct ReviewJson {
    /// The item.
    pub item_id: String,
    /// What to read.
    pub read: ReadJson,
    /// Instead of the current reviewer.
    #[serde(default)]
    pub reviewer_id: Option<String>,
}

/// Parameters of `read_review_text`: like `read_text`, masked.
#[derive(Debug, Clone, Serialize, Deserialize, Type)]
pub struct ReviewText {
    /// The item.
    pub item_id: String,
    /// What to read.
    pub read: ReadText,
    /// Instead of the current reviewer.
    #[serde(default)]
    pub reviewer_id: Option<String>,
}

// ---- backups ----

/// A backup of everything that reviewers did.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct Backup {
    /// Name of its file in the folder `backups` of the library.
    pub name: String,
    /// Its size.
    pub bytes: Count,
    /// When it was made.
    pub made: Timestamp,
}

/// Names a backup.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct BackupRef {
    /// Its name.
    pub name: String,
}

/// What a restore brought.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct Restored {
    /// Rows that were not there or were older.
    pub rows: Count,
    /// Rows that were there as they are.
    pub same: Count,
}

/// Parameters of `save_feedback_key`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, Type)]
pub struct SaveFeedbackKey {
    /// The key as it shall be.
    pub key: FeedbackKey,
}
