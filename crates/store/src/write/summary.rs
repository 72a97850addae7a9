//! What the trace table shows of a trace, kept up to date run by run.
//!
//! Sums change by difference. Extremes (start, end) and choices (root, thread, project, model) only ever grow while
//! runs are added; when a change could make one of them shrink, the summary is marked stale and counted anew from
//! the trace's rows before the commit. Both ways give the same result, which a property test holds them to.

use std::cmp::Reverse;

use model::{RunFields, RunStatus, UnixNanos};

use crate::row::{RollUp, RootRank, StoredRun, WordId};

/// The best candidate so far, or the fact that it has to be looked up.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Best<Rank, Value> {
    /// Every run of the trace has been considered.
    Known(Option<(Rank, Value)>),
    /// The trace was loaded without its runs.
    Unknown,
}

impl<Rank: Ord + Copy, Value: Copy> Best<Rank, Value> {
    pub(crate) fn value(&self) -> Option<Value> {
        match self {
            Self::Known(Some((_, value))) => Some(*value),
            Self::Known(None) | Self::Unknown => None,
        }
    }

    /// Considers the new state of one run; `false` when the answer can no longer be told without the other runs.
    fn consider(&mut self, old: Option<(Rank, Value)>, new: Option<(Rank, Value)>) -> bool {
        let Self::Known(best) = self else { return old.is_none() && new.is_none() };
        if let (Some((best_rank, _)), Some((old_rank, _))) = (*best, old)
            && best_rank == old_rank
        {
            match new {
                Some((rank, value)) if rank <= best_rank => *best = Some((rank, value)),
                _ => return false,
            }
            return true;
        }
        if let Some((rank, value)) = new
            && best.is_none_or(|(best_rank, _)| rank < best_rank)
        {
            *best = Some((rank, value));
        }
        true
    }
}

/// Earliest first.
type StartRank = (i64, [u8; 16]);
/// Most tokens first.
type TokenRank = (Reverse<i64>, [u8; 16]);

/// The root as far as the trace table shows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Root {
    pub(crate) rank: RootRank,
    pub(crate) dialect: Option<WordId>,
    pub(crate) name: Option<WordId>,
    pub(crate) status: RunStatus,
    pub(crate) thread: Option<WordId>,
    pub(crate) project: Option<WordId>,
    pub(crate) user: Option<WordId>,
    /// Labels that hold the tags of the trace.
    pub(crate) tags: Option<WordId>,
    pub(crate) input_preview: Option<String>,
    pub(crate) output_preview: Option<String>,
}

/// See the module.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Summary {
    pub(crate) root: Option<Root>,
    pub(crate) start: Option<UnixNanos>,
    pub(crate) end: Option<UnixNanos>,
    pub(crate) sums: RollUp,
    pub(crate) first_thread: Best<StartRank, WordId>,
    pub(crate) first_project: Best<StartRank, WordId>,
    pub(crate) top_model: Best<TokenRank, WordId>,
}

impl Default for Summary {
    fn default() -> Self {
        Self {
            root: None,
            start: None,
            end: None,
            sums: RollUp::default(),
            first_thread: Best::Known(None),
            first_project: Best::Known(None),
            top_model: Best::Known(None),
        }
    }
}

/// Previews of a run, which its row does not hold.
#[derive(Debug, Clone, Default)]
pub(crate) struct Previews {
    pub(crate) input: Option<String>,
    pub(crate) output: Option<String>,
}

impl Previews {
    pub(crate) fn of(fields: &RunFields) -> Self {
        Self { input: fields.input_preview.clone(), output: fields.output_preview.clone() }
    }
}

/// What came of considering a run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[must_use]
pub(crate) enum Considered {
    /// The summary is right.
    Fresh,
    /// The summary has to be counted anew.
    Stale,
}

