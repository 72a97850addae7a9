//! Datasets, their examples, and the experiments on them.

use std::{
    collections::{HashMap, hash_map::Entry},
    io::Read,
};

use ingest::langsmith::{
    examples::{ExampleAssembler, ExampleBody},
    multipart::{Ending, Multipart, Part},
};
use model::{
    RunId, RunStatus, TraceId, UnixNanos,
    filter::{self, Filter, Pair, Subject},
};
use serde_json::Value;
use store::{
    AsOf, AttachmentChange, Dataset, DatasetChange, DatasetDiff, DatasetQuery, DatasetVersion, Example,
    ExampleChange, ExampleQuery, NewDataset, NewExample, NewExampleAttachment, Patch, ProjectQuery, RunQuery,
    Shared, Written,
};
use uuid::Uuid;

use crate::{DescribedRun, Engine, Error, RunSearch, error::Result, now, schema};

/// Bytes of one part of a form; held in memory until it is written.
const MAX_PART_BYTES: usize = 256 * 1024 * 1024;
/// Bytes that are read at once.
const READ_BYTES: usize = 256 * 1024;
/// Examples whose runs are looked for at once.
const EXAMPLES_AT_ONCE: usize = 500;

/// A field of a form, or a file in it.
pub type FormPart = Part;

/// What an example takes over of the run that it is made of.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct SourceRun {
    /// Inputs: a JSON object.
    pub inputs: Option<String>,
    /// Outputs: a JSON object.
    pub outputs: Option<String>,
    /// Files.
    pub attachments: Vec<NewExampleAttachment>,
}

/// An example with the runs of experiments that answer it.
#[derive(Debug, Clone)]
pub struct ExperimentExample {
    /// The example.
    pub example: Example,
    /// The runs, by start.
    pub runs: Vec<DescribedRun>,
}

/// An example under a filter. What only runs have is absent.
struct ExampleSubject<'e> {
    example: &'e Example,
    metadata: Vec<Pair>,
    inputs: Vec<Pair>,
    outputs: Vec<Pair>,
    attachments: Vec<String>,
}

impl<'e> ExampleSubject<'e> {
    fn new(example: &'e Example) -> Self {
        let pairs = |text: Option<&str>| text.and_then(filter::flatten_json).unwrap_or_default();
        Self {
            example,
            metadata: pairs(Some(&example.metadata)),
            inputs: pairs(Some(&example.inputs)),
            outputs: pairs(example.outputs.as_deref()),
            attachments: example.attachments.iter().map(|file| file.name.clone()).collect(),
        }
    }
}

impl Subject for ExampleSubject<'_> {
    fn id(&self) -> RunId {
        RunId(self.example.id)
    }

    fn trace_id(&self) -> TraceId {
        TraceId(self.example.dataset)
    }

    fn parent_run_id(&self) -> Option<RunId> {
        None
    }

    fn name(&self) -> Option<&str> {
        None
    }

    fn run_type(&self) -> &'static str {
        ""
    }

    fn status(&self) -> RunStatus {
        RunStatus::Success
    }

    fn start(&self) -> Option<UnixNanos> {
        Some(self.example.created)
    }

    fn end(&self) -> Option<UnixNanos> {
        None
    }

    fn metadata(&self) -> &[Pair] {
        &self.metadata
    }

    fn inputs(&self) -> &[Pair] {
        &self.inputs
    }

    fn outputs(&self) -> &[Pair] {
        &self.outputs
    }

    fn attachments(&self) -> &[String] {
        &self.attachments
    }
}

/// Inputs and outputs must fit what the dataset says about them.
fn require_schemas(dataset: &Dataset, inputs: Option<&str>, outputs: Option<&str>) -> Result<()> {
    for (what, schema, text) in
        [("inputs", &dataset.inputs_schema, inputs), ("outputs", &dataset.outputs_schema, outputs)]
    {
        let (Some(schema), Some(text)) = (schema, text) else { continue };
        let parse = |text: &str| {
            serde_json::from_str::<Value>(text)
                .map_err(|error| store::Error::Invalid(format!("the {what} of an example: {error}")))
        };
        schema::check(&parse(schema)?, &parse(text)?).map_err(|reason| {
            store::Error::Invalid(format!("the {what} do not fit the schema of the dataset: {reason}"))
        })?;
    }
    Ok(())
}

