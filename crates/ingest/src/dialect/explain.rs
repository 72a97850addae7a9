//! Why a run has the fields it has: which row of the table gave each, and from which attribute.

use std::borrow::Cow;

use super::{
    Content, Facts, Found, Row, cost, failure, first, inputs, is_tool, name, outputs, project, provider_of,
    table, tool, usage, value,
};
use crate::{
    Context, json,
    otlp::{Owner, Span},
};

/// Where one field of a run comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Explanation {
    /// Name of the field.
    pub field: &'static str,
    /// Its value, as text; of inputs and outputs the names of their members.
    pub value: String,
    /// Vocabulary of the rule that gave it; `inferred` where nothing was sent.
    pub rule: &'static str,
    /// The attribute, or what else the rule read.
    pub attribute: Cow<'static, str>,
}

/// The fields of a span in the order of the table.
pub(crate) fn explain(span: &Span<'_>, owner: &Owner<'_>, context: &Context) -> Vec<Explanation> {
    let facts = Facts::new(span, owner);
    let explanation = |field: &'static str, found: Found<String>| Explanation {
        field,
        value: found.value,
        rule: found.rule,
        attribute: found.attribute.of(&facts),
    };
    let text = |field, rows: &[Row<String>]| first(rows, &facts).map(|found| explanation(field, found));
    let members = |found: Found<Content>| {
        let names = |content: Content| {
            json::members(&content.into_json())
                .map(|(key, _)| key.into_owned())
                .collect::<Vec<_>>()
                .join(", ")
        };
        found.map(names)
    };
    let model = first(table::MODEL, &facts);
    let provider = provider_of(&facts, model.as_ref().map(|found| found.value.as_str()));
    let usage = Some(usage(&facts)).filter(|found| !found.value.is_empty());
    let told = usage.as_ref().map(|found| found.value.clone()).unwrap_or_default();
    let cost = cost(&facts, &told).whole().and_then(|_| first(table::COST, &facts));
    let run_type = first(table::RUN_TYPE, &facts)
        .unwrap_or_else(|| Found::inferred(facts.run_type, "no rule applies"))
        .map(|run_type| run_type.as_str().to_owned());
    [
        Some(explanation(
            "dialect",
            Found::inferred(facts.dialect.as_str().to_owned(), "scope and attributes"),
        )),
        Some(explanation("run_type", run_type)),
        Some(explanation("name", name(&facts))),
        model.map(|found| explanation("model", found)),
        provider.map(|found| explanation("provider", found)),
        usage.map(|found| {
            let shown = |usage: model::Usage| {
                let classes = [
                    ("input", usage.input),
                    ("output", usage.output),
                    ("total", usage.total),
                    ("cache_read", usage.cache_read),
                    ("cache_creation", usage.cache_creation),
                    ("reasoning", usage.reasoning),
                ];
                let known =
                    classes.iter().filter_map(|(class, count)| Some(format!("{class} {}", (*count)?)));
                known.collect::<Vec<_>>().join(", ")
            };
            explanation("usage", found.map(shown))
        }),
        cost.map(|found| explanation("cost", found.map(|cost| cost.to_string()))),
        first(table::FIRST_TOKEN, &facts)
            .map(|found| explanation("first_token", found.map(model::UnixNanos::to_iso_micros))),
        text("thread", table::THREAD),
        text("user", table::USER),
        first(table::TAGS, &facts).map(|found| explanation("tags", found.map(|tags| tags.join(", ")))),
        is_tool(&facts).then(|| explanation("tool", tool(&facts))),
        text("agent", table::AGENT),
        text("prompt", table::PROMPT_NAME),
        text("prompt_version", table::PROMPT_VERSION),
        failure(&facts).map(|failure| {
            let message = value(first(table::ERROR_MESSAGE, &facts));
            let from = if failure.kind.is_some() {
                Found::inferred(failure.short(), "event exception")
            } else if message.as_deref() == Some(failure.message.as_str()) {
                Found::inferred(failure.short(), "error.message, error.type")
            } else {
                Found::inferred(failure.short(), "status of the span")
            };
            explanation("error", from)
        }),
        Some(explanation("project", project(&facts, context))),
        inputs(&facts).map(|found| explanation("inputs", members(found))),
        outputs(&facts).map(|found| explanation("outputs", members(found))),
    ]
    .into_iter()
    .flatten()
    .collect()
}
