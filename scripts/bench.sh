#!/usr/bin/env bash
# Measures what the documents promise, in the release build.
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
cd "$ROOT"
scripts/setup.sh
scripts/build-ui.sh
cargo build --release --locked --package cli
cargo run --release --locked --package xtask -- bench "$@"
