//! What a model call received, beside what its agent was given before; and the same as a request.
#![expect(clippy::unwrap_used, reason = "a test that cannot set itself up has failed")]

use std::fmt::Write as _;

use model::{RunId, RunType};
use serde_json::{Value, json};
use views::messages::{
    Block, Change, Options, Place, Prompt, PromptCall, RequestFormat, RunInput, TraceInput, conversation,
    find, prompt, request,
};

use crate::support::{chat, run, trace, with};

fn mark(change: Change) -> char {
    match change {
        Change::Same => ' ',
        Change::Added => '+',
        Change::Removed => '-',
        Change::Changed => '~',
    }
}

fn words(blocks: &[Block]) -> String {
    let text = |block: &Block| match block {
        Block::Text { text, .. } => text.clone(),
        Block::ToolCalls(calls) => calls.iter().fold(String::new(), |text, call| text + &call.name + "()"),
        Block::ToolResult(result) => format!("result {}", words(&result.content)),
        other => format!("{other:?}"),
    };
    blocks.iter().map(text).collect::<Vec<_>>().join(" ")
}

fn drawn(prompt: &Prompt) -> String {
    let mut out = String::new();
    for message in &prompt.messages {
        let _ = write!(out, "{} {}: {}", mark(message.change), message.role.as_str(), words(&message.blocks));
        if !message.before.is_empty() {
            let _ = write!(out, " (was: {})", words(&message.before));
        }
        out.push('\n');
    }
    for tool in &prompt.tools {
        let _ = writeln!(out, "{} tool {}", mark(tool.change), tool.name);
    }
    out
}

fn compared(before: &RunInput, call: &RunInput) -> String {
    drawn(&prompt(PromptCall { run: call, shape: None }, Some(PromptCall { run: before, shape: None }), &[]))
}

fn tool(name: &str, description: &str) -> Value {
    json!({ "type": "function", "function": { "name": name, "description": description, "parameters": {} } })
}

fn offering(call: RunInput, tools: Value) -> RunInput {
    let mut inputs: Value = serde_json::from_str(call.inputs.as_deref().unwrap()).unwrap();
    inputs["tools"] = tools;
    RunInput { inputs: Some(inputs.to_string()), ..call }
}

#[test]
fn what_came_since_the_call_before_is_told() {
    let system = json!({ "role": "system", "content": "S" });
    let question = json!({ "role": "user", "content": "hi" });
    let asked = json!({ "role": "assistant", "content": null, "tool_calls": [
        { "id": "c1", "type": "function", "function": { "name": "lookup", "arguments": "{}" } }] });
    let answered = json!({ "role": "tool", "tool_call_id": "c1", "content": "7" });
    let before = chat(1, json!([system, question]), asked.clone());
    let call = chat(2, json!([system, question, asked, answered]), Value::Null);
    assert_eq!(compared(&before, &call), "  System: S\n  Human: hi\n+ AI: lookup()\n+ Tool: result 7\n");
    let alone = prompt(PromptCall { run: &call, shape: None }, None, &[]);
    assert_eq!(drawn(&alone), "  System: S\n  Human: hi\n  AI: lookup()\n  Tool: result 7\n");
}

#[test]
fn what_was_dropped_compacted_or_rewritten_is_told_where_it_stood() {
    let human = |text: &str| json!({ "role": "user", "content": text });
    let ai = |text: &str| json!({ "role": "assistant", "content": text });
    let system = |text: &str| json!({ "role": "system", "content": text });
    let before = chat(
        1,
        json!([
            system("Be brief."),
            human("one"),
            ai("1"),
            human("two"),
            ai("2"),
            human("The file says: alpha beta gamma")
        ]),
        Value::Null,
    );
    let call = chat(
        2,
        json!([
            system("Be very brief."),
            human("Summary of what was said"),
            human("The file says: alpha beta"),
            ai("ok"),
            human("and?")
        ]),
        Value::Null,
    );
    assert_eq!(
        compared(&before, &call),
        "~ System: Be very brief. (was: Be brief.)\n\
         - Human: one\n- AI: 1\n- Human: two\n- AI: 2\n\
         + Human: Summary of what was said\n\
         ~ Human: The file says: alpha beta (was: The file says: alpha beta gamma)\n\
         + AI: ok\n+ Human: and?\n"
    );
}

