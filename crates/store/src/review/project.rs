//! Projects as things of their own: found by id or name, described, renamed, removed.

use std::collections::HashSet;

use model::{Cost, CostByClass, FeedbackId, RunId, TraceId, UnixNanos, Usage};
use rusqlite::{Connection, OptionalExtension, Row, params};
use uuid::Uuid;

use super::{Conditions, time, uuid};
use crate::{
    Error, Store,
    error::Result,
    row::{ROLL_UP_COLUMNS, RollUp},
    write::Session,
};

/// A project with what is said about it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProjectDetail {
    /// Its id.
    pub id: Uuid,
    /// Its name.
    pub name: String,
    /// What it is for.
    pub description: Option<String>,
    /// Anything else, `metadata` among it: a JSON object.
    pub extra: Option<String>,
    /// When it began, as said.
    pub start: Option<UnixNanos>,
    /// When it ended, as said.
    pub end: Option<UnixNanos>,
    /// The dataset that the project is an experiment on.
    pub reference_dataset: Option<Uuid>,
    /// Where examples made of its runs go.
    pub default_dataset: Option<Uuid>,
    /// Traces in it.
    pub traces: u64,
    /// Traces whose root failed.
    pub failed_traces: u64,
    /// Runs in its traces.
    pub runs: u64,
    /// Tokens of all runs that count.
    pub usage: Usage,
    /// Cost of all runs that count.
    pub cost: Option<Cost>,
    /// The same by class.
    pub costs: CostByClass,
    /// Start of the earliest trace.
    pub first_start: Option<UnixNanos>,
    /// Start of the latest trace.
    pub last_start: Option<UnixNanos>,
}

/// Which projects are asked for.
#[derive(Debug, Clone, Default)]
pub struct ProjectQuery {
    /// Exactly this name.
    pub name: Option<String>,
    /// Names that hold this text.
    pub name_contains: Option<String>,
    /// One of these.
    pub ids: Vec<Uuid>,
    /// Experiments on one of these datasets.
    pub reference_datasets: Vec<Uuid>,
    /// Only experiments (`false`) or only other projects (`true`).
    pub reference_free: Option<bool>,
}

/// A project to be made.
#[derive(Debug, Clone, Default)]
pub struct NewProject {
    /// Its id; one is made when absent.
    pub id: Option<Uuid>,
    /// Its name.
    pub name: String,
    /// See [`ProjectDetail`].
    pub description: Option<String>,
    /// See [`ProjectDetail`].
    pub extra: Option<String>,
    /// See [`ProjectDetail`].
    pub start: Option<UnixNanos>,
    /// See [`ProjectDetail`].
    pub end: Option<UnixNanos>,
    /// See [`ProjectDetail`].
    pub reference_dataset: Option<Uuid>,
    /// See [`ProjectDetail`].
    pub default_dataset: Option<Uuid>,
}

/// A change of a project; `None` leaves things as they are.
#[derive(Debug, Clone, Default)]
#[expect(missing_docs, reason = "the fields are those of `ProjectDetail` and documented there")]
pub struct ProjectChange {
    pub name: Option<String>,
    pub description: Option<String>,
    pub extra: Option<String>,
    pub end: Option<UnixNanos>,
    pub default_dataset: Option<Uuid>,
}

fn read(row: &Row<'_>) -> rusqlite::Result<ProjectDetail> {
    const REST: usize = ROLL_UP_COLUMNS.len();
    let sums = RollUp::from_row(row, 0)?;
    let unsigned = |count: i64| u64::try_from(count).unwrap_or(0);
    Ok(ProjectDetail {
        runs: unsigned(sums.runs),
        usage: sums.usage(),
        cost: sums.cost(),
        costs: sums.by_class(),
        id: Uuid::from_bytes(row.get(REST)?),
        name: row.get(REST + 1)?,
        description: row.get(REST + 2)?,
        extra: row.get(REST + 3)?,
        start: time(row, REST + 4)?,
        end: time(row, REST + 5)?,
        reference_dataset: uuid(row, REST + 6)?,
        default_dataset: uuid(row, REST + 7)?,
        traces: unsigned(row.get(REST + 8)?),
        failed_traces: unsigned(row.get(REST + 9)?),
        first_start: time(row, REST + 10)?,
        last_start: time(row, REST + 11)?,
    })
}

