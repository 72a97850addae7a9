//! Splitting a stream into records without holding more than one of them.

use std::io::{self, Cursor, Read};

use super::sniff::{Compression, Shape, ZSTD, compression, sniff};
use crate::{Reject, json, session::Session};

/// Largest record that is read.
pub(crate) const MAX_FRAME_BYTES: usize = 512 * 1024 * 1024;
/// Bytes that are looked at to recognise the content.
const SNIFF_BYTES: usize = 64 * 1024;
/// Bytes that are asked of the stream at once.
const READ_BYTES: usize = 256 * 1024;
/// Bytes of the rest of the stream that a reject is given for its excerpt.
const TAIL_EXCERPT: usize = 800;

/// Language of a frame.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(missing_docs, reason = "the names of the languages")]
pub enum FrameKind {
    Json,
    Protobuf,
    /// Statements about runs that a line of a coding agent's session was translated to.
    Session,
}

/// A piece of a file that is decoded on its own.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Frame {
    /// The piece.
    pub bytes: Vec<u8>,
    /// Line on which it starts, from 1.
    pub line: u64,
    /// Byte of the unpacked stream at which it starts.
    pub offset: u64,
    /// Language.
    pub kind: FrameKind,
}

/// Yields the frames of a stream, and one reject for whatever breaks the stream itself.
pub struct Frames<R: Read> {
    source: Source<R>,
    shape: Option<Shape>,
    buffer: Vec<u8>,
    /// First byte of `buffer` that is not yet handed out.
    at: usize,
    /// Offset of `buffer[0]` in the unpacked stream.
    base: u64,
    line: u64,
    ended: bool,
    failed: bool,
    in_array: bool,
    failure: Option<Reject>,
    tail: bool,
    /// What the lines of a session said so far.
    session: Option<Session>,
    /// Frames before this offset were yielded another time.
    yielded: u64,
}

enum Source<R: Read> {
    Unopened(Option<R>),
    Open(Box<dyn Read + Send>),
}

/// A stream without its gzip or zstd around it.
pub fn unpacked(mut reader: impl Read + Send + 'static) -> io::Result<Box<dyn Read + Send>> {
    let mut magic = Vec::with_capacity(4);
    Read::by_ref(&mut reader).take(4).read_to_end(&mut magic)?;
    let packed = compression(&magic);
    let whole = Cursor::new(magic).chain(reader);
    Ok(match packed {
        Compression::None => Box::new(whole),
        Compression::Gzip => Box::new(flate2::read::MultiGzDecoder::new(whole)),
        Compression::Zstd => Box::new(zstd::Decoder::new(whole)?),
    })
}

