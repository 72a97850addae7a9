//! Sending on: what comes in is there too, once, whatever is killed in between.

use std::{collections::BTreeSet, path::Path};

use serde_json::{Value, json};

use crate::app::{Served, agent, eventually, fixture, request, run, run_json};

const JSON: (&str, &str) = ("content-type", "application/json");
const PROTOBUF: (&str, &str) = ("content-type", "application/x-protobuf");

pub(crate) fn forward(served: &Served, changes: &Value) -> Value {
    let mut settings = served.call("get_settings", &json!({}));
    for (key, value) in changes.as_object().unwrap() {
        settings[key] = value.clone();
    }
    let set = served.call("set_settings", &settings);
    assert!(set["code"].is_null(), "{set}");
    set
}

pub(crate) fn state(served: &Served) -> Value {
    served.call("app_info", &json!({}))["endpoint"]["forward"].clone()
}

pub(crate) fn runs(served: &Served) -> u64 {
    served.call("app_info", &json!({}))["runs"].as_u64().unwrap()
}

fn exported(library: &Path) -> String {
    String::from_utf8(run(library, &["export", "runs", "--format", "langsmith-jsonl"]).stdout).unwrap()
}

/// The address of a listener that is gone, to which a server may be started later.
fn free_address() -> String {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    listener.local_addr().unwrap().to_string()
}

#[test]
fn nothing_is_sent_unless_it_is_set() {
    let (here, there) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let (served, target) = (Served::start(here.path(), &[]), Served::start(there.path(), &[]));
    assert_eq!(served.post("/v1/traces", &[JSON], request(&[(1, 1)]).as_bytes()).0, 200);
    assert_eq!(state(&served), Value::Null);
    forward(&served, &json!({ "forward": { "url": target.ingest(), "protocol": "otlp" } }));
    assert_eq!(served.post("/v1/traces", &[JSON], request(&[(2, 2)]).as_bytes()).0, 200);
    eventually("the second is there", || (runs(&target) == 1).then_some(()));
    // A repetition says nothing new and is not sent.
    assert_eq!(served.post("/v1/traces", &[JSON], request(&[(2, 2)]).as_bytes()).0, 200);
    assert_eq!(served.post("/v1/traces", &[JSON], request(&[(3, 3)]).as_bytes()).0, 200);
    eventually("the third is there", || (runs(&target) == 2 && state(&served)["sent"] == 2).then_some(()));
    for url in ["https://127.0.0.1:4318", "http://127.0.0.1:4318", "nonsense"] {
        let mut settings = served.call("get_settings", &json!({}));
        settings["forward"]["url"] = url.into();
        assert_eq!(served.call("set_settings", &settings)["code"], "invalid_input", "{url}");
    }
}

#[test]
fn nothing_is_lost_or_doubled_when_both_sides_are_killed() {
    let (here, there) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let address = free_address();
    let mut served = Served::start(here.path(), &[]);
    forward(&served, &json!({ "forward": { "url": format!("http://{address}"), "protocol": "otlp" } }));
    let mut next = 1;
    let mut acknowledged = 0;
    for round in 0..5 {
        // Nobody is there: the intake goes on all the same.
        for _ in 0..6 {
            let spans: Vec<(u32, u32)> = (next..next + 10).map(|span| (span % 5 + 1, span)).collect();
            next += 10;
            assert_eq!(served.post("/v1/traces", &[JSON], request(&spans).as_bytes()).0, 200);
            acknowledged += 10;
        }
        served.child.kill().unwrap();
        served.child.wait().unwrap();
        served = Served::start(here.path(), &[]);
        if round == 0 {
            eventually("the failure is told", || state(&served)["last_error"].is_string().then_some(()));
            assert_eq!(state(&served)["waiting"], acknowledged);
        }
        let mut target = Served::start_with_ingest(there.path(), &address);
        eventually("something arrives", || (runs(&target) > 0).then_some(()));
        target.child.kill().unwrap();
        target.child.wait().unwrap();
    }
    let target = Served::start_with_ingest(there.path(), &address);
    eventually("everything arrives", || {
        (state(&served)["waiting"] == 0 && runs(&target) == acknowledged).then_some(())
    });
    assert_eq!(state(&served)["failed"], 0);
    drop((served, target));
    let ids = |library: &Path| -> Vec<String> {
        let lines = exported(library);
        lines.lines().map(|line| serde_json::from_str::<Value>(line).unwrap()["id"].to_string()).collect()
    };
    let (sent, got) = (ids(here.path()), ids(there.path()));
    assert_eq!(sent.len(), got.len());
    assert_eq!(sent.iter().collect::<BTreeSet<_>>(), got.iter().collect::<BTreeSet<_>>());
    assert_eq!(run_json(there.path(), &["doctor"])["runs"], acknowledged);
}

