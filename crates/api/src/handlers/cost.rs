//! Commands of the cost view.

use engine::{Engine, PriceBook};
use model::{Cost, CostByClass, TokenClass, TokenSide, UnixNanos};
use serde_json::{Map, Value, json};

use super::{Answer, parse_run, parse_trace_id, runs::parse_search};
use crate::{
    error::ApiError,
    wire::{
        AskWhatIf, ClassCost, ClassPrice, CostArithmetic, CostGroup, CostLine, CostOrigin, CostPoint,
        CostReach, CostScope, CostSums, CostTrace, Costs, Count, GetCosts, ImportPrices, LastRecompute,
        ListCostTraces, ListPrices, Nothing, PriceChange, PriceEntry, PricePage, PriceRef, RecomputeCosts,
        RecomputeProgress, RecomputedCosts, RecomputedModel, RunRef, SetPrice, UndoneRecompute, UnknownCost,
        WhatIf, WhatIfStep,
    },
};

/// Rows that one call returns at most.
const MOST_ROWS: u32 = 500;
/// What is left of a day beside the dearest groups.
const EVERYTHING_ELSE: &str = "everything else";
/// Nanoseconds of a day.
const DAY_NS: i64 = 86_400_000_000_000;

/// A day as YYYY-MM-DD.
fn day_text(day: i64) -> String {
    UnixNanos(day.saturating_mul(DAY_NS)).to_iso_micros().chars().take(10).collect()
}

fn day(text: &str) -> Answer<i64> {
    UnixNanos::parse(&format!("{text}T00:00:00Z"))
        .map(|time| time.0.div_euclid(DAY_NS))
        .map_err(|_| ApiError::invalid_input(format!("{text} is no day; YYYY-MM-DD is expected")))
}

fn scope(scope: &CostScope) -> Answer<engine::CostScope> {
    Ok(engine::CostScope {
        from_day: scope.from.as_deref().map(day).transpose()?,
        to_day: scope.to.as_deref().map(day).transpose()?,
        project: scope.project.clone(),
        thread: scope.thread.clone(),
        trace: scope.trace_id.as_deref().map(parse_trace_id).transpose()?,
    })
}

fn filter(scope: &CostScope) -> Answer<Option<engine::Filter>> {
    let filter = scope.filter.as_deref().map(parse_search).transpose()?;
    Ok(filter.filter(|filter| !filter.is_empty()))
}

fn reach(reach: engine::CostReach) -> CostReach {
    CostReach { traces: Count(reach.traces), of: Count(reach.of) }
}

fn dimension(by: &str) -> Answer<engine::Dimension> {
    engine::Dimension::parse(by.trim()).ok_or_else(|| {
        ApiError::invalid_input(format!(
            "Cost cannot be grouped by {by}; there are model, provider, name, prompt, tag, user, agent and metadata.KEY"
        ))
    })
}

pub(crate) fn class_costs(by_class: &CostByClass) -> Vec<ClassCost> {
    by_class
        .iter()
        .filter(|(_, cost)| cost.pico_usd != 0)
        .map(|(class, cost)| ClassCost { class: class.name().to_owned(), cost: cost.into() })
        .collect()
}

fn sums(sums: &engine::CostSums) -> CostSums {
    let detail = |classes: &[TokenClass]| {
        let counts = classes.iter().filter_map(|class| sums.usage.details.get(*class));
        counts.reduce(u64::saturating_add).map(Count)
    };
    CostSums {
        traces: Count(sums.traces),
        runs: Count(sums.runs),
        usage: sums.usage.clone().into(),
        cache_creation_1h_tokens: detail(&[TokenClass::CacheCreation1h]),
        audio_tokens: detail(&[TokenClass::InputAudio, TokenClass::OutputAudio]),
        image_tokens: detail(&[TokenClass::InputImage, TokenClass::OutputImage]),
        cost: sums.cost.map(Into::into),
        by_class: class_costs(&sums.by_class),
        unpriced_runs: Count(sums.unpriced_runs),
        cache_saved: sums.cache_saved.into(),
    }
}

fn groups(groups: &[engine::CostGroup]) -> Vec<CostGroup> {
    groups.iter().map(|group| CostGroup { value: group.value.clone(), sums: sums(&group.sums) }).collect()
}

fn unknown(known: &engine::UnknownCost) -> UnknownCost {
    UnknownCost {
        reason: origin(known.reason),
        value: known.group.value.clone(),
        sums: sums(&known.group.sums),
    }
}

