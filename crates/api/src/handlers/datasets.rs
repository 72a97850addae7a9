//! Datasets and their examples.

use engine::{
    ChatOptions, Dataset, DatasetChange, DatasetFormat, DatasetOptions, DatasetQuery, Engine, ExampleQuery,
    IntoDataset, NewDataset, Patch, RunId, SortDatasets, Taking,
};
use uuid::Uuid;

use super::{
    Answer, MOST_ROWS,
    feedback::file_name,
    parse_run,
    queues::{parse_id, source_in},
};
use crate::{error::ApiError, wire};

/// Problems of an import that are told.
const MOST_PROBLEMS: usize = 100;

fn dataset_id(text: &str) -> Answer<Uuid> {
    parse_id("dataset id", text)
}

fn example_ids(ids: &[String]) -> Answer<Vec<Uuid>> {
    ids.iter().map(|id| parse_id("example id", id)).collect()
}

fn row(dataset: Dataset) -> wire::DatasetRow {
    wire::DatasetRow {
        id: dataset.id.to_string(),
        name: dataset.name,
        description: dataset.description,
        data_type: dataset.data_type,
        examples: wire::Count(dataset.examples),
        experiments: wire::Count(dataset.experiments),
        created: dataset.created.into(),
        modified: dataset.modified.into(),
    }
}

fn run_ref(engine: &Engine, run: Option<RunId>) -> Option<wire::RunRef> {
    let run = run?;
    let trace = engine.trace_of_run(run).ok()?;
    Some(wire::RunRef { trace_id: trace.to_string(), run_id: run.to_string() })
}

/// JSON laid out for reading; numbers stay as they are written.
fn laid_out(text: &str) -> String {
    ingest::pretty(text)
}

fn text_in(text: wire::ExampleText) -> engine::ExampleText {
    engine::ExampleText { inputs: text.inputs, outputs: text.outputs, metadata: text.metadata }
}

fn detail(engine: &Engine, example: &engine::Example) -> wire::ExampleDetail {
    wire::ExampleDetail {
        id: example.id.to_string(),
        dataset_id: example.dataset.to_string(),
        inputs: laid_out(&example.inputs),
        outputs: example.outputs.as_deref().map(laid_out),
        metadata: laid_out(&engine::example_metadata(example)),
        splits: engine::example_splits(example),
        source: run_ref(engine, example.source_run),
        attachments: example.attachments.iter().map(|file| file.name.clone()).collect(),
        created: example.created.into(),
        modified: example.modified.into(),
    }
}

// ---- datasets ----

pub(crate) fn list_datasets(engine: &Engine, params: wire::ListDatasets) -> Answer<wire::DatasetPage> {
    let (sort, descending) = match params.sort {
        wire::SortDatasets::Modified => (SortDatasets::Modified, true),
        wire::SortDatasets::Name => (SortDatasets::Name, false),
        wire::SortDatasets::Examples => (SortDatasets::Examples, true),
    };
    let query = DatasetQuery {
        name_contains: params.text,
        sort,
        descending,
        offset: params.offset,
        limit: params.limit.clamp(1, MOST_ROWS),
        ..DatasetQuery::default()
    };
    let total = engine.count_datasets(&query)?;
    Ok(wire::DatasetPage {
        rows: engine.datasets(&query)?.into_iter().map(row).collect(),
        total: wire::Count(total),
    })
}

pub(crate) fn get_dataset(engine: &Engine, params: wire::DatasetRef) -> Answer<wire::DatasetDetail> {
    let id = dataset_id(&params.dataset_id)?;
    let dataset = engine.dataset(id)?;
    let splits = engine.split_counts(id)?.into_iter();
    Ok(wire::DatasetDetail {
        inputs_schema: dataset.inputs_schema.as_deref().map(laid_out),
        outputs_schema: dataset.outputs_schema.as_deref().map(laid_out),
        splits: splits
            .map(|split| wire::DatasetSplit { name: split.name, examples: wire::Count(split.examples) })
            .collect(),
        row: row(dataset),
    })
}

