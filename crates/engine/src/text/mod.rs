//! The full-text index: a thread fills it behind what comes in, and a search asks it.
//!
//! The thread reads the library, so that nothing waits in memory and what was not finished goes on after a restart. A
//! text that recurs within a trace, as an agent's history does in every call, is put into the index once.

mod find;
mod lists;

use std::{
    collections::{HashMap, HashSet},
    hash::{BuildHasher as _, RandomState},
    sync::{
        Arc, Condvar, Mutex, PoisonError, Weak,
        atomic::{AtomicBool, Ordering},
    },
    thread,
    time::{Duration, Instant},
};

use model::{RawRecord, RunId, words::tokens};
use store::{BETWEEN_TEXTS, TextIndexer, TextReader, TextStatus, TextStep};

pub use find::{FoundText, TextAnswer, TextSearch, TextStage};

use crate::{Engine, Error, Event, error::Result};

/// Runs of one transaction of the index, where so many wait: the more, the less is merged later.
const RUNS_AT_ONCE: usize = 5000;
/// Time in which what comes in is gathered for one transaction.
const SETTLE: Duration = Duration::from_millis(400);
/// How often it is looked whether another process that filled the index has ended.
const LOOK_EVERY: Duration = Duration::from_secs(2);
/// How often it is looked whether the index is still there and whole.
const CHECK_EVERY: Duration = Duration::from_secs(10);
/// Texts that are remembered, over all traces.
const SEEN_TEXTS: usize = 400_000;
/// How often others are told how far the index is, while it is behind.
const TELL_EVERY: Duration = Duration::from_millis(500);

/// The thread that fills the index, as the engine knows it.
#[derive(Default)]
pub(crate) struct Texting {
    woken: Arc<(Mutex<bool>, Condvar)>,
    /// Lists were told that the index is behind.
    is_behind: AtomicBool,
    /// What lists asked for.
    asked: lists::AskedTerms,
}

impl Texting {
    /// What wakes the thread.
    pub(crate) fn waker(&self) -> Waker {
        Waker(Arc::clone(&self.woken))
    }
}

/// Wakes the thread that fills the index.
pub(crate) struct Waker(Arc<(Mutex<bool>, Condvar)>);

impl Waker {
    pub(crate) fn wake(&self) {
        *self.0.0.lock().unwrap_or_else(PoisonError::into_inner) = true;
        self.0.1.notify_all();
    }
}

/// Lets the thread end with its engine at once.
impl Drop for Texting {
    fn drop(&mut self) {
        self.waker().wake();
    }
}

/// Splits the texts of runs into words, each text of a trace once.
#[derive(Default)]
struct Reader {
    seen: HashMap<i64, HashSet<u64>>,
    count: usize,
    hasher: RandomState,
}

impl TextReader for Reader {
    fn words(&mut self, trace: i64, _: RunId, records: &[RawRecord]) -> String {
        if self.count > SEEN_TEXTS {
            self.forget_all();
        }
        let detail = ingest::detail(records);
        let seen = self.seen.entry(trace).or_default();
        let before = seen.len();
        let mut words = String::new();
        ingest::texts(&detail, &mut |text| {
            if !seen.insert(self.hasher.hash_one(text.raw())) {
                return;
            }
            let start = words.len();
            tokens(&text.text(), &mut |token| {
                words.push_str(token.text);
                words.push(' ');
            });
            if words.len() > start {
                words.push_str(BETWEEN_TEXTS);
                words.push(' ');
            }
        });
        self.count += seen.len() - before;
        words
    }

    fn forget(&mut self, trace: i64) {
        if let Some(seen) = self.seen.remove(&trace) {
            self.count -= seen.len();
        }
    }

    fn forget_all(&mut self) {
        self.seen.clear();
        self.count = 0;
    }
}

impl Engine {
    pub(crate) fn start_indexing(&self) -> Result<()> {
        let engine = self.this.clone();
        let woken = Arc::clone(&self.texting.woken);
        thread::Builder::new().name("text-index".to_owned()).spawn(move || run(&engine, &woken)).map_err(
            |source| Error::Io {
                action: "start a thread for",
                path: "the full-text index".to_owned(),
                source,
            },
        )?;
        Ok(())
    }

