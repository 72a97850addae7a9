//! A message on its way from a payload into the conversation.

use std::hash::{DefaultHasher, Hash, Hasher};

use serde_json::Value;

use super::{Block, Media, MediaSource, Role, json};

/// A message as it was read, before it is known whether it was seen already.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Draft {
    pub(super) role: DraftRole,
    pub(super) raw_role: Option<String>,
    pub(super) id: Option<String>,
    pub(super) name: Option<String>,
    pub(super) content: Content,
    pub(super) alternatives: Vec<Vec<Block>>,
    /// For role tool: what it answers.
    pub(super) answer: Answer,
    /// One of the items into which OpenAI's Responses split an answer.
    pub(super) is_item: bool,
}

/// A role with a default, since drafts are filled bit by bit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct DraftRole(pub(super) Option<Role>);

/// What the result of a tool says about its call.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Answer {
    pub(super) call_id: Option<String>,
    pub(super) name: Option<String>,
    pub(super) is_error: bool,
}

/// A tool call as it was read.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Call {
    pub(super) id: Option<String>,
    pub(super) name: String,
    pub(super) arguments: Value,
}

/// Blocks and calls of a message; the calls stand together at the place of the first one.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Content {
    pub(super) blocks: Vec<Block>,
    pub(super) calls: Vec<Call>,
    pub(super) calls_at: usize,
    /// Results of tools found among the blocks.
    pub(super) results: Vec<(Answer, Vec<Block>)>,
}

impl Draft {
    pub(super) fn new(role: Role) -> Self {
        Self { role: DraftRole(Some(role)), ..Self::default() }
    }

    pub(super) fn of_blocks(role: Role, blocks: Vec<Block>) -> Self {
        Self { content: Content { blocks, ..Content::default() }, ..Self::new(role) }
    }

    /// A message of words alone; nothing where they are blank.
    pub(super) fn of_text(role: Role, text: &str) -> Option<Self> {
        let block = Block::text(text)?;
        Some(Self::of_blocks(role, vec![block]))
    }

    pub(super) fn role(&self) -> Role {
        self.role.0.unwrap_or(Role::Human)
    }

    /// Whether nothing of it can be shown.
    pub(super) fn is_blank(&self) -> bool {
        self.content.blocks.is_empty() && self.content.calls.is_empty()
    }

    /// Whether it only tells that a call failed.
    pub(super) fn is_error(&self) -> bool {
        self.content.calls.is_empty()
            && self.content.blocks.iter().all(|block| matches!(block, Block::Error { .. }))
    }

    fn is_only_reasoning(&self) -> bool {
        self.role() == Role::Ai
            && self.content.calls.is_empty()
            && !self.content.blocks.is_empty()
            && self.content.blocks.iter().all(|block| matches!(block, Block::Reasoning { .. }))
    }

    /// What the message says, whatever shape it came in: equal for an answer and its replay. Thoughts count only
    /// where there is nothing else, since most clients leave them out when they replay; the ids of calls never do.
    pub(super) fn fingerprint(&self) -> u64 {
        let mut hasher = DefaultHasher::new();
        self.role().hash(&mut hasher);
        if self.role() == Role::Tool {
            self.answer.call_id.hash(&mut hasher);
        }
        let says_more = !self.is_only_reasoning();
        for block in &self.content.blocks {
            if !(says_more && matches!(block, Block::Reasoning { .. })) {
                hash_block(block, &mut hasher);
            }
        }
        for call in &self.content.calls {
            hash_call(call, &mut hasher);
        }
        hasher.finish()
    }
}

/// Joins what belongs to one answer: thoughts with the words that follow them (`otel-genai.md` A, merge), and the items
/// of OpenAI's Responses, of which a new message begins a new answer once there are words or calls.
pub(super) fn joined(drafts: Vec<Draft>) -> Vec<Draft> {
    let mut out: Vec<Draft> = Vec::with_capacity(drafts.len());
    for draft in drafts {
        if let Some(last) = out.last_mut()
            && last.role() == Role::Ai
            && draft.role() == Role::Ai
        {
            let both_items = last.is_item && draft.is_item;
            let says_words = |draft: &Draft| {
                let is_word = |block: &Block| matches!(block, Block::Text { .. } | Block::Refusal { .. });
                draft.content.blocks.iter().any(is_word)
            };
            let begins_anew = (says_words(&draft) || draft.is_only_reasoning())
                && (says_words(last) || !last.content.calls.is_empty());
            if last.is_only_reasoning() || (both_items && !begins_anew) {
                let is_item = both_items;
                let thoughts_id = last.is_only_reasoning() && !draft.is_only_reasoning();
                last.content.append(draft.content);
                if thoughts_id || last.id.is_none() {
                    last.id = draft.id;
                }
                last.name = last.name.take().or(draft.name);
                last.alternatives.extend(draft.alternatives);
                last.is_item = is_item;
                continue;
            }
        }
        out.push(draft);
    }
    out
}

impl Content {
    pub(super) fn push(&mut self, block: Block) {
        // Streams and wrappers cut words into pieces; neighbours of equal kind stay apart all the same, since some
        // producers mean it.
        self.blocks.push(block);
    }

    /// Adds a call; one that is known under its id, or twice without ids in two lists, is the same call.
    pub(super) fn push_call(&mut self, call: Call) {
        if let Some(known) = self.calls.iter_mut().find(|known| known.is_same(&call)) {
            if known.arguments.is_null() {
                known.arguments = call.arguments;
            }
            return;
        }
        self.add_call(call);
    }

