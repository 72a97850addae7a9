//! Examples of datasets (`langsmith-api.md` §12.2): read, and written one by one, in bulk, or as multipart bodies.

use std::sync::Arc;

use axum::{
    Json, Router,
    extract::{Request, State},
    http::{HeaderMap, StatusCode},
    response::{IntoResponse as _, Response},
    routing::{delete, get, post},
};
use engine::{
    AsOf, AttachmentChange, Engine, Example, ExampleBody, ExampleChange, ExampleFile, ExampleQuery, Filter,
    NewExample, NewExampleAttachment, Patch, SortExamples, UnixNanos, Written,
};
use serde_json::{Map, Value, json};
use uuid::Uuid;

use super::{
    attachments,
    error::{Answer, Failure, Path},
    json::{Sent, base_url, blocking, boundary, given, iso, parsed, respond, shaped, time},
    query::Query,
};
use crate::body;

pub(super) fn router() -> Router<Arc<Engine>> {
    let mut router = Router::new()
        .route("/examples", get(list).post(create).delete(remove_all))
        .route("/examples/count", get(count))
        .route("/examples/bulk", post(create_bulk).patch(change_bulk))
        .route("/examples/validate", post(validate))
        .route("/examples/validate/bulk", post(validate))
        .route("/examples/{id}", get(read).patch(change).delete(remove));
    // Below `/api/v1` these are the other two prefixes of platform routes (§1.1).
    for prefix in ["/v1/platform", "/platform"] {
        router = router
            .route(
                &format!("{prefix}/datasets/{{dataset_id}}/examples"),
                post(create_multipart).patch(change_multipart),
            )
            .route(&format!("{prefix}/datasets/{{dataset_id}}/examples/{{id}}"), delete(remove_of_dataset))
            .route(&format!("{prefix}/datasets/examples/delete"), post(remove_named))
            .route(&format!("{prefix}/examples/multipart"), post(upsert_multipart));
    }
    router
}

// ---- reading ----

/// Which members of an example are wanted.
#[derive(Debug, Clone, Default)]
struct Select {
    /// Only these and the id.
    only: Option<Vec<String>>,
    /// The addresses of its files.
    attachments: bool,
}

impl Select {
    fn all() -> Self {
        Self { only: None, attachments: true }
    }

    fn of(query: &Query) -> Self {
        let names = query.names("select");
        let attachments = names.iter().any(|name| name == "attachment_urls");
        let is_exclusive = query.flag("exclude_default_fields").unwrap_or(false);
        Self { only: Some(names).filter(|_| is_exclusive), attachments }
    }
}

/// The members of an example as it goes out, with their JSON. Payloads pass through as they were sent.
pub(super) fn members(example: &Example, base: &str, with_attachments: bool) -> Vec<(String, String)> {
    let urls: Map<String, Value> = example
        .attachments
        .iter()
        .filter(|_| with_attachments)
        .map(|file| {
            let url = attachments::example_url(base, example.id, example.modified, &file.name);
            let value = json!({ "presigned_url": url, "s3_url": url, "mime_type": file.mime_type });
            (format!("attachment.{}", file.name), value)
        })
        .collect();
    let short: String = example.id.simple().to_string().chars().take(4).collect();
    let urls = if urls.is_empty() { Value::Null } else { urls.into() };
    [
        ("id", json!(example.id).to_string()),
        ("dataset_id", json!(example.dataset).to_string()),
        ("name", json!(format!("#{short}")).to_string()),
        ("created_at", iso(Some(example.created)).to_string()),
        ("modified_at", iso(Some(example.modified)).to_string()),
        ("source_run_id", json!(example.source_run.map(|id| id.0)).to_string()),
        ("inputs", example.inputs.clone()),
        ("outputs", example.outputs.clone().unwrap_or_else(|| "null".to_owned())),
        ("metadata", example.metadata.clone()),
        ("attachment_urls", urls.to_string()),
    ]
    .map(|(key, value)| (key.to_owned(), value))
    .into()
}

