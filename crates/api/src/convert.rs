//! From the engine's types to the wire's, one line each where it can be.

use std::collections::HashMap;

use engine::{OpenRun, TraceTree};

use crate::wire::{
    AttachmentInfo, Count, DurationNanos, Endpoint, EndpointPort, EndpointState, Event, EventEnvelope,
    Forward, ForwardProtocol, ForwardStatus, Job, JobId, JobState, JsonKind, JsonNode, PayloadInfo, Project,
    RedactionCount, RedactionExample, RedactionKind, RedactionPreview, RedactionRule, RunError, RunEvent,
    RunLink, RunPanel, RunStatus, RunType, Settings, SingleKeys, SortTraces, Source, SourceKind, Theme,
    ThreadRow, TraceColumns, TraceFilter, TraceRow, Usage,
};

/// Payloads up to this size travel with the run panel.
const INLINE_BYTES: usize = 64 * 1024;
/// Bytes of a scalar that travel with its JSON node.
const SCALAR_BYTES: usize = 2048;

impl From<model::RunType> for RunType {
    fn from(run_type: model::RunType) -> Self {
        match run_type {
            model::RunType::Llm => Self::Llm,
            model::RunType::Tool => Self::Tool,
            model::RunType::Chain => Self::Chain,
            model::RunType::Retriever => Self::Retriever,
            model::RunType::Embedding => Self::Embedding,
            model::RunType::Prompt => Self::Prompt,
            model::RunType::Parser => Self::Parser,
        }
    }
}

impl From<model::RunStatus> for RunStatus {
    fn from(status: model::RunStatus) -> Self {
        match status {
            model::RunStatus::Pending => Self::Pending,
            model::RunStatus::Success => Self::Success,
            model::RunStatus::Error => Self::Error,
            model::RunStatus::Interrupted => Self::Interrupted,
        }
    }
}

impl From<RunStatus> for model::RunStatus {
    fn from(status: RunStatus) -> Self {
        match status {
            RunStatus::Pending => Self::Pending,
            RunStatus::Success => Self::Success,
            RunStatus::Error => Self::Error,
            RunStatus::Interrupted => Self::Interrupted,
        }
    }
}

impl From<model::Usage> for Usage {
    fn from(usage: model::Usage) -> Self {
        Self {
            input: usage.input.map(Count),
            output: usage.output.map(Count),
            total: usage.total().map(Count),
            cache_read: usage.cache_read.map(Count),
            cache_creation: usage.cache_creation.map(Count),
            reasoning: usage.reasoning.map(Count),
        }
    }
}

impl From<TraceFilter> for engine::TraceFilter {
    fn from(filter: TraceFilter) -> Self {
        Self {
            project: filter.project,
            source: filter.source_id.map(Into::into),
            thread: filter.thread,
            status: filter.status.map(Into::into),
            text: filter.text,
            terms: Vec::new(),
        }
    }
}

impl From<SortTraces> for engine::SortTraces {
    fn from(sort: SortTraces) -> Self {
        match sort {
            SortTraces::Start => Self::Start,
            SortTraces::Name => Self::Name,
            SortTraces::Latency => Self::Latency,
            SortTraces::Runs => Self::Runs,
            SortTraces::Errors => Self::Errors,
            SortTraces::Tokens => Self::Tokens,
            SortTraces::Cost => Self::Cost,
        }
    }
}

impl From<engine::TraceRow> for TraceRow {
    fn from(row: engine::TraceRow) -> Self {
        Self {
            trace_id: row.trace_id.to_string(),
            name: row.name.unwrap_or_else(|| "unnamed".to_owned()),
            run_type: row.run_type.into(),
            status: row.status.into(),
            project: row.project,
            thread: row.thread,
            source_id: row.source.into(),
            start: row.start.map(Into::into),
            latency: row.latency_nanos.map(DurationNanos),
            first_token: row.first_token_nanos.map(DurationNanos),
            runs: Count(row.runs),
            errors: Count(row.errors),
            pending: Count(row.pending),
            usage: row.usage.into(),
            cost: row.cost.map(Into::into),
            unpriced_runs: Count(row.unpriced_runs),
            model: row.model,
            input_preview: row.input_preview,
            output_preview: row.output_preview,
            error: row.error,
        }
    }
}

