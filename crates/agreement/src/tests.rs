//! The test vectors of `annotation-ux.md` §15.8 (check 12 of §22), published examples, and laws.

use std::collections::BTreeSet;

use proptest::prelude::*;

use super::*;

/// Pairs with how often each occurs.
fn repeated(pairs: &[(f64, f64, usize)]) -> Vec<Vec<Option<f64>>> {
    pairs.iter().flat_map(|(one, other, count)| vec![vec![Some(*one), Some(*other)]; *count]).collect()
}

/// One line a reviewer, `.` is no answer.
fn reviewers(lines: &[&str]) -> Vec<Vec<Option<f64>>> {
    let columns: Vec<Vec<Option<f64>>> =
        lines.iter().map(|line| line.split(' ').map(|cell| cell.parse().ok()).collect()).collect();
    (0..columns[0].len()).map(|item| columns.iter().map(|column| column[item]).collect()).collect()
}

fn check(measure: Measure, expected: f64) {
    let number = measure.number().unwrap();
    assert!((number - expected).abs() < 1e-9, "{number} is not {expected}");
}

const PASS: f64 = 1.0;
const FAIL: f64 = 0.0;

#[test]
fn check_12_fifty_pairs() {
    let table = repeated(&[(PASS, PASS, 20), (PASS, FAIL, 5), (FAIL, PASS, 10), (FAIL, FAIL, 15)]);
    check(percent(&table), 0.7);
    check(cohen(&table, &[PASS, FAIL], Weights::None), 0.4);
    check(gwet(&table, &[PASS, FAIL]), 0.405_940_594_059);
    check(krippendorff(&table, Scale::Nominal), 0.4);
}

#[test]
fn check_12_a_hundred_skewed_pairs() {
    let table = repeated(&[(PASS, PASS, 95), (PASS, FAIL, 3), (FAIL, PASS, 2)]);
    check(percent(&table), 0.95);
    check(cohen(&table, &[PASS, FAIL], Weights::None), -0.024_590_164);
    check(gwet(&table, &[PASS, FAIL]), 0.947_437_582);
}

#[test]
fn check_12_weighted_kappas() {
    let table = repeated(&[
        (1.0, 1.0, 6),
        (1.0, 2.0, 2),
        (2.0, 2.0, 7),
        (2.0, 3.0, 3),
        (3.0, 3.0, 8),
        (3.0, 1.0, 1),
        (2.0, 1.0, 3),
    ]);
    let categories = [1.0, 2.0, 3.0];
    check(percent(&table), 0.7);
    check(cohen(&table, &categories, Weights::None), 0.552_980_132);
    check(cohen(&table, &categories, Weights::Linear), 0.616_368_286);
    check(cohen(&table, &categories, Weights::Quadratic), 0.683_655_536);
}

#[test]
fn check_12_alpha_on_every_scale() {
    let table = reviewers(&[
        "1 2 3 3 2 1 4 1 2 . . .",
        "1 2 3 3 2 2 4 1 2 5 . 3",
        ". 3 3 3 2 3 4 2 2 5 1 .",
        "1 2 3 3 2 4 4 1 2 5 1 .",
    ]);
    check(krippendorff(&table, Scale::Nominal), 0.743_421_053);
    check(krippendorff(&table, Scale::Ordinal), 0.815_387_504);
    check(krippendorff(&table, Scale::Interval), 0.849_107_143);
    check(krippendorff(&table, Scale::Ratio), 0.797_402_775);
    let answers: Vec<Vec<Option<Answer>>> =
        table.iter().map(|row| row.iter().map(|cell| cell.map(Answer::Number)).collect()).collect();
    let told = report(&answers, KeyType::Nominal, &[1.0, 2.0, 3.0, 4.0, 5.0], false);
    assert_eq!((told.items, told.answers, told.too_few), (11, 40, false));
    assert_eq!(told.reading, Some(Reading::Tentative));
    // Items have different numbers of answers.
    assert_eq!(told.fleiss, None);
}

