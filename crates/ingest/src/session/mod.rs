//! Session files of coding agents: what Claude Code and Codex CLI write to disk while they work.
//!
//! A session is a thread, each turn of the user a trace: below its root stand the model calls, the tools and the
//! sub-agents. One line tells a part of one or several runs, and what it belongs to stands in the lines before it. So a
//! file is translated from its beginning, line by line, by [`Session`], into statements about runs in the words of
//! LangSmith's protocol; these are self-contained, may be written in any order, and keep the line as it came under
//! `extra.session_lines`. Reading a file again, or further, gives the same statements again.
//!
//! Neither format is documented by its makers. What is read here was seen in files that Claude Code 2.1.197 and Codex CLI
//! 0.171.0 wrote, and in descriptions of older versions; whatever is unknown is passed over and counted.

mod claude;
mod codex;
mod statement;

use model::Operation;

use crate::{Context, Decoded, json, langsmith};

/// Lines at the beginning of a file among which one must tell the agent.
const TELLING_LINES: usize = 10;
/// Member of a run's `extra` that names the vocabulary.
pub(crate) const DIALECT_KEY: &str = "session_dialect";
/// Vocabularies of session files.
pub(crate) const DIALECTS: [&str; 2] = [claude::DIALECT, codex::DIALECT];

/// Who wrote the file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(missing_docs, reason = "the names of the agents")]
pub enum Agent {
    ClaudeCode,
    Codex,
}

impl Agent {
    /// The agent whose session begins like this; `None` for other lines.
    pub(crate) fn of(text: &[u8]) -> Option<Self> {
        text.split(|byte| *byte == b'\n').take(TELLING_LINES).find_map(|line| {
            let line = json::whole_value(line.strip_suffix(b"\r").unwrap_or(line)).ok()?;
            if codex::begins(line) {
                Some(Self::Codex)
            } else {
                claude::begins(line).then_some(Self::ClaudeCode)
            }
        })
    }
}

/// A session while it is read.
#[derive(Debug)]
pub(crate) enum Session {
    Claude(Box<claude::Claude>),
    Codex(Box<codex::Codex>),
}

impl Session {
    pub(crate) fn of(agent: Agent) -> Self {
        match agent {
            Agent::ClaudeCode => Self::Claude(Box::default()),
            Agent::Codex => Self::Codex(Box::default()),
        }
    }

    /// What a line says, as bytes for [`decode`]; `None` when the line is no JSON object, which says nothing here.
    pub(crate) fn read(&mut self, line: &[u8]) -> Option<Vec<u8>> {
        let line = json::whole_value(line).ok().filter(|value| value.first() == Some(&b'{'))?;
        let (statements, dialect) = match self {
            Self::Claude(session) => (session.read(line), claude::DIALECT),
            Self::Codex(session) => (session.read(line), codex::DIALECT),
        };
        Some(statement::write(&statements, dialect))
    }
}

/// The records of the statements that a line was translated to.
pub(crate) fn decode(bytes: &[u8], context: &Context) -> Decoded {
    let mut decoded = Decoded::default();
    for (key, operation) in
        [("post", Operation::Create), ("whole", Operation::Whole), ("patch", Operation::Update)]
    {
        for run in json::elements(json::member(bytes, key).unwrap_or_default()) {
            match langsmith::decode_json(run, context, operation) {
                Ok(one) => {
                    decoded.records.extend(one.records);
                    decoded.rejects.extend(one.rejects);
                    decoded.warnings.extend(one.warnings);
                }
                Err(error) => decoded.rejects.push(error.0),
            }
        }
    }
    decoded.ignored = u64::from(decoded.records.is_empty() && decoded.rejects.is_empty());
    decoded
}
