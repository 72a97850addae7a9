//! The runs of annotation queues: the first generation (`langsmith-api.md` §11.2, §11.3), which knows no threads.
//!
//! A run that the library has no more keeps its item, but cannot be shown as a run: this generation neither lists nor
//! counts it, so that its numbers agree with its lists.

use std::sync::Arc;

use axum::{
    Json, Router,
    extract::State,
    http::{HeaderMap, StatusCode, header},
    response::{IntoResponse as _, Response},
    routing::{get, patch, post},
};
use engine::{DescribedRun, Engine, ItemSelection, NewQueueItem, Queue, QueueItem, QueueSection};
use serde_json::{Value, json};
use uuid::Uuid;

use super::{
    error::{Answer, Failure, Path},
    json::{Sent, base_url, blocking, given, iso, respond, shaped, time},
    query::Query,
    queue_parts::{Wanted, Window, moved, new_run, reserved_by, set_status, wire_added},
    queues::{done, item_id, queue_id},
    runs::{members, parse_ids, run_id},
};

pub(super) fn router() -> Router<Arc<Engine>> {
    Router::new()
        .route("/annotation-queues/status/{id}", post(set_run_status))
        .route("/annotation-queues/{id}/runs", get(list_runs).post(add_runs))
        .route("/annotation-queues/{id}/runs/by-key", post(add_runs))
        .route("/annotation-queues/{id}/runs/delete", post(remove_runs))
        .route("/annotation-queues/{id}/runs/{run}", patch(move_run).delete(remove_run))
        .route("/annotation-queues/{id}/run/{index}", get(run_at))
        .route("/annotation-queues/{id}/size", get(size))
        .route("/annotation-queues/{id}/total_size", get(total_size))
        .route("/annotation-queues/{id}/total_archived", get(total_archived))
        .route("/annotation-queues/{id}/export", post(export))
}

/// Runs with what the queue says about them (§11.3).
fn wire_runs(engine: &Engine, queue: &Queue, items: &[QueueItem], base: &str) -> Answer<Vec<String>> {
    let now = engine::now();
    let runs = engine.runs_of_queue_items(items)?;
    let known = items.iter().zip(&runs).filter_map(|(item, run)| Some((item, run.as_ref()?)));
    Ok(known
        .map(|(item, run)| {
            let mut all = members(run, base);
            let info = [
                ("queue_run_id", json!(item.id)),
                ("added_at", iso(Some(item.order))),
                ("effective_added_at", iso(Some(item.order))),
                ("last_reviewed_time", iso(item.reviewed)),
                ("completed_by", json!(item.completed_by)),
                ("reserved_by", reserved_by(item, queue, now)),
                ("source_proposed_example_id", json!(item.source_example)),
            ];
            all.extend(info.map(|(key, value)| (key.to_owned(), value.to_string())));
            engine::text_object(all.iter().map(|(key, value)| (key.as_str(), value.as_str())))
        })
        .collect())
}

/// Ids alone, or objects that say more about the run than is needed to find it.
async fn add_runs(
    State(engine): State<Arc<Engine>>,
    Path(id): Path<String>,
    body: Sent,
) -> Answer<Json<Value>> {
    let id = queue_id(&id)?;
    let Value::Array(wanted) = body.0 else {
        return Err(Failure::invalid("The body must be a list of runs"));
    };
    let items = wanted
        .iter()
        .map(|one| match one {
            Value::String(text) => Ok(NewQueueItem::from(run_id(text)?)),
            Value::Object(key) => new_run(key),
            _ => Err(Failure::invalid("A run is named by its id, or by an object with its run_id")),
        })
        .collect::<Answer<Vec<_>>>()?;
    blocking(&engine, move |engine| {
        Ok(Json(engine.add_queue_items(id, items)?.iter().map(wire_added).collect::<Vec<_>>().into()))
    })
    .await
}

async fn list_runs(
    State(engine): State<Arc<Engine>>,
    headers: HeaderMap,
    Path(id): Path<String>,
    query: Query,
) -> Answer<Response> {
    let id = queue_id(&id)?;
    let base = base_url(&headers);
    let (limit, offset) = query.page()?;
    let wanted = match (query.text("status"), query.flag("archived")) {
        (Some(status), _) => Wanted::read(status)?,
        (None, Some(true)) => Wanted::In(QueueSection::Completed),
        (None, Some(false)) => Wanted::Open,
        (None, None) => Wanted::All,
    };
    blocking(&engine, move |engine| {
        let items = wanted.runs_of(engine, id)?;
        let page: Vec<QueueItem> = items.into_iter().skip(offset as usize).take(limit as usize).collect();
        let runs = wire_runs(engine, &engine.queue(id)?, &page, &base)?;
        Ok(respond(StatusCode::OK, format!("[{}]", runs.join(","))))
    })
    .await
}

