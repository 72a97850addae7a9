//! Annotation queues: runs and threads that wait for people to look at them. Their items have a module of their own,
//! `queue_item`.

use model::{RunId, UnixNanos};
use rusqlite::{Connection, Row, params};
use uuid::Uuid;

use super::{Conditions, Patch, time, uuid};
use crate::{Error, Store, error::Result, write::Session};

/// What a reviewer is shown at once.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
pub enum QueueKind {
    /// One run or thread.
    #[default]
    Single,
    /// Two runs to choose from.
    Pairwise,
}

impl QueueKind {
    fn to_stored(self) -> i64 {
        match self {
            Self::Single => 0,
            Self::Pairwise => 1,
        }
    }

    fn from_stored(stored: i64) -> Self {
        if stored == 1 { Self::Pairwise } else { Self::Single }
    }
}

/// An annotation queue.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Queue {
    /// Its id.
    pub id: Uuid,
    /// Its name; several may have the same.
    pub name: String,
    /// What it is for.
    pub description: Option<String>,
    /// What a reviewer is shown at once.
    pub kind: QueueKind,
    /// What a reviewer is told about every item.
    pub instructions: Option<String>,
    /// Feedback keys that a reviewer is asked for: a JSON array of `{feedback_key, description, is_required, …}`.
    pub rubric: String,
    /// How items are handed out: a JSON object. `num_reviewers_per_item` (1 when absent) is read by the library.
    pub settings: String,
    /// Anything else: a JSON object.
    pub metadata: Option<String>,
    /// Where examples made of its items go.
    pub default_dataset: Option<Uuid>,
    /// When it was made.
    pub created: UnixNanos,
    /// Last change of what is said above.
    pub modified: UnixNanos,
    /// Items that are not complete.
    pub open: u64,
    /// Items.
    pub total: u64,
    /// Grows with every change of the rubric.
    pub rubric_version: u32,
    /// When it was put away.
    pub archived: Option<UnixNanos>,
}

/// A queue to be made.
#[derive(Debug, Clone, Default)]
pub struct NewQueue {
    /// Its id; one is made when absent.
    pub id: Option<Uuid>,
    /// Its name.
    pub name: String,
    /// See [`Queue`].
    pub description: Option<String>,
    /// See [`Queue`].
    pub kind: QueueKind,
    /// See [`Queue`].
    pub instructions: Option<String>,
    /// See [`Queue`]; an empty list when absent.
    pub rubric: Option<String>,
    /// See [`Queue`]; an empty object when absent.
    pub settings: Option<String>,
    /// See [`Queue`].
    pub metadata: Option<String>,
    /// See [`Queue`].
    pub default_dataset: Option<Uuid>,
    /// When it was made; now when absent.
    pub created: Option<UnixNanos>,
}

/// A change of a queue; its kind stays.
#[derive(Debug, Clone, Default)]
#[expect(missing_docs, reason = "the fields are those of `Queue` and documented there")]
pub struct QueueChange {
    pub name: Option<String>,
    pub description: Patch<String>,
    pub instructions: Patch<String>,
    /// An erased rubric is an empty list.
    pub rubric: Patch<String>,
    /// Erased settings are an empty object.
    pub settings: Patch<String>,
    pub metadata: Patch<String>,
    pub default_dataset: Patch<Uuid>,
}

/// What queues are sorted by.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
pub enum SortQueues {
    /// Time of making.
    #[default]
    Created,
    /// Time of the last change.
    Modified,
    /// Name.
    Name,
}

/// Which queues are asked for; empty lists and `None` do not restrict.
#[derive(Debug, Clone, Default)]
pub struct QueueQuery {
    /// One of these.
    pub ids: Vec<Uuid>,
    /// Exactly this name.
    pub name: Option<String>,
    /// Names that hold this text.
    pub name_contains: Option<String>,
    /// With this default dataset.
    pub default_dataset: Option<Uuid>,
    /// Of this kind.
    pub kind: Option<QueueKind>,
    /// Order.
    pub sort: SortQueues,
    /// The largest first.
    pub descending: bool,
    /// Rows to skip.
    pub offset: u32,
    /// Rows to return.
    pub limit: u32,
}

const QUEUE_COLUMNS: &str = "id, name, description, kind, instructions, json_rubric, json_settings, json_metadata, default_dataset, \
     created_ns, modified_ns";

