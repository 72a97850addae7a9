//! The cost vectors of `viewer-ux.md` §26.10 and the documented example (§6.5), with exact decimals.

use model::TokenDetails;
use proptest::prelude::*;
use serde_json::{Value, json};

use super::*;

fn entry(prices: Value) -> PriceEntry {
    let mut entry = prices;
    entry["name"] = json!("m");
    PriceEntry::from_json(&entry, "entry", "2026-11-26").unwrap()
}

/// Dollars per million, with classes, as an entry.
fn per_million(input: &[(&str, &str)], output: &[(&str, &str)]) -> PriceEntry {
    let per_token = |price: &str| Price::parse_per_million(price).unwrap().per_token();
    let mut entry = json!({ "name": "m", "prompt_cost_details": {}, "completion_cost_details": {} });
    for (side, prices) in [("prompt_cost", input), ("completion_cost", output)] {
        for (class, price) in prices {
            if class.is_empty() {
                entry[side] = json!(per_token(price));
            } else {
                entry[format!("{side}_details")][*class] = json!(per_token(price));
            }
        }
    }
    self::entry(entry)
}

fn usage(
    input: u64,
    input_classes: &[(TokenClass, u64)],
    output: u64,
    output_classes: &[(TokenClass, u64)],
) -> Usage {
    Usage { input: Some(input), output: Some(output), ..Usage::default() }
        .with_details(input_classes.iter().chain(output_classes).copied())
}

/// Lines as `class: tokens x price per million = cost`, the total, and the notes.
fn told(calculation: &Calculation) -> String {
    let mut text: Vec<String> = calculation
        .lines
        .iter()
        .map(|line| {
            let class = line.token_class.map_or(line.class.name(), TokenClass::name);
            match line.price {
                Some(price) => format!("{class}: {} x {price} = {}", line.tokens, line.cost),
                None => format!("{class}: {}", line.cost),
            }
        })
        .collect();
    text.push(calculation.total().map_or_else(
        || calculation.origin.name().to_owned(),
        |total| format!("{} {total}", calculation.origin.name()),
    ));
    if calculation.cache_saved.pico_usd != 0 {
        text.push(format!("cache saved {}", calculation.cache_saved));
    }
    text.extend(calculation.notes.iter().map(|note| format!("note: {note}")));
    text.join("; ")
}

fn check(usage: &Usage, price: Option<&PriceEntry>, expected: &str) {
    assert_eq!(told(&calculate(usage, &GivenCost::default(), price)), expected);
}

#[test]
fn the_documented_example() {
    let price = per_million(&[("", "2"), ("cache_read", "1")], &[("", "3")]);
    let usage = usage(20, &[(TokenClass::CacheRead, 5)], 10, &[]);
    check(
        &usage,
        Some(&price),
        "cache_read: 5 x 1 = 0.000005; input: 15 x 2 = 0.00003; output: 10 x 3 = 0.00003; computed 0.000065; \
         cache saved 0.000005",
    );
}

#[test]
fn cached_inclusive_and_exclusive() {
    let price = per_million(&[("", "3"), ("cache_read", "0.3"), ("cache_creation", "3.75")], &[("", "15")]);
    // The same call told by OpenAI's rule (cached inside) and by Anthropic's (beside the input).
    let inside = usage(330, &[(TokenClass::CacheRead, 200), (TokenClass::CacheCreation, 100)], 25, &[]);
    let beside = Usage {
        input: Some(30),
        output: Some(25),
        cache_read: Some(200),
        cache_creation: Some(100),
        ..Usage::default()
    }
    .normalised(true);
    for usage in [inside, beside] {
        check(
            &usage,
            Some(&price),
            "cache_read: 200 x 0.3 = 0.00006; cache_creation: 100 x 3.75 = 0.000375; input: 30 x 3 = 0.00009; \
             output: 25 x 15 = 0.000375; computed 0.0009; cache saved 0.000465",
        );
    }
}

#[test]
fn an_hour_of_cache() {
    let classes =
        [("", "3"), ("cache_read", "0.3"), ("cache_creation", "3.75"), ("ephemeral_1h_input_tokens", "6")];
    let price = per_million(&classes, &[("", "15")]);
    let usage =
        usage(1000, &[(TokenClass::CacheCreation5m, 300), (TokenClass::CacheCreation1h, 500)], 0, &[]);
    check(
        &usage,
        Some(&price),
        "ephemeral_1h_input_tokens: 500 x 6 = 0.003; ephemeral_5m_input_tokens: 300 x 3.75 = 0.001125; \
         input: 200 x 3 = 0.0006; computed 0.004725; cache saved -0.001725",
    );
    let without = per_million(&[("", "3"), ("cache_creation", "3.75")], &[("", "15")]);
    check(
        &usage,
        Some(&without),
        "ephemeral_5m_input_tokens: 300 x 3.75 = 0.001125; input: 700 x 3 = 0.0021; computed 0.003225; \
         cache saved -0.000225; note: writing to a cache for an hour has no price of its own; plain input is billed",
    );
}