fn wire(example: &Example, select: &Select, base: &str) -> String {
    let members = members(example, base, select.attachments);
    let wanted = |key: &str| {
        key == "id" || select.only.as_ref().is_none_or(|only| only.iter().any(|name| name == key))
    };
    let chosen = members.iter().filter(|(key, _)| wanted(key));
    engine::text_object(chosen.map(|(key, value)| (key.as_str(), value.as_str())))
}

/// Examples as a JSON array.
pub(super) fn wire_all(examples: &[Example], base: &str) -> String {
    let all: Vec<String> = examples.iter().map(|example| wire(example, &Select::all(), base)).collect();
    format!("[{}]", all.join(","))
}

/// A moment: a time, or the tag of a version.
pub(super) fn moment(text: &str) -> AsOf {
    UnixNanos::parse(text).map_or_else(|_| AsOf::Tag(text.to_owned()), AsOf::Time)
}

fn search(query: &Query) -> Answer<(ExampleQuery, Option<Filter>)> {
    let (limit, offset) = query.page()?;
    let filter = query
        .text("filter")
        .map(|text| {
            Filter::parse(text)
                .map_err(|error| Failure::bad_request(format!("filter cannot be read: {error}")))
        })
        .transpose()?;
    let sort = match query.names("order").pop().as_deref() {
        Some("random") => SortExamples::Random,
        Some("recently_created") => SortExamples::Created,
        Some("id") => SortExamples::Id,
        _ => SortExamples::Modified,
    };
    let wanted = ExampleQuery {
        dataset: query.parsed("dataset")?.pop(),
        ids: query.parsed("id")?,
        as_of: query.text("as_of").map(moment),
        splits: query.all("splits"),
        metadata: query.text("metadata").map(str::to_owned),
        texts: query.all("full_text_contains"),
        sort,
        offset,
        limit,
    };
    Ok((wanted, filter))
}

async fn list(State(engine): State<Arc<Engine>>, headers: HeaderMap, query: Query) -> Answer<Response> {
    let (wanted, filter) = search(&query)?;
    let select = Select::of(&query);
    let base = base_url(&headers);
    blocking(&engine, move |engine| {
        let examples = engine.examples(&wanted, filter.as_ref())?;
        let all: Vec<String> = examples.iter().map(|example| wire(example, &select, &base)).collect();
        Ok(respond(StatusCode::OK, format!("[{}]", all.join(","))))
    })
    .await
}

async fn count(State(engine): State<Arc<Engine>>, query: Query) -> Answer<Json<Value>> {
    let (wanted, filter) = search(&query)?;
    blocking(&engine, move |engine| Ok(Json(engine.count_examples(&wanted, filter.as_ref())?.into()))).await
}

fn example_id(text: &str) -> Answer<Uuid> {
    Uuid::try_parse(text.trim())
        .map_err(|_| Failure::invalid(format!("The example id is not a UUID: {text}")))
}

fn dataset_id(text: &str) -> Answer<Uuid> {
    Uuid::try_parse(text.trim())
        .map_err(|_| Failure::invalid(format!("The dataset id is not a UUID: {text}")))
}

async fn read(
    State(engine): State<Arc<Engine>>,
    headers: HeaderMap,
    Path(id): Path<String>,
    query: Query,
) -> Answer<Response> {
    let id = example_id(&id)?;
    let as_of = query.text("as_of").map(moment);
    let base = base_url(&headers);
    blocking(&engine, move |engine| {
        let example = engine.example(id, as_of.as_ref())?;
        Ok(respond(StatusCode::OK, wire(&example, &Select::all(), &base)))
    })
    .await
}

// ---- what bodies say ----

/// An example as a body describes it, whatever the body's form.
#[derive(Debug, Default)]
struct Draft {
    id: Option<Uuid>,
    /// Everything but inputs, outputs and files.
    about: Map<String, Value>,
    inputs: Option<String>,
    outputs: Option<String>,
    /// The outputs are there, and null.
    erases_outputs: bool,
    operations: Option<Map<String, Value>>,
    files: Vec<NewExampleAttachment>,
}

