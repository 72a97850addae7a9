//! A conversation as a Markdown document (`langsmith-messages-view.md` §4.3).

use std::fmt::Write as _;

use model::Cost;

use super::{
    Block, CallState, Conversation, Media, MediaSource, Message, Payload, Role, ServerTool, SideThread,
    ToolCall, ToolResult, Turn,
};

/// The transcript. `title` is the first heading, such as `Thread 7f1f8c9e`. Words stand as they were said; whatever is
/// not words stands in fences, and media are named rather than embedded, so that opening the document loads nothing.
pub fn to_markdown(title: &str, conversation: &Conversation) -> String {
    let mut out = format!("# {}\n", one_line(title));
    for (number, turn) in conversation.turns.iter().enumerate() {
        write_turn_heading(number + 1, turn, &mut out);
        for message in &conversation.messages[turn.messages.clone()] {
            write_message(message, &conversation.messages, &conversation.side_threads, &mut out);
        }
        for hidden in &turn.hidden {
            let _ = write!(out, "\n*{} hidden: {}*\n", hidden.runs.len(), hidden.reason.as_str());
        }
    }
    for (number, side) in conversation.side_threads.iter().enumerate() {
        let _ = write!(out, "\n## Sub-agent {}: {}\n", number + 1, one_line(&side.label));
        for message in &side.messages {
            write_message(message, &side.messages, &conversation.side_threads, &mut out);
        }
    }
    out
}

fn write_turn_heading(number: usize, turn: &Turn, out: &mut String) {
    let _ = write!(out, "\n## Turn {number}");
    if let Some(start) = turn.start {
        let _ = write!(out, " — {}", start.to_iso_micros());
    }
    out.push('\n');
}

fn write_message(message: &Message, thread: &[Message], sides: &[SideThread], out: &mut String) {
    if message.role != Role::Tool {
        let _ = write!(out, "\n### {}\n", heading(message));
    }
    if !message.extracted {
        out.push_str("\n*Not extracted: no message was found in this trace.*\n");
    }
    for block in &message.blocks {
        match block {
            // The results follow as messages of their own, in the order of the calls.
            Block::ToolCalls(calls) => write_calls(calls, message, sides, out),
            Block::ToolResult(result) => write_result(result, message, thread, out),
            block => write_block(block, out),
        }
    }
    for (number, blocks) in message.alternatives.iter().enumerate() {
        let _ = write!(out, "\n#### Alternative {}\n", number + 2);
        for block in blocks {
            match block {
                Block::ToolCalls(calls) => write_calls(calls, message, sides, out),
                block => write_block(block, out),
            }
        }
    }
}

/// `AI (model, 12 tokens, $0.01)`.
fn heading(message: &Message) -> String {
    let mut about: Vec<String> = Vec::new();
    if let Some(name) = message.name.as_deref().or(message.raw_role.as_deref()) {
        about.push(one_line(name));
    }
    if let Some(model) = &message.model {
        about.push(one_line(model));
    }
    if let Some(tokens) = message.usage.as_ref().and_then(model::Usage::total) {
        about.push(format!("{tokens} token{}", if tokens == 1 { "" } else { "s" }));
    }
    if let Some(cost) = message.cost {
        about.push(dollars(cost));
    }
    if message.system_changed {
        about.push("changed".to_owned());
    }
    if let Some(reason) = message.hidden {
        about.push(format!("hidden: {}", reason.as_str()));
    }
    let role = message.role.as_str();
    if about.is_empty() { role.to_owned() } else { format!("{role} ({})", about.join(", ")) }
}

fn dollars(cost: Cost) -> String {
    format!("${cost}")
}

fn write_calls(calls: &[ToolCall], message: &Message, sides: &[SideThread], out: &mut String) {
    let title = if message.role == Role::Tool { "Tool" } else { "Tool call" };
    for call in calls {
        let _ = write!(out, "\n#### {title}: {}{}\n", one_line(&call.name), code_id(call.id.as_deref()));
        if let Some(arguments) = &call.arguments {
            write_payload(arguments, out);
        }
        let note = match call.state {
            CallState::Answered | CallState::Failed => None,
            CallState::Interrupted => Some("Interrupted to ask a human"),
            CallState::Running => Some("Still running"),
            CallState::Unanswered => Some("No result"),
        };
        let note =
            note.or(Some("Failed").filter(|_| call.state == CallState::Failed && call.result.is_none()));
        if let Some(note) = note {
            let _ = write!(out, "\n*{note}.*\n");
        }
        for side in &call.side_threads {
            let label = sides.get(*side).map(|side| one_line(&side.label)).unwrap_or_default();
            let _ = write!(out, "\n*Sub-agent {}: {label}*\n", side + 1);
        }
    }
}

