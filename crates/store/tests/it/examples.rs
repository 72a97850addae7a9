//! Single cases, each with its name.

use model::{Bill, Cost, GivenCost, RunStatus, RunType, UnixNanos, Usage};
use store::{Batch, Error, RejectRow, RunRow, Severity, SourceId, Strayed, TraceQuery};
use testkit::{draw, run_id, sealed, tokens, trace_id};

use crate::support::{assert_roll_ups, count, dump, open, source, write};

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
fn an_update_that_names_another_trace_changes_the_run_where_it_was_created() {
    let create = "trace t\n r llm 1.. op=create";
    let update = "trace elsewhere\n r ..9 op=update output=done";
    let strayed = Strayed { run_id: run_id("r"), named: trace_id("elsewhere"), home: trace_id("t") };
    let mut dumps = Vec::new();
    for order in [[create, update, update], [update, create, update], [update, update, create]] {
        let dir = tempfile::tempdir().unwrap();
        let store = open(dir.path());
        let told: Vec<Strayed> =
            order.iter().flat_map(|drawn| write(&store, "a", &draw(drawn)).strayed).collect();
        assert_eq!(told, [strayed], "{order:?}");
        assert!(store.trace(trace_id("elsewhere")).is_err(), "{order:?}");
        let row = store.trace(trace_id("t")).unwrap();
        assert_eq!((row.runs, row.status, row.latency_nanos), (1, RunStatus::Success, Some(8)));
        assert_roll_ups(&store);
        dumps.push(dump(&store));
    }
    assert_eq!(dumps[0], dumps[1]);
    assert_eq!(dumps[0], dumps[2]);
}

