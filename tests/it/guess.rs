//! Threads that are guessed where no trace says to which it belongs.

use std::{fmt::Write as _, path::Path};

use serde_json::{Value, json};

use crate::app::{Served, run, run_json};

/// A model call of its own trace, as a line of LangSmith's: `?` begins what the user says, `!` what the model says.
fn call(number: u32, minute: u32, said: &str, answer: &str, metadata: &Value) -> String {
    let id = format!("00000000-0000-4000-8000-{number:012}");
    let messages: Vec<Value> = said
        .split(" / ")
        .map(|text| match text.strip_prefix('?') {
            Some(text) => json!({ "role": "user", "content": text }),
            None => json!({ "role": "assistant", "content": text.trim_start_matches('!') }),
        })
        .collect();
    let line = json!({
        "id": id, "trace_id": id, "name": "ask", "run_type": "llm", "session_name": "shop",
        "start_time": format!("2026-03-01T{:02}:{:02}:00Z", minute / 60, minute % 60),
        "end_time": format!("2026-03-01T{:02}:{:02}:02Z", minute / 60, minute % 60),
        "inputs": { "messages": messages },
        "outputs": { "choices": [{ "message": { "role": "assistant", "content": answer } }] },
        "extra": { "metadata": metadata },
    });
    format!("{line}\n")
}

fn library(dir: &Path) {
    let none = json!({});
    let mut lines = String::new();
    for line in [
        call(1, 0, "?Where is my parcel?", "In Lyon.", &none),
        call(2, 300, "?Where is my parcel? / !In Lyon. / ?And now?", "In Paris.", &none),
        call(3, 301, "?Something else", "Yes.", &none),
        call(4, 400, "?Book a table", "For whom?", &json!({ "app": { "chatId": "c-7" } })),
        call(5, 900, "?For two", "Done.", &json!({ "app": { "chatId": "c-7" } })),
        call(6, 1000, "?Sum", "4", &json!({ "user_id": "ada" })),
        call(7, 1020, "?Product", "8", &json!({ "user_id": "ada" })),
        call(8, 1100, "?Difference", "0", &json!({ "user_id": "ada" })),
        call(9, 1101, "?Known", "Yes.", &json!({ "thread_id": "t-1" })),
    ] {
        let _ = write!(lines, "{line}");
    }
    let file = dir.join("calls.jsonl");
    std::fs::write(&file, lines).unwrap();
    let imported = run_json(&dir.join("library"), &["import", file.to_str().unwrap()]);
    assert_eq!(imported["traces"], 9, "{imported}");
}

#[test]
fn threads_are_guessed_and_nothing_of_it_is_kept() {
    let dir = tempfile::tempdir().unwrap();
    library(dir.path());
    let library = dir.path().join("library");
    let told = run_json(&library, &["list", "threads", "--guess"]);
    let evidence: Vec<(&Value, &Value, &Value)> = told["threads"]
        .as_array()
        .unwrap()
        .iter()
        .map(|thread| (&thread["turns"], &thread["evidence"][0]["kind"], &thread["evidence"][0]["value"]))
        .collect();
    let expected = [(json!(2), json!("user"), json!("ada")), (json!(2), json!("attribute"), json!("c-7"))];
    for (found, expected) in evidence.iter().zip(&expected) {
        assert_eq!(*found, (&expected.0, &expected.1, &expected.2), "{told}");
    }
    assert_eq!(evidence.len(), 3, "{told}");
    assert_eq!(*evidence[2].1, "replayed", "{told}");
    assert_eq!(told["threads"][2]["first_input"], "Where is my parcel?");
    // The trace with a thread key is none of those.
    assert_eq!((&told["looked"], &told["more"], &told["unread"]), (&json!(8), &json!(false), &json!(0)));
    let wider = run_json(&library, &["list", "threads", "--guess", "--gap", "90"]);
    assert_eq!(wider["threads"][0]["turns"], 3, "{wider}");
    let threads = run_json(&library, &["list", "threads"]);
    assert_eq!(threads["threads"].as_array().map(Vec::len), Some(1), "{threads}");
    let shown = run(&library, &["list", "threads", "--guess", "--project", "shop"]);
    let text = String::from_utf8(shown.stdout).unwrap();
    assert!(
        text.contains("same user ada")
            && text.contains("app.chatId c-7")
            && text.contains("replayed history"),
        "{text}"
    );
    assert_eq!(run(&library, &["list", "traces", "--guess"]).status.code(), Some(2));
}

#[test]
fn a_guess_is_opened_as_its_traces() {
    let dir = tempfile::tempdir().unwrap();
    library(dir.path());
    let served = Served::start(&dir.path().join("library"), &[]);
    let guessed = served.call("guess_threads", &json!({ "filter": { "project": "shop", "text": "parcel" } }));
    assert_eq!(guessed["threads"].as_array().map(Vec::len), Some(1), "{guessed}");
    assert_eq!(guessed["gap_minutes"], 30);
    let ids = &guessed["threads"][0]["trace_ids"];
    let told = served.call("get_conversation", &json!({ "trace_ids": ids }));
    let said: Vec<&Value> =
        told["messages"].as_array().unwrap().iter().map(|message| &message["role"]).collect();
    // The history that is replayed is told once.
    assert_eq!(said, ["human", "ai", "human", "ai"], "{told}");
    assert_eq!(told["turns"].as_array().map(Vec::len), Some(2));
    let table = served.call("list_table", &json!({ "filter": { "trace_ids": ids }, "limit": 10 }));
    assert_eq!(table["total"], 2, "{table}");
    let runs = served.call(
        "list_table",
        &json!({ "filter": { "scope": "runs", "trace_ids": ids, "text": "now" }, "limit": 10 }),
    );
    assert_eq!(runs["total"], 1, "{runs}");
    let nothing = served.call("guess_threads", &json!({ "filter": { "project": "none" } }));
    assert_eq!((&nothing["threads"], &nothing["looked"]), (&json!([]), &json!(0)));
}
