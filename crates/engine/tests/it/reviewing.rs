//! Queues and reviewing. Names with a number are the checks of `annotation-ux.md` §22.

use std::{path::Path, sync::Arc};

use engine::{
    Decision, Engine, Fill, FillSource, ItemBucket, ItemFilter, ItemView, Lease, Options, QueueKind, Refusal,
    SaveQueue, Seat, StepAnswers, StepOutcome, UndoOutcome, UnixNanos,
    rules::{
        Answer, AnswerValue, AssignmentState, Category, Direction, Key, KeyType, OrderMode, QueueSettings,
        RubricItem, Rule, Winner,
    },
};
use uuid::Uuid;

/// A library in a folder of its own.
pub(crate) struct Library {
    dir: tempfile::TempDir,
    pub(crate) engine: Arc<Engine>,
}

fn open(dir: &Path) -> Arc<Engine> {
    Engine::open(&Options { dir: dir.to_owned(), watch: false }).unwrap()
}

impl Library {
    pub(crate) fn new() -> Self {
        let dir = tempfile::tempdir().unwrap();
        let engine = open(dir.path());
        engine
            .save_feedback_key(&Key {
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
            })
            .unwrap();
        engine
            .save_feedback_key(&Key {
                key_type: KeyType::Continuous,
                min: Some(0.0),
                max: Some(1.0),
                ..Key::undefined("score")
            })
            .unwrap();
        Self { dir, engine }
    }

    /// Closes the library and opens it again.
    pub(crate) fn restarted(self) -> Self {
        let Self { dir, engine } = self;
        assert_eq!(Arc::strong_count(&engine), 1, "somebody still holds the library");
        drop(engine);
        let engine = open(dir.path());
        Self { dir, engine }
    }

    pub(crate) fn queue(&self, items: usize, settings: QueueSettings) -> Uuid {
        self.queue_of(items, settings, vec![required("verdict"), RubricItem::new("score")])
    }

