//! What a file is, by its first bytes; names are not asked.

use crate::{
    Reject,
    json::{self, JsonErrorKind},
    protobuf::{Fields, Wire},
    session::Agent,
};

/// How the bytes are packed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(missing_docs, reason = "the names of the formats")]
pub enum Compression {
    None,
    Gzip,
    Zstd,
}

/// How the records stand in the file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shape {
    /// One JSON value a line.
    JsonLines,
    /// The session of a coding agent: lines that need those before them.
    Session(Agent),
    /// JSON values over any number of lines, or one array of them.
    Json,
    /// One protobuf message.
    Protobuf,
    /// Protobuf or JSON messages, each behind its length in four bytes, big-endian; each may be zstd on its own.
    LengthPrefixed,
}

/// What was recognised.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Sniffed {
    /// How the records stand.
    pub shape: Shape,
}

const GZIP: &[u8] = &[0x1f, 0x8b];
pub(super) const ZSTD: &[u8] = &[0x28, 0xb5, 0x2f, 0xfd];

/// Files that people open by mistake, by their first bytes.
const FOREIGN: [(&[u8], &str); 12] = [
    (b"\xff\xfe", "text in UTF-16; save it as UTF-8"),
    (b"\xfe\xff", "text in UTF-16; save it as UTF-8"),
    (b"BZh", "a bzip2 archive"),
    (b"\x89PNG", "a PNG picture"),
    (b"\xff\xd8\xff", "a JPEG picture"),
    (b"GIF8", "a GIF picture"),
    (b"%PDF", "a PDF document"),
    (b"PK\x03\x04", "a ZIP archive"),
    (b"SQLite format 3", "an SQLite database"),
    (b"PAR1", "a Parquet file; write the dataframe with to_json(orient=\"records\", lines=True)"),
    (b"\x7fELF", "a program"),
    (b"<", "an XML or HTML document"),
];

/// How the first bytes are packed.
pub(super) fn compression(prefix: &[u8]) -> Compression {
    if prefix.starts_with(GZIP) {
        Compression::Gzip
    } else if prefix.starts_with(ZSTD) {
        Compression::Zstd
    } else {
        Compression::None
    }
}

/// Recognises unpacked content by its first bytes (some 64 KB of them; `whole` when that is all there is).
pub fn sniff(prefix: &[u8], whole: bool) -> Result<Sniffed, Reject> {
    let text = prefix.strip_prefix(b"\xef\xbb\xbf").unwrap_or(prefix);
    let start = json::skip_space(text, 0);
    if start == text.len() && whole {
        return Err(Reject::new("empty", "The file is empty", prefix));
    }
    if let Some((_, what)) = FOREIGN.iter().find(|(magic, _)| prefix.starts_with(magic)) {
        let message = if what.contains(';') {
            format!("This is {what}")
        } else {
            format!("This is {what}, not a trace file")
        };
        return Err(Reject::new("not_a_trace", message, prefix));
    }
    // Before JSON: the first byte of a message is also a line break, and its length may read as a bracket.
    if is_small_message(prefix) {
        return Ok(Sniffed { shape: Shape::Protobuf });
    }
    match text.get(start) {
        Some(b'[') => return Ok(Sniffed { shape: Shape::Json }),
        Some(b'{') => {
            let shape = json_shape(&text[start..], whole);
            let agent = Agent::of(&text[start..]).filter(|_| shape == Shape::JsonLines);
            return Ok(Sniffed { shape: agent.map_or(shape, Shape::Session) });
        }
        _ => {}
    }
    // Field 1 of a message; as the first byte of a length it would announce more than 160 MB.
    if prefix.first() == Some(&0x0a) {
        return Ok(Sniffed { shape: Shape::Protobuf });
    }
    if is_length_prefixed(prefix) {
        return Ok(Sniffed { shape: Shape::LengthPrefixed });
    }
    // Lines of text of which a later one may still be a record.
    let has_object_line = text.split(|byte| *byte == b'\n').any(|line| line.first() == Some(&b'{'));
    if has_object_line {
        return Ok(Sniffed { shape: Shape::JsonLines });
    }
    let message = if std::str::from_utf8(&prefix[..prefix.len().min(256)]).is_ok() {
        "This is text, but neither JSON nor OTLP"
    } else {
        "This is neither JSON nor OTLP protobuf"
    };
    Err(Reject::new("not_a_trace", message, prefix))
}

