use std::{path::PathBuf, process::ExitCode};

use anyhow::Context as _;
use engine::{CostScope, Engine, Price, PriceBook, PriceEntry, PriceOrigin};
use model::CostOrigin;
use serde_json::{Value, json};

use crate::output;

/// What a price file looks like.
const SET_EXAMPLE: &str = r#"Example of a file (a list of entries, or an object with "entries"; 0.000002 is $2 per million tokens):
  [{
    "name": "acme-large",
    "match_pattern": "^acme-large(-[0-9]{4})?$",
    "provider": "acme",
    "start_time": "2026-01-01",
    "prompt_cost": "0.000002",
    "completion_cost": "0.000008",
    "prompt_cost_details": { "cache_read": "0.0000002" },
    "completion_cost_details": { "reasoning": "0.000008" }
  }]
Without match_pattern the name itself is the model, without provider any provider fits. `prompt_token_threshold` makes a
step: the entry applies to runs with more input tokens."#;

#[derive(clap::Subcommand)]
pub(crate) enum Prices {
    /// Own prices and the bundled table, in dollars per million tokens
    List {
        /// Words that must occur in provider or model
        text: Vec<String>,
        /// Only own prices
        #[arg(long)]
        own: bool,
    },
    /// Which price a model has, or (without a model) which models of the library have none
    Check {
        /// Model as runs name it
        model: Option<String>,
        /// Provider as runs name it
        #[arg(long)]
        provider: Option<String>,
        /// Input tokens of the run, for prices in steps
        #[arg(long, default_value_t = 0)]
        tokens: u64,
        /// Start of the run, as YYYY-MM-DD or ISO 8601 [default: now]
        #[arg(long, value_name = "TIME")]
        at: Option<String>,
    },
    /// Take over own prices from a file; costs that are stored stay until `tracemark prices recompute`
    #[command(after_long_help = SET_EXAMPLE, after_help = SET_EXAMPLE)]
    Set {
        /// JSON in the form of LangSmith's price map, costs in dollars per token
        file: PathBuf,
    },
    /// Take out an own price
    Remove {
        /// Id, as `prices list --own` shows it
        id: String,
    },
    /// Say what computing every cost again by the prices of now changes
    Recompute {
        /// And do it
        #[arg(long)]
        apply: bool,
    },
    /// Give runs the costs back that they had before the last `prices recompute --apply`
    Undo,
}

pub(crate) fn run(engine: &Engine, prices: &Prices, as_json: bool) -> anyhow::Result<ExitCode> {
    match prices {
        Prices::List { text, own } => list(engine, text, *own, as_json),
        Prices::Check { model: Some(model), provider, tokens, at } => {
            let at = at.as_deref().map(|at| {
                let full = if at.len() == 10 { format!("{at}T00:00:00Z") } else { at.to_owned() };
                model::UnixNanos::parse(&full).map_err(|error| anyhow::anyhow!("--at is {error}"))
            });
            check(engine, model, provider.as_deref(), *tokens, at.transpose()?, as_json)
        }
        Prices::Check { .. } => unpriced(engine, as_json),
        Prices::Set { file } => set(engine, file, as_json),
        Prices::Remove { id } => {
            engine.remove_price(id)?;
            output::note("removed; stored costs stay as they are");
            Ok(ExitCode::SUCCESS)
        }
        Prices::Undo => {
            let runs = engine.undo_recompute()?;
            if as_json {
                output::json(&json!({ "runs": runs }));
            } else {
                output::note(format!("{runs} runs have the cost that they had before"));
            }
            Ok(ExitCode::SUCCESS)
        }
        Prices::Recompute { apply } => recompute(engine, *apply, as_json),
    }
}

fn shown(price: Option<Price>) -> String {
    price.map_or_else(|| "–".to_owned(), Price::per_million)
}

