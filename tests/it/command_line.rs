//! The command line, for scripts and coding agents.

use std::process::{Command, Stdio};

use serde_json::Value;

use crate::app::{binary, fixture, run, run_json};

fn import(library: &std::path::Path, path: &str) -> Value {
    run_json(library, &["import", fixture(path).to_str().unwrap()])
}

#[test]
fn importing_twice_is_importing_once() {
    let dir = tempfile::tempdir().unwrap();
    let first = import(dir.path(), "semconv/openai-genai-1.3.pb");
    assert_eq!((&first["runs"], &first["new_runs"], &first["rejected"]), (&13.into(), &13.into(), &0.into()));
    let again = import(dir.path(), "semconv/openai-genai-1.3.pb");
    assert_eq!((&again["runs"], &again["new_runs"], &again["traces"]), (&13.into(), &0.into(), &0.into()));
    let projects = run_json(dir.path(), &["list", "projects"]);
    assert_eq!(projects["projects"][0]["runs"], 13);
    assert_eq!(projects["projects"][0]["usage"]["total_tokens"], 662);
}

#[test]
fn a_reader_that_left_does_not_stop_the_work() {
    let dir = tempfile::tempdir().unwrap();
    let mut child = Command::new(binary())
        .arg("--library")
        .arg(dir.path())
        .arg("import")
        .arg(fixture("semconv/openai-genai-1.3.pb"))
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    drop((child.stdout.take(), child.stderr.take()));
    assert!(child.wait().unwrap().success());
    assert_eq!(run_json(dir.path(), &["list", "projects"])["projects"][0]["runs"], 13);
}

#[test]
fn every_file_of_a_large_folder_is_told_of() {
    let (dir, folder) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    for number in 0..120 {
        let file = folder.path().join(format!("{number}.json"));
        std::fs::copy(fixture("proto-examples/trace.json"), file).unwrap();
    }
    let imported = run_json(dir.path(), &["import", folder.path().to_str().unwrap()]);
    assert_eq!((&imported["runs"], &imported["new_runs"]), (&120.into(), &1.into()));
}

#[test]
fn a_trace_is_shown_in_tree_order_and_its_orphans_and_cycles_are_told() {
    let dir = tempfile::tempdir().unwrap();
    import(dir.path(), "edge/order-duplicates-orphans.jsonl");
    let shown = run_json(dir.path(), &["show", "trace", "0af7651916cd43dd8448eb211c80319c"]);
    let tree: Vec<String> = shown["runs"]
        .as_array()
        .unwrap()
        .iter()
        .map(|run| {
            let indent = "  ".repeat(usize::try_from(run["depth"].as_u64().unwrap()).unwrap());
            format!("{indent}{} {}", run["name"].as_str().unwrap(), run["latency_ms"])
        })
        .collect();
    assert_eq!(
        tree,
        [
            "root 500.0",
            "  child 300.0",
            "    grandchild 150.0",
            "orphan 10.0",
            "self parent 10.0",
            "cycle a 10.0",
            "  cycle b 10.0"
        ]
    );
    assert_eq!((&shown["orphans"], &shown["cycles"]), (&1.into(), &2.into()));
}

#[test]
fn usage_of_nested_model_calls_counts_once() {
    let dir = tempfile::tempdir().unwrap();
    import(dir.path(), "semconv/anthropic-genai-1.3.pb");
    let expected: Value =
        serde_json::from_slice(&std::fs::read(fixture("semconv/anthropic-genai-1.3.expected.json")).unwrap())
            .unwrap();
    let usage = run_json(dir.path(), &["list", "projects"])["projects"][0]["usage"].clone();
    for (ours, theirs) in [
        ("input_tokens", "input"),
        ("output_tokens", "output"),
        ("cache_read_tokens", "cache_read"),
        ("cache_creation_tokens", "cache_creation"),
    ] {
        assert_eq!(usage[ours], expected["usage_total_counted"][theirs], "{ours}");
    }
}

