//! What comparing comes to (`annotation-ux.md` §13).

use uuid::Uuid;

use crate::{Winner, mixed};

/// Whether the sides of an item are swapped when shown, by the queue's seed.
pub fn swaps_sides(seed: u32, item: Uuid) -> bool {
    // Another bit than the one that decides the order, so that both do not go together.
    mixed(seed, None, item) & 1 == 1
}

/// One answer to a pair.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Comparison {
    /// The true side that is better.
    pub winner: Winner,
    /// Whether the sides were swapped when shown.
    pub swapped: bool,
}

/// Answers to one key, counted.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Tally {
    /// The true side A won.
    pub a_wins: u64,
    /// The true side B won.
    pub b_wins: u64,
    /// Equal.
    pub ties: u64,
    /// Both bad.
    pub both_bad: u64,
    /// The left side won, whichever that was.
    pub left_wins: u64,
}

impl Tally {
    /// Counts an answer.
    pub fn add(&mut self, one: Comparison) {
        match one.winner {
            Winner::A => self.a_wins += 1,
            Winner::B => self.b_wins += 1,
            Winner::Equal => self.ties += 1,
            Winner::BothBad => self.both_bad += 1,
        }
        self.left_wins += u64::from(one.winner.swapped(one.swapped) == Winner::A);
    }

    fn all(&self) -> u64 {
        self.a_wins + self.b_wins + self.ties + self.both_bad
    }

    /// A's wins, ties of both kinds as half.
    fn wins(&self) -> f64 {
        float(self.a_wins) + float(self.ties + self.both_bad) / 2.0
    }

    /// Share of A's wins, ties of both kinds as half; none without answers.
    pub fn win_rate(&self) -> Option<f64> {
        (self.all() > 0).then(|| self.wins() / float(self.all()))
    }

    /// Wilson's 95 % interval of the win rate.
    pub fn interval(&self) -> Option<(f64, f64)> {
        (self.all() > 0).then(|| agreement::wilson(self.wins(), self.all()))
    }

    /// Two-sided p of the sign test, ties dropped; none when nothing is left.
    pub fn p_value(&self) -> Option<f64> {
        let n = self.a_wins + self.b_wins;
        if n == 0 {
            return None;
        }
        let few = self.a_wins.min(self.b_wins);
        // The tail of the binomial distribution with p = 1/2, by logarithms: 2^-n alone ends at 1074 answers.
        let mut log_term = -float(n) * std::f64::consts::LN_2;
        let mut tail = log_term.exp();
        for k in 1..=few {
            log_term += (float(n - k + 1) / float(k)).ln();
            tail += log_term.exp();
        }
        Some((2.0 * tail).min(1.0))
    }

    /// Share of wins of the left side, near 0.5 without bias; none without wins.
    pub fn left_share(&self) -> Option<f64> {
        let wins = self.a_wins + self.b_wins;
        (wins > 0).then(|| float(self.left_wins) / float(wins))
    }
}

#[expect(clippy::cast_precision_loss, reason = "counts are far below 2^53")]
fn float(count: u64) -> f64 {
    count as f64
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn tally(a_wins: u64, b_wins: u64, ties: u64) -> Tally {
        Tally { a_wins, b_wins, ties, ..Tally::default() }
    }

    fn is_close(found: f64, wanted: f64) {
        assert!((found - wanted).abs() < 1e-9, "{found} is not {wanted}");
    }

    #[test]
    fn the_interval_is_that_of_the_specification() {
        let (low, high) = tally(18, 7, 0).interval().unwrap();
        is_close(low, 0.524_233_948);
        is_close(high, 0.857_161_461);
    }

    #[test]
    fn the_sign_test_drops_ties() {
        // 2 * (1 + 10) / 2^10 and 2 * (1 + 9 + 36) / 2^9.
        is_close(tally(9, 1, 5).p_value().unwrap(), 22.0 / 1024.0);
        is_close(tally(2, 7, 0).p_value().unwrap(), 92.0 / 512.0);
        is_close(tally(3, 3, 0).p_value().unwrap(), 1.0);
        assert_eq!(tally(0, 0, 4).p_value(), None);
        assert!(tally(2000, 1000, 0).p_value().unwrap() < 1e-60);
    }

    #[test]
    fn ties_are_half_a_win() {
        is_close(tally(1, 1, 2).win_rate().unwrap(), 0.5);
        is_close(tally(3, 0, 1).win_rate().unwrap(), 0.875);
        assert_eq!(Tally::default().win_rate(), None);
    }

    #[test]
    fn a_reviewer_who_always_says_left_shows_in_the_left_share_and_not_in_the_win_rate() {
        let mut tally = Tally::default();
        for number in 0..1000 {
            let swapped = swaps_sides(7, Uuid::from_u128(number));
            tally.add(Comparison { winner: Winner::A.swapped(swapped), swapped });
        }
        is_close(tally.left_share().unwrap(), 1.0);
        assert!((0.45..0.55).contains(&tally.win_rate().unwrap()), "{tally:?}");
    }

    proptest! {
        #[test]
        fn both_sides_see_the_same(a in 0_u64..50, b in 0_u64..50, ties in 0_u64..50) {
            let (one, other) = (tally(a, b, ties), tally(b, a, ties));
            prop_assert_eq!(one.p_value(), other.p_value());
            if let (Some(one), Some(other)) = (one.win_rate(), other.win_rate()) {
                prop_assert!((one + other - 1.0).abs() < 1e-12);
            }
            if let Some((low, high)) = one.interval() {
                prop_assert!(-1e-12 <= low && low <= high && high <= 1.0 + 1e-12);
            }
        }
    }
}
