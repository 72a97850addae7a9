//! Compiles the configuration and the permissions of the window into the binary.

fn main() {
    // Naming the commands makes them deny-by-default: only `capabilities/main.json` lets the window call them.
    let commands = tauri_build::AppManifest::new().commands(&["rpc"]);
    tauri_build::try_build(tauri_build::Attributes::new().app_manifest(commands))
        .expect("tauri.conf.json, the icons or a capability is not usable");
}
