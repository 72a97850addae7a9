//! Datasets and their examples.

use serde::{Deserialize, Serialize};
use specta::Type;

use super::{Count, FillSource, RunRef, Timestamp};

/// What datasets are sorted by.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, Type)]
#[serde(rename_all = "snake_case")]
pub enum SortDatasets {
    /// The last change, newest first.
    #[default]
    Modified,
    /// Name.
    Name,
    /// Number of examples, most first.
    Examples,
}

/// Parameters of `list_datasets`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, Type)]
#[serde(default)]
pub struct ListDatasets {
    /// Names that hold this text.
    pub text: Option<String>,
    /// Order.
    pub sort: SortDatasets,
    /// Rows to skip.
    pub offset: u32,
    /// Rows to return.
    pub limit: u32,
}

/// A row of the list of datasets.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct DatasetRow {
    /// Its id.
    pub id: String,
    /// Its name.
    pub name: String,
    /// What it is for.
    pub description: Option<String>,
    /// `kv`, `llm` or `chat`.
    pub data_type: String,
    /// Examples.
    pub examples: Count,
    /// Experiments on it.
    pub experiments: Count,
    /// When it was made.
    pub created: Timestamp,
    /// Last change of it or of its examples.
    pub modified: Timestamp,
}

/// A window of the list of datasets.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct DatasetPage {
    /// The window.
    pub rows: Vec<DatasetRow>,
    /// Datasets in all.
    pub total: Count,
}

/// Names a dataset.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct DatasetRef {
    /// Its id.
    pub dataset_id: String,
}

/// A split with its number of examples.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct DatasetSplit {
    /// Its name.
    pub name: String,
    /// Examples in it.
    pub examples: Count,
}

/// A dataset.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct DatasetDetail {
    /// As in the list.
    pub row: DatasetRow,
    /// JSON Schema of inputs.
    pub inputs_schema: Option<String>,
    /// JSON Schema of outputs.
    pub outputs_schema: Option<String>,
    /// Its splits, by name.
    pub splits: Vec<DatasetSplit>,
}

/// Parameters of `save_dataset`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct SaveDataset {
    /// Which one; a new one when absent.
    #[serde(default)]
    pub dataset_id: Option<String>,
    /// Its name.
    pub name: String,
    /// What it is for.
    #[serde(default)]
    pub description: Option<String>,
    /// JSON Schema of inputs.
    #[serde(default)]
    pub inputs_schema: Option<String>,
    /// JSON Schema of outputs.
    #[serde(default)]
    pub outputs_schema: Option<String>,
}

/// Parameters of `list_examples`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct ListExamples {
    /// Of this dataset.
    pub dataset_id: String,
    /// In this split.
    #[serde(default)]
    pub split: Option<String>,
    /// Inputs or outputs that hold this text.
    #[serde(default)]
    pub text: Option<String>,
    /// Rows to skip.
    pub offset: u32,
    /// Rows to return.
    pub limit: u32,
}

/// A row of the list of examples.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct ExampleRow {
    /// Its id.
    pub id: String,
    /// The beginning of its inputs.
    pub inputs: String,
    /// The beginning of its outputs.
    pub outputs: Option<String>,
    /// Its splits.
    pub splits: Vec<String>,
    /// Members of its metadata.
    pub metadata: Count,
    /// Its files.
    pub attachments: Count,
    /// The run that it was made of, where it is in the library.
    pub source: Option<RunRef>,
    /// When it was last changed.
    pub modified: Timestamp,
}

/// A window of the list of examples.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct ExamplePage {
    /// The window.
    pub rows: Vec<ExampleRow>,
    /// Examples in all.
    pub total: Count,
}

/// Names an example.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct ExampleRef {
    /// Its id.
    pub id: String,
}

/// Names examples.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct ExampleRefs {
    /// Their ids.
    pub ids: Vec<String>,
}

/// An example, whole.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct ExampleDetail {
    /// Its id.
    pub id: String,
    /// Its dataset.
    pub dataset_id: String,
    /// Inputs: JSON, laid out for reading.
    pub inputs: String,
    /// Outputs.
    pub outputs: Option<String>,
    /// Metadata, without the splits.
    pub metadata: String,
    /// Its splits.
    pub splits: Vec<String>,
    /// The run that it was made of, where it is in the library.
    pub source: Option<RunRef>,
    /// Names of its files.
    pub attachments: Vec<String>,
    /// When it was made.
    pub created: Timestamp,
    /// When it was last changed.
    pub modified: Timestamp,
}