#[test]
fn check_12_fleiss() {
    let counts = "0 0 0 0 14/0 2 6 4 2/0 0 3 5 6/0 3 9 2 0/2 2 8 1 1/7 7 0 0 0/3 2 6 3 0/2 5 3 2 2/6 5 2 1 0/0 2 2 3 7";
    let table: Vec<Vec<Option<f64>>> = counts
        .split('/')
        .map(|row| {
            let counts = row.split(' ').map(|count| count.parse::<usize>().unwrap()).enumerate();
            counts.flat_map(|(category, count)| vec![Some(real(category)); count]).collect()
        })
        .collect();
    check(fleiss(&table).unwrap(), 0.209_930_704);
}

#[test]
fn check_12_wilson() {
    let (low, high) = wilson(18.0, 25);
    check(Measure::Number(low), 0.524_233_948);
    check(Measure::Number(high), 0.857_161_461);
    assert_eq!(wilson(0.0, 0), (0.0, 1.0));
}

#[test]
fn check_12_single_category_missing_answers_and_few_items_say_so() {
    let same = repeated(&[(PASS, PASS, 12)]);
    for measure in [
        cohen(&same, &[PASS, FAIL], Weights::None),
        krippendorff(&same, Scale::Nominal),
        krippendorff(&same, Scale::Interval),
        fleiss(&same).unwrap(),
        pearson(&same),
    ] {
        assert_eq!(measure, Measure::NoVariation);
    }
    assert_eq!(percent(&same), Measure::Number(1.0));
    let alone = reviewers(&["1 2 3", ". . ."]);
    assert_eq!(percent(&alone), Measure::NoPairs);
    assert_eq!(krippendorff(&alone, Scale::Ordinal), Measure::NoPairs);
    let few = vec![vec![Some(Answer::Number(PASS)), Some(Answer::Number(FAIL))]; 9];
    assert!(report(&few, KeyType::Nominal, &[PASS, FAIL], false).too_few);
    assert_eq!(report(&[], KeyType::Nominal, &[], false).alpha, Measure::NoPairs);
}

#[test]
fn not_applicable_is_a_category_or_missing() {
    let (yes, na) = (Some(Answer::Number(1.0)), Some(Answer::NotApplicable));
    let answers = vec![vec![yes, yes], vec![na, na], vec![yes, na]];
    let told = |key_type, na_is_missing| {
        let told = report(&answers, key_type, &[0.0, 1.0], na_is_missing);
        (told.items, told.percent)
    };
    assert_eq!(told(KeyType::Nominal, false), (3, Measure::Number(2.0 / 3.0)));
    assert_eq!(told(KeyType::Nominal, true), (1, Measure::Number(1.0)));
    assert_eq!(told(KeyType::Numeric, false), (1, Measure::Number(1.0)));
}

#[test]
fn icc_of_the_published_example() {
    // Shrout and Fleiss 1979, table 2: ICC(2,1) = 0.29.
    let table = reviewers(&["9 6 8 7 10 6", "2 1 4 1 5 2", "5 3 6 2 6 4", "8 2 8 6 9 7"]);
    check(icc(&table).unwrap(), 0.289_763_779_528);
    assert_eq!(icc(&reviewers(&["1 2", "1 ."])), None);
}

#[test]
fn correlations() {
    let table = reviewers(&["1 2 3 4 5", "1 4 9 16 25"]);
    check(spearman(&table), 1.0);
    check(pearson(&table), 0.981_104_910_282);
    check(mean_absolute_difference(&table), 8.0);
    // Equal values share the mean of their ranks: 1, 2.5, 2.5, 4 against 1, 2, 3, 4.
    check(spearman(&reviewers(&["1 2 2 3", "1 2 3 4"])), 0.948_683_298_051);
}

#[test]
fn sets_of_labels_by_masi() {
    let set =
        |labels: &str| -> Option<BTreeSet<String>> { Some(labels.split(' ').map(str::to_owned).collect()) };
    let same = [vec![set("a"), set("a")], vec![set("b"), set("b")]];
    assert_eq!(krippendorff_masi(&same), Measure::Number(1.0));
    // Jaccard 1/2, one within the other 2/3: the distance is 2/3. Do = 2 * 2/3; De over all pairs of four answers.
    let within = [vec![set("a"), set("a b")], vec![set("c"), set("c")]];
    let expected = (2.0 / 3.0 + 4.0) * 2.0 / 3.0;
    check(krippendorff_masi(&within), 1.0 - (4.0 / 3.0) / expected);
}

