//! What both generations of requests on the items of queues have in common (`langsmith-api.md` §11).

use engine::{Engine, ItemMove, NewQueueItem, Queue, QueueItem, QueueSection, QueueSubject, UnixNanos};
use serde_json::{Map, Value, json};
use uuid::Uuid;

use super::{
    error::{Answer, Failure},
    json::{iso, parsed, raw, text, time},
    query::Query,
    queues::RESERVATION_MINUTES,
};

/// Which items are wanted.
#[derive(Debug, Clone, Copy)]
pub(super) enum Wanted {
    All,
    Open,
    In(QueueSection),
}

impl Wanted {
    /// By the name of a status; each generation has its own word for completed ones.
    pub(super) fn read(status: &str) -> Answer<Self> {
        match status {
            "all" => Ok(Self::All),
            "needs_my_review" => Ok(Self::In(QueueSection::NeedsMyReview)),
            "needs_others_review" => Ok(Self::In(QueueSection::NeedsOthersReview)),
            "completed" | "archived" => Ok(Self::In(QueueSection::Completed)),
            _ => Err(Failure::invalid(format!("There is no status {status}"))),
        }
    }

    pub(super) fn of(self, engine: &Engine, queue: Uuid) -> Answer<Vec<QueueItem>> {
        let section = if let Self::In(section) = self { Some(section) } else { None };
        let mut items = engine.queue_items(queue, section)?;
        if matches!(self, Self::Open) {
            items.retain(|item| !item.completed);
        }
        Ok(items)
    }

    /// Those that the first generation can show.
    pub(super) fn runs_of(self, engine: &Engine, queue: Uuid) -> Answer<Vec<QueueItem>> {
        let mut items = self.of(engine, queue)?;
        items.retain(|item| matches!(item.subject, QueueSubject::Run { .. }) && item.project.is_some());
        Ok(items)
    }
}

/// Who keeps others from an item at this time.
pub(super) fn reserved_by(item: &QueueItem, queue: &Queue, at: UnixNanos) -> Value {
    let settings = raw(Some(&queue.settings));
    let minutes = match settings["enable_reservations"].as_bool() {
        Some(false) => 0,
        _ => settings["reservation_minutes"].as_i64().unwrap_or(RESERVATION_MINUTES),
    };
    match &item.viewed {
        Some((reviewer, _)) if engine::is_reserved(item, minutes, at) => json!([reviewer]),
        _ => json!([]),
    }
}

/// Where an item is moved to; null leaves it.
pub(super) fn new_times(body: &Map<String, Value>) -> Answer<ItemMove> {
    Ok(ItemMove { order: time(body, "added_at")?, reviewed: time(body, "last_reviewed_time")? })
}

/// Takes down what the reviewer says about an item: null shows it again.
pub(super) fn set_status(engine: &Engine, id: Uuid, body: &Map<String, Value>) -> Answer<QueueItem> {
    let order = time(body, "override_added_at")?;
    let status = text(body, "status");
    let item = match status.as_deref() {
        None => engine.reopen_queue_item(id)?,
        Some("viewed") => engine.view_queue_item(id)?,
        Some("completed") => engine.complete_queue_item(id)?,
        Some(other) => return Err(Failure::invalid(format!("There is no status {other}"))),
    };
    match order {
        Some(_) => Ok(engine.move_queue_item(id, ItemMove { order, reviewed: None })?),
        None => Ok(item),
    }
}

/// A window of time; without bounds it holds whatever has no time as well.
#[derive(Debug, Clone, Copy)]
pub(super) struct Window {
    pub(super) min: Option<UnixNanos>,
    /// The first moment that is outside.
    pub(super) end: Option<UnixNanos>,
}

impl Window {
    pub(super) fn holds(self, time: Option<UnixNanos>) -> bool {
        match time {
            None => self.min.is_none() && self.end.is_none(),
            Some(time) => self.min.is_none_or(|min| min <= time) && self.end.is_none_or(|end| time < end),
        }
    }

    pub(super) fn moment(query: &Query, key: &str) -> Answer<Option<UnixNanos>> {
        query
            .text(key)
            .map(|text| UnixNanos::parse(text).map_err(|error| Failure::invalid(format!("{key} is {error}"))))
            .transpose()
    }

    /// When items were completed.
    pub(super) fn completed(query: &Query) -> Answer<Self> {
        Ok(Self { min: Self::moment(query, "start_time")?, end: Self::moment(query, "end_time")? })
    }

    /// When runs started, the last moment included.
    pub(super) fn started(query: &Query) -> Answer<Self> {
        let max = Self::moment(query, "max_start_time")?;
        Ok(Self {
            min: Self::moment(query, "min_start_time")?,
            end: max.map(|max| UnixNanos(max.0.saturating_add(1))),
        })
    }
}

/// A run of a queue, without the run itself. Its time of adding is its place, which clients may change.
pub(super) fn wire_added(item: &QueueItem) -> Value {
    json!({
        "id": item.id,
        "queue_id": item.queue,
        "run_id": match &item.subject {
            QueueSubject::Run { run_id, .. } => json!(run_id.0),
            QueueSubject::Thread { .. } => Value::Null,
        },
        "added_at": iso(Some(item.order)),
        "last_reviewed_time": iso(item.reviewed),
        "source_proposed_example_id": item.source_example,
    })
}

pub(super) fn new_run(key: &Map<String, Value>) -> Answer<NewQueueItem> {
    let run_id = parsed(key, "run_id")?.ok_or_else(|| Failure::invalid("A run needs its run_id"))?;
    Ok(NewQueueItem {
        subject: QueueSubject::Run { run_id, trace_id: parsed(key, "trace_id")? },
        source_example: parsed(key, "source_proposed_example_id")?,
    })
}
