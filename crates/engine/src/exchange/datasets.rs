//! Datasets and preferences as files.

use std::collections::{BTreeMap, HashMap};

use ingest::exchange::{
    chat::{self, ChatOptions},
    example_table,
    examples::{self, ExampleRecord, without_splits},
    preference::{self, Dialect, Preference},
};
use model::Feedback;
use serde_json::{Value, json};
use store::{Example, ExampleQuery};
use uuid::Uuid;

use super::{Exported, FeedbackScope, PREVIEWED, application, fingerprint, pretty};
use crate::{Engine, error::Result};

/// Layout of an exported dataset.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum DatasetFormat {
    /// One example a line (`annotation-ux.md` §17.3).
    Examples,
    /// A table with one row an example (`langsmith-otel-filter-export.md` §11.4).
    Csv,
    /// One conversation a line, for fine-tuning (§17.4).
    Chat,
    /// One preference a line, of examples with a better and a worse answer (§17.5).
    Preference(Dialect),
}

impl DatasetFormat {
    /// Every format with the word by which the command line and the interface know it.
    pub const ALL: [(Self, &'static str); 5] = [
        (Self::Examples, "examples"),
        (Self::Csv, "csv"),
        (Self::Chat, "chat"),
        (Self::Preference(Dialect::OpenAi), "preference-openai"),
        (Self::Preference(Dialect::Dpo), "preference-dpo"),
    ];

    /// Ending of the file's name.
    pub fn extension(self) -> &'static str {
        if self == Self::Csv { "csv" } else { "jsonl" }
    }

    fn name(self) -> &'static str {
        Self::ALL.iter().find(|(known, _)| *known == self).map_or("", |(_, name)| name)
    }
}

/// How a dataset is written.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct DatasetOptions {
    /// Only examples of these splits.
    pub splits: Vec<String>,
    /// See [`ChatOptions`].
    pub chat: ChatOptions,
}

/// Names of the splits in metadata.
pub(crate) fn splits_of(metadata: &str) -> Vec<String> {
    match serde_json::from_str::<Value>(metadata).unwrap_or_default().get("dataset_split") {
        Some(Value::String(one)) => vec![one.clone()],
        Some(Value::Array(many)) => many.iter().filter_map(|name| name.as_str().map(str::to_owned)).collect(),
        _ => Vec::new(),
    }
}

fn record(example: Example) -> ExampleRecord {
    ExampleRecord {
        id: Some(example.id),
        splits: Some(splits_of(&example.metadata)),
        metadata: Some(without_splits(&example.metadata)),
        inputs: example.inputs,
        outputs: example.outputs,
        source_run: example.source_run,
        created: Some(example.created),
    }
}

fn lines(all: &[String]) -> String {
    all.iter().flat_map(|line| [line.as_str(), "\n"]).collect()
}

impl Engine {
    /// Writes the examples of a dataset, in the order in which they were made.
    pub fn export_dataset(
        &self,
        dataset: Uuid,
        format: DatasetFormat,
        options: &DatasetOptions,
    ) -> Result<Exported> {
        let described = self.store.dataset(dataset)?;
        let query = ExampleQuery {
            dataset: Some(dataset),
            splits: options.splits.clone(),
            limit: u32::MAX,
            ..ExampleQuery::default()
        };
        let all: Vec<ExampleRecord> = self.store.examples(&query)?.into_iter().map(record).collect();
        let (mut records, notes) = match format {
            DatasetFormat::Examples => (all.iter().map(examples::line).collect(), Vec::new()),
            DatasetFormat::Csv => (example_table::write(&all, true), Vec::new()),
            DatasetFormat::Chat => {
                let report = chat::write(&all, options.chat);
                let mut notes: Vec<String> = report
                    .skipped
                    .iter()
                    .map(|(at, why)| format!("example {} is left out: {why}", at + 1))
                    .collect();
                notes.extend(report.problems.iter().map(|(at, what)| format!("example {}: {what}", at + 1)));
                if report.duplicates > 0 {
                    notes.push(format!("{} conversations are there more than once", report.duplicates));
                }
                notes.push(format!("about {} tokens", report.estimated_tokens));
                (report.lines, notes)
            }
            DatasetFormat::Preference(dialect) => {
                let found = all.iter().map(|example| {
                    preference::of_example(example)
                        .ok_or_else(|| "it has no better and worse answer".to_owned())
                });
                written(found, dialect, "example")
            }
        };
        let header = usize::from(format == DatasetFormat::Csv);
        let data = if header == 1 { records.concat() } else { lines(&records) };
        let records = records.split_off(header);
        let manifest = json!({
            "format": format.name(),
            "counts": { "examples": all.len(), "written": records.len() },
            "dataset": { "id": dataset, "name": described.name, "splits": options.splits },
            "options": { "drop_system": options.chat.drop_system, "weigh_last_only": options.chat.weigh_last_only },
            "notes": notes,
            "application": application(),
            "data": fingerprint(&data),
        });
        Ok(exported(records, data, notes, &manifest))
    }

