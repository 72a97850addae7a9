//! The library: one SQLite file that holds everything of one person.
//!
//! The only crate that knows SQLite. Writing goes through one thread ([`Store::write`]) and is answered after the
//! commit; reading takes one of a few connections and sees a snapshot. Calls block: async callers use
//! `spawn_blocking`. What a record means is asked of an [`Interpret`], so that this crate needs no format knowledge.

mod batch;
mod cost;
mod error;
mod outgoing;
mod payload;
mod read;
mod review;
mod row;
mod saved;
mod schema;
mod sum;
mod text;
mod write;

use std::{
    path::{Path, PathBuf},
    sync::Arc,
    thread::JoinHandle,
};

use model::{AgentRun, Bill, RawRecord, RunFields, RunId, RunRecord, TraceId, UnixNanos};

pub use batch::Batch;
pub use cost::{
    CostGroup, CostScope, CostSums, Dimension, Gathered, GatheredGroups, OwnPrice, Repriced, RepricedModel,
    Repricing, Spent, TopTrace, TraceAverage, TrendPoint,
};
pub use error::{Error, Result};
pub use outgoing::{Outgoing, OutgoingSize};
pub use read::{
    AttachmentRow, BlockWalk, Counts, Facet, FacetValue, FoundRun, KeySaid, Opening, OpeningLimits, Page,
    ProjectRow, RejectPage, RowKey, RunCursor, RunQuery, RunRow, Scope, SortTraces, SourceRow, TableQuery,
    TableRow, TableSort, TableSums, TextCandidates, TextPlace, ThreadRow, TraceFilter, TraceQuery, TraceRow,
    TraceTerm, TreeRow, TreeRows, decided_by_rows,
};
pub use review::{
    AsOf, AttachmentChange, Comparison, Dataset, DatasetChange, DatasetDiff, DatasetQuery, DatasetVersion,
    Example, ExampleChange, ExampleQuery, ExampleRow, ExampleRun, FeedbackConfig, FeedbackGrouping,
    FeedbackQuery, FeedbackSum, FeedbackToken, FirstOfCategory, ItemMove, ItemSelection, NewDataset,
    NewExample, NewExampleAttachment, NewProject, NewQueue, NewQueueItem, NoteCount, NoteGroup, NotePivot,
    NotePivotBy, NoteQuery, NoteRow, Patch, ProjectChange, ProjectDetail, ProjectQuery, Queue, QueueChange,
    QueueCounts, QueueItem, QueueItemQuery, QueueKind, QueueQuery, QueueSubject, RootTimes, Shared,
    SortDatasets, SortExamples, SortQueues, SplitCount, Written,
};
pub use review::{
    Assignment, Candidate, DraftRow, ItemBucket, ItemSelect, LeaseRow, NewEvent, Repeat, ReviewCounts,
    ReviewEvent, ReviewRow, ReviewTarget, ReviewWriter, ReviewedItem, Reviewer, ReviewerKind, Reviewing,
    Timing,
};
pub use saved::SavedView;
pub use schema::newest as newest_schema;
pub use text::{BETWEEN_TEXTS, TextDoc, TextIndexer, TextReader, TextStatus, TextStep};
pub use write::{Change, OnChange, Outcome, Remapped, Strayed};

/// Tells what a raw record means, asked when records of one run are merged, and what a run costs.
pub trait Interpret: Send + Sync {
    /// The record that these bytes were decoded to when they came in.
    fn interpret(&self, raw: &RawRecord) -> Option<RunRecord>;

    /// What a run costs, asked when its row is written. Without prices: what the producer sent.
    fn bill(&self, run: &RunFields) -> Bill {
        Bill::given(&run.cost)
    }

    /// What the tokens of a run cost by a price that was used before, as [`Bill::price`] tells it; absent: unpriced.
    fn bill_at(&self, run: &RunFields, price: Option<&str>) -> Bill {
        let _ = price;
        self.bill(run)
    }

    /// Which sub-agent each run of a trace works for, asked of traces in which there may be any.
    fn sub_agents(&self, runs: &[AgentRun]) -> Vec<Option<String>> {
        vec![None; runs.len()]
    }
}

