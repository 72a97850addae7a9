//! Tokens under which a trace, a thread or a dataset may be read without knowing its id.

use model::{TraceId, UnixNanos};
use rusqlite::{OptionalExtension, params};
use uuid::Uuid;

use crate::{Error, Store, error::Result, write::Session};

/// What a token opens: a trace with all of its runs, a thread with all of its traces, or a dataset.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Shared {
    /// A trace.
    Trace(TraceId),
    /// A dataset.
    Dataset(Uuid),
    /// A thread.
    Thread {
        /// The project that it is in.
        project: Uuid,
        /// Its key.
        thread: String,
    },
}

impl Shared {
    /// Kind and subject as they are stored: the id, of a thread that of its project with its key behind.
    fn to_stored(&self) -> (i64, Vec<u8>) {
        match self {
            Self::Trace(id) => (0, id.as_bytes().to_vec()),
            Self::Dataset(id) => (1, id.as_bytes().to_vec()),
            Self::Thread { project, thread } => (2, [project.as_bytes(), thread.as_bytes()].concat()),
        }
    }

    fn from_stored(kind: i64, subject: &[u8]) -> Result<Self> {
        let damaged = || Error::Damaged(format!("a share token of kind {kind}"));
        let (id, rest) = subject.split_first_chunk::<16>().ok_or_else(damaged)?;
        match kind {
            0 => Ok(Self::Trace(TraceId::from_bytes(*id))),
            1 => Ok(Self::Dataset(Uuid::from_bytes(*id))),
            2 => Ok(Self::Thread {
                project: Uuid::from_bytes(*id),
                thread: String::from_utf8(rest.to_vec()).map_err(|_| damaged())?,
            }),
            _ => Err(damaged()),
        }
    }
}

impl Session<'_> {
    fn share(&self, shared: &Shared, token: Option<Uuid>, now: UnixNanos) -> Result<Uuid> {
        let (kind, subject) = shared.to_stored();
        let find = |sql: &str, id: &[u8; 16]| self.transaction.prepare_cached(sql)?.exists([id]);
        let (is_there, what, id) = match shared {
            Shared::Trace(id) => {
                (find("SELECT 1 FROM trace WHERE uuid = ?1", id.as_bytes())?, "trace", id.to_string())
            }
            Shared::Dataset(id) => {
                (find("SELECT 1 FROM dataset WHERE id = ?1", id.as_bytes())?, "dataset", id.to_string())
            }
            Shared::Thread { project, thread } => {
                (self.has_thread(*project, thread)?, "thread", thread.clone())
            }
        };
        if !is_there {
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
        self.writer()?.call(move |session| session.share(&shared, token, now))
    }

    /// The token under which this may be read, if it has one.
    pub fn share_token(&self, shared: &Shared) -> Result<Option<Uuid>> {
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
        let stored = self.readers.with(|connection| {
            Ok(connection
                .prepare_cached("SELECT kind, subject FROM share WHERE token = ?1")?
                .query_row([token.as_bytes()], |row| Ok((row.get(0)?, row.get::<_, Vec<u8>>(1)?)))
                .optional()?)
        })?;
        let (kind, subject) =
            stored.ok_or_else(|| Error::NotFound { what: "share token", id: token.to_string() })?;
        Shared::from_stored(kind, &subject)
    }

    /// Takes the token away; nothing happens when there is none.
    pub fn unshare(&self, shared: &Shared) -> Result<()> {
        self.execute("DELETE FROM share WHERE kind = ?1 AND subject = ?2", shared.to_stored())
    }
}
