//! What the vocabularies cost: the share of the rules in decoding a span, for a real request of each; and the speed of
//! taking in the same content in three of them.

use std::{
    fmt::Write as _,
    fs,
    path::{Path, PathBuf},
    time::{Duration, Instant},
};

use anyhow::Context as _;
use ingest::{
    Context,
    otlp::{self, stages},
};
use serde_json::json;

use super::{Row, program::Program, send_all, vocabulary::Vocabulary, workload::Workload};

/// Processor time for which each stage of each request is repeated at least.
const REPEAT_FOR: Duration = Duration::from_millis(40);

/// The stages of one request, in microseconds a span.
struct Cost {
    vocabulary: String,
    fixture: String,
    spans: u64,
    read: f64,
    map: f64,
    whole: f64,
}

/// A table of every vocabulary of which there is a fixture.
pub(crate) fn mapping() -> anyhow::Result<String> {
    let mut costs = Vec::new();
    let root = crate::root().join("tests/fixtures/otlp");
    for (fixture, request) in requests(&root)? {
        let context = Context::default();
        let Ok(decoded) = otlp::decode_protobuf(&request, &context) else { continue };
        let spans = stages::read_only(&request);
        if spans == 0 {
            continue;
        }
        // Most of a request speaks one vocabulary; it gives the row its name.
        let mut names: Vec<&str> =
            decoded.records.iter().filter_map(|record| record.fields.dialect.as_deref()).collect();
        names.sort_unstable();
        let most = names.chunk_by(PartialEq::eq).max_by_key(|same| same.len());
        let name = most.and_then(|same| same.first()).copied().unwrap_or("none").to_owned();
        let a_span = |time: Duration| time.as_secs_f64() * 1e6 / spans as f64;
        let read = a_span(repeated(|| stages::read_only(&request)));
        let map = a_span(repeated(|| stages::map_only(&request, &context))) - read;
        let whole = a_span(repeated(|| otlp::decode_protobuf(&request, &context).is_ok()));
        costs.push(Cost { vocabulary: name, fixture, spans, read, map: map.max(0.0), whole });
    }
    costs.sort_by(|left, right| (&left.vocabulary, &left.fixture).cmp(&(&right.vocabulary, &right.fixture)));
    let mut text =
        "| vocabulary | request | spans | reading | rules | keeping | in all | share of the rules |\n\
                    | --- | --- | ---: | ---: | ---: | ---: | ---: | ---: |\n"
            .to_owned();
    for cost in &costs {
        let keeping = (cost.whole - cost.read - cost.map).max(0.0);
        let _ = writeln!(
            text,
            "| {} | {} | {} | {:.1} µs | {:.1} µs | {keeping:.1} µs | {:.1} µs | {:.0} % |",
            cost.vocabulary,
            cost.fixture,
            cost.spans,
            cost.read,
            cost.map,
            cost.whole,
            100.0 * cost.map / cost.whole.max(f64::EPSILON),
        );
    }
    Ok(text)
}

/// Every request of spans among the fixtures, in protobuf, by name.
fn requests(root: &Path) -> anyhow::Result<Vec<(String, Vec<u8>)>> {
    let mut found = Vec::new();
    let mut open = vec![root.to_owned()];
    while let Some(dir) = open.pop() {
        for entry in fs::read_dir(&dir).with_context(|| format!("cannot list {}", dir.display()))? {
            let path = entry?.path();
            let name = path.strip_prefix(root).unwrap_or(&path).display().to_string();
            if path.is_dir() {
                open.push(path);
            } else if path.extension().is_some_and(|extension| extension == "json")
                && ![".expected.", ".logs.", ".metrics.", "edge/"].iter().any(|part| name.contains(part))
            {
                found.push((name.trim_end_matches(".json").to_owned(), in_protobuf(&path)?));
            }
        }
    }
    found.sort();
    Ok(found)
}

fn in_protobuf(path: &PathBuf) -> anyhow::Result<Vec<u8>> {
    let json = fs::read(path).with_context(|| format!("cannot read {}", path.display()))?;
    let decoded = otlp::decode_json(&json, &Context::default());
    // Records are messages of one span each, and their concatenation is a message again.
    Ok(decoded
        .map(|decoded| decoded.records.into_iter().flat_map(|record| record.raw.bytes).collect())
        .unwrap_or_default())
}

/// The processor time of this thread that the work takes, so that a busy machine does not show.
fn repeated<T>(mut work: impl FnMut() -> T) -> Duration {
    let mut times = 1;
    loop {
        let (clock, cpu) = (Instant::now(), thread_cpu());
        for _ in 0..times {
            std::hint::black_box(work());
        }
        // Where the system does not tell, the clock has to do.
        let spent = thread_cpu()
            .zip(cpu)
            .map_or_else(|| clock.elapsed(), |(after, before)| after.saturating_sub(before));
        if spent >= REPEAT_FOR || times >= 1 << 20 {
            return spent / times;
        }
        times *= 2;
    }
}

/// Nanoseconds that this thread has been running (Linux).
fn thread_cpu() -> Option<Duration> {
    let text = fs::read_to_string("/proc/thread-self/schedstat").ok()?;
    text.split_whitespace().next()?.parse().ok().map(Duration::from_nanos)
}

/// The same traces in three vocabularies, one after the other, each into a library of its own.
pub(crate) fn side_by_side(binary: &Path, spans: usize, rows: &mut Vec<Row>) -> anyhow::Result<()> {
    for vocabulary in [Vocabulary::GenAi, Vocabulary::Openinference, Vocabulary::Vercel] {
        let bodies = Workload::new(5).speaking(vocabulary).protobuf_requests(spans, 512);
        let bytes: usize = bodies.iter().map(Vec::len).sum();
        let library = tempfile::tempdir()?;
        let program = Program::serve(binary, library.path())?;
        let url = format!("{}/v1/traces", program.ingest);
        let cpu_before = program.cpu();
        let start = Instant::now();
        send_all(&url, &[("content-type", "application/x-protobuf")], &bodies, 200)?;
        let time = start.elapsed().as_secs_f64();
        let cpu = program.cpu().saturating_sub(cpu_before);
        let info = program.call("app_info", &json!({}))?;
        anyhow::ensure!(info["runs"] == spans, "{} of {spans} spans can be read", info["runs"]);
        rows.push(Row {
            what: format!("the same content as {}", vocabulary.name()),
            measured: format!(
                "{:.0} spans/s, {:.0} MB/s, {:.0} µs processor time a span",
                spans as f64 / time,
                bytes as f64 / 1e6 / time,
                cpu.as_secs_f64() * 1e6 / spans as f64
            ),
            goal: "",
        });
    }
    Ok(())
}