fn origin(origin: model::CostOrigin) -> CostOrigin {
    match origin {
        model::CostOrigin::None => CostOrigin::None,
        model::CostOrigin::Given => CostOrigin::Given,
        model::CostOrigin::Computed => CostOrigin::Computed,
        model::CostOrigin::Mixed => CostOrigin::Mixed,
        model::CostOrigin::Unpriced => CostOrigin::Unpriced,
        model::CostOrigin::SumOnly => CostOrigin::SumOnly,
        model::CostOrigin::BadCount => CostOrigin::BadCount,
    }
}

fn point(day: i64, value: Option<String>, sums: &engine::CostSums) -> CostPoint {
    CostPoint {
        day: day_text(day),
        value,
        cost: sums.cost.map(Into::into),
        by_class: class_costs(&sums.by_class),
        tokens: Count(sums.usage.total().unwrap_or(0)),
    }
}

pub(crate) fn get_costs(engine: &Engine, params: GetCosts) -> Answer<Costs> {
    let query = engine::CostQuery {
        scope: scope(&params.scope)?,
        filter: filter(&params.scope)?,
        by: dimension(&params.by)?,
    };
    let report = engine.cost_report(&query)?;
    let mut trend = Vec::new();
    let mut dearest = report.trend.iter().peekable();
    for day in &report.days {
        let mut rest = day.sums.cost.unwrap_or_default().pico_usd;
        while let Some(known) = dearest.next_if(|known| known.day == day.day) {
            rest = rest.saturating_sub(known.sums.cost.unwrap_or_default().pico_usd);
            trend.push(point(known.day, known.value.clone(), &known.sums));
        }
        // Runs with several tags count in each, so that nothing or less may be left.
        if rest > 0 {
            trend.push(CostPoint {
                day: day_text(day.day),
                value: Some(EVERYTHING_ELSE.to_owned()),
                cost: Some(Cost { pico_usd: rest }.into()),
                by_class: Vec::new(),
                tokens: Count(0),
            });
        }
    }
    let limit = params.limit.map_or(usize::MAX, |limit| usize::try_from(limit).unwrap_or(usize::MAX));
    let shown = report.groups.len().min(limit);
    Ok(Costs {
        total: sums(&report.total),
        groups: groups(&report.groups[..shown]),
        group_count: Count(u64::try_from(report.groups.len()).unwrap_or(u64::MAX)),
        days: report.days.iter().map(|known| point(known.day, None, &known.sums)).collect(),
        trend,
        unpriced: report.unpriced.iter().map(unknown).collect(),
        priced_traces: Count(report.average.traces),
        trace_average: report.average.cost.map(Into::into),
        metadata_keys: engine.cost_metadata_keys()?,
        reach: report.reach.map(reach),
    })
}

pub(crate) fn sum_costs(engine: &Engine, params: CostScope) -> Answer<CostSums> {
    let by = engine::Dimension::All;
    let query = engine::CostQuery { scope: scope(&params)?, filter: filter(&params)?, by };
    let groups = engine.cost_groups(&query)?;
    Ok(sums(&groups.into_iter().next().map(|group| group.sums).unwrap_or_default()))
}

pub(crate) fn list_cost_traces(engine: &Engine, params: ListCostTraces) -> Answer<Vec<CostTrace>> {
    let by = params.by.as_deref().map(dimension).transpose()?;
    let group = by.as_ref().map(|by| (by, params.value.as_deref()));
    let filter = filter(&params.scope)?;
    let limit = params.limit.clamp(1, MOST_ROWS);
    let found = engine.top_cost_traces(&scope(&params.scope)?, filter.as_ref(), group, limit)?;
    Ok(found
        .into_iter()
        .map(|trace| CostTrace {
            trace_id: trace.trace_id.to_string(),
            name: trace.name.unwrap_or_else(|| "unnamed".to_owned()),
            project: trace.project,
            start: trace.start.map(Into::into),
            runs: Count(trace.runs),
            tokens: trace.tokens.map(Count),
            cost: trace.cost.map(Into::into),
            unpriced_runs: Count(trace.unpriced_runs),
        })
        .collect())
}

fn lines(lines: &[engine::CostLine]) -> Vec<CostLine> {
    lines
        .iter()
        .map(|line| CostLine {
            class: line.class.name().to_owned(),
            token_class: line.token_class.map(|class| class.name().to_owned()),
            tokens: Count(line.tokens),
            told: Count(line.told),
            price_per_million: line.price.map(engine::Price::per_million),
            cost: line.cost.into(),
        })
        .collect()
}

