//! What waits in annotation queues: their items.
//!
//! An item is complete when as many reviewers are done with it as the queue asks for. An item outlives its run: when
//! a source is removed the item stays, as feedback does, and is whole again when the run comes back.

use model::{RunId, TraceId, UnixNanos};
use rusqlite::{Connection, Row, params};
use uuid::Uuid;

use super::{
    Conditions,
    queue::{count, require_queue},
    run_id, time, trace_id, uuid,
};
use crate::{Error, Page, Store, error::Result, read, write::Session};

/// What an item asks a reviewer to look at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum QueueSubject {
    /// A run.
    Run {
        /// The run.
        run_id: RunId,
        /// Its trace; found by the run when absent, which fails when several traces have a run of this id.
        trace_id: Option<TraceId>,
    },
    /// A whole thread.
    Thread {
        /// The project that it is in.
        project: Uuid,
        /// Its key.
        thread: String,
    },
}

/// An item to be added.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewQueueItem {
    /// What to look at.
    pub subject: QueueSubject,
    /// The proposed example that it was made for.
    pub source_example: Option<Uuid>,
}

impl From<RunId> for NewQueueItem {
    fn from(run_id: RunId) -> Self {
        Self { subject: QueueSubject::Run { run_id, trace_id: None }, source_example: None }
    }
}

/// Something that waits in a queue, or waited.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct QueueItem {
    /// Its id; LangSmith's `queue_run_id`.
    pub id: Uuid,
    /// Its queue.
    pub queue: Uuid,
    /// What to look at; the trace of a run is always named.
    pub subject: QueueSubject,
    /// The project that it is in, while the library has it.
    pub project: Option<Uuid>,
    /// Start of the run; absent for a thread.
    pub start: Option<UnixNanos>,
    /// Whether enough reviewers are done.
    pub completed: bool,
    /// When that was.
    pub completed_at: Option<UnixNanos>,
    /// Reviewers that are done, in the order in which they were.
    pub completed_by: Vec<String>,
    /// Who looks at it now, and since when.
    pub viewed: Option<(String, UnixNanos)>,
    /// The proposed example that it was made for.
    pub source_example: Option<Uuid>,
    /// When it was added.
    pub added: UnixNanos,
    /// Its place: the time of adding, unless it was moved.
    pub order: UnixNanos,
    /// When it was reviewed last.
    pub reviewed: Option<UnixNanos>,
}

/// Which items of a queue are asked for; `None` does not restrict.
#[derive(Debug, Clone, Default)]
pub struct QueueItemQuery {
    /// Only complete ones, or only open ones.
    pub completed: Option<bool>,
    /// Only runs (`false`) or only threads (`true`).
    pub threads: Option<bool>,
    /// This reviewer is done with them.
    pub done_by: Option<String>,
    /// This reviewer is not done with them.
    pub not_done_by: Option<String>,
    /// The last first.
    pub backward: bool,
    /// Rows to skip.
    pub offset: u32,
    /// Rows to return.
    pub limit: u32,
}

/// How many items a queue has.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct QueueCounts {
    /// Not complete.
    pub open: u64,
    /// All.
    pub total: u64,
    /// Completed in the time that was asked for.
    pub completed: u64,
}

/// New times of an item; `None` leaves them as they are.
#[derive(Debug, Clone, Copy, Default)]
pub struct ItemMove {
    /// Its place; see [`QueueItem::order`].
    pub order: Option<UnixNanos>,
    /// When it was reviewed last.
    pub reviewed: Option<UnixNanos>,
}

/// Items to be removed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ItemSelection {
    /// Those with these ids, each of an item or of a run.
    Of(Vec<Uuid>),
    /// All but those with these ids, each of an item or of a run.
    AllExcept(Vec<Uuid>),
}

