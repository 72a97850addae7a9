//! The endpoint's ports: gRPC beside HTTP, both protocols on both, and pages that send.

use std::io::Write as _;

use serde_json::{Value, json};

use crate::app::{Served, agent, fixture, request, run};

const EXPORT: &str = "/opentelemetry.proto.collector.trace.v1.TraceService/Export";

fn grpc_port(served: &Served) -> &str {
    served.ready["grpc"].as_str().unwrap()
}

#[test]
fn the_port_of_grpc_takes_http_too() {
    let dir = tempfile::tempdir().unwrap();
    let served = Served::start(dir.path(), &[]);
    assert_ne!(grpc_port(&served), served.ingest());
    let url = format!("{}/v1/traces", grpc_port(&served));
    let response =
        agent().post(url).header("content-type", "application/json").send(request(&[(1, 1)])).unwrap();
    assert_eq!(response.status().as_u16(), 200);
    assert_eq!(served.call("app_info", &json!({}))["runs"], 1);
}

#[test]
fn only_loopback_addresses_are_bound_for_grpc() {
    let dir = tempfile::tempdir().unwrap();
    let output = run(dir.path(), &["serve", "--grpc", "0.0.0.0:0"]);
    assert!(!output.status.success());
    assert!(String::from_utf8_lossy(&output.stderr).contains("loopback"), "{output:?}");
}

#[test]
fn a_call_that_is_no_http_2_is_told_what_is_wrong_in_the_words_of_grpc() {
    let dir = tempfile::tempdir().unwrap();
    let served = Served::start(dir.path(), &[]);
    let status = |path: &str, body: &[u8]| {
        let response = agent()
            .post(format!("{}{path}", grpc_port(&served)))
            .header("content-type", "application/grpc")
            .send(body)
            .unwrap();
        response.headers().get("grpc-status").and_then(|code| code.to_str().ok()?.parse::<u32>().ok())
    };
    // UNIMPLEMENTED, and INTERNAL of a message that breaks off.
    assert_eq!(
        status("/opentelemetry.proto.collector.profiles.v1development.ProfilesService/Export", b""),
        Some(12)
    );
    assert_eq!(status(EXPORT, &[0, 0, 0, 0, 9, 1]), Some(13));
    // INVALID_ARGUMENT: a whole message of which nothing can be read.
    let malformed = std::fs::read(fixture("edge/malformed.pb")).unwrap();
    let length = u32::try_from(malformed.len()).unwrap().to_be_bytes();
    assert_eq!(status(EXPORT, &[&[0], length.as_slice(), &malformed].concat()), Some(3));
    let seen = served.call("get_activity", &json!({}))["requests"].clone();
    let fates: Vec<&Value> = seen.as_array().unwrap().iter().map(|request| &request["fate"]).collect();
    assert_eq!(fates, ["refused"; 3]);
}

#[test]
fn every_packing_of_a_message_is_taken() {
    let dir = tempfile::tempdir().unwrap();
    let served = Served::start(dir.path(), &[]);
    let message = std::fs::read(fixture("semconv/openai-genai-1.3.pb")).unwrap();
    let gzip = {
        let mut packer = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        packer.write_all(&message).unwrap();
        packer.finish().unwrap()
    };
    let zlib = {
        let mut packer = flate2::write::ZlibEncoder::new(Vec::new(), flate2::Compression::fast());
        packer.write_all(&message).unwrap();
        packer.finish().unwrap()
    };
    let packed = [
        ("identity", 0, message.clone()),
        ("gzip", 1, gzip),
        ("deflate", 1, zlib),
        ("zstd", 1, zstd::encode_all(message.as_slice(), 1).unwrap()),
    ];
    for (packing, flag, packed) in packed {
        let length = u32::try_from(packed.len()).unwrap().to_be_bytes();
        let response = agent()
            .post(format!("{}{EXPORT}", grpc_port(&served)))
            .header("content-type", "application/grpc")
            .header("grpc-encoding", packing)
            .send([&[flag], length.as_slice(), &packed].concat())
            .unwrap();
        assert_eq!(response.status().as_u16(), 200, "{packing}");
        let newest = served.call("get_activity", &json!({}))["requests"][0].clone();
        assert_eq!(
            (&newest["fate"], &newest["transport"]),
            (&json!("taken"), &json!("otlp_grpc")),
            "{packing}"
        );
        let named = Some(packing).filter(|packing| *packing != "identity");
        assert_eq!(newest["packing"], json!(named), "{packing}");
    }
    assert_eq!(served.call("app_info", &json!({}))["traces"], 11);
}

#[test]
fn pages_of_this_machine_may_send_and_others_may_not() {
    let dir = tempfile::tempdir().unwrap();
    let served = Served::start(dir.path(), &[]);
    let url = format!("{}/v1/traces", served.ingest());
    let local = "http://localhost:5173";

    let preflight = http::Request::builder()
        .method("OPTIONS")
        .uri(&url)
        .header("origin", local)
        .header("access-control-request-method", "POST")
        .header("access-control-request-headers", "content-type,x-api-key")
        .body(())
        .unwrap();
    let response = agent().run(preflight).unwrap();
    assert_eq!(response.status().as_u16(), 204);
    assert_eq!(response.headers()["access-control-allow-origin"], local);
    assert_eq!(response.headers()["access-control-allow-headers"], "content-type,x-api-key");

    let send = |origin: &str| {
        let request = agent().post(&url).header("content-type", "application/json").header("origin", origin);
        let response = request.send(crate::app::request(&[(1, 1)])).unwrap();
        let allowed = response.headers().get("access-control-allow-origin").cloned();
        (response.status().as_u16(), allowed.map(|origin| origin.to_str().unwrap().to_owned()))
    };
    assert_eq!(send("https://evil.example"), (403, None));
    assert_eq!(send("null"), (403, None));
    assert_eq!(served.call("app_info", &json!({}))["runs"], 0);
    assert_eq!(send(local), (200, Some(local.to_owned())));
    assert_eq!(served.call("app_info", &json!({}))["runs"], 1);

    // What is there is not for pages to read.
    let read = agent().post(format!("{}/runs/query", served.ingest())).header("origin", local);
    let response = read.header("content-type", "application/json").send("{}").unwrap();
    assert!(response.headers().get("access-control-allow-origin").is_none());
}
