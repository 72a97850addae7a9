//! Searching all texts: by the index, then what is not in it yet, then, when that is asked for, within words.
//!
//! A call does what fits into a moment and says where to go on, so that a search streams, and whoever has enough stops
//! by asking no further. The index only names candidates: what is shown was read in the library.

use std::{
    collections::HashSet,
    hash::{BuildHasher as _, RandomState},
    ops::Range,
    time::{Duration, Instant},
};

use ingest::{RunDetail, TextPart};
use memchr::memmem;
use model::{
    RunId, TraceId,
    words::{Query, Term, Whole, fold_only},
};
use store::{BlockWalk, RunRow, TextPlace, TraceRow};

use crate::{Engine, Error, error::Result};

/// Time after which a call ends, when it has looked at something.
const MOMENT: Duration = Duration::from_millis(150);
/// Candidates that the index is asked for at once.
const CANDIDATES: usize = 64;
/// Characters of a line that are shown.
const LINE: usize = 240;
/// Characters of a line that are shown before the first mark.
const LINE_BEFORE: usize = 60;

/// What is searched for, and where.
#[derive(Debug, Clone, Default)]
pub struct TextSearch {
    /// Words, `"phrases"` and `beginnings*`; all must occur in one text.
    pub text: String,
    /// In traces of this project.
    pub project: Option<String>,
    /// In this trace.
    pub trace: Option<TraceId>,
    /// Afterwards, also within words.
    pub inside_words: bool,
    /// Where the call before ended.
    pub after: Option<String>,
    /// Hits after which a call ends.
    pub limit: usize,
}

/// A text that was found.
#[derive(Debug, Clone)]
pub struct FoundText {
    /// The trace.
    pub trace: TraceRow,
    /// The run.
    pub run: RunRow,
    /// The part of the run.
    pub part: TextPart,
    /// JSON pointer within the part.
    pub pointer: String,
    /// The line, or what fits of it.
    pub line: String,
    /// What was found in the line, in bytes of it.
    pub marks: Vec<Range<usize>>,
    /// Other texts of the run that hold it too.
    pub more: u64,
    /// It stands within a word.
    pub is_inside: bool,
}

/// What a search is doing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TextStage {
    /// Asking the index.
    Words,
    /// Reading what is not in the index yet.
    Fresh,
    /// Reading everything.
    Inside,
}

/// What a call found.
#[derive(Debug, Clone)]
pub struct TextAnswer {
    /// The hits, the latest first within each stage.
    pub hits: Vec<FoundText>,
    /// Where to go on; absent at the end.
    pub next: Option<String>,
    /// What the next call does.
    pub stage: TextStage,
    /// Share of the library that the stage has looked at, where it reads all of it.
    pub progress: Option<f64>,
    /// Blocks of payloads that are not in the index yet; they are read instead.
    pub behind: u64,
}

/// Where a search goes on.
#[derive(Debug, Clone, Copy)]
struct Cursor {
    stage: TextStage,
    /// Docs or blocks with smaller numbers are still to be looked at.
    before: i64,
    /// Up to here the library was in the index when the search began.
    place: TextPlace,
}

impl Cursor {
    fn write(self) -> String {
        let stage = match self.stage {
            TextStage::Words => 'w',
            TextStage::Fresh => 'f',
            TextStage::Inside => 'i',
        };
        format!("{stage}/{}/{}/{}", self.before, self.place.change, self.place.id)
    }

    fn read(text: &str) -> Option<Self> {
        let parts: Vec<&str> = text.split('/').collect();
        let [stage, before, change, id] = parts.as_slice() else { return None };
        let stage = match *stage {
            "w" => TextStage::Words,
            "f" => TextStage::Fresh,
            "i" => TextStage::Inside,
            _ => return None,
        };
        let place = TextPlace { change: change.parse().ok()?, id: id.parse().ok()? };
        Some(Self { stage, before: before.parse().ok()?, place })
    }

    fn at(self, stage: TextStage) -> Self {
        Self { stage, before: i64::MAX, ..self }
    }
}