impl Draft {
    fn of_json(mut about: Map<String, Value>) -> Answer<Self> {
        let erases_outputs = about.get("outputs").is_some_and(Value::is_null);
        let mut object = |key: &str| about.remove(key).filter(|value| !value.is_null());
        let (inputs, outputs) = (object("inputs"), object("outputs"));
        let operations = object("attachments_operations");
        Ok(Self {
            id: parsed(&about, "id")?,
            inputs: inputs.map(|value| value.to_string()),
            outputs: outputs.map(|value| value.to_string()),
            erases_outputs,
            operations: operations.map(|value| object_of(value, "attachments_operations")).transpose()?,
            about,
            files: Vec::new(),
        })
    }

    fn of_body(body: ExampleBody) -> Answer<Self> {
        let object = |text: Option<String>, what: &str| -> Answer<Option<Map<String, Value>>> {
            let Some(text) = text else { return Ok(None) };
            let value = serde_json::from_str(&text)
                .map_err(|error| Failure::invalid(format!("The part {}{what}: {error}", body.id)))?;
            Ok(Some(object_of(value, what)?))
        };
        let nothing = |text: &String| text.trim() != "null";
        Ok(Self {
            id: Some(example_id(&body.id)?),
            about: object(body.about, "")?.unwrap_or_default(),
            operations: object(body.attachments_operations, ".attachments_operations")?,
            inputs: body.inputs.filter(nothing),
            erases_outputs: body.outputs.as_ref().is_some_and(|text| !nothing(text)),
            outputs: body.outputs.filter(nothing),
            files: body.attachments.into_iter().map(file).collect(),
        })
    }

    /// Without inputs and outputs that are empty: SDKs write `{}` for what they were not given (langsmith-py 0.3), which
    /// must not take away what is there.
    fn of_what_was_given(mut self) -> Self {
        let is_empty = |text: &String| {
            text.trim().strip_prefix('{').and_then(|rest| rest.trim().strip_prefix('}')) == Some("")
        };
        self.inputs = self.inputs.filter(|text| !is_empty(text));
        self.outputs = self.outputs.filter(|text| !is_empty(text));
        self
    }

    /// Inputs and outputs are objects, as the protocol's models have them.
    fn require_objects(&self) -> Answer<()> {
        for (what, text) in [("inputs", &self.inputs), ("outputs", &self.outputs)] {
            if text.as_ref().is_some_and(|text| !text.trim_start().starts_with('{')) {
                return Err(Failure::invalid(format!("The {what} of an example must be a JSON object")));
            }
        }
        Ok(())
    }

    fn metadata(&self) -> Answer<Option<String>> {
        match given(&self.about, "metadata") {
            None => Ok(None),
            Some(metadata @ Value::Object(_)) => Ok(Some(metadata.to_string())),
            Some(_) => Err(Failure::invalid("The metadata of an example must be a JSON object")),
        }
    }

    fn splits(&self) -> Answer<Option<Vec<String>>> {
        match given(&self.about, "split") {
            None => Ok(None),
            Some(Value::String(name)) => Ok(Some(vec![name.clone()])),
            Some(_) => shaped(&self.about, "split"),
        }
    }

