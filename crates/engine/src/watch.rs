//! Following files and folders: appended lines come in as they are written, new files as they appear.

use std::{
    collections::HashSet,
    path::{Path, PathBuf},
    sync::{
        PoisonError, Weak,
        mpsc::{Receiver, RecvTimeoutError, SyncSender, sync_channel},
    },
    thread,
    time::Duration,
};

use notify::{RecursiveMode, Watcher as _};
use store::{SourceId, SourceKind, SourceRow};

use crate::{Engine, Error, Event, JobState, error::Result};

/// Changes of one file within this time are read together.
const SETTLE: Duration = Duration::from_millis(80);
/// Changed paths that may wait; more are found by the next change.
const QUEUE: usize = 1024;

/// The system's file watcher.
pub(crate) struct Watcher {
    notify: notify::RecommendedWatcher,
    watched: HashSet<PathBuf>,
}

impl Engine {
    pub(crate) fn start_watching(&self) -> Result<()> {
        let (sender, receiver) = sync_channel(QUEUE);
        let notify =
            notify::recommended_watcher(move |event: notify::Result<notify::Event>| forward(event, &sender))
                .map_err(|error| Error::InvalidInput(format!("files cannot be followed: {error}")))?;
        *self.watcher.lock().unwrap_or_else(PoisonError::into_inner) =
            Some(Watcher { notify, watched: HashSet::new() });
        let engine = self.this.clone();
        thread::Builder::new()
            .name("file-watcher".to_owned())
            .spawn(move || follow(&engine, &receiver))
            .map_err(|source| Error::Io {
                action: "start a thread for",
                path: "watching".to_owned(),
                source,
            })?;
        self.refresh_watches();
        // What was written while nobody watched.
        for source in self.store.sources()?.into_iter().filter(|source| source.watching) {
            if let Some(path) = source.path.clone() {
                self.path_changed(Path::new(&path));
            }
        }
        Ok(())
    }

    /// Follows a file or folder from now on, or no longer.
    pub fn set_watching(&self, id: SourceId, watching: bool) -> Result<SourceRow> {
        let source = self.store.source(id)?;
        if !matches!(source.kind, SourceKind::File | SourceKind::Folder) {
            return Err(Error::InvalidInput("Only files and folders can be followed".to_owned()));
        }
        self.store.set_watching(id, watching)?;
        self.refresh_watches();
        if let Some(path) = source.path.as_deref().filter(|_| watching) {
            self.path_changed(Path::new(path));
        }
        self.emit(Event::SourcesChanged);
        Ok(self.store.source(id)?)
    }

    /// Brings the system's watches in line with the sources.
    pub(crate) fn refresh_watches(&self) {
        let Ok(sources) = self.store.sources() else { return };
        let wanted: HashSet<PathBuf> = sources
            .iter()
            .filter(|source| source.watching)
            .filter_map(|source| {
                let path = PathBuf::from(source.path.as_deref()?);
                // A file is watched through its folder, since editors and rotations replace it.
                if source.kind == SourceKind::Folder { Some(path) } else { path.parent().map(Path::to_owned) }
            })
            .collect();
        let mut watcher = self.watcher.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(Watcher { notify, watched }) = watcher.as_mut() else { return };
        for gone in watched.difference(&wanted) {
            let _ = notify.unwatch(gone);
        }
        for new in wanted.difference(watched) {
            if let Err(error) = notify.watch(new, RecursiveMode::Recursive) {
                tracing::warn!("cannot follow {}: {error}", new.display());
            }
        }
        *watched = wanted;
    }

    fn path_changed(&self, path: &Path) {
        if let Err(error) = self.read_changed(path) {
            tracing::warn!("cannot read a followed file: {error}");
        }
    }

    fn read_changed(&self, path: &Path) -> Result<()> {
        if path.is_dir() {
            for file in crate::import::files_below(path) {
                self.read_changed(&file)?;
            }
            return Ok(());
        }
        if !path.is_file() {
            return Ok(());
        }
        let sources = self.store.sources()?;
        let text = path.to_string_lossy();
        let file = sources
            .iter()
            .find(|source| source.kind == SourceKind::File && source.path.as_deref() == Some(&*text));
        let followed_folder = sources.iter().any(|source| {
            source.kind == SourceKind::Folder
                && source.watching
                && source.path.as_deref().is_some_and(|folder| path.starts_with(folder))
        });
        let busy =
            |id: SourceId| self.jobs().iter().any(|job| job.source == id && job.state == JobState::Running);
        match file {
            Some(source) if source.watching && !busy(source.id) => {
                let length = path.metadata().map_or(0, |metadata| metadata.len());
                let is_behind = source.bytes != Some(length) || source.read_offset != length;
                if is_behind && let Some(job) = self.import_appended(source.id, path, source.read_offset)? {
                    self.wait_for_job(job.id)?;
                }
            }
            None if followed_folder => {
                let job = self.import_file(path, true)?;
                self.wait_for_job(job.id)?;
            }
            _ => {}
        }
        Ok(())
    }
}

fn forward(event: notify::Result<notify::Event>, sender: &SyncSender<PathBuf>) {
    let Ok(event) = event else { return };
    if event.kind.is_access() {
        return;
    }
    for path in event.paths {
        // A full queue means that the same files are looked at soon anyway.
        let _ = sender.try_send(path);
    }
}

fn follow(engine: &Weak<Engine>, changes: &Receiver<PathBuf>) {
    loop {
        let Ok(first) = changes.recv() else { return };
        let mut paths = HashSet::from([first]);
        loop {
            match changes.recv_timeout(SETTLE) {
                Ok(path) => {
                    paths.insert(path);
                }
                Err(RecvTimeoutError::Timeout) => break,
                Err(RecvTimeoutError::Disconnected) => return,
            }
            if paths.len() > QUEUE {
                break;
            }
        }
        let Some(engine) = engine.upgrade() else { return };
        for path in paths {
            engine.path_changed(&path);
        }
    }
}
