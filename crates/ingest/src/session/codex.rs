//! Codex CLI: `~/.codex/sessions/<year>/<month>/<day>/rollout-<time>-<session>.jsonl`.
//!
//! Each line is `{timestamp, type, payload}`. `session_meta` comes first; `turn_context` and the events `task_started`,
//! `task_complete` and `turn_aborted` frame a turn; `response_item`s are what the Responses API was sent and sent. A call
//! of the model is not written as such: it is the items that the model made, up to the record of their tokens
//! (`token_usage_record`, in older versions the event `token_count`) or the answer of a tool.

use model::{Operation, RunId};

use super::{
    claude,
    statement::{Statement, Turn, list, quoted, run_id},
};
use crate::{
    json::{self, elements, member, path},
    preview::object,
};

pub(super) const DIALECT: &str = "codex_session";
/// First word of what ids are made of.
const FAMILY: &str = "codex-session";

/// Whether a session may begin with this line.
pub(super) fn begins(line: &[u8]) -> bool {
    member(line, "type") == Some(b"\"session_meta\"") && member(line, "payload").is_some()
}

/// A call of the model while its items come.
#[derive(Debug)]
struct Call {
    turn: Turn,
    run: RunId,
    items: Vec<Vec<u8>>,
    lines: Vec<Vec<u8>>,
    has_usage: bool,
}

#[derive(Debug)]
struct Open {
    turn: Turn,
    /// As the file names it, if it does.
    name: Option<String>,
    calls: u32,
    prompts: Vec<Vec<u8>>,
    /// Whether anything but the frame of the turn was seen.
    ended: bool,
}

/// A session while it is read.
#[derive(Debug, Default)]
pub(crate) struct Codex {
    meta: Vec<u8>,
    /// The line `session_meta`, until a turn keeps it.
    head: Option<Vec<u8>>,
    turn: Option<Open>,
    /// The call that may still get items.
    call: Option<Call>,
    /// The call that was closed last: its tokens may be told later.
    last_call: Option<Call>,
    heard: Vec<Vec<u8>>,
    instructions: Option<Vec<u8>>,
    model: Option<Vec<u8>>,
    context: Vec<u8>,
    last: Option<Vec<u8>>,
    /// When the model was told something last: its next call began then.
    heard_at: Option<Vec<u8>>,
    /// Turns that the file does not name.
    unnamed: u32,
}

fn text_of(value: &[u8], key: &str) -> Option<String> {
    member(value, key)
        .and_then(json::string)
        .map(std::borrow::Cow::into_owned)
        .filter(|text| !text.is_empty())
}

/// The text of an item's content.
fn words(content: &[u8]) -> String {
    match content.first() {
        Some(b'"') => json::string(content).unwrap_or_default().into_owned(),
        _ => elements(content)
            .filter_map(|part| member(part, "text").and_then(json::string))
            .collect::<Vec<_>>()
            .join("\n"),
    }
}

/// Token counts in LangSmith's words.
fn usage(sent: &[u8]) -> Option<Vec<u8>> {
    let count = |key: &str| member(sent, key).and_then(json::count);
    let (input, output) = (count("input_tokens")?, count("output_tokens")?);
    let usage = serde_json::json!({
        "input_tokens": input,
        "output_tokens": output,
        "total_tokens": input + output,
        "input_token_details": {
            "cache_read": count("cached_input_tokens"),
            "cache_creation": count("cache_write_input_tokens").filter(|count| *count > 0),
        },
        "output_token_details": { "reasoning": count("reasoning_output_tokens") },
    });
    Some(usage.to_string().into_bytes())
}

/// Whether a message of the user's role holds what the program added, not the user's words.
fn is_added(item: &[u8], words: &str) -> bool {
    let kinds = path(item, &["internal_chat_message_metadata_passthrough", "content_item_kinds"]);
    let kinds: Vec<_> = kinds.map(|kinds| elements(kinds).collect()).unwrap_or_default();
    if !kinds.is_empty() {
        return kinds.iter().all(|kind| !kind.starts_with(b"\"user."));
    }
    ["<environment_context>", "<user_instructions>", "<permissions instructions>", "# AGENTS.md instructions"]
        .iter()
        .any(|start| words.trim_start().starts_with(start))
}

