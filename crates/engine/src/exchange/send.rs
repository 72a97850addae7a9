//! Feedback sent to where the person says: a server of LangSmith's protocol, or an OTLP endpoint.
//!
//! Nothing is sent twice: a journal in the folder of the library tells, for each address, what was begun and what was
//! done. What was begun and not done (the program was killed in between) is asked for before it is sent again.

use std::{
    collections::HashMap,
    fs::{self, File, OpenOptions},
    io::{BufRead as _, BufReader, Write as _},
    ops::ControlFlow,
    path::PathBuf,
    time::Duration,
};

use ingest::exchange::{Judged, otel, record};
use model::{ContentHash, Feedback};
use serde_json::{Map, Value, json};

use super::{ExportOptions, FeedbackScope};
use crate::{Engine, Error, error::Result};

/// How long a request may take.
const TIMEOUT: Duration = Duration::from_secs(30);
/// Pauses after answers that may pass, in milliseconds.
const PAUSES: [u64; 4] = [250, 1000, 3000, 8000];
/// Log records of one request.
const RECORDS_AT_ONCE: usize = 100;
/// Characters of an answer that are shown.
const ANSWER_CHARS: usize = 200;

/// Where feedback is sent, and with which key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SendTarget {
    /// Address: the base of a LangSmith API, or of an OTLP endpoint.
    pub url: String,
    /// Key, where one is asked for.
    pub key: Option<String>,
}

/// How far sending is.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct SendProgress {
    /// Looked at.
    pub done: u64,
    /// In all.
    pub total: u64,
}

/// What was sent.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct SendSummary {
    /// Sent now.
    pub sent: u64,
    /// Changed there, since it changed here after it was sent.
    pub changed: u64,
    /// Taken back there, since it was taken back here.
    pub withdrawn: u64,
    /// There already.
    pub skipped: u64,
    /// Refused, with the reason.
    pub refused: Vec<(String, String)>,
    /// Stopped on request; sending again goes on here.
    pub cancelled: bool,
}

/// What the journal says about one feedback.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Sent {
    Begun,
    Done(i64),
    Withdrawn,
}

struct Journal {
    known: HashMap<String, Sent>,
    file: File,
    path: String,
}

impl Journal {
    fn open(engine: &Engine, url: &str) -> Result<Self> {
        let folder = engine.library_dir().join("sent");
        let name = ContentHash::of_bytes(url.as_bytes())
            .0
            .iter()
            .fold(String::new(), |name, byte| format!("{name}{byte:02x}"));
        let path: PathBuf = folder.join(format!("{name}.jsonl"));
        let failed = |action| {
            let path = path.display().to_string();
            move |source| Error::Io { action, path, source }
        };
        fs::create_dir_all(&folder).map_err(failed("create"))?;
        let mut known = HashMap::new();
        if let Ok(file) = File::open(&path) {
            for line in BufReader::new(file).lines() {
                // A line that a kill cut off says nothing.
                let Ok(line) = serde_json::from_str::<Value>(&line.map_err(failed("read"))?) else {
                    continue;
                };
                let Some(id) = line["id"].as_str() else { continue };
                let state = match (line["done"].as_i64(), line["withdrawn"].as_bool()) {
                    (_, Some(true)) => Sent::Withdrawn,
                    (Some(modified), _) => Sent::Done(modified),
                    _ => Sent::Begun,
                };
                known.insert(id.to_owned(), state);
            }
        }
        let file = OpenOptions::new().create(true).append(true).open(&path).map_err(failed("open"))?;
        let mut journal = Self { known, file, path: path.display().to_string() };
        // Ends what may have been cut off.
        journal.write("\n")?;
        Ok(journal)
    }

    fn write(&mut self, text: &str) -> Result<()> {
        self.file
            .write_all(text.as_bytes())
            .and_then(|()| self.file.sync_data())
            .map_err(|source| Error::Io { action: "write", path: self.path.clone(), source })
    }

    fn note(&mut self, id: &str, state: Sent) -> Result<()> {
        let line = match state {
            Sent::Begun => json!({ "id": id }),
            Sent::Done(modified) => json!({ "id": id, "done": modified }),
            Sent::Withdrawn => json!({ "id": id, "withdrawn": true }),
        };
        self.write(&format!("{line}\n"))?;
        self.known.insert(id.to_owned(), state);
        Ok(())
    }
}

/// An answer: status, text.
type Answer = (u16, String);

