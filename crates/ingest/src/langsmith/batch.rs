//! `POST /runs/batch` (`langsmith-api.md` §4): `{"post": […], "patch": […]}`, read as it arrives.
//!
//! One run is held at a time, and the runs that were decoded until they are taken. What stands between the runs is
//! checked here, each run by the decoder, so that one that cannot be read never stops its neighbours.

use model::Operation;

use super::operations::{Taken, take_run};
use crate::{Context, DecodeError, Reject, json};

/// Code of the refusal of a run that is larger than a reader holds.
pub const RUN_TOO_LARGE: &str = "run_too_large";

/// Bytes of a key, or of a value that is no list of runs, that are remembered.
const MOST_REMEMBERED: usize = 4 * 1024;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    Start,
    FirstKey,
    Key,
    InKey,
    Colon,
    Value,
    InValue,
    FirstRun,
    Run,
    InRun,
    BehindRun,
    BehindValue,
    End,
}

/// How far a value of JSON was followed. Nothing is checked but where it ends.
#[derive(Debug, Default)]
struct Follow {
    depth: usize,
    in_string: bool,
    is_escaped: bool,
    has_begun: bool,
}

impl Follow {
    /// Bytes that belong to the value, if it ends within these.
    fn end(&mut self, bytes: &[u8]) -> Option<usize> {
        let mut at = 0;
        while let Some(byte) = bytes.get(at) {
            if self.is_escaped {
                self.is_escaped = false;
                at += 1;
                continue;
            }
            if self.in_string {
                at += memchr::memchr2(b'"', b'\\', &bytes[at..])?;
                self.is_escaped = bytes[at] == b'\\';
                self.in_string = self.is_escaped;
                at += 1;
                if !self.in_string && self.depth == 0 {
                    return Some(at);
                }
                continue;
            }
            match byte {
                b'"' => self.in_string = true,
                b'{' | b'[' => self.depth += 1,
                b'}' | b']' if self.depth == 0 => return Some(at),
                b'}' | b']' => {
                    self.depth -= 1;
                    if self.depth == 0 {
                        return Some(at + 1);
                    }
                }
                b',' | b' ' | b'\t' | b'\r' | b'\n' if self.depth == 0 && self.has_begun => return Some(at),
                _ => {}
            }
            self.has_begun = true;
            at += 1;
        }
        None
    }
}

/// Takes a batch apart, chunk by chunk.
#[derive(Debug)]
pub struct Batch {
    context: Context,
    state: State,
    follow: Follow,
    /// What came of the key, value or run at work.
    held: Vec<u8>,
    /// Key whose value is read.
    key: String,
    /// Number of the run in its list.
    index: usize,
    /// Bytes of the body before the chunk at work.
    position: usize,
    run_limit: usize,
    taken: Taken,
    bytes: usize,
}

impl Batch {
    /// A reader for one body, of which no run is larger than this.
    pub fn new(context: Context, run_limit: usize) -> Self {
        Self {
            context,
            state: State::Start,
            follow: Follow::default(),
            held: Vec::new(),
            key: String::new(),
            index: 0,
            position: 0,
            run_limit,
            taken: Taken::default(),
            bytes: 0,
        }
    }

