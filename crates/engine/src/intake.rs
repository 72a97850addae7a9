//! Live intake: a request comes in, is decoded and written, and is answered after the commit.

use std::{
    sync::{
        Arc, Condvar, Mutex, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use bytes::Bytes;
use ingest::{Context, Decoded, otlp};
use store::{NewSource, SourceId, SourceKind};

use crate::{
    Arrival, Engine, Error, Event, Fate, ForwardStatus, Signal,
    activity::{BodyKind, Seen, SeenBody},
    error::Result,
    import::{rejected_row, warning_row},
    now,
};

/// Bytes of requests, unpacked, that may be held until they are written; a request that would be beyond it is asked to
/// come again.
const MOST_WAITING_BYTES: u64 = 256 * 1024 * 1024;

/// How the ingest listener stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum EndpointState {
    /// Accepting traces.
    Listening,
    /// Switched off, or not started yet.
    #[default]
    Off,
    /// Could not start.
    Failed,
}

/// How a port of the endpoint stands.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct PortStatus {
    /// How it stands.
    pub state: EndpointState,
    /// Address.
    pub address: Option<String>,
    /// Why it does not listen, and what to do.
    pub error: Option<String>,
}

/// The ingest listener.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct EndpointStatus {
    /// OTLP over HTTP, and LangSmith's protocol.
    pub http: PortStatus,
    /// OTLP over gRPC.
    pub grpc: PortStatus,
    /// Requests since the start.
    pub requests: u64,
    /// Runs taken in since the start.
    pub runs: u64,
    /// Refused since the start.
    pub rejected: u64,
    /// Metrics since the start; they are counted and not kept.
    pub metrics: u64,
    /// Requests that were asked to come again since the start, because too much waited to be written.
    pub postponed: u64,
    /// Values replaced since the start, by name of the redaction rule; of imports too.
    pub redacted: Vec<(String, u64)>,
    /// How sending on stands, when it is set.
    pub forward: Option<ForwardStatus>,
}

/// A port of the endpoint.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EndpointPort {
    /// OTLP over HTTP, and LangSmith's protocol.
    Http,
    /// OTLP over gRPC.
    Grpc,
}

/// Encoding of an OTLP request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(missing_docs, reason = "the names of the encodings")]
pub enum Encoding {
    Protobuf,
    Json,
}

/// What to tell the sender.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct IntakeAnswer {
    /// Spans that were refused.
    pub rejected: u64,
    /// The reasons, or a warning when nothing was refused.
    pub message: Option<String>,
}

impl IntakeAnswer {
    /// Adds a sentence.
    pub(crate) fn add(&mut self, text: &str) {
        match &mut self.message {
            Some(message) => {
                message.push_str("; ");
                message.push_str(text);
            }
            None => self.message = Some(text.to_owned()),
        }
    }
}

/// A request of OTLP, unpacked.
#[derive(Debug, Clone)]
pub struct OtlpRequest {
    /// The message.
    pub bytes: Bytes,
    /// Its encoding.
    pub encoding: Encoding,
    /// What it should carry; what it does carry shows in it.
    pub signal: Signal,
    /// Project named by a header.
    pub project: Option<String>,
}

/// Counts and limits of the intake.
#[derive(Debug)]
pub(crate) struct Intake {
    pub(crate) requests: AtomicU64,
    pub(crate) runs: AtomicU64,
    pub(crate) rejected: AtomicU64,
    metrics: AtomicU64,
    pub(crate) postponed: AtomicU64,
    waiting: Arc<Waiting>,
    /// Overrides the settings; zero does not.
    most_request_bytes: AtomicU64,
}

impl Default for Intake {
    fn default() -> Self {
        Self {
            requests: AtomicU64::default(),
            runs: AtomicU64::default(),
            rejected: AtomicU64::default(),
            metrics: AtomicU64::default(),
            postponed: AtomicU64::default(),
            waiting: Arc::new(Waiting {
                bytes: Mutex::new(0),
                freed: Condvar::new(),
                most: AtomicU64::new(MOST_WAITING_BYTES),
            }),
            most_request_bytes: AtomicU64::default(),
        }
    }
}

/// Bytes of the requests that are being decoded and written, unpacked.
#[derive(Debug)]
struct Waiting {
    bytes: Mutex<u64>,
    freed: Condvar,
    most: AtomicU64,
}

