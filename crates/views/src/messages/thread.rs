//! One conversation while it is put together: what was said already, and which call a result answers.
//!
//! Every call of a model replays the history, so most of what is read was seen before. A message is known again by its
//! id, by the ids of its calls, or by what it says; the k-th of several equal messages in one list is the k-th that was
//! seen (`langsmith-messages-view.md` §3.10). What a model put out is always new.

use std::collections::{HashMap, HashSet};

use serde_json::Value;

use super::{
    Block, CallState, Role, Source, ToolCall,
    draft::{Answer, Call, Draft, fingerprint_of},
    json,
};

/// Index of a run in the whole input.
pub(super) type RunKey = usize;

/// Ids of calls shorter than this may come again with another meaning; the arguments must agree too.
const SHORT_ID: usize = 10;

/// A message of the conversation.
#[derive(Debug)]
pub(super) struct Entry {
    pub(super) draft: Draft,
    pub(super) calls: Vec<CallSlot>,
    pub(super) run: RunKey,
    pub(super) turn: usize,
    pub(super) source: Source,
    pub(super) start: i64,
    pub(super) system_changed: bool,
    pub(super) extracted: bool,
    /// Whether usage and cost of the run are told here.
    pub(super) carries_usage: bool,
    /// A tool that ran without a known call.
    pub(super) is_card: bool,
}

/// What became of a call.
#[derive(Debug)]
pub(super) struct CallSlot {
    /// Fingerprint of the arguments.
    arguments: u64,
    pub(super) answer: Option<AnswerSlot>,
    pub(super) run: Option<RunKey>,
}

impl CallSlot {
    fn of(call: &Call) -> Self {
        Self { arguments: fingerprint_of(&call.arguments), answer: None, run: None }
    }
}

/// The result of a call.
#[derive(Debug)]
pub(super) struct AnswerSlot {
    pub(super) draft: Draft,
    pub(super) run: RunKey,
    pub(super) turn: usize,
    pub(super) start: i64,
}

/// How the messages of a run are to be read.
#[derive(Debug, Clone, Copy)]
pub(super) struct Reading {
    pub(super) run: RunKey,
    pub(super) turn: usize,
    /// Where inputs and outputs stand in time.
    pub(super) starts: [i64; 2],
    /// Whether ids of calls begin anew in every message.
    pub(super) local_call_ids: bool,
    /// Whether outputs were produced by this run, rather than repeated.
    pub(super) outputs_are_new: bool,
    pub(super) extracted: bool,
}

/// A tool's run, as far as it concerns its call.
#[derive(Debug)]
pub(super) struct ToolRun {
    pub(super) run: RunKey,
    pub(super) turn: usize,
    pub(super) start: i64,
    pub(super) call_id: Option<String>,
    pub(super) names: Vec<String>,
    pub(super) arguments: Value,
    pub(super) answer: Option<Draft>,
}

#[derive(Debug, Default)]
pub(super) struct Thread {
    pub(super) entries: Vec<Entry>,
    by_id: HashMap<String, Vec<usize>>,
    by_call: HashMap<String, Vec<(usize, usize)>>,
    by_name: HashMap<String, Vec<(usize, usize)>>,
    /// By what is said; one list for each combination of having an id and having calls with ids.
    by_words: HashMap<u64, [Vec<usize>; 4]>,
    first_system_run: Option<RunKey>,
    last_turn: Option<usize>,
    /// Where the reading of the last inputs ended, if reading them again would end there too.
    kept: Option<Cursor>,
}

/// What one list of messages has used up so far.
#[derive(Debug, Clone, Default)]
struct Cursor {
    /// Whether the same list might be taken in another way when it is read again, now that more is known.
    is_uncertain: bool,
    entries: HashSet<usize>,
    calls: HashSet<(usize, usize)>,
    positions: HashMap<(u64, usize), usize>,
    /// Calls without a result so far, in order.
    open: Vec<(usize, usize)>,
    answered: HashSet<(usize, usize)>,
    /// The message of the conversation that the last one of the list was.
    last: Option<usize>,
}

