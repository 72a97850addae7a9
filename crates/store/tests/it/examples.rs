//! Single cases, each with its name.

use model::{RunStatus, UnixNanos};
use store::{Batch, Error, RejectRow, SourceId, TraceQuery};
use testkit::{draw, run_id, sealed, trace_id, with_attachment};

use crate::support::{assert_roll_ups, dump, open, source, write};

fn blocks(store: &store::Store) -> i64 {
    let connection = rusqlite::Connection::open(store.dir().join("library.sqlite")).unwrap();
    connection.query_row("SELECT count(*) FROM block", [], |row| row.get(0)).unwrap()
}

#[test]
fn a_patch_before_its_create_completes_the_run() {
    let dir = tempfile::tempdir().unwrap();
    let store = open(dir.path());
    write(&store, "a", &draw("trace t\n r ..9 op=update output=done"));
    write(&store, "a", &draw("trace t\n r llm 1.. op=create"));
    let row = store.trace(trace_id("t")).unwrap();
    assert_eq!((row.runs, row.status, row.latency_nanos), (1, RunStatus::Success, Some(8)));
    assert_eq!(row.output_preview.as_deref(), Some("done"));
}

#[test]
fn the_earliest_run_without_a_parent_names_the_trace_and_an_open_run_keeps_it_pending() {
    let dir = tempfile::tempdir().unwrap();
    let store = open(dir.path());
    write(
        &store,
        "a",
        &draw("trace t\n orphan 0..1 parent=gone\n second 5..6\n first 2..3\n   open tool 3.."),
    );
    let row = store.trace(trace_id("t")).unwrap();
    assert_eq!((row.name.as_deref(), row.status), (Some("first"), RunStatus::Pending));
    assert_eq!((row.runs, row.pending, row.latency_nanos), (4, 1, None));
}

#[test]
fn a_grandchild_without_a_trace_follows_when_its_parent_finds_home() {
    let dir = tempfile::tempdir().unwrap();
    let store = open(dir.path());
    write(&store, "a", &draw("trace ?\n leaf 2..3 parent=middle"));
    write(&store, "a", &draw("trace t\n top 0..9"));
    write(&store, "a", &draw("trace ?\n middle 1..4 parent=top"));
    assert_eq!(store.trace_of_run(run_id("leaf")).unwrap(), trace_id("t"));
    assert_eq!(store.counts().unwrap().traces, 1);
}

#[test]
fn a_repeated_import_adds_nothing() {
    let dir = tempfile::tempdir().unwrap();
    let store = open(dir.path());
    let records = draw("trace t\n agent 0..9\n  ask llm 1..2 in=1 out=2");
    assert_eq!(write(&store, "a", &records).new_runs, 2);
    let (before, held) = (dump(&store), blocks(&store));
    assert_eq!(write(&store, "a", &records).repeated, 2);
    assert_eq!((dump(&store), blocks(&store)), (before, held));
}

#[test]
fn small_batches_of_a_trace_share_a_block_and_a_large_payload_has_its_own() {
    let dir = tempfile::tempdir().unwrap();
    let store = open(dir.path());
    for number in 0..50 {
        write(&store, "a", &draw(&format!("trace t\n r{number} 1..2")));
    }
    assert_eq!(blocks(&store), 1);
    let large = sealed(draw("trace t\n large 1..2").remove(0), &vec![b'x'; 30_000_000]);
    write(&store, "a", std::slice::from_ref(&large));
    assert_eq!(blocks(&store), 2);
    assert_eq!(store.run(trace_id("t"), run_id("large")).unwrap().1, [large.raw]);
}

#[test]
fn two_processes_write_one_library() {
    let dir = tempfile::tempdir().unwrap();
    let stores = [open(dir.path()), open(dir.path())];
    std::thread::scope(|scope| {
        for (number, store) in stores.iter().enumerate() {
            scope.spawn(move || {
                for run in 0..20 {
                    write(
                        store,
                        "a",
                        &draw(&format!("trace t\n s{number}r{run} llm 1..2 in=1 out=1 project=p")),
                    );
                }
            });
        }
    });
    assert_eq!(stores[0].trace(trace_id("t")).unwrap().runs, 40);
    assert_roll_ups(&stores[1]);
}

#[test]
fn attachments_are_stored_once_follow_their_run_and_go_with_their_source() {
    let dir = tempfile::tempdir().unwrap();
    let store = open(dir.path());
    let drawn = draw("trace ?\n child 1..2 parent=top").remove(0);
    write(&store, "a", &[with_attachment(drawn, "file", b"content")]);
    write(&store, "a", &draw("trace t\n top 0..9"));
    assert_eq!(store.attachment(trace_id("t"), run_id("child"), "file").unwrap().1, b"content");
    store.remove_source(source(&store, "a")).unwrap();
    assert!(matches!(store.trace(trace_id("t")), Err(Error::NotFound { .. })));
    assert_eq!(store.counts().unwrap().traces, 0);
}

#[test]
fn an_unknown_source_and_a_run_in_two_traces_are_errors() {
    let dir = tempfile::tempdir().unwrap();
    let store = open(dir.path());
    let records = draw("trace t\n r 1..2\ntrace u\n r 1..2");
    let refused = store.write(Batch::prepare(records.clone()), SourceId(99));
    assert!(matches!(refused, Err(Error::NotFound { what: "source", .. })), "{refused:?}");
    write(&store, "a", &records);
    assert!(matches!(store.trace_of_run(run_id("r")), Err(Error::AmbiguousRun { count: 2, .. })));
}

#[test]
fn rejects_settings_and_recent_files_are_kept() {
    let dir = tempfile::tempdir().unwrap();
    let store = open(dir.path());
    let id = source(&store, "a");
    let reject = RejectRow {
        line: Some(1),
        offset: None,
        path: None,
        code: "c".into(),
        message: "m".into(),
        excerpt: "e".into(),
    };
    store.add_rejects(id, vec![reject; 10_005]).unwrap();
    let page = store.rejects(Some(id), 9_999, 10).unwrap();
    assert_eq!((page.rows.len(), page.total), (1, 10_005));
    store.set_setting("k", "v".to_owned()).unwrap();
    assert_eq!(store.setting("k").unwrap().as_deref(), Some("v"));
    store.add_recent_file("old", UnixNanos(1)).unwrap();
    store.add_recent_file("new", UnixNanos(2)).unwrap();
    assert_eq!(store.recent_files(1).unwrap(), [("new".to_owned(), UnixNanos(2))]);
    assert_eq!(store.traces(&TraceQuery::default()).unwrap().total, 0);
}
