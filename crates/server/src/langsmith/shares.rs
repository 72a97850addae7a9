//! Sharing traces (`langsmith-api.md` §6.4, §13).
//!
//! The token of a trace opens all of its runs. Nothing is published: the listener answers this machine only, so a
//! token is a name under which the trace can be read here.

use std::sync::Arc;

use axum::{
    Json, Router,
    extract::{Path, State},
    http::{HeaderMap, StatusCode},
    response::Response,
    routing::{get, post},
};
use engine::{DescribedRun, Engine, RunId, RunQuery, RunSearch, TraceId};
use serde_json::{Map, Value, json};
use uuid::Uuid;

use super::{
    error::{Answer, Failure},
    feedback,
    json::{Sent, base_url, blocking, given, parsed, respond, shaped},
    query::Query,
    runs::{self, Select, parse_ids, run_id},
    v2,
};

pub(super) fn router() -> Router<Arc<Engine>> {
    Router::new()
        .route("/runs/{run_id}/share", get(read_share).put(share).delete(unshare))
        .route("/public/{token}/run", get(root))
        .route("/public/{token}/run/{run_id}", get(run))
        .route("/public/{token}/runs", get(list_runs))
        .route("/public/{token}/runs/query", post(query_runs))
        .route("/public/{token}/feedbacks", get(list_feedback))
}

/// Below `/api/v2`.
pub(super) fn second_generation() -> Router<Arc<Engine>> {
    Router::new()
        .route("/runs/{run_id}/share", post(share_trace).delete(unshare_trace))
        .route("/public/{token}/run/{run_id}", get(selected_run))
        .route("/public/{token}/runs/query", post(selected_runs))
}

// ---- tokens ----

async fn read_share(State(engine): State<Arc<Engine>>, Path(id): Path<String>) -> Answer<Json<Value>> {
    let id = run_id(&id)?;
    blocking(&engine, move |engine| {
        let token = engine.trace_share_token(engine.trace_of_run(id)?)?;
        Ok(Json(token.map_or(Value::Null, |token| json!({ "run_id": id.0, "share_token": token }))))
    })
    .await
}

/// The client chooses the token; one that the trace has already stays.
async fn share(State(engine): State<Arc<Engine>>, Path(id): Path<String>, body: Sent) -> Answer<Json<Value>> {
    let id = run_id(&id)?;
    let token = parsed(&body.object()?, "share_token")?;
    blocking(&engine, move |engine| {
        let token = engine.share_trace(engine.trace_of_run(id)?, token)?;
        Ok(Json(json!({ "run_id": id.0, "share_token": token })))
    })
    .await
}

async fn unshare(State(engine): State<Arc<Engine>>, Path(id): Path<String>) -> Answer<Json<Value>> {
    let id = run_id(&id)?;
    blocking(&engine, move |engine| Ok(engine.unshare_trace(engine.trace_of_run(id)?)?)).await?;
    Ok(Json(json!({ "message": "unshared" })))
}

async fn share_trace(
    State(engine): State<Arc<Engine>>,
    Path(id): Path<String>,
    body: Sent,
) -> Answer<Json<Value>> {
    let id = run_id(&id)?;
    let trace = parsed::<TraceId>(&body.object()?, "trace_id")?;
    blocking(&engine, move |engine| {
        let trace = match trace {
            Some(trace) => trace_with(engine, trace, id)?,
            None => engine.trace_of_run(id)?,
        };
        Ok(Json(json!({ "share_token": engine.share_trace(trace, None)? })))
    })
    .await
}

/// The trace, if it has this run.
fn trace_with(engine: &Engine, trace: TraceId, id: RunId) -> Answer<TraceId> {
    let found = engine.search_runs(&of_trace(trace, vec![id]))?.runs;
    found.first().map(|run| run.trace_id).ok_or_else(|| Failure::not_found("Run not found"))
}

/// Nothing happens when there is no token.
async fn unshare_trace(State(engine): State<Arc<Engine>>, Path(trace): Path<String>) -> Answer<StatusCode> {
    let trace: TraceId =
        trace.parse().map_err(|_| Failure::invalid(format!("The trace id is not a UUID: {trace}")))?;
    blocking(&engine, move |engine| Ok(engine.unshare_trace(trace)?)).await?;
    Ok(StatusCode::NO_CONTENT)
}

// ---- reading by token ----

/// The trace of a token. A text that is no token opens nothing, like a token that was taken back.
fn opened(engine: &Engine, token: &str) -> Answer<TraceId> {
    let token = Uuid::try_parse(token).map_err(|_| Failure::not_found("There is no such share token"))?;
    Ok(engine.shared_trace(token)?)
}

/// Runs of a trace, or these of them; the latest first.
fn of_trace(trace: TraceId, ids: Vec<RunId>) -> RunSearch {
    RunSearch {
        query: RunQuery { trace: Some(trace), ids, limit: u32::MAX - 1, ..RunQuery::default() },
        ..RunSearch::default()
    }
}

