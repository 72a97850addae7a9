//! The second generation of reads (`langsmith-api.md` §13): selected fields only, upper-case enums, cursors.

use std::{collections::HashSet, sync::Arc};

use axum::{
    Json, Router,
    extract::State,
    http::{HeaderMap, StatusCode},
    response::Response,
    routing::{get, post},
};
use engine::{Engine, FoundRuns, ProjectQuery, RunQuery, RunSearch, RunStatus, RunType, ThreadRow, TraceId};
use serde_json::{Map, Value, json};
use uuid::Uuid;

use super::{
    error::{Answer, Failure, Path},
    json::{Sent, base_url, blocking, given, iso, respond, shaped, text, time},
    links,
    query::Query,
    runs::{self, app_path, filter, members, parse_ids, read_cursor, run_id, write_cursor},
};

/// Rows of a page when nobody says, and at most.
const PAGE: u32 = 100;
const MOST: u32 = 1000;

/// Below `/api/v2`.
pub(super) fn router() -> Router<Arc<Engine>> {
    Router::new()
        .route("/runs/query", post(query_runs))
        .route("/runs/{run_id}", get(read_run))
        .route("/runs/{run_id}/url", get(run_url))
        .route("/traces/query", post(query_traces))
        .route("/traces/{trace_id}/runs", get(trace_runs))
        .route("/threads/query", post(query_threads))
        .route("/threads/stats", post(all_threads_stats))
        .route("/threads/{thread_id}/traces", get(thread_traces))
        .route("/threads/{thread_id}/stats", get(thread_stats))
}

/// Lower-case names of the wanted members; only the id when nobody says.
pub(super) fn selects(names: Option<Vec<String>>) -> Vec<String> {
    match names.filter(|names| !names.is_empty()) {
        Some(names) => names.iter().map(|name| name.to_ascii_lowercase()).collect(),
        None => vec!["id".to_owned()],
    }
}

/// One run with the selected members, in the shapes of this generation.
pub(super) fn wire(run: &engine::DescribedRun, selected: &[String], base: &str) -> String {
    let all = members(run, base);
    let find = |key: &str| all.iter().find(|(known, _)| known == key).map(|(_, value)| value.clone());
    let row = &run.row;
    let values = selected.iter().filter_map(|name| {
        let value = match name.as_str() {
            "project_id" => find("session_id")?,
            "run_type" => find("run_type")?.to_ascii_uppercase(),
            "status" => find("status")?.to_ascii_uppercase(),
            "latency_seconds" => match row.start.zip(row.end) {
                Some((start, end)) => Value::from(seconds(end.since(start))).to_string(),
                None => "null".to_owned(),
            },
            "is_root" => Value::from(row.parent_run_id.is_none()).to_string(),
            "metadata" => {
                run.opened.as_ref().map_or_else(|| "{}".to_owned(), |opened| opened.detail.metadata.clone())
            }
            "error_preview" => json!(row.error).to_string(),
            "inputs_preview" | "outputs_preview" => {
                let detail = run.opened.as_ref().map(|opened| &opened.detail.fields);
                let text = detail.and_then(|fields| {
                    if name == "inputs_preview" {
                        fields.input_preview.clone()
                    } else {
                        fields.output_preview.clone()
                    }
                });
                json!(text).to_string()
            }
            "prompt_token_details"
            | "completion_token_details"
            | "prompt_cost_details"
            | "completion_cost_details" => format!("{{\"raw\":{}}}", find(name)?),
            "prompt_cost" | "completion_cost" => find(name)?
                .trim_matches('"')
                .parse::<f64>()
                .map_or_else(|_| "null".to_owned(), |cost| Value::from(cost).to_string()),
            "total_cost" => match run.subtree_cost.and_then(|cost| cost.to_string().parse::<f64>().ok()) {
                Some(cost) => Value::from(cost).to_string(),
                None => "null".to_owned(),
            },
            "attachments" => {
                let urls: Value = serde_json::from_str(&find("s3_urls")?).unwrap_or_default();
                let urls: Map<String, Value> = urls
                    .as_object()
                    .into_iter()
                    .flatten()
                    .map(|(key, file)| {
                        let name = key.strip_prefix("attachment.").unwrap_or(key).to_owned();
                        (name, file["presigned_url"].clone())
                    })
                    .collect();
                Value::from(urls).to_string()
            }
            "is_in_dataset" => run.in_dataset.to_string(),
            "share_url" => json!(run.share_token.map(|token| format!("{base}/public/{token}/r"))).to_string(),
            "manifest" => find("serialized")?,
            other => find(other)?,
        };
        Some((name.clone(), value))
    });
    let values: Vec<(String, String)> = values.collect();
    engine::text_object(values.iter().map(|(key, value)| (key.as_str(), value.as_str())))
}

