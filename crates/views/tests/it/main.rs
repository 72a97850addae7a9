//! Conversations from data: real payloads, constructed ones, and laws.

mod bad;
mod conformance;
mod markdown;
mod payloads;
mod prompt;
mod properties;
mod real;
mod support;
