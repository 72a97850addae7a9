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
    assert_eq!(decoded.warnings[0].code, "invalid_utf8");
    assert_eq!(decoded.warnings[0].offset, u64::try_from(at).ok());
}

#[test]
fn utf16_is_named_as_such() {
    let utf16: Vec<u8> =
        std::iter::once(0xfeff).chain(RUN.encode_utf16()).flat_map(u16::to_le_bytes).collect();
    assert_eq!(read(&utf16).rejects[0].message, "This is text in UTF-16; save it as UTF-8");
}

#[test]
fn raw_control_characters_are_read_and_handed_on_escaped() {
    let run = RUN.replace("\"name\"", "\"inputs\":{\"x\":\"a\u{1}b\"},\"name\"");
    let decoded = read(run.as_bytes());
    let detail = ingest::detail(std::slice::from_ref(&decoded.records[0].raw));
    assert_eq!(detail.inputs.as_deref(), Some("{\"x\":\"a\\u0001b\"}"));
}

#[test]
fn objects_without_a_line_break_between_them_are_all_read() {
    let other = RUN.replace("3333\"", "4444\"");
    let decoded = read(format!("{RUN}{other} rubbish\n{RUN}\n").as_bytes());
    assert_eq!(decoded.records.len(), 3);
    assert_eq!(rejects(&decoded), [("invalid_json", Some(1))]);
    assert_eq!(decoded.rejects[0].offset, u64::try_from(RUN.len() * 2 + 1).ok());
}

