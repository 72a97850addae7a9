//! The library as its callers see it.

mod examples;
mod order;
mod support;
