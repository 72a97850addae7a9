//! What an import or a sender is told about records that were read, but not as they were sent.

use serde_json::{Value, json};

use crate::app::{Served, fixture, run, run_json};

/// One line a warning: source, path, code.
fn warnings(page: &Value) -> Vec<String> {
    let line = |row: &Value| {
        let text = |key: &str| row[key].as_str().unwrap_or("-").to_owned();
        format!("{} {} {}", text("source"), text("path"), text("code"))
    };
    page["rows"].as_array().unwrap().iter().map(line).collect()
}

#[test]
fn an_import_tells_warnings_apart_from_rejects_with_place_and_reason() {
    let dir = tempfile::tempdir().unwrap();
    let file = fixture("edge/order-duplicates-orphans.jsonl");
    let output = run(dir.path(), &["import", file.to_str().unwrap(), "--json"]);
    let told: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!((&told["rejected"], &told["warnings"]), (&0.into(), &2.into()), "{told}");
    assert_eq!(output.status.code(), Some(0), "warnings are no failure");
    let said = String::from_utf8(output.stderr).unwrap();
    assert!(said.contains("warning: order-duplicates-orphans.jsonl:"), "{said}");
    assert!(said.contains("(own_parent)") && said.contains("(parent_cycle)"), "{said}");

    let served = Served::start(dir.path(), &[]);
    let page = served.call("list_rejects", &json!({ "severity": "warning", "offset": 0, "limit": 10 }));
    assert_eq!((&page["total"], &page["rejected"], &page["warnings"]), (&2.into(), &0.into(), &2.into()));
    assert_eq!(
        warnings(&page),
        [
            "order-duplicates-orphans.jsonl resourceSpans[0].scopeSpans[0].spans[0] own_parent",
            "order-duplicates-orphans.jsonl trace 0af76519-16cd-43dd-8448-eb211c80319c, run 00000000-0000-0000-0000-000000000001 parent_cycle",
        ]
    );
    let again = run_json(dir.path(), &["import", file.to_str().unwrap()]);
    assert_eq!(again["warnings"], 2);
}

#[test]
fn the_endpoint_keeps_what_it_noticed_and_tells_the_sender_what_it_cannot_know() {
    let dir = tempfile::tempdir().unwrap();
    let served = Served::start(dir.path(), &[]);
    let span = |id: &str, extra: &str| {
        format!(
            r#"{{"traceId":"0af7651916cd43dd8448eb211c80319c","spanId":"{id}","startTimeUnixNano":"20"{extra}}}"#
        )
    };
    let spans = [
        span("b7ad6b7169203331", r#","endTimeUnixNano":"5""#),
        span("b7ad6b7169203332", r#","droppedAttributesCount":2"#),
    ];
    let body = format!(r#"{{"resourceSpans":[{{"scopeSpans":[{{"spans":[{}]}}]}}]}}"#, spans.join(","));
    let (_, answer) = served.post("/v1/traces", &[("content-type", "application/json")], body.as_bytes());
    let answer: Value = serde_json::from_slice(&answer).unwrap();
    let said = answer["partialSuccess"]["errorMessage"].as_str().unwrap();
    assert!(
        said.contains("ends 15 ns before it starts") && !said.contains("left out 2 attributes"),
        "{said}"
    );
    let page = served.call("list_rejects", &json!({ "severity": "warning", "offset": 0, "limit": 10 }));
    assert_eq!(
        warnings(&page),
        [
            "Endpoint resourceSpans[0].scopeSpans[0].spans[0] ends_before_start",
            "Endpoint resourceSpans[0].scopeSpans[0].spans[1] dropped_by_sender",
        ]
    );
}
