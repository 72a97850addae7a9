//! Writing runs (`langsmith-api.md` §4).

use std::{io::Read, sync::Arc};

use axum::{
    Json, Router,
    extract::{Request, State},
    http::StatusCode,
    response::{IntoResponse as _, Response},
    routing::{patch, post},
};
use engine::{Engine, IntakeAnswer, RunsBody, Transport};
use serde_json::json;

use super::{
    error::{Answer, Failure, Path},
    json::boundary,
};
use crate::{body, otlp};

pub(super) fn router() -> Router<Arc<Engine>> {
    Router::new()
        .route("/runs/multipart", post(multipart))
        .route("/runs/batch", post(batch))
        .route("/runs", post(create))
        .route("/runs/{run_id}", patch(update))
}

async fn multipart(State(engine): State<Arc<Engine>>, request: Request) -> Answer<Response> {
    let boundary = boundary(request.headers())?;
    take(engine, request, RunsBody::Multipart { boundary }).await
}

async fn batch(State(engine): State<Arc<Engine>>, request: Request) -> Answer<Response> {
    take(engine, request, RunsBody::Batch).await
}

async fn create(State(engine): State<Arc<Engine>>, request: Request) -> Answer<Response> {
    take(engine, request, RunsBody::Create).await
}

async fn update(
    State(engine): State<Arc<Engine>>,
    Path(run_id): Path<String>,
    request: Request,
) -> Answer<Response> {
    let run_id =
        run_id.parse().map_err(|_| Failure::invalid(format!("The run id is not a UUID: {run_id}")))?;
    take(engine, request, RunsBody::Update(run_id)).await
}

/// Everything that could be kept is kept before the answer; what could not is named in it.
async fn take(engine: Arc<Engine>, request: Request, kind: RunsBody) -> Answer<Response> {
    let (parts, body) = request.into_parts();
    let project = parts
        .headers
        .get("langsmith-project")
        .and_then(|value| value.to_str().ok())
        .map(str::trim)
        .filter(|name| !name.is_empty())
        .map(str::to_owned);
    let single = matches!(kind, RunsBody::Create | RunsBody::Update(_));
    let arrival = otlp::arrival(Transport::Langsmith, &parts);
    let take = move |reader: &mut dyn Read| engine.take_runs(&kind, reader, project, arrival);
    let answer = body::stream(&parts.headers, body, take).await??;
    let IntakeAnswer { rejected, message } = answer;
    if single && rejected > 0 {
        return Err(Failure::invalid(message.unwrap_or_else(|| "The run cannot be read".to_owned())));
    }
    let body = match message {
        None => json!({ "message": "Runs ingested" }),
        Some(message) => json!({ "message": "Runs ingested", "rejected": rejected, "warnings": message }),
    };
    Ok((StatusCode::ACCEPTED, Json(body)).into_response())
}
