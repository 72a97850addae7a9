//! What people see of the endpoint: requests, senders, bodies, a test trace.

use serde_json::{Value, json};

use crate::app::{Served, fixture, request};

const JSON: (&str, &str) = ("content-type", "application/json");
const PROTOBUF: (&str, &str) = ("content-type", "application/x-protobuf");

fn newest(served: &Served) -> Value {
    served.call("get_activity", &json!({}))["requests"][0].clone()
}

fn body_of(served: &Served, request: &Value) -> Value {
    served.call("read_request_body", &json!({ "number": request["number"] }))
}

#[test]
fn every_request_is_listed_with_what_became_of_it() {
    let dir = tempfile::tempdir().unwrap();
    let served = Served::start(dir.path(), &[]);
    let mut agents = Vec::new();
    let mut send = |path: &str, agent: &str, headers: &[(&str, &str)], body: &[u8]| {
        agents.push(agent.to_owned());
        served.post(path, &[headers, &[("user-agent", agent)]].concat(), body);
        let seen = newest(&served);
        assert_eq!(seen["user_agent"], *agent);
        (seen["fate"].as_str().unwrap().to_owned(), seen["taken"].clone(), seen["rejected"].clone())
    };
    let taken = |taken: u64, rejected: u64, fate: &str| (fate.to_owned(), json!(taken), json!(rejected));
    assert_eq!(send("/v1/traces", "a", &[JSON], request(&[(1, 1), (1, 2)]).as_bytes()), taken(2, 0, "taken"));
    let invalid_ids = std::fs::read(fixture("edge/invalid-ids.json")).unwrap();
    assert_eq!(send("/v1/traces", "b", &[JSON], &invalid_ids), taken(2, 6, "partly"));
    assert_eq!(send("/v1/traces", "c", &[JSON], b"{"), taken(0, 1, "refused"));
    assert_eq!(send("/v1/tracez", "d", &[PROTOBUF], b"x"), taken(0, 1, "refused"));
    assert_eq!(send("/v1/traces", "e", &[JSON, ("content-encoding", "br")], b"x"), taken(0, 1, "refused"));
    let run = r#"{"id":"0197a3c2-51e8-7aa0-8f00-111122223333","name":"x","run_type":"chain","start_time":"2026-07-14T09:30:00Z"}"#;
    assert_eq!(
        send("/runs/batch", "f", &[JSON], format!("{{\"post\":[{run}]}}").as_bytes()),
        taken(1, 0, "taken")
    );

    let activity = served.call("get_activity", &json!({}));
    assert_eq!(activity["requests"].as_array().unwrap().len(), 6);
    let mut senders: Vec<&str> = activity["senders"]
        .as_array()
        .unwrap()
        .iter()
        .map(|sender| sender["user_agent"].as_str().unwrap())
        .collect();
    senders.sort_unstable();
    assert_eq!(senders, agents);
    assert_eq!(newest(&served)["transport"], "langsmith");

    served.call("clear_activity", &json!({}));
    assert_eq!(served.call("get_activity", &json!({}))["requests"], json!([]));
    assert_eq!(served.call("app_info", &json!({}))["endpoint"]["requests"], 6);
}

#[test]
fn bodies_are_kept_for_a_look_and_shown_redacted() {
    let dir = tempfile::tempdir().unwrap();
    let served = Served::start(dir.path(), &[]);
    let json_body = request(&[(1, 1)]).replacen("xxxxxx", "ann@example.com", 1);
    served.post("/v1/traces", &[JSON], json_body.as_bytes());
    let as_json = newest(&served);
    assert_eq!(body_of(&served, &as_json)["text"], json_body);

    // Protobuf as lines of OTLP/JSON, the refused spans too.
    let protobuf = std::fs::read(fixture("pydantic-ai/v2-format5.pb")).unwrap();
    served.post("/v1/traces", &[PROTOBUF], &protobuf);
    let as_protobuf = newest(&served);
    assert_eq!(as_protobuf["fate"], "taken");
    let lines = body_of(&served, &as_protobuf)["text"].as_str().unwrap().to_owned();
    assert_eq!(json!(lines.lines().count()), as_protobuf["taken"]);
    let first: Value = serde_json::from_str(lines.lines().next().unwrap()).unwrap();
    assert!(first["resourceSpans"][0]["scopeSpans"][0]["spans"][0]["name"].is_string());

    let mut settings = served.call("get_settings", &json!({}));
    let rule = |kind: &str, pattern: &str| json!({ "name": "r", "kind": kind, "pattern": pattern });
    settings["redaction"] = json!([rule("detector", "email")]);
    served.call("set_settings", &settings);
    let text = body_of(&served, &as_json)["text"].as_str().unwrap().to_owned();
    assert!(!text.contains("ann@example.com") && text.contains("<redacted>"), "{text}");

    // Rules that go by a place need the structure.
    settings["redaction"] = json!([rule("key", "payload")]);
    served.call("set_settings", &settings);
    let text = body_of(&served, &as_json)["text"].as_str().unwrap().to_owned();
    assert!(!text.contains("xxxx") && text.contains("work 1"), "{text}");
    let text = body_of(&served, &as_protobuf)["text"].as_str().unwrap().to_owned();
    assert_eq!(json!(text.lines().count()), as_protobuf["taken"]);
}

#[test]
fn a_test_trace_goes_through_the_endpoint_with_its_key() {
    let dir = tempfile::tempdir().unwrap();
    let served = Served::start(dir.path(), &[]);
    let mut settings = served.call("get_settings", &json!({}));
    settings["endpoint_key"] = json!("s3cret");
    served.call("set_settings", &settings);
    let sent = served.call("send_test_trace", &json!({}));
    assert_eq!((&sent["status"], &sent["message"]), (&json!(200), &Value::Null), "{sent}");
    let row = served.call("list_traces", &json!({ "limit": 5 }))["rows"][0].clone();
    assert_eq!(
        (&row["trace_id"], &row["name"], &row["runs"]),
        (&sent["trace_id"], &json!("Test trace"), &json!(2))
    );
    assert_eq!(row["usage"]["total"], 19);
    assert_eq!(newest(&served)["services"], json!(["tracemark-test"]));

    // A port of the settings that another program has: that is said, and the UI goes on.
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    settings["endpoint_port"] = json!(taken.local_addr().unwrap().port());
    served.call("set_settings", &settings);
    drop(served);
    let silent = Served::start_by_settings(dir.path());
    assert_eq!(silent.ready["ingest"], Value::Null);
    let endpoint = silent.call("app_info", &json!({}))["endpoint"].clone();
    assert_eq!(endpoint["state"], "failed");
    assert!(endpoint["error"].as_str().unwrap().contains("in use"), "{endpoint}");
    let refused = silent.call("send_test_trace", &json!({}));
    assert!(refused["message"].as_str().unwrap().contains("does not listen"), "{refused}");
}
