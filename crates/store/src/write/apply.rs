//! How a batch becomes rows: find the run, merge, place the payload, tell the roll-ups.

use std::{borrow::Cow, collections::HashSet, sync::LazyLock};

use model::{
    Bill, ContentHash, Cost, CostClass, CostOrigin, Operation, RawRecord, RunFields, RunId, RunRecord,
    TraceId, Usage,
};
use rusqlite::{OptionalExtension, params};

use super::{
    Outcome, Strayed,
    agents::tags_to,
    places::{BatchBlock, Entry},
    session::Session,
    summary::Previews,
    tail::as_i64,
};
use crate::{
    Batch, SourceId,
    batch::{Place, PreparedRun, TraceBatch},
    cost::{labels_text, tags_text},
    error::Result,
    payload,
    row::{
        EntryPlace, FLAG_ARRIVED, FLAG_GUESSED, FLAG_METADATA_USAGE, FLAG_SUBAGENT, FLAG_TRACE_TAGS,
        FLAG_UPDATES, RUN_COLUMNS, StoredRun, details_to, numbered, origin_to, run_columns, run_type_to,
        status_to,
    },
    sum::sum_of,
};

/// Writes a run under its trace, which is the first parameter.
static INSERT_RUN: LazyLock<String> = LazyLock::new(|| {
    let values = numbered(run_columns(), 2, |_, value| value.to_owned());
    format!("INSERT OR REPLACE INTO run (trace, {RUN_COLUMNS}) VALUES (?1, {values})")
});

/// The flag of a run of which these are the records.
fn updates_flag(operations: impl IntoIterator<Item = Operation>) -> i64 {
    let mut operations = operations.into_iter();
    if operations.all(|operation| operation == Operation::Update) { FLAG_UPDATES } else { 0 }
}

