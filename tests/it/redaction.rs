//! Redaction over the whole application: what the rules name is nowhere in the library, whatever door it came by.

use std::path::Path;

use serde_json::{Value, json};

use crate::app::{Served, eventually, run, run_json};

const JSON: (&str, &str) = ("content-type", "application/json");
const SECRET: &str = "ann@example.com";
const RUN: &str = "0197a3c2-51f0-7b3e-9c1d-0a1b2c3d4e5f";

fn settings(served: &Served, changes: &Value) -> Value {
    let mut settings = served.call("get_settings", &json!({}));
    for (key, value) in changes.as_object().unwrap() {
        settings[key] = value.clone();
    }
    served.call("set_settings", &settings)
}

fn rules() -> Value {
    json!([
        { "name": "mail", "kind": "detector", "pattern": "email" },
        { "name": "password", "kind": "key", "pattern": "password" },
    ])
}

fn span(text: &str) -> String {
    json!({ "resourceSpans": [{ "scopeSpans": [{ "spans": [{
        "traceId": "0102030405060708090a0b0c0d0e0f10", "spanId": "0102030405060708", "name": "ask",
        "startTimeUnixNano": "1767225601000000000", "endTimeUnixNano": "1767225609000000000",
        "attributes": [{ "key": "input.value", "value": { "stringValue": text } }],
    }] }] }] })
    .to_string()
}

fn langsmith_run(id: &str) -> Value {
    json!({
        "id": id, "trace_id": id, "name": "ask", "run_type": "chain", "start_time": "2026-01-01T00:00:00Z",
        "end_time": "2026-01-01T00:00:01Z", "dotted_order": format!("20260101T000000000000Z{id}"),
        "inputs": { "question": format!("who is {SECRET}"), "password": "hunter2" }, "outputs": { "answer": "nobody" },
    })
}

/// Whether a text stands anywhere in the files of the library, as far as they are not compressed, or in an export.
fn is_in_library(library: &Path, text: &str) -> bool {
    let in_files = std::fs::read_dir(library).unwrap().any(|file| {
        let bytes = std::fs::read(file.unwrap().path()).unwrap_or_default();
        bytes.windows(text.len()).any(|window| window == text.as_bytes())
    });
    let exported = run(library, &["export", "runs", "--format", "langsmith-jsonl"]);
    in_files || String::from_utf8_lossy(&exported.stdout).contains(text)
}

fn counts(served: &Served) -> Value {
    let endpoint = served.call("app_info", &json!({}))["endpoint"].clone();
    endpoint["redacted"].clone()
}

#[test]
fn every_door_is_guarded_and_counted() {
    let dir = tempfile::tempdir().unwrap();
    let files = tempfile::tempdir().unwrap();
    let followed = files.path().join("followed.jsonl");
    std::fs::write(&followed, format!("{}\n", span(&format!("first {SECRET}")))).unwrap();
    let served = Served::start(dir.path(), &[]);
    let set = settings(&served, &json!({ "redaction": rules() }));
    assert_eq!(set["redaction"].as_array().unwrap().len(), 2, "{set}");

    assert_eq!(served.post("/v1/traces", &[JSON], span(&format!("I am {SECRET}")).as_bytes()).0, 200);
    assert_eq!(counts(&served), json!([{ "name": "mail", "count": 1 }]));
    let run = langsmith_run(RUN);
    let batch = json!({ "post": [run], "patch": [] }).to_string();
    assert_eq!(served.post("/runs/batch", &[JSON], batch.as_bytes()).0, 202);
    let feedback = json!({
        "run_id": RUN, "key": "helpful", "score": 1, "comment": format!("ask {SECRET}"),
        "value": { "password": "hunter2" },
    });
    assert_eq!(served.post("/feedback", &[JSON], feedback.to_string().as_bytes()).0, 200);
    // A request of which nothing can be read leaves an excerpt, in which no rule could find its place.
    assert_eq!(
        served.post("/v1/traces", &[JSON], format!("{{\"password\": \"hunter2\", {SECRET}").as_bytes()).0,
        400
    );
    served.call("import_paths", &json!({ "paths": [followed.display().to_string()], "watch": true }));
    let read = || served.call("app_info", &json!({}))["runs"].as_u64();
    eventually("the import is done", || {
        served
            .call("list_jobs", &json!({}))
            .as_array()?
            .iter()
            .all(|job| job["state"] == "done")
            .then_some(())
    });
    assert_eq!(read(), Some(2));
    std::fs::write(
        &followed,
        format!(
            "{}\n{}\n",
            span(&format!("first {SECRET}")),
            span(&format!("second {SECRET}")).replace("0f10", "0f11")
        ),
    )
    .unwrap();
    eventually("the appended line is read", || (read() == Some(3)).then_some(()));

    let counted = counts(&served);
    assert!(counted[0]["count"].as_u64().unwrap() >= 5, "{counted}");
    assert_eq!(counted[1], json!({ "name": "password", "count": 2 }));
    let rejects = served.call("list_rejects", &json!({ "offset": 0, "limit": 10 }));
    assert_eq!(rejects["rows"][0]["excerpt"], "<redacted>", "{rejects}");
    let shown = served.call(
        "read_json",
        &json!({
            "trace_id": RUN, "run_id": RUN, "part": "inputs", "pointer": "", "offset": 0, "limit": 10,
        }),
    );
    assert!(shown.to_string().contains("<redacted>"), "{shown}");
    drop(served);
    assert!(is_in_library(dir.path(), "<redacted>"));
    for secret in [SECRET, "hunter2"] {
        assert!(!is_in_library(dir.path(), secret), "{secret}");
    }
}