fn select(
    connection: &Connection,
    rest: &str,
    parameters: impl rusqlite::Params,
) -> Result<Vec<ProjectDetail>> {
    let mut statement = connection.prepare_cached(&format!(
        "SELECT {}, uuid, name, description, json_extra, start_ns, end_ns, reference_dataset, \
         default_dataset, traces, failed_traces, \
         (SELECT min(trace.start_ns) FROM trace WHERE trace.project = project.id AND trace.echo_of IS NULL), \
         (SELECT max(trace.start_ns) FROM trace WHERE trace.project = project.id AND trace.echo_of IS NULL) FROM project {rest}",
        ROLL_UP_COLUMNS.join(", ")
    ))?;
    let rows = statement.query_map(parameters, read)?;
    Ok(rows.collect::<rusqlite::Result<_>>()?)
}

impl Session<'_> {
    /// The row of the project that a run names: by name, by a former name, or by id. Made when it is not there.
    pub(crate) fn project_row(&self, reference: &str) -> Result<i64> {
        let found = self
            .transaction
            .prepare_cached(
                "SELECT id FROM project WHERE name = ?1 UNION ALL SELECT project FROM project_alias WHERE name = ?1 LIMIT 1",
            )?
            .query_row([reference], |row| row.get(0))
            .optional()?;
        if let Some(row) = found {
            return Ok(row);
        }
        let id = Uuid::try_parse(reference).ok();
        if let Some(id) = id {
            let found = self
                .transaction
                .prepare_cached("SELECT id FROM project WHERE uuid = ?1")?
                .query_row([id.as_bytes()], |row| row.get(0))
                .optional()?;
            if let Some(row) = found {
                return Ok(row);
            }
        }
        self.transaction
            .prepare_cached("INSERT INTO project (name, uuid) VALUES (?1, ?2)")?
            .execute(params![reference, id.unwrap_or_else(Uuid::new_v4).into_bytes()])?;
        Ok(self.transaction.last_insert_rowid())
    }

    fn create_project(&mut self, new: &NewProject, upsert: bool) -> Result<Option<Uuid>> {
        let by_name: Option<[u8; 16]> = self
            .transaction
            .prepare_cached("SELECT uuid FROM project WHERE name = ?1")?
            .query_row([&new.name], |row| row.get(0))
            .optional()?;
        if let Some(known) = by_name {
            if !upsert {
                return Ok(None);
            }
            let id = Uuid::from_bytes(known);
            self.transaction
                .prepare_cached(
                    "UPDATE project SET description = coalesce(?2, description), json_extra = coalesce(?3, json_extra), \
                     start_ns = coalesce(?4, start_ns), end_ns = coalesce(?5, end_ns), \
                     reference_dataset = coalesce(?6, reference_dataset), \
                     default_dataset = coalesce(?7, default_dataset) WHERE uuid = ?1",
                )?
                .execute(params![
                    id.into_bytes(),
                    new.description,
                    new.extra,
                    new.start.map(|time| time.0),
                    new.end.map(|time| time.0),
                    new.reference_dataset.map(Uuid::into_bytes),
                    new.default_dataset.map(Uuid::into_bytes)
                ])?;
            return Ok(Some(id));
        }
        let id = new.id.unwrap_or_else(Uuid::new_v4);
        // A run may have named the project by its id before it got its name.
        let renamed = self
            .transaction
            .prepare_cached("UPDATE project SET name = ?2 WHERE uuid = ?1 AND name = ?3")?
            .execute(params![id.into_bytes(), new.name, id.to_string()])?;
        if renamed > 0 {
            self.transaction
                .prepare_cached("INSERT OR REPLACE INTO project_alias (name, project) SELECT ?2, id FROM project WHERE uuid = ?1")?
                .execute(params![id.into_bytes(), id.to_string()])?;
        } else {
            self.transaction
                .prepare_cached("DELETE FROM project_alias WHERE name = ?1")?
                .execute([&new.name])?;
            let added = self
                .transaction
                .prepare_cached("INSERT OR IGNORE INTO project (name, uuid) VALUES (?1, ?2)")?
                .execute(params![new.name, id.into_bytes()])?;
            if added == 0 {
                return Ok(None);
            }
        }
        self.mark_everything_changed();
        self.create_project(&NewProject { id: Some(id), ..new.clone() }, true)
    }

    fn change_project(&mut self, id: Uuid, change: &ProjectChange) -> Result<bool> {
        let Some(row): Option<i64> = self
            .transaction
            .prepare_cached("SELECT id FROM project WHERE uuid = ?1")?
            .query_row([id.as_bytes()], |row| row.get(0))
            .optional()?
        else {
            return Ok(false);
        };
        self.transaction
            .prepare_cached(
                "UPDATE project SET description = coalesce(?2, description), json_extra = coalesce(?3, json_extra), \
                 end_ns = coalesce(?4, end_ns), default_dataset = coalesce(?5, default_dataset) WHERE id = ?1",
            )?
            .execute(params![
                row,
                change.description,
                change.extra,
                change.end.map(|time| time.0),
                change.default_dataset.map(Uuid::into_bytes)
            ])?;
        if let Some(name) = &change.name {
            self.rename_project(row, name)?;
        }
        self.mark_everything_changed();
        Ok(true)
    }

    /// Runs that come under the old name still belong to the project.
    fn rename_project(&mut self, row: i64, name: &str) -> Result<()> {
        let old: String = self
            .transaction
            .prepare_cached("SELECT name FROM project WHERE id = ?1")?
            .query_row([row], |row| row.get(0))?;
        if old == name {
            return Ok(());
        }
        self.transaction.prepare_cached("DELETE FROM project_alias WHERE name = ?1")?.execute([name])?;
        self.transaction
            .prepare_cached("INSERT OR REPLACE INTO project_alias (name, project) VALUES (?1, ?2)")?
            .execute(params![old, row])?;
        self.transaction
            .prepare_cached("UPDATE project SET name = ?2 WHERE id = ?1")?
            .execute(params![row, name])?;
        self.forget_projects();
        Ok(())
    }

    /// What was said about a project, its traces and its runs goes with them: who deletes a project wants nothing of it kept.
    fn delete_feedback_about(&mut self, project: Uuid, runs: &[(TraceId, RunId)]) -> Result<()> {
        let traces: HashSet<TraceId> = runs.iter().map(|(trace, _)| *trace).collect();
        let of_runs = runs.iter().map(|(_, run)| ("run", run.as_bytes()));
        let of_traces = traces.iter().map(|trace| ("trace", trace.as_bytes()));
        let mut found = Vec::new();
        for (column, id) in of_runs.chain(of_traces).chain([("project", project.as_bytes())]) {
            let mut statement =
                self.transaction.prepare_cached(&format!("SELECT id FROM feedback WHERE {column} = ?1"))?;
            let ids = statement.query_map([id], |row| Ok(FeedbackId(Uuid::from_bytes(row.get(0)?))))?;
            found.extend(ids.collect::<rusqlite::Result<Vec<_>>>()?);
        }
        for id in found {
            self.delete_feedback(id)?;
        }
        Ok(())
    }

    fn remove_project(&mut self, id: Uuid) -> Result<bool> {
        let Some(row): Option<i64> = self
            .transaction
            .prepare_cached("SELECT id FROM project WHERE uuid = ?1")?
            .query_row([id.as_bytes()], |row| row.get(0))
            .optional()?
        else {
            return Ok(false);
        };
        let runs: Vec<(TraceId, RunId)> = {
            let mut statement = self.transaction.prepare_cached(
                "SELECT trace.uuid, run.uuid FROM run JOIN trace ON trace.id = run.trace WHERE trace.project = ?1",
            )?;
            statement
                .query_map([row], |row| {
                    Ok((TraceId::from_bytes(row.get(0)?), RunId::from_bytes(row.get(1)?)))
                })?
                .collect::<rusqlite::Result<_>>()?
        };
        self.delete_feedback_about(id, &runs)?;
        self.remove_runs(&runs)?;
        self.forget_project_when_empty(row);
        self.mark_everything_changed();
        Ok(true)
    }
}

