//! What holds for any bytes, for every decoder: it comes back, a record reads back from its own bytes, an opened run is
//! valid JSON, and what comes out is bounded by what went in.
//!
//! The fuzz targets call these with what the fuzzer finds, the test `mutations` of `engine` with mutations of fixtures.

use std::io::Cursor;

use ingest::{
    Context, Decoded, Side,
    file::{Frames, decode_frame},
    langsmith::{self, Assembler, multipart::Multipart},
    otlp,
};
use model::{Operation, RunId, RunStatus, RunType, TraceId, Usage, filter::Filter};
use views::messages::{Options, RunInput, TraceInput, conversation, to_markdown};

/// Bytes that a small input may become at most, and how often larger ones may grow.
const SLACK: usize = 1 << 20;
const MOST_GROWTH: usize = 256;

/// A check by name.
pub type Check = fn(&[u8]);

/// Every check.
pub const CHECKS: [(&str, Check); 9] = [
    ("otlp_protobuf", otlp_protobuf),
    ("otlp_json", otlp_json),
    ("otlp_logs", otlp_logs),
    ("langsmith_json", langsmith_json),
    ("langsmith_multipart", langsmith_multipart),
    ("file", file),
    ("session", session),
    ("filter", filter),
    ("messages", messages),
];

fn check(decoded: &Decoded, input: &[u8]) {
    let out: usize = decoded.records.iter().map(|record| record.raw.bytes.len()).sum();
    assert!(out <= SLACK + MOST_GROWTH * input.len(), "{} bytes became {out}", input.len());
    let words: usize = decoded.rejects.iter().chain(&decoded.warnings).map(|said| said.message.len()).sum();
    assert!(words <= SLACK + MOST_GROWTH * input.len(), "{words} bytes of reasons");
    for record in &decoded.records {
        // Files are kept beside the record.
        let again = ingest::interpret(&record.raw).map(|again| (again.run_id, again.fields, again.raw));
        let own = (record.run_id, record.fields.clone(), record.raw.clone());
        assert_eq!(again, Some(own));
        let detail = ingest::detail(std::slice::from_ref(&record.raw));
        let documents = [Some(&detail.metadata), Some(&detail.attributes), Some(&detail.raw)];
        for document in
            documents.into_iter().chain([detail.inputs.as_ref(), detail.outputs.as_ref()]).flatten()
        {
            assert!(ingest::locate(document.as_bytes(), "").is_some(), "{document}");
        }
        let _ = ingest::explain(&record.raw);
        let _ = ingest::export::otlp_json(&record.raw);
    }
}

fn context() -> Context {
    Context::default()
}

/// Traces and logs share one envelope, in which only the number of a field differs.
pub fn otlp_protobuf(bytes: &[u8]) {
    if let Ok(decoded) = otlp::decode_protobuf(bytes, &context()) {
        check(&decoded, bytes);
    }
}

/// A request in JSON.
pub fn otlp_json(bytes: &[u8]) {
    if let Ok(decoded) = otlp::decode_json(bytes, &context()) {
        check(&decoded, bytes);
    }
}

/// Log records in both encodings.
pub fn otlp_logs(bytes: &[u8]) {
    otlp_protobuf(bytes);
    otlp_json(bytes);
}

/// Runs, batches of them, and single ones.
pub fn langsmith_json(bytes: &[u8]) {
    for operation in [Operation::Create, Operation::Whole, Operation::Update] {
        if let Ok(decoded) = langsmith::decode_json(bytes, &context(), operation) {
            check(&decoded, bytes);
        }
    }
    // In pieces, since a body comes in pieces.
    let mut batch = langsmith::Batch::new(context(), 1 << 20);
    if bytes.chunks(97).try_for_each(|chunk| batch.push(chunk)).is_ok() {
        let _ = batch.finish();
    }
    check(&batch.take().decoded, bytes);
    for taken in [
        langsmith::single(bytes, Operation::Create, None, &context()),
        langsmith::single(bytes, Operation::Update, Some(RunId::from_bytes([7; 16])), &context()),
    ]
    .into_iter()
    .flatten()
    {
        check(&taken.decoded, bytes);
    }
    let _ = langsmith::feedback::read(bytes, None);
}

