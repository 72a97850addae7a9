//! Datasets: described, versioned, tagged, split; and the experiments that were made on them.
//!
//! Every change of examples is a version, named by its time. What an example is in a version is told by
//! [`super::example`].

use std::collections::BTreeMap;

use model::{RunId, TraceId, UnixNanos};
use rusqlite::{Connection, OptionalExtension, Row, params};
use uuid::Uuid;

use super::{Conditions, Patch, time};
use crate::{Error, Store, error::Result, write::Session};

/// How long a dataset that was put away can come back: thirty days.
const KEPT_NS: i64 = 30 * 24 * 3600 * 1_000_000_000;

/// The tag that the newest version always has.
const LATEST: &str = "latest";

/// A dataset.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Dataset {
    /// Its id.
    pub id: Uuid,
    /// Its name; no two have the same.
    pub name: String,
    /// What it is for.
    pub description: Option<String>,
    /// `kv`, `llm` or `chat`.
    pub data_type: String,
    /// JSON Schema of the inputs of its examples.
    pub inputs_schema: Option<String>,
    /// JSON Schema of the outputs of its examples.
    pub outputs_schema: Option<String>,
    /// A JSON object.
    pub metadata: Option<String>,
    /// Anything else: a JSON object.
    pub extra: Option<String>,
    /// When it was made.
    pub created: UnixNanos,
    /// Last change of it or of its examples.
    pub modified: UnixNanos,
    /// Examples in its newest version.
    pub examples: u64,
    /// Projects that are experiments on it.
    pub experiments: u64,
    /// When the latest of these began: as said, else its earliest trace.
    pub last_experiment_start: Option<UnixNanos>,
}

/// A dataset to be made.
#[derive(Debug, Clone, Default)]
pub struct NewDataset {
    /// Its id; one is made when absent.
    pub id: Option<Uuid>,
    /// Its name.
    pub name: String,
    /// See [`Dataset`].
    pub description: Option<String>,
    /// See [`Dataset`]; `kv` when absent.
    pub data_type: Option<String>,
    /// See [`Dataset`].
    pub inputs_schema: Option<String>,
    /// See [`Dataset`].
    pub outputs_schema: Option<String>,
    /// See [`Dataset`].
    pub metadata: Option<String>,
    /// See [`Dataset`].
    pub extra: Option<String>,
    /// When it was made; now when absent.
    pub created: Option<UnixNanos>,
}

/// A change of a dataset.
#[derive(Debug, Clone, Default)]
#[expect(missing_docs, reason = "the fields are those of `Dataset` and documented there")]
pub struct DatasetChange {
    pub name: Option<String>,
    pub description: Patch<String>,
    pub inputs_schema: Patch<String>,
    pub outputs_schema: Patch<String>,
    pub metadata: Patch<String>,
    pub extra: Patch<String>,
}

/// What datasets are sorted by.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
pub enum SortDatasets {
    /// Time of making.
    #[default]
    Created,
    /// Time of the last change.
    Modified,
    /// Name.
    Name,
    /// Number of examples.
    Examples,
    /// Number of experiments.
    Experiments,
    /// Start of the latest experiment.
    LastExperiment,
}

/// Which datasets are asked for; empty lists and `None` do not restrict.
#[derive(Debug, Clone, Default)]
pub struct DatasetQuery {
    /// One of these.
    pub ids: Vec<Uuid>,
    /// Exactly this name.
    pub name: Option<String>,
    /// Names that hold this text.
    pub name_contains: Option<String>,
    /// Of this data type.
    pub data_type: Option<String>,
    /// Metadata that contain this JSON object.
    pub metadata: Option<String>,
    /// Order.
    pub sort: SortDatasets,
    /// The largest first.
    pub descending: bool,
    /// Rows to skip.
    pub offset: u32,
    /// Rows to return.
    pub limit: u32,
}

/// A moment in the life of a dataset.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum AsOf {
    /// At this time.
    Time(UnixNanos),
    /// At the version with this tag; `latest` is always the newest.
    Tag(String),
}

/// A version of a dataset.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DatasetVersion {
    /// Time of the change that made it.
    pub as_of: UnixNanos,
    /// Its tags, by name; the newest version has `latest`.
    pub tags: Vec<String>,
}

/// What differs between two versions; ids of examples, sorted.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct DatasetDiff {
    /// Only in the second.
    pub added: Vec<Uuid>,
    /// In both, but written in between.
    pub modified: Vec<Uuid>,
    /// Only in the first.
    pub removed: Vec<Uuid>,
}

