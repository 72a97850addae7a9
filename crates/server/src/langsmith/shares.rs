//! Sharing traces and threads (`langsmith-api.md` §6.4, §13).
//!
//! The token of a trace opens all of its runs, that of a thread all runs of its traces. Nothing is published: the listener answers this machine only, so a
//! token is a name under which the trace can be read here.

use std::sync::Arc;

use axum::{
    Json, Router,
    extract::State,
    http::{HeaderMap, StatusCode},
    response::Response,
    routing::{get, post},
};
use engine::{DescribedRun, Engine, RunId, RunQuery, RunSearch, TraceId};
use serde_json::{Map, Value, json};
use uuid::Uuid;

use super::{
    error::{Answer, Failure, Path},
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
        .route("/threads/{thread}/share", get(read_thread_share).post(share_thread).delete(unshare_thread))
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
    let wanted = RunQuery { trace: Some(trace), ids: vec![id], limit: 1, ..RunQuery::default() };
    let found = engine.search_runs(&all(wanted))?.runs;
    found.first().map(|run| run.trace_id).ok_or_else(|| Failure::not_found("Run not found"))
}

/// Nothing happens when there is no token.
async fn unshare_trace(State(engine): State<Arc<Engine>>, Path(trace): Path<String>) -> Answer<StatusCode> {
    let trace: TraceId =
        trace.parse().map_err(|_| Failure::invalid(format!("The trace id is not a UUID: {trace}")))?;
    blocking(&engine, move |engine| Ok(engine.unshare_trace(trace)?)).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// The project that a thread is in; queries may name several, but it is one.
fn project_of(found: Option<Uuid>) -> Answer<Uuid> {
    found.ok_or_else(|| Failure::invalid("project_id is missing"))
}

async fn read_thread_share(
    State(engine): State<Arc<Engine>>,
    Path(thread): Path<String>,
    query: Query,
) -> Answer<Json<Value>> {
    let project = project_of(query.parsed("project_id")?.pop())?;
    blocking(&engine, move |engine| {
        Ok(Json(json!({ "share_token": engine.thread_share_token(project, thread)? })))
    })
    .await
}

async fn share_thread(
    State(engine): State<Arc<Engine>>,
    Path(thread): Path<String>,
    body: Sent,
) -> Answer<Json<Value>> {
    let project = project_of(parsed(&body.object()?, "project_id")?)?;
    blocking(&engine, move |engine| Ok(Json(json!({ "share_token": engine.share_thread(project, thread)? }))))
        .await
}

/// Clients name the project in the query or in the body.
async fn unshare_thread(
    State(engine): State<Arc<Engine>>,
    Path(thread): Path<String>,
    query: Query,
    body: Sent,
) -> Answer<StatusCode> {
    let named = parsed(&body.object()?, "project_id")?;
    let project = project_of(query.parsed("project_id")?.pop().or(named))?;
    blocking(&engine, move |engine| Ok(engine.unshare_thread(project, thread)?)).await?;
    Ok(StatusCode::NO_CONTENT)
}

// ---- reading by token ----

/// The runs that a token opens, or these of them. A text that is no token opens nothing, like a token that was taken
/// back.
fn opened(engine: &Engine, token: &str, ids: Vec<RunId>) -> Answer<RunQuery> {
    let token = Uuid::try_parse(token).map_err(|_| Failure::not_found("There is no such share token"))?;
    Ok(engine.shared_runs(token, ids)?)
}

fn all(query: RunQuery) -> RunSearch {
    RunSearch { query, ..RunSearch::default() }
}

fn described(engine: &Engine, search: &RunSearch) -> Answer<Vec<DescribedRun>> {
    Ok(engine.describe_runs(&engine.search_runs(search)?.runs, true)?)
}

fn one(engine: &Engine, token: &str, id: RunId) -> Answer<DescribedRun> {
    described(engine, &all(opened(engine, token, vec![id])?))?
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
        let shared = opened(engine, &token, Vec::new())?;
        let earliest = |is_root: Option<bool>| {
            let query = RunQuery { is_root, ascending: true, limit: 1, ..shared.clone() };
            Ok::<_, Failure>(described(engine, &all(query))?.pop())
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
        let runs = described(engine, &all(opened(engine, &token, ids)?))?;
        let runs: Vec<String> = runs.iter().map(|run| runs::wire(run, &Select::default(), &base)).collect();
        Ok(respond(StatusCode::OK, format!("[{}]", runs.join(","))))
    })
    .await
}

/// As any other query, within what is shared: what the body says about projects and traces does not lead out of it.
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
        let RunQuery { projects, thread, trace, .. } = opened(engine, &token, Vec::new())?;
        let within = search.query.trace.filter(|_| thread.is_some());
        search.query = RunQuery { projects, thread, trace: trace.or(within), ..search.query };
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
        let shared = opened(engine, &token, Vec::new())?;
        wanted.traces = match shared.trace {
            Some(trace) => vec![trace],
            None => engine.search_runs(&all(shared))?.runs.iter().map(|run| run.trace_id).collect(),
        };
        wanted.traces.dedup();
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
        let runs = described(engine, &all(opened(engine, &token, ids)?))?;
        let items: Vec<String> = runs.iter().map(|run| v2::wire(run, &selected, &base)).collect();
        Ok(respond(StatusCode::OK, format!("{{\"items\":[{}],\"next_cursor\":null}}", items.join(","))))
    })
    .await
}
