//! The library: projects, sources, imports, settings.

use serde::{Deserialize, Serialize};
use specta::Type;

use super::{Count, Endpoint, Timestamp};

/// What the frame of the window needs to know.
#[derive(Debug, Clone, Serialize, Deserialize, Type)]
pub struct AppInfo {
    /// Version of the program.
    pub version: String,
    /// Folder of the library.
    pub library_dir: String,
    /// Bytes of the library on disk.
    pub library_bytes: Count,
    /// Traces in the library.
    pub traces: Count,
    /// Threads in the library.
    pub threads: Count,
    /// Runs in the library.
    pub runs: Count,
    /// Records that could not be read, over all sources.
    pub rejected: Count,
    /// A sentence about something that needs attention (a damaged library that was kept aside).
    pub notice: Option<String>,
    /// The ingest listener.
    pub endpoint: Endpoint,
    /// Blocks of payloads that are not in the full-text index yet.
    pub text_behind: Count,
    /// Blocks of payloads in all.
    pub text_blocks: Count,
}

/// A project with its roll-up.
#[derive(Debug, Clone, Serialize, Deserialize, Type)]
pub struct Project {
    /// Name.
    pub name: String,
    /// Traces.
    pub traces: Count,
    /// Runs.
    pub runs: Count,
    /// Traces whose root failed.
    pub errors: Count,
    /// Latest start or end.
    pub last_activity: Option<Timestamp>,
}

/// Identifies a source.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, Type)]
#[serde(transparent)]
pub struct SourceId(pub u32);

/// Where runs came from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, Type)]
#[serde(rename_all = "snake_case")]
pub enum SourceKind {
    /// An imported file.
    File,
    /// A folder whose files are imported.
    Folder,
    /// The local endpoint.
    Endpoint,
    /// The bundled samples.
    Samples,
    /// Bytes sent by a browser (a dropped file without a path).
    Upload,
}

/// A source with what came out of it.
#[derive(Debug, Clone, Serialize, Deserialize, Type)]
pub struct Source {
    /// Id.
    pub id: SourceId,
    /// Kind.
    pub kind: SourceKind,
    /// Short label: the file's name.
    pub label: String,
    /// Whole path, where there is one.
    pub path: Option<String>,
    /// Whether changes are followed.
    pub watching: bool,
    /// Bytes of the file as last seen.
    pub bytes: Option<Count>,
    /// Runs that this source delivered first.
    pub runs: Count,
    /// Records that could not be read.
    pub rejected: Count,
    /// Warnings about records that were read, but not as they were sent.
    pub warnings: Count,
    /// When it was added.
    pub added: Timestamp,
}

/// Paths of files or folders on this machine.
#[derive(Debug, Clone, Default, Serialize, Deserialize, Type)]
#[serde(default)]
pub struct PathList {
    /// The paths.
    pub paths: Vec<String>,
    /// Keep following what is appended or added.
    pub watch: bool,
}

/// Identifies an import.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, Type)]
#[serde(transparent)]
pub struct JobId(pub u32);

/// How an import stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, Type)]
#[serde(rename_all = "snake_case")]
pub enum JobState {
    /// Reading.
    Running,
    /// Read to the end.
    Done,
    /// Stopped on request; what was read before stays.
    Cancelled,
    /// Stopped by an error; what was read before stays.
    Failed,
}

/// An import.
#[derive(Debug, Clone, Serialize, Deserialize, Type)]
pub struct Job {
    /// Id.
    pub id: JobId,
    /// Name of the file or folder.
    pub label: String,
    /// How it stands.
    pub state: JobState,
    /// Bytes read.
    pub bytes_done: Count,
    /// Bytes in all, where known.
    pub bytes_total: Option<Count>,
    /// Runs read.
    pub runs: Count,
    /// Runs that were not there before.
    pub new_runs: Count,
    /// Traces touched.
    pub traces: Count,
    /// Records that could not be read.
    pub rejected: Count,
    /// Warnings about records that were read, but not as they were sent.
    pub warnings: Count,
    /// First trace that was read: where the window goes when the import ends.
    pub first_trace_id: Option<String>,
    /// The source, once known.
    pub source_id: Option<SourceId>,
    /// Why it failed.
    pub error: Option<String>,
}

