//! `cargo xtask bench`: speed, measured from outside on the release binary.
//!
//! Every figure comes from the real program over real sockets and files; the workload is made here. Results are printed as
//! a table and kept in `docs/benchmarks.md` with the machine named.

mod cost;
mod drawing;
mod messages;
mod program;
mod texts;
mod vocabularies;
mod vocabulary;
mod workload;

use std::{
    fmt::Write as _,
    fs,
    io::Write as _,
    path::Path,
    sync::atomic::{AtomicUsize, Ordering},
    thread,
    time::{Duration, Instant},
};

use anyhow::{Context as _, ensure};
use program::Program;
use serde_json::{Value, json};
use workload::{Sizes, Workload};

/// Connections that send at once.
const CONNECTIONS: usize = 4;

/// How much is measured.
#[derive(clap::Args)]
pub(crate) struct Bench {
    /// Spans sent to the endpoint
    #[arg(long, default_value_t = 20_000)]
    spans: usize,
    /// Megabytes of JSON lines that are imported
    #[arg(long, default_value_t = 1000)]
    import_mb: usize,
    /// Runs of the library in which the newest traces are listed
    #[arg(long, default_value_t = 1_000_000)]
    library_runs: usize,
    /// Measure the vocabularies alone, and only print
    #[arg(long)]
    vocabularies: bool,
    /// Measure the conversation of a long trace alone, and only print
    #[arg(long)]
    messages: bool,
    /// Model calls of that trace
    #[arg(long, default_value_t = 2_000)]
    calls: usize,
    /// Measure the full text alone, and only print
    #[arg(long)]
    texts: bool,
    /// Measure the groups of cost alone, and only print
    #[arg(long)]
    costs: bool,
    /// Measure drawing and starting alone, and only print
    #[arg(long)]
    drawing: bool,
    /// Only print, leave docs/benchmarks.md alone
    #[arg(long)]
    dry: bool,
}

struct Row {
    what: String,
    measured: String,
    goal: &'static str,
}

pub(crate) fn run(bench: &Bench) -> anyhow::Result<()> {
    // Another build may be measured, such as one in another target folder.
    let binary = std::env::var_os("TRACEMARK_BIN")
        .map_or_else(|| crate::root().join("target/release/tracemark"), Into::into);
    ensure!(binary.exists(), "build the program first: cargo build --release -p cli");
    let mut rows = Vec::new();
    if bench.vocabularies {
        say("the vocabularies")?;
        vocabularies::side_by_side(&binary, bench.spans, &mut rows)?;
        let text = format!("{}\n{}", table(&rows), vocabularies::mapping()?);
        return Ok(std::io::stdout().write_all(text.as_bytes())?);
    }
    if bench.texts {
        texts::search(&binary, bench.library_runs, &mut rows)?;
        return Ok(std::io::stdout().write_all(table(&rows).as_bytes())?);
    }
    if bench.messages {
        messages::replayed(&binary, bench.calls, &mut rows)?;
        return Ok(std::io::stdout().write_all(table(&rows).as_bytes())?);
    }
    if bench.costs {
        cost::group_by(&binary, bench.library_runs, &mut rows)?;
        return Ok(std::io::stdout().write_all(table(&rows).as_bytes())?);
    }
    if bench.drawing {
        drawing::drawn(&binary, &mut rows)?;
        return Ok(std::io::stdout().write_all(table(&rows).as_bytes())?);
    }
    say("the endpoint")?;
    endpoint(&binary, bench.spans, &mut rows)?;
    say("the vocabularies")?;
    vocabularies::side_by_side(&binary, bench.spans, &mut rows)?;
    let mapping = vocabularies::mapping()?;
    say("the LangSmith protocol")?;
    langsmith(&binary, bench.spans, &mut rows)?;
    say("a large body")?;
    let large = Workload::new(5).multipart_body(LARGE_BODY);
    large_body(&binary, "multipart body", ("/runs/multipart", MULTIPART), large, &mut rows)?;
    let large = Workload::new(5).batch_body(LARGE_BODY);
    large_body(&binary, "batch", ("/runs/batch", JSON), large, &mut rows)?;
    say("a large file")?;
    import(&binary, bench.import_mb, &mut rows)?;
    for runs in [25_000, 100_000] {
        say(&format!("a trace of {runs} runs"))?;
        large_trace(&binary, runs, &mut rows)?;
    }
    say(&format!("a library of {} runs", bench.library_runs))?;
    newest(&binary, bench.library_runs, &mut rows)?;
    say(&format!("cost over {} runs", bench.library_runs))?;
    cost::group_by(&binary, bench.library_runs, &mut rows)?;
    say(&format!("full text of {} runs", bench.library_runs))?;
    texts::search(&binary, bench.library_runs, &mut rows)?;
    messages::replayed(&binary, bench.calls, &mut rows)?;
    drawing::drawn(&binary, &mut rows)?;
    let desktop = binary.with_file_name("tracemark-desktop");
    for (what, file) in [("the command line program", &binary), ("the program with the window", &desktop)] {
        rows.push(Row {
            what: format!("size of {what}"),
            measured: format!("{:.1} MB", mb(fs::metadata(file)?.len())),
            goal: "",
        });
    }
    let table = format!(
        "{}\n## Rules\n\nMicroseconds a span in one thread: reading protobuf, the rules of the vocabularies, and keeping the record.\n\n{mapping}",
        table(&rows)
    );
    let mut out = std::io::stdout();
    out.write_all(table.as_bytes())?;
    if !bench.dry {
        let page = format!(
            "# Benchmarks\n\nMade by `cargo xtask bench` ({} spans, {} MB, {} runs) on {}.\nGoals are those of the storage design.\n\n{table}",
            bench.spans,
            bench.import_mb,
            bench.library_runs,
            machine(),
        );
        fs::write(crate::root().join("docs/benchmarks.md"), page)?;
    }
    Ok(())
}

