//! Claude Code: `~/.claude/projects/<folder>/<session>.jsonl`, and `<session>/subagents/agent-<id>.jsonl` beside it.
//!
//! Lines of a conversation have `uuid`, `parentUuid`, `sessionId`, `timestamp` and a `message` as Anthropic's API has it.
//! A message of the model is written in several lines, one a block, all with its id and usage. Newer versions name the
//! turn on every line of the user (`promptId`), in the files of sub-agents too, which ties them together. Older ones
//! write a sub-agent between the lines of its session (`isSidechain`).

use std::collections::HashMap;

use model::{Operation, RunId};

use super::statement::{Statement, Turn, list, quoted, run_id};
use crate::{
    json::{self, elements, member, path},
    preview::object,
};

pub(super) const DIALECT: &str = "claude_code_session";
/// First word of what ids are made of.
const FAMILY: &str = "claude-code-session";
/// Beginning of what stands in the place of the user's words when the user stops a turn.
const INTERRUPTED: &str = "[Request interrupted by user";

/// Whether a session may begin with this line.
pub(super) fn begins(line: &[u8]) -> bool {
    let has = |key| member(line, key).is_some();
    has("type")
        && (has("sessionId") && !has("resourceSpans")
            || has("leafUuid") && has("summary")
            || has("messageId") && has("snapshot"))
}

/// A call of the model while its lines come.
#[derive(Debug)]
struct Call {
    message: String,
    run: RunId,
    blocks: Vec<Vec<u8>>,
    lines: Vec<Vec<u8>>,
}

/// One conversation with the model: the user's, or a sub-agent's.
#[derive(Debug)]
struct Chain {
    turn: Turn,
    /// The turn, or the sub-agent.
    run: RunId,
    is_agent: bool,
    /// The user's words, as messages.
    prompts: Vec<Vec<u8>>,
    /// Messages that the next call will receive beside what was there before.
    heard: Vec<Vec<u8>>,
    call: Option<Call>,
    /// Time of the last line, as sent.
    last: Option<Vec<u8>>,
    ended: bool,
}

#[derive(Debug)]
struct Tool {
    turn: Turn,
    run: RunId,
}

/// A session while it is read.
#[derive(Debug, Default)]
pub(crate) struct Claude {
    /// By the id of the sub-agent; the user's own under no name.
    chains: HashMap<String, Chain>,
    /// Tools that were called and have not answered.
    tools: HashMap<String, Tool>,
    /// What sub-agents were asked, with the tool that asked.
    asked: Vec<(String, RunId)>,
    /// The sub-agent of each of its lines, for versions that write them into the session's own file.
    sidechains: HashMap<String, String>,
    /// Titles that came before the first turn.
    titles: Vec<Vec<u8>>,
}

fn text_of(line: &[u8], key: &str) -> Option<String> {
    member(line, key).and_then(json::string).map(std::borrow::Cow::into_owned).filter(|text| !text.is_empty())
}

fn is_true(line: &[u8], key: &str) -> bool {
    member(line, key) == Some(b"true")
}

/// The text of a message's content.
fn words(content: &[u8]) -> String {
    match content.first() {
        Some(b'"') => json::string(content).unwrap_or_default().into_owned(),
        _ => elements(content)
            .filter_map(|part| member(part, "text").and_then(json::string))
            .collect::<Vec<_>>()
            .join("\n"),
    }
}

/// Parts of a message that answer tools.
fn results(content: &[u8]) -> Vec<&[u8]> {
    elements(content).filter(|part| member(part, "type") == Some(b"\"tool_result\"")).collect()
}

/// Token counts in LangSmith's words; the vendor does not count cached tokens as input.
fn usage(message: &[u8]) -> Option<Vec<u8>> {
    let usage = member(message, "usage")?;
    let count = |key: &str| member(usage, key).and_then(json::count);
    let (read, write) = (count("cache_read_input_tokens"), count("cache_creation_input_tokens"));
    let input = count("input_tokens")? + read.unwrap_or(0) + write.unwrap_or(0);
    let output = count("output_tokens")?;
    let usage = serde_json::json!({
        "input_tokens": input,
        "output_tokens": output,
        "total_tokens": input + output,
        "input_token_details": { "cache_read": read, "cache_creation": write },
    });
    Some(usage.to_string().into_bytes())
}

/// The last part of a folder's path, on any system.
pub(super) fn folder_name(line: &[u8]) -> Option<String> {
    let cwd = text_of(line, "cwd")?;
    cwd.rsplit(['/', '\\']).find(|part| !part.is_empty()).map(str::to_owned)
}

