//! What the fuzz targets check, on mutations of the fixtures: a fixed number, always the same ones.

use std::path::{Path, PathBuf};

use proptest::{
    prelude::*,
    test_runner::{Config, RngAlgorithm, TestRng, TestRunner},
};

use crate::checks::{self, CHECKS, Check};

/// Largest fixture that is mutated: small ones break in more places in the same time.
const LARGEST: u64 = 16 * 1024;
/// Mutants of each check.
const MUTANTS: u32 = 128;

fn files(below: &Path, out: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(below).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            files(&path, out);
        } else if path.metadata().unwrap().len() <= LARGEST {
            out.push(path);
        }
    }
}

/// The fixtures that a check is fed with, by a part of their path and of their name.
fn corpus(name: &str) -> Vec<Vec<u8>> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let mut all = Vec::new();
    files(&root.join("tests/fixtures"), &mut all);
    files(&root.join("crates/views/tests/fixtures"), &mut all);
    all.sort();
    let fits = |path: &PathBuf| {
        let path = path.to_string_lossy();
        match name {
            "otlp_protobuf" => path.ends_with(".pb"),
            "otlp_json" => path.contains("/otlp/") && path.ends_with(".json"),
            "otlp_logs" => path.contains(".logs."),
            "langsmith_json" => path.contains("langsmith-wire") && path.ends_with(".json"),
            "langsmith_multipart" => path.contains("langsmith-wire") && !path.ends_with(".json"),
            "file" => !path.ends_with(".md"),
            "session" => path.contains("/sessions/") && path.ends_with(".jsonl"),
            "messages" => path.contains("/views/"),
            _ => false,
        }
    };
    if name == "filter" {
        let written = [
            r#"and(eq(is_root, true), has(tags, "a"), gt(latency, "5s"))"#,
            r#"or(search("x y"), not(eq(metadata_key, "k")), lt(total_tokens, 10))"#,
            r#"and(eq(feedback_key, "q"), gte(feedback_score, 0.5), in(run_type, ["llm", "tool"]))"#,
            r#"type:llm -status:error tokens>5 "quoted words" latency>=2s"#,
        ];
        return written.iter().map(|text| text.as_bytes().to_vec()).collect();
    }
    let found: Vec<Vec<u8>> =
        all.iter().filter(|path| fits(path)).map(|path| std::fs::read(path).unwrap()).collect();
    assert!(!found.is_empty(), "nothing to mutate for {name}");
    found
}

/// One change: where (in parts of 65 536), of which kind, with what.
#[derive(Debug, Clone)]
struct Change {
    at: u16,
    kind: u8,
    bytes: Vec<u8>,
}

/// Words that decoders look for, and numbers at the edge.
const WORDS: [&str; 16] = [
    "null",
    "{}",
    "[]",
    "\"\"",
    "-1",
    "1e999",
    "18446744073709551616",
    "\\ud800",
    "\u{0}",
    "}",
    "]",
    "\"",
    ",",
    "{\"a\":[[[[[[[[[[",
    "NaN",
    "\n",
];

fn any_change() -> impl Strategy<Value = Change> {
    let word = proptest::sample::select(WORDS.to_vec()).prop_map(|word| word.as_bytes().to_vec());
    let bytes = prop_oneof![word, proptest::collection::vec(any::<u8>(), 0..12)];
    (any::<u16>(), 0_u8..6, bytes).prop_map(|(at, kind, bytes)| Change { at, kind, bytes })
}

fn changed(original: &[u8], changes: &[Change]) -> Vec<u8> {
    let mut bytes = original.to_vec();
    for change in changes {
        let at = bytes.len() * usize::from(change.at) / 65_536;
        match change.kind {
            0 => bytes.truncate(at),
            1 => {
                bytes.splice(at..at, change.bytes.iter().copied());
            }
            2 => {
                let end = (at + change.bytes.len()).min(bytes.len());
                bytes.splice(at..end, change.bytes.iter().copied());
            }
            3 => {
                let end = (at + 1 + change.bytes.len() * 16).min(bytes.len());
                bytes.drain(at..end);
            }
            4 => {
                // A piece twice.
                let end = (at + 1 + change.bytes.len() * 16).min(bytes.len());
                let piece = bytes[at..end].to_vec();
                bytes.splice(at..at, piece);
            }
            _ => {
                if let Some(byte) = bytes.get_mut(at) {
                    *byte ^= change.bytes.first().copied().unwrap_or(1) | 1;
                }
            }
        }
    }
    bytes
}

fn run(name: &str, check: Check) {
    let corpus = corpus(name);
    for original in &corpus {
        check(original);
    }
    let config = Config { cases: MUTANTS, failure_persistence: None, ..Config::default() };
    let rng = TestRng::deterministic_rng(RngAlgorithm::ChaCha);
    let mutants = (0..corpus.len(), proptest::collection::vec(any_change(), 1..5));
    let result = TestRunner::new_with_rng(config, rng).run(&mutants, |(which, changes)| {
        check(&changed(&corpus[which], &changes));
        Ok(())
    });
    if let Err(error) = result {
        panic!("{name}: {error}");
    }
}

macro_rules! mutants {
    ($($name:ident),+) => {
        $(#[test]
        fn $name() {
            run(stringify!($name), checks::$name);
        })+

        #[test]
        fn every_check_is_run() {
            assert_eq!(CHECKS.map(|(name, _)| name), [$(stringify!($name)),+]);
        }
    };
}

mutants!(
    otlp_protobuf,
    otlp_json,
    otlp_logs,
    langsmith_json,
    langsmith_multipart,
    file,
    session,
    filter,
    messages
);
