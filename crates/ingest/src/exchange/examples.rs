//! Examples of a dataset, one JSON object a line (`annotation-ux.md` §17.3, `langsmith-otel-filter-export.md` §11.4).

use model::{RunId, UnixNanos};
use uuid::Uuid;

use super::{
    chat, example_table, preference,
    recognise::each_value,
    record::{iso, object, or_null, quoted},
};
use crate::{Reject, json};

/// An example as it travels. Texts are JSON.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ExampleRecord {
    /// Its id; one is made when absent.
    pub id: Option<Uuid>,
    /// What goes in: an object.
    pub inputs: String,
    /// What is expected: an object.
    pub outputs: Option<String>,
    /// Anything else, without the splits: an object.
    pub metadata: Option<String>,
    /// Names of its splits; absent where nothing is said of them.
    pub splits: Option<Vec<String>>,
    /// The run that it was made of.
    pub source_run: Option<RunId>,
    /// When it was made.
    pub created: Option<UnixNanos>,
}

/// Splits as they travel: one is a text, none an empty list.
pub(super) fn split(splits: &[String]) -> String {
    match splits {
        [one] => quoted(one),
        many => format!("[{}]", many.iter().map(|name| quoted(name)).collect::<Vec<_>>().join(",")),
    }
}

/// One line of an export.
pub fn line(example: &ExampleRecord) -> String {
    let split = or_null(example.splits.as_deref().map(split));
    let compact = |json: &str| crate::tidy::tidy(json.as_bytes(), crate::tidy::Spaces::Drop);
    object(&[
        ("id", or_null(example.id.map(|id| quoted(&id.to_string())))),
        ("inputs", compact(&example.inputs)),
        ("outputs", or_null(example.outputs.as_deref().map(compact))),
        ("metadata", example.metadata.as_deref().map_or_else(|| "{}".to_owned(), compact)),
        ("source_run_id", or_null(example.source_run.map(|run| quoted(&run.to_string())))),
        ("split", split),
        ("created_at", or_null(example.created.map(|time| quoted(&iso(time))))),
    ])
}

/// What a file held.
#[derive(Debug, Default)]
pub struct ReadExamples {
    /// Its examples.
    pub examples: Vec<ExampleRecord>,
    /// What could not be read, with its line.
    pub rejects: Vec<Reject>,
}

/// Reads examples, conversations for fine-tuning, and preferences, which become examples too.
pub fn read(text: &[u8]) -> ReadExamples {
    let mut read = ReadExamples::default();
    let unmarked = text.strip_prefix(b"\xef\xbb\xbf").unwrap_or(text);
    if example_table::is_table(unmarked) {
        example_table::read(unmarked, &mut read);
        return read;
    }
    each_value(text, &mut |value, line| {
        let values: Vec<Result<&[u8], Reject>> = match value {
            Ok(list) if list.first() == Some(&b'[') => json::elements(list).map(Ok).collect(),
            other => vec![other],
        };
        for value in values {
            let result = value.and_then(|value| {
                one(value).map_err(|message| Reject::new("invalid_example", message, value))
            });
            match result {
                Ok(example) => read.examples.push(example),
                Err(reject) => read.rejects.push(Reject { line: Some(line), ..reject }),
            }
        }
    });
    read
}

fn one(value: &[u8]) -> Result<ExampleRecord, String> {
    if preference::is_preference(value) {
        preference::read(value)
    } else if chat::is_conversation(value) {
        chat::read(value)
    } else if is_example(value) {
        example(value)
    } else {
        Err("Neither an example with inputs, nor a conversation, nor a preference".to_owned())
    }
}

/// Inputs that are no run's.
pub(super) fn is_example(value: &[u8]) -> bool {
    let has = |name: &str| json::members(value).any(|(key, _)| key == name);
    has("inputs") && !["run_type", "dotted_order", "start_time", "parent_run_id"].into_iter().any(has)
}

pub(super) fn example(value: &[u8]) -> Result<ExampleRecord, String> {
    let id = |key: &str| -> Result<Option<Uuid>, String> {
        let Some(text) = json::member(value, key).and_then(json::text) else { return Ok(None) };
        Uuid::try_parse(text.trim()).map(Some).map_err(|_| format!("{key} is not a UUID: {text}"))
    };
    let object_of = |key: &str| -> Result<Option<String>, String> {
        match json::member(value, key) {
            None => Ok(None),
            Some(found) if found.first() == Some(&b'{') => Ok(Some(json::lossy(found).into_owned())),
            Some(_) => Err(format!("{key} is not an object")),
        }
    };
    let names = |value: &[u8]| -> Vec<String> {
        match value.first() {
            Some(b'[') => {
                json::elements(value).filter_map(json::string).map(std::borrow::Cow::into_owned).collect()
            }
            _ => json::string(value).map(std::borrow::Cow::into_owned).into_iter().collect(),
        }
    };
    let metadata = object_of("metadata")?;
    let in_metadata = metadata.as_deref().and_then(|text| json::member(text.as_bytes(), "dataset_split"));
    let said = json::member(value, "split").filter(|split| *split != b"null").or(in_metadata);
    let splits = said.filter(|split| *split != b"null").map(names);
    Ok(ExampleRecord {
        id: id("id")?,
        inputs: object_of("inputs")?.ok_or("inputs is missing")?,
        outputs: object_of("outputs")?,
        metadata: metadata.as_deref().map(without_splits),
        splits,
        source_run: id("source_run_id")?.map(RunId),
        created: json::member(value, "created_at")
            .and_then(json::text)
            .and_then(|text| UnixNanos::parse(&text).ok()),
    })
}

/// Metadata without the splits, which stand beside them.
pub fn without_splits(metadata: &str) -> String {
    let members: Vec<(String, String)> = json::members(metadata.as_bytes())
        .filter(|(key, _)| key != "dataset_split")
        .map(|(key, value)| (key.into_owned(), json::lossy(value).into_owned()))
        .collect();
    let members: Vec<(&str, String)> =
        members.iter().map(|(key, value)| (key.as_str(), value.clone())).collect();
    object(&members)
}