#[test]
fn the_interval_is_the_same_every_time_and_holds_the_number() {
    let table = repeated(&[(PASS, PASS, 20), (PASS, FAIL, 5), (FAIL, PASS, 10), (FAIL, FAIL, 15)]);
    let interval = || bootstrap(&table, 7, |sample| krippendorff(sample, Scale::Nominal)).unwrap();
    let (low, high) = interval();
    assert_eq!((low, high), interval());
    assert!(low < 0.4 && 0.4 < high && low > 0.0, "{low} to {high}");
}

fn tables() -> impl Strategy<Value = Vec<Vec<Option<f64>>>> {
    (2..5_usize).prop_flat_map(|reviewers| {
        let cell = prop::option::weighted(0.8, (1..5_u8).prop_map(f64::from));
        prop::collection::vec(prop::collection::vec(cell, reviewers), 1..30)
    })
}

const SCALES: [Scale; 4] = [Scale::Nominal, Scale::Ordinal, Scale::Interval, Scale::Ratio];

fn near(one: Measure, other: Measure) -> bool {
    match (one, other) {
        (Measure::Number(one), Measure::Number(other)) => (one - other).abs() < 1e-9,
        (one, other) => one == other,
    }
}

proptest! {
    /// Neither the order of items nor that of reviewers matters to alpha, percent and Fleiss.
    #[test]
    fn order_never_matters(table in tables()) {
        let mut turned: Vec<Vec<Option<f64>>> = table.iter().rev().cloned().collect();
        for row in &mut turned {
            row.reverse();
        }
        for scale in SCALES {
            prop_assert!(near(krippendorff(&table, scale), krippendorff(&turned, scale)));
        }
        prop_assert!(near(percent(&table), percent(&turned)));
        prop_assert_eq!(fleiss(&table).is_some(), fleiss(&turned).is_some());
    }

    /// Nothing agrees more than everybody saying the same, and that is 1 on every scale.
    #[test]
    fn perfect_agreement_is_one(values in prop::collection::vec(1..6_u8, 2..20)) {
        let table: Vec<_> = values.iter().map(|value| vec![Some(f64::from(*value)); 3]).collect();
        let varies = values.iter().any(|value| *value != values[0]);
        let expected = if varies { Measure::Number(1.0) } else { Measure::NoVariation };
        for scale in SCALES {
            prop_assert!(near(krippendorff(&table, scale), expected));
        }
        prop_assert!(near(cohen(&table, &[], Weights::None), expected));
        prop_assert!(near(fleiss(&table).unwrap(), expected));
    }

    /// No measure exceeds 1, and interval alpha does not care where zero is.
    #[test]
    fn measures_stay_in_bounds(table in tables(), shift in -1000..1000_i32) {
        for scale in SCALES {
            prop_assert!(krippendorff(&table, scale).number().is_none_or(|alpha| alpha <= 1.0 + 1e-9));
        }
        prop_assert!(percent(&table).number().is_none_or(|share| (0.0..=1.0).contains(&share)));
        let moved: Vec<Vec<_>> =
            table.iter().map(|row| row.iter().map(|cell| cell.map(|value| value + f64::from(shift))).collect()).collect();
        prop_assert!(near(krippendorff(&table, Scale::Interval), krippendorff(&moved, Scale::Interval)));
    }

    /// The interval of a share holds it.
    #[test]
    fn wilson_holds_the_share(successes in 0..200_u32, failures in 0..200_u32) {
        let count = successes + failures;
        prop_assume!(count > 0);
        let (low, high) = wilson(f64::from(successes), count.into());
        let share = f64::from(successes) / f64::from(count);
        prop_assert!(low <= share + 1e-12 && share <= high + 1e-12);
    }
}
