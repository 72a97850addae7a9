//! Sending on what comes in over the endpoint, to where the owner says; nothing is sent unless that is set.
//!
//! The queue is a table of the library, filled in the transaction of the records themselves. One thread empties it in
//! order, over plain HTTP. What has been sent may be sent again after a crash: both protocols know records by their ids.
//! Attached files of LangSmith runs and feedback are not sent on.

use std::{
    fs::File,
    path::Path,
    sync::{
        Arc, Condvar, Mutex, PoisonError, Weak,
        atomic::{AtomicU64, Ordering},
    },
    thread,
    time::Duration,
};

use ingest::export::{RunPlace, langsmith_operation, langsmith_run_as_otlp_json};
use model::{Operation, RawFormat, RawRecord, RunRecord};
use store::Batch;

use crate::{Engine, Error, Forward, ForwardProtocol, error::Result};

/// Bytes that may wait; what comes while more waits is not sent on.
const MOST_BYTES: u64 = 256 * 1024 * 1024;
/// How often the queue is looked at without being told, for what other processes put there.
const LOOK_EVERY: Duration = Duration::from_secs(2);
/// The first and the longest pause after a failure that may pass.
const FIRST_PAUSE: Duration = Duration::from_millis(250);
const LONGEST_PAUSE: Duration = Duration::from_mins(1);
/// How long a request may take.
const TIMEOUT: Duration = Duration::from_secs(30);
/// Characters of an answer that are shown.
const ANSWER_CHARS: usize = 200;
/// Name of the file whose lock is held by the one process that sends.
const LOCK_NAME: &str = "forward.lock";

/// How sending on stands.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ForwardStatus {
    /// Records that wait.
    pub waiting: u64,
    /// Records sent since the start.
    pub sent: u64,
    /// Records given up since the start.
    pub failed: u64,
    /// What went wrong last, and whether it is tried again.
    pub last_error: Option<String>,
}

/// What the intake and the sending thread share.
#[derive(Debug, Default)]
pub(crate) struct Forwarding {
    status: Mutex<ForwardStatus>,
    bytes: AtomicU64,
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

/// What became of a request.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Delivery {
    Sent,
    /// May work later; the server may say when.
    Later(String, Option<Duration>),
    TooLarge(String),
    Refused(String),
}

/// Records that went, records that were given up, and why.
type Delivered = (u64, u64, Option<String>);

/// A request.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Message {
    path: &'static str,
    content_type: &'static str,
    project: Option<String>,
    body: Vec<u8>,
}

impl Engine {
    /// A batch of what came in over the endpoint.
    pub(crate) fn prepare(&self, records: Vec<RunRecord>) -> Batch {
        let is_on = self.settings.lock().unwrap_or_else(PoisonError::into_inner).forward.is_some();
        if !is_on {
            return Batch::prepare(records);
        }
        if self.forwarding.bytes.load(Ordering::Relaxed) > MOST_BYTES {
            let count = u64::try_from(records.len()).unwrap_or(0);
            self.forwarding.update(|status| {
                status.failed += count;
                status.last_error =
                    Some("Too much waits to be sent on; what comes in now is only kept here".to_owned());
            });
            return Batch::prepare(records);
        }
        let batch = Batch::prepare_to_send_on(records);
        let bytes = u64::try_from(batch.outgoing_bytes()).unwrap_or(0);
        self.forwarding.bytes.fetch_add(bytes, Ordering::Relaxed);
        batch
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
        });
        if is_changed {
            self.announce_endpoint();
        }
        Ok(size.runs)
    }

    /// The requests that bring these records there.
    fn messages(&self, target: &Forward, records: &[RawRecord]) -> Vec<Message> {
        let mut messages: Vec<Message> = Vec::new();
        let mut runs = [Vec::new(), Vec::new()];
        let mut spans = |record: &RawRecord| {
            let project = target.project.as_ref().or(record.project.as_ref());
            let path = match target.protocol {
                ForwardProtocol::Langsmith => "/otel/v1/traces",
                ForwardProtocol::Otlp => "/v1/traces",
            };
            match messages.iter_mut().find(|message| message.project.as_ref() == project) {
                // Messages that stand one after the other are one message.
                Some(message) => message.body.extend_from_slice(&record.bytes),
                None => messages.push(Message {
                    path,
                    content_type: "application/x-protobuf",
                    project: project.cloned(),
                    body: record.bytes.clone(),
                }),
            }
        };
        for record in records {
            match (record.format, target.protocol) {
                // The endpoint takes in no log records.
                (RawFormat::OtlpLog, _) => {}
                (RawFormat::OtlpSpan, _) => spans(record),
                (RawFormat::LangsmithRun, ForwardProtocol::Otlp) => {
                    self.as_span(record).iter().for_each(&mut spans);
                }
                (RawFormat::LangsmithRun, ForwardProtocol::Langsmith) => {
                    let run = langsmith_operation(record, target.project.as_deref());
                    runs[usize::from(record.operation == Operation::Update)].push(run);
                }
            }
        }
        if runs.iter().any(|runs| !runs.is_empty()) {
            let [post, patch] = runs.map(|runs| runs.join(&b','));
            let body = [b"{\"post\":[".as_slice(), &post, b"],\"patch\":[", &patch, b"]}"].concat();
            let project = target.project.clone();
            messages.push(Message { path: "/runs/batch", content_type: "application/json", project, body });
        }
        messages
    }

    /// A LangSmith run as a span, once it has ended: OTLP knows no others. Further records of it are in the library.
    fn as_span(&self, record: &RawRecord) -> Option<RawRecord> {
        let known = ingest::interpret(record)?;
        let trace_id = known.trace_id.map_or_else(|| self.store.trace_of_run(known.run_id).ok(), Some)?;
        let (row, records) = self.store.run(trace_id, known.run_id).ok()?;
        row.end?;
        let order = |record: &RawRecord| {
            let run: serde_json::Value = serde_json::from_slice(&record.bytes).ok()?;
            Some(run.get("dotted_order")?.as_str()?.to_owned())
        };
        let place = RunPlace {
            trace_id,
            run_id: known.run_id,
            parent_run_id: row.parent_run_id,
            dotted_order: records.iter().find_map(order).unwrap_or_default(),
        };
        let json = langsmith_run_as_otlp_json(&ingest::detail(&records), &place);
        let decoded = ingest::otlp::decode_json(json.as_bytes(), &ingest::Context::default()).ok()?;
        decoded.records.into_iter().next().map(|span| span.raw)
    }
}

