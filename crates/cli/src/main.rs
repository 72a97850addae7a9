//! `tracemark`: the application without a window, for scripts, servers and coding agents.
//!
//! Results go to standard output, everything else to standard error. Exit codes: 0 done, 1 failed, 2 wrong use,
//! 3 done but some records could not be read.

mod commands;
mod output;

use std::{path::PathBuf, process::ExitCode};

use clap::{Parser, Subcommand, ValueEnum};
use engine::{Engine, Options};

/// Opens, reads and judges traces of LLM applications, on this machine only.
#[derive(Parser)]
#[command(name = "tracemark", version, about, max_term_width = 100)]
struct Arguments {
    /// Folder of the library [default: the platform's data folder]
    #[arg(long, global = true, value_name = "DIR", env = "TRACEMARK_LIBRARY")]
    library: Option<PathBuf>,
    /// Print the result as JSON
    #[arg(long, global = true)]
    json: bool,
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Serve the UI in the browser and take in traces; prints one line of JSON when it is ready
    Serve(commands::serve::Serve),
    /// Read traces, feedback and examples from files or folders into the library
    Import(commands::import::Import),
    /// List what is in the library
    List {
        /// What to list
        what: What,
        /// Of this project only
        #[arg(long)]
        project: Option<String>,
        /// Rows at most
        #[arg(long, default_value_t = 50)]
        limit: u32,
        /// Runs that match, as in the search bar: words, or `run_type:llm latency:>5 -metadata.env:test`
        #[arg(long, value_name = "SEARCH")]
        search: Option<String>,
        /// Of the newest traces without a thread key, those that seem to be threads
        #[arg(long)]
        guess: bool,
        /// Minutes between two traces of one user that still make them one guessed thread
        #[arg(long, value_name = "MINUTES", requires = "guess", default_value_t = 30)]
        gap: u32,
    },
    /// Find words in everything that runs took in and gave out
    Search(commands::search::Search),
    /// Show one thing whole
    #[command(subcommand)]
    Show(commands::show::Show),
    /// Write runs, feedback and datasets out for other tools
    #[command(subcommand)]
    Export(commands::export::Export),
    /// Queues of what waits for people to judge it
    #[command(subcommand)]
    Queues(commands::queues::Queues),
    /// Read everything in the library again by the rules of this version
    Remap,
    /// Prices of models
    #[command(subcommand)]
    Prices(commands::prices::Prices),
    /// Try redaction rules on the newest traces
    Redact(commands::redact::Redact),
    /// Check the library
    Doctor,
}

/// Kinds of lists.
#[derive(Clone, Copy, ValueEnum)]
enum What {
    /// Projects with their totals
    Projects,
    /// Traces, newest first
    Traces,
    /// Threads, the latest activity first
    Threads,
    /// Runs across all traces, newest first
    Runs,
    /// Datasets, the last changed first
    Datasets,
}

fn main() -> ExitCode {
    tracing_subscriber::fmt()
        .with_env_filter(
            tracing_subscriber::EnvFilter::try_from_env("TRACEMARK_LOG").unwrap_or_else(|_| "warn".into()),
        )
        .with_writer(std::io::stderr)
        .init();
    let arguments = Arguments::parse();
    match run(arguments) {
        Ok(code) => code,
        Err(error) => {
            output::complain(&error);
            ExitCode::FAILURE
        }
    }
}

fn run(arguments: Arguments) -> anyhow::Result<ExitCode> {
    let dir = arguments
        .library
        .or_else(engine::default_library_dir)
        .ok_or_else(|| anyhow::anyhow!("there is no home folder; name a library with --library"))?;
    let watch = matches!(arguments.command, Command::Serve(_));
    let engine = Engine::open(&Options { dir, watch })?;
    let json = arguments.json;
    match arguments.command {
        Command::Serve(serve) => commands::serve::run(&engine, &serve),
        Command::Import(import) => commands::import::run(&engine, &import, json),
        Command::List { what: What::Threads, project, limit, search, guess: true, gap } => {
            commands::guess::run(&engine, search.as_deref(), project.as_deref(), limit, gap, json)
        }
        Command::List { guess: true, .. } => {
            output::note("error: only threads are guessed: `tracemark list threads --guess`");
            Ok(ExitCode::from(2))
        }
        Command::List { what: What::Runs, project, limit, search, .. } => {
            commands::runs::run(&engine, search.as_deref(), project.as_deref(), limit, json)
        }
        Command::List { search: Some(_), .. } => {
            output::note("error: only runs are searched: `tracemark list runs --search …`");
            Ok(ExitCode::from(2))
        }
        Command::List { what: What::Datasets, limit, .. } => commands::datasets::list(&engine, limit, json),
        Command::List { what, project, limit, search: None, .. } => {
            commands::list::run(&engine, what, project.as_deref(), limit, json)
        }
        Command::Search(search) => commands::search::run(&engine, &search, json),
        Command::Show(show) => commands::show::run(&engine, &show, json),
        Command::Export(export) => commands::export::run(&engine, &export, json),
        Command::Queues(queues) => commands::queues::run(&engine, &queues, json),
        Command::Remap => commands::remap::run(&engine, json),
        Command::Prices(prices) => commands::prices::run(&engine, &prices, json),
        Command::Redact(redact) => commands::redact::run(&engine, &redact, json),
        Command::Doctor => commands::doctor::run(&engine, json),
    }
}
