//! What each condition lets through, as tables over a few runs, and the laws of both languages.

use std::borrow::Cow;

use proptest::prelude::*;

use super::*;
use crate::{Cost, RunId, RunStatus, TraceId, UnixNanos, Usage};

#[derive(Debug, Clone)]
struct Run {
    id: RunId,
    trace_id: TraceId,
    parent: Option<RunId>,
    name: Option<String>,
    run_type: String,
    status: RunStatus,
    start: Option<UnixNanos>,
    end: Option<UnixNanos>,
    first_token: Option<UnixNanos>,
    usage: Usage,
    cost: Option<Cost>,
    thread: Option<String>,
    error: Option<String>,
    tags: Vec<String>,
    metadata: Vec<Pair>,
    inputs: Vec<Pair>,
    outputs: Vec<Pair>,
    feedback: Vec<FeedbackRecord>,
    attachments: Vec<String>,
}

impl Subject for Run {
    fn id(&self) -> RunId {
        self.id
    }
    fn trace_id(&self) -> TraceId {
        self.trace_id
    }
    fn parent_run_id(&self) -> Option<RunId> {
        self.parent
    }
    fn name(&self) -> Option<&str> {
        self.name.as_deref()
    }
    fn run_type(&self) -> &str {
        &self.run_type
    }
    fn status(&self) -> RunStatus {
        self.status
    }
    fn start(&self) -> Option<UnixNanos> {
        self.start
    }
    fn end(&self) -> Option<UnixNanos> {
        self.end
    }
    fn first_token(&self) -> Option<UnixNanos> {
        self.first_token
    }
    fn usage(&self) -> Usage {
        self.usage.clone()
    }
    fn cost(&self) -> Option<Cost> {
        self.cost
    }
    fn thread_id(&self) -> Option<&str> {
        self.thread.as_deref()
    }
    fn error(&self) -> Option<Cow<'_, str>> {
        self.error.as_deref().map(Cow::Borrowed)
    }
    fn tags(&self) -> &[String] {
        &self.tags
    }
    fn metadata(&self) -> &[Pair] {
        &self.metadata
    }
    fn inputs(&self) -> &[Pair] {
        &self.inputs
    }
    fn outputs(&self) -> &[Pair] {
        &self.outputs
    }
    fn feedback(&self) -> &[FeedbackRecord] {
        &self.feedback
    }
    fn attachments(&self) -> &[String] {
        &self.attachments
    }
}

fn id(number: u8) -> RunId {
    RunId::from_bytes([number; 16])
}

fn at(seconds: i64) -> UnixNanos {
    // 2024-05-05T00:00:00Z
    UnixNanos((1_714_867_200 + seconds) * 1_000_000_000)
}

fn run(number: u8, name: &str) -> Run {
    Run {
        id: id(number),
        trace_id: TraceId::from_bytes([9; 16]),
        parent: Some(id(9)),
        name: Some(name.to_owned()),
        run_type: "chain".to_owned(),
        status: RunStatus::Success,
        start: Some(at(0)),
        end: Some(at(1)),
        first_token: None,
        usage: Usage::default(),
        cost: None,
        thread: None,
        error: None,
        tags: Vec::new(),
        metadata: Vec::new(),
        inputs: Vec::new(),
        outputs: Vec::new(),
        feedback: Vec::new(),
        attachments: Vec::new(),
    }
}

fn score(key: &str, score: f64) -> FeedbackRecord {
    FeedbackRecord { key: key.to_owned(), score: Some(score), ..FeedbackRecord::default() }
}

/// The runs that a filter lets through, by name.
fn names(filter: &Filter, runs: &[Run]) -> String {
    let matching: Vec<&str> =
        runs.iter().filter(|run| filter.matches(*run)).filter_map(|run| run.name.as_deref()).collect();
    for run in runs.iter().filter(|run| filter.matches(*run)) {
        assert!(filter.bounds().admit(run), "{filter} matches {:?} outside of its bounds", run.name);
    }
    matching.join(" ")
}

fn check(runs: &[Run], table: &[(&str, &str)]) {
    for (text, expected) in table {
        let filter = Filter::parse(text).unwrap_or_else(|error| panic!("{text}: {error}"));
        assert_eq!(names(&filter, runs), *expected, "{text}");
        assert_eq!(Filter::parse(&filter.to_string()).as_ref(), Ok(&filter), "{text} prints as {filter}");
    }
}

fn check_search(runs: &[Run], table: &[(&str, &str)]) {
    for (text, expected) in table {
        let filter = Filter::parse_search(text).unwrap_or_else(|error| panic!("{text}: {error}"));
        assert_eq!(names(&filter, runs), *expected, "{text} is {filter}");
        assert_eq!(Filter::parse(&filter.to_string()).as_ref(), Ok(&filter), "{text} prints as {filter}");
    }
}

fn with(name: &str, metadata: &str) -> Run {
    Run { metadata: flatten_json(metadata).unwrap(), ..run(1, name) }
}

