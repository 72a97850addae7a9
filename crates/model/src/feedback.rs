//! What people and programs say about runs.

use uuid::Uuid;

use crate::{InvalidId, RunId, TraceId, UnixNanos};

/// Identifies a feedback.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct FeedbackId(pub Uuid);

impl std::fmt::Display for FeedbackId {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.fmt(f)
    }
}

impl std::str::FromStr for FeedbackId {
    type Err = InvalidId;

    fn from_str(text: &str) -> Result<Self, InvalidId> {
        Uuid::try_parse(text.trim()).map(Self).map_err(|_| InvalidId(text.chars().take(80).collect()))
    }
}

/// One judgement about a run, a trace, a thread or a project (`langsmith-api.md` §10.1).
///
/// A feedback with a `run_id` is about that run, else with a `thread` about the thread, else with a `trace_id` about
/// the trace, else about the project. Texts named JSON are valid JSON.
#[derive(Debug, Clone, PartialEq)]
pub struct Feedback {
    /// Chosen by whoever said it; saying it again replaces it.
    pub id: FeedbackId,
    /// The run.
    pub run_id: Option<RunId>,
    /// The trace.
    pub trace_id: Option<TraceId>,
    /// The project, by its id.
    pub project_id: Option<Uuid>,
    /// The thread, by its key.
    pub thread: Option<String>,
    /// What is judged (`correctness`, `user_score`).
    pub key: String,
    /// The judgement as a number; true is 1 and false is 0.
    pub score: Option<f64>,
    /// The judgement as a category or anything else: JSON.
    pub value: Option<String>,
    /// Free text.
    pub comment: Option<String>,
    /// What it should have been: JSON.
    pub correction: Option<String>,
    /// Who said it: `api`, `app`, `model`, `auto_eval`.
    pub source_kind: String,
    /// More about who said it: a JSON object.
    pub source_metadata: Option<String>,
    /// The evaluator failed.
    pub error: bool,
    /// Joins the feedbacks of one comparison.
    pub group_id: Option<Uuid>,
    /// The comparison.
    pub comparative_experiment_id: Option<Uuid>,
    /// Anything else: a JSON object. Answers of reviewers keep here what only they have (`annotation-ux.md` §3.1):
    /// `level`, `turn_index`, `message_ref`, `text_anchor`, `evidence`, `queue`, `rubric_version`, `duration_ms`, `na`, …
    pub extra: Option<String>,
    /// Who said it: the id of a reviewer, or whatever a foreign file names.
    pub reviewer: Option<String>,
    /// The name of whoever said it, as it came with foreign feedback.
    pub reviewer_name: Option<String>,
    /// When it was replaced by a later answer or taken back; such feedback is history and counts nowhere.
    pub retracted: Option<UnixNanos>,
    /// What it replaces.
    pub supersedes: Option<FeedbackId>,
    /// The queue item that it was given in.
    pub queue_item: Option<Uuid>,
    /// When it was first said; `None` until it is stored.
    pub created: Option<UnixNanos>,
    /// When it was last changed; `None` until it is stored.
    pub modified: Option<UnixNanos>,
}
