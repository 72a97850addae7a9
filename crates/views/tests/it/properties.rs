//! Laws: no input panics, nothing is blank, replay is shown once, repetition changes nothing.

use model::{RunStatus, RunType};
use proptest::prelude::*;
use serde_json::{Value, json};
use views::messages::{
    Block, CallPlace, Conversation, Message, Options, Role, RunInput, TraceInput, conversation, to_markdown,
};

use crate::support::{run, trace};

/// Keys and words that mean something somewhere, so that arbitrary JSON reaches every rule.
const WORDS: [&str; 88] = [
    "messages",
    "input",
    "output",
    "outputs",
    "role",
    "content",
    "parts",
    "type",
    "text",
    "tool_calls",
    "function",
    "name",
    "arguments",
    "args",
    "id",
    "call_id",
    "tool_call_id",
    "toolCallId",
    "toolName",
    "lc",
    "kwargs",
    "data",
    "choices",
    "message",
    "generations",
    "candidates",
    "contents",
    "system",
    "instructions",
    "reasoning",
    "thinking",
    "summary",
    "image_url",
    "url",
    "source",
    "inline_data",
    "functionCall",
    "functionResponse",
    "response",
    "result",
    "value",
    "update",
    "prompt",
    "user",
    "assistant",
    "tool",
    "human",
    "ai",
    "model",
    "tool_use",
    "tool_result",
    "tool-call",
    "tool-result",
    "function_call",
    "function_call_output",
    "tool_call",
    "tool_call_response",
    "image",
    "file",
    "document",
    "blob",
    "server_tool_use",
    "web_search_tool_result",
    "refusal",
    "non_standard",
    "constructor",
    "AIMessage",
    "ToolMessage",
    "object",
    "",
    "call_0",
    "raw",
    "input_audio",
    "audio",
    "format",
    "wav",
    "base64",
    "mime_type",
    "mimeType",
    "modality",
    "uri",
    "binary",
    "resource",
    "Buffer",
    "bytes",
    "file_data",
    "inlineData",
    "data:audio/wav;base64,UklGRg==",
];

fn word() -> impl Strategy<Value = String> {
    prop_oneof![6 => prop::sample::select(&WORDS[..]).prop_map(str::to_owned), 1 => ".{0,6}"]
}

fn any_json() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        1 => Just(Value::Null),
        1 => any::<bool>().prop_map(Value::from),
        1 => any::<i64>().prop_map(Value::from),
        5 => word().prop_map(Value::from),
        1 => prop_oneof![
            Just(r#"{"role":"user","content":[{"type":"text"}]}"#),
            Just(r#"[{"type":"tool_use","name":"f"}]"#),
            Just("{broken"),
            Just("data:image/png;base64,AA"),
            Just("data:,"),
            Just("\"quoted\""),
        ].prop_map(Value::from),
    ];
    leaf.prop_recursive(6, 60, 6, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..5).prop_map(Value::from),
            prop::collection::vec((word(), inner.clone()), 0..6)
                .prop_map(|members| Value::Object(members.into_iter().collect())),
            inner.prop_map(|value| Value::from(value.to_string())),
        ]
    })
}

fn metadata() -> impl Strategy<Value = Value> {
    let integration = prop::sample::select(vec![
        "",
        "vercel-ai-sdk",
        "openai-agents-sdk",
        "claude-code",
        "langchain_chat_model",
        "google-adk",
        "openai-codex",
    ]);
    let provider = prop::sample::select(vec!["", "openai", "anthropic", "google"]);
    let agent = prop::sample::select(vec!["", "root", "subagent", "middleware", "compaction"]);
    (integration, provider, agent, prop::bool::weighted(0.1)).prop_map(
        |(integration, provider, agent, excluded)| {
            let mut metadata =
                json!({ "ls_integration": integration, "ls_provider": provider, "ls_agent_type": agent });
            if excluded {
                metadata["ls_message_view_exclude"] = Value::Null;
            }
            metadata
        },
    )
}

