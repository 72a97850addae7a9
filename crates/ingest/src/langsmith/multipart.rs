//! `multipart/form-data` as LangSmith's SDKs send it (`langsmith-api.md` §4.1), read as it arrives.
//!
//! One part is held at a time. The end of a part is its boundary; where a part states its length and the boundary
//! stands right behind it, the length is believed, so that content may look like a boundary.

use memchr::memmem;

/// Bytes of the headers of a part.
const MAX_HEAD_BYTES: usize = 64 * 1024;

/// Content of this size is handed on without a copy.
const LARGE_BYTES: usize = 1024 * 1024;

/// A part with its content.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Part {
    /// Name of the form field.
    pub name: String,
    /// Name of the file that the part is, as the sender says.
    pub file_name: Option<String>,
    /// Media type without parameters; empty when the part has none.
    pub content_type: String,
    /// The content.
    pub body: Vec<u8>,
}

/// Why a body cannot be taken apart any further.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FramingError {
    /// The content type names no boundary, or one that the body does not hold.
    NoBoundary,
    /// The headers of a part do not end.
    EndlessHead,
    /// A part exceeds the limit.
    PartTooLarge {
        /// Bytes that a part may have.
        limit: usize,
    },
}

impl std::fmt::Display for FramingError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::NoBoundary => {
                f.write_str("the body does not begin with the boundary that its content type names")
            }
            Self::EndlessHead => f.write_str("the headers of a part do not end"),
            Self::PartTooLarge { limit } => {
                write!(f, "a part is larger than {} MiB", limit / 1024 / 1024)
            }
        }
    }
}

impl std::error::Error for FramingError {}

/// A part within which the body ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cut {
    /// What came of it. It has no name when its headers are cut too.
    pub part: Part,
    /// Bytes that it should have had, as it states itself.
    pub stated: Option<usize>,
}

/// How a body ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Ending {
    /// With its closing boundary.
    Closed,
    /// Without it, maybe within a part.
    Open(Option<Box<Cut>>),
}

/// The boundary that a content type names.
pub fn boundary(content_type: &str) -> Option<String> {
    let (kind, parameters) = content_type.split_once(';')?;
    if !kind.trim().to_ascii_lowercase().starts_with("multipart/") {
        return None;
    }
    parameter(parameters, "boundary").filter(|boundary| !boundary.is_empty() && boundary.len() <= 200)
}

/// The value of a `; name=value` parameter, unquoted.
fn parameter(parameters: &str, wanted: &str) -> Option<String> {
    let mut rest = parameters;
    loop {
        rest = rest.trim_start_matches([';', ' ', '\t']);
        let (name, after) = rest.split_once('=')?;
        let (value, next) = match after.strip_prefix('"') {
            Some(quoted) => unquote(quoted),
            None => {
                let end = after.find(';').unwrap_or(after.len());
                (after[..end].trim().to_owned(), &after[end..])
            }
        };
        if name.trim().eq_ignore_ascii_case(wanted) {
            return Some(value);
        }
        rest = next;
    }
}

/// A quoted text up to its closing quote, and what follows.
fn unquote(quoted: &str) -> (String, &str) {
    let mut value = String::new();
    let mut chars = quoted.char_indices();
    while let Some((at, char)) = chars.next() {
        match char {
            '"' => return (value, &quoted[at + 1..]),
            '\\' => match chars.next() {
                Some((_, escaped @ ('"' | '\\'))) => value.push(escaped),
                Some((_, other)) => value.extend(['\\', other]),
                None => {}
            },
            _ => value.push(char),
        }
    }
    (value, "")
}

#[derive(Debug)]
enum State {
    /// Before the first boundary.
    Start,
    /// Behind a boundary.
    Boundary,
    /// Within the headers of a part.
    Head,
    /// Within a part.
    Body {
        name: String,
        file_name: Option<String>,
        content_type: String,
        /// As the part states it.
        length: Option<usize>,
        /// Whether the boundary was looked for where the stated length says.
        is_tried: bool,
        searched: usize,
    },
    /// Behind the closing boundary.
    End,
}

