//! Content in events: on the span in older conventions, in log records in others (`otel-genai.md` B.3, B.5).

use std::borrow::Cow;

use super::{
    Reader, genai,
    indexed::entries,
    rule::{Facts, Row, is_retriever, is_tool, together},
};
use crate::{
    json::{self, Object},
    messages::{Message, Messages, Part, Role},
    preview::{Side, object},
    value::Value,
};

const NAME: &str = "otel_genai";
/// Carries the same attributes as the span.
pub(crate) const DETAILS: &str = "gen_ai.client.inference.operation.details";
/// The same as an event of a span, in explanations.
pub(super) const EVENT_DETAILS: &str = "event gen_ai.client.inference.operation.details";

/// An event of a span, or a log record.
pub(crate) struct Told<'s> {
    pub(crate) name: &'s str,
    pub(crate) attributes: Reader<'s>,
    /// Only log records have one.
    pub(crate) body: Option<&'s Value<'s>>,
}

/// Who speaks in an event of this name, and on which side of the call.
pub(super) fn role_of(name: &str) -> Option<(Role, Side)> {
    Some(match name {
        "gen_ai.system.message" | "gen_ai.developer.message" => (Role::System, Side::Input),
        "gen_ai.user.message" => (Role::User, Side::Input),
        "gen_ai.assistant.message" => (Role::Assistant, Side::Input),
        "gen_ai.tool.message" => (Role::Tool, Side::Input),
        "gen_ai.choice" => (Role::Assistant, Side::Output),
        _ => return None,
    })
}

/// The message that an event tells; `sent` holds its members, whichever way they came.
pub(super) fn message_of(sent: &Object<'_>, role: Role) -> Message {
    let answer = sent.get("message").filter(|answer| answer.first() == Some(&b'{')).map(Object::read);
    // A choice wraps its message, a producer without structure has the content in its place.
    let inner =
        answer.as_ref().filter(|answer| answer.first(&["role", "content", "tool_calls", "parts"]).is_some());
    let inner = inner.unwrap_or(sent);
    let named = inner.first(&["role", "message.role"]).and_then(json::string).map(|role| Role::parse(&role));
    let mut message = Message::new(named.unwrap_or(role));
    message.set_finish_reason(sent.get("finish_reason"));
    let content = inner.first(&["content", "parts", "message.content"]).or_else(|| inner.get("message"));
    if let Some(content) = content {
        message.push_content(content, inner.first(&["id", "tool_call_id"]));
    }
    for call in inner.get("tool_calls").into_iter().flat_map(json::elements).map(Object::read) {
        let function = call.get("function").map(Object::read);
        let function = function.as_ref().unwrap_or(&call);
        message.push(Part::tool_call(
            call.get("id"),
            function.get("name"),
            function.first(&["arguments", "args", "input"]),
        ));
    }
    message
}

/// What a coding agent's event says, and on which side: text, or the provider's request or response.
fn spoken_by_agent(event: &Told<'_>) -> Option<(Messages, Side)> {
    let (key, side, is_text) = match event.name {
        "claude_code.user_prompt" | "codex.user_prompt" | "gemini_cli.user_prompt" => {
            ("prompt", Side::Input, true)
        }
        "claude_code.assistant_response" => ("response", Side::Output, true),
        "gemini_cli.api_request" => ("request_text", Side::Input, false),
        "gemini_cli.api_response" => ("response_text", Side::Output, false),
        _ => return None,
    };
    let value = event.attributes.get(key)?;
    let mut json = Vec::new();
    if is_text {
        value.write_json(&mut json);
    } else {
        json.extend_from_slice(&value.to_json());
    }
    Some((Messages::read(&json, side)?, side))
}

impl Told<'_> {
    /// Members of the message: the body, the whole message in one attribute, or one attribute each.
    fn members(&self) -> Cow<'_, [u8]> {
        if let Some(body @ Value::Map(_)) = self.body {
            return body.to_json();
        }
        if let Some(whole) = self.attributes.get("gen_ai.event.content") {
            return whole.to_json();
        }
        if let Some(body @ Value::Text(text)) = self.body
            && text.trim_start().starts_with('{')
        {
            return body.to_json();
        }
        let keys = [
            "content",
            "message",
            "role",
            "id",
            "finish_reason",
            "tool_calls",
            "message.content",
            "message.role",
        ];
        let values: Vec<(&str, Cow<'_, [u8]>)> =
            keys.iter().filter_map(|key| Some((*key, self.attributes.get(key)?.to_json()))).collect();
        Cow::Owned(object(values.iter().map(|(key, value)| (*key, value.as_ref()))))
    }

    fn message(&self, role: Role) -> Message {
        let mut message = message_of(&Object::read(&self.members()), role);
        for call in entries(&self.attributes, "tool_calls.") {
            message.push(Part::tool_call(
                call.json("id").as_deref(),
                call.json("function.name").as_deref(),
                call.json("function.arguments").as_deref(),
            ));
        }
        message
    }
}

/// Both sides of a call as its events tell them one after the other.
#[derive(Default)]
pub(crate) struct Content {
    spoken: Sides,
    /// Whole sides: of several the first tells what went in and the last what came out. A producer may put every side
    /// in an event of its own.
    whole: Sides,
    /// Instructions beside whole sides.
    instructions: Option<Vec<u8>>,
    older: Sides,
}

