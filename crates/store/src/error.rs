use std::path::PathBuf;

/// Why the library could not do what it was asked.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The file was written by a newer program.
    #[error(
        "the library was written by a newer version of Tracemark (schema {found}, this program knows {known})"
    )]
    NewerLibrary {
        /// Schema version of the file.
        found: i64,
        /// Newest schema version of this program.
        known: i64,
    },
    /// Another process holds the write lock for too long.
    #[error("the library is busy: another process is writing")]
    Busy,
    /// There is no room left.
    #[error("the disk is full")]
    DiskFull,
    /// The place cannot be written to.
    #[error("the library cannot be written: {0}")]
    ReadOnly(String),
    /// The file is not what was written.
    #[error("the library is damaged: {0}")]
    Damaged(String),
    /// Nothing of this id.
    #[error("{what} not found: {id}")]
    NotFound {
        /// Kind of thing.
        what: &'static str,
        /// Its id.
        id: String,
    },
    /// There is one of this name already.
    #[error("there is a {what} named {name} already")]
    Exists {
        /// Kind of thing.
        what: &'static str,
        /// Its name.
        name: String,
    },
    /// What is asked for contradicts itself or what is there.
    #[error("{0}")]
    Invalid(String),
    /// The same run id occurs in several traces.
    #[error("the run id {id} occurs in {count} traces; name the trace as well: {example}")]
    AmbiguousRun {
        /// The id.
        id: String,
        /// Number of traces.
        count: usize,
        /// A complete name.
        example: String,
    },
    /// The writer has ended.
    #[error("the library is closed")]
    Closed,
    /// A folder or file operation failed.
    #[error("{action} {path}: {source}")]
    Io {
        /// What was tried.
        action: &'static str,
        /// Where.
        path: PathBuf,
        /// Why it failed.
        source: std::io::Error,
    },
    /// Anything else that SQLite says.
    #[error("the library failed: {0}")]
    Sqlite(rusqlite::Error),
    /// A migration failed.
    #[error("the library could not be brought up to date: {0}")]
    Migration(#[from] rusqlite_migration::Error),
}

impl From<rusqlite::Error> for Error {
    fn from(error: rusqlite::Error) -> Self {
        use rusqlite::ErrorCode;
        match error.sqlite_error_code() {
            Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => Self::Busy,
            Some(ErrorCode::DiskFull) => Self::DiskFull,
            Some(ErrorCode::ReadOnly | ErrorCode::PermissionDenied | ErrorCode::CannotOpen) => {
                Self::ReadOnly(error.to_string())
            }
            Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase) => Self::Damaged(error.to_string()),
            // The number of ids in a question comes from outside.
            _ if error.to_string().starts_with("too many SQL variables") => {
                Self::Invalid("too many values are asked for at once".to_owned())
            }
            _ => Self::Sqlite(error),
        }
    }
}

impl Error {
    /// Whether the same call may succeed later.
    pub fn is_transient(&self) -> bool {
        matches!(self, Self::Busy | Self::DiskFull | Self::Closed)
    }
}

/// Result of the library.
pub type Result<T> = std::result::Result<T, Error>;
