//! What real LangSmith SDKs sent, replayed: the library must hold what each recording says.

use std::{
    collections::BTreeMap,
    fmt::Write as _,
    path::{Path, PathBuf},
};

use serde_json::{Map, Value, json};

use crate::app::{Served, agent};

fn scenarios() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/langsmith-wire")
}

fn read_json(path: &Path) -> Value {
    serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap()
}

/// One recorded request.
#[derive(Clone)]
struct Recorded {
    method: String,
    path: String,
    query: String,
    headers: Vec<(String, String)>,
    body: Vec<u8>,
    /// Values that the recording server made up, with where this server's stand: `(value, sequence, pointer)`.
    server_values: Vec<(String, u64, String)>,
    sequence: u64,
}

/// The requests of a scenario that succeeded when they were recorded.
fn recorded(scenario: &str) -> Vec<Recorded> {
    let folder = scenarios().join(scenario);
    let mut files: Vec<PathBuf> = std::fs::read_dir(&folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "json"))
        .filter(|path| path.file_stem().unwrap().to_str().unwrap().parse::<u32>().is_ok())
        .collect();
    files.sort();
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    files
        .iter()
        .map(|file| (file, read_json(file)))
        .filter(|(_, request)| request["reply"]["status"].as_u64().unwrap() / 100 == 2)
        .map(|(file, request)| Recorded {
            method: text(&request["method"]),
            path: text(&request["path"]),
            query: text(&request["query"]),
            headers: request["headers"]
                .as_array()
                .unwrap()
                .iter()
                .map(|pair| (text(&pair[0]), text(&pair[1])))
                .filter(|(name, _)| {
                    !["host", "connection", "content-length", "transfer-encoding", "accept-encoding"]
                        .contains(&name.as_str())
                })
                .collect(),
            body: std::fs::read(file.with_extension("body")).unwrap_or_default(),
            server_values: request["server_values"]
                .as_array()
                .into_iter()
                .flatten()
                .map(|value| {
                    (text(&value["value"]), value["from_seq"].as_u64().unwrap(), text(&value["pointer"]))
                })
                .collect(),
            sequence: request["seq"].as_u64().unwrap(),
        })
        .collect()
}

/// Sends a request as it was recorded; status and answer.
fn send(served: &Served, request: &Recorded) -> (u16, Vec<u8>) {
    let url = format!(
        "{}{}{}{}",
        served.ingest(),
        request.path,
        if request.query.is_empty() { "" } else { "?" },
        request.query
    );
    let builder =
        request.headers.iter().fold(
            http::Request::builder().method(request.method.as_str()).uri(url),
            |builder, (name, value)| builder.header(name, value),
        );
    let mut response = agent().run(builder.body(request.body.clone()).unwrap()).unwrap();
    (response.status().as_u16(), response.body_mut().read_to_vec().unwrap())
}

fn replay(served: &Served, requests: &[Recorded]) {
    for request in requests {
        let (status, answer) = send(served, request);
        assert_eq!(
            status / 100,
            2,
            "{} {}: {}",
            request.method,
            request.path,
            String::from_utf8_lossy(&answer)
        );
    }
}

/// Replays what a scenario sent.
pub(crate) fn replay_scenario(served: &Served, scenario: &str) {
    replay(served, &recorded(scenario));
}

/// Replays requests that name things which the server made up.
fn replay_with_server_values(served: &Served, requests: &[Recorded]) {
    let mut answers: BTreeMap<u64, Value> = BTreeMap::new();
    for request in requests {
        let mut request = request.clone();
        for (value, sequence, pointer) in &request.server_values.clone() {
            let ours = answers[sequence].pointer(pointer).unwrap_or_else(|| {
                panic!(
                    "{} {}: {pointer} of {sequence} is not in {}",
                    request.method, request.path, answers[sequence]
                )
            });
            let ours = ours.as_str().unwrap();
            request.path = request.path.replace(value, ours);
            request.query = request.query.replace(value, ours);
            let packed = request.headers.iter().position(|(name, _)| name == "content-encoding");
            if let Some(packed) = packed {
                request.body = zstd::decode_all(request.body.as_slice()).unwrap();
                request.headers.remove(packed);
            }
            request.body = replace(&request.body, value.as_bytes(), ours.as_bytes());
        }
        let (status, answer) = send(served, &request);
        assert_eq!(
            status / 100,
            2,
            "{} {}: {}",
            request.method,
            request.path,
            String::from_utf8_lossy(&answer)
        );
        answers.insert(request.sequence, serde_json::from_slice(&answer).unwrap_or(Value::Null));
    }
}

