//! Constructed payloads of each shape: content that the recorded ones lack.

use insta::assert_snapshot;
use serde_json::{Value, json};

use crate::support::drawn_call;

/// What a message of this content reads like.
fn human(content: Value) -> String {
    let text =
        drawn_call(json!({ "messages": [{ "role": "user", "content": content }] }), Value::Null, Value::Null);
    text.lines()
        .skip(1)
        .map(|line| line.trim().trim_start_matches("0 ").to_owned())
        .collect::<Vec<_>>()
        .join("\n")
}

#[test]
fn media_of_every_vendor() {
    let cases = [
        json!({ "type": "image_url", "image_url": { "url": "https://x/a.png", "detail": "low" } }),
        json!({ "type": "image_url", "image_url": "data:image/png;base64,AAAA" }),
        json!({ "type": "input_image", "image_url": "https://x/a.png" }),
        json!({ "type": "input_image", "file_id": "file-1" }),
        json!({ "type": "image", "source": { "type": "base64", "media_type": "image/jpeg", "data": "BBBB" } }),
        json!({ "type": "image", "source": { "type": "url", "url": "https://x/a.png" } }),
        json!({ "type": "image", "source": { "type": "file", "file_id": "file_2" } }),
        json!({ "type": "image", "image": "https://x/a.png", "mediaType": "image/png" }),
        json!({ "type": "image", "base64": "CCCC", "mime_type": "image/webp" }),
        json!({ "type": "image", "url": "https://x/a.png" }),
        json!({ "type": "image", "id": "file-3" }),
        json!({ "type": "input_audio", "input_audio": { "data": "DDDD", "format": "wav" } }),
        json!({ "type": "audio", "data": "EEEE", "mime_type": "audio/mp3" }),
        json!({ "type": "video", "url": "https://x/a.mp4" }),
        json!({ "type": "file", "file": { "file_data": "data:application/pdf;base64,FFFF", "filename": "a.pdf" } }),
        json!({ "type": "input_file", "file_url": "https://x/a.pdf" }),
        json!({ "type": "file", "data": "GGGG", "mediaType": "application/pdf", "filename": "b.pdf" }),
        json!({ "type": "document", "source": { "type": "base64", "media_type": "application/pdf", "data": "HHHH" }, "title": "Doc" }),
        json!({ "type": "document", "source": { "type": "text", "media_type": "text/plain", "data": "plain words" } }),
        json!({ "type": "blob", "modality": "image", "mime_type": "image/png", "content": "IIII" }),
        json!({ "type": "uri", "modality": "video", "uri": "gs://bucket/a" }),
        json!({ "type": "file", "modality": "document", "file_id": "file-4" }),
        json!({ "inline_data": { "mime_type": "image/png", "data": "JJJJ" } }),
        json!({ "fileData": { "mimeType": "audio/ogg", "fileUri": "https://x/a.ogg" } }),
        json!({ "image": { "format": "png", "source": { "bytes": "KKKK" } } }),
        json!({ "type": "container_upload", "file_id": "file-5" }),
        json!({ "type": "image", "source_type": "base64", "mime_type": "image/png", "data": "LLLL" }),
        json!({ "type": "audio", "source_type": "url", "url": "https://x/a.mp3" }),
        json!({ "type": "media", "mime_type": "audio/mpeg", "data": "MMMM" }),
        json!({ "type": "input_audio", "audio": "NNNN", "transcript": "hello" }),
        json!({ "type": "image_url", "image_url": { "url": "DATA:image/png;base64,OOOO" } }),
        json!({ "type": "image_url", "image_url": { "url": "data:image/svg+xml;utf8,<svg onload='alert(1)'/>" } }),
        json!({ "type": "image_url", "image_url": { "url": "data:audio/L16;rate=16000;base64,PPPP" } }),
        json!({ "type": "binary", "media_type": "image/png", "content": "QQQQ" }),
        json!({ "type": "document-url", "url": "https://x/a.pdf" }),
        json!({ "document": { "format": "pdf", "name": "Terms", "source": { "bytes": "RRRR" } } }),
        json!({ "type": "image", "image": { "type": "Buffer", "data": [137, 80, 78, 71, 13, 10, 26, 10] } }),
        json!({ "type": "image", "image": { "0": 255, "1": 216, "2": 255, "3": 224 }, "mimeType": "image/*" }),
        json!({ "type": "file", "source_type": "text", "text": "plain words" }),
        json!({ "type": "resource", "resource": { "uri": "doc://a", "mimeType": "image/png", "blob": "SSSS" } }),
        json!({ "type": "resource", "resource": { "uri": "doc://a", "text": "plain words" } }),
        json!({ "type": "resource_link", "uri": "https://x/a.pdf", "name": "Terms", "mimeType": "application/pdf" }),
        json!({ "type": "computer_screenshot", "image_url": "data:image/png;base64,TTTT" }),
    ];
    let read: Vec<String> = cases.into_iter().map(|case| human(json!([case]))).collect();
    assert_snapshot!(read.join("\n"));
}

