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
}

#[derive(Clone, Copy, ValueEnum)]
pub(crate) enum Format {
    /// One LangSmith run a line
    LangsmithJsonl,
    /// One OTLP/JSON request a line
    OtlpJson,
}

pub(crate) fn run(engine: &Engine, export: &Export, as_json: bool) -> anyhow::Result<ExitCode> {
    let Export::Runs { format, output: file, project } = export;
    let format = match format {
        Format::LangsmithJsonl => ExportFormat::LangsmithJsonl,
        Format::OtlpJson => ExportFormat::OtlpJson,
    };
    let filter = TraceFilter { project: project.clone(), ..TraceFilter::default() };
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
