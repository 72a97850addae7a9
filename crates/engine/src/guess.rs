//! Guessed threads: which of the newest traces without a thread key seem to be turns of one conversation.
//!
//! A view: nothing of it is written. Payloads are read of root, first and last call of a model of each trace, within
//! limits of bytes and time that the answer admits to.

use std::{
    collections::HashMap,
    time::{Duration, Instant},
};

use model::{Cost, RunId, TraceId, UnixNanos, Usage};
use store::{Opening, OpeningLimits, Scope, TableRow, TableSort, TraceRow};
use views::{
    guess::{Evidence, Guess, Talk, Unthreaded, conversation_attributes, guess_threads},
    messages::{self, TraceInput},
};

use crate::{
    Engine, TableRequest,
    conversation::run_input,
    error::Result,
    thread::{add_usage, rank},
};

/// Traces that are looked at.
pub const GUESSED_AMONG: u32 = 500;
/// The newest traces among which those without a thread key are looked for, so that a library in which nearly every trace
/// has one is not read through for the few that have none.
const REACH: u32 = 20_000;
const LIMITS: OpeningLimits = OpeningLimits { runs: 2_000, bytes: 1 << 20 };
/// Bytes of payloads that one guess unpacks.
const MOST_BYTES: u64 = 128 << 20;
/// How long it reads payloads.
const MOST_TIME: Duration = Duration::from_secs(5);

/// What was guessed.
#[derive(Debug, Clone, Default)]
pub struct GuessedThreads {
    /// The guesses, the latest first.
    pub threads: Vec<GuessedThread>,
    /// Traces without a thread key that were looked at.
    pub looked: usize,
    /// Whether there are older ones that were not.
    pub more: bool,
    /// Traces of which the messages were not read, since that would have taken too long: they are joined by other
    /// evidence alone.
    pub unread: usize,
}

/// Traces that seem to be one thread.
#[derive(Debug, Clone, Default)]
pub struct GuessedThread {
    /// Its traces, oldest first.
    pub traces: Vec<TraceId>,
    /// On what the guess rests, and how many turns were joined by it.
    pub evidence: Vec<(Evidence, usize)>,
    /// Project by name.
    pub project: String,
    /// Runs of all turns.
    pub runs: u64,
    /// Turns whose root failed.
    pub failed_turns: u64,
    /// Start of the first turn.
    pub first_start: Option<UnixNanos>,
    /// Latest end or start of any turn.
    pub last_activity: Option<UnixNanos>,
    /// Tokens of all turns.
    pub usage: Usage,
    /// Cost of all turns, as far as it is known.
    pub cost: Option<Cost>,
    /// Runs whose cost is not known.
    pub unpriced_runs: u64,
    /// What went into the first turn, cut.
    pub first_input: Option<String>,
    /// What came out of the last turn, cut.
    pub last_output: Option<String>,
    /// Nanoseconds that half of the turns took at most.
    pub latency_p50: Option<i64>,
}