impl Codex {
    pub(super) fn read(&mut self, line: &[u8]) -> Vec<Statement> {
        let payload = member(line, "payload").unwrap_or(b"{}");
        let said = match text_of(line, "type").as_deref() {
            Some("session_meta") => {
                // A forked session repeats the beginning of the one it came from.
                if self.meta.is_empty() {
                    self.meta = payload.to_vec();
                    self.head = Some(line.to_vec());
                    let instructions = path(payload, &["base_instructions", "text"]);
                    self.instructions = instructions
                        .or_else(|| member(payload, "instructions"))
                        .filter(|text| text.first() == Some(&b'"'))
                        .map(<[u8]>::to_vec);
                }
                Vec::new()
            }
            Some("turn_context") => {
                self.model = member(payload, "model").map(<[u8]>::to_vec);
                self.context = payload.to_vec();
                self.begin(text_of(payload, "turn_id"), line)
            }
            Some("response_item") => self.item(payload, line),
            Some("event_msg") => self.event(payload, line),
            Some("token_usage_record") => self.tokens(member(payload, "usage"), line),
            Some("compacted") => self.compacted(payload, line),
            _ => Vec::new(),
        };
        self.last = member(line, "timestamp").map(<[u8]>::to_vec);
        said
    }

    fn session(&self) -> String {
        text_of(&self.meta, "id").or_else(|| text_of(&self.meta, "session_id")).unwrap_or_default()
    }

    /// Begins a turn unless it goes on.
    fn begin(&mut self, name: Option<String>, line: &[u8]) -> Vec<Statement> {
        let goes_on = self.turn.as_ref().is_some_and(|open| match (&name, &open.name) {
            (Some(name), Some(open)) => name == open,
            (None, _) => !open.ended,
            // The turn began with the user's words, before its name was told.
            (Some(_), None) => !open.ended,
        });
        if goes_on {
            return Vec::new();
        }
        let mut said = self.leave();
        let turn = match &name {
            Some(name) => Turn::of(&[FAMILY, name]),
            None => {
                self.unnamed += 1;
                Turn::of(&[FAMILY, &self.session(), &self.unnamed.to_string()])
            }
        };
        let mut begin = Statement::about(Operation::Create, turn, turn.root)
            .text("name", "Codex")
            .text("run_type", "chain")
            .sent("start_time", member(line, "timestamp"));
        if let Some(head) = self.head.take() {
            begin = begin.lines(&[head]);
        }
        said.push(self.about_session(begin));
        self.turn = Some(Open { turn, name, calls: 0, prompts: Vec::new(), ended: false });
        said
    }

    /// A turn that was left in the middle ended with its last line.
    fn leave(&mut self) -> Vec<Statement> {
        self.last_call = self.call.take();
        let left = self.turn.take().filter(|open| !open.ended);
        let end = |open: Open| {
            let last = self.last.as_deref()?;
            let turn = Statement::about(Operation::Update, open.turn, open.turn.root);
            Some(turn.sent("end_time", Some(last)))
        };
        left.and_then(end).into_iter().collect()
    }

    fn about_session(&self, statement: Statement) -> Statement {
        let project = claude::folder_name(&self.meta).unwrap_or_else(|| "Codex".to_owned());
        let session = quoted(&self.session());
        let meta = |key| member(&self.meta, key);
        statement
            .text("session_name", &project)
            .meta("session_id", Some(&session))
            .meta("ls_integration", Some(b"\"openai-codex\""))
            .meta("cwd", member(&self.context, "cwd").or_else(|| meta("cwd")))
            .meta("version", meta("cli_version"))
            .meta("originator", meta("originator"))
            .meta("git_branch", path(&self.meta, &["git", "branch"]))
            .meta("approval_policy", member(&self.context, "approval_policy"))
    }

    fn item(&mut self, item: &[u8], line: &[u8]) -> Vec<Statement> {
        let kind = text_of(item, "type").unwrap_or_default();
        let role = text_of(item, "role").unwrap_or_default();
        if kind == "message" && role != "assistant" {
            return self.message(item, &role, line);
        }
        if let Some(kind) = kind.strip_suffix("_output") {
            return self.answer(item, kind, line);
        }
        let mut said = self.begin(None, line);
        let Some(open) = &mut self.turn else { return said };
        let turn = open.turn;
        if self.call.is_none() {
            open.calls += 1;
            open.ended = false;
            let run = run_id(&[FAMILY, &turn.trace.to_string(), "call", &open.calls.to_string()]);
            let heard = list(&std::mem::take(&mut self.heard));
            let instructions = self.instructions.take();
            let inputs = [("instructions", instructions.as_deref()), ("input", Some(heard.as_slice()))];
            let begin = Statement::about(Operation::Create, turn, run)
                .text("name", "llm_request")
                .text("run_type", "llm")
                .text("parent_run_id", &turn.root.to_string())
                .sent("start_time", self.heard_at.as_deref().or(member(line, "timestamp")))
                .json("inputs", object(inputs.iter().filter_map(|(key, value)| Some((*key, (*value)?)))))
                .meta("ls_model_name", self.model.as_deref());
            said.push(self.about_session(begin));
            self.call = Some(Call { turn, run, items: Vec::new(), lines: Vec::new(), has_usage: false });
        }
        if let Some(call) = &mut self.call {
            call.items.push(item.to_vec());
            call.lines.push(line.to_vec());
            said.push(
                Statement::about(Operation::Update, turn, call.run)
                    .json("outputs", object([("output", list(&call.items).as_slice())]))
                    .sent("end_time", member(line, "timestamp"))
                    .lines(&call.lines),
            );
        }
        if kind.ends_with("_call") {
            said.extend(self.called(turn, item, &kind, line));
        }
        said
    }

