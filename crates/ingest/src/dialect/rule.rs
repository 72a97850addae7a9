//! What a row of the mapping table is, and how a field is read from its rows.

use std::borrow::Cow;

use model::RunType;

use super::{Dialect, Reader};
use crate::{
    json,
    otlp::{Owner, Span},
    value::Value,
};

/// A span with everything that rules ask of it, looked up once.
pub(super) struct Facts<'s> {
    pub(super) span: &'s Span<'s>,
    pub(super) owner: &'s Owner<'s>,
    pub(super) attributes: Reader<'s>,
    pub(super) dialect: Dialect,
    /// A chain until it is known better: the rows of the run type are read first.
    pub(super) run_type: RunType,
}

impl<'s> Facts<'s> {
    pub(super) fn new(span: &'s Span<'s>, owner: &'s Owner<'s>) -> Self {
        let attributes = Reader::new(&span.attributes);
        let dialect = Dialect::of(&attributes, owner);
        let mut facts = Self { span, owner, attributes, dialect, run_type: RunType::Chain };
        if let Some(found) = first(super::table::RUN_TYPE, &facts) {
            facts.run_type = found.value;
        }
        facts
    }

    pub(super) fn get(&self, key: &str) -> Option<&'s Value<'s>> {
        self.attributes.get(key)
    }

    /// An attribute of the resource; few rules ask for one.
    pub(super) fn resource(&self, key: &str) -> Option<&'s Value<'s>> {
        let found = self.owner.resource.iter().rev().find(|(name, _)| name == key);
        found.map(|(_, value)| value).filter(|value| !value.is_absent())
    }

    pub(super) fn is(&self, dialect: Dialect) -> bool {
        self.dialect == dialect
    }
}

pub(super) fn is_tool(facts: &Facts<'_>) -> bool {
    facts.run_type == RunType::Tool
}

pub(super) fn is_chain(facts: &Facts<'_>) -> bool {
    facts.run_type == RunType::Chain
}

pub(super) fn is_retriever(facts: &Facts<'_>) -> bool {
    facts.run_type == RunType::Retriever
}

