//! Annotation queues (`langsmith-api.md` §11): the first generation, which knows runs only, and the platform's items,
//! which are runs and whole threads.
//!
//! A run that the library has no more keeps its item, but cannot be shown as a run: the first generation neither lists
//! nor counts it, so that its numbers agree with its lists.

use std::sync::Arc;

use axum::{
    Json, Router,
    extract::{Path, State},
    http::{HeaderMap, StatusCode, header},
    response::{IntoResponse as _, Response},
    routing::{get, patch, post},
};
use engine::{
    DescribedRun, Engine, ItemMove, ItemSelection, NewQueue, NewQueueItem, Patch, Queue, QueueChange,
    QueueItem, QueueKind, QueueQuery, QueueSection, QueueSubject, SortQueues, UnixNanos,
};
use serde_json::{Map, Value, json};
use uuid::Uuid;

use super::{
    TENANT,
    error::{Answer, Failure},
    json::{Sent, base_url, blocking, given, iso, parsed, raw, respond, shaped, text, time},
    query::Query,
    runs::{members, parse_ids, run_id},
};

/// How long a reviewer who looks at an item keeps it when nobody says (§11.1).
const RESERVATION_MINUTES: i64 = 1;
/// Items of a page when nobody says, and at most.
const PAGE: usize = 100;

pub(super) fn router() -> Router<Arc<Engine>> {
    Router::new()
        .route("/annotation-queues", get(list).post(create))
        .route("/annotation-queues/populate", post(populate))
        .route("/annotation-queues/status/{id}", post(set_run_status))
        .route("/annotation-queues/{id}", get(read).patch(change).delete(remove))
        .route("/annotation-queues/{id}/runs", get(list_runs).post(add_runs))
        .route("/annotation-queues/{id}/runs/by-key", post(add_runs))
        .route("/annotation-queues/{id}/runs/delete", post(remove_runs))
        .route("/annotation-queues/{id}/runs/{run}", patch(move_run).delete(remove_run))
        .route("/annotation-queues/{id}/run/{index}", get(run_at))
        .route("/annotation-queues/{id}/size", get(size))
        .route("/annotation-queues/{id}/total_size", get(total_size))
        .route("/annotation-queues/{id}/total_archived", get(total_archived))
        .route("/annotation-queues/{id}/export", post(export))
        .route("/annotation-queues/{id}/queues", get(queues_of_run))
}

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

// ---- queues ----

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

fn queue_id(text: &str) -> Answer<Uuid> {
    Uuid::try_parse(text).map_err(|_| Failure::invalid(format!("The queue id is not a UUID: {text}")))
}

fn item_id(text: &str) -> Answer<Uuid> {
    Uuid::try_parse(text).map_err(|_| Failure::invalid(format!("The queue item id is not a UUID: {text}")))
}

