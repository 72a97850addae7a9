//! The ports of the endpoint. Each follows the settings; on each, both OTLP over HTTP and over gRPC are understood,
//! since people confuse the two ports (`otel-transport.md` §4).

use std::{
    net::{Ipv4Addr, SocketAddr},
    sync::Arc,
};

use axum::{Router, middleware, routing::get};
use engine::{EndpointPort, EndpointState, Engine, Event, PortStatus, Settings};
use tokio::{
    net::TcpListener,
    sync::{broadcast::error::RecvError, oneshot},
    task::JoinHandle,
};

use crate::{guard, langsmith, origins, otlp};

/// Addresses instead of those of the settings; port 0 takes a free one.
#[derive(Debug, Clone, Copy, Default)]
pub struct Addresses {
    /// OTLP over HTTP, and LangSmith's protocol.
    pub http: Option<SocketAddr>,
    /// OTLP over gRPC.
    pub grpc: Option<SocketAddr>,
}

/// A running ingest listener; it follows the settings until it is dropped.
pub struct IngestListener {
    supervisor: JoinHandle<()>,
}

impl IngestListener {
    /// Starts listening and keeps to the settings from then on.
    ///
    /// Returns once the first attempt to bind is over; how it went stands in [`Engine::endpoint`].
    pub async fn start(engine: Arc<Engine>, addresses: Addresses) -> Self {
        let (ready, is_ready) = oneshot::channel();
        let supervisor = tokio::spawn(supervise(engine, addresses, ready));
        // An error means that the supervisor ended, which the endpoint's state tells.
        let _ = is_ready.await;
        Self { supervisor }
    }
}

impl Drop for IngestListener {
    fn drop(&mut self) {
        self.supervisor.abort();
    }
}

async fn supervise(engine: Arc<Engine>, addresses: Addresses, ready: oneshot::Sender<()>) {
    let (_, mut events) = engine.subscribe(None);
    let mut http = Port::new(EndpointPort::Http, addresses.http);
    let mut grpc = Port::new(EndpointPort::Grpc, addresses.grpc);
    let mut ready = Some(ready);
    let mut settings = engine.settings();
    loop {
        // Both are let go first, so that they can change places.
        for port in [&mut http, &mut grpc] {
            port.let_go(&settings);
        }
        for port in [&mut http, &mut grpc] {
            port.take_up(&engine, &settings).await;
        }
        if let Some(ready) = ready.take() {
            let _ = ready.send(());
        }
        settings = loop {
            match events.recv().await {
                Ok((_, Event::SettingsChanged(changed))) => break changed,
                Err(RecvError::Lagged(_)) => break engine.settings(),
                Ok(_) => {}
                Err(RecvError::Closed) => return,
            }
        };
    }
}

/// Ends the serving task with its handle.
struct Serving(JoinHandle<()>);

impl Drop for Serving {
    fn drop(&mut self) {
        self.0.abort();
    }
}

/// One port, as it was last asked for.
struct Port {
    port: EndpointPort,
    /// Address that overrides the settings.
    fixed: Option<SocketAddr>,
    /// Where it serves, or could not; `None` before the first attempt.
    #[expect(clippy::option_option, reason = "not tried yet is not the same as switched off")]
    at: Option<Option<SocketAddr>>,
    serving: Option<Serving>,
}

impl Port {
    fn new(port: EndpointPort, fixed: Option<SocketAddr>) -> Self {
        Self { port, fixed, at: None, serving: None }
    }

    fn wanted(&self, settings: &Settings) -> Option<SocketAddr> {
        let (is_on, port) = match self.port {
            EndpointPort::Http => (settings.endpoint_enabled, settings.endpoint_port),
            EndpointPort::Grpc => (settings.endpoint_enabled && settings.grpc_enabled, settings.grpc_port),
        };
        self.fixed.or_else(|| is_on.then(|| (Ipv4Addr::LOCALHOST, port).into()))
    }

    /// Stops serving where it is no longer wanted. A port that could not be had is tried again at every change.
    fn let_go(&mut self, settings: &Settings) {
        let wanted = self.wanted(settings);
        if self.at != Some(wanted) || (wanted.is_some() && self.serving.is_none()) {
            self.serving = None;
            self.at = None;
        }
    }

    async fn take_up(&mut self, engine: &Arc<Engine>, settings: &Settings) {
        if self.at.is_some() {
            return;
        }
        let wanted = self.wanted(settings);
        self.at = Some(wanted);
        match wanted {
            Some(target) => self.serving = listen(engine, self.port, target).await,
            None => engine.set_endpoint(self.port, PortStatus::default()),
        }
    }
}

async fn listen(engine: &Arc<Engine>, port: EndpointPort, target: SocketAddr) -> Option<Serving> {
    match TcpListener::bind(target).await {
        Ok(listener) => {
            let address = listener.local_addr().map_or(target, |address| address);
            let (state, address) = (EndpointState::Listening, Some(address.to_string()));
            engine.set_endpoint(port, PortStatus { state, address, error: None });
            let app = router(Arc::clone(engine));
            Some(Serving(tokio::spawn(async move {
                if let Err(error) = axum::serve(listener, app).await {
                    tracing::error!("the ingest listener ended: {error}");
                }
            })))
        }
        Err(error) => {
            let message = if error.kind() == std::io::ErrorKind::AddrInUse {
                format!(
                    "Port {} is in use by another program. Stop that program, or choose another port in the settings.",
                    target.port()
                )
            } else {
                format!("{target} cannot be listened on: {error}")
            };
            let (state, address) = (EndpointState::Failed, Some(target.to_string()));
            engine.set_endpoint(port, PortStatus { state, address, error: Some(message) });
            None
        }
    }
}

fn router(engine: Arc<Engine>) -> Router {
    Router::new()
        .route("/health", get(|| async { "ok" }))
        .merge(langsmith::router())
        .merge(langsmith::links::router())
        .method_not_allowed_fallback(langsmith::wrong_method)
        .fallback(otlp::take)
        .layer(middleware::from_fn_with_state(Arc::clone(&engine), guard::with_endpoint_key))
        .layer(middleware::from_fn(origins::loopback_pages))
        .layer(middleware::from_fn(guard::local_only))
        .with_state(engine)
}
