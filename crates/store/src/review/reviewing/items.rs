//! Items as one reviewer sees them. One query says where each stands; it serves lists and order, and the counts of `tally`
//! are held to it by a test, so that no count ever disagrees with its list (`annotation-ux.md` §19).

use ::review::{AssignmentState, ItemStatus, Sortable, Stratum};
use model::UnixNanos;
use rusqlite::{OptionalExtension, Row, params};
use uuid::Uuid;

use super::{ReviewTarget, Reviewing, read_target, state_from};
use crate::{
    Error,
    error::Result,
    review::{Conditions, like_literal, time},
    row::status_from,
};

/// Which items are asked for.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
#[expect(missing_docs, reason = "documented on `ReviewCounts`")]
pub enum ItemBucket {
    #[default]
    All,
    ToReview,
    Drafts,
    Submitted,
    Skipped,
    Discarded,
    NeedsOthers,
    InConflict,
    Completed,
    Removed,
}

impl ItemBucket {
    /// The condition on the columns of [`standing`].
    fn condition(self) -> &'static str {
        match self {
            Self::All => "removed_ns IS NULL",
            Self::ToReview => "standing = 0 AND my_state < 3",
            Self::Drafts => "standing = 0 AND my_state IN (1, 2) AND has_draft",
            Self::Submitted => "removed_ns IS NULL AND my_state = 3",
            Self::Skipped => "removed_ns IS NULL AND my_state = 4",
            Self::Discarded => "removed_ns IS NULL AND my_state = 5",
            Self::NeedsOthers => "standing = 1",
            Self::InConflict => "standing = 2",
            Self::Completed => "standing = 3",
            Self::Removed => "removed_ns IS NOT NULL",
        }
    }
}

/// How many items are where, for one reviewer.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct ReviewCounts {
    /// In the queue.
    pub total: u64,
    /// Open for this reviewer: too few reviews, and not decided by them.
    pub to_review: u64,
    /// Of these, with a draft.
    pub drafts: u64,
    /// Submitted by this reviewer.
    pub submitted: u64,
    /// Skipped by this reviewer.
    pub skipped: u64,
    /// Discarded by this reviewer.
    pub discarded: u64,
    /// Submitted by this reviewer, while others are missing.
    pub needs_others: u64,
    /// With enough reviews that disagree.
    pub in_conflict: u64,
    /// With enough reviews that agree, or adjudicated.
    pub completed: u64,
    /// Taken out; not in the total.
    pub removed: u64,
    /// How fast this reviewer works here; absent while too few items were submitted.
    pub pace: Option<::review::Pace>,
}

/// Which items of a queue are asked for, by whom, and when.
#[derive(Debug, Clone, Default)]
pub struct ItemSelect {
    /// The queue.
    pub queue: Uuid,
    /// The reviewer.
    pub reviewer: Uuid,
    /// Now: leases that ended before have ended.
    pub now: i64,
    /// Where the items stand.
    pub bucket: ItemBucket,
    /// Words that must occur in name or previews.
    pub text: Option<String>,
    /// Only these.
    pub ids: Option<Vec<Uuid>>,
    /// Rows to skip.
    pub offset: u32,
    /// Rows to return.
    pub limit: u32,
}

/// An item as one reviewer sees it.
#[derive(Debug, Clone, PartialEq)]
pub struct ReviewRow {
    /// Its id.
    pub id: Uuid,
    /// Place among all items of the queue in this reviewer's order, from 1; 0 when it was taken out.
    pub position: u64,
    /// Where it stands for this reviewer.
    pub state: AssignmentState,
    /// Where it stands in the queue.
    pub status: ItemStatus,
    /// What to look at.
    pub target: ReviewTarget,
    /// Whether the sides of a pair are swapped when shown.
    pub swap: bool,
    /// Name of the run.
    pub name: Option<String>,
    /// Project by name.
    pub project: Option<String>,
    /// First characters of the input of the trace, where the item is its root; of the thread.
    pub input_preview: Option<String>,
    /// First characters of the output.
    pub output_preview: Option<String>,
    /// Start of the run.
    pub start: Option<UnixNanos>,
    /// The library does not have it.
    pub missing: bool,
    /// On top for everybody.
    pub pinned: bool,
    /// Reviewers who submitted.
    pub reviews: u64,
    /// Why it was skipped or discarded.
    pub reason: Option<String>,
    /// When it was added.
    pub added: UnixNanos,
    /// When this reviewer submitted it.
    pub submitted: Option<UnixNanos>,
    /// Time of this reviewer on it, in milliseconds.
    pub active_ms: u64,
    /// Another reviewer who has it open: id, process and until when.
    pub held: Option<(Uuid, String, UnixNanos)>,
}