/// A place among the requests that wait, until it is dropped.
pub(crate) struct Seat {
    waiting: Arc<Waiting>,
    bytes: u64,
}

impl Seat {
    /// One request is always let in, however large it is.
    fn take(waiting: &Arc<Waiting>, bytes: u64) -> Option<Self> {
        let mut seat = Self { waiting: Arc::clone(waiting), bytes: 0 };
        seat.grow(bytes, Duration::ZERO).then_some(seat)
    }

    /// Takes place for more bytes; waits so long for others to make room. Who is alone always gets it.
    pub(crate) fn grow(&mut self, more: u64, patience: Duration) -> bool {
        let most = self.waiting.most.load(Ordering::Relaxed);
        let own = self.bytes;
        let is_full = |taken: &mut u64| *taken != own && taken.saturating_add(more) > most;
        let taken = self.waiting.bytes.lock().unwrap_or_else(PoisonError::into_inner);
        let (mut taken, waited) = self
            .waiting
            .freed
            .wait_timeout_while(taken, patience, is_full)
            .unwrap_or_else(PoisonError::into_inner);
        if waited.timed_out() && is_full(&mut taken) {
            return false;
        }
        *taken = taken.saturating_add(more);
        drop(taken);
        self.bytes = self.bytes.saturating_add(more);
        true
    }

    /// A seat of its own for all bytes but so many, which stay here.
    pub(crate) fn split(&mut self, stay: u64) -> Self {
        let bytes = self.bytes.saturating_sub(stay);
        self.bytes -= bytes;
        Self { waiting: Arc::clone(&self.waiting), bytes }
    }
}

impl Drop for Seat {
    fn drop(&mut self) {
        let mut taken = self.waiting.bytes.lock().unwrap_or_else(PoisonError::into_inner);
        *taken = taken.saturating_sub(self.bytes);
        drop(taken);
        self.waiting.freed.notify_all();
    }
}

impl Intake {
    /// A seat without bytes, for a request that comes bit by bit.
    pub(crate) fn seat(&self) -> Seat {
        Seat { waiting: Arc::clone(&self.waiting), bytes: 0 }
    }
}

type Committed = tokio::sync::oneshot::Receiver<store::Result<store::Outcome>>;

impl Engine {
    /// Takes in a request of OTLP; returns after its runs are on the disk.
    ///
    /// When more waits to be written than the limit allows, it is [`Error::Busy`] at once and nothing is kept.
    pub async fn take_otlp(&self, request: OtlpRequest, arrival: Arrival) -> Result<IntakeAnswer> {
        self.intake.requests.fetch_add(1, Ordering::Relaxed);
        let mut seen = Seen {
            bytes: u64::try_from(request.bytes.len()).ok(),
            body: Some(SeenBody {
                bytes: request.bytes.clone(),
                kind: BodyKind::Otlp(request.encoding, request.signal),
            }),
            ..Seen::default()
        };
        let answer = self.take_seated(request, &mut seen).await;
        self.note(arrival, seen, &answer);
        self.forwarding.wake();
        self.announce_endpoint();
        answer
    }

    async fn take_seated(&self, request: OtlpRequest, seen: &mut Seen) -> Result<IntakeAnswer> {
        // Zero bytes are a valid, empty message in protobuf.
        if request.bytes.is_empty() {
            return Ok(IntakeAnswer::default());
        }
        let seat = Seat::take(&self.intake.waiting, seen.bytes.unwrap_or(0)).ok_or(Error::Busy)?;
        let engine = self.shared()?;
        let decoding = tokio::task::spawn_blocking(move || {
            let mut seen = Seen::default();
            let answer = engine.decode_and_queue(&request, seat, &mut seen);
            (answer, seen)
        });
        let (answer, found) = decoding.await.map_err(|_| Error::Store(store::Error::Closed))?;
        let Seen { services, taken, rejected, only_counted, .. } = found;
        *seen = Seen { services, rejected, only_counted, ..std::mem::take(seen) };
        let (mut answer, committed) = answer?;
        if let Some(committed) = committed {
            let written = committed.await.map_err(|_| Error::Store(store::Error::Closed))??;
            self.intake.runs.fetch_add(taken, Ordering::Relaxed);
            seen.taken = taken;
            if !written.joined.is_empty() || !written.strayed.is_empty() {
                let engine = self.shared()?;
                let looking =
                    move || engine.endpoint_source().and_then(|source| engine.warn_of(&written, source));
                let found = tokio::task::spawn_blocking(looking).await;
                for said in found.map_err(|_| Error::Store(store::Error::Closed))?? {
                    answer.add(said);
                }
            }
        }
        Ok(answer)
    }