fn replace(bytes: &[u8], from: &[u8], to: &[u8]) -> Vec<u8> {
    let mut out = Vec::new();
    let mut rest = bytes;
    while let Some(at) = rest.windows(from.len()).position(|window| window == from) {
        out.extend_from_slice(&rest[..at]);
        out.extend_from_slice(to);
        rest = &rest[at + from.len()..];
    }
    out.extend_from_slice(rest);
    out
}

fn get(served: &Served, path: &str) -> Value {
    let mut response = agent().get(format!("{}{path}", served.ingest())).call().unwrap();
    serde_json::from_str(&response.body_mut().read_to_string().unwrap()).unwrap()
}

fn post(served: &Served, path: &str, body: &Value) -> Value {
    let (status, answer) =
        served.post(path, &[("content-type", "application/json")], body.to_string().as_bytes());
    assert_eq!(status, 200, "{path}: {}", String::from_utf8_lossy(&answer));
    serde_json::from_slice(&answer).unwrap()
}

/// All runs of a project, page by page, by id.
fn runs_of(served: &Served, project: &str) -> BTreeMap<String, Value> {
    let sessions = get(served, &format!("/sessions?limit=100&name={}", encoded(project)));
    let Some(id) = sessions[0]["id"].as_str() else { return BTreeMap::new() };
    let mut runs = BTreeMap::new();
    let mut cursor = Value::Null;
    loop {
        let page = post(served, "/runs/query", &json!({ "session": [id], "limit": 7, "cursor": cursor }));
        for run in page["runs"].as_array().unwrap() {
            let fresh = runs.insert(run["id"].as_str().unwrap().to_owned(), run.clone()).is_none();
            assert!(fresh, "a run stands on two pages");
        }
        cursor = page["cursors"]["next"].clone();
        if cursor.is_null() {
            return runs;
        }
    }
}

fn encoded(text: &str) -> String {
    text.bytes().fold(String::new(), |mut encoded, byte| {
        let _ = write!(encoded, "%{byte:02X}");
        encoded
    })
}

/// A time with microseconds in UTC.
fn micros(time: &str) -> String {
    let (whole, fraction) = time.trim_end_matches("+00:00").trim_end_matches('Z').split_once('.').unwrap();
    format!("{whole}.{fraction:0<6}Z")
}

/// What is compared of a run, as the recording says it.
///
/// `fallback` is what else counts below a root: token counts in the shapes of providers, which the recording leaves to
/// the reader and this one reads.
fn wanted(run: &Value, fallback: [u64; 3]) -> Map<String, Value> {
    let mut wanted = Map::new();
    let plain = [
        "id",
        "trace_id",
        "parent_run_id",
        "dotted_order",
        "name",
        "run_type",
        "status",
        "error",
        "tags",
        "metadata",
        "inputs",
        "outputs",
    ];
    for key in plain {
        if let Some(value) = run.get(key).filter(|value| value["$omitted_json_bytes"].is_null()) {
            wanted.insert(key.to_owned(), value.clone());
        }
    }
    for key in ["start_time", "end_time", "first_token_time"] {
        if let Some(time) = run[key].as_str() {
            wanted.insert(key.to_owned(), micros(time).into());
        }
    }
    for (key, name) in [("thread_id", "thread_id"), ("events", "events")] {
        if let Some(value) = run.get(key) {
            wanted.insert(name.to_owned(), value.clone());
        }
    }
    if let Some(files) = run.get("attachments") {
        wanted.insert("attachments".to_owned(), files.clone());
    }
    if let Some(totals) = run.get("trace_totals").filter(|totals| totals.is_object()) {
        let class = |details: &str, class: &str| totals[details][class].clone();
        wanted.insert(
            "totals".to_owned(),
            json!([
                totals["prompt_tokens"].as_u64().unwrap() + fallback[0],
                totals["completion_tokens"].as_u64().unwrap() + fallback[1],
                totals["total_tokens"].as_u64().unwrap() + fallback[2],
                class("prompt_token_details", "cache_read"),
                cache_creation(&totals["prompt_token_details"]),
                class("completion_token_details", "reasoning"),
            ]),
        );
    }
    wanted
}

