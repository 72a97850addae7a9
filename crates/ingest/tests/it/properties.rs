//! What holds for every input: nothing panics, a record reads back from its raw bytes, an export comes back as the
//! run that it was.

use ingest::{
    Context, Decoded,
    export::{RunPlace, langsmith_run, langsmith_run_as_otlp_json, otlp_json},
    langsmith, otlp,
};
use model::{Operation, RunFields, RunRecord, TraceId};
use proptest::prelude::*;
use serde_json::{Value, json};

use crate::support::{fixture, read};

/// Every way in, and everything that is done with what came in.
fn read_everyhow(bytes: &[u8]) {
    let context = Context::default();
    let all = [
        otlp::decode_protobuf(bytes, &context),
        otlp::decode_json(bytes, &context),
        langsmith::decode_json(bytes, &context, Operation::Create),
        Ok(read(bytes)),
    ];
    for decoded in all.into_iter().flatten() {
        for record in &decoded.records {
            assert_eq!(ingest::interpret(&record.raw).as_ref(), Some(record));
            check_opened(record);
            // What is kept is what was read, whatever the exports make of it.
            let _ = otlp_json(&record.raw);
        }
    }
}

/// Everything that an opened run promises to be JSON is JSON, also for strict readers.
fn check_opened(record: &RunRecord) {
    let detail = ingest::detail(std::slice::from_ref(&record.raw));
    let documents = [Some(&detail.metadata), Some(&detail.attributes), Some(&detail.raw)];
    let payloads = [detail.inputs.as_ref(), detail.outputs.as_ref()];
    for document in documents.into_iter().chain(payloads).flatten() {
        let node = ingest::locate(document.as_bytes(), "");
        assert!(node.is_some(), "{document}");
        assert!(!document.bytes().any(|byte| byte < 0x20 && !byte.is_ascii_whitespace()), "{document}");
    }
    assert_eq!(detail.error.is_some(), record.fields.error.is_some());
}

fn any_text() -> impl Strategy<Value = String> {
    prop_oneof![3 => "[a-z]{1,8}( [a-z]{1,8}){0,3}", 1 => ".{0,20}"]
}

fn any_json() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Into::into),
        any::<i64>().prop_map(Into::into),
        any_text().prop_map(Into::into),
    ];
    leaf.prop_recursive(3, 16, 4, |inner| {
        prop_oneof![
            proptest::collection::vec(inner.clone(), 0..4).prop_map(Into::into),
            proptest::collection::vec((any_text(), inner), 0..4)
                .prop_map(|entries| Value::Object(entries.into_iter().collect())),
        ]
    })
}

fn any_object() -> impl Strategy<Value = Value> {
    let keys = prop_oneof![Just("messages"), Just("input"), Just("content"), Just("x"), Just("documents")];
    proptest::collection::vec((keys.prop_map(str::to_owned), any_json()), 0..4)
        .prop_map(|entries| Value::Object(entries.into_iter().collect()))
}

/// What looks more or less like a conversation of some provider.
fn any_conversation() -> impl Strategy<Value = Value> {
    let words = [
        "user",
        "assistant",
        "tool",
        "hi",
        "",
        "text",
        "tool_use",
        "tool_result",
        "reasoning",
        "function_call",
        "{\"x\":1}",
        "[1]",
    ];
    let keys = [
        "role",
        "content",
        "parts",
        "type",
        "text",
        "id",
        "call_id",
        "name",
        "tool_calls",
        "function",
        "arguments",
        "message",
        "messages",
        "choices",
        "output",
        "kwargs",
        "functionResponse",
        "toolUse",
        "response",
        "instructions",
        "input",
    ];
    let leaf = prop_oneof![
        4 => proptest::sample::select(words.to_vec()).prop_map(|word| json!(word)),
        1 => any::<i32>().prop_map(|number| json!(number)),
        1 => Just(Value::Null),
    ];
    leaf.prop_recursive(5, 40, 4, move |inner| {
        prop_oneof![
            1 => proptest::collection::vec(inner.clone(), 0..4).prop_map(|values| json!(values)),
            3 => proptest::collection::vec((proptest::sample::select(keys.to_vec()), inner), 0..5)
                .prop_map(|entries| entries.into_iter().map(|(key, value)| (key.to_owned(), value)).collect()),
        ]
    })
}

