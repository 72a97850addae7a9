//! Instructions that stand apart from the messages, and messages that are told in several places.

use serde_json::{Value, json};

use crate::dialects::{Opened, Sample, open, record};

const DETAILS: &str = "gen_ai.client.inference.operation.details";

/// Roles and texts of the messages that went in.
fn inputs(opened: &Opened) -> Vec<(&str, &str)> {
    let messages = opened.inputs["messages"].as_array().map(Vec::as_slice).unwrap_or_default();
    messages
        .iter()
        .map(|message| (message["role"].as_str().unwrap(), message["parts"][0]["content"].as_str().unwrap()))
        .collect()
}

/// What the inputs were read from.
fn source_of_inputs(sample: &Sample) -> String {
    let explained = ingest::explain(&record(sample).raw);
    explained.into_iter().find(|field| field.field == "inputs").unwrap().attribute.into_owned()
}

fn said(role: &str, text: &str) -> Value {
    json!([{ "role": role, "parts": [{ "type": "text", "content": text }] }])
}

fn instructions(text: &str) -> Value {
    json!(json!([{ "type": "text", "content": text }]).to_string())
}

#[test]
fn every_side_in_an_event_of_its_own() {
    let sample = Sample {
        scope: "strands.telemetry.tracer",
        name: "chat",
        attributes: json!({ "gen_ai.operation.name": "chat" }),
        events: vec![
            (DETAILS, json!({ "gen_ai.system_instructions": instructions("be nice") })),
            (DETAILS, json!({ "gen_ai.input.messages": said("user", "weather?").to_string() })),
            (DETAILS, json!({ "gen_ai.output.messages": said("assistant", "sunny").to_string() })),
        ],
        ..Sample::default()
    };
    let opened = open(&sample);
    assert_eq!(inputs(&opened), [("system", "be nice"), ("user", "weather?")]);
    assert_eq!(opened.outputs["messages"][0]["parts"][0]["content"], "sunny");
    assert_eq!(opened.fields.input_preview.as_deref(), Some("weather?"));
    assert_eq!(source_of_inputs(&sample), "event gen_ai.client.inference.operation.details");
}

#[test]
fn instructions_on_the_span_and_messages_in_an_event() {
    let sample = Sample {
        scope: "strands.telemetry.tracer",
        name: "invoke_agent wx",
        attributes: json!({
            "gen_ai.operation.name": "invoke_agent", "gen_ai.system_instructions": instructions("be nice"),
        }),
        events: vec![(DETAILS, json!({ "gen_ai.input.messages": said("user", "weather?").to_string() }))],
        ..Sample::default()
    };
    assert_eq!(inputs(&open(&sample)), [("system", "be nice"), ("user", "weather?")]);
    assert_eq!(
        source_of_inputs(&sample),
        "event gen_ai.client.inference.operation.details, gen_ai.system_instructions"
    );
}

#[test]
fn instructions_alone_are_an_input_only_where_nothing_else_is() {
    let mut sample = Sample {
        scope: "pydantic-ai",
        name: "invoke_agent a",
        attributes: json!({
            "gen_ai.operation.name": "invoke_agent",
            "gen_ai.system_instructions": instructions("be nice"),
            "pydantic_ai.all_messages": said("user", "hi").to_string(),
        }),
        ..Sample::default()
    };
    assert_eq!(inputs(&open(&sample)), [("system", "be nice"), ("user", "hi")]);
    assert_eq!(source_of_inputs(&sample), "pydantic_ai.all_messages, gen_ai.system_instructions");
    sample.attributes.as_object_mut().unwrap().remove("pydantic_ai.all_messages");
    assert_eq!(inputs(&open(&sample)), [("system", "be nice")]);
    assert_eq!(source_of_inputs(&sample), "gen_ai.system_instructions");
}

#[test]
fn instructions_stand_beside_another_system_message_and_equal_ones_once() {
    let messages = json!([
        { "role": "system", "parts": [{ "type": "text", "content": "sysprompt" }] },
        { "role": "user", "parts": [{ "type": "text", "content": "hi" }] },
    ]);
    let sample = |text: &str| Sample {
        scope: "pydantic-ai",
        name: "chat",
        attributes: json!({
            "gen_ai.operation.name": "chat",
            "gen_ai.input.messages": messages.to_string(),
            "gen_ai.system_instructions": instructions(text),
        }),
        ..Sample::default()
    };
    assert_eq!(
        inputs(&open(&sample("be nice"))),
        [("system", "be nice"), ("system", "sysprompt"), ("user", "hi")]
    );
    assert_eq!(inputs(&open(&sample("sysprompt"))), [("system", "sysprompt"), ("user", "hi")]);
}
