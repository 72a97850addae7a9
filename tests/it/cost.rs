//! What runs cost, from outside: prices, groups, own prices and computing again.

use std::{fs, path::Path};

use serde_json::{Value, json};

use crate::app::{run, run_json};

/// Four model calls of two traces: one with a bundled price, two without any, one with a cost of its own; and a tool.
fn library(dir: &Path) {
    let line = |id: &str, trace: &str, parent: Option<&str>, kind: &str, more: Value| {
        let uuid = |id: &str| format!("0197a3c2-51e8-7aa0-8f00-{id:0>12}");
        let mut run = json!({
            "id": uuid(id), "trace_id": uuid(trace), "name": format!("run {id}"), "run_type": kind, "session_name": "shop",
            "start_time": "2026-11-02T10:00:00Z", "end_time": "2026-11-02T10:00:01Z", "inputs": {},
        });
        if let Some(parent) = parent {
            run["parent_run_id"] = json!(uuid(parent));
        }
        for (key, value) in more.as_object().unwrap() {
            run[key] = value.clone();
        }
        run.to_string()
    };
    let call = |model: &str, provider: &str, usage: Value| {
        json!({
            "outputs": { "usage_metadata": usage }, "tags": ["night"],
            "extra": { "metadata": { "ls_model_name": model, "ls_provider": provider, "prompt_commit": "v1", "user_id": "ann" } },
        })
    };
    let lines = [
        line(
            "1",
            "1",
            None,
            "chain",
            json!({ "outputs": {}, "extra": { "metadata": { "user_id": "ann" } } }),
        ),
        line(
            "2",
            "1",
            Some("1"),
            "llm",
            call(
                "gpt-4o",
                "openai",
                json!({ "input_tokens": 1000, "output_tokens": 100, "input_token_details": { "cache_read": 600 } }),
            ),
        ),
        line(
            "3",
            "1",
            Some("1"),
            "llm",
            call("house-1", "acme", json!({ "input_tokens": 1000, "output_tokens": 10 })),
        ),
        line(
            "4",
            "4",
            None,
            "llm",
            call("house-1", "acme", json!({ "input_tokens": 500, "output_tokens": 5 })),
        ),
        line("5", "4", Some("4"), "tool", json!({ "outputs": { "usage_metadata": { "total_cost": 0.05 } } })),
        line(
            "6",
            "1",
            Some("1"),
            "llm",
            call(
                "house-2",
                "acme",
                json!({ "input_tokens": 7, "output_tokens": 1, "input_cost": 0.01, "output_cost": 0.02 }),
            ),
        ),
    ];
    let file = dir.join("runs.jsonl");
    fs::write(&file, lines.join("\n")).unwrap();
    let imported = run_json(&dir.join("library"), &["import", file.to_str().unwrap()]);
    assert_eq!((&imported["new_runs"], &imported["rejected"]), (&6.into(), &0.into()));
}

fn rows(told: &Value) -> Vec<String> {
    let row = |group: &Value| {
        format!(
            "{} {} unpriced {} runs {}",
            group["value"], group["cost"], group["unpriced_runs"], group["runs"]
        )
    };
    told["groups"].as_array().unwrap().iter().map(row).collect()
}

