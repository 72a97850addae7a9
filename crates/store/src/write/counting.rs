//! Which runs count, so that each token and each dollar counts once and none goes without a word (`otel-genai.md` E,
//! `langsmith-cost-feedback-queues.md` §6.7).
//!
//! 1. **Model calls inside model calls** are one call that several layers tell of. Of an outer one and those that count
//!    inside of it, whichever tells more tokens counts; of as many, the one whose cost is known, else the outer one. A
//!    chain, tool or retriever in between begins anew.
//! 2. **Other runs** (agents, chains, tools, retrievers) repeat the sum of what they call. Their tokens, and the cost
//!    beside them, count where nothing below tells tokens or calls a model that tells a cost, and no model call of the
//!    trace tells the very same counts. Money without tokens is what the run itself spent, and always counts.
//! 3. **Metadata are inherited**: of several model calls that repeat the usage of the run around them the first counts, of
//!    other runs none (`langsmith-data.md` D29).
//!
//! It follows from the runs around a run, so it is told for a whole trace at the end of the transaction that changed any of
//! it; a trace in which none of the three can apply is left alone.

use std::collections::{HashMap, HashSet};

use model::{Bill, RunFields, RunId, RunType, TraceId, Usage};
use rusqlite::{OptionalExtension, params};

use super::{session::Session, summary::Previews};
use crate::{
    error::Result,
    row::{FLAG_METADATA_USAGE, FLAG_SHADOWED, StoredRun, run_type_from},
    sum::read_sum,
};

/// What decides whether a run counts.
#[derive(Debug, Clone, Default)]
struct Node {
    uuid: [u8; 16],
    parent: Option<[u8; 16]>,
    start: i64,
    is_call: bool,
    /// Hash of a usage object in the metadata, and whether the usage is only that.
    print: Option<i64>,
    may_inherit: bool,
    /// Tells usage (of model calls: or a cost).
    tells: bool,
    usage: Usage,
    /// The cost is known.
    known: bool,
    /// Counts, as it stands.
    counts: bool,
}

/// Whether each of these runs counts: for a run that tells nothing, whether it would.
fn counted(nodes: &[Node]) -> Vec<bool> {
    let parents = parents_of(nodes);
    let order = from_the_top(&parents);
    let repeats = repeats_of(nodes, &parents);
    let tells: Vec<bool> = (0..nodes.len()).map(|at| nodes[at].tells && !repeats[at]).collect();
    let told: HashSet<(Option<u64>, Option<u64>, Option<u64>)> = (0..nodes.len())
        .filter(|at| nodes[*at].is_call && tells[*at])
        .map(|at| counts_of(&nodes[at]))
        .collect();
    // What counts inside of a model call: runs, tokens, and whether all costs are known.
    let mut inside = vec![(0_u64, 0_u64, true); nodes.len()];
    let mut below = vec![false; nodes.len()];
    let mut wins = vec![false; nodes.len()];
    for &at in order.iter().rev() {
        let node = &nodes[at];
        let (runs, tokens, known) = inside[at];
        let own = node.usage.total().unwrap_or(0);
        wins[at] = if node.is_call {
            tells[at] && (runs == 0 || own > tokens || (own == tokens && (node.known || !known)))
        } else {
            tells[at] && !below[at] && !told.contains(&counts_of(node))
        };
        let Some(parent) = parents[at] else { continue };
        below[parent] |= tells[at] || below[at];
        if node.is_call && nodes[parent].is_call {
            let of_it = if wins[at] { (1, own, node.known) } else { inside[at] };
            let sum = &mut inside[parent];
            *sum = (sum.0 + of_it.0, sum.1.saturating_add(of_it.1), sum.2 && of_it.2);
        }
    }
    let mut covered = vec![false; nodes.len()];
    let mut counted = vec![true; nodes.len()];
    for &at in &order {
        if nodes[at].is_call {
            let around = parents[at].filter(|parent| nodes[*parent].is_call);
            covered[at] = around.is_some_and(|around| covered[around] || wins[around]);
            counted[at] = !covered[at] && (wins[at] || !nodes[at].tells);
        } else if nodes[at].tells {
            counted[at] = wins[at];
        }
    }
    counted
}