/// Tokens written to a cache, whatever their lifetime is called.
fn cache_creation(details: &Value) -> Value {
    let classes = [
        "cache_creation",
        "ephemeral_5m_input_tokens",
        "ephemeral_1h_input_tokens",
        "ephemeral_1hr_input_tokens",
    ];
    let known: Vec<u64> = classes.iter().filter_map(|class| details[class].as_u64()).collect();
    if known.is_empty() { Value::Null } else { known.iter().sum::<u64>().into() }
}

/// The same of a run as this server gives it; only the keys of `wanted`.
fn given(run: &Value, wanted: &Map<String, Value>) -> Map<String, Value> {
    wanted
        .keys()
        .map(|key| {
            let value = match key.as_str() {
                "metadata" => {
                    let mut metadata = run["extra"]["metadata"].clone();
                    // When an example was last changed is the server's own word.
                    if let Some(metadata) =
                        metadata.as_object_mut().filter(|_| wanted[key]["example_version"].is_null())
                    {
                        metadata.remove("example_version");
                    }
                    metadata
                }
                "events" => run["events"].as_array().map_or(0, Vec::len).into(),
                "thread_id" if wanted[key].is_number() => {
                    run["thread_id"].as_str().and_then(|id| id.parse::<i64>().ok()).into()
                }
                "attachments" => attachments(run),
                "totals" => {
                    let class = |details: &str, class: &str| run[details][class].clone();
                    json!([
                        run["prompt_tokens"],
                        run["completion_tokens"],
                        run["total_tokens"],
                        class("prompt_token_details", "cache_read"),
                        class("prompt_token_details", "cache_creation"),
                        class("completion_token_details", "reasoning"),
                    ])
                }
                _ => run[key].clone(),
            };
            (key.clone(), value)
        })
        .collect()
}

/// Files as the recording lists them, fetched by their addresses.
fn attachments(run: &Value) -> Value {
    let Some(urls) = run["s3_urls"].as_object() else { return json!({}) };
    urls.iter()
        .map(|(name, file)| {
            let mut response = agent().get(file["presigned_url"].as_str().unwrap()).call().unwrap();
            assert_eq!(response.status(), 200);
            assert_eq!(response.headers()["content-type"], file["mime_type"].as_str().unwrap());
            let bytes = response.body_mut().read_to_vec().unwrap();
            let described = json!({
                "mime_type": file["mime_type"],
                "bytes": bytes.len(),
                "sha256": sha256(&bytes),
            });
            (name.strip_prefix("attachment.").unwrap().to_owned(), described)
        })
        .collect::<Map<String, Value>>()
        .into()
}

fn sha256(bytes: &[u8]) -> String {
    use sha2::Digest as _;
    sha2::Sha256::digest(bytes).iter().fold(String::new(), |mut hex, byte| {
        let _ = write!(hex, "{byte:02x}");
        hex
    })
}

/// Numbers that are equal in value but not in type, and members that are null, do not make a difference.
fn same(left: &Value, right: &Value) -> bool {
    match (left, right) {
        (Value::Number(left), Value::Number(right)) => left.as_f64() == right.as_f64(),
        (Value::Array(left), Value::Array(right)) => {
            left.len() == right.len() && left.iter().zip(right).all(|(left, right)| same(left, right))
        }
        (Value::Object(left), Value::Object(right)) => {
            left.len() == right.len()
                && left.iter().all(|(key, value)| right.get(key).is_some_and(|other| same(value, other)))
        }
        _ => left == right,
    }
}

