//! Redaction at every door: what comes in is looked through before anything of it is stored, queued or shown.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, PoisonError},
};

use ingest::{
    Reject,
    redact::{REDACTED, RedactionReport, Rules},
};
use model::{Feedback, RawFormat, RawRecord, RunId, RunRecord, TraceId};

use crate::{Engine, RedactionRule, SortTraces, TraceQuery, error::Result, settings::compile};

/// Runs that a dry run looks at.
const PREVIEWED_RUNS: u64 = 2000;
/// Traces that a dry run asks for at once.
const PREVIEWED_TRACES: u32 = 100;
/// Examples that a dry run gives.
const EXAMPLES: usize = 20;
/// Characters of an example before and after the place.
const EXAMPLE_CHARS: usize = 40;

/// The rules in force, and what they replaced since the start.
#[derive(Debug, Default)]
pub(crate) struct Redaction {
    rules: Mutex<Option<Arc<Rules>>>,
    counts: Mutex<BTreeMap<String, u64>>,
}

impl Redaction {
    pub(crate) fn new(rules: Rules) -> Self {
        let redaction = Self::default();
        redaction.set(rules);
        redaction
    }

    pub(crate) fn set(&self, rules: Rules) {
        let rules = Some(rules).filter(|rules| !rules.is_empty()).map(Arc::new);
        *self.rules.lock().unwrap_or_else(PoisonError::into_inner) = rules;
    }

    fn rules(&self) -> Option<Arc<Rules>> {
        self.rules.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn count(&self, report: &RedactionReport) {
        let mut counts = self.counts.lock().unwrap_or_else(PoisonError::into_inner);
        for (name, count) in &report.counts {
            *counts.entry(name.clone()).or_default() += count;
        }
    }

    /// Replacements since the start, by name of the rule.
    pub(crate) fn counts(&self) -> Vec<(String, u64)> {
        let counts = self.counts.lock().unwrap_or_else(PoisonError::into_inner);
        counts.iter().map(|(name, count)| (name.clone(), *count)).collect()
    }

    pub(crate) fn records(&self, records: &mut [RunRecord]) {
        let Some(rules) = self.rules() else { return };
        let mut report = RedactionReport::default();
        for record in records {
            report.add(&rules.redact(record));
        }
        if !report.is_empty() {
            self.count(&report);
        }
    }

    pub(crate) fn feedback(&self, feedback: &mut [Feedback]) {
        let Some(rules) = self.rules() else { return };
        for one in feedback {
            self.count(&rules.redact_feedback(one));
        }
    }

    /// Parts of examples: their inputs, outputs and metadata, by name.
    pub(crate) fn parts<'p>(&self, parts: impl IntoIterator<Item = (&'p str, &'p mut Option<String>)>) {
        let Some(rules) = self.rules() else { return };
        self.count(&rules.redact_parts(parts));
    }

    /// Names that stand alone, such as that of a dataset.
    pub(crate) fn names<'n>(&self, names: impl IntoIterator<Item = &'n mut String>) {
        let Some(rules) = self.rules() else { return };
        for name in names {
            self.count(&rules.redact_name(name));
        }
    }

    /// The name under which something of this name is kept, when it is another.
    pub(crate) fn kept_name(&self, name: &str) -> Option<String> {
        Some(self.text(name)).filter(|kept| kept != name)
    }

    /// A file of an example.
    pub(crate) fn file(&self, mime_type: &str, bytes: &mut Vec<u8>) {
        let Some(rules) = self.rules() else { return };
        self.count(&rules.redact_file(mime_type, bytes));
    }

    /// A text about what was sent, or one that leaves, by the rules for contents; rules for places need to know the place.
    pub(crate) fn text(&self, text: &str) -> String {
        self.rules().map_or_else(|| text.to_owned(), |rules| rules.redact_text(text).into_owned())
    }

    /// Excerpts show a piece of what was sent. Where a rule goes by the place of a value nothing of a piece can stay,
    /// since a piece does not tell where it stood.
    pub(crate) fn rejects(&self, rejects: &mut [Reject]) {
        let Some(rules) = self.rules() else { return };
        for reject in rejects {
            reject.message = rules.redact_text(&reject.message).into_owned();
            if rules.names_places() && !reject.excerpt.is_empty() {
                REDACTED.clone_into(&mut reject.excerpt);
            } else {
                reject.excerpt = rules.redact_text(&reject.excerpt).into_owned();
            }
        }
    }

    /// A body as it may be shown; `structure` is asked where a rule goes by the place of a value, which the text of a
    /// body does not tell.
    pub(crate) fn body(
        &self,
        text: impl FnOnce() -> String,
        structured: impl FnOnce(&Rules) -> Option<String>,
    ) -> Option<String> {
        match self.rules() {
            None => Some(text()),
            Some(rules) if rules.names_places() => structured(&rules),
            Some(rules) => Some(rules.redact_text(&text()).into_owned()),
        }
    }

    pub(crate) fn reject(&self, mut reject: Reject) -> Reject {
        self.rejects(std::slice::from_mut(&mut reject));
        reject
    }
}

