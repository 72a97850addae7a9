//! Hiding where a run comes from: model, provider, cost, latency, prompt version, experiment and file
//! (`annotation-ux.md` §14.2, blind `full`).
//!
//! Fields of the wire types that say it are emptied, members of payloads that are known to say it are replaced, and the
//! names themselves are replaced wherever a text holds them.

use std::collections::BTreeSet;

use serde::{Serialize, de::DeserializeOwned};
use serde_json::Value;

use crate::error::{ApiError, ErrorCode};

/// What stands where something is hidden.
const HIDDEN: &str = "•••";
/// Names that are too short or too common to be replaced wherever they occur.
const COMMON: [&str; 4] = ["default", "main", "prod", "test"];
/// Fields of wire types that tell it.
const FIELDS: [&str; 16] = [
    "model",
    "provider",
    "cost",
    "latency",
    "first_token",
    "prompt_version",
    "dialect",
    "duration",
    "start_offset",
    "total_cost",
    "input_tokens",
    "output_tokens",
    "total_tokens",
    "usage",
    "start",
    "end",
];
/// Members of payloads and metadata that tell it, in any spelling of case and of dashes.
const MEMBERS: [&str; 26] = [
    "model",
    "modelname",
    "modelid",
    "modelprovider",
    "provider",
    "lsmodelname",
    "lsprovider",
    "lsmodeltype",
    "systemfingerprint",
    "usage",
    "usagemetadata",
    "tokenusage",
    "cost",
    "totalcost",
    "latency",
    "latencyms",
    "duration",
    "promptversion",
    "lchubcommithash",
    "lchubrepo",
    "revisionid",
    "experiment",
    "experimentid",
    "experimentname",
    "engine",
    "deployment",
];

/// What is hidden; the default hides nothing.
#[derive(Debug, Default)]
pub(crate) struct Mask {
    on: bool,
    /// Lower case, without dashes and underscores.
    members: BTreeSet<String>,
    /// Lower case, the longest first when applied.
    names: BTreeSet<String>,
}

fn plain(name: &str) -> String {
    name.chars().filter(|char| char.is_alphanumeric()).flat_map(char::to_lowercase).collect()
}

impl Mask {
    /// A mask with these members of metadata besides the fixed ones.
    pub(crate) fn new(hidden: &[String]) -> Self {
        let members =
            MEMBERS.iter().map(|name| (*name).to_owned()).chain(hidden.iter().map(|name| plain(name)));
        Self { on: true, members: members.collect(), names: BTreeSet::new() }
    }

    /// Hides a name wherever it occurs; of `gpt-4o-2024-08-06` also `gpt-4o`, of a path also its file's name.
    pub(crate) fn hide_name(&mut self, name: &str) {
        let mut name = name.trim().to_lowercase();
        if let Some(last) = name.rsplit(['/', ':']).next().map(str::to_owned) {
            self.keep(&last);
        }
        loop {
            self.keep(&name);
            let Some((head, tail)) = name.rsplit_once('-') else { break };
            let is_version =
                !tail.is_empty() && tail.chars().all(|char| char.is_ascii_digit()) || tail == "latest";
            if !is_version {
                break;
            }
            name = head.to_owned();
        }
    }

    fn keep(&mut self, name: &str) {
        if name.chars().count() >= 3 && !COMMON.contains(&name) {
            self.names.insert(name.to_owned());
        }
    }

    /// A text without the names.
    pub(crate) fn text(&self, text: &str) -> String {
        let mut names: Vec<&String> = self.names.iter().collect();
        names.sort_by_key(|name| std::cmp::Reverse(name.len()));
        names.into_iter().fold(text.to_owned(), |text, name| replace(&text, name))
    }

    /// A JSON text without the names and without members that tell them; what is no JSON is a text.
    pub(crate) fn json(&self, text: &str) -> String {
        match serde_json::from_str::<Value>(text) {
            Ok(mut value) => {
                self.payload(&mut value, 0);
                value.to_string()
            }
            Err(_) => self.text(text),
        }
    }

    fn payload(&self, value: &mut Value, depth: usize) {
        match value {
            Value::String(text) => {
                // JSON within a text, as tool arguments and serialised objects are.
                let inner = text.trim_start();
                if depth < 4 && (inner.starts_with('{') || inner.starts_with('[')) {
                    *text = self.json_within(text, depth);
                } else {
                    *text = self.text(text);
                }
            }
            Value::Array(all) => all.iter_mut().for_each(|one| self.payload(one, depth)),
            Value::Object(members) => {
                let old = std::mem::take(members);
                for (name, mut member) in old {
                    if self.members.contains(&plain(&name)) {
                        member = HIDDEN.into();
                    } else {
                        self.payload(&mut member, depth);
                    }
                    members.insert(self.text(&name), member);
                }
            }
            Value::Null | Value::Bool(_) | Value::Number(_) => {}
        }
    }

