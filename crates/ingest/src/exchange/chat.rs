//! Conversations for fine-tuning, one a line (`annotation-ux.md` §17.4): messages in the shape of OpenAI's chat
//! completions, the last one the expected answer.

use std::collections::{BTreeMap, HashSet};

use super::{
    examples::ExampleRecord,
    record::{object, quoted},
};
use crate::{Side, json, messages, tidy};

/// How conversations are written.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct ChatOptions {
    /// System messages are left out.
    pub drop_system: bool,
    /// Answers before the last one get `weight: 0`, so that only the last is learned.
    pub weigh_last_only: bool,
}

/// What was written, and what is odd about it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ChatReport {
    /// Lines, one a conversation.
    pub lines: Vec<String>,
    /// Examples that are no conversation, by their place, with the reason.
    pub skipped: Vec<(usize, String)>,
    /// What a trainer may refuse, by the place of the example.
    pub problems: Vec<(usize, String)>,
    /// Conversations that are there more than once.
    pub duplicates: usize,
    /// Tokens in all, as a quarter of the characters.
    pub estimated_tokens: usize,
}

/// The conversations of examples.
pub fn write(examples: &[ExampleRecord], options: ChatOptions) -> ChatReport {
    let mut report = ChatReport::default();
    let mut seen = HashSet::new();
    for (index, example) in examples.iter().enumerate() {
        match conversation(example, options) {
            Err(reason) => report.skipped.push((index, reason)),
            Ok((line, problems)) => {
                report.problems.extend(problems.into_iter().map(|problem| (index, problem)));
                report.estimated_tokens += line.chars().count() / 4;
                if !seen.insert(line.clone()) {
                    report.duplicates += 1;
                }
                report.lines.push(line);
            }
        }
    }
    report
}

fn conversation(example: &ExampleRecord, options: ChatOptions) -> Result<(String, Vec<String>), String> {
    let inputs = to_messages(&example.inputs, Side::Input).ok_or("its inputs are no conversation")?;
    let outputs = example.outputs.as_deref().ok_or("it has no expected output")?;
    let answer = to_messages(outputs, Side::Output).ok_or("its outputs are no message")?;
    let mut all = inputs;
    all.extend(answer);
    if options.drop_system {
        all.retain(|message| role(message) != "system");
    }
    if all.last().is_none_or(|message| role(message) != "assistant") {
        return Err("its last message is not the assistant's".to_owned());
    }
    let problems = problems(&all);
    let last = all.len() - 1;
    let messages: Vec<String> = all
        .iter()
        .enumerate()
        .map(|(index, message)| {
            let unweighed = options.weigh_last_only && index < last && role(message) == "assistant";
            if unweighed { with_weight_zero(message) } else { message.clone() }
        })
        .collect();
    let mut members = vec![("messages", format!("[{}]", messages.join(",")))];
    for key in ["tools", "parallel_tool_calls"] {
        if let Some(value) = json::member(example.inputs.as_bytes(), key) {
            members.push((key, compact(value)));
        }
    }
    Ok((object(&members), problems))
}

fn compact(value: &[u8]) -> String {
    tidy::tidy(value, tidy::Spaces::Drop)
}

fn role(message: &str) -> String {
    json::member(message.as_bytes(), "role").and_then(json::string).unwrap_or_default().into_owned()
}

fn with_weight_zero(message: &str) -> String {
    let members: Vec<(String, String)> = json::members(message.as_bytes())
        .filter(|(key, _)| key != "weight")
        .map(|(key, value)| (key.into_owned(), json::lossy(value).into_owned()))
        .chain(std::iter::once(("weight".to_owned(), "0".to_owned())))
        .collect();
    let members: Vec<(&str, String)> =
        members.iter().map(|(key, value)| (key.as_str(), value.clone())).collect();
    object(&members)
}

/// Messages of a payload in OpenAI's shape, each one JSON: as they are when they have that shape already, else from
/// whichever shape they have.
pub fn to_messages(payload: &str, side: Side) -> Option<Vec<String>> {
    let bytes = json::whole_value(payload.as_bytes()).ok()?;
    if let Some(own) = own_messages(bytes) {
        return Some(own);
    }
    let read = messages::Messages::read(bytes, side)?.to_json();
    let converted: Vec<String> = json::elements(&read).flat_map(openai).collect();
    (!converted.is_empty()).then_some(converted)
}

/// `messages`, `message` or the list itself, where every element has OpenAI's shape.
fn own_messages(payload: &[u8]) -> Option<Vec<String>> {
    let list: Vec<&[u8]> = match payload.first() {
        Some(b'[') => json::elements(payload).collect(),
        _ => match (json::member(payload, "messages"), json::member(payload, "message")) {
            (Some(list), _) if list.first() == Some(&b'[') => json::elements(list).collect(),
            (None, Some(message)) => vec![message],
            _ => return None,
        },
    };
    let is_own = |message: &&[u8]| {
        let role = json::member(message, "role").and_then(json::string);
        let content = json::member(message, "content");
        let calls = json::member(message, "tool_calls");
        matches!(role.as_deref(), Some("system" | "developer" | "user" | "assistant" | "tool"))
            && content.is_none_or(|content| content.first() == Some(&b'"'))
            && (content.is_some() || calls.is_some())
            && calls
                .map(json::elements)
                .is_none_or(|mut calls| calls.all(|call| json::member(call, "function").is_some()))
    };
    (!list.is_empty() && list.iter().all(is_own)).then(|| list.into_iter().map(compact).collect())
}

