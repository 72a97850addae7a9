//! THE mapping table (`otel-genai.md` D): which rows a field is read from, the strongest first.
//!
//! The rows themselves stand in the modules of their vocabularies; here is only their order. Whoever wants to know why a
//! field has its value asks the same table ([`fn@super::explain`]).

use model::{Cost, RunType, TokenClass, UnixNanos};

use super::{
    coding_agents as agents, events, frameworks, genai, google_adk, haystack, langfuse, langsmith, mlflow,
    openinference, pydantic,
    rule::{Row, is_chain, is_tool, json, row, text},
    traceloop,
    usage::{DetailRows, SentUsage},
    vercel, voice,
};
use crate::messages::Messages;

pub(super) const RUN_TYPE: &[Row<RunType>] = &[
    langsmith::RUN_TYPE,
    langfuse::RUN_TYPE,
    openinference::RUN_TYPE,
    mlflow::RUN_TYPE,
    agents::CLAUDE_RUN_TYPE,
    agents::CODEX_RUN_TYPE,
    frameworks::LITELLM_RAW,
    genai::OPERATION,
    vercel::RUN_TYPE,
    traceloop::REQUEST_TYPE,
    traceloop::SPAN_KIND,
    frameworks::MCP_RUN_TYPE,
    haystack::STEP,
    haystack::RUN_TYPE,
    google_adk::RUN_TYPE,
    frameworks::GENKIT_RUN_TYPE,
    voice::LIVEKIT_RUN_TYPE,
    voice::PIPECAT_RUN_TYPE,
    genai::TOOL_SPAN,
    openinference::PROMPT_TEMPLATE,
    openinference::RETRIEVAL,
    genai::RETRIEVAL,
    genai::MODEL_CALL,
];

/// Below these the name of the span.
pub(super) const NAME: &[Row<String>] = &[
    langsmith::RUN_NAME,
    vercel::RUN_NAME,
    langsmith::TRACE_NAME,
    genai::TOOL.when(is_tool),
    openinference::TOOL.when(is_tool),
    vercel::TOOL.when(is_tool),
    agents::TOOL.when(is_tool),
    voice::TOOL.when(is_tool),
    haystack::TOOL.when(is_tool),
    traceloop::ENTITY.when(|facts| facts.run_type != RunType::Llm),
    genai::AGENT
        .when(|facts| is_chain(facts) && genai::is_operation(facts, &["invoke_agent", "create_agent"])),
    genai::WORKFLOW.when(|facts| is_chain(facts) && genai::is_operation(facts, &["invoke_workflow"])),
    haystack::COMPONENT,
    vercel::FUNCTION,
    pydantic::MESSAGE,
    frameworks::MCP_PROMPT,
];

/// The tool that a tool's run called.
pub(super) const TOOL: &[Row<String>] =
    &[genai::TOOL, openinference::TOOL, vercel::TOOL, agents::TOOL, voice::TOOL, haystack::TOOL];

/// The agent that the run is, or belongs to.
pub(super) const AGENT: &[Row<String>] =
    &[genai::AGENT, openinference::AGENT, pydantic::AGENT, voice::AGENT, langsmith::AGENT];

/// The model that answered, else the one that was asked.
pub(super) const MODEL: &[Row<String>] = &[
    langfuse::MODEL,
    genai::RESPONSE_MODEL,
    vercel::RESPONSE_MODEL,
    openinference::MODEL,
    vercel::MODEL,
    genai::REQUEST_MODEL,
    openinference::REQUEST_MODEL,
    langsmith::MODEL,
    mlflow::MODEL,
    agents::CLAUDE_MODEL,
    agents::CODEX_MODEL,
    haystack::MODEL,
    openinference::PARAMETERS_MODEL,
];

/// Below these what the name of the model tells.
pub(super) const PROVIDER: &[Row<String>] = &[
    langsmith::PROVIDER,
    genai::PROVIDER,
    openinference::PROVIDER,
    genai::SYSTEM,
    openinference::SYSTEM,
    vercel::PROVIDER,
];

/// Objects that hold all classes; what one of them lacks is read from the rows below.
pub(super) const USAGE: &[Row<SentUsage>] = &[
    langfuse::USAGE,
    langsmith::USAGE,
    mlflow::USAGE,
    agents::CLAUDE_USAGE,
    google_adk::USAGE,
    haystack::USAGE,
];
pub(super) const INPUT_TOKENS: &[Row<u64>] =
    &[genai::INPUT, openinference::INPUT_TOKENS, vercel::INPUT_TOKENS];
pub(super) const OUTPUT_TOKENS: &[Row<u64>] =
    &[genai::OUTPUT, openinference::OUTPUT_TOKENS, vercel::OUTPUT_TOKENS];
pub(super) const TOTAL_TOKENS: &[Row<u64>] = &[genai::TOTAL, traceloop::TOTAL, openinference::TOTAL];
pub(super) const CACHE_READ: &[Row<u64>] =
    &[genai::CACHE_READ, openinference::CACHE_READ, vercel::CACHE_READ, vercel::PROVIDER_CACHE_READ];
