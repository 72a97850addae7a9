//! A large trace, which is read for its tree by two threads at once.

use std::sync::Arc;

use model::{Operation, RunRecord, UnixNanos};
use testkit::{record, run_id, sealed, tokens, trace_id};

use crate::support::{assert_tree_rows, open, write};

const RUNS: usize = 5000;

/// Runs of one trace. Some texts occur everywhere, some first in the half that the other thread reads.
fn records() -> Vec<RunRecord> {
    let run = |number: usize| {
        let mut drawn = record(Some("t"), &format!("r{number:05}"), Operation::Whole);
        let fields = &mut drawn.fields;
        fields.parent_run_id = (number > 0).then(|| run_id(&format!("r{:05}", number / 7)));
        fields.start = i64::try_from(number).ok().map(UnixNanos);
        fields.name = (!number.is_multiple_of(11))
            .then(|| format!("{} {}", if number > 3000 { "late" } else { "early" }, number % 13));
        fields.model = (!number.is_multiple_of(3)).then(|| format!("m{}", number / 700));
        fields.error = (number % 500 == 7).then(|| format!("error of {number}"));
        fields.usage = tokens(number as u64, 1);
        sealed(drawn, b"")
    };
    (0..RUNS).map(run).collect()
}

#[test]
fn halves_read_at_once_are_what_one_reading_gives() {
    let dir = tempfile::tempdir().unwrap();
    let store = open(dir.path());
    write(&store, "a", &records());
    let id = trace_id("t");
    let (row, runs) = store.trace_with_runs(id).unwrap();
    assert_eq!(row.runs, RUNS as u64);
    assert_tree_rows(&store, id, &runs);
    let mut texts: Vec<Arc<str>> = Vec::new();
    for text in runs.iter().flat_map(|run| [&run.name, &run.model]).flatten() {
        if !texts.contains(text) {
            texts.push(Arc::clone(text));
        }
    }
    let (of_tree, rows) = store.trace_for_tree(id).unwrap();
    assert_eq!((of_tree, rows.texts), (row, texts));
}

/// The other thread is an offer: who finds no second connection must not wait for it, and who finds one must see what
/// the first sees.
#[test]
fn many_open_a_large_trace_while_it_is_written() {
    let dir = tempfile::tempdir().unwrap();
    let store = open(dir.path());
    let records = records();
    let (first, later) = records.split_at(RUNS - 20);
    write(&store, "a", first);
    std::thread::scope(|scope| {
        for _ in 0..8 {
            scope.spawn(|| {
                for _ in 0..3 {
                    let (row, rows) = store.trace_for_tree(trace_id("t")).unwrap();
                    assert_eq!(rows.runs.len() as u64, row.runs);
                    assert!(rows.runs.is_sorted_by(|one, next| one.run_id < next.run_id));
                }
            });
        }
        for record in later {
            write(&store, "a", std::slice::from_ref(record));
        }
    });
    assert_eq!(store.trace_for_tree(trace_id("t")).unwrap().1.runs.len(), RUNS);
}
