//! Opening the file: place, pragmas, migrations, and what to do with a file that cannot be used.

use std::{
    fs::{self, File},
    path::{Path, PathBuf},
    sync::LazyLock,
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use include_dir::{Dir, include_dir};
use rusqlite::{Connection, OpenFlags};
use rusqlite_migration::Migrations;

use crate::{Error, error::Result};

static MIGRATION_FILES: Dir<'_> = include_dir!("$CARGO_MANIFEST_DIR/../../migrations");

static MIGRATIONS: LazyLock<Migrations<'static>> = LazyLock::new(|| {
    Migrations::from_directory(&MIGRATION_FILES).expect("the embedded migrations are well-formed")
});

/// How long a statement waits for another process.
const BUSY_TIMEOUT: Duration = Duration::from_secs(10);

/// Name of the library's file in its folder.
const FILE_NAME: &str = "library.sqlite";

/// Name of the file whose lock is held while the library is created, migrated or kept aside.
const LOCK_NAME: &str = "library.lock";

/// The library's file in `dir`.
pub(crate) fn file_in(dir: &Path) -> PathBuf {
    dir.join(FILE_NAME)
}

/// Newest schema version that this program knows.
fn known_version() -> i64 {
    i64::try_from(MIGRATION_FILES.dirs().count()).unwrap_or(i64::MAX)
}

/// Opens the file for writing, creates it or brings it up to date.
///
/// A damaged file is moved aside and a new library begun; the text tells where the old one is. A file of a newer
/// program is refused and left alone.
pub(crate) fn open_for_writing(dir: &Path) -> Result<(Connection, Option<String>)> {
    fs::create_dir_all(dir).map_err(|source| Error::Io { action: "create", path: dir.to_owned(), source })?;
    let file = file_in(dir);
    let _lock = lock(dir);
    match open_and_migrate(&file) {
        Err(Error::Damaged(reason)) => {
            let kept = keep_aside(&file)?;
            let notice = format!(
                "The library was damaged ({reason}) and has been kept as {}. A new, empty library is in use.",
                kept.display()
            );
            tracing::error!("{notice}");
            Ok((open_and_migrate(&file)?, Some(notice)))
        }
        result => result.map(|connection| (connection, None)),
    }
}

/// Waits until no other process is opening the library, and keeps others out until the lock is dropped.
///
/// Looking at the schema version and acting on it is not one step for SQLite: without this, two programs started
/// together would both create the tables, or one would keep aside what the other has just begun. A file system
/// without locks does not stop anybody from opening a library, and what is wrong with a folder SQLite says best.
fn lock(dir: &Path) -> Option<File> {
    let path = dir.join(LOCK_NAME);
    let locked = File::options().create(true).append(true).open(&path).and_then(|file| {
        file.lock()?;
        Ok(file)
    });
    locked
        .inspect_err(|error| tracing::warn!("opening the library unlocked: {error}: {}", path.display()))
        .ok()
}

fn open_and_migrate(file: &Path) -> Result<Connection> {
    let mut connection = Connection::open(file)?;
    connection.busy_timeout(BUSY_TIMEOUT)?;
    // The first read is where a file that is not a library shows itself.
    let found: i64 = connection.query_row("PRAGMA user_version", [], |row| row.get(0))?;
    let known = known_version();
    if found > known {
        return Err(Error::NewerLibrary { found, known });
    }
    connection.pragma_update(None, "journal_mode", "WAL")?;
    connection.pragma_update(None, "synchronous", "FULL")?;
    connection.pragma_update(None, "foreign_keys", false)?;
    connection.pragma_update(None, "cache_size", -32_000)?;
    connection.pragma_update(None, "temp_store", "MEMORY")?;
    connection.set_prepared_statement_cache_capacity(128);
    if found < known {
        if found > 0 {
            back_up(&connection, file, found)?;
        }
        MIGRATIONS.to_latest(&mut connection)?;
    }
    Ok(connection)
}

/// Opens a connection that cannot write.
pub(crate) fn open_for_reading(dir: &Path) -> Result<Connection> {
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(file_in(dir), flags)?;
    connection.busy_timeout(BUSY_TIMEOUT)?;
    connection.pragma_update(None, "query_only", true)?;
    connection.pragma_update(None, "cache_size", -16_000)?;
    crate::review::register_functions(&connection)?;
    connection.set_prepared_statement_cache_capacity(64);
    Ok(connection)
}

/// A copy of the library as it was before a migration.
fn back_up(connection: &Connection, file: &Path, version: i64) -> Result<()> {
    let backup = file.with_extension(format!("schema-{version}.backup.sqlite"));
    if !backup.exists() {
        connection.execute("VACUUM INTO ?1", [backup.to_string_lossy()])?;
    }
    Ok(())
}

fn keep_aside(file: &Path) -> Result<PathBuf> {
    let seconds = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_secs();
    let kept = file.with_extension(format!("damaged-{seconds}.sqlite"));
    for suffix in ["", "-wal", "-shm"] {
        let from = PathBuf::from(format!("{}{suffix}", file.display()));
        let to = PathBuf::from(format!("{}{suffix}", kept.display()));
        if from.exists() {
            fs::rename(&from, &to).map_err(|source| Error::Io {
                action: "move aside",
                path: from,
                source,
            })?;
        }
    }
    Ok(kept)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn migrations_are_valid_and_end_in_the_snapshotted_schema() {
        MIGRATIONS.validate().unwrap();
        let mut connection = Connection::open_in_memory().unwrap();
        MIGRATIONS.to_latest(&mut connection).unwrap();
        let mut statement = connection
            .prepare("SELECT sql FROM sqlite_schema WHERE sql IS NOT NULL AND name NOT LIKE 'sqlite_%' ORDER BY name")
            .unwrap();
        let schema: Vec<String> =
            statement.query_map([], |row| row.get(0)).unwrap().map(std::result::Result::unwrap).collect();
        insta::assert_snapshot!(schema.join(";\n\n"));
    }

    #[test]
    fn a_newer_library_is_refused_and_left_alone() {
        let dir = tempfile::tempdir().unwrap();
        let (connection, _) = open_for_writing(dir.path()).unwrap();
        connection.pragma_update(None, "user_version", 999).unwrap();
        drop(connection);
        assert!(matches!(open_for_writing(dir.path()), Err(Error::NewerLibrary { found: 999, .. })));
        assert!(file_in(dir.path()).exists());
    }

    #[test]
    fn a_damaged_library_is_kept_aside_and_said_so() {
        let dir = tempfile::tempdir().unwrap();
        fs::write(file_in(dir.path()), vec![b'x'; 8192]).unwrap();
        let (_, notice) = open_for_writing(dir.path()).unwrap();
        let notice = notice.expect("a notice");
        assert!(notice.contains("damaged"), "{notice}");
        let kept = fs::read_dir(dir.path())
            .unwrap()
            .filter_map(|entry| entry.unwrap().file_name().into_string().ok())
            .find(|name| name.contains("damaged-"))
            .expect("the damaged file");
        assert_eq!(fs::read(dir.path().join(kept)).unwrap(), vec![b'x'; 8192]);
    }
}