/// The text of an example.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct ExampleText {
    /// Inputs: JSON.
    pub inputs: String,
    /// Outputs; none when absent.
    pub outputs: Option<String>,
    /// Metadata, without the splits.
    pub metadata: String,
}

/// Parameters of `check_example`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct CheckExample {
    /// By the schemas of this dataset.
    pub dataset_id: String,
    /// What is checked.
    pub text: ExampleText,
}

/// A part of an example.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, Type)]
#[serde(rename_all = "snake_case")]
pub enum ExamplePart {
    /// Inputs.
    Inputs,
    /// Outputs.
    Outputs,
    /// Metadata.
    Metadata,
}

/// Something wrong with the text of an example.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct ExampleProblem {
    /// In which part.
    pub part: ExamplePart,
    /// The line, from 1.
    pub line: u32,
    /// The column, from 1.
    pub column: u32,
    /// The place in the value: a JSON pointer.
    pub pointer: String,
    /// What is wrong.
    pub message: String,
}

/// Parameters of `save_example`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct SaveExample {
    /// Its dataset.
    pub dataset_id: String,
    /// Which one; a new one when absent.
    #[serde(default)]
    pub id: Option<String>,
    /// What it is from now on.
    pub text: ExampleText,
    /// Its splits.
    #[serde(default)]
    pub splits: Vec<String>,
    /// The run that a new one is made of, by its id.
    #[serde(default)]
    pub source_run: Option<String>,
}

/// Parameters of `assign_split`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct AssignSplit {
    /// The dataset.
    pub dataset_id: String,
    /// Its examples.
    pub ids: Vec<String>,
    /// Name of the split.
    pub split: String,
    /// Whether they are in it from now on.
    pub member: bool,
}

/// What an example would take over of a run.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct ProposedExample {
    /// Inputs.
    pub inputs: String,
    /// Outputs as the run gave them.
    pub outputs: Option<String>,
    /// Outputs as a person corrected them.
    pub corrected: Option<String>,
    /// Metadata.
    pub metadata: String,
}

/// Parameters of `add_to_dataset`.
#[derive(Debug, Clone, Serialize, Deserialize, Type)]
pub struct AddToDataset {
    /// The dataset.
    #[serde(default)]
    pub dataset_id: Option<String>,
    /// Name of a new dataset, where none is named.
    #[serde(default)]
    pub new_name: Option<String>,
    /// Runs; roots for traces and threads. Files and pairs are none.
    pub source: FillSource,
    /// Where a run was corrected, the correction is what is expected.
    #[serde(default)]
    pub prefer_correction: bool,
    /// Splits of the new examples.
    #[serde(default)]
    pub splits: Vec<String>,
    /// Runs of which the dataset has an example already are left out.
    #[serde(default)]
    pub skip_known: bool,
}

/// What adding did.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct AddedExamples {
    /// The dataset.
    pub dataset_id: String,
    /// The new examples.
    pub ids: Vec<String>,
    /// Runs that it had already.
    pub already: Count,
    /// Examples whose outputs are a correction.
    pub corrected: Count,
    /// What was left out, in sentences.
    pub problems: Vec<String>,
}

/// Parameters of `export_dataset`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct ExportDataset {
    /// The dataset.
    pub dataset_id: String,
    /// `examples`, `csv`, `chat`, `preference-openai`, `preference-dpo`.
    pub format: String,
    /// Only examples of these splits.
    #[serde(default)]
    pub splits: Vec<String>,
    /// Conversations without system messages.
    #[serde(default)]
    pub drop_system: bool,
    /// Conversations with `weight: 0` on all answers but the last.
    #[serde(default)]
    pub weigh_last_only: bool,
    /// Only the preview: `data` is empty.
    #[serde(default)]
    pub preview: bool,
}

/// Parameters of `import_examples`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct ImportExamples {
    /// Into this dataset.
    pub dataset_id: String,
    /// The file: examples, conversations or preferences, a JSON object a line, or a table of examples.
    pub text: String,
    /// Only tell what would happen.
    #[serde(default)]
    pub preview: bool,
}

/// A record that could not be read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct ImportProblem {
    /// Its line.
    pub line: Option<Count>,
    /// What is wrong.
    pub message: String,
}

/// What an import of examples did, or would do.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct ImportedExamples {
    /// New.
    pub added: Count,
    /// There already under their ids, and different now.
    pub changed: Count,
    /// There already.
    pub same: Count,
    /// Records that could not be read.
    pub refused: Count,
    /// The first of them.
    pub problems: Vec<ImportProblem>,
}
