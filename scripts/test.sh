#!/usr/bin/env bash
# All checks and tests, in an order that fails early: one line a step, stop at the first failure and show its output.
#
#   scripts/test.sh             everything (what `make test` and .ci/run do)
#   scripts/test.sh e2e window  only these steps (names as printed)
#
# Every Rust step selects the whole workspace and the dev profile: Cargo unifies features over what is selected, so a
# step that chose fewer packages would compile half the dependencies a second time.
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
cd "$ROOT"

LOGS="$CACHE/test-logs"
mkdir -p "$LOGS"
only=("$@")
passed=0 failed=0 skipped=0 started=$SECONDS

export CARGO_TERM_COLOR=never NO_COLOR=1 FORCE_COLOR=0 TERM=dumb
export TRACEMARK_BIN="$ROOT/target/debug/tracemark"
export TRACEMARK_DESKTOP="$ROOT/target/debug/tracemark-desktop"
export TRACEMARK_PYTHON="$CACHE/python/bin/python"
export TRACEMARK_OLD_PYTHON="$CACHE/python-old/bin/python"

selected() {
  local name
  ((${#only[@]} == 0)) && return 0
  for name in "${only[@]}"; do [[ "$name" == "$1" ]] && return 0; done
  return 1
}

# counts LOG — "passed failed skipped" from the closing lines of whatever runner wrote the log.
counts() {
  sed 's/\x1b\[[0-9;]*m//g' "$1" | awk '
    function number(word,   found) {
      if (!match($0, "[0-9]+ " word)) return 0
      found = substr($0, RSTART, RLENGTH); sub(/ .*/, "", found); return found + 0
    }
    /^ *Summary \[/ && /tests? run/     { p += number("passed"); f += number("failed") + number("timed out"); s += number("skipped") }
    /^test result: /                    { p += number("passed"); f += number("failed"); s += number("ignored") }
    /^([0-9]+ failed, )?[0-9]+ passed.* in [0-9.]+s/ { p += number("passed"); f += number("failed"); s += number("skipped") }
    /^ *Tests  /                        { p += number("passed"); f += number("failed"); s += number("skipped") }
    /^  [0-9]+ (passed|flaky)( \(|$)/   { p += $1 }
    /^  [0-9]+ failed$/                 { f += $1 }
    /^  [0-9]+ skipped$/                { s += $1 }
    /^(#|ℹ) pass [0-9]+$/               { p += $3 }
    /^(#|ℹ) fail [0-9]+$/               { f += $3 }
    /^(#|ℹ) skipped [0-9]+$/            { s += $3 }
    END { print p + 0, f + 0, s + 0 }'
}

summary() {
  printf '\n%s in %d min %02d s\n' "$1" $(((SECONDS - started) / 60)) $(((SECONDS - started) % 60))
  if ((skipped > 0)); then
    printf '%d passed, %d failed, %d skipped\n' "$passed" "$failed" "$skipped"
  else
    printf '%d passed, %d failed\n' "$passed" "$failed"
  fi
}

# step NAME COMMAND… — runs a check that holds or not.
step() { run_step check "$@"; }
# tests NAME COMMAND… — runs tests and adds to the sum.
tests() { run_step tests "$@"; }

run_step() {
  local kind="$1" name="$2" log begin status=0 p f s detail=""
  shift 2
  selected "$name" || return 0
  log="$LOGS/$name.log"
  begin=$SECONDS
  printf '%-14s' "$name"
  "$@" >"$log" 2>&1 </dev/null || status=$?
  read -r p f s < <(counts "$log")
  if [[ "$kind" == tests ]]; then
    passed=$((passed + p)) failed=$((failed + f)) skipped=$((skipped + s))
    detail="  $p tests"
    if ((status == 0 && p == 0)) && ! grep -q '^note: skipped' "$log"; then
      status=1
      echo "error: this step ran no test" >>"$log"
    fi
  fi
  if ((status != 0)); then
    printf 'FAILED %4d s  (%s)\n\n' $((SECONDS - begin)) "$*"
    tail -n 400 "$log"
    ((failed > 0)) || failed=1
    summary "stopped at '$name' (whole output: ${log#"$ROOT"/})"
    exit 1
  fi
  printf 'ok %4d s%s\n' $((SECONDS - begin)) "$detail"
  # What a step wants said although it passed.
  grep '^note: ' "$log" | sed 's/^/                /' || true
}

ui() { npm --prefix ui run --silent "$@"; }

step setup scripts/setup.sh --test
# On a fresh machine it is there only now.
export CHROMIUM="${CHROMIUM:-$(command -v chromium-headless-shell || command -v chromium || true)}"
step fmt cargo fmt --all --check
step ui-types ui typecheck
step ui-lint ui lint
step e2e-types npm --prefix tests/e2e run --silent typecheck
tests ui-unit ui test
step ui-build scripts/build-ui.sh
step clippy cargo clippy --quiet --workspace --all-targets --locked -- -D warnings
step doc env RUSTDOCFLAGS="-D warnings -A rustdoc::private_intra_doc_links" cargo doc --quiet --workspace --no-deps --document-private-items --locked --keep-going
step build cargo build --quiet --workspace --all-targets --locked
step codegen target/debug/xtask codegen --check
step tidy target/debug/xtask tidy
step dependencies scripts/check-dependencies.sh
tests rust cargo nextest run --workspace --locked --no-fail-fast
tests rust-doc cargo test --quiet --doc --workspace --locked
tests sdk-python "$TRACEMARK_PYTHON" -m pytest -q -n 2 -p no:cacheprovider -W ignore tests/sdk/python
tests sdk-js npm --prefix tests/sdk/js run --silent test
tests e2e npm --prefix tests/e2e run --silent test
tests window scripts/window-test.sh
summary "all steps passed"
