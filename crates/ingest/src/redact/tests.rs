//! Examples as tables, and the laws: the shape stays, twice is once, nothing that a detector knows is left.

use std::sync::LazyLock;

use model::{Attachment, Operation};
use proptest::prelude::*;
use serde_json::{Value, json};

use super::*;
use crate::{Context, export::otlp_json, langsmith, otlp};

fn rule(kind: RuleKind) -> Rule {
    let name = match &kind {
        RuleKind::Path(name) | RuleKind::Key(name) | RuleKind::Regex(name) => name.clone(),
        RuleKind::Detector(detector) => detector.as_str().to_owned(),
    };
    Rule { name, kind, attachments: false }
}

fn path(path: &str) -> Rule {
    rule(RuleKind::Path(path.to_owned()))
}

fn key(key: &str) -> Rule {
    rule(RuleKind::Key(key.to_owned()))
}

fn pattern(pattern: &str) -> Rule {
    rule(RuleKind::Regex(pattern.to_owned()))
}

fn detectors() -> Vec<Rule> {
    Detector::ALL.into_iter().map(|detector| rule(RuleKind::Detector(detector))).collect()
}

fn compile(rules: &[Rule]) -> Rules {
    Rules::compile(rules).unwrap()
}

fn run_record(run: &Value) -> RunRecord {
    let decoded = langsmith::decode_json(run.to_string().as_bytes(), &Context::default(), Operation::Whole);
    decoded.unwrap().records.remove(0)
}

const RUN_ID: &str = "0197a3c2-51f0-7b3e-9c1d-0a1b2c3d4e5f";

/// A run with these inputs, redacted; its inputs.
fn inputs(rules: &[Rule], inputs: &Value) -> (Value, u64) {
    let mut record = run_record(&json!({ "id": RUN_ID, "run_type": "chain", "inputs": inputs }));
    let report = compile(rules).redact(&mut record);
    let run: Value = serde_json::from_slice(&record.raw.bytes).unwrap();
    (run["inputs"].clone(), report.total())
}

fn span_record(attributes: &Value) -> RunRecord {
    let body = json!({ "resourceSpans": [{
        "resource": { "attributes": [{ "key": "host.owner", "value": { "stringValue": "ann@example.com" } }] },
        "scopeSpans": [{ "scope": { "name": "me" }, "spans": [{
            "traceId": "0102030405060708090a0b0c0d0e0f10",
            "spanId": "0102030405060708",
            "name": "chat ann@example.com",
            "startTimeUnixNano": "1714867200000000000",
            "endTimeUnixNano": "1714867201000000000",
            "attributes": attributes,
            "events": [{
                "timeUnixNano": "1714867200500000000",
                "name": "exception",
                "attributes": [{ "key": "exception.message", "value": { "stringValue": "ann@example.com is unknown" } }],
            }],
            "status": { "code": 2, "message": "ann@example.com is unknown" },
        }] }],
    }] });
    otlp::decode_json(body.to_string().as_bytes(), &Context::default()).unwrap().records.remove(0)
}

fn span_json(record: &RunRecord) -> Value {
    let json: Value = serde_json::from_str(&otlp_json(&record.raw).unwrap()).unwrap();
    json["resourceSpans"][0]["scopeSpans"][0]["spans"][0].clone()
}

