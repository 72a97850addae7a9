//! Redaction of JSON. Only what is replaced is written anew; all other bytes stay as they came.

use super::{Counts, REDACTED, Rules, Scope};
use crate::json::{each_element, each_member, lossy, skip, string, whole_value, write_string};

/// Levels below which a text is no longer looked into for JSON.
const MAX_EMBEDDED_DEPTH: usize = 64;

/// Members of a LangSmith run that are never touched (`langsmith-data.md` §1).
const STRUCTURAL: [&str; 18] = [
    "id",
    "trace_id",
    "parent_run_id",
    "parent_run_ids",
    "child_run_ids",
    "direct_child_run_ids",
    "dotted_order",
    "execution_order",
    "run_type",
    "status",
    "start_time",
    "end_time",
    "first_token_time",
    "last_queued_at",
    "session_id",
    "reference_example_id",
    "reference_dataset_id",
    "manifest_id",
];

/// Names, of which only what matches a pattern or a detector is replaced: it is the same everywhere, so that what is
/// found by the name is found as before. A project's id may be its name.
const NAMES: [&str; 4] = ["name", "session_name", "project_name", "session_id"];

/// A part of the text and what stands there instead.
struct Edit {
    start: usize,
    end: usize,
    text: Vec<u8>,
}

fn apply(text: &[u8], edits: Vec<Edit>) -> Option<Vec<u8>> {
    if edits.is_empty() {
        return None;
    }
    let mut out = Vec::with_capacity(text.len());
    let mut at = 0;
    for edit in edits {
        out.extend_from_slice(&text[at..edit.start]);
        out.extend_from_slice(&edit.text);
        at = edit.end;
    }
    out.extend_from_slice(&text[at..]);
    Some(out)
}

/// The object or list that a text is.
pub(super) fn embedded(text: &str, depth: usize) -> Option<&[u8]> {
    let is_open = text.trim_start().starts_with(['{', '[']);
    (is_open && depth < MAX_EMBEDDED_DEPTH).then(|| whole_value(text.as_bytes()).ok())?
}

impl Rules {
    pub(super) fn langsmith_run(&self, bytes: &[u8], counts: &mut Counts) -> Option<Vec<u8>> {
        let Ok(run) = whole_value(bytes) else {
            // No such record is kept; but if one were, it would not go unseen.
            return self.text(&lossy(bytes), 0, &Scope::default(), counts).map(String::into_bytes);
        };
        let root = self.root();
        let mut edits = Vec::new();
        each_member(run, 0, |key, at| {
            let scope = self.enter(&root, &key);
            match key.as_ref() {
                key if NAMES.contains(&key) => self.name_at(run, at, counts, &mut edits),
                key if STRUCTURAL.contains(&key) => skip(run, at),
                "events" => self.events(run, at, &scope, counts, &mut edits),
                _ => self.value(run, at, 0, &scope, counts, &mut edits),
            }
        });
        apply(run, edits)
    }

    /// A name, by the rules for contents; ids stay.
    fn name_at(&self, run: &[u8], at: usize, counts: &mut Counts, edits: &mut Vec<Edit>) -> usize {
        let end = skip(run, at);
        let name = string(&run[at..end]).filter(|name| uuid::Uuid::try_parse(name.trim()).is_err());
        if let Some(name) = name.and_then(|name| self.name(&name, counts)) {
            let mut text = Vec::new();
            write_string(&name, &mut text);
            edits.push(Edit { start: at, end, text });
        }
        end
    }

    /// Events keep their times, and the name from which that of the first token is known.
    fn events(
        &self,
        run: &[u8],
        at: usize,
        scope: &Scope,
        counts: &mut Counts,
        edits: &mut Vec<Edit>,
    ) -> usize {
        if run.get(at) != Some(&b'[') {
            return self.value(run, at, 0, scope, counts, edits);
        }
        let mut index = 0;
        each_element(run, at, |at| {
            let scope = self.enter_element(scope, index);
            index += 1;
            if run.get(at) != Some(&b'{') {
                return self.value(run, at, 1, &scope, counts, edits);
            }
            each_member(run, at, |key, at| {
                let is_first_token = || string(&run[at..skip(run, at)]).as_deref() == Some("new_token");
                if key == "time" || (key == "name" && is_first_token()) {
                    return skip(run, at);
                }
                if key == "name" {
                    return self.name_at(run, at, counts, edits);
                }
                self.value(run, at, 2, &self.enter(&scope, &key), counts, edits)
            })
        })
    }

    /// JSON that is the whole of a text.
    pub(super) fn embedded(
        &self,
        value: &[u8],
        depth: usize,
        scope: &Scope,
        counts: &mut Counts,
    ) -> Option<String> {
        let mut edits = Vec::new();
        self.value(value, 0, depth + 1, scope, counts, &mut edits);
        apply(value, edits).map(|bytes| lossy(&bytes).into_owned())
    }

    /// A JSON text of any kind, which stays one.
    pub(super) fn json(&self, value: &str, scope: &Scope, counts: &mut Counts) -> Option<String> {
        let Ok(checked) = whole_value(value.as_bytes()) else { return self.text_at(value, 0, scope, counts) };
        let mut edits = Vec::new();
        self.value(checked, 0, 0, scope, counts, &mut edits);
        apply(checked, edits).map(|bytes| lossy(&bytes).into_owned())
    }

    /// Notes what is to be replaced in the value at `at`, and gives its end.
    fn value(
        &self,
        text: &[u8],
        at: usize,
        depth: usize,
        scope: &Scope,
        counts: &mut Counts,
        edits: &mut Vec<Edit>,
    ) -> usize {
        match text.get(at) {
            Some(b'{') => each_member(text, at, |key, at| {
                self.value(text, at, depth + 1, &self.enter(scope, &key), counts, edits)
            }),
            Some(b'[') => {
                let mut index = 0;
                each_element(text, at, |at| {
                    let scope = self.enter_element(scope, index);
                    index += 1;
                    self.value(text, at, depth + 1, &scope, counts, edits)
                })
            }
            _ => {
                let end = skip(text, at);
                if let Some(replacement) = self.scalar(&text[at..end], depth, scope, counts) {
                    let mut json = Vec::new();
                    write_string(&replacement, &mut json);
                    edits.push(Edit { start: at, end, text: json });
                }
                end
            }
        }
    }

    fn scalar(&self, value: &[u8], depth: usize, scope: &Scope, counts: &mut Counts) -> Option<String> {
        let text = string(value);
        if let Some(rule) = scope.forced {
            if text.as_deref() == Some(REDACTED) || value == b"null" {
                return None;
            }
            counts.add(rule);
            return Some(REDACTED.to_owned());
        }
        match text {
            Some(text) => self.text(&text, depth, scope, counts),
            None => self.number(std::str::from_utf8(value).ok()?, counts),
        }
    }

    /// A number that is a secret as a whole.
    pub(super) fn number(&self, digits: &str, counts: &mut Counts) -> Option<String> {
        let (rule, _) = self.contents.iter().find(|(_, content)| content.is_number(digits))?;
        counts.add(*rule);
        Some(REDACTED.to_owned())
    }
}
