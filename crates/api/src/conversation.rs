//! Conversations: the commands, and the way from the engine's types to the wire's.

use std::{collections::HashMap, sync::Arc};

use engine::{AttachmentRow, ConversationOf, Engine, OpenConversation, OpenPrompt, RunId, messages};

use crate::{
    error::{ApiError, ErrorCode},
    handlers::{class_costs, key_stats, parse_trace_id},
    wire::{
        CallState, ContextMeter, Conversation, ConversationFile, ConversationMessage, ConversationPlace,
        Count, CutText, DurationNanos, ExportConversation, FindInConversation, FoundInConversation,
        GetConversation, GetPrompt, GetThreadStats, HiddenReason, HiddenRuns, MessageBlock, MessagePayload,
        MessageToolCall, ModelUse, Prompt, PromptChange, PromptMessage, PromptRun, PromptTool, PromptUse,
        ReadConversationText, ReadPromptText, RequestFormat, Role, SideThread, ThreadStats, ThreadTurn,
        ToolUse, Transcript, TranscriptFormat, Turn, WholeText, WriteRequest,
    },
};

/// Bytes of a text that travel with its conversation.
const TEXT_BYTES: usize = 20 * 1024;
/// Bytes of a text that travel with a prompt, which repeats the whole history.
const PROMPT_TEXT_BYTES: usize = 4 * 1024;
/// Bytes of a text of a prompt that was there before.
const SAME_TEXT_BYTES: usize = 1024;
/// Places that one search tells.
const MOST_PLACES: usize = 5_000;
/// Traces of a guessed thread.
const MOST_TRACES: usize = 500;

type Answer<T> = Result<T, ApiError>;

pub(crate) fn open(engine: &Engine, params: &GetConversation) -> Answer<Arc<OpenConversation>> {
    Ok(engine.open_conversation(&conversation_of(params)?, params.show_hidden)?)
}

pub(crate) fn get_conversation(engine: &Engine, params: GetConversation) -> Answer<Conversation> {
    let opened = open(engine, &params)?;
    Ok(Writer::default().conversation(&opened))
}

pub(crate) fn export_conversation(engine: &Engine, params: ExportConversation) -> Answer<Transcript> {
    let opened = open(engine, &params.of)?;
    let text = match params.format {
        TranscriptFormat::Markdown => opened.to_markdown(),
        TranscriptFormat::Json => format!("{:#}\n", opened.to_json()),
    };
    Ok(Transcript { title: opened.title(), text })
}

pub(crate) fn read_conversation_text(engine: &Engine, params: ReadConversationText) -> Answer<WholeText> {
    let opened = open(engine, &params.of)?;
    if opened.stamp.to_string() != params.stamp {
        return Err(ApiError::new(ErrorCode::Busy, "The conversation has changed since; read it again"));
    }
    let mut writer = Writer { wanted: Some(params.number), ..Writer::default() };
    writer.conversation(&opened);
    let text = writer.found.ok_or_else(|| ApiError::invalid_input("The conversation has no such text"))?;
    Ok(WholeText { text })
}

pub(crate) fn get_thread_stats(engine: &Engine, params: GetThreadStats) -> Answer<ThreadStats> {
    let stats = engine.thread_stats(&params.thread, params.project.as_deref())?;
    let turns = stats
        .turns
        .into_iter()
        .map(|(row, feedback)| ThreadTurn { row: row.into(), feedback: key_stats(feedback) });
    let models = stats.models.into_iter().map(|used| ModelUse {
        model: used.model,
        provider: used.provider,
        calls: Count(used.calls),
        errors: Count(used.errors),
        tokens: Count(used.tokens),
        cost: used.cost.map(Into::into),
    });
    let tools = stats.tools.into_iter().map(|used| ToolUse {
        tool: used.tool,
        runs: Count(used.runs),
        errors: Count(used.errors),
        latency_p50: used.latency_p50.map(DurationNanos),
    });
    let prompts = stats.prompts.into_iter().map(|(version, runs)| PromptUse { version, runs: Count(runs) });
    Ok(ThreadStats {
        turns: turns.collect(),
        feedback: key_stats(stats.feedback),
        latency_p50: stats.latency_p50.map(DurationNanos),
        latency_p95: stats.latency_p95.map(DurationNanos),
        latency_p99: stats.latency_p99.map(DurationNanos),
        active: DurationNanos(stats.active),
        runs: Count(stats.runs),
        usage: stats.usage.into(),
        cost: stats.has_cost.then(|| stats.cost.total().into()),
        by_class: class_costs(&stats.cost),
        models: models.collect(),
        prompts: prompts.collect(),
        tools: tools.collect(),
        runs_without_key: Count(stats.runs_without_key),
    })
}

