//! Guessed threads.

use serde::{Deserialize, Serialize};
use specta::Type;

use super::{Count, DurationNanos, TableFilter, Timestamp, Usage, Usd};

/// Parameters of `guess_threads`.
#[derive(Debug, Clone, Default, Serialize, Deserialize, Type)]
#[serde(default)]
pub struct GuessThreads {
    /// Among which traces; the kind of rows and those that were picked are ignored.
    pub filter: TableFilter,
    /// Minutes between two traces of one user that still make them one thread; 30 when absent.
    pub gap_minutes: Option<u32>,
}

/// What the traces of a guessed thread have in common.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, Type)]
#[serde(rename_all = "snake_case")]
pub enum GuessKind {
    /// A later one was given what an earlier one ended with.
    Replayed,
    /// An attribute that names a conversation and is no thread key.
    Attribute,
    /// The same user with little time between.
    User,
}

/// On what a guess rests.
#[derive(Debug, Clone, Serialize, Deserialize, Type)]
pub struct GuessEvidence {
    /// What they have in common.
    pub kind: GuessKind,
    /// Key of the attribute.
    pub key: Option<String>,
    /// The attribute, or the user.
    pub value: Option<String>,
    /// Turns that were joined by it.
    pub turns: Count,
}

/// Traces that seem to be one thread.
#[derive(Debug, Clone, Serialize, Deserialize, Type)]
pub struct GuessedThread {
    /// Its traces, oldest first.
    pub trace_ids: Vec<String>,
    /// On what the guess rests, the strongest first.
    pub evidence: Vec<GuessEvidence>,
    /// Project by name.
    pub project: String,
    /// Traces, each a turn.
    pub turns: Count,
    /// Runs in all turns.
    pub runs: Count,
    /// Turns whose root failed.
    pub errors: Count,
    /// Start of the first turn.
    pub first_start: Option<Timestamp>,
    /// Latest end or start of any turn.
    pub last_activity: Option<Timestamp>,
    /// Tokens of all turns.
    pub usage: Usage,
    /// Cost of all turns that is known.
    pub cost: Option<Usd>,
    /// Runs whose cost is not known, so that the cost is at least that.
    pub unpriced_runs: Count,
    /// What went into the first turn, cut.
    pub first_input: Option<String>,
    /// What came out of the last turn, cut.
    pub last_output: Option<String>,
    /// Time that half of the turns took at most.
    pub latency_p50: Option<DurationNanos>,
}

/// Guessed threads, the latest first. Nothing of them is in the library.
#[derive(Debug, Clone, Serialize, Deserialize, Type)]
pub struct GuessedThreads {
    /// The guesses.
    pub threads: Vec<GuessedThread>,
    /// Traces without a thread key that were looked at: the newest ones, at most 500.
    pub looked: Count,
    /// Whether there may be older ones that were not.
    pub more: bool,
    /// Traces among them whose messages were not read, since that would have taken too long.
    pub unread: Count,
    /// Minutes between two traces of one user that still made them one thread.
    pub gap_minutes: u32,
}