impl From<engine::ThreadRow> for ThreadRow {
    fn from(row: engine::ThreadRow) -> Self {
        Self {
            thread: row.thread,
            project: row.project,
            turns: Count(row.turns),
            runs: Count(row.runs),
            errors: Count(row.failed_turns),
            first_start: row.first_start.map(Into::into),
            last_activity: row.last_activity.map(Into::into),
            usage: row.usage.into(),
            cost: row.cost.map(Into::into),
            first_input: row.first_input,
            last_output: row.last_output,
            latency_p50: row.latency_p50.map(DurationNanos),
            latency_p99: row.latency_p99.map(DurationNanos),
            feedback: Count(row.feedback),
        }
    }
}

impl From<engine::ProjectRow> for Project {
    fn from(row: engine::ProjectRow) -> Self {
        Self {
            name: row.name,
            traces: Count(row.traces),
            runs: Count(row.runs),
            errors: Count(row.failed_traces),
            last_activity: row.last_activity.map(Into::into),
        }
    }
}

impl From<engine::SourceKind> for SourceKind {
    fn from(kind: engine::SourceKind) -> Self {
        match kind {
            engine::SourceKind::File => Self::File,
            engine::SourceKind::Folder => Self::Folder,
            engine::SourceKind::Endpoint => Self::Endpoint,
            engine::SourceKind::Samples => Self::Samples,
            engine::SourceKind::Upload => Self::Upload,
        }
    }
}

impl From<engine::SourceRow> for Source {
    fn from(row: engine::SourceRow) -> Self {
        Self {
            id: row.id.into(),
            kind: row.kind.into(),
            label: row.label,
            path: row
                .path
                .filter(|_| matches!(row.kind, engine::SourceKind::File | engine::SourceKind::Folder)),
            watching: row.watching,
            bytes: row.bytes.map(Count),
            runs: Count(row.runs),
            rejected: Count(row.rejected),
            warnings: Count(row.warnings),
            added: row.added.into(),
        }
    }
}

impl From<engine::JobId> for JobId {
    fn from(id: engine::JobId) -> Self {
        Self(id.0)
    }
}

impl From<JobId> for engine::JobId {
    fn from(id: JobId) -> Self {
        Self(id.0)
    }
}

impl From<engine::Job> for Job {
    fn from(job: engine::Job) -> Self {
        Self {
            id: job.id.into(),
            label: job.label,
            state: match job.state {
                engine::JobState::Running => JobState::Running,
                engine::JobState::Done => JobState::Done,
                engine::JobState::Cancelled => JobState::Cancelled,
                engine::JobState::Failed => JobState::Failed,
            },
            bytes_done: Count(job.bytes_done),
            bytes_total: job.bytes_total.map(Count),
            runs: Count(job.runs),
            new_runs: Count(job.new_runs),
            traces: Count(job.traces),
            rejected: Count(job.rejected),
            warnings: Count(job.warnings),
            first_trace_id: job.first_trace.map(|id| id.to_string()),
            source_id: Some(job.source.into()),
            error: job.error.filter(|_| job.state == engine::JobState::Failed),
        }
    }
}

impl From<engine::Settings> for Settings {
    fn from(settings: engine::Settings) -> Self {
        Self {
            theme: match settings.theme {
                engine::Theme::System => Theme::System,
                engine::Theme::Light => Theme::Light,
                engine::Theme::Dark => Theme::Dark,
            },
            endpoint_enabled: settings.endpoint_enabled,
            endpoint_port: settings.endpoint_port,
            grpc_enabled: settings.grpc_enabled,
            grpc_port: settings.grpc_port,
            endpoint_max_mib: settings.endpoint_max_mib,
            endpoint_key: settings.endpoint_key,
            redaction: settings.redaction.into_iter().map(Into::into).collect(),
            forward: settings.forward.map(Into::into),
            keymap: settings.keymap,
            single_keys: match settings.single_keys {
                engine::SingleKeys::On => SingleKeys::On,
                engine::SingleKeys::Alt => SingleKeys::Alt,
                engine::SingleKeys::Off => SingleKeys::Off,
            },
        }
    }
}

