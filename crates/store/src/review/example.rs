//! Examples: what each was in every version of its dataset, with its files.
//!
//! Nothing is ever overwritten: a change adds a state, deleting one adds a state that says so, and reading as of a
//! time takes the latest state until then. Files are states too, and share their content.

use std::collections::{BTreeSet, HashSet};

use model::{ContentHash, RunId, UnixNanos};
use rusqlite::{Connection, OptionalExtension, Row, params};
use serde_json::value::RawValue;
use uuid::Uuid;

use super::{
    AsOf, Conditions, Patch,
    dataset::{is_put_away, require_dataset, resolve},
    run_id,
};
use crate::{AttachmentRow, Error, Store, error::Result, write::Session};

/// Splits of an example for which none are named: a JSON array.
const DEFAULT_SPLITS: &str = r#"["base"]"#;

/// An example in one of its states.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Example {
    /// Its id.
    pub id: Uuid,
    /// Its dataset.
    pub dataset: Uuid,
    /// A JSON object.
    pub inputs: String,
    /// What is expected: a JSON object.
    pub outputs: Option<String>,
    /// A JSON object; `dataset_split` is the list of its splits.
    pub metadata: String,
    /// The run that it was made of.
    pub source_run: Option<RunId>,
    /// When it was made.
    pub created: UnixNanos,
    /// When this state was written; the version of the dataset that it came with.
    pub modified: UnixNanos,
    /// Its files, by name.
    pub attachments: Vec<AttachmentRow>,
}

/// A file of an example to be written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewExampleAttachment {
    /// Its name, unique in the example.
    pub name: String,
    /// Its media type.
    pub mime_type: String,
    /// Its content.
    pub bytes: Vec<u8>,
}

/// An example to be made.
#[derive(Debug, Clone, Default)]
pub struct NewExample {
    /// Its id; one is made when absent.
    pub id: Option<Uuid>,
    /// See [`Example`].
    pub inputs: String,
    /// See [`Example`].
    pub outputs: Option<String>,
    /// See [`Example`].
    pub metadata: Option<String>,
    /// Its splits; those in the metadata when absent, else `base`.
    pub splits: Option<Vec<String>>,
    /// See [`Example`].
    pub source_run: Option<RunId>,
    /// When it was made; now when absent.
    pub created: Option<UnixNanos>,
    /// Its files.
    pub attachments: Vec<NewExampleAttachment>,
}

/// What happens to the files of an example.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum AttachmentChange {
    /// All stay.
    #[default]
    Keep,
    /// Only those named here are there from now on.
    Replace {
        /// Files that stay.
        retain: Vec<String>,
        /// Files that stay under another name: old and new.
        rename: Vec<(String, String)>,
        /// New files.
        add: Vec<NewExampleAttachment>,
    },
}

/// A change of an example.
#[derive(Debug, Clone)]
pub struct ExampleChange {
    /// The example.
    pub id: Uuid,
    /// New inputs.
    pub inputs: Option<String>,
    /// New outputs.
    pub outputs: Patch<String>,
    /// New metadata, in place of all of them. Splits stay unless these or `splits` name some.
    pub metadata: Patch<String>,
    /// New splits.
    pub splits: Option<Vec<String>>,
    /// The run that it was made of.
    pub source_run: Option<RunId>,
    /// What happens to its files.
    pub attachments: AttachmentChange,
}

impl ExampleChange {
    /// A change that changes nothing yet.
    pub fn of(id: Uuid) -> Self {
        Self {
            id,
            inputs: None,
            outputs: Patch::Keep,
            metadata: Patch::Keep,
            splits: None,
            source_run: None,
            attachments: AttachmentChange::Keep,
        }
    }
}

/// What a change of examples made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Written {
    /// The examples, in the order in which they were given.
    pub ids: Vec<Uuid>,
    /// The version: [`Example::modified`] of all of them.
    pub as_of: UnixNanos,
}

/// What examples are sorted by.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
pub enum SortExamples {
    /// As they were made, the first one first.
    #[default]
    Made,
    /// What was written last first.
    Modified,
    /// What was made last first; what was made at once in its order.
    Created,
    /// Id.
    Id,
    /// By chance.
    Random,
}

