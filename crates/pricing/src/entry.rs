//! An entry of a price table, in the form of LangSmith's price map (`langsmith-cost-feedback-queues.md` §6.4).

use std::{
    collections::{HashMap, HashSet},
    sync::{Arc, OnceLock},
};

use model::{TokenClass, TokenSide, UnixNanos};
use serde_json::{Map, Value, json};
use thiserror::Error;

use crate::{Price, pattern::Pattern, source::Single};

/// Where an entry is from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum PriceOrigin {
    /// From the table that comes with the program.
    Bundled,
    /// From the person who uses it.
    Own,
}

/// Prices of the input or of the output.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct SidePrices {
    /// For every token that no class with a price of its own holds.
    pub base: Option<Price>,
    /// For single classes, the most specific first.
    pub classes: Vec<(TokenClass, Price)>,
}

impl SidePrices {
    /// The price of this very class.
    pub fn exact(&self, class: TokenClass) -> Option<Price> {
        self.classes.iter().find(|(known, _)| *known == class).map(|(_, price)| *price)
    }

    /// The price of a class, else that of the class that it is a kind of (§6.5, aliases when pricing).
    pub fn of(&self, class: TokenClass) -> Option<Price> {
        use TokenClass as Class;
        let wider = match class {
            Class::CacheCreation5m => Some(Class::CacheCreation),
            Class::CacheCreation => Some(Class::CacheCreation5m),
            Class::CacheReadOver200k | Class::AudioCacheRead | Class::ImageCacheRead => {
                Some(Class::CacheRead)
            }
            Class::PriorityReasoning => Some(Class::PriorityOutput),
            Class::FlexReasoning => Some(Class::FlexOutput),
            Class::BatchReasoning => Some(Class::BatchOutput),
            _ => None,
        };
        self.exact(class).or_else(|| wider.and_then(|wider| self.exact(wider)))
    }

    /// What tokens of this class would cost if they were plain ones of the same tier.
    pub fn plain(&self, class: TokenClass) -> Option<Price> {
        use TokenClass as Class;
        let tier = match class {
            Class::PriorityCacheRead | Class::PriorityCacheCreation => Some(Class::Priority),
            Class::FlexCacheRead | Class::FlexCacheCreation => Some(Class::Flex),
            Class::BatchCacheRead | Class::BatchCacheCreation => Some(Class::Batch),
            _ => None,
        };
        tier.and_then(|tier| self.exact(tier)).or(self.base)
    }

    fn to_json(&self) -> Map<String, Value> {
        self.classes
            .iter()
            .map(|(class, price)| (class.name().to_owned(), json!(price.per_token())))
            .collect()
    }
}

/// One entry.
#[derive(Debug, Clone)]
pub struct PriceEntry {
    /// Identifies the entry; stable across starts.
    pub id: String,
    /// Name for people.
    pub name: String,
    /// Provider that a run must name; any where absent.
    pub provider: Option<String>,
    /// Of the bundled table the name of the model, of own entries a regular expression that is searched in it.
    pub pattern: String,
    /// Applies to runs that start at this time or later.
    pub start: Option<UnixNanos>,
    /// Applies to runs with more input tokens than this.
    pub above: u64,
    /// Prices of the input.
    pub input: SidePrices,
    /// Prices of the output.
    pub output: SidePrices,
    /// Where the entry is from.
    pub origin: PriceOrigin,
    /// Day of the table, or of the entry, as YYYY-MM-DD.
    pub dated: String,
    pub(crate) matcher: Option<Pattern>,
    snapshot: OnceLock<Arc<str>>,
}

/// Why an entry of a price file cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("{place}: {message}")]
pub struct EntryError {
    /// Which entry, and which member of it.
    pub place: String,
    /// What is wrong.
    pub message: String,
}

impl EntryError {
    pub(crate) fn new(place: impl Into<String>, message: impl Into<String>) -> Self {
        Self { place: place.into(), message: message.into() }
    }
}

impl PriceEntry {
    pub(crate) fn bundled(
        provider: &str,
        model: &str,
        above: u64,
        [input, output]: [SidePrices; 2],
        dated: &str,
    ) -> Self {
        let step = if above > 0 { format!(" above {above}") } else { String::new() };
        Self {
            id: format!("bundled:{provider}/{model}{step}"),
            name: model.to_owned(),
            provider: Some(provider.to_owned()),
            pattern: model.to_owned(),
            start: None,
            above,
            input,
            output,
            origin: PriceOrigin::Bundled,
            dated: dated.to_owned(),
            matcher: None,
            snapshot: OnceLock::new(),
        }
    }

