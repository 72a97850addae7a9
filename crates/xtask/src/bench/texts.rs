//! Full text over a large library: how fast it is indexed, how large the index is, how soon a word is found.

use std::{
    fs,
    path::Path,
    thread,
    time::{Duration, Instant},
};

use anyhow::ensure;
use serde_json::json;

use super::{
    Row, median, millis,
    program::Program,
    say,
    workload::{Sizes, Workload},
};

/// Said in one trace only.
const RARE: &str = "quixotry";
/// Hits of the first window.
const HITS: u32 = 50;

/// Takes in so many runs, waits for the index, and searches.
pub(super) fn search(binary: &Path, runs: usize, rows: &mut Vec<Row>) -> anyhow::Result<()> {
    let library = tempfile::tempdir()?;
    let program = Program::serve(binary, library.path())?;
    let workload = Workload::with_sizes(6, Sizes { runs_a_trace: 25, text_chars: 120 });
    let common = workload.commonest_word();
    let rare = Workload::with_sizes(7, Sizes { runs_a_trace: 25, text_chars: 120 }).saying(RARE);
    let start = Instant::now();
    let mut bytes = 0_u64;
    for body in workload.into_protobuf_requests(runs, 4000).chain(rare.into_protobuf_requests(25, 25)) {
        bytes += body.len() as u64;
        program.post(&body)?;
    }
    let taken_in = start.elapsed();
    say(&format!("taken in after {:.0} s, waiting for the index", taken_in.as_secs_f64()))?;
    program.until_indexed()?;
    let indexed = start.elapsed();
    // The index leaves a tidy file behind.
    thread::sleep(Duration::from_secs(2));
    let disk = program.call("app_info", &json!({}))?["library_bytes"].as_u64().unwrap_or(0);
    let size = |suffix: &str| {
        let file = library.path().join(format!("library-text.sqlite{suffix}"));
        fs::metadata(file).map_or(0, |file| file.len())
    };
    let index = size("") + size("-wal");
    rows.push(Row {
        what: format!("full text of {runs} runs: in the index, while they come in"),
        measured: format!(
            "{:.0} runs/s ({:.0} s; taken in after {:.0} s)",
            runs as f64 / indexed.as_secs_f64(),
            indexed.as_secs_f64(),
            taken_in.as_secs_f64()
        ),
        goal: "17,000 runs/s",
    });
    rows.push(Row {
        what: "bytes of the index a run; library and index a byte received".to_owned(),
        measured: format!("{}; {:.2}", index / runs.max(1) as u64, disk as f64 / bytes as f64),
        goal: "715; 0.30",
    });
    rows.push(Row {
        what: "peak memory while indexing".to_owned(),
        measured: format!("{:.0} MB", super::mb(program.peak_memory())),
        goal: "",
    });
    let cases = [
        ("rare word", RARE.to_owned(), "50 ms"),
        ("common word", common.clone(), "100 ms"),
        ("absent word", "nowhereatall".to_owned(), "10 ms"),
        ("phrase of a common and an absent word", format!("\"{common} nowhereatall\""), ""),
        ("beginning of a common word", format!("{common}*"), ""),
    ];
    for (what, text, goal) in cases {
        let params = json!({ "text": text, "limit": HITS });
        let found = program.call("search_texts", &params)?["rows"].as_array().map_or(0, Vec::len);
        ensure!((found > 0) != text.contains("nowhereatall"), "{what}: {found} hits");
        let (time, _) = median(15, || program.timed("search_texts", &params))?;
        rows.push(Row {
            what: format!("full text of {runs} runs, {what}: first {found} hits"),
            measured: millis(time),
            goal,
        });
    }
    let params = json!({ "filter": { "text": RARE }, "limit": HITS });
    let (time, _) = median(7, || program.timed("list_traces", &params))?;
    rows.push(Row { what: "trace list by a rare word".to_owned(), measured: millis(time), goal: "" });
    let params = json!({ "text": RARE, "limit": HITS });
    let (time, _) = median(7, || program.timed("search_runs", &params))?;
    rows.push(Row { what: "run list by a rare word".to_owned(), measured: millis(time), goal: "" });
    inside(&program, rows)
}

/// A search within words, to its end.
fn inside(program: &Program, rows: &mut Vec<Row>) -> anyhow::Result<()> {
    let start = Instant::now();
    let mut after = serde_json::Value::Null;
    loop {
        let params = json!({ "text": "whereata", "limit": HITS, "inside_words": true, "after": after });
        after = program.call("search_texts", &params)?["next"].clone();
        if after.is_null() {
            break;
        }
    }
    rows.push(Row {
        what: "the same within words, the whole library".to_owned(),
        measured: format!("{:.1} s", start.elapsed().as_secs_f64()),
        goal: "",
    });
    Ok(())
}
