//! Feedback, the meaning of its keys, and tokens (`langsmith-api.md` §10).

use std::sync::Arc;

use axum::{
    Json, Router,
    extract::State,
    http::{HeaderMap, StatusCode},
    routing::{get, post},
};
use engine::{
    Engine, Feedback, FeedbackConfig, FeedbackId, FeedbackQuery, FeedbackStats, FeedbackToken, UnixNanos,
};
use serde_json::{Map, Value, json};
use uuid::Uuid;

use super::{
    TENANT,
    error::{Answer, Failure, Path},
    json::{Sent, base_url, blocking, given, iso, parsed, raw, shaped, text, time},
    query::Query,
};

/// How long a token lasts when nobody says (upstream: a day).
const TOKEN_NANOS: i64 = 24 * 3600 * 1_000_000_000;

pub(super) fn router() -> Router<Arc<Engine>> {
    Router::new()
        .route("/feedback", get(list).post(create))
        .route("/feedback/eager", post(create))
        .route("/feedback/{id}", get(read).patch(change).delete(remove))
        .route("/feedback/tokens", get(tokens).post(create_tokens))
        .route("/feedback/tokens/{id}", get(use_token_by_query).post(use_token))
        .route(
            "/feedback-configs",
            get(configs).post(create_config).patch(change_config).delete(remove_config),
        )
}

/// Feedback as it goes out (§10.1).
pub(crate) fn wire(feedback: &Feedback) -> Value {
    engine::write_feedback(feedback)
}

/// Statistics by key (§6.3).
pub(crate) fn stats(all: &FeedbackStats) -> Value {
    all.iter()
        .map(|(key, one)| {
            let value = json!({
                "n": one.count,
                "avg": one.mean,
                "min": one.min,
                "max": one.max,
                "stdev": one.deviation,
                "errors": one.errors,
                "values": one.values,
                "comments": one.comments,
                "sources": [],
                "contains_thread_feedback": one.about_thread,
            });
            (key.clone(), value)
        })
        .collect::<Map<String, Value>>()
        .into()
}

/// Keeps what the key means, unless that was said before.
fn introduce(engine: &Engine, key: &str, config: Option<&Value>) -> Answer<()> {
    if let Some(config) = config.filter(|config| config.is_object())
        && engine.feedback_config(key)?.is_none()
    {
        engine.set_feedback_config(FeedbackConfig {
            key: key.to_owned(),
            config: config.to_string(),
            lower_is_better: false,
            enforced: false,
            modified: engine::now(),
        })?;
    }
    Ok(())
}

/// A feedback on a run that is not there is taken all the same: refusing it makes clients try for a minute (§10.2).
async fn create(State(engine): State<Arc<Engine>>, body: Sent) -> Answer<Json<Value>> {
    let body = body.object()?;
    let config = given(&body, "feedback_config").or_else(|| given(&body, "feedbackConfig")).cloned();
    let sent = Value::Object(body).to_string();
    engine::check_feedback(sent.as_bytes()).map_err(Failure::invalid)?;
    let feedback = engine::read_feedback(sent.as_bytes(), None).map_err(Failure::invalid)?;
    blocking(&engine, move |engine| {
        introduce(engine, &feedback.key, config.as_ref())?;
        let id = feedback.id;
        engine.take_feedback(vec![feedback])?;
        Ok(Json(wire(&engine.feedback(id)?)))
    })
    .await
}

fn feedback_id(text: &str) -> Answer<FeedbackId> {
    text.parse().map_err(|_| Failure::invalid(format!("The feedback id is not a UUID: {text}")))
}

async fn read(State(engine): State<Arc<Engine>>, Path(id): Path<String>) -> Answer<Json<Value>> {
    let id = feedback_id(&id)?;
    blocking(&engine, move |engine| Ok(Json(wire(&engine.feedback(id)?)))).await
}

