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
    let inputs: Value = serde_json::from_str(detail.inputs.as_deref().unwrap_or("null")).unwrap();
    assert_eq!(inputs["messages"][0]["role"], "user", "{inputs}");
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
fn snake_case_is_read_and_said() {
    let decoded = read(&fixture("edge/snake-case.json"));
    assert_eq!((decoded.records.len(), decoded.rejects.len()), (1, 0));
    assert_eq!(decoded.warnings[0].code, "snake_case_key");
}

#[test]
fn a_collector_file_of_framed_messages_is_read_and_a_cut_one_keeps_its_beginning() {
    let framed = fixture("edge/collector-file.binpb");
    let whole = read(&framed);
    assert_eq!((whole.records.len(), whole.rejects.len()), (18, 0));
    let cut = read(&framed[..framed.len() - 100]);
    assert!(cut.records.len() < 18 && !cut.records.is_empty());
    assert!(cut.rejects.iter().any(|reject| reject.code == "truncated"), "{:?}", cut.rejects);
}

#[test]
fn every_framing_and_packing_of_the_same_requests_gives_the_same_runs() {
    let lines = fixture("edge/collector-file.jsonl");
    let expected = read(&lines).records;
    assert_eq!(expected.len(), 42);
    let requests: Vec<&[u8]> =
        lines.split(|byte| *byte == b'\n').filter(|line| !line.trim_ascii().is_empty()).collect();
    let framed = |pack: &dyn Fn(&[u8]) -> Vec<u8>| {
        let mut file = Vec::new();
        for request in &requests {
            let message = pack(request);
            file.extend_from_slice(&u32::try_from(message.len()).unwrap().to_be_bytes());
            file.extend_from_slice(&message);
        }
        file
    };
    let protobuf = |request: &[u8]| -> Vec<u8> {
        // Raw records are messages whose concatenation is a message again.
        read(request).records.into_iter().flat_map(|record| record.raw.bytes).collect()
    };
    let gzip = |content: &[u8]| {
        let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        std::io::Write::write_all(&mut encoder, content).unwrap();
        encoder.finish().unwrap()
    };
    let zstd = |content: &[u8]| zstd::encode_all(content, 1).unwrap();
    let array = [b"[".as_slice(), &requests.join(b",\n".as_slice()), b"]"].concat();
    let pretty = requests
        .iter()
        .map(|request| {
            let value: Value = serde_json::from_slice(request).unwrap();
            serde_json::to_vec_pretty(&value).unwrap()
        })
        .collect::<Vec<_>>()
        .concat();
    let (first, second) = lines.split_at(requests[0].len() + 1);
    for (name, file) in [
        ("array", array.clone()),
        ("pretty-printed values", pretty),
        ("no line breaks", requests.concat()),
        ("carriage returns", requests.join(b"\r\n\r\n".as_slice())),
        ("byte order mark", [b"\xef\xbb\xbf".as_slice(), &lines].concat()),
        ("gzip", gzip(&lines)),
        ("gzip of two members", [gzip(first), gzip(second)].concat()),
        ("zstd", zstd(&lines)),
        ("gzip of an array", gzip(&array)),
        ("framed JSON", framed(&|request| request.to_vec())),
        ("framed protobuf", framed(&protobuf)),
        ("framed zstd of JSON", framed(&|request| zstd(request))),
        ("framed zstd of protobuf", framed(&|request| zstd(&protobuf(request)))),
        ("one protobuf message", requests.iter().flat_map(|request| protobuf(request)).collect()),
        ("zstd of framed protobuf", zstd(&framed(&protobuf))),
    ] {
        let decoded = read(&file);
        assert_eq!(rejects(&decoded), [], "{name}");
        assert!(decoded.records == expected, "{name}: {} runs", decoded.records.len());
    }
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
fn metrics_and_other_log_records_are_counted_and_said_once_a_piece() {
    for (name, records, count) in [
        ("semconv/openai-genai-1.3.metrics.pb", 0, 4),
        ("semconv/openai-genai-1.3.metrics.json", 0, 4),
        ("proto-examples/metrics.json", 0, 4),
        ("proto-examples/logs.json", 0, 1),
        ("gemini-cli/prompt-mode.logs.json", 5, 10),
    ] {
        let decoded = read(&fixture(name));
        assert_eq!((decoded.records.len(), decoded.rejects.len()), (records, 0), "{name}");
        assert_eq!(decoded.ignored, count, "{name}");
        assert_eq!(decoded.warnings.iter().map(|warning| warning.code).collect::<Vec<_>>(), ["not_spans"]);
    }
}

#[test]
fn log_records_that_tell_of_a_run_are_read_in_both_encodings() {
    for (name, count) in [
        ("semconv/openai-genai-1.3.logs", 11),
        ("semconv/openai-v2-legacy-events.logs", 22),
        ("pydantic-ai/v1-format1-logmode.logs", 36),
        ("openlit/openai-anthropic.logs", 10),
        ("edge/evaluation-result.logs", 3),
    ] {
        let [protobuf, json] =
            ["pb", "json"].map(|encoding| read(&fixture(&format!("{name}.{encoding}"))).records);
        assert_eq!(protobuf.len(), count, "{name}");
        let told = |records: &[model::RunRecord]| -> Vec<_> {
            records.iter().map(|record| (record.trace_id, record.run_id, record.fields.clone())).collect()
        };
        assert_eq!(told(&protobuf), told(&json), "{name}");
        for record in protobuf.iter().chain(&json) {
            assert_eq!(ingest::interpret(&record.raw).as_ref(), Some(record), "{name}");
        }
    }
}
