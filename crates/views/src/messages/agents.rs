//! Who a run belongs to: the main conversation, a sub-agent, or nobody who is shown
//! (`langsmith-messages-view.md` §3.9).
//!
//! `ls_agent_type` is inherited by everything below a run, so a sub-agent begins where the tag appears, not wherever it
//! stands.

use std::collections::HashMap;

use model::{AgentRun, AgentTags, RunType};
use serde_json::Value;

use super::{HiddenReason, json};
use crate::tree::{TreeInput, build_tree};

/// What is known of a run before anything is read from its payload.
#[derive(Debug)]
pub(super) struct Member<'v> {
    pub(super) parent: Option<usize>,
    pub(super) run_type: RunType,
    pub(super) name: &'v str,
    pub(super) tags: AgentTags,
    /// Left out by its own wish.
    pub(super) is_excluded: bool,
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

fn tag(tags: &AgentTags) -> Option<Tag> {
    Some(match tags.kind.as_deref()? {
        "root" => Tag::Root,
        "subagent" => Tag::Subagent,
        "middleware" => Tag::Hidden(HiddenReason::Middleware),
        "compaction" => Tag::Hidden(HiddenReason::Compaction),
        _ => return None,
    })
}

/// What the metadata say of the agent that the run works for.
pub(super) fn tags(metadata: &Value) -> AgentTags {
    AgentTags::read(|key| json::id(metadata, &[key]))
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
        let tag = tag(&member.tags);
        if opens_boundary(member, tag, above) {
            // Calls side by side below one tool, or runs that name the same sub-agent, are one conversation.
            let key = match (&member.tags.id, member.run_type) {
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
            _ if member.is_excluded => Some(HiddenReason::Excluded),
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
            let above_tag = above.and_then(|above| tag(&above.tags));
            let differs = |named: fn(&AgentTags) -> Option<&String>| {
                let (own, theirs) = (named(&member.tags), above.and_then(|above| named(&above.tags)));
                own.is_some() && theirs.is_some() && own != theirs
            };
            above_tag != Some(Tag::Subagent)
                || differs(|tags| tags.id.as_ref())
                || differs(|tags| tags.name.as_ref())
                || (below_tool && matches!(member.run_type, RunType::Chain | RunType::Llm) && member.has_llm)
        }
        // Without a tag, whatever calls models inside of a tool is an agent of its own: every integration nests
        // sub-agents that way.
        None => below_tool && member.has_llm,
        Some(Tag::Root | Tag::Hidden(_)) => false,
    }
}

fn label(member: &Member<'_>, above: Option<&Member<'_>>) -> String {
    let named = member.tags.subagent.as_deref().or(member.tags.name.as_deref());
    let own = Some(member.name).filter(|name| !name.is_empty() && member.run_type == RunType::Chain);
    named
        .or(own)
        .or_else(|| above.map(|above| above.name).filter(|name| !name.is_empty()))
        .unwrap_or(member.name)
        .to_owned()
}

/// The sub-agent that each run of a trace works for, by the name that its conversation has; nothing for the main agent.
pub fn sub_agents(runs: &[AgentRun]) -> Vec<Option<String>> {
    let inputs: Vec<TreeInput> = runs
        .iter()
        .map(|run| TreeInput {
            run_id: run.run_id,
            parent_run_id: run.parent_run_id,
            start: run.start,
            run_type: run.run_type,
            status: model::RunStatus::Success,
            counted_tokens: None,
            counted_cost: None,
            is_agent: false,
        })
        .collect();
    let nodes = build_tree(&inputs).nodes;
    // Members stand in the order of the tree, so that parents come before children.
    let mut has_llm: Vec<bool> = nodes.iter().map(|node| runs[node.input].run_type == RunType::Llm).collect();
    for (row, node) in nodes.iter().enumerate().rev() {
        if let Some(parent) = node.parent {
            has_llm[parent] |= has_llm[row];
        }
    }
    let members: Vec<Member<'_>> = nodes
        .iter()
        .zip(has_llm)
        .map(|(node, has_llm)| {
            let run = &runs[node.input];
            Member {
                parent: node.parent,
                run_type: run.run_type,
                name: &run.name,
                tags: run.tags.clone(),
                is_excluded: false,
                has_llm,
            }
        })
        .collect();
    let order: Vec<usize> = (0..members.len()).collect();
    let (places, boundaries) = places(&members, &order);
    let mut agents = vec![None; runs.len()];
    for (node, place) in nodes.iter().zip(places) {
        if let Party::Side(boundary) = place.party {
            agents[node.input] = Some(boundaries[boundary].label.clone());
        }
    }
    agents
}