/// A key that is there replaces, null erases.
async fn change(
    State(engine): State<Arc<Engine>>,
    Path(id): Path<String>,
    body: Sent,
) -> Answer<Json<Value>> {
    let id = feedback_id(&id)?;
    let body = body.object()?;
    let score = body.get("score").map(Value::to_string);
    engine::check_feedback_score(score.as_deref().unwrap_or("null").as_bytes()).map_err(Failure::invalid)?;
    blocking(&engine, move |engine| {
        let mut feedback = engine.feedback(id)?;
        let json_text = |value: &Value| Some(value.to_string()).filter(|_| !value.is_null());
        for (key, value) in &body {
            match key.as_str() {
                "score" => feedback.score = engine::feedback_score(value.to_string().as_bytes()),
                "value" => feedback.value = json_text(value),
                "comment" => feedback.comment = value.as_str().map(str::to_owned),
                "correction" => feedback.correction = json_text(value),
                "extra" => feedback.extra = json_text(value),
                _ => {}
            }
        }
        introduce(engine, &feedback.key, body.get("feedback_config"))?;
        feedback.modified = None;
        engine.take_feedback(vec![feedback])?;
        Ok(Json(wire(&engine.feedback(id)?)))
    })
    .await
}

async fn remove(State(engine): State<Arc<Engine>>, Path(id): Path<String>) -> Answer<Json<Value>> {
    let id = feedback_id(&id)?;
    blocking(&engine, move |engine| Ok(engine.delete_feedback(id)?)).await?;
    Ok(Json(json!({ "message": "deleted" })))
}

/// The feedback that a query asks for (§10.2).
pub(super) fn wanted(query: &Query) -> Answer<FeedbackQuery> {
    let (limit, offset) = query.page()?;
    let moment = |key: &str| -> Answer<Option<UnixNanos>> {
        query
            .text(key)
            .map(|text| UnixNanos::parse(text).map_err(|error| Failure::invalid(format!("{key} is {error}"))))
            .transpose()
    };
    Ok(FeedbackQuery {
        runs: query.parsed("run")?,
        traces: Vec::new(),
        keys: query.all("key"),
        projects: query.parsed("session")?,
        sources: query.names("source"),
        thread: query.text("feedback_thread_id").map(str::to_owned),
        comparative_experiment: query.parsed("comparative_experiment_id")?.pop(),
        has_comment: query.flag("has_comment"),
        has_score: query.flag("has_score"),
        about_project: query.text("level").map(|level| level.ends_with("session")),
        created_min: moment("min_created_at")?,
        created_max: moment("max_created_at")?,
        offset,
        limit,
        ..FeedbackQuery::default()
    })
}

async fn list(State(engine): State<Arc<Engine>>, query: Query) -> Answer<Json<Value>> {
    let wanted = wanted(&query)?;
    blocking(&engine, move |engine| {
        Ok(Json(engine.list_feedback(&wanted)?.iter().map(wire).collect::<Vec<_>>().into()))
    })
    .await
}

// ---- tokens ----

fn wire_token(token: &FeedbackToken, base: &str) -> Value {
    json!({
        "id": token.id,
        "url": format!("{base}/api/v1/feedback/tokens/{}", token.id),
        "expires_at": iso(Some(token.expires)),
        "feedback_key": token.key,
    })
}

fn new_token(body: &Map<String, Value>) -> Answer<FeedbackToken> {
    let created = engine::now();
    let expires = match (time(body, "expires_at")?, given(body, "expires_in")) {
        (Some(time), _) => time,
        (None, Some(span)) => {
            let part = |key: &str, seconds: i64| span[key].as_i64().unwrap_or(0).saturating_mul(seconds);
            let seconds =
                part("days", 86_400).saturating_add(part("hours", 3600)).saturating_add(part("minutes", 60));
            UnixNanos(created.0.saturating_add(seconds.saturating_mul(1_000_000_000)))
        }
        (None, None) => UnixNanos(created.0.saturating_add(TOKEN_NANOS)),
    };
    Ok(FeedbackToken {
        id: parsed(body, "id")?.unwrap_or_else(Uuid::new_v4),
        run_id: parsed(body, "run_id")?.ok_or_else(|| Failure::invalid("A token needs a run_id"))?,
        key: text(body, "feedback_key").ok_or_else(|| Failure::invalid("A token needs a feedback_key"))?,
        config: given(body, "feedback_config").map(Value::to_string),
        expires,
        created,
    })
}

