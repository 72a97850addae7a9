//! The texts of an opened run, one by one: what a full-text search looks at.
//!
//! Keys are no texts. A string that holds JSON (arguments of a tool, as many SDKs send them) is read as JSON, so that
//! neither its keys nor its escapes are words. Long arrays of numbers are embeddings and are left out; base64 is left
//! out where a text is split into words.

use std::borrow::Cow;

use crate::{
    RunDetail,
    json::{self, MAX_DEPTH},
};

/// Numbers in a row that make an array an embedding.
const EMBEDDING: usize = 32;

/// The part of a run in which a text stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[expect(missing_docs, reason = "the fields of `RunDetail`")]
pub enum TextPart {
    Metadata,
    Tags,
    Inputs,
    Outputs,
    Error,
}

/// A text of a run.
#[derive(Debug, Clone, Copy)]
pub struct Text<'a> {
    /// The part of the run.
    pub part: TextPart,
    /// JSON pointer within the part. It ends at the string, also where the text stands in JSON within that string.
    pub pointer: &'a str,
    /// As it stands in its JSON, in quotes and with escapes; or plain.
    raw: &'a [u8],
    is_json: bool,
}

impl<'a> Text<'a> {
    /// The bytes as they stand in the run, which tell equal texts.
    pub fn raw(&self) -> &'a [u8] {
        self.raw
    }

    /// The text.
    pub fn text(&self) -> Cow<'a, str> {
        if self.is_json && self.raw.first() == Some(&b'"') {
            json::string(self.raw).unwrap_or_default()
        } else {
            String::from_utf8_lossy(self.raw)
        }
    }
}

/// Hands on every text of a run: metadata, tags, inputs, outputs, error.
pub fn texts(detail: &RunDetail, visit: &mut dyn FnMut(Text<'_>)) {
    let mut walk = Walk { part: TextPart::Metadata, pointer: String::new(), is_within_string: false, visit };
    walk.document(TextPart::Metadata, &detail.metadata);
    for (index, tag) in detail.tags.iter().enumerate() {
        walk.plain(TextPart::Tags, &format!("/{index}"), tag);
    }
    walk.document(TextPart::Inputs, detail.inputs.as_deref().unwrap_or_default());
    walk.document(TextPart::Outputs, detail.outputs.as_deref().unwrap_or_default());
    if let Some(error) = &detail.error {
        let parts = [
            ("/kind", error.kind.as_deref()),
            ("/message", Some(error.message.as_str())),
            ("/stacktrace", error.stacktrace.as_deref()),
        ];
        for (pointer, text) in parts {
            walk.plain(TextPart::Error, pointer, text.unwrap_or_default());
        }
    }
}

struct Walk<'v> {
    part: TextPart,
    pointer: String,
    /// Below a string that holds JSON, the pointer stays at the string.
    is_within_string: bool,
    visit: &'v mut dyn FnMut(Text<'_>),
}

impl Walk<'_> {
    fn plain(&mut self, part: TextPart, pointer: &str, text: &str) {
        if !text.is_empty() {
            (self.visit)(Text { part, pointer, raw: text.as_bytes(), is_json: false });
        }
    }

    fn document(&mut self, part: TextPart, text: &str) {
        self.part = part;
        self.pointer.clear();
        if let Ok(value) = json::whole_value(text.as_bytes()) {
            self.value(value, 0, 0);
        }
    }

    /// Reads the value at `at` and gives its end.
    fn value(&mut self, text: &[u8], at: usize, depth: usize) -> usize {
        match text.get(at) {
            Some(b'{') if depth < MAX_DEPTH => json::each_member(text, at, |key, start| {
                let length = self.pointer.len();
                if !self.is_within_string {
                    self.pointer.push('/');
                    self.pointer.push_str(&escaped(&key));
                }
                let end = self.value(text, start, depth + 1);
                self.pointer.truncate(length);
                end
            }),
            Some(b'[') if depth < MAX_DEPTH && !is_embedding(text, at) => {
                let mut index = 0_usize;
                json::each_element(text, at, |start| {
                    let length = self.pointer.len();
                    if !self.is_within_string {
                        self.pointer.push('/');
                        self.pointer.push_str(&index.to_string());
                    }
                    index += 1;
                    let end = self.value(text, start, depth + 1);
                    self.pointer.truncate(length);
                    end
                })
            }
            Some(b'"') => {
                let end = json::skip(text, at);
                self.string(&text[at..end], depth);
                end
            }
            Some(b'-' | b'0'..=b'9') => {
                let end = json::skip(text, at);
                self.leaf(&text[at..end]);
                end
            }
            _ => json::skip(text, at),
        }
    }

    fn string(&mut self, raw: &[u8], depth: usize) {
        if raw.len() <= 2 {
            return;
        }
        if matches!(raw[1], b'{' | b'[' | b' ' | b'\\')
            && depth < MAX_DEPTH
            && let Some(inner) = json::string(raw)
            && inner.trim_start().starts_with(['{', '['])
            && let Ok(value) = json::whole_value(inner.as_bytes())
        {
            let was_within = std::mem::replace(&mut self.is_within_string, true);
            self.value(value, 0, depth + 1);
            self.is_within_string = was_within;
            return;
        }
        self.leaf(raw);
    }

    fn leaf(&mut self, raw: &[u8]) {
        (self.visit)(Text { part: self.part, pointer: &self.pointer, raw, is_json: true });
    }
}

