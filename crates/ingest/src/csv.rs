//! Tables as text (RFC 4180): commas, quotes doubled inside of quotes, line breaks inside of quotes.

use csv::{ReaderBuilder, Terminator, WriterBuilder};

/// The rows of a table, which may differ in length. Line ends may be `\n` or `\r\n`, and a byte order mark in front is
/// skipped; empty lines are no rows. A quote that is never closed ends with the text.
pub fn rows(text: &str) -> Vec<Vec<String>> {
    let text = text.trim_start_matches('\u{feff}');
    let mut reader = ReaderBuilder::new().has_headers(false).flexible(true).from_reader(text.as_bytes());
    // Rows of any length are taken and the text is UTF-8, so nothing can fail.
    reader.records().map_while(Result::ok).map(|row| row.iter().map(str::to_owned).collect()).collect()
}

/// Adds a row with its line end.
pub fn write_row<'c>(cells: impl IntoIterator<Item = &'c str>, out: &mut String) {
    let mut writer = WriterBuilder::new().terminator(Terminator::CRLF).from_writer(Vec::new());
    let written = writer.write_record(cells).ok().and_then(|()| writer.into_inner().ok());
    // Writing into memory cannot fail, and texts stay texts.
    out.push_str(&String::from_utf8_lossy(&written.unwrap_or_default()));
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn cells_may_hold_anything() {
        let text = "\u{feff}q,a\r\n\"one, \"\"two\"\"\",\"line\nbreak\"\n\n,last";
        assert_eq!(rows(text), [["q", "a"], ["one, \"two\"", "line\nbreak"], ["", "last"]]);
    }

    proptest! {
        #[test]
        fn what_is_written_is_read(table in prop::collection::vec(prop::collection::vec("[a,\"\r\n é]{0,6}", 2..4), 0..4)) {
            let mut text = String::new();
            for row in &table {
                write_row(row.iter().map(String::as_str), &mut text);
            }
            prop_assert_eq!(rows(&text), table);
        }
    }
}
