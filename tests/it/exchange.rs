//! Feedback and examples out and in through the real binary (`annotation-ux.md` §17, check 14 of §22).

use std::{fs, path::Path};

use serde_json::{Value, json};

use super::app::{Served, fixture, request, run, run_json};

const FORMATS: [&str; 7] =
    ["langsmith-jsonl", "langsmith-json", "csv-long", "csv-wide", "otel", "phoenix", "langfuse"];

/// Feedback on run, trace, thread and project, with everything that trips formats over.
fn said() -> String {
    let place = |number: u32| {
        json!({
            "run_id": format!("00000000-0000-0000-0000-{number:012x}"),
            "trace_id": format!("00000000-0000-0000-0000-{:012x}", 1),
        })
    };
    let record = |number: u32, mut record: Value| {
        record["id"] = format!("0198c1d2-7b7e-7cc0-9a53-{number:012x}").into();
        record["created_at"] = format!("2026-09-01T12:00:{number:02}.120001Z").into();
        record["modified_at"] = format!("2026-09-01T12:01:{number:02}Z").into();
        record
    };
    let with = |mut record: Value, place: Value| {
        let members = place.as_object().unwrap().clone();
        record.as_object_mut().unwrap().extend(members);
        record
    };
    lines(&[
        record(
            1,
            with(
                json!({ "key": "correctness", "score": 0, "value": "Fail", "comment": "=1+1, \"no\"\nsecond line",
            "feedback_source": { "type": "app", "user_id": "r-01", "metadata": { "queue": "week 35" } },
            "extra": { "level": "run", "evidence": [{ "message": "m4", "start": 1, "end": 2 }] } }),
                place(2),
            ),
        ),
        record(
            2,
            with(
                json!({ "key": "correctness", "score": 1, "value": true,
            "feedback_source": { "type": "model" } }),
                place(2),
            ),
        ),
        record(3, with(json!({ "key": "note", "comment": "-0.5" }), place(3))),
        record(
            4,
            json!({ "key": "tone", "value": ["a", "b"], "trace_id": "00000000-0000-0000-0000-000000000001" }),
        ),
        record(5, json!({ "key": "resolved", "score": 0.25, "feedback_thread_id": "thread 7" })),
        record(
            6,
            with(
                json!({ "key": "fix", "correction": { "answer": "42", "score_of": 1.50 }, "error": true }),
                place(3),
            ),
        ),
    ])
}

/// One record a line.
fn lines(records: &[Value]) -> String {
    records.iter().flat_map(|record| [record.to_string(), "\n".to_owned()]).collect()
}

fn library_with(dir: &Path, files: &[(&str, &str)]) -> std::path::PathBuf {
    let library = dir.join("library");
    for (name, content) in files {
        let path = dir.join(name);
        fs::write(&path, content).unwrap();
        run_json(&library, &["import", path.to_str().unwrap()]);
    }
    library
}