fn list(engine: &Engine, text: &[String], own: bool, as_json: bool) -> anyhow::Result<ExitCode> {
    let words: Vec<String> = text.iter().map(|word| word.to_lowercase()).collect();
    let fits = |entry: &PriceEntry| {
        let provider = entry.provider.as_deref().unwrap_or_default();
        let name = format!("{provider}/{} {}", entry.pattern, entry.name).to_lowercase();
        (!own || entry.origin == PriceOrigin::Own) && words.iter().all(|word| name.contains(word))
    };
    let entries: Vec<_> = engine.prices().into_iter().filter(|entry| fits(entry)).collect();
    let header = PriceBook::header();
    if as_json {
        let entries: Vec<Value> = entries.iter().map(|entry| entry.to_json()).collect();
        output::json(&json!({
            "table": { "source": header.source, "date": header.date, "licence": header.licence },
            "entries": entries,
        }));
        return Ok(ExitCode::SUCCESS);
    }
    let mut rows = vec![
        ["INPUT", "OUTPUT", "CACHED", "ABOVE", "DATED", "PROVIDER", "MODEL"].map(str::to_owned).to_vec(),
    ];
    for entry in &entries {
        let provider = entry.provider.clone().unwrap_or_else(|| "any".to_owned());
        let name = match entry.origin {
            PriceOrigin::Bundled => entry.pattern.clone(),
            PriceOrigin::Own => format!("{} ({}, {})", entry.name, entry.pattern, entry.id),
        };
        let above = if entry.above > 0 { entry.above.to_string() } else { String::new() };
        let cached = shown(entry.input.exact(model::TokenClass::CacheRead));
        rows.push(vec![
            shown(entry.input.base),
            shown(entry.output.base),
            cached,
            above,
            entry.dated.clone(),
            provider,
            name,
        ]);
    }
    output::table(&rows);
    output::note(format!(
        "US dollars per million tokens; {} of {}, {}",
        header.name, header.date, header.licence
    ));
    Ok(ExitCode::SUCCESS)
}

fn check(
    engine: &Engine,
    model: &str,
    provider: Option<&str>,
    tokens: u64,
    at: Option<model::UnixNanos>,
    as_json: bool,
) -> anyhow::Result<ExitCode> {
    let checked = engine.check_price(provider, model, at, tokens);
    let code = if checked.found.is_some() { ExitCode::SUCCESS } else { ExitCode::FAILURE };
    if as_json {
        let found = checked.found.as_ref();
        output::json(&json!({
            "model": model,
            "provider": provider,
            "entry": found.map(|found| found.entry.to_json()),
            "alias": found.and_then(|found| found.alias.clone()),
            "also": found.map(|found| found.also.iter().map(|entry| entry.id.clone()).collect::<Vec<_>>()),
            "instead_of": checked.instead_of.as_ref().map(|found| found.entry.id.clone()),
        }));
        return Ok(code);
    }
    let Some(found) = checked.found else {
        output::line(format!("{model} has no price: its runs are unpriced"));
        return Ok(code);
    };
    let entry = &found.entry;
    output::line(format!("{model}: {} ({})", entry.id, entry.dated));
    if let Some(alias) = &found.alias {
        output::line(format!("  priced as {alias}"));
    }
    output::line(format!(
        "  input {} output {} (dollars per million tokens)",
        shown(entry.input.base),
        shown(entry.output.base)
    ));
    for (class, price) in entry.input.classes.iter().chain(&entry.output.classes) {
        output::line(format!("  {:?} {} {}", class.side(), class.name(), price.per_million()));
    }
    for other in &found.also {
        output::line(format!("  {} matches too and comes after it", other.id));
    }
    if let Some(bundled) = &checked.instead_of {
        output::line(format!("  in place of {}", bundled.entry.id));
    }
    Ok(code)
}