async fn create_tokens(
    State(engine): State<Arc<Engine>>,
    headers: HeaderMap,
    body: Sent,
) -> Answer<Json<Value>> {
    let base = base_url(&headers);
    let (wanted, is_list) = match body.0 {
        Value::Array(wanted) => (wanted, true),
        one => (vec![one], false),
    };
    let tokens = wanted
        .iter()
        .map(|one| new_token(one.as_object().ok_or_else(|| Failure::invalid("A token is a JSON object"))?))
        .collect::<Answer<Vec<_>>>()?;
    blocking(&engine, move |engine| {
        for token in &tokens {
            engine.add_feedback_token(token.clone())?;
        }
        let mut answer: Vec<Value> = tokens.iter().map(|token| wire_token(token, &base)).collect();
        Ok(Json(if is_list { answer.into() } else { answer.remove(0) }))
    })
    .await
}

async fn tokens(State(engine): State<Arc<Engine>>, headers: HeaderMap, query: Query) -> Answer<Json<Value>> {
    let base = base_url(&headers);
    let run_id = query.parsed("run_id")?.pop().ok_or_else(|| Failure::invalid("run_id is missing"))?;
    let (limit, offset) = query.page()?;
    blocking(&engine, move |engine| {
        let tokens = engine.feedback_tokens(run_id)?;
        let page = tokens.iter().skip(offset as usize).take(limit as usize);
        Ok(Json(page.map(|token| wire_token(token, &base)).collect::<Vec<_>>().into()))
    })
    .await
}

async fn use_token_by_query(
    State(engine): State<Arc<Engine>>,
    Path(id): Path<String>,
    query: Query,
) -> Answer<Json<Value>> {
    let mut body = Map::new();
    for key in ["score", "value", "comment", "correction"] {
        if let Some(text) = query.text(key) {
            // A query knows only texts; what reads as a number or flag is one.
            let value = serde_json::from_str(text).ok().filter(|value: &Value| !value.is_string());
            let value = value.filter(|_| key != "comment");
            body.insert(key.to_owned(), value.unwrap_or_else(|| text.into()));
        }
    }
    answer_token(engine, id, body).await
}

async fn use_token(
    State(engine): State<Arc<Engine>>,
    Path(id): Path<String>,
    body: Sent,
) -> Answer<Json<Value>> {
    answer_token(engine, id, body.object()?).await
}

async fn answer_token(engine: Arc<Engine>, id: String, said: Map<String, Value>) -> Answer<Json<Value>> {
    let id = Uuid::try_parse(&id).map_err(|_| Failure::not_found("There is no such token"))?;
    blocking(&engine, move |engine| {
        let token = engine.feedback_token(id)?;
        if token.expires < engine::now() {
            return Err(Failure::new(StatusCode::FORBIDDEN, "The token has expired"));
        }
        let mut record = said;
        let metadata = record.remove("metadata");
        record.insert("id".to_owned(), Uuid::new_v4().to_string().into());
        record.insert("run_id".to_owned(), token.run_id.to_string().into());
        record.insert("key".to_owned(), token.key.clone().into());
        record.insert("feedback_source".to_owned(), json!({ "type": "api", "metadata": metadata }));
        introduce(engine, &token.key, Some(&raw(token.config.as_deref())))?;
        let feedback = engine::read_feedback(Value::Object(record).to_string().as_bytes(), None)
            .map_err(Failure::invalid)?;
        let id = feedback.id;
        engine.take_feedback(vec![feedback])?;
        Ok(Json(wire(&engine.feedback(id)?)))
    })
    .await
}