impl<F: Fn(&RawRecord) -> Option<RunRecord> + Send + Sync> Interpret for F {
    fn interpret(&self, raw: &RawRecord) -> Option<RunRecord> {
        self(raw)
    }
}

/// Identifies a source.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SourceId(pub i64);

/// Where runs came from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum SourceKind {
    /// A file.
    File,
    /// A folder whose files are read.
    Folder,
    /// The local endpoint.
    Endpoint,
    /// The bundled samples.
    Samples,
    /// Bytes that a browser sent.
    Upload,
}

impl SourceKind {
    pub(crate) fn to_stored(self) -> i64 {
        match self {
            Self::File => 0,
            Self::Folder => 1,
            Self::Endpoint => 2,
            Self::Samples => 3,
            Self::Upload => 4,
        }
    }

    pub(crate) fn from_stored(stored: i64) -> Self {
        match stored {
            1 => Self::Folder,
            2 => Self::Endpoint,
            3 => Self::Samples,
            4 => Self::Upload,
            _ => Self::File,
        }
    }
}

/// A source to be added.
#[derive(Debug, Clone)]
pub struct NewSource {
    /// Kind.
    pub kind: SourceKind,
    /// Short label.
    pub label: String,
    /// Place; a second source of the same kind and place is the same source.
    pub path: Option<String>,
    /// Size, where known.
    pub bytes: Option<u64>,
    /// When it was added.
    pub added: UnixNanos,
}

/// What became of a record that the report of a source names.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Severity {
    /// It could not be read.
    Rejected,
    /// It was kept, but not as it was sent.
    Warning,
}

impl Severity {
    pub(crate) fn to_stored(self) -> i64 {
        match self {
            Self::Rejected => 0,
            Self::Warning => 1,
        }
    }

    pub(crate) fn from_stored(stored: i64) -> Self {
        if stored == 0 { Self::Rejected } else { Self::Warning }
    }
}

/// A line of a source's report: a record that could not be read, or that was read with a change.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RejectRow {
    /// What became of the record.
    pub severity: Severity,
    /// Line in the file, from 1.
    pub line: Option<u64>,
    /// Byte in the file.
    pub offset: Option<u64>,
    /// Path within the record.
    pub path: Option<String>,
    /// Stable word for the reason.
    pub code: String,
    /// The reason.
    pub message: String,
    /// The first characters.
    pub excerpt: String,
}

/// An open library; share it behind an [`Arc`].
pub struct Store {
    dir: PathBuf,
    writer: Option<write::Writer>,
    thread: Option<JoinHandle<()>>,
    readers: read::Readers,
    notice: Option<String>,
    /// The full-text index could not be read.
    text_damage: std::sync::atomic::AtomicBool,
}

impl Store {
    /// Opens the library in `dir`, creating it when it is not there.
    pub fn open(dir: &Path, interpret: Arc<dyn Interpret>, on_change: OnChange) -> Result<Self> {
        let (connection, notice) = schema::open_for_writing(dir)?;
        let (writer, thread) = write::Writer::start(connection, interpret, on_change)?;
        Ok(Self {
            dir: dir.to_owned(),
            writer: Some(writer),
            thread: Some(thread),
            readers: read::Readers::new(dir.to_owned()),
            notice,
            text_damage: std::sync::atomic::AtomicBool::new(false),
        })
    }

    /// A sentence about something that needs attention, such as a damaged library that was kept aside.
    pub fn notice(&self) -> Option<&str> {
        self.notice.as_deref()
    }

    /// The folder of the library.
    pub fn dir(&self) -> &Path {
        &self.dir
    }

    /// Bytes of the library on the disk, its full-text index included.
    pub fn bytes_on_disk(&self) -> u64 {
        let files = [schema::file_in(&self.dir), text::file_in(&self.dir)];
        let logs = files.clone().map(|file| PathBuf::from(format!("{}-wal", file.display())));
        files.iter().chain(&logs).filter_map(|path| path.metadata().ok()).map(|metadata| metadata.len()).sum()
    }

