//! Rubrics: what a queue asks for, and what a new rubric does to an old one (`annotation-ux.md` §3.2, §8).

use std::collections::{BTreeMap, HashSet};

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::{Answer, AnswerValue, Key, KeyType, NOTE};

/// Where an answer attaches (§8.5).
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AnswerLevel {
    /// The run, trace or thread of the item.
    #[default]
    Item,
    /// Any run in the item.
    Run,
    /// A turn of a thread.
    Turn,
    /// A message, or a range of its text.
    Message,
}

/// Whether a comment goes with an answer.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CommentPolicy {
    /// None.
    Off,
    /// If the reviewer likes.
    #[default]
    Optional,
    /// Always.
    Required,
    /// When the answer is a negative one.
    RequiredIfNegative,
}

/// How an answer is compared in a condition.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ConditionOp {
    /// Equal; a list contains it.
    Eq,
    /// Not equal; also when there is no answer.
    Ne,
    /// Less.
    Lt,
    /// At most.
    Lte,
    /// More.
    Gt,
    /// At least.
    Gte,
    /// Answered at all.
    Answered,
}

/// When a key is required (§8.3).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum Condition {
    /// Another answer compares so.
    Is {
        /// Key of the other answer.
        key: String,
        /// Comparison.
        op: ConditionOp,
        /// A label, `true` or `false`, or a number as text.
        value: Option<String>,
    },
    /// All of these.
    And {
        /// The parts.
        conditions: Vec<Condition>,
    },
    /// Any of these.
    Or {
        /// The parts.
        conditions: Vec<Condition>,
    },
}

impl Condition {
    /// Whether it holds for these answers.
    pub fn holds(&self, answers: &[Answer]) -> bool {
        match self {
            Self::And { conditions } => conditions.iter().all(|part| part.holds(answers)),
            Self::Or { conditions } => conditions.iter().any(|part| part.holds(answers)),
            Self::Is { key, op, value } => {
                let given = answers
                    .iter()
                    .filter(|answer| answer.key == *key)
                    .find_map(|answer| answer.value.as_ref())
                    .filter(|value| !value.is_empty());
                let wanted = value.as_deref().unwrap_or_default();
                match op {
                    ConditionOp::Answered => given.is_some(),
                    ConditionOp::Eq => given.is_some_and(|given| is(given, wanted)),
                    ConditionOp::Ne => !given.is_some_and(|given| is(given, wanted)),
                    ConditionOp::Lt => number(given, wanted).is_some_and(|(given, wanted)| given < wanted),
                    ConditionOp::Lte => number(given, wanted).is_some_and(|(given, wanted)| given <= wanted),
                    ConditionOp::Gt => number(given, wanted).is_some_and(|(given, wanted)| given > wanted),
                    ConditionOp::Gte => number(given, wanted).is_some_and(|(given, wanted)| given >= wanted),
                }
            }
        }
    }

    /// Keys that it asks about.
    fn keys<'c>(&'c self, into: &mut Vec<&'c str>) {
        match self {
            Self::Is { key, .. } => into.push(key),
            Self::And { conditions } | Self::Or { conditions } => {
                for part in conditions {
                    part.keys(into);
                }
            }
        }
    }

    fn depth(&self) -> usize {
        match self {
            Self::Is { .. } => 1,
            Self::And { conditions } | Self::Or { conditions } => {
                1 + conditions.iter().map(Self::depth).max().unwrap_or(0)
            }
        }
    }
}

fn is(given: &AnswerValue, wanted: &str) -> bool {
    match given {
        AnswerValue::Boolean { value } => wanted == if *value { "true" } else { "false" },
        AnswerValue::Category { label } => label == wanted,
        AnswerValue::Categories { labels } => labels.iter().any(|label| label == wanted),
        AnswerValue::Tags { tags } => tags.iter().any(|tag| tag == wanted),
        AnswerValue::Number { value } => wanted.trim().parse() == Ok(*value),
        AnswerValue::Text { text } => text == wanted,
        AnswerValue::Run { run_id } => run_id == wanted,
        AnswerValue::Pair { winner, .. } => serde_json::to_value(winner).is_ok_and(|word| word == wanted),
        AnswerValue::NotApplicable {} => wanted == "not_applicable",
        AnswerValue::Correction { .. } | AnswerValue::Assertions { .. } => false,
    }
}

fn number(given: Option<&AnswerValue>, wanted: &str) -> Option<(f64, f64)> {
    let given = match given? {
        AnswerValue::Number { value } => *value,
        AnswerValue::Boolean { value } => f64::from(u8::from(*value)),
        AnswerValue::Category { label } => label.trim().parse().ok()?,
        _ => return None,
    };
    Some((given, wanted.trim().parse().ok()?))
}

/// When answers of several reviewers to a key are a conflict (§14.4).
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum ConflictRule {
    /// Any difference.
    AnyDifference {},
    /// Scores further apart than this.
    Difference {
        /// The distance.
        more_than: f64,
    },
    /// No answer has more than half.
    NoMajority {},
    /// Never.
    Never {},
}

