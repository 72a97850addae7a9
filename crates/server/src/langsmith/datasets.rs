//! Datasets: what is said about them, their versions, splits and tokens (`langsmith-api.md` §12.1).

use std::sync::Arc;

use axum::{
    Json, Router,
    extract::State,
    http::{HeaderMap, StatusCode},
    response::Response,
    routing::{get, post, put},
};
use engine::{
    Dataset, DatasetChange, DatasetQuery, DatasetVersion, Engine, ExampleQuery, NewDataset, Patch,
    ProjectQuery, SortDatasets, SortExamples,
};
use serde_json::{Map, Value, json};
use uuid::Uuid;

use super::{
    TENANT,
    error::{Answer, Failure, Path},
    examples::{self, moment},
    json::{Sent, base_url, blocking, given, iso, parsed, raw, respond, shaped, text, time},
    projects,
    query::Query,
    runs::parse_ids,
};

pub(super) fn router() -> Router<Arc<Engine>> {
    Router::new()
        .route("/datasets", get(list).post(create))
        .route("/datasets/clone", post(clone))
        .route("/datasets/{id}", get(read).patch(change).delete(remove))
        .route("/datasets/{id}/version", get(version))
        .route("/datasets/{id}/versions", get(versions))
        .route("/datasets/{id}/versions/diff", get(diff))
        .route("/datasets/{id}/tags", put(tag))
        .route("/datasets/{id}/splits", get(splits).put(change_split))
        .route("/datasets/{id}/share", get(share_token).put(share).delete(unshare))
        .route("/public/{token}/datasets", get(read_shared))
        .route("/public/{token}/examples", get(shared_examples))
        .route("/public/{token}/datasets/sessions", get(shared_projects))
}

/// The dataset as it goes out.
pub(super) fn wire(dataset: &Dataset) -> Value {
    let extra = raw(dataset.extra.as_deref());
    json!({
        "id": dataset.id,
        "tenant_id": TENANT,
        "name": dataset.name,
        "description": dataset.description,
        "data_type": dataset.data_type,
        "created_at": iso(Some(dataset.created)),
        "modified_at": iso(Some(dataset.modified)),
        "inputs_schema_definition": raw(dataset.inputs_schema.as_deref()),
        "outputs_schema_definition": raw(dataset.outputs_schema.as_deref()),
        "transformations": extra["transformations"],
        "metadata": raw(dataset.metadata.as_deref()),
        "externally_managed": extra["externally_managed"].as_bool().unwrap_or(false),
        "example_count": dataset.examples,
        "session_count": dataset.experiments,
        "last_session_start_time": iso(dataset.last_experiment_start),
    })
}

pub(super) fn dataset_id(text: &str) -> Answer<Uuid> {
    Uuid::try_parse(text.trim())
        .map_err(|_| Failure::invalid(format!("The dataset id is not a UUID: {text}")))
}

async fn list(State(engine): State<Arc<Engine>>, query: Query) -> Answer<Json<Value>> {
    let (limit, offset) = query.page()?;
    let sort = match query.names("sort_by").pop().as_deref() {
        Some("name") => SortDatasets::Name,
        Some("modified_at") => SortDatasets::Modified,
        Some("example_count") => SortDatasets::Examples,
        Some("session_count") => SortDatasets::Experiments,
        Some("last_session_start_time") => SortDatasets::LastExperiment,
        _ => SortDatasets::Created,
    };
    let wanted = DatasetQuery {
        ids: query.parsed("id")?,
        name: query.text("name").map(str::to_owned),
        name_contains: query.text("name_contains").map(str::to_owned),
        data_type: query.names("data_type").pop(),
        metadata: query.text("metadata").map(str::to_owned),
        sort,
        descending: query.flag("sort_by_desc").unwrap_or(true),
        offset,
        limit,
    };
    blocking(&engine, move |engine| {
        Ok(Json(engine.datasets(&wanted)?.iter().map(wire).collect::<Vec<_>>().into()))
    })
    .await
}

/// Members that have no column of their own. Transformations are kept and given back, but not applied.
fn extra_of(body: &Map<String, Value>) -> Map<String, Value> {
    let mut extra = given(body, "extra").and_then(Value::as_object).cloned().unwrap_or_default();
    extra.remove("metadata");
    for key in ["transformations", "externally_managed"] {
        if let Some(value) = given(body, key) {
            extra.insert(key.to_owned(), value.clone());
        }
    }
    extra
}

