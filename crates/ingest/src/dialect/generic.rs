//! What any span may say without speaking a vocabulary that is known here: the ungated rows of `otel-genai.md` D.

use model::RunType;

use super::{Payload, Reader, wrapped};
use crate::otlp::Span;

/// Run type of spans that name their kind.
pub(super) fn kind(reader: &Reader<'_>) -> Option<RunType> {
    Some(match reader.text("openinference.span.kind")?.to_ascii_uppercase().as_str() {
        "LLM" => RunType::Llm,
        "EMBEDDING" => RunType::Embedding,
        "RETRIEVER" | "RERANKER" => RunType::Retriever,
        "TOOL" => RunType::Tool,
        "PROMPT" => RunType::Prompt,
        "CHAIN" | "AGENT" | "GUARDRAIL" | "EVALUATOR" => RunType::Chain,
        _ => return None,
    })
}

/// Inputs and outputs under the names that several producers share.
pub(super) fn payload(reader: &Reader<'_>, _span: &Span<'_>, _run_type: RunType) -> Payload {
    Payload {
        inputs: reader
            .first(&["input.value", "traceloop.entity.input", "gen_ai.prompt", "input", "prompt"])
            .map(|value| wrapped("input", value)),
        outputs: reader
            .first(&[
                "output.value",
                "traceloop.entity.output",
                "gen_ai.completion",
                "final_result",
                "output",
            ])
            .map(|value| wrapped("output", value)),
    }
}
