//! Runs to the conversation that they are about: every message once, at its first appearance, without the nesting of
//! the tree (`langsmith-messages-view.md` §3).
//!
//! Excluded runs are dropped first. What is left claims a payload shape (`detect`, `shape`), belongs to the main
//! conversation or to a sub-agent (`agents`), is read (`read`, `message`, `part`), and is laid beside what was said
//! before (`thread`). Tools' runs are tied to the calls that asked for them (`tool`). [`to_markdown`] writes the result
//! down.
//!
//! Whatever a payload holds, something is shown for it and nothing panics: a run that no rule understands becomes a
//! block of JSON.

mod agents;
mod build;
mod detect;
mod draft;
mod input;
mod json;
mod markdown;
mod message;
mod output;
mod part;
mod read;
mod shape;
mod thread;
mod tool;

pub use agents::sub_agents;
pub use build::{Options, conversation};
pub use input::{RunInput, TraceInput, needs_payload};
pub use markdown::to_markdown;
pub use output::{
    Anchor, Block, CallPlace, CallState, Conversation, HiddenReason, HiddenRuns, Media, MediaKind,
    MediaSource, Message, Payload, Role, ServerTool, SideThread, Source, ToolCall, ToolResult, Turn,
};
