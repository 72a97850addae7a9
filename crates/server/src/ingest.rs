//! The ingest listener: OTLP over HTTP (`otel-transport.md` §1–3).

use std::{
    net::{Ipv4Addr, SocketAddr},
    sync::Arc,
};

use axum::{
    Router,
    body::Body,
    extract::{Request, State},
    http::{HeaderMap, StatusCode, header},
    middleware,
    response::{IntoResponse as _, Response},
    routing::{any, get},
};
use engine::{Encoding, EndpointState, Engine, Event, IntakeAnswer};
use tokio::{net::TcpListener, sync::oneshot, task::JoinHandle};

use crate::{
    body::{self, BodyError},
    guard, langsmith,
};

/// Paths on which traces and logs are taken: the specification's, and the ones that people paste from other tools. What
/// a body holds shows in it.
const TRACE_PATHS: [&str; 9] = [
    "/v1/logs",
    "/otel/v1/logs",
    "/api/v1/otel/v1/logs",
    "/v1/traces",
    "/v1/traces/",
    "/otel/v1/traces",
    "/api/v1/otel/v1/traces",
    "/api/public/otel/v1/traces",
    "/",
];

/// Names of the count of refused things, by signal (`Export…PartialSuccess`).
const REJECTED_SPANS: &str = "rejectedSpans";
const REJECTED_LOGS: &str = "rejectedLogRecords";
const REJECTED_METRICS: &str = "rejectedDataPoints";

/// `google.rpc.Code` of an answer.
const INVALID_ARGUMENT: u32 = 3;
const RESOURCE_EXHAUSTED: u32 = 8;
const UNIMPLEMENTED: u32 = 12;
const INTERNAL: u32 = 13;
const UNAVAILABLE: u32 = 14;

/// A running ingest listener; it follows the settings until it is dropped.
pub struct IngestListener {
    supervisor: JoinHandle<()>,
}