async fn run_at(
    State(engine): State<Arc<Engine>>,
    headers: HeaderMap,
    Path((id, index)): Path<(String, String)>,
) -> Answer<Response> {
    let id = queue_id(&id)?;
    let base = base_url(&headers);
    let index: usize =
        index.parse().map_err(|_| Failure::invalid(format!("The index must be a number, not {index}")))?;
    blocking(&engine, move |engine| {
        let items = Wanted::Open.runs_of(engine, id)?;
        let item = items.get(index..=index).unwrap_or_default();
        wire_runs(engine, &engine.queue(id)?, item, &base)?
            .pop()
            .map(|run| respond(StatusCode::OK, run))
            .ok_or_else(|| Failure::not_found(format!("The queue has no open run at {index}")))
    })
    .await
}

async fn move_run(
    State(engine): State<Arc<Engine>>,
    Path((id, item)): Path<(String, String)>,
    body: Sent,
) -> Answer<Json<Value>> {
    let (id, item) = (queue_id(&id)?, item_id(&item)?);
    let body = body.object()?;
    blocking(&engine, move |engine| Ok(Json(wire_added(&moved(engine, id, item, &body)?)))).await
}

/// By the id of the run or of the item: clients differ (§17, 25).
async fn remove_run(
    State(engine): State<Arc<Engine>>,
    Path((id, run)): Path<(String, String)>,
) -> Answer<Json<Value>> {
    let (id, run) = (queue_id(&id)?, item_id(&run)?);
    blocking(&engine, move |engine| match engine.remove_queue_items(id, ItemSelection::Of(vec![run]))? {
        0 => Err(Failure::not_found(format!("The queue has no run {run}"))),
        _ => Ok(done("deleted")),
    })
    .await
}

async fn remove_runs(
    State(engine): State<Arc<Engine>>,
    Path(id): Path<String>,
    body: Sent,
) -> Answer<Json<Value>> {
    let id = queue_id(&id)?;
    let body = body.object()?;
    let kept: Vec<Uuid> = parse_ids(given(&body, "exclude_run_ids"), "exclude_run_ids")?;
    let selection = if shaped(&body, "delete_all")?.unwrap_or(false) {
        ItemSelection::AllExcept(kept)
    } else {
        let mut runs: Vec<Uuid> = parse_ids(given(&body, "run_ids"), "run_ids")?;
        runs.retain(|run| !kept.contains(run));
        ItemSelection::Of(runs)
    };
    blocking(&engine, move |engine| {
        let removed = engine.remove_queue_items(id, selection)?;
        Ok(done(&format!("{removed} runs deleted")))
    })
    .await
}

fn sized(items: &[QueueItem]) -> Json<Value> {
    Json(json!({ "size": items.len() }))
}

async fn size(
    State(engine): State<Arc<Engine>>,
    Path(id): Path<String>,
    query: Query,
) -> Answer<Json<Value>> {
    let id = queue_id(&id)?;
    let wanted = query.text("status").map(Wanted::read).transpose()?.unwrap_or(Wanted::Open);
    blocking(&engine, move |engine| Ok(sized(&wanted.runs_of(engine, id)?))).await
}

async fn total_size(State(engine): State<Arc<Engine>>, Path(id): Path<String>) -> Answer<Json<Value>> {
    let id = queue_id(&id)?;
    blocking(&engine, move |engine| Ok(sized(&Wanted::All.runs_of(engine, id)?))).await
}

async fn total_archived(
    State(engine): State<Arc<Engine>>,
    Path(id): Path<String>,
    query: Query,
) -> Answer<Json<Value>> {
    let id = queue_id(&id)?;
    let window = Window::completed(&query)?;
    blocking(&engine, move |engine| {
        let mut items = Wanted::In(QueueSection::Completed).runs_of(engine, id)?;
        items.retain(|item| window.holds(item.completed_at));
        Ok(sized(&items))
    })
    .await
}

/// The completed runs of a time as CSV.
async fn export(State(engine): State<Arc<Engine>>, Path(id): Path<String>, body: Sent) -> Answer<Response> {
    let id = queue_id(&id)?;
    let body = body.object()?;
    let window = Window { min: time(&body, "start_time")?, end: time(&body, "end_time")? };
    let annotators = shaped(&body, "include_annotator_detail")?.unwrap_or(false);
    blocking(&engine, move |engine| {
        let mut items = Wanted::In(QueueSection::Completed).runs_of(engine, id)?;
        items.retain(|item| window.holds(item.completed_at));
        let runs = engine.runs_of_queue_items(&items)?;
        let rows: Vec<(&QueueItem, &DescribedRun)> =
            items.iter().zip(&runs).filter_map(|(item, run)| Some((item, run.as_ref()?))).collect();
        let csv = super::export::csv(&rows, annotators);
        Ok(([(header::CONTENT_TYPE, "text/csv; charset=utf-8")], csv).into_response())
    })
    .await
}

async fn set_run_status(
    State(engine): State<Arc<Engine>>,
    Path(id): Path<String>,
    body: Sent,
) -> Answer<Json<Value>> {
    let id = item_id(&id)?;
    let body = body.object()?;
    blocking(&engine, move |engine| {
        set_status(engine, id, &body)?;
        Ok(done("Status updated"))
    })
    .await
}
