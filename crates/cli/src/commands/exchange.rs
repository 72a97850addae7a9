//! Feedback and datasets written out for other tools, or sent to where the person says.

use std::{
    fs,
    io::{self, IsTerminal as _, Write as _},
    ops::ControlFlow,
    path::{Path, PathBuf},
    process::ExitCode,
};

use anyhow::{Context as _, bail};
use clap::builder::PossibleValuesParser;
use engine::{
    DatasetFormat, DatasetOptions, Dialect, Engine, ExportOptions, Exported, FeedbackFormat, FeedbackScope,
    QueueQuery, SendSummary, SendTarget, WriteOptions,
};
use serde_json::json;
use uuid::Uuid;

use crate::output;

/// Which feedback.
#[derive(clap::Args)]
pub(crate) struct Scope {
    /// Of this project only
    #[arg(long)]
    project: Option<String>,
    /// With this key only; may be given several times
    #[arg(long = "key", value_name = "KEY")]
    keys: Vec<String>,
    /// By this reviewer only, by id; may be given several times
    #[arg(long = "reviewer", value_name = "ID")]
    reviewers: Vec<String>,
    /// Given in this queue only, by its name or id
    #[arg(long)]
    queue: Option<String>,
    /// About this trace or its runs only; may be given several times
    #[arg(long = "trace", value_name = "ID")]
    traces: Vec<String>,
    /// Where an adjudicator decided, only the decision
    #[arg(long)]
    adjudicated: bool,
    /// Also what was replaced or taken back
    #[arg(long)]
    history: bool,
    /// Of a queue, also what was said to items that came again
    #[arg(long, requires = "queue")]
    repeats: bool,
    /// Write the names of reviewers, besides their ids
    #[arg(long)]
    names: bool,
    /// Write how long each judgement took
    #[arg(long)]
    timing: bool,
    /// Apply the redaction rules of the settings once more
    #[arg(long)]
    redact: bool,
}

#[derive(clap::Args)]
pub(crate) struct Destination {
    /// File to write [default: standard output]
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,
    /// Write export.json beside the file: counts, scope, versions, hash
    #[arg(long, requires = "output")]
    manifest: bool,
    /// Print the first three records and write nothing
    #[arg(long)]
    preview: bool,
}

#[derive(clap::Args)]
pub(crate) struct Feedback {
    #[command(flatten)]
    scope: Scope,
    /// Layout
    #[arg(long, default_value = "langsmith-jsonl", value_parser = PossibleValuesParser::new(FeedbackFormat::ALL.map(|(_, name)| name)))]
    format: String,
    /// Do not put an apostrophe in front of table cells that a spreadsheet would run
    #[arg(long)]
    no_formula_guard: bool,
    #[command(flatten)]
    destination: Destination,
    /// Write `NAME.feedback.jsonl` beside this trace file, with the feedback about its traces
    #[arg(long, value_name = "FILE", conflicts_with_all = ["output", "preview", "post", "otlp"])]
    beside: Option<PathBuf>,
    /// Post it to this server of LangSmith's protocol instead
    #[arg(long, value_name = "URL", conflicts_with_all = ["output", "preview", "otlp"])]
    post: Option<String>,
    /// Send it as log records to this OTLP endpoint instead
    #[arg(long, value_name = "URL", conflicts_with_all = ["output", "preview"])]
    otlp: Option<String>,
    /// Key of that server
    #[arg(long, env = "TRACEMARK_SEND_KEY", hide_env_values = true)]
    api_key: Option<String>,
}

#[derive(clap::Args)]
pub(crate) struct Dataset {
    /// The dataset, by its name or id
    dataset: String,
    /// Layout
    #[arg(long, default_value = "examples", value_parser = PossibleValuesParser::new(DatasetFormat::ALL.map(|(_, name)| name)))]
    format: String,
    /// Of this split only; may be given several times
    #[arg(long = "split", value_name = "NAME")]
    splits: Vec<String>,
    /// Leave system messages out of conversations
    #[arg(long)]
    drop_system: bool,
    /// Give `weight: 0` to all answers but the last
    #[arg(long)]
    weigh_last_only: bool,
    #[command(flatten)]
    destination: Destination,
}