/// Parameters: 1 the queue, 2 the reviewer, 3 now. `standing`: 0 needs review, 1 needs others, 2 in conflict,
/// 3 completed, 4 removed (`annotation-ux.md` §4). A lease that has ended leaves a draft, or nothing.
///
/// `more` narrows the items before anything is looked up for them.
fn standing(more: &str) -> String {
    format!(
        "WITH placed AS (SELECT queue_item.*, a.position, a.reason, a.submitted_ns, \
           coalesce(a.active_ms, 0) AS active_ms, \
           EXISTS (SELECT 1 FROM draft WHERE draft.item = queue_item.id AND draft.reviewer = ?2) AS has_draft, \
           coalesce(a.state, 0) AS stored_state, coalesce(a.lease_until_ns, 0) AS own_lease_ns \
         FROM queue_item LEFT JOIN assignment AS a ON a.item = queue_item.id AND a.reviewer = ?2 \
         WHERE queue_item.queue = ?1 {more}), \
         seen AS (SELECT *, CASE WHEN stored_state = 1 AND own_lease_ns < ?3 THEN CASE WHEN has_draft THEN 2 ELSE 0 END \
           ELSE stored_state END AS my_state FROM placed), \
         standing AS (SELECT *, CASE WHEN stage = 0 AND my_state = 3 THEN 1 ELSE stage END AS standing FROM seen) "
    )
}

/// Rows of `with`, which ends in a `standing`; `place` is an expression for the rank of an item.
fn rows_of(with: &str, place: &str, rest: &str) -> String {
    format!(
        "{with} SELECT i.id, {place}, i.my_state, i.standing, \
         i.kind, coalesce(t.uuid, i.trace), i.run, i.project, i.thread, i.pair_trace, i.pair_run, i.swap, \
         coalesce(n.text, i.thread), coalesce(p.name, tp.name), \
         CASE WHEN i.kind = 1 THEN (SELECT input_preview FROM trace WHERE trace.thread = th.id \
           ORDER BY start_ns, uuid LIMIT 1) WHEN t.root = i.run THEN t.input_preview END, \
         CASE WHEN i.kind = 1 THEN (SELECT output_preview FROM trace WHERE trace.thread = th.id \
           ORDER BY start_ns DESC, uuid DESC LIMIT 1) WHEN t.root = i.run THEN t.output_preview END, \
         CASE WHEN i.kind = 1 THEN (SELECT min(start_ns) FROM trace WHERE trace.thread = th.id) ELSE r.start_ns END, \
         CASE WHEN i.kind = 1 THEN coalesce(th.traces, 0) = 0 ELSE r.uuid IS NULL OR (i.pair_run IS NOT NULL \
           AND NOT EXISTS (SELECT 1 FROM run WHERE run.uuid = i.pair_run)) END, \
         i.pinned, (SELECT count(*) FROM assignment WHERE assignment.item = i.id AND assignment.state = 3), \
         i.reason, i.added_ns, i.submitted_ns, o.reviewer, o.lease_process, o.lease_until_ns, i.active_ms \
         FROM standing AS i {RUN_JOINS} \
         LEFT JOIN assignment AS o ON o.item = i.id AND o.reviewer = (SELECT reviewer FROM assignment AS x \
           WHERE x.item = i.id AND x.reviewer <> ?2 AND x.lease_until_ns >= ?3 LIMIT 1) {rest}"
    )
}

/// Rank of an item among all that are in the queue.
const RANKED: &str = "coalesce((SELECT place FROM placed_all WHERE placed_all.id = i.id), 0)";

fn ranked(standing: &str) -> String {
    format!(
        "{standing}, placed_all AS (SELECT id, row_number() OVER ({ORDER}) AS place FROM standing WHERE removed_ns IS NULL)"
    )
}

/// Placed items come by their place, which `review_place` sorts the same way; the others as they were added.
const ORDER: &str =
    "ORDER BY pinned DESC, position IS NULL, position, CASE WHEN position IS NULL THEN order_ns END, id";

/// The run of an item, which may have moved to another trace since it was added.
const RUN_JOINS: &str = "LEFT JOIN run AS r ON r.uuid = i.run AND r.trace = (SELECT run.trace FROM run JOIN trace \
       ON trace.id = run.trace WHERE run.uuid = i.run ORDER BY trace.uuid <> i.trace LIMIT 1) \
     LEFT JOIN trace AS t ON t.id = r.trace LEFT JOIN word AS n ON n.id = r.name \
     LEFT JOIN project AS p ON p.id = t.project \
     LEFT JOIN project AS tp ON tp.uuid = i.project AND i.kind = 1 \
     LEFT JOIN word AS tw ON tw.text = i.thread AND i.kind = 1 \
     LEFT JOIN thread AS th ON th.project = tp.id AND th.key = tw.id";

