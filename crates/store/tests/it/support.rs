//! A library in a temporary folder, and its content as text.

use std::{collections::BTreeMap, fmt::Write as _, path::Path, sync::Arc};

use model::{
    AgentRun, Bill, Cost, CostByClass, CostClass, CostOrigin, RawRecord, RunFields, RunRecord, TraceId,
    UnixNanos,
};
use store::{
    Batch, CostScope, CostSums, Dimension, Interpret, NewSource, Outcome, RunRow, SourceId, SourceKind,
    Store, TraceQuery,
};
use testkit::id_name;

/// Reads drawn records, and has a price for every model but `m0`: 10 an input token, 4 a cached one, 30 an output token.
struct Drawn;

impl Interpret for Drawn {
    fn interpret(&self, raw: &RawRecord) -> Option<RunRecord> {
        testkit::interpret(raw)
    }

    fn bill(&self, run: &RunFields) -> Bill {
        if run.cost.whole().is_some() || run.usage.is_empty() {
            return Bill::given(&run.cost);
        }
        let Some(model) = run.model.as_deref().filter(|model| *model != "m0") else {
            return Bill { origin: CostOrigin::Unpriced, ..Bill::default() };
        };
        let pico = |count: Option<u64>, price: i64| Cost {
            pico_usd: i64::try_from(count.unwrap_or(0)).unwrap() * price,
        };
        let cached = run.usage.cache_read.unwrap_or(0);
        let plain = run.usage.input.unwrap_or(0).saturating_sub(cached);
        let mut by_class = CostByClass::default();
        by_class.add(CostClass::Input, pico(Some(plain), 10));
        by_class.add(CostClass::CacheRead, pico(Some(cached), 4));
        by_class.add(CostClass::Output, pico(run.usage.output, 30));
        let price = Some(format!("price of {model}").into());
        Bill { origin: CostOrigin::Computed, by_class, cache_saved: pico(Some(cached), 6), price }
    }

    fn sub_agents(&self, runs: &[AgentRun]) -> Vec<Option<String>> {
        views::messages::sub_agents(runs)
    }
}

pub(crate) fn open(dir: &Path) -> Store {
    Store::open(dir, Arc::new(Drawn), Box::new(|_| ())).unwrap()
}

fn dimensions() -> Vec<Dimension> {
    let names = [
        "all",
        "model",
        "provider",
        "name",
        "prompt",
        "tag",
        "user",
        "agent",
        "unpriced",
        "sum_only",
        "bad_count",
        "metadata.env",
        "metadata.beta",
    ];
    names.into_iter().map(|name| Dimension::parse(name).unwrap()).collect()
}

/// The sums by day must be what the runs say, whatever cost is grouped by.
fn assert_costs(store: &Store, traces: &[store::TraceRow]) {
    for dimension in dimensions() {
        let mut counted: BTreeMap<Option<String>, CostSums> = BTreeMap::new();
        for trace in traces {
            let scope = CostScope { trace: Some(trace.trace_id), ..CostScope::default() };
            for group in store.cost_groups(&scope, &dimension).unwrap() {
                let sums = counted.entry(group.value.clone()).or_default();
                sums.traces += 1;
                sums.runs += group.sums.runs;
                sums.unpriced_runs += group.sums.unpriced_runs;
                sums.cache_saved.pico_usd += group.sums.cache_saved.pico_usd;
                for (class, cost) in group.sums.by_class.iter() {
                    sums.by_class.add(class, cost);
                }
                if let Some(cost) = group.sums.cost {
                    sums.cost =
                        Some(Cost { pico_usd: sums.cost.unwrap_or_default().pico_usd + cost.pico_usd });
                }
                if dimension == Dimension::All {
                    assert_eq!(group.sums.cost, trace.cost, "{trace:?}");
                    assert_eq!(group.sums.cost.unwrap_or_default(), group.sums.by_class.total());
                }
                let group = (&dimension, group.value.as_deref());
                let found = store.top_cost_traces(&scope, Some(group), 9).unwrap();
                assert_eq!(found.len(), 1, "{group:?}");
            }
        }
        if let (Dimension::Metadata(_), Some(without)) = (&dimension, counted.get_mut(&None)) {
            without.traces = 0;
        }
        let kept: BTreeMap<Option<String>, CostSums> = store
            .cost_groups(&CostScope::default(), &dimension)
            .unwrap()
            .into_iter()
            .map(|group| (group.value, CostSums { usage: model::Usage::default(), ..group.sums }))
            .collect();
        assert_eq!(kept, counted, "{dimension:?}");
    }
}

pub(crate) fn source(store: &Store, label: &str) -> SourceId {
    let path = Some(label.to_owned());
    let added = UnixNanos(0);
    store
        .add_source(NewSource { kind: SourceKind::File, label: label.to_owned(), path, bytes: None, added })
        .unwrap()
}

pub(crate) fn write(store: &Store, label: &str, records: &[RunRecord]) -> Outcome {
    store.write(Batch::prepare(records.to_vec()), source(store, label)).unwrap()
}

