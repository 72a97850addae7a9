//! Content in events: on the span in older conventions, in log records in others (`otel-genai.md` B.3, B.5).

use std::borrow::Cow;

use super::{
    Reader, genai,
    indexed::entries,
    rule::{Facts, Row, is_retriever, is_tool, several},
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

/// Both sides of a call as its events tell them, in their order. Of several that carry a whole side the first tells
/// what went in and the last what came out.
pub(crate) fn content<'s>(told: impl Iterator<Item = Told<'s>>) -> [Messages; 2] {
    let mut spoken = [Messages::default(), Messages::default()];
    let mut whole = [None, None];
    let mut older = [None, None];
    for event in told {
        if event.name == DETAILS {
            whole[0] = whole[0].take().or_else(|| genai::input_messages(&event.attributes));
            whole[1] = genai::output_messages(&event.attributes).or_else(|| whole[1].take());
        } else if let Some((role, side)) = role_of(event.name) {
            let message = event.message(role);
            spoken[usize::from(side == Side::Output)].push(message);
        } else if let Some((index, key, side)) = match event.name {
            "gen_ai.content.prompt" => Some((0, "gen_ai.prompt", Side::Input)),
            "gen_ai.content.completion" => Some((1, "gen_ai.completion", Side::Output)),
            _ => None,
        } && let Some(value) = event.attributes.get(key)
        {
            older[index] = Messages::read(&value.to_json(), side);
        }
    }
    let [input, output] = spoken;
    let [whole_input, whole_output] = whole;
    let [older_input, older_output] = older;
    let chosen = |spoken: Messages, whole: Option<Messages>, older: Option<Messages>| {
        if spoken.is_empty() { whole.or(older).unwrap_or_default() } else { spoken }
    };
    [chosen(input, whole_input, older_input), chosen(output, whole_output, older_output)]
}

fn of_span(facts: &Facts<'_>, side: Side) -> Option<Messages> {
    // Most spans have no events, or other ones.
    let is_content =
        |name: &str| name == DETAILS || role_of(name).is_some() || name.starts_with("gen_ai.content.");
    if !facts.span.events.iter().any(|event| is_content(&event.name)) {
        return None;
    }
    let told = facts.span.events.iter().map(|event| Told {
        name: event.name.as_ref(),
        attributes: Reader::new(&event.attributes),
        body: None,
    });
    let [input, output] = content(told);
    Some(if side == Side::Input { input } else { output }).filter(|messages| !messages.is_empty())
}

pub(super) const INPUT_MESSAGES: Row<Messages> =
    several(NAME, "events gen_ai.*.message", |facts| of_span(facts, Side::Input));
pub(super) const OUTPUT_MESSAGES: Row<Messages> =
    several(NAME, "event gen_ai.choice", |facts| of_span(facts, Side::Output));
/// Agents have such events too.
pub(super) const CHAIN_INPUT: Row<Vec<u8>> = several(NAME, "events gen_ai.*.message", |facts| {
    of_span(facts, Side::Input).map(|messages| super::conversation(&messages))
})
.when(|facts| !is_tool(facts) && !is_retriever(facts));
pub(super) const CHAIN_OUTPUT: Row<Vec<u8>> = several(NAME, "event gen_ai.choice", |facts| {
    of_span(facts, Side::Output).map(|messages| super::conversation(&messages))
})
.when(|facts| !is_tool(facts) && !is_retriever(facts));