pub(crate) fn save_dataset(engine: &Engine, params: wire::SaveDataset) -> Answer<wire::DatasetDetail> {
    let said = |text: Option<String>| text.filter(|text| !text.trim().is_empty());
    let name = engine::dataset_name(&params.name)?;
    let (inputs_schema, outputs_schema) = (said(params.inputs_schema), said(params.outputs_schema));
    for (what, schema) in [("inputs", &inputs_schema), ("outputs", &outputs_schema)] {
        if let Some(schema) = schema {
            engine::check_schema(schema)
                .map_err(|error| ApiError::invalid_input(format!("The schema of {what}: {error}")))?;
        }
    }
    let id = match params.dataset_id {
        None => engine.create_dataset(NewDataset {
            name,
            description: said(params.description),
            inputs_schema,
            outputs_schema,
            ..NewDataset::default()
        })?,
        Some(id) => {
            let id = dataset_id(&id)?;
            let patch = |text: Option<String>| text.map_or(Patch::Erase, Patch::Set);
            let change = DatasetChange {
                name: Some(name),
                description: patch(said(params.description)),
                inputs_schema: patch(inputs_schema),
                outputs_schema: patch(outputs_schema),
                ..DatasetChange::default()
            };
            engine.change_dataset(id, change)?;
            id
        }
    };
    get_dataset(engine, wire::DatasetRef { dataset_id: id.to_string() })
}

pub(crate) fn delete_dataset(engine: &Engine, params: wire::DatasetRef) -> Answer<wire::Nothing> {
    engine.put_dataset_away(dataset_id(&params.dataset_id)?)?;
    Ok(wire::Nothing {})
}

pub(crate) fn restore_dataset(engine: &Engine, params: wire::DatasetRef) -> Answer<wire::DatasetDetail> {
    engine.bring_dataset_back(dataset_id(&params.dataset_id)?)?;
    get_dataset(engine, params)
}

// ---- examples ----

pub(crate) fn list_examples(engine: &Engine, params: wire::ListExamples) -> Answer<wire::ExamplePage> {
    let query = ExampleQuery {
        dataset: Some(dataset_id(&params.dataset_id)?),
        splits: params.split.into_iter().collect(),
        texts: params.text.into_iter().filter(|text| !text.trim().is_empty()).collect(),
        offset: params.offset,
        limit: params.limit.clamp(1, MOST_ROWS),
        ..ExampleQuery::default()
    };
    let (rows, total) = engine.example_rows(&query)?;
    let rows = rows.into_iter().map(|row| wire::ExampleRow {
        id: row.id.to_string(),
        inputs: row.inputs,
        outputs: row.outputs,
        splits: row.splits,
        metadata: wire::Count(row.metadata),
        attachments: wire::Count(row.attachments),
        source: row
            .source_trace
            .zip(row.source_run)
            .map(|(trace, run)| wire::RunRef { trace_id: trace.to_string(), run_id: run.to_string() }),
        modified: row.modified.into(),
    });
    Ok(wire::ExamplePage { rows: rows.collect(), total: wire::Count(total) })
}

pub(crate) fn get_example(engine: &Engine, params: wire::ExampleRef) -> Answer<wire::ExampleDetail> {
    Ok(detail(engine, &engine.example(parse_id("example id", &params.id)?, None)?))
}

pub(crate) fn check_example(
    engine: &Engine,
    params: wire::CheckExample,
) -> Answer<Vec<wire::ExampleProblem>> {
    let problems = engine.example_problems(dataset_id(&params.dataset_id)?, &text_in(params.text))?;
    let problems = problems.into_iter().map(|problem| wire::ExampleProblem {
        part: match problem.part {
            "inputs" => wire::ExamplePart::Inputs,
            "outputs" => wire::ExamplePart::Outputs,
            _ => wire::ExamplePart::Metadata,
        },
        line: problem.line,
        column: problem.column,
        pointer: problem.pointer,
        message: problem.message,
    });
    Ok(problems.collect())
}

pub(crate) fn save_example(engine: &Engine, params: wire::SaveExample) -> Answer<wire::ExampleDetail> {
    let dataset = dataset_id(&params.dataset_id)?;
    let id = params.id.as_deref().map(|id| parse_id("example id", id)).transpose()?;
    let run = params.source_run.as_deref().map(|run| parse_id("run id", run).map(RunId)).transpose()?;
    let saved = engine.save_example(dataset, id, text_in(params.text), params.splits, run)?;
    Ok(detail(engine, &saved))
}

