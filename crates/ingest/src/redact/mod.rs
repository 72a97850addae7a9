//! Redaction at the door: values that the owner does not want in the library are replaced before anything is stored.
//!
//! A rule names a place (a path, a key) or a content (a pattern, a detector). At a place every value is replaced, in
//! a text only what matches, always by [`REDACTED`]. Keys and nesting stay, so that the run still opens as it would;
//! hence what stands in a *key* is never hidden. Ids, times and types of runs are never touched, since runs would lose
//! each other without them; of names (runs, projects, datasets, files) only a rule for contents takes what matches, so
//! that what has one name still has one. Files are looked into by the rules that say so.
//!
//! What is replaced is the raw record; all fields are then read from it again, so that no preview remembers more than
//! the record does.

mod content;
mod json;
mod otlp;
#[cfg(test)]
mod tests;

use std::{borrow::Cow, collections::BTreeMap, fmt};

use model::{Attachment, Feedback, RawFormat, RawRecord, RunFields, RunRecord};

pub use content::Detector;
use content::{Content, Pieces};

/// What stands in place of a value.
pub const REDACTED: &str = "<redacted>";

/// Times that a text is looked through again, since what was replaced may uncover another match.
const MAX_PASSES: usize = 16;

/// One rule of the owner.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rule {
    /// Name under which replacements are counted.
    pub name: String,
    /// What it replaces.
    pub kind: RuleKind,
    /// Whether it also looks into attached files that are text or JSON.
    pub attachments: bool,
}

/// What a rule replaces.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RuleKind {
    /// Everything at and below a path: names joined by dots, `*` for any one name. Lists are passed through, with
    /// or without naming an index. The path starts at the LangSmith run (`inputs.messages.content`) or is the name
    /// of an OpenTelemetry attribute, and goes on into its value (`gen_ai.prompt.*.content`).
    Path(String),
    /// Everything below a key of this name, in any case, wherever it stands. Of an attribute's name the part behind
    /// the last dot counts too.
    Key(String),
    /// What a regular expression matches.
    Regex(String),
    /// What a detector finds.
    Detector(Detector),
}

/// A rule that cannot be used.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RuleError {
    /// Position of the rule in the list.
    pub index: usize,
    /// The reason, for people.
    pub message: String,
}

impl fmt::Display for RuleError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "rule {}: {}", self.index + 1, self.message)
    }
}

impl std::error::Error for RuleError {}

/// How often each rule replaced something.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct RedactionReport {
    /// Replacements by name of the rule; rules that replaced nothing are not there.
    pub counts: BTreeMap<String, u64>,
}

impl RedactionReport {
    /// Whether nothing was replaced.
    pub fn is_empty(&self) -> bool {
        self.counts.is_empty()
    }

    /// All replacements.
    pub fn total(&self) -> u64 {
        self.counts.values().sum()
    }

    /// Adds what another report counts.
    pub fn add(&mut self, other: &Self) {
        for (name, count) in &other.counts {
            *self.counts.entry(name.clone()).or_default() += count;
        }
    }
}

/// Rules, ready for use. The default has none and costs nothing.
#[derive(Debug, Clone, Default)]
pub struct Rules {
    names: Vec<String>,
    paths: Vec<(usize, Vec<String>)>,
    keys: Vec<(usize, String)>,
    contents: Vec<(usize, Content)>,
    for_attachments: Option<Box<Rules>>,
}

impl Rules {
    /// Checks the rules and prepares them.
    pub fn compile(rules: &[Rule]) -> Result<Self, RuleError> {
        let mut compiled = Self::select(rules, |_| true)?;
        if rules.iter().any(|rule| rule.attachments) {
            compiled.for_attachments = Some(Box::new(Self::select(rules, |rule| rule.attachments)?));
        }
        Ok(compiled)
    }

