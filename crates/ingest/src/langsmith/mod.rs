//! LangSmith runs as the SDK sends them and the API exports them (`langsmith-data.md` §1).

mod batch;
pub mod examples;
pub mod feedback;
mod merged;
pub mod multipart;
mod operations;
pub(crate) mod repair;
mod usage;

use std::borrow::Cow;

use model::{
    AgentTags, Operation, RawFormat, RawRecord, RunFields, RunId, RunRecord, RunType, TraceId, UnixNanos,
};

use crate::{
    Context, DecodeError, Decoded, Reject, dialect,
    json::{self, Object, elements, members},
    preview, session,
};

pub use batch::{Batch, RUN_TOO_LARGE};
pub(crate) use merged::merged;
pub use operations::{Assembler, Taken, single};

/// Vocabulary of these records.
pub(crate) const DIALECT: &str = "langsmith_run";
/// Levels of `child_runs` inside of `child_runs`.
const MAX_CHILD_DEPTH: usize = 256;

/// Members by which an object is known as a run.
const RUN_KEYS: [&str; 8] = [
    "run_type",
    "start_time",
    "end_time",
    "dotted_order",
    "trace_id",
    "parent_run_id",
    "child_runs",
    "session_name",
];

/// Whether an object looks like a run.
pub(crate) fn looks_like_run(value: &[u8]) -> bool {
    let mut has_id = false;
    let mut known = 0;
    for (key, _) in members(value) {
        has_id |= key == "id";
        known += usize::from(RUN_KEYS.contains(&key.as_ref()));
    }
    has_id && known > 0
}

/// Decodes a run (with the runs nested in `child_runs`), a list of runs, or `{"runs": […]}`.
pub fn decode_json(bytes: &[u8], context: &Context, operation: Operation) -> Result<Decoded, DecodeError> {
    let value = repair::value(bytes).map_err(|error| {
        let rest = bytes.get(error.offset..).unwrap_or_default();
        DecodeError(Reject::new(error.kind.code(), error.kind.message(), rest).at_offset(error.offset))
    })?;
    let mut out = Decoded::default();
    if let (Cow::Owned(_), Err(error)) = (&value, json::whole_value(bytes)) {
        out.warnings.push(repair::warning(bytes, error));
    }
    let value = value.as_ref();
    let mut decoder = Decoder { context, operation, out: &mut out };
    match value.first() {
        Some(b'{') => match json::member(value, "runs").filter(|_| !looks_like_run(value)) {
            Some(runs) => elements(runs)
                .enumerate()
                .for_each(|(index, run)| decoder.run(run, &format!("runs[{index}]"), None, 0)),
            None => decoder.run(value, "", None, 0),
        },
        Some(b'[') => elements(value)
            .enumerate()
            .for_each(|(index, run)| decoder.run(run, &format!("[{index}]"), None, 0)),
        _ => return Err(DecodeError(Reject::new("not_a_run", "A run is a JSON object", value))),
    }
    out.warnings.extend(json::utf8_problem(bytes));
    Ok(out)
}

struct Decoder<'d> {
    context: &'d Context,
    operation: Operation,
    out: &'d mut Decoded,
}

/// Ids that a nested run takes from the one around it.
#[derive(Clone, Copy)]
struct Surrounding {
    trace_id: Option<TraceId>,
    run_id: RunId,
}

