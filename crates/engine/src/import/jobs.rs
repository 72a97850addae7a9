//! The list of imports: what runs, what waits for its turn, what has ended.

use std::{
    collections::{BTreeMap, HashSet, VecDeque},
    panic::{self, AssertUnwindSafe},
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    thread,
    time::{Duration, Instant},
};

use model::{RunRecord, TraceId};
use store::{SourceId, Strayed};

use super::Input;
use crate::{Engine, Error, Event, error::Result};

/// Imports that run at the same time; each uses every core and holds some chunks in memory. More than one, so that a
/// small file opens beside a large one.
const AT_ONCE: usize = 4;
/// Ended imports that are listed.
const LISTED_ENDED: usize = 50;
/// Ended imports of which the outcome can still be asked: more than the files of one folder, whose outcomes are asked
/// one after the other.
const REMEMBERED_ENDED: usize = 25_000;

/// Identifies an import.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct JobId(pub u32);

/// How an import stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum JobState {
    /// Reading.
    Running,
    /// Read to the end.
    Done,
    /// Stopped on request; what was read before stays.
    Cancelled,
    /// Stopped by an error; what was read before stays.
    Failed,
}

/// An import.
#[derive(Debug, Clone)]
pub struct Job {
    /// Id.
    pub id: JobId,
    /// Name of the file.
    pub label: String,
    /// How it stands.
    pub state: JobState,
    /// Bytes read, as they are in the file.
    pub bytes_done: u64,
    /// Bytes in all, where known.
    pub bytes_total: Option<u64>,
    /// Runs read.
    pub runs: u64,
    /// Runs that were not there before.
    pub new_runs: u64,
    /// Traces that changed.
    pub traces: u64,
    /// Feedbacks read.
    pub feedback: u64,
    /// Feedbacks whose runs are not there yet; they join them when they come.
    pub waiting: u64,
    /// Examples of datasets read.
    pub examples: u64,
    /// Records that could not be read.
    pub rejected: u64,
    /// Warnings about records that were read, but not as they were sent.
    pub warnings: u64,
    /// First trace that was read.
    pub first_trace: Option<TraceId>,
    /// The source.
    pub source: SourceId,
    /// Why it failed.
    pub error: Option<String>,
}

/// All imports of a process.
#[derive(Default)]
pub(crate) struct Jobs {
    next: u32,
    by_id: BTreeMap<u32, Arc<RunningJob>>,
    /// Those that have not begun.
    waiting: VecDeque<(Arc<RunningJob>, SourceId, Input)>,
    workers: usize,
}

impl Jobs {
    fn forget_surplus(&mut self) {
        let surplus = self.by_id.len().saturating_sub(REMEMBERED_ENDED);
        if surplus > 0 {
            let ended = self.by_id.values().filter(|job| !job.is_running()).take(surplus).map(|job| job.id.0);
            for id in ended.collect::<Vec<_>>() {
                self.by_id.remove(&id);
            }
        }
    }
}

/// An import that runs or has ended.
pub(super) struct RunningJob {
    id: JobId,
    state: Mutex<Job>,
    /// Traces that changed.
    pub(super) traces: Mutex<HashSet<TraceId>>,
    /// Traces that were read, whether they changed or not.
    pub(super) named: Mutex<HashSet<TraceId>>,
    /// Updates that named another trace than the creation of their run.
    pub(super) strayed: Mutex<Vec<Strayed>>,
    pub(super) bytes: Arc<AtomicU64>,
    pub(super) cancelled: AtomicBool,
    pub(super) last_event: Mutex<Instant>,
}

impl RunningJob {
    fn new(id: JobId, label: String, source: SourceId, bytes_total: Option<u64>) -> Self {
        Self {
            id,
            state: Mutex::new(Job {
                id,
                label,
                state: JobState::Running,
                bytes_done: 0,
                bytes_total,
                runs: 0,
                new_runs: 0,
                traces: 0,
                feedback: 0,
                waiting: 0,
                examples: 0,
                rejected: 0,
                warnings: 0,
                first_trace: None,
                source,
                error: None,
            }),
            traces: Mutex::default(),
            named: Mutex::default(),
            strayed: Mutex::default(),
            bytes: Arc::default(),
            cancelled: AtomicBool::new(false),
            last_event: Mutex::new(Instant::now()),
        }
    }

    fn is_running(&self) -> bool {
        self.state.lock().unwrap_or_else(PoisonError::into_inner).state == JobState::Running
    }

    fn fail(&self, error: String) {
        self.update(|job| {
            job.state = JobState::Failed;
            job.error = Some(error);
        });
    }

    /// Frees what only a running import needs.
    fn end(&self) {
        *self.traces.lock().unwrap_or_else(PoisonError::into_inner) = HashSet::new();
        *self.named.lock().unwrap_or_else(PoisonError::into_inner) = HashSet::new();
    }

    pub(super) fn view(&self) -> Job {
        let mut job = self.state.lock().unwrap_or_else(PoisonError::into_inner).clone();
        job.bytes_done = self.bytes.load(Ordering::Relaxed);
        job
    }

    pub(super) fn name_traces(&self, records: &[RunRecord]) {
        let mut named = self.named.lock().unwrap_or_else(PoisonError::into_inner);
        let mut last = None;
        for record in records {
            // Runs of one trace mostly stand together.
            if record.trace_id != last {
                named.extend(record.trace_id);
                last = record.trace_id;
            }
        }
    }

