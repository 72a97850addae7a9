//! The one command through which the page calls the core, and the events that go the other way.

use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use api::ApiError;
use engine::Engine;
use futures::StreamExt as _;
use tauri::ipc::Response;
use tauri::{AppHandle, Emitter as _, State};
use tokio::sync::watch;

/// Event that carries what happened in the core; `ui/src/platform/tauri` listens to it.
const EVENT: &str = "event";

/// The page asks to hear events just before its first call, but the two may overtake each other inside Tauri, which
/// tells nobody when a page began to listen.
const OVERTAKING: Duration = Duration::from_millis(400);

/// Whether the page has called the core yet. Before its first call it listens to nothing.
pub(crate) struct PageReady(watch::Sender<bool>);

impl PageReady {
    pub(crate) fn new() -> Self {
        Self(watch::Sender::new(false))
    }

    fn set(&self) {
        self.0.send_if_modified(|ready| !std::mem::replace(ready, true));
    }
}

/// Calls a command of the contract. The answer is its JSON as bytes, so that large pages are neither parsed nor
/// written a second time on their way.
#[tauri::command]
pub(crate) async fn rpc(
    engine: State<'_, Arc<Engine>>,
    ready: State<'_, PageReady>,
    name: String,
    params: serde_json::Value,
) -> Result<Response, ApiError> {
    ready.set();
    api::dispatch(&engine, &name, params.to_string().into_bytes()).await.map(Response::new)
}

/// Hands events of the core to the page for as long as the program runs: those kept from before the page listened
/// first, among them the wish to show the file that the program was started with.
pub(crate) fn forward_events(app: &AppHandle, engine: &Arc<Engine>, ready: &PageReady) {
    let (app, engine, mut ready) = (app.clone(), Arc::clone(engine), ready.0.subscribe());
    tauri::async_runtime::spawn(async move {
        if ready.wait_for(|ready| *ready).await.is_err() {
            return;
        }
        tokio::time::sleep(OVERTAKING).await;
        let mut events = pin!(api::events(&engine, Some(0)));
        while let Some(envelope) = events.next().await {
            if let Err(error) = app.emit(EVENT, envelope) {
                tracing::warn!(%error, "an event did not reach the page");
            }
        }
    });
}