fn export(library: &Path, format: &str) -> String {
    let output = run(library, &["export", "feedback", "--format", format, "--names", "--timing"]);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

#[test]
fn check_14_every_export_imports_to_the_same_rows() {
    let dir = tempfile::tempdir().unwrap();
    let library =
        library_with(dir.path(), &[("runs.json", &request(&[(1, 2), (1, 3)])), ("said.jsonl", &said())]);
    let rows = export(&library, "langsmith-jsonl");
    assert_eq!(rows.lines().count(), 6);
    for format in FORMATS {
        let file = export(&library, format);
        assert_eq!(file, export(&library, format), "{format} is not the same twice");
        let path = dir.path().join(format!("{format}.export"));
        fs::write(&path, &file).unwrap();
        let other = dir.path().join(format);
        let report = run_json(&other, &["import", path.to_str().unwrap()]);
        assert_eq!((&report["feedback"], &report["rejected"]), (&json!(6), &json!(0)), "{format}: {report}");
        assert_eq!(export(&other, "langsmith-jsonl"), rows, "{format}");
        // A second time changes nothing.
        run_json(&other, &["import", path.to_str().unwrap()]);
        assert_eq!(export(&other, "langsmith-jsonl"), rows, "{format}, twice");
    }
}

#[test]
fn feedback_waits_for_its_run() {
    let dir = tempfile::tempdir().unwrap();
    let early = r#"{"id":"0198c1d2-7b7e-7cc0-9a53-000000000009","key":"k","score":1,"run_id":"00000000-0000-0000-0000-000000000002"}"#;
    let library = dir.path().join("library");
    let path = dir.path().join("early.jsonl");
    fs::write(&path, early).unwrap();
    let report = run_json(&library, &["import", path.to_str().unwrap()]);
    assert_eq!((&report["feedback"], &report["waiting"]), (&json!(1), &json!(1)));
    let trace = "00000000-0000-0000-0000-000000000001";
    let of_trace = || {
        let output = run(&library, &["export", "feedback", "--trace", trace]);
        String::from_utf8(output.stdout).unwrap()
    };
    assert_eq!(of_trace(), "");
    let runs = dir.path().join("runs.json");
    fs::write(&runs, request(&[(1, 2)])).unwrap();
    run_json(&library, &["import", runs.to_str().unwrap()]);
    assert!(of_trace().contains(&format!("\"trace_id\":\"{trace}\"")), "{}", of_trace());
}

#[test]
fn a_feedback_file_beside_a_trace_file_is_written_and_found_again() {
    let dir = tempfile::tempdir().unwrap();
    let library =
        library_with(dir.path(), &[("week.json", &request(&[(1, 2), (1, 3)])), ("said.jsonl", &said())]);
    let traces = dir.path().join("week.json");
    let report = run_json(&library, &["export", "feedback", "--names", "--beside", traces.to_str().unwrap()]);
    // What is about a thread is not about a trace of this file.
    assert_eq!(report["records"], 5);
    let other = dir.path().join("other");
    let opened = run_json(&other, &["import", traces.to_str().unwrap()]);
    assert_eq!((&opened["runs"], &opened["feedback"], &opened["waiting"]), (&json!(2), &json!(5), &json!(0)));
}

#[test]
fn the_manifest_tells_what_an_export_is() {
    let dir = tempfile::tempdir().unwrap();
    let library = library_with(dir.path(), &[("said.jsonl", &said())]);
    let file = dir.path().join("out.csv");
    let arguments = [
        "export",
        "feedback",
        "--format",
        "csv-long",
        "--key",
        "correctness",
        "--manifest",
        "-o",
        file.to_str().unwrap(),
    ];
    run_json(&library, &arguments);
    let manifest: Value = serde_json::from_slice(&fs::read(dir.path().join("export.json")).unwrap()).unwrap();
    insta::assert_json_snapshot!(manifest);
    let preview = run(&library, &["export", "feedback", "--format", "csv-long", "--preview"]);
    assert_eq!(String::from_utf8(preview.stdout).unwrap().matches("0198c1d2").count(), 3);
}

#[test]
fn wrong_lines_are_told_and_the_others_kept() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("mixed.jsonl");
    let said = said();
    let first = said.lines().next().unwrap();
    fs::write(&path, format!("{first}\n{{\"key\":\"k\",\"run_id\":\"nonsense\",\"score\":1}}\n{{broken\n"))
        .unwrap();
    let output = run(&dir.path().join("library"), &["import", path.to_str().unwrap(), "--json"]);
    assert_eq!(output.status.code(), Some(3));
    let report: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!((&report["feedback"], &report["rejected"]), (&json!(1), &json!(2)));
    let told = String::from_utf8(output.stderr).unwrap();
    assert!(told.contains("mixed.jsonl:2: run_id is not a UUID: nonsense"), "{told}");
    assert!(told.contains("mixed.jsonl:3:"), "{told}");
}

#[test]
fn posting_goes_on_where_it_stopped_and_sends_nothing_twice() {
    let dir = tempfile::tempdir().unwrap();
    let library =
        library_with(dir.path(), &[("runs.json", &request(&[(1, 2), (1, 3)])), ("said.jsonl", &said())]);
    let server_library = dir.path().join("server");
    let server = Served::start(&server_library, &[]);
    let post = || run_json(&library, &["export", "feedback", "--post", server.ingest()]);
    assert_eq!(post(), json!({ "sent": 6, "changed": 0, "withdrawn": 0, "skipped": 0, "refused": 0 }));
    assert_eq!(post(), json!({ "sent": 0, "changed": 0, "withdrawn": 0, "skipped": 6, "refused": 0 }));
    // Killed after it was sent and before it was noted: it is asked for, not sent again.
    let journal = fs::read_dir(library.join("sent")).unwrap().next().unwrap().unwrap().path();
    let lines = fs::read_to_string(&journal).unwrap();
    let cut = lines.trim_end().rfind('\n').unwrap();
    fs::write(&journal, &lines[..cut + 12]).unwrap();
    assert_eq!(post()["sent"], 0);
    let changed = said()
        .lines()
        .next()
        .unwrap()
        .replace("\"score\":0", "\"score\":1")
        .replace("12:01:01Z", "13:00:00Z");
    let path = dir.path().join("changed.jsonl");
    fs::write(&path, changed).unwrap();
    run_json(&library, &["import", path.to_str().unwrap()]);
    assert_eq!(post()["changed"], 1);
    let rows = |library: &Path| {
        let text = export(library, "csv-long");
        let mut rows: Vec<String> = text.lines().map(str::to_owned).collect();
        rows.sort();
        rows.len()
    };
    drop(server);
    assert_eq!(rows(&server_library), rows(&library));
    let there = export(&server_library, "langsmith-jsonl");
    let first: Value = serde_json::from_str(there.lines().next().unwrap()).unwrap();
    assert_eq!((&first["score"], &first["created_at"]), (&json!(1), &json!("2026-09-01T12:00:01.120001Z")));
    // Nobody is there any more.
    let output = run(&library, &["export", "feedback", "--post", "http://127.0.0.1:9"]);
    assert_eq!(output.status.code(), Some(1));
}

