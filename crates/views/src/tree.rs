//! The tree of a trace, in the order in which it is drawn.

use std::collections::HashMap;

use model::{Cost, RunId, RunStatus, RunType, UnixNanos};

/// What the tree needs to know of a run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TreeInput {
    /// The run.
    pub run_id: RunId,
    /// Its parent, whether that arrived or not.
    pub parent_run_id: Option<RunId>,
    /// Start, by which siblings are ordered.
    pub start: Option<UnixNanos>,
    /// Kind of work.
    pub run_type: RunType,
    /// Where it stands.
    pub status: RunStatus,
    /// Tokens that count: none where an enclosing model call holds them already.
    pub counted_tokens: Option<u64>,
    /// Cost that counts.
    pub counted_cost: Option<Cost>,
    /// Whether the run is an agent, an anchor of its own in the tree.
    pub is_agent: bool,
}

/// A row of the tree.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Node {
    /// Index of the run in the input.
    pub input: usize,
    /// Row of the parent; absent at root level.
    pub parent: Option<usize>,
    /// Levels below the root level.
    pub depth: u32,
    /// Rows below this one that belong to it.
    pub descendants: u32,
    /// Tokens of the run and everything below it.
    pub total_tokens: Option<u64>,
    /// Cost of the run and everything below it.
    pub total_cost: Option<Cost>,
    /// Whether the run is among the most relevant ones (`viewer-ux.md` §7.2).
    pub key_run: bool,
    /// Whether its parent never arrived.
    pub is_orphan: bool,
}

/// A trace as a tree.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Tree {
    /// Rows, parents before children, siblings by start and then by id.
    pub nodes: Vec<Node>,
    /// Runs whose parent never arrived.
    pub orphans: usize,
    /// Cycles of parents that were cut.
    pub cycles: usize,
}

/// Builds the tree. A run whose parent is missing stands at root level; a cycle is cut at its smallest id, which
/// stands at root level with the rest of the cycle below it (`otel-transport.md` §8).
pub fn build_tree(runs: &[TreeInput]) -> Tree {
    let by_id: HashMap<RunId, usize> =
        runs.iter().enumerate().map(|(index, run)| (run.run_id, index)).collect();
    let mut parents: Vec<Option<usize>> =
        runs.iter().map(|run| run.parent_run_id.and_then(|parent| by_id.get(&parent).copied())).collect();
    let cycles = cut_cycles(runs, &mut parents);

    let rank = |index: &usize| (runs[*index].start.map_or(i64::MAX, |start| start.0), runs[*index].run_id);
    let mut children: Vec<Vec<usize>> = vec![Vec::new(); runs.len()];
    let mut roots = Vec::new();
    for (index, parent) in parents.iter().enumerate() {
        match parent {
            Some(parent) => children[*parent].push(index),
            None => roots.push(index),
        }
    }
    roots.sort_by_key(rank);
    for siblings in &mut children {
        siblings.sort_by_key(rank);
    }

    let mut nodes: Vec<Node> = Vec::with_capacity(runs.len());
    let mut open: Vec<(usize, Option<usize>, u32)> =
        roots.into_iter().rev().map(|root| (root, None, 0)).collect();
    while let Some((index, parent, depth)) = open.pop() {
        let run = &runs[index];
        let row = nodes.len();
        nodes.push(Node {
            input: index,
            parent,
            depth,
            descendants: 0,
            total_tokens: run.counted_tokens,
            total_cost: run.counted_cost,
            key_run: depth == 0 || is_key_run(run),
            is_orphan: parents[index].is_none()
                && run.parent_run_id.is_some_and(|parent| !by_id.contains_key(&parent)),
        });
        open.extend(children[index].iter().rev().map(|child| (*child, Some(row), depth + 1)));
    }
    // Children stand behind their parents, so one pass from the end carries every sum to the top.
    for row in (0..nodes.len()).rev() {
        let node = nodes[row];
        if let Some(parent) = node.parent {
            let above = &mut nodes[parent];
            above.descendants += node.descendants + 1;
            above.total_tokens = add(above.total_tokens, node.total_tokens, u64::saturating_add);
            above.total_cost = add(above.total_cost, node.total_cost, |left, right| Cost {
                pico_usd: left.pico_usd.saturating_add(right.pico_usd),
            });
        }
    }
    let orphans = nodes.iter().filter(|node| node.is_orphan).count();
    Tree { nodes, orphans, cycles }
}

fn add<T>(left: Option<T>, right: Option<T>, sum: impl Fn(T, T) -> T) -> Option<T> {
    match (left, right) {
        (Some(left), Some(right)) => Some(sum(left, right)),
        (left, right) => left.or(right),
    }
}

