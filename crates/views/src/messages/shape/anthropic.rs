//! Anthropic Messages: the API, the SDK wrappers in Python and JavaScript, the Claude Agent SDK and Claude Code
//! (`langsmith-messages-view.md` §3.7).

use serde_json::Value;

use super::{Shape, Sides, any_message, any_part, under, with_system};
use crate::messages::{Role, draft::Draft, json, message, part};

pub(in crate::messages) static SHAPE: Shape =
    Shape { name: "Anthropic Messages", recognises, inputs, outputs, local_call_ids: false };

fn recognises(sides: &Sides<'_>) -> bool {
    let is_block = |part: &Value| {
        part::kind_of(part).is_some_and(|kind| {
            ["tool_use", "tool_result", "thinking", "redacted_thinking", "server_tool_use"]
                .contains(&kind.as_str())
        })
    };
    json::text(sides.outputs, &["type"]) == Some("message")
        || sides.outputs.get("stop_reason").is_some()
        || sides.inputs.get("system").is_some()
        || any_part(sides.outputs, is_block)
        || any_message(json::at(sides.inputs, "messages"), |message| any_part(message, is_block))
}

fn inputs(sides: &Sides<'_>) -> Vec<Draft> {
    // The Agent SDK's root has its prompt alone.
    let messages = under(sides.inputs, &["messages", "input", "prompt"], Role::Human);
    with_system(sides.inputs.get("system"), messages)
}

fn outputs(sides: &Sides<'_>) -> Vec<Draft> {
    let outputs = sides.outputs;
    if let Some(message) =
        json::first(outputs, &["message"]).filter(|message| message.get("content").is_some())
    {
        return message::read_list(message, Role::Ai);
    }
    // The Python wrapper puts calls beside a text, in OpenAI's spelling.
    let is_message = json::text(outputs, &["type"]) == Some("message")
        || json::text(outputs, &["role"]) == Some("assistant")
        || outputs.get("content").is_some_and(is_pieces);
    if is_message {
        // Several messages of one turn of the Agent SDK stand in a list under `content`.
        let content = json::at(outputs, "content");
        let is_list = content.as_array().is_some_and(|items| {
            !items.is_empty()
                && items.iter().all(|item| item.get("role").is_some() && item.get("content").is_some())
        });
        return message::read_list(if is_list { content } else { outputs }, Role::Ai);
    }
    if let Some(output) = json::first(outputs, &["output"]).filter(|output| output.get("messages").is_some())
    {
        return under(output, &["messages"], Role::Ai);
    }
    under(outputs, &["messages"], Role::Ai)
}

fn is_pieces(content: &Value) -> bool {
    content
        .as_array()
        .is_some_and(|items| !items.is_empty() && items.iter().all(|item| part::kind_of(item).is_some()))
}
