//! Rules that no compiler knows: who may import whom, what only one crate may know, versions that must agree.

use std::{collections::BTreeMap, fs, process::Command};

use anyhow::{Context as _, bail};
use serde_json::Value;

/// Own crates that a crate may use, besides those that its row names through others (docs/ARCHITECTURE.md).
const ALLOWED: [(&str, &[&str]); 14] = [
    ("agreement", &[]),
    ("model", &[]),
    ("ingest", &["model"]),
    ("pricing", &["model"]),
    ("views", &["model"]),
    ("review", &["model", "agreement"]),
    ("store", &["model", "review"]),
    ("testkit", &["model"]),
    ("engine", &["model", "ingest", "pricing", "views", "review", "agreement", "store"]),
    ("api", &["model", "ingest", "review", "engine"]),
    ("server", &["api", "engine"]),
    ("cli", &["model", "engine", "server"]),
    ("xtask", &["api", "ingest", "model", "store"]),
    ("desktop", &["api", "engine", "server"]),
];

/// Outside crates that only one of ours may know.
const KNOWN_TO_ONE: [(&str, &str); 4] =
    [("rusqlite", "store"), ("axum", "server"), ("tauri", "desktop"), ("clap", "cli")];

pub(crate) fn run() -> anyhow::Result<()> {
    let mut broken = Vec::new();
    check_dependencies(&mut broken)?;
    check_tauri_versions(&mut broken)?;
    check_wire_types(&mut broken)?;
    if broken.is_empty() {
        return Ok(());
    }
    bail!("{}", broken.join("\n"));
}

fn check_dependencies(broken: &mut Vec<String>) -> anyhow::Result<()> {
    let output = Command::new(env!("CARGO"))
        .args(["metadata", "--format-version", "1", "--no-deps"])
        .current_dir(crate::root())
        .output()
        .context("cargo metadata cannot be run")?;
    let metadata: Value = serde_json::from_slice(&output.stdout).context("cargo metadata gave no JSON")?;
    let packages = metadata["packages"].as_array().cloned().unwrap_or_default();
    let own: Vec<String> =
        packages.iter().filter_map(|package| package["name"].as_str().map(str::to_owned)).collect();
    let allowed: BTreeMap<&str, &[&str]> = ALLOWED.into_iter().collect();
    for package in &packages {
        let name = package["name"].as_str().unwrap_or_default();
        for dependency in package["dependencies"].as_array().into_iter().flatten() {
            let used = dependency["name"].as_str().unwrap_or_default();
            let is_dev = dependency["kind"].as_str() == Some("dev");
            if own.iter().any(|own| own == used)
                && !is_dev
                && allowed.get(name).is_some_and(|allowed| !allowed.contains(&used))
            {
                broken.push(format!("{name} must not use {used} (docs/ARCHITECTURE.md)"));
            }
            if let Some((_, owner)) = KNOWN_TO_ONE.iter().find(|(outside, _)| *outside == used)
                && name != *owner
                && name != "xtask"
                && name != "desktop"
                && !is_dev
            {
                broken.push(format!("only {owner} may use {used}, but {name} does"));
            }
        }
    }
    Ok(())
}

/// Crate and npm package of Tauri must agree in major and minor, or `tauri build` refuses.
fn check_tauri_versions(broken: &mut Vec<String>) -> anyhow::Result<()> {
    let lock = fs::read_to_string(crate::root().join("Cargo.lock"))?;
    let Ok(npm) = fs::read_to_string(crate::root().join("ui/package-lock.json")) else { return Ok(()) };
    let npm: Value = serde_json::from_str(&npm)?;
    let minor = |version: &str| version.split('.').take(2).collect::<Vec<_>>().join(".");
    for (crate_name, package) in
        [("tauri", "@tauri-apps/api"), ("tauri-plugin-dialog", "@tauri-apps/plugin-dialog")]
    {
        let rust = lock
            .split("[[package]]")
            .find(|entry| entry.contains(&format!("name = \"{crate_name}\"\n")))
            .and_then(|entry| {
                entry.lines().find_map(|line| line.strip_prefix("version = \"")?.strip_suffix('"'))
            });
        let script = npm["packages"][format!("node_modules/{package}")]["version"].as_str();
        if let (Some(rust), Some(script)) = (rust, script)
            && minor(rust) != minor(script)
        {
            broken.push(format!("{crate_name} {rust} and {package} {script} differ in their minor version"));
        }
    }
    Ok(())
}

/// Only `api` makes wire types for the UI.
fn check_wire_types(broken: &mut Vec<String>) -> anyhow::Result<()> {
    let mut open = vec![crate::root().join("crates")];
    while let Some(dir) = open.pop() {
        for entry in fs::read_dir(&dir)? {
            let path = entry?.path();
            if path.is_dir() {
                open.push(path);
            } else if path.extension().is_some_and(|extension| extension == "rs")
                && !path
                    .components()
                    .any(|part| ["api", "xtask"].iter().any(|owner| part.as_os_str() == *owner))
                && fs::read_to_string(&path)?.contains("specta::Type")
            {
                broken.push(format!("{} makes a wire type; these belong to crates/api", path.display()));
            }
        }
    }
    Ok(())
}
