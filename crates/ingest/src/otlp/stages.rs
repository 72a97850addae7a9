//! The stages of decoding one by one, to measure what each costs.

use std::hint::black_box;

use super::for_each_span;
use crate::{Context, dialect};

/// Reads every span of a request in protobuf and does nothing with it; how many there were.
pub fn read_only(bytes: &[u8]) -> u64 {
    let mut count = 0;
    for_each_span(bytes, &mut |span, _| {
        black_box(span);
        count += 1;
    });
    count
}

/// Reads and maps every span, and keeps nothing; how many there were.
pub fn map_only(bytes: &[u8], context: &Context) -> u64 {
    let mut count = 0;
    for_each_span(bytes, &mut |span, owner| {
        if let Ok(ids) = span.ids() {
            black_box(dialect::map(span, owner, &ids, context));
            count += 1;
        }
    });
    count
}
