//! Sending on what comes in over the endpoint, to where the owner says; nothing is sent unless that is set.
//!
//! The queue is a table of the library, filled in the transaction of the records themselves. One thread empties it in
//! order. What has been sent may be sent again after a crash: both protocols know records by their ids. Files of
//! LangSmith runs go with them where the other endpoint speaks that protocol; OTLP has no place for them, which the queue
//! tells. Feedback goes as what it is, or over OTLP as evaluations in log records.

mod messages;
mod send;

use std::{
    fs::File,
    path::Path,
    sync::{
        Arc, Condvar, Mutex, PoisonError, Weak,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    thread,
    time::Duration,
};

use model::{Feedback, RawRecord, RunRecord, UnixNanos};
use store::{Batch, Outgoing};

use crate::{Engine, Error, Forward, error::Result, now};
use send::Delivery;

/// Bytes that may wait; what comes while more waits is not sent on.
const MOST_BYTES: u64 = 256 * 1024 * 1024;
/// How often the queue is looked at without being told, for what other processes put there.
const LOOK_EVERY: Duration = Duration::from_secs(2);
/// The first and the longest pause after a failure that may pass.
const FIRST_PAUSE: Duration = Duration::from_millis(250);
const LONGEST_PAUSE: Duration = Duration::from_mins(1);
/// Bytes of files that go into one request, unless one run has more.
const MOST_FILE_BYTES: u64 = 32 * 1024 * 1024;
/// Names of runs that are shown of an entry of the queue.
const MOST_NAMES: usize = 3;
/// Name of the file whose lock is held by the one process that sends.
const LOCK_NAME: &str = "forward.lock";

/// How sending on stands.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ForwardStatus {
    /// Records that wait.
    pub waiting: u64,
    /// Bytes in the library of what waits.
    pub waiting_bytes: u64,
    /// Records sent since the start.
    pub sent: u64,
    /// Records given up since the start.
    pub failed: u64,
    /// What went wrong last, and whether it is tried again.
    pub last_error: Option<String>,
    /// When it is tried again, after a failure that may pass.
    pub next_try: Option<UnixNanos>,
}

/// What waits together to be sent on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Waiting {
    /// Place in the queue; never used twice.
    pub id: i64,
    /// Records of runs.
    pub runs: u64,
    /// Feedback.
    pub feedback: u64,
    /// Bytes in the library.
    pub bytes: u64,
    /// Names of some of the runs.
    pub names: Vec<String>,
    /// What will not go with them, and why.
    pub note: Option<String>,
}

/// What the intake and the sending thread share.
#[derive(Debug, Default)]
pub(crate) struct Forwarding {
    status: Mutex<ForwardStatus>,
    bytes: AtomicU64,
    /// The person does not want to wait for the next try.
    hurry: AtomicBool,
    woken: Arc<(Mutex<bool>, Condvar)>,
}

impl Forwarding {
    /// Something is there to be sent, or the settings changed.
    pub(crate) fn wake(&self) {
        *self.woken.0.lock().unwrap_or_else(PoisonError::into_inner) = true;
        self.woken.1.notify_all();
    }

    pub(crate) fn status(&self) -> ForwardStatus {
        self.status.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn update(&self, change: impl FnOnce(&mut ForwardStatus)) {
        change(&mut self.status.lock().unwrap_or_else(PoisonError::into_inner));
    }
}

/// Waits until woken, at most so long; whether it was woken.
fn wait(woken: &(Mutex<bool>, Condvar), at_most: Duration) -> bool {
    let guard = woken.0.lock().unwrap_or_else(PoisonError::into_inner);
    let (mut guard, _) =
        woken.1.wait_timeout_while(guard, at_most, |woken| !*woken).unwrap_or_else(PoisonError::into_inner);
    std::mem::take(&mut *guard)
}

/// Records that went, records that were given up, and why; or a failure that may pass, and when to come again.
type Delivered = std::result::Result<(u64, u64, Option<String>), (String, Option<Duration>)>;

impl Engine {
    /// A batch of what came in over the endpoint.
    pub(crate) fn prepare(&self, records: Vec<RunRecord>) -> Batch {
        let is_on = self.settings.lock().unwrap_or_else(PoisonError::into_inner).forward.is_some();
        if !is_on {
            return Batch::prepare(records);
        }
        if self.is_queue_full(records.len()) {
            return Batch::prepare(records);
        }
        let batch = Batch::prepare_to_send_on(records);
        let bytes = u64::try_from(batch.outgoing_bytes()).unwrap_or(0);
        self.forwarding.bytes.fetch_add(bytes, Ordering::Relaxed);
        batch
    }

    /// Whether what comes now can only be kept here, which is told.
    fn is_queue_full(&self, records: usize) -> bool {
        let is_full = self.forwarding.bytes.load(Ordering::Relaxed) > MOST_BYTES;
        if is_full {
            self.forwarding.update(|status| {
                status.failed += u64::try_from(records).unwrap_or(0);
                status.last_error =
                    Some("Too much waits to be sent on; what comes in now is only kept here".to_owned());
            });
        }
        is_full
    }