pub(crate) fn find_in_conversation(
    engine: &Engine,
    params: FindInConversation,
) -> Answer<FoundInConversation> {
    let opened = open(engine, &params.of)?;
    let mut places = messages::find(&opened.conversation, &params.text);
    places.truncate(MOST_PLACES);
    let places = places.into_iter().map(|place| match place {
        messages::Place::Turn(turn) => ConversationPlace::Turn { turn: index(turn) },
        messages::Place::Side(side) => ConversationPlace::Side { side: index(side) },
        messages::Place::Message { side, message } => {
            ConversationPlace::Message { side: side.map(index), message: index(message) }
        }
    });
    Ok(FoundInConversation { stamp: opened.stamp.to_string(), places: places.collect() })
}

fn conversation_of(params: &GetConversation) -> Answer<ConversationOf> {
    match (&params.trace_id, &params.thread, &params.trace_ids) {
        (Some(id), None, None) => Ok(ConversationOf::Trace(parse_trace_id(id)?)),
        (None, Some(thread), None) => {
            Ok(ConversationOf::Thread { thread: thread.clone(), project: params.project.clone() })
        }
        (None, None, Some(ids)) if !ids.is_empty() && ids.len() <= MOST_TRACES => {
            let ids = ids.iter().map(|id| parse_trace_id(id));
            Ok(ConversationOf::Traces(ids.collect::<Answer<_>>()?))
        }
        (None, None, Some(_)) => Err(ApiError::invalid_input("Name between 1 and 500 traces")),
        _ => Err(ApiError::invalid_input("Name either a trace, a thread, or traces")),
    }
}

fn open_prompt(engine: &Engine, params: &GetPrompt) -> Answer<OpenPrompt> {
    let run_id =
        params.run_id.parse().map_err(|error| ApiError::invalid_input(format!("The run id is {error}")))?;
    let of = conversation_of(&params.of)?;
    Ok(engine.open_prompt(&of, params.of.show_hidden, parse_trace_id(&params.trace_id)?, run_id)?)
}

pub(crate) fn get_prompt(engine: &Engine, params: GetPrompt) -> Answer<Prompt> {
    Ok(Writer::default().prompt(&open_prompt(engine, &params)?))
}

pub(crate) fn read_prompt_text(engine: &Engine, params: ReadPromptText) -> Answer<WholeText> {
    let opened = open_prompt(engine, &params.of)?;
    if opened.conversation.stamp.to_string() != params.stamp {
        return Err(ApiError::new(ErrorCode::Busy, "The conversation has changed since; read it again"));
    }
    let mut writer = Writer { wanted: Some(params.number), ..Writer::default() };
    writer.prompt(&opened);
    let text = writer.found.ok_or_else(|| ApiError::invalid_input("The prompt has no such text"))?;
    Ok(WholeText { text })
}

