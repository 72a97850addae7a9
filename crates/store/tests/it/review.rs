//! Queues, datasets and shares.

use std::collections::BTreeMap;

use model::UnixNanos;
use proptest::{collection::vec, prelude::*};
use store::{
    AsOf, AttachmentChange, Comparison, DatasetChange, DatasetQuery, Error, ExampleChange, ExampleQuery,
    ItemMove, ItemSelection, NewDataset, NewExample, NewExampleAttachment, NewProject, NewQueue,
    NewQueueItem, Patch, ProjectQuery, QueueChange, QueueItem, QueueItemQuery, QueueKind, QueueQuery,
    QueueSubject, Shared, SortDatasets, SortExamples, SortQueues, Store, Written,
};
use testkit::{draw, id_name, run_id, trace_id};
use uuid::Uuid;

use crate::support::{open, source, write};

/// A time; the library keeps versions in whole microseconds.
fn at(micros: i64) -> UnixNanos {
    UnixNanos(micros * 1000)
}

fn id(name: &str) -> Uuid {
    run_id(name).0
}

fn name_of(id: Uuid) -> String {
    id_name(id.as_bytes())
}

fn library(drawing: &str) -> (tempfile::TempDir, Store) {
    let dir = tempfile::tempdir().unwrap();
    let store = open(dir.path());
    write(&store, "a", &draw(drawing));
    (dir, store)
}

fn assert_not_found<T: std::fmt::Debug>(result: Result<T, Error>, expected: &str) {
    assert!(matches!(&result, Err(Error::NotFound { what, .. }) if *what == expected), "{result:?}");
}

fn assert_exists<T: std::fmt::Debug>(result: Result<T, Error>) {
    assert!(matches!(&result, Err(Error::Exists { .. })), "{result:?}");
}

fn assert_invalid<T: std::fmt::Debug>(result: Result<T, Error>) {
    assert!(matches!(&result, Err(Error::Invalid(_))), "{result:?}");
}

// ---- queues ----

const THREE_RUNS: &str = "trace t\n a 1..9\n  b 2..3\ntrace u\n c 4..5 project=other thread=talk";

/// A queue `q` with these runs, added one after the other at 1, 2, ….
fn queue_of(runs: &[&str], settings: &str) -> (tempfile::TempDir, Store) {
    let (dir, store) = library(THREE_RUNS);
    let new = NewQueue {
        id: Some(id("q")),
        name: "q".to_owned(),
        settings: Some(settings.to_owned()),
        ..NewQueue::default()
    };
    store.create_queue(new, at(0)).unwrap();
    for (run, time) in runs.iter().zip(1..) {
        store.add_queue_items(id("q"), vec![run_id(run).into()], at(time)).unwrap();
    }
    (dir, store)
}

fn item_name(item: &QueueItem) -> String {
    match &item.subject {
        QueueSubject::Run { run_id, .. } => id_name(run_id.as_bytes()),
        QueueSubject::Thread { thread, .. } => format!("thread {thread}"),
    }
}

/// Names of the items that fit, in order.
fn items(store: &Store, query: QueueItemQuery) -> String {
    let page = store.queue_items(id("q"), &QueueItemQuery { limit: 100, ..query }).unwrap();
    assert_eq!(page.total, page.rows.len() as u64);
    page.rows.iter().map(item_name).collect::<Vec<_>>().join(" ")
}

fn open_items(store: &Store) -> String {
    items(store, QueueItemQuery { completed: Some(false), ..QueueItemQuery::default() })
}

fn item_of(store: &Store, run: &str) -> QueueItem {
    let query = QueueItemQuery { limit: 100, ..QueueItemQuery::default() };
    let page = store.queue_items(id("q"), &query).unwrap();
    page.rows.into_iter().find(|item| item_name(item) == run).unwrap()
}

