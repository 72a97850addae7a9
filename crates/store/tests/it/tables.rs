//! Tables of runs, traces and threads: what filters let through, in which order, and what is counted of it.

use model::{Feedback, FeedbackId, RunId, UnixNanos, filter::Filter};
use store::{RowKey, Scope, Store, TableQuery, TableSort, decided_by_rows};
use testkit::{draw, id_name};
use uuid::Uuid;

use crate::support::{open, write};

/// Three traces of two projects and two threads.
fn library() -> (tempfile::TempDir, Store) {
    let dir = tempfile::tempdir().unwrap();
    let store = open(dir.path());
    let drawn = "trace t1\n plan 10..15 project=p thread=talk\n   ask llm 11..12 in=5 out=5 cost=30 model=gpt\n   find tool 12..14 error=gone
                 trace t2\n Answer 20..22 project=p thread=talk output=done\n   ask llm 20..21 in=100 out=20 cost=10 model=claude
                 trace t3\n bake 30..39 project=q thread=other error=burnt";
    write(&store, "file", &draw(drawn));
    (dir, store)
}

fn said(run: RunId, key: &str, score: Option<f64>, value: Option<&str>) -> Feedback {
    let text = serde_json::json!({ "key": key, "score": score, "value": value, "run_id": run.0 }).to_string();
    let mut feedback = ingest_feedback(&text);
    feedback.id = FeedbackId(Uuid::new_v4());
    feedback
}

fn ingest_feedback(text: &str) -> Feedback {
    let value: serde_json::Value = serde_json::from_str(text).unwrap();
    Feedback {
        run_id: value["run_id"].as_str().map(|id| id.parse().unwrap()),
        key: value["key"].as_str().unwrap().to_owned(),
        score: value["score"].as_f64(),
        value: value["value"].as_str().map(|text| format!("\"{text}\"")),
        source_kind: "app".to_owned(),
        ..empty()
    }
}

fn empty() -> Feedback {
    Feedback {
        id: FeedbackId(Uuid::nil()),
        run_id: None,
        trace_id: None,
        project_id: None,
        thread: None,
        key: String::new(),
        score: None,
        value: None,
        comment: None,
        correction: None,
        source_kind: String::new(),
        source_metadata: None,
        error: false,
        group_id: None,
        comparative_experiment_id: None,
        extra: None,
        created: None,
        modified: None,
        reviewer: None,
        reviewer_name: None,
        retracted: None,
        supersedes: None,
        queue_item: None,
    }
}

fn name(key: &RowKey) -> String {
    match key {
        RowKey::Run(_, run) => id_name(run.as_bytes()),
        RowKey::Trace(trace, _) => id_name(trace.as_bytes()),
        RowKey::Thread(project, thread) => format!("{project}/{thread}"),
    }
}

fn query(scope: Scope, text: &str) -> TableQuery {
    let clauses = Filter::search_clauses(text).unwrap();
    let filters: Vec<Filter> = clauses.into_iter().map(|(_, filter)| filter).collect();
    assert!(filters.iter().all(|filter| decided_by_rows(filter, scope)), "{text} is decided by rows");
    TableQuery { scope, filters, ..TableQuery::default() }
}

fn shown(store: &Store, query: &TableQuery) -> String {
    let keys = store.table_keys(query, 0, 100).unwrap();
    assert_eq!(store.table_count(query, 1000).unwrap(), keys.len() as u64);
    // Windows of one row make the same list.
    let singly: Vec<RowKey> = (0..keys.len())
        .flat_map(|at| store.table_keys(query, u32::try_from(at).unwrap(), 1).unwrap())
        .collect();
    assert_eq!(singly, keys);
    keys.iter().map(name).collect::<Vec<_>>().join(" ")
}

