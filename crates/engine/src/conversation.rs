//! What was said in a trace or in a thread, read from the library.

use std::{
    collections::{HashMap, VecDeque},
    sync::{
        Arc, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
};

use ingest::RunDetail;
use model::{RunId, TraceId};
use store::{AttachmentRow, RunRow, SortTraces, TraceFilter, TraceQuery};
use views::messages::{self, Conversation, RunInput, TraceInput, needs_payload};

use crate::{Engine, Error, OpenTrace, error::Result};

/// Conversations that are kept, since long texts are read from them one by one.
const KEPT: usize = 4;
/// Traces of a thread that are listed at once.
const PAGE: u32 = 200;

/// What a conversation is about.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum ConversationOf {
    /// One trace.
    Trace(TraceId),
    /// Every trace of a thread.
    Thread {
        /// Thread key.
        thread: String,
        /// Project by name; without one, the traces of this key in every project.
        project: Option<String>,
    },
    /// These traces, oldest first: a thread that was guessed.
    Traces(Vec<TraceId>),
}

/// A conversation as it stood when it was read.
#[derive(Debug, Clone)]
pub struct OpenConversation {
    /// What it is about.
    pub of: ConversationOf,
    /// Whether the messages of hidden runs are in it.
    pub show_hidden: bool,
    /// Differs between any two readings of this process that found different runs.
    pub stamp: u64,
    /// What was said.
    pub conversation: Conversation,
    /// Files that the runs of each trace carry.
    pub files: HashMap<TraceId, Vec<(RunId, AttachmentRow)>>,
    /// The runs that it was made from, by which a change is noticed.
    pub(crate) rows: Vec<(TraceId, Vec<RunRow>)>,
}

impl OpenConversation {
    /// The first heading of a transcript.
    pub fn title(&self) -> String {
        match &self.of {
            ConversationOf::Trace(id) => match self.conversation.turns.first() {
                Some(turn) if !turn.name.is_empty() => format!("{} ({id})", turn.name),
                _ => format!("Trace {id}"),
            },
            ConversationOf::Thread { thread, .. } => format!("Thread {thread}"),
            ConversationOf::Traces(ids) => format!("Guessed thread of {} traces", ids.len()),
        }
    }

    /// The messages of it as plain data.
    pub fn to_json(&self) -> serde_json::Value {
        messages::to_json(&self.conversation)
    }

    /// The whole of it as a Markdown document.
    pub fn to_markdown(&self) -> String {
        messages::to_markdown(&self.title(), &self.conversation)
    }
}

/// Conversations read last, oldest first.
#[derive(Debug, Default)]
pub(crate) struct Conversations {
    kept: VecDeque<Arc<OpenConversation>>,
}

impl Conversations {
    pub(crate) fn clear(&mut self) {
        self.kept.clear();
    }
}

/// The next stamp. It begins with the clock, so that no stamp of an earlier process comes again.
fn next_stamp() -> u64 {
    static LAST: AtomicU64 = AtomicU64::new(0);
    let clock = u64::try_from(crate::now().0).unwrap_or(0);
    LAST.fetch_max(clock, Ordering::Relaxed);
    LAST.fetch_add(1, Ordering::Relaxed) + 1
}

impl Engine {
    /// What was said. A conversation whose runs are still the same is not read again.
    ///
    /// # Errors
    ///
    /// `NotFound` where there is no such trace, or no trace of this thread.
    pub fn open_conversation(&self, of: &ConversationOf, show_hidden: bool) -> Result<Arc<OpenConversation>> {
        let opened: Vec<OpenTrace> = match of {
            ConversationOf::Trace(id) => vec![self.open_trace(*id)?],
            ConversationOf::Thread { thread, project } => {
                let traces = self.traces_of_thread(thread, project.as_deref())?;
                traces.into_iter().map(|id| self.open_trace(id)).collect::<Result<_>>()?
            }
            ConversationOf::Traces(ids) => self.open_listed(ids)?,
        };
        {
            let conversations = self.conversations.lock().unwrap_or_else(PoisonError::into_inner);
            let known = conversations.kept.iter().find(|known| {
                known.of == *of
                    && known.show_hidden == show_hidden
                    && known.rows.len() == opened.len()
                    && known
                        .rows
                        .iter()
                        .zip(&opened)
                        .all(|((id, rows), trace)| *id == trace.row.trace_id && *rows == trace.runs)
            });
            if let Some(known) = known {
                return Ok(Arc::clone(known));
            }
        }
        let inputs = opened.iter().map(|trace| self.trace_input(trace)).collect::<Result<Vec<_>>>()?;
        let conversation = messages::conversation(&inputs, messages::Options { show_hidden });
        let mut files = HashMap::new();
        for trace in &opened {
            let carried = self.store.attachments_of_trace(trace.row.trace_id)?;
            if !carried.is_empty() {
                files.insert(trace.row.trace_id, carried);
            }
        }
        let rows = opened.into_iter().map(|trace| (trace.row.trace_id, trace.runs)).collect();
        let read = Arc::new(OpenConversation {
            of: of.clone(),
            show_hidden,
            stamp: next_stamp(),
            conversation,
            files,
            rows,
        });
        let mut conversations = self.conversations.lock().unwrap_or_else(PoisonError::into_inner);
        conversations.kept.retain(|known| known.of != *of || known.show_hidden != show_hidden);
        if conversations.kept.len() >= KEPT {
            conversations.kept.pop_front();
        }
        conversations.kept.push_back(Arc::clone(&read));
        Ok(read)
    }

