//! `langsmith.*`: spans that LangSmith's SDKs export (`langsmith-otel-filter-export.md` §9).

use model::Usage;

use super::{Payload, Reader, wrapped};
use crate::json;

/// Whole inputs and outputs travel as JSON in two attributes.
pub(super) fn payload(reader: &Reader<'_>) -> Payload {
    let is_langsmith = reader.has_prefix("langsmith.");
    let whole = |key| reader.get(key).filter(|_| is_langsmith);
    Payload {
        inputs: whole("gen_ai.prompt").map(|value| wrapped("input", value)),
        outputs: whole("gen_ai.completion").map(|value| wrapped("output", value)),
    }
}

/// `usage_metadata` as JSON, which has the details that the flat attributes lack.
pub(super) fn usage(reader: &Reader<'_>) -> Option<Usage> {
    let value = reader.first(&["langsmith.usage_metadata", "langsmith.metadata.usage_metadata"])?;
    Some(of_usage_metadata(&value.to_json()))
}

/// Token classes of a `usage_metadata` object (`langsmith-cost-feedback-queues.md` §6.1).
pub(crate) fn of_usage_metadata(usage: &[u8]) -> Usage {
    let count = |path: &[&str]| json::path(usage, path).and_then(json::count);
    let creation = count(&["input_token_details", "cache_creation"]).or_else(|| {
        let five = count(&["input_token_details", "ephemeral_5m_input_tokens"]);
        let hour = count(&["input_token_details", "ephemeral_1h_input_tokens"])
            .or_else(|| count(&["input_token_details", "ephemeral_1hr_input_tokens"]));
        (five.is_some() || hour.is_some()).then(|| five.unwrap_or(0) + hour.unwrap_or(0))
    });
    Usage {
        input: count(&["input_tokens"]),
        output: count(&["output_tokens"]),
        total: count(&["total_tokens"]),
        cache_read: count(&["input_token_details", "cache_read"]),
        cache_creation: creation,
        reasoning: count(&["output_token_details", "reasoning"]),
    }
}
