//! Feedback and examples out of files.

use std::{
    collections::{BTreeSet, HashMap},
    io::{self, Cursor, Read},
    path::{Path, PathBuf},
};

use ingest::{
    Reject,
    exchange::{
        Exchange, ReadFeedback,
        examples::{self, ExampleRecord, without_splits},
        read, recognise,
    },
    file::unpacked,
};
use model::{ContentHash, RunId};
use store::{DatasetQuery, ExampleChange, ExampleQuery, NewDataset, NewExample, Patch};
use uuid::Uuid;

use super::datasets::splits_of;
use crate::{Engine, Error, error::Result};

/// Bytes by which a file is recognised.
const PREFIX_BYTES: u64 = 64 * 1024;
/// Files of feedback and examples are read as a whole; larger ones are refused.
const MOST_BYTES: u64 = 1024 * 1024 * 1024;
/// Feedbacks that are written together.
const AT_ONCE: usize = 500;

/// What an import of judgements or examples brought.
#[derive(Debug, Default)]
pub(crate) struct Brought {
    /// Feedbacks.
    pub(crate) feedback: u64,
    /// Feedbacks whose runs are not there yet.
    pub(crate) waiting: u64,
    /// Examples.
    pub(crate) examples: u64,
    /// What could not be read.
    pub(crate) rejects: Vec<Reject>,
}

/// What an import of examples did, or would do.
#[derive(Debug, Default)]
pub struct ImportedExamples {
    /// New.
    pub added: u64,
    /// There already under their ids, and different now.
    pub changed: u64,
    /// There already.
    pub same: u64,
    /// What could not be read.
    pub rejects: Vec<Reject>,
}

/// A file of judgements or examples, or the reader of anything else with nothing lost.
pub(crate) enum Recognised {
    /// Judgements or examples: the whole content.
    Exchange(Exchange, Vec<u8>),
    /// Anything else.
    Other(Box<dyn Read + Send>),
}

/// Looks at the beginning of a file, unpacked.
pub(crate) fn look(mut reader: Box<dyn Read + Send>) -> io::Result<Recognised> {
    let mut packed = Vec::new();
    Read::by_ref(&mut reader).take(PREFIX_BYTES).read_to_end(&mut packed)?;
    // What is cut off cannot be unpacked to its end; what comes until then tells enough.
    let mut prefix = Vec::new();
    if let Ok(mut unpacked) = unpacked(Cursor::new(packed.clone())) {
        let _ = Read::by_ref(&mut unpacked).take(PREFIX_BYTES).read_to_end(&mut prefix);
    }
    let whole = Cursor::new(packed).chain(reader);
    let Some(exchange) = recognise(&prefix) else { return Ok(Recognised::Other(Box::new(whole))) };
    let mut content = Vec::new();
    unpacked(whole)?.take(MOST_BYTES + 1).read_to_end(&mut content)?;
    if u64::try_from(content.len()).is_ok_and(|length| length > MOST_BYTES) {
        return Err(io::Error::new(
            io::ErrorKind::FileTooLarge,
            "it has more than 1 GB of feedback or examples",
        ));
    }
    Ok(Recognised::Exchange(exchange, content))
}

/// The feedback file that lies beside a trace file, if there is one (`<name>.feedback.jsonl`).
pub(crate) fn sidecar_of(path: &Path) -> Option<PathBuf> {
    let name = path.file_name()?.to_str()?;
    if name.contains(".feedback.") {
        return None;
    }
    let stem = path.file_stem()?.to_str()?;
    [stem, name]
        .into_iter()
        .map(|name| path.with_file_name(format!("{name}.feedback.jsonl")))
        .find(|path| path.is_file())
}

impl Engine {
    /// Where the feedback about a trace file is kept beside it.
    pub fn sidecar_path(path: &Path) -> Option<PathBuf> {
        let stem = path.file_stem()?.to_str()?;
        Some(path.with_file_name(format!("{stem}.feedback.jsonl")))
    }

    /// Keeps what a file of judgements or examples holds; `name` is that of the file.
    pub(crate) fn take_exchange(&self, exchange: Exchange, content: &[u8], name: &str) -> Result<Brought> {
        match exchange {
            Exchange::Feedback => self.take_judgements(content),
            Exchange::Handout => self.take_handout(content),
            Exchange::Examples | Exchange::Chat | Exchange::Preferences => self.take_examples(content, name),
        }
    }

    fn take_judgements(&self, content: &[u8]) -> Result<Brought> {
        let ReadFeedback { mut feedback, rejects } = read(content);
        self.address_responses(&mut feedback);
        let mut runs: BTreeSet<RunId> = BTreeSet::new();
        for one in &feedback {
            runs.extend(one.run_id);
        }
        let mut missing = BTreeSet::new();
        for run in runs {
            match self.store.trace_of_run(run) {
                Ok(_) => {}
                Err(store::Error::NotFound { .. }) => {
                    missing.insert(run);
                }
                Err(error) => return Err(error.into()),
            }
        }
        let waiting =
            feedback.iter().filter(|one| one.run_id.is_some_and(|run| missing.contains(&run))).count();
        let brought = Brought {
            feedback: u64::try_from(feedback.len()).unwrap_or(u64::MAX),
            waiting: u64::try_from(waiting).unwrap_or(u64::MAX),
            rejects,
            ..Brought::default()
        };
        for some in feedback.chunks(AT_ONCE) {
            self.put_feedback(some.to_vec())?;
        }
        Ok(brought)
    }

