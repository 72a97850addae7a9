//! Judgements and examples leave in other tools' formats, and come in again (`annotation-ux.md` §17).
//!
//! The formats are in `ingest::exchange`; here is which feedback is meant, what its runs add, the manifest, and the
//! ways out: as text for a file, to a server of LangSmith's protocol, to an OTLP endpoint.

mod datasets;
mod handout;
mod import;
mod send;
mod sending;

use std::collections::{BTreeMap, HashMap};

use ingest::exchange::{FeedbackFormat, Judged, WriteOptions, join, write};
use model::{ContentHash, Feedback, RunId, TraceId};
use serde_json::{Value, json};
use store::{FeedbackQuery, ProjectQuery, SortTraces, SourceId, TraceFilter, TraceQuery};
use uuid::Uuid;

use crate::{Engine, error::Result};

pub use datasets::{DatasetFormat, DatasetOptions};
pub(crate) use datasets::{corrected, splits_of};
pub use import::ImportedExamples;
pub(crate) use import::{Recognised, look, sidecar_of, unreadable};
pub use send::{SendProgress, SendSummary, SendTarget};
pub(crate) use sending::Sending;
pub use sending::{SendProtocol, SendStatus};

/// Records that a preview shows.
const PREVIEWED: usize = 3;
/// Traces that are listed at once.
const PAGE: u32 = 500;

/// Which feedback is exported; empty lists and `None` do not restrict.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct FeedbackScope {
    /// Of this project, by its name.
    pub project: Option<String>,
    /// With these keys.
    pub keys: Vec<String>,
    /// By these reviewers, by their ids.
    pub reviewers: Vec<String>,
    /// Given in this queue.
    pub queue: Option<Uuid>,
    /// About these traces or their runs.
    pub traces: Vec<TraceId>,
    /// About traces that this source delivered first.
    pub source: Option<SourceId>,
    /// Where an adjudicator decided, only the decision (§14.4).
    pub adjudicated: bool,
    /// Also what was replaced or taken back.
    pub history: bool,
    /// Of a queue, also what was said to items that came again; `extra` marks it.
    pub repeats: bool,
}

/// How an export is written.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct ExportOptions {
    /// See [`WriteOptions`].
    pub write: WriteOptions,
    /// The owner's redaction rules are applied once more, also to what came before they were set.
    pub redact: bool,
}

/// An export, ready to be written to a file.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Exported {
    /// The file.
    pub data: String,
    /// Its first records.
    pub preview: Vec<String>,
    /// Records in all.
    pub records: u64,
    /// What was left out or is odd, in sentences.
    pub notes: Vec<String>,
    /// `export.json`: what this is, in JSON. The same feedback and options give the same manifest.
    pub manifest: String,
}

impl Engine {
    /// The feedback of a scope, in the order in which it was said.
    pub fn feedback_of(&self, scope: &FeedbackScope) -> Result<Vec<Feedback>> {
        let projects = match &scope.project {
            None => Vec::new(),
            Some(name) => {
                let query = ProjectQuery { name: Some(name.clone()), ..ProjectQuery::default() };
                let found = self.store.find_projects(&query)?;
                if found.is_empty() {
                    return Err(store::Error::NotFound { what: "project", id: name.clone() }.into());
                }
                found.iter().map(|project| project.id).collect()
            }
        };
        let mut traces = scope.traces.clone();
        if let Some(source) = scope.source {
            traces.extend(self.traces_of_source(source)?);
            if traces.is_empty() {
                return Ok(Vec::new());
            }
        }
        let queue_items = match scope.queue {
            None => Vec::new(),
            Some(queue) => {
                self.store.queue(queue)?;
                let items: Vec<Uuid> = self.queue_items(queue, None)?.iter().map(|item| item.id).collect();
                if items.is_empty() {
                    return Ok(Vec::new());
                }
                items
            }
        };
        let mut all = Vec::new();
        // A statement takes some thousands of values at most.
        let (trace_parts, item_parts) = (parts(&traces), parts(&queue_items));
        for traces in &trace_parts {
            for items in &item_parts {
                all.extend(self.store.list_feedback(&FeedbackQuery {
                    traces: traces.clone(),
                    queue_items: items.clone(),
                    keys: scope.keys.clone(),
                    projects: projects.clone(),
                    reviewers: scope.reviewers.clone(),
                    with_retracted: scope.history,
                    limit: u32::MAX,
                    ..FeedbackQuery::default()
                })?);
            }
        }
        if scope.adjudicated {
            all = only_decided(all);
        }
        if let Some(queue) = scope.queue.filter(|_| scope.repeats) {
            let again = self.store.review_state(|state| crate::reviewing::feedback_again(state, queue))?;
            let is_wanted =
                |wanted: &[String], name: &str| wanted.is_empty() || wanted.iter().any(|one| one == name);
            all.extend(again.into_iter().filter(|one| {
                is_wanted(&scope.keys, &one.key)
                    && is_wanted(&scope.reviewers, one.reviewer.as_deref().unwrap_or_default())
            }));
        }
        all.sort_by_key(|one| (one.created, one.id));
        Ok(all)
    }

