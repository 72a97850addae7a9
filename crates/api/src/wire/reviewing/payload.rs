//! Payloads as the queue allows them to be seen.

use serde::{Deserialize, Serialize};
use specta::Type;

use crate::wire::{GetConversation, ReadConversationText, ReadJson, ReadText, RunRef};

/// Parameters of `get_review_trace`: like `get_trace`, with what the queue hides left out and masked in all texts.
///
/// All commands on payloads of an item refuse runs and traces that do not belong to it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct ReviewTrace {
    /// The item.
    pub item_id: String,
    /// The trace.
    pub trace_id: String,
    /// Instead of the current reviewer.
    #[serde(default)]
    pub reviewer_id: Option<String>,
}

/// Parameters of `get_review_run`: like `get_run`, masked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct ReviewRun {
    /// The item.
    pub item_id: String,
    /// The run.
    pub run: RunRef,
    /// Instead of the current reviewer.
    #[serde(default)]
    pub reviewer_id: Option<String>,
}

/// Parameters of `get_review_conversation`: like `get_conversation`, masked.
#[derive(Debug, Clone, Serialize, Deserialize, Type)]
pub struct ReviewConversation {
    /// The item.
    pub item_id: String,
    /// The conversation.
    pub conversation: GetConversation,
    /// Instead of the current reviewer.
    #[serde(default)]
    pub reviewer_id: Option<String>,
}

/// Parameters of `read_review_conversation_text`: like `read_conversation_text`, masked.
#[derive(Debug, Clone, Serialize, Deserialize, Type)]
pub struct ReviewConversationText {
    /// The item.
    pub item_id: String,
    /// The text.
    pub text: ReadConversationText,
    /// Instead of the current reviewer.
    #[serde(default)]
    pub reviewer_id: Option<String>,
}

/// Parameters of `read_review_json`: like `read_json`, masked.
#[derive(Debug, Clone, Serialize, Deserialize, Type)]
pub struct ReviewJson {
    /// The item.
    pub item_id: String,
    /// What to read.
    pub read: ReadJson,
    /// Instead of the current reviewer.
    #[serde(default)]
    pub reviewer_id: Option<String>,
}

/// Parameters of `read_review_text`: like `read_text`, masked.
#[derive(Debug, Clone, Serialize, Deserialize, Type)]
pub struct ReviewText {
    /// The item.
    pub item_id: String,
    /// What to read.
    pub read: ReadText,
    /// Instead of the current reviewer.
    #[serde(default)]
    pub reviewer_id: Option<String>,
}