impl<R: Read + Send + 'static> Frames<R> {
    /// Frames of a stream of any kind.
    pub fn new(reader: R) -> Self {
        Self {
            source: Source::Unopened(Some(reader)),
            shape: None,
            buffer: Vec::new(),
            at: 0,
            base: 0,
            line: 1,
            ended: false,
            failed: false,
            in_array: false,
            failure: None,
            tail: false,
            session: None,
            yielded: 0,
        }
    }

    /// Lines that were appended to a file from `offset` on; an unfinished last line is left for the next time.
    pub fn of_appended_lines(reader: R, offset: u64) -> Self {
        let mut frames = Self::new(reader);
        frames.shape = Some(Shape::JsonLines);
        frames.base = offset;
        frames.tail = true;
        frames
    }

    /// The lines behind `offset` of a file whose lines need those before them, read from its beginning.
    #[must_use]
    pub fn behind(mut self, offset: u64) -> Self {
        self.yielded = offset;
        self.tail = true;
        self
    }

    /// Leaves an unfinished last line for the next time instead of calling it cut.
    #[must_use]
    pub fn leaving_unfinished_line(mut self) -> Self {
        self.tail = true;
        self
    }

    /// Offset behind the last frame: where to go on when more has been appended. Only of use for unpacked lines.
    pub fn resume_offset(&self) -> u64 {
        self.base + u64::try_from(self.at).unwrap_or(0)
    }

    /// How the records stand, once the first was read.
    pub fn shape(&self) -> Option<Shape> {
        self.shape
    }

    fn open(&mut self) -> io::Result<()> {
        let Source::Unopened(reader) = &mut self.source else { return Ok(()) };
        let Some(reader) = reader.take() else { return Ok(()) };
        self.source = Source::Open(unpacked(reader)?);
        Ok(())
    }

    /// Reads on; `false` at the end of the stream.
    fn fill(&mut self) -> bool {
        if self.ended {
            return false;
        }
        if self.at > READ_BYTES {
            self.buffer.drain(..self.at);
            self.base += u64::try_from(self.at).unwrap_or(0);
            self.at = 0;
        }
        let result = self.open().and_then(|()| {
            let Source::Open(source) = &mut self.source else { return Ok(0) };
            let length = self.buffer.len();
            self.buffer.resize(length + READ_BYTES, 0);
            let read = loop {
                match source.read(&mut self.buffer[length..]) {
                    Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                    other => break other,
                }
            };
            self.buffer.truncate(length + *read.as_ref().unwrap_or(&0));
            read
        });
        match result {
            Ok(0) => {
                self.ended = true;
                false
            }
            Ok(_) => true,
            Err(error) => {
                self.ended = true;
                let offset = self.buffer.len();
                let code =
                    if error.kind() == io::ErrorKind::UnexpectedEof { "truncated" } else { "unreadable" };
                let message = match code {
                    "truncated" => "The compressed stream ends too early".to_owned(),
                    _ => format!("The stream cannot be read further: {error}"),
                };
                self.failure = Some(self.reject(code, message, offset));
                false
            }
        }
    }

    fn reject(&self, code: &'static str, message: impl Into<String>, at: usize) -> Reject {
        let rest = self.buffer.get(at.min(self.buffer.len())..).unwrap_or_default();
        let mut reject = Reject::new(code, message, &rest[..rest.len().min(TAIL_EXCERPT)]);
        reject.offset = Some(self.base + u64::try_from(at).unwrap_or(0));
        if self.shape.is_some_and(|shape| matches!(shape, Shape::Json | Shape::JsonLines | Shape::Session(_)))
        {
            reject.line = Some(self.line);
        }
        reject
    }

    fn recognise(&mut self) -> Result<Shape, Reject> {
        if let Some(shape) = self.shape {
            return Ok(shape);
        }
        while self.buffer.len() < SNIFF_BYTES && self.fill() {}
        let sniffed = sniff(
            &self.buffer[..self.buffer.len().min(SNIFF_BYTES)],
            self.ended && self.buffer.len() <= SNIFF_BYTES,
        );
        let shape = match (sniffed, self.failure.take()) {
            (Err(_), Some(failure)) => return Err(failure),
            (Err(reject), None) => return Err(reject),
            (Ok(sniffed), failure) => {
                self.failure = failure;
                sniffed.shape
            }
        };
        if self.buffer.starts_with(b"\xef\xbb\xbf") {
            self.at = 3;
        }
        if let Shape::Session(agent) = shape {
            self.session = Some(Session::of(agent));
        }
        self.shape = Some(shape);
        Ok(shape)
    }

    /// The next line of a session, translated; a line that cannot be read stays what it is.
    fn next_line_of_session(&mut self) -> Option<Result<Frame, Reject>> {
        loop {
            let mut frame = match self.next_line()? {
                Ok(frame) => frame,
                Err(reject) => return Some(Err(reject)),
            };
            let said = self.session.as_mut().and_then(|session| session.read(&frame.bytes));
            if frame.offset < self.yielded {
                continue;
            }
            if let Some(said) = said {
                frame.kind = FrameKind::Session;
                frame.bytes = said;
            }
            return Some(Ok(frame));
        }
    }

    fn take(&mut self, start: usize, end: usize, kind: FrameKind) -> Frame {
        let bytes = self.buffer[start..end].to_vec();
        let line = self.line;
        if kind == FrameKind::Json {
            self.line += u64::try_from(memchr::memchr_iter(b'\n', &bytes).count()).unwrap_or(0);
        }
        self.at = end;
        Frame { bytes, line, offset: self.base + u64::try_from(start).unwrap_or(0), kind }
    }

    fn too_large(&mut self) -> Reject {
        let message = format!("A record of more than {} MiB is not read", MAX_FRAME_BYTES / 1024 / 1024);
        self.reject("too_large", message, self.at)
    }

    fn next_line(&mut self) -> Option<Result<Frame, Reject>> {
        loop {
            let mut searched = self.at;
            let end = loop {
                match memchr::memchr(b'\n', &self.buffer[searched..]) {
                    Some(found) => break Some(searched + found),
                    None => {
                        searched = self.buffer.len();
                        let drained = self.base;
                        if searched - self.at > MAX_FRAME_BYTES {
                            let reject = self.too_large();
                            self.skip_line();
                            return Some(Err(reject));
                        }
                        if !self.fill() {
                            break None;
                        }
                        searched -= usize::try_from(self.base - drained).unwrap_or(0);
                    }
                }
            };
            let stop = match end {
                Some(end) => end,
                // A followed file's last line is only taken unfinished when it is a whole value already.
                None if self.at < self.buffer.len()
                    && (!self.tail || json::whole_value(&self.buffer[self.at..]).is_ok()) =>
                {
                    self.buffer.len()
                }
                None => return None,
            };
            let start = self.at;
            let is_blank = self.buffer[start..stop].iter().all(u8::is_ascii_whitespace);
            if is_blank {
                self.line += u64::from(end.is_some());
                self.at = (stop + 1).min(self.buffer.len());
                continue;
            }
            let frame = self.take(start, stop, FrameKind::Json);
            self.line += u64::from(end.is_some());
            self.at = (stop + 1).min(self.buffer.len());
            return Some(Ok(frame));
        }
    }

    /// Goes behind the next line break, holding nothing.
    fn skip_line(&mut self) {
        loop {
            self.base += u64::try_from(self.buffer.len()).unwrap_or(0);
            self.buffer.clear();
            self.at = 0;
            if !self.fill() {
                return;
            }
            if let Some(found) = memchr::memchr(b'\n', &self.buffer) {
                self.at = found + 1;
                self.line += 1;
                return;
            }
        }
    }

    /// The next value of concatenated values, or the next element of an array at the top.
    fn next_value(&mut self) -> Option<Result<Frame, Reject>> {
        loop {
            while let Some(byte) = self.buffer.get(self.at) {
                match byte {
                    b'\n' => self.line += 1,
                    b' ' | b'\t' | b'\r' | b',' => {}
                    b'[' if !self.in_array => self.in_array = true,
                    b']' if self.in_array => self.in_array = false,
                    _ => break,
                }
                self.at += 1;
            }
            if self.at < self.buffer.len() {
                break;
            }
            if !self.fill() {
                if self.in_array && !self.failed {
                    self.failed = true;
                    return Some(Err(self.reject(
                        "truncated",
                        "The file ends before its list is closed",
                        self.at,
                    )));
                }
                return None;
            }
        }
        let mut boundary = Boundary::default();
        let mut scanned = 0;
        loop {
            if let Some(length) = boundary.feed(&self.buffer[self.at + scanned..]) {
                let end = self.at + scanned + length;
                return Some(Ok(self.take(self.at, end, FrameKind::Json)));
            }
            scanned = self.buffer.len() - self.at;
            if scanned > MAX_FRAME_BYTES {
                self.ended = true;
                let reject = self.too_large();
                self.at = self.buffer.len();
                return Some(Err(reject));
            }
            if !self.fill() {
                let end = self.buffer.len();
                return Some(Ok(self.take(self.at, end, FrameKind::Json)));
            }
        }
    }

    fn next_prefixed(&mut self) -> Option<Result<Frame, Reject>> {
        while self.buffer.len() - self.at < 4 {
            if !self.fill() {
                let left = self.buffer.len() - self.at;
                if left == 0 || self.failed {
                    return None;
                }
                self.failed = true;
                return Some(Err(self.reject(
                    "truncated",
                    "The file ends within the length of a message",
                    self.at,
                )));
            }
        }
        let mut length = [0; 4];
        length.copy_from_slice(&self.buffer[self.at..self.at + 4]);
        let length = usize::try_from(u32::from_be_bytes(length)).unwrap_or(usize::MAX);
        if length > MAX_FRAME_BYTES {
            let message = "The length in front of a message is not plausible; the file is damaged here";
            let reject = self.reject("invalid_length", message, self.at);
            self.ended = true;
            self.at = self.buffer.len();
            return Some(Err(reject));
        }
        while self.buffer.len() - self.at - 4 < length {
            if !self.fill() {
                if self.buffer.len() - self.at <= 4 {
                    let reject = self.reject("truncated", "The file ends before its last message", self.at);
                    self.at = self.buffer.len();
                    return Some(Err(reject));
                }
                let reject = self.reject("truncated", "The file ends within its last message", self.at);
                self.failure.get_or_insert(reject);
                break;
            }
        }
        let start = self.at + 4;
        let end = (start + length).min(self.buffer.len());
        let is_json = self.buffer[start..end].first() == Some(&b'{');
        let mut frame = self.take(start, end, if is_json { FrameKind::Json } else { FrameKind::Protobuf });
        if frame.bytes.starts_with(ZSTD) {
            match unpack(&frame.bytes) {
                Ok(bytes) => {
                    frame.kind =
                        if bytes.first() == Some(&b'{') { FrameKind::Json } else { FrameKind::Protobuf };
                    frame.bytes = bytes;
                }
                Err(error) => {
                    let message = format!("A compressed message cannot be unpacked: {error}");
                    return Some(Err(self.reject("invalid_zstd", message, start)));
                }
            }
        }
        Some(Ok(frame))
    }

    fn next_message(&mut self) -> Option<Result<Frame, Reject>> {
        if self.at > 0 {
            return None;
        }
        while self.buffer.len() <= MAX_FRAME_BYTES && self.fill() {}
        if self.buffer.len() > MAX_FRAME_BYTES {
            self.ended = true;
            let reject = self.too_large();
            self.at = self.buffer.len();
            return Some(Err(reject));
        }
        let end = self.buffer.len();
        Some(Ok(self.take(0, end, FrameKind::Protobuf)))
    }
}