#[test]
fn each_kind_of_rule_in_a_run() {
    let table = [
        // A path names a value, everything in it, and passes through lists.
        (
            path("inputs.user"),
            json!({"user": "ann", "x": "ann"}),
            json!({"user": "<redacted>", "x": "ann"}),
            1,
        ),
        (
            path("inputs.user"),
            json!({"user": {"name": "ann", "tags": ["a", 1, null, true]}}),
            json!({"user": {"name": "<redacted>", "tags": ["<redacted>", "<redacted>", null, "<redacted>"]}}),
            4,
        ),
        (
            path("inputs.messages.content"),
            json!({"messages": [{"content": "a", "role": "user"}, {"content": "b"}]}),
            json!({"messages": [{"content": "<redacted>", "role": "user"}, {"content": "<redacted>"}]}),
            2,
        ),
        (
            path("inputs.messages.1"),
            json!({"messages": ["a", "b"]}),
            json!({"messages": ["a", "<redacted>"]}),
            1,
        ),
        (
            path("inputs.*.id"),
            json!({"a": {"id": 7}, "id": 7}),
            json!({"a": {"id": "<redacted>"}, "id": 7}),
            1,
        ),
        (path("outputs"), json!({"a": 1}), json!({"a": 1}), 0),
        // A key, wherever and in any case, also in JSON within a text.
        (key("Password"), json!({"a": [{"PASSWORD": "x"}]}), json!({"a": [{"PASSWORD": "<redacted>"}]}), 1),
        (
            key("password"),
            json!({"arguments": "{ \"password\": \"x\", \"n\": 1.50 }"}),
            json!({"arguments": "{ \"password\": \"<redacted>\", \"n\": 1.50 }"}),
            1,
        ),
        // A pattern takes away only what matches.
        (
            pattern("A[0-9]+"),
            json!({"a": "see A12 and A3"}),
            json!({"a": "see <redacted> and <redacted>"}),
            2,
        ),
        (pattern("[a-z]"), json!({"a": "<redacted>"}), json!({"a": "<redacted>"}), 0),
        (pattern("x*"), json!({"a": "abc"}), json!({"a": "abc"}), 0),
    ];
    for (rule, before, after, count) in table {
        assert_eq!(inputs(std::slice::from_ref(&rule), &before), (after, count), "{rule:?}");
    }
}

#[test]
fn what_each_detector_finds_and_leaves() {
    let key = "abcdefghij0123456789ABCDEFGHIJ456789";
    let check = |detector: Detector, text: &str, expected: &str| {
        let rules = compile(&[rule(RuleKind::Detector(detector))]);
        assert_eq!(rules.redact_text(text), expected, "{detector:?} in {text}");
    };
    for prefix in ["sk-", "sk-ant-api03-", "sk-proj-", "ghp_", "xoxb-", "lsv2_pt_", "hf_", "gsk_", "sk_live_"]
    {
        check(Detector::ApiKey, &format!("key={prefix}{key};"), "key=<redacted>;");
    }
    for (detector, text, expected) in [
        (Detector::ApiKey, "AKIAIOSFODNN7EXAMPLE", "<redacted>"),
        (
            Detector::ApiKey,
            "sk-learn and task-abcdefghijklmnopqrstuvwxyz",
            "sk-learn and task-abcdefghijklmnopqrstuvwxyz",
        ),
        (Detector::BearerToken, "Authorization: Bearer abc123.def-456==", "Authorization: Bearer <redacted>"),
        (
            Detector::BearerToken,
            "bearer securities and bearer of news",
            "bearer securities and bearer of news",
        ),
        (Detector::BearerToken, "t=eyJhbGciOiJI.eyJzdWIiOiIx.SflKxw", "t=<redacted>"),
        (Detector::Email, "Ann <ann.o+x@mail.example.com>, ok", "Ann <<redacted>>, ok"),
        (Detector::Email, "@ann at 5@home", "@ann at 5@home"),
        (Detector::Phone, "call +49 30 901820 or (555) 123-4567.", "call <redacted> or <redacted>."),
        (Detector::Phone, "555-123-4567", "<redacted>"),
        (Detector::Phone, "1714867200000000000 and 2024-05-05", "1714867200000000000 and 2024-05-05"),
        (Detector::PaymentCard, "card 4111 1111 1111 1111 12/27", "card <redacted> 12/27"),
        (Detector::PaymentCard, "5500-0000-0000-0004, 378282246310005", "<redacted>, <redacted>"),
        (Detector::PaymentCard, "4111 1111 1111 1112", "4111 1111 1111 1112"),
        (
            Detector::PaymentCard,
            "a4111111111111111 0.4111111111111111",
            "a4111111111111111 0.4111111111111111",
        ),
        (
            Detector::PaymentCard,
            "41111111-1111-1111-abcd-000000000000",
            "41111111-1111-1111-abcd-000000000000",
        ),
        (Detector::PaymentCard, "12 4111111111111111", "12 <redacted>"),
    ] {
        check(detector, text, expected);
    }
    let card = rule(RuleKind::Detector(Detector::PaymentCard));
    let numbers = json!({"a": 4_111_111_111_111_111_u64, "b": 1_714_867_200_000_u64});
    assert_eq!(inputs(&[card], &numbers).0, json!({"a": "<redacted>", "b": 1_714_867_200_000_u64}));
}

