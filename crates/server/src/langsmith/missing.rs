//! Parts of the protocol that a library of traces has no use for (`langsmith-api.md` §15), answered by their names:
//! reading finds nothing, and writing is not implemented.

use std::sync::Arc;

use axum::{
    Json, Router,
    extract::{OriginalUri, Request},
    http::{HeaderName, HeaderValue, Method, StatusCode},
    response::{IntoResponse as _, Response},
    routing::{any, get},
};
use engine::Engine;
use serde_json::{Value, json};

/// First segments of paths with what stands below them.
const MISSING: [(&str, &str); 24] = [
    ("/repos", "Prompts"),
    ("/commits", "Commits of prompts"),
    ("/likes", "Likes of prompts"),
    ("/prompt-webhooks", "Webhooks of prompts"),
    ("/runs/rules", "Automation rules"),
    ("/evaluators", "Online evaluators"),
    ("/hub", "Directories of the hub"),
    ("/product-feedbacks", "Feedback on the product"),
    ("/issues", "Issues"),
    ("/agents", "Deployed agents"),
    ("/assistants", "Deployed assistants"),
    ("/fleet", "Fleets"),
    ("/sandboxes", "Sandboxes"),
    ("/alerts", "Alerts"),
    ("/charts", "Charts"),
    ("/webhooks", "Webhooks"),
    ("/insights", "Insights"),
    ("/bulk-exports", "Bulk exports"),
    ("/usage-limits", "Usage limits"),
    ("/model-price-map", "Prices of models"),
    ("/mcp", "Servers of tools"),
    ("/orgs", "Organisations"),
    ("/api-key", "Keys"),
    ("/service-accounts", "Service accounts"),
];

/// Those that have a list.
const LISTED: [&str; 2] = ["/repos", "/runs/rules"];

/// Generated clients try a 501 again unless they are told not to (§4.5).
const SHOULD_RETRY: HeaderName = HeaderName::from_static("x-should-retry");

/// What of a project is not kept.
const MISSING_OF_PROJECT: [(&str, &str); 4] = [
    ("metadata", "Summaries of metadata"),
    ("dashboard", "Dashboards"),
    ("insights", "Insights"),
    ("filters", "Saved views of the hosted service"),
];

/// Below every prefix of routes of the first generation.
pub(super) fn router() -> Router<Arc<Engine>> {
    // Lists are whole, and empty.
    let mut router = Router::new()
        .route("/repos", get(no_prompts).fallback(prompts))
        .route("/repos/", get(no_prompts).fallback(prompts))
        .route("/runs/rules", get(|| async { Json(json!([])) }).fallback(rules));
    for (path, what) in MISSING_OF_PROJECT {
        let answer = move |request: Request| async move { missing(request.method(), what) };
        router = router.route(&format!("/sessions/{{id}}/{path}"), any(answer));
    }
    for (path, what) in MISSING {
        // Where clients put the version before platform routes, or not (§1.1).
        for prefix in ["", "/platform", "/v1/platform", "/v1"] {
            let answer = move |request: Request| async move { missing(request.method(), what) };
            if !(prefix.is_empty() && LISTED.contains(&path)) {
                router = router.route(&format!("{prefix}{path}"), any(answer));
            }
            router = router.route(&format!("{prefix}{path}/{{*rest}}"), any(answer));
        }
    }
    router
}

/// Below `/api/v2`.
pub(super) fn second_generation() -> Router<Arc<Engine>> {
    let answer = |request: Request| async move { missing(request.method(), "Sandboxes") };
    Router::new().route("/sandboxes/{*rest}", any(answer))
}

/// Clients that list prompts get a whole, empty list.
async fn no_prompts() -> Json<Value> {
    Json(json!({ "repos": [], "total": 0 }))
}

async fn prompts(request: Request) -> Response {
    missing(request.method(), "Prompts")
}

async fn rules(request: Request) -> Response {
    missing(request.method(), "Automation rules")
}

/// A path of the protocol that nothing here answers.
pub(super) async fn unknown(uri: OriginalUri, request: Request) -> Response {
    answer(request.method(), &format!("{} of the LangSmith protocol is not kept by Tracemark", uri.path()))
}

fn missing(method: &Method, what: &str) -> Response {
    answer(method, &format!("{what} are not kept by Tracemark"))
}

fn answer(method: &Method, detail: &str) -> Response {
    let detail = json!({ "detail": detail });
    if method.is_safe() {
        return (StatusCode::NOT_FOUND, Json(detail)).into_response();
    }
    let mut response = (StatusCode::NOT_IMPLEMENTED, Json(detail)).into_response();
    response.headers_mut().insert(SHOULD_RETRY, HeaderValue::from_static("false"));
    response
}
