//! What the owner of a queue sees.

use serde::{Deserialize, Serialize};
use specta::Type;

use crate::wire::{Count, GivenAnswer, QueueCounts, ReviewItem, Score};

/// All answers to one item, side by side. For the owner: hidden from nobody who asks, and recorded.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, Type)]
pub struct ItemAnswers {
    /// The item for the current reviewer.
    pub item: ReviewItem,
    /// What reviewers submitted and what stands, by reviewer and rubric order.
    pub answers: Vec<GivenAnswer>,
    /// Keys whose answers are a conflict.
    pub conflicts: Vec<String>,
}

/// What a queue has come to (§16), for the current reviewer.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, Type)]
pub struct QueueProgress {
    /// Where items are, and how fast this reviewer works.
    pub counts: QueueCounts,
    /// Time spent in all, in milliseconds.
    pub spent_ms: Count,
    /// How often each answer was given by this reviewer.
    pub shares: Vec<AnswerShare>,
    /// Everybody, for the owner; only oneself where the queue is blind and items are open.
    pub reviewers: Vec<ReviewerProgress>,
}

/// How often an answer was given.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct AnswerShare {
    /// The key.
    pub key: String,
    /// The answer.
    pub text: String,
    /// How often.
    pub count: Count,
    /// How often among the last 20.
    pub recent: Count,
}

/// What one reviewer has done.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct ReviewerProgress {
    /// Who.
    pub reviewer_id: String,
    /// Its name.
    pub name: String,
    /// Items submitted.
    pub submitted: Count,
    /// Items skipped.
    pub skipped: Count,
    /// Median time of an item, in milliseconds, as in `Pace`; null below five items.
    pub median_ms: Option<Count>,
}

/// Parameters of `get_queue_progress`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct GetProgress {
    /// The queue.
    pub queue_id: String,
    /// This window.
    pub session: String,
    /// Instead of the current reviewer.
    #[serde(default)]
    pub reviewer_id: Option<String>,
}

/// What comparing came to (§13), by key.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, Type)]
pub struct PairwiseReport {
    /// Name of the one side: its project, where all items agree, else `A`.
    pub a: String,
    /// Name of the other.
    pub b: String,
    /// One row a key; strata follow their key.
    pub rows: Vec<PairwiseRow>,
}

/// A line of the report.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, Type)]
pub struct PairwiseRow {
    /// The key.
    pub key: String,
    /// The stratum (name of the run); null: all items.
    pub stratum: Option<String>,
    /// Answers in which the true side A won.
    pub a_wins: Count,
    /// Answers in which B won.
    pub b_wins: Count,
    /// Equal.
    pub ties: Count,
    /// Both bad.
    pub both_bad: Count,
    /// Win rate of A, ties as half; null without answers.
    pub win_rate: Option<Score>,
    /// Wilson 95 % interval of it.
    pub low: Option<Score>,
    /// Its upper end.
    pub high: Option<Score>,
    /// Sign test, two-sided, ties dropped.
    pub p_value: Option<Score>,
    /// Share of wins of the left side; near 0.5 without bias.
    pub left_share: Option<Score>,
}
