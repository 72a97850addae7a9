//! Feedback, the meaning of its keys, and projects as things of their own.

use std::collections::BTreeMap;

use model::{Feedback, FeedbackId, RunId, RunStatus, UnixNanos};
use store::{
    FeedbackConfig, FeedbackQuery, FeedbackToken, NewProject, ProjectChange, ProjectDetail, ProjectQuery,
    RootTimes,
};
use uuid::Uuid;

use crate::{Engine, error::Result, now};

/// What was said under one key.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct KeyStats {
    /// How often.
    pub count: u64,
    /// Mean of the scores.
    pub mean: Option<f64>,
    /// Lowest score.
    pub min: Option<f64>,
    /// Highest score.
    pub max: Option<f64>,
    /// Standard deviation of the scores (of the population).
    pub deviation: Option<f64>,
    /// How often the evaluator failed.
    pub errors: u64,
    /// How often each value was given.
    pub values: BTreeMap<String, u64>,
    /// Comments, at most ten.
    pub comments: Vec<String>,
    /// Whether some of it is about threads.
    pub about_thread: bool,
}

/// What was said, by key.
pub type FeedbackStats = BTreeMap<String, KeyStats>;

/// Comments that statistics carry.
const MOST_COMMENTS: usize = 10;

/// Statistics of a project's traces; times in seconds.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct ProjectStats {
    /// Median time of a trace.
    pub latency_p50: Option<f64>,
    /// 99th percentile of it.
    pub latency_p99: Option<f64>,
    /// Median time to the first token.
    pub first_token_p50: Option<f64>,
    /// 99th percentile of it.
    pub first_token_p99: Option<f64>,
    /// Share of traces whose root failed.
    pub error_rate: f64,
    /// Share of traces whose root streamed.
    pub streaming_rate: f64,
    /// What was said about its runs.
    pub feedback: FeedbackStats,
    /// What was said about the project itself.
    pub project_feedback: FeedbackStats,
}

/// Statistics by key.
#[expect(clippy::cast_precision_loss, reason = "counts and times are far below 2^53 where they are meant")]
pub fn feedback_stats<'f>(all: impl IntoIterator<Item = &'f Feedback>) -> FeedbackStats {
    let mut by_key: BTreeMap<String, (KeyStats, Vec<f64>)> = BTreeMap::new();
    for feedback in all {
        let (stats, scores) = by_key.entry(feedback.key.clone()).or_default();
        stats.count += 1;
        stats.errors += u64::from(feedback.error);
        stats.about_thread |= feedback.thread.is_some();
        scores.extend(feedback.score);
        if let Some(value) = &feedback.value {
            *stats.values.entry(shown_value(value)).or_default() += 1;
        }
        if let Some(comment) = feedback.comment.as_ref().filter(|_| stats.comments.len() < MOST_COMMENTS) {
            stats.comments.push(comment.clone());
        }
    }
    by_key
        .into_iter()
        .map(|(key, (mut stats, scores))| {
            if !scores.is_empty() {
                let count = scores.len() as f64;
                let mean = scores.iter().sum::<f64>() / count;
                let variance = scores.iter().map(|score| (score - mean).powi(2)).sum::<f64>() / count;
                stats.mean = Some(mean);
                stats.deviation = Some(variance.sqrt());
                stats.min = scores.iter().copied().reduce(f64::min);
                stats.max = scores.iter().copied().reduce(f64::max);
            }
            (key, stats)
        })
        .collect()
}

/// A value (JSON) as it is counted: a text without its quotes.
pub(crate) fn shown_value(value: &str) -> String {
    serde_json::from_str::<String>(value).unwrap_or_else(|_| value.to_owned())
}

/// The time, in seconds, below which so many thousandths of these nanoseconds lie (nearest rank).
#[expect(clippy::cast_precision_loss, reason = "times are far below 2^53 where they are meant")]
pub fn percentile(mut nanos: Vec<i64>, per_mille: usize) -> Option<f64> {
    nanos.sort_unstable();
    let last = nanos.len().checked_sub(1)?;
    nanos.get((last * per_mille + 500) / 1000).map(|nanos| *nanos as f64 / 1e9)
}

/// Statistics of roots, without feedback.
#[expect(clippy::cast_precision_loss, reason = "counts and times are far below 2^53 where they are meant")]
pub(crate) fn root_stats(roots: &[RootTimes]) -> ProjectStats {
    let latencies: Vec<i64> = roots.iter().filter_map(|root| root.latency_ns).collect();
    let first_tokens: Vec<i64> = roots.iter().filter_map(|root| root.first_token_ns).collect();
    let streamed = first_tokens.len();
    let share = |count: usize| if roots.is_empty() { 0.0 } else { count as f64 / roots.len() as f64 };
    ProjectStats {
        latency_p50: percentile(latencies.clone(), 500),
        latency_p99: percentile(latencies, 990),
        first_token_p50: percentile(first_tokens.clone(), 500),
        first_token_p99: percentile(first_tokens, 990),
        error_rate: share(roots.iter().filter(|root| root.status == RunStatus::Error).count()),
        streaming_rate: share(streamed),
        ..ProjectStats::default()
    }
}

impl Engine {
    /// Keeps feedback; what was said under the same id is replaced. A run need not be there (yet).
    pub fn put_feedback(&self, mut feedback: Vec<Feedback>) -> Result<()> {
        self.redaction.feedback(&mut feedback);
        // Microseconds (`annotation-ux.md` §3), so that every format carries times without loss.
        let now = UnixNanos(now().0 / 1000 * 1000);
        Ok(self.store.put_feedback(feedback, now)?)
    }

