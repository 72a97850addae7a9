//! LangChain, LangGraph and Deep Agents: constructors and their flat form (`langsmith-messages-view.md` §3.4).

use serde_json::Value;

use super::{Shape, Sides, any_message, first_of_choices, under, with_system};
use crate::messages::{Role, draft::Draft, json, message};

pub(in crate::messages) static SHAPE: Shape =
    Shape { name: "LangChain", recognises, inputs, outputs, local_call_ids: false };

fn recognises(sides: &Sides<'_>) -> bool {
    let messages = json::at(sides.inputs, "messages");
    let is_batch = messages.as_array().and_then(|items| items.first()).is_some_and(Value::is_array);
    sides.outputs.get("generations").is_some()
        || is_batch
        || any_message(messages, |message| message.get("lc").is_some())
}

fn inputs(sides: &Sides<'_>) -> Vec<Draft> {
    // Calls of other vendors in the same trace have their prompt beside the messages.
    let system = json::first(sides.inputs, &["system", "instructions"]);
    with_system(system, under(sides.inputs, &["messages", "prompts", "input"], Role::Human))
}

fn outputs(sides: &Sides<'_>) -> Vec<Draft> {
    let outputs = sides.outputs;
    let generations = json::elements(json::at(outputs, "generations"));
    // A list a prompt; a run has one prompt. Some exporters leave the outer list out.
    let batch = match generations.first() {
        Some(Value::Array(batch)) => batch.as_slice(),
        _ => generations,
    };
    let answers = batch.iter().map(|generation| match json::first(generation, &["message", "text"]) {
        Some(answer) => message::read_list(answer, Role::Ai),
        None => Vec::new(),
    });
    let answers = first_of_choices(answers.collect());
    if !answers.is_empty() {
        return answers;
    }
    let found = under(outputs, &["messages"], Role::Ai);
    if !found.is_empty() {
        return found;
    }
    let output = json::at(outputs, "output");
    let updates: Vec<Draft> = json::elements(output)
        .iter()
        .filter_map(|command| command.get("update")?.get("messages"))
        .flat_map(|messages| message::read_list(messages, Role::Ai))
        .collect();
    if !updates.is_empty() {
        return updates;
    }
    if output.get("content").is_some() || output.get("lc").is_some() {
        return message::read_list(output, Role::Ai);
    }
    if output.get("messages").is_some() { under(output, &["messages"], Role::Ai) } else { Vec::new() }
}
