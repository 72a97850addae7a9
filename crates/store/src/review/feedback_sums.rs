//! What was said, in sums: grouped by the library, so that nobody reads the feedback itself for it.

use rusqlite::{Row, ToSql};
use uuid::Uuid;

use model::TraceId;

use crate::{Store, error::Result};

/// Values that are told of one key: those that were given most often.
const MOST_VALUES: u32 = 50;

/// What feedback is put together by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FeedbackGrouping {
    /// The name of the judged run.
    RunName,
    /// The version of the prompt that the judged run used.
    PromptVersion,
    /// The thread of the judged run.
    Thread,
    /// The trace of the judged run.
    Trace,
    /// The project of the judged run, or the one that was judged.
    Project,
}

impl FeedbackGrouping {
    /// The group of a feedback `f`. Of a run that several traces have, the one is meant that the feedback names.
    fn sql(self) -> String {
        let of_run = |column: &str| {
            format!(
                "(SELECT word.text FROM run JOIN trace ON trace.id = run.trace \
                 LEFT JOIN thread ON thread.id = trace.thread JOIN word ON word.id = {column} \
                 WHERE run.uuid = f.run AND trace.echo_of IS NULL ORDER BY trace.uuid IS NOT f.trace LIMIT 1)"
            )
        };
        match self {
            Self::RunName => of_run("run.name"),
            Self::PromptVersion => of_run("run.prompt_version"),
            Self::Thread => format!("coalesce(f.thread, {})", of_run("coalesce(run.thread, thread.key)")),
            Self::Trace => "f.trace".to_owned(),
            Self::Project => {
                "(SELECT name FROM project WHERE uuid = coalesce((SELECT project.uuid FROM trace \
                 JOIN project ON project.id = trace.project WHERE trace.uuid = f.trace), f.project))"
                    .to_owned()
            }
        }
    }

    fn read(self, row: &Row<'_>) -> rusqlite::Result<String> {
        match self {
            Self::Trace => Ok(TraceId(Uuid::from_bytes(row.get(0)?)).to_string()),
            _ => row.get(0),
        }
    }
}

/// What was said under one key about one group.
#[derive(Debug, Clone, PartialEq)]
pub struct FeedbackSum {
    /// The group.
    pub group: String,
    /// The key.
    pub key: String,
    /// How often.
    pub count: u64,
    /// How often the evaluator failed.
    pub errors: u64,
    /// Whether some of it is about threads.
    pub about_thread: bool,
    /// Mean of the scores.
    pub mean: Option<f64>,
    /// Lowest score.
    pub min: Option<f64>,
    /// Highest score.
    pub max: Option<f64>,
    /// Mean square of how far the scores lie from their mean.
    pub variance: Option<f64>,
    /// Values (JSON) and how often each was given, the most frequent ones.
    pub values: Vec<(String, u64)>,
}

impl Store {
    /// What was said and stands, by a property of what it is about; by group and key. What has no such property is left
    /// out, and so are runs that are not there.
    pub fn feedback_sums(&self, by: FeedbackGrouping, project: Option<Uuid>) -> Result<Vec<FeedbackSum>> {
        let project = project.map(Uuid::into_bytes);
        let within = match project {
            Some(_) => {
                "AND coalesce((SELECT project.uuid FROM trace JOIN project ON project.id = trace.project \
                 WHERE trace.uuid = f.trace), f.project) = ?1"
            }
            None => "",
        };
        let said = format!(
            "WITH named AS (SELECT {} AS name, f.key, f.score, f.json_value, f.error, f.thread \
               FROM feedback AS f WHERE f.retracted_ns IS NULL {within}), \
             said AS (SELECT * FROM named WHERE name IS NOT NULL) ",
            by.sql()
        );
        let parameters: Vec<&dyn ToSql> = project.iter().map(|id| id as &dyn ToSql).collect();
        self.readers.with(|connection| {
            let mut sums: Vec<FeedbackSum> = connection
                .prepare_cached(&format!(
                    "{said} SELECT name, key, count(*), sum(error), max(thread IS NOT NULL), avg(score), min(score), \
                     max(score), avg(off * off) FROM (SELECT *, score - avg(score) OVER (PARTITION BY name, key) AS off \
                     FROM said) GROUP BY name, key ORDER BY name, key"
                ))?
                .query_map(parameters.as_slice(), |row| {
                    Ok(FeedbackSum {
                        group: by.read(row)?,
                        key: row.get(1)?,
                        count: row.get::<_, i64>(2)?.unsigned_abs(),
                        errors: row.get::<_, i64>(3)?.unsigned_abs(),
                        about_thread: row.get(4)?,
                        mean: row.get(5)?,
                        min: row.get(6)?,
                        max: row.get(7)?,
                        variance: row.get(8)?,
                        values: Vec::new(),
                    })
                })?
                .collect::<rusqlite::Result<_>>()?;
            // By group and key too, so each is found by going on from the one before.
            let mut values = connection.prepare_cached(&format!(
                "{said} SELECT name, key, json_value, times FROM (SELECT *, row_number() OVER (PARTITION BY name, key \
                 ORDER BY times DESC, json_value) AS place FROM (SELECT name, key, json_value, count(*) AS times FROM said \
                 WHERE json_value IS NOT NULL GROUP BY name, key, json_value)) WHERE place <= {MOST_VALUES} \
                 ORDER BY name, key, place"
            ))?;
            let mut rows = values.query(parameters.as_slice())?;
            let mut at = 0;
            while let Some(row) = rows.next()? {
                if let Some(sum) = sum_of(&mut sums, &mut at, &by.read(row)?, &row.get::<_, String>(1)?) {
                    sum.values.push((row.get(2)?, row.get::<_, i64>(3)?.unsigned_abs()));
                }
            }
            Ok(sums)
        })
    }
}

/// The sum of a group and key at or behind `at`. One that was said since the sums were read has none.
fn sum_of<'s>(
    sums: &'s mut [FeedbackSum],
    at: &mut usize,
    group: &str,
    key: &str,
) -> Option<&'s mut FeedbackSum> {
    let found = *at + sums[*at..].iter().position(|sum| sum.group == group && sum.key == key)?;
    *at = found;
    sums.get_mut(found)
}
