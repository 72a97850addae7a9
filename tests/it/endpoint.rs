//! OTLP over HTTP as exporters speak it.

use std::io::{Read as _, Write as _};

use serde_json::{Value, json};

use crate::app::{Served, eventually, fixture, request, run};

const JSON: (&str, &str) = ("content-type", "application/json");
const PROTOBUF: (&str, &str) = ("content-type", "application/x-protobuf");

fn traces(served: &Served) -> u64 {
    served.call("list_traces", &json!({ "limit": 1 }))["total"].as_u64().unwrap()
}

#[test]
fn acknowledged_spans_can_be_read_at_once() {
    let dir = tempfile::tempdir().unwrap();
    let served = Served::start(dir.path(), &[]);
    let body = std::fs::read(fixture("semconv/openai-genai-1.3.pb")).unwrap();
    assert_eq!(served.post("/v1/traces", &[PROTOBUF], &body), (200, Vec::new()));
    assert_eq!(traces(&served), 11);
    let body = std::fs::read(fixture("langsmith/python-otel-only.json")).unwrap();
    assert_eq!(served.post("/v1/traces", &[JSON], &body), (200, b"{}".to_vec()));
    assert_eq!(traces(&served), 16);
}

#[test]
fn every_packing_and_every_lenient_path_is_taken() {
    let dir = tempfile::tempdir().unwrap();
    let served = Served::start(dir.path(), &[]);
    let pack = |encoding: &str, body: &[u8]| match encoding {
        "gzip" => {
            let mut packer = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
            packer.write_all(body).unwrap();
            packer.finish().unwrap()
        }
        "deflate" => {
            let mut packer = flate2::write::ZlibEncoder::new(Vec::new(), flate2::Compression::fast());
            packer.write_all(body).unwrap();
            packer.finish().unwrap()
        }
        _ => zstd::encode_all(body, 1).unwrap(),
    };
    for (number, encoding) in (1..).zip(["gzip", "deflate", "zstd"]) {
        let body = pack(encoding, request(&[(number, 1)]).as_bytes());
        assert_eq!(
            served.post("/v1/traces", &[JSON, ("content-encoding", encoding)], &body).0,
            200,
            "{encoding}"
        );
    }
    for (number, path) in (4..).zip([
        "/v1/traces/",
        "/otel/v1/traces",
        "/api/v1/otel/v1/traces",
        "/api/public/otel/v1/traces",
        "/",
    ]) {
        assert_eq!(served.post(path, &[], request(&[(number, 1)]).as_bytes()).0, 200, "{path}");
    }
    assert_eq!(traces(&served), 8);
}

#[test]
fn partial_success_names_what_was_refused() {
    let dir = tempfile::tempdir().unwrap();
    let served = Served::start(dir.path(), &[]);
    let body = std::fs::read(fixture("edge/invalid-ids.json")).unwrap();
    let (status, answer) = served.post("/v1/traces", &[JSON], &body);
    let answer: Value = serde_json::from_slice(&answer).unwrap();
    assert_eq!(status, 200);
    assert_eq!(answer["partialSuccess"]["rejectedSpans"], "6");
    assert!(answer["partialSuccess"]["errorMessage"].as_str().unwrap().contains("trace id"), "{answer}");
    let page = served.call("list_rejects", &json!({ "offset": 0, "limit": 10 }));
    assert_eq!(page["total"], 6);
}

#[test]
fn messages_that_come_as_log_records_join_their_span_whichever_comes_first() {
    let spans = std::fs::read(fixture("semconv/openai-v2-legacy-events.pb")).unwrap();
    let logs = std::fs::read(fixture("semconv/openai-v2-legacy-events.logs.pb")).unwrap();
    let opened = |first: (&str, &[u8]), second: (&str, &[u8])| {
        let dir = tempfile::tempdir().unwrap();
        let served = Served::start(dir.path(), &[]);
        for (path, body) in [first, second] {
            assert_eq!(served.post(path, &[PROTOBUF], body), (200, Vec::new()), "{path}");
        }
        let rows = served.call("list_traces", &json!({ "limit": 50 }));
        let inputs: Vec<Value> = rows["rows"]
            .as_array()
            .unwrap()
            .iter()
            .map(|row| {
                let trace = served.call("get_trace", &json!({ "trace_id": row["trace_id"] }));
                let run_id = &trace["columns"]["run_id"][0];
                let run = served.call("get_run", &json!({ "trace_id": row["trace_id"], "run_id": run_id }));
                json!([run["name"], run["status"], run["inputs"]["json"], run["outputs"]["json"]])
            })
            .collect();
        assert!(inputs.iter().any(|run| run.to_string().contains("user")), "{inputs:?}");
        inputs
    };
    let spans_first = opened(("/v1/traces", &spans), ("/v1/logs", &logs));
    let logs_first = opened(("/v1/logs", &logs), ("/v1/traces", &spans));
    assert_eq!(spans_first, logs_first);
}

