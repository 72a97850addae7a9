//! How fast a reviewer works (`annotation-ux.md` §16): the one figure that every screen shows.

/// Items that must have been timed before a figure says anything.
const FEWEST: usize = 5;

/// How fast a reviewer works in a queue, over their items that were submitted last.
///
/// An item's time is what it was before the eyes; windows in the background and pauses beyond a minute are left out where
/// it is measured.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Pace {
    /// Over how many items.
    pub items: u32,
    /// Median time of an item, in milliseconds.
    pub per_item_ms: u64,
}

impl Pace {
    /// Submitted items that count at most, the last ones: a reviewer gets quicker, and a step must not read them all.
    pub const LAST: u32 = 200;

    /// The pace of items that took these milliseconds; nothing below five. Items without a time were not timed.
    pub fn of(times_ms: &[i64]) -> Option<Self> {
        let mut times: Vec<u64> =
            times_ms.iter().filter_map(|time| u64::try_from(*time).ok()).filter(|time| *time > 0).collect();
        if times.len() < FEWEST {
            return None;
        }
        times.sort_unstable();
        // Of two middles the lower, so that it is a time that was taken.
        let per_item_ms = *times.get((times.len() - 1) / 2)?;
        Some(Self { items: u32::try_from(times.len()).unwrap_or(u32::MAX), per_item_ms })
    }

    /// Items in an hour, rounded.
    pub fn per_hour(self) -> u64 {
        let time = self.per_item_ms.max(1);
        (3_600_000 + time / 2) / time
    }

    /// What so many items take, in milliseconds.
    pub fn time_for(self, items: u64) -> u64 {
        self.per_item_ms.saturating_mul(items)
    }

    /// What so many items take, in whole minutes, the last one begun.
    pub fn minutes_for(self, items: u64) -> u64 {
        self.time_for(items).div_ceil(60_000)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_median_of_timed_items_is_the_pace() {
        // Four items say nothing, whatever was not timed.
        assert_eq!(Pace::of(&[]), None);
        assert_eq!(Pace::of(&[12_000, 8_000, 10_000, 90_000, 0, -1]), None);
        // One long item moves no median.
        let pace = Pace::of(&[12_000, 8_000, 10_000, 600_000, 14_000]).unwrap();
        assert_eq!(pace, Pace { items: 5, per_item_ms: 12_000 });
        assert_eq!(pace.per_hour(), 300);
        // 25 items of 12 s are 5 minutes; 26 are begun on the sixth.
        assert_eq!((pace.minutes_for(25), pace.minutes_for(26), pace.minutes_for(0)), (5, 6, 0));
        // Of six, the lower of the middles.
        assert_eq!(Pace::of(&[1_000, 2_000, 3_000, 4_000, 5_000, 6_000]).unwrap().per_item_ms, 3_000);
        // 7 s an item are 514.3 an hour, 8 s 450.
        assert_eq!(Pace::of(&[7_000; 5]).unwrap().per_hour(), 514);
        assert_eq!(Pace::of(&[1; 9]).unwrap().per_hour(), 3_600_000);
    }
}