/// Progress, on standard error.
fn say(what: &str) -> anyhow::Result<()> {
    writeln!(std::io::stderr(), "measuring {what}")?;
    Ok(())
}

fn mb(bytes: u64) -> f64 {
    bytes as f64 / 1e6
}

fn millis(time: Duration) -> String {
    format!("{:.1} ms", time.as_secs_f64() * 1e3)
}

fn machine() -> String {
    let cpu = fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let name = cpu
        .lines()
        .find_map(|line| line.strip_prefix("model name")?.split(':').nth(1))
        .unwrap_or("unknown")
        .trim()
        .to_owned();
    let cores = thread::available_parallelism().map_or(1, std::num::NonZero::get);
    format!("{cores} cores of {name}, {}", std::env::consts::OS)
}

fn table(rows: &[Row]) -> String {
    let mut text = "| what | measured | goal |\n| --- | --- | --- |\n".to_owned();
    for row in rows {
        let _ = writeln!(text, "| {} | {} | {} |", row.what, row.measured, row.goal);
    }
    text
}

/// Durable OTLP protobuf over HTTP.
fn endpoint(binary: &Path, spans: usize, rows: &mut Vec<Row>) -> anyhow::Result<()> {
    let bodies = Workload::new(1).protobuf_requests(spans, 512);
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
    ensure!(info["runs"] == spans, "{} of {spans} spans can be read", info["runs"]);
    let disk = info["library_bytes"].as_u64().unwrap_or(0);
    rows.push(Row {
        what: "OTLP protobuf over HTTP, durable and readable".to_owned(),
        measured: format!("{:.0} spans/s, {:.0} MB/s", spans as f64 / time, bytes as f64 / 1e6 / time),
        goal: "20,000 spans/s, 150 MB/s",
    });
    rows.push(Row {
        what: "processor time a span, mapping included".to_owned(),
        measured: format!("{:.0} µs", cpu.as_secs_f64() * 1e6 / spans as f64),
        goal: "100 µs",
    });
    rows.push(Row {
        what: "bytes on disk a byte received, write-ahead log and what is indexed by then included"
            .to_owned(),
        measured: format!("{:.2}", disk as f64 / bytes as f64),
        goal: "0.30 with index",
    });
    rows.push(Row {
        what: "peak memory while taking in".to_owned(),
        measured: format!("{:.0} MB", mb(program.peak_memory())),
        goal: "",
    });
    Ok(())
}