pub(crate) fn explain_cost(engine: &Engine, params: RunRef) -> Answer<CostArithmetic> {
    let (trace_id, run_id) = parse_run(&params)?;
    let told = engine.explain_cost(trace_id, run_id)?;
    let total = told.calculation.total();
    let computed = told.computed.as_ref().and_then(|(calculation, _)| calculation.total());
    let differs = total.zip(computed).is_some_and(|(total, computed)| {
        i128::from(total.pico_usd - computed.pico_usd).abs() * 100 > i128::from(computed.pico_usd)
    });
    Ok(CostArithmetic {
        origin: origin(told.calculation.origin),
        lines: lines(&told.calculation.lines),
        total: total.map(Into::into),
        cache_saved: told.calculation.cache_saved.into(),
        notes: told.calculation.notes,
        price: told.price.as_ref().map(entry),
        alias: told.alias,
        not_counted: told.not_counted,
        computed_total: computed.map(Into::into),
        differs,
        subtree_cost: told.subtree.cost.map(Into::into),
        subtree_by_class: class_costs(&told.subtree.by_class),
        subtree_unpriced_runs: Count(told.subtree.unpriced_runs),
    })
}

fn entry(entry: &engine::PriceEntry) -> PriceEntry {
    let classes = |prices: &[(TokenClass, engine::Price)]| {
        let price = |(class, price): &(TokenClass, engine::Price)| ClassPrice {
            class: class.name().to_owned(),
            per_million: price.per_million(),
        };
        prices.iter().map(price).collect()
    };
    PriceEntry {
        id: entry.id.clone(),
        name: entry.name.clone(),
        provider: entry.provider.clone(),
        pattern: entry.pattern.clone(),
        start: entry.start.map(Into::into),
        above_tokens: (entry.above > 0).then_some(Count(entry.above)),
        input: entry.input.base.map(engine::Price::per_million),
        output: entry.output.base.map(engine::Price::per_million),
        input_classes: classes(&entry.input.classes),
        output_classes: classes(&entry.output.classes),
        own: entry.origin == engine::PriceOrigin::Own,
        dated: entry.dated.clone(),
    }
}

pub(crate) fn list_prices(engine: &Engine, params: ListPrices) -> Answer<PricePage> {
    let words: Vec<String> =
        params.text.iter().flat_map(|text| text.split_whitespace()).map(str::to_lowercase).collect();
    let fits = |known: &engine::PriceEntry| {
        let name =
            format!("{}/{} {}", known.provider.as_deref().unwrap_or_default(), known.pattern, known.name);
        let name = name.to_lowercase();
        (!params.own || known.origin == engine::PriceOrigin::Own)
            && words.iter().all(|word| name.contains(word))
    };
    let all: Vec<_> = engine.prices().into_iter().filter(|known| fits(known)).collect();
    let rows = all
        .iter()
        .skip(params.offset as usize)
        .take(params.limit.clamp(1, MOST_ROWS) as usize)
        .map(|known| entry(known))
        .collect();
    let header = PriceBook::header();
    Ok(PricePage {
        rows,
        total: Count(u64::try_from(all.len()).unwrap_or(u64::MAX)),
        table_source: header.source.clone(),
        table_licence: header.licence.clone(),
        table_date: header.date.clone(),
    })
}

fn change(change: engine::PriceChange) -> PriceChange {
    PriceChange {
        added: Count(change.added),
        replaced: Count(change.replaced),
        problems: change.problems.iter().map(ToString::to_string).collect(),
        notes: change.notes,
    }
}

pub(crate) fn set_price(engine: &Engine, params: SetPrice) -> Answer<PriceChange> {
    let per_token = |what: &str, text: &str| {
        engine::Price::parse_per_million(text).map(engine::Price::per_token).ok_or_else(|| {
            ApiError::invalid_input(format!("{what}: {text:?} is no price in dollars per million tokens"))
        })
    };
    let price = |what: &str, text: &Option<String>| {
        let text = text.as_deref().map(str::trim).filter(|text| !text.is_empty());
        text.map(|text| per_token(what, text)).transpose()
    };
    let details = |side: TokenSide, prices: &[ClassPrice]| -> Answer<Map<String, Value>> {
        prices
            .iter()
            .map(|price| {
                if TokenClass::parse(side, &price.class).is_none() {
                    return Err(ApiError::invalid_input(format!("{} is no class of tokens", price.class)));
                }
                Ok((price.class.clone(), Value::String(per_token(&price.class, &price.per_million)?)))
            })
            .collect()
    };
    let own = json!([{
        "name": params.name,
        "match_pattern": params.pattern.filter(|pattern| !pattern.trim().is_empty()),
        "provider": params.provider.filter(|provider| !provider.trim().is_empty()),
        "start_time": params.start.filter(|start| !start.trim().is_empty()),
        "prompt_token_threshold": params.above_tokens.filter(|above| above.0 > 0).map(|above| above.0),
        "prompt_cost": price("Input", &params.input)?,
        "completion_cost": price("Output", &params.output)?,
        "prompt_cost_details": details(TokenSide::Input, &params.input_classes)?,
        "completion_cost_details": details(TokenSide::Output, &params.output_classes)?,
    }]);
    let changed = engine.set_prices(&own.to_string())?;
    if let Some(problem) = changed.problems.first() {
        return Err(ApiError::invalid_input(problem.to_string()));
    }
    Ok(change(changed))
}