/// A run that answers an example.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ExampleRun {
    /// The example.
    pub example: Uuid,
    /// The experiment: the project of its trace.
    pub project: Uuid,
    /// The trace of the run.
    pub trace_id: TraceId,
    /// The run.
    pub run_id: RunId,
}

const COLUMNS: &str = "id, name, description, data_type, json_inputs_schema, json_outputs_schema, json_metadata, json_extra, \
     created_ns, modified_ns";

const COUNTS: &str = "(SELECT count(*) FROM example AS e WHERE e.dataset = dataset.id AND NOT e.deleted \
       AND e.as_of_ns = (SELECT max(as_of_ns) FROM example WHERE example.id = e.id)) AS examples, \
     (SELECT count(*) FROM project WHERE project.reference_dataset = dataset.id) AS experiments, \
     (SELECT max(coalesce(project.start_ns, \
        (SELECT min(trace.start_ns) FROM trace WHERE trace.project = project.id))) \
      FROM project WHERE project.reference_dataset = dataset.id) AS last_experiment";

fn read(row: &Row<'_>) -> rusqlite::Result<Dataset> {
    let count = |column| Ok::<_, rusqlite::Error>(u64::try_from(row.get::<_, i64>(column)?).unwrap_or(0));
    Ok(Dataset {
        id: Uuid::from_bytes(row.get(0)?),
        name: row.get(1)?,
        description: row.get(2)?,
        data_type: row.get(3)?,
        inputs_schema: row.get(4)?,
        outputs_schema: row.get(5)?,
        metadata: row.get(6)?,
        extra: row.get(7)?,
        created: UnixNanos(row.get(8)?),
        modified: UnixNanos(row.get(9)?),
        examples: count(10)?,
        experiments: count(11)?,
        last_experiment_start: time(row, 12)?,
    })
}

fn select(connection: &Connection, rest: &str, parameters: impl rusqlite::Params) -> Result<Vec<Dataset>> {
    let mut statement =
        connection.prepare_cached(&format!("SELECT {COLUMNS}, {COUNTS} FROM dataset {rest}"))?;
    let rows = statement.query_map(parameters, read)?;
    Ok(rows.collect::<rusqlite::Result<_>>()?)
}

fn missing(id: impl ToString) -> Error {
    Error::NotFound { what: "dataset", id: id.to_string() }
}

pub(super) fn require_dataset(connection: &Connection, id: Uuid) -> Result<()> {
    let found = connection
        .prepare_cached("SELECT 1 FROM dataset WHERE id = ?1 AND deleted_ns IS NULL")?
        .exists([id.as_bytes()])?;
    if found { Ok(()) } else { Err(missing(id)) }
}

/// Whether a dataset was deleted in the application and can come back.
pub(super) fn is_put_away(connection: &Connection, id: Uuid) -> Result<bool> {
    Ok(connection
        .prepare_cached("SELECT 1 FROM dataset WHERE id = ?1 AND deleted_ns IS NOT NULL")?
        .exists([id.as_bytes()])?)
}

/// The time up to which states count; `None` is the newest version.
pub(super) fn resolve(connection: &Connection, dataset: Uuid, as_of: Option<&AsOf>) -> Result<UnixNanos> {
    match as_of {
        None => Ok(UnixNanos(i64::MAX)),
        Some(AsOf::Time(time)) => Ok(*time),
        Some(AsOf::Tag(tag)) if tag == LATEST => Ok(UnixNanos(i64::MAX)),
        Some(AsOf::Tag(tag)) => connection
            .prepare_cached("SELECT as_of_ns FROM dataset_tag WHERE dataset = ?1 AND tag = ?2")?
            .query_row(params![dataset.as_bytes(), tag], |row| Ok(UnixNanos(row.get(0)?)))
            .optional()?
            .ok_or_else(|| Error::NotFound { what: "dataset version", id: tag.clone() }),
    }
}

/// Time of the newest version at or before a time.
fn version_at(connection: &Connection, dataset: Uuid, time: UnixNanos) -> Result<Option<UnixNanos>> {
    let found: Option<i64> = connection
        .prepare_cached("SELECT max(as_of_ns) FROM example WHERE dataset = ?1 AND as_of_ns <= ?2")?
        .query_row(params![dataset.as_bytes(), time.0], |row| row.get(0))?;
    Ok(found.map(UnixNanos))
}

