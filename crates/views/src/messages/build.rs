//! From traces to a conversation.

use std::collections::{BTreeMap, HashMap, HashSet};

use model::{RunId, RunStatus, RunType};
use serde_json::Value;

use super::{
    Anchor, Block, CallPlace, CallState, Conversation, HiddenReason, HiddenRuns, Message, ModelCall, Role,
    RunInput, SideThread, Source, ToolCall, ToolResult, TraceInput, Turn,
    agents::{self, Member, Party},
    detect,
    draft::Draft,
    read::{self, Read, Recorded, error_text},
    shape::Shape,
    thread::{AnswerSlot, Entry, Reading, RunKey, Thread, ToolRun, blocks_of, plain_call},
    tool,
};

/// What is wanted.
#[derive(Debug, Clone, Copy, Default)]
pub struct Options {
    /// Show the messages of hidden runs too, each with its reason.
    pub show_hidden: bool,
}

/// The conversation of these traces in the order given; that of the runs of a trace is of no matter. A trace or a run that comes twice counts once.
pub fn conversation(traces: &[TraceInput], options: Options) -> Conversation {
    let mut builder = Builder { options, ..Builder::default() };
    let mut seen = HashSet::new();
    for trace in traces {
        if seen.insert(trace.trace_id) {
            builder.add_trace(trace);
        }
    }
    builder.finish()
}

/// Who speaks in a thread: a sub-agent of the whole conversation, or the main one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct ThreadKey {
    side: Option<usize>,
    hidden: Option<HiddenReason>,
}

/// The main conversation.
const MAIN: ThreadKey = ThreadKey { side: None, hidden: None };

struct Side {
    run: RunKey,
    label: String,
    turn: usize,
    parent: Option<usize>,
    /// The tool's run that it stands below.
    below: Option<RunKey>,
}

#[derive(Default)]
struct Builder<'a> {
    options: Options,
    runs: Vec<&'a RunInput>,
    turns: Vec<Turn>,
    threads: BTreeMap<ThreadKey, Thread>,
    sides: Vec<Side>,
    /// The call, or the card, of a tool's run.
    tools: HashMap<RunKey, (ThreadKey, usize)>,
    /// The index of that call in its message.
    tool_calls: HashMap<RunKey, usize>,
    model_calls: Vec<ModelCall>,
    /// The latest call of each agent in `model_calls`.
    latest_calls: HashMap<ThreadKey, usize>,
}

/// A trace while it is read. Indexes are those of its runs.
struct Trace<'a> {
    turn: usize,
    first: RunKey,
    runs: Vec<&'a RunInput>,
    metadata: Vec<Value>,
    parents: Vec<Option<usize>>,
    starts: Vec<i64>,
    keys: Vec<ThreadKey>,
    shape: Option<&'static Shape>,
}

