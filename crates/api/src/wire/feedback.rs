//! Feedback outside of queues, its statistics, and what leaves the application.

use serde::{Deserialize, Serialize};
use specta::Type;

use super::{Count, Score, SourceId, Timestamp};

/// What feedback is about.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Type)]
#[serde(tag = "type", rename_all = "snake_case", rename_all_fields = "snake_case")]
pub enum FeedbackTarget {
    /// A run, or a message of it.
    Run {
        /// Its trace.
        trace_id: String,
        /// The run.
        run_id: String,
    },
    /// A trace.
    Trace {
        /// The trace.
        trace_id: String,
    },
    /// A thread.
    Thread {
        /// Its key.
        thread: String,
    },
    /// A project.
    Project {
        /// Its name.
        project: String,
    },
}

/// Parameters of `list_feedback`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct ListFeedback {
    /// About what. A trace includes its runs, a project its traces.
    pub target: FeedbackTarget,
    /// Also what was replaced or taken back.
    #[serde(default)]
    pub history: bool,
}

/// One feedback.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, Type)]
pub struct FeedbackRow {
    /// Its id.
    pub id: String,
    /// What is judged.
    pub key: String,
    /// The run.
    pub run_id: Option<String>,
    /// The trace.
    pub trace_id: Option<String>,
    /// The thread.
    pub thread: Option<String>,
    /// The score.
    pub score: Option<Score>,
    /// The value: JSON.
    pub value: Option<String>,
    /// The comment.
    pub comment: Option<String>,
    /// The correction: JSON.
    pub correction: Option<String>,
    /// Who said it: `app`, `api`, `model`, `auto_eval`.
    pub source: String,
    /// Id of who said it.
    pub reviewer: Option<String>,
    /// Name of who said it.
    pub reviewer_name: Option<String>,
    /// The evaluator failed.
    pub error: bool,
    /// The message that it is about, as `extra.message_ref` says: JSON.
    pub message: Option<String>,
    /// When it was first said.
    pub created: Option<Timestamp>,
    /// When it was last changed.
    pub modified: Option<Timestamp>,
    /// When it was replaced or taken back.
    pub retracted: Option<Timestamp>,
    /// What it replaces.
    pub supersedes: Option<String>,
}

/// A choice of a known key.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, Type)]
pub struct KnownCategory {
    /// What is shown and stored.
    pub label: String,
    /// Its score.
    pub value: Option<Score>,
}

/// A key that may be used, with what it means.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, Type)]
pub struct KnownKey {
    /// The key.
    pub key: String,
    /// `boolean`, `categorical`, `continuous`, `freeform`, …; absent where nobody said.
    pub key_type: Option<String>,
    /// Least number.
    pub min: Option<Score>,
    /// Greatest number.
    pub max: Option<Score>,
    /// Choices.
    pub categories: Vec<KnownCategory>,
}

/// How often a value was given.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct ValueCount {
    /// The value.
    pub value: String,
    /// How often.
    pub count: Count,
}

/// What was said under one key.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, Type)]
pub struct KeyStats {
    /// The key.
    pub key: String,
    /// How often.
    pub count: Count,
    /// Mean of the scores.
    pub mean: Option<Score>,
    /// Lowest score.
    pub min: Option<Score>,
    /// Highest score.
    pub max: Option<Score>,
    /// How often the evaluator failed.
    pub errors: Count,
    /// Values, the most frequent first.
    pub values: Vec<ValueCount>,
}

/// What was said, the latest first, with statistics by key.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, Type)]
pub struct FeedbackList {
    /// One by one.
    pub rows: Vec<FeedbackRow>,
    /// Of what stands.
    pub stats: Vec<KeyStats>,
    /// Keys that may be used.
    pub keys: Vec<KnownKey>,
}

/// Parameters of `give_feedback`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, Type)]
pub struct GiveFeedback {
    /// About what.
    pub target: FeedbackTarget,
    /// The key.
    pub key: String,
    /// What is said.
    #[serde(flatten)]
    pub said: Said,
    /// The message of the run that it is about: JSON of `{path, hash}`.
    #[serde(default)]
    pub message: Option<String>,
}

/// What is said; at least one of these.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, Type)]
pub struct Said {
    /// The score. That of a flag or a category follows from the value.
    #[serde(default)]
    pub score: Option<Score>,
    /// The value: JSON.
    #[serde(default)]
    pub value: Option<String>,
    /// The comment.
    #[serde(default)]
    pub comment: Option<String>,
    /// The correction: JSON.
    #[serde(default)]
    pub correction: Option<String>,
}

/// Parameters of `edit_feedback`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, Type)]
pub struct EditFeedback {
    /// Which one.
    pub id: String,
    /// What is said from now on, in place of all that was said.
    #[serde(flatten)]
    pub said: Said,
}

/// Names a feedback.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct FeedbackRef {
    /// Its id.
    pub id: String,
}

/// What runs are put together by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, Type)]
#[serde(rename_all = "snake_case")]
pub enum FeedbackGrouping {
    /// Name of the judged run.
    RunName,
    /// Version of the prompt.
    PromptVersion,
    /// Thread.
    Thread,
    /// Trace.
    Trace,
}

/// Parameters of `get_feedback_stats`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct GetFeedbackStats {
    /// By what.
    pub by: FeedbackGrouping,
    /// Of this project only, by its name.
    #[serde(default)]
    pub project: Option<String>,
}

/// Statistics of one group.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, Type)]
pub struct FeedbackGroup {
    /// The name, version, thread or id of the trace.
    pub name: String,
    /// By key.
    pub stats: Vec<KeyStats>,
}

/// Parameters of `export_feedback`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct ExportFeedback {
    /// `langsmith-jsonl`, `langsmith-json`, `csv-long`, `csv-wide`, `otel`, `phoenix`, `langfuse`; `preference-openai`
    /// and `preference-dpo` write better and worse answers.
    pub format: String,
    /// Of this project only.
    #[serde(default)]
    pub project: Option<String>,
    /// With these keys only.
    #[serde(default)]
    pub keys: Vec<String>,
    /// Given in this queue only, by its id.
    #[serde(default)]
    pub queue_id: Option<String>,
    /// About this trace only.
    #[serde(default)]
    pub trace_id: Option<String>,
    /// About traces that this source delivered first.
    #[serde(default)]
    pub source_id: Option<SourceId>,
    /// Where an adjudicator decided, only the decision.
    #[serde(default)]
    pub adjudicated: bool,
    /// Also what was replaced or taken back.
    #[serde(default)]
    pub history: bool,
    /// Of a queue, also what was said to items that came again; marked in `extra`.
    #[serde(default)]
    pub repeats: bool,
    /// Names of reviewers.
    #[serde(default)]
    pub names: bool,
    /// How long each judgement took.
    #[serde(default)]
    pub timing: bool,
    /// The redaction rules once more.
    #[serde(default)]
    pub redact: bool,
    /// Only the preview: `data` is empty.
    #[serde(default)]
    pub preview: bool,
}

/// An export, or its preview.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct ExportedFile {
    /// A name for the file.
    pub file_name: String,
    /// The file.
    pub data: String,
    /// Bytes of the file.
    pub bytes: Count,
    /// Its first records.
    pub preview: Vec<String>,
    /// Records in all.
    pub records: Count,
    /// What was left out or is odd.
    pub notes: Vec<String>,
    /// `export.json`.
    pub manifest: String,
}
