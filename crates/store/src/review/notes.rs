//! What people wrote about runs, with the category that each judged thing was given (`annotation-ux.md` §18).

use model::{FeedbackId, RunId, TraceId, UnixNanos};
use uuid::Uuid;

use super::{Conditions, run_id, time, trace_id};
use crate::{Store, error::Result};

/// Characters of a note that a row has.
const NOTE_CHARS: usize = 2000;

/// Which notes are asked for; `None` does not restrict.
#[derive(Debug, Clone, Default)]
pub struct NoteQuery {
    /// About runs of this project.
    pub project: Option<Uuid>,
    /// Given in this queue.
    pub queue: Option<Uuid>,
    /// That hold this text.
    pub text: Option<String>,
    /// The key under which things are given their category.
    pub category_key: String,
    /// Of this category; `Some(None)`: without one.
    pub category: Option<Option<String>>,
    /// Rows to skip.
    pub offset: u32,
    /// Rows to return.
    pub limit: u32,
}

/// A note.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NoteRow {
    /// The feedback.
    pub id: FeedbackId,
    /// Under which key it was said.
    pub key: String,
    /// What was said.
    pub text: String,
    /// The run.
    pub run_id: Option<RunId>,
    /// The trace.
    pub trace_id: Option<TraceId>,
    /// The thread.
    pub thread: Option<String>,
    /// Name of the run.
    pub run_name: Option<String>,
    /// Who said it, by name where it came with one.
    pub reviewer: Option<String>,
    /// When.
    pub created: Option<UnixNanos>,
    /// The category of what it is about.
    pub category: Option<String>,
}

/// Notes of a category.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NoteCount {
    /// The category; none for notes without one.
    pub category: Option<String>,
    /// How many.
    pub notes: u64,
}

/// What notes are counted by, beside their category.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NotePivotBy {
    /// Name of the run.
    RunName,
    /// Model of the run, else of its trace.
    Model,
    /// Prompt version of the run, else the first of its trace.
    PromptVersion,
    /// The Monday of the week in which the run began, or the note was written where there is no run.
    Week,
}

/// Notes about runs that have something in common.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NoteGroup {
    /// What they have in common; none for runs without it.
    pub name: Option<String>,
    /// How many there are of each category, those without one last.
    pub categories: Vec<NoteCount>,
}

/// Notes counted by category and by what their runs have in common.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct NotePivot {
    /// The groups with the most notes; weeks in their order.
    pub groups: Vec<NoteGroup>,
    /// How many groups there are.
    pub total: u64,
}

/// When a category was first needed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FirstOfCategory {
    /// The category.
    pub category: String,
    /// The place of its first note among those with a category, in the order in which they were written, from 1.
    pub place: u64,
}

/// The standing category of what a note is about: of its run, else of its trace or thread.
const CATEGORY: &str = "(SELECT CASE WHEN json_valid(c.json_value) THEN CAST(json_extract(c.json_value, '$') AS TEXT) ELSE c.json_value END \
     FROM feedback AS c \
     WHERE c.key = ?1 AND c.retracted_ns IS NULL AND c.json_value IS NOT NULL AND \
       CASE WHEN f.run IS NOT NULL THEN c.run = f.run AND (c.trace IS NULL OR f.trace IS NULL OR c.trace = f.trace) \
            WHEN f.trace IS NOT NULL THEN c.trace = f.trace AND c.run IS NULL \
            ELSE c.thread = f.thread END \
     ORDER BY c.created_ns DESC, c.id LIMIT 1)";

