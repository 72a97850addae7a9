//! What was said in a trace or in a thread.
//!
//! Texts above 20 KB come cut, with a number by which `read_conversation_text` gives the whole.

use serde::{Deserialize, Serialize};
use specta::Type;

use super::{Count, DurationNanos, RunStatus, Timestamp, Usage, Usd};

/// Names a conversation: one of `trace_id`, `thread` and `trace_ids` is given.
#[derive(Debug, Clone, Default, Serialize, Deserialize, Type)]
#[serde(default)]
pub struct GetConversation {
    /// One trace.
    pub trace_id: Option<String>,
    /// Every trace of this thread key.
    pub thread: Option<String>,
    /// Project of the thread by name; without one, the traces of this key in every project.
    pub project: Option<String>,
    /// These traces in the order of their start, at most 500: a guessed thread.
    pub trace_ids: Option<Vec<String>>,
    /// Show the messages of hidden runs too, each with its reason.
    pub show_hidden: bool,
}

/// Parameters of `read_conversation_text`.
#[derive(Debug, Clone, Serialize, Deserialize, Type)]
pub struct ReadConversationText {
    /// The conversation.
    #[serde(flatten)]
    pub of: GetConversation,
    /// Stamp of the conversation in which the number was found.
    pub stamp: String,
    /// Number of the cut text.
    pub number: u32,
}

/// A whole text.
#[derive(Debug, Clone, Serialize, Deserialize, Type)]
pub struct WholeText {
    /// The text.
    pub text: String,
}

/// Parameters of `export_conversation`.
#[derive(Debug, Clone, Serialize, Deserialize, Type)]
pub struct ExportConversation {
    /// The conversation.
    #[serde(flatten)]
    pub of: GetConversation,
    /// What it is written as.
    pub format: TranscriptFormat,
}

/// What a transcript is written as.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, Type)]
#[serde(rename_all = "snake_case")]
pub enum TranscriptFormat {
    /// A document for people.
    Markdown,
    /// The messages as data, as `tracemark show messages --json` prints them.
    Json,
}

/// A transcript.
#[derive(Debug, Clone, Serialize, Deserialize, Type)]
pub struct Transcript {
    /// What it is called.
    pub title: String,
    /// The whole of it.
    pub text: String,
}

/// A file of a run of a conversation.
#[derive(Debug, Clone, Serialize, Deserialize, Type)]
pub struct ConversationFile {
    /// The run.
    pub run_id: String,
    /// Name within the run.
    pub name: String,
    /// Media type as sent; never trusted.
    pub mime_type: String,
    /// Size.
    pub bytes: Count,
}

/// Parameters of `find_in_conversation`.
#[derive(Debug, Clone, Serialize, Deserialize, Type)]
pub struct FindInConversation {
    /// The conversation.
    #[serde(flatten)]
    pub of: GetConversation,
    /// What is looked for, whatever its case.
    pub text: String,
}

/// Where a text was found, in reading order.
#[derive(Debug, Clone, Serialize, Deserialize, Type)]
pub struct FoundInConversation {
    /// Stamp of the conversation that was looked through.
    pub stamp: String,
    /// The places.
    pub places: Vec<ConversationPlace>,
}

/// A place in a conversation.
#[derive(Debug, Clone, Serialize, Deserialize, Type)]
#[serde(tag = "type", rename_all = "snake_case", rename_all_fields = "snake_case")]
pub enum ConversationPlace {
    /// The head of a turn.
    Turn {
        /// Its index.
        turn: u32,
    },
    /// The head of a side thread.
    Side {
        /// Its index.
        side: u32,
    },
    /// A message; the result of a tool is found at the message that called it.
    Message {
        /// Its side thread; `null` for the main conversation.
        side: Option<u32>,
        /// Its index.
        message: u32,
    },
}

/// A trace or a thread as the people and agents in it saw it.
#[derive(Debug, Clone, Serialize, Deserialize, Type)]
pub struct Conversation {
    /// Changes with the runs that it was made from.
    pub stamp: String,
    /// Its traces in order.
    pub turns: Vec<Turn>,
    /// The main conversation in reading order, the results of tools right behind their calls.
    pub messages: Vec<ConversationMessage>,
    /// What sub-agents said and were told, in the order in which they started.
    pub side_threads: Vec<SideThread>,
}