    fn writer(&self) -> Result<&write::Writer> {
        self.writer.as_ref().ok_or(Error::Closed)
    }

    // ---- writing ----

    /// Writes a batch and waits for the commit.
    pub fn write(&self, batch: Batch, source: SourceId) -> Result<Outcome> {
        let (sender, receiver) = std::sync::mpsc::sync_channel(1);
        self.write_then(batch, source, move |result| {
            let _ = sender.send(result);
        })?;
        receiver.recv().map_err(|_| Error::Closed)?
    }

    /// Queues a batch, waiting while the queue is full; `done` is called on the writer's thread after the commit.
    pub fn write_then(
        &self,
        batch: Batch,
        source: SourceId,
        done: impl FnOnce(Result<Outcome>) + Send + 'static,
    ) -> Result<()> {
        self.writer()?.write(batch, source, done)
    }

    /// Like [`Store::write_then`], but answers `false` without waiting when the queue is full.
    pub fn try_write_then(
        &self,
        batch: Batch,
        source: SourceId,
        done: impl FnOnce(Result<Outcome>) + Send + 'static,
    ) -> Result<bool> {
        self.writer()?.try_write(batch, source, done)
    }

    /// Reads a trace again from its records, by the rules of this version.
    pub fn remap_trace(&self, trace_id: TraceId) -> Result<Remapped> {
        self.trace(trace_id)?;
        self.writer()?.call(move |session| session.remap_trace(trace_id))
    }

    /// The source for this place, made when it is not there yet.
    pub fn add_source(&self, new: NewSource) -> Result<SourceId> {
        self.writer()?.call(move |session| session.add_source(&new))
    }

    /// Removes a source with every run that it delivered first.
    pub fn remove_source(&self, id: SourceId) -> Result<()> {
        self.source(id)?;
        self.writer()?.call(move |session| session.remove_source(id))
    }

    /// Removes traces with all of their runs; tells how many runs went.
    pub fn remove_traces(&self, traces: Vec<TraceId>) -> Result<u64> {
        self.writing(move |session| session.remove_traces(&traces))
    }

    /// Keeps rejects for the report.
    pub fn add_rejects(&self, source: SourceId, rejects: Vec<RejectRow>) -> Result<()> {
        self.writer()?.call(move |session| session.add_rejects(source, &rejects))
    }

    /// Keeps warnings for the report without waiting for the commit: the records they speak of are answered for by
    /// themselves.
    pub fn note_warnings(&self, source: SourceId, warnings: Vec<RejectRow>) -> Result<()> {
        self.writer()?.later(move |session| session.add_rejects(source, &warnings))
    }

    /// Forgets the report of a source, before it is read again.
    pub fn clear_rejects(&self, source: SourceId) -> Result<()> {
        self.writer()?.call(move |session| session.clear_rejects(source))
    }

    /// Whether changes of a file or folder are followed.
    pub fn set_watching(&self, id: SourceId, watching: bool) -> Result<()> {
        self.execute("UPDATE source SET watching = ?2 WHERE id = ?1", (id.0, watching))
    }

    /// How far a file has been read, and its size then.
    pub fn set_progress(&self, id: SourceId, read_offset: u64, bytes: u64) -> Result<()> {
        let signed = |value: u64| i64::try_from(value).unwrap_or(i64::MAX);
        self.execute(
            "UPDATE source SET read_offset = ?2, bytes = ?3 WHERE id = ?1",
            (id.0, signed(read_offset), signed(bytes)),
        )
    }

    /// Remembers that this file was opened.
    pub fn add_recent_file(&self, path: &str, opened: UnixNanos) -> Result<()> {
        self.execute(
            "INSERT INTO recent_file (path, opened_ns) VALUES (?1, ?2) ON CONFLICT (path) DO UPDATE SET opened_ns = ?2",
            (path.to_owned(), opened.0),
        )
    }