/// Runs named after their metadata.
fn tagged_runs() -> Vec<Run> {
    vec![
        run(1, "nothing"),
        with("k=v", r#"{"k": "v"}"#),
        with("k=w", r#"{"k": "w"}"#),
        with("j=v", r#"{"j": "v"}"#),
        with("j=w", r#"{"j": "w"}"#),
        with("k=w,j=v", r#"{"k": "w", "j": "v"}"#),
    ]
}

#[test]
fn each_row_of_the_table_of_key_and_value() {
    check(
        &tagged_runs(),
        &[
            (r#"eq(metadata_key,"k")"#, "k=v k=w k=w,j=v"),
            (r#"and(eq(metadata_key,"k"), eq(metadata_value,"v"))"#, "k=v"),
            (r#"and(in(metadata_key,["k","j"]), eq(metadata_value,"v"))"#, "k=v j=v k=w,j=v"),
            (r#"neq(metadata_key,"k")"#, "nothing j=v j=w"),
            (r#"and(eq(metadata_key,"k"), neq(metadata_value,"v"))"#, "k=w k=w,j=v"),
            (r#"and(neq(metadata_key,"k"), neq(metadata_value,"v"))"#, "nothing j=w"),
            (r#"and(neq(metadata_key,"k"), eq(metadata_value,"v"))"#, "j=v"),
            // The order of the two does not matter, nor does what stands between them.
            (r#"and(eq(metadata_value,"v"), eq(metadata_key,"k"))"#, "k=v"),
            (r#"and(eq(metadata_key,"k"), eq(is_root,false), eq(metadata_value,"v"))"#, "k=v"),
            // Other groups speak about other entries.
            (r#"and(and(eq(metadata_key,"k")), and(eq(metadata_value,"v")))"#, "k=v k=w,j=v"),
            (r#"and(eq(metadata_key,"k"), and(eq(metadata_value,"v")))"#, "k=v k=w,j=v"),
            (r#"and(and(eq(metadata_key,"k"),eq(metadata_value,"w")),eq(metadata_key,"j"))"#, "k=w,j=v"),
            (r#"or(eq(metadata_key,"j"), eq(metadata_value,"v"))"#, "k=v j=v j=w k=w,j=v"),
            (r#"not(and(eq(metadata_key,"k"), eq(metadata_value,"v")))"#, "nothing k=w j=v j=w k=w,j=v"),
            (r#"neq(metadata_value,"v")"#, "nothing k=w j=w"),
            (r#"and(eq(metadata_key,"k"), neq(metadata_key,"j"))"#, "k=v k=w"),
            ("exists(metadata_key)", "k=v k=w j=v j=w k=w,j=v"),
            ("exists(metadata)", "k=v k=w j=v j=w k=w,j=v"),
            (r#"exists(metadata, "j")"#, "j=v j=w k=w,j=v"),
            ("eq(metadata, null)", "nothing"),
            (r#"has(metadata, '{"k": "w"}')"#, "k=w k=w,j=v"),
            (r#"has(metadata, '{"k": "w", "j": "v"}')"#, "k=w,j=v"),
        ],
    );
}

#[test]
fn values_of_unknown_type_are_compared_as_numbers_where_they_are_some() {
    let runs = [
        with("half", r#"{"t": 0.50}"#),
        with("ten", r#"{"t": "10"}"#),
        with("word", r#"{"t": "warm"}"#),
        with("true", r#"{"t": true}"#),
        with("null", r#"{"t": null}"#),
        with("nested", r#"{"c": {"d": [1, 2]}}"#),
    ];
    check(
        &runs,
        &[
            (r#"and(eq(metadata_key,"t"), eq(metadata_value,0.5))"#, "half"),
            (r#"and(eq(metadata_key,"t"), eq(metadata_value,"0.50"))"#, "half"),
            (r#"and(eq(metadata_key,"t"), eq(metadata_value,"0.5"))"#, ""),
            (r#"and(eq(metadata_key,"t"), gt(metadata_value,9))"#, "ten"),
            (r#"and(eq(metadata_key,"t"), lt(metadata_value,"9"))"#, "half"),
            (r#"and(eq(metadata_key,"t"), eq(metadata_value,true))"#, "true"),
            (r#"and(eq(metadata_key,"t"), eq(metadata_value,null))"#, "null"),
            (r#"and(eq(metadata_key,"t"), like(metadata_value,"w%m"))"#, "word"),
            (r#"and(eq(metadata_key,"t"), search(metadata_value,"WAR"))"#, "word"),
            (r#"and(eq(metadata_key,"c.d"), eq(metadata_value,2))"#, "nested"),
            (r#"and(eq(metadata_key,"c.d"), in(metadata_value,["x", 2]))"#, "nested"),
            (r#"like(metadata_key,"c.%")"#, "nested"),
        ],
    );
}

#[test]
fn conditions_on_feedback_in_one_and_are_about_one_feedback() {
    let judged = |name, feedback| Run { feedback, ..run(1, name) };
    let runs = [
        run(1, "none"),
        judged("star5", vec![score("star", 5.0)]),
        judged("star1", vec![score("star", 1.0)]),
        judged("star1,tone5", vec![score("star", 1.0), score("tone", 5.0)]),
        judged(
            "said",
            vec![FeedbackRecord {
                key: "tone".to_owned(),
                value: Some("rude".to_owned()),
                comment: Some("Much too late".to_owned()),
                source: Some("app".to_owned()),
                error: true,
                score: None,
            }],
        ),
    ];
    check(
        &runs,
        &[
            (r#"and(eq(feedback_key,"star"), gt(feedback_score,4))"#, "star5"),
            (
                r#"and(and(eq(feedback_key,"star"),gt(feedback_score,0)), and(eq(feedback_key,"tone"),lte(feedback_score,5)))"#,
                "star1,tone5",
            ),
            (r#"and(eq(feedback_key,"star"), eq(feedback_key,"tone"))"#, ""),
            (r#"neq(feedback_key,"star")"#, "none said"),
            (r#"and(neq(feedback_key,"tone"), gte(feedback_score,1.0))"#, "star5 star1"),
            (r#"and(eq(feedback_key,"star"), neq(feedback_score,1))"#, "star5"),
            ("eq(feedback_score, true)", "star1 star1,tone5"),
            ("eq(feedback_score, null)", "said"),
            ("exists(feedback_score)", "star5 star1 star1,tone5"),
            ("in(feedback_score, [5, 7])", "star5 star1,tone5"),
            (r#"eq(feedback_value, "rude")"#, "said"),
            (r#"eq(feedback_source, "app")"#, "said"),
            (r#"search(feedback_comment, "LATE much")"#, "said"),
            ("eq(feedback_error, true)", "said"),
        ],
    );
}

/// Runs that differ in everything else.
fn mixed_runs() -> Vec<Run> {
    let pairs = |json| flatten_json(json).unwrap();
    vec![
        Run {
            id: id(9),
            parent: None,
            inputs: pairs(r#"{"question": "Where is parcel 77?", "user": {"id": "u1"}}"#),
            thread: Some("c-42".to_owned()),
            usage: Usage { input: Some(100), output: Some(20), cache_read: Some(80), ..Usage::default() },
            cost: Cost::parse_usd("0.1"),
            tags: vec!["prod".to_owned(), "beta_2".to_owned()],
            end: Some(at(9)),
            ..run(9, "agent")
        },
        Run {
            run_type: "llm".to_owned(),
            start: Some(at(2)),
            first_token: Some(UnixNanos(at(2).0 + 500_000_000)),
            end: Some(UnixNanos(at(7).0 + 500_000_000)),
            outputs: pairs(
                r#"{"messages": [{"content": "It arrives"}, {"content": "on Tuesday, Überraschung"}]}"#,
            ),
            tags: vec!["prod".to_owned()],
            attachments: vec!["photo.png".to_owned()],
            ..run(2, "ChatOpenAI")
        },
        Run {
            run_type: "tool".to_owned(),
            status: RunStatus::Error,
            error: Some("ValueError: 100% wrong".to_owned()),
            start: Some(at(8)),
            end: Some(at(8)),
            ..run(3, "search_parcels")
        },
        Run { status: RunStatus::Pending, start: None, end: None, ..run(4, "open") },
    ]
}

#[test]
fn each_field_and_operator() {
    check(
        &mixed_runs(),
        &[
            ("", "agent ChatOpenAI search_parcels open"),
            (r#"eq(name, "agent")"#, "agent"),
            ("eq(name, 'agent')", "agent"),
            (r#"neq(name, "agent")"#, "ChatOpenAI search_parcels open"),
            (r#"in(name, ["agent", 'open'])"#, "agent open"),
            ("in(name, [])", ""),
            (r#"like(name, "%chat%")"#, "ChatOpenAI"),
            (r#"like(name, "search_parcels")"#, "search_parcels"),
            (r#"like(name, "____")"#, "open"),
            (r#"like(name, "s%ch%p%s")"#, "search_parcels"),
            (r#"notlike(name, "%a%")"#, "open"),
            (r#"like(error, "%100\%%")"#, "search_parcels"),
            (r#"search(name, "open")"#, "ChatOpenAI open"),
            ("exists(name)", "agent ChatOpenAI search_parcels open"),
            (r#"eq(id, "02020202020202020202020202020202")"#, "ChatOpenAI"),
            (r#"in(id, ["02020202-0202-0202-0202-020202020202"])"#, "ChatOpenAI"),
            (
                r#"eq(trace_id, "09090909-0909-0909-0909-090909090909")"#,
                "agent ChatOpenAI search_parcels open",
            ),
            (
                r#"eq(parent_run_id, "09090909-0909-0909-0909-090909090909")"#,
                "ChatOpenAI search_parcels open",
            ),
            ("eq(parent_run_id, null)", "agent"),
            ("exists(reference_example_id)", ""),
            (r#"eq(thread_id, "c-42")"#, "agent"),
            ("neq(thread_id, null)", "agent"),
            ("eq(is_root, true)", "agent"),
            ("neq(is_root, true)", "ChatOpenAI search_parcels open"),
            ("eq(execution_order, 1)", "agent"),
            (r#"eq(run_type, "LLM")"#, "ChatOpenAI"),
            (r#"in(run_type, ["llm", "tool"])"#, "ChatOpenAI search_parcels"),
            (r#"neq(status, "error")"#, "agent ChatOpenAI open"),
            (r#"in(status, ["PENDING", "error"])"#, "search_parcels open"),
            ("neq(error, null)", "search_parcels"),
            ("eq(error, null)", "agent ChatOpenAI open"),
            ("exists(error)", "search_parcels"),
            (r#"search(error, "valueerror")"#, "search_parcels"),
            (r#"gt(start_time, "2024-05-05T00:00:02Z")"#, "search_parcels"),
            (r#"gte(start_time, "2024-05-05T00:00:02")"#, "ChatOpenAI search_parcels"),
            (r#"lt(start_time, "2024-05-05T02:00:02+02:00")"#, "agent"),
            (r#"lte(start_time, "2024-05-05")"#, "agent"),
            (r#"gt(end_time, "2024-05-05T00:00:08Z")"#, "agent"),
            (r#"gt(first_token_time, "2024-05-05")"#, "ChatOpenAI"),
            ("gt(latency, 5)", "agent ChatOpenAI"),
            ("gt(latency, 5.5)", "agent"),
            (r#"eq(latency, "5.5s")"#, "ChatOpenAI"),
            (r#"lte(latency, "5.5s")"#, "ChatOpenAI search_parcels"),
            (r#"lt(first_token_latency, "1s")"#, "ChatOpenAI"),
            ("gte(total_tokens, 120)", "agent"),
            ("eq(prompt_tokens, 100)", "agent"),
            ("lt(completion_tokens, 21)", "agent"),
            ("eq(total_cost, 0.10)", "agent"),
            ("gt(prompt_token_details.cache_read, 79)", "agent"),
            (r#"has(tags, "prod")"#, "agent ChatOpenAI"),
            (r#"neq(tags, "beta_2")"#, "ChatOpenAI search_parcels open"),
            (r#"or(has(tags, "beta_2"), eq(tags, null))"#, "agent search_parcels open"),
            (r#"like(tags, "beta%")"#, "agent"),
            (r#"has(attachments, "photo.png")"#, "ChatOpenAI"),
            (r#"and(eq(input_key, "user.id"), eq(input_value, "u1"))"#, "agent"),
            (r#"and(eq(output_key, "messages.content"), like(output_value, "%tuesday%"))"#, "ChatOpenAI"),
            (r#"search("parcel")"#, "agent search_parcels"),
            (r#"search("tuesday arrives")"#, "ChatOpenAI"),
            (r#"search("\"on tuesday\" ÜBERRASCHUNG")"#, "ChatOpenAI"),
            (r#"search("\"tuesday on\"")"#, ""),
            (r#"search(inputs, "parcel")"#, "agent"),
            (r#"search(outputs, "parcel")"#, ""),
            ("and(neq(error, null))", "search_parcels"),
            (r#"not(has(tags, "prod"))"#, "search_parcels open"),
            ("\tand (\n eq ( is_root , true ) ,\n gt(latency,\"5s\") )\n", "agent"),
        ],
    );
}

#[test]
fn the_search_bar() {
    check_search(
        &mixed_runs(),
        &[
            ("", "agent ChatOpenAI search_parcels open"),
            ("name:agent", "agent"),
            ("-name:agent", "ChatOpenAI search_parcels open"),
            ("name:Chat*", "ChatOpenAI"),
            (r#"name:"Chat*""#, ""),
            (r"name:search\_parcels", "search_parcels"),
            ("name:search_*", "search_parcels"),
            ("name:~open", "ChatOpenAI open"),
            ("-name:~open", "agent search_parcels"),
            (r#"output:~"on tuesday""#, "ChatOpenAI"),
            (r#"output:~"tuesday on""#, ""),
            ("thread_id:*", "agent"),
            ("-thread_id:*", "ChatOpenAI search_parcels open"),
            ("error:*", "search_parcels"),
            ("error:~wrong", "search_parcels"),
            ("latency:>5", "agent ChatOpenAI"),
            ("latency:>=5.5s", "agent ChatOpenAI"),
            ("latency:<5", "search_parcels"),
            ("latency:[5.5 TO 9]", "agent ChatOpenAI"),
            ("latency:{5.5 TO 9}", ""),
            ("latency:[5.5 to 9}", "ChatOpenAI"),
            ("latency:{ 5.5 TO 9 ]", "agent"),
            ("first_token_time:<1", "ChatOpenAI"),
            ("start_time:>=2024-05-05T00:00:02Z", "ChatOpenAI search_parcels"),
            ("total_tokens:120", "agent"),
            ("tokens:>100", "agent"),
            ("cost:>0.05", "agent"),
            ("prompt_token_details.cache_read:>79", "agent"),
            ("tags:prod", "agent ChatOpenAI"),
            ("tags:prod AND run_type:llm", "ChatOpenAI"),
            ("tags:prod run_type:llm", "ChatOpenAI"),
            ("name:open OR tags:prod run_type:llm", "ChatOpenAI open"),
            ("(name:open or tags:prod) and run_type:llm", "ChatOpenAI"),
            ("NOT (tags:prod OR name:open)", "search_parcels"),
            ("not not name:open", "open"),
            ("parcel", "agent search_parcels"),
            ("parcel -error:*", "agent"),
            (r#""on tuesday""#, "ChatOpenAI"),
            ("input.user.id:u1", "agent"),
            ("input.user.id:*", "agent"),
            ("input.question:~parcel", "agent"),
            ("output.messages.content:it*", "ChatOpenAI"),
            ("status:ERROR", "search_parcels"),
            ("id:02020202020202020202020202020202", "ChatOpenAI"),
        ],
    );
    let judged = |name, feedback| Run { feedback, ..run(1, name) };
    check_search(
        &[
            with("prod", r#"{"env": "production", "cfg": {"temp": 0.7}, "a.b": "v"}"#),
            judged("low,high", vec![score("k", 0.1), score("k", 0.9)]),
            judged("middle", vec![score("k", 0.5)]),
        ],
        &[
            ("metadata.env:production", "prod"),
            ("-metadata.env:production", "low,high middle"),
            ("metadata.env:prod*", "prod"),
            ("metadata:*", "prod"),
            ("metadata:~production", "prod"),
            ("metadata.cfg.temp:0.70", "prod"),
            ("metadata.cfg.temp:>0.5", "prod"),
            ("metadata.cfg.temp:{0.5 TO 0.7}", ""),
            (r#"metadata."a.b":v"#, "prod"),
            ("feedback:*", "low,high middle"),
            ("feedback.k:*", "low,high middle"),
            ("feedback.k.score:>0.5", "low,high"),
            ("feedback.k:>0.5", "low,high"),
            ("feedback.k:[0.4 TO 0.6]", "middle"),
            ("-feedback.k:*", "prod"),
            ("feedback.k.score:[0.4 TO 0.6]", "middle"),
            ("feedback.k.score:>0.4 feedback.k.score:<0.6", "low,high middle"),
            ("feedback:{k.score:>0.4 k.score:<0.6}", "middle"),
            ("feedback:{k.score:>0.8} -metadata:*", "low,high"),
            ("feedback.k.value:*", ""),
        ],
    );
}

fn check_errors(parse: fn(&str) -> Result<Filter, FilterError>, table: &[(&str, usize, &str)]) {
    for (text, offset, message) in table {
        let error = parse(text).expect_err(text);
        assert!(error.message.contains(message), "{text}: {error}");
        assert_eq!(error.offset, *offset, "{text}: {error}");
    }
}

#[test]
fn errors_of_the_query_language_say_where_and_what() {
    check_errors(
        Filter::parse,
        &[
            ("eq", 2, "expected `(`, found the end"),
            ("eq(", 3, "a field name without quotes"),
            (r#"eq("name", "a")"#, 3, "a field name without quotes"),
            (r#"eq(nome, "a")"#, 3, "unknown field `nome`"),
            ("eq(metadata_score, 1)", 3, "unknown field"),
            ("eq(name)", 7, "expected `,`, found `)`"),
            ("eq(name, agent)", 9, "a text in quotes, a number"),
            (r#"eq(name, "agent)"#, 9, "a closing `\"`"),
            (r#"eq(name, "a" "b")"#, 13, "expected `)`"),
            (r#"eq(name, "a"), "#, 13, "expected the end, found `,`"),
            (r#"is(name, "a")"#, 0, "`and`, `or`, `not` or a comparison"),
            (r#"and(eq(name, "a") eq(name, "b"))"#, 18, "`,` or `)`"),
            ("and()", 4, "a comparison"),
            (r#"not(eq(name, "a"), eq(name, "b"))"#, 17, "expected `)`"),
            (r#"gt(name, "a")"#, 0, "`gt` does not apply to `name`; expected eq, neq, in"),
            (r#"gt(start_time, "yesterday")"#, 15, "a time in ISO 8601"),
            (r#"gt(latency, "5m")"#, 12, "seconds, such as 1.5"),
            (r#"gt(total_tokens, "many")"#, 17, "a number"),
            (r#"eq(is_root, "yes")"#, 12, "true or false"),
            (r#"eq(status, "done")"#, 11, "\"success\", \"error\""),
            (r#"eq(id, "7")"#, 7, "a UUID"),
            (r#"in(name, "a")"#, 9, "a list such as"),
            (r#"in(id, ["é", 7])"#, 8, "a UUID"),
            (r#"in(name, ["a" "b"])"#, 14, "`,` or `]`"),
            (r#"in(name, ["a", ["b"]])"#, 15, "a text or a number"),
            (r#"has(metadata, "k")"#, 14, "a JSON object"),
            ("exists(metadata, k)", 17, "a key in quotes"),
            (r#"exists(tags, "k")"#, 11, "`)`"),
            (r#"eq(metadata, "k")"#, 13, "null"),
            (r#"search(id, "7")"#, 0, "does not apply"),
        ],
    );
}

#[test]
fn errors_of_the_search_bar_say_where_and_what() {
    check_errors(
        Filter::parse_search,
        &[
            ("nome:a", 0, "unknown field `nome`"),
            ("tags:a http://x", 7, "unknown field `http`"),
            ("name: a", 5, "a value right after the colon"),
            ("name:", 5, "a value right after the colon"),
            ("name :a", 5, "a field name"),
            ("latency:> 5", 9, "a value right after `>`"),
            ("latency:>fast", 9, "seconds"),
            ("name:>5", 6, "a comparison of size does not apply to `name`"),
            (r#"name:"a"#, 5, "a closing `\"`"),
            ("(name:a", 7, "expected `)`, found the end"),
            ("name:a)", 6, "`AND`, `OR` or the end"),
            ("name:a OR", 9, "found the end"),
            ("OR name:a", 0, "expected a condition"),
            ("input:a", 6, "expected `~` or `*` after `inputs:`"),
            ("input.a:>5", 9, "only in metadata"),
            ("metadata.a:>b", 12, "a number"),
            ("feedback.k.comment:>1", 20, "comparison of size"),
            ("feedback.k.stars:1", 0, "unknown part `stars`"),
            ("feedback:{k.score:1", 19, "expected `}`"),
            ("feedback:{}", 10, "`key.score:…`"),
            ("latency:[1 2]", 11, "`TO`"),
            ("latency:[1 TO 2", 15, "`]` or `}`"),
            ("turn_count:>3", 0, "unknown field"),
        ],
    );
}

#[test]
fn depth_is_limited_in_both_languages() {
    let nested = |levels: usize| format!("{}eq(name, \"a\"){}", "not(".repeat(levels), ")".repeat(levels));
    assert!(Filter::parse(&nested(MAX_DEPTH)).is_ok());
    let error = Filter::parse(&nested(100_000)).unwrap_err();
    assert_eq!((error.offset, error.message.as_str()), (4 * MAX_DEPTH, "nested deeper than 64 levels"));
    let parentheses = |levels: usize| format!("{}a b{}", "(x OR -".repeat(levels), ")".repeat(levels));
    let filter = Filter::parse_search(&parentheses(16)).unwrap();
    assert_eq!(Filter::parse(&filter.to_string()), Ok(filter));
    assert!(Filter::parse_search(&parentheses(17)).unwrap_err().message.contains("nested deeper"));
    assert!(Filter::parse_search(&"NOT ".repeat(100_000)).is_err());
}

#[test]
fn a_filter_says_what_it_needs() {
    for (text, payload, feedback) in [
        (r#"and(eq(name,"a"), gt(latency,5), neq(error,null))"#, false, false),
        ("gt(prompt_token_details.cache_read, 5)", false, false),
        ("gt(prompt_token_details.audio, 5)", true, false),
        (r#"search(error, "a")"#, true, false),
        (r#"or(eq(name,"a"), not(has(tags,"b")))"#, true, false),
        (r#"eq(metadata_key,"k")"#, true, false),
        (r#"and(eq(feedback_key,"k"), gt(feedback_score,5))"#, false, true),
        (r#"search("a")"#, true, false),
    ] {
        let filter = Filter::parse(text).unwrap();
        assert_eq!((filter.needs_payload(), filter.needs_feedback()), (payload, feedback), "{text}");
    }
}

#[test]
fn bounds_are_the_part_that_a_row_shows() {
    let bounds = |text: &str| Filter::parse(text).unwrap().bounds();
    let narrow = bounds(
        r#"and(eq(is_root,true), in(run_type,["llm","TOOL"]), gt(start_time,"2024-05-05"), has(tags,"x"),
              gt(latency,1), or(eq(name,"a"), and(eq(name,"b"), eq(status,"error"))), neq(error,null))"#,
    );
    assert_eq!(
        narrow,
        Bounds {
            start_min: Some(at(0)),
            latency_min_nanos: Some(1_000_000_000),
            is_root: Some(true),
            run_types: Some(vec!["llm".to_owned(), "tool".to_owned()]),
            names: Some(vec!["a".to_owned(), "b".to_owned()]),
            statuses: Some(vec![RunStatus::Error, RunStatus::Interrupted]),
            ..Bounds::default()
        }
    );
    assert_eq!(bounds(r#"or(eq(name,"a"), has(tags,"x"))"#), Bounds::default());
    // What has no latency is not above five seconds either.
    let named = Bounds { names: Some(vec!["a".to_owned()]), ..Bounds::default() };
    assert_eq!(bounds(r#"not(or(neq(name,"a"), gt(latency,5)))"#), named);
    assert_eq!(bounds(r#"and(eq(name,"a"), eq(name,"b"))"#).names, Some(Vec::new()));
    assert_eq!(
        bounds(r#"not(eq(status,"error"))"#).statuses,
        Some(vec![RunStatus::Pending, RunStatus::Success, RunStatus::Interrupted])
    );
}

// ---- laws ----

fn texts() -> impl Strategy<Value = String> {
    prop_oneof![
        "[ab]",
        "[a-c%_\"'\\\\ \n*é]{0,6}",
        any::<String>().prop_map(|text| text.chars().take(8).collect())
    ]
}

fn numbers() -> impl Strategy<Value = Number> {
    prop_oneof![(-3_i32..3).prop_map(|number| number.to_string()), "-?[0-9]{1,3}\\.[0-9]{1,3}(e-?[0-9])?"]
        .prop_map(|text| Number::parse(&text).unwrap())
}

fn ids() -> impl Strategy<Value = RunId> {
    (0_u8..4).prop_map(id)
}

fn times() -> impl Strategy<Value = UnixNanos> {
    prop_oneof![(-3_i64..4).prop_map(at), any::<i64>().prop_map(UnixNanos)]
}

fn fields() -> impl Strategy<Value = Field> {
    let names = [
        "id",
        "trace_id",
        "thread_id",
        "parent_run_id",
        "reference_example_id",
        "ls_user_id",
        "name",
        "run_type",
        "status",
        "is_root",
        "error",
        "start_time",
        "end_time",
        "first_token_time",
        "latency",
        "first_token_latency",
        "prompt_tokens",
        "completion_tokens",
        "total_tokens",
        "prompt_cost",
        "completion_cost",
        "total_cost",
        "prompt_token_details.cache_read",
        "completion_cost_details.a-b.c",
        "execution_order",
        "tags",
        "metadata",
        "inputs",
        "outputs",
        "attachments",
    ];
    // The narrow fields more often, since only they have bounds.
    let narrow = ["name", "run_type", "status", "is_root", "start_time", "latency", "id", "parent_run_id"];
    prop_oneof![proptest::sample::select(names.to_vec()), proptest::sample::select(narrow.to_vec())]
        .prop_map(|name| Field::parse(name).unwrap())
}

/// A value that an operator takes for this kind of field.
fn values(kind: field::Kind, op: Op) -> BoxedStrategy<Value> {
    use field::Kind;

    let one = match kind {
        Kind::Id => ids().prop_map(|id| Value::Text(id.to_string())).boxed(),
        Kind::Text | Kind::Set => texts().prop_map(Value::Text).boxed(),
        Kind::RunType => proptest::sample::select(vec!["llm", "tool"])
            .prop_map(|text| Value::Text(text.to_owned()))
            .boxed(),
        Kind::Status => proptest::sample::select(RunStatus::ALL.to_vec())
            .prop_map(|status| Value::Text(status.as_str().to_owned()))
            .boxed(),
        Kind::Bool => any::<bool>().prop_map(Value::Bool).boxed(),
        Kind::Time => times().prop_map(Value::Time).boxed(),
        Kind::Duration => (-3_i64..4).prop_map(|half| Value::Duration(half * 500_000_001)).boxed(),
        Kind::Number => numbers().prop_map(Value::Number).boxed(),
        Kind::Scalar => prop_oneof![texts().prop_map(Value::Text), numbers().prop_map(Value::Number)].boxed(),
        Kind::Metadata | Kind::Json => Just(Value::Null).boxed(),
    };
    match op {
        Op::Exists => Just(Value::Null).boxed(),
        Op::Like | Op::NotLike | Op::Search | Op::Has => texts().prop_map(Value::Text).boxed(),
        Op::In => proptest::collection::vec(one, 0..3).prop_map(Value::List).boxed(),
        Op::Eq | Op::Neq => prop_oneof![4 => one, 1 => Just(Value::Null)].boxed(),
        _ => one,
    }
}

fn comparisons(kind: field::Kind, field: Field) -> impl Strategy<Value = (Op, Value)> {
    let taken = Op::ALL
        .into_iter()
        // This one is read as entries of the metadata.
        .filter(|op| kind.takes(*op) && !(field == Field::Metadata && *op == Op::Has))
        .collect::<Vec<_>>();
    proptest::sample::select(taken).prop_flat_map(move |op| (Just(op), values(kind, op)))
}

fn conditions() -> impl Strategy<Value = Filter> {
    let compare = fields().prop_flat_map(|field| {
        comparisons(field.kind(), field.clone()).prop_map(move |(op, value)| Filter::Compare {
            field: field.clone(),
            op,
            value,
        })
    });
    let kinds = [RecordKind::Metadata, RecordKind::Input, RecordKind::Output, RecordKind::Feedback];
    let record = proptest::sample::select(kinds.to_vec()).prop_flat_map(|kind| {
        let parts = match kind {
            RecordKind::Feedback => {
                vec![Part::Key, Part::Value, Part::Score, Part::Comment, Part::Source, Part::Error]
            }
            _ => vec![Part::Key, Part::Value],
        };
        let condition = proptest::sample::select(parts).prop_flat_map(|part| {
            comparisons(part.kind(), Field::Name).prop_map(move |(op, value)| RecordCondition {
                part,
                op,
                value,
            })
        });
        proptest::collection::vec(condition, 1..4)
            .prop_map(move |conditions| Filter::Record(RecordFilter { kind, conditions }))
    });
    prop_oneof![4 => compare, 2 => record, 1 => texts().prop_map(Filter::Search)]
}

fn filters() -> impl Strategy<Value = Filter> {
    conditions().prop_recursive(4, 16, 3, |inner| {
        prop_oneof![
            proptest::collection::vec(inner.clone(), 2..4).prop_map(Filter::And),
            proptest::collection::vec(inner.clone(), 2..4).prop_map(Filter::Or),
            inner.prop_map(|filter| Filter::Not(Box::new(filter))),
        ]
    })
}

fn runs() -> impl Strategy<Value = Run> {
    let pairs = || proptest::collection::vec(("[ab]", "[ab0-2]"), 0..3);
    let spans = (
        proptest::option::of(times()),
        proptest::option::of(times()),
        proptest::option::of(ids()),
        proptest::option::of("[ab]"),
        proptest::sample::select(RunStatus::ALL.to_vec()),
        proptest::sample::select(vec!["llm", "tool", "chain"]),
    );
    (ids(), spans, pairs(), pairs(), proptest::collection::vec("[ab]", 0..3), proptest::option::of(0_u64..5))
        .prop_map(|(id, (start, end, parent, name, status, run_type), metadata, inputs, tags, tokens)| Run {
            id,
            start,
            end,
            parent,
            thread: name.clone(),
            name,
            error: (status == RunStatus::Error).then(|| "a b".to_owned()),
            status,
            run_type: run_type.to_owned(),
            feedback: metadata.iter().map(|(key, _)| score(key, 1.0)).collect(),
            metadata,
            outputs: inputs.clone(),
            inputs,
            tags,
            usage: Usage { input: tokens, ..Usage::default() },
            ..run(1, "")
        })
}

proptest! {
    #[test]
    fn what_is_printed_is_read_as_the_same_filter(filter in filters()) {
        let text = filter.to_string();
        prop_assert_eq!(Filter::parse(&text), Ok(filter), "{}", text);
    }

    #[test]
    fn a_match_lies_within_the_bounds(filter in filters(), runs in proptest::collection::vec(runs(), 1..20)) {
        let bounds = filter.bounds();
        for run in runs.iter().filter(|run| filter.matches(*run)) {
            prop_assert!(bounds.admit(run), "{} gives {:?}", filter, bounds);
        }
    }

    #[test]
    fn a_negation_matches_the_others(filter in filters(), run in runs()) {
        prop_assert_ne!(filter.matches(&run), Filter::Not(Box::new(filter)).matches(&run));
    }

    #[test]
    fn no_text_is_a_panic(text in any::<String>()) {
        for parse in [Filter::parse, Filter::parse_search] {
            if let Err(error) = parse(&text) {
                prop_assert!(text.is_char_boundary(error.offset));
            }
        }
    }

    #[test]
    fn no_text_of_the_language_is_a_panic(words in proptest::collection::vec(
        proptest::sample::select(vec![
            "and(", "or(", "not(", "eq(", "in(", "has(", "search(", "name", "metadata", "metadata_key", "feedback.k.score",
            "feedback:{", "[1 TO 2}", "'", "\"", "\\", "\\u12", ",", ")", "(", "[", "]", "{", "}", ":", "*", "~", ">=", "-", " ",
            "AND", "OR", "NOT ", "1", "é", "\u{2028}", "null", ".", "metadata.a:", "latency:", "name:",
        ]), 0..20)) {
        let text = words.concat();
        for parse in [Filter::parse, Filter::parse_search] {
            match parse(&text) {
                Ok(filter) => prop_assert_eq!(Filter::parse(&filter.to_string()), Ok(filter)),
                Err(error) => prop_assert!(text.is_char_boundary(error.offset)),
            }
        }
    }

    #[test]
    fn any_json_text_flattens_or_not(text in "[\\[\\]{}:,\"\\\\a1u ]{0,20}") {
        let _ = flatten_json(&text);
    }
}
