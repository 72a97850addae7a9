//! How far several judges agree about the same items (`annotation-ux.md` §15).
//!
//! Pure numbers: the input is a [`Table`] of items by reviewers, the output a [`Measure`] that is a number or says why
//! there is none. [`report()`] chooses the measures that fit a key; the single measures are public beside it. What a
//! reader may not expect: categories are numbers too (their place in the rubric), so that nominal, ordinal and numeric
//! keys share one table.

mod alpha;
mod interval;
mod kappa;
mod numeric;
mod report;

pub use alpha::{Scale, krippendorff, krippendorff_masi};
pub use interval::{RESAMPLES, bootstrap, wilson};
pub use kappa::{Weights, cohen, fleiss, gwet, percent};
pub use numeric::{icc, mean_absolute_difference, pearson, spearman};
pub use report::{Answer, FEWEST_ITEMS, KeyType, Name, Reading, Report, report};

/// A number, or why there is none.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Measure {
    /// The number.
    Number(f64),
    /// Everybody used one category (or one value): agreement beyond chance has no meaning, neither 0 nor 1.
    NoVariation,
    /// No item has two answers.
    NoPairs,
}

impl Measure {
    /// The number, where there is one.
    pub fn number(self) -> Option<f64> {
        match self {
            Self::Number(number) => Some(number),
            Self::NoVariation | Self::NoPairs => None,
        }
    }

    /// `1 - disagreement / expected`, which is undefined when nothing else could have been expected.
    fn beyond_chance(disagreement: f64, expected: f64) -> Self {
        if expected.abs() < 1e-12 { Self::NoVariation } else { Self::Number(1.0 - disagreement / expected) }
    }
}

/// Answers under one key: a row an item, in each row a place for every reviewer; `None` is no answer.
pub type Table = [Vec<Option<f64>>];

/// The answers of one item, without the places of those who gave none.
fn given(row: &[Option<f64>]) -> Vec<f64> {
    row.iter().flatten().copied().collect()
}

/// Items with the answers of exactly the first two reviewers.
fn pairs(table: &Table) -> Vec<(f64, f64)> {
    table
        .iter()
        .filter_map(|row| match row.as_slice() {
            [first, second, ..] => Some(((*first)?, (*second)?)),
            _ => None,
        })
        .collect()
}

/// Sorted distinct values.
fn distinct(values: impl IntoIterator<Item = f64>) -> Vec<f64> {
    // Adding zero makes the two zeros one.
    let mut sorted: Vec<f64> = values.into_iter().map(|value| value + 0.0).collect();
    sorted.sort_by(f64::total_cmp);
    sorted.dedup();
    sorted
}

/// Counts are far below 2^53.
#[expect(clippy::cast_precision_loss, reason = "counts of answers are far below 2^53")]
fn real(count: usize) -> f64 {
    count as f64
}

#[cfg(test)]
mod tests;
