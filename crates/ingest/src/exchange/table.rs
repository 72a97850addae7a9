//! Feedback as tables (`annotation-ux.md` §17.2): long has a row a feedback, wide a row a judged thing.
//!
//! Cells are for people: texts stand as they are, and only what would read back as something else is written as JSON.

use model::Feedback;

use super::{
    Judged, ReadFeedback,
    record::{self, members},
};
use crate::{Reject, csv, export::text_object, json};

/// Columns of the long table: the members of a record, with the source spread out.
const LONG: [&str; 22] = [
    "id",
    "run_id",
    "trace_id",
    "session_id",
    "feedback_thread_id",
    "key",
    "score",
    "value",
    "comment",
    "correction",
    "source",
    "user_id",
    "user_name",
    "source_metadata",
    "feedback_group_id",
    "comparative_experiment_id",
    "queue_item_id",
    "supersedes_id",
    "retracted_at",
    "error",
    "created_at",
    "modified_at",
];
/// What is judged.
const PLACE: [&str; 4] = ["run_id", "trace_id", "session_id", "feedback_thread_id"];
/// Columns of a key in the wide table, and the member of each; the first three are for people.
const WIDE: [(&str, &str); 6] = [
    ("score", "score"),
    ("label", "value"),
    ("comment", "comment"),
    ("correction", "correction"),
    ("id", "id"),
    ("record", ""),
];

/// Member of what the wide table has no column for.
const RECORD: &str = "record";

/// A cell for this JSON: texts as they are, unless they would read as JSON or as nothing.
fn cell(json: &str) -> String {
    if json == "null" {
        return String::new();
    }
    match json::string(json.as_bytes()) {
        Some(text) if json::whole_value(text.as_bytes()).is_err() && !text.is_empty() => text.into_owned(),
        _ => json.to_owned(),
    }
}

/// The inverse of [`cell`].
fn uncell(cell: &str) -> String {
    if cell.is_empty() {
        "null".to_owned()
    } else if json::whole_value(cell.as_bytes()).is_ok() {
        cell.to_owned()
    } else {
        record::quoted(cell)
    }
}

/// A cell of a text that stays a text even where it looks like JSON; an empty one is a pair of quotes.
fn text_cell(json: &str) -> String {
    let text = json::string(json.as_bytes()).map(std::borrow::Cow::into_owned);
    match text {
        Some(text) if text.chars().all(|char| char == '"') => format!("\"{text}\""),
        Some(text) => text,
        None => String::new(),
    }
}

/// The inverse of [`text_cell`].
fn untext_cell(cell: &str) -> String {
    if cell.is_empty() {
        "null".to_owned()
    } else if cell.len() > 1 && cell.chars().all(|char| char == '"') {
        record::quoted(&cell[1..cell.len() - 1])
    } else {
        record::quoted(cell)
    }
}

/// Members whose cells are texts whatever they look like.
fn is_text(member: &str) -> bool {
    !matches!(member, "score" | "value" | "correction" | "source_metadata" | "extra" | "error" | "record")
}

fn write_cell(member: &str, json: &str) -> String {
    if is_text(member) { text_cell(json) } else { cell(json) }
}

fn read_cell(member: &str, cell: &str) -> String {
    if is_text(member) { untext_cell(cell) } else { uncell(cell) }
}

fn is_formula(text: &str) -> bool {
    let is_number = text.parse::<f64>().is_ok();
    !is_number && text.trim_start_matches('\'').starts_with(['=', '+', '-', '@', '\t', '\r'])
}

/// Puts an apostrophe in front of what a spreadsheet would run; also, guarded or not, of what has one already, since
/// reading takes one away.
fn guard(cell: String, on: bool) -> String {
    if is_formula(&cell) && (on || cell.starts_with('\'')) { format!("'{cell}") } else { cell }
}

pub(super) fn unguard(cell: &str) -> &str {
    match cell.strip_prefix('\'') {
        Some(rest) if is_formula(rest) => rest,
        _ => cell,
    }
}

pub(super) fn row(cells: impl IntoIterator<Item = String>, guarded: bool) -> String {
    let cells: Vec<String> = cells.into_iter().map(|cell| guard(cell, guarded)).collect();
    let mut out = String::new();
    csv::write_row(cells.iter().map(String::as_str), &mut out);
    out
}

