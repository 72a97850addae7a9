//! Reviewers, keys, queues and what they are filled with.

use ::review::{Direction, Key};
use engine::{Engine, Fill, FillSource, QueueKind, QueueView, ReviewCounts, ReviewerKind, SaveQueue};
use model::{RunId, TraceId};
use serde::{Serialize, de::DeserializeOwned};
use uuid::Uuid;

use super::{Answer, parse_run, parse_trace_id};
use crate::{
    error::{ApiError, ErrorCode},
    wire,
};

/// From the wire form to the stored form and back: both have the same members, which a test watches over.
pub(crate) fn recode<T: Serialize, U: DeserializeOwned>(value: &T) -> Answer<U> {
    serde_json::to_value(value)
        .and_then(serde_json::from_value)
        .map_err(|error| ApiError::new(ErrorCode::InvalidInput, format!("That cannot be read: {error}")))
}

pub(crate) fn parse_id(what: &str, text: &str) -> Answer<Uuid> {
    Uuid::try_parse(text.trim())
        .map_err(|_| ApiError::invalid_input(format!("The {what} is no UUID: {}", cut(text))))
}

fn cut(text: &str) -> String {
    text.chars().take(80).collect()
}

pub(crate) fn seat(engine: &Engine, reviewer: Option<&str>, session: &str) -> Answer<engine::Seat> {
    let reviewer = reviewer.map(|id| parse_id("reviewer id", id)).transpose()?;
    Ok(engine.seat(reviewer, session.to_owned())?)
}

pub(crate) fn counts(counts: ReviewCounts) -> wire::QueueCounts {
    wire::QueueCounts {
        total: wire::Count(counts.total),
        to_review: wire::Count(counts.to_review),
        drafts: wire::Count(counts.drafts),
        submitted: wire::Count(counts.submitted),
        skipped: wire::Count(counts.skipped),
        discarded: wire::Count(counts.discarded),
        needs_others: wire::Count(counts.needs_others),
        in_conflict: wire::Count(counts.in_conflict),
        completed: wire::Count(counts.completed),
        removed: wire::Count(counts.removed),
        pace: counts.pace.map(|pace| wire::Pace {
            items: wire::Count(u64::from(pace.items)),
            per_item_ms: wire::Count(pace.per_item_ms),
            per_hour: wire::Count(pace.per_hour()),
            left_minutes: wire::Count(pace.minutes_for(counts.to_review)),
        }),
    }
}

// ---- reviewers ----

pub(crate) fn list_reviewers(engine: &Engine, _: wire::Nothing) -> Answer<wire::Reviewers> {
    let reviewers = engine.reviewers()?.into_iter().map(|reviewer| wire::Reviewer {
        id: reviewer.id.to_string(),
        name: reviewer.name,
        kind: match reviewer.kind {
            ReviewerKind::Human => wire::ReviewerKind::Human,
            ReviewerKind::Model => wire::ReviewerKind::Model,
            ReviewerKind::Code => wire::ReviewerKind::Code,
        },
        archived: reviewer.archived.is_some(),
    });
    Ok(wire::Reviewers { reviewers: reviewers.collect(), current: engine.current_reviewer()?.to_string() })
}

pub(crate) fn save_reviewer(engine: &Engine, params: wire::SaveReviewer) -> Answer<wire::Reviewers> {
    let id = params.id.as_deref().map(|id| parse_id("reviewer id", id)).transpose()?;
    engine.save_reviewer(id, &params.name, params.archived)?;
    list_reviewers(engine, wire::Nothing {})
}

pub(crate) fn set_current_reviewer(engine: &Engine, params: wire::ReviewerRef) -> Answer<wire::Reviewers> {
    engine.set_current_reviewer(parse_id("reviewer id", &params.id)?)?;
    list_reviewers(engine, wire::Nothing {})
}

pub(crate) fn forget_reviewer(engine: &Engine, params: wire::ReviewerRef) -> Answer<wire::Reviewers> {
    engine.forget_reviewer(parse_id("reviewer id", &params.id)?)?;
    list_reviewers(engine, wire::Nothing {})
}

// ---- keys ----

