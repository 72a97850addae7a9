//! Agreement of a queue, from answers that were submitted. Numbers are those of `annotation-ux.md` §15.8.

use engine::{
    Decision, Feedback, FeedbackId, StepAnswers,
    measures::{Measure, Name},
    rules::{Answer, AnswerValue, QueueSettings},
};
use uuid::Uuid;

use crate::reviewing::{Library, done, required, verdict};

fn two_reviewers() -> QueueSettings {
    QueueSettings { num_reviewers_per_item: Some(2), ..QueueSettings::default() }
}

#[test]
fn check_12_two_reviewers_of_fifty_items() {
    let library = Library::new();
    let queue = library.queue(50, two_reviewers());
    let (me, ana) = (library.seat(), library.other("Ana"));
    let pairs = [("Pass", "Pass", 20), ("Pass", "Fail", 5), ("Fail", "Pass", 10), ("Fail", "Fail", 15)];
    let labels = pairs.iter().flat_map(|(one, other, times)| std::iter::repeat_n((*one, *other), *times));
    for (item, (mine, hers)) in library.ids(queue).into_iter().zip(labels) {
        done(&library.submit(queue, item, &verdict(hers), &ana));
        done(&library.submit(queue, item, &verdict(mine), &me));
    }
    let found = library.engine.agreement(queue, false).unwrap();
    let [key, scores] = found.keys.as_slice() else { panic!("{found:?}") };
    assert_eq!((key.key.as_str(), key.report.items, key.report.answers), ("verdict", 50, 100));
    let close = |measure: Measure, wanted: f64| {
        assert!(measure.number().is_some_and(|number| (number - wanted).abs() < 1e-9), "{measure:?}");
    };
    close(key.report.percent, 0.7);
    close(key.report.alpha, 0.4);
    assert_eq!(key.report.measures().iter().map(|(name, _)| *name).collect::<Vec<_>>(), [Name::Cohen]);
    close(key.report.measures()[0].1, 0.4);
    assert!(key.report.alpha_interval.is_some() && !key.report.too_few);
    // Reviewers come by name: Ana by rows, me by columns.
    assert_eq!(key.categories, ["Pass", "Fail"]);
    assert_eq!(key.matrices.len(), 1);
    assert_eq!(key.matrices[0].counts, [[20, 10], [5, 15]]);
    assert_eq!((key.reviewers[0].others.equal, key.reviewers[0].others.all), (35, 50));
    assert_eq!(
        (scores.key.as_str(), scores.report.alpha, scores.report.items),
        ("score", Measure::NoPairs, 0)
    );

    // Decisions are no answers; each reviewer is held against them.
    let conflicts = library.items(queue, engine::ItemBucket::InConflict, &me);
    assert_eq!(conflicts.len(), 15);
    done(&library.engine.adjudicate_item(&me, conflicts[0].row.id, verdict("Pass"), Uuid::now_v7()).unwrap());
    let after = library.engine.agreement(queue, false).unwrap();
    assert_eq!(after.keys[0].report, key.report);
    let decisions: Vec<(u64, u64)> =
        after.keys[0].reviewers.iter().map(|one| (one.decisions.equal, one.decisions.all)).collect();
    assert_eq!(decisions, [(0, 1), (1, 1)]);
}

#[test]
fn one_answer_only_is_no_variation_and_few_items_say_so() {
    let library = Library::new();
    let queue = library.queue_of(3, two_reviewers(), vec![required("verdict")]);
    let ana = library.other("Ana");
    let na = vec![Answer::new("verdict", AnswerValue::NotApplicable {})];
    let items = library.ids(queue);
    for item in &items[..2] {
        done(&library.submit(queue, *item, &verdict("Pass"), &library.seat()));
        done(&library.submit(queue, *item, &verdict("Pass"), &ana));
    }
    let report = library.engine.agreement(queue, false).unwrap().keys.remove(0).report;
    assert_eq!(
        (report.alpha, report.percent, report.too_few),
        (Measure::NoVariation, Measure::Number(1.0), true)
    );
    // A reviewer who is not through with an item has not answered it.
    done(&library.submit(queue, items[2], &verdict("Fail"), &library.seat()));
    let allowed = library.submit(queue, items[2], &na, &ana);
    assert!(matches!(allowed, engine::StepOutcome::Invalid(_)), "{allowed:?}");
    let again = library.engine.agreement(queue, false).unwrap().keys.remove(0).report;
    assert_eq!(again.items, 2);
}

#[test]
fn a_second_look_counts_when_twenty_other_items_lie_between() {
    let library = Library::new();
    let queue = library.queue_of(22, QueueSettings::default(), vec![required("verdict")]);
    let items = library.ids(queue);
    let submit_again = |item: Uuid, label: &str| {
        let seat = library.seat();
        let given = StepAnswers { item, answers: verdict(label), active_ms: 0 };
        done(
            &library.engine.decide_item(&seat, given, Decision::Reopen, None, None, Uuid::now_v7()).unwrap(),
        );
        done(&library.submit(queue, item, &verdict(label), &library.seat()));
    };
    for (index, item) in items.iter().enumerate() {
        done(&library.submit(queue, *item, &verdict("Pass"), &library.seat()));
        if index == 1 {
            // Only mended.
            submit_again(*item, "Fail");
        }
    }
    submit_again(items[0], "Fail");
    submit_again(items[21], "Fail");
    let again = library.engine.agreement(queue, false).unwrap().keys.remove(0).reviewers[0].again;
    assert_eq!((again.equal, again.all), (0, 1));
}

#[test]
fn what_is_said_outside_of_queues_is_said_by_whoever_sits_here() {
    let library = Library::new();
    let ana = library.other("Ana");
    library.engine.set_current_reviewer(ana.reviewer).unwrap();
    let queue = library.queue(1, QueueSettings::default());
    let item = library.items(queue, engine::ItemBucket::All, &ana).pop().unwrap();
    let engine::ReviewTarget::Run(trace, run) = item.row.target else { panic!("{item:?}") };
    let said = library
        .engine
        .give_feedback(Feedback {
            id: FeedbackId(Uuid::nil()),
            run_id: Some(run),
            trace_id: Some(trace),
            project_id: None,
            thread: None,
            key: "verdict".to_owned(),
            score: None,
            value: Some("\"Pass\"".to_owned()),
            comment: None,
            correction: None,
            source_kind: String::new(),
            source_metadata: None,
            error: false,
            group_id: None,
            comparative_experiment_id: None,
            extra: None,
            reviewer: None,
            reviewer_name: None,
            retracted: None,
            supersedes: None,
            queue_item: None,
            created: None,
            modified: None,
        })
        .unwrap();
    assert_eq!(said.reviewer, Some(ana.reviewer.to_string()));
}