    /// A tool that the model called; of some kinds the item tells the outcome too.
    fn called(&self, turn: Turn, item: &[u8], kind: &str, line: &[u8]) -> Option<Statement> {
        let call = text_of(item, "call_id").or_else(|| text_of(item, "id"))?;
        let time = member(line, "timestamp");
        let fixed = quoted(kind.trim_end_matches("_call"));
        // Arguments of functions are JSON in a text.
        let arguments = text_of(item, "arguments").map(String::into_bytes);
        let arguments = arguments.filter(|text| json::whole_value(text).is_ok_and(|value| value[0] == b'{'));
        let sent = ["arguments", "input", "action"].iter().find_map(|key| member(item, key));
        let inputs = match (arguments, sent) {
            (Some(arguments), _) => arguments,
            (None, Some(sent)) if sent.first() == Some(&b'{') => sent.to_vec(),
            (None, sent) => object([("input", sent.unwrap_or(b"null"))]),
        };
        let mut begin = Statement::about(Operation::Create, turn, tool_run(turn, &call))
            .sent("name", member(item, "name").or(Some(&fixed)))
            .text("run_type", "tool")
            .text("parent_run_id", &turn.root.to_string())
            .sent("start_time", time)
            .json("inputs", inputs)
            .meta("tool_call_id", Some(&quoted(&call)));
        if kind == "web_search_call" {
            begin = begin.sent("end_time", time);
        }
        Some(self.about_session(begin))
    }

    /// What a tool answered; the model hears it in its next call.
    fn answer(&mut self, item: &[u8], kind: &str, line: &[u8]) -> Vec<Statement> {
        let mut said = self.begin(None, line);
        self.last_call = self.call.take().or_else(|| self.last_call.take());
        self.heard.push(item.to_vec());
        self.heard_at = member(line, "timestamp").map(<[u8]>::to_vec);
        let Some(open) = &self.turn else { return said };
        let Some(call) = text_of(item, "call_id") else { return said };
        let output = member(item, "output").unwrap_or(b"null");
        let mut answer = Statement::about(Operation::Update, open.turn, tool_run(open.turn, &call))
            .json("outputs", object([("output", output)]))
            .sent("end_time", member(line, "timestamp"))
            .lines(&[line.to_vec()]);
        let failed =
            path(output, &["success"]) == Some(b"false") || member(item, "success") == Some(b"false");
        if failed {
            let text = path(output, &["content"]).map(words).filter(|text| !text.is_empty());
            answer = answer.text("error", &text.unwrap_or_else(|| format!("{kind} failed")));
        }
        said.push(answer);
        said
    }

    /// What the model is told: by the user, or by the program.
    fn message(&mut self, item: &[u8], role: &str, line: &[u8]) -> Vec<Statement> {
        let words = member(item, "content").map(words).unwrap_or_default();
        let is_user = role == "user" && !is_added(item, &words);
        let said = if is_user || self.turn.is_some() { self.begin(None, line) } else { Vec::new() };
        self.last_call = self.call.take().or_else(|| self.last_call.take());
        self.heard.push(item.to_vec());
        self.heard_at = member(line, "timestamp").map(<[u8]>::to_vec);
        let Some(open) = self.turn.as_mut().filter(|_| is_user) else { return said };
        open.prompts.push(item.to_vec());
        let turn = Statement::about(Operation::Update, open.turn, open.turn.root)
            .json("inputs", object([("messages", list(&open.prompts).as_slice())]))
            .lines(&[line.to_vec()]);
        said.into_iter().chain([turn]).collect()
    }

