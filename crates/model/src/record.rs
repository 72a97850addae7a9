//! What an input says about a run, and how several such statements become one run.

use crate::{AgentTags, GivenCost, RunId, TraceId, UnixNanos, Usage};

/// The kind of work a run did.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub enum RunType {
    /// A call of a language model.
    Llm,
    /// A function or action that an agent called.
    Tool,
    /// Composition, an agent, or anything that no other type names.
    #[default]
    Chain,
    /// A look-up of documents.
    Retriever,
    /// An embedding call.
    Embedding,
    /// Formatting of a prompt template.
    Prompt,
    /// Parsing of an output.
    Parser,
}

impl RunType {
    /// Every type, in the order of the enum.
    pub const ALL: [Self; 7] =
        [Self::Llm, Self::Tool, Self::Chain, Self::Retriever, Self::Embedding, Self::Prompt, Self::Parser];

    /// The name as LangSmith writes it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Llm => "llm",
            Self::Tool => "tool",
            Self::Chain => "chain",
            Self::Retriever => "retriever",
            Self::Embedding => "embedding",
            Self::Prompt => "prompt",
            Self::Parser => "parser",
        }
    }

    /// The type of this name, in any case.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|run_type| run_type.as_str().eq_ignore_ascii_case(text.trim()))
    }

    /// Whether runs of this type may carry usage that counts (`otel-genai.md` D, usage, rule d).
    pub fn carries_usage(self) -> bool {
        matches!(self, Self::Llm | Self::Embedding | Self::Retriever)
    }
}

/// Where a run stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum RunStatus {
    /// Neither an end nor an error has been received.
    Pending,
    /// Ended without an error.
    Success,
    /// Ended with an error.
    Error,
    /// Stopped on purpose, to ask a human (LangGraph interrupts).
    Interrupted,
}

impl RunStatus {
    /// Every status, in the order of the enum.
    pub const ALL: [Self; 4] = [Self::Pending, Self::Success, Self::Error, Self::Interrupted];

    /// The name as LangSmith writes it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Success => "success",
            Self::Error => "error",
            Self::Interrupted => "interrupted",
        }
    }
}

/// Everything that lists, trees, roll-ups and filters need of a run; payloads stay in the raw record.
///
/// In a record, `None` means that the record does not say; after [`merge`] it means that nobody said.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct RunFields {
    /// The run that this one belongs to; `None` for a root. A parent may never arrive.
    pub parent_run_id: Option<RunId>,
    /// Human label.
    pub name: Option<String>,
    /// Kind of work.
    pub run_type: Option<RunType>,
    /// Start of the run.
    pub start: Option<UnixNanos>,
    /// End of the run; may lie before the start when clocks disagree.
    pub end: Option<UnixNanos>,
    /// Time of the first streamed token.
    pub first_token: Option<UnixNanos>,
    /// Whether the run ended, where the input says so without giving an end time.
    pub ended: bool,
    /// Short error text, at most a few hundred characters; the whole stays in the raw record.
    pub error: Option<String>,
    /// The error is a request to a human rather than a failure (`ls_is_error_interrupt`).
    pub interrupted: bool,
    /// Model that answered, else model that was asked.
    pub model: Option<String>,
    /// Vendor of the model, lower case.
    pub provider: Option<String>,
    /// Project by name.
    pub project: Option<String>,
    /// Conversation that the trace belongs to.
    pub thread: Option<String>,
    /// Tokens of this run alone.
    pub usage: Usage,
    /// Cost as the producer sent it.
    pub cost: GivenCost,
    /// Hash of a usage object in the metadata, which children inherit in LangSmith's SDKs, and whether the usage of this
    /// run was read from it: a child that only repeats its parent's is not counted (`langsmith-data.md` D29).
    pub metadata_usage: Option<MetadataUsage>,
    /// Version of the prompt in use.
    pub prompt_version: Option<String>,
    /// The person on whose behalf the run was made, as the application names them.
    pub user: Option<String>,
    /// Short words that the application put on the run.
    pub tags: Vec<String>,
    /// Metadata with short values, as name and text, by which cost can be grouped.
    pub labels: Vec<(String, String)>,
    /// What its metadata say of the agent that it works for.
    pub agent: AgentTags,
    /// The example of a dataset that this run answers, in an experiment.
    pub reference_example_id: Option<uuid::Uuid>,
    /// One short line for the tree: a tool's arguments, the number of documents.
    pub detail: Option<String>,
    /// First useful text of the inputs, one line.
    pub input_preview: Option<String>,
    /// First useful text of the outputs, one line.
    pub output_preview: Option<String>,
    /// Vocabulary in which the record speaks (`langsmith`, `otel_genai`, …).
    pub dialect: Option<String>,
}

