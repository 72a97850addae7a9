//! One transaction of the writer, and what it remembers from one to the next.

use std::{
    collections::{BTreeMap, HashMap, HashSet},
    sync::Arc,
};

use model::{RunId, TraceId, UnixNanos};
use rusqlite::{Connection, OptionalExtension, Transaction};

use super::{
    Change,
    rollup::{GroupSums, TraceState},
};
use crate::{Interpret, cost::CostChanges, error::Result, row::WordId};

/// Traces whose summary and open block stay in memory between transactions.
const CACHED_TRACES: usize = 96;
/// Texts whose dictionary id stays in memory.
const CACHED_WORDS: usize = 50_000;
/// More changed traces than this are announced as "anything may have changed".
const MOST_ANNOUNCED: usize = 200;

/// What the writer remembers between transactions.
pub(crate) struct State {
    pub(crate) interpret: Arc<dyn Interpret>,
    words: HashMap<String, WordId>,
    projects: HashMap<String, i64>,
    /// Labels of runs by their dictionary id: dimension and value of each.
    pub(crate) labels: HashMap<WordId, Arc<[(i64, i64)]>>,
    pub(super) traces: HashMap<TraceId, TraceState>,
    /// Version of the file as other processes' commits change it (`PRAGMA data_version`).
    data_version: i64,
    pub(super) next_block: Option<i64>,
    /// Another process wrote and nobody has been told yet.
    foreign: bool,
}

impl State {
    pub(crate) fn new(connection: &Connection, interpret: Arc<dyn Interpret>) -> Result<Self> {
        Ok(Self {
            interpret,
            words: HashMap::new(),
            projects: HashMap::new(),
            labels: HashMap::new(),
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
        self.labels.clear();
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
    pub(crate) state: &'a mut State,
    /// Numbers the commit, larger than that of every commit before: the full-text index follows it.
    pub(super) change: i64,
    pub(super) changed: HashSet<TraceId>,
    /// Whether any run stands in a guessed trace; most libraries have none, and then nothing has to be looked for.
    pub(super) guesses: bool,
    /// Something changed that cannot be told by traces.
    everything_changed: bool,
    /// The stored block that was read last, decompressed, with its id.
    pub(super) read_block: Option<(i64, Vec<u8>)>,
    /// Differences for projects and threads, written once at the end.
    pub(super) project_sums: HashMap<i64, GroupSums>,
    /// Projects that go if they are empty at the end.
    pub(super) emptied_projects: Vec<i64>,
    pub(super) thread_sums: HashMap<i64, GroupSums>,
    pub(crate) cost_changes: CostChanges,
    /// Runs that got a parent by the batch at work.
    pub(super) joined: BTreeMap<TraceId, Vec<RunId>>,
    /// When the batch at work arrived, see [`crate::Batch::arrived`].
    pub(super) arrived: Option<UnixNanos>,
}

impl<'a> Session<'a> {
    pub(crate) fn begin(transaction: &'a Transaction<'a>, state: &'a mut State) -> Result<Self> {
        if state.words.len() > CACHED_WORDS {
            state.words.clear();
            state.labels.clear();
        }
        if state.next_block.is_none() {
            let last: i64 =
                transaction.query_row("SELECT coalesce(max(id), 0) FROM block", [], |row| row.get(0))?;
            state.next_block = Some(last + 1);
        }
        let guesses = transaction
            .prepare_cached("SELECT EXISTS (SELECT 1 FROM run WHERE flags & 2)")?
            .query_row([], |row| row.get(0))?;
        let change = transaction
            .prepare_cached(
                "SELECT max(coalesce((SELECT max(change) FROM block), 0), \
                 coalesce((SELECT max(change) FROM text_void), 0)) + 1",
            )?
            .query_row([], |row| row.get(0))?;
        Ok(Self {
            transaction,
            state,
            change,
            changed: HashSet::new(),
            guesses,
            everything_changed: false,
            read_block: None,
            project_sums: HashMap::new(),
            emptied_projects: Vec::new(),
            thread_sums: HashMap::new(),
            cost_changes: CostChanges::default(),
            joined: BTreeMap::new(),
            arrived: None,
        })
    }

    /// Says that something changed that no list of traces describes.
    pub(crate) fn mark_everything_changed(&mut self) {
        self.everything_changed = true;
    }

    /// Says that something about these traces changed.
    pub(crate) fn mark_changed(&mut self, traces: impl IntoIterator<Item = TraceId>) {
        self.changed.extend(traces);
    }

    /// Makes the full-text index forget what it holds of a trace, and read it again if it is still there.
    pub(super) fn void_text(&self, trace: i64) -> Result<()> {
        self.transaction
            .prepare_cached("INSERT OR REPLACE INTO text_void (trace, change) VALUES (?1, ?2)")?
            .execute([trace, self.change])?;
        Ok(())
    }

    /// Forgets which row a project's name stands for.
    pub(crate) fn forget_projects(&mut self) {
        self.state.projects.clear();
    }

    /// Drops a project at the end of the transaction, if it holds no traces then.
    pub(crate) fn forget_project_when_empty(&mut self, project: i64) {
        self.emptied_projects.push(project);
        self.state.projects.clear();
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
            self.settle_counting(*trace_id)?;
            self.settle_agents(*trace_id)?;
        }
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

    /// The text of an entry of the dictionary.
    pub(crate) fn word_text(&self, word: Option<WordId>) -> Result<Option<String>> {
        let Some(word) = word else { return Ok(None) };
        Ok(self
            .transaction
            .prepare_cached("SELECT text FROM word WHERE id = ?1")?
            .query_row([word], |row| row.get(0))
            .optional()?)
    }

    /// Id of a text in the dictionary.
    pub(crate) fn word(&mut self, text: Option<&str>) -> Result<Option<WordId>> {
        let Some(text) = text else { return Ok(None) };
        if let Some(id) = self.state.words.get(text) {
            return Ok(Some(*id));
        }
        let id = insert_or_find_word(self.transaction, text)?;
        self.state.words.insert(text.to_owned(), id);
        Ok(Some(id))
    }

    pub(super) fn project(&mut self, name: &str) -> Result<i64> {
        if let Some(id) = self.state.projects.get(name) {
            return Ok(*id);
        }
        let id = self.project_row(name)?;
        self.state.projects.insert(name.to_owned(), id);
        Ok(id)
    }
}

fn insert_or_find_word(transaction: &Transaction<'_>, text: &str) -> Result<WordId> {
    let found = transaction
        .prepare_cached("SELECT id FROM word WHERE text = ?1")?
        .query_row([text], |row| row.get(0))
        .optional()?;
    if let Some(id) = found {
        return Ok(id);
    }
    transaction.prepare_cached("INSERT INTO word (text) VALUES (?1)")?.execute([text])?;
    Ok(transaction.last_insert_rowid())
}
