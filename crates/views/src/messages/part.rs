//! Pieces of content, of every vendor: what stands in `content`, `parts` or an item list.
//!
//! Vendors' pieces turn up inside each other's messages (Anthropic's `tool_use` in LangChain's content, Gemini's parts
//! in OpenTelemetry's), so there is one reader for all of them. What it does not know is kept as JSON.

use serde_json::Value;

use super::{
    Block, MediaKind, ServerTool,
    draft::{Answer, Call, Content},
    json, media,
};

/// Levels of content within content that are followed.
const MOST_LEVELS: usize = 8;

/// Adds everything in `value` to `content`.
pub(super) fn read(value: &Value, content: &mut Content) {
    read_at(value, content, 0);
}

fn read_at(value: &Value, content: &mut Content, level: usize) {
    if level > MOST_LEVELS {
        content.push(Block::json(value));
        return;
    }
    match value {
        Value::Null => {}
        Value::String(text) => match parts_in_text(text) {
            Some(parts) => read_at(&parts, content, level + 1),
            None => content.blocks.extend(Block::text(text)),
        },
        Value::Array(items) => {
            for item in items {
                read_at(item, content, level + 1);
            }
        }
        Value::Bool(_) | Value::Number(_) => content.push(Block::json(value)),
        Value::Object(members) if members.is_empty() => {}
        Value::Object(_) => read_object(value, content, level),
    }
}

/// A list of typed pieces that was encoded as a string.
fn parts_in_text(text: &str) -> Option<Value> {
    if !text.trim_start().starts_with("[{") && !text.trim_start().starts_with("[ {") {
        return None;
    }
    let value = json::container(text)?;
    let is_part = |part: &Value| {
        kind_of(part).is_some_and(|kind| KNOWN.contains(&kind.as_str()))
            || UNTYPED.iter().any(|key| part.get(key).is_some_and(Value::is_object))
    };
    let items = value.as_array()?;
    (!items.is_empty() && items.iter().all(is_part)).then_some(value)
}

/// Types by which a list of pieces is recognised inside a string.
const KNOWN: [&str; 17] = [
    "text",
    "input_text",
    "output_text",
    "image",
    "image_url",
    "input_image",
    "tool_use",
    "tool_result",
    "tool_call",
    "tool_call_response",
    "function_call",
    "function_call_output",
    "thinking",
    "reasoning",
    "redacted_thinking",
    "document",
    "refusal",
];

/// Members that say what a piece without a type is (Gemini, Bedrock).
const UNTYPED: [&str; 7] = [
    "toolUse",
    "toolResult",
    "functionCall",
    "functionResponse",
    "function_call",
    "function_response",
    "reasoningContent",
];

/// The type in one spelling: `tool-call`, `tool_call` and `Tool_Call` are the same.
pub(super) fn kind_of(part: &Value) -> Option<String> {
    Some(json::text(part, &["type"])?.to_ascii_lowercase().replace('-', "_"))
}