impl<'a> Builder<'a> {
    fn add_trace(&mut self, input: &'a TraceInput) {
        let turn = self.turns.len();
        let runs = in_tree_order(&input.runs);
        let (parents, order) = family(&runs);
        let metadata: Vec<Value> = runs
            .iter()
            .map(|run| match Recorded::of(run.metadata.as_deref()) {
                Recorded::Json(value) => value,
                Recorded::Absent | Recorded::Bad(_) => Value::Null,
            })
            .collect();
        // A run without a start stands with its parent.
        let mut starts = vec![i64::MIN; runs.len()];
        for &run in &order {
            let above = parents[run].map_or(i64::MIN, |parent| starts[parent]);
            starts[run] = runs[run].start.map_or(above, |start| start.0);
        }
        let mut has_llm = vec![false; runs.len()];
        for &run in order.iter().rev() {
            has_llm[run] |= runs[run].run_type == RunType::Llm;
            if let Some(parent) = parents[run] {
                has_llm[parent] |= has_llm[run];
            }
        }
        let members: Vec<Member<'_>> = (0..runs.len())
            .map(|run| Member {
                parent: parents[run],
                run_type: runs[run].run_type,
                name: &runs[run].name,
                tags: agents::tags(&metadata[run]),
                is_excluded: agents::is_excluded(&metadata[run]),
                has_llm: has_llm[run],
            })
            .collect();
        let (places, boundaries) = agents::places(&members, &order);
        let first = self.runs.len();
        let sides_before = self.sides.len();
        for boundary in boundaries {
            let mut below = parents[boundary.run];
            while let Some(run) = below.filter(|run| runs[*run].run_type != RunType::Tool) {
                below = parents[run];
            }
            self.sides.push(Side {
                run: first + boundary.run,
                label: boundary.label,
                turn,
                parent: match boundary.parent {
                    Party::Main => None,
                    Party::Side(side) => Some(sides_before + side),
                },
                below: below.map(|run| first + run),
            });
        }
        let keys = places
            .iter()
            .map(|place| ThreadKey {
                side: match place.party {
                    Party::Main => None,
                    Party::Side(side) => Some(sides_before + side),
                },
                hidden: place.hidden,
            })
            .collect();
        let shape = (0..runs.len())
            .filter(|run| !agents::is_excluded(&metadata[*run]))
            .find_map(|run| detect::claimed(&metadata[run]));
        self.runs.extend(&runs);
        let root = (0..runs.len()).find(|run| parents[*run].is_none()).map(|run| runs[run]);
        self.turns.push(Turn {
            trace_id: input.trace_id,
            root_run_id: root.map(|root| root.run_id),
            name: root.map(|root| root.name.clone()).unwrap_or_default(),
            status: root.map(|root| root.status),
            error: root.and_then(|root| root.error.clone()),
            start: root.and_then(|root| root.start),
            end: root.and_then(|root| root.end),
            shape: shape.map(|shape| shape.name),
            messages: 0..0,
            hidden: Vec::new(),
        });
        let trace = Trace { turn, first, runs, metadata, parents, starts, keys, shape };
        self.read_model_calls(&trace);
        self.read_tools(&trace);
    }

    /// Runs of one type by start, then in tree order.
    fn by_start(trace: &Trace<'_>, run_type: RunType) -> Vec<usize> {
        let mut runs: Vec<usize> =
            (0..trace.runs.len()).filter(|run| trace.runs[*run].run_type == run_type).collect();
        runs.sort_by_key(|run| trace.starts[*run]);
        runs
    }

    fn read_model_calls(&mut self, trace: &Trace<'a>) {
        let calls = Self::by_start(trace, RunType::Llm);
        let inner = innermost(trace, &calls);
        let (mut anything, mut failed) = (false, false);
        for &run in &calls {
            self.note_call(trace, run);
            if self.is_left_out(trace, run) {
                continue;
            }
            let mut read = read_call(trace, run);
            // A model call around another one says the same once more.
            if let Some(below) = inner.get(&run) {
                let said: Vec<Draft> = below.iter().flat_map(|run| read_call(trace, *run).outputs).collect();
                if said.iter().any(|draft| !draft.is_error())
                    || !said.is_empty() && read.outputs.iter().all(Draft::is_error)
                {
                    read.outputs.clear();
                }
            }
            if trace.keys[run] == MAIN {
                let drafts = || read.inputs.iter().chain(&read.outputs);
                anything |= drafts().any(|draft| !draft.is_error());
                failed |= drafts().any(Draft::is_error);
            }
            let start = trace.starts[run];
            let reading = Reading {
                run: trace.first + run,
                turn: trace.turn,
                starts: [start, start],
                local_call_ids: read.local_call_ids,
                outputs_are_new: true,
                extracted: true,
            };
            self.threads.entry(trace.keys[run]).or_default().read(reading, read.inputs, read.outputs);
        }
        if !anything {
            self.read_roots(trace, failed);
        }
    }

    /// Remembers a call and which one its agent made before. Calls around it are no earlier ones: they say the same.
    fn note_call(&mut self, trace: &Trace<'_>, run: usize) {
        let key = trace.keys[run];
        let mut previous = self.latest_calls.get(&key).copied();
        let is_around = |call: usize| {
            let id = self.model_calls[call].run_id;
            let mut above = trace.parents[run];
            while let Some(parent) = above.filter(|parent| trace.runs[*parent].run_id != id) {
                above = trace.parents[parent];
            }
            above.is_some()
        };
        while let Some(call) = previous.filter(|call| is_around(*call)) {
            previous = self.model_calls[call].previous;
        }
        self.latest_calls.insert(key, self.model_calls.len());
        self.model_calls.push(ModelCall {
            run_id: trace.runs[run].run_id,
            turn: trace.turn,
            hidden: key.hidden,
            previous,
        });
    }