impl Decoder<'_> {
    fn reject(&mut self, code: &'static str, message: String, run: &[u8], path: &str) {
        let mut reject = Reject::new(code, message, run);
        if !path.is_empty() {
            reject = reject.at_path(path);
        }
        self.out.rejects.push(reject);
    }

    fn warn(&mut self, code: &'static str, message: String, run: &[u8], path: &str) {
        let mut warning = Reject::new(code, message, run);
        if !path.is_empty() {
            warning = warning.at_path(path);
        }
        self.out.warnings.push(warning);
    }

    /// Says what about a run is not as it should be and yet does not keep it out.
    fn problems(&mut self, sent: &Object<'_>, record: &RunRecord, run: &[u8], path: &str) {
        if sent.id::<TraceId>("trace_id").is_none()
            && let Some(sent) = sent.text("trace_id").filter(|text| !text.trim().is_empty())
        {
            let found =
                record.trace_id.map_or_else(|| "is not known yet".to_owned(), |id| format!("is {id}"));
            let message = format!("The trace id {sent:.80} is no UUID; the trace of the run {found}");
            self.warn("invalid_trace_id", message, run, path);
        }
        if sent.id::<RunId>("parent_run_id").is_none()
            && let Some(sent) = sent.text("parent_run_id").filter(|text| !text.trim().is_empty())
        {
            let found = record.fields.parent_run_id;
            let found = found.map_or_else(|| "none".to_owned(), |id| id.to_string());
            let message = format!("The parent's id {sent:.80} is no UUID; the parent of the run is {found}");
            self.warn("invalid_parent_run_id", message, run, path);
        }
        self.contradictions(sent, record, run, path);
        let shapes: [(&str, u8, &str); 4] = [
            ("tags", b'[', "list"),
            ("extra", b'{', "object"),
            ("events", b'[', "list"),
            ("metadata", b'{', "object"),
        ];
        for (key, first, shape) in shapes {
            if let Some(value) = sent.get(key)
                && value.first() != Some(&first)
                && value != b"null"
            {
                let message = format!("{key} is no {shape}; it is not read, the raw run keeps it");
                self.warn("unexpected_type", message, run, path);
            }
        }
        if record.fields.parent_run_id == Some(record.run_id) {
            let message = "The run names itself as its parent; it is shown as a root".to_owned();
            self.warn("own_parent", message, run, path);
        }
        if let (Some(start), Some(end)) = (record.fields.start, record.fields.end)
            && end < start
        {
            let early = start.0.saturating_sub(end.0);
            let message = format!("The run ends {early} ns before it starts; both times are kept as sent");
            self.warn("ends_before_start", message, run, path);
        }
        if let Some(run_type) = sent.text("run_type").filter(|_| record.fields.run_type.is_none()) {
            let message =
                format!("The run type {run_type:.80} is none that is known; the run is shown as a chain");
            self.warn("unknown_run_type", message, run, path);
        }
        if let Some(key) = sent.first_duplicate() {
            let message =
                format!("{key:.80} is there more than once; the last one counts, the raw run keeps all");
            self.warn("duplicate_key", message, run, path);
        }
    }

    /// What the ids of a run say against each other: `dotted_order` counts where it can be read.
    fn contradictions(&mut self, sent: &Object<'_>, record: &RunRecord, run: &[u8], path: &str) {
        let Some(order) = sent.text("dotted_order").filter(|order| !order.trim().is_empty()) else { return };
        let Some(dotted) = dotted_ids(&order).filter(|ids| ids.last() == Some(&record.run_id)) else {
            let message = format!("dotted_order {order:.80} does not lead to this run; it is not gone by");
            return self.warn("invalid_dotted_order", message, run, path);
        };
        if let ([.., parent, _], Some(said)) = (dotted.as_slice(), sent.id::<RunId>("parent_run_id"))
            && said != *parent
        {
            let message =
                format!("parent_run_id is {said}, the parent by dotted_order, which counts, is {parent}");
            self.warn("other_parent", message, run, path);
        }
        if let (Some(first), Some(said)) = (dotted.first(), sent.id::<TraceId>("trace_id"))
            && said.as_bytes() != first.as_bytes()
            && let Some(counts) = record.trace_id
        {
            let message = format!(
                "trace_id is {said}, dotted_order begins with {first}; the trace of the run is {counts}"
            );
            self.warn("other_trace", message, run, path);
        }
    }

    fn run(&mut self, run: &[u8], path: &str, around: Option<Surrounding>, depth: usize) {
        if depth > MAX_CHILD_DEPTH {
            self.reject("too_deep", format!("Runs nested deeper than {MAX_CHILD_DEPTH} levels"), run, path);
            return;
        }
        if run.first() != Some(&b'{') {
            self.reject("not_a_run", "A run is a JSON object".to_owned(), run, path);
            return;
        }
        let sent = Object::read(run);
        let run_id = match sent.text("id").map(|id| id.parse::<RunId>()) {
            Some(Ok(id)) => id,
            Some(Err(error)) => {
                return self.reject("invalid_run_id", format!("The run's id is {error}"), run, path);
            }
            None => return self.reject("missing_run_id", "The run has no id".to_owned(), run, path),
        };
        let (trace_id, parent) = self.ids(&sent, run_id, around);
        let children = sent.get("child_runs").filter(|children| children.first() == Some(&b'['));
        let raw = raw_run(run, children.is_some(), &sent, around.and(trace_id), around.and(parent));
        let fields = self.fields(&sent, parent, run, path);
        let record = RunRecord {
            trace_id,
            run_id,
            fields,
            weight: u32::try_from(raw.len()).unwrap_or(u32::MAX),
            attachments: Vec::new(),
            raw: RawRecord {
                format: RawFormat::LangsmithRun,
                operation: self.operation,
                project: self.context.project.clone(),
                bytes: raw,
            },
        };
        self.problems(&sent, &record, run, path);
        self.out.records.push(record);
        if let Some(children) = children {
            let around = Surrounding { trace_id, run_id };
            for (index, child) in elements(children).enumerate() {
                self.run(child, &format!("{path}.child_runs[{index}]"), Some(around), depth + 1);
            }
        }
    }

    /// Trace and parent: by `dotted_order` where that ends in this run, else as sent, else from the run around, else
    /// (a whole run without a parent is a root) its own (`langsmith-api.md` §5.2).
    fn ids(
        &self,
        sent: &Object<'_>,
        run_id: RunId,
        around: Option<Surrounding>,
    ) -> (Option<TraceId>, Option<RunId>) {
        let dotted = dotted_ids(&sent.text("dotted_order").unwrap_or_default());
        let dotted = dotted.filter(|ids| ids.last() == Some(&run_id)).unwrap_or_default();
        let parent = match dotted.as_slice() {
            [.., parent, _] => Some(*parent),
            // A root by its order may be a child of another process all the same.
            _ => sent.id("parent_run_id"),
        };
        let parent = parent.or_else(|| around.map(|around| around.run_id));
        let first = dotted.first().filter(|_| dotted.len() > 1).copied();
        let trace_id = first
            .map(|first| TraceId::from_bytes(*first.as_bytes()))
            .or_else(|| sent.id("trace_id"))
            .or_else(|| around.and_then(|around| around.trace_id))
            .or_else(|| {
                // A part of a creation that came by itself (the inputs alone) says nothing of where the run stands.
                let describes = ["name", "run_type", "start_time"].iter().any(|key| sent.get(key).is_some());
                let is_whole = self.operation != Operation::Update && describes;
                let is_root = parent.is_none() && (is_whole || !dotted.is_empty());
                is_root.then(|| TraceId::from_bytes(*run_id.as_bytes()))
            });
        (trace_id, parent)
    }

    fn time(&mut self, sent: &Object<'_>, key: &str, run: &[u8], path: &str) -> Option<UnixNanos> {
        let value = sent.get(key)?;
        let text = json::text(value)?;
        let time = if value.first() == Some(&b'"') {
            UnixNanos::parse(&text)
        } else {
            let millis = text.split('.').next().and_then(|whole| whole.parse().ok());
            millis.map_or_else(|| UnixNanos::parse(&text), UnixNanos::from_millis)
        };
        match time {
            Ok(time) => Some(time),
            Err(error) => {
                let message = format!("{key} is {error}; it is left out, the raw run keeps it");
                self.warn("time_out_of_range", message, run, path);
                None
            }
        }
    }

    fn fields(&mut self, sent: &Object<'_>, parent: Option<RunId>, run: &[u8], path: &str) -> RunFields {
        let extra = sent.get("extra").unwrap_or_default();
        let metadata = json::member(extra, "metadata").or_else(|| sent.get("metadata")).unwrap_or_default();
        let meta = |key: &str| {
            json::member(metadata, key)
                .and_then(json::text)
                .map(Cow::into_owned)
                .filter(|text| !text.is_empty())
        };
        let first_meta = |keys: &[&str]| keys.iter().find_map(|key| meta(key));
        let inputs = sent.get("inputs");
        let outputs = sent.get("outputs");
        let run_type = sent.text("run_type").and_then(|run_type| RunType::parse(&run_type));
        let told = usage::told(sent, metadata, outputs, run_type);
        for problem in usage::problems(metadata, outputs) {
            let at = if path.is_empty() { problem.path.clone() } else { format!("{path}.{}", problem.path) };
            let message = format!("{}: {}", problem.path, problem.message);
            self.out.warnings.push(Reject::new("usage", message, run).at_path(at));
        }
        // What cost is grouped by is kept of runs that can cost something.
        let costs = run_type.is_none_or(|run_type| run_type.carries_usage() || run_type == RunType::Tool)
            || !told.cost.is_empty()
            || !told.usage.is_empty();
        // An update that gives no start says nothing of it: the creation knows.
        let start = self.time(sent, "start_time", run, path).or_else(|| {
            let is_new = self.operation != Operation::Update;
            sent.text("dotted_order").filter(|_| is_new).as_deref().and_then(dotted_start)
        });
        let end = self.time(sent, "end_time", run, path);
        let error = error_text(sent);
        let status = sent.text("status").unwrap_or_default().to_ascii_lowercase();
        let error =
            error.or_else(|| matches!(status.as_str(), "error" | "interrupted").then(|| status.clone()));
        let first_token =
            self.time(sent, "first_token_time", run, path).or_else(|| first_token(sent.get("events")?));
        let wrapped = |value: Option<&[u8]>| value.filter(|value| *value != b"null").map(<[u8]>::to_vec);
        let detail = match run_type {
            Some(RunType::Tool) => inputs.and_then(preview::arguments),
            Some(RunType::Retriever) => outputs.and_then(preview::documents),
            _ => None,
        };
        let model = meta("ls_model_name").or_else(|| invocation_model(extra, metadata));
        RunFields {
            parent_run_id: parent,
            name: sent.text("name").filter(|name| !name.is_empty()),
            run_type,
            start,
            end,
            first_token,
            ended: end.is_none() && matches!(status.as_str(), "success" | "error" | "interrupted"),
            error: error.map(|error| preview::short_error(&error)),
            interrupted: status == "interrupted"
                || json::member(metadata, "ls_is_error_interrupt") == Some(b"true"),
            provider: dialect::vendor_of(meta("ls_provider"), model.as_deref()),
            model,
            project: self
                .context
                .project
                .clone()
                .or_else(|| sent.text("session_name"))
                .or_else(|| sent.text("project_name"))
                .or_else(|| sent.text("session_id"))
                .or_else(|| sent.text("address"))
                .filter(|project| !project.is_empty()),
            thread: first_meta(&["session_id", "conversation_id", "thread_id"]),
            usage: told.usage,
            cost: told.cost,
            metadata_usage: told.metadata_usage,
            user: first_meta(&["user_id", "ls_user_id", "user", "userId"]),
            tags: sent.get("tags").filter(|_| costs).map(tags).unwrap_or_default(),
            labels: if costs { crate::usage::labels(json::members(metadata)) } else { Vec::new() },
            prompt_version: first_meta(&[
                "prompt_commit",
                "lc_hub_commit_hash",
                "prompt_tag",
                "prompt_version",
                "prompt_hash",
            ]),
            agent: AgentTags::read(meta),
            reference_example_id: sent
                .text("reference_example_id")
                .and_then(|id| uuid::Uuid::try_parse(id.trim()).ok()),
            detail,
            input_preview: wrapped(inputs)
                .and_then(|inputs| preview::of_payload(&inputs, preview::Side::Input)),
            output_preview: wrapped(outputs)
                .and_then(|outputs| preview::of_payload(&outputs, preview::Side::Output)),
            dialect: Some(dialect(extra).to_owned()),
        }
    }
}

