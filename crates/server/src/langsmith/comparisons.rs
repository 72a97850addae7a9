//! Comparative experiments (`langsmith-api.md` §12.1): what `evaluate_comparative` of the SDKs makes.

use std::sync::Arc;

use axum::{
    Json, Router,
    extract::State,
    routing::{get, post},
};
use engine::{Comparison, Engine};
use serde_json::{Value, json};
use uuid::Uuid;

use super::{
    TENANT,
    datasets::{dataset_id, shared},
    error::{Answer, Failure, Path},
    feedback,
    json::{Sent, blocking, given, iso, parsed, raw, text, time},
    query::Query,
    runs::parse_ids,
};

pub(super) fn router() -> Router<Arc<Engine>> {
    Router::new()
        .route("/datasets/comparative", post(create))
        .route("/datasets/comparative/{id}", get(read).delete(remove))
        .route("/datasets/{id}/comparative", get(list))
        .route("/public/{token}/datasets/comparative", get(list_shared))
}

fn comparison_id(text: &str) -> Answer<Uuid> {
    Uuid::try_parse(text.trim())
        .map_err(|_| Failure::invalid(format!("The comparative experiment id is not a UUID: {text}")))
}

/// The comparison as it goes out, with those of its experiments that are still there.
fn wire(engine: &Engine, comparison: &Comparison) -> Answer<Value> {
    let experiments: Vec<Value> = comparison
        .experiments
        .iter()
        .filter_map(|id| engine.project(*id).ok())
        .map(|project| json!({ "id": project.id, "name": project.name }))
        .collect();
    Ok(json!({
        "id": comparison.id,
        "name": comparison.name,
        "description": comparison.description,
        "tenant_id": TENANT,
        "created_at": iso(Some(comparison.created)),
        "modified_at": iso(Some(comparison.created)),
        "reference_dataset_id": comparison.dataset,
        "extra": raw(comparison.extra.as_deref()),
        "experiments_info": experiments,
        "feedback_stats": feedback::stats(&engine.comparison_feedback(comparison.id)?),
    }))
}

async fn create(State(engine): State<Arc<Engine>>, body: Sent) -> Answer<Json<Value>> {
    let body = body.object()?;
    let experiments: Vec<Uuid> = parse_ids(given(&body, "experiment_ids"), "experiment_ids")?;
    if experiments.is_empty() {
        return Err(Failure::invalid("experiment_ids names no experiment"));
    }
    let new = Comparison {
        id: parsed(&body, "id")?.unwrap_or_else(Uuid::new_v4),
        dataset: parsed(&body, "reference_dataset_id")?
            .ok_or_else(|| Failure::invalid("reference_dataset_id is missing"))?,
        name: text(&body, "name").unwrap_or_default(),
        description: text(&body, "description"),
        experiments,
        extra: given(&body, "extra").filter(|extra| extra.is_object()).map(Value::to_string),
        created: time(&body, "created_at")?.unwrap_or_else(engine::now),
    };
    blocking(&engine, move |engine| {
        let id = new.id;
        engine.add_comparison(new)?;
        Ok(Json(wire(engine, &engine.comparison(id)?)?))
    })
    .await
}

async fn read(State(engine): State<Arc<Engine>>, Path(id): Path<String>) -> Answer<Json<Value>> {
    let id = comparison_id(&id)?;
    blocking(&engine, move |engine| Ok(Json(wire(engine, &engine.comparison(id)?)?))).await
}

async fn remove(State(engine): State<Arc<Engine>>, Path(id): Path<String>) -> Answer<Json<Value>> {
    let id = comparison_id(&id)?;
    blocking(&engine, move |engine| Ok(engine.delete_comparison(id)?)).await?;
    Ok(Json(json!({ "message": "deleted" })))
}

/// Which of a dataset's comparisons are asked for.
struct Wanted {
    ids: Vec<Uuid>,
    name: Option<String>,
    name_contains: Option<String>,
    limit: usize,
    offset: usize,
}

impl Wanted {
    fn read(query: &Query) -> Answer<Self> {
        let (limit, offset) = query.page()?;
        Ok(Self {
            ids: query.parsed("id")?,
            name: query.text("name").map(str::to_owned),
            name_contains: query.text("name_contains").map(str::to_lowercase),
            limit: limit as usize,
            offset: offset as usize,
        })
    }

    fn of(&self, engine: &Engine, dataset: Uuid) -> Answer<Json<Value>> {
        let all = engine.comparisons(dataset)?;
        let fitting = all.iter().rev().filter(|one| {
            (self.ids.is_empty() || self.ids.contains(&one.id))
                && self.name.as_ref().is_none_or(|name| *name == one.name)
                && self.name_contains.as_ref().is_none_or(|part| one.name.to_lowercase().contains(part))
        });
        let page = fitting.skip(self.offset).take(self.limit).map(|one| wire(engine, one));
        Ok(Json(page.collect::<Answer<Vec<_>>>()?.into()))
    }
}

/// The newest first.
async fn list(
    State(engine): State<Arc<Engine>>,
    Path(id): Path<String>,
    query: Query,
) -> Answer<Json<Value>> {
    let id = dataset_id(&id)?;
    let wanted = Wanted::read(&query)?;
    blocking(&engine, move |engine| wanted.of(engine, id)).await
}

async fn list_shared(
    State(engine): State<Arc<Engine>>,
    Path(token): Path<String>,
    query: Query,
) -> Answer<Json<Value>> {
    let wanted = Wanted::read(&query)?;
    blocking(&engine, move |engine| wanted.of(engine, shared(engine, &token)?)).await
}
