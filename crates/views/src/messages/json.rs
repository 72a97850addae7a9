//! Small looks into JSON that forgive what producers do: absent, null and empty are the same, and a list or object may
//! be encoded once more as a string.

use std::{borrow::Cow, collections::BTreeMap};

use serde_json::Value;

/// The null that stands for whatever is absent.
pub(super) static NULL: Value = Value::Null;

/// Whether nothing was said: null, `""`, `[]`, `{}` (`otel-genai.md` A).
pub(super) fn is_absent(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::String(text) => text.is_empty(),
        Value::Array(items) => items.is_empty(),
        Value::Object(members) => members.is_empty(),
        Value::Bool(_) | Value::Number(_) => false,
    }
}

/// The member of this name, null where there is none.
pub(super) fn at<'v>(value: &'v Value, key: &str) -> &'v Value {
    value.get(key).unwrap_or(&NULL)
}

/// The first member of these names that says something.
pub(super) fn first<'v>(value: &'v Value, keys: &[&str]) -> Option<&'v Value> {
    keys.iter().filter_map(|key| value.get(key)).find(|value| !is_absent(value))
}

/// The first member of these names that says something, else the first that is there at all.
pub(super) fn given<'v>(value: &'v Value, keys: &[&str]) -> Option<&'v Value> {
    first(value, keys).or_else(|| {
        keys.iter().filter_map(|key| value.get(key)).find(|value| value.is_object() || value.is_array())
    })
}

/// The first member of these names that is a text with something in it.
pub(super) fn text<'v>(value: &'v Value, keys: &[&str]) -> Option<&'v str> {
    keys.iter().filter_map(|key| value.get(key)?.as_str()).find(|text| !text.trim().is_empty())
}

/// The first member of these names that reads as an id: a text or a number.
pub(super) fn id(value: &Value, keys: &[&str]) -> Option<String> {
    keys.iter().filter_map(|key| value.get(key)).find_map(|value| match value {
        Value::String(text) if !text.trim().is_empty() => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    })
}

/// Whether this member is true, in any spelling.
pub(super) fn flag(value: &Value, key: &str) -> bool {
    match at(value, key) {
        Value::Bool(flag) => *flag,
        Value::String(text) => text.eq_ignore_ascii_case("true"),
        _ => false,
    }
}

/// A string that holds a list or an object, decoded; anything else as it is.
pub(super) fn decoded(value: &Value) -> Cow<'_, Value> {
    match value {
        Value::String(text) => match container(text) {
            Some(inner) => Cow::Owned(inner),
            None => Cow::Borrowed(value),
        },
        _ => Cow::Borrowed(value),
    }
}

/// The list or object that a text holds.
pub(super) fn container(text: &str) -> Option<Value> {
    let trimmed = text.trim_start();
    if !trimmed.starts_with(['{', '[']) {
        return None;
    }
    serde_json::from_str(trimmed).ok()
}

/// The elements of a list; one element where there is no list, none where there is nothing.
pub(super) fn elements(value: &Value) -> &[Value] {
    match value {
        Value::Array(items) => items,
        Value::Null => &[],
        _ => std::slice::from_ref(value),
    }
}

/// A text is text, everything else JSON.
pub(super) fn payload(value: &Value) -> Option<super::Payload> {
    match value {
        Value::Null => None,
        Value::String(text) if text.trim().is_empty() => None,
        Value::String(text) => Some(super::Payload::Text(text.clone())),
        _ => Some(super::Payload::Json(value.to_string())),
    }
}

/// Lists of flattened keys (`prefix.0.role`, `prefix.0.tool_calls.1.id`) as values again, in the order of their numbers;
/// gaps are closed (`otel-genai.md` A, unflatten).
pub(super) fn unflatten(attributes: &Value, prefix: &str) -> Vec<Value> {
    let mut root = Branch::default();
    for (key, value) in attributes.as_object().into_iter().flatten() {
        if let Some(path) = key.strip_prefix(prefix).and_then(|rest| rest.strip_prefix('.')) {
            root.put(path, value);
        }
    }
    match root.into_value() {
        Value::Array(items) => items,
        _ => Vec::new(),
    }
}

#[derive(Default)]
struct Branch<'v> {
    leaf: Option<&'v Value>,
    members: BTreeMap<String, Branch<'v>>,
}

/// Deepest path that is followed; no vocabulary goes half as deep.
const MOST_LEVELS: usize = 16;

impl<'v> Branch<'v> {
    fn put(&mut self, path: &str, value: &'v Value) {
        let mut branch = self;
        for step in path.splitn(MOST_LEVELS, '.') {
            branch = branch.members.entry(step.to_owned()).or_default();
        }
        branch.leaf = Some(value);
    }

    fn into_value(self) -> Value {
        if self.members.is_empty() {
            return self.leaf.cloned().unwrap_or(Value::Null);
        }
        let numbers: Option<Vec<u64>> = self.members.keys().map(|name| name.parse().ok()).collect();
        match numbers {
            Some(numbers) => {
                let mut items: Vec<(u64, Value)> = numbers
                    .into_iter()
                    .zip(self.members)
                    .map(|(number, (_, branch))| (number, branch.into_value()))
                    .collect();
                items.sort_by_key(|(number, _)| *number);
                Value::Array(items.into_iter().map(|(_, value)| value).collect())
            }
            None => Value::Object(
                self.members.into_iter().map(|(name, branch)| (name, branch.into_value())).collect(),
            ),
        }
    }
}
