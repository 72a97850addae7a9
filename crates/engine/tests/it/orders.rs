//! How a sender cuts, orders and repeats its requests does not show in the library: spans, log records and judgements of
//! real requests, one by one or together, spans before their log records or after.

use std::{fmt::Write as _, path::Path};

use engine::{Arrival, Encoding, Engine, FeedbackQuery, Options, OtlpRequest, Signal, TraceQuery, Transport};
use proptest::{
    prelude::*,
    test_runner::{Config, RngAlgorithm, TestRng, TestRunner},
};
use serde_json::{Value, json};

/// Requests whose spans and log records belong together.
const FIXTURES: [&[&str]; 5] = [
    &["semconv/openai-v2-legacy-events.json", "semconv/openai-v2-legacy-events.logs.json"],
    &["pydantic-ai/v1-format1-logmode.json", "pydantic-ai/v1-format1-logmode.logs.json"],
    &["claude-code/print-mode.json", "claude-code/print-mode.logs.json"],
    &[
        "semconv/openai-genai-1.3.json",
        "semconv/openai-genai-1.3.logs.json",
        "edge/evaluation-result.logs.json",
    ],
    &["logfire/openai.json"],
];

/// Every span and log record of a request as a request of its own.
fn singles(request: &Value) -> Vec<Value> {
    let lists = [("resourceSpans", "scopeSpans", "spans"), ("resourceLogs", "scopeLogs", "logRecords")];
    let mut out = Vec::new();
    for (resources, scopes, items) in lists {
        for resource in request[resources].as_array().into_iter().flatten() {
            for scope in resource[scopes].as_array().into_iter().flatten() {
                for item in scope[items].as_array().into_iter().flatten() {
                    let mut scope = scope.clone();
                    scope[items] = json!([item]);
                    let mut resource = resource.clone();
                    resource[scopes] = json!([scope]);
                    out.push(json!({ resources: [resource] }));
                }
            }
        }
    }
    out
}

fn read(path: &str) -> Value {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/fixtures/otlp");
    serde_json::from_slice(&std::fs::read(root.join(path)).unwrap()).unwrap()
}

/// Several requests as one.
fn together(requests: &[&Value]) -> Value {
    let mut all = json!({});
    for key in ["resourceSpans", "resourceLogs"] {
        let list: Vec<&Value> =
            requests.iter().flat_map(|request| request[key].as_array().into_iter().flatten()).collect();
        if !list.is_empty() {
            all[key] = json!(list);
        }
    }
    all
}

/// Everything that a library shows after these requests.
fn library<'r>(requests: impl IntoIterator<Item = &'r Value>) -> String {
    let dir = tempfile::tempdir().unwrap();
    let engine = Engine::open(&Options { watch: false, ..Options::new(dir.path()) }).unwrap();
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    for request in requests {
        let request = OtlpRequest {
            bytes: request.to_string().into_bytes().into(),
            encoding: Encoding::Json,
            signal: Signal::Traces,
            project: None,
        };
        let arrival = Arrival::new(Transport::OtlpHttp, "/v1/traces");
        runtime.block_on(engine.take_otlp(request, arrival)).unwrap();
    }
    shown(&engine)
}

fn shown(engine: &Engine) -> String {
    let mut out = String::new();
    let page = engine.traces(&TraceQuery { limit: 500, ..TraceQuery::default() }).unwrap();
    let mut ids: Vec<_> = page.rows.iter().map(|row| row.trace_id).collect();
    ids.sort();
    for id in ids {
        let opened = engine.open_trace(id).unwrap();
        writeln!(out, "{:?}", opened.row).unwrap();
        let mut runs = opened.runs;
        runs.sort_by_key(|run| run.run_id);
        for row in runs {
            let run = engine.open_run(id, row.run_id).unwrap();
            let detail = &run.detail;
            writeln!(out, "  {row:?}").unwrap();
            writeln!(out, "    {:?}\n    {:?}", detail.inputs, detail.outputs).unwrap();
            writeln!(out, "    {:?}\n    {}\n    {}", detail.events, detail.metadata, detail.raw).unwrap();
        }
    }
    for thread in engine.threads(None, 0, 100).unwrap().rows {
        writeln!(out, "{thread:?}").unwrap();
    }
    let query = FeedbackQuery { limit: 100, ..FeedbackQuery::default() };
    let mut feedback: Vec<String> = engine
        .list_feedback(&query)
        .unwrap()
        .into_iter()
        .map(|said| format!("{} {:?} {:?} {:?} {:?}", said.id, said.run_id, said.key, said.score, said.value))
        .collect();
    feedback.sort();
    out + &feedback.join("\n")
}

#[test]
fn cuts_order_and_repetition_of_requests_do_not_show() {
    for names in FIXTURES {
        let requests: Vec<Value> = names.iter().map(|name| read(name)).collect();
        let singles: Vec<Value> = requests.iter().flat_map(singles).collect();
        let expected = library(&requests);
        let logs_first: Vec<&Value> = requests.iter().rev().collect();
        assert_eq!(library(logs_first), expected, "{names:?}, log records first");
        // Each of them once or twice, in any order, some of them in one request.
        let again = proptest::collection::vec(any::<bool>(), singles.len());
        let any_cut = again.prop_flat_map(|again| {
            let all: Vec<usize> = (0..again.len())
                .flat_map(|index| std::iter::repeat_n(index, 1 + usize::from(again[index])))
                .collect();
            (Just(all).prop_shuffle(), 2..12_usize)
        });
        let config =
            Config { cases: 4, failure_persistence: None, max_shrink_iters: 24, ..Config::default() };
        let rng = TestRng::deterministic_rng(RngAlgorithm::ChaCha);
        let result = TestRunner::new_with_rng(config, rng).run(&any_cut, |(order, size)| {
            let requests: Vec<Value> = order
                .chunks(size)
                .map(|chunk| together(&chunk.iter().map(|index| &singles[*index]).collect::<Vec<_>>()))
                .collect();
            prop_assert!(library(&requests) == expected, "{order:?} by {size}");
            Ok(())
        });
        if let Err(error) = result {
            panic!("{names:?}: {error}");
        }
    }
}