/// An attribute value in the spellings of OTLP/JSON.
fn any_attribute_value() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(json!({})),
        any::<bool>().prop_map(|flag| json!({ "boolValue": flag })),
        any::<i64>().prop_map(|number| json!({ "intValue": number.to_string() })),
        any::<i32>().prop_map(|number| json!({ "intValue": number })),
        (-1e9..1e9_f64).prop_map(|number| json!({ "doubleValue": number })),
        Just(json!({ "doubleValue": "NaN" })),
        any_text().prop_map(|text| json!({ "stringValue": text })),
        any_json().prop_map(|json| json!({ "stringValue": json.to_string() })),
        Just(json!({ "bytesValue": "AQID" })),
    ];
    leaf.prop_recursive(3, 12, 3, |inner| {
        prop_oneof![
            proptest::collection::vec(inner.clone(), 0..3)
                .prop_map(|values| json!({ "arrayValue": { "values": values } })),
            proptest::collection::vec((any_text(), inner), 0..3).prop_map(|entries| {
                let values: Vec<_> =
                    entries.iter().map(|(key, value)| json!({ "key": key, "value": value })).collect();
                json!({ "kvlistValue": { "values": values } })
            }),
        ]
    })
}

fn any_attributes() -> impl Strategy<Value = Value> {
    let names = [
        "gen_ai.operation.name",
        "gen_ai.request.model",
        "gen_ai.usage.input_tokens",
        "gen_ai.usage.output_tokens",
        "gen_ai.input.messages",
        "gen_ai.output.messages",
        "gen_ai.system_instructions",
        "gen_ai.tool.name",
        "gen_ai.tool.call.arguments",
        "gen_ai.response.time_to_first_chunk",
        "langsmith.span.kind",
        "langsmith.metadata.thread_id",
        "gen_ai.prompt",
        "gen_ai.completion",
        "error.type",
        "input.value",
        "langfuse.observation.type",
        "langfuse.observation.input",
        "langfuse.observation.usage_details",
        "openinference.span.kind",
        "llm.input_messages.0.message.content",
        "llm.output_messages.1.message.tool_calls.0.tool_call.id",
        "mlflow.spanOutputs",
        "gen_ai.prompt.0.content",
        "gen_ai.completion.3.tool_calls.0.name",
        "ai.response.toolCalls",
        "events",
        "event.name",
        "content",
        "prompt.id",
        "other",
    ];
    let name = proptest::sample::select(names.to_vec());
    proptest::collection::vec((name, any_attribute_value()), 0..10).prop_map(|entries| {
        entries.into_iter().map(|(key, value)| json!({ "key": key, "value": value })).collect()
    })
}

prop_compose! {
    fn any_span()(
        ids in (1_u128.., 1_u64.., any::<Option<u64>>()),
        name in any_text(),
        times in (any::<u64>(), any::<u64>()),
        attributes in any_attributes(),
        event in (any_text(), any::<u64>(), any_attributes()),
        status in (0_u8..3, any_text()),
        resource in any_attributes(),
    ) -> Value {
        json!({ "resourceSpans": [{
            "resource": { "attributes": resource },
            "scopeSpans": [{ "scope": { "name": "scope" }, "spans": [{
                "traceId": format!("{:032x}", ids.0),
                "spanId": format!("{:016x}", ids.1),
                "parentSpanId": ids.2.map(|id| format!("{id:016X}")),
                "name": name,
                "startTimeUnixNano": times.0.to_string(),
                "endTimeUnixNano": times.1.to_string(),
                "attributes": attributes,
                "events": [{ "name": event.0, "timeUnixNano": event.1.to_string(), "attributes": event.2 }],
                "status": { "code": status.0, "message": status.1 },
            }] }],
        }] })
    }
}

prop_compose! {
    /// Log records that tell of a run, and others.
    fn any_log()(
        ids in (any::<u128>(), any::<u64>()),
        name in proptest::sample::select(vec![
            "gen_ai.user.message", "gen_ai.choice", "gen_ai.tool.message", "gen_ai.client.inference.operation.details",
            "gen_ai.evaluation.result", "claude_code.api_request", "claude_code.tool_result", "codex.tool_result", "other", "",
        ]),
        times in (any::<u64>(), any::<u64>()),
        attributes in any_attributes(),
        body in any_attribute_value(),
        scope in proptest::sample::select(vec!["scope", "com.anthropic.claude_code.events"]),
        resource in any_attributes(),
    ) -> Value {
        json!({ "resourceLogs": [{
            "resource": { "attributes": resource },
            "scopeLogs": [{ "scope": { "name": scope }, "logRecords": [{
                "traceId": format!("{:032x}", ids.0),
                "spanId": format!("{:016x}", ids.1),
                "timeUnixNano": times.0.to_string(),
                "observedTimeUnixNano": times.1.to_string(),
                "severityNumber": 9,
                "eventName": name,
                "attributes": attributes,
                "body": body,
            }] }],
        }] })
    }
}