/// Takes a body apart, chunk by chunk.
#[derive(Debug)]
pub struct Multipart {
    /// `\r\n--boundary`.
    delimiter: Vec<u8>,
    buffer: Vec<u8>,
    /// Bytes of the buffer that are done.
    used: usize,
    state: State,
    part_limit: usize,
}

impl Multipart {
    /// A reader for bodies with this boundary.
    pub fn new(boundary: &str, part_limit: usize) -> Self {
        let mut delimiter = b"\r\n--".to_vec();
        delimiter.extend_from_slice(boundary.as_bytes());
        Self { delimiter, buffer: Vec::new(), used: 0, state: State::Start, part_limit }
    }

    /// Takes the next bytes and hands out every part that they complete.
    pub fn push(&mut self, chunk: &[u8], on_part: &mut dyn FnMut(Part)) -> Result<(), FramingError> {
        if self.used > 0 {
            self.buffer.drain(..self.used);
            self.used = 0;
        }
        self.buffer.extend_from_slice(chunk);
        while self.step(false, on_part)? {}
        Ok(())
    }

    /// Tells how the body ended. A last part whose boundary never came is complete if its stated length says so.
    pub fn finish(mut self, on_part: &mut dyn FnMut(Part)) -> Result<Ending, FramingError> {
        while self.step(true, on_part)? {}
        let rest = &self.buffer[self.used..];
        let (state, body) = match self.state {
            State::End => return Ok(Ending::Closed),
            State::Start => return Err(FramingError::NoBoundary),
            // The boundary itself is cut, and the part before it was handed out.
            State::Boundary => return Ok(Ending::Open(None)),
            State::Head => (head(&String::from_utf8_lossy(rest)), &[][..]),
            state @ State::Body { .. } => (state, rest),
        };
        let State::Body { name, file_name, content_type, length, .. } = state else {
            return Ok(Ending::Open(None));
        };
        let cut = Cut { part: Part { name, file_name, content_type, body: body.to_vec() }, stated: length };
        // What is there of the closing boundary is no content.
        if let Some(length) = length.filter(|length| is_cut_boundary(body, *length, &self.delimiter)) {
            on_part(Part { body: body[..length].to_vec(), ..cut.part });
            return Ok(Ending::Open(None));
        }
        Ok(Ending::Open(Some(Box::new(cut))))
    }

    /// Bytes that came and are no part yet.
    pub fn held(&self) -> usize {
        self.buffer.len() - self.used
    }

    /// The content of a part, which is so long, and on to what stands behind its boundary. A large one is not copied.
    fn take_body(&mut self, length: usize) -> Vec<u8> {
        self.state = State::Boundary;
        let end = self.used + length;
        let behind = end + self.delimiter.len();
        if length < LARGE_BYTES {
            let body = self.buffer[self.used..end].to_vec();
            self.used = behind;
            return body;
        }
        let rest = self.buffer.split_off(behind);
        let mut body = std::mem::replace(&mut self.buffer, rest);
        body.truncate(end);
        body.drain(..self.used);
        body.shrink_to_fit();
        self.used = 0;
        body
    }