fn langsmith_batches() -> [String; 2] {
    let id = "0197a3c2-51f0-7b3e-9c1d-0a1b2c3d4e5f";
    let order = format!("20260101T000000000000Z{id}");
    let post = json!({ "post": [{
        "id": id, "trace_id": id, "name": "ask", "run_type": "chain", "start_time": "2026-01-01T00:00:00Z",
        "dotted_order": order, "session_name": "mine", "session_id": "0197a3c2-51f0-7b3e-9c1d-000000000001",
        "inputs": { "question": "who is ann@example.com" },
    }] });
    let patch = json!({ "patch": [{
        "id": id, "trace_id": id, "dotted_order": order, "end_time": "2026-01-01T00:00:01Z",
        "outputs": { "answer": "nobody" },
    }] });
    [post.to_string(), patch.to_string()]
}

#[test]
fn both_protocols_carry_runs_and_spans_redacted_and_with_the_key() {
    for protocol in ["langsmith", "otlp"] {
        let (here, there) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        let (served, target) = (Served::start(here.path(), &[]), Served::start(there.path(), &[]));
        forward(&target, &json!({ "endpoint_key": "k3y" }));
        forward(
            &served,
            &json!({
                "redaction": [{ "name": "mail", "kind": "detector", "pattern": "email" }],
                "forward": { "url": target.ingest(), "protocol": protocol, "key": "k3y", "project": "theirs" },
            }),
        );
        for batch in langsmith_batches() {
            assert_eq!(served.post("/runs/batch", &[JSON], batch.as_bytes()).0, 202);
        }
        let spans = std::fs::read(fixture("semconv/openai-genai-1.3.pb")).unwrap();
        assert_eq!(served.post("/v1/traces", &[PROTOBUF], &spans).0, 200);
        let expected = runs(&served);
        eventually("everything is there", || {
            (runs(&target) == expected && state(&served)["waiting"] == 0).then_some(())
        });
        assert_eq!(state(&served)["failed"], 0, "{protocol}: {}", state(&served));
        let projects = target.call("list_projects", &json!({}));
        assert_eq!(projects.as_array().unwrap().len(), 1, "{protocol}: {projects}");
        assert_eq!(projects[0]["name"], "theirs");
        drop((served, target));
        let lines = exported(there.path());
        assert!(lines.contains("who is <redacted>") && lines.contains("nobody"), "{protocol}");
        assert!(!lines.contains("ann@example.com"), "{protocol}");
    }
}

#[test]
fn what_is_refused_is_given_up_with_the_reason() {
    let (here, there) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let (served, target) = (Served::start(here.path(), &[]), Served::start(there.path(), &[]));
    forward(&target, &json!({ "endpoint_key": "k3y" }));
    forward(&served, &json!({ "forward": { "url": target.ingest(), "protocol": "otlp", "key": "wrong" } }));
    assert_eq!(served.post("/v1/traces", &[JSON], request(&[(1, 1), (1, 2)]).as_bytes()).0, 200);
    let told = eventually("it is given up", || Some(state(&served)).filter(|state| state["failed"] == 2));
    assert!(told["last_error"].as_str().unwrap().contains("401"), "{told}");
    assert_eq!((runs(&served), runs(&target)), (2, 0));
    // Switching off forgets what waits.
    drop(target);
    served.post("/v1/traces", &[JSON], request(&[(1, 3)]).as_bytes());
    forward(&served, &json!({ "forward": null }));
    assert_eq!(state(&served), Value::Null);
}

