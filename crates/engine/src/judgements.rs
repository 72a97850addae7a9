//! Judgements that come with telemetry and files.

use std::sync::atomic::Ordering;

use ingest::exchange::record::response_of;
use model::{Feedback, RunId, RunType, TraceId};

use crate::{Engine, TextSearch, error::Result, now};

/// Model calls of a trace that are asked for the response that a judgement names.
const MOST_CALLS: usize = 2000;
/// Texts of the library that hold the id of a response and are asked whether they are its call.
const MOST_MENTIONS: usize = 50;
/// Judgements that are looked at again when calls have come, the newest of those that wait.
const MOST_WAITING: u32 = 1000;
/// Windows of a search for them.
const MOST_WINDOWS: usize = 20;

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
    /// (`otel-genai.md` G), as far as that call is there. Else it stays with its trace, if it names one, and waits.
    pub(crate) fn address_responses(&self, told: &mut [Feedback]) {
        for one in told {
            let Some(response) = response_of(one) else { continue };
            let found = match one.trace_id {
                Some(trace_id) => self.call_that_gave(trace_id, &response).map(|run_id| (trace_id, run_id)),
                None => self.call_anywhere(&response).unwrap_or_default(),
            };
            match found {
                Some((trace_id, run_id)) => (one.trace_id, one.run_id) = (Some(trace_id), Some(run_id)),
                None => self.awaits_responses.store(true, Ordering::Relaxed),
            }
        }
    }

    /// Addresses the judgements that wait for the call of their response, now that others have come.
    pub(crate) fn meet_responses(&self) -> Result<()> {
        if !self.awaits_responses.swap(false, Ordering::Relaxed) {
            return Ok(());
        }
        let met = self.meet_waiting();
        if met.is_err() {
            // They still wait.
            self.awaits_responses.store(true, Ordering::Relaxed);
        }
        met
    }

    fn meet_waiting(&self) -> Result<()> {
        let mut waiting = self.store.feedback_without_run("gen_ai.response.id", MOST_WAITING)?;
        // Sets the mark again where one still waits.
        self.address_responses(&mut waiting);
        waiting.retain(|one| one.run_id.is_some());
        if !waiting.is_empty() {
            self.store.put_feedback(waiting, now())?;
        }
        Ok(())
    }

    fn call_that_gave(&self, trace_id: TraceId, response: &str) -> Option<RunId> {
        let trace = self.open_trace(trace_id).ok()?;
        let calls = trace.runs.iter().filter(|run| run.run_type == RunType::Llm).take(MOST_CALLS);
        calls.map(|run| run.run_id).find(|run_id| self.gave(trace_id, *run_id, response))
    }

    /// The call of a response, wherever it is: the texts of a run hold the id.
    fn call_anywhere(&self, response: &str) -> Result<Option<(TraceId, RunId)>> {
        let text = format!("\"{}\"", response.replace('"', " "));
        let mut search = TextSearch { text, limit: MOST_MENTIONS, ..TextSearch::default() };
        for _ in 0..MOST_WINDOWS {
            let answer = self.search_texts(&search)?;
            let found = answer.hits.iter().map(|hit| (hit.trace.trace_id, hit.run.run_id));
            if let Some(found) = found.into_iter().find(|(trace, run)| self.gave(*trace, *run, response)) {
                return Ok(Some(found));
            }
            search.after = answer.next;
            if search.after.is_none() {
                break;
            }
        }
        Ok(None)
    }

    fn gave(&self, trace_id: TraceId, run_id: RunId, response: &str) -> bool {
        let Ok(opened) = self.open_run(trace_id, run_id) else { return false };
        let (_, given) = crate::exchange::said_by_run(&opened.detail.attributes);
        given.as_deref() == Some(response)
    }
}
