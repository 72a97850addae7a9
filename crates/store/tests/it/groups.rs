//! What waits for the writer is committed as one group, and a bad task takes no other with it.

use std::sync::{
    Arc,
    mpsc::{Receiver, sync_channel},
};

use model::TraceId;
use store::{Batch, Change, Error, Outcome, Result, SourceId, Store};
use testkit::{draw, trace_id};

use crate::support::{assert_roll_ups, source, write};

/// A library that says what each commit changed.
fn open(dir: &std::path::Path) -> (Store, Receiver<Change>) {
    let (sender, changes) = sync_channel(100);
    let on_change = move |change| sender.send(change).unwrap();
    (Store::open(dir, Arc::new(testkit::interpret), Box::new(on_change)).unwrap(), changes)
}

/// Queues the drawings while the writer is held up, so that they meet in one group; their results in that order.
fn write_together(store: &Store, tasks: &[(SourceId, &str)]) -> Vec<Result<Outcome>> {
    let (release, held) = sync_channel::<()>(0);
    let known = tasks[0].0;
    store
        .write_then(Batch::default(), known, move |_| {
            let _ = held.recv();
        })
        .unwrap();
    let (sender, results) = sync_channel(tasks.len());
    for (number, (source, drawing)) in tasks.iter().enumerate() {
        let sender = sender.clone();
        let done = move |result| sender.send((number, result)).unwrap();
        assert!(store.try_write_then(Batch::prepare(draw(drawing)), *source, done).unwrap());
    }
    release.send(()).unwrap();
    let mut results: Vec<_> = tasks.iter().map(|_| results.recv().unwrap()).collect();
    results.sort_by_key(|(number, _)| *number);
    results.into_iter().map(|(_, result)| result).collect()
}

/// The traces that each commit so far announced.
fn announced(changes: &Receiver<Change>) -> Vec<Vec<TraceId>> {
    let traces = |change| match change {
        Change::Traces(mut traces) => {
            traces.sort();
            traces
        }
        Change::Unknown => Vec::new(),
    };
    // A commit is announced after its answers; one more commit makes sure that all before it were.
    changes.try_iter().map(traces).collect()
}

#[test]
fn what_waits_is_one_commit() {
    let dir = tempfile::tempdir().unwrap();
    let (store, changes) = open(dir.path());
    let a = source(&store, "a");
    let results = write_together(&store, &[(a, "trace t\n r 1..2"), (a, "trace u\n r 1..2")]);
    assert!(results.iter().all(Result::is_ok), "{results:?}");
    write(&store, "a", &[]);
    assert_eq!(announced(&changes), [vec![trace_id("t"), trace_id("u")]]);
}

#[test]
fn a_bad_task_takes_no_other_with_it() {
    let dir = tempfile::tempdir().unwrap();
    let (store, changes) = open(dir.path());
    let (a, unknown) = (source(&store, "a"), SourceId(99));
    let results = write_together(
        &store,
        &[
            (a, "trace t\n r llm 1..2 in=1"),
            (unknown, "trace t\n lost llm 1..2 in=1"),
            (a, "trace t\n s llm 1..2 in=1\ntrace u\n r 1..2"),
        ],
    );
    let new_runs: Vec<_> =
        results.iter().map(|result| result.as_ref().ok().map(|done| done.new_runs)).collect();
    assert_eq!(new_runs, [Some(1), None, Some(2)]);
    assert!(matches!(results[1], Err(Error::NotFound { what: "source", .. })), "{results:?}");
    assert_eq!(store.trace(trace_id("t")).unwrap().runs, 2);
    assert_eq!(store.source(a).unwrap().runs, 3, "nothing of the group's first attempt is left");
    assert_roll_ups(&store);
    write(&store, "a", &[]);
    assert_eq!(announced(&changes), [vec![trace_id("t")], vec![trace_id("t"), trace_id("u")]]);
}