/// One call.
struct Call<'a> {
    engine: &'a Engine,
    search: &'a TextSearch,
    query: Query,
    hits: Vec<FoundText>,
    /// Texts that were shown: an agent's history says them again in every call.
    shown: HashSet<(TraceId, u64)>,
    hasher: RandomState,
    until: Instant,
}

impl Engine {
    /// Searches all texts of the library.
    pub fn search_texts(&self, search: &TextSearch) -> Result<TextAnswer> {
        let status = self.store.text_status()?;
        let query = Query::parse(&search.text, Whole::Word);
        let start = Cursor { stage: TextStage::Words, before: i64::MAX, place: status.place };
        let mut cursor = match search.after.as_deref() {
            None => start,
            Some(after) => Cursor::read(after)
                .ok_or_else(|| Error::InvalidInput("`after` is not the end of a window".to_owned()))?,
        };
        let mut answer = TextAnswer {
            hits: Vec::new(),
            next: None,
            stage: cursor.stage,
            progress: None,
            behind: status.behind,
        };
        if query.is_empty() {
            return Ok(answer);
        }
        let mut call = Call {
            engine: self,
            search,
            query,
            hits: Vec::new(),
            shown: HashSet::new(),
            hasher: RandomState::new(),
            until: Instant::now() + MOMENT,
        };
        let next = loop {
            let rest = call.stage(cursor)?;
            let next = match (rest, cursor.stage) {
                (Some(before), _) => Some(Cursor { before, ..cursor }),
                (None, TextStage::Words) if status.behind > 0 || cursor.place < status.place => {
                    Some(cursor.at(TextStage::Fresh))
                }
                (None, TextStage::Words | TextStage::Fresh) if call.goes_inside() => {
                    Some(cursor.at(TextStage::Inside))
                }
                (None, _) => None,
            };
            match next {
                Some(next) if rest.is_none() && call.goes_on() => cursor = next,
                next => break next,
            }
        };
        if let Some(next) = next {
            answer.stage = next.stage;
            if next.stage == TextStage::Inside {
                let last = status.last_block.max(1);
                let left = next.before.min(last);
                let per_mille = (last - left).saturating_mul(1000) / last;
                answer.progress = Some(f64::from(i32::try_from(per_mille).unwrap_or(0)) / 1000.0);
            }
        }
        answer.next = next.map(Cursor::write);
        answer.hits = call.hits;
        Ok(answer)
    }

    /// Runs of a trace that have a text, whatever its case and also within words.
    pub fn search_trace(&self, id: TraceId, text: &str) -> Result<Vec<RunId>> {
        let Some(term) = Term::new(text, false) else { return Ok(Vec::new()) };
        let needle = Needle::of([&term]);
        let mut found = Vec::new();
        self.store.visit_records(id, |run_id, records| {
            if records.iter().any(|record| needle.may_be_in(&record.bytes)) {
                let mut holds = false;
                ingest::texts(&ingest::detail(&records), &mut |text| {
                    holds = holds || term.is_inside(&text.text());
                });
                if holds {
                    found.push(run_id);
                }
            }
            true
        })?;
        Ok(found)
    }
}