fn read_object(part: &Value, content: &mut Content, level: usize) {
    let Some(kind) = kind_of(part) else {
        return read_untyped(part, content, level);
    };
    match kind.as_str() {
        "text" | "input_text" | "output_text" | "text_plain" | "text_delta" => {
            read_text(part, content, level);
        }
        "reasoning" | "thinking" | "reasoning_text" | "summary_text" | "thought" | "redacted_thinking"
        | "redacted_reasoning" | "reasoning_file" => {
            content.blocks.extend(Block::reasoning(&thoughts(part)));
        }
        "refusal" => {
            let text = json::text(part, &["refusal", "text", "content"]);
            content.blocks.extend(text.map(|text| Block::Refusal { text: text.to_owned() }));
        }
        "tool_call" | "tool_use" | "function_call" | "function" | "custom" | "tool_call_chunk"
        | "invalid_tool_call" | "custom_tool_call" | "tooluse" | "functioncall" => {
            if json::flag(part, "providerExecuted") {
                read_server_call(part, &kind, content);
            } else {
                push_call(part, content);
            }
        }
        // The client runs these: their output comes as an item of its own.
        "computer_call" | "local_shell_call" | "shell_call" | "apply_patch_call" => {
            let arguments = json::first(part, &["action", "operation", "actions"]).cloned();
            content.push_call(Call {
                id: json::id(part, &["call_id", "id"]),
                name: kind.trim_end_matches("_call").to_owned(),
                arguments: arguments.unwrap_or(Value::Null),
            });
        }
        "tool_result"
        | "tool_call_response"
        | "function_response"
        | "function_call_output"
        | "custom_tool_call_output"
        | "toolresult"
        | "functionresponse"
        | "computer_call_output"
        | "local_shell_call_output"
        | "shell_call_output"
        | "apply_patch_call_output"
        | "tool_call_output" => {
            push_result(part, content);
        }
        "server_tool_use"
        | "server_tool_call"
        | "mcp_tool_use"
        | "mcp_call"
        | "web_search_call"
        | "file_search_call"
        | "code_interpreter_call"
        | "mcp_list_tools"
        | "mcp_approval_request"
        | "executable_code"
        | "executablecode" => read_server_call(part, &kind, content),
        "server_tool_result"
        | "server_tool_call_response"
        | "mcp_tool_result"
        | "code_execution_result"
        | "codeexecutionresult"
        | "mcp_approval_response" => read_server_result(part, &kind, content),
        kind if kind.ends_with("_tool_result") => read_server_result(part, kind, content),
        "image"
        | "image_url"
        | "input_image"
        | "output_image"
        | "image_file"
        | "image_generation_call"
        | "computer_screenshot" => {
            push_media(part, Some(MediaKind::Image), content);
        }
        "audio" | "input_audio" | "output_audio" | "audio_url" => {
            push_media(part, Some(MediaKind::Audio), content);
        }
        "video" | "video_url" | "input_video" => push_media(part, Some(MediaKind::Video), content),
        "document" => read_document(part, content, level),
        "file" | "input_file" | "file_url" | "file_uri" | "document_url" | "container_upload" | "media"
        | "blob" | "binary" | "uri" => {
            push_media(part, None, content);
        }
        "resource" | "resource_link" => read_resource(part, content),
        "logs" if json::text(part, &["logs"]).is_some() => {
            content.blocks.extend(json::text(part, &["logs"]).and_then(Block::text));
        }
        "non_standard" if part.get("value").is_some() => read_at(json::at(part, "value"), content, level + 1),
        "message" if part.get("content").is_some() => read_at(json::at(part, "content"), content, level + 1),
        _ => content.push(Block::json(part)),
    }
}

fn read_text(part: &Value, content: &mut Content, level: usize) {
    let wrapped = json::first(part, &["text"]).filter(|text| text.is_object());
    let (holder, keys): (&Value, &[&str]) = match wrapped {
        Some(inner) => (inner, &["value", "text"]),
        None => (part, &["text", "content", "value"]),
    };
    let annotations = json::first(holder, &["annotations", "citations"]).filter(|list| list.is_array());
    // Words, or pieces where words should be.
    if let Some(inner) = keys.iter().find_map(|key| holder.get(key).filter(|inner| inner.is_array())) {
        return read_at(inner, content, level + 1);
    }
    match json::text(holder, keys) {
        Some(text) => content
            .push(Block::Text { text: text.to_owned(), annotations: annotations.map(Value::to_string) }),
        None => match json::first(part, keys) {
            // Blank words are nothing to show; anything else under these names is.
            Some(Value::String(_)) | None => {}
            Some(other) => content.push(Block::json(other)),
        },
    }
}

/// Disclosed thoughts: a text, or a list of texts.
fn thoughts(part: &Value) -> String {
    let texts = |list: &Value| -> Vec<String> {
        let text = |item: &Value| {
            item.as_str().or_else(|| json::text(item, &["text", "content"])).map(str::to_owned)
        };
        json::elements(list).iter().filter_map(text).collect()
    };
    let mut found: Vec<String> = Vec::new();
    for key in ["reasoning", "thinking", "text", "content", "summary", "data"] {
        if key == "data" && !found.is_empty() {
            break;
        }
        match json::at(part, key) {
            Value::String(text) if key != "data" => match json::container(text) {
                // Some instrumentations encode the list once more.
                Some(list) if list.is_array() => found.extend(texts(&list)),
                _ if !found.contains(text) => found.push(text.clone()),
                _ => {}
            },
            list @ Value::Array(_) => found.extend(texts(list)),
            _ => {}
        }
    }
    found.retain(|text| !text.trim().is_empty());
    found.join("\n\n")
}

