//! Items as a reviewer sees them.

use serde::{Deserialize, Serialize};
use specta::Type;

use crate::wire::{Answer, Count, GivenAnswer, RunRef, Score, Timestamp};

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
    /// Bytes that must be read to show all of it; what is very large is shown when it is asked for.
    pub bytes: Count,
    /// Blind `full`: payloads come masked.
    pub masked: bool,
}