    /// Keeps feedback that came in over the endpoint, and sends it on where that is set; see [`Engine::put_feedback`].
    pub fn take_feedback(&self, mut feedback: Vec<Feedback>) -> Result<()> {
        self.redaction.feedback(&mut feedback);
        if self.settings().forward.is_some() && !self.is_queue_full(feedback.len()) {
            self.store.put_feedback_to_send_on(feedback, now(), messages::feedback_to_send_on)?;
            self.forwarding.wake();
        } else {
            self.store.put_feedback(feedback, now())?;
        }
        Ok(())
    }

    /// What waits to be sent on, what waits longest first.
    pub fn list_waiting(&self, offset: u32, limit: u32) -> Result<Vec<Waiting>> {
        let count = |length: usize| u64::try_from(length).unwrap_or(u64::MAX);
        let target = self.settings().forward;
        let waiting = self.store.list_outgoing(offset, limit, |one| {
            let waiting = Waiting {
                id: one.id,
                runs: count(one.records.len()),
                feedback: count(one.feedback.len()),
                bytes: one.bytes,
                names: messages::names(&one.records, MOST_NAMES),
                note: None,
            };
            (waiting, one.records)
        })?;
        // Not while the queue is read: this reads too, and there are only so many readers.
        Ok(waiting
            .into_iter()
            .map(|(waiting, records)| Waiting {
                note: target.as_ref().and_then(|target| messages::left_behind(self, target, &records)),
                ..waiting
            })
            .collect())
    }

    /// Tries at once what waits for its next try.
    pub fn retry_forwarding(&self) {
        self.forwarding.hurry.store(true, Ordering::Relaxed);
        self.forwarding.wake();
    }

    /// Forgets what waits to be sent on; it stays in the library.
    pub fn clear_forwarding(&self) -> Result<()> {
        self.store.clear_outgoing()?;
        self.forwarding.update(|status| {
            status.last_error = None;
            status.next_try = None;
        });
        self.look_at_queue()?;
        // What was about to be tried again is gone.
        self.retry_forwarding();
        self.announce_endpoint();
        Ok(())
    }

    pub(crate) fn start_forwarding(&self) -> Result<()> {
        let engine = self.this.clone();
        let woken = Arc::clone(&self.forwarding.woken);
        thread::Builder::new().name("forward".to_owned()).spawn(move || run(&engine, &woken)).map_err(
            |source| Error::Io { action: "start a thread for", path: "forwarding".to_owned(), source },
        )?;
        Ok(())
    }

