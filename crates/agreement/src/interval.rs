//! How sure a number is.

use crate::{Measure, Table, real};

/// The 97.5 % point of the normal distribution.
const Z: f64 = 1.959_963_984_540_054;

/// Resamples of [`bootstrap`] (`annotation-ux.md` §15).
pub const RESAMPLES: usize = 1000;

/// Wilson's 95 % interval of a share, `successes` of `count`, halves included; all of it when nothing was counted.
pub fn wilson(successes: f64, count: u64) -> (f64, f64) {
    if count == 0 {
        return (0.0, 1.0);
    }
    let count = usize::try_from(count).map_or(f64::INFINITY, real);
    let share = successes / count;
    let scale = 1.0 + Z * Z / count;
    let middle = (share + Z * Z / (2.0 * count)) / scale;
    let half = Z * (share * (1.0 - share) / count + Z * Z / (4.0 * count * count)).sqrt() / scale;
    ((middle - half).max(0.0), (middle + half).min(1.0))
}

/// The 95 % bootstrap interval of a measure: the 2.5th and 97.5th percentile over resamples of the items, drawn from
/// `seed`. `None` when fewer than half of the resamples have a number.
pub fn bootstrap(table: &Table, seed: u64, measure: impl Fn(&Table) -> Measure) -> Option<(f64, f64)> {
    let mut random = SplitMix(seed);
    // One sample that is filled again and again: a large table is not allocated a thousand times.
    let mut sample = table.to_vec();
    let mut numbers: Vec<f64> = (0..RESAMPLES)
        .filter_map(|_| {
            for row in &mut sample {
                row.clone_from(&table[random.below(table.len())]);
            }
            measure(&sample).number()
        })
        .collect();
    if numbers.len() < RESAMPLES / 2 {
        return None;
    }
    numbers.sort_by(f64::total_cmp);
    let at = |per_mille: usize| numbers[(numbers.len() - 1) * per_mille / 1000];
    Some((at(25), at(975)))
}

/// SplitMix64 (Steele, Lea, Flood 2014). Written out, since the interval of an export must be the same in every
/// version of every library.
struct SplitMix(u64);

impl SplitMix {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// A number below `bound`, which is not zero.
    fn below(&mut self, bound: usize) -> usize {
        let wide = u128::from(self.next()) * u128::try_from(bound).unwrap_or(1);
        usize::try_from(wide >> 64).unwrap_or(0)
    }
}