fn any_run(number: u8) -> impl Strategy<Value = RunInput> {
    let types = prop::sample::select(vec![RunType::Llm, RunType::Llm, RunType::Tool, RunType::Chain]);
    let status = prop::sample::select(RunStatus::ALL.to_vec());
    let payload = || {
        prop_oneof![
            8 => any_json().prop_map(|value| Some(value.to_string())),
            1 => ".{0,20}".prop_map(Some),
            1 => Just(None),
        ]
    };
    // Parents that are missing, ahead, or the run itself.
    (types, status, prop::option::of(0_u8..12), payload(), payload(), metadata(), payload()).prop_map(
        move |(run_type, status, parent, inputs, outputs, metadata, attributes)| RunInput {
            status,
            error: (status != RunStatus::Success)
                .then(|| "boom\n\nTraceback (most recent call last)".to_owned()),
            inputs,
            outputs,
            metadata: Some(metadata.to_string()),
            attributes: attributes.map(|text| format!("{{\"llm.input_messages.0.message\":{text}}}")),
            ..run(number, parent, run_type, "f")
        },
    )
}

fn any_traces() -> impl Strategy<Value = Vec<TraceInput>> {
    let runs = (any_run(1), any_run(2), any_run(3), any_run(4), any_run(5))
        .prop_map(|(a, b, c, d, e)| vec![a, b, c, d, e]);
    prop::collection::vec(runs, 1..3)
        .prop_map(|traces| (1_u8..).zip(traces).map(|(number, runs)| trace(number, runs)).collect())
}

fn is_blank(block: &Block) -> bool {
    match block {
        Block::Text { text, .. }
        | Block::Reasoning { text }
        | Block::Refusal { text }
        | Block::Error { text } => text.trim().is_empty(),
        Block::ToolCalls(calls) => calls.is_empty() || calls.iter().any(|call| call.name.is_empty()),
        Block::ToolResult(result) => result.content.is_empty() || result.content.iter().any(is_blank),
        Block::ServerTool(tool) => tool.result.iter().any(is_blank),
        Block::Json { json, .. } => json.is_empty(),
        Block::Unreadable { text, reason } => text.is_empty() || reason.is_empty(),
        Block::Media(_) => false,
    }
}

/// What must hold of every thread of messages.
fn check_thread(messages: &[Message], sides: usize) {
    for (at, message) in messages.iter().enumerate() {
        assert!(!message.blocks.is_empty(), "{message:?}");
        assert!(!message.blocks.iter().any(is_blank), "{message:?}");
        assert!(message.alternatives.iter().flatten().all(|block| !is_blank(block)), "{message:?}");
        if let Some(CallPlace { message: asked, call }) = message.answers {
            assert_eq!(message.role, Role::Tool);
            let calls = messages[asked].blocks.iter().find_map(|block| match block {
                Block::ToolCalls(calls) => Some(calls),
                _ => None,
            });
            assert_eq!(calls.expect("the message has calls")[call].result, Some(at));
            assert!(asked < at);
        }
        for block in &message.blocks {
            if let Block::ToolCalls(calls) = block {
                for call in calls {
                    assert!(call.side_threads.iter().all(|side| *side < sides));
                    assert!(call.result.is_none_or(|result| messages[result].answers.is_some()));
                }
            }
        }
    }
    assert!(messages.windows(2).all(|pair| pair[0].turn <= pair[1].turn));
}

fn check(conversation: &Conversation) {
    check_thread(&conversation.messages, conversation.side_threads.len());
    for side in &conversation.side_threads {
        assert!(!side.messages.is_empty());
        check_thread(&side.messages, conversation.side_threads.len());
        let parent = side
            .anchor
            .parent
            .map_or(&conversation.messages, |parent| &conversation.side_threads[parent].messages);
        assert!(side.anchor.message.is_none_or(|message| message < parent.len()));
    }
    let mut next = 0;
    for (number, turn) in conversation.turns.iter().enumerate() {
        assert_eq!(turn.messages.start, next);
        next = turn.messages.end;
        assert!(conversation.messages[turn.messages.clone()].iter().all(|message| message.turn == number));
    }
    assert_eq!(next, conversation.messages.len());
}

/// A step of a constructed conversation.
#[derive(Debug, Clone)]
enum Step {
    Human(u8),
    Answer(u8),
    /// Calls of tools and their results.
    Calls(Vec<u8>),
}

/// Each turn: human words, rounds of calls, an answer. Few words, so that they repeat.
fn turns() -> impl Strategy<Value = Vec<Vec<Step>>> {
    let rounds = prop::collection::vec(prop::collection::vec(0_u8..2, 1..3).prop_map(Step::Calls), 0..3);
    let turn = (0_u8..2, rounds, 0_u8..2).prop_map(|(human, rounds, answer)| {
        let mut steps = vec![Step::Human(human)];
        steps.extend(rounds);
        steps.push(Step::Answer(answer));
        steps
    });
    prop::collection::vec(turn, 1..5)
}

