use model::{Feedback, FeedbackId, RunId, TraceId, UnixNanos};
use proptest::prelude::*;
use uuid::Uuid;

use super::*;

fn feedback() -> Feedback {
    let text = br#"{"id":"0198c1d2-7b7e-7cc0-9a53-0f6f2a1c9e11","created_at":"2026-09-01T12:00:03.120Z","modified_at":"2026-09-01T12:00:04.5Z","session_id":"5f0e0000-0000-4000-8000-000000000001","run_id":"00000000-0000-0000-b7ad-6b7169203331","trace_id":"0af76519-16cd-43dd-8448-eb211c80319c","key":"correctness","score":0,"value":"Fail","comment":"Cites a page, \"does not exist\"\nsecond line","correction":null,"feedback_source":{"type":"app","user_id":"r-01","user_name":"Ana","metadata":{"queue":"support-week-35","rubric_version":3,"duration_ms":8120}},"feedback_group_id":null,"extra":{"level":"run","evidence":[{"message":"m4","start":120,"end":164}],"duration_ms":8120}}"#;
    crate::langsmith::feedback::read(text, None).unwrap()
}

fn file(all: &[Feedback], format: FeedbackFormat, options: WriteOptions) -> String {
    let judged: Vec<Judged> = all.iter().cloned().map(Judged::from).collect();
    join(&write(&judged, format, options), format)
}

const EVERYTHING: WriteOptions = WriteOptions { guard_formulas: true, names: true, timing: true };

/// One feedback in every format, to be looked at.
#[test]
fn layouts() {
    let all: Vec<String> = FeedbackFormat::ALL
        .iter()
        .map(|(format, name)| format!("== {name}\n{}", file(&[feedback()], *format, WriteOptions::default())))
        .collect();
    insta::assert_snapshot!(all.join("\n"));
}

#[test]
fn names_and_times_leave_only_when_asked() {
    for (format, name) in FeedbackFormat::ALL {
        let without = file(&[feedback()], format, WriteOptions::default());
        assert!(!without.contains("Ana") && !without.contains("8120"), "{name}");
        let with = file(&[feedback()], format, EVERYTHING);
        assert!(with.contains("Ana") && with.contains("8120"), "{name}");
    }
}

