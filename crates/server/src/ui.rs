//! The UI over HTTP: its files, its commands, its events, and content by id.

use std::{
    convert::Infallible,
    io::{self, Read},
    net::SocketAddr,
    sync::Arc,
};

use api::{ApiError, Blob, ErrorCode, wire::RunRef};
use axum::{
    Router,
    body::{Body, Bytes},
    extract::{DefaultBodyLimit, Path, Query, Request, State},
    http::{HeaderMap, StatusCode, header},
    middleware,
    response::{
        IntoResponse, Redirect, Response,
        sse::{KeepAlive, Sse},
    },
    routing::{get, post},
};
use engine::Engine;
use futures::{Stream, StreamExt as _};
use serde::Deserialize;
use tokio::{net::TcpListener, sync::mpsc};

use crate::{assets, guard, langsmith::links};

/// Bytes of the parameters of a command.
const MAX_PARAMS_BYTES: usize = 4 * 1024 * 1024;
/// Pieces of an upload that wait for the import.
const UPLOAD_QUEUE: usize = 8;

/// The bound listener of the UI.
pub struct UiServer {
    listener: TcpListener,
    router: Router,
    token: String,
}

impl UiServer {
    /// Binds to `address`, which must be a loopback one; port 0 takes a free one.
    pub async fn bind(engine: Arc<Engine>, address: SocketAddr) -> io::Result<Self> {
        if !address.ip().is_loopback() {
            let message =
                format!("{address} is not a loopback address; the UI is served to this machine only");
            return Err(io::Error::new(io::ErrorKind::InvalidInput, message));
        }
        let token = uuid::Uuid::new_v4().simple().to_string();
        let listener = TcpListener::bind(address).await?;
        engine.set_page_address(format!("http://{}", listener.local_addr()?));
        Ok(Self { listener, router: router(engine, &token), token })
    }

    /// The address to open, with the token.
    pub fn url(&self) -> io::Result<String> {
        Ok(format!("http://{}/?token={}", self.listener.local_addr()?, self.token))
    }

    /// The token of this start.
    pub fn token(&self) -> &str {
        &self.token
    }

    /// Serves until `stop` is done.
    pub async fn serve(self, stop: impl Future<Output = ()> + Send + 'static) -> io::Result<()> {
        tokio::select! {
            result = axum::serve(self.listener, self.router).into_future() => result,
            () = stop => Ok(()),
        }
    }
}

fn router(engine: Arc<Engine>, token: &str) -> Router {
    let api = Router::new()
        .route("/rpc/{name}", post(rpc))
        .route("/events", get(events))
        .route("/blob/{trace_id}/{run_id}/{part}", get(blob))
        .route("/attachment/{trace_id}/{run_id}/{name}", get(attachment))
        .layer(DefaultBodyLimit::max(MAX_PARAMS_BYTES))
        .route("/import", post(import).layer(DefaultBodyLimit::disable()))
        .fallback(|| async { error_response(&ApiError::new(ErrorCode::NotFound, "There is nothing here")) })
        .layer(middleware::from_fn_with_state(token.to_owned(), guard::own_page_with_token))
        .with_state(Arc::clone(&engine));
    Router::new()
        .nest("/api", api)
        .merge(links::router().with_state(engine))
        .fallback(page)
        .with_state(token.to_owned())
        .layer(middleware::from_fn(guard::local_only))
}

#[derive(Deserialize)]
struct PageQuery {
    token: Option<String>,
}

/// Files of the UI. The first visit brings the token, which moves from the address into a cookie.
async fn page(State(token): State<String>, Query(query): Query<PageQuery>, request: Request) -> Response {
    match query.token {
        Some(sent) if guard::is_equal(sent.as_bytes(), token.as_bytes()) => {
            let mut response = Redirect::to(request.uri().path()).into_response();
            response.headers_mut().insert(header::SET_COOKIE, guard::token_cookie(&token));
            response
        }
        _ => assets::serve(request.uri().path()),
    }
}

fn error_response(error: &ApiError) -> Response {
    let status = match error.code {
        ErrorCode::InvalidInput => StatusCode::BAD_REQUEST,
        ErrorCode::NotFound => StatusCode::NOT_FOUND,
        ErrorCode::Unauthorized => StatusCode::UNAUTHORIZED,
        ErrorCode::Busy => StatusCode::SERVICE_UNAVAILABLE,
        ErrorCode::File => StatusCode::UNPROCESSABLE_ENTITY,
        ErrorCode::DiskFull
        | ErrorCode::ReadOnly
        | ErrorCode::LibraryNewer
        | ErrorCode::LibraryDamaged
        | ErrorCode::Internal => StatusCode::INTERNAL_SERVER_ERROR,
    };
    (status, [(header::CONTENT_TYPE, "application/json")], error.to_json()).into_response()
}

