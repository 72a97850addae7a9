//! What a person waits for: rows on the screen, in a real browser and in the real window.

use std::{
    path::Path,
    process::{Command, Stdio},
};

use anyhow::{Context as _, ensure};
use serde_json::{Value, json};

use super::{
    Row,
    program::Program,
    say,
    workload::{Sizes, Workload},
};

/// Runs of a trace, and the goal of opening it.
const TRACES: [(usize, &str); 3] = [(1_000, "100 ms"), (10_000, "250 ms"), (100_000, "800 ms")];

pub(super) fn drawn(binary: &Path, rows: &mut Vec<Row>) -> anyhow::Result<()> {
    for (runs, opening) in TRACES {
        say(&format!("drawing a trace of {runs} runs"))?;
        let library = tempfile::tempdir()?;
        let program = Program::serve(binary, library.path())?;
        let workload = Workload::with_sizes(3, Sizes { runs_a_trace: runs, text_chars: 200 });
        for body in workload.into_protobuf_requests(runs, 2000) {
            program.post(&body)?;
        }
        program.until_indexed()?;
        let row = program.call("list_traces", &json!({ "limit": 1 }))?["rows"][0].clone();
        let trace = row["trace_id"].as_str().context("no trace")?;
        let measured = node("tests/e2e/bench/drawing.mjs", &[program.address(), trace])?;
        rows.push(Row {
            what: format!("a trace of {runs} runs, from the click to its drawn tree in the browser"),
            measured: format!(
                "{}, the first time {}",
                figure(&measured, "drawn"),
                figure(&measured, "first")
            ),
            goal: opening,
        });
        for (how, key) in [("by the wheel", "wheel"), ("by dragging, all rows new each time", "drag")] {
            rows.push(Row {
                what: format!("a frame while {runs} runs are scrolled {how}: 95th percentile"),
                measured: figure(&measured, key),
                goal: "16 ms",
            });
        }
    }
    say("starts of the window")?;
    let desktop = binary.with_file_name("tracemark-desktop");
    ensure!(desktop.exists(), "build the window first: cargo build --release -p desktop");
    let file = crate::root().join("tests/fixtures/otlp/pydantic-ai/v2-format5.pb");
    let measured =
        node("tests/window/cold-start.mjs", &[&desktop.to_string_lossy(), &file.to_string_lossy()])?;
    rows.push(Row {
        what: "start of the program until the window has drawn its first rows".to_owned(),
        measured: format!("{}, the slowest {}", figure(&measured, "drawn"), figure(&measured, "slowest")),
        goal: "1 s",
    });
    Ok(())
}

fn figure(measured: &Value, key: &str) -> String {
    measured[key].as_f64().map_or_else(|| "–".to_owned(), |ms| format!("{ms:.0} ms"))
}

/// What a script of the tests measured: its last line of output, as JSON.
fn node(script: &str, arguments: &[&str]) -> anyhow::Result<Value> {
    let output = Command::new("node")
        .arg(crate::root().join(script))
        .args(arguments)
        .stderr(Stdio::inherit())
        .output()
        .context("node cannot be started")?;
    ensure!(output.status.success(), "{script} failed; `make setup` installs what it needs");
    let text = String::from_utf8_lossy(&output.stdout);
    let line = text.lines().last().with_context(|| format!("{script} printed nothing"))?;
    Ok(serde_json::from_str(line)?)
}
