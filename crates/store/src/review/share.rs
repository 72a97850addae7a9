//! Tokens under which a trace or a dataset may be read without knowing its id.

use model::{TraceId, UnixNanos};
use rusqlite::{OptionalExtension, params};
use uuid::Uuid;

use crate::{Error, Store, error::Result, write::Session};

/// What a token opens: a trace with all of its runs, or a dataset.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Shared {
    /// A trace.
    Trace(TraceId),
    /// A dataset.
    Dataset(Uuid),
}

impl Shared {
    /// Kind and subject as they are stored.
    fn to_stored(self) -> (i64, [u8; 16]) {
        match self {
            Self::Trace(id) => (0, *id.as_bytes()),
            Self::Dataset(id) => (1, id.into_bytes()),
        }
    }

    fn from_stored(kind: i64, subject: [u8; 16]) -> Self {
        if kind == 0 {
            Self::Trace(TraceId::from_bytes(subject))
        } else {
            Self::Dataset(Uuid::from_bytes(subject))
        }
    }
}

impl Session<'_> {
    fn share(&self, shared: Shared, token: Option<Uuid>, now: UnixNanos) -> Result<Uuid> {
        let (kind, subject) = shared.to_stored();
        let (table, what, id) = match shared {
            Shared::Trace(id) => ("SELECT 1 FROM trace WHERE uuid = ?1", "trace", id.to_string()),
            Shared::Dataset(id) => ("SELECT 1 FROM dataset WHERE id = ?1", "dataset", id.to_string()),
        };
        if !self.transaction.prepare_cached(table)?.exists([subject])? {
            return Err(Error::NotFound { what, id });
        }
        let known: Option<[u8; 16]> = self
            .transaction
            .prepare_cached("SELECT token FROM share WHERE kind = ?1 AND subject = ?2")?
            .query_row(params![kind, subject], |row| row.get(0))
            .optional()?;
        if let Some(known) = known {
            return Ok(Uuid::from_bytes(known));
        }
        let token = token.unwrap_or_else(Uuid::new_v4);
        let added = self
            .transaction
            .prepare_cached(
                "INSERT OR IGNORE INTO share (token, kind, subject, created_ns) VALUES (?1, ?2, ?3, ?4)",
            )?
            .execute(params![token.as_bytes(), kind, subject, now.0])?;
        if added == 0 {
            return Err(Error::Exists { what: "share token", name: token.to_string() });
        }
        Ok(token)
    }
}

impl Store {
    /// The token under which this may be read: the one it has, else `token`, else a new one.
    pub fn share(&self, shared: Shared, token: Option<Uuid>, now: UnixNanos) -> Result<Uuid> {
        self.writer()?.call(move |session| session.share(shared, token, now))
    }

    /// The token under which this may be read, if it has one.
    pub fn share_token(&self, shared: Shared) -> Result<Option<Uuid>> {
        let (kind, subject) = shared.to_stored();
        self.readers.with(|connection| {
            Ok(connection
                .prepare_cached("SELECT token FROM share WHERE kind = ?1 AND subject = ?2")?
                .query_row(params![kind, subject], |row| Ok(Uuid::from_bytes(row.get(0)?)))
                .optional()?)
        })
    }

    /// What a token opens.
    pub fn shared(&self, token: Uuid) -> Result<Shared> {
        self.readers
            .with(|connection| {
                Ok(connection
                    .prepare_cached("SELECT kind, subject FROM share WHERE token = ?1")?
                    .query_row([token.as_bytes()], |row| Ok(Shared::from_stored(row.get(0)?, row.get(1)?)))
                    .optional()?)
            })?
            .ok_or_else(|| Error::NotFound { what: "share token", id: token.to_string() })
    }

    /// Takes the token away; nothing happens when there is none.
    pub fn unshare(&self, shared: Shared) -> Result<()> {
        self.execute("DELETE FROM share WHERE kind = ?1 AND subject = ?2", shared.to_stored())
    }
}
