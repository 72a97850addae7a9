//! Samples of what could be reviewed (`annotation-ux.md` §5): the same seed draws the same.

use std::collections::BTreeMap;

use uuid::Uuid;

use crate::{Stratum, mixed};

/// How a sample is drawn.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SampleMethod {
    /// Each with the same chance.
    Uniform,
    /// From each stratum, in proportion to its size or as many from each.
    Stratified {
        /// What divides.
        by: Stratum,
        /// In proportion.
        proportional: bool,
    },
    /// Every n-th in order of time.
    Systematic,
    /// The chance grows with what it weighs.
    Weighted(Weight),
}

/// What a run weighs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(missing_docs, reason = "each names a field of the run")]
pub enum Weight {
    Cost,
    Tokens,
    Latency,
}

/// A sample of what matches.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Sample {
    /// How many.
    pub count: usize,
    /// Seed.
    pub seed: u32,
    /// How.
    pub method: SampleMethod,
}

/// What is sampled from.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Sampled {
    /// Identifies it: the run, or a hash of what names it.
    pub id: Uuid,
    /// When it was, in nanoseconds since 1970.
    pub start: Option<i64>,
    /// What it belongs to.
    pub stratum: String,
    /// What it weighs; zero and less are never drawn before something heavier.
    pub weight: f64,
}

/// Indexes of the drawn ones, in the order of the input.
pub fn sample(from: &[Sampled], wanted: Sample) -> Vec<usize> {
    let chance = |index: &usize| (mixed(wanted.seed, None, from[*index].id), from[*index].id);
    let shuffled = |mut indexes: Vec<usize>| {
        indexes.sort_by_key(chance);
        indexes
    };
    let all: Vec<usize> = (0..from.len()).collect();
    let mut drawn = match wanted.method {
        SampleMethod::Uniform => shuffled(all).into_iter().take(wanted.count).collect(),
        SampleMethod::Systematic => systematic(from, wanted),
        SampleMethod::Stratified { proportional, .. } => {
            let mut strata: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
            for index in all {
                strata.entry(&from[index].stratum).or_default().push(index);
            }
            let sizes: Vec<usize> = strata.values().map(Vec::len).collect();
            let shares =
                if proportional { in_proportion(&sizes, wanted.count) } else { evenly(&sizes, wanted.count) };
            let strata = strata.into_values().zip(shares);
            strata.flat_map(|(indexes, share)| shuffled(indexes).into_iter().take(share)).collect()
        }
        SampleMethod::Weighted(_) => weighted(from, wanted),
    };
    drawn.sort_unstable();
    drawn
}

/// Every n-th in order of time, the first by chance.
fn systematic(from: &[Sampled], wanted: Sample) -> Vec<usize> {
    let mut in_time: Vec<usize> = (0..from.len()).collect();
    in_time.sort_by_key(|index| (from[*index].start.is_none(), from[*index].start, from[*index].id));
    if wanted.count >= from.len() {
        return in_time;
    }
    let offset = usize::try_from(mixed(wanted.seed, None, Uuid::nil()) % from.len() as u64).unwrap_or(0);
    // The n-th place of an even division that begins at the offset, so that exactly `count` are drawn.
    (0..wanted.count).map(|turn| in_time[(offset + turn * from.len() / wanted.count) % from.len()]).collect()
}

/// Efraimidis and Spirakis, "Weighted random sampling with a reservoir" (2006): the largest `u^(1/w)` are drawn.
fn weighted(from: &[Sampled], wanted: Sample) -> Vec<usize> {
    #[expect(clippy::cast_precision_loss, reason = "53 bits of chance are enough")]
    let key = |index: &usize| {
        let item = &from[*index];
        let chance = ((mixed(wanted.seed, None, item.id) >> 11) as f64 + 0.5) / (1_u64 << 53) as f64;
        let weight = if item.weight.is_finite() { item.weight.max(0.0) } else { 0.0 };
        if weight == 0.0 { f64::NEG_INFINITY } else { chance.ln() / weight }
    };
    let mut indexes: Vec<usize> = (0..from.len()).collect();
    indexes.sort_by(|one, other| {
        key(other).total_cmp(&key(one)).then_with(|| from[*one].id.cmp(&from[*other].id))
    });
    indexes.truncate(wanted.count);
    indexes
}

