//! A JSON scanner that slices instead of building.
//!
//! Traces are mostly payload that nobody reads before a run is opened. So values are found, checked and handed on as
//! slices of the input; numbers keep their digits and objects their order. Iterative, so that nesting costs no
//! stack; deeper than [`MAX_DEPTH`] is refused.

use std::borrow::Cow;

use crate::Reject;

/// Levels of nesting that are read.
pub(crate) const MAX_DEPTH: usize = 512;

/// Bytes of a string that are looked at one by one.
const SHORT_STRING: usize = 24;

/// Why a text is not JSON, and where.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct JsonError {
    pub(crate) offset: usize,
    pub(crate) kind: JsonErrorKind,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum JsonErrorKind {
    /// The text ends within a value.
    Truncated,
    /// Something stands where it must not.
    Unexpected,
    /// More than [`MAX_DEPTH`] levels.
    TooDeep,
}

impl JsonErrorKind {
    pub(crate) fn code(self) -> &'static str {
        match self {
            Self::Truncated => "truncated",
            Self::Unexpected => "invalid_json",
            Self::TooDeep => "too_deep",
        }
    }

    pub(crate) fn message(self) -> &'static str {
        match self {
            Self::Truncated => "The JSON ends before it is complete",
            Self::Unexpected => "Not valid JSON",
            Self::TooDeep => "Nested deeper than 512 levels",
        }
    }
}

pub(crate) fn skip_space(text: &[u8], mut at: usize) -> usize {
    while let Some(b' ' | b'\n' | b'\r' | b'\t') = text.get(at) {
        at += 1;
    }
    at
}

/// The end of the string that starts at `at` (a quote).
fn string_end(text: &[u8], at: usize) -> Result<usize, JsonError> {
    let mut next = at + 1;
    // Keys and most values are short, for which the vectorised search below takes longer to start than to run.
    for byte in text.get(next..).unwrap_or_default().iter().take(SHORT_STRING) {
        match byte {
            b'"' => return Ok(next + 1),
            b'\\' => break,
            _ => next += 1,
        }
    }
    loop {
        let rest = text.get(next..).unwrap_or_default();
        match memchr::memchr2(b'"', b'\\', rest) {
            None => return Err(JsonError { offset: text.len(), kind: JsonErrorKind::Truncated }),
            Some(found) if rest[found] == b'"' => return Ok(next + found + 1),
            Some(found) => next += found + 2,
        }
    }
}

fn scalar_end(text: &[u8], at: usize) -> Result<usize, JsonError> {
    let unexpected = JsonError { offset: at, kind: JsonErrorKind::Unexpected };
    let length = text[at..]
        .iter()
        .position(|byte| matches!(byte, b',' | b']' | b'}' | b' ' | b'\n' | b'\r' | b'\t' | b':'));
    let end = length.map_or(text.len(), |length| at + length);
    let word = &text[at..end];
    match word {
        b"true" | b"false" | b"null" => Ok(end),
        _ if is_number(word) => Ok(end),
        // A word that the end of the text cut off.
        _ if end == text.len()
            && (["true", "false", "null"].iter().any(|literal| literal.as_bytes().starts_with(word))
                || word.iter().all(|byte| byte.is_ascii_digit() || b"+-.eE".contains(byte))) =>
        {
            Err(JsonError { offset: end, kind: JsonErrorKind::Truncated })
        }
        _ => Err(unexpected),
    }
}

fn is_number(word: &[u8]) -> bool {
    let digits = |from: usize| word[from..].iter().take_while(|byte| byte.is_ascii_digit()).count();
    let mut at = usize::from(word.first() == Some(&b'-'));
    let whole = digits(at);
    if whole == 0 || (whole > 1 && word[at] == b'0') {
        return false;
    }
    at += whole;
    if word.get(at) == Some(&b'.') {
        let fraction = digits(at + 1);
        if fraction == 0 {
            return false;
        }
        at += 1 + fraction;
    }
    if let Some(b'e' | b'E') = word.get(at) {
        at += 1;
        at += usize::from(matches!(word.get(at), Some(b'+' | b'-')));
        let exponent = digits(at);
        if exponent == 0 {
            return false;
        }
        at += exponent;
    }
    at == word.len()
}

