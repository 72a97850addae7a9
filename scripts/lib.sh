# Shared by the scripts beside this file; sourced, not run.
# shellcheck shell=bash

set -euo pipefail

ROOT="$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)"
CACHE="$ROOT/.cache"
STAMPS="$CACHE/stamps"
TOOLS="$CACHE/tools"
export PATH="$TOOLS/bin:$PATH"

# Versions of what `cargo install` brings. tauri-driver moves together with Tauri.
TAURI_DRIVER_VERSION=2.1.0
CARGO_DENY_VERSION=0.20.2
NEXTEST_VERSION=0.9.143

say() { printf '%s\n' "$*"; }
note() { printf '  note: %s\n' "$*"; }
die() {
  printf 'error: %s\n' "$*" >&2
  exit 1
}

os() {
  case "$(uname -s)" in
    Linux) echo linux ;;
    Darwin) echo macos ;;
    *) echo windows ;;
  esac
}

# fresh NAME FILE-OR-WORD... — true when step NAME ran before with exactly these inputs.
fresh() {
  local name="$1"
  shift
  [[ -f "$STAMPS/$name" && "$(cat "$STAMPS/$name")" == "$(inputs_hash "$@")" ]]
}

# stamp NAME FILE-OR-WORD... — remembers that step NAME ran with these inputs.
stamp() {
  local name="$1"
  shift
  mkdir -p "$STAMPS"
  inputs_hash "$@" >"$STAMPS/$name"
}

# The contents of the arguments that are files, the others as they are.
inputs_hash() {
  local input
  for input in "$@"; do
    if [[ -f "$input" ]]; then cksum <"$input"; else printf '%s\n' "$input"; fi
  done | cksum | cut -d' ' -f1
}
