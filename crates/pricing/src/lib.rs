//! What a usage costs (`langsmith-cost-feedback-queues.md` §6.4–§6.6): the price table that comes with the program, the
//! person's own entries above it, and the arithmetic. Pure: no I/O, no clock.
//!
//! Amounts are integers: prices in 10⁻¹⁸, costs in 10⁻¹² US dollars. A product is rounded once, half up, when it becomes
//! a line of the arithmetic, so that lines always add up to what is shown as their sum.

mod book;
mod calculate;
mod entry;
mod names;
mod pattern;
mod price;
mod source;

pub use book::{Match, PriceBook, Question, TableHeader};
pub use calculate::{Calculation, Line, calculate};
pub use entry::{EntryError, PriceEntry, PriceOrigin, PriceScope, SidePrices, read_entries};
pub use price::Price;