    /// Reads one own entry. `place` says which it is, `dated` is the day on which it was made.
    pub fn from_json(entry: &Value, place: &str, dated: &str) -> Result<Self, EntryError> {
        Self::read(entry, place, dated, Pattern::read)
    }

    /// Reads an entry that [`PriceEntry::from_json`] has read before.
    pub fn from_kept(entry: &Value, place: &str, dated: &str) -> Result<Self, EntryError> {
        Self::read(entry, place, dated, |pattern| Ok(Pattern::new(pattern)))
    }

    fn read(
        entry: &Value,
        place: &str,
        dated: &str,
        pattern_of: impl Fn(&str) -> Result<Pattern, regex::Error>,
    ) -> Result<Self, EntryError> {
        let Some(members) = entry.as_object() else {
            return Err(EntryError::new(place, "is no object"));
        };
        let text = |key: &str| {
            members.get(key).and_then(Value::as_str).map(str::trim).filter(|text| !text.is_empty())
        };
        let name = text("name").or_else(|| text("match_pattern"));
        let Some(name) = name else {
            return Err(EntryError::new(place, "has neither name nor match_pattern"));
        };
        let place = format!("{place} ({name})");
        let at = |key: &str, message: String| EntryError::new(format!("{place}, {key}"), message);
        let known = [
            "id",
            "name",
            "match_pattern",
            "match_path",
            "provider",
            "start_time",
            "prompt_cost",
            "completion_cost",
            "prompt_cost_details",
            "completion_cost_details",
            "prompt_token_threshold",
            "tenant_id",
            "dated",
            "origin",
        ];
        if let Some(unknown) = members.keys().find(|key| !known.contains(&key.as_str())) {
            return Err(at(unknown, "is no member of an entry".to_owned()));
        }
        if members.get("match_pattern").and_then(Value::as_str).is_some_and(|text| text.trim().is_empty()) {
            return Err(at("match_pattern", "is empty, which every model would fit".to_owned()));
        }
        let pattern =
            text("match_pattern").map_or_else(|| format!("^{}$", regex::escape(name)), str::to_owned);
        let matcher = pattern_of(&pattern).map_err(|error| at("match_pattern", error.to_string()))?;
        let start = match members.get("start_time") {
            None | Some(Value::Null) => None,
            Some(start) => {
                let start = start.as_str().unwrap_or_default();
                let full = if start.len() == 10 { format!("{start}T00:00:00Z") } else { start.to_owned() };
                Some(UnixNanos::parse(&full).map_err(|error| at("start_time", error.to_string()))?)
            }
        };
        let above = match members.get("prompt_token_threshold") {
            None | Some(Value::Null) => 0,
            Some(above) => above
                .as_u64()
                .ok_or_else(|| at("prompt_token_threshold", "is no count of tokens".to_owned()))?,
        };
        let side = |base: &str, side| {
            let price = |key: &str, value: &Value| {
                let text = match value {
                    Value::String(text) => text.clone(),
                    Value::Number(number) => number.to_string(),
                    other => return Err(at(key, format!("{other} is no price"))),
                };
                let wrong = "is no price: a decimal number of US dollars per token is expected, at least zero and below ten, \
                             with at most 18 digits behind the point";
                Price::parse_per_token(&text).ok_or_else(|| at(key, format!("{text:?} {wrong}")))
            };
            let mut prices = SidePrices::default();
            match members.get(base) {
                None | Some(Value::Null) => {}
                Some(value) => prices.base = Some(price(base, value)?),
            }
            let details = format!("{base}_details");
            match members.get(&details) {
                None | Some(Value::Null) => {}
                Some(Value::Object(classes)) => {
                    for (name, value) in classes {
                        let key = format!("{details}.{name}");
                        let class = TokenClass::parse(side, name)
                            .ok_or_else(|| at(&key, "is no class of tokens that is known".to_owned()))?;
                        prices.classes.retain(|(known, _)| *known != class);
                        prices.classes.push((class, price(&key, value)?));
                    }
                }
                Some(_) => return Err(at(&details, "is no object of classes and prices".to_owned())),
            }
            prices.classes.sort_by_key(|(class, _)| *class);
            Ok(prices)
        };
        let input = side("prompt_cost", TokenSide::Input)?;
        let output = side("completion_cost", TokenSide::Output)?;
        if input.base.is_none() && output.base.is_none() {
            return Err(EntryError::new(place, "has neither prompt_cost nor completion_cost"));
        }
        let origin = match text("origin") {
            Some("bundled") => PriceOrigin::Bundled,
            _ => PriceOrigin::Own,
        };
        Ok(Self {
            id: text("id").map_or_else(|| format!("own:{name}"), str::to_owned),
            name: name.to_owned(),
            provider: text("provider").map(str::to_owned),
            pattern,
            start,
            above,
            input,
            output,
            origin,
            dated: text("dated").unwrap_or(dated).to_owned(),
            matcher: Some(matcher),
            snapshot: OnceLock::new(),
        })
    }

