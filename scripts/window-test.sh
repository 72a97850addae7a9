#!/usr/bin/env bash
# The tests of the real window. On Linux they get a display and a session bus of their own, so that they neither show
# up on nor meet the desktop of the person who runs them.
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
cd "$ROOT"

export TRACEMARK_DESKTOP="${TRACEMARK_DESKTOP:-$ROOT/target/debug/tracemark-desktop}"
run=(node --test --test-reporter=tap "tests/window/window.test.mjs")
case "$(os)" in
  linux)
    exec dbus-run-session -- xvfb-run --auto-servernum --server-args='-screen 0 1600x1000x24 -nolisten tcp' "${run[@]}"
    ;;
  windows) exec "${run[@]}" ;;
  macos)
    echo "note: skipped, WebDriver cannot drive a WKWebView"
    echo "# pass 0"
    ;;
esac