/// A run may have moved to another trace since it was added, when the input did not name its trace: looked up anew.
const ITEM_COLUMNS: &str = "id, queue, kind, run, \
     coalesce((SELECT trace.uuid FROM run JOIN trace ON trace.id = run.trace WHERE run.uuid = queue_item.run \
       ORDER BY trace.uuid <> queue_item.trace LIMIT 1), trace), \
     coalesce(project, (SELECT project.uuid FROM run JOIN trace ON trace.id = run.trace \
       JOIN project ON project.id = trace.project WHERE run.uuid = queue_item.run \
       ORDER BY trace.uuid <> queue_item.trace LIMIT 1)), \
     thread, \
     (SELECT run.start_ns FROM run JOIN trace ON trace.id = run.trace WHERE run.uuid = queue_item.run \
       ORDER BY trace.uuid <> queue_item.trace LIMIT 1), \
     status, completed_ns, viewed_by, viewed_ns, source_example, added_ns, order_ns, reviewed_ns, json_completed_by";

/// The names are still to be read; see [`select_items`].
fn read_item(row: &Row<'_>) -> rusqlite::Result<(QueueItem, String)> {
    let project = uuid(row, 5)?;
    let subject = if row.get::<_, i64>(2)? == 1 {
        QueueSubject::Thread { project: project.unwrap_or_default(), thread: row.get(6)? }
    } else {
        QueueSubject::Run {
            run_id: run_id(row, 3)?.unwrap_or(RunId(Uuid::nil())),
            trace_id: trace_id(row, 4)?,
        }
    };
    let item = QueueItem {
        id: Uuid::from_bytes(row.get(0)?),
        queue: Uuid::from_bytes(row.get(1)?),
        subject,
        project,
        start: time(row, 7)?,
        completed: row.get::<_, i64>(8)? == 1,
        completed_at: time(row, 9)?,
        completed_by: Vec::new(),
        viewed: row.get::<_, Option<String>>(10)?.zip(time(row, 11)?),
        source_example: uuid(row, 12)?,
        added: UnixNanos(row.get(13)?),
        order: UnixNanos(row.get(14)?),
        reviewed: time(row, 15)?,
    };
    Ok((item, row.get(16)?))
}

fn select_items(
    connection: &Connection,
    rest: &str,
    parameters: impl rusqlite::Params,
) -> Result<Vec<QueueItem>> {
    let mut statement = connection
        .prepare_cached(&format!("SELECT {ITEM_COLUMNS} FROM live_queue_item AS queue_item {rest}"))?;
    let rows = statement.query_map(parameters, read_item)?;
    rows.map(|row| {
        let (item, names) = row?;
        let completed_by = serde_json::from_str(&names)
            .map_err(|error| Error::Damaged(format!("the reviewers of a queue item: {error}")))?;
        Ok(QueueItem { completed_by, ..item })
    })
    .collect()
}

fn find_item(connection: &Connection, id: Uuid) -> Result<QueueItem> {
    select_items(connection, "WHERE id = ?1", [id.as_bytes()])?.pop().ok_or_else(|| no_item(id))
}

fn no_item(id: impl ToString) -> Error {
    Error::NotFound { what: "queue item", id: id.to_string() }
}

