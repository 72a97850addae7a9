//! The application: everything that happens between the library and those who ask.
//!
//! Imports, watching, live intake, opening traces and runs, exports, events. No transport and no wire types: `api`
//! puts these behind commands. Calls block unless they are `async`.

mod activity;
mod comparisons;
mod conversation;
mod cost;
mod curation;
mod datasets;
mod error;
mod events;
mod exchange;
mod export;
mod forward;
mod guess;
mod import;
mod intake;
mod judgements;
mod judging;
mod keymap;
mod langsmith;
mod notes;
mod prompt;
mod query;
mod queues;
mod redaction;
mod remap;
mod review;
mod reviewing;
mod schema;
mod senders;
mod settings;
mod sharing;
mod subtree;
mod table;
mod text;
mod thread;
mod view;
mod watch;

use std::{
    path::{Path, PathBuf},
    sync::{Arc, Mutex, PoisonError, Weak, atomic::AtomicU32},
};

use store::{Change, Store};

pub use ::agreement as measures;
pub use ::review as rules;
pub use activity::{Arrival, Fate, SeenRequest, Sender, Signal, Transport};
pub use conversation::{ConversationOf, OpenConversation};
pub use cost::{
    CostExplanation, CostQuery, CostReach, CostReport, PriceChange, PriceCheck, RecomputeState, SubtreeCost,
    UnknownCost, WhatIf, WhatIfStep,
};
pub use curation::{
    Added, ExampleProblem, ExampleText, Into as IntoDataset, ProposedExample, Taking, example_metadata,
    example_splits, named as dataset_name,
};
pub use datasets::{ExperimentExample, FormPart, SourceRun, read_examples, read_form};
pub use error::{Error, Result};
pub use events::{Event, Numbered};
pub use exchange::{
    DatasetFormat, DatasetOptions, ExportOptions, Exported, FeedbackScope, ImportedExamples, SendProgress,
    SendProtocol, SendStatus, SendSummary, SendTarget,
};
pub use export::{ExportFormat, ExportSummary};
pub use forward::{ForwardStatus, Waiting};
pub use guess::{GUESSED_AMONG, GuessedThread, GuessedThreads};
pub use import::{Job, JobId, JobState};
pub use ingest::TextPart;
pub use ingest::csv;
pub use ingest::exchange::{FeedbackFormat, WriteOptions, chat::ChatOptions, preference::Dialect};
pub use ingest::export::text_object;
pub use ingest::langsmith::examples::{ExampleBody, ExampleFile};
pub use ingest::langsmith::{
    feedback::{
        check as check_feedback, check_score as check_feedback_score, read as read_feedback,
        score as feedback_score, write as write_feedback,
    },
    multipart::boundary as multipart_boundary,
};
pub use intake::{
    Encoding, EndpointPort, EndpointState, EndpointStatus, IntakeAnswer, OtlpRequest, PortStatus,
};
pub use judging::FeedbackEdit;
pub use langsmith::RunsBody;
pub use model::{Cost, CostByClass, CostClass};
pub use model::{Feedback, FeedbackId, RunId, RunStatus, RunType, TraceId, UnixNanos, filter::Filter};
pub use notes::Notes;
pub use pricing::{
    Calculation, EntryError, Line as CostLine, Match as PriceMatch, Price, PriceBook, PriceEntry,
    PriceOrigin, TableHeader,
};
pub use prompt::OpenPrompt;
pub use query::{DescribedRun, FoundRuns, RunSearch, RunStats, langsmith_members};
pub use queues::{QueueSection, REVIEWER, is_reserved};
pub use redaction::{RedactionExample, RedactionPreview};
pub use remap::RemapStatus;
pub use review::{FeedbackStats, KeyStats, ProjectStats, feedback_stats, percentile};
pub use reviewing::{
    AnswerShare, Backup, Decision, DraftOutcome, Fill, FillResult, FillSource, GivenAnswer, History,
    ItemChange, ItemFilter, ItemView, KeyAgreement, Lease, Matrix, OpenedQueue, PairRow, PairwiseReport,
    PayloadScope, QueueAgreement, QueueProgress, QueueView, Refusal, Restored, ReviewPlace,
    ReviewerAgreement, ReviewerProgress, RubricPreview, Same, SaveQueue, Seat, StepAnswers, StepIssue,
    StepOutcome, UndoOutcome,
};
pub use schema::check_schema;
pub use senders::{RequestBody, TestTrace};
pub use settings::{
    DEFAULT_ENDPOINT_PORT, DEFAULT_GRPC_PORT, Forward, ForwardProtocol, RedactionKind, RedactionRule,
    Settings, SingleKeys, Theme,
};
pub use store::Error as StoreError;
pub use store::FeedbackGrouping;
pub use store::{
    AsOf, AttachmentChange, Comparison, Dataset, DatasetChange, DatasetDiff, DatasetQuery, DatasetVersion,
    Example, ExampleChange, ExampleQuery, ExampleRow, ExampleRun, NewDataset, NewExample,
    NewExampleAttachment, Patch, Shared, SortDatasets, SortExamples, SplitCount, Written,
};
pub use store::{
    AttachmentRow, Counts, FeedbackConfig, FeedbackQuery, FeedbackToken, FirstOfCategory, FoundRun, ItemMove,
    ItemSelection, NewProject, NewQueue, NewQueueItem, NoteCount, NoteGroup, NotePivot, NotePivotBy,
    NoteQuery, NoteRow, Page, ProjectChange, ProjectDetail, ProjectQuery, ProjectRow, Queue, QueueChange,
    QueueItem, QueueKind, QueueQuery, QueueSubject, RejectPage, RejectRow, Remapped, RunCursor, RunQuery,
    RunRow, Severity, SortQueues, SortTraces, SourceId, SourceKind, SourceRow, ThreadRow, TraceFilter,
    TraceQuery, TraceRow,
};
pub use store::{CostGroup, CostScope, CostSums, Dimension, Repriced, TopTrace, TraceAverage, TrendPoint};
pub use store::{DraftRow, ItemBucket, ReviewCounts, ReviewRow, ReviewTarget, Reviewer, ReviewerKind};
pub use store::{Facet, FacetValue, KeySaid, RowKey, SavedView, Scope, TableRow, TableSort, TableSums};
pub use store::{TextPlace, TextStatus};
pub use table::{COUNTED, Hindrance, MOST_FOUND, TableLine, TableRequest, TableWindow};
pub use text::{FoundText, TextAnswer, TextSearch, TextStage};
pub use thread::{ModelUse, ThreadStats, ToolUse};
pub use view::{OpenRun, OpenTrace, TraceTree};
pub use views::guess::{Evidence, USUAL_GAP};
pub use views::{Node as TreeNode, messages};

