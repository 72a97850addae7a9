//! The LangSmith protocol (`langsmith-api.md`): what unmodified SDKs, LangChain and LangGraph speak.
//!
//! Every route is served below `/` and below `/api/v1`, since clients append their paths to whatever the person set
//! as the endpoint; nothing is ever redirected, since bodies do not survive it.

mod attachments;
mod comparisons;
mod dataset_files;
mod datasets;
mod error;
mod examples;
mod experiments;
mod export;
mod feedback;
mod intake;
mod json;
pub(crate) mod links;
mod missing;
mod projects;
mod query;
mod queue_items;
mod queue_parts;
mod queue_runs;
mod queues;
mod runs;
mod shares;
mod streaming;
mod v2;

use std::sync::Arc;

use axum::{
    Json, Router,
    extract::Request,
    http::StatusCode,
    middleware,
    response::{IntoResponse as _, Response},
    routing::get,
};
use engine::Engine;
use serde_json::{Value, json};
use uuid::Uuid;

/// The one tenant of a library. Clients only echo it.
pub(crate) const TENANT: Uuid = Uuid::from_u128(0x7261_6365_6d61_4b00_8000_0000_0000_0001);

/// The version that SDKs compare: from here on they use every fast path (§3).
const PROTOCOL_VERSION: &str = "0.18.0";
/// Runs that a client may put into one body.
const RUNS_A_BODY: u32 = 100;
/// Bytes, before compression, that a client may put into one body.
const BYTES_A_BODY: u32 = 20 * 1024 * 1024;

/// The routes of the protocol.
pub(crate) fn router() -> Router<Arc<Engine>> {
    let v1 = || {
        Router::new()
            .route("/info", get(info))
            .route("/info/health", get(|| async { Json(json!({ "status": "ok" })) }))
            .route("/settings", get(settings))
            .route("/workspaces", get(workspaces))
            .route("/workspaces/current/secrets", get(|| async { Json(json!([])) }))
            .merge(intake::router())
            .merge(projects::router())
            .merge(feedback::router())
            .merge(runs::router())
            .merge(attachments::router())
            .merge(datasets::router())
            .merge(comparisons::router())
            .merge(dataset_files::router())
            .merge(experiments::router())
            .merge(examples::router())
            .merge(queues::router())
            .merge(queue_runs::router())
            .merge(shares::router())
            .merge(missing::router())
            // Clients put the version before it or not, by what their endpoint ends in (§1.1).
            .nest("/platform", queue_items::platform())
            .nest("/v1/platform", queue_items::platform())
    };
    let v2 = v2::router()
        .merge(experiments::router_v2())
        .merge(shares::second_generation())
        .merge(missing::second_generation())
        .layer(middleware::from_fn(streaming::as_events));
    Router::new().merge(v1()).nest("/api/v1", v1()).nest("/api/v2", v2.fallback(missing::unknown))
}

/// What the endpoint can do (§3). Its answer switches on the SDKs' fast paths.
async fn info() -> Json<Value> {
    Json(json!({
        "version": PROTOCOL_VERSION,
        "license_expiration_time": null,
        "batch_ingest_config": {
            "use_multipart_endpoint": true,
            "size_limit": RUNS_A_BODY,
            "size_limit_bytes": BYTES_A_BODY,
            "scale_up_qsize_trigger": 1000,
            "scale_up_nthreads_limit": 16,
            "scale_down_nempty_trigger": 4,
        },
        "instance_flags": {
            "zstd_compression_enabled": true,
            // On loopback the processor is dearer than the bytes; it is taken all the same.
            "gzip_body_enabled": false,
            "dataset_examples_multipart_enabled": true,
            "examples_multipart_enabled": true,
            "ch_query_enabled": true,
            "sdb_query_enabled": false,
            "search_enabled": true,
        },
    }))
}

/// A path that is there, asked with a method that it does not have.
pub(crate) async fn wrong_method(request: Request) -> Response {
    let detail = format!("{} is not answered at {}", request.method(), request.uri().path());
    (StatusCode::METHOD_NOT_ALLOWED, Json(json!({ "detail": detail }))).into_response()
}

fn tenant() -> Value {
    json!({
        "id": TENANT,
        "display_name": "Tracemark",
        "created_at": "2026-01-01T00:00:00Z",
        "tenant_handle": null,
    })
}

async fn settings() -> Json<Value> {
    Json(tenant())
}

async fn workspaces() -> Json<Value> {
    Json(json!([tenant()]))
}