/// The value of a run that a note is about, or of the root of its trace.
fn group_of(by: NotePivotBy) -> String {
    let value = match by {
        NotePivotBy::RunName => "(SELECT text FROM word WHERE word.id = run.name)",
        NotePivotBy::Model => "(SELECT text FROM word WHERE word.id = coalesce(run.model, trace.model))",
        NotePivotBy::PromptVersion => {
            "(SELECT text FROM word WHERE word.id = coalesce(run.prompt_version, (SELECT part.prompt_version FROM run AS part \
              WHERE part.trace = run.trace AND part.prompt_version IS NOT NULL ORDER BY part.start_ns, part.uuid LIMIT 1)))"
        }
        NotePivotBy::Week => "run.start_ns",
    };
    let of_run = format!(
        "(SELECT {value} FROM run JOIN trace ON trace.id = run.trace \
          WHERE run.uuid = coalesce(f.run, (SELECT root FROM trace AS whole WHERE whole.uuid = f.trace)) \
            AND (f.trace IS NULL OR trace.uuid = f.trace) LIMIT 1)"
    );
    match by {
        NotePivotBy::Week => {
            format!(
                "date(coalesce({of_run}, f.created_ns) / 1000000000, 'unixepoch', '-6 days', 'weekday 1')"
            )
        }
        _ => of_run,
    }
}

fn count(row: &rusqlite::Row<'_>, index: usize) -> rusqlite::Result<u64> {
    Ok(u64::try_from(row.get::<_, i64>(index)?).unwrap_or(0))
}

fn conditions(query: &NoteQuery) -> Conditions {
    let mut conditions = Conditions::default();
    conditions.values.push(Box::new(query.category_key.clone()));
    conditions.sql.push("f.comment IS NOT NULL AND f.retracted_ns IS NULL AND f.key <> ?1".to_owned());
    if let Some(project) = query.project {
        conditions.add(
            "coalesce((SELECT project.uuid FROM trace JOIN project ON project.id = trace.project \
             WHERE trace.uuid = f.trace), f.project) = ?",
            project.into_bytes(),
        );
    }
    if let Some(queue) = query.queue {
        conditions.add(
            "f.queue_item IN (SELECT id FROM queue_item WHERE queue_item.queue = ?)",
            queue.into_bytes(),
        );
    }
    if let Some(text) = &query.text {
        conditions.add("f.comment LIKE ? ESCAPE '\\'", super::like_literal(text));
    }
    conditions
}

impl Store {
    /// Notes that fit, the newest first, and how many fit.
    pub fn notes(&self, query: &NoteQuery) -> Result<(Vec<NoteRow>, u64)> {
        let mut conditions = conditions(query);
        match &query.category {
            None => {}
            Some(None) => conditions.sql.push(format!("{CATEGORY} IS NULL")),
            Some(Some(category)) => conditions.add(&format!("{CATEGORY} = ?"), category.clone()),
        }
        self.readers.with(|connection| {
            let mut statement = connection.prepare_cached(&format!(
                "SELECT f.id, f.key, substr(f.comment, 1, {NOTE_CHARS}), f.run, f.trace, f.thread, \
                   (SELECT word.text FROM run JOIN trace ON trace.id = run.trace LEFT JOIN word ON word.id = run.name \
                    WHERE run.uuid = f.run AND (f.trace IS NULL OR trace.uuid = f.trace) LIMIT 1), \
                   coalesce(f.reviewer_name, (SELECT reviewer.name FROM reviewer \
                    WHERE lower(hex(reviewer.id)) = replace(f.reviewer, '-', '')), f.source_kind), f.created_ns, {CATEGORY} \
                 FROM feedback AS f {} ORDER BY f.created_ns DESC, f.id LIMIT {} OFFSET {}",
                conditions.clause(),
                query.limit,
                query.offset
            ))?;
            let rows = statement.query_map(conditions.parameters(), |row| {
                Ok(NoteRow {
                    id: FeedbackId(Uuid::from_bytes(row.get(0)?)),
                    key: row.get(1)?,
                    text: row.get(2)?,
                    run_id: run_id(row, 3)?,
                    trace_id: trace_id(row, 4)?,
                    thread: row.get(5)?,
                    run_name: row.get(6)?,
                    reviewer: row.get(7)?,
                    created: time(row, 8)?,
                    category: row.get(9)?,
                })
            })?;
            let rows = rows.collect::<rusqlite::Result<Vec<_>>>()?;
            let total: i64 = connection
                .prepare_cached(&format!("SELECT count(*) FROM feedback AS f {}", conditions.clause()))?
                .query_row(conditions.parameters(), |row| row.get(0))?;
            Ok((rows, u64::try_from(total).unwrap_or(0)))
        })
    }

