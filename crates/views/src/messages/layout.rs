//! From what is known of a conversation's messages to the messages as they are shown, in their order.

use std::collections::{BTreeMap, HashMap};

use model::RunStatus;

use super::{
    Block, CallPlace, CallState, HiddenReason, Message, Role, RunInput, Source, ToolCall, ToolResult,
    build::ThreadKey,
    draft::Draft,
    read::error_text,
    thread::{AnswerSlot, Entry, RunKey, Thread, blocks_of, plain_call},
};

/// The order in which the messages of a thread, and of the hidden ones that belong to it, are read.
pub(super) struct Layout {
    pub(super) items: Vec<Item>,
    places: HashMap<Item, usize>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) struct Item {
    key: ThreadKey,
    entry: usize,
    /// The result of this call of the entry, rather than the entry.
    result_of: Option<usize>,
}

impl Layout {
    pub(super) fn of(threads: &[(ThreadKey, &Thread)]) -> Self {
        let mut sorted: Vec<((usize, i64, usize), Item)> = Vec::new();
        for (key, thread) in threads {
            for (entry, known) in thread.entries.iter().enumerate() {
                let item = Item { key: *key, entry, result_of: None };
                sorted.push(((known.turn, known.start, entry), item));
                for (call, slot) in known.calls.iter().enumerate() {
                    // A result of a later turn stands there.
                    if let Some(answer) = slot.answer.as_ref().filter(|answer| answer.turn != known.turn) {
                        sorted.push(((answer.turn, answer.start, 0), Item { result_of: Some(call), ..item }));
                    }
                }
            }
        }
        sorted.sort_by_key(|(rank, item)| (*rank, *item));
        let by_key: HashMap<ThreadKey, &Thread> = threads.iter().copied().collect();
        let mut items = Vec::with_capacity(sorted.len());
        for (_, item) in sorted {
            items.push(item);
            if item.result_of.is_some() {
                continue;
            }
            let Some(entry) = by_key.get(&item.key).and_then(|thread| thread.entries.get(item.entry)) else {
                continue;
            };
            for (call, slot) in entry.calls.iter().enumerate() {
                if slot.answer.as_ref().is_some_and(|answer| answer.turn == entry.turn) {
                    items.push(Item { result_of: Some(call), ..item });
                }
            }
        }
        let places = items.iter().enumerate().map(|(place, item)| (*item, place)).collect();
        Self { items, places }
    }

    pub(super) fn entry_at(&self, key: ThreadKey, entry: usize) -> Option<usize> {
        self.places.get(&Item { key, entry, result_of: None }).copied()
    }

    pub(super) fn last_before(
        &self,
        turn: usize,
        start: i64,
        threads: &BTreeMap<ThreadKey, Thread>,
    ) -> Option<usize> {
        self.items.iter().rposition(|item| {
            threads
                .get(&item.key)
                .and_then(|thread| thread.entries.get(item.entry))
                .is_some_and(|entry| (entry.turn, entry.start) <= (turn, start))
        })
    }

    pub(super) fn messages(&self, threads: &BTreeMap<ThreadKey, Thread>, runs: &[&RunInput]) -> Vec<Message> {
        let mut messages = Vec::with_capacity(self.items.len());
        for item in &self.items {
            let Some(entry) = threads.get(&item.key).and_then(|thread| thread.entries.get(item.entry)) else {
                continue;
            };
            let message = match item.result_of {
                None => {
                    let result_at = |call| self.places.get(&Item { result_of: Some(call), ..*item }).copied();
                    entry_message(entry, item.key.hidden, result_at, runs)
                }
                Some(call) => {
                    let place =
                        self.entry_at(item.key, item.entry).map(|message| CallPlace { message, call });
                    let Some(answer) = entry.calls[call].answer.as_ref() else { continue };
                    answer_message(entry, call, answer, place, item.key.hidden, runs)
                }
            };
            messages.push(message);
        }
        messages
    }
}

