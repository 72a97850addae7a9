//! Feedback, what its keys mean, and the tokens with which it may be given.

use model::{Feedback, FeedbackId, RunId, TraceId, UnixNanos};
use rusqlite::{Connection, OptionalExtension, Row, params};
use uuid::Uuid;

use super::{Conditions, run_id, time, trace_id, uuid};
use crate::{Error, Store, error::Result, write::Session};

const COLUMNS: &str = "id, run, trace, project, thread, key, score, json_value, comment, json_correction, source_kind, \
     json_source_metadata, error, group_id, comparative_experiment, json_extra, created_ns, modified_ns, reviewer, reviewer_name, retracted_ns, supersedes, queue_item";

/// Which feedback is asked for; empty lists and `None` do not restrict.
#[derive(Debug, Clone, Default)]
pub struct FeedbackQuery {
    /// About these runs.
    pub runs: Vec<RunId>,
    /// About these traces or any of their runs.
    pub traces: Vec<TraceId>,
    /// With these keys.
    pub keys: Vec<String>,
    /// About runs of these projects, or the projects themselves.
    pub projects: Vec<Uuid>,
    /// Of these kinds of source.
    pub sources: Vec<String>,
    /// About this thread.
    pub thread: Option<String>,
    /// Of this comparison.
    pub comparative_experiment: Option<Uuid>,
    /// With or without a comment.
    pub has_comment: Option<bool>,
    /// With or without a score.
    pub has_score: Option<bool>,
    /// Only about projects (`true`) or only about runs (`false`).
    pub about_project: Option<bool>,
    /// Said at or after.
    pub created_min: Option<UnixNanos>,
    /// Said at or before.
    pub created_max: Option<UnixNanos>,
    /// Given in these queue items.
    pub queue_items: Vec<Uuid>,
    /// By these reviewers.
    pub reviewers: Vec<String>,
    /// What was replaced or taken back as well; only what stands when not set.
    pub with_retracted: bool,
    /// Rows to skip.
    pub offset: u32,
    /// Rows to return.
    pub limit: u32,
}

/// What the score of a key means.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FeedbackConfig {
    /// The key.
    pub key: String,
    /// `{type, min, max, categories}`: a JSON object.
    pub config: String,
    /// Whether less is better.
    pub lower_is_better: bool,
    /// Whether other values are refused.
    pub enforced: bool,
    /// Last change.
    pub modified: UnixNanos,
}

/// Lets anybody who knows it say something about one run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FeedbackToken {
    /// The token.
    pub id: Uuid,
    /// About this run.
    pub run_id: RunId,
    /// Under this key.
    pub key: String,
    /// Configuration for the key, should it have none: a JSON object.
    pub config: Option<String>,
    /// Not after.
    pub expires: UnixNanos,
    /// Made at.
    pub created: UnixNanos,
}

fn read(row: &Row<'_>) -> rusqlite::Result<Feedback> {
    Ok(Feedback {
        id: FeedbackId(Uuid::from_bytes(row.get(0)?)),
        run_id: run_id(row, 1)?,
        trace_id: trace_id(row, 2)?,
        project_id: uuid(row, 3)?,
        thread: row.get(4)?,
        key: row.get(5)?,
        score: row.get(6)?,
        value: row.get(7)?,
        comment: row.get(8)?,
        correction: row.get(9)?,
        source_kind: row.get(10)?,
        source_metadata: row.get(11)?,
        error: row.get(12)?,
        group_id: uuid(row, 13)?,
        comparative_experiment_id: uuid(row, 14)?,
        extra: row.get(15)?,
        created: time(row, 16)?,
        modified: time(row, 17)?,
        reviewer: row.get(18)?,
        reviewer_name: row.get(19)?,
        retracted: time(row, 20)?,
        supersedes: uuid(row, 21)?.map(FeedbackId),
        queue_item: uuid(row, 22)?,
    })
}

/// Feedback by the rest of a statement.
pub(super) fn select(
    connection: &Connection,
    rest: &str,
    parameters: impl rusqlite::Params,
) -> Result<Vec<Feedback>> {
    let mut statement = connection.prepare_cached(&format!("SELECT {COLUMNS} FROM feedback {rest}"))?;
    Ok(statement.query_map(parameters, read)?.collect::<rusqlite::Result<_>>()?)
}

