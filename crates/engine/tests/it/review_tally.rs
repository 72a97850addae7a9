//! What is kept by difference says what the list says, whatever reviewers did.

use engine::{
    Decision, Engine, ItemBucket, ItemChange, ItemFilter, Seat, StepAnswers, StepOutcome,
    rules::{AssignmentState, ItemStatus, QueueSettings},
};
use uuid::Uuid;

use crate::reviewing::{Library, verdict};

const BUCKETS: [ItemBucket; 10] = [
    ItemBucket::All,
    ItemBucket::ToReview,
    ItemBucket::Drafts,
    ItemBucket::Submitted,
    ItemBucket::Skipped,
    ItemBucket::Discarded,
    ItemBucket::NeedsOthers,
    ItemBucket::InConflict,
    ItemBucket::Completed,
    ItemBucket::Removed,
];

/// Counts, ranks and what comes next against the list.
fn check(engine: &Engine, queue: Uuid, seat: &Seat) {
    let list = |bucket| {
        let filter = ItemFilter { bucket, ..ItemFilter::default() };
        engine.review_items(queue, &filter, 0, 500, seat).unwrap()
    };
    let counts = list(ItemBucket::All).2;
    let said = [
        counts.total,
        counts.to_review,
        counts.drafts,
        counts.submitted,
        counts.skipped,
        counts.discarded,
        counts.needs_others,
        counts.in_conflict,
        counts.completed,
        counts.removed,
    ];
    assert_eq!(said, BUCKETS.map(|bucket| list(bucket).1), "{BUCKETS:?}");

    let all = list(ItemBucket::All).0;
    let is_open =
        |item: &&engine::ItemView| item.row.status == ItemStatus::NeedsReview && !item.row.state.is_decided();
    for (index, item) in all.iter().enumerate() {
        assert_eq!(item.row.position, index as u64 + 1);
        let following = all[index + 1..].iter().chain(&all[..index]).filter(is_open).take(3);
        let following: Vec<(Uuid, u64)> = following.map(|item| (item.row.id, item.row.position)).collect();
        let peeked = engine.peek_items(queue, Some(item.row.id), ItemBucket::ToReview, 3, seat).unwrap().0;
        let peeked: Vec<(Uuid, u64)> = peeked.iter().map(|item| (item.row.id, item.row.position)).collect();
        assert_eq!(peeked, following);
    }
}

#[test]
fn counts_ranks_and_what_comes_next_are_those_of_the_list() {
    let library = Library::new();
    let settings = QueueSettings { num_reviewers_per_item: Some(2), ..QueueSettings::default() };
    let queue = library.queue(12, settings);
    let engine = &library.engine;
    let seats = [library.seat(), library.other("Ana"), library.other("Ben")];
    engine.open_queue(queue, &seats[1]).unwrap();
    let items = library.ids(queue);
    let mut random = 7_u64;
    let mut next = |below: usize| {
        random = random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        usize::try_from(random >> 33).unwrap() % below
    };
    for round in 0..160 {
        let (seat, item) = (&seats[next(3)], items[next(items.len())]);
        let seat = &Seat { at: engine.seat(None, String::new()).unwrap().at, ..seat.clone() };
        let label = ["Pass", "Fail"][next(2)];
        let given = StepAnswers { item, answers: verdict(label), active_ms: 10 };
        let decide = |decision| {
            engine.decide_item(seat, given.clone(), decision, None, None, Uuid::now_v7()).map(|_| ())
        };
        match next(12) {
            0..4 => engine.submit_items(seat, vec![given], 1, Uuid::now_v7(), false).map(|_| ()),
            4 => decide(Decision::Skip),
            5 => decide(Decision::Requeue),
            6 => decide(Decision::Discard),
            7 => decide(Decision::Reopen),
            8 => engine.save_draft(seat, given, None, 1, round % 2 == 0).map(|_| ()),
            9 => engine.undo_review(seat, true).map(|_| ()),
            10 => {
                let change =
                    [ItemChange::Remove, ItemChange::Restore, ItemChange::Pin(true), ItemChange::Pin(false)];
                engine.change_items(seat, queue, vec![item], change[next(4)]).map(|_| ())
            }
            _ => engine.open_item(item, true, seat).map(|_| ()),
        }
        .unwrap();
        if round % 8 == 0 {
            for seat in &seats {
                check(engine, queue, seat);
            }
        }
    }
    // A reviewer who is forgotten takes nothing along.
    engine.set_current_reviewer(seats[2].reviewer).unwrap();
    engine.forget_reviewer(seats[1].reviewer).unwrap();
    for seat in [&seats[0], &seats[2]] {
        check(engine, queue, seat);
    }
}

#[test]
fn the_last_of_many_steps_is_found_and_only_five_hundred_are_undone() {
    let library = Library::new();
    let queue = library.queue(1, QueueSettings::default());
    let item = library.ids(queue)[0];
    let seat = library.seat();
    let mut undone = 0;
    for round in 0..520 {
        let decision = if round % 2 == 0 { Decision::Skip } else { Decision::Reopen };
        let given = StepAnswers { item, answers: Vec::new(), active_ms: 0 };
        let step = library.engine.decide_item(&seat, given, decision, None, None, Uuid::now_v7()).unwrap();
        assert!(matches!(step, StepOutcome::Done { .. }), "{step:?}");
    }
    while matches!(library.engine.undo_review(&seat, false).unwrap(), engine::UndoOutcome::Done { .. }) {
        undone += 1;
    }
    assert_eq!(undone, 500);
    let left = library.items(queue, ItemBucket::All, &seat).pop().unwrap();
    assert_ne!(left.row.state, AssignmentState::Submitted);
}
