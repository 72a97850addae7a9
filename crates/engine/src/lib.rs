//! The application: everything that happens between the library and those who ask.
//!
//! Imports, watching, live intake, opening traces and runs, exports, events. No transport and no wire types: `api`
//! puts these behind commands. Calls block unless they are `async`.

mod comparisons;
mod conversation;
mod datasets;
mod error;
mod events;
mod exchange;
mod export;
mod forward;
mod import;
mod intake;
mod judging;
mod langsmith;
mod query;
mod queues;
mod redaction;
mod review;
mod schema;
mod settings;
mod sharing;
mod view;
mod watch;

use std::{
    path::{Path, PathBuf},
    sync::{Arc, Mutex, PoisonError, Weak, atomic::AtomicU64},
};

use store::{Change, Store};

pub use conversation::{ConversationOf, OpenConversation};
pub use datasets::{ExperimentExample, FormPart, SourceRun, read_examples, read_form};
pub use error::{Error, Result};
pub use events::{Event, Numbered};
pub use exchange::{
    DatasetFormat, DatasetOptions, ExportOptions, Exported, FeedbackScope, SendProgress, SendSummary,
    SendTarget,
};
pub use export::{ExportFormat, ExportSummary};
pub use forward::ForwardStatus;
pub use import::{Job, JobId, JobState};
pub use ingest::csv;
pub use ingest::exchange::{FeedbackFormat, WriteOptions, chat::ChatOptions, preference::Dialect};
pub use ingest::export::text_object;
pub use ingest::langsmith::examples::{ExampleBody, ExampleFile};
pub use ingest::langsmith::{
    feedback::{read as read_feedback, score as feedback_score},
    multipart::boundary as multipart_boundary,
};
pub use intake::{Encoding, EndpointState, EndpointStatus, IntakeAnswer};
pub use judging::{FeedbackEdit, FeedbackGrouping};
pub use langsmith::RunsBody;
pub use model::{Feedback, FeedbackId, RunId, RunStatus, RunType, TraceId, UnixNanos, filter::Filter};
pub use query::{DescribedRun, FoundRuns, RunSearch, RunStats, langsmith_members};
pub use queues::{QueueSection, REVIEWER, is_reserved};
pub use redaction::{RedactionExample, RedactionPreview};
pub use review::{FeedbackStats, KeyStats, ProjectStats, feedback_stats, percentile};
pub use settings::{
    DEFAULT_ENDPOINT_PORT, Forward, ForwardProtocol, RedactionKind, RedactionRule, Settings, Theme,
};
pub use store::Error as StoreError;
pub use store::{
    AsOf, AttachmentChange, Comparison, Dataset, DatasetChange, DatasetDiff, DatasetQuery, DatasetVersion,
    Example, ExampleChange, ExampleQuery, ExampleRun, NewDataset, NewExample, NewExampleAttachment, Patch,
    Shared, SortDatasets, SortExamples, Written,
};
pub use store::{
    AttachmentRow, Counts, FeedbackConfig, FeedbackQuery, FeedbackToken, FoundRun, ItemMove, ItemSelection,
    NewProject, NewQueue, NewQueueItem, Page, ProjectChange, ProjectDetail, ProjectQuery, ProjectRow, Queue,
    QueueChange, QueueItem, QueueKind, QueueQuery, QueueSubject, RejectPage, RejectRow, Remapped, RunCursor,
    RunQuery, RunRow, Severity, SortQueues, SortTraces, SourceId, SourceKind, SourceRow, ThreadRow,
    TraceFilter, TraceQuery, TraceRow,
};
pub use view::{OpenRun, OpenTrace};
pub use views::messages;

/// Where the library is and what to start with.
#[derive(Debug, Clone)]
pub struct Options {
    /// Folder of the library.
    pub dir: PathBuf,
    /// Follow the files and folders that are marked for it, and send on what waits for that.
    pub watch: bool,
}

impl Options {
    /// The library in this folder, following files.
    pub fn new(dir: impl Into<PathBuf>) -> Self {
        Self { dir: dir.into(), watch: true }
    }
}

/// The platform's data folder for Tracemark.
pub fn default_library_dir() -> Option<PathBuf> {
    directories::ProjectDirs::from("dev", "tracemark", "Tracemark").map(|dirs| dirs.data_dir().to_owned())
}

/// The application over one open library.
pub struct Engine {
    store: Store,
    hub: Arc<events::Hub>,
    jobs: Mutex<import::Jobs>,
    settings: Mutex<Settings>,
    endpoint: Mutex<EndpointStatus>,
    endpoint_source: Mutex<Option<SourceId>>,
    intake: IntakeCounters,
    redaction: redaction::Redaction,
    forwarding: forward::Forwarding,
    opened: Mutex<view::OpenedRuns>,
    conversations: Mutex<conversation::Conversations>,
    watcher: Mutex<Option<watch::Watcher>>,
    this: Weak<Self>,
}

#[derive(Debug, Default)]
struct IntakeCounters {
    requests: AtomicU64,
    runs: AtomicU64,
    rejected: AtomicU64,
}