impl Session<'_> {
    fn add_queue_items(
        &mut self,
        queue: Uuid,
        items: &[NewQueueItem],
        now: UnixNanos,
    ) -> Result<Vec<QueueItem>> {
        require_queue(self.transaction, queue)?;
        let mut added = Vec::with_capacity(items.len());
        for item in items {
            added.push(match &item.subject {
                QueueSubject::Run { run_id, trace_id } => {
                    self.add_queue_run(queue, *run_id, *trace_id, item.source_example, now)?
                }
                QueueSubject::Thread { project, thread } => {
                    self.add_queue_thread(queue, *project, thread, item.source_example, now)?
                }
            });
        }
        Ok(added)
    }

    fn add_queue_run(
        &self,
        queue: Uuid,
        run_id: RunId,
        trace_id: Option<TraceId>,
        source_example: Option<Uuid>,
        now: UnixNanos,
    ) -> Result<QueueItem> {
        let trace = trace_id.map_or_else(|| read::trace_of_run(self.transaction, run_id), Ok)?;
        let found = self
            .transaction
            .prepare_cached(
                "SELECT 1 FROM run JOIN trace ON trace.id = run.trace WHERE run.uuid = ?1 AND trace.uuid = ?2",
            )?
            .exists(params![run_id.as_bytes(), trace.as_bytes()])?;
        if !found {
            return Err(Error::NotFound { what: "run", id: run_id.to_string() });
        }
        // An item of this run may name a trace that the run was in only until its own was known.
        self.transaction
            .prepare_cached(
                "UPDATE OR IGNORE queue_item SET trace = ?3 WHERE queue = ?1 AND run = ?2 AND NOT EXISTS \
                 (SELECT 1 FROM run JOIN trace ON trace.id = run.trace \
                  WHERE run.uuid = queue_item.run AND trace.uuid = queue_item.trace)",
            )?
            .execute(params![queue.as_bytes(), run_id.as_bytes(), trace.as_bytes()])?;
        // Ids grow with time, so items that were added at the same time keep their order.
        self.transaction
            .prepare_cached(
                "INSERT OR IGNORE INTO queue_item \
                 (id, queue, kind, trace, run, status, source_example, added_ns, order_ns, json_completed_by) \
                 VALUES (?1, ?2, 0, ?3, ?4, 0, ?5, ?6, ?6, '[]')",
            )?
            .execute(params![
                Uuid::now_v7().as_bytes(),
                queue.as_bytes(),
                trace.as_bytes(),
                run_id.as_bytes(),
                source_example.map(Uuid::into_bytes),
                now.0
            ])?;
        select_items(
            self.transaction,
            "WHERE queue = ?1 AND run = ?2 AND trace = ?3 AND pair_run IS NULL",
            params![queue.as_bytes(), run_id.as_bytes(), trace.as_bytes()],
        )?
        .pop()
        .ok_or_else(|| no_item(run_id))
    }

    /// Whether a project has a thread of this key.
    pub(super) fn has_thread(&self, project: Uuid, thread: &str) -> Result<bool> {
        Ok(self
            .transaction
            .prepare_cached(
                "SELECT 1 FROM thread JOIN project ON project.id = thread.project JOIN word ON word.id = thread.key \
                 WHERE project.uuid = ?1 AND word.text = ?2",
            )?
            .exists(params![project.as_bytes(), thread])?)
    }

    fn add_queue_thread(
        &self,
        queue: Uuid,
        project: Uuid,
        thread: &str,
        source_example: Option<Uuid>,
        now: UnixNanos,
    ) -> Result<QueueItem> {
        if !self.has_thread(project, thread)? {
            return Err(Error::NotFound { what: "thread", id: thread.to_owned() });
        }
        self.transaction
            .prepare_cached(
                "INSERT OR IGNORE INTO queue_item \
                 (id, queue, kind, thread, project, status, source_example, added_ns, order_ns, json_completed_by) \
                 VALUES (?1, ?2, 1, ?3, ?4, 0, ?5, ?6, ?6, '[]')",
            )?
            .execute(params![
                Uuid::now_v7().as_bytes(),
                queue.as_bytes(),
                thread,
                project.as_bytes(),
                source_example.map(Uuid::into_bytes),
                now.0
            ])?;
        select_items(
            self.transaction,
            "WHERE queue = ?1 AND project = ?2 AND thread = ?3",
            params![queue.as_bytes(), project.as_bytes(), thread],
        )?
        .pop()
        .ok_or_else(|| no_item(thread))
    }

    /// Adds the root of every trace of these projects, the earliest first.
    fn fill_queue(&mut self, queue: Uuid, projects: &[Uuid], now: UnixNanos) -> Result<u64> {
        require_queue(self.transaction, queue)?;
        let before = self.count_queue_items(queue)?;
        for project in projects {
            let mut statement = self.transaction.prepare_cached(
                "SELECT trace.uuid, trace.root FROM trace JOIN project ON project.id = trace.project \
                 WHERE project.uuid = ?1 ORDER BY trace.start_ns, trace.uuid",
            )?;
            let roots: Vec<([u8; 16], [u8; 16])> = statement
                .query_map([project.as_bytes()], |row| Ok((row.get(0)?, row.get(1)?)))?
                .collect::<rusqlite::Result<_>>()?;
            for (trace, root) in roots {
                let trace = Some(TraceId::from_bytes(trace));
                self.add_queue_run(queue, RunId::from_bytes(root), trace, None, now)?;
            }
        }
        Ok(self.count_queue_items(queue)?.saturating_sub(before))
    }

    fn count_queue_items(&self, queue: Uuid) -> Result<u64> {
        Ok(self
            .transaction
            .prepare_cached("SELECT count(*) FROM live_queue_item WHERE queue = ?1")?
            .query_row([queue.as_bytes()], |row| count(row, 0))?)
    }

    fn complete_queue_item(&mut self, id: Uuid, reviewer: &str, now: UnixNanos) -> Result<QueueItem> {
        let changed = self
            .transaction
            .prepare_cached(
                "UPDATE queue_item SET reviewed_ns = ?3, \
                 viewed_ns = CASE WHEN viewed_by = ?2 THEN NULL ELSE viewed_ns END, \
                 viewed_by = CASE WHEN viewed_by = ?2 THEN NULL ELSE viewed_by END, \
                 json_completed_by = CASE \
                   WHEN EXISTS (SELECT 1 FROM json_each(json_completed_by) WHERE value = ?2) THEN json_completed_by \
                   ELSE json_insert(json_completed_by, '$[#]', ?2) END \
                 WHERE id = ?1",
            )?
            .execute(params![id.as_bytes(), reviewer, now.0])?;
        if changed == 0 {
            return Err(no_item(id));
        }
        self.note_submitted(id, reviewer, now)?;
        // "All members" (null) is the one person that this library belongs to.
        self.transaction
            .prepare_cached(
                "UPDATE queue_item SET status = 1, completed_ns = ?2, viewed_by = NULL, viewed_ns = NULL \
                 WHERE id = ?1 AND status = 0 AND json_array_length(json_completed_by) >= \
                 (SELECT coalesce(json_extract(json_settings, '$.num_reviewers_per_item'), 1) FROM queue \
                  WHERE queue.id = queue_item.queue)",
            )?
            .execute(params![id.as_bytes(), now.0])?;
        find_item(self.transaction, id)
    }

    fn reopen_queue_item(&mut self, id: Uuid, reviewer: Option<&str>) -> Result<QueueItem> {
        let changed = self
            .transaction
            .prepare_cached(
                "UPDATE queue_item SET status = 0, conflict = 0, completed_ns = NULL, viewed_by = NULL, viewed_ns = NULL, \
                 json_completed_by = CASE WHEN ?2 IS NULL THEN '[]' ELSE \
                   (SELECT json_group_array(value ORDER BY key) FROM json_each(json_completed_by) WHERE value <> ?2) END \
                 WHERE id = ?1",
            )?
            .execute(params![id.as_bytes(), reviewer])?;
        if changed == 0 {
            return Err(no_item(id));
        }
        self.note_reopened(id, reviewer)?;
        find_item(self.transaction, id)
    }

    fn view_queue_item(&mut self, id: Uuid, reviewer: &str, now: UnixNanos) -> Result<QueueItem> {
        let changed = self
            .transaction
            .prepare_cached("UPDATE queue_item SET viewed_by = ?2, viewed_ns = ?3 WHERE id = ?1")?
            .execute(params![id.as_bytes(), reviewer, now.0])?;
        if changed == 0 { Err(no_item(id)) } else { find_item(self.transaction, id) }
    }

    fn move_queue_item(&mut self, id: Uuid, to: ItemMove) -> Result<QueueItem> {
        let changed = self
            .transaction
            .prepare_cached(
                "UPDATE queue_item SET order_ns = coalesce(?2, order_ns), reviewed_ns = coalesce(?3, reviewed_ns) \
                 WHERE id = ?1",
            )?
            .execute(params![id.as_bytes(), to.order.map(|time| time.0), to.reviewed.map(|time| time.0)])?;
        if changed == 0 { Err(no_item(id)) } else { find_item(self.transaction, id) }
    }

    fn remove_queue_items(&mut self, queue: Uuid, selection: &ItemSelection, now: UnixNanos) -> Result<u64> {
        require_queue(self.transaction, queue)?;
        let mut delete = self.transaction.prepare_cached(
            "UPDATE queue_item SET removed_ns = ?3 WHERE id = ?1 AND queue = ?2 AND removed_ns IS NULL",
        )?;
        let mut removed = 0;
        match selection {
            ItemSelection::Of(ids) => {
                let mut delete_run = self
                    .transaction
                    .prepare_cached("UPDATE queue_item SET removed_ns = ?3 WHERE queue = ?2 AND run = ?1 AND removed_ns IS NULL")?;
                for id in ids {
                    let key = params![id.as_bytes(), queue.as_bytes(), now.0];
                    removed += delete.execute(key)? + delete_run.execute(key)?;
                }
            }
            ItemSelection::AllExcept(ids) => {
                let mut statement = self
                    .transaction
                    .prepare_cached("SELECT id, run FROM live_queue_item WHERE queue = ?1")?;
                let kept: std::collections::HashSet<[u8; 16]> =
                    ids.iter().map(|id| id.into_bytes()).collect();
                let items: Vec<([u8; 16], Option<[u8; 16]>)> = statement
                    .query_map([queue.as_bytes()], |row| Ok((row.get(0)?, row.get(1)?)))?
                    .collect::<rusqlite::Result<_>>()?;
                for (id, run) in items {
                    if !kept.contains(&id) && !run.is_some_and(|run| kept.contains(&run)) {
                        removed += delete.execute(params![id, queue.as_bytes(), now.0])?;
                    }
                }
            }
        }
        Ok(removed as u64)
    }
}