#[test]
fn an_export_brings_the_same_runs_back() {
    let dir = tempfile::tempdir().unwrap();
    import(dir.path(), "langsmith/python-otel-only.pb");
    import(dir.path(), "semconv/openai-genai-1.3.pb");
    let summary = |library: &std::path::Path| {
        let page = run_json(library, &["list", "traces"]);
        let mut rows: Vec<String> = page["traces"]
            .as_array()
            .unwrap()
            .iter()
            .map(|row| {
                format!(
                    "{} {} {} {} {} {}",
                    row["name"], row["status"], row["runs"], row["usage"], row["latency_ms"], row["thread"]
                )
            })
            .collect();
        rows.sort();
        rows
    };
    let before = summary(dir.path());
    for format in ["otlp-json", "langsmith-jsonl"] {
        let file = dir.path().join(format);
        let report =
            run_json(dir.path(), &["export", "runs", "--format", format, "-o", file.to_str().unwrap()]);
        assert_eq!(report["runs"], 46);
        let copy = tempfile::tempdir().unwrap();
        let imported = run_json(copy.path(), &["import", file.to_str().unwrap()]);
        assert_eq!((&imported["runs"], &imported["rejected"]), (&46.into(), &0.into()), "{format}");
        if format == "otlp-json" {
            assert_eq!(summary(copy.path()), before, "{format}");
        } else {
            assert_eq!(summary(copy.path()).len(), before.len(), "{format}");
        }
    }
}

#[test]
fn a_run_is_shown_with_what_went_in_and_came_out() {
    let dir = tempfile::tempdir().unwrap();
    import(dir.path(), "semconv/openai-genai-1.3.pb");
    let shown = run_json(dir.path(), &["show", "run", "00000000-0000-0000-87b5-08ec7e0da3e9"]);
    assert_eq!(shown["run_type"], "llm");
    assert_eq!(shown["inputs"]["messages"].as_array().unwrap().len(), 2);
    assert!(shown["outputs"]["messages"][0].is_object());
    assert_eq!(shown["metadata"]["ls_provider"], "openai");
}

#[test]
fn a_file_without_spans_says_why_nothing_came_of_it() {
    let dir = tempfile::tempdir().unwrap();
    for file in ["proto-examples/logs.json", "semconv/openai-genai-1.3.metrics.pb"] {
        let output = run(dir.path(), &["import", fixture(file).to_str().unwrap()]);
        assert_eq!(output.status.code(), Some(1), "{file}: {output:?}");
        assert!(!output.stderr.is_empty(), "{file}");
    }
}

