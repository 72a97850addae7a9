//! Conversations of real requests: what each call received and said counts as its fixture lists, every message is there
//! once, and none is empty.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt::Write as _,
    path::{Path, PathBuf},
};

use engine::{
    Arrival, ConversationOf, Encoding, Engine, Options, OtlpRequest, RunId, Signal, TraceId, Transport,
    messages::{Block, Change, Message, PromptMessage, Role, Source},
};
use model::RunType;
use serde_json::{Value, json};

/// Where a conversation means to differ from what a fixture lists.
struct Exception {
    fixture: &'static str,
    runs: &'static [&'static str],
    reason: &'static str,
}

const EXCEPTIONS: &[Exception] = &[
    Exception {
        fixture: "pydantic-ai/v2-format5",
        runs: &["c0744c84e6060abf", "c71776983c43ee71"],
        reason: "the instructions differ from the system prompt among the messages, so both are shown",
    },
    Exception {
        fixture: "semconv/openai-v2-latest",
        runs: &["be0be9780ae4b43e"],
        reason: "the message of the user came without any content, and no message is shown empty",
    },
    Exception {
        fixture: "traceloop/openai-0.40",
        runs: &["8115d1d86038abce", "c4a0b40dc439e40f"],
        reason: "the message of the user came without any content, and no message is shown empty",
    },
];

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/fixtures/otlp")
}

/// Expectations that list messages, by fixture.
fn fixtures() -> BTreeMap<String, Value> {
    let mut found: BTreeMap<String, Value> = BTreeMap::new();
    for folder in std::fs::read_dir(root()).unwrap() {
        let folder = folder.unwrap().path();
        for file in std::fs::read_dir(&folder).into_iter().flatten() {
            let path = file.unwrap().path();
            let name = path.strip_prefix(root()).unwrap().to_str().unwrap().to_owned();
            let Some(name) = name.strip_suffix(".expected.json") else { continue };
            let text = std::fs::read_to_string(&path).unwrap();
            let expected: Value = serde_json::from_str(&text).unwrap();
            // The files of edge cases are no requests of a producer.
            if text.contains("\"messages\"") && expected["files"].is_array() {
                found.insert(name.to_owned(), expected);
            }
        }
    }
    found
}

fn library(expected: &Value) -> (tempfile::TempDir, std::sync::Arc<Engine>) {
    let dir = tempfile::tempdir().unwrap();
    let engine = Engine::open(&Options { watch: false, ..Options::new(dir.path()) }).unwrap();
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    let files = expected["files"].as_array().unwrap();
    let has = |ending: &str| files.iter().any(|file| file.as_str().unwrap().ends_with(ending));
    for file in files.iter().map(|file| file.as_str().unwrap()) {
        let (encoding, is_json) = if file.strip_suffix(".json").is_some() {
            (Encoding::Json, true)
        } else if file.strip_suffix(".pb").is_some() {
            (Encoding::Protobuf, false)
        } else {
            continue;
        };
        // Each request once, in whichever encoding there is.
        if file.contains(".metrics.") || (!is_json && has(&file.replace(".pb", ".json"))) {
            continue;
        }
        let signal = if file.contains(".logs.") { Signal::Logs } else { Signal::Traces };
        let bytes = std::fs::read(root().join(file)).unwrap();
        let request = OtlpRequest { bytes: bytes.into(), encoding, signal, project: None };
        let arrival = Arrival::new(Transport::OtlpHttp, "/v1/traces");
        runtime.block_on(engine.take_otlp(request, arrival)).unwrap();
    }
    (dir, engine)
}

/// Trace, span and expectation of every run that lists messages, with its parents' span ids.
fn listed(node: &Value, trace: &str, out: &mut Vec<(String, String, Value)>) {
    if let (Some(span), Some(messages)) = (node["span_id"].as_str(), node.get("messages")) {
        out.push((trace.to_owned(), span.to_owned(), messages.clone()));
    }
    for key in ["children", "roots"] {
        for child in node[key].as_array().into_iter().flatten() {
            listed(child, trace, out);
        }
    }
}

fn word(role: Role) -> &'static str {
    match role {
        Role::System => "system",
        Role::Human => "user",
        Role::Ai => "assistant",
        Role::Tool => "tool",
    }
}

fn counted(roles: impl Iterator<Item = Role>) -> Value {
    let mut counts: BTreeMap<&str, u64> = BTreeMap::new();
    for role in roles {
        *counts.entry(word(role)).or_default() += 1;
    }
    json!(counts)
}

