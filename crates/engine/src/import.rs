//! Imports: files, folders, uploads and samples, read in the background with every core.
//!
//! One thread splits the input into frames, one thread a core decodes, maps and compresses, the library's writer
//! commits. Records may be written in any order, so nobody waits for anybody; bounded channels keep memory flat.

mod jobs;
mod report;

use std::{
    fs::File,
    io::{self, Read},
    path::{Path, PathBuf},
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicU64, Ordering},
        mpsc::{Receiver, sync_channel},
    },
    thread,
    time::{Duration, Instant},
};

use ingest::{
    Context,
    file::{Frame, Frames, Shape, decode_frame, sniff},
};
use store::{Batch, NewSource, SourceId, SourceKind};

pub(crate) use jobs::Jobs;
use jobs::RunningJob;
pub use jobs::{Job, JobId, JobState};
pub(crate) use report::{gather, rejected_row, warning_row};

use crate::{
    Engine, Error, Event,
    error::Result,
    exchange::{Recognised, look, sidecar_of, unreadable},
    now,
};

/// Bytes of frames that are decoded together; the first piece is small, so that rows appear at once.
const CHUNK_BYTES: usize = 2 * 1024 * 1024;
const FIRST_CHUNK_BYTES: usize = 64 * 1024;
/// Time between two progress events of one import.
const PROGRESS_EVERY: Duration = Duration::from_millis(120);
/// Bytes by which a followed file is recognised again.
const SNIFF_BYTES: u64 = 64 * 1024;
/// Files of one folder that are imported.
const MOST_FILES: usize = 10_000;

/// What an import reads.
enum Content {
    /// Bytes that have no place on the disk, or were opened already.
    Reader(Box<dyn Read + Send>),
    /// A file from an offset on. It is opened when its turn comes: a folder has more files than a process may hold open.
    File { path: PathBuf, offset: u64 },
}

impl Content {
    fn open(self) -> Result<Box<dyn Read + Send>> {
        match self {
            Self::Reader(reader) => Ok(reader),
            Self::File { path, offset } => {
                let open = |source| Error::Io { action: "open", path: path.display().to_string(), source };
                let mut file = File::open(&path).map_err(open)?;
                io::Seek::seek(&mut file, io::SeekFrom::Start(offset)).map_err(open)?;
                Ok(Box::new(file))
            }
        }
    }
}

/// Where an import reads from.
struct Input {
    content: Content,
    /// Lines that were appended from here on; absent: a whole file.
    appended_from: Option<u64>,
    /// The content begins at the beginning although only what was appended is wanted: the lines need those before them.
    needs_beginning: bool,
    /// The file is followed: an unfinished last line will be finished.
    followed: bool,
    /// An import that ends before this one begins.
    after: Option<JobId>,
}

fn whole(reader: Box<dyn Read + Send>) -> Input {
    Input {
        content: Content::Reader(reader),
        appended_from: None,
        needs_beginning: false,
        followed: false,
        after: None,
    }
}

/// Counts bytes as they are read.
struct Counting<R> {
    inner: R,
    bytes: Arc<AtomicU64>,
}

impl<R: Read> Read for Counting<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.inner.read(buffer)?;
        self.bytes.fetch_add(u64::try_from(read).unwrap_or(0), Ordering::Relaxed);
        Ok(read)
    }
}

impl Engine {
    /// Starts importing files and folders; answers at once.
    pub fn import_paths(&self, paths: &[PathBuf], watch: bool) -> Result<Vec<Job>> {
        let mut jobs = Vec::new();
        for path in paths {
            let path = std::fs::canonicalize(path).map_err(|source| Error::Io {
                action: "open",
                path: path.display().to_string(),
                source,
            })?;
            if path.is_dir() {
                let source = self.add_source(SourceKind::Folder, &path, None)?;
                self.store.set_watching(source, watch)?;
                for file in files_below(&path) {
                    jobs.push(self.import_file(&file, watch)?);
                }
            } else {
                self.store.add_recent_file(&path.to_string_lossy(), now())?;
                let job = self.import_file(&path, watch)?;
                // After its traces, so that only feedback about others waits.
                let after = Some(job.id);
                jobs.push(job);
                if let Some(sidecar) = sidecar_of(&path) {
                    jobs.push(self.import_file_after(&sidecar, watch, after)?);
                }
            }
        }
        if watch {
            self.refresh_watches();
        }
        Ok(jobs)
    }

