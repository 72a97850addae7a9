//! Datasets as the application uses them: made of runs, of queues, of files, and written out again.

use std::{path::Path, sync::Arc, time::Duration};

use engine::{
    DatasetFormat, DatasetOptions, DatasetQuery, Engine, ExampleQuery, ExampleText, Fill, FillSource,
    IntoDataset, ItemBucket, ItemFilter, JobState, NewDataset, NoteGroup, NotePivotBy, NoteQuery, Options,
    QueueKind, RedactionKind, RedactionRule, SaveQueue, Settings, StepAnswers, StepOutcome, Taking,
    rules::{
        Answer, AnswerValue, Category, Direction, Key, KeyType, QueueSettings, RubricItem, TargetLevel,
        Winner,
    },
};
use uuid::Uuid;

fn library() -> (tempfile::TempDir, Arc<Engine>) {
    let dir = tempfile::tempdir().unwrap();
    let engine = Engine::open(&Options { dir: dir.path().to_owned(), watch: false }).unwrap();
    (dir, engine)
}

fn import(engine: &Arc<Engine>, file: &Path) -> engine::Job {
    let job = engine.import_paths(&[file.to_owned()], false).unwrap().pop().unwrap();
    loop {
        let job = engine.job(job.id).unwrap();
        if job.state != JobState::Running {
            assert_eq!(job.state, JobState::Done, "{:?}", job.error);
            return job;
        }
        std::thread::sleep(Duration::from_millis(5));
    }
}

