//! Commands on the queue of what is sent on.

use engine::Engine;

use super::Answer;
use crate::wire::{Count, ListForwarding, Nothing, WaitingEntry};

/// Entries that are returned when nobody says, and at most.
const ENTRIES: u32 = 50;
const MOST_ENTRIES: u32 = 200;

pub(crate) fn list_forwarding(engine: &Engine, params: ListForwarding) -> Answer<Vec<WaitingEntry>> {
    let limit = params.limit.unwrap_or(ENTRIES).min(MOST_ENTRIES);
    let waiting = engine.list_waiting(params.offset, limit)?;
    Ok(waiting
        .into_iter()
        .map(|one| WaitingEntry {
            id: Count(u64::try_from(one.id).unwrap_or(0)),
            runs: Count(one.runs),
            feedback: Count(one.feedback),
            bytes: Count(one.bytes),
            names: one.names,
            note: one.note,
        })
        .collect())
}

pub(crate) fn retry_forwarding(engine: &Engine, _: Nothing) -> Answer<Nothing> {
    engine.retry_forwarding();
    Ok(Nothing {})
}

pub(crate) fn clear_forwarding(engine: &Engine, _: Nothing) -> Answer<Nothing> {
    engine.clear_forwarding()?;
    Ok(Nothing {})
}
