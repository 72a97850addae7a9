//! Writing a batch: find the run, merge, place the payload, keep the roll-ups.

use std::{
    collections::{HashMap, HashSet},
    sync::Arc,
};

use model::{Attachment, ContentHash, RawRecord, RunFields, RunId, RunRecord, TraceId};
use rusqlite::{Connection, OptionalExtension, Transaction, params};

use super::{
    Change, Outcome,
    summary::{Best, Considered, Previews, Root, Summary},
    tail::{Tail, as_i64, write_block},
};
use crate::{
    Batch, Interpret, SourceId,
    batch::{Place, PreparedRun, TraceBatch},
    error::Result,
    payload,
    row::{
        EntryPlace, FLAG_GUESSED, ROLL_UP_COLUMNS, RUN_COLUMNS, RollUp, StoredRun, WordId, run_type_to,
        status_to,
    },
};

/// Traces whose summary and open block stay in memory between transactions.
const CACHED_TRACES: usize = 96;
/// Texts whose dictionary id stays in memory.
const CACHED_WORDS: usize = 50_000;
/// Token counts above this are nonsense and are cut, so that sums cannot overflow; the record keeps what was sent.
const MOST_TOKENS: u64 = 1_000_000_000_000;
/// More changed traces than this are announced as "anything may have changed".
const MOST_ANNOUNCED: usize = 200;
/// Longest chain of model calls inside of model calls that is followed.
const LONGEST_CHAIN: usize = 10_000;

/// What the writer remembers between transactions.
pub(crate) struct State {
    interpret: Arc<dyn Interpret>,
    words: HashMap<String, WordId>,
    projects: HashMap<String, i64>,
    traces: HashMap<TraceId, TraceState>,
    /// Version of the file as other processes' commits change it (`PRAGMA data_version`).
    data_version: i64,
    next_block: Option<i64>,
    /// Another process wrote and nobody has been told yet.
    foreign: bool,
}

struct TraceState {
    id: i64,
    source: i64,
    /// Roll-ups as they stand in the tables; absent while the trace has not been written yet.
    written: Option<Written>,
    summary: Summary,
    tail: Option<Tail>,
    tail_sought: bool,
    stale: bool,
    touched: bool,
}

/// What project and thread currently hold of a trace.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Written {
    project: i64,
    thread: Option<i64>,
    failed: bool,
    sums: RollUp,
}

impl State {
    pub(crate) fn new(connection: &Connection, interpret: Arc<dyn Interpret>) -> Result<Self> {
        Ok(Self {
            interpret,
            words: HashMap::new(),
            projects: HashMap::new(),
            traces: HashMap::new(),
            data_version: data_version(connection)?,
            next_block: None,
            foreign: false,
        })
    }

    /// Drops what is remembered; the tables know better.
    pub(crate) fn forget(&mut self) {
        self.words.clear();
        self.projects.clear();
        self.traces.clear();
        self.next_block = None;
    }

    /// Looks whether another process wrote since the last look; if so, nothing remembered can be trusted.
    pub(crate) fn notice_foreign_commits(&mut self, connection: &Connection) -> Result<()> {
        let version = data_version(connection)?;
        if version != self.data_version {
            self.data_version = version;
            self.foreign = true;
            self.forget();
        }
        Ok(())
    }

    /// Whether others have to be told that another process wrote; asked once a commit.
    pub(crate) fn take_foreign(&mut self) -> bool {
        std::mem::take(&mut self.foreign)
    }
}

fn data_version(connection: &Connection) -> Result<i64> {
    Ok(connection.query_row("PRAGMA data_version", [], |row| row.get(0))?)
}

/// One transaction of the writer.
pub(crate) struct Session<'a> {
    pub(crate) transaction: &'a Transaction<'a>,
    state: &'a mut State,
    changed: HashSet<TraceId>,
    /// Whether any run stands in a guessed trace; most libraries have none, and then nothing has to be looked for.
    guesses: bool,
    /// Something changed that cannot be told by traces.
    everything_changed: bool,
    /// Differences for projects and threads, written once at the end.
    project_sums: HashMap<i64, GroupSums>,
    thread_sums: HashMap<i64, GroupSums>,
}

#[derive(Debug, Clone, Copy, Default)]
struct GroupSums {
    traces: i64,
    failed: i64,
    sums: RollUp,
}

