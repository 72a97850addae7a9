//! Feedback keys: one definition that all queues share (`annotation-ux.md` §3.1, §8.1).

use std::collections::HashSet;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

/// Characters of a key at most (`langsmith-cost-feedback-queues.md` §7.1).
const MOST_CHARS: usize = 180;

/// How a key is answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum KeyType {
    /// Yes or no.
    Boolean,
    /// One of the categories.
    Categorical,
    /// Any of the categories.
    MultiCategorical,
    /// A number.
    Continuous,
    /// A text.
    Freeform,
    /// What the output should have been.
    Correction,
    /// Sentences that must hold.
    Assertions,
    /// Free labels.
    Tags,
    /// Which run of the item went wrong first.
    RunPicker,
}

/// Whether more is better.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Direction {
    /// More.
    #[default]
    HigherBetter,
    /// Less.
    LowerBetter,
    /// Neither.
    None,
}

/// One choice of a key, or a labelled point of a number.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Category {
    /// The score that choosing it gives.
    pub value: Option<f64>,
    /// What it is called.
    pub label: String,
    /// What it means.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// Letter that chooses it from anywhere.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub hotkey: Option<String>,
    /// Colour name, the interface's own.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub color: Option<String>,
}

/// What is judged, and how.
#[derive(Debug, Clone, PartialEq)]
pub struct Key {
    /// The key.
    pub key: String,
    /// How it is answered.
    pub key_type: KeyType,
    /// Least number.
    pub min: Option<f64>,
    /// Greatest number.
    pub max: Option<f64>,
    /// Distance of numbers.
    pub step: Option<f64>,
    /// Choices, or labelled points of a number.
    pub categories: Vec<Category>,
    /// Whether the categories have an order.
    pub ordered: bool,
    /// Whether more is better.
    pub direction: Direction,
    /// What it means.
    pub description: Option<String>,
}

impl Key {
    /// A key that nobody defined: a text.
    pub fn undefined(key: &str) -> Self {
        Self {
            key: key.to_owned(),
            key_type: KeyType::Freeform,
            min: None,
            max: None,
            step: None,
            categories: Vec::new(),
            ordered: false,
            direction: Direction::None,
            description: None,
        }
    }

    /// The key of a stored configuration (`{type, min, max, categories, …}`). What cannot be read is left out, so that
    /// a foreign configuration never hides its key; an unknown type is a text.
    pub fn from_config(key: &str, config: &Value, lower_is_better: bool) -> Self {
        let number = |name: &str| config.get(name).and_then(Value::as_f64);
        let categories = config.get("categories").and_then(Value::as_array).into_iter().flatten();
        let said = config.get("direction").cloned().and_then(|said| serde_json::from_value(said).ok());
        Self {
            key: key.to_owned(),
            key_type: config
                .get("type")
                .and_then(|name| serde_json::from_value(name.clone()).ok())
                .unwrap_or(KeyType::Freeform),
            min: number("min"),
            max: number("max"),
            step: number("step"),
            categories: categories
                .filter_map(|category| serde_json::from_value(category.clone()).ok())
                .collect(),
            ordered: config.get("ordered").and_then(Value::as_bool).unwrap_or(false),
            direction: if lower_is_better { Direction::LowerBetter } else { said.unwrap_or_default() },
            description: config.get("description").and_then(Value::as_str).map(str::to_owned),
        }
    }

    /// The configuration to be stored; see [`Key::from_config`].
    pub fn to_config(&self) -> Value {
        let mut config = Map::new();
        config.insert("type".to_owned(), json!(self.key_type));
        for (name, value) in [("min", self.min), ("max", self.max), ("step", self.step)] {
            if let Some(value) = value {
                config.insert(name.to_owned(), json!(value));
            }
        }
        if !self.categories.is_empty() {
            config.insert("categories".to_owned(), json!(self.categories));
        }
        if self.ordered {
            config.insert("ordered".to_owned(), json!(true));
        }
        if self.direction != Direction::default() {
            config.insert("direction".to_owned(), json!(self.direction));
        }
        if let Some(description) = &self.description {
            config.insert("description".to_owned(), json!(description));
        }
        Value::Object(config)
    }

    /// What is wrong with it, in one sentence (§8.1).
    pub fn problem(&self) -> Option<String> {
        if self.key.trim().is_empty() || self.key.chars().count() > MOST_CHARS {
            return Some(format!("A key has 1 to {MOST_CHARS} characters"));
        }
        let numbers = [self.min, self.max, self.step].into_iter().flatten();
        let values = self.categories.iter().filter_map(|category| category.value);
        if numbers.chain(values).any(|number| !number.is_finite()) {
            return Some("Numbers must be finite".to_owned());
        }
        let has_choices = matches!(self.key_type, KeyType::Categorical | KeyType::MultiCategorical);
        match self.key_type {
            KeyType::Continuous => {
                if self.min.zip(self.max).is_some_and(|(min, max)| min >= max) {
                    return Some("The least number must be below the greatest".to_owned());
                }
                if self.step.is_some_and(|step| step <= 0.0) {
                    return Some("The step must be above zero".to_owned());
                }
                if self.categories.iter().any(|category| category.value.is_none()) {
                    return Some("A labelled point needs its number".to_owned());
                }
            }
            _ if self.min.is_some() || self.max.is_some() || self.step.is_some() => {
                return Some("Only numbers have bounds and a step".to_owned());
            }
            _ if has_choices && self.categories.len() < 2 => {
                return Some("A choice needs two categories at least".to_owned());
            }
            _ if !has_choices && self.key_type != KeyType::Boolean && !self.categories.is_empty() => {
                return Some("Only choices and numbers have categories".to_owned());
            }
            _ => {}
        }
        let mut labels = HashSet::new();
        let mut scores = HashSet::new();
        let mut hotkeys = HashSet::new();
        for category in &self.categories {
            if category.label.trim().is_empty() {
                return Some("A category needs a label".to_owned());
            }
            if !labels.insert(category.label.as_str()) {
                return Some(format!("There are two categories named {}", category.label));
            }
            if let Some(value) = category.value
                && !scores.insert(value.to_bits())
            {
                return Some(format!("There are two categories of the value {value}"));
            }
            if let Some(hotkey) = &category.hotkey
                && (hotkey.chars().count() != 1 || !hotkeys.insert(hotkey.to_lowercase()))
            {
                return Some(format!("The key {hotkey} of a category is no single letter, or is used twice"));
            }
        }
        None
    }

