//! Conversations as plain data: messages in reading order, blocks of each, tool calls beside them.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::{
    Block, CallState, Conversation, Media, MediaSource, Message, Payload, SideThread, Source, ToolCall,
};

/// The messages of a conversation, whole: how they were recognised, the main conversation, what each sub-agent said and
/// which runs were left out.
pub fn to_json(conversation: &Conversation) -> Value {
    json!({
        "strategy": strategy(conversation),
        "messages": conversation.messages.iter().map(|one| message(one, None)).collect::<Vec<_>>(),
        "side_threads": conversation.side_threads.iter().map(|side| side_thread(side, conversation)).collect::<Vec<_>>(),
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

fn message(message: &Message, agent: Option<&str>) -> Value {
    let (calls, blocks): (Vec<Block>, Vec<Block>) =
        message.blocks.iter().cloned().partition(|block| matches!(block, Block::ToolCalls(_)));
    let calls = calls.iter().flat_map(|block| match block {
        Block::ToolCalls(calls) => calls.as_slice(),
        _ => &[],
    });
    json!({
        "role": message.role.word(),
        "run_id": message.run_id.to_string(),
        "source": match message.source { Source::Input => "input", Source::Output => "output" },
        "blocks": blocks_json(&blocks),
        "tool_calls": calls.map(call_json).collect::<Vec<_>>(),
        "agent": agent,
    })
}

fn side_thread(side: &SideThread, conversation: &Conversation) -> Value {
    json!({
        "label": side.label,
        "anchor_tool_call_id": anchor_id(side, conversation),
        "messages": side.messages.iter().map(|one| message(one, Some(&side.label))).collect::<Vec<_>>(),
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

/// Blocks as data.
pub fn blocks_json(blocks: &[Block]) -> Vec<Value> {
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

/// A tool call as data.
pub fn call_json(call: &ToolCall) -> Value {
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
        "latency_ms": call.latency_nanos.map(model::millis),
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
