//! Feedback outside of queues, and exports.

use std::collections::BTreeMap;

use engine::{
    Dialect, Engine, ExportOptions, Feedback, FeedbackEdit, FeedbackId, FeedbackQuery, FeedbackScope,
    FeedbackStats, ProjectQuery, WriteOptions,
};
use serde_json::Value;
use uuid::Uuid;

use super::{Answer, parse_trace_id};
use crate::{
    conversation::open,
    error::{ApiError, ErrorCode},
    wire::{
        Count, EditFeedback, ExportFeedback, ExportedFile, FeedbackGroup, FeedbackGrouping, FeedbackList,
        FeedbackRef, FeedbackRow, FeedbackTarget, GetConversation, GetFeedbackStats, GiveFeedback, KeyStats,
        KnownCategory, KnownKey, ListFeedback, Said, Score, Timestamp, ValueCount,
    },
};

/// Rows that one call returns at most.
const MOST_ROWS: u32 = 2000;
/// Values that statistics of one key carry.
const MOST_VALUES: usize = 20;

fn project_id(engine: &Engine, name: &str) -> Answer<Uuid> {
    let found =
        engine.find_projects(&ProjectQuery { name: Some(name.to_owned()), ..ProjectQuery::default() })?;
    found
        .first()
        .map(|project| project.id)
        .ok_or_else(|| ApiError::new(ErrorCode::NotFound, format!("There is no project named {name}")))
}

fn feedback_id(text: &str) -> Answer<FeedbackId> {
    text.parse().map_err(|error| ApiError::invalid_input(format!("The feedback id is {error}")))
}

fn run_id(text: &str) -> Answer<engine::RunId> {
    text.parse().map_err(|error| ApiError::invalid_input(format!("The run id is {error}")))
}

fn row(one: Feedback) -> FeedbackRow {
    let message = one.extra.as_deref().and_then(|text| serde_json::from_str::<Value>(text).ok());
    let message = message.and_then(|extra| extra.get("message_ref").map(ToString::to_string));
    FeedbackRow {
        id: one.id.to_string(),
        key: one.key,
        run_id: one.run_id.map(|id| id.to_string()),
        trace_id: one.trace_id.map(|id| id.to_string()),
        thread: one.thread,
        score: one.score.map(Score),
        value: one.value,
        comment: one.comment,
        correction: one.correction,
        source: one.source_kind,
        reviewer: one.reviewer,
        reviewer_name: one.reviewer_name,
        error: one.error,
        message,
        created: one.created.map(Timestamp::from),
        modified: one.modified.map(Timestamp::from),
        retracted: one.retracted.map(Timestamp::from),
        supersedes: one.supersedes.map(|id| id.to_string()),
    }
}

pub(crate) fn key_stats(all: FeedbackStats) -> Vec<KeyStats> {
    all.into_iter()
        .map(|(key, one)| {
            let mut values: Vec<ValueCount> = one
                .values
                .into_iter()
                .map(|(value, count)| ValueCount { value, count: Count(count) })
                .collect();
            values.sort_by_key(|value| std::cmp::Reverse(value.count.0));
            values.truncate(MOST_VALUES);
            KeyStats {
                key,
                count: Count(one.count),
                mean: one.mean.map(Score),
                min: one.min.map(Score),
                max: one.max.map(Score),
                errors: Count(one.errors),
                values,
            }
        })
        .collect()
}

/// Keys with a meaning, and those that were used without one.
fn known_keys(engine: &Engine, used: &[FeedbackRow]) -> Answer<Vec<KnownKey>> {
    let mut keys: BTreeMap<String, KnownKey> = BTreeMap::new();
    for row in used {
        keys.entry(row.key.clone()).or_insert_with(|| KnownKey {
            key: row.key.clone(),
            key_type: None,
            min: None,
            max: None,
            categories: Vec::new(),
        });
    }
    for config in engine.feedback_configs(&[], None)? {
        let shape: Value = serde_json::from_str(&config.config).unwrap_or_default();
        let categories = shape["categories"].as_array().cloned().unwrap_or_default();
        let known = KnownKey {
            key: config.key.clone(),
            key_type: shape["type"].as_str().map(str::to_owned),
            min: shape["min"].as_f64().map(Score),
            max: shape["max"].as_f64().map(Score),
            categories: categories
                .iter()
                .filter_map(|category| {
                    let label = category["label"].as_str()?.to_owned();
                    Some(KnownCategory { label, value: category["value"].as_f64().map(Score) })
                })
                .collect(),
        };
        keys.insert(config.key, known);
    }
    Ok(keys.into_values().collect())
}