fn read_queue(row: &Row<'_>) -> rusqlite::Result<Queue> {
    Ok(Queue {
        id: Uuid::from_bytes(row.get(0)?),
        name: row.get(1)?,
        description: row.get(2)?,
        kind: QueueKind::from_stored(row.get(3)?),
        instructions: row.get(4)?,
        rubric: row.get(5)?,
        settings: row.get(6)?,
        metadata: row.get(7)?,
        default_dataset: uuid(row, 8)?,
        created: UnixNanos(row.get(9)?),
        modified: UnixNanos(row.get(10)?),
        open: count(row, 11)?,
        total: count(row, 12)?,
        rubric_version: row.get(13)?,
        archived: time(row, 14)?,
    })
}

pub(super) fn count(row: &Row<'_>, column: usize) -> rusqlite::Result<u64> {
    Ok(u64::try_from(row.get::<_, i64>(column)?).unwrap_or(0))
}

pub(super) fn select_queues(
    connection: &Connection,
    rest: &str,
    parameters: impl rusqlite::Params,
) -> Result<Vec<Queue>> {
    let mut statement = connection.prepare_cached(&format!(
        "SELECT {QUEUE_COLUMNS}, \
         coalesce((SELECT count FROM queue_tally WHERE queue_tally.queue = queue.id AND stage = 0), 0), \
         coalesce((SELECT sum(count) FROM queue_tally WHERE queue_tally.queue = queue.id AND stage <> 4), 0), \
         rubric_version, archived_ns \
         FROM queue {rest}"
    ))?;
    let rows = statement.query_map(parameters, read_queue)?;
    Ok(rows.collect::<rusqlite::Result<_>>()?)
}

fn no_queue(id: Uuid) -> Error {
    Error::NotFound { what: "queue", id: id.to_string() }
}

pub(super) fn require_queue(connection: &Connection, id: Uuid) -> Result<()> {
    let found = connection.prepare_cached("SELECT 1 FROM queue WHERE id = ?1")?.exists([id.as_bytes()])?;
    if found { Ok(()) } else { Err(no_queue(id)) }
}

impl Session<'_> {
    fn create_queue(&mut self, new: &NewQueue, now: UnixNanos) -> Result<Uuid> {
        let id = new.id.unwrap_or_else(Uuid::now_v7);
        let added = self
            .transaction
            .prepare_cached(&format!(
                "INSERT OR IGNORE INTO queue ({QUEUE_COLUMNS}) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?10)"
            ))?
            .execute(params![
                id.as_bytes(),
                new.name,
                new.description,
                new.kind.to_stored(),
                new.instructions,
                new.rubric.as_deref().unwrap_or("[]"),
                new.settings.as_deref().unwrap_or("{}"),
                new.metadata,
                new.default_dataset.map(Uuid::into_bytes),
                new.created.unwrap_or(now).0,
            ])?;
        if added == 0 {
            return Err(Error::Exists { what: "queue", name: id.to_string() });
        }
        self.keep_rubric(id, now)?;
        Ok(id)
    }

    pub(super) fn change_queue(&mut self, id: Uuid, change: &QueueChange, now: UnixNanos) -> Result<()> {
        let changed = self
            .transaction
            .prepare_cached(
                "UPDATE queue SET name = coalesce(?2, name), \
                 description = CASE WHEN ?3 THEN ?4 ELSE description END, \
                 instructions = CASE WHEN ?5 THEN ?6 ELSE instructions END, \
                 rubric_version = rubric_version + (?7 AND coalesce(?8, '[]') <> json_rubric), \
                 json_rubric = CASE WHEN ?7 THEN coalesce(?8, '[]') ELSE json_rubric END, \
                 json_settings = CASE WHEN ?9 THEN coalesce(?10, '{}') ELSE json_settings END, \
                 json_metadata = CASE WHEN ?11 THEN ?12 ELSE json_metadata END, \
                 default_dataset = CASE WHEN ?13 THEN ?14 ELSE default_dataset END, \
                 modified_ns = ?15 WHERE id = ?1",
            )?
            .execute(params![
                id.as_bytes(),
                change.name,
                change.description.is_change(),
                change.description.value(),
                change.instructions.is_change(),
                change.instructions.value(),
                change.rubric.is_change(),
                change.rubric.value(),
                change.settings.is_change(),
                change.settings.value(),
                change.metadata.is_change(),
                change.metadata.value(),
                change.default_dataset.is_change(),
                change.default_dataset.value().map(|id| id.into_bytes()),
                now.0,
            ])?;
        if changed == 0 {
            return Err(no_queue(id));
        }
        self.keep_rubric(id, now)
    }

    /// Keeps the rubric as it is now, with what its keys mean, under its version.
    fn keep_rubric(&self, queue: Uuid, now: UnixNanos) -> Result<()> {
        self.transaction
            .prepare_cached(
                "INSERT OR IGNORE INTO queue_rubric (queue, version, json_rubric, json_configs, created_ns) \
                 SELECT id, rubric_version, json_rubric, \
                 (SELECT coalesce(json_group_object(key, json(json_config)), '{}') FROM feedback_config WHERE key IN \
                   (SELECT json_extract(value, '$.feedback_key') FROM json_each(json_rubric))), ?2 \
                 FROM queue WHERE id = ?1",
            )?
            .execute(params![queue.as_bytes(), now.0])?;
        Ok(())
    }

    fn delete_queue(&mut self, id: Uuid) -> Result<()> {
        require_queue(self.transaction, id)?;
        for sql in [
            "DELETE FROM assignment WHERE item IN (SELECT id FROM queue_item WHERE queue = ?1)",
            "DELETE FROM draft WHERE item IN (SELECT id FROM queue_item WHERE queue = ?1)",
            "DELETE FROM review_event WHERE queue = ?1",
            "DELETE FROM queue_rubric WHERE queue = ?1",
            "DELETE FROM queue_item WHERE queue = ?1",
        ] {
            self.transaction.prepare_cached(sql)?.execute([id.as_bytes()])?;
        }
        self.transaction.prepare_cached("DELETE FROM queue WHERE id = ?1")?.execute([id.as_bytes()])?;
        Ok(())
    }
}

