//! Examples: what each was in every version of its dataset, with its files.
//!
//! Nothing is ever overwritten: a change adds a state, deleting one adds a state that says so, and reading as of a
//! time takes the latest state until then. Files are states too, and share their content.

mod query;
mod write;

use model::{RunId, UnixNanos};
use rusqlite::{Connection, OptionalExtension, Row, params};
use uuid::Uuid;

pub(super) use query::{conditions, order_of};

use super::{AsOf, Patch, dataset::is_put_away, run_id};
use crate::{AttachmentRow, Error, error::Result};

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