    /// The example to be made, with what it takes over of its run.
    fn into_new(self, engine: &Engine) -> Answer<NewExample> {
        self.require_objects()?;
        let (metadata, splits) = (self.metadata()?, self.splits()?);
        let source_run = parsed(&self.about, "source_run_id")?;
        let takes_all = shaped::<bool>(&self.about, "use_source_run_io")?.unwrap_or(false);
        let wanted: Vec<String> = shaped(&self.about, "use_source_run_attachments")?.unwrap_or_default();
        let source = match source_run {
            Some(run) if takes_all => Some(engine.source_run(run, None)?),
            Some(run) if !wanted.is_empty() => Some(engine.source_run(run, Some(&wanted))?),
            None if takes_all => {
                return Err(Failure::invalid("use_source_run_io needs a source_run_id"));
            }
            _ => None,
        };
        let (mut inputs, mut outputs, mut attachments) = (self.inputs, self.outputs, Vec::new());
        if let Some(source) = source {
            attachments = source.attachments;
            if takes_all {
                inputs = inputs.or(source.inputs);
                outputs = outputs.or(source.outputs);
            }
        }
        attachments.retain(|of_run| self.files.iter().all(|own| own.name != of_run.name));
        attachments.extend(self.files);
        Ok(NewExample {
            id: self.id,
            inputs: inputs.ok_or_else(|| Failure::invalid("An example needs inputs"))?,
            outputs,
            metadata,
            splits,
            source_run,
            created: time(&self.about, "created_at")?,
            attachments,
        })
    }

    /// The change of an example. Outputs and metadata that are null are erased; whatever else is null stays.
    fn into_change(self) -> Answer<ExampleChange> {
        self.require_objects()?;
        let id = self.id.ok_or_else(|| Failure::invalid("A change of an example needs its id"))?;
        let attachments = if self.operations.is_none() && self.files.is_empty() {
            AttachmentChange::Keep
        } else {
            let operations = self.operations.clone().unwrap_or_default();
            let rename: Map<String, Value> = shaped(&operations, "rename")?.unwrap_or_default();
            let rename = rename
                .into_iter()
                .map(|(old, new)| match new {
                    Value::String(new) => Ok((old, new)),
                    _ => Err(Failure::invalid(format!("The new name of {old} must be a text"))),
                })
                .collect::<Answer<Vec<_>>>()?;
            let retain: Vec<String> = shaped(&operations, "retain")?.unwrap_or_default();
            AttachmentChange::Replace { retain, rename, add: self.files.clone() }
        };
        Ok(ExampleChange {
            metadata: match self.metadata()? {
                Some(metadata) => Patch::Set(metadata),
                None if self.about.contains_key("metadata") => Patch::Erase,
                None => Patch::Keep,
            },
            splits: self.splits()?,
            source_run: parsed(&self.about, "source_run_id")?,
            inputs: self.inputs,
            outputs: match self.outputs {
                Some(outputs) => Patch::Set(outputs),
                None if self.erases_outputs => Patch::Erase,
                None => Patch::Keep,
            },
            attachments,
            ..ExampleChange::of(id)
        })
    }
}

fn object_of(value: Value, what: &str) -> Answer<Map<String, Value>> {
    match value {
        Value::Object(object) => Ok(object),
        Value::Null => Ok(Map::new()),
        _ => Err(Failure::invalid(format!("{what} must be a JSON object"))),
    }
}

fn file(file: ExampleFile) -> NewExampleAttachment {
    let ExampleFile { name, mime_type, bytes } = file;
    let mime_type = if mime_type.is_empty() { "application/octet-stream".to_owned() } else { mime_type };
    NewExampleAttachment { name, mime_type, bytes }
}

fn drafts(body: Sent) -> Answer<Vec<Draft>> {
    match body.0 {
        Value::Array(all) => {
            all.into_iter().map(|one| Draft::of_json(object_of(one, "An example")?)).collect()
        }
        one => Ok(vec![Draft::of_json(object_of(one, "An example")?)?]),
    }
}

/// The dataset that a draft names.
fn dataset_of(draft: &Draft) -> Answer<Uuid> {
    parsed(&draft.about, "dataset_id")?.ok_or_else(|| Failure::invalid("An example needs a dataset_id"))
}

// ---- writing as JSON ----

async fn create(State(engine): State<Arc<Engine>>, headers: HeaderMap, body: Sent) -> Answer<Response> {
    let draft = Draft::of_json(body.object()?)?;
    let base = base_url(&headers);
    blocking(&engine, move |engine| {
        let dataset = dataset_of(&draft)?;
        let written = engine.create_examples(dataset, vec![draft.into_new(engine)?])?;
        let example = engine.example(written.ids[0], None)?;
        Ok(respond(StatusCode::OK, wire(&example, &Select::all(), &base)))
    })
    .await
}

