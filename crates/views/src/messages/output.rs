//! What a conversation is: turns, messages, blocks.

use std::ops::Range;

use model::{Cost, RunId, RunStatus, TraceId, UnixNanos, Usage};

/// A thread, or one trace, as the people and agents in it saw it.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Conversation {
    /// The traces in the order given.
    pub turns: Vec<Turn>,
    /// The main conversation in reading order: turn after turn, the results of tools right behind their calls.
    pub messages: Vec<Message>,
    /// What sub-agents said and were told, in the order in which they started.
    pub side_threads: Vec<SideThread>,
    /// Every call of a model, hidden ones too, in the order in which they were made.
    pub model_calls: Vec<ModelCall>,
}

/// A call of a model, and the one before it with which its input is compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ModelCall {
    /// The run.
    pub run_id: RunId,
    /// Index of its turn.
    pub turn: usize,
    /// Why it is no part of the conversation proper.
    pub hidden: Option<HiddenReason>,
    /// Index of the call that the same agent made before.
    pub previous: Option<usize>,
}

/// One trace of a thread.
#[derive(Debug, Clone, PartialEq)]
pub struct Turn {
    /// The trace.
    pub trace_id: TraceId,
    /// Its first run without a parent; absent where the trace has no runs.
    pub root_run_id: Option<RunId>,
    /// Name of that run.
    pub name: String,
    /// Where that run stands.
    pub status: Option<RunStatus>,
    /// Why that run failed.
    pub error: Option<String>,
    /// Start of that run.
    pub start: Option<UnixNanos>,
    /// End of that run.
    pub end: Option<UnixNanos>,
    /// Name of the payload shape that the trace claims; absent where each model call was recognised by itself.
    pub shape: Option<&'static str>,
    /// Its messages in [`Conversation::messages`].
    pub messages: Range<usize>,
    /// Model calls and tool runs that are left out, or marked when they are shown.
    pub hidden: Vec<HiddenRuns>,
}

/// Runs that are not part of the conversation, for one reason.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HiddenRuns {
    /// Why.
    pub reason: HiddenReason,
    /// Which.
    pub runs: Vec<RunId>,
}

/// Why a run is not part of the conversation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum HiddenReason {
    /// Its metadata has the key `ls_message_view_exclude`.
    Excluded,
    /// `ls_agent_type: middleware`.
    Middleware,
    /// `ls_agent_type: compaction`.
    Compaction,
}

impl HiddenReason {
    /// The word for people.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Excluded => "excluded",
            Self::Middleware => "middleware",
            Self::Compaction => "compaction",
        }
    }
}

/// The conversation of a sub-agent.
#[derive(Debug, Clone, PartialEq)]
pub struct SideThread {
    /// The run at which the sub-agent begins.
    pub run_id: RunId,
    /// Type or name of the sub-agent.
    pub label: String,
    /// The turn in which it ran.
    pub turn: usize,
    /// Where it started.
    pub anchor: Anchor,
    /// Where it stands.
    pub status: RunStatus,
    /// Start.
    pub start: Option<UnixNanos>,
    /// End.
    pub end: Option<UnixNanos>,
    /// Its messages in reading order.
    pub messages: Vec<Message>,
}

/// The place in a conversation where a sub-agent started.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Anchor {
    /// Index of the side thread that started it; absent for the main conversation.
    pub parent: Option<usize>,
    /// The message there: the one with the call, else the last one before it started.
    pub message: Option<usize>,
    /// The call in that message.
    pub call: Option<usize>,
}

/// Who speaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Role {
    /// Instructions of the developer.
    System,
    /// The user, or whoever takes that place.
    Human,
    /// The model.
    Ai,
    /// A tool.
    Tool,
}

impl Role {
    /// The word for people.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::System => "System",
            Self::Human => "Human",
            Self::Ai => "AI",
            Self::Tool => "Tool",
        }
    }

    /// The word in data.
    pub fn word(self) -> &'static str {
        match self {
            Self::System => "system",
            Self::Human => "human",
            Self::Ai => "ai",
            Self::Tool => "tool",
        }
    }
}