    /// How many notes each category has, whatever category the query asks for; the largest first, those without one
    /// last.
    pub fn note_counts(&self, query: &NoteQuery) -> Result<Vec<NoteCount>> {
        let conditions = conditions(query);
        self.readers.with(|connection| {
            let mut statement = connection.prepare_cached(&format!(
                "SELECT {CATEGORY} AS category, count(*) AS notes FROM feedback AS f {} GROUP BY category \
                 ORDER BY category IS NULL, notes DESC, category",
                conditions.clause()
            ))?;
            let rows = statement.query_map(conditions.parameters(), |row| {
                Ok(NoteCount {
                    category: row.get(0)?,
                    notes: u64::try_from(row.get::<_, i64>(1)?).unwrap_or(0),
                })
            })?;
            Ok(rows.collect::<rusqlite::Result<_>>()?)
        })
    }

    /// Notes by category and by what their runs have in common, whatever category the query asks for. At most
    /// `query.limit` groups, those with the most notes.
    pub fn note_pivot(&self, query: &NoteQuery, by: NotePivotBy) -> Result<NotePivot> {
        let conditions = conditions(query);
        let order = match by {
            NotePivotBy::Week => "told.name",
            _ => "size.notes DESC, told.name IS NULL, told.name",
        };
        self.readers.with(|connection| {
            let told = format!(
                "WITH told AS MATERIALIZED (SELECT {} AS name, {CATEGORY} AS category FROM feedback AS f {}), \
                 size AS (SELECT name, count(*) AS notes FROM told GROUP BY name ORDER BY notes DESC, name IS NULL, name LIMIT {})",
                group_of(by),
                conditions.clause(),
                query.limit
            );
            let mut statement = connection.prepare_cached(&format!(
                "{told} SELECT told.name, told.category, count(*) AS notes, (SELECT count(*) FROM (SELECT 1 FROM told GROUP BY name)) \
                 FROM told JOIN size ON size.name IS told.name GROUP BY told.name, told.category \
                 ORDER BY {order}, told.category IS NULL, notes DESC, told.category"
            ))?;
            let mut pivot = NotePivot::default();
            let mut rows = statement.query(conditions.parameters())?;
            while let Some(row) = rows.next()? {
                let name: Option<String> = row.get(0)?;
                let cell = NoteCount { category: row.get(1)?, notes: count(row, 2)? };
                pivot.total = count(row, 3)?;
                match pivot.groups.last_mut() {
                    Some(group) if group.name == name => group.categories.push(cell),
                    _ => pivot.groups.push(NoteGroup { name, categories: vec![cell] }),
                }
            }
            Ok(pivot)
        })
    }

    /// When each category was first needed, in that order: where no new one came for long, more notes tell little new.
    pub fn first_notes(&self, query: &NoteQuery) -> Result<Vec<FirstOfCategory>> {
        let conditions = conditions(query);
        self.readers.with(|connection| {
            let mut statement = connection.prepare_cached(&format!(
                "SELECT category, min(place) AS first FROM \
                   (SELECT category, row_number() OVER (ORDER BY created_ns, id) AS place FROM \
                     (SELECT {CATEGORY} AS category, f.created_ns, f.id FROM feedback AS f {}) WHERE category IS NOT NULL) \
                 GROUP BY category ORDER BY first LIMIT {}",
                conditions.clause(),
                query.limit
            ))?;
            let rows = statement.query_map(conditions.parameters(), |row| {
                Ok(FirstOfCategory { category: row.get(0)?, place: count(row, 1)? })
            })?;
            Ok(rows.collect::<rusqlite::Result<_>>()?)
        })
    }
}
