//! What senders write that the letter of OTLP/JSON does not allow, or that stock decoders trip over
//! (`otel-transport.md` §5). Each costs at most itself.

use ingest::{Context, Decoded, otlp};
use serde_json::{Value, json};

/// A request with this span, laid over one that is as it should be, and a good neighbour.
fn request(changes: &Value) -> Value {
    let mut span = json!({
        "traceId": "0af7651916cd43dd8448eb211c80319c", "spanId": "b7ad6b7169203331", "name": "call",
        "startTimeUnixNano": "1767225601000000000", "endTimeUnixNano": "1767225602000000000",
    });
    let neighbour = json!({
        "traceId": "0af7651916cd43dd8448eb211c80319c", "spanId": "00f067aa0ba902b7", "name": "neighbour",
        "startTimeUnixNano": "1767225601000000000", "endTimeUnixNano": "1767225602000000000",
    });
    for (key, value) in changes.as_object().into_iter().flatten() {
        span[key] = value.clone();
    }
    json!({ "resourceSpans": [{ "scopeSpans": [{ "spans": [span, neighbour] }] }] })
}

fn decode(request: &Value) -> Decoded {
    otlp::decode_json(request.to_string().as_bytes(), &Context::default()).unwrap()
}

/// The attributes of the span with these changes; its neighbour is there too.
fn attributes(changes: &Value) -> Value {
    let decoded = decode(&request(changes));
    assert_eq!((decoded.records.len(), decoded.rejects.len(), decoded.warnings.len()), (2, 0, 0));
    let detail = ingest::detail(std::slice::from_ref(&decoded.records[0].raw));
    serde_json::from_str::<Value>(&detail.attributes).unwrap()["attributes"].clone()
}

/// The attribute `x` sent with this value.
fn attribute(value: &Value) -> Value {
    attributes(&json!({ "attributes": [{ "key": "x", "value": value }] }))["x"].clone()
}

#[test]
fn empty_lists_and_maps_may_lack_their_values() {
    assert_eq!(attribute(&json!({ "arrayValue": {} })), json!([]));
    assert_eq!(attribute(&json!({ "kvlistValue": {} })), json!({}));
    assert_eq!(attribute(&json!({ "arrayValue": { "values": [{ "kvlistValue": {} }] } })), json!([{}]));
    assert_eq!(attribute(&json!({})), Value::Null);
}

#[test]
fn not_a_number_and_the_infinities_come_as_texts() {
    for text in ["NaN", "Infinity", "-Infinity"] {
        assert_eq!(attribute(&json!({ "doubleValue": text })), json!(text));
    }
    assert_eq!(attribute(&json!({ "doubleValue": null })), Value::Null);
    assert_eq!(attribute(&json!({ "doubleValue": "3.5" })), json!(3.5));
}

#[test]
fn integers_come_as_texts_as_numbers_and_as_floats() {
    for value in [json!("42"), json!(42), json!(42.0), json!("42.0")] {
        assert_eq!(attribute(&json!({ "intValue": value })), json!(42), "{value}");
    }
    assert_eq!(attribute(&json!({ "intValue": "9007199254740993" })).to_string(), "9007199254740993");
    let times = |start: Value, end: Value| {
        let decoded = decode(&request(&json!({ "startTimeUnixNano": start, "endTimeUnixNano": end })));
        let fields = &decoded.records[0].fields;
        (fields.start.map(|time| time.0), fields.end.map(|time| time.0))
    };
    let read = (Some(1_767_225_601_000_000_001), Some(1_767_225_602_000_000_002));
    assert_eq!(times(json!("1767225601000000001"), json!("1767225602000000002")), read);
    assert_eq!(times(json!(1_767_225_601_000_000_001_u64), json!(1_767_225_602_000_000_002_u64)), read);
}

