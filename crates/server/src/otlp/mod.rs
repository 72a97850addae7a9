//! OTLP as it arrives: over HTTP ([`http`]) and over gRPC ([`grpc`]), told apart by the content type.

mod answer;
mod grpc;
mod http;

use std::sync::Arc;

use axum::{
    extract::{Request, State},
    http::{HeaderMap, header, request::Parts},
    response::Response,
};
use engine::{Arrival, Engine, Signal, Transport};

pub(crate) use grpc::{is_grpc, unauthenticated};

/// Paths of the specification and those that people paste from other tools (`otel-transport.md` §1). What a body holds
/// shows in it; the path decides about the words of the answer.
const PATHS: [(&str, Signal); 14] = [
    ("/v1/traces", Signal::Traces),
    ("/otel/v1/traces", Signal::Traces),
    ("/api/v1/otel/v1/traces", Signal::Traces),
    ("/api/public/otel/v1/traces", Signal::Traces),
    // Exporters that use their base address as it is.
    ("", Signal::Traces),
    ("/v1/logs", Signal::Logs),
    ("/otel/v1/logs", Signal::Logs),
    ("/api/v1/otel/v1/logs", Signal::Logs),
    ("/v1/claude_code", Signal::Logs),
    ("/otel/v1/claude_code", Signal::Logs),
    ("/v1/metrics", Signal::Metrics),
    ("/otel/v1/metrics", Signal::Metrics),
    ("/api/v1/otel/v1/metrics", Signal::Metrics),
    ("/api/public/otel/v1/metrics", Signal::Metrics),
];

/// What is taken at this path over HTTP.
pub(crate) fn signal_of(path: &str) -> Option<Signal> {
    let path = path.strip_suffix('/').unwrap_or(path);
    PATHS.iter().find(|(known, _)| *known == path).map(|(_, signal)| *signal)
}

/// Takes whatever is no request of another protocol.
pub(crate) async fn take(State(engine): State<Arc<Engine>>, request: Request) -> Response {
    if is_grpc(request.headers()) {
        return grpc::take(engine, request).await;
    }
    match signal_of(request.uri().path()) {
        Some(signal) => http::take(&engine, request, signal).await,
        None => http::unknown_path(&engine, request),
    }
}

fn header_text(headers: &HeaderMap, name: impl header::AsHeaderName) -> Option<String> {
    let text = headers.get(name)?.to_str().ok()?.trim();
    (!text.is_empty()).then(|| text.chars().take(200).collect())
}

/// What these headers tell of a request.
pub(crate) fn arrival(transport: Transport, parts: &Parts) -> Arrival {
    let mut arrival = Arrival::new(transport, parts.uri.path());
    arrival.user_agent = header_text(&parts.headers, header::USER_AGENT);
    let packing = if transport == Transport::OtlpGrpc { "grpc-encoding" } else { "content-encoding" };
    arrival.packing = header_text(&parts.headers, packing).filter(|name| name != "identity");
    arrival.sent_bytes =
        header_text(&parts.headers, header::CONTENT_LENGTH).and_then(|length| length.parse().ok());
    arrival
}

/// The project that LangSmith's header names.
fn project(headers: &HeaderMap) -> Option<String> {
    let text = headers.get("langsmith-project")?.to_str().ok()?.trim();
    (!text.is_empty()).then(|| text.to_owned())
}
