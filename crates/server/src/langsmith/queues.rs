//! Annotation queues themselves (`langsmith-api.md` §11); what waits in them is in `queue_runs` and `queue_items`.

use std::sync::Arc;

use axum::{
    Json, Router,
    extract::State,
    routing::{get, post},
};
use engine::{Engine, NewQueue, Patch, Queue, QueueChange, QueueKind, QueueQuery, SortQueues};
use serde_json::{Map, Value, json};
use uuid::Uuid;

use super::{
    TENANT,
    error::{Answer, Failure, Path},
    json::{Sent, blocking, given, iso, parsed, raw, text, time},
    query::Query,
    runs::{parse_ids, run_id},
};

/// How long a reviewer who looks at an item keeps it when nobody says (§11.1).
pub(super) const RESERVATION_MINUTES: i64 = 1;

pub(super) fn router() -> Router<Arc<Engine>> {
    Router::new()
        .route("/annotation-queues", get(list).post(create))
        .route("/annotation-queues/populate", post(populate))
        .route("/annotation-queues/{id}", get(read).patch(change).delete(remove))
        .route("/annotation-queues/{id}/queues", get(queues_of_run))
}

/// The queue as it goes out (§11.1); instructions and rubric go with one queue only.
fn wire(queue: &Queue) -> Value {
    let settings = raw(Some(&queue.settings));
    let setting = |key: &str, default: Value| settings.get(key).cloned().unwrap_or(default);
    json!({
        "id": queue.id,
        "name": queue.name,
        "description": queue.description,
        "tenant_id": TENANT,
        "created_at": iso(Some(queue.created)),
        "updated_at": iso(Some(queue.modified)),
        "queue_type": match queue.kind {
            QueueKind::Single => "single",
            QueueKind::Pairwise => "pairwise",
        },
        "default_dataset": queue.default_dataset,
        "num_reviewers_per_item": setting("num_reviewers_per_item", json!(1)),
        "enable_reservations": setting("enable_reservations", json!(true)),
        "reservation_minutes": setting("reservation_minutes", json!(RESERVATION_MINUTES)),
        "reviewer_access_mode": setting("reviewer_access_mode", json!("any")),
        "assigned_reviewers": [],
        "metadata": raw(queue.metadata.as_deref()),
        "run_rule_id": null,
        "source_rule_id": null,
    })
}

fn wire_with(queue: &Queue, more: &[(&str, Value)]) -> Value {
    let mut object = wire(queue);
    for (key, value) in more {
        object[*key] = value.clone();
    }
    object
}

/// A member that is there, null included. Generated clients write a marker for one that is not meant to be.
fn said<'a>(body: &'a Map<String, Value>, key: &str) -> Option<&'a Value> {
    body.get(key).filter(|value| value.get("__missing__").is_none())
}

/// A text to be changed: null erases.
fn text_patch(body: &Map<String, Value>, key: &str) -> Answer<Patch<String>> {
    match said(body, key) {
        None => Ok(Patch::Keep),
        Some(Value::Null) => Ok(Patch::Erase),
        Some(Value::String(text)) => Ok(Patch::Set(text.clone())),
        Some(_) => Err(Failure::invalid(format!("{key} must be a text"))),
    }
}

fn rubric(body: &Map<String, Value>) -> Answer<Patch<String>> {
    let refused = || Failure::invalid("rubric_items must be a list of objects with a feedback_key");
    match said(body, "rubric_items") {
        None => Ok(Patch::Keep),
        Some(Value::Null) => Ok(Patch::Erase),
        Some(Value::Array(items)) if items.iter().all(|item| item["feedback_key"].is_string()) => {
            Ok(Patch::Set(Value::from(items.clone()).to_string()))
        }
        Some(_) => Err(refused()),
    }
}