impl Engine {
    /// Opens the library and starts what runs in the background.
    pub fn open(options: &Options) -> Result<Arc<Self>> {
        let hub = Arc::new(events::Hub::new());
        let changes = Arc::clone(&hub);
        let on_change = Box::new(move |change: Change| {
            let traces = match change {
                Change::Traces(traces) => traces,
                Change::Unknown => Vec::new(),
            };
            changes.emit(Event::RunsChanged(traces));
        });
        let store = Store::open(&options.dir, Arc::new(ingest::interpret), on_change)?;
        // Settings that cannot be read are no reason to store what they keep out.
        let settings: Settings = match store.setting("settings")? {
            None => Settings::default(),
            Some(text) => serde_json::from_str(&text).map_err(|error| {
                Error::InvalidInput(format!("The settings of the library cannot be read: {error}"))
            })?,
        };
        let redaction = redaction::Redaction::new(settings::compile(&settings.redaction)?);
        let engine = Arc::new_cyclic(|this| Self {
            store,
            hub,
            jobs: Mutex::default(),
            settings: Mutex::new(settings),
            endpoint: Mutex::new(EndpointStatus::default()),
            endpoint_source: Mutex::new(None),
            intake: IntakeCounters::default(),
            redaction,
            forwarding: forward::Forwarding::default(),
            opened: Mutex::default(),
            conversations: Mutex::default(),
            watcher: Mutex::new(None),
            this: this.clone(),
        });
        if options.watch {
            engine.start_watching()?;
            engine.start_forwarding()?;
        }
        Ok(engine)
    }

    fn shared(&self) -> Result<Arc<Self>> {
        self.this.upgrade().ok_or(Error::Store(store::Error::Closed))
    }

    fn emit(&self, event: Event) {
        self.hub.emit(event);
    }

    /// What was missed since event `after`, and what comes.
    pub fn subscribe(
        &self,
        after: Option<u64>,
    ) -> (Vec<Numbered>, tokio::sync::broadcast::Receiver<Numbered>) {
        self.hub.subscribe(after)
    }

    /// Asks every window to show this trace.
    pub fn show_trace(&self, trace_id: TraceId) {
        self.emit(Event::ShowTrace(trace_id));
    }

    // ---- lists ----

    /// Folder of the library.
    pub fn library_dir(&self) -> &Path {
        self.store.dir()
    }

    /// Bytes of the library on the disk.
    pub fn library_bytes(&self) -> u64 {
        self.store.bytes_on_disk()
    }

    /// A sentence about something that needs attention.
    pub fn notice(&self) -> Option<&str> {
        self.store.notice()
    }

    /// How much there is.
    pub fn counts(&self) -> Result<Counts> {
        Ok(self.store.counts()?)
    }

    /// Projects by name.
    pub fn projects(&self) -> Result<Vec<ProjectRow>> {
        Ok(self.store.projects()?)
    }

    /// Sources, oldest first.
    pub fn sources(&self) -> Result<Vec<SourceRow>> {
        Ok(self.store.sources()?)
    }

    /// A window of the trace table.
    pub fn traces(&self, query: &TraceQuery) -> Result<Page<TraceRow>> {
        Ok(self.store.traces(query)?)
    }

    /// One row of the trace table.
    pub fn trace(&self, id: TraceId) -> Result<TraceRow> {
        Ok(self.store.trace(id)?)
    }

    /// A window of the thread list.
    pub fn threads(&self, project: Option<&str>, offset: u32, limit: u32) -> Result<Page<ThreadRow>> {
        Ok(self.store.threads(project, offset, limit)?)
    }

    /// A window of the report: what could not be read, or what was read with a change.
    pub fn rejects(
        &self,
        source: Option<SourceId>,
        severity: Severity,
        offset: u32,
        limit: u32,
    ) -> Result<RejectPage> {
        Ok(self.store.rejects(source, severity, offset, limit)?)
    }

    /// Removes a source with every run that it delivered first.
    pub fn remove_source(&self, id: SourceId) -> Result<()> {
        self.store.remove_source(id)?;
        let mut endpoint = self.endpoint_source.lock().unwrap_or_else(PoisonError::into_inner);
        if *endpoint == Some(id) {
            *endpoint = None;
        }
        drop(endpoint);
        self.opened.lock().unwrap_or_else(PoisonError::into_inner).clear();
        self.conversations.lock().unwrap_or_else(PoisonError::into_inner).clear();
        self.refresh_watches();
        self.emit(Event::SourcesChanged);
        Ok(())
    }

    /// Files opened last, with whether they are still there.
    pub fn recent_files(&self) -> Result<Vec<(PathBuf, UnixNanos, bool)>> {
        let files = self.store.recent_files(12)?;
        Ok(files
            .into_iter()
            .map(|(path, opened)| {
                let path = PathBuf::from(path);
                let exists = path.exists();
                (path, opened, exists)
            })
            .collect())
    }

    /// What SQLite's integrity check finds.
    pub fn check_integrity(&self) -> Result<Vec<String>> {
        Ok(self.store.check_integrity()?)
    }

    // ---- settings ----

    /// What the person has set.
    pub fn settings(&self) -> Settings {
        self.settings.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Whether clients of the ingest listener have to show a key, and whether `is_right` finds it among what they show.
    pub fn admits(&self, is_right: impl FnOnce(&str) -> bool) -> bool {
        let settings = self.settings.lock().unwrap_or_else(PoisonError::into_inner);
        settings.endpoint_key.as_deref().is_none_or(is_right)
    }

    /// Keeps settings and tells everybody.
    pub fn set_settings(&self, settings: &Settings) -> Result<Settings> {
        let settings = settings.checked()?;
        let rules = settings::compile(&settings.redaction)?;
        let text =
            serde_json::to_string(&settings).map_err(|error| Error::InvalidInput(error.to_string()))?;
        self.store.set_setting("settings", text)?;
        self.redaction.set(rules);
        self.settings.lock().unwrap_or_else(PoisonError::into_inner).clone_from(&settings);
        self.emit(Event::SettingsChanged(settings.clone()));
        self.forwarding.wake();
        Ok(settings)
    }
}

/// The time on the clock of this machine.
pub fn now() -> UnixNanos {
    let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap_or_default();
    UnixNanos(i64::try_from(since.as_nanos()).unwrap_or(i64::MAX))
}
