//! The items of annotation queues: the platform's generation (`langsmith-api.md` §11.2), runs and whole threads.

use std::sync::Arc;

use axum::{
    Json, Router,
    extract::State,
    routing::{get, patch, post},
};
use engine::{Engine, ItemSelection, NewQueueItem, Queue, QueueItem, QueueSection, QueueSubject, UnixNanos};
use serde_json::{Value, json};
use uuid::Uuid;

use super::{
    error::{Answer, Failure, Path},
    json::{Sent, blocking, given, iso, parsed, text, time},
    query::Query,
    queue_parts::{Wanted, Window, moved, new_run, reserved_by, set_status, wire_added},
    queues::{done, item_id, queue_id},
    runs::parse_ids,
};

/// Items of a page when nobody says, and at most.
const PAGE: usize = 100;

/// Below `/platform`.
pub(super) fn platform() -> Router<Arc<Engine>> {
    Router::new()
        .route("/annotation-queues/{id}/items", get(list_items).post(add_items))
        .route("/annotation-queues/{id}/items/delete", post(remove_items))
        .route("/annotation-queues/{id}/items/count", get(count_items))
        .route("/annotation-queues/{id}/items/{item}", patch(move_item))
        .route("/annotation-queues/{id}/items/{item}/placement", get(placement))
        .route("/annotation-queues/items/{item}/status", post(set_item_status))
}

fn wire_item(item: &QueueItem, queue: &Queue, at: UnixNanos) -> Value {
    let mut object = wire_added(item);
    let (item_type, thread) = match &item.subject {
        QueueSubject::Run { .. } => ("RUN", None),
        QueueSubject::Thread { thread, .. } => ("THREAD", Some(thread)),
    };
    object["item_type"] = json!(item_type);
    object["thread_id"] = json!(thread);
    object["project_id"] = json!(item.project);
    object["start_time"] = iso(item.start);
    object["effective_added_at"] = iso(Some(item.order));
    object["completed_by"] = json!(item.completed_by);
    object["reserved_by"] = reserved_by(item, queue, at);
    object
}

fn wire_items(engine: &Engine, queue: Uuid, items: &[QueueItem]) -> Answer<Vec<Value>> {
    let queue = engine.queue(queue)?;
    let now = engine::now();
    Ok(items.iter().map(|item| wire_item(item, &queue, now)).collect())
}

/// Where an item stands in its queue's order.
fn place(item: &QueueItem) -> (UnixNanos, Uuid) {
    (item.order, item.id)
}

/// A cursor is the gap before an item: it stays where it is when that item goes, and when others come (§2.3).
fn write_cursor(item: &QueueItem) -> String {
    format!("{}.{}", item.order.0, item.id.simple())
}

fn read_cursor(text: &str) -> Answer<(UnixNanos, Uuid)> {
    text.split_once('.')
        .and_then(|(order, id)| Some((UnixNanos(order.parse().ok()?), Uuid::try_parse(id).ok()?)))
        .ok_or_else(|| Failure::bad_request("The cursor is none of this server's"))
}

fn status_of(query: &Query) -> Answer<Wanted> {
    Wanted::read(query.text("status").ok_or_else(|| Failure::invalid("status is missing"))?)
}

async fn list_items(
    State(engine): State<Arc<Engine>>,
    Path(id): Path<String>,
    query: Query,
) -> Answer<Json<Value>> {
    let id = queue_id(&id)?;
    let wanted = status_of(&query)?;
    let started = Window::started(&query)?;
    let threads = match query.text("item_type").map(str::to_ascii_uppercase).as_deref() {
        None => None,
        Some("RUN") => Some(false),
        Some("THREAD") => Some(true),
        Some(other) => return Err(Failure::invalid(format!("There is no item type {other}"))),
    };
    let size = match query.text("page_size") {
        None => PAGE,
        Some(size) => size
            .parse::<usize>()
            .map_err(|_| Failure::invalid(format!("page_size must be a number, not {size}")))?
            .clamp(1, PAGE),
    };
    let cursor = query.text("cursor").map(read_cursor).transpose()?;
    let backward = query.text("direction") == Some("backward");
    if backward && cursor.is_none() {
        return Err(Failure::invalid("Going backward needs a cursor to start from"));
    }
    blocking(&engine, move |engine| {
        let mut items = wanted.of(engine, id)?;
        items.retain(|item| {
            threads.is_none_or(|threads| threads == matches!(item.subject, QueueSubject::Thread { .. }))
                && started.holds(item.start)
        });
        let gap = cursor.map_or(0, |cursor| items.partition_point(|item| place(item) < cursor));
        let (page, next) = if backward {
            let from = gap.saturating_sub(size);
            (&items[from..gap], items.get(from).filter(|_| from > 0))
        } else {
            let to = gap.saturating_add(size).min(items.len());
            (&items[gap..to], items.get(to))
        };
        let page = wire_items(engine, id, page)?;
        Ok(Json(json!({ "items": page, "next_cursor": next.map(write_cursor) })))
    })
    .await
}

