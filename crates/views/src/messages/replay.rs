//! Replayed history, left out before it is read.
//!
//! Each call of a model is given everything that was said before, so the payloads of a long conversation grow with the
//! square of what is in it. Where the list of messages of a call is, byte for byte, that of the call before with
//! something appended, only what was appended is read; the conversation stands where it stood after the call before
//! ([`super::thread::Thread::read_on`]).
//!
//! Whether a payload may be read in parts is not assumed: the first call that could be is read both ways, and its kind
//! of payload is read in parts from then on only if both agreed.

use std::collections::HashMap;

use super::{
    Role, RunInput,
    draft::Draft,
    read::{self, Read},
    shape::Shape,
};

/// What was read last, and how far it may serve the next call.
pub(super) struct Replay<'a> {
    text: &'a str,
    turn: usize,
    /// Messages that the inputs were read as.
    count: usize,
    last_role: Option<Role>,
    /// Brackets of the list that was appended to.
    list: Option<List>,
    /// How the inputs are read in parts, once that was tried and found to be the same.
    parts: Option<Parts>,
}

/// Where a list stands in a text: its opening and its closing bracket.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct List {
    open: usize,
    close: usize,
}

#[derive(Debug, Clone)]
struct Parts {
    shape: &'static Shape,
    local_call_ids: bool,
    /// Messages that stand before those of the list whatever it holds, such as a system prompt of its own member.
    head: Vec<Draft>,
}

/// A call whose list continues that of the call before.
pub(super) struct Appended {
    list: List,
    /// The payload with the list as if it held only what was appended.
    reduced: String,
}

/// The messages of a call of which the history was left out.
pub(super) struct Added {
    pub(super) inputs: Vec<Draft>,
    pub(super) outputs: Vec<Draft>,
    pub(super) local_call_ids: bool,
}

impl<'a> Replay<'a> {
    /// After a call that was read whole.
    pub(super) fn after(text: &'a str, turn: usize, read: &Read) -> Self {
        Self {
            text,
            turn,
            count: read.inputs.len(),
            last_role: read.inputs.last().map(Draft::role),
            list: None,
            parts: None,
        }
    }

    /// Whether this text is the one of before with elements appended to one list of it.
    pub(super) fn appended(&self, text: &str, turn: usize) -> Option<Appended> {
        let added = text.len().checked_sub(self.text.len()).filter(|added| *added > 1)?;
        if turn != self.turn || self.count == 0 {
            return None;
        }
        let (old, new) = (self.text.as_bytes(), text.as_bytes());
        let at = common_prefix(old, new);
        if old.get(at) != Some(&b']') || new.get(at) != Some(&b',') || old[at..] != new[at + added..] {
            return None;
        }
        // Messages are objects; what else stands in a list could mean something else when it stands alone.
        let first = text[at + 1..].trim_start();
        if !first.starts_with('{') {
            return None;
        }
        let open = match self.list {
            Some(list) if list.close == at => list.open,
            _ => open_list(&old[..at])?,
        };
        let reduced = [&text[..=open], &text[at + 1..]].concat();
        Some(Appended { list: List { open, close: at + added }, reduced })
    }

