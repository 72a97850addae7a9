//! The fixture of `langsmith-messages-view.md` §3.13 and the rules of §3.9 to §3.11 around it.

use insta::assert_snapshot;
use model::{RunStatus, RunType};
use serde_json::{Value, json};
use views::messages::{Block, HiddenReason, Options, RunInput, TraceInput, conversation};

use crate::support::{chat, draw, drawn, run, trace, with};

fn user(text: &str) -> Value {
    json!({ "role": "user", "content": text })
}

fn assistant(text: &str) -> Value {
    json!({ "role": "assistant", "content": text })
}

fn system(text: &str) -> Value {
    json!({ "role": "system", "content": text })
}

fn calling(calls: &[(&str, &str, &str)]) -> Value {
    let calls: Vec<Value> = calls
        .iter()
        .map(|(id, name, arguments)| {
            json!({ "id": id, "type": "function", "function": { "name": name, "arguments": arguments } })
        })
        .collect();
    json!({ "role": "assistant", "content": null, "tool_calls": calls })
}

fn result(id: &str, content: &str) -> Value {
    json!({ "role": "tool", "tool_call_id": id, "content": content })
}

fn tagged(run: RunInput, metadata: Value) -> RunInput {
    RunInput { metadata: Some(metadata.to_string()), ..run }
}

fn named(run: RunInput, name: &str) -> RunInput {
    RunInput { name: name.to_owned(), ..run }
}

fn below(run: RunInput, parent: &RunInput) -> RunInput {
    RunInput { parent_run_id: Some(parent.run_id), ..run }
}

/// Two traces of one thread: a guard, a tool call, a title, and a second "hi".
fn thread() -> Vec<TraceInput> {
    let call = calling(&[("c1", "lookup", "{}")]);
    let guard = tagged(
        named(chat(1, json!([user("hi")]), assistant("allow")), "guard"),
        json!({ "ls_provider": "openai", "ls_agent_type": "middleware" }),
    );
    let title = tagged(
        named(chat(5, json!([user("make a title")]), assistant("Seven")), "title"),
        json!({ "ls_provider": "openai", "ls_message_view_exclude": false }),
    );
    let first = vec![
        guard,
        chat(2, json!([system("S"), user("hi")]), call.clone()),
        with(run(3, None, RunType::Tool, "lookup"), json!({}), result("c1", "7"), Value::Null),
        chat(4, json!([system("S"), user("hi"), call.clone(), result("c1", "7")]), assistant("It is 7")),
        title,
    ];
    let history = json!([system("S"), user("hi"), call, result("c1", "7"), assistant("It is 7"), user("hi")]);
    vec![trace(1, first), trace(2, vec![chat(6, history, assistant("Hello again"))])]
}