/// One question of a queue. LangSmith's members have its names; members that neither knows are kept.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
#[expect(missing_docs, reason = "the fields are those of the wire type and documented there")]
pub struct RubricItem {
    pub feedback_key: String,
    pub description: Option<String>,
    #[serde(deserialize_with = "or_default")]
    pub value_descriptions: BTreeMap<String, String>,
    #[serde(deserialize_with = "or_default")]
    pub score_descriptions: BTreeMap<String, String>,
    #[serde(deserialize_with = "or_default")]
    pub is_required: bool,
    #[serde(deserialize_with = "or_default")]
    pub is_assertion: bool,
    pub level: AnswerLevel,
    pub required_if: Option<Condition>,
    pub allow_na: bool,
    pub comment_policy: CommentPolicy,
    pub default_value: Option<AnswerValue>,
    pub suggestions: bool,
    pub conflict_rule: Option<ConflictRule>,
    /// Members that this version does not know.
    #[serde(flatten)]
    pub others: Map<String, Value>,
}

/// LangSmith's clients send null for what they do not say.
fn or_default<'de, D: serde::Deserializer<'de>, T: Deserialize<'de> + Default>(
    deserializer: D,
) -> Result<T, D::Error> {
    Ok(Option::deserialize(deserializer)?.unwrap_or_default())
}

impl RubricItem {
    /// A question about the item.
    pub fn new(key: &str) -> Self {
        Self { feedback_key: key.to_owned(), ..Self::default() }
    }

    /// Whether an answer must be given, with these answers to other keys.
    pub fn requires(&self, answers: &[Answer]) -> bool {
        self.is_required || self.required_if.as_ref().is_some_and(|condition| condition.holds(answers))
    }
}

/// Something that cannot be in a rubric.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RubricProblem {
    /// The key.
    pub key: String,
    /// One sentence.
    pub message: String,
}

/// What a new rubric changes.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct RubricChange {
    /// Keys that were not there.
    pub added: Vec<String>,
    /// Keys that go.
    pub removed: Vec<String>,
    /// Keys that are required and were not.
    pub newly_required: Vec<String>,
    /// What cannot be.
    pub problems: Vec<RubricProblem>,
}

/// Letters and signs that the review screen uses itself (§10.2).
const RESERVED_HOTKEYS: &str = "jksmntcaevligy.[]?0123456789";
/// Those that it uses for pairs besides.
const RESERVED_FOR_PAIRS: &str = "abexwd";

