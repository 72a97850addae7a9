//! Cost: what runs cost by the prices that are known, sums of it, and the arithmetic behind every figure.

mod counted;
mod found;
mod prices;
mod report;

use std::sync::{Arc, PoisonError, RwLock, Weak};

use model::{AgentRun, Bill, RawRecord, RunFields, RunRecord, Usage};
use pricing::{Match, PriceBook, PriceEntry, Question, calculate};
use store::Interpret;

pub use found::CostReach;
pub use prices::{PriceChange, PriceCheck, RecomputeState};
pub(crate) use report::subtree_cost;
pub use report::{CostExplanation, CostQuery, CostReport, SubtreeCost, UnknownCost, WhatIf, WhatIfStep};

use crate::Engine;

/// What records mean and what runs cost, as the library asks it.
#[derive(Default)]
pub(crate) struct Prices {
    book: RwLock<Arc<PriceBook>>,
}

impl Prices {
    /// The prices of now.
    pub(crate) fn book(&self) -> Arc<PriceBook> {
        Arc::clone(&self.book.read().unwrap_or_else(PoisonError::into_inner))
    }

    pub(crate) fn set(&self, book: PriceBook) {
        *self.book.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(book);
    }

    /// The price for a run.
    pub(crate) fn find(&self, run: &RunFields) -> Option<Match> {
        let model = run.model.as_deref()?;
        self.book().find(Question {
            provider: run.provider.as_deref(),
            model,
            start: run.start,
            input_tokens: run.usage.input.unwrap_or(0),
        })
    }
}

impl Interpret for Prices {
    fn interpret(&self, raw: &RawRecord) -> Option<RunRecord> {
        ingest::interpret(raw)
    }

    /// Asked of what counts; the library decides that (`store/src/write/counting.rs`).
    fn bill(&self, run: &RunFields) -> Bill {
        if run.usage.is_empty() {
            return calculate(&Usage::default(), &run.cost, None).bill(None);
        }
        let found =
            if run.cost.total.is_none_or(|total| total.pico_usd == 0) { self.find(run) } else { None };
        let price = found.as_ref().map(|found| found.entry.as_ref());
        calculate(&run.usage, &run.cost, price).bill(price)
    }

    fn bill_at(&self, run: &RunFields, price: Option<&str>) -> Bill {
        let entry = price.and_then(PriceEntry::from_snapshot);
        calculate(&run.usage, &run.cost, entry.as_ref()).bill(entry.as_ref())
    }

    fn sub_agents(&self, runs: &[AgentRun]) -> Vec<Option<String>> {
        views::messages::sub_agents(runs)
    }
}

/// Lets the library's writer tell the application that prices may have changed in another process.
#[derive(Clone, Default)]
pub(crate) struct Owner(Arc<RwLock<Weak<Engine>>>);

impl Owner {
    pub(crate) fn set(&self, engine: Weak<Engine>) {
        *self.0.write().unwrap_or_else(PoisonError::into_inner) = engine;
    }

    /// Reads the own prices again.
    pub(crate) fn refresh_prices(&self) {
        let engine = self.0.read().unwrap_or_else(PoisonError::into_inner).upgrade();
        if let Some(engine) = engine
            && let Err(error) = engine.load_prices()
        {
            tracing::warn!(%error, "own prices cannot be read again");
        }
    }
}
