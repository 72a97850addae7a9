//! What a run that is no model call tells of itself and everything below it, as it stands in `json_sum`.

use crate::row::{class_name, class_of, details_from, details_to};
use model::{Cost, GivenCost, RunFields, Usage};

/// Input, output, total, cache read, cache creation and reasoning; finer classes; the cost of the input, of the output and
/// of everything in 10⁻¹² dollars; that of finer classes; whether a count was left out. Without names, since there is one
/// in every span of an agent.
type Kept = ([Option<u64>; 6], Option<String>, [Option<i64>; 3], Vec<(String, i64)>, bool);

/// The tokens of a run that is no model call, with the cost beside them; nothing where it tells no tokens.
pub(crate) fn sum_of(fields: &RunFields) -> Option<String> {
    if fields.run_type.unwrap_or_default().carries_usage() || fields.usage.is_empty() {
        return None;
    }
    let usage = fields.usage.clone().checked();
    let cost = &fields.cost;
    let kept: Kept = (
        [usage.input, usage.output, usage.total, usage.cache_read, usage.cache_creation, usage.reasoning],
        details_to(&usage.details),
        [cost.input, cost.output, cost.total].map(|cost| cost.map(|cost| cost.pico_usd)),
        cost.details.iter().map(|(class, cost)| (class_name(*class), cost.pico_usd)).collect(),
        usage.rejected,
    );
    serde_json::to_string(&kept).ok()
}

/// See [`sum_of`].
pub(crate) fn read_sum(text: &str) -> (Usage, GivenCost) {
    let Ok((tokens, details, costs, by_class, rejected)) = serde_json::from_str::<Kept>(text) else {
        return (Usage::default(), GivenCost::default());
    };
    let [input, output, total, cache_read, cache_creation, reasoning] = tokens;
    let details = details_from(details.as_deref());
    let usage = Usage { input, output, total, cache_read, cache_creation, reasoning, details, rejected };
    let [input, output, total] = costs.map(|cost| cost.map(|pico_usd| Cost { pico_usd }));
    let details = by_class
        .into_iter()
        .filter_map(|(name, pico_usd)| Some((class_of(&name)?, Cost { pico_usd })))
        .collect();
    (usage, GivenCost { input, output, total, details })
}

#[cfg(test)]
mod tests {
    use model::{RunType, TokenClass};

    use super::*;

    #[test]
    fn a_sum_comes_back() {
        let usage = Usage {
            input: Some(10),
            output: Some(4),
            cache_read: Some(3),
            details: [(TokenClass::InputAudio, 2), (TokenClass::OutputAudio, 1)].into_iter().collect(),
            rejected: true,
            ..Usage::default()
        };
        let cost = GivenCost {
            total: Some(Cost { pico_usd: 7 }),
            details: vec![(TokenClass::OutputAudio, Cost { pico_usd: 2 })],
            ..GivenCost::default()
        };
        let fields = RunFields {
            run_type: Some(RunType::Chain),
            usage: usage.clone(),
            cost: cost.clone(),
            ..RunFields::default()
        };
        assert_eq!(read_sum(&sum_of(&fields).unwrap()), (usage, cost));
        assert_eq!(sum_of(&RunFields { run_type: Some(RunType::Llm), ..fields }), None);
    }
}
