//! The person's own prices, and computing costs again after they changed.

use std::{
    collections::HashMap,
    sync::{
        PoisonError,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
};

use pricing::{EntryError, Match, PriceBook, PriceEntry, PriceOrigin, PriceScope, Question, read_entries};
use store::Repriced;

use crate::{Engine, Error, UnixNanos, error::Result, now};

/// Traces that are computed again in one step of the writer, so that others get their turn.
const TRACES_AT_ONCE: usize = 100;

/// Runs that get their cost back in one step of the writer.
const RUNS_AT_ONCE: u32 = 2000;

/// What came of changing own prices.
#[derive(Debug, Clone, Default)]
pub struct PriceChange {
    /// Entries that were added.
    pub added: u64,
    /// Own entries that they replace.
    pub replaced: u64,
    /// What could not be read, and entries of which only one can be used.
    pub problems: Vec<EntryError>,
    /// Models that another own entry fits too, and which of the two is used.
    pub notes: Vec<String>,
}

/// Which price a model has.
#[derive(Debug, Clone)]
pub struct PriceCheck {
    /// The price that applies; absent where the model has none.
    pub found: Option<Match>,
    /// The bundled entry that an own one takes the place of.
    pub instead_of: Option<Match>,
}

/// How far computing again is.
#[derive(Debug, Default)]
pub struct RecomputeState {
    running: AtomicBool,
    cancelled: AtomicBool,
    done: AtomicU64,
    all: AtomicU64,
}

impl RecomputeState {
    /// Done, of how many (traces while costs are written, runs while they are looked at), and whether it goes on.
    pub fn progress(&self) -> (u64, u64, bool) {
        (
            self.done.load(Ordering::Relaxed),
            self.all.load(Ordering::Relaxed),
            self.running.load(Ordering::Relaxed),
        )
    }

    /// Asks it to stop after the step at work; what is written stays.
    pub fn cancel(&self) {
        self.cancelled.store(true, Ordering::Relaxed);
    }
}

/// Marks the end of computing again, however it ends.
struct Running<'s>(&'s RecomputeState);

impl Drop for Running<'_> {
    fn drop(&mut self) {
        self.0.running.store(false, Ordering::Relaxed);
    }
}

fn today() -> String {
    now().to_iso_micros().chars().take(10).collect()
}

/// Number of an own entry in the library, as its id tells it.
fn row_of(entry: &PriceEntry) -> Option<i64> {
    entry.id.strip_prefix("own:")?.parse().ok()
}

impl Engine {
    /// Reads the own prices from the library.
    pub(crate) fn load_prices(&self) -> Result<()> {
        let mut own = Vec::new();
        for kept in self.store.own_prices()? {
            let dated: String = kept.created.to_iso_micros().chars().take(10).collect();
            let parsed = serde_json::from_str(&kept.entry).ok();
            match parsed.map(|value| PriceEntry::from_kept(&value, "own price", &dated)) {
                Some(Ok(mut entry)) => {
                    entry.id = format!("own:{}", kept.id);
                    entry.dated = dated;
                    own.push(entry);
                }
                Some(Err(error)) => tracing::warn!(%error, "an own price cannot be read"),
                None => tracing::warn!(id = kept.id, "an own price cannot be read"),
            }
        }
        self.prices.set(PriceBook::new(own));
        Ok(())
    }

    /// Every price: the person's own, then the bundled table.
    pub fn prices(&self) -> Vec<std::sync::Arc<PriceEntry>> {
        let mut all = self.prices.book().own().to_vec();
        all.extend(PriceBook::bundled());
        all
    }

    /// Takes over own prices from the text of a price file. What can be read is kept; an own entry for the same runs
    /// (pattern, provider, start, step) is replaced.
    pub fn set_prices(&self, text: &str) -> Result<PriceChange> {
        let (entries, problems) = read_entries(text, &today());
        let own = self.prices.book().own().to_vec();
        // Of two that say something about the same runs the later stays.
        let last: HashMap<PriceScope, usize> =
            entries.iter().enumerate().map(|(at, entry)| (entry.scope(), at)).collect();
        let replaced: Vec<i64> = own
            .iter()
            .filter(|known| last.contains_key(&known.scope()))
            .filter_map(|known| row_of(known))
            .collect();
        let kept: Vec<&PriceEntry> = entries
            .iter()
            .enumerate()
            .filter(|(at, entry)| last.get(&entry.scope()) == Some(at))
            .map(|(_, entry)| entry)
            .collect();
        let texts: Vec<String> = kept
            .iter()
            .map(|entry| {
                let mut json = entry.to_json();
                if let Some(members) = json.as_object_mut() {
                    members.remove("id");
                    members.remove("origin");
                    members.remove("dated");
                }
                json.to_string()
            })
            .collect();
        let mut change = PriceChange {
            added: u64::try_from(texts.len()).unwrap_or(u64::MAX),
            replaced: u64::try_from(replaced.len()).unwrap_or(u64::MAX),
            problems,
            notes: Vec::new(),
        };
        if !texts.is_empty() {
            self.store.change_prices(texts, replaced, now())?;
            self.load_prices()?;
            change.notes = self.overlaps(&kept);
        }
        Ok(change)
    }

