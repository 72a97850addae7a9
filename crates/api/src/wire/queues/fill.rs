//! Putting items into a queue.

use serde::{Deserialize, Serialize};
use specta::Type;

use crate::wire::{Count, RunRef, Stratum, TraceFilter};

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
    /// What reviewing `added` takes at this reviewer's pace in the queue, in seconds; null below five submitted items.
    pub estimated_seconds: Option<Count>,
}
