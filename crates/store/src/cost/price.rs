//! The person's own prices.

use model::UnixNanos;
use rusqlite::params;

use crate::{Store, error::Result};

/// An own price as it is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OwnPrice {
    /// Number of the entry; later ones have higher numbers.
    pub id: i64,
    /// The entry as JSON.
    pub entry: String,
    /// When it was made.
    pub created: UnixNanos,
}

impl Store {
    /// Own prices, the oldest first.
    pub fn own_prices(&self) -> Result<Vec<OwnPrice>> {
        self.reading(|connection| {
            let mut statement =
                connection.prepare_cached("SELECT id, json_entry, created_ns FROM price ORDER BY id")?;
            let rows = statement.query_map([], |row| {
                Ok(OwnPrice { id: row.get(0)?, entry: row.get(1)?, created: UnixNanos(row.get(2)?) })
            })?;
            Ok(rows.collect::<rusqlite::Result<_>>()?)
        })
    }

    /// Keeps own prices; `replaced` are taken out in the same step.
    pub fn change_prices(&self, added: Vec<String>, replaced: Vec<i64>, now: UnixNanos) -> Result<()> {
        self.writing(move |session| {
            for id in &replaced {
                session.transaction.prepare_cached("DELETE FROM price WHERE id = ?1")?.execute([id])?;
            }
            for entry in &added {
                session
                    .transaction
                    .prepare_cached("INSERT INTO price (json_entry, created_ns) VALUES (?1, ?2)")?
                    .execute(params![entry, now.0])?;
            }
            session.mark_everything_changed();
            Ok(())
        })
    }
}
