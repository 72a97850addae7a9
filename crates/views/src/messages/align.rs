//! Two lists side by side: what stayed, what came, what went.

use std::collections::HashMap;

/// A step through both lists.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Step {
    /// The same in both: its places in the old and in the new list.
    Both(usize, usize),
    /// Only in the old list.
    Old(usize),
    /// Only in the new list.
    New(usize),
}

/// Cells of a table that is still worth its exactness.
const MOST_CELLS: usize = 4_000_000;

/// The shortest way from the old list to the new one. Both are usually the same but for their end, which costs nothing;
/// where two long lists differ throughout, the way is any that keeps the order, found in linear time.
pub(super) fn align(old: &[u64], new: &[u64]) -> Vec<Step> {
    let begin = old.iter().zip(new).take_while(|(old, new)| old == new).count();
    let (rest_old, rest_new) = (&old[begin..], &new[begin..]);
    let end = rest_old.iter().rev().zip(rest_new.iter().rev()).take_while(|(old, new)| old == new).count();
    let (middle_old, middle_new) = (&rest_old[..rest_old.len() - end], &rest_new[..rest_new.len() - end]);
    let pairs = if middle_old.len().saturating_mul(middle_new.len()) <= MOST_CELLS {
        longest_common(middle_old, middle_new)
    } else {
        in_order(middle_old, middle_new)
    };
    let mut steps: Vec<Step> = (0..begin).map(|at| Step::Both(at, at)).collect();
    let (mut from_old, mut from_new) = (begin, begin);
    let last = (old.len() - end, new.len() - end);
    for (to_old, to_new) in
        pairs.into_iter().map(|(old, new)| (old + begin, new + begin)).chain(std::iter::once(last))
    {
        steps.extend((from_old..to_old).map(Step::Old));
        steps.extend((from_new..to_new).map(Step::New));
        if (to_old, to_new) != last {
            steps.push(Step::Both(to_old, to_new));
        }
        (from_old, from_new) = (to_old + 1, to_new + 1);
    }
    steps.extend((0..end).map(|at| Step::Both(last.0 + at, last.1 + at)));
    steps
}

/// The longest common subsequence.
fn longest_common(old: &[u64], new: &[u64]) -> Vec<(usize, usize)> {
    let width = new.len() + 1;
    let mut lengths = vec![0_u32; (old.len() + 1) * width];
    for at_old in (0..old.len()).rev() {
        for at_new in (0..new.len()).rev() {
            lengths[at_old * width + at_new] = if old[at_old] == new[at_new] {
                lengths[(at_old + 1) * width + at_new + 1] + 1
            } else {
                lengths[(at_old + 1) * width + at_new].max(lengths[at_old * width + at_new + 1])
            };
        }
    }
    let mut pairs = Vec::new();
    let (mut at_old, mut at_new) = (0, 0);
    while at_old < old.len() && at_new < new.len() {
        if old[at_old] == new[at_new] {
            pairs.push((at_old, at_new));
            at_old += 1;
            at_new += 1;
        } else if lengths[(at_old + 1) * width + at_new] >= lengths[at_old * width + at_new + 1] {
            at_old += 1;
        } else {
            at_new += 1;
        }
    }
    pairs
}

/// Each new one with the next old one that is the same.
fn in_order(old: &[u64], new: &[u64]) -> Vec<(usize, usize)> {
    let mut places: HashMap<u64, Vec<usize>> = HashMap::new();
    for (at, key) in old.iter().enumerate() {
        places.entry(*key).or_default().push(at);
    }
    let mut next = 0;
    let mut pairs = Vec::new();
    for (at, key) in new.iter().enumerate() {
        let Some(places) = places.get(key) else { continue };
        if let Some(found) = places.get(places.partition_point(|place| *place < next)) {
            pairs.push((*found, at));
            next = found + 1;
        }
    }
    pairs
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `=` for both, `-` for old only, `+` for new only, each with the letter.
    fn drawn(old: &str, new: &str) -> String {
        let keys = |text: &str| text.bytes().map(u64::from).collect::<Vec<_>>();
        let (old_bytes, new_bytes) = (old.as_bytes(), new.as_bytes());
        align(&keys(old), &keys(new))
            .into_iter()
            .map(|step| match step {
                Step::Both(_, at) => format!("={}", char::from(new_bytes[at])),
                Step::Old(at) => format!("-{}", char::from(old_bytes[at])),
                Step::New(at) => format!("+{}", char::from(new_bytes[at])),
            })
            .collect()
    }

    #[test]
    fn what_came_and_went_is_told_in_order() {
        assert_eq!(drawn("", ""), "");
        assert_eq!(drawn("abc", "abcde"), "=a=b=c+d+e");
        assert_eq!(drawn("abcde", "aXe"), "=a-b-c-d+X=e");
        assert_eq!(drawn("aab", "ab"), "=a-a=b");
        assert_eq!(drawn("abcd", "bd"), "-a=b-c=d");
        assert_eq!(drawn("x", "y"), "-x+y");
        assert_eq!(drawn("abab", "ba"), "-a=b=a-b");
    }

    #[test]
    fn long_lists_that_differ_throughout_are_still_walked_once() {
        let old: Vec<u64> = (0..5000).map(|key| key * 2).collect();
        let new: Vec<u64> = (0..5000).map(|key| key * 3 + 1).collect();
        let steps = align(&old, &new);
        let both = steps.iter().filter(|step| matches!(step, Step::Both(..))).count();
        assert_eq!(steps.len(), old.len() + new.len() - both);
        assert!(both > 1000, "{both}");
    }
}
