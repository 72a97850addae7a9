//! The traces of runs whose input named none: guessed from where the run or its parent is, and corrected when more is
//! known, so that the order of arrival does not show. And of updates that name another trace than the creation of their
//! run: its id is what a run is known by, so they change that run, where it was created.

use std::collections::HashSet;

use model::{ContentHash, Operation, RawRecord, RunId, RunRecord, TraceId};
use rusqlite::{OptionalExtension, params};

use super::{Outcome, Strayed, session::Session, summary::Previews};
use crate::{
    SourceId,
    batch::PreparedRun,
    error::Result,
    payload,
    row::{FLAG_GUESSED, FLAG_UPDATES, StoredRun},
};

/// The trace of a run, whether it was guessed, and the run's parent.
type Location = (TraceId, bool, Option<[u8; 16]>);

/// Whether the id is that of one run in all the world. Span ids, which are printed as UUIDs with eight zero bytes in
/// front, are unique only within their trace.
fn is_global(run_id: RunId) -> bool {
    run_id.as_bytes()[..8] != [0; 8]
}

impl Session<'_> {
    /// The trace of a record that names one: its own, unless it is an update of a run that was created in another.
    pub(super) fn home_of_update(&self, named: TraceId, run: &PreparedRun) -> Result<TraceId> {
        if run.operation != Operation::Update || !is_global(run.run_id) {
            return Ok(named);
        }
        let mut statement = self.transaction.prepare_cached(
            "SELECT trace.uuid FROM run JOIN trace ON trace.id = run.trace \
             WHERE run.uuid = ?1 AND run.flags & ?2 = 0 ORDER BY trace.uuid = ?3 DESC, trace.uuid LIMIT 1",
        )?;
        let created = statement
            .query_row(params![run.run_id.as_bytes(), FLAG_GUESSED | FLAG_UPDATES, named.as_bytes()], |row| {
                row.get(0).map(TraceId::from_bytes)
            })
            .optional()?;
        Ok(created.unwrap_or(named))
    }

    /// Moves updates of this run that came under another trace to the trace in which it is created now. Says whether
    /// any moved.
    pub(super) fn bring_updates(
        &mut self,
        home: TraceId,
        run: &PreparedRun,
        existing: Option<&StoredRun>,
        outcome: &mut Outcome,
        traces: &mut HashSet<TraceId>,
    ) -> Result<bool> {
        let is_first = existing.is_none_or(|existing| existing.flags & FLAG_UPDATES != 0);
        if run.operation == Operation::Update || !is_first || !is_global(run.run_id) {
            return Ok(false);
        }
        let elsewhere: Vec<TraceId> = {
            let mut statement = self.transaction.prepare_cached(
                "SELECT trace.uuid FROM run JOIN trace ON trace.id = run.trace \
                 WHERE run.uuid = ?1 AND run.flags & ?2 AND trace.uuid <> ?3 ORDER BY trace.uuid",
            )?;
            statement
                .query_map(params![run.run_id.as_bytes(), FLAG_UPDATES, home.as_bytes()], |row| {
                    row.get(0).map(TraceId::from_bytes)
                })?
                .collect::<rusqlite::Result<_>>()?
        };
        for named in &elsewhere {
            self.move_run(*named, home, run.run_id, false)?;
            traces.extend([*named, home]);
            outcome.strayed.push(Strayed { run_id: run.run_id, named: *named, home });
        }
        Ok(!elsewhere.is_empty())
    }

    /// Where a run stands: its trace, whether that was guessed, and its parent. Of several, a named trace.
    fn locate(&self, uuid: &[u8; 16]) -> Result<Option<Location>> {
        let mut statement = self.transaction.prepare_cached(
            "SELECT trace.uuid, run.flags & 2, run.parent FROM run JOIN trace ON trace.id = run.trace \
             WHERE run.uuid = ?1 ORDER BY run.flags & 2, trace.uuid LIMIT 1",
        )?;
        Ok(statement
            .query_row([uuid], |row| {
                Ok((TraceId::from_bytes(row.get(0)?), row.get::<_, i64>(1)? != 0, row.get(2)?))
            })
            .optional()?)
    }

    /// The trace of a record that names none: where its run already is, else its parent's, else its own.
    pub(super) fn find_home(&self, run: &PreparedRun) -> Result<(TraceId, bool)> {
        if let Some((trace, guessed, _)) = self.locate(run.run_id.as_bytes())? {
            return Ok((trace, guessed));
        }
        if let Some(parent) = &run.fields.parent_run_id
            && let Some((trace, ..)) = self.locate(parent.as_bytes())?
        {
            return Ok((trace, true));
        }
        Ok((TraceId::from_bytes(*run.run_id.as_bytes()), true))
    }

    /// The trace where a run belongs, whatever order things came in: that of the nearest run upward whose trace was
    /// named, else one named after the topmost run that is there (the smallest id, should the parents form a cycle).
    fn home_of(&self, uuid: [u8; 16]) -> Result<TraceId> {
        let mut chain = Vec::new();
        let mut seen = HashSet::new();
        let mut topmost = uuid;
        let mut next = Some(uuid);
        while let Some(run) = next {
            if !seen.insert(run) {
                let cycle = chain.iter().skip_while(|link| **link != run);
                topmost = cycle.min().copied().unwrap_or(run);
                break;
            }
            match self.locate(&run)? {
                None => break,
                Some((trace, false, _)) => return Ok(trace),
                Some((_, true, parent)) => {
                    chain.push(run);
                    topmost = run;
                    next = parent;
                }
            }
        }
        Ok(TraceId::from_bytes(topmost))
    }

    fn guessed_runs(&self, condition: &str, uuid: &[u8; 16]) -> Result<Vec<(TraceId, RunId)>> {
        let mut statement = self.transaction.prepare_cached(&format!(
            "SELECT trace.uuid, run.uuid FROM run JOIN trace ON trace.id = run.trace WHERE {condition} AND run.flags & 2"
        ))?;
        let runs = statement
            .query_map([uuid], |row| Ok((TraceId::from_bytes(row.get(0)?), RunId::from_bytes(row.get(1)?))))?
            .collect::<rusqlite::Result<_>>()?;
        Ok(runs)
    }

    /// Moves what was known of this run under a guessed trace to the trace that is now named.
    pub(super) fn bring_home(
        &mut self,
        trace_id: TraceId,
        run_id: RunId,
        traces: &mut HashSet<TraceId>,
    ) -> Result<()> {
        if !self.guesses {
            return Ok(());
        }
        for (guess, _) in self.guessed_runs("run.uuid = ?1", run_id.as_bytes())? {
            if guess != trace_id {
                self.move_run(guess, trace_id, run_id, false)?;
                traces.extend([guess, trace_id]);
            }
        }
        Ok(())
    }

    /// Moves a run whose trace is guessed, and its descendants of that kind, to where they belong now.
    pub(super) fn settle(&mut self, run_id: RunId, traces: &mut HashSet<TraceId>) -> Result<()> {
        if !self.guesses {
            return Ok(());
        }
        let home = self.home_of(*run_id.as_bytes())?;
        let mut misplaced = self.guessed_runs("run.uuid = ?1", run_id.as_bytes())?;
        misplaced.retain(|(guess, _)| *guess != home);
        let mut seen = HashSet::from([run_id]);
        let mut parents = vec![run_id];
        loop {
            for (guess, run_id) in misplaced.drain(..) {
                self.move_run(guess, home, run_id, true)?;
                traces.extend([guess, home]);
            }
            let Some(parent) = parents.pop() else { return Ok(()) };
            misplaced = self.guessed_runs("run.parent = ?1", parent.as_bytes())?;
            // Where a child is already at home, all below it are.
            misplaced.retain(|(guess, child)| *guess != home && seen.insert(*child));
            parents.extend(misplaced.iter().map(|(_, child)| *child));
        }
    }

    /// Guessed runs below a run that is gone look for a new home.
    pub(super) fn settle_children(&mut self, parent: &[u8; 16], traces: &mut HashSet<TraceId>) -> Result<()> {
        if self.guesses {
            for (_, child) in self.guessed_runs("run.parent = ?1", parent)? {
                self.settle(child, traces)?;
            }
        }
        Ok(())
    }

    fn move_run(&mut self, from: TraceId, to: TraceId, run_id: RunId, guessed: bool) -> Result<()> {
        // Looked up at the last moment: an earlier move may have changed what is counted of it.
        let Some(run) = self.find_run(from, run_id)? else { return Ok(()) };
        let records = self.load_records(from, run.place)?;
        let source = SourceId(run.source);
        let from_key = self.trace(from, source)?;
        let to_key = self.trace(to, source)?;
        let existing = self.find_run(to, run_id)?;
        self.move_attachments(from_key, to_key, run_id)?;
        self.remove_run(from, &run)?;
        self.changed.insert(to);
        let mut entry = Vec::new();
        payload::encode_entry(&records, &mut entry);
        if let Some(existing) = existing {
            let mut all = self.load_records(to, existing.place)?;
            let known: HashSet<ContentHash> = all.iter().map(RawRecord::content_hash).collect();
            all.extend(records.into_iter().filter(|record| !known.contains(&record.content_hash())));
            return self.replace_run(to, existing, all, guessed);
        }
        let interpreted: Vec<RunRecord> =
            records.iter().filter_map(|raw| self.state.interpret.interpret(raw)).collect();
        let fields = model::merge(&interpreted);
        let place = self.place_in_tail(to, &entry)?;
        let mut moved = run;
        moved.place = place;
        moved.flags = if guessed { moved.flags | FLAG_GUESSED } else { moved.flags & !FLAG_GUESSED };
        self.put_run(to, None, moved, &Previews::of(&fields))?;
        self.put_example(to_key, run_id, &fields)
    }
}
