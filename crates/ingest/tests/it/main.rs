//! Real payloads of real SDKs, and broken ones: files in, runs out.
#![expect(clippy::unwrap_used, reason = "a test that cannot read its fixture has failed")]

mod bad_input;
mod dialects;
mod drawing;
mod edge;
mod exports;
mod fixtures;
mod instructions;
mod judgements;
mod logs;
mod properties;
mod sessions;
mod support;
mod tolerance;
