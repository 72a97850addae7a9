//! The queue of what is sent on.

use serde::{Deserialize, Serialize};
use specta::Type;

use super::Count;

/// Parameters of `list_forwarding`.
#[derive(Debug, Clone, Default, Serialize, Deserialize, Type)]
pub struct ListForwarding {
    /// Entries to skip.
    #[serde(default)]
    pub offset: u32,
    /// Entries to return; 50 when absent.
    #[serde(default)]
    pub limit: Option<u32>,
}

/// What waits together to be sent on.
#[derive(Debug, Clone, Serialize, Deserialize, Type)]
pub struct WaitingEntry {
    /// Place in the queue; never used twice.
    pub id: Count,
    /// Records of runs.
    pub runs: Count,
    /// Feedback.
    pub feedback: Count,
    /// Bytes in the library.
    pub bytes: Count,
    /// Names of some of the runs.
    pub names: Vec<String>,
    /// What will not go with them, and why.
    pub note: Option<String>,
}
