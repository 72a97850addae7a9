//! Windows of the trace and thread lists: what is in them, and in which order.

use model::RunStatus;
use store::{SortTraces, Store, TraceFilter, TraceQuery};
use testkit::{draw, id_name};

use crate::support::{open, source, write};

/// Four traces of two sources, two projects and three conversations.
fn library() -> (tempfile::TempDir, Store) {
    let dir = tempfile::tempdir().unwrap();
    let store = open(dir.path());
    let first = "trace t1\n plan 10..15 project=p thread=talk input=50%_off\n   ask llm 11..12 in=5 out=5 cost=30 model=gpt
                 trace t2\n Answer 20..22 project=p thread=talk output=done\n   fail tool 20..21 error=boom\n   fine tool 20..21";
    let second = "trace t3\n bake 30..39 project=q thread=talk error=burnt\n   ask llm 31..32 in=1 out=1 cost=90 model=claude
                  trace t4\n wait 40.. project=p thread=other";
    write(&store, "first", &draw(first));
    write(&store, "second", &draw(second));
    (dir, store)
}

fn shown(store: &Store, query: &TraceQuery) -> String {
    let page = store.traces(query).unwrap();
    let names: Vec<_> = page.rows.iter().map(|row| id_name(row.trace_id.as_bytes())).collect();
    format!("{} of {}", names.join(" "), page.total)
}

#[test]
fn traces_are_sorted_by_each_column_with_ties_by_start() {
    let (_dir, store) = library();
    let sorted =
        |sort, ascending| shown(&store, &TraceQuery { sort, ascending, limit: 10, ..TraceQuery::default() });
    assert_eq!(sorted(SortTraces::Start, false), "t4 t3 t2 t1 of 4");
    assert_eq!(sorted(SortTraces::Start, true), "t1 t2 t3 t4 of 4");
    assert_eq!(sorted(SortTraces::Name, true), "t2 t3 t1 t4 of 4", "in any case: Answer, bake, plan, wait");
    assert_eq!(sorted(SortTraces::Latency, false), "t3 t1 t2 t4 of 4", "an open trace has none yet");
    assert_eq!(sorted(SortTraces::Latency, true), "t4 t2 t1 t3 of 4");
    assert_eq!(sorted(SortTraces::Runs, false), "t2 t3 t1 t4 of 4");
    assert_eq!(sorted(SortTraces::Errors, false), "t3 t2 t4 t1 of 4");
    assert_eq!(sorted(SortTraces::Tokens, false), "t1 t3 t4 t2 of 4");
    assert_eq!(sorted(SortTraces::Cost, true), "t4 t2 t1 t3 of 4");
}

#[test]
fn every_filter_narrows_the_traces() {
    let (_dir, store) = library();
    let filtered = |filter| shown(&store, &TraceQuery { filter, limit: 10, ..TraceQuery::default() });
    let none = TraceFilter::default;
    assert_eq!(filtered(TraceFilter { project: Some("p".into()), ..none() }), "t4 t2 t1 of 3");
    assert_eq!(filtered(TraceFilter { project: Some("gone".into()), ..none() }), " of 0");
    assert_eq!(filtered(TraceFilter { source: Some(source(&store, "second")), ..none() }), "t4 t3 of 2");
    assert_eq!(filtered(TraceFilter { thread: Some("talk".into()), ..none() }), "t3 t2 t1 of 3");
    assert_eq!(filtered(TraceFilter { status: Some(RunStatus::Error), ..none() }), "t3 of 1");
    assert_eq!(filtered(TraceFilter { status: Some(RunStatus::Pending), ..none() }), "t4 of 1");
    let several = TraceFilter { project: Some("p".into()), thread: Some("talk".into()), ..none() };
    assert_eq!(filtered(TraceFilter { status: Some(RunStatus::Success), ..several }), "t2 t1 of 2");
}

#[test]
fn text_is_sought_word_by_word_in_what_the_row_shows() {
    let (_dir, store) = library();
    let found = |text: &str| {
        let filter = TraceFilter { text: Some(text.to_owned()), ..TraceFilter::default() };
        shown(&store, &TraceQuery { filter, limit: 10, ..TraceQuery::default() })
    };
    assert_eq!(found("answer"), "t2 of 1", "the name, in any case");
    assert_eq!(found("claude"), "t3 of 1", "the model");
    assert_eq!(found("other"), "t4 of 1", "the thread");
    assert_eq!(found("done"), "t2 of 1", "the output");
    assert_eq!(found("74310000-"), "t1 of 1", "the id, with or without hyphens");
    assert_eq!(found("talk gpt"), "t1 of 1", "every word");
    assert_eq!(found("%_o"), "t1 of 1", "wildcards are text");
    assert_eq!(found("_"), "t1 of 1");
    assert_eq!(found("  "), "t4 t3 t2 t1 of 4");
}

#[test]
fn a_window_of_traces_knows_the_total() {
    let (_dir, store) = library();
    let window = |offset, limit| shown(&store, &TraceQuery { offset, limit, ..TraceQuery::default() });
    assert_eq!(window(0, 3), "t4 t3 t2 of 4");
    assert_eq!(window(3, 3), "t1 of 4");
    assert_eq!(window(9, 3), " of 4");
    assert_eq!(window(0, 0), " of 4");
}

#[test]
fn threads_come_by_latest_activity_and_the_same_key_in_two_projects_is_two() {
    let (_dir, store) = library();
    let threads = |project, offset, limit| {
        let page = store.threads(project, offset, limit).unwrap();
        let rows = page.rows.iter().map(|row| format!("{}/{}:{}", row.project, row.thread, row.turns));
        format!("{} of {}", rows.collect::<Vec<_>>().join(" "), page.total)
    };
    assert_eq!(threads(None, 0, 10), "p/other:1 q/talk:1 p/talk:2 of 3");
    assert_eq!(threads(Some("p"), 0, 10), "p/other:1 p/talk:2 of 2");
    assert_eq!(threads(None, 1, 1), "q/talk:1 of 3");
    assert_eq!(threads(Some("gone"), 0, 10), " of 0");
    let talk = store.threads(Some("p"), 1, 1).unwrap().rows.remove(0);
    assert_eq!((talk.first_input.as_deref(), talk.last_output.as_deref()), (Some("50%_off"), Some("done")));
    assert_eq!((talk.runs, talk.failed_turns, talk.usage.total()), (5, 0, Some(10)));
}

#[test]
fn lists_follow_a_removed_source() {
    let (_dir, store) = library();
    store.remove_source(source(&store, "first")).unwrap();
    assert_eq!(shown(&store, &TraceQuery { limit: 10, ..TraceQuery::default() }), "t4 t3 of 2");
    let threads = store.threads(None, 0, 10).unwrap();
    assert_eq!((threads.total, threads.rows.len(), store.counts().unwrap().threads), (2, 2, 2));
    let projects: Vec<_> = store.projects().unwrap().into_iter().map(|row| (row.name, row.traces)).collect();
    assert_eq!(projects, [("p".to_owned(), 1), ("q".to_owned(), 1)]);
}
