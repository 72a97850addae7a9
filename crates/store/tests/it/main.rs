//! The library as its callers see it.

#![expect(clippy::unwrap_used, reason = "helpers of tests, which the exception for tests does not reach")]

mod attachments;
mod counting;
mod datasets;
mod examples;
mod groups;
mod large;
mod lists;
mod order;
mod processes;
mod review;
mod support;
mod tables;
mod text;
