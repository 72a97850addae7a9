//! `tracemark show agreement`: how far the reviewers of a queue agree.

use std::process::ExitCode;

use engine::{
    Engine, KeyAgreement, QueueAgreement, Same,
    measures::{Measure, Scale},
};
use serde_json::{Value, json};
use uuid::Uuid;

use super::{dash, exchange::queue_named};
use crate::output;

pub(crate) fn run(
    engine: &Engine,
    queue: &str,
    na_is_missing: bool,
    as_json: bool,
) -> anyhow::Result<ExitCode> {
    let found = engine.agreement(queue_named(engine, queue)?, na_is_missing)?;
    if as_json {
        let keys: Vec<Value> = found.keys.iter().map(|key| key_json(&found, key)).collect();
        output::json(&json!({ "keys": keys, "unmeasured": found.unmeasured }));
    } else {
        print(&found);
    }
    Ok(ExitCode::SUCCESS)
}

fn name(found: &QueueAgreement, id: Uuid) -> &str {
    found.reviewers.iter().find(|(known, _)| *known == id).map_or("?", |(_, name)| name)
}

fn title(key: &KeyAgreement) -> String {
    match &key.label {
        Some(label) => format!("{}: {label}", key.key),
        None => key.key.clone(),
    }
}

fn text(measure: Measure) -> String {
    match measure {
        Measure::Number(number) => format!("{number:.3}"),
        Measure::NoVariation => "no variation".to_owned(),
        Measure::NoPairs => "no item has two answers".to_owned(),
    }
}

fn same_text(same: Same) -> String {
    match same.interval() {
        Some((low, high)) => {
            format!("{} of {} ({:.0} to {:.0} %)", same.equal, same.all, low * 100.0, high * 100.0)
        }
        None => dash(None::<String>),
    }
}

fn print(found: &QueueAgreement) {
    for (index, key) in found.keys.iter().enumerate() {
        if index > 0 {
            output::line("");
        }
        let report = &key.report;
        let few = if report.too_few { ", too few items" } else { "" };
        output::line(format!("{}  ({} items, {} answers{few})", title(key), report.items, report.answers));
        let interval =
            report.alpha_interval.map(|(low, high)| format!(" ({low:.3} to {high:.3})")).unwrap_or_default();
        let reading = report.reading.map(|reading| format!(": {}", reading.text())).unwrap_or_default();
        let mut rows = vec![
            vec!["  Percent".to_owned(), text(report.percent)],
            vec!["  Krippendorff's alpha".to_owned(), format!("{}{interval}{reading}", text(report.alpha))],
        ];
        for (name, measure) in report.measures() {
            rows.push(vec![format!("  {}", name.title()), text(measure)]);
        }
        if let Some(masi) = key.masi {
            rows.push(vec!["  Alpha of whole sets (MASI)".to_owned(), text(masi)]);
        }
        output::table(&rows);
        let mut rows = vec![
            ["  Reviewer", "With others", "With decisions", "With themselves"].map(str::to_owned).to_vec(),
        ];
        for one in &key.reviewers {
            rows.push(vec![
                format!("  {}", name(found, one.reviewer)),
                same_text(one.others),
                same_text(one.decisions),
                same_text(one.again),
            ]);
        }
        output::table(&rows);
        for matrix in &key.matrices {
            let (one, other) = (name(found, matrix.one), name(found, matrix.other));
            let mut head = vec![format!("  {one} by rows, {other} by columns")];
            head.extend(key.categories.iter().cloned());
            let mut rows = vec![head];
            for (category, counts) in key.categories.iter().zip(&matrix.counts) {
                let mut row = vec![format!("  {category}")];
                row.extend(counts.iter().map(ToString::to_string));
                rows.push(row);
            }
            output::table(&rows);
        }
    }
    if !found.unmeasured.is_empty() {
        output::note(format!("No measure fits {}", found.unmeasured.join(", ")));
    }
}

fn measure_json(measure: Measure) -> Value {
    match measure {
        Measure::Number(number) => json!(number),
        Measure::NoVariation => json!("no variation"),
        Measure::NoPairs => json!("no pairs"),
    }
}

fn same_json(same: Same) -> Value {
    json!({ "equal": same.equal, "all": same.all, "interval": same.interval() })
}

fn key_json(found: &QueueAgreement, key: &KeyAgreement) -> Value {
    let report = &key.report;
    let measures: serde_json::Map<String, Value> = report
        .measures()
        .into_iter()
        .map(|(name, measure)| (name.title().to_owned(), measure_json(measure)))
        .collect();
    let matrices: Vec<Value> = key
        .matrices
        .iter()
        .map(|matrix| {
            json!({ "rows": name(found, matrix.one), "columns": name(found, matrix.other), "counts": matrix.counts })
        })
        .collect();
    let reviewers: Vec<Value> = key
        .reviewers
        .iter()
        .map(|one| {
            json!({
                "reviewer_id": one.reviewer,
                "name": name(found, one.reviewer),
                "others": same_json(one.others),
                "decisions": same_json(one.decisions),
                "again": same_json(one.again),
                "again_kappa": one.again_kappa.map(measure_json),
            })
        })
        .collect();
    json!({
        "key": key.key,
        "label": key.label,
        "items": report.items,
        "answers": report.answers,
        "too_few": report.too_few,
        "percent": measure_json(report.percent),
        "alpha": measure_json(report.alpha),
        "alpha_interval": report.alpha_interval,
        "scale": match report.scale {
            Scale::Nominal => "nominal",
            Scale::Ordinal => "ordinal",
            Scale::Interval => "interval",
            Scale::Ratio => "ratio",
        },
        "reading": report.reading.map(engine::measures::Reading::text),
        "measures": measures,
        "masi": key.masi.map(measure_json),
        "categories": key.categories,
        "matrices": matrices,
        "reviewers": reviewers,
    })
}
