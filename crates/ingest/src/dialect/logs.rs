//! Log records that tell of a run (`otel-transport.md` §9).
//!
//! A record that names a span adds to that span's run. Claude Code without its tracing names none; its records then
//! become runs of their own, one trace for each prompt. Codex and Gemini send some records without ids although the spans
//! are there, so that runs made of them would count twice; such records are passed over.

use model::{ContentHash, Cost, GivenCost, RunFields, RunId, RunType, TraceId, UnixNanos};

use super::{
    Dialect, Payload, Reader, conversation,
    events::{self, DETAILS, Told},
    first, map, project,
    rule::{Facts, any_text, text},
    table, usage, value, wrapped,
};
use crate::{
    Context,
    messages::Role,
    otlp::{LogRecord, Owner},
    preview::{self, Side},
    value::Value,
};

/// Whether this text is the name of an event that tells something about its run, and nothing more.
pub(crate) fn is_event_name(text: &str) -> bool {
    let is_name = |character: char| character.is_ascii_lowercase() || matches!(character, '.' | '_');
    matters(text) && text.chars().all(is_name)
}

/// Whether an event of this name tells something about its run.
fn matters(name: &str) -> bool {
    events::role_of(name).is_some()
        || name.starts_with("claude_code.")
        || matches!(
            name,
            DETAILS
                | "gen_ai.content.prompt"
                | "gen_ai.content.completion"
                | "gen_ai.client.operation.exception"
                | "gen_ai.evaluation.result"
                | "codex.user_prompt"
                | "codex.tool_decision"
                | "codex.tool_result"
                | "gemini_cli.user_prompt"
                | "gemini_cli.api_request"
                | "gemini_cli.api_response"
                | "gemini_cli.api_error"
                | "gemini_cli.tool_call"
        )
}

/// Identity and fields of the run that this log record tells of; `None` when it tells of none.
pub(crate) fn map_log(
    record: &LogRecord<'_>,
    owner: &Owner<'_>,
    context: &Context,
) -> Option<(TraceId, RunId, RunFields)> {
    let span = &record.span;
    if !matters(&span.name) {
        return None;
    }
    let facts = Facts::new(span, owner);
    let Ok(ids) = span.ids() else { return synthetic(record, &facts, context) };
    if span.name == DETAILS {
        // The same attributes as the span has.
        let (_, _, fields, _) = map(span, owner, &ids, context);
        return Some((ids.trace_id, ids.run_id, fields));
    }
    let payload = Joined::of(record);
    let fields = RunFields {
        name: Some(span.name.to_string()),
        start: span.start(),
        ..spoken(&facts, &payload, context)
    };
    Some((ids.trace_id, ids.run_id, fields))
}

/// Fields that any record of a run may tell.
fn spoken(facts: &Facts<'_>, payload: &Payload, context: &Context) -> RunFields {
    let preview =
        |json: &Option<Vec<u8>>, side| json.as_deref().and_then(|json| preview::of_payload(json, side));
    RunFields {
        project: Some(project(facts, context).value),
        thread: value(first(table::THREAD, facts)),
        input_preview: preview(&payload.inputs, Side::Input),
        output_preview: preview(&payload.outputs, Side::Output),
        dialect: Some(facts.dialect.as_str().to_owned()),
        ..RunFields::default()
    }
}

