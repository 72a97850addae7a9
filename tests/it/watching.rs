//! Followed files and folders.

use std::{fs::OpenOptions, io::Write as _};

use serde_json::json;

use crate::app::{Served, eventually, request};

#[test]
fn appended_lines_and_new_files_come_in_as_they_are_written() {
    let dir = tempfile::tempdir().unwrap();
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("traces.jsonl");
    std::fs::write(&file, format!("{}\n", request(&[(1, 1)]))).unwrap();
    let served = Served::start(dir.path(), &[folder.path().to_str().unwrap()]);
    let runs_are = |count: u64| {
        eventually(&format!("{count} runs"), || {
            Some(()).filter(|()| served.call("app_info", &json!({}))["runs"] == count)
        });
    };
    runs_are(1);
    let mut appended = OpenOptions::new().append(true).open(&file).unwrap();
    let line = request(&[(1, 2)]);
    // Half a line is left alone until the other half is there.
    appended.write_all(&line.as_bytes()[..500]).unwrap();
    appended.flush().unwrap();
    std::fs::write(folder.path().join("more.json"), request(&[(2, 1)])).unwrap();
    runs_are(2);
    appended.write_all(&line.as_bytes()[500..]).unwrap();
    appended.write_all(b"\n").unwrap();
    appended.flush().unwrap();
    runs_are(3);
    assert_eq!(served.call("app_info", &json!({}))["rejected"], 0);
}

/// A file below `tests/fixtures/sessions`.
fn session(path: &str) -> Vec<u8> {
    std::fs::read(std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/sessions").join(path))
        .unwrap()
}

#[test]
fn the_sessions_of_a_coding_agent_are_followed_while_it_works() {
    let dir = tempfile::tempdir().unwrap();
    let home = tempfile::tempdir().unwrap();
    let projects = home.path().join(".claude/projects");
    let folder = projects.join("-home-ada-notes");
    std::fs::create_dir_all(folder.join("s/subagents")).unwrap();
    let content = session("claude-code/session.jsonl");
    // The first turn is under way: its first message has just been written.
    let lines: Vec<&[u8]> = content.split_inclusive(|byte| *byte == b'\n').collect();
    let (before, after) = lines.split_at(9);
    let file = folder.join("s.jsonl");
    std::fs::write(&file, before.concat()).unwrap();
    let served = Served::start(dir.path(), &[projects.to_str().unwrap()]);
    let are = |key: &str, count: u64| {
        eventually(&format!("{count} {key}"), || {
            Some(()).filter(|()| served.call("app_info", &json!({}))[key] == count)
        });
    };
    // The turn, the call of the model, and the two tools that it called.
    are("runs", 4);
    let agent = "agent-a311fbde91016b8d7";
    for name in [format!("{agent}.jsonl"), format!("{agent}.meta.json")] {
        let content = session(&format!("claude-code/subagents/{name}"));
        std::fs::write(folder.join("s/subagents").join(name), content).unwrap();
    }
    let mut appended = OpenOptions::new().append(true).open(&file).unwrap();
    for part in after.concat().chunks(3000) {
        appended.write_all(part).unwrap();
        appended.flush().unwrap();
        std::thread::yield_now();
    }
    are("traces", 4);
    are("runs", 17);
    let info = served.call("app_info", &json!({}));
    assert_eq!(info["rejected"], 0, "{info}");
    let threads = served.call("list_threads", &json!({ "limit": 10 }));
    assert_eq!(threads["rows"].as_array().map(Vec::len), Some(1), "{threads}");
}
