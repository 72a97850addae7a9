//! Why a run does not count, in words. The rule is that of the library (`store/src/write/counting.rs`), which decided;
//! here it is told by what is around the run.

use model::{RunId, RunType, Usage};
use store::RunRow;

use crate::view::OpenTrace;

fn is_call(run: &RunRow) -> bool {
    matches!(run.run_type, RunType::Llm | RunType::Embedding)
}

fn named(run: &RunRow) -> &str {
    run.name.as_deref().unwrap_or("unnamed")
}

fn tokens(runs: &[&RunRow]) -> u64 {
    runs.iter().fold(0, |sum, run| sum.saturating_add(run.usage.total().unwrap_or(0)))
}

/// Why the run does not count, for a run that tells `told`.
pub(super) fn why_not(trace: &OpenTrace, run_id: RunId, told: &Usage) -> Option<String> {
    let nodes = &trace.tree.nodes;
    let run_at = |node: usize| &trace.runs[nodes[node].input];
    let at = (0..nodes.len()).find(|node| run_at(*node).run_id == run_id)?;
    let run = run_at(at);
    let counts = |run: &RunRow| run.usage_counted && (run.usage.total().is_some() || run.cost.is_some());
    if is_call(run) {
        let mut around = nodes[at].parent;
        while let Some(parent) = around.filter(|parent| is_call(run_at(*parent))) {
            if counts(run_at(parent)) {
                let outer = run_at(parent);
                return Some(format!(
                    "the model call {} around it is the same call and tells {} tokens",
                    named(outer),
                    tokens(&[outer])
                ));
            }
            around = nodes[parent].parent;
        }
        let inside = counted_inside(trace, at, &counts);
        return Some(if inside.is_empty() {
            "its metadata repeat the usage of the run around it, which another model call counts".to_owned()
        } else {
            format!(
                "{} inside of it {} the same call and tell {} tokens",
                several(&inside),
                if inside.len() == 1 { "is" } else { "are" },
                tokens(&inside)
            )
        });
    }
    let end = at + usize::try_from(nodes[at].descendants).unwrap_or(0);
    let below: Vec<&RunRow> = (at + 1..=end.min(nodes.len() - 1))
        .map(run_at)
        .filter(|run| run.usage_counted && run.usage.total().is_some())
        .collect();
    if !below.is_empty() {
        let all = told.total().map(|total| format!(" of {total}")).unwrap_or_default();
        return Some(format!(
            "{} below it tell {}{all} tokens, and an agent, chain or tool repeats the sum of what it calls",
            several(&below),
            tokens(&below)
        ));
    }
    let same = trace.runs.iter().find(|run| {
        is_call(run)
            && (run.usage.input, run.usage.output, run.usage.total())
                == (told.input, told.output, told.total())
    });
    Some(match same {
        Some(same) => format!("the model call {} tells the very same counts", named(same)),
        None => "its metadata repeat the usage of the run around it".to_owned(),
    })
}

fn several(runs: &[&RunRow]) -> String {
    match runs {
        [run] => format!("the run {}", named(run)),
        runs => format!("the {} runs", runs.len()),
    }
}

/// The model calls that count inside of a model call, without a run of another type in between.
fn counted_inside<'t>(trace: &'t OpenTrace, at: usize, counts: &impl Fn(&RunRow) -> bool) -> Vec<&'t RunRow> {
    let nodes = &trace.tree.nodes;
    let end = at + usize::try_from(nodes[at].descendants).unwrap_or(0);
    let mut within = vec![false; nodes.len()];
    within[at] = true;
    let mut found = Vec::new();
    for node in at + 1..=end.min(nodes.len() - 1) {
        let run = &trace.runs[nodes[node].input];
        within[node] = is_call(run) && nodes[node].parent.is_some_and(|parent| within[parent]);
        if within[node] && counts(run) {
            found.push(run);
        }
    }
    found
}
