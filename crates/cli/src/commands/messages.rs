//! `show messages`: what was said, as Markdown for people and as plain data for programs.

use std::{collections::BTreeMap, process::ExitCode};

use engine::{
    ConversationOf, Engine, OpenConversation,
    messages::{Block, Conversation, Message, SideThread, Source},
};
use serde_json::{Value, json};

use super::conversation::{blocks_json, call_json, role};
use crate::output;

pub(crate) fn run(
    engine: &Engine,
    of: &ConversationOf,
    show_hidden: bool,
    as_json: bool,
) -> anyhow::Result<ExitCode> {
    let opened = engine.open_conversation(of, show_hidden)?;
    if as_json {
        output::json(&messages_json(&opened));
    } else {
        output::line(opened.to_markdown().trim_end());
    }
    Ok(ExitCode::SUCCESS)
}

fn messages_json(opened: &OpenConversation) -> Value {
    let conversation = &opened.conversation;
    json!({
        "strategy": strategy(conversation),
        "messages": conversation.messages.iter().map(|message| message_json(message, None)).collect::<Vec<_>>(),
        "side_threads": conversation.side_threads.iter().map(|side| side_json(side, conversation)).collect::<Vec<_>>(),
        "hidden": hidden(conversation),
    })
}

/// The payload shapes that the traces claim, each once; null where every call was recognised by itself.
fn strategy(conversation: &Conversation) -> Option<String> {
    let mut shapes: Vec<&str> = Vec::new();
    for shape in conversation.turns.iter().filter_map(|turn| turn.shape) {
        if !shapes.contains(&shape) {
            shapes.push(shape);
        }
    }
    (!shapes.is_empty()).then(|| shapes.join(", "))
}

/// Runs that are left out, by the reason.
fn hidden(conversation: &Conversation) -> BTreeMap<&'static str, Vec<String>> {
    let mut runs: BTreeMap<&str, Vec<String>> = BTreeMap::new();
    for hidden in conversation.turns.iter().flat_map(|turn| &turn.hidden) {
        runs.entry(hidden.reason.as_str()).or_default().extend(hidden.runs.iter().map(ToString::to_string));
    }
    runs
}

fn message_json(message: &Message, agent: Option<&str>) -> Value {
    let (calls, blocks): (Vec<Block>, Vec<Block>) =
        message.blocks.iter().cloned().partition(|block| matches!(block, Block::ToolCalls(_)));
    let calls = calls.iter().flat_map(|block| match block {
        Block::ToolCalls(calls) => calls.as_slice(),
        _ => &[],
    });
    json!({
        "role": role(message.role),
        "run_id": message.run_id.to_string(),
        "source": match message.source { Source::Input => "input", Source::Output => "output" },
        "blocks": blocks_json(&blocks),
        "tool_calls": calls.map(call_json).collect::<Vec<_>>(),
        "agent": agent,
    })
}

fn side_json(side: &SideThread, conversation: &Conversation) -> Value {
    json!({
        "label": side.label,
        "anchor_tool_call_id": anchor_id(side, conversation),
        "messages": side.messages.iter().map(|message| message_json(message, Some(&side.label))).collect::<Vec<_>>(),
    })
}

/// Id of the tool call that started a sub-agent.
fn anchor_id(side: &SideThread, conversation: &Conversation) -> Option<String> {
    let messages = match side.anchor.parent {
        None => &conversation.messages,
        Some(parent) => &conversation.side_threads.get(parent)?.messages,
    };
    let call = side.anchor.call?;
    messages.get(side.anchor.message?)?.blocks.iter().find_map(|block| match block {
        Block::ToolCalls(calls) => calls.get(call)?.id.clone(),
        _ => None,
    })
}
