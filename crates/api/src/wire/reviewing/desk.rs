//! Opening a queue, its items and their order, and where a reviewer was.

use serde::{Deserialize, Serialize};
use specta::Type;

use crate::wire::{
    AssignmentState, Count, ItemRow, ItemStatus, QueueCounts, QueueDetail, ReviewItem, RubricItem, Timestamp,
};

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
    /// Ids of the items in the queue, and of those that come again.
    pub item_ids: Vec<String>,
    /// Where each stands for this reviewer.
    pub states: Vec<AssignmentState>,
    /// Where each stands in the queue.
    pub statuses: Vec<ItemStatus>,
    /// Which of these ids come again: they are none of the queue's own items and count for nothing.
    pub again: Vec<String>,
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
