use std::{
    net::{Ipv4Addr, SocketAddr},
    path::PathBuf,
    process::ExitCode,
    sync::Arc,
};

use anyhow::Context as _;
use engine::Engine;
use serde_json::json;
use server::{IngestListener, UiServer};

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
    /// Address of OTLP over gRPC; not served by this version
    #[arg(long, value_name = "ADDR")]
    grpc: Option<SocketAddr>,
}

pub(crate) fn run(engine: &Arc<Engine>, serve: &Serve) -> anyhow::Result<ExitCode> {
    if serve.grpc.is_some() {
        anyhow::bail!(
            "OTLP over gRPC is not served by this version; use OTEL_EXPORTER_OTLP_PROTOCOL=http/protobuf"
        );
    }
    if let Some(address) = serve.ingest.filter(|address| !address.ip().is_loopback()) {
        anyhow::bail!("{address} is not a loopback address; traces are taken from this machine only");
    }
    engine.import_paths(&serve.paths, true)?;
    if serve.samples && serve.paths.is_empty() && engine.counts()?.traces == 0 {
        engine.load_samples()?;
    }
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    runtime.block_on(async {
        let ui = UiServer::bind(Arc::clone(engine), serve.http)
            .await
            .with_context(|| format!("the UI cannot be served on {}", serve.http))?;
        let listener = IngestListener::start(Arc::clone(engine), serve.ingest).await;
        let endpoint = engine.endpoint();
        if let Some(error) = &endpoint.error {
            output::note(format!("warning: {error}"));
        }
        if let Some(notice) = engine.notice() {
            output::note(format!("warning: {notice}"));
        }
        output::json(&json!({
            "url": ui.url()?,
            "token": ui.token(),
            "ingest": endpoint.error.is_none().then_some(endpoint.address).flatten().map(|address| format!("http://{address}")),
            "grpc": null,
            "library": engine.library_dir().display().to_string(),
            "pid": std::process::id(),
        }));
        ui.serve(stopped()).await?;
        drop(listener);
        anyhow::Ok(())
    })?;
    Ok(ExitCode::SUCCESS)
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
