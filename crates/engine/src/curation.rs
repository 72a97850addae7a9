//! Examples made of runs, as they are or as they were corrected, and what a person does with them in the application.

use std::collections::HashSet;

use ingest::exchange::examples::without_splits;
use model::{Feedback, RunId, TraceId};
use serde_json::{Map, Value, json};
use store::{
    Example, ExampleChange, ExampleQuery, ExampleRow, FeedbackQuery, NewDataset, NewExample, Patch,
    SplitCount, Written,
};
use uuid::Uuid;

use crate::{
    Engine, Error, FillSource,
    error::Result,
    exchange::{corrected, splits_of},
    now, schema,
};

/// Runs that one call makes examples of at most.
const MOST_RUNS: usize = 20_000;
/// Runs that are read and written together.
const AT_ONCE: usize = 200;
/// Problems that are told at most.
const MOST_PROBLEMS: usize = 100;

/// What an example would take over of a run.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ProposedExample {
    /// Inputs: a JSON object.
    pub inputs: String,
    /// Outputs as the run gave them: a JSON object.
    pub outputs: Option<String>,
    /// Outputs as a person corrected them, or what a person asserts about them: a JSON object.
    pub corrected: Option<String>,
    /// Metadata of the run: a JSON object.
    pub metadata: String,
}

/// How runs become examples.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Taking {
    /// Where a run was corrected, the correction is what is expected.
    pub prefer_correction: bool,
    /// Splits of the new examples; the default one when there are none.
    pub splits: Vec<String>,
    /// Runs of which the dataset has an example already are left out.
    pub skip_known: bool,
}

/// The dataset that examples go to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Into {
    /// This one.
    Dataset(Uuid),
    /// A new one of this name.
    New(String),
}

/// What adding runs to a dataset did.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Added {
    /// The dataset.
    pub dataset: Uuid,
    /// The new examples.
    pub ids: Vec<Uuid>,
    /// Runs that it had already.
    pub already: u64,
    /// Examples whose outputs are a correction.
    pub corrected: u64,
    /// What was left out, in sentences.
    pub problems: Vec<String>,
}

/// What a person writes of an example.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ExampleText {
    /// Inputs.
    pub inputs: String,
    /// Outputs; none when absent.
    pub outputs: Option<String>,
    /// Metadata, without the splits.
    pub metadata: String,
}

/// Something wrong with the text of an example.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExampleProblem {
    /// `inputs`, `outputs` or `metadata`.
    pub part: &'static str,
    /// The line, from 1.
    pub line: u32,
    /// The column, from 1.
    pub column: u32,
    /// The place in the value: a JSON pointer.
    pub pointer: String,
    /// What is wrong.
    pub message: String,
}

/// Line and column, from 1, of a place in a text.
fn place_of(text: &str, offset: usize) -> (u32, u32) {
    let before = text.get(..offset.min(text.len())).unwrap_or(text);
    let line = before.matches('\n').count() + 1;
    let column = before.rsplit('\n').next().unwrap_or_default().chars().count() + 1;
    (u32::try_from(line).unwrap_or(u32::MAX), u32::try_from(column).unwrap_or(u32::MAX))
}

/// Where the value at a pointer begins in a text.
fn place_at(text: &str, pointer: &str) -> (u32, u32) {
    let start = text.as_ptr() as usize;
    let offset = ingest::locate(text.as_bytes(), pointer)
        .map_or(0, |node| (node.text.as_ptr() as usize).saturating_sub(start));
    place_of(text, offset)
}

fn problems_of(part: &'static str, text: &str, schema: Option<&str>) -> Vec<ExampleProblem> {
    let value: Value = match serde_json::from_str(text) {
        Ok(value) => value,
        Err(error) => {
            let told = error.to_string();
            let message = told.split(" at line ").next().unwrap_or_default().to_owned();
            let number = |number: usize| u32::try_from(number.max(1)).unwrap_or(u32::MAX);
            return vec![ExampleProblem {
                part,
                line: number(error.line()),
                column: number(error.column()),
                pointer: String::new(),
                message: format!("Not valid JSON: {message}"),
            }];
        }
    };
    let at = |pointer: String, message: String| {
        let (line, column) = place_at(text, &pointer);
        ExampleProblem { part, line, column, pointer, message }
    };
    if !value.is_object() {
        return vec![at(String::new(), "This must be an object: { … }".to_owned())];
    }
    let Some(schema) = schema else { return Vec::new() };
    let schema: Value = match serde_json::from_str(schema) {
        Ok(schema) => schema,
        Err(error) => return vec![at(String::new(), format!("the schema cannot be read: {error}"))],
    };
    schema::misfits(&schema, &value, MOST_PROBLEMS)
        .into_iter()
        .map(|misfit| at(misfit.pointer, misfit.message))
        .collect()
}