/// What rules would replace in what is there.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct RedactionPreview {
    /// Runs that were looked at.
    pub runs: u64,
    /// Replacements by name of the rule, in the order of the rules.
    pub counts: Vec<(String, u64)>,
    /// Some of the replacements.
    pub examples: Vec<RedactionExample>,
}

/// One replacement, with what stands around it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RedactionExample {
    /// The trace.
    pub trace_id: TraceId,
    /// The run.
    pub run_id: RunId,
    /// Name of the rule.
    pub rule: String,
    /// What is there.
    pub before: String,
    /// What would be there.
    pub after: String,
}

impl Engine {
    /// Tries rules on the newest traces; nothing is written. Attached files are not looked into.
    pub fn preview_redaction(&self, rules: &[RedactionRule]) -> Result<RedactionPreview> {
        let all = compile(rules)?;
        let each: Vec<(String, Rules)> = rules
            .iter()
            .map(|rule| Ok((rule.name.clone(), compile(std::slice::from_ref(rule))?)))
            .collect::<Result<_>>()?;
        let share = EXAMPLES.checked_div(each.len()).unwrap_or(0).max(1);
        let mut preview = RedactionPreview::default();
        let mut report = RedactionReport::default();
        let mut offset = 0;
        'pages: loop {
            let query = TraceQuery {
                sort: SortTraces::Start,
                ascending: false,
                offset,
                limit: PREVIEWED_TRACES,
                ..TraceQuery::default()
            };
            let rows = self.store.traces(&query)?.rows;
            for row in &rows {
                self.store.visit_records(row.trace_id, |run_id, records| {
                    for record in &records {
                        let (redacted, found) = all.redact_raw(record);
                        report.add(&found);
                        if redacted.is_some() {
                            examples(&mut preview.examples, &each, share, (row.trace_id, run_id), record);
                        }
                    }
                    preview.runs += 1;
                    preview.runs < PREVIEWED_RUNS
                })?;
                if preview.runs >= PREVIEWED_RUNS {
                    break 'pages;
                }
            }
            if rows.len() < PREVIEWED_TRACES as usize {
                break;
            }
            offset += PREVIEWED_TRACES;
        }
        for rule in rules {
            if !preview.counts.iter().any(|(name, _)| *name == rule.name) {
                let count = report.counts.get(&rule.name).copied().unwrap_or(0);
                preview.counts.push((rule.name.clone(), count));
            }
        }
        Ok(preview)
    }
}

/// Adds an example for each rule that has few yet.
fn examples(
    out: &mut Vec<RedactionExample>,
    each: &[(String, Rules)],
    share: usize,
    (trace_id, run_id): (TraceId, RunId),
    record: &RawRecord,
) {
    for (name, rules) in each {
        let has = out.iter().filter(|example| example.rule == *name).count();
        if has >= share || out.len() >= EXAMPLES {
            continue;
        }
        let (Some(redacted), _) = rules.redact_raw(record) else { continue };
        let (before, after) = around(&shown(record), &shown(&redacted));
        out.push(RedactionExample { trace_id, run_id, rule: name.clone(), before, after });
    }
}

pub(crate) fn shown(record: &RawRecord) -> String {
    match record.format {
        RawFormat::LangsmithRun => String::from_utf8_lossy(&record.bytes).into_owned(),
        RawFormat::OtlpSpan | RawFormat::OtlpLog => ingest::export::otlp_json(record).unwrap_or_default(),
    }
}

/// The first place where the texts differ, with a few characters around it.
fn around(before: &str, after: &str) -> (String, String) {
    let (before, after): (Vec<char>, Vec<char>) = (before.chars().collect(), after.chars().collect());
    let start = before.iter().zip(&after).take_while(|(left, right)| left == right).count();
    // Where the replacement ends, the texts go on alike for a while.
    let end = (start + REDACTED.chars().count()).min(after.len());
    let tail = &after[end..(end + EXAMPLE_CHARS / 2).min(after.len())];
    let resumed = (start..before.len())
        .find(|at| before[*at..].starts_with(tail) && !tail.is_empty())
        .unwrap_or(before.len());
    let from = start.saturating_sub(EXAMPLE_CHARS);
    let window = |text: &[char], to: usize| -> String {
        let to = to.min(from + 3 * EXAMPLE_CHARS).min(text.len());
        let cut = if from > 0 { "…" } else { "" };
        let more = if to < text.len() { "…" } else { "" };
        format!("{cut}{}{more}", text[from..to].iter().collect::<String>())
    };
    (window(&before, resumed + tail.len()), window(&after, end + tail.len()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_example_shows_the_place_and_little_more() {
        let before = format!("{}call ann@example.com today{}", "x".repeat(100), "y".repeat(100));
        let after = before.replace("ann@example.com", REDACTED);
        let (left, right) = around(&before, &after);
        assert!(left.contains("call ann@example.com today"), "{left}");
        assert!(right.contains("call <redacted> today"), "{right}");
        assert!(left.chars().count() < 140 && right.chars().count() < 140);
    }
}
