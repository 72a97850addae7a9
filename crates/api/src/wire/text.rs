//! Searching all texts.

use serde::{Deserialize, Serialize};
use specta::Type;

use super::{Count, RunStatus, RunType, Timestamp};

/// Parameters of `search_texts`.
#[derive(Debug, Clone, Default, Serialize, Deserialize, Type)]
pub struct SearchTexts {
    /// Words, `"phrases"` and `beginnings*`; all must occur in one text.
    pub text: String,
    /// In traces of this project only.
    #[serde(default)]
    pub project: Option<String>,
    /// In this trace only.
    #[serde(default)]
    pub trace_id: Option<String>,
    /// When all words are found, look within words too.
    #[serde(default)]
    pub inside_words: bool,
    /// `next` of the call before.
    #[serde(default)]
    pub after: Option<String>,
    /// Hits after which the call ends.
    pub limit: u32,
}

/// What a search over texts is doing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, Type)]
#[serde(rename_all = "snake_case")]
pub enum TextStage {
    /// Asking the index.
    Words,
    /// Reading what is not in the index yet.
    Fresh,
    /// Reading everything, for what stands within words.
    Inside,
}

/// The part of a run in which a text stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, Type)]
#[serde(rename_all = "snake_case")]
pub enum TextPart {
    /// What went in.
    Inputs,
    /// What came out.
    Outputs,
    /// Why it failed.
    Error,
    /// Metadata.
    Metadata,
    /// Labels.
    Tags,
}

/// A stretch of a text, in UTF-16 units as JavaScript counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct TextMark {
    /// First unit.
    pub start: u32,
    /// Behind the last.
    pub end: u32,
}

/// A text that was found.
#[derive(Debug, Clone, Serialize, Deserialize, Type)]
pub struct FoundText {
    /// Its trace.
    pub trace_id: String,
    /// Name of the trace.
    pub trace_name: String,
    /// Project of the trace.
    pub project: String,
    /// Its run.
    pub run_id: String,
    /// Name of the run.
    pub name: String,
    /// Kind of work.
    pub run_type: RunType,
    /// Where the run stands.
    pub status: RunStatus,
    /// Start of the run.
    pub start: Option<Timestamp>,
    /// The part of the run.
    pub part: TextPart,
    /// JSON pointer within the part.
    pub pointer: String,
    /// The line, or what is shown of it.
    pub line: String,
    /// What was found in the line.
    pub marks: Vec<TextMark>,
    /// Other texts of the run that have it too.
    pub more: Count,
    /// It stands within a word.
    pub inside: bool,
}

/// What a call of `search_texts` found: what fits into a moment. To go on is one more call, to stop is none.
#[derive(Debug, Clone, Serialize, Deserialize, Type)]
pub struct FoundTexts {
    /// The hits, the latest first.
    pub rows: Vec<FoundText>,
    /// Where the next call begins; absent at the end.
    pub next: Option<String>,
    /// What the next call does.
    pub stage: TextStage,
    /// Share of the library that was looked at, from 0 to 1, where all of it is read.
    pub progress: Option<f64>,
    /// Blocks of payloads that are not in the index yet; they are read instead.
    pub behind: Count,
}
