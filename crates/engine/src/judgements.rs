//! Judgements that come with telemetry and files.

use ingest::exchange::record::response_of;
use model::{Feedback, RunId, RunType, TraceId};

use crate::{Engine, error::Result, now};

/// Model calls of a trace that are asked for the response that a judgement names.
const MOST_CALLS: usize = 2000;

impl Engine {
    /// Keeps judgements that came with runs. One that was changed here since it was said stays as it is, so that
    /// reading a file again undoes nobody's work.
    pub(crate) fn keep_told_feedback(&self, mut told: Vec<Feedback>) -> Result<()> {
        self.address_responses(&mut told);
        told.retain(|told| {
            let known = self.store.feedback(told.id).ok().and_then(|known| known.modified);
            known.is_none_or(|known| told.modified.is_some_and(|told| told >= known))
        });
        if told.is_empty() {
            return Ok(());
        }
        self.redaction.feedback(&mut told);
        self.store.put_feedback(told, now())?;
        Ok(())
    }

    /// A judgement that names the response and not the run is about the model call that gave the response
    /// (`otel-genai.md` G), as far as that call is there; else it stays with its trace.
    pub(crate) fn address_responses(&self, told: &mut [Feedback]) {
        for one in told {
            let Some((trace_id, response)) = one.trace_id.zip(response_of(one)) else { continue };
            one.run_id = self.call_that_gave(trace_id, &response);
        }
    }

    fn call_that_gave(&self, trace_id: TraceId, response: &str) -> Option<RunId> {
        let trace = self.open_trace(trace_id).ok()?;
        let calls = trace.runs.iter().filter(|run| run.run_type == RunType::Llm).take(MOST_CALLS);
        let gave = |run_id: RunId| {
            let opened = self.open_run(trace_id, run_id).ok()?;
            let (_, given) = crate::exchange::said_by_run(&opened.detail.attributes);
            Some(given.as_deref() == Some(response))
        };
        calls.map(|run| run.run_id).find(|run_id| gave(*run_id) == Some(true))
    }
}
