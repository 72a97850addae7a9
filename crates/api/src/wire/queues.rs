//! Queues: who reviews, what is asked, how items are handed out and put in.
//!
//! Words are those of LangSmith's queues where it has them (`langsmith-cost-feedback-queues.md` §7–8); what is asked of
//! a reviewer follows `annotation-ux.md` §3–8.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use specta::Type;

use super::{Count, RunRef, Timestamp, TraceFilter};

/// A number of a person: a score, a bound, a step.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, Type)]
#[serde(transparent)]
pub struct Score(#[specta(type = specta_typescript::Number)] pub f64);

// ---- reviewers ----

/// What a reviewer is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, Type)]
#[serde(rename_all = "snake_case")]
pub enum ReviewerKind {
    /// A person.
    Human,
    /// A judge.
    Model,
    /// A program.
    Code,
}

/// Somebody who judges: a name and an id of this library, no account.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct Reviewer {
    /// Its id, a UUID.
    pub id: String,
    /// Its name.
    pub name: String,
    /// What it is.
    pub kind: ReviewerKind,
    /// Not offered any more.
    pub archived: bool,
}

/// Everybody who judges, by name, and who sits here.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct Reviewers {
    /// Id of the reviewer for whom all commands act that do not name one.
    pub current: String,
    /// All of them, archived ones last.
    pub reviewers: Vec<Reviewer>,
}

/// Parameters of `save_reviewer`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct SaveReviewer {
    /// Which one to change; a new one is made when absent.
    pub id: Option<String>,
    /// Its name; not empty.
    pub name: String,
    /// Not offered any more. The current reviewer cannot be archived.
    #[serde(default)]
    pub archived: bool,
}

/// Names a reviewer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct ReviewerRef {
    /// Its id.
    pub id: String,
}

// ---- keys ----

/// How a key is answered (`annotation-ux.md` §8.1).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, Type)]
#[serde(rename_all = "snake_case")]
pub enum KeyType {
    /// Yes or no.
    Boolean,
    /// One of the categories.
    Categorical,
    /// Any of the categories.
    MultiCategorical,
    /// A number.
    Continuous,
    /// A text.
    Freeform,
    /// What the output should have been.
    Correction,
    /// Sentences that must hold.
    Assertions,
    /// Free labels.
    Tags,
    /// Which run of the item went wrong first.
    RunPicker,
}

/// Whether more is better.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, Type)]
#[serde(rename_all = "snake_case")]
#[expect(missing_docs, reason = "the names say it")]
pub enum Direction {
    HigherBetter,
    LowerBetter,
    None,
}

/// One choice of a key, or a labelled point of a number.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, Type)]
#[serde(default)]
#[derive(Default)]
pub struct Category {
    /// The score that choosing it gives.
    pub value: Option<Score>,
    /// What it is called; unique within the key.
    pub label: String,
    /// What it means.
    pub description: Option<String>,
    /// Letter that chooses it from anywhere.
    pub hotkey: Option<String>,
    /// Colour name, the interface's own.
    pub color: Option<String>,
}

/// What is judged, and how; one definition for all queues and for feedback outside of queues.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, Type)]
pub struct FeedbackKey {
    /// The key, e.g. `correctness`; at most 180 characters.
    pub key: String,
    /// How it is answered.
    pub key_type: KeyType,
    /// Least number (continuous).
    pub min: Option<Score>,
    /// Greatest number (continuous).
    pub max: Option<Score>,
    /// Distance of numbers (continuous).
    pub step: Option<Score>,
    /// Choices, or labelled points of a number.
    #[serde(default)]
    pub categories: Vec<Category>,
    /// Whether the categories have an order, for agreement.
    #[serde(default)]
    pub ordered: bool,
    /// Whether more is better.
    pub direction: Direction,
    /// What it means.
    pub description: Option<String>,
    /// Feedback that stands under this key. Ignored by `save_feedback_key`. While there is any, bounds and category
    /// values cannot change; labels and descriptions can.
    #[serde(default = "no_count")]
    pub answers: Count,
}

