//! Where a LangSmith run tells its usage and its costs (`langsmith-cost-feedback-queues.md` §6.2).

use model::{GivenCost, MetadataUsage, RunType, TokenSide, Usage};

use crate::{
    json::{self, Object, elements, members},
    usage::{self, SentUsage},
};

/// What a run says about what it used.
#[derive(Debug, Default)]
pub(super) struct Told {
    pub(super) usage: Usage,
    pub(super) cost: GivenCost,
    pub(super) metadata_usage: Option<MetadataUsage>,
}

/// Reads usage and costs; the first place that tells anything is taken, and the columns of an export fill what it
/// leaves out. `run_type` is unknown in an update, which rarely repeats it.
pub(super) fn told(
    sent: &Object<'_>,
    metadata: &[u8],
    outputs: Option<&[u8]>,
    run_type: Option<RunType>,
) -> Told {
    let in_metadata = json::member(metadata, "usage_metadata").filter(|usage| usage.first() == Some(&b'{'));
    let in_outputs = outputs.and_then(|outputs| {
        json::member(outputs, "usage_metadata")
            .filter(|usage| usage.first() == Some(&b'{'))
            .or_else(|| member_usage(outputs))
            .or_else(|| generation_usage(outputs))
    });
    let metadata_usage =
        in_metadata.map(|usage| MetadataUsage { print: usage::print(usage), is_only: in_outputs.is_none() });
    let carries_usage = run_type.is_none_or(RunType::carries_usage);
    if !carries_usage {
        // Only what is said of the run itself: its outputs often are messages that another run has written.
        let of_outputs = outputs.and_then(|outputs| json::member(outputs, "usage_metadata"));
        let of_outputs = of_outputs.filter(|usage| usage.first() == Some(&b'{'));
        let own = of_outputs.into_iter().chain(in_metadata).map(usage::of_usage_metadata);
        let columns = SentUsage::inclusive(usage::within_sides(columns(sent))).normalised();
        let usage = own.map(|own| SentUsage::inclusive(own).normalised()).chain([columns]);
        let usage = usage.into_iter().find(|usage| !usage.is_empty()).unwrap_or_default();
        let metadata_usage =
            metadata_usage.map(|usage| MetadataUsage { is_only: of_outputs.is_none(), ..usage });
        let cost = if run_type == Some(RunType::Tool) {
            costs(sent, in_outputs.or(in_metadata))
        } else if !usage.is_empty() {
            costs(sent, of_outputs.or(in_metadata))
        } else {
            // Exports repeat the sum of the children on chains, and SDKs copy what a child returned; only money without
            // tokens that the run names itself is its own.
            let own = in_metadata.filter(|_| in_outputs.is_none());
            own.map(|own| usage::costs(own, "input", "output")).unwrap_or_default()
        };
        return Told { usage, cost: only_spent(cost), metadata_usage };
    }
    let of_metadata = [in_outputs, in_metadata].into_iter().flatten();
    let found = of_metadata
        .map(|usage| SentUsage::inclusive(usage::of_usage_metadata(usage)))
        .chain(outputs.and_then(of_messages).map(SentUsage::inclusive))
        .chain(outputs.into_iter().flat_map(of_provider))
        .map(SentUsage::normalised)
        .find(|usage| !usage.is_empty());
    let columns = SentUsage::inclusive(usage::within_sides(columns(sent))).normalised();
    let usage = match found {
        Some(found) => Usage { total: found.total, ..found.or(columns) },
        None => columns,
    };
    Told { usage, cost: only_spent(costs(sent, in_outputs.or(in_metadata))), metadata_usage }
}

/// What about the usage of a run cannot be meant, with its place in the run.
pub(super) fn problems(metadata: &[u8], outputs: Option<&[u8]>) -> Vec<usage::Problem> {
    let in_metadata = json::member(metadata, "usage_metadata").map(|usage| ("extra.metadata", usage));
    let in_outputs =
        outputs.and_then(|outputs| json::member(outputs, "usage_metadata")).map(|usage| ("outputs", usage));
    let places = in_outputs.into_iter().chain(in_metadata);
    places
        .flat_map(|(place, usage)| {
            usage::problems(usage).into_iter().map(move |problem| usage::Problem {
                path: format!("{place}.usage_metadata.{}", problem.path),
                ..problem
            })
        })
        .collect()
}

/// Costs of the usage object, else those of the columns.
fn costs(sent: &Object<'_>, usage: Option<&[u8]>) -> GivenCost {
    let of_usage = usage.map(|usage| usage::costs(usage, "input", "output")).unwrap_or_default();
    let column = |key: &str| sent.get(key).and_then(usage::cost);
    of_usage.or(GivenCost {
        input: column("prompt_cost"),
        output: column("completion_cost"),
        total: column("total_cost"),
        details: Vec::new(),
    })
}