fn unpack(message: &[u8]) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    let limit = u64::try_from(MAX_FRAME_BYTES).unwrap_or(u64::MAX);
    zstd::Decoder::new(message)?.take(limit + 1).read_to_end(&mut bytes)?;
    if bytes.len() > MAX_FRAME_BYTES {
        return Err(io::Error::other("it is too large"));
    }
    Ok(bytes)
}

impl<R: Read + Send + 'static> Iterator for Frames<R> {
    type Item = Result<Frame, Reject>;

    fn next(&mut self) -> Option<Self::Item> {
        let shape = match self.recognise() {
            Ok(shape) => shape,
            Err(reject) => {
                if self.failed {
                    return None;
                }
                self.failed = true;
                return Some(Err(reject));
            }
        };
        let next = match shape {
            Shape::JsonLines => self.next_line(),
            Shape::Session(_) => self.next_line_of_session(),
            Shape::Json => self.next_value(),
            Shape::Protobuf => self.next_message(),
            Shape::LengthPrefixed => self.next_prefixed(),
        };
        next.or_else(|| self.failure.take().map(Err))
    }
}

/// Finds the end of a JSON value in a stream, without checking it.
#[derive(Default)]
struct Boundary {
    depth: usize,
    in_string: bool,
    escaped: bool,
    started: bool,
}

