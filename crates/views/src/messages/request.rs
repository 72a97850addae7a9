//! The input of a model call as a request that can be sent again.

use std::collections::VecDeque;

use serde_json::{Map, Value, json};

use super::{
    Block, Media, MediaKind, MediaSource, PromptCall, Role, RunInput,
    draft::{Call, Draft},
    json as look, prompt,
    read::Recorded,
};

/// How a request is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum RequestFormat {
    /// The body of a request to OpenAI's Chat Completions.
    OpenAi,
    /// The body of a request to Anthropic's Messages.
    Anthropic,
    /// A command line that sends it to the vendor of the model; the key is read from the environment.
    Curl,
}

/// Anthropic wants a bound; where none was recorded, this one stands.
const MAX_TOKENS: u64 = 4096;

/// The request. Thoughts are left out, since no vendor takes them back without its signature; what no rule knows goes as
/// JSON among the words.
pub fn request(call: PromptCall<'_>, format: RequestFormat) -> String {
    let drafts = with_ids(prompt::inputs(call));
    let is_anthropic = match format {
        RequestFormat::OpenAi => false,
        RequestFormat::Anthropic => true,
        RequestFormat::Curl => speaks_anthropic(call.run),
    };
    let body = if is_anthropic { anthropic(call.run, &drafts) } else { openai(call.run, &drafts) };
    let text = serde_json::to_string_pretty(&body).unwrap_or_else(|_| body.to_string());
    match format {
        RequestFormat::OpenAi | RequestFormat::Anthropic => text,
        RequestFormat::Curl => curl(&text, is_anthropic),
    }
}

fn speaks_anthropic(run: &RunInput) -> bool {
    let is_claude = |text: &Option<String>, word: &str| {
        text.as_deref().is_some_and(|text| text.to_ascii_lowercase().contains(word))
    };
    is_claude(&run.provider, "anthropic") || run.provider.is_none() && is_claude(&run.model, "claude")
}

fn curl(body: &str, is_anthropic: bool) -> String {
    let (address, headers) = if is_anthropic {
        (
            "https://api.anthropic.com/v1/messages",
            "  -H \"x-api-key: $ANTHROPIC_API_KEY\" \\\n  -H 'anthropic-version: 2023-06-01' \\\n",
        )
    } else {
        ("https://api.openai.com/v1/chat/completions", "  -H \"Authorization: Bearer $OPENAI_API_KEY\" \\\n")
    };
    // Within single quotes a shell reads nothing but their end.
    let quoted = body.replace('\'', "'\\''");
    format!("curl {address} \\\n{headers}  -H 'Content-Type: application/json' \\\n  -d '{quoted}'\n")
}

/// Every call gets an id, and every result that of its call, since vendors pair by nothing else.
fn with_ids(mut drafts: Vec<Draft>) -> Vec<Draft> {
    let mut open: VecDeque<(String, String)> = VecDeque::new();
    let mut count = 0;
    for draft in &mut drafts {
        for call in &mut draft.content.calls {
            let id = call.id.get_or_insert_with(|| {
                count += 1;
                format!("call_{count}")
            });
            open.push_back((id.clone(), call.name.clone()));
        }
        if draft.role() != Role::Tool {
            continue;
        }
        let name = draft.answer.name.as_ref().or(draft.name.as_ref());
        let place = match &draft.answer.call_id {
            Some(id) => open.iter().position(|(known, _)| known == id),
            None => open.iter().position(|(_, known)| name.is_none_or(|name| name == known)),
        };
        if let Some((id, _)) = place.and_then(|place| open.remove(place)) {
            draft.answer.call_id.get_or_insert(id);
        }
    }
    drafts
}

/// Parameters that both vendors know under the same name.
const PARAMETERS: [&str; 4] = ["temperature", "top_p", "stream", "seed"];

fn parameters(run: &RunInput, known: &[&str]) -> Map<String, Value> {
    let inputs = Recorded::of(run.inputs.as_deref());
    let metadata = Recorded::of(run.metadata.as_deref());
    let (inputs, metadata) = (inputs.value(), metadata.value());
    let raw = look::decoded(look::at(inputs, "raw"));
    let places = [
        inputs,
        raw.as_ref(),
        look::at(metadata, "ls_invocation_params"),
        look::at(metadata, "invocation_params"),
    ];
    let mut out = Map::new();
    for key in known {
        let found = places.iter().find_map(|place| look::first(place, &[key]));
        let found = found.or_else(|| look::first(metadata, &[&format!("ls_{key}")]));
        if let Some(value) = found.filter(|value| value.is_number() || value.is_boolean()) {
            out.insert((*key).to_owned(), value.clone());
        }
    }
    out
}