/// One message of the GenAI conventions as messages of OpenAI: results of tools stand alone there.
fn openai(message: &[u8]) -> Vec<String> {
    let role = json::member(message, "role").and_then(json::string).unwrap_or_default().into_owned();
    let (mut texts, mut calls, mut results, mut others) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
    for part in json::member(message, "parts").into_iter().flat_map(json::elements) {
        let text =
            |key: &str| json::member(part, key).and_then(json::string).map(std::borrow::Cow::into_owned);
        let raw = |key: &str| json::member(part, key);
        match text("type").as_deref() {
            Some("text") => texts.push(text("content").unwrap_or_default()),
            // Thoughts of a model are not what the next one is asked to say.
            Some("reasoning") => {}
            Some("tool_call") => {
                let arguments = match raw("arguments") {
                    Some(arguments) if arguments.first() == Some(&b'"') => {
                        json::lossy(arguments).into_owned()
                    }
                    Some(arguments) => quoted(&compact(arguments)),
                    None => quoted("{}"),
                };
                let function =
                    object(&[("name", quoted(&text("name").unwrap_or_default())), ("arguments", arguments)]);
                calls.push(object(&[
                    ("id", quoted(&text("id").unwrap_or_default())),
                    ("type", quoted("function")),
                    ("function", function),
                ]));
            }
            Some("tool_call_response") => {
                let response =
                    raw("response").or_else(|| raw("result")).map_or_else(String::new, |response| {
                        json::string(response).map_or_else(|| compact(response), std::borrow::Cow::into_owned)
                    });
                results.push(object(&[
                    ("role", quoted("tool")),
                    ("tool_call_id", quoted(&text("id").unwrap_or_default())),
                    ("content", quoted(&response)),
                ]));
            }
            _ => others.extend(text("uri")),
        }
    }
    if texts.is_empty() && calls.is_empty() && others.is_empty() {
        return results;
    }
    let content = if others.is_empty() {
        if texts.is_empty() { "null".to_owned() } else { quoted(&texts.join("\n")) }
    } else {
        let text = texts.iter().map(|text| object(&[("type", quoted("text")), ("text", quoted(text))]));
        let images = others.iter().map(|uri| {
            object(&[("type", quoted("image_url")), ("image_url", object(&[("url", quoted(uri))]))])
        });
        format!("[{}]", text.chain(images).collect::<Vec<_>>().join(","))
    };
    let mut members = vec![("role", quoted(&role)), ("content", content)];
    if !calls.is_empty() {
        members.push(("tool_calls", format!("[{}]", calls.join(","))));
    }
    results.push(object(&members));
    results
}

/// What a trainer may refuse: the order of roles, and calls without results or the other way round.
fn problems(all: &[String]) -> Vec<String> {
    let mut problems = Vec::new();
    let mut open: BTreeMap<String, usize> = BTreeMap::new();
    for (index, message) in all.iter().enumerate() {
        let number = index + 1;
        let bytes = message.as_bytes();
        match role(message).as_str() {
            "system" | "developer" if index > 0 => {
                problems.push(format!("message {number} is a system message behind others"));
            }
            "tool" => {
                let id = json::member(bytes, "tool_call_id")
                    .and_then(json::string)
                    .unwrap_or_default()
                    .into_owned();
                if open.remove(&id).is_none() {
                    problems
                        .push(format!("message {number} answers the tool call {id:?}, which nobody made"));
                }
            }
            "user" if !open.is_empty() => {
                problems.push(format!("message {number} comes before the results of tool calls"));
                open.clear();
            }
            _ => {}
        }
        for call in json::member(bytes, "tool_calls").into_iter().flat_map(json::elements) {
            let id = json::member(call, "id").and_then(json::string).unwrap_or_default().into_owned();
            open.insert(id, number);
        }
    }
    // Calls in the last message are what is to be learned; nobody answers them.
    problems.extend(
        open.into_iter()
            .filter(|(_, number)| *number < all.len())
            .map(|(id, number)| format!("the tool call {id:?} of message {number} has no result")),
    );
    problems
}

/// A line of a fine-tuning file.
pub(super) fn is_conversation(value: &[u8]) -> bool {
    let has = |name: &str| json::members(value).any(|(key, _)| key == name);
    let is_list = json::member(value, "messages").is_some_and(|messages| {
        messages.first() == Some(&b'[')
            && json::elements(messages).all(|message| json::member(message, "role").is_some())
    });
    is_list && !["inputs", "run_type", "key", "id", "model", "request"].into_iter().any(has)
}

/// Reads a conversation: all but the last message are the inputs.
pub(super) fn read(value: &[u8]) -> Result<ExampleRecord, String> {
    let list: Vec<&[u8]> = json::member(value, "messages").into_iter().flat_map(json::elements).collect();
    let (last, before) = list.split_last().ok_or("it has no messages")?;
    let role = json::member(last, "role").and_then(json::string);
    if role.as_deref() != Some("assistant") {
        return Err("its last message is not the assistant's".to_owned());
    }
    let before: Vec<String> = before.iter().map(|message| compact(message)).collect();
    let mut inputs = vec![("messages", format!("[{}]", before.join(",")))];
    for key in ["tools", "parallel_tool_calls"] {
        inputs.extend(json::member(value, key).map(|value| (key, compact(value))));
    }
    Ok(ExampleRecord {
        inputs: object(&inputs),
        outputs: Some(object(&[("message", compact(last))])),
        ..ExampleRecord::default()
    })
}
