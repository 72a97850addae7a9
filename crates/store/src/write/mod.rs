//! The writer: one thread that owns the only writing connection.
//!
//! Work arrives over a bounded channel; when it is full, senders wait, which is the back-pressure that the endpoint
//! passes on. Whatever waits is written in one transaction and answered after its commit, so an answer means that
//! the data is on the disk (`synchronous = FULL`).

mod agents;
mod apply;
mod attachments;
mod counting;
mod echo;
mod homes;
mod places;
mod remap;
mod remove;
mod rollup;
mod session;
mod summary;
mod tail;

use std::{
    any::Any,
    collections::BTreeMap,
    sync::{
        Arc, Condvar, Mutex, PoisonError,
        mpsc::{Receiver, RecvTimeoutError, SyncSender, TrySendError, sync_channel},
    },
    thread,
    time::Duration,
};

use model::{RunId, TraceId};
pub use remap::Remapped;
use rusqlite::{Connection, TransactionBehavior};

use crate::{Batch, Error, Interpret, SourceId, error::Result};

pub(crate) use attachments::rank;
pub(crate) use session::Session;
use session::State;
pub(crate) use summary::Root;

/// Tasks that may wait for the writer.
const QUEUE: usize = 64;
/// Memory that batches may hold while they wait for the writer, in bytes: what an import needs whatever the size of its
/// file. Room for several groups, so that the writer never waits for the next.
const MOST_WAITING: usize = 64 * 1024 * 1024;
/// Bytes after which a transaction takes no further batch.
const GROUP_BYTES: usize = 16 * 1024 * 1024;
/// How often other processes' commits are looked for.
const FOREIGN_POLL: Duration = Duration::from_millis(400);

/// What a committed batch did.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Outcome {
    /// Runs that were not there before.
    pub new_runs: u64,
    /// Runs that were there and are different now.
    pub changed_runs: u64,
    /// Records that said nothing new.
    pub repeated: u64,
    /// Traces that changed.
    pub traces: Vec<TraceId>,
    /// Runs that got a parent, or another one: what may have closed a circle.
    pub joined: BTreeMap<TraceId, Vec<RunId>>,
    /// Updates that named another trace than the creation of their run.
    pub strayed: Vec<Strayed>,
}

/// An update that named another trace than the creation of its run, which counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Strayed {
    /// The run.
    pub run_id: RunId,
    /// The trace that the update names.
    pub named: TraceId,
    /// The trace of the run.
    pub home: TraceId,
}

/// What a commit changed, for those who watch.
#[derive(Debug, Clone)]
pub enum Change {
    /// Runs of these traces came, changed or went.
    Traces(Vec<TraceId>),
    /// Anything may have changed: another process wrote, or a source was removed.
    Unknown,
}

/// Called after every commit, on the writer's thread.
pub type OnChange = Box<dyn Fn(Change) + Send>;