fn metadata_of(body: &Map<String, Value>) -> Option<String> {
    let in_extra = || given(body, "extra").and_then(|extra| extra.get("metadata"));
    given(body, "metadata").or_else(in_extra).filter(|metadata| metadata.is_object()).map(Value::to_string)
}

fn data_type(body: &Map<String, Value>) -> Answer<Option<String>> {
    match text(body, "data_type") {
        Some(name) if !["kv", "llm", "chat"].contains(&name.as_str()) => {
            Err(Failure::invalid(format!("There is no data type {name}; there are kv, llm and chat")))
        }
        name => Ok(name),
    }
}

fn schema(body: &Map<String, Value>, key: &str) -> Answer<Option<String>> {
    match given(body, key) {
        None => Ok(None),
        Some(schema @ Value::Object(_)) => Ok(Some(schema.to_string())),
        Some(_) => Err(Failure::invalid(format!("{key} must be a JSON object"))),
    }
}

pub(super) fn new_dataset(body: &Map<String, Value>) -> Answer<NewDataset> {
    Ok(NewDataset {
        id: parsed(body, "id")?,
        name: text(body, "name").ok_or_else(|| Failure::invalid("A dataset needs a name"))?,
        description: text(body, "description"),
        data_type: data_type(body)?,
        inputs_schema: schema(body, "inputs_schema_definition")?,
        outputs_schema: schema(body, "outputs_schema_definition")?,
        metadata: metadata_of(body),
        extra: Some(Value::Object(extra_of(body)).to_string()),
        created: time(body, "created_at")?,
    })
}

async fn create(State(engine): State<Arc<Engine>>, body: Sent) -> Answer<Json<Value>> {
    let new = new_dataset(&body.object()?)?;
    blocking(&engine, move |engine| {
        let id = engine.create_dataset(new)?;
        Ok(Json(wire(&engine.dataset(id)?)))
    })
    .await
}

async fn read(State(engine): State<Arc<Engine>>, Path(id): Path<String>) -> Answer<Json<Value>> {
    let id = dataset_id(&id)?;
    blocking(&engine, move |engine| Ok(Json(wire(&engine.dataset(id)?)))).await
}

fn patch(body: &Map<String, Value>, key: &str, value: Option<String>) -> Patch<String> {
    match (body.get(key), value) {
        (None, _) => Patch::Keep,
        (Some(_), None) => Patch::Erase,
        (Some(_), Some(value)) => Patch::Set(value),
    }
}

/// A key that is there replaces, null erases.
async fn change(
    State(engine): State<Arc<Engine>>,
    Path(id): Path<String>,
    body: Sent,
) -> Answer<Json<Value>> {
    let id = dataset_id(&id)?;
    let body = body.object()?;
    let metadata = given(&body, "metadata").filter(|value| value.is_object()).map(Value::to_string);
    let inputs_schema = schema(&body, "inputs_schema_definition")?;
    let outputs_schema = schema(&body, "outputs_schema_definition")?;
    blocking(&engine, move |engine| {
        let extra = match body.get("transformations") {
            None => Patch::Keep,
            Some(transformations) => {
                let known = engine.dataset(id)?.extra;
                let mut extra = raw(known.as_deref()).as_object().cloned().unwrap_or_default();
                extra.insert("transformations".to_owned(), transformations.clone());
                Patch::Set(Value::Object(extra).to_string())
            }
        };
        let change = DatasetChange {
            name: text(&body, "name"),
            description: patch(&body, "description", text(&body, "description")),
            inputs_schema: patch(&body, "inputs_schema_definition", inputs_schema),
            outputs_schema: patch(&body, "outputs_schema_definition", outputs_schema),
            metadata: patch(&body, "metadata", metadata),
            extra,
        };
        engine.change_dataset(id, change)?;
        Ok(Json(wire(&engine.dataset(id)?)))
    })
    .await
}

async fn remove(State(engine): State<Arc<Engine>>, Path(id): Path<String>) -> Answer<Json<Value>> {
    let id = dataset_id(&id)?;
    blocking(&engine, move |engine| Ok(engine.delete_dataset(id)?)).await?;
    Ok(Json(json!({ "message": "deleted" })))
}