#[expect(clippy::cast_precision_loss, reason = "counts and times are far below 2^53 where they are meant")]
fn seconds(nanos: i64) -> f64 {
    nanos as f64 / 1e9
}

fn page_size(body: &Map<String, Value>) -> Answer<u32> {
    Ok(shaped::<u32>(body, "page_size")?.unwrap_or(PAGE).clamp(1, MOST))
}

/// The search of a query body. There is no default window of time: nothing of one's own is hidden (§9).
fn search(body: &Map<String, Value>) -> Answer<RunSearch> {
    let mut projects: Vec<Uuid> = parse_ids(given(body, "project_ids"), "project_ids")?;
    projects.extend(parse_ids::<Uuid>(given(body, "project_id"), "project_id")?);
    // To leave such a condition out would answer another question.
    if let Some(unknown) = ["ai_search", "sem_filter"].into_iter().find(|key| given(body, key).is_some()) {
        let detail =
            format!("{unknown} asks a model of the hosted service; use filter, or search(\"words\") in it");
        return Err(Failure::new(StatusCode::NOT_IMPLEMENTED, detail));
    }
    let run_types = match text(body, "run_type") {
        None => Vec::new(),
        Some(name) => {
            vec![
                RunType::parse(&name)
                    .ok_or_else(|| Failure::invalid(format!("There is no run type {name}")))?,
            ]
        }
    };
    Ok(RunSearch {
        query: RunQuery {
            projects,
            ids: parse_ids(given(body, "ids"), "ids")?,
            trace: parse_ids(given(body, "trace_id"), "trace_id")?.pop(),
            examples: parse_ids(given(body, "reference_examples"), "reference_examples")?,
            run_types,
            statuses: match shaped::<bool>(body, "has_error")? {
                None => Vec::new(),
                Some(true) => vec![RunStatus::Error, RunStatus::Interrupted],
                Some(false) => vec![RunStatus::Success, RunStatus::Pending],
            },
            is_root: shaped(body, "is_root")?,
            start_min: time(body, "min_start_time")?,
            start_max: time(body, "max_start_time")?,
            after: text(body, "cursor").as_deref().map(read_cursor).transpose()?,
            limit: page_size(body)?,
            ..RunQuery::default()
        },
        filter: filter(body, "filter")?,
        trace_filter: filter(body, "trace_filter")?,
        tree_filter: filter(body, "tree_filter")?,
        subtree_sums: true,
    })
}

pub(super) fn page(items: &[String], next: Option<&str>) -> Response {
    let next = json!(next);
    respond(StatusCode::OK, format!("{{\"items\":[{}],\"next_cursor\":{next}}}", items.join(",")))
}

async fn query_runs(State(engine): State<Arc<Engine>>, headers: HeaderMap, body: Sent) -> Answer<Response> {
    let body = body.object()?;
    let mut search = search(&body)?;
    let selected = selects(shaped(&body, "selects")?);
    let dataset = parse_ids(given(&body, "reference_dataset_id"), "reference_dataset_id")?.pop();
    let base = base_url(&headers);
    blocking(&engine, move |engine| {
        if let Some(dataset) = dataset {
            // The experiments on the dataset, those of them that are named if any are.
            let wanted = ProjectQuery {
                ids: search.query.projects,
                reference_datasets: vec![dataset],
                ..ProjectQuery::default()
            };
            search.query.projects = engine.find_projects(&wanted)?.iter().map(|project| project.id).collect();
            if search.query.projects.is_empty() {
                return Ok(page(&[], None));
            }
        }
        let FoundRuns { runs, next } = engine.search_runs(&search)?;
        let described = engine.describe_runs(&runs, true)?;
        let items: Vec<String> = described.iter().map(|run| wire(run, &selected, &base)).collect();
        Ok(page(&items, next.as_ref().map(write_cursor).as_deref()))
    })
    .await
}