#[test]
fn what_a_medium_is_can_be_told_by_its_first_bytes() {
    let heads: [(&str, &[u8]); 8] = [
        ("image/png", b"\x89PNG\r\n\x1a\n0000"),
        ("image/jpeg", b"\xff\xd8\xff\xe000000000"),
        ("image/webp", b"RIFF0000WEBP"),
        ("audio/wav", b"RIFF0000WAVE"),
        ("audio/mpeg", b"ID3000000000"),
        ("audio/ogg", b"OggS00000000"),
        ("video/mp4", b"\0\0\0\x18ftypisom"),
        ("application/pdf", b"%PDF-1.7"),
    ];
    for (mime, head) in heads {
        let data = base64::Engine::encode(&base64::prelude::BASE64_URL_SAFE_NO_PAD, head);
        let read = human(json!([{ "type": "file", "file": { "file_data": data } }]));
        assert!(read.contains(&format!("<{mime} base64")), "{mime}: {read}");
    }
    // What says what it is, is believed; it is shown as nothing else.
    let png = human(json!([{ "type": "file", "mime_type": "text/html", "data": "iVBORw0KGgo" }]));
    assert_eq!(png, "human <call>: file<text/html base64 iVBORw0KGgo>");
}

#[test]
fn what_a_model_said_aloud_is_a_sound_with_its_words() {
    let answer = |audio: Value| {
        let message = json!({ "role": "assistant", "content": null, "audio": audio });
        let text = drawn_call(json!({}), json!({ "choices": [{ "message": message }] }), Value::Null);
        text.lines().skip(1).map(str::trim).collect::<Vec<_>>().join("\n")
    };
    // Whole answers have a head; what was streamed is samples and nothing else.
    assert_eq!(
        answer(json!({ "id": "audio_1", "data": "UklGRgAAAABXQVZF", "transcript": "Hello." })),
        r#"0 ai <call>: audio<audio/wav base64 UklGRgAAAABXQVZF says "Hello.">"#
    );
    assert_eq!(
        answer(json!({ "id": "audio_1", "data": "AAAAAAAA", "transcript": "Hello." })),
        r#"0 ai <call>: audio<audio/l16;rate=24000 base64 AAAAAAAA says "Hello.">"#
    );
    assert_eq!(answer(json!({ "id": "audio_1", "transcript": "Hello." })), r#"0 ai <call>: "Hello.""#);
}

#[test]
fn tools_hand_over_media() {
    let results = [
        json!({ "type": "tool_result", "tool_use_id": "t1", "content": [
            { "type": "text", "text": "r" },
            { "type": "image", "source": { "type": "base64", "media_type": "image/png", "data": "AAAA" } },
            { "type": "document", "source": { "type": "base64", "media_type": "application/pdf", "data": "BBBB" } }] }),
        json!({ "type": "function_call_output", "call_id": "t1", "output": [
            { "type": "input_text", "text": "r" }, { "type": "input_image", "image_url": "data:image/png;base64,CCCC" }] }),
        json!({ "functionResponse": { "id": "t1", "name": "f", "response": { "r": 1 },
            "parts": [{ "inlineData": { "mimeType": "image/png", "data": "DDDD" } }] } }),
        json!({ "type": "tool-result", "toolCallId": "t1", "toolName": "f", "output": { "type": "content", "value": [
            { "type": "text", "text": "r" }, { "type": "media", "mediaType": "image/png", "data": "EEEE" }] } }),
        json!({ "type": "tool_call_response", "id": "t1", "response": { "content": [
            { "type": "audio", "data": "FFFF", "mimeType": "audio/wav" },
            { "type": "resource", "resource": { "uri": "doc://a", "mimeType": "image/png", "blob": "GGGG" } }] } }),
    ];
    let read: Vec<String> = results
        .into_iter()
        .map(|result| {
            let call = json!({ "type": "tool_use", "id": "t1", "name": "f", "input": {} });
            let messages =
                json!([{ "role": "assistant", "content": [call] }, { "role": "user", "content": [result] }]);
            let text = drawn_call(json!({ "messages": messages }), Value::Null, Value::Null);
            text.lines().skip(2).map(str::trim).collect::<Vec<_>>().join("\n")
        })
        .collect();
    assert_snapshot!(read.join("\n"));
}

#[test]
fn tools_of_every_vendor_pair() {
    let calls = [
        json!({ "type": "tool_use", "id": "t1", "name": "f", "input": { "a": 1 } }),
        json!({ "type": "tool-call", "toolCallId": "t1", "toolName": "f", "input": { "a": 1 } }),
        json!({ "type": "tool-call", "toolCallId": "t1", "toolName": "f", "args": { "a": 1 } }),
        json!({ "type": "tool_call", "id": "t1", "name": "f", "args": { "a": 1 } }),
        json!({ "type": "tool_call", "id": "t1", "name": "f", "arguments": "{\"a\": 1}" }),
        json!({ "type": "function_call", "call_id": "t1", "id": "fc", "name": "f", "arguments": "{\"a\":1}" }),
        json!({ "type": "custom_tool_call", "call_id": "t1", "name": "f", "input": "raw words" }),
        json!({ "type": "shell_call", "call_id": "t1", "action": { "commands": ["ls"] } }),
        json!({ "toolUse": { "toolUseId": "t1", "name": "f", "input": { "a": 1 } } }),
        json!({ "functionCall": { "id": "t1", "name": "f", "args": { "a": 1 } } }),
    ];
    let results = [
        json!({ "type": "tool_result", "tool_use_id": "t1", "content": [{ "type": "text", "text": "r" }] }),
        json!({ "type": "tool_result", "tool_use_id": "t1", "is_error": true, "content": "bad" }),
        json!({ "type": "tool-result", "toolCallId": "t1", "toolName": "f", "output": { "type": "json", "value": { "r": 1 } } }),
        json!({ "type": "tool-result", "toolCallId": "t1", "toolName": "f", "output": { "type": "error-text", "value": "bad" } }),
        json!({ "type": "tool-result", "toolCallId": "t1", "toolName": "f", "result": "r" }),
        json!({ "type": "tool_call_response", "id": "t1", "response": { "r": 1 } }),
        json!({ "type": "tool_call_response", "id": "t1", "result": "r" }),
        json!({ "type": "function_call_output", "call_id": "t1", "output": "" }),
        json!({ "toolResult": { "toolUseId": "t1", "status": "error", "content": [{ "text": "bad" }] } }),
        json!({ "functionResponse": { "id": "t1", "name": "f", "response": { "r": 1 } } }),
    ];
    let read: Vec<String> = calls
        .into_iter()
        .zip(results)
        .map(|(call, result)| {
            let messages =
                json!([{ "role": "assistant", "content": [call] }, { "role": "user", "content": [result] }]);
            let text = drawn_call(json!({ "messages": messages }), Value::Null, Value::Null);
            text.lines().skip(1).collect::<Vec<_>>().join("\n")
        })
        .collect();
    assert_snapshot!(read.join("\n"));
}

#[test]
fn a_call_among_the_blocks_and_in_the_list_beside_them_is_one() {
    let message = json!({ "role": "assistant", "content": [
            { "type": "text", "text": "Let me see." },
            { "type": "tool_use", "id": "t1", "name": "f", "input": { "a": 1 } }],
        "tool_calls": [
            { "name": "f", "args": { "a": 1 }, "id": "t1", "type": "tool_call" },
            { "name": "g", "args": {}, "id": "t2", "type": "tool_call" }],
        "invalid_tool_calls": [{ "name": "h", "args": "{oops", "id": "t3", "error": "not JSON" }] });
    assert_snapshot!(drawn_call(json!({}), message, json!({ "ls_provider": "anthropic" })), @r#"
    turn 0 call [Anthropic Messages]
      0 ai <call>: "Let me see." calls[f#t1({"a":1}) Unanswered; g#t2({}) Unanswered; h#t3({oops) Unanswered]
    "#);
}

#[test]
fn server_tools_hold_their_results() {
    let content = json!([
        { "type": "server_tool_use", "id": "s1", "name": "web_search", "input": { "query": "tide" } },
        { "type": "web_search_tool_result", "tool_use_id": "s1", "content": [{ "type": "web_search_result", "url": "https://x", "title": "Tides" }] },
        { "type": "text", "text": "5.1 m", "citations": [{ "url": "https://x" }] },
        { "type": "mcp_tool_use", "id": "s2", "name": "ask", "server_name": "m", "input": {} },
        { "type": "mcp_tool_result", "tool_use_id": "s2", "is_error": true, "content": [{ "type": "text", "text": "down" }] },
        { "type": "redacted_thinking", "data": "xxxx" },
    ]);
    assert_snapshot!(drawn_call(json!({}), json!({ "type": "message", "role": "assistant", "content": content }), Value::Null), @r#"
    turn 0 call
      0 ai <call>: server web_search({"query":"tide"}) -> [json:-([{"type":"web_search_result","url":"https://x","title":"Tides"}])] "5.1 m" server ask({}) error -> ["down"]
    "#);
    let items = json!([
        { "type": "web_search_call", "id": "ws_1", "status": "completed", "action": { "type": "search", "query": "tide" } },
        { "type": "code_interpreter_call", "id": "ci_1", "code": "1+1", "outputs": [{ "type": "logs", "logs": "2" }] },
        { "type": "mcp_call", "id": "m_1", "name": "ask", "server_label": "m", "arguments": "{}", "output": "fine" },
        { "type": "image_generation_call", "id": "ig_1", "result": "AAAA" },
        { "type": "message", "role": "assistant", "content": [{ "type": "output_text", "text": "Here." }, { "type": "refusal", "refusal": "No more." }] },
    ]);
    assert_snapshot!(drawn_call(json!({ "input": "go" }), json!({ "object": "response", "output": items }), Value::Null), @r#"
    turn 0 call
      0 human <call>: "go"
      1 ai <call>: server web_search({"type":"search","query":"tide"}) -> [] server code_interpreter(1+1) -> ["2"] server ask({}) -> ["fine"] image<- base64 AAAA> "Here." refusal("No more.")
    "#);
}

#[test]
fn thoughts_in_every_spelling() {
    let answer = |message: Value| {
        let text = drawn_call(json!({}), json!({ "choices": [{ "message": message }] }), Value::Null);
        text.lines().skip(1).map(|line| line.trim().to_owned()).collect::<Vec<_>>().join("\n")
    };
    let block = |block: Value| {
        answer(json!({ "role": "assistant", "content": [block, { "type": "text", "text": "a" }] }))
    };
    let read = [
        answer(json!({ "role": "assistant", "content": "a", "reasoning_content": "deep" })),
        answer(json!({ "role": "assistant", "content": "a", "reasoning": "deep" })),
        answer(
            json!({ "role": "assistant", "content": "a", "additional_kwargs": { "reasoning_content": "deep" } }),
        ),
        block(json!({ "type": "thinking", "thinking": "deep" })),
        block(json!({ "type": "reasoning", "reasoning": "deep" })),
        block(json!({ "type": "reasoning", "content": "deep" })),
        block(
            json!({ "type": "reasoning", "summary": [{ "type": "summary_text", "text": "deep" }, { "type": "summary_text", "text": "deeper" }] }),
        ),
        block(json!({ "text": "deep", "thought": true })),
        block(json!({ "reasoningContent": { "reasoningText": { "text": "deep", "signature": "s" } } })),
        block(json!({ "type": "reasoning", "encrypted_content": "xxxx", "summary": [] })),
    ];
    assert_snapshot!(read.join("\n"), @r#"
    0 ai <call>: thought("deep") "a"
    0 ai <call>: thought("deep") "a"
    0 ai <call>: thought("deep") "a"
    0 ai <call>: thought("deep") "a"
    0 ai <call>: thought("deep") "a"
    0 ai <call>: thought("deep") "a"
    0 ai <call>: thought("deep deeper") "a"
    0 ai <call>: thought("deep") "a"
    0 ai <call>: thought("deep") "a"
    0 ai <call>: "a"
    "#);
}

#[test]
fn roles_in_every_spelling() {
    let constructor = |class: &str, kwargs: Value| json!({ "lc": 1, "type": "constructor", "id": ["langchain", "schema", "messages", class], "kwargs": kwargs });
    let messages = json!([[
        constructor("SystemMessage", json!({ "content": "s" })),
        constructor("HumanMessageChunk", json!({ "content": "h" })),
        constructor("AIMessageChunk", json!({ "content": "a" })),
        constructor("ToolMessage", json!({ "content": "t", "tool_call_id": "x", "name": "f", "status": "error" })),
        constructor("ChatMessage", json!({ "content": "c" })),
        constructor("ChatMessage", json!({ "content": "c2", "role": "assistant" })),
        { "type": "human", "data": { "content": "legacy" } },
        { "role": "User", "content": "capital" },
        { "role": "DEVELOPER", "content": "dev" },
        { "role": "model", "parts": [{ "text": "gemini" }] },
        { "role": "critic", "content": "unknown" },
        ["ai", "pair"],
        "bare",
        { "role": "reasoning", "content": [{ "type": "text", "text": "hm" }] },
        { "role": "assistant", "content": "said" },
    ]]);
    assert_snapshot!(drawn_call(json!({ "messages": messages }), Value::Null, json!({ "graph_id": "g" })), @r#"
    turn 0 call [LangChain]
      0 system <call>: "s"
      1 human <call>: "h"
      2 ai <call>: "a"
      3 tool <call>: result f#x error "t"
      4 human <call>: "c"
      5 ai <call>: "c2"
      6 human <call>: "legacy"
      7 human <call>: "capital"
      8 system <call>: "dev"
      9 ai <call>: "gemini"
      10 human (critic) <call>: "unknown"
      11 ai <call>: "pair"
      12 human <call>: "bare"
      13 ai <call>: thought("hm") "said"
    "#);
}

#[test]
fn the_other_outputs_that_langsmith_accepts() {
    let outputs = [
        json!({ "message": { "role": "assistant", "content": "x" } }),
        json!({ "role": "assistant", "content": "x" }),
        json!({ "messages": [{ "role": "assistant", "content": "x" }] }),
        json!({ "output": ["assistant", "x"] }),
        json!(["assistant", "x"]),
        json!("x"),
        json!({ "output": "x" }),
        json!({ "completion": "x" }),
        json!({ "output": { "content": "x" } }),
        json!({ "generations": [[{ "text": "x" }]] }),
        json!({ "choices": [{ "text": "x" }] }),
        json!({ "whatever": "x" }),
        json!({ "output": "[{\"role\":\"assistant\",\"content\":\"x\"}]" }),
    ];
    for output in outputs {
        let text = drawn_call(json!({}), output.clone(), Value::Null);
        assert_eq!(text.lines().nth(1), Some("  0 ai <call>: \"x\""), "{output}");
        assert_eq!(text.lines().count(), 2, "{output}");
    }
}

#[test]
fn several_answers_are_alternatives() {
    let choice = |text: &str| json!({ "message": { "role": "assistant", "content": text } });
    assert_snapshot!(drawn_call(json!({ "prompt": "p" }), json!({ "choices": [choice("a"), choice("b"), choice("c")] }), Value::Null), @r#"
    turn 0 call
      0 human <call>: "p"
      1 ai <call>: "a"
          or: "b"
          or: "c"
    "#);
}

#[test]
fn flattened_attributes_are_lists_again() {
    use crate::support::{drawn, run, trace};
    let call = |attributes: Value| views::messages::RunInput {
        attributes: Some(json!({ "attributes": attributes }).to_string()),
        ..run(1, None, model::RunType::Llm, "call")
    };
    // Sparse and unordered indexes, contents before content, a call twice.
    let openinference = call(json!({
        "llm.input_messages.10.message.content": "last",
        "llm.input_messages.10.message.role": "user",
        "llm.input_messages.2.message.role": "assistant",
        "llm.input_messages.2.message.content": "flat",
        "llm.input_messages.2.message.contents.0.message_content.type": "text",
        "llm.input_messages.2.message.contents.0.message_content.text": "whole",
        "llm.input_messages.2.message.contents.1.message_content.type": "tool_use",
        "llm.input_messages.2.message.contents.1.message_content.tool_call.id": "t1",
        "llm.input_messages.2.message.contents.1.message_content.tool_call.function.name": "f",
        "llm.input_messages.2.message.contents.1.message_content.tool_call.function.arguments": "{\"a\":1}",
        "llm.input_messages.2.message.tool_calls.0.tool_call.id": "t1",
        "llm.input_messages.2.message.tool_calls.0.tool_call.function.name": "f",
        "llm.input_messages.2.message.tool_calls.0.tool_call.function.arguments": "{\"a\":1}",
        "llm.input_messages.3.message.role": "tool",
        "llm.input_messages.3.message.tool_call_id": "t1",
        "llm.input_messages.3.message.content": "r",
        "llm.input_messages.1.message.role": "user",
        "llm.input_messages.1.message.contents.0.message_content.type": "image",
        "llm.input_messages.1.message.contents.0.message_content.image.image.url": "https://x/a.png",
        "llm.output_messages.0.message.role": "assistant",
        "llm.output_messages.0.message.content": "done",
    }));
    assert_snapshot!(drawn(&[trace(1, vec![openinference])]), @r#"
    turn 0 call
      0 human <call>: image<- url https://x/a.png>
      1 ai <call>: "whole" calls[f#t1({"a":1}) Answered ->2]
      2 tool <call>: result f#t1 "r"
      3 human <call>: "last"
      4 ai <call>: "done"
    "#);
    let openllmetry = call(json!({
        "gen_ai.prompt.0.role": "user",
        "gen_ai.prompt.0.content": "[{\"type\":\"text\",\"text\":\"blocks\"}]",
        "gen_ai.prompt.1.role": "assistant",
        "gen_ai.prompt.1.content": "\"\"",
        "gen_ai.prompt.1.tool_calls.0.id": "t1",
        "gen_ai.prompt.1.tool_calls.0.name": "f",
        "gen_ai.prompt.1.tool_calls.0.arguments": "{}",
        "gen_ai.prompt.2.role": "tool",
        "gen_ai.prompt.2.tool_call_id": "t1",
        "gen_ai.prompt.2.content": "r",
        "gen_ai.completion.0.role": "assistant",
        "gen_ai.completion.0.content": "done",
        "gen_ai.completion.0.finish_reason": "stop",
    }));
    assert_snapshot!(drawn(&[trace(1, vec![openllmetry])]), @r#"
    turn 0 call
      0 human <call>: "blocks"
      1 ai <call>: calls[f#t1({}) Answered ->2]
      2 tool <call>: result f#t1 "r"
      3 ai <call>: "done"
    "#);
}

#[test]
fn unknown_pieces_stay_as_json() {
    assert_snapshot!(human(json!([{ "type": "hologram", "z": 1 }, { "type": "text", "text": "and" }, { "a": [1] }, 5])), @r#"human <call>: json:hologram({"type":"hologram","z":1}) "and" json:-({"a":[1]}) json:-(5)"#);
}