    /// The seat is held until the commit, also when the client has gone meanwhile.
    fn decode_and_queue(
        &self,
        request: &OtlpRequest,
        seat: Seat,
        seen: &mut Seen,
    ) -> Result<(IntakeAnswer, Option<Committed>)> {
        let context = Context { project: request.project.clone() };
        let decoded = match request.encoding {
            Encoding::Protobuf => otlp::decode_protobuf(&request.bytes, &context),
            Encoding::Json => otlp::decode_json(&request.bytes, &context),
        };
        let Decoded { mut records, mut rejects, mut warnings, feedback, ignored, .. } = match decoded {
            Ok(decoded) => decoded,
            Err(error) => {
                self.intake.rejected.fetch_add(1, Ordering::Relaxed);
                let reject = rejected_row(self.redaction.reject(error.0.clone()));
                self.store.add_rejects(self.endpoint_source()?, vec![reject])?;
                return Err(Error::Decode(error));
            }
        };
        seen.only_counted = ignored;
        if request.signal != Signal::Traces {
            if request.signal == Signal::Metrics {
                self.intake.metrics.fetch_add(ignored, Ordering::Relaxed);
            }
            // Whoever sends metrics and logs where they belong is not told at every interval what becomes of them.
            warnings.retain(|warning| warning.code != otlp::NOT_READ);
        }
        let answer = IntakeAnswer {
            rejected: u64::try_from(rejects.len()).unwrap_or(0),
            message: message(&rejects, &warnings),
        };
        self.redaction.records(&mut records);
        self.redaction.rejects(&mut rejects);
        self.redaction.rejects(&mut warnings);
        seen.services = otlp::services(&records);
        seen.taken = u64::try_from(records.len()).unwrap_or(0);
        seen.rejected = answer.rejected;
        let committed = if records.is_empty() {
            None
        } else {
            let batch = self.prepare(records);
            let (sender, committed) = tokio::sync::oneshot::channel();
            let done = move |result| {
                drop(seat);
                let _ = sender.send(result);
            };
            // Before the rejects, so that what is sent again is not refused twice.
            if !self.store.try_write_then(batch, self.endpoint_source()?, done)? {
                return Err(Error::Busy);
            }
            Some(committed)
        };
        self.keep_told_feedback(feedback)?;
        if !rejects.is_empty() {
            let rejects = rejects.into_iter().map(rejected_row).collect();
            self.store.add_rejects(self.endpoint_source()?, rejects)?;
            self.intake.rejected.fetch_add(answer.rejected, Ordering::Relaxed);
        }
        if !warnings.is_empty() {
            self.note_warnings(self.endpoint_source()?, warnings)?;
        }
        Ok((answer, committed))
    }

    /// Remembers a request for those who look at the endpoint.
    pub(crate) fn note(&self, arrival: Arrival, seen: Seen, answer: &Result<IntakeAnswer>) {
        let (fate, message) = match answer {
            Ok(IntakeAnswer { rejected: 0, message }) => (Fate::Taken, message.clone()),
            Ok(IntakeAnswer { message, .. }) => (Fate::Partly, message.clone()),
            Err(error) if error.is_transient() => (Fate::Postponed, Some(error.to_string())),
            Err(error) => (Fate::Refused, Some(error.to_string())),
        };
        if fate == Fate::Postponed {
            self.intake.postponed.fetch_add(1, Ordering::Relaxed);
        }
        let message = message.map(|message| self.redaction.text(&message));
        self.activity.note(arrival, seen, fate, message);
    }

    /// Remembers a request that the transport refused before it got here.
    pub fn note_refused(&self, arrival: Arrival, reason: &str) {
        self.intake.requests.fetch_add(1, Ordering::Relaxed);
        self.intake.rejected.fetch_add(1, Ordering::Relaxed);
        self.activity.note(arrival, Seen::default(), Fate::Refused, Some(reason.to_owned()));
        self.announce_endpoint();
    }

