//! Checking answers against a rubric before they are submitted (`annotation-ux.md` §8.1, §8.3).

use crate::{Answer, AnswerLevel, AnswerValue, CommentPolicy, Key, NOTE, RubricItem};

/// Bytes of a text of an answer at most.
const MOST_BYTES: usize = 4 * 1024 * 1024;
/// Answers to one item at most.
const MOST_ANSWERS: usize = 5_000;

/// What an answer breaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Rule {
    /// A required key has no answer.
    Missing,
    /// The number lies outside of its bounds.
    OutOfRange,
    /// The number lies between two steps.
    OffStep,
    /// The label is none of the key's.
    NotACategory,
    /// A comment must go with this answer.
    CommentMissing,
    /// No comment may go with this key.
    CommentRefused,
    /// A key of this type has other answers.
    WrongType,
    /// "Not applicable" is no answer to this key.
    NotApplicableRefused,
    /// The rubric has no such key.
    UnknownKey,
    /// Answers to this key attach elsewhere, or the place is answered twice.
    WrongLevel,
    /// More than is kept.
    TooLarge,
    /// The correction is no JSON.
    InvalidJson,
}

impl Rule {
    /// Its stable word.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Missing => "missing",
            Self::OutOfRange => "out_of_range",
            Self::OffStep => "off_step",
            Self::NotACategory => "not_a_category",
            Self::CommentMissing => "comment_missing",
            Self::CommentRefused => "comment_refused",
            Self::WrongType => "wrong_type",
            Self::NotApplicableRefused => "not_applicable_refused",
            Self::UnknownKey => "unknown_key",
            Self::WrongLevel => "wrong_level",
            Self::TooLarge => "too_large",
            Self::InvalidJson => "invalid_json",
        }
    }
}

/// Something wrong with the answers.
#[derive(Debug, Clone, PartialEq)]
pub struct Issue {
    /// The key.
    pub key: String,
    /// Index among the answers; absent when there is none.
    pub answer: Option<usize>,
    /// What it breaks.
    pub rule: Rule,
    /// One sentence.
    pub message: String,
}

/// Everything that keeps these answers from being submitted, in the rubric's order; answers to no key of it come last.
///
/// All keys are checked, whichever the reviewer looks at. `is_pairwise` and `both_bad` are the queue's.
pub fn check(
    rubric: &[(RubricItem, Key)],
    answers: &[Answer],
    is_pairwise: bool,
    both_bad: bool,
) -> Vec<Issue> {
    let mut issues = Vec::new();
    if answers.len() > MOST_ANSWERS {
        issues.push(Issue {
            key: String::new(),
            answer: None,
            rule: Rule::TooLarge,
            message: format!("An item takes {MOST_ANSWERS} answers at most"),
        });
        return issues;
    }
    for (item, key) in rubric {
        let given: Vec<(usize, &Answer)> =
            answers.iter().enumerate().filter(|(_, answer)| answer.key == item.feedback_key).collect();
        let has_value = |answer: &Answer| answer.value.as_ref().is_some_and(|value| !value.is_empty());
        if item.requires(answers) && !given.iter().any(|(_, answer)| has_value(answer)) {
            issues.push(issue(key, None, Rule::Missing, "An answer is required".to_owned()));
        }
        for (place, (index, answer)) in given.iter().enumerate() {
            if given[..place].iter().any(|(_, other)| other.anchor == answer.anchor) {
                issues.push(issue(
                    key,
                    Some(*index),
                    Rule::WrongLevel,
                    "Answered twice at one place".to_owned(),
                ));
                continue;
            }
            if let Some((rule, message)) = wrong(item, key, answer, is_pairwise, both_bad) {
                issues.push(issue(key, Some(*index), rule, message));
            }
        }
    }
    for (index, answer) in answers.iter().enumerate() {
        if answer.key == NOTE {
            let is_text = matches!(&answer.value, None | Some(AnswerValue::Text { .. }));
            if !is_text || answer.anchor.is_some() {
                issues.push(named(
                    NOTE,
                    Some(index),
                    Rule::WrongType,
                    "A note is a text on the item".to_owned(),
                ));
            } else if too_large(answer) {
                issues.push(named(NOTE, Some(index), Rule::TooLarge, "The text is too long".to_owned()));
            }
        } else if !rubric.iter().any(|(item, _)| item.feedback_key == answer.key) {
            let message = format!("The queue does not ask for {}", answer.key);
            issues.push(named(&answer.key, Some(index), Rule::UnknownKey, message));
        }
    }
    issues
}