fn tags(connection: &Connection, dataset: Uuid) -> Result<BTreeMap<UnixNanos, Vec<String>>> {
    let mut statement =
        connection.prepare_cached("SELECT as_of_ns, tag FROM dataset_tag WHERE dataset = ?1 ORDER BY tag")?;
    let mut rows = statement.query([dataset.as_bytes()])?;
    let mut tags: BTreeMap<UnixNanos, Vec<String>> = BTreeMap::new();
    while let Some(row) = rows.next()? {
        tags.entry(UnixNanos(row.get(0)?)).or_default().push(row.get(1)?);
    }
    if let Some(newest) = version_at(connection, dataset, UnixNanos(i64::MAX))? {
        tags.entry(newest).or_default().push(LATEST.to_owned());
    }
    Ok(tags)
}

fn find_version(connection: &Connection, dataset: Uuid, as_of: &AsOf) -> Result<DatasetVersion> {
    require_dataset(connection, dataset)?;
    let time = resolve(connection, dataset, Some(as_of))?;
    let as_of = version_at(connection, dataset, time)?.ok_or_else(|| Error::NotFound {
        what: "dataset version",
        id: match as_of {
            AsOf::Time(time) => time.to_iso_micros(),
            AsOf::Tag(tag) => tag.clone(),
        },
    })?;
    let tags = tags(connection, dataset)?.remove(&as_of).unwrap_or_default();
    Ok(DatasetVersion { as_of, tags })
}

/// Examples of a version with the time at which each was written.
fn written_at(connection: &Connection, dataset: Uuid, as_of: UnixNanos) -> Result<BTreeMap<Uuid, i64>> {
    let mut statement = connection.prepare_cached(
        "SELECT e.id, e.as_of_ns FROM example AS e WHERE e.dataset = ?1 AND NOT e.deleted AND e.as_of_ns = \
         (SELECT max(as_of_ns) FROM example WHERE example.id = e.id AND example.as_of_ns <= ?2)",
    )?;
    let rows = statement.query_map(params![dataset.as_bytes(), as_of.0], |row| {
        Ok((Uuid::from_bytes(row.get(0)?), row.get(1)?))
    })?;
    Ok(rows.collect::<rusqlite::Result<_>>()?)
}