    /// Where no model call of the main conversation says anything: the messages of the roots, else their inputs and
    /// outputs as they are. A failure that a call told already is not told again.
    fn read_roots(&mut self, trace: &Trace<'a>, failed: bool) {
        let roots = (0..trace.runs.len()).filter(|run| trace.parents[*run].is_none());
        for root in roots {
            let input = trace.runs[root];
            // Vectors and parsed values are no conversation.
            if trace.keys[root].hidden.is_some() || input.run_type != RunType::Chain {
                continue;
            }
            let claims: Vec<_> = trace.shape.into_iter().collect();
            let mut read = read::of_chain(input, &claims);
            let extracted = !read.is_empty();
            if !extracted {
                read = read::preview(input);
            }
            if failed {
                read.outputs.retain(|draft| !draft.is_error());
            }
            let outputs_are_new = read.outputs.len() == 1;
            let reading = Reading {
                run: trace.first + root,
                turn: trace.turn,
                // What came out stands behind everything that happened inside.
                starts: [trace.starts[root], i64::MAX],
                local_call_ids: read.local_call_ids,
                outputs_are_new,
                extracted,
            };
            self.threads.entry(trace.keys[root]).or_default().read(reading, read.inputs, read.outputs);
        }
    }

    /// Whether a run is hidden and not asked for; it is counted either way.
    fn is_left_out(&mut self, trace: &Trace<'_>, run: usize) -> bool {
        let Some(reason) = trace.keys[run].hidden else { return false };
        let hidden = &mut self.turns[trace.turn].hidden;
        let id = trace.runs[run].run_id;
        match hidden.iter_mut().find(|hidden| hidden.reason == reason) {
            Some(known) => known.runs.push(id),
            None => hidden.push(HiddenRuns { reason, runs: vec![id] }),
        }
        hidden.sort_by_key(|hidden| hidden.reason);
        !self.options.show_hidden
    }

    fn read_tools(&mut self, trace: &Trace<'a>) {
        for run in Self::by_start(trace, RunType::Tool) {
            if self.is_left_out(trace, run) {
                continue;
            }
            let key = trace.keys[run];
            let input = trace.runs[run];
            let mut tool =
                tool::read(trace.first + run, trace.turn, trace.starts[run], input, &trace.metadata[run]);
            if let Some((key, entry, call)) = self.attach(key, &mut tool) {
                self.tools.insert(tool.run, (key, entry));
                self.tool_calls.insert(tool.run, call);
                continue;
            }
            if let Some(entry) = self.threads.get_mut(&key).and_then(|thread| thread.attach_to_result(&tool))
            {
                self.tools.insert(tool.run, (key, entry));
                continue;
            }
            // A tool inside a tool is how the outer one works.
            let mut above = trace.parents[run];
            while let Some(parent) = above.filter(|parent| trace.runs[*parent].run_type != RunType::Tool) {
                above = trace.parents[parent];
            }
            if above.is_some_and(|above| trace.keys[above] == key) {
                continue;
            }
            let run = tool.run;
            let entry = self.threads.entry(key).or_default().add_card(tool);
            self.tools.insert(run, (key, entry));
            self.tool_calls.insert(run, 0);
        }
    }

    /// The call in the tool's own thread, else in any other that knows its id.
    fn attach(&mut self, key: ThreadKey, tool: &mut ToolRun) -> Option<(ThreadKey, usize, usize)> {
        if let Some((entry, call)) = self.threads.get_mut(&key).and_then(|thread| thread.attach(tool)) {
            return Some((key, entry, call));
        }
        let mut by_id = ToolRun {
            names: Vec::new(),
            answer: tool.answer.take(),
            arguments: Value::Null,
            call_id: tool.call_id.clone(),
            ..*tool
        };
        let found = self
            .threads
            .iter_mut()
            .filter(|(other, _)| **other != key && other.hidden == key.hidden)
            .find_map(|(other, thread)| thread.attach(&mut by_id).map(|(entry, call)| (*other, entry, call)));
        tool.answer = by_id.answer;
        found
    }