/// Checks the value that starts at `at` (no space before it) and gives its end.
pub(crate) fn value_end(text: &[u8], at: usize) -> Result<usize, JsonError> {
    #[derive(Clone, Copy, PartialEq)]
    enum Open {
        Object,
        Array,
    }
    let truncated = JsonError { offset: text.len(), kind: JsonErrorKind::Truncated };
    let mut open: Vec<Open> = Vec::new();
    let mut at = at;
    loop {
        // A value starts here.
        let Some(first) = text.get(at) else { return Err(truncated) };
        let container = match first {
            b'{' => Some(Open::Object),
            b'[' => Some(Open::Array),
            _ => None,
        };
        if let Some(container) = container {
            if open.len() >= MAX_DEPTH {
                return Err(JsonError { offset: at, kind: JsonErrorKind::TooDeep });
            }
            at = skip_space(text, at + 1);
            let close = if container == Open::Object { b'}' } else { b']' };
            match text.get(at) {
                None => return Err(truncated),
                Some(byte) if *byte == close => at += 1,
                Some(_) => {
                    open.push(container);
                    if container == Open::Object {
                        at = key_end(text, at)?;
                    }
                    continue;
                }
            }
        } else {
            at = if *first == b'"' { string_end(text, at)? } else { scalar_end(text, at)? };
        }
        // A value ended here.
        loop {
            let Some(container) = open.last() else { return Ok(at) };
            at = skip_space(text, at);
            match (text.get(at), container) {
                (None, _) => return Err(truncated),
                (Some(b','), Open::Array) => {
                    at = skip_space(text, at + 1);
                    break;
                }
                (Some(b','), Open::Object) => {
                    at = key_end(text, skip_space(text, at + 1))?;
                    break;
                }
                (Some(b']'), Open::Array) | (Some(b'}'), Open::Object) => {
                    open.pop();
                    at += 1;
                }
                _ => return Err(JsonError { offset: at, kind: JsonErrorKind::Unexpected }),
            }
        }
    }
}

/// The start of the value behind the key that starts at `at`.
fn key_end(text: &[u8], at: usize) -> Result<usize, JsonError> {
    match text.get(at) {
        Some(b'"') => {}
        None => return Err(JsonError { offset: at, kind: JsonErrorKind::Truncated }),
        Some(_) => return Err(JsonError { offset: at, kind: JsonErrorKind::Unexpected }),
    }
    let colon = skip_space(text, string_end(text, at)?);
    match text.get(colon) {
        Some(b':') => Ok(skip_space(text, colon + 1)),
        None => Err(JsonError { offset: colon, kind: JsonErrorKind::Truncated }),
        Some(_) => Err(JsonError { offset: colon, kind: JsonErrorKind::Unexpected }),
    }
}

/// The one value that `text` consists of, without the space around it.
pub(crate) fn whole_value(text: &[u8]) -> Result<&[u8], JsonError> {
    let start = skip_space(text, 0);
    let end = value_end(text, start)?;
    let rest = skip_space(text, end);
    if rest == text.len() {
        Ok(&text[start..end])
    } else {
        Err(JsonError { offset: rest, kind: JsonErrorKind::Unexpected })
    }
}

/// The text with null in the place of every container that is nested deeper than [`MAX_DEPTH`].
pub(crate) fn without_depths(text: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(text.len());
    let mut depth = 0_usize;
    let mut at = 0;
    while let Some(byte) = text.get(at) {
        let end = if *byte == b'"' { string_end(text, at).unwrap_or(text.len()) } else { at + 1 };
        let end = end.min(text.len());
        let above = depth;
        match byte {
            b'{' | b'[' => depth += 1,
            b'}' | b']' => depth = depth.saturating_sub(1),
            _ => {}
        }
        // The bracket that opens or closes a container belongs to it.
        if above.max(depth) <= MAX_DEPTH {
            out.extend_from_slice(&text[at..end]);
        } else if above == MAX_DEPTH {
            out.extend_from_slice(b"null");
        }
        at = end;
    }
    out
}

