//! One run object out of everything that was sent about a run (`langsmith-api.md` §5.1).

use std::borrow::Cow;

use model::{Operation, RunRecord};

use crate::{
    json::{self, Object},
    preview,
};

/// Fields that an update only repeats: the creation decides.
const FIXED: [&str; 7] =
    ["start_time", "parent_run_id", "trace_id", "dotted_order", "session_name", "session_id", "address"];

/// The run that these records describe, given the strongest first; records that are no LangSmith runs are left out.
///
/// A value that is not null replaces a weaker one; an empty one never replaces a full one. `extra` is merged key by
/// key, `metadata` and `runtime` in it one level deeper.
pub(crate) fn merged(ranked: &[&RunRecord]) -> Option<Vec<u8>> {
    let sent: Vec<(Operation, Object<'_>)> = ranked
        .iter()
        .filter(|record| record.raw.format == model::RawFormat::LangsmithRun)
        .filter_map(|record| {
            Some((record.raw.operation, Object::read(json::whole_value(&record.raw.bytes).ok()?)))
        })
        .collect();
    match sent.as_slice() {
        [] => return None,
        [_] => {
            let record = ranked.iter().find(|record| record.raw.format == model::RawFormat::LangsmithRun)?;
            return Some(record.raw.bytes.clone());
        }
        _ => {}
    }
    let mut keys: Vec<&str> = Vec::new();
    // Creations first, so that the run reads in the order in which it was made.
    for (_, sent) in sent.iter().rev() {
        for (key, _) in sent.iter() {
            if !keys.contains(&key) {
                keys.push(key);
            }
        }
    }
    let members: Vec<(&str, Cow<'_, [u8]>)> = keys
        .into_iter()
        .filter_map(|key| {
            let mut values: Vec<(Operation, &[u8])> =
                sent.iter().filter_map(|(operation, sent)| Some((*operation, sent.get(key)?))).collect();
            if FIXED.contains(&key) {
                values.sort_by_key(|(operation, _)| *operation == Operation::Update);
            }
            let values: Vec<&[u8]> = values.into_iter().map(|(_, value)| value).collect();
            let strongest =
                values.iter().copied().find(|value| !is_empty(value)).or(values.first().copied())?;
            let value = if key == "extra" { merged_extra(&values) } else { Cow::Borrowed(strongest) };
            Some((key, value))
        })
        .collect();
    Some(preview::object(members.iter().map(|(key, value)| (*key, value.as_ref()))))
}

fn is_empty(value: &[u8]) -> bool {
    matches!(value.first(), Some(b'{')) && json::members(value).next().is_none()
        || matches!(value.first(), Some(b'[')) && json::elements(value).next().is_none()
        || value == b"\"\""
}

fn merged_extra<'a>(values: &[&'a [u8]]) -> Cow<'a, [u8]> {
    let objects: Vec<&[u8]> = values.iter().copied().filter(|value| value.first() == Some(&b'{')).collect();
    match objects.as_slice() {
        [] => values.first().map_or(Cow::Borrowed(b"null"), |value| Cow::Borrowed(*value)),
        [one] => Cow::Borrowed(one),
        _ => Cow::Owned(merged_objects(&objects, &["metadata", "runtime"])),
    }
}

/// Members of all objects, the first to have one wins; the members named `deeper` are merged in the same way.
fn merged_objects(objects: &[&[u8]], deeper: &[&str]) -> Vec<u8> {
    let mut members: Vec<(Cow<'_, str>, Cow<'_, [u8]>)> = Vec::new();
    for object in objects {
        for (key, value) in json::members(object) {
            if value == b"null" || members.iter().any(|(known, _)| *known == key) {
                continue;
            }
            let value = if deeper.contains(&key.as_ref()) {
                let inner: Vec<&[u8]> = objects
                    .iter()
                    .filter_map(|object| json::member(object, &key))
                    .filter(|inner| inner.first() == Some(&b'{'))
                    .collect();
                if inner.len() > 1 { Cow::Owned(merged_objects(&inner, &[])) } else { Cow::Borrowed(value) }
            } else {
                Cow::Borrowed(value)
            };
            members.push((key, value));
        }
    }
    // Null erases nothing, but where it is all that was said it stands.
    for (key, value) in objects.iter().flat_map(|object| json::members(object)) {
        if value == b"null" && !members.iter().any(|(known, _)| *known == key) {
            members.push((key, Cow::Borrowed(value)));
        }
    }
    preview::object(members.iter().map(|(key, value)| (key.as_ref(), value.as_ref())))
}

#[cfg(test)]
mod tests {
    use model::{RawFormat, RawRecord, RunFields, RunId};

    use super::*;

    fn record(operation: Operation, bytes: &str) -> RunRecord {
        RunRecord {
            trace_id: None,
            run_id: RunId::from_span_id([1; 8]),
            fields: RunFields::default(),
            weight: 0,
            attachments: Vec::new(),
            raw: RawRecord {
                format: RawFormat::LangsmithRun,
                operation,
                project: None,
                bytes: bytes.as_bytes().to_vec(),
            },
        }
    }

    fn merge(patch: &str, post: &str) -> String {
        let (patch, post) = (record(Operation::Update, patch), record(Operation::Create, post));
        json::lossy(&merged(&[&patch, &post]).unwrap()).into_owned()
    }

    #[test]
    fn a_patch_replaces_what_it_says_and_erases_nothing() {
        assert_eq!(
            merge(
                r#"{"id":"1","outputs":{"a":2},"tags":null,"events":[]}"#,
                r#"{"id":"1","outputs":{"a":1},"tags":["x"],"events":[1]}"#
            ),
            r#"{"id":"1","outputs":{"a":2},"tags":["x"],"events":[1]}"#
        );
        assert_eq!(merge(r#"{"outputs":{}}"#, r#"{"outputs":{"a":1}}"#), r#"{"outputs":{"a":1}}"#);
        assert_eq!(
            merge(r#"{"inputs":{"input":"real"}}"#, r#"{"inputs":{}}"#),
            r#"{"inputs":{"input":"real"}}"#
        );
    }

    #[test]
    fn the_creation_decides_on_place_and_start() {
        assert_eq!(
            merge(
                r#"{"session_name":"b","start_time":"2","end_time":"3"}"#,
                r#"{"session_name":"a","start_time":"1"}"#
            ),
            r#"{"session_name":"a","start_time":"1","end_time":"3"}"#
        );
        assert_eq!(merge(r#"{"start_time":"2"}"#, r#"{"name":"n"}"#), r#"{"name":"n","start_time":"2"}"#);
    }

    #[test]
    fn extra_is_merged_key_by_key() {
        assert_eq!(
            merge(
                r#"{"extra":{"metadata":{"k":2,"new":1},"x":1}}"#,
                r#"{"extra":{"metadata":{"k":1,"old":1},"runtime":{"a":1}}}"#
            ),
            r#"{"extra":{"metadata":{"k":2,"new":1,"old":1},"x":1,"runtime":{"a":1}}}"#
        );
    }
}