impl Session<'_> {
    /// Writes a batch that `source` delivered.
    pub(crate) fn apply(&mut self, batch: &Batch, source: SourceId) -> Result<Outcome> {
        self.require_source(source)?;
        self.arrived = batch.arrived;
        self.joined.clear();
        let mut outcome = Outcome::default();
        let mut traces = HashSet::new();
        for trace in &batch.traces {
            self.apply_trace(trace, source, &mut outcome, &mut traces)?;
        }
        for run in &batch.homeless {
            let (trace_id, guessed) = self.find_home(run)?;
            let Place::Inline(entry) = &run.place else { continue };
            let entry = Entry::Inline(entry);
            self.apply_run(trace_id, run, entry, source, guessed, &mut outcome, &mut traces)?;
        }
        if outcome.new_runs + outcome.changed_runs > 0 {
            self.queue_outgoing(&batch.outgoing)?;
        }
        if outcome.new_runs > 0 {
            self.transaction
                .prepare_cached("UPDATE source SET runs = runs + ?2 WHERE id = ?1")?
                .execute(params![source.0, i64::try_from(outcome.new_runs).unwrap_or(i64::MAX)])?;
        }
        self.arrived = None;
        outcome.joined = std::mem::take(&mut self.joined);
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
        let mut blocks: Vec<BatchBlock<'_>> = batch.blocks.iter().map(BatchBlock::new).collect();
        for run in &batch.runs {
            let entry = match &run.place {
                Place::Inline(entry) => Entry::Inline(entry),
                Place::Block { index, offset, length } => {
                    Entry::Block { block: &mut blocks[*index], offset: *offset, length: *length }
                }
            };
            let home = self.home_of_update(batch.trace_id, run)?;
            let repeated = outcome.repeated;
            self.apply_run(home, run, entry, source, false, outcome, traces)?;
            // Said once, however often it is sent.
            if home != batch.trace_id && outcome.repeated == repeated {
                outcome.strayed.push(Strayed { run_id: run.run_id, named: batch.trace_id, home });
            }
        }
        Ok(())
    }

    #[expect(clippy::too_many_arguments, reason = "one private step of `apply`, split for reading")]
    fn apply_run(
        &mut self,
        trace_id: TraceId,
        run: &PreparedRun,
        mut entry: Entry<'_, '_>,
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
        let mut existing = self.find_run(trace_id, run.run_id)?;
        if !guessed && self.bring_updates(trace_id, run, existing.as_ref(), outcome, traces)? {
            existing = self.find_run(trace_id, run.run_id)?;
        }
        let trace = self.trace(trace_id, source)?;
        // Files travel beside the bytes of their record, so a record that is known may bring new ones.
        self.put_attachments(trace, run.run_id, run.operation, &run.attachments)?;
        if existing.as_ref().is_some_and(|existing| existing.hash == Some(run.hash.0)) {
            outcome.repeated += 1;
            return Ok(());
        }
        match existing {
            None => {
                let place = self.place(trace_id, trace, entry)?;
                let flags = if guessed { FLAG_GUESSED } else { 0 };
                let flags = flags | updates_flag([run.operation]);
                let (fields, flags) = self.with_start(&run.fields, flags, None);
                let row = self.build_row(run.run_id, &fields, flags, source.0, place, 1, Some(run.hash.0))?;
                self.put_run(trace_id, None, row, &Previews::of(&run.fields))?;
                self.put_example(trace, run.run_id, &run.fields)?;
                self.meet_feedback(trace_id, run.run_id)?;
                outcome.new_runs += 1;
            }
            Some(existing) => {
                let mut records = self.load_records(trace_id, existing.place)?;
                let known: HashSet<ContentHash> = records.iter().map(RawRecord::content_hash).collect();
                if known.contains(&run.hash) {
                    outcome.repeated += 1;
                    return Ok(());
                }
                records.extend(payload::decode_entry(entry.bytes()?)?);
                self.replace_run(trace_id, existing, records, guessed)?;
                outcome.changed_runs += 1;
            }
        }
        traces.insert(trace_id);
        self.settle(run.run_id, traces)
    }

    /// Writes the run that all of `records` describe over `existing`.
    pub(super) fn replace_run(
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
        let operations = interpreted.iter().map(|record| record.raw.operation);
        let flags = flags & !FLAG_UPDATES | updates_flag(operations);
        let run_id = RunId::from_bytes(existing.uuid);
        let (fields, flags) = self.with_start(&fields, flags, Some(&existing));
        let row = self.build_row(run_id, &fields, flags, existing.source, place, count, hash)?;
        self.put_run(trace_id, Some(&existing), row, &Previews::of(&fields))?;
        let trace = self.trace_id_of(trace_id)?;
        self.put_example(trace, run_id, &fields)
    }

    /// Keeps which example of a dataset the run answers.
    pub(super) fn put_example(&self, trace: i64, run_id: RunId, fields: &RunFields) -> Result<()> {
        if let Some(example) = fields.reference_example_id {
            self.transaction
                .prepare_cached(
                    "INSERT OR REPLACE INTO run_example (example, trace, run) VALUES (?1, ?2, ?3)",
                )?
                .execute(params![example.as_bytes(), trace, run_id.as_bytes()])?;
        }
        Ok(())
    }

    /// Writes the row and carries its change into the summary and the counting of usage.
    pub(super) fn put_run(
        &mut self,
        trace_id: TraceId,
        old: Option<&StoredRun>,
        mut new: StoredRun,
        previews: &Previews,
    ) -> Result<()> {
        let trace = self.trace_id_of(trace_id)?;
        if new.parent.is_some_and(|parent| parent != new.uuid)
            && old.is_none_or(|old| old.parent != new.parent)
        {
            self.joined.entry(trace_id).or_default().push(RunId::from_bytes(new.uuid));
        }
        // Until the end of the transaction, when it is known what is around it and who called it.
        new.set_shadowed(false);
        new.drop_sum();
        new.agent = old.and_then(|old| old.agent);
        self.write_row(trace, &new)?;
        self.consider(trace_id, old, Some(&new), previews)?;
        let was_shadowed = old.is_some_and(StoredRun::is_shadowed);
        for run in [Some(&new), old].into_iter().flatten() {
            if was_shadowed || self.concerns_counting(trace, run)? {
                self.recount(trace_id);
                break;
            }
        }
        Ok(())
    }

    /// Has it settled again which runs of the trace count, at the end of the transaction.
    pub(crate) fn recount(&mut self, trace_id: TraceId) {
        if let Some(state) = self.state.traces.get_mut(&trace_id) {
            state.recount = true;
            state.touched = true;
        }
    }

    /// Writes a row of which only the cost changed.
    pub(crate) fn rewrite_run(
        &mut self,
        trace_id: TraceId,
        trace: i64,
        old: &StoredRun,
        new: StoredRun,
    ) -> Result<()> {
        self.write_row(trace, &new)?;
        let previews = self.root_previews(trace_id);
        self.consider(trace_id, Some(old), Some(&new), &previews)
    }

    /// Takes a run out of its trace; a trace without runs goes too.
    pub(super) fn remove_run(&mut self, trace_id: TraceId, run: &StoredRun) -> Result<()> {
        let trace = self.trace(trace_id, SourceId(run.source))?;
        self.transaction
            .prepare_cached("DELETE FROM run WHERE trace = ?1 AND uuid = ?2")?
            .execute(params![trace, run.uuid])?;
        self.void_text(trace)?;
        self.remove_attachments(trace, RunId::from_bytes(run.uuid))?;
        self.transaction
            .prepare_cached("DELETE FROM run_example WHERE trace = ?1 AND run = ?2")?
            .execute(params![trace, run.uuid])?;
        self.consider(trace_id, Some(run), None, &Previews::default())?;
        if self.concerns_counting(trace, run)? {
            self.recount(trace_id);
        }
        self.changed.insert(trace_id);
        Ok(())
    }

    pub(crate) fn find_run(&self, trace_id: TraceId, run_id: RunId) -> Result<Option<StoredRun>> {
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

    /// A run of which nothing tells when it started has started when it arrived, for as long as that is so. Returns its
    /// fields and flags.
    pub(super) fn with_start<'f>(
        &self,
        fields: &'f RunFields,
        flags: i64,
        existing: Option<&StoredRun>,
    ) -> (Cow<'f, RunFields>, i64) {
        let known = existing.filter(|existing| existing.flags & FLAG_ARRIVED != 0);
        let arrived = known.and_then(|known| known.start).or(self.arrived);
        match arrived.filter(|_| fields.start.is_none()) {
            None => (Cow::Borrowed(fields), flags & !FLAG_ARRIVED),
            Some(_) => (Cow::Owned(RunFields { start: arrived, ..fields.clone() }), flags | FLAG_ARRIVED),
        }
    }

    #[expect(clippy::too_many_arguments, reason = "a row has many columns")]
    pub(super) fn build_row(
        &mut self,
        run_id: RunId,
        fields: &RunFields,
        flags: i64,
        source: i64,
        place: EntryPlace,
        records: i64,
        hash: Option<[u8; 16]>,
    ) -> Result<StoredRun> {
        let told = fields.usage.clone().checked();
        let spends = !told.is_empty();
        let sum = sum_of(fields);
        let mut usage = if sum.is_some() { Usage::default() } else { told };
        let bill = if sum.is_some() {
            Bill::default()
        } else if usage == fields.usage {
            self.state.interpret.bill(fields)
        } else {
            self.state.interpret.bill(&RunFields { usage: usage.clone(), ..fields.clone() })
        };
        usage.rejected = false;
        let spends = spends || bill.origin != CostOrigin::None;
        let is_only = fields.metadata_usage.is_some_and(|usage| usage.is_only);
        let flags = if is_only { flags | FLAG_METADATA_USAGE } else { flags & !FLAG_METADATA_USAGE };
        let flags = if fields.agent.is_subagent() { flags | FLAG_SUBAGENT } else { flags & !FLAG_SUBAGENT };
        let has_trace_tags = fields.parent_run_id.is_none() && !fields.tags.is_empty();
        let flags = if has_trace_tags { flags | FLAG_TRACE_TAGS } else { flags & !FLAG_TRACE_TAGS };
        let labels = match (spends, has_trace_tags) {
            (true, _) => labels_text(fields),
            (false, true) => tags_text(fields),
            (false, false) => None,
        };
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
            user: self.word(fields.user.as_deref())?,
            labels: self.word(labels.as_deref())?,
            metadata_usage: fields.metadata_usage.map(|usage| usage.print),
            price: self.word(bill.price.as_deref())?,
            bill: Bill { price: None, ..bill },
            sum,
            agent: None,
            agent_tags: self.word(tags_to(&fields.agent).as_deref())?,
            error: fields.error.clone(),
            detail: fields.detail.clone(),
            source,
            place,
            records,
            hash,
        })
    }

    fn write_row(&self, trace: i64, run: &StoredRun) -> Result<()> {
        let mut statement = self.transaction.prepare_cached(&INSERT_RUN)?;
        let tokens = |count: Option<u64>| count.map(|count| i64::try_from(count).unwrap_or(i64::MAX));
        let by_class = &run.bill.by_class;
        let cost = |cost: Cost| Some(cost.pico_usd).filter(|pico_usd| *pico_usd != 0);
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
            run.bill.total().map(|cost| cost.pico_usd),
            run.error,
            run.detail,
            run.source,
            run.records,
            run.user,
            details_to(&run.usage.details),
            origin_to(run.bill.origin),
            cost(run.bill.cache_saved),
            cost(by_class.get(CostClass::Input)),
            cost(by_class.get(CostClass::CacheRead)),
            cost(by_class.get(CostClass::CacheWrite5m)),
            cost(by_class.get(CostClass::CacheWrite1h)),
            cost(by_class.get(CostClass::AudioInput)),
            cost(by_class.get(CostClass::ImageInput)),
            cost(by_class.get(CostClass::Output)),
            cost(by_class.get(CostClass::Reasoning)),
            cost(by_class.get(CostClass::AudioOutput)),
            cost(by_class.get(CostClass::ImageOutput)),
            cost(by_class.get(CostClass::Other)),
            run.place.block,
            run.place.offset,
            run.place.length,
            run.hash,
            run.labels,
            run.metadata_usage,
            run.price,
            run.agent,
            run.agent_tags,
            run.sum,
        ])?;
        Ok(())
    }
}
