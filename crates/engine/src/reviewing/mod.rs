//! Reviewing: who sits here, what a queue asks, items as a reviewer sees them, and every step from draft to undo
//! (`annotation-ux.md`).
//!
//! Each step is one transaction: it reads, decides by the rules of the crate `review`, writes answers, assignment and
//! event, and is answered after the commit.

mod adjudicate;
mod agreement;
mod answers;
mod backup;
mod decide;
mod draw;
mod examples;
mod fill;
mod found;
mod gather;
mod handout;
mod item;
mod opening;
mod people;
mod process;
mod progress;
mod queue;
mod repeat;
mod step;
mod submit;
mod undo;

use ::review::{Key, QueueSettings, RubricItem};
use model::UnixNanos;
use store::{Queue, QueueKind, Result as StoreResult, Reviewing as State};
use uuid::Uuid;

pub use agreement::{KeyAgreement, Matrix, QueueAgreement, ReviewerAgreement, Same};
pub use answers::GivenAnswer;
pub use backup::{Backup, Restored};
pub use fill::{Fill, FillResult, FillSource};
pub use item::{ItemFilter, ItemView, Lease, OpenedQueue, PayloadScope, ReviewPlace};
pub(crate) use process::Processes;
pub use progress::{AnswerShare, PairRow, PairwiseReport, QueueProgress, ReviewerProgress};
pub use queue::{QueueView, RubricPreview, SaveQueue};
pub(crate) use repeat::feedback_again;
pub use step::{Decision, DraftOutcome, ItemChange, Refusal, StepAnswers, StepIssue, StepOutcome};
pub use undo::{History, UndoOutcome};

/// Who acts, in which window, and when.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Seat {
    /// The reviewer.
    pub reviewer: Uuid,
    /// The window; any text that it made for itself.
    pub session: String,
    /// Now.
    pub at: UnixNanos,
}

/// What is asked in a queue, read for one step.
#[derive(Debug, Clone)]
pub(crate) struct Asked {
    pub(crate) queue: Queue,
    pub(crate) settings: QueueSettings,
    pub(crate) rubric: Vec<(RubricItem, Key)>,
}

impl Asked {
    pub(crate) fn is_pairwise(&self) -> bool {
        self.queue.kind == QueueKind::Pairwise
    }

    pub(crate) fn key(&self, key: &str) -> Option<&Key> {
        self.rubric.iter().map(|(_, meaning)| meaning).find(|meaning| meaning.key == key)
    }
}

/// What is stored under a queue was checked when it was stored; what another program wrote since is read as far as it
/// can be.
fn lenient<T: serde::de::DeserializeOwned + Default>(text: &str) -> T {
    serde_json::from_str(text).unwrap_or_default()
}

/// The questions of a rubric; one that cannot be read is left out.
fn rubric_of(text: &str) -> Vec<RubricItem> {
    let items: Vec<serde_json::Value> = lenient(text);
    items.into_iter().filter_map(|item| serde_json::from_value(item).ok()).collect()
}

/// What a queue asks now.
pub(crate) fn asked(state: &State<'_>, queue: Uuid) -> StoreResult<Asked> {
    let queue = state.queue(queue)?;
    let rubric = rubric_of(&queue.rubric)
        .into_iter()
        .map(|item| {
            let key =
                meaning(state, &item.feedback_key)?.unwrap_or_else(|| Key::undefined(&item.feedback_key));
            Ok((item, key))
        })
        .collect::<StoreResult<_>>()?;
    Ok(Asked { settings: lenient(&queue.settings), rubric, queue })
}

/// What a key means, if somebody said so.
fn meaning(state: &State<'_>, key: &str) -> StoreResult<Option<Key>> {
    let config = state.feedback_config(key)?;
    Ok(config.map(|config| {
        let value = serde_json::from_str(&config.config).unwrap_or_default();
        Key::from_config(key, &value, config.lower_is_better)
    }))
}
