//! What a call of a model received.

use serde::{Deserialize, Serialize};
use specta::Type;

use super::{Count, CutText, GetConversation, MessageBlock, Role};

/// Parameters of `get_prompt` and of what is made of a prompt.
#[derive(Debug, Clone, Default, Serialize, Deserialize, Type)]
#[serde(default)]
pub struct GetPrompt {
    /// The conversation, which says what the same agent was given before.
    pub of: GetConversation,
    /// Trace of the call.
    pub trace_id: String,
    /// The call of a model.
    pub run_id: String,
}

/// Parameters of `read_prompt_text`.
#[derive(Debug, Clone, Serialize, Deserialize, Type)]
pub struct ReadPromptText {
    /// The prompt.
    #[serde(flatten)]
    pub of: GetPrompt,
    /// Stamp of the prompt in which the number was found.
    pub stamp: String,
    /// Number of the cut text.
    pub number: u32,
}

/// Parameters of `write_request`.
#[derive(Debug, Clone, Serialize, Deserialize, Type)]
pub struct WriteRequest {
    /// The prompt.
    #[serde(flatten)]
    pub of: GetPrompt,
    /// How it is written.
    pub format: RequestFormat,
}

/// How a prompt is written as a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, Type)]
#[serde(rename_all = "snake_case")]
pub enum RequestFormat {
    /// The body of a request to OpenAI's Chat Completions.
    Openai,
    /// The body of a request to Anthropic's Messages.
    Anthropic,
    /// A command line that sends it to the vendor of the model. The key is read from the environment.
    Curl,
}

/// What a call of a model received.
#[derive(Debug, Clone, Serialize, Deserialize, Type)]
pub struct Prompt {
    /// Changes with the conversation.
    pub stamp: String,
    /// The call that it is compared with; `null` for the first one of its agent.
    pub previous: Option<PromptRun>,
    /// The input list in its order, and what left it at the places where it stood.
    pub messages: Vec<PromptMessage>,
    /// Tools that were offered, and those that are no longer.
    pub tools: Vec<PromptTool>,
    /// What the window is filled with.
    pub meter: ContextMeter,
}

/// Names a run.
#[derive(Debug, Clone, Serialize, Deserialize, Type)]
pub struct PromptRun {
    /// Its trace.
    pub trace_id: String,
    /// The run.
    pub run_id: String,
}

/// What became of a part of the input since the call before.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, Type)]
#[serde(rename_all = "snake_case")]
pub enum PromptChange {
    /// It was there before.
    Same,
    /// It is new.
    Added,
    /// It is no longer there.
    Removed,
    /// It stands where it stood, and says something else.
    Changed,
}

/// A message of an input list. Texts that did not change come shorter.
#[derive(Debug, Clone, Serialize, Deserialize, Type)]
pub struct PromptMessage {
    /// What became of it.
    pub change: PromptChange,
    /// Who speaks.
    pub role: Role,
    /// The role as sent, where it is none of the known ones.
    pub raw_role: Option<String>,
    /// Name of the speaker.
    pub name: Option<String>,
    /// What is said.
    pub blocks: Vec<MessageBlock>,
    /// What was said before; only where it changed.
    pub before: Vec<MessageBlock>,
}

/// A tool that a model could call.
#[derive(Debug, Clone, Serialize, Deserialize, Type)]
pub struct PromptTool {
    /// What became of it.
    pub change: PromptChange,
    /// Name.
    pub name: String,
    /// The definition as JSON.
    pub definition: CutText,
}

/// Characters of an input by where they come from. Tokens of a part are told by nobody; its share of the characters is
/// an estimate of its share of the tokens.
#[derive(Debug, Clone, Serialize, Deserialize, Type)]
pub struct ContextMeter {
    /// Instructions.
    pub system: Count,
    /// Definitions of tools.
    pub tools: Count,
    /// What people and model said earlier.
    pub history: Count,
    /// Results of tools, and documents of retrievers.
    pub retrieved: Count,
    /// The latest words of the user.
    pub user: Count,
    /// All tokens of the input.
    pub input_tokens: Option<Count>,
    /// Part of them that was read from a cache.
    pub cache_read_tokens: Option<Count>,
}