fn is_empty(block: &Block) -> bool {
    match block {
        Block::Text { text, .. }
        | Block::Reasoning { text }
        | Block::Refusal { text }
        | Block::Error { text } => text.trim().is_empty(),
        Block::ToolCalls(calls) => calls.is_empty(),
        Block::ToolResult(result) => result.content.is_empty() || result.content.iter().any(is_empty),
        Block::Json { json, .. } => json.trim().is_empty(),
        Block::ServerTool(_) | Block::Media(_) | Block::Unreadable { .. } => false,
    }
}

/// What was said twice without being said twice: equal messages of the same side of the same run in one thread.
fn duplicates(messages: &[Message]) -> Vec<String> {
    let mut seen: BTreeSet<String> = BTreeSet::new();
    let mut twice = Vec::new();
    for message in messages {
        let text = format!("{:?} {:?}", message.message_id, message.blocks);
        if message.message_id.is_some() && !seen.insert(text.clone()) {
            twice.push(text);
        }
    }
    twice
}

#[test]
fn every_fixture_reads_as_the_messages_that_it_lists() {
    let mut wrong = String::new();
    let mut told = String::new();
    for (name, expected) in fixtures() {
        let (_dir, engine) = library(&expected);
        let mut runs = Vec::new();
        for tree in expected["tree"].as_array().unwrap() {
            listed(tree, tree["trace_id"].as_str().unwrap(), &mut runs);
        }
        let traces: BTreeSet<&String> = runs.iter().map(|(trace, ..)| trace).collect();
        let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
        for trace in traces {
            let id: TraceId = trace.parse().unwrap();
            let of = ConversationOf::Trace(id);
            // Spans that LangSmith's SDK sends name their runs themselves.
            let Ok(opened) = engine.open_conversation(&of, true) else {
                let _ = writeln!(wrong, "{name}: no trace {trace}");
                continue;
            };
            let said = &opened.conversation;
            let all: Vec<&Message> = said
                .messages
                .iter()
                .chain(said.side_threads.iter().flat_map(|side| &side.messages))
                .collect();
            for message in &all {
                *counts.entry(word(message.role)).or_default() += 1;
                if message.blocks.is_empty() || message.blocks.iter().any(is_empty) {
                    let _ = writeln!(wrong, "{name}: an empty message {message:?}");
                }
            }
            for twice in duplicates(&said.messages) {
                let _ = writeln!(wrong, "{name}: twice {twice}");
            }
            for (_, span, messages) in runs.iter().filter(|(of, ..)| of == trace) {
                let excepted = EXCEPTIONS
                    .iter()
                    .any(|exception| exception.fixture == name && exception.runs.contains(&span.as_str()));
                let Some(run_id) = run_of_span(&engine, id, span) else {
                    let _ = writeln!(wrong, "{name}: no run {span}");
                    continue;
                };
                let prompt = engine.open_prompt(&of, true, id, run_id).map(|opened| opened.prompt.messages);
                let received = prompt.unwrap_or_default();
                let given = received.iter().filter(|message| message.change != Change::Removed);
                let received = counted(given.map(|message: &PromptMessage| message.role));
                if received != messages["in"] && !excepted {
                    let _ = writeln!(wrong, "{name} {span}: received {received}, lists {}", messages["in"]);
                }
                let answers: Vec<&&Message> = all
                    .iter()
                    .filter(|message| message.run_id == run_id && message.source == Source::Output)
                    .collect();
                // Several answers to one request stand together.
                let roles = answers
                    .iter()
                    .flat_map(|message| std::iter::repeat_n(message.role, 1 + message.alternatives.len()));
                let produced = counted(roles);
                let failed = answers
                    .iter()
                    .all(|message| message.blocks.iter().all(|block| matches!(block, Block::Error { .. })));
                // A failure stands where the answer would; a call around another one leaves the answer to it.
                let fits = produced == messages["out"] || failed;
                if !fits && !excepted {
                    let _ = writeln!(wrong, "{name} {span}: said {produced}, lists {}", messages["out"]);
                }
            }
        }
        let counts: Vec<String> = counts.iter().map(|(role, count)| format!("{role} {count}")).collect();
        let _ = writeln!(told, "{name}: {}", counts.join(", "));
    }
    for exception in EXCEPTIONS {
        assert!(!exception.reason.is_empty());
    }
    assert!(wrong.is_empty(), "{wrong}");
    insta::assert_snapshot!("messages_by_role", told);
}

/// The run that a span became.
fn run_of_span(engine: &Engine, trace: TraceId, span: &str) -> Option<RunId> {
    let opened = engine.open_trace(trace).unwrap();
    opened.runs.iter().filter(|run| run.run_type == RunType::Llm).map(|run| run.run_id).find(|run| {
        let detail = engine.open_run(trace, *run).unwrap();
        let attributes: Value = serde_json::from_str(&detail.detail.attributes).unwrap();
        attributes["span"]["span_id"] == span
    })
}
