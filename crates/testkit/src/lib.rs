//! Traces drawn as text, and a tiny raw format, so that tests need no SDK. Tests only.

use std::fmt::Write as _;

use model::{
    Attachment, Cost, MetadataUsage, Operation, RawFormat, RawRecord, RunFields, RunId, RunRecord, RunType,
    TraceId, UnixNanos, Usage,
};

/// Sixteen bytes that begin with the name: ids in tests read as names and sort like them.
fn id_bytes(name: &str) -> [u8; 16] {
    let mut bytes = [0; 16];
    for (place, byte) in bytes.iter_mut().zip(name.bytes()) {
        *place = byte;
    }
    bytes
}

/// The run of this name (at most 16 bytes count).
pub fn run_id(name: &str) -> RunId {
    RunId::from_bytes(id_bytes(name))
}

/// The trace of this name (at most 16 bytes count).
pub fn trace_id(name: &str) -> TraceId {
    TraceId::from_bytes(id_bytes(name))
}

/// The name in an id made by [`run_id`] or [`trace_id`].
pub fn id_name(bytes: &[u8; 16]) -> String {
    String::from_utf8_lossy(bytes).trim_end_matches('\0').to_owned()
}

/// A record that says nothing yet; finish it with [`sealed`].
pub fn record(trace: Option<&str>, run: &str, operation: Operation) -> RunRecord {
    RunRecord {
        trace_id: trace.map(trace_id),
        run_id: run_id(run),
        fields: RunFields::default(),
        weight: 0,
        attachments: Vec::new(),
        raw: RawRecord { format: RawFormat::LangsmithRun, operation, project: None, bytes: Vec::new() },
    }
}

/// Adds a file, to a sealed record's raw bytes as well.
#[must_use]
pub fn with_attachment(mut record: RunRecord, name: &str, bytes: &[u8]) -> RunRecord {
    let mut line = format!("attachment={name}=");
    for byte in bytes {
        let _ = write!(line, "{byte:02x}");
    }
    record.raw.bytes = [line.as_bytes(), b"\n", &record.raw.bytes].concat();
    record.attachments.push(attachment(name, bytes.to_vec()));
    record
}

fn attachment(name: &str, bytes: Vec<u8>) -> Attachment {
    Attachment { name: name.to_owned(), mime_type: "text/plain".to_owned(), bytes }
}

/// Writes what the record says into its raw bytes, followed by `payload`: `key=value` lines, an empty line, payload.
#[must_use]
pub fn sealed(mut record: RunRecord, payload: &[u8]) -> RunRecord {
    let mut text = String::new();
    let mut put = |key: &str, value: Option<String>| {
        if let Some(value) = value {
            let _ = writeln!(text, "{key}={value}");
        }
    };
    let fields = &record.fields;
    let number = |value: Option<u64>| value.map(|value| value.to_string());
    let time = |value: Option<UnixNanos>| value.map(|value| value.0.to_string());
    put("trace", record.trace_id.map(|id| id.to_string()));
    put("run", Some(record.run_id.to_string()));
    put("weight", Some(record.weight.to_string()));
    put("parent", fields.parent_run_id.map(|id| id.to_string()));
    put("name", fields.name.clone());
    put("type", fields.run_type.map(|kind| kind.as_str().to_owned()));
    put("start", time(fields.start));
    put("end", time(fields.end));
    put("first_token", time(fields.first_token));
    put("ended", fields.ended.then(|| "1".to_owned()));
    put("error", fields.error.clone());
    put("interrupted", fields.interrupted.then(|| "1".to_owned()));
    put("model", fields.model.clone());
    put("provider", fields.provider.clone());
    put("project", fields.project.clone());
    put("thread", fields.thread.clone());
    put("in", number(fields.usage.input));
    put("out", number(fields.usage.output));
    put("total", number(fields.usage.total));
    put("cache", number(fields.usage.cache_read));
    put("creation", number(fields.usage.cache_creation));
    put("reasoning", number(fields.usage.reasoning));
    put("cost", fields.cost.total.map(|cost| cost.pico_usd.to_string()));
    put("user", fields.user.clone());
    put("tags", Some(fields.tags.join(",")).filter(|tags| !tags.is_empty()));
    let labels: Vec<String> = fields.labels.iter().map(|(key, value)| format!("{key}:{value}")).collect();
    put("labels", Some(labels.join(",")).filter(|labels| !labels.is_empty()));
    let inherited = fields.metadata_usage.map(|usage| format!("{}:{}", usage.print, usage.is_only));
    put("metadata_usage", inherited);
    put("agent_kind", fields.agent.kind.clone());
    put("prompt", fields.prompt_version.clone());
    put("detail", fields.detail.clone());
    put("input", fields.input_preview.clone());
    put("output", fields.output_preview.clone());
    put("dialect", fields.dialect.clone());
    text.push('\n');
    record.raw.bytes = [text.as_bytes(), payload].concat();
    record
}

