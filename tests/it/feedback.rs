//! Feedback that a person gives in the application: given, edited, taken back, counted.

use serde_json::{Value, json};

use crate::app::{Served, request};

fn run_target(run: u32) -> Value {
    json!({
        "type": "run",
        "trace_id": "00000000-0000-0000-0000-000000000001",
        "run_id": format!("00000000-0000-0000-0000-{run:012x}"),
    })
}

fn served(dir: &std::path::Path) -> Served {
    let served = Served::start(dir, &[]);
    let headers = [("content-type", "application/json")];
    assert_eq!(served.post("/v1/traces", &headers, request(&[(1, 2), (1, 3)]).as_bytes()).0, 200);
    served
}

#[test]
fn an_edit_keeps_what_was_said_before_and_taking_back_can_be_undone() {
    let dir = tempfile::tempdir().unwrap();
    let app = served(dir.path());
    let list = |history: bool| {
        app.call("list_feedback", &json!({ "target": run_target(2), "history": history }))["rows"].clone()
    };
    let given = app.call(
        "give_feedback",
        &json!({ "target": run_target(2), "key": "correct", "value": "false", "comment": "no such page" }),
    );
    assert_eq!((&given["score"], &given["source"]), (&json!(0.0), &json!("app")));
    let edited = app.call("edit_feedback", &json!({ "id": given["id"], "value": "true" }));
    assert_eq!((&edited["score"], &edited["supersedes"]), (&json!(1.0), &given["id"]));
    assert_eq!(list(false).as_array().unwrap().len(), 1);
    assert_eq!(list(true).as_array().unwrap().len(), 2);
    // What was replaced can neither be edited nor stand again beside what replaced it.
    assert_eq!(app.call("edit_feedback", &json!({ "id": given["id"], "score": 1 }))["code"], "invalid_input");
    assert_eq!(app.call("restore_feedback", &json!({ "id": given["id"] }))["code"], "invalid_input");
    assert!(app.call("retract_feedback", &json!({ "id": edited["id"] }))["retracted"].is_string());
    assert_eq!(list(false), json!([]));
    assert!(app.call("restore_feedback", &json!({ "id": edited["id"] }))["retracted"].is_null());
    assert_eq!(list(false)[0]["id"], edited["id"]);
}

#[test]
fn what_says_nothing_or_does_not_fit_its_key_is_refused() {
    let dir = tempfile::tempdir().unwrap();
    let app = served(dir.path());
    let config = json!({ "feedback_key": "verdict", "feedback_config": { "type": "categorical",
        "categories": [{ "value": 1, "label": "Pass" }, { "value": 0, "label": "Fail" }] } });
    let headers = [("content-type", "application/json")];
    assert_eq!(app.post("/feedback-configs", &headers, config.to_string().as_bytes()).0, 200);
    let give = |said: Value| {
        let mut params = json!({ "target": run_target(2), "key": "verdict" });
        params.as_object_mut().unwrap().extend(said.as_object().unwrap().clone());
        app.call("give_feedback", &params)
    };
    for (said, message) in [
        (json!({}), "Give a score, a value, a comment or a correction"),
        (json!({ "value": "\"Perhaps\"" }), "verdict has no category Perhaps"),
        (json!({ "key": "  ", "score": 1 }), "A key has 1 to 180 characters"),
    ] {
        assert_eq!(give(said)["message"], message);
    }
    assert!(give(json!({ "value": "{" }))["message"].as_str().unwrap().starts_with("The value is not JSON"));
    assert_eq!(give(json!({ "value": "\"Fail\"" }))["score"], 0.0);
}

#[test]
fn statistics_by_run_name_trace_thread_and_project() {
    let dir = tempfile::tempdir().unwrap();
    let app = served(dir.path());
    for (run, score) in [(2, 1.0), (2, 0.0), (3, 0.5)] {
        app.call("give_feedback", &json!({ "target": run_target(run), "key": "quality", "score": score }));
    }
    app.call(
        "give_feedback",
        &json!({ "target": { "type": "thread", "thread": "t 1" }, "key": "solved", "value": "true" }),
    );
    let stats = |by: &str| {
        let groups = app.call("get_feedback_stats", &json!({ "by": by }));
        let short = |group: &Value| {
            let of = &group["stats"][0];
            (
                group["name"].as_str().unwrap().to_owned(),
                of["count"].as_u64().unwrap(),
                of["mean"].as_f64().unwrap(),
            )
        };
        groups.as_array().unwrap().iter().map(short).collect::<Vec<_>>()
    };
    assert_eq!(stats("run_name"), [("work 2".to_owned(), 2, 0.5), ("work 3".to_owned(), 1, 0.5)]);
    assert_eq!(stats("trace"), [("00000000-0000-0000-0000-000000000001".to_owned(), 3, 0.5)]);
    assert_eq!(stats("thread"), [("t 1".to_owned(), 1, 1.0)]);
    let groups = app.call("get_feedback_stats", &json!({ "by": "run_name", "project": "default" }));
    assert_eq!((&groups[0]["stats"][0]["min"], &groups[0]["stats"][0]["max"]), (&json!(0.0), &json!(1.0)));
    for value in ["Good", "Bad", "Good"] {
        let said = json!({ "target": run_target(3), "key": "word", "value": format!("\"{value}\"") });
        app.call("give_feedback", &said);
    }
    let groups = app.call("get_feedback_stats", &json!({ "by": "run_name" }));
    let values = &groups[1]["stats"][1]["values"];
    assert_eq!(values, &json!([{ "value": "Good", "count": 2 }, { "value": "Bad", "count": 1 }]), "{groups}");
    let of_project =
        app.call("list_feedback", &json!({ "target": { "type": "project", "project": "default" } }));
    assert_eq!(of_project["stats"][0]["count"], 3, "{of_project}");
}
