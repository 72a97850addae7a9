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
    /// Rows as comma-separated values
    #[arg(long, conflicts_with = "what_if")]
    csv: bool,
    /// What it would cost with another model, as MODEL or PROVIDER/MODEL
    #[arg(long, value_name = "MODEL", conflicts_with = "by")]
    what_if: Option<String>,
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
    require(engine, &scope)?;
    let filter = cost.find.as_deref().map(Filter::parse_search).transpose()?;
    if let Some(model) = &cost.what_if {
        return what_if(engine, &scope, filter.as_ref(), model, as_json);
    }
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
            let by = Dimension::parse(by).filter(|by| *by != Dimension::All && !by.is_unknown());
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
    if cost.csv {
        output::csv(&csv_rows(cost.by.as_deref(), &groups, &total));
        return Ok(ExitCode::SUCCESS);
    }
    let mut rows = vec![
        ["COST", "INPUT", "CACHED", "WRITTEN", "OUTPUT", "REASONING", "RUNS", "TRACES", "UNPRICED", ""]
            .map(str::to_owned)
            .to_vec(),
    ];
    for group in &groups {
        rows.push(row(&group.sums, group.value.as_deref().unwrap_or("(none)")));
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
            "the cost of {} runs is not known and not in these costs; `tracemark prices check` tells of which models and why",
            total.unpriced_runs
        ));
    }
    Ok(ExitCode::SUCCESS)
}

/// A project, thread or trace that is not there has no costs to be told, which is an error and not nothing.
fn require(engine: &Engine, scope: &CostScope) -> anyhow::Result<()> {
    if let Some(trace) = scope.trace {
        engine.trace(trace)?;
    }
    if let Some(project) = &scope.project {
        let is_there = engine.projects()?.iter().any(|known| known.name == *project);
        anyhow::ensure!(is_there, "there is no project {project:?}; `tracemark list projects` shows them");
    }
    if let Some(thread) = &scope.thread {
        engine.thread_stats(thread, scope.project.as_deref())?;
    }
    Ok(())
}

/// Names of the columns of [`csv_rows`].
const CSV: [&str; 20] = [
    "cost_usd",
    "input_tokens",
    "output_tokens",
    "cache_read_tokens",
    "cache_creation_tokens",
    "reasoning_tokens",
    "runs",
    "traces",
    "unknown_cost_runs",
    "input_usd",
    "cache_read_usd",
    "cache_write_5m_usd",
    "cache_write_1h_usd",
    "audio_input_usd",
    "image_input_usd",
    "output_usd",
    "reasoning_usd",
    "audio_output_usd",
    "image_output_usd",
    "other_usd",
];

/// A row a group, or one of everything. What is not known is empty, and never zero.
fn csv_rows(by: Option<&str>, groups: &[CostGroup], total: &CostSums) -> Vec<Vec<String>> {
    let known = |count: Option<u64>| count.map(|count| count.to_string()).unwrap_or_default();
    let cells = |sums: &CostSums| {
        let mut cells = vec![
            sums.cost.map(|cost| cost.to_string()).unwrap_or_default(),
            known(sums.usage.input),
            known(sums.usage.output),
            known(sums.usage.cache_read),
            known(sums.usage.cache_creation),
            known(sums.usage.reasoning),
            sums.runs.to_string(),
            known(Some(sums.traces).filter(|traces| *traces > 0)),
            sums.unpriced_runs.to_string(),
        ];
        cells.extend(sums.by_class.iter().map(|(_, cost)| cost.to_string()));
        cells
    };
    let names = CSV.map(str::to_owned).to_vec();
    match by {
        None => vec![names, cells(total)],
        Some(by) => {
            let mut rows = vec![[vec![by.to_owned()], names].concat()];
            rows.extend(groups.iter().map(|group| {
                let name = group.value.clone().unwrap_or_else(|| "(none)".to_owned());
                [vec![name], cells(&group.sums)].concat()
            }));
            rows
        }
    }
}

fn what_if(
    engine: &Engine,
    scope: &CostScope,
    filter: Option<&Filter>,
    model: &str,
    as_json: bool,
) -> anyhow::Result<ExitCode> {
    let mut told = engine.what_if(scope, filter, None, model)?;
    if let (None, Some((provider, model))) = (&told.price, model.split_once('/')) {
        told = engine.what_if(scope, filter, Some(provider), model)?;
    }
    let Some(price) = &told.price else {
        anyhow::bail!("{model} has no price; `tracemark prices list` shows which models have one");
    };
    let dollars = |cost: Option<model::Cost>| cost.map(|cost| cost.to_string());
    if as_json {
        output::json(&json!({
            "model": model, "price": price.entry.id, "now": dollars(told.now), "then": dollars(told.then),
            "unchanged": told.unchanged.to_string(), "unknown_runs": told.unknown_runs,
            "unknown_then": dollars(told.unknown_then),
            "complete": told.reach.is_none_or(|reach| reach.is_complete()),
        }));
        return Ok(ExitCode::SUCCESS);
    }
    let shown = |cost| dollars(cost).map_or_else(|| "–".to_owned(), |cost| format!("${cost}"));
    output::line(format!("now {}", shown(told.now)));
    output::line(format!("with {} {}", price.entry.id, shown(told.then)));
    for step in &told.steps {
        for line in &step.calculation.lines {
            let class = line.token_class.map_or(line.class.name(), TokenClass::name);
            let price = line.price.map(engine::Price::per_million).unwrap_or_default();
            output::line(format!("  {class}: {} x ${price} per million = ${}", line.tokens, line.cost));
        }
    }
    if told.unchanged.pico_usd != 0 {
        output::line(format!("  not paid for tokens, in both: ${}", told.unchanged));
    }
    if told.unknown_runs > 0 {
        output::note(format!(
            "the cost of {} runs is not known now, so that neither sum holds them; with this price they would cost {}",
            told.unknown_runs,
            shown(told.unknown_then)
        ));
    }
    if let Some(reach) = told.reach.filter(|reach| !reach.is_complete()) {
        output::note(format!("of {} traces the latest {} were looked at", reach.of, reach.traces));
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
        // Of runs without a key of metadata it is not known in how many traces they are.
        if sums.traces == 0 && sums.runs > 0 { "–".to_owned() } else { sums.traces.to_string() },
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