fn unsigned(row: &Row<'_>, column: usize) -> rusqlite::Result<u64> {
    Ok(u64::try_from(row.get::<_, i64>(column)?).unwrap_or(0))
}

fn status(standing: i64) -> ItemStatus {
    match standing {
        1 => ItemStatus::NeedsOthers,
        2 => ItemStatus::InConflict,
        3 => ItemStatus::Completed,
        4 => ItemStatus::Removed,
        _ => ItemStatus::NeedsReview,
    }
}

fn read(row: &Row<'_>) -> rusqlite::Result<ReviewRow> {
    let held: Option<(Uuid, String, UnixNanos)> =
        match (crate::review::uuid(row, 23)?, row.get::<_, Option<String>>(24)?, time(row, 25)?) {
            (Some(reviewer), Some(process), Some(until)) => Some((reviewer, process, until)),
            _ => None,
        };
    Ok(ReviewRow {
        id: Uuid::from_bytes(row.get(0)?),
        position: unsigned(row, 1)?,
        state: state_from(row.get(2)?),
        status: status(row.get(3)?),
        target: read_target(row, 4)?,
        swap: row.get(11)?,
        name: row.get(12)?,
        project: row.get(13)?,
        input_preview: row.get(14)?,
        output_preview: row.get(15)?,
        start: time(row, 16)?,
        missing: row.get(17)?,
        pinned: row.get(18)?,
        reviews: unsigned(row, 19)?,
        reason: row.get(20)?,
        added: UnixNanos(row.get(21)?),
        submitted: time(row, 22)?,
        active_ms: unsigned(row, 26)?,
        held,
    })
}