#[test]
fn what_makes_a_run_a_run_is_never_touched() {
    let run = json!({
        "id": RUN_ID, "trace_id": RUN_ID, "name": "ask ann@example.com", "run_type": "llm",
        "dotted_order": format!("20260714T093000120000Z{RUN_ID}"), "session_name": "ann@example.com",
        "start_time": "2026-07-14T09:30:00Z", "end_time": "2026-07-14T09:30:01Z",
        "inputs": {"name": "Ann", "question": "Who is ann@example.com?"},
        "outputs": {"answer": "ann@example.com"}, "error": "ann@example.com is unknown",
        "extra": {"metadata": {"thread_id": "ann@example.com", "usage_metadata": {"input_tokens": 3}}},
        "events": [{"name": "new_token", "time": "2026-07-14T09:30:00.5Z", "kwargs": {"token": "ann@example.com"}}],
    });
    let mut rules = detectors();
    rules.extend(["id", "name", "time", "trace_id", "run_type", "start_time"].map(key));
    rules.extend([path("*.name"), path("dotted_order"), pattern("[0-9]{4}")]);
    let mut record = run_record(&run);
    let before = record.clone();
    let report = compile(&rules).redact(&mut record);
    let after: Value = serde_json::from_slice(&record.raw.bytes).unwrap();
    // Names lose what a detector finds, and nothing for being a name.
    assert_eq!((&after["name"], &after["session_name"]), (&json!("ask <redacted>"), &json!("<redacted>")));
    assert_eq!(record.fields.name.as_deref(), Some("ask <redacted>"));
    assert_eq!(record.fields.project.as_deref(), Some("<redacted>"));
    for member in ["id", "trace_id", "run_type", "dotted_order", "start_time", "end_time"] {
        assert_eq!(after[member], run[member], "{member}");
    }
    assert_eq!(after["events"][0]["time"], run["events"][0]["time"]);
    assert_eq!(after["inputs"], json!({"name": "<redacted>", "question": "Who is <redacted>?"}));
    assert_eq!(after["error"], "<redacted> is unknown");
    assert_eq!(report.counts.get("email"), Some(&7), "{report:?}");
    // What was read from the record is read again.
    assert_eq!(record.fields.error.as_deref(), Some("<redacted> is unknown"));
    assert_eq!(record.fields.thread, None);
    assert_eq!(record.fields.first_token, before.fields.first_token);
    assert_eq!(record.fields.usage, before.fields.usage);
    assert!(
        !format!("{:?} {:?}", record.fields.input_preview, record.fields.output_preview).contains("ann@")
    );
}

#[test]
fn names_given_around_a_run_and_of_its_files_are_redacted() {
    let rules = compile(&detectors());
    let mut record = run_record(&json!({ "id": RUN_ID, "name": "ask", "session_name": "mine" }));
    let project = Some("of ann@example.com".to_owned());
    record.raw.project.clone_from(&project);
    record.fields.project = project;
    let file = |name: &str| Attachment {
        name: name.to_owned(),
        mime_type: "text/plain".to_owned(),
        bytes: b"ann@example.com".to_vec(),
    };
    record.attachments = vec![file("ann@example.com"), file("bob@example.com"), file("x")];
    let (redacted, preview) = rules.redact_raw(&record.raw);
    assert_eq!(redacted.unwrap().project.as_deref(), Some("of <redacted>"));
    assert_eq!(preview.total(), 1);
    assert_eq!(rules.redact(&mut record).total(), 3);
    let projects = (record.raw.project.as_deref(), record.fields.project.as_deref());
    assert_eq!(projects, (Some("of <redacted>"), Some("of <redacted>")));
    let names: Vec<&str> = record.attachments.iter().map(|file| file.name.as_str()).collect();
    assert_eq!(names, ["<redacted>", "<redacted> 2", "x"]);
    // Files themselves are looked into by rules that say so.
    assert_eq!(record.attachments[2].bytes, b"ann@example.com");
}

