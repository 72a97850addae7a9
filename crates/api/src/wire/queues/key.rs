//! What keys of feedback mean.

use serde::{Deserialize, Serialize};
use specta::Type;

use crate::wire::Count;

/// A number of a person: a score, a bound, a step.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, Type)]
#[serde(transparent)]
pub struct Score(#[specta(type = specta_typescript::Number)] pub f64);

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

/// Parameters of `save_feedback_key`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, Type)]
pub struct SaveFeedbackKey {
    /// The key as it shall be.
    pub key: FeedbackKey,
}
