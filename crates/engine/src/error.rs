/// Why the application could not do what it was asked.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The library.
    #[error(transparent)]
    Store(#[from] store::Error),
    /// A request of which nothing can be read.
    #[error("{0}")]
    Decode(#[from] ingest::DecodeError),
    /// Too much is waiting to be written; try again soon.
    #[error("the library is busy writing; try again in a second")]
    Busy,
    /// A value of the caller that cannot be.
    #[error("{0}")]
    InvalidInput(String),
    /// More than is taken in at once.
    #[error("{0}")]
    TooLarge(String),
    /// A file operation failed.
    #[error("cannot {action} {path}: {source}")]
    Io {
        /// What was tried.
        action: &'static str,
        /// Where.
        path: String,
        /// Why it failed.
        source: std::io::Error,
    },
}

impl Error {
    /// Whether the same request may succeed a little later.
    pub fn is_transient(&self) -> bool {
        match self {
            Self::Busy => true,
            Self::Store(error) => error.is_transient(),
            _ => false,
        }
    }
}

/// Result of the application.
pub type Result<T> = std::result::Result<T, Error>;
