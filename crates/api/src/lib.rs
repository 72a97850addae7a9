//! The contract: commands, parameters, results, errors and events, declared once.
//!
//! The window, the HTTP server and the command line call [`dispatch`]; the UI gets its types from [`typescript`].
//! Payloads and files travel as bytes by id ([`blob`], [`attachment`]), not through commands.

mod conversation;
mod convert;
mod error;
mod handlers;
mod mask;
mod registry;
pub mod wire;

use std::sync::Arc;

use engine::Engine;
use futures::{Stream, StreamExt as _};

pub use error::{ApiError, ErrorCode};
pub use registry::{COMMANDS, dispatch, typescript};
use wire::{EventEnvelope, PayloadPart, RunRef};

/// Content that is fetched by id.
#[derive(Debug, Clone)]
pub struct Blob {
    /// Media type as sent; never to be rendered as a document.
    pub content_type: String,
    /// Content.
    pub bytes: Vec<u8>,
}

/// A payload of a run as JSON bytes.
pub async fn blob(engine: &Arc<Engine>, run: RunRef, part: &str) -> Result<Blob, ApiError> {
    let part: PayloadPart = serde_json::from_value(serde_json::Value::String(part.to_owned()))
        .map_err(|_| ApiError::invalid_input(format!("A run has no part named {part}")))?;
    blocking(engine, move |engine| {
        handlers::with_part(engine, &run, part, |text| {
            Ok(Blob { content_type: "application/json".to_owned(), bytes: text.as_bytes().to_vec() })
        })
    })
    .await
}

/// A file of a run.
pub async fn attachment(engine: &Arc<Engine>, run: RunRef, name: String) -> Result<Blob, ApiError> {
    blocking(engine, move |engine| {
        let (trace_id, run_id) = handlers::parse_run(&run)?;
        let (content_type, bytes) = engine.attachment(trace_id, run_id, &name)?;
        Ok(Blob { content_type, bytes })
    })
    .await
}

async fn blocking<T: Send + 'static>(
    engine: &Arc<Engine>,
    work: impl FnOnce(&Engine) -> Result<T, ApiError> + Send + 'static,
) -> Result<T, ApiError> {
    let engine = Arc::clone(engine);
    tokio::task::spawn_blocking(move || work(&engine))
        .await
        .unwrap_or_else(|_| Err(ApiError::new(ErrorCode::Internal, "The call ended unexpectedly")))
}

/// What was missed since event `after`, and everything that comes.
pub fn events(engine: &Engine, after: Option<u64>) -> impl Stream<Item = EventEnvelope> + Send + use<> {
    let (missed, receiver) = engine.subscribe(after);
    let coming = futures::stream::unfold(receiver, |mut receiver| async move {
        match receiver.recv().await {
            Ok(numbered) => Some((numbered, receiver)),
            Err(tokio::sync::broadcast::error::RecvError::Lagged(_)) => {
                Some(((0, engine::Event::Missed), receiver))
            }
            Err(tokio::sync::broadcast::error::RecvError::Closed) => None,
        }
    });
    futures::stream::iter(missed).chain(coming).map(|(number, event)| convert::envelope(number, event))
}
