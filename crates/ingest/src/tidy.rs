//! JSON as strict readers want it.
//!
//! Input is read with tolerance (raw control characters in strings, unknown escapes, invalid UTF-8), so that a sloppy
//! writer loses nothing. What is handed on promises to be JSON, so it passes here first.

use std::io::Write as _;

/// What becomes of the space between values.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Spaces {
    /// It stays, so that payloads are shown as they were sent.
    Keep,
    /// It goes, so that the text is one line.
    Drop,
}

/// The same JSON with everything that strict readers refuse replaced. Numbers keep their digits, objects their order.
pub(crate) fn tidy(json: &[u8], spaces: Spaces) -> String {
    let mut out = Vec::with_capacity(json.len());
    let mut at = 0;
    let mut in_string = false;
    while let Some(byte) = json.get(at) {
        match byte {
            b'"' => in_string = !in_string,
            b'\\' if in_string => {
                let length = escape_length(&json[at..]);
                out.extend_from_slice(if length == 0 { b"\\\\" } else { &json[at..at + length] });
                at += length.max(1);
                continue;
            }
            0..=0x1f if in_string => {
                // Writing into memory cannot fail.
                let _ = write!(out, "\\u{byte:04x}");
                at += 1;
                continue;
            }
            b' ' | b'\n' | b'\r' | b'\t' if !in_string && spaces == Spaces::Drop => {
                at += 1;
                continue;
            }
            _ if in_string => {
                let text = &json[at..];
                let length = text.iter().position(|byte| matches!(byte, b'"' | b'\\' | 0..=0x1f));
                let length = length.unwrap_or(text.len());
                out.extend_from_slice(&text[..length]);
                at += length;
                continue;
            }
            _ => {}
        }
        out.push(*byte);
        at += 1;
    }
    String::from_utf8(out).unwrap_or_else(|error| String::from_utf8_lossy(error.as_bytes()).into_owned())
}

/// The same JSON laid out for reading, a member a line. Numbers keep their digits, objects their order; what is no
/// JSON stays as it is.
pub fn pretty(json: &str) -> String {
    match serde_json::from_str::<&serde_json::value::RawValue>(json) {
        Err(_) => json.to_owned(),
        Ok(_) => {
            let mut out = String::with_capacity(json.len() * 5 / 4);
            lay_out(&tidy(json.as_bytes(), Spaces::Drop), &mut out);
            out
        }
    }
}

/// Breaks lines of JSON that has no spaces between its values.
fn lay_out(json: &str, out: &mut String) {
    let mut depth = 0_usize;
    let mut in_string = false;
    let mut is_escaped = false;
    let mut before = ' ';
    let mut chars = json.chars().peekable();
    let new_line = |out: &mut String, depth: usize| {
        out.push('\n');
        out.extend(std::iter::repeat_n("  ", depth));
    };
    while let Some(char) = chars.next() {
        if in_string {
            in_string = is_escaped || char != '"';
            is_escaped = !is_escaped && char == '\\';
            out.push(char);
            continue;
        }
        match char {
            '{' | '[' => {
                out.push(char);
                if !matches!(chars.peek(), Some('}' | ']')) {
                    depth += 1;
                    new_line(out, depth);
                }
            }
            '}' | ']' => {
                if !matches!(before, '{' | '[') {
                    depth = depth.saturating_sub(1);
                    new_line(out, depth);
                }
                out.push(char);
            }
            ',' => {
                out.push(char);
                new_line(out, depth);
            }
            ':' => out.push_str(": "),
            _ => {
                in_string = char == '"';
                out.push(char);
            }
        }
        before = char;
    }
}

/// Length of the escape sequence at the start of `text`; zero when it is none.
fn escape_length(text: &[u8]) -> usize {
    match text.get(1) {
        Some(b'"' | b'\\' | b'/' | b'b' | b'f' | b'n' | b'r' | b't') => 2,
        Some(b'u') if text.get(2..6).is_some_and(|digits| digits.iter().all(u8::is_ascii_hexdigit)) => 6,
        _ => 0,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    #[test]
    fn laid_out_for_reading() {
        let text = r#"{"a": 1.10,"b":[],"c":{},"d":[1,{"e":"x\"{,"}],"f":"\\"}"#;
        let expected = "{\n  \"a\": 1.10,\n  \"b\": [],\n  \"c\": {},\n  \"d\": [\n    1,\n    {\n      \"e\": \"x\\\"{,\"\n    }\n  ],\n  \"f\": \"\\\\\"\n}";
        assert_eq!(super::pretty(text), expected);
        assert_eq!(super::pretty(expected), expected);
        assert_eq!(super::pretty("{broken"), "{broken");
    }

    use super::*;
    use crate::json;

    #[test]
    fn sloppy_strings_become_strict_ones() {
        let sloppy = b"{ \"a\" : \"1\x012\nq\\q \\u12 \\ud800 \xff\" }";
        let strict = tidy(sloppy, Spaces::Drop);
        assert_eq!(strict, "{\"a\":\"1\\u00012\\u000aq\\\\q \\\\u12 \\ud800 \u{fffd}\"}");
        assert_eq!(tidy(b"{\n \"a\": 9007199254740993 }", Spaces::Keep), "{\n \"a\": 9007199254740993 }");
    }

    proptest! {
        #[test]
        fn what_was_read_is_strict_json_afterwards(inner in "[ -~\\n\\t\\x01]{0,40}") {
            let text = format!("[\"{inner}\"]");
            if json::whole_value(text.as_bytes()).is_ok() {
                let strict = tidy(text.as_bytes(), Spaces::Drop);
                // The strict reader also minds lone surrogates, which are grammatical JSON.
                prop_assert!(inner.contains("\\u") || serde_json::from_str::<serde_json::Value>(&strict).is_ok(), "{}", strict);
                prop_assert_eq!(tidy(strict.as_bytes(), Spaces::Keep), strict);
            }
        }
    }
}