    pub(super) fn update(&self, change: impl FnOnce(&mut Job)) {
        change(&mut self.state.lock().unwrap_or_else(PoisonError::into_inner));
    }
}

impl Engine {
    /// Imports that run or wait for their turn and the last that ended, newest first.
    pub fn jobs(&self) -> Vec<Job> {
        let jobs = self.jobs.lock().unwrap_or_else(PoisonError::into_inner);
        let mut ended = 0;
        let listed = jobs.by_id.values().rev().filter(|job| {
            let is_running = job.is_running();
            ended += usize::from(!is_running);
            is_running || ended <= LISTED_ENDED
        });
        listed.map(|job| job.view()).collect()
    }

    /// One import.
    pub fn job(&self, id: JobId) -> Result<Job> {
        Ok(self.find_job(id)?.view())
    }

    fn find_job(&self, id: JobId) -> Result<Arc<RunningJob>> {
        let jobs = self.jobs.lock().unwrap_or_else(PoisonError::into_inner);
        jobs.by_id
            .get(&id.0)
            .cloned()
            .ok_or_else(|| Error::Store(store::Error::NotFound { what: "import", id: id.0.to_string() }))
    }

    /// Stops an import soon; what it has read stays.
    pub fn cancel_job(&self, id: JobId) -> Result<Job> {
        let job = self.find_job(id)?;
        job.cancelled.store(true, Ordering::Relaxed);
        Ok(job.view())
    }

    /// Stops all imports soon; what they have read stays.
    pub fn cancel_jobs(&self) {
        let jobs = self.jobs.lock().unwrap_or_else(PoisonError::into_inner);
        for job in jobs.by_id.values() {
            job.cancelled.store(true, Ordering::Relaxed);
        }
    }

    /// Waits until an import has ended.
    pub fn wait_for_job(&self, id: JobId) -> Result<Job> {
        let job = self.find_job(id)?;
        while job.is_running() {
            thread::sleep(Duration::from_millis(5));
        }
        Ok(job.view())
    }

    /// Puts an import in the line.
    pub(super) fn start(
        &self,
        label: String,
        source: SourceId,
        bytes_total: Option<u64>,
        input: Input,
    ) -> Result<Job> {
        let (view, needs_worker) = {
            let mut jobs = self.jobs.lock().unwrap_or_else(PoisonError::into_inner);
            jobs.next += 1;
            let job = Arc::new(RunningJob::new(JobId(jobs.next), label, source, bytes_total));
            let view = job.view();
            jobs.by_id.insert(job.id.0, Arc::clone(&job));
            jobs.waiting.push_back((job, source, input));
            jobs.forget_surplus();
            let needs_worker = jobs.workers < AT_ONCE;
            jobs.workers += usize::from(needs_worker);
            (view, needs_worker)
        };
        self.emit(Event::ImportProgress(view.clone()));
        if needs_worker && let Err(error) = self.start_worker() {
            let mut jobs = self.jobs.lock().unwrap_or_else(PoisonError::into_inner);
            jobs.workers -= 1;
            // Those that work take it when its turn comes.
            if jobs.workers == 0 {
                for (job, ..) in std::mem::take(&mut jobs.waiting) {
                    job.fail(error.to_string());
                }
                return Err(error);
            }
        }
        Ok(view)
    }

    fn start_worker(&self) -> Result<()> {
        let engine = self.shared()?;
        let spawned = thread::Builder::new().name("import".to_owned()).spawn(move || engine.run_imports());
        spawned.map(|_| ()).map_err(|source| Error::Io {
            action: "start a thread for",
            path: "import".to_owned(),
            source,
        })
    }

    /// Takes imports from the line until it is empty. They come in the order in which they were asked for, so the one
    /// that another waits for has begun before.
    fn run_imports(&self) {
        loop {
            let next = {
                let mut jobs = self.jobs.lock().unwrap_or_else(PoisonError::into_inner);
                let next = jobs.waiting.pop_front();
                jobs.workers -= usize::from(next.is_none());
                next
            };
            let Some((job, source, input)) = next else { return };
            // A fault in one import must not hold up those that wait.
            let run = panic::catch_unwind(AssertUnwindSafe(|| self.run_import(&job, source, input)));
            if run.is_err() {
                job.fail(
                    "the import stopped at a fault of the program; what was read before stays".to_owned(),
                );
                self.emit(Event::ImportProgress(job.view()));
                self.emit(Event::SourcesChanged);
            }
            job.end();
        }
    }

    fn run_import(&self, job: &Arc<RunningJob>, source: SourceId, input: Input) {
        let earlier = input.after.map_or(Ok(()), |after| self.wait_for_job(after).map(|_| ()));
        let result = earlier.and_then(|()| {
            // Stopped before its turn came.
            if job.cancelled.load(Ordering::Relaxed) { Ok(()) } else { self.read_all(job, source, input) }
        });
        job.update(|job_state| {
            job_state.state = match &result {
                Err(error) => {
                    job_state.error = Some(error.to_string());
                    JobState::Failed
                }
                Ok(()) if job.cancelled.load(Ordering::Relaxed) => JobState::Cancelled,
                Ok(())
                    if job_state.runs + job_state.feedback + job_state.examples == 0
                        && job_state.rejected > 0
                        && job_state.error.is_some() =>
                {
                    JobState::Failed
                }
                Ok(()) => {
                    job_state.error = None;
                    JobState::Done
                }
            };
        });
        self.emit(Event::ImportProgress(job.view()));
        self.emit(Event::SourcesChanged);
    }
}