impl<'a> Session<'a> {
    pub(crate) fn begin(transaction: &'a Transaction<'a>, state: &'a mut State) -> Result<Self> {
        if state.words.len() > CACHED_WORDS {
            state.words.clear();
        }
        if state.next_block.is_none() {
            let last: i64 =
                transaction.query_row("SELECT coalesce(max(id), 0) FROM block", [], |row| row.get(0))?;
            state.next_block = Some(last + 1);
        }
        let guesses = transaction
            .prepare_cached("SELECT EXISTS (SELECT 1 FROM run WHERE flags & 2)")?
            .query_row([], |row| row.get(0))?;
        Ok(Self {
            transaction,
            state,
            changed: HashSet::new(),
            guesses,
            everything_changed: false,
            project_sums: HashMap::new(),
            thread_sums: HashMap::new(),
        })
    }

    /// Says that something changed that no list of traces describes.
    pub(crate) fn mark_everything_changed(&mut self) {
        self.everything_changed = true;
    }

    /// Writes what was gathered and tells what changed. The caller commits.
    pub(crate) fn finish(mut self) -> Result<Option<Change>> {
        let touched: Vec<TraceId> = self
            .state
            .traces
            .iter()
            .filter(|(_, trace)| trace.touched)
            .map(|(trace_id, _)| *trace_id)
            .collect();
        for trace_id in &touched {
            self.flush_trace(*trace_id)?;
        }
        self.flush_groups()?;
        if self.state.traces.len() > CACHED_TRACES {
            self.state.traces.retain(|trace_id, _| self.changed.contains(trace_id));
        }
        if self.state.traces.len() > CACHED_TRACES {
            self.state.traces.clear();
        }
        let changed = std::mem::take(&mut self.changed);
        Ok(if self.everything_changed || changed.len() > MOST_ANNOUNCED {
            Some(Change::Unknown)
        } else if changed.is_empty() {
            None
        } else {
            Some(Change::Traces(changed.into_iter().collect()))
        })
    }

    /// Writes a batch that `source` delivered.
    pub(crate) fn apply(&mut self, batch: &Batch, source: SourceId) -> Result<Outcome> {
        self.require_source(source)?;
        let mut outcome = Outcome::default();
        let mut traces = HashSet::new();
        for trace in &batch.traces {
            self.apply_trace(trace, source, &mut outcome, &mut traces)?;
        }
        for run in &batch.homeless {
            let (trace_id, guessed) = self.find_home(run)?;
            let Place::Inline(entry) = &run.place else { continue };
            self.apply_run(trace_id, run, entry, None, source, guessed, &mut outcome, &mut traces)?;
        }
        if outcome.new_runs > 0 {
            self.transaction
                .prepare_cached("UPDATE source SET runs = runs + ?2 WHERE id = ?1")?
                .execute(params![source.0, i64::try_from(outcome.new_runs).unwrap_or(i64::MAX)])?;
        }
        outcome.traces = traces.into_iter().collect();
        self.changed.extend(&outcome.traces);
        Ok(outcome)
    }

    fn apply_trace(
        &mut self,
        batch: &TraceBatch,
        source: SourceId,
        outcome: &mut Outcome,
        traces: &mut HashSet<TraceId>,
    ) -> Result<()> {
        // Blocks are written when their first entry is really needed: a repeated import adds none.
        let mut block_ids: Vec<Option<i64>> = vec![None; batch.blocks.len()];
        for run in &batch.runs {
            match &run.place {
                Place::Inline(entry) => {
                    self.apply_run(batch.trace_id, run, entry, None, source, false, outcome, traces)?;
                }
                Place::Block { index, offset, length } => {
                    let block = &batch.blocks[*index];
                    let place = BlockPlace {
                        block_id: &mut block_ids[*index],
                        block,
                        offset: *offset,
                        length: *length,
                    };
                    self.apply_run(batch.trace_id, run, &[], Some(place), source, false, outcome, traces)?;
                }
            }
        }
        Ok(())
    }

    #[expect(clippy::too_many_arguments, reason = "one private step of `apply`, split for reading")]
    fn apply_run(
        &mut self,
        trace_id: TraceId,
        run: &PreparedRun,
        entry: &[u8],
        block: Option<BlockPlace<'_>>,
        source: SourceId,
        guessed: bool,
        outcome: &mut Outcome,
        traces: &mut HashSet<TraceId>,
    ) -> Result<()> {
        if guessed {
            self.guesses = true;
        } else {
            self.bring_home(trace_id, run.run_id, traces)?;
        }
        let existing = self.find_run(trace_id, run.run_id)?;
        if existing.as_ref().is_some_and(|existing| existing.hash == Some(run.hash.0)) {
            outcome.repeated += 1;
            return Ok(());
        }
        let trace = self.trace(trace_id, source)?;
        match existing {
            None => {
                let place = match block {
                    Some(block) => self.place_in_block(trace, block)?,
                    None => self.place_in_tail(trace_id, entry)?,
                };
                let flags = if guessed { FLAG_GUESSED } else { 0 };
                let row =
                    self.build_row(run.run_id, &run.fields, flags, source.0, place, 1, Some(run.hash.0))?;
                self.put_run(trace_id, None, row, &previews(&run.fields))?;
                self.put_attachments(trace, run.run_id, run.attachments.iter())?;
                outcome.new_runs += 1;
            }
            Some(existing) => {
                let added = match block {
                    Some(block) => block.decompress()?,
                    None => entry.to_vec(),
                };
                let mut records = self.load_records(trace_id, existing.place)?;
                let known: HashSet<ContentHash> = records.iter().map(RawRecord::content_hash).collect();
                if known.contains(&run.hash) {
                    outcome.repeated += 1;
                    return Ok(());
                }
                records.extend(payload::decode_entry(&added)?);
                self.replace_run(trace_id, existing, records, guessed)?;
                outcome.changed_runs += 1;
            }
        }
        traces.insert(trace_id);
        self.settle(run.run_id, traces)
    }