/// What `new` changes about `old`. `taken` has the letters (lower case) that a person gave to commands, `key_of` tells
/// what a key means, if somebody said so.
pub fn compare(
    old: &[RubricItem],
    new: &[RubricItem],
    is_pairwise: bool,
    taken: &str,
    key_of: impl Fn(&str) -> Option<Key>,
) -> RubricChange {
    let mut change = RubricChange::default();
    let find = |rubric: &[RubricItem], key: &str| rubric.iter().position(|item| item.feedback_key == key);
    let mut seen = HashSet::new();
    let mut hotkeys = HashSet::new();
    let has_picker = new
        .iter()
        .filter_map(|item| key_of(&item.feedback_key))
        .any(|key| key.key_type == KeyType::RunPicker);
    let is_reserved = |hotkey: &str| {
        RESERVED_HOTKEYS.contains(hotkey)
            || (is_pairwise && RESERVED_FOR_PAIRS.contains(hotkey))
            || (has_picker && hotkey == "f")
            || taken.contains(hotkey)
    };
    for item in new {
        let key = item.feedback_key.as_str();
        let mut refuse = |message: String| {
            change.problems.push(RubricProblem { key: key.to_owned(), message });
        };
        let meaning = key_of(key).unwrap_or_else(|| Key::undefined(key));
        if let Some(problem) = meaning.problem() {
            refuse(problem);
        }
        if !seen.insert(key) {
            refuse("The key is there twice".to_owned());
        }
        if key == NOTE {
            refuse("Every queue has notes; they need no key".to_owned());
        }
        if is_pairwise && item.level != AnswerLevel::Item {
            refuse("Pairs are judged as a whole".to_owned());
        }
        if meaning.key_type == KeyType::RunPicker && item.level != AnswerLevel::Item {
            refuse("A run is picked for the whole item".to_owned());
        }
        if !is_pairwise
            && let Some(value) = &item.default_value
            && !value.fits(meaning.key_type)
        {
            refuse("The default is no answer to this key".to_owned());
        }
        if let Some(condition) = &item.required_if {
            let mut asked = Vec::new();
            condition.keys(&mut asked);
            if condition.depth() > 16 {
                refuse("The condition is nested too deeply".to_owned());
            }
            for other in asked {
                if other == key || find(new, other).is_none() {
                    refuse(format!("The condition asks about {other}, which is no other key of this queue"));
                }
            }
        }
        if let Some(ConflictRule::Difference { more_than }) = item.conflict_rule
            && (!more_than.is_finite() || more_than < 0.0)
        {
            refuse("The distance of a conflict must be zero or more".to_owned());
        }
        for category in &meaning.categories {
            if let Some(hotkey) = &category.hotkey {
                let lower = hotkey.to_lowercase();
                if is_reserved(&lower) {
                    refuse(format!("The key {hotkey} of {} belongs to the review screen", category.label));
                } else if !hotkeys.insert(lower) {
                    refuse(format!("The key {hotkey} is used by two categories of this queue"));
                }
            }
        }
        let before = find(old, key).map(|index| &old[index]);
        if before.is_none() {
            change.added.push(key.to_owned());
        }
        if item.is_required && before.is_none_or(|before| !before.is_required) {
            change.newly_required.push(key.to_owned());
        }
    }
    for item in old {
        if find(new, &item.feedback_key).is_none() {
            change.removed.push(item.feedback_key.clone());
        }
    }
    change
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn condition(json: Value) -> Condition {
        serde_json::from_value(json).unwrap()
    }

    fn fail() -> Vec<Answer> {
        vec![
            Answer::new("verdict", AnswerValue::Category { label: "Fail".to_owned() }),
            Answer::new("score", AnswerValue::Number { value: 2.0 }),
            Answer::new("tags", AnswerValue::Tags { tags: vec!["slow".to_owned()] }),
            Answer::new("empty", AnswerValue::Text { text: "  ".to_owned() }),
        ]
    }

    #[test]
    fn conditions_over_other_answers() {
        let is =
            |key: &str, op: &str, value: &str| json!({ "type": "is", "key": key, "op": op, "value": value });
        for (holds, asked) in [
            (true, is("verdict", "eq", "Fail")),
            (false, is("verdict", "ne", "Fail")),
            (true, is("missing", "ne", "Fail")),
            (false, is("missing", "eq", "Fail")),
            (true, is("score", "lt", "3")),
            (false, is("score", "gte", "2.5")),
            (false, is("score", "lt", "many")),
            (true, is("score", "eq", "2.0")),
            (true, is("tags", "eq", "slow")),
            (true, is("tags", "answered", "")),
            (false, is("empty", "answered", "")),
            (true, json!({ "type": "and", "conditions": [] })),
            (false, json!({ "type": "or", "conditions": [] })),
            (
                true,
                json!({ "type": "or", "conditions": [is("verdict", "eq", "Pass"), is("score", "lte", "2")] }),
            ),
            (
                false,
                json!({ "type": "and", "conditions": [is("verdict", "eq", "Pass"), is("score", "lte", "2")] }),
            ),
        ] {
            assert_eq!(condition(asked.clone()).holds(&fail()), holds, "{asked}");
        }
    }

    #[test]
    fn a_rubric_of_langsmith_is_read_and_foreign_members_are_kept() {
        let text = r#"[{"feedback_key":"helpfulness","description":null,"value_descriptions":null,"score_descriptions":{"0":"No"},"is_required":null,"x":1}]"#;
        let rubric: Vec<RubricItem> = serde_json::from_str(text).unwrap();
        assert_eq!(rubric[0].score_descriptions["0"], "No");
        assert_eq!(serde_json::to_value(&rubric).unwrap()[0]["x"], 1);
    }

    #[test]
    fn what_a_new_rubric_changes_and_what_it_may_not_hold() {
        let required = |key: &str| RubricItem { is_required: true, ..RubricItem::new(key) };
        let old = [RubricItem::new("a"), RubricItem::new("b"), required("c")];
        let change =
            compare(&old, &[required("a"), required("c"), RubricItem::new("d")], false, "", |_| None);
        assert_eq!(
            change,
            RubricChange {
                added: vec!["d".to_owned()],
                removed: vec!["b".to_owned()],
                newly_required: vec!["a".to_owned()],
                problems: Vec::new(),
            }
        );
        let pass = Key::from_config(
            "v",
            &json!({ "type": "categorical", "categories": [{ "value": 1, "label": "Pass", "hotkey": "s" }, { "value": 0, "label": "Fail", "hotkey": "q" }] }),
            false,
        );
        let asks = RubricItem {
            required_if: Some(condition(
                json!({ "type": "is", "key": "gone", "op": "answered", "value": null }),
            )),
            ..RubricItem::new("v")
        };
        let change =
            compare(&[], &[asks.clone(), asks, RubricItem::new(NOTE)], false, "", |_| Some(pass.clone()));
        let said: Vec<&str> = change.problems.iter().map(|problem| problem.message.as_str()).collect();
        for words in ["The key s of Pass", "asks about gone", "there twice", "used by two", "need no key"] {
            assert!(said.iter().any(|message| message.contains(words)), "{words}: {said:?}");
        }
        // A letter that a person gave to a command is as much taken as those of the screen.
        let change = compare(&[], &[RubricItem::new("v")], false, "xq", |_| Some(pass.clone()));
        assert_eq!(change.problems[1].message, "The key q of Fail belongs to the review screen");
    }
}
