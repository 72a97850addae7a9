//! A library in a temporary folder, and its content as text.

use std::{fmt::Write as _, path::Path, sync::Arc};

use model::{RunRecord, TraceId, UnixNanos};
use store::{Batch, NewSource, Outcome, RunRow, SourceId, SourceKind, Store, TraceQuery};
use testkit::id_name;

pub(crate) fn open(dir: &Path) -> Store {
    Store::open(dir, Arc::new(testkit::interpret), Box::new(|_| ())).unwrap()
}

pub(crate) fn source(store: &Store, label: &str) -> SourceId {
    let path = Some(label.to_owned());
    let added = UnixNanos(0);
    store
        .add_source(NewSource { kind: SourceKind::File, label: label.to_owned(), path, bytes: None, added })
        .unwrap()
}

pub(crate) fn write(store: &Store, label: &str, records: &[RunRecord]) -> Outcome {
    store.write(Batch::prepare(records.to_vec()), source(store, label)).unwrap()
}

/// Rows of a table, whatever the readers make of them.
pub(crate) fn count(store: &Store, table: &str) -> i64 {
    let connection = rusqlite::Connection::open(store.dir().join("library.sqlite")).unwrap();
    connection.query_row(&format!("SELECT count(*) FROM {table}"), [], |row| row.get(0)).unwrap()
}

/// Everything but sources, row ids and places.
pub(crate) fn dump(store: &Store) -> String {
    let mut text = String::new();
    let query = TraceQuery { limit: 10_000, ..TraceQuery::default() };
    let mut traces = store.traces(&query).unwrap().rows;
    traces.sort_by_key(|trace| trace.trace_id);
    for trace in traces {
        let (mut row, mut runs) = store.trace_with_runs(trace.trace_id).unwrap();
        assert_tree_rows(store, trace.trace_id, &runs);
        row.source = SourceId(0);
        let _ = writeln!(text, "trace {} {row:?}", id_name(trace.trace_id.as_bytes()));
        runs.sort_by_key(|run| run.run_id);
        for mut run in runs {
            let (_, records) = store.run(trace.trace_id, run.run_id).unwrap();
            let mut hashes: Vec<_> = records.iter().map(model::RawRecord::content_hash).collect();
            hashes.sort();
            run.source = SourceId(0);
            let _ = writeln!(text, "  run {} {run:?} {hashes:?}", id_name(run.run_id.as_bytes()));
            for file in store.attachments(trace.trace_id, run.run_id).unwrap() {
                let content = store.attachment(trace.trace_id, run.run_id, &file.name).unwrap();
                let _ = writeln!(text, "    {file:?} {content:?}");
            }
        }
    }
    for project in store.projects().unwrap() {
        let _ = writeln!(text, "{project:?}");
    }
    let mut threads = store.threads(None, 0, 10_000).unwrap().rows;
    threads.sort_by(|left, right| (&left.project, &left.thread).cmp(&(&right.project, &right.thread)));
    for thread in threads {
        let _ = writeln!(text, "{thread:?}");
    }
    let _ = writeln!(text, "{:?}", store.counts().unwrap());
    let _ = writeln!(text, "{} contents", count(store, "attachment_content"));
    text
}

/// What the tree shows of a run must be what is shown of it elsewhere.
fn assert_tree_rows(store: &Store, trace_id: TraceId, runs: &[RunRow]) {
    let (_, rows) = store.trace_for_tree(trace_id).unwrap();
    let text = |number: Option<u32>| number.map(|number| rows.texts[number as usize].clone());
    assert_eq!(rows.runs.len(), runs.len());
    for (row, run) in rows.runs.iter().zip(runs) {
        assert_eq!((row.run_id, row.parent_run_id), (run.run_id, run.parent_run_id));
        assert_eq!((row.start, row.end, row.first_token), (run.start, run.end, run.first_token));
        assert_eq!((row.run_type, row.status), (run.run_type, run.status));
        assert_eq!((text(row.name), text(row.model)), (run.name.clone(), run.model.clone()));
        assert_eq!((row.usage.input, row.usage.output), (run.usage.input, run.usage.output));
        assert_eq!(row.usage.total(), run.usage.total());
        assert_eq!((row.usage_counted, row.cost), (run.usage_counted, run.cost));
        assert_eq!((&row.error, &row.detail), (&run.error, &run.detail));
    }
}

/// What projects and threads say about runs must be what the runs say.
pub(crate) fn assert_roll_ups(store: &Store) {
    let traces = store.traces(&TraceQuery { limit: 10_000, ..TraceQuery::default() }).unwrap().rows;
    for trace in &traces {
        let (_, runs) = store.trace_with_runs(trace.trace_id).unwrap();
        assert_eq!(trace.runs, runs.len() as u64, "{trace:?}");
        let used: u64 = runs
            .iter()
            .filter(|run| run.usage_counted && run.run_type.carries_usage())
            .filter_map(|run| run.usage.total())
            .sum();
        assert_eq!(trace.usage.total().unwrap_or(0), used, "{trace:?}");
        assert_eq!(trace.start, runs.iter().filter_map(|run| run.start).min());
    }
    for project in store.projects().unwrap() {
        let own: Vec<_> = traces.iter().filter(|trace| trace.project == project.name).collect();
        assert_eq!(project.traces, own.len() as u64);
        assert_eq!(project.runs, own.iter().map(|trace| trace.runs).sum::<u64>());
        assert_eq!(
            project.usage.total().unwrap_or(0),
            own.iter().filter_map(|trace| trace.usage.total()).sum::<u64>()
        );
    }
    for thread in store.threads(None, 0, 10_000).unwrap().rows {
        let own = traces
            .iter()
            .filter(|trace| trace.thread.as_ref() == Some(&thread.thread) && trace.project == thread.project);
        assert_eq!(thread.turns, own.clone().count() as u64);
        assert_eq!(thread.runs, own.map(|trace| trace.runs).sum::<u64>());
    }
}
