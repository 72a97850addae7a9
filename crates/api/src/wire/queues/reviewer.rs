//! Who reviews.

use serde::{Deserialize, Serialize};
use specta::Type;

/// What a reviewer is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, Type)]
#[serde(rename_all = "snake_case")]
pub enum ReviewerKind {
    /// A person.
    Human,
    /// A judge.
    Model,
    /// A program.
    Code,
}

/// Somebody who judges: a name and an id of this library, no account.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct Reviewer {
    /// Its id, a UUID.
    pub id: String,
    /// Its name.
    pub name: String,
    /// What it is.
    pub kind: ReviewerKind,
    /// Not offered any more.
    pub archived: bool,
}

/// Everybody who judges, by name, and who sits here.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct Reviewers {
    /// Id of the reviewer for whom all commands act that do not name one.
    pub current: String,
    /// All of them, archived ones last.
    pub reviewers: Vec<Reviewer>,
}

/// Parameters of `save_reviewer`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct SaveReviewer {
    /// Which one to change; a new one is made when absent.
    pub id: Option<String>,
    /// Its name; not empty.
    pub name: String,
    /// Not offered any more. The current reviewer cannot be archived.
    #[serde(default)]
    pub archived: bool,
}

/// Names a reviewer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct ReviewerRef {
    /// Its id.
    pub id: String,
}
