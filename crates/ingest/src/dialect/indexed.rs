//! Lists that are flattened into numbered names, as in `llm.input_messages.0.message.role` (`otel-genai.md` A, unflatten).

use std::borrow::Cow;

use super::Reader;
use crate::value::Value;

/// One element of a flattened list: what stands behind its number.
#[derive(Debug)]
pub(super) struct Entry<'s> {
    index: u64,
    members: Vec<(&'s str, &'s Value<'s>)>,
}

impl<'s> Entry<'s> {
    pub(super) fn get(&self, key: &str) -> Option<&'s Value<'s>> {
        self.members.iter().find(|(name, _)| *name == key).map(|(_, value)| *value)
    }

    pub(super) fn text(&self, key: &str) -> Option<String> {
        self.get(key)?.to_text().map(Cow::into_owned)
    }

    /// The value as JSON, text as text.
    pub(super) fn json(&self, key: &str) -> Option<Vec<u8>> {
        let mut out = Vec::new();
        self.get(key)?.write_json(&mut out);
        Some(out)
    }

    /// A flattened list inside of this one.
    pub(super) fn entries(&self, prefix: &str) -> Vec<Entry<'s>> {
        group(self.members.iter().filter_map(|(key, value)| Some((key.strip_prefix(prefix)?, *value))))
    }
}

/// The elements of a flattened list in the order of their numbers, which may have gaps.
pub(super) fn entries<'s>(attributes: &Reader<'s>, prefix: &str) -> Vec<Entry<'s>> {
    group(attributes.with_prefix(prefix))
}

fn group<'s>(members: impl Iterator<Item = (&'s str, &'s Value<'s>)>) -> Vec<Entry<'s>> {
    let mut entries: Vec<Entry<'s>> = Vec::new();
    for (key, value) in members {
        let Some((number, rest)) = key.split_once('.') else { continue };
        let Ok(index) = number.parse() else { continue };
        // Names are sorted, so that those of one number stand together.
        match entries.last_mut().filter(|last| last.index == index) {
            Some(last) => last.members.push((rest, value)),
            None => entries.push(Entry { index, members: vec![(rest, value)] }),
        }
    }
    entries.sort_by_key(|entry| entry.index);
    entries
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_may_have_gaps_and_more_than_one_digit() {
        let attributes: Vec<(Cow<'_, str>, Value<'_>)> = ["m.10.x", "m.2.x", "m.2.y.0.z", "m.x", "n.0.x"]
            .into_iter()
            .map(|key| (key.into(), Value::Text(key.into())))
            .collect();
        let reader = Reader::new(&attributes);
        let found = entries(&reader, "m.");
        assert_eq!(found.iter().filter_map(|entry| entry.text("x")).collect::<Vec<_>>(), ["m.2.x", "m.10.x"]);
        assert_eq!(found[0].entries("y.")[0].text("z").as_deref(), Some("m.2.y.0.z"));
    }
}