/// Shares by largest remainder, none larger than its stratum.
fn in_proportion(sizes: &[usize], count: usize) -> Vec<usize> {
    let total: usize = sizes.iter().sum();
    if count >= total {
        return sizes.to_vec();
    }
    let mut shares: Vec<usize> = sizes.iter().map(|size| size * count / total).collect();
    let mut by_remainder: Vec<usize> = (0..sizes.len()).collect();
    by_remainder.sort_by_key(|index| (std::cmp::Reverse(sizes[*index] * count % total), *index));
    let missing = count - shares.iter().sum::<usize>();
    for index in by_remainder.into_iter().take(missing) {
        shares[index] += 1;
    }
    shares
}

/// As many from each; what a small stratum cannot give the others do.
fn evenly(sizes: &[usize], count: usize) -> Vec<usize> {
    let mut shares = vec![0; sizes.len()];
    let mut left = count.min(sizes.iter().sum());
    while left > 0 {
        for (share, size) in shares.iter_mut().zip(sizes) {
            if left > 0 && *share < *size {
                *share += 1;
                left -= 1;
            }
        }
    }
    shares
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn population(strata: &[&str]) -> Vec<Sampled> {
        strata
            .iter()
            .enumerate()
            .map(|(index, stratum)| Sampled {
                id: Uuid::from_u128(index as u128 + 1),
                start: Some(i64::try_from(index).unwrap()),
                stratum: (*stratum).to_owned(),
                weight: 1.0,
            })
            .collect()
    }

    fn strata_of(from: &[Sampled], count: usize, proportional: bool) -> String {
        let method = SampleMethod::Stratified { by: Stratum::RunName, proportional };
        sample(from, Sample { count, seed: 3, method })
            .iter()
            .map(|index| from[*index].stratum.as_str())
            .collect()
    }

    #[test]
    fn strata_get_their_shares() {
        let from = population(&["a", "a", "a", "a", "a", "a", "b", "b", "c"]);
        assert_eq!(strata_of(&from, 3, true), "aab");
        assert_eq!(strata_of(&from, 5, false), "aabbc");
        assert_eq!(strata_of(&from, 99, true), "aaaaaabbc");
        assert_eq!(strata_of(&from, 7, false), "aaaabbc");
    }

    #[test]
    fn every_nth_is_evenly_spread() {
        let from = population(&["a"; 12]);
        let drawn = sample(&from, Sample { count: 4, seed: 1, method: SampleMethod::Systematic });
        let gaps: Vec<usize> = drawn.windows(2).map(|pair| pair[1] - pair[0]).collect();
        assert_eq!(gaps, [3, 3, 3]);
    }

    #[test]
    fn what_weighs_nothing_is_drawn_last() {
        let mut from = population(&["a"; 6]);
        for item in &mut from[..3] {
            item.weight = 0.0;
        }
        let weighted = SampleMethod::Weighted(Weight::Cost);
        assert_eq!(sample(&from, Sample { count: 3, seed: 5, method: weighted }), [3, 4, 5]);
    }

    proptest! {
        #[test]
        fn a_sample_has_the_wanted_size_and_no_doubles(size in 0_usize..40, count in 0_usize..50, seed: u32, method in 0_usize..5) {
            let from: Vec<Sampled> = population(&["a"; 40]).into_iter().take(size).enumerate().map(|(index, item)| Sampled {
                stratum: (index % 3).to_string(), weight: f64::from(u8::try_from(index).unwrap()), ..item
            }).collect();
            let method = [
                SampleMethod::Uniform, SampleMethod::Systematic, SampleMethod::Weighted(Weight::Tokens),
                SampleMethod::Stratified { by: Stratum::Model, proportional: true },
                SampleMethod::Stratified { by: Stratum::Model, proportional: false },
            ][method];
            let drawn = sample(&from, Sample { count, seed, method });
            prop_assert_eq!(drawn.len(), count.min(size));
            prop_assert!(drawn.windows(2).all(|pair| pair[0] < pair[1]));
            prop_assert_eq!(&drawn, &sample(&from, Sample { count, seed, method }));
        }
    }
}
