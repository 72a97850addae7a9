//! Threads where nobody said which traces belong together: a guess, with the evidence that it rests on.
//!
//! What was replayed is the strongest evidence: the input of a later trace holds what an earlier one ended with. Then an
//! attribute that names a conversation in words of its own, and last the same user within a while. What speaks against
//! it counts too: two users, or two names of conversations, are not one thread by weaker evidence than those names.

mod attribute;
mod talk;

use std::{
    cmp::Reverse,
    collections::{BTreeMap, BTreeSet, HashMap},
    fmt,
};

use model::{TraceId, UnixNanos};

pub use attribute::conversation_attributes;
pub use talk::{Said, Speaker, Talk};

/// Nanoseconds between the end of a trace and the start of the next of the same user, unless told otherwise.
pub const USUAL_GAP: i64 = 30 * 60 * 1_000_000_000;

/// So many messages of the user that are the same, one after the other, are no coincidence, whatever stands before them:
/// a history that was shortened or summed up.
const SURE: usize = 2;

/// A trace without a thread key, as far as a guess looks at it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unthreaded {
    /// The trace.
    pub trace_id: TraceId,
    /// Its project: a thread is one of a project.
    pub project: String,
    /// Start.
    pub start: Option<UnixNanos>,
    /// End, as far as it is known.
    pub end: Option<UnixNanos>,
    /// Who used it.
    pub user: Option<String>,
    /// Attributes that name a conversation; see [`conversation_attributes`].
    pub attributes: Vec<(String, String)>,
    /// What its root and its first and last call of a model were given and said. Empty where nothing was read.
    pub talks: Vec<Talk>,
}

/// Why two traces are taken to be of one thread; the strongest first.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Evidence {
    /// The later one was given what the earlier one ended with.
    Replayed,
    /// Both carry this attribute.
    Attribute {
        /// Its key.
        key: String,
        /// Its value.
        value: String,
    },
    /// The same user within the gap.
    User {
        /// The user.
        user: String,
    },
}

impl fmt::Display for Evidence {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Replayed => out.write_str("replayed history"),
            Self::Attribute { key, value } => write!(out, "{key} {value}"),
            Self::User { user } => write!(out, "same user {user}"),
        }
    }
}

/// Traces that seem to be turns of one thread.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Guess {
    /// The traces, oldest first; at least two.
    pub traces: Vec<TraceId>,
    /// On what it rests, the strongest first, and how many of the turns were joined by it.
    pub evidence: Vec<(Evidence, usize)>,
}

/// Groups traces into guessed threads, the latest first. The order in which they are given does not matter.
pub fn guess_threads(traces: &[Unthreaded], gap: i64) -> Vec<Guess> {
    let mut traces: Vec<&Unthreaded> = traces.iter().collect();
    // Without a start there is no earlier and no later; such traces come last.
    traces.sort_by_key(|trace| (trace.start.is_none(), trace.start, trace.trace_id));
    traces.dedup_by_key(|trace| trace.trace_id);
    let mut groups = Groups::of(&traces);
    join_replayed(&traces, &mut groups);
    join_attributes(&traces, &mut groups);
    join_users(&traces, gap, &mut groups);
    groups.told(&traces)
}

/// Where a conversation stood when a trace ended.
#[derive(Debug, Clone, Copy)]
struct Closing<'t> {
    trace: usize,
    /// What the user had said up to there, the last message included.
    asked: &'t [Said],
}

fn join_replayed(traces: &[&Unthreaded], groups: &mut Groups) {
    let mut closings: HashMap<(u64, u64), Vec<Closing<'_>>> = HashMap::new();
    for (trace, one) in traces.iter().enumerate() {
        for talk in &one.talks {
            let Some((last, asked)) = talk.last_question() else { continue };
            for answer in talk.answers() {
                closings.entry((last, answer)).or_default().push(Closing { trace, asked });
            }
        }
    }
    let mut continued = vec![false; traces.len()];
    for later in 0..traces.len() {
        let found = traces[later].talks.iter().filter(|talk| talk.opens).find_map(|talk| {
            // The further back, the older the turn: the latest one that fits is the one before.
            talk.exchanges().rev().find_map(|(question, key)| {
                let known = closings.get(&key)?.iter();
                let fitting = known.filter_map(|closing| {
                    let earlier = closing.trace;
                    let is_before =
                        traces[earlier].start.zip(traces[later].start).is_some_and(|(a, b)| a < b);
                    let same = same_questions(closing.asked, &talk.input[..=question])?;
                    let fits = is_before
                        && traces[earlier].project == traces[later].project
                        && groups.may_be_replayed(earlier, later);
                    fits.then_some((same, !continued[earlier], earlier))
                });
                fitting.max().map(|(_, _, earlier)| earlier)
            })
        });
        if let Some(earlier) = found {
            continued[earlier] = true;
            groups.join(earlier, later, Evidence::Replayed);
        }
    }
}

/// How many messages of the user are the same, from the last one backwards. `None` where the two lists go apart before
/// that could be no coincidence.
fn same_questions(one: &[Said], other: &[Said]) -> Option<usize> {
    let questions = |list: &'_ [Said]| -> Vec<u64> {
        list.iter().rev().filter(|said| said.speaker == Speaker::Human).map(|said| said.hash).collect()
    };
    let (one, other) = (questions(one), questions(other));
    let same = one.iter().zip(&other).take_while(|(one, other)| one == other).count();
    (same == one.len().min(other.len()) || same >= SURE).then_some(same)
}

