//! Reading runs (`langsmith-api.md` §6).

use std::sync::Arc;

use axum::{
    Json, Router,
    extract::State,
    http::{HeaderMap, StatusCode},
    response::Response,
    routing::{get, post},
};
use engine::{
    Cost, CostByClass, CostClass, DescribedRun, Engine, Filter, FoundRun, RunCursor, RunId, RunQuery,
    RunSearch, RunStatus, RunType, TraceId, UnixNanos, feedback_stats,
};
use serde_json::{Map, Value, json};
use uuid::Uuid;

use super::{
    TENANT, attachments,
    error::{Answer, Failure, Path},
    json::{Sent, base_url, blocking, given, iso, respond, shaped, text, time},
};

/// Runs of a window when nobody says.
const WINDOW: u32 = 100;
/// Members that are left out when they are not selected, since they are large.
const LARGE: [&str; 6] = ["inputs", "outputs", "extra", "events", "serialized", "error"];

pub(super) fn router() -> Router<Arc<Engine>> {
    Router::new()
        .route("/runs/query", post(query))
        .route("/runs/stats", post(stats))
        .route("/runs/group", post(group))
        .route("/runs/{run_id}", get(read))
}

/// Which members of a run are wanted.
#[derive(Debug, Clone, Default)]
pub(super) struct Select(Option<Vec<String>>);

impl Select {
    pub(super) fn new(names: Option<Vec<String>>) -> Self {
        Self(names.filter(|names| !names.is_empty()))
    }

    fn wants(&self, name: &str) -> bool {
        self.0.as_ref().is_none_or(|names| names.iter().any(|known| known == name))
    }

    /// Whether the run has to be opened.
    fn needs_payload(&self) -> bool {
        let in_payload = ["tags", "metadata", "s3_urls", "dotted_order", "reference_example_id"];
        LARGE.iter().chain(&in_payload).any(|name| self.wants(name))
    }
}

/// A run as it goes out (§6.3): JSON text, so that payloads pass through as they were sent.
pub(super) fn wire(run: &DescribedRun, select: &Select, base: &str) -> String {
    let members = members(run, base);
    let chosen = members
        .iter()
        .filter(|(key, _)| !LARGE.contains(&key.as_str()) || select.wants(key))
        .map(|(key, value)| (key.as_str(), value.as_str()));
    engine::text_object(chosen)
}

/// All members of a run with their JSON.
pub(super) fn members(run: &DescribedRun, base: &str) -> Vec<(String, String)> {
    let row = &run.row;
    let mut members: Vec<(String, String)> = match &run.opened {
        Some(opened) => engine::langsmith_members(opened, run),
        None => Vec::new(),
    };
    let mut put = |key: &str, value: Value| {
        let value = value.to_string();
        match members.iter_mut().find(|(known, _)| known == key) {
            Some((_, known)) => *known = value,
            None => members.push((key.to_owned(), value)),
        }
    };
    let usage = &run.subtree_usage;
    let start = iso(row.start);
    let parents: Vec<Uuid> = run.ancestors.iter().map(|id| id.0).collect();
    let details = |classes: &[(&str, Option<u64>)]| -> Value {
        let known: Map<String, Value> =
            classes.iter().filter_map(|(key, count)| Some(((*key).to_owned(), (*count)?.into()))).collect();
        if known.is_empty() { Value::Null } else { known.into() }
    };
    put("id", json!(row.run_id.0));
    put("trace_id", json!(run.trace_id.0));
    put("parent_run_id", json!(row.parent_run_id.map(|id| id.0)));
    put("parent_run_ids", json!(parents));
    put("child_run_ids", json!(run.descendants.iter().map(|id| id.0).collect::<Vec<_>>()));
    put("direct_child_run_ids", json!(run.children.iter().map(|id| id.0).collect::<Vec<_>>()));
    put("session_id", json!(run.project_id));
    put("reference_dataset_id", json!(run.reference_dataset));
    put("status", json!(row.status.as_str()));
    put("start_time", start.clone());
    put("end_time", iso(row.end));
    put("first_token_time", iso(row.first_token));
    put("prompt_tokens", json!(usage.input.unwrap_or(0)));
    put("completion_tokens", json!(usage.output.unwrap_or(0)));
    put("total_tokens", json!(usage.total().unwrap_or(0)));
    put(
        "prompt_token_details",
        details(&[("cache_read", usage.cache_read), ("cache_creation", usage.cache_creation)]),
    );
    put("completion_token_details", details(&[("reasoning", usage.reasoning)]));
    put("total_cost", json!(run.subtree_cost.map(|cost| cost.to_string())));
    put("prompt_cost", side_cost(run.subtree_cost, &run.subtree_costs, CostClass::is_input));
    put("completion_cost", side_cost(run.subtree_cost, &run.subtree_costs, CostClass::is_output));
    put("prompt_cost_details", cost_details(&run.subtree_costs, CostClass::is_input));
    put("completion_cost_details", cost_details(&run.subtree_costs, CostClass::is_output));
    for absent in ["manifest_id", "last_queued_at", "ttl_seconds"] {
        put(absent, Value::Null);
    }
    put("share_token", json!(run.share_token));
    put("thread_id", json!(run.thread));
    put("feedback_stats", super::feedback::stats(&feedback_stats(&run.feedback)));
    put("in_dataset", json!(run.in_dataset));
    put("trace_tier", json!("longlived"));
    put("app_path", json!(app_path(run)));
    if run.opened.is_none() {
        // What the row knows of members that otherwise come with the payload.
        put("name", json!(row.name.as_deref().unwrap_or_default()));
        put("run_type", json!(row.run_type.as_str()));
        put("dotted_order", json!(run.dotted_order));
        put("inputs", json!({}));
        put("error", json!(row.error));
    }
    let files = run.opened.as_ref().map(|opened| opened.attachments.as_slice()).unwrap_or_default();
    let urls: Map<String, Value> = files
        .iter()
        .map(|file| {
            let url = attachments::url(base, run.trace_id, row.run_id, &file.name);
            let value = json!({ "presigned_url": url, "s3_url": url, "mime_type": file.mime_type });
            (format!("attachment.{}", file.name), value)
        })
        .collect();
    put("s3_urls", if urls.is_empty() { Value::Null } else { urls.into() });
    for key in
        ["reference_example_id", "reference_dataset_id", "serialized", "outputs", "extra", "events", "tags"]
    {
        if !members.iter().any(|(known, _)| known == key) {
            members.push((key.to_owned(), "null".to_owned()));
        }
    }
    members
}