    fn add_source(&self, kind: SourceKind, path: &Path, bytes: Option<u64>) -> Result<SourceId> {
        let label = path
            .file_name()
            .map_or_else(|| path.display().to_string(), |name| name.to_string_lossy().into_owned());
        let path = Some(path.to_string_lossy().into_owned());
        let id = self.store.add_source(NewSource { kind, label, path, bytes, added: now() })?;
        self.emit(Event::SourcesChanged);
        Ok(id)
    }

    pub(crate) fn import_file(&self, path: &Path, watch: bool) -> Result<Job> {
        self.import_file_after(path, watch, None)
    }

    fn import_file_after(&self, path: &Path, watch: bool, after: Option<JobId>) -> Result<Job> {
        let bytes = path.metadata().ok().map(|metadata| metadata.len());
        let source = self.add_source(SourceKind::File, path, bytes)?;
        self.store.clear_rejects(source)?;
        self.store.set_watching(source, watch)?;
        let label = path
            .file_name()
            .map_or_else(|| path.display().to_string(), |name| name.to_string_lossy().into_owned());
        let input = Input {
            content: Content::File { path: path.to_owned(), offset: 0 },
            appended_from: None,
            needs_beginning: false,
            followed: watch,
            after,
        };
        self.start(label, source, bytes, input)
    }

    /// Reads what was appended to a followed file; a file that shrank is read from its beginning.
    pub(crate) fn import_appended(
        &self,
        source: SourceId,
        path: &Path,
        read_offset: u64,
    ) -> Result<Option<Job>> {
        let open = |source| Error::Io { action: "open", path: path.display().to_string(), source };
        let mut file = File::open(path).map_err(open)?;
        let bytes = file.metadata().map_err(open)?.len();
        if bytes < read_offset || read_offset == 0 {
            return self.import_file(path, true).map(Some);
        }
        if bytes == read_offset {
            return Ok(None);
        }
        let mut prefix = Vec::new();
        Read::by_ref(&mut file).take(SNIFF_BYTES).read_to_end(&mut prefix).map_err(open)?;
        let needs_beginning =
            sniff(&prefix, false).is_ok_and(|sniffed| matches!(sniffed.shape, Shape::Session(_)));
        let start = if needs_beginning { 0 } else { read_offset };
        let label = path
            .file_name()
            .map_or_else(|| path.display().to_string(), |name| name.to_string_lossy().into_owned());
        let input = Input {
            content: Content::File { path: path.to_owned(), offset: start },
            appended_from: Some(read_offset),
            needs_beginning,
            followed: true,
            after: None,
        };
        self.start(label, source, Some(bytes - start), input).map(Some)
    }

    /// Starts importing bytes that have no place on the disk.
    pub fn import_reader(&self, name: &str, bytes: Option<u64>, reader: Box<dyn Read + Send>) -> Result<Job> {
        let kind = SourceKind::Upload;
        let label = Path::new(name)
            .file_name()
            .map_or_else(|| name.to_owned(), |name| name.to_string_lossy().into_owned());
        let source = self.store.add_source(NewSource {
            kind,
            label: label.clone(),
            path: None,
            bytes,
            added: now(),
        })?;
        self.emit(Event::SourcesChanged);
        self.start(label, source, bytes, whole(reader))
    }