async fn read_run(
    State(engine): State<Arc<Engine>>,
    headers: HeaderMap,
    Path(id): Path<String>,
    query: Query,
) -> Answer<Response> {
    let id = run_id(&id)?;
    let base = base_url(&headers);
    let selected = selects(Some(query.all("selects")));
    let project = query.parsed::<Uuid>("project_id")?.pop();
    blocking(&engine, move |engine| {
        let run = runs::find(engine, id)?;
        if project.is_some_and(|project| project != run.project_id) {
            return Err(Failure::not_found("Run not found in this project"));
        }
        Ok(respond(StatusCode::OK, wire(&run, &selected, &base)))
    })
    .await
}

async fn run_url(
    State(engine): State<Arc<Engine>>,
    headers: HeaderMap,
    Path(id): Path<String>,
) -> Answer<Json<Value>> {
    let id = run_id(&id)?;
    let base = base_url(&headers);
    blocking(&engine, move |engine| {
        let run = runs::find(engine, id)?;
        let url = links::page_of(engine, &run).unwrap_or_else(|| format!("{base}{}", app_path(&run)));
        Ok(Json(json!({ "url": url })))
    })
    .await
}

async fn query_traces(State(engine): State<Arc<Engine>>, headers: HeaderMap, body: Sent) -> Answer<Response> {
    let body = body.object()?;
    let mut search = search(&body)?;
    search.query.is_root = Some(true);
    search.query.ids = parse_ids(given(&body, "trace_ids"), "trace_ids")?;
    let selected = selects(shaped(&body, "selects")?);
    let base = base_url(&headers);
    blocking(&engine, move |engine| {
        let FoundRuns { runs, next } = engine.search_runs(&search)?;
        let described = engine.describe_runs(&runs, true)?;
        let items: Vec<String> = described
            .iter()
            .map(|run| {
                let sums = json!({
                    "total_tokens": run.subtree_usage.total().unwrap_or(0),
                    "total_cost": run.subtree_cost.and_then(|cost| cost.to_string().parse::<f64>().ok()),
                    "first_token_time": iso(run.row.first_token),
                });
                format!("{{\"root_run\":{},\"trace_aggregates\":{sums}}}", wire(run, &selected, &base))
            })
            .collect();
        Ok(page(&items, next.as_ref().map(write_cursor).as_deref()))
    })
    .await
}

/// The runs of a trace in tree order.
async fn trace_runs(
    State(engine): State<Arc<Engine>>,
    headers: HeaderMap,
    Path(trace_id): Path<String>,
    query: Query,
) -> Answer<Response> {
    let trace: TraceId =
        trace_id.parse().map_err(|_| Failure::invalid(format!("The trace id is not a UUID: {trace_id}")))?;
    let base = base_url(&headers);
    let selected = selects(Some(query.all("selects")));
    let mut body = Map::new();
    if let Some(text) = query.text("filter") {
        body.insert("filter".to_owned(), text.into());
    }
    let filter = filter(&body, "filter")?;
    blocking(&engine, move |engine| {
        let search = RunSearch {
            query: RunQuery { trace: Some(trace), limit: u32::MAX - 1, ..RunQuery::default() },
            filter,
            subtree_sums: true,
            ..RunSearch::default()
        };
        let mut described = engine.describe_runs(&engine.search_runs(&search)?.runs, true)?;
        described.sort_by(|left, right| left.dotted_order.cmp(&right.dotted_order));
        let items: Vec<String> = described.iter().map(|run| wire(run, &selected, &base)).collect();
        Ok(respond(StatusCode::OK, format!("{{\"items\":[{}]}}", items.join(","))))
    })
    .await
}

// ---- threads ----

fn project_name(engine: &Engine, id: Option<Uuid>) -> Answer<Option<String>> {
    Ok(id.map(|id| engine.project(id)).transpose()?.map(|project| project.name))
}

/// Roots of a thread, the first turn first.
fn turns(engine: &Engine, project: Option<Uuid>, thread: &str) -> Answer<Vec<engine::DescribedRun>> {
    let search = RunSearch {
        query: RunQuery {
            projects: project.into_iter().collect(),
            thread: Some(thread.to_owned()),
            is_root: Some(true),
            ascending: true,
            limit: u32::MAX - 1,
            ..RunQuery::default()
        },
        ..RunSearch::default()
    };
    Ok(engine.describe_runs(&engine.search_runs(&search)?.runs, true)?)
}

