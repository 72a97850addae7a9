//! The full-text index: what is filled, what is found, and what becomes of it when something happens to the files.

use std::{collections::HashSet, fs, path::Path};

use model::{
    RawRecord, RunId,
    words::{Query, Whole, tokens},
};
use store::{BETWEEN_TEXTS, Store, TextIndexer, TextReader};
use testkit::{draw, id_name};

use crate::support::{open, write};

/// Takes the drawing of a run as its text.
#[derive(Default)]
struct Drawn {
    seen: HashSet<(i64, Vec<u8>)>,
    read: usize,
}

impl TextReader for Drawn {
    fn words(&mut self, trace: i64, _: RunId, records: &[RawRecord]) -> String {
        let mut words = String::new();
        for record in records {
            self.read += 1;
            if self.seen.insert((trace, record.bytes.clone())) {
                tokens(&String::from_utf8_lossy(&record.bytes), &mut |token| {
                    words.push_str(token.text);
                    words.push(' ');
                });
                words.push_str(BETWEEN_TEXTS);
                words.push(' ');
            }
        }
        words
    }

    fn forget(&mut self, trace: i64) {
        self.seen.retain(|(known, _)| *known != trace);
    }

    fn forget_all(&mut self) {
        self.seen.clear();
    }
}

fn fill(store: &Store, indexer: &mut TextIndexer) -> usize {
    let mut reader = Drawn::default();
    while indexer.step(store, &mut reader, 3).unwrap().more {}
    reader.read
}

/// Names of the runs that the index has the words in, sorted.
fn find(store: &Store, query: &str) -> String {
    let query = Query::parse(query, Whole::Word);
    let mut names = Vec::new();
    let mut before = i64::MAX;
    loop {
        let (docs, next) = store.text_docs(&query.terms.iter().collect::<Vec<_>>(), None, before, 2).unwrap();
        names.extend(docs.iter().map(|doc| id_name(doc.run_id.as_bytes())));
        match next {
            Some(next) => before = next,
            None => break,
        }
    }
    names.sort();
    names.join(" ")
}

fn indexed(dir: &Path, drawing: &str) -> (Store, TextIndexer) {
    let store = open(dir);
    write(&store, "a", &draw(drawing));
    let mut indexer = store.text_indexer().unwrap().expect("the lock");
    fill(&store, &mut indexer);
    (store, indexer)
}

const TWO: &str =
    "trace t\n r1 llm 1..2 name=weather\n  r2 tool 1..2 name=parcel\ntrace u\n r3 llm 1..2 name=weather";

#[test]
fn words_are_found_and_status_tells_what_is_missing() {
    let dir = tempfile::tempdir().unwrap();
    let (store, mut indexer) = indexed(dir.path(), TWO);
    assert_eq!(find(&store, "weather"), "r1 r3");
    assert_eq!(find(&store, "parcel"), "r2");
    assert_eq!(find(&store, "parc*"), "r2");
    assert_eq!(find(&store, "nowhere"), "");
    assert_eq!(store.text_status().unwrap().behind, 0);
    write(&store, "a", &draw("trace t\n r4 llm 1..2 name=storm"));
    assert_eq!(store.text_status().unwrap().behind, 1);
    assert_eq!(find(&store, "storm"), "");
    // Only what the block holds beyond what was read.
    assert_eq!(fill(&store, &mut indexer), 1);
    assert_eq!(find(&store, "storm"), "r4");
    assert_eq!(find(&store, "weather"), "r1 r3");
    assert_eq!(fill(&store, &mut indexer), 0);
}

#[test]
fn candidates_of_a_word_are_the_traces_that_have_it_and_those_not_read_yet() {
    let dir = tempfile::tempdir().unwrap();
    let (store, _indexer) = indexed(dir.path(), TWO);
    let query = Query::parse("parcel", Whole::Beginning);
    assert_eq!(store.text_traces(&query.terms[0], 10).unwrap().map(|all| all.len()), Some(1));
    write(&store, "a", &draw("trace v\n r4 llm 1..2 name=storm"));
    assert_eq!(store.text_traces(&query.terms[0], 10).unwrap().map(|all| all.len()), Some(2));
    assert_eq!(store.text_traces(&query.terms[0], 1).unwrap(), None);
}