#[test]
fn tools_that_came_went_or_changed_are_told() {
    let ask = |number| chat(number, json!([{ "role": "user", "content": "hi" }]), Value::Null);
    let before = offering(ask(1), json!([tool("read", "reads"), tool("write", "writes"), tool("stay", "x")]));
    let call = offering(ask(2), json!([tool("read", "reads a file"), tool("stay", "x"), tool("new", "y")]));
    assert_eq!(compared(&before, &call), "  Human: hi\n~ tool read\n  tool stay\n+ tool new\n- tool write\n");
}

#[test]
fn equal_messages_are_matched_one_by_one() {
    let yes = json!({ "role": "user", "content": "yes" });
    let before = chat(1, json!([yes, yes]), Value::Null);
    let call = chat(2, json!([yes, yes, yes]), Value::Null);
    assert_eq!(compared(&before, &call), "  Human: yes\n  Human: yes\n+ Human: yes\n");
    assert_eq!(compared(&call, &before), "  Human: yes\n  Human: yes\n- Human: yes\n");
}

fn id(number: u8) -> RunId {
    RunId::from_span_id([number; 8])
}

fn previous_of(traces: &[TraceInput], number: u8) -> Option<RunId> {
    let calls = conversation(traces, Options::default()).model_calls;
    let call = calls.iter().find(|call| call.run_id == id(number)).unwrap();
    call.previous.map(|previous| calls[previous].run_id)
}

#[test]
fn a_call_is_compared_with_the_one_that_its_own_agent_made_before() {
    let ask = |number: u8, parent: Option<u8>, metadata: Value| RunInput {
        parent_run_id: parent.map(id),
        ..with(
            run(number, parent, RunType::Llm, "chat"),
            json!({ "messages": [{ "role": "user", "content": "hi" }] }),
            Value::Null,
            metadata,
        )
    };
    let agent = run(1, None, RunType::Chain, "agent");
    let task = run(4, Some(1), RunType::Tool, "task");
    let first = vec![
        agent,
        ask(2, Some(1), json!({})),
        ask(3, Some(1), json!({ "ls_agent_type": "middleware" })),
        task,
        ask(5, Some(4), json!({})),
        // A client's call inside of that of its framework.
        ask(6, Some(1), json!({})),
        ask(7, Some(6), json!({})),
    ];
    let second = vec![ask(8, None, json!({}))];
    let traces = [trace(1, first), trace(2, second)];
    assert_eq!(previous_of(&traces, 2), None);
    assert_eq!(previous_of(&traces, 3), None, "middleware");
    assert_eq!(previous_of(&traces, 5), None, "a sub-agent");
    assert_eq!(previous_of(&traces, 6), Some(id(2)));
    assert_eq!(previous_of(&traces, 7), Some(id(2)), "the call around it says the same");
    assert_eq!(previous_of(&traces, 8), Some(id(7)), "the turn before");
}

#[test]
fn the_window_is_told_by_where_its_characters_come_from() {
    let document = "Umbrellas are sold at the station.";
    let call = RunInput {
        usage: model::Usage { input: Some(100), cache_read: Some(60), ..model::Usage::default() },
        ..offering(
            chat(
                1,
                json!([
                    { "role": "system", "content": format!("Use this: {document}") },
                    { "role": "user", "content": "first" },
                    { "role": "assistant", "content": "answer", "tool_calls": [
                        { "id": "c1", "type": "function", "function": { "name": "f", "arguments": "{}" } }] },
                    { "role": "tool", "tool_call_id": "c1", "content": "1234567" },
                    { "role": "user", "content": "now" },
                    { "role": "user", "content": "this" },
                ]),
                Value::Null,
            ),
            json!([tool("f", "d")]),
        )
    };
    let meter = prompt(PromptCall { run: &call, shape: None }, None, &[document.to_owned()]).meter;
    let definition = tool("f", "d").to_string().len();
    assert_eq!(
        [meter.system, meter.tools, meter.history, meter.retrieved, meter.user],
        [10, definition as u64, 5 + 6 + 1 + 2, document.len() as u64 + 7, 7]
    );
    assert_eq!((meter.input_tokens, meter.cache_read_tokens), (Some(100), Some(60)));
}