impl Store {
    /// One project.
    pub fn project(&self, id: Uuid) -> Result<ProjectDetail> {
        self.readers
            .with(|connection| select(connection, "WHERE uuid = ?1", [id.as_bytes()]))?
            .pop()
            .ok_or_else(|| Error::NotFound { what: "project", id: id.to_string() })
    }

    /// Projects that fit, by name.
    pub fn find_projects(&self, query: &ProjectQuery) -> Result<Vec<ProjectDetail>> {
        let blobs = |ids: &[Uuid]| ids.iter().map(|id| id.into_bytes()).collect::<Vec<_>>();
        let mut conditions = Conditions::default();
        // A project that holds nothing and that nobody made is only a name.
        conditions.sql.push("(traces > 0 OR start_ns IS NOT NULL)".to_owned());
        if let Some(name) = &query.name {
            conditions.add("name = ?", name.clone());
        }
        if let Some(part) = &query.name_contains {
            conditions.add("name LIKE ? ESCAPE '\\'", super::like_literal(part));
        }
        conditions.one_of("uuid", &blobs(&query.ids));
        conditions.one_of("reference_dataset", &blobs(&query.reference_datasets));
        if let Some(free) = query.reference_free {
            let is_null = if free { "reference_dataset IS NULL" } else { "reference_dataset IS NOT NULL" };
            conditions.sql.push(is_null.to_owned());
        }
        self.readers.with(|connection| {
            select(connection, &format!("{} ORDER BY name", conditions.clause()), conditions.parameters())
        })
    }