fn find(connection: &Connection, id: FeedbackId) -> Result<Option<Feedback>> {
    Ok(connection
        .prepare_cached(&format!("SELECT {COLUMNS} FROM feedback WHERE id = ?1"))?
        .query_row([id.0.as_bytes()], read)
        .optional()?)
}

impl Session<'_> {
    /// Keeps feedback; what was said under the same id before is replaced, its time of creation stays.
    ///
    /// A run whose trace is not named gets the one it is in, where that is known; a run need not be there (yet).
    /// Keeps feedback and answers what says something new, as it was kept.
    pub(crate) fn put_feedback(&mut self, all: &[Feedback], now: UnixNanos) -> Result<Vec<Feedback>> {
        let mut changed = Vec::new();
        for feedback in all {
            let known = find(self.transaction, feedback.id)?;
            let trace =
                feedback.trace_id.map_or_else(|| self.trace_of(feedback.run_id), |trace| Ok(Some(trace)))?;
            let created = feedback.created.or(known.as_ref().and_then(|known| known.created)).unwrap_or(now);
            let blob = |id: Option<Uuid>| id.map(Uuid::into_bytes);
            self.transaction
                .prepare_cached(&format!(
                    "INSERT OR REPLACE INTO feedback ({COLUMNS}) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, \
                     ?12, ?13, ?14, ?15, ?16, ?17, ?18, ?19, ?20, ?21, ?22, ?23)"
                ))?
                .execute(params![
                    feedback.id.0.as_bytes(),
                    blob(feedback.run_id.map(|id| id.0)),
                    blob(trace.map(|id| id.0)),
                    blob(feedback.project_id),
                    feedback.thread,
                    feedback.key,
                    feedback.score,
                    feedback.value,
                    feedback.comment,
                    feedback.correction,
                    feedback.source_kind,
                    feedback.source_metadata,
                    feedback.error,
                    blob(feedback.group_id),
                    blob(feedback.comparative_experiment_id),
                    feedback.extra,
                    created.0,
                    feedback.modified.unwrap_or(now).0,
                    feedback.reviewer,
                    feedback.reviewer_name,
                    feedback.retracted.map(|time| time.0),
                    blob(feedback.supersedes.map(|id| id.0)),
                    // A program that says something anew knows nothing of queues.
                    blob(feedback.queue_item.or(known.as_ref().and_then(|known| known.queue_item))),
                ])?;
            self.mark_changed(trace.into_iter().chain(known.as_ref().and_then(|known| known.trace_id)));
            let kept = Feedback { trace_id: trace, created: Some(created), ..feedback.clone() };
            let times =
                |one: &Feedback, modified| Feedback { created: kept.created, modified, ..one.clone() };
            if known.is_none_or(|known| times(&known, None) != times(&kept, None)) {
                changed.push(times(&kept, Some(feedback.modified.unwrap_or(now))));
            }
        }
        Ok(changed)
    }

    /// Feedback that came before its run learns which trace it is in.
    pub(crate) fn meet_feedback(&self, trace_id: TraceId, run: RunId) -> Result<()> {
        self.transaction
            .prepare_cached("UPDATE feedback SET trace = ?1 WHERE run = ?2 AND trace IS NULL")?
            .execute(params![trace_id.as_bytes(), run.as_bytes()])?;
        Ok(())
    }

    fn trace_of(&self, run: Option<RunId>) -> Result<Option<TraceId>> {
        let Some(run) = run else { return Ok(None) };
        Ok(self
            .transaction
            .prepare_cached(
                "SELECT trace.uuid FROM run JOIN trace ON trace.id = run.trace WHERE run.uuid = ?1 LIMIT 1",
            )?
            .query_row([run.as_bytes()], |row| Ok(TraceId::from_bytes(row.get(0)?)))
            .optional()?)
    }

    pub(super) fn delete_feedback(&mut self, id: FeedbackId) -> Result<bool> {
        let known = find(self.transaction, id)?;
        self.transaction.prepare_cached("DELETE FROM feedback WHERE id = ?1")?.execute([id.0.as_bytes()])?;
        self.mark_changed(known.as_ref().and_then(|known| known.trace_id));
        Ok(known.is_some())
    }
}

