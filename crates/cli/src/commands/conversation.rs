//! What was said in a trace or a thread: Markdown for people, whole texts as JSON for programs.

use std::process::ExitCode;

use engine::{
    ConversationOf, Engine, OpenConversation,
    messages::{
        Block, CallState, Media, MediaSource, Message, Payload, Role, SideThread, Source, ToolCall, Turn,
    },
};
use serde_json::{Value, json};

use super::{millis, time, usage};
use crate::output;

pub(crate) fn run(
    engine: &Engine,
    of: &ConversationOf,
    show_hidden: bool,
    as_json: bool,
) -> anyhow::Result<ExitCode> {
    let opened = engine.open_conversation(of, show_hidden)?;
    if as_json {
        output::json(&conversation_json(&opened));
    } else {
        output::line(opened.to_markdown().trim_end());
    }
    Ok(ExitCode::SUCCESS)
}

fn conversation_json(opened: &OpenConversation) -> Value {
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

pub(super) fn role(role: Role) -> &'static str {
    match role {
        Role::System => "system",
        Role::Human => "human",
        Role::Ai => "ai",
        Role::Tool => "tool",
    }
}

fn message_json(message: &Message) -> Value {
    json!({
        "role": role(message.role),
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
        "hidden": message.hidden.map(engine::messages::HiddenReason::as_str),
        "content": blocks_json(&message.blocks),
        "alternatives": message.alternatives.iter().map(|blocks| blocks_json(blocks)).collect::<Vec<_>>(),
    })
}

pub(super) fn blocks_json(blocks: &[Block]) -> Vec<Value> {
    blocks.iter().map(block_json).collect()
}

fn block_json(block: &Block) -> Value {
    match block {
        Block::Text { text, annotations } => {
            json!({ "type": "text", "text": text, "annotations": annotations.as_deref().map(parsed) })
        }
        Block::Reasoning { text } => json!({ "type": "reasoning", "text": text }),
        Block::ToolCalls(calls) => {
            json!({ "type": "tool_calls", "calls": calls.iter().map(call_json).collect::<Vec<_>>() })
        }
        Block::ToolResult(result) => json!({
            "type": "tool_result",
            "call_id": result.call_id,
            "name": result.name,
            "content": blocks_json(&result.content),
            "is_error": result.is_error,
            "error": result.error,
        }),
        Block::ServerTool(tool) => json!({
            "type": "server_tool",
            "id": tool.id,
            "name": tool.name,
            "arguments": tool.arguments.as_ref().map(payload_json),
            "result": blocks_json(&tool.result),
            "is_error": tool.is_error,
        }),
        Block::Media(media) => media_json(media),
        Block::Refusal { text } => json!({ "type": "refusal", "text": text }),
        Block::Error { text } => json!({ "type": "error", "text": text }),
        Block::Json { kind, json: text } => json!({ "type": "json", "kind": kind, "json": parsed(text) }),
        Block::Unreadable { text, reason } => {
            json!({ "type": "unreadable", "text": text, "reason": reason })
        }
    }
}

pub(super) fn call_json(call: &ToolCall) -> Value {
    json!({
        "id": call.id,
        "name": call.name,
        "arguments": call.arguments.as_ref().map(payload_json),
        "state": match call.state {
            CallState::Answered => "answered",
            CallState::Failed => "failed",
            CallState::Interrupted => "interrupted",
            CallState::Running => "running",
            CallState::Unanswered => "unanswered",
        },
        "result": call.result,
        "run_id": call.run_id.map(|id| id.to_string()),
        "latency_ms": millis(call.latency_nanos),
        "cost": call.cost.map(|cost| cost.to_string()),
        "side_threads": call.side_threads,
    })
}

fn media_json(media: &Media) -> Value {
    let (url, base64, file_id) = match &media.source {
        MediaSource::Url(url) => (Some(url), None, None),
        MediaSource::Base64(data) => (None, Some(data), None),
        MediaSource::FileId(id) => (None, None, Some(id)),
    };
    json!({
        "type": media.kind.as_str(),
        "mime_type": media.mime_type,
        "name": media.name,
        "url": url,
        "base64": base64,
        "file_id": file_id,
        "transcript": media.transcript,
    })
}

fn payload_json(payload: &Payload) -> Value {
    match payload {
        Payload::Json(json) => parsed(json),
        Payload::Text(text) => text.as_str().into(),
    }
}

fn parsed(text: &str) -> Value {
    serde_json::from_str(text).unwrap_or_else(|_| text.into())
}