    /// Makes a project. With `upsert` one of the same name is described anew and keeps its id; without, it is an error.
    pub fn create_project(&self, new: NewProject, upsert: bool) -> Result<Uuid> {
        let name = new.name.clone();
        self.writer()?
            .call(move |session| session.create_project(&new, upsert))?
            .ok_or(Error::Exists { what: "project", name })
    }

    /// Changes what is said about a project.
    pub fn change_project(&self, id: Uuid, change: ProjectChange) -> Result<()> {
        if let Some(name) = &change.name
            && self
                .find_projects(&ProjectQuery { name: Some(name.clone()), ..ProjectQuery::default() })?
                .iter()
                .any(|project| project.id != id)
        {
            return Err(Error::Exists { what: "project", name: name.clone() });
        }
        let found = self.writer()?.call(move |session| session.change_project(id, &change))?;
        if found { Ok(()) } else { Err(Error::NotFound { what: "project", id: id.to_string() }) }
    }

    /// Removes a project with all of its traces.
    pub fn remove_project(&self, id: Uuid) -> Result<()> {
        let found = self.writer()?.call(move |session| session.remove_project(id))?;
        if found { Ok(()) } else { Err(Error::NotFound { what: "project", id: id.to_string() }) }
    }
}

/// How long the root of a trace took.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RootTimes {
    /// Status of the trace.
    pub status: model::RunStatus,
    /// From start to end.
    pub latency_ns: Option<i64>,
    /// From start to the first token.
    pub first_token_ns: Option<i64>,
}

impl Store {
    /// The project of a trace.
    pub fn project_of_trace(&self, trace: TraceId) -> Result<Uuid> {
        self.readers
            .with(|connection| {
                Ok(connection
                    .prepare_cached(
                        "SELECT project.uuid FROM trace JOIN project ON project.id = trace.project WHERE trace.uuid = ?1",
                    )?
                    .query_row([trace.as_bytes()], |row| uuid(row, 0))
                    .optional()?
                    .flatten())
            })?
            .ok_or_else(|| Error::NotFound { what: "trace", id: trace.to_string() })
    }

    /// Times of all traces of a project.
    pub fn root_times(&self, id: Uuid) -> Result<Vec<RootTimes>> {
        self.readers.with(|connection| {
            let mut statement = connection.prepare_cached(
                "SELECT trace.status, trace.latency_ns, run.first_token_ns - run.start_ns FROM trace \
                 JOIN project ON project.id = trace.project \
                 LEFT JOIN run ON run.trace = trace.id AND run.uuid = trace.root \
                 WHERE project.uuid = ?1 AND trace.echo_of IS NULL",
            )?;
            let rows = statement.query_map([id.as_bytes()], |row| {
                Ok(RootTimes {
                    status: crate::row::status_from(row.get(0)?),
                    latency_ns: row.get(1)?,
                    first_token_ns: row.get(2)?,
                })
            })?;
            Ok(rows.collect::<rusqlite::Result<_>>()?)
        })
    }
}