fn metadata(body: &Map<String, Value>) -> Answer<Patch<String>> {
    match said(body, "metadata") {
        None => Ok(Patch::Keep),
        Some(Value::Null) => Ok(Patch::Erase),
        Some(value @ Value::Object(_)) => Ok(Patch::Set(value.to_string())),
        Some(_) => Err(Failure::invalid("metadata must be a JSON object")),
    }
}

fn dataset(body: &Map<String, Value>) -> Answer<Patch<Uuid>> {
    match said(body, "default_dataset") {
        None => Ok(Patch::Keep),
        Some(Value::Null) => Ok(Patch::Erase),
        Some(_) => Ok(parsed(body, "default_dataset")?.map_or(Patch::Keep, Patch::Set)),
    }
}

/// Which values a setting may have. Null reviewers are "all members"; other nulls are the default.
fn is_setting(key: &str, value: &Value) -> bool {
    match key {
        "num_reviewers_per_item" => value.is_null() || value.as_u64().is_some_and(|count| count > 0),
        "reservation_minutes" => value.is_null() || value.as_u64().is_some_and(|minutes| minutes > 0),
        "enable_reservations" => value.is_null() || value.is_boolean(),
        _ => value.is_null() || value == "any" || value == "assigned",
    }
}

/// The settings with what the body says about them; `Keep` when it says nothing.
fn settings(body: &Map<String, Value>, known: &str) -> Answer<Patch<String>> {
    let mut settings = raw(Some(known));
    let mut patch = Patch::Keep;
    for key in
        ["num_reviewers_per_item", "enable_reservations", "reservation_minutes", "reviewer_access_mode"]
    {
        let Some(value) = said(body, key) else { continue };
        if !is_setting(key, value) {
            return Err(Failure::invalid(format!("{key} cannot be {value}")));
        }
        if let Some(settings) = settings.as_object_mut() {
            if value.is_null() && key != "num_reviewers_per_item" {
                settings.remove(key);
            } else {
                settings.insert(key.to_owned(), value.clone());
            }
        }
        patch = Patch::Set(settings.to_string());
    }
    Ok(patch)
}

fn set<T>(patch: Patch<T>) -> Option<T> {
    match patch {
        Patch::Set(value) => Some(value),
        Patch::Keep | Patch::Erase => None,
    }
}

fn kind(name: &str) -> Answer<QueueKind> {
    match name {
        "single" => Ok(QueueKind::Single),
        "pairwise" => Ok(QueueKind::Pairwise),
        _ => Err(Failure::invalid(format!("There is no queue type {name}"))),
    }
}

async fn list(State(engine): State<Arc<Engine>>, query: Query) -> Answer<Json<Value>> {
    let (limit, offset) = query.page()?;
    let wanted = QueueQuery {
        ids: query.parsed("ids")?,
        name: query.text("name").map(str::to_owned),
        name_contains: query.text("name_contains").map(str::to_owned),
        default_dataset: query.parsed("dataset_id")?.pop(),
        kind: query.text("queue_type").map(kind).transpose()?,
        sort: match query.text("sort_by") {
            Some("name") => SortQueues::Name,
            Some("updated_at" | "modified_at") => SortQueues::Modified,
            _ => SortQueues::Created,
        },
        descending: query.flag("sort_by_desc").unwrap_or(true),
        offset,
        limit,
    };
    blocking(&engine, move |engine| {
        let queues = engine.queues(&wanted)?;
        let answer = queues.iter().map(|queue| wire_with(queue, &[("total_runs", json!(queue.total))]));
        Ok(Json(answer.collect::<Vec<_>>().into()))
    })
    .await
}

/// Projects that are there.
fn projects(engine: &Engine, ids: Vec<Uuid>) -> Answer<Vec<Uuid>> {
    for id in &ids {
        engine.project(*id)?;
    }
    Ok(ids)
}

