//! Payloads of real SDKs, one snapshot a file: `wire-…` as LangSmith's SDKs sent them, the others as the named producers
//! export them over OTLP and `ingest` opened them. Models were scripted, so the words mean nothing. Runs that take no part
//! in a conversation have no payload here, and prompts of products are shortened. Every file of the folder must be listed,
//! so that none is forgotten.

use crate::support::{drawn, fixture};

macro_rules! reads {
    ($($name:ident = $file:literal;)*) => {
        $(
            #[test]
            fn $name() {
                insta::assert_snapshot!($file, drawn(&fixture($file)));
            }
        )*

        #[test]
        fn every_file_is_read() {
            let listed = [$($file),*];
            let folder = format!("{}/tests/fixtures", env!("CARGO_MANIFEST_DIR"));
            for entry in std::fs::read_dir(folder).unwrap() {
                let name = entry.unwrap().file_name().into_string().unwrap();
                let name = name.trim_end_matches(".json");
                assert!(listed.contains(&name), "{name} is not listed");
            }
        }
    };
}

reads! {
    claude_code_print_mode = "claude-code-print-mode";
    codex_cli_exec = "codex-cli-exec";
    gemini_cli_prompt_mode = "gemini-cli-prompt-mode";
    google_adk_adk_1_5 = "google-adk-adk-1.5";
    langfuse_sdk_python_5 = "langfuse-sdk-python-5";
    langsmith_js_otel = "langsmith-js-otel";
    langsmith_python_otel_only = "langsmith-python-otel-only";
    litellm_otel_callback = "litellm-otel-callback";
    logfire_openai = "logfire-openai";
    mlflow_autolog_3_17 = "mlflow-autolog-3.17";
    openinference_anthropic = "openinference-anthropic";
    openinference_langchain = "openinference-langchain";
    openinference_openai_agents = "openinference-openai-agents";
    openinference_openai = "openinference-openai";
    openlit_openai_anthropic = "openlit-openai-anthropic";
    pydantic_ai_v1_format1_attributes = "pydantic-ai-v1-format1-attributes";
    pydantic_ai_v2_format5 = "pydantic-ai-v2-format5";
    semconv_anthropic_genai_1_3 = "semconv-anthropic-genai-1.3";
    semconv_openai_genai_1_3 = "semconv-openai-genai-1.3";
    semconv_openai_v2_latest = "semconv-openai-v2-latest";
    semconv_openai_v2_legacy_events = "semconv-openai-v2-legacy-events";
    traceloop_anthropic_0_62 = "traceloop-anthropic-0.62";
    traceloop_langchain_0_40 = "traceloop-langchain-0.40";
    traceloop_openai_0_40 = "traceloop-openai-0.40";
    traceloop_openai_0_62 = "traceloop-openai-0.62";
    traceloop_sdk_0_62 = "traceloop-sdk-0.62";
    vercel_ai_v4 = "vercel-ai-v4";
    vercel_ai_v5 = "vercel-ai-v5";
    vercel_ai_v7_semconv = "vercel-ai-v7-semconv";
    wire_js_nested_traceable = "wire-js-nested-traceable";
    wire_js_wrap_aisdk = "wire-js-wrap-aisdk";
    wire_js_wrap_anthropic = "wire-js-wrap-anthropic";
    wire_js_wrap_openai = "wire-js-wrap-openai";
    wire_py_errors = "wire-py-errors";
    wire_py_langchain_lcel = "wire-py-langchain-lcel";
    wire_py_langgraph_agent = "wire-py-langgraph-agent";
    wire_py_nested_traceable = "wire-py-nested-traceable";
    wire_py_streaming = "wire-py-streaming";
    wire_py_subagents = "wire-py-subagents";
    wire_py_threads = "wire-py-threads";
    wire_py_wrap_anthropic = "wire-py-wrap-anthropic";
    wire_py_wrap_openai = "wire-py-wrap-openai";
}