    /// Reads only what was appended, where that is known to be the same as reading all of it.
    pub(super) fn read(
        &self,
        appended: &Appended,
        run: &RunInput,
        claims: &[&'static Shape],
    ) -> Option<Added> {
        // Another list, of tools or of pieces of a message, may grow as well.
        self.list.filter(|list| list.open == appended.list.open)?;
        let parts = self.parts.as_ref()?;
        let mut read = read::model_call_given(run, Some(&appended.reduced), claims);
        let is_same_kind = read.inputs_shape.is_some_and(|shape| std::ptr::eq(shape, parts.shape))
            && read.inputs.starts_with(&parts.head);
        if !is_same_kind {
            return None;
        }
        let inputs = read.inputs.split_off(parts.head.len());
        let first = inputs.first()?;
        // Thoughts and the pieces of an answer are joined with what stands before them.
        let may_join = first.role() == Role::Ai && self.last_role == Some(Role::Ai);
        // Outputs may repeat the inputs, all of which they are then compared with.
        let may_repeat = read.outputs.len() > self.count + inputs.len();
        let outputs = read.outputs;
        let local_call_ids = parts.local_call_ids | read.local_call_ids;
        (!may_join && !may_repeat).then_some(Added { inputs, outputs, local_call_ids })
    }

    /// After a call of which the history was left out.
    pub(super) fn go_on(&mut self, text: &'a str, appended: &Appended, inputs: &[Draft]) {
        self.text = text;
        self.list = Some(appended.list);
        self.count += inputs.len();
        self.last_role = inputs.last().map(Draft::role).or(self.last_role);
    }

    /// After a call that continues this one but was read whole: whether the next one may be read in parts.
    pub(super) fn tried(
        &self,
        text: &'a str,
        appended: &Appended,
        run: &RunInput,
        claims: &[&'static Shape],
        whole: &Read,
    ) -> Self {
        let reduced = read::model_call_given(run, Some(&appended.reduced), claims);
        let mut next = Self { list: Some(appended.list), ..Self::after(text, self.turn, whole) };
        let shape = reduced.inputs_shape.zip(whole.inputs_shape);
        let fresh = whole.inputs.get(self.count..).unwrap_or_default();
        let head = reduced.inputs.len().checked_sub(fresh.len());
        if let (Some((shape, of_whole)), Some(head)) = (shape, head) {
            let (head, rest) = reduced.inputs.split_at(head);
            let is_same = std::ptr::eq(shape, of_whole)
                && !fresh.is_empty()
                && rest == fresh
                && whole.inputs.starts_with(head)
                && reduced.outputs == whole.outputs
                && reduced.local_call_ids == whole.local_call_ids;
            next.parts =
                is_same.then(|| Parts { shape, local_call_ids: whole.local_call_ids, head: head.to_vec() });
        }
        next
    }
}

/// Replays of each agent.
pub(super) type Replays<'a, Key> = HashMap<Key, Replay<'a>>;

fn common_prefix(old: &[u8], new: &[u8]) -> usize {
    const CHUNK: usize = 4096;
    let chunks = old.chunks(CHUNK).zip(new.chunks(CHUNK)).take_while(|(old, new)| old == new).count();
    let from = (chunks * CHUNK).min(old.len()).min(new.len());
    from + old[from..].iter().zip(&new[from..]).take_while(|(old, new)| old == new).count()
}

/// The opening bracket of the list in which this beginning of a JSON text ends; nothing where it ends in an object, in a
/// string or outside of everything.
fn open_list(text: &[u8]) -> Option<usize> {
    let mut open = Vec::new();
    let mut at = 0;
    while let Some(byte) = text.get(at) {
        match byte {
            b'"' => loop {
                at += 1 + memchr::memchr2(b'"', b'\\', text.get(at + 1..)?)?;
                if text[at] == b'"' {
                    break;
                }
                // What is escaped ends nothing.
                at += 1;
            },
            b'[' | b'{' => open.push(at),
            b']' | b'}' => {
                open.pop()?;
            }
            _ => {}
        }
        at += 1;
    }
    open.pop().filter(|at| text[*at] == b'[')
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    use std::cell::Cell;

    use model::{RunId, RunStatus, RunType, TraceId, UnixNanos, Usage};
    use proptest::prelude::*;
    use serde_json::{Value, json};

    use crate::messages::{
        Options, TraceInput,
        build::{conversation, conversation_read_whole},
    };

    thread_local! {
        /// Calls of which the history was left out.
        static LEFT_OUT: Cell<usize> = const { Cell::new(0) };
    }

    pub(in crate::messages) fn note_left_out() {
        LEFT_OUT.set(LEFT_OUT.get() + 1);
    }

    /// What happens between two calls of a model.
    #[derive(Debug, Clone)]
    enum Happens {
        Says(u8),
        CallsTool {
            id: u8,
            answered: bool,
        },
        Thinks(u8),
        /// The last messages are forgotten.
        Forgets(usize),
        /// An earlier message is written anew.
        Rewrites(usize),
        NextTrace,
        /// The call has another tool at hand.
        GainsTool,
        /// The last message has another piece.
        GainsPart,
    }

    fn happens() -> impl Strategy<Value = Vec<Happens>> {
        let one = prop_oneof![
            4 => (0_u8..4).prop_map(Happens::Says),
            3 => (0_u8..3, any::<bool>()).prop_map(|(id, answered)| Happens::CallsTool { id, answered }),
            1 => (0_u8..3).prop_map(Happens::Thinks),
            1 => (1_usize..4).prop_map(Happens::Forgets),
            1 => (0_usize..6).prop_map(Happens::Rewrites),
            1 => Just(Happens::NextTrace),
            1 => Just(Happens::GainsTool),
            1 => Just(Happens::GainsPart),
        ];
        proptest::collection::vec(one, 1..14)
    }

    fn call(number: usize, inputs: &Value, answer: &Value) -> RunInput {
        let time = |at: usize| Some(UnixNanos(i64::try_from(at).unwrap_or(0)));
        RunInput {
            run_id: RunId::from_bytes(u128::try_from(number + 1).unwrap_or(0).to_be_bytes()),
            parent_run_id: None,
            run_type: RunType::Llm,
            name: "model".to_owned(),
            status: RunStatus::Success,
            error: None,
            start: time(number * 10),
            end: time(number * 10 + 5),
            model: None,
            provider: None,
            usage: Usage::default(),
            cost: None,
            inputs: Some(inputs.to_string()),
            outputs: Some(json!({ "choices": [{ "message": answer }] }).to_string()),
            metadata: None,
            attributes: None,
        }
    }

    /// Where the list of messages stands.
    fn payload(form: u8, messages: &[Value], tools: usize) -> Value {
        let tools: Vec<Value> = (0..tools)
            .map(|tool| json!({ "type": "function", "function": { "name": format!("tool {tool}") } }))
            .collect();
        match form {
            5 => json!({ "messages": messages, "tools": tools }),
            6 => json!({ "tools": tools, "messages": messages }),
            0 => json!({ "model": "m", "messages": messages, "temperature": 0 }),
            1 => json!({ "messages": [messages] }),
            2 => json!({ "messages": messages, "system": "Be brief." }),
            3 => json!({ "input": messages, "instructions": "Be brief." }),
            _ => json!(messages),
        }
    }

    fn traces(form: u8, with_ids: bool, story: &[Happens]) -> Vec<TraceInput> {
        let mut said = vec![json!({ "role": "user", "content": "hi" })];
        let mut traces = vec![Vec::new()];
        let mut tools = 0;
        for (number, event) in story.iter().enumerate() {
            let mut answer = json!({ "role": "assistant", "content": format!("answer {}", number % 3) });
            match event {
                Happens::Says(what) => said.push(json!({ "role": "user", "content": format!("question {what}") })),
                Happens::CallsTool { id, answered } => {
                    let made = json!([{ "id": format!("call_long_id_{id}"), "type": "function", "function": { "name": "look", "arguments": format!("{{\"n\":{id}}}") } }]);
                    said.push(json!({ "role": "assistant", "content": null, "tool_calls": made }));
                    if *answered {
                        said.push(json!({ "role": "tool", "tool_call_id": format!("call_long_id_{id}"), "content": format!("found {number}") }));
                    }
                }
                Happens::Thinks(what) => said.push(json!({ "type": "reasoning", "summary": [{ "type": "summary_text", "text": format!("thought {what}") }] })),
                Happens::Forgets(count) => said.truncate(said.len().saturating_sub(*count).max(1)),
                Happens::Rewrites(at) => {
                    let at = at % said.len();
                    said[at] = json!({ "role": "user", "content": format!("rewritten {number}") });
                }
                Happens::NextTrace => traces.push(Vec::new()),
                Happens::GainsTool => tools += 1,
                Happens::GainsPart => {
                    let part = json!({ "type": "text", "text": format!("part {number}") });
                    match said.last_mut().and_then(|last| last["content"].as_array_mut()) {
                        Some(parts) => parts.push(part),
                        None => said.push(json!({ "role": "user", "content": [part] })),
                    }
                }
            }
            if with_ids {
                answer["id"] = json!(format!("msg-{number}"));
            }
            let runs = traces.last_mut().expect("there is one");
            runs.push(call(number, &payload(form, &said, tools), &answer));
            // A call whose circumstances alone changed is asked the same again.
            if !matches!(event, Happens::GainsTool | Happens::GainsPart) {
                said.push(answer);
            }
        }
        let id = |index: usize| TraceId::from_bytes(u128::try_from(index + 1).unwrap_or(0).to_be_bytes());
        traces.into_iter().enumerate().map(|(index, runs)| TraceInput { trace_id: id(index), runs }).collect()
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(400))]
        #[test]
        fn leaving_out_what_is_replayed_changes_nothing(form in 0_u8..7, with_ids: bool, story in happens()) {
            let traces = traces(form, with_ids, &story);
            let options = Options::default();
            prop_assert_eq!(conversation(&traces, options), conversation_read_whole(&traces, options));
        }
    }