/// Where the run is found in the app (§1.4).
pub(super) fn app_path(run: &DescribedRun) -> String {
    let start = run.row.start.map(UnixNanos::to_iso_micros).unwrap_or_default();
    format!(
        "/o/{TENANT}/projects/p/{}/r/{}?trace_id={}&start_time={start}",
        run.project_id, run.row.run_id, run.trace_id
    )
}

pub(super) fn parse_ids<T: std::str::FromStr>(value: Option<&Value>, key: &str) -> Answer<Vec<T>> {
    let one = |value: &Value| -> Answer<T> {
        let text = value.as_str().unwrap_or_default();
        text.trim().parse().map_err(|_| Failure::invalid(format!("{key} must hold UUIDs, not {value}")))
    };
    match value {
        None => Ok(Vec::new()),
        Some(Value::Array(all)) => all.iter().map(one).collect(),
        Some(single) => Ok(vec![one(single)?]),
    }
}

pub(super) fn filter(body: &Map<String, Value>, key: &str) -> Answer<Option<Filter>> {
    match text(body, key).filter(|text| !text.trim().is_empty()) {
        None => Ok(None),
        Some(text) => Filter::parse(&text)
            .map(Some)
            .map_err(|error| Failure::bad_request(format!("{key} cannot be read: {error}"))),
    }
}

/// The place in the order that a cursor names: opaque to clients, and stable while runs arrive (§2.3).
pub(super) fn write_cursor(cursor: &RunCursor) -> String {
    format!("{}.{}.{}", cursor.start, cursor.trace_id.0.simple(), cursor.run_id.0.simple())
}

pub(super) fn read_cursor(text: &str) -> Answer<RunCursor> {
    let mut parts = text.split('.');
    let read = (|| {
        Some(RunCursor {
            start: parts.next()?.parse().ok()?,
            trace_id: TraceId(Uuid::try_parse(parts.next()?).ok()?),
            run_id: RunId(Uuid::try_parse(parts.next()?).ok()?),
        })
    })();
    read.ok_or_else(|| Failure::bad_request("The cursor is none of this server's"))
}