fn read_parts(boundary: &str, reader: &mut dyn Read, on_part: &mut dyn FnMut(Part)) -> Result<()> {
    let unreadable =
        |error: &dyn std::fmt::Display| Error::InvalidInput(format!("The body cannot be read: {error}"));
    let mut multipart = Multipart::new(boundary, MAX_PART_BYTES);
    let mut buffer = vec![0; READ_BYTES];
    loop {
        match reader.read(&mut buffer) {
            Ok(0) => break,
            Ok(length) => {
                multipart.push(&buffer[..length], on_part).map_err(|error| unreadable(&error))?;
            }
            Err(error) if error.kind() == std::io::ErrorKind::Interrupted => {}
            Err(error) if error.kind() == std::io::ErrorKind::FileTooLarge => {
                return Err(Error::TooLarge(error.to_string()));
            }
            Err(error) => return Err(unreadable(&error)),
        }
    }
    match multipart.finish(on_part).map_err(|error| unreadable(&error))? {
        Ending::Closed => Ok(()),
        Ending::Open(_) => Err(Error::InvalidInput("The body ends without its closing boundary".to_owned())),
    }
}

/// The fields and files of a multipart body. All or nothing: a body that breaks off is an error.
pub fn read_form(boundary: &str, reader: &mut dyn Read) -> Result<Vec<FormPart>> {
    let mut parts = Vec::new();
    read_parts(boundary, reader, &mut |part| parts.push(part))?;
    Ok(parts)
}

/// The examples of a multipart body (`langsmith-api.md` §12.2). All or nothing.
pub fn read_examples(boundary: &str, reader: &mut dyn Read) -> Result<Vec<ExampleBody>> {
    let mut assembler = ExampleAssembler::default();
    read_parts(boundary, reader, &mut |part| assembler.part(part))?;
    Ok(assembler.finish().map_err(store::Error::Invalid)?)
}

impl Engine {
    /// The answer to a change, which those who watch are told of.
    fn datasets_changed<T>(&self, result: store::Result<T>) -> Result<T> {
        let value = result?;
        self.emit_datasets();
        Ok(value)
    }

    // ---- datasets ----

    /// Makes a dataset and answers its id.
    pub fn create_dataset(&self, mut new: NewDataset) -> Result<Uuid> {
        self.redaction.names(std::iter::once(&mut new.name).chain(&mut new.description));
        self.redaction.parts([("metadata", &mut new.metadata), ("extra", &mut new.extra)]);
        self.datasets_changed(self.store.create_dataset(new, now()))
    }

    /// One dataset.
    pub fn dataset(&self, id: Uuid) -> Result<Dataset> {
        Ok(self.store.dataset(id)?)
    }

    /// Datasets that fit.
    pub fn datasets(&self, query: &DatasetQuery) -> Result<Vec<Dataset>> {
        let found = self.store.datasets(query)?;
        // One that was made before the rules were set has the name that it was given.
        match query.name.as_deref().and_then(|name| self.redaction.kept_name(name)) {
            Some(kept) if found.is_empty() => {
                Ok(self.store.datasets(&DatasetQuery { name: Some(kept), ..query.clone() })?)
            }
            _ => Ok(found),
        }
    }

    /// Changes what is said about a dataset.
    pub fn change_dataset(&self, id: Uuid, mut change: DatasetChange) -> Result<()> {
        self.redaction.names(&mut change.name);
        if let Patch::Set(description) = &mut change.description {
            self.redaction.names([description]);
        }
        for (name, part) in [("metadata", &mut change.metadata), ("extra", &mut change.extra)] {
            if let Patch::Set(text) = part {
                let mut whole = Some(std::mem::take(text));
                self.redaction.parts([(name, &mut whole)]);
                *text = whole.unwrap_or_default();
            }
        }
        self.datasets_changed(self.store.change_dataset(id, change, now()))
    }

    /// Removes a dataset with every version of its examples. Experiments on it stay.
    pub fn delete_dataset(&self, id: Uuid) -> Result<()> {
        self.datasets_changed(self.store.delete_dataset(id))
    }

    /// The version at a time (the newest one at or before it) or with a tag.
    pub fn dataset_version(&self, dataset: Uuid, as_of: &AsOf) -> Result<DatasetVersion> {
        Ok(self.store.dataset_version(dataset, as_of)?)
    }

    /// A window of the versions of a dataset, the newest first.
    pub fn dataset_versions(&self, dataset: Uuid, offset: u32, limit: u32) -> Result<Vec<DatasetVersion>> {
        Ok(self.store.dataset_versions(dataset, offset, limit)?)
    }