impl Session<'_> {
    /// The time of the next version of a dataset.
    ///
    /// Later than every other one, even when two changes come at once or the clock went back; and in whole
    /// microseconds, since that is what clients keep of a time that they are told and ask with later.
    pub(super) fn next_version(&self, dataset: Uuid, now: UnixNanos) -> Result<UnixNanos> {
        const MICROSECOND: i64 = 1000;
        let last = version_at(self.transaction, dataset, UnixNanos(i64::MAX))?;
        let now = now.0 - now.0.rem_euclid(MICROSECOND);
        Ok(UnixNanos(last.map_or(now, |last| now.max(last.0 + MICROSECOND))))
    }

    fn create_dataset(&mut self, new: &NewDataset, now: UnixNanos) -> Result<Uuid> {
        let id = new.id.unwrap_or_else(Uuid::now_v7);
        if is_put_away(self.transaction, id)? {
            self.erase_dataset(id)?;
        }
        let added = self
            .transaction
            .prepare_cached(&format!(
                "INSERT OR IGNORE INTO dataset ({COLUMNS}) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?9)"
            ))?
            .execute(params![
                id.as_bytes(),
                new.name,
                new.description,
                new.data_type.as_deref().unwrap_or("kv"),
                new.inputs_schema,
                new.outputs_schema,
                new.metadata,
                new.extra,
                new.created.unwrap_or(now).0,
            ])?;
        if added == 0 { Err(Error::Exists { what: "dataset", name: new.name.clone() }) } else { Ok(id) }
    }

    fn change_dataset(&mut self, id: Uuid, change: &DatasetChange, now: UnixNanos) -> Result<()> {
        require_dataset(self.transaction, id)?;
        if let Some(name) = &change.name
            && self
                .transaction
                .prepare_cached("SELECT 1 FROM dataset WHERE name = ?1 AND id <> ?2 AND deleted_ns IS NULL")?
                .exists(params![name, id.as_bytes()])?
        {
            return Err(Error::Exists { what: "dataset", name: name.clone() });
        }
        self.transaction
            .prepare_cached(
                "UPDATE dataset SET name = coalesce(?2, name), \
                 description = CASE WHEN ?3 THEN ?4 ELSE description END, \
                 json_inputs_schema = CASE WHEN ?5 THEN ?6 ELSE json_inputs_schema END, \
                 json_outputs_schema = CASE WHEN ?7 THEN ?8 ELSE json_outputs_schema END, \
                 json_metadata = CASE WHEN ?9 THEN ?10 ELSE json_metadata END, \
                 json_extra = CASE WHEN ?11 THEN ?12 ELSE json_extra END, \
                 modified_ns = max(modified_ns, ?13) WHERE id = ?1",
            )?
            .execute(params![
                id.as_bytes(),
                change.name,
                change.description.is_change(),
                change.description.value(),
                change.inputs_schema.is_change(),
                change.inputs_schema.value(),
                change.outputs_schema.is_change(),
                change.outputs_schema.value(),
                change.metadata.is_change(),
                change.metadata.value(),
                change.extra.is_change(),
                change.extra.value(),
                now.0,
            ])?;
        Ok(())
    }

    fn delete_dataset(&mut self, id: Uuid) -> Result<()> {
        require_dataset(self.transaction, id)?;
        self.erase_dataset(id)
    }

    /// Hides a dataset so that it can come back; those that were hidden long ago go for good.
    fn put_dataset_away(&mut self, id: Uuid, now: UnixNanos) -> Result<()> {
        require_dataset(self.transaction, id)?;
        let old: Vec<[u8; 16]> = self
            .transaction
            .prepare_cached("SELECT id FROM dataset WHERE deleted_ns < ?1")?
            .query_map([now.0.saturating_sub(KEPT_NS)], |row| row.get(0))?
            .collect::<rusqlite::Result<_>>()?;
        for old in old {
            self.erase_dataset(Uuid::from_bytes(old))?;
        }
        self.transaction
            .prepare_cached("UPDATE dataset SET deleted_ns = ?2 WHERE id = ?1")?
            .execute(params![id.as_bytes(), now.0])?;
        Ok(())
    }

    fn bring_dataset_back(&mut self, id: Uuid) -> Result<()> {
        if !is_put_away(self.transaction, id)? {
            return require_dataset(self.transaction, id);
        }
        let name: String = self
            .transaction
            .prepare_cached("SELECT name FROM dataset WHERE id = ?1")?
            .query_row([id.as_bytes()], |row| row.get(0))?;
        if self
            .transaction
            .prepare_cached("SELECT 1 FROM dataset WHERE name = ?1 AND deleted_ns IS NULL")?
            .exists([&name])?
        {
            return Err(Error::Exists { what: "dataset", name });
        }
        self.transaction
            .prepare_cached("UPDATE dataset SET deleted_ns = NULL WHERE id = ?1")?
            .execute([id.as_bytes()])?;
        Ok(())
    }

    /// Takes a dataset away with everything about it, hidden or not.
    pub(super) fn erase_dataset(&mut self, id: Uuid) -> Result<()> {
        for sql in [
            "DELETE FROM example_attachment WHERE example IN (SELECT id FROM example WHERE dataset = ?1)",
            "DELETE FROM example WHERE dataset = ?1",
            "DELETE FROM dataset_tag WHERE dataset = ?1",
            "DELETE FROM share WHERE kind = 1 AND subject = ?1",
            "UPDATE queue SET default_dataset = NULL WHERE default_dataset = ?1",
            "UPDATE project SET default_dataset = NULL WHERE default_dataset = ?1",
            "DELETE FROM dataset WHERE id = ?1",
        ] {
            self.transaction.prepare_cached(sql)?.execute([id.as_bytes()])?;
        }
        self.transaction.execute(
            "DELETE FROM attachment_content WHERE \
             NOT EXISTS (SELECT 1 FROM attachment WHERE attachment.hash = attachment_content.hash) AND \
             NOT EXISTS (SELECT 1 FROM example_attachment WHERE example_attachment.hash = attachment_content.hash)",
            [],
        )?;
        Ok(())
    }

    fn tag_dataset(&mut self, dataset: Uuid, as_of: UnixNanos, tag: &str) -> Result<DatasetVersion> {
        if tag == LATEST {
            return Err(Error::Invalid(format!("the tag {LATEST} always belongs to the newest version")));
        }
        let version = find_version(self.transaction, dataset, &AsOf::Time(as_of))?;
        self.transaction
            .prepare_cached(
                "INSERT OR REPLACE INTO dataset_tag (dataset, tag, as_of_ns) VALUES (?1, ?2, ?3)",
            )?
            .execute(params![dataset.as_bytes(), tag, version.as_of.0])?;
        find_version(self.transaction, dataset, &AsOf::Time(version.as_of))
    }
}

