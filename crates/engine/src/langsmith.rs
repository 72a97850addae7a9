//! Intake of LangSmith's write endpoints: read as it arrives, written in portions, answered after the last commit.

use std::{collections::VecDeque, io::Read, sync::atomic::Ordering, time::Duration};

use ingest::{
    Context, DecodeError,
    langsmith::{
        self, Assembler, Taken,
        multipart::{Ending, FramingError, Multipart},
    },
};
use model::{Operation, RunId};
use store::Outcome;
use tokio::sync::oneshot;

use crate::{
    Arrival, Engine, Error, IntakeAnswer,
    activity::{BodyKind, MOST_BODY_BYTES, Seen, SeenBody},
    error::Result,
    import::{gather, rejected_row},
    intake::{Seat, message},
};

/// Gathered bytes of a multipart body that are written before the rest is read.
const PORTION_BYTES: usize = 4 * 1024 * 1024;
/// Portions of one body that may wait for their commit while the next is read.
const PORTIONS_AHEAD: usize = 2;
/// How long a body of which something was written already waits for room; clients wait ten seconds for their answer.
const PATIENCE: Duration = Duration::from_secs(5);
/// Bytes of one part; an attachment is held in memory until it is written.
const MAX_PART_BYTES: usize = 256 * 1024 * 1024;
/// Bytes that are read at once.
const READ_BYTES: usize = 256 * 1024;

/// What a body of LangSmith's write endpoints holds (`langsmith-api.md` §4).
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RunsBody {
    /// Parts between boundaries.
    Multipart {
        /// As the content type names it.
        boundary: String,
    },
    /// `{"post": […], "patch": […]}`.
    Batch,
    /// One new run.
    Create,
    /// A change of one run.
    Update(RunId),
}

type Commit = oneshot::Receiver<store::Result<Outcome>>;

/// What becomes of one body.
struct Intaking<'s> {
    /// Bytes that came and are not queued yet.
    seat: Seat,
    commits: VecDeque<Commit>,
    /// Whether something of it was written, so that it may as well wait for the rest.
    has_begun: bool,
    /// What was written, as far as it matters when all is.
    written: Outcome,
    answer: IntakeAnswer,
    seen: &'s mut Seen,
}

impl Intaking<'_> {
    /// Reads on into the buffer, if there is room for more; zero at the end.
    fn read(&mut self, reader: &mut dyn Read, buffer: &mut [u8]) -> Result<usize> {
        let length = loop {
            match reader.read(buffer) {
                Ok(length) => break length,
                Err(error) if error.kind() == std::io::ErrorKind::Interrupted => {}
                Err(error) => return Err(broken_off(&error)),
            }
        };
        // Only at the start can the client be asked to come again without having sent in vain.
        let patience = if self.has_begun { PATIENCE } else { Duration::ZERO };
        let more = u64::try_from(length).unwrap_or(u64::MAX);
        if self.seat.grow(more, patience) { Ok(length) } else { Err(Error::Busy) }
    }

    /// Waits until so many portions at most are not on the disk.
    fn wait(&mut self, most: usize) -> Result<()> {
        while self.commits.len() > most
            && let Some(commit) = self.commits.pop_front()
        {
            let outcome = commit.blocking_recv().map_err(|_| Error::Store(store::Error::Closed))??;
            gather(&mut self.written, outcome);
        }
        Ok(())
    }
}

impl Engine {
    /// Takes in runs and feedback; returns after all of it is on the disk. Blocks.
    ///
    /// A body that breaks off or cannot be taken apart any further is an error, but what came before is kept.
    pub fn take_runs(
        &self,
        body: &RunsBody,
        reader: &mut dyn Read,
        project: Option<String>,
        arrival: Arrival,
    ) -> Result<IntakeAnswer> {
        self.intake.requests.fetch_add(1, Ordering::Relaxed);
        let context = Context { project };
        let mut reader = Kept { inner: reader, bytes: Vec::new(), length: 0 };
        let mut seen = Seen::default();
        let answer = self.take_body(body, &mut reader, context, &mut seen);
        seen.bytes = Some(reader.length);
        if usize::try_from(reader.length).is_ok_and(|length| length == reader.bytes.len()) {
            seen.body = Some(SeenBody { bytes: reader.bytes.into(), kind: BodyKind::Langsmith });
        }
        self.note(arrival, seen, &answer);
        self.forwarding.wake();
        self.announce_endpoint();
        answer
    }