    /// Examples go to the dataset that is named as the file, which is made when there is none. What is there already
    /// under the same id is changed to what the file says.
    fn take_examples(&self, content: &[u8], name: &str) -> Result<Brought> {
        let imported = self.import_examples(self.dataset_named(name)?, content, false)?;
        Ok(Brought {
            examples: imported.added + imported.changed + imported.same,
            rejects: imported.rejects,
            ..Brought::default()
        })
    }

    /// Brings examples into a dataset; a preview writes nothing.
    pub fn import_examples(
        &self,
        dataset: Uuid,
        content: &[u8],
        is_preview: bool,
    ) -> Result<ImportedExamples> {
        let read = examples::read(content);
        let known: HashMap<Uuid, store::Example> = self
            .store
            .examples(&ExampleQuery { dataset: Some(dataset), limit: u32::MAX, ..ExampleQuery::default() })?
            .into_iter()
            .map(|example| (example.id, example))
            .collect();
        let (mut new, mut changes) = (Vec::new(), Vec::new());
        let mut imported = ImportedExamples { rejects: read.rejects, ..ImportedExamples::default() };
        let mut seen = BTreeSet::new();
        for record in &read.examples {
            // What has no id gets one by its content, so that a second import adds nothing.
            let content = [dataset.to_string(), examples::line(record)].join("\n");
            let made =
                uuid::Builder::from_custom_bytes(ContentHash::of_bytes(content.as_bytes()).0).into_uuid();
            let wanted = record.id.unwrap_or(made);
            let is_elsewhere = || {
                let found = self.store.example(wanted, None);
                found.is_ok_and(|example| example.dataset != dataset)
            };
            let id = if !known.contains_key(&wanted) && is_elsewhere() { made } else { wanted };
            if !seen.insert(id) {
                imported.same += 1;
                continue;
            }
            match known.get(&id) {
                None => new.push(NewExample {
                    id: Some(id),
                    inputs: record.inputs.clone(),
                    outputs: record.outputs.clone(),
                    metadata: record.metadata.clone(),
                    splits: record.splits.clone(),
                    source_run: record.source_run,
                    created: record.created,
                    attachments: Vec::new(),
                }),
                Some(old) if differs(old, record) => changes.push(ExampleChange {
                    inputs: Some(record.inputs.clone()),
                    outputs: record.outputs.clone().map_or(Patch::Erase, Patch::Set),
                    metadata: record.metadata.clone().map_or(Patch::Keep, Patch::Set),
                    splits: record.splits.clone(),
                    source_run: record.source_run,
                    ..ExampleChange::of(id)
                }),
                Some(_) => imported.same += 1,
            }
        }
        let count = |number: usize| u64::try_from(number).unwrap_or(u64::MAX);
        imported.added = count(new.len());
        imported.changed = count(changes.len());
        if is_preview {
            return Ok(imported);
        }
        if !new.is_empty() {
            self.create_examples(dataset, new)?;
        }
        if !changes.is_empty() {
            self.change_examples(Some(dataset), changes)?;
        }
        Ok(imported)
    }

    fn dataset_named(&self, file: &str) -> Result<Uuid> {
        let name = file.split('.').next().filter(|stem| !stem.is_empty()).unwrap_or(file).to_owned();
        let query = DatasetQuery { name: Some(name.clone()), limit: 1, ..DatasetQuery::default() };
        if let Some(dataset) = self.store.datasets(&query)?.first() {
            return Ok(dataset.id);
        }
        self.create_dataset(NewDataset { name, ..NewDataset::default() })
    }
}

/// Whether a file says anything else of an example than what is known; the order of members says nothing.
fn differs(old: &store::Example, record: &ExampleRecord) -> bool {
    let value = |text: &str| serde_json::from_str::<serde_json::Value>(text).ok();
    let is_other = |old: &str, new: &str| old != new && value(old) != value(new);
    is_other(&old.inputs, &record.inputs)
        || match (&old.outputs, &record.outputs) {
            (Some(old), Some(new)) => is_other(old, new),
            (old, new) => old.is_some() != new.is_some(),
        }
        || record.metadata.as_ref().is_some_and(|new| is_other(&without_splits(&old.metadata), new))
        || record.splits.as_ref().is_some_and(|new| *new != splits_of(&old.metadata))
        || record.source_run.is_some_and(|new| old.source_run != Some(new))
}

/// What went wrong while a file was looked at.
pub(crate) fn unreadable(name: &str, source: io::Error) -> Error {
    Error::Io { action: "read", path: name.to_owned(), source }
}