impl Call<'_> {
    fn goes_on(&self) -> bool {
        self.hits.len() < self.search.limit && Instant::now() < self.until
    }

    /// Terms without a word are in no index.
    fn goes_inside(&self) -> bool {
        self.search.inside_words || self.is_wordless()
    }

    fn is_wordless(&self) -> bool {
        self.query.terms.iter().all(|term| term.words().is_empty())
    }

    /// Goes on with a stage; gives where it stopped, if that was not the end.
    fn stage(&mut self, cursor: Cursor) -> Result<Option<i64>> {
        match cursor.stage {
            TextStage::Words => self.ask_index(cursor.before),
            TextStage::Fresh => self.read_blocks(cursor.before, Some(cursor.place)),
            TextStage::Inside => self.read_blocks(cursor.before, None),
        }
    }

    fn ask_index(&mut self, before: i64) -> Result<Option<i64>> {
        let query = self.query.clone();
        let terms: Vec<&Term> = query.terms.iter().collect();
        let mut before = before;
        loop {
            let (docs, next) = self.engine.store.text_docs(&terms, self.search.trace, before, CANDIDATES)?;
            for doc in docs {
                self.look_at_run(doc.trace_id, doc.run_id)?;
                if !self.goes_on() {
                    return Ok(Some(doc.doc));
                }
            }
            match next {
                Some(next) => before = next,
                None => return Ok(None),
            }
        }
    }

    fn look_at_run(&mut self, trace_id: TraceId, run_id: RunId) -> Result<()> {
        let Some(trace) = self.wanted_trace(trace_id)? else { return Ok(()) };
        // The index is behind what became of a run that is gone.
        let Some((run, records)) = present(self.engine.store.run(trace_id, run_id))? else { return Ok(()) };
        let Some(found) = self.texts_of(trace_id, &ingest::detail(&records), false) else { return Ok(()) };
        self.add(trace, run, found, false);
        Ok(())
    }

    /// The row of a trace, if it is there and one that is searched.
    fn wanted_trace(&self, trace_id: TraceId) -> Result<Option<TraceRow>> {
        let trace = present(self.engine.store.trace(trace_id))?;
        let project = self.search.project.as_ref();
        Ok(trace.filter(|trace| project.is_none_or(|project| *project == trace.project)))
    }

    fn read_blocks(&mut self, before: i64, behind: Option<TextPlace>) -> Result<Option<i64>> {
        let is_inside = behind.is_none();
        let walk = BlockWalk { before, behind, trace: self.search.trace };
        let engine = self.engine;
        let needle = Needle::of(&self.query.terms);
        let (until, room) = (self.until, self.search.limit.saturating_sub(self.hits.len()));
        // Rows are looked up afterwards: a walk holds one of few connections, and must not wait for another.
        let found = std::cell::RefCell::new(Vec::new());
        let rest = engine.store.walk_blocks(
            walk,
            |block| needle.may_be_in(block),
            || found.borrow().len() < room && Instant::now() < until,
            |_, trace_id, runs| {
                for (run_id, records) in runs {
                    if records.iter().any(|record| needle.may_be_in(&record.bytes))
                        && let Some(text) = self.texts_of(trace_id, &ingest::detail(&records), is_inside)
                    {
                        self.shown.insert((trace_id, text.hash));
                        found.borrow_mut().push((trace_id, run_id, text));
                    }
                }
            },
        )?;
        for (trace_id, run_id, text) in found.into_inner() {
            let Some(trace) = self.wanted_trace(trace_id)? else { continue };
            if let Some((run, _)) = present(engine.store.run(trace_id, run_id))? {
                self.add(trace, run, text, is_inside);
            }
        }
        Ok(rest)
    }

    fn add(&mut self, trace: TraceRow, run: RunRow, found: FoundIn, is_inside: bool) {
        self.shown.insert((trace.trace_id, found.hash));
        let FoundIn { part, pointer, line, marks, more, .. } = found;
        self.hits.push(FoundText { trace, run, part, pointer, line, marks, more, is_inside });
    }

    /// The last text of a run that has what is searched for: what a run adds to its trace stands behind the history.
    fn texts_of(&self, trace_id: TraceId, detail: &RunDetail, is_inside: bool) -> Option<FoundIn> {
        let mut found: Option<FoundIn> = None;
        let mut count = 0;
        ingest::texts(detail, &mut |text| {
            let content = text.text();
            let marks = if is_inside {
                // As words it was found before.
                self.query
                    .find_inside(&content)
                    .filter(|_| self.is_wordless() || self.query.find(&content).is_none())
            } else {
                self.query.find(&content)
            };
            let Some(marks) = marks else { return };
            count += 1;
            let hash = self.hasher.hash_one(text.raw());
            if self.shown.contains(&(trace_id, hash)) {
                return;
            }
            let (line, marks) = line_of(&content, &marks);
            found = Some(FoundIn {
                part: text.part,
                pointer: text.pointer.to_owned(),
                line,
                marks,
                hash,
                more: 0,
            });
        });
        found.map(|found| FoundIn { more: count - 1, ..found })
    }
}

/// What is there; `None` for what went meanwhile.
fn present<T>(result: store::Result<T>) -> Result<Option<T>> {
    match result {
        Ok(value) => Ok(Some(value)),
        Err(store::Error::NotFound { .. }) => Ok(None),
        Err(error) => Err(error.into()),
    }
}