impl Thread {
    /// Reads what a run received and what it said.
    pub(super) fn read(&mut self, reading: Reading, inputs: Vec<Draft>, mut outputs: Vec<Draft>) {
        strip_echo(&inputs, &mut outputs);
        self.read_from(Cursor::default(), reading, inputs, outputs);
    }

    /// Whether [`Self::read_on`] may be called.
    pub(super) fn can_read_on(&self) -> bool {
        self.kept.is_some()
    }

    /// Reads what a run received beyond what the run before it received, and what it said: the same as [`Self::read`]
    /// with all of it, where the outputs are too few to repeat the inputs.
    pub(super) fn read_on(&mut self, reading: Reading, added: Vec<Draft>, outputs: Vec<Draft>) {
        let cursor = self.kept.take().unwrap_or_default();
        self.read_from(cursor, reading, added, outputs);
    }

    fn read_from(&mut self, mut cursor: Cursor, reading: Reading, inputs: Vec<Draft>, outputs: Vec<Draft>) {
        // A turn begins with something new, even if it is "yes" again.
        let begins_turn = self.last_turn.is_some_and(|turn| turn != reading.turn) && !inputs.is_empty();
        if !inputs.is_empty() {
            self.last_turn = Some(reading.turn);
        }
        let last = inputs.len().saturating_sub(1);
        for (index, draft) in inputs.into_iter().enumerate() {
            let is_new = begins_turn && index == last && draft.role() == Role::Human;
            self.take(draft, reading, Source::Input, is_new, &mut cursor);
        }
        self.kept = (!cursor.is_uncertain).then(|| cursor.clone());
        let mut carries_usage = true;
        for draft in outputs {
            let is_ai = draft.role() == Role::Ai;
            let added =
                self.take(draft, reading, Source::Output, reading.outputs_are_new && is_ai, &mut cursor);
            if let Some(entry) = added
                && is_ai
                && std::mem::take(&mut carries_usage)
            {
                self.entries[entry].carries_usage = true;
            }
        }
    }

    fn take(
        &mut self,
        draft: Draft,
        reading: Reading,
        source: Source,
        is_new: bool,
        cursor: &mut Cursor,
    ) -> Option<usize> {
        let local = reading.local_call_ids;
        if draft.role() == Role::Tool
            && let Some((place, by_id)) = self.call_of(&draft.answer, local, cursor)
        {
            cursor.is_uncertain |= !by_id;
            cursor.open.retain(|open| *open != place);
            cursor.answered.insert(place);
            let slot = &mut self.entries[place.0].calls[place.1];
            if slot.answer.is_none() {
                slot.answer = Some(AnswerSlot {
                    draft,
                    run: reading.run,
                    turn: reading.turn,
                    start: reading.starts[usize::from(source == Source::Output)],
                });
            }
            return None;
        }
        let words = draft.fingerprint();
        let known = if is_new && source == Source::Output {
            None
        } else if is_new {
            self.known_by_id(&draft, cursor)
        } else {
            self.known_by_id(&draft, cursor)
                .or_else(|| self.known_by_calls(&draft, local, cursor))
                .or_else(|| self.known_by_words(&draft, words, local, cursor))
                .or_else(|| self.known_by_place(&draft, words, cursor))
        };
        if let Some(entry) = known {
            cursor.is_uncertain |= is_new;
            cursor.last = Some(entry);
            cursor.entries.insert(entry);
            self.remember_again(entry, &draft);
            self.open_calls(entry, cursor);
            return None;
        }
        // Read again, it would be known by other means than those that did not find it now.
        cursor.is_uncertain |= is_new || draft.role() == Role::Tool || !draft.content.calls.is_empty();
        let entry = self.add(draft, words, reading, source);
        cursor.last = Some(entry);
        cursor.entries.insert(entry);
        self.open_calls(entry, cursor);
        Some(entry)
    }

    fn open_calls(&self, entry: usize, cursor: &mut Cursor) {
        for call in 0..self.entries[entry].calls.len() {
            let place = (entry, call);
            if !cursor.answered.contains(&place) && !cursor.open.contains(&place) {
                cursor.open.push(place);
            }
        }
    }

