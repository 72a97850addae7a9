//! The vocabularies that are read so far, against the expectation beside each fixture.
//!
//! Compared are ids, parents, names, types, status, errors, model, provider, usage, cost, first token, documents and
//! thread of every run, and the histogram of types. Not compared, as other crates decide them: which usage counts
//! (`usage_counted`), the thread of a trace. A model or provider on a run that is no model call is kept where the
//! expectation names none.

use std::collections::BTreeMap;

use model::RunRecord;
use serde_json::{Value, json};

use crate::support::{fixture, read};

/// `span_id -> what is expected of the run`, from the nested trees.
fn expected_runs(tree: &Value, parent: Option<&str>, out: &mut BTreeMap<String, Value>) {
    for node in tree.as_array().into_iter().flatten() {
        let span_id = node["span_id"].as_str();
        if let Some(span_id) = span_id {
            let mut run = node.clone();
            run["parent"] = json!(parent);
            out.insert(span_id.to_owned(), run);
        }
        for key in ["children", "roots"] {
            expected_runs(&node[key], span_id, out);
        }
    }
}

/// The span id, by run id: spans that LangSmith's SDK sends name themselves by UUID.
fn span_ids(records: &[RunRecord]) -> BTreeMap<model::RunId, String> {
    records.iter().map(|record| (record.run_id, hex(record))).collect()
}

fn hex(record: &RunRecord) -> String {
    // Spans that LangSmith's SDK sends name themselves by UUID; their span id stands in the raw record.
    let detail = ingest::detail(std::slice::from_ref(&record.raw));
    let attributes: Value = serde_json::from_str(&detail.attributes).unwrap();
    attributes["span"]["span_id"].as_str().unwrap_or_default().to_owned()
}

/// Compares one encoding of a fixture with its expectation; returns the differences.
fn differences(expectation: &str, encodings: &[&str]) -> Vec<String> {
    let expected: Value = serde_json::from_slice(&fixture(expectation)).unwrap();
    let mut runs = BTreeMap::new();
    expected_runs(&expected["tree"], None, &mut runs);
    let mut found = Vec::new();
    let mut records = Vec::new();
    for encoding in encodings {
        let decoded = read(&fixture(encoding));
        assert!(decoded.rejects.is_empty(), "{encoding}: {:?}", decoded.rejects);
        records.extend(decoded.records);
    }
    let mut types: BTreeMap<&str, u64> = BTreeMap::new();
    for record in &records {
        *types.entry(record.fields.run_type.unwrap().as_str()).or_default() += 1;
    }
    if json!(types) != expected["run_types"] {
        found.push(format!("types {types:?}, {} expected", expected["run_types"]));
    }
    if records.len() != runs.len() {
        found.push(format!("{} runs, {} expected", records.len(), runs.len()));
    }
    let span_ids = span_ids(&records);
    for record in &records {
        let span_id = hex(record);
        let Some(run) = runs.get(&span_id) else {
            found.push(format!("unexpected {span_id}"));
            continue;
        };
        let fields = &record.fields;
        let usage = &fields.usage;
        let sent = |value: &Value| if value.is_null() { Value::Null } else { value.clone() };
        let pairs = [
            ("name", json!(fields.name), sent(&run["name"])),
            ("run_type", json!(fields.run_type.unwrap().as_str()), sent(&run["run_type"])),
            ("status", json!(fields.status().as_str()), sent(&run["status"])),
            ("model", json!(fields.model), sent(&run["model"])),
            ("provider", json!(fields.provider), sent(&run["provider"])),
            ("input", json!(usage.input), sent(&run["usage"]["input"])),
            ("output", json!(usage.output), sent(&run["usage"]["output"])),
            (
                "cache_read",
                json!(usage.cache_read.filter(|count| *count > 0)),
                sent(&run["usage"]["cache_read"]),
            ),
            (
                "cache_creation",
                json!(usage.cache_creation.filter(|count| *count > 0)),
                sent(&run["usage"]["cache_creation"]),
            ),
            (
                "reasoning",
                json!(usage.reasoning.filter(|count| *count > 0)),
                sent(&run["usage"]["reasoning"]),
            ),
        ];
        let parent = fields.parent_run_id.and_then(|parent| span_ids.get(&parent));
        let first_token = fields.first_token.zip(fields.start).map(|(token, start)| {
            // The expectation is rounded to a tenth of a millisecond.
            (token.0 - start.0 + 50_000) / 100_000
        });
        let tenths = run["first_token_ms"].as_f64().map(|millis| format!("{:.0}", millis * 10.0));
        let cost = run["cost_total"].as_f64().and_then(|cost| model::Cost::parse_usd(&cost.to_string()));
        let documents = run["documents"].as_u64();
        let documents = documents
            .map(|count| if count == 1 { "1 document".to_owned() } else { format!("{count} documents") });
        let is_retriever = fields.run_type == Some(model::RunType::Retriever);
        let pairs = pairs.into_iter().chain([
            ("parent", json!(parent), sent(&run["parent"])),
            ("error", json!(fields.error), sent(&run["error"])),
            ("first_token", json!(first_token.map(|tenths| tenths.to_string())), json!(tenths)),
            (
                "cost",
                json!(fields.cost.map(|cost| cost.to_string())),
                json!(cost.map(|cost| cost.to_string())),
            ),
            ("documents", json!(fields.detail.as_ref().filter(|_| is_retriever)), json!(documents)),
            ("thread", json!(fields.thread), sent(&run["thread_id"])),
        ]);
        for (field, got, want) in pairs {
            // A model or provider named on a run that is no model call is not part of the expectation.
            let is_extra = want.is_null() && matches!(field, "model" | "provider");
            if got != want && !is_extra {
                found.push(format!(
                    "{span_id} {}: {field} is {got}, expected {want}",
                    fields.name.as_deref().unwrap_or_default()
                ));
            }
        }
    }
    found
}