    /// How far the full-text index is.
    pub fn text_status(&self) -> Result<TextStatus> {
        Ok(self.store.text_status()?)
    }

    /// Fills the full-text index here and now, or waits for the process that does; `progress` is told now and then how
    /// many blocks are missing, of how many.
    pub fn complete_text_index(&self, progress: &mut dyn FnMut(u64, u64)) -> Result<()> {
        let mut indexer = None;
        let mut reader = Reader::default();
        let mut told = Instant::now();
        loop {
            if indexer.is_none() {
                indexer = self.store.text_indexer()?;
            }
            let more = match &mut indexer {
                Some(indexer) => self.fill_text_index(indexer, &mut reader)?.more,
                None => {
                    thread::sleep(Duration::from_millis(50));
                    self.text_status()?.behind > 0
                }
            };
            if !more {
                return Ok(());
            }
            if told.elapsed() > TELL_EVERY {
                told = Instant::now();
                let status = self.text_status()?;
                progress(status.behind, status.blocks);
            }
        }
    }

    fn fill_text_index(&self, indexer: &mut TextIndexer, reader: &mut Reader) -> Result<TextStep> {
        if self.store.take_text_damage() {
            indexer.discard()?;
        }
        let step = indexer.step(&self.store, reader, RUNS_AT_ONCE)?;
        if step.runs > 0 {
            self.texting.asked.forget();
        }
        Ok(step)
    }

    /// Tells others how far the index is, if that is news to them.
    fn tell_text_status(&self) {
        let is_behind = self.text_status().is_ok_and(|status| status.behind > 0);
        if self.texting.is_behind.swap(is_behind, Ordering::Relaxed) || is_behind {
            self.emit(Event::TextIndexed);
        }
    }
}

/// The thread. It holds the engine only for a step, so that an engine that is let go can end.
fn run(engine: &Weak<Engine>, woken: &(Mutex<bool>, Condvar)) {
    let mut indexer: Option<TextIndexer> = None;
    let mut reader = Reader::default();
    let mut told = Instant::now();
    let mut has_new = false;
    loop {
        let Some(open) = engine.upgrade() else { return };
        if indexer.is_none() {
            indexer = open.store.text_indexer().unwrap_or_else(|error| {
                tracing::warn!("the full-text index cannot be filled: {error}");
                None
            });
        }
        let step = match &mut indexer {
            Some(indexer) => open.fill_text_index(indexer, &mut reader).unwrap_or_else(|error| {
                tracing::warn!("filling the full-text index: {error}");
                TextStep::default()
            }),
            None => TextStep::default(),
        };
        if !step.more || told.elapsed() > TELL_EVERY {
            told = Instant::now();
            open.tell_text_status();
        }
        has_new |= step.runs > 0;
        if !step.more
            && std::mem::take(&mut has_new)
            && let Err(error) = open.meet_responses()
        {
            tracing::warn!("addressing judgements: {error}");
        }
        drop(open);
        if step.more {
            continue;
        }
        if step.runs > 0
            && let Some(indexer) = &indexer
        {
            indexer.rest();
        }
        let time = if indexer.is_some() { CHECK_EVERY } else { LOOK_EVERY };
        wait(engine, woken, time);
    }
}

/// Waits until something was written, and a little longer so that more of it comes together.
fn wait(engine: &Weak<Engine>, woken: &(Mutex<bool>, Condvar), time: Duration) {
    let mut flag = woken.0.lock().unwrap_or_else(PoisonError::into_inner);
    let until = Instant::now() + time;
    while !*flag && engine.strong_count() > 0 {
        let left = until.saturating_duration_since(Instant::now());
        if left.is_zero() {
            break;
        }
        flag = woken.1.wait_timeout(flag, left.min(LOOK_EVERY)).unwrap_or_else(PoisonError::into_inner).0;
    }
    let was_woken = std::mem::take(&mut *flag);
    drop(flag);
    if was_woken && engine.strong_count() > 0 {
        thread::sleep(SETTLE);
    }
}
