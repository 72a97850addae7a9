//! When reviewers disagree (`annotation-ux.md` §14.4).

use std::collections::BTreeMap;

use crate::{Answer, AnswerValue, ConflictRule, Key, KeyType, RubricItem};

/// Keys of the rubric whose answers are a conflict. `reviews` holds the answers of each reviewer; sides of pairs are
/// the true ones.
///
/// Only answers at the same place are compared, and only those of two reviewers or more. Texts, corrections, tags and
/// assertions are never equal and never a conflict, unless the rubric gives a rule for them.
pub fn conflicts(rubric: &[(RubricItem, Key)], reviews: &[&[Answer]]) -> Vec<String> {
    rubric
        .iter()
        .filter(|(item, key)| {
            let rule = item.conflict_rule.unwrap_or_else(|| default_rule(key, reviews));
            places(&item.feedback_key, reviews).values().any(|given| is_conflict(rule, key, given))
        })
        .map(|(item, _)| item.feedback_key.clone())
        .collect()
}

/// How much reviewers disagree on an item: the share of unequal pairs of answers to the same key and place, from 0 to 1.
pub fn disagreement(reviews: &[&[Answer]], rubric: &[(RubricItem, Key)]) -> f64 {
    let (mut pairs, mut unequal) = (0_u32, 0_u32);
    for (item, _) in rubric {
        for given in places(&item.feedback_key, reviews).values() {
            for (index, one) in given.iter().enumerate() {
                for other in &given[index + 1..] {
                    pairs += 1;
                    unequal += u32::from(!is_same(one, other));
                }
            }
        }
    }
    if pairs == 0 { 0.0 } else { f64::from(unequal) / f64::from(pairs) }
}

fn default_rule(key: &Key, reviews: &[&[Answer]]) -> ConflictRule {
    let is_pair = reviews
        .iter()
        .flat_map(|answers| answers.iter())
        .any(|answer| answer.key == key.key && matches!(answer.value, Some(AnswerValue::Pair { .. })));
    match key.key_type {
        _ if is_pair => ConflictRule::AnyDifference {},
        KeyType::Continuous => match key.min.zip(key.max) {
            Some((min, max)) => ConflictRule::Difference { more_than: (max - min) / 4.0 },
            None => ConflictRule::AnyDifference {},
        },
        KeyType::Boolean | KeyType::Categorical | KeyType::MultiCategorical | KeyType::RunPicker => {
            ConflictRule::AnyDifference {}
        }
        KeyType::Freeform | KeyType::Correction | KeyType::Assertions | KeyType::Tags => {
            ConflictRule::Never {}
        }
    }
}

/// Where an answer attaches, in a form that can be compared: answers at different places are about different things.
pub fn place_of(answer: &Answer) -> String {
    serde_json::to_string(&answer.anchor).unwrap_or_default()
}

/// The answers to a key, by place.
fn places<'a>(key: &str, reviews: &[&'a [Answer]]) -> BTreeMap<String, Vec<&'a AnswerValue>> {
    let mut places: BTreeMap<String, Vec<&AnswerValue>> = BTreeMap::new();
    for answer in reviews.iter().flat_map(|answers| answers.iter()).filter(|answer| answer.key == key) {
        if let Some(value) = answer.value.as_ref().filter(|value| !value.is_empty()) {
            places.entry(place_of(answer)).or_default().push(value);
        }
    }
    places
}

fn is_conflict(rule: ConflictRule, key: &Key, given: &[&AnswerValue]) -> bool {
    let differ = || given.iter().skip(1).any(|value| !is_same(given[0], value));
    match rule {
        ConflictRule::Never {} => false,
        ConflictRule::AnyDifference {} => differ(),
        ConflictRule::NoMajority {} => {
            let most = given
                .iter()
                .map(|value| given.iter().filter(|other| is_same(value, other)).count())
                .max()
                .unwrap_or(0);
            given.len() > 1 && most * 2 <= given.len()
        }
        ConflictRule::Difference { more_than } => {
            let scores: Vec<Option<f64>> = given.iter().map(|value| value.score(key)).collect();
            let numbers: Vec<f64> = scores.iter().copied().flatten().collect();
            if numbers.len() < scores.len() {
                // "Not applicable" beside a number is a difference that no distance measures.
                return differ();
            }
            let least = numbers.iter().copied().fold(f64::INFINITY, f64::min);
            let greatest = numbers.iter().copied().fold(f64::NEG_INFINITY, f64::max);
            greatest - least > more_than
        }
    }
}

