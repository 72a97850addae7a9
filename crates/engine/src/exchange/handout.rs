//! A queue as one HTML file for a person without the application, and the answers that come back (`annotation-ux.md`
//! §14.6).
//!
//! The page asks nothing of the network: its content security policy allows nothing but itself. Content stands in it as
//! JSON and becomes text only, never HTML. Answers name the rubric by a fingerprint of each key, so that answers to
//! other questions are refused.

use std::{collections::BTreeMap, fmt::Write as _};

use ingest::{Reject, Side, exchange::chat::to_messages};
use model::{ContentHash, Feedback, FeedbackId, RunId, UnixNanos};
use serde_json::{Value, json};
use store::{Queue, QueueItem, QueueSubject};
use uuid::Uuid;

use super::{import::Brought, record_of};
use crate::{ConversationOf, Engine, Error, error::Result};

const PAGE: &str = include_str!("../../handout/page.html");
const PLACE: &str = "/*DATA*/";
/// Characters of one message, and of a payload that is no conversation; more is cut and says so.
const MOST_CHARS: usize = 200_000;

fn fingerprint(text: &str) -> String {
    let bytes = ContentHash::of_bytes(text.as_bytes()).0;
    bytes.iter().take(8).fold(String::new(), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}

fn cut(text: String) -> String {
    if text.chars().count() <= MOST_CHARS {
        return text;
    }
    let kept: String = text.chars().take(MOST_CHARS).collect();
    format!("{kept}\n… cut here: {} characters in all", text.chars().count())
}

impl Engine {
    /// The page of a queue, and how many items are on it.
    pub fn export_handout(&self, queue: Uuid) -> Result<(String, u64)> {
        let described = self.store.queue(queue)?;
        let keys = self.handout_keys(&described)?;
        if keys.is_empty() {
            return Err(Error::InvalidInput(format!(
                "{} asks for nothing: give it a rubric first",
                described.name
            )));
        }
        let items = self.queue_items(queue, None)?;
        let shown = items.iter().map(|item| self.handout_item(item)).collect::<Result<Vec<_>>>()?;
        let data = json!({
            "queue": queue,
            "name": described.name,
            "instructions": self.redaction.text(described.instructions.as_deref().unwrap_or_default()),
            "rubric": rubric_fingerprint(&keys),
            "keys": keys,
            "items": shown,
        });
        // In a script element a tag would end it.
        let data = data.to_string().replace('<', "\\u003c");
        Ok((PAGE.replacen(PLACE, &data, 1), u64::try_from(items.len()).unwrap_or(u64::MAX)))
    }

    /// The questions of a queue with what their keys mean.
    fn handout_keys(&self, queue: &Queue) -> Result<Vec<Value>> {
        let rubric: Vec<Value> = serde_json::from_str(&queue.rubric).unwrap_or_default();
        rubric
            .iter()
            .filter_map(|item| Some((item, item["feedback_key"].as_str()?)))
            .map(|(item, key)| {
                let config = self.store.feedback_config(key)?.map(|config| config.config);
                let config: Value =
                    config.and_then(|text| serde_json::from_str(&text).ok()).unwrap_or_default();
                let asked = json!({
                    "key": key,
                    "type": config["type"].as_str().unwrap_or("freeform"),
                    "categories": config["categories"].as_array().cloned().unwrap_or_default(),
                    "min": config["min"],
                    "max": config["max"],
                });
                let mut told = asked.clone();
                told["fingerprint"] = fingerprint(&asked.to_string()).into();
                told["required"] = item["is_required"].as_bool().unwrap_or(false).into();
                told["description"] = item["description"].clone();
                told["values"] = if item["value_descriptions"].is_object() {
                    item["value_descriptions"].clone()
                } else {
                    json!({})
                };
                Ok(told)
            })
            .collect()
    }

    fn handout_item(&self, item: &QueueItem) -> Result<Value> {
        let (messages, raw) = match &item.subject {
            QueueSubject::Run { run_id, trace_id } => self.run_for_handout(*run_id, *trace_id)?,
            QueueSubject::Thread { thread, .. } => {
                let of = ConversationOf::Thread { thread: thread.clone(), project: None };
                (Vec::new(), self.open_conversation(&of, false)?.to_markdown())
            }
        };
        let messages: Vec<Value> = messages.iter().map(|message| self.message(message)).collect();
        Ok(json!({ "id": item.id, "messages": messages, "raw": cut(self.redaction.text(&raw)) }))
    }

    /// Messages of a run, or its payloads where they are no conversation.
    fn run_for_handout(&self, run: RunId, trace: Option<model::TraceId>) -> Result<(Vec<String>, String)> {
        let trace = match trace {
            Some(trace) => trace,
            None => self.store.trace_of_run(run)?,
        };
        let records = match self.store.run(trace, run) {
            Ok((_, records)) => records,
            Err(store::Error::NotFound { .. }) => {
                return Ok((Vec::new(), "This run is not in the library any more.".to_owned()));
            }
            Err(error) => return Err(error.into()),
        };
        let detail = ingest::detail(&records);
        let (inputs, outputs) = (detail.inputs.unwrap_or_default(), detail.outputs.unwrap_or_default());
        match (to_messages(&inputs, Side::Input), to_messages(&outputs, Side::Output)) {
            (Some(mut messages), answer) => {
                messages.extend(answer.unwrap_or_default());
                Ok((messages, String::new()))
            }
            _ => Ok((Vec::new(), format!("Inputs\n{}\n\nOutputs\n{}", pretty(&inputs), pretty(&outputs)))),
        }
    }

    /// A message of OpenAI's shape as the page shows it.
    fn message(&self, message: &str) -> Value {
        let message: Value = serde_json::from_str(message).unwrap_or_default();
        let text = match &message["content"] {
            Value::String(text) => text.clone(),
            Value::Null => String::new(),
            other => other.to_string(),
        };
        let calls: Vec<String> = message["tool_calls"]
            .as_array()
            .into_iter()
            .flatten()
            .map(|call| {
                let function = &call["function"];
                let text = format!(
                    "{}({})",
                    function["name"].as_str().unwrap_or("?"),
                    function["arguments"].as_str().unwrap_or("")
                );
                cut(self.redaction.text(&text))
            })
            .collect();
        json!({ "role": message["role"], "text": cut(self.redaction.text(&text)), "calls": calls })
    }

    /// Keeps the answers of a hand-out. Answers to other questions than the queue asks now are refused as a whole.
    pub(super) fn take_handout(&self, content: &[u8]) -> Result<Brought> {
        let file: Value = serde_json::from_slice(content)
            .map_err(|error| Error::InvalidInput(format!("The answers cannot be read: {error}")))?;
        let queue = file["queue"].as_str().and_then(|id| Uuid::try_parse(id).ok());
        let queue =
            queue.ok_or_else(|| Error::InvalidInput("The answers do not name their queue".to_owned()))?;
        let described = self.store.queue(queue)?;
        let keys = self.handout_keys(&described)?;
        let now: BTreeMap<&str, &str> = keys
            .iter()
            .filter_map(|key| Some((key["key"].as_str()?, key["fingerprint"].as_str()?)))
            .collect();
        let then = file["keys"].as_object().cloned().unwrap_or_default();
        let mut differs: Vec<String> = Vec::new();
        for (key, then) in &then {
            match now.get(key.as_str()) {
                None => differs.push(format!("{key} is not asked for any more")),
                Some(now) if then.as_str() != Some(now) => {
                    differs.push(format!("{key} means something else now"));
                }
                Some(_) => {}
            }
        }
        differs.extend(now.keys().filter(|key| !then.contains_key(**key)).map(|key| format!("{key} is new")));
        if !differs.is_empty() {
            return Err(Error::InvalidInput(format!(
                "The rubric of {} has changed since the hand-out: {}",
                described.name,
                differs.join("; ")
            )));
        }
        let items: BTreeMap<String, QueueItem> =
            self.queue_items(queue, None)?.into_iter().map(|item| (item.id.to_string(), item)).collect();
        let reviewer = reviewer_of(file["reviewer"]["id"].as_str().unwrap_or("unknown"));
        let name = file["reviewer"]["name"].as_str().map(str::trim).filter(|name| !name.is_empty());
        let (mut feedback, mut rejects) = (Vec::new(), Vec::new());
        for answer in file["answers"].as_array().into_iter().flatten() {
            let said = match (answer["item"].as_str().and_then(|id| items.get(id)), answer["key"].as_str()) {
                (Some(item), Some(key)) if now.contains_key(key) => {
                    Ok(given(answer, item, key, reviewer, name, &described))
                }
                (None, _) => Err("the item is not in the queue (any more)"),
                _ => Err("the key is not in the rubric"),
            };
            match said {
                Ok(said) => feedback.push(said),
                Err(why) => rejects.push(Reject {
                    line: None,
                    offset: None,
                    path: None,
                    code: "invalid_answer",
                    message: format!("An answer cannot be kept: {why}"),
                    excerpt: answer.to_string().chars().take(200).collect(),
                }),
            }
        }
        let brought = Brought {
            feedback: u64::try_from(feedback.len()).unwrap_or(u64::MAX),
            rejects,
            ..Brought::default()
        };
        self.submit_elsewhere(queue, reviewer, name, feedback)?;
        Ok(brought)
    }
}

/// The page makes a UUID for its reader; whatever else a file says becomes one, always the same.
fn reviewer_of(id: &str) -> Uuid {
    Uuid::try_parse(id).unwrap_or_else(|_| {
        uuid::Builder::from_custom_bytes(ContentHash::of_bytes(id.as_bytes()).0).into_uuid()
    })
}

fn rubric_fingerprint(keys: &[Value]) -> String {
    let all: Vec<&str> = keys.iter().filter_map(|key| key["fingerprint"].as_str()).collect();
    fingerprint(&all.join(" "))
}

/// An answer as feedback. Its id follows from who answered what, so that a second import replaces the first.
fn given(
    answer: &Value,
    item: &QueueItem,
    key: &str,
    reviewer: Uuid,
    name: Option<&str>,
    queue: &Queue,
) -> Feedback {
    let words =
        [item.queue.to_string(), item.id.to_string(), reviewer.to_string(), key.to_owned()].join("\n");
    let id = uuid::Builder::from_custom_bytes(ContentHash::of_bytes(words.as_bytes()).0).into_uuid();
    let at = answer["at"].as_str().and_then(|text| UnixNanos::parse(text).ok());
    let (run_id, trace_id, project_id, thread) = match &item.subject {
        QueueSubject::Run { run_id, trace_id } => (Some(*run_id), *trace_id, None, None),
        QueueSubject::Thread { project, thread } => (None, None, Some(*project), Some(thread.clone())),
    };
    Feedback {
        run_id,
        trace_id,
        project_id,
        thread,
        score: answer["score"].as_f64(),
        value: Some(&answer["value"]).filter(|value| !value.is_null()).map(ToString::to_string),
        comment: answer["comment"].as_str().map(str::to_owned),
        source_kind: "app".to_owned(),
        extra: Some(
            json!({ "level": "item", "queue": queue.name, "rubric_version": queue.rubric_version, "handout": true })
                .to_string(),
        ),
        reviewer: Some(reviewer.to_string()),
        reviewer_name: name.map(str::to_owned),
        queue_item: Some(item.id),
        created: at,
        modified: at,
        ..record_of(FeedbackId(id), key)
    }
}

/// JSON with line breaks; anything else as it is.
fn pretty(json: &str) -> String {
    serde_json::from_str::<Value>(json)
        .ok()
        .and_then(|value| serde_json::to_string_pretty(&value).ok())
        .unwrap_or_else(|| json.to_owned())
}
