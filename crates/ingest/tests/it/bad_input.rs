//! Broken files: a clear word with its place, and the good rest.

use crate::support::{fixture, read, rejects};

const RUN: &str = r#"{"id":"0197a3c2-51e8-7aa0-8f00-111122223333","run_type":"chain","name":"a","start_time":"2026-07-14T09:30:00Z"}"#;

#[test]
fn a_truncated_request_keeps_its_whole_spans() {
    let whole = fixture("semconv/openai-genai-1.3.json");
    let decoded = read(&whole[..whole.len() * 2 / 3]);
    assert!(decoded.records.len() >= 5, "{}", decoded.records.len());
    assert_eq!(rejects(&decoded).iter().map(|(code, _)| *code).collect::<Vec<_>>(), ["truncated"]);
    let protobuf = fixture("semconv/openai-genai-1.3.pb");
    let decoded = read(&protobuf[..protobuf.len() * 2 / 3]);
    assert!(decoded.records.len() >= 5, "{}", decoded.records.len());
    assert_eq!(decoded.rejects[0].code, "invalid_protobuf");
    assert!(decoded.rejects[0].offset.is_some());
}

#[test]
fn an_empty_file_says_so() {
    assert_eq!(rejects(&read(b"")), [("empty", None)]);
}

#[test]
fn a_picture_is_named_as_one() {
    let decoded = read(b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR");
    assert_eq!(decoded.rejects[0].message, "This is a PNG picture, not a trace file");
}

#[test]
fn a_broken_line_is_listed_with_its_number_and_the_rest_goes_in() {
    let other = RUN.replace("3333\"", "4444\"");
    let decoded = read(format!("{RUN}\n{{\"id\": broken}}\n{{\"hello\":1}}\n{other}\n").as_bytes());
    assert_eq!(decoded.records.len(), 2);
    assert_eq!(rejects(&decoded), [("invalid_json", Some(2)), ("not_a_trace", Some(3))]);
}

#[test]
fn invalid_utf8_is_replaced_and_the_run_kept() {
    let mut line = RUN.replace("\"name\":\"a\"", "\"name\":\"X\"").into_bytes();
    let at = line.iter().position(|byte| *byte == b'X').unwrap();
    line[at] = 0xff;
    let decoded = read(&line);
    assert_eq!(decoded.records[0].fields.name.as_deref(), Some("\u{fffd}"));
}

#[test]
fn two_hundred_levels_are_kept_and_a_thousand_refused_with_their_line() {
    let nested = |levels: usize| {
        RUN.replace(
            "\"name\"",
            &format!("\"inputs\":{{\"x\":{}1{}}},\"name\"", "[".repeat(levels), "]".repeat(levels)),
        )
    };
    let decoded = read(format!("{}\n{}\n", nested(200), nested(1000)).as_bytes());
    assert_eq!(decoded.records.len(), 1);
    assert_eq!(rejects(&decoded), [("too_deep", Some(2))]);
    let detail = ingest::detail(std::slice::from_ref(&decoded.records[0].raw));
    assert!(detail.inputs.unwrap().contains(&"[".repeat(200)));
}

#[test]
fn a_field_of_thirty_megabytes_is_kept_whole() {
    let line =
        RUN.replace("\"name\"", &format!("\"inputs\":{{\"text\":\"{}\"}},\"name\"", "x".repeat(30 << 20)));
    let decoded = read(line.as_bytes());
    assert_eq!(decoded.records[0].raw.bytes.len(), line.len());
    assert_eq!(decoded.records[0].fields.input_preview.as_ref().unwrap().chars().count(), 201);
}

#[test]
fn an_end_before_the_start_is_kept_and_lasts_nothing() {
    let line = RUN.replace("\"start_time\"", "\"end_time\":\"2026-07-14T09:29:00Z\",\"start_time\"");
    assert_eq!(read(line.as_bytes()).records[0].fields.latency_nanos(), Some(0));
}