/// The thread. It holds the engine only while it reads or writes, so that an engine that is let go can end.
fn run(engine: &Weak<Engine>, woken: &(Mutex<bool>, Condvar)) {
    let client = client();
    let mut lock = None;
    let mut failures = 0;
    loop {
        let Some(open) = engine.upgrade() else { return };
        let next = look(&open, &mut lock);
        drop(open);
        let Some((target, id, records)) = next else {
            wait(woken, LOOK_EVERY);
            continue;
        };
        match deliver(engine, &client, &target, &records) {
            Ok((sent, failed, error)) => {
                failures = 0;
                let Some(open) = engine.upgrade() else { return };
                if let Err(error) = open.store.remove_outgoing(id) {
                    tracing::warn!("what was sent on stays in the queue: {error}");
                    wait(woken, LOOK_EVERY);
                }
                open.forwarding.update(|status| {
                    status.sent += sent;
                    status.failed += failed;
                    // An error of before is over once something arrives; one that gave up records stays readable.
                    if error.is_some() || status.failed == 0 {
                        status.last_error = error;
                    }
                });
                open.announce_endpoint();
            }
            Err((reason, after)) => {
                failures += 1;
                let Some(open) = engine.upgrade() else { return };
                open.forwarding.update(|status| {
                    status.last_error = Some(format!("{reason}; it is tried again"));
                });
                open.announce_endpoint();
                drop(open);
                pause(engine, woken, &target, after.unwrap_or_else(|| pause_after(failures)));
            }
        }
    }
}

/// Doubles from failure to failure.
fn pause_after(failures: u32) -> Duration {
    FIRST_PAUSE.saturating_mul(2_u32.saturating_pow(failures.saturating_sub(1))).min(LONGEST_PAUSE)
}

/// Waits, though not any longer once the settings name another place. New records do not shorten it.
fn pause(engine: &Weak<Engine>, woken: &(Mutex<bool>, Condvar), target: &Forward, time: Duration) {
    let until = std::time::Instant::now() + time.min(LONGEST_PAUSE);
    while let Some(left) = until.checked_duration_since(std::time::Instant::now()) {
        wait(woken, left.min(LOOK_EVERY));
        let Some(open) = engine.upgrade() else { return };
        if open.settings().forward.as_ref() != Some(target) {
            return;
        }
        let _ = open.look_at_queue();
    }
}

