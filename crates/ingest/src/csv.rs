//! Tables as text (RFC 4180): commas, quotes doubled inside of quotes, line breaks inside of quotes.

/// The rows of a table. Line ends may be `\n` or `\r\n`, and a byte order mark in front is skipped; empty lines are no
/// rows. A quote that is never closed ends with the text.
pub fn rows(text: &str) -> Vec<Vec<String>> {
    let mut rows = Vec::new();
    let mut row: Vec<String> = Vec::new();
    let mut cell = String::new();
    let mut is_quoted = false;
    let mut chars = text.trim_start_matches('\u{feff}').chars().peekable();
    while let Some(char) = chars.next() {
        if is_quoted {
            match char {
                '"' if chars.peek() == Some(&'"') => {
                    chars.next();
                    cell.push('"');
                }
                '"' => is_quoted = false,
                other => cell.push(other),
            }
            continue;
        }
        match char {
            '"' if cell.is_empty() => is_quoted = true,
            ',' => row.push(std::mem::take(&mut cell)),
            '\r' if chars.peek() == Some(&'\n') => {}
            '\n' => {
                if !row.is_empty() || !cell.is_empty() {
                    row.push(std::mem::take(&mut cell));
                    rows.push(std::mem::take(&mut row));
                }
            }
            other => cell.push(other),
        }
    }
    if !row.is_empty() || !cell.is_empty() {
        row.push(cell);
        rows.push(row);
    }
    rows
}

/// Adds a row with its line end.
pub fn write_row<'c>(cells: impl IntoIterator<Item = &'c str>, out: &mut String) {
    for (index, cell) in cells.into_iter().enumerate() {
        if index > 0 {
            out.push(',');
        }
        if cell.contains([',', '"', '\n', '\r']) {
            out.push('"');
            out.push_str(&cell.replace('"', "\"\""));
            out.push('"');
        } else {
            out.push_str(cell);
        }
    }
    out.push_str("\r\n");
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