impl From<Settings> for engine::Settings {
    fn from(settings: Settings) -> Self {
        Self {
            theme: match settings.theme {
                Theme::System => engine::Theme::System,
                Theme::Light => engine::Theme::Light,
                Theme::Dark => engine::Theme::Dark,
            },
            endpoint_enabled: settings.endpoint_enabled,
            endpoint_port: settings.endpoint_port,
            grpc_enabled: settings.grpc_enabled,
            grpc_port: settings.grpc_port,
            endpoint_max_mib: settings.endpoint_max_mib,
            endpoint_key: settings.endpoint_key,
            redaction: settings.redaction.into_iter().map(Into::into).collect(),
            forward: settings.forward.map(Into::into),
            keymap: settings.keymap,
            single_keys: match settings.single_keys {
                SingleKeys::On => engine::SingleKeys::On,
                SingleKeys::Alt => engine::SingleKeys::Alt,
                SingleKeys::Off => engine::SingleKeys::Off,
            },
        }
    }
}

impl From<engine::PortStatus> for EndpointPort {
    fn from(port: engine::PortStatus) -> Self {
        Self {
            state: match port.state {
                engine::EndpointState::Listening => EndpointState::Listening,
                engine::EndpointState::Off => EndpointState::Off,
                engine::EndpointState::Failed => EndpointState::Failed,
            },
            address: port.address,
            error: port.error,
        }
    }
}

impl From<engine::EndpointStatus> for Endpoint {
    fn from(status: engine::EndpointStatus) -> Self {
        let EndpointPort { state, address, error } = status.http.into();
        Self {
            state,
            address,
            error,
            grpc: status.grpc.into(),
            requests: Count(status.requests),
            runs: Count(status.runs),
            rejected: Count(status.rejected),
            metrics: Count(status.metrics),
            postponed: Count(status.postponed),
            redacted: status.redacted.into_iter().map(redaction_count).collect(),
            forward: status.forward.map(|forward| ForwardStatus {
                waiting: Count(forward.waiting),
                waiting_bytes: Count(forward.waiting_bytes),
                sent: Count(forward.sent),
                failed: Count(forward.failed),
                last_error: forward.last_error,
                next_try: forward.next_try.map(Into::into),
            }),
        }
    }
}

/// Both ways between an enum or struct of settings and its wire form.
macro_rules! both_ways {
    ($name:ident { $($variant:ident),* }) => {
        impl From<engine::$name> for $name {
            fn from(value: engine::$name) -> Self {
                match value { $(engine::$name::$variant => Self::$variant),* }
            }
        }
        impl From<$name> for engine::$name {
            fn from(value: $name) -> Self {
                match value { $($name::$variant => Self::$variant),* }
            }
        }
    };
}

both_ways!(RedactionKind { Path, Key, Regex, Detector });
both_ways!(ForwardProtocol { Langsmith, Otlp });

impl From<engine::RedactionRule> for RedactionRule {
    fn from(rule: engine::RedactionRule) -> Self {
        let engine::RedactionRule { name, kind, pattern, attachments } = rule;
        Self { name, kind: kind.into(), pattern, attachments }
    }
}

impl From<RedactionRule> for engine::RedactionRule {
    fn from(rule: RedactionRule) -> Self {
        let RedactionRule { name, kind, pattern, attachments } = rule;
        Self { name, kind: kind.into(), pattern, attachments }
    }
}

impl From<engine::Forward> for Forward {
    fn from(forward: engine::Forward) -> Self {
        let engine::Forward { url, protocol, key, project, paused } = forward;
        Self { url, protocol: protocol.into(), key, project, paused }
    }
}

impl From<Forward> for engine::Forward {
    fn from(forward: Forward) -> Self {
        let Forward { url, protocol, key, project, paused } = forward;
        Self { url, protocol: protocol.into(), key, project, paused }
    }
}

fn redaction_count((name, count): (String, u64)) -> RedactionCount {
    RedactionCount { name, count: Count(count) }
}

impl From<engine::RedactionPreview> for RedactionPreview {
    fn from(preview: engine::RedactionPreview) -> Self {
        Self {
            runs: Count(preview.runs),
            counts: preview.counts.into_iter().map(redaction_count).collect(),
            examples: preview
                .examples
                .into_iter()
                .map(|example| RedactionExample {
                    trace_id: example.trace_id.to_string(),
                    run_id: example.run_id.to_string(),
                    rule: example.rule,
                    before: example.before,
                    after: example.after,
                })
                .collect(),
        }
    }
}

