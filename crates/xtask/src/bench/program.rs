//! The program under measurement.

use std::{
    fs,
    io::{BufRead as _, BufReader},
    path::Path,
    process::{Child, Command, Stdio},
    thread,
    time::{Duration, Instant},
};

use anyhow::{Context as _, ensure};
use serde_json::{Value, json};

use super::Answer;

/// Clock ticks a second in `/proc` (`sysconf(_SC_CLK_TCK)` is 100 on every Linux that runs this).
const TICKS: f64 = 100.0;

pub(crate) struct Program {
    child: Child,
    address: String,
    ui: String,
    token: String,
    pub(crate) ingest: String,
    agent: ureq::Agent,
}

pub(crate) fn agent() -> ureq::Agent {
    ureq::Agent::config_builder().http_status_as_error(false).build().into()
}

impl Program {
    pub(crate) fn serve(binary: &Path, library: &Path) -> anyhow::Result<Self> {
        let mut child = Command::new(binary)
            .arg("--library")
            .arg(library)
            .args(["serve", "--http", "127.0.0.1:0", "--ingest", "127.0.0.1:0"])
            .stdout(Stdio::piped())
            .spawn()?;
        let mut line = String::new();
        BufReader::new(child.stdout.as_mut().context("no output")?).read_line(&mut line)?;
        let ready: Value = serde_json::from_str(&line)?;
        let text = |key: &str| ready[key].as_str().unwrap_or_default().to_owned();
        let address = text("url");
        let ui = address.split("/?").next().unwrap_or_default().to_owned();
        Ok(Self {
            child,
            address: address.clone(),
            ui,
            token: text("token"),
            ingest: text("ingest"),
            agent: agent(),
        })
    }

    fn raw(&self, name: &str, params: &Value) -> anyhow::Result<Vec<u8>> {
        let mut response = self
            .agent
            .post(format!("{}/api/rpc/{name}", self.ui))
            .header("authorization", format!("Bearer {}", self.token))
            .send(params.to_string())?;
        let bytes = response.body_mut().with_config().limit(1 << 30).read_to_vec()?;
        ensure!(response.status().is_success(), "{name}: {}", String::from_utf8_lossy(&bytes));
        Ok(bytes)
    }

    pub(crate) fn call(&self, name: &str, params: &Value) -> anyhow::Result<Answer> {
        Ok(serde_json::from_slice(&self.raw(name, params)?)?)
    }

    /// Time and bytes of a call.
    pub(crate) fn timed(&self, name: &str, params: &Value) -> anyhow::Result<(Duration, u64)> {
        let start = Instant::now();
        let bytes = self.raw(name, params)?.len();
        Ok((start.elapsed(), bytes as u64))
    }

    pub(crate) fn post(&self, body: &[u8]) -> anyhow::Result<()> {
        let url = format!("{}/v1/traces", self.ingest);
        let response = self.agent.post(url).header("content-type", "application/x-protobuf").send(body)?;
        ensure!(response.status().as_u16() == 200, "the endpoint answered {}", response.status());
        Ok(())
    }

    /// The address that opens the interface, with its token.
    pub(crate) fn address(&self) -> &str {
        &self.address
    }

    /// Waits until the text of everything that came in can be found.
    pub(crate) fn until_indexed(&self) -> anyhow::Result<()> {
        while self.call("app_info", &json!({}))?["text_behind"] != 0 {
            thread::sleep(Duration::from_millis(200));
        }
        Ok(())
    }

    /// Processor time so far.
    pub(crate) fn cpu(&self) -> Duration {
        let stat = fs::read_to_string(format!("/proc/{}/stat", self.child.id())).unwrap_or_default();
        let fields: Vec<&str> = stat.rsplit(')').next().unwrap_or_default().split_whitespace().collect();
        let ticks =
            |index: usize| fields.get(index).and_then(|field| field.parse::<f64>().ok()).unwrap_or(0.0);
        Duration::from_secs_f64((ticks(11) + ticks(12)) / TICKS)
    }

    fn status(&self, key: &str) -> u64 {
        let status = fs::read_to_string(format!("/proc/{}/status", self.child.id())).unwrap_or_default();
        let line = status.lines().find_map(|line| line.strip_prefix(key)).unwrap_or_default();
        line.split_whitespace().next().and_then(|kb| kb.parse::<u64>().ok()).unwrap_or(0) * 1024
    }

    pub(crate) fn peak_memory(&self) -> u64 {
        self.status("VmHWM:")
    }

    pub(crate) fn memory(&self) -> u64 {
        self.status("VmRSS:")
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