    fn traces_of_source(&self, source: SourceId) -> Result<Vec<TraceId>> {
        let mut traces = Vec::new();
        let mut offset = 0;
        loop {
            let query = TraceQuery {
                filter: TraceFilter { source: Some(source), ..TraceFilter::default() },
                sort: SortTraces::Start,
                ascending: true,
                offset,
                limit: PAGE,
            };
            let page = self.traces(&query)?;
            traces.extend(page.rows.iter().map(|row| row.trace_id));
            offset += PAGE;
            if u64::from(offset) >= page.total {
                return Ok(traces);
            }
        }
    }

    /// Writes feedback in one of the formats.
    pub fn export_feedback(
        &self,
        scope: &FeedbackScope,
        format: FeedbackFormat,
        options: ExportOptions,
    ) -> Result<Exported> {
        let mut feedback = self.feedback_of(scope)?;
        if options.redact {
            self.redaction.feedback(&mut feedback);
        }
        let keys: Vec<String> = feedback.iter().map(|one| one.key.clone()).collect();
        let judged = if format == FeedbackFormat::Otel {
            self.with_runs(feedback)?
        } else {
            feedback.into_iter().map(Judged::from).collect()
        };
        let records = write(&judged, format, options.write);
        let data = join(&records, format);
        let name = name_of(format);
        let header = usize::from(matches!(format, FeedbackFormat::CsvLong | FeedbackFormat::CsvWide));
        let manifest = json!({
            "format": name,
            "counts": { "feedback": judged.len(), "by_key": counts(&keys) },
            "scope": {
                "project": scope.project,
                "keys": scope.keys,
                "reviewers": scope.reviewers,
                "queue": scope.queue,
                "traces": scope.traces.iter().map(ToString::to_string).collect::<Vec<_>>(),
                "adjudicated_only": scope.adjudicated,
                "history": scope.history,
            },
            "conflicts": if scope.adjudicated { "the adjudicated answer, else every answer" } else { "every answer" },
            "keys": self.meanings(&keys)?,
            "rubric": self.rubric(scope.queue)?,
            "options": {
                "guard_formulas": options.write.guard_formulas,
                "names": options.write.names,
                "timing": options.write.timing,
                "redacted": options.redact,
            },
            "application": application(),
            "data": fingerprint(&data),
        });
        Ok(Exported {
            preview: records.iter().skip(header).take(PREVIEWED).cloned().collect(),
            records: u64::try_from(judged.len()).unwrap_or(u64::MAX),
            notes: Vec::new(),
            manifest: pretty(&manifest),
            data,
        })
    }

    /// Feedback with what only its runs know.
    fn with_runs(&self, feedback: Vec<Feedback>) -> Result<Vec<Judged>> {
        let mut known: HashMap<(TraceId, RunId), (Option<String>, Option<String>)> = HashMap::new();
        feedback
            .into_iter()
            .map(|one| {
                let Some(place) = one.trace_id.zip(one.run_id) else { return Ok(one.into()) };
                let (service, response_id) = match known.get(&place) {
                    Some(found) => found.clone(),
                    None => {
                        let found = match self.store.run(place.0, place.1) {
                            Ok((_, records)) => said_by_run(&ingest::detail(&records).attributes),
                            // The run waits to come, or is gone.
                            Err(store::Error::NotFound { .. }) => (None, None),
                            Err(error) => return Err(error.into()),
                        };
                        known.insert(place, found.clone());
                        found
                    }
                };
                Ok(Judged { feedback: one, service, response_id })
            })
            .collect()
    }