/// Says in what the library differs from the recording; empty when it does not.
fn differences(served: &Served, scenario: &str) -> Vec<String> {
    let expected = read_json(&scenarios().join(scenario).join("expected.json"));
    let mut differences = Vec::new();
    for project in expected["projects"].as_array().into_iter().flatten() {
        let name = project["name"].as_str().unwrap();
        let found = runs_of(served, name);
        let runs = project["runs"].as_array().unwrap();
        if found.len() != runs.len() {
            differences.push(format!("{name}: {} runs instead of {}", found.len(), runs.len()));
        }
        for run in runs {
            let below = runs.iter().filter(|other| other["trace_id"] == run["trace_id"]);
            let fallback = ["input_tokens", "output_tokens", "total_tokens"].map(|class| {
                below.clone().filter_map(|other| other["usage_fallback"][class].as_u64()).sum::<u64>()
            });
            let wanted = wanted(run, fallback);
            let id = run["id"].as_str().unwrap();
            let Some(found) = found.get(id) else {
                differences.push(format!("{name}: {id} ({}) is missing", run["name"]));
                continue;
            };
            for (key, value) in given(found, &wanted) {
                let expected = &wanted[&key];
                let absent = |value: &Value| value.is_null() || *value == json!([]) || *value == json!({});
                let equal = same(&value, expected) || (absent(&value) && absent(expected));
                if !equal {
                    let place = format!("{name}/{}/{key}", run["name"]);
                    differences.push(match (value.as_object(), expected.as_object()) {
                        (Some(ours), Some(theirs)) => {
                            let keys = ours.keys().chain(theirs.keys());
                            let other: Vec<String> = keys
                                .filter(|key| {
                                    !same(
                                        ours.get(*key).unwrap_or(&Value::Null),
                                        theirs.get(*key).unwrap_or(&Value::Null),
                                    )
                                })
                                .map(|key| {
                                    format!("{key}: {:?} instead of {:?}", ours.get(key), theirs.get(key))
                                })
                                .collect();
                            format!("{place}: {}", other.join(", "))
                        }
                        _ => format!("{place}: {value} instead of {expected}"),
                    });
                }
            }
        }
    }
    let feedback = expected["feedback"].as_array().cloned().unwrap_or_default();
    if !feedback.is_empty() {
        let listed = get(served, "/feedback?limit=100");
        let listed: BTreeMap<&str, &Value> =
            listed.as_array().unwrap().iter().map(|one| (one["id"].as_str().unwrap(), one)).collect();
        for one in &feedback {
            // Feedback given by token got its id from the recording server.
            let ours = listed.get(one["id"].as_str().unwrap()).copied().or_else(|| {
                listed
                    .values()
                    .copied()
                    .find(|ours| ["key", "score", "run_id"].iter().all(|key| same(&ours[*key], &one[*key])))
            });
            let Some(ours) = ours else {
                differences.push(format!("the feedback {one} is missing"));
                continue;
            };
            for key in ["run_id", "trace_id", "key", "score", "value", "comment", "correction"] {
                if !same(&ours[key], &one[key]) {
                    differences.push(format!(
                        "feedback {}/{key}: {} instead of {}",
                        one["key"], ours[key], one[key]
                    ));
                }
            }
        }
    }
    differences
}

fn all_with(replay: &str) -> Vec<String> {
    let index = read_json(&scenarios().join("index.json"));
    let names = index.as_array().unwrap().iter().filter(|one| one["replay"] == replay);
    names.map(|one| one["scenario"].as_str().unwrap().to_owned()).collect()
}

/// Replays every scenario after `prepare` has changed its requests; all must become what their recording says.
fn check(prepare: impl Fn(&str, Vec<Recorded>) -> Vec<Recorded>) {
    let mut problems = Vec::new();
    for scenario in all_with("ingest") {
        let dir = tempfile::tempdir().unwrap();
        let served = Served::start(dir.path(), &[]);
        replay(&served, &prepare(&scenario, recorded(&scenario)));
        problems.extend(
            differences(&served, &scenario).into_iter().map(|difference| format!("{scenario}: {difference}")),
        );
    }
    assert!(problems.is_empty(), "{} differences:\n{}", problems.len(), problems.join("\n"));
}

/// Feedback, annotation queues, and every way of reading: what the server made up is asked for by its own names.
#[test]
fn reading_and_reviewing_are_answered_as_they_were_recorded() {
    let mut problems = Vec::new();
    for scenario in ["py-annotation-queues", "py-feedback", "py-read-apis"] {
        let dir = tempfile::tempdir().unwrap();
        let served = Served::start(dir.path(), &[]);
        replay_with_server_values(&served, &recorded(scenario));
        problems.extend(
            differences(&served, scenario).into_iter().map(|difference| format!("{scenario}: {difference}")),
        );
    }
    assert!(problems.is_empty(), "{} differences:\n{}", problems.len(), problems.join("\n"));
}

#[test]
fn every_recording_becomes_what_it_says() {
    check(|_, requests| requests);
}

#[test]
fn sent_twice_and_under_the_other_prefix_it_is_the_same() {
    check(|_, requests| {
        let twice = requests.iter().flat_map(|request| [request.clone(), request.clone()]);
        twice
            .map(|mut request| {
                request.path = match request.path.strip_prefix("/api/v1") {
                    Some(rest) => rest.to_owned(),
                    None => format!("/api/v1{}", request.path),
                };
                request
            })
            .collect()
    });
}