/// One run with a file, and what was said about it, as the SDKs send them.
fn multipart_run() -> (String, String) {
    let id = "0197a3c2-51f0-7b3e-9c1d-0a1b2c3d4e60";
    let run = json!({
        "id": id, "trace_id": id, "name": "look", "run_type": "chain", "session_name": "mine",
        "start_time": "2026-01-01T00:00:00Z", "end_time": "2026-01-01T00:00:01Z",
        "dotted_order": format!("20260101T000000000000Z{id}"), "inputs": { "q": 1 },
    });
    let feedback = json!({ "id": "0197a3c2-51f0-7b3e-9c1d-0a1b2c3d4e61", "run_id": id, "trace_id": id, "key": "good", "score": 1 });
    let part = |name: &str, kind: &str, content: &str| {
        format!(
            "--b\r\nContent-Disposition: form-data; name=\"{name}\"\r\nContent-Type: {kind}\r\n\r\n{content}\r\n"
        )
    };
    let body = [
        part(&format!("post.{id}"), "application/json", &run.to_string()),
        part(&format!("attachment.{id}.the \u{201c}picture\u{201d}"), "image/png; length=9", "\r\n--x\r\n--"),
        part("feedback.0197a3c2-51f0-7b3e-9c1d-0a1b2c3d4e61", "application/json", &feedback.to_string()),
        "--b--\r\n".to_owned(),
    ];
    (id.to_owned(), body.concat())
}

fn get(served: &Served, path: &str) -> Value {
    let text = agent()
        .get(format!("{}{path}", served.ingest()))
        .call()
        .unwrap()
        .body_mut()
        .read_to_string()
        .unwrap();
    serde_json::from_str(&text).unwrap()
}

#[test]
fn files_and_feedback_go_with_their_runs() {
    let (here, there) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let (served, target) = (Served::start(here.path(), &[]), Served::start(there.path(), &[]));
    forward(&served, &json!({ "forward": { "url": target.ingest(), "protocol": "langsmith" } }));
    let (id, body) = multipart_run();
    let multipart = ("content-type", "multipart/form-data; boundary=b");
    for _ in 0..2 {
        assert_eq!(served.post("/runs/multipart", &[multipart], body.as_bytes()).0, 202);
    }
    let later = json!({ "run_id": id, "key": "note", "comment": "said later" }).to_string();
    assert_eq!(served.post("/feedback", &[JSON], later.as_bytes()).0, 200);
    let said = eventually("the feedback is there", || {
        let said = get(&target, &format!("/feedback?run={id}"));
        (said.as_array().unwrap().len() == 2).then_some(said)
    });
    assert!(said.as_array().unwrap().iter().any(|one| one["comment"] == "said later"), "{said}");
    let urls = get(&target, &format!("/runs/{id}"))["s3_urls"].clone();
    let file = &urls["attachment.the \u{201c}picture\u{201d}"];
    assert_eq!(file["mime_type"], "image/png");
    let url = file["presigned_url"].as_str().unwrap();
    assert_eq!(agent().get(url).call().unwrap().body_mut().read_to_vec().unwrap(), b"\r\n--x\r\n--");
    // A repetition says nothing new and is not sent.
    assert_eq!((state(&served)["sent"].clone(), state(&served)["failed"].clone()), (json!(4), json!(0)));
}