    fn add_call(&mut self, call: Call) {
        if self.calls.is_empty() {
            self.calls_at = self.blocks.len();
        }
        self.calls.push(call);
    }

    /// Adds the calls of a list that may repeat those among the blocks.
    pub(super) fn push_repeated(&mut self, calls: Vec<Call>) {
        let mut unmatched: Vec<usize> = (0..self.calls.len()).collect();
        for call in calls {
            let same = unmatched.iter().position(|at| {
                let known = &self.calls[*at];
                known.is_same(&call)
                    || (known.id.is_none() || call.id.is_none()) && known.says_the_same(&call)
            });
            match same {
                Some(at) => {
                    let known = &mut self.calls[unmatched.remove(at)];
                    known.id = known.id.take().or(call.id);
                    if known.arguments.is_null() {
                        known.arguments = call.arguments;
                    }
                }
                None => self.push_call(call),
            }
        }
    }

    fn append(&mut self, other: Self) {
        let (blocks, calls) = (other.blocks, other.calls);
        if self.calls.is_empty() && !calls.is_empty() {
            self.calls_at = self.blocks.len() + other.calls_at;
        }
        self.blocks.extend(blocks);
        for call in calls {
            if !self.calls.iter().any(|known| known.is_same(&call)) {
                self.calls.push(call);
            }
        }
        self.results.extend(other.results);
    }
}

impl Call {
    fn is_same(&self, other: &Self) -> bool {
        self.id.is_some() && self.id == other.id && self.name == other.name
    }

    pub(super) fn says_the_same(&self, other: &Self) -> bool {
        self.name == other.name && fingerprint_of(&self.arguments) == fingerprint_of(&other.arguments)
    }
}

impl Block {
    /// Words; nothing where they are blank.
    pub(super) fn text(text: &str) -> Option<Self> {
        (!text.trim().is_empty()).then(|| Self::Text { text: text.to_owned(), annotations: None })
    }

    pub(super) fn reasoning(text: &str) -> Option<Self> {
        (!text.trim().is_empty()).then(|| Self::Reasoning { text: text.to_owned() })
    }

    /// Anything, as JSON.
    pub(super) fn json(value: &Value) -> Self {
        Self::Json { kind: json::text(value, &["type"]).map(str::to_owned), json: value.to_string() }
    }
}

/// Equal for values that say the same: key order, absent members and spelling as a string do not count
/// (`langsmith-messages-view.md` §3.10).
pub(super) fn fingerprint_of(value: &Value) -> u64 {
    let mut hasher = DefaultHasher::new();
    hash_value(&json::decoded(value), &mut hasher);
    hasher.finish()
}

fn hash_call(call: &Call, hasher: &mut DefaultHasher) {
    b"call".hash(hasher);
    call.name.hash(hasher);
    fingerprint_of(&call.arguments).hash(hasher);
}

fn hash_value(value: &Value, hasher: &mut DefaultHasher) {
    match value {
        Value::Null => 0_u8.hash(hasher),
        Value::Bool(flag) => (1_u8, flag).hash(hasher),
        Value::Number(number) => (2_u8, number.to_string()).hash(hasher),
        Value::String(text) => {
            3_u8.hash(hasher);
            hash_words(text, hasher);
        }
        Value::Array(items) => {
            (4_u8, items.len()).hash(hasher);
            for item in items {
                hash_value(item, hasher);
            }
        }
        Value::Object(members) => {
            let ignored = ["cache_control", "index", "usage_metadata", "response_metadata", "annotations"];
            let mut members: Vec<_> = members
                .iter()
                .filter(|(key, value)| !json::is_absent(value) && !ignored.contains(&key.as_str()))
                .collect();
            members.sort_unstable_by_key(|(key, _)| *key);
            (5_u8, members.len()).hash(hasher);
            for (key, value) in members {
                key.hash(hasher);
                hash_value(value, hasher);
            }
        }
    }
}

/// White space does not count: clients join pieces with and without it.
fn hash_words(text: &str, hasher: &mut DefaultHasher) {
    for piece in text.split_whitespace() {
        hasher.write(piece.as_bytes());
    }
}

fn hash_block(block: &Block, hasher: &mut DefaultHasher) {
    match block {
        Block::Text { text, .. } => hash_words(text, hasher),
        Block::Reasoning { text } => {
            b"reasoning".hash(hasher);
            hash_words(text, hasher);
        }
        Block::Refusal { text } => {
            b"refusal".hash(hasher);
            hash_words(text, hasher);
        }
        Block::Error { text } => {
            b"error".hash(hasher);
            hash_words(text, hasher);
        }
        Block::Unreadable { text, .. } => text.hash(hasher),
        Block::Media(media) => hash_media(media, hasher),
        Block::Json { json, .. } => match serde_json::from_str(json) {
            Ok(value) => hash_value(&value, hasher),
            Err(_) => json.hash(hasher),
        },
        Block::ServerTool(tool) => {
            b"server".hash(hasher);
            (&tool.id, &tool.name).hash(hasher);
        }
        Block::ToolCalls(_) => b"calls".hash(hasher),
        Block::ToolResult(result) => {
            b"result".hash(hasher);
            for block in &result.content {
                hash_block(block, hasher);
            }
        }
    }
}

fn hash_media(media: &Media, hasher: &mut DefaultHasher) {
    b"media".hash(hasher);
    match &media.source {
        MediaSource::Url(text) | MediaSource::Base64(text) | MediaSource::FileId(text) => text.hash(hasher),
    }
}