/// The error that a run tells: a text, or an object (or a list) with its message in it.
pub(crate) fn error_text(sent: &Object<'_>) -> Option<String> {
    let error = sent.get("error")?;
    let told = match error.first() {
        Some(b'{') => ["message", "detail", "error"]
            .into_iter()
            .find_map(|key| json::member(error, key).and_then(json::string))
            .filter(|message| !message.trim().is_empty())
            .unwrap_or_else(|| json::lossy(error)),
        Some(b'[') => json::lossy(error),
        _ => json::text(error)?,
    };
    Some(told.into_owned()).filter(|error| !error.trim().is_empty())
}

/// The runs that a `dotted_order` names, the root first; nothing when a segment cannot be read.
fn dotted_ids(dotted: &str) -> Option<Vec<RunId>> {
    dotted.split('.').map(|segment| segment.get(segment.len().checked_sub(36)?..)?.parse().ok()).collect()
}

/// The start that the last segment of a `dotted_order` tells (`langsmith-api.md` §5.2).
fn dotted_start(dotted: &str) -> Option<UnixNanos> {
    let segment = dotted.rsplit('.').next()?;
    let time = segment.get(..segment.len().checked_sub(36)?)?;
    // 20261120T150333814440Z
    let digits = time.strip_suffix('Z')?;
    let (date, time) = digits.split_once('T').filter(|(date, time)| date.len() == 8 && time.len() == 12)?;
    if !date.bytes().chain(time.bytes()).all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    UnixNanos::parse(&format!(
        "{}-{}-{}T{}:{}:{}.{}Z",
        &date[..4],
        &date[4..6],
        &date[6..],
        &time[..2],
        &time[2..4],
        &time[4..6],
        &time[6..]
    ))
    .ok()
}

