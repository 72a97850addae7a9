//! The shell's side of the core: opening the library, starting the listener for traces, opening files.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::Context as _;
use engine::{Engine, Job, JobState, Options};
use tauri::async_runtime::spawn_blocking;

use crate::args::Args;

/// Folder of the library that these arguments ask for.
pub(crate) fn library_dir(args: &Args) -> anyhow::Result<PathBuf> {
    let usual =
        || engine::default_library_dir().context("this computer has no folder for the data of programs");
    args.library.clone().map_or_else(usual, Ok)
}

/// Opens the library.
pub(crate) fn open(dir: &Path) -> anyhow::Result<Arc<Engine>> {
    Engine::open(&Options::new(dir))
        .with_context(|| format!("the library in {} cannot be opened", dir.display()))
}

/// On the first start there is nothing to look at, unless a file comes along.
pub(crate) fn load_samples_if_empty(engine: &Engine) -> engine::Result<()> {
    if engine.counts()?.traces == 0 && engine.sources()?.is_empty() {
        engine.load_samples()?;
    }
    Ok(())
}

/// Imports files and folders and then shows the first trace of them in the window.
pub(crate) fn open_files(engine: &Arc<Engine>, files: Vec<PathBuf>) {
    if files.is_empty() {
        return;
    }
    let engine = Arc::clone(engine);
    spawn_blocking(move || {
        // One by one: a file that is not there must not keep the others from being opened.
        let jobs: Vec<Job> = files.into_iter().flat_map(|file| start_import(&engine, file)).collect();
        let first = jobs.into_iter().find_map(|job| match engine.wait_for_job(job.id) {
            Ok(job) if job.state == JobState::Done => job.first_trace,
            Ok(job) => {
                tracing::warn!(file = job.label, error = job.error, "the file was not read to its end");
                job.first_trace
            }
            Err(error) => {
                tracing::warn!(%error, "an import was lost");
                None
            }
        });
        if let Some(trace) = first {
            engine.show_trace(trace);
        }
    });
}

fn start_import(engine: &Engine, file: PathBuf) -> Vec<Job> {
    engine.import_paths(&[file], false).unwrap_or_else(|error| {
        tracing::error!(%error, "a file cannot be opened");
        Vec::new()
    })
}