/// Where a value comes from.
enum Source<T: 'static> {
    /// The first of these attributes that can be read.
    Attributes(&'static [&'static str], fn(&Facts<'_>, &Value<'_>) -> Option<T>),
    /// Several attributes, events or the resource together, named for people.
    Several(Named, fn(&Facts<'_>) -> Option<T>),
}

/// What a value was read from, in words for people.
#[derive(Debug, Clone, Copy)]
pub(super) enum Named {
    /// An attribute, or what was read instead of one.
    One(&'static str),
    /// Those of these attributes and events (`event NAME`) that the span has.
    Present(&'static [&'static str]),
}

impl Named {
    pub(super) fn of(self, facts: &Facts<'_>) -> Cow<'static, str> {
        let is_there = |name: &&&str| match name.strip_prefix("event ") {
            Some(event) => facts.span.events.iter().any(|one| one.name == event),
            None => facts.get(name).is_some(),
        };
        match self {
            Self::One(name) => Cow::Borrowed(name),
            Self::Present(names) => {
                Cow::Owned(names.iter().filter(is_there).copied().collect::<Vec<_>>().join(", "))
            }
        }
    }
}

/// One row of the mapping table (`otel-genai.md` D).
pub(super) struct Row<T: 'static> {
    vocabulary: &'static str,
    when: fn(&Facts<'_>) -> bool,
    source: Source<T>,
}

/// A row that reads the first of some attributes.
pub(super) const fn row<T>(
    vocabulary: &'static str,
    attributes: &'static [&'static str],
    read: fn(&Facts<'_>, &Value<'_>) -> Option<T>,
) -> Row<T> {
    Row { vocabulary, when: |_| true, source: Source::Attributes(attributes, read) }
}

/// A row that reads several things together.
pub(super) const fn several<T>(
    vocabulary: &'static str,
    what: &'static str,
    read: fn(&Facts<'_>) -> Option<T>,
) -> Row<T> {
    Row { vocabulary, when: |_| true, source: Source::Several(Named::One(what), read) }
}

/// A row that reads several attributes and events (`event NAME`) together; which of them were there is told.
pub(super) const fn together<T>(
    vocabulary: &'static str,
    names: &'static [&'static str],
    read: fn(&Facts<'_>) -> Option<T>,
) -> Row<T> {
    Row { vocabulary, when: |_| true, source: Source::Several(Named::Present(names), read) }
}

impl<T> Clone for Source<T> {
    fn clone(&self) -> Self {
        *self
    }
}
impl<T> Copy for Source<T> {}
impl<T> Clone for Row<T> {
    fn clone(&self) -> Self {
        *self
    }
}
impl<T> Copy for Row<T> {}

impl<T> Row<T> {
    /// The row, only for spans of which this holds.
    pub(super) const fn when(self, when: fn(&Facts<'_>) -> bool) -> Self {
        Self { when, ..self }
    }
}

/// A value and the row it came from.
#[derive(Debug, Clone)]
pub(super) struct Found<T> {
    pub(super) value: T,
    /// Vocabulary of the row.
    pub(super) rule: &'static str,
    /// What it was read from.
    pub(super) attribute: Named,
}

impl<T> Found<T> {
    /// What no row says, with the reason.
    pub(super) fn inferred(value: T, attribute: &'static str) -> Self {
        Self { value, rule: "inferred", attribute: Named::One(attribute) }
    }

    pub(super) fn map<U>(self, change: impl FnOnce(T) -> U) -> Found<U> {
        Found { value: change(self.value), rule: self.rule, attribute: self.attribute }
    }
}

/// The first row that says something.
pub(super) fn first<T>(rows: &[Row<T>], facts: &Facts<'_>) -> Option<Found<T>> {
    rows.iter().find_map(|row| {
        if !(row.when)(facts) {
            return None;
        }
        let (value, attribute) = match row.source {
            Source::Attributes(keys, read) => {
                keys.iter().find_map(|key| Some((read(facts, facts.get(key)?)?, Named::One(key))))?
            }
            Source::Several(what, read) => (read(facts)?, what),
        };
        Some(Found { value, rule: row.vocabulary, attribute })
    })
}

// ---- readers of one attribute ----

/// Text that is not blank, or a number or boolean written out.
pub(super) fn text(_: &Facts<'_>, value: &Value<'_>) -> Option<String> {
    value.to_text().map(Cow::into_owned).filter(|text| !text.trim().is_empty())
}

/// Text, taken out of the JSON string that it may be in.
pub(super) fn any_text(_: &Facts<'_>, value: &Value<'_>) -> Option<String> {
    let json = value.to_any_json();
    json::text(&json).map(Cow::into_owned).filter(|text| !text.trim().is_empty())
}

/// Text in lower case.
pub(super) fn lower(facts: &Facts<'_>, value: &Value<'_>) -> Option<String> {
    text(facts, value).map(|text| text.trim().to_ascii_lowercase())
}

/// A count of tokens.
pub(super) fn count(_: &Facts<'_>, value: &Value<'_>) -> Option<u64> {
    value.to_count()
}

/// JSON; text that holds an object or a list counts as that.
pub(super) fn json(_: &Facts<'_>, value: &Value<'_>) -> Option<Vec<u8>> {
    meaningful(value.to_json())
}

/// JSON; text that holds any JSON counts as that.
pub(super) fn any_json(_: &Facts<'_>, value: &Value<'_>) -> Option<Vec<u8>> {
    meaningful(value.to_any_json())
}

fn meaningful(json: Cow<'_, [u8]>) -> Option<Vec<u8>> {
    (json.as_ref() != b"null" && json.as_ref() != b"\"\"").then(|| json.into_owned())
}
