//! The library as its callers see it.

#![expect(clippy::unwrap_used, reason = "helpers of tests, which the exception for tests does not reach")]

mod examples;
mod order;
mod review;
mod support;