/// A run of Claude Code that only its log records tell of.
fn synthetic(
    record: &LogRecord<'_>,
    facts: &Facts<'_>,
    context: &Context,
) -> Option<(TraceId, RunId, RunFields)> {
    if !facts.is(Dialect::ClaudeCode) {
        return None;
    }
    let attribute = |key: &str| facts.get(key).and_then(|value| text(facts, value));
    let session = attribute("session.id")?;
    let prompt = attribute("prompt.id").unwrap_or_default();
    let id =
        |part: &str| ContentHash::of_bytes(["claude_code", &session, &prompt, part].join("\0").as_bytes()).0;
    let (trace_id, root) = (TraceId::from_bytes(id("")), RunId::from_bytes(id("")));
    let payload = Joined::of(record);
    let time = record.span.start();
    let fields = spoken(facts, &payload, context);
    let event = record.span.name.strip_prefix("claude_code.")?;
    let began = || {
        let millis: i64 = attribute("duration_ms")?.split('.').next()?.parse().ok()?;
        Some(UnixNanos(time?.0.checked_sub(millis.checked_mul(1_000_000)?)?))
    };
    Some(match event {
        "user_prompt" => {
            let name = Some("claude_code.interaction".to_owned());
            (trace_id, root, RunFields { name, run_type: Some(RunType::Chain), start: time, ..fields })
        }
        "assistant_response" => (trace_id, root, RunFields { end: time, ..fields }),
        "api_request" | "api_error" => {
            let usage = usage(facts).value;
            let model = value(first(table::MODEL, facts));
            let error = (event == "api_error").then(|| failure_text(facts));
            let fields = RunFields {
                parent_run_id: Some(root),
                name: Some("claude_code.llm_request".to_owned()),
                run_type: Some(RunType::Llm),
                start: began().or(time),
                end: time,
                error,
                provider: super::provider_of(facts, model.as_deref()).map(|found| found.value),
                model,
                usage,
                cost: GivenCost {
                    total: attribute("cost_usd").and_then(|cost| Cost::parse_usd(&cost)),
                    ..GivenCost::default()
                },
                ..fields
            };
            (trace_id, RunId::from_bytes(id(&attribute("event.sequence")?)), fields)
        }
        "tool_decision" | "tool_result" => {
            let is_result = event == "tool_result";
            let failed = is_result && attribute("success").is_some_and(|success| success == "false");
            let fields = RunFields {
                parent_run_id: Some(root),
                name: attribute("tool_name"),
                run_type: Some(RunType::Tool),
                start: if is_result { began().or(time) } else { None },
                end: time.filter(|_| is_result),
                error: failed.then(|| failure_text(facts)),
                detail: payload.inputs.as_deref().and_then(preview::arguments),
                ..fields
            };
            let key = attribute("tool_use_id").or_else(|| attribute("event.sequence"))?;
            (trace_id, RunId::from_bytes(id(&key)), fields)
        }
        _ => return None,
    })
}

fn failure_text(facts: &Facts<'_>) -> String {
    let keys = ["error", "error.message", "error.type", "status_code"];
    let found = facts.attributes.first(&keys).and_then(|value| any_text(facts, value));
    preview::short_error(&found.unwrap_or_else(|| "error".to_owned()))
}

/// The log records of one run together.
#[derive(Default)]
pub(crate) struct Joined {
    content: events::Content,
    tool: Payload,
}

impl Joined {
    fn of(record: &LogRecord<'_>) -> Payload {
        let mut joined = Self::default();
        joined.push(record);
        joined.finish()
    }

    /// Adds the record that comes next by [`LogRecord::order`].
    pub(crate) fn push(&mut self, record: &LogRecord<'_>) {
        self.content.push(&Told {
            name: record.span.name.as_ref(),
            attributes: Reader::new(&record.span.attributes),
            body: Some(&record.body),
        });
        if let Some(tool) = tool_payload(record) {
            self.tool = tool;
        }
    }

    /// What went in and what came out, as far as the records tell.
    pub(crate) fn finish(mut self) -> Payload {
        let mut side = |side| self.content.take(side).map(|messages| conversation(&messages));
        let (inputs, outputs) = (side(Side::Input), side(Side::Output));
        Payload { inputs: inputs.or(self.tool.inputs), outputs: outputs.or(self.tool.outputs) }
    }
}

/// Arguments and result in the record of a tool's call; of Claude Code only when the record stands for the call itself.
fn tool_payload(record: &LogRecord<'_>) -> Option<Payload> {
    let (arguments, result): (&[&str], &[&str]) = match record.span.name.as_ref() {
        "codex.tool_result" => (&["arguments"], &["output"]),
        "gemini_cli.tool_call" => (&["function_args"], &[]),
        "claude_code.tool_result" | "claude_code.tool_decision" if record.span.ids().is_err() => {
            (&["tool_input", "tool_parameters"], &[])
        }
        _ => return None,
    };
    let attributes = Reader::new(&record.span.attributes);
    let read = |keys: &[&str], name| {
        let value: &Value<'_> = attributes.first(keys)?;
        Some(wrapped(name, value.to_json().into_owned()))
    };
    Some(Payload { inputs: read(arguments, "input"), outputs: read(result, "output") })
}

impl LogRecord<'_> {
    /// Place among the records of its run.
    pub(crate) fn order(&self) -> impl Ord + use<> {
        let number = |key: &str| {
            let found = self.span.attributes.iter().find(|(name, _)| name == key);
            found.and_then(|(_, value)| value.to_count())
        };
        // Some clocks tick slowly; then at least the instructions come first.
        let is_system = matches!(events::role_of(&self.span.name), Some((Role::System, _)));
        (self.span.start, number("event.sequence"), !is_system, number("gen_ai.message.index"))
    }

    /// Whether the record is an event to be shown, and not only content of its run.
    pub(crate) fn is_event(&self) -> bool {
        let name = self.span.name.as_ref();
        events::role_of(name).is_none() && name != DETAILS && !name.starts_with("gen_ai.content.")
    }
}
