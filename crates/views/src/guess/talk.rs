//! What was said in one run, as hashes: enough to see whether another run was given the same.

use std::hash::{DefaultHasher, Hash as _, Hasher as _};

use crate::messages::{Block, Conversation, Role, Source};

/// Who speaks, of those whose words a history keeps.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Speaker {
    /// The user.
    Human,
    /// The model.
    Ai,
}

/// A message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Said {
    /// Who speaks.
    pub speaker: Speaker,
    /// Of its words.
    pub hash: u64,
}

/// What one run was given and what it said.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Talk {
    /// What it was given.
    pub input: Vec<Said>,
    /// What it said.
    pub output: Vec<Said>,
    /// Whether a replayed history would stand in its input: the root, or the first call of a model.
    pub opens: bool,
}

impl Talk {
    /// Of the conversation of one run. Instructions, tools and thoughts are left out: what is replayed often comes
    /// without them.
    pub fn of(conversation: &Conversation, opens: bool) -> Self {
        let mut talk = Self { opens, ..Self::default() };
        for message in &conversation.messages {
            let speaker = match message.role {
                Role::Human => Speaker::Human,
                Role::Ai => Speaker::Ai,
                Role::System | Role::Tool => continue,
            };
            let said = words_of(&message.blocks).map(|hash| Said { speaker, hash });
            match message.source {
                Source::Input => talk.input.extend(said),
                Source::Output => talk.output.extend(said),
            }
        }
        talk
    }

    /// The hash of the last message of the user, and everything that it was given up to there.
    pub(super) fn last_question(&self) -> Option<(u64, &[Said])> {
        let last = self.input.iter().rposition(|said| said.speaker == Speaker::Human)?;
        Some((self.input[last].hash, &self.input[..=last]))
    }

    /// What it said.
    pub(super) fn answers(&self) -> impl Iterator<Item = u64> {
        self.output.iter().filter(|said| said.speaker == Speaker::Ai).map(|said| said.hash)
    }

    /// Each answer that it was given: the place of the question before it, and the hashes of both.
    pub(super) fn exchanges(&self) -> impl DoubleEndedIterator<Item = (usize, (u64, u64))> {
        let mut question = None;
        let mut exchanges = Vec::new();
        for (place, said) in self.input.iter().enumerate() {
            match (said.speaker, question) {
                (Speaker::Human, _) => question = Some(place),
                (Speaker::Ai, Some(question)) => {
                    exchanges.push((question, (self.input[question].hash, said.hash)));
                }
                (Speaker::Ai, None) => {}
            }
        }
        exchanges.into_iter()
    }
}

fn words_of(blocks: &[Block]) -> Option<u64> {
    let mut hasher = DefaultHasher::new();
    let mut is_empty = true;
    for block in blocks {
        if let Block::Text { text, .. } = block {
            is_empty = false;
            text.trim().hash(&mut hasher);
        }
    }
    (!is_empty).then(|| hasher.finish())
}
