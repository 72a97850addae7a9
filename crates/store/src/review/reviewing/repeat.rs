//! Items that come again to the same reviewer, and what was said then (`annotation-ux.md` §14.5). No feedback is made of it.

use ::review::AssignmentState;
use model::UnixNanos;
use rusqlite::{OptionalExtension, Row, params};
use uuid::Uuid;

use super::{ReviewWriter, Reviewing, state_from, state_to};
use crate::{error::Result, review::time};

/// An item that a reviewer is asked about again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Repeat {
    /// Stands for the item wherever a reviewer works on one.
    pub id: Uuid,
    /// The queue.
    pub queue: Uuid,
    /// The item that comes again.
    pub item: Uuid,
    /// Who is asked.
    pub reviewer: Uuid,
    /// The item that it follows in the order.
    pub behind: Uuid,
    /// Where it stands.
    pub state: AssignmentState,
    /// What was said, as JSON; sides of a pair as shown.
    pub answers: Option<String>,
    /// Where the reviewer was; the interface's own.
    pub cursor: Option<String>,
    /// Rubric of the answers.
    pub rubric_version: u32,
    /// Why it was skipped or discarded.
    pub reason: Option<String>,
    /// Since when it is asked.
    pub asked: UnixNanos,
    /// When it was last changed.
    pub updated: UnixNanos,
    /// When the answers were submitted.
    pub submitted: Option<UnixNanos>,
    /// Time with it before the eyes, in milliseconds.
    pub active_ms: i64,
}

const COLUMNS: &str = "id, queue, item, reviewer, behind, state, json_answers, json_cursor, rubric_version, reason, \
                       asked_ns, updated_ns, submitted_ns, active_ms";

fn read(row: &Row<'_>) -> rusqlite::Result<Repeat> {
    Ok(Repeat {
        id: Uuid::from_bytes(row.get(0)?),
        queue: Uuid::from_bytes(row.get(1)?),
        item: Uuid::from_bytes(row.get(2)?),
        reviewer: Uuid::from_bytes(row.get(3)?),
        behind: Uuid::from_bytes(row.get(4)?),
        state: state_from(row.get(5)?),
        answers: row.get(6)?,
        cursor: row.get(7)?,
        rubric_version: row.get(8)?,
        reason: row.get(9)?,
        asked: UnixNanos(row.get(10)?),
        updated: UnixNanos(row.get(11)?),
        submitted: time(row, 12)?,
        active_ms: row.get(13)?,
    })
}

impl Reviewing<'_> {
    /// The repeat of this id, if it is one.
    pub fn repeat(&self, id: Uuid) -> Result<Option<Repeat>> {
        Ok(self
            .connection
            .prepare_cached(&format!("SELECT {COLUMNS} FROM repeat WHERE id = ?1"))?
            .query_row([id.as_bytes()], read)
            .optional()?)
    }

    /// The repeats of items that are still in a queue, in the order in which they came; of one reviewer or of all.
    pub fn repeats(&self, queue: Uuid, reviewer: Option<Uuid>) -> Result<Vec<Repeat>> {
        let mut statement = self.connection.prepare_cached(&format!(
            "SELECT {COLUMNS} FROM repeat WHERE queue = ?1 AND (?2 IS NULL OR reviewer = ?2) \
             AND EXISTS (SELECT 1 FROM live_queue_item AS i WHERE i.id = repeat.item) ORDER BY asked_ns, id"
        ))?;
        let rows = statement.query_map(params![queue.as_bytes(), reviewer.map(Uuid::into_bytes)], read)?;
        Ok(rows.collect::<rusqlite::Result<_>>()?)
    }

    /// Those of this reviewer that are not decided, in the order in which they came.
    pub fn open_repeats(&self, queue: Uuid, reviewer: Uuid) -> Result<Vec<Repeat>> {
        let mut statement = self.connection.prepare_cached(&format!(
            "SELECT {COLUMNS} FROM repeat WHERE queue = ?1 AND reviewer = ?2 AND state < 3 \
             AND EXISTS (SELECT 1 FROM live_queue_item AS i WHERE i.id = repeat.item) ORDER BY asked_ns, id"
        ))?;
        let rows = statement.query_map(params![queue.as_bytes(), reviewer.as_bytes()], read)?;
        Ok(rows.collect::<rusqlite::Result<_>>()?)
    }

    /// The items that this reviewer was asked about again, still in the queue or not.
    pub fn asked_again(&self, queue: Uuid, reviewer: Uuid) -> Result<Vec<Uuid>> {
        let mut statement =
            self.connection.prepare_cached("SELECT item FROM repeat WHERE queue = ?1 AND reviewer = ?2")?;
        let rows = statement.query_map(params![queue.as_bytes(), reviewer.as_bytes()], |row| {
            Ok(Uuid::from_bytes(row.get(0)?))
        })?;
        Ok(rows.collect::<rusqlite::Result<_>>()?)
    }

    /// The items of a queue that a reviewer submitted, in the order in which they did.
    pub fn submitted_by(&self, queue: Uuid, reviewer: Uuid) -> Result<Vec<Uuid>> {
        let mut statement = self.connection.prepare_cached(
            "SELECT a.item FROM assignment AS a JOIN live_queue_item AS i ON i.id = a.item \
             WHERE i.queue = ?1 AND a.reviewer = ?2 AND a.state = 3 ORDER BY a.submitted_ns, a.item",
        )?;
        let rows = statement.query_map(params![queue.as_bytes(), reviewer.as_bytes()], |row| {
            Ok(Uuid::from_bytes(row.get(0)?))
        })?;
        Ok(rows.collect::<rusqlite::Result<_>>()?)
    }
}

impl ReviewWriter<'_, '_> {
    /// Keeps a repeat as it is given.
    pub fn put_repeat(&mut self, repeat: &Repeat) -> Result<()> {
        self.connection()
            .prepare_cached(&format!(
                "INSERT OR REPLACE INTO repeat ({COLUMNS}) \
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14)"
            ))?
            .execute(params![
                repeat.id.as_bytes(),
                repeat.queue.as_bytes(),
                repeat.item.as_bytes(),
                repeat.reviewer.as_bytes(),
                repeat.behind.as_bytes(),
                state_to(repeat.state),
                repeat.answers,
                repeat.cursor,
                repeat.rubric_version,
                repeat.reason,
                repeat.asked.0,
                repeat.updated.0,
                repeat.submitted.map(|time| time.0),
                repeat.active_ms,
            ])?;
        Ok(())
    }

    /// Asks no more about an item again: what brought it was taken back.
    pub fn drop_repeat(&mut self, id: Uuid) -> Result<()> {
        self.connection().prepare_cached("DELETE FROM repeat WHERE id = ?1")?.execute([id.as_bytes()])?;
        Ok(())
    }
}