/// Columns of the long table with the JSON of each.
fn long_members(feedback: &Feedback) -> Vec<(&'static str, String)> {
    let all = members(feedback);
    let member = |key: &str| {
        all.iter()
            .find(|(name, _)| *name == key)
            .map_or_else(|| "null".to_owned(), |(_, value)| value.clone())
    };
    let source = member("feedback_source");
    let of_source = |key: &str| {
        json::member(source.as_bytes(), key)
            .map_or_else(|| "null".to_owned(), |value| json::lossy(value).into_owned())
    };
    let mut columns: Vec<(&'static str, String)> = LONG
        .iter()
        .map(|column| {
            let value = match *column {
                "source" => of_source("type"),
                "user_id" | "user_name" => of_source(column),
                "source_metadata" => of_source("metadata"),
                other => member(other),
            };
            (*column, value)
        })
        .collect();
    columns.push(("extra", member("extra")));
    columns
}

pub(super) fn long(all: &[Judged], guarded: bool) -> Vec<String> {
    let header = row(LONG.iter().chain(&["extra"]).map(|column| (*column).to_owned()), guarded);
    let rows = all.iter().map(|one| {
        row(long_members(&one.feedback).iter().map(|(member, value)| write_cell(member, value)), guarded)
    });
    std::iter::once(header).chain(rows).collect()
}

pub(super) fn wide(all: &[Judged], guarded: bool) -> Vec<String> {
    let mut places: Vec<Vec<String>> = Vec::new();
    let mut found: Vec<Vec<(String, &Feedback)>> = Vec::new();
    let mut keys: Vec<String> = Vec::new();
    for one in all {
        let all = members(&one.feedback);
        let place: Vec<String> = PLACE
            .iter()
            .map(|name| {
                all.iter().find(|(key, _)| key == name).map(|(_, value)| text_cell(value)).unwrap_or_default()
            })
            .collect();
        let index = places.iter().position(|known| *known == place).unwrap_or_else(|| {
            places.push(place);
            found.push(Vec::new());
            places.len() - 1
        });
        let same = found[index].iter().filter(|(_, known)| known.key == one.feedback.key).count();
        let key =
            if same == 0 { one.feedback.key.clone() } else { format!("{}#{}", one.feedback.key, same + 1) };
        if !keys.contains(&key) {
            keys.push(key.clone());
        }
        found[index].push((key, &one.feedback));
    }
    keys.sort();
    let columns = keys.iter().flat_map(|key| WIDE.iter().map(move |(column, _)| format!("{key}.{column}")));
    let header = row(PLACE.iter().map(|name| (*name).to_owned()).chain(columns), guarded);
    let rows = places.iter().zip(&found).map(|(place, found)| {
        let cells = keys.iter().flat_map(|key| {
            let feedback = found.iter().find(|(known, _)| known == key).map(|(_, feedback)| *feedback);
            WIDE.iter().map(move |(column, member)| {
                feedback.map(|one| wide_cell(one, column, member)).unwrap_or_default()
            })
        });
        row(place.iter().cloned().chain(cells), guarded)
    });
    std::iter::once(header).chain(rows).collect()
}

fn wide_cell(feedback: &Feedback, column: &str, member: &str) -> String {
    if column == RECORD {
        let told: Vec<&str> = PLACE.into_iter().chain(WIDE.iter().map(|(_, member)| *member)).collect();
        return record::rest(feedback, &told);
    }
    let all = members(feedback);
    all.iter().find(|(key, _)| *key == member).map(|(_, value)| write_cell(member, value)).unwrap_or_default()
}

/// Bytes in which the header of a table ends.
pub(super) const HEADER_BYTES: usize = 64 * 1024;

/// Whether this is a table of feedback, by its header.
pub(super) fn is_table(text: &[u8]) -> bool {
    // JSON is not looked at any further.
    if matches!(text.get(json::skip_space(text, 0)), None | Some(b'{' | b'[')) {
        return false;
    }
    let prefix = json::lossy(&text[..text.len().min(HEADER_BYTES)]);
    let Some(header) = csv::rows(&prefix).into_iter().next() else { return false };
    let header: Vec<String> = header.iter().map(|column| unguard(column).to_owned()).collect();
    let has = |name: &str| header.iter().any(|column| column == name);
    let is_place = PLACE.iter().any(|name| has(name));
    let is_long = has("key") && (has("score") || has("value") || has("comment"));
    let is_empty = header.iter().all(|column| PLACE.contains(&column.as_str()));
    is_place && (is_long || is_empty || wide_keys(&header).next().is_some())
}

/// Keys of a wide header.
fn wide_keys(header: &[String]) -> impl Iterator<Item = &str> {
    let mut seen = Vec::new();
    header.iter().filter_map(move |column| {
        let (key, part) = column.rsplit_once('.')?;
        let known = WIDE.iter().any(|(name, _)| *name == part) && !key.is_empty() && !seen.contains(&key);
        known.then(|| {
            seen.push(key);
            key
        })
    })
}

pub(super) fn read(text: &[u8], out: &mut ReadFeedback) {
    let text = json::lossy(text);
    let mut rows = csv::rows(&text).into_iter();
    let Some(header) = rows.next() else { return };
    let header: Vec<String> = header.iter().map(|column| unguard(column).to_owned()).collect();
    let is_long = header.iter().any(|column| column == "key");
    for (number, cells) in rows.enumerate() {
        let cell = |name: &str| {
            let place = header.iter().position(|column| column == name)?;
            cells.get(place).map(|cell| unguard(cell)).filter(|cell| !cell.is_empty())
        };
        let line = u64::try_from(number + 2).ok();
        let mut keep = |result: Result<Feedback, String>| match result {
            Ok(feedback) => out.feedback.push(feedback),
            Err(message) => {
                let reject = Reject::new("invalid_feedback", message, cells.join(",").as_bytes());
                out.rejects.push(Reject { line, ..reject });
            }
        };
        if is_long {
            keep(read_long(&cell));
        } else {
            for key in wide_keys(&header) {
                keep_some(read_wide(key, &cell), &mut keep);
            }
        }
    }
}

fn keep_some(result: Option<Result<Feedback, String>>, keep: &mut impl FnMut(Result<Feedback, String>)) {
    if let Some(result) = result {
        keep(result);
    }
}

fn read_long<'a>(cell: &dyn Fn(&str) -> Option<&'a str>) -> Result<Feedback, String> {
    let of = |column: &str| cell(column).map_or_else(|| "null".to_owned(), |text| read_cell(column, text));
    let source = text_object([
        ("type", of("source").as_str()),
        ("user_id", &of("user_id")),
        ("user_name", &of("user_name")),
        ("metadata", &of("source_metadata")),
    ]);
    let mut said: Vec<(&str, String)> = LONG
        .iter()
        .chain(&["extra"])
        .filter(|column| !matches!(**column, "source" | "user_id" | "user_name" | "source_metadata"))
        .map(|column| (*column, of(column)))
        .collect();
    said.push(("feedback_source", source));
    record::assemble(&said, None)
}

fn read_wide<'a>(key: &str, cell: &dyn Fn(&str) -> Option<&'a str>) -> Option<Result<Feedback, String>> {
    let part = |column: &str| cell(&format!("{key}.{column}"));
    if WIDE.iter().all(|(column, _)| part(column).is_none()) {
        return None;
    }
    let rest = part(RECORD);
    let own = rest.and_then(|rest| json::whole_value(rest.as_bytes()).ok());
    // The second feedback of a key about one thing carries its number in the header.
    let plain =
        key.rsplit_once('#').filter(|(_, number)| number.parse::<u32>().is_ok()).map_or(key, |(key, _)| key);
    let named = if own.is_some_and(|rest| json::member(rest, "key").is_some()) { None } else { Some(plain) };
    let mut said: Vec<(&str, String)> = named.map(|key| ("key", record::quoted(key))).into_iter().collect();
    said.extend(PLACE.iter().filter_map(|name| Some((*name, read_cell(name, cell(name)?)))));
    said.extend(
        WIDE.iter()
            .filter(|(column, _)| *column != RECORD)
            .filter_map(|(column, member)| Some((*member, read_cell(member, part(column)?)))),
    );
    Some(record::assemble(&said, own))
}