impl Claude {
    pub(super) fn read(&mut self, line: &[u8]) -> Vec<Statement> {
        match text_of(line, "type").as_deref() {
            Some("user") => self.user(line),
            Some("assistant") => self.assistant(line),
            Some("summary" | "ai-title" | "custom-title") => self.title(line),
            Some("system" | "attachment") => self.note(line),
            // Copies, states of the screen, and versions of files.
            _ => Vec::new(),
        }
    }

    /// The conversation that a line belongs to.
    fn chain_of(&mut self, line: &[u8]) -> String {
        if let Some(agent) = text_of(line, "agentId") {
            return agent;
        }
        if !is_true(line, "isSidechain") {
            return String::new();
        }
        let uuid = text_of(line, "uuid").unwrap_or_default();
        let above = text_of(line, "parentUuid").and_then(|above| self.sidechains.get(&above).cloned());
        let key = above.unwrap_or_else(|| uuid.clone());
        self.sidechains.insert(uuid, key.clone());
        key
    }

    /// The conversation of a line, begun if the line begins it; what beginning it says.
    fn chain(&mut self, line: &[u8]) -> (String, Vec<Statement>) {
        let key = self.chain_of(line);
        let is_agent = !key.is_empty();
        let content = path(line, &["message", "content"]).unwrap_or_default();
        let is_prompt = member(line, "type") == Some(b"\"user\"") && results(content).is_empty();
        let prompt = text_of(line, "promptId");
        let uuid = text_of(line, "uuid").unwrap_or_default();
        let own = |prompt: &str| Turn::of(&[FAMILY, prompt]);
        let known = self.chains.get(&key);
        let begins_turn = !is_agent
            && is_prompt
            && match (&prompt, known) {
                (Some(prompt), Some(known)) => own(prompt) != known.turn,
                (None, Some(_)) => {
                    let is_added = is_true(line, "isMeta") || is_true(line, "isCompactSummary");
                    !is_added && !words(content).trim_start().starts_with(INTERRUPTED)
                }
                (_, None) => true,
            };
        if known.is_some() && !begins_turn {
            return (key, Vec::new());
        }
        let mut said = Vec::new();
        // A turn that was left in the middle ended when the next one began.
        if let Some(known) = known.filter(|known| !known.ended) {
            let end = Statement::about(Operation::Update, known.turn, known.run);
            said.extend(known.last.as_deref().map(|last| end.sent("end_time", Some(last))));
        }
        let main = self.chains.get("").map(|main| main.turn);
        let turn = match (&prompt, main) {
            (Some(prompt), _) => own(prompt),
            (None, Some(main)) if is_agent => main,
            _ => own(&uuid),
        };
        let run =
            if is_agent { run_id(&[FAMILY, &turn.trace.to_string(), "agent", &key]) } else { turn.root };
        let mut begin = Statement::about(Operation::Create, turn, run)
            .text("name", if is_agent { "agent" } else { "Claude Code" })
            .text("run_type", "chain")
            .sent("start_time", member(line, "timestamp"));
        let asked_by = |words: &str| self.asked.iter().rfind(|(asked, _)| asked == words);
        let parent = is_agent.then(|| words(content)).and_then(|words| Some(asked_by(&words)?.1));
        // A sub-agent in a file of its own stands below its turn until its session's file tells the tool.
        let stands_alone = is_agent && prompt.is_none() && main.is_none();
        if is_agent && !stands_alone {
            begin = begin.text("parent_run_id", &parent.unwrap_or(turn.root).to_string());
        }
        if is_agent {
            let agent_type = member(line, "attributionAgent").or_else(|| member(line, "agentName"));
            begin = begin.meta("ls_agent_type", Some(b"\"subagent\"")).meta("ls_subagent_type", agent_type);
        }
        said.push(about_session(begin, line));
        let chain = Chain {
            turn,
            run,
            is_agent,
            prompts: Vec::new(),
            heard: Vec::new(),
            call: None,
            last: None,
            ended: false,
        };
        self.chains.insert(key.clone(), chain);
        if !is_agent {
            for title in std::mem::take(&mut self.titles) {
                said.push(titled(turn, &title));
            }
        }
        (key, said)
    }

