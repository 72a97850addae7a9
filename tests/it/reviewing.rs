//! Reviewing through the commands of the interface, and killed on the way. Numbers are those of `annotation-ux.md` §22.

use std::{
    collections::BTreeMap,
    path::Path,
    sync::{
        Arc, Mutex,
        atomic::{AtomicU64, Ordering},
    },
    thread,
    time::Duration,
};

use serde_json::{Value, json};

use crate::app::{Served, agent, fixture, run_json};

const KILLS: u64 = 200;
const ITEMS: usize = 1_500;

/// A command of a server that may die meanwhile.
fn try_call(ui: &str, token: &str, name: &str, params: &Value) -> Option<Value> {
    let mut response = agent()
        .post(format!("{ui}/api/rpc/{name}"))
        .header("authorization", format!("Bearer {token}"))
        .send(params.to_string())
        .ok()?;
    let text = response.body_mut().read_to_string().ok()?;
    let answer: Value = serde_json::from_str(&text).ok()?;
    assert!(answer["code"].is_null(), "{name}: {answer}");
    Some(answer)
}

fn make_queue(served: &Served, items: usize) -> String {
    let key = json!({ "key": { "key": "verdict", "key_type": "categorical", "min": null, "max": null, "step": null,
        "categories": [{ "value": 1, "label": "Pass" }, { "value": 0, "label": "Fail" }], "direction": "higher_better",
        "description": null } });
    served.call("save_feedback_key", &key);
    let queue = served.call(
        "save_queue",
        &json!({ "name": "killed", "rubric": [{ "feedback_key": "verdict", "is_required": true }] }),
    );
    let id = queue["row"]["id"].as_str().unwrap().to_owned();
    let lines: Vec<String> =
        (0..items).map(|number| json!({ "inputs": { "n": number } }).to_string()).collect();
    let filled = served.call(
        "fill_queue",
        &json!({ "queue_id": id, "source": { "type": "file", "name": "items.jsonl", "text": lines.join("\n") } }),
    );
    assert_eq!(filled["added"], items, "{filled}");
    id
}