#[test]
fn every_format_is_recognised() {
    for (format, name) in FeedbackFormat::ALL {
        let text = file(&[feedback()], format, EVERYTHING);
        assert_eq!(recognise(text.as_bytes()), Some(Exchange::Feedback), "{name}");
    }
    assert_eq!(recognise(br#"{"inputs":{"q":1},"outputs":{"a":2}}"#), Some(Exchange::Examples));
    let chat = br#"{"messages":[{"role":"user","content":"hi"},{"role":"assistant","content":"yes"}]}"#;
    assert_eq!(recognise(chat), Some(Exchange::Chat));
    assert_eq!(recognise(br#"{"prompt":"p","chosen":"a","rejected":"b"}"#), Some(Exchange::Preferences));
    for runs in [
        br#"{"id":"0198c1d2-7b7e-7cc0-9a53-0f6f2a1c9e11","run_type":"llm","inputs":{},"start_time":"2026-01-01"}"#.as_slice(),
        br#"{"resourceSpans":[]}"#,
        br#"{"resourceLogs":[{"scopeLogs":[{"logRecords":[{"eventName":"gen_ai.user.message"}]}]}]}"#,
        b"hello",
        b"",
    ] {
        assert_eq!(recognise(runs), None, "{}", String::from_utf8_lossy(runs));
    }
}

#[test]
fn a_broken_record_stops_no_other() {
    let good = file(&[feedback()], FeedbackFormat::LangsmithJsonl, EVERYTHING);
    let text = format!("{good}{{broken\n{{\"key\":\"k\",\"run_id\":\"x\",\"score\":1}}\n{good}");
    let read = read(text.as_bytes());
    assert_eq!(read.feedback.len(), 2);
    let told: Vec<_> = read.rejects.iter().map(|reject| (reject.line, reject.message.as_str())).collect();
    assert_eq!(
        told,
        [(Some(2), "Not valid JSON"), (Some(3), "run_id is not a UUID: x")].map(|(line, message)| (
            line,
            if line == Some(2) { read.rejects[0].message.as_str() } else { message }
        ))
    );
}

#[test]
fn formulas_are_guarded_and_come_back() {
    let said = Feedback { comment: Some("=HYPERLINK(\"http://x\")".to_owned()), ..feedback() };
    let guarded = file(std::slice::from_ref(&said), FeedbackFormat::CsvLong, EVERYTHING);
    assert!(guarded.contains("\"'=HYPERLINK"), "{guarded}");
    let open = file(
        std::slice::from_ref(&said),
        FeedbackFormat::CsvLong,
        WriteOptions { guard_formulas: false, ..EVERYTHING },
    );
    assert!(open.contains("\"=HYPERLINK"), "{open}");
    for text in [guarded, open] {
        assert_eq!(read(text.as_bytes()).feedback, std::slice::from_ref(&said));
    }
}

#[test]
fn a_change_made_in_the_other_tool_arrives() {
    let text = file(&[feedback()], FeedbackFormat::Phoenix, EVERYTHING)
        .replace("\"label\":\"Fail\",\"score\":0", "\"label\":\"Pass\",\"score\":1");
    let back = &read(text.as_bytes()).feedback[0];
    assert_eq!((back.value.as_deref(), back.score, back.id), (Some("\"Pass\""), Some(1.0), feedback().id));
}

#[test]
fn foreign_annotations_and_scores() {
    let text = br#"{"data":[{"id":"U3Bhbjox","span_id":"b7ad6b7169203331","name":"toxicity","annotator_kind":"LLM","result":{"label":"ok","score":0.25,"explanation":"calm"},"metadata":{"model":"judge"},"identifier":"","source":"API","user_id":null,"created_at":"2026-01-02T03:04:05Z","updated_at":"2026-01-02T03:04:06Z"}],"next_cursor":null}
{"id":"s-1","traceId":"0af7651916cd43dd8448eb211c80319c","observationId":"b7ad6b7169203331","name":"helpful","value":1,"stringValue":"True","dataType":"BOOLEAN","source":"ANNOTATION","timestamp":"2026-01-02T03:04:05Z","comment":null,"queueId":"q-9"}
{"id":"s-2","traceId":"t","name":"helpful","value":1,"dataType":"NUMERIC"}
{"id":"s-3","traceId":"0af7651916cd43dd8448eb211c80319c","name":"tone","value":"warm","dataType":"CATEGORICAL"}"#;
    let read = read(text);
    insta::assert_debug_snapshot!(read);
}

#[test]
fn an_evaluation_without_ours_is_read() {
    let fixture = include_bytes!("../../tests/fixtures/evaluation-result.logs.json");
    assert_eq!(recognise(fixture), Some(Exchange::Feedback));
    let read = read(fixture);
    let told: Vec<_> = read
        .feedback
        .iter()
        .map(|one| (one.key.as_str(), one.score, one.value.as_deref(), one.comment.as_deref(), one.error))
        .collect();
    assert_eq!(
        told,
        [
            ("correctness", Some(1.0), Some("\"correct\""), Some("Matches the reference."), false),
            ("user_score", None, Some("\"thumbs_up\""), None, false),
            ("faithfulness", None, None, None, true),
        ]
    );
    assert_eq!(
        read.feedback[0].run_id,
        Some(RunId::from_span_id([0xb7, 0xad, 0x6b, 0x71, 0x69, 0x20, 0x33, 0x31]))
    );
}

fn example(inputs: &str, outputs: &str) -> examples::ExampleRecord {
    examples::ExampleRecord {
        inputs: inputs.to_owned(),
        outputs: Some(outputs.to_owned()),
        ..examples::ExampleRecord::default()
    }
}

const ASKED: &str = r#"{"messages":[{"role":"system","content":"Be brief"},{"role":"user","content":"2+2?"},{"role":"assistant","content":null,"tool_calls":[{"id":"c1","type":"function","function":{"name":"add","arguments":"{\"a\":2}"}}]},{"role":"tool","tool_call_id":"c1","content":"4"}],"tools":[{"type":"function","function":{"name":"add"}}]}"#;

#[test]
fn conversations_for_fine_tuning() {
    let anthropic = r#"{"messages":[{"role":"user","content":[{"type":"text","text":"2+2?"}]},{"role":"assistant","content":[{"type":"tool_use","id":"t","name":"add","input":{"a":2}}]},{"role":"user","content":[{"type":"tool_result","tool_use_id":"t","content":"4"}]}]}"#;
    let lost =
        r#"{"messages":[{"role":"user","content":"x"},{"role":"tool","tool_call_id":"zz","content":"4"}]}"#;
    let answer = r#"{"message":{"role":"assistant","content":"4"}}"#;
    let examples = [
        example(ASKED, answer),
        example(ASKED, answer),
        example(anthropic, answer),
        example(lost, answer),
        example("{\"x\":5}", answer),
        examples::ExampleRecord { outputs: None, ..example(ASKED, answer) },
    ];
    insta::assert_debug_snapshot!(chat::write(
        &examples,
        chat::ChatOptions { weigh_last_only: true, drop_system: false }
    ));
    let plain = chat::write(&examples[..1], chat::ChatOptions::default());
    let back = examples::read(plain.lines[0].as_bytes());
    assert_eq!(chat::write(&back.examples, chat::ChatOptions::default()).lines, plain.lines);
    let dropped =
        chat::write(&examples[..1], chat::ChatOptions { drop_system: true, ..chat::ChatOptions::default() });
    assert!(!dropped.lines[0].contains("Be brief"));
}

#[test]
fn preferences_in_both_dialects_come_back() {
    let said = preference::Preference {
        inputs: ASKED.to_owned(),
        chosen: r#"{"message":{"role":"assistant","content":"4"}}"#.to_owned(),
        rejected: r#"{"message":{"role":"assistant","content":"5"}}"#.to_owned(),
        margin: Some(2.0),
    };
    for dialect in [preference::Dialect::OpenAi, preference::Dialect::Dpo] {
        let line = preference::line(&said, dialect).unwrap();
        insta::assert_snapshot!(line);
        assert_eq!(recognise(line.as_bytes()), Some(Exchange::Preferences));
        let back = preference::of_example(&examples::read(line.as_bytes()).examples[0]).unwrap();
        assert_eq!(preference::line(&back, dialect).unwrap(), line);
    }
    let same = preference::Preference { rejected: said.chosen.clone(), ..said };
    assert_eq!(
        preference::line(&same, preference::Dialect::Dpo),
        Err("both answers are the same".to_owned())
    );
}

#[test]
fn examples_come_back() {
    let said = examples::ExampleRecord {
        id: Some(Uuid::from_u128(7)),
        metadata: Some("{\"a\":1.10}".to_owned()),
        splits: Some(vec!["train".to_owned(), "hard".to_owned()]),
        source_run: Some(RunId(Uuid::from_u128(8))),
        created: Some(UnixNanos(1_700_000_000_000_001_000)),
        ..example("{\"q\":1e400}", "{\"a\":[2,3]}")
    };
    assert_eq!(examples::read(examples::line(&said).as_bytes()).examples, [said]);
    let bad = examples::read(b"{\"inputs\":5}\n{\"inputs\":{}}\nnull");
    assert_eq!((bad.examples.len(), bad.rejects.len()), (1, 2));
}

fn any_example() -> impl Strategy<Value = examples::ExampleRecord> {
    let object = || {
        prop::collection::btree_map(texts(), prop_oneof![values(), Just("null".to_owned())], 0..4).prop_map(
            |members| {
                crate::export::text_object(members.iter().map(|(key, value)| (key.as_str(), value.as_str())))
            },
        )
    };
    let splits = prop::option::of(prop::collection::vec(texts(), 0..3));
    let rest = (any::<u128>(), prop::option::of(any::<u128>()), 1..2_000_000_000_000_000_i64);
    (object(), prop::option::of(object()), object(), splits, rest).prop_map(
        |(inputs, outputs, metadata, splits, (id, run, micros))| examples::ExampleRecord {
            id: Some(Uuid::from_u128(id)),
            inputs,
            outputs,
            metadata: Some(examples::without_splits(&metadata)),
            splits,
            source_run: run.map(|run| RunId(Uuid::from_u128(run))),
            created: Some(UnixNanos(micros * 1000)),
        },
    )
}

/// An example by what it says: the order of members is none of it.
fn meaning(example: &examples::ExampleRecord) -> String {
    let value = |text: &Option<String>| {
        let text = text.as_deref().filter(|text| *text != "{}");
        text.map(|text| {
            serde_json::from_str::<std::collections::BTreeMap<String, serde_json::Value>>(text).unwrap()
        })
    };
    format!(
        "{:?} {:?} {:?} {:?} {:?} {:?} {:?}",
        example.id,
        value(&Some(example.inputs.clone())),
        example.outputs.as_ref().map(|outputs| value(&Some(outputs.clone()))),
        value(&example.metadata),
        example.splits,
        example.source_run,
        example.created
    )
}

/// Texts that tables and JSON are known to trip over.
fn texts() -> impl Strategy<Value = String> {
    prop_oneof![
        "[a-z ,\"'\n\r=+@-]{0,8}",
        Just("true".to_owned()),
        Just("null".to_owned()),
        Just("1.50".to_owned()),
        Just("\"\"".to_owned()),
        Just("{\"a\":1}".to_owned()),
        Just("'=x".to_owned()),
        Just("é\u{1F600}\u{2028}".to_owned()),
        "\\PC{1,6}",
    ]
}

fn values() -> impl Strategy<Value = String> {
    prop_oneof![
        texts().prop_map(|text| serde_json::to_string(&text).unwrap()),
        Just("true".to_owned()),
        Just("false".to_owned()),
        Just("1.50".to_owned()),
        Just("[\"a\",\"b\"]".to_owned()),
        Just("{\"b\":1.0,\"a\":null}".to_owned()),
    ]
}

fn any_feedback() -> impl Strategy<Value = Feedback> {
    let ids = (any::<u128>(), prop::option::of(any::<u64>()), prop::option::of(1..u128::MAX), any::<bool>());
    let judgement = (
        texts().prop_filter("a key", |key| !key.is_empty()),
        prop::option::of(prop_oneof![-5.0..5.0_f64, Just(0.0), Just(1.0), Just(1e300)]),
        prop::option::of(values()),
        prop::option::of(texts()),
        prop::option::of(values()),
    );
    let rest = (
        prop::option::of(texts().prop_filter("a thread", |thread| !thread.is_empty())),
        prop_oneof![Just("app"), Just("api"), Just("model"), Just("auto_eval")],
        any::<bool>(),
        prop::option::of(any::<u128>()),
        0..2_000_000_000_000_000_i64,
    );
    (ids, judgement, rest).prop_map(
        |(
            (id, span, trace, is_uuid),
            (key, score, value, comment, correction),
            (thread, source, error, group, micros),
        )| {
            Feedback {
                id: FeedbackId(Uuid::from_u128(id)),
                run_id: span.map(|span| {
                    if is_uuid {
                        RunId(Uuid::from_u64_pair(span | 1, span))
                    } else {
                        RunId::from_span_id(span.to_be_bytes())
                    }
                }),
                trace_id: trace.map(|trace| TraceId(Uuid::from_u128(trace))),
                project_id: group.map(Uuid::from_u128),
                thread,
                key,
                score,
                value,
                comment,
                correction,
                source_kind: source.to_owned(),
                error,
                group_id: group.map(Uuid::from_u128),
                created: Some(UnixNanos((micros + 1) * 1000)),
                modified: Some(UnixNanos((micros + 2) * 1000)),
                supersedes: group.map(|id| FeedbackId(Uuid::from_u128(id))),
                queue_item: group.map(Uuid::from_u128),
                ..feedback()
            }
        },
    )
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(100))]

    /// Check 14: whatever is written is read back the same, in every format.
    #[test]
    fn check_14_every_export_reads_back(all in prop::collection::vec(any_feedback(), 0..5)) {
        for (format, name) in FeedbackFormat::ALL {
            let text = file(&all, format, EVERYTHING);
            let mut back = read(text.as_bytes());
            prop_assert!(back.rejects.is_empty(), "{name}: {:?}\n{text}", back.rejects);
            let mut expected = all.clone();
            // A wide table goes by thing and key.
            back.feedback.sort_by_key(|one| one.id);
            expected.sort_by_key(|one| one.id);
            prop_assert_eq!(&back.feedback, &expected, "{}: {}", name, text);
        }
    }

    /// Examples too, as lines and as a table, guarded against formulas or not.
    #[test]
    fn check_14_examples_read_back(all in prop::collection::vec(any_example(), 1..4)) {
        let lines: String = all.iter().map(|one| examples::line(one) + "\n").collect();
        let tables = [true, false].map(|guarded| example_table::write(&all, guarded).concat());
        for text in tables.into_iter().chain([lines]) {
            prop_assert_eq!(recognise(text.as_bytes()), Some(Exchange::Examples), "{}", text);
            let back = examples::read(text.as_bytes());
            prop_assert!(back.rejects.is_empty(), "{:?}\n{text}", back.rejects);
            let said = |all: &[examples::ExampleRecord]| all.iter().map(meaning).collect::<Vec<_>>();
            prop_assert_eq!(said(&back.examples), said(&all), "{}", text);
        }
    }

    /// Whatever bytes come, reading ends and never panics.
    #[test]
    fn any_bytes_are_read(text in prop::collection::vec(any::<u8>(), 0..200)) {
        let _ = (recognise(&text), read(&text), examples::read(&text));
    }
}