pub(super) const CACHE_CREATION: &[Row<u64>] =
    &[genai::CACHE_CREATION, openinference::CACHE_CREATION, vercel::CACHE_CREATION];
pub(super) const REASONING: &[Row<u64>] = &[
    genai::REASONING,
    agents::CODEX_REASONING,
    openinference::REASONING,
    vercel::REASONING,
    vercel::PROVIDER_REASONING,
];
/// Finer classes.
pub(super) const TOKEN_DETAILS: DetailRows = &[
    (TokenClass::CacheCreation5m, &[genai::CACHE_CREATION_5M]),
    (TokenClass::CacheCreation1h, &[genai::CACHE_CREATION_1H]),
    (TokenClass::AudioCacheRead, &[genai::AUDIO_CACHE_READ]),
    (TokenClass::ImageCacheRead, &[genai::IMAGE_CACHE_READ]),
    (TokenClass::InputAudio, &[genai::INPUT_AUDIO, openinference::INPUT_AUDIO]),
    (TokenClass::InputImage, &[genai::INPUT_IMAGE]),
    (TokenClass::OutputAudio, &[genai::OUTPUT_AUDIO, openinference::OUTPUT_AUDIO]),
    (TokenClass::OutputImage, &[genai::OUTPUT_IMAGE]),
];
/// Fill what is still missing.
pub(super) const MORE_USAGE: &[Row<SentUsage>] = &[pydantic::RAW_USAGE, langsmith::DETAILS];

pub(super) const COST: &[Row<Cost>] =
    &[langfuse::COST, langsmith::COST, openinference::COST, genai::COST, pydantic::COST];
pub(super) const INPUT_COST: &[Row<Cost>] =
    &[langfuse::INPUT_COST, langsmith::INPUT_COST, openinference::INPUT_COST, genai::INPUT_COST];
pub(super) const OUTPUT_COST: &[Row<Cost>] =
    &[langfuse::OUTPUT_COST, langsmith::OUTPUT_COST, openinference::OUTPUT_COST, genai::OUTPUT_COST];

pub(super) const FIRST_TOKEN: &[Row<UnixNanos>] = &[
    genai::FIRST_CHUNK,
    voice::FIRST_TOKEN,
    frameworks::STRANDS_FIRST_TOKEN,
    genai::SERVER_FIRST_TOKEN,
    vercel::FIRST_CHUNK,
    agents::CLAUDE_FIRST_TOKEN,
    langfuse::FIRST_TOKEN,
    openinference::FIRST_TOKEN,
    traceloop::FIRST_TOKEN,
    vercel::FIRST_CHUNK_EVENT,
    super::NEW_TOKEN,
    mlflow::FIRST_TOKEN,
];

pub(super) const THREAD: &[Row<String>] = &[
    langsmith::THREAD,
    langfuse::THREAD,
    pydantic::SESSION,
    genai::CONVERSATION,
    genai::SESSION,
    traceloop::THREAD,
    vercel::THREAD,
    openinference::METADATA_THREAD,
    langfuse::TRACE_THREAD,
    agents::CODEX_THREAD,
    google_adk::THREAD,
    voice::THREAD.when(|facts| !facts.is(super::Dialect::CodexCli)),
    mlflow::THREAD,
    agents::RESOURCE_SESSION,
];

pub(super) const USER: &[Row<String>] = &[
    langfuse::USER,
    genai::USER,
    langsmith::USER,
    traceloop::USER,
    vercel::USER,
    genai::REQUEST_USER,
    openinference::METADATA_USER,
    langfuse::TRACE_USER,
    mlflow::USER,
    voice::USER,
];

pub(super) const TAGS: &[Row<Vec<String>>] =
    &[langsmith::TAGS, langfuse::TAGS, openinference::TAGS, vercel::TAGS, pydantic::TAGS, traceloop::TAGS];

pub(super) const PROMPT_NAME: &[Row<String>] = &[
    langfuse::PROMPT_NAME,
    traceloop::PROMPT_NAME,
    openinference::PROMPT_NAME.when(|facts| !facts.is(super::Dialect::ClaudeCode)),
    genai::PROMPT_NAME,
    vercel::PROMPT_NAME,
    langsmith::PROMPT_NAME,
];
pub(super) const PROMPT_VERSION: &[Row<String>] = &[
    langsmith::PROMPT_VERSION,
    genai::PROMPT_VERSION,
    langfuse::PROMPT_VERSION,
    traceloop::PROMPT_VERSION,
    openinference::PROMPT_VERSION,
    vercel::PROMPT_VERSION,
];

/// Above the resource's `service.name`.
pub(super) const PROJECT: &[Row<String>] = &[langsmith::PROJECT];

// ---- content ----

