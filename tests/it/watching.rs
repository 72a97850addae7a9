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