    fn add(&mut self, draft: Draft, words: u64, reading: Reading, source: Source) -> usize {
        let entry = self.entries.len();
        let system_changed =
            draft.role() == Role::System && *self.first_system_run.get_or_insert(reading.run) != reading.run;
        if let Some(id) = &draft.id {
            self.by_id.entry(id.clone()).or_default().push(entry);
        }
        let class = class_of(&draft, reading.local_call_ids);
        self.by_words.entry(words).or_default()[class].push(entry);
        for (call, made) in draft.content.calls.iter().enumerate() {
            self.remember_call(made, (entry, call), reading.local_call_ids);
        }
        self.entries.push(Entry {
            calls: draft.content.calls.iter().map(CallSlot::of).collect(),
            draft,
            run: reading.run,
            turn: reading.turn,
            source,
            start: reading.starts[usize::from(source == Source::Output)],
            system_changed,
            extracted: reading.extracted,
            carries_usage: false,
            is_card: false,
        });
        entry
    }

    fn remember_call(&mut self, call: &Call, place: (usize, usize), local: bool) {
        if let Some(id) = global_id(call, local) {
            self.by_call.entry(id.to_owned()).or_default().push(place);
        }
        self.by_name.entry(call.name.clone()).or_default().push(place);
    }

    /// A replay may know ids that the first sight of a message lacked.
    fn remember_again(&mut self, entry: usize, draft: &Draft) {
        let known = &mut self.entries[entry].draft;
        if known.id.is_none()
            && let Some(id) = &draft.id
        {
            known.id = Some(id.clone());
            self.by_id.entry(id.clone()).or_default().push(entry);
        }
        for (call, (known, again)) in known.content.calls.iter_mut().zip(&draft.content.calls).enumerate() {
            if known.name == again.name
                && known.id != again.id
                && let Some(id) = &again.id
            {
                known.id.get_or_insert_with(|| id.clone());
                let places = self.by_call.entry(id.clone()).or_default();
                if !places.contains(&(entry, call)) {
                    places.push((entry, call));
                }
            }
        }
    }

    fn known_by_id(&self, draft: &Draft, cursor: &Cursor) -> Option<usize> {
        let entries = self.by_id.get(draft.id.as_ref()?)?;
        entries.iter().copied().find(|entry| !cursor.entries.contains(entry))
    }

    fn known_by_calls(&self, draft: &Draft, local: bool, cursor: &mut Cursor) -> Option<usize> {
        let find = |call: &Call, cursor: &Cursor| {
            let places = self.by_call.get(global_id(call, local)?)?;
            places
                .iter()
                .copied()
                .find(|place| !cursor.calls.contains(place) && self.is_same_call(*place, call))
        };
        let entry = draft.content.calls.iter().find_map(|call| find(call, cursor))?.0;
        for call in &draft.content.calls {
            if let Some(place) = find(call, cursor).filter(|place| place.0 == entry) {
                cursor.calls.insert(place);
            }
        }
        Some(entry)
    }

    fn is_same_call(&self, place: (usize, usize), call: &Call) -> bool {
        let known = &self.entries[place.0].draft.content.calls[place.1];
        known.name == call.name
            && (call.id.as_ref().is_some_and(|id| id.len() >= SHORT_ID) || known.says_the_same(call))
    }

    /// Two messages with ids of the same kind that differ are two messages, whatever they say.
    fn known_by_words(&self, draft: &Draft, words: u64, local: bool, cursor: &mut Cursor) -> Option<usize> {
        let classes = self.by_words.get(&words)?;
        let own = class_of(draft, local);
        let mut best: Option<usize> = None;
        for (class, entries) in classes.iter().enumerate() {
            if class & own != 0 {
                continue;
            }
            let position = cursor.positions.entry((words, class)).or_default();
            while entries.get(*position).is_some_and(|entry| cursor.entries.contains(entry)) {
                *position += 1;
            }
            if let Some(entry) = entries.get(*position) {
                best = Some(best.map_or(*entry, |best| best.min(*entry)));
            }
        }
        best
    }