impl Store {
    /// Adds items at the end of a queue and answers them, those that were there already as they are.
    ///
    /// A run or thread that the library does not have is an error, and nothing is added then.
    pub fn add_queue_items(
        &self,
        queue: Uuid,
        items: Vec<NewQueueItem>,
        now: UnixNanos,
    ) -> Result<Vec<QueueItem>> {
        self.writer()?.call(move |session| session.add_queue_items(queue, &items, now))
    }

    /// Adds the root run of every trace of these projects, the earliest first; answers how many were not there yet.
    pub fn fill_queue(&self, queue: Uuid, projects: Vec<Uuid>, now: UnixNanos) -> Result<u64> {
        self.writer()?.call(move |session| session.fill_queue(queue, &projects, now))
    }

    /// A window of the items of a queue, in its order.
    pub fn queue_items(&self, queue: Uuid, query: &QueueItemQuery) -> Result<Page<QueueItem>> {
        let mut conditions = Conditions::default();
        conditions.add("queue = ?", queue.into_bytes());
        if let Some(completed) = query.completed {
            conditions.add("status = ?", completed);
        }
        if let Some(threads) = query.threads {
            conditions.add("(kind = 1) = ?", threads);
        }
        if let Some(reviewer) = &query.done_by {
            conditions
                .add("EXISTS (SELECT 1 FROM json_each(json_completed_by) WHERE value = ?)", reviewer.clone());
        }
        if let Some(reviewer) = &query.not_done_by {
            conditions.add(
                "NOT EXISTS (SELECT 1 FROM json_each(json_completed_by) WHERE value = ?)",
                reviewer.clone(),
            );
        }
        let direction = if query.backward { "DESC" } else { "ASC" };
        let clause = conditions.clause();
        self.readers.with(|connection| {
            require_queue(connection, queue)?;
            let total = connection
                .prepare_cached(&format!("SELECT count(*) FROM live_queue_item {clause}"))?
                .query_row(conditions.parameters(), |row| count(row, 0))?;
            let rest = format!(
                "{clause} ORDER BY order_ns {direction}, id {direction} LIMIT {} OFFSET {}",
                query.limit, query.offset
            );
            Ok(Page { rows: select_items(connection, &rest, conditions.parameters())?, total, unread: 0 })
        })
    }