async fn rpc(State(engine): State<Arc<Engine>>, Path(name): Path<String>, params: Bytes) -> Response {
    match api::dispatch(&engine, &name, params.to_vec()).await {
        Ok(json) => ([(header::CONTENT_TYPE, "application/json")], json).into_response(),
        Err(error) => error_response(&error),
    }
}

/// Events as they come; `Last-Event-ID` brings what was missed in between.
async fn events(
    State(engine): State<Arc<Engine>>,
    headers: HeaderMap,
) -> Sse<impl Stream<Item = Result<axum::response::sse::Event, Infallible>>> {
    let after = headers.get("last-event-id").and_then(|value| value.to_str().ok()?.parse().ok());
    let stream = api::events(&engine, after).map(|envelope| {
        let data = serde_json::to_string(&envelope).unwrap_or_default();
        Ok(axum::response::sse::Event::default().id(envelope.sequence.0.to_string()).data(data))
    });
    Sse::new(stream).keep_alive(KeepAlive::default())
}

/// Content is handed out as what it is, but never to be rendered or run.
fn blob_response(blob: Blob) -> Response {
    (
        [
            (header::CONTENT_TYPE, blob.content_type.as_str()),
            (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
            (header::CONTENT_SECURITY_POLICY, "sandbox; default-src 'none'"),
            (header::CACHE_CONTROL, "no-store"),
        ],
        blob.bytes,
    )
        .into_response()
}

async fn blob(
    State(engine): State<Arc<Engine>>,
    Path((trace_id, run_id, part)): Path<(String, String, String)>,
) -> Response {
    match api::blob(&engine, RunRef { trace_id, run_id }, &part).await {
        Ok(blob) => blob_response(blob),
        Err(error) => error_response(&error),
    }
}

async fn attachment(
    State(engine): State<Arc<Engine>>,
    Path((trace_id, run_id, name)): Path<(String, String, String)>,
) -> Response {
    match api::attachment(&engine, RunRef { trace_id, run_id }, name).await {
        Ok(blob) => blob_response(blob),
        Err(error) => error_response(&error),
    }
}

#[derive(Deserialize)]
struct ImportQuery {
    name: Option<String>,
}

/// Streams an upload into an import; answers when the body is read, while the import may go on.
async fn import(
    State(engine): State<Arc<Engine>>,
    Query(query): Query<ImportQuery>,
    headers: HeaderMap,
    body: Body,
) -> Response {
    let length = headers.get(header::CONTENT_LENGTH).and_then(|value| value.to_str().ok()?.parse().ok());
    let (sender, receiver) = mpsc::channel::<io::Result<Bytes>>(UPLOAD_QUEUE);
    let name = query.name.unwrap_or_else(|| "upload".to_owned());
    let reader = Box::new(Upload { receiver, piece: Bytes::new() });
    let started = tokio::task::spawn_blocking(move || engine.import_reader(&name, length, reader)).await;
    let job = match started {
        Ok(Ok(job)) => job,
        Ok(Err(error)) => return error_response(&error.into()),
        Err(_) => return error_response(&ApiError::new(ErrorCode::Internal, "The import could not start")),
    };
    let mut pieces = body.into_data_stream();
    let mut is_cancelled = false;
    while let Some(piece) = pieces.next().await {
        let piece = piece.map_err(|error| io::Error::new(io::ErrorKind::UnexpectedEof, error.to_string()));
        // The rest of a cancelled upload is still read: a browser whose connection breaks would send it all again.
        is_cancelled = is_cancelled || sender.send(piece).await.is_err();
    }
    drop(sender);
    let job: api::wire::Job = job.into();
    axum::Json(job).into_response()
}

/// The body of an upload as a reader for the import's thread.
struct Upload {
    receiver: mpsc::Receiver<io::Result<Bytes>>,
    piece: Bytes,
}

impl Read for Upload {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        while self.piece.is_empty() {
            match self.receiver.blocking_recv() {
                None => return Ok(0),
                Some(piece) => self.piece = piece?,
            }
        }
        let length = self.piece.len().min(buffer.len());
        buffer[..length].copy_from_slice(&self.piece.split_to(length));
        Ok(length)
    }
}