fn read_untyped(part: &Value, content: &mut Content, level: usize) {
    if let Some(inner) = json::first(part, &["message_content"]) {
        return read_at(inner, content, level + 1);
    }
    if json::first(part, &["functionCall", "function_call", "toolUse", "tool_call"])
        .is_some_and(Value::is_object)
    {
        return push_call(part, content);
    }
    if json::first(part, &["functionResponse", "function_response", "toolResult"])
        .is_some_and(Value::is_object)
    {
        return push_result(part, content);
    }
    // The AI SDK's lists of calls and of results have no types.
    if part.get("toolCallId").is_some() {
        let is_result = part.get("output").is_some() || part.get("result").is_some();
        return if is_result { push_result(part, content) } else { push_call(part, content) };
    }
    if let Some(code) = json::first(part, &["executableCode", "executable_code"]) {
        return read_server_call(code, "executable_code", content);
    }
    if let Some(result) = json::first(part, &["codeExecutionResult", "code_execution_result"]) {
        return read_server_result(result, "code_execution_result", content);
    }
    if let Some(reasoning) = json::first(part, &["reasoningContent"]) {
        let inner = json::first(reasoning, &["reasoningText"]).unwrap_or(reasoning);
        content.blocks.extend(Block::reasoning(&thoughts(inner)));
        return;
    }
    if let Some(text) = json::text(part, &["text"]) {
        let block = if json::flag(part, "thought") { Block::reasoning(text) } else { Block::text(text) };
        content.blocks.extend(block);
        return;
    }
    let media = ["inlineData", "inline_data", "fileData", "file_data", "image", "video", "document", "audio"];
    if json::first(part, &media).is_some_and(Value::is_object) {
        return push_media(part, None, content);
    }
    // pydantic-ai before its messages had parts.
    if part.get("binary_content").is_some()
        || json::text(part, &["kind"]).is_some_and(|kind| kind.ends_with("-url"))
    {
        return push_media(part, None, content);
    }
    // A marker that says where the prompt may be cached says nothing to a reader; an empty text is nothing either.
    let says_nothing = ["cachePoint", "text", "thoughtSignature", "thought_signature", "thought"];
    let members =
        part.as_object().map(|members| members.keys().all(|key| says_nothing.contains(&key.as_str())));
    if members == Some(true) {
        return;
    }
    match part.get("content") {
        Some(inner) if part.as_object().is_some_and(|members| members.len() == 1) => {
            read_at(inner, content, level + 1);
        }
        _ => content.push(Block::json(part)),
    }
}

fn push_call(part: &Value, content: &mut Content) {
    match call(part) {
        Some(call) => content.push_call(call),
        None => content.push(Block::json(part)),
    }
}

/// A tool call in any vendor's spelling; `None` where it has no name.
pub(super) fn call(value: &Value) -> Option<Call> {
    let wrappers = ["function", "custom", "functionCall", "function_call", "tool_call", "toolUse"];
    let inner = json::first(value, &wrappers).filter(|inner| inner.is_object());
    let ids = ["call_id", "toolCallId", "tool_call_id", "toolUseId", "tool_use_id", "id"];
    if let Some(inner) = inner
        && json::text(inner, &["name", "toolName"]).is_none()
        && let Some(mut deeper) = call_of_wrapper(inner)
    {
        deeper.id = deeper.id.or_else(|| json::id(inner, &ids)).or_else(|| json::id(value, &ids));
        return Some(deeper);
    }
    let body = inner.unwrap_or(value);
    let name = json::text(body, &["name", "toolName", "tool_name"])
        .or_else(|| json::text(value, &["name", "toolName", "tool_name"]))?;
    let keys = ["arguments", "args", "input", "parameters", "partial_json", "arguments_json"];
    let arguments = json::given(body, &keys).or_else(|| json::given(value, &keys));
    Some(Call {
        id: json::id(value, &ids).or_else(|| json::id(body, &ids)),
        name: name.to_owned(),
        arguments: arguments.map_or(Value::Null, |arguments| json::decoded(arguments).into_owned()),
    })
}

/// `{"tool_call": {"id", "function": {"name", "arguments"}}}` of OpenInference: one wrapper more.
fn call_of_wrapper(inner: &Value) -> Option<Call> {
    let function = json::first(inner, &["function", "custom"])?;
    let name = json::text(function, &["name"])?;
    let arguments = json::given(function, &["arguments", "input"]);
    Some(Call {
        id: None,
        name: name.to_owned(),
        arguments: arguments.map_or(Value::Null, |arguments| json::decoded(arguments).into_owned()),
    })
}

fn push_result(part: &Value, content: &mut Content) {
    let (answer, blocks) = result(part);
    if let Some(id) = &answer.call_id
        && let Some(tool) = server_tool(content, id)
    {
        tool.result = blocks;
        tool.is_error = answer.is_error;
        return;
    }
    content.results.push((answer, blocks));
}