#[cfg(test)]
mod tests {
    use model::{RunId, UnixNanos};
    use proptest::prelude::*;

    use super::*;

    fn run_id(name: &str) -> RunId {
        let mut bytes = [0; 16];
        bytes[..name.len()].copy_from_slice(name.as_bytes());
        RunId::from_bytes(bytes)
    }

    /// `id parent type name kind/subagent`, `-` for what is absent.
    fn drawn(text: &str) -> Vec<AgentRun> {
        let told = |word: &str| Some(word.to_owned()).filter(|word| word != "-");
        text.lines()
            .map(str::trim)
            .filter(|line| !line.is_empty())
            .enumerate()
            .map(|(index, line)| {
                let words: Vec<&str> = line.split_whitespace().collect();
                let (kind, subagent) = words[4].split_once('/').unwrap_or((words[4], "-"));
                AgentRun {
                    run_id: run_id(words[0]),
                    parent_run_id: told(words[1]).map(|parent| run_id(&parent)),
                    start: Some(UnixNanos(i64::try_from(index).unwrap())),
                    run_type: RunType::parse(words[2]).unwrap(),
                    name: words[3].to_owned(),
                    tags: AgentTags { kind: told(kind), subagent: told(subagent), ..AgentTags::default() },
                }
            })
            .collect()
    }

    fn check(text: &str, expected: &[(&str, &str)]) {
        let runs = drawn(text);
        let found: Vec<(RunId, String)> = runs
            .iter()
            .zip(sub_agents(&runs))
            .filter_map(|(run, agent)| Some((run.run_id, agent?)))
            .collect();
        let expected: Vec<(RunId, String)> =
            expected.iter().map(|(run, agent)| (run_id(run), (*agent).to_owned())).collect();
        assert_eq!(found, expected);
    }

    #[test]
    fn a_sub_agent_begins_where_its_tag_appears_and_holds_what_is_below() {
        check(
            "root  -     chain main     root
             ask   root  llm   model    root
             task  root  tool  task     root
             agent task  chain helper   subagent/researcher
             call  agent llm   model    subagent/researcher
             deep  call  llm   provider subagent/researcher
             last  root  llm   model    root",
            &[("agent", "researcher"), ("call", "researcher"), ("deep", "researcher")],
        );
    }

    #[test]
    fn whatever_calls_models_inside_of_a_tool_is_an_agent_of_its_own() {
        check(
            "root   -     chain main   -
             tool   root  tool  search -
             call   tool  llm   model  -
             plain  root  tool  clock  -
             step   plain chain parse  -
             nested tool  chain writer -
             inner  nested llm  model  -",
            &[("call", "search"), ("nested", "writer"), ("inner", "writer")],
        );
    }

    #[test]
    fn a_sub_agent_with_a_trace_to_itself_is_what_the_trace_is_about() {
        check("root - chain helper subagent/helper\ncall root llm model subagent/helper", &[]);
    }

    proptest! {
        #[test]
        fn the_order_in_which_runs_are_listed_does_not_show(
            runs in proptest::collection::vec((0..9_usize, 0..3_usize, 0..4_usize), 1..9)
                .prop_map(|drawn| {
                    let kinds = [None, Some("subagent"), Some("root"), Some("middleware")];
                    drawn
                        .into_iter()
                        .enumerate()
                        .map(|(index, (parent, kind, tag))| AgentRun {
                            run_id: run_id(&format!("r{index}")),
                            parent_run_id: Some(run_id(&format!("r{parent}"))),
                            start: None,
                            run_type: [RunType::Llm, RunType::Tool, RunType::Chain][kind],
                            name: format!("n{index}"),
                            tags: AgentTags { kind: kinds[tag].map(str::to_owned), ..AgentTags::default() },
                        })
                        .collect::<Vec<_>>()
                })
                .prop_flat_map(|runs| (Just(runs.clone()), Just(runs).prop_shuffle()))
        ) {
            let by_id = |runs: &[AgentRun]| -> std::collections::BTreeMap<RunId, Option<String>> {
                runs.iter().map(|run| run.run_id).zip(sub_agents(runs)).collect()
            };
            prop_assert_eq!(by_id(&runs.0), by_id(&runs.1));
        }
    }
}
