use model::RunRecord;

/// Characters of the offending input that a reject keeps.
const EXCERPT_CHARS: usize = 200;

/// One thing that could not be read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reject {
    /// Line in the file, from 1.
    pub line: Option<u64>,
    /// Byte in the (uncompressed) input.
    pub offset: Option<u64>,
    /// Path within the record, such as `resourceSpans[0].scopeSpans[0].spans[3]`.
    pub path: Option<String>,
    /// Stable word for the reason.
    pub code: &'static str,
    /// The reason, for people.
    pub message: String,
    /// The first characters of the offending input.
    pub excerpt: String,
}

impl Reject {
    /// A reject that does not yet know its place.
    pub(crate) fn new(code: &'static str, message: impl Into<String>, input: &[u8]) -> Self {
        let start = &input[..input.len().min(EXCERPT_CHARS * 4)];
        Self {
            line: None,
            offset: None,
            path: None,
            code,
            message: message.into(),
            excerpt: String::from_utf8_lossy(start).chars().take(EXCERPT_CHARS).collect(),
        }
    }

    /// Whether this tells the sender nothing that it does not know: it says itself that it left something out.
    pub fn is_known_to_sender(&self) -> bool {
        self.code == crate::otlp::DROPPED_BY_SENDER
    }

    pub(crate) fn at_path(mut self, path: impl Into<String>) -> Self {
        self.path = Some(path.into());
        self
    }

    pub(crate) fn at_offset(mut self, offset: usize) -> Self {
        self.offset = u64::try_from(offset).ok();
        self
    }
}

/// What came of decoding one piece of input.
#[derive(Debug, Default)]
pub struct Decoded {
    /// What could be read.
    pub records: Vec<RunRecord>,
    /// What could not.
    pub rejects: Vec<Reject>,
    /// What was read, but not as it was sent.
    pub warnings: Vec<Reject>,
    /// Log records and metrics, which are not runs.
    pub ignored: u64,
}

/// A request of which nothing can be read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DecodeError(pub Reject);

impl std::fmt::Display for DecodeError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0.message)?;
        if let Some(offset) = self.0.offset {
            write!(f, " (byte {offset})")?;
        }
        Ok(())
    }
}

impl std::error::Error for DecodeError {}
