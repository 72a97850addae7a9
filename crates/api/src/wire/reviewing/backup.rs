//! Backups of what reviewers did.

use serde::{Deserialize, Serialize};
use specta::Type;

use crate::wire::{Count, Timestamp};

/// A backup of everything that reviewers did.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct Backup {
    /// Name of its file in the folder `backups` of the library.
    pub name: String,
    /// Its size.
    pub bytes: Count,
    /// When it was made.
    pub made: Timestamp,
}

/// Names a backup.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct BackupRef {
    /// Its name.
    pub name: String,
}

/// What a restore brought.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct Restored {
    /// Rows that were not there or were older.
    pub rows: Count,
    /// Rows that were there as they are.
    pub same: Count,
}