#[test]
fn costs_are_told_by_group_and_what_has_no_price_is_never_zero() {
    let dir = tempfile::tempdir().unwrap();
    library(dir.path());
    let library = dir.path().join("library");
    let told = run_json(&library, &["show", "cost", "--by", "model"]);
    // 400 x 2.5 + 600 x 1.25 + 100 x 10 dollars per million, 0.03 as sent, 0.05 of a tool.
    assert_eq!(told["total"]["cost"], "0.08275");
    assert_eq!(
        told["total"]["cost_by_class"],
        json!({ "input": "0.011", "cache_read": "0.00075", "output": "0.021", "other": "0.05" })
    );
    assert_eq!(told["total"]["cache_saved"], "0.00075");
    assert_eq!(
        rows(&told),
        [
            "null \"0.05\" unpriced 0 runs 1",
            "\"house-2\" \"0.03\" unpriced 0 runs 1",
            "\"gpt-4o\" \"0.00275\" unpriced 0 runs 1",
            "\"house-1\" null unpriced 2 runs 2",
        ]
    );
    for (scope, cost) in [
        (["--project", "shop"], json!("0.08275")),
        (["--from", "2026-11-03"], json!(null)),
        (["--to", "2026-11-02"], json!("0.08275")),
    ] {
        assert_eq!(
            run_json(&library, &[&["show", "cost"][..], &scope].concat())["total"]["cost"],
            cost,
            "{scope:?}"
        );
    }
    for unknown in [["--project", "elsewhere"], ["--thread", "nobody"]] {
        let told = run(&library, &[&["show", "cost"][..], &unknown].concat());
        assert_eq!((told.status.success(), told.stdout.len()), (false, 0), "{unknown:?}");
        assert!(String::from_utf8_lossy(&told.stderr).contains(unknown[1]), "{told:?}");
    }
    let trace = run_json(&library, &["show", "cost", "0197a3c2-51e8-7aa0-8f00-000000000001", "--by", "user"]);
    assert_eq!(rows(&trace), ["\"ann\" \"0.03275\" unpriced 1 runs 3"]);
    // The user of a run that names none is that of its trace.
    let users = run_json(&library, &["show", "cost", "--by", "user"]);
    assert_eq!(rows(&users), ["\"ann\" \"0.08275\" unpriced 2 runs 5"]);
}

#[test]
fn an_own_price_counts_when_costs_are_computed_again() {
    let dir = tempfile::tempdir().unwrap();
    library(dir.path());
    let library = dir.path().join("library");
    let prices = dir.path().join("prices.json");
    fs::write(
        &prices,
        r#"[{"name":"house-1","provider":"acme","prompt_cost":"0.000001","completion_cost":"0.000002"},
            {"name":"broken","prompt_cost":"-3"}]"#,
    )
    .unwrap();
    let set = run(&library, &["prices", "set", prices.to_str().unwrap(), "--json"]);
    assert_eq!(set.status.code(), Some(3));
    let set: Value = serde_json::from_slice(&set.stdout).unwrap();
    assert_eq!((&set["added"], &set["replaced"]), (&1.into(), &0.into()));
    assert!(
        set["problems"][0].as_str().unwrap().starts_with("entry 2 (broken), prompt_cost: \"-3\" is no price")
    );

    // Stored costs stay until they are computed again, and a preview changes nothing.
    let total = || run_json(&library, &["show", "cost"])["total"]["cost"].clone();
    assert_eq!(total(), "0.08275");
    let preview = run_json(&library, &["prices", "recompute"]);
    assert_eq!((&preview["changed"], &preview["models"][0]["before"]), (&2.into(), &Value::Null));
    assert_eq!((&preview["models"][0]["after"], total()), (&"0.00153".into(), "0.08275".into()));
    run_json(&library, &["prices", "recompute", "--apply"]);
    assert_eq!(total(), "0.08428");
    assert_eq!(run_json(&library, &["prices", "recompute"])["changed"], 0);
    // Runs that come in later have the price at once.
    let checked = run_json(&library, &["prices", "check", "house-1", "--provider", "acme"]);
    assert_eq!(checked["entry"]["prompt_cost"], "0.000001");

    // A price in its place, in dollars that are no binary fractions.
    fs::write(
        &prices,
        r#"{"name":"house-1","provider":"acme","prompt_cost":1e-7,"completion_cost":"0.0000003"}"#,
    )
    .unwrap();
    assert_eq!(run_json(&library, &["prices", "set", prices.to_str().unwrap()])["replaced"], 1);
    run_json(&library, &["prices", "recompute", "--apply"]);
    assert_eq!(total(), "0.0829045");

    // Undone, costs are those before the last time, which was the second; there is nothing to undo after that.
    assert_eq!(run_json(&library, &["prices", "undo"])["runs"], 2);
    assert_eq!(total(), "0.08428");
    assert_eq!(run_json(&library, &["prices", "undo"])["runs"], 0);
    assert_eq!(total(), "0.08428");
    assert_eq!(run_json(&library, &["prices", "recompute"])["changed"], 2);
}

