//! Answers as reviewers give them, and as they are kept in drafts.

use serde::{Deserialize, Serialize};

use crate::{Key, KeyType};

/// What was answered to a key.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case", rename_all_fields = "snake_case")]
#[expect(missing_docs, reason = "the members say what they are")]
pub enum AnswerValue {
    /// Yes or no.
    Boolean { value: bool },
    /// One of the categories, by label.
    Category { label: String },
    /// Any of the categories, by label.
    Categories { labels: Vec<String> },
    /// A number.
    Number { value: f64 },
    /// A text.
    Text { text: String },
    /// What the output should have been: JSON.
    Correction { json: String },
    /// Sentences that must hold.
    Assertions { assertions: Vec<Assertion> },
    /// Free labels.
    Tags { tags: Vec<String> },
    /// The run that went wrong first.
    Run { run_id: String },
    /// The better side of a pair as shown; left is A.
    Pair { winner: Winner, strength: Option<u8> },
    /// Not applicable.
    NotApplicable {},
}

/// The better side of a pair.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Winner {
    /// The left one, or the true side A.
    A,
    /// The right one, or the true side B.
    B,
    /// Neither is better.
    Equal,
    /// Neither is good.
    BothBad,
}

/// A true side of a pair.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Side {
    /// The first run of the item.
    A,
    /// The second.
    B,
}

impl Winner {
    /// From sides as shown to true sides, and back.
    #[must_use]
    pub fn swapped(self, swap: bool) -> Self {
        match (self, swap) {
            (Self::A, true) => Self::B,
            (Self::B, true) => Self::A,
            (same, _) => same,
        }
    }

    /// The score of a true side: 1 for the winner, 0 for the loser; 1 for both when equal, 0 when both are bad (§13).
    pub fn score(self, side: Side) -> f64 {
        match (self, side) {
            (Self::A, Side::A) | (Self::B, Side::B) | (Self::Equal, _) => 1.0,
            _ => 0.0,
        }
    }
}

/// A sentence that must hold.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Assertion {
    /// Its name.
    pub key: String,
    /// The sentence.
    pub comment: String,
}

/// A run, by the pair that names it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AnchorRun {
    /// Its trace.
    pub trace_id: String,
    /// Its id.
    pub run_id: String,
}

/// Where in the item an answer or a piece of evidence stands (§8.5).
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Anchor {
    /// The run.
    pub run: Option<AnchorRun>,
    /// The turn, from 0.
    pub turn: Option<u32>,
    /// The message.
    pub message: Option<MessageRef>,
    /// A range of its text.
    pub text: Option<TextAnchor>,
}

/// A message of a run.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct MessageRef {
    /// Where it stands in the run.
    pub path: String,
    /// Hash of its content.
    pub hash: String,
}

/// A range of a text, in Unicode code points of the raw text.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TextAnchor {
    /// First code point.
    pub start: u32,
    /// After the last one.
    pub end: u32,
    /// The text.
    pub quote: String,
    /// What stands before it.
    pub prefix: String,
    /// What stands after it.
    pub suffix: String,
}

/// An answer of a reviewer to one key at one place.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Answer {
    /// The key.
    pub key: String,
    /// Where it attaches; absent: the item.
    pub anchor: Option<Anchor>,
    /// The answer; absent where only a comment was written.
    pub value: Option<AnswerValue>,
    /// The comment.
    pub comment: Option<String>,
    /// Places that show it.
    pub evidence: Vec<Anchor>,
    /// The default that the reviewer left as it was.
    pub from_default: bool,
    /// The suggestion that the reviewer took over.
    pub suggestion_id: Option<String>,
    /// Time between focus and answer, in milliseconds.
    pub duration_ms: Option<u32>,
}

impl Answer {
    /// An answer to a key about the item.
    pub fn new(key: &str, value: AnswerValue) -> Self {
        Self { key: key.to_owned(), value: Some(value), ..Self::default() }
    }