fn counts_of(node: &Node) -> (Option<u64>, Option<u64>, Option<u64>) {
    (node.usage.input, node.usage.output, node.usage.total())
}

/// The place of each run's parent. A cycle of parents is cut at its smallest id.
fn parents_of(nodes: &[Node]) -> Vec<Option<usize>> {
    let places: HashMap<[u8; 16], usize> =
        nodes.iter().enumerate().map(|(at, node)| (node.uuid, at)).collect();
    let mut parents: Vec<Option<usize>> =
        nodes.iter().map(|node| places.get(&node.parent?).copied()).collect();
    let mut seen = vec![0_usize; nodes.len()];
    for start in 0..nodes.len() {
        let mark = start + 1;
        let (mut path, mut at) = (Vec::new(), start);
        while seen[at] == 0 {
            seen[at] = mark;
            path.push(at);
            let Some(parent) = parents[at] else { break };
            at = parent;
        }
        if seen[at] == mark
            && parents[at].is_some()
            && let Some(first) = path.iter().position(|place| *place == at)
            && let Some(cut) = path[first..].iter().copied().min_by_key(|place| nodes[*place].uuid)
        {
            parents[cut] = None;
        }
    }
    parents
}

/// Every run, its parent before it.
fn from_the_top(parents: &[Option<usize>]) -> Vec<usize> {
    let mut children: Vec<Vec<usize>> = vec![Vec::new(); parents.len()];
    let mut order = Vec::with_capacity(parents.len());
    for (at, parent) in parents.iter().enumerate() {
        match parent {
            Some(parent) => children[*parent].push(at),
            None => order.push(at),
        }
    }
    let mut next = 0;
    while let Some(at) = order.get(next).copied() {
        order.append(&mut children[at]);
        next += 1;
    }
    order
}

/// Which runs only repeat what the metadata of the run around them say.
fn repeats_of(nodes: &[Node], parents: &[Option<usize>]) -> Vec<bool> {
    let mut repeats = vec![false; nodes.len()];
    let mut first: HashMap<(usize, i64), usize> = HashMap::new();
    for (at, node) in nodes.iter().enumerate() {
        let (Some(parent), Some(print), true) = (parents[at], node.print, node.may_inherit) else { continue };
        if nodes[parent].print != Some(print) {
            continue;
        }
        repeats[at] = true;
        if node.is_call {
            let best = first.entry((parent, print)).or_insert(at);
            if (node.start, node.uuid) < (nodes[*best].start, nodes[*best].uuid) {
                *best = at;
            }
        }
    }
    for at in first.into_values() {
        repeats[at] = false;
    }
    repeats
}