pub(crate) fn delete_examples(engine: &Engine, params: wire::ExampleRefs) -> Answer<wire::Nothing> {
    engine.delete_examples(example_ids(&params.ids)?)?;
    Ok(wire::Nothing {})
}

pub(crate) fn restore_examples(engine: &Engine, params: wire::ExampleRefs) -> Answer<wire::Nothing> {
    engine.restore_examples(example_ids(&params.ids)?)?;
    Ok(wire::Nothing {})
}

pub(crate) fn assign_split(engine: &Engine, params: wire::AssignSplit) -> Answer<wire::Nothing> {
    let ids = example_ids(&params.ids)?;
    engine.assign_split(dataset_id(&params.dataset_id)?, &params.split, ids, params.member)?;
    Ok(wire::Nothing {})
}

pub(crate) fn propose_example(engine: &Engine, params: wire::RunRef) -> Answer<wire::ProposedExample> {
    let (trace, run) = parse_run(&params)?;
    let proposed = engine.propose_example(trace, run)?;
    Ok(wire::ProposedExample {
        inputs: laid_out(&proposed.inputs),
        outputs: proposed.outputs.as_deref().map(laid_out),
        corrected: proposed.corrected.as_deref().map(laid_out),
        metadata: laid_out(&proposed.metadata),
    })
}

pub(crate) fn add_to_dataset(engine: &Engine, params: wire::AddToDataset) -> Answer<wire::AddedExamples> {
    let into = match (params.dataset_id, params.new_name) {
        (Some(id), _) => IntoDataset::Dataset(dataset_id(&id)?),
        (None, Some(name)) => IntoDataset::New(name),
        (None, None) => return Err(ApiError::invalid_input("Name a dataset")),
    };
    let taking = Taking {
        prefer_correction: params.prefer_correction,
        splits: params.splits,
        skip_known: params.skip_known,
    };
    let added = engine.add_runs(&into, &source_in(params.source)?, &taking)?;
    Ok(wire::AddedExamples {
        dataset_id: added.dataset.to_string(),
        ids: added.ids.iter().map(ToString::to_string).collect(),
        already: wire::Count(added.already),
        corrected: wire::Count(added.corrected),
        problems: added.problems,
    })
}

// ---- files ----

pub(crate) fn export_dataset(engine: &Engine, params: wire::ExportDataset) -> Answer<wire::ExportedFile> {
    let id = dataset_id(&params.dataset_id)?;
    let known = DatasetFormat::ALL.iter().find(|(_, name)| *name == params.format);
    let (format, _) = known
        .ok_or_else(|| ApiError::invalid_input(format!("There is no format named {}", params.format)))?;
    let options = DatasetOptions {
        splits: params.splits,
        chat: ChatOptions { drop_system: params.drop_system, weigh_last_only: params.weigh_last_only },
    };
    let name = file_name(&engine.dataset(id)?.name);
    let exported = engine.export_dataset(id, *format, &options)?;
    let name = match format {
        // Read again, a file goes to the dataset of its name.
        DatasetFormat::Examples => format!("{name}.jsonl"),
        other => format!("{name}.{}.{}", params.format, other.extension()),
    };
    Ok(super::feedback::exported(exported, name, params.preview))
}

pub(crate) fn import_examples(
    engine: &Engine,
    params: wire::ImportExamples,
) -> Answer<wire::ImportedExamples> {
    let imported =
        engine.import_examples(dataset_id(&params.dataset_id)?, params.text.as_bytes(), params.preview)?;
    let problems = imported.rejects.iter().take(MOST_PROBLEMS).map(|reject| wire::ImportProblem {
        line: reject.line.map(wire::Count),
        message: reject.message.clone(),
    });
    Ok(wire::ImportedExamples {
        added: wire::Count(imported.added),
        changed: wire::Count(imported.changed),
        same: wire::Count(imported.same),
        refused: wire::Count(imported.rejects.len().try_into().unwrap_or(u64::MAX)),
        problems: problems.collect(),
    })
}