/// What became of a record that a report names.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, Type)]
#[serde(rename_all = "snake_case")]
pub enum Severity {
    /// It could not be read.
    #[default]
    Rejected,
    /// It was kept, but not as it was sent.
    Warning,
}

/// Parameters of `list_rejects`.
#[derive(Debug, Clone, Serialize, Deserialize, Type)]
pub struct ListRejects {
    /// Of these sources, the newest first; of all sources when none is named.
    #[serde(default)]
    pub sources: Vec<SourceId>,
    /// Records that could not be read, or warnings about those that were.
    #[serde(default)]
    pub severity: Severity,
    /// Rows to skip.
    pub offset: u32,
    /// Rows to return, at most 500.
    pub limit: u32,
}

/// A line of a report: a record that could not be read, or that was read with a change.
#[derive(Debug, Clone, Serialize, Deserialize, Type)]
pub struct RejectRow {
    /// Source.
    pub source_id: SourceId,
    /// Label of the source.
    pub source: String,
    /// Line in the file, from 1.
    pub line: Option<Count>,
    /// Byte in the file.
    pub offset: Option<Count>,
    /// Path within the record.
    pub path: Option<String>,
    /// Stable word for the reason.
    pub code: String,
    /// The reason.
    pub message: String,
    /// The first characters.
    pub excerpt: String,
}

/// A window of a report. Beyond the 10,000 first of a source, lines of a kind are only counted.
#[derive(Debug, Clone, Serialize, Deserialize, Type)]
pub struct RejectPage {
    /// The rows.
    pub rows: Vec<RejectRow>,
    /// Lines in all of the kind that was asked for.
    pub total: Count,
    /// Records in all that could not be read.
    pub rejected: Count,
    /// Warnings in all.
    pub warnings: Count,
}

/// A file that was opened before.
#[derive(Debug, Clone, Serialize, Deserialize, Type)]
pub struct RecentFile {
    /// Path.
    pub path: String,
    /// Name.
    pub label: String,
    /// When it was opened last.
    pub opened: Timestamp,
    /// Whether it is still there.
    pub exists: bool,
}

/// Colours.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, Type)]
#[serde(rename_all = "snake_case")]
pub enum Theme {
    /// As the system.
    #[default]
    System,
    /// Light.
    Light,
    /// Dark.
    Dark,
}

/// What becomes of shortcuts that are a single character (WCAG 2.1.4).
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, Type)]
#[serde(rename_all = "snake_case")]
pub enum SingleKeys {
    /// They act.
    #[default]
    On,
    /// They act together with Alt.
    Alt,
    /// They do not act.
    Off,
}

/// What a person can set.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct Settings {
    /// Colours.
    pub theme: Theme,
    /// Whether the ingest listener runs.
    pub endpoint_enabled: bool,
    /// Port of the ingest listener on 127.0.0.1.
    pub endpoint_port: u16,
    /// Whether OTLP over gRPC is served too, while the ingest listener runs.
    #[serde(default = "grpc_enabled")]
    pub grpc_enabled: bool,
    /// Port of OTLP over gRPC on 127.0.0.1.
    #[serde(default = "grpc_port")]
    pub grpc_port: u16,
    /// MiB that a request of OTLP may have, before and after unpacking.
    #[serde(default = "endpoint_max_mib")]
    pub endpoint_max_mib: u32,
    /// What clients of the ingest listener have to show as `x-api-key`, `x-service-key` or bearer token.
    #[serde(default)]
    pub endpoint_key: Option<String>,
    /// What is replaced before anything is stored.
    #[serde(default)]
    pub redaction: Vec<RedactionRule>,
    /// Where traces that come in over the endpoint are sent on to.
    #[serde(default)]
    pub forward: Option<Forward>,
    /// Keys that the person chose: command of the interface to shortcut, an empty one being none.
    #[serde(default)]
    pub keymap: std::collections::BTreeMap<String, String>,
    /// What becomes of shortcuts that are a single character.
    #[serde(default)]
    pub single_keys: SingleKeys,
}