#[test]
fn a_thread_shows_each_message_once_and_two_equal_ones_twice() {
    assert_snapshot!(drawn(&thread()), @r#"
    turn 0 guard [OpenAI Chat Completions] (1 hidden: excluded) (1 hidden: middleware)
      0 system <chat>: "S"
      1 human <chat>: "hi"
      2 ai <chat>: calls[lookup#c1({}) Answered ->3 run]
      3 tool <lookup>: result lookup#c1 "7"
      4 ai <chat>: "It is 7"
    turn 1 chat [OpenAI Chat Completions]
      5 human <chat>: "hi"
      6 ai <chat>: "Hello again"
    "#);
}

#[test]
fn hidden_runs_can_be_shown_without_touching_the_rest() {
    let traces = thread();
    let shown = conversation(&traces, Options { show_hidden: true });
    assert_snapshot!(draw(&traces, &shown), @r#"
    turn 0 guard [OpenAI Chat Completions] (1 hidden: excluded) (1 hidden: middleware)
      0 human hidden:middleware <guard>: "hi"
      1 ai hidden:middleware <guard>: "allow"
      2 system <chat>: "S"
      3 human <chat>: "hi"
      4 ai <chat>: calls[lookup#c1({}) Answered ->5 run]
      5 tool <lookup>: result lookup#c1 "7"
      6 ai <chat>: "It is 7"
      7 human hidden:excluded <title>: "make a title"
      8 ai hidden:excluded <title>: "Seven"
    turn 1 chat [OpenAI Chat Completions]
      9 human <chat>: "hi"
      10 ai <chat>: "Hello again"
    "#);
    let plain = conversation(&traces, Options::default());
    let visible: Vec<_> = shown.messages.iter().filter(|message| message.hidden.is_none()).collect();
    assert_eq!(visible.len(), plain.messages.len());
    for (shown, plain) in visible.iter().zip(&plain.messages) {
        assert_eq!((shown.role, shown.run_id, shown.turn), (plain.role, plain.run_id, plain.turn));
    }
}

#[test]
fn the_presence_of_the_exclude_key_counts_and_exclusion_comes_before_detection() {
    for value in [json!(true), json!(false), json!(null), json!("")] {
        let excluded = tagged(
            chat(1, json!([user("secret")]), assistant("secret")),
            json!({ "ls_integration": "claude-code", "ls_message_view_exclude": value }),
        );
        let traces = [trace(1, vec![excluded, chat(2, json!([user("hi")]), assistant("hello"))])];
        let conversation = conversation(&traces, Options::default());
        assert_eq!(conversation.messages.len(), 2, "{value}");
        assert_eq!(conversation.turns[0].shape, Some("OpenAI Chat Completions"), "{value}");
        assert_eq!(conversation.turns[0].hidden[0].reason, HiddenReason::Excluded);
    }
}

#[test]
fn parallel_calls_are_one_group_whatever_order_their_results_come_in() {
    let calls = calling(&[("a", "stock", r#"{"sku":1}"#), ("b", "stock", r#"{"sku":2}"#)]);
    let runs = vec![
        chat(1, json!([user("stock?")]), calls.clone()),
        with(
            run(3, None, RunType::Tool, "stock"),
            json!({ "sku": 1 }),
            json!({ "output": "one" }),
            Value::Null,
        ),
        with(
            run(2, None, RunType::Tool, "stock"),
            json!({ "sku": 2 }),
            json!({ "output": "two" }),
            Value::Null,
        ),
        chat(4, json!([user("stock?"), calls, result("b", "two"), result("a", "one")]), assistant("1 and 2")),
    ];
    assert_snapshot!(drawn(&[trace(1, runs)]), @r#"
    turn 0 chat [OpenAI Chat Completions]
      0 human <chat>: "stock?"
      1 ai <chat>: calls[stock#a({"sku":1}) Answered ->2 run; stock#b({"sku":2}) Answered ->3 run]
      2 tool <stock>: result stock#a "one"
      3 tool <stock>: result stock#b "two"
      4 ai <chat>: "1 and 2"
    "#);
}

#[test]
fn every_way_a_call_can_end_is_told() {
    let calls = calling(&[
        ("ok", "lookup", "{}"),
        ("bad", "lookup", "{}"),
        ("told", "lookup", "{}"),
        ("ask", "approve", "{}"),
        ("slow", "wait", "{}"),
        ("lost", "other", "not json"),
    ]);
    let tool = |number, name: &str, id: &str, status, error: Option<&str>| RunInput {
        status,
        error: error.map(str::to_owned),
        ..with(run(number, None, RunType::Tool, name), json!({}), Value::Null, json!({ "tool_call_id": id }))
    };
    let trace_back = "boom\n\nTraceback (most recent call last):\n  File";
    let runs = vec![
        chat(1, json!([user("go")]), calls.clone()),
        with(
            run(2, None, RunType::Tool, "lookup"),
            json!({}),
            json!({ "output": 7 }),
            json!({ "tool_call_id": "ok" }),
        ),
        tool(3, "lookup", "bad", RunStatus::Error, Some(trace_back)),
        tool(4, "lookup", "told", RunStatus::Error, Some("boom")),
        tool(5, "approve", "ask", RunStatus::Interrupted, Some("May I?")),
        tool(6, "wait", "slow", RunStatus::Pending, None),
        chat(7, json!([user("go"), calls, result("told", "Error: boom, try again")]), assistant("done")),
    ];
    assert_snapshot!(drawn(&[trace(1, runs)]), @r#"
    turn 0 chat [OpenAI Chat Completions]
      0 human <chat>: "go"
      1 ai <chat>: calls[lookup#ok({}) Answered ->2 run; lookup#bad({}) Failed ->3 run; lookup#told({}) Failed ->4 run; approve#ask({}) Interrupted ->5 run; wait#slow({}) Running run; other#lost(not json) Unanswered]
      2 tool <lookup>: result lookup#ok json:-(7)
      3 tool <lookup>: result lookup#bad error error("boom")
      4 tool <lookup>: result lookup#told error "Error: boom, try again" failed("boom")
      5 tool <approve>: result approve#ask "May I?"
      6 ai <chat>: "done"
    "#);
}

#[test]
fn results_without_ids_go_by_name_and_order() {
    let function_call = |name: &str, n: u8| json!({ "type": "function_call", "function_call": { "id": null, "name": name, "arguments": { "n": n } } });
    let response = |name: &str, value: &str| json!({ "type": "function_response", "function_response": { "name": name, "response": { "v": value } } });
    let messages = json!([
        user("go"),
        { "role": "model", "content": [function_call("f", 1), function_call("g", 1), function_call("f", 2)] },
        { "role": "user", "content": [response("g", "g1"), response("f", "f1"), response("f", "f2")] },
        { "role": "model", "content": [function_call("f", 1)] },
        { "role": "user", "content": [response("f", "again")] },
    ]);
    let call = with(
        run(1, None, RunType::Llm, "gemini"),
        json!({ "messages": messages }),
        json!({ "role": "assistant", "content": "ok" }),
        json!({ "ls_provider": "google" }),
    );
    assert_snapshot!(drawn(&[trace(1, vec![call])]), @r#"
    turn 0 gemini [Gemini]
      0 human <gemini>: "go"
      1 ai <gemini>: calls[f#-({"n":1}) Answered ->2; g#-({"n":1}) Answered ->3; f#-({"n":2}) Answered ->4]
      2 tool <gemini>: result f#- json:-({"v":"f1"})
      3 tool <gemini>: result g#- json:-({"v":"g1"})
      4 tool <gemini>: result f#- json:-({"v":"f2"})
      5 ai <gemini>: calls[f#-({"n":1}) Answered ->6]
      6 tool <gemini>: result f#- json:-({"v":"again"})
      7 ai <gemini>: "ok"
    "#);
}

#[test]
fn ids_that_begin_anew_in_every_message_are_never_keys() {
    let call = |arguments: &str| calling(&[("call_0", "poll", arguments)]);
    let answer = |text: &str| json!({ "role": "tool", "name": "poll", "content": text });
    let metadata = json!({ "ls_integration": "google-adk" });
    let adk = |number, messages: Value, answer: Value| {
        with(
            run(number, None, RunType::Llm, "google_adk_llm"),
            json!({ "messages": messages }),
            answer,
            metadata.clone(),
        )
    };
    let runs = vec![
        adk(1, json!([user("go")]), call("{}")),
        adk(2, json!([user("go"), call("{}"), answer("wait")]), call("{}")),
        adk(
            3,
            json!([user("go"), call("{}"), answer("wait"), call("{}"), answer("done")]),
            assistant("It is done"),
        ),
    ];
    assert_snapshot!(drawn(&[trace(1, runs)]), @r#"
    turn 0 google_adk_llm [Google ADK]
      0 human <google_adk_llm>: "go"
      1 ai <google_adk_llm>: calls[poll#call_0({}) Answered ->2]
      2 tool <google_adk_llm>: result poll#call_0 "wait"
      3 ai <google_adk_llm>: calls[poll#call_0({}) Answered ->4]
      4 tool <google_adk_llm>: result poll#call_0 "done"
      5 ai <google_adk_llm>: "It is done"
    "#);
}

#[test]
fn a_changed_system_prompt_is_marked_and_none_is_shown_twice() {
    let runs = vec![
        chat(1, json!([system("A"), user("1")]), assistant("one")),
        chat(2, json!([system("B"), user("1"), assistant("one"), user("2")]), assistant("two")),
        chat(
            3,
            json!([system("A"), user("1"), assistant("one"), user("2"), assistant("two"), user("3")]),
            assistant("three"),
        ),
    ];
    assert_snapshot!(drawn(&[trace(1, runs)]), @r#"
    turn 0 chat [OpenAI Chat Completions]
      0 system <chat>: "A"
      1 human <chat>: "1"
      2 ai <chat>: "one"
      3 system changed <chat>: "B"
      4 human <chat>: "2"
      5 ai <chat>: "two"
      6 human <chat>: "3"
      7 ai <chat>: "three"
    "#);
}

#[test]
fn a_turn_without_history_keeps_its_message_even_if_it_was_said_before() {
    let turns = [
        trace(1, vec![chat(1, json!([system("S"), user("yes")]), assistant("ok"))]),
        trace(2, vec![chat(2, json!([system("S"), user("yes")]), assistant("ok"))]),
    ];
    assert_snapshot!(drawn(&turns), @r#"
    turn 0 chat [OpenAI Chat Completions]
      0 system <chat>: "S"
      1 human <chat>: "yes"
      2 ai <chat>: "ok"
    turn 1 chat [OpenAI Chat Completions]
      3 human <chat>: "yes"
      4 ai <chat>: "ok"
    "#);
}

#[test]
fn an_answer_and_its_replay_are_one_in_whatever_shape_they_come() {
    // Text and calls as the Python wrapper flattens them, then as blocks with thoughts; ids on one side only.
    let metadata = json!({ "ls_provider": "anthropic" });
    let flattened = json!({
        "id": "msg_1", "role": "assistant", "content": "Let me see.",
        "tool_calls": [{ "id": "toolu_000001", "type": "function", "function": { "name": "open", "arguments": "{\"a\":1, \"b\":null}" } }]
    });
    let blocks = json!([
        { "role": "user", "content": [{ "type": "text", "text": "look", "cache_control": { "type": "ephemeral" } }] },
        { "role": "assistant", "content": [
            { "type": "thinking", "thinking": "hm", "signature": "s" },
            { "type": "text", "text": "Let me see." },
            { "type": "tool_use", "id": "toolu_000001", "name": "open", "input": { "a": 1 } }] },
        { "role": "user", "content": [{ "type": "tool_result", "tool_use_id": "toolu_000001", "content": "x" }] },
        { "role": "assistant", "content": [{ "text": "Fine.", "type": "text" }] },
        { "role": "user", "content": "thanks" },
    ]);
    let answer =
        json!({ "id": "msg_2", "role": "assistant", "content": [{ "type": "text", "text": "Fine." }] });
    let runs = vec![
        with(
            run(1, None, RunType::Llm, "a"),
            json!({ "messages": [{ "role": "user", "content": "look" }] }),
            flattened,
            metadata.clone(),
        ),
        with(
            run(2, None, RunType::Llm, "b"),
            json!({ "messages": blocks.as_array().unwrap()[..3] }),
            answer,
            metadata.clone(),
        ),
        with(run(3, None, RunType::Llm, "c"), json!({ "messages": blocks }), assistant("Welcome."), metadata),
    ];
    assert_snapshot!(drawn(&[trace(1, runs)]), @r#"
    turn 0 a [Anthropic Messages]
      0 human <a>: "look"
      1 ai <a>: "Let me see." calls[open#toolu_000001({"a":1,"b":null}) Answered ->2]
      2 tool <b>: result open#toolu_000001 "x"
      3 ai <b>: "Fine."
      4 human <c>: "thanks"
      5 ai <c>: "Welcome."
    "#);
}

#[test]
fn calls_that_were_split_in_the_replay_are_still_one_answer() {
    let item = |id: &str| json!({ "type": "function_call", "call_id": id, "name": "f", "arguments": "{}" });
    let output =
        |id: &str, text: &str| json!({ "type": "function_call_output", "call_id": id, "output": text });
    let metadata = json!({ "ls_integration": "openai-agents-sdk" });
    let runs = vec![
        with(
            run(1, None, RunType::Llm, "r"),
            json!({ "instructions": "Be brief.", "input": "go" }),
            json!({ "output": [{ "type": "reasoning", "id": "rs_1", "summary": [] }, item("call_aaaaaaaa"), item("call_bbbbbbbb")] }),
            metadata.clone(),
        ),
        with(
            run(2, None, RunType::Llm, "r"),
            json!({ "instructions": "Be brief.", "input": [user("go"), item("call_aaaaaaaa"), output("call_aaaaaaaa", "1"),
                item("call_bbbbbbbb"), output("call_bbbbbbbb", "2")] }),
            json!({ "output": [{ "type": "message", "role": "assistant", "content": [{ "type": "output_text", "text": "3" }] }] }),
            metadata,
        ),
    ];
    assert_snapshot!(drawn(&[trace(1, runs)]), @r#"
    turn 0 r [OpenAI Responses]
      0 system <r>: "Be brief."
      1 human <r>: "go"
      2 ai <r>: calls[f#call_aaaaaaaa({}) Answered ->3; f#call_bbbbbbbb({}) Answered ->4]
      3 tool <r>: result f#call_aaaaaaaa "1"
      4 tool <r>: result f#call_bbbbbbbb "2"
      5 ai <r>: "3"
    "#);
}

#[test]
fn a_model_call_around_another_one_says_nothing_twice() {
    let outer = chat(1, json!([user("hi")]), assistant("hello"));
    let inner = below(named(chat(2, json!([user("hi")]), assistant("hello")), "inner"), &outer);
    assert_snapshot!(drawn(&[trace(1, vec![outer, inner])]), @r#"
    turn 0 chat [OpenAI Chat Completions]
      0 human <chat>: "hi"
      1 ai <inner>: "hello"
    "#);
}

#[test]
fn a_trace_of_several_vendors_falls_back_call_by_call() {
    let anthropic = with(
        run(2, None, RunType::Llm, "claude"),
        json!({ "system": "S2", "messages": [user("and you?")] }),
        json!({ "type": "message", "role": "assistant", "content": [{ "type": "text", "text": "me too" }] }),
        json!({ "ls_provider": "anthropic" }),
    );
    let gemini = with(
        run(3, None, RunType::Llm, "gemini"),
        json!({ "contents": [{ "role": "user", "parts": [{ "text": "and Gemini?" }] }] }),
        json!({ "candidates": [{ "content": { "role": "model", "parts": [{ "text": "hm", "thought": true }, { "text": "yes" }] } }] }),
        json!({}),
    );
    let traces = [trace(1, vec![chat(1, json!([user("ready?")]), assistant("yes")), anthropic, gemini])];
    assert_snapshot!(drawn(&traces), @r#"
    turn 0 chat [OpenAI Chat Completions]
      0 human <chat>: "ready?"
      1 ai <chat>: "yes"
      2 system <claude>: "S2"
      3 human <claude>: "and you?"
      4 ai <claude>: "me too"
      5 human <gemini>: "and Gemini?"
      6 ai <gemini>: thought("hm") "yes"
    "#);
}

/// The trace of the Claude Agent SDK in §3.7: a sub-agent below the tool that started it.
fn agent_sdk() -> TraceInput {
    let root = with(
        run(1, None, RunType::Chain, "claude.conversation"),
        json!({ "prompt": "Audit the repo" }),
        json!({ "role": "assistant", "content": [{ "type": "text", "text": "Two issues." }] }),
        json!({ "ls_integration": "claude-agent-sdk", "ls_agent_type": "root" }),
    );
    let turn = |number, parent, messages: Value, content: Value| {
        with(
            run(number, Some(parent), RunType::Llm, "claude.assistant.turn"),
            json!({ "messages": messages }),
            json!({ "role": "assistant", "content": content }),
            json!({ "ls_provider": "anthropic" }),
        )
    };
    let asked = json!({ "subagent_type": "reviewer", "prompt": "check src" });
    let call = json!([{ "type": "tool_use", "id": "toolu_a", "name": "Agent", "input": asked }]);
    let runs = vec![
        root,
        turn(2, 1, json!([user("Audit the repo")]), call.clone()),
        with(
            run(3, Some(1), RunType::Tool, "Agent"),
            json!({ "input": asked }),
            json!({ "content": [{ "type": "text", "text": "found 2" }] }),
            Value::Null,
        ),
        tagged(run(4, Some(3), RunType::Chain, "reviewer"), json!({ "ls_agent_type": "subagent" })),
        turn(
            5,
            4,
            json!([user("check src")]),
            json!([{ "type": "tool_use", "id": "toolu_b", "name": "Grep", "input": {} }]),
        ),
        with(run(6, Some(4), RunType::Tool, "Grep"), json!({}), json!({ "output": "2 hits" }), Value::Null),
        turn(7, 4, json!([user("check src")]), json!([{ "type": "text", "text": "found 2" }])),
        turn(
            8,
            1,
            json!([
                user("Audit the repo"),
                { "role": "assistant", "content": call },
                { "role": "tool", "tool_call_id": "toolu_a", "content": "found 2" },
            ]),
            json!([{ "type": "text", "text": "Two issues." }]),
        ),
    ];
    trace(1, runs)
}

#[test]
fn a_subagent_is_a_side_thread_at_the_call_that_started_it() {
    assert_snapshot!(drawn(&[agent_sdk()]), @r#"
    turn 0 claude.conversation [Anthropic Messages]
      0 human <claude.assistant.turn>: "Audit the repo"
      1 ai <claude.assistant.turn>: calls[Agent#toolu_a({"subagent_type":"reviewer","prompt":"check src"}) Answered ->2 run side 0]
      2 tool <Agent>: result Agent#toolu_a "found 2"
      3 ai <claude.assistant.turn>: "Two issues."
    side 0 reviewer from main message Some(1) call Some(0)
      0 human <claude.assistant.turn>: "check src"
      1 ai <claude.assistant.turn>: calls[Grep#toolu_b({}) Answered ->2 run]
      2 tool <Grep>: result Grep#toolu_b "2 hits"
      3 ai <claude.assistant.turn>: "found 2"
    "#);
}

#[test]
fn tags_are_inherited_so_only_boundaries_open_side_threads() {
    let sub =
        |name: &str| json!({ "ls_provider": "openai", "ls_agent_type": "subagent", "lc_agent_name": name });
    let root = json!({ "ls_provider": "openai", "ls_agent_type": "root" });
    let call = |number: u8, parent: u8, text: &str, metadata: &Value| RunInput {
        parent_run_id: Some(run(parent, None, RunType::Chain, "").run_id),
        ..tagged(chat(number, json!([user(text)]), assistant(&format!("re {text}"))), metadata.clone())
    };
    let runs = vec![
        tagged(run(1, None, RunType::Chain, "agent"), root.clone()),
        call(2, 1, "main", &root),
        // A sub-agent without a tool: placed by time. Its own chains are not sub-agents of it.
        tagged(run(3, Some(1), RunType::Chain, "outer"), sub("outer")),
        tagged(run(4, Some(3), RunType::Chain, "node"), sub("outer")),
        call(5, 4, "in outer", &sub("outer")),
        // A root tag below it was inherited and leads nowhere else.
        call(6, 3, "still outer", &root),
        // Another name is another agent.
        tagged(run(7, Some(3), RunType::Chain, "deep"), sub("inner")),
        call(8, 7, "in inner", &sub("inner")),
        // Compaction is nobody's.
        call(9, 3, "compact", &json!({ "ls_provider": "openai", "ls_agent_type": "compaction" })),
        // An untagged call inside of a tool is that tool's agent.
        with(run(10, Some(1), RunType::Tool, "helper"), json!({}), json!({ "output": "x" }), root.clone()),
        call(11, 10, "in helper", &json!({ "ls_provider": "openai", "ls_agent_type": null })),
        call(12, 10, "in helper too", &json!({ "ls_provider": "openai" })),
    ];
    assert_snapshot!(drawn(&[trace(1, runs)]), @r#"
    turn 0 agent [OpenAI Chat Completions] (1 hidden: compaction)
      0 human <chat>: "main"
      1 ai <chat>: "re main"
      2 tool <helper>: calls[helper#-() Answered ->3 run side 2]
      3 tool <helper>: result helper#- "x"
    side 0 outer from main message Some(1) call None
      0 human <chat>: "in outer"
      1 ai <chat>: "re in outer"
      2 human <chat>: "still outer"
      3 ai <chat>: "re still outer"
    side 1 inner from side 0 message Some(3) call None
      0 human <chat>: "in inner"
      1 ai <chat>: "re in inner"
    side 2 helper from main message Some(2) call Some(0)
      0 human <chat>: "in helper"
      1 ai <chat>: "re in helper"
      2 human <chat>: "in helper too"
      3 ai <chat>: "re in helper too"
    "#);
}

#[test]
fn a_result_that_comes_in_a_later_turn_stands_there_and_answers_the_call() {
    let call = calling(&[("c1234567890", "ask_human", "{}")]);
    let traces = [
        trace(1, vec![chat(1, json!([user("go")]), call.clone())]),
        trace(2, vec![chat(2, json!([user("go"), call, result("c1234567890", "yes")]), assistant("done"))]),
    ];
    assert_snapshot!(drawn(&traces), @r#"
    turn 0 chat [OpenAI Chat Completions]
      0 human <chat>: "go"
      1 ai <chat>: calls[ask_human#c1234567890({}) Answered ->2]
    turn 1 chat [OpenAI Chat Completions]
      2 tool <chat>: result ask_human#c1234567890 "yes"
      3 ai <chat>: "done"
    "#);
}

#[test]
fn without_model_calls_the_roots_messages_stand_in_else_their_payload() {
    let root = with(
        run(1, None, RunType::Chain, "graph"),
        json!({ "messages": [["user", "hi"]] }),
        json!({ "messages": [{ "type": "human", "content": "hi", "id": "h1" }, { "type": "ai", "content": "hello", "id": "a1" }] }),
        Value::Null,
    );
    let plain = with(
        run(2, None, RunType::Chain, "fn"),
        json!({ "question": "why?" }),
        json!({ "score": 0.5 }),
        Value::Null,
    );
    assert_snapshot!(drawn(&[trace(1, vec![root]), trace(2, vec![plain])]), @r#"
    turn 0 graph
      0 human <graph>: "hi"
      1 ai <graph>: "hello"
    turn 1 fn
      2 human not extracted <fn>: "why?"
      3 ai not extracted <fn>: json:-({"score":0.5})
    "#);
}

#[test]
fn what_cannot_be_read_is_shown_with_the_reason_and_the_rest_still_renders() {
    let broken = RunInput {
        inputs: Some("{\"messages\": [".to_owned()),
        outputs: Some("\"\\ud800\"".to_owned()),
        ..run(1, None, RunType::Llm, "broken")
    };
    let strange = with(
        run(2, None, RunType::Llm, "strange"),
        json!({ "a": 1, "b": [2] }),
        json!({ "z": { "y": 1 } }),
        Value::Null,
    );
    let traces = [trace(1, vec![broken, strange, chat(3, json!([user("hi")]), assistant("hello"))])];
    let conversation = conversation(&traces, Options::default());
    let blocks: Vec<_> = conversation.messages.iter().map(|message| &message.blocks[0]).collect();
    assert!(matches!(blocks[0], Block::Unreadable { text, .. } if text == "{\"messages\": ["));
    assert!(matches!(blocks[1], Block::Unreadable { .. }));
    assert!(matches!(blocks[2], Block::Json { json, .. } if json == r#"{"a":1,"b":[2]}"#));
    assert!(matches!(blocks[3], Block::Json { .. }));
    assert_eq!(conversation.messages.len(), 6);
}

#[test]
fn tokens_cost_model_and_time_stand_on_the_answer_once() {
    let answered = RunInput {
        model: Some("gpt-4o".to_owned()),
        provider: Some("openai".to_owned()),
        usage: model::Usage { input: Some(10), output: Some(2), ..model::Usage::default() },
        cost: model::Cost::parse_usd("0.002"),
        ..with(
            run(1, None, RunType::Llm, "manual"),
            json!({ "messages": [user("hi")] }),
            json!({ "messages": [calling(&[("c1", "f", "{}")]), result("c1", "1"), assistant("one")] }),
            Value::Null,
        )
    };
    let conversation = conversation(&[trace(1, vec![answered])], Options::default());
    let told: Vec<_> = conversation
        .messages
        .iter()
        .map(|message| {
            (
                message.usage.as_ref().and_then(model::Usage::total),
                message.cost.is_some(),
                message.model.as_deref(),
                message.latency_nanos,
            )
        })
        .collect();
    assert_eq!(
        told,
        [
            (None, false, None, None),
            (Some(12), true, Some("gpt-4o"), Some(500_000_000)),
            (None, false, None, None),
            (None, false, Some("gpt-4o"), Some(500_000_000)),
        ]
    );
}

#[test]
fn a_main_conversation_that_only_subagents_speak_in_shows_its_root() {
    let root = with(
        run(1, None, RunType::Chain, "job"),
        json!({ "question": "how many?" }),
        json!({ "answer": "2" }),
        Value::Null,
    );
    let tool =
        with(run(2, Some(1), RunType::Tool, "ask"), json!({ "n": 1 }), json!({ "output": "2" }), Value::Null);
    let inner = below(chat(3, json!([user("count")]), assistant("2")), &tool);
    assert_snapshot!(drawn(&[trace(1, vec![root, tool, inner])]), @r#"
    turn 0 job [OpenAI Chat Completions]
      0 human not extracted <job>: "how many?"
      1 tool <ask>: calls[ask#-({"n":1}) Answered ->2 run side 0]
      2 tool <ask>: result ask#- "2"
      3 ai not extracted <job>: "2"
    side 0 ask from main message Some(1) call Some(0)
      0 human <chat>: "count"
      1 ai <chat>: "2"
    "#);
}

#[test]
fn a_failure_is_told_once() {
    let failed = |run: RunInput| RunInput {
        status: RunStatus::Error,
        error: Some("boom".to_owned()),
        outputs: None,
        ..run
    };
    let root = failed(with(
        run(1, None, RunType::Chain, "job"),
        json!({ "question": "why?" }),
        Value::Null,
        Value::Null,
    ));
    let call = failed(RunInput { inputs: None, ..below(chat(2, json!([]), Value::Null), &root) });
    assert_snapshot!(drawn(&[trace(1, vec![root, call])]), @r#"
    turn 0 job [OpenAI Chat Completions]
      0 human not extracted <job>: "why?"
      1 ai <chat>: error("boom")
    "#);
}

#[test]
fn a_tools_run_tells_in_many_ways_which_call_it_answers() {
    let id = "c_0123456789";
    let tool_message = json!({ "type": "tool", "content": "r", "tool_call_id": id, "id": "t1" });
    let cases = [
        // LangChain: the message itself, its constructor, a command of a graph.
        (json!({ "sku": 1 }), json!({ "output": tool_message }), Value::Null, Value::Null),
        (
            json!({ "input": "{'sku': 1}" }),
            json!({ "output": { "lc": 1, "type": "constructor", "id": ["langchain", "schema", "messages", "ToolMessage"],
                "kwargs": { "content": "r", "tool_call_id": id } } }),
            Value::Null,
            Value::Null,
        ),
        (
            json!({}),
            json!({ "output": { "update": { "messages": [tool_message] } } }),
            Value::Null,
            Value::Null,
        ),
        // OpenAI: a message at the top, or the id beside the result.
        (json!({}), json!({ "role": "tool", "tool_call_id": id, "content": "r" }), Value::Null, Value::Null),
        (json!({}), json!({ "call_id": id, "output": "r" }), Value::Null, Value::Null),
        // The AI SDK: in the inputs, or in the metadata.
        (
            json!({ "toolCallId": id, "toolName": "f", "args": {} }),
            json!({ "result": "r" }),
            Value::Null,
            Value::Null,
        ),
        (
            json!({ "args": [{ "sku": 1 }, { "toolCallId": id, "messages": [] }] }),
            json!({ "outputs": "r" }),
            Value::Null,
            Value::Null,
        ),
        (json!({ "sku": 1 }), json!({ "output": "r" }), json!({ "tool_call_id": id }), Value::Null),
        // The Claude Agent SDK in JavaScript, and content as pieces.
        (
            json!({}),
            json!({ "type": "tool_result", "tool_use_id": id, "content": "r" }),
            Value::Null,
            Value::Null,
        ),
        // OpenTelemetry: among the attributes.
        (json!({}), json!({ "output": "r" }), Value::Null, json!({ "gen_ai.tool.call.id": id })),
    ];
    for (inputs, outputs, metadata, attributes) in cases {
        // Another call of the same tool stands before it, so that name and order would be wrong.
        let calls = calling(&[("c_other_other", "f", "{}"), (id, "f", "{}")]);
        let tool = RunInput {
            attributes: (!attributes.is_null()).then(|| attributes.to_string()),
            ..with(run(2, None, RunType::Tool, "f"), inputs.clone(), outputs, metadata)
        };
        let text = drawn(&[trace(1, vec![chat(1, json!([user("go")]), calls), tool])]);
        let told = format!("f#c_other_other({{}}) Unanswered; f#{id}({{}}) Answered ->2 run");
        assert!(text.contains(&told), "{inputs}\n{text}");
        assert!(text.contains(&format!("2 tool <f>: result f#{id} \"r\"")), "{inputs}\n{text}");
    }
}

#[test]
fn results_in_a_users_message_are_no_human_words() {
    let messages = json!([
        user("look"),
        { "role": "assistant", "content": [{ "type": "tool_use", "id": "toolu_1", "name": "f", "input": {} }] },
        { "role": "user", "content": [
            { "type": "tool_result", "tool_use_id": "toolu_1", "content": "r" }, { "type": "text", "text": "go on" }] },
        { "type": "tool_result", "role": "tool", "tool_use_id": "toolu_9", "is_error": true, "content": "stray" },
    ]);
    let call = with(
        run(1, None, RunType::Llm, "claude"),
        json!({ "system": [{ "type": "text", "text": "S1" }, { "type": "text", "text": "S2" }], "messages": messages }),
        json!({ "role": "assistant", "content": [{ "type": "text", "text": "done" }] }),
        json!({ "ls_provider": "anthropic" }),
    );
    assert_snapshot!(drawn(&[trace(1, vec![call])]), @r#"
    turn 0 claude [Anthropic Messages]
      0 system <claude>: "S1" "S2"
      1 human <claude>: "look"
      2 ai <claude>: calls[f#toolu_1({}) Answered ->3]
      3 tool <claude>: result f#toolu_1 "r"
      4 human <claude>: "go on"
      5 tool <claude>: result -#toolu_9 error "stray"
      6 ai <claude>: "done"
    "#);
}

#[test]
fn a_subagent_with_a_trace_to_itself_is_the_conversation() {
    let metadata = json!({ "ls_provider": "openai", "ls_agent_type": "subagent" });
    let root = tagged(run(1, None, RunType::Chain, "researcher"), metadata.clone());
    let call = tagged(below(chat(2, json!([user("find x")]), assistant("found")), &root), metadata);
    assert_snapshot!(drawn(&[trace(1, vec![root, call])]), @r#"
    turn 0 researcher [OpenAI Chat Completions]
      0 human <chat>: "find x"
      1 ai <chat>: "found"
    "#);
}

#[test]
fn calls_that_litellm_tells_without_ids_are_known_again_by_their_replay() {
    let bare = json!({ "role": "assistant", "content": null, "tool_calls": [
        { "type": "function", "function": { "name": "get_weather", "arguments": "{\"city\": \"Paris\"}" } }] });
    let first = chat(1, json!([user("umbrella?")]), bare);
    let tool = with(
        run(2, None, RunType::Tool, "get_weather"),
        json!({ "city": "Paris" }),
        json!({ "output": "rain" }),
        Value::Null,
    );
    let replay = json!([
        user("umbrella?"),
        calling(&[("call_Wx81kQ2b", "get_weather", "{\"city\":\"Paris\"}")]),
        result("call_Wx81kQ2b", "rain")
    ]);
    let second = chat(3, replay, assistant("Take one."));
    assert_eq!(
        drawn(&[trace(1, vec![first, tool, second])]),
        "turn 0 chat [OpenAI Chat Completions]\n  \
         0 human <chat>: \"umbrella?\"\n  \
         1 ai <chat>: calls[get_weather#call_Wx81kQ2b({\"city\":\"Paris\"}) Answered ->2 run]\n  \
         2 tool <get_weather>: result get_weather#call_Wx81kQ2b \"rain\"\n  \
         3 ai <chat>: \"Take one.\"\n"
    );
}