    #[test]
    fn another_list_that_grows_is_not_the_history() {
        for form in [5, 6] {
            let mut story = vec![Happens::Says(1); 4];
            story.extend([
                Happens::GainsTool,
                Happens::GainsTool,
                Happens::Says(2),
                Happens::GainsPart,
                Happens::GainsPart,
            ]);
            let traces = traces(form, false, &story);
            let options = Options::default();
            assert_eq!(
                conversation(&traces, options),
                conversation_read_whole(&traces, options),
                "form {form}"
            );
        }
    }

    #[test]
    fn a_plain_conversation_is_read_in_parts() {
        for form in 0..7 {
            LEFT_OUT.set(0);
            let traces = traces(form, false, &vec![Happens::Says(1); 20]);
            conversation(&traces, Options::default());
            // The first is new, the second is tried both ways.
            assert_eq!(LEFT_OUT.get(), 18, "form {form}");
        }
    }

    #[test]
    fn the_list_that_a_text_ends_in() {
        assert_eq!(open_list(br#"{"a":[1],"messages":[{"x":"]\"["}"#), Some(20));
        assert_eq!(open_list(br#"{"a":[1,"b"#), None);
        assert_eq!(open_list(br#"{"a":{"#), None);
        assert_eq!(open_list(br"[[1],[2"), Some(5));
        assert_eq!(open_list(b"]"), None);
    }

    #[test]
    fn the_beginning_that_two_texts_share() {
        let long = "x".repeat(10_000);
        assert_eq!(common_prefix(b"abc", b"abd"), 2);
        assert_eq!(common_prefix(long.as_bytes(), format!("{long}y").as_bytes()), 10_000);
        assert_eq!(common_prefix(long.as_bytes(), b""), 0);
    }
}
