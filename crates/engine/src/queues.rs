//! Annotation queues, and tokens under which traces may be read.
//!
//! A library belongs to one person, so there is one reviewer: whoever asks, through whichever door.

use std::collections::{HashMap, HashSet};

use model::{RunId, TraceId, UnixNanos};
use store::{
    Error as StoreError, ItemMove, ItemSelection, NewQueue, NewQueueItem, Patch, Queue, QueueChange,
    QueueItem, QueueItemQuery, QueueQuery, QueueSubject, RunQuery, Shared,
};
use uuid::Uuid;

use crate::{DescribedRun, Engine, RunSearch, error::Result, now};

/// The name of the person that the library belongs to, among the reviewers of an item. A UUID, since LangSmith names
/// reviewers by those.
pub const REVIEWER: &str = "72616365-6d61-4b00-8000-000000000002";

/// Where an item stands for the person that the library belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum QueueSection {
    /// Open, and this person is not done with it.
    NeedsMyReview,
    /// Open, and this person is done with it.
    NeedsOthersReview,
    /// Enough reviewers are done with it.
    Completed,
}

impl QueueSection {
    /// The section of an item.
    pub fn of(item: &QueueItem) -> Self {
        if item.completed {
            Self::Completed
        } else if item.completed_by.iter().any(|name| name == REVIEWER) {
            Self::NeedsOthersReview
        } else {
            Self::NeedsMyReview
        }
    }

    fn query(self) -> QueueItemQuery {
        let reviewer = Some(REVIEWER.to_owned());
        let (completed, done_by, not_done_by) = match self {
            Self::NeedsMyReview => (false, None, reviewer),
            Self::NeedsOthersReview => (false, reviewer, None),
            Self::Completed => (true, None, None),
        };
        QueueItemQuery { completed: Some(completed), done_by, not_done_by, ..QueueItemQuery::default() }
    }
}

impl Engine {
    /// Makes a queue and answers its id; an id that is taken is an error.
    pub fn create_queue(&self, mut new: NewQueue) -> Result<Uuid> {
        let said = new.description.iter_mut().chain(&mut new.instructions);
        self.redaction.names(std::iter::once(&mut new.name).chain(said));
        self.redaction.parts([("metadata", &mut new.metadata)]);
        Ok(self.store.create_queue(new, now())?)
    }

    /// One queue.
    pub fn queue(&self, id: Uuid) -> Result<Queue> {
        Ok(self.store.queue(id)?)
    }

    /// Queues that fit.
    pub fn queues(&self, query: &QueueQuery) -> Result<Vec<Queue>> {
        Ok(self.store.queues(query)?)
    }

    /// Queues that hold a run, the oldest first.
    pub fn queues_of_run(&self, run_id: RunId) -> Result<Vec<Queue>> {
        Ok(self.store.queues_of_run(run_id)?)
    }

    /// Changes what is said about a queue.
    pub fn change_queue(&self, id: Uuid, mut change: QueueChange) -> Result<()> {
        self.redaction.names(&mut change.name);
        for said in [&mut change.description, &mut change.instructions] {
            if let Patch::Set(text) = said {
                self.redaction.names([text]);
            }
        }
        if let Patch::Set(text) = &mut change.metadata {
            let mut whole = Some(std::mem::take(text));
            self.redaction.parts([("metadata", &mut whole)]);
            *text = whole.unwrap_or_default();
        }
        Ok(self.store.change_queue(id, change, now())?)
    }

    /// Removes a queue with its items; the runs stay.
    pub fn delete_queue(&self, id: Uuid) -> Result<()> {
        Ok(self.store.delete_queue(id)?)
    }

    /// Adds items at the end of a queue and answers them, those that were there already as they are.
    pub fn add_queue_items(&self, queue: Uuid, items: Vec<NewQueueItem>) -> Result<Vec<QueueItem>> {
        Ok(self.store.add_queue_items(queue, items, now())?)
    }

    /// Adds the root run of every trace of these projects; answers how many were not there yet.
    pub fn fill_queue(&self, queue: Uuid, projects: Vec<Uuid>) -> Result<u64> {
        Ok(self.store.fill_queue(queue, projects, now())?)
    }

    /// All items of a queue, or of one of its sections, in the queue's order.
    pub fn queue_items(&self, queue: Uuid, section: Option<QueueSection>) -> Result<Vec<QueueItem>> {
        let query = section.map(QueueSection::query).unwrap_or_default();
        Ok(self.store.queue_items(queue, &QueueItemQuery { limit: u32::MAX, ..query })?.rows)
    }

    /// One item, which must be of this queue.
    pub fn queue_item(&self, queue: Uuid, id: Uuid) -> Result<QueueItem> {
        let item = self.store.queue_item(id)?;
        if item.queue == queue {
            Ok(item)
        } else {
            Err(StoreError::NotFound { what: "queue item", id: id.to_string() }.into())
        }
    }