#[test]
fn what_is_said_of_queues_is_redacted() {
    let dir = tempfile::tempdir().unwrap();
    let served = Served::start(dir.path(), &[]);
    settings(&served, &json!({ "redaction": rules() }));
    let queue = json!({ "name": format!("of {SECRET}"), "description": format!("ask {SECRET}") }).to_string();
    let (status, made) = served.post("/annotation-queues", &[JSON], queue.as_bytes());
    assert_eq!(status, 200);
    let made: Value = serde_json::from_slice(&made).unwrap();
    assert_eq!((&made["name"], &made["description"]), (&json!("of <redacted>"), &json!("ask <redacted>")));
    let url = format!("{}/annotation-queues/{}", served.ingest(), made["id"].as_str().unwrap());
    let change = json!({ "rubric_instructions": format!("write to {SECRET}") }).to_string();
    crate::app::agent().patch(url).header(JSON.0, JSON.1).send(change.as_bytes()).unwrap();
    assert!(!is_in_library(dir.path(), SECRET));
    assert_eq!(counts(&served), json!([{ "name": "mail", "count": 3 }]));
}

#[test]
fn rules_hold_for_the_command_line_and_after_a_restart() {
    let dir = tempfile::tempdir().unwrap();
    settings(&Served::start(dir.path(), &[]), &json!({ "redaction": rules() }));
    let files = tempfile::tempdir().unwrap();
    let file = files.path().join("runs.jsonl");
    std::fs::write(&file, format!("{}\n", langsmith_run(RUN))).unwrap();
    run_json(dir.path(), &["import", &file.display().to_string()]);
    assert_eq!(run_json(dir.path(), &["doctor"])["runs"], 1);
    assert!(!is_in_library(dir.path(), SECRET) && !is_in_library(dir.path(), "hunter2"));
    assert!(is_in_library(dir.path(), "nobody"));
}

#[test]
fn a_rule_that_cannot_be_used_is_refused_by_name() {
    let dir = tempfile::tempdir().unwrap();
    let served = Served::start(dir.path(), &[]);
    let refused =
        settings(&served, &json!({ "redaction": [{ "name": "open", "kind": "regex", "pattern": "(" }] }));
    assert_eq!(refused["code"], "invalid_input", "{refused}");
    assert!(refused["message"].as_str().unwrap().contains("\"open\""), "{refused}");
    assert_eq!(served.call("get_settings", &json!({}))["redaction"], json!([]));
}

#[test]
fn a_dry_run_counts_shows_and_changes_nothing() {
    let dir = tempfile::tempdir().unwrap();
    let served = Served::start(dir.path(), &[]);
    served.post("/v1/traces", &[JSON], span(&format!("I am {SECRET}, {SECRET}")).as_bytes());
    served.post("/runs/batch", &[JSON], json!({ "post": [langsmith_run(RUN)] }).to_string().as_bytes());
    let preview = served.call("preview_redaction", &json!({ "rules": rules() }));
    assert_eq!(preview["runs"], 2);
    assert_eq!(
        preview["counts"],
        json!([{ "name": "mail", "count": 3 }, { "name": "password", "count": 1 }])
    );
    let examples = preview["examples"].as_array().unwrap();
    assert_eq!(examples.len(), 3);
    for example in examples {
        let (before, after) = (example["before"].as_str().unwrap(), example["after"].as_str().unwrap());
        assert!(before.contains(SECRET) || before.contains("hunter2"), "{example}");
        assert!(after.contains("<redacted>"), "{example}");
        assert!(before.chars().count() < 200 && after.chars().count() < 200, "{example}");
    }
    let refused = served
        .call("preview_redaction", &json!({ "rules": [{ "name": "x", "kind": "key", "pattern": "" }] }));
    assert_eq!(refused["code"], "invalid_input");
    drop(served);
    let files = tempfile::tempdir().unwrap();
    let file = files.path().join("rules.json");
    std::fs::write(&file, rules().to_string()).unwrap();
    let said = run_json(dir.path(), &["redact", "--dry-run", "--rules", &file.display().to_string()]);
    assert_eq!((&said["runs"], &said["counts"]), (&preview["runs"], &preview["counts"]));
    assert!(!run(dir.path(), &["redact"]).status.success(), "without --dry-run there is nothing to do");
    assert!(is_in_library(dir.path(), SECRET), "a dry run changes nothing");
}

