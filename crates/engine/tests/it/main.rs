//! The engine from outside, over decoders and views together.
#![expect(clippy::unwrap_used, reason = "a test that cannot set itself up has failed")]

mod agreement;
#[expect(unreachable_pub, reason = "it is the library of the fuzz targets")]
#[path = "../../../../fuzz/src/checks.rs"]
mod checks;
mod conversations;
mod datasets;
mod mutations;
mod orders;
mod repeats;
mod responses;
mod review_tally;
mod reviewing;
mod texts;
