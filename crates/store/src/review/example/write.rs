//! New states of examples, and what they take over from the states before.

use std::collections::{BTreeSet, HashSet};

use model::{ContentHash, UnixNanos};
use rusqlite::{Connection, OptionalExtension, params};
use serde_json::value::RawValue;
use uuid::Uuid;

use super::{
    AttachmentChange, COLUMNS, ExampleChange, NewExample, NewExampleAttachment, State, Written, missing,
};
use crate::{
    Error,
    error::Result,
    review::{
        Patch,
        dataset::{is_put_away, require_dataset},
    },
    write::Session,
};

/// Splits of an example for which none are named: a JSON array.
const DEFAULT_SPLITS: &str = r#"["base"]"#;

/// Statements take these texts apart later, where it would be too late to say what is wrong.
fn require_json<'t>(what: &str, texts: impl IntoIterator<Item = &'t String>) -> Result<()> {
    for text in texts {
        serde_json::from_str::<&RawValue>(text)
            .map_err(|error| Error::Invalid(format!("{what} of an example: {error}")))?;
    }
    Ok(())
}

fn require_distinct<T: Ord + std::fmt::Display>(values: impl IntoIterator<Item = T>) -> Result<()> {
    let mut seen = BTreeSet::new();
    for value in values {
        if let Some(twice) = seen.replace(value) {
            return Err(Error::Invalid(format!("named twice: {twice}")));
        }
    }
    Ok(())
}

/// Metadata with splits: those that are named, else those that the metadata have, else `otherwise` (a JSON array).
///
/// SQLite changes the text in this one place only, so that numbers stay as they are written.
fn with_splits(
    connection: &Connection,
    metadata: Option<&str>,
    splits: Option<&[String]>,
    otherwise: &str,
) -> Result<String> {
    let splits = splits.map(|splits| serde_json::json!(splits).to_string());
    Ok(connection
        .prepare_cached(
            "WITH given (metadata) AS (SELECT CASE WHEN json_type(?1) = 'object' THEN ?1 ELSE '{}' END) \
             SELECT CASE \
               WHEN ?2 IS NULL AND coalesce(json_type(metadata, '$.dataset_split'), 'null') <> 'null' THEN metadata \
               ELSE json_set(metadata, '$.dataset_split', json(coalesce(?2, ?3))) END FROM given",
        )?
        .query_row(params![metadata, splits, otherwise], |row| row.get(0))?)
}

/// Splits in metadata: a JSON array (a single text counts as one of one).
fn splits_of(connection: &Connection, metadata: Option<&str>) -> Result<String> {
    Ok(connection
        .prepare_cached(
            "SELECT json_group_array(value ORDER BY key) FROM json_each(?1, '$.dataset_split') WHERE type = 'text'",
        )?
        .query_row([metadata], |row| row.get(0))?)
}

