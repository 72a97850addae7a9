use serde::{Deserialize, Serialize};
use specta::Type;

use super::Count;

/// How reading the whole library again, by the rules of this version, stands or ended.
#[derive(Debug, Clone, Serialize, Deserialize, Type)]
pub struct Remap {
    /// Reading.
    pub running: bool,
    /// Traces that were read.
    pub done: Count,
    /// Traces in all; zero before the first is read.
    pub total: Count,
    /// What changed, once it has ended.
    pub report: Option<RemapReport>,
    /// It was stopped before its end.
    pub cancelled: bool,
    /// Why it ended early.
    pub error: Option<String>,
}

/// What reading again changed.
#[derive(Debug, Clone, Serialize, Deserialize, Type)]
pub struct RemapReport {
    /// Runs that were read.
    pub runs: Count,
    /// Runs that are different now.
    pub changed: Count,
    /// How often each field changed, by name.
    pub fields: Vec<RemapField>,
}

/// How often a field changed.
#[derive(Debug, Clone, Serialize, Deserialize, Type)]
pub struct RemapField {
    /// The field.
    pub name: String,
    /// Runs in which it changed.
    pub runs: Count,
}

impl From<engine::RemapStatus> for Remap {
    fn from(status: engine::RemapStatus) -> Self {
        let report = status.report.map(|report| RemapReport {
            runs: Count(report.runs),
            changed: Count(report.changed),
            fields: report
                .fields
                .into_iter()
                .map(|(name, runs)| RemapField { name: name.to_owned(), runs: Count(runs) })
                .collect(),
        });
        Self {
            running: status.running,
            done: Count(status.done),
            total: Count(status.total),
            report,
            cancelled: status.cancelled,
            error: status.error,
        }
    }
}