#[test]
fn reasoning_is_a_part_of_the_output() {
    let used = usage(100, &[], 50, &[(TokenClass::Reasoning, 40)]);
    check(
        &used,
        Some(&per_million(&[("", "1")], &[("", "4")])),
        "input: 100 x 1 = 0.0001; output: 50 x 4 = 0.0002; computed 0.0003",
    );
    check(
        &used,
        Some(&per_million(&[("", "1")], &[("", "4"), ("reasoning", "6")])),
        "input: 100 x 1 = 0.0001; reasoning: 40 x 6 = 0.00024; output: 10 x 4 = 0.00004; computed 0.00038",
    );
}

#[test]
fn audio_has_prices_of_its_own() {
    let price = per_million(&[("", "2.5"), ("audio", "40")], &[("", "10"), ("audio", "80")]);
    let usage = usage(120, &[(TokenClass::InputAudio, 100)], 60, &[(TokenClass::OutputAudio, 50)]);
    check(
        &usage,
        Some(&price),
        "audio: 100 x 40 = 0.004; input: 20 x 2.5 = 0.00005; audio: 50 x 80 = 0.004; output: 10 x 10 = 0.0001; \
         computed 0.00815",
    );
}

#[test]
fn an_unknown_model_is_unpriced_and_not_free() {
    check(&usage(100, &[], 50, &[]), None, "unpriced; note: no price is known for this model");
    check(&Usage::default(), None, "none");
    let free = per_million(&[("", "0")], &[("", "0")]);
    check(&usage(100, &[], 50, &[]), Some(&free), "input: 100 x 0 = 0; output: 50 x 0 = 0; computed 0");
    let sum = Usage { total: Some(7), ..Usage::default() };
    check(&sum, Some(&free), "sum_only; note: only the sum of tokens is known, which no price applies to");
    let half = per_million(&[("", "1")], &[]);
    check(
        &usage(100, &[], 50, &[]),
        Some(&half),
        "input: 100 x 1 = 0.0001; unpriced; note: m has no price for output tokens",
    );
}

#[test]
fn tiers_of_service_and_steps_of_size() {
    let price = per_million(
        &[("", "2"), ("priority", "4"), ("cache_read", "0.5"), ("priority_cache_read", "1")],
        &[("", "8"), ("priority", "16")],
    );
    let usage = usage(
        100,
        &[(TokenClass::PriorityCacheRead, 60), (TokenClass::Priority, 40)],
        10,
        &[(TokenClass::PriorityReasoning, 4), (TokenClass::PriorityOutput, 6)],
    );
    check(
        &usage,
        Some(&price),
        "priority_cache_read: 60 x 1 = 0.00006; priority: 40 x 4 = 0.00016; priority_reasoning: 4 x 16 = 0.000064; \
         priority: 6 x 16 = 0.000096; computed 0.00038; cache saved 0.00018",
    );
    // Which step applies is told by `PriceBook::find`; here the book and the arithmetic together.
    let book = crate::PriceBook::default();
    for (input, expected) in [
        (200_000, "input: 200000 x 1.25 = 0.25; output: 100 x 10 = 0.001; computed 0.251"),
        (200_001, "input: 200001 x 2.5 = 0.5000025; output: 100 x 15 = 0.0015; computed 0.5015025"),
    ] {
        let question = crate::Question {
            provider: Some("google_genai"),
            model: "gemini-2.5-pro",
            start: None,
            input_tokens: input,
        };
        let found = book.find(question).unwrap();
        check(&self::usage(input, &[], 100, &[]), Some(&found.entry), expected);
    }
}

#[test]
fn contradictory_counts_are_billed_once_and_told() {
    let price = per_million(&[("", "2"), ("cache_read", "1"), ("audio", "10")], &[("", "3")]);
    let used = Usage {
        input: Some(10),
        output: Some(0),
        cache_read: Some(8),
        details: TokenDetails::from_iter([(TokenClass::InputAudio, 50)]),
        ..Usage::default()
    };
    check(
        &used,
        Some(&price),
        "cache_read: 8 x 1 = 0.000008; audio: 2 x 10 = 0.00002; computed 0.000028; cache saved 0.000008; \
         note: 50 tokens of audio in a side of 10; 2 are billed",
    );
}

