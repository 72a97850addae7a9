//! Judgements that come with telemetry become feedback of their run, trace or thread, once.

use std::fmt::Write as _;

use model::Feedback;

use crate::support::{fixture, read};

pub(crate) fn drawn(feedback: &[Feedback]) -> String {
    let mut out = String::new();
    for said in feedback {
        let about = match (said.run_id, &said.thread, said.trace_id) {
            (Some(run), ..) => format!("run {run}"),
            (None, Some(thread), _) => format!("thread {thread}"),
            (None, None, trace) => format!("trace {}", trace.map(|id| id.to_string()).unwrap_or_default()),
        };
        writeln!(
            out,
            "{about}: {} = {:?} {} by {}{}{}",
            said.key,
            said.score,
            said.value.as_deref().unwrap_or("-"),
            said.source_kind,
            said.comment.as_deref().map(|comment| format!(" ({comment})")).unwrap_or_default(),
            if said.error { " failed" } else { "" },
        )
        .unwrap();
    }
    out
}

#[test]
fn results_of_evaluations_in_log_records_and_again() {
    let decoded = read(&fixture("edge/evaluation-result.logs.json"));
    insta::assert_snapshot!(drawn(&decoded.feedback), @r##"
    run 00000000-0000-0000-b7ad-6b7169203331: correctness = Some(1.0) "correct" by auto_eval (Matches the reference.)
    run 00000000-0000-0000-b7ad-6b7169203331: user_score = None "thumbs_up" by auto_eval
    run 00000000-0000-0000-b7ad-6b7169203331: faithfulness = None - by auto_eval (timeout) failed
    "##);
    assert_eq!(decoded.feedback, read(&fixture("edge/evaluation-result.logs.pb")).feedback);
}

fn attribute(key: &str, value: &str) -> String {
    format!(r#"{{"key":"{key}","value":{value}}}"#)
}

fn text(key: &str, value: &str) -> String {
    attribute(key, &format!(r#"{{"stringValue":"{value}"}}"#))
}

fn span(attributes: &[String], events: &str) -> String {
    format!(
        r#"{{"resourceSpans":[{{"scopeSpans":[{{"spans":[{{"traceId":"0af7651916cd43dd8448eb211c80319c",
        "spanId":"b7ad6b7169203331","name":"answer","startTimeUnixNano":"1","endTimeUnixNano":"9",
        "attributes":[{}],"events":[{events}]}}]}}]}}]}}"#,
        attributes.join(",")
    )
}