fn check(expectation: &str, encodings: &[&[&str]]) {
    for encoding in encodings {
        let found = differences(expectation, encoding);
        assert!(found.is_empty(), "{encoding:?}\n{}", found.join("\n"));
    }
}

#[test]
fn official_openai_instrumentation() {
    check(
        "semconv/openai-genai-1.3.expected.json",
        &[&["semconv/openai-genai-1.3.pb"], &["semconv/openai-genai-1.3.json"]],
    );
    check(
        "semconv/openai-v2-latest.expected.json",
        &[&["semconv/openai-v2-latest.pb"], &["semconv/openai-v2-latest.json"]],
    );
}

#[test]
fn official_openai_instrumentation_with_content_in_logs() {
    check(
        "semconv/openai-v2-legacy-events.expected.json",
        &[&["semconv/openai-v2-legacy-events.pb"], &["semconv/openai-v2-legacy-events.json"]],
    );
}

#[test]
fn official_anthropic_instrumentation() {
    check(
        "semconv/anthropic-genai-1.3.expected.json",
        &[&["semconv/anthropic-genai-1.3.pb"], &["semconv/anthropic-genai-1.3.json"]],
    );
}

#[test]
fn langsmith_exporters() {
    check(
        "langsmith/python-otel-only.expected.json",
        &[&["langsmith/python-otel-only.pb"], &["langsmith/python-otel-only.json"]],
    );
    check(
        "langsmith/js-otel.expected.json",
        &[
            &["langsmith/js-otel.1.pb", "langsmith/js-otel.2.pb"],
            &["langsmith/js-otel.2.json", "langsmith/js-otel.1.json"],
        ],
    );
}

#[test]
fn ai_sdk_7() {
    check("vercel-ai/v7-semconv.expected.json", &[&["vercel-ai/v7-semconv.json"]]);
}

#[test]
fn pydantic_ai_5() {
    check(
        "pydantic-ai/v2-format5.expected.json",
        &[&["pydantic-ai/v2-format5.pb"], &["pydantic-ai/v2-format5.json"]],
    );
}

#[test]
fn the_official_json_example_is_read() {
    let decoded = read(&fixture("proto-examples/trace.json"));
    assert_eq!((decoded.records.len(), decoded.rejects.len()), (1, 0));
    let logs = read(&fixture("proto-examples/logs.json"));
    assert_eq!((logs.records.len(), logs.rejects.len(), logs.ignored), (0, 0, 1));
}

#[test]
fn every_encoding_gives_the_same_fields() {
    for name in [
        "semconv/openai-genai-1.3",
        "semconv/anthropic-genai-1.3",
        "langsmith/python-otel-only",
        "pydantic-ai/v2-format5",
    ] {
        let fields = |suffix: &str| {
            read(&fixture(&format!("{name}.{suffix}")))
                .records
                .into_iter()
                .map(|record| record.fields)
                .collect::<Vec<_>>()
        };
        assert_eq!(fields("pb"), fields("json"), "{name}");
    }
    let sorted = |name: &str| {
        let mut records = read(&fixture(name)).records;
        records.sort_by_key(|record| (record.trace_id, record.run_id));
        records.into_iter().map(|record| record.fields).collect::<Vec<_>>()
    };
    assert_eq!(sorted("openinference/openai.jsonl"), sorted("openinference/openai.pb"));
    let packed = read(&fixture("openinference/anthropic.pb.gz")).records;
    assert_eq!(packed, read(&fixture("openinference/anthropic.pb")).records);
}

#[test]
fn interpreting_a_raw_record_gives_the_record_back() {
    for name in [
        "semconv/openai-genai-1.3.json",
        "langsmith/python-otel-only.pb",
        "pydantic-ai/v2-format5.json",
        "edge/json-tolerance.json",
    ] {
        for record in read(&fixture(name)).records {
            assert_eq!(ingest::interpret(&record.raw).as_ref(), Some(&record), "{name}");
        }
    }
}

#[test]
fn an_export_as_otlp_reads_back_as_the_same_runs() {
    for name in ["semconv/openai-genai-1.3.pb", "langsmith/python-otel-only.pb"] {
        for record in read(&fixture(name)).records {
            let line = ingest::export::otlp_json(&record.raw).unwrap();
            let again = read(line.as_bytes());
            assert_eq!(again.records[0].fields, record.fields, "{name}");
            assert_eq!(again.records[0].run_id, record.run_id);
        }
    }
}

#[test]
fn no_opened_run_is_blank() {
    for record in read(&fixture("semconv/openai-genai-1.3.pb")).records {
        let detail = ingest::detail(std::slice::from_ref(&record.raw));
        for json in [
            Some(&detail.metadata),
            Some(&detail.attributes),
            Some(&detail.raw),
            detail.inputs.as_ref(),
            detail.outputs.as_ref(),
        ]
        .into_iter()
        .flatten()
        {
            serde_json::from_str::<Value>(json).unwrap();
        }
        if record.fields.run_type == Some(model::RunType::Llm) && record.fields.error.is_none() {
            assert!(detail.inputs.is_some() && detail.outputs.is_some(), "{:?}", record.fields.name);
        }
    }
}