/// What is to be sent next, if this process is the one that sends.
fn look(engine: &Engine, lock: &mut Option<File>) -> Option<(Forward, i64, Vec<RawRecord>)> {
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
        if waiting == 0 {
            return Ok(None);
        }
        if lock.is_none() {
            *lock = take_lock(engine.library_dir());
        }
        if lock.is_none() {
            return Ok(None);
        }
        let next = engine.store.next_outgoing()?;
        Ok(next.map(|next| (target, next.id, next.records)))
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
) -> std::result::Result<Delivered, (String, Option<Duration>)> {
    let Some(open) = engine.upgrade() else { return Err(("the library is closed".to_owned(), None)) };
    let messages = open.messages(target, records);
    drop(open);
    let count = u64::try_from(records.len()).unwrap_or(0);
    let mut refused = None;
    for message in &messages {
        match post(client, target, message) {
            Delivery::Sent => {}
            Delivery::Later(reason, after) => return Err((reason, after)),
            Delivery::TooLarge(_) if records.len() > 1 => {
                let (left, right) = records.split_at(records.len() / 2);
                let (sent, failed, error) = deliver(engine, client, target, left)?;
                let (more_sent, more_failed, more_error) = deliver(engine, client, target, right)?;
                return Ok((sent + more_sent, failed + more_failed, more_error.or(error)));
            }
            Delivery::TooLarge(reason) | Delivery::Refused(reason) => refused = Some(reason),
        }
    }
    Ok(match refused {
        None => (count, 0, None),
        Some(reason) => (0, count, Some(format!("{reason}; given up"))),
    })
}

fn client() -> ureq::Agent {
    // A redirect would carry the key and the traces to a place that nobody named.
    let config = ureq::Agent::config_builder()
        .http_status_as_error(false)
        .max_redirects(0)
        .timeout_global(Some(TIMEOUT))
        .build();
    config.into()
}

fn post(client: &ureq::Agent, target: &Forward, message: &Message) -> Delivery {
    let base = target.url.strip_suffix(message.path).unwrap_or(&target.url);
    let mut request =
        client.post(format!("{base}{}", message.path)).header("content-type", message.content_type);
    if let Some(key) = &target.key {
        request = match (target.protocol, key.contains(' ')) {
            (ForwardProtocol::Langsmith, _) => request.header("x-api-key", key),
            // A key that names its scheme (`Basic …`) goes as it is.
            (ForwardProtocol::Otlp, true) => request.header("authorization", key),
            (ForwardProtocol::Otlp, false) => {
                request.header("authorization", format!("Bearer {key}")).header("x-api-key", key)
            }
        };
    }
    if let Some(project) = message.project.as_ref().filter(|project| project.is_ascii()) {
        request = request.header("langsmith-project", project);
    }
    match request.send(&message.body) {
        Ok(mut response) => {
            let status = response.status().as_u16();
            let after = response.headers().get("retry-after").and_then(|value| value.to_str().ok());
            let after = after.and_then(|text| text.trim().parse().ok()).map(Duration::from_secs);
            let answer = response.body_mut().with_config().limit(16 * 1024).read_to_string();
            let answer: String = answer.unwrap_or_default().trim().chars().take(ANSWER_CHARS).collect();
            judge(status, after, &answer)
        }
        Err(ureq::Error::BadUri(reason)) => {
            Delivery::Refused(format!("The address cannot be used: {reason}"))
        }
        Err(error) => Delivery::Later(format!("{base} cannot be reached: {error}"), None),
    }
}

/// What a status means for what was sent (OTLP specification, "OTLP/HTTP Response"; `langsmith-api.md` §4).
fn judge(status: u16, after: Option<Duration>, answer: &str) -> Delivery {
    let reason = format!("The endpoint answered {status}: {answer}");
    match status {
        // A run that is there already is what was wanted.
        200..=299 | 409 => Delivery::Sent,
        408 | 425 | 429 | 500..=599 => Delivery::Later(reason, after),
        413 => Delivery::TooLarge(reason),
        _ => Delivery::Refused(reason),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_may_pass_is_tried_again() {
        for status in [200, 202, 204, 409] {
            assert_eq!(judge(status, None, ""), Delivery::Sent, "{status}");
        }
        for status in [408, 425, 429, 500, 502, 503, 504] {
            assert!(matches!(judge(status, None, ""), Delivery::Later(..)), "{status}");
        }
        for status in [301, 400, 401, 403, 404, 415, 422] {
            assert!(matches!(judge(status, None, ""), Delivery::Refused(_)), "{status}");
        }
    }

    #[test]
    fn pauses_grow_to_a_minute() {
        let pauses: Vec<Duration> = (1..=40).map(pause_after).collect();
        assert_eq!(pauses[0], FIRST_PAUSE);
        assert!(pauses.is_sorted());
        assert_eq!(pauses[39], LONGEST_PAUSE);
    }
}