    pub(crate) fn queue_of(&self, items: usize, settings: QueueSettings, rubric: Vec<RubricItem>) -> Uuid {
        let save = SaveQueue { name: "support".to_owned(), rubric, settings, ..SaveQueue::default() };
        let id = self.engine.save_queue(save).unwrap();
        let lines: Vec<String> = (0..items)
            .map(|number| format!(r#"{{"inputs": {{"question": "no {number}"}}, "outputs": "yes"}}"#))
            .collect();
        let fill = fill(id, FillSource::File("items.jsonl".to_owned(), lines.join("\n")));
        let filled = self.engine.fill_queue_with(&fill, &self.seat()).unwrap();
        assert_eq!((filled.added, filled.refused), (items as u64, 0), "{:?}", filled.problems);
        self.engine.open_queue(id, &self.seat()).unwrap();
        id
    }

    pub(crate) fn seat(&self) -> Seat {
        self.engine.seat(None, "window".to_owned()).unwrap()
    }

    /// Another reviewer, at a window of their own.
    pub(crate) fn other(&self, name: &str) -> Seat {
        let id = self.engine.save_reviewer(None, name, false).unwrap();
        self.engine.seat(Some(id), name.to_owned()).unwrap()
    }

    pub(crate) fn items(&self, queue: Uuid, bucket: ItemBucket, seat: &Seat) -> Vec<ItemView> {
        let filter = ItemFilter { bucket, ..ItemFilter::default() };
        self.engine.review_items(queue, &filter, 0, 500, seat).unwrap().0
    }

    pub(crate) fn ids(&self, queue: Uuid) -> Vec<Uuid> {
        self.items(queue, ItemBucket::All, &self.seat()).iter().map(|item| item.row.id).collect()
    }

    fn version(&self, queue: Uuid) -> u32 {
        self.engine.queue(queue).unwrap().rubric_version
    }

    pub(crate) fn submit(&self, queue: Uuid, item: Uuid, answers: &[Answer], seat: &Seat) -> StepOutcome {
        let given = StepAnswers { item, answers: answers.to_vec(), active_ms: 1000 };
        self.engine.submit_items(seat, vec![given], self.version(queue), Uuid::now_v7(), false).unwrap()
    }
}

fn fill(queue: Uuid, source: FillSource) -> Fill {
    Fill {
        queue,
        source,
        sample: None,
        one_per_thread: false,
        one_per_prompt_version: false,
        not_labelled_with: None,
    }
}

pub(crate) fn required(key: &str) -> RubricItem {
    RubricItem { is_required: true, ..RubricItem::new(key) }
}

pub(crate) fn verdict(label: &str) -> Vec<Answer> {
    vec![Answer::new("verdict", AnswerValue::Category { label: label.to_owned() })]
}

fn drafted(item: &ItemView) -> Vec<Answer> {
    item.draft.as_ref().map(|draft| serde_json::from_str(&draft.answers).unwrap()).unwrap_or_default()
}

fn label(item: &ItemView) -> String {
    item.mine
        .iter()
        .filter_map(|one| one.answer.value.as_ref())
        .map(AnswerValue::short)
        .collect::<Vec<_>>()
        .join(" ")
}

#[track_caller]
pub(crate) fn done(outcome: &StepOutcome) {
    assert!(matches!(outcome, StepOutcome::Done { .. }), "{outcome:?}");
}

#[test]
fn check_4_three_submits_are_undone_and_done_again_after_a_restart() {
    let library = Library::new();
    let queue = library.queue(3, QueueSettings::default());
    let items = library.ids(queue);
    for (item, label) in items.iter().zip(["Pass", "Fail", "Pass"]) {
        library.engine.open_item(*item, false, &library.seat()).unwrap();
        done(&library.submit(queue, *item, &verdict(label), &library.seat()));
    }
    let library = library.restarted();
    let seat = Seat { session: "another window".to_owned(), ..library.seat() };
    for (item, label) in items.iter().zip(["Pass", "Fail", "Pass"]).rev() {
        let UndoOutcome::Done { item: Some(view), summary, .. } =
            library.engine.undo_review(&seat, false).unwrap()
        else {
            panic!("nothing was undone");
        };
        assert_eq!((view.row.id, view.row.state), (*item, AssignmentState::Reserved));
        assert_eq!((drafted(&view), summary), (verdict(label), format!("Submit: verdict {label}")));
        assert!(view.mine.is_empty() && matches!(view.lease, Lease::Mine(_)));
    }
    assert_eq!(library.engine.undo_review(&seat, false).unwrap(), UndoOutcome::Nothing);
    for item in &items {
        let UndoOutcome::Done { items: redone, .. } = library.engine.redo_review(&seat, false).unwrap()
        else {
            panic!("nothing was done again");
        };
        assert_eq!(redone, [*item]);
    }
    assert_eq!(library.engine.redo_review(&seat, false).unwrap(), UndoOutcome::Nothing);
    let submitted = library.items(queue, ItemBucket::Submitted, &seat);
    assert_eq!(submitted.iter().map(label).collect::<Vec<_>>(), ["Pass", "Fail", "Pass"]);
}

#[test]
fn a_new_step_ends_what_could_be_done_again() {
    let library = Library::new();
    let queue = library.queue(2, QueueSettings::default());
    let items = library.ids(queue);
    let seat = library.seat();
    done(&library.submit(queue, items[0], &verdict("Pass"), &seat));
    library.engine.undo_review(&seat, false).unwrap();
    done(&library.submit(queue, items[1], &verdict("Fail"), &seat));
    assert_eq!(library.engine.redo_review(&seat, false).unwrap(), UndoOutcome::Nothing);
}

#[test]
fn check_7_an_invalid_number_in_another_key_blocks_the_submit() {
    let library = Library::new();
    let queue = library.queue(1, QueueSettings::default());
    let item = library.ids(queue)[0];
    let answers = [verdict("Pass"), vec![Answer::new("score", AnswerValue::Number { value: 7.0 })]].concat();
    let StepOutcome::Invalid(issues) = library.submit(queue, item, &answers, &library.seat()) else {
        panic!("it was submitted");
    };
    assert_eq!(
        issues.iter().map(|issue| (issue.issue.key.as_str(), issue.issue.rule)).collect::<Vec<_>>(),
        [("score", Rule::OutOfRange)]
    );
    assert!(library.items(queue, ItemBucket::Submitted, &library.seat()).is_empty());
}

#[test]
fn check_8_of_two_processes_only_the_one_with_the_lease_submits() {
    let library = Library::new();
    let queue = library.queue(1, QueueSettings { lease_seconds: 60, ..QueueSettings::default() });
    let item = library.ids(queue)[0];
    let second = open(library.dir.path());
    let bob = library.other("Bob");
    let ann = library.seat();
    let later = |seat: &Seat, seconds: i64| Seat {
        at: UnixNanos(seat.at.0 + seconds * 1_000_000_000),
        ..seat.clone()
    };
    let submit = |engine: &Engine, seat: &Seat, label: &str| {
        let given = StepAnswers { item, answers: verdict(label), active_ms: 0 };
        engine.submit_items(seat, vec![given], 1, Uuid::now_v7(), false).unwrap()
    };
    library.engine.open_item(item, false, &ann).unwrap();

    let StepOutcome::Refused(_, Refusal::Leased(Lease::Other(name, _))) = submit(&second, &bob, "Fail")
    else {
        panic!("a leased item was submitted");
    };
    assert_eq!(name, "Me");
    // Another window of the same reviewer is refused as well.
    let elsewhere = Seat { session: "elsewhere".to_owned(), ..ann.clone() };
    assert!(matches!(
        submit(&second, &elsewhere, "Fail"),
        StepOutcome::Refused(_, Refusal::Leased(Lease::OtherWindow(_)))
    ));

    let bob = later(&bob, 90);
    let view = second.open_item(item, false, &bob).unwrap();
    assert_eq!((drafted(&view), matches!(view.lease, Lease::Mine(_))), (verdict("Fail"), true));
    let refused = submit(&library.engine, &later(&ann, 91), "Pass");
    assert!(
        matches!(&refused, StepOutcome::Refused(_, Refusal::Leased(Lease::Other(name, _))) if name == "Bob"),
        "{refused:?}"
    );
    done(&submit(&second, &later(&bob, 2), "Fail"));
    assert_eq!(submit(&library.engine, &later(&ann, 93), "Pass"), StepOutcome::Refused(item, Refusal::Full));
    let kept = library.items(queue, ItemBucket::All, &ann).pop().unwrap();
    assert_eq!(drafted(&kept), verdict("Pass"));
}

#[test]
fn what_a_process_that_is_gone_had_open_is_free_at_once_and_its_draft_is_there() {
    let library = Library::new();
    let queue = library.queue(2, QueueSettings::default());
    let item = library.ids(queue)[1];
    let seat = library.seat();
    library.engine.open_item(item, false, &seat).unwrap();
    let given = StepAnswers { item, answers: verdict("Fail"), active_ms: 500 };
    library.engine.save_draft(&seat, given, Some("{\"key\":1}".to_owned()), 1, false).unwrap();
    let library = library.restarted();
    let seat = Seat { session: "new window".to_owned(), ..library.seat() };
    let opened = library.engine.open_queue(queue, &seat).unwrap();
    assert_eq!((opened.item, opened.recovered.is_some()), (Some(item), true));
    assert!(library.engine.review_place(seat.reviewer).unwrap().unclean);
    let view = library.engine.open_item(item, false, &seat).unwrap();
    assert!(matches!(view.lease, Lease::Mine(_)));
    assert_eq!(
        (drafted(&view), view.draft.unwrap().cursor.as_deref()),
        (verdict("Fail"), Some("{\"key\":1}"))
    );
}

#[test]
fn check_9_an_exported_queue_has_the_same_random_order_on_another_machine() {
    let settings = QueueSettings { order_mode: OrderMode::Random, order_seed: 7, ..QueueSettings::default() };
    let library = Library::new();
    let save = SaveQueue {
        name: "random".to_owned(),
        rubric: vec![required("verdict")],
        settings,
        ..SaveQueue::default()
    };
    let queue = library.engine.save_queue(save).unwrap();
    let lines: Vec<String> = (0..50).map(|number| format!("{{\"inputs\": {{\"n\": {number}}}}}")).collect();
    library
        .engine
        .fill_queue_with(
            &fill(queue, FillSource::File("n.jsonl".to_owned(), lines.join("\n"))),
            &library.seat(),
        )
        .unwrap();
    let backup = library.engine.make_backup().unwrap();

    let elsewhere = tempfile::tempdir().unwrap();
    let other = open(elsewhere.path());
    std::fs::create_dir_all(elsewhere.path().join("backups")).unwrap();
    let name = Path::new("backups").join(&backup.name);
    std::fs::copy(library.dir.path().join(&name), elsewhere.path().join(&name)).unwrap();
    let restored = other.restore_backup(&backup.name).unwrap();
    assert!(restored.rows >= 53, "{restored:?}");
    assert_eq!(other.restore_backup(&backup.name).unwrap().rows, 0);

    let order = |engine: &Engine| {
        let seat = engine.seat(None, "w".to_owned()).unwrap();
        engine.open_queue(queue, &seat).unwrap();
        engine.review_order(queue, &seat).unwrap().0.into_iter().map(|(id, ..)| id).collect::<Vec<_>>()
    };
    let here = order(&library.engine);
    assert_eq!(here, order(&other));
    let mut sorted = here.clone();
    sorted.sort_unstable();
    assert_ne!(here, sorted, "that is the order of adding");

    // Items that come later are appended, whatever their chance would be.
    library
        .engine
        .fill_queue_with(
            &fill(queue, FillSource::File("n.jsonl".to_owned(), "{\"inputs\": {\"n\": 99}}".to_owned())),
            &library.seat(),
        )
        .unwrap();
    assert_eq!(order(&library.engine)[..50], here);
}

#[test]
fn check_10_a_new_required_key_reopens_what_was_submitted_or_not() {
    let library = Library::new();
    let queue = library.queue(2, QueueSettings::default());
    let seat = library.seat();
    for item in library.ids(queue) {
        done(&library.submit(queue, item, &verdict("Pass"), &seat));
    }
    let save = |rubric: Vec<RubricItem>, reopen| {
        let save =
            SaveQueue { id: Some(queue), name: "support".to_owned(), rubric, reopen, ..SaveQueue::default() };
        library.engine.save_queue(save)
    };
    let submitted = || library.items(queue, ItemBucket::Submitted, &seat).len();
    // An optional key asks nothing and reopens nothing.
    save(vec![required("verdict"), RubricItem::new("score"), RubricItem::new("reason")], None).unwrap();
    assert_eq!((library.version(queue), submitted()), (2, 2));
    // A required one must be decided.
    let wanted = || vec![required("verdict"), RubricItem::new("score"), required("reason")];
    assert!(save(wanted(), None).is_err());
    save(wanted(), Some(false)).unwrap();
    assert_eq!((library.version(queue), submitted()), (3, 2));
    save(vec![required("verdict"), required("score"), required("reason")], Some(true)).unwrap();
    assert_eq!((library.version(queue), submitted()), (4, 0));
    let items = library.items(queue, ItemBucket::ToReview, &seat);
    for item in &items {
        // The old answers stand under their version, and are the draft of the new ones.
        assert_eq!((drafted(item), item.mine[0].rubric_version), (verdict("Pass"), Some(1)));
    }
    let answers = [
        verdict("Fail"),
        vec![
            Answer::new("score", AnswerValue::Number { value: 0.5 }),
            Answer::new("reason", AnswerValue::Text { text: "late".to_owned() }),
        ],
    ]
    .concat();
    done(&library.submit(queue, items[0].row.id, &answers, &seat));
    let again = library.items(queue, ItemBucket::Submitted, &seat).pop().unwrap();
    assert!(
        again.mine.iter().all(|one| one.rubric_version == Some(4)) && again.mine.len() == 3,
        "{:?}",
        again.mine
    );
}

#[test]
fn bounds_do_not_change_while_answers_exist() {
    let library = Library::new();
    let queue = library.queue(1, QueueSettings::default());
    let answers = [verdict("Pass"), vec![Answer::new("score", AnswerValue::Number { value: 0.5 })]].concat();
    done(&library.submit(queue, library.ids(queue)[0], &answers, &library.seat()));
    let wider =
        Key { key_type: KeyType::Continuous, min: Some(0.0), max: Some(5.0), ..Key::undefined("score") };
    assert!(library.engine.save_feedback_key(&wider).is_err());
    let described = Key { max: Some(1.0), description: Some("How well".to_owned()), ..wider };
    assert_eq!(library.engine.save_feedback_key(&described).unwrap().1, 1);
}

#[test]
fn check_13_winners_are_stored_for_the_true_sides() {
    let library = Library::new();
    let queue = library
        .engine
        .save_queue(SaveQueue {
            name: "pairs".to_owned(),
            kind: QueueKind::Pairwise,
            rubric: vec![required("better")],
            settings: QueueSettings { order_seed: 3, ..QueueSettings::default() },
            ..SaveQueue::default()
        })
        .unwrap();
    let lines: Vec<String> = (0..60)
        .map(|number| format!(r#"{{"inputs": {{"n": {number}}}, "a": "one", "b": "other"}}"#))
        .collect();
    let filled = library
        .engine
        .fill_queue_with(
            &fill(queue, FillSource::File("pairs.jsonl".to_owned(), lines.join("\n"))),
            &library.seat(),
        )
        .unwrap();
    assert_eq!(filled.added, 60, "{:?}", filled.problems);
    let seat = library.seat();
    let items = library.items(queue, ItemBucket::All, &seat);
    assert!(items.iter().any(|item| item.row.swap) && items.iter().any(|item| !item.row.swap));
    for item in &items {
        // A reviewer who likes the true side A, wherever it is shown.
        let winner = if item.row.swap { Winner::B } else { Winner::A };
        let answer = Answer::new("better", AnswerValue::Pair { winner, strength: None });
        done(&library.submit(queue, item.row.id, &[answer], &seat));
    }
    let report = library.engine.pairwise_report(queue).unwrap();
    let tally = report.rows[0].tally;
    assert_eq!((tally.a_wins, tally.b_wins), (60, 0));
    let left = tally.left_share().unwrap();
    assert!((0.25..0.75).contains(&left), "{left}");
    // What the reviewer sees again is what they said.
    for item in library.items(queue, ItemBucket::Submitted, &seat) {
        let winner = if item.row.swap { Winner::B } else { Winner::A };
        assert_eq!(item.mine[0].answer.value, Some(AnswerValue::Pair { winner, strength: None }));
    }
    // Both runs have their row, the winner with 1.
    let all = library
        .engine
        .list_feedback(&engine::FeedbackQuery {
            keys: vec!["better".to_owned()],
            limit: 500,
            ..engine::FeedbackQuery::default()
        })
        .unwrap();
    assert_eq!(all.len(), 120);
    let is_a =
        |one: &engine::Feedback| one.extra.as_deref().is_some_and(|extra| extra.contains(r#""side":"a""#));
    assert!(
        all.iter().all(|one| one.score == Some(if is_a(one) { 1.0 } else { 0.0 }) && one.group_id.is_some())
    );
}

#[test]
fn skipped_requeued_and_discarded_items() {
    let library = Library::new();
    let queue = library.queue(3, QueueSettings { discard_reason_required: true, ..QueueSettings::default() });
    let items = library.ids(queue);
    let seat = library.seat();
    let decide = |item: usize, decision, reason: Option<&str>, answers: Vec<Answer>| {
        let given = StepAnswers { item: items[item], answers, active_ms: 0 };
        library
            .engine
            .decide_item(&seat, given, decision, reason.map(str::to_owned), None, Uuid::now_v7())
            .unwrap()
    };
    done(&decide(0, Decision::Requeue, None, verdict("Fail")));
    assert_eq!(library.ids(queue), [items[1], items[2], items[0]]);
    assert_eq!(drafted(&library.items(queue, ItemBucket::Drafts, &seat)[0]), verdict("Fail"));
    done(&decide(1, Decision::Skip, Some("no idea"), Vec::new()));
    assert_eq!(
        decide(2, Decision::Discard, None, Vec::new()),
        StepOutcome::Refused(items[2], Refusal::ReasonMissing)
    );
    done(&decide(2, Decision::Discard, Some("not ours"), Vec::new()));
    assert_eq!(
        decide(2, Decision::Skip, None, Vec::new()),
        StepOutcome::Refused(items[2], Refusal::WrongState)
    );
    let opened = library.engine.open_queue(queue, &seat).unwrap();
    let counts = opened.view.counts;
    assert_eq!((counts.to_review, counts.skipped, counts.discarded, counts.completed), (1, 1, 1, 0));
    done(&decide(1, Decision::Reopen, None, Vec::new()));
    assert_eq!(library.items(queue, ItemBucket::ToReview, &seat).len(), 2);
    for _ in 0..4 {
        assert!(matches!(library.engine.undo_review(&seat, false).unwrap(), UndoOutcome::Done { .. }));
    }
    assert_eq!(library.ids(queue), items);
    assert_eq!(library.items(queue, ItemBucket::ToReview, &seat).len(), 3);
}

#[test]
fn reviewers_who_disagree_are_a_conflict_until_somebody_decides() {
    let library = Library::new();
    let queue =
        library.queue(1, QueueSettings { num_reviewers_per_item: Some(2), ..QueueSettings::default() });
    let item = library.ids(queue)[0];
    let (ann, bob) = (library.seat(), library.other("Bob"));
    done(&library.submit(queue, item, &verdict("Pass"), &ann));
    let counts = |seat: &Seat| library.engine.open_queue(queue, seat).unwrap().view.counts;
    assert_eq!((counts(&ann).needs_others, counts(&bob).to_review), (1, 1));
    // Bob sees nothing of it before he has submitted.
    let hidden = library.engine.open_item(item, false, &bob).unwrap();
    assert_eq!((hidden.others, hidden.shows_reviews), (None, false));
    done(&library.submit(queue, item, &verdict("Fail"), &bob));
    assert_eq!(library.items(queue, ItemBucket::All, &bob)[0].others.as_ref().map(Vec::len), Some(1));
    assert_eq!((counts(&ann).in_conflict, counts(&ann).completed), (1, 0));
    let (_, all, keys) = library.engine.item_answers(item, &ann).unwrap();
    assert_eq!((all.len(), keys), (2, vec!["verdict".to_owned()]));
    let missing = library.engine.adjudicate_item(&ann, item, Vec::new(), Uuid::now_v7()).unwrap();
    assert!(matches!(missing, StepOutcome::Invalid(_)), "{missing:?}");
    done(&library.engine.adjudicate_item(&ann, item, verdict("Fail"), Uuid::now_v7()).unwrap());
    assert_eq!((counts(&ann).in_conflict, counts(&ann).completed), (0, 1));
    assert!(matches!(library.engine.undo_review(&ann, false).unwrap(), UndoOutcome::Done { .. }));
    assert_eq!((counts(&ann).in_conflict, counts(&ann).completed), (1, 0));
}

#[test]
fn a_bulk_submit_is_one_step_and_all_or_nothing() {
    let library = Library::new();
    let queue = library.queue(5, QueueSettings::default());
    let seat = library.seat();
    let given = |labels: [&str; 3]| -> Vec<StepAnswers> {
        let ids = library.ids(queue);
        ids.into_iter()
            .zip(labels)
            .map(|(item, label)| StepAnswers { item, answers: verdict(label), active_ms: 0 })
            .collect()
    };
    let bulk = |items| library.engine.submit_items(&seat, items, 1, Uuid::now_v7(), true).unwrap();
    assert!(matches!(bulk(given(["Pass", "Perhaps", "Pass"])), StepOutcome::Invalid(_)));
    assert!(library.items(queue, ItemBucket::Submitted, &seat).is_empty());
    done(&bulk(given(["Pass", "Fail", "Pass"])));
    assert_eq!(library.items(queue, ItemBucket::Submitted, &seat).len(), 3);
    let UndoOutcome::Done { items, item, .. } = library.engine.undo_review(&seat, false).unwrap() else {
        panic!("not undone")
    };
    assert_eq!((items.len(), item), (3, None));
    assert!(library.items(queue, ItemBucket::Submitted, &seat).is_empty());
}

#[test]
fn a_step_that_arrives_twice_is_one() {
    let library = Library::new();
    let queue = library.queue(1, QueueSettings::default());
    let item = library.ids(queue)[0];
    let step = Uuid::now_v7();
    for _ in 0..3 {
        let given = StepAnswers { item, answers: verdict("Pass"), active_ms: 10 };
        done(&library.engine.submit_items(&library.seat(), vec![given], 1, step, false).unwrap());
    }
    let all = library
        .engine
        .list_feedback(&engine::FeedbackQuery {
            with_retracted: true,
            limit: 50,
            ..engine::FeedbackQuery::default()
        })
        .unwrap();
    assert_eq!(all.len(), 1);
    assert_eq!(library.items(queue, ItemBucket::All, &library.seat())[0].row.active_ms, 10);
}

#[test]
fn what_was_taken_out_is_out_of_every_count_until_it_is_put_back() {
    let library = Library::new();
    let queue = library.queue(2, QueueSettings::default());
    let items = library.ids(queue);
    let seat = library.seat();
    done(&library.submit(queue, items[0], &verdict("Pass"), &seat));
    let counts =
        library.engine.change_items(&seat, queue, vec![items[0]], engine::ItemChange::Remove).unwrap();
    assert_eq!((counts.total, counts.removed, counts.submitted, counts.completed), (1, 1, 0, 0));
    assert_eq!(label(&library.items(queue, ItemBucket::Removed, &seat)[0]), "Pass");
    assert!(matches!(library.engine.undo_review(&seat, false).unwrap(), UndoOutcome::Done { .. }));
    assert_eq!(library.ids(queue), items);
}