#[test]
fn sent_in_reverse_it_is_the_same() {
    check(|scenario, mut requests| {
        // Here a later update changes what an earlier one said, which the order decides.
        if scenario != "py-out-of-order" {
            requests.reverse();
        }
        requests
    });
}

#[test]
fn datasets_and_experiments_are_replayed() {
    let scenario = "py-datasets-experiment";
    let dir = tempfile::tempdir().unwrap();
    let served = Served::start(dir.path(), &[]);
    let mut requests = recorded(scenario);
    // The signature of a file's address is this server's own; files are fetched below.
    requests.retain(|request| !request.path.starts_with("/api/v1/attachments/"));
    replay_with_server_values(&served, &requests);
    // The version of an example is a time of the server, which the recording leaves out.
    let mut found = differences(&served, scenario);
    found.retain(|difference| {
        !(difference.contains("/metadata: example_version: ")
            && difference.matches("instead of").count() == 1)
    });
    assert_eq!(found, Vec::<String>::new());

    // Three examples were made, then another; one was changed and removed.
    let datasets = get(&served, "/datasets?name=fixture-dataset");
    let dataset = &datasets[0];
    assert_eq!((&dataset["example_count"], &dataset["session_count"]), (&json!(3), &json!(1)));
    let id = dataset["id"].as_str().unwrap();
    let old = get(&served, &format!("/examples?dataset={id}&as_of=prod&select=attachment_urls"));
    let old: BTreeMap<&str, &Value> =
        old.as_array().unwrap().iter().map(|one| (one["inputs"]["q"].as_str().unwrap(), one)).collect();
    assert_eq!(old.keys().copied().collect::<Vec<_>>(), ["1+1", "2+2", "3+3"]);
    assert_eq!(old["3+3"]["outputs"], json!({ "a": "six" }));
    assert_eq!(old["3+3"]["metadata"], json!({ "edited": true, "dataset_split": ["test"] }));
    let file = &old["2+2"]["attachment_urls"]["attachment.note"];
    let mut response = agent().get(file["presigned_url"].as_str().unwrap()).call().unwrap();
    assert_eq!(response.body_mut().read_to_string().unwrap(), "hi");

    // The runs answer their examples, also the one that is gone by now.
    for run in read_json(&scenarios().join(scenario).join("expected.json"))["projects"][0]["runs"]
        .as_array()
        .unwrap()
    {
        let example = &run["reference_example_id"];
        let found = post(&served, "/runs/query", &json!({ "reference_example": [example] }));
        assert_eq!(found["runs"].as_array().unwrap().len(), 1);
        assert_eq!(found["runs"][0]["id"], run["id"]);
        assert_eq!(found["runs"][0]["reference_example_id"], *example);
        assert_eq!(found["runs"][0]["reference_dataset_id"], dataset["id"]);
    }
}

/// The run of a span, under the name by which LangSmith's own collector knows it.
fn run_of_span(span: &Value) -> String {
    let hex = span["span_id"].as_str().unwrap();
    format!("00000000-0000-0000-{}-{}", &hex[..4], &hex[4..])
}

/// Says in what the spans of a recording differ from what it says they are.
fn span_differences(served: &Served, scenario: &str) -> Vec<String> {
    let expected = read_json(&scenarios().join(scenario).join("expected.json"));
    let mut differences = Vec::new();
    for span in expected["otlp"]["spans"].as_array().into_iter().flatten() {
        let run = get(served, &format!("/runs/{}", run_of_span(span)));
        let place = format!("{scenario}/{}", span["name"]);
        let mut compare = |key: &str, ours: &Value, theirs: &Value| {
            if !theirs.is_null() && !same(ours, theirs) {
                differences.push(format!("{place}/{key}: {ours} instead of {theirs}"));
            }
        };
        for key in ["name", "run_type", "status", "inputs", "outputs", "thread_id"] {
            compare(key, &run[key], &span[key]);
        }
        for key in ["start_time", "end_time"] {
            if let Some(time) = span[key].as_str() {
                compare(key, &run[key], &micros_of(time).into());
            }
        }
        for (key, value) in span["metadata_includes"].as_object().into_iter().flatten() {
            let ours = &run["extra"]["metadata"][key];
            // The exporter makes a text of every value.
            let as_text = |value: &Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
            compare(&format!("metadata.{key}"), &as_text(ours).into(), &as_text(value).into());
        }
        if let Some(project) = span["project"].as_str() {
            let session = get(served, &format!("/sessions/{}", run["session_id"].as_str().unwrap_or("none")));
            compare("project", &session["name"], &project.into());
        }
    }
    differences
}