impl Session<'_> {
    fn put_state(&self, state: &State) -> Result<()> {
        self.transaction
            .prepare_cached(&format!(
                "INSERT INTO example ({COLUMNS}) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)"
            ))?
            .execute(params![
                state.id.as_bytes(),
                state.dataset.as_bytes(),
                state.number,
                state.inputs,
                state.outputs,
                state.metadata,
                state.source_run.map(|id| id.0.into_bytes()),
                state.created.0,
                state.as_of.0,
                state.deleted,
            ])?;
        self.transaction
            .prepare_cached("UPDATE dataset SET modified_ns = max(modified_ns, ?2) WHERE id = ?1")?
            .execute(params![state.dataset.as_bytes(), state.as_of.0])?;
        Ok(())
    }

    fn add_attachments(&self, state: &State, attachments: &[NewExampleAttachment]) -> Result<()> {
        for attachment in attachments {
            let hash = ContentHash::of_bytes(&attachment.bytes).0;
            self.transaction
                .prepare_cached(
                    "INSERT OR IGNORE INTO attachment_content (hash, bytes, data) VALUES (?1, ?2, ?3)",
                )?
                .execute(params![
                    hash,
                    i64::try_from(attachment.bytes.len()).unwrap_or(i64::MAX),
                    attachment.bytes
                ])?;
            self.transaction
                .prepare_cached(
                    "INSERT INTO example_attachment (example, as_of_ns, name, mime_type, hash) \
                     VALUES (?1, ?2, ?3, ?4, ?5)",
                )?
                .execute(params![
                    state.id.as_bytes(),
                    state.as_of.0,
                    attachment.name,
                    attachment.mime_type,
                    hash
                ])?;
        }
        Ok(())
    }

    /// Gives the new state a file of an earlier one.
    fn carry_attachment(&self, state: &State, before: UnixNanos, old: &str, new: &str) -> Result<()> {
        let carried = self
            .transaction
            .prepare_cached(
                "INSERT INTO example_attachment (example, as_of_ns, name, mime_type, hash) \
                 SELECT example, ?3, ?5, mime_type, hash FROM example_attachment \
                 WHERE example = ?1 AND as_of_ns = ?2 AND name = ?4",
            )?
            .execute(params![state.id.as_bytes(), before.0, state.as_of.0, old, new])?;
        if carried == 0 {
            return Err(Error::Invalid(format!("the example has no attachment to keep named {old}")));
        }
        Ok(())
    }

    fn change_attachments(&self, state: &State, before: UnixNanos, change: &AttachmentChange) -> Result<()> {
        match change {
            AttachmentChange::Keep => {
                self.transaction
                    .prepare_cached(
                        "INSERT INTO example_attachment (example, as_of_ns, name, mime_type, hash) \
                         SELECT example, ?3, name, mime_type, hash FROM example_attachment \
                         WHERE example = ?1 AND as_of_ns = ?2",
                    )?
                    .execute(params![state.id.as_bytes(), before.0, state.as_of.0])?;
            }
            AttachmentChange::Replace { retain, rename, add } => {
                require_distinct(retain.iter().chain(rename.iter().map(|(old, _)| old)))?;
                let new_names = rename.iter().map(|(_, new)| new).chain(add.iter().map(|file| &file.name));
                require_distinct(retain.iter().chain(new_names))?;
                for name in retain {
                    self.carry_attachment(state, before, name, name)?;
                }
                for (old, new) in rename {
                    self.carry_attachment(state, before, old, new)?;
                }
                self.add_attachments(state, add)?;
            }
        }
        Ok(())
    }

    pub(super) fn create_examples(
        &mut self,
        dataset: Uuid,
        examples: &[NewExample],
        now: UnixNanos,
    ) -> Result<Written> {
        require_dataset(self.transaction, dataset)?;
        let as_of = self.next_version(dataset, now)?;
        let first: i64 = self
            .transaction
            .prepare_cached("SELECT coalesce(max(number) + 1, 0) FROM example WHERE dataset = ?1")?
            .query_row([dataset.as_bytes()], |row| row.get(0))?;
        require_distinct(examples.iter().filter_map(|example| example.id))?;
        let mut ids = Vec::with_capacity(examples.len());
        for (number, new) in (first..).zip(examples) {
            let id = new.id.unwrap_or_else(Uuid::now_v7);
            require_json("inputs", [&new.inputs])?;
            require_json("outputs", &new.outputs)?;
            require_json("metadata", &new.metadata)?;
            let mut known = State::find(self.transaction, id, UnixNanos(i64::MAX))?;
            if let Some(state) = &known
                && is_put_away(self.transaction, state.dataset)?
            {
                // What is hidden keeps nobody from the id.
                self.erase_dataset(state.dataset)?;
                known = None;
            }
            if known.is_some_and(|state| !state.deleted || state.dataset != dataset) {
                return Err(Error::Exists { what: "example", name: id.to_string() });
            }
            let metadata = with_splits(
                self.transaction,
                new.metadata.as_deref(),
                new.splits.as_deref(),
                DEFAULT_SPLITS,
            )?;
            let state = State {
                id,
                dataset,
                number,
                inputs: new.inputs.clone(),
                outputs: new.outputs.clone(),
                metadata: Some(metadata),
                source_run: new.source_run,
                created: new.created.unwrap_or(as_of),
                as_of,
                deleted: false,
            };
            self.put_state(&state)?;
            require_distinct(new.attachments.iter().map(|file| &file.name))?;
            self.add_attachments(&state, &new.attachments)?;
            ids.push(id);
        }
        Ok(Written { ids, as_of })
    }

    /// The states of examples and the time at which all of them can be written anew.
    fn states_to_change(&self, ids: &[Uuid], now: UnixNanos) -> Result<(Vec<State>, UnixNanos)> {
        require_distinct(ids)?;
        let states = ids
            .iter()
            .map(|id| State::find_live(self.transaction, *id, UnixNanos(i64::MAX)))
            .collect::<Result<Vec<_>>>()?;
        let datasets: HashSet<Uuid> = states.iter().map(|state| state.dataset).collect();
        let mut as_of = now;
        for (index, dataset) in datasets.into_iter().enumerate() {
            let next = self.next_version(dataset, now)?;
            as_of = if index == 0 { next } else { as_of.max(next) };
        }
        Ok((states, as_of))
    }

    pub(super) fn change_examples(
        &mut self,
        dataset: Option<Uuid>,
        changes: &[ExampleChange],
        now: UnixNanos,
    ) -> Result<Written> {
        let ids: Vec<Uuid> = changes.iter().map(|change| change.id).collect();
        let (states, as_of) = self.states_to_change(&ids, now)?;
        for (old, change) in states.into_iter().zip(changes) {
            if dataset.is_some_and(|dataset| dataset != old.dataset) {
                return Err(Error::Exists { what: "example of another dataset", name: old.id.to_string() });
            }
            require_json("inputs", &change.inputs)?;
            require_json("outputs", change.outputs.value())?;
            require_json("metadata", change.metadata.value())?;
            let splits = splits_of(self.transaction, old.metadata.as_deref())?;
            let metadata = match &change.metadata {
                Patch::Keep => old.metadata.as_deref(),
                Patch::Erase => None,
                Patch::Set(metadata) => Some(metadata.as_str()),
            };
            let metadata = with_splits(self.transaction, metadata, change.splits.as_deref(), &splits)?;
            let state = State {
                inputs: change.inputs.clone().unwrap_or(old.inputs),
                outputs: match &change.outputs {
                    Patch::Keep => old.outputs,
                    Patch::Erase => None,
                    Patch::Set(outputs) => Some(outputs.clone()),
                },
                metadata: Some(metadata),
                source_run: change.source_run.or(old.source_run),
                as_of,
                ..old
            };
            self.put_state(&state)?;
            self.change_attachments(&state, old.as_of, &change.attachments)?;
        }
        Ok(Written { ids, as_of })
    }

    pub(super) fn delete_examples(&mut self, ids: &[Uuid], now: UnixNanos) -> Result<Written> {
        let (states, as_of) = self.states_to_change(ids, now)?;
        for old in states {
            self.put_state(&State { as_of, deleted: true, ..old })?;
        }
        Ok(Written { ids: ids.to_vec(), as_of })
    }

    /// Makes examples what they were before they were deleted; those that are there stay.
    pub(super) fn restore_examples(&mut self, ids: &[Uuid], now: UnixNanos) -> Result<Written> {
        require_distinct(ids)?;
        let mut old = Vec::with_capacity(ids.len());
        let mut as_of = now;
        for id in ids {
            let gone =
                State::find(self.transaction, *id, UnixNanos(i64::MAX))?.ok_or_else(|| missing(*id))?;
            require_dataset(self.transaction, gone.dataset)?;
            if !gone.deleted {
                continue;
            }
            let before = self
                .transaction
                .prepare_cached(&format!(
                    "SELECT {COLUMNS} FROM example WHERE id = ?1 AND NOT deleted ORDER BY as_of_ns DESC LIMIT 1"
                ))?
                .query_row([id.as_bytes()], State::read)
                .optional()?
                .ok_or_else(|| missing(*id))?;
            as_of = as_of.max(self.next_version(gone.dataset, now)?);
            old.push(before);
        }
        for old in old {
            let before = old.as_of;
            let state = State { as_of, ..old };
            self.put_state(&state)?;
            self.change_attachments(&state, before, &AttachmentChange::Keep)?;
        }
        Ok(Written { ids: ids.to_vec(), as_of })
    }

    /// Takes every state of examples away, with the contents of files that nothing else has.
    pub(super) fn erase_examples(&mut self, ids: &[Uuid]) -> Result<()> {
        require_distinct(ids)?;
        for id in ids {
            let contents: Vec<[u8; 16]> = self
                .transaction
                .prepare_cached("SELECT DISTINCT hash FROM example_attachment WHERE example = ?1")?
                .query_map([id.as_bytes()], |row| row.get(0))?
                .collect::<rusqlite::Result<_>>()?;
            self.transaction
                .prepare_cached("DELETE FROM example_attachment WHERE example = ?1")?
                .execute([id.as_bytes()])?;
            let erased = self
                .transaction
                .prepare_cached("DELETE FROM example WHERE id = ?1")?
                .execute([id.as_bytes()])?;
            if erased == 0 {
                return Err(missing(*id));
            }
            self.drop_unused_contents(&contents)?;
        }
        Ok(())
    }

    pub(super) fn change_split(
        &mut self,
        dataset: Uuid,
        split: &str,
        ids: &[Uuid],
        member: bool,
        now: UnixNanos,
    ) -> Result<()> {
        require_dataset(self.transaction, dataset)?;
        let mut changes = Vec::new();
        for id in ids {
            let state = State::find_live(self.transaction, *id, UnixNanos(i64::MAX))?;
            if state.dataset != dataset {
                return Err(missing(*id));
            }
            let text = splits_of(self.transaction, state.metadata.as_deref())?;
            let mut splits: Vec<String> = serde_json::from_str(&text)
                .map_err(|error| Error::Damaged(format!("the splits of an example: {error}")))?;
            if splits.iter().any(|name| name == split) == member {
                continue;
            }
            if member {
                splits.push(split.to_owned());
            } else {
                splits.retain(|name| name != split);
            }
            changes.push(ExampleChange { splits: Some(splits), ..ExampleChange::of(*id) });
        }
        self.change_examples(Some(dataset), &changes, now)?;
        Ok(())
    }
}
