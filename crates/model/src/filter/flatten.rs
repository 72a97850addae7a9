//! JSON as the flat list of entries that `input_key`, `metadata_value` and their like speak about.

/// A path of member names joined by dots, and the value there as text.
pub type Pair = (String, String);

/// Levels of nesting that are read.
const MAX_DEPTH: usize = 512;

/// The scalars of a JSON text with their paths: nested objects are joined by dots, array indexes are dropped, so that
/// a path may come several times (`langsmith-otel-filter-export.md` §10.3). Strings are unescaped, other scalars stand
/// as written, an empty object or array is `{}` or `[]`. Scalars outside of an object have an empty path.
///
/// `None` when the text is not one JSON value or nested deeper than 512 levels. Scalars that strict JSON does not know
/// (`NaN`) are read.
pub fn flatten_json(text: &str) -> Option<Vec<Pair>> {
    let mut reader = Reader { text, at: 0, path: String::new(), pairs: Vec::new() };
    reader.value(0)?;
    reader.space();
    (reader.at == text.len()).then_some(reader.pairs)
}

struct Reader<'t> {
    text: &'t str,
    at: usize,
    path: String,
    pairs: Vec<Pair>,
}

impl Reader<'_> {
    fn rest(&self) -> &str {
        &self.text[self.at..]
    }

    fn space(&mut self) {
        self.at = self.text.len() - self.rest().trim_start().len();
    }

    fn eat(&mut self, char: char) -> bool {
        self.space();
        let found = self.rest().starts_with(char);
        self.at += if found { char.len_utf8() } else { 0 };
        found
    }

    fn push(&mut self, value: &str) {
        self.pairs.push((self.path.clone(), value.to_owned()));
    }

    fn value(&mut self, depth: usize) -> Option<()> {
        if depth > MAX_DEPTH {
            return None;
        }
        if self.eat('{') {
            if self.eat('}') {
                self.push("{}");
                return Some(());
            }
            let around = self.path.len();
            loop {
                self.space();
                let key = self.string()?;
                if !self.eat(':') {
                    return None;
                }
                if around > 0 {
                    self.path.push('.');
                }
                self.path.push_str(&key);
                self.value(depth + 1)?;
                self.path.truncate(around);
                if self.eat('}') {
                    return Some(());
                }
                if !self.eat(',') {
                    return None;
                }
            }
        }
        if self.eat('[') {
            if self.eat(']') {
                self.push("[]");
                return Some(());
            }
            loop {
                self.value(depth + 1)?;
                if self.eat(']') {
                    return Some(());
                }
                if !self.eat(',') {
                    return None;
                }
            }
        }
        if self.rest().starts_with('"') {
            let text = self.string()?;
            self.push(&text);
            return Some(());
        }
        let is_scalar = |char: char| char.is_ascii_alphanumeric() || matches!(char, '+' | '-' | '.');
        let length = self.rest().find(|char| !is_scalar(char)).unwrap_or(self.rest().len());
        if length == 0 {
            return None;
        }
        let word = self.rest()[..length].to_owned();
        self.at += length;
        self.push(&word);
        Some(())
    }

    fn string(&mut self) -> Option<String> {
        let (text, length) = unescape(self.rest(), '"')?;
        self.at += length;
        Some(text)
    }
}

/// The text of a string at the start of `text` in this kind of quotes, and the bytes that it takes with them. Escapes
/// are those of JSON and of either quote; an unknown one stays as it is. `None` when there is no closing quote.
pub(super) fn unescape(text: &str, quote: char) -> Option<(String, usize)> {
    let inner = text.strip_prefix(quote)?;
    let mut out = String::new();
    let mut rest = inner;
    loop {
        let stop = rest.find([quote, '\\'])?;
        out.push_str(&rest[..stop]);
        rest = &rest[stop..];
        if rest.starts_with(quote) {
            return Some((out, text.len() - rest.len() + quote.len_utf8()));
        }
        let escaped = rest[1..].chars().next()?;
        rest = &rest[1 + escaped.len_utf8()..];
        match escaped {
            'n' => out.push('\n'),
            't' => out.push('\t'),
            'r' => out.push('\r'),
            'b' => out.push('\u{8}'),
            'f' => out.push('\u{c}'),
            '"' | '\'' | '\\' | '/' => out.push(escaped),
            'u' => match hex(rest) {
                Some(high @ 0xd800..=0xdbff) => {
                    rest = &rest[4..];
                    let low =
                        rest.strip_prefix("\\u").and_then(hex).filter(|low| (0xdc00..=0xdfff).contains(low));
                    if let Some(low) = low {
                        rest = &rest[6..];
                        let code = 0x10000 + ((high - 0xd800) << 10) + (low - 0xdc00);
                        out.push(char::from_u32(code).unwrap_or('\u{fffd}'));
                    } else {
                        out.push('\u{fffd}');
                    }
                }
                Some(code) => {
                    rest = &rest[4..];
                    out.push(char::from_u32(code).unwrap_or('\u{fffd}'));
                }
                None => out.push_str("\\u"),
            },
            other => {
                out.push('\\');
                out.push(other);
            }
        }
    }
}

fn hex(text: &str) -> Option<u32> {
    let digits = text.get(..4).filter(|digits| digits.bytes().all(|digit| digit.is_ascii_hexdigit()))?;
    u32::from_str_radix(digits, 16).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(json: &str, expected: &[(&str, &str)]) {
        let pairs = flatten_json(json).unwrap_or_else(|| panic!("{json} is not read"));
        let pairs: Vec<(&str, &str)> =
            pairs.iter().map(|(key, value)| (key.as_str(), value.as_str())).collect();
        assert_eq!(pairs, expected, "{json}");
    }

    #[test]
    fn paths_are_joined_and_indexes_dropped() {
        check(r#"{"a": {"b": 1, "c": [true, null]}}"#, &[("a.b", "1"), ("a.c", "true"), ("a.c", "null")]);
        check(
            r#"{"documents":[{"page_content":"x"},{"page_content":"y\n\u00e9\ud83d\ude00"}]}"#,
            &[("documents.page_content", "x"), ("documents.page_content", "y\né😀")],
        );
        check(r#"{"none":{},"no":[],"n":NaN}"#, &[("none", "{}"), ("no", "[]"), ("n", "NaN")]);
        check(r#"["a", -1.5e3]"#, &[("", "a"), ("", "-1.5e3")]);
        check(r#"{"lone":"\ud83d!","odd":"\q"}"#, &[("lone", "\u{fffd}!"), ("odd", "\\q")]);
    }

    #[test]
    fn what_is_not_json_is_none() {
        for text in ["", "{", "{\"a\"}", "{\"a\":1,}", "[1 2]", "\"open", "{} {}", "\"\\u12", "é"] {
            assert_eq!(flatten_json(text), None, "{text}");
        }
        assert_eq!(flatten_json(&"[".repeat(100_000)), None);
    }
}