/// A key as a JSON pointer has it (RFC 6901).
fn escaped(key: &str) -> Cow<'_, str> {
    if key.contains(['~', '/']) {
        Cow::Owned(key.replace('~', "~0").replace('/', "~1"))
    } else {
        Cow::Borrowed(key)
    }
}

/// Whether the array at `at` begins with many numbers.
fn is_embedding(text: &[u8], at: usize) -> bool {
    let mut numbers = 0;
    for byte in &text[at + 1..] {
        match byte {
            b',' => numbers += 1,
            b'0'..=b'9' | b'-' | b'+' | b'.' | b'e' | b'E' | b' ' | b'\n' | b'\r' | b'\t' => {}
            b']' => return numbers + 1 >= EMBEDDING,
            _ => return false,
        }
        if numbers >= EMBEDDING {
            return true;
        }
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ErrorDetail;

    fn of(detail: &RunDetail) -> Vec<String> {
        let mut found = Vec::new();
        texts(detail, &mut |text| {
            found.push(format!("{:?}{} {}", text.part, text.pointer, text.text()));
        });
        found
    }

    fn check(inputs: &str, expected: &[&str]) {
        let detail = RunDetail { inputs: Some(inputs.to_owned()), ..RunDetail::default() };
        assert_eq!(of(&detail), expected, "{inputs}");
    }

    #[test]
    fn values_are_texts_and_keys_are_not() {
        check(
            r#"{"messages":[{"role":"user","content":"h\u00e9llo\nworld"}],"n":42,"on":true,"no":null,"e":""}"#,
            &["Inputs/messages/0/role user", "Inputs/messages/0/content héllo\nworld", "Inputs/n 42"],
        );
        check(r#"{"a/b":{"~":"x"}}"#, &["Inputs/a~1b/~0 x"]);
    }

    #[test]
    fn json_in_a_string_is_read_as_json() {
        check(
            r#"{"arguments":"{\"city\":\"New\\nYork\",\"days\":[1,2]}","text":"{not json"}"#,
            &[
                "Inputs/arguments New\nYork",
                "Inputs/arguments 1",
                "Inputs/arguments 2",
                "Inputs/text {not json",
            ],
        );
    }

    #[test]
    fn embeddings_are_left_out() {
        let many = vec!["0.25"; 40].join(", ");
        check(
            &format!(r#"{{"vector":[{many}],"text":"kept","few":[1, 2]}}"#),
            &["Inputs/text kept", "Inputs/few/0 1", "Inputs/few/1 2"],
        );
    }

    #[test]
    fn all_parts_are_read() {
        let detail = RunDetail {
            metadata: r#"{"env":"test"}"#.to_owned(),
            tags: vec!["beta".to_owned()],
            outputs: Some(r#"{"output":"done"}"#.to_owned()),
            error: Some(ErrorDetail {
                message: "late \"x\"".to_owned(),
                kind: Some("Timeout".to_owned()),
                stacktrace: None,
            }),
            ..RunDetail::default()
        };
        assert_eq!(
            of(&detail),
            [
                "Metadata/env test",
                "Tags/0 beta",
                "Outputs/output done",
                "Error/kind Timeout",
                "Error/message late \"x\"",
            ]
        );
    }

    #[test]
    fn deep_nesting_ends_and_does_not_overflow() {
        let deep = format!("{}\"x\"{}", "[".repeat(500), "]".repeat(500));
        assert_eq!(of(&RunDetail { inputs: Some(deep), ..RunDetail::default() }).len(), 1);
        let mut nested = "[\"x\"]".to_owned();
        for _ in 0..8 {
            nested = serde_json::to_string(&serde_json::json!([nested])).unwrap_or_default();
        }
        assert_eq!(of(&RunDetail { inputs: Some(nested), ..RunDetail::default() }).len(), 1);
    }
}
