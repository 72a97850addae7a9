//! Searching texts: what is found where, before and after the index has it.

use std::{path::Path, sync::Arc};

use engine::{
    Engine, Filter, Options, RunQuery, RunSearch, Scope, TableRequest, TableRow, TextSearch, TraceFilter,
    TraceQuery,
};
use serde_json::{Value, json};

fn open(dir: &Path) -> Arc<Engine> {
    Engine::open(&Options { watch: false, ..Options::new(dir) }).unwrap()
}

fn id(number: u32) -> String {
    format!("00000000-0000-4000-8000-{number:012}")
}

/// A run of trace `trace`, whose root has the number of the trace.
fn run(trace: u32, number: u32, name: &str, inputs: Value, outputs: Value) -> Value {
    let mut run = json!({
        "id": id(number), "trace_id": id(trace), "name": name, "run_type": "chain",
        "start_time": "2024-05-05T00:00:00", "end_time": "2024-05-05T00:00:01",
        "inputs": inputs, "outputs": outputs, "session_name": format!("project {trace}"),
    });
    if trace != number {
        run["parent_run_id"] = id(trace).into();
    }
    run
}

fn import(engine: &Engine, dir: &Path, name: &str, runs: &[Value]) {
    let file = dir.join(name);
    let lines: Vec<String> = runs.iter().map(Value::to_string).collect();
    std::fs::write(&file, lines.join("\n")).unwrap();
    for job in engine.import_paths(&[file], false).unwrap() {
        let job = engine.wait_for_job(job.id).unwrap();
        assert_eq!(job.error, None);
    }
}

/// Every hit as `number of the run: field: line`, with what was found in brackets.
fn hits(engine: &Engine, search: &TextSearch) -> Vec<String> {
    let mut search = TextSearch { limit: 2, ..search.clone() };
    let mut found = Vec::new();
    loop {
        let answer = engine.search_texts(&search).unwrap();
        found.extend(answer.hits.iter().map(|hit| {
            let mut line = hit.line.clone();
            for mark in hit.marks.iter().rev() {
                line.insert(mark.end, ']');
                line.insert(mark.start, '[');
            }
            let number: u32 = hit.run.run_id.to_string()[24..].parse().unwrap();
            format!("{number}: {:?}{}: {line}", hit.part, hit.pointer)
        }));
        match answer.next {
            Some(next) => search.after = Some(next),
            None => return found,
        }
    }
}

fn find(engine: &Engine, text: &str) -> Vec<String> {
    hits(engine, &TextSearch { text: text.to_owned(), ..TextSearch::default() })
}

fn library() -> Vec<Value> {
    let system = json!({"role": "system", "content": "You answer questions about parcels."});
    let ask = json!({"role": "user", "content": "Where is my parcel?\nThe number is AB-12345."});
    vec![
        run(1, 1, "agent", json!({"messages": [system, ask]}), json!({"answer": "It arrives on Tuesday 🎉"})),
        run(
            1,
            2,
            "ChatOpenAI",
            json!({"messages": [system, ask, {"role": "assistant", "content": "Looking for it."}]}),
            json!({"tool_calls": [{"name": "track", "arguments": "{\"city\":\"Zürich\",\"note\":\"first line\\nsecond\"}"}]}),
        ),
        run(
            3,
            3,
            "translate",
            json!({"text": "東京都の天気は晴れです"}),
            json!({"text": "Über Tokyo scheint die Sonne"}),
        ),
    ]
}

