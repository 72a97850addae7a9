//! Guessed threads.

use engine::{Engine, Evidence, TableRequest, USUAL_GAP};

use super::{Answer, table::request};
use crate::wire::{
    Count, DurationNanos, GuessEvidence, GuessKind, GuessThreads, GuessedThread, GuessedThreads, TableFilter,
    TableScope,
};

const MINUTE: i64 = 60_000_000_000;

pub(crate) fn guess_threads(engine: &Engine, params: GuessThreads) -> Answer<GuessedThreads> {
    let gap = params.gap_minutes.map_or(USUAL_GAP, |minutes| i64::from(minutes) * MINUTE);
    let filter = TableFilter { scope: TableScope::Traces, picked: None, ..params.filter };
    let among: TableRequest = request(filter)?;
    let guessed = engine.guess_threads(&among, gap)?;
    let count = |number: usize| Count(u64::try_from(number).unwrap_or(u64::MAX));
    Ok(GuessedThreads {
        threads: guessed.threads.into_iter().map(Into::into).collect(),
        looked: count(guessed.looked),
        more: guessed.more,
        unread: count(guessed.unread),
        gap_minutes: u32::try_from(gap / MINUTE).unwrap_or(u32::MAX),
    })
}

impl From<engine::GuessedThread> for GuessedThread {
    fn from(thread: engine::GuessedThread) -> Self {
        let count = |number: usize| Count(u64::try_from(number).unwrap_or(u64::MAX));
        let evidence = thread.evidence.into_iter().map(|(evidence, turns)| {
            let (kind, key, value) = match evidence {
                Evidence::Replayed => (GuessKind::Replayed, None, None),
                Evidence::Attribute { key, value } => (GuessKind::Attribute, Some(key), Some(value)),
                Evidence::User { user } => (GuessKind::User, None, Some(user)),
            };
            GuessEvidence { kind, key, value, turns: count(turns) }
        });
        Self {
            evidence: evidence.collect(),
            turns: count(thread.traces.len()),
            trace_ids: thread.traces.iter().map(ToString::to_string).collect(),
            project: thread.project,
            runs: Count(thread.runs),
            errors: Count(thread.failed_turns),
            first_start: thread.first_start.map(Into::into),
            last_activity: thread.last_activity.map(Into::into),
            usage: thread.usage.into(),
            cost: thread.cost.map(Into::into),
            unpriced_runs: Count(thread.unpriced_runs),
            first_input: thread.first_input,
            last_output: thread.last_output,
            latency_p50: thread.latency_p50.map(DurationNanos),
        }
    }
}