#[test]
fn spans_are_redacted_in_attributes_events_status_and_resource() {
    let text = |text: &str| json!({ "stringValue": text });
    let attributes = json!([
        { "key": "user.email", "value": text("ann@example.com") },
        { "key": "gen_ai.prompt.0.content", "value": text("secret") },
        { "key": "gen_ai.input.messages", "value": text(r#"[{"parts": [{"content": "secret", "api_key": "x"}]}]"#) },
        { "key": "http.request.header.api_key", "value": { "arrayValue": { "values": [text("x"), { "intValue": "7" }] } } },
        { "key": "nested", "value": { "kvlistValue": { "values": [{ "key": "api_key", "value": { "boolValue": true } }] } } },
        { "key": "card", "value": { "intValue": "4111111111111111" } },
        { "key": "gen_ai.usage.input_tokens", "value": { "intValue": "12" } },
        { "key": "langsmith.trace.name", "value": text("ann@example.com") },
    ]);
    let mut rules = detectors();
    rules.extend([
        path("gen_ai.prompt.*.content"),
        path("gen_ai.input.messages.parts.content"),
        key("API_KEY"),
    ]);
    let mut record = span_record(&attributes);
    let ids = (record.trace_id, record.run_id);
    let report = compile(&rules).redact(&mut record);
    let hidden = text("<redacted>");
    assert_eq!(
        span_json(&record)["attributes"],
        json!([
            { "key": "user.email", "value": hidden },
            { "key": "gen_ai.prompt.0.content", "value": hidden },
            { "key": "gen_ai.input.messages", "value": text(r#"[{"parts": [{"content": "<redacted>", "api_key": "<redacted>"}]}]"#) },
            { "key": "http.request.header.api_key", "value": { "arrayValue": { "values": [hidden, hidden] } } },
            { "key": "nested", "value": { "kvlistValue": { "values": [{ "key": "api_key", "value": hidden }] } } },
            { "key": "card", "value": hidden },
            { "key": "gen_ai.usage.input_tokens", "value": { "intValue": "12" } },
            { "key": "langsmith.trace.name", "value": hidden },
        ])
    );
    assert_eq!(span_json(&record)["name"], "chat <redacted>");
    assert_eq!(span_json(&record)["status"]["message"], "<redacted> is unknown");
    // Attribute, status, event, resource and two names.
    assert_eq!(report.counts.get("email"), Some(&6), "{report:?}");
    assert_eq!(report.counts.get("API_KEY"), Some(&4), "{report:?}");
    assert_eq!(ids, (record.trace_id, record.run_id));
    assert!(!format!("{:?}", record.fields.name).contains("ann@"), "{:?}", record.fields.name);
    assert_eq!(record.fields.error.as_deref(), Some("<redacted> is unknown"));
    assert_eq!(crate::interpret(&record.raw).map(|again| again.fields), Some(record.fields));
}

#[test]
fn files_are_looked_into_only_where_a_rule_says_so() {
    let attachment = |mime_type: &str, content: &str| Attachment {
        name: "file".to_owned(),
        mime_type: mime_type.to_owned(),
        bytes: content.as_bytes().to_vec(),
    };
    let email = rule(RuleKind::Detector(Detector::Email));
    let redacted = |attachments: bool| {
        let mut record = run_record(&json!({ "id": RUN_ID, "run_type": "chain" }));
        record.attachments = vec![
            attachment("text/plain; charset=utf-8", "ann@example.com"),
            attachment("application/json", r#"{"to": "ann@example.com", "n": 1.0}"#),
            attachment("image/png", "ann@example.com"),
        ];
        compile(&[Rule { attachments, ..email.clone() }]).redact(&mut record);
        let texts = record.attachments.iter().map(|file| String::from_utf8_lossy(&file.bytes).into_owned());
        texts.collect::<Vec<_>>()
    };
    let json = r#"{"to": "ann@example.com", "n": 1.0}"#;
    assert_eq!(redacted(false), ["ann@example.com", json, "ann@example.com"]);
    assert_eq!(redacted(true), ["<redacted>", r#"{"to": "<redacted>", "n": 1.0}"#, "ann@example.com"]);
}

#[test]
fn rules_that_cannot_be_used_are_refused() {
    for (refused, message) in [
        (pattern("(a"), "unclosed group"),
        (pattern(""), "empty"),
        (pattern("(?:a{1000}){1000}"), "size limit"),
        (path("inputs..a"), "empty name"),
        (path("*"), "names nothing"),
        (key(" "), "empty"),
    ] {
        let error = Rules::compile(&[key("ok"), refused]).unwrap_err();
        assert!(error.index == 1 && error.message.contains(message), "{error}");
    }
}

#[test]
fn no_rules_and_no_match_leave_every_byte() {
    let run =
        format!("{{ \"id\" : \"{RUN_ID}\",\n\"inputs\": {{\"a\": 1.50, \"a\": \"\\u00e9\", \"b\": 1e2}} }}");
    let decoded = langsmith::decode_json(run.as_bytes(), &Context::default(), Operation::Create).unwrap();
    for rules in [Rules::default(), compile(&[]), compile(&detectors())] {
        let mut record = decoded.records[0].clone();
        assert!(rules.redact(&mut record).is_empty());
        assert_eq!(record, decoded.records[0]);
    }
    let mut record = decoded.records[0].clone();
    compile(&[path("inputs.b")]).redact(&mut record);
    assert_eq!(String::from_utf8_lossy(&record.raw.bytes), run.replace("1e2", "\"<redacted>\""));
}

#[test]
fn a_pattern_that_eats_its_way_through_a_text_takes_it_whole() {
    let rules = compile(&[pattern("^.")]);
    assert_eq!(rules.redact_text(&"a".repeat(100_000)), REDACTED);
}

// ---- laws ----

fn texts() -> impl Strategy<Value = String> {
    let parts = proptest::sample::select(vec![
        "ann@example.com",
        "4111 1111 1111 1111",
        "+49 30 901820",
        "Bearer abcdefgh1",
        "AKIAIOSFODNN7EXAMPLE",
        "a",
        "b1",
        " ",
        "-",
        "\"",
        "\\",
        "<redacted>",
        "{\"secret\": \"ann@example.com\"}",
        "[",
        "]",
        "é",
        "\n",
        "1",
        ".",
    ]);
    proptest::collection::vec(parts, 0..6).prop_map(|parts| parts.concat())
}

fn values() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        4 => texts().prop_map(Value::from),
        1 => any::<i64>().prop_map(Value::from),
        1 => any::<bool>().prop_map(Value::from),
        1 => Just(Value::Null),
    ];
    leaf.prop_recursive(4, 24, 4, |inner| {
        let keys = proptest::sample::select(vec!["secret", "a", "a.b", "x"]).prop_map(str::to_owned);
        let embedded = inner.clone().prop_map(|value| Value::from(value.to_string()));
        prop_oneof![
            proptest::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            proptest::collection::vec((keys, inner), 0..4)
                .prop_map(|entries| Value::Object(entries.into_iter().collect())),
            embedded,
        ]
    })
}

/// All detectors, with none or two other rules. Compiled once, which takes longer than all else.
static RULE_SETS: LazyLock<Vec<Rules>> = LazyLock::new(|| {
    let others = [
        path("inputs.a.b"),
        path("inputs.*.a"),
        path("a.b"),
        key("secret"),
        pattern("[ab]1?"),
        pattern("^b"),
        pattern("\"\\]"),
        pattern("[a-z]+$"),
    ];
    let pairs = (0..others.len()).flat_map(|at| [1, 3].map(|step| [at, (at + step) % others.len()]));
    let with = |pair: [usize; 2]| [pair.map(|at| others[at].clone()).to_vec(), detectors()].concat();
    std::iter::once(detectors()).chain(pairs.map(with)).map(|rules| compile(&rules)).collect()
});

fn any_rules() -> impl Strategy<Value = &'static Rules> {
    (0..RULE_SETS.len()).prop_map(|index| &RULE_SETS[index])
}

/// Keys and nesting, without the leaves.
fn shape(value: &Value) -> Value {
    match value {
        Value::Array(values) => values.iter().map(shape).collect(),
        Value::Object(entries) => {
            Value::Object(entries.iter().map(|(key, value)| (key.clone(), shape(value))).collect())
        }
        _ => Value::Null,
    }
}

fn log_record(name: &Value, body: &Value) -> RunRecord {
    let body = json!({ "resourceLogs": [{
        "resource": { "attributes": [{ "key": "host.owner", "value": { "stringValue": "ann@example.com" } }] },
        "scopeLogs": [{ "scope": { "name": "me" }, "logRecords": [{
            "traceId": "0102030405060708090a0b0c0d0e0f10",
            "spanId": "0102030405060708",
            "timeUnixNano": "1714867200000000000",
            "severityText": "INFO",
            "body": body,
            "attributes": [name, { "key": "user.mail", "value": { "stringValue": "ann@example.com" } }],
        }] }],
    }] });
    otlp::decode_json(body.to_string().as_bytes(), &Context::default()).unwrap().records.remove(0)
}

#[test]
fn a_log_record_loses_what_it_tells_and_keeps_what_it_is() {
    let name = json!({ "key": "event.name", "value": { "stringValue": "gen_ai.user.message" } });
    let body = json!({ "kvlistValue": { "values": [
        { "key": "content", "value": { "stringValue": "I am ann@example.com" } },
        { "key": "role", "value": { "stringValue": "user" } },
    ] } });
    let before = log_record(&name, &body);
    assert_eq!(before.raw.format, RawFormat::OtlpLog);
    for (rules, expected, count) in [
        (vec![rule(RuleKind::Detector(Detector::Email))], "I am <redacted>", 3),
        (vec![path("body.content")], "<redacted>", 1),
        (vec![key("content")], "<redacted>", 1),
    ] {
        let mut after = before.clone();
        assert_eq!(compile(&rules).redact(&mut after).total(), count);
        let json: Value = serde_json::from_str(&otlp_json(&after.raw).unwrap()).unwrap();
        let record = &json["resourceLogs"][0]["scopeLogs"][0]["logRecords"][0];
        assert_eq!(record["body"]["kvlistValue"]["values"][0]["value"]["stringValue"], expected);
        assert_eq!(record["body"]["kvlistValue"]["values"][1]["value"]["stringValue"], "user");
        assert_eq!((record["traceId"].clone(), record["severityText"].clone()), {
            (json!("0102030405060708090a0b0c0d0e0f10"), json!("INFO"))
        });
        assert_eq!((after.trace_id, after.run_id), (before.trace_id, before.run_id));
        assert_eq!(after.fields.name, before.fields.name);
        assert!(!after.fields.input_preview.unwrap_or_default().contains("ann@"));
    }
    // Claude Code leaves a part of the event's name to the body.
    let name = json!({ "key": "event.name", "value": { "stringValue": "user_prompt" } });
    let mut named = log_record(&name, &json!({ "stringValue": "claude_code.user_prompt" }));
    let fields = named.fields.name.clone();
    assert_eq!(compile(&[path("body"), pattern("prompt")]).redact(&mut named).total(), 0);
    assert_eq!(named.fields.name, fields);
}

#[test]
fn feedback_loses_what_it_tells_and_stays_json() {
    let said = json!({
        "id": RUN_ID, "run_id": RUN_ID, "key": "mail", "score": 1,
        "value": "4111 1111 1111 1111", "comment": "ask ann@example.com",
        "correction": { "outputs": { "password": "x", "n": 1.50 } },
        "feedback_source": { "type": "api", "metadata": { "user": "ann@example.com" } },
    });
    let mut feedback = langsmith::feedback::read(said.to_string().as_bytes(), None).unwrap();
    let rules = [detectors(), vec![key("password")]].concat();
    assert_eq!(compile(&rules).redact_feedback(&mut feedback).total(), 4);
    assert_eq!(feedback.comment.as_deref(), Some("ask <redacted>"));
    assert_eq!(feedback.value.as_deref(), Some("\"<redacted>\""));
    assert_eq!(feedback.correction.as_deref(), Some("{\"outputs\":{\"password\":\"<redacted>\",\"n\":1.5}}"));
    assert_eq!(feedback.source_metadata.as_deref(), Some("{\"user\":\"<redacted>\"}"));
    assert_eq!((feedback.key.as_str(), feedback.score), ("mail", Some(1.0)));
    // A pattern that matches quotes takes none of the JSON's own.
    assert!(compile(&[pattern(".+")]).redact_feedback(&mut feedback).total() > 0);
    assert!(serde_json::from_str::<Value>(feedback.value.as_deref().unwrap()).is_ok());
    assert!(compile(&[path("comment")]).names_places());
}

/// Whether some text within still holds what a detector knows, apart from keys.
fn is_clean(rules: &Rules, value: &Value) -> bool {
    match value {
        Value::Array(values) => values.iter().all(|value| is_clean(rules, value)),
        Value::Object(entries) => entries.values().all(|value| is_clean(rules, value)),
        Value::String(text) => rules
            .contents
            .iter()
            .filter(|(rule, _)| Detector::parse(&rules.names[*rule]).is_some())
            .all(|(_, content)| content.find(text).is_empty()),
        _ => true,
    }
}

proptest! {
    #[test]
    fn a_run_keeps_its_shape_and_nothing_known_remains(inputs in values(), rules in any_rules()) {
        let run = json!({ "id": RUN_ID, "run_type": "tool", "inputs": inputs, "error": inputs.to_string() });
        let mut once = run_record(&run);
        rules.redact(&mut once);
        let after: Value = serde_json::from_slice(&once.raw.bytes).unwrap();
        prop_assert_eq!(shape(&after), shape(&run));
        prop_assert!(is_clean(rules, &after), "{}", after);
        prop_assert_eq!(crate::interpret(&once.raw).map(|again| again.fields), Some(once.fields.clone()));
        let mut twice = once.clone();
        prop_assert!(rules.redact(&mut twice).is_empty());
        prop_assert_eq!(twice, once);
    }

    #[test]
    fn a_span_keeps_its_shape_and_nothing_known_remains(attribute in values(), rules in any_rules()) {
        let attributes = json!([
            { "key": "input.value", "value": { "stringValue": attribute.to_string() } },
            { "key": "list", "value": { "arrayValue": { "values": [{ "stringValue": attribute.to_string() }, {}] } } },
        ]);
        let mut once = span_record(&attributes);
        let before = span_json(&once);
        rules.redact(&mut once);
        let after = span_json(&once);
        prop_assert_eq!(shape(&after), shape(&before));
        prop_assert!(is_clean(rules, &after["attributes"]), "{}", after);
        let mut twice = once.clone();
        prop_assert!(rules.redact(&mut twice).is_empty());
        prop_assert_eq!(twice, once);
    }

    #[test]
    fn broken_records_never_panic(bytes in proptest::collection::vec(any::<u8>(), 0..120), text in texts()) {
        let rules = &RULE_SETS[0];
        for format in [RawFormat::OtlpSpan, RawFormat::OtlpLog, RawFormat::LangsmithRun] {
            let bytes = [bytes.as_slice(), text.as_bytes()].concat();
            let raw = RawRecord { format, operation: Operation::Whole, project: None, bytes };
            if let (Some(redacted), _) = rules.redact_raw(&raw) {
                prop_assert_eq!(rules.redact_raw(&redacted).0, None);
            }
        }
    }
}