    fn select(rules: &[Rule], is_wanted: impl Fn(&Rule) -> bool) -> Result<Self, RuleError> {
        let mut compiled = Self::default();
        for (index, rule) in rules.iter().enumerate() {
            compiled.names.push(rule.name.clone());
            if !is_wanted(rule) {
                continue;
            }
            let refused = |message: String| RuleError { index, message };
            match &rule.kind {
                RuleKind::Path(path) => {
                    let segments: Vec<String> = path.split('.').map(|name| name.trim().to_owned()).collect();
                    if segments.iter().any(String::is_empty) {
                        return Err(refused(format!("the path has an empty name: `{path}`")));
                    }
                    if segments.iter().all(|name| name == "*") {
                        return Err(refused(format!("the path names nothing: `{path}`")));
                    }
                    compiled.paths.push((index, segments));
                }
                RuleKind::Key(key) if key.trim().is_empty() => {
                    return Err(refused("the key is empty".to_owned()));
                }
                RuleKind::Key(key) => compiled.keys.push((index, key.trim().to_lowercase())),
                RuleKind::Regex(pattern) => {
                    compiled.contents.push((index, Content::pattern(pattern).map_err(refused)?));
                }
                RuleKind::Detector(detector) => {
                    compiled.contents.push((index, Content::detector(*detector).map_err(refused)?));
                }
            }
        }
        Ok(compiled)
    }

    /// Whether there is nothing to replace.
    pub fn is_empty(&self) -> bool {
        self.paths.is_empty() && self.keys.is_empty() && self.contents.is_empty()
    }

    /// Replaces in the record, in everything that was read from it, and in its files.
    pub fn redact(&self, record: &mut RunRecord) -> RedactionReport {
        if self.is_empty() {
            return RedactionReport::default();
        }
        let mut counts = self.counts();
        let bytes = self.raw(&record.raw, &mut counts);
        if let Some(project) = &mut record.raw.project {
            self.rename(project, &mut counts);
        }
        if let Some(project) = &mut record.fields.project {
            // Counted where it was read from.
            self.rename(project, &mut self.counts());
        }
        if let Some(bytes) = bytes {
            record.raw.bytes = bytes;
            // The ids stay, which the record may have from its surroundings.
            if let Some(again) = crate::interpret(&record.raw) {
                record.fields = RunFields { project: record.fields.project.take(), ..again.fields };
                record.weight = again.weight;
                // All conversations of which the key is hidden would become one.
                record.fields.thread = record.fields.thread.take().filter(|thread| thread != REDACTED);
            } else {
                let fields = &mut record.fields;
                (fields.error, fields.detail) = (None, None);
                (fields.input_preview, fields.output_preview) = (None, None);
            }
        }
        self.file_names(&mut record.attachments, &mut counts);
        if let Some(rules) = &self.for_attachments {
            for attachment in &mut record.attachments {
                if is_text(&attachment.mime_type)
                    && let Some(bytes) = rules.file(&attachment.bytes, &mut counts)
                {
                    attachment.bytes = bytes;
                }
            }
        }
        self.report(counts)
    }

    /// Replaces in a raw record alone; `None` when there is nothing to replace.
    pub fn redact_raw(&self, raw: &RawRecord) -> (Option<RawRecord>, RedactionReport) {
        if self.is_empty() {
            return (None, RedactionReport::default());
        }
        let mut counts = self.counts();
        let bytes = self.raw(raw, &mut counts);
        let project = raw.project.as_deref().and_then(|project| self.name(project, &mut counts));
        let redacted = (bytes.is_some() || project.is_some()).then(|| RawRecord {
            bytes: bytes.unwrap_or_else(|| raw.bytes.clone()),
            project: project.or_else(|| raw.project.clone()),
            ..raw.clone()
        });
        (redacted, self.report(counts))
    }

    /// Replaces in a name that stands alone, such as that of a dataset: by content only.
    pub fn redact_name(&self, name: &mut String) -> RedactionReport {
        let mut counts = self.counts();
        self.rename(name, &mut counts);
        self.report(counts)
    }

    /// A name without what the rules for contents find in it.
    fn name(&self, name: &str, counts: &mut Counts) -> Option<String> {
        self.text(name, 0, &Scope::default(), counts)
    }

    fn rename(&self, name: &mut String, counts: &mut Counts) {
        if let Some(redacted) = self.name(name, counts) {
            *name = redacted;
        }
    }

