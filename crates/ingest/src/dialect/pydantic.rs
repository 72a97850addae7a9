//! pydantic-ai in its formats 1 to 6, and Logfire (`otel-genai.md` C.5).

use model::{Cost, RunId};

use super::{
    Dialect,
    genai::{SYSTEM_INSTRUCTIONS, instructed},
    rule::{Facts, Row, json, row, several, text, together},
    usage::SentUsage,
};
use crate::{
    json::{self, Object},
    messages::Messages,
    preview::Side,
    value::Value,
};

const PYDANTIC: &str = "pydantic_ai";
const LOGFIRE: &str = "logfire";

fn is_either(facts: &Facts<'_>) -> bool {
    facts.is(Dialect::PydanticAi) || facts.is(Dialect::Logfire)
}

/// Identity of the run that a pending span announces: the span itself is a stand-in below it. Its parent is told beside it;
/// zeros are none.
pub(super) fn pending(facts: &Facts<'_>) -> Option<(RunId, Option<RunId>)> {
    let is_pending = facts.get("logfire.span_type")?.to_text()? == "pending_span";
    let id =
        |bytes: &[u8]| <[u8; 8]>::try_from(bytes).ok().filter(|id| *id != [0; 8]).map(RunId::from_span_id);
    let announced = id(&facts.span.parent_span_id).filter(|_| is_pending)?;
    let parent = facts.get("logfire.pending_parent_id").and_then(Value::to_text);
    let parent = parent.and_then(|parent| u64::from_str_radix(&parent, 16).ok());
    Some((announced, parent.and_then(|parent| id(&parent.to_be_bytes()))))
}

/// Both make up a conversation id for every run, so that a session says more.
pub(super) const SESSION: Row<String> = row(LOGFIRE, &["session.id"], text).when(is_either);
pub(super) const AGENT: Row<String> = row(PYDANTIC, &["agent_name"], text);
/// The name of the span is a template.
pub(super) const MESSAGE: Row<String> =
    row(LOGFIRE, &["logfire.msg"], text).when(|facts| facts.is(Dialect::Logfire));
pub(super) const TAGS: Row<Vec<String>> = row(LOGFIRE, &["logfire.tags"], super::tag_list);
pub(super) const COST: Row<Cost> = row(LOGFIRE, &["operation.cost"], super::amount);

/// The provider's own object, for the classes that the attributes lack.
pub(super) const RAW_USAGE: Row<SentUsage> = row(LOGFIRE, &["gen_ai.usage.raw"], |_, value| {
    SentUsage::of_provider(&Object::read(&value.to_any_json())).given()
});

/// Format 1: the events of the call as a list, the answer among them.
fn events(facts: &Facts<'_>, key: &str, side: Side) -> Option<Messages> {
    let list = facts.get(key)?.to_json();
    let mut messages = Messages::default();
    for event in json::elements(&list) {
        let name = json::member(event, "event.name").and_then(json::string).unwrap_or_default();
        let Some((role, event_side)) = super::events::role_of(&name) else { continue };
        if event_side == side {
            messages.push(super::events::message_of(&Object::read(event), role));
        }
    }
    (!messages.is_empty()).then_some(messages)
}

pub(super) const INPUT_MESSAGES: Row<Messages> =
    several(PYDANTIC, "events", |facts| events(facts, "events", Side::Input)).when(is_either);
pub(super) const OUTPUT_MESSAGES: Row<Messages> =
    several(PYDANTIC, "events", |facts| events(facts, "events", Side::Output)).when(is_either);

/// What the agent was asked: its transcript up to the last words of the user.
pub(super) const TRANSCRIPT: Row<Vec<u8>> =
    together(PYDANTIC, &["pydantic_ai.all_messages", "all_messages_events", SYSTEM_INSTRUCTIONS], |facts| {
        let messages = facts
            .get("pydantic_ai.all_messages")
            .and_then(|messages| Messages::read(&messages.to_json(), Side::Input))
            .or_else(|| events(facts, "all_messages_events", Side::Input))?;
        let (asked, _) = messages.split_at_last_user();
        Some(super::conversation(&instructed(asked, facts)))
    });
pub(super) const RESULT: Row<Vec<u8>> = row(PYDANTIC, &["final_result"], json);
pub(super) const REQUEST: Row<Vec<u8>> = row(LOGFIRE, &["request_data"], json);
pub(super) const RESPONSE: Row<Vec<u8>> = row(LOGFIRE, &["response_data"], json);
/// Content before Logfire spoke the conventions.
pub(super) const REQUEST_MESSAGES: Row<Messages> =
    row(LOGFIRE, &["request_data"], |_, value| Messages::read(&value.to_json(), Side::Input));
pub(super) const RESPONSE_MESSAGES: Row<Messages> =
    row(LOGFIRE, &["response_data"], |_, value| Messages::read(&value.to_json(), Side::Output));