fn wire_thread(engine: &Engine, project: Option<Uuid>, row: &ThreadRow) -> Answer<Value> {
    let turns = turns(engine, project, &row.thread)?;
    let trace_of = |turn: Option<&engine::DescribedRun>| turn.map(|turn| turn.trace_id.0);
    let latencies: Vec<i64> = turns
        .iter()
        .filter_map(|turn| turn.row.start.zip(turn.row.end).map(|(start, end)| end.since(start)))
        .collect();
    let text_of = |turn: Option<&engine::DescribedRun>, outputs: bool| {
        let detail = turn.and_then(|turn| turn.opened.as_ref()).map(|opened| &opened.detail);
        detail.and_then(|detail| if outputs { detail.outputs.clone() } else { detail.inputs.clone() })
    };
    Ok(json!({
        "thread_id": row.thread,
        "count": row.turns,
        "num_errored_turns": row.failed_turns,
        "trace_id": trace_of(turns.first()),
        "first_trace_id": trace_of(turns.first()),
        "last_trace_id": trace_of(turns.last()),
        "min_start_time": iso(turns.first().and_then(|turn| turn.row.start)),
        "max_start_time": iso(turns.last().and_then(|turn| turn.row.start)),
        "start_time": iso(turns.last().and_then(|turn| turn.row.start)),
        "first_inputs": text_of(turns.first(), false),
        "last_outputs": text_of(turns.last(), true),
        "last_error": turns.last().and_then(|turn| turn.row.error.clone()),
        "latency_p50": engine::percentile(latencies.clone(), 500),
        "latency_p99": engine::percentile(latencies, 990),
        "total_tokens": row.usage.total().unwrap_or(0),
        "total_cost": row.cost.and_then(|cost| cost.to_string().parse::<f64>().ok()),
        "total_token_details": null,
        "total_cost_details": null,
        "feedback_stats": {},
    }))
}

/// The threads, by project and key, in which at least one turn is found.
fn threads_found(engine: &Engine, search: &RunSearch) -> Answer<HashSet<(String, String)>> {
    let mut search = search.clone();
    search.query.is_root = Some(true);
    search.query.limit = MOST;
    let mut found = HashSet::new();
    loop {
        let FoundRuns { runs, next } = engine.search_runs(&search)?;
        for run in runs {
            let trace = engine.trace(run.trace_id)?;
            found.extend(trace.thread.map(|thread| (trace.project, thread)));
        }
        search.query.after = next;
        if next.is_none() {
            return Ok(found);
        }
    }
}

/// What restricts the turns of a thread: one of them has to fit. `thread_filter` may be met by another turn than the rest.
fn turn_searches(body: &Map<String, Value>) -> Answer<Vec<RunSearch>> {
    let mut search = search(body)?;
    search.query.ids = Vec::new();
    let mut searches = Vec::new();
    if let Some(filter) = filter(body, "thread_filter")? {
        let query = RunQuery { projects: search.query.projects.clone(), ..RunQuery::default() };
        searches.push(RunSearch { query, filter: Some(filter), subtree_sums: true, ..RunSearch::default() });
    }
    let in_time = search.query.start_min.is_some() || search.query.start_max.is_some();
    if search.filter.is_some() || search.trace_filter.is_some() || search.tree_filter.is_some() || in_time {
        searches.push(search);
    }
    Ok(searches)
}

async fn query_threads(State(engine): State<Arc<Engine>>, body: Sent) -> Answer<Json<Value>> {
    let mut body = body.object()?;
    let project: Option<Uuid> = parse_ids(given(&body, "project_id"), "project_id")?.pop();
    let limit = page_size(&body)?;
    let cursor = text(&body, "cursor");
    body.remove("cursor");
    let searches = turn_searches(&body)?;
    let offset = match cursor {
        None => 0,
        Some(cursor) => {
            cursor.parse::<u32>().map_err(|_| Failure::bad_request("The cursor is none of this server's"))?
        }
    };
    blocking(&engine, move |engine| {
        let name = project_name(engine, project)?;
        let (rows, total) = if searches.is_empty() {
            let page = engine.threads(name.as_deref(), offset, limit)?;
            (page.rows, page.total)
        } else {
            let found =
                searches.iter().map(|search| threads_found(engine, search)).collect::<Answer<Vec<_>>>()?;
            let mut rows = engine.threads(name.as_deref(), 0, u32::MAX)?.rows;
            rows.retain(|row| {
                let key = (row.project.clone(), row.thread.clone());
                found.iter().all(|found| found.contains(&key))
            });
            let total = u64::try_from(rows.len()).unwrap_or(u64::MAX);
            (rows.into_iter().skip(offset as usize).take(limit as usize).collect(), total)
        };
        let items = rows.iter().map(|row| wire_thread(engine, project, row)).collect::<Answer<Vec<_>>>()?;
        let end = offset.saturating_add(limit);
        let next = (u64::from(end) < total).then(|| end.to_string());
        Ok(Json(json!({ "items": items, "next_cursor": next })))
    })
    .await
}

