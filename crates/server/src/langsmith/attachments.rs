//! Files of runs and examples by address. The address carries a signature, since clients fetch it without any header
//! (`langsmith-api.md` §6.3), and lasts until the program ends.

use std::sync::{Arc, LazyLock};

use axum::{
    Router,
    body::Body,
    extract::State,
    http::{StatusCode, header},
    response::{IntoResponse as _, Response},
    routing::get,
};
use engine::{Engine, RunId, TraceId, UnixNanos};
use uuid::Uuid;

use super::{
    error::{Answer, Failure, Path},
    json::blocking,
    query::Query,
};
use crate::guard;

/// Made anew at each start.
static KEY: LazyLock<[u8; 32]> = LazyLock::new(|| {
    let mut key = [0; 32];
    key[..16].copy_from_slice(Uuid::new_v4().as_bytes());
    key[16..].copy_from_slice(Uuid::new_v4().as_bytes());
    key
});

pub(super) fn router() -> Router<Arc<Engine>> {
    Router::new()
        .route("/attachments/{trace_id}/{run_id}/{*name}", get(read))
        .route("/example-attachments/{example_id}/{as_of}/{*name}", get(read_of_example))
}

fn sign(parts: &[&[u8]]) -> String {
    let mut hasher = blake3::Hasher::new_keyed(&KEY);
    for part in parts {
        hasher.update(part);
    }
    hasher.finalize().to_hex()[..32].to_owned()
}

fn signature(trace_id: TraceId, run_id: RunId, name: &str) -> String {
    sign(&[trace_id.as_bytes(), run_id.as_bytes(), name.as_bytes()])
}

/// Longer than that of a run's file by the word in front, so that neither stands for the other.
fn example_signature(example: Uuid, as_of: UnixNanos, name: &str) -> String {
    sign(&[b"example", example.as_bytes(), &as_of.0.to_be_bytes(), name.as_bytes()])
}

fn encoded(name: &str) -> String {
    form_urlencoded::byte_serialize(name.as_bytes()).collect::<String>().replace('+', "%20")
}

/// The address of a file.
pub(super) fn url(base: &str, trace_id: TraceId, run_id: RunId, name: &str) -> String {
    format!(
        "{base}/api/v1/attachments/{trace_id}/{run_id}/{}?signature={}",
        encoded(name),
        signature(trace_id, run_id, name)
    )
}

/// The address of a file of an example, as it was then.
pub(super) fn example_url(base: &str, example: Uuid, as_of: UnixNanos, name: &str) -> String {
    format!(
        "{base}/api/v1/example-attachments/{example}/{}/{}?signature={}",
        as_of.0,
        encoded(name),
        example_signature(example, as_of, name)
    )
}

fn require_signature(query: &Query, right: &str) -> Answer<()> {
    let sent = query.text("signature").unwrap_or_default();
    if guard::is_equal(sent.as_bytes(), right.as_bytes()) {
        Ok(())
    } else {
        Err(Failure::new(StatusCode::FORBIDDEN, "The signature of the address is not valid (any more)"))
    }
}

/// The file under the media type that it was sent with; browsers neither guess another nor run it.
fn respond(mime_type: &str, bytes: Vec<u8>) -> Response {
    let mime_type = header::HeaderValue::from_str(mime_type)
        .unwrap_or_else(|_| header::HeaderValue::from_static("application/octet-stream"));
    let headers = [
        (header::CONTENT_TYPE, mime_type),
        (header::X_CONTENT_TYPE_OPTIONS, header::HeaderValue::from_static("nosniff")),
        (header::CONTENT_SECURITY_POLICY, header::HeaderValue::from_static("default-src 'none'; sandbox")),
    ];
    (StatusCode::OK, headers, Body::from(bytes)).into_response()
}

fn missing() -> Failure {
    Failure::not_found("There is no such attachment")
}

async fn read(
    State(engine): State<Arc<Engine>>,
    Path((trace_id, run_id, name)): Path<(String, String, String)>,
    query: Query,
) -> Answer<Response> {
    let trace_id: TraceId = trace_id.parse().map_err(|_| missing())?;
    let run_id: RunId = run_id.parse().map_err(|_| missing())?;
    require_signature(&query, &signature(trace_id, run_id, &name))?;
    let (mime_type, bytes) =
        blocking(&engine, move |engine| Ok(engine.attachment(trace_id, run_id, &name)?)).await?;
    Ok(respond(&mime_type, bytes))
}

async fn read_of_example(
    State(engine): State<Arc<Engine>>,
    Path((example, as_of, name)): Path<(String, String, String)>,
    query: Query,
) -> Answer<Response> {
    let example = Uuid::try_parse(&example).map_err(|_| missing())?;
    let as_of = UnixNanos(as_of.parse().map_err(|_| missing())?);
    require_signature(&query, &example_signature(example, as_of, &name))?;
    let (mime_type, bytes) =
        blocking(&engine, move |engine| Ok(engine.example_attachment(example, as_of, &name)?)).await?;
    Ok(respond(&mime_type, bytes))
}
