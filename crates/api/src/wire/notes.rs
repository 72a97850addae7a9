//! Notes, their categories, and feedback on its way to others.

use serde::{Deserialize, Serialize};
use specta::Type;

use super::{Count, ExportFeedback, Timestamp};

/// Which notes by their category.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, Type)]
#[serde(tag = "type", rename_all = "snake_case", rename_all_fields = "snake_case")]
pub enum NoteFilter {
    /// All.
    #[default]
    Any,
    /// Those without one.
    None,
    /// Those of this one.
    Of {
        /// The category.
        category: String,
    },
}

/// Parameters of `list_notes`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct ListNotes {
    /// About runs of this project, by its name.
    #[serde(default)]
    pub project: Option<String>,
    /// Given in this queue.
    #[serde(default)]
    pub queue_id: Option<String>,
    /// That hold this text.
    #[serde(default)]
    pub text: Option<String>,
    /// The key under which things are given their category.
    pub category_key: String,
    /// By category.
    #[serde(default)]
    pub filter: NoteFilter,
    /// Rows to skip.
    pub offset: u32,
    /// Rows to return.
    pub limit: u32,
}

/// A note.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct NoteRow {
    /// The feedback.
    pub id: String,
    /// Under which key it was said.
    pub key: String,
    /// What was said.
    pub text: String,
    /// The run.
    pub run_id: Option<String>,
    /// The trace.
    pub trace_id: Option<String>,
    /// The thread.
    pub thread: Option<String>,
    /// Name of the run.
    pub run_name: Option<String>,
    /// Who said it.
    pub reviewer: Option<String>,
    /// When.
    pub created: Option<Timestamp>,
    /// The category of what it is about.
    pub category: Option<String>,
}

/// Notes of a category.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct NoteCount {
    /// The category; none for notes without one.
    pub category: Option<String>,
    /// How many.
    pub notes: Count,
}

/// A window of notes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct NotePage {
    /// The window.
    pub rows: Vec<NoteRow>,
    /// Notes that fit.
    pub total: Count,
    /// Notes of each category, the largest first; those without one last.
    pub categories: Vec<NoteCount>,
}

/// What notes are counted by, beside their category.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, Type)]
#[serde(rename_all = "snake_case")]
pub enum NotePivotBy {
    /// Name of the run.
    RunName,
    /// Model of the run, else of its trace.
    Model,
    /// Prompt version of the run, else the first of its trace.
    PromptVersion,
    /// The week in which the run began, by its Monday.
    Week,
}

/// Parameters of `pivot_notes`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct PivotNotes {
    /// About runs of this project, by its name.
    #[serde(default)]
    pub project: Option<String>,
    /// Given in this queue.
    #[serde(default)]
    pub queue_id: Option<String>,
    /// That hold this text.
    #[serde(default)]
    pub text: Option<String>,
    /// The key under which things are given their category.
    pub category_key: String,
    /// What they are counted by.
    pub by: NotePivotBy,
    /// Groups to return.
    pub limit: u32,
}

/// Notes about runs that have something in common.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct NoteGroup {
    /// What they have in common; none for runs without it.
    pub name: Option<String>,
    /// How many there are of each category, those without one last.
    pub categories: Vec<NoteCount>,
}

/// When a category was first needed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct FirstOfCategory {
    /// The category.
    pub category: String,
    /// The place of its first note among those with a category, in the order in which they were written, from 1.
    pub place: Count,
}

/// Notes by category and by what their runs have in common.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct NotePivot {
    /// The groups with the most notes, the largest first; weeks in their order.
    pub groups: Vec<NoteGroup>,
    /// How many groups there are.
    pub total: Count,
    /// When each category was first needed, in that order.
    pub firsts: Vec<FirstOfCategory>,
}

/// Parameters of `categorise_notes`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct CategoriseNotes {
    /// The key under which things are given their category.
    pub category_key: String,
    /// The notes.
    pub ids: Vec<String>,
    /// The category; none takes it away.
    pub category: Option<String>,
}

/// Parameters of `rename_category`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct RenameCategory {
    /// The key.
    pub category_key: String,
    /// The category.
    pub from: String,
    /// Its new name; one that is there takes it in.
    pub to: String,
}

/// Names a feedback key.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct FeedbackKeyRef {
    /// The key.
    pub key: String,
}

/// What takes feedback.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, Type)]
#[serde(rename_all = "snake_case")]
pub enum SendProtocol {
    /// A server of LangSmith's protocol.
    Langsmith,
    /// An OTLP endpoint.
    Otlp,
}

/// Parameters of `start_sending`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct StartSending {
    /// Which feedback, and what of it; the format says nothing here.
    pub what: ExportFeedback,
    /// To what.
    pub protocol: SendProtocol,
    /// To which address.
    pub url: String,
    /// Key, where one is asked for; kept nowhere.
    #[serde(default)]
    pub key: Option<String>,
}

/// A feedback that was refused.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct RefusedFeedback {
    /// Its id.
    pub id: String,
    /// Why.
    pub reason: String,
}

/// What was sent.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct SendSummary {
    /// Sent now.
    pub sent: Count,
    /// Changed there.
    pub changed: Count,
    /// Taken back there.
    pub withdrawn: Count,
    /// There already.
    pub skipped: Count,
    /// Refused.
    pub refused: Count,
    /// The first of them.
    pub problems: Vec<RefusedFeedback>,
    /// Stopped; sending again goes on from there.
    pub cancelled: bool,
}

/// How sending stands, or how the last one ended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct SendStatus {
    /// Sending.
    pub running: bool,
    /// To what.
    pub protocol: SendProtocol,
    /// To which address; empty when nothing was sent yet.
    pub url: String,
    /// Looked at.
    pub done: Count,
    /// In all.
    pub total: Count,
    /// What was sent, once it has ended.
    pub summary: Option<SendSummary>,
    /// Why it ended early.
    pub error: Option<String>,
}
