//! How far a queue has come and what comes next in it, from what triggers keep (`migrations/0006-review-tally`): neither
//! costs more in a long queue.
//!
//! What the tallies say is what the one query of `items` would count; a test holds them together.

use model::UnixNanos;
use rusqlite::{OptionalExtension, params};
use uuid::Uuid;

use super::{ItemBucket, ReviewCounts, Reviewing};
use crate::{error::Result, review::queue::count};

/// Positions of one block of `review_block`.
const BLOCK: i64 = 512;

/// A place in a reviewer's order: band, position, item.
type Place = (i64, i64, [u8; 16]);

/// Before every place.
const START: Place = (-1, 0, [0; 16]);

impl Reviewing<'_> {
    /// How many items of a queue are where.
    pub fn review_counts(&self, queue: Uuid, reviewer: Uuid) -> Result<ReviewCounts> {
        let (total, open, in_conflict, completed, removed) = self
            .connection
            .prepare_cached(
                "SELECT coalesce(sum(count) FILTER (WHERE stage <> 4), 0), coalesce(sum(count) FILTER (WHERE stage = 0), 0), \
                 coalesce(sum(count) FILTER (WHERE stage = 2), 0), coalesce(sum(count) FILTER (WHERE stage = 3), 0), \
                 coalesce(sum(count) FILTER (WHERE stage = 4), 0) FROM queue_tally WHERE queue = ?1",
            )?
            .query_row([queue.as_bytes()], |row| {
                Ok((count(row, 0)?, count(row, 1)?, count(row, 2)?, count(row, 3)?, count(row, 4)?))
            })?;
        let pace = ::review::Pace::of(&self.last_times(queue, reviewer, ::review::Pace::LAST)?);
        Ok(self
            .connection
            .prepare_cached(
                "SELECT coalesce(sum(count) FILTER (WHERE state = 3), 0), coalesce(sum(count) FILTER (WHERE state = 4), 0), \
                 coalesce(sum(count) FILTER (WHERE state = 5), 0), \
                 coalesce(sum(count) FILTER (WHERE stage = 0 AND state = 3), 0), \
                 coalesce(sum(count) FILTER (WHERE stage = 0 AND state >= 3), 0), \
                 coalesce(sum(count) FILTER (WHERE stage = 0 AND state IN (1, 2) AND drafted = 1), 0) \
                 FROM reviewer_tally WHERE queue = ?1 AND reviewer = ?2 AND stage <> 4",
            )?
            .query_row(params![queue.as_bytes(), reviewer.as_bytes()], |row| {
                Ok(ReviewCounts {
                    total,
                    to_review: open.saturating_sub(count(row, 4)?),
                    drafts: count(row, 5)?,
                    submitted: count(row, 0)?,
                    skipped: count(row, 1)?,
                    discarded: count(row, 2)?,
                    needs_others: count(row, 3)?,
                    in_conflict,
                    completed,
                    removed,
                    pace,
                })
            })?)
    }

    /// Whether every item of a queue has its place in this reviewer's order.
    pub fn is_placed(&self, queue: Uuid, reviewer: Uuid) -> Result<bool> {
        Ok(self
            .connection
            .prepare_cached(
                "SELECT (SELECT coalesce(sum(count), 0) FROM queue_tally WHERE queue = ?1 AND stage <> 4) = \
                 (SELECT coalesce(sum(count), 0) FROM reviewer_tally WHERE queue = ?1 AND reviewer = ?2 AND stage <> 4 AND placed = 1)",
            )?
            .query_row(params![queue.as_bytes(), reviewer.as_bytes()], |row| row.get(0))?)
    }

    fn place(&self, queue: Uuid, reviewer: Uuid, item: Uuid) -> Result<Option<Place>> {
        Ok(self
            .connection
            .prepare_cached(
                "SELECT i.band, a.position, a.item FROM assignment AS a JOIN queue_item AS i ON i.id = a.item \
                 WHERE a.item = ?3 AND a.reviewer = ?2 AND i.queue = ?1 AND a.position IS NOT NULL",
            )?
            .query_row(params![queue.as_bytes(), reviewer.as_bytes(), item.as_bytes()], |row| {
                Ok((row.get(0)?, row.get(1)?, row.get(2)?))
            })
            .optional()?)
    }

    /// Rank of an item among all of its queue in this reviewer's order, from 1; 0 when it was taken out. `None` while
    /// items have no place.
    pub(super) fn rank(&self, queue: Uuid, reviewer: Uuid, item: Uuid) -> Result<Option<u64>> {
        let Some((band, position, id)) = self.place(queue, reviewer, item)? else { return Ok(None) };
        if band > 1 {
            return Ok(Some(0));
        }
        if !self.is_placed(queue, reviewer)? {
            return Ok(None);
        }
        let block = position / BLOCK;
        Ok(Some(
            self.connection
                .prepare_cached(
                    "SELECT (SELECT coalesce(sum(count), 0) FROM review_block WHERE queue = ?1 AND reviewer = ?2 \
                       AND (band, block) < (?3, ?4)) + (SELECT count(*) FROM review_place WHERE queue = ?1 AND reviewer = ?2 \
                       AND band = ?3 AND position >= ?4 * ?5 AND (position, item) <= (?6, ?7))",
                )?
                .query_row(
                    params![queue.as_bytes(), reviewer.as_bytes(), band, block, BLOCK, position, id],
                    |row| count(row, 0),
                )?,
        ))
    }

    /// Items that this reviewer may still judge, those after this one first and then from the beginning, without it; each
    /// with whether another reviewer has it open.
    pub fn open_after(
        &self,
        queue: Uuid,
        reviewer: Uuid,
        now: UnixNanos,
        after: Option<Uuid>,
        limit: usize,
    ) -> Result<Vec<(Uuid, bool)>> {
        if !self.is_placed(queue, reviewer)? {
            return self.open_after_unplaced(queue, reviewer, now, after, limit);
        }
        let from = match after {
            Some(item) => self.place(queue, reviewer, item)?.unwrap_or(START),
            None => START,
        };
        let mut items = self.open_between(queue, reviewer, now, from, (2, 0, [0; 16]), limit)?;
        if items.len() < limit && from != START {
            items.extend(self.open_between(queue, reviewer, now, START, from, limit - items.len())?);
        }
        Ok(items)
    }

    /// Items in line behind one place and before another.
    fn open_between(
        &self,
        queue: Uuid,
        reviewer: Uuid,
        now: UnixNanos,
        from: Place,
        to: Place,
        limit: usize,
    ) -> Result<Vec<(Uuid, bool)>> {
        // Named, since the planner knows no numbers of a new library and would walk through all that was judged.
        let mut statement = self.connection.prepare_cached(
            "SELECT item, EXISTS (SELECT 1 FROM assignment AS o WHERE o.item = p.item AND o.reviewer <> ?2 \
               AND o.lease_until_ns >= ?3) FROM review_place AS p INDEXED BY review_place_open \
             WHERE queue = ?1 AND reviewer = ?2 AND open = 1 AND (band, position, item) > (?4, ?5, ?6) \
             AND (band, position, item) < (?7, ?8, ?9) ORDER BY band, position, item LIMIT ?10",
        )?;
        let rows = statement.query_map(
            params![
                queue.as_bytes(),
                reviewer.as_bytes(),
                now.0,
                from.0,
                from.1,
                from.2,
                to.0,
                to.1,
                to.2,
                i64::try_from(limit).unwrap_or(i64::MAX)
            ],
            |row| Ok((Uuid::from_bytes(row.get(0)?), row.get(1)?)),
        )?;
        Ok(rows.collect::<rusqlite::Result<_>>()?)
    }

    /// The same from the whole order, for a queue whose new items this reviewer has not been given yet.
    fn open_after_unplaced(
        &self,
        queue: Uuid,
        reviewer: Uuid,
        now: UnixNanos,
        after: Option<Uuid>,
        limit: usize,
    ) -> Result<Vec<(Uuid, bool)>> {
        let order = self.review_order(queue, reviewer, now, ItemBucket::All)?;
        let start = after
            .and_then(|after| order.iter().position(|(id, ..)| *id == after))
            .map_or(0, |position| position + 1);
        let (head, tail) = order.split_at(start.min(order.len()));
        let is_open = |status: &::review::ItemStatus, state: &::review::AssignmentState| {
            *status == ::review::ItemStatus::NeedsReview && !state.is_decided()
        };
        Ok(tail
            .iter()
            .chain(head)
            .filter(|(id, state, status, _)| is_open(status, state) && Some(*id) != after)
            .map(|(id, _, _, is_held)| (*id, *is_held))
            .take(limit)
            .collect())
    }
}