/// A payload as an object: what is none stands under one name, as the SDKs do it.
fn as_object(text: &str, name: &str) -> Option<String> {
    let text = text.trim();
    match text {
        "" | "null" => None,
        text if text.starts_with('{') => Some(text.to_owned()),
        other => Some(ingest::export::text_object([(name, other)])),
    }
}

/// A corrected output in the shape of the output that it corrects: a text or list replaces its only member.
fn in_shape(correction: &str, outputs: Option<&str>) -> String {
    if correction.trim_start().starts_with('{') {
        return correction.trim().to_owned();
    }
    let shape: Map<String, Value> =
        outputs.and_then(|text| serde_json::from_str(text).ok()).unwrap_or_default();
    let mut names = shape.keys();
    let name = match (names.next(), names.next()) {
        (Some(only), None) => only.as_str(),
        _ => "output",
    };
    ingest::export::text_object([(name, correction.trim())])
}

/// What a person asserts about an output (`langsmith-cost-feedback-queues.md` §8.6).
fn assertions(feedback: &Feedback) -> Vec<Value> {
    let correction: Value =
        feedback.correction.as_deref().and_then(|text| serde_json::from_str(text).ok()).unwrap_or_default();
    let all = correction["assertions"].as_array().cloned().unwrap_or_default();
    all.into_iter()
        .map(|one| match one {
            Value::String(comment) => json!({ "key": feedback.key, "comment": comment }),
            mut one => {
                if one["key"].is_null() {
                    one["key"] = feedback.key.clone().into();
                }
                one
            }
        })
        .collect()
}

/// What people say is expected: the correction that was given last, else everything that is asserted.
pub(crate) fn expected_of(feedback: &[Feedback], outputs: Option<&str>) -> Option<String> {
    let mut standing: Vec<&Feedback> = feedback.iter().filter(|one| one.retracted.is_none()).collect();
    standing.sort_by_key(|one| (one.created, one.id));
    if let Some(correction) = standing.iter().rev().find_map(|one| corrected(one)) {
        return Some(in_shape(&correction, outputs));
    }
    let all: Vec<Value> = standing.iter().flat_map(|one| assertions(one)).collect();
    (!all.is_empty()).then(|| json!({ "assertions": all }).to_string())
}

impl Engine {
    /// What an example would take over of a run.
    pub fn propose_example(&self, trace: TraceId, run: RunId) -> Result<ProposedExample> {
        let opened = self.open_run(trace, run)?;
        let detail = &opened.detail;
        let outputs = detail.outputs.as_deref().and_then(|text| as_object(text, "output"));
        let is_root = opened.row.parent_run_id.is_none();
        let mut feedback = self.store.list_feedback(&FeedbackQuery {
            traces: vec![trace],
            limit: u32::MAX,
            ..FeedbackQuery::default()
        })?;
        // What is said about a trace is said about its root.
        feedback.retain(|one| one.run_id.map_or(is_root, |of| of == run));
        Ok(ProposedExample {
            inputs: detail
                .inputs
                .as_deref()
                .and_then(|text| as_object(text, "input"))
                .unwrap_or_else(|| "{}".to_owned()),
            corrected: expected_of(&feedback, outputs.as_deref()),
            outputs,
            metadata: as_object(&detail.metadata, "metadata").unwrap_or_else(|| "{}".to_owned()),
        })
    }

    fn new_example(&self, trace: TraceId, run: RunId, taking: &Taking) -> Result<(NewExample, bool)> {
        let proposed = self.propose_example(trace, run)?;
        let corrected = proposed.corrected.filter(|_| taking.prefer_correction);
        let is_corrected = corrected.is_some();
        let example = NewExample {
            inputs: proposed.inputs,
            outputs: corrected.or(proposed.outputs),
            metadata: Some(without_splits(&proposed.metadata)),
            splits: Some(taking.splits.clone()).filter(|splits| !splits.is_empty()),
            source_run: Some(run),
            ..NewExample::default()
        };
        Ok((example, is_corrected))
    }

    fn dataset_for(&self, into: &Into) -> Result<Uuid> {
        match into {
            Into::Dataset(id) => Ok(self.store.dataset(*id)?.id),
            Into::New(name) => {
                self.create_dataset(NewDataset { name: named(name)?, ..NewDataset::default() })
            }
        }
    }