/// Which examples are asked for; empty lists and `None` do not restrict.
#[derive(Debug, Clone, Default)]
pub struct ExampleQuery {
    /// Of this dataset.
    pub dataset: Option<Uuid>,
    /// One of these.
    pub ids: Vec<Uuid>,
    /// As they were then; as they are when absent. A tag is one of `dataset`, or of the dataset of the first of `ids`.
    pub as_of: Option<AsOf>,
    /// In one of these splits.
    pub splits: Vec<String>,
    /// Metadata that contain this JSON object.
    pub metadata: Option<String>,
    /// Inputs or outputs that hold all of these texts, in either case of ASCII letters.
    pub texts: Vec<String>,
    /// Order.
    pub sort: SortExamples,
    /// Rows to skip.
    pub offset: u32,
    /// Rows to return.
    pub limit: u32,
}

/// A state as it is stored.
#[derive(Clone)]
struct State {
    id: Uuid,
    dataset: Uuid,
    number: i64,
    inputs: String,
    outputs: Option<String>,
    metadata: Option<String>,
    source_run: Option<RunId>,
    created: UnixNanos,
    as_of: UnixNanos,
    deleted: bool,
}

const COLUMNS: &str = "id, dataset, number, json_inputs, json_outputs, json_metadata, source_run, created_ns, as_of_ns, deleted";

impl State {
    fn read(row: &Row<'_>) -> rusqlite::Result<Self> {
        Ok(Self {
            id: Uuid::from_bytes(row.get(0)?),
            dataset: Uuid::from_bytes(row.get(1)?),
            number: row.get(2)?,
            inputs: row.get(3)?,
            outputs: row.get(4)?,
            metadata: row.get(5)?,
            source_run: run_id(row, 6)?,
            created: UnixNanos(row.get(7)?),
            as_of: UnixNanos(row.get(8)?),
            deleted: row.get(9)?,
        })
    }

    /// The latest state until then, deleted or not.
    fn find(connection: &Connection, id: Uuid, until: UnixNanos) -> Result<Option<Self>> {
        Ok(connection
            .prepare_cached(&format!(
                "SELECT {COLUMNS} FROM example WHERE id = ?1 AND as_of_ns <= ?2 ORDER BY as_of_ns DESC LIMIT 1"
            ))?
            .query_row(params![id.as_bytes(), until.0], Self::read)
            .optional()?)
    }

    fn find_live(connection: &Connection, id: Uuid, until: UnixNanos) -> Result<Self> {
        let state = Self::find(connection, id, until)?.filter(|state| !state.deleted);
        let state = state.ok_or_else(|| missing(id))?;
        if is_put_away(connection, state.dataset)? { Err(missing(id)) } else { Ok(state) }
    }

    fn into_example(self, connection: &Connection) -> Result<Example> {
        let mut statement = connection.prepare_cached(
            "SELECT name, mime_type, bytes FROM example_attachment JOIN attachment_content USING (hash) \
             WHERE example = ?1 AND as_of_ns = ?2 ORDER BY name",
        )?;
        let attachments = statement
            .query_map(params![self.id.as_bytes(), self.as_of.0], |row| {
                Ok(AttachmentRow {
                    name: row.get(0)?,
                    mime_type: row.get(1)?,
                    bytes: u64::try_from(row.get::<_, i64>(2)?).unwrap_or(0),
                })
            })?
            .collect::<rusqlite::Result<_>>()?;
        Ok(Example {
            id: self.id,
            dataset: self.dataset,
            inputs: self.inputs,
            outputs: self.outputs,
            metadata: self.metadata.unwrap_or_else(|| "{}".to_owned()),
            source_run: self.source_run,
            created: self.created,
            modified: self.as_of,
            attachments,
        })
    }
}

fn missing(id: Uuid) -> Error {
    Error::NotFound { what: "example", id: id.to_string() }
}

/// Statements take these texts apart later, where it would be too late to say what is wrong.
fn require_json<'t>(what: &str, texts: impl IntoIterator<Item = &'t String>) -> Result<()> {
    for text in texts {
        serde_json::from_str::<&RawValue>(text)
            .map_err(|error| Error::Invalid(format!("{what} of an example: {error}")))?;
    }
    Ok(())
}

fn require_distinct<T: Ord + std::fmt::Display>(values: impl IntoIterator<Item = T>) -> Result<()> {
    let mut seen = BTreeSet::new();
    for value in values {
        if let Some(twice) = seen.replace(value) {
            return Err(Error::Invalid(format!("named twice: {twice}")));
        }
    }
    Ok(())
}