    /// The traces of a list that are still there.
    fn open_listed(&self, ids: &[TraceId]) -> Result<Vec<OpenTrace>> {
        let mut opened = Vec::with_capacity(ids.len());
        for id in ids {
            match self.open_trace(*id) {
                Ok(trace) => opened.push(trace),
                Err(Error::Store(store::Error::NotFound { .. })) => {}
                Err(error) => return Err(error),
            }
        }
        if opened.is_empty() {
            let id = ids.first().map(ToString::to_string).unwrap_or_default();
            return Err(store::Error::NotFound { what: "trace", id }.into());
        }
        opened.sort_by_key(|trace| (trace.row.start.is_none(), trace.row.start, trace.row.trace_id));
        Ok(opened)
    }

    /// The traces of a thread, oldest first.
    pub(crate) fn traces_of_thread(&self, thread: &str, project: Option<&str>) -> Result<Vec<TraceId>> {
        let filter = TraceFilter {
            thread: Some(thread.to_owned()),
            project: project.map(str::to_owned),
            ..TraceFilter::default()
        };
        let mut traces = Vec::new();
        let mut offset = 0;
        loop {
            let query = TraceQuery {
                filter: filter.clone(),
                sort: SortTraces::Start,
                ascending: true,
                offset,
                limit: PAGE,
            };
            let page = self.traces(&query)?;
            traces.extend(page.rows.iter().map(|row| row.trace_id));
            offset += PAGE;
            if u64::from(offset) >= page.total || page.rows.is_empty() {
                break;
            }
        }
        if traces.is_empty() {
            return Err(store::Error::NotFound { what: "thread", id: thread.to_owned() }.into());
        }
        Ok(traces)
    }

    /// The runs of a trace in tree order with what a conversation needs of each.
    fn trace_input(&self, trace: &OpenTrace) -> Result<TraceInput> {
        let mut details: HashMap<RunId, RunDetail> = HashMap::with_capacity(trace.runs.len());
        let needed: HashMap<RunId, bool> = trace
            .tree
            .nodes
            .iter()
            .map(|node| {
                let run = &trace.runs[node.input];
                (run.run_id, needs_payload(run.run_type, node.parent.is_none()))
            })
            .collect();
        self.store.visit_records(trace.row.trace_id, |run_id, records| {
            if let Some(needs_payload) = needed.get(&run_id) {
                let mut detail = ingest::detail(&records);
                detail.raw = String::new();
                if !needs_payload {
                    detail =
                        RunDetail { metadata: detail.metadata, error: detail.error, ..RunDetail::default() };
                }
                details.insert(run_id, detail);
            }
            true
        })?;
        let runs = trace.tree.nodes.iter().map(|node| {
            let run = &trace.runs[node.input];
            run_input(run, details.remove(&run.run_id).unwrap_or_default())
        });
        Ok(TraceInput { trace_id: trace.row.trace_id, runs: runs.collect() })
    }
}

pub(crate) fn run_input(row: &RunRow, detail: RunDetail) -> RunInput {
    let error = detail.error.map(|error| match error.stacktrace {
        Some(trace) => format!("{}\n\n{trace}", error.message),
        None => error.message,
    });
    RunInput {
        run_id: row.run_id,
        parent_run_id: row.parent_run_id,
        run_type: row.run_type,
        name: row.name.as_deref().unwrap_or("unnamed").to_owned(),
        status: row.status,
        error: error.or_else(|| row.error.clone()),
        start: row.start,
        end: row.end,
        model: row.model.as_deref().map(str::to_owned),
        provider: row.provider.as_deref().map(str::to_owned),
        usage: row.usage.clone(),
        cost: row.cost,
        inputs: detail.inputs,
        outputs: detail.outputs,
        metadata: Some(detail.metadata).filter(|text| !text.is_empty()),
        attributes: Some(detail.attributes).filter(|text| !text.is_empty()),
    }
}