    /// One step; `false` when more bytes are needed.
    fn step(&mut self, at_end: bool, on_part: &mut dyn FnMut(Part)) -> Result<bool, FramingError> {
        let rest = &self.buffer[self.used..];
        match &mut self.state {
            State::Start => {
                // The first boundary has no line break before it, unless there is a preamble.
                let first = &self.delimiter[2..];
                if rest.len() < first.len() {
                    return if first.starts_with(rest) || at_end {
                        Ok(false)
                    } else {
                        Err(FramingError::NoBoundary)
                    };
                }
                if rest.starts_with(first) {
                    self.used += first.len();
                } else if let Some(at) = memmem::find(rest, &self.delimiter) {
                    self.used += at + self.delimiter.len();
                } else if rest.len() > MAX_HEAD_BYTES {
                    return Err(FramingError::NoBoundary);
                } else {
                    return Ok(false);
                }
                self.state = State::Boundary;
                Ok(true)
            }
            State::Boundary => {
                let spaces = rest.iter().take_while(|byte| matches!(byte, b' ' | b'\t')).count();
                match &rest[spaces..] {
                    [b'\r', b'\n', ..] => {
                        self.used += spaces + 2;
                        self.state = State::Head;
                    }
                    [b'-', b'-', ..] => {
                        self.used = self.buffer.len();
                        self.state = State::End;
                    }
                    [] | [_] => return Ok(false),
                    // Only the first boundary comes here unchecked.
                    _ => return Err(FramingError::NoBoundary),
                }
                Ok(true)
            }
            State::Head => {
                // A part without headers begins with the empty line.
                let (length, skip) = if rest.starts_with(b"\r\n") {
                    (0, 2)
                } else {
                    match memmem::find(rest, b"\r\n\r\n") {
                        Some(length) => (length, length + 4),
                        None if rest.len() > MAX_HEAD_BYTES => return Err(FramingError::EndlessHead),
                        None => return Ok(false),
                    }
                };
                self.state = head(&String::from_utf8_lossy(&rest[..length]));
                self.used += skip;
                Ok(true)
            }
            State::Body { name, file_name, content_type, length, is_tried, searched } => {
                if let Some(stated) = length.filter(|_| !*is_tried) {
                    let behind = stated.saturating_add(self.delimiter.len()).saturating_add(2);
                    if rest.len() < behind && !at_end && stated <= self.part_limit {
                        return Ok(false);
                    }
                    *is_tried = true;
                    if ends_here(rest, stated, &self.delimiter) {
                        let part = Part {
                            name: std::mem::take(name),
                            file_name: file_name.take(),
                            content_type: std::mem::take(content_type),
                            body: Vec::new(),
                        };
                        let body = self.take_body(stated);
                        on_part(Part { body, ..part });
                        return Ok(true);
                    }
                }
                let mut from = *searched;
                while let Some(found) = memmem::find(&rest[from..], &self.delimiter) {
                    let at = from + found;
                    let behind = &rest[at + self.delimiter.len()..];
                    if behind.len() < 2 && !at_end {
                        *searched = at;
                        return Ok(false);
                    }
                    // Of a body that ends right behind a boundary nobody knows what would have come.
                    let is_last = behind.len() < 2
                        && length.is_none_or(|stated| stated == at)
                        && (b"--".starts_with(behind) || b"\r\n".starts_with(behind));
                    if is_last || is_boundary_end(behind) {
                        let part = Part {
                            name: std::mem::take(name),
                            file_name: file_name.take(),
                            content_type: std::mem::take(content_type),
                            body: Vec::new(),
                        };
                        let body = self.take_body(at);
                        on_part(Part { body, ..part });
                        return Ok(true);
                    }
                    from = at + 1;
                }
                if rest.len() > self.part_limit {
                    return Err(FramingError::PartTooLarge { limit: self.part_limit });
                }
                *searched = rest.len().saturating_sub(self.delimiter.len()).max(from);
                Ok(false)
            }
            State::End => {
                self.used = self.buffer.len();
                Ok(false)
            }
        }
    }
}

fn ends_here(rest: &[u8], length: usize, delimiter: &[u8]) -> bool {
    rest.get(length..).is_some_and(|behind| {
        behind.strip_prefix(delimiter).is_some_and(|behind| behind.len() >= 2 && is_boundary_end(behind))
    })
}

/// Whether all of so many bytes are there and nothing but the beginning of a boundary behind them.
fn is_cut_boundary(rest: &[u8], length: usize, delimiter: &[u8]) -> bool {
    rest.get(length..).is_some_and(|behind| delimiter.starts_with(behind))
}