/// A queue over two runs that ask and answer, which adds to the dataset `judged`.
fn queue(engine: &Arc<Engine>) -> (Uuid, Uuid, Vec<Uuid>) {
    let dataset =
        engine.create_dataset(NewDataset { name: "judged".to_owned(), ..NewDataset::default() }).unwrap();
    let verdict = Key {
        key_type: KeyType::Categorical,
        categories: [("Pass", 1.0), ("Fail", 0.0)]
            .map(|(label, value)| Category {
                value: Some(value),
                label: label.to_owned(),
                ..Category::default()
            })
            .to_vec(),
        direction: Direction::HigherBetter,
        ..Key::undefined("verdict")
    };
    engine.save_feedback_key(&verdict).unwrap();
    engine.save_feedback_key(&Key { key_type: KeyType::Correction, ..Key::undefined("better") }).unwrap();
    let save = SaveQueue {
        name: "support".to_owned(),
        rubric: vec![
            RubricItem { is_required: true, ..RubricItem::new("verdict") },
            RubricItem::new("better"),
        ],
        settings: QueueSettings { add_to_dataset: true, ..QueueSettings::default() },
        default_dataset: Some(dataset),
        ..SaveQueue::default()
    };
    let queue = engine.save_queue(save).unwrap();
    let lines =
        (0..2).map(|number| format!(r#"{{"inputs":{{"q":"no {number}"}},"outputs":{{"answer":"yes"}}}}"#));
    let fill = Fill {
        queue,
        source: FillSource::File("items.jsonl".to_owned(), lines.collect::<Vec<_>>().join("\n")),
        sample: None,
        one_per_thread: false,
        one_per_prompt_version: false,
        not_labelled_with: None,
    };
    let seat = engine.seat(None, "window".to_owned()).unwrap();
    engine.fill_queue_with(&fill, &seat).unwrap();
    engine.open_queue(queue, &seat).unwrap();
    let filter = ItemFilter { bucket: ItemBucket::All, ..ItemFilter::default() };
    let items = engine.review_items(queue, &filter, 0, 10, &seat).unwrap().0;
    (queue, dataset, items.iter().map(|item| item.row.id).collect())
}

fn submit(engine: &Engine, queue: Uuid, item: Uuid, answers: Vec<Answer>) {
    let seat = engine.seat(None, "window".to_owned()).unwrap();
    let version = engine.queue(queue).unwrap().rubric_version;
    let given = StepAnswers { item, answers, active_ms: 10 };
    let outcome = engine.submit_items(&seat, vec![given], version, Uuid::now_v7(), false).unwrap();
    assert!(
        matches!(&outcome, StepOutcome::Done { summary, .. } if !summary.contains("not in")),
        "{outcome:?}"
    );
}

fn choose(label: &str) -> Answer {
    Answer::new("verdict", AnswerValue::Category { label: label.to_owned() })
}

fn correct(json: &str) -> Answer {
    Answer::new("better", AnswerValue::Correction { json: json.to_owned() })
}

/// Outputs of the examples of a dataset, in their order.
fn outputs(engine: &Engine, dataset: Uuid) -> Vec<Option<String>> {
    all(engine, dataset).into_iter().map(|example| example.outputs).collect()
}

fn all(engine: &Engine, dataset: Uuid) -> Vec<engine::Example> {
    let query = ExampleQuery { dataset: Some(dataset), limit: 100, ..ExampleQuery::default() };
    engine.examples(&query, None).unwrap()
}

#[test]
fn a_submitted_item_goes_to_the_dataset_of_its_queue_and_undo_takes_it_out() {
    let (_dir, engine) = library();
    let (queue, dataset, items) = queue(&engine);
    submit(&engine, queue, items[0], vec![choose("Pass")]);
    assert_eq!(outputs(&engine, dataset), [Some(r#"{"answer":"yes"}"#.to_owned())]);
    // What failed is expected no more; what was corrected is expected as corrected.
    submit(&engine, queue, items[1], vec![choose("Fail")]);
    assert_eq!(outputs(&engine, dataset)[1], None);
    submit(&engine, queue, items[1], vec![choose("Fail"), correct(r#""no""#)]);
    assert_eq!(outputs(&engine, dataset)[1].as_deref(), Some(r#"{"answer":"no"}"#));
    let seat = engine.seat(None, "window".to_owned()).unwrap();
    engine.undo_review(&seat, false).unwrap();
    assert_eq!(outputs(&engine, dataset)[1], None);
    engine.undo_review(&seat, false).unwrap();
    engine.undo_review(&seat, false).unwrap();
    assert!(all(&engine, dataset).is_empty());
    engine.redo_review(&seat, false).unwrap();
    assert_eq!(outputs(&engine, dataset), [Some(r#"{"answer":"yes"}"#.to_owned())]);
}

#[test]
fn of_a_pair_the_better_side_becomes_the_example_and_of_a_tie_nothing() {
    let (_dir, engine) = library();
    let dataset =
        engine.create_dataset(NewDataset { name: "better".to_owned(), ..NewDataset::default() }).unwrap();
    let save = SaveQueue {
        name: "pairs".to_owned(),
        kind: QueueKind::Pairwise,
        rubric: vec![RubricItem { is_required: true, ..RubricItem::new("better") }],
        settings: QueueSettings { add_to_dataset: true, ..QueueSettings::default() },
        default_dataset: Some(dataset),
        ..SaveQueue::default()
    };
    let queue = engine.save_queue(save).unwrap();
    let line = r#"{"inputs":{"q":"how many"},"a":{"answer":"one"},"b":{"answer":"two"}}"#.to_owned();
    let fill = Fill {
        queue,
        source: FillSource::File("pairs.jsonl".to_owned(), line),
        sample: None,
        one_per_thread: false,
        one_per_prompt_version: false,
        not_labelled_with: None,
    };
    let seat = engine.seat(None, "window".to_owned()).unwrap();
    engine.fill_queue_with(&fill, &seat).unwrap();
    engine.open_queue(queue, &seat).unwrap();
    let filter = ItemFilter { bucket: ItemBucket::All, ..ItemFilter::default() };
    let item = engine.review_items(queue, &filter, 0, 10, &seat).unwrap().0.pop().unwrap();
    // Sides are answered as they are shown.
    let shown = |winner: Winner| match winner {
        Winner::A if item.row.swap => Winner::B,
        Winner::B if item.row.swap => Winner::A,
        winner => winner,
    };
    let judge = |winner: Winner| {
        let value = AnswerValue::Pair { winner: shown(winner), strength: None };
        submit(&engine, queue, item.row.id, vec![Answer::new("better", value)]);
        outputs(&engine, dataset)
    };
    assert_eq!(judge(Winner::A), [Some(r#"{"answer":"one"}"#.to_owned())]);
    assert_eq!(judge(Winner::B), [Some(r#"{"answer":"two"}"#.to_owned())]);
    assert_eq!(judge(Winner::Equal), []);
    engine.undo_review(&seat, false).unwrap();
    assert_eq!(outputs(&engine, dataset), [Some(r#"{"answer":"two"}"#.to_owned())]);
}

#[test]
fn many_runs_become_examples_once() {
    let (_dir, engine) = library();
    let (queue, _, items) = queue(&engine);
    submit(&engine, queue, items[0], vec![choose("Fail"), correct(r#"{"answer":"no"}"#)]);
    let into = IntoDataset::New("all".to_owned());
    let taking = Taking { prefer_correction: true, splits: vec!["train".to_owned()], skip_known: true };
    let source = FillSource::Search(None, String::new());
    let added = engine.add_runs(&into, &source, &taking).unwrap();
    assert_eq!((added.ids.len(), added.already, added.corrected, added.problems.len()), (2, 0, 1, 0));
    let again = engine.add_runs(&IntoDataset::Dataset(added.dataset), &source, &taking).unwrap();
    assert_eq!((again.ids.len(), again.already), (0, 2));
    let mut expected: Vec<Option<String>> = outputs(&engine, added.dataset);
    expected.sort();
    assert_eq!(expected, [Some(r#"{"answer":"no"}"#.to_owned()), Some(r#"{"answer":"yes"}"#.to_owned())]);
    assert!(all(&engine, added.dataset).iter().all(|example| example.source_run.is_some()));
}

/// A judged conversation is what its last turn was asked and answered, in whichever order the turns came in.
#[test]
fn the_last_turn_of_a_judged_thread_goes_to_the_dataset_of_its_queue() {
    let (dir, engine) = library();
    let (_, dataset, _) = queue(&engine);
    let turn = |number: u32| {
        let id = format!("00000000-0000-4000-8000-00000000000{number}");
        format!(
            r#"{{"id":"{id}","trace_id":"{id}","name":"turn","run_type":"chain","session_name":"talks","start_time":"2026-01-01T00:0{number}:00Z","end_time":"2026-01-01T00:0{number}:01Z","extra":{{"metadata":{{"thread_id":"t-1"}}}},"inputs":{{"q":"question {number}"}},"outputs":{{"a":"answer {number}"}}}}"#
        )
    };
    let path = dir.path().join("talk.jsonl");
    std::fs::write(&path, [turn(3), turn(1), turn(2)].join("\n")).unwrap();
    import(&engine, &path);
    let save = SaveQueue {
        name: "conversations".to_owned(),
        rubric: vec![RubricItem { is_required: true, ..RubricItem::new("verdict") }],
        settings: QueueSettings {
            target_level: TargetLevel::Thread,
            add_to_dataset: true,
            ..QueueSettings::default()
        },
        default_dataset: Some(dataset),
        ..SaveQueue::default()
    };
    let queue = engine.save_queue(save).unwrap();
    let fill = Fill {
        queue,
        source: FillSource::Threads(vec![("talks".to_owned(), "t-1".to_owned())]),
        sample: None,
        one_per_thread: false,
        one_per_prompt_version: false,
        not_labelled_with: None,
    };
    let seat = engine.seat(None, "window".to_owned()).unwrap();
    engine.fill_queue_with(&fill, &seat).unwrap();
    engine.open_queue(queue, &seat).unwrap();
    let filter = ItemFilter { bucket: ItemBucket::All, ..ItemFilter::default() };
    let items = engine.review_items(queue, &filter, 0, 10, &seat).unwrap().0;
    assert_eq!(items.len(), 1, "the thread is one item");
    submit(&engine, queue, items[0].row.id, vec![choose("Pass")]);
    let examples = all(&engine, dataset);
    assert_eq!(examples.len(), 1);
    assert_eq!(examples[0].inputs, r#"{"q":"question 3"}"#);
    assert_eq!(examples[0].outputs.as_deref(), Some(r#"{"a":"answer 3"}"#));
}

/// Check 14: what a dataset is written as reads back to the same rows, and again to the same bytes.
#[test]
fn check_14_exported_datasets_come_back_the_same() {
    let (dir, engine) = library();
    let text = [
        r#"{"inputs":{"q":"1+1","n":1.10},"outputs":{"a":"2"},"metadata":{"from":"=book"},"split":["train","hard"]}"#,
        r#"{"inputs":{"q":"null"},"outputs":null,"split":[]}"#,
        r#"{"inputs":{},"outputs":{},"created_at":"2026-01-01T00:00:00.000001Z"}"#,
    ];
    let path = dir.path().join("maths.jsonl");
    std::fs::write(&path, text.join("\n")).unwrap();
    assert_eq!(import(&engine, &path).examples, 3);
    let dataset = engine.datasets(&DatasetQuery { limit: 1, ..DatasetQuery::default() }).unwrap()[0].id;
    for (format, ending) in [(DatasetFormat::Examples, "jsonl"), (DatasetFormat::Csv, "csv")] {
        let written = engine.export_dataset(dataset, format, &DatasetOptions::default()).unwrap();
        let (other, there) = library();
        let file = other.path().join(format!("maths.{ending}"));
        std::fs::write(&file, &written.data).unwrap();
        assert_eq!(import(&there, &file).rejected, 0, "{}", written.data);
        let copied = there.datasets(&DatasetQuery { limit: 1, ..DatasetQuery::default() }).unwrap()[0].id;
        let again = there.export_dataset(copied, format, &DatasetOptions::default()).unwrap();
        assert_eq!(again.data, written.data);
        // And once more into the same library nothing is new.
        let same = engine.import_examples(dataset, written.data.as_bytes(), true).unwrap();
        assert_eq!((same.added, same.changed, same.same), (0, 0, 3), "{}", written.data);
    }
}

#[test]
fn examples_pass_redaction_whichever_way_they_come() {
    let (dir, engine) = library();
    let rule = |name: &str, kind, pattern: &str| RedactionRule {
        name: name.to_owned(),
        kind,
        pattern: pattern.to_owned(),
        attachments: false,
    };
    let rules = vec![rule("mail", RedactionKind::Detector, "email"), rule("pin", RedactionKind::Key, "pin")];
    engine.set_settings(&Settings { redaction: rules, ..engine.settings() }).unwrap();
    let path = dir.path().join("people.jsonl");
    std::fs::write(&path, r#"{"inputs":{"q":"write to ana@example.com","pin":1234},"outputs":{"a":"bo@example.com"},"metadata":{"by":"cy@example.com"}}"#).unwrap();
    import(&engine, &path);
    let dataset = engine.datasets(&DatasetQuery { limit: 1, ..DatasetQuery::default() }).unwrap()[0].id;
    let text = ExampleText {
        inputs: r#"{"q":"dan@example.com"}"#.to_owned(),
        outputs: None,
        metadata: "{}".to_owned(),
    };
    engine.save_example(dataset, None, text, Vec::new(), None).unwrap();
    for example in all(&engine, dataset) {
        let whole = format!("{example:?}");
        assert!(!whole.contains("@example.com") && !whole.contains("1234"), "{whole}");
    }
}

#[test]
fn notes_are_put_into_categories_that_become_the_choices_of_a_key() {
    let (_dir, engine) = library();
    let (queue, _, items) = queue(&engine);
    for (item, note) in items.iter().zip(["cites nothing", "wrong page"]) {
        let answer = Answer { comment: Some(note.to_owned()), ..choose("Fail") };
        submit(&engine, queue, *item, vec![answer]);
    }
    let query = NoteQuery {
        queue: Some(queue),
        category_key: "failure".to_owned(),
        limit: 10,
        ..NoteQuery::default()
    };
    let notes = engine.notes(&query).unwrap();
    assert_eq!((notes.total, notes.categories.len(), notes.categories[0].notes), (2, 1, 2));
    let ids: Vec<_> = notes.rows.iter().map(|note| note.id).collect();
    engine.categorise("failure", &ids[..1], Some("citation")).unwrap();
    engine.categorise("failure", &ids[1..], Some("retrieval")).unwrap();
    let told: Vec<(Option<String>, u64)> =
        engine.notes(&query).unwrap().categories.into_iter().map(|one| (one.category, one.notes)).collect();
    assert_eq!(told, [(Some("citation".to_owned()), 1), (Some("retrieval".to_owned()), 1)]);
    let key = engine.feedback_keys().unwrap().into_iter().find(|(key, _)| key.key == "failure").unwrap().0;
    let labels: Vec<&str> = key.categories.iter().map(|category| category.label.as_str()).collect();
    assert_eq!((key.key_type, labels), (KeyType::Categorical, vec!["citation", "retrieval"]));
    // By what the runs have in common: both are of one week, and each is of its own.
    let of = |by: NotePivotBy| engine.note_pivot(&query, by).unwrap();
    let (weeks, firsts) = of(NotePivotBy::Week);
    let cells = |group: &NoteGroup| -> Vec<(Option<String>, u64)> {
        group.categories.iter().map(|one| (one.category.clone(), one.notes)).collect()
    };
    assert_eq!((weeks.total, weeks.groups.len()), (1, 1));
    assert_eq!(cells(&weeks.groups[0]), told);
    let monday = weeks.groups[0].name.as_deref().unwrap();
    assert_eq!((monday.len(), monday.as_bytes()[4]), (10, b'-'), "{monday}");
    let firsts: Vec<(&str, u64)> = firsts.iter().map(|one| (one.category.as_str(), one.place)).collect();
    assert_eq!(firsts, [("retrieval", 1), ("citation", 2)]);
    let (names, _) = of(NotePivotBy::RunName);
    assert_eq!(names.groups.iter().flat_map(cells).map(|(_, notes)| notes).sum::<u64>(), 2);
    // Groups without what they are counted by are one, and what does not fit is still counted.
    let (versions, _) = of(NotePivotBy::PromptVersion);
    assert_eq!(versions.groups.iter().map(|one| one.name.clone()).collect::<Vec<_>>(), [None]);
    // Two become one, and one goes away.
    assert_eq!(engine.rename_category("failure", "retrieval", "citation").unwrap(), 1);
    let of = NoteQuery { category: Some(Some("citation".to_owned())), ..query.clone() };
    assert_eq!(engine.notes(&of).unwrap().total, 2);
    engine.categorise("failure", &ids[..1], None).unwrap();
    let without = NoteQuery { category: Some(None), text: Some("page".to_owned()), ..query };
    assert_eq!(engine.notes(&without).unwrap().total, 1);
}

#[test]
fn only_unused_keys_are_forgotten() {
    let (_dir, engine) = library();
    let (queue, _, items) = queue(&engine);
    engine.save_feedback_key(&Key::undefined("idle")).unwrap();
    engine.delete_feedback_key("idle").unwrap();
    let refused = |key: &str| engine.delete_feedback_key(key).unwrap_err().to_string();
    assert!(refused("better").contains("support"), "{}", refused("better"));
    submit(&engine, queue, items[0], vec![choose("Pass")]);
    assert!(refused("verdict").contains("used 1 times"), "{}", refused("verdict"));
}