/// The search of a query body (§6.1).
pub(super) fn search(body: &Map<String, Value>) -> Answer<RunSearch> {
    let mut projects: Vec<Uuid> = parse_ids(given(body, "session"), "session")?;
    projects.extend(parse_ids::<Uuid>(given(body, "session_id"), "session_id")?);
    let failed = shaped::<bool>(body, "error")?;
    let run_types = match text(body, "run_type") {
        None => Vec::new(),
        Some(name) => match RunType::parse(&name) {
            Some(run_type) => vec![run_type],
            None => return Err(Failure::invalid(format!("There is no run type {name}"))),
        },
    };
    let is_root = match (shaped(body, "is_root")?, given(body, "execution_order")) {
        (Some(is_root), _) => Some(is_root),
        (None, Some(order)) if order == 1 => Some(true),
        _ => None,
    };
    let limit = shaped::<u32>(body, "limit")?.unwrap_or(WINDOW);
    let mut run_filter = filter(body, "filter")?;
    // A question in words is answered by the words in it.
    for key in ["query", "search_filter"] {
        if let Some(words) = text(body, key).filter(|words| !words.trim().is_empty()) {
            let words = Filter::Search(words);
            run_filter = Some(run_filter.map_or(words.clone(), |filter| filter.and(words)));
        }
    }
    Ok(RunSearch {
        query: RunQuery {
            projects,
            ids: parse_ids(given(body, "id"), "id")?,
            trace: parse_ids(given(body, "trace"), "trace")?.pop(),
            parent: parse_ids(given(body, "parent_run"), "parent_run")?.pop(),
            examples: parse_ids(given(body, "reference_example"), "reference_example")?,
            run_types,
            statuses: match failed {
                None => Vec::new(),
                Some(true) => vec![RunStatus::Error, RunStatus::Interrupted],
                Some(false) => vec![RunStatus::Success, RunStatus::Pending],
            },
            is_root,
            start_min: time(body, "start_time")?,
            start_max: time(body, "end_time")?,
            ascending: ascending(body)?,
            after: text(body, "cursor").as_deref().map(read_cursor).transpose()?,
            limit: limit.clamp(1, 1000),
            ..RunQuery::default()
        },
        filter: run_filter,
        trace_filter: filter(body, "trace_filter")?,
        tree_filter: filter(body, "tree_filter")?,
        subtree_sums: true,
    })
}

/// Whether the oldest come first; the newest do unless something else is said.
fn ascending(body: &Map<String, Value>) -> Answer<bool> {
    match text(body, "order").as_deref() {
        None => Ok(false),
        Some(order) if order.eq_ignore_ascii_case("asc") => Ok(true),
        Some(order) if order.eq_ignore_ascii_case("desc") => Ok(false),
        Some(order) => Err(Failure::invalid(format!("order is asc or desc, not {order:.80}"))),
    }
}

async fn query(State(engine): State<Arc<Engine>>, headers: HeaderMap, body: Sent) -> Answer<Response> {
    let body = body.object()?;
    let search = search(&body)?;
    let select = Select::new(shaped(&body, "select")?);
    let base = base_url(&headers);
    blocking(&engine, move |engine| page(engine, &search, &select, &base)).await
}

/// A page of what a search finds (§6.1).
pub(super) fn page(engine: &Engine, search: &RunSearch, select: &Select, base: &str) -> Answer<Response> {
    let found = engine.search_runs(search)?;
    let described = engine.describe_runs(&found.runs, select.needs_payload())?;
    let runs: Vec<String> = described.iter().map(|run| wire(run, select, base)).collect();
    let next = found.next.as_ref().map(write_cursor);
    let rest = json!({ "next": next, "prev": null });
    Ok(respond(
        StatusCode::OK,
        format!(
            "{{\"runs\":[{}],\"cursors\":{rest},\"search_cursors\":null,\"parsed_query\":null}}",
            runs.join(",")
        ),
    ))
}

pub(super) fn run_id(text: &str) -> Answer<RunId> {
    text.parse().map_err(|_| Failure::invalid(format!("The run id is not a UUID: {text}")))
}

/// Runs of one id, in traces that contradict each other, of which the fullest is looked for.
const MOST_NAMESAKES: u32 = 8;

/// The run of this id, described. Where it was sent with several traces, it is the one that says most of itself: an
/// update that names another trace than its creation is a run without a name.
pub(super) fn find(engine: &Engine, id: RunId) -> Answer<DescribedRun> {
    let search = RunSearch {
        query: RunQuery { ids: vec![id], limit: MOST_NAMESAKES, ..RunQuery::default() },
        ..RunSearch::default()
    };
    let found: Vec<FoundRun> = engine.search_runs(&search)?.runs;
    let fullness = |run: &DescribedRun| {
        let row = &run.row;
        (row.name.is_some(), row.start.is_some(), row.records)
    };
    let runs = engine.describe_runs(&found, true)?;
    runs.into_iter().max_by_key(fullness).ok_or_else(|| Failure::not_found("Run not found"))
}