/// Where the library is and what to start with.
#[derive(Debug, Clone)]
pub struct Options {
    /// Folder of the library.
    pub dir: PathBuf,
    /// Follow the files and folders that are marked for it, send on what waits for that, and fill the full-text index.
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
    /// Held while settings are kept or read anew, so that no one goes by older ones afterwards.
    settings_turn: Mutex<()>,
    activity: activity::Activity,
    ports: Mutex<[PortStatus; 2]>,
    page: std::sync::OnceLock<String>,
    endpoint_source: Mutex<Option<SourceId>>,
    intake: intake::Intake,
    redaction: redaction::Redaction,
    prices: Arc<cost::Prices>,
    recompute: RecomputeState,
    forwarding: forward::Forwarding,
    remapping: remap::Remapping,
    /// A judgement may wait for the call that gave the response it names.
    awaits_responses: std::sync::atomic::AtomicBool,
    sending: exchange::Sending,
    texting: text::Texting,
    opened: Mutex<view::OpenedRuns>,
    /// What tables found by opening runs.
    finds: table::KeptFinds,
    conversations: Mutex<conversation::Conversations>,
    watcher: Mutex<Option<watch::Watcher>>,
    this: Weak<Self>,
    reviewing: Arc<reviewing::Processes>,
    recovered: Mutex<std::collections::HashSet<(uuid::Uuid, uuid::Uuid)>>,
    steps_since_backup: AtomicU32,
    last_backup_day: Mutex<String>,
}

