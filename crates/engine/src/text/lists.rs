//! Which traces have words in their texts, for lists: by the index, and by reading what is not in it yet.

use std::{
    sync::{Mutex, PoisonError, atomic::Ordering},
    time::{Duration, Instant},
};

use model::words::{Query, Term, Whole};
use store::{BlockWalk, Page, TraceQuery, TraceRow, TraceTerm};

use super::find::Needle;
use crate::{Engine, error::Result};

/// Time that a list takes to look through what is not in the index yet.
const LIST_MOMENT: Duration = Duration::from_millis(400);
/// Terms of lists whose traces are kept: a table asks for its rows, its sums and its facets one by one.
const KEPT_TERMS: usize = 8;

/// What lists asked for last, each with the changes of the library that were seen.
#[derive(Default)]
pub(crate) struct AskedTerms(Mutex<Vec<(u64, TraceTerm)>>);

impl AskedTerms {
    fn get(&self, changes: u64, terms: &[Term]) -> Vec<TraceTerm> {
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        kept.retain(|(at, _)| *at == changes);
        kept.iter().filter(|(_, known)| terms.contains(&known.term)).map(|(_, known)| known.clone()).collect()
    }

    fn keep(&self, changes: u64, found: &[TraceTerm]) {
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        kept.extend(found.iter().map(|term| (changes, term.clone())));
        let old = kept.len().saturating_sub(KEPT_TERMS);
        kept.drain(..old);
    }

    /// What the index has read meanwhile is asked of it.
    pub(super) fn forget(&self) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clear();
    }
}

impl Engine {
    /// A window of the trace table. Words are looked for in names, previews and all texts.
    pub fn traces(&self, query: &TraceQuery) -> Result<Page<TraceRow>> {
        let Some(text) = query.filter.text.as_deref().filter(|text| !text.trim().is_empty()) else {
            return Ok(self.store.traces(query)?);
        };
        let mut query = query.clone();
        let (terms, unread) = self.traces_with(Query::parse(text, Whole::Beginning).terms)?;
        query.filter.terms = terms;
        let mut page = self.store.traces(&query)?;
        page.unread = unread;
        Ok(page)
    }

    /// The traces that have each term in their texts, for lists; and how many blocks there was no time to read.
    pub(crate) fn traces_with(&self, terms: Vec<Term>) -> Result<(Vec<TraceTerm>, u64)> {
        let changes = self.hub.changes.load(Ordering::Relaxed);
        let kept = &self.texting.asked;
        let known = kept.get(changes, &terms);
        let missing: Vec<Term> =
            terms.into_iter().filter(|term| known.iter().all(|one| one.term != *term)).collect();
        if missing.is_empty() {
            return Ok((known, 0));
        }
        // Before the index is asked: what comes into it meanwhile is then only found twice.
        let (fresh, unread) = self.fresh_traces(&missing)?;
        let found: Vec<TraceTerm> = missing
            .into_iter()
            .zip(fresh)
            .map(|(term, mut traces)| {
                traces.extend(self.store.text_traces_indexed(&term)?);
                Ok(TraceTerm { term, traces: traces.into() })
            })
            .collect::<Result<_>>()?;
        if unread == 0 {
            kept.keep(changes, &found);
        }
        Ok((known.into_iter().chain(found).collect(), unread))
    }

    /// Keys of the traces that have each term in what is not in the index yet, and how many blocks there was no time for.
    fn fresh_traces(&self, terms: &[Term]) -> Result<(Vec<Vec<i64>>, u64)> {
        let mut found = vec![Vec::new(); terms.len()];
        let status = self.store.text_status()?;
        if status.behind == 0 {
            return Ok((found, 0));
        }
        let until = Instant::now() + LIST_MOMENT;
        let walk = BlockWalk { before: i64::MAX, behind: Some(status.place), trace: None };
        let needles: Vec<Needle> = terms.iter().map(|term| Needle::of([term])).collect();
        let mut read = 0;
        self.store.walk_blocks(
            walk,
            |block| {
                read += 1;
                needles.iter().any(|needle| needle.may_be_in(block))
            },
            || Instant::now() < until,
            |key, _, runs| {
                for (_, records) in runs {
                    ingest::texts(&ingest::detail(&records), &mut |text| {
                        for (term, traces) in terms.iter().zip(&mut found) {
                            if traces.last() != Some(&key) && term.is_in(&text.text()) {
                                traces.push(key);
                            }
                        }
                    });
                }
            },
        )?;
        Ok((found, status.behind.saturating_sub(read)))
    }
}