    /// One feedback.
    pub fn feedback(&self, id: FeedbackId) -> Result<Feedback> {
        Ok(self.store.feedback(id)?)
    }

    /// Removes a feedback.
    pub fn delete_feedback(&self, id: FeedbackId) -> Result<()> {
        Ok(self.store.delete_feedback(id)?)
    }

    /// Feedback, what was said last first.
    pub fn list_feedback(&self, query: &FeedbackQuery) -> Result<Vec<Feedback>> {
        Ok(self.store.list_feedback(query)?)
    }

    /// What a key means, if anybody said so.
    pub fn feedback_config(&self, key: &str) -> Result<Option<FeedbackConfig>> {
        Ok(self.store.feedback_config(key)?)
    }

    /// Keys with a meaning.
    pub fn feedback_configs(
        &self,
        keys: &[String],
        name_contains: Option<&str>,
    ) -> Result<Vec<FeedbackConfig>> {
        Ok(self.store.feedback_configs(keys, name_contains)?)
    }

    /// Says what a key means.
    pub fn set_feedback_config(&self, config: FeedbackConfig) -> Result<()> {
        Ok(self.store.set_feedback_config(config)?)
    }

    /// Forgets what a key means.
    pub fn delete_feedback_config(&self, key: &str) -> Result<()> {
        Ok(self.store.delete_feedback_config(key)?)
    }

    /// Keeps a token.
    pub fn add_feedback_token(&self, token: FeedbackToken) -> Result<()> {
        Ok(self.store.add_feedback_token(token)?)
    }

    /// A token.
    pub fn feedback_token(&self, id: Uuid) -> Result<FeedbackToken> {
        Ok(self.store.feedback_token(id)?)
    }

    /// Tokens of a run.
    pub fn feedback_tokens(&self, run_id: RunId) -> Result<Vec<FeedbackToken>> {
        Ok(self.store.feedback_tokens(run_id)?)
    }

    /// One project.
    pub fn project(&self, id: Uuid) -> Result<ProjectDetail> {
        Ok(self.store.project(id)?)
    }

    /// Projects that fit, by name.
    pub fn find_projects(&self, query: &ProjectQuery) -> Result<Vec<ProjectDetail>> {
        let found = self.store.find_projects(query)?;
        // One that was made before the rules were set has the name that it was given.
        match query.name.as_deref().and_then(|name| self.redaction.kept_name(name)) {
            Some(kept) if found.is_empty() => {
                Ok(self.store.find_projects(&ProjectQuery { name: Some(kept), ..query.clone() })?)
            }
            _ => Ok(found),
        }
    }

    /// The id of the project with this name.
    pub fn project_id(&self, name: &str) -> Result<Uuid> {
        let query = ProjectQuery { name: Some(name.to_owned()), ..ProjectQuery::default() };
        let found = self.find_projects(&query)?;
        let not_found = || store::Error::NotFound { what: "project", id: name.to_owned() };
        Ok(found.first().map(|project| project.id).ok_or_else(not_found)?)
    }

    /// Makes a project; with `upsert` one of the same name is described anew.
    pub fn create_project(&self, mut new: NewProject, upsert: bool) -> Result<Uuid> {
        self.redaction.names(std::iter::once(&mut new.name).chain(&mut new.description));
        self.redaction.parts([("extra", &mut new.extra)]);
        Ok(self.store.create_project(new, upsert)?)
    }

    /// Changes what is said about a project.
    pub fn change_project(&self, id: Uuid, mut change: ProjectChange) -> Result<()> {
        self.redaction.names(change.name.iter_mut().chain(&mut change.description));
        self.redaction.parts([("extra", &mut change.extra)]);
        Ok(self.store.change_project(id, change)?)
    }

    /// Removes a project with all of its traces.
    pub fn remove_project(&self, id: Uuid) -> Result<()> {
        Ok(self.store.remove_project(id)?)
    }

    /// Statistics of a project.
    pub fn project_stats(&self, id: Uuid) -> Result<ProjectStats> {
        let roots = self.store.root_times(id)?;
        let feedback = self.store.list_feedback(&FeedbackQuery {
            projects: vec![id],
            limit: u32::MAX,
            ..FeedbackQuery::default()
        })?;
        let (about_project, about_runs): (Vec<&Feedback>, Vec<&Feedback>) =
            feedback.iter().partition(|one| one.run_id.is_none() && one.trace_id.is_none());
        Ok(ProjectStats {
            feedback: feedback_stats(about_runs),
            project_feedback: feedback_stats(about_project),
            ..root_stats(&roots)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn statistics_of_scores_and_values() {
        let said = |score: Option<f64>, value: Option<&str>| {
            let text = serde_json::json!({ "key": "quality", "score": score, "value": value }).to_string();
            ingest::langsmith::feedback::read(text.as_bytes(), None).unwrap()
        };
        let all = [said(Some(1.0), Some("good")), said(Some(0.0), Some("bad")), said(None, Some("good"))];
        let stats = &feedback_stats(&all)["quality"];
        assert_eq!((stats.count, stats.mean, stats.deviation), (3, Some(0.5), Some(0.5)));
        assert_eq!((stats.min, stats.max), (Some(0.0), Some(1.0)));
        assert_eq!(stats.values, BTreeMap::from([("bad".to_owned(), 1), ("good".to_owned(), 2)]));
    }

    #[test]
    fn percentiles_are_seconds() {
        let seconds: Vec<i64> = (1..=100).map(|second| second * 1_000_000_000).collect();
        assert_eq!(percentile(seconds.clone(), 500), Some(51.0));
        assert_eq!(percentile(seconds, 990), Some(99.0));
        assert_eq!(percentile(Vec::new(), 500), None);
    }
}