impl RunFields {
    /// Where the run stands (`langsmith-data.md` §1.6): an error wins, then an end, else it is pending.
    pub fn status(&self) -> RunStatus {
        match (&self.error, self.end.is_some() || self.ended) {
            (Some(_), _) if self.interrupted => RunStatus::Interrupted,
            (Some(_), _) => RunStatus::Error,
            (None, true) => RunStatus::Success,
            (None, false) => RunStatus::Pending,
        }
    }

    /// Nanoseconds from start to end; zero when the clocks disagree, `None` while running.
    pub fn latency_nanos(&self) -> Option<i64> {
        Some(self.end?.since(self.start?))
    }

    /// Takes each field from `self`, else from `other`.
    #[must_use]
    fn or(self, other: Self) -> Self {
        Self {
            parent_run_id: self.parent_run_id.or(other.parent_run_id),
            name: self.name.or(other.name),
            run_type: self.run_type.or(other.run_type),
            start: self.start.or(other.start),
            end: self.end.or(other.end),
            first_token: self.first_token.or(other.first_token),
            ended: self.ended || other.ended,
            error: self.error.or(other.error),
            interrupted: self.interrupted || other.interrupted,
            model: self.model.or(other.model),
            provider: self.provider.or(other.provider),
            project: self.project.or(other.project),
            thread: self.thread.or(other.thread),
            usage: self.usage.or(other.usage),
            cost: self.cost.or(other.cost),
            metadata_usage: self.metadata_usage.or(other.metadata_usage),
            prompt_version: self.prompt_version.or(other.prompt_version),
            user: self.user.or(other.user),
            tags: if self.tags.is_empty() { other.tags } else { self.tags },
            labels: both_labels(self.labels, other.labels),
            agent: self.agent.or(other.agent),
            reference_example_id: self.reference_example_id.or(other.reference_example_id),
            detail: self.detail.or(other.detail),
            input_preview: self.input_preview.or(other.input_preview),
            output_preview: self.output_preview.or(other.output_preview),
            dialect: self.dialect.or(other.dialect),
        }
    }
}

/// A usage object in the metadata of a run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MetadataUsage {
    /// First bytes of the hash of the object.
    pub print: i64,
    /// Whether the usage of the run is this object, and nothing else tells it.
    pub is_only: bool,
}

/// Metadata is merged key by key, the stronger wins.
fn both_labels(strong: Vec<(String, String)>, weak: Vec<(String, String)>) -> Vec<(String, String)> {
    let mut labels = strong;
    for (key, value) in weak {
        if !labels.iter().any(|(known, _)| *known == key) {
            labels.push((key, value));
        }
    }
    labels.sort_unstable();
    labels
}

/// How a record relates to its run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Operation {
    /// Announces a run (LangSmith `post`), or tells a part of it (a log record).
    Create,
    /// Describes a run as a whole (a span, an exported run).
    Whole,
    /// Completes or changes a run (LangSmith `patch`).
    Update,
}

/// First 16 bytes of the BLAKE3 hash of a raw record: equal hash, same statement.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ContentHash(pub [u8; 16]);

impl ContentHash {
    /// The hash of the content of a file.
    pub fn of_bytes(bytes: &[u8]) -> Self {
        let mut short = [0; 16];
        short.copy_from_slice(&blake3::hash(bytes).as_bytes()[..16]);
        Self(short)
    }

    fn of(raw: &RawRecord) -> Self {
        let mut hasher = blake3::Hasher::new();
        hasher.update(&[raw.format as u8, raw.operation as u8]);
        hasher.update(raw.project.as_deref().unwrap_or_default().as_bytes());
        hasher.update(&[0]);
        hasher.update(&raw.bytes);
        let mut short = [0; 16];
        short.copy_from_slice(&hasher.finalize().as_bytes()[..16]);
        Self(short)
    }
}

/// Language of a raw record's bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum RawFormat {
    /// `opentelemetry.proto.trace.v1.TracesData` in protobuf with exactly one span, so that the concatenation of
    /// records is a valid message again.
    OtlpSpan,
    /// One LangSmith run (or the part of it that an update carries) as a JSON object.
    LangsmithRun,
    /// `opentelemetry.proto.logs.v1.LogsData` in protobuf with exactly one log record, which tells of a run.
    OtlpLog,
}

/// A record as it was received: the source of everything that is shown when a run is opened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RawRecord {
    /// Language of `bytes`.
    pub format: RawFormat,
    /// How the record relates to its run.
    pub operation: Operation,
    /// Project that the transport named (a request header), which the bytes do not hold.
    pub project: Option<String>,
    /// The record itself.
    pub bytes: Vec<u8>,
}

impl RawRecord {
    /// The hash that tells a repetition from a new statement.
    pub fn content_hash(&self) -> ContentHash {
        ContentHash::of(self)
    }
}