#[test]
fn what_cannot_be_read_has_the_right_status() {
    let dir = tempfile::tempdir().unwrap();
    let served = Served::start(dir.path(), &[]);
    let malformed = std::fs::read(fixture("edge/malformed.pb")).unwrap();
    assert_eq!(served.post("/v1/traces", &[PROTOBUF], &malformed).0, 400);
    assert_eq!(served.post("/v1/traces", &[JSON], b"{\"resourceSpans\": [").0, 400);
    assert_eq!(served.post("/v1/traces", &[("content-type", "text/plain")], b"x").0, 415);
    assert_eq!(served.post("/v1/traces", &[JSON, ("content-encoding", "br")], b"x").0, 415);
    assert_eq!(served.post("/v1/traces", &[JSON, ("content-encoding", "gzip")], b"no gzip").0, 400);
    let (status, answer) = served.post("/v1/unknown", &[JSON], b"{}");
    let answer: Value = serde_json::from_slice(&answer).unwrap();
    assert_eq!((status, &answer["detail"]), (404, &answer["message"]));
    assert!(answer["detail"].as_str().unwrap().contains("/v1/unknown"), "{answer}");
    assert_eq!(served.post("/v1/logs", &[JSON], b"{}"), (200, b"{}".to_vec()));
    assert_eq!(served.post("/v1/metrics", &[JSON], b"{}"), (200, b"{}".to_vec()));
    assert_eq!(served.post("/v1/traces", &[PROTOBUF], b"").0, 200);
    // 300 MB of zeros in 300 KB.
    let bomb = zstd::encode_all(std::io::repeat(0).take(300 << 20), 1).unwrap();
    assert_eq!(served.post("/v1/traces", &[JSON, ("content-encoding", "zstd")], &bomb).0, 413);
}

#[test]
fn a_running_span_is_pending_until_its_end_arrives() {
    let dir = tempfile::tempdir().unwrap();
    let served = Served::start(dir.path(), &[]);
    let ended = request(&[(1, 1)]);
    let running = ended.replace("\"endTimeUnixNano\":\"1767225609000000000\",", "");
    assert_ne!(ended, running);
    served.post("/v1/traces", &[JSON], running.as_bytes());
    let status = || served.call("list_traces", &json!({ "limit": 1 }))["rows"][0]["status"].clone();
    assert_eq!(status(), "pending");
    served.post("/v1/traces", &[JSON], ended.as_bytes());
    assert_eq!(status(), "success");
    // The older version again changes nothing.
    served.post("/v1/traces", &[JSON], running.as_bytes());
    assert_eq!(status(), "success");
}

#[test]
fn two_processes_share_one_library() {
    let dir = tempfile::tempdir().unwrap();
    let first = Served::start(dir.path(), &[]);
    let second = Served::start(dir.path(), &[]);
    for number in 0..20 {
        let served = if number % 2 == 0 { &first } else { &second };
        // All spans are of the same few traces, so that the roll-ups meet.
        assert_eq!(
            served.post("/v1/traces", &[JSON], request(&[(number % 3 + 1, number + 1)]).as_bytes()).0,
            200
        );
    }
    for served in [&first, &second] {
        let info = eventually("both see everything", || {
            Some(served.call("app_info", &json!({}))).filter(|info| info["runs"] == 20)
        });
        assert_eq!(info["traces"], 3);
    }
}

#[test]
fn an_address_that_was_asked_for_and_is_in_use_is_an_error() {
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let dir = tempfile::tempdir().unwrap();
    let address = taken.local_addr().unwrap().to_string();
    let free = "127.0.0.1:0";
    for (ingest, grpc) in [(address.as_str(), free), (free, address.as_str())] {
        let output = run(dir.path(), &["serve", "--http", free, "--ingest", ingest, "--grpc", grpc]);
        let said = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(1), "{said}");
        assert_eq!(said.matches("is in use by another program").count(), 1, "{said}");
        assert!(output.stdout.is_empty());
    }
}