impl Reviewing<'_> {
    /// Ids and states of a bucket in this reviewer's order; the last says whether another reviewer has it open.
    pub fn review_order(
        &self,
        queue: Uuid,
        reviewer: Uuid,
        now: UnixNanos,
        bucket: ItemBucket,
    ) -> Result<Vec<(Uuid, AssignmentState, ItemStatus, bool)>> {
        let mut statement = self.connection.prepare_cached(&format!(
            "{} SELECT id, my_state, standing, EXISTS (SELECT 1 FROM assignment AS o WHERE o.item = standing.id \
             AND o.reviewer <> ?2 AND o.lease_until_ns >= ?3) FROM standing WHERE {} {ORDER}",
            standing(""),
            bucket.condition()
        ))?;
        let rows = statement.query_map(params![queue.as_bytes(), reviewer.as_bytes(), now.0], |row| {
            Ok((Uuid::from_bytes(row.get(0)?), state_from(row.get(1)?), status(row.get(2)?), row.get(3)?))
        })?;
        Ok(rows.collect::<rusqlite::Result<_>>()?)
    }

    /// A window of items in this reviewer's order, and how many there are.
    pub fn review_rows(&self, select: &ItemSelect) -> Result<(Vec<ReviewRow>, u64)> {
        let mut conditions = Conditions::default();
        for word in select.text.iter().flat_map(|text| text.split_whitespace()) {
            let like = like_literal(word);
            conditions.add(
                "(coalesce(n.text, '') || ' ' || coalesce(t.input_preview, '') || ' ' || coalesce(t.output_preview, '') LIKE ? \
                 ESCAPE '\\' OR i.thread LIKE ? ESCAPE '\\')",
                like.clone(),
            );
            conditions.values.push(Box::new(like));
        }
        if let Some(ids) = &select.ids {
            let ids: Vec<[u8; 16]> = ids.iter().map(|id| id.into_bytes()).collect();
            if ids.is_empty() {
                return Ok((Vec::new(), 0));
            }
            conditions.one_of("i.id", &ids);
        }
        let base: [Box<dyn rusqlite::ToSql>; 3] = [
            Box::new(select.queue.into_bytes()),
            Box::new(select.reviewer.into_bytes()),
            Box::new(select.now),
        ];
        // Numbered parameters first, so that the plain ones of the conditions follow them.
        let more = conditions.sql.iter().fold(String::new(), |all, sql| all + " AND " + sql);
        let values =
            || base.iter().chain(conditions.values.iter()).map(|value| value as &dyn rusqlite::ToSql);
        let filter = format!("WHERE {} {more}", select.bucket.condition());
        let standing = standing("");
        let total = self
            .connection
            .prepare_cached(&format!("{standing} SELECT count(*) FROM standing AS i {RUN_JOINS} {filter}"))?
            .query_row(rusqlite::params_from_iter(values()), |row| unsigned(row, 0))?;
        let order = ORDER
            .replace("pinned", "i.pinned")
            .replace("position", "i.position")
            .replace("order_ns", "i.order_ns")
            .replace(", id", ", i.id");
        let rest = format!("{filter} {order} LIMIT {} OFFSET {}", select.limit, select.offset);
        let mut statement = self.connection.prepare_cached(&rows_of(&ranked(&standing), RANKED, &rest))?;
        let rows = statement.query_map(rusqlite::params_from_iter(values()), read)?;
        Ok((rows.collect::<rusqlite::Result<_>>()?, total))
    }

    /// One item as this reviewer sees it, in its queue or taken out of it.
    pub fn review_row(&self, queue: Uuid, reviewer: Uuid, now: UnixNanos, item: Uuid) -> Result<ReviewRow> {
        // The rank is what would need the whole queue.
        let rank = self.rank(queue, reviewer, item)?;
        let sql = match rank {
            Some(_) => rows_of(&standing("AND queue_item.id = ?4"), "?5", "WHERE i.id = ?4"),
            None => rows_of(&ranked(&standing("")), &format!("coalesce(?5, {RANKED})"), "WHERE i.id = ?4"),
        };
        let rank = rank.map(|rank| i64::try_from(rank).unwrap_or(i64::MAX));
        self.connection
            .prepare_cached(&sql)?
            .query_row(params![queue.as_bytes(), reviewer.as_bytes(), now.0, item.as_bytes(), rank], read)
            .optional()?
            .ok_or_else(|| Error::NotFound { what: "queue item", id: item.to_string() })
    }

    /// What items are sorted by that have no place in this reviewer's order yet; disagreement is left at zero.
    pub fn unplaced(&self, queue: Uuid, reviewer: Uuid, by: Stratum) -> Result<Vec<Sortable>> {
        let stratum = stratum_sql(by);
        let mut statement = self.connection.prepare_cached(&format!(
            "SELECT i.id, i.order_ns, \
             CASE WHEN i.kind = 1 THEN (SELECT min(start_ns) FROM trace WHERE trace.thread = th.id) ELSE r.start_ns END, \
             coalesce(i.thread, (SELECT word.text FROM thread JOIN word ON word.id = thread.key WHERE thread.id = t.thread)), \
             (SELECT min(start_ns) FROM trace WHERE trace.thread = coalesce(th.id, t.thread)), \
             coalesce(CASE WHEN i.kind = 0 THEN r.length ELSE (SELECT sum(run.length) FROM run JOIN trace \
               ON trace.id = run.trace WHERE trace.id = t.id OR trace.thread = th.id) END, 0), \
             {stratum}, i.priority, i.pinned, r.status \
             FROM live_queue_item AS i {RUN_JOINS} \
             LEFT JOIN assignment AS a ON a.item = i.id AND a.reviewer = ?2 \
             WHERE i.queue = ?1 AND a.position IS NULL"
        ))?;
        let rows = statement.query_map(params![queue.as_bytes(), reviewer.as_bytes()], |row| {
            let stratum = match by {
                Stratum::Status => row
                    .get::<_, Option<i64>>(9)?
                    .map(|status| status_from(status).as_str().to_owned())
                    .unwrap_or_default(),
                _ => row.get::<_, Option<String>>(6)?.unwrap_or_default(),
            };
            Ok(Sortable {
                id: Uuid::from_bytes(row.get(0)?),
                added: row.get(1)?,
                start: row.get(2)?,
                thread: row.get(3)?,
                thread_start: row.get(4)?,
                bytes: row.get(5)?,
                stratum,
                priority: row.get(7)?,
                disagreement: 0.0,
                pinned: row.get(8)?,
            })
        })?;
        Ok(rows.collect::<rusqlite::Result<_>>()?)
    }
}

/// The field of a run `r`, its name `n` and its project `p` that items are divided by.
pub(super) fn stratum_sql(by: Stratum) -> &'static str {
    match by {
        Stratum::RunName => "n.text",
        Stratum::Model => "(SELECT text FROM word WHERE word.id = coalesce(r.model, t.model))",
        Stratum::Project => "p.name",
        Stratum::PromptVersion => "(SELECT text FROM word WHERE word.id = r.prompt_version)",
        // Its number is turned into its word where it is read.
        Stratum::Status => "NULL",
    }
}