#[test]
fn over_otlp_feedback_goes_as_evaluations_and_files_that_stay_are_told() {
    let (here, there) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let (served, target) = (Served::start(here.path(), &[]), Served::start(there.path(), &[]));
    let otlp =
        |paused: bool| json!({ "forward": { "url": target.ingest(), "protocol": "otlp", "paused": paused } });
    forward(&served, &otlp(true));
    let (id, body) = multipart_run();
    let multipart = ("content-type", "multipart/form-data; boundary=b");
    assert_eq!(served.post("/runs/multipart", &[multipart], body.as_bytes()).0, 202);
    let waiting = eventually("it waits", || {
        let waiting = served.call("list_forwarding", &json!({}));
        (waiting.as_array().unwrap().len() == 2).then_some(waiting)
    });
    let notes: Vec<&Value> = waiting.as_array().unwrap().iter().map(|entry| &entry["note"]).collect();
    assert!(notes.contains(&&json!("1 file stays here: OTLP has no place for files")), "{waiting}");
    forward(&served, &otlp(false));
    let said = eventually("the feedback is there", || {
        let said = get(&target, &format!("/feedback?run={id}"));
        (said.as_array().unwrap().len() == 1).then_some(said)
    });
    assert_eq!((&said[0]["key"], &said[0]["score"]), (&json!("good"), &json!(1.0)));
    assert_eq!(said[0]["id"], "0197a3c2-51f0-7b3e-9c1d-0a1b2c3d4e61");
    assert_eq!(get(&target, &format!("/runs/{id}"))["name"], "look");
    assert_eq!(state(&served)["failed"], json!(0));
}

#[test]
fn the_queue_can_be_paused_seen_tried_and_cleared() {
    let (here, there) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let address = free_address();
    let served = Served::start(here.path(), &[]);
    let to = |paused: bool| json!({ "forward": { "url": format!("http://{address}"), "protocol": "langsmith", "paused": paused } });
    forward(&served, &to(true));
    let [post, patch] = langsmith_batches();
    served.post("/runs/batch", &[JSON], post.as_bytes());
    served.post("/runs/batch", &[JSON], patch.as_bytes());
    eventually("both wait", || (state(&served)["waiting"] == 2).then_some(()));
    let waiting = served.call("list_forwarding", &json!({}));
    assert_eq!((&waiting[0]["names"], &waiting[0]["runs"]), (&json!(["ask"]), &json!(1)), "{waiting}");
    assert_eq!(state(&served)["last_error"], Value::Null);
    // Nobody is there: the next try is told, and can be had at once.
    forward(&served, &to(false));
    eventually("a far try is told", || {
        let next = state(&served)["next_try"].as_str()?.parse::<u128>().ok()?;
        let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap().as_nanos();
        (next > now + 8_000_000_000).then_some(())
    });
    let target = Served::start_with_ingest(there.path(), &address);
    served.call("retry_forwarding", &json!({}));
    let start = std::time::Instant::now();
    eventually("it arrives", || (runs(&target) == 1 && state(&served)["waiting"] == 0).then_some(()));
    assert!(start.elapsed().as_secs() < 8, "it waited for its turn");
    assert_eq!(
        (state(&served)["next_try"].clone(), state(&served)["last_error"].clone()),
        (Value::Null, Value::Null)
    );
    forward(&served, &to(true));
    let more = post.replace("5f\"", "70\"");
    served.post("/runs/batch", &[JSON], more.as_bytes());
    eventually("one waits", || (state(&served)["waiting"] == 1).then_some(()));
    served.call("clear_forwarding", &json!({}));
    assert_eq!(served.call("list_forwarding", &json!({})), json!([]));
    assert_eq!(state(&served)["waiting"], 0);
    assert_eq!((runs(&served), runs(&target)), (2, 1));
}

#[test]
fn a_second_process_goes_by_changed_settings() {
    let (here, there) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let (served, target) = (Served::start(here.path(), &[]), Served::start(there.path(), &[]));
    let other = Served::start(here.path(), &[]);
    let [post, _] = langsmith_batches();
    forward(
        &served,
        &json!({
            "endpoint_key": "k3y", "forward": { "url": target.ingest(), "protocol": "langsmith" },
            "redaction": [{ "name": "mail", "kind": "detector", "pattern": "email" }],
        }),
    );
    eventually("the other asks for the key", || {
        (other.post("/runs/batch", &[JSON], b"{}").0 == 401).then_some(())
    });
    assert_eq!(other.post("/runs/batch", &[JSON, ("x-api-key", "k3y")], post.as_bytes()).0, 202);
    eventually("it is sent on", || (runs(&target) == 1).then_some(()));
    drop((served, other, target));
    assert!(exported(there.path()).contains("who is <redacted>"));
}
