//! Datasets and the experiments on them (`langsmith-api.md` §12.1, §12.3).

use std::sync::Arc;

use axum::{
    Json, Router,
    extract::{Path, Request, State},
    http::{HeaderMap, StatusCode, header},
    response::{IntoResponse as _, Response},
    routing::{delete, get, post, put},
};
use engine::{
    Dataset, DatasetChange, DatasetQuery, DatasetVersion, Engine, Example, ExampleQuery, ExperimentExample,
    FormPart, NewDataset, NewExample, Patch, ProjectQuery, SortDatasets, SortExamples, csv,
};
use serde_json::{Map, Value, json};
use uuid::Uuid;

use super::{
    TENANT,
    error::{Answer, Failure},
    examples::{self, moment},
    json::{Sent, base_url, blocking, given, iso, parsed, raw, respond, shaped, text, time},
    projects,
    query::Query,
    runs::{self, Select, parse_ids},
    v2,
};
use crate::body;

/// Examples of a page of experiment runs when nobody says, and at most (§12.3).
const EXPERIMENT_PAGE: u32 = 20;
const MOST_EXPERIMENT_PAGE: u32 = 100;

pub(super) fn router() -> Router<Arc<Engine>> {
    Router::new()
        .route("/datasets", get(list).post(create))
        .route("/datasets/upload", post(upload))
        .route("/datasets/clone", post(clone))
        .route("/datasets/comparative", post(no_comparison).get(no_comparison))
        .route("/datasets/comparative/{id}", delete(no_comparison).get(no_comparison))
        .route("/datasets/{id}", get(read).patch(change).delete(remove))
        .route("/datasets/{id}/version", get(version))
        .route("/datasets/{id}/versions", get(versions))
        .route("/datasets/{id}/versions/diff", get(diff))
        .route("/datasets/{id}/tags", put(tag))
        .route("/datasets/{id}/splits", get(splits).put(change_split))
        .route("/datasets/{id}/share", get(share_token).put(share).delete(unshare))
        .route("/datasets/{id}/runs", post(experiment_runs))
        .route("/datasets/{id}/jsonl", get(as_json_lines))
        .route("/datasets/{id}/csv", get(as_csv))
        .route("/datasets/{id}/openai", get(as_openai))
        .route("/datasets/{id}/openai_ft", get(as_openai_tuning))
        .route("/public/{token}/datasets", get(read_shared))
        .route("/public/{token}/examples", get(shared_examples))
        .route("/public/{token}/datasets/sessions", get(shared_projects))
}

/// Below `/api/v2`.
pub(super) fn router_v2() -> Router<Arc<Engine>> {
    Router::new().route("/datasets/{id}/experiment-runs", post(experiment_runs_v2))
}

