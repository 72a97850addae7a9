#!/usr/bin/env bash
# Builds ui/dist, unless nothing that goes into it has changed: a new ui/dist makes both binaries compile again.
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
cd "$ROOT"

# Names and contents of every file that the build can read.
sources="$(find ui -type f -not -path 'ui/node_modules/*' -not -path 'ui/dist/*' -print0 | LC_ALL=C sort -z |
  xargs -0 cksum | cksum)"

if [[ -f ui/dist/index.html ]] && fresh ui-build "$sources"; then
  say "ui/dist: up to date"
  exit 0
fi
say "ui/dist: building"
npm --prefix ui run --silent build
stamp ui-build "$sources"