// ---- the meaning of keys ----

fn wire_config(config: &FeedbackConfig) -> Value {
    let mut shape = raw(Some(&config.config));
    if let Value::Object(shape) = &mut shape {
        for key in ["min", "max", "categories"] {
            shape.entry(key).or_insert(Value::Null);
        }
    }
    json!({
        "feedback_key": config.key,
        "feedback_config": shape,
        "tenant_id": TENANT,
        "modified_at": iso(Some(config.modified)),
        "is_lower_score_better": config.lower_is_better,
        "is_enforced": config.enforced,
    })
}

async fn configs(State(engine): State<Arc<Engine>>, query: Query) -> Answer<Json<Value>> {
    let (limit, offset) = query.page()?;
    let keys = query.all("key");
    let part = query.text("name_contains").map(str::to_owned);
    blocking(&engine, move |engine| {
        let configs = engine.feedback_configs(&keys, part.as_deref())?;
        let page = configs.iter().skip(offset as usize).take(limit as usize);
        Ok(Json(page.map(wire_config).collect::<Vec<_>>().into()))
    })
    .await
}

fn config_key(body: &Map<String, Value>) -> Answer<String> {
    text(body, "feedback_key").ok_or_else(|| Failure::invalid("feedback_key is missing"))
}

/// The same meaning again is fine; another one is refused with 400 (§17, 26).
async fn create_config(State(engine): State<Arc<Engine>>, body: Sent) -> Answer<Json<Value>> {
    let body = body.object()?;
    let key = config_key(&body)?;
    let config = given(&body, "feedback_config")
        .filter(|config| config.is_object())
        .ok_or_else(|| Failure::invalid("feedback_config is missing"))?
        .clone();
    let new = FeedbackConfig {
        key,
        config: config.to_string(),
        lower_is_better: shaped(&body, "is_lower_score_better")?.unwrap_or(false),
        enforced: shaped(&body, "is_enforced")?.unwrap_or(false),
        modified: engine::now(),
    };
    blocking(&engine, move |engine| {
        if let Some(known) = engine.feedback_config(&new.key)? {
            let same = wire_config(&known)["feedback_config"] == wire_config(&new)["feedback_config"]
                && known.lower_is_better == new.lower_is_better;
            if !same {
                let detail = format!("The feedback key {} has another configuration already", new.key);
                return Err(Failure::bad_request(detail));
            }
            return Ok(Json(wire_config(&known)));
        }
        engine.set_feedback_config(new.clone())?;
        Ok(Json(wire_config(&new)))
    })
    .await
}

async fn change_config(State(engine): State<Arc<Engine>>, body: Sent) -> Answer<Json<Value>> {
    let body = body.object()?;
    let key = config_key(&body)?;
    blocking(&engine, move |engine| {
        let mut config = engine
            .feedback_config(&key)?
            .ok_or_else(|| Failure::not_found(format!("The feedback key {key} has no configuration")))?;
        if let Some(shape) = given(&body, "feedback_config") {
            config.config = shape.to_string();
        }
        if let Some(lower) = shaped(&body, "is_lower_score_better")? {
            config.lower_is_better = lower;
        }
        config.modified = engine::now();
        engine.set_feedback_config(config.clone())?;
        Ok(Json(wire_config(&config)))
    })
    .await
}

async fn remove_config(State(engine): State<Arc<Engine>>, query: Query) -> Answer<StatusCode> {
    let key =
        query.text("feedback_key").ok_or_else(|| Failure::invalid("feedback_key is missing"))?.to_owned();
    blocking(&engine, move |engine| Ok(engine.delete_feedback_config(&key)?)).await?;
    Ok(StatusCode::NO_CONTENT)
}