struct FoundIn {
    part: TextPart,
    pointer: String,
    line: String,
    marks: Vec<Range<usize>>,
    hash: u64,
    more: u64,
}

/// The line of the first mark, cut around it, with the marks in it.
fn line_of(text: &str, marks: &[Range<usize>]) -> (String, Vec<Range<usize>>) {
    let first = marks.first().map_or(0, |mark| mark.start);
    let line_start = text[..first].rfind('\n').map_or(0, |at| at + 1);
    let line_end = text[first..].find('\n').map_or(text.len(), |at| first + at);
    let start = text[line_start..first]
        .char_indices()
        .rev()
        .nth(LINE_BEFORE - 1)
        .map_or(line_start, |(at, _)| line_start + at);
    let end = text[start..line_end].char_indices().nth(LINE).map_or(line_end, |(at, _)| start + at);
    let shown = &text[start..end];
    let trimmed = shown.trim_start();
    let start = start + shown.len() - trimmed.len();
    let trimmed = trimmed.trim_end();
    let before = if start > line_start && text[line_start..start].contains(|char: char| !char.is_whitespace())
    {
        "…"
    } else {
        ""
    };
    let after = if end < line_end { "…" } else { "" };
    let marks = marks
        .iter()
        .filter_map(|mark| {
            let from = mark.start.max(start);
            let to = mark.end.min(start + trimmed.len());
            (from < to).then(|| from - start + before.len()..to - start + before.len())
        })
        .collect();
    (format!("{before}{trimmed}{after}"), marks)
}

/// What has to stand in the bytes of a record for a text of it to have the terms. It spares opening most runs.
pub(super) struct Needle(Vec<memmem::Finder<'static>>);

impl Needle {
    pub(super) fn of<'t>(terms: impl IntoIterator<Item = &'t Term>) -> Self {
        // Between letters and digits an escape may stand for what the text has.
        let longest = |term: &Term| {
            term.folded()
                .split(|char: char| !char.is_ascii_alphanumeric())
                .max_by_key(|piece| piece.len())
                .filter(|piece| !piece.is_empty())
                .map(|piece| memmem::Finder::new(piece.as_bytes()).into_owned())
        };
        Self(terms.into_iter().filter_map(longest).collect())
    }

    pub(super) fn may_be_in(&self, bytes: &[u8]) -> bool {
        if self.0.is_empty() || memmem::find(bytes, b"\\u").is_some() {
            return true;
        }
        let folded = fold_only(&String::from_utf8_lossy(bytes));
        self.0.iter().all(|finder| finder.find(folded.as_bytes()).is_some())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, query: &str, expected: &str) {
        let marks = Query::parse(query, Whole::Word).find(text).unwrap_or_default();
        let (mut line, marks) = line_of(text, &marks);
        for mark in marks.iter().rev() {
            line.insert(mark.end, ']');
            line.insert(mark.start, '[');
        }
        assert_eq!(line, expected);
    }

    #[test]
    fn the_line_of_the_first_mark_is_shown() {
        check("one\n  two words \nthree", "words", "two [words]");
        check("über two, Two\ntwo", "two", "über [two], [Two]");
        let long = format!("{} needle {}", "ä ".repeat(100), "b ".repeat(200));
        let (line, marks) =
            line_of(&long, &Query::parse("needle", Whole::Word).find(&long).unwrap_or_default());
        assert!(line.starts_with('…') && line.ends_with('…'), "{line}");
        assert_eq!(&line[marks[0].clone()], "needle");
        assert!(line.chars().count() <= LINE + 2);
    }

    #[test]
    fn a_needle_spares_what_cannot_match_and_nothing_else() {
        let query = |text: &str| Query::parse(text, Whole::Word);
        let may = |text: &str, bytes: &str| Needle::of(&query(text).terms).may_be_in(bytes.as_bytes());
        assert!(may("Cafe", "au CAFÉ"));
        assert!(may("cafe", r"caf\u00e9"));
        assert!(!may("cafe", "coffee"));
        assert!(may("->", "anything"));
        assert!(may("a_long-name", "a_LONG-name"));
        assert!(!may("東京 tower", "東京"));
    }
}
