//! Chat messages of every producer, in the one shape of the GenAI conventions (`otel-genai.md` B.4).
//!
//! Whoever wrote the payload (OpenAI in both interfaces, Anthropic, Gemini, Bedrock, LangChain, the AI SDK, pydantic-ai,
//! the conventions themselves), a message comes out as `{"role", "parts": […]}`, a tool result as a message of its own,
//! and reasoning with the answer that it led to. Reading what was written here gives the same again.

use std::borrow::Cow;

use crate::{
    json::{self, Object, elements, member},
    preview::{self, Side, object},
};

/// Lists inside of lists, and messages inside of wrappers, that are followed.
const MAX_WRAPPERS: usize = 6;

/// Who speaks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Role {
    System,
    User,
    Assistant,
    Tool,
    /// A role that no convention names.
    Other(String),
}

impl Role {
    /// The role of this name, in any vocabulary (`otel-genai.md` A, roles).
    pub(crate) fn parse(name: &str) -> Self {
        match name.to_ascii_lowercase().as_str() {
            "system" | "developer" | "instruction" => Self::System,
            "user" | "human" | "customer" => Self::User,
            "assistant" | "ai" | "model" | "bot" | "aimessagechunk" => Self::Assistant,
            "tool" | "function" => Self::Tool,
            _ => Self::Other(name.to_owned()),
        }
    }

    /// The role of a message that names none.
    pub(crate) fn of_side(side: Side) -> Self {
        match side {
            Side::Input => Self::User,
            Side::Output => Self::Assistant,
        }
    }