    /// Gives a tag to the version at a time; a version that had it loses it.
    pub fn tag_dataset(&self, dataset: Uuid, as_of: UnixNanos, tag: String) -> Result<DatasetVersion> {
        Ok(self.store.tag_dataset(dataset, as_of, tag)?)
    }

    /// What differs between two versions.
    pub fn dataset_diff(&self, dataset: Uuid, from: &AsOf, to: &AsOf) -> Result<DatasetDiff> {
        Ok(self.store.dataset_diff(dataset, from, to)?)
    }

    /// Names of the splits that examples are in, sorted.
    pub fn dataset_splits(&self, dataset: Uuid, as_of: Option<&AsOf>) -> Result<Vec<String>> {
        Ok(self.store.dataset_splits(dataset, as_of)?)
    }

    /// Puts examples into a split.
    pub fn add_to_split(&self, dataset: Uuid, split: String, examples: Vec<Uuid>) -> Result<()> {
        self.datasets_changed(self.store.add_to_split(dataset, split, examples, now()))
    }

    /// Takes examples out of a split.
    pub fn remove_from_split(&self, dataset: Uuid, split: String, examples: Vec<Uuid>) -> Result<()> {
        self.datasets_changed(self.store.remove_from_split(dataset, split, examples, now()))
    }

    /// The token under which a dataset may be read; one is made when there is none.
    pub fn share_dataset(&self, dataset: Uuid) -> Result<Uuid> {
        Ok(self.store.share(Shared::Dataset(dataset), None, now())?)
    }

    /// The token under which a dataset may be read, if it has one.
    pub fn dataset_share_token(&self, dataset: Uuid) -> Result<Option<Uuid>> {
        Ok(self.store.share_token(&Shared::Dataset(dataset))?)
    }

    /// Takes the token away.
    pub fn unshare_dataset(&self, dataset: Uuid) -> Result<()> {
        Ok(self.store.unshare(&Shared::Dataset(dataset))?)
    }

    /// The dataset that a token opens.
    pub fn shared_dataset(&self, token: Uuid) -> Result<Uuid> {
        match self.store.shared(token)? {
            Shared::Dataset(id) => Ok(id),
            Shared::Trace(_) | Shared::Thread { .. } => {
                Err(store::Error::NotFound { what: "shared dataset", id: token.to_string() }.into())
            }
        }
    }

    /// Copies examples of a version into another dataset; all of them when none are named. Answers the copies.
    pub fn clone_examples(
        &self,
        source: Uuid,
        target: Uuid,
        as_of: Option<AsOf>,
        ids: Vec<Uuid>,
    ) -> Result<Vec<Uuid>> {
        let query =
            ExampleQuery { dataset: Some(source), ids, as_of, limit: u32::MAX, ..ExampleQuery::default() };
        let copies = self
            .store
            .examples(&query)?
            .into_iter()
            .map(|example| {
                let at = AsOf::Time(example.modified);
                let attachments = example
                    .attachments
                    .iter()
                    .map(|file| {
                        let (mime_type, bytes) =
                            self.store.example_attachment(example.id, Some(&at), &file.name)?;
                        Ok(NewExampleAttachment { name: file.name.clone(), mime_type, bytes })
                    })
                    .collect::<Result<Vec<_>>>()?;
                Ok(NewExample {
                    inputs: example.inputs,
                    outputs: example.outputs,
                    metadata: Some(example.metadata),
                    source_run: example.source_run,
                    attachments,
                    ..NewExample::default()
                })
            })
            .collect::<Result<Vec<_>>>()?;
        Ok(self.create_examples(target, copies)?.ids)
    }

    // ---- examples ----

    /// Whether inputs and outputs fit the schemas of a dataset.
    pub fn check_example(&self, dataset: Uuid, inputs: Option<&str>, outputs: Option<&str>) -> Result<()> {
        require_schemas(&self.store.dataset(dataset)?, inputs, outputs)
    }

    /// Adds examples to a dataset, all at once: a new version. All must fit the schemas of the dataset.
    pub fn create_examples(&self, dataset: Uuid, mut examples: Vec<NewExample>) -> Result<Written> {
        let described = self.store.dataset(dataset)?;
        for example in &examples {
            require_schemas(&described, Some(&example.inputs), example.outputs.as_deref())?;
        }
        for example in &mut examples {
            self.redact_new(example);
        }
        self.datasets_changed(self.store.create_examples(dataset, examples, now()))
    }