impl Boundary {
    /// Reads on; the number of bytes up to the end of the value, once it is there.
    fn feed(&mut self, bytes: &[u8]) -> Option<usize> {
        for (index, byte) in bytes.iter().enumerate() {
            if self.in_string {
                match byte {
                    _ if self.escaped => self.escaped = false,
                    b'\\' => self.escaped = true,
                    b'"' => {
                        self.in_string = false;
                        if self.depth == 0 {
                            return Some(index + 1);
                        }
                    }
                    _ => {}
                }
                continue;
            }
            match byte {
                b'"' => self.in_string = true,
                b'{' | b'[' => self.depth += 1,
                b'}' | b']' if self.depth > 0 => {
                    self.depth -= 1;
                    if self.depth == 0 {
                        return Some(index + 1);
                    }
                }
                b'}' | b']' | b',' | b' ' | b'\n' | b'\r' | b'\t' if self.depth == 0 && self.started => {
                    return Some(index);
                }
                b'}' | b']' if self.depth == 0 => return Some(index + 1),
                _ => {}
            }
            self.started = true;
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// Line, offset and text of a frame, or code and line of a reject.
    type Found = Result<(u64, u64, String), (&'static str, Option<u64>)>;

    fn frames(content: &[u8]) -> Vec<Found> {
        Frames::new(Cursor::new(content.to_vec()))
            .map(|frame| match frame {
                Ok(frame) => {
                    Ok((frame.line, frame.offset, String::from_utf8_lossy(&frame.bytes).into_owned()))
                }
                Err(reject) => Err((reject.code, reject.line)),
            })
            .collect()
    }

    #[test]
    fn lines_carry_their_number_and_offset() {
        let found = frames(b"{\"a\":1}\r\n\n{\"b\":2}\n{\"c\":3");
        assert_eq!(
            found,
            [
                Ok((1, 0, "{\"a\":1}\r".to_owned())),
                Ok((3, 10, "{\"b\":2}".to_owned())),
                Ok((4, 18, "{\"c\":3".to_owned())),
            ]
        );
    }

    #[test]
    fn arrays_stream_their_elements_and_a_cut_one_is_said() {
        let found = frames(b"[\n {\"a\":\"]\"},\n {\"b\":2}\n");
        assert_eq!(
            found,
            [
                Ok((2, 3, "{\"a\":\"]\"}".to_owned())),
                Ok((3, 15, "{\"b\":2}".to_owned())),
                Err(("truncated", Some(4)))
            ]
        );
    }

    #[test]
    fn pretty_printed_values_follow_each_other() {
        let found = frames(b"{\n\"a\": 1\n}\n{\n\"b\": 2\n}\n");
        assert_eq!(
            found,
            [Ok((1, 0, "{\n\"a\": 1\n}".to_owned())), Ok((4, 11, "{\n\"b\": 2\n}".to_owned()))]
        );
    }

    #[test]
    fn packed_streams_read_like_plain_ones_and_a_cut_one_keeps_its_beginning() {
        let lines = (0..4000).map(|index| format!("{{\"id\":{index}}}")).collect::<Vec<_>>().join("\n");
        let packed = zstd::encode_all(lines.as_bytes(), 1).unwrap();
        assert_eq!(frames(&packed), frames(lines.as_bytes()));
        let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        io::Write::write_all(&mut gzip, lines.as_bytes()).unwrap();
        let gzip = gzip.finish().unwrap();
        assert_eq!(frames(&gzip), frames(lines.as_bytes()));
        let cut = frames(&gzip[..gzip.len() / 2]);
        assert!(cut.len() > 100, "{}", cut.len());
        assert!(matches!(cut.last(), Some(Err(("truncated", _)))), "{:?}", cut.last());
    }

    #[test]
    fn appended_lines_stop_before_an_unfinished_one() {
        let mut frames = Frames::of_appended_lines(Cursor::new(b"{\"a\":1}\n{\"b\"".to_vec()), 100);
        assert_eq!(frames.next().unwrap().unwrap().offset, 100);
        assert_eq!(frames.next(), None);
        assert_eq!(frames.resume_offset(), 108);
    }

    proptest! {
        #[test]
        fn arbitrary_bytes_never_panic_and_end(bytes in proptest::collection::vec(any::<u8>(), 0..300)) {
            prop_assert!(Frames::new(Cursor::new(bytes)).take(2000).count() < 2000);
        }
    }
}