    /// Brings the status in line with the queue.
    fn look_at_queue(&self) -> Result<u64> {
        let size = self.store.outgoing_size()?;
        self.forwarding.bytes.store(size.bytes, Ordering::Relaxed);
        let mut is_changed = false;
        self.forwarding.update(|status| {
            is_changed = status.waiting != size.runs;
            status.waiting = size.runs;
            status.waiting_bytes = size.bytes;
        });
        if is_changed {
            self.announce_endpoint();
        }
        Ok(size.runs)
    }
}

/// The thread. It holds the engine only while it reads or writes, so that an engine that is let go can end.
fn run(engine: &Weak<Engine>, woken: &(Mutex<bool>, Condvar)) {
    let client = send::client();
    let mut lock = None;
    let mut failures = 0;
    loop {
        let Some(open) = engine.upgrade() else { return };
        open.see_changed_settings();
        let next = look(&open, &mut lock);
        drop(open);
        let Some((target, next)) = next else {
            wait(woken, LOOK_EVERY);
            continue;
        };
        let delivered = if next.feedback.is_empty() {
            deliver(engine, &client, &target, &next.records)
        } else {
            deliver_feedback(engine, &client, &target, &next.feedback)
        };
        match delivered {
            Ok((sent, failed, error)) => {
                failures = 0;
                let Some(open) = engine.upgrade() else { return };
                if let Err(error) = open.store.remove_outgoing(next.id) {
                    tracing::warn!("what was sent on stays in the queue: {error}");
                    wait(woken, LOOK_EVERY);
                }
                open.forwarding.update(|status| {
                    status.sent += sent;
                    status.failed += failed;
                    status.next_try = None;
                    // An error of before is over once something arrives; one that gave up records stays readable.
                    if error.is_some() || status.failed == 0 {
                        status.last_error = error;
                    }
                });
                open.announce_endpoint();
            }
            Err((reason, after)) => {
                failures += 1;
                let time = after.unwrap_or_else(|| pause_after(failures)).min(LONGEST_PAUSE);
                let Some(open) = engine.upgrade() else { return };
                open.forwarding.hurry.store(false, Ordering::Relaxed);
                open.forwarding.update(|status| {
                    status.last_error = Some(format!("{reason}; it is tried again"));
                    let nanos = i64::try_from(time.as_nanos()).unwrap_or(i64::MAX);
                    status.next_try = Some(UnixNanos(now().0.saturating_add(nanos)));
                });
                open.announce_endpoint();
                drop(open);
                pause(engine, woken, &target, time);
            }
        }
    }
}

/// Doubles from failure to failure.
fn pause_after(failures: u32) -> Duration {
    FIRST_PAUSE.saturating_mul(2_u32.saturating_pow(failures.saturating_sub(1))).min(LONGEST_PAUSE)
}

/// Waits, though not any longer once the settings name another place or the person is in a hurry. New records do not
/// shorten it.
fn pause(engine: &Weak<Engine>, woken: &(Mutex<bool>, Condvar), target: &Forward, time: Duration) {
    let until = std::time::Instant::now() + time;
    while let Some(left) = until.checked_duration_since(std::time::Instant::now()) {
        wait(woken, left.min(LOOK_EVERY));
        let Some(open) = engine.upgrade() else { return };
        open.see_changed_settings();
        let is_hurried = open.forwarding.hurry.swap(false, Ordering::Relaxed);
        if is_hurried || open.settings().forward.as_ref() != Some(target) {
            open.forwarding.update(|status| status.next_try = None);
            return;
        }
        let _ = open.look_at_queue();
    }
}

/// What is to be sent next, if this process is the one that sends.
fn look(engine: &Engine, lock: &mut Option<File>) -> Option<(Forward, Outgoing)> {
    let next = (|| {
        let waiting = engine.look_at_queue()?;
        let Some(target) = engine.settings().forward else {
            // What waited for a place that is no longer named is not for the next one.
            if waiting > 0 {
                engine.store.clear_outgoing()?;
                engine.look_at_queue()?;
            }
            *lock = None;
            return Ok(None);
        };
        if waiting == 0 || target.paused {
            return Ok(None);
        }
        if lock.is_none() {
            *lock = take_lock(engine.library_dir());
        }
        if lock.is_none() {
            return Ok(None);
        }
        Ok(engine.store.next_outgoing()?.map(|next| (target, next)))
    })();
    next.unwrap_or_else(|error: Error| {
        tracing::warn!("the queue of what is sent on cannot be read: {error}");
        None
    })
}

fn take_lock(dir: &Path) -> Option<File> {
    let file = File::options().create(true).append(true).open(dir.join(LOCK_NAME)).ok()?;
    file.try_lock().is_ok().then_some(file)
}

/// Sends records. An error is one that may pass.
fn deliver(
    engine: &Weak<Engine>,
    client: &ureq::Agent,
    target: &Forward,
    records: &[RawRecord],
) -> Delivered {
    let Some(open) = engine.upgrade() else { return Err(("the library is closed".to_owned(), None)) };
    let halves = || -> Delivered {
        let (left, right) = records.split_at(records.len() / 2);
        let (sent, failed, error) = deliver(engine, client, target, left)?;
        let (more_sent, more_failed, more_error) = deliver(engine, client, target, right)?;
        Ok((sent + more_sent, failed + more_failed, more_error.or(error)))
    };
    if records.len() > 1 && messages::file_bytes(&open, target, records) > MOST_FILE_BYTES {
        drop(open);
        return halves();
    }
    let messages = messages::messages(&open, target, records);
    let left = messages::left_behind(&open, target, records);
    drop(open);
    let count = u64::try_from(records.len()).unwrap_or(0);
    let mut refused = None;
    for message in &messages {
        match send::post(client, target, message) {
            Delivery::Sent => {}
            Delivery::Later(reason, after) => return Err((reason, after)),
            Delivery::TooLarge(_) if records.len() > 1 => return halves(),
            Delivery::TooLarge(reason) | Delivery::Refused(reason) => refused = Some(reason),
        }
    }
    Ok(match refused {
        None => (count, 0, left),
        Some(reason) => (0, count, Some(format!("{reason}; given up"))),
    })
}

/// Sends feedback, one by one. An error is one that may pass; what went before it is sent again then, and known by its
/// id.
fn deliver_feedback(
    engine: &Weak<Engine>,
    client: &ureq::Agent,
    target: &Forward,
    feedback: &[String],
) -> Delivered {
    let (mut sent, mut failed, mut error) = (0, 0, None);
    for record in feedback {
        let Some(open) = engine.upgrade() else { return Err(("the library is closed".to_owned(), None)) };
        let message = messages::feedback_message(&open, target, record);
        drop(open);
        let message = match message {
            Ok(message) => message,
            Err(reason) => {
                failed += 1;
                error = Some(format!("{reason}; given up"));
                continue;
            }
        };
        match send::post(client, target, &message) {
            Delivery::Sent => sent += 1,
            Delivery::Later(reason, after) => return Err((reason, after)),
            Delivery::TooLarge(reason) | Delivery::Refused(reason) => {
                failed += 1;
                error = Some(format!("{reason}; given up"));
            }
        }
    }
    Ok((sent, failed, error))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_grow_to_a_minute() {
        let pauses: Vec<Duration> = (1..=40).map(pause_after).collect();
        assert_eq!(pauses[0], FIRST_PAUSE);
        assert!(pauses.is_sorted());
        assert_eq!(pauses[39], LONGEST_PAUSE);
    }
}