/// The members of an object; nothing when `value` is none. `value` has been checked.
pub(crate) fn members(value: &[u8]) -> Members<'_> {
    Members { text: value, at: if value.first() == Some(&b'{') { 1 } else { value.len() } }
}

pub(crate) struct Members<'a> {
    text: &'a [u8],
    at: usize,
}

impl<'a> Iterator for Members<'a> {
    type Item = (Cow<'a, str>, &'a [u8]);

    fn next(&mut self) -> Option<Self::Item> {
        let mut at = skip_space(self.text, self.at);
        if self.text.get(at) == Some(&b',') {
            at = skip_space(self.text, at + 1);
        }
        let key_stop = string_end(self.text, at).ok().filter(|_| self.text.get(at) == Some(&b'"'))?;
        let start = key_end(self.text, at).ok()?;
        let end = value_end(self.text, start).ok()?;
        self.at = end;
        Some((string(&self.text[at..key_stop]).unwrap_or_default(), &self.text[start..end]))
    }
}

/// The elements of an array; nothing when `value` is none. `value` has been checked.
pub(crate) fn elements(value: &[u8]) -> Elements<'_> {
    Elements { text: value, at: if value.first() == Some(&b'[') { 1 } else { value.len() } }
}

pub(crate) struct Elements<'a> {
    text: &'a [u8],
    at: usize,
}

impl<'a> Iterator for Elements<'a> {
    type Item = &'a [u8];

    fn next(&mut self) -> Option<&'a [u8]> {
        let mut start = skip_space(self.text, self.at);
        if self.text.get(start) == Some(&b',') {
            start = skip_space(self.text, start + 1);
        }
        if matches!(self.text.get(start), None | Some(b']')) {
            return None;
        }
        let end = value_end(self.text, start).ok()?;
        self.at = end;
        Some(&self.text[start..end])
    }
}

/// The end of the value at `at`. `text` has been checked.
pub(crate) fn skip(text: &[u8], at: usize) -> usize {
    value_end(text, at).unwrap_or(text.len())
}

/// Hands on each key of the object at `at` with the place of its value, in one pass: `read` returns where the value
/// ends. Gives the end of the object, or of whatever stands there instead. `text` has been checked.
pub(crate) fn each_member<'a>(
    text: &'a [u8],
    at: usize,
    mut read: impl FnMut(Cow<'a, str>, usize) -> usize,
) -> usize {
    if text.get(at) != Some(&b'{') {
        return skip(text, at);
    }
    let mut at = skip_space(text, at + 1);
    while text.get(at) == Some(&b'"') {
        let (Ok(key_stop), Ok(start)) = (string_end(text, at), key_end(text, at)) else { return text.len() };
        let key = string(&text[at..key_stop]).unwrap_or_default();
        at = skip_space(text, read(key, start).max(start));
        if text.get(at) == Some(&b',') {
            at = skip_space(text, at + 1);
        }
    }
    (at + 1).min(text.len())
}

/// Hands on the place of each element of the array at `at`; like [`each_member`].
pub(crate) fn each_element(text: &[u8], at: usize, mut read: impl FnMut(usize) -> usize) -> usize {
    if text.get(at) != Some(&b'[') {
        return skip(text, at);
    }
    let mut at = skip_space(text, at + 1);
    while !matches!(text.get(at), None | Some(b']')) {
        let end = read(at);
        if end <= at {
            return text.len();
        }
        at = skip_space(text, end);
        if text.get(at) == Some(&b',') {
            at = skip_space(text, at + 1);
        }
    }
    (at + 1).min(text.len())
}