struct Client {
    agent: ureq::Agent,
    base: String,
    key: Option<String>,
}

impl Client {
    fn new(target: &SendTarget) -> Result<Self> {
        let base = target.url.trim().trim_end_matches('/').to_owned();
        if !(base.starts_with("http://") || base.starts_with("https://")) {
            return Err(Error::InvalidInput(format!(
                "The address must begin with http:// or https://: {base}"
            )));
        }
        // A redirect would carry the key and the judgements to a place that nobody named.
        let config = ureq::Agent::config_builder()
            .http_status_as_error(false)
            .max_redirects(0)
            .timeout_global(Some(TIMEOUT))
            .build();
        Ok(Self { agent: config.into(), base, key: target.key.clone() })
    }

    /// Asks until there is an answer that trying again would not change.
    fn ask(&self, method: &str, path: &str, body: Option<&str>) -> Result<Answer> {
        let mut last = String::new();
        for pause in std::iter::once(0).chain(PAUSES) {
            std::thread::sleep(Duration::from_millis(pause));
            match self.once(method, path, body) {
                Ok((408 | 425 | 429 | 500..=599, answer)) => last = answer,
                Ok(answer) => return Ok(answer),
                Err(reason) => last = reason,
            }
        }
        Err(Error::InvalidInput(format!(
            "{} does not take feedback now: {last}. What was sent is remembered; sending again goes on from here",
            self.base
        )))
    }

    fn once(&self, method: &str, path: &str, body: Option<&str>) -> std::result::Result<Answer, String> {
        let mut request = ureq::http::Request::builder().method(method).uri(format!("{}{path}", self.base));
        if let Some(key) = &self.key {
            request = request.header("x-api-key", key);
            let bearer = if key.contains(' ') { key.clone() } else { format!("Bearer {key}") };
            request = request.header("authorization", bearer);
        }
        let answer = match body {
            Some(body) => {
                let request = request.header("content-type", "application/json").body(body.to_owned());
                self.agent.run(request.map_err(|error| error.to_string())?)
            }
            None => self.agent.run(request.body(()).map_err(|error| error.to_string())?),
        };
        let mut response = answer.map_err(|error| error.to_string())?;
        let status = response.status().as_u16();
        let text = response.body_mut().with_config().limit(1024 * 1024).read_to_string().unwrap_or_default();
        Ok((status, text))
    }
}

fn refusal(answer: &Answer) -> String {
    let text: String = answer.1.trim().chars().take(ANSWER_CHARS).collect();
    format!("{} {text}", answer.0)
}

/// The body of `POST /feedback`: a record without what is null and without the project's id, which only this library
/// knows where a run or trace is named.
fn body(feedback: &Feedback) -> String {
    let record: Map<String, Value> = serde_json::from_str(&record::line(feedback)).unwrap_or_default();
    let is_placed = feedback.run_id.is_some() || feedback.trace_id.is_some();
    let body: Map<String, Value> = record
        .into_iter()
        .filter(|(key, value)| !(value.is_null() || is_placed && key == "session_id"))
        .collect();
    Value::Object(body).to_string()
}

/// The body of `PATCH /feedback/{id}`: null erases.
fn changes(feedback: &Feedback) -> String {
    let record: Value = serde_json::from_str(&record::line(feedback)).unwrap_or_default();
    let keys = ["score", "value", "comment", "correction", "extra"];
    let members: Map<String, Value> =
        keys.iter().map(|key| ((*key).to_owned(), record[*key].clone())).collect();
    Value::Object(members).to_string()
}

impl Engine {
    /// Posts feedback to a server of LangSmith's protocol (`langsmith-api.md` §10.2). Blocks; `on_progress` may stop it.
    pub fn post_feedback(
        &self,
        scope: &FeedbackScope,
        options: ExportOptions,
        target: &SendTarget,
        on_progress: &mut dyn FnMut(SendProgress) -> ControlFlow<()>,
    ) -> Result<SendSummary> {
        let client = Client::new(target)?;
        let mut journal = Journal::open(self, &client.base)?;
        // What was taken back may have to be taken back there.
        let scope = FeedbackScope { history: true, repeats: false, ..scope.clone() };
        let mut feedback = self.feedback_of(&scope)?;
        if options.redact {
            self.redaction.feedback(&mut feedback);
        }
        let mut summary = SendSummary::default();
        let total = u64::try_from(feedback.len()).unwrap_or(u64::MAX);
        for (done, one) in (0_u64..).zip(&feedback) {
            if on_progress(SendProgress { done, total }).is_break() {
                summary.cancelled = true;
                return Ok(summary);
            }
            let judged = record::for_others(one, options.write);
            send_one(&client, &mut journal, &judged, &mut summary)?;
        }
        let _ = on_progress(SendProgress { done: total, total });
        Ok(summary)
    }

