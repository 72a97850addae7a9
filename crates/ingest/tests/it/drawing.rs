//! Traces drawn as text.

use std::{collections::BTreeMap, fmt::Write as _};

use model::{RunFields, RunId, RunRecord, TraceId};

type Runs = BTreeMap<(Option<TraceId>, RunId), Vec<RunRecord>>;

fn runs(records: impl IntoIterator<Item = RunRecord>) -> Runs {
    let mut runs = Runs::new();
    for record in records {
        runs.entry((record.trace_id, record.run_id)).or_default().push(record);
    }
    runs
}

/// Every run below its parent, in the order of time: name, type, status, model, tokens, what went in and came out.
pub(crate) fn drawn(records: impl IntoIterator<Item = RunRecord>) -> String {
    let runs = runs(records);
    let fields: BTreeMap<_, RunFields> =
        runs.iter().map(|(id, records)| (*id, model::merge(records))).collect();
    let mut roots: Vec<_> = fields
        .iter()
        .filter(|((trace, _), run)| !run.parent_run_id.is_some_and(|up| fields.contains_key(&(*trace, up))))
        .collect();
    roots.sort_by_key(|(id, run)| (run.start, **id));
    let mut out = String::new();
    for ((trace, id), run) in roots {
        writeln!(
            out,
            "thread {} in {} ({})",
            run.thread.as_deref().unwrap_or("-"),
            run.project.as_deref().unwrap_or("-"),
            run.dialect.as_deref().unwrap_or("-")
        )
        .unwrap();
        draw(&fields, (*trace, *id), 1, &mut out);
    }
    out
}

fn draw(
    fields: &BTreeMap<(Option<TraceId>, RunId), RunFields>,
    id: (Option<TraceId>, RunId),
    depth: usize,
    out: &mut String,
) {
    let run = &fields[&id];
    let usage = &run.usage;
    let tokens = usage.total().map(|total| {
        let cached = usage.cache_read.unwrap_or(0);
        format!(" {total} tokens ({cached} cached)")
    });
    writeln!(
        out,
        "{}{} {} {}{}{} {}ms | {} -> {}{}",
        "  ".repeat(depth),
        run.name.as_deref().unwrap_or("-"),
        run.run_type.map_or("-", model::RunType::as_str),
        run.status().as_str(),
        run.model.as_deref().map(|model| format!(" {model}")).unwrap_or_default(),
        tokens.unwrap_or_default(),
        run.latency_nanos().unwrap_or(0) / 1_000_000,
        run.input_preview.as_deref().unwrap_or("-"),
        run.output_preview.as_deref().unwrap_or("-"),
        run.error.as_deref().map(|error| format!(" ! {error}")).unwrap_or_default(),
    )
    .unwrap();
    let mut below: Vec<_> =
        fields.iter().filter(|((trace, _), run)| *trace == id.0 && run.parent_run_id == Some(id.1)).collect();
    below.sort_by_key(|(id, run)| (run.start, run.end, **id));
    for (id, _) in below {
        draw(fields, *id, depth + 1, out);
    }
}