fn checks(engine: &Engine) {
    assert_eq!(find(engine, "tuesday"), ["1: Outputs/answer: It arrives on [Tuesday] 🎉"]);
    assert_eq!(find(engine, "🎉"), ["1: Outputs/answer: It arrives on Tuesday [🎉]"]);
    // All of it in one text.
    assert_eq!(find(engine, "arrives tuesday").len(), 1);
    assert_eq!(find(engine, "parcel tuesday"), [""; 0]);
    assert_eq!(find(engine, "\"is my parcel\""), ["1: Inputs/messages/1/content: Where [is my parcel]?"]);
    assert_eq!(find(engine, "\"my is parcel\""), [""; 0]);
    assert_eq!(find(engine, "arriv*"), ["1: Outputs/answer: It [arrives] on Tuesday 🎉"]);
    assert_eq!(find(engine, "arriv"), [""; 0]);
    assert_eq!(find(engine, "ab-12345"), ["1: Inputs/messages/1/content: The number is [AB-12345]."]);
    // Arguments of tools are JSON in a string: no keys, no escapes.
    assert_eq!(find(engine, "zurich"), ["2: Outputs/tool_calls/0/arguments: [Zürich]"]);
    assert_eq!(find(engine, "second"), ["2: Outputs/tool_calls/0/arguments: [second]"]);
    assert_eq!(find(engine, "city"), [""; 0]);
    assert_eq!(find(engine, "天気"), ["3: Inputs/text: 東京都の[天気]は晴れです"]);
    assert_eq!(find(engine, "京都"), ["3: Inputs/text: 東[京都]の天気は晴れです"]);
    assert_eq!(find(engine, "ÜBER"), ["3: Outputs/text: [Über] Tokyo scheint die Sonne"]);
    assert_eq!(find(engine, "->"), [""; 0]);
    for query in [
        "\"",
        "NEAR(",
        "*",
        "a AND",
        "content:parcel",
        "-parcel",
        "^",
        "{}",
        "(",
        "parcel\0",
        "'; DROP TABLE doc; --",
    ] {
        find(engine, query);
    }
}

#[test]
fn the_same_is_found_before_the_index_has_it_and_afterwards() {
    let dir = tempfile::tempdir().unwrap();
    let engine = open(dir.path());
    import(&engine, dir.path(), "a.jsonl", &library());
    assert!(engine.text_status().unwrap().behind > 0);
    checks(&engine);
    engine.complete_text_index(&mut |_, _| ()).unwrap();
    assert_eq!(engine.text_status().unwrap().behind, 0);
    checks(&engine);
    // What a trace says again and again is a hit once: where it was said first.
    assert_eq!(
        find(&engine, "parcels"),
        ["1: Inputs/messages/0/content: You answer questions about [parcels]."]
    );
    std::fs::remove_file(dir.path().join("library-text.sqlite")).unwrap();
    checks(&engine);
}

#[test]
fn a_search_can_be_of_a_project_or_a_trace_and_go_within_words() {
    let dir = tempfile::tempdir().unwrap();
    let engine = open(dir.path());
    import(&engine, dir.path(), "a.jsonl", &library());
    engine.complete_text_index(&mut |_, _| ()).unwrap();
    let search = TextSearch { text: "text".to_owned(), ..TextSearch::default() };
    let of = |search: TextSearch| hits(&engine, &search).len();
    let tokyo = TextSearch { text: "tokyo".to_owned(), ..search.clone() };
    assert_eq!(of(TextSearch { project: Some("project 3".to_owned()), ..tokyo.clone() }), 1);
    assert_eq!(of(TextSearch { project: Some("project 1".to_owned()), ..tokyo.clone() }), 0);
    assert_eq!(of(TextSearch { trace: Some(id(3).parse().unwrap()), ..tokyo.clone() }), 1);
    assert_eq!(of(TextSearch { trace: Some(id(1).parse().unwrap()), ..tokyo }), 0);
    let inside = |text: &str| {
        hits(&engine, &TextSearch { text: text.to_owned(), inside_words: true, ..search.clone() })
    };
    assert_eq!(inside("rriv"), ["1: Outputs/answer: It a[rriv]es on Tuesday 🎉"]);
    // As a word first, then within words, and nothing twice.
    assert_eq!(
        inside("parcel"),
        [
            "1: Inputs/messages/1/content: Where is my [parcel]?",
            "1: Inputs/messages/0/content: You answer questions about [parcel]s.",
        ]
    );
    assert_eq!(engine.search_trace(id(1).parse().unwrap(), "ürich").unwrap().len(), 1);
    assert_eq!(engine.search_trace(id(1).parse().unwrap(), "PARCEL").unwrap().len(), 2);
    assert_eq!(engine.search_trace(id(1).parse().unwrap(), "arguments").unwrap().len(), 0);
}