    /// Makes examples of runs. A run that cannot become one stops no other.
    pub fn add_runs(&self, into: &Into, source: &FillSource, taking: &Taking) -> Result<Added> {
        let (runs, problems) = self.runs_of(source)?;
        if runs.len() > MOST_RUNS {
            return Err(Error::TooLarge(format!("{MOST_RUNS} runs are added at once; choose fewer")));
        }
        let mut added = Added { dataset: self.dataset_for(into)?, problems, ..Added::default() };
        let ids: Vec<RunId> = runs.iter().map(|(_, run)| *run).collect();
        let known: HashSet<RunId> =
            if taking.skip_known { self.store.source_runs_in(added.dataset, &ids)? } else { HashSet::new() };
        for runs in runs.chunks(AT_ONCE) {
            let mut examples = Vec::with_capacity(runs.len());
            for (trace, run) in runs {
                if known.contains(run) {
                    added.already += 1;
                    continue;
                }
                let made = self.new_example(*trace, *run, taking).and_then(|(example, is_corrected)| {
                    self.check_example(added.dataset, Some(&example.inputs), example.outputs.as_deref())?;
                    Ok((example, is_corrected))
                });
                match made {
                    Ok((example, is_corrected)) => {
                        added.corrected += u64::from(is_corrected);
                        examples.push(example);
                    }
                    Err(error) if error.is_transient() => return Err(error),
                    Err(error) if added.problems.len() < MOST_PROBLEMS => {
                        added.problems.push(format!("Run {run}: {error}"));
                    }
                    Err(_) => {}
                }
            }
            if !examples.is_empty() {
                added.ids.extend(self.create_examples(added.dataset, examples)?.ids);
            }
        }
        Ok(added)
    }

    /// What is wrong with the text of an example, with its place; nothing when it may be kept.
    pub fn example_problems(&self, dataset: Uuid, text: &ExampleText) -> Result<Vec<ExampleProblem>> {
        let dataset = self.store.dataset(dataset)?;
        let mut problems = problems_of("inputs", &text.inputs, dataset.inputs_schema.as_deref());
        if let Some(outputs) = &text.outputs {
            problems.extend(problems_of("outputs", outputs, dataset.outputs_schema.as_deref()));
        }
        problems.extend(problems_of("metadata", &text.metadata, None));
        Ok(problems)
    }

    /// Keeps what a person wrote: a new example, or a change of one.
    pub fn save_example(
        &self,
        dataset: Uuid,
        id: Option<Uuid>,
        text: ExampleText,
        splits: Vec<String>,
        source_run: Option<RunId>,
    ) -> Result<Example> {
        if let Some(problem) = self.example_problems(dataset, &text)?.first() {
            return Err(Error::InvalidInput(format!(
                "{} {}:{}: {}",
                problem.part, problem.line, problem.column, problem.message
            )));
        }
        let metadata = without_splits(&text.metadata);
        let splits = checked_splits(splits)?;
        let id = match id {
            None => {
                let example = NewExample {
                    inputs: text.inputs,
                    outputs: text.outputs,
                    metadata: Some(metadata),
                    splits: Some(splits).filter(|splits| !splits.is_empty()),
                    source_run,
                    ..NewExample::default()
                };
                self.create_examples(dataset, vec![example])?.ids
            }
            Some(id) => {
                let change = ExampleChange {
                    inputs: Some(text.inputs),
                    outputs: text.outputs.map_or(Patch::Erase, Patch::Set),
                    metadata: Patch::Set(metadata),
                    splits: Some(splits),
                    ..ExampleChange::of(id)
                };
                self.change_examples(Some(dataset), vec![change])?.ids
            }
        };
        let id = id.first().copied().unwrap_or_default();
        self.example(id, None)
    }

    /// Rows of examples that fit, and how many fit in all.
    pub fn example_rows(&self, query: &ExampleQuery) -> Result<(Vec<ExampleRow>, u64)> {
        Ok((self.store.example_rows(query)?, self.store.count_examples(query)?))
    }

    /// Splits of a dataset with their numbers of examples, by name.
    pub fn split_counts(&self, dataset: Uuid) -> Result<Vec<SplitCount>> {
        Ok(self.store.split_counts(dataset)?)
    }

    /// How many datasets fit.
    pub fn count_datasets(&self, query: &store::DatasetQuery) -> Result<u64> {
        Ok(self.store.count_datasets(query)?)
    }

    /// Hides a dataset; it can come back for thirty days.
    pub fn put_dataset_away(&self, id: Uuid) -> Result<()> {
        self.store.put_dataset_away(id, now())?;
        self.emit_datasets();
        Ok(())
    }

    /// Brings a dataset back that was hidden.
    pub fn bring_dataset_back(&self, id: Uuid) -> Result<()> {
        self.store.bring_dataset_back(id)?;
        self.emit_datasets();
        Ok(())
    }