    /// The answer that follows the same message with the same words is the same answer, even if its calls were given
    /// other ids when it was replayed.
    fn known_by_place(&self, draft: &Draft, words: u64, cursor: &Cursor) -> Option<usize> {
        if draft.role() != Role::Ai || draft.id.is_some() {
            return None;
        }
        let next = cursor.last? + 1;
        let entry = self.entries.get(next)?;
        (entry.draft.role() == Role::Ai
            && !cursor.entries.contains(&next)
            && entry.draft.fingerprint() == words)
            .then_some(next)
    }

    /// The call that a result answers: by id, then by name and order among the calls of this list, then by id anywhere
    /// (`langsmith-messages-view.md` §3.11). And whether it was by id, among the calls of this list.
    fn call_of(&self, answer: &Answer, local: bool, cursor: &Cursor) -> Option<((usize, usize), bool)> {
        let call = |place: (usize, usize)| &self.entries[place.0].draft.content.calls[place.1];
        let open = || cursor.open.iter().copied();
        if let Some(id) = &answer.call_id {
            let others = self.by_call.get(id).map(Vec::as_slice).unwrap_or_default();
            let by_id =
                || open().filter(|place| call(*place).id.as_ref() == Some(id) || others.contains(place));
            // Ids that begin anew name the latest message; of its calls that share one, the first that is open.
            let latest = by_id().next_back().map(|place| place.0);
            if let Some(place) = by_id().find(|place| Some(place.0) == latest) {
                return Some((place, true));
            }
        }
        // An id that nobody knows is as good as none: some producers write another one on the result.
        let is_unknown = answer.call_id.as_ref().is_none_or(|id| !self.by_call.contains_key(id));
        let may_match = |place: &(usize, usize)| {
            (local || is_unknown || call(*place).id.is_none())
                && answer.name.as_ref().is_none_or(|name| *name == call(*place).name)
        };
        if is_unknown || answer.name.is_some() {
            let latest = open().rev().find(may_match).map(|place| place.0);
            if let Some(place) = open().find(|place| Some(place.0) == latest && may_match(place)) {
                return Some((place, false));
            }
        }
        let places = self.by_call.get(answer.call_id.as_ref()?)?;
        let unanswered =
            places.iter().rev().copied().find(|place| self.entries[place.0].calls[place.1].answer.is_none());
        let place =
            unanswered.or_else(|| places.last().copied()).filter(|place| !cursor.answered.contains(place))?;
        Some((place, false))
    }

    /// Ties a tool's run to the call that asked for it.
    pub(super) fn attach(&mut self, tool: &mut ToolRun) -> Option<(usize, usize)> {
        let place = self.place_of_id(tool).or_else(|| self.place_of_name(tool))?;
        self.fill(place, tool);
        Some(place)
    }

    fn place_of_id(&self, tool: &ToolRun) -> Option<(usize, usize)> {
        let places = self.by_call.get(tool.call_id.as_ref()?)?;
        let is_free = |place: &&(usize, usize)| self.entries[place.0].calls[place.1].run.is_none();
        let before =
            places.iter().rev().filter(is_free).find(|place| self.entries[place.0].start <= tool.start);
        before.or_else(|| places.iter().find(is_free)).or_else(|| places.last()).copied()
    }

    fn place_of_name(&self, tool: &ToolRun) -> Option<(usize, usize)> {
        let free: Vec<(usize, usize)> = tool
            .names
            .iter()
            .filter_map(|name| self.by_name.get(name))
            .flatten()
            .copied()
            .filter(|(entry, call)| {
                let known = &self.entries[*entry];
                let id = &known.draft.content.calls[*call].id;
                known.turn == tool.turn
                    && known.calls[*call].run.is_none()
                    && (tool.call_id.is_none()
                        || id.is_none()
                        || !self.by_call.contains_key(id.as_deref().unwrap_or_default()))
            })
            .collect();
        let narrowed = |places: Vec<(usize, usize)>, fits: &dyn Fn(&(usize, usize)) -> bool| {
            let fitting: Vec<_> = places.iter().copied().filter(|place| fits(place)).collect();
            if fitting.is_empty() { places } else { fitting }
        };
        let arguments = fingerprint_of(&tool.arguments);
        let same = |place: &(usize, usize)| self.entries[place.0].calls[place.1].arguments == arguments;
        let before = |place: &(usize, usize)| self.entries[place.0].start <= tool.start;
        let left = narrowed(narrowed(free, &before), &same);
        let latest = left.iter().map(|place| place.0).max()?;
        left.into_iter().find(|place| place.0 == latest)
    }