/// An event with its number.
pub(crate) fn envelope(number: u64, event: engine::Event) -> EventEnvelope {
    let event = match event {
        engine::Event::RunsChanged(traces) => {
            Event::RunsChanged { trace_ids: traces.iter().map(model::TraceId::to_string).collect() }
        }
        engine::Event::ImportProgress(job) => Event::ImportProgress { job: job.into() },
        engine::Event::SourcesChanged => Event::SourcesChanged {},
        engine::Event::EndpointChanged(endpoint) => Event::EndpointChanged { endpoint: endpoint.into() },
        engine::Event::SettingsChanged(settings) => Event::SettingsChanged { settings: settings.into() },
        engine::Event::DatasetsChanged => Event::DatasetsChanged {},
        engine::Event::ReviewChanged(queues, session) => {
            Event::ReviewChanged { queue_ids: queues.iter().map(ToString::to_string).collect(), session }
        }
        engine::Event::TextIndexed => Event::TextIndexed {},
        engine::Event::ShowTrace(trace_id) => Event::ShowTrace { trace_id: trace_id.to_string() },
        engine::Event::Missed => Event::Missed {},
    };
    EventEnvelope { sequence: Count(number), event }
}

/// Distinct texts with their indexes.
struct Strings<'t> {
    texts: Vec<&'t str>,
    known: HashMap<&'t str, i32>,
}

impl<'t> Strings<'t> {
    /// Begins with texts whose indexes are known.
    fn starting_with(texts: &'t [std::sync::Arc<str>]) -> Self {
        let texts: Vec<&str> = texts.iter().map(AsRef::as_ref).collect();
        let known = texts.iter().copied().zip(0..).collect();
        Self { texts, known }
    }

    fn index(&mut self, text: Option<&'t str>) -> i32 {
        let Some(text) = text else { return -1 };
        *self.known.entry(text).or_insert_with(|| {
            self.texts.push(text);
            i32::try_from(self.texts.len() - 1).unwrap_or(-1)
        })
    }
}

/// The runs of a trace in tree order, one array a column.
pub(crate) fn trace_columns(opened: &TraceTree) -> TraceColumns {
    let runs = &opened.rows.runs;
    // Few runs lack their parent, so these texts are made before the pass that borrows all others.
    let missing = |node: &engine::TreeNode| runs[node.input].parent_run_id.filter(|_| node.is_orphan);
    let missing: Vec<String> =
        opened.tree.nodes.iter().filter_map(missing).map(|id| id.to_string()).collect();
    let mut missing = missing.iter().map(String::as_str);
    let mut strings = Strings::starting_with(&opened.rows.texts);
    let mut columns = TraceColumns::with_capacity(runs.len());
    let number = |text: Option<u32>| text.and_then(|text| i32::try_from(text).ok()).unwrap_or(-1);
    let trace_start = opened.row.start;
    for node in &opened.tree.nodes {
        let run = &runs[node.input];
        columns.run_id.push(run.run_id.0);
        columns.parent.push(node.parent.and_then(|parent| i32::try_from(parent).ok()).unwrap_or(-1));
        columns.depth.push(node.depth);
        columns.descendants.push(node.descendants);
        columns.name.push(number(run.name));
        columns.detail.push(strings.index(run.detail.as_deref()));
        columns.model.push(number(run.model));
        columns.error.push(strings.index(run.error.as_deref()));
        columns.run_type.push(run.run_type.into());
        columns.status.push(run.status.into());
        columns.start_offset.push(
            run.start.zip(trace_start).map(|(start, first)| DurationNanos(start.0.saturating_sub(first.0))),
        );
        columns.duration.push(run.start.zip(run.end).map(|(start, end)| DurationNanos(end.since(start))));
        columns
            .first_token
            .push(run.start.zip(run.first_token).map(|(start, token)| DurationNanos(token.since(start))));
        columns.input_tokens.push(run.usage.input.map(Count));
        columns.output_tokens.push(run.usage.output.map(Count));
        columns.total_tokens.push(node.total_tokens.map(Count));
        columns.total_cost.push(node.total_cost.map(Into::into));
        columns.usage_counted.push(run.usage_counted);
        columns.key_run.push(node.key_run);
        let orphan = node.is_orphan && run.parent_run_id.is_some();
        columns.missing_parent.push(if orphan { strings.index(missing.next()) } else { -1 });
    }
    columns.strings = strings.texts.into_iter().map(str::to_owned).collect();
    columns
}