/// Receives the result of a task; called after the commit.
type Done = Box<dyn FnOnce(Result<Box<dyn Any + Send>>) + Send>;
/// Work inside of a transaction. May run twice: a group that fails is repeated one by one.
type Work = Box<dyn FnMut(&mut Session<'_>) -> Result<Box<dyn Any + Send>> + Send>;

struct Task {
    bytes: usize,
    /// Held until the task is done.
    _room: Option<Room>,
    work: Work,
    done: Done,
}

/// Memory held by the batches that wait for the writer.
#[derive(Default)]
struct Waiting {
    bytes: Mutex<usize>,
    left: Condvar,
}

/// A batch's part of [`Waiting`], given back when it is dropped.
struct Room {
    waiting: Arc<Waiting>,
    bytes: usize,
}

impl Room {
    /// Takes room for so many bytes, and first waits for it if `patient`. Who is alone always gets it.
    fn take(waiting: &Arc<Waiting>, bytes: usize, patient: bool) -> Self {
        let mut held = waiting.bytes.lock().unwrap_or_else(PoisonError::into_inner);
        while patient && *held > 0 && held.saturating_add(bytes) > MOST_WAITING {
            held = waiting.left.wait(held).unwrap_or_else(PoisonError::into_inner);
        }
        *held = held.saturating_add(bytes);
        Self { waiting: Arc::clone(waiting), bytes }
    }
}

impl Drop for Room {
    fn drop(&mut self) {
        let mut held = self.waiting.bytes.lock().unwrap_or_else(PoisonError::into_inner);
        *held = held.saturating_sub(self.bytes);
        self.waiting.left.notify_all();
    }
}

/// A handle to the writer; cheap to clone.
#[derive(Clone)]
pub(crate) struct Writer {
    tasks: SyncSender<Task>,
    waiting: Arc<Waiting>,
}

impl Writer {
    /// Starts the thread. It ends when the last handle is dropped and all that waits is written.
    pub(crate) fn start(
        connection: Connection,
        interpret: Arc<dyn Interpret>,
        on_change: OnChange,
    ) -> Result<(Self, thread::JoinHandle<()>)> {
        let (tasks, queue) = sync_channel(QUEUE);
        let mut state = State::new(&connection, interpret)?;
        let thread = thread::Builder::new()
            .name("library-writer".to_owned())
            .spawn(move || run(connection, &mut state, &queue, &on_change))
            .map_err(|source| Error::Io { action: "start the writer of", path: "library".into(), source })?;
        Ok((Self { tasks, waiting: Arc::default() }, thread))
    }

    /// Does `work` in a transaction and waits for the commit.
    pub(crate) fn call<T: Send + 'static>(
        &self,
        work: impl FnMut(&mut Session<'_>) -> Result<T> + Send + 'static,
    ) -> Result<T> {
        let (sender, receiver) = sync_channel(1);
        self.send(work, move |result| {
            let _ = sender.send(result);
        })?;
        receiver.recv().map_err(|_| Error::Closed)?
    }

    /// Does `work` in a transaction some time soon; a failure is only logged.
    pub(crate) fn later(
        &self,
        work: impl FnMut(&mut Session<'_>) -> Result<()> + Send + 'static,
    ) -> Result<()> {
        self.send(work, |result| {
            if let Err(error) = result {
                tracing::warn!("writing a report: {error}");
            }
        })
    }

    /// Writes a batch; `done` is called after the commit. Waits while the queue is full.
    pub(crate) fn write(
        &self,
        batch: Batch,
        source: SourceId,
        done: impl FnOnce(Result<Outcome>) + Send + 'static,
    ) -> Result<()> {
        let room = Room::take(&self.waiting, batch.memory(), true);
        self.tasks.send(Task::of_batch(batch, source, room, done)).map_err(|_| Error::Closed)
    }

    /// Like [`Writer::write`], but answers `false` at once when the queue is full. How much memory its batches may hold
    /// is for the caller to say.
    pub(crate) fn try_write(
        &self,
        batch: Batch,
        source: SourceId,
        done: impl FnOnce(Result<Outcome>) + Send + 'static,
    ) -> Result<bool> {
        let room = Room::take(&self.waiting, batch.memory(), false);
        match self.tasks.try_send(Task::of_batch(batch, source, room, done)) {
            Ok(()) => Ok(true),
            Err(TrySendError::Full(_)) => Ok(false),
            Err(TrySendError::Disconnected(_)) => Err(Error::Closed),
        }
    }

    fn send<T: Send + 'static>(
        &self,
        work: impl FnMut(&mut Session<'_>) -> Result<T> + Send + 'static,
        done: impl FnOnce(Result<T>) + Send + 'static,
    ) -> Result<()> {
        self.tasks.send(Task::new(work, done)).map_err(|_| Error::Closed)
    }
}

impl Task {
    fn new<T: Send + 'static>(
        mut work: impl FnMut(&mut Session<'_>) -> Result<T> + Send + 'static,
        done: impl FnOnce(Result<T>) + Send + 'static,
    ) -> Self {
        Self {
            bytes: 0,
            _room: None,
            work: Box::new(move |session| work(session).map(|value| Box::new(value) as Box<dyn Any + Send>)),
            done: Box::new(move |result| {
                done(result.map(|value| *value.downcast().expect("a task returns what its work returned")));
            }),
        }
    }

    fn of_batch(
        batch: Batch,
        source: SourceId,
        room: Room,
        done: impl FnOnce(Result<Outcome>) + Send + 'static,
    ) -> Self {
        let bytes = batch.bytes();
        Self { bytes, _room: Some(room), ..Self::new(move |session| session.apply(&batch, source), done) }
    }
}

fn run(mut connection: Connection, state: &mut State, queue: &Receiver<Task>, on_change: &OnChange) {
    loop {
        match queue.recv_timeout(FOREIGN_POLL) {
            Ok(first) => {
                let mut group = vec![first];
                while group.iter().map(|task| task.bytes).sum::<usize>() < GROUP_BYTES {
                    match queue.try_recv() {
                        Ok(task) => group.push(task),
                        Err(_) => break,
                    }
                }
                commit_group(&mut connection, state, group, on_change);
            }
            Err(RecvTimeoutError::Timeout) => {
                if state.notice_foreign_commits(&connection).is_ok() && state.take_foreign() {
                    on_change(Change::Unknown);
                }
            }
            Err(RecvTimeoutError::Disconnected) => break,
        }
    }
    // Leaves one tidy file behind; whether it works out does not matter for the data.
    let _ = connection.execute_batch("PRAGMA optimize; PRAGMA wal_checkpoint(TRUNCATE);");
}

/// Writes the group in one transaction; should that fail, each task in one of its own, so that one bad task takes
/// no other with it.
fn commit_group(connection: &mut Connection, state: &mut State, mut group: Vec<Task>, on_change: &OnChange) {
    match attempt(connection, state, &mut group) {
        Ok((results, change)) => answer(group, results, change, on_change),
        Err(error) if group.len() == 1 => {
            if let Some(task) = group.pop() {
                (task.done)(Err(error));
            }
        }
        Err(_) => {
            for task in group {
                commit_group(connection, state, vec![task], on_change);
            }
        }
    }
}

fn answer(group: Vec<Task>, results: Vec<Box<dyn Any + Send>>, change: Option<Change>, on_change: &OnChange) {
    for (task, result) in group.into_iter().zip(results) {
        (task.done)(Ok(result));
    }
    if let Some(change) = change {
        on_change(change);
    }
}

type Attempt = (Vec<Box<dyn Any + Send>>, Option<Change>);

fn attempt(connection: &mut Connection, state: &mut State, group: &mut [Task]) -> Result<Attempt> {
    let result = (|| {
        let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        // Only now that the lock is held can no other process write between the look and the use of the caches.
        state.notice_foreign_commits(&transaction)?;
        let mut session = Session::begin(&transaction, state)?;
        let results = group.iter_mut().map(|task| (task.work)(&mut session)).collect::<Result<Vec<_>>>()?;
        let change = session.finish()?;
        transaction.commit()?;
        Ok((results, if state.take_foreign() { Some(Change::Unknown) } else { change }))
    })();
    if result.is_err() {
        // What the caches hold may never have been written.
        state.forget();
    }
    result
}