    fn fill(&mut self, place: (usize, usize), tool: &mut ToolRun) {
        let slot = &mut self.entries[place.0].calls[place.1];
        if slot.run.is_some() {
            return;
        }
        slot.run = Some(tool.run);
        if slot.answer.is_none() {
            slot.answer = tool.answer.take().map(|draft| AnswerSlot {
                draft,
                run: tool.run,
                turn: tool.turn,
                start: tool.start,
            });
        }
    }

    /// A result that no call is known for may still be the result of this run.
    pub(super) fn attach_to_result(&mut self, tool: &ToolRun) -> Option<usize> {
        let id = tool.call_id.as_ref()?;
        let at = self.entries.iter().position(|entry| {
            entry.turn == tool.turn
                && entry.draft.role() == Role::Tool
                && !entry.is_card
                && entry.source == Source::Input
                && entry.draft.answer.call_id.as_ref() == Some(id)
        })?;
        let entry = &mut self.entries[at];
        entry.run = tool.run;
        entry.source = Source::Output;
        entry.carries_usage = true;
        Some(at)
    }

    /// A card of its own for a tool that nobody is known to have called.
    pub(super) fn add_card(&mut self, mut tool: ToolRun) -> usize {
        let name = tool.names.first().cloned().unwrap_or_default();
        let call = Call { id: tool.call_id.clone(), name, arguments: std::mem::take(&mut tool.arguments) };
        let mut draft = Draft::new(Role::Tool);
        draft.content.calls.push(call);
        let entry = self.entries.len();
        self.remember_call(&draft.content.calls[0], (entry, 0), false);
        self.entries.push(Entry {
            calls: draft.content.calls.iter().map(CallSlot::of).collect(),
            draft,
            run: tool.run,
            turn: tool.turn,
            source: Source::Output,
            start: tool.start,
            system_changed: false,
            extracted: true,
            carries_usage: false,
            is_card: true,
        });
        self.fill((entry, 0), &mut tool);
        entry
    }
}

/// Bit 0: has an id; bit 1: has calls with ids.
fn class_of(draft: &Draft, local: bool) -> usize {
    usize::from(draft.id.is_some())
        | usize::from(draft.content.calls.iter().any(|call| global_id(call, local).is_some())) << 1
}

/// The id of a call, where it names that call alone.
fn global_id(call: &Call, local: bool) -> Option<&str> {
    let id = call.id.as_deref()?;
    let is_counter = id.strip_prefix("call_").is_some_and(|rest| {
        !rest.is_empty() && rest.len() < 5 && rest.bytes().all(|byte| byte.is_ascii_digit())
    });
    Some(id).filter(|_| !(local && is_counter))
}

/// Outputs that begin with all inputs repeat them (the state of a graph).
fn strip_echo(inputs: &[Draft], outputs: &mut Vec<Draft>) {
    let is_echo = !inputs.is_empty()
        && outputs.len() > inputs.len()
        && inputs
            .iter()
            .zip(outputs.iter())
            .all(|(input, output)| input.fingerprint() == output.fingerprint());
    if is_echo {
        outputs.drain(..inputs.len());
    }
}

/// A call of which nothing is known but the call.
pub(super) fn plain_call(call: &Call) -> ToolCall {
    ToolCall {
        id: call.id.clone(),
        name: call.name.clone(),
        arguments: json::payload(&call.arguments),
        state: CallState::Unanswered,
        result: None,
        run_id: None,
        latency_nanos: None,
        cost: None,
        side_threads: Vec::new(),
    }
}

/// Blocks of an entry, its calls as they stand.
pub(super) fn blocks_of(draft: &Draft, calls: Vec<ToolCall>) -> Vec<Block> {
    let mut blocks = draft.content.blocks.clone();
    if !calls.is_empty() {
        blocks.insert(draft.content.calls_at.min(blocks.len()), Block::ToolCalls(calls));
    }
    blocks
}