/// What a reader must see, and the traces of a program that replays everything in every call.
struct Built {
    traces: Vec<TraceInput>,
    expected: Vec<(Role, String)>,
}

/// `with_ids`: whether messages have ids, as LangChain's do. `tool_runs`: whether tools have runs of their own.
fn build(turns: &[Vec<Step>], with_ids: bool, tool_runs: bool) -> Built {
    let mut history: Vec<Value> = vec![json!({ "role": "system", "content": "S" })];
    let mut expected = vec![(Role::System, "S".to_owned())];
    let mut traces = Vec::new();
    let mut number = 0_u8;
    let mut calls_so_far = 0;
    let mut ids = 0;
    let mut message = |mut message: Value| {
        if with_ids {
            ids += 1;
            message["id"] = json!(format!("message-{ids}"));
        }
        message
    };
    for (turn, steps) in (1_u8..).zip(turns) {
        let mut runs = Vec::new();
        for step in steps {
            let mut answer = match step {
                Step::Human(word) => {
                    let text = format!("human {word}");
                    expected.push((Role::Human, text.clone()));
                    history.push(message(json!({ "role": "user", "content": text })));
                    continue;
                }
                Step::Answer(word) => {
                    let text = format!("answer {word}");
                    expected.push((Role::Ai, text.clone()));
                    json!({ "role": "assistant", "content": text })
                }
                Step::Calls(arguments) => {
                    let calls: Vec<Value> = arguments
                        .iter()
                        .map(|argument| {
                            calls_so_far += 1;
                            json!({ "id": format!("call-{calls_so_far:06}"), "type": "function",
                                "function": { "name": "f", "arguments": json!({ "n": argument }).to_string() } })
                        })
                        .collect();
                    expected.push((Role::Ai, format!("{} calls", calls.len())));
                    json!({ "role": "assistant", "content": null, "tool_calls": calls })
                }
            };
            answer = message(answer);
            number += 1;
            runs.push(RunInput {
                inputs: Some(json!({ "messages": history }).to_string()),
                outputs: Some(json!({ "choices": [{ "message": answer }] }).to_string()),
                metadata: Some(json!({ "ls_provider": "openai" }).to_string()),
                ..run(number, None, RunType::Llm, "chat")
            });
            history.push(answer.clone());
            for call in answer["tool_calls"].as_array().into_iter().flatten() {
                let text = "same result";
                expected.push((Role::Tool, text.to_owned()));
                let result = message(json!({ "role": "tool", "tool_call_id": call["id"], "content": text }));
                if tool_runs {
                    number += 1;
                    runs.push(RunInput {
                        inputs: Some(
                            call["function"]["arguments"].as_str().expect("arguments are a text").to_owned(),
                        ),
                        outputs: Some(result.to_string()),
                        ..run(number, None, RunType::Tool, "f")
                    });
                }
                history.push(result);
            }
        }
        traces.push(trace(turn, runs));
    }
    Built { traces, expected }
}

fn read(conversation: &Conversation) -> Vec<(Role, String)> {
    let text = |message: &Message| match &message.blocks[0] {
        Block::Text { text, .. } => text.clone(),
        Block::ToolCalls(calls) => format!("{} calls", calls.len()),
        Block::ToolResult(result) => match &result.content[0] {
            Block::Text { text, .. } => text.clone(),
            other => format!("{other:?}"),
        },
        other => format!("{other:?}"),
    };
    conversation.messages.iter().map(|message| (message.role, text(message))).collect()
}

/// The same runs in another order; that of the traces is the one of their turns.
fn shuffled(traces: &[TraceInput], mut seed: u64) -> Vec<TraceInput> {
    // A generator of Knuth's; any order will do.
    let mut below = |bound: usize| {
        seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(seed >> 33).expect("31 bits") % bound
    };
    let mut traces = traces.to_vec();
    for runs in traces.iter_mut().map(|trace| &mut trace.runs) {
        (1..runs.len()).rev().for_each(|at| runs.swap(at, below(at + 1)));
    }
    traces
}

/// The same calls as a program writes them that sends only what is new since its last call.
fn without_history(built: &Built) -> Vec<TraceInput> {
    let mut seen = 0;
    let mut traces = built.traces.clone();
    for run in traces.iter_mut().flat_map(|trace| &mut trace.runs).filter(|run| run.run_type == RunType::Llm)
    {
        let inputs: Value = serde_json::from_str(run.inputs.as_deref().unwrap_or_default()).expect("JSON");
        let all = inputs["messages"].as_array().expect("a list");
        run.inputs = Some(json!({ "messages": all[seen.min(all.len())..] }).to_string());
        // What it answered itself is not new to it either.
        seen = all.len() + 1;
    }
    traces
}

