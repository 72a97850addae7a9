//! Queues and how they hand out their items.

use serde::{Deserialize, Serialize};
use specta::Type;

use crate::wire::{Count, FeedbackKey, RubricItem, Timestamp};

/// What a reviewer sees at once.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, Type)]
#[serde(rename_all = "snake_case")]
pub enum QueueKind {
    /// One run, trace or thread.
    #[default]
    Single,
    /// Two runs to choose from.
    Pairwise,
}

/// What the items of a queue are.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, Type)]
#[serde(rename_all = "snake_case")]
#[expect(missing_docs, reason = "the names say it")]
pub enum TargetLevel {
    #[default]
    Run,
    Trace,
    Thread,
}

/// Order of items (§6).
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, Type)]
#[serde(rename_all = "snake_case")]
pub enum OrderMode {
    /// As added.
    #[default]
    Added,
    /// The latest run first.
    Newest,
    /// The earliest run first.
    Oldest,
    /// By a hash of seed and item.
    Random,
    /// Round-robin over strata.
    Interleave,
    /// The highest priority first, then random.
    Priority,
    /// Where judges or reviewers disagree first, then random.
    Uncertainty,
    /// By thread, turn after turn.
    Thread,
    /// The smallest first.
    Shortest,
    /// The largest first.
    Longest,
}

/// What items are divided by.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, Type)]
#[serde(rename_all = "snake_case")]
#[expect(missing_docs, reason = "each names a field of the run")]
pub enum Stratum {
    #[default]
    RunName,
    Model,
    Project,
    Status,
    PromptVersion,
}

/// What reviewers do not see of each other and of the run (§14.2); the api leaves it out.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, Type)]
#[serde(rename_all = "snake_case")]
pub enum Blind {
    /// Everything is shown.
    None,
    /// Answers of others are hidden until one's own are submitted.
    #[default]
    Reviewers,
    /// Judges and their suggestions too.
    ReviewersAndModels,
    /// Model, provider, cost, latency, prompt version, experiment and file too.
    Full,
}

/// What comes after a submit.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, Type)]
#[serde(rename_all = "snake_case")]
pub enum OnSubmit {
    /// The next item.
    #[default]
    Next,
    /// The same item.
    Stay,
}

/// How a queue is worked. A missing member has its default.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, Type)]
#[serde(default)]
pub struct QueueSettings {
    /// What the items are.
    pub target_level: TargetLevel,
    /// Order for a reviewer who opens the queue; items that come later are appended.
    pub order_mode: OrderMode,
    /// Seed of the order and of the sides of pairs.
    pub order_seed: u32,
    /// What `interleave` goes round over.
    pub order_by: Stratum,
    /// The same order for all reviewers.
    pub same_order: bool,
    /// Reviews that an item needs; null: everybody, which is one while there is one reviewer.
    pub num_reviewers_per_item: Option<u32>,
    /// Whether opening an item keeps others from it. Matters only where others are.
    pub enable_reservations: bool,
    /// How long, in seconds, from 60 to 86,400.
    pub lease_seconds: u32,
    /// Reviewers who must all answer, by id; empty: whoever comes.
    pub assigned_reviewers: Vec<String>,
    /// What is hidden.
    pub blind: Blind,
    /// Metadata keys that `full` hides besides the fixed ones.
    pub hide_metadata: Vec<String>,
    /// What comes after a submit.
    pub on_submit: OnSubmit,
    /// One key press answers and submits, where the rubric has one choice.
    pub instant_submit: bool,
    /// Suggestions are chosen beforehand.
    pub prefill: bool,
    /// Submitting adds to the default dataset as well.
    pub add_to_dataset: bool,
    /// Pairs: "both bad" is an answer.
    pub both_bad: bool,
    /// Pairs: how much better, 1 to 3.
    pub strength: bool,
    /// Reasons offered for skipping.
    pub skip_reasons: Vec<String>,
    /// Discarding needs a reason.
    pub discard_reason_required: bool,
    /// Of what a reviewer submitted, what share comes again unmarked, in percent: 0 to 20 (§14.5).
    pub repeat_percent: u32,
    /// How the item is shown: JSON of the interface, at most 16 KiB.
    pub view: Option<String>,
}

impl Default for QueueSettings {
    fn default() -> Self {
        Self {
            target_level: TargetLevel::default(),
            order_mode: OrderMode::default(),
            order_seed: 0,
            order_by: Stratum::default(),
            same_order: false,
            num_reviewers_per_item: Some(1),
            enable_reservations: true,
            lease_seconds: 1800,
            assigned_reviewers: Vec::new(),
            blind: Blind::default(),
            hide_metadata: Vec::new(),
            on_submit: OnSubmit::default(),
            instant_submit: false,
            prefill: false,
            add_to_dataset: false,
            both_bad: false,
            strength: false,
            skip_reasons: Vec::new(),
            discard_reason_required: false,
            repeat_percent: 0,
            view: None,
        }
    }
}

