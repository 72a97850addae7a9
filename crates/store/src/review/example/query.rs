//! Examples as they are asked for, and what the library offers of them.

use std::collections::HashSet;

use model::{RunId, UnixNanos};
use rusqlite::{Connection, OptionalExtension, params};
use uuid::Uuid;

use super::{
    AsOf, COLUMNS, Example, ExampleChange, ExampleQuery, NewExample, SortExamples, State, Written, missing,
};
use crate::{
    Error, Store,
    error::Result,
    review::{
        Conditions,
        dataset::{require_dataset, resolve},
        like_literal,
    },
};

/// The order of a list of examples, for `ORDER BY`.
pub(in crate::review) fn order_of(sort: SortExamples) -> &'static str {
    match sort {
        SortExamples::Made => "e.number, e.id",
        SortExamples::Modified => "e.as_of_ns DESC, e.number, e.id",
        SortExamples::Created => "e.created_ns DESC, e.number, e.id",
        SortExamples::Id => "e.id",
        SortExamples::Random => "random()",
    }
}

/// Of a dataset that is not put away.
const SHOWN: &str =
    "EXISTS (SELECT 1 FROM dataset WHERE dataset.id = e.dataset AND dataset.deleted_ns IS NULL)";

/// The conditions of a query, and the moment that it asks for.
pub(in crate::review) fn conditions(connection: &Connection, query: &ExampleQuery) -> Result<Conditions> {
    let dataset = match query.dataset {
        Some(dataset) => {
            require_dataset(connection, dataset)?;
            Some(dataset)
        }
        None => match query.ids.first() {
            Some(id) => State::find(connection, *id, UnixNanos(i64::MAX))?.map(|state| state.dataset),
            None => None,
        },
    };
    let as_of = resolve(connection, dataset.unwrap_or_default(), query.as_of.as_ref())?;
    let mut conditions = Conditions::default();
    if let Some(dataset) = query.dataset {
        conditions.add("e.dataset = ?", dataset.into_bytes());
    }
    conditions.one_of("e.id", &query.ids.iter().map(|id| id.into_bytes()).collect::<Vec<_>>());
    conditions.add(
        "e.as_of_ns = (SELECT max(as_of_ns) FROM example WHERE example.id = e.id AND example.as_of_ns <= ?)",
        as_of.0,
    );
    conditions.sql.push("NOT e.deleted".to_owned());
    if query.dataset.is_none() {
        conditions.sql.push(SHOWN.to_owned());
    }
    if !query.splits.is_empty() {
        let mut names = Conditions::default();
        names.one_of("value", &query.splits);
        conditions.sql.push(format!(
            "EXISTS (SELECT 1 FROM json_each(e.json_metadata, '$.dataset_split') {})",
            names.clause()
        ));
        conditions.values.append(&mut names.values);
    }
    if let Some(part) = &query.metadata {
        conditions.add("json_contains(e.json_metadata, ?)", part.clone());
    }
    for text in &query.texts {
        conditions.add(
            "(e.json_inputs || char(10) || coalesce(e.json_outputs, '')) LIKE ? ESCAPE '\\'",
            like_literal(text),
        );
    }
    Ok(conditions)
}

impl Store {
    /// Adds examples to a dataset, all at once: a new version. An id that is taken is an error.
    pub fn create_examples(
        &self,
        dataset: Uuid,
        examples: Vec<NewExample>,
        now: UnixNanos,
    ) -> Result<Written> {
        self.writer()?.call(move |session| session.create_examples(dataset, &examples, now))
    }

    /// Changes examples, all at once: a new version. With `dataset`, examples of other datasets are an error.
    ///
    /// Files that are kept or renamed must be there, and no two may end up with one name: [`Error::Invalid`].
    pub fn change_examples(
        &self,
        dataset: Option<Uuid>,
        changes: Vec<ExampleChange>,
        now: UnixNanos,
    ) -> Result<Written> {
        self.writer()?.call(move |session| session.change_examples(dataset, &changes, now))
    }

    /// Removes examples from the newest version on; older ones still have them.
    pub fn delete_examples(&self, ids: Vec<Uuid>, now: UnixNanos) -> Result<Written> {
        self.writer()?.call(move |session| session.delete_examples(&ids, now))
    }

    /// Makes examples what they were before they were deleted: a new version.
    pub fn restore_examples(&self, ids: Vec<Uuid>, now: UnixNanos) -> Result<Written> {
        self.writer()?.call(move |session| session.restore_examples(&ids, now))
    }