fn config(row: &Row<'_>) -> rusqlite::Result<FeedbackConfig> {
    Ok(FeedbackConfig {
        key: row.get(0)?,
        config: row.get(1)?,
        lower_is_better: row.get(2)?,
        enforced: row.get(3)?,
        modified: UnixNanos(row.get(4)?),
    })
}

pub(super) fn find_config(connection: &Connection, key: &str) -> Result<Option<FeedbackConfig>> {
    Ok(connection
        .prepare_cached(&format!("SELECT {CONFIG_COLUMNS} FROM feedback_config WHERE key = ?1"))?
        .query_row([key], config)
        .optional()?)
}

const CONFIG_COLUMNS: &str = "key, json_config, lower_is_better, enforced, modified_ns";

fn token(row: &Row<'_>) -> rusqlite::Result<FeedbackToken> {
    Ok(FeedbackToken {
        id: Uuid::from_bytes(row.get(0)?),
        run_id: RunId::from_bytes(row.get(1)?),
        key: row.get(2)?,
        config: row.get(3)?,
        expires: UnixNanos(row.get(4)?),
        created: UnixNanos(row.get(5)?),
    })
}

const TOKEN_COLUMNS: &str = "id, run, key, json_config, expires_ns, created_ns";

impl Store {
    /// Keeps feedback and waits for the commit.
    pub fn put_feedback(&self, feedback: Vec<Feedback>, now: UnixNanos) -> Result<()> {
        self.writer()?.call(move |session| session.put_feedback(&feedback, now).map(drop))
    }

    /// Removes a feedback.
    pub fn delete_feedback(&self, id: FeedbackId) -> Result<()> {
        let found = self.writer()?.call(move |session| session.delete_feedback(id))?;
        if found { Ok(()) } else { Err(Error::NotFound { what: "feedback", id: id.to_string() }) }
    }

    /// One feedback.
    pub fn feedback(&self, id: FeedbackId) -> Result<Feedback> {
        self.readers
            .with(|connection| find(connection, id))?
            .ok_or_else(|| Error::NotFound { what: "feedback", id: id.to_string() })
    }

    /// Feedback of no run whose further members hold this text, the newest first, up to a limit.
    pub fn feedback_without_run(&self, holding: &str, limit: u32) -> Result<Vec<Feedback>> {
        self.readers.with(|connection| {
            select(
                connection,
                "WHERE run IS NULL AND instr(json_extra, ?1) > 0 ORDER BY created_ns DESC LIMIT ?2",
                params![holding, limit],
            )
        })
    }

    /// Feedback, what was said last first.
    pub fn list_feedback(&self, query: &FeedbackQuery) -> Result<Vec<Feedback>> {
        let blobs = |ids: &mut dyn Iterator<Item = Uuid>| ids.map(Uuid::into_bytes).collect::<Vec<_>>();
        let mut conditions = Conditions::default();
        conditions.one_of("run", &blobs(&mut query.runs.iter().map(|id| id.0)));
        conditions.one_of("trace", &blobs(&mut query.traces.iter().map(|id| id.0)));
        conditions.one_of("key", &query.keys);
        conditions.one_of("source_kind", &query.sources);
        if !query.projects.is_empty() {
            let marks = vec!["?"; query.projects.len()].join(", ");
            conditions.sql.push(format!(
                "coalesce((SELECT project.uuid FROM trace JOIN project ON project.id = trace.project \
                 WHERE trace.uuid = feedback.trace), feedback.project) IN ({marks})"
            ));
            conditions.values.extend(
                query.projects.iter().map(|id| Box::new(id.into_bytes()) as Box<dyn rusqlite::ToSql>),
            );
        }
        if let Some(thread) = &query.thread {
            conditions.add("thread = ?", thread.clone());
        }
        if let Some(comparison) = query.comparative_experiment {
            conditions.add("comparative_experiment = ?", comparison.into_bytes());
        }
        let mut flag = |wanted: Option<bool>, yes: &str, no: &str| {
            if let Some(wanted) = wanted {
                conditions.sql.push(if wanted { yes } else { no }.to_owned());
            }
        };
        flag(query.has_comment, "comment IS NOT NULL", "comment IS NULL");
        flag(query.has_score, "score IS NOT NULL", "score IS NULL");
        flag(query.about_project, "run IS NULL AND trace IS NULL", "(run IS NOT NULL OR trace IS NOT NULL)");
        if let Some(min) = query.created_min {
            conditions.add("created_ns >= ?", min.0);
        }
        if let Some(max) = query.created_max {
            conditions.add("created_ns <= ?", max.0);
        }
        conditions.one_of("queue_item", &blobs(&mut query.queue_items.iter().copied()));
        conditions.one_of("reviewer", &query.reviewers);
        if !query.with_retracted {
            conditions.sql.push("retracted_ns IS NULL".to_owned());
        }
        self.readers.with(|connection| {
            let mut statement = connection.prepare_cached(&format!(
                "SELECT {COLUMNS} FROM feedback {} ORDER BY created_ns DESC, id LIMIT {} OFFSET {}",
                conditions.clause(),
                query.limit,
                query.offset
            ))?;
            let rows = statement.query_map(conditions.parameters(), read)?;
            Ok(rows.collect::<rusqlite::Result<_>>()?)
        })
    }