/// The result of a tool in any vendor's spelling.
pub(super) fn result(part: &Value) -> (Answer, Vec<Block>) {
    let wrappers = ["functionResponse", "function_response", "toolResult"];
    let body = json::first(part, &wrappers).filter(|inner| inner.is_object()).unwrap_or(part);
    let ids = ["call_id", "tool_call_id", "toolCallId", "tool_use_id", "toolUseId", "id"];
    let value = ["response", "output", "result", "content", "value", "error", "outputs"]
        .iter()
        .filter_map(|key| body.get(key))
        .find(|value| !value.is_null());
    let answer = Answer {
        call_id: json::id(body, &ids).or_else(|| json::id(part, &ids)),
        name: json::text(body, &["name", "toolName", "tool_name"])
            .or_else(|| json::text(part, &["name"]))
            .map(str::to_owned),
        is_error: is_error(body) || value.is_some_and(is_error_output),
    };
    let mut blocks = result_content(value.unwrap_or(&json::NULL));
    // Gemini hands pictures over beside the response.
    if let Some(parts) = body.get("parts").filter(|parts| parts.is_array()) {
        let mut content = Content::default();
        read_at(parts, &mut content, 1);
        blocks.extend(content.blocks);
    }
    (answer, blocks)
}

/// Whether a result calls itself an error.
pub(super) fn is_error(value: &Value) -> bool {
    json::flag(value, "is_error")
        || json::flag(value, "isError")
        || json::text(value, &["status"]).is_some_and(|status| status.eq_ignore_ascii_case("error"))
}

/// `{"type": "error-text", "value": …}` of the AI SDK, `{"isError": true}` of MCP.
fn is_error_output(value: &Value) -> bool {
    kind_of(value).is_some_and(|kind| kind.starts_with("error_")) || json::flag(value, "isError")
}

/// What a tool gave back, as blocks; never none.
pub(super) fn result_content(value: &Value) -> Vec<Block> {
    result_content_at(value, 0)
}

fn result_content_at(value: &Value, level: usize) -> Vec<Block> {
    let as_json = || vec![Block::json(value)];
    if level > MOST_LEVELS {
        return as_json();
    }
    match value {
        Value::String(text) => match Block::text(text) {
            Some(block) => vec![block],
            None => as_json(),
        },
        Value::Array(items) => {
            let is_piece = |item: &Value| {
                item.is_string()
                    || kind_of(item).is_some_and(|kind| RESULT_PIECES.contains(&kind.as_str()))
                    || json::text(item, &["text"]).is_some() && item.as_object().is_some_and(|o| o.len() == 1)
            };
            if items.is_empty() || !items.iter().all(is_piece) || items.iter().all(Value::is_string) {
                return as_json();
            }
            let mut content = Content::default();
            for item in items {
                read_at(item, &mut content, level + 1);
            }
            if content.blocks.is_empty() { as_json() } else { content.blocks }
        }
        Value::Object(members) => {
            let kind = kind_of(value);
            let is_output = matches!(
                kind.as_deref(),
                Some("text" | "json" | "error_text" | "error_json" | "content" | "execution_denied")
            );
            if let Some(inner) = value.get("value").filter(|_| is_output) {
                return result_content_at(inner, level + 1);
            }
            if kind.is_some_and(|kind| RESULT_PIECES.contains(&kind.as_str())) {
                let mut content = Content::default();
                read_at(value, &mut content, level + 1);
                if !content.blocks.is_empty() {
                    return content.blocks;
                }
            }
            // MCP: content beside structuredContent and isError.
            if let Some(inner) = value.get("content").filter(|inner| inner.is_array())
                && members.keys().all(|key| {
                    ["content", "isError", "is_error", "structuredContent", "_meta", "meta", "status"]
                        .contains(&key.as_str())
                })
            {
                return result_content_at(inner, level + 1);
            }
            let only = ["output", "outputs", "result", "content", "response", "json", "text"];
            match members.iter().next() {
                Some((key, inner)) if members.len() == 1 && only.contains(&key.as_str()) => {
                    result_content_at(inner, level + 1)
                }
                _ => as_json(),
            }
        }
        Value::Null | Value::Bool(_) | Value::Number(_) => as_json(),
    }
}

/// Types that make a list a list of pieces rather than data.
const RESULT_PIECES: [&str; 21] = [
    "text",
    "input_text",
    "output_text",
    "image",
    "image_url",
    "input_image",
    "image_file",
    "computer_screenshot",
    "audio",
    "input_audio",
    "video",
    "file",
    "input_file",
    "document",
    "media",
    "blob",
    "binary",
    "uri",
    "resource",
    "resource_link",
    "logs",
];