/// A file that belongs to a run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Attachment {
    /// Name within the run.
    pub name: String,
    /// Media type as sent; never trusted to be run or rendered as a document.
    pub mime_type: String,
    /// Content.
    pub bytes: Vec<u8>,
}

/// One statement of an input about one run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RunRecord {
    /// The trace; `None` when the input leaves it to be found from the parent (LangSmith without `trace_id`).
    pub trace_id: Option<TraceId>,
    /// The run.
    pub run_id: RunId,
    /// What the record says, for lists.
    pub fields: RunFields,
    /// The tie-break between statements with the same end: the number of attributes and events of a span, the time of a
    /// log record (in microseconds, cut to what fits).
    pub weight: u32,
    /// Files that came with the record.
    pub attachments: Vec<Attachment>,
    /// The record as received.
    pub raw: RawRecord,
}

/// Order of statements about one run, the strongest last. A total order on content, so that the order of arrival
/// never matters.
///
/// An update beats a creation; a version with an end beats one without; then the later end, the richer content
/// (`otel-genai.md` F.2), and the hash as a last, arbitrary but stable word.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Precedence {
    operation: Operation,
    end: Option<UnixNanos>,
    weight: u32,
    hash: ContentHash,
}

impl RunRecord {
    /// The rank of this record among the records of its run.
    pub fn precedence(&self) -> Precedence {
        Precedence {
            operation: self.raw.operation,
            end: self.fields.end,
            weight: self.weight,
            hash: self.raw.content_hash(),
        }
    }
}

/// One run out of all records about it: field by field, the strongest record that says something wins.
///
/// The result depends only on the set of records, neither on their order nor on repetitions.
pub fn merge(records: &[RunRecord]) -> RunFields {
    let mut ranked: Vec<_> = records.iter().map(|record| (record.precedence(), record)).collect();
    ranked.sort_by_key(|(precedence, _)| *precedence);
    let merged = ranked
        .iter()
        .rev()
        .fold(RunFields::default(), |merged, (_, record)| merged.or(record.fields.clone()));
    // An update repeats place and start, sometimes wrongly; whoever described the run decides
    // (`langsmith-api.md` §5.1).
    let described = ranked
        .iter()
        .rev()
        .filter(|(precedence, _)| precedence.operation != Operation::Update)
        .fold(RunFields::default(), |described, (_, record)| described.or(record.fields.clone()));
    RunFields {
        parent_run_id: described.parent_run_id.or(merged.parent_run_id),
        start: described.start.or(merged.start),
        project: described.project.or(merged.project),
        ..merged
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn record(operation: Operation, raw: &str, fields: RunFields) -> RunRecord {
        RunRecord {
            trace_id: None,
            run_id: RunId::from_span_id([1; 8]),
            fields,
            weight: 0,
            attachments: Vec::new(),
            raw: RawRecord {
                format: RawFormat::LangsmithRun,
                operation,
                project: None,
                bytes: raw.as_bytes().to_vec(),
            },
        }
    }

    fn named(name: &str) -> RunFields {
        RunFields { name: Some(name.to_owned()), ..RunFields::default() }
    }

    #[test]
    fn a_patch_before_its_create_gives_the_same_run() {
        let create =
            record(Operation::Create, "c", RunFields { start: Some(UnixNanos(1)), ..named("draft") });
        let update =
            record(Operation::Update, "u", RunFields { end: Some(UnixNanos(9)), ..RunFields::default() });
        let expected = RunFields { start: Some(UnixNanos(1)), end: Some(UnixNanos(9)), ..named("draft") };
        assert_eq!(merge(&[create.clone(), update.clone()]), expected);
        assert_eq!(merge(&[update.clone(), create.clone(), update, create]), expected);
    }

    #[test]
    fn the_version_with_the_later_end_wins() {
        let early = record(Operation::Whole, "a", RunFields { end: Some(UnixNanos(5)), ..named("early") });
        let late = record(Operation::Whole, "b", RunFields { end: Some(UnixNanos(6)), ..named("late") });
        let open = record(Operation::Whole, "c", named("open"));
        assert_eq!(merge(&[late, open, early]).name.as_deref(), Some("late"));
    }

    #[test]
    fn status_follows_error_end_and_interrupt() {
        let ended = RunFields { end: Some(UnixNanos(1)), ..RunFields::default() };
        let failed = RunFields { error: Some("boom".to_owned()), ..ended.clone() };
        assert_eq!(RunFields::default().status(), RunStatus::Pending);
        assert_eq!(ended.status(), RunStatus::Success);
        assert_eq!(failed.status(), RunStatus::Error);
        assert_eq!(RunFields { interrupted: true, ..failed }.status(), RunStatus::Interrupted);
    }
}