// ---- versions, tags, splits ----

fn wire_version(version: &DatasetVersion) -> Value {
    json!({ "as_of": iso(Some(version.as_of)), "tags": version.tags })
}

async fn version(
    State(engine): State<Arc<Engine>>,
    Path(id): Path<String>,
    query: Query,
) -> Answer<Json<Value>> {
    let id = dataset_id(&id)?;
    let as_of = match (query.text("tag"), query.text("as_of")) {
        (Some(tag), _) => engine::AsOf::Tag(tag.to_owned()),
        (None, Some(text)) => moment(text),
        (None, None) => return Err(Failure::invalid("A version is named by as_of or tag")),
    };
    blocking(&engine, move |engine| Ok(Json(wire_version(&engine.dataset_version(id, &as_of)?)))).await
}

async fn versions(
    State(engine): State<Arc<Engine>>,
    Path(id): Path<String>,
    query: Query,
) -> Answer<Json<Value>> {
    let id = dataset_id(&id)?;
    let (limit, offset) = query.page()?;
    let words = query.text("search").map(str::to_lowercase);
    blocking(&engine, move |engine| {
        let Some(words) = words else {
            let page = engine.dataset_versions(id, offset, limit)?;
            return Ok(Json(page.iter().map(wire_version).collect::<Vec<_>>().into()));
        };
        let all = engine.dataset_versions(id, 0, u32::MAX)?;
        let fitting = all
            .iter()
            .filter(|version| version.tags.iter().any(|tag| tag.to_lowercase().contains(&words)))
            .skip(usize::try_from(offset).unwrap_or(usize::MAX))
            .take(usize::try_from(limit).unwrap_or(usize::MAX));
        Ok(Json(fitting.map(wire_version).collect::<Vec<_>>().into()))
    })
    .await
}

async fn diff(
    State(engine): State<Arc<Engine>>,
    Path(id): Path<String>,
    query: Query,
) -> Answer<Json<Value>> {
    let id = dataset_id(&id)?;
    let named =
        |key: &str| query.text(key).map(moment).ok_or_else(|| Failure::invalid(format!("{key} is missing")));
    let (from, to) = (named("from_version")?, named("to_version")?);
    blocking(&engine, move |engine| {
        let diff = engine.dataset_diff(id, &from, &to)?;
        Ok(Json(json!({
            "examples_added": diff.added,
            "examples_modified": diff.modified,
            "examples_removed": diff.removed,
        })))
    })
    .await
}

async fn tag(State(engine): State<Arc<Engine>>, Path(id): Path<String>, body: Sent) -> Answer<Json<Value>> {
    let id = dataset_id(&id)?;
    let body = body.object()?;
    let as_of = time(&body, "as_of")?.ok_or_else(|| Failure::invalid("as_of is missing"))?;
    let tag = text(&body, "tag").ok_or_else(|| Failure::invalid("tag is missing"))?;
    blocking(&engine, move |engine| Ok(Json(wire_version(&engine.tag_dataset(id, as_of, tag)?)))).await
}

async fn splits(
    State(engine): State<Arc<Engine>>,
    Path(id): Path<String>,
    query: Query,
) -> Answer<Json<Value>> {
    let id = dataset_id(&id)?;
    let as_of = query.text("as_of").map(moment);
    blocking(&engine, move |engine| Ok(Json(json!(engine.dataset_splits(id, as_of.as_ref())?)))).await
}

async fn change_split(
    State(engine): State<Arc<Engine>>,
    Path(id): Path<String>,
    body: Sent,
) -> Answer<Json<Value>> {
    let id = dataset_id(&id)?;
    let body = body.object()?;
    let split = text(&body, "split_name").ok_or_else(|| Failure::invalid("split_name is missing"))?;
    let examples: Vec<Uuid> = parse_ids(given(&body, "examples"), "examples")?;
    let is_removal = shaped(&body, "remove")?.unwrap_or(false);
    blocking(&engine, move |engine| {
        if is_removal {
            engine.remove_from_split(id, split, examples)?;
        } else {
            engine.add_to_split(id, split, examples)?;
        }
        Ok(Json(json!(engine.dataset_splits(id, None)?)))
    })
    .await
}

// ---- sharing ----

