//! Which runs of a trace count, by the rule of `write/counting.rs`. The drawn price of a model is 10 an input token and
//! 30 an output token; `m0` has none.

use store::{CostScope, Dimension};
use testkit::{draw, trace_id};

use crate::support::{assert_roll_ups, open, write};

/// Writes the drawing run by run from the top, then from the bottom, and checks tokens, cost and unknown costs of the trace.
fn check(drawing: &str, expected: &str) {
    let records = draw(drawing);
    let mut backwards = records.clone();
    backwards.reverse();
    for records in [records, backwards] {
        let dir = tempfile::tempdir().unwrap();
        let store = open(dir.path());
        for record in records {
            write(&store, "a", &[record]);
        }
        let trace = store.trace(trace_id("t")).unwrap();
        let tokens = trace.usage.total().map_or("-".to_owned(), |tokens| tokens.to_string());
        let cost = trace.cost.map_or("-".to_owned(), |cost| cost.pico_usd.to_string());
        let unknown: Vec<String> = Dimension::UNKNOWN
            .iter()
            .flat_map(|dimension| store.cost_groups(&CostScope::default(), dimension).unwrap())
            .map(|group| format!(", {} of {}", group.sums.unpriced_runs, group.value.unwrap_or_default()))
            .collect();
        assert_eq!(format!("{tokens} tokens, {cost}{}", unknown.concat()), expected, "{drawing}");
        assert_roll_ups(&store);
    }
}

#[test]
fn what_an_agent_tells_counts_where_nothing_below_tells_its_own() {
    check("trace t\n agent 0..9 in=10 out=2 model=m1\n  tool tool 1..2", "12 tokens, 160");
    check("trace t\n agent 0..9 in=10 out=2\n  step 1..2", "12 tokens, -, 1 of ");
    check("trace t\n agent 0..9 in=10 out=2 model=m1\n  ask llm 1..2 in=9 out=1 model=m1", "10 tokens, 120");
    // A part that was not traced is not made up.
    check(
        "trace t\n agent 0..9 in=900 out=2 model=m1\n  step 1..3\n   ask llm 1..2 in=9 out=1 model=m1",
        "10 tokens, 120",
    );
}

#[test]
fn of_agents_inside_of_agents_the_innermost_that_tells_counts() {
    check(
        "trace t\n agent 0..9 in=30 out=3 model=m1\n  one 1..2 in=10 out=1 model=m1\n  two 3..4 in=20 out=2 model=m1",
        "33 tokens, 390",
    );
}

#[test]
fn a_step_that_passes_on_what_a_model_call_told_is_not_another_call() {
    check(
        "trace t\n agent 0..9\n  ask llm 1..2 in=9 out=1 model=m1\n  parse 2..3 in=9 out=1 model=m1",
        "10 tokens, 120",
    );
}

#[test]
fn money_without_tokens_is_the_own_of_a_run() {
    check("trace t\n agent 0..9 in=10 out=2 model=m1\n  search tool 1..2 cost=5", "12 tokens, 165");
    check("trace t\n agent 0..9 in=10 out=2 cost=7\n  ask llm 1..2 in=9 out=1 model=m1", "10 tokens, 120");
    check("trace t\n agent 0..9 in=10 out=2 cost=7", "12 tokens, 7");
}

#[test]
fn a_poor_outer_call_does_not_hide_the_calls_inside_of_it() {
    check(
        "trace t\n wrapper llm 0..9 in=1 model=m1\n  ask llm 1..2 in=90 out=10 model=m1",
        "100 tokens, 1200",
    );
    check(
        "trace t\n wrapper llm 0..9 in=1 model=m1\n  ask llm 1..2 in=90 out=10 model=m0",
        "100 tokens, -, 1 of m0",
    );
    check(
        "trace t\n wrapper llm 0..9 in=50 model=m1\n  one llm 1..2 in=30 model=m1\n  two llm 3..4 in=40 model=m1",
        "70 tokens, 700",
    );
    check(
        "trace t\n wrapper llm 0..9 in=90 out=10 model=m1\n  ask llm 1..2 in=80 model=m1",
        "100 tokens, 1200",
    );
}

