//! Projects, which the protocol calls sessions (`langsmith-api.md` §7).

use std::{
    collections::{HashMap, hash_map::Entry},
    sync::Arc,
};

use axum::{
    Json, Router,
    extract::State,
    http::StatusCode,
    response::{IntoResponse as _, Response},
    routing::get,
};
use engine::{CostClass, Engine, NewProject, ProjectChange, ProjectDetail, ProjectQuery, ProjectStats};
use serde_json::{Map, Value, json};
use uuid::Uuid;

use super::{
    TENANT,
    error::{Answer, Failure, Path},
    json::{Sent, blocking, given, iso, parsed, raw, text, time},
    query::Query,
    runs::side_cost,
};

pub(super) fn router() -> Router<Arc<Engine>> {
    Router::new()
        .route("/sessions", get(list).post(create))
        .route("/sessions/{id}", get(read).patch(change).delete(remove))
}

/// Numbers of experiments by dataset, looked up once a request.
pub(super) type Numbers = HashMap<Uuid, HashMap<Uuid, u64>>;

/// The project as it goes out; statistics where they were asked for.
pub(super) fn wire(
    engine: &Engine,
    project: &ProjectDetail,
    with_stats: bool,
    numbers: &mut Numbers,
) -> Answer<Value> {
    let stats = with_stats.then(|| engine.project_stats(project.id)).transpose()?;
    let number = match project.reference_dataset {
        None => None,
        Some(dataset) => {
            let of_dataset = match numbers.entry(dataset) {
                Entry::Occupied(known) => known.into_mut(),
                Entry::Vacant(new) => new.insert(engine.experiment_numbers(dataset)?),
            };
            of_dataset.get(&project.id).copied()
        }
    };
    let mut object = described(project, stats.as_ref());
    object["test_run_number"] = json!(number);
    Ok(object)
}

fn described(project: &ProjectDetail, stats: Option<&ProjectStats>) -> Value {
    let mut object = json!({
        "id": project.id,
        "tenant_id": TENANT,
        "name": project.name,
        "description": project.description,
        "extra": raw(project.extra.as_deref()),
        "start_time": iso(project.start.or(project.first_start).or(Some(engine::UnixNanos(0)))),
        "end_time": iso(project.end),
        "reference_dataset_id": project.reference_dataset,
        "default_dataset_id": project.default_dataset,
        "trace_tier": "longlived",
        "last_run_start_time": iso(project.last_start),
        "run_count": null,
    });
    if let (Some(stats), Some(object)) = (stats, object.as_object_mut()) {
        let usage = &project.usage;
        let more = json!({
            "run_count": project.traces,
            "latency_p50": stats.latency_p50,
            "latency_p99": stats.latency_p99,
            "first_token_p50": stats.first_token_p50,
            "first_token_p99": stats.first_token_p99,
            "total_tokens": usage.total().unwrap_or(0),
            "prompt_tokens": usage.input.unwrap_or(0),
            "completion_tokens": usage.output.unwrap_or(0),
            "total_cost": project.cost.map(|cost| cost.to_string()),
            "prompt_cost": side_cost(project.cost, &project.costs, CostClass::is_input),
            "completion_cost": side_cost(project.cost, &project.costs, CostClass::is_output),
            "error_rate": stats.error_rate,
            "streaming_rate": stats.streaming_rate,
            "feedback_stats": super::feedback::stats(&stats.feedback),
            "session_feedback_stats": super::feedback::stats(&stats.project_feedback),
            "run_facets": [],
        });
        if let Value::Object(more) = more {
            object.extend(more);
        }
    }
    object
}