/// Of one dataset, all are written at once.
async fn create_bulk(State(engine): State<Arc<Engine>>, headers: HeaderMap, body: Sent) -> Answer<Response> {
    let drafts = drafts(body)?;
    let base = base_url(&headers);
    blocking(&engine, move |engine| {
        let mut by_dataset: Vec<(Uuid, Vec<NewExample>)> = Vec::new();
        for draft in drafts {
            let dataset = dataset_of(&draft)?;
            let new = draft.into_new(engine)?;
            match by_dataset.iter_mut().find(|(known, _)| *known == dataset) {
                Some((_, all)) => all.push(new),
                None => by_dataset.push((dataset, vec![new])),
            }
        }
        let mut examples = Vec::new();
        for (dataset, new) in by_dataset {
            for id in engine.create_examples(dataset, new)?.ids {
                examples.push(engine.example(id, None)?);
            }
        }
        Ok(respond(StatusCode::OK, wire_all(&examples, &base)))
    })
    .await
}

async fn change(
    State(engine): State<Arc<Engine>>,
    headers: HeaderMap,
    Path(id): Path<String>,
    body: Sent,
) -> Answer<Response> {
    let draft = Draft { id: Some(example_id(&id)?), ..Draft::of_json(body.object()?)? };
    let base = base_url(&headers);
    blocking(&engine, move |engine| {
        let dataset = parsed(&draft.about, "dataset_id")?;
        let written = engine.change_examples(dataset, vec![draft.into_change()?])?;
        let example = engine.example(written.ids[0], None)?;
        Ok(respond(StatusCode::OK, wire(&example, &Select::all(), &base)))
    })
    .await
}

async fn change_bulk(State(engine): State<Arc<Engine>>, body: Sent) -> Answer<Json<Value>> {
    let drafts = drafts(body)?;
    blocking(&engine, move |engine| {
        let changes = drafts.into_iter().map(Draft::into_change).collect::<Answer<Vec<_>>>()?;
        let written = engine.change_examples(None, changes)?;
        let count = written.ids.len();
        Ok(Json(json!({
            "message": format!("{count} examples updated"),
            "count": count,
            "example_ids": written.ids,
        })))
    })
    .await
}

/// Whether examples would be taken; they are echoed when they would.
async fn validate(State(engine): State<Arc<Engine>>, body: Sent) -> Answer<Json<Value>> {
    let echo = body.0.clone();
    let drafts = drafts(body)?;
    blocking(&engine, move |engine| {
        for draft in drafts {
            let dataset = match (parsed(&draft.about, "dataset_id")?, draft.id) {
                (Some(dataset), _) => dataset,
                (None, Some(id)) => engine.example(id, None)?.dataset,
                (None, None) => return Err(Failure::invalid("An example needs a dataset_id")),
            };
            draft.require_objects()?;
            engine.check_example(dataset, draft.inputs.as_deref(), draft.outputs.as_deref())?;
        }
        Ok(Json(echo))
    })
    .await
}

async fn delete_examples(engine: &Arc<Engine>, ids: Vec<Uuid>) -> Answer<Json<Value>> {
    blocking(engine, move |engine| {
        let written = engine.delete_examples(ids)?;
        Ok(Json(
            json!({ "message": "deleted", "count": written.ids.len(), "as_of": iso(Some(written.as_of)) }),
        ))
    })
    .await
}

async fn remove(State(engine): State<Arc<Engine>>, Path(id): Path<String>) -> Answer<Json<Value>> {
    delete_examples(&engine, vec![example_id(&id)?]).await
}