#[test]
fn lists_find_words_in_texts_with_and_without_the_index() {
    let dir = tempfile::tempdir().unwrap();
    let engine = open(dir.path());
    import(&engine, dir.path(), "a.jsonl", &library());
    let runs = |text: &str| {
        let query = RunQuery { limit: 50, ..RunQuery::default() };
        let filter = Some(Filter::parse_search(text).unwrap());
        let found = engine.search_runs(&RunSearch { query, filter, ..RunSearch::default() }).unwrap().runs;
        let mut names: Vec<_> =
            found.iter().map(|run| run.row.name.as_deref().unwrap_or_default().to_owned()).collect();
        names.sort();
        names.join(" ")
    };
    let traces = |text: &str| {
        let filter = TraceFilter { text: Some(text.to_owned()), ..TraceFilter::default() };
        let page = engine.traces(&TraceQuery { filter, limit: 50, ..TraceQuery::default() }).unwrap();
        assert_eq!(page.total, page.rows.len() as u64);
        page.rows.iter().map(|row| row.name.clone().unwrap_or_default()).collect::<Vec<_>>().join(" ")
    };
    for _ in 0..2 {
        // Every run that has the text, not only the one that said it first.
        assert_eq!(runs("parcels"), "ChatOpenAI agent");
        assert_eq!(runs("tuesday parcel"), "agent");
        assert_eq!(runs("openai"), "ChatOpenAI");
        assert_eq!(runs("openai zürich"), "ChatOpenAI");
        assert_eq!(runs("parcel -tuesday"), "ChatOpenAI");
        assert_eq!(runs("output:~sonne"), "translate");
        assert_eq!(runs("nowhere"), "");
        assert_eq!(traces("zurich"), "agent");
        assert_eq!(traces("天気"), "translate");
        assert_eq!(traces("gent"), "agent");
        assert_eq!(traces("gent sonne"), "");
        engine.complete_text_index(&mut |_, _| ()).unwrap();
    }
}

#[test]
fn tables_find_words_in_texts_with_and_without_the_index() {
    let dir = tempfile::tempdir().unwrap();
    let engine = open(dir.path());
    let mut lines = library();
    lines[0]["extra"] = json!({"metadata": {"thread_id": "talk"}});
    lines[0]["tags"] = json!(["urgent"]);
    import(&engine, dir.path(), "a.jsonl", &lines);
    let table = |scope, text: &str| {
        let request = TableRequest {
            scope,
            text: text.to_owned(),
            ascending: true,
            reach: 1000,
            ..TableRequest::default()
        };
        let window = engine.table(&request, 0, 50, &[], false).unwrap();
        assert_eq!((window.total, window.unread), (window.rows.len() as u64, 0), "{scope:?} {text}");
        let (keys, all) = engine.table_keys(&request).unwrap();
        assert_eq!((keys.len(), all), (window.rows.len(), true), "{scope:?} {text}");
        assert_eq!(engine.table_sums(&request).unwrap().rows, window.total, "{scope:?} {text}");
        let names = window.rows.iter().map(|line| match &line.row {
            TableRow::Run(_, run, _) => run.name.as_deref().unwrap_or_default().to_owned(),
            TableRow::Trace(trace, _) => trace.name.clone().unwrap_or_default(),
            TableRow::Thread(thread) => thread.thread.clone(),
        });
        let mut names: Vec<String> = names.collect();
        names.sort();
        names.join(" ")
    };
    for _ in 0..2 {
        for (scope, text, expected) in [
            (Scope::Traces, "zurich", "agent"),
            (Scope::Traces, "天気", "translate"),
            // Previews also have it inside of words.
            (Scope::Traces, "gent", "agent"),
            (Scope::Traces, "zurich sonne", ""),
            (Scope::Traces, "zurich OR sonne", "agent translate"),
            (Scope::Traces, "-zurich", "translate"),
            (Scope::Traces, "\"looking for it\"", "agent"),
            (Scope::Traces, "\"for looking it\"", ""),
            (Scope::Traces, "zurich tags:urgent", "agent"),
            (Scope::Traces, "sonne tags:urgent", ""),
            (Scope::Threads, "zurich", "talk"),
            (Scope::Threads, "sonne", ""),
            (Scope::Threads, "zurich tags:urgent", "talk"),
            (Scope::Runs, "zurich", "ChatOpenAI"),
            (Scope::Runs, "parcels", "ChatOpenAI agent"),
            (Scope::Runs, "parcel -tuesday", "ChatOpenAI"),
            (Scope::Runs, "output:~sonne", "translate"),
            (Scope::Runs, "nowhere", ""),
        ] {
            assert_eq!(table(scope, text), expected, "{scope:?} {text}");
        }
        engine.complete_text_index(&mut |_, _| ()).unwrap();
    }
}