fn no_count() -> Count {
    Count(0)
}

// ---- rubric ----

/// Where an answer attaches (§8.5).
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, Type)]
#[serde(rename_all = "snake_case")]
pub enum AnswerLevel {
    /// The run, trace or thread of the item.
    #[default]
    Item,
    /// Any run in the item.
    Run,
    /// A turn of a thread.
    Turn,
    /// A message, or a range of its text.
    Message,
}

/// Whether a comment goes with an answer.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, Type)]
#[serde(rename_all = "snake_case")]
pub enum CommentPolicy {
    /// None.
    Off,
    /// If the reviewer likes.
    #[default]
    Optional,
    /// Always.
    Required,
    /// When the answer is a negative one: false, the category with the worst value, a number in the worse half.
    RequiredIfNegative,
}

/// How an answer is compared in a condition.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, Type)]
#[serde(rename_all = "snake_case")]
pub enum ConditionOp {
    /// Equal; for lists: contains.
    Eq,
    /// Not equal (an answer that is missing is not equal).
    Ne,
    /// Less.
    Lt,
    /// At most.
    Lte,
    /// More.
    Gt,
    /// At least.
    Gte,
    /// Answered at all.
    Answered,
}

/// When a key is required (§8.3).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, Type)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum Condition {
    /// Another answer compares so.
    Is {
        /// Key of the other answer.
        key: String,
        /// Comparison.
        op: ConditionOp,
        /// A label, `true` or `false`, or a number as text.
        value: Option<String>,
    },
    /// All of these.
    And {
        /// The parts.
        conditions: Vec<Condition>,
    },
    /// Any of these.
    Or {
        /// The parts.
        conditions: Vec<Condition>,
    },
}

/// When answers of several reviewers to a key are a conflict (§14.4).
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, Type)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum ConflictRule {
    /// Any difference. The rule of keys that are no numbers, when none is given.
    AnyDifference {},
    /// Scores further apart than this. The rule of numbers, when none is given, with a quarter of the range.
    Difference {
        /// The distance.
        more_than: Score,
    },
    /// No answer has more than half.
    NoMajority {},
    /// Never.
    Never {},
}

/// One question of a queue.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, Type)]
pub struct RubricItem {
    /// The key, whose meaning is a `FeedbackKey`.
    pub feedback_key: String,
    /// What it means in this queue.
    #[serde(default)]
    pub description: Option<String>,
    /// Text for each category, by label.
    #[serde(default)]
    pub value_descriptions: BTreeMap<String, String>,
    /// Text for scores, by number as text.
    #[serde(default)]
    pub score_descriptions: BTreeMap<String, String>,
    /// An item cannot be submitted without an answer.
    #[serde(default)]
    pub is_required: bool,
    /// Answers are assertions of an example.
    #[serde(default)]
    pub is_assertion: bool,
    /// Where answers attach.
    #[serde(default)]
    pub level: AnswerLevel,
    /// Required when this holds; the key collapses while it does not.
    #[serde(default)]
    pub required_if: Option<Condition>,
    /// Whether "not applicable" is an answer.
    #[serde(default)]
    pub allow_na: bool,
    /// Whether a comment goes with it.
    #[serde(default)]
    pub comment_policy: CommentPolicy,
    /// Shown as chosen once the reviewer has seen the key.
    #[serde(default)]
    pub default_value: Option<super::AnswerValue>,
    /// Whether suggestions of judges are shown as ghosts.
    #[serde(default)]
    pub suggestions: bool,
    /// When reviewers disagree.
    #[serde(default)]
    pub conflict_rule: Option<ConflictRule>,
}

// ---- queues ----

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
    /// Median time that an item took, in milliseconds, of all reviewers; null before the first.
    pub median_active_ms: Option<Count>,
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

// ---- filling ----

/// A thread.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct ThreadRef {
    /// Project by name.
    pub project: String,
    /// Its key.
    pub thread: String,
}