async fn thread_traces(
    State(engine): State<Arc<Engine>>,
    headers: HeaderMap,
    Path(thread): Path<String>,
    query: Query,
) -> Answer<Response> {
    let project = query.parsed("project_id")?.pop();
    let base = base_url(&headers);
    let mut selected = selects(Some(query.all("selects")));
    let numbered = selected.iter().any(|name| name == "turn_number");
    selected.retain(|name| name != "turn_number");
    if !selected.iter().any(|name| name == "trace_id") {
        selected.insert(0, "trace_id".to_owned());
    }
    blocking(&engine, move |engine| {
        let items: Vec<String> = turns(engine, project, &thread)?
            .iter()
            .zip(1..)
            .map(|(turn, number)| {
                let run = wire(turn, &selected, &base);
                match run.strip_suffix('}') {
                    Some(open) if numbered => format!("{open},\"turn_number\":{number}}}"),
                    _ => run,
                }
            })
            .collect();
        Ok(page(&items, None))
    })
    .await
}

async fn thread_stats(
    State(engine): State<Arc<Engine>>,
    Path(thread): Path<String>,
    query: Query,
) -> Answer<Json<Value>> {
    let project = query.parsed("session_id")?.pop().or(query.parsed("project_id")?.pop());
    let selected = query.all("selects");
    blocking(&engine, move |engine| {
        let turns = turns(engine, project, &thread)?;
        if turns.is_empty() {
            return Err(Failure::not_found("There is no such thread"));
        }
        let sum =
            |class: fn(&engine::DescribedRun) -> Option<u64>| turns.iter().filter_map(class).sum::<u64>();
        let latencies: Vec<i64> = turns
            .iter()
            .filter_map(|turn| turn.row.start.zip(turn.row.end).map(|(start, end)| end.since(start)))
            .collect();
        let cost: f64 = turns
            .iter()
            .filter_map(|turn| turn.subtree_cost.and_then(|cost| cost.to_string().parse::<f64>().ok()))
            .sum();
        let all = json!({
            "turns": turns.len(),
            "first_start_time": iso(turns.first().and_then(|turn| turn.row.start)),
            "last_start_time": iso(turns.last().and_then(|turn| turn.row.start)),
            "last_end_time": iso(turns.iter().filter_map(|turn| turn.row.end).max()),
            "latency_p50": engine::percentile(latencies.clone(), 500),
            "latency_p99": engine::percentile(latencies, 990),
            "prompt_tokens": sum(|turn| turn.subtree_usage.input),
            "completion_tokens": sum(|turn| turn.subtree_usage.output),
            "total_tokens": sum(|turn| turn.subtree_usage.total()),
            "total_cost": cost,
            "feedback_stats": super::feedback::stats(&engine::feedback_stats(
                turns.iter().flat_map(|turn| &turn.feedback)
            )),
        });
        let mut chosen = Map::new();
        for name in &selected {
            let name = name.to_ascii_lowercase();
            if let Some(value) = all.get(&name) {
                chosen.insert(name, value.clone());
            }
        }
        Ok(Json(if chosen.is_empty() { all } else { chosen.into() }))
    })
    .await
}

async fn all_threads_stats(State(engine): State<Arc<Engine>>, body: Sent) -> Answer<Json<Value>> {
    let body = body.object()?;
    let mut search = search(&body)?;
    search.query.is_root = Some(true);
    let project: Option<Uuid> = parse_ids(given(&body, "project_id"), "project_id")?.pop();
    blocking(&engine, move |engine| {
        let name = project_name(engine, project)?;
        let threads = engine.threads(name.as_deref(), 0, 1)?.total;
        let stats = engine.run_stats(&search)?;
        Ok(Json(json!({
            "thread_count": threads,
            "trace_count": stats.runs,
            "total_tokens": stats.usage.total().unwrap_or(0),
            "prompt_tokens": stats.usage.input.unwrap_or(0),
            "completion_tokens": stats.usage.output.unwrap_or(0),
            "total_cost": stats.cost.and_then(|cost| cost.to_string().parse::<f64>().ok()),
            "median_tokens": stats.median_tokens,
            "error_rate": stats.error_rate,
            "streaming_rate": stats.streaming_rate,
            "thread_feedback_stats": {},
        })))
    })
    .await
}