    /// Writes the run that all of `records` describe over `existing`.
    fn replace_run(
        &mut self,
        trace_id: TraceId,
        existing: StoredRun,
        records: Vec<RawRecord>,
        guessed: bool,
    ) -> Result<()> {
        // Strongest first, so that an opened run reads in the order of the merge. What cannot be read (any more) is
        // kept at the end.
        let mut ranked: Vec<(Option<RunRecord>, RawRecord)> =
            records.into_iter().map(|raw| (self.state.interpret.interpret(&raw), raw)).collect();
        ranked.sort_by_cached_key(|(record, raw)| {
            std::cmp::Reverse((record.as_ref().map(RunRecord::precedence), raw.content_hash()))
        });
        let mut entry = Vec::new();
        payload::encode_entry(ranked.iter().map(|(_, raw)| raw), &mut entry);
        let count = as_i64(ranked.len());
        let hash = (count == 1).then(|| ranked[0].1.content_hash().0);
        let interpreted: Vec<RunRecord> = ranked.into_iter().filter_map(|(record, _)| record).collect();
        let fields = model::merge(&interpreted);
        let place = self.place_in_tail(trace_id, &entry)?;
        let flags = if guessed { existing.flags } else { existing.flags & !FLAG_GUESSED };
        let run_id = RunId::from_bytes(existing.uuid);
        let trace = self.trace_id_of(trace_id)?;
        self.replace_attachments(trace, run_id, &interpreted)?;
        let row = self.build_row(run_id, &fields, flags, existing.source, place, count, hash)?;
        self.put_run(trace_id, Some(&existing), row, &previews(&fields))
    }

    /// Writes the row and carries its change into the summary and the counting of usage.
    fn put_run(
        &mut self,
        trace_id: TraceId,
        old: Option<&StoredRun>,
        mut new: StoredRun,
        previews: &Previews,
    ) -> Result<()> {
        let trace = self.trace_id_of(trace_id)?;
        if new.is_model_call() {
            let shadowed = self.is_shadowed(trace, &new)?;
            new.set_shadowed(shadowed);
        } else {
            new.set_shadowed(false);
        }
        self.write_row(trace, &new)?;
        self.consider(trace_id, old, Some(&new), previews);
        if new.is_model_call() || old.is_some_and(StoredRun::is_model_call) {
            self.recount_descendants(trace_id, trace, new.uuid)?;
        }
        Ok(())
    }

    pub(super) fn consider(
        &mut self,
        trace_id: TraceId,
        old: Option<&StoredRun>,
        new: Option<&StoredRun>,
        previews: &Previews,
    ) {
        if let Some(state) = self.state.traces.get_mut(&trace_id) {
            state.touched = true;
            if state.summary.consider(old, new, previews) == Considered::Stale {
                state.stale = true;
            }
        }
    }