    /// Writes preferences: of two runs that were compared the better one, and of corrected runs the correction.
    /// Ties and pairs of which both are bad are left out and counted.
    pub fn export_preferences(&self, scope: &FeedbackScope, dialect: Dialect) -> Result<Exported> {
        let feedback = self.feedback_of(scope)?;
        let mut groups: BTreeMap<(Uuid, String), Vec<&Feedback>> = BTreeMap::new();
        for one in &feedback {
            if let Some(group) = one.group_id {
                groups.entry((group, one.key.clone())).or_default().push(one);
            }
        }
        let mut ties = 0_u64;
        let mut found: Vec<std::result::Result<Preference, String>> = Vec::new();
        let mut payloads = HashMap::new();
        // In the order in which they were said, whatever the ids of the groups.
        let mut pairs: Vec<Vec<&Feedback>> = groups.into_values().collect();
        pairs.sort_by_key(|pair| pair.iter().map(|one| (one.created, one.id)).min());
        for pair in pairs {
            let [one, other] = pair.as_slice() else { continue };
            let (winner, loser) = match one.score.unwrap_or(0.0).total_cmp(&other.score.unwrap_or(0.0)) {
                std::cmp::Ordering::Equal => {
                    ties += 1;
                    continue;
                }
                std::cmp::Ordering::Greater => (one, other),
                std::cmp::Ordering::Less => (other, one),
            };
            let (better, worse) = (self.payload(winner, &mut payloads)?, self.payload(loser, &mut payloads)?);
            found.push(match (better, worse) {
                (Some((inputs, Some(chosen))), Some((_, Some(rejected)))) => {
                    Ok(Preference { inputs, chosen, rejected, margin: strength(winner) })
                }
                _ => Err("one of the two runs is not there, or gave nothing".to_owned()),
            });
        }
        for one in &feedback {
            let Some(correction) = corrected(one) else { continue };
            found.push(match self.payload(one, &mut payloads)? {
                Some((inputs, Some(rejected))) => {
                    Ok(Preference { inputs, chosen: correction, rejected, margin: None })
                }
                _ => Err("the corrected run is not there, or gave nothing".to_owned()),
            });
        }
        let (records, mut notes) = written(found.into_iter(), dialect, "pair");
        if ties > 0 {
            notes.push(format!("{ties} pairs are equal and left out"));
        }
        let data = lines(&records);
        let manifest = json!({
            "format": DatasetFormat::Preference(dialect).name(),
            "counts": { "written": records.len(), "ties": ties },
            "scope": { "project": scope.project, "keys": scope.keys, "queue": scope.queue },
            "notes": notes,
            "application": application(),
            "data": fingerprint(&data),
        });
        Ok(exported(records, data, notes, &manifest))
    }

    /// Inputs and outputs of the run that a feedback is about.
    fn payload(
        &self,
        feedback: &Feedback,
        known: &mut HashMap<(model::TraceId, model::RunId), Payload>,
    ) -> Result<Option<Payload>> {
        let Some(run) = feedback.run_id else { return Ok(None) };
        let trace = match feedback.trace_id {
            Some(trace) => trace,
            None => match self.store.trace_of_run(run) {
                Ok(trace) => trace,
                Err(store::Error::NotFound { .. }) => return Ok(None),
                Err(error) => return Err(error.into()),
            },
        };
        if let Some(payload) = known.get(&(trace, run)) {
            return Ok(Some(payload.clone()));
        }
        match self.store.run(trace, run) {
            Ok((_, records)) => {
                let detail = ingest::detail(&records);
                let payload = (detail.inputs.unwrap_or_default(), detail.outputs);
                known.insert((trace, run), payload.clone());
                Ok(Some(payload))
            }
            Err(store::Error::NotFound { .. }) => Ok(None),
            Err(error) => Err(error.into()),
        }
    }
}

/// Inputs and outputs.
type Payload = (String, Option<String>);

/// How much better, where the reviewer said so (`extra.strength`).
fn strength(winner: &Feedback) -> Option<f64> {
    serde_json::from_str::<Value>(winner.extra.as_deref()?).ok()?["strength"].as_f64()
}

/// A corrected output; corrections of scores and assertions are none (`langsmith-cost-feedback-queues.md` §7.5).
pub(crate) fn corrected(feedback: &Feedback) -> Option<String> {
    let correction = feedback.correction.as_deref()?;
    match serde_json::from_str::<Value>(correction).ok()? {
        Value::Object(members) if members.contains_key("score") || members.contains_key("assertions") => None,
        Value::Object(_) | Value::Array(_) | Value::String(_) => Some(correction.to_owned()),
        _ => None,
    }
}

fn written(
    found: impl Iterator<Item = std::result::Result<Preference, String>>,
    dialect: Dialect,
    what: &str,
) -> (Vec<String>, Vec<String>) {
    let (mut records, mut notes) = (Vec::new(), Vec::new());
    for (index, one) in found.enumerate() {
        match one.and_then(|preference| preference::line(&preference, dialect)) {
            Ok(line) => records.push(line),
            Err(why) => notes.push(format!("{what} {} is left out: {why}", index + 1)),
        }
    }
    (records, notes)
}

fn exported(records: Vec<String>, data: String, notes: Vec<String>, manifest: &Value) -> Exported {
    Exported {
        preview: records.iter().take(PREVIEWED).cloned().collect(),
        records: u64::try_from(records.len()).unwrap_or(u64::MAX),
        notes,
        manifest: pretty(manifest),
        data,
    }
}
