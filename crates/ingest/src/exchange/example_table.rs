//! Examples as a table (`langsmith-otel-filter-export.md` §11.4): a row an example, a column each member of its inputs,
//! outputs and metadata. Texts stand as they are, anything else as JSON.

use super::{
    examples::{self, ExampleRecord, ReadExamples},
    record::quoted,
    table::{HEADER_BYTES, row, unguard},
};
use crate::{Reject, csv, export::text_object, json};

/// Columns about the example itself.
const OWN: [&str; 4] = ["id", "split", "source_run_id", "created_at"];
/// Parts of an example, whose members have columns `part.member`; a column of the part alone holds one without members.
const PARTS: [&str; 3] = ["inputs", "outputs", "metadata"];

/// Whether this is a table of examples, by its header.
pub(super) fn is_table(text: &[u8]) -> bool {
    if matches!(text.get(json::skip_space(text, 0)), None | Some(b'{' | b'[')) {
        return false;
    }
    let prefix = json::lossy(&text[..text.len().min(HEADER_BYTES)]);
    let header = csv::rows(&prefix).into_iter().next().unwrap_or_default();
    header.iter().any(|column| {
        let column = unguard(column);
        column == "inputs" || column.starts_with("inputs.")
    })
}

/// Members of an object as they are written.
fn members(object: &str) -> Vec<(String, String)> {
    json::members(object.as_bytes())
        .map(|(key, value)| (key.into_owned(), crate::tidy::tidy(value, crate::tidy::Spaces::Drop)))
        .collect()
}

/// A cell for a value that is there; one that is not there has an empty cell.
fn cell(value: &str) -> String {
    match json::string(value.as_bytes()) {
        Some(text) if json::whole_value(text.as_bytes()).is_err() && !text.is_empty() => text.into_owned(),
        _ => value.to_owned(),
    }
}

fn uncell(cell: &str) -> String {
    if json::whole_value(cell.as_bytes()).is_ok() { cell.to_owned() } else { quoted(cell) }
}

/// Names and values of a JSON object, as they stand in it.
type Members = Vec<(String, String)>;

/// The parts of an example: inputs, outputs, metadata.
fn parts(example: &ExampleRecord) -> [Option<&str>; 3] {
    [Some(&example.inputs), example.outputs.as_deref(), example.metadata.as_deref()]
}

/// The rows of a table, the header first.
pub fn write(all: &[ExampleRecord], guard_formulas: bool) -> Vec<String> {
    let all_members: Vec<[Option<Members>; 3]> =
        all.iter().map(|example| parts(example).map(|part| part.map(members))).collect();
    let mut columns: [Vec<String>; 3] = Default::default();
    let mut bare = [false; 3];
    for example in &all_members {
        for (part, found) in example.iter().enumerate() {
            let Some(found) = found else { continue };
            bare[part] |= found.is_empty();
            for (key, _) in found {
                if !columns[part].contains(key) {
                    columns[part].push(key.clone());
                }
            }
        }
    }
    let mut header: Vec<String> = OWN.iter().map(|name| (*name).to_owned()).collect();
    for (part, name) in PARTS.iter().enumerate() {
        header.extend(bare[part].then(|| (*name).to_owned()));
        header.extend(columns[part].iter().map(|key| format!("{name}.{key}")));
    }
    let rows = all.iter().zip(&all_members).map(|(example, found)| {
        let mut cells = vec![
            example.id.map(|id| id.to_string()).unwrap_or_default(),
            example.splits.as_deref().map(|splits| cell(&examples::split(splits))).unwrap_or_default(),
            example.source_run.map(|run| run.to_string()).unwrap_or_default(),
            example.created.map(super::record::iso).unwrap_or_default(),
        ];
        for part in 0..PARTS.len() {
            let found = found[part].as_deref();
            if bare[part] {
                let is_bare = found.is_some_and(<[_]>::is_empty);
                cells.push(if is_bare { "{}".to_owned() } else { String::new() });
            }
            let value = |key: &String| {
                let found = found?.iter().find(|(name, _)| name == key)?;
                Some(cell(&found.1))
            };
            cells.extend(columns[part].iter().map(|key| value(key).unwrap_or_default()));
        }
        row(cells, guard_formulas)
    });
    std::iter::once(row(header, guard_formulas)).chain(rows).collect()
}

/// Reads a table; what is no example of a row is told with its line.
pub(super) fn read(text: &[u8], out: &mut ReadExamples) {
    let text = json::lossy(text);
    let mut rows = csv::rows(&text).into_iter();
    let Some(header) = rows.next() else { return };
    let header: Vec<String> = header.iter().map(|column| unguard(column).to_owned()).collect();
    for (number, cells) in rows.enumerate() {
        let said: Vec<(&str, &str)> = header
            .iter()
            .zip(&cells)
            .map(|(column, cell)| (column.as_str(), unguard(cell)))
            .filter(|(_, cell)| !cell.is_empty())
            .collect();
        match example(&said) {
            Ok(example) => out.examples.push(example),
            Err(message) => {
                let reject = Reject::new("invalid_example", message, cells.join(",").as_bytes());
                out.rejects.push(Reject { line: u64::try_from(number + 2).ok(), ..reject });
            }
        }
    }
}

fn example(said: &[(&str, &str)]) -> Result<ExampleRecord, String> {
    let mut texts: Vec<(&str, String)> = Vec::new();
    for (name, part) in PARTS.iter().map(|name| (*name, format!("{name}."))) {
        let of_part: Vec<(&str, String)> = said
            .iter()
            .filter_map(|(column, cell)| Some((column.strip_prefix(part.as_str())?, uncell(cell))))
            .collect();
        let bare = said.iter().find(|(column, _)| *column == name).map(|(_, cell)| uncell(cell));
        if !of_part.is_empty() {
            let members = of_part.iter().map(|(key, value)| (*key, value.as_str()));
            texts.push((name, text_object(members)));
        } else if let Some(bare) = bare {
            texts.push((name, bare));
        }
    }
    // Without a single value a row still is an example: of nothing.
    if !texts.iter().any(|(name, _)| *name == "inputs") {
        texts.push(("inputs", "{}".to_owned()));
    }
    for (column, cell) in said {
        match *column {
            "split" => texts.push(("split", uncell(cell))),
            "id" | "source_run_id" | "created_at" => texts.push((column, quoted(cell))),
            _ => {}
        }
    }
    let members = texts.iter().map(|(name, value)| (*name, value.as_str()));
    examples::example(text_object(members).as_bytes())
}