/// The dataset as it goes out.
fn wire(dataset: &Dataset) -> Value {
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

fn dataset_id(text: &str) -> Answer<Uuid> {
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

fn new_dataset(body: &Map<String, Value>) -> Answer<NewDataset> {
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

fn shared(engine: &Engine, token: &str) -> Answer<Uuid> {
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

// ---- whole datasets ----

/// The text of a form field.
fn field(part: &FormPart) -> String {
    String::from_utf8_lossy(&part.body).into_owned()
}

/// A table becomes a dataset: one example a row, of the columns that are named.
async fn upload(State(engine): State<Arc<Engine>>, request: Request) -> Answer<Json<Value>> {
    let (parts, body) = request.into_parts();
    let content_type =
        parts.headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let boundary = engine::multipart_boundary(content_type).ok_or_else(|| {
        Failure::bad_request("The content type must be multipart/form-data with a boundary")
    })?;
    let form =
        body::stream(&parts.headers, body, move |reader| engine::read_form(&boundary, reader)).await??;
    let all = |name: &str| form.iter().filter(|part| part.name == name).map(field).collect::<Vec<String>>();
    let file = form
        .iter()
        .find(|part| part.name == "file")
        .ok_or_else(|| Failure::invalid("The form has no file"))?;
    let mut described = Map::new();
    for key in
        ["id", "name", "description", "data_type", "inputs_schema_definition", "outputs_schema_definition"]
    {
        if let Some(value) = all(key).pop().filter(|value| !value.is_empty()) {
            let is_json = key.ends_with("_definition");
            described.insert(key.to_owned(), if is_json { raw(Some(&value)) } else { value.into() });
        }
    }
    if !described.contains_key("name") {
        let name = file.file_name.as_deref().unwrap_or("dataset");
        let name = name.rsplit(['/', '\\']).next().unwrap_or(name);
        described.insert("name".to_owned(), name.into());
    }
    let new = new_dataset(&described)?;
    let new_examples = examples_of_table(&field(file), &all("input_keys"), &all("output_keys"))?;
    blocking(&engine, move |engine| {
        let id = engine.create_dataset(new)?;
        if !new_examples.is_empty()
            && let Err(error) = engine.create_examples(id, new_examples)
        {
            // Without its rows the dataset is not what was asked for.
            engine.delete_dataset(id)?;
            return Err(error.into());
        }
        Ok(Json(wire(&engine.dataset(id)?)))
    })
    .await
}

/// The examples of a table whose first row names the columns. A row that is short has empty cells.
fn examples_of_table(table: &str, input_keys: &[String], output_keys: &[String]) -> Answer<Vec<NewExample>> {
    let mut rows = csv::rows(table).into_iter();
    let header = rows.next().unwrap_or_default();
    if input_keys.is_empty() {
        return Err(Failure::invalid("input_keys names no column"));
    }
    let columns = |keys: &[String]| -> Answer<Vec<(String, usize)>> {
        keys.iter()
            .map(|key| {
                let at = header.iter().position(|name| name == key);
                at.map(|at| (key.clone(), at))
                    .ok_or_else(|| Failure::invalid(format!("The table has no column {key}")))
            })
            .collect()
    };
    let (inputs, outputs) = (columns(input_keys)?, columns(output_keys)?);
    let object = |row: &[String], columns: &[(String, usize)]| {
        let cell = |at: usize| Value::from(row.get(at).map(String::as_str).unwrap_or_default());
        let members: Map<String, Value> =
            columns.iter().map(|(name, at)| (name.clone(), cell(*at))).collect();
        Value::Object(members).to_string()
    };
    Ok(rows
        .map(|row| NewExample {
            inputs: object(&row, &inputs),
            outputs: Some(object(&row, &outputs)).filter(|_| !outputs.is_empty()),
            ..NewExample::default()
        })
        .collect())
}

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

/// All examples of a version, as they were made.
fn all_examples(engine: &Engine, dataset: Uuid, query: &Query) -> Answer<Vec<Example>> {
    let wanted = ExampleQuery {
        dataset: Some(dataset),
        as_of: query.text("as_of").map(moment),
        limit: u32::MAX,
        ..ExampleQuery::default()
    };
    Ok(engine.examples(&wanted, None)?)
}

fn file_of(content_type: &'static str, text: String) -> Response {
    ([(header::CONTENT_TYPE, content_type)], text).into_response()
}

const JSON_LINES: &str = "application/x-ndjson";

async fn as_json_lines(
    State(engine): State<Arc<Engine>>,
    Path(id): Path<String>,
    query: Query,
) -> Answer<Response> {
    let id = dataset_id(&id)?;
    blocking(&engine, move |engine| {
        let mut lines = String::new();
        for example in all_examples(engine, id, &query)? {
            let outputs = example.outputs.as_deref().unwrap_or("null");
            // A line must stay one: only white space between tokens can hold a break, and a break there means nothing.
            let members = [
                ("inputs", example.inputs.as_str()),
                ("outputs", outputs),
                ("metadata", example.metadata.as_str()),
            ];
            lines.push_str(&engine::text_object(members).replace(['\n', '\r'], " "));
            lines.push('\n');
        }
        Ok(file_of(JSON_LINES, lines))
    })
    .await
}

/// One column for each member of the inputs, then of the outputs; an output that is named like an input has
/// `output.` in front. Texts stand as they are, anything else as JSON.
async fn as_csv(State(engine): State<Arc<Engine>>, Path(id): Path<String>, query: Query) -> Answer<Response> {
    let id = dataset_id(&id)?;
    blocking(&engine, move |engine| {
        let rows: Vec<[Map<String, Value>; 2]> = all_examples(engine, id, &query)?
            .iter()
            .map(|example| {
                [Some(example.inputs.as_str()), example.outputs.as_deref()]
                    .map(|text| raw(text).as_object().cloned().unwrap_or_default())
            })
            .collect();
        let keys = |side: usize| {
            let mut keys: Vec<&str> = Vec::new();
            for key in rows.iter().flat_map(|row| row[side].keys()) {
                if !keys.contains(&key.as_str()) {
                    keys.push(key);
                }
            }
            keys
        };
        let (inputs, outputs) = (keys(0), keys(1));
        let mut header: Vec<String> = inputs.iter().map(|key| (*key).to_owned()).collect();
        header.extend(
            outputs
                .iter()
                .map(|key| if inputs.contains(key) { format!("output.{key}") } else { (*key).to_owned() }),
        );
        let mut table = String::new();
        csv::write_row(header.iter().map(String::as_str), &mut table);
        for row in &rows {
            let cell = |value: Option<&Value>| match value {
                None => String::new(),
                Some(Value::String(text)) => text.clone(),
                Some(value) => value.to_string(),
            };
            let cells = inputs.iter().map(|key| cell(row[0].get(*key)));
            let cells: Vec<String> = cells.chain(outputs.iter().map(|key| cell(row[1].get(*key)))).collect();
            csv::write_row(cells.iter().map(String::as_str), &mut table);
        }
        Ok(file_of("text/csv; charset=utf-8", table))
    })
    .await
}

/// A message in OpenAI's form: as it is, or from LangChain's (`{"type": "human", "data": {"content": …}}`).
fn openai_message(message: &Value, role: &str) -> Option<Value> {
    match message {
        Value::String(text) => Some(json!({ "role": role, "content": text })),
        Value::Object(members) if members.contains_key("role") => Some(message.clone()),
        Value::Object(members) => {
            let kind = members.get("type")?.as_str()?;
            let role = match kind {
                "human" => "user",
                "ai" | "AIMessageChunk" => "assistant",
                "chat" => members.get("data").and_then(|data| data["role"].as_str()).unwrap_or("user"),
                other => other,
            };
            let data = members.get("data").unwrap_or(message);
            let mut out = Map::new();
            out.insert("role".to_owned(), role.into());
            out.insert("content".to_owned(), data["content"].clone());
            for key in ["tool_calls", "function_call"] {
                if let Some(calls) = data["additional_kwargs"].get(key).filter(|calls| !calls.is_null()) {
                    out.insert(key.to_owned(), calls.clone());
                }
            }
            for key in ["name", "tool_call_id"] {
                if let Some(name) = data.get(key).filter(|name| name.is_string()) {
                    out.insert(key.to_owned(), name.clone());
                }
            }
            Some(out.into())
        }
        _ => None,
    }
}

/// The messages of one side of an example: those under one of these names, else its only text.
fn openai_messages(side: Option<&str>, names: &[&str], role: &str) -> Option<Vec<Value>> {
    let side = raw(side);
    let members = side.as_object()?;
    let found = names
        .iter()
        .find_map(|name| members.get(*name))
        .or_else(|| members.values().next().filter(|value| members.len() == 1 && value.is_string()))?;
    match found {
        Value::Array(all) => all.iter().map(|message| openai_message(message, role)).collect(),
        one => Some(vec![openai_message(one, role)?]),
    }
}

/// What was said and what is expected, as messages.
fn chat_of(example: &Example) -> Answer<(Vec<Value>, Vec<Value>)> {
    let said = openai_messages(Some(&example.inputs), &["messages", "input"], "user");
    let names = ["messages", "message", "output", "generations"];
    let expected = openai_messages(example.outputs.as_deref(), &names, "assistant");
    said.zip(expected)
        .ok_or_else(|| Failure::invalid(format!("The example {} has no messages on both sides", example.id)))
}

async fn chat_lines(
    engine: Arc<Engine>,
    id: String,
    query: Query,
    line: fn(Vec<Value>, Vec<Value>) -> Value,
) -> Answer<Response> {
    let id = dataset_id(&id)?;
    blocking(&engine, move |engine| {
        let mut lines = String::new();
        for example in all_examples(engine, id, &query)? {
            let (said, expected) = chat_of(&example)?;
            lines.push_str(&line(said, expected).to_string());
            lines.push('\n');
        }
        Ok(file_of(JSON_LINES, lines))
    })
    .await
}

/// Lines for OpenAI's fine-tuning: whole conversations.
async fn as_openai_tuning(
    State(engine): State<Arc<Engine>>,
    Path(id): Path<String>,
    query: Query,
) -> Answer<Response> {
    chat_lines(engine, id, query, |mut said, expected| {
        said.extend(expected);
        json!({ "messages": said })
    })
    .await
}

/// Lines for OpenAI's evals: what was said, and the text that is ideal.
async fn as_openai(
    State(engine): State<Arc<Engine>>,
    Path(id): Path<String>,
    query: Query,
) -> Answer<Response> {
    chat_lines(engine, id, query, |said, expected| {
        let ideal = expected.last().map(|message| message["content"].clone());
        json!({ "input": said, "ideal": ideal })
    })
    .await
}

// ---- experiments ----

/// Pairwise experiments have no place in the library.
async fn no_comparison() -> Failure {
    Failure::not_found("Comparative experiments are not kept by this server")
}

fn example_with_runs(found: &ExperimentExample, base: &str, runs: &[String]) -> String {
    let mut members = examples::members(&found.example, base, true);
    members.push(("runs".to_owned(), format!("[{}]", runs.join(","))));
    engine::text_object(members.iter().map(|(key, value)| (key.as_str(), value.as_str())))
}

async fn experiment_runs(
    State(engine): State<Arc<Engine>>,
    headers: HeaderMap,
    Path(id): Path<String>,
    body: Sent,
) -> Answer<Response> {
    let id = dataset_id(&id)?;
    let body = body.object()?;
    let experiments: Vec<Uuid> = parse_ids(given(&body, "session_ids"), "session_ids")?;
    if experiments.is_empty() {
        return Err(Failure::invalid("session_ids names no experiment"));
    }
    let limit = shaped::<u32>(&body, "limit")?.unwrap_or(100).min(1000);
    let offset = shaped::<u32>(&body, "offset")?.unwrap_or(0);
    let base = base_url(&headers);
    blocking(&engine, move |engine| {
        let found = engine.experiment_examples(id, &experiments, &[], offset, limit)?;
        let all: Vec<String> = found
            .iter()
            .map(|one| {
                let wire = |run| runs::wire(run, &Select::default(), &base);
                example_with_runs(one, &base, &one.runs.iter().map(wire).collect::<Vec<_>>())
            })
            .collect();
        Ok(respond(StatusCode::OK, format!("[{}]", all.join(","))))
    })
    .await
}

async fn experiment_runs_v2(
    State(engine): State<Arc<Engine>>,
    headers: HeaderMap,
    Path(id): Path<String>,
    body: Sent,
) -> Answer<Response> {
    let id = dataset_id(&id)?;
    let body = body.object()?;
    let experiments: Vec<Uuid> = parse_ids(given(&body, "experiment_ids"), "experiment_ids")?;
    if experiments.is_empty() {
        return Err(Failure::invalid("experiment_ids names no experiment"));
    }
    let wanted: Vec<Uuid> = parse_ids(given(&body, "example_ids"), "example_ids")?;
    let selected = v2::selects(shaped(&body, "selects")?);
    let limit = shaped::<u32>(&body, "page_size")?.unwrap_or(EXPERIMENT_PAGE).clamp(1, MOST_EXPERIMENT_PAGE);
    let offset = match text(&body, "cursor") {
        None => 0,
        Some(cursor) => {
            cursor.parse::<u32>().map_err(|_| Failure::bad_request("The cursor is none of this server's"))?
        }
    };
    let base = base_url(&headers);
    blocking(&engine, move |engine| {
        // One more than asked for tells whether there is a next page.
        let mut found = engine.experiment_examples(id, &experiments, &wanted, offset, limit + 1)?;
        let size = usize::try_from(limit).unwrap_or(usize::MAX);
        let next = (found.len() > size).then(|| offset.saturating_add(limit).to_string());
        found.truncate(size);
        let all: Vec<String> = found
            .iter()
            .map(|one| {
                let wire = |run| v2::wire(run, &selected, &base);
                example_with_runs(one, &base, &one.runs.iter().map(wire).collect::<Vec<_>>())
            })
            .collect();
        Ok(v2::page(&all, next.as_deref()))
    })
    .await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tables_become_examples_of_the_named_columns() {
        let table = "q,hint,a\r\n\"1, 2\",x,3\r\nlonely\r\n";
        let keys = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>();
        let examples = examples_of_table(table, &keys(&["q"]), &keys(&["a"])).unwrap();
        assert_eq!(examples[0].inputs, r#"{"q":"1, 2"}"#);
        assert_eq!(examples[0].outputs.as_deref(), Some(r#"{"a":"3"}"#));
        assert_eq!(examples[1].outputs.as_deref(), Some(r#"{"a":""}"#));
        assert!(examples_of_table(table, &keys(&["z"]), &[]).is_err());
        assert!(examples_of_table(table, &[], &[]).is_err());
    }

    #[test]
    fn messages_of_langchain_become_those_of_openai() {
        let inputs = r#"{"input":[{"type":"system","data":{"content":"s"}},{"role":"user","content":"u"}]}"#;
        assert_eq!(
            openai_messages(Some(inputs), &["messages", "input"], "user").unwrap(),
            [json!({ "role": "system", "content": "s" }), json!({ "role": "user", "content": "u" })]
        );
        let outputs = r#"{"output":{"type":"ai","data":{"content":"a","additional_kwargs":{"function_call":{"name":"f"}}}}}"#;
        assert_eq!(
            openai_messages(Some(outputs), &["messages", "output"], "assistant").unwrap(),
            [json!({ "role": "assistant", "content": "a", "function_call": { "name": "f" } })]
        );
        let text = openai_messages(Some(r#"{"question":"why"}"#), &["messages"], "user").unwrap();
        assert_eq!(text, [json!({ "role": "user", "content": "why" })]);
        assert_eq!(openai_messages(Some(r#"{"a":"x","b":"y"}"#), &["messages"], "user"), None);
    }
}
