//! Addresses of runs as LangSmith's clients make them (`langsmith-api.md` §1.4): they lead to the page of the run.

use std::sync::Arc;

use axum::{
    Router,
    extract::State,
    http::StatusCode,
    response::{IntoResponse as _, Redirect, Response},
    routing::get,
};
use engine::{DescribedRun, Engine};

use super::{
    error::{Answer, Path},
    json::blocking,
    runs::{self, run_id},
};

/// Where the UI shows a run, below the address of its page.
fn place(run: &DescribedRun) -> String {
    format!("/#/trace/{}?run={}", run.trace_id, run.row.run_id)
}

/// The address to show to a person; absent while no page is served, as in the desktop app.
pub(super) fn page_of(engine: &Engine, run: &DescribedRun) -> Option<String> {
    engine.page_address().map(|page| format!("{page}{}", place(run)))
}

pub(crate) fn router() -> Router<Arc<Engine>> {
    Router::new().route("/o/{tenant}/projects/p/{project}/r/{run}", get(lead))
}

async fn lead(
    State(engine): State<Arc<Engine>>,
    Path((_, _, run)): Path<(String, String, String)>,
) -> Answer<Response> {
    let id = run_id(&run)?;
    blocking(&engine, move |engine| {
        let run = runs::find(engine, id)?;
        Ok(match page_of(engine, &run) {
            Some(page) => Redirect::to(&page).into_response(),
            None => {
                let text = format!("This run is in Tracemark: search its window for {}.\n", run.row.run_id);
                (StatusCode::OK, text).into_response()
            }
        })
    })
    .await
}
