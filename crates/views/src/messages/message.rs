//! Messages, of every vendor: role, content, tool calls.
//!
//! Where the messages of a run stand differs from shape to shape (see `shape`); how one is read does not.

use serde_json::Value;

use super::{
    Block, Role,
    draft::{Answer, Content, Draft, DraftRole, joined},
    json, part,
};

/// Levels of lists within lists, and of messages within messages, that are followed.
const MOST_LEVELS: usize = 6;

/// The messages of a list, of a list of lists (LangChain's batches), or the one that stands where a list should.
pub(super) fn read_list(value: &Value, default: Role) -> Vec<Draft> {
    let mut out = Vec::new();
    read_any(value, default, &mut out, 0);
    joined(out)
}

fn read_any(value: &Value, default: Role, out: &mut Vec<Draft>, level: usize) {
    if level > MOST_LEVELS {
        out.push(Draft::of_blocks(default, vec![Block::json(value)]));
        return;
    }
    match value {
        Value::Null => {}
        Value::String(text) => match message_list_in(text) {
            Some(list) => read_any(&list, default, out, level + 1),
            None => out.extend(Draft::of_text(default, text)),
        },
        Value::Array(items) => match pair(items) {
            Some((role, content)) => read_pair(role, content, out),
            None => {
                for item in items {
                    read_any(item, default, out, level + 1);
                }
            }
        },
        Value::Object(members) if members.is_empty() => {}
        Value::Object(_) => read_object(value, default, out, level),
        Value::Bool(_) | Value::Number(_) => out.push(Draft::of_blocks(default, vec![Block::json(value)])),
    }
}

/// A message, or a list of them, that was encoded as a string.
fn message_list_in(text: &str) -> Option<Value> {
    let value = json::container(text)?;
    let looks_right = |item: &Value| {
        item.is_object() && (item.get("role").is_some() || item.get("lc").is_some() || is_item(item))
    };
    let items = json::elements(&value);
    (!items.is_empty() && items.iter().all(looks_right)).then_some(value)
}

/// `["user", "hello"]`: LangChain's short form.
fn pair(items: &[Value]) -> Option<(&str, &Value)> {
    match items {
        [Value::String(role), content]
            if !content.is_array() || content.as_array().is_some_and(|c| c.iter().all(Value::is_object)) =>
        {
            role_of(role).map(|_| (role.as_str(), content))
        }
        _ => None,
    }
}

fn read_pair(role: &str, content: &Value, out: &mut Vec<Draft>) {
    let mut draft = Draft::new(role_of(role).unwrap_or(Role::Human));
    part::read(content, &mut draft.content);
    push(draft, out);
}

/// The role that a word names (`langsmith-messages-view.md` §3.3, `otel-genai.md` A).
fn role_of(word: &str) -> Option<Role> {
    let word = word.trim().to_ascii_lowercase();
    let word = word.strip_suffix("chunk").unwrap_or(&word);
    let word = word.strip_suffix("message").filter(|rest| !rest.is_empty()).unwrap_or(word);
    Some(match word {
        "user" | "human" | "customer" | "humanmessage" => Role::Human,
        "assistant" | "ai" | "model" | "bot" | "reasoning" => Role::Ai,
        "system" | "developer" | "instruction" | "instructions" => Role::System,
        "tool" | "function" => Role::Tool,
        _ => return None,
    })
}

/// Whether this is one of the items of OpenAI's Responses that are no message by themselves.
pub(super) fn is_item(value: &Value) -> bool {
    part::kind_of(value).is_some_and(|kind| {
        kind == "reasoning"
            || kind == "function_call"
            || kind == "mcp_list_tools"
            || kind == "mcp_approval_request"
            || kind == "mcp_approval_response"
            || kind == "item_reference"
            || kind == "compaction"
            || kind.ends_with("_call")
            || kind.ends_with("_call_output")
    }) && value.get("role").is_none()
}

