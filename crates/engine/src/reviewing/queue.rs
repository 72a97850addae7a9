//! Queues as their owner makes them: keys, rubric, settings.

use ::review::{Key, QueueSettings, RubricChange, RubricItem, compare};
use store::{
    Error as StoreError, FeedbackConfig, NewQueue, Patch, Queue, QueueChange, QueueKind, QueueQuery,
    ReviewCounts, ReviewWriter, Reviewing as State,
};
use uuid::Uuid;

use super::{Asked, Seat, asked, found, meaning, rubric_of};
use crate::{Engine, Error, Event, error::Result, keymap, now};

/// Questions of a rubric at most.
const MOST_QUESTIONS: usize = 100;

/// A queue with everything that is asked in it.
#[derive(Debug, Clone)]
pub struct QueueView {
    /// As it is stored.
    pub queue: Queue,
    /// How it is worked.
    pub settings: QueueSettings,
    /// The questions.
    pub rubric: Vec<RubricItem>,
    /// What the keys of the rubric mean, with the feedback that stands under each; lists of queues do not count it.
    pub keys: Vec<(Key, Option<u64>)>,
    /// Where its items are for the one who asks.
    pub counts: ReviewCounts,
}

/// A queue as it shall be.
#[derive(Debug, Clone, Default)]
#[expect(missing_docs, reason = "the fields are those of the wire type and documented there")]
pub struct SaveQueue {
    pub id: Option<Uuid>,
    pub name: String,
    pub description: Option<String>,
    pub kind: QueueKind,
    pub instructions: Option<String>,
    pub rubric: Vec<RubricItem>,
    pub settings: QueueSettings,
    pub default_dataset: Option<Uuid>,
    pub reopen: Option<bool>,
}

/// What a new rubric would do.
#[derive(Debug, Clone, Default)]
pub struct RubricPreview {
    /// The change.
    pub change: RubricChange,
    /// Reviews that were submitted.
    pub submitted: u64,
}

fn view(state: &State<'_>, id: Uuid, seat: &Seat, counts_feedback: bool) -> store::Result<QueueView> {
    let Asked { queue, settings, rubric } = asked(state, id)?;
    Ok(QueueView {
        counts: state.review_counts(id, seat.reviewer)?,
        keys: rubric
            .iter()
            .map(|(_, key)| {
                let count = counts_feedback.then(|| state.count_feedback(&key.key)).transpose()?;
                Ok((key.clone(), count))
            })
            .collect::<store::Result<_>>()?,
        rubric: rubric.into_iter().map(|(item, _)| item).collect(),
        settings,
        queue,
    })
}

impl Engine {
    /// A queue, with counts for this reviewer.
    pub fn queue_view(&self, id: Uuid, seat: &Seat) -> Result<QueueView> {
        Ok(self.store.review_state(|state| view(state, id, seat, true))?)
    }

    /// Queues, the latest first.
    pub fn queue_views(&self, text: Option<&str>, archived: bool, seat: &Seat) -> Result<Vec<QueueView>> {
        let queues = self.store.queues(&QueueQuery {
            name_contains: text.map(str::to_owned),
            descending: true,
            limit: 10_000,
            ..QueueQuery::default()
        })?;
        Ok(self.store.review_state(|state| {
            let wanted = queues.iter().filter(|queue| archived || queue.archived.is_none());
            wanted.map(|queue| view(state, queue.id, seat, false)).collect()
        })?)
    }

    /// All keys that somebody defined, with the feedback that stands under each.
    pub fn feedback_keys(&self) -> Result<Vec<(Key, u64)>> {
        let configs = self.store.feedback_configs(&[], None)?;
        Ok(self.store.review_state(|state| {
            let key = |config: &FeedbackConfig| {
                let value = serde_json::from_str(&config.config).unwrap_or_default();
                let key = Key::from_config(&config.key, &value, config.lower_is_better);
                Ok((key, state.count_feedback(&config.key)?))
            };
            configs.iter().map(key).collect()
        })?)
    }

