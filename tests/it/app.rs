//! Starting `tracemark`, and talking to it.

use std::{
    io::{BufRead as _, BufReader},
    path::{Path, PathBuf},
    process::{Child, Command, Output, Stdio},
    time::{Duration, Instant},
};

use serde_json::Value;

/// How long something may take on a busy machine before the test has failed.
const PATIENCE: Duration = Duration::from_mins(1);

/// The binary under test, built beside this one.
pub(crate) fn binary() -> PathBuf {
    if let Some(path) = std::env::var_os("TRACEMARK_BIN") {
        return path.into();
    }
    let target = std::env::current_exe().unwrap();
    let folder = target.ancestors().nth(2).unwrap();
    folder.join(format!("tracemark{}", std::env::consts::EXE_SUFFIX))
}

/// A file below `tests/fixtures/otlp`.
pub(crate) fn fixture(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/otlp").join(path)
}

/// Runs a command over this library.
pub(crate) fn run(library: &Path, arguments: &[&str]) -> Output {
    Command::new(binary())
        .arg("--library")
        .arg(library)
        .args(arguments)
        .stdin(Stdio::null())
        .output()
        .unwrap()
}

/// Runs a command that must succeed; its JSON.
pub(crate) fn run_json(library: &Path, arguments: &[&str]) -> Value {
    let output = run(library, &[arguments, &["--json"]].concat());
    assert!(output.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).unwrap()
}

/// A running `tracemark serve`; killed when dropped.
pub(crate) struct Served {
    pub(crate) child: Child,
    pub(crate) ready: Value,
}

impl Served {
    /// Starts serving this library on free ports.
    pub(crate) fn start(library: &Path, more: &[&str]) -> Self {
        Self::spawn(library, "127.0.0.1:0", more, &[])
    }

    /// Starts serving on free ports with these variables in the environment.
    pub(crate) fn start_in(library: &Path, environment: &[(&str, &str)]) -> Self {
        Self::spawn(library, "127.0.0.1:0", &[], environment)
    }

    /// Starts serving with the ingest listener on this address.
    pub(crate) fn start_with_ingest(library: &Path, ingest: &str) -> Self {
        Self::spawn(library, ingest, &[], &[])
    }

    /// Starts serving with the ingest listener on the port of the settings.
    pub(crate) fn start_by_settings(library: &Path) -> Self {
        Self::spawn(library, "", &[], &[])
    }

    fn spawn(library: &Path, ingest: &str, more: &[&str], environment: &[(&str, &str)]) -> Self {
        let ingest: &[&str] = if ingest.is_empty() { &[] } else { &["--ingest", ingest] };
        // The usual port would be one for all tests.
        let grpc: &[&str] = if more.contains(&"--grpc") { &[] } else { &["--grpc", "127.0.0.1:0"] };
        let mut child = Command::new(binary())
            .arg("--library")
            .arg(library)
            .args(["serve", "--http", "127.0.0.1:0"])
            .args(ingest)
            .args(grpc)
            .args(more)
            .envs(environment.iter().copied())
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::inherit())
            .spawn()
            .unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.as_mut().unwrap()).read_line(&mut line).unwrap();
        let ready = serde_json::from_str(&line).unwrap_or_else(|error| panic!("{error}: {line}"));
        Self { child, ready }
    }

    fn text(&self, key: &str) -> &str {
        self.ready[key].as_str().unwrap()
    }

    /// Address of the ingest listener.
    pub(crate) fn ingest(&self) -> &str {
        self.text("ingest")
    }

    /// Address of the UI without the token.
    pub(crate) fn ui(&self) -> &str {
        self.text("url").split("/?").next().unwrap()
    }

    /// Calls a command of the UI's API.
    pub(crate) fn call(&self, name: &str, params: &Value) -> Value {
        let mut response = agent()
            .post(format!("{}/api/rpc/{name}", self.ui()))
            .header("authorization", format!("Bearer {}", self.text("token")))
            .send(params.to_string())
            .unwrap();
        serde_json::from_str(&response.body_mut().read_to_string().unwrap()).unwrap()
    }

    /// Posts a body to a path of the ingest listener; status and answer.
    pub(crate) fn post(&self, path: &str, headers: &[(&str, &str)], body: &[u8]) -> (u16, Vec<u8>) {
        let request = headers
            .iter()
            .fold(agent().post(format!("{}{path}", self.ingest())), |request, (name, value)| {
                request.header(*name, *value)
            });
        let mut response = request.send(body).unwrap();
        (response.status().as_u16(), response.body_mut().read_to_vec().unwrap())
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// A client that reports statuses instead of failing on them.
pub(crate) fn agent() -> ureq::Agent {
    ureq::Agent::config_builder().http_status_as_error(false).timeout_global(Some(PATIENCE)).build().into()
}

/// Asks until the answer is there.
pub(crate) fn eventually<T>(what: &str, mut ask: impl FnMut() -> Option<T>) -> T {
    let start = Instant::now();
    loop {
        if let Some(answer) = ask() {
            return answer;
        }
        assert!(start.elapsed() < PATIENCE, "{what} did not happen");
        std::thread::sleep(Duration::from_millis(20));
    }
}

/// An OTLP/JSON request with one span for each of these (trace, span) numbers.
pub(crate) fn request(spans: &[(u32, u32)]) -> String {
    let spans: Vec<Value> = spans
        .iter()
        .map(|(trace, span)| {
            serde_json::json!({
                "traceId": format!("{trace:032x}"), "spanId": format!("{span:016x}"), "name": format!("work {span}"),
                "startTimeUnixNano": format!("{}", 1_767_225_601_000_000_000_u64 + u64::from(*span)),
                "endTimeUnixNano": "1767225609000000000",
                "attributes": [{ "key": "payload", "value": { "stringValue": "x".repeat(2000) } }],
            })
        })
        .collect();
    serde_json::json!({ "resourceSpans": [{ "scopeSpans": [{ "spans": spans }] }] }).to_string()
}
