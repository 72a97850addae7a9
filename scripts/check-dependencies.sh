#!/usr/bin/env bash
# Licences, origins and places of the dependencies; known weaknesses as far as a database of them can be reached.
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
cd "$ROOT"

cargo deny --locked --log-level error check --hide-inclusion-graph licenses bans sources
node scripts/check-npm-licenses.mjs ui/package-lock.json

# Known weaknesses are looked up in databases elsewhere. Without them this is said and nothing more, so that the tests
# also pass on a train; with them a serious finding fails the step.
for directory in ui src-tauri; do
  report="$(npm --prefix "$directory" audit --omit=dev --audit-level=high --json 2>/dev/null || true)"
  case "$(node -pe 'try { const r = JSON.parse(require("fs").readFileSync(0)); const v = r.metadata?.vulnerabilities; v ? (v.high + v.critical > 0 ? "found" : "none") : "unreachable" } catch { "unreachable" }' <<<"$report")" in
    none) say "npm audit: nothing serious in $directory" ;;
    found)
      npm --prefix "$directory" audit --omit=dev --audit-level=high || true
      die "npm audit found serious weaknesses in $directory"
      ;;
    *) say "note: npm's advisories could not be asked about $directory" ;;
  esac
done
if timeout 60 cargo deny --log-level off fetch db >/dev/null 2>&1; then
  cargo deny --locked --log-level error check --hide-inclusion-graph advisories
else
  say "note: RustSec's advisories could not be fetched; crates were not checked against them"
fi
