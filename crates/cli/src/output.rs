//! The only place that prints.

use std::{
    fmt::Display,
    io::{self, ErrorKind, Write},
    process,
};

use serde_json::Value;

/// Prints a line. A reader that has left (`| head`) wants no more of it, and what the command does goes on without it;
/// a result that cannot be written for another reason ends the command.
#[expect(clippy::exit, reason = "what comes after has nowhere to go")]
fn print(mut to: impl Write, text: impl Display) {
    if let Err(error) = writeln!(to, "{text}")
        && error.kind() != ErrorKind::BrokenPipe
    {
        let _ = writeln!(io::stderr(), "error: the result could not be written: {error}");
        process::exit(1);
    }
}

/// A result for programs: one line of JSON.
pub(crate) fn json(value: &Value) {
    print(io::stdout(), value);
}

/// A result for people.
pub(crate) fn line(text: impl AsRef<str>) {
    print(io::stdout(), text.as_ref());
}

/// Something on the way, not part of the result.
pub(crate) fn note(text: impl AsRef<str>) {
    let _ = writeln!(io::stderr(), "{}", text.as_ref());
}

/// Why it failed.
pub(crate) fn complain(error: &anyhow::Error) {
    let _ = writeln!(io::stderr(), "error: {error:#}");
}

/// A cell as it may stand in a row: names come from traces, and a terminal obeys what control characters say.
fn cell(text: &str) -> String {
    let is_unsafe =
        |char: char| char.is_control() || matches!(char, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    text.chars().map(|char| if is_unsafe(char) { '\u{fffd}' } else { char }).collect()
}

/// Rows as CSV (RFC 4180). A cell that a spreadsheet would take for a formula begins with an apostrophe.
pub(crate) fn csv(rows: &[Vec<String>]) {
    let quoted = |text: &String| {
        let text = cell(text);
        let formula =
            text.starts_with(['=', '+', '@']) || (text.starts_with('-') && text.parse::<f64>().is_err());
        let text = if formula { format!("'{text}") } else { text };
        if text.contains(['"', ',']) { format!("\"{}\"", text.replace('"', "\"\"")) } else { text }
    };
    for row in rows {
        line(row.iter().map(quoted).collect::<Vec<_>>().join(","));
    }
}

/// Columns padded to equal width, the last one free.
pub(crate) fn table(rows: &[Vec<String>]) {
    let rows: Vec<Vec<String>> = rows.iter().map(|row| row.iter().map(|text| cell(text)).collect()).collect();
    let columns = rows.iter().map(Vec::len).max().unwrap_or(0);
    let widths: Vec<usize> = (0..columns)
        .map(|column| {
            rows.iter().filter_map(|row| row.get(column)).map(|cell| cell.chars().count()).max().unwrap_or(0)
        })
        .collect();
    for row in &rows {
        let cells = row.iter().zip(&widths).map(|(cell, width)| format!("{cell:<width$}"));
        line(cells.collect::<Vec<_>>().join("  ").trim_end());
    }
}

/// The file that is to be written; `-` is standard output, as everywhere.
pub(crate) fn file(path: Option<&std::path::Path>) -> Option<&std::path::Path> {
    path.filter(|path| path.as_os_str() != "-")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_traces_do_not_reach_the_terminal_as_commands() {
        assert_eq!(cell("a\u{1b}[31mb\nc\u{202e}d"), "a\u{fffd}[31mb\u{fffd}c\u{fffd}d");
    }
}