#[test]
fn what_the_producer_sent_wins_side_by_side() {
    let price = per_million(&[("", "2")], &[("", "3")]);
    let used = usage(100, &[(TokenClass::CacheRead, 60)], 10, &[]);
    let cost = |text: &str| Cost::parse_usd(text);
    let check = |given: GivenCost, price: Option<&PriceEntry>, expected: &str| {
        assert_eq!(told(&calculate(&used, &given, price)), expected);
    };
    let nothing = GivenCost::default;
    check(GivenCost { total: cost("0.003"), ..nothing() }, Some(&price), "other: 0.003; given 0.003");
    check(
        GivenCost { input: cost("0.0001"), output: cost("0.00008"), ..nothing() },
        None,
        "input: 0.0001; output: 0.00008; given 0.00018",
    );
    check(
        GivenCost { input: cost("0.0001"), ..nothing() },
        Some(&price),
        "input: 0.0001; output: 10 x 3 = 0.00003; mixed 0.00013",
    );
    check(
        GivenCost { input: cost("0.0001"), total: cost("0.0005"), ..nothing() },
        Some(&price),
        "input: 0.0001; output: 0.0004; given 0.0005",
    );
    check(
        GivenCost {
            input: cost("0.0001"),
            output: cost("0.0002"),
            total: cost("0.0004"),
            details: vec![(TokenClass::CacheRead, cost("0.00004").unwrap())],
        },
        None,
        "cache_read: 0.00004; input: 0.00006; output: 0.0002; other: 0.0001; given 0.0004; \
         note: the sent total 0.0004 differs from its parts 0.0003; the total counts",
    );
    check(
        GivenCost { output: cost("0.0001"), ..nothing() },
        None,
        "output: 0.0001; unpriced; note: no price is known for this model",
    );
}

#[test]
fn a_tool_has_a_cost_without_tokens() {
    let given = GivenCost { total: Cost::parse_usd("0.05"), ..GivenCost::default() };
    assert_eq!(told(&calculate(&Usage::default(), &given, None)), "other: 0.05; given 0.05");
}

proptest! {
    /// Each token is billed exactly once, whatever the classes claim.
    #[test]
    fn no_token_is_billed_twice(
        input in 0_u64..2_000_000,
        output in 0_u64..2_000_000,
        counts in proptest::collection::vec((0_usize..32, 0_u64..3_000_000), 0..9),
        prices in proptest::collection::vec((0_usize..32, 0_i64..100_000_000_000_000), 0..9),
    ) {
        let all: Vec<TokenClass> = TokenClass::all().collect();
        let used = Usage { input: Some(input), output: Some(output), ..Usage::default() }
            .with_details(counts.iter().map(|(index, count)| (all[*index], *count)));
        let mut price = per_million(&[("", "2")], &[("", "3")]);
        for (index, atto_usd) in prices {
            let side = match all[index].side() {
                TokenSide::Input => &mut price.input,
                TokenSide::Output => &mut price.output,
            };
            side.classes.retain(|(known, _)| *known != all[index]);
            side.classes.push((all[index], Price { atto_usd }));
        }
        let calculation = calculate(&used, &GivenCost::default(), Some(&price));
        let billed = |wanted: TokenSide| {
            let side = |line: &&Line| match line.token_class {
                Some(class) => class.side() == wanted,
                None => (line.class == CostClass::Input) == (wanted == TokenSide::Input),
            };
            calculation.lines.iter().filter(side).map(|line| line.tokens).sum::<u64>()
        };
        prop_assert_eq!((billed(TokenSide::Input), billed(TokenSide::Output)), (input, output));
        let sum: i64 = calculation.lines.iter().map(|line| line.cost.pico_usd).sum();
        prop_assert_eq!(calculation.total().map_or(0, |total| total.pico_usd), sum);
    }
}

#[test]
fn a_rejected_count_leaves_the_cost_unknown_unless_it_was_sent() {
    let entry = per_million(&[("", "1")], &[("", "3")]);
    let rejected = Usage { output: Some(50), rejected: true, ..Usage::default() };
    check(
        &rejected,
        Some(&entry),
        "output: 50 x 3 = 0.00015; bad_count; note: a count of tokens that was sent cannot be meant and is left out, \
         so that the cost is not known",
    );
    let sent = GivenCost { total: Cost::parse_usd("0.5"), ..GivenCost::default() };
    assert_eq!(told(&calculate(&rejected, &sent, Some(&entry))), "other: 0.5; given 0.5");
}

#[test]
fn a_sent_zero_beside_tokens_is_no_price() {
    let entry = per_million(&[("", "1")], &[("", "3")]);
    let sent = GivenCost { total: Some(Cost::default()), ..GivenCost::default() };
    assert_eq!(
        told(&calculate(&usage(1000, &[], 100, &[]), &sent, Some(&entry))),
        "input: 1000 x 1 = 0.001; output: 100 x 3 = 0.0003; computed 0.0013; \
         note: the sent cost of 0 beside tokens is taken as not known"
    );
}
