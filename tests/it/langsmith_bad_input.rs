//! Bodies that no SDK should send, and some that they do: an answer that makes the client do the right thing, and
//! everything else of the body kept.

use std::fmt::Write as _;

use serde_json::{Value, json};

use crate::app::Served;

const MULTIPART: (&str, &str) = ("content-type", "multipart/form-data; boundary=b1");
const JSON: (&str, &str) = ("content-type", "application/json");

fn id(number: u32) -> String {
    format!("00000000-0000-4000-8000-{number:012x}")
}

/// A body of these parts with its closing boundary.
fn body(parts: &[(String, String)]) -> String {
    let mut body = String::new();
    for (name, content) in parts {
        let _ = write!(
            body,
            "--b1\r\nContent-Disposition: form-data; name=\"{name}\"\r\nContent-Type: application/json\r\n\
             Content-Length: {}\r\n\r\n{content}\r\n",
            content.len()
        );
    }
    body + "--b1--\r\n"
}

/// The main part of a whole run.
fn run(number: u32) -> (String, String) {
    let run = json!({
        "id": id(number), "trace_id": id(number), "name": format!("run {number}"), "run_type": "chain",
        "start_time": "2026-01-05T10:00:00Z", "end_time": "2026-01-05T10:00:01Z", "session_name": "bad",
        "dotted_order": format!("20260105T100000000000Z{}", id(number)),
    });
    (format!("post.{}", id(number)), run.to_string())
}

fn part(name: &str, content: &str) -> (String, String) {
    (name.to_owned(), content.to_owned())
}

fn answer(served: &Served, path: &str, headers: &[(&str, &str)], body: &[u8]) -> (u16, Value) {
    let (status, answer) = served.post(path, headers, body);
    (status, serde_json::from_slice(&answer).unwrap_or(Value::Null))
}

fn names(served: &Served) -> Vec<String> {
    let page = served.call("list_traces", &json!({ "limit": 100, "sort": "name", "ascending": true }));
    let mut names: Vec<String> = page["rows"]
        .as_array()
        .unwrap()
        .iter()
        .map(|row| row["name"].as_str().unwrap_or("unnamed").to_owned())
        .collect();
    names.sort();
    names
}

fn served() -> (tempfile::TempDir, Served) {
    let dir = tempfile::tempdir().unwrap();
    let served = Served::start(dir.path(), &[]);
    (dir, served)
}

#[test]
fn parts_that_cannot_be_read_are_named_and_the_others_kept() {
    let (_dir, served) = served();
    let parts = [
        run(1),
        part("banana.1", "{}"),
        part("post.not-a-uuid", "{}"),
        part(&format!("post.{}.surprise", id(1)), "{}"),
        part(&format!("post.{}", id(9)), "[1]"),
        part(&format!("feedback.{}", id(5)), "{\"key\":\"k\",\"run_id\":\"nope\"}"),
        run(2),
    ];
    let (status, answer) = answer(&served, "/runs/multipart", &[MULTIPART], body(&parts).as_bytes());
    assert_eq!((status, &answer["rejected"]), (202, &json!(5)), "{answer}");
    assert!(answer["warnings"].as_str().unwrap().contains("banana.1"), "{answer}");
    assert_eq!(names(&served), ["run 1", "run 2"]);
    assert_eq!(served.call("list_rejects", &json!({ "offset": 0, "limit": 10 }))["total"], 5);
}