/// What stands behind a real boundary; anything else is content that looks like one.
fn is_boundary_end(behind: &[u8]) -> bool {
    let spaces = behind.iter().take_while(|byte| matches!(byte, b' ' | b'\t')).count();
    behind[spaces..].starts_with(b"\r\n") || behind[spaces..].starts_with(b"--")
}

/// The body that follows these headers.
fn head(text: &str) -> State {
    let mut name = String::new();
    let mut file_name = None;
    let mut content_type = String::new();
    let mut length = None;
    for line in text.split("\r\n") {
        let Some((key, value)) = line.split_once(':') else { continue };
        let value = value.trim();
        match key.trim().to_ascii_lowercase().as_str() {
            "content-disposition" => {
                let parameters = value.split_once(';').map_or("", |(_, parameters)| parameters);
                name = parameter(parameters, "name").unwrap_or_default();
                file_name = parameter(parameters, "filename");
            }
            "content-type" => {
                let (kind, parameters) = value.split_once(';').unwrap_or((value, ""));
                kind.trim().clone_into(&mut content_type);
                length = length.or_else(|| parameter(parameters, "length")?.parse().ok());
            }
            "content-length" => length = value.parse().ok().or(length),
            _ => {}
        }
    }
    State::Body { name, file_name, content_type, length, is_tried: false, searched: 0 }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn read(body: &[u8], chunk: usize) -> (Vec<Part>, Result<Ending, FramingError>) {
        let mut parts = Vec::new();
        let mut multipart = Multipart::new("b1", 1 << 20);
        for chunk in body.chunks(chunk.max(1)) {
            if let Err(error) = multipart.push(chunk, &mut |part| parts.push(part)) {
                return (parts, Err(error));
            }
        }
        let ending = multipart.finish(&mut |part| parts.push(part));
        (parts, ending)
    }

    fn part(name: &str, body: &str) -> Part {
        Part {
            name: name.to_owned(),
            file_name: None,
            content_type: String::new(),
            body: body.as_bytes().to_vec(),
        }
    }

    #[test]
    fn parts_are_found_whatever_the_chunks() {
        let body = b"--b1\r\nContent-Disposition: form-data; name=\"post.1\"\r\n\r\n{}\r\n\
                     --b1\r\nContent-Disposition: form-data; name=\"a \\\"x\\\"\"; filename=\"f\"\r\n\r\n\r\n--b1--\r\n";
        for chunk in 1..body.len() {
            let (parts, ending) = read(body, chunk);
            let file = Part { file_name: Some("f".to_owned()), ..part("a \"x\"", "") };
            assert_eq!(parts, [part("post.1", "{}"), file]);
            assert_eq!(ending, Ok(Ending::Closed));
        }
    }

    #[test]
    fn a_stated_length_lets_content_look_like_a_boundary() {
        for head in ["Content-Length: 15", "Content-Type: text/plain; length=15"] {
            let body = format!(
                "--b1\r\nContent-Disposition: form-data; name=\"x\"\r\n{head}\r\n\r\nAB\r\n--b1\r\nCD: E\r\n--b1--"
            );
            let (parts, ending) = read(body.as_bytes(), 7);
            assert_eq!(parts[0].body, b"AB\r\n--b1\r\nCD: E");
            assert_eq!((parts.len(), ending), (1, Ok(Ending::Closed)));
        }
    }

    #[test]
    fn a_wrong_length_is_not_believed_and_a_longer_word_is_no_boundary() {
        let body = b"--b1\r\nContent-Disposition: form-data; name=\"x\"\r\nContent-Length: 99\r\n\r\nA\r\n--b12\r\nB\r\n--b1--";
        let (parts, ending) = read(body, 5);
        assert_eq!(parts, [part("x", "A\r\n--b12\r\nB")]);
        assert_eq!(ending, Ok(Ending::Closed));
    }

    #[test]
    fn a_body_that_breaks_off_keeps_its_whole_parts() {
        let body = b"--b1\r\nContent-Disposition: form-data; name=\"x\"\r\n\r\n1\r\n--b1\r\nContent-Disposition: form-data; name=\"y\"\r\n\r\n2";
        let (parts, ending) = read(body, 4096);
        assert_eq!(parts, [part("x", "1")]);
        let cut = Cut { part: part("y", "2"), stated: None };
        assert_eq!(ending, Ok(Ending::Open(Some(Box::new(cut)))));
    }

    #[test]
    fn a_part_of_which_all_stated_bytes_came_is_whole_wherever_the_body_is_cut() {
        let before = "--b1\r\nContent-Disposition: form-data; name=\"x\"\r\nContent-Length: 2\r\n\r\n{}\r\n";
        let head = "--b1\r\nContent-Disposition: form-data; name=\"y\"\r\nContent-Length: 3\r\n\r\n";
        let whole = format!("{before}{head}[1]\r\n--b1--\r\n");
        let (first, second) = (before.len() - 2, before.len() + head.len() + 3);
        for end in first..whole.len() {
            let (parts, ending) = read(&whole.as_bytes()[..end], 11);
            let expected: &[Part] = &[part("x", "{}"), part("y", "[1]")];
            assert_eq!(parts, expected[..=usize::from(end >= second)], "cut at {end}");
            let cut = match ending.unwrap() {
                Ending::Open(cut) => cut.map(|cut| (cut.part.name, cut.part.body.len(), cut.stated)),
                Ending::Closed => None,
            };
            let begun = before.len() + head.len();
            if (begun..second).contains(&end) {
                assert_eq!(cut, Some(("y".to_owned(), end - begun, Some(3))), "cut at {end}");
            } else if (before.len() + 6..begun).contains(&end) {
                assert!(cut.is_some_and(|(_, length, _)| length == 0), "cut at {end}");
            } else {
                assert_eq!(cut, None, "cut at {end}");
            }
        }
    }

    #[test]
    fn what_has_no_boundary_or_too_much_is_refused() {
        assert_eq!(read(b"{\"post\":[]}", 3).1, Err(FramingError::NoBoundary));
        assert_eq!(read(b"", 3).1, Err(FramingError::NoBoundary));
        let mut body = b"--b1\r\nContent-Disposition: form-data; name=\"x\"\r\n\r\n".to_vec();
        body.resize(body.len() + (1 << 21), b'.');
        assert_eq!(read(&body, 4096).1, Err(FramingError::PartTooLarge { limit: 1 << 20 }));
    }

    #[test]
    fn boundaries_are_read_from_content_types() {
        assert_eq!(boundary("multipart/form-data; boundary=abc").as_deref(), Some("abc"));
        assert_eq!(boundary("Multipart/Form-Data; charset=x; boundary=\"a b\"").as_deref(), Some("a b"));
        assert_eq!(boundary("application/json; boundary=abc"), None);
        assert_eq!(boundary("multipart/form-data"), None);
    }

    proptest! {
        #[test]
        fn any_bytes_are_read_without_a_panic(body in proptest::collection::vec(any::<u8>(), 0..300), chunk in 1_usize..50) {
            let mut all = b"--b1\r\n".to_vec();
            all.extend(&body);
            let _ = read(&all, chunk);
            let _ = read(&body, chunk);
        }

        #[test]
        fn what_was_written_is_read(bodies in proptest::collection::vec(proptest::collection::vec(any::<u8>(), 0..60), 1..5), chunk in 1_usize..40) {
            let mut body = Vec::new();
            for content in &bodies {
                body.extend(format!("--b1\r\nContent-Disposition: form-data; name=\"n\"\r\nContent-Length: {}\r\n\r\n", content.len()).bytes());
                body.extend(content);
                body.extend(b"\r\n");
            }
            body.extend(b"--b1--\r\n");
            let (parts, ending) = read(&body, chunk);
            prop_assert_eq!(parts.into_iter().map(|part| part.body).collect::<Vec<_>>(), bodies);
            prop_assert_eq!(ending, Ok(Ending::Closed));
        }
    }
}
