//! Neither order, repetition, batches nor restarts show in the library.
//!
//! A run is named in at most one trace here: span ids are unique only within a trace, so a record that names no
//! trace and whose run or parent exists in several has no single right home.

use std::slice;

use model::{Cost, MetadataUsage, Operation, RunRecord, RunType, UnixNanos};
use proptest::{collection::vec, option, prelude::*};
use testkit::{record, run_id, sealed, tokens, with_attachment};

use crate::support::{assert_roll_ups, dump, open, write};

const RUNS: usize = 8;

fn any_record() -> impl Strategy<Value = RunRecord> {
    let what = (0..RUNS, any::<bool>(), 0..3_usize, option::of(0..RUNS + 1), option::of(0..7_usize));
    let times = (option::of(0..6_i64), option::of(0..6_i64), any::<bool>());
    let labels = (option::of(0..3_u8), option::of(0..3_u8), option::of(0..2_u8), option::of(0..50_u64));
    let file = option::of((0..2_u8, 0..3_u8));
    let cost = option::of((0..3_u8, 0..4_i64));
    (what, times, labels, file, cost).prop_map(
        |(
            (run, named, operation, parent, kind),
            (start, end, failed),
            (project, thread, model, used),
            file,
            cost,
        )| {
            let agents = [None, Some("subagent"), Some("root")];
            let operation = [Operation::Create, Operation::Whole, Operation::Update][operation];
            let trace = ["t0", "t1"][run % 2];
            let mut drawn = record(named.then_some(trace), &format!("r{run}"), operation);
            let fields = &mut drawn.fields;
            fields.parent_run_id = parent.map(|parent| run_id(&format!("r{parent}")));
            fields.run_type = kind.map(|kind| if kind > 3 { RunType::Llm } else { RunType::ALL[kind] });
            fields.start = start.map(UnixNanos);
            fields.end = end.map(UnixNanos);
            fields.agent.kind = agents[usize::from(project.unwrap_or(0))].map(str::to_owned);
            fields.error = (failed && used.is_some()).then(|| "boom".to_owned());
            fields.project = project.map(|project| format!("p{project}"));
            fields.thread = thread.map(|thread| format!("th{thread}"));
            fields.model = model.map(|model| format!("m{model}"));
            fields.name = model.map(|_| format!("name of {run} at {start:?}"));
            fields.input_preview = start.map(|start| format!("in {run} {start}"));
            if let Some((user, print)) = cost {
                fields.user = (user > 0).then(|| format!("u{user}"));
                fields.metadata_usage =
                    (print > 0).then_some(MetadataUsage { print: print / 2, is_only: print % 2 == 1 });
            }
            if let Some(used) = used {
                fields.usage = tokens(used, used / 2);
                fields.usage.cache_read = Some(used / 3).filter(|cached| *cached > 0);
                fields.cost.total = (used % 3 == 0).then_some(Cost { pico_usd: 7 });
                fields.tags = ["a", "b"]
                    .iter()
                    .take(usize::try_from(used % 3).unwrap())
                    .map(|tag| (*tag).to_owned())
                    .collect();
                fields.labels =
                    vec![("env".to_owned(), (if used % 2 == 0 { "prod" } else { "test" }).to_owned())];
            }
            let drawn = sealed(drawn, b"");
            match file {
                Some((name, content)) => with_attachment(drawn, &format!("file{name}"), &[content]),
                None => drawn,
            }
        },
    )
}

fn library(batches: &[&[RunRecord]], reopen: bool) -> String {
    let dir = tempfile::tempdir().unwrap();
    let mut store = open(dir.path());
    for batch in batches {
        write(&store, "a", batch);
        if reopen {
            drop(store);
            store = open(dir.path());
        }
    }
    assert_roll_ups(&store);
    dump(&store)
}

/// A run that names itself as its parent is neither around itself nor beside itself, whatever was written of it before.
#[test]
fn a_run_that_is_its_own_parent_does_not_inherit_from_itself() {
    let model_call = |start: i64, operation| {
        let mut drawn = record(Some("t0"), "r0", operation);
        drawn.fields.parent_run_id = Some(run_id("r0"));
        drawn.fields.run_type = Some(RunType::Llm);
        drawn.fields.start = Some(UnixNanos(start));
        drawn.fields.usage = tokens(5, 2);
        drawn.fields.metadata_usage = Some(MetadataUsage { print: 1, is_only: true });
        sealed(drawn, b"")
    };
    // The one that describes the run decides when it started.
    let update = model_call(1, Operation::Update);
    let create = model_call(5, Operation::Create);
    assert_eq!(
        library(&[slice::from_ref(&update), slice::from_ref(&create)], false),
        library(&[&[create], &[update]], false)
    );
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn order_repetition_batches_and_restarts_do_not_show(
        (records, shuffled) in vec(any_record(), 1..14).prop_flat_map(|records| {
            let twice = [records.clone(), records.clone()].concat();
            (Just(records), Just(twice).prop_shuffle())
        }),
        size in 1..6_usize,
        reopen in any::<bool>(),
    ) {
        let batches: Vec<&[RunRecord]> = shuffled.chunks(size).collect();
        prop_assert_eq!(library(&[&records], false), library(&batches, reopen));
    }

    #[test]
    fn a_removed_source_leaves_what_the_other_one_gives(records in vec(any_record(), 1..14)) {
        // A run goes with the source that delivered it first, so each run comes from one source.
        let (kept, removed): (Vec<_>, Vec<_>) =
            records.into_iter().partition(|record| record.run_id.as_bytes()[1] % 4 < 2);
        let dir = tempfile::tempdir().unwrap();
        let store = open(dir.path());
        write(&store, "removed", &removed);
        write(&store, "kept", &kept);
        store.remove_source(crate::support::source(&store, "removed")).unwrap();
        assert_roll_ups(&store);
        prop_assert_eq!(dump(&store), library(&[&kept], false));
    }
}

/// A trace behind another one is in no thread; once it stands for itself again, it is in the one that its runs name.
#[test]
fn a_trace_that_is_shown_again_is_in_its_thread() {
    let root = |trace: &str, run: &str, dialect: &str, name: &str, operation| {
        let mut drawn = record(Some(trace), run, operation);
        drawn.fields.run_type = Some(RunType::Chain);
        drawn.fields.start = Some(UnixNanos(1));
        drawn.fields.name = Some(name.to_owned());
        drawn.fields.project = Some("project".to_owned());
        drawn.fields.dialect = Some(dialect.to_owned());
        sealed(drawn, b"")
    };
    let mut turn = record(Some("spans"), "r1", Operation::Whole);
    turn.fields.parent_run_id = Some(run_id("r0"));
    turn.fields.thread = Some("thread".to_owned());
    let spans = [root("spans", "r0", "langsmith", "agent", Operation::Whole), sealed(turn, b"")];
    let own = [root("own", "r2", "langsmith_run", "agent", Operation::Create)];
    let renamed = [root("own", "r2", "langsmith_run", "other", Operation::Update)];

    assert_eq!(library(&[&spans, &own, &renamed], true), library(&[&renamed, &own, &spans], false));
}
