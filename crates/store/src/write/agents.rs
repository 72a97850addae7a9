//! Which sub-agent the cost of a run is counted under. It follows from the runs around it, so it is told for a whole trace,
//! at the end of the transaction that changed any of it.

use model::{AgentRun, AgentTags, RunId, TraceId, UnixNanos};
use rusqlite::params;

use super::session::Session;
use crate::{
    error::Result,
    row::{StoredRun, WordId, run_type_from},
};

/// Tags as they stand in the dictionary; nothing where nothing is said.
pub(super) fn tags_to(tags: &AgentTags) -> Option<String> {
    let all = (&tags.kind, &tags.id, &tags.subagent, &tags.name);
    (!tags.is_empty()).then(|| serde_json::to_string(&all).unwrap_or_default())
}

/// See [`tags_to`].
fn tags_from(text: Option<&str>) -> AgentTags {
    let told = text.and_then(|text| serde_json::from_str(text).ok());
    let (kind, id, subagent, name) = told.unwrap_or_default();
    AgentTags { kind, id, subagent, name }
}

impl Session<'_> {
    /// Counts the cost of every run of a trace under the sub-agent that it works for.
    pub(super) fn settle_agents(&mut self, trace_id: TraceId) -> Result<()> {
        let Some(state) = self.state.traces.get(&trace_id) else { return Ok(()) };
        if !state.costs.may_have_agents() {
            return Ok(());
        }
        let trace = state.id;
        let mut runs: Vec<AgentRun> = Vec::new();
        let mut kept: Vec<(Option<WordId>, bool)> = Vec::new();
        {
            let mut statement = self.transaction.prepare_cached(
                "SELECT run.uuid, run.parent, run.start_ns, run.run_type, name.text, tags.text, run.agent, \
                 run.cost_origin <> 0 OR coalesce(run.input_tokens, run.output_tokens, run.total_tokens) IS NOT NULL \
                 FROM run LEFT JOIN word AS name ON name.id = run.name LEFT JOIN word AS tags ON tags.id = run.agent_tags \
                 WHERE run.trace = ?1",
            )?;
            let mut rows = statement.query([trace])?;
            while let Some(row) = rows.next()? {
                runs.push(AgentRun {
                    run_id: RunId::from_bytes(row.get(0)?),
                    parent_run_id: row.get::<_, Option<[u8; 16]>>(1)?.map(RunId::from_bytes),
                    start: row.get::<_, Option<i64>>(2)?.map(UnixNanos),
                    run_type: run_type_from(row.get(3)?),
                    name: row.get::<_, Option<String>>(4)?.unwrap_or_default(),
                    tags: tags_from(row.get::<_, Option<String>>(5)?.as_deref()),
                });
                kept.push((row.get(6)?, row.get(7)?));
            }
        }
        let agents = self.state.interpret.sub_agents(&runs);
        for ((run, agent), (known, spends)) in runs.iter().zip(agents).zip(kept) {
            // What costs nothing is counted nowhere.
            let agent = self.word(agent.as_deref().filter(|_| spends))?;
            if agent == known {
                continue;
            }
            let Some(old) = self.find_run(trace_id, run.run_id)? else { continue };
            self.transaction
                .prepare_cached("UPDATE run SET agent = ?3 WHERE trace = ?1 AND uuid = ?2")?
                .execute(params![trace, old.uuid, agent])?;
            let previews = self.root_previews(trace_id);
            let new = StoredRun { agent, ..old.clone() };
            self.consider(trace_id, Some(&old), Some(&new), &previews)?;
        }
        Ok(())
    }
}
