//! `search`: words in everything that runs took in and gave out.

use std::process::ExitCode;

use clap::Args;
use engine::{Engine, FoundText, TextPart, TextSearch};
use serde_json::{Value, json};

use crate::output;

/// Hits of one call.
const AT_ONCE: usize = 50;

/// What is searched for.
#[derive(Args)]
pub(crate) struct Search {
    /// Words, "phrases in quotes" and beginnings*; all must occur in one text
    text: String,
    /// In this project only
    #[arg(long)]
    project: Option<String>,
    /// In this trace only
    #[arg(long, value_name = "ID")]
    trace: Option<String>,
    /// Look within words too, which reads the whole library
    #[arg(long)]
    inside: bool,
    /// Hits at most
    #[arg(long, default_value_t = 50)]
    limit: usize,
}

/// Searches all texts and prints where they were found.
pub(crate) fn run(engine: &Engine, search: &Search, as_json: bool) -> anyhow::Result<ExitCode> {
    engine.complete_text_index(&mut |behind, blocks| {
        output::note(format!("indexing: {} of {blocks} blocks", blocks.saturating_sub(behind)));
    })?;
    let mut wanted = TextSearch {
        text: search.text.clone(),
        project: search.project.clone(),
        trace: search.trace.as_deref().map(str::parse).transpose()?,
        inside_words: search.inside,
        after: None,
        limit: AT_ONCE,
    };
    let mut found: Vec<FoundText> = Vec::new();
    let is_cut = loop {
        let answer = engine.search_texts(&wanted)?;
        found.extend(answer.hits);
        let is_cut = found.len() > search.limit || (found.len() == search.limit && answer.next.is_some());
        if is_cut || answer.next.is_none() {
            break is_cut;
        }
        wanted.after = answer.next;
    };
    found.truncate(search.limit);
    if as_json {
        let hits: Vec<Value> = found.iter().map(hit_json).collect();
        output::json(&json!({ "hits": hits, "more": is_cut }));
        return Ok(ExitCode::SUCCESS);
    }
    if found.is_empty() {
        output::note("Nothing in the library has all of these words in one text.");
        return Ok(ExitCode::SUCCESS);
    }
    let mut table = vec![["TRACE/RUN", "NAME", "FIELD", "LINE"].map(str::to_owned).to_vec()];
    table.extend(found.iter().map(|hit| {
        vec![
            format!("{}/{}", hit.trace.trace_id, hit.run.run_id),
            hit.run.name.as_deref().unwrap_or("unnamed").to_owned(),
            field(hit),
            hit.line.clone(),
        ]
    }));
    output::table(&table);
    if is_cut {
        output::note(format!("The first {} hits; --limit shows more.", found.len()));
    }
    Ok(ExitCode::SUCCESS)
}

fn field(hit: &FoundText) -> String {
    let part = match hit.part {
        TextPart::Inputs => "inputs",
        TextPart::Outputs => "outputs",
        TextPart::Error => "error",
        TextPart::Metadata => "metadata",
        TextPart::Tags => "tags",
    };
    format!("{part}{}", hit.pointer)
}

fn hit_json(hit: &FoundText) -> Value {
    let marks: Vec<Value> = hit
        .marks
        .iter()
        .map(|mark| {
            let chars = |end: usize| hit.line.get(..end).map_or(0, |before| before.chars().count());
            json!({ "start": chars(mark.start), "end": chars(mark.end) })
        })
        .collect();
    json!({
        "trace_id": hit.trace.trace_id.to_string(),
        "run_id": hit.run.run_id.to_string(),
        "name": hit.run.name.as_deref(),
        "project": hit.trace.project,
        "start_time": hit.run.start.map(engine::UnixNanos::to_iso_micros),
        "field": field(hit),
        "line": hit.line,
        "marks": marks,
        "more": hit.more,
        "inside": hit.is_inside,
    })
}