    fn take_body(
        &self,
        body: &RunsBody,
        reader: &mut dyn Read,
        context: Context,
        seen: &mut Seen,
    ) -> Result<IntakeAnswer> {
        match body {
            RunsBody::Multipart { boundary } => self.take_multipart(boundary, reader, context, seen),
            RunsBody::Batch => self.take_batch(reader, context, seen),
            RunsBody::Create | RunsBody::Update(_) => {
                let mut bytes = Vec::new();
                let mut buffer = vec![0; READ_BYTES];
                let mut intaking = self.intaking(seen);
                loop {
                    match intaking.read(reader, &mut buffer)? {
                        0 => break,
                        length if bytes.len() + length > MAX_PART_BYTES => {
                            let most = MAX_PART_BYTES / 1024 / 1024;
                            return Err(Error::TooLarge(format!("The run is larger than {most} MiB")));
                        }
                        length => bytes.extend_from_slice(&buffer[..length]),
                    }
                }
                let taken = match body {
                    RunsBody::Update(run_id) => {
                        langsmith::single(&bytes, Operation::Update, Some(*run_id), &context)
                    }
                    _ => langsmith::single(&bytes, Operation::Create, None, &context),
                };
                drop(bytes);
                self.take_whole(taken, intaking)
            }
        }
    }

    fn intaking<'s>(&self, seen: &'s mut Seen) -> Intaking<'s> {
        Intaking {
            seat: self.intake.seat(),
            commits: VecDeque::new(),
            has_begun: false,
            written: Outcome::default(),
            answer: IntakeAnswer::default(),
            seen,
        }
    }

    fn take_whole(
        &self,
        taken: std::result::Result<Taken, DecodeError>,
        mut intaking: Intaking<'_>,
    ) -> Result<IntakeAnswer> {
        match taken {
            Ok(taken) => self.queue_taken(taken, 0, &mut intaking)?,
            Err(error) => return Err(self.refused(error)?),
        }
        self.finish(intaking)
    }

    /// Keeps what is said of a body that cannot be read, or not any further.
    fn refused(&self, error: DecodeError) -> Result<Error> {
        self.intake.rejected.fetch_add(1, Ordering::Relaxed);
        let row = rejected_row(self.redaction.reject(error.0.clone()));
        self.store.add_rejects(self.endpoint_source()?, vec![row])?;
        Ok(if error.0.code == langsmith::RUN_TOO_LARGE {
            Error::TooLarge(error.0.message)
        } else {
            Error::Decode(error)
        })
    }

    fn take_batch(&self, reader: &mut dyn Read, context: Context, seen: &mut Seen) -> Result<IntakeAnswer> {
        let mut batch = langsmith::Batch::new(context, MAX_PART_BYTES);
        let mut intaking = self.intaking(seen);
        let mut buffer = vec![0; READ_BYTES];
        let broken = loop {
            let length = match intaking.read(reader, &mut buffer) {
                Ok(0) => break batch.finish().err().map(Err),
                Ok(length) => length,
                Err(Error::Busy) => return Err(Error::Busy),
                Err(error) => break Some(Ok(error)),
            };
            if let Err(error) = batch.push(&buffer[..length]) {
                break Some(Err(error));
            }
            if batch.bytes() >= PORTION_BYTES {
                intaking.wait(PORTIONS_AHEAD - 1)?;
                self.queue_taken(batch.take(), batch.held(), &mut intaking)?;
            }
        };
        self.queue_taken(batch.take(), 0, &mut intaking)?;
        let answer = self.finish(intaking)?;
        match broken {
            None => Ok(answer),
            Some(Ok(error)) => Err(error),
            Some(Err(error)) => Err(self.refused(error)?),
        }
    }

    fn take_multipart(
        &self,
        boundary: &str,
        reader: &mut dyn Read,
        context: Context,
        seen: &mut Seen,
    ) -> Result<IntakeAnswer> {
        let mut multipart = Multipart::new(boundary, MAX_PART_BYTES);
        let mut assembler = Assembler::new(context);
        let mut intaking = self.intaking(seen);
        let mut buffer = vec![0; READ_BYTES];
        let mut parts = 0_u64;
        let broken = loop {
            let length = match intaking.read(reader, &mut buffer) {
                Ok(0) => break None,
                Ok(length) => length,
                Err(Error::Busy) => return Err(Error::Busy),
                Err(error) => break Some(error),
            };
            let mut take = |part| {
                parts += 1;
                assembler.part(part);
            };
            if let Err(error) = multipart.push(&buffer[..length], &mut take) {
                break Some(unreadable(error));
            }
            if assembler.bytes() >= PORTION_BYTES {
                intaking.wait(PORTIONS_AHEAD - 1)?;
                self.queue_taken(assembler.take(), multipart.held(), &mut intaking)?;
            }
        };
        let ending = multipart.finish(&mut |part| {
            parts += 1;
            assembler.part(part);
        });
        let broken = match (broken, ending) {
            (broken, Ok(Ending::Open(cut))) => {
                if let Some(cut) = &cut {
                    assembler.cut(cut);
                }
                if broken.is_none() && parts > 0 {
                    let said = "The body ends without its closing boundary; its complete parts were kept";
                    intaking.answer.add(said);
                }
                broken.or_else(|| (parts == 0).then(nothing_complete))
            }
            (Some(error), _) => Some(error),
            (None, Ok(Ending::Closed)) => None,
            (None, Err(error)) => Some(unreadable(error)),
        };
        self.queue_taken(assembler.take(), 0, &mut intaking)?;
        let answer = self.finish(intaking)?;
        broken.map_or(Ok(answer), Err)
    }

    /// The answer, when everything is on the disk.
    fn finish(&self, mut intaking: Intaking<'_>) -> Result<IntakeAnswer> {
        intaking.wait(0)?;
        for said in self.warn_of(&intaking.written, self.endpoint_source()?)? {
            intaking.answer.add(said);
        }
        Ok(intaking.answer)
    }

    /// Queues what was gathered; so many bytes of the body are not in it yet. Feedback is written at once: it is
    /// little, and wants the runs of its body to be known.
    fn queue_taken(&self, taken: Taken, held: usize, intaking: &mut Intaking<'_>) -> Result<()> {
        let Taken { mut decoded, feedback } = taken;
        let seat = intaking.seat.split(u64::try_from(held).unwrap_or(u64::MAX));
        let rejected = u64::try_from(decoded.rejects.len()).unwrap_or(0);
        let said = message(&decoded.rejects, &decoded.warnings);
        self.redaction.records(&mut decoded.records);
        self.redaction.rejects(&mut decoded.rejects);
        self.redaction.rejects(&mut decoded.warnings);
        let source = self.endpoint_source()?;
        let runs = u64::try_from(decoded.records.len()).unwrap_or(0);
        if runs > 0 {
            let batch = self.prepare(decoded.records).arrived(crate::now());
            let (sender, committed) = oneshot::channel();
            let done = move |result| {
                drop(seat);
                let _ = sender.send(result);
            };
            if intaking.has_begun {
                self.store.write_then(batch, source, done)?;
            } else if !self.store.try_write_then(batch, source, done)? {
                return Err(Error::Busy);
            }
            intaking.commits.push_back(committed);
            intaking.has_begun = true;
        }
        // After the runs, so that what is sent again is not refused twice.
        if !decoded.rejects.is_empty() {
            self.store.add_rejects(source, decoded.rejects.into_iter().map(rejected_row).collect())?;
        }
        self.note_warnings(source, decoded.warnings)?;
        if !feedback.is_empty() {
            self.take_feedback(feedback)?;
        }
        if let Some(said) = said {
            intaking.answer.add(&said);
        }
        intaking.answer.rejected += rejected;
        intaking.seen.taken += runs;
        intaking.seen.rejected += rejected;
        self.intake.runs.fetch_add(runs, Ordering::Relaxed);
        self.intake.rejected.fetch_add(rejected, Ordering::Relaxed);
        Ok(())
    }
}