fn done(message: &str) -> Json<Value> {
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

// ---- items of both generations ----

/// Which items are wanted.
#[derive(Debug, Clone, Copy)]
enum Wanted {
    All,
    Open,
    In(QueueSection),
}

impl Wanted {
    /// By the name of a status; each generation has its own word for completed ones.
    fn read(status: &str) -> Answer<Self> {
        match status {
            "all" => Ok(Self::All),
            "needs_my_review" => Ok(Self::In(QueueSection::NeedsMyReview)),
            "needs_others_review" => Ok(Self::In(QueueSection::NeedsOthersReview)),
            "completed" | "archived" => Ok(Self::In(QueueSection::Completed)),
            _ => Err(Failure::invalid(format!("There is no status {status}"))),
        }
    }

    fn of(self, engine: &Engine, queue: Uuid) -> Answer<Vec<QueueItem>> {
        let section = if let Self::In(section) = self { Some(section) } else { None };
        let mut items = engine.queue_items(queue, section)?;
        if matches!(self, Self::Open) {
            items.retain(|item| !item.completed);
        }
        Ok(items)
    }

    /// Those that the first generation can show.
    fn runs_of(self, engine: &Engine, queue: Uuid) -> Answer<Vec<QueueItem>> {
        let mut items = self.of(engine, queue)?;
        items.retain(|item| matches!(item.subject, QueueSubject::Run { .. }) && item.project.is_some());
        Ok(items)
    }
}

/// Who keeps others from an item at this time.
fn reserved_by(item: &QueueItem, queue: &Queue, at: UnixNanos) -> Value {
    let settings = raw(Some(&queue.settings));
    let minutes = match settings["enable_reservations"].as_bool() {
        Some(false) => 0,
        _ => settings["reservation_minutes"].as_i64().unwrap_or(RESERVATION_MINUTES),
    };
    match &item.viewed {
        Some((reviewer, _)) if engine::is_reserved(item, minutes, at) => json!([reviewer]),
        _ => json!([]),
    }
}

/// Where an item is moved to; null leaves it.
fn new_times(body: &Map<String, Value>) -> Answer<ItemMove> {
    Ok(ItemMove { order: time(body, "added_at")?, reviewed: time(body, "last_reviewed_time")? })
}

/// Takes down what the reviewer says about an item: null shows it again.
fn set_status(engine: &Engine, id: Uuid, body: &Map<String, Value>) -> Answer<QueueItem> {
    let order = time(body, "override_added_at")?;
    let status = text(body, "status");
    let item = match status.as_deref() {
        None => engine.reopen_queue_item(id)?,
        Some("viewed") => engine.view_queue_item(id)?,
        Some("completed") => engine.complete_queue_item(id)?,
        Some(other) => return Err(Failure::invalid(format!("There is no status {other}"))),
    };
    match order {
        Some(_) => Ok(engine.move_queue_item(id, ItemMove { order, reviewed: None })?),
        None => Ok(item),
    }
}

// ---- runs: the first generation ----

/// A run of a queue, without the run itself. Its time of adding is its place, which clients may change.
fn wire_added(item: &QueueItem) -> Value {
    json!({
        "id": item.id,
        "queue_id": item.queue,
        "run_id": match &item.subject {
            QueueSubject::Run { run_id, .. } => json!(run_id.0),
            QueueSubject::Thread { .. } => Value::Null,
        },
        "added_at": iso(Some(item.order)),
        "last_reviewed_time": iso(item.reviewed),
        "source_proposed_example_id": item.source_example,
    })
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

fn new_run(key: &Map<String, Value>) -> Answer<NewQueueItem> {
    let run_id = parsed(key, "run_id")?.ok_or_else(|| Failure::invalid("A run needs its run_id"))?;
    Ok(NewQueueItem {
        subject: QueueSubject::Run { run_id, trace_id: parsed(key, "trace_id")? },
        source_example: parsed(key, "source_proposed_example_id")?,
    })
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
    let to = new_times(&body.object()?)?;
    blocking(&engine, move |engine| {
        engine.queue_item(id, item)?;
        Ok(Json(wire_added(&engine.move_queue_item(item, to)?)))
    })
    .await
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

// ---- items: runs and threads ----

/// A window of time; without bounds it holds whatever has no time as well.
#[derive(Debug, Clone, Copy)]
struct Window {
    min: Option<UnixNanos>,
    /// The first moment that is outside.
    end: Option<UnixNanos>,
}

impl Window {
    fn holds(self, time: Option<UnixNanos>) -> bool {
        match time {
            None => self.min.is_none() && self.end.is_none(),
            Some(time) => self.min.is_none_or(|min| min <= time) && self.end.is_none_or(|end| time < end),
        }
    }

    fn moment(query: &Query, key: &str) -> Answer<Option<UnixNanos>> {
        query
            .text(key)
            .map(|text| UnixNanos::parse(text).map_err(|error| Failure::invalid(format!("{key} is {error}"))))
            .transpose()
    }

    /// When items were completed.
    fn completed(query: &Query) -> Answer<Self> {
        Ok(Self { min: Self::moment(query, "start_time")?, end: Self::moment(query, "end_time")? })
    }

    /// When runs started, the last moment included.
    fn started(query: &Query) -> Answer<Self> {
        let max = Self::moment(query, "max_start_time")?;
        Ok(Self {
            min: Self::moment(query, "min_start_time")?,
            end: max.map(|max| UnixNanos(max.0.saturating_add(1))),
        })
    }
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
    let to = new_times(&body.object()?)?;
    blocking(&engine, move |engine| {
        engine.queue_item(id, item)?;
        let moved = engine.move_queue_item(item, to)?;
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
