//! Looking up attributes by name.

use std::{borrow::Cow, cell::Cell};

use crate::value::Value;

/// Attributes of one span, sorted by name; of equal names the last wins, and absent values are not there.
///
/// The rules ask for some hundred names, of which most are not there; a small hash table answers these without
/// comparing any text.
pub(crate) struct Reader<'s> {
    sorted: Vec<(&'s str, &'s Value<'s>)>,
    /// Position in `sorted` plus one, by hash of the name; zero is free. A power of two, at most half full.
    table: Vec<u32>,
    /// By position in `sorted`, whether a rule has asked for it and got it.
    asked: Vec<Cell<bool>>,
}

impl<'s> Reader<'s> {
    pub(crate) fn new<'a: 's>(attributes: &'s [(Cow<'a, str>, Value<'a>)]) -> Self {
        let mut sorted: Vec<(&'s str, &'s Value<'s>)> =
            attributes.iter().map(|(key, value)| (key.as_ref(), value as &Value<'s>)).collect();
        // Stable, so that the last of equal names stays last.
        sorted.sort_by_key(|(key, _)| *key);
        sorted.reverse();
        sorted.dedup_by_key(|(key, _)| *key);
        sorted.reverse();
        sorted.retain(|(_, value)| !value.is_absent());
        let mut table = vec![0; (sorted.len() * 2).next_power_of_two().max(2)];
        let mask = table.len() - 1;
        for (position, (key, _)) in (1_u32..).zip(&sorted) {
            let mut slot = hash(key) & mask;
            while table[slot] != 0 {
                slot = (slot + 1) & mask;
            }
            table[slot] = position;
        }
        let asked = vec![Cell::new(false); sorted.len()];
        Self { sorted, table, asked }
    }

    pub(crate) fn get(&self, key: &str) -> Option<&'s Value<'s>> {
        let mask = self.table.len() - 1;
        let mut slot = hash(key) & mask;
        loop {
            let position = usize::try_from(self.table[slot]).ok()?.checked_sub(1)?;
            let (name, value) = self.sorted.get(position)?;
            if *name == key {
                self.asked[position].set(true);
                return Some(value);
            }
            slot = (slot + 1) & mask;
        }
    }

    /// The first of these that is there.
    pub(crate) fn first(&self, keys: &[&str]) -> Option<&'s Value<'s>> {
        keys.iter().find_map(|key| self.get(key))
    }

    pub(crate) fn text(&self, key: &str) -> Option<String> {
        self.get(key)?.to_text().map(Cow::into_owned).filter(|text| !text.trim().is_empty())
    }

    /// True, whether as a boolean or as text.
    pub(crate) fn flag(&self, key: &str) -> bool {
        self.text(key).is_some_and(|text| text.eq_ignore_ascii_case("true"))
    }

    /// Attributes whose name starts so, with the rest of the name.
    pub(crate) fn with_prefix(&self, prefix: &str) -> impl Iterator<Item = (&'s str, &'s Value<'s>)> {
        let start = self.sorted.partition_point(|(key, _)| *key < prefix);
        let asked = self.asked[start..].iter();
        self.sorted[start..].iter().zip(asked).map_while(move |((key, value), asked)| {
            let rest = key.strip_prefix(prefix)?;
            asked.set(true);
            Some((rest, *value))
        })
    }

    /// Attributes that no rule has asked for so far.
    pub(crate) fn unasked(&self) -> impl Iterator<Item = (&'s str, &'s Value<'s>)> {
        self.sorted.iter().zip(&self.asked).filter(|(_, asked)| !asked.get()).map(|(entry, _)| *entry)
    }

    pub(crate) fn has_prefix(&self, prefix: &str) -> bool {
        let start = self.sorted.partition_point(|(key, _)| *key < prefix);
        self.sorted.get(start).is_some_and(|(key, _)| key.starts_with(prefix))
    }
}

/// Length and last bytes of a name: names of one vocabulary share their beginnings.
fn hash(key: &str) -> usize {
    let bytes = key.as_bytes();
    let tail = match bytes.last_chunk::<8>() {
        Some(tail) => u64::from_le_bytes(*tail),
        None => bytes.iter().fold(0, |tail, byte| (tail << 8) | u64::from(*byte)),
    };
    let mixed = (tail ^ (bytes.len() as u64)).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    usize::try_from(mixed >> 40).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_of_equal_names_wins_and_absent_values_are_not_there() {
        let attributes = vec![
            ("b".into(), Value::Text("first".into())),
            ("a.x".into(), Value::Int(1)),
            ("b".into(), Value::Text("second".into())),
            ("c".into(), Value::Text("".into())),
        ];
        let reader = Reader::new(&attributes);
        assert_eq!(reader.text("b").as_deref(), Some("second"));
        assert_eq!(reader.get("c"), None);
        assert_eq!(reader.with_prefix("a.").map(|(key, _)| key).collect::<Vec<_>>(), ["x"]);
        assert!(reader.has_prefix("a.") && !reader.has_prefix("d"));
    }
}