/// Metadata with splits: those that are named, else those that the metadata have, else `otherwise` (a JSON array).
///
/// SQLite changes the text in this one place only, so that numbers stay as they are written.
fn with_splits(
    connection: &Connection,
    metadata: Option<&str>,
    splits: Option<&[String]>,
    otherwise: &str,
) -> Result<String> {
    let splits = splits.map(|splits| serde_json::json!(splits).to_string());
    Ok(connection
        .prepare_cached(
            "WITH given (metadata) AS (SELECT CASE WHEN json_type(?1) = 'object' THEN ?1 ELSE '{}' END) \
             SELECT CASE \
               WHEN ?2 IS NULL AND coalesce(json_type(metadata, '$.dataset_split'), 'null') <> 'null' THEN metadata \
               ELSE json_set(metadata, '$.dataset_split', json(coalesce(?2, ?3))) END FROM given",
        )?
        .query_row(params![metadata, splits, otherwise], |row| row.get(0))?)
}

/// Splits in metadata: a JSON array (a single text counts as one of one).
fn splits_of(connection: &Connection, metadata: Option<&str>) -> Result<String> {
    Ok(connection
        .prepare_cached(
            "SELECT json_group_array(value ORDER BY key) FROM json_each(?1, '$.dataset_split') WHERE type = 'text'",
        )?
        .query_row([metadata], |row| row.get(0))?)
}