    /// The entry in the form that [`PriceEntry::from_json`] reads.
    pub fn to_json(&self) -> Value {
        let pattern = match self.origin {
            PriceOrigin::Bundled => format!("^{}$", regex::escape(&self.pattern)),
            PriceOrigin::Own => self.pattern.clone(),
        };
        json!({
            "id": self.id,
            "name": self.name,
            "match_pattern": pattern,
            "provider": self.provider,
            "start_time": self.start.map(UnixNanos::to_iso_micros),
            "prompt_token_threshold": (self.above > 0).then_some(self.above),
            "prompt_cost": self.input.base.map(Price::per_token),
            "completion_cost": self.output.base.map(Price::per_token),
            "prompt_cost_details": self.input.to_json(),
            "completion_cost_details": self.output.to_json(),
            "origin": match self.origin { PriceOrigin::Bundled => "bundled", PriceOrigin::Own => "own" },
            "dated": self.dated,
        })
    }

    /// The entry as text that stays with what was computed from it. Made once.
    pub fn snapshot(&self) -> Arc<str> {
        Arc::clone(self.snapshot.get_or_init(|| self.to_json().to_string().into()))
    }

    /// An entry that [`PriceEntry::snapshot`] wrote.
    pub fn from_snapshot(text: &str) -> Option<Self> {
        let value: Value = serde_json::from_str(text).ok()?;
        Self::from_kept(&value, "price", "").ok()
    }

    /// What says that two entries apply to the same runs.
    pub fn scope(&self) -> PriceScope {
        (self.pattern.clone(), self.provider.clone(), self.start, self.above)
    }
}

/// Pattern, provider, start and step.
pub type PriceScope = (String, Option<String>, Option<UnixNanos>, u64);

/// Reads a file of own entries: a list, or an object with `entries`. What cannot be read is told with its place, and the
/// rest is kept; two entries that apply to the same runs are told too ([`crate::PriceBook`] says which of them is used).
pub fn read_entries(text: &str, dated: &str) -> (Vec<PriceEntry>, Vec<EntryError>) {
    // Some editors begin a file with a mark of its encoding.
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let value: Value = match serde_json::from_str(text) {
        Ok(Single(value)) => value,
        Err(error) => {
            let place = format!("line {}, column {}", error.line(), error.column());
            return (Vec::new(), vec![EntryError::new(place, error.to_string())]);
        }
    };
    let list = value.get("entries").unwrap_or(&value);
    let single = [list.clone()];
    let list: &[Value] = match list {
        Value::Array(list) => list,
        _ => &single,
    };
    let mut entries: Vec<PriceEntry> = Vec::new();
    let mut errors = Vec::new();
    let mut scopes: HashMap<PriceScope, usize> = HashMap::new();
    let mut ids: HashSet<String> = HashSet::new();
    for (index, value) in list.iter().enumerate() {
        let place = format!("entry {}", index + 1);
        match PriceEntry::from_json(value, &place, dated) {
            Ok(mut entry) => {
                if let Some(first) = scopes.get(&entry.scope()).copied() {
                    let message = format!(
                        "applies to the same runs as {} ({}); the later of the two is used",
                        entries[first].id, entries[first].name
                    );
                    errors.push(EntryError::new(format!("{place} ({})", entry.name), message));
                }
                scopes.entry(entry.scope()).or_insert(entries.len());
                if !ids.insert(entry.id.clone()) {
                    entry.id = format!("{} {}", entry.id, index + 1);
                }
                entries.push(entry);
            }
            Err(error) => errors.push(error),
        }
    }
    (entries, errors)
}