/// What a reviewer knows: what was acknowledged, and what was under way when the program died.
#[derive(Default)]
struct Known {
    /// Label of every item whose submit was acknowledged.
    submitted: BTreeMap<String, String>,
    /// Items of bulk submits that were begun, acknowledged or not.
    bulks: Vec<Vec<String>>,
    /// The last draft that was acknowledged: item and text.
    draft: Option<(String, String)>,
    /// The call that was not answered.
    pending: Option<(&'static str, Value)>,
    step: u64,
}

fn answers(label: &str, note: &str) -> Value {
    json!([{ "key": "verdict", "value": { "type": "category", "label": label } },
        { "key": "note", "value": { "type": "text", "text": note } }])
}

fn remember(known: &mut Known, name: &str, params: &Value) {
    let label = |answers: &Value| answers[0]["value"]["label"].as_str().unwrap().to_owned();
    if name == "submit_bulk" {
        for item in params["items"].as_array().unwrap() {
            known.submitted.insert(item["item_id"].as_str().unwrap().to_owned(), label(&item["answers"]));
        }
    } else {
        known.submitted.insert(params["item_id"].as_str().unwrap().to_owned(), label(&params["answers"]));
    }
    known.draft = None;
    known.pending = None;
}

/// Reviews until the server dies.
fn review(ui: &str, token: &str, queue: &str, session: &str, known: &Mutex<Known>, begun: &AtomicU64) {
    let call = |name: &str, params: &Value| {
        begun.fetch_add(1, Ordering::Relaxed);
        try_call(ui, token, name, params)
    };
    // What was under way is sent again, under the same step.
    let pending = known.lock().unwrap().pending.clone();
    if let Some((name, mut params)) = pending {
        params["session"] = session.into();
        let Some(answer) = call(name, &params) else { return };
        assert_eq!(answer["type"], "done", "{answer}");
        remember(&mut known.lock().unwrap(), name, &params);
    }
    let Some(opened) = call("open_queue", &json!({ "queue_id": queue, "session": session })) else { return };
    let mut next = opened["item_id"].clone();
    while let Some(item) = next.as_str().map(str::to_owned) {
        if call("open_item", &json!({ "item_id": item, "session": session })).is_none() {
            return;
        }
        let step = {
            let mut known = known.lock().unwrap();
            known.step += 1;
            known.step
        };
        let label = if step.is_multiple_of(3) { "Fail" } else { "Pass" };
        let mut note = String::new();
        for letter in ["a", "b", "c"] {
            note.push_str(letter);
            let params = json!({ "item_id": item, "session": session, "answers": answers(label, &note), "rubric_version": 1 });
            let Some(answer) = call("save_draft", &params) else { return };
            assert_eq!(answer["type"], "saved", "{answer}");
            known.lock().unwrap().draft = Some((item.clone(), note.clone()));
        }
        let id = format!("00000000-0000-4000-8000-{step:012x}");
        let (name, params) = if step.is_multiple_of(5) {
            let peeked = json!({ "queue_id": queue, "session": session, "after": item, "filter": "to_review", "count": 2 });
            let Some(peeked) = call("peek_items", &peeked) else { return };
            let mut items = vec![item.clone()];
            items.extend(
                peeked["items"]
                    .as_array()
                    .unwrap()
                    .iter()
                    .map(|item| item["row"]["id"].as_str().unwrap().to_owned()),
            );
            let entries: Vec<Value> = items
                .iter()
                .map(|item| json!({ "item_id": item, "answers": answers(label, "bulk") }))
                .collect();
            known.lock().unwrap().bulks.push(items);
            (
                "submit_bulk",
                json!({ "queue_id": queue, "session": session, "items": entries, "rubric_version": 1, "step": id }),
            )
        } else {
            let given = answers(label, &note);
            (
                "submit_item",
                json!({ "item_id": item, "session": session, "answers": given, "rubric_version": 1, "step": id }),
            )
        };
        known.lock().unwrap().pending = Some((name, params.clone()));
        let Some(answer) = call(name, &params) else { return };
        assert_eq!(answer["type"], "done", "{answer}");
        remember(&mut known.lock().unwrap(), name, &params);
        next = answer["next_item_id"].clone();
    }
}

/// What the library says after a restart must be what was acknowledged, and nothing twice.
fn compare(served: &Served, queue: &str, known: &Known) {
    let mut found = BTreeMap::new();
    for offset in (0..).step_by(500) {
        let page = served.call(
            "list_items",
            &json!({ "queue_id": queue, "filter": "submitted", "offset": offset, "limit": 500 }),
        );
        for row in page["rows"].as_array().unwrap() {
            let verdicts: Vec<&Value> =
                row["answers"].as_array().unwrap().iter().filter(|one| one["key"] == "verdict").collect();
            assert_eq!(verdicts.len(), 1, "an answer is there twice: {row}");
            found.insert(
                row["id"].as_str().unwrap().to_owned(),
                verdicts[0]["text"].as_str().unwrap().to_owned(),
            );
        }
        if page["rows"].as_array().unwrap().len() < 500 {
            break;
        }
    }
    for (item, label) in &known.submitted {
        assert_eq!(found.get(item), Some(label), "an acknowledged answer is lost: {item}");
    }
    // Only the call that was under way may be there without having been acknowledged.
    let more = found.len() - known.submitted.len();
    assert!(more <= 3, "{more} answers were never given");
    for bulk in &known.bulks {
        let there = bulk.iter().filter(|item| found.contains_key(*item)).count();
        assert!(there == 0 || there == bulk.len(), "half of a bulk submit is there");
    }
    if let Some((item, text)) = known.draft.as_ref().filter(|(item, _)| !found.contains_key(item)) {
        let item = served.call(
            "peek_items",
            &json!({ "queue_id": queue, "session": "look", "filter": "drafts", "count": 20 }),
        )["items"]
            .as_array()
            .unwrap()
            .iter()
            .find(|one| one["row"]["id"] == item.as_str())
            .cloned()
            .unwrap_or_else(|| panic!("the draft of {item} is lost"));
        let note = item["draft"]["answers"][1]["value"]["text"].as_str().unwrap();
        assert!(note.starts_with(text.as_str()), "typing is lost: {note} is not {text}");
    }
}

#[test]
fn check_3_nothing_submitted_is_lost_doubled_or_halved_by_two_hundred_kills() {
    let dir = tempfile::tempdir().unwrap();
    let queue = make_queue(&Served::start(dir.path(), &[]), ITEMS);
    let known = Arc::new(Mutex::new(Known::default()));
    for kill in 0..KILLS {
        let mut served = Served::start(dir.path(), &[]);
        if kill % 20 == 0 {
            compare(&served, &queue, &known.lock().unwrap());
        }
        let ui = served.ui().to_owned();
        let token = served.ready["token"].as_str().unwrap().to_owned();
        let begun = Arc::new(AtomicU64::new(0));
        let reviewer = {
            let (known, queue, begun) = (Arc::clone(&known), queue.clone(), Arc::clone(&begun));
            thread::Builder::new()
                .spawn(move || review(&ui, &token, &queue, &format!("window {kill}"), &known, &begun))
                .unwrap()
        };
        // Another call and another moment of it from kill to kill, however slow the machine is.
        while begun.load(Ordering::Relaxed) < 2 + kill * 7 % 12 && !reviewer.is_finished() {
            thread::sleep(Duration::from_micros(200));
        }
        thread::sleep(Duration::from_micros(kill * 1_913 % 15_000));
        served.child.kill().unwrap();
        served.child.wait().unwrap();
        reviewer.join().unwrap();
    }
    let served = Served::start(dir.path(), &[]);
    let known = known.lock().unwrap();
    assert!(known.submitted.len() > 50, "only {} items were submitted", known.submitted.len());
    compare(&served, &queue, &known);
    drop(served);
    assert_eq!(run_json(dir.path(), &["doctor"])["problems"], json!([]));
}

/// A library with one real trace in a queue of this blindness.
fn blind_queue(dir: &Path, blind: &str) -> (Served, Value) {
    run_json(dir, &["import", fixture("pydantic-ai/v2-format5.pb").to_str().unwrap()]);
    let served = Served::start(dir, &[]);
    let queue = served.call(
        "save_queue",
        &json!({ "name": "blind", "settings": { "target_level": "trace", "blind": blind } }),
    );
    let id = queue["row"]["id"].clone();
    served.call("fill_queue", &json!({ "queue_id": id, "source": { "type": "filter", "filter": {} } }));
    let opened = served.call("open_queue", &json!({ "queue_id": id, "session": "w" }));
    let item = served.call("open_item", &json!({ "item_id": opened["item_id"], "session": "w" }));
    (served, item)
}

#[test]
fn check_11_a_blind_item_tells_neither_model_nor_provider_nor_cost_nor_prompt_version() {
    let dir = tempfile::tempdir().unwrap();
    let (served, item) = blind_queue(dir.path(), "full");
    assert_eq!(item["masked"], true, "{item}");
    let run = &item["row"]["target"]["run"];
    let open = served.call("get_trace", &json!({ "trace_id": run["trace_id"] }));
    let strings: Vec<&str> =
        open["columns"]["strings"].as_array().unwrap().iter().filter_map(Value::as_str).collect();
    let models: Vec<String> = open["columns"]["model"]
        .as_array()
        .unwrap()
        .iter()
        .filter_map(|index| usize::try_from(index.as_i64().unwrap()).ok())
        .map(|index| strings[index].to_lowercase())
        .collect();
    assert!(!models.is_empty(), "the fixture has no model");
    let of = json!({ "trace_id": run["trace_id"], "thread": null, "project": null, "show_hidden": true });
    let trace = served
        .call("get_review_trace", &json!({ "item_id": item["row"]["id"], "trace_id": run["trace_id"] }));
    let conversation =
        served.call("get_review_conversation", &json!({ "item_id": item["row"]["id"], "conversation": of }));
    let mut shown = vec![item.clone(), trace.clone(), conversation];
    for run_id in trace["columns"]["run_id"].as_array().unwrap() {
        let run = json!({ "trace_id": run["trace_id"], "run_id": run_id });
        let panel = served.call("get_review_run", &json!({ "item_id": item["row"]["id"], "run": run }));
        for hidden in ["model", "provider", "cost", "latency", "prompt_version"] {
            assert!(panel[hidden].is_null(), "{hidden}: {panel}");
        }
        shown.push(panel);
        for part in ["inputs", "outputs", "metadata", "attributes", "raw"] {
            let read = json!({ "trace_id": run["trace_id"], "run_id": run_id, "part": part, "pointer": "", "offset": 0, "limit": 500 });
            shown.push(
                served.call("read_review_json", &json!({ "item_id": item["row"]["id"], "read": read })),
            );
            shown.push(
                served.call("read_review_text", &json!({ "item_id": item["row"]["id"], "read": read })),
            );
        }
    }
    let text = json!(shown).to_string().to_lowercase();
    for model in models {
        assert!(!text.contains(&model), "{model} is shown");
    }
    // A trace that is none of the item's is refused, masked or not.
    let other = "00000000-0000-0000-0000-000000000001";
    let refused =
        served.call("get_review_trace", &json!({ "item_id": item["row"]["id"], "trace_id": other }));
    assert_eq!(refused["code"], "not_found");
}

#[test]
fn a_queue_that_is_not_blind_shows_the_trace_as_it_is() {
    let dir = tempfile::tempdir().unwrap();
    let (served, item) = blind_queue(dir.path(), "none");
    let trace = &item["row"]["target"]["run"]["trace_id"];
    let shown = served.call("get_review_trace", &json!({ "item_id": item["row"]["id"], "trace_id": trace }));
    assert_eq!(shown, served.call("get_trace", &json!({ "trace_id": trace })));
}

#[test]
fn queues_from_the_command_line() {
    let dir = tempfile::tempdir().unwrap();
    let made = run_json(
        dir.path(),
        &[
            "queues",
            "create",
            "night shift",
            "--key",
            "verdict=Pass:1,Fail:0",
            "--order",
            "random",
            "--seed",
            "7",
        ],
    );
    assert_eq!((&made["keys"], &made["kind"]), (&json!(["verdict"]), &json!("single")));
    let file = dir.path().join("cases.jsonl");
    std::fs::write(
        &file,
        "{\"inputs\": {\"q\": 1}}\n{\"inputs\": {\"q\": 2}}\nnot json\n{\"run_id\": \"nobody\"}\n",
    )
    .unwrap();
    let add = |more: &[&str]| {
        run_json(
            dir.path(),
            &[&["queues", "add", "night shift", "--file", file.to_str().unwrap()], more].concat(),
        )
    };
    let dry = add(&["--dry-run"]);
    assert_eq!((&dry["added"], &dry["refused"]), (&json!(2), &json!(2)), "{dry}");
    let added = add(&[]);
    assert_eq!((&added["added"], &added["already"], &added["refused"]), (&json!(2), &json!(0), &json!(2)));
    assert_eq!(added["problems"][0], "Line 3 is no JSON object");
    let again = add(&[]);
    assert_eq!((&again["added"], &again["already"]), (&json!(0), &json!(2)));
    let listed = run_json(dir.path(), &["queues", "list"]);
    assert_eq!((&listed["queues"][0]["items"], &listed["queues"][0]["to_review"]), (&json!(2), &json!(2)));
    let shown = run_json(dir.path(), &["queues", "show", "night shift"]);
    assert_eq!(
        (&shown["rows"][0]["state"], &shown["settings"]["order_seed"]),
        (&json!("pending"), &json!(7))
    );
}