    /// What a key means, if anybody said so.
    pub fn feedback_config(&self, key: &str) -> Result<Option<FeedbackConfig>> {
        self.readers.with(|connection| find_config(connection, key))
    }

    /// Keys with a meaning, by name; `keys` and a part of the name may restrict them.
    pub fn feedback_configs(
        &self,
        keys: &[String],
        name_contains: Option<&str>,
    ) -> Result<Vec<FeedbackConfig>> {
        let mut conditions = Conditions::default();
        conditions.one_of("key", keys);
        if let Some(part) = name_contains {
            conditions.add("key LIKE ? ESCAPE '\\'", super::like_literal(part));
        }
        self.readers.with(|connection| {
            let mut statement = connection.prepare_cached(&format!(
                "SELECT {CONFIG_COLUMNS} FROM feedback_config {} ORDER BY key",
                conditions.clause()
            ))?;
            let rows = statement.query_map(conditions.parameters(), config)?;
            Ok(rows.collect::<rusqlite::Result<_>>()?)
        })
    }

    /// Says what a key means, in place of what was said before.
    pub fn set_feedback_config(&self, config: FeedbackConfig) -> Result<()> {
        self.execute(
            "INSERT OR REPLACE INTO feedback_config (key, json_config, lower_is_better, enforced, modified_ns) \
             VALUES (?1, ?2, ?3, ?4, ?5)",
            (config.key, config.config, config.lower_is_better, config.enforced, config.modified.0),
        )
    }

    /// Forgets what a key means.
    pub fn delete_feedback_config(&self, key: &str) -> Result<()> {
        if self.feedback_config(key)?.is_none() {
            return Err(Error::NotFound { what: "feedback config", id: key.to_owned() });
        }
        self.execute("DELETE FROM feedback_config WHERE key = ?1", (key.to_owned(),))
    }

    /// Keeps a token.
    pub fn add_feedback_token(&self, token: FeedbackToken) -> Result<()> {
        self.execute(
            "INSERT OR REPLACE INTO feedback_token (id, run, key, json_config, expires_ns, created_ns) \
             VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
            (
                token.id.into_bytes(),
                token.run_id.0.into_bytes(),
                token.key,
                token.config,
                token.expires.0,
                token.created.0,
            ),
        )
    }

    /// A token.
    pub fn feedback_token(&self, id: Uuid) -> Result<FeedbackToken> {
        self.readers
            .with(|connection| {
                Ok(connection
                    .prepare_cached(&format!("SELECT {TOKEN_COLUMNS} FROM feedback_token WHERE id = ?1"))?
                    .query_row([id.as_bytes()], token)
                    .optional()?)
            })?
            .ok_or_else(|| Error::NotFound { what: "feedback token", id: id.to_string() })
    }

    /// Tokens of a run, the oldest first.
    pub fn feedback_tokens(&self, run_id: RunId) -> Result<Vec<FeedbackToken>> {
        self.readers.with(|connection| {
            let mut statement = connection.prepare_cached(&format!(
                "SELECT {TOKEN_COLUMNS} FROM feedback_token WHERE run = ?1 ORDER BY created_ns, id"
            ))?;
            let rows = statement.query_map([run_id.as_bytes()], token)?;
            Ok(rows.collect::<rusqlite::Result<_>>()?)
        })
    }
}