/// Takes over one `key=value`; `None` when it is not understood.
fn set(record: &mut RunRecord, key: &str, value: &str) -> Option<()> {
    let fields = &mut record.fields;
    let text = || Some(value.to_owned());
    let time = || value.parse().ok().map(UnixNanos);
    match key {
        "trace" => record.trace_id = Some(value.parse().ok()?),
        "run" => record.run_id = value.parse().ok()?,
        "weight" => record.weight = value.parse().ok()?,
        "parent" => {
            fields.parent_run_id = Some(value.parse().unwrap_or_else(|_| run_id(value)));
        }
        "name" => fields.name = text(),
        "type" => fields.run_type = Some(RunType::parse(value)?),
        "start" => fields.start = Some(time()?),
        "end" => fields.end = Some(time()?),
        "first_token" => fields.first_token = Some(time()?),
        "ended" => fields.ended = true,
        "error" => fields.error = text(),
        "interrupted" => fields.interrupted = true,
        "model" => fields.model = text(),
        "provider" => fields.provider = text(),
        "project" => fields.project = text(),
        "thread" => fields.thread = text(),
        "in" => fields.usage.input = Some(value.parse().ok()?),
        "out" => fields.usage.output = Some(value.parse().ok()?),
        "total" => fields.usage.total = Some(value.parse().ok()?),
        "cache" => fields.usage.cache_read = Some(value.parse().ok()?),
        "creation" => fields.usage.cache_creation = Some(value.parse().ok()?),
        "reasoning" => fields.usage.reasoning = Some(value.parse().ok()?),
        "cost" => fields.cost.total = Some(Cost { pico_usd: value.parse().ok()? }),
        "agent_kind" => fields.agent.kind = text(),
        "user" => fields.user = text(),
        "tags" => fields.tags = value.split(',').map(str::to_owned).collect(),
        "labels" => {
            let labels = value
                .split(',')
                .map(|label| label.split_once(':').map(|(key, value)| (key.to_owned(), value.to_owned())));
            fields.labels = labels.collect::<Option<_>>()?;
        }
        "metadata_usage" => {
            let (print, is_only) = value.split_once(':')?;
            fields.metadata_usage =
                Some(MetadataUsage { print: print.parse().ok()?, is_only: is_only.parse().ok()? });
        }
        "prompt" => fields.prompt_version = text(),
        "detail" => fields.detail = text(),
        "input" => fields.input_preview = text(),
        "output" => fields.output_preview = text(),
        "dialect" => fields.dialect = text(),
        "attachment" => {
            let (name, digits) = value.split_once('=')?;
            let byte = |place: usize| u8::from_str_radix(digits.get(place..place + 2)?, 16).ok();
            let bytes = (0..digits.len()).step_by(2).map(byte).collect::<Option<_>>()?;
            record.attachments.push(attachment(name, bytes));
        }
        "op" => {
            record.raw.operation = match value {
                "create" => Operation::Create,
                "update" => Operation::Update,
                _ => Operation::Whole,
            }
        }
        _ => return None,
    }
    Some(())
}

/// What bytes written by [`sealed`] mean.
pub fn interpret(raw: &RawRecord) -> Option<RunRecord> {
    let end = raw.bytes.windows(2).position(|pair| pair == b"\n\n")?;
    let text = std::str::from_utf8(&raw.bytes[..end]).ok()?;
    let mut read = record(None, "", raw.operation);
    for line in text.lines() {
        let (key, value) = line.split_once('=')?;
        set(&mut read, key, value)?;
    }
    read.raw = raw.clone();
    Some(read)
}

/// Reads a drawing. `trace NAME` (or `trace ?`: not named) begins a trace; every other line is a record:
/// `name [type] [start..end] [key=value …]`, with its parent one step further left. `start..` is still running.
///
/// ```
/// let records = testkit::draw(
///     "trace t
///      agent chain 0..9
///        ask llm 1..4 model=gpt in=10 out=2
///        look tool 5..",
/// );
/// assert_eq!(records.len(), 3);
/// assert_eq!(records[1].fields.parent_run_id, Some(testkit::run_id("agent")));
/// ```
///
/// # Panics
///
/// When a line is not understood.
pub fn draw(drawing: &str) -> Vec<RunRecord> {
    let mut records = Vec::new();
    let mut trace = None;
    let mut above: Vec<(usize, RunId)> = Vec::new();
    for line in drawing.lines().filter(|line| !line.trim().is_empty()) {
        let indent = line.len() - line.trim_start().len();
        let mut words = line.split_whitespace();
        let name = words.next().unwrap_or_default();
        if name == "trace" {
            trace = words.next().filter(|name| *name != "?");
            above.clear();
            continue;
        }
        let mut drawn = record(trace, name, Operation::Whole);
        above.retain(|(left, _)| *left < indent);
        drawn.fields.parent_run_id = above.last().map(|(_, parent)| *parent);
        above.push((indent, drawn.run_id));
        drawn.fields.name = Some(name.to_owned());
        for word in words {
            let understood = if let Some((key, value)) = word.split_once('=') {
                set(&mut drawn, key, value)
            } else if let Some((start, end)) = word.split_once("..") {
                drawn.fields.start = start.parse().ok().map(UnixNanos);
                drawn.fields.end = end.parse().ok().map(UnixNanos);
                Some(())
            } else {
                drawn.fields.run_type = RunType::parse(word);
                drawn.fields.run_type.map(|_| ())
            };
            assert!(understood.is_some(), "not understood: {word:?} in {line:?}");
        }
        records.push(sealed(drawn, b""));
    }
    records
}

/// Usage as drawn by `in=` and `out=`.
pub fn tokens(input: u64, output: u64) -> Usage {
    Usage { input: Some(input), output: Some(output), ..Usage::default() }
}