#[test]
fn enums_come_by_name() {
    let status =
        |code: Value| decode(&request(&json!({ "status": { "code": code } }))).records[0].fields.status();
    assert_eq!(status(json!("STATUS_CODE_ERROR")), status(json!(2)));
    assert_eq!(status(json!("ERROR")), status(json!(2)));
    assert_ne!(status(json!("STATUS_CODE_OK")), status(json!(2)));
    let kind = |kind: Value| {
        let decoded = decode(&request(&json!({ "kind": kind })));
        let json = ingest::export::otlp_json(&decoded.records[0].raw).unwrap();
        let span: Value = serde_json::from_str(&json).unwrap();
        span["resourceSpans"][0]["scopeSpans"][0]["spans"][0]["kind"].clone()
    };
    for (name, number) in [("SPAN_KIND_CLIENT", 3), ("SPAN_KIND_SERVER", 2), ("CONSUMER", 5)] {
        assert_eq!((kind(json!(name)), kind(json!(number))), (json!(number), json!(number)), "{name}");
    }
}

#[test]
fn keys_come_in_snake_case_and_that_is_said_once() {
    let snake = json!({ "resource_spans": [{
        "resource": { "attributes": [{ "key": "service.name", "value": { "string_value": "shop" } }] },
        "scope_spans": [{ "spans": [{
            "trace_id": "0af7651916cd43dd8448eb211c80319c", "span_id": "b7ad6b7169203331", "name": "call",
            "parent_span_id": "00f067aa0ba902b7", "start_time_unix_nano": "1767225601000000000",
            "end_time_unix_nano": "1767225602000000000", "dropped_attributes_count": 3,
            "attributes": [{ "key": "snake_case_key", "value": { "array_value": { "values": [{ "int_value": 1 }] } } }],
        }] }],
    }] });
    let decoded = decode(&snake);
    assert_eq!((decoded.records.len(), decoded.rejects.len()), (1, 0));
    let codes: Vec<_> = decoded.warnings.iter().map(|warning| warning.code).collect();
    assert_eq!(codes, ["dropped_by_sender", "snake_case_key"]);
    let record = &decoded.records[0];
    assert_eq!(record.fields.start.map(|time| time.0), Some(1_767_225_601_000_000_000));
    assert!(record.fields.parent_run_id.is_some());
    assert_eq!(otlp::services(&decoded.records), [("shop".to_owned(), 1)]);
    let detail = ingest::detail(std::slice::from_ref(&record.raw));
    let attributes: Value = serde_json::from_str(&detail.attributes).unwrap();
    // Names of attributes are not names of fields.
    assert_eq!(attributes["attributes"]["snake_case_key"], json!([1]));
}

#[test]
fn null_is_absent_wherever_it_stands() {
    let nulls = json!({
        "attributes": null, "events": null, "links": null, "status": null, "parentSpanId": null, "traceState": null,
        "kind": null, "droppedAttributesCount": null, "flags": null,
    });
    assert_eq!(attributes(&nulls), json!({}));
    assert_eq!(attribute(&json!({ "stringValue": null })), Value::Null);
    assert_eq!(attribute(&Value::Null), Value::Null);
    for empty in [
        json!({ "resourceSpans": null }),
        json!({ "resourceSpans": [null] }),
        json!({ "resourceSpans": [{ "scopeSpans": null }] }),
        json!({ "resourceSpans": [{ "resource": null, "scopeSpans": [{ "scope": null, "spans": null }] }] }),
    ] {
        let decoded = decode(&empty);
        assert_eq!((decoded.records.len(), decoded.rejects.len()), (0, 0), "{empty}");
    }
}

#[test]
fn one_bad_id_costs_one_span() {
    for (key, id) in [
        ("traceId", json!("0af7651916cd43dd8448eb211c80319")),
        ("traceId", json!("zzf7651916cd43dd8448eb211c80319c")),
        ("traceId", json!("00000000000000000000000000000000")),
        ("traceId", json!(12)),
        ("spanId", json!("b7ad6b71692033")),
        ("spanId", json!("0000000000000000")),
        ("spanId", Value::Null),
        ("spanId", json!({})),
    ] {
        let decoded = decode(&request(&json!({ key: id })));
        let names: Vec<_> = decoded.records.iter().map(|record| record.fields.name.as_deref()).collect();
        assert_eq!(names, [Some("neighbour")], "{key} {id}");
        assert_eq!(decoded.rejects.len(), 1, "{key} {id}");
        assert_eq!(decoded.rejects[0].path.as_deref(), Some("resourceSpans[0].scopeSpans[0].spans[0]"));
    }
}

