//! Files of runs: each content once, and gone with the last run that has it.

use model::{ContentHash, RunRecord};
use store::{Error, Store};
use testkit::{draw, run_id, trace_id, with_attachment};

use crate::support::{count, open, source, write};

/// The only drawn run, with a file.
fn with_file(drawing: &str, name: &str, content: &str) -> RunRecord {
    with_attachment(draw(drawing).remove(0), name, content.as_bytes())
}

/// `name=content` of every file of a run of trace `t`.
fn files(store: &Store, run: &str) -> String {
    let content = |name: &str| store.attachment(trace_id("t"), run_id(run), name).unwrap();
    let files = store.attachments(trace_id("t"), run_id(run)).unwrap().into_iter().map(|file| {
        let (mime_type, bytes) = content(&file.name);
        assert_eq!((file.bytes, file.mime_type), (bytes.len() as u64, mime_type));
        format!("{}={}", file.name, String::from_utf8(bytes).unwrap())
    });
    files.collect::<Vec<_>>().join(" ")
}

#[test]
fn files_follow_their_run_to_its_trace_and_go_with_their_source() {
    let dir = tempfile::tempdir().unwrap();
    let store = open(dir.path());
    write(&store, "a", &[with_file("trace ?\n child 1..2 parent=top", "file", "content")]);
    write(&store, "a", &draw("trace t\n top 0..9"));
    assert_eq!(files(&store, "child"), "file=content");
    store.remove_source(source(&store, "a")).unwrap();
    assert!(matches!(store.trace(trace_id("t")), Err(Error::NotFound { .. })));
    assert_eq!((count(&store, "attachment"), count(&store, "attachment_content")), (0, 0));
}

#[test]
fn equal_content_is_kept_once_and_until_its_last_source_goes() {
    let dir = tempfile::tempdir().unwrap();
    let store = open(dir.path());
    write(&store, "a", &[with_file("trace t\n one 1..2", "file", "same")]);
    write(&store, "b", &[with_file("trace t\n two 1..2", "other", "same")]);
    write(&store, "b", &[with_file("trace t\n three 1..2", "file", "own")]);
    assert_eq!((count(&store, "attachment"), count(&store, "attachment_content")), (3, 2));
    store.remove_source(source(&store, "a")).unwrap();
    assert_eq!((files(&store, "two"), files(&store, "three")), ("other=same".into(), "file=own".into()));
    store.remove_source(source(&store, "b")).unwrap();
    assert_eq!((count(&store, "attachment"), count(&store, "attachment_content")), (0, 0));
}

#[test]
fn a_file_sent_again_replaces_the_one_of_its_name_in_any_order() {
    let first = with_file("trace t\n r 1..2", "file", "first");
    let other = with_file("trace t\n r 1..3", "other", "kept");
    let again = with_file("trace t\n r 1..4", "file", "again");
    for order in [[&first, &other, &again], [&again, &other, &first], [&other, &again, &first]] {
        let dir = tempfile::tempdir().unwrap();
        let store = open(dir.path());
        for record in order {
            write(&store, "a", std::slice::from_ref(record));
        }
        assert_eq!(files(&store, "r"), "file=again other=kept");
        assert_eq!(count(&store, "attachment_content"), 2, "what was replaced is gone");
    }
}

#[test]
fn the_same_file_before_and_after_its_trace_is_known_is_one_file() {
    let versions =
        [with_file("trace ?\n r 1..2", "file", "old"), with_file("trace t\n r 1..3", "file", "new")];
    for order in [[0, 1], [1, 0]] {
        let dir = tempfile::tempdir().unwrap();
        let store = open(dir.path());
        for version in order {
            write(&store, "a", std::slice::from_ref(&versions[version]));
        }
        assert_eq!(files(&store, "r"), "file=new", "{order:?}");
        assert_eq!((count(&store, "attachment"), count(&store, "attachment_content")), (1, 1));
    }
}

#[test]
fn content_is_named_by_its_hash() {
    let dir = tempfile::tempdir().unwrap();
    let store = open(dir.path());
    write(&store, "a", &[with_file("trace t\n r 1..2", "file", "content")]);
    let connection = rusqlite::Connection::open(dir.path().join("library.sqlite")).unwrap();
    let hash: [u8; 16] = connection.query_row("SELECT hash FROM attachment", [], |row| row.get(0)).unwrap();
    assert_eq!(hash, ContentHash::of_bytes(b"content").0);
}
