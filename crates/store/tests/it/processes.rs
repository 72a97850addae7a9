//! Several processes share one library; each `Store` here stands for one of them.

use std::sync::Barrier;

use store::{Store, TraceQuery};
use testkit::{draw, run_id, trace_id};

use crate::support::{assert_roll_ups, dump, open, write};

/// Writes the drawings in turn through `stores` and compares the library with one that a single process wrote.
fn check_in_turn(drawings: &[&str]) {
    let shared = tempfile::tempdir().unwrap();
    let alone = tempfile::tempdir().unwrap();
    let stores = [open(shared.path()), open(shared.path())];
    let single = open(alone.path());
    for (turn, drawing) in drawings.iter().enumerate() {
        write(&stores[turn % 2], "a", &draw(drawing));
        write(&single, "a", &draw(drawing));
        for store in &stores {
            assert_eq!(dump(store), dump(&single), "after turn {turn}");
        }
    }
    assert_roll_ups(&stores[0]);
}

#[test]
fn two_processes_write_one_library_at_the_same_time() {
    let dir = tempfile::tempdir().unwrap();
    let stores = [open(dir.path()), open(dir.path())];
    std::thread::scope(|scope| {
        for (number, store) in stores.iter().enumerate() {
            scope.spawn(move || {
                for run in 0..20 {
                    write(
                        store,
                        "a",
                        &draw(&format!("trace t\n s{number}r{run} llm 1..2 in=1 out=1 project=p")),
                    );
                }
            });
        }
    });
    assert_eq!(stores[0].trace(trace_id("t")).unwrap().runs, 40);
    assert_roll_ups(&stores[1]);
}

#[test]
fn two_processes_add_to_one_trace_in_turn() {
    check_in_turn(&[
        "trace t\n top llm 2..9 project=p thread=talk",
        "trace t\n inner llm 3..4 parent=top in=3 out=4 model=new",
        "trace t\n top llm 2..12 in=5 out=6 project=q",
        "trace t\n early 1..2\n inner llm 3..5 parent=top op=update",
        "trace t\n top llm 2..12 in=7 op=update output=done",
    ]);
}

#[test]
fn two_processes_find_each_others_runs_a_home_in_turn() {
    check_in_turn(&[
        "trace ?\n leaf 3..4 parent=middle",
        "trace ?\n middle 2..5 parent=top thread=talk",
        "trace u\n other 1..2",
        "trace t\n top 1..6",
        "trace ?\n leaf 3..9 parent=middle op=update",
        "trace u\n middle 2..5 op=update",
    ]);
}

#[test]
fn a_payload_written_by_one_process_is_kept_when_the_other_adds_to_its_block() {
    let dir = tempfile::tempdir().unwrap();
    let stores = [open(dir.path()), open(dir.path())];
    let drawn: Vec<_> = (0..12).map(|turn| draw(&format!("trace t\n r{turn} 1..2"))).collect();
    for (turn, records) in drawn.iter().enumerate() {
        write(&stores[turn % 2], "a", records);
    }
    for (turn, records) in drawn.iter().enumerate() {
        let (_, raw) = stores[0].run(trace_id("t"), run_id(&format!("r{turn}"))).unwrap();
        assert_eq!(raw, [records[0].raw.clone()]);
    }
}

#[test]
fn a_new_library_may_be_created_by_several_processes_at_the_same_instant() {
    const PROCESSES: usize = 4;
    for _ in 0..8 {
        let dir = tempfile::tempdir().unwrap();
        let start = Barrier::new(PROCESSES);
        let stores: Vec<Store> = std::thread::scope(|scope| {
            let opening: Vec<_> = (0..PROCESSES)
                .map(|_| {
                    scope.spawn(|| {
                        start.wait();
                        open(dir.path())
                    })
                })
                .collect();
            opening.into_iter().map(|thread| thread.join().unwrap()).collect()
        });
        for (number, store) in stores.iter().enumerate() {
            assert_eq!(store.notice(), None);
            write(store, "a", &draw(&format!("trace t{number}\n r 1..2")));
        }
        assert_eq!(stores[0].traces(&TraceQuery::default()).unwrap().total, 4);
    }
}

#[test]
fn a_damaged_library_is_kept_aside_once_by_processes_that_find_it_together() {
    let dir = tempfile::tempdir().unwrap();
    std::fs::write(dir.path().join("library.sqlite"), vec![b'x'; 8192]).unwrap();
    let start = Barrier::new(3);
    let stores: Vec<Store> = std::thread::scope(|scope| {
        let open = || {
            start.wait();
            open(dir.path())
        };
        let opening = [scope.spawn(open), scope.spawn(open), scope.spawn(open)];
        opening.map(|thread| thread.join().unwrap()).into()
    });
    assert_eq!(stores.iter().filter(|store| store.notice().is_some()).count(), 1);
    write(&stores[0], "a", &draw("trace t\n r 1..2"));
    assert_eq!(stores[2].trace(trace_id("t")).unwrap().runs, 1);
}
