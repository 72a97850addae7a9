#!/usr/bin/env bash
# Builds the fuzz targets as `cargo fuzz` does, without having it, and runs each for some time:
#   fuzz/run.sh SECONDS [TARGET…]
# Wants a nightly compiler (other names of one: FUZZ_TOOLCHAIN) and a C++ compiler, which libFuzzer is built with.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")"
SECONDS_EACH="${1:?how many seconds each target runs}"
shift
TOOLCHAIN="${FUZZ_TOOLCHAIN:-nightly}"
TRIPLE="$(rustc "+$TOOLCHAIN" -vV | sed -n 's/^host: //p')"

coverage="-Cpasses=sancov-module -Cllvm-args=-sanitizer-coverage-level=4"
coverage+=" -Cllvm-args=-sanitizer-coverage-inline-8bit-counters -Cllvm-args=-sanitizer-coverage-pc-table"
coverage+=" -Cllvm-args=-sanitizer-coverage-trace-compares"
# Flags for a named triple leave build scripts alone.
RUSTFLAGS="$coverage -Zsanitizer=address --cfg fuzzing" \
  CARGO_PROFILE_DEV_OPT_LEVEL=2 CARGO_PROFILE_DEV_DEBUG=line-tables-only \
  cargo "+$TOOLCHAIN" build --bins --target "$TRIPLE"

./seed.sh
if [[ $# -eq 0 ]]; then
  mapfile -t targets < <(basename -s .rs fuzz_targets/*.rs)
else
  targets=("$@")
fi
failed=0
for target in "${targets[@]}"; do
  mkdir -p "corpus/$target" "artifacts/$target"
  if "target/$TRIPLE/debug/$target" "corpus/$target" -artifact_prefix="artifacts/$target/" \
    -max_total_time="$SECONDS_EACH" -rss_limit_mb=2048 -timeout=10 -print_final_stats=1 >"artifacts/$target.log" 2>&1; then
    echo "$target: $(sed -n 's/^stat::number_of_executed_units: *//p' "artifacts/$target.log") runs, nothing found"
  else
    echo "$target: FAILED, see fuzz/artifacts/$target.log"
    failed=1
  fi
done
exit "$failed"
