//! HTTP on loopback: the UI with its commands, and the ingest listener (OTLP over HTTP and gRPC, the LangSmith
//! protocol).
//!
//! They have ports of their own, since they trust differently: the UI's API asks for a token and known origins; ingest takes what
//! any local program sends, but still only under a local `Host`, which keeps web pages out (DNS rebinding).

mod assets;
mod body;
mod guard;
mod langsmith;
mod listener;
mod origins;
mod otlp;
mod ui;

pub use listener::{Addresses, IngestListener};
pub use ui::UiServer;
