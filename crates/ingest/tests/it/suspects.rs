//! Suspects of the audit.
use crate::support::{fixture, read, rejects};

const RUN: &str = r#"{"id":"0197a3c2-51e8-7aa0-8f00-111122223333","run_type":"chain","name":"a","start_time":"2026-07-14T09:30:00Z"}"#;

#[test]
fn s_logs_protobuf() {
    let d = read(&fixture("semconv/openai-genai-1.3.logs.pb"));
    println!("{:?} {} {}", rejects(&d), d.records.len(), d.ignored);
    let d = read(&fixture("semconv/openai-genai-1.3.metrics.pb"));
    println!("{:?} {} {}", rejects(&d), d.records.len(), d.ignored);
    let d = read(&fixture("semconv/openai-genai-1.3.metrics.json"));
    println!("{:?} {} {} {:?}", rejects(&d), d.records.len(), d.ignored, d.warnings);
}
#[test]
fn s_concatenated() {
    let d = read(format!("{RUN}{RUN}").as_bytes());
    println!("{:?} {}", rejects(&d), d.records.len());
}
#[test]
fn s_control_chars() {
    let run = RUN.replace("\"name\"", "\"inputs\":{\n\"x\":\"a\u{1}b\"},\"name\"");
    let d = read(run.as_bytes());
    let detail = ingest::detail(std::slice::from_ref(&d.records[0].raw));
    println!(
        "{:?} {:?}",
        detail.inputs,
        serde_json::from_str::<serde_json::Value>(detail.inputs.as_ref().unwrap())
    );
}
#[test]
fn s_slow_search() {
    let mut inner = "1".to_owned();
    for i in 0..12 {
        inner = if i == 0 {
            format!("{{\"content\":[{}]}}", vec!["1"; 2000].join(","))
        } else {
            format!("{{\"content\":{inner}}}")
        };
    }
    let run = RUN.replace("\"name\"", &format!("\"inputs\":{inner},\"name\""));
    let t = std::time::Instant::now();
    let d = read(run.as_bytes());
    println!("{:?} {} ({} bytes)", t.elapsed(), d.records.len(), run.len());
}
#[test]
fn s_protobuf_123() {
    let context = ingest::Context::default();
    for len in [123usize, 91] {
        // a resource-spans of exactly `len` bytes
        let json = |name: &str| {
            format!(
                r#"{{"resourceSpans":[{{"scopeSpans":[{{"spans":[{{"traceId":"0af7651916cd43dd8448eb211c80319c","spanId":"b7ad6b7169203331","name":"{name}","startTimeUnixNano":"1","endTimeUnixNano":"2"}}]}}]}}]}}"#
            )
        };
        for n in 0..80 {
            let d = ingest::otlp::decode_json(json(&"x".repeat(n)).as_bytes(), &context).unwrap();
            let raw = &d.records[0].raw.bytes;
            if usize::from(raw[1]) == len {
                let d = read(raw);
                println!("{len}: {:?} {}", rejects(&d), d.records.len());
            }
        }
    }
}
#[test]
fn s_bad_span_in_first_resource() {
    let a = fixture("semconv/openai-genai-1.3.pb");
    // a resource with one damaged span in front: resourceSpans{2: scopeSpans{2: span{field 1 cut}}}
    let mut bytes = vec![0x0a, 6, 0x12, 4, 0x12, 2, 0x0a, 99];
    bytes.extend_from_slice(&a);
    let d = read(&bytes);
    println!("{:?} {}", rejects(&d), d.records.len());
}
#[test]
fn s_invalid_trace_in_child() {
    let run = RUN.replace("\"name\"", "\"child_runs\":[{\"id\":\"0197a3c2-51f0-7b3e-9c1d-0a1b2c3d4e5f\",\"trace_id\":\"zzz\",\"run_type\":\"tool\"}],\"name\"");
    let d = read(run.as_bytes());
    for r in &d.records {
        println!("{} {:?}", ingest::interpret(&r.raw).as_ref() == Some(r), r.trace_id);
    }
}
#[test]
fn s_deep_children() {
    let mut run = String::new();
    for i in 0..250 {
        run.push_str(&format!(
            "{{\"id\":\"0197a3c2-51f0-7b3e-9c1d-{i:012x}\",\"run_type\":\"tool\",\"child_runs\":["
        ));
    }
    run.push_str(RUN);
    for _ in 0..250 {
        run.push_str("]}");
    }
    let t = std::time::Instant::now();
    let d = read(run.as_bytes());
    println!("{:?} {} {:?}", rejects(&d), d.records.len(), t.elapsed());
}
#[test]
fn s_deep_attribute() {
    let mut v = "{\"intValue\":\"7\"}".to_owned();
    for _ in 0..160 {
        v = format!("{{\"arrayValue\":{{\"values\":[{v}]}}}}");
    }
    let json = format!(
        r#"{{"resourceSpans":[{{"scopeSpans":[{{"spans":[{{"traceId":"0af7651916cd43dd8448eb211c80319c","spanId":"b7ad6b7169203331","name":"n","attributes":[{{"key":"deep","value":{v}}}]}}]}}]}}]}}"#
    );
    let d = read(json.as_bytes());
    let detail = ingest::detail(std::slice::from_ref(&d.records[0].raw));
    println!("{:?} kept {}", rejects(&d), detail.attributes.contains('7'));
}
#[test]
fn s_export_pretty_is_one_line() {
    let run = RUN.replace("\"name\"", "\"inputs\":{\n\"x\":\n9007199254740993},\"extra\":{\"runtime\":{\"sdk\":\"py\"},\"invocation_params\":{\"tools\":[1]}},\"name\"");
    let d = read(run.as_bytes());
    let r = &d.records[0];
    let place = ingest::export::RunPlace {
        trace_id: r.trace_id.unwrap(),
        run_id: r.run_id,
        parent_run_id: None,
        dotted_order: String::new(),
    };
    let line = ingest::export::langsmith_run(&ingest::detail(std::slice::from_ref(&r.raw)), &place);
    println!("{} lines: {line}", line.lines().count());
}
#[test]
fn s_utf16_and_utf8() {
    let u: Vec<u8> =
        std::iter::once(0xfeffu16).chain(RUN.encode_utf16()).flat_map(u16::to_le_bytes).collect();
    println!("{:?}", read(&u).rejects);
    let mut line = RUN.replace("\"a\"", "\"X\"").into_bytes();
    let at = line.iter().position(|b| *b == b'X').unwrap();
    line[at] = 0xff;
    println!("{:?}", read(&line).warnings);
}
#[test]
fn s_interrupted_status() {
    let run = RUN.replace("\"name\"", "\"status\":\"interrupted\",\"name\"");
    println!("{:?}", read(run.as_bytes()).records[0].fields.status());
}