prop_compose! {
    fn any_run()(
        run_type in proptest::sample::select(vec!["llm", "tool", "chain", "retriever", "embedding", "prompt", "parser"]),
        name in "[a-z]{1,9}",
        id in 1_u64..,
        parent in any::<Option<u64>>(),
        micros in (1_i64..4_000_000_000_000_000, 0_i64..1_000_000_000),
        inputs in any_object(),
        outputs in any_object(),
        error in proptest::option::of("[A-Z][a-z]{1,8}Error\\('[a-z ]{0,12}'\\)(\n\nTraceback \\(most recent call last\\):\n  File)?"),
        interrupted in any::<bool>(),
        tags in proptest::collection::hash_set("[a-z,]{1,6}", 0..3),
        thread in proptest::option::of("[a-z0-9]{1,8}"),
        usage in proptest::option::of((1_u32..9000, 0_u32..9000, 0_u32..1000)),
        cost in proptest::option::of(1_u32..1_000_000),
        first_token in any::<bool>(),
        model in proptest::option::of(proptest::sample::select(vec!["gpt-4o", "claude-x", "own"])),
        runtime in any_object(),
    ) -> Value {
        let uuid = |low: u64| format!("0197a3c2-51e8-7aa0-8{:03x}-{:012x}", low >> 52, low & 0xffff_ffff_ffff);
        let time = |micros: i64| model::UnixNanos(micros * 1000).to_iso_micros();
        let mut metadata = json!({ "ls_model_name": model, "thread_id": thread, "count": 3, "rate": 0.5 });
        if interrupted {
            metadata["ls_is_error_interrupt"] = true.into();
        }
        let mut outputs = outputs;
        if let Some((input, output, cached)) = usage {
            outputs["usage_metadata"] = json!({
                "input_tokens": input, "output_tokens": output, "input_token_details": { "cache_read": cached },
            });
        }
        let events = if first_token { json!([{ "name": "new_token", "time": time(micros.0 + 7) }]) } else { json!([]) };
        json!({
            "id": uuid(id),
            "trace_id": uuid(parent.unwrap_or(id)),
            "parent_run_id": parent.map(uuid),
            "session_name": "project",
            "name": name, "run_type": run_type,
            "start_time": time(micros.0), "end_time": time(micros.0 + micros.1),
            "inputs": inputs, "outputs": outputs, "error": error, "tags": tags, "events": events,
            "total_cost": cost.map(|cost| format!("0.{cost:09}")),
            "extra": { "metadata": metadata, "runtime": runtime },
            "reference_example_id": uuid(77),
        })
    }
}

fn only(decoded: &Decoded) -> &RunRecord {
    assert_eq!((decoded.records.len(), decoded.rejects.len()), (1, 0), "{:?}", decoded.rejects);
    &decoded.records[0]
}

fn place(record: &RunRecord) -> RunPlace {
    RunPlace {
        trace_id: record.trace_id.unwrap_or(TraceId::from_bytes([7; 16])),
        run_id: record.run_id,
        parent_run_id: record.fields.parent_run_id,
        dotted_order: String::new(),
    }
}

/// Without what the way through another format may change by its nature.
fn comparable(fields: &RunFields) -> RunFields {
    // A span carries its tags as one text with commas.
    let mut tags: Vec<String> = fields.tags.join(",").split(',').map(str::to_owned).collect();
    tags.retain(|tag| !tag.is_empty());
    tags.sort_unstable();
    tags.dedup();
    RunFields { dialect: None, tags, ..fields.clone() }
}