#[test]
fn rows_decide_what_they_hold() {
    let (_dir, store) = library();
    for (scope, text, expected) in [
        (Scope::Runs, "", "bake ask Answer find ask plan"),
        (Scope::Runs, "run_type:llm", "ask ask"),
        (Scope::Runs, "status:error", "bake find"),
        (Scope::Runs, "error:*", "bake find"),
        (Scope::Runs, "-error:*", "ask Answer ask plan"),
        (Scope::Runs, "latency:>0.000000003", "bake plan"),
        (Scope::Runs, "-latency:>0.000000003", "ask Answer find ask"),
        (Scope::Runs, "total_tokens:>=10 -model:claude", "ask"),
        (Scope::Runs, "model:cl*", "ask"),
        (Scope::Runs, "-model:*", "bake Answer find plan"),
        (Scope::Runs, "name:A* OR name:plan", "ask Answer ask plan"),
        (Scope::Runs, "is_root:true", "bake Answer plan"),
        (Scope::Runs, "thread_id:talk run_type:tool", "find"),
        (Scope::Traces, "", "t3 t2 t1"),
        (Scope::Traces, "model:gpt", "t1"),
        (Scope::Traces, "-model:gpt", "t3 t2"),
        (Scope::Traces, "total_tokens:>100", "t2"),
        (Scope::Traces, "status:success latency:>0.000000003", "t1"),
        (Scope::Traces, "answer", "t2"),
        (Scope::Traces, "\"done\" talk", "t2"),
        (Scope::Threads, "", "q/other p/talk"),
        (Scope::Threads, "model:gpt", "p/talk"),
        (Scope::Threads, "status:error", "q/other"),
        (Scope::Threads, "status:interrupted", ""),
    ] {
        assert_eq!(shown(&store, &query(scope, text)), expected, "{scope:?} {text}");
    }
    for text in ["metadata.env:prod", "tags:a", "inputs:*", "error:~boom"] {
        let clauses = Filter::search_clauses(text).unwrap();
        assert!(!decided_by_rows(&clauses[0].1, Scope::Runs), "{text} needs the run");
    }
}

#[test]
fn every_column_sorts_and_what_has_no_value_comes_last() {
    let (_dir, store) = library();
    let sorted = |scope, sort, ascending| {
        shown(&store, &TableQuery { scope, sort, ascending, ..TableQuery::default() })
    };
    assert_eq!(sorted(Scope::Runs, TableSort::Cost, false), "ask ask bake Answer find plan");
    assert_eq!(sorted(Scope::Runs, TableSort::Latency, false), "bake plan Answer find ask ask");
    assert_eq!(sorted(Scope::Runs, TableSort::Name, true), "Answer ask ask bake find plan");
    assert_eq!(sorted(Scope::Traces, TableSort::Cost, true), "t2 t1 t3");
    assert_eq!(sorted(Scope::Traces, TableSort::Tokens, false), "t2 t1 t3");
    assert_eq!(sorted(Scope::Threads, TableSort::Turns, false), "p/talk q/other");
    assert_eq!(sorted(Scope::Threads, TableSort::Name, true), "q/other p/talk");
}

