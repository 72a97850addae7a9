//! Agreement on categories: percent, and what is left of it beyond chance.

use crate::{Measure, Table, distinct, given, pairs, real};

/// What a disagreement between two categories weighs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Weights {
    /// All the same.
    None,
    /// By the number of categories between them.
    Linear,
    /// By the square of that number.
    Quadratic,
}

/// The share of equal pairs among all pairs of answers about the same item (`annotation-ux.md` §15.1).
pub fn percent(table: &Table) -> Measure {
    let (mut equal, mut all) = (0, 0);
    for row in table {
        let answers = given(row);
        for (index, one) in answers.iter().enumerate() {
            for other in &answers[index + 1..] {
                all += 1;
                equal += usize::from(is_same(*one, *other));
            }
        }
    }
    if all == 0 { Measure::NoPairs } else { Measure::Number(real(equal) / real(all)) }
}

/// Categories are labels in the shape of numbers: equal or not, nothing between.
#[expect(clippy::float_cmp, reason = "answers are chosen values, never computed ones")]
pub(crate) fn is_same(one: f64, other: f64) -> bool {
    one == other
}

/// Cohen's kappa of the first two reviewers (§15.2); `categories` is the whole list in the order of the rubric, which
/// weights count in. A value that is not in the list comes after all others.
pub fn cohen(table: &Table, categories: &[f64], weights: Weights) -> Measure {
    let pairs = pairs(table);
    if pairs.is_empty() {
        return Measure::NoPairs;
    }
    let (categories, pairs) = ranked(&pairs, categories);
    let count = real(pairs.len());
    let mut observed = vec![vec![0.0; categories]; categories];
    let (mut first, mut second) = (vec![0.0; categories], vec![0.0; categories]);
    for (one, other) in pairs {
        observed[one][other] += 1.0 / count;
        first[one] += 1.0 / count;
        second[other] += 1.0 / count;
    }
    let widest = real(categories.saturating_sub(1));
    let weight = |one: usize, other: usize| {
        let distance = real(one.abs_diff(other));
        match weights {
            Weights::None => f64::from(u8::from(one != other)),
            Weights::Linear => distance / widest,
            Weights::Quadratic => (distance / widest).powi(2),
        }
    };
    let (mut disagreement, mut expected) = (0.0, 0.0);
    for one in 0..categories {
        for other in (0..categories).filter(|other| *other != one) {
            disagreement += weight(one, other) * observed[one][other];
            expected += weight(one, other) * first[one] * second[other];
        }
    }
    Measure::beyond_chance(disagreement, expected)
}

/// Pairs as places in the list of categories, and the length of that list.
fn ranked(pairs: &[(f64, f64)], categories: &[f64]) -> (usize, Vec<(usize, usize)>) {
    let mut list = categories.to_vec();
    for value in distinct(pairs.iter().flat_map(|(one, other)| [*one, *other])) {
        if !list.iter().any(|known| is_same(*known, value)) {
            list.push(value);
        }
    }
    let place = |value: f64| list.iter().position(|known| is_same(*known, value)).unwrap_or_default();
    (list.len(), pairs.iter().map(|(one, other)| (place(*one), place(*other))).collect())
}

/// Fleiss' kappa (§15.3); `None` when items have different numbers of answers, for which it is not defined.
pub fn fleiss(table: &Table) -> Option<Measure> {
    let rows: Vec<Vec<f64>> =
        table.iter().map(|row| given(row)).filter(|answers| !answers.is_empty()).collect();
    let answers = rows.first()?.len();
    if answers < 2 || rows.iter().any(|row| row.len() != answers) {
        return None;
    }
    let categories = distinct(rows.iter().flatten().copied());
    let per_item = real(answers);
    let items = real(rows.len());
    let mut shares = vec![0.0; categories.len()];
    let mut agreement = 0.0;
    for row in &rows {
        let mut squares = 0.0;
        for (share, category) in shares.iter_mut().zip(&categories) {
            let count = real(row.iter().filter(|answer| is_same(**answer, *category)).count());
            squares += count * count;
            *share += count / (items * per_item);
        }
        agreement += (squares - per_item) / (per_item * (per_item - 1.0)) / items;
    }
    let expected: f64 = shares.iter().map(|share| share * share).sum();
    Some(Measure::beyond_chance(1.0 - agreement, 1.0 - expected))
}

/// Gwet's AC1 of the first two reviewers (§15.5), over the categories of the rubric and any others that were used.
pub fn gwet(table: &Table, categories: &[f64]) -> Measure {
    let pairs = pairs(table);
    if pairs.is_empty() {
        return Measure::NoPairs;
    }
    let (categories, pairs) = ranked(&pairs, categories);
    if categories < 2 {
        return Measure::NoVariation;
    }
    let count = real(pairs.len());
    let mut shares = vec![0.0; categories];
    let mut agreement = 0.0;
    for (one, other) in pairs {
        agreement += f64::from(u8::from(one == other)) / count;
        shares[one] += 0.5 / count;
        shares[other] += 0.5 / count;
    }
    let chance: f64 =
        shares.iter().map(|share| share * (1.0 - share)).sum::<f64>() / (real(categories) - 1.0);
    Measure::beyond_chance(1.0 - agreement, 1.0 - chance)
}
