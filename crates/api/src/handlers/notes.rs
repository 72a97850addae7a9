//! Notes, their categories, feedback keys, and feedback on its way to others.

use engine::{Engine, FeedbackId, NotePivotBy, NoteQuery, SendProtocol, SendTarget};

use super::{Answer, MOST_ROWS, feedback, queues::parse_id};
use crate::{error::ApiError, wire};

/// Refused feedback that a summary names.
const MOST_PROBLEMS: usize = 50;

fn feedback_ids(ids: &[String]) -> Answer<Vec<FeedbackId>> {
    ids.iter().map(|id| parse_id("feedback id", id).map(FeedbackId)).collect()
}

fn key(text: &str) -> Answer<&str> {
    match text.trim() {
        "" => Err(ApiError::invalid_input("Name the key of the categories")),
        key => Ok(key),
    }
}

/// Which notes are meant, whatever their category.
fn notes_of(
    engine: &Engine,
    project: Option<String>,
    queue: Option<String>,
    text: Option<String>,
    category_key: &str,
) -> Answer<NoteQuery> {
    Ok(NoteQuery {
        project: project.as_deref().map(|name| engine.project_id(name)).transpose()?,
        queue: queue.as_deref().map(|id| parse_id("queue id", id)).transpose()?,
        text: text.filter(|text| !text.trim().is_empty()),
        category_key: key(category_key)?.to_owned(),
        ..NoteQuery::default()
    })
}

fn note_count(one: engine::NoteCount) -> wire::NoteCount {
    wire::NoteCount { category: one.category, notes: wire::Count(one.notes) }
}

pub(crate) fn list_notes(engine: &Engine, params: wire::ListNotes) -> Answer<wire::NotePage> {
    let (project, queue, text) = (params.project, params.queue_id, params.text);
    let query = NoteQuery {
        category: match params.filter {
            wire::NoteFilter::Any => None,
            wire::NoteFilter::None => Some(None),
            wire::NoteFilter::Of { category } => Some(Some(category)),
        },
        offset: params.offset,
        limit: params.limit.clamp(1, MOST_ROWS),
        ..notes_of(engine, project, queue, text, &params.category_key)?
    };
    let notes = engine.notes(&query)?;
    let rows = notes.rows.into_iter().map(|note| wire::NoteRow {
        id: note.id.to_string(),
        key: note.key,
        text: note.text,
        run_id: note.run_id.map(|id| id.to_string()),
        trace_id: note.trace_id.map(|id| id.to_string()),
        thread: note.thread,
        run_name: note.run_name,
        reviewer: note.reviewer,
        created: note.created.map(wire::Timestamp::from),
        category: note.category,
    });
    let counts = notes.categories.into_iter();
    Ok(wire::NotePage {
        rows: rows.collect(),
        total: wire::Count(notes.total),
        categories: counts.map(note_count).collect(),
    })
}

pub(crate) fn pivot_notes(engine: &Engine, params: wire::PivotNotes) -> Answer<wire::NotePivot> {
    let (project, queue, text) = (params.project, params.queue_id, params.text);
    let query = NoteQuery {
        limit: params.limit.clamp(1, MOST_ROWS),
        ..notes_of(engine, project, queue, text, &params.category_key)?
    };
    let by = match params.by {
        wire::NotePivotBy::RunName => NotePivotBy::RunName,
        wire::NotePivotBy::Model => NotePivotBy::Model,
        wire::NotePivotBy::PromptVersion => NotePivotBy::PromptVersion,
        wire::NotePivotBy::Week => NotePivotBy::Week,
    };
    let (pivot, firsts) = engine.note_pivot(&query, by)?;
    let group = |group: engine::NoteGroup| wire::NoteGroup {
        name: group.name,
        categories: group.categories.into_iter().map(note_count).collect(),
    };
    Ok(wire::NotePivot {
        groups: pivot.groups.into_iter().map(group).collect(),
        total: wire::Count(pivot.total),
        firsts: firsts
            .into_iter()
            .map(|one| wire::FirstOfCategory { category: one.category, place: wire::Count(one.place) })
            .collect(),
    })
}

pub(crate) fn categorise_notes(engine: &Engine, params: wire::CategoriseNotes) -> Answer<wire::Nothing> {
    let ids = feedback_ids(&params.ids)?;
    engine.categorise(key(&params.category_key)?, &ids, params.category.as_deref())?;
    Ok(wire::Nothing {})
}

pub(crate) fn rename_category(engine: &Engine, params: wire::RenameCategory) -> Answer<wire::Count> {
    Ok(wire::Count(engine.rename_category(key(&params.category_key)?, &params.from, &params.to)?))
}

pub(crate) fn delete_feedback_key(engine: &Engine, params: wire::FeedbackKeyRef) -> Answer<wire::Nothing> {
    engine.delete_feedback_key(params.key.trim())?;
    Ok(wire::Nothing {})
}

// ---- sending ----

fn status(status: engine::SendStatus) -> wire::SendStatus {
    let summary = status.summary.map(|summary| wire::SendSummary {
        sent: wire::Count(summary.sent),
        changed: wire::Count(summary.changed),
        withdrawn: wire::Count(summary.withdrawn),
        skipped: wire::Count(summary.skipped),
        refused: wire::Count(summary.refused.len().try_into().unwrap_or(u64::MAX)),
        problems: summary
            .refused
            .into_iter()
            .take(MOST_PROBLEMS)
            .map(|(id, reason)| wire::RefusedFeedback { id, reason })
            .collect(),
        cancelled: summary.cancelled,
    });
    wire::SendStatus {
        running: status.running,
        protocol: match status.protocol {
            SendProtocol::Langsmith => wire::SendProtocol::Langsmith,
            SendProtocol::Otlp => wire::SendProtocol::Otlp,
        },
        url: status.url,
        done: wire::Count(status.done),
        total: wire::Count(status.total),
        summary,
        error: status.error,
    }
}

pub(crate) fn start_sending(engine: &Engine, params: wire::StartSending) -> Answer<wire::SendStatus> {
    let (scope, options) = feedback::wanted(&params.what)?;
    let protocol = match params.protocol {
        wire::SendProtocol::Langsmith => SendProtocol::Langsmith,
        wire::SendProtocol::Otlp => SendProtocol::Otlp,
    };
    let target = SendTarget { url: params.url, key: params.key.filter(|key| !key.trim().is_empty()) };
    Ok(status(engine.start_sending(protocol, scope, options, target)?))
}

#[expect(clippy::unnecessary_wraps, reason = "every handler may fail")]
pub(crate) fn send_status(engine: &Engine, _: wire::Nothing) -> Answer<wire::SendStatus> {
    Ok(status(engine.send_status()))
}

#[expect(clippy::unnecessary_wraps, reason = "every handler may fail")]
pub(crate) fn cancel_sending(engine: &Engine, _: wire::Nothing) -> Answer<wire::SendStatus> {
    Ok(status(engine.cancel_sending()))
}

/// A queue as one HTML page.
pub(crate) fn export_handout(engine: &Engine, params: wire::QueueRef) -> Answer<wire::ExportedFile> {
    let queue = parse_id("queue id", &params.queue_id)?;
    let name = feedback::file_name(&engine.queue(queue)?.name);
    let (data, items) = engine.export_handout(queue)?;
    Ok(wire::ExportedFile {
        file_name: format!("{name}.html"),
        bytes: wire::Count(data.len().try_into().unwrap_or(u64::MAX)),
        data,
        preview: Vec::new(),
        records: wire::Count(items),
        notes: Vec::new(),
        manifest: String::new(),
    })
}
