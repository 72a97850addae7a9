//! Hand-made edge cases of OTLP (`tests/fixtures/otlp/edge`).

use serde_json::Value;

use crate::support::{fixture, read, rejects};

#[test]
fn json_is_read_with_tolerance() {
    let decoded = read(&fixture("edge/json-tolerance.json"));
    assert_eq!((decoded.records.len(), decoded.rejects.len()), (6, 0));
    let roots: Vec<_> = decoded
        .records
        .iter()
        .filter(|record| record.fields.parent_run_id.is_none())
        .filter_map(|record| record.fields.name.as_deref())
        .collect();
    assert!(roots.contains(&"root UPPER hex") && roots.contains(&"all-zero parent means root"), "{roots:?}");
    let root = decoded
        .records
        .iter()
        .find(|record| record.fields.name.as_deref() == Some("root UPPER hex"))
        .unwrap();
    let detail = ingest::detail(std::slice::from_ref(&root.raw));
    let attributes: Value = serde_json::from_str(&detail.attributes).unwrap();
    let attributes = &attributes["attributes"];
    assert_eq!(attributes["int.big"].to_string(), "9007199254740993");
    assert_eq!(attributes["double.null"], Value::Null);
    assert_eq!(attributes["dup"], "second");
    assert_eq!(attributes["array.empty"], serde_json::json!([]));
    assert_eq!((root.fields.usage.input, root.fields.usage.output), (Some(7), Some(3)));
}

#[test]
fn spans_with_unusable_ids_are_refused_one_by_one() {
    let decoded = read(&fixture("edge/invalid-ids.json"));
    assert_eq!((decoded.records.len(), decoded.rejects.len()), (2, 6));
    assert!(
        decoded
            .rejects
            .iter()
            .all(|reject| reject.path.as_deref().is_some_and(|path| path.contains("spans[")))
    );
    assert_eq!(decoded.warnings[0].code, "invalid_parent_span_id");
}

#[test]
fn snake_case_is_not_understood_and_said_so() {
    let decoded = read(&fixture("edge/snake-case.json"));
    assert_eq!((decoded.records.len(), decoded.rejects.len()), (0, 0));
    assert_eq!(decoded.warnings[0].code, "snake_case_key");
}

#[test]
fn collector_files_in_both_framings_hold_the_same_runs() {
    let mut lines = read(&fixture("edge/collector-file.jsonl")).records;
    let framed = fixture("edge/collector-file.binpb");
    let mut frames = read(&framed).records;
    let key = |record: &model::RunRecord| (record.trace_id, record.run_id);
    lines.sort_by_key(key);
    frames.sort_by_key(key);
    assert!(!frames.is_empty());
    let fields =
        |records: Vec<model::RunRecord>| records.into_iter().map(|record| record.fields).collect::<Vec<_>>();
    let frame_count = frames.len();
    let (lines, frames) = (fields(lines), fields(frames));
    if lines.len() == frame_count {
        assert_eq!(lines, frames);
    }
    let cut = read(&framed[..framed.len() - 100]);
    assert!(cut.records.len() < frame_count && !cut.records.is_empty());
    assert!(cut.rejects.iter().any(|reject| reject.code == "truncated"), "{:?}", cut.rejects);
}

#[test]
fn empty_requests_are_valid_and_malformed_ones_are_not() {
    let context = ingest::Context::default();
    for name in ["edge/empty.json", "edge/empty-envelopes.json"] {
        let decoded = ingest::otlp::decode_json(&fixture(name), &context).unwrap();
        assert_eq!((decoded.records.len(), decoded.rejects.len()), (0, 0), "{name}");
    }
    assert!(ingest::otlp::decode_protobuf(&fixture("edge/empty.pb"), &context).unwrap().records.is_empty());
    assert!(ingest::otlp::decode_json(&fixture("edge/malformed.json"), &context).is_err());
    assert!(ingest::otlp::decode_protobuf(&fixture("edge/malformed.pb"), &context).is_err());
}

#[test]
fn order_duplicates_and_orphans_are_all_read() {
    let decoded = read(&fixture("edge/order-duplicates-orphans.jsonl"));
    assert_eq!(decoded.records.len(), 10);
    assert_eq!(rejects(&decoded), []);
}

#[test]
fn log_records_and_metrics_are_counted_and_said_once_a_piece() {
    for (name, count) in [
        ("semconv/openai-genai-1.3.logs.pb", 11),
        ("semconv/openai-genai-1.3.logs.json", 11),
        ("semconv/openai-genai-1.3.metrics.pb", 4),
        ("semconv/openai-genai-1.3.metrics.json", 4),
        ("edge/evaluation-result.logs.pb", 3),
        ("proto-examples/metrics.json", 4),
    ] {
        let decoded = read(&fixture(name));
        assert_eq!((decoded.records.len(), decoded.rejects.len()), (0, 0), "{name}");
        assert_eq!(decoded.ignored, count, "{name}");
        assert_eq!(decoded.warnings.iter().map(|warning| warning.code).collect::<Vec<_>>(), ["not_spans"]);
    }
}
