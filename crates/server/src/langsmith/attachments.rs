//! Files of runs by address. The address carries a signature, since clients fetch it without any header
//! (`langsmith-api.md` §6.3), and lasts until the program ends.

use std::sync::{Arc, LazyLock};

use axum::{
    Router,
    body::Body,
    extract::{Path, State},
    http::{StatusCode, header},
    response::{IntoResponse as _, Response},
    routing::get,
};
use engine::{Engine, RunId, TraceId};
use uuid::Uuid;

use super::{
    error::{Answer, Failure},
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
    Router::new().route("/attachments/{trace_id}/{run_id}/{*name}", get(read))
}

fn signature(trace_id: TraceId, run_id: RunId, name: &str) -> String {
    let mut hasher = blake3::Hasher::new_keyed(&KEY);
    hasher.update(trace_id.as_bytes());
    hasher.update(run_id.as_bytes());
    hasher.update(name.as_bytes());
    hasher.finalize().to_hex()[..32].to_owned()
}

/// The address of a file.
pub(super) fn url(base: &str, trace_id: TraceId, run_id: RunId, name: &str) -> String {
    let encoded: String =
        form_urlencoded::byte_serialize(name.as_bytes()).collect::<String>().replace('+', "%20");
    format!(
        "{base}/api/v1/attachments/{trace_id}/{run_id}/{encoded}?signature={}",
        signature(trace_id, run_id, name)
    )
}

/// The file under the media type that it was sent with; browsers neither guess another nor run it.
async fn read(
    State(engine): State<Arc<Engine>>,
    Path((trace_id, run_id, name)): Path<(String, String, String)>,
    query: Query,
) -> Answer<Response> {
    let missing = || Failure::not_found("There is no such attachment");
    let trace_id: TraceId = trace_id.parse().map_err(|_| missing())?;
    let run_id: RunId = run_id.parse().map_err(|_| missing())?;
    let sent = query.text("signature").unwrap_or_default();
    if !guard::is_equal(sent.as_bytes(), signature(trace_id, run_id, &name).as_bytes()) {
        return Err(Failure::new(
            StatusCode::FORBIDDEN,
            "The signature of the address is not valid (any more)",
        ));
    }
    let (mime_type, bytes) =
        blocking(&engine, move |engine| Ok(engine.attachment(trace_id, run_id, &name)?)).await?;
    let mime_type = header::HeaderValue::from_str(&mime_type)
        .unwrap_or_else(|_| header::HeaderValue::from_static("application/octet-stream"));
    let headers = [
        (header::CONTENT_TYPE, mime_type),
        (header::X_CONTENT_TYPE_OPTIONS, header::HeaderValue::from_static("nosniff")),
        (header::CONTENT_SECURITY_POLICY, header::HeaderValue::from_static("default-src 'none'; sandbox")),
    ];
    Ok((StatusCode::OK, headers, Body::from(bytes)).into_response())
}
