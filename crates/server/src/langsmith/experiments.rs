//! Experiments (`langsmith-api.md` §12.1, §12.3): the runs of projects that answer the examples of a dataset.

use std::sync::Arc;

use axum::{
    Router,
    extract::State,
    http::{HeaderMap, StatusCode},
    response::Response,
    routing::post,
};
use engine::{Engine, ExperimentExample};
use uuid::Uuid;

use super::{
    datasets::dataset_id,
    error::{Answer, Failure, Path},
    examples,
    json::{Sent, base_url, blocking, given, respond, shaped, text},
    runs::{self, Select, parse_ids},
    v2,
};

/// Examples of a page of experiment runs when nobody says, and at most (§12.3).
const EXPERIMENT_PAGE: u32 = 20;
const MOST_EXPERIMENT_PAGE: u32 = 100;

pub(super) fn router() -> Router<Arc<Engine>> {
    Router::new().route("/datasets/{id}/runs", post(experiment_runs))
}

/// Below `/api/v2`.
pub(super) fn router_v2() -> Router<Arc<Engine>> {
    Router::new().route("/datasets/{id}/experiment-runs", post(experiment_runs_v2))
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