    /// Why it cannot become `new` while answers exist (§3.2): labels and texts may change, what answers mean may not.
    pub fn change_problem(&self, new: &Self) -> Option<String> {
        if self.key_type != new.key_type {
            return Some(
                "The type cannot change while there are answers; duplicate it as a new key".to_owned(),
            );
        }
        if (self.min, self.max) != (new.min, new.max) {
            return Some(
                "Bounds cannot change while there are answers; duplicate it as a new key".to_owned(),
            );
        }
        if self.key_type == KeyType::Continuous {
            return None;
        }
        let values = |key: &Self| {
            let mut values: Vec<Option<u64>> =
                key.categories.iter().map(|category| category.value.map(f64::to_bits)).collect();
            values.sort_unstable();
            values
        };
        (values(self) != values(new)).then(|| {
            "Values of categories cannot change while there are answers; duplicate it as a new key".to_owned()
        })
    }

    /// The category of this label.
    pub fn category(&self, label: &str) -> Option<&Category> {
        self.categories.iter().find(|category| category.label == label)
    }

    /// Whether a score is a bad one: the worst category, or the worse half of a range; false for a flag (§8.3).
    pub(crate) fn is_negative(&self, score: f64) -> bool {
        let (least, greatest) = match self.key_type {
            KeyType::Boolean => (0.0, 1.0),
            KeyType::Continuous => match self.min.zip(self.max) {
                Some(range) => range,
                None => return false,
            },
            _ => {
                let scores = self.categories.iter().filter_map(|category| category.value);
                let least = scores.clone().fold(f64::INFINITY, f64::min);
                let greatest = scores.fold(f64::NEG_INFINITY, f64::max);
                if least >= greatest {
                    return false;
                }
                (least, greatest)
            }
        };
        let is_choice = matches!(self.key_type, KeyType::Categorical | KeyType::MultiCategorical);
        let middle = f64::midpoint(least, greatest);
        match self.direction {
            Direction::HigherBetter if is_choice => score <= least,
            Direction::LowerBetter if is_choice => score >= greatest,
            Direction::HigherBetter => score < middle,
            Direction::LowerBetter => score > middle,
            Direction::None => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(config: &Value) -> Key {
        Key::from_config("k", config, false)
    }

    #[test]
    fn configurations_of_langsmith_are_read_and_written() {
        for config in [
            json!({ "type": "continuous", "min": 0.0, "max": 1.0 }),
            json!({ "type": "categorical", "categories": [{ "value": 1.0, "label": "Pass" }, { "value": 0.0, "label": "Fail" }] }),
            json!({ "type": "freeform" }),
        ] {
            assert_eq!(key(&config).to_config(), config);
            assert_eq!(key(&config).problem(), None, "{config}");
        }
    }

    #[test]
    fn what_a_key_may_not_be() {
        for (config, words) in [
            (json!({ "type": "continuous", "min": 1, "max": 1 }), "below"),
            (json!({ "type": "continuous", "step": 0 }), "step"),
            (
                json!({ "type": "categorical", "categories": [{ "value": 1, "label": "A" }] }),
                "two categories",
            ),
            (
                json!({ "type": "categorical", "categories": [{ "value": 1, "label": "A" }, { "value": 1, "label": "B" }] }),
                "value 1",
            ),
            (
                json!({ "type": "categorical", "categories": [{ "value": 1, "label": "A" }, { "value": 2, "label": "A" }] }),
                "named A",
            ),
            (json!({ "type": "freeform", "min": 0 }), "Only numbers"),
            (json!({ "type": "correction", "categories": [{ "value": 1, "label": "A" }] }), "Only choices"),
        ] {
            let problem = key(&config).problem();
            assert!(problem.as_ref().is_some_and(|problem| problem.contains(words)), "{config}: {problem:?}");
        }
        assert!(Key::undefined("").problem().is_some());
    }

    #[test]
    fn while_there_are_answers_labels_change_and_values_do_not() {
        let old = key(
            &json!({ "type": "categorical", "categories": [{ "value": 1, "label": "Pass" }, { "value": 0, "label": "Fail" }] }),
        );
        let renamed = key(
            &json!({ "type": "categorical", "categories": [{ "value": 0, "label": "No" }, { "value": 1, "label": "Yes" }] }),
        );
        let third = key(
            &json!({ "type": "categorical", "categories": [{ "value": 1, "label": "Pass" }, { "value": 0, "label": "Fail" }, { "value": 2, "label": "?" }] }),
        );
        assert_eq!(old.change_problem(&renamed), None);
        assert!(old.change_problem(&third).is_some());
        let range = key(&json!({ "type": "continuous", "min": 0, "max": 1 }));
        assert!(range.change_problem(&key(&json!({ "type": "continuous", "min": 0, "max": 5 }))).is_some());
        assert!(range.change_problem(&old).is_some());
    }
}
