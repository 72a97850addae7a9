//! The menu of the window. Choosing an entry sends its id to the page, which knows the command behind it; only what the
//! page cannot do (closing the window, the clipboard) is done here.

use tauri::menu::{Menu, MenuBuilder, MenuEvent, MenuItemBuilder, Submenu, SubmenuBuilder};
use tauri::{AppHandle, Emitter as _, Manager as _, Wry};

use crate::window;

/// Event that carries the id of a chosen entry; `ui/src/platform/tauri` listens to it.
const MENU_EVENT: &str = "menu";
/// Entries that are not commands of the page.
const CLOSE: &str = "shell.close";
#[cfg(target_os = "linux")]
const EDITING: [(&str, &str, &str); 4] = [
    ("shell.cut", "Cu&t", "Cut"),
    ("shell.copy", "&Copy", "Copy"),
    ("shell.paste", "&Paste", "Paste"),
    ("shell.select_all", "Select &All", "SelectAll"),
];

/// Builds the whole menu.
pub(crate) fn build(app: &AppHandle) -> tauri::Result<Menu<Wry>> {
    let menu = MenuBuilder::new(app);
    #[cfg(target_os = "macos")]
    let menu = menu.item(&application(app)?);
    menu.item(&file(app)?).item(&edit(app)?).item(&view(app)?).item(&help(app)?).build()
}

/// What happens when an entry is chosen.
pub(crate) fn chosen(app: &AppHandle, event: &MenuEvent) {
    let id = event.id().as_ref();
    if id == CLOSE {
        if let Some(window) = app.get_webview_window(window::LABEL) {
            warn(window.close());
        }
        return;
    }
    #[cfg(target_os = "linux")]
    if let Some((_, _, command)) = EDITING.iter().find(|(entry, ..)| *entry == id) {
        edit_in_page(app, command);
        return;
    }
    warn(app.emit(MENU_EVENT, id));
}

fn warn(outcome: tauri::Result<()>) {
    if let Err(error) = outcome {
        tracing::warn!(%error, "the menu entry had no effect");
    }
}

fn entry(
    app: &AppHandle,
    id: &str,
    title: &str,
    keys: Option<&str>,
) -> tauri::Result<tauri::menu::MenuItem<Wry>> {
    let item = MenuItemBuilder::with_id(id, title);
    match keys {
        Some(keys) => item.accelerator(keys).build(app),
        None => item.build(app),
    }
}

/// The menu that macOS shows under the name of the program.
#[cfg(target_os = "macos")]
fn application(app: &AppHandle) -> tauri::Result<Submenu<Wry>> {
    SubmenuBuilder::new(app, "Tracemark")
        .about(None)
        .separator()
        .item(&entry(app, "app.settings", "Settings…", Some("CmdOrCtrl+,"))?)
        .separator()
        .hide()
        .hide_others()
        .show_all()
        .separator()
        .quit()
        .build()
}

fn file(app: &AppHandle) -> tauri::Result<Submenu<Wry>> {
    let menu = SubmenuBuilder::new(app, "&File")
        .item(&entry(app, "file.open", "&Open trace files…", Some("CmdOrCtrl+O"))?)
        .item(&entry(app, "file.open_folder", "Open a &folder…", Some("CmdOrCtrl+Shift+O"))?)
        .item(&entry(app, "file.samples", "Load the &samples", None)?)
        .separator();
    #[cfg(not(target_os = "macos"))]
    let menu = menu.item(&entry(app, "app.settings", "Se&ttings…", Some("CmdOrCtrl+,"))?).separator();
    menu.item(&entry(app, CLOSE, "&Close", Some("CmdOrCtrl+W"))?).build()
}

#[cfg(not(target_os = "linux"))]
fn edit(app: &AppHandle) -> tauri::Result<Submenu<Wry>> {
    SubmenuBuilder::new(app, "&Edit").undo().redo().separator().cut().copy().paste().select_all().build()
}

/// The ready-made entries do nothing on Linux unless the program may press keys for the person, so these are our own.
/// They have no keys of their own: the page sees Ctrl+C and the like first, as in a browser.
#[cfg(target_os = "linux")]
fn edit(app: &AppHandle) -> tauri::Result<Submenu<Wry>> {
    let mut menu = SubmenuBuilder::new(app, "&Edit");
    for (id, title, _) in EDITING {
        menu = menu.item(&entry(app, id, title, None)?);
    }
    menu.build()
}

#[cfg(target_os = "linux")]
fn edit_in_page(app: &AppHandle, command: &'static str) {
    use webkit2gtk::WebViewExt as _;

    if let Some(window) = app.get_webview_window(window::LABEL) {
        warn(window.with_webview(|webview| webview.inner().execute_editing_command(command)));
    }
}

fn view(app: &AppHandle) -> tauri::Result<Submenu<Wry>> {
    SubmenuBuilder::new(app, "&View")
        .item(&entry(app, "view.toggle_sidebar", "&Sidebar", Some("CmdOrCtrl+\\"))?)
        .item(&entry(app, "app.palette", "Command &palette…", Some("CmdOrCtrl+K"))?)
        .build()
}

fn help(app: &AppHandle) -> tauri::Result<Submenu<Wry>> {
    SubmenuBuilder::new(app, "&Help")
        .item(&entry(app, "help.shortcuts", "&Keyboard shortcuts", None)?)
        .build()
}