    /// Imports the bundled samples.
    pub fn load_samples(&self) -> Result<Job> {
        let samples: [&'static [u8]; 2] =
            [include_bytes!("../samples/agents.json"), include_bytes!("../samples/chains.json")];
        let bytes = samples.iter().map(|sample| sample.len() as u64).sum();
        let label = "Sample traces".to_owned();
        let path = Some("samples".to_owned());
        let new = NewSource {
            kind: SourceKind::Samples,
            label: label.clone(),
            path,
            bytes: Some(bytes),
            added: now(),
        };
        let source = self.store.add_source(new)?;
        self.emit(Event::SourcesChanged);
        let reader = Box::new(samples[0].chain(&b"\n"[..]).chain(samples[1]));
        self.start(label, source, Some(bytes), whole(reader))
    }

    fn read_all(&self, job: &Arc<RunningJob>, source: SourceId, input: Input) -> Result<()> {
        let Input { content, appended_from, needs_beginning, followed, after: _ } = input;
        let mut reader = content.open()?;
        if appended_from.is_none() {
            let label = job.view().label;
            let counting = Counting { inner: reader, bytes: Arc::clone(&job.bytes) };
            match look(Box::new(counting)).map_err(|source| unreadable(&label, source))? {
                Recognised::Other(whole) => reader = whole,
                Recognised::Exchange(exchange, content) => {
                    let brought = self.take_exchange(exchange, &content, &label)?;
                    job.update(|job| {
                        job.feedback = brought.feedback;
                        job.waiting = brought.waiting;
                        job.examples = brought.examples;
                    });
                    return self.keep_rejects(job, source, brought.rejects);
                }
            }
        }
        // A whole file was counted where it was looked at.
        let bytes = if appended_from.is_some() { Arc::clone(&job.bytes) } else { Arc::default() };
        let counting = Counting { inner: reader, bytes };
        let mut frames = match appended_from {
            Some(offset) if needs_beginning => Frames::new(counting).behind(offset),
            Some(offset) => Frames::of_appended_lines(counting, offset),
            None if followed => Frames::new(counting).leaving_unfinished_line(),
            None => Frames::new(counting),
        };
        let workers = thread::available_parallelism().map_or(2, std::num::NonZero::get);
        let (sender, receiver) = sync_channel::<Vec<Frame>>(workers);
        let receiver = Arc::new(Mutex::new(receiver));
        let threads: Vec<_> = (0..workers)
            .map(|_| {
                let engine = self.shared()?;
                let (job, receiver) = (Arc::clone(job), Arc::clone(&receiver));
                thread::Builder::new()
                    .name("decode".to_owned())
                    .spawn(move || engine.decode_all(&job, source, &receiver))
                    .map_err(|source| Error::Io {
                        action: "start a thread for",
                        path: "import".to_owned(),
                        source,
                    })
            })
            .collect::<Result<_>>()?;
        let mut chunk = Vec::new();
        let mut chunk_bytes = 0;
        let mut limit = FIRST_CHUNK_BYTES;
        let mut rejects = Vec::new();
        for frame in frames.by_ref() {
            if job.cancelled.load(Ordering::Relaxed) {
                break;
            }
            match frame {
                Ok(frame) => {
                    chunk_bytes += frame.bytes.len();
                    chunk.push(frame);
                }
                Err(reject) => rejects.push(reject),
            }
            if chunk_bytes >= limit {
                limit = CHUNK_BYTES;
                chunk_bytes = 0;
                if sender.send(std::mem::take(&mut chunk)).is_err() {
                    break;
                }
                self.report(job);
            }
        }
        if !job.cancelled.load(Ordering::Relaxed) {
            let _ = sender.send(chunk);
        }
        drop(sender);
        let mut failure = None;
        for thread in threads {
            match thread.join() {
                Ok(Ok(())) => {}
                Ok(Err(error)) => failure = Some(error),
                Err(_) => failure = Some(Error::InvalidInput("a decoder ended unexpectedly".to_owned())),
            }
        }
        // The writer takes its tasks in order, so this returns after everything before it is on the disk.
        self.keep_rejects(job, source, rejects)?;
        if !job.cancelled.load(Ordering::Relaxed) {
            self.warn_of_written(job, source)?;
        }
        let read_on = matches!(frames.shape(), Some(Shape::JsonLines | Shape::Session(_)))
            && followed
            && !job.cancelled.load(Ordering::Relaxed);
        let offset = if read_on { frames.resume_offset() } else { 0 };
        let before = appended_from.filter(|_| !needs_beginning);
        let bytes = before.unwrap_or(0) + job.bytes.load(Ordering::Relaxed);
        self.store.set_progress(source, offset, bytes)?;
        failure.map_or(Ok(()), Err)
    }

    fn decode_all(
        &self,
        job: &Arc<RunningJob>,
        source: SourceId,
        receiver: &Mutex<Receiver<Vec<Frame>>>,
    ) -> Result<()> {
        loop {
            let next = receiver.lock().unwrap_or_else(PoisonError::into_inner).recv();
            let Ok(frames) = next else { return Ok(()) };
            if job.cancelled.load(Ordering::Relaxed) {
                continue;
            }
            let mut records = Vec::new();
            let mut rejects = Vec::new();
            let mut warnings = Vec::new();
            let mut feedback = Vec::new();
            for frame in &frames {
                let decoded = decode_frame(frame, &Context::default());
                // A piece that gave nothing must not go without a word: what was noticed is the reason then.
                if decoded.records.is_empty() && decoded.rejects.is_empty() {
                    rejects.extend(decoded.warnings);
                } else {
                    warnings.extend(decoded.warnings);
                }
                records.extend(decoded.records);
                feedback.extend(decoded.feedback);
                rejects.extend(decoded.rejects);
            }
            drop(frames);
            self.redaction.records(&mut records);
            let first = records.iter().find_map(|record| record.trace_id);
            job.name_traces(&records);
            let count = u64::try_from(records.len()).unwrap_or(0);
            let judgements = u64::try_from(feedback.len()).unwrap_or(0);
            job.update(|job| {
                job.runs += count;
                job.feedback += judgements;
                job.first_trace = job.first_trace.or(first);
            });
            if !rejects.is_empty() {
                self.keep_rejects(job, source, rejects)?;
            }
            if !warnings.is_empty() {
                self.keep_warnings(job, source, warnings)?;
            }
            self.keep_told_feedback(feedback)?;
            let done_job = Arc::clone(job);
            self.store.write_then(Batch::prepare(records), source, move |result| match result {
                Ok(outcome) => {
                    let mut strayed = done_job.strayed.lock().unwrap_or_else(PoisonError::into_inner);
                    strayed.extend(outcome.strayed);
                    drop(strayed);
                    let mut traces = done_job.traces.lock().unwrap_or_else(PoisonError::into_inner);
                    traces.extend(outcome.traces);
                    let count = u64::try_from(traces.len()).unwrap_or(0);
                    done_job.update(|job| {
                        job.new_runs += outcome.new_runs;
                        job.traces = count;
                    });
                }
                Err(error) => {
                    done_job.cancelled.store(true, Ordering::Relaxed);
                    done_job.update(|job| job.error = Some(error.to_string()));
                }
            })?;
        }
    }

    fn report(&self, job: &RunningJob) {
        let mut last = job.last_event.lock().unwrap_or_else(PoisonError::into_inner);
        if last.elapsed() >= PROGRESS_EVERY {
            *last = Instant::now();
            self.emit(Event::ImportProgress(job.view()));
        }
    }
}

/// Files below a folder, hidden ones left out, by name.
pub(crate) fn files_below(dir: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    let mut open = vec![dir.to_owned()];
    while let Some(dir) = open.pop() {
        let Ok(entries) = std::fs::read_dir(&dir) else { continue };
        for entry in entries.flatten() {
            let hidden = entry.file_name().to_string_lossy().starts_with('.');
            match entry.file_type() {
                Ok(kind) if kind.is_dir() && !hidden => open.push(entry.path()),
                Ok(kind) if kind.is_file() && !hidden && files.len() < MOST_FILES => files.push(entry.path()),
                _ => {}
            }
        }
    }
    files.sort();
    files
}
