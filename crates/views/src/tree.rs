//! The tree of a trace, in the order in which it is drawn.

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
    let ids = Ids::of(runs.iter().map(|run| run.run_id));
    let found = |run: &TreeInput| run.parent_run_id.and_then(|parent| ids.find(parent));
    let mut parents: Vec<Option<usize>> = runs.iter().map(found).collect();
    let cut = cut_cycles(|index| runs[index].run_id, &mut parents);
    let mut order = Order::new(runs, &parents);

    let mut nodes: Vec<Node> = Vec::with_capacity(runs.len());
    // A run and the row of its parent; those below stand last and so come next.
    let mut open: Vec<(usize, Option<usize>, u32)> = Vec::new();
    while let Some((index, parent, depth)) = open.pop().or_else(|| Some((order.next_root()?, None, 0))) {
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
                && run.parent_run_id.is_some_and(|parent| ids.find(parent).is_none()),
        });
        if let Some(sibling) = order.next_sibling(index).filter(|_| parent.is_some()) {
            open.push((sibling, parent, depth));
        }
        if let Some(child) = order.first_child(index) {
            open.push((child, Some(row), depth + 1));
        }
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
    Tree { nodes, orphans, cycles: cut.len() }
}

/// Runs at which the cycles of parents among these runs are cut: see [`build_tree`].
pub fn cut_runs(runs: &[(RunId, Option<RunId>)]) -> Vec<RunId> {
    let ids = Ids::of(runs.iter().map(|(run_id, _)| *run_id));
    let mut parents: Vec<Option<usize>> =
        runs.iter().map(|(_, parent)| parent.and_then(|parent| ids.find(parent))).collect();
    let cut = cut_cycles(|index| runs[index].0, &mut parents);
    cut.into_iter().map(|index| runs[index].0).collect()
}

/// Where runs stand in their list, by id.
///
/// Sorted, not hashed: ids come from outside and could be chosen to collide, and a list that comes in order of ids, as
/// the library's does, costs one pass. As numbers, which have the order of their bytes and are compared much quicker.
struct Ids(Vec<(u128, usize)>);

impl Ids {
    fn of(ids: impl Iterator<Item = RunId>) -> Self {
        let mut ids: Vec<(u128, usize)> = ids.enumerate().map(|(index, id)| (number(id), index)).collect();
        if !ids.is_sorted() {
            ids.sort_unstable();
        }
        Self(ids)
    }

    fn find(&self, id: RunId) -> Option<usize> {
        let place = self.0.binary_search_by_key(&number(id), |(other, _)| *other).ok()?;
        Some(self.0[place].1)
    }
}

fn number(id: RunId) -> u128 {
    id.0.as_u128()
}

/// Roots and children in the order in which they are drawn: by start and then by id. Chains of indexes, so that a run
/// costs no list of its own.
struct Order {
    root: Option<usize>,
    first_child: Vec<Option<usize>>,
    next_sibling: Vec<Option<usize>>,
}

impl Order {
    fn new(runs: &[TreeInput], parents: &[Option<usize>]) -> Self {
        let mut ranked: Vec<(i64, u128, usize)> = runs
            .iter()
            .enumerate()
            .map(|(index, run)| (run.start.map_or(i64::MAX, |start| start.0), number(run.run_id), index))
            .collect();
        ranked.sort_unstable();
        let mut order =
            Self { root: None, first_child: vec![None; runs.len()], next_sibling: vec![None; runs.len()] };
        // From the last to the first, each is put before the siblings that follow it.
        for (_, _, index) in ranked.into_iter().rev() {
            let first = match parents[index] {
                Some(parent) => &mut order.first_child[parent],
                None => &mut order.root,
            };
            order.next_sibling[index] = first.replace(index);
        }
        order
    }

    fn next_root(&mut self) -> Option<usize> {
        let root = self.root?;
        self.root = self.next_sibling[root];
        Some(root)
    }

    fn first_child(&self, index: usize) -> Option<usize> {
        self.first_child[index]
    }

    fn next_sibling(&self, index: usize) -> Option<usize> {
        self.next_sibling[index]
    }
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

/// Takes the parent from the smallest id of every cycle; returns these runs.
fn cut_cycles(id: impl Fn(usize) -> RunId, parents: &mut [Option<usize>]) -> Vec<usize> {
    #[derive(Clone, Copy, PartialEq)]
    enum Seen {
        Never,
        OnThisWalk,
        Before,
    }
    let mut seen = vec![Seen::Never; parents.len()];
    let mut cut = Vec::new();
    let mut walk = Vec::new();
    for start in 0..parents.len() {
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
                    if let Some(smallest) = walk[from..].iter().copied().min_by_key(|other| id(*other)) {
                        parents[smallest] = None;
                        cut.push(smallest);
                    }
                    break;
                }
            }
        }
        for index in walk.drain(..) {
            seen[index] = Seen::Before;
        }
    }
    cut
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
            // Some know nothing of cost, which is not zero.
            counted_cost: (!id.is_multiple_of(3)).then_some(Cost { pico_usd: i64::from(id) * 7 }),
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
            // What a row shows is what it and everything below it cost themselves.
            for (row, node) in tree.nodes.iter().enumerate() {
                let below = &tree.nodes[row..=row + node.descendants as usize];
                let own = below.iter().filter_map(|node| runs[node.input].counted_cost);
                let sum = own.map(|cost| cost.pico_usd).reduce(|left, right| left + right);
                prop_assert_eq!(node.total_cost.map(|cost| cost.pico_usd), sum);
                let tokens: u64 = below.iter().filter_map(|node| runs[node.input].counted_tokens).sum();
                prop_assert_eq!(node.total_tokens, Some(tokens));
            }
            let whole: u64 = runs.iter().filter_map(|run| run.counted_tokens).sum();
            let roots: u64 = tree.nodes.iter().filter(|node| node.depth == 0).filter_map(|node| node.total_tokens).sum();
            prop_assert_eq!(roots, whole);
        }
    }
}
