#!/usr/bin/env bash
# Measures what the documents promise, in the release build.
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
cd "$ROOT"
scripts/setup.sh
scripts/build-ui.sh
cargo bench --locked --workspace --exclude desktop "$@"
