//! The rules of reviewing (`annotation-ux.md`): what a rubric may ask, what an answer must be, in which order items
//! come, which are sampled, when reviewers disagree, and what comparisons come to.
//!
//! Functions from values to values; no I/O, no clock, no chance. Rubrics, settings and answers are kept in the library
//! as JSON, which is why their types are serialisable; the members that LangSmith knows have its names
//! (`langsmith-cost-feedback-queues.md` §7.4, §8.1), so both see the same queue.

mod answer;
mod check;
mod conflict;
mod key;
mod order;
mod pace;
mod pairwise;
mod repeat;
mod rubric;
mod sample;
mod settings;
mod state;

pub use answer::{Anchor, AnchorRun, Answer, AnswerValue, Assertion, MessageRef, Side, TextAnchor, Winner};
pub use check::{Issue, Rule, check};
pub use conflict::{conflicts, disagreement, place_of};
pub use key::{Category, Direction, Key, KeyType};
pub use order::{Sortable, in_order, mixed};
pub use pace::Pace;
pub use pairwise::{Comparison, Tally, swaps_sides};
pub use repeat::{BETWEEN, MOST_REPEATS, Repeats};
pub use rubric::{
    AnswerLevel, CommentPolicy, Condition, ConditionOp, ConflictRule, RubricChange, RubricItem,
    RubricProblem, compare,
};
pub use sample::{Sample, SampleMethod, Sampled, Weight, sample};
pub use settings::{Blind, OnSubmit, OrderMode, QueueSettings, Stratum, TargetLevel};
pub use state::{AssignmentState, ItemStatus};

/// The key of the note on an item; a text that needs no place in the rubric (§3.2).
pub const NOTE: &str = "note";