#[derive(Default)]
struct Sides {
    input: Messages,
    output: Messages,
}

impl Sides {
    fn of(&mut self, side: Side) -> &mut Messages {
        match side {
            Side::Input => &mut self.input,
            Side::Output => &mut self.output,
        }
    }
}

impl Content {
    pub(crate) fn push(&mut self, event: &Told<'_>) {
        if event.name == DETAILS {
            if self.whole.input.is_empty() {
                self.whole.input = genai::input_messages(&event.attributes).unwrap_or_default();
            }
            if self.instructions.is_none() {
                let told = event.attributes.get(genai::SYSTEM_INSTRUCTIONS);
                self.instructions = told.map(|told| told.to_any_json().into_owned());
            }
            if let Some(output) = genai::output_messages(&event.attributes) {
                self.whole.output = output;
            }
        } else if let Some((role, side)) = role_of(event.name) {
            self.spoken.of(side).push(event.message(role));
        } else if let Some((messages, side)) = spoken_by_agent(event) {
            self.spoken.of(side).extend(messages);
        } else if let Some((key, side)) = older(event.name)
            && let Some(value) = event.attributes.get(key)
        {
            *self.older.of(side) = Messages::read(&value.to_json(), side).unwrap_or_default();
        }
    }

    /// What was told of a side.
    pub(crate) fn take(&mut self, side: Side) -> Option<Messages> {
        let said = self.said(side);
        let instructions = self.instructions.take_if(|_| matches!(side, Side::Input));
        let Some(instructions) = instructions else { return said };
        let mut messages = said.unwrap_or_default();
        messages.put_system(&instructions);
        (!messages.is_empty()).then_some(messages)
    }

    /// The messages of a side, without the instructions that stand apart.
    fn said(&mut self, side: Side) -> Option<Messages> {
        [&mut self.spoken, &mut self.whole, &mut self.older]
            .into_iter()
            .map(|sides| std::mem::take(sides.of(side)))
            .find(|messages| !messages.is_empty())
    }
}

/// Events that hold a whole side as text.
fn older(name: &str) -> Option<(&'static str, Side)> {
    match name {
        "gen_ai.content.prompt" => Some(("gen_ai.prompt", Side::Input)),
        "gen_ai.content.completion" => Some(("gen_ai.completion", Side::Output)),
        _ => None,
    }
}

/// What the events of a span tell, if any of them tells content.
fn content_of(facts: &Facts<'_>) -> Option<Content> {
    // Most spans have no events, or other ones.
    let is_content = |name: &str| name == DETAILS || role_of(name).is_some() || older(name).is_some();
    if !facts.span.events.iter().any(|event| is_content(&event.name)) {
        return None;
    }
    let mut content = Content::default();
    for event in &facts.span.events {
        let attributes = Reader::new(&event.attributes);
        content.push(&Told { name: event.name.as_ref(), attributes, body: None });
    }
    Some(content)
}

/// A side as the events tell it; instructions alone are no side.
fn of_span(facts: &Facts<'_>, side: Side) -> Option<Messages> {
    let mut content = content_of(facts)?;
    let mut messages = content.said(side)?;
    if matches!(side, Side::Input) {
        if let Some(instructions) = &content.instructions {
            messages.put_system(instructions);
        }
        messages = genai::instructed(messages, facts);
    }
    Some(messages)
}

/// Instructions that events tell and nothing else.
pub(super) fn instructions(facts: &Facts<'_>) -> Option<Messages> {
    let mut messages = Messages::default();
    messages.put_system(content_of(facts)?.instructions.as_deref()?);
    Some(messages)
}

/// Where events tell what went in and what came out.
const INPUT_EVENTS: &[&str] = &[
    "event gen_ai.system.message",
    "event gen_ai.developer.message",
    "event gen_ai.user.message",
    "event gen_ai.assistant.message",
    "event gen_ai.tool.message",
    EVENT_DETAILS,
    "event gen_ai.content.prompt",
    genai::SYSTEM_INSTRUCTIONS,
];
const OUTPUT_EVENTS: &[&str] = &["event gen_ai.choice", EVENT_DETAILS, "event gen_ai.content.completion"];

pub(super) const INPUT_MESSAGES: Row<Messages> =
    together(NAME, INPUT_EVENTS, |facts| of_span(facts, Side::Input));
pub(super) const OUTPUT_MESSAGES: Row<Messages> =
    together(NAME, OUTPUT_EVENTS, |facts| of_span(facts, Side::Output));
/// Agents have such events too.
pub(super) const CHAIN_INPUT: Row<Vec<u8>> = together(NAME, INPUT_EVENTS, |facts| {
    of_span(facts, Side::Input).map(|messages| super::conversation(&messages))
})
.when(|facts| !is_tool(facts) && !is_retriever(facts));
pub(super) const CHAIN_OUTPUT: Row<Vec<u8>> = together(NAME, OUTPUT_EVENTS, |facts| {
    of_span(facts, Side::Output).map(|messages| super::conversation(&messages))
})
.when(|facts| !is_tool(facts) && !is_retriever(facts));