    /// Whether an enclosing model call already holds the usage of this one: somewhere up an unbroken chain of model
    /// calls there is one with usage (`otel-genai.md` E). A cycle of parents is cut at its smallest id.
    fn is_shadowed(&self, trace: i64, run: &StoredRun) -> Result<bool> {
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

    /// Looks again at which model calls below `uuid` are counted.
    fn recount_descendants(&mut self, trace_id: TraceId, trace: i64, uuid: [u8; 16]) -> Result<()> {
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
                    self.consider(trace_id, Some(&child), Some(&recounted), &previews);
                }
            }
        }
        Ok(())
    }

    fn root_previews(&self, trace_id: TraceId) -> Previews {
        let root = self.state.traces.get(&trace_id).and_then(|trace| trace.summary.root.as_ref());
        root.map(|root| Previews { input: root.input_preview.clone(), output: root.output_preview.clone() })
            .unwrap_or_default()
    }

    // ---- traces that the input did not name ----

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
    fn find_home(&self, run: &PreparedRun) -> Result<(TraceId, bool)> {
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
    fn bring_home(&mut self, trace_id: TraceId, run_id: RunId, traces: &mut HashSet<TraceId>) -> Result<()> {
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
        if existing.is_none() {
            self.transaction
                .prepare_cached("UPDATE attachment SET trace = ?3 WHERE trace = ?1 AND run = ?2")?
                .execute(params![from_key, run.uuid, to_key])?;
        }
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
        self.put_run(to, None, moved, &previews(&fields))
    }

    /// Takes a run out of its trace; a trace without runs goes too.
    pub(super) fn remove_run(&mut self, trace_id: TraceId, run: &StoredRun) -> Result<()> {
        let trace = self.trace(trace_id, SourceId(run.source))?;
        self.transaction
            .prepare_cached("DELETE FROM run WHERE trace = ?1 AND uuid = ?2")?
            .execute(params![trace, run.uuid])?;
        self.remove_attachments(trace, RunId::from_bytes(run.uuid))?;
        self.consider(trace_id, Some(run), None, &Previews::default());
        if run.is_model_call() {
            self.recount_descendants(trace_id, trace, run.uuid)?;
        }
        self.changed.insert(trace_id);
        Ok(())
    }

    // ---- rows ----

    pub(super) fn find_run(&self, trace_id: TraceId, run_id: RunId) -> Result<Option<StoredRun>> {
        let trace = match self.state.traces.get(&trace_id) {
            Some(trace) => trace.id,
            None => match self.lookup_trace(trace_id)? {
                Some(id) => id,
                None => return Ok(None),
            },
        };
        let mut statement = self
            .transaction
            .prepare_cached(&format!("SELECT {RUN_COLUMNS} FROM run WHERE trace = ?1 AND uuid = ?2"))?;
        Ok(statement.query_row(params![trace, run_id.as_bytes()], StoredRun::from_row).optional()?)
    }

    #[expect(clippy::too_many_arguments, reason = "a row has many columns")]
    fn build_row(
        &mut self,
        run_id: RunId,
        fields: &RunFields,
        flags: i64,
        source: i64,
        place: EntryPlace,
        records: i64,
        hash: Option<[u8; 16]>,
    ) -> Result<StoredRun> {
        let mut usage = fields.usage;
        for count in [
            &mut usage.input,
            &mut usage.output,
            &mut usage.total,
            &mut usage.cache_read,
            &mut usage.cache_creation,
            &mut usage.reasoning,
        ] {
            *count = count.map(|count| count.min(MOST_TOKENS));
        }
        Ok(StoredRun {
            uuid: *run_id.as_bytes(),
            parent: fields.parent_run_id.map(|parent| *parent.as_bytes()),
            start: fields.start,
            end: fields.end,
            first_token: fields.first_token,
            run_type: fields.run_type.unwrap_or_default(),
            status: fields.status(),
            flags,
            name: self.word(fields.name.as_deref())?,
            model: self.word(fields.model.as_deref())?,
            provider: self.word(fields.provider.as_deref())?,
            project: self.word(fields.project.as_deref())?,
            thread: self.word(fields.thread.as_deref())?,
            prompt_version: self.word(fields.prompt_version.as_deref())?,
            dialect: self.word(fields.dialect.as_deref())?,
            usage,
            cost: fields.cost,
            error: fields.error.clone(),
            detail: fields.detail.clone(),
            source,
            place,
            records,
            hash,
        })
    }

    fn write_row(&self, trace: i64, run: &StoredRun) -> Result<()> {
        let mut statement = self.transaction.prepare_cached(&format!(
            "INSERT OR REPLACE INTO run (trace, {RUN_COLUMNS}) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, \
             ?13, ?14, ?15, ?16, ?17, ?18, ?19, ?20, ?21, ?22, ?23, ?24, ?25, ?26, ?27, ?28, ?29, ?30, ?31)"
        ))?;
        let tokens = |count: Option<u64>| count.map(|count| i64::try_from(count).unwrap_or(i64::MAX));
        statement.execute(params![
            trace,
            run.uuid,
            run.parent,
            run.start.map(|time| time.0),
            run.end.map(|time| time.0),
            run.first_token.map(|time| time.0),
            run_type_to(run.run_type),
            status_to(run.status),
            run.flags,
            run.name,
            run.model,
            run.provider,
            run.project,
            run.thread,
            run.prompt_version,
            run.dialect,
            tokens(run.usage.input),
            tokens(run.usage.output),
            tokens(run.usage.total),
            tokens(run.usage.cache_read),
            tokens(run.usage.cache_creation),
            tokens(run.usage.reasoning),
            run.cost.map(|cost| cost.pico_usd),
            run.error,
            run.detail,
            run.source,
            run.place.block,
            run.place.offset,
            run.place.length,
            run.records,
            run.hash,
        ])?;
        Ok(())
    }

    /// Adds files to a run; a file of the same name is replaced.
    fn put_attachments<'f>(
        &self,
        trace: i64,
        run_id: RunId,
        attachments: impl Iterator<Item = &'f Attachment>,
    ) -> Result<()> {
        for attachment in attachments {
            let hash = ContentHash::of_bytes(&attachment.bytes).0;
            self.transaction
                .prepare_cached(
                    "INSERT OR IGNORE INTO attachment_content (hash, bytes, data) VALUES (?1, ?2, ?3)",
                )?
                .execute(params![hash, as_i64(attachment.bytes.len()), attachment.bytes])?;
            self.transaction
                .prepare_cached("INSERT OR REPLACE INTO attachment (trace, run, name, mime_type, hash) VALUES (?1, ?2, ?3, ?4, ?5)")?
                .execute(params![trace, run_id.as_bytes(), attachment.name, attachment.mime_type, hash])?;
        }
        Ok(())
    }

    /// Gives a run the files of these records, of each name that of the strongest record: like every other part of
    /// a run, they do not depend on the order of arrival. Records come strongest first.
    fn replace_attachments(&self, trace: i64, run_id: RunId, records: &[RunRecord]) -> Result<()> {
        let mut names = HashSet::new();
        let strongest = records
            .iter()
            .flat_map(|record| &record.attachments)
            .filter(|attachment| names.insert(&attachment.name));
        let replaced = self.contents_of(trace, run_id)?;
        self.put_attachments(trace, run_id, strongest)?;
        self.drop_unused_contents(&replaced)
    }

    fn remove_attachments(&self, trace: i64, run_id: RunId) -> Result<()> {
        let removed = self.contents_of(trace, run_id)?;
        self.transaction
            .prepare_cached("DELETE FROM attachment WHERE trace = ?1 AND run = ?2")?
            .execute(params![trace, run_id.as_bytes()])?;
        self.drop_unused_contents(&removed)
    }

    fn contents_of(&self, trace: i64, run_id: RunId) -> Result<Vec<[u8; 16]>> {
        let mut statement =
            self.transaction.prepare_cached("SELECT hash FROM attachment WHERE trace = ?1 AND run = ?2")?;
        let hashes = statement.query_map(params![trace, run_id.as_bytes()], |row| row.get(0))?;
        Ok(hashes.collect::<rusqlite::Result<_>>()?)
    }

    fn drop_unused_contents(&self, hashes: &[[u8; 16]]) -> Result<()> {
        for hash in hashes {
            self.transaction
                .prepare_cached(
                    "DELETE FROM attachment_content WHERE hash = ?1 \
                     AND NOT EXISTS (SELECT 1 FROM attachment WHERE attachment.hash = ?1)",
                )?
                .execute([hash])?;
        }
        Ok(())
    }

    /// Id of a text in the dictionary.
    fn word(&mut self, text: Option<&str>) -> Result<Option<WordId>> {
        let Some(text) = text else { return Ok(None) };
        if let Some(id) = self.state.words.get(text) {
            return Ok(Some(*id));
        }
        let id = insert_or_find(self.transaction, "word", "text", text)?;
        self.state.words.insert(text.to_owned(), id);
        Ok(Some(id))
    }

    fn project(&mut self, name: &str) -> Result<i64> {
        if let Some(id) = self.state.projects.get(name) {
            return Ok(*id);
        }
        let id = insert_or_find(self.transaction, "project", "name", name)?;
        self.state.projects.insert(name.to_owned(), id);
        Ok(id)
    }

    // ---- payloads ----

    fn new_block_id(&mut self) -> i64 {
        let id = self.state.next_block.unwrap_or(1);
        self.state.next_block = Some(id + 1);
        id
    }

    fn place_in_block(&mut self, trace: i64, place: BlockPlace<'_>) -> Result<EntryPlace> {
        let block = match *place.block_id {
            Some(id) => id,
            None => {
                let id = self.new_block_id();
                write_block(self.transaction, id, trace, place.block.raw_bytes, &place.block.data)?;
                *place.block_id = Some(id);
                id
            }
        };
        Ok(EntryPlace { block, offset: as_i64(place.offset), length: as_i64(place.length) })
    }

    fn place_in_tail(&mut self, trace_id: TraceId, entry: &[u8]) -> Result<EntryPlace> {
        let transaction = self.transaction;
        let id = self.trace_id_of(trace_id)?;
        let state = self.state.traces.get_mut(&trace_id);
        let (mut tail, sought) = state.map_or((None, true), |state| (state.tail.take(), state.tail_sought));
        if tail.is_none() && !sought {
            tail = Tail::load(transaction, id)?;
        }
        if tail.as_ref().is_none_or(|tail| !tail.has_room(entry.len())) {
            if let Some(mut full) = tail.take() {
                full.flush(transaction, id)?;
            }
            tail = Some(Tail::new(self.new_block_id()));
        }
        let place = tail.as_mut().map(|tail| tail.push(entry));
        if let Some(state) = self.state.traces.get_mut(&trace_id) {
            state.tail = tail;
            state.tail_sought = true;
            state.touched = true;
        }
        place.ok_or(crate::Error::Closed)
    }

    /// The records at this place, from the open block or from the tables.
    pub(super) fn load_records(&self, trace_id: TraceId, place: EntryPlace) -> Result<Vec<RawRecord>> {
        let tail = self.state.traces.get(&trace_id).and_then(|trace| trace.tail.as_ref());
        if let Some(entry) = tail.and_then(|tail| tail.get(place)) {
            return payload::decode_entry(entry);
        }
        crate::read::load_entry(self.transaction, place)
    }

    // ---- traces ----

    fn lookup_trace(&self, trace_id: TraceId) -> Result<Option<i64>> {
        Ok(self
            .transaction
            .prepare_cached("SELECT id FROM trace WHERE uuid = ?1")?
            .query_row([trace_id.as_bytes()], |row| row.get(0))
            .optional()?)
    }

    fn trace_id_of(&mut self, trace_id: TraceId) -> Result<i64> {
        match self.state.traces.get(&trace_id) {
            Some(trace) => Ok(trace.id),
            None => self.trace(trace_id, SourceId(0)),
        }
    }

    /// Makes sure that the trace is in memory, creating it under `source` when it is new; returns its row id.
    fn trace(&mut self, trace_id: TraceId, source: SourceId) -> Result<i64> {
        if let Some(trace) = self.state.traces.get(&trace_id) {
            return Ok(trace.id);
        }
        let loaded = match self.load_trace(trace_id)? {
            Some(loaded) => loaded,
            None => self.create_trace(trace_id, source)?,
        };
        let id = loaded.id;
        self.state.traces.insert(trace_id, loaded);
        Ok(id)
    }

    fn create_trace(&mut self, trace_id: TraceId, source: SourceId) -> Result<TraceState> {
        let project = self.project("default")?;
        self.transaction
            .prepare_cached(&format!(
                "INSERT INTO trace (uuid, source, project, root, status, {ROLL_UP_COLUMNS}) \
                 VALUES (?1, ?2, ?3, x'', 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0)"
            ))?
            .execute(params![trace_id.as_bytes(), source.0, project])?;
        Ok(TraceState {
            id: self.transaction.last_insert_rowid(),
            source: source.0,
            written: None,
            summary: Summary::default(),
            tail: None,
            tail_sought: true,
            stale: false,
            touched: true,
        })
    }

    fn load_trace(&self, trace_id: TraceId) -> Result<Option<TraceState>> {
        let mut statement = self.transaction.prepare_cached(&format!(
            "SELECT {ROLL_UP_COLUMNS}, id, source, project, thread, root, status, start_ns, end_ns, model, input_preview, \
             output_preview FROM trace WHERE uuid = ?1"
        ))?;
        let loaded = statement
            .query_row([trace_id.as_bytes()], |row| {
                let sums = RollUp::from_row(row, 0)?;
                let written = Written {
                    project: row.get(14)?,
                    thread: row.get(15)?,
                    failed: row.get::<_, i64>(17)? == status_to(model::RunStatus::Error),
                    sums,
                };
                let previews = Previews { input: row.get(21)?, output: row.get(22)? };
                let model: Option<WordId> = row.get(20)?;
                let summary = Summary {
                    root: None,
                    start: row.get::<_, Option<i64>>(18)?.map(model::UnixNanos),
                    end: row.get::<_, Option<i64>>(19)?.map(model::UnixNanos),
                    sums,
                    first_thread: if written.thread.is_some() { Best::Unknown } else { Best::Known(None) },
                    first_project: Best::Unknown,
                    top_model: if model.is_some() { Best::Unknown } else { Best::Known(None) },
                };
                let root: [u8; 16] = row.get(16)?;
                Ok((row.get::<_, i64>(12)?, row.get::<_, i64>(13)?, written, summary, previews, root))
            })
            .optional()?;
        let Some((id, source, written, mut summary, previews, root)) = loaded else { return Ok(None) };
        let root = self
            .transaction
            .prepare_cached(&format!("SELECT {RUN_COLUMNS} FROM run WHERE trace = ?1 AND uuid = ?2"))?
            .query_row(params![id, root], StoredRun::from_row)
            .optional()?;
        summary.root = root.map(|run| Root {
            rank: run.root_rank(),
            name: run.name,
            status: run.status,
            thread: run.thread,
            project: run.project,
            input_preview: previews.input,
            output_preview: previews.output,
        });
        Ok(Some(TraceState {
            id,
            source,
            written: Some(written),
            summary,
            tail: None,
            tail_sought: false,
            stale: false,
            touched: false,
        }))
    }

    /// Counts the summary anew from the rows of the trace.
    fn recount(&self, trace_id: TraceId, state: &mut TraceState) -> Result<()> {
        let mut summary = Summary::default();
        let mut root = None;
        let mut statement =
            self.transaction.prepare_cached(&format!("SELECT {RUN_COLUMNS} FROM run WHERE trace = ?1"))?;
        let mut rows = statement.query([state.id])?;
        while let Some(row) = rows.next()? {
            let run = StoredRun::from_row(row)?;
            // Adding runs never makes a fresh summary stale.
            let _ = summary.consider(None, Some(&run), &Previews::default());
            if summary.root.as_ref().is_some_and(|root| root.rank.2 == run.uuid) {
                root = Some(run);
            }
        }
        if let (Some(chosen), Some(run)) = (&mut summary.root, root) {
            let records = match state.tail.as_ref().and_then(|tail| tail.get(run.place)) {
                Some(entry) => payload::decode_entry(entry)?,
                None => self.load_records(trace_id, run.place)?,
            };
            let interpreted: Vec<RunRecord> =
                records.iter().filter_map(|raw| self.state.interpret.interpret(raw)).collect();
            let previews = previews(&model::merge(&interpreted));
            chosen.input_preview = previews.input;
            chosen.output_preview = previews.output;
        }
        state.summary = summary;
        state.stale = false;
        Ok(())
    }

    fn flush_trace(&mut self, trace_id: TraceId) -> Result<()> {
        let Some(mut state) = self.state.traces.remove(&trace_id) else { return Ok(()) };
        state.touched = false;
        if let Some(tail) = &mut state.tail {
            tail.flush(self.transaction, state.id)?;
        }
        if state.stale || state.summary.is_undecided() {
            self.recount(trace_id, &mut state)?;
        }
        if state.summary.sums.runs == 0 {
            return self.drop_trace(&state);
        }
        let summary = &state.summary;
        let project = match summary.project() {
            Some(word) => {
                let name: String = self
                    .transaction
                    .prepare_cached("SELECT text FROM word WHERE id = ?1")?
                    .query_row([word], |row| row.get(0))?;
                self.project(&name)?
            }
            None => self.project("default")?,
        };
        let thread = summary.thread().map(|key| self.thread(project, key)).transpose()?;
        let summary = &state.summary;
        let root = summary.root.as_ref();
        let status = summary.status();
        let now = Written { project, thread, failed: status == model::RunStatus::Error, sums: summary.sums };
        self.move_between_groups(state.written, Some(now));
        let sums = summary.sums.to_columns();
        self.transaction
            .prepare_cached(
                "UPDATE trace SET project = ?2, thread = ?3, root = ?4, name = ?5, status = ?6, start_ns = ?7, end_ns = ?8, \
                 latency_ns = ?9, model = ?10, input_preview = ?11, output_preview = ?12, runs = ?13, errors = ?14, \
                 pending = ?15, usage_runs = ?16, input_tokens = ?17, output_tokens = ?18, total_tokens = ?19, \
                 cache_read_tokens = ?20, cache_creation_tokens = ?21, reasoning_tokens = ?22, cost_runs = ?23, \
                 cost_pico = ?24 WHERE id = ?1",
            )?
            .execute(params![
                state.id,
                project,
                thread,
                root.map_or([0; 16], |root| root.rank.2),
                root.and_then(|root| root.name),
                status_to(status),
                summary.start.map(|time| time.0),
                summary.end.map(|time| time.0),
                summary.latency(),
                summary.top_model.value(),
                root.and_then(|root| root.input_preview.as_deref()),
                root.and_then(|root| root.output_preview.as_deref()),
                sums[0],
                sums[1],
                sums[2],
                sums[3],
                sums[4],
                sums[5],
                sums[6],
                sums[7],
                sums[8],
                sums[9],
                sums[10],
                sums[11],
            ])?;
        state.written = Some(now);
        self.state.traces.insert(trace_id, state);
        Ok(())
    }

    fn drop_trace(&mut self, state: &TraceState) -> Result<()> {
        self.move_between_groups(state.written, None);
        for statement in [
            "DELETE FROM block WHERE trace = ?1",
            "DELETE FROM attachment WHERE trace = ?1",
            "DELETE FROM trace WHERE id = ?1",
        ] {
            self.transaction.prepare_cached(statement)?.execute([state.id])?;
        }
        tracing::trace!(source = state.source, "a trace without runs was dropped");
        Ok(())
    }

    fn thread(&self, project: i64, key: WordId) -> Result<i64> {
        self.transaction
            .prepare_cached("INSERT OR IGNORE INTO thread (project, key) VALUES (?1, ?2)")?
            .execute(params![project, key])?;
        Ok(self
            .transaction
            .prepare_cached("SELECT id FROM thread WHERE project = ?1 AND key = ?2")?
            .query_row(params![project, key], |row| row.get(0))?)
    }

    // ---- projects and threads ----

    fn move_between_groups(&mut self, old: Option<Written>, new: Option<Written>) {
        if old == new {
            return;
        }
        for (written, sign) in [(old, -1), (new, 1)] {
            let Some(written) = written else { continue };
            let thread = written.thread.map(|thread| self.thread_sums.entry(thread).or_default());
            for group in std::iter::once(self.project_sums.entry(written.project).or_default()).chain(thread)
            {
                group.traces += sign;
                group.failed += sign * i64::from(written.failed);
                group.sums = if sign > 0 { group.sums + written.sums } else { group.sums - written.sums };
            }
        }
    }

    fn flush_groups(&mut self) -> Result<()> {
        for (table, groups) in [("project", &self.project_sums), ("thread", &self.thread_sums)] {
            let mut statement = self.transaction.prepare_cached(&format!(
                "UPDATE {table} SET traces = traces + ?2, failed_traces = failed_traces + ?3, runs = runs + ?4, \
                 errors = errors + ?5, pending = pending + ?6, usage_runs = usage_runs + ?7, \
                 input_tokens = input_tokens + ?8, output_tokens = output_tokens + ?9, total_tokens = total_tokens + ?10, \
                 cache_read_tokens = cache_read_tokens + ?11, cache_creation_tokens = cache_creation_tokens + ?12, \
                 reasoning_tokens = reasoning_tokens + ?13, cost_runs = cost_runs + ?14, cost_pico = cost_pico + ?15 \
                 WHERE id = ?1"
            ))?;
            for (id, group) in groups {
                let sums = group.sums.to_columns();
                statement.execute(params![
                    id,
                    group.traces,
                    group.failed,
                    sums[0],
                    sums[1],
                    sums[2],
                    sums[3],
                    sums[4],
                    sums[5],
                    sums[6],
                    sums[7],
                    sums[8],
                    sums[9],
                    sums[10],
                    sums[11],
                ])?;
            }
        }
        let emptied: Vec<i64> = self
            .thread_sums
            .iter()
            .filter(|(_, group)| group.traces < 0)
            .map(|(thread, _)| *thread)
            .collect();
        for thread in emptied {
            self.transaction
                .prepare_cached("DELETE FROM thread WHERE id = ?1 AND traces = 0")?
                .execute([thread])?;
        }
        Ok(())
    }
}