#[test]
fn an_update_stays_where_it_is_while_nothing_describes_its_run() {
    let dir = tempfile::tempdir().unwrap();
    let store = open(dir.path());
    write(&store, "a", &draw("trace t\n r ..9 op=update output=done"));
    let told = write(&store, "a", &draw("trace elsewhere\n r ..8 op=update output=later")).strayed;
    assert_eq!(told, []);
    // Of two creations each is a run of its own, and each has its updates.
    write(&store, "a", &draw("trace t\n r llm 1.. op=create"));
    write(&store, "a", &draw("trace other\n r llm 1.. op=create"));
    write(&store, "a", &draw("trace other\n r ..7 op=update"));
    let latency = |trace: &str| store.trace(trace_id(trace)).unwrap().latency_nanos;
    assert_eq!((latency("t"), latency("other")), (Some(8), Some(6)));
    assert!(store.trace(trace_id("elsewhere")).is_err());
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
fn every_field_of_a_run_comes_back() {
    let dir = tempfile::tempdir().unwrap();
    let store = open(dir.path());
    let drawn = draw(
        "trace t
         r llm 3..9 parent=above first_token=5 model=gpt provider=openai project=p thread=talk prompt=v2 dialect=otel \
         in=10 out=4 total=15 cache=6 cost=70 error=boom detail=short",
    );
    let id = source(&store, "a");
    write(&store, "a", &drawn);
    let expected = RunRow {
        run_id: run_id("r"),
        parent_run_id: Some(run_id("above")),
        start: Some(UnixNanos(3)),
        end: Some(UnixNanos(9)),
        first_token: Some(UnixNanos(5)),
        run_type: RunType::Llm,
        status: RunStatus::Error,
        name: Some("r".into()),
        model: Some("gpt".into()),
        provider: Some("openai".into()),
        project: Some("p".into()),
        thread: Some("talk".into()),
        prompt_version: Some("v2".into()),
        dialect: Some("otel".into()),
        usage: Usage { total: Some(15), cache_read: Some(6), ..tokens(10, 4) },
        usage_counted: true,
        cost: Some(Cost { pico_usd: 70 }),
        bill: Bill::given(&GivenCost { total: Some(Cost { pico_usd: 70 }), ..GivenCost::default() }),
        error: Some("boom".to_owned()),
        detail: Some("short".to_owned()),
        source: id,
        records: 1,
    };
    assert_eq!(
        store.run(trace_id("t"), run_id("r")).unwrap(),
        (expected.clone(), vec![drawn[0].raw.clone()])
    );
    assert_eq!(store.trace_with_runs(trace_id("t")).unwrap().1, [expected]);
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
    let (before, held) = (dump(&store), count(&store, "block"));
    assert_eq!(write(&store, "a", &records).repeated, 2);
    assert_eq!((dump(&store), count(&store, "block")), (before, held));
}

#[test]
fn small_batches_of_a_trace_share_a_block_and_a_large_payload_has_its_own() {
    let dir = tempfile::tempdir().unwrap();
    let store = open(dir.path());
    for number in 0..50 {
        write(&store, "a", &draw(&format!("trace t\n r{number} 1..2")));
    }
    assert_eq!(count(&store, "block"), 1);
    let large = sealed(draw("trace t\n large 1..2").remove(0), &vec![b'x'; 30_000_000]);
    write(&store, "a", std::slice::from_ref(&large));
    assert_eq!(count(&store, "block"), 2);
    assert_eq!(store.run(trace_id("t"), run_id("large")).unwrap().1, [large.raw]);
}

#[test]
fn of_two_versions_of_a_span_the_one_that_ends_later_wins() {
    let versions = draw("trace t\n r llm 1..5 out=1 model=early\n r llm 1..9 out=2 model=late");
    for order in [[0, 1], [1, 0]] {
        let dir = tempfile::tempdir().unwrap();
        let store = open(dir.path());
        for version in order {
            write(&store, "a", &versions[version..=version]);
        }
        let (row, records) = store.run(trace_id("t"), run_id("r")).unwrap();
        assert_eq!((row.end, row.model.as_deref()), (Some(UnixNanos(9)), Some("late")), "{order:?}");
        assert_eq!(records, [versions[1].raw.clone(), versions[0].raw.clone()], "the strongest first");
        let trace = store.trace(trace_id("t")).unwrap();
        assert_eq!((trace.latency_nanos, trace.usage.output), (Some(8), Some(2)), "{order:?}");
        assert_roll_ups(&store);
    }
}

#[test]
fn a_large_batch_over_known_runs_merges_each_of_them() {
    let dir = tempfile::tempdir().unwrap();
    let store = open(dir.path());
    let runs: Vec<_> = (0..20).map(|number| format!(" r{number} llm 1..2 in=1")).collect();
    let drawing = format!("trace t\n{}", runs.join("\n"));
    let first = draw(&drawing);
    write(&store, "a", &first);
    // Large enough for blocks that are compressed before the writer sees them.
    let payloads: Vec<_> = draw(&drawing.replace("1..2", "1..3"))
        .into_iter()
        .enumerate()
        .map(|(number, record)| sealed(record, &vec![b'a' + u8::try_from(number).unwrap(); 40_000]))
        .collect();
    assert_eq!(write(&store, "a", &payloads).changed_runs, 20);
    for (number, second) in payloads.into_iter().enumerate() {
        let (row, records) = store.run(trace_id("t"), run_id(&format!("r{number}"))).unwrap();
        assert_eq!((row.end, row.records), (Some(UnixNanos(3)), 2));
        assert_eq!(records, [second.raw, first[number].raw.clone()]);
    }
    assert_roll_ups(&store);
}

#[test]
fn what_is_not_there_is_not_found() {
    let dir = tempfile::tempdir().unwrap();
    let store = open(dir.path());
    write(&store, "a", &draw("trace t\n r 1..2"));
    let (t, r, gone) = (trace_id("t"), run_id("r"), trace_id("gone"));
    let missing = [
        ("trace", store.trace(gone).err()),
        ("trace", store.trace_with_runs(gone).err()),
        ("trace", store.run(gone, r).err()),
        ("trace", store.visit_records(gone, |_, _| true).err()),
        ("trace", store.attachments(gone, r).err()),
        ("run", store.run(t, run_id("gone")).err()),
        ("run", store.trace_of_run(run_id("gone")).err()),
        ("attachment", store.attachment(t, r, "gone").err()),
        ("source", store.source(SourceId(99)).err()),
        ("source", store.remove_source(SourceId(99)).err()),
    ];
    for (expected, error) in missing {
        assert!(
            matches!(&error, Some(Error::NotFound { what, .. }) if *what == expected),
            "{expected}: {error:?}"
        );
    }
    assert_eq!(store.attachments(t, r).unwrap(), []);
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
        severity: Severity::Rejected,
        line: Some(1),
        offset: None,
        path: None,
        code: "c".into(),
        message: "m".into(),
        excerpt: "e".into(),
    };
    let warning = RejectRow { severity: Severity::Warning, line: Some(2), ..reject.clone() };
    store.note_warnings(id, vec![warning.clone(); 2]).unwrap();
    store.add_rejects(id, vec![reject.clone(); 10_005]).unwrap();
    store.note_warnings(id, vec![warning.clone()]).unwrap();
    store.add_rejects(id, vec![reject.clone()]).unwrap();
    let page = store.rejects(&[id], Severity::Rejected, 9_999, 10).unwrap();
    assert_eq!((page.rows.len(), page.rejected, page.warnings), (1, 10_006, 3));
    assert_eq!(page.rows[0].2, reject);
    let page = store.rejects(&[id], Severity::Warning, 1, 10).unwrap();
    assert_eq!(page.rows.iter().map(|(_, _, row)| row).collect::<Vec<_>>(), [&warning, &warning]);
    store.clear_rejects(id).unwrap();
    let page = store.rejects(&[], Severity::Warning, 0, 10).unwrap();
    assert_eq!((page.rows.len(), page.rejected, page.warnings), (0, 0, 0));
    store.set_setting("k", "v".to_owned()).unwrap();
    assert_eq!(store.setting("k").unwrap().as_deref(), Some("v"));
    store.add_recent_file("old", UnixNanos(1)).unwrap();
    store.add_recent_file("new", UnixNanos(2)).unwrap();
    assert_eq!(store.recent_files(1).unwrap(), [("new".to_owned(), UnixNanos(2))]);
    assert_eq!(store.traces(&TraceQuery::default()).unwrap().total, 0);
}
