//! How long the rows of a large trace take: `cargo run --release -p store --example open_trace [runs]`.
#![expect(clippy::unwrap_used, clippy::print_stdout, reason = "a measurement at a terminal")]

use std::{path::Path, sync::Arc, time::Instant};

use model::{Cost, Operation, RunRecord, RunType, UnixNanos, Usage};
use store::{Batch, NewSource, SourceKind, Store};
use testkit::{record, run_id, sealed, trace_id};

/// Times that the trace is opened.
const ROUNDS: usize = 41;

/// A run of an agent trace: model calls and tools below chains, each with the fields that such a run has.
fn run(number: usize) -> RunRecord {
    let name = |number: usize| format!("run {number}");
    let mut drawn = record(Some("t"), &name(number), Operation::Whole);
    let fields = &mut drawn.fields;
    let kind = [RunType::Chain, RunType::Llm, RunType::Tool, RunType::Llm][number % 4];
    let start = i64::try_from(number).unwrap() * 1_000_000;
    fields.parent_run_id = (number > 0).then(|| run_id(&name((number - 1) / 4 * 4 / 2)));
    fields.name = Some(format!("{} {}", kind.as_str(), number % 40));
    fields.run_type = Some(kind);
    fields.start = Some(UnixNanos(start));
    fields.end = Some(UnixNanos(start + 900_000));
    fields.project = Some("bench".to_owned());
    fields.thread = Some("a conversation".to_owned());
    fields.dialect = Some("otel_genai".to_owned());
    fields.detail = (kind == RunType::Tool).then(|| format!("{{\"query\": \"what is {number}\"}}"));
    fields.error = number.is_multiple_of(50).then(|| "the tool did not answer in time".to_owned());
    if kind == RunType::Llm {
        fields.model = Some("gpt-5".to_owned());
        fields.provider = Some("openai".to_owned());
        fields.usage = Usage { input: Some(1000), output: Some(200), ..Usage::default() };
        fields.cost.total = Some(Cost { pico_usd: 1_000_000 });
    }
    sealed(drawn, b"a payload")
}

fn open(dir: &Path) -> Store {
    Store::open(dir, Arc::new(testkit::interpret), Box::new(|_| ())).unwrap()
}

fn main() {
    let runs = std::env::args().nth(1).map_or(25_000, |runs| runs.parse().unwrap());
    let dir = tempfile::tempdir().unwrap();
    let store = open(dir.path());
    let new = NewSource {
        kind: SourceKind::File,
        label: "bench".to_owned(),
        path: None,
        bytes: None,
        added: UnixNanos(0),
    };
    let source = store.add_source(new).unwrap();
    let started = Instant::now();
    store.write(Batch::prepare((0..runs).map(run).collect()), source).unwrap();
    println!("{runs} runs written in {:.0?}", started.elapsed());
    drop(store);
    let store = open(dir.path());
    let mut times: Vec<_> = (0..ROUNDS)
        .map(|_| {
            let started = Instant::now();
            let (_, rows) = store.trace_with_runs(trace_id("t")).unwrap();
            assert_eq!(rows.len(), runs);
            started.elapsed()
        })
        .collect();
    // The first one opens a connection and reads the pages.
    let first = times[0];
    times.sort();
    println!("rows: first {first:.1?}, best {:.1?}, median {:.1?}", times[0], times[ROUNDS / 2]);
}
