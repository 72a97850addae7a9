//! What a queue asks.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use specta::Type;

use crate::wire::{AnswerValue, Score};

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
    pub default_value: Option<AnswerValue>,
    /// Whether suggestions of judges are shown as ghosts.
    #[serde(default)]
    pub suggestions: bool,
    /// When reviewers disagree.
    #[serde(default)]
    pub conflict_rule: Option<ConflictRule>,
}