impl Summary {
    /// Takes over the change of one run from `old` (absent: it is new) to `new` (absent: it is gone).
    pub(crate) fn consider(
        &mut self,
        old: Option<&StoredRun>,
        new: Option<&StoredRun>,
        previews: &Previews,
    ) -> Considered {
        let contribution = |run: Option<&StoredRun>| run.map(StoredRun::contribution).unwrap_or_default();
        self.sums = self.sums - contribution(old) + contribution(new);

        let mut fresh = extend(
            &mut self.start,
            old.and_then(|run| run.start),
            new.and_then(|run| run.start),
            |new, best| new < best,
        );
        fresh &=
            extend(&mut self.end, old.and_then(|run| run.end), new.and_then(|run| run.end), |new, best| {
                new > best
            });
        fresh &= self.consider_root(old, new, previews);

        let by_start = |run: &StoredRun, value: Option<WordId>| {
            value.map(|value| ((run.start.map_or(i64::MAX, |start| start.0), run.uuid), value))
        };
        let thread = |run: Option<&StoredRun>| run.and_then(|run| by_start(run, run.thread));
        let project = |run: Option<&StoredRun>| run.and_then(|run| by_start(run, run.project));
        fresh &= self.first_thread.consider(thread(old), thread(new));
        fresh &= self.first_project.consider(project(old), project(new));
        fresh &= self.top_model.consider(old.and_then(model_claim), new.and_then(model_claim));
        if fresh { Considered::Fresh } else { Considered::Stale }
    }

    fn consider_root(
        &mut self,
        old: Option<&StoredRun>,
        new: Option<&StoredRun>,
        previews: &Previews,
    ) -> bool {
        let was_root = matches!((&self.root, old), (Some(root), Some(old)) if root.rank.2 == old.uuid);
        match new {
            None => !was_root,
            Some(new) => {
                let rank = new.root_rank();
                match &self.root {
                    Some(root) if was_root && rank > root.rank => return false,
                    Some(root) if !was_root && rank > root.rank => return true,
                    _ => {}
                }
                self.root = Some(Root {
                    rank,
                    dialect: new.dialect,
                    name: new.name,
                    status: new.status,
                    thread: new.thread,
                    project: new.project,
                    user: new.user,
                    tags: new.trace_tags(),
                    input_preview: previews.input.clone(),
                    output_preview: previews.output.clone(),
                });
                true
            }
        }
    }

    /// The thread of the root, else of the earliest run that names one (`langsmith-data.md` D4).
    pub(crate) fn thread(&self) -> Option<WordId> {
        self.root.as_ref().and_then(|root| root.thread).or_else(|| self.first_thread.value())
    }

    /// The project of the root, else of the earliest run that names one.
    pub(crate) fn project(&self) -> Option<WordId> {
        self.root.as_ref().and_then(|root| root.project).or_else(|| self.first_project.value())
    }

    /// Whether a choice that is needed could not be made from what is loaded.
    pub(crate) fn is_undecided(&self) -> bool {
        let root = self.root.as_ref();
        (root.is_none_or(|root| root.thread.is_none()) && self.first_thread == Best::Unknown)
            || (root.is_none_or(|root| root.project.is_none()) && self.first_project == Best::Unknown)
            || self.top_model == Best::Unknown
    }

    /// Pending while any run is open, else as the root.
    pub(crate) fn status(&self) -> RunStatus {
        if self.sums.pending > 0 {
            return RunStatus::Pending;
        }
        self.root.as_ref().map_or(RunStatus::Pending, |root| root.status)
    }

    /// From the earliest start to the latest end; nothing while a run is open.
    pub(crate) fn latency(&self) -> Option<i64> {
        if self.sums.pending > 0 {
            return None;
        }
        Some(self.end?.since(self.start?))
    }
}

/// A model run claims to name the trace's model by its tokens.
fn model_claim(run: &StoredRun) -> Option<(TokenRank, WordId)> {
    let model = run.model.filter(|_| run.run_type.carries_usage())?;
    let tokens = run.usage.total().and_then(|total| i64::try_from(total).ok()).unwrap_or(0);
    Some(((Reverse(tokens), run.uuid), model))
}

/// Moves an extreme outward; `false` when it may have to move inward.
fn extend<T: Copy + PartialEq>(
    best: &mut Option<T>,
    old: Option<T>,
    new: Option<T>,
    beats: impl Fn(T, T) -> bool,
) -> bool {
    let held = old.is_some() && *best == old;
    match (*best, new) {
        (None, _) => *best = new,
        (Some(current), Some(new)) if beats(new, current) => *best = Some(new),
        (Some(_), new) if held && new != old => return false,
        _ => {}
    }
    true
}