fn new_item(value: &Value) -> Answer<NewQueueItem> {
    let item = value.as_object().ok_or_else(|| Failure::invalid("An item must be a JSON object"))?;
    let thread = text(item, "thread_id");
    let item_type = text(item, "item_type").map(|name| name.to_ascii_uppercase());
    let is_thread = match item_type.as_deref() {
        Some("RUN") => false,
        Some("THREAD") => true,
        None => thread.is_some() && given(item, "run_id").is_none(),
        Some(other) => return Err(Failure::invalid(format!("There is no item type {other}"))),
    };
    if !is_thread {
        return new_run(item);
    }
    let project = match parsed(item, "project_id")? {
        Some(project) => Some(project),
        None => parsed(item, "session_id")?,
    };
    let (Some(thread), Some(project)) = (thread, project) else {
        return Err(Failure::invalid("A thread needs its thread_id and its project_id"));
    };
    Ok(NewQueueItem {
        subject: QueueSubject::Thread { project, thread },
        source_example: parsed(item, "source_proposed_example_id")?,
    })
}

async fn add_items(
    State(engine): State<Arc<Engine>>,
    Path(id): Path<String>,
    body: Sent,
) -> Answer<Json<Value>> {
    let id = queue_id(&id)?;
    let body = body.object()?;
    let Some(Value::Array(wanted)) = given(&body, "items") else {
        return Err(Failure::invalid("items must be a list"));
    };
    let new = wanted.iter().map(new_item).collect::<Answer<Vec<_>>>()?;
    blocking(&engine, move |engine| {
        let added = engine.add_queue_items(id, new)?;
        Ok(Json(json!({ "items": wire_items(engine, id, &added)? })))
    })
    .await
}

async fn move_item(
    State(engine): State<Arc<Engine>>,
    Path((id, item)): Path<(String, String)>,
    body: Sent,
) -> Answer<Json<Value>> {
    let (id, item) = (queue_id(&id)?, item_id(&item)?);
    let body = body.object()?;
    blocking(&engine, move |engine| {
        let moved = moved(engine, id, item, &body)?;
        Ok(Json(wire_item(&moved, &engine.queue(id)?, engine::now())))
    })
    .await
}

async fn remove_items(
    State(engine): State<Arc<Engine>>,
    Path(id): Path<String>,
    body: Sent,
) -> Answer<Json<Value>> {
    let id = queue_id(&id)?;
    let body = body.object()?;
    let items = parse_ids(given(&body, "item_ids"), "item_ids")?;
    blocking(&engine, move |engine| {
        let removed = engine.remove_queue_items(id, ItemSelection::Of(items))?;
        Ok(done(&format!("{removed} items deleted")))
    })
    .await
}

async fn count_items(
    State(engine): State<Arc<Engine>>,
    Path(id): Path<String>,
    query: Query,
) -> Answer<Json<Value>> {
    let id = queue_id(&id)?;
    let wanted = status_of(&query)?;
    let started = Window::started(&query)?;
    let completed = match wanted {
        Wanted::In(QueueSection::Completed) => Window::completed(&query)?,
        _ => Window { min: None, end: None },
    };
    blocking(&engine, move |engine| {
        let mut items = wanted.of(engine, id)?;
        items.retain(|item| started.holds(item.start) && completed.holds(item.completed_at));
        Ok(Json(json!({ "count": items.len() })))
    })
    .await
}

async fn placement(
    State(engine): State<Arc<Engine>>,
    Path((id, item)): Path<(String, String)>,
) -> Answer<Json<Value>> {
    let (id, item) = (queue_id(&id)?, item_id(&item)?);
    blocking(&engine, move |engine| {
        let item = engine.queue_item(id, item)?;
        let section = QueueSection::of(&item);
        let position =
            engine.queue_items(id, Some(section))?.partition_point(|other| place(other) < place(&item));
        Ok(Json(json!({
            "cursor": write_cursor(&item),
            "item_type": match item.subject {
                QueueSubject::Run { .. } => "RUN",
                QueueSubject::Thread { .. } => "THREAD",
            },
            "position": position,
            "section": match section {
                QueueSection::NeedsMyReview => "needs_my_review",
                QueueSection::NeedsOthersReview => "needs_others_review",
                QueueSection::Completed => "archived",
            },
        })))
    })
    .await
}

async fn set_item_status(
    State(engine): State<Arc<Engine>>,
    Path(id): Path<String>,
    body: Sent,
) -> Answer<Json<Value>> {
    let id = item_id(&id)?;
    let body = body.object()?;
    blocking(&engine, move |engine| {
        let item = set_status(engine, id, &body)?;
        Ok(Json(json!({
            "queue_item_id": item.id,
            "status": text(&body, "status"),
            "is_archived": item.completed,
            "override_added_at": iso(time(&body, "override_added_at")?),
        })))
    })
    .await
}