#[test]
fn the_endpoint_takes_nothing_without_its_key() {
    let dir = tempfile::tempdir().unwrap();
    let served = Served::start(dir.path(), &[]);
    let run = langsmith_run(RUN);
    served.post("/runs", &[JSON], run.to_string().as_bytes());
    let token = served.post(
        "/feedback/tokens",
        &[JSON],
        json!({ "run_id": RUN, "feedback_key": "x" }).to_string().as_bytes(),
    );
    let token: Value = serde_json::from_slice(&token.1).unwrap();
    settings(&served, &json!({ "endpoint_key": " s3cret " }));
    let body = span("hello");
    let status = |path: &str, headers: &[(&str, &str)], body: &str| {
        served.post(path, &[&[JSON], headers].concat(), body.as_bytes())
    };
    for path in
        ["/v1/traces", "/api/v1/otel/v1/traces", "/runs/batch", "/api/v1/feedback", "/feedback/tokens"]
    {
        let (code, answer) = status(path, &[], &body);
        assert_eq!(code, 401, "{path}");
        assert!(serde_json::from_slice::<Value>(&answer).unwrap()["detail"].is_string(), "{path}");
    }
    for wrong in ["", "s3cre", "s3cret2", "S3CRET"] {
        assert_eq!(status("/v1/traces", &[("x-api-key", wrong)], &body).0, 401, "{wrong}");
    }
    for right in [("x-api-key", "s3cret"), ("authorization", "Bearer s3cret"), ("x-service-key", "s3cret")] {
        assert_eq!(status("/v1/traces", &[right], &body).0, 200, "{right:?}");
    }
    let path = token["url"].as_str().unwrap().splitn(4, '/').nth(3).unwrap();
    assert_eq!(status(&format!("/{path}"), &[], "{\"score\": 1}").0, 200);
    settings(&served, &json!({ "endpoint_key": "" }));
    assert_eq!(status("/v1/traces", &[], &body).0, 200);
}

#[test]
fn names_of_runs_projects_and_datasets_are_covered_and_still_names() {
    let dir = tempfile::tempdir().unwrap();
    let served = Served::start(dir.path(), &[]);
    settings(&served, &json!({ "redaction": rules() }));
    let project = format!("of {SECRET}");
    let post = |path: &str, body: &Value| -> Value {
        let (status, answer) = served.post(path, &[JSON], body.to_string().as_bytes());
        assert!(status < 300, "{path}: {status} {}", String::from_utf8_lossy(&answer));
        serde_json::from_slice(&answer).unwrap()
    };
    let read = |path: &str| -> Value {
        let mut read = crate::app::agent().get(format!("{}{path}", served.ingest())).call().unwrap();
        serde_json::from_str(&read.body_mut().read_to_string().unwrap()).unwrap()
    };
    let made = post("/sessions", &json!({ "name": project, "description": SECRET }));
    for id in [RUN, "0197a3c2-51f0-7b3e-9c1d-0a1b2c3d4e60"] {
        let mut run = langsmith_run(id);
        run["name"] = json!(format!("ask {SECRET}"));
        run["session_name"] = json!(project);
        post("/runs/batch", &json!({ "post": [run] }));
    }
    let (status, _) = served.post(
        "/v1/traces",
        &[JSON, ("langsmith-project", &project)],
        span("x").replace("\"ask\"", &format!("\"ask {SECRET}\"")).as_bytes(),
    );
    assert_eq!(status, 200);
    // All three runs are in the project that was made before, which is found by the name that was given.
    let found = read("/sessions?name=of+ann%40example.com");
    assert_eq!(
        (found[0]["id"].clone(), found[0]["name"].as_str()),
        (made["id"].clone(), Some("of <redacted>"))
    );
    let page = served.call("list_traces", &json!({ "limit": 10, "sort": "name", "ascending": true }));
    let rows: Vec<(&str, &str)> = page["rows"]
        .as_array()
        .unwrap()
        .iter()
        .map(|row| (row["name"].as_str().unwrap(), row["project"].as_str().unwrap()))
        .collect();
    assert_eq!(rows, [("ask <redacted>", "of <redacted>"); 3]);
    let dataset = post("/datasets", &json!({ "name": project, "description": SECRET }));
    assert_eq!(read("/datasets?name=of+ann%40example.com")[0]["id"], dataset["id"]);
    drop(served);
    assert!(!is_in_library(dir.path(), SECRET));
}
