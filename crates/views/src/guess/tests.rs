use model::{TraceId, UnixNanos};
use proptest::prelude::*;

use super::{
    Evidence, Guess, Said, Speaker, Talk, USUAL_GAP, Unthreaded, conversation_attributes, guess_threads,
};

const MINUTE: i64 = 60 * 1_000_000_000;

/// A trace of one second that starts at this minute.
fn trace(number: u8, minute: i64) -> Unthreaded {
    Unthreaded {
        trace_id: TraceId::from_bytes([number; 16]),
        project: "p".to_owned(),
        start: Some(UnixNanos(minute * MINUTE)),
        end: Some(UnixNanos(minute * MINUTE + 1_000_000_000)),
        user: None,
        attributes: Vec::new(),
        talks: Vec::new(),
    }
}

/// `?` begins what a user says, `!` what a model says.
fn said(text: &str) -> Vec<Said> {
    let hash = |text: &str| text.bytes().fold(7_u64, |hash, byte| hash * 31 + u64::from(byte));
    let one = |word: &str| Said {
        speaker: if word.starts_with('?') { Speaker::Human } else { Speaker::Ai },
        hash: hash(word),
    };
    text.split_whitespace().map(one).collect()
}

impl Unthreaded {
    fn talked(mut self, input: &str, output: &str) -> Self {
        self.talks.push(Talk { input: said(input), output: said(output), opens: true });
        self
    }

    fn user(mut self, user: &str) -> Self {
        self.user = Some(user.to_owned());
        self
    }

    fn attribute(mut self, key: &str, value: &str) -> Self {
        self.attributes.push((key.to_owned(), value.to_owned()));
        self
    }
}

/// Numbers of the traces of each guess.
fn numbers(guesses: &[Guess]) -> Vec<Vec<u8>> {
    guesses.iter().map(|guess| guess.traces.iter().map(|id| id.as_bytes()[0]).collect()).collect()
}

fn guessed(traces: &[Unthreaded]) -> Vec<Vec<u8>> {
    numbers(&guess_threads(traces, USUAL_GAP))
}

#[test]
fn a_history_that_is_replayed_makes_a_thread() {
    let traces = [
        trace(1, 0).talked("?a", "!b"),
        trace(2, 600).talked("?a !b ?c", "!d"),
        trace(3, 1200).talked("?a !b ?c !d ?e", "!f"),
        trace(4, 1201).talked("?other", "!thing"),
    ];
    let guesses = guess_threads(&traces, USUAL_GAP);
    assert_eq!(numbers(&guesses), [[1, 2, 3]]);
    assert_eq!(guesses[0].evidence, [(Evidence::Replayed, 2)]);
}

#[test]
fn two_conversations_that_begin_alike_stay_two() {
    let traces = [
        trace(1, 0).talked("?hi", "!hello"),
        trace(2, 1).talked("?hi", "!hello"),
        trace(3, 2).talked("?hi !hello ?a", "!b"),
        trace(4, 3).talked("?hi !hello ?c", "!d"),
        trace(5, 4).talked("?hi !hello ?a !b ?e", "!f"),
    ];
    assert_eq!(guessed(&traces), [vec![2, 3, 5], vec![1, 4]]);
}

#[test]
fn the_same_end_of_different_conversations_is_no_replay() {
    let traces = [
        trace(1, 0).talked("?a !b ?thanks", "!welcome"),
        trace(2, 1).talked("?x !y ?thanks !welcome ?z", "!v"),
    ];
    assert!(guessed(&traces).is_empty());
}

#[test]
fn a_history_may_be_shortened_and_summed_up() {
    let cut = [trace(1, 0).talked("?a !b ?c", "!d"), trace(2, 1).talked("?c !d ?e", "!f")];
    assert_eq!(guessed(&cut), [[1, 2]]);
    let summed =
        [trace(1, 0).talked("?a !b ?c !d ?e", "!f"), trace(2, 1).talked("?summary ?c !d ?e !f ?g", "!h")];
    assert_eq!(guessed(&summed), [[1, 2]]);
}

#[test]
fn the_same_question_again_is_no_turn() {
    let traces = [trace(1, 0).talked("?a", "!b"), trace(2, 1).talked("?a", "!b")];
    assert!(guessed(&traces).is_empty());
}

#[test]
fn an_answer_that_came_after_tools_counts_too() {
    let mut first = trace(1, 0).talked("?a", "!look");
    first.talks.push(Talk { input: said("?a !look"), output: said("!b"), opens: false });
    let traces = [first, trace(2, 1).talked("?a !b ?c", "!d")];
    assert_eq!(guessed(&traces), [[1, 2]]);
}

#[test]
fn an_attribute_of_its_own_makes_a_thread() {
    let traces = [
        trace(1, 0).attribute("chat_id", "x"),
        trace(2, 5000).attribute("chat_id", "x"),
        trace(3, 5001).attribute("chat_id", "y"),
        Unthreaded { project: "q".to_owned(), ..trace(4, 5002).attribute("chat_id", "x") },
    ];
    let guesses = guess_threads(&traces, USUAL_GAP);
    assert_eq!(numbers(&guesses), [[1, 2]]);
    let evidence = Evidence::Attribute { key: "chat_id".to_owned(), value: "x".to_owned() };
    assert_eq!(guesses[0].evidence, [(evidence, 1)]);
}