impl IngestListener {
    /// Starts listening and keeps to the settings from then on.
    ///
    /// `address` overrides the port of the settings (port 0 takes a free one). Returns once the first attempt to
    /// bind is over; how it went stands in [`Engine::endpoint`].
    pub async fn start(engine: Arc<Engine>, address: Option<SocketAddr>) -> Self {
        let (ready, is_ready) = oneshot::channel();
        let supervisor = tokio::spawn(supervise(engine, address, ready));
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

/// Ends the serving task with its handle.
struct Serving(JoinHandle<()>);

impl Drop for Serving {
    fn drop(&mut self) {
        self.0.abort();
    }
}

async fn supervise(engine: Arc<Engine>, address: Option<SocketAddr>, ready: oneshot::Sender<()>) {
    let (_, mut events) = engine.subscribe(None);
    let mut ready = Some(ready);
    let mut settings = engine.settings();
    loop {
        let target = address.unwrap_or_else(|| (Ipv4Addr::LOCALHOST, settings.endpoint_port).into());
        let serving = if settings.endpoint_enabled || address.is_some() {
            listen(&engine, target).await
        } else {
            engine.set_endpoint(EndpointState::Off, None, None);
            None
        };
        if let Some(ready) = ready.take() {
            let _ = ready.send(());
        }
        loop {
            match events.recv().await {
                Ok((_, Event::SettingsChanged(changed))) => {
                    let same_place = changed.endpoint_enabled == settings.endpoint_enabled
                        && changed.endpoint_port == settings.endpoint_port;
                    settings = changed;
                    if !same_place && address.is_none() {
                        break;
                    }
                }
                Ok(_) | Err(tokio::sync::broadcast::error::RecvError::Lagged(_)) => {}
                Err(tokio::sync::broadcast::error::RecvError::Closed) => return,
            }
        }
        drop(serving);
    }
}

async fn listen(engine: &Arc<Engine>, target: SocketAddr) -> Option<Serving> {
    match TcpListener::bind(target).await {
        Ok(listener) => {
            let address = listener.local_addr().map_or(target, |address| address);
            engine.set_endpoint(EndpointState::Listening, Some(address.to_string()), None);
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
            tracing::warn!("{message}");
            engine.set_endpoint(EndpointState::Failed, Some(target.to_string()), Some(message));
            None
        }
    }
}

fn router(engine: Arc<Engine>) -> Router {
    let mut router = Router::new();
    for path in TRACE_PATHS {
        router = router.route(path, any(traces));
    }
    router
        .route("/v1/metrics", any(metrics))
        .route("/health", get(|| async { "ok" }))
        .merge(langsmith::router())
        .fallback(unknown_path)
        .method_not_allowed_fallback(langsmith::wrong_method)
        .layer(middleware::from_fn_with_state(Arc::clone(&engine), guard::with_endpoint_key))
        .layer(middleware::from_fn(guard::no_foreign_page))
        .layer(middleware::from_fn(guard::local_only))
        .with_state(engine)
}

/// How a body is to be read and answered.
fn encoding(headers: &HeaderMap, body: &[u8]) -> Option<Encoding> {
    let content_type = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok());
    match content_type.map(|value| value.split(';').next().unwrap_or_default().trim().to_ascii_lowercase()) {
        Some(value) if value == "application/x-protobuf" || value == "application/protobuf" => {
            Some(Encoding::Protobuf)
        }
        Some(value) if value == "application/json" => Some(Encoding::Json),
        Some(value) if !value.is_empty() => None,
        _ if body.trim_ascii_start().first() == Some(&b'{') => Some(Encoding::Json),
        _ => Some(Encoding::Protobuf),
    }
}

/// The encoding of an answer to a body that was not read.
fn answer_encoding(headers: &HeaderMap) -> Encoding {
    encoding(headers, &[]).unwrap_or(Encoding::Json)
}

async fn traces(State(engine): State<Arc<Engine>>, request: Request) -> Response {
    let (parts, body) = request.into_parts();
    let headers = parts.headers;
    let rejected_key = if parts.uri.path().ends_with("/logs") { REJECTED_LOGS } else { REJECTED_SPANS };
    if parts.method != http::Method::POST {
        return method_not_allowed();
    }
    let bytes = match body::read(&headers, body).await {
        Ok(bytes) => bytes,
        Err(error) => return body_error(&error, answer_encoding(&headers)),
    };
    let Some(encoding) = encoding(&headers, &bytes) else {
        let message = "The content type must be application/x-protobuf or application/json";
        return status(StatusCode::UNSUPPORTED_MEDIA_TYPE, INVALID_ARGUMENT, message, Encoding::Json);
    };
    // Both an empty protobuf message and an empty object are valid, empty requests.
    if bytes.is_empty() {
        return success(&IntakeAnswer::default(), encoding, rejected_key);
    }
    let project = headers
        .get("langsmith-project")
        .and_then(|value| value.to_str().ok())
        .map(str::trim)
        .filter(|name| !name.is_empty())
        .map(str::to_owned);
    match engine.take_otlp(bytes, encoding, project).await {
        Ok(answer) => success(&answer, encoding, rejected_key),
        Err(error) => engine_error(&error, encoding),
    }
}

/// Metrics are not kept; refusing them would make every SDK complain at each interval (`otel-transport.md` §10).
async fn metrics(request: Request) -> Response {
    if request.method() != http::Method::POST {
        return method_not_allowed();
    }
    success(&IntakeAnswer::default(), answer_encoding(request.headers()), REJECTED_METRICS)
}

async fn unknown_path(request: Request) -> Response {
    let message = format!(
        "There is nothing at {}. Traces are taken at /v1/traces: set OTEL_EXPORTER_OTLP_ENDPOINT to this address without a path",
        request.uri().path()
    );
    // Only an exporter that sends protobuf reads it; a request without a body is nobody's export.
    let names_a_type = request.headers().contains_key(header::CONTENT_TYPE);
    match Some(answer_encoding(request.headers())).filter(|_| names_a_type).unwrap_or(Encoding::Json) {
        // LangSmith clients look for `detail` (`langsmith-api.md` §2.2), OTLP exporters for `message`.
        Encoding::Json => {
            let body = serde_json::json!({ "code": INVALID_ARGUMENT, "message": message, "detail": message });
            respond(StatusCode::NOT_FOUND, body.to_string().into_bytes(), Encoding::Json)
        }
        Encoding::Protobuf => status(StatusCode::NOT_FOUND, INVALID_ARGUMENT, &message, Encoding::Protobuf),
    }
}

fn method_not_allowed() -> Response {
    let mut response =
        status(StatusCode::METHOD_NOT_ALLOWED, UNIMPLEMENTED, "OTLP is sent with POST", Encoding::Json);
    response.headers_mut().insert(header::ALLOW, header::HeaderValue::from_static("POST"));
    response
}

fn body_error(error: &BodyError, encoding: Encoding) -> Response {
    match error {
        BodyError::TooLarge(message) => {
            status(StatusCode::PAYLOAD_TOO_LARGE, RESOURCE_EXHAUSTED, message, encoding)
        }
        BodyError::UnknownEncoding(name) => {
            let message = format!("The content encoding {name} is not understood; use gzip, deflate or zstd");
            status(StatusCode::UNSUPPORTED_MEDIA_TYPE, INVALID_ARGUMENT, &message, encoding)
        }
        BodyError::Damaged(message) => status(StatusCode::BAD_REQUEST, INVALID_ARGUMENT, message, encoding),
    }
}

/// Only what may succeed later is answered so that clients try again (503).
fn engine_error(error: &engine::Error, encoding: Encoding) -> Response {
    let message = error.to_string();
    match error {
        engine::Error::Decode(_) => status(StatusCode::BAD_REQUEST, INVALID_ARGUMENT, &message, encoding),
        engine::Error::Busy => retry_later(&message, encoding),
        engine::Error::Store(error) if error.is_transient() => retry_later(&message, encoding),
        _ => {
            tracing::error!("intake failed: {message}");
            status(StatusCode::INTERNAL_SERVER_ERROR, INTERNAL, &message, encoding)
        }
    }
}

fn retry_later(message: &str, encoding: Encoding) -> Response {
    let mut response = status(StatusCode::SERVICE_UNAVAILABLE, UNAVAILABLE, message, encoding);
    response.headers_mut().insert(header::RETRY_AFTER, header::HeaderValue::from_static("1"));
    response
}

fn respond(code: StatusCode, body: Vec<u8>, encoding: Encoding) -> Response {
    let content_type = match encoding {
        Encoding::Protobuf => "application/x-protobuf",
        Encoding::Json => "application/json",
    };
    (code, [(header::CONTENT_TYPE, content_type)], Body::from(body)).into_response()
}

/// `Export…ServiceResponse`; `partial_success` only where there is something to say.
///
/// `rejected_key` names the count in JSON, which differs by signal; in protobuf all have number 1.
fn success(answer: &IntakeAnswer, encoding: Encoding, rejected_key: &str) -> Response {
    let body = match (&answer.message, encoding) {
        (None, Encoding::Protobuf) => Vec::new(),
        (None, Encoding::Json) => b"{}".to_vec(),
        (Some(message), Encoding::Protobuf) => {
            let mut partial = Vec::new();
            if answer.rejected > 0 {
                put_varint_field(1, answer.rejected, &mut partial);
            }
            put_bytes_field(2, message.as_bytes(), &mut partial);
            let mut response = Vec::new();
            put_bytes_field(1, &partial, &mut response);
            response
        }
        (Some(message), Encoding::Json) => serde_json::json!({
            "partialSuccess": { rejected_key: answer.rejected.to_string(), "errorMessage": message }
        })
        .to_string()
        .into_bytes(),
    };
    respond(StatusCode::OK, body, encoding)
}

/// `google.rpc.Status`.
fn status(code: StatusCode, rpc_code: u32, message: &str, encoding: Encoding) -> Response {
    let body = match encoding {
        Encoding::Protobuf => {
            let mut body = Vec::new();
            put_varint_field(1, rpc_code.into(), &mut body);
            put_bytes_field(2, message.as_bytes(), &mut body);
            body
        }
        Encoding::Json => {
            serde_json::json!({ "code": rpc_code, "message": message }).to_string().into_bytes()
        }
    };
    respond(code, body, encoding)
}

fn put_varint(mut value: u64, out: &mut Vec<u8>) {
    while value >= 0x80 {
        out.push(u8::try_from(value & 0x7f).unwrap_or_default() | 0x80);
        value >>= 7;
    }
    out.push(u8::try_from(value).unwrap_or_default());
}

fn put_varint_field(number: u8, value: u64, out: &mut Vec<u8>) {
    out.push(number << 3);
    put_varint(value, out);
}

fn put_bytes_field(number: u8, bytes: &[u8], out: &mut Vec<u8>) {
    out.push((number << 3) | 2);
    put_varint(u64::try_from(bytes.len()).unwrap_or(u64::MAX), out);
    out.extend_from_slice(bytes);
}