pub(crate) fn write_request(engine: &Engine, params: WriteRequest) -> Answer<WholeText> {
    let run_id = params
        .of
        .run_id
        .parse()
        .map_err(|error| ApiError::invalid_input(format!("The run id is {error}")))?;
    let of = conversation_of(&params.of.of)?;
    let format = match params.format {
        RequestFormat::Openai => messages::RequestFormat::OpenAi,
        RequestFormat::Anthropic => messages::RequestFormat::Anthropic,
        RequestFormat::Curl => messages::RequestFormat::Curl,
    };
    let trace_id = parse_trace_id(&params.of.trace_id)?;
    Ok(WholeText { text: engine.request_of(&of, params.of.of.show_hidden, trace_id, run_id, format)? })
}

/// Writes a conversation and numbers the texts that it cuts. The order of writing decides the numbers, so a second
/// writing of the same conversation finds the same text under the same number.
struct Writer {
    /// Bytes that a text keeps.
    limit: usize,
    cut: u32,
    wanted: Option<u32>,
    found: Option<String>,
}

impl Default for Writer {
    fn default() -> Self {
        Self { limit: TEXT_BYTES, cut: 0, wanted: None, found: None }
    }
}

fn index(number: usize) -> u32 {
    u32::try_from(number).unwrap_or(u32::MAX)
}

fn bytes(number: usize) -> Count {
    Count(u64::try_from(number).unwrap_or(u64::MAX))
}

impl Writer {
    fn conversation(&mut self, opened: &OpenConversation) -> Conversation {
        let conversation = &opened.conversation;
        Conversation {
            stamp: opened.stamp.to_string(),
            turns: conversation
                .turns
                .iter()
                .map(|turn| self.turn(turn, opened.files.get(&turn.trace_id)))
                .collect(),
            messages: self.messages(&conversation.messages),
            side_threads: conversation.side_threads.iter().map(|side| self.side_thread(side)).collect(),
        }
    }

    fn turn(&mut self, turn: &messages::Turn, files: Option<&Vec<(RunId, AttachmentRow)>>) -> Turn {
        Turn {
            trace_id: turn.trace_id.to_string(),
            root_run_id: turn.root_run_id.map(|id| id.to_string()),
            name: turn.name.clone(),
            status: turn.status.map(Into::into),
            error: turn.error.as_deref().map(|text| self.text(text)),
            start: turn.start.map(Into::into),
            latency: turn.start.zip(turn.end).map(|(start, end)| DurationNanos(end.since(start))),
            shape: turn.shape.map(str::to_owned),
            first_message: index(turn.messages.start),
            messages: index(turn.messages.len()),
            hidden: turn
                .hidden
                .iter()
                .map(|hidden| HiddenRuns { reason: hidden.reason.into(), runs: index(hidden.runs.len()) })
                .collect(),
            files: files
                .into_iter()
                .flatten()
                .map(|(run_id, file)| ConversationFile {
                    run_id: run_id.to_string(),
                    name: file.name.clone(),
                    mime_type: file.mime_type.clone(),
                    bytes: Count(file.bytes),
                })
                .collect(),
        }
    }

    fn side_thread(&mut self, side: &messages::SideThread) -> SideThread {
        SideThread {
            run_id: side.run_id.to_string(),
            label: side.label.clone(),
            turn: index(side.turn),
            parent: side.anchor.parent.map(index),
            message: side.anchor.message.map(index),
            call: side.anchor.call.map(index),
            status: side.status.into(),
            latency: side.start.zip(side.end).map(|(start, end)| DurationNanos(end.since(start))),
            messages: self.messages(&side.messages),
        }
    }

    fn prompt(&mut self, opened: &OpenPrompt) -> Prompt {
        let prompt = &opened.prompt;
        let previous = opened.previous_trace.zip(prompt.previous).map(|(trace_id, run_id)| PromptRun {
            trace_id: trace_id.to_string(),
            run_id: run_id.to_string(),
        });
        let messages = prompt.messages.iter().map(|message| self.prompt_message(message)).collect();
        self.limit = PROMPT_TEXT_BYTES;
        let tools = prompt.tools.iter().map(|tool| PromptTool {
            change: tool.change.into(),
            name: tool.name.clone(),
            definition: self.text(&tool.definition),
        });
        let tools = tools.collect();
        let meter = prompt.meter;
        Prompt {
            stamp: opened.conversation.stamp.to_string(),
            previous,
            messages,
            tools,
            meter: ContextMeter {
                system: Count(meter.system),
                tools: Count(meter.tools),
                history: Count(meter.history),
                retrieved: Count(meter.retrieved),
                user: Count(meter.user),
                input_tokens: meter.input_tokens.map(Count),
                cache_read_tokens: meter.cache_read_tokens.map(Count),
            },
        }
    }

