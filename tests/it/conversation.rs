//! What was said in a trace and in a thread, on the command line and over the API.

use serde_json::{Value, json};

use crate::{
    app::{Served, fixture, run, run_json},
    langsmith::replay_scenario,
};

const AGENT: &str = "pydantic-ai/v2-format5.json";

#[test]
fn a_trace_and_its_thread_are_shown_as_a_transcript() {
    let dir = tempfile::tempdir().unwrap();
    run_json(dir.path(), &["import", fixture(AGENT).to_str().unwrap()]);
    let threads = run_json(dir.path(), &["list", "threads"]);
    assert!(threads["threads"].as_array().unwrap().iter().any(|thread| thread["thread"] == "conv-pai-1"));
    let shown = run(dir.path(), &["show", "thread", "conv-pai-1", "--project", "fixture-app"]);
    assert!(shown.status.success());
    let text = String::from_utf8(shown.stdout).unwrap();
    for part in [
        "# Thread conv-pai-1",
        "### System\n\nYou are a weather assistant.",
        "### Human\n\nDo I need an umbrella in Paris?",
        "> Thought: I should call the tool.",
        "#### Tool call: get_weather (`call_w1`)",
        "#### Tool result: get_weather\n\n```json\n{\n  \"temp_c\": 14,",
        "It is 14 C and raining in Paris, so take an umbrella.",
    ] {
        assert!(text.contains(part), "{part} is not in\n{text}");
    }
    let told = run_json(dir.path(), &["show", "thread", "conv-pai-1"]);
    let roles: Vec<&str> = told["messages"]
        .as_array()
        .unwrap()
        .iter()
        .map(|message| message["role"].as_str().unwrap())
        .collect();
    // The instructions and the system prompt are two texts.
    assert_eq!(roles, ["system", "system", "human", "ai", "tool", "ai"]);
    assert_eq!(told["messages"][3]["usage"]["total_tokens"], 78);
    let trace = told["turns"][0]["trace_id"].as_str().unwrap();
    let of_trace = run_json(dir.path(), &["show", "trace", trace, "--messages"]);
    assert_eq!(of_trace["messages"], told["messages"]);
}

#[test]
fn messages_are_told_as_plain_data() {
    let dir = tempfile::tempdir().unwrap();
    let served = Served::start(dir.path(), &[]);
    replay_scenario(&served, "py-subagents");
    drop(served);
    let told = run_json(dir.path(), &["show", "messages", "--thread", "thread-sub-1"]);
    let keys: Vec<&String> = told.as_object().unwrap().keys().collect();
    assert_eq!(keys, ["strategy", "messages", "side_threads", "hidden"]);
    let messages = told["messages"].as_array().unwrap();
    let keys: Vec<&String> = messages[0].as_object().unwrap().keys().collect();
    assert_eq!(keys, ["role", "run_id", "source", "blocks", "tool_calls", "agent"]);
    assert_eq!(messages[1]["role"], "ai");
    assert_eq!(messages[1]["source"], "output");
    assert_eq!(messages[1]["agent"], Value::Null);
    let calls = messages[1]["tool_calls"].as_array().unwrap();
    let sides = told["side_threads"].as_array().unwrap();
    assert_eq!((calls.len(), sides.len()), (2, 2));
    for (call, side) in calls.iter().zip(sides) {
        assert_eq!(side["anchor_tool_call_id"], call["id"]);
        assert_eq!(
            (&side["label"], &side["messages"][0]["agent"]),
            (&json!("researcher"), &json!("researcher"))
        );
    }
    let trace = run_json(dir.path(), &["list", "traces"])["traces"][0]["trace_id"].clone();
    let trace = trace.as_str().unwrap();
    let of_trace = run_json(dir.path(), &["show", "messages", trace]);
    assert!(!of_trace["messages"].as_array().unwrap().is_empty());
    let text = run(dir.path(), &["show", "messages", "--thread", "thread-sub-1"]);
    assert!(String::from_utf8_lossy(&text.stdout).starts_with("# Thread thread-sub-1\n"));
    let neither = run(dir.path(), &["show", "messages"]);
    assert_eq!(neither.status.code(), Some(2));
}

#[test]
fn what_a_model_saw_is_told_beside_the_call_before() {
    let dir = tempfile::tempdir().unwrap();
    let served = Served::start(dir.path(), &[]);
    let long = "größer ".repeat(10_000);
    send(&served, 1, &["hello"]);
    send(&served, 2, &["hello", &long]);
    let trace = format!("{:032x}", 7);
    let of = json!({ "of": { "trace_id": trace }, "trace_id": trace, "run_id": run_id(2) });
    let prompt = served.call("get_prompt", &of);
    assert_eq!(prompt["previous"]["run_id"], run_id(1));
    let changes: Vec<&Value> =
        prompt["messages"].as_array().unwrap().iter().map(|message| &message["change"]).collect();
    assert_eq!(changes, ["same", "added"]);
    let text = &prompt["messages"][1]["blocks"][0]["text"];
    let whole = json!({ "of": of["of"], "trace_id": trace, "run_id": of["run_id"],
        "stamp": prompt["stamp"], "number": text["cut"] });
    assert_eq!(served.call("read_prompt_text", &whole)["text"], long);
    assert_eq!(prompt["meter"]["history"], 0);
    let request = json!({ "of": of["of"], "trace_id": trace, "run_id": of["run_id"], "format": "openai" });
    let body = served.call("write_request", &request);
    let body: Value = serde_json::from_str(body["text"].as_str().unwrap()).unwrap();
    assert_eq!(body["messages"][1], json!({ "role": "user", "content": long }));
    let found = served.call("find_in_conversation", &json!({ "trace_id": trace, "text": "GRÖßER " }));
    assert_eq!(found["places"], json!([{ "type": "message", "side": null, "message": 1 }]));
    let missing = json!({ "of": of["of"], "trace_id": trace, "run_id": run_id(9) });
    assert_eq!(served.call("get_prompt", &missing)["code"], "not_found");
}