/// A multipart body: its first line is the boundary, as senders write it.
pub fn langsmith_multipart(bytes: &[u8]) {
    let line = bytes.split(|byte| matches!(byte, b'\r' | b'\n')).next().unwrap_or_default();
    let boundary = String::from_utf8_lossy(line.strip_prefix(b"--").unwrap_or(line)).into_owned();
    let mut multipart = Multipart::new(&boundary, 1 << 20);
    let mut assembler = Assembler::new(context());
    // In pieces, since a body comes in pieces.
    for chunk in bytes.chunks(97) {
        if multipart.push(chunk, &mut |part| assembler.part(part)).is_err() {
            break;
        }
    }
    let _ = multipart.finish(&mut |part| assembler.part(part));
    check(&assembler.take().decoded, bytes);
}

/// A file of unknown content, packed or not.
pub fn file(bytes: &[u8]) {
    let mut all = Decoded::default();
    let mut unpacked = bytes.len();
    // A packed file may be large: what it holds is what counts.
    for frame in Frames::new(Cursor::new(bytes.to_vec())).take(2_000) {
        match frame {
            Ok(frame) => {
                unpacked += frame.bytes.len();
                if unpacked > 8 << 20 {
                    return;
                }
                let decoded = decode_frame(&frame, &context());
                all.records.extend(decoded.records);
                all.rejects.extend(decoded.rejects);
                all.warnings.extend(decoded.warnings);
            }
            Err(reject) => all.rejects.push(reject),
        }
    }
    check(&all, &vec![0; unpacked]);
}

/// A session of a coding agent, whatever follows its first line.
pub fn session(bytes: &[u8]) {
    for head in [
        r#"{"type":"session_meta","timestamp":"2026-01-01T00:00:00Z","payload":{"id":"s","cwd":"/a"}}"#,
        r#"{"type":"mode","mode":"normal","sessionId":"s"}"#,
    ] {
        file(&[head.as_bytes(), b"\n", bytes].concat());
    }
}

/// A filter in LangSmith's language and a search: what is understood prints to what means the same.
pub fn filter(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    if let Ok(filter) = Filter::parse(text) {
        let printed = filter.to_string();
        let again = Filter::parse(&printed).unwrap_or_else(|error| panic!("{printed}: {error}"));
        assert_eq!(again.to_string(), printed);
    }
    let _ = Filter::parse_search(text);
}

/// A payload as both sides of a model call, of a tool and of a chain.
pub fn messages(bytes: &[u8]) {
    let Ok(payload) = std::str::from_utf8(bytes) else { return };
    for side in [Side::Input, Side::Output] {
        if let Some(found) = ingest::messages(payload, side) {
            assert!(ingest::locate(found.as_bytes(), "").is_some(), "{found}");
        }
    }
    let run = |id: u8, parent: Option<u8>, run_type| RunInput {
        run_id: RunId::from_bytes([id; 16]),
        parent_run_id: parent.map(|id| RunId::from_bytes([id; 16])),
        name: "run".to_owned(),
        run_type,
        status: RunStatus::Success,
        inputs: Some(payload.to_owned()),
        outputs: Some(payload.to_owned()),
        metadata: Some(payload.to_owned()),
        attributes: Some(payload.to_owned()),
        error: None,
        start: None,
        end: None,
        model: None,
        provider: None,
        usage: Usage::default(),
        cost: None,
    };
    let trace = TraceInput {
        trace_id: TraceId::from_bytes([9; 16]),
        runs: vec![
            run(1, None, RunType::Chain),
            run(2, Some(1), RunType::Llm),
            run(3, Some(1), RunType::Tool),
            run(4, Some(3), RunType::Llm),
        ],
    };
    let text = to_markdown("t", &conversation(&[trace], Options { show_hidden: true }));
    assert!(text.len() <= SLACK + MOST_GROWTH * bytes.len(), "{} bytes became {}", bytes.len(), text.len());
}