/// Sends all bodies over several connections and waits for every answer.
fn send_all(url: &str, headers: &[(&str, &str)], bodies: &[Vec<u8>], accepted: u16) -> anyhow::Result<()> {
    let next = AtomicUsize::new(0);
    thread::scope(|scope| {
        let senders: Vec<_> = (0..CONNECTIONS)
            .map(|_| {
                scope.spawn(|| -> anyhow::Result<()> {
                    let agent = program::agent();
                    while let Some(body) = bodies.get(next.fetch_add(1, Ordering::Relaxed)) {
                        loop {
                            let request = headers.iter().fold(agent.post(url), |request, (name, value)| {
                                request.header(*name, *value)
                            });
                            match request.send(&body[..])?.status().as_u16() {
                                status if status == accepted => break,
                                503 => thread::sleep(Duration::from_millis(5)),
                                status => anyhow::bail!("the endpoint answered {status}"),
                            }
                        }
                    }
                    Ok(())
                })
            })
            .collect();
        senders
            .into_iter()
            .try_for_each(|sender| sender.join().unwrap_or_else(|_| anyhow::bail!("a sender ended")))
    })
}

const MULTIPART: (&str, &str) = ("content-type", "multipart/form-data; boundary=bench");

/// The content of [`endpoint`] as LangSmith's SDK sends it: bodies of 100 runs, packed with zstd.
fn langsmith(binary: &Path, runs: usize, rows: &mut Vec<Row>) -> anyhow::Result<()> {
    let bodies = Workload::new(1).multipart_requests(runs, 100);
    let bytes: usize = bodies.iter().map(Vec::len).sum();
    let packed =
        bodies.iter().map(|body| zstd::encode_all(&body[..], 3)).collect::<std::io::Result<Vec<_>>>()?;
    let library = tempfile::tempdir()?;
    let program = Program::serve(binary, library.path())?;
    let url = format!("{}/runs/multipart", program.ingest);
    let cpu_before = program.cpu();
    let start = Instant::now();
    send_all(&url, &[MULTIPART, ("content-encoding", "zstd")], &packed, 202)?;
    let time = start.elapsed().as_secs_f64();
    let cpu = program.cpu().saturating_sub(cpu_before);
    let info = program.call("app_info", &json!({}))?;
    ensure!(info["runs"] == runs, "{} of {runs} runs can be read", info["runs"]);
    rows.push(Row {
        what: "the same as LangSmith multipart with zstd, durable and readable".to_owned(),
        measured: format!(
            "{:.0} runs/s, {:.0} MB/s unpacked, {:.0} µs processor time a run",
            runs as f64 / time,
            bytes as f64 / 1e6 / time,
            cpu.as_secs_f64() * 1e6 / runs as f64
        ),
        goal: "as OTLP",
    });
    Ok(())
}

const JSON: (&str, &str) = ("content-type", "application/json");
/// Bytes of a large body.
const LARGE_BODY: usize = 500_000_000;

/// One body of half a gigabyte.
fn large_body(
    binary: &Path,
    what: &str,
    (path, kind): (&str, (&str, &str)),
    (body, runs): (Vec<u8>, usize),
    rows: &mut Vec<Row>,
) -> anyhow::Result<()> {
    let library = tempfile::tempdir()?;
    let program = Program::serve(binary, library.path())?;
    let url = format!("{}{path}", program.ingest);
    let start = Instant::now();
    send_all(&url, &[kind], &[body], 202)?;
    let time = start.elapsed();
    let info = program.call("app_info", &json!({}))?;
    ensure!(info["runs"] == runs, "{} of {runs} runs can be read", info["runs"]);
    rows.push(Row {
        what: format!("one {what} of 500 MB: peak memory"),
        measured: format!(
            "{:.0} MB, answered after {:.1} s ({runs} runs)",
            mb(program.peak_memory()),
            time.as_secs_f64()
        ),
        goal: "far below 500 MB",
    });
    Ok(())
}