#[test]
fn a_user_within_the_gap_makes_a_thread() {
    let traces = [
        trace(1, 0).user("ada"),
        trace(2, 30).user("ada"),
        trace(3, 31).user("bob"),
        trace(4, 61).user("ada"),
        Unthreaded { project: "q".to_owned(), ..trace(5, 62).user("ada") },
    ];
    let guesses = guess_threads(&traces, USUAL_GAP);
    assert_eq!(numbers(&guesses), [[1, 2]]);
    assert_eq!(guesses[0].evidence, [(Evidence::User { user: "ada".to_owned() }, 1)]);
    assert_eq!(numbers(&guess_threads(&traces, 60 * MINUTE)), [[1, 2, 4]]);
    assert!(guess_threads(&traces, MINUTE).is_empty());
}

#[test]
fn a_long_trace_bridges_what_ran_beside_it() {
    let long = Unthreaded { end: Some(UnixNanos(100 * MINUTE)), ..trace(1, 0).user("ada") };
    assert_eq!(guessed(&[long, trace(2, 10).user("ada"), trace(3, 110).user("ada")]), [[1, 2, 3]]);
}

#[test]
fn what_speaks_against_it_is_heard() {
    // Two users say the same.
    let traces =
        [trace(1, 0).talked("?a", "!b").user("ada"), trace(2, 1).talked("?a !b ?c", "!d").user("bob")];
    assert!(guessed(&traces).is_empty());
    // One user in two conversations that have names.
    let traces = [
        trace(1, 0).user("ada").attribute("chat_id", "x"),
        trace(2, 1).user("ada").attribute("chat_id", "y"),
    ];
    assert!(guessed(&traces).is_empty());
    // One user who begins anew where histories are replayed.
    let traces = [
        trace(1, 0).user("ada").talked("?a", "!b"),
        trace(2, 1).user("ada").talked("?a !b ?c", "!d"),
        trace(3, 2).user("ada").talked("?new", "!e"),
    ];
    assert_eq!(guessed(&traces), [[1, 2]]);
}

#[test]
fn nothing_is_made_of_nothing() {
    assert!(guess_threads(&[], USUAL_GAP).is_empty());
    let without =
        |number| Unthreaded { start: None, end: None, ..trace(number, 0).user("ada").talked("?a", "!b") };
    assert!(guessed(&[without(1), without(2), trace(3, 0)]).is_empty());
}

#[test]
fn names_of_conversations_are_known_by_their_words() {
    let found = |metadata: &str| {
        conversation_attributes(metadata).into_iter().map(|(key, _)| key).collect::<Vec<_>>()
    };
    assert_eq!(
        found(r#"{"app.chatId":"a","my":{"dialog":{"key":7}},"sessionid":"b","conversation":"c"}"#),
        ["app.chatId", "conversation", "my.dialog.key", "sessionid"]
    );
    assert!(
        found(r#"{"chat_model":"m","thread.id":"4","thread.name":"main","session_count":"3"}"#).is_empty()
    );
    assert!(found(r#"{"chat_id":"default","dialog_id":"","session":null,"conversation":["a"]}"#).is_empty());
    assert!(found("no JSON").is_empty());
}

fn any_trace() -> impl Strategy<Value = Unthreaded> {
    let histories = prop::sample::subsequence(vec!["?a", "!b", "?c", "!d", "?e"], 0..=5);
    let name = |names: &'static [&'static str]| prop::option::of(prop::sample::select(names));
    (
        1..40_u8,
        prop::option::of(0..90_i64),
        name(&["ada", "bob"]),
        name(&["x", "y"]),
        histories,
        name(&["!b", "!d", "!f"]),
    )
        .prop_map(|(number, minute, user, chat, history, answer)| {
            let mut made =
                trace(number, minute.unwrap_or(0)).talked(&history.join(" "), answer.unwrap_or(""));
            if minute.is_none() {
                (made.start, made.end) = (None, None);
            }
            made.user = user.map(str::to_owned);
            made.attributes.extend(chat.map(|chat| ("chat_id".to_owned(), chat.to_owned())));
            made
        })
}

proptest! {
    /// A trace is in one guess at most, and the order of arrival changes nothing.
    #[test]
    fn the_order_of_arrival_does_not_matter(
        (traces, shuffled) in prop::collection::vec(any_trace(), 0..24).prop_map(|mut traces| {
            traces.sort_by_key(|trace| trace.trace_id);
            traces.dedup_by_key(|trace| trace.trace_id);
            traces
        }).prop_flat_map(|traces| (Just(traces.clone()), Just(traces).prop_shuffle())),
    ) {
        let guesses = guess_threads(&traces, USUAL_GAP);
        prop_assert_eq!(&guesses, &guess_threads(&shuffled, USUAL_GAP));
        let mut all: Vec<TraceId> = guesses.iter().flat_map(|guess| guess.traces.clone()).collect();
        let count = all.len();
        all.sort_unstable();
        all.dedup();
        prop_assert_eq!(all.len(), count);
        for guess in &guesses {
            prop_assert_eq!(guess.evidence.iter().map(|(_, joined)| joined).sum::<usize>(), guess.traces.len() - 1);
        }
    }
}