/// The run's bytes as received; nested runs are taken out (they are records of their own) and ids that only the
/// nesting told are put in.
fn raw_run(
    run: &[u8],
    nested: bool,
    sent: &Object<'_>,
    trace_id: Option<TraceId>,
    parent: Option<RunId>,
) -> Vec<u8> {
    let adds_trace = trace_id.filter(|id| sent.id("trace_id").as_ref() != Some(id));
    let adds_parent = parent.filter(|id| sent.id("parent_run_id").as_ref() != Some(id));
    if !nested && adds_trace.is_none() && adds_parent.is_none() {
        return run.to_vec();
    }
    let trace_json = adds_trace.map(|id| format!("\"{id}\""));
    let parent_json = adds_parent.map(|id| format!("\"{id}\""));
    let replaced = |key: &str| {
        key == "child_runs"
            || (key == "trace_id" && trace_json.is_some())
            || (key == "parent_run_id" && parent_json.is_some())
    };
    let mut entries: Vec<(&str, &[u8])> = sent.iter().filter(|(key, _)| !replaced(key)).collect();
    if let Some(trace) = &trace_json {
        entries.push(("trace_id", trace.as_bytes()));
    }
    if let Some(parent) = &parent_json {
        entries.push(("parent_run_id", parent.as_bytes()));
    }
    preview::object(entries)
}

