//! The whole application from outside: the real binary, real payloads, real sockets.
#![expect(clippy::unwrap_used, reason = "a test that cannot set itself up has failed")]

mod app;
mod command_line;
mod conversation;
mod cost;
mod endpoint;
mod exchange;
mod feedback;
mod forwarding;
mod forwarding_tls;
mod grpc;
mod guards;
mod guess;
mod kill;
mod langsmith;
mod langsmith_bad_input;
mod langsmith_endpoints;
mod redaction;
mod reports;
mod reviewing;
mod senders;
mod watching;
