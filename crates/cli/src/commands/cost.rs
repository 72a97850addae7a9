use std::process::ExitCode;

use engine::{CostGroup, CostQuery, CostScope, CostSums, Dimension, Engine, Filter};
use model::TokenClass;
use serde_json::{Map, Value, json};

use super::{dash, usage};
use crate::output;

/// Tokens and costs, of everything or of one trace, thread or project
#[derive(clap::Args)]
pub(crate) struct Cost {
    /// Of this trace only
    trace_id: Option<String>,
    /// Of this thread only
    #[arg(long, value_name = "KEY", conflicts_with = "trace_id")]
    thread: Option<String>,
    /// Of this project only
    #[arg(long, value_name = "NAME")]
    project: Option<String>,
    /// Of the runs only that this finds, in the syntax of the search bar
    #[arg(long, value_name = "SEARCH")]
    find: Option<String>,
    /// One row for each model, provider, name, prompt, tag, metadata.KEY, user, agent (sub-agent) or day
    #[arg(long, value_name = "WHAT")]
    by: Option<String>,
    /// From this day on, as YYYY-MM-DD (UTC); a trace counts on the day on which it started
    #[arg(long, value_name = "DAY")]
    from: Option<String>,
    /// Up to this day
    #[arg(long, value_name = "DAY")]
    to: Option<String>,
}

const DAY_NS: i64 = 86_400_000_000_000;

fn day(text: &str) -> anyhow::Result<i64> {
    let time = model::UnixNanos::parse(&format!("{text}T00:00:00Z"))
        .map_err(|_| anyhow::anyhow!("{text} is no day; YYYY-MM-DD is expected"))?;
    Ok(time.0.div_euclid(DAY_NS))
}

fn day_text(day: i64) -> String {
    model::UnixNanos(day.saturating_mul(DAY_NS)).to_iso_micros().chars().take(10).collect()
}

pub(crate) fn run(engine: &Engine, cost: &Cost, as_json: bool) -> anyhow::Result<ExitCode> {
    let scope = CostScope {
        from_day: cost.from.as_deref().map(day).transpose()?,
        to_day: cost.to.as_deref().map(day).transpose()?,
        project: cost.project.clone(),
        thread: cost.thread.clone(),
        trace: cost.trace_id.as_deref().map(str::parse).transpose()?,
    };
    if let Some(trace) = scope.trace {
        engine.trace(trace)?;
    }
    let filter = cost.find.as_deref().map(Filter::parse_search).transpose()?;
    let query = |by| CostQuery { scope: scope.clone(), filter: filter.clone(), by };
    let total = engine.cost_groups(&query(Dimension::All))?;
    let total = total.into_iter().next().map(|group| group.sums).unwrap_or_default();
    let groups = match cost.by.as_deref() {
        None => Vec::new(),
        Some("day") => {
            anyhow::ensure!(
                scope.trace.is_none() && scope.thread.is_none(),
                "a trace counts on one day; --by day is for projects and for everything"
            );
            let report = engine.cost_report(&query(Dimension::All))?;
            let day =
                |point: engine::TrendPoint| CostGroup { value: Some(day_text(point.day)), sums: point.sums };
            report.days.into_iter().map(day).collect()
        }
        Some(by) => {
            let wrong = || {
                anyhow::anyhow!(
                    "cost cannot be grouped by {by}; there are model, provider, name, prompt, tag, metadata.KEY, user, agent and day"
                )
            };
            let by = Dimension::parse(by).filter(|by| !matches!(by, Dimension::All | Dimension::Unpriced));
            engine.cost_groups(&query(by.ok_or_else(wrong)?))?
        }
    };
    if as_json {
        let groups: Vec<Value> = groups
            .iter()
            .map(|group| {
                let mut sums = sums_json(&group.sums);
                sums.insert("value".to_owned(), json!(group.value));
                Value::Object(sums)
            })
            .collect();
        let by = cost.by.as_ref().map(|_| groups);
        output::json(&json!({ "total": sums_json(&total), "by": cost.by, "groups": by }));
        return Ok(ExitCode::SUCCESS);
    }
    let mut rows = vec![
        ["COST", "INPUT", "CACHED", "WRITTEN", "OUTPUT", "REASONING", "RUNS", "TRACES", "UNPRICED", ""]
            .map(str::to_owned)
            .to_vec(),
    ];
    for group in &groups {
        rows.push(row(&group.sums, group.value.as_deref().unwrap_or("–")));
    }
    rows.push(row(&total, "total"));
    output::table(&rows);
    if cost.by.is_none() {
        for (class, cost) in total.by_class.iter().filter(|(_, cost)| cost.pico_usd != 0) {
            output::line(format!("  {}: ${cost}", class.name()));
        }
        if total.cache_saved.pico_usd != 0 {
            output::line(format!("  caching saved ${}", total.cache_saved));
        }
    }
    if total.unpriced_runs > 0 {
        output::note(format!(
            "{} runs have no price and are not in these costs; `tracemark prices check` lists their models",
            total.unpriced_runs
        ));
    }
    Ok(ExitCode::SUCCESS)
}

fn row(sums: &CostSums, name: &str) -> Vec<String> {
    vec![
        sums.cost.map_or_else(|| "–".to_owned(), |cost| format!("${cost}")),
        dash(sums.usage.input),
        dash(sums.usage.cache_read),
        dash(sums.usage.cache_creation),
        dash(sums.usage.output),
        dash(sums.usage.reasoning),
        sums.runs.to_string(),
        sums.traces.to_string(),
        sums.unpriced_runs.to_string(),
        name.to_owned(),
    ]
}

fn sums_json(sums: &CostSums) -> Map<String, Value> {
    let mut tokens = usage(&sums.usage);
    if let Some(tokens) = tokens.as_object_mut() {
        for (key, class) in [
            ("cache_creation_1h_tokens", TokenClass::CacheCreation1h),
            ("audio_input_tokens", TokenClass::InputAudio),
            ("image_input_tokens", TokenClass::InputImage),
            ("audio_output_tokens", TokenClass::OutputAudio),
            ("image_output_tokens", TokenClass::OutputImage),
        ] {
            if let Some(count) = sums.usage.details.get(class) {
                tokens.insert(key.to_owned(), count.into());
            }
        }
    }
    let by_class: Map<String, Value> = sums
        .by_class
        .iter()
        .filter(|(_, cost)| cost.pico_usd != 0)
        .map(|(class, cost)| (class.name().to_owned(), json!(cost.to_string())))
        .collect();
    let members = [
        ("cost", json!(sums.cost.map(|cost| cost.to_string()))),
        ("cost_by_class", Value::Object(by_class)),
        ("cache_saved", json!(sums.cache_saved.to_string())),
        ("tokens", tokens),
        ("runs", json!(sums.runs)),
        ("traces", json!(sums.traces)),
        ("unpriced_runs", json!(sums.unpriced_runs)),
    ];
    members.into_iter().map(|(key, value)| (key.to_owned(), value)).collect()
}
