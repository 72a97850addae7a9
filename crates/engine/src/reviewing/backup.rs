//! Backups of what reviewers did (`annotation-ux.md` §12): one a day or after 500 steps, fourteen kept.

use std::{
    fs,
    path::PathBuf,
    sync::{PoisonError, atomic::Ordering},
    time::UNIX_EPOCH,
};

use model::UnixNanos;

use crate::{Engine, Error, Event, error::Result, now};

/// Folder of the library that holds them.
const FOLDER: &str = "backups";
/// Backups that are kept.
const KEPT: usize = 14;
/// Steps after which one is made.
const STEPS: u32 = 500;

/// A backup.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Backup {
    /// Name of its file.
    pub name: String,
    /// Its size in bytes.
    pub bytes: u64,
    /// When it was made.
    pub made: UnixNanos,
}

/// What a restore brought.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Restored {
    /// Rows that were missing.
    pub rows: u64,
    /// Rows that were there.
    pub same: u64,
}

fn is_name(name: &str) -> bool {
    let stem = name.strip_prefix("annotations-").and_then(|rest| rest.strip_suffix(".jsonl.zst"));
    stem.is_some_and(|stem| !stem.is_empty() && stem.chars().all(|char| char.is_ascii_digit() || char == '-'))
}

impl Engine {
    fn backups_dir(&self) -> PathBuf {
        self.library_dir().join(FOLDER)
    }

    /// Backups, the latest first.
    pub fn backups(&self) -> Result<Vec<Backup>> {
        let Ok(entries) = fs::read_dir(self.backups_dir()) else { return Ok(Vec::new()) };
        let mut backups: Vec<Backup> = entries
            .flatten()
            .filter_map(|entry| {
                let name = entry.file_name().into_string().ok().filter(|name| is_name(name))?;
                let metadata = entry.metadata().ok()?;
                let made = metadata.modified().ok()?.duration_since(UNIX_EPOCH).ok()?;
                let made = UnixNanos(i64::try_from(made.as_nanos()).ok()?);
                Some(Backup { name, bytes: metadata.len(), made })
            })
            .collect();
        backups.sort_by(|one, other| other.name.cmp(&one.name));
        Ok(backups)
    }

    /// Makes a backup; another one of the same day is replaced.
    pub fn make_backup(&self) -> Result<Backup> {
        let dir = self.backups_dir();
        let failed = |action, path: &std::path::Path| {
            let path = path.display().to_string();
            move |source| Error::Io { action, path, source }
        };
        fs::create_dir_all(&dir).map_err(failed("create", &dir))?;
        let (bytes, _) = self.store.back_up_reviews()?;
        let at = now();
        let day: String = at.to_iso_micros().chars().take(10).filter(char::is_ascii_digit).collect();
        let name = format!("annotations-{day}.jsonl.zst");
        // Written beside and renamed, so that a backup is whole or not there.
        let (part, file) = (dir.join(format!("{name}.part")), dir.join(&name));
        fs::write(&part, &bytes).map_err(failed("write", &part))?;
        fs::rename(&part, &file).map_err(failed("write", &file))?;
        for old in self.backups()?.into_iter().skip(KEPT) {
            let path = dir.join(&old.name);
            fs::remove_file(&path).map_err(failed("remove", &path))?;
        }
        Ok(Backup { name, bytes: bytes.len() as u64, made: at })
    }

    /// Brings back what a backup holds and the library lacks.
    pub fn restore_backup(&self, name: &str) -> Result<Restored> {
        if !is_name(name) {
            return Err(Error::InvalidInput("That is no name of a backup".to_owned()));
        }
        let path = self.backups_dir().join(name);
        let bytes = fs::read(&path).map_err(|source| Error::Io {
            action: "read",
            path: path.display().to_string(),
            source,
        })?;
        let (rows, same) = self.store.restore_reviews(bytes)?;
        self.emit(Event::ReviewChanged(Vec::new(), None));
        Ok(Restored { rows, same })
    }

    /// Makes a backup beside the steps of reviewers, once a day and after every 500 steps; nobody waits for it.
    pub(crate) fn back_up_when_due(&self) {
        let steps = self.steps_since_backup.fetch_add(1, Ordering::Relaxed) + 1;
        let today: String = now().to_iso_micros().chars().take(10).collect();
        let mut last = self.last_backup_day.lock().unwrap_or_else(PoisonError::into_inner);
        if *last == today && steps < STEPS {
            return;
        }
        self.steps_since_backup.store(0, Ordering::Relaxed);
        last.clone_from(&today);
        drop(last);
        let Ok(engine) = self.shared() else { return };
        let started = std::thread::Builder::new().name("annotation-backup".to_owned()).spawn(move || {
            if let Err(error) = engine.make_backup() {
                tracing::warn!("annotations were not backed up: {error}");
            }
        });
        if let Err(error) = started {
            tracing::warn!("annotations were not backed up: {error}");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::is_name;

    #[test]
    fn only_names_of_backups_are_read() {
        assert!(is_name("annotations-20260901.jsonl.zst"));
        for name in [
            "annotations-.jsonl.zst",
            "../annotations-20260901.jsonl.zst",
            "annotations-../1.jsonl.zst",
            "library.sqlite",
        ] {
            assert!(!is_name(name), "{name}");
        }
    }
}