    fn user(&mut self, line: &[u8]) -> Vec<Statement> {
        let (key, mut said) = self.chain(line);
        let Some(chain) = self.chains.get_mut(&key) else { return said };
        let time = member(line, "timestamp");
        let Some(message) = member(line, "message") else { return said };
        let content = member(message, "content").unwrap_or_default();
        chain.call = None;
        chain.heard.push(message.to_vec());
        let answered = results(content);
        if answered.is_empty() {
            said.push(prompted(chain, line, message, &words(content)));
        }
        for (index, result) in answered.into_iter().enumerate() {
            let Some(call) = text_of(result, "tool_use_id") else { continue };
            let tool = self
                .tools
                .remove(&call)
                .unwrap_or_else(|| Tool { turn: chain.turn, run: tool_run(chain.turn, &call) });
            self.asked.retain(|(_, asked_by)| *asked_by != tool.run);
            let output = member(result, "content").unwrap_or(b"null");
            let mut answer = Statement::about(Operation::Update, tool.turn, tool.run)
                .json("outputs", object([("output", output)]))
                .sent("end_time", time)
                .meta("tool_call_id", member(result, "tool_use_id"));
            if is_true(result, "is_error") {
                answer = answer.text("error", &words(output));
            }
            if index == 0 {
                answer = answer.lines(&[line.to_vec()]);
            }
            said.push(answer);
            // The sub-agent writes a file of its own, which knows the turn but not the tool.
            if let Some(agent) = path(line, &["toolUseResult", "agentId"]).and_then(json::string) {
                let run = run_id(&[FAMILY, &tool.turn.trace.to_string(), "agent", &agent]);
                let kind = path(line, &["toolUseResult", "agentType"]);
                let named = kind.and_then(json::string).unwrap_or("agent".into());
                said.push(
                    Statement::about(Operation::Whole, tool.turn, run)
                        .text("name", &named)
                        .text("parent_run_id", &tool.run.to_string())
                        .meta("ls_subagent_type", kind),
                );
            }
        }
        chain.last = time.map(<[u8]>::to_vec);
        said
    }

    fn assistant(&mut self, line: &[u8]) -> Vec<Statement> {
        let (key, mut said) = self.chain(line);
        let Some(chain) = self.chains.get_mut(&key) else { return said };
        let time = member(line, "timestamp");
        let Some(message) = member(line, "message") else { return said };
        let content = member(message, "content").unwrap_or_default();
        if text_of(message, "model").as_deref() == Some("<synthetic>") {
            // The program's own words, in the place of the model's.
            let mut noted =
                Statement::about(Operation::Update, chain.turn, chain.run).lines(&[line.to_vec()]);
            if is_true(line, "isApiErrorMessage") {
                noted = noted.text("error", &words(content)).sent("end_time", time);
                chain.ended = true;
            }
            said.push(noted);
            return said;
        }
        let id = text_of(message, "id").or_else(|| text_of(line, "uuid")).unwrap_or_default();
        if chain.call.as_ref().is_none_or(|call| call.message != id) {
            let run = run_id(&[FAMILY, &chain.turn.trace.to_string(), "message", &id]);
            let heard = list(&std::mem::take(&mut chain.heard));
            let begin = Statement::about(Operation::Create, chain.turn, run)
                .text("name", "llm_request")
                .text("run_type", "llm")
                .text("parent_run_id", &chain.run.to_string())
                .sent("start_time", chain.last.as_deref().or(time))
                .json("inputs", object([("messages", heard.as_slice())]))
                .meta("ls_provider", Some(b"\"anthropic\""))
                .meta("ls_model_name", member(message, "model"));
            said.push(about_session(begin, line));
            chain.call = Some(Call { message: id, run, blocks: Vec::new(), lines: Vec::new() });
        }
        if let Some(call) = &mut chain.call {
            call.blocks.extend(elements(content).map(<[u8]>::to_vec));
            call.lines.push(line.to_vec());
            let blocks = list(&call.blocks);
            let members = json::members(message).filter(|(key, _)| key != "content" && key != "usage");
            let members: Vec<_> = members.collect();
            let answer = members
                .iter()
                .map(|(key, value)| (key.as_ref(), *value))
                .chain([("content", blocks.as_slice())]);
            said.push(
                Statement::about(Operation::Update, chain.turn, call.run)
                    .json("outputs", object(answer))
                    .sent("end_time", time)
                    .meta("usage_metadata", usage(message).as_deref())
                    .lines(&call.lines),
            );
        }
        for block in elements(content).filter(|block| member(block, "type") == Some(b"\"tool_use\"")) {
            let Some(call) = text_of(block, "id") else { continue };
            let run = tool_run(chain.turn, &call);
            let input = member(block, "input").unwrap_or(b"{}");
            let asked = text_of(input, "prompt");
            self.asked.extend(asked.map(|asked| (asked, run)));
            let begin = Statement::about(Operation::Create, chain.turn, run)
                .sent("name", member(block, "name"))
                .text("run_type", "tool")
                .text("parent_run_id", &chain.run.to_string())
                .sent("start_time", time)
                .json(
                    "inputs",
                    if input.first() == Some(&b'{') { input.to_vec() } else { object([("input", input)]) },
                )
                .meta("tool_call_id", member(block, "id"));
            said.push(about_session(begin, line));
            self.tools.insert(call, Tool { turn: chain.turn, run });
        }
        said.extend(ending(chain, message, content, time));
        chain.last = time.map(<[u8]>::to_vec);
        said
    }

