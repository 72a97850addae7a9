//! Finding a text in a conversation, in everything that can be shown of it, folded or not.

use super::{Block, Conversation, Media, MediaSource, Message, ServerTool, ToolCall, ToolResult};

/// Where a text was found.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Place {
    /// The head of a turn.
    Turn(usize),
    /// The head of a side thread.
    Side(usize),
    /// A message. What a tool gave back is found at the message that called it, where it is shown.
    Message {
        /// Its side thread; the main conversation without one.
        side: Option<usize>,
        /// Its index.
        message: usize,
    },
}

/// Every place that holds this text, whatever its case, each once: heads of turns, the main conversation, then side
/// thread after side thread. Nothing is found where nothing is looked for.
pub fn find(conversation: &Conversation, text: &str) -> Vec<Place> {
    let wanted = Wanted { text: text.trim().to_lowercase() };
    let mut places = Vec::new();
    if wanted.text.is_empty() {
        return places;
    }
    for (at, turn) in conversation.turns.iter().enumerate() {
        if wanted.is_in(&turn.name) || wanted.is_in_some(turn.error.as_deref()) {
            places.push(Place::Turn(at));
        }
    }
    wanted.in_thread(None, &conversation.messages, &mut places);
    for (at, side) in conversation.side_threads.iter().enumerate() {
        if wanted.is_in(&side.label) {
            places.push(Place::Side(at));
        }
        wanted.in_thread(Some(at), &side.messages, &mut places);
    }
    places
}

struct Wanted {
    /// Lower case.
    text: String,
}

impl Wanted {
    fn in_thread(&self, side: Option<usize>, messages: &[Message], places: &mut Vec<Place>) {
        let mut found: Vec<usize> = messages
            .iter()
            .enumerate()
            .filter(|(_, message)| self.is_in_message(message))
            .map(|(at, message)| message.answers.map_or(at, |call| call.message))
            .collect();
        found.sort_unstable();
        found.dedup();
        places.extend(found.into_iter().map(|message| Place::Message { side, message }));
    }

    fn is_in(&self, text: &str) -> bool {
        // Most texts are ASCII, of which a copy in lower case is not needed.
        let (text_bytes, wanted) = (text.as_bytes(), self.text.as_bytes());
        if text.is_ascii() {
            return text_bytes.len() >= wanted.len()
                && text_bytes.windows(wanted.len()).any(|window| window.eq_ignore_ascii_case(wanted));
        }
        text.to_lowercase().contains(&self.text)
    }

    fn is_in_some(&self, text: Option<&str>) -> bool {
        text.is_some_and(|text| self.is_in(text))
    }

    fn is_in_message(&self, message: &Message) -> bool {
        self.is_in_some(message.name.as_deref())
            || self.is_in_some(message.model.as_deref())
            || self.is_in_any(&message.blocks)
            || message.alternatives.iter().any(|blocks| self.is_in_any(blocks))
    }

    fn is_in_any(&self, blocks: &[Block]) -> bool {
        blocks.iter().any(|block| match block {
            Block::Text { text, .. }
            | Block::Reasoning { text }
            | Block::Refusal { text }
            | Block::Error { text }
            | Block::Unreadable { text, .. } => self.is_in(text),
            Block::Json { json, .. } => self.is_in(json),
            Block::ToolCalls(calls) => calls.iter().any(|call| self.is_in_call(call)),
            Block::ToolResult(ToolResult { content, error, .. }) => {
                self.is_in_some(error.as_deref()) || self.is_in_any(content)
            }
            Block::ServerTool(ServerTool { name, arguments, result, .. }) => {
                self.is_in(name)
                    || self.is_in_some(arguments.as_ref().map(super::Payload::as_str))
                    || self.is_in_any(result)
            }
            Block::Media(media) => self.is_in_media(media),
        })
    }

    fn is_in_call(&self, call: &ToolCall) -> bool {
        self.is_in(&call.name) || self.is_in_some(call.arguments.as_ref().map(super::Payload::as_str))
    }

    fn is_in_media(&self, media: &Media) -> bool {
        let url = match &media.source {
            MediaSource::Url(url) => Some(url.as_str()),
            MediaSource::Base64(_) | MediaSource::FileId(_) => None,
        };
        self.is_in_some(media.name.as_deref())
            || self.is_in_some(media.mime_type.as_deref())
            || self.is_in_some(media.transcript.as_deref())
            || self.is_in_some(url)
    }
}