fn key_out(key: &Key, answers: u64) -> Answer<wire::FeedbackKey> {
    Ok(wire::FeedbackKey {
        key: key.key.clone(),
        key_type: recode(&key.key_type)?,
        min: key.min.map(wire::Score),
        max: key.max.map(wire::Score),
        step: key.step.map(wire::Score),
        categories: recode(&key.categories)?,
        ordered: key.ordered,
        direction: match key.direction {
            Direction::HigherBetter => wire::Direction::HigherBetter,
            Direction::LowerBetter => wire::Direction::LowerBetter,
            Direction::None => wire::Direction::None,
        },
        description: key.description.clone(),
        answers: wire::Count(answers),
    })
}

fn key_in(key: &wire::FeedbackKey) -> Answer<Key> {
    Ok(Key {
        key: key.key.trim().to_owned(),
        key_type: recode(&key.key_type)?,
        min: key.min.map(|number| number.0),
        max: key.max.map(|number| number.0),
        step: key.step.map(|number| number.0),
        categories: recode(&key.categories)?,
        ordered: key.ordered,
        direction: recode(&key.direction)?,
        description: key.description.clone(),
    })
}

pub(crate) fn list_feedback_keys(engine: &Engine, _: wire::Nothing) -> Answer<Vec<wire::FeedbackKey>> {
    engine.feedback_keys()?.iter().map(|(key, answers)| key_out(key, *answers)).collect()
}

pub(crate) fn save_feedback_key(engine: &Engine, params: wire::SaveFeedbackKey) -> Answer<wire::FeedbackKey> {
    let (key, answers) = engine.save_feedback_key(&key_in(&params.key)?)?;
    key_out(&key, answers)
}

// ---- queues ----

fn kind_out(kind: QueueKind) -> wire::QueueKind {
    match kind {
        QueueKind::Single => wire::QueueKind::Single,
        QueueKind::Pairwise => wire::QueueKind::Pairwise,
    }
}

fn kind_in(kind: wire::QueueKind) -> QueueKind {
    match kind {
        wire::QueueKind::Single => QueueKind::Single,
        wire::QueueKind::Pairwise => QueueKind::Pairwise,
    }
}

fn row(view: &QueueView) -> Answer<wire::QueueRow> {
    Ok(wire::QueueRow {
        id: view.queue.id.to_string(),
        name: view.queue.name.clone(),
        description: view.queue.description.clone(),
        kind: kind_out(view.queue.kind),
        target_level: recode(&view.settings.target_level)?,
        keys: view.rubric.iter().map(|item| item.feedback_key.clone()).collect(),
        created: view.queue.created.into(),
        modified: view.queue.modified.into(),
        archived: view.queue.archived.is_some(),
        num_reviewers_per_item: view.settings.num_reviewers_per_item,
        counts: counts(view.counts),
    })
}

pub(crate) fn detail(view: &QueueView) -> Answer<wire::QueueDetail> {
    Ok(wire::QueueDetail {
        row: row(view)?,
        instructions: view.queue.instructions.clone(),
        rubric: recode(&view.rubric)?,
        rubric_version: view.queue.rubric_version,
        keys: view
            .keys
            .iter()
            .map(|(key, answers)| key_out(key, answers.unwrap_or(0)))
            .collect::<Answer<_>>()?,
        settings: recode(&view.settings)?,
        default_dataset: view.queue.default_dataset.map(|id| id.to_string()),
    })
}

fn show(engine: &Engine, id: Uuid) -> Answer<wire::QueueDetail> {
    detail(&engine.queue_view(id, &seat(engine, None, "")?)?)
}

pub(crate) fn list_queues(engine: &Engine, params: wire::ListQueues) -> Answer<Vec<wire::QueueRow>> {
    let seat = seat(engine, params.reviewer_id.as_deref(), "")?;
    engine.queue_views(params.text.as_deref(), params.archived, &seat)?.iter().map(row).collect()
}

pub(crate) fn get_queue(engine: &Engine, params: wire::QueueRef) -> Answer<wire::QueueDetail> {
    show(engine, parse_id("queue id", &params.queue_id)?)
}

pub(crate) fn save_queue(engine: &Engine, params: wire::SaveQueue) -> Answer<wire::QueueDetail> {
    let dataset = params.default_dataset.as_deref().map(|id| parse_id("dataset id", id)).transpose()?;
    let id = engine.save_queue(SaveQueue {
        id: params.id.as_deref().map(|id| parse_id("queue id", id)).transpose()?,
        name: params.name,
        description: params.description,
        kind: kind_in(params.kind),
        instructions: params.instructions,
        rubric: recode(&params.rubric)?,
        settings: recode(&params.settings)?,
        default_dataset: dataset,
        reopen: params.reopen,
    })?;
    show(engine, id)
}

