//! Usage is counted once: a model call inside a model call is not counted when the outer one has usage.

use std::collections::HashSet;

use model::TraceId;
use rusqlite::{OptionalExtension, params};

use super::{session::Session, summary::Previews};
use crate::{
    error::Result,
    row::{RUN_COLUMNS, StoredRun},
};

/// Longest chain of model calls inside of model calls that is followed.
const LONGEST_CHAIN: usize = 10_000;

impl Session<'_> {
    /// Whether an enclosing model call already holds the usage of this one: somewhere up an unbroken chain of model
    /// calls there is one with usage (`otel-genai.md` E). A cycle of parents is cut at its smallest id.
    pub(super) fn is_shadowed(&self, trace: i64, run: &StoredRun) -> Result<bool> {
        if self.repeats_inherited(trace, run)? {
            return Ok(true);
        }
        let mut statement = self.transaction.prepare_cached(&format!(
            "SELECT {RUN_COLUMNS} FROM run WHERE trace = ?1 AND uuid = ?2 AND run_type IN (0, 4)"
        ))?;
        let mut chain = vec![(run.uuid, false)];
        let mut next = run.parent;
        while let Some(parent) = next {
            if let Some(first) = chain.iter().position(|(uuid, _)| *uuid == parent) {
                let cut = chain[first..].iter().map(|(uuid, _)| *uuid).min();
                let end = chain.iter().position(|(uuid, _)| Some(*uuid) == cut).unwrap_or(0);
                chain.truncate(end + 1);
                break;
            }
            if chain.len() > LONGEST_CHAIN {
                break;
            }
            let Some(parent) = statement.query_row(params![trace, parent], StoredRun::from_row).optional()?
            else {
                break;
            };
            chain.push((parent.uuid, parent.has_usage()));
            next = parent.parent;
        }
        Ok(chain[1..].iter().any(|(_, has_usage)| *has_usage))
    }

    /// Whether the usage of a model call is only what its metadata hold, the same as those of the run around it, and
    /// another call beside it is counted with it: what several children inherit is one usage (`langsmith-data.md` D29).
    fn repeats_inherited(&self, trace: i64, run: &StoredRun) -> Result<bool> {
        let (Some(parent), Some(print), true) = (run.parent, run.metadata_usage, run.may_inherit()) else {
            return Ok(false);
        };
        // A run that names itself as its parent is neither around itself nor beside itself.
        if parent == run.uuid {
            return Ok(false);
        }
        let mut statement = self.transaction.prepare_cached(
            "SELECT EXISTS (SELECT 1 FROM run around WHERE around.trace = ?1 AND around.uuid = ?2 AND around.metadata_usage = ?3) \
             AND EXISTS (SELECT 1 FROM run other INDEXED BY run_model_child WHERE other.trace = ?1 AND other.parent = ?2 \
             AND other.parent IS NOT NULL AND other.run_type IN (0, 4) AND other.flags & 4 AND other.metadata_usage = ?3 \
             AND (coalesce(other.start_ns, 9223372036854775807), other.uuid) < (?4, ?5))",
        )?;
        let start = run.start.map_or(i64::MAX, |start| start.0);
        Ok(statement.query_row(params![trace, parent, print, start, run.uuid], |row| row.get(0))?)
    }

    /// Looks again at which model calls below `uuid` are counted.
    pub(super) fn recount_descendants(
        &mut self,
        trace_id: TraceId,
        trace: i64,
        uuid: [u8; 16],
    ) -> Result<()> {
        let mut seen = HashSet::from([uuid]);
        let mut pending = vec![uuid];
        while let Some(parent) = pending.pop() {
            let children: Vec<StoredRun> = {
                let mut statement = self.transaction.prepare_cached(&format!(
                    // Named, since SQLite would rather walk the whole trace by the primary key.
                    "SELECT {RUN_COLUMNS} FROM run INDEXED BY run_model_child \
                     WHERE trace = ?1 AND parent = ?2 AND parent IS NOT NULL AND run_type IN (0, 4)"
                ))?;
                statement
                    .query_map(params![trace, parent], StoredRun::from_row)?
                    .collect::<rusqlite::Result<_>>()?
            };
            for child in children {
                if !seen.insert(child.uuid) {
                    continue;
                }
                pending.push(child.uuid);
                let shadowed = self.is_shadowed(trace, &child)?;
                if shadowed != child.is_shadowed() {
                    let mut recounted = child.clone();
                    recounted.set_shadowed(shadowed);
                    self.transaction
                        .prepare_cached("UPDATE run SET flags = ?3 WHERE trace = ?1 AND uuid = ?2")?
                        .execute(params![trace, recounted.uuid, recounted.flags])?;
                    // Neither rank nor previews change; the root keeps the previews it has.
                    let previews = self.root_previews(trace_id);
                    self.consider(trace_id, Some(&child), Some(&recounted), &previews)?;
                }
            }
        }
        Ok(())
    }

    pub(super) fn root_previews(&self, trace_id: TraceId) -> Previews {
        let root = self.state.traces.get(&trace_id).and_then(|trace| trace.summary.root.as_ref());
        root.map(|root| Previews { input: root.input_preview.clone(), output: root.output_preview.clone() })
            .unwrap_or_default()
    }
}