fn invocation_model(extra: &[u8], metadata: &[u8]) -> Option<String> {
    [
        json::path(metadata, &["ls_invocation_params", "model"]),
        json::path(extra, &["invocation_params", "model"]),
        json::path(extra, &["invocation_params", "model_name"]),
    ]
    .into_iter()
    .flatten()
    .find_map(json::string)
    .map(Cow::into_owned)
}

/// A run that a session file was translated to names the file's vocabulary.
fn dialect(extra: &[u8]) -> &'static str {
    let named = json::member(extra, session::DIALECT_KEY).and_then(json::string);
    let known = session::DIALECTS.into_iter().find(|known| named.as_deref() == Some(known));
    known.unwrap_or(DIALECT)
}

/// Tags of a run, each once.
fn tags(sent: &[u8]) -> Vec<String> {
    let tags = elements(sent).filter_map(json::string).map(std::borrow::Cow::into_owned);
    let mut tags: Vec<String> = tags.filter(|tag| !tag.is_empty() && tag.len() <= 200).collect();
    tags.sort_unstable();
    tags.dedup();
    tags.truncate(64);
    tags
}

fn first_token(events: &[u8]) -> Option<UnixNanos> {
    let event = elements(events)
        .find(|event| json::member(event, "name").and_then(json::string).as_deref() == Some("new_token"))?;
    UnixNanos::parse(&json::member(event, "time").and_then(json::string)?).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn decode(json: &str) -> Decoded {
        decode_json(json.as_bytes(), &Context::default(), Operation::Whole).unwrap()
    }

    const ROOT: &str = "0197a3c2-51e8-7aa0-8f00-111122223333";
    const CHILD: &str = "0197a3c2-51f0-7b3e-9c1d-0a1b2c3d4e5f";

    #[test]
    fn an_exported_run_keeps_ids_usage_cost_and_first_token() {
        let decoded = decode(&format!(
            r#"{{"id":"{CHILD}","dotted_order":"20260714T093000120000Z{ROOT}.20260714T093000128000Z{CHILD}",
            "name":"draft_reply","run_type":"llm","start_time":"2026-07-14T09:30:00.128000Z","end_time":"2026-07-14T09:30:01.902000Z",
            "inputs":{{"messages":[{{"role":"user","content":"Where is parcel 77?"}}]}},
            "outputs":{{"content":"It arrives Tuesday.","usage_metadata":{{"input_tokens":14,"output_tokens":6}}}},
            "extra":{{"metadata":{{"ls_provider":"openai","ls_model_name":"gpt-4o","thread_id":"c-42"}}}},
            "events":[{{"name":"new_token","time":"2026-07-14T09:30:00.640000Z"}}],"total_cost":"0.000095"}}"#
        ));
        let record = &decoded.records[0];
        assert_eq!(record.trace_id.unwrap().to_string(), ROOT);
        assert_eq!(record.fields.parent_run_id.unwrap().to_string(), ROOT);
        assert_eq!(record.fields.usage.total(), Some(20));
        assert_eq!(record.fields.cost.total.unwrap().to_string(), "0.000095");
        assert_eq!(record.fields.thread.as_deref(), Some("c-42"));
        assert_eq!(record.fields.first_token.unwrap().to_iso_micros(), "2026-07-14T09:30:00.640000Z");
        assert_eq!(record.fields.input_preview.as_deref(), Some("Where is parcel 77?"));
        assert_eq!(record.fields.output_preview.as_deref(), Some("It arrives Tuesday."));
    }

    #[test]
    fn nested_child_runs_become_records_of_the_same_trace() {
        let decoded = decode(&format!(
            r#"{{"id":"{ROOT}","name":"agent","run_type":"chain","start_time":"2026-07-14T09:30:00Z",
            "child_runs":[{{"id":"{CHILD}","name":"search","run_type":"tool","inputs":{{"q":"x"}}}}]}}"#
        ));
        let [root, child] = decoded.records.as_slice() else { panic!("two records") };
        assert_eq!(child.trace_id, root.trace_id);
        assert_eq!(child.fields.parent_run_id, Some(root.run_id));
        assert!(!String::from_utf8_lossy(&root.raw.bytes).contains("child_runs"));
        for record in &decoded.records {
            assert_eq!(crate::interpret(&record.raw).as_ref(), Some(record));
        }
    }

    #[test]
    fn a_run_without_a_usable_id_is_rejected_and_the_rest_goes_in() {
        let decoded = decode(&format!(
            r#"[{{"id":"nope","run_type":"llm"}},{{"run_type":"llm"}},{{"id":"{ROOT}","run_type":"llm"}}]"#
        ));
        assert_eq!(decoded.records.len(), 1);
        let codes: Vec<_> =
            decoded.rejects.iter().map(|reject| (reject.code, reject.path.as_deref())).collect();
        assert_eq!(codes, [("invalid_run_id", Some("[0]")), ("missing_run_id", Some("[1]"))]);
    }

    #[test]
    fn times_before_1970_are_kept_and_beyond_2262_are_left_out_with_a_warning() {
        let decoded = decode(&format!(
            r#"{{"id":"{ROOT}","run_type":"chain","start_time":"1965-01-01T00:00:00Z","end_time":"2300-01-01T00:00:00Z"}}"#
        ));
        assert!(decoded.records[0].fields.start.unwrap().0 < 0);
        assert_eq!(decoded.records[0].fields.end, None);
        assert_eq!(decoded.warnings[0].code, "time_out_of_range");
    }

    #[test]
    fn an_error_that_is_an_object_is_an_error() {
        for (sent, told) in [
            (r#"{"message":"bad"}"#, Some("bad")),
            (r#"{"code":7}"#, Some(r#"{"code":7}"#)),
            ("[1]", Some("[1]")),
            ("\"bad\"", Some("bad")),
            ("\" \"", None),
            ("null", None),
        ] {
            let decoded = decode(&format!(r#"{{"id":"{ROOT}","run_type":"chain","error":{sent}}}"#));
            assert_eq!(decoded.records[0].fields.error.as_deref(), told, "{sent}");
        }
    }

    #[test]
    fn what_a_run_says_against_itself_is_told() {
        let order = format!("20260714T093000120000Z{ROOT}.20260714T093000128000Z{CHILD}");
        for (sent, code) in [
            (format!(r#""dotted_order":"{order}","parent_run_id":"{CHILD}""#), "other_parent"),
            (format!(r#""dotted_order":"{order}","trace_id":"{CHILD}""#), "other_trace"),
            (r#""dotted_order":"xxx""#.to_owned(), "invalid_dotted_order"),
            (r#""tags":"x""#.to_owned(), "unexpected_type"),
            (r#""extra":"x""#.to_owned(), "unexpected_type"),
        ] {
            let decoded = decode(&format!(r#"{{"id":"{CHILD}","name":"n","run_type":"chain",{sent}}}"#));
            let codes: Vec<_> = decoded.warnings.iter().map(|warning| warning.code).collect();
            assert_eq!(codes, [code], "{sent}");
            assert!(json::lossy(&decoded.records[0].raw.bytes).contains(&sent[..10]), "{sent}");
        }
        let whole = format!(
            r#"{{"id":"{CHILD}","dotted_order":"{order}","parent_run_id":"{ROOT}","trace_id":"{ROOT}","tags":["x"],"extra":null}}"#
        );
        assert_eq!(decode(&whole).warnings, []);
    }

    #[test]
    fn an_interrupt_is_no_failure() {
        let decoded = decode(&format!(
            r#"{{"id":"{ROOT}","run_type":"chain","error":"GraphInterrupt()\n\nTraceback","extra":{{"metadata":{{"ls_is_error_interrupt":true}}}}}}"#
        ));
        assert_eq!(decoded.records[0].fields.status(), model::RunStatus::Interrupted);
        assert_eq!(decoded.records[0].fields.error.as_deref(), Some("GraphInterrupt()"));
    }
}