    fn meanings(&self, keys: &[String]) -> Result<Value> {
        let mut names = keys.to_vec();
        names.sort();
        names.dedup();
        let configs =
            if names.is_empty() { Vec::new() } else { self.store.feedback_configs(&names, None)? };
        Ok(configs
            .iter()
            .map(|config| {
                let shape: Value = serde_json::from_str(&config.config).unwrap_or_default();
                let value = json!({ "config": shape, "lower_is_better": config.lower_is_better });
                (config.key.clone(), value)
            })
            .collect::<serde_json::Map<_, _>>()
            .into())
    }

    fn rubric(&self, queue: Option<Uuid>) -> Result<Value> {
        let Some(queue) = queue else { return Ok(Value::Null) };
        let queue = self.store.queue(queue)?;
        Ok(json!({
            "queue": queue.id,
            "name": queue.name,
            "items": serde_json::from_str::<Value>(&queue.rubric).unwrap_or_default(),
        }))
    }
}

/// A feedback under a key that says nothing yet and is about nothing.
pub(crate) fn record_of(id: model::FeedbackId, key: &str) -> Feedback {
    Feedback {
        id,
        run_id: None,
        trace_id: None,
        project_id: None,
        thread: None,
        key: key.to_owned(),
        score: None,
        value: None,
        comment: None,
        correction: None,
        source_kind: "api".to_owned(),
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
    }
}

/// Pieces that fit into one statement; one empty piece, which does not restrict, when there is nothing.
fn parts<T: Clone>(all: &[T]) -> Vec<Vec<T>> {
    if all.is_empty() { vec![Vec::new()] } else { all.chunks(500).map(<[T]>::to_vec).collect() }
}

/// The word by which a format is known.
pub(crate) fn name_of(format: FeedbackFormat) -> &'static str {
    FeedbackFormat::ALL.iter().find(|(known, _)| *known == format).map_or("", |(_, name)| name)
}

/// Leaves out what an adjudicator decided about.
fn only_decided(all: Vec<Feedback>) -> Vec<Feedback> {
    let mut decided: Vec<String> = Vec::new();
    for one in &all {
        let extra: Option<Value> = one.extra.as_deref().and_then(|text| serde_json::from_str(text).ok());
        let ids = extra.as_ref().and_then(|extra| extra["adjudicates"].as_array().cloned());
        decided.extend(ids.into_iter().flatten().filter_map(|id| id.as_str().map(str::to_owned)));
    }
    all.into_iter().filter(|one| !decided.contains(&one.id.to_string())).collect()
}

/// Service and response id of a run, by its attributes.
pub(crate) fn said_by_run(attributes: &str) -> (Option<String>, Option<String>) {
    let attributes: Value = serde_json::from_str(attributes).unwrap_or_default();
    let text = |value: &Value| value.as_str().map(str::to_owned);
    (text(&attributes["resource"]["service.name"]), text(&attributes["attributes"]["gen_ai.response.id"]))
}

fn counts(keys: &[String]) -> BTreeMap<&str, u64> {
    let mut counts = BTreeMap::new();
    for key in keys {
        *counts.entry(key.as_str()).or_default() += 1;
    }
    counts
}

fn application() -> Value {
    json!({ "name": "tracemark", "version": env!("CARGO_PKG_VERSION") })
}

/// Size and hash of a file.
fn fingerprint(data: &str) -> Value {
    use std::fmt::Write as _;
    let hash = ContentHash::of_bytes(data.as_bytes()).0.iter().fold(String::new(), |mut text, byte| {
        // Writing into memory cannot fail.
        let _ = write!(text, "{byte:02x}");
        text
    });
    json!({ "bytes": data.len(), "blake3_128": hash })
}

fn pretty(value: &Value) -> String {
    let mut text = serde_json::to_string_pretty(value).unwrap_or_default();
    text.push('\n');
    text
}