/// Where a message was found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Source {
    /// In the inputs of its run.
    Input,
    /// In the outputs of its run, which therefore produced it.
    Output,
}

/// One step of a conversation. It has at least one block, and no block is blank.
#[derive(Debug, Clone, PartialEq)]
pub struct Message {
    /// Who speaks.
    pub role: Role,
    /// The role as sent, where it is none of the known ones.
    pub raw_role: Option<String>,
    /// Name of the speaker.
    pub name: Option<String>,
    /// Id that the producer gave it.
    pub message_id: Option<String>,
    /// What is said.
    pub blocks: Vec<Block>,
    /// Further answers to the same request (`n` > 1).
    pub alternatives: Vec<Vec<Block>>,
    /// Index of its turn.
    pub turn: usize,
    /// The run that produced it, else the first one that received it; for the result of a tool the tool's run.
    pub run_id: RunId,
    /// Which side of that run it is.
    pub source: Source,
    /// Start of that run.
    pub start: Option<UnixNanos>,
    /// Nanoseconds that the run took, where the message is its output.
    pub latency_nanos: Option<i64>,
    /// Model, where the message is its output.
    pub model: Option<String>,
    /// Vendor of that model.
    pub provider: Option<String>,
    /// Tokens of the call; on the first message of an output only, so that they may be added up.
    pub usage: Option<Usage>,
    /// Cost of the call, under the same rule.
    pub cost: Option<Cost>,
    /// The call that this message answers.
    pub answers: Option<CallPlace>,
    /// A system prompt that replaces an earlier one.
    pub system_changed: bool,
    /// False where no message could be read and inputs or outputs of the root stand in for one.
    pub extracted: bool,
    /// Why it is not part of the conversation proper; only where hidden runs are asked for.
    pub hidden: Option<HiddenReason>,
}

impl Message {
    /// Changes with what the message says, and stays the same over versions of this program and in every process:
    /// judgements about a message are kept with it.
    pub fn content_hash(&self) -> u64 {
        let mut hash = Fnv::default();
        hash.add(self.role.as_str());
        hash.add_blocks(&self.blocks);
        hash.0
    }
}

/// FNV-1a, of which every version gives the same.
struct Fnv(u64);

impl Default for Fnv {
    fn default() -> Self {
        Self(0xcbf2_9ce4_8422_2325)
    }
}

impl Fnv {
    fn add(&mut self, text: &str) {
        // The end of a text counts too.
        for byte in text.bytes().chain([0xff]) {
            self.0 = (self.0 ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
        }
    }

    fn add_payload(&mut self, payload: Option<&Payload>) {
        self.add(payload.map(Payload::as_str).unwrap_or_default());
    }

    fn add_blocks(&mut self, blocks: &[Block]) {
        for block in blocks {
            match block {
                Block::Text { text, .. }
                | Block::Reasoning { text }
                | Block::Refusal { text }
                | Block::Error { text }
                | Block::Unreadable { text, .. } => self.add(text),
                Block::Json { json, .. } => self.add(json),
                Block::ToolCalls(calls) => {
                    for call in calls {
                        self.add(&call.name);
                        self.add_payload(call.arguments.as_ref());
                    }
                }
                Block::ToolResult(result) => self.add_blocks(&result.content),
                Block::ServerTool(tool) => {
                    self.add(&tool.name);
                    self.add_payload(tool.arguments.as_ref());
                    self.add_blocks(&tool.result);
                }
                Block::Media(media) => match &media.source {
                    MediaSource::Url(text) | MediaSource::Base64(text) | MediaSource::FileId(text) => {
                        self.add(text);
                    }
                },
            }
        }
    }
}

/// A tool call of a message of the same thread.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CallPlace {
    /// Index of the message.
    pub message: usize,
    /// Index of the call in its group.
    pub call: usize,
}