    fn finish(mut self) -> Conversation {
        let mut sides: Vec<SideThread> = Vec::new();
        let threads = std::mem::take(&mut self.threads);
        let mut layouts: BTreeMap<Option<usize>, Layout> = BTreeMap::new();
        for side in std::iter::once(None).chain((0..self.sides.len()).map(Some)) {
            let members: Vec<(ThreadKey, &Thread)> = threads
                .iter()
                .filter(|(key, _)| key.side == side)
                .map(|(key, thread)| (*key, thread))
                .collect();
            layouts.insert(side, Layout::of(&members));
        }
        let main = layouts.get(&None).map(|layout| layout.messages(&threads, &self.runs)).unwrap_or_default();
        // Side threads in which nothing was said are none.
        let spoken: Vec<usize> = (0..self.sides.len())
            .filter(|side| layouts.get(&Some(*side)).is_some_and(|layout| !layout.items.is_empty()))
            .collect();
        let mut order = spoken;
        order.sort_by_key(|side| {
            let run = self.runs[self.sides[*side].run];
            (self.sides[*side].turn, run.start.map_or(i64::MIN, |start| start.0), *side)
        });
        let index_of: HashMap<usize, usize> =
            order.iter().enumerate().map(|(index, side)| (*side, index)).collect();
        let visible_parent = |side: Option<usize>| {
            let mut side = side;
            while let Some(at) = side.filter(|at| !index_of.contains_key(at)) {
                side = self.sides[at].parent;
            }
            side
        };
        let mut conversation = Conversation {
            turns: std::mem::take(&mut self.turns),
            messages: main,
            side_threads: Vec::new(),
            model_calls: std::mem::take(&mut self.model_calls),
        };
        let mut started: Vec<(Option<usize>, CallPlace, usize)> = Vec::new();
        for (index, side) in order.iter().enumerate() {
            let described = &self.sides[*side];
            let run = self.runs[described.run];
            let layout = &layouts[&Some(*side)];
            let place = described.below.and_then(|below| {
                let (key, entry) = self.tools.get(&below)?;
                let message = layouts.get(&key.side)?.entry_at(*key, *entry)?;
                Some((key.side, message, self.tool_calls.get(&below).copied()))
            });
            let anchor = match place {
                Some((thread, message, call)) if thread != Some(*side) => {
                    let parent = thread.and_then(|thread| index_of.get(&thread).copied());
                    if let Some(call) = call {
                        started.push((parent, CallPlace { message, call }, index));
                    }
                    Anchor { parent, message: Some(message), call }
                }
                _ => {
                    let parent = visible_parent(described.parent);
                    let start = run.start.map_or(i64::MIN, |start| start.0);
                    let message = layouts
                        .get(&parent)
                        .and_then(|layout| layout.last_before(described.turn, start, &threads));
                    Anchor {
                        parent: parent.and_then(|parent| index_of.get(&parent).copied()),
                        message,
                        call: None,
                    }
                }
            };
            sides.push(SideThread {
                run_id: run.run_id,
                label: described.label.clone(),
                turn: described.turn,
                anchor,
                status: run.status,
                start: run.start,
                end: run.end,
                messages: layout.messages(&threads, &self.runs),
            });
        }
        conversation.side_threads = sides;
        for (parent, place, side) in started {
            let messages = match parent {
                None => &mut conversation.messages,
                Some(parent) => &mut conversation.side_threads[parent].messages,
            };
            let calls = messages[place.message].blocks.iter_mut().find_map(|block| match block {
                Block::ToolCalls(calls) => Some(calls),
                _ => None,
            });
            if let Some(call) = calls.and_then(|calls| calls.get_mut(place.call)) {
                call.side_threads.push(side);
            }
        }
        for (turn, described) in conversation.turns.iter_mut().enumerate() {
            let begin = conversation.messages.partition_point(|message| message.turn < turn);
            let end = conversation.messages.partition_point(|message| message.turn <= turn);
            described.messages = begin..end;
        }
        conversation
    }
}