/// One trace of a thread.
#[derive(Debug, Clone, Serialize, Deserialize, Type)]
pub struct Turn {
    /// The trace.
    pub trace_id: String,
    /// Its root; `null` where the trace has no runs.
    pub root_run_id: Option<String>,
    /// Name of the root.
    pub name: String,
    /// Where the root stands.
    pub status: Option<RunStatus>,
    /// Why the root failed.
    pub error: Option<CutText>,
    /// Start of the root.
    pub start: Option<Timestamp>,
    /// From start to end of the root.
    pub latency: Option<DurationNanos>,
    /// Payload shape that the trace claims.
    pub shape: Option<String>,
    /// Index of its first message.
    pub first_message: u32,
    /// How many messages it has.
    pub messages: u32,
    /// Model calls and tool runs that are left out, or marked when they are shown.
    pub hidden: Vec<HiddenRuns>,
    /// Files that its runs carry.
    pub files: Vec<ConversationFile>,
}

/// Runs that are not part of the conversation, for one reason.
#[derive(Debug, Clone, Serialize, Deserialize, Type)]
pub struct HiddenRuns {
    /// Why.
    pub reason: HiddenReason,
    /// How many.
    pub runs: u32,
}

/// Why a run is not part of the conversation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, Type)]
#[serde(rename_all = "snake_case")]
pub enum HiddenReason {
    /// Its metadata has the key `ls_message_view_exclude`.
    Excluded,
    /// `ls_agent_type: middleware`.
    Middleware,
    /// `ls_agent_type: compaction`.
    Compaction,
}

/// The conversation of a sub-agent.
#[derive(Debug, Clone, Serialize, Deserialize, Type)]
pub struct SideThread {
    /// The run at which the sub-agent begins.
    pub run_id: String,
    /// Type or name of the sub-agent.
    pub label: String,
    /// The turn in which it ran.
    pub turn: u32,
    /// The side thread that started it; `null` for the main conversation.
    pub parent: Option<u32>,
    /// The message there: the one with the call, else the last one before it started.
    pub message: Option<u32>,
    /// The call in that message.
    pub call: Option<u32>,
    /// Where it stands.
    pub status: RunStatus,
    /// From start to end.
    pub latency: Option<DurationNanos>,
    /// Its messages in reading order.
    pub messages: Vec<ConversationMessage>,
}

/// Who speaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, Type)]
#[serde(rename_all = "snake_case")]
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

/// One step of a conversation.
#[derive(Debug, Clone, Serialize, Deserialize, Type)]
pub struct ConversationMessage {
    /// Who speaks.
    pub role: Role,
    /// The role as sent, where it is none of the known ones.
    pub raw_role: Option<String>,
    /// Name of the speaker.
    pub name: Option<String>,
    /// What is said; never empty.
    pub blocks: Vec<MessageBlock>,
    /// Further answers to the same request.
    pub alternatives: Vec<Vec<MessageBlock>>,
    /// Index of its turn.
    pub turn: u32,
    /// The run that produced it, else the first one that received it.
    pub run_id: String,
    /// Whether that run produced it.
    pub produced: bool,
    /// Start of that run.
    pub start: Option<Timestamp>,
    /// Time that the run took, where it produced the message.
    pub latency: Option<DurationNanos>,
    /// Model, where the run produced the message.
    pub model: Option<String>,
    /// Tokens of the call, on the first message of an output only.
    pub usage: Option<Usage>,
    /// Cost of the call, under the same rule.
    pub cost: Option<Usd>,
    /// Index of the message whose call this one answers.
    pub answers: Option<u32>,
    /// A system prompt that replaces an earlier one.
    pub system_changed: bool,
    /// False where no message could be read and inputs or outputs of the root stand in for one.
    pub extracted: bool,
    /// Why it is not part of the conversation proper; only where hidden runs are asked for.
    pub hidden: Option<HiddenReason>,
    /// Side of its run and place among the messages found there.
    pub path: String,
    /// Changes with what it says.
    pub hash: String,
}

