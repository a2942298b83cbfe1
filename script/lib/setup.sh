# shellcheck shell=bash
# Sourced by script/server and script/test: makes sure that what they need is there.
# It names what it installs before it installs it, and asks nothing.
# Written for bash 3.2 as well: that is what macOS has.

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)

# To standard error: standard output belongs to the server's own line.
say() { printf '%s\n' "$*" >&2; }
die() { say "$@"; exit 1; }

# absolute PATH   of a path as somebody typed it, before a script goes to its own folder
absolute() { case $1 in /*) printf '%s\n' "$1" ;; *) printf '%s\n' "$PWD/$1" ;; esac; }

# setup build        what the compiler needs
# setup build test   the same, and what the tests need
# setup … postgres   the same, and a PostgreSQL with its library, and what stands in front of it
# setup … package    the same, and what Debian's packages are made with
setup() {
  need_swift
  if [ "$(uname -s)" = Darwin ]; then
    setup_with_brew "$@"
  elif command -v apt-get >/dev/null; then
    setup_with_apt "$@"
  else
    say "This script installs nothing here (it knows apt-get and brew). Latchkey needs:" \
      "the headers of libargon2, libcrypt (libxcrypt) and SQLite 3, and pkg-config;" \
      "its tests also need Chromium or Chrome, Python 3 with venv, curl and a sans-serif font."
  fi
}

# release_build FOLDER [OPTIONS]   the program as it is delivered. script/server builds it in the same
# way, so that the second of both has nothing to do.
release_build() {
  local options=(-c release --product latchkey)
  # Swift's runtime goes into the binary. glibc, libargon2, libcrypt and SQLite stay the system's: its
  # updates mend them. Apple's systems have the runtime themselves.
  [ "$(uname -s)" = Darwin ] || options+=(--static-swift-stdlib)
  swift build --package-path "$1" "${options[@]}" "${@:2}"
}

need_swift() {
  local found
  found=$(swift --version 2>/dev/null | sed -n 's/.*Swift version \([0-9]*\.[0-9]*\).*/\1/p') || true
  case $found in
    6.[2-9] | 6.[1-9][0-9]* | [7-9].* | [1-9][0-9]*.*) return ;;
    "") die "Swift was not found. Latchkey needs Swift 6.2 or newer: https://www.swift.org/install" ;;
    *) die "This is Swift $found. Latchkey needs Swift 6.2 or newer: https://www.swift.org/install" ;;
  esac
}

may_install() { [ "$(id -u)" = 0 ] || sudo -n true 2>/dev/null; }
as_root() { if [ "$(id -u)" = 0 ]; then "$@"; else sudo -n "$@"; fi; }

# --- Debian and Ubuntu

setup_with_apt() {
  local group package missing=""
  for group in "$@"; do
    for package in $("apt_packages_for_$group"); do
      is_installed "$package" || missing="$missing $package"
    done
  done
  [ -z "$missing" ] && return

  may_install || die "These packages are missing:$missing" \
    $'\n'"Install them, then run this script again:" \
    $'\n'"  sudo apt-get update && sudo apt-get install --no-install-recommends$missing"
  say "Installing with apt-get:$missing"
  as_root apt-get -q update </dev/null >&2
  # shellcheck disable=SC2086 # a list of words
  as_root env DEBIAN_FRONTEND=noninteractive apt-get -q -y -o DPkg::Lock::Timeout=120 \
    install --no-install-recommends $missing </dev/null >&2
}

is_installed() {
  [ "$(dpkg-query -W -f '${db:Status-Status}' "$1" 2>/dev/null)" = installed ]
}

apt_packages_for_build() {
  echo libargon2-dev libcrypt-dev libsqlite3-dev
  command -v pkg-config >/dev/null || echo pkg-config
}

apt_packages_for_bench() { echo wrk valgrind binutils; }

apt_packages_for_docs() { echo libpq-dev; }

apt_packages_for_postgres() {
  echo libpq-dev postgresql pgbouncer haproxy openssl
}

apt_packages_for_package() {
  # The last is for its test only: a Debian in which it is installed.
  echo dpkg-dev binutils debootstrap
}

apt_packages_for_test() {
  echo fonts-dejavu-core
  command -v curl >/dev/null || echo curl
  # Only to check packaging/latchkey.service.
  command -v systemd-analyze >/dev/null || echo systemd
  # A Python that did not come from apt (pyenv, for one) brings its own venv.
  python3 -c 'import ensurepip, venv' 2>/dev/null || echo python3-venv
  # Ubuntu's package only fetches a snap; there Playwright brings the browser (see setup_browser).
  [ -n "$(find_browser)" ] || is_ubuntu || echo chromium
}

is_ubuntu() { grep -q '^ID=ubuntu' /etc/os-release 2>/dev/null; }

# --- macOS

setup_with_brew() {
  local formula missing=""
  for formula in argon2 libxcrypt pkgconf; do
    brew list --formula "$formula" >/dev/null 2>&1 || missing="$missing $formula"
  done
  [ -z "$missing" ] && return
  command -v brew >/dev/null ||
    die "Missing:$missing. Install Homebrew (https://brew.sh), then run this script again."
  say "Installing with brew:$missing"
  # shellcheck disable=SC2086 # a list of words
  NONINTERACTIVE=1 brew install $missing </dev/null >&2
}

# --- The tests in Python

# setup_venv NAME FOLDER   puts the packages that FOLDER asks for into .venv/NAME, again when the
# list changes. Each folder has its own: tools that share one downgrade each other.
setup_venv() {
  local venv=$root/.venv/$1 wanted=$root/$2/requirements.txt
  cmp -s "$wanted" "$venv/installed.txt" && "$venv/bin/python" -c 'import pytest' 2>/dev/null && return
  say "Installing into .venv/$1 with pip:" "$(grep -v '^#' "$wanted" | tr '\n' ' ')"
  python3 -m venv --clear "$venv"
  "$venv/bin/python" -m pip install --quiet --disable-pip-version-check -r "$wanted" </dev/null >&2
  cp "$wanted" "$venv/installed.txt"
}

# Prints the path of a browser that starts, or nothing.
find_browser() {
  local candidate
  for candidate in "${LATCHKEY_BROWSER:-}" chromium chromium-browser google-chrome google-chrome-stable \
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome" \
    "/Applications/Chromium.app/Contents/MacOS/Chromium"; do
    if [ -n "$candidate" ] && "$candidate" --version </dev/null >/dev/null 2>&1; then
      command -v "$candidate"
      return
    fi
  done
}

# Sets LATCHKEY_BROWSER; empty means the browser that Playwright itself installed.
setup_browser() {
  LATCHKEY_BROWSER=$(find_browser)
  export LATCHKEY_BROWSER
  [ -n "$LATCHKEY_BROWSER" ] && return
  if is_ubuntu && may_install; then
    say "Installing Chromium and the libraries it needs with Playwright."
    "$root/.venv/browser/bin/playwright" install --with-deps chromium </dev/null >&2
  else
    die "The browser tests need Chromium or Google Chrome, and none was found." \
      "Install one, or name its program in LATCHKEY_BROWSER."
  fi
}