async fn share_token(State(engine): State<Arc<Engine>>, Path(id): Path<String>) -> Answer<Json<Value>> {
    let id = dataset_id(&id)?;
    blocking(&engine, move |engine| {
        engine.dataset(id)?;
        let token = engine.dataset_share_token(id)?;
        Ok(Json(token.map_or(Value::Null, |token| json!({ "dataset_id": id, "share_token": token }))))
    })
    .await
}

async fn share(State(engine): State<Arc<Engine>>, Path(id): Path<String>) -> Answer<Json<Value>> {
    let id = dataset_id(&id)?;
    blocking(&engine, move |engine| {
        Ok(Json(json!({ "dataset_id": id, "share_token": engine.share_dataset(id)? })))
    })
    .await
}

async fn unshare(State(engine): State<Arc<Engine>>, Path(id): Path<String>) -> Answer<Json<Value>> {
    let id = dataset_id(&id)?;
    blocking(&engine, move |engine| Ok(engine.unshare_dataset(id)?)).await?;
    Ok(Json(json!({ "message": "unshared" })))
}

pub(super) fn shared(engine: &Engine, token: &str) -> Answer<Uuid> {
    let token =
        Uuid::try_parse(token).map_err(|_| Failure::not_found("Nothing is shared under this token"))?;
    Ok(engine.shared_dataset(token)?)
}

async fn read_shared(State(engine): State<Arc<Engine>>, Path(token): Path<String>) -> Answer<Json<Value>> {
    blocking(&engine, move |engine| Ok(Json(wire(&engine.dataset(shared(engine, &token)?)?)))).await
}

async fn shared_examples(
    State(engine): State<Arc<Engine>>,
    headers: HeaderMap,
    Path(token): Path<String>,
    query: Query,
) -> Answer<Response> {
    let (limit, offset) = query.page()?;
    let base = base_url(&headers);
    let ids = query.parsed("id")?;
    let as_of = query.text("as_of").map(moment);
    blocking(&engine, move |engine| {
        let wanted = ExampleQuery {
            dataset: Some(shared(engine, &token)?),
            ids,
            as_of,
            sort: SortExamples::Modified,
            offset,
            limit,
            ..ExampleQuery::default()
        };
        let examples = engine.examples(&wanted, None)?;
        Ok(respond(StatusCode::OK, examples::wire_all(&examples, &base)))
    })
    .await
}

async fn shared_projects(
    State(engine): State<Arc<Engine>>,
    Path(token): Path<String>,
    query: Query,
) -> Answer<Json<Value>> {
    let (limit, offset) = query.page()?;
    let mut wanted = ProjectQuery {
        name: query.text("name").map(str::to_owned),
        name_contains: query.text("name_contains").map(str::to_owned),
        ids: query.parsed("id")?,
        ..ProjectQuery::default()
    };
    blocking(&engine, move |engine| {
        wanted.reference_datasets = vec![shared(engine, &token)?];
        let all = engine.find_projects(&wanted)?;
        let page = all
            .iter()
            .skip(usize::try_from(offset).unwrap_or(usize::MAX))
            .take(usize::try_from(limit).unwrap_or(usize::MAX));
        let mut numbers = projects::Numbers::new();
        page.map(|project| projects::wire(engine, project, true, &mut numbers))
            .collect::<Answer<Vec<_>>>()
            .map(|all| Json(all.into()))
    })
    .await
}

// ---- copying ----

async fn clone(State(engine): State<Arc<Engine>>, headers: HeaderMap, body: Sent) -> Answer<Response> {
    let body = body.object()?;
    let named = |key: &str| -> Answer<Uuid> {
        parsed(&body, key)?.ok_or_else(|| Failure::invalid(format!("{key} is missing")))
    };
    let (source, target) = (named("source_dataset_id")?, named("target_dataset_id")?);
    let as_of = text(&body, "as_of").map(|text| moment(&text));
    let ids: Vec<Uuid> = parse_ids(given(&body, "examples"), "examples")?;
    let base = base_url(&headers);
    blocking(&engine, move |engine| {
        let copies = engine.clone_examples(source, target, as_of, ids)?;
        let copies = copies
            .into_iter()
            .map(|id| engine.example(id, None))
            .collect::<Result<Vec<_>, engine::Error>>()?;
        Ok(respond(StatusCode::OK, examples::wire_all(&copies, &base)))
    })
    .await
}
