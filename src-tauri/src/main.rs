//! The desktop program: a window over the same core that `tracemark serve` shows in a browser.
//!
//! The shell only does what a page cannot: the window and its menu, being started with files (also a second time, and
//! by a double click), and handing calls, events and bytes between the page and the core.

// Without this, Windows opens a console beside the window.
#![cfg_attr(all(windows, not(debug_assertions)), windows_subsystem = "windows")]

mod args;
mod bytes;
mod core;
mod menu;
mod rpc;
mod window;

use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;

use clap::Parser as _;
use engine::Engine;
use tauri::{App, AppHandle, Manager as _, Theme};
use tauri_plugin_dialog::{DialogExt as _, MessageDialogKind};
use tauri_plugin_window_state::StateFlags;

use crate::args::Args;
use crate::rpc::PageReady;

fn main() -> ExitCode {
    let log = tracing_subscriber::EnvFilter::try_from_env("TRACEMARK_LOG").unwrap_or_else(|_| "warn".into());
    tracing_subscriber::fmt().with_env_filter(log).with_writer(std::io::stderr).init();
    let mut args = Args::parse();
    args.resolve(&std::env::current_dir().unwrap_or_default());
    match build(args) {
        Ok(app) => {
            app.run(|_app, _event| {
                #[cfg(target_os = "macos")]
                if let tauri::RunEvent::Opened { urls } = _event {
                    open_more(_app, urls.iter().filter_map(|url| url.to_file_path().ok()).collect());
                }
            });
            ExitCode::SUCCESS
        }
        Err(error) => {
            tracing::error!("Tracemark cannot start: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn build(args: Args) -> anyhow::Result<App> {
    let app = tauri::Builder::default()
        // First, so that a second start ends before it touches anything.
        .plugin(single_instance(&args))
        .plugin(tauri_plugin_dialog::init())
        .plugin(
            tauri_plugin_window_state::Builder::new()
                // Whether it can be seen is up to `window`.
                .with_state_flags(StateFlags::all().difference(StateFlags::VISIBLE | StateFlags::DECORATIONS))
                .build(),
        )
        .menu(menu::build)
        .on_menu_event(|app, event| menu::chosen(app, &event))
        .register_asynchronous_uri_scheme_protocol(bytes::SCHEME, |context, request, responder| {
            let app = context.app_handle().clone();
            tauri::async_runtime::spawn(async move {
                let response = match app.try_state::<Arc<Engine>>() {
                    Some(engine) => bytes::answer(&engine, &request).await,
                    None => bytes::not_ready(),
                };
                responder.respond(response);
            });
        })
        .invoke_handler(tauri::generate_handler![rpc::rpc])
        .setup(move |app| {
            if let Err(error) = start(app.handle(), args) {
                say_why(app.handle(), &error);
            }
            Ok(())
        })
        .build(configuration())?;
    Ok(app)
}

/// `tauri.conf.json` and the built page, as they were when this was compiled.
#[expect(clippy::exit, reason = "inside the macro, for a check that cannot fail here")]
fn configuration() -> tauri::Context {
    tauri::generate_context!()
}

/// Opens the library, the listener and the window.
fn start(app: &AppHandle, args: Args) -> anyhow::Result<()> {
    let engine = core::open(&core::library_dir(&args)?)?;
    let theme = match engine.settings().theme {
        engine::Theme::System => None,
        engine::Theme::Light => Some(Theme::Light),
        engine::Theme::Dark => Some(Theme::Dark),
    };
    let ready = PageReady::new();
    rpc::forward_events(app, &engine, &ready);
    if args.files.is_empty() {
        core::load_samples_if_empty(&engine)?;
    }
    app.manage(Arc::clone(&engine));
    app.manage(ready);
    let addresses = server::Addresses { http: args.endpoint, grpc: args.grpc };
    let listener = server::IngestListener::start(Arc::clone(&engine), addresses);
    app.manage(tauri::async_runtime::block_on(listener));
    window::create(app, theme)?;
    core::open_files(&engine, args.files);
    Ok(())
}

/// Hands the files of a second start to this one. Starts with different libraries do not meet.
fn single_instance(args: &Args) -> tauri::plugin::TauriPlugin<tauri::Wry> {
    let plugin = tauri_plugin_single_instance::Builder::new().callback(|app, arguments, folder| {
        open_more(app, Args::of_second_start(arguments, &PathBuf::from(folder)).files);
    });
    match &args.library {
        None => plugin,
        Some(library) => {
            let mut hasher = DefaultHasher::new();
            library.hash(&mut hasher);
            plugin.dbus_id(format!("dev.tracemark.desktop.library{:016x}", hasher.finish()))
        }
    }
    .build()
}

/// Opens files in the window that is already there.
fn open_more(app: &AppHandle, files: Vec<PathBuf>) {
    window::bring_to_front(app);
    if let Some(engine) = app.try_state::<Arc<Engine>>() {
        core::open_files(&engine, files);
    }
}

/// Nothing can be shown without a library, but why can be said.
fn say_why(app: &AppHandle, error: &anyhow::Error) {
    tracing::error!("Tracemark cannot start: {error:#}");
    let quit = app.clone();
    app.dialog()
        .message(format!("{error:#}"))
        .title("Tracemark cannot start")
        .kind(MessageDialogKind::Error)
        .show(move |_| quit.exit(1));
}
