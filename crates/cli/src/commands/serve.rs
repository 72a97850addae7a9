use std::{
    net::{Ipv4Addr, SocketAddr},
    path::PathBuf,
    process::ExitCode,
    sync::Arc,
};

use anyhow::Context as _;
use engine::{EndpointState, Engine, PortStatus};
use serde_json::json;
use server::{Addresses, IngestListener, UiServer};

use crate::output;

#[derive(clap::Args)]
pub(crate) struct Serve {
    /// Files or folders to import and follow
    #[arg(value_name = "FILE")]
    paths: Vec<PathBuf>,
    /// Start an empty library with the bundled samples
    #[arg(long)]
    samples: bool,
    /// Address of the UI; port 0 takes a free one
    #[arg(long, value_name = "ADDR", default_value_t = SocketAddr::from((Ipv4Addr::LOCALHOST, 4319)))]
    http: SocketAddr,
    /// Address that takes in OTLP over HTTP; port 0 takes a free one [default: 127.0.0.1 and the port of the settings]
    #[arg(long, value_name = "ADDR")]
    ingest: Option<SocketAddr>,
    /// Address that takes in OTLP over gRPC; port 0 takes a free one [default: 127.0.0.1 and the port of the settings]
    #[arg(long, value_name = "ADDR")]
    grpc: Option<SocketAddr>,
    /// Largest request of OTLP, before and after unpacking, like 64M [default: as in the settings]
    #[arg(long, value_name = "SIZE", value_parser = size)]
    max_request: Option<u64>,
    /// Bytes of requests, unpacked, that may be held at once until they are written, of OTLP and of LangSmith's
    /// protocol together; beyond it, senders are asked to come again (503). Memory is a few times this
    #[arg(long, value_name = "SIZE", value_parser = size, default_value = "256M")]
    max_waiting: u64,
}

/// Bytes, with an optional `K`, `M` or `G`.
fn size(text: &str) -> Result<u64, String> {
    let units = [('K', 10), ('M', 20), ('G', 30)];
    let found = units
        .iter()
        .find_map(|(unit, bits)| Some((text.strip_suffix([*unit, unit.to_ascii_lowercase()])?, *bits)));
    let (digits, bits) = found.unwrap_or((text, 0));
    let number: u64 = digits.parse().map_err(|_| "a size is a number of bytes, or like 64M".to_owned())?;
    number.checked_mul(1 << bits).ok_or_else(|| "this size is too large".to_owned())
}

pub(crate) fn run(engine: &Arc<Engine>, serve: &Serve) -> anyhow::Result<ExitCode> {
    if let Some(address) =
        [serve.ingest, serve.grpc].into_iter().flatten().find(|address| !address.ip().is_loopback())
    {
        anyhow::bail!("{address} is not a loopback address; traces are taken from this machine only");
    }
    engine.limit_intake(serve.max_request, Some(serve.max_waiting));
    engine.import_paths(&serve.paths, true)?;
    if serve.samples && serve.paths.is_empty() && engine.counts()?.traces == 0 {
        engine.load_samples()?;
    }
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    runtime.block_on(async {
        let ui = UiServer::bind(Arc::clone(engine), serve.http)
            .await
            .with_context(|| format!("the UI cannot be served on {}", serve.http))?;
        let listener =
            IngestListener::start(Arc::clone(engine), Addresses { http: serve.ingest, grpc: serve.grpc })
                .await;
        let endpoint = engine.endpoint();
        for (error, asked) in [(&endpoint.http.error, serve.ingest), (&endpoint.grpc.error, serve.grpc)] {
            let Some(error) = error else { continue };
            // Who names an address relies on it.
            if let Some(address) = asked {
                anyhow::bail!("{address} cannot be listened on: {error}");
            }
            output::note(format!("warning: {error}"));
        }
        if let Some(notice) = engine.notice() {
            output::note(format!("warning: {notice}"));
        }
        output::json(&json!({
            "url": ui.url()?,
            "token": ui.token(),
            "ingest": listening(endpoint.http),
            "grpc": listening(endpoint.grpc),
            "library": engine.library_dir().display().to_string(),
            "pid": std::process::id(),
        }));
        ui.serve(stopped()).await?;
        drop(listener);
        anyhow::Ok(())
    })?;
    Ok(ExitCode::SUCCESS)
}

/// The address of a port that listens.
fn listening(port: PortStatus) -> Option<String> {
    let address = port.address.filter(|_| port.state == EndpointState::Listening)?;
    Some(format!("http://{address}"))
}

/// Done when the process is asked to end.
async fn stopped() {
    let interrupt = async {
        // Without a handler the default one ends the process just as well.
        let _ = tokio::signal::ctrl_c().await;
    };
    #[cfg(unix)]
    let terminate = async {
        match tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate()) {
            Ok(mut signal) => {
                signal.recv().await;
            }
            Err(_) => std::future::pending().await,
        }
    };
    #[cfg(not(unix))]
    let terminate = std::future::pending::<()>();
    tokio::select! {
        () = interrupt => {}
        () = terminate => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes() {
        for (text, bytes) in [("0", 0), ("512", 512), ("1K", 1024), ("64m", 64 << 20), ("2G", 2 << 30)] {
            assert_eq!(size(text), Ok(bytes));
        }
        for text in ["", "M", "-1", "1.5M", "1 M", "99999999999G"] {
            assert!(size(text).is_err(), "{text}");
        }
    }
}
