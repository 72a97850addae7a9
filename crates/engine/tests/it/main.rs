//! The engine from outside, over decoders and views together.
#![expect(clippy::unwrap_used, reason = "a test that cannot set itself up has failed")]

#[expect(unreachable_pub, reason = "it is the library of the fuzz targets")]
#[path = "../../../../fuzz/src/checks.rs"]
mod checks;
mod datasets;
mod mutations;
mod orders;
mod reviewing;
