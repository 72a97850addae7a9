//! What a step of a reviewer costs in queues of different lengths: `cargo run --release -p engine --example review_steps`.
//!
//! Steps go through the engine and are on the disk when they are counted; medians and 95th percentiles in microseconds.
#![expect(clippy::print_stdout, clippy::unwrap_used, reason = "it is a measurement that prints")]

use std::time::Instant;

use engine::{
    Engine, Fill, FillSource, ItemBucket, Options, SaveQueue, StepAnswers,
    rules::{Answer, AnswerValue, Key, KeyType, RubricItem},
};
use uuid::Uuid;

/// Steps that are measured in each queue.
const STEPS: usize = 300;

fn main() {
    println!("items  what            median µs  p95 µs");
    for items in [1_000, 10_000, 100_000] {
        measure(items);
    }
}

fn measure(items: usize) {
    let dir = tempfile::tempdir().unwrap();
    let engine = Engine::open(&Options { dir: dir.path().to_owned(), watch: false }).unwrap();
    engine.save_feedback_key(&Key { key_type: KeyType::Boolean, ..Key::undefined("good") }).unwrap();
    let save = SaveQueue {
        name: "long".to_owned(),
        rubric: vec![RubricItem { is_required: true, ..RubricItem::new("good") }],
        ..SaveQueue::default()
    };
    let queue = engine.save_queue(save).unwrap();
    let seat = || engine.seat(None, "window".to_owned()).unwrap();
    let lines: Vec<String> = (0..items)
        .map(|number| format!(r#"{{"inputs": {{"question": {number}}}, "outputs": "yes"}}"#))
        .collect();
    let fill = Fill {
        queue,
        source: FillSource::File("items.jsonl".to_owned(), lines.join("\n")),
        sample: None,
        one_per_thread: false,
        one_per_prompt_version: false,
        not_labelled_with: None,
    };
    engine.fill_queue_with(&fill, &seat()).unwrap();
    let opened = engine.open_queue(queue, &seat()).unwrap();
    // From the middle on, so that what lies before would have to be walked through too.
    let order = engine.review_order(queue, &seat()).unwrap().0;
    let mut item = order[order.len() / 2].0;
    drop((opened, order));
    let mut times: [Vec<u128>; 4] = Default::default();
    for _ in 0..STEPS {
        let mut timed = |index: usize, started: Instant| times[index].push(started.elapsed().as_micros());
        let started = Instant::now();
        engine.open_item(item, false, &seat()).unwrap();
        timed(0, started);
        let started = Instant::now();
        engine.peek_items(queue, Some(item), ItemBucket::ToReview, 10, &seat()).unwrap();
        timed(1, started);
        let answers = vec![Answer::new("good", AnswerValue::Boolean { value: true })];
        let given = StepAnswers { item, answers, active_ms: 900 };
        let started = Instant::now();
        let outcome = engine.submit_items(&seat(), vec![given], 1, Uuid::now_v7(), false).unwrap();
        timed(2, started);
        let engine::StepOutcome::Done { next: Some(next), .. } = outcome else { panic!("{outcome:?}") };
        item = next;
    }
    for _ in 0..STEPS / 10 {
        let started = Instant::now();
        engine.undo_review(&seat(), false).unwrap();
        times[3].push(started.elapsed().as_micros());
    }
    for (what, times) in ["open", "peek 10", "submit", "undo"].into_iter().zip(&mut times) {
        times.sort_unstable();
        let at = |percent: usize| times[(times.len() - 1) * percent / 100];
        println!("{items:>6} {what:<15} {:>9} {:>7}", at(50), at(95));
    }
}