impl Store {
    /// Makes a queue and answers its id; an id that is taken is an error.
    pub fn create_queue(&self, new: NewQueue, now: UnixNanos) -> Result<Uuid> {
        self.writer()?.call(move |session| session.create_queue(&new, now))
    }

    /// One queue.
    pub fn queue(&self, id: Uuid) -> Result<Queue> {
        self.readers
            .with(|connection| select_queues(connection, "WHERE id = ?1", [id.as_bytes()]))?
            .pop()
            .ok_or_else(|| no_queue(id))
    }

    /// Queues that fit.
    pub fn queues(&self, query: &QueueQuery) -> Result<Vec<Queue>> {
        let mut conditions = Conditions::default();
        conditions.one_of("id", &query.ids.iter().map(|id| id.into_bytes()).collect::<Vec<_>>());
        if let Some(name) = &query.name {
            conditions.add("name = ?", name.clone());
        }
        if let Some(part) = &query.name_contains {
            conditions.add("name LIKE ? ESCAPE '\\'", super::like_literal(part));
        }
        if let Some(dataset) = query.default_dataset {
            conditions.add("default_dataset = ?", dataset.into_bytes());
        }
        if let Some(kind) = query.kind {
            conditions.add("kind = ?", kind.to_stored());
        }
        let column = match query.sort {
            SortQueues::Created => "created_ns",
            SortQueues::Modified => "modified_ns",
            SortQueues::Name => "name",
        };
        let direction = if query.descending { "DESC" } else { "ASC" };
        let rest = format!(
            "{} ORDER BY {column} {direction}, id LIMIT {} OFFSET {}",
            conditions.clause(),
            query.limit,
            query.offset
        );
        self.readers.with(|connection| select_queues(connection, &rest, conditions.parameters()))
    }

    /// Queues that hold a run, the oldest first.
    pub fn queues_of_run(&self, run_id: RunId) -> Result<Vec<Queue>> {
        self.readers.with(|connection| {
            select_queues(
                connection,
                "WHERE id IN (SELECT queue FROM live_queue_item WHERE run = ?1) ORDER BY created_ns, id",
                [run_id.as_bytes()],
            )
        })
    }

    /// Changes what is said about a queue.
    pub fn change_queue(&self, id: Uuid, change: QueueChange, now: UnixNanos) -> Result<()> {
        self.writer()?.call(move |session| session.change_queue(id, &change, now))
    }

    /// Removes a queue with its items; the runs stay.
    pub fn delete_queue(&self, id: Uuid) -> Result<()> {
        self.writer()?.call(move |session| session.delete_queue(id))
    }
}