    fn event(&mut self, event: &[u8], line: &[u8]) -> Vec<Statement> {
        let time = member(line, "timestamp");
        let kind = text_of(event, "type").unwrap_or_default();
        if matches!(kind.as_str(), "task_started" | "turn_started") {
            // Where the file does not name its turns, this event comes before the user's words.
            return match text_of(event, "turn_id") {
                Some(name) => self.begin(Some(name), line),
                None => Vec::new(),
            };
        }
        if kind == "token_count" {
            return self.tokens(path(event, &["info", "last_token_usage"]), line);
        }
        let Some(open) = &mut self.turn else { return Vec::new() };
        let about = Statement::about(Operation::Update, open.turn, open.turn.root).lines(&[line.to_vec()]);
        match kind.as_str() {
            "task_complete" | "turn_complete" => {
                open.ended = true;
                let about = about.sent("end_time", time);
                vec![match member(event, "last_agent_message").filter(|text| text.first() == Some(&b'"')) {
                    Some(text) => about.json("outputs", object([("output", text)])),
                    None => about,
                }]
            }
            // Older versions tell no end: the last words are the answer, for now.
            "agent_message" => match member(event, "message") {
                Some(text) => vec![about.sent("end_time", time).json("outputs", object([("output", text)]))],
                None => Vec::new(),
            },
            "turn_aborted" => {
                open.ended = true;
                let reason = text_of(event, "reason").unwrap_or_else(|| "aborted".to_owned());
                vec![about.text("error", &reason).text("status", "interrupted").sent("end_time", time)]
            }
            "error" | "stream_error" => {
                let message = text_of(event, "message").unwrap_or_else(|| kind.clone());
                let fatal = kind == "error";
                vec![if fatal { about.text("error", &message).sent("end_time", time) } else { about }]
            }
            "exec_command_end" => exit(open.turn, event, line).into_iter().collect(),
            "item_completed" => {
                let item = member(event, "item").unwrap_or_default();
                let item = item.first().map(|_| item);
                item.and_then(|item| exit(open.turn, item, line)).into_iter().collect()
            }
            _ => Vec::new(),
        }
    }

    /// The tokens of the call that was made last.
    fn tokens(&mut self, sent: Option<&[u8]>, line: &[u8]) -> Vec<Statement> {
        self.last_call = self.call.take().or_else(|| self.last_call.take());
        let Some(call) = self.last_call.as_mut().filter(|call| !call.has_usage) else { return Vec::new() };
        let Some(usage) = sent.and_then(usage) else { return Vec::new() };
        call.has_usage = true;
        let counted = Statement::about(Operation::Update, call.turn, call.run);
        vec![counted.meta("usage_metadata", Some(&usage)).extra("usage_line", line.to_vec())]
    }

    /// The conversation so far was replaced by a summary.
    fn compacted(&mut self, payload: &[u8], line: &[u8]) -> Vec<Statement> {
        let mut said = self.begin(None, line);
        let Some(open) = &self.turn else { return said };
        let time = member(line, "timestamp");
        let at = text_of(line, "timestamp").unwrap_or_default();
        let run = run_id(&[FAMILY, &open.turn.trace.to_string(), "compaction", &at]);
        let compaction = Statement::about(Operation::Create, open.turn, run)
            .text("name", "compaction")
            .text("run_type", "chain")
            .text("parent_run_id", &open.turn.root.to_string())
            .sent("start_time", time)
            .sent("end_time", time)
            .json("outputs", object([("summary", member(payload, "message").unwrap_or(b"null"))]))
            .meta("ls_agent_type", Some(b"\"compaction\""))
            .lines(&[line.to_vec()]);
        said.push(self.about_session(compaction));
        said
    }
}

fn tool_run(turn: Turn, call: &str) -> RunId {
    run_id(&[FAMILY, &turn.trace.to_string(), "tool", call])
}

/// How a command ended, which its answer to the model says only in words.
fn exit(turn: Turn, event: &[u8], line: &[u8]) -> Option<Statement> {
    let call = text_of(event, "call_id").or_else(|| text_of(event, "id"))?;
    let code = member(event, "exit_code")?;
    let mut ended = Statement::about(Operation::Update, turn, tool_run(turn, &call))
        .meta("exit_code", Some(code))
        .extra("exit_line", line.to_vec());
    if code != b"0" && code != b"null" {
        let output = text_of(event, "aggregated_output").unwrap_or_default();
        let code = String::from_utf8_lossy(code);
        ended = ended.text("error", format!("Exit code {code}\n{output}").trim());
    }
    Some(ended)
}