/// Models of the library with runs whose cost is not known, and why; fails when there are any.
fn unpriced(engine: &Engine, as_json: bool) -> anyhow::Result<ExitCode> {
    let models = engine.unknown_costs(&CostScope::default())?;
    if as_json {
        let list: Vec<Value> = models
            .iter()
            .map(|known| {
                let sums = &known.group.sums;
                json!({
                    "model": known.group.value, "reason": known.reason.name(), "runs": sums.unpriced_runs,
                    "tokens": sums.usage.total(),
                })
            })
            .collect();
        output::json(&json!({ "unpriced": list }));
    } else if models.is_empty() {
        output::line("every model in the library has a price");
    } else {
        let mut rows = vec![["RUNS", "TOKENS", "WHY", "MODEL"].map(str::to_owned).to_vec()];
        for known in &models {
            let why = match known.reason {
                CostOrigin::SumOnly => "only the sum of tokens",
                CostOrigin::BadCount => "count cannot be meant",
                _ if known.group.value.is_none() => "no model is named",
                _ => "no price",
            };
            rows.push(vec![
                known.group.sums.unpriced_runs.to_string(),
                super::dash(known.group.sums.usage.total()),
                why.to_owned(),
                known.group.value.clone().unwrap_or_else(|| "(none)".to_owned()),
            ]);
        }
        output::table(&rows);
    }
    Ok(if models.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

fn set(engine: &Engine, file: &PathBuf, as_json: bool) -> anyhow::Result<ExitCode> {
    let text = std::fs::read_to_string(file).with_context(|| format!("cannot read {}", file.display()))?;
    let change = engine.set_prices(&text)?;
    let problems: Vec<String> = change.problems.iter().map(ToString::to_string).collect();
    if as_json {
        output::json(
            &json!({ "added": change.added, "replaced": change.replaced, "problems": problems, "notes": change.notes }),
        );
    } else {
        for problem in &problems {
            output::note(format!("{}: {problem}", file.display()));
        }
        for note in &change.notes {
            output::note(note);
        }
        output::line(format!(
            "{} prices added, {} of them in place of others",
            change.added, change.replaced
        ));
    }
    Ok(if problems.is_empty() { ExitCode::SUCCESS } else { ExitCode::from(3) })
}

fn recompute(engine: &Engine, apply: bool, as_json: bool) -> anyhow::Result<ExitCode> {
    let repriced = engine.recompute_costs(apply)?.unwrap_or_default();
    let cost = |cost: Option<model::Cost>| cost.map(|cost| cost.to_string());
    if as_json {
        let models: Vec<Value> = repriced
            .models
            .iter()
            .map(|((provider, model), change)| {
                json!({
                    "provider": provider, "model": model, "runs": change.runs, "before": cost(change.before),
                    "after": cost(change.after), "newly_priced": change.newly_priced,
                    "no_longer_priced": change.no_longer_priced,
                })
            })
            .collect();
        output::json(&json!({
            "applied": apply, "runs": repriced.runs, "changed": repriced.changed(), "traces": repriced.traces.len(),
            "models": models, "uncounted": repriced.uncounted, "total_moves_by": repriced.moved_by().to_string(),
        }));
        return Ok(ExitCode::SUCCESS);
    }
    let mut rows = vec![["RUNS", "BEFORE", "AFTER", "MODEL"].map(str::to_owned).to_vec()];
    for ((provider, model), change) in &repriced.models {
        let provider = provider.as_deref().unwrap_or("–");
        let dollars = |known: Option<model::Cost>| {
            cost(known).map_or_else(|| "unpriced".to_owned(), |cost| format!("${cost}"))
        };
        rows.push(vec![
            change.runs.to_string(),
            dollars(change.before),
            dollars(change.after),
            format!("{provider}/{}", model.as_deref().unwrap_or("–")),
        ]);
    }
    output::table(&rows);
    output::line(format!("the sum of all costs moves by ${}", repriced.moved_by()));
    if repriced.uncounted > 0 {
        output::line(format!("{} of the runs do not count, and are in no sum", repriced.uncounted));
    }
    let verb = if apply { "changed" } else { "would change; run again with --apply" };
    output::line(format!("{} of {} runs {verb}", repriced.changed(), repriced.runs));
    Ok(ExitCode::SUCCESS)
}