    /// Says what a key means; while there are answers, what they mean may not change.
    pub fn save_feedback_key(&self, key: &Key) -> Result<(Key, u64)> {
        if let Some(problem) = key.problem() {
            return Err(Error::InvalidInput(problem));
        }
        let (known, answers) = self
            .store
            .review_state(|state| Ok((meaning(state, &key.key)?, state.count_feedback(&key.key)?)))?;
        if answers > 0
            && let Some(problem) = known.as_ref().and_then(|known| known.change_problem(key))
        {
            return Err(Error::InvalidInput(problem));
        }
        self.store.set_feedback_config(FeedbackConfig {
            key: key.key.clone(),
            config: key.to_config().to_string(),
            lower_is_better: key.direction == ::review::Direction::LowerBetter,
            enforced: false,
            modified: now(),
        })?;
        self.emit(Event::ReviewChanged(Vec::new(), None));
        Ok((key.clone(), answers))
    }

    /// Forgets what a key means. One that something was said under or that a queue asks for stays.
    pub fn delete_feedback_key(&self, key: &str) -> Result<()> {
        if self.store.feedback_config(key)?.is_none() {
            return Err(store::Error::NotFound { what: "feedback key", id: key.to_owned() }.into());
        }
        let said = self.store.review_state(|state| state.count_feedback(key))?;
        if said > 0 {
            return Err(Error::InvalidInput(format!("{key} was used {said} times; it stays")));
        }
        let queues = self.queues(&store::QueueQuery { limit: u32::MAX, ..store::QueueQuery::default() })?;
        let asks = |queue: &&store::Queue| {
            super::rubric_of(&queue.rubric).iter().any(|item| item.feedback_key == key)
        };
        if let Some(queue) = queues.iter().find(asks) {
            return Err(Error::InvalidInput(format!("The queue {} asks for {key}; it stays", queue.name)));
        }
        self.store.delete_feedback_config(key)?;
        self.emit(Event::ReviewChanged(Vec::new(), None));
        Ok(())
    }

    /// What a new rubric would do to a queue, or to one that is not made yet.
    pub fn preview_rubric(
        &self,
        queue: Option<Uuid>,
        kind: QueueKind,
        rubric: &[RubricItem],
    ) -> Result<RubricPreview> {
        let taken = keymap::letters_beside_rubrics(&self.settings().keymap);
        Ok(self.store.review_state(|state| preview(state, queue, kind, rubric, &taken))?)
    }

    /// Makes or changes a queue and answers its id.
    pub fn save_queue(&self, save: SaveQueue) -> Result<Uuid> {
        if save.name.trim().is_empty() {
            return Err(Error::InvalidInput("A queue needs a name".to_owned()));
        }
        if let Some(problem) = save.settings.problem() {
            return Err(Error::InvalidInput(problem));
        }
        if save.rubric.len() > MOST_QUESTIONS {
            return Err(Error::InvalidInput(format!("A queue asks {MOST_QUESTIONS} questions at most")));
        }
        let preview = self.preview_rubric(save.id, save.kind, &save.rubric)?;
        if let Some(problem) = preview.change.problems.first() {
            return Err(Error::InvalidInput(format!("{}: {}", problem.key, problem.message)));
        }
        let must_decide = preview.submitted > 0 && !preview.change.newly_required.is_empty();
        if must_decide && save.reopen.is_none() {
            return Err(Error::InvalidInput(format!(
                "{} is required from now on: say whether {} submitted reviews open again",
                preview.change.newly_required.join(", "),
                preview.submitted
            )));
        }
        let at = now();
        let reopen = must_decide && save.reopen == Some(true);
        let text =
            |value: serde_json::Result<String>| value.map_err(|error| Error::InvalidInput(error.to_string()));
        let id = match save.id {
            None => {
                let new = NewQueue {
                    name: save.name.trim().to_owned(),
                    description: save.description,
                    kind: save.kind,
                    instructions: save.instructions,
                    rubric: Some(text(serde_json::to_string(&save.rubric))?),
                    settings: Some(text(serde_json::to_string(&save.settings))?),
                    default_dataset: save.default_dataset,
                    ..NewQueue::default()
                };
                self.store.create_queue(new, at)?
            }
            Some(id) => {
                self.store.reviewing(move |writer| change(writer, id, &save, reopen, at))?;
                id
            }
        };
        self.emit(Event::ReviewChanged(vec![id], None));
        Ok(id)
    }

