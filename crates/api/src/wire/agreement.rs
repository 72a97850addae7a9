//! How far the reviewers of a queue agree.

use serde::{Deserialize, Serialize};
use specta::Type;

use super::{Count, Score};

/// Parameters of `get_agreement`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct GetAgreement {
    /// The queue.
    pub queue_id: String,
    /// Takes *not applicable* as no answer; else it is a category of its own, and missing for numbers only.
    #[serde(default)]
    pub na_is_missing: bool,
}

/// How far the reviewers of a queue agree (`annotation-ux.md` §15). Decisions of conflicts are no answers here.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, Type)]
pub struct Agreement {
    /// Everybody who submitted, by name.
    pub reviewers: Vec<AgreementReviewer>,
    /// One a key; one a label where a key takes several.
    pub keys: Vec<KeyAgreement>,
    /// Keys of the rubric that no measure fits, such as texts.
    pub unmeasured: Vec<String>,
    /// Items below which a number says too little.
    pub fewest_items: Count,
}

/// Somebody who submitted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct AgreementReviewer {
    /// Who.
    pub reviewer_id: String,
    /// Its name.
    pub name: String,
}

/// Agreement under one key.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, Type)]
pub struct KeyAgreement {
    /// The key.
    pub key: String,
    /// The label, where each label of a key is measured for itself.
    pub label: Option<String>,
    /// Items with two answers or more.
    pub items: Count,
    /// Their answers.
    pub answers: Count,
    /// Fewer than ten items: numbers say little.
    pub too_few: bool,
    /// Share of equal pairs of answers.
    pub percent: Measured,
    /// Krippendorff's alpha.
    pub alpha: Measured,
    /// The scale it was computed on.
    pub scale: AgreementScale,
    /// Its 95 % bootstrap interval.
    pub low: Option<Score>,
    /// Its upper end.
    pub high: Option<Score>,
    /// How alpha reads; null without one.
    pub reading: Option<Reading>,
    /// Measures that fit the key and the number of reviewers.
    pub measures: Vec<NamedMeasure>,
    /// Alpha over whole sets of labels by the MASI distance; with the first label of a key.
    pub masi: Option<Measured>,
    /// Headings of the matrices, in the order of the rubric.
    pub categories: Vec<String>,
    /// Answers of two reviewers to the same items; the pair with most items first.
    pub matrices: Vec<ConfusionMatrix>,
    /// How each reviewer stands to the others, to decisions, and to themselves.
    pub reviewers: Vec<ReviewerAgreement>,
}

/// A number, or why there is none.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, Type)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum Measured {
    /// The number.
    Number {
        /// The number.
        value: Score,
    },
    /// Everybody gave one and the same answer: beyond chance there is nothing to measure.
    NoVariation {},
    /// No item has two answers.
    NoPairs {},
}

/// What the difference of two answers means.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, Type)]
#[serde(rename_all = "snake_case")]
pub enum AgreementScale {
    /// Categories without an order.
    Nominal,
    /// Categories in the order of the rubric.
    Ordinal,
    /// Numbers.
    Interval,
    /// Numbers with a zero that means something.
    Ratio,
}

/// How alpha reads (§15.7).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, Type)]
#[serde(rename_all = "snake_case")]
pub enum Reading {
    /// 0.80 and more.
    Reliable,
    /// 0.67 to 0.80.
    Tentative,
    /// Below.
    Unreliable,
}

/// A measure by name.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, Type)]
pub struct NamedMeasure {
    /// What it is called, e.g. `Cohen's kappa`.
    pub name: String,
    /// What it is.
    pub measure: Measured,
}

/// Answers of two reviewers to the same items.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct ConfusionMatrix {
    /// The reviewer of the rows.
    pub row_reviewer_id: String,
    /// The reviewer of the columns.
    pub column_reviewer_id: String,
    /// Counts: a row an answer of the one, in it a column an answer of the other.
    pub counts: Vec<Vec<Count>>,
}

/// How often of how many times the same was said.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, Type)]
pub struct SameShare {
    /// Equal.
    pub equal: Count,
    /// All.
    pub all: Count,
    /// Lower end of Wilson's 95 % interval; null without any.
    pub low: Option<Score>,
    /// Its upper end.
    pub high: Option<Score>,
}

/// One reviewer under one key.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, Type)]
pub struct ReviewerAgreement {
    /// Who.
    pub reviewer_id: String,
    /// With each answer of others to the same items.
    pub others: SameShare,
    /// With decisions of conflicts.
    pub decisions: SameShare,
    /// First with last answer to items judged twice, at least 20 others apart.
    pub again: SameShare,
    /// Cohen's kappa of these.
    pub again_kappa: Option<Measured>,
}