    /// Sends feedback as log records to an OTLP endpoint (`annotation-ux.md` §17.6).
    pub fn send_evaluations(
        &self,
        scope: &FeedbackScope,
        options: ExportOptions,
        target: &SendTarget,
        on_progress: &mut dyn FnMut(SendProgress) -> ControlFlow<()>,
    ) -> Result<SendSummary> {
        let client = Client::new(target)?;
        let path = if client.base.ends_with("/v1/logs") { "" } else { "/v1/logs" };
        let mut journal = Journal::open(self, &format!("{}{path}", client.base))?;
        let mut feedback = self.feedback_of(scope)?;
        if options.redact {
            self.redaction.feedback(&mut feedback);
        }
        let mut summary = SendSummary::default();
        let total = u64::try_from(feedback.len()).unwrap_or(u64::MAX);
        let new = |one: &Feedback| journal.known.get(&one.id.to_string()) != Some(&Sent::Done(modified(one)));
        let waiting: Vec<Feedback> = feedback.into_iter().filter(new).collect();
        summary.skipped = total - u64::try_from(waiting.len()).unwrap_or(0);
        let judged: Vec<Judged> = self.with_runs(waiting)?;
        for some in judged.chunks(RECORDS_AT_ONCE) {
            let done = summary.skipped + summary.sent;
            if on_progress(SendProgress { done, total }).is_break() {
                summary.cancelled = true;
                return Ok(summary);
            }
            let some: Vec<Judged> = some
                .iter()
                .map(|one| Judged {
                    feedback: record::for_others(&one.feedback, options.write),
                    ..one.clone()
                })
                .collect();
            let answer = client.ask("POST", path, Some(&otel::request(&some)))?;
            if !(200..300).contains(&answer.0) {
                return Err(Error::InvalidInput(format!(
                    "{} refuses log records: {}",
                    client.base,
                    refusal(&answer)
                )));
            }
            for one in &some {
                journal.note(&one.feedback.id.to_string(), Sent::Done(modified(&one.feedback)))?;
                summary.sent += 1;
            }
        }
        let _ = on_progress(SendProgress { done: total, total });
        Ok(summary)
    }
}

fn modified(feedback: &Feedback) -> i64 {
    feedback.modified.map_or(0, |time| time.0)
}

fn send_one(
    client: &Client,
    journal: &mut Journal,
    feedback: &Feedback,
    summary: &mut SendSummary,
) -> Result<()> {
    let id = feedback.id.to_string();
    let path = format!("/feedback/{id}");
    let known = journal.known.get(&id).copied();
    if feedback.retracted.is_some() {
        if matches!(known, Some(Sent::Begun | Sent::Done(_))) {
            let answer = client.ask("DELETE", &path, None)?;
            if !matches!(answer.0, 200..=299 | 404) {
                summary.refused.push((id, refusal(&answer)));
                return Ok(());
            }
            journal.note(&id, Sent::Withdrawn)?;
            summary.withdrawn += 1;
        }
        return Ok(());
    }
    let now = modified(feedback);
    let is_there = match known {
        Some(Sent::Done(then)) if then == now => {
            summary.skipped += 1;
            return Ok(());
        }
        Some(Sent::Done(_)) => true,
        // Whether it arrived is known only there.
        Some(Sent::Begun) => client.ask("GET", &path, None)?.0 == 200,
        Some(Sent::Withdrawn) | None => false,
    };
    let answer = if is_there {
        client.ask("PATCH", &path, Some(&changes(feedback)))?
    } else {
        journal.note(&id, Sent::Begun)?;
        client.ask("POST", "/feedback", Some(&body(feedback)))?
    };
    match answer.0 {
        200..=299 if is_there && known == Some(Sent::Begun) => summary.skipped += 1,
        200..=299 if is_there => summary.changed += 1,
        // It is there already: what was wanted.
        200..=299 | 409 => summary.sent += 1,
        _ => {
            summary.refused.push((id, refusal(&answer)));
            return Ok(());
        }
    }
    journal.note(&id, Sent::Done(now))
}
