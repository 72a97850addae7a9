//! Session files of coding agents: real ones in, a drawing of the traces out.

use std::io::Cursor;

use ingest::{
    Context, Decoded,
    file::{Frames, decode_frame},
};
use model::RunRecord;

use crate::{
    drawing::drawn,
    support::{file, read, rejects},
};

fn session(path: &str) -> Vec<u8> {
    file(&format!("sessions/{path}"))
}

const MAIN: &str = "claude-code/session.jsonl";
const AGENT: &str = "claude-code/subagents/agent-a311fbde91016b8d7.jsonl";

#[test]
fn a_session_of_claude_code_is_a_thread_of_turns() {
    let (main, agent) = (read(&session(MAIN)), read(&session(AGENT)));
    assert_eq!((rejects(&main), rejects(&agent)), (vec![], vec![]));
    insta::assert_snapshot!(drawn(main.records.into_iter().chain(agent.records)));
}

#[test]
fn a_session_of_codex_is_a_thread_of_turns() {
    let decoded = read(&session("codex/rollout.jsonl"));
    assert_eq!(rejects(&decoded), []);
    insta::assert_snapshot!(drawn(decoded.records));
}

#[test]
fn an_older_session_holds_its_sub_agent_between_its_own_lines() {
    let content = r#"
{"type":"summary","summary":"Counting words","leafUuid":"u-1"}
{"parentUuid":null,"isSidechain":false,"type":"user","message":{"role":"user","content":"Count"},"uuid":"u-1","timestamp":"2025-07-01T10:00:00.000Z","sessionId":"s","cwd":"C:\\src\\words"}
{"parentUuid":"u-1","isSidechain":false,"type":"assistant","message":{"id":"m-1","type":"message","role":"assistant","model":"claude-x","content":[{"type":"tool_use","id":"t-1","name":"Task","input":{"prompt":"count them"}}],"stop_reason":null,"usage":{"input_tokens":3,"output_tokens":1}},"uuid":"u-2","timestamp":"2025-07-01T10:00:01.000Z","sessionId":"s","cwd":"C:\\src\\words"}
{"parentUuid":null,"isSidechain":true,"type":"user","message":{"role":"user","content":"count them"},"uuid":"u-3","timestamp":"2025-07-01T10:00:02.000Z","sessionId":"s"}
{"parentUuid":"u-3","isSidechain":true,"type":"assistant","message":{"id":"m-2","role":"assistant","model":"claude-y","content":[{"type":"text","text":"three"}],"usage":{"input_tokens":2,"cache_read_input_tokens":5,"output_tokens":1}},"uuid":"u-4","timestamp":"2025-07-01T10:00:03.000Z","sessionId":"s"}
{"parentUuid":"u-2","isSidechain":false,"type":"user","message":{"role":"user","content":[{"type":"tool_result","tool_use_id":"t-1","content":"three"}]},"uuid":"u-5","timestamp":"2025-07-01T10:00:04.000Z","sessionId":"s"}
{"parentUuid":"u-5","isSidechain":false,"type":"user","message":{"role":"user","content":[{"type":"text","text":"[Request interrupted by user]"}]},"uuid":"u-6","timestamp":"2025-07-01T10:00:05.000Z","sessionId":"s"}
"#;
    insta::assert_snapshot!(drawn(read(content.as_bytes()).records), @r##"
    thread s in words (claude_code_session)
      Claude Code chain interrupted 5000ms | Count -> - ! [Request interrupted by user]
        llm_request llm success claude-x 4 tokens (0 cached) 1000ms | Count -> {"id":"m-1","type":"message","role":"assistant","model":"claude-x","stop_reason":null,"content":[{"type":"tool_use","id":"t-1","name":"Task","input":{"prompt":"count them"}}]}
        Task tool success 3000ms | count them -> three
          agent chain success 1000ms | count them -> three
            llm_request llm success claude-y 8 tokens (5 cached) 1000ms | count them -> three
    "##);
}

#[test]
fn an_older_session_of_codex_names_no_turns() {
    let content = r#"{"timestamp":"2025-10-01T10:00:00.000Z","type":"session_meta","payload":{"id":"s","cwd":"/src/app","cli_version":"0.46.0","instructions":null}}
{"timestamp":"2025-10-01T10:00:00.100Z","type":"response_item","payload":{"type":"message","role":"user","content":[{"type":"input_text","text":"<environment_context>\n</environment_context>"}]}}
{"timestamp":"2025-10-01T10:00:00.200Z","type":"response_item","payload":{"type":"message","role":"user","content":[{"type":"input_text","text":"List it"}]}}
{"timestamp":"2025-10-01T10:00:00.300Z","type":"turn_context","payload":{"cwd":"/src/app","model":"gpt-5-codex"}}
{"timestamp":"2025-10-01T10:00:01.000Z","type":"response_item","payload":{"type":"function_call","name":"shell","arguments":"{\"command\":[\"ls\"]}","call_id":"c-1"}}
{"timestamp":"2025-10-01T10:00:01.100Z","type":"event_msg","payload":{"type":"exec_command_end","call_id":"c-1","aggregated_output":"no","exit_code":2}}
{"timestamp":"2025-10-01T10:00:01.200Z","type":"response_item","payload":{"type":"function_call_output","call_id":"c-1","output":"no"}}
{"timestamp":"2025-10-01T10:00:01.300Z","type":"event_msg","payload":{"type":"token_count","info":{"last_token_usage":{"input_tokens":10,"cached_input_tokens":4,"output_tokens":2,"reasoning_output_tokens":1}}}}
{"timestamp":"2025-10-01T10:00:02.000Z","type":"event_msg","payload":{"type":"agent_message","message":"Nothing there"}}
{"timestamp":"2025-10-01T10:00:02.000Z","type":"response_item","payload":{"type":"message","role":"assistant","content":[{"type":"output_text","text":"Nothing there"}]}}
{"timestamp":"2025-10-01T10:00:02.100Z","type":"event_msg","payload":{"type":"token_count","info":{"last_token_usage":{"input_tokens":20,"cached_input_tokens":8,"output_tokens":3}}}}
{"timestamp":"2025-10-01T10:00:03.000Z","type":"compacted","payload":{"message":"We listed it"}}
"#;
    insta::assert_snapshot!(drawn(read(content.as_bytes()).records), @r##"
    thread s in app (codex_session)
      Codex chain success 1800ms | List it -> Nothing there
        llm_request llm success gpt-5-codex 12 tokens (4 cached) 800ms | List it -> {"output":[{"type":"function_call","name":"shell","arguments":"{\"command\":[\"ls\"]}","call_id":"c-1"}]}
        shell tool error 200ms | ls -> no ! Exit code 2 no
        llm_request llm success gpt-5-codex 23 tokens (8 cached) 800ms | no -> Nothing there
        compaction chain success 0ms | - -> We listed it
    "##);
}

#[test]
fn every_record_reads_back_from_its_bytes() {
    for path in [MAIN, AGENT, "codex/rollout.jsonl"] {
        for record in read(&session(path)).records {
            assert_eq!(ingest::interpret(&record.raw).as_ref(), Some(&record), "{path}");
        }
    }
}

/// What a followed file says when it is read up to `cut` and later from there on.
fn read_in_two(content: &[u8], cut: usize) -> Vec<RunRecord> {
    let decode = |frames: Frames<Cursor<Vec<u8>>>| -> Vec<RunRecord> {
        frames.flat_map(|frame| decode_frame(&frame.unwrap(), &Context::default()).records).collect()
    };
    let mut first = Frames::new(Cursor::new(content[..cut].to_vec())).leaving_unfinished_line();
    let early: Vec<RunRecord> =
        first.by_ref().flat_map(|frame| decode_frame(&frame.unwrap(), &Context::default()).records).collect();
    let later = Frames::new(Cursor::new(content.to_vec())).behind(first.resume_offset());
    early.into_iter().chain(decode(later)).collect()
}

#[test]
fn a_followed_session_says_the_same_wherever_it_was_cut() {
    for path in [MAIN, "codex/rollout.jsonl"] {
        let content = session(path);
        let whole = read(&content).records;
        let after_first = content.iter().position(|byte| *byte == b'\n').unwrap() + 1;
        for cut in (after_first..content.len()).step_by(1777) {
            assert_eq!(read_in_two(&content, cut), whole, "{path} at {cut}");
        }
    }
}

#[test]
fn a_broken_line_has_its_place_and_the_session_goes_on() {
    let content = session(MAIN);
    let mut lines: Vec<&[u8]> = content.split(|byte| *byte == b'\n').collect();
    lines.insert(2, b"{\"type\":\"user\",");
    let broken = lines.join(&b'\n');
    let Decoded { records, rejects, .. } = read(&broken);
    assert_eq!(
        rejects.iter().map(|reject| (reject.code, reject.line)).collect::<Vec<_>>(),
        [("truncated", Some(3))]
    );
    assert_eq!(records, read(&content).records);
    let packed = zstd::encode_all(content.as_slice(), 1).unwrap();
    assert_eq!(read(&packed).records, records);
}
