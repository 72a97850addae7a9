//! The window itself. It is made here and not in the configuration, so that it has its colours, size and place before
//! anything of it can be seen.

use std::time::Duration;

use tauri::webview::PageLoadEvent;
use tauri::window::Color;
use tauri::{AppHandle, Manager as _, Theme, WebviewUrl, WebviewWindow, WebviewWindowBuilder};

/// Label of the only window.
pub(crate) const LABEL: &str = "main";
/// A page that has not loaded by then is shown as it is: better an ugly window than none.
const SHOW_AT_LATEST: Duration = Duration::from_secs(4);
/// `--bg` of `ui/src/styles/tokens.css`.
const LIGHT: Color = Color(0xfb, 0xfb, 0xfc, 0xff);
const DARK: Color = Color(0x11, 0x13, 0x17, 0xff);

/// Makes the window, hidden until its page has loaded. `theme` is what the person chose; `None` follows the system.
pub(crate) fn create(app: &AppHandle, theme: Option<Theme>) -> tauri::Result<WebviewWindow> {
    let window = WebviewWindowBuilder::new(app, LABEL, WebviewUrl::default())
        .title("Tracemark")
        .inner_size(1360.0, 860.0)
        .min_inner_size(720.0, 480.0)
        .theme(theme)
        .visible(false)
        .on_page_load(|window, page| {
            if page.event() == PageLoadEvent::Finished {
                show(&window);
            }
        })
        .build()?;
    let dark = theme.or_else(|| window.theme().ok()) == Some(Theme::Dark);
    window.set_background_color(Some(if dark { DARK } else { LIGHT }))?;

    let late = window.clone();
    tauri::async_runtime::spawn(async move {
        tokio::time::sleep(SHOW_AT_LATEST).await;
        show(&late);
    });
    Ok(window)
}

/// Brings the window to the front, as a second start of the program asks for.
pub(crate) fn bring_to_front(app: &AppHandle) {
    let Some(window) = app.get_webview_window(LABEL) else { return };
    let outcome = window.unminimize().and_then(|()| window.show()).and_then(|()| window.set_focus());
    if let Err(error) = outcome {
        tracing::warn!(%error, "the window did not come to the front");
    }
}

fn show(window: &WebviewWindow) {
    if window.is_visible().unwrap_or(false) {
        return;
    }
    if let Err(error) = window.show() {
        tracing::warn!(%error, "the window cannot be shown");
    }
}