impl Session<'_> {
    fn put_state(&self, state: &State) -> Result<()> {
        self.transaction
            .prepare_cached(&format!(
                "INSERT INTO example ({COLUMNS}) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)"
            ))?
            .execute(params![
                state.id.as_bytes(),
                state.dataset.as_bytes(),
                state.number,
                state.inputs,
                state.outputs,
                state.metadata,
                state.source_run.map(|id| id.0.into_bytes()),
                state.created.0,
                state.as_of.0,
                state.deleted,
            ])?;
        self.transaction
            .prepare_cached("UPDATE dataset SET modified_ns = max(modified_ns, ?2) WHERE id = ?1")?
            .execute(params![state.dataset.as_bytes(), state.as_of.0])?;
        Ok(())
    }

    fn add_attachments(&self, state: &State, attachments: &[NewExampleAttachment]) -> Result<()> {
        for attachment in attachments {
            let hash = ContentHash::of_bytes(&attachment.bytes).0;
            self.transaction
                .prepare_cached(
                    "INSERT OR IGNORE INTO attachment_content (hash, bytes, data) VALUES (?1, ?2, ?3)",
                )?
                .execute(params![
                    hash,
                    i64::try_from(attachment.bytes.len()).unwrap_or(i64::MAX),
                    attachment.bytes
                ])?;
            self.transaction
                .prepare_cached(
                    "INSERT INTO example_attachment (example, as_of_ns, name, mime_type, hash) \
                     VALUES (?1, ?2, ?3, ?4, ?5)",
                )?
                .execute(params![
                    state.id.as_bytes(),
                    state.as_of.0,
                    attachment.name,
                    attachment.mime_type,
                    hash
                ])?;
        }
        Ok(())
    }

    /// Gives the new state a file of an earlier one.
    fn carry_attachment(&self, state: &State, before: UnixNanos, old: &str, new: &str) -> Result<()> {
        let carried = self
            .transaction
            .prepare_cached(
                "INSERT INTO example_attachment (example, as_of_ns, name, mime_type, hash) \
                 SELECT example, ?3, ?5, mime_type, hash FROM example_attachment \
                 WHERE example = ?1 AND as_of_ns = ?2 AND name = ?4",
            )?
            .execute(params![state.id.as_bytes(), before.0, state.as_of.0, old, new])?;
        if carried == 0 {
            return Err(Error::Invalid(format!("the example has no attachment to keep named {old}")));
        }
        Ok(())
    }

    fn change_attachments(&self, state: &State, before: UnixNanos, change: &AttachmentChange) -> Result<()> {
        match change {
            AttachmentChange::Keep => {
                self.transaction
                    .prepare_cached(
                        "INSERT INTO example_attachment (example, as_of_ns, name, mime_type, hash) \
                         SELECT example, ?3, name, mime_type, hash FROM example_attachment \
                         WHERE example = ?1 AND as_of_ns = ?2",
                    )?
                    .execute(params![state.id.as_bytes(), before.0, state.as_of.0])?;
            }
            AttachmentChange::Replace { retain, rename, add } => {
                require_distinct(retain.iter().chain(rename.iter().map(|(old, _)| old)))?;
                let new_names = rename.iter().map(|(_, new)| new).chain(add.iter().map(|file| &file.name));
                require_distinct(retain.iter().chain(new_names))?;
                for name in retain {
                    self.carry_attachment(state, before, name, name)?;
                }
                for (old, new) in rename {
                    self.carry_attachment(state, before, old, new)?;
                }
                self.add_attachments(state, add)?;
            }
        }
        Ok(())
    }

    fn create_examples(&mut self, dataset: Uuid, examples: &[NewExample], now: UnixNanos) -> Result<Written> {
        require_dataset(self.transaction, dataset)?;
        let as_of = self.next_version(dataset, now)?;
        let first: i64 = self
            .transaction
            .prepare_cached("SELECT coalesce(max(number) + 1, 0) FROM example WHERE dataset = ?1")?
            .query_row([dataset.as_bytes()], |row| row.get(0))?;
        require_distinct(examples.iter().filter_map(|example| example.id))?;
        let mut ids = Vec::with_capacity(examples.len());
        for (number, new) in (first..).zip(examples) {
            let id = new.id.unwrap_or_else(Uuid::now_v7);
            require_json("inputs", [&new.inputs])?;
            require_json("outputs", &new.outputs)?;
            require_json("metadata", &new.metadata)?;
            let mut known = State::find(self.transaction, id, UnixNanos(i64::MAX))?;
            if let Some(state) = &known
                && is_put_away(self.transaction, state.dataset)?
            {
                // What is hidden keeps nobody from the id.
                self.erase_dataset(state.dataset)?;
                known = None;
            }
            if known.is_some_and(|state| !state.deleted || state.dataset != dataset) {
                return Err(Error::Exists { what: "example", name: id.to_string() });
            }
            let metadata = with_splits(
                self.transaction,
                new.metadata.as_deref(),
                new.splits.as_deref(),
                DEFAULT_SPLITS,
            )?;
            let state = State {
                id,
                dataset,
                number,
                inputs: new.inputs.clone(),
                outputs: new.outputs.clone(),
                metadata: Some(metadata),
                source_run: new.source_run,
                created: new.created.unwrap_or(as_of),
                as_of,
                deleted: false,
            };
            self.put_state(&state)?;
            require_distinct(new.attachments.iter().map(|file| &file.name))?;
            self.add_attachments(&state, &new.attachments)?;
            ids.push(id);
        }
        Ok(Written { ids, as_of })
    }

    /// The states of examples and the time at which all of them can be written anew.
    fn states_to_change(&self, ids: &[Uuid], now: UnixNanos) -> Result<(Vec<State>, UnixNanos)> {
        require_distinct(ids)?;
        let states = ids
            .iter()
            .map(|id| State::find_live(self.transaction, *id, UnixNanos(i64::MAX)))
            .collect::<Result<Vec<_>>>()?;
        let datasets: HashSet<Uuid> = states.iter().map(|state| state.dataset).collect();
        let mut as_of = now;
        for (index, dataset) in datasets.into_iter().enumerate() {
            let next = self.next_version(dataset, now)?;
            as_of = if index == 0 { next } else { as_of.max(next) };
        }
        Ok((states, as_of))
    }

    fn change_examples(
        &mut self,
        dataset: Option<Uuid>,
        changes: &[ExampleChange],
        now: UnixNanos,
    ) -> Result<Written> {
        let ids: Vec<Uuid> = changes.iter().map(|change| change.id).collect();
        let (states, as_of) = self.states_to_change(&ids, now)?;
        for (old, change) in states.into_iter().zip(changes) {
            if dataset.is_some_and(|dataset| dataset != old.dataset) {
                return Err(Error::Exists { what: "example of another dataset", name: old.id.to_string() });
            }
            require_json("inputs", &change.inputs)?;
            require_json("outputs", change.outputs.value())?;
            require_json("metadata", change.metadata.value())?;
            let splits = splits_of(self.transaction, old.metadata.as_deref())?;
            let metadata = match &change.metadata {
                Patch::Keep => old.metadata.as_deref(),
                Patch::Erase => None,
                Patch::Set(metadata) => Some(metadata.as_str()),
            };
            let metadata = with_splits(self.transaction, metadata, change.splits.as_deref(), &splits)?;
            let state = State {
                inputs: change.inputs.clone().unwrap_or(old.inputs),
                outputs: match &change.outputs {
                    Patch::Keep => old.outputs,
                    Patch::Erase => None,
                    Patch::Set(outputs) => Some(outputs.clone()),
                },
                metadata: Some(metadata),
                source_run: change.source_run.or(old.source_run),
                as_of,
                ..old
            };
            self.put_state(&state)?;
            self.change_attachments(&state, old.as_of, &change.attachments)?;
        }
        Ok(Written { ids, as_of })
    }

    fn delete_examples(&mut self, ids: &[Uuid], now: UnixNanos) -> Result<Written> {
        let (states, as_of) = self.states_to_change(ids, now)?;
        for old in states {
            self.put_state(&State { as_of, deleted: true, ..old })?;
        }
        Ok(Written { ids: ids.to_vec(), as_of })
    }

    /// Makes examples what they were before they were deleted; those that are there stay.
    fn restore_examples(&mut self, ids: &[Uuid], now: UnixNanos) -> Result<Written> {
        require_distinct(ids)?;
        let mut old = Vec::with_capacity(ids.len());
        let mut as_of = now;
        for id in ids {
            let gone =
                State::find(self.transaction, *id, UnixNanos(i64::MAX))?.ok_or_else(|| missing(*id))?;
            require_dataset(self.transaction, gone.dataset)?;
            if !gone.deleted {
                continue;
            }
            let before = self
                .transaction
                .prepare_cached(&format!(
                    "SELECT {COLUMNS} FROM example WHERE id = ?1 AND NOT deleted ORDER BY as_of_ns DESC LIMIT 1"
                ))?
                .query_row([id.as_bytes()], State::read)
                .optional()?
                .ok_or_else(|| missing(*id))?;
            as_of = as_of.max(self.next_version(gone.dataset, now)?);
            old.push(before);
        }
        for old in old {
            let before = old.as_of;
            let state = State { as_of, ..old };
            self.put_state(&state)?;
            self.change_attachments(&state, before, &AttachmentChange::Keep)?;
        }
        Ok(Written { ids: ids.to_vec(), as_of })
    }

    /// Takes every state of examples away, with the contents of files that nothing else has.
    fn erase_examples(&mut self, ids: &[Uuid]) -> Result<()> {
        require_distinct(ids)?;
        for id in ids {
            let contents: Vec<[u8; 16]> = self
                .transaction
                .prepare_cached("SELECT DISTINCT hash FROM example_attachment WHERE example = ?1")?
                .query_map([id.as_bytes()], |row| row.get(0))?
                .collect::<rusqlite::Result<_>>()?;
            self.transaction
                .prepare_cached("DELETE FROM example_attachment WHERE example = ?1")?
                .execute([id.as_bytes()])?;
            let erased = self
                .transaction
                .prepare_cached("DELETE FROM example WHERE id = ?1")?
                .execute([id.as_bytes()])?;
            if erased == 0 {
                return Err(missing(*id));
            }
            self.drop_unused_contents(&contents)?;
        }
        Ok(())
    }

    fn change_split(
        &mut self,
        dataset: Uuid,
        split: &str,
        ids: &[Uuid],
        member: bool,
        now: UnixNanos,
    ) -> Result<()> {
        require_dataset(self.transaction, dataset)?;
        let mut changes = Vec::new();
        for id in ids {
            let state = State::find_live(self.transaction, *id, UnixNanos(i64::MAX))?;
            if state.dataset != dataset {
                return Err(missing(*id));
            }
            let text = splits_of(self.transaction, state.metadata.as_deref())?;
            let mut splits: Vec<String> = serde_json::from_str(&text)
                .map_err(|error| Error::Damaged(format!("the splits of an example: {error}")))?;
            if splits.iter().any(|name| name == split) == member {
                continue;
            }
            if member {
                splits.push(split.to_owned());
            } else {
                splits.retain(|name| name != split);
            }
            changes.push(ExampleChange { splits: Some(splits), ..ExampleChange::of(*id) });
        }
        self.change_examples(Some(dataset), &changes, now)?;
        Ok(())
    }
}

/// The order of a list of examples, for `ORDER BY`.
pub(super) fn order_of(sort: SortExamples) -> &'static str {
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
pub(super) fn conditions(connection: &Connection, query: &ExampleQuery) -> Result<Conditions> {
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
            super::like_literal(text),
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