/// The member of this name; the last one wins.
pub(crate) fn member<'a>(value: &'a [u8], key: &str) -> Option<&'a [u8]> {
    members(value)
        .filter(|(name, _)| name == key)
        .last()
        .map(|(_, value)| value)
        .filter(|value| *value != b"null")
}

/// The members of an object, found once and then looked up by name; the last of equal names wins and null is absent.
pub(crate) struct Object<'a>(Vec<(Cow<'a, str>, &'a [u8])>);

impl<'a> Object<'a> {
    /// Nothing when `value` is no object.
    pub(crate) fn read(value: &'a [u8]) -> Self {
        Self(members(value).collect())
    }

    pub(crate) fn get(&self, key: &str) -> Option<&'a [u8]> {
        self.0
            .iter()
            .rev()
            .find(|(name, _)| name == key)
            .map(|(_, value)| *value)
            .filter(|value| *value != b"null")
    }

    /// A member name that is there more than once.
    pub(crate) fn first_duplicate(&self) -> Option<&str> {
        let earlier = |index: usize, key: &str| self.0[..index].iter().any(|(other, _)| other == key);
        let found = self.0.iter().enumerate().find(|(index, (key, _))| earlier(*index, key));
        found.map(|(_, (key, _))| key.as_ref())
    }

    /// The first of these members that is there.
    pub(crate) fn first(&self, keys: &[&str]) -> Option<&'a [u8]> {
        keys.iter().find_map(|key| self.get(key))
    }

    pub(crate) fn text(&self, key: &str) -> Option<String> {
        self.get(key).and_then(text).map(Cow::into_owned)
    }

    /// A text that reads as an id.
    pub(crate) fn id<T: std::str::FromStr>(&self, key: &str) -> Option<T> {
        self.text(key)?.parse().ok()
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = (&str, &'a [u8])> {
        self.0.iter().map(|(key, value)| (key.as_ref(), *value))
    }
}

/// The value at the end of a path of member names.
pub(crate) fn path<'a>(value: &'a [u8], keys: &[&str]) -> Option<&'a [u8]> {
    keys.iter().try_fold(value, |value, key| member(value, key))
}

/// The text of a JSON string; invalid UTF-8 and lone surrogates become U+FFFD.
pub(crate) fn string(value: &[u8]) -> Option<Cow<'_, str>> {
    let inner = value.strip_prefix(b"\"")?.strip_suffix(b"\"")?;
    if memchr::memchr(b'\\', inner).is_none() {
        return Some(lossy(inner));
    }
    let text = lossy(value);
    match serde_json::from_str::<String>(&text) {
        Ok(text) => Some(Cow::Owned(text)),
        Err(_) => Some(Cow::Owned(unescape_lossy(&String::from_utf8_lossy(inner)))),
    }
}

/// Text with U+FFFD in place of invalid bytes.
pub(crate) fn lossy(bytes: &[u8]) -> Cow<'_, str> {
    // The strict check is several times faster, and nearly always enough.
    match std::str::from_utf8(bytes) {
        Ok(text) => Cow::Borrowed(text),
        Err(_) => String::from_utf8_lossy(bytes),
    }
}

/// Unescapes what the strict reader refuses (lone surrogates, raw control characters, unknown escapes).
fn unescape_lossy(inner: &str) -> String {
    let mut out = String::with_capacity(inner.len());
    let mut chars = inner.chars();
    while let Some(char) = chars.next() {
        if char != '\\' {
            out.push(char);
            continue;
        }
        match chars.next() {
            Some('n') => out.push('\n'),
            Some('t') => out.push('\t'),
            Some('r') => out.push('\r'),
            Some('b') => out.push('\u{8}'),
            Some('f') => out.push('\u{c}'),
            Some('u') => {
                let digits: String = chars.by_ref().take(4).collect();
                let code = u32::from_str_radix(&digits, 16).ok();
                out.push(code.and_then(char::from_u32).unwrap_or('\u{fffd}'));
            }
            Some(other) => out.push(other),
            None => {}
        }
    }
    out
}