    fn prompt_message(&mut self, message: &messages::PromptMessage) -> PromptMessage {
        let is_same = message.change == messages::Change::Same;
        self.limit = if is_same { SAME_TEXT_BYTES } else { PROMPT_TEXT_BYTES };
        PromptMessage {
            change: message.change.into(),
            role: message.role.into(),
            raw_role: message.raw_role.clone(),
            name: message.name.clone(),
            blocks: self.blocks(&message.blocks),
            before: self.blocks(&message.before),
        }
    }

    fn messages(&mut self, all: &[messages::Message]) -> Vec<ConversationMessage> {
        let mut places: HashMap<(&RunId, bool), u32> = HashMap::new();
        let written = all.iter().map(|message| {
            let produced = message.source == messages::Source::Output;
            let place = places.entry((&message.run_id, produced)).or_default();
            let path = format!("{}/{place}", if produced { "outputs" } else { "inputs" });
            *place += 1;
            self.message(message, path)
        });
        written.collect()
    }

    fn message(&mut self, message: &messages::Message, path: String) -> ConversationMessage {
        ConversationMessage {
            role: message.role.into(),
            raw_role: message.raw_role.clone(),
            name: message.name.clone(),
            blocks: self.blocks(&message.blocks),
            alternatives: message.alternatives.iter().map(|blocks| self.blocks(blocks)).collect(),
            turn: index(message.turn),
            run_id: message.run_id.to_string(),
            produced: message.source == messages::Source::Output,
            start: message.start.map(Into::into),
            latency: message.latency_nanos.map(DurationNanos),
            model: message.model.clone(),
            usage: message.usage.clone().map(Into::into),
            cost: message.cost.map(Into::into),
            answers: message.answers.map(|place| index(place.message)),
            system_changed: message.system_changed,
            extracted: message.extracted,
            hidden: message.hidden.map(Into::into),
            path,
            hash: format!("{:016x}", message.content_hash()),
        }
    }

    fn blocks(&mut self, blocks: &[messages::Block]) -> Vec<MessageBlock> {
        blocks.iter().map(|block| self.block(block)).collect()
    }

    fn block(&mut self, block: &messages::Block) -> MessageBlock {
        use messages::Block;
        match block {
            Block::Text { text, annotations } => {
                let text = self.text(text);
                MessageBlock::Text { text, annotations: annotations.as_deref().map(|json| self.text(json)) }
            }
            Block::Reasoning { text } => MessageBlock::Reasoning { text: self.text(text) },
            Block::ToolCalls(calls) => {
                MessageBlock::ToolCalls { calls: calls.iter().map(|call| self.call(call)).collect() }
            }
            Block::ToolResult(result) => {
                let content = self.blocks(&result.content);
                MessageBlock::ToolResult {
                    name: result.name.clone(),
                    content,
                    is_error: result.is_error,
                    error: result.error.as_deref().map(|text| self.text(text)),
                }
            }
            Block::ServerTool(tool) => {
                let arguments = tool.arguments.as_ref().map(|arguments| self.payload(arguments));
                MessageBlock::ServerTool {
                    name: tool.name.clone(),
                    arguments,
                    result: self.blocks(&tool.result),
                    is_error: tool.is_error,
                }
            }
            Block::Media(media) => self.medium(media),
            Block::Refusal { text } => MessageBlock::Refusal { text: self.text(text) },
            Block::Error { text } => MessageBlock::Error { text: self.text(text) },
            Block::Json { kind, json } => MessageBlock::Json { kind: kind.clone(), json: self.text(json) },
            Block::Unreadable { text, reason } => {
                MessageBlock::Unreadable { text: self.text(text), reason: reason.clone() }
            }
        }
    }