pub(crate) fn list_feedback(engine: &Engine, params: ListFeedback) -> Answer<FeedbackList> {
    let mut query =
        FeedbackQuery { with_retracted: params.history, limit: MOST_ROWS, ..FeedbackQuery::default() };
    match &params.target {
        FeedbackTarget::Run { run_id: run, .. } => query.runs = vec![run_id(run)?],
        FeedbackTarget::Trace { trace_id } => query.traces = vec![parse_trace_id(trace_id)?],
        FeedbackTarget::Thread { thread } => query.thread = Some(thread.clone()),
        FeedbackTarget::Project { project } => query.projects = vec![project_id(engine, project)?],
    }
    let mut all = engine.list_feedback(&query)?;
    if let FeedbackTarget::Run { trace_id, .. } = &params.target {
        // Span ids are unique only within their trace.
        let trace = parse_trace_id(trace_id)?;
        all.retain(|one| one.trace_id.is_none_or(|known| known == trace));
    }
    let mut list = told(engine, all)?;
    if let FeedbackTarget::Project { .. } = &params.target {
        // A project has more feedback than is listed.
        let groups =
            engine.feedback_by(engine::FeedbackGrouping::Project, query.projects.first().copied())?;
        list.stats = groups.into_values().next().map(key_stats).unwrap_or_default();
    }
    Ok(list)
}

pub(crate) fn list_conversation_feedback(engine: &Engine, params: GetConversation) -> Answer<FeedbackList> {
    let opened = open(engine, &params)?;
    let traces = opened.conversation.turns.iter().map(|turn| turn.trace_id).collect();
    let limit = MOST_ROWS;
    let mut all = engine.list_feedback(&FeedbackQuery { traces, limit, ..FeedbackQuery::default() })?;
    if let Some(thread) = params.thread {
        let thread = Some(thread);
        all.extend(engine.list_feedback(&FeedbackQuery { thread, limit, ..FeedbackQuery::default() })?);
    }
    told(engine, all)
}

fn told(engine: &Engine, all: Vec<Feedback>) -> Answer<FeedbackList> {
    let standing = all.iter().filter(|one| one.retracted.is_none());
    let stats = key_stats(engine::feedback_stats(standing));
    let rows: Vec<FeedbackRow> = all.into_iter().map(row).collect();
    let keys = known_keys(engine, &rows)?;
    Ok(FeedbackList { rows, stats, keys })
}

fn about(engine: &Engine, target: &FeedbackTarget) -> Answer<Feedback> {
    let mut feedback = Feedback {
        id: FeedbackId(Uuid::nil()),
        run_id: None,
        trace_id: None,
        project_id: None,
        thread: None,
        key: String::new(),
        score: None,
        value: None,
        comment: None,
        correction: None,
        source_kind: String::new(),
        source_metadata: None,
        error: false,
        group_id: None,
        comparative_experiment_id: None,
        extra: None,
        reviewer: None,
        reviewer_name: None,
        retracted: None,
        supersedes: None,
        queue_item: None,
        created: None,
        modified: None,
    };
    match target {
        FeedbackTarget::Run { trace_id, run_id: run } => {
            feedback.trace_id = Some(parse_trace_id(trace_id)?);
            feedback.run_id = Some(run_id(run)?);
        }
        FeedbackTarget::Trace { trace_id } => feedback.trace_id = Some(parse_trace_id(trace_id)?),
        FeedbackTarget::Thread { thread } => feedback.thread = Some(thread.clone()),
        FeedbackTarget::Project { project } => feedback.project_id = Some(project_id(engine, project)?),
    }
    Ok(feedback)
}

pub(crate) fn give_feedback(engine: &Engine, params: GiveFeedback) -> Answer<FeedbackRow> {
    let Said { score, value, comment, correction } = params.said;
    let extra = match params.message {
        None => None,
        Some(message) => {
            let message: Value = serde_json::from_str(&message)
                .map_err(|error| ApiError::invalid_input(format!("The message is not JSON: {error}")))?;
            Some(serde_json::json!({ "level": "message", "message_ref": message }).to_string())
        }
    };
    let feedback = Feedback {
        key: params.key,
        score: score.map(|score| score.0),
        value,
        comment,
        correction,
        extra,
        ..about(engine, &params.target)?
    };
    Ok(row(engine.give_feedback(feedback)?))
}