    /// Bytes that a request of OTLP may have, before and after unpacking.
    pub fn most_request_bytes(&self) -> usize {
        let bytes = match self.intake.most_request_bytes.load(Ordering::Relaxed) {
            0 => {
                let settings = self.settings.lock().unwrap_or_else(PoisonError::into_inner);
                u64::from(settings.endpoint_max_mib) * 1024 * 1024
            }
            bytes => bytes,
        };
        usize::try_from(bytes).unwrap_or(usize::MAX)
    }

    /// Limits the intake for as long as this runs: bytes of a request instead of the settings', and bytes of requests
    /// that may wait to be written.
    pub fn limit_intake(&self, most_request_bytes: Option<u64>, most_waiting_bytes: Option<u64>) {
        if let Some(bytes) = most_request_bytes {
            self.intake.most_request_bytes.store(bytes.max(1), Ordering::Relaxed);
        }
        if let Some(bytes) = most_waiting_bytes {
            self.intake.waiting.most.store(bytes, Ordering::Relaxed);
        }
    }

    /// Keeps what was noticed about records that were taken, for the report.
    pub(crate) fn note_warnings(&self, source: SourceId, warnings: Vec<ingest::Reject>) -> Result<()> {
        if warnings.is_empty() {
            return Ok(());
        }
        Ok(self.store.note_warnings(source, warnings.into_iter().map(warning_row).collect())?)
    }

    pub(crate) fn endpoint_source(&self) -> Result<SourceId> {
        let mut known = self.endpoint_source.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(source) = *known {
            return Ok(source);
        }
        let source = self.store.add_source(NewSource {
            kind: SourceKind::Endpoint,
            label: "Endpoint".to_owned(),
            path: Some("endpoint".to_owned()),
            bytes: None,
            added: now(),
        })?;
        *known = Some(source);
        drop(known);
        self.emit(Event::SourcesChanged);
        Ok(source)
    }

    /// Says where a browser finds the UI, for links to runs; the first one counts.
    pub fn set_page_address(&self, address: String) {
        let _ = self.page.set(address);
    }

    /// Where a browser finds the UI; absent while no page is served.
    pub fn page_address(&self) -> Option<&str> {
        self.page.get().map(String::as_str)
    }

    /// How the ingest listener stands, with its counts.
    pub fn endpoint(&self) -> EndpointStatus {
        let [http, grpc] = self.ports.lock().unwrap_or_else(PoisonError::into_inner).clone();
        EndpointStatus {
            http,
            grpc,
            requests: self.intake.requests.load(Ordering::Relaxed),
            runs: self.intake.runs.load(Ordering::Relaxed),
            rejected: self.intake.rejected.load(Ordering::Relaxed),
            metrics: self.intake.metrics.load(Ordering::Relaxed),
            postponed: self.intake.postponed.load(Ordering::Relaxed),
            redacted: self.redaction.counts(),
            forward: self.settings().forward.map(|_| self.forwarding.status()),
        }
    }

    /// Called by the listener when one of its ports starts, stops or fails.
    pub fn set_endpoint(&self, port: EndpointPort, status: PortStatus) {
        {
            let [http, grpc] = &mut *self.ports.lock().unwrap_or_else(PoisonError::into_inner);
            *(match port {
                EndpointPort::Http => http,
                EndpointPort::Grpc => grpc,
            }) = status;
        }
        self.announce_endpoint();
    }

    pub(crate) fn announce_endpoint(&self) {
        self.emit(Event::EndpointChanged(self.endpoint()));
    }
}

/// The first reasons in one text.
pub(crate) fn message(rejects: &[ingest::Reject], warnings: &[ingest::Reject]) -> Option<String> {
    let news: Vec<&ingest::Reject> =
        rejects.iter().chain(warnings.iter().filter(|warning| !warning.is_known_to_sender())).collect();
    let said: Vec<String> = news
        .iter()
        .take(5)
        .map(|reject| match reject.path.as_deref().filter(|path| !path.is_empty()) {
            Some(path) => format!("{path}: {}", reject.message),
            None => reject.message.clone(),
        })
        .collect();
    let more = news.len().saturating_sub(said.len());
    let text = said.join("; ");
    match (said.is_empty(), more) {
        (true, _) => None,
        (false, 0) => Some(text),
        (false, more) => Some(format!("{text}; and {more} more")),
    }
}
