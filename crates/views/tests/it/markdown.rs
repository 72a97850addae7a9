//! The transcript as a document.

use model::RunType;
use serde_json::json;
use views::messages::{Options, RunInput, conversation, to_markdown};

use crate::support::{chat, fixture, run, trace, with};

#[test]
fn a_thread_with_subagents_as_a_document() {
    let traces = fixture("wire-py-subagents");
    let conversation = conversation(&traces, Options::default());
    insta::assert_snapshot!("subagents", to_markdown("Thread thread-sub-1", &conversation));
}

#[test]
fn content_cannot_break_out_of_its_fence_and_nothing_is_embedded() {
    let call = json!({ "role": "assistant", "content": "Look:", "reasoning_content": "first\nsecond", "tool_calls": [
        { "id": "c1", "type": "function", "function": { "name": "read", "arguments": "{\"path\":\"a\"}" } },
        { "id": "c2", "type": "function", "function": { "name": "read", "arguments": "oops" } }] });
    let image = json!({ "role": "user", "content": [
        { "type": "text", "text": "see\nthis" },
        { "type": "image_url", "image_url": { "url": "https://x/`a`.png" } },
        { "type": "image_url", "image_url": { "url": "data:image/png;base64,AAAA" } }] });
    let asked = RunInput {
        model: Some("gpt-4o".to_owned()),
        usage: model::Usage { input: Some(10), output: Some(2), ..model::Usage::default() },
        cost: model::Cost::parse_usd("0.0025"),
        ..chat(1, json!([{ "role": "system", "content": "S" }, image]), call)
    };
    let tool = with(
        run(2, None, RunType::Tool, "read"),
        json!({ "path": "a" }),
        json!({ "output": "```\n# not a heading\n````" }),
        json!({ "tool_call_id": "c1" }),
    );
    let hidden = with(
        run(3, None, RunType::Llm, "guard"),
        json!({ "messages": [["user", "x"]] }),
        json!({ "text": "y" }),
        json!({ "ls_agent_type": "middleware" }),
    );
    let conversation = conversation(&[trace(1, vec![asked, tool, hidden])], Options::default());
    insta::assert_snapshot!("fences", to_markdown("Trace\n# 1", &conversation));
}