fn read_object(value: &Value, default: Role, out: &mut Vec<Draft>, level: usize) {
    // LangChain's envelope, its legacy `{"type", "data"}`, or the message itself.
    let (word, flat) = unwrapped(value);
    if flat.get("role").is_none() && word.is_none() && is_item(flat) {
        return read_item(flat, out);
    }
    // A call of the AI SDK, in a list of nothing but calls.
    if flat.get("toolCallId").is_some() && flat.get("role").is_none() {
        let mut draft = Draft { is_item: true, ..Draft::new(Role::Ai) };
        part::read(flat, &mut draft.content);
        return push(draft, out);
    }
    let has_content =
        ["content", "contents", "parts", "tool_calls", "text"].iter().any(|key| flat.get(key).is_some());
    if !has_content && let Some(inner) = json::first(flat, &["message"]) {
        let role = json::text(flat, &["role"]).and_then(role_of).unwrap_or(default);
        // Span events write the message as JSON text, or as the words themselves.
        return read_any(&json::decoded(inner), role, out, level + 1);
    }
    let named = word.or_else(|| role_word(flat));
    let role = named.as_deref().map_or(Some(default), role_of);
    let mut draft = Draft {
        role: DraftRole(Some(role.unwrap_or(Role::Human))),
        raw_role: named.as_deref().filter(|_| role.is_none()).map(str::to_owned),
        id: json::id(flat, &["id"])
            .or_else(|| json::id(value, &["id"]).filter(|_| value.get("lc").is_none())),
        name: json::text(flat, &["name"]).map(str::to_owned),
        is_item: part::kind_of(flat).as_deref() == Some("message"),
        ..Draft::default()
    };
    if draft.role() == Role::Tool {
        return read_tool_message(flat, draft, out);
    }
    read_content(flat, named.as_deref(), &mut draft.content);
    push(draft, out);
}

/// The class of a message and its fields.
fn unwrapped(value: &Value) -> (Option<String>, &Value) {
    if let (Some(class), Some(kwargs)) =
        (class_of(value), value.get("kwargs").filter(|kwargs| kwargs.is_object()))
    {
        // A ChatMessage names its role itself.
        let word = if class.starts_with("Chat") {
            json::text(kwargs, &["role"]).map(str::to_owned)
        } else {
            Some(class)
        };
        return (Some(word.unwrap_or_else(|| "human".to_owned())), kwargs);
    }
    let kind = json::text(value, &["type"]);
    if let (Some(kind), Some(data)) = (kind, value.get("data").filter(|data| data.get("content").is_some()))
        && role_of(kind).is_some()
    {
        return (Some(kind.to_owned()), data);
    }
    (None, value)
}

fn class_of(value: &Value) -> Option<String> {
    value.get("lc")?;
    value.get("id")?.as_array()?.last()?.as_str().map(str::to_owned)
}

/// The word that tells who speaks: `role`, LangChain's `type`, or the name of an event.
fn role_word(flat: &Value) -> Option<String> {
    if let Some(role) = json::text(flat, &["role", "message.role"]) {
        return Some(role.to_owned());
    }
    if let Some(kind) = json::text(flat, &["type"]).filter(|kind| role_of(kind).is_some() || *kind == "chat")
    {
        return Some(if kind == "chat" { "human".to_owned() } else { kind.to_owned() });
    }
    let event = json::text(flat, &["event.name"])?;
    let word = event.strip_prefix("gen_ai.")?;
    Some(if word == "choice" { "assistant" } else { word.strip_suffix(".message")? }.to_owned())
}

fn read_content(flat: &Value, word: Option<&str>, content: &mut Content) {
    let body = json::first(flat, &["contents", "content", "parts", "text", "message.content"]);
    if word.is_some_and(|word| word.eq_ignore_ascii_case("reasoning")) {
        let texts = body.map(texts_of).unwrap_or_default();
        content.blocks.extend(Block::reasoning(&texts.join("\n\n")));
        return;
    }
    match body {
        // A prompt that was encoded once more (`otel-genai.md` D.1, 4).
        Some(Value::String(text))
            if text.starts_with('"') && word.is_some_and(|word| role_of(word) == Some(Role::System)) =>
        {
            let inner = serde_json::from_str::<String>(text);
            content.blocks.extend(Block::text(inner.as_deref().unwrap_or(text)));
        }
        Some(body) => part::read(body, content),
        None => {}
    }
    let extra = json::at(flat, "additional_kwargs");
    if !content.blocks.iter().any(|block| matches!(block, Block::Reasoning { .. })) {
        let keys = ["reasoning_content", "reasoning", "thinking"];
        let thoughts = json::text(flat, &keys).or_else(|| json::text(extra, &keys));
        if let Some(block) = thoughts.and_then(Block::reasoning) {
            content.blocks.insert(0, block);
            content.calls_at += 1;
        }
    }
    let lists = [
        json::first(flat, &["tool_calls", "toolCalls"]).or_else(|| json::first(extra, &["tool_calls"])),
        json::first(flat, &["invalid_tool_calls"]),
        json::first(flat, &["function_call"]).or_else(|| json::first(extra, &["function_call"])),
    ];
    for list in lists.into_iter().flatten() {
        let list = json::decoded(list);
        let calls = json::elements(&list).iter().filter_map(part::call).collect();
        content.push_repeated(calls);
    }
    if let Some(name) = json::text(flat, &["function_call_name"]) {
        let arguments = json::first(flat, &["function_call_arguments_json"]);
        content.push_repeated(vec![super::draft::Call {
            id: None,
            name: name.to_owned(),
            arguments: arguments.map_or(Value::Null, |arguments| json::decoded(arguments).into_owned()),
        }]);
    }
    let refusal = json::text(flat, &["refusal"]).or_else(|| json::text(extra, &["refusal"]));
    if let Some(text) = refusal {
        content.push(Block::Refusal { text: text.to_owned() });
    }
    if let Some(audio) = json::first(flat, &["audio"]).filter(|audio| audio.is_object()) {
        match super::media::spoken(audio) {
            Some(media) => content.push(Block::Media(media)),
            None => content.blocks.extend(json::text(audio, &["transcript"]).and_then(Block::text)),
        }
    }
}