    /// One item.
    pub fn queue_item(&self, id: Uuid) -> Result<QueueItem> {
        self.readers.with(|connection| find_item(connection, id))
    }

    /// The item at this place among the open ones, from 0.
    pub fn open_queue_item_at(&self, queue: Uuid, index: u32) -> Result<QueueItem> {
        let query =
            QueueItemQuery { completed: Some(false), offset: index, limit: 1, ..QueueItemQuery::default() };
        self.queue_items(queue, &query)?.rows.pop().ok_or_else(|| no_item(index))
    }

    /// How many items come before this one among those that are open, or complete, as it is.
    pub fn queue_item_position(&self, id: Uuid) -> Result<u64> {
        self.readers.with(|connection| {
            let item = find_item(connection, id)?;
            Ok(connection
                .prepare_cached(
                    "SELECT count(*) FROM live_queue_item WHERE queue = ?1 AND status = ?2 AND (order_ns, id) < (?3, ?4)",
                )?
                .query_row(
                    params![item.queue.as_bytes(), item.completed, item.order.0, id.as_bytes()],
                    |row| count(row, 0),
                )?)
        })
    }

    /// How many items a queue has; `completed` counts those completed from `start` on and before `end`.
    pub fn queue_counts(
        &self,
        queue: Uuid,
        start: Option<UnixNanos>,
        end: Option<UnixNanos>,
    ) -> Result<QueueCounts> {
        self.readers.with(|connection| {
            require_queue(connection, queue)?;
            Ok(connection
                .prepare_cached(
                    "SELECT count(*) FILTER (WHERE status = 0), count(*), count(*) FILTER (WHERE status = 1 \
                     AND (?2 IS NULL OR completed_ns >= ?2) AND (?3 IS NULL OR completed_ns < ?3)) \
                     FROM live_queue_item WHERE queue = ?1",
                )?
                .query_row(
                    params![queue.as_bytes(), start.map(|time| time.0), end.map(|time| time.0)],
                    |row| {
                        Ok(QueueCounts {
                            open: count(row, 0)?,
                            total: count(row, 1)?,
                            completed: count(row, 2)?,
                        })
                    },
                )?)
        })
    }

