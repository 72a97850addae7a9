//! Token counts of a span (`otel-genai.md` D, usage).

use model::{TokenClass, Usage};

pub(super) use crate::usage::SentUsage;

use super::{
    rule::{Facts, Found, Named, Row, first},
    table, value,
};
use crate::{
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
    Found { value: normalised(usage, sent.excludes_cache), rule, attribute }
}

/// Attributes that count tokens begin like this.
const COUNTING: [&str; 3] = ["gen_ai.usage.", "llm.token_count.", "ai.usage."];

/// Counts of a span that cannot be meant, with the attribute that holds them.
pub(crate) fn problems(attributes: &super::Reader<'_>) -> Vec<Reject> {
    let mut problems = Vec::new();
    for prefix in COUNTING {
        for (key, sent) in attributes.with_prefix(prefix).filter(|(key, _)| key.contains("okens")) {
            let json = sent.to_json();
            if matches!(json.first(), Some(b'{' | b'[')) {
                continue;
            }
            let path = format!("{prefix}{key}");
            problems.extend(usage::problem_of_count(&json, &path).map(|problem| {
                Reject::new("usage", format!("{path}: {}", problem.message), &json).at_path(problem.path)
            }));
        }
    }
    problems
}

/// Finer classes with the rows that tell them.
pub(super) type DetailRows = &'static [(TokenClass, &'static [Row<u64>])];