/// Two runs to choose from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct RunPair {
    /// The one side.
    pub a: RunRef,
    /// The other.
    pub b: RunRef,
}

/// Where items come from.
#[derive(Debug, Clone, Serialize, Deserialize, Type)]
#[serde(tag = "type", rename_all = "snake_case", rename_all_fields = "snake_case")]
pub enum FillSource {
    /// These runs.
    Runs {
        /// They.
        runs: Vec<RunRef>,
    },
    /// These traces: their root runs, the traces, or their threads, as the queue's target is.
    Traces {
        /// They.
        trace_ids: Vec<String>,
    },
    /// These threads: as they are, or their traces where the queue's target is a trace or run.
    Threads {
        /// They.
        threads: Vec<ThreadRef>,
    },
    /// All traces that match.
    Filter {
        /// As of the trace table.
        filter: TraceFilter,
    },
    /// All runs that match a filter in LangSmith's language, e.g. `eq(run_type, "llm")`.
    Search {
        /// Project by name.
        project: Option<String>,
        /// The filter; empty: all.
        filter: String,
    },
    /// Lines of JSON: `{"run_id"|"trace_id"|"thread_id", …}`, or items of their own `{"inputs", "outputs", "metadata"}`
    /// that become runs of a project named after the file. In a pairwise queue `{"inputs", "a", "b"}` or two ids.
    File {
        /// Name of the file.
        name: String,
        /// Its text.
        text: String,
    },
    /// Pairs (pairwise queues).
    Pairs {
        /// They.
        pairs: Vec<RunPair>,
    },
    /// The runs of two projects, paired by example, else by equal inputs, else by order (pairwise queues).
    Projects {
        /// The one, by name.
        a: String,
        /// The other.
        b: String,
    },
}

/// How a sample is drawn; the same seed draws the same.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, Type)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum SampleMethod {
    /// Each with the same chance.
    Uniform {},
    /// From each stratum.
    Stratified {
        /// What divides.
        by: Stratum,
        /// In proportion to its size, or as many from each.
        proportional: bool,
    },
    /// Every n-th in order of time.
    Systematic {},
    /// The chance grows with what it weighs.
    Weighted {
        /// What it weighs.
        by: Weight,
    },
}

/// What a run weighs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, Type)]
#[serde(rename_all = "snake_case")]
#[expect(missing_docs, reason = "each names a field of the run")]
pub enum Weight {
    Cost,
    Tokens,
    Latency,
}

/// A sample of what matches.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct Sample {
    /// How many.
    pub count: u32,
    /// Seed; shown and kept.
    pub seed: u32,
    /// How.
    pub method: SampleMethod,
}

/// Parameters of `fill_queue` and `preview_fill`.
#[derive(Debug, Clone, Serialize, Deserialize, Type)]
pub struct FillQueue {
    /// The queue.
    pub queue_id: String,
    /// Where from.
    pub source: FillSource,
    /// A sample instead of all.
    #[serde(default)]
    pub sample: Option<Sample>,
    /// At most one of each thread.
    #[serde(default)]
    pub one_per_thread: bool,
    /// At most one of each prompt version.
    #[serde(default)]
    pub one_per_prompt_version: bool,
    /// None that has feedback of this key.
    #[serde(default)]
    pub not_labelled_with: Option<String>,
}

/// What filling would do, or did.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct FillResult {
    /// Matched before sampling.
    pub matching: Count,
    /// Chosen.
    pub chosen: Count,
    /// New in the queue.
    pub added: Count,
    /// Were there already.
    pub already: Count,
    /// Rows that cannot be used, with their place and reason, at most 100.
    pub problems: Vec<String>,
    /// Rows that cannot be used.
    pub refused: Count,
    /// The first three that are new, as a line of text each.
    pub examples: Vec<String>,
    /// What reviewing `added` takes by the queue's median, in seconds; null before the first review.
    pub estimated_seconds: Option<Count>,
}