async fn read(
    State(engine): State<Arc<Engine>>,
    headers: HeaderMap,
    Path(id): Path<String>,
) -> Answer<Response> {
    let id = run_id(&id)?;
    let base = base_url(&headers);
    blocking(&engine, move |engine| {
        Ok(respond(StatusCode::OK, wire(&find(engine, id)?, &Select::default(), &base)))
    })
    .await
}

/// Cost of one side as a decimal text; null where no cost is known.
pub(super) fn side_cost(whole: Option<Cost>, costs: &CostByClass, side: fn(CostClass) -> bool) -> Value {
    json!(whole.map(|_| costs.sum(side).to_string()))
}

/// Cost of the classes of one side that are told apart; null where none is.
fn cost_details(costs: &CostByClass, side: fn(CostClass) -> bool) -> Value {
    let name = |class: CostClass| match class {
        CostClass::CacheWrite5m => "cache_creation",
        CostClass::CacheWrite1h => "ephemeral_1h_input_tokens",
        CostClass::AudioInput | CostClass::AudioOutput => "audio",
        CostClass::ImageInput | CostClass::ImageOutput => "image",
        other => other.name(),
    };
    let details: Map<String, Value> = costs
        .iter()
        .filter(|(class, cost)| {
            side(*class) && cost.pico_usd != 0 && !matches!(class, CostClass::Input | CostClass::Output)
        })
        .map(|(class, cost)| (name(class).to_owned(), json!(cost.to_string())))
        .collect();
    if details.is_empty() { Value::Null } else { Value::Object(details) }
}

/// Statistics of everything that a search finds (§6.4).
async fn stats(State(engine): State<Arc<Engine>>, body: Sent) -> Answer<Json<Value>> {
    let body = body.object()?;
    if given(&body, "group_by").is_some() {
        return Err(Failure::new(
            StatusCode::NOT_IMPLEMENTED,
            "Statistics by group are not kept; ask for one group at a time with `filter`",
        ));
    }
    let search = search(&body)?;
    blocking(&engine, move |engine| {
        let stats = engine.run_stats(&search)?;
        let usage = &stats.usage;
        Ok(Json(json!({
            "run_count": stats.runs,
            "latency_p50": stats.latency_p50,
            "latency_p99": stats.latency_p99,
            "first_token_p50": stats.first_token_p50,
            "first_token_p99": stats.first_token_p99,
            "total_tokens": usage.total().unwrap_or(0),
            "prompt_tokens": usage.input.unwrap_or(0),
            "completion_tokens": usage.output.unwrap_or(0),
            "median_tokens": stats.median_tokens,
            "last_run_start_time": iso(stats.last_start),
            "feedback_stats": super::feedback::stats(&stats.feedback),
            "run_facets": [],
            "error_rate": stats.error_rate,
            "streaming_rate": stats.streaming_rate,
            "total_cost": stats.cost.map(|cost| cost.to_string()),
            "prompt_cost": side_cost(stats.cost, &stats.costs, CostClass::is_input),
            "completion_cost": side_cost(stats.cost, &stats.costs, CostClass::is_output),
        })))
    })
    .await
}

/// Threads of a project as groups of runs (§6.4).
async fn group(State(engine): State<Arc<Engine>>, body: Sent) -> Answer<Json<Value>> {
    let body = body.object()?;
    let projects: Vec<Uuid> = parse_ids(given(&body, "session_id"), "session_id")?;
    let limit = shaped::<u32>(&body, "limit")?.unwrap_or(10).min(1000);
    let offset = shaped::<u32>(&body, "offset")?.unwrap_or(0);
    blocking(&engine, move |engine| {
        let name = projects.first().map(|id| engine.project(*id)).transpose()?.map(|project| project.name);
        let page = engine.threads(name.as_deref(), offset, limit)?;
        let groups: Vec<Value> = page
            .rows
            .iter()
            .map(|thread| {
                json!({
                    "group_key": thread.thread,
                    "count": thread.turns,
                    "min_start_time": iso(thread.first_start),
                    "max_start_time": iso(thread.last_activity),
                    "first_inputs": thread.first_input,
                    "last_outputs": thread.last_output,
                    "last_error": null,
                    "total_tokens": thread.usage.total().unwrap_or(0),
                    "total_cost": thread.cost.map(|cost| cost.to_string()),
                    "latency_p50": null,
                    "latency_p99": null,
                    "feedback_stats": {},
                    "filter": format!("eq(thread_id, {})", Value::from(thread.thread.as_str())),
                })
            })
            .collect();
        Ok(Json(json!({ "groups": groups, "total": page.total })))
    })
    .await
}