fn entry_message(
    entry: &Entry,
    hidden: Option<HiddenReason>,
    result_at: impl Fn(usize) -> Option<usize>,
    runs: &[&RunInput],
) -> Message {
    let run = runs[entry.run];
    let calls = entry
        .draft
        .content
        .calls
        .iter()
        .zip(&entry.calls)
        .enumerate()
        .map(|(index, (call, slot))| {
            let tool = slot.run.map(|run| runs[run]);
            let failed = slot.answer.as_ref().is_some_and(|answer| answer.draft.answer.is_error);
            ToolCall {
                state: state(tool.map(|tool| tool.status), slot.answer.is_some(), failed),
                result: result_at(index),
                run_id: tool.map(|tool| tool.run_id),
                latency_nanos: tool.and_then(latency),
                cost: tool.and_then(|tool| tool.cost),
                ..plain_call(call)
            }
        })
        .collect();
    let is_result = entry.draft.role() == Role::Tool && !entry.is_card;
    let blocks = if is_result {
        vec![Block::ToolResult(result_block(&entry.draft, None, None, runs))]
    } else {
        blocks_of(&entry.draft, calls)
    };
    let is_output = entry.source == Source::Output;
    Message {
        role: entry.draft.role(),
        raw_role: entry.draft.raw_role.clone(),
        name: entry.draft.name.clone(),
        message_id: entry.draft.id.clone(),
        blocks,
        alternatives: entry.draft.alternatives.clone(),
        turn: entry.turn,
        run_id: run.run_id,
        source: entry.source,
        start: run.start,
        latency_nanos: latency(run).filter(|_| is_output),
        model: run.model.clone().filter(|_| is_output),
        provider: run.provider.clone().filter(|_| is_output),
        usage: Some(run.usage.clone()).filter(|usage| entry.carries_usage && !usage.is_empty()),
        cost: run.cost.filter(|_| entry.carries_usage),
        answers: None,
        system_changed: entry.system_changed,
        extracted: entry.extracted,
        hidden,
    }
}

fn answer_message(
    entry: &Entry,
    call: usize,
    answer: &AnswerSlot,
    place: Option<CallPlace>,
    hidden: Option<HiddenReason>,
    runs: &[&RunInput],
) -> Message {
    let tool = entry.calls[call].run;
    let run = runs[tool.unwrap_or(answer.run)];
    let asked = &entry.draft.content.calls[call];
    Message {
        role: Role::Tool,
        raw_role: None,
        name: None,
        message_id: answer.draft.id.clone(),
        blocks: vec![Block::ToolResult(result_block(
            &answer.draft,
            Some((asked.id.as_ref(), &asked.name)),
            tool,
            runs,
        ))],
        alternatives: Vec::new(),
        turn: answer.turn,
        run_id: run.run_id,
        source: if tool.is_some() { Source::Output } else { Source::Input },
        start: run.start,
        latency_nanos: tool.and_then(|tool| latency(runs[tool])),
        model: None,
        provider: None,
        usage: None,
        cost: tool.and_then(|tool| runs[tool].cost),
        answers: place,
        system_changed: false,
        extracted: true,
        hidden,
    }
}

fn result_block(
    draft: &Draft,
    asked: Option<(Option<&String>, &String)>,
    tool: Option<RunKey>,
    runs: &[&RunInput],
) -> ToolResult {
    let says_error = draft.content.blocks.iter().any(|block| matches!(block, Block::Error { .. }));
    let failed = tool.map(|tool| runs[tool]).filter(|run| run.status == RunStatus::Error);
    ToolResult {
        call_id: draft.answer.call_id.clone().or_else(|| asked.and_then(|(id, _)| id.cloned())),
        name: draft
            .answer
            .name
            .clone()
            .or_else(|| draft.name.clone())
            .or_else(|| asked.map(|(_, name)| name.clone())),
        content: draft.content.blocks.clone(),
        is_error: draft.answer.is_error || says_error || failed.is_some(),
        error: failed.filter(|_| !says_error).and_then(|run| run.error.as_deref()).map(error_text),
    }
}

fn state(run: Option<RunStatus>, is_answered: bool, is_error: bool) -> CallState {
    match run {
        Some(RunStatus::Interrupted) => CallState::Interrupted,
        Some(RunStatus::Error) => CallState::Failed,
        _ if is_error => CallState::Failed,
        _ if is_answered => CallState::Answered,
        Some(RunStatus::Pending) => CallState::Running,
        _ => CallState::Unanswered,
    }
}

fn latency(run: &RunInput) -> Option<i64> {
    Some(run.end?.since(run.start?))
}