    fn call(&mut self, call: &messages::ToolCall) -> MessageToolCall {
        MessageToolCall {
            id: call.id.clone(),
            name: call.name.clone(),
            arguments: call.arguments.as_ref().map(|arguments| self.payload(arguments)),
            state: call.state.into(),
            result: call.result.map(index),
            run_id: call.run_id.map(|id| id.to_string()),
            latency: call.latency_nanos.map(DurationNanos),
            cost: call.cost.map(Into::into),
            side_threads: call.side_threads.iter().copied().map(index).collect(),
        }
    }

    fn medium(&mut self, media: &messages::Media) -> MessageBlock {
        use messages::MediaSource;
        let (url, file_id, size, data) = match &media.source {
            MediaSource::Url(url) => (Some(self.text(url)), None, None, None),
            MediaSource::FileId(id) => (None, Some(id.clone()), None, None),
            MediaSource::Base64(data) => {
                (None, None, media.source.bytes().map(bytes), Some(self.number(data)))
            }
        };
        MessageBlock::Media {
            kind: media.kind.as_str().to_owned(),
            mime_type: media.mime_type.clone(),
            name: media.name.clone(),
            url,
            file_id,
            bytes: size,
            data,
            transcript: media.transcript.as_deref().map(|text| self.text(text)),
        }
    }

    fn payload(&mut self, payload: &messages::Payload) -> MessagePayload {
        MessagePayload {
            json: matches!(payload, messages::Payload::Json(_)),
            text: self.text(payload.as_str()),
        }
    }

    fn text(&mut self, text: &str) -> CutText {
        if text.len() <= self.limit {
            return CutText { text: text.to_owned(), bytes: bytes(text.len()), cut: None };
        }
        let cut = Some(self.number(text));
        // Only the numbers of the others count when one text is looked for.
        let kept = if self.wanted.is_some() { "" } else { &text[..text.floor_char_boundary(self.limit)] };
        CutText { text: kept.to_owned(), bytes: bytes(text.len()), cut }
    }

    /// The number by which a text is read whole.
    fn number(&mut self, text: &str) -> u32 {
        let number = self.cut;
        self.cut += 1;
        if self.wanted == Some(number) {
            self.found = Some(text.to_owned());
        }
        number
    }
}

impl From<messages::Role> for Role {
    fn from(role: messages::Role) -> Self {
        match role {
            messages::Role::System => Self::System,
            messages::Role::Human => Self::Human,
            messages::Role::Ai => Self::Ai,
            messages::Role::Tool => Self::Tool,
        }
    }
}

impl From<messages::Change> for PromptChange {
    fn from(change: messages::Change) -> Self {
        match change {
            messages::Change::Same => Self::Same,
            messages::Change::Added => Self::Added,
            messages::Change::Removed => Self::Removed,
            messages::Change::Changed => Self::Changed,
        }
    }
}

impl From<messages::HiddenReason> for HiddenReason {
    fn from(reason: messages::HiddenReason) -> Self {
        match reason {
            messages::HiddenReason::Excluded => Self::Excluded,
            messages::HiddenReason::Middleware => Self::Middleware,
            messages::HiddenReason::Compaction => Self::Compaction,
        }
    }
}

impl From<messages::CallState> for CallState {
    fn from(state: messages::CallState) -> Self {
        match state {
            messages::CallState::Answered => Self::Answered,
            messages::CallState::Failed => Self::Failed,
            messages::CallState::Interrupted => Self::Interrupted,
            messages::CallState::Running => Self::Running,
            messages::CallState::Unanswered => Self::Unanswered,
        }
    }
}