#[derive(clap::Args)]
pub(crate) struct Handout {
    /// The queue, by its name or id
    queue: String,
    /// File to write
    #[arg(short, long, value_name = "FILE")]
    output: PathBuf,
}

#[derive(clap::Args)]
pub(crate) struct Preferences {
    #[command(flatten)]
    scope: Scope,
    /// Layout
    #[arg(long, default_value = "openai", value_parser = ["openai", "dpo"])]
    format: String,
    #[command(flatten)]
    destination: Destination,
}

fn scope_of(engine: &Engine, scope: &Scope) -> anyhow::Result<FeedbackScope> {
    let queue = match &scope.queue {
        None => None,
        Some(name) => Some(queue_named(engine, name)?),
    };
    let traces = scope.traces.iter().map(|id| id.parse().map_err(|error| anyhow::anyhow!("{error}")));
    Ok(FeedbackScope {
        project: scope.project.clone(),
        keys: scope.keys.clone(),
        reviewers: scope.reviewers.clone(),
        queue,
        traces: traces.collect::<anyhow::Result<_>>()?,
        source: None,
        adjudicated: scope.adjudicated,
        history: scope.history,
        repeats: scope.repeats,
    })
}

pub(super) fn queue_named(engine: &Engine, name: &str) -> anyhow::Result<Uuid> {
    if let Ok(id) = Uuid::try_parse(name) {
        return Ok(id);
    }
    let found: Vec<Uuid> = engine
        .queues(&QueueQuery { limit: u32::MAX, ..QueueQuery::default() })?
        .into_iter()
        .filter(|queue| queue.name == name)
        .map(|queue| queue.id)
        .collect();
    match found.as_slice() {
        [one] => Ok(*one),
        [] => bail!("there is no queue named {name}"),
        _ => bail!("several queues are named {name}; give the id"),
    }
}

fn options_of(scope: &Scope, guard_formulas: bool) -> ExportOptions {
    ExportOptions {
        write: WriteOptions { guard_formulas, names: scope.names, timing: scope.timing },
        redact: scope.redact,
    }
}

pub(crate) fn feedback(engine: &Engine, wanted: &Feedback, as_json: bool) -> anyhow::Result<ExitCode> {
    let mut scope = scope_of(engine, &wanted.scope)?;
    let options = options_of(&wanted.scope, !wanted.no_formula_guard);
    if let Some(url) = wanted.post.as_ref().or(wanted.otlp.as_ref()) {
        let target = SendTarget { url: url.clone(), key: wanted.api_key.clone() };
        let shows_progress = io::stderr().is_terminal();
        let mut on_progress = |progress: engine::SendProgress| {
            if shows_progress && progress.done.is_multiple_of(100) {
                output::note(format!("{} of {}", progress.done, progress.total));
            }
            ControlFlow::Continue(())
        };
        let summary = if wanted.post.is_some() {
            engine.post_feedback(&scope, options, &target, &mut on_progress)?
        } else {
            engine.send_evaluations(&scope, options, &target, &mut on_progress)?
        };
        return Ok(sent(&summary, as_json));
    }
    let format = FeedbackFormat::ALL.iter().find(|(_, name)| *name == wanted.format);
    let format = format.map_or(FeedbackFormat::LangsmithJsonl, |(format, _)| *format);
    if let Some(path) = &wanted.beside {
        let path = fs::canonicalize(path).with_context(|| format!("cannot open {}", path.display()))?;
        let text = path.to_string_lossy();
        let sources = engine.sources()?;
        let source = sources.iter().find(|source| source.path.as_deref() == Some(text.as_ref()));
        scope.source = Some(source.with_context(|| format!("{text} was not imported"))?.id);
        let sidecar = Engine::sidecar_path(&path).context("the file has no name")?;
        let exported = engine.export_feedback(&scope, FeedbackFormat::LangsmithJsonl, options)?;
        return written(&exported, Some(&sidecar), false, as_json);
    }
    let exported = engine.export_feedback(&scope, format, options)?;
    finish(&exported, &wanted.destination, as_json)
}

