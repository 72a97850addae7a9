#!/usr/bin/env bash
# Fills the corpus of every fuzz target with fixtures of the tests (small ones: the fuzzer is faster with them).
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")"
FIXTURES=../tests/fixtures

seed() { # target pattern…
  local target="$1" name
  shift
  mkdir -p "corpus/$target"
  find "$FIXTURES" ../crates/views/tests/fixtures -type f -size -64k \( "$@" \) -print0 | while IFS= read -r -d '' file; do
    name="$(echo "${file#../}" | tr -c "A-Za-z0-9.\n" _)"
    cp "$file" "corpus/$target/$name"
  done
}

seed otlp_protobuf -name '*.pb' -not -name '*.logs.pb'
seed otlp_json -path '*otlp*' -name '*.json' -not -name '*.expected.json'
seed otlp_logs -name '*.logs.*'
seed langsmith_json -path '*langsmith-wire*' -name '*.json'
seed langsmith_multipart -path '*langsmith-wire*' -not -name '*.json'
seed file -not -name '*.md' -not -name '*.expected.json'
seed session -path '*sessions*' -name '*.jsonl'
seed messages -path '*views*' -name '*.json'
mkdir -p corpus/filter
number=0
grep -rhoE '"(and|or|eq|neq|gt|gte|lt|lte|has|search|in|not)\([^"]*\)"' ../crates/model/src/filter/*.rs | tr -d '"' | sort -u | while IFS= read -r line; do
  number=$((number + 1))
  printf '%s' "$line" >"corpus/filter/$number"
done