    /// Changes examples, all at once: a new version. With `dataset`, examples of other datasets are an error.
    pub fn change_examples(&self, dataset: Option<Uuid>, mut changes: Vec<ExampleChange>) -> Result<Written> {
        let mut datasets: HashMap<Uuid, Dataset> = HashMap::new();
        for change in &changes {
            let outputs = match &change.outputs {
                Patch::Set(outputs) => Some(outputs.as_str()),
                Patch::Keep | Patch::Erase => None,
            };
            if change.inputs.is_none() && outputs.is_none() {
                continue;
            }
            let id = self.store.example(change.id, None)?.dataset;
            let described = match datasets.entry(id) {
                Entry::Occupied(known) => known.into_mut(),
                Entry::Vacant(new) => new.insert(self.store.dataset(id)?),
            };
            require_schemas(described, change.inputs.as_deref(), outputs)?;
        }
        for change in &mut changes {
            self.redact_change(change);
        }
        self.datasets_changed(self.store.change_examples(dataset, changes, now()))
    }

    /// Examples come through the same door as runs, whoever sends them.
    fn redact_new(&self, example: &mut NewExample) {
        let mut inputs = Some(std::mem::take(&mut example.inputs));
        self.redaction.parts([
            ("inputs", &mut inputs),
            ("outputs", &mut example.outputs),
            ("metadata", &mut example.metadata),
        ]);
        example.inputs = inputs.unwrap_or_default();
        for file in &mut example.attachments {
            self.redaction.file(&file.mime_type, &mut file.bytes);
        }
    }

    fn redact_change(&self, change: &mut ExampleChange) {
        self.redaction.parts([("inputs", &mut change.inputs)]);
        for (name, patch) in [("outputs", &mut change.outputs), ("metadata", &mut change.metadata)] {
            if let Patch::Set(text) = patch {
                let mut part = Some(std::mem::take(text));
                self.redaction.parts([(name, &mut part)]);
                *patch = part.map_or(Patch::Erase, Patch::Set);
            }
        }
        if let AttachmentChange::Replace { add, .. } = &mut change.attachments {
            for file in add {
                self.redaction.file(&file.mime_type, &mut file.bytes);
            }
        }
    }

    /// Removes examples from the newest version on; older ones still have them.
    pub fn delete_examples(&self, ids: Vec<Uuid>) -> Result<Written> {
        self.datasets_changed(self.store.delete_examples(ids, now()))
    }

    /// Takes examples out of every version, as if they had never been there.
    pub fn erase_examples(&self, ids: Vec<Uuid>) -> Result<()> {
        self.datasets_changed(self.store.erase_examples(ids))
    }

    /// One example, as it was then, or as it is.
    pub fn example(&self, id: Uuid, as_of: Option<&AsOf>) -> Result<Example> {
        Ok(self.store.example(id, as_of)?)
    }

    /// Examples that fit a query, and a filter if there is one.
    ///
    /// A filter speaks of an example as it does of a run: of its metadata, inputs and outputs, and of its making as
    /// its start.
    pub fn examples(&self, query: &ExampleQuery, filter: Option<&Filter>) -> Result<Vec<Example>> {
        let Some(filter) = filter else { return Ok(self.store.examples(query)?) };
        let all = ExampleQuery { offset: 0, limit: u32::MAX, ..query.clone() };
        let count = |number: u32| usize::try_from(number).unwrap_or(usize::MAX);
        let found = self.store.examples(&all)?.into_iter();
        let fitting = found.filter(|example| filter.matches(&ExampleSubject::new(example)));
        Ok(fitting.skip(count(query.offset)).take(count(query.limit)).collect())
    }

    /// How many examples fit, whatever window the query asks for.
    pub fn count_examples(&self, query: &ExampleQuery, filter: Option<&Filter>) -> Result<u64> {
        match filter {
            None => Ok(self.store.count_examples(query)?),
            Some(_) => {
                let all = ExampleQuery { offset: 0, limit: u32::MAX, ..query.clone() };
                Ok(u64::try_from(self.examples(&all, filter)?.len()).unwrap_or(u64::MAX))
            }
        }
    }

    /// Media type and content of a file of an example, as it was then.
    pub fn example_attachment(&self, id: Uuid, as_of: UnixNanos, name: &str) -> Result<(String, Vec<u8>)> {
        Ok(self.store.example_attachment(id, Some(&AsOf::Time(as_of)), name)?)
    }

