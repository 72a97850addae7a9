//! Open coding (`annotation-ux.md` §18): notes are read together, what they are about is given a category, and categories
//! become the choices of a key.

use ::review::{Category, Direction, Key, KeyType};
use model::{Feedback, FeedbackId};
use store::{
    FeedbackConfig, FeedbackQuery, FirstOfCategory, NoteCount, NotePivot, NotePivotBy, NoteQuery, NoteRow,
};

use crate::{Engine, Error, Event, FeedbackEdit, error::Result, now};

/// Notes that are given a category at once.
const MOST_NOTES: usize = 2000;
/// Characters of a category.
const MOST_CHARS: usize = 120;

/// Notes with their categories.
#[derive(Debug, Clone, Default)]
pub struct Notes {
    /// The window.
    pub rows: Vec<NoteRow>,
    /// Notes that fit.
    pub total: u64,
    /// Notes of each category, the largest first; those without one last.
    pub categories: Vec<NoteCount>,
}

fn label_of(feedback: &Feedback) -> Option<String> {
    serde_json::from_str(feedback.value.as_deref()?).ok()
}

fn checked(label: &str) -> Result<String> {
    let label = label.trim();
    if label.is_empty() || label.chars().count() > MOST_CHARS {
        return Err(Error::InvalidInput(format!("A category has 1 to {MOST_CHARS} characters")));
    }
    Ok(label.to_owned())
}

fn said(label: &str) -> FeedbackEdit {
    FeedbackEdit { value: Some(serde_json::Value::from(label).to_string()), ..FeedbackEdit::default() }
}

impl Engine {
    /// Notes that fit, the newest first.
    pub fn notes(&self, query: &NoteQuery) -> Result<Notes> {
        let (rows, total) = self.store.notes(query)?;
        Ok(Notes { rows, total, categories: self.store.note_counts(query)? })
    }

    /// Notes by category and by what their runs have in common, and when each category was first needed.
    pub fn note_pivot(
        &self,
        query: &NoteQuery,
        by: NotePivotBy,
    ) -> Result<(NotePivot, Vec<FirstOfCategory>)> {
        Ok((self.store.note_pivot(query, by)?, self.store.first_notes(query)?))
    }

    /// Gives what these notes are about a category under a key, in place of the one that it has; `None` takes it away.
    /// A new label becomes a choice of the key.
    pub fn categorise(&self, key: &str, notes: &[FeedbackId], label: Option<&str>) -> Result<()> {
        if notes.len() > MOST_NOTES {
            return Err(Error::TooLarge(format!("{MOST_NOTES} notes are taken at once; choose fewer")));
        }
        let label = label.map(checked).transpose()?;
        if let Some(label) = &label {
            self.know_category(key, label)?;
        }
        for id in notes {
            let note = self.feedback(*id)?;
            match (self.category_of(key, &note)?, &label) {
                (None, None) => {}
                (Some(known), None) => drop(self.retract_feedback(known.id)?),
                (Some(known), Some(label)) if label_of(&known).as_ref() == Some(label) => {}
                (Some(known), Some(label)) => drop(self.edit_feedback(known.id, said(label))?),
                (None, Some(label)) => {
                    let about = Feedback {
                        run_id: note.run_id,
                        trace_id: note.trace_id,
                        thread: note.thread.clone(),
                        project_id: note.project_id,
                        value: said(label).value,
                        extra: Some(serde_json::json!({ "note": id.to_string() }).to_string()),
                        ..crate::exchange::record_of(*id, key)
                    };
                    self.give_feedback(about)?;
                }
            }
        }
        self.emit(Event::ReviewChanged(Vec::new(), None));
        Ok(())
    }

    /// Gives a category another name everywhere; one that is there takes the other in.
    pub fn rename_category(&self, key: &str, from: &str, to: &str) -> Result<u64> {
        let to = checked(to)?;
        self.know_category(key, &to)?;
        let query = FeedbackQuery { keys: vec![key.to_owned()], limit: u32::MAX, ..FeedbackQuery::default() };
        let mut changed = 0;
        for one in self.store.list_feedback(&query)? {
            if label_of(&one).as_deref() == Some(from) {
                self.edit_feedback(one.id, said(&to))?;
                changed += 1;
            }
        }
        if let Some(config) = self.store.feedback_config(key)? {
            let mut known = Self::key_of(&config);
            known.categories.retain(|category| category.label != from || from == to);
            if known.problem().is_none() {
                self.keep_key(&known)?;
            }
        }
        self.emit(Event::ReviewChanged(Vec::new(), None));
        Ok(changed)
    }

    /// The standing category of what a note is about.
    fn category_of(&self, key: &str, note: &Feedback) -> Result<Option<Feedback>> {
        let all = self.store.list_feedback(&FeedbackQuery {
            runs: note.run_id.into_iter().collect(),
            traces: if note.run_id.is_none() { note.trace_id.into_iter().collect() } else { Vec::new() },
            thread: note.thread.clone(),
            keys: vec![key.to_owned()],
            limit: u32::MAX,
            ..FeedbackQuery::default()
        })?;
        Ok(all.into_iter().find(|one| {
            one.run_id == note.run_id && (one.trace_id == note.trace_id || note.trace_id.is_none())
        }))
    }

    fn key_of(config: &FeedbackConfig) -> Key {
        let value = serde_json::from_str(&config.config).unwrap_or_default();
        Key::from_config(&config.key, &value, config.lower_is_better)
    }

    fn keep_key(&self, key: &Key) -> Result<()> {
        Ok(self.store.set_feedback_config(FeedbackConfig {
            key: key.key.clone(),
            config: key.to_config().to_string(),
            lower_is_better: key.direction == Direction::LowerBetter,
            enforced: false,
            modified: now(),
        })?)
    }

    /// Makes a label a choice of a key. A choice needs two, so a key with one label is not defined yet.
    fn know_category(&self, key: &str, label: &str) -> Result<()> {
        let known = self.store.feedback_config(key)?.map(|config| Self::key_of(&config));
        let mut labels: Vec<String> = match &known {
            Some(known) if known.key_type != KeyType::Categorical => {
                return Err(Error::InvalidInput(format!("{key} is no key with choices; take another one")));
            }
            Some(known) => known.categories.iter().map(|category| category.label.clone()).collect(),
            None => {
                let query =
                    FeedbackQuery { keys: vec![key.to_owned()], limit: u32::MAX, ..FeedbackQuery::default() };
                let mut used: Vec<String> =
                    self.store.list_feedback(&query)?.iter().filter_map(label_of).collect();
                used.sort();
                used.dedup();
                used
            }
        };
        if known.is_some() && labels.iter().any(|known| known == label) {
            return Ok(());
        }
        if !labels.iter().any(|known| known == label) {
            labels.push(label.to_owned());
        }
        let mut key = known.unwrap_or_else(|| Key { key_type: KeyType::Categorical, ..Key::undefined(key) });
        for label in labels {
            if !key.categories.iter().any(|category| category.label == label) {
                let next =
                    key.categories.iter().filter_map(|category| category.value).fold(-1.0, f64::max) + 1.0;
                key.categories.push(Category { value: Some(next), label, ..Category::default() });
            }
        }
        if key.categories.len() < 2 {
            return Ok(());
        }
        match key.problem() {
            None => self.keep_key(&key),
            Some(problem) => Err(Error::InvalidInput(problem)),
        }
    }
}