    /// The runs that these items ask to look at; none for a thread and for a run that the library does not have.
    pub fn runs_of_queue_items(&self, items: &[QueueItem]) -> Result<Vec<Option<DescribedRun>>> {
        let key = |item: &QueueItem| match item.subject {
            QueueSubject::Run { run_id, trace_id } => trace_id.map(|trace| (trace, run_id)),
            QueueSubject::Thread { .. } => None,
        };
        let wanted: HashSet<(TraceId, RunId)> = items.iter().filter_map(key).collect();
        // Without ids a search finds every run.
        if wanted.is_empty() {
            return Ok(vec![None; items.len()]);
        }
        let ids = wanted.iter().map(|(_, run_id)| *run_id).collect();
        let search = RunSearch {
            query: RunQuery { ids, limit: u32::MAX - 1, ..RunQuery::default() },
            ..RunSearch::default()
        };
        let mut found = self.search_runs(&search)?.runs;
        // Other traces may have runs of the same ids.
        found.retain(|run| wanted.contains(&(run.trace_id, run.row.run_id)));
        let described: HashMap<(TraceId, RunId), DescribedRun> = self
            .describe_runs(&found, true)?
            .into_iter()
            .map(|run| ((run.trace_id, run.row.run_id), run))
            .collect();
        Ok(items.iter().map(|item| key(item).and_then(|key| described.get(&key).cloned())).collect())
    }

    /// Says that the person is done with an item.
    pub fn complete_queue_item(&self, id: Uuid) -> Result<QueueItem> {
        Ok(self.store.complete_queue_item(id, REVIEWER.to_owned(), now())?)
    }

    /// Opens an item again, as if the person had not been done with it.
    pub fn reopen_queue_item(&self, id: Uuid) -> Result<QueueItem> {
        Ok(self.store.reopen_queue_item(id, Some(REVIEWER.to_owned()))?)
    }

    /// Says that the person looks at an item.
    pub fn view_queue_item(&self, id: Uuid) -> Result<QueueItem> {
        Ok(self.store.view_queue_item(id, REVIEWER.to_owned(), now())?)
    }

    /// Gives an item another place.
    pub fn move_queue_item(&self, id: Uuid, to: ItemMove) -> Result<QueueItem> {
        Ok(self.store.move_queue_item(id, to)?)
    }

    /// Removes items and answers how many; the runs stay.
    pub fn remove_queue_items(&self, queue: Uuid, selection: ItemSelection) -> Result<u64> {
        Ok(self.store.remove_queue_items(queue, selection, now())?)
    }

    // ---- shared traces ----

    /// The token under which a trace may be read: the one it has, else `token`, else a new one.
    pub fn share_trace(&self, trace_id: TraceId, token: Option<Uuid>) -> Result<Uuid> {
        Ok(self.store.share(Shared::Trace(trace_id), token, now())?)
    }

    /// The token under which a trace may be read, if it has one.
    pub fn trace_share_token(&self, trace_id: TraceId) -> Result<Option<Uuid>> {
        Ok(self.store.share_token(&Shared::Trace(trace_id))?)
    }

    /// Takes the token of a trace away; nothing happens when it has none.
    pub fn unshare_trace(&self, trace_id: TraceId) -> Result<()> {
        Ok(self.store.unshare(&Shared::Trace(trace_id))?)
    }
}

/// Whether somebody looks at an item at this time, so that others leave it alone.
///
/// `minutes` is how long looking lasts without a word.
pub fn is_reserved(item: &QueueItem, minutes: i64, at: UnixNanos) -> bool {
    item.viewed.as_ref().is_some_and(|(_, since)| at.since(*since) < minutes.saturating_mul(60_000_000_000))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn item(completed_by: &[&str], viewed: Option<i64>) -> QueueItem {
        QueueItem {
            id: Uuid::nil(),
            queue: Uuid::nil(),
            subject: QueueSubject::Run { run_id: RunId(Uuid::nil()), trace_id: None },
            project: None,
            start: None,
            completed: false,
            completed_at: None,
            completed_by: completed_by.iter().map(|&name| name.to_owned()).collect(),
            viewed: viewed.map(|since| (REVIEWER.to_owned(), UnixNanos(since))),
            source_example: None,
            added: UnixNanos(0),
            order: UnixNanos(0),
            reviewed: None,
        }
    }

    #[test]
    fn what_somebody_else_is_done_with_still_waits_for_me() {
        assert_eq!(QueueSection::of(&item(&["somebody"], None)), QueueSection::NeedsMyReview);
        assert_eq!(QueueSection::of(&item(&["somebody", REVIEWER], None)), QueueSection::NeedsOthersReview);
        let completed = QueueItem { completed: true, ..item(&[], None) };
        assert_eq!(QueueSection::of(&completed), QueueSection::Completed);
    }

    #[test]
    fn a_reservation_ends_with_its_minutes() {
        let minute = 60_000_000_000;
        let viewed = item(&[], Some(minute));
        assert!(is_reserved(&viewed, 1, UnixNanos(2 * minute - 1)));
        assert!(!is_reserved(&viewed, 1, UnixNanos(2 * minute)));
        assert!(!is_reserved(&viewed, 0, UnixNanos(minute)));
        assert!(!is_reserved(&item(&[], None), 1, UnixNanos(minute)));
    }
}
