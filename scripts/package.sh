#!/usr/bin/env bash
# Builds the Debian package of the window and the `tracemark` command, installs it into a scratch root, and opens a
# file with what was installed. The screenshot it leaves behind is for looking at; what decides is checked here.
#
#   scripts/package.sh                build and check
#   scripts/package.sh --check-only   check the package built last
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
cd "$ROOT"

build() {
  scripts/setup.sh --test
  scripts/build-ui.sh
  say "building the binaries"
  cargo build --release --locked --package cli --package desktop
  say "bundling"
  rm -rf target/release/bundle
  (cd src-tauri && TAURI_APP_PATH="$ROOT/src-tauri" npx --no-install tauri bundle --bundles deb --ci)
}

check() {
  local package="$1" scratch work deadline
  scratch="$CACHE/package"
  rm -rf "$scratch"
  mkdir -p "$scratch/root" "$scratch/home"
  dpkg-deb --info "$package" | sed -n '/^ Package:/,$p'
  dpkg-deb --extract "$package" "$scratch/root"

  local path
  for path in usr/bin/tracemark usr/bin/tracemark-desktop usr/share/applications/Tracemark.desktop \
    usr/share/mime/packages/dev.tracemark.desktop.xml usr/share/icons/hicolor/128x128/apps/tracemark-desktop.png; do
    [[ -e "$scratch/root/$path" ]] || die "the package lacks /$path"
  done
  "$scratch/root/usr/bin/tracemark" --version
  local fixture
  fixture="$(realpath "${FILE:-tests/fixtures/otlp/pydantic-ai/v2-format5.pb}")"
  work="$scratch/home"
  say "opening $(basename "$fixture") with the installed window"
  env -i PATH="$PATH" HOME="$work" XDG_DATA_HOME="$work/data" XDG_CONFIG_HOME="$work/config" XDG_CACHE_HOME="$work/cache" \
    dbus-run-session -- xvfb-run --auto-servernum --server-args='-screen 0 1360x900x24' \
    node scripts/open-in-window.mjs "$scratch/root/usr/bin/tracemark-desktop" "$fixture" "$scratch/window.png"
  say "screenshot: ${scratch#"$ROOT"/}/window.png"
}

[[ "$(os)" == linux ]] || die "packages are only built on Debian so far"
[[ "${1:-}" == "--check-only" ]] || build
package="$(find target/release/bundle/deb -name '*.deb' 2>/dev/null | head -1)"
[[ -n "$package" ]] || die "no package in target/release/bundle/deb"
check "$package"
say "package: $package ($(du -h "$package" | cut -f1))"