#[test]
fn feedback_filters_sorts_and_is_counted_by_key() {
    let (_dir, store) = library();
    let of = |wanted: &str| {
        let keys = store.table_keys(&query(Scope::Runs, ""), 0, 100).unwrap();
        let found = keys.into_iter().find(|key| name(key) == wanted);
        let Some(RowKey::Run(_, run)) = found else { panic!("no run {wanted}") };
        run
    };
    let retracted =
        Feedback { retracted: Some(UnixNanos(1)), ..said(of("bake"), "quality", Some(1.0), None) };
    let all = vec![
        said(of("plan"), "quality", Some(0.2), None),
        said(of("plan"), "quality", Some(0.6), None),
        said(of("find"), "quality", Some(0.9), None),
        said(of("Answer"), "tone", None, Some("warm")),
        retracted,
    ];
    store.put_feedback(all, UnixNanos(1)).unwrap();
    for (scope, text, expected) in [
        (Scope::Runs, "feedback.quality:>0.5", "find plan"),
        (Scope::Runs, "feedback.quality:*", "find plan"),
        (Scope::Runs, "-feedback:*", "bake ask ask"),
        (Scope::Runs, "feedback.tone:warm", "Answer"),
        (Scope::Traces, "feedback.quality:>0.5", "t1"),
        (Scope::Traces, "-feedback.quality:*", "t3 t2"),
        (Scope::Threads, "feedback.tone:warm", "p/talk"),
    ] {
        assert_eq!(shown(&store, &query(scope, text)), expected, "{scope:?} {text}");
    }
    let sort = TableSort::Feedback("quality".to_owned());
    let by = |scope, ascending| {
        shown(&store, &TableQuery { scope, sort: sort.clone(), ascending, ..TableQuery::default() })
    };
    assert_eq!(by(Scope::Runs, false), "find plan bake ask Answer ask");
    assert_eq!(by(Scope::Runs, true), "plan find bake ask Answer ask");
    assert_eq!(by(Scope::Traces, false), "t1 t3 t2");
    assert_eq!(by(Scope::Threads, false), "p/talk q/other");

    let figures = |scope| {
        let keys = store.table_keys(&query(scope, ""), 0, 100).unwrap();
        let rows = store.table_rows(&keys).unwrap();
        let texts =
            keys.iter().zip(rows).filter(|(_, (_, said))| !said.is_empty()).map(|(key, (_, said))| {
                let all: Vec<String> = said
                    .iter()
                    .map(|one| format!("{} {} {:?} {:?}", one.key, one.count, one.mean, one.values))
                    .collect();
                format!("{}: {}", name(key), all.join(", "))
            });
        texts.collect::<Vec<_>>()
    };
    assert_eq!(
        figures(Scope::Runs),
        [
            "Answer: tone 1 None [(\"warm\", 1)]",
            "find: quality 1 Some(0.9) []",
            "plan: quality 2 Some(0.4) []"
        ]
    );
    let thread = figures(Scope::Threads);
    assert!(
        thread.len() == 1 && thread[0].contains("quality 3") && thread[0].contains("tone 1"),
        "{thread:?}"
    );
}

#[test]
fn facets_and_sums_follow_the_filter() {
    let (_dir, store) = library();
    let facet = |scope, text: &str, field: &str| {
        let facets = store.table_facets(&query(scope, text), 10, 1000).unwrap();
        let facet = facets.into_iter().find(|facet| facet.field == field).unwrap();
        facet.values.iter().map(|one| format!("{} {}", one.value, one.count)).collect::<Vec<_>>().join(", ")
    };
    assert_eq!(facet(Scope::Runs, "", "run_type"), "chain 3, llm 2, tool 1");
    assert_eq!(facet(Scope::Runs, "run_type:llm", "model"), "gpt 1, claude 1");
    assert_eq!(facet(Scope::Runs, "", "status"), "success 4, error 2");
    assert_eq!(facet(Scope::Traces, "status:success", "model"), "gpt 1, claude 1");
    assert_eq!(facet(Scope::Threads, "", "status"), "success 2, error 1");

    let sums = store.table_sums(&query(Scope::Runs, "run_type:llm")).unwrap();
    assert_eq!((sums.rows, sums.tokens, sums.cost_pico), (2, Some(130), Some(40)));
    let picked = store.table_keys(&query(Scope::Traces, "model:gpt"), 0, 10).unwrap();
    let query = TableQuery { picked: Some(picked), ..query(Scope::Traces, "") };
    let sums = store.table_sums(&query).unwrap();
    assert_eq!((sums.rows, sums.tokens, sums.latency_p50), (1, Some(10), sums.latency_p95));
}

#[test]
fn removed_traces_are_gone_from_every_table() {
    let (_dir, store) = library();
    let keys = store.table_keys(&query(Scope::Traces, "model:gpt"), 0, 10).unwrap();
    let RowKey::Trace(trace, _) = keys[0] else { panic!() };
    assert_eq!(store.remove_traces(vec![trace]).unwrap(), 3);
    assert_eq!(shown(&store, &query(Scope::Runs, "")), "bake ask Answer");
    assert_eq!(shown(&store, &query(Scope::Traces, "")), "t3 t2");
}