#[test]
fn a_removed_source_is_not_found_any_more_and_reading_again_finds_the_same() {
    let dir = tempfile::tempdir().unwrap();
    let engine = open(dir.path());
    import(&engine, dir.path(), "a.jsonl", &library());
    import(&engine, dir.path(), "b.jsonl", &[run(9, 9, "other", json!({"text": "thunder"}), json!({}))]);
    engine.complete_text_index(&mut |_, _| ()).unwrap();
    engine.remap(&mut |_, _| true).unwrap();
    engine.complete_text_index(&mut |_, _| ()).unwrap();
    checks(&engine);
    assert_eq!(find(&engine, "thunder").len(), 1);
    let source = engine.sources().unwrap()[1].id;
    engine.remove_source(source).unwrap();
    assert_eq!(find(&engine, "thunder").len(), 0);
    engine.complete_text_index(&mut |_, _| ()).unwrap();
    assert_eq!(find(&engine, "thunder").len(), 0);
    checks(&engine);
}

#[test]
fn a_text_of_ten_megabytes_is_searched_to_its_end() {
    let dir = tempfile::tempdir().unwrap();
    let engine = open(dir.path());
    let long = format!("{}needle at the end", "hay and straw, ".repeat(700_000));
    assert!(long.len() > 10_000_000);
    import(&engine, dir.path(), "a.jsonl", &[run(1, 1, "long", json!({"text": long}), json!({}))]);
    let expected = "[needle] at the end";
    assert!(find(&engine, "needle")[0].ends_with(expected));
    engine.complete_text_index(&mut |_, _| ()).unwrap();
    let found = find(&engine, "needle");
    assert_eq!(found.len(), 1);
    assert!(found[0].ends_with(expected) && found[0].len() < 400, "{found:?}");
}

#[test]
fn base64_and_embeddings_are_no_texts() {
    let dir = tempfile::tempdir().unwrap();
    let engine = open(dir.path());
    let blob = "aGVsbG8gd29ybGQ3c2VjcmV0".repeat(40);
    let vector: Vec<f64> = (0..64).map(|index| f64::from(index) / 64.0 + 0.001).collect();
    let inputs =
        json!({"image": format!("data:image/png;base64,{blob}"), "vector": vector, "text": "caption"});
    import(&engine, dir.path(), "a.jsonl", &[run(1, 1, "image", inputs, json!({}))]);
    engine.complete_text_index(&mut |_, _| ()).unwrap();
    assert_eq!(find(&engine, "caption").len(), 1);
    assert_eq!(find(&engine, "0.001").len(), 0);
    assert_eq!(find(&engine, "aGVsbG8gd29ybGQ3c2VjcmV0*").len(), 0);
}
