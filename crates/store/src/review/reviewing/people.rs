//! Reviewers: names and ids of this library.

use model::UnixNanos;
use rusqlite::{OptionalExtension, Row, params};
use uuid::Uuid;

use super::{ReviewWriter, Reviewing};
use crate::{Error, error::Result, review::time};

/// What a reviewer is.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
pub enum ReviewerKind {
    /// A person.
    #[default]
    Human,
    /// A judge.
    Model,
    /// A program.
    Code,
}

impl ReviewerKind {
    fn to_stored(self) -> i64 {
        match self {
            Self::Human => 0,
            Self::Model => 1,
            Self::Code => 2,
        }
    }

    fn from_stored(stored: i64) -> Self {
        match stored {
            1 => Self::Model,
            2 => Self::Code,
            _ => Self::Human,
        }
    }
}

/// Somebody who judges.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reviewer {
    /// Its id.
    pub id: Uuid,
    /// Its name.
    pub name: String,
    /// What it is.
    pub kind: ReviewerKind,
    /// When it was made.
    pub created: UnixNanos,
    /// Since when it is not offered any more.
    pub archived: Option<UnixNanos>,
}

fn read(row: &Row<'_>) -> rusqlite::Result<Reviewer> {
    Ok(Reviewer {
        id: Uuid::from_bytes(row.get(0)?),
        name: row.get(1)?,
        kind: ReviewerKind::from_stored(row.get(2)?),
        created: UnixNanos(row.get(3)?),
        archived: time(row, 4)?,
    })
}

impl Reviewing<'_> {
    /// Everybody, those who are offered first, by name.
    pub fn reviewers(&self) -> Result<Vec<Reviewer>> {
        let mut statement = self.connection.prepare_cached(
            "SELECT id, name, kind, created_ns, archived_ns FROM reviewer \
             ORDER BY archived_ns IS NOT NULL, name COLLATE NOCASE, id",
        )?;
        Ok(statement.query_map([], read)?.collect::<rusqlite::Result<_>>()?)
    }

    /// One of them.
    pub fn reviewer(&self, id: Uuid) -> Result<Reviewer> {
        self.connection
            .prepare_cached("SELECT id, name, kind, created_ns, archived_ns FROM reviewer WHERE id = ?1")?
            .query_row([id.as_bytes()], read)
            .optional()?
            .ok_or_else(|| Error::NotFound { what: "reviewer", id: id.to_string() })
    }

    /// How many people are offered.
    pub fn people(&self) -> Result<u32> {
        Ok(self
            .connection
            .prepare_cached("SELECT count(*) FROM reviewer WHERE kind = 0 AND archived_ns IS NULL")?
            .query_row([], |row| row.get(0))?)
    }
}

impl ReviewWriter<'_, '_> {
    /// Makes or changes a reviewer.
    pub fn put_reviewer(&mut self, reviewer: &Reviewer) -> Result<()> {
        self.connection()
            .prepare_cached(
                "INSERT INTO reviewer (id, name, kind, created_ns, archived_ns) VALUES (?1, ?2, ?3, ?4, ?5) \
                 ON CONFLICT (id) DO UPDATE SET name = excluded.name, kind = excluded.kind, \
                 archived_ns = excluded.archived_ns",
            )?
            .execute(params![
                reviewer.id.as_bytes(),
                reviewer.name,
                reviewer.kind.to_stored(),
                reviewer.created.0,
                reviewer.archived.map(|time| time.0)
            ])?;
        Ok(())
    }

    /// Puts another id in the place of a reviewer's everywhere, and takes the name away (`annotation-ux.md` §21).
    pub fn forget_reviewer(&mut self, id: Uuid, into: Uuid) -> Result<()> {
        let (old, new) = (id.as_bytes(), into.as_bytes());
        for sql in [
            "UPDATE assignment SET reviewer = ?2 WHERE reviewer = ?1",
            "UPDATE repeat SET reviewer = ?2 WHERE reviewer = ?1",
            "UPDATE draft SET reviewer = ?2 WHERE reviewer = ?1",
            "UPDATE review_event SET reviewer = ?2 WHERE reviewer = ?1",
            "UPDATE reviewer SET id = ?2, name = 'Forgotten', archived_ns = coalesce(archived_ns, created_ns) WHERE id = ?1",
        ] {
            self.connection().prepare_cached(sql)?.execute(params![old, new])?;
        }
        let (old, new) = (id.to_string(), into.to_string());
        for sql in [
            "UPDATE feedback SET reviewer = ?2, reviewer_name = NULL WHERE reviewer = ?1",
            "UPDATE queue_item SET json_completed_by = replace(json_completed_by, ?1, ?2), \
             viewed_by = CASE WHEN viewed_by = ?1 THEN ?2 ELSE viewed_by END WHERE json_completed_by LIKE '%' || ?1 || '%' \
             OR viewed_by = ?1",
            "UPDATE queue SET json_settings = replace(json_settings, ?1, ?2) WHERE json_settings LIKE '%' || ?1 || '%'",
        ] {
            self.connection().prepare_cached(sql)?.execute(params![old, new])?;
        }
        Ok(())
    }
}
