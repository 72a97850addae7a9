//! What the tests share: traces written as JSON, conversations drawn as text.

use std::{collections::HashMap, fmt::Write as _};

use model::{Cost, RunId, RunStatus, RunType, TraceId, UnixNanos, Usage};
use serde::Deserialize;
use serde_json::{Value, json};
use views::messages::{
    Block, Conversation, MediaSource, Message, Options, Role, RunInput, TraceInput, conversation,
};

#[derive(Deserialize)]
struct File {
    traces: Vec<Trace>,
}

#[derive(Deserialize)]
struct Trace {
    trace_id: String,
    runs: Vec<Run>,
}

#[derive(Deserialize)]
struct Run {
    id: String,
    parent: Option<String>,
    run_type: String,
    name: String,
    status: String,
    error: Option<String>,
    start: Option<i64>,
    end: Option<i64>,
    model: Option<String>,
    provider: Option<String>,
    #[serde(default)]
    usage: Counts,
    cost: Option<String>,
    inputs: Option<Value>,
    outputs: Option<Value>,
    metadata: Option<Value>,
    attributes: Option<Value>,
}

#[derive(Default, Deserialize)]
struct Counts {
    input: Option<u64>,
    output: Option<u64>,
}

/// The traces of a file below `tests/fixtures`.
pub(crate) fn fixture(name: &str) -> Vec<TraceInput> {
    let path = format!("{}/tests/fixtures/{name}.json", env!("CARGO_MANIFEST_DIR"));
    let text = std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{path}: {error}"));
    let file: File = serde_json::from_str(&text).unwrap_or_else(|error| panic!("{path}: {error}"));
    file.traces.into_iter().map(trace_of).collect()
}

fn trace_of(trace: Trace) -> TraceInput {
    let text = |value: Option<Value>| value.map(|value| value.to_string());
    let runs = trace.runs.into_iter().map(|run| RunInput {
        run_id: run.id.parse().expect("a run id"),
        parent_run_id: run.parent.map(|id| id.parse().expect("a run id")),
        run_type: RunType::parse(&run.run_type).unwrap_or_default(),
        name: run.name,
        status: RunStatus::ALL.into_iter().find(|status| status.as_str() == run.status).expect("a status"),
        error: run.error,
        start: run.start.map(UnixNanos),
        end: run.end.map(UnixNanos),
        model: run.model,
        provider: run.provider,
        usage: Usage { input: run.usage.input, output: run.usage.output, ..Usage::default() },
        cost: run.cost.and_then(|cost| Cost::parse_usd(&cost)),
        inputs: text(run.inputs),
        outputs: text(run.outputs),
        metadata: text(run.metadata),
        attributes: text(run.attributes),
    });
    TraceInput { trace_id: trace.trace_id.parse().expect("a run id"), runs: runs.collect() }
}

/// A trace with this number.
pub(crate) fn trace(number: u8, runs: Vec<RunInput>) -> TraceInput {
    TraceInput { trace_id: TraceId::from_bytes([number; 16]), runs }
}

/// A successful run that starts at second `number`, below `parent`.
pub(crate) fn run(number: u8, parent: Option<u8>, run_type: RunType, name: &str) -> RunInput {
    let start = i64::from(number) * 1_000_000_000;
    RunInput {
        run_id: RunId::from_span_id([number; 8]),
        parent_run_id: parent.map(|parent| RunId::from_span_id([parent; 8])),
        run_type,
        name: name.to_owned(),
        status: RunStatus::Success,
        error: None,
        start: Some(UnixNanos(start)),
        end: Some(UnixNanos(start + 500_000_000)),
        model: None,
        provider: None,
        usage: Usage::default(),
        cost: None,
        inputs: None,
        outputs: None,
        metadata: None,
        attributes: None,
    }
}

/// The same run with payload and metadata.
pub(crate) fn with(run: RunInput, inputs: Value, outputs: Value, metadata: Value) -> RunInput {
    let text = |value: Value| (!value.is_null()).then(|| value.to_string());
    RunInput { inputs: text(inputs), outputs: text(outputs), metadata: text(metadata), ..run }
}

/// A model call in OpenAI's shape.
pub(crate) fn chat(number: u8, messages: Value, answer: Value) -> RunInput {
    let outputs = if answer.is_null() { Value::Null } else { json!({ "choices": [{ "message": answer }] }) };
    with(
        run(number, None, RunType::Llm, "chat"),
        json!({ "messages": messages }),
        outputs,
        json!({ "ls_provider": "openai" }),
    )
}

/// What the conversation of one model call reads like.
pub(crate) fn drawn_call(inputs: Value, outputs: Value, metadata: Value) -> String {
    let call = with(run(1, None, RunType::Llm, "call"), inputs, outputs, metadata);
    drawn(&[trace(1, vec![call])])
}

pub(crate) fn drawn(traces: &[TraceInput]) -> String {
    draw(traces, &conversation(traces, Options::default()))
}