#[test]
fn costs_are_summed_over_the_runs_that_a_search_finds() {
    let dir = tempfile::tempdir().unwrap();
    library(dir.path());
    let library = dir.path().join("library");
    let found = |search: &str| run_json(&library, &["show", "cost", "--by", "model", "--find", search]);
    assert_eq!(rows(&found("metadata.ls_model_name:gpt-4o")), ["\"gpt-4o\" \"0.00275\" unpriced 0 runs 1"]);
    assert_eq!(found("run_type:llm")["total"]["cost"], "0.03275");
    assert_eq!(found("tags:night -metadata.ls_model_name:gpt-4o")["total"]["unpriced_runs"], 2);
    assert_eq!(found("name:nothing")["total"]["cost"], Value::Null);
    let wrong = run(&library, &["show", "cost", "--find", "latency:>"]);
    assert!(!wrong.status.success());
}

#[test]
fn costs_of_sub_agents_are_told_apart() {
    let dir = tempfile::tempdir().unwrap();
    let run = |id: u8, parent: Option<u8>, kind: &str, name: &str, tags: Value| {
        let uuid = |id: u8| format!("0197a3c2-51e8-7aa0-8f00-{id:012}");
        let mut metadata = json!({ "ls_model_name": "gpt-4o", "ls_provider": "openai" });
        metadata.as_object_mut().unwrap().extend(tags.as_object().unwrap().clone());
        let usage =
            if kind == "llm" { json!({ "input_tokens": 1000, "output_tokens": 0 }) } else { Value::Null };
        json!({
            "id": uuid(id), "trace_id": uuid(1), "parent_run_id": parent.map(uuid), "name": name, "run_type": kind,
            "start_time": format!("2026-11-02T10:00:0{id}Z"), "end_time": "2026-11-02T10:00:09Z", "inputs": {},
            "outputs": { "usage_metadata": usage }, "extra": { "metadata": metadata },
        })
        .to_string()
    };
    let root = json!({ "ls_agent_type": "root" });
    let helper = json!({ "ls_agent_type": "subagent", "ls_subagent_type": "researcher" });
    let lines = [
        run(1, None, "chain", "main", root.clone()),
        run(2, Some(1), "llm", "model", root.clone()),
        run(3, Some(1), "tool", "task", root),
        run(4, Some(3), "chain", "helper", helper.clone()),
        run(5, Some(4), "llm", "model", helper),
        // Without any tag, what calls a model inside of a tool is an agent of its own, by the tool's name.
        run(6, Some(1), "tool", "summarise", json!({})),
        run(7, Some(6), "llm", "model", json!({})),
    ];
    let library = dir.path().join("library");
    let file = dir.path().join("agents.jsonl");
    fs::write(&file, lines.join("\n")).unwrap();
    run_json(&library, &["import", file.to_str().unwrap()]);
    let told = run_json(&library, &["show", "cost", "--by", "agent"]);
    let mut told = rows(&told);
    told.sort();
    assert_eq!(
        told,
        [
            "\"researcher\" \"0.0025\" unpriced 0 runs 1",
            "\"summarise\" \"0.0025\" unpriced 0 runs 1",
            "null \"0.0025\" unpriced 0 runs 1",
        ]
    );
}

/// Imports these runs of one trace, each as id, parent, type and what else it says.
fn import_runs(dir: &Path, runs: &[(u8, Option<u8>, &str, Value)]) -> std::path::PathBuf {
    let uuid = |id: u8| format!("0197a3c2-51e8-7aa0-8f00-{id:012}");
    let line = |(id, parent, kind, more): &(u8, Option<u8>, &str, Value)| {
        let mut run = json!({
            "id": uuid(*id), "trace_id": uuid(1), "parent_run_id": parent.map(uuid), "name": format!("run {id}"),
            "run_type": kind, "session_name": "shop", "start_time": format!("2026-11-02T10:00:0{id}Z"),
            "end_time": "2026-11-02T10:00:09Z", "inputs": {},
        });
        run.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        run.to_string()
    };
    let file = dir.join("runs.jsonl");
    fs::write(&file, runs.iter().map(line).collect::<Vec<_>>().join("\n")).unwrap();
    let library = dir.join("library");
    run_json(&library, &["import", file.to_str().unwrap()]);
    library
}

