//! What was said in a trace or a thread: Markdown for people, whole texts as JSON for programs.

use std::process::ExitCode;

use engine::{
    ConversationOf, Engine, OpenConversation,
    messages::{HiddenReason, Message, SideThread, Source, Turn, blocks_json},
};
use serde_json::{Value, json};

use super::{millis, time, usage};
use crate::output;

/// Prints a conversation: as data in the words of `to_json`, else as Markdown.
pub(crate) fn run(
    engine: &Engine,
    of: &ConversationOf,
    show_hidden: bool,
    to_json: Option<fn(&OpenConversation) -> Value>,
) -> anyhow::Result<ExitCode> {
    let opened = engine.open_conversation(of, show_hidden)?;
    match to_json {
        Some(to_json) => output::json(&to_json(&opened)),
        None => output::line(opened.to_markdown().trim_end()),
    }
    Ok(ExitCode::SUCCESS)
}

/// Everything that is known of a conversation: its turns, and of each message what it cost and where it is from.
pub(crate) fn whole(opened: &OpenConversation) -> Value {
    let conversation = &opened.conversation;
    json!({
        "title": opened.title(),
        "turns": conversation.turns.iter().map(turn_json).collect::<Vec<_>>(),
        "messages": conversation.messages.iter().map(message_json).collect::<Vec<_>>(),
        "side_threads": conversation.side_threads.iter().map(side_json).collect::<Vec<_>>(),
    })
}

fn turn_json(turn: &Turn) -> Value {
    let hidden: serde_json::Map<String, Value> = turn
        .hidden
        .iter()
        .map(|hidden| {
            let runs: Vec<String> = hidden.runs.iter().map(ToString::to_string).collect();
            (hidden.reason.as_str().to_owned(), runs.into())
        })
        .collect();
    json!({
        "trace_id": turn.trace_id.to_string(),
        "name": turn.name,
        "status": turn.status.map(model::RunStatus::as_str),
        "start_time": time(turn.start),
        "end_time": time(turn.end),
        "error": turn.error,
        "shape": turn.shape,
        "first_message": turn.messages.start,
        "messages": turn.messages.len(),
        "hidden": hidden,
    })
}

fn side_json(side: &SideThread) -> Value {
    json!({
        "label": side.label,
        "run_id": side.run_id.to_string(),
        "turn": side.turn,
        "status": side.status.as_str(),
        "parent": side.anchor.parent,
        "message": side.anchor.message,
        "call": side.anchor.call,
        "messages": side.messages.iter().map(message_json).collect::<Vec<_>>(),
    })
}

fn message_json(message: &Message) -> Value {
    json!({
        "role": message.role.word(),
        "raw_role": message.raw_role,
        "name": message.name,
        "id": message.message_id,
        "turn": message.turn,
        "run_id": message.run_id.to_string(),
        "source": match message.source { Source::Input => "input", Source::Output => "output" },
        "start_time": time(message.start),
        "latency_ms": millis(message.latency_nanos),
        "model": message.model,
        "provider": message.provider,
        "usage": message.usage.as_ref().map_or(Value::Null, usage),
        "cost": message.cost.map(|cost| cost.to_string()),
        "answers": message.answers.map(|place| json!({ "message": place.message, "call": place.call })),
        "system_changed": message.system_changed,
        "extracted": message.extracted,
        "hidden": message.hidden.map(HiddenReason::as_str),
        "content": blocks_json(&message.blocks),
        "alternatives": message.alternatives.iter().map(|blocks| blocks_json(blocks)).collect::<Vec<_>>(),
    })
}