pub(crate) fn preview_rubric(engine: &Engine, params: wire::PreviewRubric) -> Answer<wire::RubricPreview> {
    let queue = params.queue_id.as_deref().map(|id| parse_id("queue id", id)).transpose()?;
    let rubric: Vec<::review::RubricItem> = recode(&params.rubric)?;
    let preview = engine.preview_rubric(queue, kind_in(params.kind), &rubric)?;
    let problem =
        |problem: ::review::RubricProblem| wire::RubricProblem { key: problem.key, message: problem.message };
    Ok(wire::RubricPreview {
        added: preview.change.added,
        removed: preview.change.removed,
        newly_required: preview.change.newly_required,
        submitted: wire::Count(preview.submitted),
        problems: preview.change.problems.into_iter().map(problem).collect(),
    })
}

pub(crate) fn archive_queue(engine: &Engine, params: wire::ArchiveQueue) -> Answer<wire::QueueDetail> {
    let id = parse_id("queue id", &params.queue_id)?;
    engine.archive_queue(id, params.archived)?;
    show(engine, id)
}

pub(crate) fn delete_queue(engine: &Engine, params: wire::QueueRef) -> Answer<wire::Nothing> {
    engine.delete_queue(parse_id("queue id", &params.queue_id)?)?;
    Ok(wire::Nothing {})
}

pub(crate) fn create_sample_queue(engine: &Engine, _: wire::Nothing) -> Answer<wire::QueueRef> {
    let queue = engine.create_sample_queue(&seat(engine, None, "")?)?;
    Ok(wire::QueueRef { queue_id: queue.to_string() })
}

// ---- filling ----

fn sample_in(sample: wire::Sample) -> Answer<::review::Sample> {
    let method = match sample.method {
        wire::SampleMethod::Uniform {} => ::review::SampleMethod::Uniform,
        wire::SampleMethod::Systematic {} => ::review::SampleMethod::Systematic,
        wire::SampleMethod::Stratified { by, proportional } => {
            ::review::SampleMethod::Stratified { by: recode(&by)?, proportional }
        }
        wire::SampleMethod::Weighted { by } => ::review::SampleMethod::Weighted(match by {
            wire::Weight::Cost => ::review::Weight::Cost,
            wire::Weight::Tokens => ::review::Weight::Tokens,
            wire::Weight::Latency => ::review::Weight::Latency,
        }),
    };
    Ok(::review::Sample { count: sample.count as usize, seed: sample.seed, method })
}

pub(crate) fn source_in(source: wire::FillSource) -> Answer<FillSource> {
    Ok(match source {
        wire::FillSource::Runs { runs } => {
            FillSource::Runs(runs.iter().map(parse_run).collect::<Answer<_>>()?)
        }
        wire::FillSource::Traces { trace_ids } => {
            FillSource::Traces(trace_ids.iter().map(|id| parse_trace_id(id)).collect::<Answer<_>>()?)
        }
        wire::FillSource::Threads { threads } => {
            FillSource::Threads(threads.into_iter().map(|thread| (thread.project, thread.thread)).collect())
        }
        wire::FillSource::Filter { filter } => FillSource::Filter(filter.into()),
        wire::FillSource::Search { project, filter } => FillSource::Search(project, filter),
        wire::FillSource::File { name, text } => FillSource::File(name, text),
        wire::FillSource::Pairs { pairs } => {
            let pair = |pair: &wire::RunPair| -> Answer<[(TraceId, RunId); 2]> {
                Ok([parse_run(&pair.a)?, parse_run(&pair.b)?])
            };
            FillSource::Pairs(pairs.iter().map(pair).collect::<Answer<_>>()?)
        }
        wire::FillSource::Projects { a, b } => FillSource::Projects(a, b),
    })
}

fn fill_in(params: wire::FillQueue) -> Answer<Fill> {
    Ok(Fill {
        queue: parse_id("queue id", &params.queue_id)?,
        source: source_in(params.source)?,
        sample: params.sample.map(sample_in).transpose()?,
        one_per_thread: params.one_per_thread,
        one_per_prompt_version: params.one_per_prompt_version,
        not_labelled_with: params.not_labelled_with,
    })
}

