//! Reading the records of a trace again, by the rules of this version.

use std::collections::BTreeMap;

use model::{RunId, RunRecord, TraceId};

use super::{session::Session, summary::Previews};
use crate::{
    error::Result,
    row::{RUN_COLUMNS, StoredRun},
};

/// What reading again changed.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Remapped {
    /// Runs that were read.
    pub runs: u64,
    /// Runs that are different now.
    pub changed: u64,
    /// How often each field changed.
    pub fields: BTreeMap<&'static str, u64>,
}

impl Session<'_> {
    /// Reads every run of a trace again from its records. Payloads stay where they are.
    pub(crate) fn remap_trace(&mut self, trace_id: TraceId) -> Result<Remapped> {
        let trace = self.trace(trace_id, crate::SourceId(0))?;
        let runs: Vec<StoredRun> = {
            let mut statement = self
                .transaction
                .prepare_cached(&format!("SELECT {RUN_COLUMNS} FROM run WHERE trace = ?1"))?;
            statement.query_map([trace], StoredRun::from_row)?.collect::<rusqlite::Result<_>>()?
        };
        let mut remapped = Remapped::default();
        for run in runs {
            remapped.runs += 1;
            let records = self.load_records(trace_id, run.place)?;
            let interpreted: Vec<RunRecord> =
                records.iter().filter_map(|raw| self.state.interpret.interpret(raw)).collect();
            if interpreted.is_empty() {
                continue;
            }
            let fields = model::merge(&interpreted);
            let (fields, flags) = self.with_start(&fields, run.flags, Some(&run));
            let again = self.build_row(
                RunId::from_bytes(run.uuid),
                &fields,
                flags,
                run.source,
                run.place,
                run.records,
                run.hash,
            )?;
            let changed = differences(&run, &again);
            if changed.is_empty() {
                continue;
            }
            remapped.changed += 1;
            for field in changed {
                *remapped.fields.entry(field).or_default() += 1;
            }
            // Read at the last moment: an earlier change may have changed what is counted of this one.
            if let Some(current) = self.find_run(trace_id, RunId::from_bytes(run.uuid))? {
                self.put_run(trace_id, Some(&current), again, &Previews::of(&fields))?;
                self.put_example(trace, RunId::from_bytes(run.uuid), &fields)?;
            }
        }
        // What is text may be read by other rules too.
        self.void_text(trace)?;
        // Newer rules may count otherwise, and see sub-agents, where nothing in the rows changes.
        self.recount(trace_id);
        self.settle_counting(trace_id)?;
        self.settle_agents(trace_id)?;
        if remapped.changed > 0 {
            self.mark_changed([trace_id]);
        }
        Ok(remapped)
    }
}

/// Names of the fields in which two rows of one run differ.
fn differences(left: &StoredRun, right: &StoredRun) -> Vec<&'static str> {
    // Whether a sum counts does not follow from the records of the run alone.
    let is_sum = left.sum.is_some() && left.sum == right.sum;
    let fields = [
        ("parent", left.parent == right.parent),
        ("start", left.start == right.start),
        ("end", left.end == right.end),
        ("first_token", left.first_token == right.first_token),
        ("run_type", left.run_type == right.run_type),
        ("status", left.status == right.status),
        ("name", left.name == right.name),
        ("model", left.model == right.model),
        ("provider", left.provider == right.provider),
        ("project", left.project == right.project),
        ("thread", left.thread == right.thread),
        ("prompt_version", left.prompt_version == right.prompt_version),
        ("dialect", left.dialect == right.dialect),
        ("usage", is_sum || (&left.usage, &left.sum) == (&right.usage, &right.sum)),
        ("cost", is_sum || (&left.bill, left.price) == (&right.bill, right.price)),
        ("user", left.user == right.user),
        ("labels", left.labels == right.labels && left.trace_tags() == right.trace_tags()),
        ("agent", left.agent_tags == right.agent_tags),
        ("error", left.error == right.error),
        ("detail", left.detail == right.detail),
    ];
    fields.into_iter().filter(|(_, same)| !same).map(|(name, _)| name).collect()
}
