//! Which processes of this program are alive, so that what a killed one had open is free at once.

use std::{
    fs::{self, File},
    path::{Path, PathBuf},
};

use uuid::Uuid;

/// Folder in the library with one locked file for each running process.
const FOLDER: &str = "processes";

/// The lock by which other processes see that this one is alive; gone with it, however it ends.
#[derive(Debug)]
pub(crate) struct Processes {
    folder: PathBuf,
    own: String,
    lock: Option<File>,
}

impl Processes {
    /// Announces this process. On a file system without locks every process counts as alive until its leases end.
    pub(crate) fn join(library: &Path) -> Self {
        let folder = library.join(FOLDER);
        let own = Uuid::now_v7().to_string();
        let lock = fs::create_dir_all(&folder)
            .and_then(|()| File::options().create(true).append(true).open(folder.join(&own)))
            .and_then(|file| file.lock().map(|()| file))
            .inspect_err(|error| tracing::warn!("{}: {error}", folder.display()))
            .ok();
        Self { folder, own, lock }
    }

    /// The name of this process.
    pub(crate) fn own(&self) -> &str {
        &self.own
    }

    /// Whether a process of this name still runs.
    pub(crate) fn is_alive(&self, name: &str) -> bool {
        if name == self.own || self.lock.is_none() {
            return true;
        }
        // Names are ours; anything else never was a process.
        if Uuid::try_parse(name).is_err() {
            return false;
        }
        let path = self.folder.join(name);
        let Ok(file) = File::open(&path) else { return false };
        match file.try_lock() {
            Ok(()) => {
                let _ = fs::remove_file(&path);
                false
            }
            Err(fs::TryLockError::WouldBlock | fs::TryLockError::Error(_)) => true,
        }
    }
}

impl Drop for Processes {
    fn drop(&mut self) {
        if self.lock.take().is_some() {
            let _ = fs::remove_file(self.folder.join(&self.own));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_process_is_alive_while_it_runs() {
        let dir = tempfile::tempdir().unwrap();
        let one = Processes::join(dir.path());
        let other = Processes::join(dir.path());
        assert!(one.is_alive(other.own()) && other.is_alive(one.own()) && one.is_alive(one.own()));
        let gone = other.own().to_owned();
        drop(other);
        assert!(!one.is_alive(&gone));
        assert!(!one.is_alive("../elsewhere"));
    }
}