/// Plumbing is hidden by default; what people look for is not.
fn is_key_run(run: &TreeInput) -> bool {
    match run.run_type {
        RunType::Llm | RunType::Tool | RunType::Retriever | RunType::Embedding => true,
        RunType::Chain | RunType::Prompt | RunType::Parser => {
            run.is_agent
                || matches!(run.status, RunStatus::Error | RunStatus::Interrupted)
                || run.counted_cost.is_some()
        }
    }
}

/// Takes the parent from the smallest id of every cycle; returns how many there were.
fn cut_cycles(runs: &[TreeInput], parents: &mut [Option<usize>]) -> usize {
    #[derive(Clone, Copy, PartialEq)]
    enum Seen {
        Never,
        OnThisWalk,
        Before,
    }
    let mut seen = vec![Seen::Never; runs.len()];
    let mut cycles = 0;
    for start in 0..runs.len() {
        let mut walk = Vec::new();
        let mut at = Some(start);
        while let Some(index) = at {
            match seen[index] {
                Seen::Never => {
                    seen[index] = Seen::OnThisWalk;
                    walk.push(index);
                    at = parents[index];
                }
                Seen::Before => break,
                Seen::OnThisWalk => {
                    let from = walk.iter().position(|other| *other == index).unwrap_or(0);
                    if let Some(cut) = walk[from..].iter().copied().min_by_key(|other| runs[*other].run_id) {
                        parents[cut] = None;
                        cycles += 1;
                    }
                    break;
                }
            }
        }
        for index in walk {
            seen[index] = Seen::Before;
        }
    }
    cycles
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn run(id: u8, parent: Option<u8>, start: i64) -> TreeInput {
        TreeInput {
            run_id: RunId::from_span_id([id; 8]),
            parent_run_id: parent.map(|parent| RunId::from_span_id([parent; 8])),
            start: Some(UnixNanos(start)),
            run_type: RunType::Chain,
            status: RunStatus::Success,
            counted_tokens: Some(u64::from(id)),
            counted_cost: None,
            is_agent: false,
        }
    }

    /// One line a row: indent, id, tokens of the subtree.
    fn drawn(runs: &[TreeInput]) -> Vec<String> {
        let tree = build_tree(runs);
        tree.nodes
            .iter()
            .map(|node| {
                let id = runs[node.input].run_id.to_span_id()[0];
                let mark = if node.is_orphan { "?" } else { "" };
                format!("{}{id}{mark} {}", "  ".repeat(node.depth as usize), node.total_tokens.unwrap_or(0))
            })
            .collect()
    }

    #[test]
    fn children_stand_below_their_parent_by_start_whatever_the_order_of_arrival() {
        let runs = [run(3, Some(1), 30), run(2, Some(1), 20), run(4, Some(2), 25), run(1, None, 10)];
        assert_eq!(drawn(&runs), ["1 10", "  2 6", "    4 4", "  3 3"]);
    }

    #[test]
    fn a_missing_parent_leaves_its_children_at_root_level_and_says_so() {
        let runs = [run(1, None, 10), run(2, Some(9), 5), run(3, Some(2), 6)];
        assert_eq!(drawn(&runs), ["2? 5", "  3 3", "1 1"]);
    }

    #[test]
    fn a_cycle_is_cut_at_its_smallest_id() {
        let runs = [run(1, Some(2), 10), run(2, Some(1), 10), run(3, Some(3), 20)];
        assert_eq!(drawn(&runs), ["1 3", "  2 2", "3 3"]);
        assert_eq!(build_tree(&runs).cycles, 2);
    }

    proptest! {
        #[test]
        fn every_run_is_drawn_once_behind_its_parent_and_sums_add_up(
            links in proptest::collection::vec((proptest::option::of(0_u8..40), 0_i64..9), 1..40),
            order in any::<u64>(),
        ) {
            let mut runs: Vec<TreeInput> =
                (0_u8..).zip(&links).map(|(id, (parent, start))| run(id, *parent, *start)).collect();
            let straight = drawn(&runs);
            let by = usize::try_from(order % 40).unwrap() % runs.len();
            runs.rotate_left(by);
            prop_assert_eq!(&drawn(&runs), &straight);
            let tree = build_tree(&runs);
            let mut inputs: Vec<usize> = tree.nodes.iter().map(|node| node.input).collect();
            inputs.sort_unstable();
            prop_assert_eq!(inputs, (0..runs.len()).collect::<Vec<_>>());
            for (row, node) in tree.nodes.iter().enumerate() {
                prop_assert!(node.parent.is_none_or(|parent| parent < row));
            }
            let whole: u64 = runs.iter().filter_map(|run| run.counted_tokens).sum();
            let roots: u64 = tree.nodes.iter().filter(|node| node.depth == 0).filter_map(|node| node.total_tokens).sum();
            prop_assert_eq!(roots, whole);
        }
    }
}
