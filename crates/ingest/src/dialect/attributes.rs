//! Looking up attributes by name.

use std::borrow::Cow;

use crate::value::Value;

/// Attributes of one span, sorted by name; of equal names the last wins, and absent values are not there.
pub(crate) struct Reader<'s> {
    sorted: Vec<(&'s str, &'s Value<'s>)>,
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
        Self { sorted }
    }

    pub(crate) fn get(&self, key: &str) -> Option<&'s Value<'s>> {
        let index = self.sorted.binary_search_by_key(&key, |(key, _)| key).ok()?;
        Some(self.sorted[index].1)
    }

    /// The first of these that is there.
    pub(crate) fn first(&self, keys: &[&str]) -> Option<&'s Value<'s>> {
        keys.iter().find_map(|key| self.get(key))
    }

    pub(crate) fn text(&self, key: &str) -> Option<String> {
        self.get(key)?.to_text().map(Cow::into_owned).filter(|text| !text.trim().is_empty())
    }

    pub(crate) fn first_text(&self, keys: &[&str]) -> Option<String> {
        keys.iter().find_map(|key| self.text(key))
    }

    pub(crate) fn count(&self, keys: &[&str]) -> Option<u64> {
        keys.iter().find_map(|key| self.get(key)?.to_count())
    }

    pub(crate) fn number(&self, key: &str) -> Option<f64> {
        self.get(key)?.to_text()?.trim().parse().ok().filter(|number: &f64| number.is_finite())
    }

    /// True, whether as a boolean or as text.
    pub(crate) fn flag(&self, key: &str) -> bool {
        self.text(key).is_some_and(|text| text.eq_ignore_ascii_case("true"))
    }

    /// Attributes whose name starts so, with the rest of the name.
    pub(crate) fn with_prefix(&self, prefix: &str) -> impl Iterator<Item = (&'s str, &'s Value<'s>)> {
        let start = self.sorted.partition_point(|(key, _)| *key < prefix);
        self.sorted[start..].iter().map_while(move |(key, value)| Some((key.strip_prefix(prefix)?, *value)))
    }

    pub(crate) fn has_prefix(&self, prefix: &str) -> bool {
        let start = self.sorted.partition_point(|(key, _)| *key < prefix);
        self.sorted.get(start).is_some_and(|(key, _)| key.starts_with(prefix))
    }
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