    /// Keeps a setting.
    pub fn set_setting(&self, key: &'static str, value: String) -> Result<()> {
        self.execute("INSERT OR REPLACE INTO setting (key, value) VALUES (?1, ?2)", (key, value))
    }

    fn writing<T: Send + 'static>(
        &self,
        work: impl FnMut(&mut write::Session<'_>) -> Result<T> + Send + 'static,
    ) -> Result<T> {
        self.writer()?.call(work)
    }

    fn reading<T>(&self, work: impl FnOnce(&rusqlite::Connection) -> Result<T>) -> Result<T> {
        self.readers.with(work)
    }

    fn execute(
        &self,
        sql: &'static str,
        values: impl rusqlite::Params + Clone + Send + 'static,
    ) -> Result<()> {
        self.writer()?.call(move |session| {
            session.transaction.prepare_cached(sql)?.execute(values.clone())?;
            Ok(())
        })
    }

    // ---- reading ----

    /// How much there is.
    pub fn counts(&self) -> Result<Counts> {
        self.readers.with(read::counts)
    }

    /// Projects that hold traces, by name.
    pub fn projects(&self) -> Result<Vec<ProjectRow>> {
        self.readers.with(read::projects)
    }

    /// All sources, oldest first.
    pub fn sources(&self) -> Result<Vec<SourceRow>> {
        self.readers.with(read::sources)
    }

    /// One source.
    pub fn source(&self, id: SourceId) -> Result<SourceRow> {
        self.readers.with(|connection| read::source(connection, id))
    }

    /// A window of the trace table.
    pub fn traces(&self, query: &TraceQuery) -> Result<Page<TraceRow>> {
        self.readers.with(|connection| read::traces(connection, query))
    }

    /// Every trace, shown or not.
    pub fn trace_ids(&self) -> Result<Vec<TraceId>> {
        self.readers.with(|connection| {
            let mut statement = connection.prepare_cached("SELECT uuid FROM trace ORDER BY id")?;
            let rows = statement.query_map([], |row| Ok(TraceId::from_bytes(row.get(0)?)))?;
            Ok(rows.collect::<rusqlite::Result<_>>()?)
        })
    }

    /// One trace.
    pub fn trace(&self, id: TraceId) -> Result<TraceRow> {
        self.readers.with(|connection| read::trace(connection, id))
    }

    /// One trace and its runs, unsorted, of the same instant.
    pub fn trace_with_runs(&self, id: TraceId) -> Result<(TraceRow, Vec<RunRow>)> {
        self.readers
            .with(|connection| Ok((read::trace(connection, id)?, read::runs_of_trace(connection, id)?)))
    }

    /// One trace and its runs as the tree shows them, of the same instant.
    pub fn trace_for_tree(&self, id: TraceId) -> Result<(TraceRow, TreeRows)> {
        let small = self.readers.with(|connection| {
            let trace = read::trace(connection, id)?;
            if trace.runs >= read::READ_IN_HALVES {
                return Ok(None);
            }
            Ok(Some((trace, read::tree_rows(connection, None, id)?)))
        })?;
        if let Some(small) = small {
            return Ok(small);
        }
        self.readers.with_two(|connection, second| {
            Ok((read::trace(connection, id)?, read::tree_rows(connection, second, id)?))
        })
    }

    /// A window of the thread list, the latest activity first.
    pub fn threads(&self, project: Option<&str>, offset: u32, limit: u32) -> Result<Page<ThreadRow>> {
        self.readers.with(|connection| read::threads(connection, project, offset, limit))
    }

    /// A window of what could not be read of these sources, or of all when none is named; the newest source first.
    pub fn rejects(
        &self,
        sources: &[SourceId],
        severity: Severity,
        offset: u32,
        limit: u32,
    ) -> Result<RejectPage> {
        self.readers.with(|connection| read::rejects(connection, sources, severity, offset, limit))
    }

    /// One run with the records that make it up, the strongest first.
    pub fn run(&self, trace_id: TraceId, run_id: RunId) -> Result<(RunRow, Vec<RawRecord>)> {
        self.readers.with(|connection| read::run(connection, trace_id, run_id))
    }

