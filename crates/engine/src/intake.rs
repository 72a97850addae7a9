//! Live intake: a request comes in, is decoded and written, and is answered after the commit.

use std::sync::{PoisonError, atomic::Ordering};

use ingest::{Context, Decoded, otlp};
use store::{NewSource, SourceId, SourceKind};

use crate::{
    Engine, Error, Event, ForwardStatus,
    error::Result,
    import::{rejected_row, warning_row},
    now,
};

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

/// The ingest listener.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct EndpointStatus {
    /// How it stands.
    pub state: EndpointState,
    /// Address.
    pub address: Option<String>,
    /// Why it does not listen, and what to do.
    pub error: Option<String>,
    /// Requests since the start.
    pub requests: u64,
    /// Runs taken in since the start.
    pub runs: u64,
    /// Refused since the start.
    pub rejected: u64,
    /// Values replaced since the start, by name of the redaction rule; of imports too.
    pub redacted: Vec<(String, u64)>,
    /// How sending on stands, when it is set.
    pub forward: Option<ForwardStatus>,
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

impl Engine {
    /// Takes in an OTLP trace request; returns after its runs are on the disk.
    pub async fn take_otlp(
        &self,
        bytes: bytes::Bytes,
        encoding: Encoding,
        project: Option<String>,
    ) -> Result<IntakeAnswer> {
        let engine = self.shared()?;
        let (sender, committed) = tokio::sync::oneshot::channel();
        let answer =
            tokio::task::spawn_blocking(move || engine.decode_and_queue(&bytes, encoding, project, sender))
                .await
                .map_err(|_| Error::Store(store::Error::Closed))??;
        let outcome = committed.await.map_err(|_| Error::Store(store::Error::Closed))?;
        outcome?;
        self.forwarding.wake();
        self.announce_endpoint();
        Ok(answer)
    }

    fn decode_and_queue(
        &self,
        bytes: &[u8],
        encoding: Encoding,
        project: Option<String>,
        sender: tokio::sync::oneshot::Sender<store::Result<store::Outcome>>,
    ) -> Result<IntakeAnswer> {
        self.intake.requests.fetch_add(1, Ordering::Relaxed);
        let context = Context { project };
        let decoded = match encoding {
            Encoding::Protobuf => otlp::decode_protobuf(bytes, &context),
            Encoding::Json => otlp::decode_json(bytes, &context),
        };
        let source = self.endpoint_source()?;
        let Decoded { mut records, mut rejects, mut warnings, .. } = match decoded {
            Ok(decoded) => decoded,
            Err(error) => {
                self.intake.rejected.fetch_add(1, Ordering::Relaxed);
                self.store.add_rejects(source, vec![rejected_row(self.redaction.reject(error.0.clone()))])?;
                return Err(Error::Decode(error));
            }
        };
        let rejected = u64::try_from(rejects.len()).unwrap_or(0);
        let message = message(&rejects, &warnings);
        let runs = u64::try_from(records.len()).unwrap_or(0);
        self.redaction.records(&mut records);
        self.redaction.rejects(&mut rejects);
        self.redaction.rejects(&mut warnings);
        let batch = self.prepare(records);
        if !rejects.is_empty() {
            self.store.add_rejects(source, rejects.into_iter().map(rejected_row).collect())?;
        }
        let queued = self.store.try_write_then(batch, source, move |result| {
            let _ = sender.send(result);
        })?;
        if !queued {
            return Err(Error::Busy);
        }
        self.note_warnings(source, warnings)?;
        self.intake.runs.fetch_add(runs, Ordering::Relaxed);
        self.intake.rejected.fetch_add(rejected, Ordering::Relaxed);
        Ok(IntakeAnswer { rejected, message })
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

    /// How the ingest listener stands, with its counts.
    pub fn endpoint(&self) -> EndpointStatus {
        let status = self.endpoint.lock().unwrap_or_else(PoisonError::into_inner).clone();
        EndpointStatus {
            requests: self.intake.requests.load(Ordering::Relaxed),
            runs: self.intake.runs.load(Ordering::Relaxed),
            rejected: self.intake.rejected.load(Ordering::Relaxed),
            redacted: self.redaction.counts(),
            forward: self.settings().forward.map(|_| self.forwarding.status()),
            ..status
        }
    }

    /// Called by the listener when it starts, stops or fails.
    pub fn set_endpoint(&self, state: EndpointState, address: Option<String>, error: Option<String>) {
        {
            let mut status = self.endpoint.lock().unwrap_or_else(PoisonError::into_inner);
            *status = EndpointStatus { state, address, error, ..EndpointStatus::default() };
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
        .map(|reject| match &reject.path {
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
