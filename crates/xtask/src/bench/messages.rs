//! The conversation of a trace whose model calls replay their history: what was said grows with the calls, what was
//! recorded with their square.

use std::{
    fs::File,
    io::{BufWriter, Write as _},
    path::Path,
    process::{Command, Stdio},
};

use anyhow::{Context as _, ensure};
use serde_json::{Value, json};

use super::{Row, mb, millis, program::Program, say};

/// 1 November 2026.
const START_NS: u64 = 1_793_491_200_000_000_000;
/// Calls of a conversation that was read before.
const WARM: usize = 5;

/// Traces of a quarter, of half and of all of these calls: time and payload of each, so that one sees whether the time
/// grows with the bytes.
pub(super) fn replayed(binary: &Path, calls: usize, rows: &mut Vec<Row>) -> anyhow::Result<()> {
    for calls in [calls / 4, calls / 2, calls] {
        say(&format!("the conversation of {calls} model calls"))?;
        one(binary, calls, rows)?;
    }
    Ok(())
}

fn one(binary: &Path, calls: usize, rows: &mut Vec<Row>) -> anyhow::Result<()> {
    let dir = tempfile::tempdir()?;
    let (library, file) = (dir.path().join("library"), dir.path().join("runs.jsonl"));
    let payload = write_trace(&file, calls)?;
    let imported = Command::new(binary)
        .arg("--library")
        .arg(&library)
        .arg("import")
        .arg(&file)
        .stdout(Stdio::null())
        .status()
        .context("the import cannot be started")?;
    ensure!(imported.success(), "the import failed");
    let program = Program::serve(binary, &library)?;
    let trace = program.call("list_traces", &json!({ "limit": 1 }))?["rows"][0]["trace_id"].clone();
    let of = json!({ "trace_id": trace });
    // One answer holds every message with its text cut, so the first screen is drawn from the same call that is
    // complete; the browser draws the messages in sight.
    let (cold, answer) = program.timed("get_conversation", &of)?;
    let conversation = program.call("get_conversation", &of)?;
    let messages = conversation["messages"].as_array().map_or(0, Vec::len);
    // A question and an answer a call, and the instructions.
    ensure!(messages == 2 * calls + 1, "{messages} messages of {calls} calls");
    let mut warm =
        (0..WARM).map(|_| program.timed("get_conversation", &of)).collect::<anyhow::Result<Vec<_>>>()?;
    warm.sort();
    let last = json!({ "of": of, "trace_id": trace, "run_id": id(calls) });
    let (prompt, _) = program.timed("get_prompt", &last)?;
    let (found, _) =
        program.timed("find_in_conversation", &json!({ "trace_id": trace, "text": "no such word" }))?;
    rows.push(Row {
        what: format!(
            "conversation of {calls} model calls that replay their history: first screen and complete"
        ),
        measured: format!(
            "{} for {:.0} MB of payload ({:.0} MB/s), {:.1} MB of JSON; again {}; peak memory {:.0} MB",
            millis(cold),
            mb(payload),
            mb(payload) / cold.as_secs_f64(),
            mb(answer),
            millis(warm[WARM / 2].0),
            mb(program.peak_memory()),
        ),
        goal: "linear in bytes",
    });
    rows.push(Row {
        what: format!("what the last of {calls} model calls saw; finding a word in the conversation"),
        measured: format!("{}; {}", millis(prompt), millis(found)),
        goal: "",
    });
    Ok(())
}

fn id(run: usize) -> String {
    format!("0197a3c2-0000-7000-8000-{run:012x}")
}

/// LangSmith runs: a chain and its calls of a model, each with everything that was said before. Bytes of all inputs and
/// outputs.
fn write_trace(file: &Path, calls: usize) -> anyhow::Result<u64> {
    let mut out = BufWriter::new(File::create(file)?);
    let time = |second: usize| {
        model::UnixNanos((START_NS + second as u64 * 1_000_000_000).cast_signed()).to_iso_micros()
    };
    let mut said: Vec<Value> =
        vec![json!({ "role": "system", "content": "You are an agent that is measured." })];
    let mut payload = 0;
    let root = json!({
        "id": id(0), "trace_id": id(0), "name": "agent", "run_type": "chain", "session_name": "bench",
        "start_time": time(0), "end_time": time(calls + 1), "inputs": {}, "outputs": {},
    });
    writeln!(out, "{root}")?;
    for call in 1..=calls {
        said.push(json!({ "role": "user", "content": format!("question {call}") }));
        let inputs = json!({ "model": "gpt-4o", "messages": said }).to_string();
        let answer = json!({ "role": "assistant", "content": format!("answer {call}") });
        let outputs = json!({ "choices": [{ "index": 0, "message": answer }] }).to_string();
        payload += inputs.len() + outputs.len();
        let head = json!({
            "id": id(call), "trace_id": id(0), "parent_run_id": id(0), "name": "ChatOpenAI", "run_type": "llm",
            "session_name": "bench", "start_time": time(call), "end_time": time(call + 1),
            "extra": { "metadata": { "ls_provider": "openai", "ls_model_name": "gpt-4o" } },
        })
        .to_string();
        // Written by hand: the list is long, and another copy of it for each call would be all that is measured.
        let head = head.strip_suffix('}').context("an object ends with a brace")?;
        writeln!(out, "{head},\"inputs\":{inputs},\"outputs\":{outputs}}}")?;
        said.push(answer);
    }
    out.flush()?;
    Ok(payload as u64)
}
