//! Krippendorff's alpha: any number of reviewers, missing answers, any scale (`annotation-ux.md` §15.4).

use std::collections::{BTreeMap, BTreeSet};

use crate::{Measure, Table, distinct, given, kappa::is_same, real};

/// What the difference of two answers means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scale {
    /// Categories without an order.
    Nominal,
    /// Categories in an order.
    Ordinal,
    /// Numbers whose differences mean something.
    Interval,
    /// Numbers whose quotients mean something.
    Ratio,
}

/// Alpha on a scale. Items with fewer than two answers are left out.
pub fn krippendorff(table: &Table, scale: Scale) -> Measure {
    let units: Vec<Vec<f64>> =
        table.iter().map(|row| given(row)).filter(|answers| answers.len() > 1).collect();
    let values = distinct(units.iter().flatten().copied());
    let place =
        |value: f64| values.binary_search_by(|known| known.total_cmp(&(value + 0.0))).unwrap_or_default();
    let mut counts = vec![0.0; values.len()];
    for value in units.iter().flatten() {
        counts[place(*value)] += 1.0;
    }
    // Answers up to and with each value, for ordinal distances.
    let mut below = Vec::with_capacity(counts.len());
    let mut sum = 0.0;
    for count in &counts {
        sum += count;
        below.push(sum);
    }
    let squared = |one: usize, other: usize| -> f64 {
        let (low, high) = (one.min(other), one.max(other));
        match scale {
            Scale::Nominal => f64::from(u8::from(low != high)),
            Scale::Ordinal => {
                let between = below[high] - below[low] + counts[low];
                (between - f64::midpoint(counts[low], counts[high])).powi(2)
            }
            Scale::Interval => (values[high] - values[low]).powi(2),
            Scale::Ratio => {
                let whole = values[high] + values[low];
                if whole == 0.0 { 0.0 } else { ((values[high] - values[low]) / whole).powi(2) }
            }
        }
    };
    let mut disagreement = 0.0;
    for unit in &units {
        let places: Vec<usize> = unit.iter().map(|value| place(*value)).collect();
        let mut within = 0.0;
        for (index, one) in places.iter().enumerate() {
            within += places[index + 1..].iter().map(|other| 2.0 * squared(*one, *other)).sum::<f64>();
        }
        disagreement += within / (real(unit.len()) - 1.0);
    }
    if units.is_empty() {
        return Measure::NoPairs;
    }
    let expected = expected(&values, &counts, scale, &squared) / (sum - 1.0);
    Measure::beyond_chance(disagreement, expected)
}

/// Sum of `n_c n_k d²(c, k)` over all pairs of values, in closed form where there is one: a continuous key may have as
/// many values as answers, and the bootstrap asks a thousand times.
fn expected(values: &[f64], counts: &[f64], scale: Scale, squared: &dyn Fn(usize, usize) -> f64) -> f64 {
    let all: f64 = counts.iter().sum();
    match scale {
        Scale::Nominal => all * all - counts.iter().map(|count| count * count).sum::<f64>(),
        Scale::Interval => {
            let mean = values.iter().zip(counts).map(|(value, count)| value * count).sum::<f64>() / all;
            let spread: f64 =
                values.iter().zip(counts).map(|(value, count)| count * (value - mean).powi(2)).sum();
            2.0 * all * spread
        }
        Scale::Ordinal | Scale::Ratio => {
            let mut sum = 0.0;
            for one in 0..values.len() {
                for other in one + 1..values.len() {
                    sum += 2.0 * counts[one] * counts[other] * squared(one, other);
                }
            }
            sum
        }
    }
}

/// Alpha of answers that are sets of labels, by the MASI distance: `1 - Jaccard * monotonicity` (Passonneau 2006).
pub fn krippendorff_masi(table: &[Vec<Option<BTreeSet<String>>>]) -> Measure {
    let units: Vec<Vec<&BTreeSet<String>>> = table
        .iter()
        .map(|row| row.iter().flatten().collect::<Vec<_>>())
        .filter(|answers| answers.len() > 1)
        .collect();
    if units.is_empty() {
        return Measure::NoPairs;
    }
    // Equal sets are counted together: they are few, the answers many.
    let mut all: BTreeMap<&BTreeSet<String>, usize> = BTreeMap::new();
    for set in units.iter().flatten() {
        *all.entry(set).or_default() += 1;
    }
    let answers: usize = all.values().sum();
    let sets: Vec<(&BTreeSet<String>, f64)> =
        all.into_iter().map(|(set, count)| (set, real(count))).collect();
    let expected: f64 = sets
        .iter()
        .enumerate()
        .map(|(index, (one, count))| {
            sets[index + 1..].iter().map(|(other, more)| 2.0 * count * more * masi(one, other)).sum::<f64>()
        })
        .sum();
    let pairs = |answers: &[&BTreeSet<String>]| -> f64 {
        answers
            .iter()
            .enumerate()
            .map(|(index, one)| answers[index + 1..].iter().map(|other| 2.0 * masi(one, other)).sum::<f64>())
            .sum()
    };
    let disagreement: f64 = units.iter().map(|unit| pairs(unit) / (real(unit.len()) - 1.0)).sum();
    Measure::beyond_chance(disagreement, expected / (real(answers) - 1.0))
}

fn masi(one: &BTreeSet<String>, other: &BTreeSet<String>) -> f64 {
    let common = one.intersection(other).count();
    let either = one.union(other).count();
    let monotonicity = if one == other {
        1.0
    } else if one.is_subset(other) || other.is_subset(one) {
        2.0 / 3.0
    } else if common > 0 {
        1.0 / 3.0
    } else {
        0.0
    };
    if either == 0 { 0.0 } else { 1.0 - real(common) / real(either) * monotonicity }
}

/// The share of the most used answer.
pub(crate) fn largest_share(table: &Table) -> f64 {
    let answers: Vec<f64> = table.iter().flatten().flatten().copied().collect();
    let most = distinct(answers.iter().copied())
        .into_iter()
        .map(|value| answers.iter().filter(|answer| is_same(**answer, value)).count())
        .max();
    most.map_or(0.0, |most| real(most) / real(answers.len()))
}
