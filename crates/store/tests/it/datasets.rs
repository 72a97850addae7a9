//! Datasets that are put away and come back, examples that are removed and come back, and their rows.

use model::UnixNanos;
use store::{DatasetQuery, Error, ExampleQuery, NewDataset, NewExample, Store};
use testkit::{draw, run_id, trace_id};
use uuid::Uuid;

use crate::support::{open, write};

fn at(micros: i64) -> UnixNanos {
    UnixNanos(micros * 1000)
}

fn id(name: &str) -> Uuid {
    run_id(name).0
}

fn library() -> (tempfile::TempDir, Store) {
    let dir = tempfile::tempdir().unwrap();
    let store = open(dir.path());
    write(&store, "a", &draw("trace t\n r 1..9"));
    make(&store, "d");
    let examples =
        [("one", "train", Some("r")), ("two", "test", None)].map(|(name, split, run)| NewExample {
            id: Some(id(name)),
            inputs: format!(r#"{{"q":"{name}","long":"{}"}}"#, "x".repeat(1000)),
            outputs: Some(r#"{"a":1}"#.to_owned()),
            metadata: Some(r#"{"from":"here"}"#.to_owned()),
            splits: Some(vec![split.to_owned()]),
            source_run: run.map(run_id),
            ..NewExample::default()
        });
    store.create_examples(id("d"), examples.to_vec(), at(2)).unwrap();
    (dir, store)
}

fn make(store: &Store, name: &str) {
    let new = NewDataset { id: Some(id(name)), name: name.to_owned(), ..NewDataset::default() };
    store.create_dataset(new, at(1)).unwrap();
}

fn of(name: &str) -> ExampleQuery {
    ExampleQuery { dataset: Some(id(name)), limit: 10, ..ExampleQuery::default() }
}

fn names(store: &Store) -> Vec<String> {
    let query = DatasetQuery { limit: 10, ..DatasetQuery::default() };
    assert_eq!(store.count_datasets(&query).unwrap(), store.datasets(&query).unwrap().len() as u64);
    store.datasets(&query).unwrap().into_iter().map(|dataset| dataset.name).collect()
}

#[test]
fn a_dataset_that_was_put_away_is_nowhere_and_comes_back_whole() {
    let (_dir, store) = library();
    let before = store.examples(&of("d")).unwrap();
    store.put_dataset_away(id("d"), at(10)).unwrap();
    assert!(names(&store).is_empty());
    assert!(matches!(store.dataset(id("d")), Err(Error::NotFound { .. })));
    assert!(matches!(store.example(id("one"), None), Err(Error::NotFound { .. })));
    let by_ids = ExampleQuery { ids: vec![id("one")], limit: 10, ..ExampleQuery::default() };
    assert!(store.examples(&by_ids).unwrap().is_empty());
    assert!(store.runs_in_datasets(&[run_id("r")]).unwrap().is_empty());
    store.bring_dataset_back(id("d")).unwrap();
    assert_eq!(store.examples(&of("d")).unwrap(), before);
    assert_eq!(names(&store), ["d"]);
}

#[test]
fn what_is_put_away_keeps_neither_its_name_nor_its_ids() {
    let (_dir, store) = library();
    store.put_dataset_away(id("d"), at(10)).unwrap();
    store
        .create_dataset(
            NewDataset { id: Some(id("other")), name: "d".to_owned(), ..NewDataset::default() },
            at(11),
        )
        .unwrap();
    assert!(matches!(store.bring_dataset_back(id("d")), Err(Error::Exists { .. })));
    // An id that is asked for again takes the hidden dataset away for good.
    let again = NewExample { id: Some(id("one")), inputs: "{}".to_owned(), ..NewExample::default() };
    store.create_examples(id("other"), vec![again], at(12)).unwrap();
    assert_eq!(store.count_examples(&of("other")).unwrap(), 1);
    assert!(matches!(store.bring_dataset_back(id("d")), Err(Error::NotFound { .. })));
}

#[test]
fn datasets_that_were_put_away_long_ago_go_with_the_next_one() {
    let (_dir, store) = library();
    make(&store, "e");
    store.put_dataset_away(id("d"), at(10)).unwrap();
    let later = at(10 + 31 * 24 * 3600 * 1_000_000);
    store.put_dataset_away(id("e"), later).unwrap();
    assert!(matches!(store.bring_dataset_back(id("d")), Err(Error::NotFound { .. })));
    store.bring_dataset_back(id("e")).unwrap();
}

#[test]
fn removed_examples_come_back_as_they_were_in_a_new_version() {
    let (_dir, store) = library();
    let before = store.example(id("one"), None).unwrap();
    store.delete_examples(vec![id("one")], at(20)).unwrap();
    assert_eq!(store.count_examples(&of("d")).unwrap(), 1);
    let written = store.restore_examples(vec![id("one"), id("two")], at(20)).unwrap();
    let after = store.example(id("one"), None).unwrap();
    assert_eq!(after.modified, written.as_of);
    assert!(written.as_of > at(20));
    assert_eq!(store::Example { modified: before.modified, ..after }, before);
    // What was not removed is not written.
    assert!(store.example(id("two"), None).unwrap().modified < written.as_of);
}

#[test]
fn rows_have_the_beginning_of_payloads() {
    let (_dir, store) = library();
    let rows = store.example_rows(&of("d")).unwrap();
    assert_eq!(rows[0].inputs.chars().count(), 300);
    assert_eq!((rows[0].source_run, rows[0].source_trace), (Some(run_id("r")), Some(trace_id("t"))));
    assert_eq!((rows[1].source_run, rows[1].source_trace), (None, None));
    assert_eq!((rows[0].splits.as_slice(), rows[0].metadata), (["train".to_owned()].as_slice(), 1));
    let counts: Vec<(String, u64)> =
        store.split_counts(id("d")).unwrap().into_iter().map(|split| (split.name, split.examples)).collect();
    assert_eq!(counts, [("test".to_owned(), 1), ("train".to_owned(), 1)]);
    assert!(store.source_runs_in(id("d"), &[run_id("r")]).unwrap().contains(&run_id("r")));
}