fn is_same(one: &AnswerValue, other: &AnswerValue) -> bool {
    match (one, other) {
        (AnswerValue::Categories { labels: one }, AnswerValue::Categories { labels: other })
        | (AnswerValue::Tags { tags: one }, AnswerValue::Tags { tags: other }) => {
            one.len() == other.len() && one.iter().all(|label| other.contains(label))
        }
        (AnswerValue::Pair { winner: one, .. }, AnswerValue::Pair { winner: other, .. }) => one == other,
        _ => one == other,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    fn rubric(rule: Option<ConflictRule>, config: serde_json::Value) -> Vec<(RubricItem, Key)> {
        let item = RubricItem { conflict_rule: rule, ..RubricItem::new("k") };
        vec![(item, Key::from_config("k", &config, false))]
    }

    fn number(value: f64) -> Vec<Answer> {
        vec![Answer::new("k", AnswerValue::Number { value })]
    }

    fn is_conflicting(rubric: &[(RubricItem, Key)], reviews: &[Vec<Answer>]) -> bool {
        let reviews: Vec<&[Answer]> = reviews.iter().map(Vec::as_slice).collect();
        !conflicts(rubric, &reviews).is_empty()
    }

    #[test]
    fn rules_of_conflict() {
        let scale = json!({ "type": "continuous", "min": 0, "max": 4 });
        let any = Some(ConflictRule::AnyDifference {});
        let majority = Some(ConflictRule::NoMajority {});
        for (rule, scores, is_one) in [
            (None, vec![1.0, 2.0], false),
            (None, vec![1.0, 2.5], true),
            (any, vec![1.0, 1.0, 1.0], false),
            (any, vec![1.0, 1.0, 2.0], true),
            (any, vec![1.0], false),
            (majority, vec![1.0, 1.0, 2.0], false),
            (majority, vec![1.0, 2.0], true),
            (majority, vec![1.0], false),
            (Some(ConflictRule::Difference { more_than: 2.0 }), vec![0.0, 2.0, 1.0], false),
            (Some(ConflictRule::Never {}), vec![0.0, 4.0], false),
        ] {
            let reviews: Vec<Vec<Answer>> = scores.iter().map(|score| number(*score)).collect();
            assert_eq!(is_conflicting(&rubric(rule, scale.clone()), &reviews), is_one, "{rule:?} {scores:?}");
        }
        let reviews = [number(1.0), vec![Answer::new("k", AnswerValue::NotApplicable {})]];
        assert!(is_conflicting(&rubric(None, scale), &reviews));
        let text = |text: &str| vec![Answer::new("k", AnswerValue::Text { text: text.to_owned() })];
        assert!(!is_conflicting(&rubric(None, json!({ "type": "freeform" })), &[text("a"), text("b")]));
    }

    proptest! {
        #[test]
        fn the_order_of_reviewers_does_not_matter(scores in proptest::collection::vec(0_u8..4, 0..6)) {
            let forward: Vec<Vec<Answer>> = scores.iter().map(|score| number(f64::from(*score))).collect();
            let mut backward = forward.clone();
            backward.reverse();
            for rule in [None, Some(ConflictRule::NoMajority {}), Some(ConflictRule::AnyDifference {})] {
                let rubric = rubric(rule, json!({ "type": "continuous", "min": 0, "max": 4 }));
                prop_assert_eq!(is_conflicting(&rubric, &forward), is_conflicting(&rubric, &backward));
            }
            let slices = |reviews: &[Vec<Answer>]| disagreement(&reviews.iter().map(Vec::as_slice).collect::<Vec<_>>(), &rubric(None, json!({ "type": "continuous" })));
            prop_assert!((slices(&forward) - slices(&backward)).abs() < f64::EPSILON);
        }
    }
}
