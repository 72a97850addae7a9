//! Opening the file: place, pragmas, migrations, and what to do with a file that cannot be used.

use std::{
    fs::{self, File},
    path::{Path, PathBuf},
    sync::LazyLock,
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use include_dir::{Dir, include_dir};
use rusqlite::{Connection, OpenFlags, TransactionBehavior};
use rusqlite_migration::Migrations;

use crate::{Error, error::Result};

static MIGRATION_FILES: Dir<'_> = include_dir!("$CARGO_MANIFEST_DIR/../../migrations");

static MIGRATIONS: LazyLock<Migrations<'static>> = LazyLock::new(|| {
    Migrations::from_directory(&MIGRATION_FILES).expect("the embedded migrations are well-formed")
});

/// What the migrations end in, written by [`newest`]: a new library begins with it, which takes a tenth of the time that
/// all its history takes.
const NEWEST: &str = include_str!("schema.sql");

/// What every new library holds, as the migrations say it.
const FIRST_ROWS: [&str; 2] = [
    "INSERT INTO reviewer (id, name, kind, created_ns) VALUES (x'726163656d614b008000000000000002', 'Me', 0, 0)",
    "INSERT INTO setting (key, value) VALUES ('library_id', lower(hex(randomblob(16))))",
];

/// The schema of a new library, as `crates/store/src/schema.sql` has to have it (`cargo xtask codegen` writes it there).
pub fn newest() -> Result<String> {
    let mut connection = Connection::open_in_memory()?;
    MIGRATIONS.to_latest(&mut connection)?;
    let mut statement = connection.prepare(
        "SELECT sql FROM sqlite_schema WHERE sql IS NOT NULL AND name NOT LIKE 'sqlite_%' \
         ORDER BY type = 'trigger', type = 'view', type = 'index', rowid",
    )?;
    let written = statement.query_map([], |row| row.get(0))?.collect::<rusqlite::Result<Vec<String>>>()?;
    let written = written.into_iter().chain(FIRST_ROWS.map(str::to_owned));
    let head = "-- Written by `cargo xtask codegen` from the migrations, which alone are changed by hand."
        .to_owned();
    Ok(std::iter::once(head).chain(written.map(|sql| format!("{sql};"))).collect::<Vec<_>>().join("\n\n")
        + "\n")
}

/// Begins a library in an empty file. Only the version tells whether it is empty, so both change together.
fn begin(connection: &mut Connection) -> Result<()> {
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let found: i64 = transaction.query_row("PRAGMA user_version", [], |row| row.get(0))?;
    if found == 0 {
        transaction.execute_batch(NEWEST)?;
        transaction.pragma_update(None, "user_version", known_version())?;
    }
    Ok(transaction.commit()?)
}

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
    if found == 0 {
        begin(&mut connection)?;
    } else if found < known {
        back_up(&connection, file, found)?;
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
    fn a_new_library_is_what_the_migrations_end_in() {
        assert_eq!(newest().unwrap(), NEWEST, "run `cargo xtask codegen`");
        let mut migrated = Connection::open_in_memory().unwrap();
        MIGRATIONS.to_latest(&mut migrated).unwrap();
        let mut new = Connection::open_in_memory().unwrap();
        begin(&mut new).unwrap();
        assert_eq!(content(&new), content(&migrated));
    }

    /// Schema version, and the rows of every table. The id of a library is another each time.
    fn content(connection: &Connection) -> Vec<String> {
        let names = "SELECT name FROM sqlite_schema WHERE type = 'table' ORDER BY name";
        let mut tables = connection.prepare(names).unwrap();
        let tables: Vec<String> =
            tables.query_map([], |row| row.get(0)).unwrap().map(std::result::Result::unwrap).collect();
        let version: i64 = connection.query_row("PRAGMA user_version", [], |row| row.get(0)).unwrap();
        let mut content = vec![version.to_string()];
        for table in tables {
            let mut rows = connection.prepare(&format!("SELECT * FROM {table}")).unwrap();
            let columns: Vec<String> = rows.column_names().into_iter().map(str::to_owned).collect();
            let mut found = rows.query([]).unwrap();
            while let Some(row) = found.next().unwrap() {
                let value = |(index, name): (usize, &String)| {
                    format!("{name} {:?}", row.get::<_, rusqlite::types::Value>(index).unwrap())
                };
                let row: Vec<String> = columns.iter().enumerate().map(value).collect();
                let row = row.join(", ");
                content.push(match row.split_once("library_id") {
                    Some(_) => format!("{table}: library_id"),
                    None => format!("{table}: {row}"),
                });
            }
        }
        content
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