/// Rows of a table, whatever the readers make of them.
pub(crate) fn count(store: &Store, table: &str) -> i64 {
    let connection = rusqlite::Connection::open(store.dir().join("library.sqlite")).unwrap();
    connection.query_row(&format!("SELECT count(*) FROM {table}"), [], |row| row.get(0)).unwrap()
}

/// Everything but sources, row ids and places.
pub(crate) fn dump(store: &Store) -> String {
    let mut text = String::new();
    let query = TraceQuery { limit: 10_000, ..TraceQuery::default() };
    let mut traces = store.traces(&query).unwrap().rows;
    traces.sort_by_key(|trace| trace.trace_id);
    for trace in traces {
        let (mut row, mut runs) = store.trace_with_runs(trace.trace_id).unwrap();
        assert_tree_rows(store, trace.trace_id, &runs);
        row.source = SourceId(0);
        let _ = writeln!(text, "trace {} {row:?}", id_name(trace.trace_id.as_bytes()));
        runs.sort_by_key(|run| run.run_id);
        for mut run in runs {
            let (_, records) = store.run(trace.trace_id, run.run_id).unwrap();
            let mut hashes: Vec<_> = records.iter().map(model::RawRecord::content_hash).collect();
            hashes.sort();
            run.source = SourceId(0);
            let _ = writeln!(text, "  run {} {run:?} {hashes:?}", id_name(run.run_id.as_bytes()));
            for file in store.attachments(trace.trace_id, run.run_id).unwrap() {
                let content = store.attachment(trace.trace_id, run.run_id, &file.name).unwrap();
                let _ = writeln!(text, "    {file:?} {content:?}");
            }
        }
    }
    for project in store.projects().unwrap() {
        let _ = writeln!(text, "{project:?}");
    }
    let mut threads = store.threads(None, 0, 10_000).unwrap().rows;
    threads.sort_by(|left, right| (&left.project, &left.thread).cmp(&(&right.project, &right.thread)));
    for thread in threads {
        let _ = writeln!(text, "{thread:?}");
    }
    for dimension in dimensions() {
        for point in store.cost_trend(&CostScope::default(), &dimension, None).unwrap() {
            let _ = writeln!(text, "{dimension:?} {point:?}");
        }
    }
    let _ = writeln!(text, "{} rows of costs", count(store, "cost_day"));
    let _ = writeln!(text, "{:?}", store.counts().unwrap());
    let _ = writeln!(text, "{} contents", count(store, "attachment_content"));
    text
}

/// What the tree shows of a run must be what is shown of it elsewhere.
pub(crate) fn assert_tree_rows(store: &Store, trace_id: TraceId, runs: &[RunRow]) {
    let (_, rows) = store.trace_for_tree(trace_id).unwrap();
    let text = |number: Option<u32>| number.map(|number| rows.texts[number as usize].clone());
    assert_eq!(rows.runs.len(), runs.len());
    for (row, run) in rows.runs.iter().zip(runs) {
        assert_eq!((row.run_id, row.parent_run_id), (run.run_id, run.parent_run_id));
        assert_eq!((row.start, row.end, row.first_token), (run.start, run.end, run.first_token));
        assert_eq!((row.run_type, row.status), (run.run_type, run.status));
        assert_eq!((text(row.name), text(row.model)), (run.name.clone(), run.model.clone()));
        assert_eq!((row.usage.input, row.usage.output), (run.usage.input, run.usage.output));
        assert_eq!(row.usage.total(), run.usage.total());
        assert_eq!((row.usage_counted, row.cost), (run.usage_counted, run.cost));
        assert_eq!((&row.error, &row.detail), (&run.error, &run.detail));
    }
}

/// What projects and threads say about runs must be what the runs say.
pub(crate) fn assert_roll_ups(store: &Store) {
    let traces = store.traces(&TraceQuery { limit: 10_000, ..TraceQuery::default() }).unwrap().rows;
    for trace in &traces {
        let (_, runs) = store.trace_with_runs(trace.trace_id).unwrap();
        assert_eq!(trace.runs, runs.len() as u64, "{trace:?}");
        let used: u64 = runs.iter().filter(|run| run.usage_counted).filter_map(|run| run.usage.total()).sum();
        assert_eq!(trace.usage.total().unwrap_or(0), used, "{trace:?}");
        assert_eq!(trace.start, runs.iter().filter_map(|run| run.start).min());
    }
    assert_costs(store, &traces);
    for project in store.projects().unwrap() {
        let own: Vec<_> = traces.iter().filter(|trace| trace.project == project.name).collect();
        assert_eq!(project.traces, own.len() as u64);
        assert_eq!(project.runs, own.iter().map(|trace| trace.runs).sum::<u64>());
        assert_eq!(
            project.usage.total().unwrap_or(0),
            own.iter().filter_map(|trace| trace.usage.total()).sum::<u64>()
        );
    }
    for thread in store.threads(None, 0, 10_000).unwrap().rows {
        let own = traces
            .iter()
            .filter(|trace| trace.thread.as_ref() == Some(&thread.thread) && trace.project == thread.project);
        assert_eq!(thread.turns, own.clone().count() as u64);
        assert_eq!(thread.runs, own.map(|trace| trace.runs).sum::<u64>());
    }
}