/// One large file of LangSmith runs.
fn import(binary: &Path, megabytes: usize, rows: &mut Vec<Row>) -> anyhow::Result<()> {
    let folder = tempfile::tempdir()?;
    let file = folder.path().join("runs.jsonl");
    let runs = Workload::new(2).write_langsmith_lines(&file, megabytes * 1_000_000)?;
    let library = tempfile::tempdir()?;
    let program = Program::serve(binary, library.path())?;
    let start = Instant::now();
    program.call("import_paths", &json!({ "paths": [file.to_string_lossy()] }))?;
    let mut first = None;
    loop {
        if first.is_none() && program.call("list_traces", &json!({ "limit": 1 }))?["total"].as_u64() > Some(0)
        {
            first = Some(start.elapsed());
        }
        let job = program.call("list_jobs", &json!({}))?[0].clone();
        if job["state"] != "running" {
            ensure!(job["state"] == "done" && job["runs"] == runs, "{job}");
            break;
        }
        thread::sleep(Duration::from_millis(2));
    }
    let whole = start.elapsed();
    rows.push(Row {
        what: "import of JSON lines: first rows".to_owned(),
        measured: first.map_or_else(|| "–".to_owned(), millis),
        goal: "under 1 s",
    });
    rows.push(Row {
        what: "import of JSON lines: all readable".to_owned(),
        measured: format!("{:.1} s for {megabytes} MB, {runs} runs", whole.as_secs_f64()),
        goal: "20 s for 1 GB",
    });
    rows.push(Row {
        what: "peak memory while importing".to_owned(),
        measured: format!("{:.0} MB", mb(program.peak_memory())),
        goal: "300 MB",
    });
    Ok(())
}

/// Opening one trace of many runs.
fn large_trace(binary: &Path, runs: usize, rows: &mut Vec<Row>) -> anyhow::Result<()> {
    let library = tempfile::tempdir()?;
    let program = Program::serve(binary, library.path())?;
    let workload = Workload::with_sizes(3, Sizes { runs_a_trace: runs, text_chars: 200 });
    for body in workload.into_protobuf_requests(runs, 2000) {
        program.post(&body)?;
    }
    let row = program.call("list_traces", &json!({ "limit": 1 }))?["rows"][0].clone();
    ensure!(row["runs"] == runs, "{row}");
    let trace_id = row["trace_id"].clone();
    let (time, bytes) = median(7, || program.timed("get_trace", &json!({ "trace_id": trace_id })))?;
    let what = if runs == 25_000 {
        "open a trace of 25,000 runs: call"
    } else {
        "open a trace of 100,000 runs: call"
    };
    let goal = if runs == 25_000 { "50 ms" } else { "200 ms" };
    rows.push(Row {
        what: what.to_owned(),
        measured: format!("{}, {:.1} MB of JSON", millis(time), mb(bytes)),
        goal,
    });
    Ok(())
}

/// The newest traces of a large library.
fn newest(binary: &Path, runs: usize, rows: &mut Vec<Row>) -> anyhow::Result<()> {
    let library = tempfile::tempdir()?;
    let program = Program::serve(binary, library.path())?;
    let workload = Workload::with_sizes(4, Sizes { runs_a_trace: 25, text_chars: 120 });
    for body in workload.into_protobuf_requests(runs, 4000) {
        program.post(&body)?;
    }
    let (time, _) = median(15, || program.timed("list_traces", &json!({ "limit": 50 })))?;
    rows.push(Row {
        what: "newest 50 traces of 1,000,000 runs: call".to_owned(),
        measured: millis(time),
        goal: "10 ms",
    });
    drop(program);
    let start = Instant::now();
    let program = Program::serve(binary, library.path())?;
    rows.push(Row {
        what: "start with that library, until ready".to_owned(),
        measured: millis(start.elapsed()),
        goal: "1 s",
    });
    rows.push(Row {
        what: "idle memory then".to_owned(),
        measured: format!("{:.0} MB", mb(program.memory())),
        goal: "150 MB",
    });
    Ok(())
}

fn median(
    times: usize,
    mut measure: impl FnMut() -> anyhow::Result<(Duration, u64)>,
) -> anyhow::Result<(Duration, u64)> {
    let mut measured = (0..times).map(|_| measure()).collect::<anyhow::Result<Vec<_>>>()?;
    measured.sort();
    measured.get(times / 2).copied().context("nothing was measured")
}

/// What a call returned, which is not looked at.
pub(crate) type Answer = Value;