#[test]
fn of_calls_that_tell_the_same_the_one_with_a_known_cost_counts() {
    check(
        "trace t\n wrapper llm 0..9 in=9 out=1 model=m0\n  ask llm 1..2 in=9 out=1 model=m1",
        "10 tokens, 120",
    );
    check(
        "trace t\n wrapper llm 0..9 in=9 out=1 model=m1\n  ask llm 1..2 in=9 out=1 model=m0",
        "10 tokens, 120",
    );
    check(
        "trace t\n wrapper llm 0..9 in=9 out=1 model=m1\n  ask llm 1..2 in=9 out=1 model=m2",
        "10 tokens, 120",
    );
}

#[test]
fn a_sent_cost_without_tokens_is_not_added_to_the_call_inside() {
    check("trace t\n wrapper llm 0..9 cost=500\n  ask llm 1..2 in=9 out=1 model=m1", "10 tokens, 120");
    check("trace t\n wrapper llm 0..9 cost=500\n  ask llm 1..2", "- tokens, 500");
}

#[test]
fn inherited_metadata_are_told_once() {
    check(
        "trace t\n agent 0..9 in=10 model=m1 metadata_usage=5:true\n  one 1..2 in=10 model=m1 metadata_usage=5:true\n  \
         two tool 3..4 in=10 model=m1 metadata_usage=5:true",
        "10 tokens, 100",
    );
}

#[test]
fn a_retriever_and_the_embedding_inside_of_it_are_one() {
    check(
        "trace t\n find retriever 0..9 in=8 model=m1\n  embed embedding 1..2 in=8 model=m1",
        "8 tokens, 80",
    );
    check("trace t\n rank retriever 0..9 in=8 model=m1", "8 tokens, 80");
}

/// Runs and traces of every tag, and the traces that are found behind it.
fn by_tag(store: &store::Store) -> Vec<String> {
    let scope = CostScope::default();
    let groups = store.cost_groups(&scope, &Dimension::Tag).unwrap();
    let mut lines: Vec<String> = groups
        .iter()
        .map(|group| {
            let value = group.value.as_deref();
            let behind = store.top_cost_traces(&scope, Some((&Dimension::Tag, value)), 9).unwrap().len();
            format!("{} {} runs {behind} traces", value.unwrap_or("-"), group.sums.runs)
        })
        .collect();
    lines.sort();
    lines
}

#[test]
fn runs_count_under_the_tags_of_their_trace_and_under_their_own() {
    let dir = tempfile::tempdir().unwrap();
    let store = open(dir.path());
    let expected = ["eu 1 runs 1 traces", "prod 2 runs 1 traces"];
    let child =
        |name: &str, more: &str| format!("trace t\n {name} llm 1..2 parent=root in=9 out=1 model=m1 {more}");
    // The children come before their root.
    write(&store, "a", &draw(&child("one", "tags=eu,prod")));
    write(&store, "a", &draw(&child("two", "")));
    assert_eq!(by_tag(&store), ["- 1 runs 1 traces", "eu 1 runs 1 traces", "prod 1 runs 1 traces"]);
    write(&store, "a", &draw("trace t\n root 0..9 tags=prod"));
    assert_eq!(by_tag(&store), expected);
    assert_roll_ups(&store);
    let dimensions = [Dimension::Tag];
    let mut found = store::GatheredGroups::default();
    for spent in store.spent(&[trace_id("t")], &dimensions).unwrap() {
        found.add(&spent, 0);
    }
    assert_eq!(found.groups(), store.cost_groups(&CostScope::default(), &Dimension::Tag).unwrap());
    let bytes = store.remap_trace(trace_id("t")).unwrap();
    assert_eq!((bytes.changed, by_tag(&store)), (0, expected.map(str::to_owned).to_vec()));
}

#[test]
fn the_average_is_over_traces_of_which_the_whole_cost_is_known() {
    let dir = tempfile::tempdir().unwrap();
    let store = open(dir.path());
    let average = || {
        let average = store.trace_average(&CostScope::default()).unwrap();
        (average.traces, average.cost.map(|cost| cost.pico_usd))
    };
    assert_eq!(average(), (0, None));
    for drawing in [
        "trace a\n ask llm 1..2 in=9 out=1 model=m1",
        "trace b\n ask llm 1..2 in=3 out=1 model=m1",
        "trace c\n ask llm 1..2 in=90 out=1 model=m1\n more llm 1..2 in=9 out=1 model=m0",
        "trace d\n ask llm 1..2 in=9 out=1 model=m0",
        "trace e\n ask llm 1..2",
    ] {
        write(&store, "a", &draw(drawing));
    }
    assert_eq!(average(), (2, Some(90)));
}