fn filled(result: engine::FillResult) -> wire::FillResult {
    wire::FillResult {
        matching: wire::Count(result.matching),
        chosen: wire::Count(result.chosen),
        added: wire::Count(result.added),
        already: wire::Count(result.already),
        problems: result.problems,
        refused: wire::Count(result.refused),
        examples: result.examples,
        estimated_seconds: result.estimated_seconds.map(wire::Count),
    }
}

pub(crate) fn preview_fill(engine: &Engine, params: wire::FillQueue) -> Answer<wire::FillResult> {
    Ok(filled(engine.preview_fill(&fill_in(params)?, &seat(engine, None, "")?)?))
}

pub(crate) fn fill_queue(engine: &Engine, params: wire::FillQueue) -> Answer<wire::FillResult> {
    Ok(filled(engine.fill_queue_with(&fill_in(params)?, &seat(engine, None, "")?)?))
}

// ---- backups ----

fn backup(backup: engine::Backup) -> wire::Backup {
    wire::Backup { name: backup.name, bytes: wire::Count(backup.bytes), made: backup.made.into() }
}

pub(crate) fn list_backups(engine: &Engine, _: wire::Nothing) -> Answer<Vec<wire::Backup>> {
    Ok(engine.backups()?.into_iter().map(backup).collect())
}

pub(crate) fn make_backup(engine: &Engine, _: wire::Nothing) -> Answer<wire::Backup> {
    Ok(backup(engine.make_backup()?))
}

pub(crate) fn restore_backup(engine: &Engine, params: wire::BackupRef) -> Answer<wire::Restored> {
    let restored = engine.restore_backup(&params.name)?;
    Ok(wire::Restored { rows: wire::Count(restored.rows), same: wire::Count(restored.same) })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    /// What the stored form keeps must survive the wire, or saving a queue in the app would lose it.
    #[test]
    fn rubric_settings_and_answers_have_the_same_members_on_the_wire() {
        let rubric = json!([{
            "feedback_key": "verdict", "description": "d", "value_descriptions": { "Pass": "good" },
            "score_descriptions": { "0": "bad" }, "is_required": true, "is_assertion": false, "level": "message",
            "required_if": { "type": "or", "conditions": [{ "type": "is", "key": "a", "op": "gte", "value": "1" }] },
            "allow_na": true, "comment_policy": "required_if_negative",
            "default_value": { "type": "category", "label": "Pass" }, "suggestions": true,
            "conflict_rule": { "type": "difference", "more_than": 0.5 },
        }]);
        let stored: Vec<::review::RubricItem> = recode(&rubric).unwrap();
        let wired: Vec<wire::RubricItem> = recode(&stored).unwrap();
        assert_eq!(serde_json::to_value(&wired).unwrap(), rubric);
        assert_eq!(recode::<_, Vec<::review::RubricItem>>(&wired).unwrap(), stored);

        let settings = wire::QueueSettings {
            num_reviewers_per_item: None,
            hide_metadata: vec!["team".to_owned()],
            blind: wire::Blind::Full,
            order_mode: wire::OrderMode::Uncertainty,
            ..wire::QueueSettings::default()
        };
        let stored: ::review::QueueSettings = recode(&settings).unwrap();
        assert!(stored.others.is_empty(), "{:?}", stored.others);
        assert_eq!(recode::<_, wire::QueueSettings>(&stored).unwrap(), settings);
        assert_eq!(
            recode::<_, wire::QueueSettings>(&::review::QueueSettings::default()).unwrap(),
            wire::QueueSettings::default()
        );

        let answers = json!([
            { "key": "k", "anchor": { "run": { "trace_id": "t", "run_id": "r" }, "turn": 1,
                "message": { "path": "p", "hash": "h" },
                "text": { "start": 1, "end": 2, "quote": "q", "prefix": "a", "suffix": "b" } },
              "value": { "type": "pair", "winner": "both_bad", "strength": 2 }, "comment": "c", "evidence": [],
              "from_default": true, "suggestion_id": "s", "duration_ms": 7 },
            { "key": "n", "anchor": null, "value": { "type": "not_applicable" }, "comment": null, "evidence": [],
              "from_default": false, "suggestion_id": null, "duration_ms": null },
        ]);
        let stored: Vec<::review::Answer> = recode(&answers).unwrap();
        let wired: Vec<wire::Answer> = recode(&stored).unwrap();
        assert_eq!(serde_json::to_value(&wired).unwrap(), answers);
    }
}
