//! Everything that is told about the agreement under one key.

use crate::{
    Measure, Scale, Table, Weights, alpha::largest_share, bootstrap, cohen, fleiss, given, gwet, icc,
    krippendorff, mean_absolute_difference, pearson, percent, spearman,
};

/// Below so many items a number is shown with "too few items" (`annotation-ux.md` §15).
pub const FEWEST_ITEMS: usize = 10;
/// From this share of one category on, AC1 is shown beside kappa (§15.5).
const SKEWED: f64 = 0.85;
/// Seed of the intervals: equal data, equal report.
const SEED: u64 = 15;
/// Stands for "not applicable" among categories, whose numbers are places in the rubric.
const NOT_APPLICABLE: f64 = -1.0;

/// One answer.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Answer {
    /// A number, or the place of the category in the rubric.
    Number(f64),
    /// The question does not apply.
    NotApplicable,
}

/// The kind of a key, which decides the measures.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum KeyType {
    /// Categories without an order; so are flags.
    Nominal,
    /// Categories in the order of the rubric.
    Ordinal,
    /// Numbers.
    Numeric,
}

/// How a number reads (§15.7).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reading {
    /// 0.80 and more: reliable.
    Reliable,
    /// 0.67 to 0.80: tentative conclusions only.
    Tentative,
    /// Below: do not rely on this key yet.
    Unreliable,
}

impl Reading {
    /// The reading of an alpha.
    pub fn of(alpha: f64) -> Self {
        if alpha >= 0.8 {
            Self::Reliable
        } else if alpha >= 0.67 {
            Self::Tentative
        } else {
            Self::Unreliable
        }
    }

    /// The sentence beside the number.
    pub fn text(self) -> &'static str {
        match self {
            Self::Reliable => "reliable",
            Self::Tentative => "tentative conclusions only",
            Self::Unreliable => {
                "do not rely on this key yet: read the conflicts and sharpen the instructions"
            }
        }
    }
}

/// The agreement under one key. A measure that does not fit the key or the number of reviewers is absent.
#[derive(Debug, Clone, PartialEq)]
pub struct Report {
    /// Items with at least two answers.
    pub items: usize,
    /// Their answers.
    pub answers: usize,
    /// Fewer than [`FEWEST_ITEMS`] items.
    pub too_few: bool,
    /// Share of equal pairs.
    pub percent: Measure,
    /// Krippendorff's alpha, the headline.
    pub alpha: Measure,
    /// Its scale.
    pub scale: Scale,
    /// Its 95 % bootstrap interval over items.
    pub alpha_interval: Option<(f64, f64)>,
    /// How it reads.
    pub reading: Option<Reading>,
    /// Cohen's kappa, with two reviewers.
    pub cohen: Option<Measure>,
    /// Cohen's kappa with quadratic weights, with two reviewers and ordered categories.
    pub cohen_quadratic: Option<Measure>,
    /// Cohen's kappa with linear weights, likewise.
    pub cohen_linear: Option<Measure>,
    /// Fleiss' kappa, with more than two reviewers and equally many answers an item.
    pub fleiss: Option<Measure>,
    /// Gwet's AC1, with two reviewers of whom more than 85 % of the answers are one category.
    pub gwet: Option<Measure>,
    /// Pearson's r, with two reviewers and numbers.
    pub pearson: Option<Measure>,
    /// Spearman's rho, likewise.
    pub spearman: Option<Measure>,
    /// Mean absolute difference, likewise.
    pub mean_absolute_difference: Option<Measure>,
    /// ICC(2,1), with numbers of the same reviewers on every item.
    pub icc: Option<Measure>,
}

/// Measures beside the headline.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[expect(missing_docs, reason = "documented on the fields of `Report`")]
pub enum Name {
    Cohen,
    CohenQuadratic,
    CohenLinear,
    Fleiss,
    Gwet,
    Pearson,
    Spearman,
    MeanAbsoluteDifference,
    Icc,
}

impl Name {
    /// What it is called.
    pub fn title(self) -> &'static str {
        match self {
            Self::Cohen => "Cohen's kappa",
            Self::CohenQuadratic => "Cohen's kappa, quadratic weights",
            Self::CohenLinear => "Cohen's kappa, linear weights",
            Self::Fleiss => "Fleiss' kappa",
            Self::Gwet => "Gwet's AC1",
            Self::Pearson => "Pearson's r",
            Self::Spearman => "Spearman's rho",
            Self::MeanAbsoluteDifference => "mean absolute difference",
            Self::Icc => "ICC(2,1)",
        }
    }
}

