//! Views of tables that somebody saved.

use model::UnixNanos;
use rusqlite::params;
use uuid::Uuid;

use crate::{Error, Store, error::Result};

/// A table as somebody arranged it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SavedView {
    /// Id.
    pub id: Uuid,
    /// Name.
    pub name: String,
    /// Filter, columns, order and density: JSON of the UI.
    pub definition: String,
    /// Whether it stands in the sidebar.
    pub pinned: bool,
    /// Made at.
    pub created: UnixNanos,
    /// Last change.
    pub modified: UnixNanos,
}

impl Store {
    /// Saved views by name.
    pub fn saved_views(&self) -> Result<Vec<SavedView>> {
        self.reading(|connection| {
            let mut statement = connection.prepare_cached(
                "SELECT id, name, json_definition, pinned, created_ns, modified_ns FROM saved_view \
                 ORDER BY name COLLATE NOCASE, created_ns, id",
            )?;
            let rows = statement.query_map([], |row| {
                Ok(SavedView {
                    id: Uuid::from_bytes(row.get(0)?),
                    name: row.get(1)?,
                    definition: row.get(2)?,
                    pinned: row.get(3)?,
                    created: UnixNanos(row.get(4)?),
                    modified: UnixNanos(row.get(5)?),
                })
            })?;
            Ok(rows.collect::<rusqlite::Result<_>>()?)
        })
    }

    /// Keeps a view; one with the same id is replaced, its time of creation stays.
    pub fn save_view(&self, view: SavedView) -> Result<()> {
        self.writing(move |session| {
            session
                .transaction
                .prepare_cached(
                    "INSERT INTO saved_view (id, name, json_definition, pinned, created_ns, modified_ns) \
                     VALUES (?1, ?2, ?3, ?4, ?5, ?6) ON CONFLICT (id) DO UPDATE SET name = ?2, json_definition = ?3, \
                     pinned = ?4, modified_ns = ?6",
                )?
                .execute(params![
                    view.id.as_bytes(),
                    view.name,
                    view.definition,
                    view.pinned,
                    view.created.0,
                    view.modified.0
                ])?;
            Ok(())
        })
    }

    /// Forgets a view.
    pub fn delete_view(&self, id: Uuid) -> Result<()> {
        let removed = self.writing(move |session| {
            Ok(session
                .transaction
                .prepare_cached("DELETE FROM saved_view WHERE id = ?1")?
                .execute([id.as_bytes()])?)
        })?;
        if removed > 0 { Ok(()) } else { Err(Error::NotFound { what: "view", id: id.to_string() }) }
    }
}