/// The text of a string, or of a number or boolean as written.
pub(crate) fn text(value: &[u8]) -> Option<Cow<'_, str>> {
    match value.first()? {
        b'"' => string(value),
        b'{' | b'[' => None,
        _ if value == b"null" => None,
        _ => std::str::from_utf8(value).ok().map(Cow::Borrowed),
    }
}

/// Says that a text is not UTF-8, and where; its strings are read with U+FFFD in place of what is not.
pub(crate) fn utf8_problem(text: &[u8]) -> Option<Reject> {
    let error = std::str::from_utf8(text).err()?;
    let message = "A text is not valid UTF-8; the invalid bytes are shown as replacement characters";
    let rest = text.get(error.valid_up_to()..).unwrap_or_default();
    Some(Reject::new("invalid_utf8", message, rest).at_offset(error.valid_up_to()))
}

/// An unsigned count, written as a number or as text; fractions are cut.
pub(crate) fn count(value: &[u8]) -> Option<u64> {
    let text = text(value)?;
    let text = text.trim();
    text.parse().ok().or_else(|| {
        let number: f64 = text.parse().ok().filter(|number: &f64| number.is_finite() && *number >= 0.0)?;
        // Counts are far below 2^53 where they are meant; larger ones are cut when stored.
        format!("{number:.0}").parse().ok()
    })
}

/// Writes a string as JSON.
pub(crate) fn write_string(text: &str, out: &mut Vec<u8>) {
    // Writing into memory cannot fail.
    let _ = serde_json::to_writer(&mut *out, text);
}

// ---- windows into payloads, for the viewer ----

/// Kind of a JSON value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(missing_docs, reason = "the kinds of JSON")]
pub enum JsonKind {
    Null,
    Boolean,
    Number,
    String,
    Array,
    Object,
}

/// One value of a payload, not yet opened.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct JsonNode<'a> {
    /// Kind.
    pub kind: JsonKind,
    /// The JSON text.
    pub text: &'a [u8],
}

impl<'a> JsonNode<'a> {
    fn of(text: &'a [u8]) -> Self {
        let kind = match text.first() {
            Some(b'{') => JsonKind::Object,
            Some(b'[') => JsonKind::Array,
            Some(b'"') => JsonKind::String,
            Some(b't' | b'f') => JsonKind::Boolean,
            Some(b'n') | None => JsonKind::Null,
            Some(_) => JsonKind::Number,
        };
        Self { kind, text }
    }

    /// Members or elements.
    pub fn child_count(&self) -> usize {
        match self.kind {
            JsonKind::Object => members(self.text).count(),
            JsonKind::Array => elements(self.text).count(),
            _ => 0,
        }
    }

    /// The text of a string.
    pub fn string(&self) -> Option<Cow<'a, str>> {
        string(self.text)
    }
}

/// The node that a JSON pointer (RFC 6901) names.
pub fn locate<'a>(document: &'a [u8], pointer: &str) -> Option<JsonNode<'a>> {
    let mut value = whole_value(document).ok()?;
    for token in pointer.split('/').skip(1) {
        let token = token.replace("~1", "/").replace("~0", "~");
        value = match value.first()? {
            b'{' => members(value).filter(|(key, _)| *key == token).last()?.1,
            b'[' => elements(value).nth(token.parse().ok()?)?,
            _ => return None,
        };
    }
    Some(JsonNode::of(value))
}