pub(crate) fn import_prices(engine: &Engine, params: ImportPrices) -> Answer<PriceChange> {
    Ok(change(engine.set_prices(&params.text)?))
}

pub(crate) fn remove_price(engine: &Engine, params: PriceRef) -> Answer<Nothing> {
    engine.remove_price(&params.id)?;
    Ok(Nothing {})
}

pub(crate) fn recompute_costs(engine: &Engine, params: RecomputeCosts) -> Answer<RecomputedCosts> {
    let Some(repriced) = engine.recompute_costs(params.apply)? else {
        return Ok(RecomputedCosts {
            cancelled: true,
            runs: Count(0),
            traces: Count(0),
            models: Vec::new(),
            uncounted: Count(0),
            total_before: total(engine)?.into(),
            total_after: total(engine)?.into(),
            last: last(engine)?,
        });
    };
    let moved = repriced.moved_by().pico_usd;
    let now = total(engine)?.pico_usd;
    let before = if params.apply { now.saturating_sub(moved) } else { now };
    let mut models: Vec<RecomputedModel> = repriced
        .models
        .iter()
        .map(|((provider, model), known)| RecomputedModel {
            provider: provider.clone(),
            model: model.clone(),
            runs: Count(known.runs),
            before: known.before.map(Into::into),
            after: known.after.map(Into::into),
            newly_priced: Count(known.newly_priced),
            no_longer_priced: Count(known.no_longer_priced),
        })
        .collect();
    models.sort_by_key(|known| std::cmp::Reverse(known.runs.0));
    Ok(RecomputedCosts {
        cancelled: false,
        runs: Count(repriced.runs),
        traces: Count(u64::try_from(repriced.traces.len()).unwrap_or(u64::MAX)),
        models,
        uncounted: Count(repriced.uncounted),
        total_before: Cost { pico_usd: before }.into(),
        total_after: Cost { pico_usd: before.saturating_add(moved) }.into(),
        last: last(engine)?,
    })
}

/// The sum of all known costs.
fn total(engine: &Engine) -> Answer<Cost> {
    let (scope, by) = (engine::CostScope::default(), engine::Dimension::All);
    let groups = engine.cost_groups(&engine::CostQuery { scope, filter: None, by })?;
    Ok(groups.into_iter().next().and_then(|group| group.sums.cost).unwrap_or_default())
}

fn last(engine: &Engine) -> Answer<Option<LastRecompute>> {
    let last = engine.last_recompute()?;
    Ok(last.map(|last| LastRecompute { at: last.at.into(), runs: Count(last.runs) }))
}

pub(crate) fn undo_recompute(engine: &Engine, _: Nothing) -> Answer<UndoneRecompute> {
    Ok(UndoneRecompute { runs: Count(engine.undo_recompute()?) })
}

pub(crate) fn recompute_progress(engine: &Engine, _: Nothing) -> Answer<RecomputeProgress> {
    let (done, all, running) = engine.recompute_state().progress();
    Ok(RecomputeProgress { running, done: Count(done), all: Count(all) })
}

pub(crate) fn cancel_recompute(engine: &Engine, _: Nothing) -> Answer<Nothing> {
    engine.recompute_state().cancel();
    Ok(Nothing {})
}

pub(crate) fn what_if(engine: &Engine, params: AskWhatIf) -> Answer<WhatIf> {
    let filter = filter(&params.scope)?;
    let provider = params.provider.as_deref();
    let told = engine.what_if(&scope(&params.scope)?, filter.as_ref(), provider, params.model.trim())?;
    let step = |step: engine::WhatIfStep| WhatIfStep {
        price: entry(&step.price.entry),
        runs: Count(step.runs),
        lines: lines(&step.calculation.lines),
        total: step.calculation.total().map(Into::into),
        notes: step.calculation.notes,
    };
    Ok(WhatIf {
        price: told.price.as_ref().map(|found| entry(&found.entry)),
        now: told.now.map(Into::into),
        then: told.then.map(Into::into),
        unchanged: told.unchanged.into(),
        unknown_runs: Count(told.unknown_runs),
        unknown_then: told.unknown_then.map(Into::into),
        steps: told.steps.into_iter().map(step).collect(),
        reach: told.reach.map(reach),
    })
}
