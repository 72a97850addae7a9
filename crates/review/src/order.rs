//! The order of items (`annotation-ux.md` §6): the same input and seed give the same order on every machine.

use std::{cmp::Ordering, collections::BTreeMap};

use uuid::Uuid;

use crate::OrderMode;

/// What an item is sorted by. Times are nanoseconds since 1970.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Sortable {
    /// Its id.
    pub id: Uuid,
    /// When it was added.
    pub added: i64,
    /// Start of the run, trace or thread.
    pub start: Option<i64>,
    /// Key of its thread.
    pub thread: Option<String>,
    /// Start of its thread.
    pub thread_start: Option<i64>,
    /// Bytes of what is shown.
    pub bytes: i64,
    /// What `interleave` goes round over.
    pub stratum: String,
    /// The owner's priority.
    pub priority: f64,
    /// How much judges or reviewers disagree, from 0 to 1.
    pub disagreement: f64,
    /// On top for everybody.
    pub pinned: bool,
}

/// The number by which `random` sorts: the first eight bytes of BLAKE3 over the seed, the reviewer (nothing where all
/// have the same order) and the item, all big-endian.
pub fn mixed(seed: u32, reviewer: Option<Uuid>, item: Uuid) -> u64 {
    let mut hasher = blake3::Hasher::new();
    hasher.update(&seed.to_be_bytes());
    hasher.update(reviewer.unwrap_or_default().as_bytes());
    hasher.update(item.as_bytes());
    let mut first = [0; 8];
    first.copy_from_slice(&hasher.finalize().as_bytes()[..8]);
    u64::from_be_bytes(first)
}

