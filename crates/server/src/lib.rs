//! HTTP on loopback: the UI with its commands, and the ingest listener (OTLP and the LangSmith protocol).
//!
//! Two listeners, since they trust differently: the UI's API asks for a token and known origins; ingest takes what
//! any local program sends, but still only under a local `Host`, which keeps web pages out (DNS rebinding).

mod assets;
mod body;
mod guard;
mod ingest;
mod langsmith;
mod ui;

pub use ingest::IngestListener;
pub use ui::UiServer;