fn told(usage: Value, metadata: Value) -> Value {
    json!({ "outputs": { "usage_metadata": usage }, "extra": { "metadata": metadata } })
}

#[test]
fn what_is_not_known_is_listed_with_its_reason_and_never_zero() {
    let dir = tempfile::tempdir().unwrap();
    let gpt = json!({ "ls_model_name": "gpt-4o", "ls_provider": "openai", "tier": "gold" });
    let library = import_runs(
        dir.path(),
        &[
            (1, None, "chain", json!({})),
            // An agent of which no call was traced.
            (2, Some(1), "chain", told(json!({ "input_tokens": 1000, "output_tokens": 100 }), gpt.clone())),
            (3, Some(1), "tool", told(json!({ "input_tokens": 5, "output_tokens": 1 }), json!({}))),
            (4, Some(1), "llm", told(json!({ "total_tokens": 70 }), gpt.clone())),
            (
                5,
                Some(1),
                "llm",
                told(json!({ "input_tokens": u64::MAX / 2, "output_tokens": 3 }), gpt.clone()),
            ),
            (6, Some(1), "llm", told(json!({ "input_tokens": -3, "output_tokens": 3 }), gpt)),
            (
                7,
                Some(1),
                "llm",
                told(
                    json!({ "input_tokens": 10, "output_tokens": 1 }),
                    json!({ "ls_model_name": "ho\u{1b}[31mus\ne" }),
                ),
            ),
        ],
    );
    let costs = run_json(&library, &["show", "cost"]);
    assert_eq!((&costs["total"]["cost"], &costs["total"]["unpriced_runs"]), (&"0.0035".into(), &5.into()));
    let unknown = run(&library, &["prices", "check", "--json"]);
    let unknown: Value = serde_json::from_slice(&unknown.stdout).unwrap();
    let mut reasons: Vec<String> = unknown["unpriced"]
        .as_array()
        .unwrap()
        .iter()
        .map(|known| format!("{} {} {}", known["reason"], known["model"], known["runs"]))
        .collect();
    reasons.sort();
    assert_eq!(
        reasons,
        [
            "\"bad_count\" \"openai/gpt-4o\" 2",
            "\"sum_only\" \"openai/gpt-4o\" 1",
            "\"unpriced\" \"ho\\u001b[31mus\\ne\" 1",
            "\"unpriced\" null 1",
        ]
    );
    // Names stay in their row and do not command the terminal.
    let shown = run(&library, &["show", "cost", "--by", "model"]);
    assert!(!shown.stdout.contains(&0x1b), "{}", String::from_utf8_lossy(&shown.stdout));
    // What lacks a key of metadata has a row, and the search knows why a cost is not known.
    let by_tier = run_json(&library, &["show", "cost", "--by", "metadata.tier"]);
    assert_eq!(rows(&by_tier), ["\"gold\" \"0.0035\" unpriced 3 runs 4", "null null unpriced 2 runs 2"]);
    let found = run_json(&library, &["show", "cost", "--find", "cost_origin:bad_count"]);
    assert_eq!(found["total"]["unpriced_runs"], 2);
    assert_eq!(run_json(&library, &["show", "cost", "--find", "cost:>0.001"])["total"]["cost"], "0.0035");

    let csv = run(&library, &["show", "cost", "--by", "metadata.tier", "--csv"]);
    let csv = String::from_utf8(csv.stdout).unwrap();
    assert!(csv.starts_with("metadata.tier,cost_usd,input_tokens,"), "{csv}");
    assert!(csv.contains("\ngold,0.0035,") && csv.contains("\n(none),,"), "{csv}");

    // Both sums hold the same runs.
    let what_if = run_json(&library, &["show", "cost", "--what-if", "gpt-4o-mini"]);
    assert_eq!((&what_if["now"], &what_if["then"]), (&"0.0035".into(), &"0.00021".into()));
    assert_eq!(what_if["unknown_runs"], 5);
}