#[test]
fn evaluations_go_to_an_otlp_endpoint_once() {
    let dir = tempfile::tempdir().unwrap();
    let library =
        library_with(dir.path(), &[("runs.json", &request(&[(1, 2), (1, 3)])), ("said.jsonl", &said())]);
    let server = Served::start(&dir.path().join("server"), &[]);
    let send = || run_json(&library, &["export", "feedback", "--otlp", server.ingest()]);
    assert_eq!((send()["sent"].clone(), send()["skipped"].clone()), (json!(6), json!(6)));
}

#[test]
fn datasets_come_back_and_a_second_import_adds_nothing() {
    let dir = tempfile::tempdir().unwrap();
    let chat = r#"{"messages":[{"role":"system","content":"Be brief"},{"role":"user","content":"hi"},{"role":"assistant","content":"yes"}]}
{"messages":[{"role":"user","content":"2+2?"},{"role":"assistant","content":"4"}]}
"#;
    let library = library_with(dir.path(), &[("tuning.jsonl", chat), ("tuning.jsonl", chat)]);
    let write = |library: &Path, format: &str, more: &[&str]| {
        let output = run(library, &[&["export", "dataset", "tuning", "--format", format], more].concat());
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).unwrap()
    };
    assert_eq!(write(&library, "chat", &[]), chat);
    assert!(!write(&library, "chat", &["--drop-system"]).contains("brief"));
    let examples = write(&library, "examples", &[]);
    assert_eq!(examples.lines().count(), 2);
    let other_dir = tempfile::tempdir().unwrap();
    let other = library_with(other_dir.path(), &[("tuning.jsonl", &examples), ("tuning.jsonl", &examples)]);
    assert_eq!(write(&other, "examples", &[]), examples);
}

#[test]
fn preferences_of_pairs_and_corrections() {
    let dir = tempfile::tempdir().unwrap();
    let call = |number: u32, answer: &str| {
        let id = format!("00000000-0000-4000-8000-{number:012x}");
        json!({ "id": id, "trace_id": id, "name": "ask", "run_type": "llm", "start_time": "2026-01-01T00:00:00Z",
            "end_time": "2026-01-01T00:00:01Z", "dotted_order": format!("20260101T000000000000Z{id}"),
            "inputs": { "messages": [{ "role": "user", "content": "2+2?" }] },
            "outputs": { "message": { "role": "assistant", "content": answer } } })
    };
    let runs = lines(&[call(1, "4"), call(2, "5"), call(3, "six")]);
    let judgement = |number: u32, run: u32, group: u32, rest: Value| {
        let mut record = json!({
            "id": format!("0198c1d2-7b7e-7cc0-9a53-{number:012x}"), "key": "better",
            "run_id": format!("00000000-0000-4000-8000-{run:012x}"),
            "created_at": format!("2026-09-01T12:00:{number:02}Z"),
        });
        if group > 0 {
            record["feedback_group_id"] = format!("00000000-0000-4000-8000-{group:012x}").into();
        }
        record.as_object_mut().unwrap().extend(rest.as_object().unwrap().clone());
        record
    };
    let said = lines(&[
        judgement(1, 1, 90, json!({ "score": 1, "extra": { "strength": 2 } })),
        judgement(2, 2, 90, json!({ "score": 0 })),
        judgement(3, 1, 91, json!({ "score": 1, "value": "equal" })),
        judgement(4, 3, 91, json!({ "score": 1, "value": "equal" })),
        judgement(
            5,
            3,
            0,
            json!({ "key": "fix", "correction": { "message": { "role": "assistant", "content": "4" } } }),
        ),
    ]);
    let library = library_with(dir.path(), &[("runs.jsonl", &runs), ("said.jsonl", &said)]);
    let write = |format: &str| {
        let output = run(&library, &["export", "preferences", "--format", format]);
        assert!(String::from_utf8_lossy(&output.stderr).contains("1 pairs are equal and left out"));
        String::from_utf8(output.stdout).unwrap()
    };
    insta::assert_snapshot!(write("dpo") + &write("openai"));
}

#[test]
fn opened_fixtures_are_no_feedback() {
    let dir = tempfile::tempdir().unwrap();
    let path = fixture("semconv/openai-genai-1.3.pb");
    let report = run_json(&dir.path().join("library"), &["import", path.to_str().unwrap()]);
    assert_eq!((&report["feedback"], &report["runs"]), (&json!(0), &json!(13)));
}