    fn json_within(&self, text: &str, depth: usize) -> String {
        match serde_json::from_str::<Value>(text) {
            Ok(mut value) => {
                self.payload(&mut value, depth + 1);
                value.to_string()
            }
            Err(_) => self.text(text),
        }
    }

    /// A result of a command without what is hidden.
    pub(crate) fn apply<T: Serialize + DeserializeOwned>(&self, result: T) -> Result<T, ApiError> {
        if !self.on {
            return Ok(result);
        }
        let internal = |error: serde_json::Error| ApiError::new(ErrorCode::Internal, error.to_string());
        let mut value = serde_json::to_value(result).map_err(internal)?;
        self.wire(&mut value);
        serde_json::from_value(value).map_err(internal)
    }

    fn wire(&self, value: &mut Value) {
        match value {
            Value::String(text) => *text = self.text(text),
            Value::Array(all) => all.iter_mut().for_each(|one| self.wire(one)),
            Value::Object(members) => {
                for (name, member) in members.iter_mut() {
                    match name.as_str() {
                        // Ids are what everything is found by, and tell nothing.
                        "trace_id" | "run_id" | "parent_run_id" | "root_run_id" | "stamp" => {}
                        "attributes" | "metadata" | "raw" if member.is_object() => {
                            *member = serde_json::json!({ "bytes": 4, "json": "null" });
                        }
                        "attributes" => *member = "{}".into(),
                        "json" | "text" if member.is_string() => {
                            let text = member.as_str().unwrap_or_default();
                            let trimmed = text.trim_start();
                            let is_json = trimmed.starts_with('{') || trimmed.starts_with('[');
                            *member = if is_json { self.json(text) } else { self.text(text) }.into();
                        }
                        "project" if member.is_string() => *member = "".into(),
                        name if FIELDS.contains(&name) => empty(name, member),
                        _ => self.wire(member),
                    }
                }
            }
            Value::Null | Value::Bool(_) | Value::Number(_) => {}
        }
    }
}

/// Empties a field: columns keep their length, usage has no counts.
fn empty(name: &str, field: &mut Value) {
    match field {
        // The column of models holds indexes into the strings; -1 points nowhere.
        Value::Array(column) if name == "model" => column.fill((-1).into()),
        Value::Array(column) => column.fill(Value::Null),
        Value::Object(_) => *field = serde_json::json!({}),
        _ => *field = Value::Null,
    }
}

/// Replaces a name, which is in lower case, in whatever case it is written.
fn replace(text: &str, name: &str) -> String {
    let lower = text.to_lowercase();
    // Letters whose lower case has another length would move the places; such texts are compared as they are.
    let haystack = if lower.len() == text.len() { lower.as_str() } else { text };
    let mut result = String::with_capacity(text.len());
    let mut from = 0;
    while let Some(found) = haystack[from..].find(name) {
        let (start, end) = (from + found, from + found + name.len());
        if !text.is_char_boundary(start) || !text.is_char_boundary(end) {
            break;
        }
        result.push_str(&text[from..start]);
        result.push_str(HIDDEN);
        from = end;
    }
    result.push_str(&text[from..]);
    result
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mask() -> Mask {
        let mut mask = Mask::new(&["team".to_owned()]);
        for name in ["gpt-4o-2024-08-06", "openai/o3", "OpenAI", "ab", "default"] {
            mask.hide_name(name);
        }
        mask
    }

    #[test]
    fn names_are_replaced_wherever_they_stand() {
        for (text, masked) in [
            ("I am GPT-4o by OpenAI.", "I am ••• by •••."),
            ("gpt-4o-2024-08-06", "•••"),
            ("gpt-4o-mini", "•••-mini"),
            ("about the default", "about the default"),
            ("İ gpt-4o", "İ •••"),
        ] {
            assert_eq!(mask().text(text), masked);
        }
    }

    #[test]
    fn payloads_lose_members_that_tell_the_model() {
        let text = r#"{"model":"x","messages":[{"content":"hi from openai"}],"response_metadata":{"model_name":"y","Team":"z"},"args":"{\"ls_provider\": \"p\"}","n":1}"#;
        let masked: Value = serde_json::from_str(&mask().json(text)).unwrap();
        let expected = serde_json::json!({
            "model": "•••", "messages": [{ "content": "hi from •••" }], "response_metadata": { "model_name": "•••", "Team": "•••" },
            "args": "{\"ls_provider\":\"•••\"}", "n": 1,
        });
        assert_eq!(masked, expected);
    }

    #[test]
    fn a_mask_that_is_off_changes_nothing() {
        let usage =
            crate::wire::Usage { input: Some(crate::wire::Count(3)), ..crate::wire::Usage::default() };
        assert_eq!(Mask::default().apply(usage).unwrap(), usage);
    }
}
