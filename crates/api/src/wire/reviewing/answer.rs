//! What is answered, and what it points at.

use serde::{Deserialize, Serialize};
use specta::Type;

use crate::wire::{RunRef, Score, Timestamp};

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