#[test]
fn a_queue_is_made_once_and_a_present_null_erases() {
    let (_dir, store) = queue_of(&["a"], "{}");
    assert_exists(store.create_queue(
        NewQueue { id: Some(id("q")), name: "again".to_owned(), ..NewQueue::default() },
        at(1),
    ));
    let change = QueueChange {
        name: Some("renamed".to_owned()),
        description: Patch::Set("what for".to_owned()),
        instructions: Patch::Set("how".to_owned()),
        rubric: Patch::Set(r#"[{"feedback_key":"k"}]"#.to_owned()),
        default_dataset: Patch::Set(id("d")),
        ..QueueChange::default()
    };
    store.change_queue(id("q"), change, at(5)).unwrap();
    let before = store.queue(id("q")).unwrap();
    assert_eq!((before.name.as_str(), before.description.as_deref()), ("renamed", Some("what for")));
    assert_eq!((before.created, before.modified, before.open, before.total), (at(0), at(5), 1, 1));
    let erase = QueueChange {
        instructions: Patch::Erase,
        rubric: Patch::Erase,
        default_dataset: Patch::Erase,
        ..QueueChange::default()
    };
    store.change_queue(id("q"), erase, at(6)).unwrap();
    let after = store.queue(id("q")).unwrap();
    assert_eq!((after.instructions, after.default_dataset, after.rubric.as_str()), (None, None, "[]"));
    assert_eq!(after.description, before.description);
    store.delete_queue(id("q")).unwrap();
    assert_not_found(store.queue(id("q")), "queue");
    assert_not_found(store.change_queue(id("q"), QueueChange::default(), at(7)), "queue");
    assert_not_found(store.delete_queue(id("q")), "queue");
    assert!(store.queues_of_run(run_id("a")).unwrap().is_empty());
}

#[test]
fn queues_are_found_by_what_is_said_about_them() {
    let (_dir, store) = library(THREE_RUNS);
    for (name, kind, dataset, created) in [
        ("100% sure", QueueKind::Single, Some(id("d")), 3),
        ("100 sure", QueueKind::Pairwise, None, 1),
        ("other", QueueKind::Single, None, 2),
    ] {
        let new = NewQueue {
            id: Some(id(name)),
            name: name.to_owned(),
            kind,
            default_dataset: dataset,
            created: Some(at(created)),
            ..NewQueue::default()
        };
        store.create_queue(new, at(9)).unwrap();
    }
    let check = |query: QueueQuery, expected: &[&str]| {
        let found = store.queues(&QueueQuery { limit: query.limit.max(2), ..query }).unwrap();
        assert_eq!(found.iter().map(|queue| queue.name.as_str()).collect::<Vec<_>>(), expected);
    };
    let query = QueueQuery::default;
    check(QueueQuery { limit: 9, ..query() }, &["100 sure", "other", "100% sure"]);
    check(QueueQuery { sort: SortQueues::Name, descending: true, ..query() }, &["other", "100% sure"]);
    check(QueueQuery { offset: 2, ..query() }, &["100% sure"]);
    check(QueueQuery { name: Some("other".to_owned()), ..query() }, &["other"]);
    check(QueueQuery { name_contains: Some("0% S".to_owned()), ..query() }, &["100% sure"]);
    check(QueueQuery { kind: Some(QueueKind::Pairwise), ..query() }, &["100 sure"]);
    check(QueueQuery { default_dataset: Some(id("d")), ..query() }, &["100% sure"]);
    check(QueueQuery { ids: vec![id("other"), id("gone")], ..query() }, &["other"]);
}

#[test]
fn runs_and_threads_wait_in_the_order_in_which_they_were_added() {
    let (_dir, store) = queue_of(&["b"], "{}");
    let other =
        store.find_projects(&store::ProjectQuery { name: Some("other".to_owned()), ..Default::default() });
    let project = other.unwrap()[0].id;
    let talk = NewQueueItem {
        subject: QueueSubject::Thread { project, thread: "talk".to_owned() },
        source_example: Some(id("e")),
    };
    let batch = vec![run_id("c").into(), talk.clone(), run_id("a").into(), run_id("b").into()];
    let added = store.add_queue_items(id("q"), batch, at(5)).unwrap();
    assert_eq!(added.iter().map(|item| item.added).collect::<Vec<_>>(), [at(5), at(5), at(5), at(1)]);
    assert_eq!(open_items(&store), "b c thread talk a");
    assert_eq!(items(&store, QueueItemQuery { backward: true, ..Default::default() }), "a thread talk c b");
    assert_eq!(items(&store, QueueItemQuery { threads: Some(true), ..Default::default() }), "thread talk");

    let run = item_of(&store, "c");
    let subject = QueueSubject::Run { run_id: run_id("c"), trace_id: Some(trace_id("u")) };
    assert_eq!((run.subject, run.project, run.start), (subject, Some(project), Some(UnixNanos(4))));
    let thread = item_of(&store, "thread talk");
    assert_eq!((thread.subject, thread.source_example), (talk.subject, Some(id("e"))));

    let unknown = vec![run_id("a").into(), run_id("unknown").into()];
    assert_not_found(store.add_queue_items(id("q"), unknown, at(6)), "run");
    let nobody = QueueSubject::Thread { project, thread: "nobody".to_owned() };
    let nobody = NewQueueItem { subject: nobody, source_example: None };
    assert_not_found(store.add_queue_items(id("q"), vec![nobody], at(6)), "thread");
    assert_not_found(store.add_queue_items(id("none"), vec![], at(6)), "queue");
    assert_eq!(store.queues_of_run(run_id("c")).unwrap()[0].name, "q");
}

#[test]
fn an_item_is_at_its_place_among_the_open_ones_until_it_is_moved() {
    let (_dir, store) = queue_of(&["a", "b", "c"], "{}");
    let place = |index| store.open_queue_item_at(id("q"), index).map(|item| item_name(&item));
    store.complete_queue_item(item_of(&store, "a").id, "me".to_owned(), at(10)).unwrap();
    assert_eq!((place(0).unwrap(), place(1).unwrap()), ("b".to_owned(), "c".to_owned()));
    assert_not_found(place(2), "queue item");
    let b = item_of(&store, "b");
    let moved = store.move_queue_item(b.id, ItemMove { order: Some(at(20)), reviewed: None }).unwrap();
    assert_eq!((moved.added, moved.order), (at(2), at(20)));
    assert_eq!(open_items(&store), "c b");
    assert_eq!(store.queue_item_position(b.id).unwrap(), 1);
    assert_not_found(store.move_queue_item(id("none"), ItemMove::default()), "queue item");
    let page = QueueItemQuery { offset: 1, limit: 1, ..QueueItemQuery::default() };
    let page = store.queue_items(id("q"), &page).unwrap();
    assert_eq!((item_name(&page.rows[0]), page.rows.len(), page.total), ("c".to_owned(), 1, 3));
}

#[test]
fn an_item_is_complete_when_enough_reviewers_are_done_and_can_be_opened_again() {
    let (_dir, store) = queue_of(&["a", "b"], r#"{"num_reviewers_per_item": 2}"#);
    let a = item_of(&store, "a").id;
    let viewed = store.view_queue_item(a, "ann".to_owned(), at(5)).unwrap();
    assert_eq!(viewed.viewed, Some(("ann".to_owned(), at(5))));
    let done = store.complete_queue_item(a, "ann".to_owned(), at(6)).unwrap();
    assert_eq!((done.completed, done.viewed, done.reviewed), (false, None, Some(at(6))));
    assert!(!store.complete_queue_item(a, "ann".to_owned(), at(7)).unwrap().completed);
    let open = || QueueItemQuery { completed: Some(false), ..QueueItemQuery::default() };
    assert_eq!(items(&store, QueueItemQuery { not_done_by: Some("ann".to_owned()), ..open() }), "b");
    assert_eq!(items(&store, QueueItemQuery { done_by: Some("ann".to_owned()), ..open() }), "a");

    let done = store.complete_queue_item(a, "bob".to_owned(), at(8)).unwrap();
    assert_eq!(
        (done.completed_at, done.completed_by),
        (Some(at(8)), vec!["ann".to_owned(), "bob".to_owned()])
    );
    let count = |start, end| store.queue_counts(id("q"), start, end).unwrap().completed;
    assert_eq!((count(None, None), count(Some(at(8)), Some(at(9))), count(None, Some(at(8)))), (1, 1, 0));
    let counts = store.queue_counts(id("q"), None, None).unwrap();
    assert_eq!((counts.open, counts.total), (1, 2));

    let again = store.reopen_queue_item(a, Some("ann".to_owned())).unwrap();
    assert_eq!(
        (again.completed, again.completed_at, again.completed_by),
        (false, None, vec!["bob".to_owned()])
    );
    assert!(store.reopen_queue_item(a, None).unwrap().completed_by.is_empty());
    assert_eq!(open_items(&store), "a b");
    assert_not_found(store.complete_queue_item(id("none"), "ann".to_owned(), at(9)), "queue item");
    assert_not_found(store.reopen_queue_item(id("none"), None), "queue item");
    assert_not_found(store.view_queue_item(id("none"), "ann".to_owned(), at(9)), "queue item");
}

#[test]
fn items_are_removed_by_either_id_or_all_but_some() {
    let (_dir, store) = queue_of(&["a", "b", "c"], "{}");
    let remove = |selection| store.remove_queue_items(id("q"), selection).unwrap();
    assert_eq!(remove(ItemSelection::Of(vec![id("a"), item_of(&store, "b").id, id("none")])), 2);
    assert_eq!(open_items(&store), "c");
    store.add_queue_items(id("q"), vec![run_id("a").into(), run_id("b").into()], at(9)).unwrap();
    assert_eq!(remove(ItemSelection::AllExcept(vec![id("b"), item_of(&store, "c").id])), 1);
    assert_eq!(open_items(&store), "c b");
    assert_eq!(remove(ItemSelection::AllExcept(vec![])), 2);
    assert_eq!(store.queue(id("q")).unwrap().total, 0);
    assert!(store.queues_of_run(run_id("c")).unwrap().is_empty());
}

#[test]
fn a_queue_is_filled_with_the_roots_of_projects_and_an_item_outlives_its_run() {
    let (_dir, store) = queue_of(&["a"], "{}");
    let projects: Vec<Uuid> = store
        .find_projects(&store::ProjectQuery::default())
        .unwrap()
        .iter()
        .map(|project| project.id)
        .collect();
    assert_eq!(store.fill_queue(id("q"), projects.clone(), at(1)).unwrap(), 1);
    assert_eq!(store.fill_queue(id("q"), projects, at(2)).unwrap(), 0);
    assert_eq!(open_items(&store), "a c");
    store.remove_source(source(&store, "a")).unwrap();
    let item = item_of(&store, "c");
    assert_eq!((item.project, item.start), (None, None));
    write(&store, "a", &draw(THREE_RUNS));
    assert_eq!(item_of(&store, "c").start, Some(UnixNanos(4)));
}

#[test]
fn a_run_is_one_item_per_trace_even_when_its_trace_is_known_late() {
    let (_dir, store) = queue_of(&[], "{}");
    let add = |run: &str, trace: Option<&str>| {
        let subject = QueueSubject::Run { run_id: run_id(run), trace_id: trace.map(trace_id) };
        store.add_queue_items(id("q"), vec![NewQueueItem { subject, source_example: None }], at(1))
    };
    write(&store, "a", &draw("trace v\n same 1..2\ntrace w\n same 1..2\ntrace ?\n leaf 2..3 parent=top"));
    assert!(matches!(add("same", None), Err(Error::AmbiguousRun { count: 2, .. })));
    assert_not_found(add("same", Some("t")), "run");
    for trace in ["v", "w", "v"] {
        add("same", Some(trace)).unwrap();
    }
    let guessed = add("leaf", None).unwrap().remove(0);
    write(&store, "a", &draw("trace home\n top 0..9"));
    let settled = store.queue_item(guessed.id).unwrap();
    assert_ne!(settled.subject, guessed.subject);
    assert_eq!(
        settled.subject,
        QueueSubject::Run { run_id: run_id("leaf"), trace_id: Some(trace_id("home")) }
    );
    assert_eq!(add("leaf", None).unwrap(), [settled]);
    assert_eq!(open_items(&store), "same same leaf");
}

// ---- datasets ----

fn dataset() -> (tempfile::TempDir, Store) {
    let (dir, store) = library(THREE_RUNS);
    let new = NewDataset { id: Some(id("d")), name: "d".to_owned(), ..NewDataset::default() };
    store.create_dataset(new, at(0)).unwrap();
    (dir, store)
}

fn example(name: &str, inputs: &str) -> NewExample {
    NewExample { id: Some(id(name)), inputs: inputs.to_owned(), ..NewExample::default() }
}

fn file(name: &str, content: &str) -> NewExampleAttachment {
    NewExampleAttachment {
        name: name.to_owned(),
        mime_type: "text/plain".to_owned(),
        bytes: content.as_bytes().to_vec(),
    }
}

/// Writes examples whose inputs are `{}`.
fn create(store: &Store, names: &[&str], now: i64) -> Written {
    let examples = names.iter().map(|name| example(name, "{}")).collect();
    store.create_examples(id("d"), examples, at(now)).unwrap()
}

/// Names of the examples of `d` that fit, in order.
fn examples(store: &Store, query: ExampleQuery) -> String {
    let query = ExampleQuery { dataset: Some(id("d")), limit: 100, ..query };
    let found = store.examples(&query).unwrap();
    assert_eq!(store.count_examples(&query).unwrap(), found.len() as u64);
    found.iter().map(|example| name_of(example.id)).collect::<Vec<_>>().join(" ")
}

#[test]
fn a_dataset_is_found_by_id_name_and_metadata_and_its_name_is_its_own() {
    let (_dir, store) = dataset();
    let new = NewDataset {
        name: "chats".to_owned(),
        data_type: Some("chat".to_owned()),
        metadata: Some(r#"{"team": {"name": "x"}, "tags": [1, 2]}"#.to_owned()),
        ..NewDataset::default()
    };
    let chats = store.create_dataset(new.clone(), at(1)).unwrap();
    assert_exists(store.create_dataset(new, at(2)));
    let rename = DatasetChange { name: Some("d".to_owned()), ..DatasetChange::default() };
    assert_exists(store.change_dataset(chats, rename.clone(), at(2)));
    store.change_dataset(id("d"), rename, at(2)).unwrap();
    let check = |query: DatasetQuery, expected: &[&str]| {
        let found = store.datasets(&DatasetQuery { limit: 9, ..query }).unwrap();
        assert_eq!(found.iter().map(|dataset| dataset.name.as_str()).collect::<Vec<_>>(), expected);
    };
    let query = DatasetQuery::default;
    create(&store, &["e"], 5);
    check(query(), &["d", "chats"]);
    check(DatasetQuery { sort: SortDatasets::Name, ..query() }, &["chats", "d"]);
    check(DatasetQuery { sort: SortDatasets::Examples, descending: true, ..query() }, &["d", "chats"]);
    check(DatasetQuery { data_type: Some("chat".to_owned()), ..query() }, &["chats"]);
    check(DatasetQuery { name_contains: Some("HAT".to_owned()), ..query() }, &["chats"]);
    check(DatasetQuery { metadata: Some(r#"{"tags": [2]}"#.to_owned()), ..query() }, &["chats"]);
    check(DatasetQuery { metadata: Some(r#"{"tags": [3]}"#.to_owned()), ..query() }, &[]);
    check(DatasetQuery { ids: vec![id("d")], ..query() }, &["d"]);
    let erase = DatasetChange { metadata: Patch::Erase, ..DatasetChange::default() };
    store.change_dataset(chats, erase, at(3)).unwrap();
    let found = store.dataset_by_name("chats").unwrap();
    assert_eq!((found.id, found.metadata, found.created, found.modified), (chats, None, at(1), at(3)));
    assert_not_found(store.dataset_by_name("none"), "dataset");
    assert_not_found(store.change_dataset(id("none"), DatasetChange::default(), at(4)), "dataset");
}

#[test]
fn an_example_is_in_the_base_split_unless_others_are_named() {
    let (_dir, store) = dataset();
    let check = |metadata: Option<&str>, splits: Option<&[&str]>, expected: &str| {
        let new = NewExample {
            metadata: metadata.map(str::to_owned),
            splits: splits.map(|splits| splits.iter().map(|&split| split.to_owned()).collect()),
            inputs: "{}".to_owned(),
            ..NewExample::default()
        };
        let written = store.create_examples(id("d"), vec![new], at(1)).unwrap();
        assert_eq!(store.example(written.ids[0], None).unwrap().metadata, expected);
    };
    check(None, None, r#"{"dataset_split":["base"]}"#);
    check(Some("null"), None, r#"{"dataset_split":["base"]}"#);
    check(Some(r#"{"n": 1e400}"#), None, r#"{"n":1e400,"dataset_split":["base"]}"#);
    check(Some(r#"{"dataset_split": ["test"]}"#), None, r#"{"dataset_split": ["test"]}"#);
    check(Some(r#"{"dataset_split": ["test"]}"#), Some(&["a\"b", "c"]), r#"{"dataset_split":["a\"b","c"]}"#);
    assert_eq!(store.dataset_splits(id("d"), None).unwrap(), ["a\"b", "base", "c", "test"]);
    assert_invalid(store.create_examples(id("d"), vec![example("e", "{")], at(2)));
}

#[test]
fn an_example_is_changed_in_parts_and_keeps_its_splits() {
    let (_dir, store) = dataset();
    let new = NewExample {
        outputs: Some("1".to_owned()),
        metadata: Some(r#"{"k":1}"#.to_owned()),
        splits: Some(vec!["train".to_owned()]),
        source_run: Some(run_id("a")),
        created: Some(at(1)),
        ..example("e", "{}")
    };
    store.create_examples(id("d"), vec![new], at(5)).unwrap();
    let change = ExampleChange { metadata: Patch::Set("{}".to_owned()), ..ExampleChange::of(id("e")) };
    let written = store.change_examples(Some(id("d")), vec![change], at(9)).unwrap();
    let changed = store.example(id("e"), None).unwrap();
    assert_eq!(
        (changed.outputs.as_deref(), changed.metadata.as_str()),
        (Some("1"), r#"{"dataset_split":["train"]}"#)
    );
    assert_eq!((changed.created, changed.modified, written.as_of), (at(1), at(9), at(9)));
    assert_eq!((changed.source_run, store.dataset(id("d")).unwrap().modified), (Some(run_id("a")), at(9)));
    let erase = ExampleChange { outputs: Patch::Erase, ..ExampleChange::of(id("e")) };
    store.change_examples(None, vec![erase.clone()], at(10)).unwrap();
    assert_eq!(store.example(id("e"), None).unwrap().outputs, None);

    assert_exists(store.create_examples(id("d"), vec![example("e", "{}")], at(11)));
    assert_exists(store.change_examples(Some(id("elsewhere")), vec![erase.clone()], at(11)));
    assert_invalid(store.change_examples(None, vec![erase.clone(), erase], at(11)));
    assert_not_found(store.change_examples(None, vec![ExampleChange::of(id("none"))], at(11)), "example");
    assert_not_found(store.delete_examples(vec![id("none")], at(11)), "example");
    assert_not_found(store.create_examples(id("none"), vec![], at(11)), "dataset");
    assert_eq!(store.dataset_versions(id("d"), 0, 9).unwrap().len(), 3);
}

#[test]
fn examples_are_listed_by_what_they_say_and_when() {
    let (_dir, store) = dataset();
    let new = vec![
        NewExample {
            metadata: Some(r#"{"k": {"l": 1}, "m": 2}"#.to_owned()),
            ..example("z", r#"{"q":"Salt"}"#)
        },
        NewExample { outputs: Some(r#"{"a":"50%"}"#.to_owned()), ..example("a", r#"{"q":"pepper"}"#) },
    ];
    store.create_examples(id("d"), new, at(1)).unwrap();
    create(&store, &["m"], 2);
    store.change_examples(None, vec![ExampleChange::of(id("z"))], at(3)).unwrap();
    let all = ExampleQuery::default;
    assert_eq!(examples(&store, all()), "z a m");
    assert_eq!(examples(&store, ExampleQuery { sort: SortExamples::Modified, ..all() }), "z m a");
    assert_eq!(examples(&store, ExampleQuery { sort: SortExamples::Created, ..all() }), "m z a");
    assert_eq!(examples(&store, ExampleQuery { sort: SortExamples::Id, ..all() }), "a m z");
    assert_eq!(examples(&store, ExampleQuery { ids: vec![id("m"), id("a")], ..all() }), "a m");
    assert_eq!(
        examples(&store, ExampleQuery { metadata: Some(r#"{"k":{"l":1}}"#.to_owned()), ..all() }),
        "z"
    );
    assert_eq!(examples(&store, ExampleQuery { texts: vec!["salt".to_owned()], ..all() }), "z");
    assert_eq!(
        examples(&store, ExampleQuery { texts: vec!["pepper".to_owned(), "0%".to_owned()], ..all() }),
        "a"
    );
    assert_eq!(examples(&store, ExampleQuery { as_of: Some(AsOf::Time(at(1))), ..all() }), "z a");
    let window = ExampleQuery { dataset: Some(id("d")), offset: 1, limit: 1, ..all() };
    assert_eq!(store.examples(&window).unwrap()[0].id, id("a"));
    assert_eq!(store.count_examples(&window).unwrap(), 3);
    let mut random: Vec<_> = examples(&store, ExampleQuery { sort: SortExamples::Random, ..all() })
        .split(' ')
        .map(str::to_owned)
        .collect();
    random.sort();
    assert_eq!(random, ["a", "m", "z"]);
}

#[test]
fn versions_have_tags_and_differ() {
    let (_dir, store) = dataset();
    create(&store, &["a", "b", "c"], 1);
    store.tag_dataset(id("d"), at(1), "first".to_owned()).unwrap();
    store.change_examples(None, vec![ExampleChange::of(id("a"))], at(2)).unwrap();
    store.delete_examples(vec![id("b")], at(3)).unwrap();
    create(&store, &["e"], 3);
    let tag = |tag: &str| AsOf::Tag(tag.to_owned());
    let diff = store.dataset_diff(id("d"), &tag("first"), &tag("latest")).unwrap();
    assert_eq!((diff.added, diff.modified, diff.removed), (vec![id("e")], vec![id("a")], vec![id("b")]));
    assert_eq!(examples(&store, ExampleQuery { as_of: Some(tag("first")), ..Default::default() }), "a b c");
    let by_id =
        ExampleQuery { ids: vec![id("b")], as_of: Some(tag("first")), limit: 9, ..Default::default() };
    assert_eq!(store.examples(&by_id).unwrap().len(), 1);
    assert_not_found(store.example(id("b"), None), "example");
    assert_eq!(store.example(id("b"), Some(&tag("first"))).unwrap().modified, at(1));

    let versions = || store.dataset_versions(id("d"), 0, 9).unwrap();
    // Two changes at 3 are two versions.
    let shown: Vec<_> =
        versions().into_iter().map(|version| (version.as_of, version.tags.join(" "))).collect();
    let expected = [(4, "latest"), (3, ""), (2, ""), (1, "first")];
    assert_eq!(shown, expected.map(|(time, tags)| (at(time), tags.to_owned())));
    // A tag moves, and a time between two versions means the earlier one.
    let moved = store.tag_dataset(id("d"), UnixNanos(2_999), "first".to_owned()).unwrap();
    assert_eq!((moved.as_of, moved.tags), (at(2), vec!["first".to_owned()]));
    assert!(versions()[3].tags.is_empty());
    assert_eq!(store.dataset_version(id("d"), &tag("first")).unwrap().as_of, at(2));
    assert_eq!(store.dataset_versions(id("d"), 1, 1).unwrap()[0].as_of, at(3));
    assert_not_found(store.dataset_version(id("d"), &AsOf::Time(at(0))), "dataset version");
    assert_not_found(store.dataset_version(id("d"), &tag("none")), "dataset version");
    assert_invalid(store.tag_dataset(id("d"), at(1), "latest".to_owned()));
}

#[test]
fn examples_are_put_into_splits_and_taken_out() {
    let (_dir, store) = dataset();
    create(&store, &["a", "b"], 1);
    let both = vec![id("a"), id("b")];
    store.add_to_split(id("d"), "test".to_owned(), vec![id("a")], at(2)).unwrap();
    store.add_to_split(id("d"), "test".to_owned(), both.clone(), at(3)).unwrap();
    let in_split = |split: &str, as_of: i64| {
        let as_of = Some(AsOf::Time(at(as_of)));
        examples(&store, ExampleQuery { splits: vec![split.to_owned()], as_of, ..Default::default() })
    };
    assert_eq!((in_split("test", 2), in_split("test", 3)), ("a".to_owned(), "a b".to_owned()));
    // Who was in it already was not written again.
    assert_eq!(store.example(id("a"), None).unwrap().modified, at(2));
    store.remove_from_split(id("d"), "base".to_owned(), both, at(4)).unwrap();
    assert_eq!(store.dataset_splits(id("d"), None).unwrap(), ["test"]);
    assert_eq!(store.dataset_splits(id("d"), Some(&AsOf::Time(at(1)))).unwrap(), ["base"]);
    store.remove_from_split(id("d"), "base".to_owned(), vec![id("a")], at(5)).unwrap();
    assert_eq!(store.dataset_versions(id("d"), 0, 9).unwrap().len(), 4);
    assert_not_found(store.add_to_split(id("d"), "test".to_owned(), vec![id("none")], at(6)), "example");
}

#[test]
fn files_are_kept_renamed_added_and_never_lost_for_older_versions() {
    let (_dir, store) = dataset();
    let new = NewExample {
        attachments: vec![file("a", "A"), file("b", "B"), file("c", "C")],
        ..example("e", "{}")
    };
    store.create_examples(id("d"), vec![new], at(1)).unwrap();
    let files = |as_of: i64| {
        let as_of = AsOf::Time(at(as_of));
        let example = store.example(id("e"), Some(&as_of)).unwrap();
        let content = |name: &str| store.example_attachment(id("e"), Some(&as_of), name).unwrap().1;
        let shown = example.attachments.iter().map(|attachment| {
            let content = String::from_utf8(content(&attachment.name)).unwrap();
            assert_eq!(attachment.bytes, content.len() as u64);
            format!("{}={content}", attachment.name)
        });
        shown.collect::<Vec<_>>().join(" ")
    };
    let texts = |names: &[&str]| names.iter().map(|&name| name.to_owned()).collect::<Vec<_>>();
    let change = |retain: &[&str], rename: &[(&str, &str)], add: &[&str], time| {
        let attachments = AttachmentChange::Replace {
            retain: texts(retain),
            rename: rename.iter().map(|&(old, new)| (old.to_owned(), new.to_owned())).collect(),
            add: add.iter().map(|name| file(name, "new")).collect(),
        };
        store.change_examples(
            None,
            vec![ExampleChange { attachments, ..ExampleChange::of(id("e")) }],
            at(time),
        )
    };
    change(&["a"], &[("b", "c")], &["b"], 2).unwrap();
    assert_eq!((files(1).as_str(), files(2).as_str()), ("a=A b=B c=C", "a=A b=new c=B"));
    store.change_examples(None, vec![ExampleChange::of(id("e"))], at(3)).unwrap();
    assert_eq!(files(3), files(2));
    for refused in [
        change(&["a", "a"], &[], &[], 4),
        change(&["a"], &[("a", "x")], &[], 4),
        change(&["a"], &[("b", "a")], &[], 4),
        change(&["a"], &[], &["a"], 4),
        change(&[], &[("a", "x"), ("b", "x")], &[], 4),
        change(&["none"], &[], &[], 4),
        change(&[], &[("none", "x")], &[], 4),
    ] {
        assert_invalid(refused);
    }
    change(&[], &[], &[], 5).unwrap();
    store.delete_examples(vec![id("e")], at(6)).unwrap();
    // Removing runs clears away files that nothing holds.
    store.remove_source(source(&store, "a")).unwrap();
    assert_eq!(
        (files(1).as_str(), files(3).as_str(), files(5).as_str()),
        ("a=A b=B c=C", "a=A b=new c=B", "")
    );
    assert_not_found(store.example_attachment(id("e"), Some(&AsOf::Time(at(5))), "a"), "attachment");

    store.delete_dataset(id("d")).unwrap();
    let connection = rusqlite::Connection::open(store.dir().join("library.sqlite")).unwrap();
    let left = "SELECT (SELECT count(*) FROM attachment_content) + (SELECT count(*) FROM example_attachment) \
                + (SELECT count(*) FROM example)";
    assert_eq!(connection.query_row(left, [], |row| row.get::<_, i64>(0)).unwrap(), 0);
    assert_not_found(store.dataset(id("d")), "dataset");
    assert_not_found(store.delete_dataset(id("d")), "dataset");
}

#[test]
fn experiments_are_projects_on_a_dataset_whose_runs_answer_its_examples() {
    let (_dir, store) = dataset();
    create(&store, &["e", "f", "g"], 1);
    store.delete_examples(vec![id("g")], at(2)).unwrap();
    let experiment = |name: &str, start: Option<i64>| {
        let reference_dataset = Some(id("d"));
        let new = NewProject {
            name: name.to_owned(),
            start: start.map(at),
            reference_dataset,
            ..Default::default()
        };
        store.create_project(new, false).unwrap()
    };
    let (one, two) = (experiment("one", None), experiment("two", Some(9)));
    let mut records = draw(
        "trace x\n later 5..6 project=one\ntrace y\n early 3..4 project=one\ntrace z\n two 1..2 project=two",
    );
    for record in &mut records {
        record.fields.reference_example_id = Some(id("e"));
    }
    write(&store, "b", &records);
    let found = store.dataset(id("d")).unwrap();
    assert_eq!((found.examples, found.experiments, found.last_experiment_start), (2, 2, Some(at(9))));
    let runs = |experiments: &[Uuid]| {
        let runs = store.example_runs(&[id("e"), id("f")], experiments).unwrap();
        assert!(runs.iter().all(|run| run.example == id("e")));
        runs.iter().map(|run| (id_name(run.run_id.as_bytes()), run.project)).collect::<Vec<_>>()
    };
    let named = |name: &str, project| (name.to_owned(), project);
    assert_eq!(runs(&[one]), [named("early", one), named("later", one)]);
    assert_eq!(runs(&[]), [named("two", two), named("early", one), named("later", one)]);
    assert!(store.example_runs(&[], &[]).unwrap().is_empty());
}

/// What a generated history does to one of four examples.
#[derive(Debug, Clone)]
enum Step {
    Write { example: usize, text: u8, file: Option<u8> },
    Split { example: usize, split: usize, member: bool },
    Delete { example: usize },
}

fn any_step() -> impl Strategy<Value = Step> {
    prop_oneof![
        3 => (0..4_usize, any::<u8>(), proptest::option::of(0..3_u8))
            .prop_map(|(example, text, file)| Step::Write { example, text, file }),
        1 => (0..4_usize, 0..2_usize, any::<bool>())
            .prop_map(|(example, split, member)| Step::Split { example, split, member }),
        1 => (0..4_usize).prop_map(|example| Step::Delete { example }),
    ]
}

/// Inputs, splits and the content of the file of every example that is there.
type Contents = BTreeMap<Uuid, (String, Vec<String>, Option<String>)>;

/// Does a step to the library and, where it applies, to what is expected.
fn step(store: &Store, expected: &mut Contents, step: &Step, now: UnixNanos) {
    let names = ["e0", "e1", "e2", "e3"];
    match step {
        Step::Write { example: index, text, file: content } => {
            let key = id(names[*index]);
            let inputs = format!("{{\"text\":{text}}}");
            let files: Vec<_> = content.iter().map(|content| file("f", &content.to_string())).collect();
            let content = content.map(|content| content.to_string());
            if let Some(known) = expected.get_mut(&key) {
                let attachments = AttachmentChange::Replace { retain: vec![], rename: vec![], add: files };
                let change =
                    ExampleChange { inputs: Some(inputs.clone()), attachments, ..ExampleChange::of(key) };
                store.change_examples(Some(id("d")), vec![change], now).unwrap();
                (known.0, known.2) = (inputs, content);
            } else {
                let new = NewExample { attachments: files, ..example(names[*index], &inputs) };
                store.create_examples(id("d"), vec![new], now).unwrap();
                expected.insert(key, (inputs, vec!["base".to_owned()], content));
            }
        }
        Step::Split { example, split, member } => {
            let key = id(names[*example]);
            let split = ["base", "test"][*split].to_owned();
            let Some(known) = expected.get_mut(&key) else { return };
            known.1.retain(|name| *name != split);
            if *member {
                known.1.push(split.clone());
                store.add_to_split(id("d"), split, vec![key], now).unwrap();
            } else {
                store.remove_from_split(id("d"), split, vec![key], now).unwrap();
            }
            known.1.sort();
        }
        Step::Delete { example } => {
            let key = id(names[*example]);
            if expected.remove(&key).is_some() {
                store.delete_examples(vec![key], now).unwrap();
            }
        }
    }
}

/// What the library says was written then.
fn read(store: &Store, as_of: UnixNanos) -> Contents {
    let as_of = AsOf::Time(as_of);
    let query = ExampleQuery {
        dataset: Some(id("d")),
        as_of: Some(as_of.clone()),
        limit: 100,
        ..ExampleQuery::default()
    };
    let found = store.examples(&query).unwrap();
    let read = found.into_iter().map(|found| {
        assert_eq!(store.example(found.id, Some(&as_of)).unwrap(), found);
        let splits = ["base", "test"]
            .into_iter()
            .filter(|split| found.metadata.contains(&format!("\"{split}\"")))
            .map(str::to_owned)
            .collect();
        let content = found.attachments.first().map(|_| {
            let (_, bytes) = store.example_attachment(found.id, Some(&as_of), "f").unwrap();
            String::from_utf8(bytes).unwrap()
        });
        (found.id, (found.inputs, splits, content))
    });
    read.collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn an_example_read_as_of_a_version_is_what_was_written_then(
        history in vec((any_step(), 0..20_000_i64), 1..12),
    ) {
        let (_dir, store) = dataset();
        let mut expected = Contents::new();
        let mut versions: Vec<(UnixNanos, Contents)> = Vec::new();
        for (next, now) in &history {
            step(&store, &mut expected, next, UnixNanos(*now));
            // A step that changed nothing made no version.
            if let Some(newest) = store.dataset_versions(id("d"), 0, 1).unwrap().first()
                && versions.last().is_none_or(|(last, _)| *last < newest.as_of)
            {
                versions.push((newest.as_of, expected.clone()));
            }
        }
        let times: Vec<_> = store.dataset_versions(id("d"), 0, 100).unwrap().iter().map(|v| v.as_of).rev().collect();
        prop_assert_eq!(&times, &versions.iter().map(|(time, _)| *time).collect::<Vec<_>>());
        for (time, written) in &versions {
            prop_assert_eq!(&read(&store, *time), written);
            prop_assert_eq!(&read(&store, UnixNanos(time.0 + 999)), written);
        }
        for (from, before) in &versions {
            for (to, after) in &versions {
                let diff = store.dataset_diff(id("d"), &AsOf::Time(*from), &AsOf::Time(*to)).unwrap();
                prop_assert!(diff.added.iter().all(|id| after.contains_key(id) && !before.contains_key(id)));
                prop_assert!(diff.removed.iter().all(|id| before.contains_key(id) && !after.contains_key(id)));
                prop_assert_eq!(before.len() + diff.added.len(), after.len() + diff.removed.len());
                for (id, content) in after {
                    let same = before.get(id).is_none_or(|earlier| earlier == content);
                    prop_assert!(same || diff.modified.contains(id));
                }
            }
        }
    }

    #[test]
    fn a_queue_holds_what_was_added_and_not_removed_in_the_order_of_first_adding(
        steps in vec((0..3_usize, any::<bool>()), 0..12),
    ) {
        let (_dir, store) = queue_of(&[], "{}");
        let mut expected: Vec<&str> = Vec::new();
        for ((run, add), time) in steps.into_iter().zip(0..) {
            let run = ["a", "b", "c"][run];
            if add {
                store.add_queue_items(id("q"), vec![run_id(run).into()], at(time / 3)).unwrap();
                if !expected.contains(&run) {
                    expected.push(run);
                }
            } else {
                store.remove_queue_items(id("q"), ItemSelection::Of(vec![id(run)])).unwrap();
                expected.retain(|known| *known != run);
            }
            prop_assert_eq!(open_items(&store), expected.join(" "));
            prop_assert_eq!(store.queue(id("q")).unwrap().open, expected.len() as u64);
        }
    }
}

// ---- shares ----

#[test]
fn a_trace_dataset_or_thread_has_one_token_until_it_is_taken_away() {
    let (_dir, store) = dataset();
    let project = store
        .find_projects(&ProjectQuery { name: Some("other".to_owned()), ..Default::default() })
        .unwrap()[0]
        .id;
    let talk = Shared::Thread { project, thread: "talk".to_owned() };
    for subject in [Shared::Trace(trace_id("t")), Shared::Dataset(id("d")), talk] {
        assert_eq!(store.share_token(&subject).unwrap(), None);
        let token = Uuid::new_v4();
        assert_eq!(store.share(subject.clone(), Some(token), at(1)).unwrap(), token);
        assert_eq!(store.share(subject.clone(), Some(Uuid::new_v4()), at(2)).unwrap(), token);
        assert_eq!(
            (store.share_token(&subject).unwrap(), store.shared(token).unwrap()),
            (Some(token), subject.clone())
        );
        assert_exists(store.share(Shared::Trace(trace_id("u")), Some(token), at(3)));
        store.unshare(&subject).unwrap();
        assert_not_found(store.shared(token), "share token");
        assert_ne!(store.share(subject, None, at(4)).unwrap(), token);
    }
    assert_not_found(store.share(Shared::Trace(trace_id("none")), None, at(5)), "trace");
    assert_not_found(store.share(Shared::Dataset(id("none")), None, at(5)), "dataset");
    for (project, thread) in [(project, "silence"), (id("none"), "talk")] {
        let nobody = Shared::Thread { project, thread: thread.to_owned() };
        assert_not_found(store.share(nobody, None, at(5)), "thread");
    }
    store.delete_dataset(id("d")).unwrap();
    assert_eq!(store.share_token(&Shared::Dataset(id("d"))).unwrap(), None);
}

// ---- comparisons ----

#[test]
fn comparisons_live_with_their_dataset() {
    let (_dir, store) = dataset();
    let comparison = |name: &str| Comparison {
        id: id(name),
        dataset: id("d"),
        name: name.to_owned(),
        description: None,
        experiments: vec![id("x"), id("y")],
        extra: Some("{\"metadata\":{\"big\":18446744073709551616}}".to_owned()),
        created: at(1),
    };
    for name in ["one", "two"] {
        store.add_comparison(comparison(name)).unwrap();
    }
    assert_exists(store.add_comparison(comparison("one")));
    assert_not_found(
        store.add_comparison(Comparison { dataset: id("none"), ..comparison("three") }),
        "dataset",
    );
    assert_eq!(store.comparison(id("two")).unwrap(), comparison("two"));
    assert_eq!(store.comparisons(id("d")).unwrap(), [comparison("one"), comparison("two")]);
    store.delete_comparison(id("one")).unwrap();
    assert_not_found(store.comparison(id("one")), "comparative experiment");
    assert_not_found(store.delete_comparison(id("one")), "comparative experiment");
    // What the owner keeps under the same name is no comparison, and does not stand in the way.
    let odd = Patch::Set("{\"comparative_experiments\":\"mine\",\"x\":1}".to_owned());
    store.change_dataset(id("d"), DatasetChange { extra: odd, ..DatasetChange::default() }, at(2)).unwrap();
    assert_eq!(store.comparisons(id("d")).unwrap(), []);
    store.add_comparison(comparison("one")).unwrap();
    assert_eq!(store.comparisons(id("d")).unwrap(), [comparison("one")]);
    store.delete_dataset(id("d")).unwrap();
    assert_eq!(store.comparisons(id("d")).unwrap(), []);
}