/// An entry in a block that the caller compressed; the block gets an id when it is first needed.
struct BlockPlace<'b> {
    block_id: &'b mut Option<i64>,
    block: &'b crate::batch::PreparedBlock,
    offset: usize,
    length: usize,
}

impl BlockPlace<'_> {
    fn decompress(&self) -> Result<Vec<u8>> {
        let raw = payload::decompress(&self.block.data, self.block.raw_bytes)?;
        Ok(raw[self.offset..self.offset + self.length].to_vec())
    }
}

/// The trace of a run, whether it was guessed, and the run's parent.
type Location = (TraceId, bool, Option<[u8; 16]>);

fn previews(fields: &RunFields) -> Previews {
    Previews { input: fields.input_preview.clone(), output: fields.output_preview.clone() }
}

fn insert_or_find(transaction: &Transaction<'_>, table: &str, column: &str, text: &str) -> Result<i64> {
    let found = transaction
        .prepare_cached(&format!("SELECT id FROM {table} WHERE {column} = ?1"))?
        .query_row([text], |row| row.get(0))
        .optional()?;
    if let Some(id) = found {
        return Ok(id);
    }
    transaction.prepare_cached(&format!("INSERT INTO {table} ({column}) VALUES (?1)"))?.execute([text])?;
    Ok(transaction.last_insert_rowid())
}