fn named(key: &str, answer: Option<usize>, rule: Rule, message: String) -> Issue {
    Issue { key: key.to_owned(), answer, rule, message }
}

fn issue(key: &Key, answer: Option<usize>, rule: Rule, message: String) -> Issue {
    named(&key.key, answer, rule, message)
}

fn too_large(answer: &Answer) -> bool {
    let comment = answer.comment.as_ref().map_or(0, String::len);
    let value = match &answer.value {
        Some(AnswerValue::Text { text }) => text.len(),
        Some(AnswerValue::Correction { json }) => json.len(),
        Some(AnswerValue::Tags { tags }) => tags.iter().map(String::len).sum(),
        Some(AnswerValue::Assertions { assertions }) => {
            assertions.iter().map(|assertion| assertion.key.len() + assertion.comment.len()).sum()
        }
        _ => 0,
    };
    comment + value > MOST_BYTES
}

fn wrong(
    item: &RubricItem,
    key: &Key,
    answer: &Answer,
    is_pairwise: bool,
    both_bad: bool,
) -> Option<(Rule, String)> {
    if too_large(answer) {
        return Some((Rule::TooLarge, "The text is too long".to_owned()));
    }
    if !attaches(item.level, answer) {
        return Some((Rule::WrongLevel, "The answer does not stand where this key is answered".to_owned()));
    }
    if let Some(value) = &answer.value
        && let Some(wrong) = wrong_value(item, key, value, is_pairwise, both_bad)
    {
        return Some(wrong);
    }
    let is_negative = || {
        answer.value.as_ref().and_then(|value| value.score(key)).is_some_and(|score| key.is_negative(score))
    };
    let needs_comment = match item.comment_policy {
        CommentPolicy::Off if answer.said().is_some() => {
            return Some((Rule::CommentRefused, "This key takes no comment".to_owned()));
        }
        CommentPolicy::Off | CommentPolicy::Optional => false,
        CommentPolicy::Required => answer.value.is_some(),
        CommentPolicy::RequiredIfNegative => is_negative(),
    };
    (needs_comment && answer.said().is_none())
        .then(|| (Rule::CommentMissing, "This answer needs a comment".to_owned()))
}

fn attaches(level: AnswerLevel, answer: &Answer) -> bool {
    let anchor = answer.anchor.as_ref();
    match level {
        AnswerLevel::Item => anchor.is_none(),
        AnswerLevel::Run => anchor
            .is_some_and(|anchor| anchor.run.is_some() && anchor.turn.is_none() && anchor.message.is_none()),
        AnswerLevel::Turn => anchor.is_some_and(|anchor| anchor.turn.is_some() && anchor.message.is_none()),
        AnswerLevel::Message => anchor.is_some_and(|anchor| {
            anchor.run.is_some()
                && anchor.message.is_some()
                && anchor.text.as_ref().is_none_or(|text| text.start < text.end)
        }),
    }
}

fn wrong_value(
    item: &RubricItem,
    key: &Key,
    value: &AnswerValue,
    is_pairwise: bool,
    both_bad: bool,
) -> Option<(Rule, String)> {
    if *value == (AnswerValue::NotApplicable {}) {
        return (!item.allow_na)
            .then(|| (Rule::NotApplicableRefused, "\"Not applicable\" is no answer to this key".to_owned()));
    }
    if is_pairwise {
        return match value {
            AnswerValue::Pair { winner: crate::Winner::BothBad, .. } if !both_bad => {
                Some((Rule::NotACategory, "\"Both bad\" is no answer in this queue".to_owned()))
            }
            AnswerValue::Pair { strength: Some(strength), .. } if !(1..=3).contains(strength) => {
                Some((Rule::OutOfRange, "The strength lies from 1 to 3".to_owned()))
            }
            AnswerValue::Pair { .. } => None,
            _ => Some((Rule::WrongType, "A pair is answered by its better side".to_owned())),
        };
    }
    if !value.fits(key.key_type) {
        return Some((Rule::WrongType, "That is no answer to a key of this type".to_owned()));
    }
    match value {
        AnswerValue::Number { value } => wrong_number(key, *value),
        AnswerValue::Category { label } => not_a_category(key, std::slice::from_ref(label)),
        AnswerValue::Categories { labels } => not_a_category(key, labels),
        AnswerValue::Correction { json } if serde_json::from_str::<serde::de::IgnoredAny>(json).is_err() => {
            Some((Rule::InvalidJson, "The correction is no valid JSON".to_owned()))
        }
        AnswerValue::Assertions { assertions }
            if assertions.iter().any(|one| one.key.trim().is_empty() || one.comment.trim().is_empty()) =>
        {
            Some((Rule::Missing, "An assertion needs a key and a sentence".to_owned()))
        }
        _ => None,
    }
}

