//! Who a run belongs to: the main conversation, a sub-agent, or nobody who is shown
//! (`langsmith-messages-view.md` §3.9).
//!
//! `ls_agent_type` is inherited by everything below a run, so a sub-agent begins where the tag appears, not wherever it
//! stands.

use std::collections::HashMap;

use model::RunType;
use serde_json::Value;

use super::{HiddenReason, json};

/// What is known of a run before anything is read from its payload.
#[derive(Debug)]
pub(super) struct Member<'v> {
    pub(super) parent: Option<usize>,
    pub(super) run_type: RunType,
    pub(super) name: &'v str,
    pub(super) metadata: &'v Value,
    /// Whether a model was called here or below.
    pub(super) has_llm: bool,
}

/// Whose messages they are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) enum Party {
    Main,
    /// Index of a [`Boundary`].
    Side(usize),
}

/// Where a run stands.
#[derive(Debug, Clone, Copy)]
pub(super) struct Place {
    pub(super) party: Party,
    pub(super) hidden: Option<HiddenReason>,
}

/// The beginning of a sub-agent.
#[derive(Debug)]
pub(super) struct Boundary {
    pub(super) run: usize,
    pub(super) label: String,
    pub(super) parent: Party,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Tag {
    Root,
    Subagent,
    Hidden(HiddenReason),
}

fn tag(metadata: &Value) -> Option<Tag> {
    Some(match json::text(metadata, &["ls_agent_type"])?.to_ascii_lowercase().as_str() {
        "root" => Tag::Root,
        "subagent" => Tag::Subagent,
        "middleware" => Tag::Hidden(HiddenReason::Middleware),
        "compaction" => Tag::Hidden(HiddenReason::Compaction),
        _ => return None,
    })
}

/// Whether the run is left out by its own wish; the presence of the key counts, whatever its value.
pub(super) fn is_excluded(metadata: &Value) -> bool {
    metadata.get("ls_message_view_exclude").is_some()
}

/// The place of every run; `order` lists parents before children.
pub(super) fn places(members: &[Member<'_>], order: &[usize]) -> (Vec<Place>, Vec<Boundary>) {
    let mut places = vec![Place { party: Party::Main, hidden: None }; members.len()];
    let mut boundaries: Vec<Boundary> = Vec::new();
    let mut shared: HashMap<(Party, String), usize> = HashMap::new();
    for &run in order {
        let member = &members[run];
        let above = member.parent.map(|parent| &members[parent]);
        let mut party = member.parent.map_or(Party::Main, |parent| places[parent].party);
        let tag = tag(member.metadata);
        if opens_boundary(member, tag, above) {
            // Calls side by side below one tool, or runs that name the same sub-agent, are one conversation.
            let key = match (json::id(member.metadata, &["ls_subagent_id"]), member.run_type) {
                (Some(id), _) => format!("id {id}"),
                (None, RunType::Llm) => format!("below {:?}", member.parent),
                (None, _) => format!("run {run}"),
            };
            let known = *shared.entry((party, key)).or_insert_with(|| {
                boundaries.push(Boundary { run, label: label(member, above), parent: party });
                boundaries.len() - 1
            });
            party = Party::Side(known);
        }
        let hidden = match tag {
            _ if is_excluded(member.metadata) => Some(HiddenReason::Excluded),
            Some(Tag::Hidden(reason)) => Some(reason),
            _ => None,
        };
        places[run] = Place { party, hidden };
    }
    (places, boundaries)
}

fn opens_boundary(member: &Member<'_>, own: Option<Tag>, above: Option<&Member<'_>>) -> bool {
    // A sub-agent that has a trace to itself is what that trace is about.
    if above.is_none() {
        return false;
    }
    let below_tool = above.is_some_and(|above| above.run_type == RunType::Tool);
    match own {
        Some(Tag::Subagent) => {
            let above_tag = above.and_then(|above| tag(above.metadata));
            let differs = |key: &str| {
                let own = json::id(member.metadata, &[key]);
                let theirs = above.and_then(|above| json::id(above.metadata, &[key]));
                own.is_some() && theirs.is_some() && own != theirs
            };
            above_tag != Some(Tag::Subagent)
                || differs("ls_subagent_id")
                || differs("lc_agent_name")
                || (below_tool && matches!(member.run_type, RunType::Chain | RunType::Llm) && member.has_llm)
        }
        // Without a tag, whatever calls models inside of a tool is an agent of its own: every integration nests
        // sub-agents that way.
        None => below_tool && member.has_llm,
        Some(Tag::Root | Tag::Hidden(_)) => false,
    }
}

fn label(member: &Member<'_>, above: Option<&Member<'_>>) -> String {
    let named = json::text(member.metadata, &["ls_subagent_type", "lc_agent_name"]);
    let own = Some(member.name).filter(|name| !name.is_empty() && member.run_type == RunType::Chain);
    named
        .or(own)
        .or_else(|| above.map(|above| above.name).filter(|name| !name.is_empty()))
        .unwrap_or(member.name)
        .to_owned()
}