#[test]
fn services_are_counted_by_their_records_in_both_encodings() {
    let of = |name: &str, spans: u32| {
        let spans: Vec<Value> = (1..=spans)
            .map(|span| json!({ "traceId": "0af7651916cd43dd8448eb211c80319c", "spanId": format!("{span:016x}") }))
            .collect();
        json!({
            "resource": { "attributes": [{ "key": "service.name", "value": { "stringValue": name } }] },
            "scopeSpans": [{ "spans": spans }],
        })
    };
    let decoded = decode(&json!({ "resourceSpans": [of("a", 2), of("b", 1), of("a", 1)] }));
    let expected = [("a".to_owned(), 3), ("b".to_owned(), 1)];
    assert_eq!(otlp::services(&decoded.records), expected);
    let protobuf: Vec<u8> = decoded.records.iter().flat_map(|record| record.raw.bytes.clone()).collect();
    let decoded = otlp::decode_protobuf(&protobuf, &Context::default()).unwrap();
    assert_eq!(otlp::services(&decoded.records), expected);
    assert_eq!(otlp::lines_of_protobuf(&protobuf).len(), 4);
}

#[test]
fn a_time_that_is_none_is_said() {
    let span = |start: &str| {
        let request = format!(
            r#"{{"resourceSpans":[{{"scopeSpans":[{{"spans":[{{"traceId":"0af7651916cd43dd8448eb211c80319c",
            "spanId":"b7ad6b7169203331","name":"s","startTimeUnixNano":{start},"endTimeUnixNano":"9"}}]}}]}}]}}"#
        );
        let decoded = crate::support::read(request.as_bytes());
        assert_eq!((decoded.records.len(), decoded.rejects.len()), (1, 0));
        let said = |warning: &ingest::Reject| (warning.code, warning.path.clone().unwrap_or_default());
        decoded.warnings.iter().map(said).collect::<Vec<_>>()
    };
    let place = "resourceSpans[0].scopeSpans[0].spans[0]".to_owned();
    for start in [r#""-1000000000""#, r#""abc""#, "-1", "true"] {
        assert_eq!(span(start), [("time_out_of_range", place.clone())], "{start}");
    }
    for start in [r#""1""#, r#""""#, "null", "0"] {
        assert_eq!(span(start), [], "{start}");
    }
}

#[test]
fn a_value_that_is_too_deep_takes_nothing_beside_it_along() {
    let deep = format!("{}{}", r#"{"arrayValue":{"values":["#.repeat(400), "]}}".repeat(400));
    let span = |id: u8, attributes: &str| {
        format!(
            r#"{{"traceId":"0af7651916cd43dd8448eb211c80319c","spanId":"b7ad6b716920330{id}","name":"s{id}",
            "attributes":[{attributes}]}}"#
        )
    };
    let request = format!(
        r#"{{"resourceSpans":[{{"scopeSpans":[{{"spans":[{},{}]}}]}}]}}"#,
        span(1, &format!(r#"{{"key":"deep","value":{deep}}},{{"key":"my","value":{{"stringValue":"x"}}}}"#)),
        span(2, ""),
    );
    let decoded = ingest::otlp::decode_json(request.as_bytes(), &ingest::Context::default()).unwrap();
    assert_eq!((decoded.records.len(), decoded.rejects.len()), (2, 0));
    assert_eq!(decoded.warnings.iter().map(|warning| warning.code).collect::<Vec<_>>(), ["too_deep"]);
    let detail = ingest::detail(std::slice::from_ref(&decoded.records[0].raw));
    assert!(detail.metadata.contains(r#""my":"x""#), "{}", detail.metadata);
}

#[test]
fn a_byte_order_mark_before_a_request_is_passed_over() {
    let request = "\u{feff}{\"resourceSpans\":[]}";
    assert!(ingest::otlp::decode_json(request.as_bytes(), &ingest::Context::default()).is_ok());
}