fn payloads(record: &RunRecord) -> [Option<Value>; 2] {
    let detail = ingest::detail(std::slice::from_ref(&record.raw));
    // An object without members says as little as none.
    [detail.inputs, detail.outputs].map(|text| {
        text.map(|text| serde_json::from_str(&text).unwrap()).filter(|value: &Value| *value != json!({}))
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(80))]

    #[test]
    fn arbitrary_bytes_never_panic(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
        read_everyhow(&bytes);
    }

    #[test]
    fn spans_read_back_from_their_raw_bytes_and_from_their_export(span in any_span()) {
        let text = span.to_string();
        read_everyhow(text.as_bytes());
        let decoded = read(text.as_bytes());
        let record = only(&decoded);
        let again = read(otlp_json(&record.raw).unwrap().as_bytes());
        prop_assert_eq!(&only(&again).fields, &record.fields);
        prop_assert_eq!(&only(&again).raw.bytes, &record.raw.bytes);
    }

    #[test]
    fn messages_of_any_shape_are_messages_and_read_as_themselves(payload in any_conversation()) {
        for side in [ingest::Side::Input, ingest::Side::Output] {
            let Some(messages) = ingest::messages(&payload.to_string(), side) else { continue };
            let list: Value = serde_json::from_str(&messages).unwrap();
            for message in list.as_array().unwrap() {
                prop_assert!(message["role"].is_string() && message["parts"].is_array(), "{}", message);
            }
            prop_assert_eq!(ingest::messages(&messages, side), Some(messages));
        }
    }

    #[test]
    fn log_records_read_back_from_their_raw_bytes_and_from_their_export(log in any_log()) {
        let text = log.to_string();
        read_everyhow(text.as_bytes());
        for record in read(text.as_bytes()).records {
            let again = read(otlp_json(&record.raw).unwrap().as_bytes());
            prop_assert_eq!(&only(&again).fields, &record.fields);
            prop_assert_eq!(&only(&again).raw.bytes, &record.raw.bytes);
        }
    }

    #[test]
    fn a_langsmith_export_of_a_run_comes_back_as_the_run(run in any_run()) {
        let text = serde_json::to_string_pretty(&run).unwrap();
        let decoded = read(text.as_bytes());
        let record = only(&decoded);
        check_opened(record);
        let line = langsmith_run(&ingest::detail(std::slice::from_ref(&record.raw)), &place(record));
        prop_assert_eq!(line.lines().count(), 1);
        let exported: Value = serde_json::from_str(&line).unwrap();
        prop_assert_eq!(&exported["extra"]["runtime"], &run["extra"]["runtime"]);
        prop_assert_eq!(&exported["reference_example_id"], &run["reference_example_id"]);
        prop_assert_eq!(&exported["tags"], &run["tags"]);
        let again = read(line.as_bytes());
        prop_assert_eq!(&only(&again).fields, &record.fields);
        prop_assert_eq!((only(&again).trace_id, only(&again).run_id), (record.trace_id, record.run_id));
        prop_assert_eq!(payloads(only(&again)), payloads(record));
    }

    #[test]
    fn an_otlp_export_of_a_run_comes_back_as_the_run(run in any_run()) {
        let decoded = read(run.to_string().as_bytes());
        let record = only(&decoded);
        let detail = ingest::detail(std::slice::from_ref(&record.raw));
        let again = read(langsmith_run_as_otlp_json(&detail, &place(record)).as_bytes());
        prop_assert_eq!(comparable(&only(&again).fields), comparable(&record.fields));
        prop_assert_eq!((only(&again).trace_id, only(&again).run_id), (record.trace_id, record.run_id));
        prop_assert_eq!(payloads(only(&again)), payloads(record));
        prop_assert_eq!(ingest::detail(std::slice::from_ref(&only(&again).raw)).tags, detail.tags);
    }

    #[test]
    fn a_span_exported_to_langsmith_comes_back_with_its_fields(span in any_span()) {
        let decoded = read(span.to_string().as_bytes());
        let record = only(&decoded);
        let line = langsmith_run(&ingest::detail(std::slice::from_ref(&record.raw)), &place(record));
        let again = read(line.as_bytes());
        let fields = |record: &RunRecord| {
            let RunFields { run_type, name, model, usage, parent_run_id, .. } = record.fields.clone();
            (run_type, name, model, usage.input, usage.output, parent_run_id)
        };
        prop_assert_eq!(fields(only(&again)), fields(record));
        // Bytes in the place of a thread id are none in OTLP, and text in JSON.
        if let Some(thread) = &record.fields.thread {
            prop_assert_eq!(only(&again).fields.thread.as_ref(), Some(thread));
        }
    }

    #[test]
    fn damaged_requests_never_panic(
        name in proptest::sample::select(vec![
            "semconv/openai-genai-1.3.pb", "semconv/openai-genai-1.3.json", "edge/json-tolerance.json",
            "edge/collector-file.jsonl", "edge/collector-file.binpb", "openinference/anthropic.pb.gz",
            "pydantic-ai/v1-format1-logmode.logs.pb", "claude-code/print-mode.logs.json", "mlflow/autolog-3.17.pb",
        ]),
        damage in proptest::collection::vec((any::<proptest::sample::Index>(), any::<u8>()), 0..6),
        cut in any::<proptest::sample::Index>(),
        keeps_length in any::<bool>(),
    ) {
        let mut bytes = fixture(name);
        for (at, byte) in damage {
            let at = at.index(bytes.len());
            bytes[at] = byte;
        }
        if !keeps_length {
            bytes.truncate(cut.index(bytes.len()));
        }
        read_everyhow(&bytes);
    }
}