/// What a model was sent, as messages.
pub(super) const INPUT_MESSAGES: &[Row<Messages>] = &[
    openinference::INPUT_MESSAGES,
    genai::INPUT_MESSAGES,
    vercel::INPUT_MESSAGES,
    traceloop::INPUT_MESSAGES,
    langfuse::INPUT_MESSAGES,
    mlflow::INPUT_MESSAGES,
    google_adk::INPUT_MESSAGES,
    pydantic::INPUT_MESSAGES,
    haystack::INPUT_MESSAGES,
    events::INPUT_MESSAGES,
    voice::INPUT_MESSAGES,
    voice::PIPECAT_INPUT_MESSAGES,
    pydantic::REQUEST_MESSAGES,
];
/// What a model answered, as messages.
pub(super) const OUTPUT_MESSAGES: &[Row<Messages>] = &[
    openinference::OUTPUT_MESSAGES,
    genai::OUTPUT_MESSAGES,
    vercel::OUTPUT_MESSAGES,
    traceloop::OUTPUT_MESSAGES,
    langfuse::OUTPUT_MESSAGES,
    mlflow::OUTPUT_MESSAGES,
    google_adk::OUTPUT_MESSAGES,
    pydantic::OUTPUT_MESSAGES,
    haystack::OUTPUT_MESSAGES,
    events::OUTPUT_MESSAGES,
    voice::OUTPUT_MESSAGES,
    voice::PIPECAT_OUTPUT_MESSAGES,
    pydantic::RESPONSE_MESSAGES,
    genai::EMPTY_OUTPUT_MESSAGES,
];
/// Where nothing else went in.
pub(super) const INSTRUCTIONS: &[Row<Messages>] = &[genai::INSTRUCTIONS];
/// What a model of the older completions was sent and answered.
pub(super) const PROMPT: &[Row<Vec<u8>>] = &[openinference::PROMPTS, genai::PROMPT];
pub(super) const COMPLETION: &[Row<Vec<u8>>] = &[openinference::COMPLETIONS, genai::COMPLETION];

/// Inputs and outputs of runs that are no model calls, and of those that tell no messages.
pub(super) const INPUT: &[Row<Vec<u8>>] = &[
    langfuse::INPUT,
    langsmith::INPUT,
    mlflow::INPUT,
    openinference::INPUT,
    genai::TOOL_ARGUMENTS,
    vercel::TOOL_ARGUMENTS,
    google_adk::TOOL_ARGUMENTS,
    voice::TOOL_ARGUMENTS,
    agents::GEMINI_TOOL_INPUT,
    genai::QUERY,
    genai::CHAIN_INPUT,
    traceloop::INPUT,
    vercel::INPUT,
    vercel::VALUES,
    pydantic::TRANSCRIPT,
    haystack::INPUT,
    frameworks::GENKIT_INPUT,
    agents::CLAUDE_PROMPT,
    agents::CLAUDE_INPUT,
    pydantic::REQUEST,
    voice::INPUT,
    frameworks::TOOL_EVENT_INPUT,
    openinference::RERANKER_INPUT,
    openinference::EMBEDDED_TEXTS,
    frameworks::MCP_RESOURCE,
    events::CHAIN_INPUT,
    google_adk::INPUT,
    genai::OTHER_INPUT,
    genai::PROMPT,
    BARE_INPUT,
];
pub(super) const OUTPUT: &[Row<Vec<u8>>] = &[
    langfuse::OUTPUT,
    langsmith::OUTPUT,
    mlflow::OUTPUT,
    openinference::OUTPUT,
    genai::TOOL_RESULT,
    vercel::TOOL_RESULT,
    google_adk::TOOL_RESULT,
    voice::TOOL_RESULT,
    agents::CLAUDE_TOOL_OUTPUT,
    frameworks::TOOL_EVENT_OUTPUT,
    agents::GEMINI_TOOL_OUTPUT,
    openinference::DOCUMENTS,
    genai::DOCUMENTS,
    genai::CHAIN_OUTPUT,
    traceloop::OUTPUT,
    vercel::OUTPUT,
    pydantic::RESULT,
    haystack::OUTPUT,
    frameworks::GENKIT_OUTPUT,
    pydantic::RESPONSE,
    events::CHAIN_OUTPUT,
    google_adk::OUTPUT,
    genai::OTHER_OUTPUT,
    genai::COMPLETION,
    BARE_OUTPUT,
    voice::SPEECH,
];
/// Names that several producers use, and many hand-made spans.
const BARE_INPUT: Row<Vec<u8>> = row("generic", &["input", "prompt"], json);
const BARE_OUTPUT: Row<Vec<u8>> = row("generic", &["output"], json);

/// Requests and responses as the provider had them, beside the messages read from them.
pub(super) const RAW_INPUT: &[Row<Vec<u8>>] =
    &[langfuse::INPUT, mlflow::INPUT, openinference::INPUT, google_adk::INPUT];
pub(super) const RAW_OUTPUT: &[Row<Vec<u8>>] =
    &[langfuse::OUTPUT, mlflow::OUTPUT, openinference::OUTPUT, google_adk::OUTPUT];

/// Tools that a model could call.
pub(super) const TOOLS: &[Row<Vec<u8>>] =
    &[genai::TOOLS, openinference::TOOLS, vercel::TOOLS, traceloop::TOOLS, mlflow::TOOLS];

/// The failure where neither an exception nor the status says it.
pub(super) const ERROR_MESSAGE: &[Row<String>] = &[
    row("langfuse", &["langfuse.observation.status_message"], text),
    row("generic", &["error.message", "error.type"], text),
];
