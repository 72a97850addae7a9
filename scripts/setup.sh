#!/usr/bin/env bash
# Brings everything that building, running and testing Tracemark needs. Safe to run again: what is there is left alone,
# and the second run takes about a second.
#
#   scripts/setup.sh          what `make run` needs
#   scripts/setup.sh --test   also what `make test` needs (a browser, drivers, real SDKs in Python and JavaScript)
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

want_tests=false
[[ "${1:-}" == "--test" ]] && want_tests=true

as_root() {
  if [[ "$(id -u)" == 0 ]]; then
    "$@"
  elif command -v sudo >/dev/null; then
    sudo "$@"
  else
    die "this needs root, and there is no sudo: $*"
  fi
}

# Chromium without a window opens a page in half the time; Debian has it since version 12.
browser_package() {
  local package=chromium-headless-shell
  apt-cache show "$package" >/dev/null 2>&1 || as_root apt-get update -qq >&2
  apt-cache show "$package" >/dev/null 2>&1 || package=chromium
  printf '%s\n' "$package"
}

system_packages() {
  if [[ "$(os)" != linux ]]; then
    note "on this system nothing is installed for you: see 'Other systems' in scripts/README.md (untested)"
    return
  fi
  if ! command -v apt-get >/dev/null; then
    note "no apt-get here: install the counterparts of the packages listed in scripts/setup.sh (untested)"
    return
  fi
  local wanted=(
    # to build
    build-essential pkg-config git ca-certificates
    libwebkit2gtk-4.1-dev # the web view of the window, with GTK 3
    librsvg2-dev          # icons in the bundle
    file                  # the bundler asks it
  )
  if $want_tests; then
    wanted+=(
      xvfb xauth               # a display for the window test
      webkit2gtk-driver        # drives the window
      dbus                     # the session bus that a second start of the program talks over
      "$(browser_package)"     # drives the interface in a browser
      fonts-dejavu-core        # letters in screenshots
      python3-venv             # real SDKs and exporters
    )
  fi
  local missing=() package
  for package in "${wanted[@]}"; do
    dpkg-query -W -f '${db:Status-Status}\n' "$package" 2>/dev/null | grep -qx installed || missing+=("$package")
  done
  if ((${#missing[@]} == 0)); then
    say "system packages: all there"
    return
  fi
  say "system packages: installing ${missing[*]}"
  as_root apt-get update -qq
  as_root env DEBIAN_FRONTEND=noninteractive apt-get install -qq -y --no-install-recommends "${missing[@]}" >/dev/null
}

toolchains() {
  command -v cargo >/dev/null ||
    die "no cargo. Install Rust $(sed -n 's/^rust-version = "\(.*\)"/\1/p' "$ROOT/Cargo.toml") or newer with rustup (https://rustup.rs)"
  command -v npm >/dev/null || die "no npm. Install Node.js 20.19 or newer (https://nodejs.org)"
  node -e 'const [a, b] = process.versions.node.split(".").map(Number); process.exit(a > 20 || (a === 20 && b >= 19) ? 0 : 1)' ||
    die "Node.js $(node --version) is too old: 20.19 or newer is needed"
  say "toolchains: $(rustc --version | cut -d' ' -f1,2), node $(node --version)"
}

# npm_packages DIRECTORY — exactly what its lock file says.
npm_packages() {
  local directory="$1" name
  [[ -f "$ROOT/$directory/package-lock.json" ]] || return 0
  name="npm-${directory//\//-}"
  if [[ -d "$ROOT/$directory/node_modules" ]] && fresh "$name" "$ROOT/$directory/package-lock.json" "$(node --version)"; then
    say "npm packages of $directory: up to date"
    return
  fi
  say "npm packages of $directory: installing"
  (cd "$ROOT/$directory" && PLAYWRIGHT_SKIP_BROWSER_DOWNLOAD=1 npm ci --no-audit --no-fund --loglevel=error)
  stamp "$name" "$ROOT/$directory/package-lock.json" "$(node --version)"
}

# cargo_tool NAME VERSION — into .cache/tools, so that nothing of yours is replaced.
cargo_tool() {
  local name="$1" version="$2"
  if [[ -x "$TOOLS/bin/$name" ]] && fresh "tool-$name" "$version"; then
    say "$name: up to date"
    return
  fi
  say "$name: compiling $version"
  cargo install --quiet --locked --root "$TOOLS" --target-dir "$TOOLS/target" "$name@$version"
  stamp "tool-$name" "$version"
}

# python_packages NAME REQUIREMENTS… — an environment of its own below .cache.
python_packages() {
  local name="$1"
  shift
  if [[ -x "$CACHE/$name/bin/python" ]] && fresh "$name" "$@"; then
    say "Python packages ($name): up to date"
    return
  fi
  say "Python packages: installing into .cache/$name"
  python3 -m venv --clear "$CACHE/$name"
  "$CACHE/$name/bin/pip" install --quiet --disable-pip-version-check "${@/#/--requirement=}"
  stamp "$name" "$@"
}

system_packages
toolchains
npm_packages ui
npm_packages src-tauri
if $want_tests; then
  npm_packages tests/e2e
  npm_packages tests/sdk/js
  [[ "$(os)" == macos ]] || cargo_tool tauri-driver "$TAURI_DRIVER_VERSION"
  cargo_tool cargo-deny "$CARGO_DENY_VERSION"
  if command -v cargo-nextest >/dev/null; then
    say "cargo-nextest: $(cargo nextest --version | sed -n '1s/cargo-nextest \([^ ]*\).*/\1/p')"
  else
    cargo_tool cargo-nextest "$NEXTEST_VERSION"
  fi
  python_packages python "$ROOT/tests/e2e/python/requirements.txt" "$ROOT/tests/sdk/python/requirements.txt"
  python_packages python-old "$ROOT/tests/sdk/python/old/requirements.txt"
fi
