//! Everything that reviewers did as lines of JSON, to be kept aside or carried to another library.
//!
//! A line is `{"table": …, "row": {column: value}}`; identities are texts of 32 hexadecimal digits behind `x:`. Traces are
//! not part of it: rows name runs by ids, which stay what they are.

use std::io::{BufRead as _, Read as _};

use rusqlite::{ToSql, types::ValueRef};
use serde_json::{Map, Value};

use super::{ReviewWriter, Reviewing};
use crate::{Error, Store, error::Result};

/// Tables in an order in which rows come after those that they name.
const TABLES: [&str; 10] = [
    "reviewer",
    "feedback_config",
    "queue",
    "queue_rubric",
    "queue_item",
    "repeat",
    "assignment",
    "draft",
    "feedback",
    "review_event",
];
const LEVEL: i32 = 3;
/// Bytes of a backup, unpacked, at most.
const MOST_BYTES: u64 = 8 * 1024 * 1024 * 1024;

fn blob_text(bytes: &[u8]) -> String {
    use std::fmt::Write as _;
    bytes.iter().fold("x:".to_owned(), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}

fn text_blob(text: &str) -> Option<Vec<u8>> {
    let digits = text.strip_prefix("x:")?;
    if digits.len() % 2 != 0 || !digits.is_ascii() {
        return None;
    }
    (0..digits.len()).step_by(2).map(|index| u8::from_str_radix(&digits[index..index + 2], 16).ok()).collect()
}

impl Reviewing<'_> {
    fn dump(&self, out: &mut impl std::io::Write) -> Result<u64> {
        let failed = |source| Error::Io { action: "write", path: "backup".into(), source };
        let mut rows = 0;
        for table in TABLES {
            let mut statement = self.connection.prepare(&format!("SELECT * FROM {table} ORDER BY 1, 2"))?;
            let columns: Vec<String> = statement.column_names().into_iter().map(str::to_owned).collect();
            let mut found = statement.query([])?;
            while let Some(row) = found.next()? {
                let mut object = Map::new();
                for (index, column) in columns.iter().enumerate() {
                    let value = match row.get_ref(index)? {
                        ValueRef::Null => continue,
                        ValueRef::Integer(number) => number.into(),
                        ValueRef::Real(number) => number.into(),
                        ValueRef::Text(text) => String::from_utf8_lossy(text).into_owned().into(),
                        ValueRef::Blob(bytes) => blob_text(bytes).into(),
                    };
                    object.insert(column.clone(), value);
                }
                let line = serde_json::json!({ "table": table, "row": object });
                writeln!(out, "{line}").map_err(failed)?;
                rows += 1;
            }
        }
        Ok(rows)
    }

    /// Columns of a table, and whether they hold bytes.
    fn columns(&self, table: &str) -> Result<Vec<(String, bool)>> {
        let mut statement =
            self.connection.prepare_cached("SELECT name, type = 'BLOB' FROM pragma_table_info(?1)")?;
        let rows = statement.query_map([table], |row| Ok((row.get(0)?, row.get(1)?)))?;
        Ok(rows.collect::<rusqlite::Result<_>>()?)
    }
}

impl ReviewWriter<'_, '_> {
    /// Adds a row of a backup, unless the library has one of its identity; answers whether it did.
    fn restore_row(&mut self, table: &str, row: &Map<String, Value>) -> Result<bool> {
        let known = self.state().columns(table)?;
        let damaged =
            |column: &str| Error::Invalid(format!("the backup has a {table} whose {column} cannot be read"));
        let mut names = Vec::new();
        let mut values: Vec<Box<dyn ToSql>> = Vec::new();
        // Columns of a newer program are left out.
        for (column, is_blob) in &known {
            let Some(value) = row.get(column) else { continue };
            names.push(column.as_str());
            values.push(match value {
                Value::String(text) if *is_blob => Box::new(text_blob(text).ok_or_else(|| damaged(column))?),
                Value::String(text) => Box::new(text.clone()),
                Value::Number(number) => match number.as_i64() {
                    Some(number) => Box::new(number),
                    None => Box::new(number.as_f64().ok_or_else(|| damaged(column))?),
                },
                Value::Bool(flag) => Box::new(*flag),
                _ => return Err(damaged(column)),
            });
        }
        if names.is_empty() {
            return Ok(false);
        }
        let marks = vec!["?"; names.len()].join(", ");
        let changed = self
            .connection()
            .prepare_cached(&format!(
                "INSERT OR IGNORE INTO {table} ({}) VALUES ({marks})",
                names.join(", ")
            ))?
            .execute(rusqlite::params_from_iter(values.iter()))?;
        Ok(changed > 0)
    }
}

impl Store {
    /// Everything that reviewers did, compressed with zstd; and how many rows that is.
    pub fn back_up_reviews(&self) -> Result<(Vec<u8>, u64)> {
        let failed = |source| Error::Io { action: "write", path: "backup".into(), source };
        let mut encoder = zstd::stream::Encoder::new(Vec::new(), LEVEL).map_err(failed)?;
        let rows = self.review_state(|state| state.dump(&mut encoder))?;
        Ok((encoder.finish().map_err(failed)?, rows))
    }

    /// Adds what a backup holds and the library lacks; answers how many rows were added and how many were there.
    ///
    /// All of it or nothing. What the library has stays as it is.
    pub fn restore_reviews(&self, backup: Vec<u8>) -> Result<(u64, u64)> {
        self.reviewing(move |writer| {
            let failed = |source| Error::Io { action: "read", path: "backup".into(), source };
            let decoder = zstd::stream::Decoder::new(backup.as_slice()).map_err(failed)?;
            let (mut added, mut same) = (0, 0);
            for (number, line) in std::io::BufReader::new(decoder.take(MOST_BYTES)).lines().enumerate() {
                let line = line.map_err(failed)?;
                let broken =
                    || Error::Invalid(format!("line {} of the backup is no row of annotations", number + 1));
                let entry: Value = serde_json::from_str(&line).map_err(|_| broken())?;
                let name = entry["table"].as_str().ok_or_else(broken)?;
                let table = TABLES.iter().find(|table| **table == name).ok_or_else(broken)?;
                let row = entry["row"].as_object().ok_or_else(broken)?;
                if writer.restore_row(table, row)? {
                    added += 1;
                } else {
                    same += 1;
                }
            }
            writer.everything_changed();
            Ok((added, same))
        })
    }
}
