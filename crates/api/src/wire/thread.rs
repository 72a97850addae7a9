//! A thread in figures.

use serde::{Deserialize, Serialize};
use specta::Type;

use super::{ClassCost, Count, DurationNanos, KeyStats, TraceRow, Usage, Usd};

/// Parameters of `get_thread_stats`.
#[derive(Debug, Clone, Default, Serialize, Deserialize, Type)]
#[serde(default)]
pub struct GetThreadStats {
    /// Thread key.
    pub thread: String,
    /// Project by name; without one, the traces of this key in every project.
    pub project: Option<String>,
}

/// A thread in figures.
#[derive(Debug, Clone, Serialize, Type)]
pub struct ThreadStats {
    /// Its turns, oldest first.
    pub turns: Vec<ThreadTurn>,
    /// What was said about the thread itself.
    pub feedback: Vec<KeyStats>,
    /// Time that half of the turns took at most.
    pub latency_p50: Option<DurationNanos>,
    /// That 95 of 100 turns took at most.
    pub latency_p95: Option<DurationNanos>,
    /// That 99 of 100 turns took at most.
    pub latency_p99: Option<DurationNanos>,
    /// Time of all turns together.
    pub active: DurationNanos,
    /// Runs of all turns.
    pub runs: Count,
    /// Tokens of all turns, each counted once.
    pub usage: Usage,
    /// Cost of all turns.
    pub cost: Option<Usd>,
    /// The cost by class, without classes that cost nothing.
    pub by_class: Vec<ClassCost>,
    /// Models, the most used first.
    pub models: Vec<ModelUse>,
    /// Versions of prompts, the most used first.
    pub prompts: Vec<PromptUse>,
    /// Tools, the most used first.
    pub tools: Vec<ToolUse>,
    /// Runs that do not carry the key of the thread themselves; their turn does.
    pub runs_without_key: Count,
}

/// A turn of a thread with what was said about it.
#[derive(Debug, Clone, Serialize, Type)]
pub struct ThreadTurn {
    /// The trace.
    pub row: TraceRow,
    /// What was said about it and its runs.
    pub feedback: Vec<KeyStats>,
}

/// What a thread used of a model.
#[derive(Debug, Clone, Serialize, Type)]
pub struct ModelUse {
    /// Name.
    pub model: String,
    /// Its vendor.
    pub provider: Option<String>,
    /// Calls.
    pub calls: Count,
    /// Calls that failed.
    pub errors: Count,
    /// Tokens.
    pub tokens: Count,
    /// Cost.
    pub cost: Option<Usd>,
}

/// What a thread used of a version of a prompt.
#[derive(Debug, Clone, Serialize, Type)]
pub struct PromptUse {
    /// The version.
    pub version: String,
    /// Runs.
    pub runs: Count,
}

/// What a thread used of a tool.
#[derive(Debug, Clone, Serialize, Type)]
pub struct ToolUse {
    /// Name.
    pub tool: String,
    /// Runs.
    pub runs: Count,
    /// Runs that failed.
    pub errors: Count,
    /// Time that half of the runs took at most.
    pub latency_p50: Option<DurationNanos>,
}
