//! What metadata say of the agent that a run works for. The rule that makes sub-agents of it is in `views::agents`.

use crate::{RunId, RunType, UnixNanos};

/// Texts beyond this length name no agent.
const LONGEST: usize = 200;

/// What the metadata of a run say of its agent; LangSmith's SDKs let children inherit all of it.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default)]
pub struct AgentTags {
    /// `ls_agent_type`, lower case: `root`, `subagent`, `middleware`, `compaction`.
    pub kind: Option<String>,
    /// `ls_subagent_id`.
    pub id: Option<String>,
    /// `ls_subagent_type`.
    pub subagent: Option<String>,
    /// `lc_agent_name`.
    pub name: Option<String>,
}

impl AgentTags {
    /// Reads the tags; `get` answers with the text of a member of the metadata.
    pub fn read(get: impl Fn(&str) -> Option<String>) -> Self {
        let text = |key| get(key).filter(|text| !text.trim().is_empty() && text.len() <= LONGEST);
        Self {
            kind: text("ls_agent_type").map(|kind| kind.to_ascii_lowercase()),
            id: text("ls_subagent_id"),
            subagent: text("ls_subagent_type"),
            name: text("lc_agent_name"),
        }
    }

    /// Whether nothing is said.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// Whether the run is, or inherited that it is, part of a sub-agent.
    pub fn is_subagent(&self) -> bool {
        self.kind.as_deref() == Some("subagent")
    }

    /// Takes each tag from `self`, else from `other`.
    #[must_use]
    pub(crate) fn or(self, other: Self) -> Self {
        Self {
            kind: self.kind.or(other.kind),
            id: self.id.or(other.id),
            subagent: self.subagent.or(other.subagent),
            name: self.name.or(other.name),
        }
    }
}

/// What has to be known of a run to tell which sub-agent it belongs to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AgentRun {
    /// The run.
    pub run_id: RunId,
    /// Its parent, whether that arrived or not.
    pub parent_run_id: Option<RunId>,
    /// Start, by which siblings are ordered.
    pub start: Option<UnixNanos>,
    /// Kind of work.
    pub run_type: RunType,
    /// Its name; empty where it has none.
    pub name: String,
    /// What its metadata say.
    pub tags: AgentTags,
}