fn write_result(result: &ToolResult, message: &Message, thread: &[Message], out: &mut String) {
    let is_error = if result.is_error { " (error)" } else { "" };
    let name = result.name.as_deref().map_or_else(|| "tool".to_owned(), one_line);
    // Which of several calls is meant is said only where there are several.
    let calls = message.answers.and_then(|place| {
        thread.get(place.message)?.blocks.iter().find_map(|block| match block {
            Block::ToolCalls(calls) => Some(calls.len()),
            _ => None,
        })
    });
    let id = if calls == Some(1) { String::new() } else { code_id(result.call_id.as_deref()) };
    let _ = write!(out, "\n#### Tool result: {name}{id}{is_error}\n");
    for block in &result.content {
        match block {
            Block::Text { text, .. } | Block::Error { text } => write_fenced("", text, out),
            block => write_block(block, out),
        }
    }
    if let Some(error) = &result.error {
        write_fenced("", error, out);
    }
}

fn code_id(id: Option<&str>) -> String {
    id.map(|id| format!(" (`{}`)", one_line(id).replace('`', "'"))).unwrap_or_default()
}

fn write_block(block: &Block, out: &mut String) {
    match block {
        Block::Text { text, .. } => {
            let _ = write!(out, "\n{}\n", text.trim_end());
        }
        Block::Reasoning { text } => {
            out.push('\n');
            for (index, line) in text.trim_end().lines().enumerate() {
                let start = if index == 0 { "> Thought: " } else { "> " };
                out.push_str(format!("{start}{line}").trim_end());
                out.push('\n');
            }
        }
        Block::Refusal { text } => {
            let _ = write!(out, "\n**Refusal:** {}\n", text.trim_end());
        }
        Block::Error { text } => {
            out.push_str("\n**Error**\n");
            write_fenced("", text, out);
        }
        Block::Json { json, .. } => write_fenced("json", json, out),
        Block::Unreadable { text, reason } => {
            let _ = write!(out, "\n*Not readable: {}*\n", one_line(reason));
            write_fenced("", text, out);
        }
        Block::Media(media) => {
            let _ = write!(out, "\n{}\n", media_line(media));
        }
        Block::ServerTool(tool) => write_server_tool(tool, out),
        // Written by their message.
        Block::ToolCalls(_) | Block::ToolResult(_) => {}
    }
}

fn write_server_tool(tool: &ServerTool, out: &mut String) {
    let _ = write!(out, "\n#### Server tool: {}{}\n", one_line(&tool.name), code_id(tool.id.as_deref()));
    if let Some(arguments) = &tool.arguments {
        write_payload(arguments, out);
    }
    if tool.result.is_empty() {
        return;
    }
    let _ = write!(out, "\nResult{}\n", if tool.is_error { " (error)" } else { "" });
    for block in &tool.result {
        match block {
            Block::Text { text, .. } => write_fenced("", text, out),
            block => write_block(block, out),
        }
    }
}

fn media_line(media: &Media) -> String {
    let mut about = vec![media.kind.as_str().to_owned()];
    about.extend(media.name.as_deref().map(one_line));
    about.extend(media.mime_type.as_deref().map(one_line));
    match &media.source {
        MediaSource::Url(url) => about.push(format!("`{}`", one_line(url).replace('`', "%60"))),
        MediaSource::Base64(_) => {
            about.push(format!("{} bytes", media.source.bytes().unwrap_or_default()));
        }
        MediaSource::FileId(id) => about.push(format!("`{}`", one_line(id).replace('`', "'"))),
    }
    let line = format!("*[{}]*", about.join(", "));
    match &media.transcript {
        Some(transcript) => format!("{line}\n\n{}", transcript.trim_end()),
        None => line,
    }
}

fn write_payload(payload: &Payload, out: &mut String) {
    match payload {
        Payload::Json(json) => write_fenced("json", json, out),
        Payload::Text(text) => write_fenced("", text, out),
    }
}

/// JSON over several lines; the fence is longer than any in the text.
fn write_fenced(language: &str, text: &str, out: &mut String) {
    let value: Option<serde_json::Value> =
        Some(text).filter(|_| language == "json").and_then(|text| serde_json::from_str(text).ok());
    let pretty = value.and_then(|value| serde_json::to_string_pretty(&value).ok());
    let text = pretty.as_deref().unwrap_or(text).trim_end_matches('\n');
    let longest = text.split(|char| char != '`').map(str::len).max().unwrap_or(0);
    let fence = "`".repeat((longest + 1).max(3));
    let _ = write!(out, "\n{fence}{language}\n{text}\n{fence}\n");
}

fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}
