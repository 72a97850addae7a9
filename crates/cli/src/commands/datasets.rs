//! Datasets on the command line: which there are, and what is in one.

use std::process::ExitCode;

use anyhow::Context as _;
use engine::{DatasetQuery, Engine, ExampleQuery, SortDatasets};
use serde_json::{Value, json};
use uuid::Uuid;

use super::time;
use crate::output;

/// Characters of a payload in the table.
const SHOWN_CHARS: usize = 60;

#[derive(clap::Args)]
pub(crate) struct Show {
    /// The dataset, by its name or id
    dataset: String,
    /// Of this split only; may be given several times
    #[arg(long = "split", value_name = "NAME")]
    splits: Vec<String>,
    /// That hold this text in their inputs or outputs
    #[arg(long, value_name = "TEXT")]
    search: Option<String>,
    /// Examples at most
    #[arg(long, default_value_t = 50)]
    limit: u32,
}

/// The id of a dataset that is named or is one.
pub(crate) fn dataset_named(engine: &Engine, text: &str) -> anyhow::Result<Uuid> {
    let query = DatasetQuery { name: Some(text.to_owned()), limit: 1, ..DatasetQuery::default() };
    if let Some(found) = engine.datasets(&query)?.first() {
        return Ok(found.id);
    }
    let id = Uuid::try_parse(text).with_context(|| format!("there is no dataset named {text}"))?;
    Ok(engine.dataset(id)?.id)
}

pub(crate) fn list(engine: &Engine, limit: u32, as_json: bool) -> anyhow::Result<ExitCode> {
    let query =
        DatasetQuery { sort: SortDatasets::Modified, descending: true, limit, ..DatasetQuery::default() };
    let datasets = engine.datasets(&query)?;
    if as_json {
        let rows: Vec<Value> = datasets
            .iter()
            .map(|dataset| {
                json!({
                    "id": dataset.id, "name": dataset.name, "description": dataset.description,
                    "data_type": dataset.data_type, "examples": dataset.examples,
                    "experiments": dataset.experiments, "modified": time(Some(dataset.modified)),
                })
            })
            .collect();
        output::json(&json!({ "datasets": rows }));
    } else if datasets.is_empty() {
        output::note("There are no datasets yet. Import a file of examples with `tracemark import FILE`.");
    } else {
        let mut table = vec![["DATASET", "EXAMPLES", "LAST CHANGE", "NAME"].map(str::to_owned).to_vec()];
        table.extend(datasets.iter().map(|dataset| {
            vec![
                dataset.id.to_string(),
                dataset.examples.to_string(),
                dataset.modified.to_iso_micros(),
                dataset.name.clone(),
            ]
        }));
        output::table(&table);
    }
    Ok(ExitCode::SUCCESS)
}

/// The beginning of a text, on one line.
fn cut(text: &str) -> String {
    let line: String = text.chars().map(|char| if char.is_control() { ' ' } else { char }).collect();
    if line.chars().count() <= SHOWN_CHARS {
        return line;
    }
    line.chars().take(SHOWN_CHARS - 1).chain(['…']).collect()
}

pub(crate) fn show(engine: &Engine, wanted: &Show, as_json: bool) -> anyhow::Result<ExitCode> {
    let id = dataset_named(engine, &wanted.dataset)?;
    let dataset = engine.dataset(id)?;
    let query = ExampleQuery {
        dataset: Some(id),
        splits: wanted.splits.clone(),
        texts: wanted.search.iter().cloned().collect(),
        limit: wanted.limit,
        ..ExampleQuery::default()
    };
    let splits = engine.split_counts(id)?;
    if as_json {
        let parsed = |text: &str| serde_json::from_str::<Value>(text).unwrap_or_else(|_| text.into());
        let examples: Vec<Value> = engine
            .examples(&query, None)?
            .iter()
            .map(|example| {
                json!({
                    "id": example.id, "inputs": parsed(&example.inputs),
                    "outputs": example.outputs.as_deref().map_or(Value::Null, parsed),
                    "metadata": parsed(&engine::example_metadata(example)),
                    "splits": engine::example_splits(example),
                    "source_run_id": example.source_run.map(|run| run.to_string()),
                    "modified": time(Some(example.modified)),
                })
            })
            .collect();
        let splits: serde_json::Map<String, Value> =
            splits.into_iter().map(|split| (split.name, split.examples.into())).collect();
        output::json(&json!({
            "id": id, "name": dataset.name, "description": dataset.description,
            "matching": engine.count_examples(&query, None)?, "splits": splits, "examples": examples,
        }));
        return Ok(ExitCode::SUCCESS);
    }
    let (rows, total) = engine.example_rows(&query)?;
    let of_splits: Vec<String> =
        splits.iter().map(|split| format!("{} {}", split.name, split.examples)).collect();
    output::line(format!("{}: {} examples; {}", dataset.name, dataset.examples, of_splits.join(", ")));
    let mut table = vec![["EXAMPLE", "SPLITS", "INPUTS", "OUTPUTS"].map(str::to_owned).to_vec()];
    table.extend(rows.iter().map(|row| {
        vec![
            row.id.to_string(),
            row.splits.join(","),
            cut(&row.inputs),
            row.outputs.as_deref().map_or_else(|| "-".to_owned(), cut),
        ]
    }));
    output::table(&table);
    if total > rows.len() as u64 {
        output::note(format!("{total} examples match; --limit shows more"));
    }
    Ok(ExitCode::SUCCESS)
}
