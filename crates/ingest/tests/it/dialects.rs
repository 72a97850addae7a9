//! Vocabularies without a recorded fixture, written down from their documentation (`otel-genai.md` C), and mixtures.

use model::{RunFields, RunType};
use serde_json::{Value, json};

use crate::support::read;

/// A span as its producer would send it.
#[derive(Default)]
pub(crate) struct Sample {
    pub(crate) scope: &'static str,
    pub(crate) name: &'static str,
    pub(crate) resource: Value,
    pub(crate) attributes: Value,
    /// Names and attributes.
    pub(crate) events: Vec<(&'static str, Value)>,
}

/// Attributes in OTLP/JSON; text stays text, everything else is structured.
fn attributes(object: &Value) -> Value {
    fn any(value: &Value) -> Value {
        match value {
            Value::Bool(flag) => json!({ "boolValue": flag }),
            Value::Number(number) if number.is_i64() => json!({ "intValue": number.to_string() }),
            Value::Number(number) => json!({ "doubleValue": number }),
            Value::String(text) => json!({ "stringValue": text }),
            Value::Array(values) => {
                json!({ "arrayValue": { "values": values.iter().map(any).collect::<Vec<_>>() } })
            }
            Value::Object(_) => json!({ "kvlistValue": { "values": attributes(value) } }),
            Value::Null => json!({}),
        }
    }
    let entries = object.as_object().into_iter().flatten();
    entries.map(|(key, value)| json!({ "key": key, "value": any(value) })).collect()
}

pub(crate) fn record(sample: &Sample) -> model::RunRecord {
    let events: Vec<Value> = sample
        .events
        .iter()
        .map(|(name, object)| json!({ "name": name, "timeUnixNano": "1500000000", "attributes": attributes(object) }))
        .collect();
    let request = json!({ "resourceSpans": [{
        "resource": { "attributes": attributes(&sample.resource) },
        "scopeSpans": [{ "scope": { "name": sample.scope }, "spans": [{
            "traceId": "0af7651916cd43dd8448eb211c80319c",
            "spanId": "b7ad6b7169203331",
            "name": sample.name,
            "startTimeUnixNano": "1000000000",
            "endTimeUnixNano": "3000000000",
            "attributes": attributes(&sample.attributes),
            "events": events,
        }] }],
    }] });
    let mut decoded = read(request.to_string().as_bytes());
    assert_eq!((decoded.records.len(), decoded.rejects.len()), (1, 0), "{:?}", decoded.rejects);
    decoded.records.remove(0)
}

pub(crate) struct Opened {
    pub(crate) fields: RunFields,
    pub(crate) inputs: Value,
    pub(crate) outputs: Value,
}

pub(crate) fn open(sample: &Sample) -> Opened {
    let record = record(sample);
    let detail = ingest::detail(std::slice::from_ref(&record.raw));
    let parse = |text: Option<String>| text.map_or(Value::Null, |text| serde_json::from_str(&text).unwrap());
    Opened { fields: record.fields, inputs: parse(detail.inputs), outputs: parse(detail.outputs) }
}

/// Type, name and vocabulary.
fn kind(opened: &Opened) -> (RunType, &str, &str) {
    let fields = &opened.fields;
    (fields.run_type.unwrap(), fields.name.as_deref().unwrap(), fields.dialect.as_deref().unwrap())
}

#[test]
fn strands_tells_content_in_span_events() {
    let call = open(&Sample {
        scope: "strands.telemetry.tracer",
        name: "chat",
        attributes: json!({
            "gen_ai.system": "strands-agents", "gen_ai.operation.name": "chat",
            "gen_ai.request.model": "claude-sonnet-4-5", "gen_ai.server.time_to_first_token": 250,
            "gen_ai.usage.prompt_tokens": 10, "gen_ai.usage.input_tokens": 10, "gen_ai.usage.output_tokens": 4,
        }),
        events: vec![
            ("gen_ai.user.message", json!({ "content": r#"[{"text":"weather?"}]"# })),
            (
                "gen_ai.assistant.message",
                json!({ "content": r#"[{"toolUse":{"toolUseId":"t1","name":"get","input":{"city":"Oslo"}}}]"# }),
            ),
            (
                "gen_ai.tool.message",
                json!({ "content": r#"[{"toolResult":{"toolUseId":"t1","content":[{"text":"rain"}]}}]"# }),
            ),
            ("gen_ai.choice", json!({ "message": r#"[{"text":"It rains."}]"#, "finish_reason": "end_turn" })),
        ],
        ..Sample::default()
    });
    assert_eq!(kind(&call), (RunType::Llm, "chat", "strands"));
    assert_eq!(call.fields.provider.as_deref(), Some("anthropic"));
    assert_eq!(call.fields.first_token, Some(model::UnixNanos(1_250_000_000)));
    let roles: Vec<&Value> =
        call.inputs["messages"].as_array().unwrap().iter().map(|message| &message["role"]).collect();
    assert_eq!(roles, ["user", "assistant", "tool"]);
    assert_eq!(
        call.outputs["messages"],
        json!([{ "role": "assistant", "parts": [{ "type": "text", "content": "It rains." }], "finish_reason": "end_turn" }])
    );
    assert_eq!(call.fields.output_preview.as_deref(), Some("It rains."));

    let tool = open(&Sample {
        scope: "strands.telemetry.tracer",
        name: "execute_tool get",
        attributes: json!({ "gen_ai.operation.name": "execute_tool", "gen_ai.tool.name": "get" }),
        events: vec![
            ("gen_ai.tool.message", json!({ "role": "tool", "content": r#"{"city":"Oslo"}"#, "id": "t1" })),
            ("gen_ai.choice", json!({ "message": r#"[{"text":"rain"}]"#, "id": "t1" })),
        ],
        ..Sample::default()
    });
    assert_eq!(kind(&tool), (RunType::Tool, "get", "strands"));
    assert_eq!(tool.inputs, json!({ "city": "Oslo" }));
    assert_eq!(tool.outputs, json!({ "output": [{ "text": "rain" }] }));
}

#[test]
fn microsoft_agents_do_not_price_by_their_framework() {
    let agent = open(&Sample {
        scope: "agent_framework",
        name: "invoke_agent weather",
        attributes: json!({
            "gen_ai.operation.name": "invoke_agent", "gen_ai.agent.name": "weather",
            "gen_ai.provider.name": "microsoft.agent_framework", "gen_ai.usage.input_tokens": 90,
            "gen_ai.input.messages": r#"[{"role":"user","parts":[{"type":"text","content":"hi"}]}]"#,
        }),
        ..Sample::default()
    });
    assert_eq!(kind(&agent), (RunType::Chain, "weather", "ms_agent_framework"));
    // The sum of what it calls, which the library counts only where nothing below tells its own.
    assert_eq!((agent.fields.provider, agent.fields.usage.input), (None, Some(90)));
    assert_eq!(agent.inputs["messages"][0]["parts"][0]["content"], "hi");
}

#[test]
fn haystack_components_are_typed_by_their_class() {
    let sample = |class: &str| Sample {
        scope: "haystack",
        name: "haystack.component.run",
        attributes: json!({
            "haystack.component.name": "llm", "haystack.component.type": class,
            "haystack.component.input": r#"{"messages":[{"role":"user","content":[{"text":"hi"}]}]}"#,
            "haystack.component.output": r#"{"replies":[{"role":"assistant","content":[{"text":"yo"}],"meta":{"model":"gpt-4o-2024","usage":{"prompt_tokens":9,"completion_tokens":2}}}]}"#,
        }),
        ..Sample::default()
    };
    let call = open(&sample("OpenAIChatGenerator"));
    assert_eq!(kind(&call), (RunType::Llm, "llm", "haystack"));
    assert_eq!(
        (call.fields.model.as_deref(), call.fields.provider.as_deref()),
        (Some("gpt-4o-2024"), Some("openai"))
    );
    assert_eq!((call.fields.usage.input, call.fields.usage.output), (Some(9), Some(2)));
    assert_eq!(call.outputs["messages"][0]["parts"], json!([{ "type": "text", "content": "yo" }]));
    for (class, run_type) in [
        ("OpenAITextEmbedder", RunType::Embedding),
        ("InMemoryBM25Retriever", RunType::Retriever),
        ("ChatPromptBuilder", RunType::Prompt),
        ("ToolInvoker", RunType::Tool),
        ("ConditionalRouter", RunType::Chain),
    ] {
        assert_eq!(open(&sample(class)).fields.run_type, Some(run_type), "{class}");
    }
}

#[test]
fn genkit_and_mcp_name_their_kind() {
    let model = open(&Sample {
        scope: "genkit-tracer",
        name: "gemini",
        attributes: json!({
            "genkit:name": "gemini", "genkit:metadata:subtype": "model",
            "genkit:input": r#"{"q":1}"#, "genkit:output": r#"{"a":2}"#,
        }),
        ..Sample::default()
    });
    assert_eq!(kind(&model), (RunType::Llm, "gemini", "genkit"));
    assert_eq!((model.inputs, model.outputs), (json!({ "q": 1 }), json!({ "a": 2 })));
    let tool = open(&Sample {
        name: "tools/call search",
        attributes: json!({
            "mcp.method.name": "tools/call", "gen_ai.tool.name": "search",
            "gen_ai.tool.call.arguments": { "q": "x" }, "gen_ai.tool.call.result": "found",
        }),
        ..Sample::default()
    });
    assert_eq!(kind(&tool), (RunType::Tool, "search", "mcp"));
    assert_eq!((tool.inputs, tool.outputs), (json!({ "q": "x" }), json!({ "output": "found" })));
    let resource = open(&Sample {
        name: "resources/read",
        attributes: json!({ "mcp.method.name": "resources/read", "mcp.resource.uri": "file:///a" }),
        ..Sample::default()
    });
    assert_eq!(resource.fields.run_type, Some(RunType::Retriever));
    assert_eq!(resource.inputs, json!({ "uri": "file:///a" }));
}

#[test]
fn voice_agents_are_typed_by_the_names_of_their_spans() {
    let call = open(&Sample {
        scope: "livekit-agents",
        name: "llm_request",
        attributes: json!({
            "gen_ai.request.model": "gpt-4o", "lk.response.ttft": 0.5, "lk.pii.response.text": "Hello!",
            "lk.pii.chat_ctx": r#"{"items":[{"type":"message","role":"user","content":["hi"]}]}"#,
        }),
        ..Sample::default()
    });
    assert_eq!(kind(&call), (RunType::Llm, "llm_request", "livekit"));
    assert_eq!(call.fields.first_token, Some(model::UnixNanos(1_500_000_000)));
    assert_eq!(call.inputs["messages"][0]["parts"], json!([{ "type": "text", "content": "hi" }]));
    assert_eq!(call.outputs["messages"][0]["parts"], json!([{ "type": "text", "content": "Hello!" }]));
    let tool = open(&Sample {
        scope: "livekit-agents",
        name: "function_tool",
        attributes: json!({ "lk.function_tool.name": "book", "lk.function_tool.arguments": r#"{"at":9}"# }),
        ..Sample::default()
    });
    assert_eq!(kind(&tool), (RunType::Tool, "book", "livekit"));
    assert_eq!(tool.inputs, json!({ "at": 9 }));
    let turn = open(&Sample {
        scope: "pipecat.turn",
        name: "turn",
        attributes: json!({ "conversation.id": "c-1", "turn.number": 2 }),
        ..Sample::default()
    });
    assert_eq!(kind(&turn), (RunType::Chain, "turn", "pipecat"));
    assert_eq!(turn.fields.thread.as_deref(), Some("c-1"));
    let spoken = open(&Sample {
        scope: "pipecat.services",
        name: "stt",
        attributes: json!({ "transcript": "good morning", "metrics.ttfb": 0.25 }),
        ..Sample::default()
    });
    assert_eq!(spoken.fields.run_type, Some(RunType::Llm));
    assert_eq!(spoken.fields.output_preview.as_deref(), Some("good morning"));
}

#[test]
fn google_adk_2_speaks_the_conventions() {
    let call = open(&Sample {
        scope: "gcp.vertex.agent",
        name: "generate_content gemini-2.5-flash",
        attributes: json!({
            "gen_ai.operation.name": "generate_content", "gen_ai.system": "gemini",
            "gen_ai.request.model": "gemini-2.5-flash", "gen_ai.usage.input_tokens": 5, "gen_ai.usage.output_tokens": 2,
            "gen_ai.input.messages": [{ "role": "user", "parts": [{ "type": "text", "content": "hi" }] }],
        }),
        ..Sample::default()
    });
    assert_eq!(kind(&call).0, RunType::Llm);
    assert_eq!((call.fields.provider.as_deref(), call.fields.usage.output), (Some("google_genai"), Some(2)));
    assert_eq!(call.inputs["messages"][0]["parts"][0]["content"], "hi");
}

#[test]
fn older_events_of_openllmetry_hold_a_side_each() {
    let call = open(&Sample {
        name: "openai.chat",
        attributes: json!({ "gen_ai.operation.name": "chat", "gen_ai.request.model": "gpt-4o" }),
        events: vec![
            ("gen_ai.content.prompt", json!({ "gen_ai.prompt": r#"[{"role":"user","content":"hi"}]"# })),
            (
                "gen_ai.content.completion",
                json!({ "gen_ai.completion": r#"[{"role":"assistant","content":"yo"}]"# }),
            ),
        ],
        ..Sample::default()
    });
    assert_eq!(call.inputs["messages"][0]["parts"], json!([{ "type": "text", "content": "hi" }]));
    assert_eq!(call.outputs["messages"][0]["parts"], json!([{ "type": "text", "content": "yo" }]));
}

#[test]
fn vector_databases_and_rerankers_are_retrievers() {
    let query = open(&Sample {
        name: "pinecone.query",
        attributes: json!({ "db.system": "pinecone", "db.operation": "query" }),
        ..Sample::default()
    });
    assert_eq!(query.fields.run_type, Some(RunType::Retriever));
    let upsert = open(&Sample {
        name: "pinecone.upsert",
        attributes: json!({ "db.system": "pinecone", "db.operation": "upsert" }),
        ..Sample::default()
    });
    assert_eq!(upsert.fields.run_type, Some(RunType::Chain));
    let reranker = open(&Sample {
        name: "rerank",
        attributes: json!({
            "openinference.span.kind": "RERANKER", "reranker.query": "q",
            "reranker.input_documents.0.document.content": "a",
            "reranker.input_documents.1.document.content": "b",
            "reranker.output_documents.0.document.content": "b",
            "reranker.output_documents.0.document.score": 0.9,
        }),
        ..Sample::default()
    });
    assert_eq!(reranker.fields.detail.as_deref(), Some("1 document"));
    assert_eq!(
        reranker.inputs,
        json!({ "query": "q", "documents": [{ "page_content": "a" }, { "page_content": "b" }] })
    );
}

#[test]
fn a_plain_span_stays_a_readable_chain() {
    let span = open(&Sample {
        name: "checkout",
        attributes: json!({ "http.request.method": "POST", "model": "T-Ford", "input": "basket", "session.id": "s" }),
        resource: json!({ "service.name": "shop" }),
        ..Sample::default()
    });
    assert_eq!(kind(&span), (RunType::Chain, "checkout", "generic"));
    assert_eq!((span.fields.model, span.fields.provider), (None, None));
    assert_eq!(span.fields.project.as_deref(), Some("shop"));
    assert_eq!(span.inputs, json!({ "input": "basket" }));
}

#[test]
fn a_failure_is_told_by_more_than_the_status() {
    let failed = |sample: Sample| open(&sample).fields.error;
    let langfuse = json!({ "langfuse.observation.type": "span", "langfuse.observation.level": "ERROR", "langfuse.observation.status_message": "kaput" });
    assert_eq!(failed(Sample { attributes: langfuse, ..Sample::default() }).as_deref(), Some("kaput"));
    let tool = json!({ "span.type": "tool.execution", "success": false, "error": "exit 1" });
    let scope = "com.anthropic.claude_code.tracing";
    assert_eq!(failed(Sample { scope, attributes: tool, ..Sample::default() }).as_deref(), Some("error"));
}

#[test]
fn a_pending_span_of_logfire_announces_the_run_above_it() {
    let pending = |parent: &str| {
        let attributes = attributes(
            &json!({ "logfire.span_type": "pending_span", "logfire.pending_parent_id": parent, "logfire.msg": "at work" }),
        );
        let request = json!({ "resourceSpans": [{ "scopeSpans": [{ "scope": { "name": "logfire" }, "spans": [{
            "traceId": "0af7651916cd43dd8448eb211c80319c", "spanId": "b7ad6b7169203331", "parentSpanId": "00f067aa0ba902b7",
            "name": "x", "startTimeUnixNano": "1", "endTimeUnixNano": "1", "attributes": attributes,
        }] }] }] });
        read(request.to_string().as_bytes()).records.remove(0)
    };
    let run = pending("0000000000000007");
    assert_eq!(run.run_id.to_string(), "00000000-0000-0000-00f0-67aa0ba902b7");
    assert_eq!(run.fields.parent_run_id.unwrap().to_string(), "00000000-0000-0000-0000-000000000007");
    assert_eq!(
        (run.fields.status(), run.fields.name.as_deref()),
        (model::RunStatus::Pending, Some("at work"))
    );
    assert_eq!(pending("0000000000000000").fields.parent_run_id, None);
}

#[test]
fn every_field_tells_where_it_comes_from() {
    let sample = Sample {
        scope: "ai",
        name: "ai.generateText.doGenerate",
        attributes: json!({
            "ai.operationId": "ai.generateText.doGenerate", "ai.model.provider": "openai.chat",
            "ai.response.model": "gpt-4o-2024", "gen_ai.request.model": "gpt-4o",
            "ai.usage.inputTokens": 7, "ai.usage.outputTokens": 3,
            "ai.telemetry.metadata.sessionId": "s-1", "ai.response.text": "hi",
        }),
        resource: json!({ "service.name": "shop" }),
        ..Sample::default()
    };
    let explained = ingest::explain(&record(&sample).raw);
    let told: Vec<(&str, &str, &str, &str)> = explained
        .iter()
        .map(|field| (field.field, field.value.as_str(), field.rule, field.attribute.as_ref()))
        .collect();
    assert_eq!(
        told,
        [
            ("dialect", "vercel_ai", "inferred", "scope and attributes"),
            ("run_type", "llm", "vercel_ai", "ai.operationId, operation.name"),
            ("name", "ai.generateText.doGenerate", "inferred", "name of the span"),
            ("model", "gpt-4o-2024", "vercel_ai", "ai.response.model"),
            ("provider", "openai", "vercel_ai", "ai.model.provider"),
            ("usage", "input 7, output 3", "vercel_ai", "ai.usage.inputTokens"),
            ("thread", "s-1", "vercel_ai", "ai.telemetry.metadata.sessionId"),
            ("project", "shop", "inferred", "resource service.name"),
            ("outputs", "messages", "vercel_ai", "ai.response.*, ai.result.*"),
        ]
    );
}

#[test]
fn attributes_that_no_rule_reads_are_metadata() {
    let sample = Sample {
        name: "chat",
        attributes: json!({
            "gen_ai.operation.name": "chat", "gen_ai.request.model": "m", "gen_ai.response.id": "resp-1",
            "gen_ai.usage.input_tokens": 7, "gen_ai.usage.prompt_tokens": 7,
            "gen_ai.input.messages": "[{\"role\":\"user\",\"parts\":[]}]",
            "session.id": "s-1", "user.id": "u-1", "my.tier": "gold", "retries": 2,
        }),
        ..Sample::default()
    };
    let detail = ingest::detail(std::slice::from_ref(&record(&sample).raw));
    let metadata: Value = serde_json::from_str(&detail.metadata).unwrap();
    assert_eq!(
        metadata,
        json!({
            "model": "m", "ls_model_name": "m", "otel.span_name": "chat", "my.tier": "gold", "retries": 2,
            "gen_ai.response.id": "resp-1",
        })
    );
}

#[test]
fn steps_of_a_haystack_agent() {
    let meta = json!({
        "model": "gpt-4o-mini-2024-07-18", "finish_reason": "stop",
        "usage": { "prompt_tokens": 100, "completion_tokens": 20, "prompt_tokens_details": { "cached_tokens": 40 } },
    });
    let message = |role: &str, text: &str, meta: &Value| json!({ "role": role, "meta": meta, "name": null, "content": [{ "text": text }] });
    let llm = Sample {
        scope: "my-app",
        name: "haystack.agent.step.llm",
        attributes: json!({
            "haystack.agent.step.llm.input":
                json!({ "messages": [message("user", "weather?", &json!({}))], "tools": [] }).to_string(),
            "haystack.agent.step.llm.output":
                json!({ "replies": [message("assistant", "sunny", &meta)] }).to_string(),
        }),
        ..Sample::default()
    };
    let opened = open(&llm);
    assert_eq!(kind(&opened), (RunType::Llm, "haystack.agent.step.llm", "haystack"));
    assert_eq!(opened.fields.model.as_deref(), Some("gpt-4o-mini-2024-07-18"));
    let usage = &opened.fields.usage;
    assert_eq!((usage.input, usage.output, usage.cache_read), (Some(100), Some(20), Some(40)));
    assert_eq!(opened.inputs["messages"][0]["parts"][0]["content"], "weather?");
    assert_eq!(opened.outputs["messages"][0]["parts"][0]["content"], "sunny");
    let tool = Sample {
        scope: "my-app",
        name: "haystack.agent.step.tool",
        attributes: json!({
            "haystack.tool.name": "get_weather",
            "haystack.agent.step.tool.input": "{\"city\": \"Paris\"}",
            "haystack.agent.step.tool.output": "sunny in Paris",
        }),
        ..Sample::default()
    };
    let opened = open(&tool);
    assert_eq!(kind(&opened), (RunType::Tool, "get_weather", "haystack"));
    assert_eq!(
        (opened.inputs, opened.outputs),
        (json!({ "city": "Paris" }), json!({ "output": "sunny in Paris" }))
    );
}
