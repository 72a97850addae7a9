//! Token counts of a span (`otel-genai.md` D, usage).

use model::Usage;

use super::{
    rule::{Facts, Found, Row, first},
    table, value,
};
use crate::json::{self, Object};

/// Token counts as one object tells them.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct SentUsage {
    pub(super) usage: Usage,
    /// Cached tokens are counted beside the input.
    pub(super) excludes_cache: bool,
}

impl SentUsage {
    /// Counts whose input holds the cached tokens too.
    pub(super) fn inclusive(usage: Usage) -> Self {
        Self { usage, excludes_cache: false }
    }

    /// The usage object of a provider's response: OpenAI's in both interfaces, Anthropic's, and what follows them.
    pub(super) fn of_provider(sent: &Object<'_>) -> Self {
        let count = |keys: &[&str]| keys.iter().find_map(|key| sent.get(key).and_then(json::count));
        let detail = |keys: &[&str], class: &str| {
            keys.iter().find_map(|key| json::member(sent.get(key)?, class).and_then(json::count))
        };
        Self::inclusive(Usage {
            input: count(&["prompt_tokens", "input_tokens"]),
            output: count(&["completion_tokens", "output_tokens"]),
            total: count(&["total_tokens"]),
            cache_read: detail(&["prompt_tokens_details", "input_tokens_details"], "cached_tokens")
                .or_else(|| count(&["cache_read_input_tokens"])),
            cache_creation: count(&["cache_creation_input_tokens"]),
            reasoning: detail(&["completion_tokens_details", "output_tokens_details"], "reasoning_tokens"),
        })
    }

    /// Nothing when no class is told.
    pub(super) fn given(self) -> Option<Self> {
        (!self.usage.is_empty()).then_some(self)
    }
}

/// Counts in the shape of [`Usage`]: an object of all classes, then class by class what it lacks.
pub(super) fn usage(facts: &Facts<'_>) -> Found<Usage> {
    let whole = first(table::USAGE, facts);
    let class = |rows: &[Row<u64>]| first(rows, facts);
    let input = class(table::INPUT_TOKENS);
    let (rule, attribute) = match (&whole, &input) {
        (Some(whole), _) => (whole.rule, whole.attribute),
        (None, Some(input)) => (input.rule, input.attribute),
        (None, None) => ("inferred", "several attributes"),
    };
    let sent = value(whole).unwrap_or_default();
    let classes = Usage {
        input: value(input),
        output: value(class(table::OUTPUT_TOKENS)),
        total: value(class(table::TOTAL_TOKENS)),
        cache_read: value(class(table::CACHE_READ)),
        cache_creation: value(class(table::CACHE_CREATION)),
        reasoning: value(class(table::REASONING)),
    };
    let mut usage = sent.usage.or(classes);
    if usage.cache_read.is_none() || usage.reasoning.is_none() || usage.input.is_none() {
        usage = usage.or(value(first(table::MORE_USAGE, facts)).unwrap_or_default().usage);
    }
    Found { value: normalised(usage, sent.excludes_cache), rule, attribute }
}

/// Counts in the shape of [`Usage`]; a sum as sent says nothing beside its parts (rule c).
pub(crate) fn normalised(usage: Usage, excludes_cache: bool) -> Usage {
    let usage = usage.normalised(excludes_cache);
    let total = usage.total.filter(|_| usage.input.is_none() && usage.output.is_none());
    Usage { total, ..usage }
}