#[test]
fn what_is_not_there_is_not_found() {
    let dir = tempfile::tempdir().unwrap();
    let shown = run(dir.path(), &["show", "thread", "nobody"]);
    assert_eq!(shown.status.code(), Some(1));
    assert!(String::from_utf8_lossy(&shown.stderr).contains("thread not found: nobody"));
}

#[test]
fn calls_have_their_results_and_sub_agents_their_own_threads() {
    let dir = tempfile::tempdir().unwrap();
    let served = Served::start(dir.path(), &[]);
    replay_scenario(&served, "py-subagents");
    let conversation = served.call("get_conversation", &json!({ "thread": "thread-sub-1" }));
    let messages = conversation["messages"].as_array().unwrap();
    let calls = messages[1]["blocks"][0]["calls"].as_array().unwrap();
    assert_eq!(messages[1]["model"], "main-model");
    for (at, call) in calls.iter().enumerate() {
        assert_eq!((&call["name"], &call["state"]), (&json!("task"), &json!("answered")));
        assert_eq!(call["side_threads"], json!([at]));
        let result = &messages[usize::try_from(call["result"].as_u64().unwrap()).unwrap()];
        assert_eq!(result["blocks"][0]["content"][0]["text"]["text"], "sub result");
        let side = &conversation["side_threads"][at];
        assert_eq!(
            (&side["label"], &side["message"], &side["call"]),
            (&json!("researcher"), &json!(1), &json!(at))
        );
        assert_eq!(side["messages"].as_array().unwrap().len(), 4);
    }
    assert_eq!(calls.len(), 2);
    let transcript =
        served.call("export_conversation", &json!({ "thread": "thread-sub-1", "format": "markdown" }));
    assert!(transcript["text"].as_str().unwrap().contains("## Sub-agent 2: researcher"));
    let data = served.call("export_conversation", &json!({ "thread": "thread-sub-1", "format": "json" }));
    let data: Value = serde_json::from_str(data["text"].as_str().unwrap()).unwrap();
    assert_eq!(data["side_threads"][1]["label"], "researcher");
}

#[test]
fn a_long_text_comes_cut_and_is_read_whole_as_long_as_the_conversation_is_the_same() {
    let dir = tempfile::tempdir().unwrap();
    let served = Served::start(dir.path(), &[]);
    let (short, long) = ("word ".repeat(10), "größer ".repeat(10_000));
    send(&served, 1, &[&short, &long]);
    let of = json!({ "trace_id": format!("{:032x}", 7) });
    let conversation = served.call("get_conversation", &of);
    let texts: Vec<&Value> = conversation["messages"]
        .as_array()
        .unwrap()
        .iter()
        .map(|message| &message["blocks"][0]["text"])
        .collect();
    assert_eq!((&texts[0]["text"], &texts[0]["cut"]), (&json!(short), &Value::Null));
    let kept = texts[1]["text"].as_str().unwrap();
    assert!(long.starts_with(kept) && kept.len() <= 20 * 1024 && kept.len() > 20 * 1024 - 4);
    assert_eq!(texts[1]["bytes"], long.len());
    let whole = json!({
        "trace_id": of["trace_id"], "stamp": conversation["stamp"], "number": texts[1]["cut"],
    });
    assert_eq!(served.call("read_conversation_text", &whole)["text"], long);

    // Another model call joins the trace: the number may name another text now, so it is refused.
    send(&served, 2, &["later"]);
    assert_eq!(served.call("read_conversation_text", &whole)["code"], "busy");
    let later = served.call("get_conversation", &of);
    assert_ne!(later["stamp"], conversation["stamp"]);
}

/// A model call of trace 7 that was given these words of the user.
/// A span as the application names it.
fn run_id(span: u32) -> String {
    format!("00000000-0000-0000-0000-{span:012x}")
}

fn send(served: &Served, span: u32, words: &[&str]) {
    let messages: Vec<Value> =
        words.iter().map(|words| json!({ "role": "user", "content": words })).collect();
    let input = json!(messages).to_string();
    let attribute = |key: &str, value: &str| json!({ "key": key, "value": { "stringValue": value } });
    let body = json!({ "resourceSpans": [{ "scopeSpans": [{ "spans": [{
        "traceId": format!("{:032x}", 7), "spanId": format!("{span:016x}"), "name": "chat",
        "startTimeUnixNano": format!("17672256010000000{span:02}"), "endTimeUnixNano": "1767225609000000000",
        "attributes": [
            attribute("gen_ai.operation.name", "chat"),
            attribute("gen_ai.input.messages", &input),
        ],
    }] }] }] });
    let (status, answer) =
        served.post("/v1/traces", &[("content-type", "application/json")], body.to_string().as_bytes());
    assert_eq!(status, 200, "{}", String::from_utf8_lossy(&answer));
}
