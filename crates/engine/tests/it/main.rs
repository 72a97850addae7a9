//! The application over a real library, without transport.
#![expect(clippy::unwrap_used, reason = "a test that cannot set itself up has failed")]

mod reviewing;
