//! What the tests share: reading a fixture as the application reads a file.

use std::{io::Cursor, path::PathBuf};

use ingest::{
    Context, Decoded,
    file::{Frames, decode_frame},
};

/// A file below `tests/fixtures/otlp`.
pub(crate) fn fixture(path: &str) -> Vec<u8> {
    file(&format!("otlp/{path}"))
}

/// A file below `tests/fixtures`.
pub(crate) fn file(path: &str) -> Vec<u8> {
    let file = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../tests/fixtures").join(path);
    std::fs::read(&file).unwrap_or_else(|error| panic!("{}: {error}", file.display()))
}

/// Everything that a file of this content holds.
pub(crate) fn read(content: &[u8]) -> Decoded {
    let mut all = Decoded::default();
    for frame in Frames::new(Cursor::new(content.to_vec())) {
        match frame {
            Err(reject) => all.rejects.push(reject),
            Ok(frame) => {
                let decoded = decode_frame(&frame, &Context::default());
                all.records.extend(decoded.records);
                all.feedback.extend(decoded.feedback);
                all.rejects.extend(decoded.rejects);
                all.warnings.extend(decoded.warnings);
                all.ignored += decoded.ignored;
            }
        }
    }
    all
}

/// Codes and lines of what could not be read.
pub(crate) fn rejects(decoded: &Decoded) -> Vec<(&'static str, Option<u64>)> {
    decoded.rejects.iter().map(|reject| (reject.code, reject.line)).collect()
}