    /// Puts a queue away, or takes it out again.
    pub fn archive_queue(&self, id: Uuid, archived: bool) -> Result<()> {
        let at = archived.then(now);
        self.store.reviewing(move |writer| writer.archive_queue(id, at))?;
        self.emit(Event::ReviewChanged(vec![id], None));
        Ok(())
    }
}

fn preview(
    state: &State<'_>,
    queue: Option<Uuid>,
    kind: QueueKind,
    rubric: &[RubricItem],
    taken: &str,
) -> store::Result<RubricPreview> {
    let known = queue.map(|id| state.queue(id)).transpose()?;
    let old = known.as_ref().map(|queue| rubric_of(&queue.rubric)).unwrap_or_default();
    let kind = known.as_ref().map_or(kind, |queue| queue.kind);
    let mut keys = std::collections::HashMap::new();
    for item in rubric {
        if let Some(key) = meaning(state, &item.feedback_key)? {
            keys.insert(item.feedback_key.clone(), key);
        }
    }
    let submitted = match queue {
        Some(id) => state.submitted_items(id)?.len() as u64,
        None => 0,
    };
    let change = compare(&old, rubric, kind == QueueKind::Pairwise, taken, |key| keys.get(key).cloned());
    Ok(RubricPreview { change, submitted })
}

fn change(
    writer: &mut ReviewWriter<'_, '_>,
    id: Uuid,
    save: &SaveQueue,
    reopen: bool,
    at: model::UnixNanos,
) -> store::Result<()> {
    let known = writer.state().queue(id)?;
    // Members of the questions that only LangSmith's clients know stay with their keys.
    let old_rubric = rubric_of(&known.rubric);
    let mut rubric = save.rubric.clone();
    for item in &mut rubric {
        if let Some(old) = old_rubric.iter().find(|old| old.feedback_key == item.feedback_key) {
            item.others.clone_from(&old.others);
        }
    }
    // The same questions in another spelling are no new version.
    let is_same = old_rubric == rubric;
    let rubric = serde_json::to_string(&rubric).map_err(|error| StoreError::Invalid(error.to_string()))?;
    // What LangSmith's clients keep with the queue stays.
    let old: QueueSettings = super::lenient(&known.settings);
    let mut settings = save.settings.clone();
    for (name, value) in old.others {
        settings.others.entry(name).or_insert(value);
    }
    settings.reviewer_access_mode = old.reviewer_access_mode;
    let settings =
        serde_json::to_string(&settings).map_err(|error| StoreError::Invalid(error.to_string()))?;
    let patch = |value: &Option<String>| value.clone().map_or(Patch::Erase, Patch::Set);
    writer.change_queue(
        id,
        &QueueChange {
            name: Some(save.name.trim().to_owned()),
            description: patch(&save.description),
            instructions: patch(&save.instructions),
            rubric: if is_same { Patch::Keep } else { Patch::Set(rubric) },
            settings: Patch::Set(settings),
            metadata: Patch::Keep,
            default_dataset: save.default_dataset.map_or(Patch::Erase, Patch::Set),
        },
        at,
    )?;
    let submitted = writer.state().submitted_items(id)?;
    let asked = asked(&writer.state(), id)?;
    for (item, reviewer) in &submitted {
        if reopen {
            found::reopen_for_rubric(writer, &asked, *item, *reviewer, at)?;
        }
    }
    // Reviews needed or rules of conflict may have changed.
    let mut items: Vec<Uuid> = submitted.into_iter().map(|(item, _)| item).collect();
    items.dedup();
    for item in items {
        found::settle(writer, &asked, item, at)?;
    }
    Ok(())
}