    /// Says that a reviewer is done with an item. It is complete when `num_reviewers_per_item` of them are.
    pub fn complete_queue_item(&self, id: Uuid, reviewer: String, now: UnixNanos) -> Result<QueueItem> {
        self.writer()?.call(move |session| session.complete_queue_item(id, &reviewer, now))
    }

    /// Opens an item again, as if this reviewer (or nobody) had not been done with it.
    pub fn reopen_queue_item(&self, id: Uuid, reviewer: Option<String>) -> Result<QueueItem> {
        self.writer()?.call(move |session| session.reopen_queue_item(id, reviewer.as_deref()))
    }

    /// Says that a reviewer looks at an item.
    pub fn view_queue_item(&self, id: Uuid, reviewer: String, now: UnixNanos) -> Result<QueueItem> {
        self.writer()?.call(move |session| session.view_queue_item(id, &reviewer, now))
    }

    /// Gives an item another place.
    pub fn move_queue_item(&self, id: Uuid, to: ItemMove) -> Result<QueueItem> {
        self.writer()?.call(move |session| session.move_queue_item(id, to))
    }

    /// Removes items and answers how many; the runs stay.
    pub fn remove_queue_items(&self, queue: Uuid, selection: ItemSelection, now: UnixNanos) -> Result<u64> {
        self.writer()?.call(move |session| session.remove_queue_items(queue, &selection, now))
    }
}
