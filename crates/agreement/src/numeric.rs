//! Agreement on numbers (`annotation-ux.md` §15.6).

use crate::{Measure, Table, pairs, real};

/// Pearson's r of the first two reviewers.
pub fn pearson(table: &Table) -> Measure {
    correlation(&pairs(table))
}

/// Spearman's rho of the first two reviewers: Pearson's r of the ranks, equal values sharing the mean of theirs.
pub fn spearman(table: &Table) -> Measure {
    let pairs = pairs(table);
    let first = ranks(&pairs.iter().map(|(one, _)| *one).collect::<Vec<_>>());
    let second = ranks(&pairs.iter().map(|(_, other)| *other).collect::<Vec<_>>());
    correlation(&first.into_iter().zip(second).collect::<Vec<_>>())
}

fn ranks(values: &[f64]) -> Vec<f64> {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    values
        .iter()
        .map(|value| {
            let below = sorted.partition_point(|other| other < value);
            let same = sorted.partition_point(|other| other <= value) - below;
            real(below) + f64::midpoint(real(same), 1.0)
        })
        .collect()
}

fn correlation(pairs: &[(f64, f64)]) -> Measure {
    if pairs.is_empty() {
        return Measure::NoPairs;
    }
    let count = real(pairs.len());
    let first = pairs.iter().map(|(one, _)| one).sum::<f64>() / count;
    let second = pairs.iter().map(|(_, other)| other).sum::<f64>() / count;
    let (mut together, mut one, mut other) = (0.0, 0.0, 0.0);
    for (left, right) in pairs {
        together += (left - first) * (right - second);
        one += (left - first).powi(2);
        other += (right - second).powi(2);
    }
    let spread = (one * other).sqrt();
    if spread < 1e-12 { Measure::NoVariation } else { Measure::Number(together / spread) }
}

/// The mean absolute difference of the first two reviewers, in the unit of the key.
pub fn mean_absolute_difference(table: &Table) -> Measure {
    let pairs = pairs(table);
    if pairs.is_empty() {
        return Measure::NoPairs;
    }
    Measure::Number(pairs.iter().map(|(one, other)| (one - other).abs()).sum::<f64>() / real(pairs.len()))
}

/// The two-way single-measure intraclass correlation ICC(2,1) (Shrout and Fleiss 1979); `None` unless every item has
/// an answer of every reviewer.
pub fn icc(table: &Table) -> Option<Measure> {
    let rows: Vec<Vec<f64>> =
        table.iter().map(|row| row.iter().copied().collect::<Option<Vec<f64>>>()).collect::<Option<_>>()?;
    let reviewers = rows.first()?.len();
    if reviewers < 2 || rows.len() < 2 || rows.iter().any(|row| row.len() != reviewers) {
        return None;
    }
    let (items, judges) = (real(rows.len()), real(reviewers));
    let mean = rows.iter().flatten().sum::<f64>() / (items * judges);
    let of_items: f64 =
        rows.iter().map(|row| judges * (row.iter().sum::<f64>() / judges - mean).powi(2)).sum();
    let of_judges: f64 = (0..reviewers)
        .map(|judge| items * (rows.iter().map(|row| row[judge]).sum::<f64>() / items - mean).powi(2))
        .sum();
    let whole: f64 = rows.iter().flatten().map(|value| (value - mean).powi(2)).sum();
    let item_square = of_items / (items - 1.0);
    let judge_square = of_judges / (judges - 1.0);
    let error_square = (whole - of_items - of_judges) / ((items - 1.0) * (judges - 1.0));
    let below = item_square + (judges - 1.0) * error_square + judges * (judge_square - error_square) / items;
    Some(if below.abs() < 1e-12 {
        Measure::NoVariation
    } else {
        Measure::Number((item_square - error_square) / below)
    })
}