    /// What an example takes over of a run: its inputs and outputs, and those of its files that `wanted` names (all of
    /// them when it is absent).
    pub fn source_run(&self, id: RunId, wanted: Option<&[String]>) -> Result<SourceRun> {
        let search = RunSearch {
            query: RunQuery { ids: vec![id], limit: 1, ..RunQuery::default() },
            ..RunSearch::default()
        };
        let found = self.search_runs(&search)?.runs;
        let run = found.first().ok_or_else(|| store::Error::NotFound { what: "run", id: id.to_string() })?;
        let opened = self.open_run(run.trace_id, id)?;
        // An example's inputs and outputs are objects; what a run gave otherwise stands under one name, as the SDKs do.
        let object = |text: &Option<String>, name: &str| {
            let text = text.as_deref()?.trim();
            match text {
                "null" => None,
                text if text.starts_with('{') => Some(text.to_owned()),
                other => Some(ingest::export::text_object([(name, other)])),
            }
        };
        let attachments = opened
            .attachments
            .iter()
            .filter(|file| wanted.is_none_or(|wanted| wanted.contains(&file.name)))
            .map(|file| {
                let (mime_type, bytes) = self.store.attachment(run.trace_id, id, &file.name)?;
                Ok(NewExampleAttachment { name: file.name.clone(), mime_type, bytes })
            })
            .collect::<Result<Vec<_>>>()?;
        Ok(SourceRun {
            inputs: object(&opened.detail.inputs, "input"),
            outputs: object(&opened.detail.outputs, "output"),
            attachments,
        })
    }

    // ---- experiments ----

    /// Examples of a dataset that runs of these experiments answer, the first example first, with these runs.
    ///
    /// Examples are as they were in the version that a single experiment says it was made on
    /// (`extra.metadata.dataset_version`), else as they are.
    pub fn experiment_examples(
        &self,
        dataset: Uuid,
        experiments: &[Uuid],
        examples: &[Uuid],
        offset: u32,
        limit: u32,
    ) -> Result<Vec<ExperimentExample>> {
        let as_of = match experiments {
            [one] => self.version_of_experiment(*one)?,
            _ => None,
        };
        let query = ExampleQuery {
            dataset: Some(dataset),
            ids: examples.to_vec(),
            as_of,
            limit: u32::MAX,
            ..ExampleQuery::default()
        };
        let all = self.store.examples(&query)?;
        let ids: Vec<Uuid> = all.iter().map(|example| example.id).collect();
        let mut runs: HashMap<Uuid, Vec<(TraceId, RunId)>> = HashMap::new();
        for ids in ids.chunks(EXAMPLES_AT_ONCE) {
            for run in self.store.example_runs(ids, experiments)? {
                runs.entry(run.example).or_default().push((run.trace_id, run.run_id));
            }
        }
        let count = |number: u32| usize::try_from(number).unwrap_or(usize::MAX);
        let page = all.into_iter().filter(|example| runs.contains_key(&example.id));
        page.skip(count(offset))
            .take(count(limit))
            .map(|example| {
                let wanted = &runs[&example.id];
                let search = RunSearch {
                    query: RunQuery {
                        projects: experiments.to_vec(),
                        ids: wanted.iter().map(|(_, run_id)| *run_id).collect(),
                        ascending: true,
                        limit: u32::MAX - 1,
                        ..RunQuery::default()
                    },
                    ..RunSearch::default()
                };
                let mut found = self.search_runs(&search)?.runs;
                found.retain(|run| wanted.contains(&(run.trace_id, run.row.run_id)));
                Ok(ExperimentExample { example, runs: self.describe_runs(&found, true)? })
            })
            .collect()
    }

    fn version_of_experiment(&self, experiment: Uuid) -> Result<Option<AsOf>> {
        let extra = self.store.project(experiment)?.extra;
        let extra: Value = extra.and_then(|text| serde_json::from_str(&text).ok()).unwrap_or_default();
        let version = extra["metadata"]["dataset_version"].as_str();
        Ok(version.and_then(|text| UnixNanos::parse(text).ok()).map(AsOf::Time))
    }

    /// The experiments on a dataset with their numbers: by start, from 1.
    pub fn experiment_numbers(&self, dataset: Uuid) -> Result<HashMap<Uuid, u64>> {
        let query = ProjectQuery { reference_datasets: vec![dataset], ..ProjectQuery::default() };
        let mut all = self.store.find_projects(&query)?;
        all.sort_by_key(|project| (project.start.or(project.first_start), project.id));
        Ok(all.iter().map(|project| project.id).zip(1..).collect())
    }
}
