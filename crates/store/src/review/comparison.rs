//! Comparative experiments: experiments on one dataset that are judged against each other.
//!
//! They are kept in the extra members of their dataset, with which they come and go; there are few of them.

use model::UnixNanos;
use rusqlite::{Connection, params};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::{Error, Store, error::Result, write::Session};

/// A comparison of experiments.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Comparison {
    /// Its id; feedback names it.
    pub id: Uuid,
    /// The dataset that the experiments are on.
    pub dataset: Uuid,
    /// Its name.
    pub name: String,
    /// What it is for.
    pub description: Option<String>,
    /// The experiments, in the order in which they were named.
    pub experiments: Vec<Uuid>,
    /// Anything else: a JSON object.
    pub extra: Option<String>,
    /// When it was made.
    pub created: UnixNanos,
}

impl Comparison {
    fn to_stored(&self) -> String {
        json!({
            "id": self.id.to_string(),
            "name": self.name,
            "description": self.description,
            "experiments": self.experiments.iter().map(Uuid::to_string).collect::<Vec<_>>(),
            "extra": self.extra,
            "created_ns": self.created.0,
        })
        .to_string()
    }

    fn from_stored(dataset: Uuid, text: &str) -> Option<Self> {
        let stored: Value = serde_json::from_str(text).ok()?;
        let id = |value: &Value| Uuid::try_parse(value.as_str()?).ok();
        let text = |key: &str| stored[key].as_str().map(str::to_owned);
        Some(Self {
            id: id(&stored["id"])?,
            dataset,
            name: text("name")?,
            description: text("description"),
            experiments: stored["experiments"].as_array()?.iter().filter_map(id).collect(),
            extra: text("extra"),
            created: UnixNanos(stored["created_ns"].as_i64()?),
        })
    }
}

/// The comparisons of a row. What is none of them, since a dataset's extra members are its owner's, is passed over.
const LIST: &str = "SELECT dataset.id, comparison.value FROM dataset, \
     json_each(dataset.json_extra, '$.comparative_experiments') AS comparison WHERE comparison.type = 'object'";

fn read(connection: &Connection, condition: &str, id: Uuid) -> Result<Vec<Comparison>> {
    let mut statement = connection.prepare_cached(&format!("{LIST} AND {condition}"))?;
    let rows = statement
        .query_map([id.to_string()], |row| Ok((Uuid::from_bytes(row.get(0)?), row.get::<_, String>(1)?)))?;
    let mut found = Vec::new();
    for row in rows {
        let (dataset, text) = row?;
        found.extend(Comparison::from_stored(dataset, &text));
    }
    Ok(found)
}

fn no_comparison(id: Uuid) -> Error {
    Error::NotFound { what: "comparative experiment", id: id.to_string() }
}

fn find(connection: &Connection, id: Uuid) -> Result<Option<Comparison>> {
    Ok(read(connection, "json_extract(comparison.value, '$.id') = ?1", id)?.pop())
}

impl Session<'_> {
    fn add_comparison(&self, new: &Comparison) -> Result<()> {
        if find(self.transaction, new.id)?.is_some() {
            return Err(Error::Exists { what: "comparative experiment", name: new.id.to_string() });
        }
        let changed = self
            .transaction
            .prepare_cached(
                "UPDATE dataset SET json_extra = json_set(coalesce(json_extra, '{}'), '$.comparative_experiments', \
                 json_insert(CASE json_type(json_extra, '$.comparative_experiments') WHEN 'array' \
                   THEN json_extract(json_extra, '$.comparative_experiments') ELSE '[]' END, '$[#]', json(?2))) \
                 WHERE id = ?1",
            )?
            .execute(params![new.dataset.as_bytes(), new.to_stored()])?;
        if changed == 0 {
            return Err(Error::NotFound { what: "dataset", id: new.dataset.to_string() });
        }
        Ok(())
    }

    fn delete_comparison(&self, id: Uuid) -> Result<()> {
        let known = find(self.transaction, id)?.ok_or_else(|| no_comparison(id))?;
        self.transaction
            .prepare_cached(
                "UPDATE dataset SET json_extra = json_set(json_extra, '$.comparative_experiments', \
                 (SELECT json_group_array(json(value) ORDER BY key) \
                  FROM json_each(json_extra, '$.comparative_experiments') \
                  WHERE type = 'object' AND json_extract(value, '$.id') <> ?2)) WHERE id = ?1",
            )?
            .execute(params![known.dataset.as_bytes(), id.to_string()])?;
        Ok(())
    }
}

impl Store {
    /// Keeps a comparison; an id that is taken is an error, as is a dataset that is not there.
    pub fn add_comparison(&self, new: Comparison) -> Result<()> {
        self.writer()?.call(move |session| session.add_comparison(&new))
    }

    /// One comparison.
    pub fn comparison(&self, id: Uuid) -> Result<Comparison> {
        self.readers.with(|connection| find(connection, id))?.ok_or_else(|| no_comparison(id))
    }

    /// The comparisons on a dataset, the oldest first.
    pub fn comparisons(&self, dataset: Uuid) -> Result<Vec<Comparison>> {
        self.readers
            .with(|connection| read(connection, "lower(hex(dataset.id)) = replace(?1, '-', '')", dataset))
    }

    /// Forgets a comparison; its experiments and what was said in it stay.
    pub fn delete_comparison(&self, id: Uuid) -> Result<()> {
        self.writer()?.call(move |session| session.delete_comparison(id))
    }
}