fn wrong_number(key: &Key, value: f64) -> Option<(Rule, String)> {
    let least = key.min.unwrap_or(f64::NEG_INFINITY);
    let greatest = key.max.unwrap_or(f64::INFINITY);
    if !value.is_finite() || value < least || value > greatest {
        let message = match (key.min, key.max) {
            (Some(min), Some(max)) => format!("The number must lie from {min} to {max}"),
            (Some(min), None) => format!("The number must be {min} or more"),
            (None, Some(max)) => format!("The number must be {max} or less"),
            (None, None) => "The number must be finite".to_owned(),
        };
        return Some((Rule::OutOfRange, message));
    }
    let step = key.step?;
    let steps = (value - key.min.unwrap_or(0.0)) / step;
    // A step of 0.1 is not exact in binary: a millionth of a step is none.
    ((steps - steps.round()).abs() > 1e-6)
        .then(|| (Rule::OffStep, format!("The number goes in steps of {step}")))
}

fn not_a_category(key: &Key, labels: &[String]) -> Option<(Rule, String)> {
    let unknown = labels.iter().find(|label| key.category(label).is_none())?;
    Some((Rule::NotACategory, format!("There is no category {unknown}")))
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::{Anchor, AnchorRun, Condition, ConditionOp, Winner};

    fn asked(item: Value, config: Value) -> (RubricItem, Key) {
        let item: RubricItem = serde_json::from_value(item).unwrap();
        let key = Key::from_config(&item.feedback_key, &config, false);
        (item, key)
    }

    fn rubric() -> Vec<(RubricItem, Key)> {
        let pass = json!({ "type": "categorical", "categories": [{ "value": 1, "label": "Pass" }, { "value": 0, "label": "Fail" }] });
        vec![
            asked(
                json!({ "feedback_key": "verdict", "is_required": true, "comment_policy": "required_if_negative", "allow_na": true }),
                pass,
            ),
            asked(
                json!({ "feedback_key": "reason", "required_if": { "type": "is", "key": "verdict", "op": "eq", "value": "Fail" } }),
                json!({ "type": "freeform" }),
            ),
            asked(
                json!({ "feedback_key": "score", "comment_policy": "off" }),
                json!({ "type": "continuous", "min": 0, "max": 1, "step": 0.1 }),
            ),
            asked(json!({ "feedback_key": "fix" }), json!({ "type": "correction" })),
            asked(json!({ "feedback_key": "step", "level": "run" }), json!({ "type": "boolean" })),
        ]
    }

    fn broken(answers: &[Answer]) -> Vec<(String, &'static str)> {
        check(&rubric(), answers, false, false)
            .into_iter()
            .map(|issue| (issue.key, issue.rule.as_str()))
            .collect()
    }

    fn category(label: &str) -> AnswerValue {
        AnswerValue::Category { label: label.to_owned() }
    }

    fn commented(answer: Answer) -> Answer {
        Answer { comment: Some("because".to_owned()), ..answer }
    }

    #[test]
    fn all_keys_are_checked_in_the_order_of_the_rubric() {
        let answers = [
            Answer::new("other", AnswerValue::Boolean { value: true }),
            Answer::new("score", AnswerValue::Number { value: 7.0 }),
            Answer::new("verdict", category("Fail")),
        ];
        let found = [
            ("verdict", "comment_missing"),
            ("reason", "missing"),
            ("score", "out_of_range"),
            ("other", "unknown_key"),
        ];
        assert_eq!(broken(&answers), found.map(|(key, rule)| (key.to_owned(), rule)));
        assert_eq!(broken(&[]), [("verdict".to_owned(), "missing")]);
    }

    #[test]
    fn what_each_type_takes() {
        let pass = || Answer::new("verdict", category("Pass"));
        let run = |turn| {
            Some(Anchor {
                run: Some(AnchorRun { trace_id: "t".to_owned(), run_id: "r".to_owned() }),
                turn,
                ..Anchor::default()
            })
        };
        let on_run =
            |turn| Answer { anchor: run(turn), ..Answer::new("step", AnswerValue::Boolean { value: true }) };
        for (answer, rule) in [
            (Answer::new("score", AnswerValue::Number { value: 0.3 }), None),
            (Answer::new("score", AnswerValue::Number { value: 0.35 }), Some("off_step")),
            (Answer::new("score", AnswerValue::Number { value: f64::NAN }), Some("out_of_range")),
            (commented(Answer::new("score", AnswerValue::Number { value: 0.3 })), Some("comment_refused")),
            (Answer::new("score", AnswerValue::NotApplicable {}), Some("not_applicable_refused")),
            (Answer::new("score", AnswerValue::Boolean { value: true }), Some("wrong_type")),
            (Answer::new("fix", AnswerValue::Correction { json: "{\"a\": 1}".to_owned() }), None),
            (Answer::new("fix", AnswerValue::Correction { json: "{a".to_owned() }), Some("invalid_json")),
            (Answer::new("step", AnswerValue::Boolean { value: true }), Some("wrong_level")),
            (on_run(None), None),
            (on_run(Some(1)), Some("wrong_level")),
            (Answer::new(NOTE, AnswerValue::Text { text: "so".to_owned() }), None),
            (Answer::new(NOTE, AnswerValue::Number { value: 1.0 }), Some("wrong_type")),
        ] {
            let found = broken(&[pass(), answer.clone()]);
            assert_eq!(found.first().map(|(_, rule)| *rule), rule, "{answer:?}");
        }
        assert_eq!(broken(&[Answer::new("verdict", category("Perhaps"))])[0].1, "not_a_category");
        assert_eq!(broken(&[Answer::new("verdict", AnswerValue::NotApplicable {})]), []);
        assert_eq!(broken(&[pass(), pass()])[0].1, "wrong_level");
    }

    #[test]
    fn a_blank_text_does_not_answer_a_required_key() {
        let answers = [
            commented(Answer::new("verdict", category("Fail"))),
            Answer::new("reason", AnswerValue::Text { text: " ".to_owned() }),
        ];
        assert_eq!(broken(&answers), [("reason".to_owned(), "missing")]);
    }

    #[test]
    fn pairs_are_answered_by_a_side() {
        let rubric =
            [asked(json!({ "feedback_key": "better", "is_required": true }), json!({ "type": "freeform" }))];
        let pair = |winner, strength| [Answer::new("better", AnswerValue::Pair { winner, strength })];
        assert_eq!(check(&rubric, &pair(Winner::Equal, None), true, false), []);
        assert_eq!(check(&rubric, &pair(Winner::BothBad, None), true, true), []);
        assert_eq!(check(&rubric, &pair(Winner::BothBad, None), true, false)[0].rule, Rule::NotACategory);
        assert_eq!(check(&rubric, &pair(Winner::A, Some(4)), true, false)[0].rule, Rule::OutOfRange);
        let text = [Answer::new("better", AnswerValue::Text { text: "A".to_owned() })];
        assert_eq!(check(&rubric, &text, true, false)[0].rule, Rule::WrongType);
    }

    #[test]
    fn conditions_do_not_ask_for_what_is_hidden() {
        let item = RubricItem {
            required_if: Some(Condition::Is {
                key: "verdict".to_owned(),
                op: ConditionOp::Eq,
                value: Some("Fail".to_owned()),
            }),
            ..RubricItem::new("reason")
        };
        assert!(!item.requires(&[Answer::new("verdict", category("Pass"))]));
        assert!(item.requires(&[Answer::new("verdict", category("Fail"))]));
    }
}