#[test]
fn exit_codes_tell_failure_wrong_use_and_unread_records_apart() {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("mixed.jsonl");
    let run_line = r#"{"id":"0197a3c2-51e8-7aa0-8f00-111122223333","run_type":"chain","start_time":"2026-07-14T09:30:00Z"}"#;
    std::fs::write(&file, format!("{run_line}\n{{broken\n")).unwrap();
    let output = run(dir.path(), &["import", file.to_str().unwrap()]);
    assert_eq!(output.status.code(), Some(3));
    assert!(String::from_utf8_lossy(&output.stderr).contains("mixed.jsonl:2"), "{output:?}");
    let picture = dir.path().join("picture.json");
    std::fs::write(&picture, b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR").unwrap();
    let output = run(dir.path(), &["import", picture.to_str().unwrap()]);
    assert_eq!(output.status.code(), Some(1));
    assert!(String::from_utf8_lossy(&output.stderr).contains("PNG picture"), "{output:?}");
    assert_eq!(run(dir.path(), &["import", "/no/such/file"]).status.code(), Some(1));
    assert_eq!(run(dir.path(), &["frobnicate"]).status.code(), Some(2));
    assert_eq!(run(dir.path(), &["show", "trace", "not-an-id"]).status.code(), Some(1));
}

#[test]
fn remapping_reads_everything_again_and_changes_nothing_under_the_same_rules() {
    let dir = tempfile::tempdir().unwrap();
    let file = fixture("semconv/openai-genai-1.3.json");
    run_json(dir.path(), &["import", file.to_str().unwrap()]);
    let before = run_json(dir.path(), &["list", "traces"]);
    let remapped = run_json(dir.path(), &["remap"]);
    assert_eq!(remapped, serde_json::json!({ "runs": 13, "changed": 0, "fields": {} }));
    assert_eq!(run_json(dir.path(), &["list", "traces"]), before);
}

#[test]
fn remapping_brings_rows_up_to_the_rules() {
    let dir = tempfile::tempdir().unwrap();
    let file = fixture("semconv/openai-genai-1.3.json");
    run_json(dir.path(), &["import", file.to_str().unwrap()]);
    let before = run_json(dir.path(), &["list", "traces"]);
    // Rows as an older version could have made them: without a model.
    let library = rusqlite::Connection::open(dir.path().join("library.sqlite")).unwrap();
    let broken = library.execute("UPDATE run SET model = NULL WHERE model IS NOT NULL", []).unwrap();
    library.execute("UPDATE trace SET model = NULL", []).unwrap();
    drop(library);
    assert_ne!(run_json(dir.path(), &["list", "traces"]), before);
    let remapped = run_json(dir.path(), &["remap"]);
    assert_eq!((&remapped["changed"], &remapped["fields"]["model"]), (&broken.into(), &broken.into()));
    assert_eq!(run_json(dir.path(), &["list", "traces"]), before);
}

#[test]
fn a_run_explains_its_fields() {
    let dir = tempfile::tempdir().unwrap();
    let file = fixture("openinference/openai.json");
    run_json(dir.path(), &["import", file.to_str().unwrap()]);
    let traces = run_json(dir.path(), &["list", "traces"]);
    let trace =
        traces[0]["trace_id"].as_str().or(traces["traces"][0]["trace_id"].as_str()).unwrap().to_owned();
    let runs = run_json(dir.path(), &["show", "trace", &trace]);
    let id = format!("{trace}/{}", runs["runs"][0]["id"].as_str().unwrap());
    let explained = run_json(dir.path(), &["show", "run", &id, "--explain"]);
    let fields = explained["records"][0].as_array().unwrap();
    let of = |field: &str| {
        fields.iter().find(|one| one["field"] == field).unwrap_or_else(|| panic!("{field}: {explained}"))
    };
    assert_eq!(of("run_type")["attribute"], "openinference.span.kind");
    assert_eq!(of("model")["rule"], "openinference");
}

#[test]
fn runs_of_the_whole_library_are_found_by_field_and_by_the_text_of_their_payloads() {
    let dir = tempfile::tempdir().unwrap();
    import(dir.path(), "semconv/openai-genai-1.3.pb");
    import(dir.path(), "edge/order-duplicates-orphans.jsonl");
    let found = |search: &str| {
        let found = run_json(dir.path(), &["list", "runs", "--limit", "100", "--search", search]);
        let runs = found["runs"].as_array().unwrap().clone();
        (
            runs.len(),
            runs.into_iter().map(|run| run["run_type"].as_str().unwrap().to_owned()).collect::<Vec<_>>(),
        )
    };
    assert_eq!(found("").0, 21);
    assert_eq!(found("run_type:embedding"), (1, vec!["embedding".to_owned()]));
    assert_eq!(found("run_type:llm -status:error").0 + found("run_type:llm status:error").0, 11);
    let weather = found("input:~weather");
    assert!(weather.0 > 0 && weather.0 < 11, "{weather:?}");
    assert_eq!(found("input:~nosuchwordanywhere").0, 0);
    let wrong = run(dir.path(), &["list", "runs", "--search", "run_type:llm nosuchfield:x"]);
    assert_eq!(wrong.status.code(), Some(2));
    assert!(String::from_utf8_lossy(&wrong.stderr).contains("nosuchfield"), "{wrong:?}");
}

#[test]
fn words_are_found_in_all_texts() {
    let dir = tempfile::tempdir().unwrap();
    import(dir.path(), "pydantic-ai/v2-format5.json");
    let found = run_json(dir.path(), &["search", "paris", "--limit", "3"]);
    let hits = found["hits"].as_array().unwrap();
    assert!(!hits.is_empty() && hits.len() <= 3, "{found}");
    for hit in hits {
        let line: Vec<char> = hit["line"].as_str().unwrap().chars().collect();
        let mark = &hit["marks"][0];
        let at = |end: &str| usize::try_from(mark[end].as_u64().unwrap()).unwrap();
        let marked: String = line[at("start")..at("end")].iter().collect();
        assert_eq!(marked.to_lowercase(), "paris", "{hit}");
    }
    assert!(dir.path().join("library-text.sqlite").exists());
    assert_eq!(run_json(dir.path(), &["search", "\"NEAR( paris"])["hits"].as_array().unwrap().len(), 0);
    assert_eq!(run_json(dir.path(), &["search", "aris"])["hits"].as_array().unwrap().len(), 0);
    assert!(!run_json(dir.path(), &["search", "aris", "--inside"])["hits"].as_array().unwrap().is_empty());
}

#[test]
fn a_dash_for_the_file_of_an_export_is_standard_output() {
    let dir = tempfile::tempdir().unwrap();
    import(dir.path(), "semconv/openai-genai-1.3.pb");
    for what in [&["runs", "--format", "langsmith-jsonl"][..], &["feedback", "--format", "langsmith-jsonl"]] {
        let arguments = [&["export"], what, &["-o", "-"]].concat();
        let done = run(dir.path(), &arguments);
        assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
        let lines = String::from_utf8(done.stdout).unwrap();
        assert!(lines.lines().all(|line| line.starts_with('{')), "{lines}");
        assert!(!std::path::Path::new("-").exists());
    }
}