    /// Takes the next bytes. After an error the body cannot be followed any further; what was read stays.
    pub fn push(&mut self, chunk: &[u8]) -> Result<(), DecodeError> {
        let mut at = 0;
        while let Some(byte) = chunk.get(at) {
            if matches!(self.state, State::InKey | State::InValue | State::InRun) {
                let end = self.follow.end(&chunk[at..]);
                let piece = &chunk[at..end.map_or(chunk.len(), |end| at + end)];
                at += piece.len();
                self.hold(piece)?;
                if end.is_some() {
                    self.complete();
                }
                continue;
            }
            let starts = match (self.state, byte) {
                (_, b' ' | b'\t' | b'\r' | b'\n') => None,
                // Some programs begin a text with a byte order mark.
                (State::Start, 0xef | 0xbb | 0xbf) if self.position + at < 3 => None,
                (State::Start, b'{') => Some(State::FirstKey),
                (State::FirstKey | State::Key, b'"') => Some(State::InKey),
                (State::FirstKey | State::BehindValue, b'}') => Some(State::End),
                (State::Colon, b':') => Some(State::Value),
                (State::Value, b'[') if self.operation().is_some() => {
                    self.index = 0;
                    Some(State::FirstRun)
                }
                (State::FirstRun | State::BehindRun, b']') => Some(State::BehindValue),
                (State::BehindRun, b',') => Some(State::Run),
                (State::BehindValue, b',') => Some(State::Key),
                (State::Value | State::FirstRun | State::Run, b']' | b'}' | b',' | b':') => {
                    return Err(self.unexpected(&chunk[at..], at));
                }
                (State::Value, _) => Some(State::InValue),
                (State::FirstRun | State::Run, _) => Some(State::InRun),
                _ => return Err(self.unexpected(&chunk[at..], at)),
            };
            self.state = starts.unwrap_or(self.state);
            if matches!(self.state, State::InKey | State::InValue | State::InRun) {
                self.follow = Follow::default();
                self.held.clear();
            } else {
                at += 1;
            }
        }
        self.position += chunk.len();
        Ok(())
    }

    /// Whether the body ended where a batch ends.
    pub fn finish(&self) -> Result<(), DecodeError> {
        if self.state == State::End {
            return Ok(());
        }
        let kind = json::JsonErrorKind::Truncated;
        Err(DecodeError(Reject::new(kind.code(), kind.message(), &self.held).at_offset(self.position)))
    }

    /// Bytes of the runs that were decoded and not taken yet.
    pub fn bytes(&self) -> usize {
        self.bytes
    }

    /// Bytes that came and are no run yet.
    pub fn held(&self) -> usize {
        self.held.len()
    }

    /// Everything that was decoded so far.
    pub fn take(&mut self) -> Taken {
        self.bytes = 0;
        std::mem::take(&mut self.taken)
    }

    fn operation(&self) -> Option<Operation> {
        match self.key.as_str() {
            "post" => Some(Operation::Create),
            "patch" => Some(Operation::Update),
            _ => None,
        }
    }

    fn hold(&mut self, piece: &[u8]) -> Result<(), DecodeError> {
        let is_run = self.state == State::InRun;
        if !is_run {
            let room = MOST_REMEMBERED.saturating_sub(self.held.len());
            self.held.extend_from_slice(&piece[..piece.len().min(room)]);
        } else if self.held.len() + piece.len() > self.run_limit {
            let message = format!("The run is larger than {} MiB", self.run_limit / 1024 / 1024);
            let place = format!("{}[{}]", self.key, self.index);
            return Err(DecodeError(Reject::new(RUN_TOO_LARGE, message, &self.held).at_path(place)));
        } else {
            self.held.extend_from_slice(piece);
        }
        Ok(())
    }

    /// What was held is whole.
    fn complete(&mut self) {
        let held = std::mem::take(&mut self.held);
        self.state = match self.state {
            State::InKey => {
                self.key = json::text(&held).map(std::borrow::Cow::into_owned).unwrap_or_default();
                State::Colon
            }
            State::InRun => {
                if let Some(operation) = self.operation() {
                    let place = format!("{}[{}]", self.key, self.index);
                    let out = &mut self.taken.decoded;
                    take_run(&held, operation, &self.context, &place, Vec::new(), out);
                    self.bytes += held.len();
                }
                self.index += 1;
                State::BehindRun
            }
            _ => {
                if self.operation().is_some() && held != b"null" {
                    let reject = Reject::new("not_a_list", "The runs are no list", &held);
                    self.taken.decoded.rejects.push(reject.at_path(self.key.clone()));
                }
                State::BehindValue
            }
        };
        // The room of a small run serves the next one.
        if held.capacity() <= MOST_REMEMBERED {
            self.held = held;
            self.held.clear();
        }
    }

