//! Which items a reviewer is asked about again, to see whether they say the same (`annotation-ux.md` §14.5).
//!
//! Of each run of items that the share makes one of, one is drawn by the seed of the queue; it comes again once enough
//! others were submitted after it. Nothing but the counts and the order of submission is remembered, so the rule says the
//! same after a restart and on another machine.

use std::collections::HashSet;

use uuid::Uuid;

use crate::mixed;

/// Other items that lie between two answers to the same one at least.
pub const BETWEEN: usize = 20;
/// The share of items that may come again, in percent, at most.
pub const MOST_REPEATS: u8 = 20;

/// Whose repeats, of what share.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Repeats {
    /// The seed of the queue.
    pub seed: u32,
    /// The reviewer: two of them are not asked about the same ones.
    pub reviewer: Uuid,
    /// The share of submitted items that come again, in percent.
    pub percent: u8,
}

impl Repeats {
    /// The place among submitted items, from 0, that is drawn for the repeat of this number; none with a share of nothing.
    fn place(self, number: usize) -> Option<usize> {
        let percent = usize::from(self.percent.min(MOST_REPEATS));
        if percent == 0 {
            return None;
        }
        let edge = |number: usize| number.checked_mul(100).map(|hundred| hundred.div_ceil(percent));
        let (from, to) = (edge(number)?, edge(number.checked_add(1)?)?);
        let within = u64::try_from(to - from).unwrap_or(1).max(1);
        let chance = mixed(self.seed, Some(self.reviewer), Uuid::from_u128(number as u128));
        Some(from + usize::try_from(chance % within).unwrap_or(0))
    }

    /// Whether another repeat is due with so many items submitted and so many asked about again.
    pub fn is_due(self, submitted: usize, asked: usize) -> bool {
        self.place(asked).is_some_and(|place| place + BETWEEN < submitted)
    }

    /// The item to ask about again now: `submitted` are all in the order in which they were submitted last, `asked` those
    /// that came again already.
    pub fn due(self, submitted: &[Uuid], asked: &HashSet<Uuid>) -> Option<Uuid> {
        let place = self.place(asked.len())?;
        let old = submitted.get(..submitted.len().checked_sub(BETWEEN)?)?;
        let (before, from) = old.split_at_checked(place).filter(|(_, from)| !from.is_empty())?;
        // What was submitted anew or taken back has moved the places since.
        from.iter().chain(before).find(|item| !asked.contains(item)).copied()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn item(number: usize) -> Uuid {
        Uuid::from_u128(1_000 + number as u128)
    }

    /// Repeats that come while so many items are submitted one after the other: after how many, and which.
    fn run(repeats: Repeats, items: usize) -> Vec<(usize, Uuid)> {
        let (mut submitted, mut asked, mut came) = (Vec::new(), HashSet::new(), Vec::new());
        for number in 0..items {
            submitted.push(item(number));
            let due = repeats.due(&submitted, &asked);
            assert_eq!(due.is_some(), repeats.is_due(submitted.len(), asked.len()));
            if let Some(again) = due {
                assert!(asked.insert(again));
                came.push((submitted.len(), again));
            }
        }
        came
    }

    #[test]
    fn a_tenth_of_a_hundred_and_twenty_items_comes_again() {
        let repeats = Repeats { seed: 7, reviewer: item(0), percent: 10 };
        let came = run(repeats, 120);
        // Of the first hundred, ten; the last twenty have not enough behind them.
        assert_eq!(came.len(), 10);
        assert_eq!(came, run(repeats, 120));
        assert_ne!(came, run(Repeats { seed: 8, ..repeats }, 120));
        assert_eq!(run(Repeats { percent: 0, ..repeats }, 500), []);
        // More than a fifth is never asked again.
        let most = Repeats { percent: MOST_REPEATS, ..repeats };
        assert_eq!(run(Repeats { percent: 100, ..repeats }, 200), run(most, 200));
    }

    proptest! {
        #[test]
        fn the_share_is_kept_within_one(seed: u32, reviewer: u128, percent in 0_u8..=MOST_REPEATS, items in 0_usize..600) {
            let repeats = Repeats { seed, reviewer: Uuid::from_u128(reviewer), percent };
            let came = run(repeats, items);
            let old = items.saturating_sub(BETWEEN) * usize::from(percent);
            prop_assert!((old / 100..=old.div_ceil(100)).contains(&came.len()), "{} of {items}", came.len());
            for (after, again) in &came {
                let first = (0..items).position(|number| item(number) == *again).unwrap();
                prop_assert!(after - 1 - first >= BETWEEN);
            }
        }

        /// Whatever is taken back and submitted anew between: never before twenty others, never twice.
        #[test]
        fn changes_of_what_was_submitted_never_bring_one_early_or_twice(
            seed: u32,
            percent in 1_u8..=MOST_REPEATS,
            steps in prop::collection::vec((0_u8..10, any::<prop::sample::Index>()), 0..400),
        ) {
            let repeats = Repeats { seed, reviewer: item(0), percent };
            let (mut submitted, mut asked, mut next) = (Vec::new(), HashSet::new(), 0);
            for (kind, index) in steps {
                match kind {
                    0 => drop(submitted.pop()),
                    1 if !submitted.is_empty() => {
                        let again = submitted.remove(index.index(submitted.len()));
                        submitted.push(again);
                    }
                    _ => {
                        submitted.push(item(next));
                        next += 1;
                    }
                }
                if let Some(again) = repeats.due(&submitted, &asked) {
                    let at = submitted.iter().position(|one| *one == again).unwrap();
                    prop_assert!(submitted.len() - 1 - at >= BETWEEN);
                    prop_assert!(asked.insert(again), "twice");
                }
            }
        }
    }
}
