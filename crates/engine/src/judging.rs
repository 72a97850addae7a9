//! Feedback that a person gives outside of queues: given, edited, taken back, with everything that was said before.
//!
//! Nothing overwrites history (`annotation-ux.md` §3.2): an edit is a new feedback that supersedes the old one, which
//! is retracted in the same transaction.

use std::collections::BTreeMap;

use model::{Feedback, FeedbackId, UnixNanos};
use serde_json::Value;
use store::{FeedbackGrouping, FeedbackQuery};
use uuid::Uuid;

use crate::{Engine, Error, FeedbackStats, KeyStats, error::Result, now, review::shown_value};

/// What changes of a feedback; everything else stays.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct FeedbackEdit {
    /// The score.
    pub score: Option<f64>,
    /// The value: JSON.
    pub value: Option<String>,
    /// The comment.
    pub comment: Option<String>,
    /// The correction: JSON.
    pub correction: Option<String>,
}

impl Engine {
    /// Keeps what the person says; who says it and when are filled in. The score of a flag or of a category of a
    /// known key follows from its value.
    pub fn give_feedback(&self, feedback: Feedback) -> Result<Feedback> {
        let id = FeedbackId(Uuid::now_v7());
        let feedback = self.checked(Feedback {
            id,
            source_kind: "app".to_owned(),
            reviewer: Some(self.current_reviewer()?.to_string()),
            created: None,
            modified: None,
            retracted: None,
            ..feedback
        })?;
        self.put_feedback(vec![feedback])?;
        self.feedback(id)
    }

    /// Says it anew; what was said before is kept as history.
    pub fn edit_feedback(&self, id: FeedbackId, edit: FeedbackEdit) -> Result<Feedback> {
        let old = self.standing(id)?;
        let new_id = FeedbackId(Uuid::now_v7());
        let new = self.checked(Feedback {
            id: new_id,
            score: edit.score,
            value: edit.value,
            comment: edit.comment,
            correction: edit.correction,
            source_kind: "app".to_owned(),
            reviewer: Some(self.current_reviewer()?.to_string()),
            reviewer_name: None,
            supersedes: Some(id),
            created: None,
            modified: None,
            ..old.clone()
        })?;
        let time = now_micros();
        self.put_feedback(vec![Feedback { retracted: Some(time), ..old }, new])?;
        self.feedback(new_id)
    }

    /// Takes a feedback back; it stays as history.
    pub fn retract_feedback(&self, id: FeedbackId) -> Result<Feedback> {
        let old = self.standing(id)?;
        self.put_feedback(vec![Feedback { retracted: Some(now_micros()), ..old }])?;
        self.feedback(id)
    }

    /// Lets a feedback that was taken back stand again. One that was replaced cannot, while what replaced it stands.
    pub fn restore_feedback(&self, id: FeedbackId) -> Result<Feedback> {
        let old = self.feedback(id)?;
        let siblings = self.store.list_feedback(&FeedbackQuery {
            runs: old.run_id.into_iter().collect(),
            traces: if old.run_id.is_none() { old.trace_id.into_iter().collect() } else { Vec::new() },
            thread: old.thread.clone(),
            keys: vec![old.key.clone()],
            limit: u32::MAX,
            ..FeedbackQuery::default()
        })?;
        if siblings.iter().any(|one| one.supersedes == Some(id)) {
            return Err(Error::InvalidInput("This was replaced by a later answer, which stands".to_owned()));
        }
        self.put_feedback(vec![Feedback { retracted: None, ..old }])?;
        self.feedback(id)
    }

    fn standing(&self, id: FeedbackId) -> Result<Feedback> {
        let feedback = self.feedback(id)?;
        match feedback.retracted {
            None => Ok(feedback),
            Some(_) => Err(Error::InvalidInput("This feedback was replaced or taken back".to_owned())),
        }
    }

    /// A feedback that says something, in JSON, with the score that its value has.
    fn checked(&self, mut feedback: Feedback) -> Result<Feedback> {
        let refused = |message: &str| Err(Error::InvalidInput(message.to_owned()));
        let key = feedback.key.trim().to_owned();
        if key.is_empty() || key.chars().count() > 180 {
            return refused("A key has 1 to 180 characters");
        }
        feedback.key = key;
        if feedback.score.is_some_and(|score| !score.is_finite()) {
            return refused("A score is a finite number");
        }
        for (what, text) in [("value", &feedback.value), ("correction", &feedback.correction)] {
            if let Some(text) = text
                && let Err(error) = serde_json::from_str::<Value>(text)
            {
                return refused(&format!("The {what} is not JSON: {error}"));
            }
        }
        feedback.comment = feedback.comment.filter(|comment| !comment.trim().is_empty());
        let says = feedback.score.is_some()
            || feedback.value.is_some()
            || feedback.comment.is_some()
            || feedback.correction.is_some();
        if !says {
            return refused("Give a score, a value, a comment or a correction");
        }
        let Some(config) = self.feedback_config(&feedback.key)? else {
            feedback.score = feedback.score.or_else(|| flag_score(feedback.value.as_deref()));
            return Ok(feedback);
        };
        let config: Value = serde_json::from_str(&config.config).unwrap_or_default();
        feedback.score = feedback.score.or_else(|| flag_score(feedback.value.as_deref()));
        if config["type"] == "categorical"
            && let Some(label) =
                feedback.value.as_deref().and_then(|value| serde_json::from_str::<String>(value).ok())
        {
            let categories = config["categories"].as_array().cloned().unwrap_or_default();
            match categories.iter().find(|category| category["label"].as_str() == Some(&label)) {
                Some(category) => feedback.score = category["value"].as_f64(),
                None => return refused(&format!("{} has no category {label}", feedback.key)),
            }
        }
        if config["type"] == "continuous"
            && let Some(score) = feedback.score
        {
            let (min, max) = (config["min"].as_f64(), config["max"].as_f64());
            if min.is_some_and(|min| score < min) || max.is_some_and(|max| score > max) {
                let bound =
                    |bound: Option<f64>| bound.map_or_else(|| "…".to_owned(), |bound| bound.to_string());
                return refused(&format!("{} goes from {} to {}", feedback.key, bound(min), bound(max)));
            }
        }
        Ok(feedback)
    }

    /// Statistics of the feedback about runs, by a property of these runs, without comments. Runs that are not there
    /// are left out.
    pub fn feedback_by(
        &self,
        grouping: FeedbackGrouping,
        project: Option<Uuid>,
    ) -> Result<BTreeMap<String, FeedbackStats>> {
        let mut groups: BTreeMap<String, FeedbackStats> = BTreeMap::new();
        for sum in self.store.feedback_sums(grouping, project)? {
            let mut values: BTreeMap<String, u64> = BTreeMap::new();
            for (value, count) in sum.values {
                *values.entry(shown_value(&value)).or_default() += count;
            }
            let stats = KeyStats {
                count: sum.count,
                mean: sum.mean,
                min: sum.min,
                max: sum.max,
                deviation: sum.variance.map(f64::sqrt),
                errors: sum.errors,
                values,
                comments: Vec::new(),
                about_thread: sum.about_thread,
            };
            groups.entry(sum.group).or_default().insert(sum.key, stats);
        }
        Ok(groups)
    }
}

fn flag_score(value: Option<&str>) -> Option<f64> {
    match value? {
        "true" => Some(1.0),
        "false" => Some(0.0),
        _ => None,
    }
}

fn now_micros() -> UnixNanos {
    UnixNanos(now().0 / 1000 * 1000)
}
