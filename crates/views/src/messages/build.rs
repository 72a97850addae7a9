//! From traces to a conversation.

use std::collections::{BTreeMap, HashMap, HashSet};

use model::{RunId, RunType};
use serde_json::Value;

use super::{
    Anchor, Block, CallPlace, Conversation, HiddenReason, HiddenRuns, ModelCall, RunInput, SideThread,
    TraceInput, Turn,
    agents::{self, Member, Party},
    detect,
    draft::Draft,
    layout::Layout,
    read::{self, Read, Recorded},
    replay::{Added, Replay, Replays},
    shape::Shape,
    thread::{Reading, RunKey, Thread, ToolRun},
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
pub(super) struct ThreadKey {
    pub(super) side: Option<usize>,
    pub(super) hidden: Option<HiddenReason>,
}

impl std::hash::Hash for ThreadKey {
    fn hash<H: std::hash::Hasher>(&self, state: &mut H) {
        (self.side, self.hidden).hash(state);
    }
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
    /// What the latest call of each agent was given.
    replays: Replays<'a, ThreadKey>,
    /// Everything is read whole, for comparison.
    #[cfg(test)]
    reads_whole: bool,
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
            let claims = claims_of(trace, run);
            let start = trace.starts[run];
            let reading = |local_call_ids| Reading {
                run: trace.first + run,
                turn: trace.turn,
                starts: [start, start],
                local_call_ids,
                outputs_are_new: true,
                extracted: true,
            };
            let mut note = |drafts: &mut dyn Iterator<Item = bool>| {
                for is_error in drafts {
                    failed |= is_error && trace.keys[run] == MAIN;
                    anything |= !is_error && trace.keys[run] == MAIN;
                }
            };
            // What a call around others was given is compared with theirs, so it is read whole.
            let text = trace.runs[run].inputs.as_deref().filter(|_| !inner.contains_key(&run));
            if let Some(added) = text.and_then(|text| self.read_appended(trace, run, text, &claims)) {
                note(&mut added.inputs.iter().chain(&added.outputs).map(Draft::is_error));
                let thread = self.threads.entry(trace.keys[run]).or_default();
                thread.read_on(reading(added.local_call_ids), added.inputs, added.outputs);
                continue;
            }
            let mut read = read::model_call(trace.runs[run], &claims);
            self.remember_inputs(trace, run, text, &claims, &read);
            // A model call around another one says the same once more.
            if let Some(below) = inner.get(&run) {
                let said: Vec<Draft> = below.iter().flat_map(|run| read_call(trace, *run).outputs).collect();
                if said.iter().any(|draft| !draft.is_error())
                    || !said.is_empty() && read.outputs.iter().all(Draft::is_error)
                {
                    read.outputs.clear();
                }
            }
            note(&mut read.inputs.iter().chain(&read.outputs).map(Draft::is_error));
            let thread = self.threads.entry(trace.keys[run]).or_default();
            thread.read(reading(read.local_call_ids), read.inputs, read.outputs);
        }
        if !anything {
            self.read_roots(trace, failed);
        }
    }

    /// What a call was given beyond what the call before it was given, where only that has to be read.
    fn read_appended(
        &mut self,
        trace: &Trace<'a>,
        run: usize,
        text: &'a str,
        claims: &[&'static Shape],
    ) -> Option<Added> {
        #[cfg(test)]
        if self.reads_whole {
            return None;
        }
        let key = trace.keys[run];
        self.threads.get(&key).filter(|thread| thread.can_read_on())?;
        let replay = self.replays.get_mut(&key)?;
        let appended = replay.appended(text, trace.turn)?;
        let added = replay.read(&appended, trace.runs[run], claims)?;
        replay.go_on(text, &appended, &added.inputs);
        #[cfg(test)]
        super::replay::tests::note_left_out();
        Some(added)
    }

    /// Remembers what a call was given that was read whole.
    fn remember_inputs(
        &mut self,
        trace: &Trace<'a>,
        run: usize,
        text: Option<&'a str>,
        claims: &[&'static Shape],
        read: &Read,
    ) {
        let key = trace.keys[run];
        let Some(text) = text else {
            self.replays.remove(&key);
            return;
        };
        let before = self.replays.get(&key);
        let appended = before.and_then(|before| Some((before, before.appended(text, trace.turn)?)));
        let replay = match appended {
            Some((before, appended)) => before.tried(text, &appended, trace.runs[run], claims, read),
            None => Replay::after(text, trace.turn, read),
        };
        self.replays.insert(key, replay);
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

/// The shape that the trace claims, then the run's own.
fn claims_of(trace: &Trace<'_>, run: usize) -> Vec<&'static Shape> {
    let own = detect::claimed(&trace.metadata[run]);
    trace.shape.into_iter().chain(own).collect()
}

/// The messages of a model call.
fn read_call(trace: &Trace<'_>, run: usize) -> Read {
    read::model_call(trace.runs[run], &claims_of(trace, run))
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

/// The conversation with every payload read whole.
#[cfg(test)]
pub(super) fn conversation_read_whole(traces: &[TraceInput], options: Options) -> Conversation {
    let mut builder = Builder { options, reads_whole: true, ..Builder::default() };
    for trace in traces {
        builder.add_trace(trace);
    }
    builder.finish()
}