#[test]
fn a_prompt_is_a_request_of_each_vendor() {
    let call = RunInput {
        model: Some("gpt-4o".to_owned()),
        provider: Some("openai".to_owned()),
        ..offering(
            with(
                run(1, None, RunType::Llm, "chat"),
                json!({ "model": "gpt-4o", "temperature": 0.5, "max_tokens": 99, "messages": [
                    { "role": "system", "content": "S" },
                    { "role": "user", "content": [
                        { "type": "text", "text": "it's" },
                        { "type": "image_url", "image_url": { "url": "data:image/png;base64,AAAA" } }] },
                    { "role": "assistant", "content": null, "tool_calls": [
                        { "type": "function", "function": { "name": "f", "arguments": "{\"a\":1}" } }] },
                    { "role": "tool", "name": "f", "content": "7" },
                    { "role": "user", "content": "go on" },
                ] }),
                Value::Null,
                json!({ "ls_provider": "openai" }),
            ),
            json!([tool("f", "d")]),
        )
    };
    let prompt = PromptCall { run: &call, shape: None };
    let body = |format| serde_json::from_str::<Value>(&request(prompt, format)).unwrap();
    assert_eq!(
        body(RequestFormat::OpenAi),
        json!({ "model": "gpt-4o", "temperature": 0.5, "max_tokens": 99,
            "messages": [
                { "role": "system", "content": "S" },
                { "role": "user", "content": [
                    { "type": "text", "text": "it's" },
                    { "type": "image_url", "image_url": { "url": "data:image/png;base64,AAAA" } }] },
                { "role": "assistant", "content": null, "tool_calls": [
                    { "id": "call_1", "type": "function", "function": { "name": "f", "arguments": "{\"a\":1}" } }] },
                { "role": "tool", "tool_call_id": "call_1", "content": "7" },
                { "role": "user", "content": "go on" }],
            "tools": [{ "type": "function", "function": { "name": "f", "description": "d" } }] })
    );
    assert_eq!(
        body(RequestFormat::Anthropic),
        json!({ "model": "gpt-4o", "temperature": 0.5, "max_tokens": 99, "system": "S",
            "messages": [
                { "role": "user", "content": [
                    { "type": "text", "text": "it's" },
                    { "type": "image", "source": { "type": "base64", "media_type": "image/png", "data": "AAAA" } }] },
                { "role": "assistant", "content": [{ "type": "tool_use", "id": "call_1", "name": "f", "input": { "a": 1 } }] },
                { "role": "user", "content": [
                    { "type": "tool_result", "tool_use_id": "call_1", "content": "7" },
                    { "type": "text", "text": "go on" }] }],
            "tools": [{ "name": "f", "description": "d", "input_schema": { "type": "object" } }] })
    );
    let line = request(prompt, RequestFormat::Curl);
    assert!(line.starts_with("curl https://api.openai.com/v1/chat/completions \\\n"), "{line}");
    assert!(line.contains("it'\\''s"), "{line}");
    let claude = RunInput { provider: Some("anthropic".to_owned()), ..call.clone() };
    let line = request(PromptCall { run: &claude, shape: None }, RequestFormat::Curl);
    assert!(line.starts_with("curl https://api.anthropic.com/v1/messages \\\n"), "{line}");
}

#[test]
fn a_text_is_found_wherever_it_stands_however_long_it_is() {
    let long = format!("{} NEEDLE größe", "word ".repeat(10_000));
    let asked = json!({ "role": "assistant", "content": "Look", "tool_calls": [
        { "id": "c1", "type": "function", "function": { "name": "lookup", "arguments": "{}" } }] });
    let call = chat(1, json!([{ "role": "user", "content": "hi" }]), asked);
    let tool = with(
        run(2, None, RunType::Tool, "lookup"),
        json!({}),
        json!({ "output": long }),
        json!({ "tool_call_id": "c1" }),
    );
    let said = conversation(&[trace(1, vec![call, tool])], Options::default());
    let here = vec![Place::Message { side: None, message: 1 }];
    assert_eq!(find(&said, "needle"), here, "in the result, which is shown at its call");
    assert_eq!(find(&said, " GRÖSSE".trim()), []);
    assert_eq!(find(&said, "GRÖßE"), here);
    assert_eq!(find(&said, "Lookup"), here);
    assert_eq!(find(&said, "HI"), [Place::Message { side: None, message: 0 }]);
    assert_eq!(find(&said, "  "), []);
    assert_eq!(find(&said, "chat"), [Place::Turn(0)]);
}