fn texts_of(value: &Value) -> Vec<&str> {
    match value {
        Value::String(text) => vec![text],
        Value::Array(items) => items
            .iter()
            .filter_map(|item| item.as_str().or_else(|| json::text(item, &["reasoning", "text", "content"])))
            .collect(),
        _ => Vec::new(),
    }
}

fn read_item(item: &Value, out: &mut Vec<Draft>) {
    let mut draft = Draft { is_item: true, id: json::id(item, &["id"]), ..Draft::new(Role::Ai) };
    part::read(item, &mut draft.content);
    push(draft, out);
}

/// Appends a message and, each as a message of its own, the results of tools found in it: producers put them into
/// messages of the user (`otel-genai.md` A, tool results).
fn push(mut draft: Draft, out: &mut Vec<Draft>) {
    let results = std::mem::take(&mut draft.content.results);
    let results = results.into_iter().map(|(answer, blocks)| result_draft(answer, blocks));
    if draft.role() == Role::Ai {
        out.extend(Some(draft).filter(|draft| !draft.is_blank()));
        out.extend(results);
    } else {
        out.extend(results);
        out.extend(Some(draft).filter(|draft| !draft.is_blank()));
    }
}

pub(super) fn result_draft(answer: Answer, blocks: Vec<Block>) -> Draft {
    Draft { answer, ..Draft::of_blocks(Role::Tool, blocks) }
}

/// A message of role tool: one result, or several as pieces.
fn read_tool_message(flat: &Value, mut draft: Draft, out: &mut Vec<Draft>) {
    let body = json::first(flat, &["contents", "content", "parts", "message.content"])
        .or_else(|| ["output", "result", "content"].iter().find_map(|key| flat.get(key)))
        .unwrap_or(&json::NULL);
    // JSON that a tool wrote as text stays the text it is; a list of pieces is read.
    let mut content = Content::default();
    if body.is_array() || body.is_string() {
        part::read(body, &mut content);
    }
    let ids = ["tool_call_id", "tool_use_id", "toolCallId", "call_id", "message.tool_call_id"];
    if content.results.is_empty() {
        // The older conventions call the id of the call plainly `id`; LangChain's is that of the message.
        let is_langchain = json::text(flat, &["type"]).is_some();
        let call_id = json::id(flat, &ids).or_else(|| draft.id.take().filter(|_| !is_langchain));
        draft.answer = Answer {
            call_id,
            name: json::text(flat, &["name", "tool_name", "toolName"]).map(str::to_owned),
            is_error: part::is_error(flat),
        };
        let blocks = match body {
            Value::String(_) if !content.blocks.is_empty() => content.blocks,
            _ => part::result_content(body),
        };
        draft.content = Content { blocks, ..Content::default() };
        out.push(draft);
        return;
    }
    let outer = json::id(flat, &ids);
    let single = content.results.len() == 1;
    for (mut answer, blocks) in content.results {
        if single {
            answer.call_id = answer.call_id.or_else(|| outer.clone());
        }
        answer.is_error |= part::is_error(flat);
        out.push(result_draft(answer, blocks));
    }
    if !content.blocks.is_empty() {
        out.push(Draft { answer: Answer::default(), ..Draft::of_blocks(Role::Tool, content.blocks) });
    }
}
