//! Conversations: the commands, and the way from the engine's types to the wire's.

use std::sync::Arc;

use engine::{ConversationOf, Engine, OpenConversation, messages};

use crate::{
    error::{ApiError, ErrorCode},
    handlers::parse_trace_id,
    wire::{
        CallState, Conversation, ConversationMessage, Count, CutText, DurationNanos, GetConversation,
        HiddenReason, HiddenRuns, MessageBlock, MessagePayload, MessageToolCall, ReadConversationText, Role,
        SideThread, Transcript, Turn, WholeText,
    },
};

/// Bytes of a text that travel with its conversation.
const TEXT_BYTES: usize = 20 * 1024;

type Answer<T> = Result<T, ApiError>;

fn open(engine: &Engine, params: GetConversation) -> Answer<Arc<OpenConversation>> {
    let of = match (params.trace_id, params.thread) {
        (Some(id), None) => ConversationOf::Trace(parse_trace_id(&id)?),
        (None, Some(thread)) => ConversationOf::Thread { thread, project: params.project },
        _ => return Err(ApiError::invalid_input("Name either a trace or a thread")),
    };
    Ok(engine.open_conversation(&of, params.show_hidden)?)
}

pub(crate) fn get_conversation(engine: &Engine, params: GetConversation) -> Answer<Conversation> {
    let opened = open(engine, params)?;
    Ok(Writer::default().conversation(&opened))
}

pub(crate) fn export_conversation(engine: &Engine, params: GetConversation) -> Answer<Transcript> {
    let opened = open(engine, params)?;
    Ok(Transcript { title: opened.title(), markdown: opened.to_markdown() })
}

pub(crate) fn read_conversation_text(engine: &Engine, params: ReadConversationText) -> Answer<WholeText> {
    let opened = open(engine, params.of)?;
    if opened.stamp.to_string() != params.stamp {
        return Err(ApiError::new(ErrorCode::Busy, "The conversation has changed since; read it again"));
    }
    let mut writer = Writer { wanted: Some(params.number), ..Writer::default() };
    writer.conversation(&opened);
    let text = writer.found.ok_or_else(|| ApiError::invalid_input("The conversation has no such text"))?;
    Ok(WholeText { text })
}

/// Writes a conversation and numbers the texts that it cuts. The order of writing decides the numbers, so a second
/// writing of the same conversation finds the same text under the same number.
#[derive(Default)]
struct Writer {
    cut: u32,
    wanted: Option<u32>,
    found: Option<String>,
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
            turns: conversation.turns.iter().map(|turn| self.turn(turn)).collect(),
            messages: self.messages(&conversation.messages),
            side_threads: conversation.side_threads.iter().map(|side| self.side_thread(side)).collect(),
        }
    }

    fn turn(&mut self, turn: &messages::Turn) -> Turn {
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

    fn messages(&mut self, all: &[messages::Message]) -> Vec<ConversationMessage> {
        all.iter().map(|message| self.message(message)).collect()
    }

    fn message(&mut self, message: &messages::Message) -> ConversationMessage {
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
            Block::Media(media) => self.media(media),
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

    fn media(&mut self, media: &messages::Media) -> MessageBlock {
        use messages::MediaSource;
        let (url, file_id, size) = match &media.source {
            MediaSource::Url(url) => (Some(self.text(url)), None, None),
            MediaSource::FileId(id) => (None, Some(id.clone()), None),
            // Base64 has four characters for three bytes.
            MediaSource::Base64(data) => (None, None, Some(bytes(data.len() / 4 * 3))),
        };
        MessageBlock::Media {
            kind: media.kind.as_str().to_owned(),
            mime_type: media.mime_type.clone(),
            name: media.name.clone(),
            url,
            file_id,
            bytes: size,
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
        if text.len() <= TEXT_BYTES {
            return CutText { text: text.to_owned(), bytes: bytes(text.len()), cut: None };
        }
        let number = self.cut;
        self.cut += 1;
        if self.wanted == Some(number) {
            self.found = Some(text.to_owned());
        }
        CutText {
            text: text[..text.floor_char_boundary(TEXT_BYTES)].to_owned(),
            bytes: bytes(text.len()),
            cut: Some(number),
        }
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