fn openai(run: &RunInput, drafts: &[Draft]) -> Value {
    let mut body = Map::new();
    body.insert("model".to_owned(), run.model.clone().unwrap_or_default().into());
    let messages: Vec<Value> = drafts.iter().map(openai_message).collect();
    body.insert("messages".to_owned(), messages.into());
    let tools: Vec<Value> = prompt::offered(run)
        .iter()
        .map(|tool| match function(tool) {
            Some((name, description, parameters)) => {
                let members =
                    [("name", Some(name)), ("description", description), ("parameters", parameters)];
                json!({ "type": "function", "function": object(members) })
            }
            None => tool.clone(),
        })
        .collect();
    if !tools.is_empty() {
        body.insert("tools".to_owned(), tools.into());
    }
    body.extend(parameters(run, &PARAMETERS));
    body.extend(parameters(run, &["max_tokens", "max_completion_tokens"]));
    Value::Object(body)
}

fn openai_message(draft: &Draft) -> Value {
    let blocks = &draft.content.blocks;
    match draft.role() {
        Role::System => json!({ "role": "system", "content": text_of(blocks) }),
        Role::Tool => object([
            ("role", Some("tool".into())),
            ("tool_call_id", draft.answer.call_id.clone().map(Value::from)),
            ("content", Some(text_of(blocks).into())),
        ]),
        Role::Ai => {
            let text = text_of(blocks);
            let calls: Vec<Value> = draft
                .content
                .calls
                .iter()
                .map(|call| {
                    let arguments = match &call.arguments {
                        Value::String(text) => text.clone(),
                        Value::Null => "{}".to_owned(),
                        other => other.to_string(),
                    };
                    json!({ "id": call.id, "type": "function", "function": { "name": call.name, "arguments": arguments } })
                })
                .collect();
            object([
                ("role", Some("assistant".into())),
                ("content", Some(if text.is_empty() { Value::Null } else { text.into() })),
                ("tool_calls", Some(calls.into()).filter(|_| !draft.content.calls.is_empty())),
            ])
        }
        Role::Human => {
            let has_media = blocks.iter().any(|block| matches!(block, Block::Media(_)));
            let content = if has_media {
                Value::Array(blocks.iter().filter_map(openai_part).collect())
            } else {
                text_of(blocks).into()
            };
            object([
                ("role", Some("user".into())),
                ("name", draft.name.clone().map(Value::from)),
                ("content", Some(content)),
            ])
        }
    }
}

/// What OpenAI calls a type of sound.
fn sound_format(mime: &str) -> &str {
    let bare = mime.split(';').next().unwrap_or_default();
    match bare.rsplit('/').next().unwrap_or_default() {
        "mpeg" => "mp3",
        "x-wav" | "wave" => "wav",
        "l16" | "L16" | "pcm" => "pcm16",
        other => other,
    }
}

fn openai_part(block: &Block) -> Option<Value> {
    let Block::Media(media) = block else {
        let text = text_of(std::slice::from_ref(block));
        return (!text.is_empty()).then(|| json!({ "type": "text", "text": text }));
    };
    Some(match (&media.source, media.kind) {
        (MediaSource::Base64(data), MediaKind::Audio) => {
            let format = sound_format(media.mime_type.as_deref().unwrap_or("audio/wav"));
            json!({ "type": "input_audio", "input_audio": { "data": data, "format": format } })
        }
        (MediaSource::FileId(id), _) => json!({ "type": "file", "file": { "file_id": id } }),
        (MediaSource::Base64(_), MediaKind::File | MediaKind::Video) => {
            json!({ "type": "file", "file": { "filename": media.name, "file_data": address(media) } })
        }
        _ => json!({ "type": "image_url", "image_url": { "url": address(media) } }),
    })
}