/// A text, cut at 20 KB.
#[derive(Debug, Clone, Serialize, Deserialize, Type)]
pub struct CutText {
    /// The text or its beginning.
    pub text: String,
    /// Bytes of the whole.
    pub bytes: Count,
    /// Number by which `read_conversation_text` gives the whole; `null` where `text` is the whole.
    pub cut: Option<u32>,
}

/// JSON, or what stands where JSON was expected.
#[derive(Debug, Clone, Serialize, Deserialize, Type)]
pub struct MessagePayload {
    /// Whether it is JSON.
    pub json: bool,
    /// The text.
    pub text: CutText,
}

/// A piece of a message.
#[derive(Debug, Clone, Serialize, Deserialize, Type)]
#[serde(tag = "type", rename_all = "snake_case", rename_all_fields = "snake_case")]
pub enum MessageBlock {
    /// Words.
    Text {
        /// The words.
        text: CutText,
        /// Citations and the like: a JSON array.
        annotations: Option<CutText>,
    },
    /// What the model thought.
    Reasoning {
        /// The thoughts.
        text: CutText,
    },
    /// The tools that the message calls, all of them.
    ToolCalls {
        /// The calls.
        calls: Vec<MessageToolCall>,
    },
    /// What a tool gave back.
    ToolResult {
        /// Name of the tool.
        name: Option<String>,
        /// The result, never without a block.
        content: Vec<MessageBlock>,
        /// Whether it is an error.
        is_error: bool,
        /// Why the tool's run failed, where the result does not say it.
        error: Option<CutText>,
    },
    /// A tool that the model's vendor ran.
    ServerTool {
        /// Name of the tool.
        name: String,
        /// Arguments.
        arguments: Option<MessagePayload>,
        /// The result; nothing where none was sent.
        result: Vec<MessageBlock>,
        /// Whether the result is an error.
        is_error: bool,
    },
    /// An image, a sound, a film or a file. Never loaded without being asked.
    Media {
        /// `image`, `audio`, `video` or `file`.
        kind: String,
        /// Media type as sent.
        mime_type: Option<String>,
        /// File name or title.
        name: Option<String>,
        /// Address, where it has one.
        url: Option<CutText>,
        /// Id with the vendor, where it has one.
        file_id: Option<String>,
        /// Bytes, where it stands in the message.
        bytes: Option<Count>,
        /// Number by which its base64 is read like a cut text, where it stands in the message.
        data: Option<u32>,
        /// Spoken words.
        transcript: Option<CutText>,
    },
    /// Words with which the model declines.
    Refusal {
        /// The words.
        text: CutText,
    },
    /// A failure in the place of an answer.
    Error {
        /// Why.
        text: CutText,
    },
    /// Something that no rule knows.
    Json {
        /// Its type, where it names one.
        kind: Option<String>,
        /// The whole of it.
        json: CutText,
    },
    /// A payload that is not JSON.
    Unreadable {
        /// The payload.
        text: CutText,
        /// What is wrong with it.
        reason: String,
    },
}

/// A request of the model to run a tool, or a tool that ran without being asked for by any known message.
#[derive(Debug, Clone, Serialize, Deserialize, Type)]
pub struct MessageToolCall {
    /// Id that ties the result to it.
    pub id: Option<String>,
    /// Name of the tool.
    pub name: String,
    /// Arguments.
    pub arguments: Option<MessagePayload>,
    /// What became of it.
    pub state: CallState,
    /// Index of the message with its result.
    pub result: Option<u32>,
    /// The run of the tool.
    pub run_id: Option<String>,
    /// Time that it took.
    pub latency: Option<DurationNanos>,
    /// What it cost.
    pub cost: Option<Usd>,
    /// Indexes of the side threads that it started.
    pub side_threads: Vec<u32>,
}

/// What became of a tool call.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, Type)]
#[serde(rename_all = "snake_case")]
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
