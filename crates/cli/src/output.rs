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

/// Columns padded to equal width, the last one free.
pub(crate) fn table(rows: &[Vec<String>]) {
    let columns = rows.iter().map(Vec::len).max().unwrap_or(0);
    let widths: Vec<usize> = (0..columns)
        .map(|column| {
            rows.iter().filter_map(|row| row.get(column)).map(|cell| cell.chars().count()).max().unwrap_or(0)
        })
        .collect();
    for row in rows {
        let cells = row.iter().zip(&widths).map(|(cell, width)| format!("{cell:<width$}"));
        line(cells.collect::<Vec<_>>().join("  ").trim_end());
    }
}

/// The file that is to be written; `-` is standard output, as everywhere.
pub(crate) fn file(path: Option<&std::path::Path>) -> Option<&std::path::Path> {
    path.filter(|path| path.as_os_str() != "-")
}