    /// Names of the files of a run, which stay apart.
    fn file_names(&self, files: &mut [Attachment], counts: &mut Counts) {
        for index in 0..files.len() {
            let Some(name) = self.name(&files[index].name, counts) else { continue };
            let is_taken = |name: &str| files.iter().any(|file| file.name == name);
            let numbered = (2..).map(|number| format!("{name} {number}"));
            let free = std::iter::once(name.clone()).chain(numbered).find(|name| !is_taken(name));
            files[index].name = free.unwrap_or(name);
        }
    }

    /// Replaces in a text that is no record, such as the excerpt of a [`crate::Reject`]: by content only.
    pub fn redact_text<'t>(&self, text: &'t str) -> Cow<'t, str> {
        self.text(text, 0, &Scope::default(), &mut self.counts()).map_or(Cow::Borrowed(text), Cow::Owned)
    }

    /// Replaces in what is said about a run: its comment, value, correction and whatever else comes with it. A path
    /// starts at the feedback (`comment`, `value.text`). Of its key and thread only contents are replaced; what else is
    /// judged, who judged and the score stay.
    pub fn redact_feedback(&self, feedback: &mut Feedback) -> RedactionReport {
        if self.is_empty() {
            return RedactionReport::default();
        }
        let mut counts = self.counts();
        let root = self.root();
        if let Some(comment) = &feedback.comment {
            let scope = self.enter(&root, "comment");
            if let Some(comment) = self.text_at(comment, 0, &scope, &mut counts) {
                feedback.comment = Some(comment);
            }
        }
        self.rename(&mut feedback.key, &mut counts);
        if let Some(thread) = &mut feedback.thread {
            self.rename(thread, &mut counts);
        }
        let parts = [
            ("value", &mut feedback.value),
            ("correction", &mut feedback.correction),
            ("source_metadata", &mut feedback.source_metadata),
            ("extra", &mut feedback.extra),
        ];
        self.parts(parts, &mut counts);
        self.report(counts)
    }

    /// Replaces in texts of JSON, such as the parts of an example; a path starts at the name of a part (`inputs.key`).
    pub fn redact_parts<'p>(
        &self,
        parts: impl IntoIterator<Item = (&'p str, &'p mut Option<String>)>,
    ) -> RedactionReport {
        if self.is_empty() {
            return RedactionReport::default();
        }
        let mut counts = self.counts();
        self.parts(parts, &mut counts);
        self.report(counts)
    }

    fn parts<'p>(
        &self,
        parts: impl IntoIterator<Item = (&'p str, &'p mut Option<String>)>,
        counts: &mut Counts,
    ) {
        let root = self.root();
        for (name, value) in parts {
            let scope = self.enter(&root, name);
            let redacted = value.as_deref().and_then(|value| self.json(value, &scope, counts));
            if redacted.is_some() {
                *value = redacted;
            }
        }
    }

    /// Replaces in a file, by the rules that look into files; only text is looked into.
    pub fn redact_file(&self, mime_type: &str, bytes: &mut Vec<u8>) -> RedactionReport {
        let Some(rules) = self.for_attachments.as_ref().filter(|_| is_text(mime_type)) else {
            return RedactionReport::default();
        };
        let mut counts = self.counts();
        if let Some(redacted) = rules.file(bytes, &mut counts) {
            *bytes = redacted;
        }
        self.report(counts)
    }

    /// Whether some rule goes by the place of a value, which a piece of a record does not tell.
    pub fn names_places(&self) -> bool {
        !self.paths.is_empty() || !self.keys.is_empty()
    }

    fn raw(&self, raw: &RawRecord, counts: &mut Counts) -> Option<Vec<u8>> {
        match raw.format {
            RawFormat::LangsmithRun => self.langsmith_run(&raw.bytes, counts),
            RawFormat::OtlpSpan => self.otlp_span(&raw.bytes, counts),
            RawFormat::OtlpLog => self.otlp_log(&raw.bytes, counts),
        }
    }

    /// A file of text: JSON is looked into.
    fn file(&self, bytes: &[u8], counts: &mut Counts) -> Option<Vec<u8>> {
        let text = std::str::from_utf8(bytes).ok()?;
        self.text(text, 0, &self.root(), counts).map(String::into_bytes)
    }

    /// A text at a place that a rule may name.
    fn text_at(&self, text: &str, depth: usize, scope: &Scope, counts: &mut Counts) -> Option<String> {
        match scope.forced {
            Some(_) if text == REDACTED => None,
            Some(rule) => {
                counts.add(rule);
                Some(REDACTED.to_owned())
            }
            None => self.text(text, depth, scope, counts),
        }
    }

    /// A text, JSON within it, JSON within that; until nothing is left to replace.
    fn text(&self, text: &str, depth: usize, scope: &Scope, counts: &mut Counts) -> Option<String> {
        let mut redacted: Option<String> = None;
        for _ in 0..MAX_PASSES {
            let current = redacted.as_deref().unwrap_or(text);
            let next = match json::embedded(current, depth) {
                Some(value) => self.embedded(value, depth, scope, counts),
                None => Pieces::of(current).replace(&self.contents, counts),
            };
            match next {
                Some(next) => redacted = Some(next),
                None => return redacted,
            }
        }
        // A pattern that eats its way through the text: what remains would only tell how.
        Some(REDACTED.to_owned())
    }

    fn counts(&self) -> Counts {
        Counts(vec![0; self.names.len()])
    }

    fn report(&self, counts: Counts) -> RedactionReport {
        let mut report = RedactionReport::default();
        for (name, count) in self.names.iter().zip(counts.0).filter(|(_, count)| *count > 0) {
            *report.counts.entry(name.clone()).or_default() += count;
        }
        report
    }

    // ---- places ----

    fn root(&self) -> Scope {
        Scope { forced: None, paths: (0..self.paths.len()).map(|path| (path, 0)).collect() }
    }

    /// The scope of a member. A name with dots is as many levels.
    fn enter(&self, scope: &Scope, name: &str) -> Scope {
        if scope.forced.is_some() {
            return Scope { forced: scope.forced, paths: Vec::new() };
        }
        let last = name.rsplit('.').next().unwrap_or(name);
        let is_key = |key: &&(usize, String)| [name, last].iter().any(|name| name.to_lowercase() == key.1);
        let mut forced = self.keys.iter().find(is_key).map(|(rule, _)| *rule);
        let mut paths = scope.paths.clone();
        for level in name.split('.') {
            paths = self.step(&paths, level, &mut forced);
        }
        Scope { forced, paths }
    }

    /// The scope of an element of a list, which a path may name or pass over.
    fn enter_element(&self, scope: &Scope, index: usize) -> Scope {
        if scope.paths.is_empty() {
            return scope.clone();
        }
        let mut forced = scope.forced;
        let mut paths = self.step(&scope.paths, &index.to_string(), &mut forced);
        paths.extend(scope.paths.iter().filter(|path| !paths.contains(path)).copied().collect::<Vec<_>>());
        Scope { forced, paths }
    }

    fn step(&self, paths: &[(usize, usize)], name: &str, forced: &mut Option<usize>) -> Vec<(usize, usize)> {
        let mut next = Vec::new();
        for (path, position) in paths {
            let (rule, names) = &self.paths[*path];
            if names[*position] != "*" && names[*position] != name {
                continue;
            }
            if position + 1 == names.len() {
                *forced = forced.or(Some(*rule));
            } else if !next.contains(&(*path, position + 1)) {
                next.push((*path, position + 1));
            }
        }
        next
    }
}

/// Where a value stands, as far as the rules care.
#[derive(Debug, Clone, Default)]
struct Scope {
    /// The rule by which everything here is replaced.
    forced: Option<usize>,
    /// Paths that may still end here, and how far they have come.
    paths: Vec<(usize, usize)>,
}

/// Replacements by index of the rule.
struct Counts(Vec<u64>);

impl Counts {
    fn add(&mut self, rule: usize) {
        if let Some(count) = self.0.get_mut(rule) {
            *count += 1;
        }
    }
}

fn is_text(mime_type: &str) -> bool {
    let essence = mime_type.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    essence.starts_with("text/") || essence == "application/json" || essence.ends_with("+json")
}