#[test]
fn a_field_that_is_no_json_is_kept_as_a_text() {
    let (_dir, served) = served();
    let parts = [run(1), part(&format!("post.{}.outputs", id(1)), "{\"broken\": ")];
    let (status, _) = answer(&served, "/runs/multipart", &[MULTIPART], body(&parts).as_bytes());
    assert_eq!(status, 202);
    let run = served.call("get_run", &json!({ "trace_id": id(1), "run_id": id(1) }));
    assert_eq!(run["outputs"]["json"], r#"{"output":"{\"broken\": "}"#);
}

#[test]
fn a_body_that_breaks_off_keeps_its_whole_parts() {
    let (_dir, served) = served();
    let whole = body(&[run(1), run(2), run(3)]);
    let open = whole.strip_suffix("--b1--\r\n").unwrap();
    let (status, answer) =
        answer(&served, "/runs/multipart", &[MULTIPART], &open.as_bytes()[..open.len() - 40]);
    assert_eq!(status, 202, "{answer}");
    assert!(answer["warnings"].as_str().unwrap().contains("closing boundary"), "{answer}");
    assert_eq!(names(&served), ["run 1", "run 2"]);
}

#[test]
fn a_part_that_is_cut_is_refused_by_name_and_a_whole_one_needs_no_boundary() {
    let (_dir, served) = served();
    let whole = body(&[run(1), run(2)]);
    let closing = "\r\n--b1--\r\n".len();
    // All of the second run is there, the closing boundary is not.
    let cut = &whole.as_bytes()[..whole.len() - closing];
    let (status, said) = answer(&served, "/runs/multipart", &[MULTIPART], cut);
    assert_eq!((status, &said["rejected"]), (202, &json!(0)), "{said}");
    assert_eq!(names(&served), ["run 1", "run 2"]);
    // A byte less, and it is lost with a word.
    let whole = body(&[run(3), run(4)]);
    let cut = &whole.as_bytes()[..whole.len() - closing - 1];
    let (status, said) = answer(&served, "/runs/multipart", &[MULTIPART], cut);
    assert_eq!((status, &said["rejected"]), (202, &json!(1)), "{said}");
    assert_eq!(names(&served), ["run 1", "run 2", "run 3"]);
    let rejects = served.call("list_rejects", &json!({ "offset": 0, "limit": 10 }));
    let listed: Vec<(&str, &str)> = rejects["rows"]
        .as_array()
        .unwrap()
        .iter()
        .map(|row| (row["code"].as_str().unwrap(), row["path"].as_str().unwrap()))
        .collect();
    assert_eq!(listed, [("cut_off", format!("post.{}", id(4)).as_str())]);
    // One whole part alone is kept, one cut part alone is refused.
    let whole = body(&[run(5)]);
    let (status, _) =
        answer(&served, "/runs/multipart", &[MULTIPART], &whole.as_bytes()[..whole.len() - closing]);
    assert_eq!((status, names(&served).len()), (202, 4));
    let whole = body(&[run(6)]);
    let (status, said) =
        answer(&served, "/runs/multipart", &[MULTIPART], &whole.as_bytes()[..whole.len() - closing - 9]);
    assert_eq!(status, 400, "{said}");
    assert!(said["detail"].as_str().unwrap().contains("nothing of it was kept"), "{said}");
    assert_eq!(served.call("list_rejects", &json!({ "offset": 0, "limit": 10 }))["total"], 2);
}

#[test]
fn feedback_about_nothing_is_refused() {
    let (_dir, served) = served();
    let run_id = id(1);
    for (said, status) in [
        (json!({ "key": "z" }), 422),
        (json!({ "run_id": run_id }), 422),
        (json!({ "run_id": run_id, "key": "z", "score": "high" }), 422),
        (json!({ "run_id": run_id, "key": "z", "score": true }), 200),
        (json!({ "session_id": id(2), "key": "z" }), 200),
        (json!({ "trace_id": run_id, "key": "z", "value": "high" }), 200),
    ] {
        let (told, answer) = answer(&served, "/feedback", &[JSON], said.to_string().as_bytes());
        assert_eq!(told, status, "{said}: {answer}");
        assert_eq!(answer["detail"].is_string(), status == 422, "{said}: {answer}");
    }
    let parts = [part(&format!("feedback.{}", id(5)), "{\"key\":\"z\"}")];
    let (status, said) = answer(&served, "/runs/multipart", &[MULTIPART], body(&parts).as_bytes());
    assert_eq!((status, &said["rejected"]), (202, &json!(1)), "{said}");
}

#[test]
fn an_update_that_names_another_trace_changes_the_run_that_was_created_and_is_warned_of() {
    let create = json!({ "post": [serde_json::from_str::<Value>(&run(1).1).unwrap()] });
    let update = json!({ "patch": [
        { "id": id(1), "trace_id": id(9), "end_time": "2026-01-05T10:00:02Z", "outputs": { "a": 1 } },
    ] });
    for bodies in [[&create, &update, &update], [&update, &create, &update]] {
        let (_dir, served) = served();
        let said: Vec<String> = bodies
            .map(|body| answer(&served, "/runs/batch", &[JSON], body.to_string().as_bytes()).1.to_string())
            .into();
        assert!(said[1].contains("another trace"), "{said:?}");
        let mut read = crate::app::agent().get(format!("{}/runs/{}", served.ingest(), id(1))).call().unwrap();
        let read: Value = serde_json::from_str(&read.body_mut().read_to_string().unwrap()).unwrap();
        assert_eq!((&read["name"], &read["outputs"]["a"]), (&json!("run 1"), &json!(1)), "{read}");
        let warned = served.call("list_rejects", &json!({ "severity": "warning", "offset": 0, "limit": 20 }));
        let rows = warned["rows"].as_array().unwrap();
        assert_eq!((rows.len(), &rows[0]["code"]), (1, &json!("other_trace")), "{warned}");
        assert!(rows[0]["message"].as_str().unwrap().contains(&id(9)), "{warned}");
    }
}

#[test]
fn circles_of_parents_and_other_ids_are_warned_of_in_both_protocols() {
    let (_dir, served) = served();
    let linked = |number: u32, parent: u32| {
        json!({
            "id": id(number), "trace_id": id(1), "parent_run_id": id(parent), "name": format!("run {number}"),
            "run_type": "chain", "start_time": "2026-01-05T10:00:00Z",
        })
    };
    let codes = || -> Vec<String> {
        let rows =
            served.call("list_rejects", &json!({ "severity": "warning", "offset": 0, "limit": 20 }))["rows"]
                .clone();
        rows.as_array().unwrap().iter().map(|row| row["code"].as_str().unwrap().to_owned()).collect()
    };
    // The circle is closed by a later request.
    for (number, parent) in [(2, 3), (3, 2)] {
        let body = json!({ "post": [linked(number, parent)] }).to_string();
        assert_eq!(answer(&served, "/runs/batch", &[JSON], body.as_bytes()).0, 202);
    }
    assert_eq!(codes(), ["parent_cycle"]);
    // Updates that repeat what is known close nothing; one that comes before any creation may.
    let patch = json!({ "patch": [linked(2, 3), linked(3, 2)] }).to_string();
    assert_eq!(answer(&served, "/runs/batch", &[JSON], patch.as_bytes()).0, 202);
    assert_eq!(codes(), ["parent_cycle"]);
    for (number, parent) in [(4, 5), (5, 4)] {
        let body = json!({ "patch": [linked(number, parent)] }).to_string();
        assert_eq!(answer(&served, "/runs/batch", &[JSON], body.as_bytes()).0, 202);
    }
    assert_eq!(codes(), ["parent_cycle", "parent_cycle"]);
    let span = |span: &str, parent: &str| {
        json!({
            "traceId": "0102030405060708090a0b0c0d0e0f10", "spanId": span, "parentSpanId": parent, "name": "s",
            "startTimeUnixNano": "1767225601000000000", "endTimeUnixNano": "1767225609000000000",
        })
    };
    let (a, b) = ("0102030405060708", "0102030405060709");
    let spans = json!({ "resourceSpans": [{ "scopeSpans": [{ "spans": [span(a, b), span(b, a)] }] }] });
    let (status, said) = answer(&served, "/v1/traces", &[JSON], spans.to_string().as_bytes());
    assert_eq!(status, 200);
    assert!(said.to_string().contains("lead back"), "{said}");
    assert_eq!(codes(), ["parent_cycle", "parent_cycle", "parent_cycle"]);
    let other = json!({ "id": id(8), "name": "n", "run_type": "chain" }).to_string();
    let parts = [part(&format!("post.{}", id(7)), &other)];
    let (_, said) = answer(&served, "/runs/multipart", &[MULTIPART], body(&parts).as_bytes());
    assert!(said["warnings"].as_str().unwrap().contains(&id(8)), "{said}");
}

#[test]
fn broken_compression_is_refused_after_what_could_be_read() {
    let (_dir, served) = served();
    // Text that does not pack away, so that half of the packed body is about half of the runs.
    let mut random = 1_u64;
    let mut noise = || {
        let words = std::iter::repeat_with(|| {
            random = random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            format!("{random:016x}")
        });
        json!({ "text": words.take(60).collect::<String>() }).to_string()
    };
    let parts: Vec<(String, String)> = (1..800)
        .flat_map(|number| [run(number), part(&format!("post.{}.inputs", id(number)), &noise())])
        .collect();
    let packed = zstd::encode_all(body(&parts).as_bytes(), 1).unwrap();
    let zstd = [MULTIPART, ("content-encoding", "zstd")];
    let (status, answer) = answer(&served, "/runs/multipart", &zstd, &packed[..packed.len() / 2]);
    assert_eq!(status, 400, "{answer}");
    assert!(answer["detail"].as_str().unwrap().contains("cannot be read"), "{answer}");
    assert!(!names(&served).is_empty(), "what came before the break is kept");
    let (status, answer) = self::answer(&served, "/runs/multipart", &zstd, b"no zstd at all");
    assert_eq!(status, 400, "{answer}");
}

#[test]
fn a_bomb_is_too_large() {
    let (_dir, served) = served();
    let mut bomb = zstd::Encoder::new(Vec::new(), 1).unwrap();
    let head = format!("--b1\r\nContent-Disposition: form-data; name=\"attachment.{}.x\"\r\n\r\n", id(1));
    std::io::Write::write_all(&mut bomb, head.as_bytes()).unwrap();
    let zeros = vec![0; 1024 * 1024];
    for _ in 0..600 {
        std::io::Write::write_all(&mut bomb, &zeros).unwrap();
    }
    let bomb = bomb.finish().unwrap();
    assert!(bomb.len() < 1024 * 1024);
    let (status, answer) =
        answer(&served, "/runs/multipart", &[MULTIPART, ("content-encoding", "zstd")], &bomb);
    assert_eq!(status, 413, "{answer}");
}

#[test]
fn ten_thousand_parts_are_taken() {
    let (_dir, served) = served();
    let parts: Vec<(String, String)> = (0..10_000).map(run).collect();
    let (status, answer) = answer(&served, "/runs/multipart", &[MULTIPART], body(&parts).as_bytes());
    assert_eq!(status, 202, "{answer}");
    assert_eq!(served.call("app_info", &json!({}))["runs"], 10_000);
}

#[test]
fn what_is_no_batch_and_no_run_has_the_right_status() {
    let (_dir, served) = served();
    let cases: &[(&str, &str, u16)] = &[
        ("/runs/batch", "[]", 422),
        ("/runs/batch", "{\"post\": [", 422),
        ("/runs/batch", "{}", 202),
        ("/runs", "7", 422),
        ("/runs", "{\"id\": \"nope\"}", 422),
    ];
    for (path, body, expected) in cases {
        let (status, answer) = answer(&served, path, &[JSON], body.as_bytes());
        assert_eq!(status, *expected, "{path} {body}: {answer}");
    }
    let (status, _) = answer(&served, "/runs/multipart", &[JSON], b"{}");
    assert_eq!(status, 400);
    let (status, _) = answer(&served, "/runs/multipart", &[MULTIPART], b"no boundary in here");
    assert_eq!(status, 400);
}

#[test]
fn a_run_without_an_id_that_is_sent_again_is_one_run() {
    let (_dir, served) = served();
    let run = json!({ "name": "anonymous", "run_type": "chain", "start_time": 1_767_607_200_000_i64 });
    for _ in 0..2 {
        assert_eq!(answer(&served, "/runs", &[JSON], run.to_string().as_bytes()).0, 202);
    }
    assert_eq!(names(&served), ["anonymous"]);
}

#[test]
fn an_update_of_a_run_that_never_comes_is_a_run() {
    let (_dir, served) = served();
    let patch = json!({ "patch": [{ "id": id(7), "outputs": { "answer": 42 }, "end_time": "2026-01-05T10:00:01Z" }] });
    assert_eq!(answer(&served, "/runs/batch", &[JSON], patch.to_string().as_bytes()).0, 202);
    let run = served.call("get_run", &json!({ "trace_id": id(7), "run_id": id(7) }));
    assert_eq!(
        (run["status"].as_str(), run["outputs"]["json"].as_str()),
        (Some("success"), Some("{\"answer\":42}"))
    );
}

#[test]
fn a_clock_that_runs_ahead_or_backwards_changes_nothing() {
    let (_dir, served) = served();
    let run = |number: u32, start: &str, end: &str| {
        json!({
            "id": id(number), "trace_id": id(number), "name": format!("run {number}"), "run_type": "chain",
            "start_time": start, "end_time": end,
        })
    };
    let batch = json!({ "post": [
        run(1, "2126-01-05T10:00:00Z", "2126-01-05T10:00:01Z"),
        run(2, "2026-01-05T10:00:01Z", "2026-01-05T10:00:00Z"),
        run(3, "9999-01-01T00:00:00Z", "not a time"),
    ] });
    assert_eq!(answer(&served, "/runs/batch", &[JSON], batch.to_string().as_bytes()).0, 202);
    assert_eq!(names(&served), ["run 1", "run 2", "run 3"]);
}

#[test]
fn a_batch_whose_runs_are_no_list_says_so() {
    let (_dir, served) = served();
    let body = json!({ "post": { "id": id(1) }, "patch": null }).to_string();
    let (status, said) = answer(&served, "/runs/batch", &[JSON], body.as_bytes());
    assert_eq!((status, &said["rejected"]), (202, &json!(1)));
    assert!(said["warnings"].as_str().unwrap().contains("post: The runs are no list"), "{said}");
}

#[test]
fn a_byte_order_mark_is_no_part_of_the_json() {
    let (_dir, served) = served();
    let body = format!("\u{feff}{}", run(1).1);
    assert_eq!(answer(&served, "/runs", &[JSON], body.as_bytes()).0, 202);
    assert_eq!(names(&served), ["run 1"]);
}

#[test]
fn a_question_with_too_many_ids_is_refused_by_name() {
    let (_dir, served) = served();
    let ids: Vec<String> = (0..40_000).map(id).collect();
    let (status, said) = answer(&served, "/runs/query", &[JSON], json!({ "id": ids }).to_string().as_bytes());
    assert_eq!((status, said["detail"].as_str()), (422, Some("too many values are asked for at once")));
}

#[test]
fn slow_clients_keep_nobody_from_the_window_and_the_reads() {
    use std::io::Write as _;
    let (_dir, served) = served();
    let address = served.ingest().trim_start_matches("http://");
    let begun = "POST /runs/multipart HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100000\r\n\
                 Content-Type: multipart/form-data; boundary=b1\r\n\r\n--b1\r\n";
    let slow: Vec<std::net::TcpStream> = (0..560)
        .map(|_| {
            let mut stream = std::net::TcpStream::connect(address).unwrap();
            stream.write_all(begun.as_bytes()).unwrap();
            stream
        })
        .collect();
    assert!(served.call("app_info", &json!({}))["version"].is_string());
    assert_eq!(answer(&served, "/runs/query", &[JSON], b"{}").0, 200);
    assert_eq!(answer(&served, "/runs", &[JSON], run(1).1.as_bytes()).0, 202);
    drop(slow);
}

#[test]
fn a_run_of_which_nothing_tells_the_start_has_started_when_it_arrived() {
    let (_dir, served) = served();
    let post =
        json!({ "post": [{ "id": id(8), "trace_id": id(8), "name": "no start", "run_type": "chain" }] });
    assert_eq!(answer(&served, "/runs/batch", &[JSON], post.to_string().as_bytes()).0, 202);
    let start = || -> i64 {
        let run = served.call("get_run", &json!({ "trace_id": id(8), "run_id": id(8) }));
        run["start"].as_str().unwrap().parse().unwrap()
    };
    let told: i64 = 1_767_607_200_000_000_000;
    let arrived = start();
    assert!(arrived > told, "{arrived}");
    // What else is said of it later does not move it, until something tells when it started.
    let patch = json!({ "patch": [{ "id": id(8), "trace_id": id(8), "outputs": { "answer": 1 } }] });
    assert_eq!(answer(&served, "/runs/batch", &[JSON], patch.to_string().as_bytes()).0, 202);
    assert_eq!(start(), arrived);
    let late = json!({ "post": [{
        "id": id(8), "trace_id": id(8), "name": "a start", "run_type": "chain", "start_time": "2026-01-05T10:00:00Z",
    }] });
    assert_eq!(answer(&served, "/runs/batch", &[JSON], late.to_string().as_bytes()).0, 202);
    assert_eq!(start(), told);
}

#[test]
fn a_path_that_is_no_utf8_is_refused_in_the_shape_of_the_protocol() {
    let (_dir, served) = served();
    for path in ["/runs/%ff", "/api/v1/datasets/%c3%28", "/api/v2/threads/%ff/traces", "/feedback/%80"] {
        let mut response = crate::app::agent().get(format!("{}{path}", served.ingest())).call().unwrap();
        let told: Value =
            serde_json::from_str(&response.body_mut().read_to_string().unwrap()).unwrap_or_default();
        assert_eq!(response.status().as_u16(), 400, "{path}");
        assert!(told["detail"].as_str().is_some_and(|told| told.contains("path")), "{path}: {told}");
    }
}

#[test]
fn null_in_the_change_of_an_example_erases_outputs_and_metadata_and_leaves_the_rest() {
    let (_dir, served) = served();
    let dataset = answer(&served, "/datasets", &[JSON], br#"{"name":"nulls"}"#).1;
    let example = json!({
        "dataset_id": dataset["id"], "inputs": { "q": 1 }, "outputs": { "a": 2 }, "metadata": { "m": 3 }, "split": "test",
    });
    let made = answer(&served, "/examples", &[JSON], example.to_string().as_bytes()).1;
    let path = format!("{}/examples/{}", served.ingest(), made["id"].as_str().unwrap());
    let patch = |body: &Value| {
        let mut response = crate::app::agent()
            .patch(&path)
            .header("content-type", "application/json")
            .send(body.to_string())
            .unwrap();
        assert_eq!(response.status().as_u16(), 200);
        let _ = response.body_mut().read_to_string();
        let mut read = crate::app::agent().get(&path).call().unwrap();
        serde_json::from_str::<Value>(&read.body_mut().read_to_string().unwrap()).unwrap()
    };
    let kept = patch(&json!({ "inputs": null, "outputs": null }));
    assert_eq!((&kept["inputs"], &kept["outputs"]), (&json!({ "q": 1 }), &Value::Null));
    assert_eq!(kept["metadata"]["m"], 3);
    let erased = patch(&json!({ "metadata": null, "split": null }));
    assert_eq!((&erased["inputs"], &erased["metadata"]["m"]), (&json!({ "q": 1 }), &Value::Null));
}

#[test]
fn threads_are_found_by_their_turns() {
    let (_dir, served) = served();
    let turn = |number: u32, thread: &str, name: &str, failed: bool| {
        json!({
            "id": id(number), "trace_id": id(number), "name": name, "run_type": "chain", "session_name": "talks",
            "start_time": format!("2026-01-0{number}T10:00:00Z"), "end_time": format!("2026-01-0{number}T10:00:01Z"),
            "error": failed.then_some("boom"), "extra": { "metadata": { "thread_id": thread } },
        })
    };
    let batch = json!({ "post": [
        turn(1, "a", "ask", false), turn(2, "a", "ask", true), turn(3, "b", "ask", false), turn(4, "c", "tell", false),
    ] });
    assert_eq!(answer(&served, "/runs/batch", &[JSON], batch.to_string().as_bytes()).0, 202);
    let find = |body: &Value| {
        let (status, page) = answer(&served, "/api/v2/threads/query", &[JSON], body.to_string().as_bytes());
        assert_eq!(status, 200, "{page}");
        let mut found: Vec<String> = page["items"]
            .as_array()
            .unwrap()
            .iter()
            .map(|thread| thread["thread_id"].as_str().unwrap().to_owned())
            .collect();
        found.sort();
        (found.join(""), page["next_cursor"].clone())
    };
    assert_eq!(find(&json!({})).0, "abc");
    assert_eq!(find(&json!({ "filter": "eq(name, \"tell\")" })).0, "c");
    assert_eq!(find(&json!({ "trace_filter": "eq(status, \"error\")" })).0, "a");
    assert_eq!(find(&json!({ "min_start_time": "2026-01-03T00:00:00Z" })).0, "bc");
    assert_eq!(
        find(&json!({ "filter": "eq(name, \"ask\")", "thread_filter": "eq(status, \"error\")" })).0,
        "a"
    );
    assert_eq!(find(&json!({ "filter": "eq(name, \"nothing\")" })).0, "");
    let (first, next) = find(&json!({ "filter": "eq(name, \"ask\")", "page_size": 1 }));
    let (second, end) = find(&json!({ "filter": "eq(name, \"ask\")", "page_size": 1, "cursor": next }));
    assert_eq!((first.len(), second.len(), end), (1, 1, Value::Null));
    assert_ne!(first, second);
}