/// A time of nanoseconds, cut to microseconds.
fn micros_of(time: &str) -> String {
    let (whole, fraction) = time.trim_end_matches('Z').split_once('.').unwrap();
    format!("{whole}.{:0<6}Z", &fraction[..fraction.len().min(6)])
}

#[test]
fn spans_under_langsmiths_path_become_what_the_recording_says() {
    let mut problems = Vec::new();
    for scenario in all_with("otlp") {
        let dir = tempfile::tempdir().unwrap();
        let served = Served::start(dir.path(), &[]);
        replay(&served, &recorded(&scenario));
        problems.extend(span_differences(&served, &scenario));
        problems.extend(
            differences(&served, &scenario).into_iter().map(|difference| format!("{scenario}: {difference}")),
        );
    }
    // A tool is named by its name, not by that of its span (`otel-genai.md` D, name), and a trace stays together in the
    // project of its root (`langsmith-api.md` §5.3).
    let meant = [
        r#"otel-generic-python/"execute_tool get_weather"/name: "get_weather" instead of "execute_tool get_weather""#,
        r#"otel-generic-python/"Renamed Retriever"/project: "fixture-otel-generic" instead of "fixture-otel-override""#,
    ];
    assert_eq!(problems, meant, "{}", problems.join("\n"));
}

#[test]
fn runs_that_come_in_both_protocols_are_shown_once_whichever_comes_first() {
    let requests = recorded("py-otel-hybrid");
    let shown = |requests: &[Recorded]| {
        let dir = tempfile::tempdir().unwrap();
        let served = Served::start(dir.path(), &[]);
        replay(&served, requests);
        let traces = served.call("list_traces", &json!({ "limit": 10 }));
        let info = served.call("app_info", &json!({}));
        assert_eq!((&traces["total"], &info["runs"], &info["traces"]), (&json!(1), &json!(4), &json!(1)));
        assert_eq!(runs_of(&served, "fixture-otel-hybrid").len(), 4);
        traces["rows"][0]["trace_id"].clone()
    };
    let reversed: Vec<Recorded> = requests.iter().rev().cloned().collect();
    assert_eq!(shown(&requests), "01a1f97c-2011-71bf-b705-e87ad2fcc560");
    assert_eq!(shown(&reversed), "01a1f97c-2011-71bf-b705-e87ad2fcc560");
}

#[test]
fn a_body_that_is_written_in_portions_is_the_same_runs() {
    let dir = tempfile::tempdir().unwrap();
    let served = Served::start(dir.path(), &[]);
    let id = |number: u32| format!("00000000-0000-4000-8000-{number:012x}");
    let mut body = Vec::new();
    let mut part = |name: &str, content: &str| {
        body.extend(
            format!("--b\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{content}\r\n").bytes(),
        );
    };
    // A portion ends within each of these runs.
    let long = "x".repeat(9 << 20);
    for number in 1..=3 {
        let run = json!({
            "id": id(number), "trace_id": id(1), "parent_run_id": (number > 1).then(|| id(1)), "name": format!("run {number}"),
            "run_type": "chain", "start_time": "2026-01-05T10:00:00Z", "session_name": "portions",
        });
        part(&format!("post.{}", id(number)), &run.to_string());
        part(&format!("post.{}.inputs", id(number)), &json!({ "text": long }).to_string());
        part(&format!("post.{}.outputs", id(number)), &json!({ "answer": number }).to_string());
    }
    body.extend(b"--b--\r\n");
    let (status, answer) =
        served.post("/runs/multipart", &[("content-type", "multipart/form-data; boundary=b")], &body);
    assert_eq!(status, 202, "{}", String::from_utf8_lossy(&answer));
    let info = served.call("app_info", &json!({}));
    assert_eq!((&info["traces"], &info["runs"]), (&json!(1), &json!(3)));
    for number in 1..=3 {
        let run = served.call("get_run", &json!({ "trace_id": id(1), "run_id": id(number) }));
        assert_eq!(run["outputs"]["json"], format!("{{\"answer\":{number}}}"));
        assert!(run["inputs"]["bytes"].as_u64().unwrap() > 9 << 20, "{run}");
    }
}