fn anthropic(run: &RunInput, drafts: &[Draft]) -> Value {
    let mut body = Map::new();
    body.insert("model".to_owned(), run.model.clone().unwrap_or_default().into());
    let systems = drafts.iter().filter(|draft| draft.role() == Role::System);
    let system: Vec<String> = systems.map(|draft| text_of(&draft.content.blocks)).collect();
    if !system.is_empty() {
        body.insert("system".to_owned(), system.join("\n\n").into());
    }
    // Results are words of the user, and neighbours of one role are one message.
    let mut messages: Vec<(&str, Vec<Value>)> = Vec::new();
    for draft in drafts.iter().filter(|draft| draft.role() != Role::System) {
        let role = if draft.role() == Role::Ai { "assistant" } else { "user" };
        let parts = anthropic_parts(draft);
        match messages.last_mut().filter(|(last, _)| *last == role) {
            Some((_, known)) => known.extend(parts),
            None => messages.push((role, parts)),
        }
    }
    let messages: Vec<Value> = messages
        .into_iter()
        .filter(|(_, content)| !content.is_empty())
        .map(|(role, content)| json!({ "role": role, "content": content }))
        .collect();
    body.insert("messages".to_owned(), messages.into());
    let tools: Vec<Value> = prompt::offered(run)
        .iter()
        .map(|tool| match function(tool) {
            Some((name, description, parameters)) => {
                let schema = parameters.unwrap_or_else(|| json!({ "type": "object" }));
                object([("name", Some(name)), ("description", description), ("input_schema", Some(schema))])
            }
            None => tool.clone(),
        })
        .collect();
    if !tools.is_empty() {
        body.insert("tools".to_owned(), tools.into());
    }
    body.extend(parameters(run, &["temperature", "top_p", "top_k", "stream"]));
    let bound = parameters(run, &["max_tokens", "max_completion_tokens"]).into_iter().next();
    body.insert("max_tokens".to_owned(), bound.map_or_else(|| MAX_TOKENS.into(), |(_, value)| value));
    Value::Object(body)
}

fn anthropic_parts(draft: &Draft) -> Vec<Value> {
    let blocks = &draft.content.blocks;
    if draft.role() == Role::Tool {
        return vec![object([
            ("type", Some("tool_result".into())),
            ("tool_use_id", draft.answer.call_id.clone().map(Value::from)),
            ("content", Some(text_of(blocks).into())),
            ("is_error", Some(Value::Bool(true)).filter(|_| draft.answer.is_error)),
        ])];
    }
    let mut parts: Vec<Value> = blocks.iter().filter_map(anthropic_part).collect();
    parts.extend(draft.content.calls.iter().map(|call: &Call| {
        let input = match look::decoded(&call.arguments).into_owned() {
            Value::Object(members) => Value::Object(members),
            Value::Null => json!({}),
            other => json!({ "input": other }),
        };
        json!({ "type": "tool_use", "id": call.id, "name": call.name, "input": input })
    }));
    parts
}

fn anthropic_part(block: &Block) -> Option<Value> {
    let Block::Media(media) = block else {
        let text = text_of(std::slice::from_ref(block));
        return (!text.is_empty()).then(|| json!({ "type": "text", "text": text }));
    };
    let kind = if media.kind == MediaKind::Image { "image" } else { "document" };
    let source = match &media.source {
        MediaSource::Url(url) => json!({ "type": "url", "url": url }),
        MediaSource::Base64(data) => json!({ "type": "base64", "media_type": media.mime_type, "data": data }),
        MediaSource::FileId(id) => json!({ "type": "file", "file_id": id }),
    };
    Some(json!({ "type": kind, "source": source }))
}

fn address(media: &Media) -> String {
    match &media.source {
        MediaSource::Url(url) => url.clone(),
        MediaSource::FileId(id) => id.clone(),
        MediaSource::Base64(data) => {
            let mime = media.mime_type.as_deref().unwrap_or("application/octet-stream");
            format!("data:{mime};base64,{data}")
        }
    }
}

/// Name, description and parameters of a tool that the application runs; `None` for a vendor's own.
fn function(tool: &Value) -> Option<(Value, Option<Value>, Option<Value>)> {
    let inner = look::first(tool, &["function"]).unwrap_or(tool);
    let name = look::text(inner, &["name"])?;
    let keys =
        ["parameters", "input_schema", "inputSchema", "parametersJsonSchema", "parameters_json_schema"];
    let parameters = look::first(inner, &keys).map(|value| look::decoded(value).into_owned());
    // A vendor's own tool has a name and nothing to call it by.
    if parameters.is_none() && look::text(tool, &["type"]).is_some_and(|kind| kind != "function") {
        return None;
    }
    let description = look::text(inner, &["description"]).map(Value::from);
    Some((name.into(), description, parameters))
}

/// Words of a message; thoughts are none.
fn text_of(blocks: &[Block]) -> String {
    let texts: Vec<&str> = blocks
        .iter()
        .filter_map(|block| match block {
            Block::Text { text, .. }
            | Block::Refusal { text }
            | Block::Error { text }
            | Block::Unreadable { text, .. } => Some(text.as_str()),
            Block::Json { json, .. } => Some(json.as_str()),
            Block::Reasoning { .. }
            | Block::ToolCalls(_)
            | Block::ToolResult(_)
            | Block::ServerTool(_)
            | Block::Media(_) => None,
        })
        .collect();
    texts.join("\n\n")
}

/// The members that say something.
fn object<const N: usize>(members: [(&str, Option<Value>); N]) -> Value {
    Value::Object(
        members.into_iter().filter_map(|(key, value)| Some((key.to_owned(), value?))).collect::<Map<_, _>>(),
    )
}