pub(crate) fn edit_feedback(engine: &Engine, params: EditFeedback) -> Answer<FeedbackRow> {
    let Said { score, value, comment, correction } = params.said;
    let edit = FeedbackEdit { score: score.map(|score| score.0), value, comment, correction };
    Ok(row(engine.edit_feedback(feedback_id(&params.id)?, edit)?))
}

pub(crate) fn retract_feedback(engine: &Engine, params: FeedbackRef) -> Answer<FeedbackRow> {
    Ok(row(engine.retract_feedback(feedback_id(&params.id)?)?))
}

pub(crate) fn restore_feedback(engine: &Engine, params: FeedbackRef) -> Answer<FeedbackRow> {
    Ok(row(engine.restore_feedback(feedback_id(&params.id)?)?))
}

pub(crate) fn get_feedback_stats(engine: &Engine, params: GetFeedbackStats) -> Answer<Vec<FeedbackGroup>> {
    let by = match params.by {
        FeedbackGrouping::RunName => engine::FeedbackGrouping::RunName,
        FeedbackGrouping::PromptVersion => engine::FeedbackGrouping::PromptVersion,
        FeedbackGrouping::Thread => engine::FeedbackGrouping::Thread,
        FeedbackGrouping::Trace => engine::FeedbackGrouping::Trace,
    };
    let project = params.project.as_deref().map(|name| project_id(engine, name)).transpose()?;
    let groups = engine.feedback_by(by, project)?;
    Ok(groups.into_iter().map(|(name, one)| FeedbackGroup { name, stats: key_stats(one) }).collect())
}

/// Which feedback leaves, and how.
pub(super) fn wanted(params: &ExportFeedback) -> Answer<(FeedbackScope, ExportOptions)> {
    let queue = params
        .queue_id
        .as_deref()
        .map(|id| Uuid::try_parse(id).map_err(|_| ApiError::invalid_input("The queue id is not a UUID")))
        .transpose()?;
    let scope = FeedbackScope {
        project: params.project.clone(),
        keys: params.keys.clone(),
        reviewers: Vec::new(),
        queue,
        traces: params.trace_id.as_deref().map(parse_trace_id).transpose()?.into_iter().collect(),
        source: params.source_id.map(|id| engine::SourceId(i64::from(id.0))),
        adjudicated: params.adjudicated,
        history: params.history,
        repeats: params.repeats,
    };
    let options = ExportOptions {
        write: WriteOptions { guard_formulas: true, names: params.names, timing: params.timing },
        redact: params.redact,
    };
    Ok((scope, options))
}

pub(crate) fn export_feedback(engine: &Engine, params: ExportFeedback) -> Answer<ExportedFile> {
    let (scope, options) = wanted(&params)?;
    let known = engine::FeedbackFormat::ALL.iter().find(|(_, name)| *name == params.format);
    let (exported, extension) = match (known, params.format.as_str()) {
        (Some((format, _)), _) => (engine.export_feedback(&scope, *format, options)?, format.extension()),
        (None, "preference-openai") => (engine.export_preferences(&scope, Dialect::OpenAi)?, "jsonl"),
        (None, "preference-dpo") => (engine.export_preferences(&scope, Dialect::Dpo)?, "jsonl"),
        (None, other) => return Err(ApiError::invalid_input(format!("There is no format named {other}"))),
    };
    let name = file_name(params.project.as_deref().unwrap_or("feedback"));
    Ok(self::exported(exported, format!("{name}.{}.{extension}", params.format), params.preview))
}

/// A name as part of the name of a file.
pub(super) fn file_name(name: &str) -> String {
    name.chars().map(|char| if char.is_alphanumeric() || "-_".contains(char) { char } else { '-' }).collect()
}

/// An export, or its preview.
pub(super) fn exported(exported: engine::Exported, file_name: String, is_preview: bool) -> ExportedFile {
    ExportedFile {
        file_name,
        bytes: Count(exported.data.len().try_into().unwrap_or(u64::MAX)),
        data: if is_preview { String::new() } else { exported.data },
        preview: exported.preview,
        records: Count(exported.records),
        notes: exported.notes,
        manifest: exported.manifest,
    }
}