impl Report {
    /// The measures that fit the key, beside percent and alpha, in the order in which they are told.
    pub fn measures(&self) -> Vec<(Name, Measure)> {
        [
            (Name::Cohen, self.cohen),
            (Name::CohenQuadratic, self.cohen_quadratic),
            (Name::CohenLinear, self.cohen_linear),
            (Name::Fleiss, self.fleiss),
            (Name::Gwet, self.gwet),
            (Name::Pearson, self.pearson),
            (Name::Spearman, self.spearman),
            (Name::MeanAbsoluteDifference, self.mean_absolute_difference),
            (Name::Icc, self.icc),
        ]
        .into_iter()
        .filter_map(|(name, measure)| Some((name, measure?)))
        .collect()
    }
}

/// The report about a key: `answers` has a row an item and in each row a place for every reviewer.
///
/// *Not applicable* is a category of its own for categories and missing for numbers; `na_is_missing` makes it missing
/// for both. `categories` are the numbers of the rubric's categories in its order, empty for numeric keys.
pub fn report(
    answers: &[Vec<Option<Answer>>],
    key_type: KeyType,
    categories: &[f64],
    na_is_missing: bool,
) -> Report {
    let is_numeric = key_type == KeyType::Numeric;
    let number = |answer: &Option<Answer>| match answer {
        Some(Answer::Number(number)) => Some(*number),
        Some(Answer::NotApplicable) if !is_numeric && !na_is_missing => Some(NOT_APPLICABLE),
        _ => None,
    };
    let table: Vec<Vec<Option<f64>>> = answers
        .iter()
        .map(|row| row.iter().map(number).collect::<Vec<_>>())
        .filter(|row| given(row).len() > 1)
        .collect();
    let table = without_absent(&table);
    let reviewers = table.first().map_or(0, Vec::len);
    let scale = match key_type {
        KeyType::Nominal => Scale::Nominal,
        KeyType::Ordinal => Scale::Ordinal,
        KeyType::Numeric => Scale::Interval,
    };
    let alpha = krippendorff(&table, scale);
    let of_two = |wanted: bool, measure: &dyn Fn(&Table) -> Measure| {
        (wanted && reviewers == 2).then(|| measure(&table))
    };
    let is_ordinal = key_type == KeyType::Ordinal;
    Report {
        items: table.len(),
        answers: table.iter().flatten().flatten().count(),
        too_few: table.len() < FEWEST_ITEMS,
        percent: percent(&table),
        alpha,
        scale,
        alpha_interval: alpha
            .number()
            .and_then(|_| bootstrap(&table, SEED, |sample| krippendorff(sample, scale))),
        reading: alpha.number().map(Reading::of),
        cohen: of_two(!is_numeric, &|table| cohen(table, categories, Weights::None)),
        cohen_quadratic: of_two(is_ordinal, &|table| cohen(table, categories, Weights::Quadratic)),
        cohen_linear: of_two(is_ordinal, &|table| cohen(table, categories, Weights::Linear)),
        fleiss: if is_numeric || reviewers < 3 { None } else { fleiss(&table) },
        gwet: of_two(!is_numeric && largest_share(&table) > SKEWED, &|table| gwet(table, categories)),
        pearson: of_two(is_numeric, &pearson),
        spearman: of_two(is_numeric, &spearman),
        mean_absolute_difference: of_two(is_numeric, &mean_absolute_difference),
        icc: if is_numeric { icc(&table) } else { None },
    }
}

/// The table without the places of reviewers who answered nothing in it.
fn without_absent(table: &Table) -> Vec<Vec<Option<f64>>> {
    let reviewers = table.iter().map(Vec::len).max().unwrap_or(0);
    let answer = |row: &Vec<Option<f64>>, reviewer: usize| row.get(reviewer).copied().flatten();
    let present: Vec<usize> =
        (0..reviewers).filter(|reviewer| table.iter().any(|row| answer(row, *reviewer).is_some())).collect();
    table.iter().map(|row| present.iter().map(|reviewer| answer(row, *reviewer)).collect()).collect()
}