/// Keeps what is read for a closer look, as long as it is little.
struct Kept<'r> {
    inner: &'r mut dyn Read,
    bytes: Vec<u8>,
    length: u64,
}

impl Read for Kept<'_> {
    fn read(&mut self, out: &mut [u8]) -> std::io::Result<usize> {
        let length = self.inner.read(out)?;
        self.length += u64::try_from(length).unwrap_or(0);
        if usize::try_from(self.length).is_ok_and(|length| length <= MOST_BODY_BYTES) {
            self.bytes.extend_from_slice(&out[..length]);
        } else {
            self.bytes = Vec::new();
        }
        Ok(length)
    }
}

/// Nothing of a body could be kept.
fn nothing_complete() -> Error {
    let message = "The body ends before its first part is complete; nothing of it was kept";
    Error::InvalidInput(message.to_owned())
}

fn unreadable(error: FramingError) -> Error {
    let message = format!("The body cannot be read: {error}");
    match error {
        FramingError::PartTooLarge { .. } => Error::TooLarge(message),
        FramingError::NoBoundary | FramingError::EndlessHead => Error::InvalidInput(message),
    }
}

fn broken_off(error: &std::io::Error) -> Error {
    match error.kind() {
        std::io::ErrorKind::FileTooLarge => Error::TooLarge(error.to_string()),
        _ => Error::InvalidInput(format!("The body cannot be read: {error}")),
    }
}
