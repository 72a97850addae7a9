//! Errors as the wire carries them.

use serde::Serialize;
use specta::Type;

/// Stable words by which the UI and scripts tell errors apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Type)]
#[serde(rename_all = "snake_case")]
pub enum ErrorCode {
    /// Parameters that cannot be.
    InvalidInput,
    /// Nothing of this id.
    NotFound,
    /// Try again soon.
    Busy,
    /// There is no room left.
    DiskFull,
    /// The library cannot be written.
    ReadOnly,
    /// The library was written by a newer program.
    LibraryNewer,
    /// The library is damaged.
    LibraryDamaged,
    /// A file cannot be used.
    File,
    /// The token is missing or wrong.
    Unauthorized,
    /// Anything else.
    Internal,
}

/// What a command answers when it fails.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Type)]
pub struct ApiError {
    /// The kind.
    pub code: ErrorCode,
    /// One sentence for people.
    pub message: String,
    /// More, for those who look closer.
    pub detail: Option<String>,
}

impl ApiError {
    /// An error of this kind.
    pub fn new(code: ErrorCode, message: impl Into<String>) -> Self {
        Self { code, message: message.into(), detail: None }
    }

    /// Parameters that cannot be.
    pub fn invalid_input(message: impl Into<String>) -> Self {
        Self::new(ErrorCode::InvalidInput, message)
    }

    /// The error as JSON.
    pub fn to_json(&self) -> Vec<u8> {
        serde_json::to_vec(self).unwrap_or_default()
    }
}

impl std::fmt::Display for ApiError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for ApiError {}

impl From<engine::Error> for ApiError {
    fn from(error: engine::Error) -> Self {
        use engine::{Error, StoreError};
        let code = match &error {
            Error::Store(StoreError::NotFound { .. }) => ErrorCode::NotFound,
            Error::Store(
                StoreError::AmbiguousRun { .. } | StoreError::Exists { .. } | StoreError::Invalid(_),
            )
            | Error::InvalidInput(_)
            | Error::TooLarge(_)
            | Error::Decode(_) => ErrorCode::InvalidInput,
            Error::Store(StoreError::Busy) | Error::Busy => ErrorCode::Busy,
            Error::Store(StoreError::DiskFull) => ErrorCode::DiskFull,
            Error::Store(StoreError::ReadOnly(_)) => ErrorCode::ReadOnly,
            Error::Store(StoreError::NewerLibrary { .. }) => ErrorCode::LibraryNewer,
            Error::Store(StoreError::Damaged(_)) => ErrorCode::LibraryDamaged,
            Error::Io { .. } => ErrorCode::File,
            Error::Store(_) => ErrorCode::Internal,
        };
        Self::new(code, error.to_string())
    }
}
