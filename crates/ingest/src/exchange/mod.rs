//! Judgements and examples in the formats of other tools, out and in again (`annotation-ux.md` §17).
//!
//! Every format of feedback is a mapping between its own words and the members of a LangSmith feedback record
//! ([`record`]). What a format has no word for travels beside them under a name of ours, so that what is written here
//! reads back to the same feedback; where the format has a word, that word wins, so that a change made in the other
//! tool arrives. Pure, like the rest of the crate: values to text, text to values.

pub mod chat;
pub mod example_table;
pub mod examples;
pub mod otel;
mod peers;
pub mod preference;
mod recognise;
pub mod record;
mod table;
#[cfg(test)]
mod tests;

use model::Feedback;

use crate::Reject;

pub use recognise::{Exchange, recognise};

/// Layout of exported feedback.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum FeedbackFormat {
    /// An array of LangSmith feedback records (§17.1).
    LangsmithJson,
    /// One LangSmith feedback record a line (§17.1).
    LangsmithJsonl,
    /// A table with one row a feedback (§17.2).
    CsvLong,
    /// A table with one row a judged thing (§17.2).
    CsvWide,
    /// One `gen_ai.evaluation.result` log record of OTLP/JSON a line (§17.6).
    Otel,
    /// One annotation of Phoenix a line (§17.7).
    Phoenix,
    /// One score of Langfuse a line (§17.7).
    Langfuse,
}

impl FeedbackFormat {
    /// Every format with the word by which the command line and the interface know it.
    pub const ALL: [(Self, &'static str); 7] = [
        (Self::LangsmithJsonl, "langsmith-jsonl"),
        (Self::LangsmithJson, "langsmith-json"),
        (Self::CsvLong, "csv-long"),
        (Self::CsvWide, "csv-wide"),
        (Self::Otel, "otel"),
        (Self::Phoenix, "phoenix"),
        (Self::Langfuse, "langfuse"),
    ];

    /// Ending of the file's name.
    pub fn extension(self) -> &'static str {
        match self {
            Self::LangsmithJson => "json",
            Self::CsvLong | Self::CsvWide => "csv",
            Self::LangsmithJsonl | Self::Otel | Self::Phoenix | Self::Langfuse => "jsonl",
        }
    }
}

/// A feedback with what only its run knows.
#[derive(Debug, Clone, PartialEq)]
pub struct Judged {
    /// What was said.
    pub feedback: Feedback,
    /// The service whose run it is.
    pub service: Option<String>,
    /// The id that the provider gave the judged response.
    pub response_id: Option<String>,
}

impl From<Feedback> for Judged {
    fn from(feedback: Feedback) -> Self {
        Self { feedback, service: None, response_id: None }
    }
}

/// How feedback is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct WriteOptions {
    /// Table cells that a spreadsheet would run as a formula get an apostrophe in front (§17.2).
    pub guard_formulas: bool,
    /// Names of reviewers are written, besides their ids (§21).
    pub names: bool,
    /// The time that a judgement took is written (§16).
    pub timing: bool,
}

impl Default for WriteOptions {
    fn default() -> Self {
        Self { guard_formulas: true, names: false, timing: false }
    }
}

/// The records of an export as texts; joined in order by [`join`] they are the file.
pub fn write(all: &[Judged], format: FeedbackFormat, options: WriteOptions) -> Vec<String> {
    let private: Vec<Judged> = all
        .iter()
        .map(|one| Judged { feedback: record::for_others(&one.feedback, options), ..one.clone() })
        .collect();
    let lines = |line: &dyn Fn(&Judged) -> String| private.iter().map(line).collect();
    match format {
        FeedbackFormat::LangsmithJson | FeedbackFormat::LangsmithJsonl => {
            lines(&|one| record::line(&one.feedback))
        }
        FeedbackFormat::CsvLong => table::long(&private, options.guard_formulas),
        FeedbackFormat::CsvWide => table::wide(&private, options.guard_formulas),
        FeedbackFormat::Otel => lines(&|one| otel::request(std::slice::from_ref(one))),
        FeedbackFormat::Phoenix => lines(&peers::phoenix),
        FeedbackFormat::Langfuse => lines(&peers::langfuse),
    }
}

/// The file that these records make.
pub fn join(records: &[String], format: FeedbackFormat) -> String {
    match format {
        FeedbackFormat::LangsmithJson if records.is_empty() => "[]\n".to_owned(),
        FeedbackFormat::LangsmithJson => format!("[\n{}\n]\n", records.join(",\n")),
        FeedbackFormat::CsvLong | FeedbackFormat::CsvWide => records.concat(),
        _ => records.iter().flat_map(|line| [line.as_str(), "\n"]).collect(),
    }
}

/// What a file held.
#[derive(Debug, Default)]
pub struct ReadFeedback {
    /// What was said.
    pub feedback: Vec<Feedback>,
    /// What could not be read, with its line.
    pub rejects: Vec<Reject>,
}

/// Reads feedback in any of the formats; each record tells its own.
pub fn read(text: &[u8]) -> ReadFeedback {
    let mut read = ReadFeedback::default();
    if table::is_table(text) {
        table::read(text, &mut read);
        return read;
    }
    recognise::each_value(text, &mut |value, line| {
        let result = match value {
            Ok(value) => recognise::records(value),
            Err(reject) => Err(reject),
        };
        match result {
            Ok(records) => {
                for one in records {
                    match one {
                        Ok(feedback) => read.feedback.push(feedback),
                        Err(reject) => read.rejects.push(Reject { line: Some(line), ..reject }),
                    }
                }
            }
            Err(reject) => read.rejects.push(Reject { line: Some(line), ..reject }),
        }
    });
    read
}