    /// Calls `visit` with the runs of each of these traces and their parents; traces of one run are left out.
    pub fn visit_parents(
        &self,
        traces: &[TraceId],
        mut visit: impl FnMut(TraceId, Vec<(RunId, Option<RunId>)>),
    ) -> Result<()> {
        self.readers.with(|connection| read::parents(connection, traces, &mut visit))
    }

    /// These runs of a trace and all above them, with their parents.
    pub fn lineage(&self, trace_id: TraceId, runs: &[RunId]) -> Result<Vec<(RunId, Option<RunId>)>> {
        self.readers.with(|connection| read::lineage(connection, trace_id, runs))
    }

    /// Runs across traces that fit, in order of time.
    pub fn find_runs(&self, query: &RunQuery) -> Result<Vec<FoundRun>> {
        self.readers.with(|connection| read::find_runs(connection, query))
    }

    /// The trace of a run that is named by its id alone.
    pub fn trace_of_run(&self, run_id: RunId) -> Result<TraceId> {
        self.readers.with(|connection| read::trace_of_run(connection, run_id))
    }

    /// Calls `visit` with every run of a trace and its records until it returns `false`; unsorted.
    pub fn visit_records(
        &self,
        trace_id: TraceId,
        mut visit: impl FnMut(RunId, Vec<RawRecord>) -> bool,
    ) -> Result<()> {
        self.readers.with(|connection| {
            read::visit_records(connection, trace_id, &mut |run_id, entry| {
                Ok(visit(run_id, read::decode(entry)?))
            })
        })
    }

    /// Files of a run, by name.
    pub fn attachments(&self, trace_id: TraceId, run_id: RunId) -> Result<Vec<AttachmentRow>> {
        self.readers.with(|connection| read::attachments(connection, trace_id, run_id))
    }

    /// Files of all runs of a trace, by run and name.
    pub fn attachments_of_trace(&self, trace_id: TraceId) -> Result<Vec<(RunId, AttachmentRow)>> {
        self.readers.with(|connection| read::attachments_of_trace(connection, trace_id))
    }

    /// Media type and content of a file of a run.
    pub fn attachment(&self, trace_id: TraceId, run_id: RunId, name: &str) -> Result<(String, Vec<u8>)> {
        self.readers.with(|connection| read::attachment(connection, trace_id, run_id, name))
    }

    /// Files opened last, newest first.
    pub fn recent_files(&self, limit: u32) -> Result<Vec<(String, UnixNanos)>> {
        self.readers.with(|connection| {
            let mut statement = connection.prepare_cached(
                "SELECT path, opened_ns FROM recent_file ORDER BY opened_ns DESC, path LIMIT ?1",
            )?;
            let rows = statement.query_map([limit], |row| Ok((row.get(0)?, UnixNanos(row.get(1)?))))?;
            Ok(rows.collect::<rusqlite::Result<_>>()?)
        })
    }

    /// A setting, if it was ever kept.
    pub fn setting(&self, key: &str) -> Result<Option<String>> {
        use rusqlite::OptionalExtension as _;
        self.readers.with(|connection| {
            Ok(connection
                .prepare_cached("SELECT value FROM setting WHERE key = ?1")?
                .query_row([key], |row| row.get(0))
                .optional()?)
        })
    }

    /// What SQLite's integrity check finds; empty when all is well. Reads the whole file.
    pub fn check_integrity(&self) -> Result<Vec<String>> {
        self.readers.with(|connection| {
            let mut statement = connection.prepare("PRAGMA integrity_check(20)")?;
            let rows: Vec<String> =
                statement.query_map([], |row| row.get(0))?.collect::<rusqlite::Result<_>>()?;
            Ok(rows.into_iter().filter(|row| row != "ok").collect())
        })
    }
}

/// Waits until everything that was queued is written.
impl Drop for Store {
    fn drop(&mut self) {
        self.writer = None;
        if let Some(thread) = self.thread.take()
            && thread.thread().id() != std::thread::current().id()
        {
            let _ = thread.join();
        }
    }
}