    /// A title of the whole session: it is told of the turn it came in, or of the first.
    fn title(&mut self, line: &[u8]) -> Vec<Statement> {
        match self.chains.get("") {
            Some(main) => vec![titled(main.turn, line)],
            None => {
                self.titles.push(line.to_vec());
                Vec::new()
            }
        }
    }

    /// What the program told the model or itself: kept with the turn.
    fn note(&mut self, line: &[u8]) -> Vec<Statement> {
        let key = self.chain_of(line);
        let Some(chain) = self.chains.get(&key) else { return Vec::new() };
        vec![Statement::about(Operation::Update, chain.turn, chain.run).lines(&[line.to_vec()])]
    }
}

fn tool_run(turn: Turn, call: &str) -> RunId {
    run_id(&[FAMILY, &turn.trace.to_string(), "tool", call])
}

/// Says of a new run what the line says of its session.
fn about_session(statement: Statement, line: &[u8]) -> Statement {
    let project = folder_name(line).unwrap_or_else(|| "Claude Code".to_owned());
    statement
        .text("session_name", &project)
        .meta("session_id", member(line, "sessionId"))
        .meta("ls_integration", Some(b"\"claude-code\""))
        .meta("cwd", member(line, "cwd"))
        .meta("git_branch", member(line, "gitBranch"))
        .meta("version", member(line, "version"))
        .meta("permission_mode", member(line, "permissionMode"))
}

fn titled(turn: Turn, line: &[u8]) -> Statement {
    let title = ["summary", "aiTitle", "customTitle"].iter().find_map(|key| member(line, key));
    Statement::about(Operation::Update, turn, turn.root).meta("session_title", title).lines(&[line.to_vec()])
}

/// The user's words: what a turn is about, or the sign that it was stopped, or a summary of what was said before.
fn prompted(chain: &mut Chain, line: &[u8], message: &[u8], words: &str) -> Statement {
    let time = member(line, "timestamp");
    if is_true(line, "isCompactSummary") {
        let uuid = text_of(line, "uuid").unwrap_or_default();
        let run = run_id(&[FAMILY, &chain.turn.trace.to_string(), "compaction", &uuid]);
        let summary = quoted(words);
        let compaction = Statement::about(Operation::Create, chain.turn, run)
            .text("name", "compaction")
            .text("run_type", "chain")
            .text("parent_run_id", &chain.run.to_string())
            .sent("start_time", time)
            .sent("end_time", time)
            .json("outputs", object([("summary", summary.as_slice())]))
            .meta("ls_agent_type", Some(b"\"compaction\""))
            .lines(&[line.to_vec()]);
        return about_session(compaction, line);
    }
    let about = Statement::about(Operation::Update, chain.turn, chain.run).lines(&[line.to_vec()]);
    if words.trim_start().starts_with(INTERRUPTED) {
        chain.ended = true;
        return about.text("error", words.trim()).text("status", "interrupted").sent("end_time", time);
    }
    // Reminders that the program adds, and what its own commands print, are no words of the user.
    if is_true(line, "isMeta") || words.trim_start().starts_with("<local-command-") {
        return about;
    }
    chain.ended = false;
    chain.prompts.push(message.to_vec());
    about.json("inputs", object([("messages", list(&chain.prompts).as_slice())]))
}

/// What a message says of the turn it stands in: a message that calls no tool is its answer, for now.
fn ending(chain: &mut Chain, message: &[u8], content: &[u8], time: Option<&[u8]>) -> Option<Statement> {
    let goes_on = text_of(message, "stop_reason").as_deref() == Some("tool_use");
    let said = words(content);
    if goes_on || said.is_empty() {
        chain.ended = false;
        return None;
    }
    chain.ended = true;
    let answer = quoted(&said);
    let message = object([("role", b"\"assistant\"".as_slice()), ("content", answer.as_slice())]);
    let outputs = if chain.is_agent {
        object([("output", answer.as_slice())])
    } else {
        object([("messages", list(&[message]).as_slice())])
    };
    let turn = Statement::about(Operation::Update, chain.turn, chain.run);
    Some(turn.json("outputs", outputs).sent("end_time", time))
}
