//! Items that come again unmarked, and how fast a reviewer works (`annotation-ux.md` §14.5, §16).

use engine::{
    Decision, FeedbackQuery, FeedbackScope, ItemBucket, Seat, StepAnswers, StepOutcome, UndoOutcome,
    rules::{Answer, AssignmentState, BETWEEN, QueueSettings},
};
use uuid::Uuid;

use crate::reviewing::{Library, done, verdict};

fn asking_again(percent: u8) -> QueueSettings {
    QueueSettings { repeat_percent: percent, order_seed: 11, ..QueueSettings::default() }
}

/// What waits to be answered again.
fn waiting(outcome: &StepOutcome) -> Vec<Uuid> {
    let StepOutcome::Done { repeats, .. } = outcome else { panic!("{outcome:?}") };
    repeats.iter().map(|(id, _)| *id).collect()
}

/// Submits what there is, one after the other, and answers what comes again with `second`; tells after how many items
/// each came.
fn work(library: &Library, queue: Uuid, seat: &Seat, second: &[Answer]) -> Vec<(usize, Uuid)> {
    let mut came = Vec::new();
    for (index, item) in library.ids(queue).into_iter().enumerate() {
        let outcome = library.submit(queue, item, &verdict("Pass"), seat);
        let mut open = waiting(&outcome);
        while let Some(again) = open.pop() {
            came.push((index + 1, again));
            open = waiting(&library.submit(queue, again, second, seat));
        }
    }
    came
}

#[test]
fn the_pace_is_one_figure_over_what_was_submitted() {
    let library = Library::new();
    let queue = library.queue(9, QueueSettings::default());
    let seat = library.seat();
    let times = [8_000, 12_000, 10_000, 14_000, 900_000, 6_000];
    let mut last = None;
    for (item, active_ms) in library.ids(queue).into_iter().zip(times) {
        let given = StepAnswers { item, answers: verdict("Pass"), active_ms };
        let outcome = library.engine.submit_items(&seat, vec![given], 1, Uuid::now_v7(), false).unwrap();
        let StepOutcome::Done { counts, .. } = outcome else { panic!("{outcome:?}") };
        assert_eq!(counts.pace.is_some(), counts.submitted >= 5);
        last = counts.pace;
    }
    let pace = last.unwrap();
    // Of 6, 8, 10, 12, 14 and 900 s the lower middle is 10 s: 360 an hour, and three items take a minute begun.
    assert_eq!((pace.items, pace.per_item_ms, pace.per_hour(), pace.minutes_for(3)), (6, 10_000, 360, 1));
    let progress = library.engine.queue_progress(queue, &seat).unwrap();
    assert_eq!((progress.counts.pace, progress.reviewers[0].pace), (last, last));
    assert_eq!(library.engine.queue_view(queue, &seat).unwrap().counts.pace, last);
    // What was taken back does not count, nor what others did.
    library.engine.undo_review(&seat, false).unwrap();
    assert_eq!(library.engine.queue_view(queue, &seat).unwrap().counts.pace.unwrap().items, 5);
    assert_eq!(library.engine.queue_view(queue, &library.other("Ana")).unwrap().counts.pace, None);
}