pub(crate) fn draw(traces: &[TraceInput], conversation: &Conversation) -> String {
    let names: HashMap<RunId, &str> =
        traces.iter().flat_map(|trace| &trace.runs).map(|run| (run.run_id, run.name.as_str())).collect();
    let mut out = String::new();
    for (number, turn) in conversation.turns.iter().enumerate() {
        let _ = write!(out, "turn {number} {}", turn.name);
        if let Some(shape) = turn.shape {
            let _ = write!(out, " [{shape}]");
        }
        for hidden in &turn.hidden {
            let _ = write!(out, " ({} hidden: {})", hidden.runs.len(), hidden.reason.as_str());
        }
        out.push('\n');
        for at in turn.messages.clone() {
            draw_message(at, &conversation.messages[at], &names, &mut out);
        }
    }
    for (number, side) in conversation.side_threads.iter().enumerate() {
        let parent = side.anchor.parent.map_or_else(|| "main".to_owned(), |parent| format!("side {parent}"));
        let _ = writeln!(
            out,
            "side {number} {} from {parent} message {:?} call {:?}",
            side.label, side.anchor.message, side.anchor.call
        );
        for (at, message) in side.messages.iter().enumerate() {
            draw_message(at, message, &names, &mut out);
        }
    }
    out
}

fn draw_message(at: usize, message: &Message, names: &HashMap<RunId, &str>, out: &mut String) {
    let role = match message.role {
        Role::System => "system",
        Role::Human => "human",
        Role::Ai => "ai",
        Role::Tool => "tool",
    };
    let _ = write!(out, "  {at} {role}");
    if let Some(raw) = &message.raw_role {
        let _ = write!(out, " ({raw})");
    }
    if message.system_changed {
        out.push_str(" changed");
    }
    if let Some(hidden) = message.hidden {
        let _ = write!(out, " hidden:{}", hidden.as_str());
    }
    if !message.extracted {
        out.push_str(" not extracted");
    }
    let _ = write!(out, " <{}", names.get(&message.run_id).copied().unwrap_or("?"));
    if let Some(tokens) = message.usage.as_ref().and_then(model::Usage::total) {
        let _ = write!(out, " {tokens}t");
    }
    out.push_str(">:");
    for block in &message.blocks {
        let _ = write!(out, " {}", block_text(block));
    }
    out.push('\n');
    for alternative in &message.alternatives {
        let blocks: Vec<String> = alternative.iter().map(block_text).collect();
        let _ = writeln!(out, "      or: {}", blocks.join(" "));
    }
}

fn clipped(text: &str) -> String {
    let line = text.split_whitespace().collect::<Vec<_>>().join(" ");
    match line.char_indices().nth(90) {
        Some((at, _)) => format!("{}…", &line[..at]),
        None => line,
    }
}

fn block_text(block: &Block) -> String {
    match block {
        Block::Text { text, .. } => format!("{:?}", clipped(text)),
        Block::Reasoning { text } => format!("thought({:?})", clipped(text)),
        Block::ToolCalls(calls) => {
            let calls: Vec<String> = calls
                .iter()
                .map(|call| {
                    format!(
                        "{}#{}({}) {:?}{}{}{}",
                        call.name,
                        call.id.as_deref().unwrap_or("-"),
                        call.arguments
                            .as_ref()
                            .map(|arguments| clipped(arguments.as_str()))
                            .unwrap_or_default(),
                        call.state,
                        call.result.map(|at| format!(" ->{at}")).unwrap_or_default(),
                        if call.run_id.is_some() { " run" } else { "" },
                        call.side_threads
                            .iter()
                            .fold(String::new(), |all, side| format!("{all} side {side}")),
                    )
                })
                .collect();
            format!("calls[{}]", calls.join("; "))
        }
        Block::ToolResult(result) => {
            let content: Vec<String> = result.content.iter().map(block_text).collect();
            format!(
                "result {}#{}{} {}{}",
                result.name.as_deref().unwrap_or("-"),
                result.call_id.as_deref().unwrap_or("-"),
                if result.is_error { " error" } else { "" },
                content.join(" "),
                result
                    .error
                    .as_ref()
                    .map(|error| format!(" failed({:?})", clipped(error)))
                    .unwrap_or_default()
            )
        }
        Block::ServerTool(tool) => {
            let result: Vec<String> = tool.result.iter().map(block_text).collect();
            format!(
                "server {}({}){} -> [{}]",
                tool.name,
                tool.arguments.as_ref().map(|arguments| clipped(arguments.as_str())).unwrap_or_default(),
                if tool.is_error { " error" } else { "" },
                result.join(" ")
            )
        }
        Block::Media(media) => {
            let source = match &media.source {
                MediaSource::Url(url) => format!("url {}", clipped(url)),
                MediaSource::Base64(data) => format!("base64 {}", clipped(data)),
                MediaSource::FileId(id) => format!("id {id}"),
            };
            let mime = media.mime_type.as_deref().unwrap_or("-");
            let name = media.name.as_ref().map(|name| format!(" {name}")).unwrap_or_default();
            let transcript = media
                .transcript
                .as_ref()
                .map(|text| format!(" says {:?}", clipped(text)))
                .unwrap_or_default();
            format!("{}<{mime} {source}{name}{transcript}>", media.kind.as_str())
        }
        Block::Refusal { text } => format!("refusal({:?})", clipped(text)),
        Block::Error { text } => format!("error({:?})", clipped(text)),
        Block::Json { kind, json } => format!("json:{}({})", kind.as_deref().unwrap_or("-"), clipped(json)),
        Block::Unreadable { reason, .. } => format!("unreadable({})", clipped(reason)),
    }
}