/// The messages of a model call by the trace's claim, then by its own.
fn read_call(trace: &Trace<'_>, run: usize) -> Read {
    let own = detect::claimed(&trace.metadata[run]);
    let claims: Vec<_> = trace.shape.into_iter().chain(own).collect();
    read::model_call(trace.runs[run], &claims)
}

/// Model calls inside of model calls of the same thread.
fn innermost(trace: &Trace<'_>, calls: &[usize]) -> HashMap<usize, Vec<usize>> {
    let mut inner: HashMap<usize, Vec<usize>> = HashMap::new();
    for &run in calls {
        let mut above = trace.parents[run];
        while let Some(parent) = above {
            match trace.runs[parent].run_type {
                RunType::Tool => break,
                RunType::Llm if trace.keys[parent] == trace.keys[run] => {
                    inner.entry(parent).or_default().push(run);
                }
                _ => {}
            }
            above = trace.parents[parent];
        }
    }
    inner
}

/// Each run once, as the tree has them: siblings by start and then by id, children behind their parents. So it is of no
/// matter in which order they came.
fn in_tree_order(runs: &[RunInput]) -> Vec<&RunInput> {
    let mut ids = HashSet::new();
    let mut runs: Vec<&RunInput> = runs.iter().filter(|run| ids.insert(run.run_id)).collect();
    runs.sort_by_key(|run| (run.start.map_or(i64::MAX, |start| start.0), run.run_id));
    let (_, order) = family(&runs);
    order.into_iter().map(|run| runs[run]).collect()
}

/// The parents that are there, cycles cut, and an order in which parents come before children.
fn family(runs: &[&RunInput]) -> (Vec<Option<usize>>, Vec<usize>) {
    let by_id: HashMap<RunId, usize> =
        runs.iter().enumerate().map(|(index, run)| (run.run_id, index)).collect();
    let mut parents: Vec<Option<usize>> = runs
        .iter()
        .enumerate()
        .map(|(index, run)| by_id.get(&run.parent_run_id?).copied().filter(|parent| *parent != index))
        .collect();
    let mut children: Vec<Vec<usize>> = vec![Vec::new(); runs.len()];
    for (index, parent) in parents.iter().enumerate() {
        if let Some(parent) = parent {
            children[*parent].push(index);
        }
    }
    let mut order = Vec::with_capacity(runs.len());
    let mut reached = vec![false; runs.len()];
    let roots: Vec<usize> = (0..runs.len()).filter(|run| parents[*run].is_none()).collect();
    // Whatever no root leads to hangs on a cycle, which is cut at its first run.
    for root in roots.into_iter().chain(0..runs.len()) {
        if reached[root] {
            continue;
        }
        parents[root] = None;
        let mut open = vec![root];
        reached[root] = true;
        while let Some(run) = open.pop() {
            order.push(run);
            for &child in children[run].iter().rev() {
                if !std::mem::replace(&mut reached[child], true) {
                    open.push(child);
                }
            }
        }
    }
    (parents, order)
}

/// The order in which the messages of a thread, and of the hidden ones that belong to it, are read.
struct Layout {
    items: Vec<Item>,
    places: HashMap<Item, usize>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
struct Item {
    key: ThreadKey,
    entry: usize,
    /// The result of this call of the entry, rather than the entry.
    result_of: Option<usize>,
}

impl std::hash::Hash for ThreadKey {
    fn hash<H: std::hash::Hasher>(&self, state: &mut H) {
        (self.side, self.hidden).hash(state);
    }
}

impl Layout {
    fn of(threads: &[(ThreadKey, &Thread)]) -> Self {
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

    fn entry_at(&self, key: ThreadKey, entry: usize) -> Option<usize> {
        self.places.get(&Item { key, entry, result_of: None }).copied()
    }

    fn last_before(&self, turn: usize, start: i64, threads: &BTreeMap<ThreadKey, Thread>) -> Option<usize> {
        self.items.iter().rposition(|item| {
            threads
                .get(&item.key)
                .and_then(|thread| thread.entries.get(item.entry))
                .is_some_and(|entry| (entry.turn, entry.start) <= (turn, start))
        })
    }

    fn messages(&self, threads: &BTreeMap<ThreadKey, Thread>, runs: &[&RunInput]) -> Vec<Message> {
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