/// Lines when the first or the second line is a whole value, else values over many lines.
fn json_shape(text: &[u8], whole: bool) -> Shape {
    let mut lines = text.split(|byte| *byte == b'\n');
    let first = lines.next().unwrap_or_default();
    let second = lines.next();
    let complete = |line: &[u8]| {
        let line = line.strip_suffix(b"\r").unwrap_or(line);
        match json::whole_value(line) {
            Ok(_) => true,
            // A line that is broken inside is still a line; one that only ends too early may go on.
            Err(error) => error.kind != JsonErrorKind::Truncated && line.ends_with(b"}"),
        }
    };
    match second {
        None if !whole || complete(first) => Shape::JsonLines,
        Some(_) if complete(first) => Shape::JsonLines,
        Some(second) if second.starts_with(b"{") && (complete(second) || second.len() > 4096) => {
            Shape::JsonLines
        }
        _ => Shape::Json,
    }
}

/// Whether the text begins with a whole protobuf field 1 that consists of resource, scopes and schema alone.
fn is_small_message(prefix: &[u8]) -> bool {
    let Some(Ok((1, Wire::Bytes(message)))) = Fields::new(prefix).next() else { return false };
    !message.is_empty() && Fields::new(message).all(|field| matches!(field, Ok((1..=3, Wire::Bytes(_)))))
}

fn is_length_prefixed(prefix: &[u8]) -> bool {
    let Some((length, rest)) = prefix.split_first_chunk::<4>() else { return false };
    let length = u32::from_be_bytes(*length);
    let plausible =
        length > 0 && usize::try_from(length).is_ok_and(|length| length <= super::frames::MAX_FRAME_BYTES);
    plausible && (matches!(rest.first(), Some(0x0a | b'{')) || rest.starts_with(ZSTD))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shape(content: &[u8]) -> Result<Shape, (&'static str, String)> {
        sniff(content, true).map(|sniffed| sniffed.shape).map_err(|reject| (reject.code, reject.message))
    }

    #[test]
    fn content_decides() {
        assert_eq!(shape(b"{\"resourceSpans\":[]}\n{\"resourceSpans\":[]}\n"), Ok(Shape::JsonLines));
        assert_eq!(shape(b"{\n \"resourceSpans\": []\n}\n"), Ok(Shape::Json));
        assert_eq!(shape(b"\xef\xbb\xbf [\n{}]"), Ok(Shape::Json));
        assert_eq!(shape(b"{broken}\n{\"id\":1}\n"), Ok(Shape::JsonLines));
        assert_eq!(shape(b"\x0a\x02\x0a\x00"), Ok(Shape::Protobuf));
        assert_eq!(shape(b"\x0a\x9c\xc6\x01\x0a\x9c\xc6\x01\x0a\x20"), Ok(Shape::Protobuf));
        assert_eq!(shape(b"\n{\"id\":1}\n"), Ok(Shape::JsonLines));
        assert_eq!(shape(b"\n\n[\n{}]"), Ok(Shape::Json));
        assert_eq!(shape(b"\x00\x00\x00\x04\x0a\x02\x0a\x00"), Ok(Shape::LengthPrefixed));
    }

    #[test]
    fn what_is_no_trace_file_is_said_clearly() {
        assert_eq!(shape(b""), Err(("empty", "The file is empty".to_owned())));
        assert_eq!(shape(b" \n"), Err(("empty", "The file is empty".to_owned())));
        assert_eq!(
            shape(b"\x89PNG\r\n\x1a\n"),
            Err(("not_a_trace", "This is a PNG picture, not a trace file".to_owned()))
        );
        assert_eq!(
            shape(b"hello"),
            Err(("not_a_trace", "This is text, but neither JSON nor OTLP".to_owned()))
        );
        assert_eq!(
            shape(b"\xff\xfe\x00h"),
            Err(("not_a_trace", "This is text in UTF-16; save it as UTF-8".to_owned()))
        );
        assert_eq!(
            shape(b"\x80\x81\x82\x83\x84"),
            Err(("not_a_trace", "This is neither JSON nor OTLP protobuf".to_owned()))
        );
    }
}