    fn as_str(&self) -> &str {
        match self {
            Self::System => "system",
            Self::User => "user",
            Self::Assistant => "assistant",
            Self::Tool => "tool",
            Self::Other(name) => name,
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum PartKind {
    Text,
    Reasoning,
    ToolCall,
    ToolResult,
    Other,
}

/// One part of a message.
#[derive(Debug, Clone)]
pub(crate) struct Part {
    kind: PartKind,
    /// The call that a tool call or its result belongs to, as JSON.
    id: Vec<u8>,
    /// JSON: of text and reasoning the content, of anything else the whole part.
    json: Vec<u8>,
}

impl Part {
    /// Text; `content` is JSON.
    pub(crate) fn text(content: &[u8]) -> Self {
        Self::of(PartKind::Text, b"", content.to_vec())
    }

    /// Reasoning; `content` is JSON.
    pub(crate) fn reasoning(content: &[u8]) -> Self {
        Self::of(PartKind::Reasoning, b"", content.to_vec())
    }

    /// A request to call a tool; everything is JSON, and arguments that are JSON in a string are unpacked.
    pub(crate) fn tool_call(id: Option<&[u8]>, name: Option<&[u8]>, arguments: Option<&[u8]>) -> Self {
        let arguments = arguments.map(unpacked);
        let entries = [("id", id), ("name", name), ("arguments", arguments.as_deref())];
        Self::with_type(PartKind::ToolCall, b"\"tool_call\"", id, &entries)
    }

    /// What a tool answered; everything is JSON.
    pub(crate) fn tool_result(id: Option<&[u8]>, name: Option<&[u8]>, response: &[u8]) -> Self {
        let entries = [("id", id), ("name", name), ("response", Some(response))];
        Self::with_type(PartKind::ToolResult, b"\"tool_call_response\"", id, &entries)
    }

    /// A part of any other type, as it was sent.
    pub(crate) fn other(json: &[u8]) -> Self {
        Self::of(PartKind::Other, b"", json.to_vec())
    }

    fn write(&self, out: &mut Vec<u8>) {
        let start: &[u8] = match self.kind {
            PartKind::Text => b"{\"type\":\"text\",\"content\":",
            PartKind::Reasoning => b"{\"type\":\"reasoning\",\"content\":",
            PartKind::ToolCall | PartKind::ToolResult | PartKind::Other => b"",
        };
        out.extend_from_slice(start);
        out.extend_from_slice(&self.json);
        if !start.is_empty() {
            out.push(b'}');
        }
    }

    fn of(kind: PartKind, id: &[u8], json: Vec<u8>) -> Self {
        Self { kind, id: id.to_vec(), json }
    }

    fn with_type(kind: PartKind, name: &[u8], id: Option<&[u8]>, rest: &[(&str, Option<&[u8]>)]) -> Self {
        let rest = rest.iter().filter_map(|(key, value)| Some((*key, (*value)?)));
        Self::of(kind, id.unwrap_or_default(), object(std::iter::once(("type", name)).chain(rest)))
    }
}

/// JSON that stands in a string, taken out of it.
fn unpacked(value: &[u8]) -> Cow<'_, [u8]> {
    if value.first() == Some(&b'"')
        && let Some(text) = json::string(value)
        && text.trim_start().starts_with(['{', '['])
        && json::whole_value(text.as_bytes()).is_ok()
    {
        return Cow::Owned(text.trim().as_bytes().to_vec());
    }
    Cow::Borrowed(value)
}

/// One message.
#[derive(Debug, Clone)]
pub(crate) struct Message {
    role: Role,
    /// Name of the speaker, as JSON.
    name: Option<Vec<u8>>,
    /// Why the model stopped, as JSON.
    finish_reason: Option<Vec<u8>>,
    parts: Vec<Part>,
}

impl Message {
    pub(crate) fn new(role: Role) -> Self {
        Self { role, name: None, finish_reason: None, parts: Vec::new() }
    }

    pub(crate) fn push(&mut self, part: Part) {
        // Some write a call twice: among the parts and in a list of its own.
        let is_known = part.kind == PartKind::ToolCall
            && !part.id.is_empty()
            && self.parts.iter().any(|known| known.kind == PartKind::ToolCall && known.id == part.id);
        if !is_known {
            self.parts.push(part);
        }
    }

    /// Adds the content of a message: text, a list of parts of any producer, or one part.
    pub(crate) fn push_content(&mut self, content: &[u8], id: Option<&[u8]>) {
        if matches!(content, b"[]" | b"{}" | b"null") {
            return;
        }
        if self.role == Role::Tool && !holds_results(content) {
            let name = self.name.take();
            self.push(Part::tool_result(id, name.as_deref(), content));
            return;
        }
        match content.first() {
            Some(b'[') => elements(content).for_each(|part| self.push_part(part)),
            _ => self.push_part(content),
        }
    }

    fn push_part(&mut self, value: &[u8]) {
        match value.first() {
            None | Some(b'n') => {}
            Some(b'"') if value == b"\"\"" => {}
            Some(b'{') => {
                for part in parts_of(value) {
                    self.push(part);
                }
            }
            _ => self.push(Part::text(value)),
        }
    }

    pub(crate) fn set_finish_reason(&mut self, reason: Option<&[u8]>) {
        if let Some(reason) = reason {
            self.finish_reason = Some(reason.to_vec());
        }
    }

    /// All its text.
    fn text(&self) -> String {
        let texts = self.parts.iter().filter(|part| part.kind == PartKind::Text);
        let content = |part: &Part| match json::text(&part.json) {
            Some(text) => text.into_owned(),
            // Some put the provider's list of parts in the place of the text.
            None => json::lossy(&part.json).into_owned(),
        };
        texts.map(content).collect::<Vec<_>>().join("\n").trim().to_owned()
    }

    fn is_reasoning_only(&self) -> bool {
        self.role == Role::Assistant
            && !self.parts.is_empty()
            && self.parts.iter().all(|part| part.kind == PartKind::Reasoning)
    }

    fn write(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(b"{\"role\":");
        json::write_string(self.role.as_str(), out);
        if let Some(name) = &self.name {
            out.extend_from_slice(b",\"name\":");
            out.extend_from_slice(name);
        }
        out.extend_from_slice(b",\"parts\":[");
        for (index, part) in self.parts.iter().enumerate() {
            if index > 0 {
                out.push(b',');
            }
            part.write(out);
        }
        out.push(b']');
        if let Some(reason) = &self.finish_reason {
            out.extend_from_slice(b",\"finish_reason\":");
            out.extend_from_slice(reason);
        }
        out.push(b'}');
    }
}

/// One side of a conversation.
#[derive(Debug, Clone, Default)]
pub(crate) struct Messages(Vec<Message>);

impl Messages {
    /// The messages of a payload of any producer; nothing when it is not a conversation.
    pub(crate) fn read(value: &[u8], side: Side) -> Option<Self> {
        let mut messages = Self::default();
        (messages.collect(value, side, 0) && !messages.0.is_empty()).then_some(messages)
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Whether any message says anything.
    pub(crate) fn has_parts(&self) -> bool {
        self.0.iter().any(|message| !message.parts.is_empty())
    }

    /// Adds a message; results of tools become messages of their own, whatever role the producer gave them.
    pub(crate) fn push(&mut self, mut message: Message) {
        let is_result = |part: &Part| part.kind == PartKind::ToolResult;
        let results = message.parts.iter().filter(|part| is_result(part)).count();
        if results > 0 && (message.role != Role::Tool || message.parts.len() > 1) {
            let (found, rest): (Vec<Part>, Vec<Part>) = message.parts.drain(..).partition(is_result);
            for part in found {
                let mut own = Message::new(Role::Tool);
                own.parts.push(part);
                self.0.push(own);
            }
            if rest.is_empty() {
                return;
            }
            message.parts = rest;
            if message.role == Role::Tool {
                message.role = Role::User;
            }
        }
        // OpenAI's Responses send reasoning as an item before the answer.
        if message.role == Role::Assistant
            && let Some(last) = self.0.last_mut().filter(|last| last.is_reasoning_only())
        {
            for part in message.parts {
                last.push(part);
            }
            last.name = last.name.take().or(message.name);
            last.finish_reason = last.finish_reason.take().or(message.finish_reason);
            return;
        }
        self.0.push(message);
    }

    pub(crate) fn extend(&mut self, other: Self) {
        for message in other.0 {
            self.push(message);
        }
    }

    /// Puts separate instructions first, unless a system message is there (`otel-genai.md` A, system).
    pub(crate) fn put_system(&mut self, instructions: &[u8]) {
        let mut system = Message::new(Role::System);
        match member(instructions, "parts").or_else(|| member(instructions, "content")) {
            Some(content) if member(instructions, "role").is_some() => system.push_content(content, None),
            _ => system.push_content(instructions, None),
        }
        let known: Vec<String> =
            self.0.iter().filter(|message| message.role == Role::System).map(Message::text).collect();
        let said = system.text();
        let is_said = !said.is_empty() && known.iter().any(|known| known.contains(&said));
        system.parts.retain(|part| part.kind != PartKind::ToolResult);
        if !system.parts.is_empty() && !is_said {
            self.0.insert(0, system);
        }
    }

    /// Splits a transcript after the last words of the user: what went in, and what came of it.
    pub(crate) fn split_at_last_user(mut self) -> (Self, Self) {
        let last = self.0.iter().rposition(|message| message.role == Role::User);
        let out = self.0.split_off(last.map_or(0, |last| last + 1));
        (self, Self(out))
    }

    /// The first useful text: of what went in the last words of the user, of what came out the last words.
    pub(crate) fn preview(&self, side: Side) -> Option<String> {
        let text = |message: &Message| {
            let mut texts = message.parts.iter().filter(|part| part.kind == PartKind::Text);
            texts.find_map(|part| preview::of_payload(&part.json, side))
        };
        let wanted = Role::of_side(side);
        let spoken = self.0.iter().rev().filter(|message| message.role == wanted).find_map(text);
        let other = || match side {
            Side::Input => self.0.iter().find_map(text),
            Side::Output => self.0.iter().rev().find_map(text),
        };
        spoken.or_else(other).or_else(|| preview::of_payload(&self.to_json(), side))
    }

    /// A JSON list.
    pub(crate) fn to_json(&self) -> Vec<u8> {
        let mut out = vec![b'['];
        for (index, message) in self.0.iter().enumerate() {
            if index > 0 {
                out.push(b',');
            }
            message.write(&mut out);
        }
        out.push(b']');
        out
    }

    /// Whether what was found is a conversation.
    fn collect(&mut self, value: &[u8], side: Side, depth: usize) -> bool {
        if depth > MAX_WRAPPERS {
            return false;
        }
        match value.first() {
            Some(b'"') => {
                let mut message = Message::new(Role::of_side(side));
                message.push_content(value, None);
                self.push(message);
                true
            }
            Some(b'[') => self.collect_list(value, side, depth),
            Some(b'{') => self.collect_object(value, side, depth),
            _ => false,
        }
    }

    fn collect_list(&mut self, list: &[u8], side: Side, depth: usize) -> bool {
        // LangChain sends a batch of conversations, of which one is as good as always the only one.
        if let Some(first) = elements(list).next().filter(|first| first.first() == Some(&b'[')) {
            return self.collect(first, side, depth + 1);
        }
        let mut any = false;
        for item in elements(list) {
            let known = match item.first() {
                Some(b'{') => self.collect_object(item, side, depth + 1),
                Some(b'"') => self.collect(item, side, depth + 1),
                _ => false,
            };
            if !known {
                return false;
            }
            any = true;
        }
        any
    }

    fn collect_object(&mut self, value: &[u8], side: Side, depth: usize) -> bool {
        if depth > MAX_WRAPPERS {
            return false;
        }
        let object = Object::read(value);
        if self.message(&object, value, side) {
            return true;
        }
        if side == Side::Output {
            return self.collect_answer(&object, depth);
        }
        let found = ["messages", "contents", "input"]
            .iter()
            .filter_map(|key| object.get(key))
            .any(|inner| self.collect(inner, side, depth + 1));
        if found {
            let config = Object::read(object.get("config").unwrap_or_default());
            let keys = ["instructions", "system", "system_instruction", "systemInstruction"];
            if let Some(system) = object.first(&keys).or_else(|| config.first(&keys)) {
                self.put_system(system);
            }
        }
        found
    }

    /// The answer in a provider's response.
    fn collect_answer(&mut self, value: &Object<'_>, depth: usize) -> bool {
        let side = Side::Output;
        if let Some(choices) = value.first(&["choices", "candidates"]) {
            let mut any = false;
            for choice in elements(choices).map(Object::read) {
                let answer = choice.first(&["message", "delta", "content", "text"]).unwrap_or(b"\"\"");
                any |= self.answer(answer, choice.first(&["finish_reason", "finishReason"]), depth);
            }
            return any;
        }
        if let Some(generations) = value.get("generations") {
            let first = elements(generations).next().unwrap_or_default();
            let list = if first.first() == Some(&b'[') { first } else { generations };
            let mut any = false;
            for generation in elements(list) {
                let answer = member(generation, "message").or_else(|| member(generation, "text"));
                let reason = json::path(generation, &["generation_info", "finish_reason"]);
                any |= self.answer(answer.unwrap_or(b"\"\""), reason, depth);
            }
            return any;
        }
        // Google's agents send the content of the one candidate.
        if let Some(content) = value.get("content").filter(|_| value.get("usage_metadata").is_some()) {
            return self.collect(content, side, depth + 1);
        }
        ["messages", "message", "output", "response"]
            .iter()
            .filter_map(|key| value.get(key))
            // Text alone is what the older completions answered.
            .filter(|inner| inner.first() != Some(&b'"'))
            .any(|inner| self.collect(inner, side, depth + 1))
    }

    fn answer(&mut self, answer: &[u8], reason: Option<&[u8]>, depth: usize) -> bool {
        let found = self.collect(answer, Side::Output, depth + 1);
        if found && let Some(last) = self.0.last_mut() {
            last.set_finish_reason(reason);
        }
        found
    }

    /// Adds the message that this object is; false when it is none.
    fn message(&mut self, item: &Object<'_>, json: &[u8], side: Side) -> bool {
        if self.responses_item(item, json) {
            return true;
        }
        let Some(message) = message_of(item, side) else { return false };
        self.push(message);
        true
    }

    /// An item of OpenAI's Responses interface (`otel-genai.md` D, messages 7).
    fn responses_item(&mut self, item: &Object<'_>, json: &[u8]) -> bool {
        let Some(kind) = item.get("type").and_then(json::string) else { return false };
        let id = item.first(&["call_id", "id"]);
        let mut message = Message::new(Role::Assistant);
        match kind.as_ref() {
            "function_call" | "custom_tool_call" | "tool_call" if item.get("role").is_none() => {
                let arguments = item.first(&["arguments", "input"]);
                message.push(Part::tool_call(id, item.get("name"), arguments));
            }
            "function_call_output" | "custom_tool_call_output" => {
                message.role = Role::Tool;
                message.push(Part::tool_result(id, None, item.get("output").unwrap_or(b"null")));
            }
            "reasoning" if item.get("role").is_none() => {
                for part in parts_of(json) {
                    message.push(part);
                }
            }
            other if other.ends_with("_call") && item.get("role").is_none() => {
                message.push(Part::other(json));
            }
            _ => return false,
        }
        self.push(message);
        true
    }
}

/// The message that an object is, if it is one.
fn message_of(item: &Object<'_>, side: Side) -> Option<Message> {
    if let Some(message) = plain_message_of(item, side) {
        return Some(message);
    }
    // Events of the older conventions and transcripts of coding agents wrap the message once more.
    let wrapped = item.get("message").filter(|message| message.first() == Some(&b'{'))?;
    let mut message = plain_message_of(&Object::read(wrapped), side)?;
    message.set_finish_reason(item.get("finish_reason"));
    Some(message)
}

fn plain_message_of(item: &Object<'_>, side: Side) -> Option<Message> {
    // LangChain's constructors and stored messages wrap the members.
    let is_wrapper = item.first(&["parts", "content"]).is_none();
    let wrapped = item.first(&["kwargs", "data"]).filter(|inner| is_wrapper && inner.first() == Some(&b'{'));
    let wrapped = wrapped.map(Object::read);
    let inner = wrapped.as_ref().unwrap_or(item);
    let content = inner.first(&["parts", "content"]);
    let calls = inner.get("tool_calls");
    let named = inner.text("role").or_else(|| item.text("role")).map(|role| Role::parse(&role));
    let role = named.or_else(|| class_role(item));
    if role.is_none() && content.is_none() && calls.is_none() {
        return None;
    }
    let role = role.or_else(|| {
        let sent = inner.text("type").or_else(|| item.text("type"))?;
        Some(Role::parse(&sent)).filter(|role| !matches!(role, Role::Other(_)))
    });
    // Documents carry content too.
    let is_other =
        || ["type", "score", "metadata", "usage_metadata"].iter().any(|key| item.get(key).is_some());
    if role.is_none() && calls.is_none() && is_other() {
        return None;
    }
    let mut message = Message::new(role.unwrap_or_else(|| Role::of_side(side)));
    message.name = inner.get("name").filter(|name| *name != b"\"\"").map(<[u8]>::to_vec);
    message.set_finish_reason(item.get("finish_reason"));
    let id = inner.first(&["tool_call_id", "toolCallId", "tool_use_id"]);
    let id = id.or_else(|| inner.get("id").filter(|_| message.role == Role::Tool));
    let reasoning = inner.first(&["reasoning_content", "reasoning"]);
    if let Some(reasoning) = reasoning.filter(|text| text.first() == Some(&b'"') && *text != b"\"\"") {
        message.push(Part::reasoning(reasoning));
    }
    if let Some(content) = content {
        message.push_content(content, id);
    }
    for call in calls.into_iter().flat_map(elements) {
        message.push(call_of(&Object::read(call)));
    }
    if let Some(call) = inner.get("function_call").filter(|_| message.parts.is_empty()) {
        message.push(call_of(&Object::read(call)));
    }
    Some(message)
}

/// Whether a list consists of parts of a message, rather than of anything else that somebody wrote in brackets.
pub(crate) fn is_parts(json: &[u8]) -> bool {
    let mut parts = elements(json).peekable();
    parts.peek().is_some() && parts.all(|part| part.first() == Some(&b'{'))
}

/// LangChain's constructor form names the class: `["langchain", …, "HumanMessage"]`.
fn class_role(item: &Object<'_>) -> Option<Role> {
    let class = elements(item.get("id")?).last().and_then(json::string)?;
    let class = class.strip_suffix("Chunk").unwrap_or(&class);
    class.strip_suffix("Message").map(Role::parse)
}

/// A tool call, in the form of any provider.
fn call_of(call: &Object<'_>) -> Part {
    let function = call.get("function").map(Object::read);
    let inner = function.as_ref().unwrap_or(call);
    let id = call.first(&["id", "toolCallId", "toolUseId", "call_id"]);
    Part::tool_call(id, call_name(inner), inner.first(&["arguments", "args", "input"]))
}

fn call_name<'a>(call: &Object<'a>) -> Option<&'a [u8]> {
    call.first(&["name", "toolName", "tool_name"])
}

/// Types of parts that are results of tools.
fn is_result_type(kind: &str) -> bool {
    matches!(
        kind,
        "tool_call_response" | "tool_result" | "tool-result" | "toolResult" | "function_call_output"
    )
}

/// Members that hold the result of a tool, of Gemini and Bedrock.
const RESULT_MEMBERS: [&str; 3] = ["functionResponse", "function_response", "toolResult"];

/// Whether the content of a tool's message consists of results already.
fn holds_results(content: &[u8]) -> bool {
    let is_result = |part: &[u8]| {
        let part = Object::read(part);
        let kind = part.first(&["type", "kind"]).and_then(json::string);
        kind.is_some_and(|kind| is_result_type(&kind)) || part.first(&RESULT_MEMBERS).is_some()
    };
    match content.first() {
        Some(b'[') => elements(content).any(is_result),
        Some(b'{') => is_result(content),
        _ => false,
    }
}

/// The parts that an object in a message's content is; one as a rule.
fn parts_of(json: &[u8]) -> Vec<Part> {
    let item = Object::read(json);
    let kind = item.first(&["type", "kind"]).and_then(json::string).unwrap_or_default();
    let other = || Part::other(json);
    let part = match kind.as_ref() {
        "text" | "input_text" | "output_text" | "refusal" => {
            Part::text(item.first(&["content", "text", "refusal"]).unwrap_or(b"\"\""))
        }
        "reasoning" | "thinking" | "reasoning_text" => return reasoning_parts(&item, json),
        "tool_call" | "tool-call" | "tool_use" | "toolUse" | "function_call" => call_of(&item),
        kind if is_result_type(kind) => {
            let id = item.first(&["id", "tool_use_id", "toolCallId", "tool_call_id", "call_id"]);
            let response = item.first(&["response", "result", "content", "output"]).unwrap_or(b"null");
            Part::tool_result(id, call_name(&item), response)
        }
        "image_url" => {
            let url = item.get("image_url").map(|image| member(image, "url").unwrap_or(image));
            url.map_or_else(other, image_at)
        }
        "image-url" => item.get("url").map_or_else(other, image_at),
        "" => untyped_part(&item, json),
        _ => other(),
    };
    vec![part]
}

/// Reasoning as one text, or as steps of a summary.
fn reasoning_parts(item: &Object<'_>, json: &[u8]) -> Vec<Part> {
    let text = item.first(&["content", "thinking", "text", "reasoning"]);
    if let Some(text) = text.filter(|text| text.first() == Some(&b'"')) {
        return vec![Part::reasoning(text)];
    }
    let steps = item.first(&["summary", "content"]).map(elements).into_iter().flatten();
    let texts = steps.filter_map(|step| Object::read(step).first(&["text", "thinking"]));
    let parts: Vec<Part> = texts.map(Part::reasoning).collect();
    if parts.is_empty() { vec![Part::reasoning(item.get("content").unwrap_or(json))] } else { parts }
}

/// A picture that is somewhere else, or in the URL itself.
fn image_at(url: &[u8]) -> Part {
    Part::other(&object([
        ("type", b"\"uri\"".as_slice()),
        ("modality", b"\"image\"".as_slice()),
        ("uri", url),
    ]))
}

/// Parts of Gemini and Bedrock, whose one member names the type.
fn untyped_part(item: &Object<'_>, json: &[u8]) -> Part {
    if let Some(result) = item.first(&RESULT_MEMBERS) {
        let result = Object::read(result);
        let response = result.first(&["response", "content", "output"]).unwrap_or(b"null");
        return Part::tool_result(result.first(&["id", "toolUseId"]), call_name(&result), response);
    }
    if let Some(call) = item.first(&["functionCall", "function_call", "toolUse"]) {
        return call_of(&Object::read(call));
    }
    if let Some(reasoning) = item.get("reasoningContent") {
        return Part::reasoning(json::path(reasoning, &["reasoningText", "text"]).unwrap_or(reasoning));
    }
    match item.first(&["text", "content"]) {
        Some(text) if item.get("thought") == Some(b"true") => Part::reasoning(text),
        Some(text) => Part::text(text),
        None => Part::other(json),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(value: &str, side: Side) -> String {
        let messages = Messages::read(value.as_bytes(), side);
        messages.map_or_else(|| "none".to_owned(), |messages| String::from_utf8(messages.to_json()).unwrap())
    }

    /// Reads, and checks that reading the result gives it again.
    #[track_caller]
    fn check(value: &str, side: Side, expected: &str) {
        let got = read(value, side);
        assert_eq!(got, expected, "{value}");
        if got != "none" {
            assert_eq!(read(&got, side), got, "read twice");
        }
    }

    #[test]
    fn every_provider_calls_a_tool_in_the_same_shape() {
        let expected = r#"[{"role":"assistant","parts":[{"type":"tool_call","id":"c1","name":"f","arguments":{"x":1}}]}]"#;
        for value in [
            r#"{"role":"assistant","content":null,"tool_calls":[{"id":"c1","type":"function","function":{"name":"f","arguments":"{\"x\":1}"}}]}"#,
            r#"[{"role":"assistant","content":[{"type":"tool_use","id":"c1","name":"f","input":{"x":1}}]}]"#,
            r#"[{"role":"model","parts":[{"functionCall":{"id":"c1","name":"f","args":{"x":1}}}]}]"#,
            r#"[{"role":"assistant","content":[{"toolUse":{"toolUseId":"c1","name":"f","input":{"x":1}}}]}]"#,
            r#"[{"role":"assistant","content":[{"type":"tool-call","toolCallId":"c1","toolName":"f","input":{"x":1}}]}]"#,
            r#"{"output":[{"type":"function_call","call_id":"c1","id":"fc","name":"f","arguments":"{\"x\":1}"}]}"#,
            r#"{"lc":1,"id":["langchain","AIMessage"],"kwargs":{"content":"","tool_calls":[{"name":"f","args":{"x":1},"id":"c1"}]}}"#,
            r#"{"index":0,"message":{"role":"assistant","tool_calls":[{"id":"c1","function":{"name":"f","arguments":{"x":1}}}]}}"#,
        ] {
            check(value, Side::Output, expected);
        }
    }

    #[test]
    fn results_of_tools_become_messages_of_their_own() {
        let expected = r#"[{"role":"tool","parts":[{"type":"tool_call_response","id":"c1","response":"4"}]},{"role":"user","parts":[{"type":"text","content":"and?"}]}]"#;
        for value in [
            r#"[{"role":"tool","tool_call_id":"c1","content":"4"},{"role":"user","content":"and?"}]"#,
            r#"[{"role":"user","content":[{"type":"tool_result","tool_use_id":"c1","content":"4"},{"type":"text","text":"and?"}]}]"#,
            r#"[{"role":"user","parts":[{"type":"tool_call_response","id":"c1","response":"4"},{"type":"text","content":"and?"}]}]"#,
            r#"[{"type":"function_call_output","call_id":"c1","output":"4"},{"role":"user","content":[{"type":"input_text","text":"and?"}]}]"#,
        ] {
            check(value, Side::Input, expected);
        }
    }

    #[test]
    fn reasoning_joins_its_answer_and_instructions_come_first() {
        check(
            r#"{"output":[{"type":"reasoning","summary":[{"text":"hm","type":"summary_text"}]},{"type":"message","role":"assistant","content":[{"type":"output_text","text":"yes"}]}]}"#,
            Side::Output,
            r#"[{"role":"assistant","parts":[{"type":"reasoning","content":"hm"},{"type":"text","content":"yes"}]}]"#,
        );
        check(
            r#"{"instructions":"Be brief","input":"hello"}"#,
            Side::Input,
            r#"[{"role":"system","parts":[{"type":"text","content":"Be brief"}]},{"role":"user","parts":[{"type":"text","content":"hello"}]}]"#,
        );
        check(
            r#"{"contents":[{"role":"user","parts":[{"text":"hi"}]}],"config":{"system_instruction":"Be brief"}}"#,
            Side::Input,
            r#"[{"role":"system","parts":[{"type":"text","content":"Be brief"}]},{"role":"user","parts":[{"type":"text","content":"hi"}]}]"#,
        );
    }

    #[test]
    fn wrapped_messages_are_found() {
        let expected = r#"[{"role":"user","parts":[{"type":"text","content":"hi"}]}]"#;
        for value in [
            r#"{"messages":[[{"lc":1,"type":"constructor","id":["langchain","HumanMessage"],"kwargs":{"content":"hi","type":"human"}}]]}"#,
            r#"[{"type":"human","data":{"content":"hi"}}]"#,
            r#"[{"type":"user","message":{"role":"user","content":"hi"}}]"#,
            r#"[{"role":"user","content":"hi","data":"AAAA"}]"#,
            r#"{"input":[{"type":"message","role":"user","content":[{"type":"input_text","text":"hi"}]}]}"#,
            r#""hi""#,
        ] {
            check(value, Side::Input, expected);
        }
    }

    #[test]
    fn what_is_no_conversation_is_left_alone() {
        for value in [
            r#"{"city":"Oslo"}"#,
            r#"[{"id":"d","page_content":"x"}]"#,
            r#"[{"type":"function","function":{"name":"f"}}]"#,
            "[1,2]",
            "{}",
            "[]",
            r#"{"prompt":"x"}"#,
            r#"{"output":"x"}"#,
        ] {
            check(value, Side::Input, "none");
            check(value, Side::Output, "none");
        }
    }
}
