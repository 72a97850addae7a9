//! Runs to the conversation that they are about: every message once, at its first appearance, without the nesting of
//! the tree (`langsmith-messages-view.md` §3).
//!
//! Excluded runs are dropped first. What is left claims a payload shape (`detect`, `shape`), belongs to the main
//! conversation or to a sub-agent (`agents`), is read (`read`, `message`, `part`), and is laid beside what was said
//! before (`thread`). Tools' runs are tied to the calls that asked for them (`tool`). [`to_markdown`] writes the result
//! down; [`prompt()`] shows what one model call received, beside what its agent was given before.
//!
//! Whatever a payload holds, something is shown for it and nothing panics: a run that no rule understands becomes a
//! block of JSON.

mod agents;
mod align;
mod build;
mod data;
mod detect;
mod draft;
mod find;
mod input;
mod json;
mod layout;
mod markdown;
mod media;
mod message;
mod output;
mod part;
mod prompt;
mod read;
mod replay;
mod request;
mod shape;
mod thread;
mod tool;

pub use agents::sub_agents;
pub use build::{Options, conversation};
pub use data::{blocks_json, call_json, to_json};
pub use find::{Place, find};
pub use input::{RunInput, TraceInput, needs_payload};
pub use markdown::to_markdown;
pub use output::{
    Anchor, Block, CallPlace, CallState, Conversation, HiddenReason, HiddenRuns, Media, MediaKind,
    MediaSource, Message, ModelCall, Payload, Role, ServerTool, SideThread, Source, ToolCall, ToolResult,
    Turn,
};
pub use prompt::{Change, Meter, Prompt, PromptCall, PromptMessage, PromptTool, prompt};
pub use request::{RequestFormat, request};
