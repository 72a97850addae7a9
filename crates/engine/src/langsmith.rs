//! Intake of LangSmith's write endpoints: read as it arrives, written in portions, answered after the last commit.

use std::{io::Read, sync::atomic::Ordering};

use ingest::{
    Context,
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
    import::rejected_row,
    intake::message,
};

/// Gathered bytes of a multipart body that are written before the rest is read.
const PORTION_BYTES: usize = 8 * 1024 * 1024;
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

type Commits = Vec<oneshot::Receiver<store::Result<Outcome>>>;

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
            RunsBody::Batch | RunsBody::Create | RunsBody::Update(_) => {
                let mut bytes = Vec::new();
                reader.read_to_end(&mut bytes).map_err(|error| broken_off(&error))?;
                let taken = match body {
                    RunsBody::Update(run_id) => {
                        langsmith::single(&bytes, Operation::Update, Some(*run_id), &context)
                    }
                    RunsBody::Create => langsmith::single(&bytes, Operation::Create, None, &context),
                    _ => langsmith::batch(&bytes, &context),
                };
                self.take_whole(taken, seen)
            }
        }
    }

    fn take_whole(
        &self,
        taken: std::result::Result<Taken, ingest::DecodeError>,
        seen: &mut Seen,
    ) -> Result<IntakeAnswer> {
        let mut commits = Commits::new();
        let mut answer = IntakeAnswer::default();
        match taken {
            Ok(taken) => self.queue_taken(taken, false, &mut commits, (&mut answer, seen))?,
            Err(error) => {
                self.intake.rejected.fetch_add(1, Ordering::Relaxed);
                self.store.add_rejects(
                    self.endpoint_source()?,
                    vec![rejected_row(self.redaction.reject(error.0.clone()))],
                )?;
                return Err(Error::Decode(error));
            }
        }
        wait(commits)?;
        Ok(answer)
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
        let mut commits = Commits::new();
        let mut answer = IntakeAnswer::default();
        let mut buffer = vec![0; READ_BYTES];
        let broken = loop {
            let length = match reader.read(&mut buffer) {
                Ok(0) => break None,
                Ok(length) => length,
                Err(error) if error.kind() == std::io::ErrorKind::Interrupted => continue,
                Err(error) => break Some(broken_off(&error)),
            };
            if let Err(error) = multipart.push(&buffer[..length], &mut |part| assembler.part(part)) {
                break Some(unreadable(error));
            }
            if assembler.bytes() >= PORTION_BYTES {
                // Only at the start can the client still be asked to come again.
                let patient = !commits.is_empty();
                self.queue_taken(assembler.take(), patient, &mut commits, (&mut answer, seen))?;
            }
        };
        let broken = match (broken, multipart.finish(&mut |part| assembler.part(part))) {
            (Some(error), _) => Some(error),
            (None, Ok(Ending::Closed)) => None,
            (None, Ok(Ending::Open)) => {
                answer.add("The body ends without its closing boundary; its complete parts were kept");
                None
            }
            (None, Err(error)) => Some(unreadable(error)),
        };
        let patient = !commits.is_empty();
        self.queue_taken(assembler.take(), patient, &mut commits, (&mut answer, seen))?;
        wait(commits)?;
        broken.map_or(Ok(answer), Err)
    }

    /// Queues what was gathered. Feedback is written at once: it is little, and wants the runs of its body to be known.
    fn queue_taken(
        &self,
        taken: Taken,
        patient: bool,
        commits: &mut Commits,
        (answer, seen): (&mut IntakeAnswer, &mut Seen),
    ) -> Result<()> {
        let Taken { mut decoded, feedback } = taken;
        let rejected = u64::try_from(decoded.rejects.len()).unwrap_or(0);
        if let Some(text) = message(&decoded.rejects, &decoded.warnings) {
            answer.add(&text);
        }
        answer.rejected += rejected;
        self.redaction.records(&mut decoded.records);
        self.redaction.rejects(&mut decoded.rejects);
        self.redaction.rejects(&mut decoded.warnings);
        let source = self.endpoint_source()?;
        if !decoded.rejects.is_empty() {
            self.store.add_rejects(source, decoded.rejects.into_iter().map(rejected_row).collect())?;
        }
        let runs = u64::try_from(decoded.records.len()).unwrap_or(0);
        if runs > 0 {
            let batch = self.prepare(decoded.records).arrived(crate::now());
            let (sender, committed) = oneshot::channel();
            let done = move |result| {
                let _ = sender.send(result);
            };
            if patient {
                self.store.write_then(batch, source, done)?;
            } else if !self.store.try_write_then(batch, source, done)? {
                return Err(Error::Busy);
            }
            commits.push(committed);
        }
        self.note_warnings(source, decoded.warnings)?;
        if !feedback.is_empty() {
            self.take_feedback(feedback)?;
        }
        seen.taken += runs;
        seen.rejected += rejected;
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

fn wait(commits: Commits) -> Result<()> {
    for commit in commits {
        commit.blocking_recv().map_err(|_| Error::Store(store::Error::Closed))??;
    }
    Ok(())
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
