//! Bad input: each is shown as far as it can be, with a word about the rest.

use insta::assert_snapshot;
use model::{RunStatus, RunType};
use serde_json::{Value, json};
use views::messages::RunInput;

use crate::support::{chat, drawn, drawn_call, run, trace};

fn calling(id: &str, name: &str, arguments: &str) -> Value {
    json!({ "role": "assistant", "content": null, "tool_calls": [
        { "id": id, "type": "function", "function": { "name": name, "arguments": arguments } }] })
}

fn result(id: &str, content: &str) -> Value {
    json!({ "role": "tool", "tool_call_id": id, "content": content })
}

fn user(text: &str) -> Value {
    json!({ "role": "user", "content": text })
}

fn assistant(text: &str) -> Value {
    json!({ "role": "assistant", "content": text })
}

#[test]
fn half_a_payload_is_shown_as_it_is_and_its_other_half_is_read() {
    let whole = chat(1, json!([user("hi")]), assistant("hello"));
    let cut = |text: &Option<String>| text.as_ref().map(|text| text[..text.len() / 2].to_owned());
    let runs = vec![
        RunInput { inputs: cut(&whole.inputs), ..whole.clone() },
        RunInput { outputs: cut(&whole.outputs), ..chat(2, json!([user("hi")]), assistant("hello")) },
    ];
    assert_snapshot!(drawn(&[trace(1, runs)]), @r#"
    turn 0 chat [OpenAI Chat Completions]
      0 human <chat>: unreadable(EOF while parsing a string at line 1 column 22)
      1 ai <chat>: "hello"
      2 human <chat>: "hi"
      3 ai <chat>: unreadable(EOF while parsing a string at line 1 column 32)
    "#);
}

#[test]
fn arguments_that_are_no_json_are_shown_as_they_were_sent() {
    let history = json!([user("go"), calling("c1", "f", r#"{"a": 1"#), result("c1", "bad arguments")]);
    assert_snapshot!(drawn(&[trace(1, vec![chat(1, history, calling("c2", "f", "just words"))])]), @r#"
    turn 0 chat [OpenAI Chat Completions]
      0 human <chat>: "go"
      1 ai <chat>: calls[f#c1({"a": 1) Answered ->2]
      2 tool <chat>: result f#c1 "bad arguments"
      3 ai <chat>: calls[f#c2(just words) Unanswered]
    "#);
}

#[test]
fn ids_that_collide_pair_by_place() {
    // The same id in two turns of one agent, and for two calls of one message.
    let first = json!([user("one"), calling("c", "f", "{}"), result("c", "first")]);
    let mut second = first.as_array().cloned().unwrap_or_default();
    second.extend([assistant("done"), user("two"), calling("c", "f", "{}"), result("c", "second")]);
    let runs = vec![chat(1, first, assistant("done")), chat(2, Value::from(second), assistant("done too"))];
    assert_snapshot!(drawn(&[trace(1, runs)]), @r#"
    turn 0 chat [OpenAI Chat Completions]
      0 human <chat>: "one"
      1 ai <chat>: calls[f#c({}) Answered ->2]
      2 tool <chat>: result f#c "first"
      3 ai <chat>: "done"
      4 human <chat>: "two"
      5 ai <chat>: calls[f#c({}) Answered ->6]
      6 tool <chat>: result f#c "second"
      7 ai <chat>: "done too"
    "#);
    let twins = json!({ "role": "assistant", "content": null, "tool_calls": [
        { "id": "c", "function": { "name": "f", "arguments": "{\"n\":1}" } },
        { "id": "c", "function": { "name": "g", "arguments": "{\"n\":2}" } }] });
    let history = json!([user("go"), twins, result("c", "of f"), result("c", "of g")]);
    assert_snapshot!(drawn(&[trace(1, vec![chat(1, history, assistant("done"))])]), @r#"
    turn 0 chat [OpenAI Chat Completions]
      0 human <chat>: "go"
      1 ai <chat>: calls[f#c({"n":1}) Answered ->2; g#c({"n":2}) Answered ->3]
      2 tool <chat>: result f#c "of f"
      3 tool <chat>: result g#c "of g"
      4 ai <chat>: "done"
    "#);
}

#[test]
fn results_before_their_calls_are_kept_where_they_stand() {
    let history =
        json!([result("c1", "early"), user("go"), calling("c1", "f", "{}"), result("c2", "of nobody")]);
    assert_snapshot!(drawn(&[trace(1, vec![chat(1, history, assistant("done"))])]), @r#"
    turn 0 chat [OpenAI Chat Completions]
      0 tool <chat>: result -#c1 "early"
      1 human <chat>: "go"
      2 ai <chat>: calls[f#c1({}) Answered ->3]
      3 tool <chat>: result f#c2 "of nobody"
      4 ai <chat>: "done"
    "#);
}

#[test]
fn roles_that_nobody_knows_are_kept_under_their_own_name() {
    let messages = json!([{ "role": "critic", "content": "Too long." }, { "role": "", "content": "No role." },
        { "role": 7, "content": "A number." }, { "content": "None at all." }]);
    assert_snapshot!(drawn_call(json!({ "messages": messages }), Value::Null, Value::Null), @r#"
    turn 0 call
      0 human (critic) <call>: "Too long."
      1 human <call>: "No role."
      2 human <call>: "A number."
      3 human <call>: "None at all."
    "#);
}

#[test]
fn content_of_the_wrong_type_is_shown_as_data() {
    let messages = json!([{ "role": "user", "content": 42 }, { "role": "user", "content": { "a": 1 } },
        { "role": "assistant", "content": [[["deep"]]] }, { "role": "assistant", "tool_calls": "none" },
        { "role": "assistant", "content": "x", "tool_calls": [{ "id": "c" }, null, "f"] }]);
    assert_snapshot!(drawn_call(json!({ "messages": messages }), Value::Null, Value::Null), @r#"
    turn 0 call
      0 human <call>: json:-(42)
      1 human <call>: json:-({"a":1})
      2 ai <call>: "deep"
      3 ai <call>: "x"
    "#);
}

#[test]
fn a_run_that_is_its_own_parent_and_one_whose_parent_never_came_are_read() {
    let own = RunInput {
        parent_run_id: Some(run(1, None, RunType::Llm, "a").run_id),
        ..chat(1, json!([user("hi")]), assistant("hello"))
    };
    let lost = RunInput {
        status: RunStatus::Pending,
        ..chat(2, json!([user("hi"), assistant("hello"), user("and?")]), Value::Null)
    };
    let lost = RunInput { parent_run_id: Some(run(99, None, RunType::Llm, "a").run_id), ..lost };
    assert_snapshot!(drawn(&[trace(1, vec![own, lost])]), @r#"
    turn 0 chat [OpenAI Chat Completions]
      0 human <chat>: "hi"
      1 ai <chat>: "hello"
      2 human <chat>: "and?"
    "#);
}