pub(crate) fn dataset(engine: &Engine, wanted: &Dataset, as_json: bool) -> anyhow::Result<ExitCode> {
    let id = super::datasets::dataset_named(engine, &wanted.dataset)?;
    let format = DatasetFormat::ALL.iter().find(|(_, name)| *name == wanted.format);
    let format = format.map_or(DatasetFormat::Examples, |(format, _)| *format);
    let options = DatasetOptions {
        splits: wanted.splits.clone(),
        chat: engine::ChatOptions {
            drop_system: wanted.drop_system,
            weigh_last_only: wanted.weigh_last_only,
        },
    };
    finish(&engine.export_dataset(id, format, &options)?, &wanted.destination, as_json)
}

pub(crate) fn handout(engine: &Engine, wanted: &Handout, as_json: bool) -> anyhow::Result<ExitCode> {
    let (page, items) = engine.export_handout(queue_named(engine, &wanted.queue)?)?;
    let path = &wanted.output;
    fs::write(path, page).with_context(|| format!("cannot write {}", path.display()))?;
    if as_json {
        output::json(&json!({ "items": items, "file": path }));
    } else {
        output::note(format!("{items} items written to {}", path.display()));
    }
    Ok(ExitCode::SUCCESS)
}

pub(crate) fn preferences(engine: &Engine, wanted: &Preferences, as_json: bool) -> anyhow::Result<ExitCode> {
    let dialect = if wanted.format == "dpo" { Dialect::Dpo } else { Dialect::OpenAi };
    let exported = engine.export_preferences(&scope_of(engine, &wanted.scope)?, dialect)?;
    finish(&exported, &wanted.destination, as_json)
}

fn finish(exported: &Exported, destination: &Destination, as_json: bool) -> anyhow::Result<ExitCode> {
    if destination.preview {
        for record in &exported.preview {
            output::line(record.trim_end());
        }
        for note in &exported.notes {
            output::note(note);
        }
        output::note(format!("{} records in all; nothing was written", exported.records));
        return Ok(ExitCode::SUCCESS);
    }
    written(exported, output::file(destination.output.as_deref()), destination.manifest, as_json)
}

fn written(
    exported: &Exported,
    file: Option<&Path>,
    manifest: bool,
    as_json: bool,
) -> anyhow::Result<ExitCode> {
    match file {
        None => io::stdout().lock().write_all(exported.data.as_bytes())?,
        Some(path) => {
            fs::write(path, &exported.data).with_context(|| format!("cannot write {}", path.display()))?;
            if manifest {
                let path = path.with_file_name("export.json");
                fs::write(&path, &exported.manifest)
                    .with_context(|| format!("cannot write {}", path.display()))?;
            }
        }
    }
    for note in &exported.notes {
        output::note(note);
    }
    if as_json && let Some(path) = file {
        output::json(&json!({ "records": exported.records, "file": path, "notes": exported.notes }));
    } else {
        let place = file.map(|path| format!(" to {}", path.display())).unwrap_or_default();
        output::note(format!("{} records written{place}", exported.records));
    }
    Ok(ExitCode::SUCCESS)
}

fn sent(summary: &SendSummary, as_json: bool) -> ExitCode {
    for (id, reason) in &summary.refused {
        output::note(format!("feedback {id} was refused: {reason}"));
    }
    if as_json {
        output::json(&json!({
            "sent": summary.sent,
            "changed": summary.changed,
            "withdrawn": summary.withdrawn,
            "skipped": summary.skipped,
            "refused": summary.refused.len(),
        }));
    } else {
        output::line(format!(
            "{} sent, {} changed, {} withdrawn, {} there already, {} refused",
            summary.sent,
            summary.changed,
            summary.withdrawn,
            summary.skipped,
            summary.refused.len()
        ));
    }
    if summary.refused.is_empty() { ExitCode::SUCCESS } else { ExitCode::from(3) }
}
