//! Grouping cost over a large library of one month.

use std::{
    fs::File,
    io::{BufWriter, Write as _},
    path::Path,
    process::{Command, Stdio},
    time::Duration,
};

use anyhow::{Context as _, ensure};
use serde_json::json;

use super::{Row, millis, program::Program, say};

/// Everything that cost can be grouped by.
const DIMENSIONS: [&str; 8] =
    ["model", "provider", "name", "prompt", "tag", "user", "metadata.env", "metadata.customer"];
/// Groups that the page of costs asks for at first.
const GROUPS: u32 = 200;
/// Calls of each dimension on a program that has been asked before.
const WARM: usize = 15;
const MONTH_NS: u64 = 30 * 86_400 * 1_000_000_000;
/// 1 November 2026.
const START_NS: u64 = 1_793_491_200_000_000_000;
const MODELS: [(&str, &str); 5] = [
    ("openai", "gpt-4o"),
    ("openai", "gpt-4o-mini"),
    ("anthropic", "claude-sonnet-4-5"),
    ("google_genai", "gemini-2.5-pro"),
    ("acme", "acme-large"),
];

/// Group-by of each dimension over one month: the first call after a start, and the median and p95 of later ones.
pub(super) fn group_by(binary: &Path, runs: usize, rows: &mut Vec<Row>) -> anyhow::Result<()> {
    let dir = tempfile::tempdir()?;
    let library = dir.path().join("library");
    let file = dir.path().join("runs.jsonl");
    write_runs(&file, runs)?;
    let imported = Command::new(binary)
        .arg("--library")
        .arg(&library)
        .arg("import")
        .arg(&file)
        .stdout(Stdio::null())
        .status()
        .context("the import cannot be started")?;
    ensure!(imported.success(), "the import failed");
    let params = |by: &str| json!({ "by": by, "limit": GROUPS, "scope": { "from": "2026-11-01", "to": "2026-11-30" } });
    for by in DIMENSIONS {
        say(&format!("cost by {by}"))?;
        let program = Program::serve(binary, &library)?;
        let (cold, _) = program.timed("get_costs", &params(by))?;
        let mut warm =
            (0..WARM).map(|_| program.timed("get_costs", &params(by))).collect::<anyhow::Result<Vec<_>>>()?;
        warm.sort();
        let at = |per_mille: usize| warm[(WARM - 1) * per_mille / 1000].0;
        let text = |time: Duration| millis(time);
        rows.push(Row {
            what: match by {
                "model" => "cost of a month by model, with trend and totals: call",
                "provider" => "cost of a month by provider",
                "name" => "cost of a month by run name (25)",
                "prompt" => "cost of a month by prompt version (40)",
                "tag" => "cost of a month by tag (9)",
                "user" => "cost of a month by user (5,000)",
                "metadata.env" => "cost of a month by metadata env (3)",
                _ => "cost of a month by metadata customer (2,000)",
            }
            .to_owned(),
            measured: format!("{}, p95 {}, first after a start {}", text(at(500)), text(at(950)), text(cold)),
            goal: "150 ms",
        });
    }
    Ok(())
}

/// LangSmith runs: traces of a chain and four model calls, spread over the month.
fn write_runs(file: &Path, runs: usize) -> anyhow::Result<()> {
    let mut out = BufWriter::new(File::create(file)?);
    let traces = runs.div_ceil(5);
    for trace in 0..traces {
        let start = START_NS + MONTH_NS / traces as u64 * trace as u64;
        let id =
            |run: usize| format!("0197a3c2-{:04x}-7000-8{:03x}-{:012x}", trace >> 16 & 0xffff, run, trace);
        let time =
            |second: u64| model::UnixNanos((start + second * 1_000_000_000).cast_signed()).to_iso_micros();
        for run in 0..5 {
            let (provider, model) = MODELS[(trace * 7 + run) % MODELS.len()];
            let env = ["prod", "test", "dev"][trace % 3];
            let mut line = json!({
                "id": id(run), "trace_id": id(0), "name": format!("step {}", (trace + run * 5) % 25),
                "run_type": if run == 0 { "chain" } else { "llm" }, "session_name": "bench",
                "start_time": time(run as u64), "end_time": time(run as u64 + 1), "inputs": { "n": trace },
                "tags": [format!("tag {}", trace % 9)],
                "extra": { "metadata": {
                    "ls_provider": provider, "ls_model_name": model, "env": env,
                    "customer": format!("customer {}", trace * 31 % 2000), "user_id": format!("user {}", trace * 17 % 5000),
                    "prompt_commit": format!("v{}", (trace + run) % 40),
                } },
            });
            if run > 0 {
                line["parent_run_id"] = json!(id(0));
                line["outputs"] = json!({ "usage_metadata": {
                    "input_tokens": 1000 + trace % 900, "output_tokens": 100 + trace % 70,
                    "input_token_details": { "cache_read": 500 },
                } });
            }
            writeln!(out, "{line}")?;
        }
    }
    out.flush()?;
    Ok(())
}