/// A piece of a message.
#[derive(Debug, Clone, PartialEq)]
pub enum Block {
    /// Words.
    Text {
        /// The words, not blank.
        text: String,
        /// Citations and the like: a JSON array.
        annotations: Option<String>,
    },
    /// What the model thought, as far as it was disclosed.
    Reasoning {
        /// The thoughts, not blank.
        text: String,
    },
    /// The tools that the message calls, all of them: they run in parallel unless the caller says otherwise.
    ToolCalls(Vec<ToolCall>),
    /// What a tool gave back.
    ToolResult(ToolResult),
    /// A tool that the model's vendor ran, call and result in one.
    ServerTool(ServerTool),
    /// An image, a sound, a film or a file.
    Media(Media),
    /// Words with which the model declines.
    Refusal {
        /// The words.
        text: String,
    },
    /// A failure in the place of an answer.
    Error {
        /// Why.
        text: String,
    },
    /// Something that no rule knows.
    Json {
        /// Its type, where it names one.
        kind: Option<String>,
        /// The whole of it as JSON.
        json: String,
    },
    /// A payload that is not JSON.
    Unreadable {
        /// The payload.
        text: String,
        /// What is wrong with it.
        reason: String,
    },
}

/// JSON, or what stands where JSON was expected.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Payload {
    /// A JSON text.
    Json(String),
    /// Any other text.
    Text(String),
}

impl Payload {
    /// The text itself.
    pub fn as_str(&self) -> &str {
        match self {
            Self::Json(text) | Self::Text(text) => text,
        }
    }
}

/// A request of the model to run a tool, or a tool that ran without being asked for by any known message.
#[derive(Debug, Clone, PartialEq)]
pub struct ToolCall {
    /// Id that ties the result to it.
    pub id: Option<String>,
    /// Name of the tool.
    pub name: String,
    /// Arguments.
    pub arguments: Option<Payload>,
    /// What became of it.
    pub state: CallState,
    /// Index of the message with its result.
    pub result: Option<usize>,
    /// The run of the tool.
    pub run_id: Option<RunId>,
    /// Nanoseconds that it took.
    pub latency_nanos: Option<i64>,
    /// What it cost.
    pub cost: Option<Cost>,
    /// Indexes of the side threads that it started.
    pub side_threads: Vec<usize>,
}

/// What became of a tool call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CallState {
    /// There is a result.
    Answered,
    /// There is a result and it is an error, or the tool's run failed.
    Failed,
    /// The tool's run was stopped to ask a human.
    Interrupted,
    /// The tool's run has not ended.
    Running,
    /// No result is known.
    Unanswered,
}

/// What a tool gave back.
#[derive(Debug, Clone, PartialEq)]
pub struct ToolResult {
    /// Id of the call.
    pub call_id: Option<String>,
    /// Name of the tool.
    pub name: Option<String>,
    /// The result, never without a block.
    pub content: Vec<Block>,
    /// Whether it is an error.
    pub is_error: bool,
    /// Why the tool's run failed, where the result does not say it.
    pub error: Option<String>,
}

/// A tool that the model's vendor ran.
#[derive(Debug, Clone, PartialEq)]
pub struct ServerTool {
    /// Id of the call.
    pub id: Option<String>,
    /// Name of the tool.
    pub name: String,
    /// Arguments.
    pub arguments: Option<Payload>,
    /// The result; nothing where none was sent.
    pub result: Vec<Block>,
    /// Whether the result is an error.
    pub is_error: bool,
}

/// An image, a sound, a film or a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Media {
    /// What it is.
    pub kind: MediaKind,
    /// Where it is.
    pub source: MediaSource,
    /// Media type as sent; never trusted.
    pub mime_type: Option<String>,
    /// File name or title.
    pub name: Option<String>,
    /// Spoken words.
    pub transcript: Option<String>,
}

/// Kind of a medium.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MediaKind {
    /// A picture.
    Image,
    /// Sound.
    Audio,
    /// Moving pictures.
    Video,
    /// Anything else.
    File,
}

impl MediaKind {
    /// The word for people.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Image => "image",
            Self::Audio => "audio",
            Self::Video => "video",
            Self::File => "file",
        }
    }
}

/// Where a medium is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum MediaSource {
    /// At an address, which is never loaded without being asked.
    Url(String),
    /// In the message, as base64.
    Base64(String),
    /// With the vendor, under this id.
    FileId(String),
}