impl Engine {
    /// Opens the library and starts what runs in the background.
    pub fn open(options: &Options) -> Result<Arc<Self>> {
        let hub = Arc::new(events::Hub::new());
        let changes = Arc::clone(&hub);
        let owner = cost::Owner::default();
        let asked = owner.clone();
        let texting = text::Texting::default();
        let written = texting.waker();
        let on_change = Box::new(move |change: Change| {
            let traces = match change {
                Change::Traces(traces) => traces,
                Change::Unknown => {
                    asked.refresh_prices();
                    Vec::new()
                }
            };
            changes.emit(Event::RunsChanged(traces));
            written.wake();
        });
        let prices = Arc::new(cost::Prices::default());
        let store = Store::open(&options.dir, Arc::clone(&prices) as Arc<dyn store::Interpret>, on_change)?;
        // Settings that cannot be read are no reason to store what they keep out.
        let settings = kept_settings(&store)?;
        let redaction = redaction::Redaction::new(settings::compile(&settings.redaction)?);
        let engine = Arc::new_cyclic(|this| Self {
            store,
            hub,
            jobs: Mutex::default(),
            settings: Mutex::new(settings),
            settings_turn: Mutex::new(()),
            activity: activity::Activity::default(),
            ports: Mutex::default(),
            page: std::sync::OnceLock::new(),
            endpoint_source: Mutex::new(None),
            intake: intake::Intake::default(),
            redaction,
            prices,
            recompute: RecomputeState::default(),
            forwarding: forward::Forwarding::default(),
            remapping: remap::Remapping::default(),
            awaits_responses: std::sync::atomic::AtomicBool::new(true),
            texting,
            sending: exchange::Sending::default(),
            opened: Mutex::default(),
            finds: table::KeptFinds::default(),
            conversations: Mutex::default(),
            watcher: Mutex::new(None),
            this: this.clone(),
            reviewing: Arc::new(reviewing::Processes::join(&options.dir)),
            recovered: Mutex::default(),
            steps_since_backup: AtomicU32::new(0),
            last_backup_day: Mutex::default(),
        });
        engine.recover_reviews()?;
        engine.load_prices()?;
        owner.set(Arc::downgrade(&engine));
        if options.watch {
            engine.start_watching()?;
            engine.start_forwarding()?;
            engine.start_indexing()?;
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

    /// One row of the trace table.
    pub fn trace(&self, id: TraceId) -> Result<TraceRow> {
        Ok(self.store.trace(id)?)
    }

    /// A window of the thread list.
    pub fn threads(&self, project: Option<&str>, offset: u32, limit: u32) -> Result<Page<ThreadRow>> {
        Ok(self.store.threads(project, offset, limit)?)
    }

    /// A window of the report about these sources, or about all when none is named: what could not be read, or what was
    /// read with a change.
    pub fn rejects(
        &self,
        sources: &[SourceId],
        severity: Severity,
        offset: u32,
        limit: u32,
    ) -> Result<RejectPage> {
        Ok(self.store.rejects(sources, severity, offset, limit)?)
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

    /// Looks whether another process kept other settings, and goes by them from now on.
    pub(crate) fn see_changed_settings(&self) {
        let _turn = self.settings_turn.lock().unwrap_or_else(PoisonError::into_inner);
        let changed = kept_settings(&self.store).and_then(|settings| {
            let is_same = *self.settings.lock().unwrap_or_else(PoisonError::into_inner) == settings;
            if is_same { Ok(None) } else { Ok(Some((settings::compile(&settings.redaction)?, settings))) }
        });
        match changed {
            Ok(None) => {}
            Ok(Some((rules, settings))) => self.go_by(rules, &settings),
            // What is known stays: it keeps out what it kept out.
            Err(error) => tracing::warn!("the settings that another process kept are not used: {error}"),
        }
    }

    fn go_by(&self, rules: ingest::redact::Rules, settings: &Settings) {
        self.redaction.set(rules);
        self.settings.lock().unwrap_or_else(PoisonError::into_inner).clone_from(settings);
        self.emit(Event::SettingsChanged(settings.clone()));
        self.forwarding.wake();
    }

    /// Keeps settings and tells everybody.
    pub fn set_settings(&self, settings: &Settings) -> Result<Settings> {
        let settings = settings.checked()?;
        let rules = settings::compile(&settings.redaction)?;
        let text =
            serde_json::to_string(&settings).map_err(|error| Error::InvalidInput(error.to_string()))?;
        let _turn = self.settings_turn.lock().unwrap_or_else(PoisonError::into_inner);
        // What an earlier version kept must not stand in the way of other settings.
        if self.settings().keymap != settings.keymap {
            let keys: Vec<_> = self.feedback_keys()?.into_iter().map(|(key, _)| key).collect();
            keymap::check(&settings.keymap, &keys)?;
        }
        self.store.set_setting("settings", text)?;
        self.go_by(rules, &settings);
        Ok(settings)
    }
}

/// The settings of the library.
fn kept_settings(store: &Store) -> Result<Settings> {
    match store.setting("settings")? {
        None => Ok(Settings::default()),
        Some(text) => serde_json::from_str(&text).map_err(|error| {
            Error::InvalidInput(format!("The settings of the library cannot be read: {error}"))
        }),
    }
}

/// The time on the clock of this machine.
pub fn now() -> UnixNanos {
    let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap_or_default();
    UnixNanos(i64::try_from(since.as_nanos()).unwrap_or(i64::MAX))
}
