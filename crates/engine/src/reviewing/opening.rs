//! Opening queues and items, and lists of them.

use std::{collections::HashMap, sync::PoisonError};

use ::review::{Answer, AssignmentState, ItemStatus};
use model::TraceId;
use store::{Assignment, ItemBucket, ItemSelect, ReviewCounts, ReviewTarget};
use uuid::Uuid;

use super::{
    Seat,
    adjudicate::conflicting_keys,
    answers::{GivenAnswer, swapped},
    asked,
    found::{answers_of, standing},
    item::{
        ItemFilter, ItemView, Lease, MOST_PEEKED, OpenedQueue, PayloadScope, ReviewPlace, in_bucket_after,
        lease_of, next_item, place_items, sight, take_lease, view_item, view_row,
    },
    rubric_of,
    undo::history,
};
use crate::{Engine, Error, Event, error::Result};

impl Engine {
    /// Closes what processes that are gone had open; those items are remembered as recovered.
    #[expect(
        clippy::redundant_closure_for_method_calls,
        reason = "the method's lifetime is not general enough"
    )]
    pub(crate) fn recover_reviews(&self) -> Result<()> {
        for process in self.store.review_state(|state| state.lease_processes())? {
            if !self.reviewing.is_alive(&process) {
                let left = self.store.reviewing(move |writer| writer.release_leases(&process))?;
                self.recovered.lock().unwrap_or_else(PoisonError::into_inner).extend(left);
            }
        }
        Ok(())
    }

    fn was_recovered(&self, item: Uuid, reviewer: Uuid) -> bool {
        self.recovered.lock().unwrap_or_else(PoisonError::into_inner).contains(&(item, reviewer))
    }

    /// Opens a queue: the order of its items is fixed for this reviewer from now on.
    pub fn open_queue(&self, id: Uuid, seat: &Seat) -> Result<OpenedQueue> {
        let own = seat.clone();
        self.store.reviewing(move |writer| {
            let asked = asked(&writer.state(), id)?;
            place_items(writer, &asked, &own)
        })?;
        let view = self.queue_view(id, seat)?;
        let processes = self.processes();
        let (item, saved, seen, previous, history) = self.store.review_state(|state| {
            let asked = asked(state, id)?;
            let last =
                state.last_place(seat.reviewer)?.filter(|(queue, _)| *queue == id).map(|(_, item)| item);
            let mut begin = None;
            let mut saved = None;
            if let Some(last) = last {
                let is_open = state
                    .assignment(last, seat.reviewer)?
                    .is_some_and(|assignment| !assignment.state.is_decided());
                if let Some(draft) = state.draft(last, seat.reviewer)?.filter(|_| is_open) {
                    begin = Some(last);
                    saved = Some(draft.updated);
                }
            }
            if begin.is_none() {
                // One that comes again and was passed is what was next.
                for (repeat, behind) in super::repeat::waiting(state, &asked, seat)? {
                    if begin.is_none()
                        && state.assignment(behind, seat.reviewer)?.is_none_or(|one| one.state.is_decided())
                    {
                        begin = Some(repeat);
                    }
                }
            }
            if begin.is_none() {
                begin = next_item(state, &processes, &asked, seat, None)?;
            }
            let seen = state.rubric_seen(id, seat.reviewer)?;
            let previous = match seen {
                Some(version) if version != asked.queue.rubric_version => state.rubric(id, version)?,
                _ => None,
            };
            Ok((begin, saved, seen, previous, history(state, seat.reviewer)?))
        })?;
        let recovered = item.and_then(|item| saved.filter(|_| self.was_recovered(item, seat.reviewer)));
        Ok(OpenedQueue {
            instructions_new: seen != Some(view.queue.rubric_version),
            view,
            item,
            recovered,
            previous_rubric: previous.map(|text| rubric_of(&text)),
            history,
        })
    }

    /// Where a reviewer was last.
    pub fn review_place(&self, reviewer: Uuid) -> Result<ReviewPlace> {
        let (place, draft) = self.store.review_state(|state| {
            let place = state.last_place(reviewer)?;
            let draft = match place {
                Some((_, item)) => state.draft(item, reviewer)?,
                None => None,
            };
            Ok((place, draft))
        })?;
        let unclean = place.is_some_and(|(_, item)| self.was_recovered(item, reviewer));
        Ok(ReviewPlace { place, draft_saved: draft.map(|draft| draft.updated), unclean })
    }

    /// Ids and states of all items in this reviewer's order, with those that come again where they do; which these are;
    /// and how many items are where.
    #[expect(clippy::type_complexity, reason = "columns of one answer")]
    pub fn review_order(
        &self,
        queue: Uuid,
        seat: &Seat,
    ) -> Result<(Vec<(Uuid, AssignmentState, ItemStatus)>, Vec<Uuid>, ReviewCounts)> {
        Ok(self.store.review_state(|state| {
            let order = state.review_order(queue, seat.reviewer, seat.at, ItemBucket::All)?;
            let counts = state.review_counts(queue, seat.reviewer)?;
            let again = state.repeats(queue, Some(seat.reviewer))?;
            let mut rows = Vec::with_capacity(order.len() + again.len());
            let mut behind: HashMap<Uuid, Vec<&store::Repeat>> = HashMap::new();
            for repeat in &again {
                behind.entry(repeat.behind).or_default().push(repeat);
            }
            let row = |repeat: &store::Repeat| {
                let is_decided = repeat.state.is_decided();
                let status = if is_decided { ItemStatus::Completed } else { ItemStatus::NeedsReview };
                (repeat.id, repeat.state, status)
            };
            for (id, state, status, _) in order {
                rows.push((id, state, status));
                rows.extend(behind.remove(&id).into_iter().flatten().map(row));
            }
            // What they followed was taken out.
            rows.extend(again.iter().filter(|repeat| behind.contains_key(&repeat.behind)).map(row));
            Ok((rows, again.iter().map(|repeat| repeat.id).collect(), counts))
        })?)
    }

    /// A window of items in this reviewer's order, how many match, and how many are where.
    pub fn review_items(
        &self,
        queue: Uuid,
        filter: &ItemFilter,
        offset: u32,
        limit: u32,
        seat: &Seat,
    ) -> Result<(Vec<ItemView>, u64, ReviewCounts)> {
        let processes = self.processes();
        Ok(self.store.review_state(|state| {
            let asked = asked(state, queue)?;
            let mut select = ItemSelect {
                queue,
                reviewer: seat.reviewer,
                now: seat.at.0,
                bucket: filter.bucket,
                // Names are hidden from blind reviewers; searching them would tell.
                text: filter.text.clone(),
                offset,
                limit,
                ids: None,
            };
            if let Some((key, text)) = &filter.answer {
                let mut ids = Vec::new();
                for (id, ..) in state.review_order(queue, seat.reviewer, seat.at, filter.bucket)? {
                    let all = standing(state, &asked, id)?;
                    let item = state.item(id)?;
                    let mine = answers_of(&all, seat.reviewer, item.swap);
                    let fits = |answer: &Answer| {
                        let short = answer.value.as_ref().map(::review::AnswerValue::short);
                        answer.key == *key && (text.is_empty() || short.as_deref() == Some(text.as_str()))
                    };
                    if mine.iter().any(fits) {
                        ids.push(id);
                    }
                }
                select.ids = Some(ids);
            }
            let (rows, total) = state.review_rows(&select)?;
            let rows = rows
                .into_iter()
                .map(|row| view_row(state, &processes, &asked, row, seat))
                .collect::<store::Result<_>>()?;
            Ok((rows, total, state.review_counts(queue, seat.reviewer)?))
        })?)
    }

    /// Items that follow one, going round, without opening them.
    pub fn peek_items(
        &self,
        queue: Uuid,
        after: Option<Uuid>,
        bucket: ItemBucket,
        count: u32,
        seat: &Seat,
    ) -> Result<(Vec<ItemView>, ReviewCounts)> {
        let processes = self.processes();
        let count = (count as usize).clamp(1, MOST_PEEKED);
        Ok(self.store.review_state(|state| {
            let asked = asked(state, queue)?;
            let following = if bucket == ItemBucket::ToReview {
                let open = state.open_after(queue, seat.reviewer, seat.at, after, count)?;
                open.into_iter().map(|(id, _)| id).collect()
            } else {
                in_bucket_after(state, queue, after, bucket, count, seat)?
            };
            let items = following
                .into_iter()
                .map(|id| view_item(state, &processes, &asked, id, seat))
                .collect::<store::Result<_>>()?;
            Ok((items, state.review_counts(queue, seat.reviewer)?))
        })?)
    }

    /// Opens an item in this window, if it is free; `take_over` takes it from another window of the same reviewer.
    pub fn open_item(&self, id: Uuid, take_over: bool, seat: &Seat) -> Result<ItemView> {
        if let Some(repeat) = self.repeat_of(id, seat)? {
            return self.open_repeat(repeat, seat);
        }
        let processes = self.processes();
        let own = seat.clone();
        Ok(self.store.reviewing(move |writer| {
            let seat = &own;
            let item = writer.state().item(id)?;
            let asked = asked(&writer.state(), item.queue)?;
            place_items(writer, &asked, seat)?;
            let lease = lease_of(&writer.state(), &processes, &asked, id, seat)?;
            let may = match lease {
                Lease::Free | Lease::Mine(_) => true,
                Lease::OtherWindow(_) => take_over,
                Lease::Other(..) => false,
            };
            if may && item.removed.is_none() {
                let assignment = writer
                    .state()
                    .assignment(id, seat.reviewer)?
                    .unwrap_or_else(|| Assignment::pending(id, seat.reviewer));
                take_lease(writer, &processes, &asked, assignment, seat)?;
            }
            view_item(&writer.state(), &processes, &asked, id, seat)
        })?)
    }

    /// Renews the lease of an item that this window has open, and says whose it is.
    pub fn renew_lease(&self, id: Uuid, seat: &Seat) -> Result<Lease> {
        if let Some(repeat) = self.repeat_of(id, seat)? {
            return self.repeat_lease(&repeat, seat);
        }
        let processes = self.processes();
        let own = seat.clone();
        Ok(self.store.reviewing(move |writer| {
            let seat = &own;
            let item = writer.state().item(id)?;
            let asked = asked(&writer.state(), item.queue)?;
            let lease = lease_of(&writer.state(), &processes, &asked, id, seat)?;
            let assignment = writer.state().assignment(id, seat.reviewer)?;
            match (lease, assignment) {
                (Lease::Mine(_), Some(assignment)) => {
                    take_lease(writer, &processes, &asked, assignment, seat)
                }
                (lease, _) => Ok(lease),
            }
        })?)
    }

    /// An item with all answers and the keys in conflict, for its owner.
    pub fn item_answers(&self, id: Uuid, seat: &Seat) -> Result<(ItemView, Vec<GivenAnswer>, Vec<String>)> {
        let processes = self.processes();
        Ok(self.store.review_state(|state| {
            let item = state.item(id)?;
            let asked = asked(state, item.queue)?;
            let all = standing(state, &asked, id)?;
            let keys = conflicting_keys(&asked, &all);
            let shown = all
                .into_iter()
                .map(|one| GivenAnswer { answer: swapped(one.answer.clone(), item.swap), ..one });
            Ok((view_item(state, &processes, &asked, id, seat)?, shown.collect(), keys))
        })?)
    }

    /// Shows a hidden item early; the event says who asked for it.
    pub fn unblind_item(&self, id: Uuid, seat: &Seat) -> Result<ItemView> {
        let processes = self.processes();
        let own = seat.clone();
        let repeat = self.repeat_of(id, seat)?;
        let view = self.store.reviewing(move |writer| {
            let seat = &own;
            let id = repeat.as_ref().map_or(id, |repeat| repeat.item);
            let item = writer.state().item(id)?;
            let asked = asked(&writer.state(), item.queue)?;
            writer.add_event(&store::NewEvent {
                step: Uuid::now_v7(),
                at: seat.at,
                reviewer: seat.reviewer,
                session: seat.session.clone(),
                queue: item.queue,
                item: id,
                op: "unblind".to_owned(),
                before: "null".to_owned(),
                after: "null".to_owned(),
                // It is no step that could be undone: what was seen was seen.
                undo_of: Some(Uuid::nil()),
            })?;
            match &repeat {
                Some(repeat) => super::repeat::view(&writer.state(), &processes, &asked, repeat, seat),
                None => view_item(&writer.state(), &processes, &asked, id, seat),
            }
        })?;
        self.emit(Event::ReviewChanged(vec![view.queue], Some(seat.session.clone())));
        Ok(view)
    }

    /// Which payloads belong to an item, and how this reviewer may see them.
    pub fn payload_scope(&self, id: Uuid, seat: &Seat) -> Result<PayloadScope> {
        let repeat = self.repeat_of(id, seat)?;
        Ok(self.store.review_state(|state| {
            let id = repeat.as_ref().map_or(id, |repeat| repeat.item);
            let item = state.item(id)?;
            let asked = asked(state, item.queue)?;
            let own = match &repeat {
                Some(repeat) => repeat.state,
                None => state.assignment(id, seat.reviewer)?.map(|one| one.state).unwrap_or_default(),
            };
            let sight = sight(state, &asked, id, seat.reviewer, own)?;
            let (traces, thread) = match &item.target {
                ReviewTarget::Thread { project, thread } => {
                    (state.traces_of(*project, thread)?, Some((*project, thread.clone())))
                }
                target => (target.traces(), None),
            };
            Ok(PayloadScope {
                traces: traces.into_iter().collect(),
                thread,
                masked: !sight.origin,
                hidden: asked.settings.hide_metadata,
            })
        })?)
    }

    /// An error for a trace that is no part of an item.
    pub fn not_in_item(trace: TraceId) -> Error {
        Error::Store(store::Error::NotFound { what: "trace in this item", id: trace.to_string() })
    }
}