/// The conditions of a query.
fn wanted(query: &DatasetQuery) -> Conditions {
    let mut conditions = Conditions::default();
    conditions.sql.push("deleted_ns IS NULL".to_owned());
    conditions.one_of("id", &query.ids.iter().map(|id| id.into_bytes()).collect::<Vec<_>>());
    if let Some(name) = &query.name {
        conditions.add("name = ?", name.clone());
    }
    if let Some(part) = &query.name_contains {
        conditions.add("name LIKE ? ESCAPE '\\'", super::like_literal(part));
    }
    if let Some(data_type) = &query.data_type {
        conditions.add("data_type = ?", data_type.clone());
    }
    if let Some(part) = &query.metadata {
        conditions.add("json_contains(json_metadata, ?)", part.clone());
    }
    conditions
}

impl Store {
    /// Makes a dataset and answers its id; a name or id that is taken is an error.
    pub fn create_dataset(&self, new: NewDataset, now: UnixNanos) -> Result<Uuid> {
        self.writer()?.call(move |session| session.create_dataset(&new, now))
    }

    /// One dataset.
    pub fn dataset(&self, id: Uuid) -> Result<Dataset> {
        self.readers
            .with(|connection| select(connection, "WHERE id = ?1 AND deleted_ns IS NULL", [id.as_bytes()]))?
            .pop()
            .ok_or_else(|| missing(id))
    }

    /// The dataset of this name.
    pub fn dataset_by_name(&self, name: &str) -> Result<Dataset> {
        self.readers
            .with(|connection| select(connection, "WHERE name = ?1 AND deleted_ns IS NULL", [name]))?
            .pop()
            .ok_or_else(|| missing(name))
    }

    /// Datasets that fit.
    pub fn datasets(&self, query: &DatasetQuery) -> Result<Vec<Dataset>> {
        let conditions = wanted(query);
        let column = match query.sort {
            SortDatasets::Created => "created_ns",
            SortDatasets::Modified => "modified_ns",
            SortDatasets::Name => "name",
            SortDatasets::Examples => "examples",
            SortDatasets::Experiments => "experiments",
            SortDatasets::LastExperiment => "last_experiment",
        };
        let direction = if query.descending { "DESC" } else { "ASC" };
        let rest = format!(
            "{} ORDER BY {column} {direction}, id LIMIT {} OFFSET {}",
            conditions.clause(),
            query.limit,
            query.offset
        );
        self.readers.with(|connection| select(connection, &rest, conditions.parameters()))
    }

    /// How many datasets fit, whatever window the query asks for.
    pub fn count_datasets(&self, query: &DatasetQuery) -> Result<u64> {
        let conditions = wanted(query);
        self.readers.with(|connection| {
            let count: i64 = connection
                .prepare_cached(&format!("SELECT count(*) FROM dataset {}", conditions.clause()))?
                .query_row(conditions.parameters(), |row| row.get(0))?;
            Ok(u64::try_from(count).unwrap_or(0))
        })
    }

    /// Changes what is said about a dataset.
    pub fn change_dataset(&self, id: Uuid, change: DatasetChange, now: UnixNanos) -> Result<()> {
        self.writer()?.call(move |session| session.change_dataset(id, &change, now))
    }

    /// Removes a dataset with every version of its examples. Experiments on it stay.
    pub fn delete_dataset(&self, id: Uuid) -> Result<()> {
        self.writer()?.call(move |session| session.delete_dataset(id))
    }

    /// Hides a dataset with everything about it; [`Store::bring_dataset_back`] undoes it within thirty days.
    pub fn put_dataset_away(&self, id: Uuid, now: UnixNanos) -> Result<()> {
        self.writer()?.call(move |session| session.put_dataset_away(id, now))
    }

    /// Shows a dataset again that was put away; a name that was given to another one meanwhile is an error.
    pub fn bring_dataset_back(&self, id: Uuid) -> Result<()> {
        self.writer()?.call(move |session| session.bring_dataset_back(id))
    }

    /// The version at a time (the newest one at or before it) or with a tag.
    pub fn dataset_version(&self, dataset: Uuid, as_of: &AsOf) -> Result<DatasetVersion> {
        self.readers.with(|connection| find_version(connection, dataset, as_of))
    }