    /// What is to know where another own entry fits the model that one of these names.
    fn overlaps(&self, entries: &[&PriceEntry]) -> Vec<String> {
        let book = self.prices.book();
        let told = |entry: &&PriceEntry| {
            let question = Question {
                provider: entry.provider.as_deref(),
                model: &entry.name,
                start: entry.start.or_else(|| Some(now())),
                input_tokens: entry.above.saturating_add(1),
            };
            let found = book.find(question).filter(|found| found.entry.origin == PriceOrigin::Own)?;
            // Steps and later starts of one pattern are meant to stand beside each other.
            let other = found.also.iter().find(|also| also.pattern != found.entry.pattern)?;
            Some(format!(
                "{} fits {} ({}) and {} ({}); the first is used",
                entry.name, found.entry.id, found.entry.pattern, other.id, other.pattern
            ))
        };
        let mut notes: Vec<String> = entries.iter().filter_map(told).collect();
        notes.dedup();
        notes
    }

    /// Takes out an own price; costs that were computed with it stay as they are.
    pub fn remove_price(&self, id: &str) -> Result<()> {
        let own = self.prices.book().own().to_vec();
        let entry = own.iter().find(|entry| entry.id == id);
        let Some(row) = entry.and_then(|entry| row_of(entry)) else {
            return Err(Error::InvalidInput(format!("There is no own price {id}")));
        };
        self.store.change_prices(Vec::new(), vec![row], now())?;
        self.load_prices()
    }

    /// Which price a model has at a time.
    pub fn check_price(
        &self,
        provider: Option<&str>,
        model: &str,
        start: Option<UnixNanos>,
        input_tokens: u64,
    ) -> PriceCheck {
        let question = Question { provider, model, start: start.or_else(|| Some(now())), input_tokens };
        let found = self.prices.book().find(question);
        let is_own = found.as_ref().is_some_and(|found| found.entry.origin == PriceOrigin::Own);
        let instead_of = is_own.then(|| PriceBook::default().find(question)).flatten();
        PriceCheck { found, instead_of }
    }

    /// How far [`Engine::recompute_costs`] is.
    pub fn recompute_state(&self) -> &RecomputeState {
        &self.recompute
    }

    /// What computing every cost again by the prices of now changes; with `apply` it is done, else only told. Costs that
    /// producers sent stay. Nothing when it was cancelled before it wrote anything.
    pub fn recompute_costs(&self, apply: bool) -> Result<Option<Repriced>> {
        let state = &self.recompute;
        if state.running.swap(true, Ordering::Relaxed) {
            return Err(Error::Busy);
        }
        let _running = Running(state);
        state.cancelled.store(false, Ordering::Relaxed);
        state.done.store(0, Ordering::Relaxed);
        state.all.store(self.store.counts()?.runs, Ordering::Relaxed);
        let goes_on = || !state.cancelled.load(Ordering::Relaxed);
        let preview = self.store.preview_repricing(self.prices.as_ref(), |done| {
            state.done.store(done, Ordering::Relaxed);
            goes_on()
        })?;
        let Some(preview) = preview.filter(|_| goes_on()) else { return Ok(None) };
        if apply {
            let all = u64::try_from(preview.traces.len()).unwrap_or(u64::MAX);
            state.done.store(0, Ordering::Relaxed);
            state.all.store(all, Ordering::Relaxed);
            if all > 0 {
                self.store.begin_repricing(now())?;
            }
            for traces in preview.traces.chunks(TRACES_AT_ONCE) {
                self.store.reprice_traces(traces.to_vec())?;
                state.done.fetch_add(u64::try_from(traces.len()).unwrap_or(0), Ordering::Relaxed);
                if !goes_on() {
                    break;
                }
            }
            self.opened.lock().unwrap_or_else(PoisonError::into_inner).clear();
        }
        Ok(Some(preview))
    }

    /// The last computing again, as long as it can be undone.
    pub fn last_recompute(&self) -> Result<Option<store::Repricing>> {
        Ok(self.store.last_repricing()?)
    }

    /// Gives runs the costs back that they had before the last computing again; tells how many got them. What was
    /// computed in another way since stays.
    pub fn undo_recompute(&self) -> Result<u64> {
        let state = &self.recompute;
        if state.running.swap(true, Ordering::Relaxed) {
            return Err(Error::Busy);
        }
        let _running = Running(state);
        state.done.store(0, Ordering::Relaxed);
        state.all.store(self.store.last_repricing()?.map_or(0, |last| last.runs), Ordering::Relaxed);
        let mut undone = 0;
        loop {
            let (looked_at, changed) = self.store.undo_repricing(RUNS_AT_ONCE)?;
            undone += changed;
            state.done.fetch_add(looked_at, Ordering::Relaxed);
            if looked_at == 0 {
                break;
            }
        }
        self.opened.lock().unwrap_or_else(PoisonError::into_inner).clear();
        Ok(undone)
    }
}
