use model::{Feedback, RunRecord};

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
    /// Judgements about runs, traces and threads that came with them.
    pub feedback: Vec<Feedback>,
    /// What could not.
    pub rejects: Vec<Reject>,
    /// What was read, but not as it was sent.
    pub warnings: Vec<Reject>,
    /// Log records and metrics, which are not runs.
    pub ignored: u64,
    /// Bytes of raw records so far, of those that one input may become.
    pub(crate) kept: Kept,
}

/// Bytes that records keep.
#[derive(Debug, Default)]
pub(crate) struct Kept {
    bytes: usize,
    /// `None`: as many as there are.
    most: Option<usize>,
}

/// Bytes that any input may become, and how often a larger one may grow beyond them.
const KEPT_AT_LEAST: usize = 64 * 1024 * 1024;
const MOST_GROWTH: usize = 16;

impl Decoded {
    /// For an input of so many bytes. Resource and scope are kept with every span, so that a small request with a large
    /// resource could become more than memory holds; honest ones stay far below.
    pub(crate) fn of_input(bytes: usize) -> Self {
        let most = KEPT_AT_LEAST.saturating_add(bytes.saturating_mul(MOST_GROWTH));
        Self { kept: Kept { bytes: 0, most: Some(most) }, ..Self::default() }
    }

    /// Counts a record of so many bytes; the reason when it is one too many.
    pub(crate) fn keep(&mut self, bytes: usize, name: &[u8]) -> Result<(), Reject> {
        self.kept.bytes = self.kept.bytes.saturating_add(bytes);
        match self.kept.most {
            Some(most) if self.kept.bytes > most => {
                let message = format!(
                    "Resource and scope are kept with every span: more than {} MiB for this request",
                    most / 1024 / 1024
                );
                Err(Reject::new("too_large", message, name))
            }
            _ => Ok(()),
        }
    }
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