/// One more call with the whole conversation as its history, and nothing said.
fn replaying(last: &TraceInput, by: &RunInput) -> TraceInput {
    let mut again = last.clone();
    again.runs.push(RunInput {
        outputs: None,
        inputs: by.inputs.clone(),
        ..run(250, None, RunType::Llm, "replay")
    });
    again
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, ..ProptestConfig::default() })]

    #[test]
    fn no_input_panics_and_nothing_is_blank(traces in any_traces(), show_hidden in any::<bool>()) {
        let conversation = conversation(&traces, Options { show_hidden });
        check(&conversation);
        prop_assert!(to_markdown("t", &conversation).starts_with("# t\n"));
    }

    #[test]
    fn traces_and_runs_that_come_twice_change_nothing(traces in any_traces()) {
        let once = conversation(&traces, Options::default());
        let mut twice = traces.clone();
        for trace in &mut twice {
            let again = trace.runs.clone();
            trace.runs.extend(again);
        }
        twice.extend(traces);
        prop_assert_eq!(conversation(&twice, Options::default()), once);
    }

    #[test]
    fn hidden_messages_disturb_no_others(traces in any_traces()) {
        let plain = conversation(&traces, Options::default());
        let shown = conversation(&traces, Options { show_hidden: true });
        let told = |message: &Message| (message.role, message.run_id, message.turn);
        let visible: Vec<_> = shown.messages.iter().filter(|message| message.hidden.is_none()).map(told).collect();
        prop_assert_eq!(visible, plain.messages.iter().map(told).collect::<Vec<_>>());
        prop_assert!(plain.messages.iter().all(|message| message.hidden.is_none()));
    }

    #[test]
    fn every_message_of_a_replayed_thread_is_shown_once(
        turns in turns(), with_ids in any::<bool>(), tool_runs in any::<bool>(),
    ) {
        let built = build(&turns, with_ids, tool_runs);
        let conversation = conversation(&built.traces, Options::default());
        check(&conversation);
        prop_assert_eq!(read(&conversation), built.expected);
        let calls: Vec<_> = conversation.messages.iter().flat_map(|message| &message.blocks).filter_map(|block| match block {
            Block::ToolCalls(calls) => Some(calls),
            _ => None,
        }).flatten().collect();
        prop_assert!(calls.iter().all(|call| call.result.is_some() && call.run_id.is_some() == tool_runs));
    }

    #[test]
    fn one_trace_or_several_tell_the_same(turns in turns(), with_ids in any::<bool>()) {
        let built = build(&turns, with_ids, true);
        let runs = built.traces.iter().flat_map(|trace| trace.runs.clone()).collect();
        prop_assert_eq!(read(&conversation(&[trace(1, runs)], Options::default())), built.expected);
    }

    #[test]
    fn one_more_replay_adds_nothing(turns in turns(), with_ids in any::<bool>()) {
        let mut built = build(&turns, with_ids, false);
        let before = conversation(&built.traces, Options::default());
        let last = built.traces.pop().unwrap();
        let by = last.runs.last().unwrap().clone();
        built.traces.push(replaying(&last, &by));
        prop_assert_eq!(read(&conversation(&built.traces, Options::default())), read(&before));
    }

    #[test]
    fn the_order_in_which_runs_come_is_of_no_matter(traces in any_traces(), seed in any::<u64>()) {
        let told = conversation(&traces, Options::default());
        prop_assert_eq!(conversation(&shuffled(&traces, seed), Options::default()), told);
    }

    #[test]
    fn the_order_of_a_replayed_thread_is_of_no_matter(
        turns in turns(), with_ids in any::<bool>(), tool_runs in any::<bool>(), seed in any::<u64>(),
    ) {
        let built = build(&turns, with_ids, tool_runs);
        prop_assert_eq!(read(&conversation(&shuffled(&built.traces, seed), Options::default())), built.expected);
    }

    #[test]
    fn history_in_the_inputs_changes_no_list(turns in turns(), with_ids in any::<bool>(), tool_runs in any::<bool>()) {
        let built = build(&turns, with_ids, tool_runs);
        let bare = conversation(&without_history(&built), Options::default());
        check(&bare);
        prop_assert_eq!(read(&bare), read(&conversation(&built.traces, Options::default())));
    }
}