fn payload(text: &str) -> PayloadInfo {
    PayloadInfo {
        bytes: Count(u64::try_from(text.len()).unwrap_or(u64::MAX)),
        json: (text.len() <= INLINE_BYTES).then(|| text.to_owned()),
    }
}

impl From<&OpenRun> for RunPanel {
    fn from(opened: &OpenRun) -> Self {
        let row = &opened.row;
        let detail = &opened.detail;
        let owned = |text: &Option<std::sync::Arc<str>>| text.as_deref().map(str::to_owned);
        let error = detail.error.clone().map(|error| RunError {
            message: error.message,
            kind: error.kind,
            stacktrace: error.stacktrace,
        });
        let short = || row.error.clone().map(|message| RunError { message, kind: None, stacktrace: None });
        Self {
            trace_id: opened.trace_id.to_string(),
            run_id: row.run_id.to_string(),
            parent_run_id: row.parent_run_id.map(|id| id.to_string()),
            name: owned(&row.name).unwrap_or_else(|| "unnamed".to_owned()),
            run_type: row.run_type.into(),
            status: row.status.into(),
            start: row.start.map(Into::into),
            end: row.end.map(Into::into),
            latency: row.start.zip(row.end).map(|(start, end)| DurationNanos(end.since(start))),
            first_token: row
                .start
                .zip(row.first_token)
                .map(|(start, token)| DurationNanos(token.since(start))),
            usage: row.usage.clone().into(),
            cost: row.cost.map(Into::into),
            model: owned(&row.model),
            provider: owned(&row.provider),
            project: owned(&row.project),
            thread: owned(&row.thread),
            prompt_version: owned(&row.prompt_version),
            dialect: owned(&row.dialect),
            tags: detail.tags.clone(),
            error: error.or_else(short),
            events: detail
                .events
                .iter()
                .map(|event| RunEvent {
                    name: event.name.clone(),
                    time: event.time.map(Into::into),
                    offset: event
                        .time
                        .zip(row.start)
                        .map(|(time, start)| DurationNanos(time.0.saturating_sub(start.0))),
                    attributes: event.attributes.clone(),
                })
                .collect(),
            links: detail
                .links
                .iter()
                .map(|link| RunLink {
                    trace_id: link.trace_id.clone(),
                    span_id: link.span_id.clone(),
                    attributes: link.attributes.clone(),
                })
                .collect(),
            attachments: opened
                .attachments
                .iter()
                .map(|file| AttachmentInfo {
                    name: file.name.clone(),
                    mime_type: file.mime_type.clone(),
                    bytes: Count(file.bytes),
                })
                .collect(),
            inputs: detail.inputs.as_deref().map(payload),
            outputs: detail.outputs.as_deref().map(payload),
            metadata: payload(&detail.metadata),
            attributes: payload(&detail.attributes),
            raw: payload(&detail.raw),
            records: row.records,
        }
    }
}

/// A text cut to so many characters.
pub(crate) fn cut_text(text: &str, chars: usize) -> String {
    text.chars().take(chars).collect()
}

/// A JSON node with as much of its text as a row shows.
pub(crate) fn json_node(key: String, pointer: String, node: &ingest::JsonNode<'_>) -> JsonNode {
    use ingest::JsonKind as Kind;
    let kind = match node.kind {
        Kind::Null => JsonKind::Null,
        Kind::Boolean => JsonKind::Boolean,
        Kind::Number => JsonKind::Number,
        Kind::String => JsonKind::String,
        Kind::Array => JsonKind::Array,
        Kind::Object => JsonKind::Object,
    };
    let is_container = matches!(node.kind, Kind::Array | Kind::Object);
    let cut = !is_container && node.text.len() > SCALAR_BYTES;
    let text = match node.kind {
        Kind::Array | Kind::Object => String::new(),
        Kind::String if cut => {
            // Cut the text, not its escapes.
            let text: String = node.string().unwrap_or_default().chars().take(SCALAR_BYTES / 2).collect();
            serde_json::Value::String(text).to_string()
        }
        _ => String::from_utf8_lossy(&node.text[..node.text.len().min(SCALAR_BYTES)]).into_owned(),
    };
    JsonNode {
        key,
        pointer,
        kind,
        text,
        cut,
        bytes: Count(u64::try_from(node.text.len()).unwrap_or(u64::MAX)),
        children: u32::try_from(node.child_count()).unwrap_or(u32::MAX),
    }
}