    /// A window of the versions of a dataset, the newest first.
    pub fn dataset_versions(&self, dataset: Uuid, offset: u32, limit: u32) -> Result<Vec<DatasetVersion>> {
        self.readers.with(|connection| {
            require_dataset(connection, dataset)?;
            let mut tags = tags(connection, dataset)?;
            let mut statement = connection.prepare_cached(
                "SELECT DISTINCT as_of_ns FROM example WHERE dataset = ?1 ORDER BY as_of_ns DESC LIMIT ?2 OFFSET ?3",
            )?;
            let rows = statement.query_map(params![dataset.as_bytes(), limit, offset], |row| {
                let as_of = UnixNanos(row.get(0)?);
                Ok(DatasetVersion { as_of, tags: tags.remove(&as_of).unwrap_or_default() })
            })?;
            Ok(rows.collect::<rusqlite::Result<_>>()?)
        })
    }

    /// Gives a tag to the version at a time; a version that had it loses it.
    pub fn tag_dataset(&self, dataset: Uuid, as_of: UnixNanos, tag: String) -> Result<DatasetVersion> {
        self.writer()?.call(move |session| session.tag_dataset(dataset, as_of, &tag))
    }

    /// What differs between two versions.
    pub fn dataset_diff(&self, dataset: Uuid, from: &AsOf, to: &AsOf) -> Result<DatasetDiff> {
        self.readers.with(|connection| {
            let before = written_at(connection, dataset, find_version(connection, dataset, from)?.as_of)?;
            let after = written_at(connection, dataset, find_version(connection, dataset, to)?.as_of)?;
            let mut diff = DatasetDiff::default();
            for (id, written) in &after {
                match before.get(id) {
                    None => diff.added.push(*id),
                    Some(earlier) if earlier != written => diff.modified.push(*id),
                    Some(_) => {}
                }
            }
            diff.removed = before.into_keys().filter(|id| !after.contains_key(id)).collect();
            Ok(diff)
        })
    }

    /// Names of the splits that examples are in, sorted.
    pub fn dataset_splits(&self, dataset: Uuid, as_of: Option<&AsOf>) -> Result<Vec<String>> {
        self.readers.with(|connection| {
            require_dataset(connection, dataset)?;
            let as_of = resolve(connection, dataset, as_of)?;
            let mut statement = connection.prepare_cached(
                "SELECT DISTINCT split.value FROM example AS e, json_each(e.json_metadata, '$.dataset_split') AS split \
                 WHERE e.dataset = ?1 AND NOT e.deleted AND split.type = 'text' AND e.as_of_ns = \
                 (SELECT max(as_of_ns) FROM example WHERE example.id = e.id AND example.as_of_ns <= ?2) ORDER BY 1",
            )?;
            let rows = statement.query_map(params![dataset.as_bytes(), as_of.0], |row| row.get(0))?;
            Ok(rows.collect::<rusqlite::Result<_>>()?)
        })
    }

    /// Runs that answer these examples, in these experiments if any are named; by example, then by start.
    pub fn example_runs(&self, examples: &[Uuid], experiments: &[Uuid]) -> Result<Vec<ExampleRun>> {
        let blobs = |ids: &[Uuid]| ids.iter().map(|id| id.into_bytes()).collect::<Vec<_>>();
        if examples.is_empty() {
            return Ok(Vec::new());
        }
        let mut conditions = Conditions::default();
        conditions.one_of("run_example.example", &blobs(examples));
        conditions.one_of("project.uuid", &blobs(experiments));
        self.readers.with(|connection| {
            let mut statement = connection.prepare_cached(&format!(
                "SELECT run_example.example, project.uuid, trace.uuid, run_example.run FROM run_example \
                 JOIN trace ON trace.id = run_example.trace JOIN project ON project.id = trace.project \
                 JOIN run ON run.trace = run_example.trace AND run.uuid = run_example.run {} \
                 ORDER BY run_example.example, run.start_ns, run.uuid",
                conditions.clause()
            ))?;
            let rows = statement.query_map(conditions.parameters(), |row| {
                Ok(ExampleRun {
                    example: Uuid::from_bytes(row.get(0)?),
                    project: Uuid::from_bytes(row.get(1)?),
                    trace_id: TraceId::from_bytes(row.get(2)?),
                    run_id: RunId::from_bytes(row.get(3)?),
                })
            })?;
            Ok(rows.collect::<rusqlite::Result<_>>()?)
        })
    }
}