fn server_tool<'c>(content: &'c mut Content, id: &str) -> Option<&'c mut ServerTool> {
    content.blocks.iter_mut().rev().find_map(|block| match block {
        Block::ServerTool(tool) if tool.id.as_deref() == Some(id) => Some(tool),
        _ => None,
    })
}

fn read_server_call(part: &Value, kind: &str, content: &mut Content) {
    let inner = json::first(part, &["server_tool_call"]).unwrap_or(part);
    let name = json::text(part, &["name", "toolName"])
        .or_else(|| json::text(inner, &["name", "type"]))
        .filter(|name| *name != json::text(part, &["type"]).unwrap_or_default())
        .map_or_else(
            || match kind {
                "executable_code" | "executablecode" => "code_execution".to_owned(),
                other => other.trim_end_matches("_call").to_owned(),
            },
            str::to_owned,
        );
    let keys = ["input", "args", "arguments", "action", "queries", "code", "tools"];
    let arguments = json::given(inner, &keys).or_else(|| json::given(part, &keys));
    let arguments = arguments.map(|arguments| json::decoded(arguments).into_owned());
    let result = json::first(part, &["output", "outputs", "results", "error", "result"]);
    content.push(Block::ServerTool(ServerTool {
        id: json::id(part, &["call_id", "toolCallId", "id"]),
        name,
        arguments: arguments.as_ref().and_then(json::payload),
        is_error: json::first(part, &["error"]).is_some(),
        result: result.map(result_content).unwrap_or_default(),
    }));
}

fn read_server_result(part: &Value, kind: &str, content: &mut Content) {
    let inner = json::first(part, &["server_tool_call_response"]).unwrap_or(part);
    let id = json::id(part, &["tool_use_id", "tool_call_id", "toolCallId", "approval_request_id", "id"]);
    let value = json::first(inner, &["output", "content", "result", "response", "outcome"]);
    let failed = is_error(part)
        || value.and_then(kind_of).is_some_and(|kind| kind.ends_with("_error"))
        || json::text(part, &["outcome"]).is_some_and(|outcome| outcome.ends_with("FAILED"));
    let blocks = result_content(value.unwrap_or(inner));
    // Gemini gives no ids: the result belongs to the code before it.
    let open = match &id {
        Some(id) => server_tool(content, id),
        None => content.blocks.iter_mut().rev().find_map(|block| match block {
            Block::ServerTool(tool) if tool.result.is_empty() => Some(tool),
            _ => None,
        }),
    };
    match open {
        Some(tool) => {
            tool.result = blocks;
            tool.is_error = failed;
        }
        None => content.push(Block::ServerTool(ServerTool {
            id,
            name: kind.trim_end_matches("_result").trim_end_matches("_tool").to_owned(),
            arguments: None,
            result: blocks,
            is_error: failed,
        })),
    }
}

/// A document may be a file, words, or pieces (Anthropic).
fn read_document(part: &Value, content: &mut Content, level: usize) {
    let source = json::at(part, "source");
    match kind_of(source).as_deref() {
        Some("text") => content.blocks.extend(json::text(source, &["data", "text"]).and_then(Block::text)),
        Some("content") => read_at(json::at(source, "content"), content, level + 1),
        _ => push_media(part, Some(MediaKind::File), content),
    }
}

fn push_media(part: &Value, kind: Option<MediaKind>, content: &mut Content) {
    match media::read(part, kind) {
        Some(media) => content.push(Block::Media(media)),
        // A file that is words (LangChain).
        None => match json::text(part, &["text"]).and_then(Block::text) {
            Some(words) => content.push(words),
            None => content.push(Block::json(part)),
        },
    }
}

/// What an MCP server hands over: words or bytes of an address of its own, or only the address.
fn read_resource(part: &Value, content: &mut Content) {
    let resource = json::first(part, &["resource"]).filter(|inner| inner.is_object()).unwrap_or(part);
    if let Some(words) = json::text(resource, &["text"]).and_then(Block::text) {
        return content.push(words);
    }
    match media::read(resource, None) {
        Some(mut medium) => {
            let name = json::text(resource, &["name", "uri"]).map(str::to_owned);
            medium.name = medium.name.or(name);
            content.push(Block::Media(medium));
        }
        None => content.push(Block::json(part)),
    }
}