/// The children of a node from `offset` on, with their keys or indexes.
pub fn children<'a>(node: &JsonNode<'a>, offset: usize, limit: usize) -> Vec<(String, JsonNode<'a>)> {
    match node.kind {
        JsonKind::Object => members(node.text)
            .skip(offset)
            .take(limit)
            .map(|(key, value)| (key.into_owned(), JsonNode::of(value)))
            .collect(),
        JsonKind::Array => elements(node.text)
            .enumerate()
            .skip(offset)
            .take(limit)
            .map(|(index, value)| (index.to_string(), JsonNode::of(value)))
            .collect(),
        _ => Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn any_json() -> impl Strategy<Value = serde_json::Value> {
        let leaf = prop_oneof![
            Just(serde_json::Value::Null),
            any::<bool>().prop_map(Into::into),
            any::<i64>().prop_map(Into::into),
            any::<f64>().prop_filter("finite", |number| number.is_finite()).prop_map(Into::into),
            ".{0,12}".prop_map(Into::into),
        ];
        leaf.prop_recursive(4, 32, 5, |inner| {
            prop_oneof![
                proptest::collection::vec(inner.clone(), 0..5).prop_map(Into::into),
                proptest::collection::vec((".{0,6}", inner), 0..5)
                    .prop_map(|entries| serde_json::Value::Object(entries.into_iter().collect())),
            ]
        })
    }

    proptest! {
        #[test]
        fn every_document_is_found_whole(document in any_json(), pretty in any::<bool>()) {
            let text = if pretty { serde_json::to_string_pretty(&document) } else { serde_json::to_string(&document) }.unwrap();
            prop_assert_eq!(whole_value(text.as_bytes()), Ok(text.as_bytes()));
            if let serde_json::Value::Object(map) = &document {
                let keys: Vec<String> = members(text.as_bytes()).map(|(key, _)| key.into_owned()).collect();
                prop_assert_eq!(keys, map.keys().cloned().collect::<Vec<_>>());
            }
        }

        #[test]
        fn every_cut_document_is_truncated_and_nothing_panics(document in any_json(), cut in any::<usize>()) {
            let text = serde_json::to_string(&serde_json::json!([document])).unwrap();
            let cut = cut % text.len();
            let error = whole_value(&text.as_bytes()[..cut]).unwrap_err();
            prop_assert_eq!(error.kind, JsonErrorKind::Truncated);
        }

        #[test]
        fn arbitrary_bytes_never_panic(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
            let _ = whole_value(&bytes);
            members(&bytes).for_each(drop);
            elements(&bytes).for_each(drop);
            let _ = string(&bytes);
        }
    }

    #[test]
    fn nesting_is_read_to_its_limit_and_refused_beyond() {
        let nested = |levels: usize| format!("{}{}", "[".repeat(levels), "]".repeat(levels));
        assert!(whole_value(nested(MAX_DEPTH).as_bytes()).is_ok());
        assert_eq!(whole_value(nested(MAX_DEPTH + 1).as_bytes()).unwrap_err().kind, JsonErrorKind::TooDeep);
    }

    #[test]
    fn what_is_not_json_is_said_with_its_place() {
        for (text, offset) in
            [("{\"a\" 1}", 5), ("[1,]", 3), ("{\"a\":01}", 5), ("[1 2]", 3), ("nul ", 0), ("{} x", 3)]
        {
            assert_eq!(
                whole_value(text.as_bytes()),
                Err(JsonError { offset, kind: JsonErrorKind::Unexpected }),
                "{text}"
            );
        }
    }

    #[test]
    fn pointers_find_their_node() {
        let document = br#"{"a/b":[{"c~d":1},"x"]}"#;
        assert_eq!(locate(document, "/a~1b/0/c~0d").unwrap().text, b"1");
        assert_eq!(locate(document, "/a~1b/1").unwrap().string().unwrap(), "x");
        assert_eq!(locate(document, "/nothing"), None);
        let root = locate(document, "").unwrap();
        assert_eq!(root.child_count(), 1);
        assert_eq!(children(&locate(document, "/a~1b").unwrap(), 1, 9)[0].0, "1");
    }

    #[test]
    fn lone_surrogates_do_not_lose_the_string() {
        assert_eq!(string(br#""a\ud800b\n""#).unwrap(), "a\u{fffd}b\n");
    }
}