/// The items in the order of this mode, pinned ones first. `reviewer` is mixed into chance; `None` where all have the
/// same order.
pub fn in_order(mut items: Vec<Sortable>, mode: OrderMode, seed: u32, reviewer: Option<Uuid>) -> Vec<Uuid> {
    let chance = |item: &Sortable| mixed(seed, reviewer, item.id);
    // Ids break every tie, so that no order depends on that of the input.
    items.sort_by_key(|item| (item.added, item.id));
    let missing_last = |one: Option<i64>, other: Option<i64>, backward: bool| match (one, other) {
        (Some(one), Some(other)) if backward => other.cmp(&one),
        (Some(one), Some(other)) => one.cmp(&other),
        (None, Some(_)) => Ordering::Greater,
        (Some(_), None) => Ordering::Less,
        (None, None) => Ordering::Equal,
    };
    match mode {
        OrderMode::Added => {}
        OrderMode::Newest => items.sort_by(|one, other| missing_last(one.start, other.start, true)),
        OrderMode::Oldest => items.sort_by(|one, other| missing_last(one.start, other.start, false)),
        OrderMode::Random => items.sort_by_key(chance),
        OrderMode::Priority => {
            items.sort_by(|one, other| {
                other.priority.total_cmp(&one.priority).then_with(|| chance(one).cmp(&chance(other)))
            });
        }
        OrderMode::Uncertainty => items.sort_by(|one, other| {
            other.disagreement.total_cmp(&one.disagreement).then_with(|| chance(one).cmp(&chance(other)))
        }),
        OrderMode::Thread => items.sort_by(|one, other| {
            missing_last(one.thread_start, other.thread_start, false)
                .then_with(|| one.thread.cmp(&other.thread))
                .then_with(|| missing_last(one.start, other.start, false))
        }),
        OrderMode::Shortest => items.sort_by_key(|item| item.bytes),
        OrderMode::Longest => items.sort_by_key(|item| std::cmp::Reverse(item.bytes)),
        OrderMode::Interleave => {
            let mut round: BTreeMap<String, u64> = BTreeMap::new();
            let mut placed: Vec<(u64, Sortable)> = items
                .into_iter()
                .map(|item| {
                    let turn = round.entry(item.stratum.clone()).or_default();
                    *turn += 1;
                    (*turn, item)
                })
                .collect();
            placed.sort_by(|(one_turn, one), (other_turn, other)| {
                (one_turn, &one.stratum).cmp(&(other_turn, &other.stratum))
            });
            items = placed.into_iter().map(|(_, item)| item).collect();
        }
    }
    items.sort_by_key(|item| !item.pinned);
    items.into_iter().map(|item| item.id).collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn item(number: u8) -> Sortable {
        Sortable { id: Uuid::from_u128(number.into()), added: number.into(), ..Sortable::default() }
    }

    fn numbers(items: Vec<Sortable>, mode: OrderMode) -> Vec<u128> {
        in_order(items, mode, 7, None).into_iter().map(|id| id.as_u128()).collect()
    }

    #[test]
    fn modes() {
        let items = || {
            vec![
                Sortable { start: Some(30), bytes: 5, stratum: "b".to_owned(), priority: 1.0, ..item(1) },
                Sortable { start: Some(10), bytes: 9, stratum: "b".to_owned(), disagreement: 0.5, ..item(2) },
                Sortable { start: None, bytes: 1, stratum: "a".to_owned(), priority: 2.0, ..item(3) },
                Sortable { start: Some(20), bytes: 7, stratum: "b".to_owned(), pinned: true, ..item(4) },
            ]
        };
        for (mode, order) in [
            (OrderMode::Added, [4, 1, 2, 3]),
            (OrderMode::Newest, [4, 1, 2, 3]),
            (OrderMode::Oldest, [4, 2, 1, 3]),
            (OrderMode::Interleave, [4, 3, 1, 2]),
            (OrderMode::Shortest, [4, 3, 1, 2]),
            (OrderMode::Longest, [4, 2, 1, 3]),
        ] {
            assert_eq!(numbers(items(), mode), order, "{mode:?}");
        }
        assert_eq!(numbers(items(), OrderMode::Priority)[..2], [4, 3]);
        assert_eq!(numbers(items(), OrderMode::Uncertainty)[..2], [4, 2]);
    }

    #[test]
    fn threads_are_read_turn_after_turn() {
        let turn = |number, thread: &str, thread_start, start| Sortable {
            thread: Some(thread.to_owned()),
            thread_start: Some(thread_start),
            start: Some(start),
            ..item(number)
        };
        let items = vec![turn(1, "b", 5, 9), turn(2, "a", 1, 7), turn(3, "b", 5, 5), turn(4, "a", 1, 1)];
        assert_eq!(numbers(items, OrderMode::Thread), [4, 2, 3, 1]);
    }

    /// The numbers are written down, so that an exported queue has the same order on another machine and in the next version.
    #[test]
    fn chance_is_fixed_for_ever() {
        let items: Vec<Sortable> = (1..=8).map(item).collect();
        assert_eq!(numbers(items.clone(), OrderMode::Random), CHANCE);
        let reviewer = Some(Uuid::from_u128(99));
        assert_ne!(
            in_order(items.clone(), OrderMode::Random, 7, reviewer),
            in_order(items, OrderMode::Random, 7, None)
        );
    }

    const CHANCE: [u128; 8] = [4, 7, 5, 1, 3, 8, 2, 6];

    proptest! {
        #[test]
        fn every_mode_is_a_permutation_that_does_not_depend_on_the_input_order(
            starts in proptest::collection::vec(proptest::option::of(0_i64..5), 0..12), shift in 0_usize..12, mode in 0_usize..10, seed: u32
        ) {
            let mode = [
                OrderMode::Added, OrderMode::Newest, OrderMode::Oldest, OrderMode::Random, OrderMode::Interleave,
                OrderMode::Priority, OrderMode::Uncertainty, OrderMode::Thread, OrderMode::Shortest, OrderMode::Longest,
            ][mode];
            let items: Vec<Sortable> = starts.iter().enumerate().map(|(index, start)| Sortable {
                start: *start, stratum: format!("{start:?}"), ..item(u8::try_from(index).unwrap())
            }).collect();
            let mut rotated = items.clone();
            if !rotated.is_empty() {
                let by = shift % rotated.len();
                rotated.rotate_left(by);
            }
            let order = in_order(items.clone(), mode, seed, None);
            prop_assert_eq!(&order, &in_order(rotated, mode, seed, None));
            let mut ids = order;
            ids.sort_unstable();
            prop_assert_eq!(ids, items.iter().map(|item| item.id).collect::<Vec<_>>());
        }
    }
}