// What scripts of before did not know stays as it is by default.
fn grpc_enabled() -> bool {
    engine::Settings::default().grpc_enabled
}

fn grpc_port() -> u16 {
    engine::Settings::default().grpc_port
}

fn endpoint_max_mib() -> u32 {
    engine::Settings::default().endpoint_max_mib
}

/// What a redaction rule goes by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, Type)]
#[serde(rename_all = "snake_case")]
pub enum RedactionKind {
    /// A path to a value: names joined by dots, `*` for any one name.
    Path,
    /// The name of a key, anywhere, in any case.
    Key,
    /// A regular expression.
    Regex,
    /// One of `api_key`, `bearer_token`, `email`, `phone`, `payment_card`.
    Detector,
}

/// A rule by which values are replaced before anything is stored.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct RedactionRule {
    /// Name under which replacements are counted.
    pub name: String,
    /// What it goes by.
    pub kind: RedactionKind,
    /// The path, key, expression or word.
    pub pattern: String,
    /// Whether it also looks into attached files that are text or JSON.
    #[serde(default)]
    pub attachments: bool,
}

/// How traces are sent on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, Type)]
#[serde(rename_all = "snake_case")]
pub enum ForwardProtocol {
    /// LangSmith's write endpoints.
    Langsmith,
    /// OTLP over HTTP.
    Otlp,
}

/// Where traces are sent on to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct Forward {
    /// Address, to which the protocol's paths are appended; http or https.
    pub url: String,
    /// Protocol.
    pub protocol: ForwardProtocol,
    /// Key of that endpoint.
    #[serde(default)]
    pub key: Option<String>,
    /// Project that is named there instead of the traces' own.
    #[serde(default)]
    pub project: Option<String>,
    /// What comes in is put into the queue, but nothing is sent.
    #[serde(default)]
    pub paused: bool,
}

/// Parameters of `preview_redaction`.
#[derive(Debug, Clone, Serialize, Deserialize, Type)]
pub struct PreviewRedaction {
    /// Rules to try.
    pub rules: Vec<RedactionRule>,
}

/// How often a redaction rule replaced something.
#[derive(Debug, Clone, Serialize, Deserialize, Type)]
pub struct RedactionCount {
    /// Name of the rule.
    pub name: String,
    /// Replacements.
    pub count: Count,
}

/// One replacement, with what stands around it.
#[derive(Debug, Clone, Serialize, Deserialize, Type)]
pub struct RedactionExample {
    /// The trace.
    pub trace_id: String,
    /// The run.
    pub run_id: String,
    /// Name of the rule.
    pub rule: String,
    /// What is there.
    pub before: String,
    /// What would be there.
    pub after: String,
}

/// What rules would replace in the newest traces.
#[derive(Debug, Clone, Serialize, Deserialize, Type)]
pub struct RedactionPreview {
    /// Runs that were looked at.
    pub runs: Count,
    /// Replacements by rule, in the order of the rules.
    pub counts: Vec<RedactionCount>,
    /// Some of the replacements, at most 20.
    pub examples: Vec<RedactionExample>,
}

/// Names an import.
#[derive(Debug, Clone, Copy, Serialize, Deserialize, Type)]
pub struct JobRef {
    /// Id.
    pub id: JobId,
}

/// Names a source.
#[derive(Debug, Clone, Copy, Serialize, Deserialize, Type)]
pub struct SourceRef {
    /// Id.
    pub id: SourceId,
}

/// Parameters of `set_watching`.
#[derive(Debug, Clone, Copy, Serialize, Deserialize, Type)]
pub struct SetWatching {
    /// Id of a file or folder.
    pub id: SourceId,
    /// Whether changes are followed from now on.
    pub watching: bool,
}