/// The answer has no instructions and no rubric: the SDKs' tests compare it (§11.1).
async fn create(State(engine): State<Arc<Engine>>, body: Sent) -> Answer<Json<Value>> {
    let body = body.object()?;
    let new = NewQueue {
        id: parsed(&body, "id")?,
        name: text(&body, "name").ok_or_else(|| Failure::invalid("A queue needs a name"))?,
        description: set(text_patch(&body, "description")?),
        kind: text(&body, "queue_type").as_deref().map(kind).transpose()?.unwrap_or_default(),
        instructions: set(text_patch(&body, "rubric_instructions")?),
        rubric: set(rubric(&body)?),
        settings: set(settings(&body, "{}")?),
        metadata: set(metadata(&body)?),
        default_dataset: set(dataset(&body)?),
        created: time(&body, "created_at")?,
    };
    let sources = parse_ids(given(&body, "session_ids"), "session_ids")?;
    blocking(&engine, move |engine| {
        let sources = projects(engine, sources)?;
        let id = engine.create_queue(new)?;
        if !sources.is_empty() {
            engine.fill_queue(id, sources)?;
        }
        Ok(Json(wire(&engine.queue(id)?)))
    })
    .await
}

pub(super) fn queue_id(text: &str) -> Answer<Uuid> {
    Uuid::try_parse(text).map_err(|_| Failure::invalid(format!("The queue id is not a UUID: {text}")))
}

pub(super) fn item_id(text: &str) -> Answer<Uuid> {
    Uuid::try_parse(text).map_err(|_| Failure::invalid(format!("The queue item id is not a UUID: {text}")))
}

pub(super) fn done(message: &str) -> Json<Value> {
    Json(json!({ "message": message }))
}

async fn read(State(engine): State<Arc<Engine>>, Path(id): Path<String>) -> Answer<Json<Value>> {
    let id = queue_id(&id)?;
    blocking(&engine, move |engine| {
        let queue = engine.queue(id)?;
        let details = [
            ("rubric_instructions", json!(queue.instructions)),
            ("rubric_items", raw(Some(&queue.rubric))),
            ("total_runs", json!(queue.total)),
        ];
        Ok(Json(wire_with(&queue, &details)))
    })
    .await
}

async fn change(
    State(engine): State<Arc<Engine>>,
    Path(id): Path<String>,
    body: Sent,
) -> Answer<Json<Value>> {
    let id = queue_id(&id)?;
    let body = body.object()?;
    blocking(&engine, move |engine| {
        let change = QueueChange {
            name: set(text_patch(&body, "name")?),
            description: text_patch(&body, "description")?,
            instructions: text_patch(&body, "rubric_instructions")?,
            rubric: rubric(&body)?,
            settings: settings(&body, &engine.queue(id)?.settings)?,
            metadata: metadata(&body)?,
            default_dataset: dataset(&body)?,
        };
        engine.change_queue(id, change)?;
        Ok(done("Queue updated"))
    })
    .await
}

async fn remove(State(engine): State<Arc<Engine>>, Path(id): Path<String>) -> Answer<Json<Value>> {
    let id = queue_id(&id)?;
    blocking(&engine, move |engine| Ok(engine.delete_queue(id)?)).await?;
    Ok(done("Queue deleted"))
}

async fn populate(State(engine): State<Arc<Engine>>, body: Sent) -> Answer<Json<Value>> {
    let body = body.object()?;
    let id: Uuid = parsed(&body, "queue_id")?.ok_or_else(|| Failure::invalid("queue_id is missing"))?;
    let sources = parse_ids(given(&body, "session_ids"), "session_ids")?;
    blocking(&engine, move |engine| {
        let added = engine.fill_queue(id, projects(engine, sources)?)?;
        Ok(done(&format!("{added} runs added")))
    })
    .await
}

async fn queues_of_run(State(engine): State<Arc<Engine>>, Path(id): Path<String>) -> Answer<Json<Value>> {
    let id = run_id(&id)?;
    blocking(&engine, move |engine| {
        Ok(Json(engine.queues_of_run(id)?.iter().map(wire).collect::<Vec<_>>().into()))
    })
    .await
}