async fn list(State(engine): State<Arc<Engine>>, query: Query) -> Answer<Json<Value>> {
    let (limit, offset) = query.page()?;
    let wanted = ProjectQuery {
        name: query.text("name").map(str::to_owned),
        name_contains: query.text("name_contains").map(str::to_owned),
        ids: query.parsed("id")?,
        reference_datasets: query.parsed("reference_dataset")?,
        reference_free: query.flag("reference_free"),
    };
    let with_stats = query.flag("include_stats").unwrap_or(false);
    let metadata: Option<Map<String, Value>> = match query.text("metadata") {
        None => None,
        Some(text) => Some(
            serde_json::from_str(text)
                .map_err(|error| Failure::invalid(format!("metadata must be a JSON object: {error}")))?,
        ),
    };
    let by_start = matches!(query.text("sort_by"), None | Some("start_time" | "last_run_start_time"));
    let descending = query.flag("sort_by_desc").unwrap_or(true);
    blocking(&engine, move |engine| {
        let mut projects = engine.find_projects(&wanted)?;
        if let Some(metadata) = &metadata {
            projects.retain(|project| {
                let extra = raw(project.extra.as_deref());
                metadata.iter().all(|(key, value)| extra["metadata"].get(key) == Some(value))
            });
        }
        if by_start {
            projects.sort_by_key(|project| project.last_start.or(project.start));
            if descending {
                projects.reverse();
            }
        } else if descending && query.text("sort_by") == Some("name") {
            projects.reverse();
        }
        let page = projects
            .iter()
            .skip(usize::try_from(offset).unwrap_or(usize::MAX))
            .take(usize::try_from(limit).unwrap_or(100));
        let mut numbers = Numbers::new();
        let answer = page
            .map(|project| wire(engine, project, with_stats, &mut numbers))
            .collect::<Answer<Vec<_>>>()?;
        Ok(Json(Value::Array(answer)))
    })
    .await
}

fn object_text(body: &Map<String, Value>, key: &str) -> Option<String> {
    given(body, key).filter(|value| value.is_object()).map(Value::to_string)
}

async fn create(State(engine): State<Arc<Engine>>, query: Query, body: Sent) -> Answer<Json<Value>> {
    let body = body.object()?;
    let new = NewProject {
        id: parsed(&body, "id")?,
        name: text(&body, "name").ok_or_else(|| Failure::invalid("A project needs a name"))?,
        description: text(&body, "description"),
        extra: object_text(&body, "extra"),
        start: Some(time(&body, "start_time")?.unwrap_or_else(engine::now)),
        end: time(&body, "end_time")?,
        reference_dataset: parsed(&body, "reference_dataset_id")?,
        default_dataset: parsed(&body, "default_dataset_id")?,
    };
    let upsert = query.flag("upsert").unwrap_or(false);
    blocking(&engine, move |engine| {
        let id = engine.create_project(new, upsert)?;
        Ok(Json(wire(engine, &engine.project(id)?, false, &mut Numbers::new())?))
    })
    .await
}

fn project_id(text: &str) -> Answer<Uuid> {
    Uuid::try_parse(text).map_err(|_| Failure::invalid(format!("The project id is not a UUID: {text}")))
}

async fn read(
    State(engine): State<Arc<Engine>>,
    Path(id): Path<String>,
    query: Query,
) -> Answer<Json<Value>> {
    let id = project_id(&id)?;
    let with_stats = query.flag("include_stats").unwrap_or(false);
    blocking(&engine, move |engine| {
        Ok(Json(wire(engine, &engine.project(id)?, with_stats, &mut Numbers::new())?))
    })
    .await
}

async fn change(
    State(engine): State<Arc<Engine>>,
    Path(id): Path<String>,
    body: Sent,
) -> Answer<Json<Value>> {
    let id = project_id(&id)?;
    let body = body.object()?;
    let change = ProjectChange {
        name: text(&body, "name"),
        description: text(&body, "description"),
        extra: object_text(&body, "extra"),
        end: time(&body, "end_time")?,
        default_dataset: parsed(&body, "default_dataset_id")?,
    };
    blocking(&engine, move |engine| {
        engine.change_project(id, change)?;
        Ok(Json(wire(engine, &engine.project(id)?, false, &mut Numbers::new())?))
    })
    .await
}

async fn remove(State(engine): State<Arc<Engine>>, Path(id): Path<String>) -> Answer<Response> {
    let id = project_id(&id)?;
    blocking(&engine, move |engine| Ok(engine.remove_project(id)?)).await?;
    Ok((StatusCode::ACCEPTED, Json(json!({ "message": "deleted" }))).into_response())
}
