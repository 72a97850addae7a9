#!/usr/bin/env bash
# Builds Tracemark and opens it: the window, or without a display (or with --browser) the same interface in a browser.
#
#   scripts/run.sh [--browser] [FILE…]
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

browser=false
if [[ "${1:-}" == "--browser" ]]; then
  browser=true
  shift
elif [[ "$(os)" == linux && -z "${DISPLAY:-}${WAYLAND_DISPLAY:-}" ]]; then
  say "There is no display here, so this opens in a browser instead of a window."
  browser=true
fi

# Paths are meant from where the caller stands.
files=()
for file in "$@"; do
  [[ -e "$file" ]] || die "no such file: $file"
  files+=("$(realpath "$file")")
done

cd "$ROOT"
scripts/setup.sh
scripts/build-ui.sh
if $browser; then
  say "building tracemark (the first time takes some minutes)"
  cargo build --release --locked --package cli
  exec target/release/tracemark serve --samples "${files[@]}"
fi
say "building the window (the first time takes some minutes)"
cargo build --release --locked --package desktop
exec target/release/tracemark-desktop "${files[@]}"
