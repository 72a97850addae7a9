//! Log records that tell of a run, joined to it or alone.

use std::collections::BTreeMap;

use model::{RunFields, RunId, RunRecord, RunStatus, RunType};
use serde_json::{Value, json};

use crate::support::{fixture, read};

fn merged(records: Vec<RunRecord>) -> BTreeMap<RunId, (RunFields, ingest::RunDetail)> {
    let mut by_run: BTreeMap<RunId, Vec<RunRecord>> = BTreeMap::new();
    for record in records {
        by_run.entry(record.run_id).or_default().push(record);
    }
    let opened = by_run.into_iter().map(|(id, records)| {
        let raw: Vec<_> = records.iter().map(|record| record.raw.clone()).collect();
        (id, (model::merge(&records), ingest::detail(&raw)))
    });
    opened.collect()
}

#[test]
fn the_order_in_which_records_come_does_not_matter() {
    for name in ["semconv/openai-v2-legacy-events", "pydantic-ai/v1-format1-logmode"] {
        let spans = read(&fixture(&format!("{name}.pb"))).records;
        let logs = read(&fixture(&format!("{name}.logs.pb"))).records;
        let forwards: Vec<_> = spans.iter().chain(&logs).cloned().collect();
        let backwards: Vec<_> = forwards.iter().rev().cloned().collect();
        let (forwards, backwards) = (merged(forwards), merged(backwards));
        for (id, (fields, detail)) in &forwards {
            let (other_fields, other_detail) = &backwards[id];
            assert_eq!(fields, other_fields, "{name}");
            assert_eq!(
                (&detail.inputs, &detail.outputs),
                (&other_detail.inputs, &other_detail.outputs),
                "{name}"
            );
            assert_eq!((&detail.events, &detail.raw), (&other_detail.events, &other_detail.raw), "{name}");
        }
    }
}

#[test]
fn a_span_wins_over_what_its_log_records_repeat() {
    let spans = read(&fixture("semconv/openai-genai-1.3.pb")).records;
    let logs = read(&fixture("semconv/openai-genai-1.3.logs.pb")).records;
    let alone = merged(spans.clone());
    let together = merged(spans.into_iter().chain(logs).collect());
    assert_eq!(alone.len(), together.len());
    for (id, (fields, detail)) in &alone {
        let (joined, joined_detail) = &together[id];
        let shown = |fields: &RunFields| {
            (fields.name.clone(), fields.run_type, fields.usage.clone(), fields.start, fields.end)
        };
        assert_eq!(shown(joined), shown(fields));
        assert_eq!(joined_detail.inputs, detail.inputs);
        assert_eq!(joined_detail.events, detail.events);
    }
}

/// The log records of Claude Code as they are without its tracing: they name no span.
fn without_ids(name: &str) -> Vec<u8> {
    let mut request: Value = serde_json::from_slice(&fixture(name)).unwrap();
    for record in request["resourceLogs"][0]["scopeLogs"][0]["logRecords"].as_array_mut().unwrap() {
        let record = record.as_object_mut().unwrap();
        record.remove("traceId");
        record.remove("spanId");
    }
    request.to_string().into_bytes()
}

#[test]
fn a_session_of_claude_code_that_only_logs_becomes_a_trace() {
    let records = read(&without_ids("claude-code/print-mode.logs.json")).records;
    let trace = records[0].trace_id;
    assert!(trace.is_some() && records.iter().all(|record| record.trace_id == trace));
    let runs = merged(records);
    let tree: Vec<Value> = runs
        .values()
        .map(|(fields, _)| {
            json!([
                fields.run_type.unwrap().as_str(),
                fields.name,
                fields.parent_run_id.is_some(),
                fields.status().as_str(),
                fields.usage.input,
                fields.cost.whole().map(|cost| cost.to_string()),
            ])
        })
        .collect();
    let call = json!(["llm", "claude_code.llm_request", true, "success", 330, "0.0009"]);
    assert_eq!(tree.iter().filter(|run| **run == call).count(), 2, "{tree:?}");
    assert!(tree.contains(&json!(["tool", "Bash", true, "success", null, null])), "{tree:?}");
    assert!(
        tree.contains(&json!(["chain", "claude_code.interaction", false, "success", null, null])),
        "{tree:?}"
    );
    assert_eq!(tree.len(), 4, "{tree:?}");
    let (root, detail) = runs.values().find(|(fields, _)| fields.run_type == Some(RunType::Chain)).unwrap();
    assert_eq!(root.status(), RunStatus::Success);
    assert_eq!(root.thread.as_deref(), Some("bede7ed1-2ae3-403e-acc6-67045becebc1"));
    assert_eq!(root.input_preview.as_deref(), Some("Say hello using the shell"));
    let outputs: Value = serde_json::from_str(detail.outputs.as_deref().unwrap()).unwrap();
    assert_eq!(outputs["messages"].as_array().unwrap().len(), 2);
}

#[test]
fn what_an_agent_said_only_in_logs_is_shown_on_its_span() {
    let files = ["claude-code/print-mode.json", "claude-code/print-mode.logs.json"];
    let records = files.iter().flat_map(|file| read(&fixture(file)).records).collect();
    let runs = merged(records);
    let (_, detail) =
        runs.values().find(|(fields, _)| fields.name.as_deref() == Some("claude_code.interaction")).unwrap();
    let said =
        r#"{"messages":[{"role":"user","parts":[{"type":"text","content":"Say hello using the shell"}]}]}"#;
    assert_eq!(detail.inputs.as_deref(), Some(said));
    let outputs = detail.outputs.as_deref().unwrap();
    assert!(outputs.contains("It is 14 C and raining in Paris"), "{outputs}");
    assert!(detail.events.iter().any(|event| event.name == "claude_code.api_request"), "{:?}", detail.events);
}