async fn remove_of_dataset(
    State(engine): State<Arc<Engine>>,
    Path((dataset, id)): Path<(String, String)>,
) -> Answer<StatusCode> {
    let (dataset, id) = (dataset_id(&dataset)?, example_id(&id)?);
    blocking(&engine, move |engine| {
        if engine.example(id, None)?.dataset != dataset {
            return Err(Failure::not_found("The dataset has no such example"));
        }
        engine.delete_examples(vec![id])?;
        Ok(StatusCode::NO_CONTENT)
    })
    .await
}

async fn remove_all(State(engine): State<Arc<Engine>>, query: Query) -> Answer<Json<Value>> {
    delete_examples(&engine, query.parsed("example_ids")?).await
}

/// What is deleted is still in older versions, so that experiments on them can be read; `hard_delete` takes it out of
/// those too.
async fn remove_named(State(engine): State<Arc<Engine>>, body: Sent) -> Answer<Json<Value>> {
    let body = body.object()?;
    let ids: Vec<Uuid> =
        shaped(&body, "example_ids")?.ok_or_else(|| Failure::invalid("example_ids is missing"))?;
    if !shaped(&body, "hard_delete")?.unwrap_or(false) {
        return delete_examples(&engine, ids).await;
    }
    blocking(&engine, move |engine| {
        let count = ids.len();
        engine.erase_examples(ids)?;
        Ok(Json(json!({ "message": "deleted", "count": count })))
    })
    .await
}

// ---- writing as multipart ----

async fn multipart(request: Request) -> Answer<Vec<Draft>> {
    let (parts, body) = request.into_parts();
    let boundary = boundary(&parts.headers)?;
    let bodies =
        body::stream(&parts.headers, body, move |reader| engine::read_examples(&boundary, reader)).await??;
    bodies.into_iter().map(Draft::of_body).collect()
}

fn written(status: StatusCode, written: &Written) -> Response {
    let body = json!({
        "count": written.ids.len(),
        "example_ids": written.ids,
        "as_of": iso(Some(written.as_of)),
    });
    (status, Json(body)).into_response()
}

async fn create_multipart(
    State(engine): State<Arc<Engine>>,
    Path(dataset): Path<String>,
    request: Request,
) -> Answer<Response> {
    let dataset = dataset_id(&dataset)?;
    let drafts = multipart(request).await?;
    blocking(&engine, move |engine| {
        let new =
            drafts.into_iter().map(|draft| draft.into_new(engine)).collect::<Answer<Vec<NewExample>>>()?;
        Ok(written(StatusCode::CREATED, &engine.create_examples(dataset, new)?))
    })
    .await
}

async fn change_multipart(
    State(engine): State<Arc<Engine>>,
    Path(dataset): Path<String>,
    request: Request,
) -> Answer<Response> {
    let dataset = dataset_id(&dataset)?;
    let drafts = multipart(request).await?;
    blocking(&engine, move |engine| {
        let changes = drafts
            .into_iter()
            .map(|draft| draft.of_what_was_given().into_change())
            .collect::<Answer<Vec<_>>>()?;
        Ok(written(StatusCode::OK, &engine.change_examples(Some(dataset), changes)?))
    })
    .await
}

/// The old form: the main part names the dataset, and what is there already is changed.
async fn upsert_multipart(State(engine): State<Arc<Engine>>, request: Request) -> Answer<Response> {
    let drafts = multipart(request).await?;
    blocking(&engine, move |engine| {
        let mut ids = Vec::new();
        for draft in drafts {
            let dataset = dataset_of(&draft)?;
            let known = match draft.id {
                Some(id) => match engine.example(id, None) {
                    Ok(_) => true,
                    Err(engine::Error::Store(engine::StoreError::NotFound { .. })) => false,
                    Err(error) => return Err(error.into()),
                },
                None => false,
            };
            let one = if known {
                engine.change_examples(Some(dataset), vec![draft.of_what_was_given().into_change()?])?
            } else {
                engine.create_examples(dataset, vec![draft.into_new(engine)?])?
            };
            ids.extend(one.ids);
        }
        let body = json!({ "count": ids.len(), "example_ids": ids });
        Ok((StatusCode::CREATED, Json(body)).into_response())
    })
    .await
}
