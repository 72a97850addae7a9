//! Evaluations that name the response they judge, and neither run nor trace.

use std::{path::Path, sync::Arc, time::Duration};

use engine::{Engine, FeedbackQuery, Options};
use serde_json::{Value, json};

fn text(key: &str, value: &str) -> Value {
    json!({ "key": key, "value": { "stringValue": value } })
}

fn call() -> Value {
    json!({ "resourceSpans": [{ "scopeSpans": [{ "spans": [{
        "traceId": "0af7651916cd43dd8448eb211c80319c", "spanId": "b7ad6b7169203331", "name": "chat",
        "startTimeUnixNano": "1700000000000000000", "endTimeUnixNano": "1700000001000000000",
        "attributes": [text("gen_ai.operation.name", "chat"), text("gen_ai.response.id", "resp-77")],
    }] }] }] })
}

fn evaluation() -> Value {
    let attributes = json!([
        text("gen_ai.evaluation.name", "grounded"),
        text("gen_ai.response.id", "resp-77"),
        { "key": "gen_ai.evaluation.score.value", "value": { "doubleValue": 0.5 } },
    ]);
    json!({ "resourceLogs": [{ "scopeLogs": [{ "logRecords": [{
        "timeUnixNano": "1700000002000000000", "eventName": "gen_ai.evaluation.result", "attributes": attributes,
    }] }] }] })
}

fn import(engine: &Arc<Engine>, dir: &Path, name: &str, request: &Value) {
    let file = dir.join(name);
    std::fs::write(&file, request.to_string()).unwrap();
    for job in engine.import_paths(&[file], false).unwrap() {
        assert_eq!(engine.wait_for_job(job.id).unwrap().error, None);
    }
}

/// The runs that the judgements are about, when one has its run or after a while.
fn judged(engine: &Engine) -> Vec<Option<String>> {
    let mut runs = Vec::new();
    for _ in 0..200 {
        let all = engine.list_feedback(&FeedbackQuery { limit: 10, ..FeedbackQuery::default() }).unwrap();
        runs = all.iter().map(|one| one.run_id.map(|run| run.to_string())).collect();
        if runs.iter().any(Option::is_some) {
            break;
        }
        std::thread::sleep(Duration::from_millis(50));
    }
    runs
}

#[test]
fn an_evaluation_of_a_response_is_about_its_call_whichever_comes_first() {
    for evaluation_first in [false, true] {
        let dir = tempfile::tempdir().unwrap();
        let engine = Engine::open(&Options::new(dir.path())).unwrap();
        let mut requests = vec![("call.json", call()), ("evaluation.json", evaluation())];
        if evaluation_first {
            requests.reverse();
        }
        for (name, request) in &requests {
            import(&engine, dir.path(), name, request);
        }
        assert_eq!(
            judged(&engine),
            [Some("00000000-0000-0000-b7ad-6b7169203331".to_owned())],
            "evaluation first: {evaluation_first}"
        );
    }
}