    /// Takes examples out of every version, as if they had never been there.
    pub fn erase_examples(&self, ids: Vec<Uuid>) -> Result<()> {
        self.writer()?.call(move |session| session.erase_examples(&ids))
    }

    /// Those of these runs that examples were made of which are still there.
    pub fn runs_in_datasets(&self, runs: &[RunId]) -> Result<HashSet<RunId>> {
        let mut conditions = Conditions::default();
        conditions.one_of("source_run", &runs.iter().map(|id| id.0.into_bytes()).collect::<Vec<[u8; 16]>>());
        if runs.is_empty() {
            return Ok(HashSet::new());
        }
        self.readers.with(|connection| {
            let mut statement = connection.prepare_cached(&format!(
                "SELECT DISTINCT source_run FROM example AS e {} AND NOT deleted AND {SHOWN} AND as_of_ns = \
                 (SELECT max(as_of_ns) FROM example WHERE id = e.id)",
                conditions.clause()
            ))?;
            let rows =
                statement.query_map(conditions.parameters(), |row| Ok(RunId::from_bytes(row.get(0)?)))?;
            Ok(rows.collect::<rusqlite::Result<_>>()?)
        })
    }

    /// Puts examples into a split; those that are in it already are not written.
    pub fn add_to_split(&self, dataset: Uuid, split: String, ids: Vec<Uuid>, now: UnixNanos) -> Result<()> {
        self.writer()?.call(move |session| session.change_split(dataset, &split, &ids, true, now))
    }

    /// Takes examples out of a split; those that are not in it are not written.
    pub fn remove_from_split(
        &self,
        dataset: Uuid,
        split: String,
        ids: Vec<Uuid>,
        now: UnixNanos,
    ) -> Result<()> {
        self.writer()?.call(move |session| session.change_split(dataset, &split, &ids, false, now))
    }

    /// One example, as it was then, or as it is.
    pub fn example(&self, id: Uuid, as_of: Option<&AsOf>) -> Result<Example> {
        self.readers.with(|connection| {
            let newest = State::find(connection, id, UnixNanos(i64::MAX))?.ok_or_else(|| missing(id))?;
            let until = resolve(connection, newest.dataset, as_of)?;
            State::find_live(connection, id, until)?.into_example(connection)
        })
    }

    /// Examples that fit.
    pub fn examples(&self, query: &ExampleQuery) -> Result<Vec<Example>> {
        let order = order_of(query.sort);
        self.readers.with(|connection| {
            let conditions = conditions(connection, query)?;
            let mut statement = connection.prepare_cached(&format!(
                "SELECT {COLUMNS} FROM example AS e {} ORDER BY {order} LIMIT {} OFFSET {}",
                conditions.clause(),
                query.limit,
                query.offset
            ))?;
            let states = statement
                .query_map(conditions.parameters(), State::read)?
                .collect::<rusqlite::Result<Vec<_>>>()?;
            states.into_iter().map(|state| state.into_example(connection)).collect()
        })
    }

    /// How many examples fit, whatever window the query asks for.
    pub fn count_examples(&self, query: &ExampleQuery) -> Result<u64> {
        self.readers.with(|connection| {
            let conditions = conditions(connection, query)?;
            let count: i64 = connection
                .prepare_cached(&format!("SELECT count(*) FROM example AS e {}", conditions.clause()))?
                .query_row(conditions.parameters(), |row| row.get(0))?;
            Ok(u64::try_from(count).unwrap_or(0))
        })
    }

    /// Media type and content of a file of an example, as it was then, or as it is.
    pub fn example_attachment(
        &self,
        id: Uuid,
        as_of: Option<&AsOf>,
        name: &str,
    ) -> Result<(String, Vec<u8>)> {
        self.readers.with(|connection| {
            let newest = State::find(connection, id, UnixNanos(i64::MAX))?.ok_or_else(|| missing(id))?;
            let until = resolve(connection, newest.dataset, as_of)?;
            let state = State::find_live(connection, id, until)?;
            connection
                .prepare_cached(
                    "SELECT mime_type, data FROM example_attachment JOIN attachment_content USING (hash) \
                     WHERE example = ?1 AND as_of_ns = ?2 AND name = ?3",
                )?
                .query_row(params![id.as_bytes(), state.as_of.0, name], |row| Ok((row.get(0)?, row.get(1)?)))
                .optional()?
                .ok_or_else(|| Error::NotFound { what: "attachment", id: name.to_owned() })
        })
    }
}
