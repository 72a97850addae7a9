//! Exports of other tools: files in, a drawing of the traces and of the judgements out.

use std::collections::BTreeMap;

use model::{RunId, RunRecord, TraceId, UnixNanos};

use crate::{
    drawing::drawn,
    judgements,
    support::{file, read, rejects},
};

fn export(path: &str) -> Vec<u8> {
    file(&format!("exports/{path}"))
}

#[test]
fn a_trace_of_langfuse_with_its_scores() {
    let decoded = read(&export("langfuse/trace-api.json"));
    assert_eq!(rejects(&decoded), []);
    insta::assert_snapshot!(drawn(decoded.records), @r##"
    thread chat-42 in Langfuse export (langfuse)
      answer chain success 1900ms | Where is parcel 77? -> It arrives Tuesday.
        track tool error 300ms | {"parcel":77} -> Tuesday ! carrier answered 503
        draft llm success gpt-4o-mini 20 tokens (0 cached) 1300ms | Where is parcel 77? -> It arrives Tuesday.
    "##);
    insta::assert_snapshot!(judgements::drawn(&decoded.feedback), @r##"
    run 00000000-0000-0000-c1b2-c3d4e5f60718: helpful = Some(0.9) - by auto_eval (To the point)
    trace 3f2a9c4e-5b6d-7081-9283-74655f6e7d8c: thumb = Some(1.0) - by api
    trace 3f2a9c4e-5b6d-7081-9283-74655f6e7d8c: tone = None "friendly" by api
    "##);
}

#[test]
fn every_shape_of_a_trace_of_langfuse_gives_the_same_runs() {
    let whole = read(&export("langfuse/trace-api.json"));
    let page = read(&export("langfuse/trace-page.json"));
    let rows = read(&export("langfuse/observations_v2.jsonl"));
    assert_eq!(drawn(page.records), drawn(whole.records.clone()));
    assert_eq!(page.feedback, whole.feedback);
    assert_eq!(drawn(rows.records), drawn(whole.records));
    let scores = read(&export("langfuse/scores.jsonl"));
    assert_eq!(scores.feedback, whole.feedback);
}

#[test]
fn lists_pages_and_sessions_of_langfuse_are_looked_into() {
    let trace = String::from_utf8(export("langfuse/trace-api.json")).unwrap();
    let expected = drawn(read(trace.as_bytes()).records);
    for wrapped in [
        format!("[{trace}]"),
        format!("{{\"data\":[{trace}],\"meta\":{{\"page\":1}}}}"),
        format!("{{\"id\":\"chat-42\",\"createdAt\":\"2026-03-02T09:15:00Z\",\"traces\":[{trace}]}}"),
    ] {
        let decoded = read(wrapped.as_bytes());
        assert_eq!(rejects(&decoded), []);
        assert_eq!(drawn(decoded.records), expected);
    }
}

#[test]
fn a_trace_of_langfuse_without_one_root_stands_above_its_observations() {
    let content = r#"{"id":"t-1","timestamp":"2026-03-02T09:15:00Z","name":"batch","sessionId":"s","input":"go","observations":[
        {"id":"o-1","traceId":"t-1","type":"SPAN","name":"first","startTime":"2026-03-02T09:15:01Z","endTime":"2026-03-02T09:15:02Z","parentObservationId":null},
        {"id":"o-2","traceId":"t-1","type":"EVENT","name":"second","startTime":"2026-03-02T09:15:03Z","parentObservationId":"gone"},
        {"traceId":"t-1","type":"SPAN"}]}"#;
    let decoded = read(content.as_bytes());
    insta::assert_snapshot!(drawn(decoded.records), @r##"
    thread s in Langfuse export (langfuse)
      batch chain success 3000ms | go -> -
        first chain success 1000ms | - -> -
        second chain success 0ms | - -> -
    "##);
    let places: Vec<_> =
        decoded.rejects.iter().map(|reject| (reject.code, reject.path.as_deref(), reject.line)).collect();
    assert_eq!(places, [("missing_run_id", Some("observations[2]"), Some(1))]);
}

#[test]
fn a_trace_of_langfuse_says_more_than_its_only_model_call() {
    let content = r#"[{"id":"lf-1","name":"qa","timestamp":"2026-11-26T09:00:00.000Z","sessionId":"lfs","userId":"u",
        "input":{"q":"hi"},"output":"yo","tags":["t"],"metadata":{"tier":"gold"},"observations":[{"id":"obs-1","traceId":"lf-1",
        "type":"GENERATION","name":"gen","startTime":"2026-11-26T09:00:00.000Z","endTime":"2026-11-26T09:00:02.000Z",
        "model":"gpt-4o-mini","input":[{"role":"user","content":"hi"}],"output":{"role":"assistant","content":"yo"},
        "parentObservationId":null}],"scores":[{"id":"sc1","traceId":"lf-1","name":"q","value":0.5,"dataType":"NUMERIC",
        "source":"API"}]}]"#;
    let decoded = read(content.as_bytes());
    assert_eq!(decoded.feedback.len(), 1);
    let root = ingest::detail(std::slice::from_ref(&decoded.records[0].raw));
    assert!(root.metadata.contains(r#""tier":"gold""#), "{}", root.metadata);
    assert_eq!(root.tags, ["t"]);
    let names: Vec<_> = decoded.records.iter().map(|record| record.fields.name.clone().unwrap()).collect();
    assert_eq!(names, ["qa", "gen"]);
    assert_eq!(root.inputs.as_deref(), Some(r#"{"q":"hi"}"#));
}

#[test]
fn a_description_of_a_sub_agent_is_passed_over() {
    let decoded = read(&file("sessions/claude-code/subagents/agent-a311fbde91016b8d7.meta.json"));
    assert_eq!((decoded.records.len(), decoded.rejects.len(), decoded.ignored), (0, 0, 1));
}

/// What two ways of a span must agree on.
fn essence(records: &[RunRecord]) -> BTreeMap<(Option<TraceId>, RunId), String> {
    let of = |record: &RunRecord| {
        let fields = &record.fields;
        format!(
            "{:?}",
            (
                (&fields.name, fields.run_type, fields.parent_run_id, &fields.model, &fields.provider),
                (&fields.usage, &fields.error, &fields.thread, &fields.dialect),
                (&fields.input_preview, &fields.output_preview, &fields.detail),
            )
        )
    };
    records.iter().map(|record| ((record.trace_id, record.run_id), of(record))).collect()
}

#[test]
fn spans_that_went_through_phoenix_are_the_runs_they_were() {
    let sent: Vec<RunRecord> = ["otlp/openinference/openai.pb", "otlp/openinference/langchain.pb"]
        .iter()
        .flat_map(|path| read(&file(path)).records)
        .collect();
    // Phoenix keeps microseconds, rounded, its dataframe milliseconds.
    for (path, precision) in [("phoenix/spans-api.json", 2_000), ("phoenix/spans-dataframe.jsonl", 2_000_000)]
    {
        let decoded = read(&export(path));
        assert_eq!(rejects(&decoded), []);
        assert_eq!(essence(&decoded.records), essence(&sent), "{path}");
        for got in &decoded.records {
            let sent = sent.iter().find(|sent| sent.run_id == got.run_id).unwrap();
            let apart =
                |left: Option<UnixNanos>, right: Option<UnixNanos>| left.unwrap().0 - right.unwrap().0;
            assert!(apart(got.fields.start, sent.fields.start).abs() < precision, "{path}");
            assert!(apart(got.fields.end, sent.fields.end).abs() < precision, "{path}");
        }
    }
}

#[test]
fn a_trace_of_phoenix_is_looked_into_and_a_span_without_ids_is_said() {
    let trace = String::from_utf8(export("phoenix/trace-cli.json")).unwrap();
    let spans = read(trace.as_bytes()).records.len();
    assert!(spans > 1, "{spans}");
    let broken =
        trace.replacen("\"spans\": [", "\"spans\": [{\"context\":{\"trace_id\":\"\",\"span_id\":\"\"}},", 1);
    let decoded = read(broken.as_bytes());
    assert_eq!(decoded.records.len(), spans);
    assert_eq!(decoded.rejects[0].path.as_deref(), Some("spans[0]"));
}