#[test]
fn annotations_on_spans_of_openinference() {
    let attributes = [
        text("openinference.span.kind", "LLM"),
        text("session.id", "c-7"),
        text("annotations.0.annotation.name", "helpful"),
        attribute("annotations.0.annotation.score", r#"{"doubleValue":0.5}"#),
        text("annotations.0.annotation.label", "so-so"),
        text("annotations.0.annotation.annotator_kind", "HUMAN"),
        text("evaluations.0.evaluation.name", "toxic"),
        attribute("evaluations.0.evaluation.score", r#"{"boolValue":false}"#),
        text("evaluations.0.evaluation.annotator_kind", "LLM"),
        text("trace.annotations.3.annotation.name", "solved"),
        text("trace.annotations.3.annotation.explanation", "The user left"),
        text("trace.annotations.3.annotation.annotator_kind", "CODE"),
        text("session.annotations.0.annotation.name", "mood"),
        text("session.annotations.0.annotation.label", "calm"),
        text("annotations.9.annotation.score", "1"),
    ];
    let decoded = read(span(&attributes, "").as_bytes());
    insta::assert_snapshot!(drawn(&decoded.feedback), @r##"
    run 00000000-0000-0000-b7ad-6b7169203331: helpful = Some(0.5) "so-so" by api
    run 00000000-0000-0000-b7ad-6b7169203331: toxic = Some(0.0) - by model
    trace 0af76519-16cd-43dd-8448-eb211c80319c: solved = None - by auto_eval (The user left)
    thread c-7: mood = None "calm" by api
    "##);
}

#[test]
fn an_evaluation_as_an_event_of_its_span() {
    let event = format!(
        r#"{{"name":"gen_ai.evaluation.result","timeUnixNano":"7","attributes":[{},{},{}]}}"#,
        text("gen_ai.evaluation.name", "grounded"),
        text("error.type", "timeout"),
        text("feedback.id", "0197a3c2-51e8-7aa0-8f00-111122223333"),
    );
    let decoded = read(span(&[], &event).as_bytes());
    insta::assert_snapshot!(drawn(&decoded.feedback), @r##"run 00000000-0000-0000-b7ad-6b7169203331: grounded = None - by auto_eval (timeout) failed"##);
    assert_eq!(decoded.feedback[0].id.to_string(), "0197a3c2-51e8-7aa0-8f00-111122223333");
}

#[test]
fn an_evaluation_without_a_span_is_about_its_trace_and_without_a_trace_about_nothing() {
    let record = |ids: &str| {
        format!(
            r#"{{"resourceLogs":[{{"scopeLogs":[{{"logRecords":[{{{ids}"timeUnixNano":"7","eventName":"gen_ai.evaluation.result",
            "attributes":[{},{}]}}]}}]}}]}}"#,
            text("gen_ai.evaluation.name", "grounded"),
            attribute("gen_ai.evaluation.score.value", r#"{"doubleValue":1}"#),
        )
    };
    let of_trace = read(record(r#""traceId":"0af7651916cd43dd8448eb211c80319c","#).as_bytes());
    insta::assert_snapshot!(drawn(&of_trace.feedback), @r##"trace 0af76519-16cd-43dd-8448-eb211c80319c: grounded = Some(1.0) - by auto_eval"##);
    assert_eq!((of_trace.ignored, of_trace.rejects.len()), (0, 0));
    let of_nothing = read(record("").as_bytes());
    let counts = (of_nothing.feedback.len(), of_nothing.ignored, of_nothing.rejects.len());
    assert_eq!(counts, (0, 0, 1));
}

#[test]
fn an_evaluation_that_cannot_be_kept_is_refused_with_the_reason() {
    let record = |ids: &str, attributes: &[String]| {
        let request = format!(
            r#"{{"resourceLogs":[{{"scopeLogs":[{{"logRecords":[{{{ids}"timeUnixNano":"7","eventName":"gen_ai.evaluation.result",
            "attributes":[{}]}}]}}]}}]}}"#,
            attributes.join(",")
        );
        let decoded = read(request.as_bytes());
        let told = |all: &[ingest::Reject]| all.first().map(|one| one.message.clone()).unwrap_or_default();
        (decoded.feedback.len(), told(&decoded.rejects), told(&decoded.warnings))
    };
    let ids = r#""traceId":"0af7651916cd43dd8448eb211c80319c","spanId":"b7ad6b7169203331","#;
    let name = || text("gen_ai.evaluation.name", "grounded");
    let score =
        |value: &str| attribute("gen_ai.evaluation.score.value", &format!(r#"{{"doubleValue":{value}}}"#));
    let refused = |message: &str| (0, message.to_owned(), String::new());
    assert_eq!(record(ids, &[score("1")]), refused("The evaluation has no gen_ai.evaluation.name"));
    assert_eq!(
        record(r#""traceId":"abcd","spanId":"12","#, &[name(), score("1")]),
        refused("The trace id of the evaluation must be 16 bytes")
    );
    assert_eq!(
        record(r#""traceId":"0af7651916cd43dd8448eb211c80319c","spanId":"12","#, &[name(), score("1")]),
        refused("The span id of the evaluation must be 8 bytes")
    );
    let not_a_number = score(r#""NaN""#);
    assert_eq!(
        record(ids, &[name(), not_a_number.clone()]),
        refused("The score of the evaluation is no finite number, and it says nothing else")
    );
    assert_eq!(
        record(ids, &[name(), not_a_number, text("gen_ai.evaluation.score.label", "good")]),
        (1, String::new(), "The score of the evaluation is no finite number and is left out".to_owned())
    );
}

#[test]
fn an_evaluation_has_one_id_whether_it_comes_over_the_endpoint_or_in_a_file_of_feedback() {
    let whole = fixture("edge/evaluation-result.logs.json");
    let log = |score: &str, label: &str, span: &str| {
        format!(
            r#"{{"resourceLogs":[{{"scopeLogs":[{{"logRecords":[{{"timeUnixNano":"1767225600000000001",
            "eventName":"gen_ai.evaluation.result","traceId":"0af7651916cd43dd8448eb211c80319c"{span},
            "attributes":[{},{},{},{}]}}]}}]}}]}}"#,
            text("gen_ai.evaluation.name", "correct"),
            attribute("gen_ai.evaluation.score.value", score),
            text("gen_ai.evaluation.score.label", label),
            text("gen_ai.response.id", "resp-1"),
        )
    };
    let on_span = r#","spanId":"b7ad6b7169203331""#;
    let others = [
        log(r#"{"doubleValue":0.25}"#, "low", on_span),
        log(r#"{"boolValue":true}"#, "true", on_span),
        log(r#"{"intValue":"3"}"#, "high", ""),
    ];
    for sent in [&whole].into_iter().map(|bytes| String::from_utf8(bytes.clone()).unwrap()).chain(others) {
        let taken = read(sent.as_bytes()).feedback;
        let read = ingest::exchange::read(sent.as_bytes());
        assert!(read.rejects.is_empty() && !taken.is_empty(), "{sent}");
        let ids = |all: &[Feedback]| all.iter().map(|one| (one.id, one.run_id)).collect::<Vec<_>>();
        assert_eq!(ids(&taken), ids(&read.feedback), "{sent}");
        let response = |all: &[Feedback]| {
            all.iter().filter_map(ingest::exchange::record::response_of).collect::<Vec<_>>()
        };
        assert_eq!(response(&taken), response(&read.feedback));
    }
}