#[test]
fn a_removed_source_takes_its_hits_with_it_and_reused_keys_are_read_anew() {
    let dir = tempfile::tempdir().unwrap();
    let store = open(dir.path());
    write(&store, "a", &draw("trace t\n r1 llm 1..2 name=weather"));
    write(&store, "b", &draw("trace u\n r2 llm 1..2 name=parcel\ntrace t\n r3 llm 1..2 name=storm"));
    let mut indexer = store.text_indexer().unwrap().unwrap();
    fill(&store, &mut indexer);
    let source = store.sources().unwrap()[1].id;
    store.remove_source(source).unwrap();
    // Before the index knows: what is gone is not shown.
    assert_eq!(find(&store, "parcel"), "");
    write(&store, "c", &draw("trace v\n r9 llm 1..2 name=thunder"));
    fill(&store, &mut indexer);
    assert_eq!(find(&store, "parcel"), "");
    assert_eq!(find(&store, "storm"), "");
    assert_eq!(find(&store, "weather"), "r1");
    assert_eq!(find(&store, "thunder"), "r9");
}

#[test]
fn one_process_fills_and_the_other_reads() {
    let dir = tempfile::tempdir().unwrap();
    let (store, indexer) = indexed(dir.path(), TWO);
    let other = open(dir.path());
    assert!(other.text_indexer().unwrap().is_none());
    assert_eq!(find(&other, "parcel"), "r2");
    drop(indexer);
    write(&store, "a", &draw("trace t\n r4 llm 1..2 name=storm"));
    fill(&other, &mut other.text_indexer().unwrap().expect("the lock is free"));
    assert_eq!(find(&store, "storm"), "r4");
}

#[test]
fn what_was_begun_goes_on_after_a_restart() {
    let dir = tempfile::tempdir().unwrap();
    let store = open(dir.path());
    for run in 0..40 {
        write(&store, "a", &draw(&format!("trace t{run}\n r{run} llm 1..2 name=weather")));
    }
    let read = {
        let mut indexer = store.text_indexer().unwrap().unwrap();
        let mut reader = Drawn::default();
        assert!(indexer.step(&store, &mut reader, 15).unwrap().more);
        reader.read
    };
    drop(store);
    let store = open(dir.path());
    let mut indexer = store.text_indexer().unwrap().unwrap();
    assert_eq!(read + fill(&store, &mut indexer), 40);
    assert_eq!(find(&store, "weather").split(' ').count(), 40);
}

#[test]
fn a_lost_damaged_or_foreign_index_is_made_anew() {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("library-text.sqlite");
    let (store, indexer) = indexed(dir.path(), TWO);
    drop(indexer);
    let refill = |store: &Store| fill(store, &mut store.text_indexer().unwrap().unwrap());

    fs::remove_file(&file).unwrap();
    assert_eq!(find(&store, "parcel"), "");
    assert_eq!(refill(&store), 3);
    assert_eq!(find(&store, "parcel"), "r2");

    // No SQLite file at all.
    fs::write(&file, vec![b'x'; 8192]).unwrap();
    assert_eq!(find(&store, "parcel"), "");
    assert!(store.take_text_damage());
    assert_eq!(refill(&store), 3);
    assert_eq!(find(&store, "parcel"), "r2");

    // Damaged within.
    let mut bytes = fs::read(&file).unwrap();
    let length = bytes.len();
    bytes[4096..length].fill(0x5a);
    fs::write(&file, bytes).unwrap();
    find(&store, "parcel");
    refill(&store);
    assert_eq!(find(&store, "parcel"), "r2");

    // The index of another library.
    let other = tempfile::tempdir().unwrap();
    let (elsewhere, indexer) = indexed(other.path(), "trace x\n r7 llm 1..2 name=elsewhere");
    drop(indexer);
    drop(elsewhere);
    fs::copy(other.path().join("library-text.sqlite"), &file).unwrap();
    for suffix in ["-wal", "-shm"] {
        let _ = fs::remove_file(format!("{}{suffix}", file.display()));
    }
    assert_eq!(store.text_status().unwrap().behind, store.text_status().unwrap().blocks);
    refill(&store);
    assert_eq!(find(&store, "parcel"), "r2");
    assert_eq!(find(&store, "elsewhere"), "");
}

#[test]
fn no_query_is_an_error() {
    let dir = tempfile::tempdir().unwrap();
    let (store, _indexer) = indexed(dir.path(), TWO);
    for query in
        ["\"", "NEAR(", "*", "a\"b", "weather OR", "words:", "-", "^a", "{a b}:c", "\0", "a + b", "'", ")("]
    {
        find(&store, query);
    }
    assert_eq!(find(&store, "weather NOT"), "");
}
