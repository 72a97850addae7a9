//! Every endpoint that the LangSmith protocol ranks (`langsmith-api.md` §16) is there, under each of its prefixes:
//! what is not kept says so by name, and nothing falls through to the answer for unknown paths.

use serde_json::{Value, json};

use crate::app::{Served, agent};

const ID: &str = "00000000-0000-4000-8000-000000000001";

/// Method, path and body. `ID` stands for any id; none of them exists.
type Asked = (&'static str, &'static str, &'static str);

const V1: &[Asked] = &[
    ("GET", "/info", ""),
    ("GET", "/info/health", ""),
    ("POST", "/runs/multipart", ""),
    ("POST", "/runs/batch", "{}"),
    ("POST", "/runs", "{}"),
    ("PATCH", "/runs/ID", "{}"),
    ("GET", "/runs/ID", ""),
    ("POST", "/runs/query", "{}"),
    ("POST", "/runs/stats", "{}"),
    ("POST", "/runs/group", "{}"),
    ("GET", "/runs/rules", ""),
    ("POST", "/runs/rules", "{}"),
    ("GET", "/runs/ID/share", ""),
    ("PUT", "/runs/ID/share", "{}"),
    ("DELETE", "/runs/ID/share", ""),
    ("GET", "/sessions", ""),
    ("POST", "/sessions", "{\"name\":\"made by the table\"}"),
    ("GET", "/sessions/ID", ""),
    ("PATCH", "/sessions/ID", "{}"),
    ("DELETE", "/sessions/ID", ""),
    ("GET", "/sessions/resolutions?kind=AGENT&id=x&environment=LOCAL", ""),
    ("GET", "/sessions/ID/metadata", ""),
    ("POST", "/sessions/ID/dashboard", "{}"),
    ("GET", "/sessions/ID/insights", ""),
    ("GET", "/sessions/ID/filters", ""),
    ("GET", "/settings", ""),
    ("GET", "/workspaces", ""),
    ("GET", "/workspaces/current/secrets", ""),
    ("GET", "/feedback", ""),
    ("POST", "/feedback", "{\"key\":\"k\",\"run_id\":\"ID\"}"),
    ("POST", "/feedback/eager", "{\"key\":\"k\",\"run_id\":\"ID\"}"),
    ("GET", "/feedback/ID", ""),
    ("PATCH", "/feedback/ID", "{}"),
    ("DELETE", "/feedback/ID", ""),
    ("GET", "/feedback/tokens?run_id=ID", ""),
    ("POST", "/feedback/tokens", "{}"),
    ("GET", "/feedback/tokens/ID", ""),
    ("POST", "/feedback/tokens/ID", "{}"),
    ("GET", "/feedback-configs", ""),
    ("POST", "/feedback-configs", "{}"),
    ("PATCH", "/feedback-configs", "{}"),
    ("DELETE", "/feedback-configs?feedback_key=none", ""),
    ("GET", "/public/ID/run", ""),
    ("GET", "/public/ID/run/ID", ""),
    ("GET", "/public/ID/runs", ""),
    ("POST", "/public/ID/runs/query", "{}"),
    ("GET", "/public/ID/feedbacks", ""),
    ("GET", "/public/ID/datasets", ""),
    ("GET", "/public/ID/examples", ""),
    ("GET", "/public/ID/datasets/sessions", ""),
    ("GET", "/public/ID/datasets/comparative", ""),
    ("GET", "/annotation-queues", ""),
    ("POST", "/annotation-queues", "{}"),
    ("GET", "/annotation-queues/ID", ""),
    ("PATCH", "/annotation-queues/ID", "{}"),
    ("DELETE", "/annotation-queues/ID", ""),
    ("POST", "/annotation-queues/ID/runs", "[]"),
    ("POST", "/annotation-queues/ID/runs/by-key", "[]"),
    ("GET", "/annotation-queues/ID/runs", ""),
    ("GET", "/annotation-queues/ID/run/0", ""),
    ("PATCH", "/annotation-queues/ID/runs/ID", "{}"),
    ("DELETE", "/annotation-queues/ID/runs/ID", ""),
    ("POST", "/annotation-queues/ID/runs/delete", "{}"),
    ("GET", "/annotation-queues/ID/size", ""),
    ("GET", "/annotation-queues/ID/total_size", ""),
    ("GET", "/annotation-queues/ID/total_archived", ""),
    ("POST", "/annotation-queues/status/ID", "{}"),
    ("POST", "/annotation-queues/populate", "{}"),
    ("POST", "/annotation-queues/ID/export", "{}"),
    ("GET", "/annotation-queues/ID/queues", ""),
    ("GET", "/datasets", ""),
    ("POST", "/datasets", "{}"),
    ("GET", "/datasets/ID", ""),
    ("PATCH", "/datasets/ID", "{}"),
    ("DELETE", "/datasets/ID", ""),
    ("GET", "/datasets/ID/version?tag=latest", ""),
    ("GET", "/datasets/ID/versions", ""),
    ("PUT", "/datasets/ID/tags", "{}"),
    ("GET", "/datasets/ID/versions/diff?from_version=a&to_version=b", ""),
    ("GET", "/datasets/ID/splits", ""),
    ("PUT", "/datasets/ID/splits", "{}"),
    ("GET", "/datasets/ID/share", ""),
    ("PUT", "/datasets/ID/share", "{}"),
    ("DELETE", "/datasets/ID/share", ""),
    ("POST", "/datasets/upload", ""),
    ("POST", "/datasets/clone", "{}"),
    ("GET", "/datasets/ID/openai_ft", ""),
    ("GET", "/datasets/ID/jsonl", ""),
    ("GET", "/datasets/ID/csv", ""),
    ("GET", "/datasets/ID/openai", ""),
    ("POST", "/datasets/comparative", "{}"),
    ("DELETE", "/datasets/comparative/ID", ""),
    ("GET", "/datasets/ID/comparative", ""),
    ("POST", "/datasets/ID/runs", "{}"),
    ("GET", "/examples", ""),
    ("POST", "/examples", "{}"),
    ("DELETE", "/examples?example_ids=ID", ""),
    ("GET", "/examples/ID", ""),
    ("PATCH", "/examples/ID", "{}"),
    ("DELETE", "/examples/ID", ""),
    ("POST", "/examples/bulk", "[]"),
    ("PATCH", "/examples/bulk", "[]"),
    ("GET", "/examples/count", ""),
    ("POST", "/examples/validate", "{}"),
    ("GET", "/repos", ""),
    ("GET", "/repos/", ""),
    ("POST", "/repos/", "{}"),
    ("GET", "/repos/-/name", ""),
    ("PATCH", "/repos/-/name", "{}"),
    ("DELETE", "/repos/-/name", ""),
    ("POST", "/repos/-/name/tags", "{}"),
    ("POST", "/likes/-/name", "{}"),
    ("GET", "/commits/-/name", ""),
    ("GET", "/commits/-/name/", ""),
    ("POST", "/commits/-/name", "{}"),
    ("GET", "/commits/-/name/latest", ""),
    ("POST", "/prompt-webhooks", "{}"),
    ("GET", "/agents", ""),
];

/// Below `/platform`, `/v1/platform`, `/api/v1/platform` and `/api/v1/v1/platform`.
const PLATFORM: &[(&str, &str, &str)] = &[
    ("GET", "/annotation-queues/ID/items?status=needs_my_review", ""),
    ("POST", "/annotation-queues/ID/items", "{\"items\":[]}"),
    ("PATCH", "/annotation-queues/ID/items/ID", "{}"),
    ("POST", "/annotation-queues/ID/items/delete", "{}"),
    ("GET", "/annotation-queues/ID/items/count?status=archived", ""),
    ("GET", "/annotation-queues/ID/items/ID/placement", ""),
    ("POST", "/annotation-queues/items/ID/status", "{}"),
    ("POST", "/datasets/ID/examples", ""),
    ("PATCH", "/datasets/ID/examples", ""),
    ("DELETE", "/datasets/ID/examples/ID", ""),
    ("POST", "/datasets/examples/delete", "{}"),
    ("POST", "/examples/multipart", ""),
    ("GET", "/hub/anything", ""),
    ("POST", "/evaluators", "{}"),
    ("GET", "/evaluators/ID", ""),
    ("POST", "/product-feedbacks", "{}"),
    ("GET", "/issues", ""),
];

/// Below `/api/v2`.
const V2: &[(&str, &str, &str)] = &[
    ("POST", "/runs/query", "{\"project_ids\":[\"ID\"]}"),
    ("GET", "/runs/ID?project_id=ID", ""),
    ("GET", "/runs/ID/url?project_id=ID", ""),
    ("POST", "/runs/ID/share", "{}"),
    ("DELETE", "/runs/ID/share", "{}"),
    ("POST", "/public/ID/runs/query", "{}"),
    ("GET", "/public/ID/run/ID", ""),
    ("POST", "/traces/query", "{\"project_id\":\"ID\"}"),
    ("GET", "/traces/ID/runs?project_id=ID", ""),
    ("POST", "/threads/query", "{\"project_id\":\"ID\"}"),
    ("GET", "/threads/a%2Fb/traces?project_id=ID", ""),
    ("GET", "/threads/a%2Fb/stats?session_id=ID", ""),
    ("POST", "/threads/stats", "{\"project_id\":\"ID\"}"),
    ("POST", "/threads/a%2Fb/share", "{\"project_id\":\"ID\"}"),
    ("GET", "/threads/a%2Fb/share?project_id=ID", ""),
    ("DELETE", "/threads/a%2Fb/share?project_id=ID", ""),
    ("POST", "/datasets/ID/experiment-runs", "{\"experiment_ids\":[\"ID\"]}"),
    ("GET", "/sandboxes/boxes", ""),
    ("POST", "/sandboxes/boxes", "{}"),
];

fn ask(served: &Served, method: &str, path: &str, headers: &[(&str, &str)], body: &str) -> (u16, String) {
    let mut request = http::Request::builder().method(method).uri(format!("{}{path}", served.ingest()));
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    let mut answer = agent().run(request.body(body.to_owned()).unwrap()).unwrap();
    (answer.status().as_u16(), answer.body_mut().read_to_string().unwrap())
}

#[test]
fn every_ranked_endpoint_is_there_under_each_prefix() {
    let dir = tempfile::tempdir().unwrap();
    let served = Served::start(dir.path(), &[]);
    let mut absent = Vec::new();
    let groups: [(&[&str], &[Asked]); 3] = [
        (&["", "/api/v1"], V1),
        (&["/platform", "/v1/platform", "/api/v1/platform", "/api/v1/v1/platform"], PLATFORM),
        (&["/api/v2"], V2),
    ];
    for (prefixes, endpoints) in groups {
        for prefix in prefixes {
            for (method, path, body) in endpoints {
                let path = format!("{prefix}{}", path.replace("ID", ID));
                let (status, answer) = ask(&served, method, &path, &[], &body.replace("ID", ID));
                let said: Value = serde_json::from_str(&answer).unwrap_or(Value::Null);
                let is_named = status < 400 || said["detail"].is_string() || said["detail"].is_array();
                if status == 405
                    || status >= 500 && status != 501
                    || !is_named
                    || said["message"].is_string() && status == 404
                {
                    absent.push(format!("{method} {path}: {status} {answer}"));
                }
            }
        }
    }
    assert!(absent.is_empty(), "{absent:#?}");
}

#[test]
fn what_is_not_kept_is_named_and_not_asked_for_again() {
    let dir = tempfile::tempdir().unwrap();
    let served = Served::start(dir.path(), &[]);
    let detail = |answer: String| serde_json::from_str::<Value>(&answer).unwrap()["detail"].clone();
    let (status, answer) = ask(&served, "GET", "/api/v1/commits/-/greeting/latest", &[], "");
    assert_eq!((status, detail(answer)), (404, json!("Commits of prompts are not kept by Tracemark")));
    let (status, answer) = ask(&served, "POST", "/api/v1/platform/evaluators", &[], "{}");
    assert_eq!((status, detail(answer)), (501, json!("Online evaluators are not kept by Tracemark")));
    let (status, answer) = ask(&served, "GET", "/api/v2/sessions", &[], "");
    let unknown = json!("/api/v2/sessions of the LangSmith protocol is not kept by Tracemark");
    assert_eq!((status, detail(answer)), (404, unknown));
    // A condition that cannot be asked is not left out: that would answer another question.
    let (status, answer) = ask(&served, "POST", "/api/v2/runs/query", &[], r#"{"ai_search": "slow ones"}"#);
    assert_eq!(status, 501, "{answer}");
}

#[test]
fn a_page_of_the_second_generation_can_be_had_as_events() {
    let dir = tempfile::tempdir().unwrap();
    let served = Served::start(dir.path(), &[]);
    let run = json!({ "id": ID, "name": "ask", "run_type": "chain", "start_time": "2026-01-05T10:00:00Z", "inputs": { "q": "1\n2" } });
    let (status, _) = ask(&served, "POST", "/runs", &[], &run.to_string());
    assert_eq!(status, 202);
    let (_, projects) = ask(&served, "GET", "/sessions", &[], "");
    let project = serde_json::from_str::<Value>(&projects).unwrap()[0]["id"].clone();
    let wanted = json!({ "project_ids": [project], "selects": ["ID", "INPUTS"] }).to_string();
    let (status, answer) =
        ask(&served, "POST", "/api/v2/runs/query", &[("accept", "text/event-stream")], &wanted);
    assert_eq!(status, 200);
    let mut events = answer.split("\n\n");
    let patch = events.next().unwrap().strip_prefix("event: data\ndata: ").unwrap();
    let patch: Value = serde_json::from_str(patch).unwrap();
    assert_eq!((&patch[0]["op"], &patch[0]["path"]), (&json!("add"), &json!("")));
    assert_eq!(patch[0]["value"]["items"], json!([{ "id": ID, "inputs": { "q": "1\n2" } }]));
    assert_eq!(events.next(), Some("event: end\ndata: {}"));
}

#[test]
fn pages_of_other_sites_are_refused_even_without_a_preflight() {
    let dir = tempfile::tempdir().unwrap();
    let served = Served::start(dir.path(), &[]);
    for (origin, expected) in [
        ("https://evil.example", 403),
        ("null", 403),
        ("http://127.0.0.1.evil.example", 403),
        ("http://localhost:3000", 202),
    ] {
        let headers = [("origin", origin), ("content-type", "text/plain")];
        assert_eq!(ask(&served, "POST", "/runs/batch", &headers, "{}").0, expected, "{origin}");
    }
    assert_eq!(ask(&served, "PUT", "/runs/query", &[], "{}").0, 405);
}