#[test]
fn a_fifth_of_what_was_submitted_comes_again_once_and_counts_for_nothing_else() {
    let library = Library::new();
    let queue = library.queue(70, asking_again(20));
    let seat = library.seat();
    let came = work(&library, queue, &seat, &verdict("Fail"));
    // Of the fifty items that have twenty others behind them, a fifth.
    assert_eq!(came.len(), 10, "{came:?}");
    assert!(came.iter().all(|(after, _)| *after > BETWEEN));

    let counts = library.engine.queue_progress(queue, &seat).unwrap().counts;
    assert_eq!((counts.total, counts.to_review, counts.submitted), (70, 0, 70));
    assert_eq!((counts.completed, counts.in_conflict), (70, 0));
    let all = FeedbackQuery { with_retracted: true, limit: 500, ..FeedbackQuery::default() };
    assert_eq!(library.engine.list_feedback(&all).unwrap().len(), 70);
    assert_eq!(library.items(queue, ItemBucket::All, &seat).len(), 70);

    // Self-agreement: each was said otherwise the second time.
    let found = library.engine.agreement(queue, false).unwrap();
    let again = &found.keys[0].reviewers[0];
    assert_eq!((again.again.equal, again.again.all), (0, 10));
    assert!(again.again_kappa.is_some());
    // One reviewer agrees with nobody else.
    assert_eq!(found.keys[0].report.answers, 0);

    // They leave only when asked for, and say what they are.
    let scope = FeedbackScope { queue: Some(queue), ..FeedbackScope::default() };
    assert_eq!(library.engine.feedback_of(&scope).unwrap().len(), 70);
    let with = library.engine.feedback_of(&FeedbackScope { repeats: true, ..scope }).unwrap();
    let is_repeat = |one: &&engine::Feedback| one.extra.as_deref().unwrap().contains(r#""repeat":true"#);
    assert_eq!((with.len(), with.iter().filter(is_repeat).count()), (80, 10));
    assert!(with.iter().filter(is_repeat).all(|one| one.value.as_deref() == Some("\"Fail\"")));
}

#[test]
fn a_repeat_looks_like_an_item_that_nobody_has_seen_and_survives_a_restart() {
    let library = Library::new();
    let queue = library.queue(40, asking_again(10));
    let seat = library.seat();
    let mut open = Vec::new();
    let mut submitted = 0;
    for item in library.ids(queue) {
        open = waiting(&library.submit(queue, item, &verdict("Pass"), &seat));
        submitted += 1;
        if !open.is_empty() {
            break;
        }
    }
    let [again] = open.as_slice() else { panic!("{open:?}") };
    let view = library.engine.open_item(*again, false, &seat).unwrap();
    assert_eq!((view.row.id, view.row.state), (*again, AssignmentState::Reserved));
    assert!(view.mine.is_empty() && view.draft.is_none() && view.row.reviews == 0);
    assert!(!library.engine.payload_scope(*again, &seat).unwrap().traces.is_empty());

    // Left with an answer, it is a draft after a restart, and what the queue begins with or comes to next.
    let given = |label: &str| StepAnswers { item: *again, answers: verdict(label), active_ms: 5 };
    library.engine.save_draft(&seat, given("Fail"), None, 1, true).unwrap();
    drop(seat);
    let library = library.restarted();
    let seat = library.seat();
    let (rows, repeats, counts) = library.engine.review_order(queue, &seat).unwrap();
    assert_eq!((rows.len(), repeats.as_slice(), counts.total), (41, &[*again][..], 40));
    let place = rows.iter().position(|(id, ..)| id == again).unwrap();
    assert_eq!((place, rows[place].1), (submitted + 1, AssignmentState::Draft));
    let view = library.engine.open_item(*again, false, &seat).unwrap();
    assert!(view.draft.unwrap().answers.contains("Fail"));

    // Another reviewer has none of it.
    let ana = library.other("Ana");
    assert!(library.engine.open_item(*again, false, &ana).is_err());

    // Submitted, taken back with its answers in place, done again.
    done(&library.submit(queue, *again, &verdict("Fail"), &seat));
    let first = library.engine.agreement(queue, false).unwrap().keys[0].reviewers[0].again;
    assert_eq!((first.equal, first.all), (0, 1));
    let UndoOutcome::Done { item, summary, .. } = library.engine.undo_review(&seat, false).unwrap() else {
        panic!("not undone")
    };
    assert_eq!(summary, "Submit: verdict Fail");
    let item = item.unwrap();
    assert!(!item.row.state.is_decided() && item.draft.unwrap().answers.contains("Fail"));
    assert_eq!(library.engine.agreement(queue, false).unwrap().keys[0].reviewers[0].again.all, 0);

    // With the submit that brought it taken back, it is gone; done again, all is as it was.
    assert!(matches!(library.engine.undo_review(&seat, false).unwrap(), UndoOutcome::Done { .. }));
    assert!(library.engine.review_order(queue, &seat).unwrap().1.is_empty());
    for _ in 0..2 {
        assert!(matches!(library.engine.redo_review(&seat, false).unwrap(), UndoOutcome::Done { .. }));
    }
    assert_eq!(library.engine.review_order(queue, &seat).unwrap().1, [*again]);
    assert_eq!(library.engine.agreement(queue, false).unwrap().keys[0].reviewers[0].again.all, 1);

    // It can be opened again and skipped like an item.
    let decide =
        |decision| library.engine.decide_item(&seat, given("Pass"), decision, None, None, Uuid::now_v7());
    done(&decide(Decision::Reopen).unwrap());
    done(&decide(Decision::Skip).unwrap());
    assert_eq!(library.engine.agreement(queue, false).unwrap().keys[0].reviewers[0].again.all, 0);
}

#[test]
fn the_same_seed_asks_the_same_again() {
    let picked = |seed| {
        let library = Library::new();
        let settings = QueueSettings { order_seed: seed, ..asking_again(20) };
        let queue = library.queue(45, settings);
        let seat = library.seat();
        let came = work(&library, queue, &seat, &verdict("Pass"));
        let again = library.engine.agreement(queue, false).unwrap().keys[0].reviewers[0].again;
        assert_eq!((again.equal, again.all), (came.len() as u64, came.len() as u64));
        came.into_iter().map(|(after, _)| after).collect::<Vec<_>>()
    };
    assert_eq!(picked(1), picked(1));
    assert_eq!(picked(1).len(), 5);
    assert!((2..6).any(|seed| picked(seed) != picked(1)));
}