impl Engine {
    /// Guesses threads among the newest traces that this request lets through and that have no thread key. `gap` is the
    /// time in nanoseconds between two traces of one user that still makes them one thread.
    pub fn guess_threads(&self, request: &TableRequest, gap: i64) -> Result<GuessedThreads> {
        let begin = Instant::now();
        let reached = self.store.start_of_trace(request.project.as_deref(), REACH)?;
        let request = TableRequest {
            scope: Scope::Traces,
            unthreaded: true,
            start_min: request.start_min.max(reached),
            sort: TableSort::Start,
            ascending: false,
            ..request.clone()
        };
        let mut keys = self.first_keys(&request, GUESSED_AMONG + 1)?;
        let more = keys.len() > GUESSED_AMONG as usize || (reached.is_some() && request.start_min == reached);
        keys.truncate(GUESSED_AMONG as usize);
        let mut rows: HashMap<TraceId, TraceRow> = HashMap::with_capacity(keys.len());
        let mut unthreaded = Vec::with_capacity(keys.len());
        let mut bytes = 0;
        let mut unread = 0;
        for (row, _) in self.store.table_rows(&keys)? {
            let TableRow::Trace(row, _) = row else { continue };
            let mut trace = plain(&row);
            // Who used it stands in rows, and is asked for in any case.
            let is_enough = bytes >= MOST_BYTES || begin.elapsed() >= MOST_TIME;
            let limits = if is_enough { OpeningLimits { bytes: 0, ..LIMITS } } else { LIMITS };
            match self.store.opening(row.trace_id, limits) {
                Ok(opening) => {
                    bytes += opening.bytes;
                    read_into(&mut trace, opening);
                }
                // It went since the keys were read.
                Err(store::Error::NotFound { .. }) => continue,
                Err(error) => return Err(error.into()),
            }
            unread += usize::from(is_enough);
            unthreaded.push(trace);
            rows.insert(row.trace_id, *row);
        }
        let guesses = guess_threads(&unthreaded, gap);
        let threads = guesses.into_iter().map(|guess| told(guess, &rows)).collect();
        Ok(GuessedThreads { threads, looked: unthreaded.len(), more, unread })
    }
}

/// What the row of a trace tells.
fn plain(row: &TraceRow) -> Unthreaded {
    Unthreaded {
        trace_id: row.trace_id,
        project: row.project.clone(),
        start: row.start,
        end: row.start.zip(row.latency_nanos).map(|(start, nanos)| UnixNanos(start.0.saturating_add(nanos))),
        user: None,
        attributes: Vec::new(),
        talks: Vec::new(),
    }
}

/// Adds what its runs tell. Each of them is a conversation by itself here: a history stands in one list of messages.
fn read_into(trace: &mut Unthreaded, opening: Opening) {
    trace.user = opening.user;
    trace.end = opening.end.or(trace.end);
    for (place, (row, records)) in opening.runs.into_iter().enumerate() {
        let opens = place == 0 || opening.first_call == Some(row.run_id);
        let detail = ingest::detail(&records);
        trace.attributes.extend(conversation_attributes(&detail.metadata));
        let run = messages::RunInput { parent_run_id: None::<RunId>, ..run_input(&row, detail) };
        let alone = TraceInput { trace_id: trace.trace_id, runs: vec![run] };
        let conversation = messages::conversation(&[alone], messages::Options { show_hidden: false });
        let talk = Talk::of(&conversation, opens);
        if !talk.input.is_empty() || !talk.output.is_empty() {
            trace.talks.push(talk);
        }
    }
    trace.attributes.sort();
    trace.attributes.dedup();
}

fn told(guess: Guess, rows: &HashMap<TraceId, TraceRow>) -> GuessedThread {
    let turns: Vec<&TraceRow> = guess.traces.iter().filter_map(|id| rows.get(id)).collect();
    let mut thread = GuessedThread { evidence: guess.evidence, ..GuessedThread::default() };
    let mut latencies: Vec<i64> = turns.iter().filter_map(|row| row.latency_nanos).collect();
    latencies.sort_unstable();
    thread.latency_p50 = rank(&latencies, 500);
    for row in &turns {
        thread.runs += row.runs;
        thread.failed_turns += u64::from(row.status == model::RunStatus::Error);
        thread.unpriced_runs += row.unpriced_runs;
        add_usage(&mut thread.usage, &row.usage);
        if let Some(cost) = row.cost {
            let sum = thread.cost.get_or_insert(Cost { pico_usd: 0 });
            sum.pico_usd = sum.pico_usd.saturating_add(cost.pico_usd);
        }
        let end = row.start.map(|start| UnixNanos(start.0.saturating_add(row.latency_nanos.unwrap_or(0))));
        thread.last_activity = thread.last_activity.max(end);
    }
    if let (Some(first), Some(last)) = (turns.first(), turns.last()) {
        thread.project.clone_from(&first.project);
        thread.first_start = first.start;
        thread.first_input.clone_from(&first.input_preview);
        thread.last_output.clone_from(&last.output_preview);
    }
    thread.traces = guess.traces;
    thread
}