/// How many items are where, for one reviewer. Every number comes from the query that serves the items.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct QueueCounts {
    /// In the queue.
    pub total: Count,
    /// Wait for this reviewer: pending, reserved or draft, and not complete without them.
    pub to_review: Count,
    /// Of `to_review`: with a draft.
    pub drafts: Count,
    /// This reviewer submitted.
    pub submitted: Count,
    /// This reviewer skipped.
    pub skipped: Count,
    /// This reviewer discarded.
    pub discarded: Count,
    /// This reviewer submitted and others are missing.
    pub needs_others: Count,
    /// Reviewers disagree.
    pub in_conflict: Count,
    /// Enough reviews and no conflict, or adjudicated.
    pub completed: Count,
    /// Taken out; not in `total`.
    pub removed: Count,
    /// How fast this reviewer works here; null below five submitted items.
    pub pace: Option<Pace>,
}

/// How fast a reviewer works in a queue (§16): the median of their items that were submitted last, 200 at most. Pauses
/// beyond a minute and time in other windows are left out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct Pace {
    /// Over how many items.
    pub items: Count,
    /// Median time of an item, in milliseconds.
    pub per_item_ms: Count,
    /// Items in an hour at this pace, rounded.
    pub per_hour: Count,
    /// What is to review takes so many minutes, the last one begun.
    pub left_minutes: Count,
}

/// A queue in the list.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, Type)]
pub struct QueueRow {
    /// Its id, a UUID.
    pub id: String,
    /// Its name.
    pub name: String,
    /// What it is for.
    pub description: Option<String>,
    /// What is shown at once.
    pub kind: QueueKind,
    /// What the items are.
    pub target_level: TargetLevel,
    /// Keys that it asks for, in order.
    pub keys: Vec<String>,
    /// When it was made.
    pub created: Timestamp,
    /// When it was last changed.
    pub modified: Timestamp,
    /// Put away.
    pub archived: bool,
    /// Reviews that an item needs; null: everybody.
    pub num_reviewers_per_item: Option<u32>,
    /// Where its items are.
    pub counts: QueueCounts,
}

/// Parameters of `list_queues`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, Type)]
#[serde(default)]
pub struct ListQueues {
    /// Part of the name.
    pub text: Option<String>,
    /// Those that were put away as well.
    pub archived: bool,
    /// Counts for this reviewer instead of the current one.
    pub reviewer_id: Option<String>,
}

/// Names a queue.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct QueueRef {
    /// Its id.
    pub queue_id: String,
}

/// A queue with everything that is asked in it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, Type)]
pub struct QueueDetail {
    /// As in the list.
    pub row: QueueRow,
    /// What reviewers are told, in Markdown.
    pub instructions: Option<String>,
    /// The questions, in order.
    pub rubric: Vec<RubricItem>,
    /// Grows with every change of the rubric; answers keep the version they were given under.
    pub rubric_version: u32,
    /// What the keys of the rubric mean; a key that nobody defined is `freeform`.
    pub keys: Vec<FeedbackKey>,
    /// How it is worked.
    pub settings: QueueSettings,
    /// Dataset that judged items can be added to.
    pub default_dataset: Option<String>,
}

/// Parameters of `save_queue`: the whole queue as it shall be. A new rubric bumps its version.
///
/// Keys of the rubric that no `FeedbackKey` exists for must be saved before (`save_feedback_key`).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, Type)]
pub struct SaveQueue {
    /// Which one to change; a new one is made when absent.
    pub id: Option<String>,
    /// Its name; not empty.
    pub name: String,
    /// What it is for.
    #[serde(default)]
    pub description: Option<String>,
    /// What is shown at once; stays what it was when the queue is changed.
    #[serde(default)]
    pub kind: QueueKind,
    /// What reviewers are told, in Markdown.
    #[serde(default)]
    pub instructions: Option<String>,
    /// The questions, in order.
    #[serde(default)]
    pub rubric: Vec<RubricItem>,
    /// How it is worked.
    #[serde(default)]
    pub settings: QueueSettings,
    /// Dataset that judged items can be added to.
    #[serde(default)]
    pub default_dataset: Option<String>,
    /// Whether items that are submitted open again when a required key is new; must be said then
    /// (error `invalid_input` otherwise; ask `preview_rubric` first).
    #[serde(default)]
    pub reopen: Option<bool>,
}

/// Parameters of `preview_rubric`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, Type)]
pub struct PreviewRubric {
    /// The queue; absent for one that is not made yet.
    pub queue_id: Option<String>,
    /// What the queue shows at once; only for one that is not made yet.
    #[serde(default)]
    pub kind: QueueKind,
    /// The rubric that is wanted.
    pub rubric: Vec<RubricItem>,
}

/// What a new rubric would do.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct RubricPreview {
    /// Keys that were not there.
    pub added: Vec<String>,
    /// Keys that go; their answers stay.
    pub removed: Vec<String>,
    /// Keys that are required and were not: submitted items miss them.
    pub newly_required: Vec<String>,
    /// Submitted reviews that could be reopened for `newly_required`.
    pub submitted: Count,
    /// What cannot be, with its key.
    pub problems: Vec<RubricProblem>,
}

/// Something that cannot be in a rubric.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct RubricProblem {
    /// The key.
    pub key: String,
    /// One sentence.
    pub message: String,
}

/// Parameters of `archive_queue`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct ArchiveQueue {
    /// The queue.
    pub queue_id: String,
    /// Put away, or taken out again.
    pub archived: bool,
}