impl Session<'_> {
    /// Whether more than the run itself decides what counts of its trace.
    pub(super) fn concerns_counting(&self, trace: i64, run: &StoredRun) -> Result<bool> {
        if run.metadata_usage.is_some() || run.tells_sum() {
            return Ok(true);
        }
        if !run.is_model_call() {
            return Ok(false);
        }
        let is_call: Option<i64> = match run.parent {
            None => None,
            Some(parent) => self
                .transaction
                .prepare_cached("SELECT run_type FROM run WHERE trace = ?1 AND uuid = ?2")?
                .query_row(params![trace, parent], |row| row.get(0))
                .optional()?,
        };
        if is_call
            .is_some_and(|run_type| matches!(run_type_from(run_type), RunType::Llm | RunType::Embedding))
        {
            return Ok(true);
        }
        Ok(self
            .transaction
            .prepare_cached(
                // Named, since SQLite would rather walk the whole trace by the primary key.
                "SELECT EXISTS (SELECT 1 FROM run INDEXED BY run_model_child \
                 WHERE trace = ?1 AND parent = ?2 AND parent IS NOT NULL AND run_type IN (0, 4))",
            )?
            .query_row(params![trace, run.uuid], |row| row.get(0))?)
    }

    /// Settles which runs of a trace count.
    pub(super) fn settle_counting(&mut self, trace_id: TraceId) -> Result<()> {
        let Some(state) = self.state.traces.get_mut(&trace_id) else { return Ok(()) };
        if !std::mem::take(&mut state.recount) && !state.costs.has_sums() {
            return Ok(());
        }
        let trace = state.id;
        let nodes = self.nodes(trace)?;
        for (node, counts) in nodes.iter().zip(counted(&nodes)) {
            if node.counts == counts {
                continue;
            }
            let Some(old) = self.find_run(trace_id, RunId::from_bytes(node.uuid))? else { continue };
            let mut new = old.clone();
            match &old.sum {
                None => new.set_shadowed(!counts),
                Some(_) if !counts => new.drop_sum(),
                Some(sum) => {
                    let (usage, cost) = read_sum(sum);
                    let fields = RunFields {
                        run_type: Some(old.run_type),
                        start: old.start,
                        provider: self.word_text(old.provider)?,
                        model: self.word_text(old.model)?,
                        usage,
                        cost,
                        ..RunFields::default()
                    };
                    let bill = self.state.interpret.bill(&fields);
                    new.price = self.word(bill.price.as_deref())?;
                    new.bill = Bill { price: None, ..bill };
                    new.usage = Usage { rejected: false, ..fields.usage };
                }
            }
            // Neither rank nor previews change; the root keeps the previews it has.
            self.rewrite_run(trace_id, trace, &old, new)?;
        }
        Ok(())
    }

    fn nodes(&self, trace: i64) -> Result<Vec<Node>> {
        let mut statement = self.transaction.prepare_cached(
            "SELECT uuid, parent, start_ns, run_type, flags, metadata_usage, input_tokens, output_tokens, total_tokens, \
             coalesce(input_tokens, output_tokens, total_tokens, cache_read_tokens, cache_creation_tokens, \
             reasoning_tokens) IS NOT NULL OR json_usage IS NOT NULL, cost_origin, cost_pico, json_sum \
             FROM run WHERE trace = ?1",
        )?;
        let mut rows = statement.query([trace])?;
        let mut nodes = Vec::new();
        while let Some(row) = rows.next()? {
            let run_type = run_type_from(row.get(3)?);
            let is_call = matches!(run_type, RunType::Llm | RunType::Embedding);
            let flags: i64 = row.get(4)?;
            let tokens = |column: usize| -> Result<Option<u64>> {
                Ok(row.get::<_, Option<i64>>(column)?.and_then(|count| u64::try_from(count).ok()))
            };
            let has_usage: bool = row.get(9)?;
            let spends = has_usage || row.get::<_, i64>(10)? != 0;
            let sum: Option<String> = row.get(12)?;
            let usage = match &sum {
                Some(sum) => read_sum(sum).0,
                None => {
                    Usage { input: tokens(6)?, output: tokens(7)?, total: tokens(8)?, ..Usage::default() }
                }
            };
            nodes.push(Node {
                uuid: row.get(0)?,
                parent: row.get(1)?,
                start: row.get::<_, Option<i64>>(2)?.unwrap_or(i64::MAX),
                is_call,
                print: row.get(5)?,
                may_inherit: flags & FLAG_METADATA_USAGE != 0,
                tells: if is_call { spends } else { sum.is_some() || has_usage },
                usage,
                known: row.get::<_, Option<i64>>(11)?.is_some(),
                counts: if sum.is_some() { spends } else { flags & FLAG_SHADOWED == 0 },
            });
        }
        Ok(nodes)
    }

    pub(super) fn root_previews(&self, trace_id: TraceId) -> Previews {
        let root = self.state.traces.get(&trace_id).and_then(|trace| trace.summary.root.as_ref());
        root.map(|root| Previews { input: root.input_preview.clone(), output: root.output_preview.clone() })
            .unwrap_or_default()
    }
}
