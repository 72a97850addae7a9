use std::{
    fs::File,
    io::{self, BufWriter, Write},
    path::PathBuf,
    process::ExitCode,
};

use anyhow::Context as _;
use clap::ValueEnum;
use engine::{Engine, ExportFormat, TraceFilter};
use serde_json::json;

use super::exchange;
use crate::output;

#[derive(clap::Subcommand)]
pub(crate) enum Export {
    /// Runs with their payloads
    Runs {
        /// Layout
        #[arg(long, value_enum)]
        format: Format,
        /// File to write [default: standard output]
        #[arg(short, long, value_name = "FILE")]
        output: Option<PathBuf>,
        /// Of this project only
        #[arg(long)]
        project: Option<String>,
    },
    /// Feedback, to a file or to a server that you name
    Feedback(exchange::Feedback),
    /// Examples of a dataset
    Dataset(exchange::Dataset),
    /// A queue as one HTML file for a person without the application; import the answers that come back
    Handout(exchange::Handout),
    /// Better and worse answers, of compared and of corrected runs
    Preferences(exchange::Preferences),
}

#[derive(Clone, Copy, ValueEnum)]
pub(crate) enum Format {
    /// One LangSmith run a line
    LangsmithJsonl,
    /// One OTLP/JSON request a line
    OtlpJson,
}

pub(crate) fn run(engine: &Engine, export: &Export, as_json: bool) -> anyhow::Result<ExitCode> {
    let (format, file, project) = match export {
        Export::Runs { format, output, project } => (format, output, project),
        Export::Feedback(wanted) => return exchange::feedback(engine, wanted, as_json),
        Export::Dataset(wanted) => return exchange::dataset(engine, wanted, as_json),
        Export::Handout(wanted) => return exchange::handout(engine, wanted, as_json),
        Export::Preferences(wanted) => return exchange::preferences(engine, wanted, as_json),
    };
    let format = match format {
        Format::LangsmithJsonl => ExportFormat::LangsmithJsonl,
        Format::OtlpJson => ExportFormat::OtlpJson,
    };
    let filter = TraceFilter { project: project.clone(), ..TraceFilter::default() };
    let file = output::file(file.as_deref());
    let summary = match file {
        Some(path) => {
            let created = File::create(path).with_context(|| format!("cannot write {}", path.display()))?;
            let mut out = BufWriter::new(created);
            let summary = engine.export_runs(&filter, format, &mut out)?;
            out.flush().with_context(|| format!("cannot write {}", path.display()))?;
            summary
        }
        None => {
            let mut out = BufWriter::new(io::stdout().lock());
            let summary = engine.export_runs(&filter, format, &mut out)?;
            out.flush()?;
            summary
        }
    };
    let report = json!({ "runs": summary.runs, "traces": summary.traces });
    if as_json && file.is_some() {
        output::json(&report);
    } else {
        output::note(format!("{} runs of {} traces written", summary.runs, summary.traces));
    }
    Ok(ExitCode::SUCCESS)
}
