//! What happened, numbered, for those who watch. The last ones are kept, so that a reconnect can catch up.

use std::{
    collections::VecDeque,
    sync::{
        Mutex, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
};

use model::TraceId;
use tokio::sync::broadcast;

use crate::{EndpointStatus, Job, Settings};

/// Events that are kept for those who come back.
const KEPT: usize = 512;

/// Something that happened.
#[derive(Debug, Clone)]
pub enum Event {
    /// Runs of these traces came, changed or went; empty: of any trace.
    RunsChanged(Vec<TraceId>),
    /// An import moved on or ended.
    ImportProgress(Job),
    /// Sources came, went or were read further.
    SourcesChanged,
    /// The ingest listener started, stopped or counted.
    EndpointChanged(EndpointStatus),
    /// Settings were changed.
    SettingsChanged(Settings),
    /// These queues or what was made of their items changed; empty: any. With the window that made the change.
    ReviewChanged(Vec<uuid::Uuid>, Option<String>),
    /// Datasets or their examples changed.
    DatasetsChanged,
    /// The full-text index moved on while it is behind, or is complete again.
    TextIndexed,
    /// The shell asks to show a trace.
    ShowTrace(TraceId),
    /// Events were missed.
    Missed,
}

/// An event with its number; numbers grow by one.
pub type Numbered = (u64, Event);

/// Hands out events.
pub(crate) struct Hub {
    sender: broadcast::Sender<Numbered>,
    kept: Mutex<Kept>,
    /// Changes of runs and what was said about them, for those who keep what they have found.
    pub(crate) changes: AtomicU64,
}

struct Kept {
    next: u64,
    events: VecDeque<Numbered>,
}

impl Hub {
    pub(crate) fn new() -> Self {
        Self {
            sender: broadcast::channel(KEPT).0,
            kept: Mutex::new(Kept { next: 1, events: VecDeque::new() }),
            changes: AtomicU64::new(0),
        }
    }

    pub(crate) fn emit(&self, event: Event) {
        if matches!(event, Event::RunsChanged(_)) {
            self.changes.fetch_add(1, Ordering::Relaxed);
        }
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        let numbered = (kept.next, event);
        kept.next += 1;
        if kept.events.len() == KEPT {
            kept.events.pop_front();
        }
        kept.events.push_back(numbered.clone());
        // Nobody listening is fine.
        let _ = self.sender.send(numbered);
    }

    /// What was missed since `after`, and what comes.
    pub(crate) fn subscribe(&self, after: Option<u64>) -> (Vec<Numbered>, broadcast::Receiver<Numbered>) {
        let kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        let receiver = self.sender.subscribe();
        let missed = match after {
            None => Vec::new(),
            Some(after) => {
                let reaches_back = kept.events.front().is_none_or(|(first, _)| *first <= after + 1);
                if reaches_back && after < kept.next {
                    kept.events.iter().filter(|(number, _)| *number > after).cloned().collect()
                } else {
                    vec![(kept.next.saturating_sub(1), Event::Missed)]
                }
            }
        };
        (missed, receiver)
    }
}