#[test]
fn runs_nested_in_runs_are_read_to_the_deepest() {
    use std::fmt::Write as _;

    let mut run = String::new();
    for level in 0..250 {
        let id = format!("0197a3c2-51f0-7b3e-9c1d-{level:012x}");
        write!(run, r#"{{"id":"{id}","run_type":"tool","child_runs":["#).unwrap();
    }
    run.push_str(RUN);
    run.push_str(&"]}".repeat(250));
    let decoded = read(run.as_bytes());
    assert_eq!((decoded.records.len(), decoded.rejects.len()), (251, 0));
    assert!(decoded.records.iter().all(|record| record.trace_id == decoded.records[0].trace_id));
}

#[test]
fn a_nested_run_with_an_unusable_trace_id_reads_back_as_it_was_read() {
    let child = r#"{"id":"0197a3c2-51f0-7b3e-9c1d-0a1b2c3d4e5f","trace_id":"zzz","run_type":"tool"}"#;
    let decoded = read(RUN.replace("\"name\"", &format!("\"child_runs\":[{child}],\"name\"")).as_bytes());
    assert_eq!(decoded.records[1].trace_id, decoded.records[0].trace_id);
    for record in &decoded.records {
        assert_eq!(ingest::interpret(&record.raw).as_ref(), Some(record));
    }
}

#[test]
fn a_list_of_runs_that_is_cut_off_keeps_the_whole_ones() {
    let other = RUN.replace("3333\"", "4444\"");
    let wrapped = format!("{{\n\"runs\": [\n{RUN},\n{other},\n{{\"id\":\"0197");
    let decoded = read(wrapped.as_bytes());
    assert_eq!(decoded.records.len(), 2);
    assert_eq!(rejects(&decoded).iter().map(|(code, _)| *code).collect::<Vec<_>>(), ["truncated"]);
}

#[test]
fn a_damaged_span_costs_only_itself() {
    let whole = fixture("semconv/openai-genai-1.3.pb");
    // A resource with one scope with one span whose trace id is longer than the span.
    let mut bytes = vec![0x0a, 6, 0x12, 4, 0x12, 2, 0x0a, 99];
    bytes.extend_from_slice(&whole);
    let decoded = read(&bytes);
    assert_eq!(decoded.records.len(), 13);
    assert_eq!(decoded.rejects[0].code, "invalid_protobuf");
    assert_eq!(decoded.rejects[0].path.as_deref(), Some("resourceSpans[0].scopeSpans[0].spans[0]"));
    assert_eq!(decoded.rejects[0].offset, Some(6));
}

#[test]
fn messages_whose_length_looks_like_a_bracket_are_protobuf() {
    let found = (0..100).map(|length| {
        let json = format!(
            r#"{{"resourceSpans":[{{"scopeSpans":[{{"spans":[{{"traceId":"0af7651916cd43dd8448eb211c80319c","spanId":"b7ad6b7169203331","name":"{}","startTimeUnixNano":"1"}}]}}]}}]}}"#,
            "x".repeat(length)
        );
        let raw = read(json.as_bytes()).records.remove(0).raw.bytes;
        assert_eq!(read(&raw).records.len(), 1, "{:?}", &raw[..4]);
        raw[1]
    });
    let lengths: Vec<u8> = found.collect();
    assert!(lengths.contains(&b'[') && lengths.contains(&b'{'), "{lengths:?}");
}

#[test]
fn attribute_values_of_the_deepest_readable_nesting_are_kept() {
    let value = (0..165).fold("{\"intValue\":\"77\"}".to_owned(), |inner, _| {
        format!("{{\"arrayValue\":{{\"values\":[{inner}]}}}}")
    });
    let json = format!(
        r#"{{"resourceSpans":[{{"scopeSpans":[{{"spans":[{{"traceId":"0af7651916cd43dd8448eb211c80319c","spanId":"b7ad6b7169203331","name":"n","attributes":[{{"key":"deep","value":{value}}}]}}]}}]}}]}}"#
    );
    let decoded = read(json.as_bytes());
    let detail = ingest::detail(std::slice::from_ref(&decoded.records[0].raw));
    assert!(detail.attributes.contains("[[[77]]]"), "{}", &detail.attributes[..200]);
}

#[test]
fn a_run_that_waits_for_a_human_is_interrupted_without_any_error_text() {
    let run = RUN.replace("\"name\"", "\"status\":\"interrupted\",\"name\"");
    assert_eq!(read(run.as_bytes()).records[0].fields.status(), model::RunStatus::Interrupted);
}

#[test]
fn a_run_that_is_its_own_parent_is_kept_as_sent() {
    let id = "0197a3c2-51e8-7aa0-8f00-111122223333";
    let run = RUN.replace("\"name\"", &format!("\"parent_run_id\":\"{id}\",\"trace_id\":\"{id}\",\"name\""));
    let record = &read(run.as_bytes()).records[0];
    assert_eq!(record.fields.parent_run_id, Some(record.run_id));
}

#[test]
fn times_beyond_2262_are_left_out_and_said_so() {
    let json = br#"{"resourceSpans":[{"scopeSpans":[{"spans":[{"traceId":"0af7651916cd43dd8448eb211c80319c","spanId":"b7ad6b7169203331","startTimeUnixNano":"18446744073709551615","endTimeUnixNano":"0"}]}]}]}"#;
    let decoded = read(json);
    assert_eq!((decoded.records[0].fields.start, decoded.records[0].fields.end), (None, None));
    assert_eq!(decoded.warnings[0].code, "time_out_of_range");
    let detail = ingest::detail(std::slice::from_ref(&decoded.records[0].raw));
    assert!(detail.raw.contains("18446744073709551615"));
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

/// What was read with a change: code, path, and the message up to where it becomes long.
fn warnings(input: &str) -> Vec<String> {
    let decoded = read(input.as_bytes());
    assert_eq!(rejects(&decoded), [], "{input}");
    let said = decoded.warnings.iter().map(|warning| {
        let line = warning.line.unwrap_or_default();
        format!("{line} {} {}: {}", warning.path.as_deref().unwrap_or("-"), warning.code, warning.message)
    });
    said.collect()
}

#[test]
fn what_is_odd_about_a_span_is_said_and_the_span_kept() {
    let span = |extra: &str| {
        format!(
            r#"{{"resourceSpans":[{{"scopeSpans":[{{"spans":[{{"traceId":"0af7651916cd43dd8448eb211c80319c","spanId":"b7ad6b7169203331","startTimeUnixNano":"20",{extra}}}]}}]}}]}}"#
        )
    };
    let many: Vec<String> =
        (0..30).map(|index| format!(r#"{{"key":"k{index}","value":{{"intValue":"1"}}}}"#)).collect();
    let many = many.join(",");
    let lines = [
        span(r#""endTimeUnixNano":"30""#),
        span(r#""endTimeUnixNano":"5""#),
        span(r#""parentSpanId":"b7ad6b7169203331""#),
        span(r#""parentSpanId":"b7ad""#),
        span(r#""droppedAttributesCount":3,"droppedLinksCount":1"#),
        span(
            r#""attributes":[{"key":"a","value":{"intValue":"1"}},{"key":"b","value":{}},{"key":"a","value":{"intValue":"2"}}]"#,
        ),
        span(&format!(r#""attributes":[{many},{{"key":"k7","value":{{"intValue":"2"}}}}]"#)),
    ];
    insta::assert_snapshot!(warnings(&lines.join("\n")).join("\n"));
}

#[test]
fn what_is_odd_about_a_run_is_said_and_the_run_kept() {
    let id = "0197a3c2-51e8-7aa0-8f00-111122223333";
    let run = |extra: &str| RUN.replace("\"name\"", &format!("{extra},\"name\""));
    let lines = [
        RUN.to_owned(),
        run(r#""end_time":"2026-07-14T09:29:59Z""#),
        run(r#""end_time":"soon""#),
        run(&format!(r#""parent_run_id":"{id}""#)),
        run(r#""parent_run_id":"nobody","trace_id":"zzz""#),
        run(r#""tags":["a"],"tags":["b"]"#),
        RUN.replace("chain", "guardrail"),
        run(r#""inputs":{"score":NaN,"text":"NaN"}"#),
    ];
    insta::assert_snapshot!(warnings(&lines.join("\n")).join("\n"));
}

#[test]
fn numbers_that_are_none_are_read_as_null_in_every_shape_of_file() {
    let run =
        RUN.replace("\"name\"", "\"inputs\":{\"score\":NaN,\"low\":-Infinity,\"text\":\"NaN\"},\"name\"");
    for file in
        [run.clone(), format!("[{run},\n{run}]"), format!("{{\"runs\":[{run}]}}"), format!("\n{run}{run}")]
    {
        let decoded = read(file.as_bytes());
        assert_eq!(rejects(&decoded), [], "{file}");
        assert!(decoded.warnings.iter().all(|warning| warning.code == "not_a_number"));
        for record in &decoded.records {
            let detail = ingest::detail(std::slice::from_ref(&record.raw));
            assert_eq!(detail.inputs.as_deref(), Some(r#"{"score":null,"low":null,"text":"NaN"}"#));
        }
        assert!(!decoded.records.is_empty() && !decoded.warnings.is_empty(), "{file}");
    }
}

#[test]
fn a_large_resource_is_not_kept_with_more_spans_than_memory_holds() {
    let large = "x".repeat(1024 * 1024);
    let resource = format!(r#"{{"attributes":[{{"key":"k","value":{{"stringValue":"{large}"}}}}]}}"#);
    let spans: Vec<String> = (1..120)
        .map(|span| {
            format!(r#"{{"traceId":"0af7651916cd43dd8448eb211c80319c","spanId":"{span:016x}","name":"s"}}"#)
        })
        .collect();
    let request = format!(
        r#"{{"resourceSpans":[{{"resource":{resource},"scopeSpans":[{{"spans":[{}]}}]}}]}}"#,
        spans.join(",")
    );
    let decoded = read(request.as_bytes());
    let kept: usize = decoded.records.iter().map(|record| record.raw.bytes.len()).sum();
    assert!(kept < 90 * 1024 * 1024 && decoded.records.len() > 70, "{kept}");
    assert_eq!(decoded.records.len() + decoded.rejects.len(), spans.len());
    assert!(decoded.rejects.iter().all(|reject| reject.code == "too_large" && reject.path.is_some()));
}

/// What is told of one OTLP span with these attributes.
fn span_warnings(attributes: &[(&str, &str)]) -> Vec<String> {
    let attributes: Vec<String> =
        attributes.iter().map(|(key, value)| format!(r#"{{"key":"{key}","value":{value}}}"#)).collect();
    let span = format!(
        r#"{{"resourceSpans":[{{"scopeSpans":[{{"spans":[{{"traceId":"5b8efff798038103d269b633813fc60c","spanId":"eee19b7ec3c1b174",
            "name":"chat","startTimeUnixNano":"1","endTimeUnixNano":"2","attributes":[{}]}}]}}]}}]}}"#,
        attributes.join(",")
    );
    let decoded = read(span.replace('\n', "").as_bytes());
    assert_eq!((decoded.records.len(), decoded.rejects.len()), (1, 0));
    decoded.warnings.into_iter().map(|warning| warning.message).collect()
}

#[test]
fn counts_and_costs_of_a_span_that_cannot_be_meant_are_told() {
    let chat = ("gen_ai.operation.name", r#"{"stringValue":"chat"}"#);
    let tokens = |input: &'static str| ("gen_ai.usage.input_tokens", input);
    assert_eq!(
        span_warnings(&[
            chat,
            tokens(r#"{"intValue":"9223372036854775807"}"#),
            ("gen_ai.usage.output_tokens", r#"{"intValue":"10"}"#),
            ("gen_ai.usage.reasoning_tokens", r#"{"intValue":"70"}"#),
            ("gen_ai.usage.cost", r#"{"stringValue":"a lot"}"#),
        ]),
        [
            "gen_ai.usage.input_tokens: 9223372036854775807 tokens of one run cannot be meant; the count is left out",
            "gen_ai.usage.reasoning_tokens: 70 tokens of 10; no more than 10 are billed as reasoning",
            "gen_ai.usage.cost: \"a lot\" is no amount in US dollars; it is left out",
        ]
    );
    assert_eq!(
        span_warnings(&[
            chat,
            tokens(r#"{"intValue":"30"}"#),
            ("gen_ai.usage.cache_read.input_tokens", r#"{"intValue":"200"}"#),
        ]),
        [
            "gen_ai.usage.cache_read.input_tokens: 200 cached tokens of 30 in all; they are taken as counted beside the \
          input, which makes 230"
        ]
    );
    assert_eq!(
        span_warnings(&[
            ("gen_ai.operation.name", r#"{"stringValue":"invoke_agent"}"#),
            ("gen_ai.usage.cost", r#"{"doubleValue":0.5}"#),
        ]),
        [
            "gen_ai.usage.cost: what an agent or chain cost without tokens of its own is the sum of what it called; it is \
          not counted"
        ]
    );
}
