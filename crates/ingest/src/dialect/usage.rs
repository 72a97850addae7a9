//! Token counts of a span (`otel-genai.md` D, usage).

use model::{RunFields, TokenClass, Usage};

pub(super) use crate::usage::SentUsage;

use super::{
    rule::{Facts, Found, Named, Row, first},
    table, value,
};
use crate::{
    json,
    reject::Reject,
    usage::{self, normalised},
};

/// Counts in the shape of [`Usage`]: an object of all classes, then class by class what it lacks.
pub(super) fn usage(facts: &Facts<'_>) -> Found<Usage> {
    let whole = first(table::USAGE, facts);
    let class = |rows: &[Row<u64>]| first(rows, facts);
    let input = class(table::INPUT_TOKENS);
    let (rule, attribute) = match (&whole, &input) {
        (Some(whole), _) => (whole.rule, whole.attribute),
        (None, Some(input)) => (input.rule, input.attribute),
        (None, None) => ("inferred", Named::One("several attributes")),
    };
    let sent = value(whole).unwrap_or_default();
    let classes = Usage {
        input: value(input),
        output: value(class(table::OUTPUT_TOKENS)),
        total: value(class(table::TOTAL_TOKENS)),
        cache_read: value(class(table::CACHE_READ)),
        cache_creation: value(class(table::CACHE_CREATION)),
        reasoning: value(class(table::REASONING)),
        ..Usage::default()
    }
    .with_details(
        table::TOKEN_DETAILS.iter().filter_map(|(class, rows)| Some((*class, value(first(rows, facts))?))),
    );
    let mut usage = sent.usage.or(classes);
    let is_whole = usage.input.is_some() && usage.cache_read.is_some() && usage.reasoning.is_some();
    if !is_whole || usage.details.is_empty() {
        usage = usage.or(value(first(table::MORE_USAGE, facts)).unwrap_or_default().usage);
    }
    let mut usage = usage.checked();
    usage.rejected |= rejects_side(facts, &usage);
    // Reasoning is a part of the output, whatever is sent.
    if let (Some(reasoning), Some(output)) = (usage.reasoning, usage.output) {
        usage.reasoning = Some(reasoning.min(output));
    }
    Found { value: normalised(usage, sent.excludes_cache), rule, attribute }
}

/// Attributes that count tokens begin like this.
const COUNTING: [&str; 3] = ["gen_ai.usage.", "llm.token_count.", "ai.usage."];
/// Attributes that tell costs begin like this.
const COSTING: [&str; 4] = ["gen_ai.usage.cost", "gen_ai.cost.", "llm.cost.", "operation.cost"];
/// Attributes that tell all tokens of a side.
const SIDES: [&str; 10] = [
    "gen_ai.usage.input_tokens",
    "gen_ai.usage.prompt_tokens",
    "gen_ai.usage.output_tokens",
    "gen_ai.usage.completion_tokens",
    "llm.token_count.prompt",
    "llm.token_count.completion",
    "ai.usage.inputTokens",
    "ai.usage.promptTokens",
    "ai.usage.outputTokens",
    "ai.usage.completionTokens",
];

/// Counts of a span that cannot be meant, by attribute.
fn counts(attributes: &super::Reader<'_>) -> Vec<usage::Problem> {
    let mut problems = Vec::new();
    for prefix in COUNTING {
        let is_count = |key: &str| key.contains("okens") || prefix == "llm.token_count.";
        for (key, sent) in attributes.with_prefix(prefix).filter(|(key, _)| is_count(key)) {
            let json = sent.to_json();
            if sent.is_absent() || matches!(json.first(), Some(b'{' | b'[')) {
                continue;
            }
            problems.extend(usage::problem_of_count(&json, &format!("{prefix}{key}")));
        }
    }
    problems
}

/// Whether a count of a side was sent that cannot be meant, and nothing else tells that side.
fn rejects_side(facts: &Facts<'_>, usage: &Usage) -> bool {
    (usage.input.is_none() || usage.output.is_none())
        && counts(&facts.attributes)
            .iter()
            .any(|problem| problem.rejects && SIDES.contains(&problem.path.as_str()))
}

/// Counts and costs of a span that cannot be meant, with the attribute that holds them.
pub(crate) fn problems(facts: &Facts<'_>, fields: &RunFields) -> Vec<Reject> {
    let mut problems = counts(&facts.attributes);
    let class = |rows: &[Row<u64>]| first(rows, facts).map(|found| (found.value, found.attribute.of(facts)));
    let usage = &fields.usage;
    if let (Some((thought, attribute)), Some(output)) = (class(table::REASONING), usage.output)
        && thought > output
        && thought <= Usage::MOST_TOKENS
    {
        problems.push(usage::Problem::new(attribute.as_ref(), usage::exceeds(thought, output, "reasoning")));
    }
    // Semantic conventions count cached tokens within the input; older instrumentations pass on what Anthropic counts.
    let cached = [class(table::CACHE_READ), class(table::CACHE_CREATION)];
    let sum = cached.iter().flatten().fold(0_u64, |sum, (count, _)| sum.saturating_add(*count));
    if let (Some((input, _)), Some((_, attribute))) =
        (class(table::INPUT_TOKENS), cached.iter().flatten().next())
        && sum > input
        && usage.input.is_some_and(|counted| counted > input)
        && !value(first(table::USAGE, facts)).is_some_and(|sent| sent.excludes_cache)
    {
        let message = format!(
            "{sum} cached tokens of {input} in all; they are taken as counted beside the input, which makes {}",
            input.saturating_add(sum)
        );
        problems.push(usage::Problem::new(attribute.as_ref(), message));
    }
    problems.extend(costs(facts, fields));
    problems
        .into_iter()
        .map(|problem| {
            let sent = facts.get(&problem.path).map(|sent| sent.to_json().into_owned()).unwrap_or_default();
            Reject::new("usage", format!("{}: {}", problem.path, problem.message), &sent)
                .at_path(problem.path)
        })
        .collect()
}

/// Costs that are sent and not taken.
fn costs(facts: &Facts<'_>, fields: &RunFields) -> Vec<usage::Problem> {
    let mut problems = Vec::new();
    for prefix in COSTING {
        for (key, sent) in facts.attributes.with_prefix(prefix) {
            let json = sent.to_json();
            if sent.is_absent() || matches!(json.first(), Some(b'{' | b'[')) {
                continue;
            }
            let path = format!("{prefix}{key}");
            match usage::cost(&json) {
                None => problems.push(usage::Problem::new(
                    path,
                    format!("{} is no amount in US dollars; it is left out", json::lossy(&json)),
                )),
                Some(cost) if cost.pico_usd > 0 && fields.cost.is_empty() => {
                    problems.push(usage::Problem::new(
                        path,
                        "what an agent or chain cost without tokens of its own is the sum of what it called; \
                         it is not counted"
                            .to_owned(),
                    ));
                }
                Some(_) => {}
            }
        }
    }
    problems
}

/// Finer classes with the rows that tell them.
pub(super) type DetailRows = &'static [(TokenClass, &'static [Row<u64>])];