fn described(engine: &Engine, search: &RunSearch) -> Answer<Vec<DescribedRun>> {
    Ok(engine.describe_runs(&engine.search_runs(search)?.runs, true)?)
}

fn one(engine: &Engine, token: &str, id: RunId) -> Answer<DescribedRun> {
    described(engine, &of_trace(opened(engine, token)?, vec![id]))?
        .pop()
        .ok_or_else(|| Failure::not_found("Run not found"))
}

async fn root(
    State(engine): State<Arc<Engine>>,
    headers: HeaderMap,
    Path(token): Path<String>,
) -> Answer<Response> {
    let base = base_url(&headers);
    blocking(&engine, move |engine| {
        let trace = opened(engine, &token)?;
        let earliest = |is_root: Option<bool>| {
            let mut search = of_trace(trace, Vec::new());
            search.query = RunQuery { is_root, ascending: true, limit: 1, ..search.query };
            Ok::<_, Failure>(described(engine, &search)?.pop())
        };
        // While the root has not arrived, the earliest run stands for the trace.
        let run = match earliest(Some(true))? {
            Some(root) => Some(root),
            None => earliest(None)?,
        };
        let run = run.ok_or_else(|| Failure::not_found("Run not found"))?;
        Ok(respond(StatusCode::OK, runs::wire(&run, &Select::default(), &base)))
    })
    .await
}

async fn run(
    State(engine): State<Arc<Engine>>,
    headers: HeaderMap,
    Path((token, id)): Path<(String, String)>,
) -> Answer<Response> {
    let id = run_id(&id)?;
    let base = base_url(&headers);
    blocking(&engine, move |engine| {
        Ok(respond(StatusCode::OK, runs::wire(&one(engine, &token, id)?, &Select::default(), &base)))
    })
    .await
}

async fn list_runs(
    State(engine): State<Arc<Engine>>,
    headers: HeaderMap,
    Path(token): Path<String>,
    query: Query,
) -> Answer<Response> {
    let ids = query.parsed("id")?;
    let base = base_url(&headers);
    blocking(&engine, move |engine| {
        let runs = described(engine, &of_trace(opened(engine, &token)?, ids))?;
        let runs: Vec<String> = runs.iter().map(|run| runs::wire(run, &Select::default(), &base)).collect();
        Ok(respond(StatusCode::OK, format!("[{}]", runs.join(","))))
    })
    .await
}

/// As any other query, within the trace: what the body says about projects and traces does not lead out of it.
async fn query_runs(
    State(engine): State<Arc<Engine>>,
    headers: HeaderMap,
    Path(token): Path<String>,
    body: Sent,
) -> Answer<Response> {
    let body = body.object()?;
    let mut search = runs::search(&body)?;
    let select = Select::new(shaped(&body, "select")?);
    let base = base_url(&headers);
    blocking(&engine, move |engine| {
        search.query.projects.clear();
        search.query.trace = Some(opened(engine, &token)?);
        runs::page(engine, &search, &select, &base)
    })
    .await
}

async fn list_feedback(
    State(engine): State<Arc<Engine>>,
    Path(token): Path<String>,
    query: Query,
) -> Answer<Json<Value>> {
    let mut wanted = feedback::wanted(&query)?;
    blocking(&engine, move |engine| {
        wanted.traces = vec![opened(engine, &token)?];
        let found = engine.list_feedback(&wanted)?;
        Ok(Json(found.iter().map(feedback::wire).collect::<Vec<_>>().into()))
    })
    .await
}

async fn selected_run(
    State(engine): State<Arc<Engine>>,
    headers: HeaderMap,
    Path((token, id)): Path<(String, String)>,
    query: Query,
) -> Answer<Response> {
    let id = run_id(&id)?;
    let base = base_url(&headers);
    let selected = v2::selects(Some(query.all("selects")));
    blocking(&engine, move |engine| {
        Ok(respond(StatusCode::OK, v2::wire(&one(engine, &token, id)?, &selected, &base)))
    })
    .await
}

async fn selected_runs(
    State(engine): State<Arc<Engine>>,
    headers: HeaderMap,
    Path(token): Path<String>,
    body: Sent,
) -> Answer<Response> {
    let body: Map<String, Value> = body.object()?;
    let base = base_url(&headers);
    let selected = v2::selects(shaped(&body, "selects")?);
    let ids = parse_ids(given(&body, "ids"), "ids")?;
    blocking(&engine, move |engine| {
        let runs = described(engine, &of_trace(opened(engine, &token)?, ids))?;
        let items: Vec<String> = runs.iter().map(|run| v2::wire(run, &selected, &base)).collect();
        Ok(respond(StatusCode::OK, format!("{{\"items\":[{}],\"next_cursor\":null}}", items.join(","))))
    })
    .await
}