    /// Makes examples what they were before they were deleted.
    pub fn restore_examples(&self, ids: Vec<Uuid>) -> Result<Written> {
        let written = self.store.restore_examples(ids, now())?;
        self.emit_datasets();
        Ok(written)
    }

    /// Puts examples into a split and takes them out of others.
    pub fn assign_split(&self, dataset: Uuid, split: &str, ids: Vec<Uuid>, member: bool) -> Result<()> {
        let name = checked_splits(vec![split.to_owned()])?.pop();
        let name = name.ok_or_else(|| Error::InvalidInput("Give the split a name".to_owned()))?;
        if member {
            self.add_to_split(dataset, name, ids)?;
        } else {
            self.remove_from_split(dataset, name, ids)?;
        }
        Ok(())
    }

    /// Tells those who watch that datasets are different now.
    pub(crate) fn emit_datasets(&self) {
        self.emit(crate::Event::DatasetsChanged);
    }
}

/// A name that may be given.
pub fn named(name: &str) -> Result<String> {
    let name = name.trim();
    if name.is_empty() || name.chars().count() > 200 {
        return Err(Error::InvalidInput("A name has 1 to 200 characters".to_owned()));
    }
    Ok(name.to_owned())
}

/// Names of splits, each once.
fn checked_splits(splits: Vec<String>) -> Result<Vec<String>> {
    let mut checked: Vec<String> = Vec::with_capacity(splits.len());
    for split in splits {
        let split = split.trim().to_owned();
        if split.chars().count() > 100 {
            return Err(Error::InvalidInput("The name of a split has at most 100 characters".to_owned()));
        }
        if !split.is_empty() && !checked.contains(&split) {
            checked.push(split);
        }
    }
    Ok(checked)
}

/// The splits that an example is in.
pub fn example_splits(example: &Example) -> Vec<String> {
    splits_of(&example.metadata)
}

/// The metadata of an example without its splits.
pub fn example_metadata(example: &Example) -> String {
    without_splits(&example.metadata)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn problems_have_their_place() {
        let schema = r#"{"type":"object","properties":{"q":{"type":"string"}},"required":["q","lang"]}"#;
        let told = |text: &str, schema: Option<&str>| -> Vec<(u32, u32, String)> {
            let problems = problems_of("inputs", text, schema);
            problems.into_iter().map(|one| (one.line, one.column, one.pointer)).collect()
        };
        assert_eq!(told("{\n  \"q\": }", None), [(2, 8, String::new())]);
        assert_eq!(told("[1]", None), [(1, 1, String::new())]);
        assert_eq!(told("{\n  \"q\": 7,\n  \"lang\": \"en\"\n}", Some(schema)), [(2, 8, "/q".to_owned())]);
        assert_eq!(told("\n {\"q\": \"x\"}", Some(schema)), [(2, 2, String::new())]);
        assert_eq!(told("{\"q\": \"x\", \"lang\": 1}", Some(schema)), []);
    }

    #[test]
    fn a_correction_takes_the_shape_of_what_it_corrects() {
        for (correction, outputs, expected) in [
            (r#"{"answer":2}"#, Some(r#"{"answer":1}"#), r#"{"answer":2}"#),
            (r#""yes""#, Some(r#"{"answer":"no"}"#), r#"{"answer":"yes"}"#),
            (r#""yes""#, Some(r#"{"a":1,"b":2}"#), r#"{"output":"yes"}"#),
            (r#"["x"]"#, None, r#"{"output":["x"]}"#),
        ] {
            assert_eq!(in_shape(correction, outputs), expected);
        }
    }

    #[test]
    fn what_is_expected_is_the_last_correction_else_all_assertions() {
        let said = |id: u8, second: u8, key: &str, correction: &str| {
            let text = format!(
                r#"{{"id":"00000000-0000-4000-8000-0000000000{id:02}","key":"{key}","run_id":"00000000-0000-4000-8000-000000000001","correction":{correction},"created_at":"2026-01-01T00:00:{second:02}Z"}}"#
            );
            ingest::langsmith::feedback::read(text.as_bytes(), None).unwrap()
        };
        let all = [
            said(1, 5, "better", r#"{"answer":"late"}"#),
            said(2, 1, "better", r#"{"answer":"early"}"#),
            said(3, 9, "quality", r#"{"score":1}"#),
            said(4, 2, "must_cite", r#"{"assertions":["a page"]}"#),
        ];
        assert_eq!(expected_of(&all, None).as_deref(), Some(r#"{"answer":"late"}"#));
        assert_eq!(
            expected_of(&all[2..], None).as_deref(),
            Some(r#"{"assertions":[{"key":"must_cite","comment":"a page"}]}"#)
        );
        assert_eq!(expected_of(&all[2..3], None), None);
    }
}