    fn unexpected(&self, rest: &[u8], at: usize) -> DecodeError {
        let reject = match self.state {
            State::Start => Reject::new("not_a_batch", "A batch is an object with post and patch", rest),
            _ => {
                let kind = json::JsonErrorKind::Unexpected;
                Reject::new(kind.code(), kind.message(), rest)
            }
        };
        DecodeError(reject.at_offset(self.position + at))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const A: &str = "00000000-0000-4000-8000-00000000000a";
    const B: &str = "00000000-0000-4000-8000-00000000000b";

    /// Names of the runs with their operation, what was refused, and the error that ended it.
    fn read(body: &str, size: usize) -> (Vec<String>, Vec<String>, Option<&'static str>) {
        let mut batch = Batch::new(Context::default(), 1024);
        let pushed = body.as_bytes().chunks(size).try_for_each(|chunk| batch.push(chunk));
        let error = pushed.and_then(|()| batch.finish()).err().map(|error| error.0.code);
        let decoded = batch.take().decoded;
        let runs = decoded
            .records
            .iter()
            .map(|run| format!("{:?} {}", run.raw.operation, run.fields.name.as_deref().unwrap_or_default()));
        let rejects = decoded
            .rejects
            .iter()
            .map(|reject| format!("{} {}", reject.path.as_deref().unwrap_or_default(), reject.code));
        (runs.collect(), rejects.collect(), error)
    }

    #[test]
    fn runs_are_read_wherever_the_body_is_cut() {
        let run = |id: &str, name: &str| format!(r#"{{"id":"{id}","name":"{name}","extra":{{"n":NaN}}}}"#);
        let first = run(A, r#"a \" ] } \\"#);
        let second = run(B, "b");
        let list = |runs: &[&str]| runs.iter().map(|run| (*run).to_owned()).collect::<Vec<_>>();
        let both = list(&[r#"Create a " ] } \"#, "Update b"]);
        for (body, runs, rejects, error) in [
            (format!(r#"{{"post":[{first}],"patch":[{second}]}}"#), both.clone(), vec![], None),
            (
                format!(
                    "\u{feff} {{ \"other\" : [1, {{\"post\":[]}}], \"patch\":[{second}] ,\n\"post\": [ {first} ] }} "
                ),
                list(&["Update b", r#"Create a " ] } \"#]),
                vec![],
                None,
            ),
            ("{}".to_owned(), vec![], vec![], None),
            (r#"{"post":null,"patch":[],"x":-1.5}"#.to_owned(), vec![], vec![], None),
            (
                format!(r#"{{"post":[7,{first},"x",{{"id":}},{{]]}}],"patch":{{"a":[1]}}}}"#),
                vec![both[0].clone()],
                list(&[
                    "post[0] not_a_run",
                    "post[2] not_a_run",
                    "post[3] invalid_json",
                    "post[4] invalid_json",
                ]),
                Some("invalid_json"),
            ),
            (
                r#"{"patch":{"a":[1]},"post":5}"#.to_owned(),
                vec![],
                list(&["patch not_a_list", "post not_a_list"]),
                None,
            ),
            (format!(r#"{{"post":[{first},{{"id":"#), vec![both[0].clone()], vec![], Some("truncated")),
            (
                format!(r#"{{"post":[{first} {second}]}}"#),
                vec![both[0].clone()],
                vec![],
                Some("invalid_json"),
            ),
            (format!(r#"{{"post":[{first}]}} 1"#), vec![both[0].clone()], vec![], Some("invalid_json")),
            (
                format!(r#"{{"post":[{first},{{"name":"{}"}}]}}"#, "x".repeat(2000)),
                vec![both[0].clone()],
                vec![],
                Some("run_too_large"),
            ),
            (format!("[{first}]"), vec![], vec![], Some("not_a_batch")),
            (String::new(), vec![], vec![], Some("truncated")),
        ] {
            for size in [1, 2, 7, 100_000] {
                let found = read(&body, size);
                assert_eq!(found, (runs.clone(), rejects.clone(), error), "{body} by {size}");
            }
        }
    }
}