    /// The comment, unless it is blank.
    pub fn said(&self) -> Option<&str> {
        self.comment.as_deref().filter(|comment| !comment.trim().is_empty())
    }
}

impl AnswerValue {
    /// The number of the answer to a key: the category's value, 1 or 0 for a flag (§3.2).
    pub fn score(&self, key: &Key) -> Option<f64> {
        match self {
            Self::Boolean { value } => Some(f64::from(u8::from(*value))),
            Self::Category { label } => key.category(label)?.value,
            Self::Number { value } => Some(*value),
            _ => None,
        }
    }

    /// The answer in one line, at most 80 characters.
    pub fn short(&self) -> String {
        let text = match self {
            Self::Boolean { value: true } => "Yes".to_owned(),
            Self::Boolean { value: false } => "No".to_owned(),
            Self::Category { label } => label.clone(),
            Self::Categories { labels } => labels.join(", "),
            Self::Number { value } => value.to_string(),
            Self::Text { text } => text.clone(),
            Self::Correction { .. } => "Corrected".to_owned(),
            Self::Assertions { assertions } => {
                assertions.iter().map(|assertion| assertion.key.as_str()).collect::<Vec<_>>().join(", ")
            }
            Self::Tags { tags } => tags.join(", "),
            Self::Run { run_id } => run_id.clone(),
            Self::Pair { winner, .. } => match winner {
                Winner::A => "A is better",
                Winner::B => "B is better",
                Winner::Equal => "Equal",
                Winner::BothBad => "Both bad",
            }
            .to_owned(),
            Self::NotApplicable {} => "Not applicable".to_owned(),
        };
        let mut short: String = text.split_whitespace().collect::<Vec<_>>().join(" ");
        if let Some((end, _)) = short.char_indices().nth(80) {
            short.truncate(end);
            short.push('…');
        }
        short
    }

    /// Whether a key of this type takes such an answer.
    pub(crate) fn fits(&self, key_type: KeyType) -> bool {
        matches!(
            (self, key_type),
            (Self::Boolean { .. }, KeyType::Boolean)
                | (Self::Category { .. }, KeyType::Categorical)
                | (Self::Categories { .. }, KeyType::MultiCategorical)
                | (Self::Number { .. }, KeyType::Continuous)
                | (Self::Text { .. }, KeyType::Freeform)
                | (Self::Correction { .. }, KeyType::Correction)
                | (Self::Assertions { .. }, KeyType::Assertions)
                | (Self::Tags { .. }, KeyType::Tags)
                | (Self::Run { .. }, KeyType::RunPicker)
                | (Self::NotApplicable {}, _)
        )
    }

    /// Whether it says nothing, as an empty text does.
    pub(crate) fn is_empty(&self) -> bool {
        match self {
            Self::Text { text } => text.trim().is_empty(),
            Self::Correction { json } => json.trim().is_empty(),
            Self::Categories { labels } => labels.is_empty(),
            Self::Assertions { assertions } => assertions.is_empty(),
            Self::Tags { tags } => tags.is_empty(),
            Self::Run { run_id } => run_id.is_empty(),
            _ => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn swapping_twice_is_nothing_and_scores_follow_the_true_side(which in 0_usize..4, swap: bool) {
            let winner = [Winner::A, Winner::B, Winner::Equal, Winner::BothBad][which];
            prop_assert_eq!(winner.swapped(swap).swapped(swap), winner);
            let sum = winner.score(Side::A) + winner.score(Side::B);
            prop_assert!((sum - [1.0, 1.0, 2.0, 0.0][which]).abs() < f64::EPSILON);
        }
    }

    #[test]
    fn answers_in_one_line() {
        let long = AnswerValue::Text { text: format!("a\n  b {}", "x".repeat(200)) };
        assert_eq!(long.short().chars().count(), 81);
        assert!(long.short().starts_with("a b x"));
        assert_eq!(AnswerValue::Number { value: 0.5 }.short(), "0.5");
    }
}