fn join_attributes(traces: &[&Unthreaded], groups: &mut Groups) {
    let mut last: HashMap<(&str, &str, &str), usize> = HashMap::new();
    for (index, trace) in traces.iter().enumerate() {
        for (key, value) in &trace.attributes {
            if let Some(before) = last.insert((&trace.project, key, value), index) {
                let evidence = Evidence::Attribute { key: key.clone(), value: value.clone() };
                groups.join(before, index, evidence);
            }
        }
    }
}

fn join_users(traces: &[&Unthreaded], gap: i64, groups: &mut Groups) {
    // The last trace of a user and the latest end so far: a short one inside of a long one does not make a gap.
    let mut last: HashMap<(&str, &str), (usize, UnixNanos)> = HashMap::new();
    for (index, trace) in traces.iter().enumerate() {
        let (Some(user), Some(start)) = (&trace.user, trace.start) else { continue };
        let end = trace.end.unwrap_or(start).max(start);
        let place = last.entry((&trace.project, user)).or_insert((index, end));
        let (before, ended) = *place;
        *place = (index, end.max(ended));
        if before != index && start.since(ended) <= gap && groups.may_be_of_user(before, index, traces) {
            groups.join(before, index, Evidence::User { user: user.clone() });
        }
    }
}

/// Which traces are joined so far.
struct Groups {
    /// Of each trace another one of its group, or itself.
    parent: Vec<usize>,
    facts: Vec<Facts>,
}

/// What is known of a group; of one that went into another nothing.
#[derive(Debug, Default)]
struct Facts {
    users: BTreeSet<String>,
    attributes: BTreeMap<String, BTreeSet<String>>,
    evidence: BTreeMap<Evidence, usize>,
}

impl Facts {
    fn names_another(&self, other: &Self) -> bool {
        self.attributes.iter().any(|(key, values)| {
            other.attributes.get(key).is_some_and(|others| values.union(others).count() > 1)
        })
    }

    fn is_replayed(&self) -> bool {
        self.evidence.contains_key(&Evidence::Replayed)
    }
}

impl Groups {
    fn of(traces: &[&Unthreaded]) -> Self {
        let facts = traces.iter().map(|trace| {
            let mut facts = Facts { users: trace.user.iter().cloned().collect(), ..Facts::default() };
            for (key, value) in &trace.attributes {
                facts.attributes.entry(key.clone()).or_default().insert(value.clone());
            }
            facts
        });
        Self { parent: (0..traces.len()).collect(), facts: facts.collect() }
    }

    fn root(&mut self, mut of: usize) -> usize {
        while self.parent[of] != of {
            self.parent[of] = self.parent[self.parent[of]];
            of = self.parent[of];
        }
        of
    }

    fn pair(&mut self, one: usize, other: usize) -> (usize, usize) {
        (self.root(one), self.root(other))
    }

    /// The same words by two users, or in two conversations that have names, are two threads.
    fn may_be_replayed(&mut self, one: usize, other: usize) -> bool {
        let (one, other) = self.pair(one, other);
        let (one, other) = (&self.facts[one], &self.facts[other]);
        one.users.union(&other.users).count() <= 1 && !one.names_another(other)
    }

    /// Where the history comes with each input, one that came without it began something new.
    fn may_be_of_user(&mut self, before: usize, later: usize, traces: &[&Unthreaded]) -> bool {
        let (one, other) = self.pair(before, later);
        let is_known = traces[later].talks.iter().any(|talk| talk.opens && !talk.input.is_empty());
        let (one, other) = (&self.facts[one], &self.facts[other]);
        !(is_known && (one.is_replayed() || other.is_replayed())) && !one.names_another(other)
    }

    fn join(&mut self, one: usize, other: usize, evidence: Evidence) {
        let (into, from) = self.pair(one, other);
        if into != from {
            self.parent[from] = into;
            let gone = std::mem::take(&mut self.facts[from]);
            let facts = &mut self.facts[into];
            facts.users.extend(gone.users);
            for (key, values) in gone.attributes {
                facts.attributes.entry(key).or_default().extend(values);
            }
            for (known, count) in gone.evidence {
                *facts.evidence.entry(known).or_default() += count;
            }
            *facts.evidence.entry(evidence).or_default() += 1;
        }
    }

    fn told(mut self, traces: &[&Unthreaded]) -> Vec<Guess> {
        let mut members: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
        for index in 0..traces.len() {
            members.entry(self.root(index)).or_default().push(index);
        }
        let mut guesses: Vec<(usize, Guess)> = members
            .into_iter()
            .filter(|(_, members)| members.len() > 1)
            .map(|(root, members)| {
                let latest = members.last().copied().unwrap_or(root);
                let evidence = std::mem::take(&mut self.facts[root].evidence).into_iter().collect();
                let traces = members.iter().map(|index| traces[*index].trace_id).collect();
                (latest, Guess { traces, evidence })
            })
            .collect();
        guesses.sort_by_key(|(latest, _)| Reverse(*latest));
        guesses.into_iter().map(|(_, guess)| guess).collect()
    }
}

#[cfg(test)]
mod tests;