/// Without the zeros that stand where nothing is known.
fn only_spent(cost: GivenCost) -> GivenCost {
    let all = [cost.input, cost.output, cost.total];
    let spends = all.into_iter().flatten().any(|cost| cost.pico_usd > 0)
        || cost.details.iter().any(|(_, cost)| cost.pico_usd > 0);
    if spends { cost } else { GivenCost::default() }
}

/// The counts of an export. It writes zeros where nothing was counted; beside another count, a zero is one.
fn columns(sent: &Object<'_>) -> Usage {
    let column = |key: &str| sent.get(key).and_then(json::count);
    let keys = ["prompt_tokens", "completion_tokens", "total_tokens"];
    let is_counted = keys.iter().filter_map(|key| column(key)).any(|count| count > 0);
    let column = |key: &str| column(key).filter(|_| is_counted);
    let details = |key: &str, side| usage::details(sent.get(key), side);
    Usage {
        input: column("prompt_tokens"),
        output: column("completion_tokens"),
        total: column("total_tokens"),
        ..Usage::default()
    }
    .with_details(
        details("prompt_token_details", TokenSide::Input)
            .into_iter()
            .chain(details("completion_token_details", TokenSide::Output)),
    )
}

/// A wrapped message keeps its usage one level deeper, LangChain's still one more.
fn member_usage(outputs: &[u8]) -> Option<&[u8]> {
    members(outputs).find_map(|(_, value)| {
        json::member(value, "usage_metadata").or_else(|| json::path(value, &["kwargs", "usage_metadata"]))
    })
}

/// LangChain keeps the usage in the first generation's message.
fn generation_usage(outputs: &[u8]) -> Option<&[u8]> {
    let first = elements(json::member(outputs, "generations")?).next()?;
    let generation = if first.first() == Some(&b'[') { elements(first).next()? } else { first };
    json::path(generation, &["message", "kwargs", "usage_metadata"])
}

/// The sum over the messages that the run produced, where these tell it one by one.
fn of_messages(outputs: &[u8]) -> Option<Usage> {
    let last = json::member(outputs, "messages").and_then(|messages| elements(messages).last());
    let choice = json::member(outputs, "choices").and_then(|choices| elements(choices).next());
    last.into_iter()
        .chain(choice.and_then(|choice| json::member(choice, "message")))
        .find_map(|message| json::member(message, "usage_metadata"))
        .map(usage::of_usage_metadata)
}

/// Usage as the provider's response has it, and where LangChain kept it in older versions.
fn of_provider(outputs: &[u8]) -> Vec<SentUsage> {
    let first_generation = || {
        let first = elements(json::member(outputs, "generations")?).next()?;
        if first.first() == Some(&b'[') { elements(first).next() } else { Some(first) }
    };
    let generation = first_generation();
    let inside = |value: Option<&'_ [u8]>, path: &[&str]| {
        value.and_then(|value| json::path(value, path)).map(<[u8]>::to_vec)
    };
    let whole = Some(outputs);
    let places = [
        inside(whole, &["usage"]),
        // SDKs before 0.2 put what a wrapped client returned under one key.
        inside(whole, &["output", "usage"]),
        inside(whole, &["message", "usage"]),
        inside(whole, &["response", "usage"]),
        inside(whole, &["usageMetadata"]),
        inside(whole, &["llm_output", "token_usage"]),
        inside(whole, &["llm_output", "usage"]),
        inside(generation, &["generation_info", "usage"]),
        inside(generation, &["generation_info", "token_usage"]),
        inside(generation, &["message", "kwargs", "response_metadata", "token_usage"]),
        inside(generation, &["message", "kwargs", "response_metadata", "usage"]),
    ];
    let tier = ["service_tier", "serviceTier"].iter().find_map(|key| json::member(outputs, key));
    let tier = tier.and_then(json::string);
    places
        .into_iter()
        .flatten()
        .map(|usage| {
            let sent = Object::read(&usage);
            let own = sent.text("service_tier");
            SentUsage::of_provider_in_tier(&sent, own.as_deref().or(tier.as_deref()))
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn used(outputs: &str) -> (Option<u64>, Option<u64>) {
        let told = told(&Object::read(b"{}"), b"{}", Some(outputs.as_bytes()), Some(RunType::Llm));
        (told.usage.input, told.usage.output)
    }

    #[test]
    fn usage_of_a_provider_stands_in_the_outputs_or_under_the_key_of_old_sdks() {
        let usage = r#""usage":{"prompt_tokens":100,"completion_tokens":20,"total_tokens":120}"#;
        assert_eq!(used(&format!("{{\"choices\":[],{usage}}}")), (Some(100), Some(20)));
        assert_eq!(used(&format!("{{\"output\":{{\"choices\":[],{usage}}}}}")), (Some(100), Some(20)));
    }
}
